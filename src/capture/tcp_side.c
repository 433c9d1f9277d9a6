/* One direction of a flow: what is new in a segment, what it may be given to the consumer, what is
 * kept, what is lost. */
#include "src/capture/tcp_private.h"

#include <stdlib.h>

void side_finding(struct tcp_table *t, struct flow *f, enum side s, enum flow_finding what,
                  uint32_t frame)
{
	struct half *side = &f->side[s];
	uint16_t bit = (uint16_t)(1u << what);
	if ((side->findings & bit) != 0)
		return;
	side->findings |= bit;
	t->in_sink++;
	t->sink.finding(t->sink.ctx, f, s, what, frame);
	t->in_sink--;
}

void side_event(struct tcp_table *t, struct flow *f, enum side s, enum tcp_event e, uint32_t frame,
                moment time)
{
	t->in_sink++;
	t->sink.event(t->sink.ctx, f, s, e, frame, time);
	t->in_sink--;
}

static void tell_gap(struct tcp_table *t, struct flow *f, enum side s, uint64_t at, uint64_t len)
{
	const struct half *side = &f->side[s];
	uint32_t after = side->front_frame != 0 ? side->front_frame : f->first_frame;
	side_finding(t, f, s, TCP_GAP, after);
	t->in_sink++;
	t->sink.gap(t->sink.ctx, f, s, at, len, after);
	t->in_sink--;
}

/* Offers bytes and says how many were taken. */
static size_t offer(struct tcp_table *t, struct flow *f, enum side s, uint64_t at, struct bytes b)
{
	t->in_sink++;
	struct taken taken = t->sink.data(t->sink.ctx, f, s, at, b);
	t->in_sink--;
	size_t used = taken.used < b.len ? taken.used : b.len;
	t->counters.delivered += used;
	f->side[s].need = taken.need < NEVER ? (uint32_t)taken.need : NEVER;
	return used;
}

static bool worth_offering(const struct half *side, size_t len)
{
	return side->need != NEVER && len >= side->need;
}

/* Offers the kept bytes while the consumer takes some; `last`: whether it asked for them or not.
 * Says whether it took any. */
static bool offer_kept(struct tcp_table *t, struct flow *f, enum side s, bool last)
{
	struct half *side = &f->side[s];
	struct held *h = side->held;
	bool moved = false;
	while (h != NULL && h->len > 0 && (last || worth_offering(side, h->len))) {
		struct bytes b = {h->kept + h->start, h->len};
		size_t used = offer(t, f, s, side->front - h->len, b);
		if (used == 0)
			break;
		kept_take(t, h, side->front, used);
		moved = true;
	}
	held_tidy(t, f, s);
	return moved;
}

/* Drops what is kept and says how much that was. */
static size_t drop_kept(struct tcp_table *t, struct half *side)
{
	struct held *h = side->held;
	if (h == NULL || h->len == 0)
		return 0;
	size_t n = h->len;
	t->counters.dropped += n;
	kept_take(t, h, side->front, n);
	return n;
}

/* Drops the kept bytes for the sake of our bounds, and `more` bytes before the front which were
 * never kept. */
static void drop_for_bounds(struct tcp_table *t, struct flow *f, enum side s, size_t more)
{
	struct half *side = &f->side[s];
	size_t n = drop_kept(t, side) + more;
	t->counters.dropped += more;
	side->need = 0;
	side_finding(t, f, s, TCP_LIMIT, side->front_frame);
	tell_gap(t, f, s, side->front - n, n);
	held_tidy(t, f, s);
}

/* Declares everything from the front up to `upto` lost. */
static void lose(struct tcp_table *t, struct flow *f, enum side s, uint64_t upto)
{
	struct half *side = &f->side[s];
	uint64_t at = side->front;
	if (upto <= at)
		return;
	offer_kept(t, f, s, true);
	drop_kept(t, side);
	if (side->held != NULL && side->held->keep_all)
		(void)origin_add(t, side->held, at, 0, 0);
	side->front = upto;
	side->need = 0;
	t->counters.gap_bytes += upto - at;
	tell_gap(t, f, s, at, upto - at);
}

