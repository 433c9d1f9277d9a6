#include "src/secrets/earlier.h"

#include <openssl/sha.h>
#include <stdlib.h>

#include "src/base/hash.h"

enum { BLOCK_ENTRIES = 64, BLOCKS = EARLIER_MOST / BLOCK_ENTRIES, BUCKETS = 1024 };

struct entry {
	uint8_t handle[HANDLE_BYTES];
	struct filed filed;
	uint16_t older; /* the next one of its bucket, as bucket[] counts */
};

/* Entry i lies at place i % EARLIER_MOST. A bucket's entries are chained from the newest to the
 * oldest, so that the one which leaves is always a chain's last. */
struct earlier {
	uint64_t seed;
	uint64_t n; /* entries ever filed */
	struct entry *block[BLOCKS];
	uint16_t bucket[BUCKETS]; /* the place of the newest, from 1; 0 none */
};

enum { BLOCK_BYTES = BLOCK_ENTRIES * sizeof(struct entry) };

struct earlier *earlier_new(uint64_t seed)
{
	struct earlier *e = calloc(1, sizeof *e);
	if (e != NULL)
		e->seed = seed;
	return e;
}

void earlier_free(struct earlier *e)
{
	for (size_t i = 0; e != NULL && i < BLOCKS; i++)
		secret_release(e->block[i], BLOCK_BYTES);
	free(e);
}

struct handle earlier_handle(const struct session *s, enum handle_kind kind, struct bytes value)
{
	enum { IP = sizeof s->endpoint[0].ip };
	uint8_t all[2 * IP + 1 + SHA256_DIGEST_LENGTH];
	const uint8_t *a = s->endpoint[CLIENT].ip, *b = s->endpoint[SERVER].ip;
	bool turned = memcmp(a, b, IP) > 0;
	struct handle h = {.there = value.len > 0};
	if (!h.there)
		return h;
	memcpy(all, turned ? b : a, IP);
	memcpy(&all[IP], turned ? a : b, IP);
	all[2 * IP] = (uint8_t)kind;
	SHA256(value.at, value.len, &all[2 * IP + 1]);
	SHA256(all, sizeof all, h.byte);
	return h;
}

static struct entry *entry_at(const struct earlier *e, uint64_t place)
{
	return &e->block[place / BLOCK_ENTRIES][place % BLOCK_ENTRIES];
}

static uint16_t *bucket_of(struct earlier *e, const uint8_t *handle)
{
	return &e->bucket[hash_bytes(handle, HANDLE_BYTES, e->seed) % BUCKETS];
}

/* Takes the oldest, which lies at that place, off its chain; what it held is written over next. */
static void leave(struct earlier *e, uint64_t place)
{
	struct entry *oldest = entry_at(e, place);
	uint16_t *link = bucket_of(e, oldest->handle);
	while (*link != place + 1)
		link = &entry_at(e, *link - 1U)->older;
	*link = 0;
}

void earlier_file(struct earlier *e, const struct handle *h, const struct filed *what)
{
	uint64_t place = e->n % EARLIER_MOST;
	struct entry **block = &e->block[place / BLOCK_ENTRIES];
	if (!h->there)
		return;
	if (*block == NULL)
		*block = secret_take(BLOCK_BYTES);
	if (*block == NULL)
		return;
	if (e->n >= EARLIER_MOST)
		leave(e, place);
	struct entry *new = entry_at(e, place);
	uint16_t *newest = bucket_of(e, h->byte);
	memcpy(new->handle, h->byte, HANDLE_BYTES);
	new->filed = *what;
	new->older = *newest;
	*newest = (uint16_t)(place + 1);
	e->n++;
}

const struct filed *earlier_find(const struct earlier *e, const struct handle *h)
{
	size_t at = hash_bytes(h->byte, HANDLE_BYTES, e->seed) % BUCKETS;
	for (uint16_t i = h->there ? e->bucket[at] : 0; i != 0; i = entry_at(e, i - 1U)->older)
		if (memcmp(entry_at(e, i - 1U)->handle, h->byte, HANDLE_BYTES) == 0)
			return &entry_at(e, i - 1U)->filed;
	return NULL;
}

uint64_t earlier_n_left(const struct earlier *e)
{
	return e->n < EARLIER_MOST ? 0 : e->n - EARLIER_MOST;
}
