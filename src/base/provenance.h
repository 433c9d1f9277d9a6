/* Where bytes came from: a byte source (one direction of a TCP connection, the handshake stream, a
 * record's plaintext) is described by extents that lie in frames or in other sources, so that each
 * byte on the screen can be traced to the frame that carried it. It keeps no bytes, places alone.
 */
#ifndef KEYHOLE_BASE_PROVENANCE_H
#define KEYHOLE_BASE_PROVENANCE_H

#include "src/base/arena.h"

struct byte_source;

/* How closely a byte of an extent can be told from its neighbours. Any other grain is a block size
 * in bytes (16 for AES in CBC), counted from the extent's beginning. */
enum { GRAIN_WHOLE = 0, GRAIN_BYTE = 1 };

/* A run of bytes of one source: [at, at + len) was made from [from, from + from_len) below it. */
struct extent {
	uint64_t at;                      /* offset in the source that it belongs to */
	uint64_t from;                    /* offset in the parent, or in the frame */
	uint32_t len;                     /* in bytes, at least 1 */
	uint32_t frame;                   /* frame number; counts when parent is NULL */
	const struct byte_source *parent; /* lives at least as long; NULL: lies in a frame */
	uint32_t from_len; /* in bytes; 0 means len (they differ where there was padding or
	                      compression) */
	uint16_t grain;
};

/* Make it with {.arena = a}; its rows live there. Extents ascend by `at` and never overlap; between
 * them may be gaps (bytes that were lost). */
struct byte_source {
	struct arena *arena;
	struct extent *extent;
	size_t n, room;
	uint64_t n_lost; /* extents for which there was no memory */
};

/* A run of captured bytes. */
struct place {
	uint32_t frame, off, len; /* offset and length in bytes in the frame */
	bool exact; /* these very bytes; otherwise the block or piece that holds them */
};

/* Where places are put: the caller's array of `room`. `n_lost` counts those for which there was
 * none. */
struct places {
	struct place *place;
	uint32_t n, room, n_lost;
};

/* Adds an extent behind the others. Gives false for one that is empty, begins before the end of
 * the last one, is larger than what it was made from (unless its grain is GRAIN_WHOLE) or reaches
 * beyond its offsets' range, and (counted in n_lost) when memory ended. */
bool extent_add(struct byte_source *s, struct extent e) __attribute__((warn_unused_result));

/* Finds the captured runs that [at, at + len) of the source was made from, in its order, and adds
 * them to `found`. Says whether every byte was traced to a frame. */
bool extent_locate(const struct byte_source *s, uint64_t at, uint64_t len, struct places *found);

#endif