/* Marks a side that goes on although it was said to have ended. */
static void note_new_bytes(struct tcp_table *t, struct flow *f, enum side s)
{
	const struct half *side = &f->side[s];
	if ((side->flags & SIDE_FIN) != 0)
		side_finding(t, f, s, TCP_FIN_SUSPECT, side->front_frame);
	if ((side->flags & SIDE_RST) != 0)
		side_finding(t, f, s, TCP_RST_SUSPECT, side->front_frame);
}

/* Gives bytes that come in order straight to the consumer and keeps what it leaves. */
static void give(struct tcp_table *t, struct flow *f, enum side s, const struct run *r)
{
	struct half *side = &f->side[s];
	struct bytes b = {r->data, r->len};
	uint64_t at = side->front;
	recent_add(t, side, at, b);
	side->front += b.len;
	side->front_frame = r->frame;
	note_new_bytes(t, f, s);
	size_t used = 0, kept = side->held == NULL ? 0 : side->held->len;
	if (kept == 0 && worth_offering(side, b.len)) {
		t->offered = (struct offered){f, at, side->front, r->frame, r->in_frame, s};
		used = offer(t, f, s, at, b);
		t->offered.flow = NULL;
	}
	if (side->held != NULL && side->held->keep_all)
		(void)origin_add(t, side->held, at, r->frame, r->in_frame);
	if (used == b.len)
		return;
	struct held *h = held_of(t, f, s);
	struct bytes rest = {b.at + used, b.len - used};
	if (h == NULL || !kept_add(t, h, at + used, rest, r->frame, r->in_frame + (uint32_t)used))
		drop_for_bounds(t, f, s, rest.len);
	else if (used > 0 || kept > 0)
		offer_kept(t, f, s, false);
}

static void tell_fin(struct tcp_table *t, struct flow *f, enum side s, uint64_t at, uint32_t frame,
                     moment time)
{
	struct half *side = &f->side[s];
	side->flags |= SIDE_FIN;
	if (side->held != NULL)
		side->held->fin_frame = 0;
	side_event(t, f, s, TCP_FIN, frame, time);
	if (side->front > at)
		side_finding(t, f, s, TCP_FIN_SUSPECT, side->front_frame);
}

/* Tells a FIN whose place is reached. */
static void check_fin(struct tcp_table *t, struct flow *f, enum side s)
{
	struct half *side = &f->side[s];
	struct held *h = side->held;
	if (h == NULL || h->fin_frame == 0 || side->front < h->fin_at ||
	    (side->flags & SIDE_SURE) == 0)
		return;
	tell_fin(t, f, s, h->fin_at, h->fin_frame, h->fin_time);
	held_tidy(t, f, s);
}

static void take_fin(struct tcp_table *t, struct flow *f, const struct segment *g, uint64_t at)
{
	struct half *side = &f->side[g->from];
	side->flags |= SIDE_FIN_SEEN;
	if ((side->flags & SIDE_FIN) != 0)
		return;
	if ((side->flags & SIDE_SURE) != 0 && side->front >= at) {
		tell_fin(t, f, g->from, at, g->frame, g->time);
		return;
	}
	struct held *h = held_of(t, f, g->from);
	if (h == NULL || h->fin_frame != 0)
		return;
	h->fin_at = at;
	h->fin_frame = g->frame;
	h->fin_time = g->time;
}

/* Takes the missing pieces that lie at the front and says where they end. */
static uint64_t pop_missing(struct tcp_table *t, struct held *h, uint64_t front)
{
	struct run r;
	while (pages_first(h, &r) && r.at == front && r.data == NULL) {
		front += r.len;
		pages_pop(t, h);
	}
	return front;
}

