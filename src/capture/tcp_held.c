/* Bytes that wait: in order for their consumer, or out of order for what lies before them. Pages of
 * HELD_PAGE bytes make every order of arrival cost about the same. */
#include "src/capture/tcp_private.h"

#include <stdlib.h>

enum { FIRST_PIECES = 4, FIRST_EXTENTS = 4, FIRST_PAGES = 4, FIRST_KEPT = 256 };

/* Gives a larger copy of a block and keeps the books; NULL without memory (the old one stays). */
static void *enlarge(struct tcp_table *t, void *old, size_t old_bytes, size_t new_bytes)
{
	void *new = realloc(old, new_bytes);
	if (new != NULL)
		t->held_bytes += new_bytes - old_bytes;
	return new;
}

static void release(struct tcp_table *t, void *block, size_t bytes)
{
	free(block);
	t->held_bytes -= bytes;
}

static void held_unlink(struct tcp_table *t, struct held *h)
{
	if (h->newer != NULL)
		h->newer->older = h->older;
	else
		t->newest_held = h->older;
	if (h->older != NULL)
		h->older->newer = h->newer;
	else
		t->oldest_held = h->newer;
}

static void held_link(struct tcp_table *t, struct held *h)
{
	h->newer = NULL;
	h->older = t->newest_held;
	if (h->older != NULL)
		h->older->newer = h;
	else
		t->oldest_held = h;
	t->newest_held = h;
}

struct held *held_of(struct tcp_table *t, struct flow *f, enum side s)
{
	struct held *h = f->side[s].held;
	if (h != NULL) {
		if (t->newest_held != h) {
			held_unlink(t, h);
			held_link(t, h);
		}
		return h;
	}
	h = calloc(1, sizeof *h);
	if (h == NULL)
		return NULL;
	t->held_bytes += sizeof *h;
	h->flow = f;
	f->side[s].held = h;
	held_link(t, h);
	return h;
}

static void page_free(struct tcp_table *t, struct page *p)
{
	release(t, p->piece, p->room * sizeof *p->piece);
	release(t, p, sizeof *p);
}

void held_free(struct tcp_table *t, struct half *side)
{
	struct held *h = side->held;
	held_unlink(t, h);
	pages_clear(t, h);
	release(t, h->page, h->room_pages * sizeof(struct page *));
	release(t, h->kept, h->room);
	release(t, h->extent, h->room_extents * sizeof *h->extent);
	release(t, h->doubt.bytes, h->doubt.len);
	release(t, h, sizeof *h);
	side->held = NULL;
}

bool held_waits(const struct held *h)
{
	return h->len > 0 || h->n_pages > 0 || h->doubt.bytes != NULL || h->fin_frame != 0;
}

void held_tidy(struct tcp_table *t, struct flow *f, enum side s)
{
	struct held *h = f->side[s].held;
	if (h == NULL || h->len > 0)
		return;
	if (!held_waits(h) && !h->keep_all) {
		held_free(t, &f->side[s]);
		return;
	}
	release(t, h->kept, h->room);
	h->kept = NULL;
	h->room = h->start = 0;
}

size_t held_cost(const struct held *h)
{
	size_t extents = h->keep_all ? 0 : h->end_extent - h->first_extent;
	return h->len + h->doubt.len + extents * sizeof(struct origin) +
	       h->n_pages * sizeof(struct page) + h->n_pieces * sizeof(struct piece);
}

/* Makes room for `n` more kept bytes; moving them down costs no more than what was consumed. */
static bool kept_room(struct tcp_table *t, struct held *h, size_t n)
{
	if (h->room - h->start - h->len >= n)
		return true;
	if (h->start >= h->len && h->room - h->len >= n) {
		memmove(h->kept, h->kept + h->start, h->len);
		h->start = 0;
		return true;
	}
	size_t needed = h->start + h->len + n, room = h->room == 0 ? FIRST_KEPT : h->room * 2;
	if (room < needed)
		room = needed;
	uint8_t *kept = enlarge(t, h->kept, h->room, room);
	if (kept == NULL)
		return false;
	h->kept = kept;
	h->room = room;
	return true;
}

