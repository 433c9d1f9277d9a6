/* What stands before TLS on a connection, or instead of it: a known protocol is followed message by
 * message until its side turns to TLS; in other bytes a hello is looked for, so far. */
#include "src/engine/live.h"

#include "dissectors/http/http.h"
#include "dissectors/tls/record.h"

enum {
	PREFACE_WINDOW = 4096, /* how far into a stream a hello is looked for behind other bytes */
	ALERT_PATTERN = 7,     /* a record with one alert */
	HELLO_PATTERN = 11,    /* bytes by which a hello inside a stream is told */
};

/* ---- bytes that nobody knows ---- */

/* Looks for a hello behind other bytes (STARTTLS, CONNECT, PROXY): a record head, a handshake head
 * and a version that agree. */
static bool is_hello(const uint8_t *p, enum tls_probe *what)
{
	struct reader r = reader_over((struct bytes){p, HELLO_PATTERN}, NULL, NULL);
	uint8_t type = take_u8(&r, 0);
	uint16_t version = take_u16(&r, 0);
	uint16_t len = take_u16(&r, 0);
	uint8_t message = take_u8(&r, 0);
	uint32_t message_len = take_u24(&r, 0);
	uint16_t inner = take_u16(&r, 0);
	*what = message == HS_CLIENT_HELLO ? PROBE_CLIENT_HELLO : PROBE_SERVER_HELLO;
	return type == CONTENT_HANDSHAKE && version >= 0x0300 && version <= 0x0304 &&
	       (message == HS_CLIENT_HELLO || message == HS_SERVER_HELLO) && message_len >= 38 &&
	       message_len + 4 <= len && inner >= 0x0300 && inner <= 0x0304;
}

static size_t find_hello(struct bytes b, enum tls_probe *what)
{
	for (size_t i = 0; i + HELLO_PATTERN <= b.len; i++) {
		const uint8_t *p =
			memchr(b.at + i, CONTENT_HANDSHAKE, b.len - HELLO_PATTERN + 1 - i);
		if (p == NULL)
			return SIZE_MAX;
		i = (size_t)(p - b.at);
		if (is_hello(p, what))
			return i;
	}
	return SIZE_MAX;
}

/* Looks for an alert in clear, with which a server may answer a hello behind other bytes. */
static size_t find_alert(struct bytes b)
{
	for (size_t i = 0; i + ALERT_PATTERN <= b.len; i++) {
		const uint8_t *p = memchr(b.at + i, CONTENT_ALERT, b.len - ALERT_PATTERN + 1 - i);
		struct record_head h;
		if (p == NULL)
			return SIZE_MAX;
		i = (size_t)(p - b.at);
		bool fine = record_head(behind(b, i), &h) && record_plausible(&h) && h.len == 2;
		if (fine && (p[RECORD_HEAD] == 1 || p[RECORD_HEAD] == 2)) /* its level */
			return i;
	}
	return SIZE_MAX;
}

/* Where TLS begins behind other bytes; SIZE_MAX: nowhere in `b`. */
static size_t find_tls(const struct live *l, struct bytes b, enum tls_probe *what)
{
	size_t hello = find_hello(b, what);
	size_t alert = talk_of(l) == NULL ? SIZE_MAX : find_alert(b);
	return hello < alert ? hello : alert;
}

/* ---- what was in clear is told ---- */

static void keep_clear(struct talk *t, struct arena *a, struct bytes b)
{
	if (t->text.at == NULL)
		t->text.at = arena_take(a, TALK_KEPT);
	size_t n = TALK_KEPT - t->text.len < b.len ? TALK_KEPT - t->text.len : b.len;
	if (t->text.at != NULL && n > 0) {
		memcpy((uint8_t *)(uintptr_t)t->text.at + t->text.len, b.at, n);
		t->text.len += n;
	}
}

static void note_row(struct shard *s, enum side flow_side, size_t len, uint32_t first,
                     uint32_t last)
{
	struct speech *speech = s->live->speech;
	uint32_t *index = &speech->clear_row[flow_side];
	struct session *v = speech->session;
	if (*index == 0) {
		struct event row = {.time = s->time,
		                    .first_frame = first,
		                    .kind = EVENT_CLEAR_TEXT,
		                    .from = (uint8_t)role_of(s->live, flow_side)};
		*index = session_event(v, row) != NULL ? v->n_events : UINT32_MAX;
	}
	if (*index == UINT32_MAX)
		return;
	v->event[*index - 1].last_frame = last;
	v->event[*index - 1].len += (uint32_t)len;
}

