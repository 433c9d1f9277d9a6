/* Segments in: headers, handshakes, resets, and when a flow begins and ends. */
#include "src/capture/tcp.h"

#include "src/base/reader.h"
#include "src/capture/tcp_private.h"

/* Tells the end of a flow, once, and gives back all that it kept. */
static void tell_end(struct tcp_table *t, struct flow *f, enum flow_end why, uint32_t frame,
                     moment time)
{
	if ((f->flags & FLOW_OVER) != 0)
		return;
	flow_flush(t, f);
	for (enum side s = CLIENT; s <= SERVER; s++) {
		const struct half *this = &f->side[s], *other = &f->side[other_side(s)];
		if (other->packets == 0 && (this->flags & SIDE_ACKS) != 0)
			side_finding(t, f, s, TCP_ONE_SIDED, f->last_frame);
	}
	t->in_sink++;
	t->sink.end(t->sink.ctx, f, why, frame, time);
	t->in_sink--;
	forget_again(t, f);
	for (enum side s = CLIENT; s <= SERVER; s++)
		if (f->side[s].held != NULL)
			held_free(t, &f->side[s]);
	f->flags |= FLOW_OVER;
}

static void end_flow(struct tcp_table *t, struct flow *f, enum flow_end why, uint32_t frame,
                     moment time)
{
	tell_end(t, f, why, frame, time);
	flow_remove(t, f);
}

/* Ends a flow for a reason that counts only when it was not closed already. */
static void end_for(struct tcp_table *t, struct flow *f, enum flow_end why, uint32_t frame,
                    moment time)
{
	end_flow(t, f, (f->flags & FLOW_ENDING) != 0 ? FLOW_CLOSED : why, frame, time);
}

static void evict(struct tcp_table *t, struct flow *f, uint32_t frame, moment time)
{
	if ((f->flags & FLOW_OVER) == 0)
		t->counters.evicted++;
	end_flow(t, f, FLOW_EVICTED, frame, time);
}

static void expire_list(struct tcp_table *t, struct flow_list *list, uint32_t seconds,
                        enum flow_end why, uint32_t frame)
{
	for (struct flow *f = flow_of_index(t, list->oldest); f != NULL;
	     f = flow_of_index(t, list->oldest)) {
		if (f->last_time != MOMENT_UNKNOWN &&
		    (t->clock < f->last_time || (uint64_t)t->clock - (uint64_t)f->last_time <=
		                                        (uint64_t)seconds * NS_PER_SECOND))
			return;
		end_flow(t, f, why, frame, t->clock);
	}
}

/* Moves the capture's clock on and ends what is idle. A leap forward is believed when the packet
 * after it says the same, so that one wrong time does not end every flow. */
static void expire(struct tcp_table *t, moment now, uint32_t frame)
{
	if (now == MOMENT_UNKNOWN)
		return;
	if (t->clock != MOMENT_UNKNOWN && now <= t->clock) {
		t->jumped = false;
		return;
	}
	uint64_t leap = t->clock == MOMENT_UNKNOWN ? 0 : (uint64_t)now - (uint64_t)t->clock;
	if (leap > (uint64_t)t->limits.idle_seconds * NS_PER_SECOND && !t->jumped) {
		t->jumped = true;
		return;
	}
	t->jumped = false;
	t->clock = now;
	expire_list(t, &t->ending, t->limits.linger_seconds, FLOW_CLOSED, frame);
	expire_list(t, &t->open, t->limits.idle_seconds, FLOW_IDLE, frame);
}

/* Takes the header. False when it contradicts itself; ports are set when they are there. */
static bool parse(const struct ip_packet *p, struct segment *g, struct endpoint *source,
                  struct endpoint *target)
{
	struct reader r = reader_over(p->payload, NULL, NULL);
	*source = p->source;
	*target = p->target;
	source->port = take_u16(&r, 0);
	target->port = take_u16(&r, 0);
	g->sequence = take_u32(&r, 0);
	g->acknowledged = take_u32(&r, 0);
	size_t header = (size_t)(take_u8(&r, 0) >> 4) * 4;
	g->flags = take_u8(&r, 0);
	g->window = take_u16(&r, 0);
	(void)take_u32(&r, 0); /* checksum, urgent pointer */
	size_t options = header - TCP_HEADER, here = left(&r), missing = p->missing;
	if (r.fault != FINE || header < TCP_HEADER || options > here + missing)
		return false;
	if (options > here) {
		missing -= options - here;
		options = here;
	}
	g->options = take_bytes(&r, options, 0);
	g->packet = p;
	g->sum_wrong = g->damaged = g->suspect = false;
	g->data = take_rest(&r, 0);
	g->missing = (uint32_t)missing;
	g->frame = p->frame;
	g->in_frame = p->payload_at + TCP_HEADER + (uint32_t)options;
	g->time = p->time;
	g->reuse = false;
	bool contradiction = (g->flags & SYN) != 0 && (g->flags & (FIN | RST)) != 0;
	return !contradiction;
}

