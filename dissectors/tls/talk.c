#include "dissectors/tls/talk_private.h"

enum { LEAST_HELLO = 38 }; /* bytes of a ServerHello without extensions; a ClientHello has more */

static struct bytes rest(struct bytes b, size_t used)
{
	return (struct bytes){b.at == NULL ? NULL : b.at + used, b.len - used};
}

/* Records of which no hello can be told are believed only when two heads follow each other. */
static enum tls_probe probe_chain(struct bytes b, bool all)
{
	size_t need;
	if (record_find(b, all, &need) != 0 || b.len == 0)
		return PROBE_NO;
	return need == 0 ? PROBE_RECORDS : PROBE_MORE;
}

/* A record of a version that no protocol has is believed when there is a hello inside: type, length
 * and version of the message agree. */
static enum tls_probe probe_inside(struct bytes b, const struct record_head *h, bool all)
{
	struct reader r = reader_over(rest(b, RECORD_HEAD), NULL, NULL);
	uint8_t type = take_u8(&r, 0);
	uint32_t len = take_u24(&r, 0);
	uint16_t version = take_u16(&r, 0);
	if (h->type != CONTENT_HANDSHAKE)
		return PROBE_NO;
	if (r.fault != FINE)
		return all ? PROBE_NO : PROBE_MORE;
	if (len < LEAST_HELLO || h->len < 4 || len > h->len - 4U || version < 0x0300 ||
	    version > 0x0304)
		return PROBE_NO;
	return type == HS_CLIENT_HELLO   ? PROBE_CLIENT_HELLO
	       : type == HS_SERVER_HELLO ? PROBE_SERVER_HELLO
	                                 : PROBE_NO;
}

/* No record of SSL 3.0 or TLS begins so; a hello of SSL 2.0's form may. */
static enum tls_probe probe_ssl2(struct bytes b, bool all)
{
	enum ssl2_sight client = ssl2_sees_client_hello(b), server = ssl2_sees_server_hello(b);
	if (client == SSL2_YES)
		return PROBE_CLIENT_HELLO;
	if (server == SSL2_YES)
		return PROBE_SERVER_HELLO;
	return (client == SSL2_MORE || server == SSL2_MORE) && !all ? PROBE_MORE : PROBE_NO;
}

enum tls_probe tls_probe(struct bytes b, bool all)
{
	struct record_head h;
	if (b.len > 0 && (b.at[0] < CONTENT_CHANGE_CIPHER_SPEC || b.at[0] > CONTENT_HEARTBEAT))
		return probe_ssl2(b, all);
	if (!record_head(b, &h))
		return all ? PROBE_NO : PROBE_MORE;
	if (h.version < 0x0300 || h.version > 0x0304)
		return probe_inside(b, &h, all);
	if (h.type != CONTENT_HANDSHAKE || h.len == 0)
		return probe_chain(b, all);
	struct reader r = reader_over(rest(b, RECORD_HEAD), NULL, NULL);
	uint8_t type = take_u8(&r, 0);
	if (r.fault != FINE)
		return all ? PROBE_NO : PROBE_MORE;
	if (type == HS_CLIENT_HELLO)
		return PROBE_CLIENT_HELLO;
	if (type == HS_SERVER_HELLO)
		return PROBE_SERVER_HELLO;
	return probe_chain(b, all);
}

struct tls_talk *tls_talk_new(const struct tls_sink *sink, bool late)
{
	struct session *s = sink->session;
	struct tls_talk *k = arena_take(s->arena, sizeof *k);
	struct tls_facts *facts = arena_take(s->arena, sizeof *facts);
	if (k == NULL || facts == NULL)
		return NULL;
	*k = (struct tls_talk){
		.session = s, .facts = facts, .late = late, .keep_messages = sink->seen != NULL};
	s->tls = facts;
	s->protocol = PROTOCOL_TLS;
	k->side[CLIENT].head_len = k->side[SERVER].head_len = RECORD_HEAD;
	if (sink->keys != NULL)
		k->opener = opener_new(sink->keys, s, sink->earlier);
	if (late) {
		/* Nobody saw the switch: nothing may be called clear but what the state of the
		 * protocol shows. */
		for (int i = 0; i < 2; i++)
			k->side[i] = (struct direction){.mode = MODE_RESYNC,
			                                .sealed = true,
			                                .settled = true,
			                                .unaligned = true,
			                                .head_len = RECORD_HEAD};
	}
	return k;
}

