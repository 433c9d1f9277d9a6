/* Digests of text that comes in pieces, for fingerprints. Not for secrets and not for proofs: those
 * have files of their own. */
#ifndef KEYHOLE_SECRETS_DIGEST_H
#define KEYHOLE_SECRETS_DIGEST_H

#include "src/base/bytes.h"

struct digest;

enum digest_kind { DIGEST_MD5, DIGEST_SHA256, DIGEST_KINDS };
enum { DIGEST_MOST = 32 };

/* Makes what computes one digest after the other; NULL without memory, and where the system's
 * policy leaves out MD5. */
struct digest *digest_new(void);
/* Gives it back; NULL is nothing. */
void digest_free(struct digest *d);
/* Begins a digest; one that was not ended is forgotten. */
void digest_begin(struct digest *d, enum digest_kind kind);
/* Adds the next piece. */
void digest_add(struct digest *d, const void *at, size_t len);
/* Ends the digest: 16 bytes of MD5, 32 of SHA-256. False when memory ended on the way. */
__attribute__((warn_unused_result)) bool digest_end(struct digest *d, uint8_t out[DIGEST_MOST]);

#endif