static void count_malformed(struct tcp_table *t, const struct ip_packet *p,
                            const struct endpoint *source, const struct endpoint *target)
{
	t->counters.malformed++;
	struct flow *f = flow_find(t, source, target);
	if (f == NULL || (f->flags & FLOW_OVER) != 0)
		return;
	enum side from = same_endpoint(source, &f->endpoint[CLIENT]) ? CLIENT : SERVER;
	side_finding(t, f, from, TCP_MALFORMED, p->frame);
}

static bool port_is_tls(uint16_t port)
{
	return port == 443 || port == 8443;
}

/* Says who sent the first packet that was seen of a flow. */
static enum side first_sender(const struct segment *g, uint16_t from, uint16_t to)
{
	if ((g->flags & SYN) != 0)
		return (g->flags & ACK) != 0 ? SERVER : CLIENT;
	if ((from < 1024) != (to < 1024))
		return from < 1024 ? SERVER : CLIENT;
	return port_is_tls(from) && !port_is_tls(to) ? SERVER : CLIENT;
}

static struct flow *begin_flow(struct tcp_table *t, const struct segment *g,
                               const struct endpoint *source, const struct endpoint *target)
{
	while (t->n_flows >= t->limits.max_flows && tcp_evict(t, g->frame, g->time))
		;
	bool by_client = first_sender(g, source->port, target->port) == CLIENT;
	struct flow *f = flow_make(t, by_client ? source : target, by_client ? target : source);
	if (f == NULL)
		return NULL;
	f->first_frame = g->frame;
	f->first_time = f->last_time = g->time;
	return f;
}

/* Says whether a side said that it had finished, was believed, kept to it, and nothing waits. */
static bool has_finished(const struct half *side)
{
	return (side->flags & SIDE_FIN_ACKED) != 0 &&
	       (side->findings & 1u << TCP_FIN_SUSPECT) == 0 &&
	       (side->held == NULL || !held_waits(side->held));
}

/* Says whether nothing is to come any more. Who can forge the FINs and the ACKs of both sides can
 * bring this about; what the sides really send then is a new flow (goes_on). */
static bool is_over(const struct flow *f)
{
	return has_finished(&f->side[CLIENT]) && has_finished(&f->side[SERVER]);
}

/* Says whether a segment brings bytes behind the end of a flow that is over. */
static bool goes_on(const struct flow *f, const struct segment *g)
{
	const struct half *side = &f->side[g->from];
	uint32_t len = (uint32_t)g->data.len + g->missing;
	int32_t ahead = sequence_ahead(g->sequence + len, side->base + (uint32_t)side->front);
	return (f->flags & FLOW_OVER) != 0 && (g->flags & RST) == 0 && len > 0 && ahead > 0 &&
	       ahead < SEQUENCE_REACH;
}

static bool ends_soon(const struct flow *f)
{
	const struct half *client = &f->side[CLIENT], *server = &f->side[SERVER];
	return ((client->flags | server->flags) & SIDE_RST) != 0 ||
	       (client->flags & server->flags & SIDE_FIN_SEEN) != 0;
}

/* Says whether a SYN belongs to a new connection between the same endpoints. */
static bool begins_anew(const struct flow *f, const struct segment *g)
{
	const struct half *side = &f->side[g->from], *other = &f->side[other_side(g->from)];
	if ((side->flags & SIDE_SURE) != 0 && g->sequence + 1 == side->base)
		return false;
	if (ends_soon(f))
		return true;
	if ((side->flags & SIDE_SURE) == 0 || (g->flags & ACK) != 0)
		return false;
	int32_t ahead = sequence_ahead(g->sequence + 1, side->base + (uint32_t)side->front);
	if ((side->flags & SIDE_SYN) == 0) /* its own SYN, late? */
		return ahead < -START_REACH || ahead > 0;
	return other->packets > 0 && (ahead < 0 || ahead > SYN_REACH);
}

