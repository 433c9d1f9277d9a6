#include "src/engine/shard.h"

#include "dissectors/tls/record.h"
#include "dissectors/tls/ssl2.h"
#include "dissectors/tls/talk_rest.h"
#include "src/engine/live.h"
#include "src/engine/origin.h"
#include "src/pki/decompress.h"
#include "src/secrets/earlier.h"

#include <stdlib.h>

enum {
	PROBE_LIMIT = 20 * 1024, /* bytes that a first judgement may need */
	SHARD_FLOWS = 1 << 20,
	SIDE_BYTES = 2 << 20,
	PATIENCE = 64 * 1024, /* bytes that wait for a side that never sent a packet */
	IDLE_SECONDS = 900,
	LINGER_SECONDS = 10,
	SESSION_ARENA = 3840, /* most sessions need no second block */
	MICROSECONDS = 1000000,
	MALLOC_HEAD = 16, /* what a piece of memory costs beside itself, about */
};

static struct live *live_of(struct flow *f)
{
	return *flow_user(f);
}

/* Gives the flow's state, made at its first event. */
static struct live *live_at(struct shard *s, struct flow *f)
{
	struct live *l = live_of(f);
	if (l == NULL) {
		l = calloc(1, sizeof *l);
		s->out_of_memory = s->out_of_memory || l == NULL;
		*flow_user(f) = l;
	}
	s->flow = f;
	s->live = l;
	return l;
}

/* Counts what the flow being worked on costs by now. */
static void account(struct shard *s, size_t at_rest)
{
	struct live *l = s->live;
	size_t now = sizeof *l + MALLOC_HEAD + at_rest;
	if (l->speech != NULL)
		now += sizeof *l->speech + l->speech->arena.held;
	if (talk_of(l) != NULL)
		now += tls_talk_held(talk_of(l));
	s->held += now;
	s->held -= l->held;
	l->held = (uint32_t)now;
}

static void add_opening(const struct shard *s, enum event_kind kind, int which, enum side from)
{
	const struct live *l = s->live;
	if (l->opening_frame[which] == 0)
		return;
	moment begun = flow_first_time(s->flow);
	moment after = (moment)l->opening_after[which] * (NS_PER_SECOND / MICROSECONDS);
	struct event e = {
		.time = begun == MOMENT_UNKNOWN ? begun : begun + after,
		.first_frame = l->opening_frame[which],
		.last_frame = l->opening_frame[which],
		.kind = (uint8_t)kind,
		.from = (uint8_t)from,
	};
	session_event(l->speech->session, e);
}

struct speech *live_speech(struct shard *s)
{
	struct live *l = s->live;
	if (l->speech != NULL)
		return l->speech;
	l->speech = calloc(1, sizeof *l->speech);
	if (l->speech == NULL) {
		s->out_of_memory = true;
		return NULL;
	}
	l->speech->arena = (struct arena){.first_block = SESSION_ARENA};
	struct session *v = arena_take(&l->speech->arena, sizeof *v);
	l->speech->session = v;
	if (v == NULL) {
		s->out_of_memory = true;
		live_hush(l);
		return NULL;
	}
	v->arena = &l->speech->arena;
	for (int i = 0; i < 2; i++) /* roles may still change until the session ends */
		v->endpoint[role_of(l, (enum side)i)] = *flow_endpoint(s->flow, (enum side)i);
	add_opening(s, EVENT_SYN, OPENING_SYN, role_of(l, CLIENT));
	add_opening(s, EVENT_SYN_ACK, OPENING_SYN_ACK, role_of(l, SERVER));
	add_opening(s, EVENT_ESTABLISHED, OPENING_ACK, role_of(l, CLIENT));
	return l->speech;
}

void live_hush(struct live *l)
{
	if (l->speech == NULL)
		return;
	arena_free(&l->speech->arena);
	free(l->speech);
	l->speech = NULL;
}

/* ---- What a dissector asks for ---- */

static uint32_t place(void *ctx, enum side from, uint64_t at)
{
	const struct shard *s = ctx;
	return flow_frame_at(s->flow, role_of(s->live, from), at, NULL);
}

static moment now(void *ctx)
{
	const struct shard *s = ctx;
	return s->time;
}

static const struct chain *chain(void *ctx, enum side from, struct bytes list, bool tls13)
{
	struct shard *s = ctx;
	(void)from;
	return pki_chain(s->job->pki, list, tls13, &s->live->speech->arena);
}

static struct raw_key key(void *ctx, struct bytes spki)
{
	(void)ctx;
	return pki_raw_key(spki);
}