/* Moves the pieces that lie at the front behind the kept bytes. Says how many bytes. */
static size_t pop_pieces(struct tcp_table *t, struct flow *f, enum side s)
{
	struct half *side = &f->side[s];
	struct held *h = side->held;
	struct run r;
	size_t n = 0;
	while (pages_first(h, &r) && r.at == side->front && r.data != NULL) {
		struct bytes b = {r.data, r.len};
		side->front += r.len;
		side->front_frame = r.frame;
		if (!kept_add(t, h, r.at, b, r.frame, r.in_frame)) {
			pages_pop(t, h);
			drop_for_bounds(t, f, s, b.len);
			return 0;
		}
		pages_pop(t, h);
		n += b.len;
	}
	if (n > 0)
		recent_add(t, side, side->front - n,
		           (struct bytes){h->kept + h->start + h->len - n, n});
	return n;
}

/* Gives everything that has come to lie at the front. */
static void pull(struct tcp_table *t, struct flow *f, enum side s)
{
	struct half *side = &f->side[s];
	struct run r;
	if ((side->flags & SIDE_SURE) == 0)
		return;
	while (side->held != NULL && pages_first(side->held, &r) && r.at == side->front) {
		if (r.data == NULL)
			lose(t, f, s, pop_missing(t, side->held, side->front));
		else if (pop_pieces(t, f, s) > 0)
			note_new_bytes(t, f, s);
		offer_kept(t, f, s, false);
	}
	check_fin(t, f, s);
	held_tidy(t, f, s);
}

/* Counts the fates of bytes and reports what they tell. */
static void count_fates(struct tcp_table *t, struct flow *f, enum side s, const struct fates *fates,
                        uint32_t frame)
{
	t->counters.duplicate += fates->duplicate;
	t->counters.conflicting += fates->conflicting;
	t->counters.dropped += fates->dropped;
	if (fates->conflicting > 0)
		side_finding(t, f, s, TCP_OVERLAP_CONFLICT, frame);
	if (fates->dropped > 0)
		side_finding(t, f, s, TCP_LIMIT, frame);
}

/* Believes the start of the stream as it is known now. */
static void believe_start(struct tcp_table *t, struct flow *f, enum side s)
{
	f->side[s].flags |= SIDE_SURE;
	if (((f->side[CLIENT].flags | f->side[SERVER].flags) & SIDE_SYN) == 0)
		side_finding(t, f, s, TCP_MIDSTREAM, f->first_frame);
	pull(t, f, s);
}

/* Moves a start that is not yet believed back by `distance` bytes. */
static void move_start(struct tcp_table *t, struct flow *f, enum side s, uint32_t distance)
{
	struct half *side = &f->side[s];
	struct held *h = side->held;
	struct fates fates = {0};
	side->base -= distance;
	if (h == NULL || distance == 0)
		return;
	pages_shift(t, h, distance, &fates);
	h->fin_at += distance;
	count_fates(t, f, s, &fates, f->last_frame);
}

static bool holds_pages(const struct half *side)
{
	return side->held != NULL && side->held->n_pages > 0;
}

void side_start(struct tcp_table *t, struct flow *f, enum side s, uint32_t sequence)
{
	struct half *side = &f->side[s];
	if ((side->flags & SIDE_SURE) != 0)
		return;
	int32_t back = sequence_ahead(side->base, sequence);
	if ((side->flags & SIDE_STARTED) != 0 && back >= 0 && back <= START_REACH) {
		move_start(t, f, s, (uint32_t)back);
	} else {
		if (side->held != NULL)
			t->counters.dropped += pages_clear(t, side->held);
		side->base = sequence;
	}
	side->flags |= SIDE_STARTED | SIDE_SURE;
	pull(t, f, s);
}

static bool has_doubt(const struct half *side)
{
	return side->held != NULL && side->held->doubt.bytes != NULL;
}

static void accept_run(struct tcp_table *t, struct flow *f, enum side s, const struct run *r);

/* Takes the doubted bytes as sent and received. */
static void accept_doubt(struct tcp_table *t, struct flow *f, enum side s)
{
	struct half *side = &f->side[s];
	struct held *h = side->held;
	struct doubt d = h->doubt;
	h->doubt = (struct doubt){0};
	struct run r = {side->front, d.bytes, d.len, d.frame, d.in_frame};
	accept_run(t, f, s, &r);
	free(d.bytes);
	t->held_bytes -= d.len;
	held_tidy(t, f, s);
}