void tls_talk_over(struct tls_talk *k, enum side from)
{
	dir_of(k, from)->over = true;
}

void tls_talk_go_without(struct tls_talk *k, enum side silent)
{
	dir_of(k, silent)->settled = true;
}

void talk_event(struct tls_talk *k, const struct tls_sink *sink, struct event e)
{
	e.time = sink->now(sink->ctx);
	session_event(k->session, e);
}

/* ---- Waiting: where the meaning of one side's record hangs on the other side. ---- */

static bool client_must_wait(const struct tls_talk *k, const struct record_head *h)
{
	const struct direction *c = &k->side[CLIENT], *s = &k->side[SERVER];
	if (is_settled(s))
		return false;
	if (!c->sealed && k->asked > k->answered)
		return true; /* an answer tells version and suite */
	if (s->ssl2)
		return false;
	if (k->tls13) /* with keys: the order of the transcript */
		return h->type == CONTENT_APPLICATION_DATA && k->opener != NULL &&
		       s->keys[EPOCH_HANDSHAKE] == KEYS_READY && !s->said_finished;
	if (k->answered == 0 || c->sealed || k->server_done)
		return false;
	if (h->type == CONTENT_HANDSHAKE)
		return !s->sealed; /* the client's flight answers ServerHelloDone */
	return h->type == CONTENT_CHANGE_CIPHER_SPEC && !k->client_kx_seen &&
	       !s->said_finished; /* resumed: server first */
}

static bool server_must_wait(const struct tls_talk *k, const struct record_head *h)
{
	const struct direction *c = &k->side[CLIENT], *s = &k->side[SERVER];
	if (is_settled(c) || h->type == CONTENT_ALERT)
		return false;
	if (k->asked == 0)
		return true;
	if (k->retry_pending)
		return h->type == CONTENT_HANDSHAKE;
	if (k->tls13 || !k->server_done || s->sealed || c->said_finished)
		return false;
	return h->type == CONTENT_CHANGE_CIPHER_SPEC || h->type == CONTENT_HANDSHAKE;
}

/* Where both would wait, the client goes first, whichever came first: the result must not depend on
 * that. */
bool talk_must_wait(const struct tls_talk *k, enum side from, const struct record_head *h)
{
	if (from == SERVER)
		return server_must_wait(k, h);
	if (!client_must_wait(k, h))
		return false;
	const struct direction *s = &k->side[SERVER];
	return !(s->waiting && server_must_wait(k, &s->head));
}

bool tls_talk_can_go(const struct tls_talk *k, enum side from)
{
	const struct direction *d = &k->side[from];
	return d->waiting && !talk_must_wait(k, from, &d->head);
}

/* ---- Framing ---- */

/* The place of a side's bytes while an offer is worked on. */
struct offer {
	struct tls_talk *k;
	const struct tls_sink *sink;
	enum side from;
	uint64_t at;
	struct bytes bytes;
	size_t used, need;
};

static bool go_on_body(struct offer *o, struct direction *d)
{
	size_t n = o->bytes.len - o->used < d->left ? o->bytes.len - o->used : d->left;
	struct piece p = {
		.sink = o->sink,
		.from = o->from,
		.at = o->at + o->used,
		.bytes = {o->bytes.at + o->used, n},
	};
	talk_handshake(o->k, &p);
	o->used += n;
	d->left -= (uint32_t)n;
	if (d->left == 0)
		d->mode = MODE_HEAD;
	return o->used < o->bytes.len;
}

