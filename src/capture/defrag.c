#include "src/capture/defrag.h"

#include <stdlib.h>

#include "src/base/hash.h"

/* A datagram is kept in pages that are made when bytes for them come, so that memory follows what
 * was received and not what an offset promises. In a page each unit of 8 bytes has a bit: fragments
 * begin at units, so that a unit is either there or not. */
enum {
	UNIT = 8,
	PAGE = 1024,
	PAGE_UNITS = PAGE / UNIT,
	LARGEST = 65535, /* payload of a datagram */
	PAGES = 64,
	BUCKETS = 8192,
};

struct page {
	uint64_t there[PAGE_UNITS / 64];
	uint8_t bytes[PAGE];
};

struct key {
	uint8_t source[16], target[16];
	uint32_t id;
	uint32_t protocol; /* IPv4 only: IPv6 fragments are one by addresses and id */
};

struct datagram {
	struct key key;
	struct datagram *next;          /* in its bucket */
	struct datagram *older, *newer; /* by the time of the first fragment */
	moment begun;
	struct page **page;
	uint32_t n_pages;
	uint32_t end;   /* of the last byte received */
	uint32_t total; /* payload length, known from the last fragment */
	uint32_t n_units;
	uint8_t protocol; /* of the fragment at offset 0 */
	bool has_last;
	bool conflicting; /* of no use any more; stays until its time is over */
};

struct defrag {
	size_t limit, held;
	uint64_t seed;
	moment now; /* the last known time */
	struct datagram *bucket[BUCKETS];
	struct datagram *oldest, *newest;
	uint8_t *whole;
	struct defrag_counters counters;
};

struct defrag *defrag_new(size_t limit_bytes, uint64_t seed)
{
	struct defrag *d = calloc(1, sizeof *d);
	if (d == NULL)
		return NULL;
	d->limit = limit_bytes;
	d->seed = seed;
	d->now = MOMENT_UNKNOWN;
	d->whole = malloc(PAGES * PAGE);
	if (d->whole != NULL)
		return d;
	free(d);
	return NULL;
}

const struct defrag_counters *defrag_counters(const struct defrag *d)
{
	return &d->counters;
}

static struct key key_of(const struct ip_packet *p)
{
	struct key k = {.id = p->fragment_id};
	memcpy(k.source, p->source.ip, sizeof k.source);
	memcpy(k.target, p->target.ip, sizeof k.target);
	k.protocol = endpoint_is_v4(&p->source) ? p->protocol : 0;
	return k;
}

static struct datagram **bucket_of(struct defrag *d, const struct key *k)
{
	return &d->bucket[hash_bytes(k, sizeof *k, d->seed) % BUCKETS];
}

static void drop_pages(struct defrag *d, struct datagram *g)
{
	for (uint32_t i = 0; i < g->n_pages; i++) {
		if (g->page[i] != NULL)
			d->held -= sizeof(struct page);
		free(g->page[i]);
	}
	d->held -= g->n_pages * sizeof *g->page;
	free(g->page);
	g->page = NULL;
	g->n_pages = 0;
}

static void drop(struct defrag *d, struct datagram *g)
{
	struct datagram **at = bucket_of(d, &g->key);
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	*(g->older == NULL ? &d->oldest : &g->older->newer) = g->newer;
	*(g->newer == NULL ? &d->newest : &g->newer->older) = g->older;
	drop_pages(d, g);
	d->counters.waiting -= !g->conflicting;
	d->held -= sizeof *g;
	free(g);
}

void defrag_free(struct defrag *d)
{
	if (d == NULL)
		return;
	while (d->oldest != NULL)
		drop(d, d->oldest);
	free(d->whole);
	free(d);
}

/* An age that no number holds is a great one. */
static bool is_late(const struct datagram *g, moment now)
{
	int64_t age;
	if (__builtin_sub_overflow(now, g->begun, &age))
		return now > g->begun;
	return age > (int64_t)DEFRAG_SECONDS * NS_PER_SECOND;
}

static void drop_late(struct defrag *d, moment now)
{
	if (now != MOMENT_UNKNOWN)
		d->now = now;
	while (d->oldest != NULL && is_late(d->oldest, d->now)) {
		d->counters.timed_out += !d->oldest->conflicting;
		drop(d, d->oldest);
	}
}

/* Makes room for `n` bytes more, at the cost of the oldest datagrams, but never of `spared`. */
static bool make_room(struct defrag *d, size_t n, const struct datagram *spared)
{
	while (d->held + n > d->limit && d->oldest != NULL && d->oldest != spared) {
		d->counters.evicted += !d->oldest->conflicting;
		drop(d, d->oldest);
	}
	return d->held + n <= d->limit;
}

static struct datagram *datagram_new(struct defrag *d, const struct key *k)
{
	if (!make_room(d, sizeof(struct datagram), NULL))
		return NULL;
	struct datagram *g = calloc(1, sizeof *g);
	if (g == NULL)
		return NULL;
	d->held += sizeof *g;
	d->counters.waiting++;
	g->key = *k;
	g->begun = d->now;
	g->next = *bucket_of(d, k);
	*bucket_of(d, k) = g;
	g->older = d->newest;
	*(d->newest == NULL ? &d->oldest : &d->newest->newer) = g;
	d->newest = g;
	return g;
}

