/* Hashes for tables, seeded at start so that no sender can choose collisions; XXH3, taken in as
 * inline code. Not for proofs: digests are OpenSSL's. */
#ifndef KEYHOLE_BASE_HASH_H
#define KEYHOLE_BASE_HASH_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/base/bytes.h"

/* Gives a 64-bit hash of the bytes under a seed. */
static inline uint64_t hash_bytes(const void *at, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(at, len, seed);
}

#endif