/* Compares the doubted bytes with what now lies in their place, and forgets them. */
static void replace_doubt(struct tcp_table *t, struct flow *f, enum side s, const struct run *r)
{
	struct held *h = f->side[s].held;
	struct doubt d = h->doubt;
	struct fates fates = {0};
	size_t n = r->len < d.len ? r->len : d.len;
	bytes_compare(r->data, d.bytes, n, &fates);
	fates.duplicate += d.len - n;
	count_fates(t, f, s, &fates, r->frame);
	h->doubt = (struct doubt){0};
	free(d.bytes);
	t->held_bytes -= d.len;
	held_tidy(t, f, s);
}

/* Lays bytes aside until the receiver says whether it took them. A repetition only counts. */
static void doubt_run(struct tcp_table *t, struct flow *f, enum side s, const struct run *r,
                      bool suspect)
{
	struct held *h = held_of(t, f, s);
	struct fates fates = {0};
	if (h != NULL && h->doubt.bytes != NULL) {
		size_t n = r->len < h->doubt.len ? r->len : h->doubt.len;
		bytes_compare(h->doubt.bytes, r->data, n, &fates);
		fates.duplicate += r->len - n;
		count_fates(t, f, s, &fates, r->frame);
		return;
	}
	uint8_t *copy = h == NULL ? NULL : malloc(r->len);
	if (copy == NULL) {
		t->counters.dropped += r->len;
		return;
	}
	memcpy(copy, r->data, r->len);
	t->held_bytes += r->len;
	h->doubt = (struct doubt){copy, (uint32_t)r->len, r->frame, r->in_frame, suspect};
}

void side_acknowledged(struct tcp_table *t, struct flow *f, enum side s, uint32_t sequence)
{
	struct half *side = &f->side[s];
	int32_t ahead = sequence_ahead(sequence, side->base + (uint32_t)side->front);
	if ((side->flags & SIDE_STARTED) == 0) {
		side->base = sequence;
		side->flags |= SIDE_STARTED | SIDE_START_NAMED;
		return;
	}
	if ((side->flags & SIDE_SURE) != 0) {
		if (has_doubt(side) && ahead > 0 && (uint32_t)ahead >= side->held->doubt.len) {
			if (side->held->doubt.suspect)
				f->flags |= FLOW_TRUSTING;
			accept_doubt(t, f, s);
		}
		return;
	}
	bool begun = ((f->side[CLIENT].flags | f->side[SERVER].flags) & SIDE_SYN) != 0;
	if (ahead <= 0 && ahead >= -START_REACH) {
		move_start(t, f, s, (uint32_t)-ahead);
		side->flags |= SIDE_START_NAMED;
	}
	if (holds_pages(side) && (ahead == 0 || (ahead > 0 && ahead < SEQUENCE_REACH && !begun)))
		believe_start(t, f, s);
}

/* Compares bytes that lie before the front with what is still known of them. */
static void compare_old(struct tcp_table *t, struct flow *f, enum side s, const struct run *r)
{
	struct half *side = &f->side[s];
	size_t kept = side->held == NULL ? 0 : side->held->len;
	uint64_t kept_at = side->front - kept;
	size_t n = r->at >= kept_at ? 0 : r->len;
	if (n > kept_at - r->at && r->at < kept_at)
		n = (size_t)(kept_at - r->at);
	struct fates fates = {0};
	if (n > 0)
		recent_compare(t, side, r->at, (struct bytes){r->data, n}, &fates);
	if (n < r->len) {
		const struct held *h = side->held;
		bytes_compare(h->kept + h->start + (r->at + n - kept_at), r->data + n, r->len - n,
		              &fates);
	}
	count_fates(t, f, s, &fates, r->frame);
}