static bool origin_room(struct tcp_table *t, struct held *h)
{
	if (h->end_extent < h->room_extents)
		return true;
	size_t n = h->end_extent - h->first_extent;
	if (h->first_extent > n) {
		memmove(h->extent, h->extent + h->first_extent, n * sizeof *h->extent);
		h->first_extent = 0;
		h->end_extent = n;
		return true;
	}
	size_t room = h->room_extents == 0 ? FIRST_EXTENTS : h->room_extents * 2;
	struct origin *extent = enlarge(t, h->extent, h->room_extents * sizeof *h->extent,
	                                room * sizeof *h->extent);
	if (extent == NULL)
		return false;
	h->extent = extent;
	h->room_extents = room;
	return true;
}

bool origin_add(struct tcp_table *t, struct held *h, uint64_t at, uint32_t frame, uint32_t in_frame)
{
	if (h->end_extent > h->first_extent) {
		const struct origin *last = &h->extent[h->end_extent - 1];
		if (last->frame == frame && last->in_frame + (at - last->at) == in_frame)
			return true;
	}
	if (!origin_room(t, h))
		return false;
	h->extent[h->end_extent++] = (struct origin){at, frame, in_frame};
	return true;
}

const struct origin *origin_of(const struct held *h, uint64_t at)
{
	size_t low = h->first_extent, high = h->end_extent;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (h->extent[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low == h->first_extent ? NULL : &h->extent[low - 1];
}

bool kept_add(struct tcp_table *t, struct held *h, uint64_t at, struct bytes b, uint32_t frame,
              uint32_t in_frame)
{
	if (!kept_room(t, h, b.len) || !origin_add(t, h, at, frame, in_frame))
		return false;
	memcpy(h->kept + h->start + h->len, b.at, b.len);
	h->len += b.len;
	return true;
}

void kept_take(struct tcp_table *t, struct held *h, uint64_t front, size_t n)
{
	(void)t;
	h->start += n;
	h->len -= n;
	if (h->len == 0)
		h->start = 0;
	if (h->keep_all)
		return;
	uint64_t at = front - h->len;
	while (h->first_extent + 1 < h->end_extent && h->extent[h->first_extent + 1].at <= at)
		h->first_extent++;
	if (h->len == 0)
		h->first_extent = h->end_extent = 0;
}

void bytes_compare(const uint8_t *old, const uint8_t *new, size_t len, struct fates *fates)
{
	if (memcmp(old, new, len) == 0) {
		fates->duplicate += len;
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (old[i] == new[i])
			fates->duplicate++;
		else
			fates->conflicting++;
	}
}

/* Gives the place of the first page with that number or a higher one. */
static size_t page_place(const struct held *h, uint64_t number)
{
	size_t low = 0, high = h->n_pages;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (h->page[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct page *page_of(struct tcp_table *t, struct held *h, uint64_t number)
{
	size_t i = page_place(h, number);
	if (i < h->n_pages && h->page[i]->number == number)
		return h->page[i];
	if (h->n_pages == h->room_pages) {
		size_t room = h->room_pages == 0 ? FIRST_PAGES : h->room_pages * 2;
		struct page **page = enlarge(t, h->page, h->room_pages * sizeof(struct page *),
		                             room * sizeof(struct page *));
		if (page == NULL)
			return NULL;
		h->page = page;
		h->room_pages = room;
	}
	struct page *new = enlarge(t, NULL, 0, sizeof *new);
	if (new == NULL)
		return NULL;
	new->number = number;
	new->piece = NULL;
	new->first = new->end = new->room = 0;
	memmove(h->page + i + 1, h->page + i, (h->n_pages - i) * sizeof(struct page *));
	h->page[i] = new;
	h->n_pages++;
	return new;
}

/* Inserts a piece before place `i`, which may move. Gives the piece's place, or -1 without memory.
 */
static int piece_insert(struct tcp_table *t, struct held *h, struct page *p, int i,
                        struct piece new)
{
	if (p->end == p->room && p->first > 0) {
		memmove(p->piece, p->piece + p->first,
		        (size_t)(p->end - p->first) * sizeof *p->piece);
		i -= p->first;
		p->end = (uint16_t)(p->end - p->first);
		p->first = 0;
	}
	if (p->end == p->room) {
		size_t room = p->room == 0 ? FIRST_PIECES : p->room * 2u;
		struct piece *piece =
			enlarge(t, p->piece, p->room * sizeof *piece, room * sizeof *piece);
		if (piece == NULL)
			return -1;
		p->piece = piece;
		p->room = (uint16_t)room;
	}
	memmove(p->piece + i + 1, p->piece + i, (size_t)(p->end - i) * sizeof *p->piece);
	p->piece[i] = new;
	p->end++;
	h->n_pieces++;
	return i;
}

/* Gives the place of the first piece that ends behind `at`. */
static int piece_place(const struct page *p, uint32_t at)
{
	int low = p->first, high = p->end;
	while (low < high) {
		int middle = low + (high - low) / 2;
		if ((uint32_t)p->piece[middle].at + p->piece[middle].len <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Cuts piece i in two at `at`, which lies inside it. False without memory. */
static bool piece_split(struct tcp_table *t, struct held *h, struct page *p, int i, uint32_t at)
{
	struct piece left = p->piece[i];
	left.len = (uint16_t)(at - left.at);
	i = piece_insert(t, h, p, i, left);
	if (i < 0)
		return false;
	struct piece *right = &p->piece[i + 1];
	right->len = (uint16_t)(right->len - left.len);
	right->at = (uint16_t)at;
	if (right->frame != 0)
		right->in_frame += left.len;
	return true;
}

/* The part of a run that lies in one page: [at, end) in it. */
struct stretch {
	const uint8_t *data;
	uint32_t at, end, frame, in_frame;
};

static void stretch_skip(struct stretch *s, uint32_t n)
{
	s->at += n;
	if (s->data == NULL)
		return;
	s->data += n;
	s->in_frame += n;
}

/* Puts the front of a stretch, up to `stop`, where nothing lies yet. */
static bool page_fill(struct tcp_table *t, struct held *h, struct page *p, int i, struct stretch *s,
                      uint32_t stop)
{
	uint32_t n = stop - s->at;
	struct piece new = {(uint16_t)s->at, (uint16_t)n, s->frame, s->in_frame};
	if (piece_insert(t, h, p, i, new) < 0)
		return false;
	if (s->data != NULL)
		memcpy(p->bytes + s->at, s->data, n);
	stretch_skip(s, n);
	return true;
}

/* Lays a stretch over piece i, which covers its beginning: what is there stays, unless it was cut
 * off by the capture and comes now. */
static bool page_overlay(struct tcp_table *t, struct held *h, struct page *p, int i,
                         struct stretch *s, struct fates *fates)
{
	struct piece *old = &p->piece[i];
	uint32_t old_end = (uint32_t)old->at + old->len;
	uint32_t stop = s->end < old_end ? s->end : old_end, n = stop - s->at;
	if (s->data != NULL && old->frame != 0)
		bytes_compare(p->bytes + s->at, s->data, n, fates);
	if (s->data != NULL && old->frame == 0) {
		if (stop < old_end && !piece_split(t, h, p, i, stop))
			return false;
		i = piece_place(p, s->at);
		if (s->at > p->piece[i].at && !piece_split(t, h, p, i, s->at))
			return false;
		old = &p->piece[piece_place(p, s->at)];
		old->frame = s->frame;
		old->in_frame = s->in_frame;
		memcpy(p->bytes + s->at, s->data, n);
	}
	stretch_skip(s, n);
	return true;
}

/* Puts a stretch into a page; what there was no memory for is left in it. */
static void page_put(struct tcp_table *t, struct held *h, struct page *p, struct stretch *s,
                     struct fates *fates)
{
	while (s->at < s->end) {
		int i = piece_place(p, s->at);
		bool covered = i < p->end && p->piece[i].at <= s->at;
		uint32_t stop = s->end;
		if (!covered && i < p->end && p->piece[i].at < stop)
			stop = p->piece[i].at;
		if (covered ? !page_overlay(t, h, p, i, s, fates) : !page_fill(t, h, p, i, s, stop))
			return;
	}
}

static void page_remove(struct tcp_table *t, struct held *h, size_t i)
{
	page_free(t, h->page[i]);
	h->n_pages--;
	memmove(h->page + i, h->page + i + 1, (h->n_pages - i) * sizeof(struct page *));
}

void pages_put(struct tcp_table *t, struct held *h, struct run r, struct fates *fates)
{
	size_t done = 0;
	while (done < r.len) {
		uint64_t at = r.at + done;
		uint32_t in_page = (uint32_t)(at % HELD_PAGE);
		size_t n = r.len - done < HELD_PAGE - in_page ? r.len - done : HELD_PAGE - in_page;
		struct stretch s = {
			.data = r.data == NULL ? NULL : r.data + done,
			.at = in_page,
			.end = in_page + (uint32_t)n,
			.frame = r.frame,
			.in_frame = r.data == NULL ? 0 : r.in_frame + (uint32_t)done,
		};
		struct page *p = page_of(t, h, at / HELD_PAGE);
		if (p != NULL)
			page_put(t, h, p, &s, fates);
		if (r.data != NULL)
			fates->dropped += s.end - s.at;
		if (p != NULL && p->first == p->end)
			page_remove(t, h, page_place(h, p->number));
		done += n;
	}
}

bool pages_first(const struct held *h, struct run *first)
{
	if (h->n_pages == 0)
		return false;
	const struct page *p = h->page[0];
	const struct piece *piece = &p->piece[p->first];
	*first = (struct run){
		.at = p->number * HELD_PAGE + piece->at,
		.data = piece->frame == 0 ? NULL : p->bytes + piece->at,
		.len = piece->len,
		.frame = piece->frame,
		.in_frame = piece->in_frame,
	};
	return true;
}

struct origin pages_extent(const struct held *h, uint64_t at)
{
	size_t i = page_place(h, at / HELD_PAGE);
	if (i == h->n_pages || h->page[i]->number != at / HELD_PAGE)
		return (struct origin){0, 0, 0};
	const struct page *p = h->page[i];
	int j = piece_place(p, (uint32_t)(at % HELD_PAGE));
	if (j == p->end || p->piece[j].at > at % HELD_PAGE)
		return (struct origin){0, 0, 0};
	const struct piece *piece = &p->piece[j];
	return (struct origin){p->number * HELD_PAGE + piece->at, piece->frame, piece->in_frame};
}

void pages_pop(struct tcp_table *t, struct held *h)
{
	struct page *p = h->page[0];
	p->first++;
	h->n_pieces--;
	if (p->first == p->end)
		page_remove(t, h, 0);
}

uint64_t pages_clear(struct tcp_table *t, struct held *h)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < h->n_pages; i++) {
		const struct page *p = h->page[i];
		for (int j = p->first; j < p->end; j++)
			bytes += p->piece[j].frame == 0 ? 0 : p->piece[j].len;
		page_free(t, h->page[i]);
	}
	h->n_pages = h->n_pieces = 0;
	return bytes;
}

void pages_shift(struct tcp_table *t, struct held *h, uint64_t distance, struct fates *fates)
{
	struct held old = *h;
	h->page = NULL;
	h->n_pages = h->room_pages = h->n_pieces = 0;
	for (size_t i = 0; i < old.n_pages; i++) {
		struct page *p = old.page[i];
		for (int j = p->first; j < p->end; j++) {
			const struct piece *piece = &p->piece[j];
			struct run r = {
				.at = p->number * HELD_PAGE + piece->at + distance,
				.data = piece->frame == 0 ? NULL : p->bytes + piece->at,
				.len = piece->len,
				.frame = piece->frame,
				.in_frame = piece->in_frame,
			};
			pages_put(t, h, r, fates);
		}
		page_free(t, p);
	}
	release(t, old.page, old.room_pages * sizeof(struct page *));
}
