#include "src/base/arena.h"

#include <stdlib.h>

enum { DEFAULT_BLOCK = 4096, LARGEST_BLOCK = 256 * 1024, ALIGNMENT = 16 };

struct arena_block {
	struct arena_block *older;
	_Alignas(ALIGNMENT) uint8_t bytes[];
};

/* How large a block may still be under the limit, its header included. */
static size_t still_allowed(const struct arena *a)
{
	if (a->limit == 0)
		return SIZE_MAX;
	return a->held < a->limit ? a->limit - a->held : 0;
}

static size_t next_block_size(const struct arena *a, size_t needed)
{
	size_t size = a->block == NULL ? a->first_block : a->room * 2;
	if (size == 0)
		size = DEFAULT_BLOCK;
	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	return size < needed ? needed : size;
}

static bool arena_grow(struct arena *a, size_t needed)
{
	size_t size = next_block_size(a, needed);
	size_t allowed = still_allowed(a);
	if (allowed < sizeof(struct arena_block) + needed)
		return false;
	if (size > allowed - sizeof(struct arena_block))
		size = allowed - sizeof(struct arena_block);
	struct arena_block *block = malloc(sizeof(struct arena_block) + size);
	if (block == NULL)
		return false;
	block->older = a->block;
	a->block = block;
	a->used = 0;
	a->room = size;
	a->held += sizeof(struct arena_block) + size;
	return true;
}

void *arena_take(struct arena *a, size_t n)
{
	if (n > SIZE_MAX - ALIGNMENT - sizeof(struct arena_block))
		return NULL;
	n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if ((a->block == NULL || a->room - a->used < n) && !arena_grow(a, n))
		return NULL;
	void *p = a->block->bytes + a->used;
	a->used += n;
	return memset(p, 0, n);
}

struct bytes arena_keep(struct arena *a, struct bytes b)
{
	if (b.len == 0)
		return (struct bytes){NULL, 0};
	uint8_t *p = arena_take(a, b.len);
	if (p == NULL)
		return (struct bytes){NULL, 0};
	return (struct bytes){memcpy(p, b.at, b.len), b.len};
}

char *arena_text(struct arena *a, const char *text, size_t len)
{
	char *p = len == SIZE_MAX ? NULL : arena_take(a, len + 1);
	return p == NULL || len == 0 ? p : memcpy(p, text, len);
}

void arena_free(struct arena *a)
{
	while (a->block != NULL) {
		struct arena_block *older = a->block->older;
		free(a->block);
		a->block = older;
	}
	a->used = a->room = a->held = 0;
}