/* Puts a run into the pages; false without memory for it. */
static void hold_run(struct tcp_table *t, struct flow *f, enum side s, const struct run *r)
{
	struct held *h = held_of(t, f, s);
	struct fates fates = {0};
	if (h != NULL)
		pages_put(t, h, *r, &fates);
	else if (r->data != NULL)
		fates.dropped = r->len;
	count_fates(t, f, s, &fates, r->frame);
}

/* Takes bytes at the front or behind it. */
static void accept_run(struct tcp_table *t, struct flow *f, enum side s, const struct run *r)
{
	struct half *side = &f->side[s];
	bool sure = (side->flags & SIDE_SURE) != 0;
	if (sure && r->at == side->front && !holds_pages(side)) {
		if (r->data == NULL)
			lose(t, f, s, r->at + r->len);
		else
			give(t, f, s, r);
		check_fin(t, f, s);
		return;
	}
	hold_run(t, f, s, r);
	pull(t, f, s);
}

/* Says whether the receiver may refuse these bytes: a probe of its closed window, data on a SYN/ACK
 * that it has not asked for, what bears a sign of forgery. */
static bool may_be_refused(const struct flow *f, const struct segment *g, const struct run *r)
{
	const struct half *side = &f->side[g->from], *other = &f->side[other_side(g->from)];
	if (r->at != side->front || (side->flags & SIDE_SURE) == 0)
		return false;
	if (g->suspect && g->missing == 0 && (g->flags & FIN) == 0)
		return true;
	if (other->packets == 0 || (g->flags & FIN) != 0)
		return false;
	if ((g->flags & SYN) != 0)
		return (g->flags & ACK) != 0;
	return r->len == 1 && g->missing == 0 && (other->flags & SIDE_CLOSED) != 0;
}

/* Takes what is new in a run of data whose beginning may be old. */
static void take_run(struct tcp_table *t, struct flow *f, const struct segment *g, struct run r)
{
	struct half *side = &f->side[g->from];
	if (r.at < side->front) {
		struct run old = r;
		if (old.len > side->front - r.at)
			old.len = (size_t)(side->front - r.at);
		if (old.data != NULL)
			compare_old(t, f, g->from, &old);
		r.at += old.len;
		r.len -= old.len;
		r.in_frame += (uint32_t)old.len;
		if (r.data != NULL)
			r.data += old.len;
	}
	if (r.len == 0)
		return;
	if (g->damaged && r.at != side->front) {
		t->counters.out_of_window += r.len;
		return;
	}
	if (r.data != NULL && may_be_refused(f, g, &r)) {
		doubt_run(t, f, g->from, &r, g->suspect);
		return;
	}
	if (r.at == side->front && has_doubt(side)) {
		if (r.data == NULL) { /* nobody knows other bytes for its place */
			accept_doubt(t, f, g->from);
			take_run(t, f, g, r);
			return;
		}
		replace_doubt(t, f, g->from, &r);
	}
	accept_run(t, f, g->from, &r);
}

/* Declares the oldest hole lost, and drops what is refused, until the side is inside its bound. */
static void enforce_bound(struct tcp_table *t, struct flow *f, enum side s)
{
	struct half *side = &f->side[s];
	struct run r;
	while (side->held != NULL && held_cost(side->held) > t->limits.max_side_bytes) {
		if ((side->flags & SIDE_SURE) == 0) {
			believe_start(t, f, s);
		} else if (has_doubt(side)) {
			accept_doubt(t, f, s);
		} else if (pages_first(side->held, &r)) {
			lose(t, f, s, r.at);
			pull(t, f, s);
		} else if (side->held->len > 0) {
			if (!offer_kept(t, f, s, true))
				drop_for_bounds(t, f, s, 0);
		} else {
			return;
		}
	}
}

/* Waits for a better start, or believes the one there is. False when the segment lies too far
 * before it. */
