/* TCP reassembly against a model: one array of bytes for each direction, in which the first copy of
 * a byte stays. The input is a list of operations: segments of any place and size, cut-off
 * captures, FIN, RST, closed windows, and a consumer of changing moods. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/capture/tcp.h"
#include "tests/fuzz/fuzz.h"

enum { F_FIN = 1, F_SYN = 2, F_RST = 4, F_ACK = 16 };
enum { ROOM = 1 << 13, LARGEST = 700, PAYLOAD_AT = 54 };

enum fate { EMPTY, MISSING, PRESENT, LOST };

/* What the model knows of one byte of a stream. */
struct cell {
	uint32_t frame, in_frame;
	uint8_t fate, value;
	bool offered;
};

struct direction {
	struct cell cell[ROOM];
	uint64_t front; /* all cells before it are not empty */
	uint64_t next;  /* where the next offer or gap has to begin */
	uint32_t isn;
	bool closed;  /* its window */
	bool doubted; /* a probe lies at the front */
	struct cell doubt;
	unsigned fins;
	bool ended;
};

struct model {
	struct direction side[2];
	struct tcp_table *table;
	struct flow *flow;
	struct tcp_limits limits;
	const uint8_t *input;
	size_t left;
	uint8_t mood[8];
	unsigned n_moods;
	uint64_t conflicts;
	uint32_t frame;
	bool strict; /* the model follows: no random headers were sent */
	bool keep, ended;
};

static void demand(bool what, const char *why)
{
	if (what)
		return;
	fprintf(stderr, "fuzz_tcp: %s\n", why);
	abort();
}

static uint8_t next_byte(struct model *m)
{
	if (m->left == 0)
		return 0;
	m->left--;
	return *m->input++;
}

static uint32_t next_u16(struct model *m)
{
	uint32_t high = next_byte(m);
	return high << 8 | next_byte(m);
}

static uint64_t front_of(struct direction *d)
{
	while (d->front < ROOM && d->cell[d->front].fate != EMPTY)
		d->front++;
	return d->front;
}

/* The probe at the front counts as sent and received. */
static void believe_doubt(struct direction *d)
{
	uint64_t front = front_of(d);
	if (d->doubted && front < ROOM)
		d->cell[front] = d->doubt;
	d->doubted = false;
}

static void on_event(void *ctx, struct flow *f, enum side from, enum tcp_event e, uint32_t frame,
                     moment t)
{
	struct model *m = ctx;
	(void)frame;
	(void)t;
	m->flow = f;
	if (m->keep)
		tcp_keep_extents(f);
	if (e == TCP_FIN)
		demand(++m->side[from].fins == 1 || !m->strict, "a FIN is told once");
}

static void check_cell(struct model *m, struct flow *f, enum side from, uint64_t at, uint8_t value)
{
	uint32_t in_frame = 0, frame = flow_frame_at(f, from, at, &in_frame);
	demand(frame != 0, "an offered byte has a frame");
	if (!m->strict)
		return;
	demand(at < ROOM, "inside what was sent");
	struct cell *c = &m->side[from].cell[at];
	if (c->fate == EMPTY && at == front_of(&m->side[from]))
		believe_doubt(&m->side[from]); /* at its bound the table has to */
	demand(c->fate == PRESENT, "an offered byte was sent and not lost");
	demand(c->value == value, "the first copy wins");
	demand(c->frame == frame && c->in_frame == in_frame, "a byte's frame");
	c->offered = true;
}

static struct taken on_data(void *ctx, struct flow *f, enum side from, uint64_t at, struct bytes b)
{
	struct model *m = ctx;
	struct direction *d = &m->side[from];
	demand(b.len > 0, "an offer has bytes");
	demand(at == d->next || !m->strict, "offers are contiguous");
	demand(!m->strict || !m->ended, "no offer after the end");
	for (size_t i = 0; i < b.len; i++)
		check_cell(m, f, from, at + i, b.at[i]);
	uint8_t mood = m->mood[m->n_moods++ % sizeof m->mood];
	struct taken taken = {b.len, 0};
	if ((mood & 3) == 1)
		taken.used = b.len / 2;
	if ((mood & 3) == 2)
		taken.used = 0;
	if ((mood & 3) == 3)
		taken.used = mood % b.len;
	if ((mood & 12) == 4)
		taken.need = SIZE_MAX;
	if ((mood & 12) == 8)
		taken.need = mood;
	if ((mood & 16) != 0)
		tcp_offer_again(m->table, f, other_side(from));
	if ((mood & 32) != 0)
		tcp_offer_again(m->table, f, from);
	d->next = at + taken.used;
	return taken;
}