static void note_talk(struct talk *t, size_t len, uint32_t first, uint32_t last)
{
	if (t->first_frame == 0)
		t->first_frame = first;
	t->last_frame = last;
	t->bytes += len;
	t->text_bytes += len;
}

/* Bytes in clear: told as one row a side; as talk only where nothing is sealed later. */
static void clear_text(struct shard *s, enum side flow_side, uint64_t at, struct bytes b,
                       bool with_text)
{
	struct live *l = s->live;
	if (b.len == 0 || live_speech(s) == NULL)
		return;
	uint32_t first = flow_frame_at(s->flow, flow_side, at, NULL);
	uint32_t last = flow_frame_at(s->flow, flow_side, at + b.len - 1, NULL);
	struct talk *t = &session_of(l)->talk[role_of(l, flow_side)];
	note_row(s, flow_side, b.len, first, last);
	if (talk_of(l) != NULL)
		return;
	note_talk(t, b.len, first, last);
	if (with_text)
		keep_clear(t, session_of(l)->arena, b);
}

static void count_preface(struct live *l, enum side flow_side, size_t n)
{
	size_t passed = l->preface[flow_side] + n;
	l->preface[flow_side] = passed < UINT16_MAX ? (uint16_t)passed : UINT16_MAX;
}

/* Clear bytes before a hello: told when they are text, counted always. */
static void pass_preface(struct shard *s, enum side flow_side, uint64_t at, struct bytes b)
{
	struct live *l = s->live;
	bool known = l->speech != NULL && l->speech->preamble != NULL;
	if ((l->http || known) && talk_of(l) == NULL)
		clear_text(s, flow_side, at, b, l->http);
	count_preface(l, flow_side, b.len);
}

static struct taken tls_begins(struct shard *s, enum side flow_side, uint64_t at, struct bytes b,
                               size_t found, enum tls_probe what)
{
	struct live *l = s->live;
	if (talk_of(l) == NULL && !live_begin_tls(s, flow_side, what))
		return (struct taken){.used = b.len};
	l->state[flow_side] = SIDE_TLS;
	struct taken t = {.used = found};
	t.used += live_tls_bytes(s, flow_side, at + found, behind(b, found), &t.need);
	return t;
}

struct taken preface_search(struct shard *s, enum side flow_side, uint64_t at, struct bytes b)
{
	struct live *l = s->live;
	enum tls_probe what = PROBE_NO;
	size_t passed = l->preface[flow_side];
	size_t window = talk_of(l) != NULL        ? b.len
	                : passed < PREFACE_WINDOW ? PREFACE_WINDOW - passed
	                                          : 0;
	struct bytes view = {b.at, b.len};
	if (window + HELLO_PATTERN - 1 < b.len)
		view.len = window + HELLO_PATTERN - 1; /* the same bytes in whatever chunks */
	size_t found = window > 0 ? find_tls(l, view, &what) : SIZE_MAX;
	if (found == SIZE_MAX) {
		bool looking = window > 0 && view.len == b.len && !l->ended[flow_side];
		size_t held = looking ? HELLO_PATTERN - 1 : 0;
		size_t n = b.len > held ? b.len - held : 0;
		pass_preface(s, flow_side, at, (struct bytes){b.at, n});
		return (struct taken){.used = n, .need = held + 1};
	}
	pass_preface(s, flow_side, at, (struct bytes){b.at, found});
	return tls_begins(s, flow_side, at, b, found, what);
}

/* ---- known protocols ---- */

/* Says whether TLS begins here, where a message could: with a hello, or with an alert alone. */
static enum look tls_look(struct bytes b, bool all, enum tls_probe *what)
{
	struct record_head h;
	*what = PROBE_NO;
	if (b.at[0] == CONTENT_ALERT) {
		if (b.len < ALERT_PATTERN)
			return all ? LOOK_NO : LOOK_MORE;
		return find_alert((struct bytes){b.at, ALERT_PATTERN}) == 0 ? LOOK_YES : LOOK_NO;
	}
	if (b.at[0] != CONTENT_HANDSHAKE || (record_head(b, &h) && !record_plausible(&h)))
		return LOOK_NO;
	*what = tls_probe(b, all);
	if (*what == PROBE_MORE)
		return LOOK_MORE;
	bool hello = *what == PROBE_CLIENT_HELLO || *what == PROBE_SERVER_HELLO;
	return hello ? LOOK_YES : LOOK_NO;
}

static uint32_t place(void *ctx, enum side flow_side, uint64_t at)
{
	const struct shard *s = ctx;
	return flow_frame_at(s->flow, flow_side, at, NULL);
}

/* The text of a proxy's answer is kept while it may be plain HTTP's. */
static void pass_message(struct shard *s, enum side flow_side, uint64_t at, struct bytes b)
{
	clear_text(s, flow_side, at, b, s->live->http && flow_side == SERVER);
	count_preface(s->live, flow_side, b.len);
}