static bool guess_start(struct tcp_table *t, struct flow *f, const struct segment *g)
{
	struct half *side = &f->side[g->from];
	if ((side->flags & SIDE_STARTED) == 0) {
		side->base = g->sequence;
		side->flags |= SIDE_STARTED;
	}
	int32_t ahead = sequence_ahead(g->sequence, side->base);
	if (ahead < -START_REACH)
		return false;
	if (ahead < 0) {
		move_start(t, f, g->from, (uint32_t)-ahead);
		side->flags &= (uint16_t)~SIDE_START_NAMED;
	}
	struct held *h = side->held;
	bool named = ahead == 0 && (side->flags & SIDE_START_NAMED) != 0;
	if (named || (h != NULL && ++h->patience >= START_PATIENCE))
		believe_start(t, f, g->from);
	return true;
}

static void out_of_window(struct tcp_table *t, struct flow *f, const struct segment *g, size_t n)
{
	t->counters.out_of_window += n;
	side_finding(t, f, g->from, TCP_OUT_OF_WINDOW, g->frame);
}

/* Takes data and FIN whose distance from the front is known. */
static void take_bytes_and_fin(struct tcp_table *t, struct flow *f, const struct segment *g,
                               int32_t ahead)
{
	const struct half *side = &f->side[g->from];
	struct run r = {0, g->data.at, g->data.len, g->frame, g->in_frame};
	uint64_t fin_at = 0, end = r.len + g->missing;
	if (ahead < 0 && (uint64_t) - (int64_t)ahead > side->front) {
		uint64_t before = (uint64_t) - (int64_t)ahead - side->front;
		size_t n = before < r.len ? (size_t)before : r.len;
		if (n > 0)
			out_of_window(t, f, g, n);
		if (before >= end)
			return;
		r.data += n;
		r.len -= n;
		r.in_frame += (uint32_t)n;
		end -= before;
	} else {
		r.at = side->front + (uint64_t)(int64_t)ahead;
	}
	fin_at = r.at + end;
	struct run missing = {r.at + r.len, NULL, (size_t)(end - r.len), 0, 0};
	if (r.len > 0)
		take_run(t, f, g, r);
	if (missing.len > 0)
		take_run(t, f, g, missing);
	if ((g->flags & FIN) != 0)
		take_fin(t, f, g, fin_at);
	enforce_bound(t, f, g->from);
}

void side_data(struct tcp_table *t, struct flow *f, const struct segment *g)
{
	struct half *side = &f->side[g->from];
	t->counters.payload += g->data.len;
	side->payload += g->data.len + g->missing;
	if (g->data.len == 0 && g->missing == 0 && (g->flags & FIN) == 0)
		return;
	if ((side->flags & SIDE_SURE) == 0 && !guess_start(t, f, g)) {
		out_of_window(t, f, g, g->data.len);
		return;
	}
	int32_t ahead = sequence_ahead(g->sequence, side->base + (uint32_t)side->front);
	bool short_one = g->data.len + g->missing <= 1 && (g->flags & FIN) == 0;
	if (ahead == -1 && short_one) { /* a keep-alive (RFC 9293, 3.8.4) */
		t->counters.duplicate += g->data.len;
		return;
	}
	if (ahead >= SEQUENCE_REACH || ahead <= -SEQUENCE_REACH) {
		out_of_window(t, f, g, g->data.len);
		return;
	}
	take_bytes_and_fin(t, f, g, ahead);
}

/* Says whether a side has something that can still be moved at the flow's end, and which frame it
 * came in. */
static bool side_waits(const struct half *side, uint32_t *frame)
{
	const struct held *h = side->held;
	struct run r;
	if (h == NULL)
		return false;
	*frame = h->fin_frame;
	if (h->doubt.bytes != NULL)
		*frame = h->doubt.frame;
	else if (pages_first(h, &r))
		*frame = r.frame;
	return h->doubt.bytes != NULL || h->n_pages > 0 || h->fin_frame != 0;
}

/* Moves a side that waits by one step: over its doubts, its first hole, or to its FIN. */
static void side_step(struct tcp_table *t, struct flow *f, enum side s)
{
	struct held *h = f->side[s].held;
	struct run r;
	if (h->doubt.bytes != NULL) {
		accept_doubt(t, f, s);
		return;
	}
	lose(t, f, s, pages_first(h, &r) ? r.at : h->fin_at);
	pull(t, f, s);
}

