#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "src/secrets/key_schedule.h"

enum { MASTER_BYTES = 48, BLOCK_MOST = 2 * (64 + 32 + 16) };

static const char *prf_name(enum suite_hash prf)
{
	switch (prf) {
	case HASH_NULL:
		return "MD5-SHA1";
	case HASH_SHA384:
		return "SHA384";
	default:
		return "SHA256";
	}
}

enum suite_hash tls12_prf(uint16_t version, enum suite_hash of_suite)
{
	if (version < TLS_1_2)
		return HASH_NULL;
	return of_suite == HASH_SHA384 ? HASH_SHA384 : HASH_SHA256;
}

static OSSL_PARAM octets(const char *name, const void *at, size_t len)
{
	union {
		const void *in;
		void *out;
	} p = {at}; /* OSSL_PARAM serves both ways and so has no const */
	return OSSL_PARAM_construct_octet_string(name, p.out, len);
}

static OSSL_PARAM words(const char *name, const char *text)
{
	union {
		const char *in;
		char *out;
	} p = {text};
	return OSSL_PARAM_construct_utf8_string(name, p.out, 0);
}

bool tls12_expand(enum suite_hash prf, struct bytes secret, const char *label, struct bytes seed,
                  uint8_t *out, size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *c = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM p[] = {
		words(OSSL_KDF_PARAM_DIGEST, prf_name(prf)),
		octets(OSSL_KDF_PARAM_SECRET, secret.at, secret.len),
		octets(OSSL_KDF_PARAM_SEED, label, strlen(label)),
		octets(OSSL_KDF_PARAM_SEED, seed.at, seed.len),
		OSSL_PARAM_construct_end(),
	};
	bool fine = c != NULL && secret.len > 0 && EVP_KDF_derive(c, out, len, p) > 0;
	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
	return fine;
}

static struct bytes both_randoms(uint8_t out[2 * RANDOM_BYTES], const uint8_t *first,
                                 const uint8_t *second)
{
	memcpy(out, first, RANDOM_BYTES);
	memcpy(&out[RANDOM_BYTES], second, RANDOM_BYTES);
	return (struct bytes){out, (size_t)2 * RANDOM_BYTES};
}

static bool master_from(enum suite_hash prf, const struct secret *premaster, const char *label,
                        struct bytes seed, struct secret *master)
{
	secret_wipe(master);
	if (!tls12_expand(prf, secret_bytes(premaster), label, seed, master->byte, MASTER_BYTES))
		return false;
	master->len = MASTER_BYTES;
	return true;
}

bool tls12_master(enum suite_hash prf, const struct secret *premaster,
                  const uint8_t client_random[RANDOM_BYTES],
                  const uint8_t server_random[RANDOM_BYTES], struct secret *master)
{
	uint8_t seed[2 * RANDOM_BYTES];
	return master_from(prf, premaster, "master secret",
	                   both_randoms(seed, client_random, server_random), master);
}

bool tls12_extended_master(enum suite_hash prf, const struct secret *premaster,
                           const struct digest *session_hash, struct secret *master)
{
	return master_from(prf, premaster, "extended master secret",
	                   (struct bytes){session_hash->byte, session_hash->len}, master);
}

/* The block holds client_write_MAC_key, server_write_MAC_key, client_write_key, server_write_key,
 * client_write_IV, server_write_IV. */
static void cut_block(const uint8_t *block, struct key_sizes z, size_t of, struct record_keys *out)
{
	size_t keys_at = (size_t)2 * z.mac, ivs_at = keys_at + (size_t)2 * z.key;
	secret_set(&out->mac, (struct bytes){&block[of * z.mac], z.mac});
	secret_set(&out->key, (struct bytes){&block[keys_at + of * z.key], z.key});
	memcpy(out->iv, &block[ivs_at + of * z.iv], z.iv);
}

bool tls12_keys(enum suite_hash prf, const struct secret *master,
                const uint8_t client_random[RANDOM_BYTES],
                const uint8_t server_random[RANDOM_BYTES], struct key_sizes sizes, enum side of,
                struct record_keys *out)
{
	uint8_t block[BLOCK_MOST], seed[2 * RANDOM_BYTES];
	size_t len = (size_t)2 * ((size_t)sizes.mac + sizes.key + sizes.iv);
	if (len > sizeof block || sizes.iv > IV_MOST)
		return false;
	bool fine = tls12_expand(prf, secret_bytes(master), "key expansion",
	                         both_randoms(seed, server_random, client_random), block, len);
	if (fine)
		cut_block(block, sizes, of == SERVER, out);
	OPENSSL_cleanse(block, sizeof block);
	return fine;
}

bool tls12_finished(enum suite_hash prf, const struct secret *master, enum side of,
                    const struct digest *transcript, uint8_t out[FINISHED12_BYTES])
{
	return tls12_expand(
		prf, secret_bytes(master), of == CLIENT ? "client finished" : "server finished",
		(struct bytes){transcript->byte, transcript->len}, out, FINISHED12_BYTES);
}
