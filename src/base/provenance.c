#include "src/base/provenance.h"

enum { FIRST_ROOM = 8 };

/* From the first offset to one past the last. */
struct span {
	uint64_t from, upto;
};

static uint64_t extent_end(const struct extent *e)
{
	return e->at + e->len;
}

static bool is_sound(const struct byte_source *s, const struct extent *e)
{
	uint64_t reach = e->parent == NULL ? UINT32_MAX : UINT64_MAX;
	if (e->len == 0 || UINT64_MAX - e->at < e->len)
		return false;
	if (e->from > reach || reach - e->from < e->from_len)
		return false;
	if (e->grain != GRAIN_WHOLE && e->from_len < e->len)
		return false;
	return s->n == 0 || extent_end(&s->extent[s->n - 1]) <= e->at;
}

static bool source_grow(struct byte_source *s)
{
	size_t room = s->room == 0 ? FIRST_ROOM : s->room * 2;
	struct extent *rows = arena_take(s->arena, room * sizeof *rows);
	if (rows == NULL)
		return false;
	if (s->n > 0)
		memcpy(rows, s->extent, s->n * sizeof *rows);
	s->extent = rows;
	s->room = room;
	return true;
}

bool extent_add(struct byte_source *s, struct extent e)
{
	if (e.from_len == 0)
		e.from_len = e.len;
	if (!is_sound(s, &e))
		return false;
	if (s->n == s->room && !source_grow(s)) {
		s->n_lost++;
		return false;
	}
	s->extent[s->n++] = e;
	return true;
}

/* The first extent that ends behind `at`. */
static size_t first_reaching(const struct byte_source *s, uint64_t at)
{
	size_t low = 0, high = s->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (extent_end(&s->extent[middle]) <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The part of an extent's origin that a part of the extent was made from; both are counted from
 * their beginnings. */
static struct span origin_of(const struct extent *e, struct span part)
{
	if (e->grain == GRAIN_WHOLE)
		return (struct span){0, e->from_len};
	uint64_t upto = (part.upto + e->grain - 1) / e->grain * e->grain;
	if (upto > e->from_len)
		upto = e->from_len;
	return (struct span){part.from - part.from % e->grain, upto};
}

static void note_place(struct places *found, struct place p)
{
	if (found->n == found->room)
		found->n_lost++;
	else
		found->place[found->n++] = p;
}

static bool locate(const struct byte_source *s, struct span wanted, bool exact,
                   struct places *found);

/* Follows a part of one extent down to the frames. */
static bool locate_part(const struct extent *e, struct span part, bool exact, struct places *found)
{
	struct span origin = origin_of(e, part);
	bool exactly = exact && e->grain == GRAIN_BYTE;
	uint64_t from = e->from + origin.from;
	if (e->parent != NULL)
		return locate(e->parent, (struct span){from, e->from + origin.upto}, exactly,
		              found);
	note_place(found, (struct place){.frame = e->frame,
	                                 .off = (uint32_t)from,
	                                 .len = (uint32_t)(origin.upto - origin.from),
	                                 .exact = exactly});
	return true;
}

/* Calls itself once a level: a source's parents were there before it. */
static bool locate(const struct byte_source *s, struct span wanted, bool exact,
                   struct places *found)
{
	uint64_t traced = wanted.from;
	bool all = true;
	for (size_t i = first_reaching(s, wanted.from); i < s->n; i++) {
		const struct extent *e = &s->extent[i];
		if (e->at >= wanted.upto)
			break;
		uint64_t from = e->at > traced ? e->at : traced;
		uint64_t upto = extent_end(e) < wanted.upto ? extent_end(e) : wanted.upto;
		if (!locate_part(e, (struct span){from - e->at, upto - e->at}, exact, found))
			all = false;
		if (from > traced)
			all = false;
		traced = upto;
	}
	return all && traced == wanted.upto;
}

bool extent_locate(const struct byte_source *s, uint64_t at, uint64_t len, struct places *found)
{
	uint64_t most = UINT64_MAX - at;
	if (len == 0)
		return true;
	return locate(s, (struct span){at, at + (len < most ? len : most)}, true, found);
}