/* Offers the kept bytes of both sides until nothing is taken. */
static void offer_both(struct tcp_table *t, struct flow *f)
{
	bool moved = true;
	while (moved) {
		settle(t);
		moved = offer_kept(t, f, CLIENT, true);
		moved = offer_kept(t, f, SERVER, true) || moved;
	}
}

static void end_stream(struct tcp_table *t, struct flow *f, enum side s)
{
	t->in_sink++;
	t->sink.stream_end(t->sink.ctx, f, s);
	t->in_sink--;
	offer_both(t, f);
}

void flow_flush(struct tcp_table *t, struct flow *f)
{
	uint32_t frame[2] = {0, 0};
	for (enum side s = CLIENT; s <= SERVER; s++)
		if ((f->side[s].flags & (SIDE_STARTED | SIDE_SURE)) == SIDE_STARTED &&
		    f->side[s].held != NULL)
			believe_start(t, f, s);
	for (;;) {
		offer_both(t, f);
		bool client = side_waits(&f->side[CLIENT], &frame[CLIENT]);
		bool server = side_waits(&f->side[SERVER], &frame[SERVER]);
		if (!client && !server)
			break;
		side_step(t, f,
		          client && (!server || frame[CLIENT] <= frame[SERVER]) ? CLIENT : SERVER);
	}
	end_stream(t, f, CLIENT);
	end_stream(t, f, SERVER);
	drop_kept(t, &f->side[CLIENT]);
	drop_kept(t, &f->side[SERVER]);
}

void settle(struct tcp_table *t)
{
	if (t->settling || t->in_sink > 0)
		return;
	t->settling = true;
	for (size_t i = 0, fruitless = 0; i < t->n_again; i++) {
		struct flow_again again = t->again[i];
		struct half *side = &again.flow->side[again.side];
		side->flags &= (uint16_t)~SIDE_AGAIN;
		side->need = 0;
		bool moved = fruitless < FRUITLESS_OFFERS &&
		             offer_kept(t, again.flow, again.side, false);
		fruitless = moved ? 0 : fruitless + 1;
	}
	t->n_again = 0;
	t->settling = false;
}

void tcp_offer_again(struct tcp_table *t, struct flow *f, enum side s)
{
	struct half *side = &f->side[s];
	if ((side->flags & SIDE_AGAIN) != 0)
		return;
	if (t->n_again == t->room_again) {
		size_t room = t->room_again == 0 ? 8 : t->room_again * 2;
		struct flow_again *again = realloc(t->again, room * sizeof *again);
		if (again == NULL)
			return;
		t->again = again;
		t->room_again = room;
	}
	t->again[t->n_again++] = (struct flow_again){f, s};
	side->flags |= SIDE_AGAIN;
	settle(t);
}

void forget_again(struct tcp_table *t, struct flow *f)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_again; i++)
		if (t->again[i].flow != f)
			t->again[n++] = t->again[i];
	t->n_again = n;
}

uint32_t flow_frame_at(const struct flow *f, enum side s, uint64_t at, uint32_t *in_frame)
{
	const struct offered *now = &f->table->offered;
	struct origin found = {0, 0, 0};
	const struct held *h = f->side[s].held;
	if (now->flow == f && now->side == s && at >= now->at && at < now->end) {
		found = (struct origin){now->at, now->frame, now->in_frame};
	} else if (h != NULL && at < f->side[s].front) {
		const struct origin *e = origin_of(h, at);
		if (e != NULL)
			found = *e;
	} else if (h != NULL) {
		found = pages_extent(h, at);
	}
	if (found.frame == 0)
		return 0;
	if (in_frame != NULL)
		*in_frame = found.in_frame + (uint32_t)(at - found.at);
	return found.frame;
}

void tcp_keep_extents(struct flow *f)
{
	for (enum side s = CLIENT; s <= SERVER; s++) {
		struct held *h = held_of(f->table, f, s);
		if (h != NULL)
			h->keep_all = true;
	}
}
