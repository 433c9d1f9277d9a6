#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "src/secrets/key_schedule.h"

enum { LABEL_MOST = 32 };

static const EVP_MD *md_of(enum suite_hash hash)
{
	return hash == HASH_SHA384 ? EVP_sha384() : EVP_sha256();
}

/* One block of HKDF-Expand (RFC 5869, 2.3) is enough: nothing in TLS 1.3 is longer than the hash.
 *
 *   struct { uint16 length; opaque label<7..255> = "tls13 " + Label; opaque context<0..255>; }
 *   HkdfLabel; and then the block's number, 1. */
bool tls13_expand(enum suite_hash hash, const struct secret *secret, const char *label,
                  uint8_t *out, size_t len)
{
	static const char prefix[] = "tls13 ";
	uint8_t info[2 + 1 + sizeof prefix + LABEL_MOST + 1 + 1], block[EVP_MAX_MD_SIZE];
	size_t words = strlen(label), n = 0;
	if (words > LABEL_MOST || len > (size_t)EVP_MD_get_size(md_of(hash)) || secret->len == 0)
		return false;
	info[n++] = 0;
	info[n++] = (uint8_t)len;
	info[n++] = (uint8_t)(sizeof prefix - 1 + words);
	memcpy(&info[n], prefix, sizeof prefix - 1);
	n += sizeof prefix - 1;
	memcpy(&info[n], label, words);
	n += words;
	info[n++] = 0;
	info[n++] = 1;
	bool fine = HMAC(md_of(hash), secret->byte, secret->len, info, n, block, NULL) != NULL;
	if (fine)
		memcpy(out, block, len);
	OPENSSL_cleanse(block, sizeof block);
	return fine;
}

bool tls13_keys(enum suite_hash hash, const struct secret *traffic, struct key_sizes sizes,
                struct record_keys *out)
{
	out->mac.len = 0;
	out->key.len = sizes.key;
	return tls13_expand(hash, traffic, "key", out->key.byte, sizes.key) &&
	       tls13_expand(hash, traffic, "iv", out->iv, sizes.iv);
}

bool tls13_next(enum suite_hash hash, struct secret *traffic)
{
	struct secret next = {.len = traffic->len};
	bool fine = tls13_expand(hash, traffic, "traffic upd", next.byte, next.len);
	if (fine)
		*traffic = next;
	secret_wipe(&next);
	return fine;
}

bool tls13_finished(enum suite_hash hash, const struct secret *base,
                    const struct digest *transcript, struct digest *out)
{
	uint8_t key[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	size_t key_len = (size_t)EVP_MD_get_size(md_of(hash));
	bool fine = tls13_expand(hash, base, "finished", key, key_len) &&
	            HMAC(md_of(hash), key, (int)key_len, transcript->byte, transcript->len,
	                 out->byte, &len) != NULL;
	OPENSSL_cleanse(key, sizeof key);
	out->len = (uint8_t)len;
	return fine;
}