static bool go_on_skip(struct offer *o, struct direction *d)
{
	size_t n = o->bytes.len - o->used < d->left ? o->bytes.len - o->used : d->left;
	o->used += n;
	d->left -= (uint32_t)n;
	if (d->left > 0)
		return false;
	d->mode = MODE_HEAD;
	uint64_t last = o->at + o->used - (o->used > 0);
	talk_record_passed(o->k, o->sink, o->from, o->sink->place(o->sink->ctx, o->from, last));
	return o->used < o->bytes.len;
}

static bool find_record(struct offer *o, struct direction *d)
{
	size_t need;
	struct bytes b = rest(o->bytes, o->used);
	if (d->ssl2) { /* nothing tells where a sealed record of SSL 2.0 begins */
		o->used += b.len;
		return false;
	}
	o->used += record_find(b, d->over, &need);
	if (need == 0 && o->used < o->bytes.len) {
		d->mode = MODE_HEAD;
		if (o->k->opener != NULL)
			opener_skip(o->k->opener, o->from); /* at least one record is missing */
		return true;
	}
	o->need = need;
	return false;
}

static void check_head(struct offer *o, const struct record_head *h)
{
	struct session *s = o->k->session;
	uint32_t place = o->sink->place(o->sink->ctx, o->from, o->at + o->used);
	if (h->type < CONTENT_CHANGE_CIPHER_SPEC || h->type > CONTENT_HEARTBEAT)
		session_find(s, FIND_TLS_RECORD_TYPE, o->from, place);
	if (h->version < 0x0300 || h->version > 0x0304)
		session_find(s, FIND_TLS_VERSION_BAD, o->from, place);
	if (h->len > TLS_RECORD_LIMIT)
		session_find(s, FIND_TLS_RECORD_OVERFLOW, o->from, place);
	if (h->len == 0 && h->type != CONTENT_APPLICATION_DATA)
		session_find(s, FIND_TLS_RECORD_EMPTY, o->from, place);
}

/* The rest of a record that nobody reads does not come: it is told as far as it is known. */
static void cut_record(struct tls_talk *k, const struct tls_sink *sink, enum side from)
{
	struct direction *d = dir_of(k, from);
	if (d->mode != MODE_SKIP)
		return;
	d->damaged = true;
	talk_record_passed(k, sink, from, d->record_place);
	d->mode = MODE_HEAD;
}

/* From here on nobody knows where records begin, nor which number they have. */
static void lose_framing(struct tls_talk *k, const struct tls_sink *sink, enum side from)
{
	struct direction *d = dir_of(k, from);
	cut_record(k, sink, from);
	talk_handshake_cut(k, sink, from);
	d->mode = MODE_RESYNC;
	d->settled = d->lost = d->holes = true;
	if (k->opener != NULL && !d->said_finished)
		opener_lost(k->opener);
}

static bool both_bad(const struct record_head *h)
{
	bool type = h->type < CONTENT_CHANGE_CIPHER_SPEC || h->type > CONTENT_HEARTBEAT;
	return type && (h->version < 0x0300 || h->version > 0x0304);
}

/* Begins a record: `whole` when it is there to its end. */
static void take_record(struct offer *o, struct direction *d, enum want want, bool whole)
{
	uint64_t at = o->at + o->used;
	uint16_t len = d->head.len;
	check_head(o, &d->head);
	talk_record_begins(o->k, o->from, o->sink->place(o->sink->ctx, o->from, at));
	o->used += RECORD_HEAD;
	if (whole && (want == WANT_WHOLE || len == 0)) {
		talk_record(o->k, o->sink, o->from, at, (struct bytes){o->bytes.at + o->used, len});
		o->used += len;
		return;
	}
	d->left = len;
	d->mode = want == WANT_PIECES ? MODE_BODY : MODE_SKIP;
}

/* Keeps what a hole behind the refused bytes will ask for. */
static void refuse_record(struct offer *o, struct direction *d, size_t need)
{
	d->held = (uint32_t)(o->bytes.len - o->used);
	d->record_place = o->sink->place(o->sink->ctx, o->from, o->at + o->used);
	o->need = need;
}