static void on_gap(void *ctx, struct flow *f, enum side from, uint64_t at, uint64_t len,
                   uint32_t frame)
{
	struct model *m = ctx;
	struct direction *d = &m->side[from];
	(void)f;
	demand(frame != 0 && len > 0, "a gap has a size and a place");
	demand(at >= d->next || !m->strict, "gaps come in order");
	demand(!d->doubted || at != front_of(d), "no probe is lost");
	d->next = at + len;
	for (uint64_t i = at; i < at + len && i < ROOM; i++) {
		bool was_there = d->cell[i].fate == PRESENT && !d->cell[i].offered;
		demand(!was_there || !m->strict, "no byte is lost that was not offered");
		d->cell[i].fate = LOST;
	}
}

static void on_finding(void *ctx, struct flow *f, enum side from, enum flow_finding what,
                       uint32_t frame)
{
	struct model *m = ctx;
	(void)f;
	(void)from;
	(void)frame;
	demand(what < FLOW_FINDINGS, "a finding has a name");
	demand(what != TCP_OVERLAP_CONFLICT || !m->strict || m->conflicts > 0,
	       "a conflict needs two copies");
}

static void on_stream_end(void *ctx, struct flow *f, enum side from)
{
	struct model *m = ctx;
	(void)f;
	demand(!m->side[from].ended || !m->strict, "a stream ends once");
	m->side[from].ended = true;
}

static void check_end(const struct model *m, const struct flow *f, enum side s)
{
	for (uint64_t i = 0; i < ROOM; i++) {
		const struct cell *c = &m->side[s].cell[i];
		demand(c->fate != PRESENT || c->offered, "every byte was offered");
		demand(c->fate != MISSING, "every hole was declared");
		uint32_t in_frame;
		if (m->keep && c->fate == PRESENT)
			demand(flow_frame_at(f, s, i, &in_frame) == c->frame &&
			               in_frame == c->in_frame,
			       "with all extents kept every byte has its frame");
		if (m->keep && c->fate == LOST && !c->offered)
			demand(flow_frame_at(f, s, i, NULL) == 0, "a lost byte has no frame");
	}
}

static void on_end(void *ctx, struct flow *f, enum flow_end why, uint32_t frame, moment t)
{
	struct model *m = ctx;
	(void)why;
	(void)frame;
	(void)t;
	if (!m->strict)
		return;
	demand(!m->ended, "the flow ends once");
	m->ended = true;
	for (enum side s = CLIENT; s <= SERVER; s++) {
		demand(m->side[s].ended, "its streams ended before");
		check_end(m, f, s);
	}
}

static void put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

struct shot {
	enum side from;
	uint32_t seq, ack, missing;
	unsigned flags;
	uint16_t window, port;
	const uint8_t *data;
	size_t len;
};

static void shoot(struct model *m, const struct shot *s)
{
	uint8_t buffer[20 + LARGEST] = {0};
	uint32_t client = 40000u + s->port, server = 443;
	put_u32(buffer, s->from == CLIENT ? client << 16 | server : server << 16 | client);
	put_u32(buffer + 4, s->seq);
	put_u32(buffer + 8, s->ack);
	put_u32(buffer + 12, 5u << 28 | s->flags << 16 | s->window);
	if (s->len > 0)
		memcpy(buffer + 20, s->data, s->len);
	struct ip_packet p = {
		.payload = {buffer, 20 + s->len},
		.time = 1000000 * (moment)m->frame,
		.frame = ++m->frame,
		.payload_at = PAYLOAD_AT,
		.missing = s->missing,
		.protocol = 6,
	};
	p.source.ip[15] = s->from == CLIENT ? 1 : 2;
	p.target.ip[15] = s->from == CLIENT ? 2 : 1;
	tcp_segment(m->table, &p);
	size_t slack = 3 * sizeof(struct cell) * ROOM;
	demand(tcp_memory(m->table) < m->limits.max_bytes + slack, "memory is bounded");
}

