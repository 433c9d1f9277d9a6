#include "src/engine/origin.h"

#include "src/base/hash.h"

#include <stdlib.h>

enum { BLOCK_ENTRIES = 64, BLOCKS = ORIGIN_MOST / BLOCK_ENTRIES, BUCKETS = 1024 };

struct entry {
	uint64_t handle;
	uint32_t first_frame;
	uint16_t older; /* the next one of its bucket, as bucket[] counts */
};

/* Entry i lies at place i % ORIGIN_MOST. A bucket's entries are chained from the newest to the
 * oldest, so that the one which leaves is always a chain's last. */
struct origins {
	uint64_t seed;
	uint64_t n; /* entries ever noted */
	struct entry *block[BLOCKS];
	uint16_t bucket[BUCKETS]; /* the place of the newest, from 1; 0 none */
};

struct origins *origins_new(uint64_t seed)
{
	struct origins *o = calloc(1, sizeof *o);
	if (o != NULL)
		o->seed = seed;
	return o;
}

void origins_free(struct origins *o)
{
	for (size_t i = 0; o != NULL && i < BLOCKS; i++)
		free(o->block[i]);
	free(o);
}

/* The same whichever of the two is the client. */
static uint64_t handle_of(const struct origins *o, const struct endpoint *endpoint,
                          enum resumed_by by, struct bytes value)
{
	uint64_t a = hash_bytes(endpoint[0].ip, sizeof endpoint[0].ip, o->seed);
	uint64_t b = hash_bytes(endpoint[1].ip, sizeof endpoint[1].ip, o->seed);
	return hash_bytes(value.at, value.len, o->seed ^ (a + b + by));
}

static struct entry *entry_at(const struct origins *o, uint64_t place)
{
	return &o->block[place / BLOCK_ENTRIES][place % BLOCK_ENTRIES];
}

/* Takes the oldest, which lies at that place, off its chain; what it held is written over next. */
static void leave(struct origins *o, uint64_t place)
{
	uint16_t *link = &o->bucket[entry_at(o, place)->handle % BUCKETS];
	while (*link != place + 1)
		link = &entry_at(o, *link - 1U)->older;
	*link = 0;
}

void origins_add(struct origins *o, const struct endpoint *endpoint, enum resumed_by by,
                 struct bytes value, uint32_t first_frame)
{
	uint64_t place = o->n % ORIGIN_MOST, handle = handle_of(o, endpoint, by, value);
	struct entry **block = &o->block[place / BLOCK_ENTRIES];
	if (*block == NULL)
		*block = calloc(BLOCK_ENTRIES, sizeof **block);
	if (*block == NULL)
		return;
	if (o->n >= ORIGIN_MOST)
		leave(o, place);
	uint16_t *newest = &o->bucket[handle % BUCKETS];
	*entry_at(o, place) = (struct entry){handle, first_frame, *newest};
	*newest = (uint16_t)(place + 1);
	o->n++;
}

uint32_t origins_find(const struct origins *o, const struct endpoint *endpoint, enum resumed_by by,
                      struct bytes value)
{
	uint64_t handle = handle_of(o, endpoint, by, value);
	for (uint16_t i = o->bucket[handle % BUCKETS]; i != 0; i = entry_at(o, i - 1U)->older)
		if (entry_at(o, i - 1U)->handle == handle)
			return entry_at(o, i - 1U)->first_frame;
	return 0;
}
