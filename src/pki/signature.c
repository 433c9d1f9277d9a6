/* The signature of a ServerKeyExchange: proof, for every listener, that the server holds its key.
 */
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "src/pki/private.h"

enum { TLS12 = 0x0303, RANDOM = 32 };

/* How a signature is made: the kind of key, the digest (NULL: the key's own) and its padding. */
struct form {
	const char *key, *digest;
	bool pss;
};

static const struct {
	uint16_t scheme;
	struct form form;
} modern[] = {
	{0x0804, {"RSA", "SHA256", true}},     {0x0805, {"RSA", "SHA384", true}},
	{0x0806, {"RSA", "SHA512", true}},     {0x0809, {"RSA-PSS", "SHA256", true}},
	{0x080a, {"RSA-PSS", "SHA384", true}}, {0x080b, {"RSA-PSS", "SHA512", true}},
	{0x0807, {"ED25519", NULL, false}},    {0x0808, {"ED448", NULL, false}},
};

/* RFC 5246, 7.4.1.4.1: the hash in the upper byte, the kind of signature in the lower. */
static struct form classic(uint16_t scheme)
{
	static const char *const digest[] = {NULL,     "MD5",    "SHA1",  "SHA224",
	                                     "SHA256", "SHA384", "SHA512"};
	static const char *const key[] = {NULL, "RSA", "DSA", "EC"};
	size_t hash = scheme >> 8, kind = scheme & 0xff;
	if (hash == 0 || hash >= sizeof digest / sizeof *digest || kind == 0 ||
	    kind >= sizeof key / sizeof *key)
		return (struct form){NULL, NULL, false};
	return (struct form){key[kind], digest[hash], false};
}

/* Gives the form of a SignatureScheme (RFC 8446, 4.2.3); its key is NULL for one not known. */
static struct form form_of_scheme(uint16_t scheme)
{
	for (size_t i = 0; i < sizeof modern / sizeof *modern; i++)
		if (modern[i].scheme == scheme)
			return modern[i].form;
	return classic(scheme);
}

/* RFC 4346, 7.4.3 and RFC 8422, 5.4: before TLS 1.2 the key alone decides. */
static struct form form_of_key(EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "RSA"))
		return (struct form){"RSA", "MD5-SHA1", false};
	if (EVP_PKEY_is_a(key, "EC"))
		return (struct form){"EC", "SHA1", false};
	if (EVP_PKEY_is_a(key, "DSA"))
		return (struct form){"DSA", "SHA1", false};
	return (struct form){NULL, NULL, false};
}

static bool set_padding(EVP_PKEY_CTX *ctx, bool pss)
{
	if (!pss)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static enum proof check_signature(EVP_PKEY *key, struct form f, struct bytes message,
                                  struct bytes signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx = NULL;
	enum proof proof = PROOF_NONE;
	if (ctx != NULL &&
	    EVP_DigestVerifyInit_ex(ctx, &key_ctx, f.digest, NULL, NULL, key, NULL) == 1 &&
	    set_padding(key_ctx, f.pss)) {
		int ok =
			EVP_DigestVerify(ctx, signature.at, signature.len, message.at, message.len);
		proof = ok == 1 ? PROOF_VERIFIED : PROOF_FAILED;
	}
	EVP_MD_CTX_free(ctx);
	return proof;
}

/* Puts client random, server random and parameters one behind the other, in memory to be freed. */
static struct bytes signed_bytes(const struct tls_facts *t)
{
	struct bytes params = t->server_kx->params;
	uint8_t *at = OPENSSL_malloc(2 * RANDOM + params.len);
	if (at == NULL)
		return (struct bytes){NULL, 0};
	memcpy(at, t->client->random, RANDOM);
	memcpy(at + RANDOM, t->server->random, RANDOM);
	if (params.len > 0)
		memcpy(at + 2 * RANDOM, params.at, params.len);
	return (struct bytes){at, 2 * RANDOM + params.len};
}

static enum proof verify_with(EVP_PKEY *key, const struct tls_facts *t)
{
	const struct server_key_exchange *kx = t->server_kx;
	struct form f = t->version >= TLS12 ? form_of_scheme(kx->scheme) : form_of_key(key);
	if (f.key == NULL)
		return PROOF_NONE;
	if (!EVP_PKEY_is_a(key, f.key))
		return PROOF_FAILED;
	struct bytes message = signed_bytes(t);
	if (message.at == NULL)
		return PROOF_NONE;
	enum proof proof = check_signature(key, f, message, kx->signature);
	OPENSSL_free((void *)message.at);
	return proof;
}

/* Says whether all that the signature covers was seen. */
static bool all_seen(const struct tls_facts *t)
{
	return t->client != NULL && t->server != NULL && t->server_kx->params.len > 0 &&
	       t->server_kx->signature.len > 0 &&
	       t->server_kx->signature.len == t->server_kx->signature_len;
}

enum proof pki_verify_exchange(const struct cert *c, const struct tls_facts *t)
{
	if (t->server_kx == NULL || !t->server_kx->signed_)
		return PROOF_NONE;
	if (c == NULL || !all_seen(t))
		return PROOF_NEEDS;
	if ((c->findings & cert_finding_bit(FIND_CERT_KEY_WEIRD)) != 0)
		return PROOF_NONE;
	X509 *x = cert_x509((const struct cert_kept *)c);
	EVP_PKEY *key = x == NULL ? NULL : X509_get0_pubkey(x);
	enum proof proof = key == NULL ? PROOF_NONE : verify_with(key, t);
	X509_free(x);
	return proof;
}