/* Puts one byte into the model. */
static void model_byte(struct model *m, struct direction *d, uint64_t at, uint8_t value,
                       uint32_t in_frame)
{
	struct cell *c = &d->cell[at];
	if (c->frame != 0 && c->value != value) /* remembered even when nobody took it */
		m->conflicts++;
	if (c->fate != EMPTY && c->fate != MISSING)
		return;
	*c = (struct cell){.frame = m->frame + 1, .in_frame = in_frame, PRESENT, value, false};
}

/* What the acknowledgement and window of a segment do to the doubts about the other side's probe.
 */
static void model_ack(struct model *m, enum side from, uint64_t ack_at, uint16_t window)
{
	struct direction *d = &m->side[other_side(from)];
	uint64_t front = front_of(d);
	m->side[from].closed = window == 0;
	if (ack_at > front)
		believe_doubt(d);
}

static void model_segment(struct model *m, enum side from, uint64_t at, const struct shot *s)
{
	struct direction *d = &m->side[from];
	const uint32_t in_frame = PAYLOAD_AT + 20;
	uint64_t front = front_of(d), end = at + s->len;
	bool fin = (s->flags & F_FIN) != 0;
	if (m->ended)
		return; /* both sides closed and knew it: what comes late is not delivered */
	if (at + 1 == front && s->len + s->missing <= 1 && !fin)
		return;
	bool at_front = at <= front && end > front;
	bool probe = at_front && end == front + 1 && s->missing == 0 && !fin &&
	             m->side[other_side(from)].closed;
	if (d->doubted && at_front)
		m->conflicts += d->doubt.value != s->data[front - at];
	if (probe && !d->doubted)
		d->doubt = (struct cell){m->frame + 1, in_frame + (uint32_t)(front - at), PRESENT,
		                         s->data[front - at], false};
	d->doubted = probe || (d->doubted && !at_front);
	for (size_t i = 0; i < s->len; i++)
		if (!probe || at + i != front)
			model_byte(m, d, at + i, s->data[i], in_frame + (uint32_t)i);
	if (end <= front && front < end + s->missing)
		believe_doubt(d);
	for (uint64_t i = end; i < end + s->missing; i++)
		if (d->cell[i].fate == EMPTY)
			d->cell[i].fate = MISSING;
}

/* Sends data at a stream offset; what it says is read from the input. */
static void send_data(struct model *m, enum side from, uint8_t op)
{
	uint8_t data[LARGEST];
	struct direction *d = &m->side[from];
	uint64_t at = next_u16(m) % (ROOM - 2 * LARGEST);
	if ((op & 64) != 0) /* mostly near the front */
		at = front_of(d) + at % 8 < ROOM - 2 * LARGEST ? front_of(d) + at % 8 : at;
	uint8_t size = next_byte(m), twist = (op & 32) != 0 ? next_byte(m) : 0;
	struct shot s = {.from = from, .flags = F_ACK, .window = 1000, .data = data};
	s.len = size < 128 ? size % 8 : (size_t)size * 5 % LARGEST;
	for (size_t i = 0; i < s.len; i++)
		data[i] = (uint8_t)((at + i) * 167 >> 3) ^ twist;
	if ((twist & 3) == 3)
		s.missing = next_byte(m);
	if ((twist & 7) == 5)
		s.flags |= F_FIN;
	if ((twist & 7) == 6)
		s.window = 0;
	uint64_t ack_at = (twist & 15) == 2 ? front_of(&m->side[other_side(from)]) + 1 : 0;
	s.seq = d->isn + 1 + (uint32_t)at;
	s.ack = m->side[other_side(from)].isn + 1 + (uint32_t)ack_at;
	if (m->ended && at + s.len + s.missing > front_of(d))
		return; /* that would be a new flow */
	model_ack(m, from, ack_at, s.window);
	model_segment(m, from, at, &s);
	shoot(m, &s);
}

