#include "src/secrets/transcript.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { MESSAGE_HASH = 254 };

static const EVP_MD *md_of(enum suite_hash hash)
{
	switch (hash) {
	case HASH_NULL:
		return EVP_md5_sha1();
	case HASH_SHA384:
		return EVP_sha384();
	default:
		return EVP_sha256();
	}
}

void transcript_reset(struct transcript *t)
{
	EVP_MD_CTX_free(t->md);
	OPENSSL_free(t->held);
	*t = (struct transcript){0};
}

static void hold(struct transcript *t, struct bytes message)
{
	uint8_t *bigger = NULL;
	if (message.len <= TRANSCRIPT_HELD_MOST - t->held_len)
		bigger = OPENSSL_realloc(t->held, t->held_len + message.len);
	if (bigger == NULL) {
		t->lost = true;
		return;
	}
	memcpy(&bigger[t->held_len], message.at, message.len);
	t->held = bigger;
	t->held_len += message.len;
}

void transcript_add(struct transcript *t, struct bytes message)
{
	if (t->lost || message.len == 0)
		return;
	if (t->md == NULL)
		hold(t, message);
	else if (EVP_DigestUpdate(t->md, message.at, message.len) <= 0)
		t->lost = true;
}

void transcript_begin(struct transcript *t, enum suite_hash hash)
{
	if (t->md != NULL || t->lost)
		return;
	t->md = EVP_MD_CTX_new();
	if (t->md == NULL || EVP_DigestInit_ex(t->md, md_of(hash), NULL) <= 0 ||
	    EVP_DigestUpdate(t->md, t->held, t->held_len) <= 0)
		t->lost = true;
	OPENSSL_free(t->held);
	t->held = NULL;
	t->held_len = 0;
}

bool transcript_digest(const struct transcript *t, struct digest *out)
{
	unsigned len = 0;
	EVP_MD_CTX *copy = t->md == NULL || t->lost ? NULL : EVP_MD_CTX_new();
	bool fine = copy != NULL && EVP_MD_CTX_copy_ex(copy, t->md) > 0 &&
	            EVP_DigestFinal_ex(copy, out->byte, &len) > 0;
	EVP_MD_CTX_free(copy);
	out->len = (uint8_t)len;
	return fine;
}

void transcript_fold(struct transcript *t, enum suite_hash hash)
{
	struct digest first = {.len = 0};
	transcript_begin(t, hash);
	bool fine = transcript_digest(t, &first);
	transcript_reset(t);
	transcript_begin(t, hash);
	uint8_t head[4] = {MESSAGE_HASH, 0, 0, first.len};
	transcript_add(t, (struct bytes){head, sizeof head});
	transcript_add(t, (struct bytes){first.byte, first.len});
	t->lost = t->lost || !fine;
}