static struct bytes unpack(void *ctx, uint16_t algorithm, struct bytes packed, size_t len,
                           bool *more)
{
	const struct shard *s = ctx;
	uint8_t *out = s->sink.scratch + TLS_SCRATCH;
	enum decompressed result = decompress(algorithm, packed, out, len);
	*more = result == DECOMPRESS_MORE;
	return result == DECOMPRESSED ? (struct bytes){out, len} : (struct bytes){NULL, 0};
}

static void issue(void *ctx, enum resumed_by by, struct bytes value)
{
	struct shard *s = ctx;
	const struct session *v = s->live->speech->session;
	origins_add(s->origins, v->endpoint, by, value, flow_first_frame(s->flow));
}

static uint32_t origin(void *ctx, enum resumed_by by, struct bytes value)
{
	const struct shard *s = ctx;
	return origins_find(s->origins, s->live->speech->session->endpoint, by, value);
}

/* Says whether the flow being worked on is the one that a watcher asked for. */
static bool is_watched(const struct shard *s)
{
	const struct replay *r = s->job->replay;
	return r != NULL && flow_first_frame(s->flow) == r->first_frame;
}

/* ---- Bytes ---- */

static void prepare_sink(struct shard *s)
{
	s->sink.session = s->live->speech->session;
	s->sink.seen = is_watched(s) ? unfold_seen : NULL;
	s->sink.trace = s->sink.seen != NULL ? s->trace_memory : NULL;
}

bool live_begin_tls(struct shard *s, enum side flow_side, enum tls_probe p)
{
	struct live *l = s->live;
	if (p == PROBE_CLIENT_HELLO)
		l->swapped = flow_side == SERVER;
	if (p == PROBE_SERVER_HELLO)
		l->swapped = flow_side == CLIENT;
	if (live_speech(s) == NULL)
		return false;
	prepare_sink(s);
	l->speech->talk = tls_talk_new(&s->sink, p == PROBE_RECORDS);
	if (l->speech->talk == NULL)
		return false;
	if (l->speech->preamble != NULL)
		for (int i = 0; i < 2; i++) /* what was said so far is no talk */
			session_of(l)->talk[i] = (struct talk){0};
	for (enum side i = CLIENT; i <= SERVER; i++)
		if (l->ended[i])
			tls_talk_over(l->speech->talk, role_of(l, i));
	tcp_offer_again(s->tcp, s->flow, other_side(flow_side)); /* what it is can be told now */
	return true;
}

size_t live_tls_bytes(struct shard *s, enum side flow_side, uint64_t at, struct bytes b,
                      size_t *need)
{
	struct live *l = s->live;
	struct tls_talk *talk = l->speech->talk;
	enum side from = role_of(l, flow_side);
	size_t used;
	prepare_sink(s);
	tls_talk_bytes(talk, &s->sink, from, at, b, &used, need);
	if (*need == SIZE_MAX && flow_packets(s->flow, other_side(flow_side)) == 0) {
		*need = PATIENCE;
		if (b.len - used >= PATIENCE) {
			size_t more;
			tls_talk_go_without(talk, other_side(from));
			tls_talk_bytes(talk, &s->sink, from, at + used, behind(b, used), &more,
			               need);
			used += more;
		}
	}
	if (tls_talk_can_go(talk, other_side(from)))
		tcp_offer_again(s->tcp, s->flow, other_side(flow_side));
	return used;
}

/* Gives the flow's state with everything awake; NULL without memory. */
static struct live *live_ensure(struct shard *s, struct flow *f)
{
	struct live *l = live_at(s, f);
	if (l == NULL || l->at_rest == NULL)
		return l;
	if (live_speech(s) != NULL) {
		prepare_sink(s);
		l->speech->talk = tls_wake(&s->sink, l->at_rest);
	}
	free(l->at_rest);
	l->at_rest = NULL;
	s->out_of_memory = s->out_of_memory || talk_of(l) == NULL;
	return talk_of(l) == NULL ? NULL : l;
}

/* A flow that has shown its hello and waits for an answer costs little. Gives what it costs at
 * rest; 0 when it stays awake. */
static size_t rest(struct live *l)
{
	bool stays = talk_of(l) == NULL || l->speech->preamble != NULL;
	size_t size = stays ? 0 : tls_rest_size(talk_of(l));
	l->at_rest = size == 0 ? NULL : malloc(size);
	if (l->at_rest == NULL)
		return 0;
	tls_rest(talk_of(l), l->at_rest);
	live_hush(l);
	return size + MALLOC_HEAD;
}

/* Says whether a side's first bytes, seen from its SYN on, can only be those of another protocol:
 * TLS begins with a hello, or with an alert. */