/* Sends a segment that must not change what is delivered. */
static void send_noise(struct model *m, enum side from)
{
	static const uint8_t data[] = "noise";
	struct direction *d = &m->side[from];
	uint32_t far = next_byte(m) % 2 == 0 ? 1u << 30 : 0u - (1u << 30) - ROOM;
	struct shot s = {.from = from,
	                 .seq = d->isn + 1 + far,
	                 .ack = m->side[other_side(from)].isn + 1,
	                 .flags = next_byte(m) % 4 == 0 ? F_RST : F_ACK,
	                 .window = m->side[from].closed ? 0 : 1,
	                 .data = data,
	                 .len = next_byte(m) % 6};
	s.seq += (uint32_t)(far == 1u << 30 ? front_of(d) : 0);
	shoot(m, &s);
}

static void run_model(struct model *m)
{
	struct shot syn = {.from = CLIENT, .seq = m->side[CLIENT].isn, .flags = F_SYN, .window = 1};
	shoot(m, &syn);
	struct shot answer = {.from = SERVER,
	                      .seq = m->side[SERVER].isn,
	                      .ack = m->side[CLIENT].isn + 1,
	                      .flags = F_SYN | F_ACK,
	                      .window = 1};
	shoot(m, &answer);
	while (m->left > 0) {
		uint8_t op = next_byte(m);
		enum side from = (op & 1) != 0 ? SERVER : CLIENT;
		if ((op & 30) == 30)
			send_noise(m, from);
		else if ((op & 30) == 28)
			tcp_offer_again(m->table, m->flow, from);
		else
			send_data(m, from, op);
	}
	believe_doubt(&m->side[CLIENT]);
	believe_doubt(&m->side[SERVER]);
}

/* Sends headers of any kind: nothing is known of what must come out, but accounts and bounds hold.
 */
static void run_wild(struct model *m)
{
	uint8_t data[LARGEST];
	while (m->left > 0) {
		uint8_t op = next_byte(m);
		struct shot s = {.from = op & 1, .port = op >> 1 & 3, .data = data};
		s.flags = next_byte(m);
		s.seq = (next_u16(m) << ((op & 64) != 0 ? 16 : 0)) - 300;
		s.ack = (next_u16(m) << ((op & 128) != 0 ? 16 : 0)) - 300;
		s.len = next_byte(m) * ((op & 32) != 0 ? 2u : 1u) / 2;
		s.window = next_byte(m) % 4;
		s.missing = (op & 16) != 0 ? next_byte(m) : 0;
		memset(data, next_byte(m), s.len);
		shoot(m, &s);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcp_sink sink = {NULL, on_event, on_data, on_gap, on_finding, on_stream_end, on_end};
	struct model *m = calloc(1, sizeof *m);
	if (m == NULL || size > 4096) {
		free(m);
		return 0;
	}
	m->input = data;
	m->left = size;
	uint8_t kind = next_byte(m);
	m->strict = (kind & 1) == 0;
	m->keep = (kind & 2) != 0;
	m->limits = (struct tcp_limits){
		.max_flows = 3,
		.max_bytes = m->strict ? 1 << 20 : 20000,
		.max_side_bytes = (kind & 4) != 0 ? 6000 : 200000,
		.idle_seconds = 300,
		.linger_seconds = 1,
	};
	if (m->strict) /* no packet of the model may come after the flow lingered */
		m->limits.linger_seconds = 100000;
	for (size_t i = 0; i < sizeof m->mood; i++)
		m->mood[i] = (kind & 8) != 0 ? next_byte(m) : 0;
	m->side[CLIENT].isn = 0u - next_u16(m) % ROOM;
	m->side[SERVER].isn = next_u16(m) << 16;
	sink.ctx = m;
	m->table = tcp_new(&m->limits, &sink, 1);
	if (m->strict)
		run_model(m);
	else
		run_wild(m);
	tcp_finish(m->table);
	const struct tcp_counters *c = tcp_counters(m->table);
	demand(c->payload ==
	               c->delivered + c->duplicate + c->conflicting + c->out_of_window + c->dropped,
	       "every payload byte has one fate");
	demand(!m->strict || c->conflicting <= m->conflicts, "no conflict is invented");
	demand(!m->strict || m->ended, "the flow ended");
	tcp_free(m->table);
	free(m);
	return 0;
}