/* Not enough is there to say what begins here. */
static bool want_more(struct offer *o, struct direction *d, size_t need)
{
	o->need = need;
	o->used += d->over ? o->bytes.len - o->used : 0;
	return false;
}

/* Begins a record of SSL 2.0 in clear or a sealed one, as `b` has it. */
static void take_ssl2(struct offer *o, struct direction *d, struct bytes b, bool clear)
{
	uint64_t at = o->at + o->used;
	size_t whole = (size_t)d->head_len + d->head.len;
	size_t n = b.len < whole ? b.len : whole;
	if (clear) {
		talk_ssl2_record(o->k, o->sink, o->from, at, (struct bytes){b.at, n}, n < whole);
		o->used += n;
		return;
	}
	o->used += d->head_len;
	d->left = d->head.len;
	d->mode = MODE_SKIP;
	d->sealed = true;
}

static bool begin_ssl2(struct offer *o, struct direction *d)
{
	struct bytes b = rest(o->bytes, o->used);
	struct ssl2_head h;
	if (!ssl2_head(b, &h))
		return want_more(o, d, b.len + 1);
	d->head = (struct record_head){
		.type = CONTENT_HANDSHAKE, .version = SSL2_VERSION, .len = h.body};
	d->head_len = h.len;
	d->padding = h.padding;
	if (talk_must_wait(o->k, o->from, &d->head)) {
		d->waiting = true;
		refuse_record(o, d, SIZE_MAX);
		return false;
	}
	enum ssl2_sight clear = talk_ssl2_is_clear(o->k, o->from, b);
	size_t whole = (size_t)h.len + h.body;
	if (!d->over && (clear == SSL2_MORE || (clear == SSL2_YES && b.len < whole))) {
		refuse_record(o, d, clear == SSL2_MORE ? b.len + 1 : whole);
		return false;
	}
	uint32_t place = o->sink->place(o->sink->ctx, o->from, o->at + o->used);
	talk_ssl2_begins(o->k, o->from);
	talk_record_begins(o->k, o->from, place);
	if (h.body == 0) {
		session_find(o->k->session, FIND_TLS_RECORD_EMPTY, o->from, place);
		o->used += h.len;
		return o->used < o->bytes.len;
	}
	take_ssl2(o, d, b, clear == SSL2_YES);
	return o->used < o->bytes.len;
}

/* A record whose head is there: taken whole, begun, or waited for. */
static bool begin_record(struct offer *o, struct direction *d)
{
	struct bytes b = rest(o->bytes, o->used);
	struct record_head h;
	enum ssl2_sight ssl2 = talk_ssl2_next(o->k, o->from, b);
	if (ssl2 == SSL2_YES)
		return begin_ssl2(o, d);
	if (ssl2 == SSL2_MORE && !d->over)
		return want_more(o, d, b.len + 1);
	d->head_len = RECORD_HEAD;
	if (!record_head(b, &h))
		return want_more(o, d, RECORD_HEAD);
	if (both_bad(&h)) {
		session_find(o->k->session, FIND_NOT_TLS, o->from,
		             o->sink->place(o->sink->ctx, o->from, o->at + o->used));
		lose_framing(o->k, o->sink, o->from);
		o->used++;
		return true;
	}
	d->head = h;
	if (talk_must_wait(o->k, o->from, &h)) {
		d->waiting = true;
		refuse_record(o, d, SIZE_MAX);
		return false;
	}
	enum want want = talk_wants(o->k, o->from, &h);
	bool whole = b.len - RECORD_HEAD >= h.len;
	if (want == WANT_WHOLE && !whole && !d->over) {
		refuse_record(o, d, (size_t)RECORD_HEAD + h.len);
		return false;
	}
	take_record(o, d, want, whole);
	return o->used < o->bytes.len;
}

static bool step(struct offer *o, struct direction *d)
{
	switch (d->mode) {
	case MODE_BODY:
		return go_on_body(o, d);
	case MODE_SKIP:
		return go_on_skip(o, d);
	case MODE_RESYNC:
		return find_record(o, d);
	default:
		return begin_record(o, d);
	}
}