/* What follows is nothing known: a hello is looked for behind it, or it is plain HTTP. */
static struct taken leave_opening(struct shard *s, enum side flow_side, uint64_t at, struct bytes b,
                                  size_t used)
{
	struct live *l = s->live;
	struct bytes rest = behind(b, used);
	l->state[flow_side] = SIDE_PREFACE;
	l->http = l->http || (talk_of(l) == NULL && http_begins(rest));
	struct taken t = preface_search(s, flow_side, at + used, rest);
	t.used += used;
	return t;
}

struct taken preface_opening(struct shard *s, enum side flow_side, uint64_t at, struct bytes b)
{
	struct live *l = s->live;
	struct preamble *p = l->speech->preamble;
	bool all = l->ended[flow_side];
	for (size_t used = 0; used < b.len;) {
		struct bytes rest = behind(b, used);
		enum tls_probe what;
		enum look look =
			preamble_is_inside(p, flow_side) ? LOOK_NO : tls_look(rest, all, &what);
		if (look == LOOK_MORE)
			return (struct taken){.used = used, .need = rest.len + 1};
		if (look == LOOK_YES) {
			preamble_tls(p, flow_side);
			return tls_begins(s, flow_side, at, b, used, what);
		}
		struct preamble_step step =
			preamble_take(p, flow_side, at + used, rest, all, place, s);
		if (step.strange)
			return leave_opening(s, flow_side, at, b, used);
		if (step.need > 0)
			return (struct taken){.used = used, .need = step.need};
		pass_message(s, flow_side, at + used, (struct bytes){rest.at, step.used});
		used += step.used;
	}
	return (struct taken){.used = b.len};
}

static bool make_preamble(struct shard *s)
{
	struct speech *speech = live_speech(s);
	if (speech != NULL && speech->preamble == NULL)
		speech->preamble = preamble_new(&speech->arena);
	return speech != NULL && speech->preamble != NULL;
}

struct taken preface_begin(struct shard *s, enum side flow_side, uint64_t at, struct bytes b)
{
	struct live *l = s->live;
	enum look look = at == 0 ? preamble_look(b, flow_side, l->ended[flow_side]) : LOOK_NO;
	l->http = l->http || (at == 0 && talk_of(l) == NULL && http_begins(b));
	if (look == LOOK_MORE)
		return (struct taken){.need = b.len + 1};
	if (look == LOOK_NO || !make_preamble(s)) {
		l->state[flow_side] = SIDE_PREFACE;
		return preface_search(s, flow_side, at, b);
	}
	l->state[flow_side] = SIDE_OPENING;
	return preface_opening(s, flow_side, at, b);
}

/* ---- at the end ---- */

/* Of a session that stayed in clear the words are its talk, without what is secret. */
static void show_words(struct session *v, enum side side)
{
	struct bytes kept = {NULL, 0};
	struct talk t = {.bytes = 0};
	for (uint32_t i = 0; i < v->n_openings; i++)
		if (v->opening[i].said[side].len > 0) {
			kept = v->opening[i].said[side];
			keep_clear(&t, v->arena, kept);
		}
	if (kept.len > 0)
		v->talk[side].text = t.text;
}

/* What a side says in clear to a hello is no opening: it is not told as one. */
static void forget_rows(struct session *v)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < v->n_events; i++)
		if (v->event[i].kind != EVENT_CLEAR_TEXT)
			v->event[n++] = v->event[i];
	v->n_events = n;
}

static bool is_opening(const struct live *l)
{
	for (enum side i = CLIENT; i <= SERVER; i++)
		if (l->state[i] == SIDE_TLS && role_of(l, i) == CLIENT &&
		    !preamble_spoke(l->speech->preamble, i))
			return false;
	return true;
}

bool preface_tell(struct live *l)
{
	struct session *v = session_of(l);
	if (v == NULL || l->speech->preamble == NULL)
		return false;
	struct opening told[OPENINGS_MOST];
	uint32_t n = 0;
	if (is_opening(l))
		n = preamble_tell(l->speech->preamble, v->arena, l->swapped, told);
	if (n == 0 && talk_of(l) != NULL)
		forget_rows(v);
	v->opening = n == 0 ? NULL : arena_take(v->arena, n * sizeof *told);
	if (v->opening == NULL)
		return false;
	memcpy(v->opening, told, n * sizeof *told);
	v->n_openings = n;
	for (int side = 0; side < 2 && talk_of(l) == NULL; side++)
		show_words(v, (enum side)side);
	return true;
}