static struct datagram *find(struct defrag *d, const struct ip_packet *p)
{
	struct key k = key_of(p);
	for (struct datagram *g = *bucket_of(d, &k); g != NULL; g = g->next)
		if (memcmp(&g->key, &k, sizeof k) == 0)
			return g;
	return datagram_new(d, &k);
}

static bool grow_table(struct defrag *d, struct datagram *g, uint32_t n_pages)
{
	size_t more = (n_pages - g->n_pages) * sizeof *g->page;
	if (!make_room(d, more, g))
		return false;
	struct page **grown = realloc(g->page, n_pages * sizeof *grown);
	if (grown == NULL)
		return false;
	memset(grown + g->n_pages, 0, more);
	d->held += more;
	g->page = grown;
	g->n_pages = n_pages;
	return true;
}

static struct page *page_at(struct defrag *d, struct datagram *g, uint32_t at)
{
	uint32_t n = at / PAGE;
	if (n >= g->n_pages && !grow_table(d, g, n + 1))
		return NULL;
	if (g->page[n] != NULL)
		return g->page[n];
	if (!make_room(d, sizeof(struct page), g))
		return NULL;
	g->page[n] = calloc(1, sizeof(struct page));
	if (g->page[n] != NULL)
		d->held += sizeof(struct page);
	return g->page[n];
}

enum kept { KEPT, NO_MEMORY, CONFLICT };

/* Keeps one unit, or compares it with the one that is there. */
static enum kept keep_unit(struct defrag *d, struct datagram *g, uint32_t at, struct bytes b)
{
	struct page *page = page_at(d, g, at);
	if (page == NULL)
		return NO_MEMORY;
	uint32_t unit = at % PAGE / UNIT;
	uint64_t bit = (uint64_t)1 << unit % 64;
	uint8_t *to = page->bytes + unit * UNIT;
	if (page->there[unit / 64] & bit)
		return memcmp(to, b.at, b.len) == 0 ? KEPT : CONFLICT;
	memcpy(to, b.at, b.len);
	page->there[unit / 64] |= bit;
	g->n_units++;
	return KEPT;
}

/* The fragment's word about the datagram's end must agree with all that was heard before. */
static bool agrees_on_end(struct datagram *g, const struct ip_packet *p)
{
	uint32_t end = p->fragment_at + (uint32_t)p->payload.len;
	bool last = !p->more_fragments;
	if ((last && (g->end > end || (g->has_last && g->total != end))) ||
	    (g->has_last && end > g->total))
		return false;
	if (last) {
		g->has_last = true;
		g->total = end;
	}
	if (end > g->end)
		g->end = end;
	return true;
}

static enum kept keep(struct defrag *d, struct datagram *g, const struct ip_packet *p)
{
	if (!agrees_on_end(g, p))
		return CONFLICT;
	if (p->fragment_at == 0)
		g->protocol = p->protocol;
	for (size_t i = 0; i < p->payload.len; i += UNIT) {
		size_t n = p->payload.len - i < UNIT ? p->payload.len - i : UNIT;
		enum kept k = keep_unit(d, g, p->fragment_at + (uint32_t)i,
		                        (struct bytes){p->payload.at + i, n});
		if (k != KEPT)
			return k;
	}
	return KEPT;
}

static bool is_usable(const struct ip_packet *p)
{
	if (p->payload.len == 0 || p->missing > 0 ||
	    (p->more_fragments && p->payload.len % UNIT != 0))
		return false;
	return p->payload.len <= LARGEST && p->fragment_at <= LARGEST - p->payload.len;
}

/* Gives the whole datagram in one run and forgets it. */
static bool complete(struct defrag *d, struct datagram *g, const struct ip_packet *piece,
                     struct ip_packet *whole)
{
	for (uint32_t i = 0; i < g->n_pages; i++)
		memcpy(d->whole + (size_t)i * PAGE, g->page[i]->bytes, PAGE);
	*whole = *piece;
	whole->payload = (struct bytes){d->whole, g->total};
	whole->protocol = g->protocol;
	whole->fragment = whole->more_fragments = false;
	whole->fragment_at = 0;
	d->counters.completed++;
	drop(d, g);
	if (endpoint_is_v4(&whole->source) || net_skip_extensions(whole))
		return true;
	d->counters.rejected++;
	return false;
}

bool defrag_add(struct defrag *d, const struct ip_packet *piece, struct ip_packet *whole,
                bool *conflict)
{
	*conflict = false;
	d->counters.fragments++;
	drop_late(d, piece->time);
	if (!is_usable(piece)) {
		d->counters.rejected++;
		return false;
	}
	struct datagram *g = find(d, piece);
	if (g == NULL || g->conflicting)
		return false;
	enum kept k = keep(d, g, piece);
	if (k == NO_MEMORY) {
		d->counters.evicted++;
		drop(d, g);
		return false;
	}
	if (k == CONFLICT) {
		d->counters.conflicts++;
		d->counters.waiting--;
		*conflict = g->conflicting = true;
		drop_pages(d, g);
		return false;
	}
	if (!g->has_last || g->n_units != (g->total + UNIT - 1) / UNIT)
		return false;
	return complete(d, g, piece, whole);
}