/* Takes what a SYN says about both streams. */
static void take_syn(struct tcp_table *t, struct flow *f, const struct segment *g)
{
	struct half *side = &f->side[g->from], *other = &f->side[other_side(g->from)];
	bool first = (side->flags & SIDE_SYN) == 0, answer = (g->flags & ACK) != 0;
	if (first && answer)
		side_event(t, f, g->from, TCP_SYN_ACK, g->frame, g->time);
	else if (first && (f->flags & FLOW_SYN_TOLD) == 0)
		side_event(t, f, g->from, TCP_SYN, g->frame, g->time);
	f->flags |= FLOW_SYN_TOLD;
	if (!first && g->sequence + 1 != side->base)
		side_finding(t, f, g->from, TCP_SYN_CONFLICT, g->frame);
	if (first && g->from == SERVER && !answer)
		side_finding(t, f, SERVER, TCP_SPLIT_HANDSHAKE, g->frame);
	if (g->data.len > 0)
		side_finding(t, f, g->from, TCP_SYN_DATA, g->frame);
	side->flags |= SIDE_SYN;
	if (side->front_frame == 0)
		side->front_frame = g->frame;
	side_start(t, f, g->from, g->sequence + 1);
	if (!answer)
		return;
	side_start(t, f, other_side(g->from), g->acknowledged);
	bool in_doubt = (other->findings & 1u << TCP_SYN_CONFLICT) != 0;
	if (first && in_doubt && other->front == 0 && other->held == NULL)
		other->base = g->acknowledged;
}

/* Takes what an ACK says about the other side's stream. */
static void take_ack(struct tcp_table *t, struct flow *f, const struct segment *g)
{
	struct half *side = &f->side[g->from];
	enum side o = other_side(g->from);
	side->flags |= SIDE_ACKS;
	if ((g->flags & (SYN | RST)) != 0)
		return;
	side->flags &= (uint16_t)~SIDE_CLOSED;
	if (g->window == 0)
		side->flags |= SIDE_CLOSED;
	side_acknowledged(t, f, o, g->acknowledged);
	struct half *other = &f->side[o];
	if ((other->flags & SIDE_FIN) != 0 &&
	    g->acknowledged == other->base + (uint32_t)other->front + 1)
		other->flags |= SIDE_FIN_ACKED;
	bool both = (f->side[CLIENT].flags & f->side[SERVER].flags & SIDE_SYN) != 0;
	if (both && g->from == CLIENT && (f->flags & FLOW_ESTABLISHED) == 0 &&
	    sequence_ahead(g->acknowledged, f->side[SERVER].base) >= 0) {
		f->flags |= FLOW_ESTABLISHED;
		side_event(t, f, CLIENT, TCP_ESTABLISHED, g->frame, g->time);
	}
}

static void take_rst(struct tcp_table *t, struct flow *f, const struct segment *g)
{
	struct half *side = &f->side[g->from];
	int32_t ahead = sequence_ahead(g->sequence, side->base + (uint32_t)side->front);
	bool known = (side->flags & SIDE_SURE) != 0;
	if (known && (ahead < -1 || ahead > RST_REACH)) {
		side_finding(t, f, g->from, TCP_RST_SUSPECT, g->frame);
		return;
	}
	if ((side->flags & SIDE_RST) == 0)
		side_event(t, f, g->from, TCP_RST, g->frame, g->time);
	side->flags |= SIDE_RST;
}

/* Finds the segment's flow, or begins one where a SYN or data show that there is one. */
static struct flow *flow_for(struct tcp_table *t, struct segment *g, const struct endpoint *source,
                             const struct endpoint *target)
{
	struct flow *f = flow_find(t, source, target);
	if (f != NULL) {
		g->from = same_endpoint(source, &f->endpoint[CLIENT]) ? CLIENT : SERVER;
		judge_segment(t, f, g);
		if (g->damaged)
			return f;
		g->reuse = (g->flags & SYN) != 0 ? begins_anew(f, g) : goes_on(f, g);
		if (!g->reuse)
			return f;
		end_flow(t, f, FLOW_REUSED, g->frame, g->time);
	}
	bool begins =
		(g->flags & SYN) != 0 || ((g->flags & RST) == 0 && g->data.len + g->missing > 0);
	f = begins ? begin_flow(t, g, source, target) : NULL;
	if (f == NULL)
		return NULL;
	g->from = same_endpoint(source, &f->endpoint[CLIENT]) ? CLIENT : SERVER;
	judge_segment(t, f, g);
	if ((g->flags & SYN) == 0) {
		f->flags |= FLOW_SYN_TOLD;
		side_event(t, f, g->from, TCP_SYN, g->frame, g->time);
	}
	return f;
}

/* Takes the data of a segment that its receiver drops: it may still turn out to have been taken.
 * Its flags and its acknowledgement count for nothing. */
static void take_damaged(struct tcp_table *t, struct flow *f, struct segment *g)
{
	side_finding(t, f, g->from, TCP_CHECKSUM, g->frame);
	bool data_alone = (g->flags & (SYN | RST)) == 0 && g->data.len > 0;
	if (data_alone) {
		g->flags = 0;
		side_data(t, f, g);
		return;
	}
	t->counters.payload += g->data.len;
	t->counters.out_of_window += g->data.len;
}