void tls_talk_bytes(struct tls_talk *k, const struct tls_sink *sink, enum side from, uint64_t at,
                    struct bytes b, size_t *used, size_t *need)
{
	struct offer o = {.k = k, .sink = sink, .from = from, .at = at, .bytes = b};
	struct direction *d = dir_of(k, from);
	d->waiting = false;
	d->held = 0;
	while (o.used < b.len && step(&o, d))
		;
	d->end_at = at + b.len;
	*used = o.used;
	*need = o.need;
}

/* Goes over missing bytes of the current record; the bytes behind them may be known for what they
 * are. */
static void hole_in_record(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                           uint32_t len)
{
	struct direction *d = dir_of(k, from);
	d->left -= len;
	if (d->mode == MODE_BODY && !talk_handshake_hole(k, sink, from, len))
		d->mode = MODE_SKIP;
	if (d->mode == MODE_SKIP)
		d->damaged = true;
	if (d->left > 0)
		return;
	if (d->mode == MODE_SKIP)
		talk_record_passed(k, sink, from, d->record_place);
	d->mode = MODE_HEAD;
}

/* A record whose head was seen goes on behind a hole that lies inside it: its length says where the
 * next one begins. */
static void pass_held_record(struct tls_talk *k, enum side from, uint64_t at)
{
	struct direction *d = dir_of(k, from);
	if (d->mode != MODE_HEAD || d->held == 0 || d->end_at != at ||
	    d->held > (uint32_t)d->head_len + d->head.len)
		return;
	if (is_ssl2_record(d))
		talk_ssl2_begins(k, from);
	talk_record_begins(k, from, d->record_place); /* known since its head was there */
	d->mode = MODE_SKIP;
	d->left = d->head_len + d->head.len - d->held;
	d->unaligned = d->unaligned || d->head.type == CONTENT_HANDSHAKE;
}

void tls_talk_gap(struct tls_talk *k, const struct tls_sink *sink, enum side from, uint64_t at,
                  uint64_t len)
{
	struct direction *d = dir_of(k, from);
	if (d->waiting && at < d->end_at)
		dir_of(k, other_side(from))->settled = true; /* waited until a bound was reached */
	talk_small_record(k, sink, from, false);             /* what is missing comes behind it */
	pass_held_record(k, from, at);
	d->settled = d->holes = true;
	d->waiting = false;
	d->held = 0;
	if (k->opener != NULL && !d->said_finished)
		opener_lost(k->opener);
	if ((d->mode == MODE_BODY || d->mode == MODE_SKIP) && len <= d->left)
		hole_in_record(k, sink, from, (uint32_t)len);
	else
		lose_framing(k, sink, from);
}

/* A record that is not there to its end is not counted. */
static void uncount_cut_record(struct tls_talk *k, enum side from)
{
	const struct direction *d = dir_of(k, from);
	bool cut = (d->mode == MODE_BODY || d->mode == MODE_SKIP) && d->left > 0;
	if (cut && is_ssl2_record(d))
		k->facts->ssl2_records[from]--;
	else if (cut && d->head.type >= CONTENT_CHANGE_CIPHER_SPEC &&
	         d->head.type <= CONTENT_HEARTBEAT)
		k->facts->record_count[from][d->head.type - CONTENT_CHANGE_CIPHER_SPEC]--;
	if (cut && d->head.type == CONTENT_APPLICATION_DATA)
		k->facts->record_bytes[from] -= d->head.len;
}

size_t tls_talk_held(const struct tls_talk *k)
{
	return k->side[CLIENT].assembly.memory.held + k->side[SERVER].assembly.memory.held;
}

void tls_talk_end(struct tls_talk *k, const struct tls_sink *sink)
{
	for (int i = 0; i < 2; i++) {
		uncount_cut_record(k, (enum side)i);
		cut_record(k, sink, (enum side)i);
		talk_small_record(k, sink, (enum side)i, true);
		talk_handshake_cut(k, sink, (enum side)i);
	}
	talk_judge_order(k);
	talk_judge_heartbeats(k);
	opener_free(k->opener);
	k->opener = NULL;
}
