/* The running hash of a handshake. It keeps messages only until their hash is known. */
#ifndef KEYHOLE_SECRETS_TRANSCRIPT_H
#define KEYHOLE_SECRETS_TRANSCRIPT_H

#include "src/secrets/key_schedule.h"

enum { TRANSCRIPT_HELD_MOST = 256 * 1024 };

/* Zero is an empty one. */
struct transcript {
	void *md; /* OpenSSL's; NULL until transcript_begin */
	uint8_t *held;
	size_t held_len;
	bool lost; /* a part is missing: it has no digest any more */
};

/* Adds a message with its head. Before transcript_begin at most TRANSCRIPT_HELD_MOST bytes are
 * held; beyond, it is lost. */
void transcript_add(struct transcript *t, struct bytes message);
/* Says which hash it is (HASH_NULL: MD5 and SHA-1); later calls change nothing. */
void transcript_begin(struct transcript *t, enum suite_hash hash);
/* Puts a message_hash in place of all so far: after a HelloRetryRequest (RFC 8446, 4.4.1). */
void transcript_fold(struct transcript *t, enum suite_hash hash);
/* Gives the digest so far; false when it was lost or not begun. */
bool transcript_digest(const struct transcript *t, struct digest *out);
/* Makes it empty. */
void transcript_reset(struct transcript *t);

#endif