static void take_segment(struct tcp_table *t, struct flow *f, struct segment *g)
{
	if (g->damaged) {
		take_damaged(t, f, g);
		return;
	}
	if ((g->flags & SYN) != 0) {
		take_syn(t, f, g);
		g->sequence++;
	}
	if (g->reuse)
		side_finding(t, f, g->from, TCP_REUSE, g->frame);
	if (g->sum_wrong)
		side_finding(t, f, g->from, TCP_CHECKSUM, g->frame);
	if ((g->flags & ACK) != 0)
		take_ack(t, f, g);
	if ((g->flags & URG) != 0 && g->data.len > 0)
		side_finding(t, f, g->from, TCP_URGENT, g->frame);
	if ((g->flags & RST) == 0) {
		side_data(t, f, g);
		return;
	}
	take_rst(t, f, g); /* what it carries is no part of the stream (RFC 9293, 3.5.3) */
	t->counters.payload += g->data.len;
	t->counters.out_of_window += g->data.len;
}

void tcp_segment(struct tcp_table *t, const struct ip_packet *p)
{
	struct segment g;
	struct endpoint source, target;
	t->counters.segments++;
	expire(t, p->time, p->frame);
	if (!parse(p, &g, &source, &target)) {
		count_malformed(t, p, &source, &target);
		return;
	}
	struct flow *f = flow_for(t, &g, &source, &target);
	if (f == NULL || (f->flags & FLOW_OVER) != 0) {
		t->counters.payload += g.data.len;
		t->counters.out_of_window += g.data.len;
		return;
	}
	f->side[g.from].packets++;
	f->last_frame = g.frame;
	if (g.time != MOMENT_UNKNOWN)
		f->last_time = g.time;
	flow_touch(t, f);
	take_segment(t, f, &g);
	settle(t);
	if (ends_soon(f))
		flow_linger(t, f);
	if (is_over(f))
		tell_end(t, f, FLOW_CLOSED, g.frame, g.time);
	while (t->held_bytes > t->limits.max_bytes && t->oldest_held != NULL)
		evict(t, t->oldest_held->flow, g.frame, g.time);
}

bool tcp_evict(struct tcp_table *t, uint32_t frame, moment time)
{
	struct flow *f = flow_of_index(t, t->ending.oldest);
	if (f == NULL)
		f = flow_of_index(t, t->open.oldest);
	if (f != NULL)
		evict(t, f, frame, time);
	return f != NULL;
}

/* Gives the flow whose last packet is the oldest; NULL when there is none. */
static struct flow *oldest_flow(const struct tcp_table *t)
{
	struct flow *open = flow_of_index(t, t->open.oldest);
	struct flow *ending = flow_of_index(t, t->ending.oldest);
	bool first = open == NULL || (ending != NULL && ending->last_frame < open->last_frame);
	return first ? ending : open;
}

uint32_t tcp_oldest(const struct tcp_table *t)
{
	const struct flow *f = oldest_flow(t);
	return f == NULL ? 0 : f->last_frame;
}

void tcp_finish_oldest(struct tcp_table *t)
{
	struct flow *f = oldest_flow(t);
	if (f != NULL)
		end_for(t, f, FLOW_CUT, f->last_frame, f->last_time);
}

void tcp_finish(struct tcp_table *t)
{
	while (t->n_flows > 0)
		tcp_finish_oldest(t);
}

const char *tcp_finding_name(enum flow_finding f)
{
	static const char *const name[FLOW_FINDINGS] = {
		[TCP_OVERLAP_CONFLICT] = "tcp-overlap-conflict",
		[TCP_GAP] = "tcp-gap",
		[TCP_MIDSTREAM] = "tcp-midstream",
		[TCP_OUT_OF_WINDOW] = "tcp-out-of-window",
		[TCP_MALFORMED] = "tcp-malformed",
		[TCP_REUSE] = "tcp-reuse",
		[TCP_LIMIT] = "reassembly-limit",
		[TCP_SYN_CONFLICT] = "tcp-syn-conflict",
		[TCP_SYN_DATA] = "tcp-syn-data",
		[TCP_SPLIT_HANDSHAKE] = "tcp-split-handshake",
		[TCP_RST_SUSPECT] = "tcp-rst-suspect",
		[TCP_FIN_SUSPECT] = "tcp-fin-suspect",
		[TCP_ONE_SIDED] = "tcp-one-sided",
		[TCP_URGENT] = "tcp-urgent",
		[TCP_CHECKSUM] = "tcp-checksum",
	};
	return f < FLOW_FINDINGS ? name[f] : "";
}
