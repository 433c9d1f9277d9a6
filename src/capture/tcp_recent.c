/* A table's memory of delivered bytes: one ring for all flows, so that re-sent bytes can be
 * compared although nobody holds them any more. Only the beginning of each stream goes in
 * (RECENT_STREAM), and it lasts until RECENT_ROOM more bytes were delivered. */
#include "src/capture/tcp_private.h"

#include <stdlib.h>

/* What stands in the ring before each run of bytes; entries of one side form a chain. */
struct recent {
	uint64_t older; /* position of the side's entry before this one; 0: none */
	uint64_t at;    /* stream offset */
	uint64_t len;
};

static bool still_there(const struct tcp_table *t, uint64_t position)
{
	return position != 0 && t->recent_end - position <= RECENT_ROOM;
}

/* Gives the place for `n` bytes that do not wrap. Positions start at RECENT_ROOM, so that none is
 * 0. */
static uint64_t recent_place(struct tcp_table *t, size_t n)
{
	size_t in_ring = t->recent_end % RECENT_ROOM;
	if (t->recent_end == 0)
		t->recent_end = RECENT_ROOM;
	else if (RECENT_ROOM - in_ring < n)
		t->recent_end += RECENT_ROOM - in_ring;
	return t->recent_end;
}

void recent_add(struct tcp_table *t, struct half *side, uint64_t at, struct bytes b)
{
	if (at >= RECENT_STREAM)
		return;
	if (t->recent == NULL)
		t->recent = malloc(RECENT_ROOM);
	if (t->recent == NULL)
		return;
	while (b.len > 0) {
		size_t n = b.len < RECENT_ENTRY ? b.len : RECENT_ENTRY;
		struct recent entry = {.older = side->recent, .at = at, .len = n};
		uint64_t position = recent_place(t, sizeof entry + n);
		uint8_t *place = t->recent + position % RECENT_ROOM;
		memcpy(place, &entry, sizeof entry);
		memcpy(place + sizeof entry, b.at, n);
		t->recent_end = position + sizeof entry + n;
		side->recent = position;
		at += n;
		b = (struct bytes){b.at + n, b.len - n};
	}
}

void recent_compare(const struct tcp_table *t, const struct half *side, uint64_t at, struct bytes b,
                    struct fates *fates)
{
	uint64_t end = at + b.len, known = 0;
	for (uint64_t position = side->recent; still_there(t, position);) {
		const uint8_t *place = t->recent + position % RECENT_ROOM;
		struct recent entry;
		memcpy(&entry, place, sizeof entry);
		uint64_t from = entry.at > at ? entry.at : at;
		uint64_t to = entry.at + entry.len < end ? entry.at + entry.len : end;
		if (from < to) {
			bytes_compare(place + sizeof entry + (from - entry.at), b.at + (from - at),
			              to - from, fates);
			known += to - from;
		}
		if (entry.at <= at)
			break;
		position = entry.older;
	}
	fates->duplicate += b.len - known;
}
