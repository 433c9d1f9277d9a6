/* An arena: memory with one life. What is taken from it is given back all at once by arena_free. It
 * is not a heap: there is no giving back of single pieces. */
#ifndef KEYHOLE_BASE_ARENA_H
#define KEYHOLE_BASE_ARENA_H

#include "src/base/bytes.h"

struct arena_block;

struct arena {
	struct arena_block *block;
	size_t used, room;  /* in the newest block */
	size_t first_block; /* size of the first block in bytes; 0 means 4096; later ones double up
	                       to 256 KiB */
	size_t held;        /* bytes taken from the system */
	size_t limit;       /* bytes that may be held; 0 means no limit */
};

/* Gives `n` zeroed bytes aligned for any type, or NULL when the limit or the memory is reached. */
void *arena_take(struct arena *a, size_t n) __attribute__((warn_unused_result));
/* Copies `b` into the arena; the empty run when there is no memory for it. */
struct bytes arena_keep(struct arena *a, struct bytes b);
/* Copies a run and adds a zero byte, for texts; NULL when there is no memory. */
char *arena_text(struct arena *a, const char *text, size_t len);
/* Gives everything back to the system. */
void arena_free(struct arena *a);

#endif
