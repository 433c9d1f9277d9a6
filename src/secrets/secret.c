#include "src/secrets/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

enum {
	HEAP_BYTES = 4 << 20,     /* under the 8 MiB that Debian lets a user lock */
	HEAP_PIECE = 64,          /* the smallest piece of the heap */
	LARGE_PIECE = 256 * 1024, /* from here on pages of their own: a key log's table */
};

bool secret_set(struct secret *s, struct bytes value)
{
	secret_wipe(s);
	if (value.len > SECRET_MOST)
		return false;
	if (value.len > 0)
		memcpy(s->byte, value.at, value.len);
	s->len = (uint8_t)value.len;
	return true;
}

void secret_wipe(struct secret *s)
{
	OPENSSL_cleanse(s, sizeof *s);
}

void secret_heap_open(void)
{
	if (!CRYPTO_secure_malloc_initialized())
		(void)CRYPTO_secure_malloc_init(HEAP_BYTES, HEAP_PIECE);
}

/* Locking is tried, not needed: the limit of a small machine must not keep a key log from being
 * used. */
static void *take_pages(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	(void)mlock(p, n);
	(void)madvise(p, n, MADV_DONTDUMP);
	return p;
}

void *secret_take(size_t n)
{
	if (n >= LARGE_PIECE)
		return take_pages(n);
	void *p = OPENSSL_secure_zalloc(n);
	return p != NULL ? p : OPENSSL_zalloc(n);
}

void secret_release(void *p, size_t n)
{
	if (p == NULL)
		return;
	if (n < LARGE_PIECE) {
		OPENSSL_secure_clear_free(p, n); /* tells its own memory from the ordinary */
		return;
	}
	OPENSSL_cleanse(p, n);
	(void)munmap(p, n);
}
