#include "src/secrets/private_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

enum { MODULUS_MOST = 2048, PREMASTER_LEN = 48, PADDING_LEAST = 8 };

struct private_key {
	EVP_PKEY *key;
};

struct private_key *private_key_new(void *evp_pkey)
{
	struct private_key *k = OPENSSL_zalloc(sizeof *k);
	if (k != NULL)
		k->key = evp_pkey;
	return k;
}

void private_key_free(struct private_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->key);
	OPENSSL_free(k);
}

/* The bare RSA operation; gives the modulus's length, 0 when it could not be done. */
static size_t rsa_open(EVP_PKEY *key, struct bytes in, uint8_t *out, size_t room)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	size_t len = room;
	bool fine = c != NULL && EVP_PKEY_decrypt_init(c) > 0 &&
	            EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING) > 0 &&
	            EVP_PKEY_decrypt(c, out, &len, in.at, in.len) > 0;
	EVP_PKEY_CTX_free(c);
	return fine ? len : 0;
}

/* 00 02, at least 8 bytes that are not zero, 00, and the message to the end (RFC 8017, 7.2.2).
 * Gives where the message begins, 0 when the block has another form. */
static size_t message_start(const uint8_t *block, size_t len)
{
	size_t at = 2;
	if (len < 2 + PADDING_LEAST + 1 || block[0] != 0 || block[1] != 2)
		return 0;
	while (at < len && block[at] != 0)
		at++;
	return at < len && at - 2 >= PADDING_LEAST ? at + 1 : 0;
}

bool private_key_premaster(const struct private_key *k, struct bytes encrypted,
                           struct secret *premaster)
{
	uint8_t block[MODULUS_MOST];
	secret_wipe(premaster);
	int modulus = EVP_PKEY_get_size(k->key);
	if (modulus <= 0 || (size_t)modulus > sizeof block || encrypted.len != (size_t)modulus)
		return false;
	size_t len = rsa_open(k->key, encrypted, block, sizeof block);
	size_t at = message_start(block, len);
	if (at > 0 && len - at == PREMASTER_LEN)
		secret_set(premaster, (struct bytes){block + at, PREMASTER_LEN});
	OPENSSL_cleanse(block, sizeof block);
	return premaster->len > 0;
}
