/* Signs that a segment is not what its receiver takes: a wrong checksum where the sender's are
 * right, a timestamp older than the last one (PAWS, RFC 7323, 5), fewer hops to live than the
 * side's segments have. They prove nothing: captures are rewritten, paths change. So what bears a
 * sign only waits until the receiver acknowledges it, and gives way to what is sent in its place.
 * Once such a segment was acknowledged, the signs mean nothing on this flow. */
#include "src/base/reader.h"
#include "src/capture/checksum.h"
#include "src/capture/tcp_private.h"

enum { OPTION_END = 0, OPTION_NOTHING = 1, OPTION_TIMESTAMPS = 8, TIMESTAMPS = 10 };

/* Gives the timestamp of a segment (RFC 7323, 3.2: kind 1, length 1, value 4, echo 4); false when
 * it has none. */
static bool timestamp_of(const struct segment *g, uint32_t *value)
{
	struct reader r = reader_over(g->options, NULL, NULL);
	while (more(&r)) {
		uint8_t kind = take_u8(&r, 0);
		if (kind == OPTION_END)
			return false;
		if (kind == OPTION_NOTHING)
			continue;
		size_t len = take_u8(&r, 0);
		if (kind == OPTION_TIMESTAMPS && len == TIMESTAMPS) {
			*value = take_u32(&r, 0);
			return r.fault == FINE;
		}
		if (len < 2)
			return false;
		take_bytes(&r, len - 2, 0);
	}
	return false;
}

/* Says whether the checksum is wrong although the sender's are right. */
static bool is_damaged(struct tcp_table *t, struct half *side, struct segment *g)
{
	switch (checksum_of_tcp(g->packet)) {
	case CHECKSUM_RIGHT:
		side->flags |= SIDE_SUMS_RIGHT;
		return false;
	case CHECKSUM_PARTIAL:
		t->counters.offloaded++;
		if (t->counters.offloaded_frame == 0)
			t->counters.offloaded_frame = g->frame;
		return false;
	case CHECKSUM_WRONG:
		g->sum_wrong = true;
		return (side->flags & SIDE_SUMS_RIGHT) != 0;
	default:
		return false;
	}
}

/* Says whether the timestamp is older than the newest one at the front, and keeps a newer one. */
static bool is_old(struct half *side, const struct segment *g, int32_t ahead)
{
	uint32_t stamp;
	if (!timestamp_of(g, &stamp))
		return false;
	bool old = (side->flags & SIDE_STAMPED) != 0 && sequence_ahead(stamp, side->stamp) < 0;
	if (old || ahead > 0)
		return old;
	side->flags |= SIDE_STAMPED;
	side->stamp = stamp;
	return false;
}

void judge_segment(struct tcp_table *t, struct flow *f, struct segment *g)
{
	struct half *side = &f->side[g->from];
	int32_t ahead = sequence_ahead(g->sequence, side->base + (uint32_t)side->front);
	if ((f->flags & FLOW_TRUSTING) != 0 || (ahead == 0 && side->front >= CHECKED_REACH))
		return;
	if (f->ttl[g->from] == 0)
		f->ttl[g->from] = g->packet->ttl;
	g->damaged = is_damaged(t, side, g);
	bool old = !g->damaged && is_old(side, g, ahead);
	g->suspect = g->damaged || old || g->packet->ttl < f->ttl[g->from];
}
