/* Lends the dissector's names to the rooms that may not know the dissector. */
#include "src/vocabulary.h"

#include "dissectors/tls/handshake.h"
#include "dissectors/tls/registry/registry.h"

static const char *kx(uint16_t code)
{
	const struct suite *s = suite_find(code);
	return s == NULL ? "?" : suite_kx_name(s->kx);
}

static const char *auth(uint16_t code)
{
	const struct suite *s = suite_find(code);
	return s == NULL ? "?" : suite_auth_name(s->auth);
}

static const char *cipher(uint16_t code)
{
	const struct suite *s = suite_find(code);
	return s == NULL ? "?" : suite_cipher_name(s->cipher);
}

static const char *hash(uint16_t code)
{
	const struct suite *s = suite_find(code);
	return s == NULL ? "?" : suite_hash_name(s->aead ? s->prf : s->mac);
}

const struct vocabulary tls_vocabulary = {
	.name = registry_name,
	.field = tls_field,
	.suite_kx = kx,
	.suite_auth = auth,
	.suite_cipher = cipher,
	.suite_hash = hash,
};