static bool begins_otherwise(const struct live *l, enum side flow_side, uint64_t at, struct bytes b)
{
	struct record_head h;
	int syn = flow_side == CLIENT ? OPENING_SYN : OPENING_SYN_ACK;
	return at == 0 && l->opening_frame[syn] != 0 && record_head(b, &h) &&
	       h.type != CONTENT_ALERT;
}

/* The first bytes of a side decide, once for the side. */
static struct taken start(struct shard *s, enum side flow_side, uint64_t at, struct bytes b)
{
	struct live *l = s->live;
	struct record_head h;
	bool all = l->ended[flow_side] || b.len > PROBE_LIMIT;
	enum tls_probe p = tls_probe(b, all);
	if (talk_of(l) != NULL && p != PROBE_CLIENT_HELLO && p != PROBE_SERVER_HELLO) {
		enum ssl2_sight error = ssl2_sees_error(b);
		if (error == SSL2_MORE && !all)
			return (struct taken){.need = b.len + 1};
		if (!record_head(b, &h) && !all)
			return (struct taken){.need = RECORD_HEAD};
		bool record = record_head(b, &h) && record_plausible(&h);
		p = record || error == SSL2_YES ? PROBE_RECORDS : PROBE_NO;
	}
	if (p == PROBE_MORE)
		return (struct taken){.need = b.len + 1};
	if (p == PROBE_RECORDS && talk_of(l) == NULL && begins_otherwise(l, flow_side, at, b))
		p = PROBE_NO;
	if (p == PROBE_NO || (talk_of(l) == NULL && !live_begin_tls(s, flow_side, p))) {
		return preface_begin(s, flow_side, at, b);
	}
	l->state[flow_side] = SIDE_TLS;
	struct taken t = {0};
	t.used = live_tls_bytes(s, flow_side, at, b, &t.need);
	return t;
}

static struct taken take(struct shard *s, enum side from, uint64_t at, struct bytes b)
{
	struct taken t = {0};
	switch (s->live->state[from]) {
	case SIDE_START:
		return start(s, from, at, b);
	case SIDE_OPENING:
		return preface_opening(s, from, at, b);
	case SIDE_PREFACE:
		return preface_search(s, from, at, b);
	default:
		t.used = live_tls_bytes(s, from, at, b, &t.need);
		return t;
	}
}

static struct taken data(void *ctx, struct flow *f, enum side from, uint64_t at, struct bytes b)
{
	struct shard *s = ctx;
	if (live_ensure(s, f) == NULL)
		return (struct taken){.used = b.len};
	struct taken t = take(s, from, at, b);
	account(s, t.used == b.len ? rest(s->live) : 0);
	return t;
}

/* ---- The rest of TCP's news ---- */

static uint32_t microseconds_after(moment begun, moment t)
{
	if (begun == MOMENT_UNKNOWN || t == MOMENT_UNKNOWN || t < begun)
		return 0;
	moment after = (t - begun) / (NS_PER_SECOND / MICROSECONDS);
	return after > UINT32_MAX ? UINT32_MAX : (uint32_t)after;
}

static void event(void *ctx, struct flow *f, enum side from, enum tcp_event e, uint32_t frame,
                  moment t)
{
	static const uint8_t opening[] = {[TCP_SYN] = OPENING_SYN,
	                                  [TCP_SYN_ACK] = OPENING_SYN_ACK,
	                                  [TCP_ESTABLISHED] = OPENING_ACK};
	struct shard *s = ctx;
	struct live *l = e <= TCP_ESTABLISHED ? live_at(s, f) : live_ensure(s, f);
	if (l == NULL)
		return;
	if (e <= TCP_ESTABLISHED) {
		bool syn = e != TCP_SYN || frame != 0;
		if (syn && l->opening_frame[opening[e]] == 0) {
			l->opening_frame[opening[e]] = frame;
			l->opening_after[opening[e]] = microseconds_after(flow_first_time(f), t);
		}
		return;
	}
	if (session_of(l) == NULL)
		return;
	struct event row = {.time = t,
	                    .first_frame = frame,
	                    .last_frame = frame,
	                    .kind = e == TCP_FIN ? EVENT_FIN : EVENT_RST,
	                    .from = (uint8_t)role_of(l, from)};
	session_event(session_of(l), row);
}

