#include "src/secrets/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

struct digest {
	EVP_MD *md[DIGEST_KINDS]; /* fetched once: looking one up takes longer than a short digest
	                           */
	EVP_MD_CTX *running;
	bool fine;
};

struct digest *digest_new(void)
{
	struct digest *d = OPENSSL_zalloc(sizeof *d);
	if (d == NULL)
		return NULL;
	d->md[DIGEST_MD5] = EVP_MD_fetch(NULL, "MD5", NULL);
	d->md[DIGEST_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
	d->running = EVP_MD_CTX_new();
	if (d->md[DIGEST_MD5] != NULL && d->md[DIGEST_SHA256] != NULL && d->running != NULL)
		return d;
	digest_free(d);
	return NULL;
}

void digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	for (int i = 0; i < DIGEST_KINDS; i++)
		EVP_MD_free(d->md[i]);
	EVP_MD_CTX_free(d->running);
	OPENSSL_free(d);
}

void digest_begin(struct digest *d, enum digest_kind kind)
{
	d->fine = EVP_DigestInit_ex2(d->running, d->md[kind], NULL) > 0;
}

void digest_add(struct digest *d, const void *at, size_t len)
{
	d->fine = d->fine && EVP_DigestUpdate(d->running, at, len) > 0;
}

bool digest_end(struct digest *d, uint8_t out[DIGEST_MOST])
{
	return d->fine && EVP_DigestFinal_ex(d->running, out, NULL) > 0;
}
