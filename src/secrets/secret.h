/* The one type for secrets, and the memory that they live in: locked and kept out of core dumps
 * where the system lets us, and wiped when it is given back. It is not for what may be shown. */
#ifndef KEYHOLE_SECRETS_SECRET_H
#define KEYHOLE_SECRETS_SECRET_H

#include "src/base/bytes.h"

enum { SECRET_MOST = 64 };

/* A premaster, master or traffic secret, or a Finished key. Lives only inside memory from
 * secret_take, or on the stack of a function that wipes it. */
struct secret {
	uint8_t byte[SECRET_MOST];
	uint8_t len; /* in bytes; 0: there is none */
};

/* Puts the secret in place of the old one; false, and none, when it is longer than SECRET_MOST. */
bool secret_set(struct secret *s, struct bytes value);
void secret_wipe(struct secret *s);

static inline struct bytes secret_bytes(const struct secret *s)
{
	return (struct bytes){s->byte, s->len};
}

/* Sets up OpenSSL's secure heap once for the whole process; private keys are read into it too.
 * Called by keyring_new, before there are threads. */
void secret_heap_open(void);
/* Gives `n` zeroed bytes for secrets, or NULL. When the secure heap is full or not to be had, it is
 * ordinary memory that is wiped none the less. */
void *secret_take(size_t n) __attribute__((warn_unused_result));
/* Wipes and gives back; NULL is nothing. `n` as it was taken. */
void secret_release(void *p, size_t n);

#endif