static void gap(void *ctx, struct flow *f, enum side from, uint64_t at, uint64_t len,
                uint32_t frame)
{
	struct shard *s = ctx;
	struct live *l = live_ensure(s, f);
	s->counters.gap_bytes += len;
	if (l == NULL || session_of(l) == NULL)
		return;
	if (l->state[from] == SIDE_OPENING)
		l->state[from] = SIDE_PREFACE; /* nobody knows where a message begins */
	enum side role = role_of(l, from);
	struct session *v = session_of(l);
	if (v->gap_bytes[role] == 0)
		v->gap_frame[role] = frame;
	v->gap_bytes[role] += len;
	session_event(v, (struct event){.time = s->time,
	                                .first_frame = frame,
	                                .last_frame = frame,
	                                .len = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len,
	                                .kind = EVENT_GAP,
	                                .from = (uint8_t)role});
	if (talk_of(l) == NULL)
		return;
	l->state[from] = SIDE_TLS; /* the other side must not wait for what is lost */
	prepare_sink(s);
	tls_talk_gap(talk_of(l), &s->sink, role, at, len);
	if (tls_talk_can_go(talk_of(l), other_side(role)))
		tcp_offer_again(s->tcp, f, other_side(from));
}

static void finding(void *ctx, struct flow *f, enum side from, enum flow_finding what,
                    uint32_t frame)
{
	struct shard *s = ctx;
	struct live *l = f == NULL ? NULL : live_ensure(s, f);
	if (l == NULL)
		return;
	if (what == TCP_MIDSTREAM)
		l->opening_frame[OPENING_SYN] = 0; /* what opened the flow here was no SYN */
	if (session_of(l) != NULL)
		session_find(session_of(l), (enum finding)(FIND_TCP_OVERLAP_CONFLICT + (int)what),
		             role_of(l, from), frame);
	else
		l->flow_findings[from] |= (uint16_t)(1U << what);
}

static void stream_end(void *ctx, struct flow *f, enum side from)
{
	struct shard *s = ctx;
	struct live *l = live_ensure(s, f);
	if (l == NULL)
		return;
	l->ended[from] = true;
	if (talk_of(l) == NULL)
		return;
	enum side role = role_of(l, from);
	tls_talk_over(talk_of(l), role);
	if (tls_talk_can_go(talk_of(l), other_side(role)))
		tcp_offer_again(s->tcp, f, other_side(from));
}

static void end(void *ctx, struct flow *f, enum flow_end why, uint32_t frame, moment t)
{
	struct shard *s = ctx;
	if (live_of(f) == NULL)
		return;
	live_ensure(s, f);
	live_finish(s, f, why, frame, t);
	s->held -= s->live->held;
	free(s->live);
	*flow_user(f) = NULL;
	s->live = NULL;
}

/* ---- The shard itself ---- */

bool shard_new(struct shard *s, const struct engine_job *job, uint64_t seed, uint8_t *scratch,
               struct fingerprinter *prints)
{
	uint64_t share = job->memory / SHARDS;
	const struct tcp_limits limits = {
		.max_flows = SHARD_FLOWS / SHARDS,
		.max_bytes = share,
		.max_side_bytes = SIDE_BYTES < share / 2 ? SIDE_BYTES : (uint32_t)(share / 2),
		.idle_seconds = IDLE_SECONDS,
		.linger_seconds = LINGER_SECONDS,
	};
	const struct tcp_sink sink = {
		.ctx = s,
		.event = event,
		.data = data,
		.gap = gap,
		.finding = finding,
		.stream_end = stream_end,
		.end = end,
	};
	*s = (struct shard){
		.job = job,
		.share = share,
		.sink = {.ctx = s,
	                 .keys = job->keys,
	                 .place = place,
	                 .now = now,
	                 .chain = chain,
	                 .key = key,
	                 .unpack = unpack,
	                 .issue = issue,
	                 .origin = origin,
	                 .prints = prints,
	                 .scratch = scratch},
	};
	s->tcp = tcp_new(&limits, &sink, seed);
	s->origins = origins_new(seed);
	if (job->keys != NULL)
		s->sink.earlier = s->earlier = earlier_new(seed);
	return s->tcp != NULL && s->origins != NULL && (job->keys == NULL || s->earlier != NULL);
}

void shard_packet(struct shard *s, const struct ip_packet *p)
{
	s->frame = p->frame;
	s->time = p->time;
	if (p->protocol != 6) {
		s->counters.udp += p->protocol == 17;
		s->counters.other += p->protocol != 17;
		return;
	}
	s->counters.tcp++;
	tcp_segment(s->tcp, p);
	while (s->held + tcp_in_use(s->tcp) > s->share && tcp_evict(s->tcp, p->frame, p->time))
		;
}

uint32_t shard_oldest(const struct shard *s)
{
	return tcp_oldest(s->tcp);
}

void shard_finish_oldest(struct shard *s)
{
	tcp_finish_oldest(s->tcp);
}

void shard_free(struct shard *s)
{
	if (s->tcp != NULL)
		tcp_free(s->tcp);
	earlier_free(s->earlier);
	origins_free(s->origins);
}
