#include "dissectors/tls/heartbeat.h"
#include "dissectors/tls/talk_private.h"

enum { SMALL_ROWS_KEPT = 16, FLOOD = 100, FINISHED_TRIES = 8 };

/* Says whether a record of this type is encrypted in the side's present state. */
static bool is_sealed(const struct tls_talk *k, enum side from, uint8_t type)
{
	const struct direction *d = &k->side[from];
	if (!d->sealed)
		return false;
	if (k->tls13 || k->late)
		return type == CONTENT_APPLICATION_DATA ||
		       (k->late && type != CONTENT_CHANGE_CIPHER_SPEC);
	return true;
}

static bool is_null_cipher(const struct tls_talk *k)
{
	return !k->tls13 && !k->late && k->facts->version != 0 && k->facts->cipher == CIPHER_NULL &&
	       suite_find(k->facts->suite) != NULL;
}

static bool has_keys(struct tls_talk *k, enum side from, enum epoch e)
{
	struct direction *d = dir_of(k, from);
	if (k->opener == NULL)
		return false;
	if (d->keys[e] == KEYS_UNTRIED)
		d->keys[e] = opener_ready(k->opener, from, e) ? KEYS_READY : KEYS_NONE;
	return d->keys[e] == KEYS_READY;
}

void talk_find_keys(struct tls_talk *k)
{
	has_keys(k, CLIENT, EPOCH_HANDSHAKE);
	if (!has_keys(k, SERVER, EPOCH_HANDSHAKE))
		opener_lost(k->opener); /* the server's messages will not be seen */
}

static bool can_open(struct tls_talk *k, enum side from)
{
	if (!k->tls13)
		return has_keys(k, from, EPOCH_TALK);
	bool any = has_keys(k, from, EPOCH_HANDSHAKE);
	any = has_keys(k, from, EPOCH_TALK) || any;
	return (from == CLIENT && k->early_open && has_keys(k, from, EPOCH_EARLY)) || any;
}

enum want talk_wants(struct tls_talk *k, enum side from, const struct record_head *h)
{
	if (h->type < CONTENT_CHANGE_CIPHER_SPEC || h->type > CONTENT_HEARTBEAT ||
	    h->len > TLS_RECORD_LIMIT)
		return WANT_NOTHING;
	if (is_sealed(k, from, h->type))
		return can_open(k, from) || is_null_cipher(k) ? WANT_WHOLE : WANT_NOTHING;
	if (h->type == CONTENT_HANDSHAKE)
		return k->side[from].unaligned ? WANT_WHOLE : WANT_PIECES;
	return h->type == CONTENT_APPLICATION_DATA ? WANT_NOTHING : WANT_WHOLE;
}

static void look_for_interleave(struct tls_talk *k, enum side from, uint8_t type)
{
	const struct direction *d = dir_of(k, from);
	if (type != CONTENT_HANDSHAKE && d->assembly.have > 0)
		session_find(k->session, FIND_TLS_INTERLEAVE, from, d->record_place);
}

void talk_record_begins(struct tls_talk *k, enum side from, uint32_t place)
{
	struct direction *d = dir_of(k, from);
	d->n_records++;
	d->damaged = false;
	d->record_place = place;
	if (k->facts->record_version == 0 || (from == CLIENT && d->n_records == 1))
		k->facts->record_version = d->head.version; /* a server's alert may come first */
	if (is_ssl2_record(d)) {
		k->facts->ssl2_records[from]++;
		return;
	}
	if (d->head.type >= CONTENT_CHANGE_CIPHER_SPEC && d->head.type <= CONTENT_HEARTBEAT)
		k->facts->record_count[from][d->head.type - CONTENT_CHANGE_CIPHER_SPEC]++;
	if (d->head.type == CONTENT_APPLICATION_DATA)
		k->facts->record_bytes[from] += d->head.len;
	if (!is_sealed(k, from, d->head.type))
		look_for_interleave(k, from, d->head.type);
}

/* What is told of one record beside its bytes. */
struct told {
	const struct tls_sink *sink;
	enum side from;
	uint32_t last_place;
	moment time; /* of the packet that ended it */
	uint8_t see; /* enum visibility */
};

static void watch(struct tls_talk *k, const struct told *t, struct event e, struct bytes b)
{
	if (t->sink->seen == NULL)
		return;
	struct tls_seen seen = {.event = e, .bytes = b, .record = k->side[t->from].n_records};
	t->sink->seen(t->sink->ctx, &seen);
}

static struct event record_event(struct tls_talk *k, const struct told *t, enum event_kind kind,
                                 uint32_t len)
{
	return (struct event){
		.time = t->time,
		.first_frame = k->side[t->from].record_place,
		.last_frame = t->last_place,
		.len = len,
		.records = 1,
		.kind = (uint8_t)kind,
		.from = (uint8_t)t->from,
		.see = t->see,
	};
}

static void add_record_event(struct tls_talk *k, const struct told *t, enum event_kind kind,
                             struct bytes b, uint32_t len)
{
	struct event e = record_event(k, t, kind, len);
	session_event(k->session, e);
	watch(k, t, e, b);
}

/* ---- Application data ---- */

static uint32_t mac_len(uint32_t hash)
{
	switch (hash) {
	case HASH_NULL:
		return 0;
	case HASH_MD5:
		return 16;
	case HASH_SHA1:
		return 20;
	case HASH_SHA384:
		return 48;
	default:
		return 32;
	}
}

static uint32_t tag_len(uint32_t cipher)
{
	return cipher == CIPHER_AES_128_CCM_8 || cipher == CIPHER_AES_256_CCM_8 ? 8 : 16;
}

static uint32_t block_len(uint32_t cipher)
{
	if (cipher == CIPHER_NULL || cipher == CIPHER_RC4_128 || cipher == CIPHER_RC4_40 ||
	    cipher == CIPHER_RC4_56)
		return 0;
	return cipher >= CIPHER_AES_128_CBC ? 16 : 8;
}

/* How many bytes of text a sealed record can hold, as a listener can tell; a block cipher hides up
 * to a block, and TLS 1.3 may pad with any number (RFC 8446, 5.4). */
static void text_bounds(const struct tls_facts *f, uint32_t len, uint32_t *least, uint32_t *most)
{
	const struct suite *s = suite_find(f->suite);
	*least = 0;
	*most = len;
	if (s == NULL || f->version == 0)
		return;
	bool aead = s->aead || s->kx == KX_TLS13;
	uint32_t block = aead ? 0 : block_len(s->cipher);
	uint32_t around = aead ? tag_len(s->cipher) : mac_len(s->mac);
	if (s->kx == KX_TLS13)
		around += 1; /* the inner content type */
	else if (aead)
		around += s->cipher == CIPHER_CHACHA20_POLY1305 ||
		                          s->cipher == CIPHER_CHACHA20_POLY1305_OLD
		                  ? 0
		                  : 8;
	else
		around += (f->version >= 0x0302 ? block : 0) + (block > 0);
	*most = len > around ? len - around : 0;
	uint32_t hidden = s->kx == KX_TLS13 ? *most : block > 0 ? block - 1 : 0;
	*least = *most > hidden ? *most - hidden : 0;
}

static void talk_row(struct tls_talk *k, const struct told *t, enum event_kind kind, uint32_t len)
{
	struct direction *d = dir_of(k, t->from);
	struct session *s = k->session;
	if (d->talk_row == 0) {
		bool told = session_event(s, record_event(k, t, kind, len)) != NULL;
		d->talk_row = told ? s->n_events : UINT32_MAX;
		return;
	}
	if (d->talk_row == UINT32_MAX)
		return; /* its row was lost to the bound */
	struct event *e = &s->event[d->talk_row - 1];
	e->last_frame = t->last_place;
	e->time = t->time;
	e->len = e->len > UINT32_MAX - len ? UINT32_MAX : e->len + len;
	e->records++;
	if (e->see != SEE_FAILED && t->see != SEE_SEALED)
		e->see = t->see;
}

static void keep_text(struct session *s, struct talk *talk, struct bytes text)
{
	if (talk->text.at == NULL)
		talk->text.at = arena_take(s->arena, TALK_KEPT);
	size_t n = TALK_KEPT - talk->text.len < text.len ? TALK_KEPT - talk->text.len : text.len;
	if (talk->text.at == NULL || n == 0)
		return;
	memcpy((uint8_t *)(uintptr_t)talk->text.at + talk->text.len, text.at, n);
	talk->text.len += n;
}

/* One record of application data; `text` is its opened or clear content. */
static void application_data(struct tls_talk *k, const struct told *t, uint32_t len,
                             struct bytes text)
{
	struct direction *d = dir_of(k, t->from);
	struct talk *talk = &k->session->talk[t->from];
	uint32_t least, most;
	if (talk->records++ == 0)
		talk->first_frame = d->record_place;
	talk->last_frame = t->last_place;
	talk->bytes += len;
	text_bounds(k->facts, len, &least, &most);
	talk_row(k, t, EVENT_TALK, len);
	if (t->see == SEE_SEALED || t->see == SEE_FAILED) {
		talk->text_least += least;
		talk->text_most += most;
		talk->failed += t->see == SEE_FAILED;
		return;
	}
	talk->verified += t->see == SEE_OPENED;
	talk->text_bytes += text.len;
	talk->text_least += text.len;
	talk->text_most += text.len;
	keep_text(k->session, talk, text);
	watch(k, t, record_event(k, t, EVENT_TALK, len), text);
}

/* ---- Alerts and the rest ---- */

/* Says whether one more alert or heartbeat gets a row of its own. */
static bool takes_row(struct direction *d)
{
	if (d->small_rows == SMALL_ROWS_KEPT)
		return false;
	d->small_rows++;
	return true;
}

static void one_alert(struct tls_talk *k, const struct told *t, uint8_t level, uint8_t description,
                      struct bytes b)
{
	struct direction *d = dir_of(k, t->from);
	if (level == 2 || description == 0)
		d->settled =
			true; /* fatal, or close_notify: nothing that anybody should wait for */
	if (d->alerts < FLOOD && ++d->alerts == FLOOD)
		session_find(k->session, FIND_TLS_ALERT_FLOOD, t->from, t->last_place);
	if (!takes_row(d))
		return;
	struct event e = record_event(k, t, EVENT_ALERT, 2);
	e.detail = description;
	e.level = level;
	session_event(k->session, e);
	watch(k, t, e, b);
}

static void alerts(struct tls_talk *k, const struct told *t, struct bytes b)
{
	struct direction *d = dir_of(k, t->from);
	struct reader r = reader_over(b, NULL, NULL);
	while (more(&r)) {
		uint8_t v = take_u8(&r, 0);
		if (d->half_alert)
			one_alert(k, t, d->half_level, v, b);
		d->half_alert = !d->half_alert;
		d->half_level = v;
	}
	if (d->half_alert)
		session_find(k->session, FIND_TLS_ALERT_SPLIT, t->from, t->last_place);
}

static void count_heartbeat(struct tls_talk *k, const struct told *t, uint32_t asked,
                            uint32_t answered, bool is_answer)
{
	struct heartbeats *h = &dir_of(k, t->from)->heartbeats;
	h->n++;
	if (asked > h->asked)
		h->asked = asked;
	if (answered <= h->answered)
		return;
	h->answered = answered;
	h->place = t->last_place;
	h->is_answer = is_answer;
}

static void heartbeat(struct tls_talk *k, const struct told *t, struct bytes b)
{
	struct tls_seen seen = {
		.bytes = b, .trace = t->sink->trace, .record = k->side[t->from].n_records};
	struct reader r = reader_over(b, &seen.faults, talk_trace(t->sink));
	struct heartbeat h;
	heartbeat_decode(&r, &h);
	if (h.lies)
		session_find(k->session, FIND_HEARTBLEED, t->from, t->last_place);
	bool answer = h.type == HEARTBEAT_RESPONSE;
	count_heartbeat(k, t, answer ? 0 : (uint32_t)b.len,
	                answer ? h.payload_len + (uint32_t)HEARTBEAT_LEAST : 0, true);
	if (!takes_row(dir_of(k, t->from)))
		return;
	seen.event = record_event(k, t, EVENT_HEARTBEAT, (uint32_t)b.len);
	session_event(k->session, seen.event);
	if (t->sink->seen != NULL)
		t->sink->seen(t->sink->ctx, &seen);
}

/* Of a sealed heartbeat the length is known, and not whether it is an answer. */
static void sealed_heartbeat(struct tls_talk *k, const struct told *t, uint32_t len)
{
	uint32_t least, most;
	text_bounds(k->facts, len, &least, &most);
	count_heartbeat(k, t, most, least, false);
	if (takes_row(dir_of(k, t->from)))
		add_record_event(k, t, EVENT_HEARTBEAT, (struct bytes){NULL, 0}, len);
}

/* RFC 6520, 4: an answer brings back what was sent, so none is longer than all that was asked.
 * Sealed ones are taken for answers when the side sent no fewer than the other: of several unequal
 * ones, each would have to be a request that nobody answered. */
static bool is_answered_with_more(const struct direction *mine, const struct direction *other)
{
	const struct heartbeats *h = &mine->heartbeats, *asked = &other->heartbeats;
	bool answers = h->is_answer || h->n >= asked->n;
	return asked->n > 0 && !other->holes && answers && h->answered > asked->asked;
}

void talk_judge_heartbeats(struct tls_talk *k)
{
	for (int i = 0; i < 2 && !k->late; i++)
		if (is_answered_with_more(&k->side[i], &k->side[1 - i]))
			session_find(k->session, FIND_HEARTBLEED, (enum side)i,
			             k->side[i].heartbeats.place);
}

/* A full handshake has ServerHelloDone and ClientKeyExchange before either side switches; a resumed
 * one has neither, and no certificate. */
static void switched(struct tls_talk *k, const struct told *t)
{
	struct tls_facts *f = k->facts;
	struct direction *d = dir_of(k, t->from);
	bool early = t->from == CLIENT ? !k->client_kx_seen : !k->server_done;
	if ((t->from == SERVER ? k->answered : k->asked) == 0 && !d->holes) {
		session_find(k->session, FIND_TLS_ORDER, t->from, t->last_place);
		return; /* before its hello there is nothing to switch to */
	}
	if (!d->sealed && early && !d->holes) {
		d->switched_early = true;
		d->early_switch = t->last_place;
	}
	if (t->from == SERVER && d->switched_early && k->answered > 0 && !f->resumed_known) {
		f->resumed_known = true;
		f->resumed = f->server_kx == NULL;
	}
	d->sealed = true;
	if (k->opener != NULL)
		opener_switch(k->opener, t->from);
}

void talk_judge_order(struct tls_talk *k)
{
	const struct tls_facts *f = k->facts;
	for (int i = 0; i < 2; i++)
		if (k->side[i].switched_early && f->resumed_known && !f->resumed)
			session_find(k->session, FIND_TLS_ORDER, (enum side)i,
			             k->side[i].early_switch);
}

static void change_cipher_spec(struct tls_talk *k, const struct told *t, struct bytes b)
{
	bool first = !k->facts->ccs[t->from];
	k->facts->ccs[t->from] = true;
	if (!k->tls13 && !k->late)
		switched(k, t);
	else if (k->tls13 && !first) /* one of each side is for old boxes on the way */
		session_find(k->session, FIND_TLS_ORDER, t->from, t->last_place);
	if (first && k->tls13)
		k->facts->meaning.compat_frame[t->from] = t->last_place;
	if (first)
		add_record_event(k, t, EVENT_CHANGE_CIPHER_SPEC, b, (uint32_t)b.len);
}

/* ---- Sealed records ---- */

/* Gives the newest event of a side; NULL when there is none. */
static struct event *newest(const struct session *s, enum side from)
{
	for (uint32_t i = s->n_events; i > 0; i--)
		if (s->event[i - 1].from == from)
			return &s->event[i - 1];
	return NULL;
}

/* Adds a sealed handshake record to the row of the one before it. */
static void sealed_handshake(struct tls_talk *k, const struct told *t, uint32_t len)
{
	struct event *e = newest(k->session, t->from);
	if (e == NULL || e->kind != EVENT_SEALED_HANDSHAKE || e->see != t->see) {
		session_event(k->session, record_event(k, t, EVENT_SEALED_HANDSHAKE, len));
		return;
	}
	e->last_frame = t->last_place;
	e->time = t->time;
	e->len = e->len > UINT32_MAX - len ? UINT32_MAX : e->len + len;
	e->records++;
}

/* What a client's sealed record is, by its size: Finished has one of its own, and so has
 * EndOfEarlyData. What follows a HelloRetryRequest is early data that nobody reads. */
static enum event_kind guess_client(struct tls_talk *k, uint32_t len)
{
	struct direction *d = dir_of(k, CLIENT);
	uint32_t around = 4U + 1 + tag_len(k->facts->cipher);
	uint32_t finished = around + (k->facts->hash == HASH_SHA384 ? 48U : 32U);
	if (k->retry_pending && !d->said_finished)
		talk_early_record(k, len, false);
	if (d->said_finished || k->retry_pending)
		return EVENT_TALK;
	if (len == finished) {
		d->said_finished = true;
		return EVENT_SEALED_HANDSHAKE;
	}
	if (k->early_open && len != around) {
		talk_early_record(k, len, true);
		return EVENT_TALK;
	}
	k->early_open = false;
	k->client_flight = true;
	d->said_finished = k->facts->sealed_records[CLIENT] > FINISHED_TRIES;
	return EVENT_SEALED_HANDSHAKE;
}

/* TLS 1.3 hides the type. The server's records up to the client's Finished are its handshake; when
 * it speaks after the client's flight, that has come to its end. A judgement by place and length,
 * never shown as certain. */
static enum event_kind guess_tls13(struct tls_talk *k, const struct told *t, uint32_t len)
{
	struct direction *client = dir_of(k, CLIENT);
	if (t->from == CLIENT)
		return guess_client(k, len);
	client->said_finished = client->said_finished || k->client_flight;
	return client->said_finished ? EVENT_TALK : EVENT_SEALED_HANDSHAKE;
}

static enum event_kind sealed_kind(struct tls_talk *k, const struct told *t, uint8_t type,
                                   uint32_t len)
{
	struct direction *d = dir_of(k, t->from);
	if (k->tls13)
		return guess_tls13(k, t, len);
	if (type == CONTENT_APPLICATION_DATA)
		return EVENT_TALK;
	if (type == CONTENT_HANDSHAKE)
		d->said_finished = true;
	if (type != CONTENT_ALERT)
		return type == CONTENT_HEARTBEAT ? EVENT_HEARTBEAT : EVENT_SEALED_HANDSHAKE;
	d->settled = true; /* it may have come instead of Finished */
	return EVENT_SEALED_ALERT;
}

static void tell_sealed(struct tls_talk *k, const struct told *t, enum event_kind kind,
                        uint32_t len)
{
	if (kind == EVENT_TALK)
		application_data(k, t, len, (struct bytes){NULL, 0});
	else if (kind == EVENT_SEALED_HANDSHAKE)
		sealed_handshake(k, t, len);
	else if (kind == EVENT_HEARTBEAT)
		sealed_heartbeat(k, t, len);
	else if (takes_row(dir_of(k, t->from)))
		add_record_event(k, t, kind, (struct bytes){NULL, 0}, len);
}

/* Puts the newest row, which had to wait, before the end of its side's stream. */
static void move_before_end(struct session *s, enum side from)
{
	for (uint32_t i = s->n_events - 1; i > 0; i--) {
		struct event *e = &s->event[i - 1], moved = s->event[i];
		if (e->kind < EVENT_FIN && e->from == from)
			return;
		s->event[i] = *e;
		*e = moved;
	}
}

void talk_small_record(struct tls_talk *k, const struct tls_sink *sink, enum side from, bool last)
{
	struct direction *d = dir_of(k, from);
	struct event e = d->small;
	if (!d->small_waits)
		return;
	d->small_waits = false;
	if (last && takes_row(d)) {
		e.kind = EVENT_SEALED_ALERT;
		if (session_event(k->session, e) != NULL)
			move_before_end(k->session, from);
		return;
	}
	uint32_t place = d->record_place;
	struct told t = {.sink = sink,
	                 .from = from,
	                 .last_place = e.last_frame,
	                 .time = e.time,
	                 .see = e.see};
	d->record_place = e.first_frame;
	tell_sealed(k, &t, (enum event_kind)e.kind, e.len);
	d->record_place = place;
}

static void sealed_record(struct tls_talk *k, const struct told *t, uint8_t type, uint32_t len)
{
	struct direction *d = dir_of(k, t->from);
	bool was_finished = d->said_finished;
	k->facts->sealed_records[t->from]++;
	talk_small_record(k, t->sink, t->from, false);
	enum event_kind kind = sealed_kind(k, t, type, len);
	talk_sealed_means(k, t->from, t->last_place, kind, len, was_finished);
	if (!k->tls13 || len != 2 + 1 + tag_len(k->facts->cipher)) {
		tell_sealed(k, t, kind, len);
		return;
	}
	d->small = record_event(k, t, kind, len);
	d->small_waits = true;
}

/* Behind lost bytes a record is read again only when whole messages fill it. HelloRequest is no
 * witness: it looks like four zeros. */
static bool is_aligned(struct direction *d, struct bytes body)
{
	struct reader r = reader_over(body, NULL, NULL);
	bool real = true;
	while (d->unaligned && real && more(&r)) {
		real = take_u8(&r, 0) != HS_HELLO_REQUEST;
		take_vector(&r, 3, 0);
	}
	if (d->unaligned && real && r.fault == FINE && body.len > 0)
		d->unaligned = false;
	return !d->unaligned;
}

/* The content of an opened record, or of one under a NULL cipher. */
static void content(struct tls_talk *k, const struct told *t, uint8_t type, uint64_t at,
                    uint32_t len, struct bytes text)
{
	struct piece p = {
		.sink = t->sink,
		.from = t->from,
		.at = at,
		.bytes = text,
		.opened = true,
		.see = t->see,
		.end = at + RECORD_HEAD + len,
	};
	look_for_interleave(k, t->from, type);
	talk_small_record(k, t->sink, t->from, false);
	switch (type) {
	case CONTENT_HANDSHAKE:
		if (is_aligned(dir_of(k, t->from), text))
			talk_handshake(k, &p);
		break;
	case CONTENT_ALERT:
		alerts(k, t, text);
		break;
	case CONTENT_APPLICATION_DATA:
		application_data(k, t, len, text);
		break;
	case CONTENT_HEARTBEAT:
		heartbeat(k, t, text);
		break;
	case CONTENT_CHANGE_CIPHER_SPEC:
		if (!k->tls13 && k->opener != NULL)
			opener_switch(k->opener, t->from); /* renegotiation */
		break;
	default:
		session_find(k->session, k->tls13 ? FIND_TLS13_NO_TYPE : FIND_TLS_RECORD_TYPE,
		             t->from, t->last_place);
	}
}

static struct opened open_with(struct tls_talk *k, const struct told *t, enum epoch e,
                               struct bytes body)
{
	const struct record_head *h = &k->side[t->from].head;
	struct opened o =
		opener_record(k->opener, t->from, e, h->type, h->version, body, t->sink->scratch);
	/* Behind lost framing the records' numbers are guessed: that one does not authenticate
	 * says nothing. */
	if (o.result == OPEN_FAILED && k->side[t->from].lost)
		o.result = OPEN_NO_KEY;
	return o;
}

/* TLS 1.3: which secrets a record is under follows from the messages before it. With half a key log
 * the change is found by trial, which the tag decides. */
static struct opened open_tls13(struct tls_talk *k, const struct told *t, struct bytes body)
{
	struct direction *d = dir_of(k, t->from);
	struct opened o = {.result = OPEN_NO_KEY};
	if (t->from == CLIENT && k->early_open && has_keys(k, CLIENT, EPOCH_EARLY)) {
		o = open_with(k, t, EPOCH_EARLY, body);
		if (o.result == OPEN_OK && o.type == CONTENT_APPLICATION_DATA)
			talk_early_record(k, (uint32_t)body.len, false);
		if (o.result == OPEN_OK)
			return o;
	}
	if (d->epoch == EPOCH_HANDSHAKE && has_keys(k, t->from, EPOCH_HANDSHAKE)) {
		o = open_with(k, t, EPOCH_HANDSHAKE, body);
		if (o.result == OPEN_OK && t->from == CLIENT)
			k->early_open = false;
		if (o.result == OPEN_FAILED && t->from == CLIENT && k->early_open)
			o.result = OPEN_NO_KEY;
		if (!d->lost || o.result == OPEN_OK)
			return o; /* else its Finished may be among what is missing */
	}
	if (!has_keys(k, t->from, EPOCH_TALK))
		return (struct opened){.result = OPEN_NO_KEY};
	o = open_with(k, t, EPOCH_TALK, body);
	if (d->epoch == EPOCH_TALK)
		return o;
	if (o.result == OPEN_OK) {
		d->epoch = EPOCH_TALK;
		d->said_finished = true;
		return o;
	}
	return (struct opened){.result = OPEN_NO_KEY};
}

/* What was in it is missing: the other side need not wait for it. */
static void record_failed(struct tls_talk *k, struct told *t)
{
	struct direction *d = dir_of(k, t->from);
	k->facts->failed_records[t->from]++;
	t->see = SEE_FAILED;
	d->settled = true;
	session_find(k->session, FIND_DECRYPT_BAD_MAC, t->from, t->last_place);
	talk_handshake_cut(k, t->sink, t->from);
	if (!d->said_finished)
		opener_lost(k->opener);
}

static void open_record(struct tls_talk *k, struct told *t, uint64_t at, struct bytes body)
{
	struct tls_facts *f = k->facts;
	uint8_t type = k->side[t->from].head.type;
	struct opened o = k->tls13 ? open_tls13(k, t, body) : open_with(k, t, EPOCH_TALK, body);
	if (o.result == OPEN_OK) {
		k->side[t->from].lost = false;
		f->sealed_records[t->from]++;
		f->verified_records[t->from]++;
		f->opened[t->from] = true;
		t->see = SEE_OPENED;
		content(k, t, o.type, at, (uint32_t)body.len, o.text);
		return;
	}
	if (o.result == OPEN_FAILED)
		record_failed(k, t);
	sealed_record(k, t, type, (uint32_t)body.len);
}

/* Under a NULL cipher nothing is hidden: the text stands before its MAC. */
static void null_cipher_record(struct tls_talk *k, struct told *t, uint8_t type, uint64_t at,
                               struct bytes body)
{
	uint32_t least, most;
	text_bounds(k->facts, (uint32_t)body.len, &least, &most);
	t->see = SEE_CLEAR;
	k->facts->sealed_records[t->from]++;
	content(k, t, type, at, (uint32_t)body.len, (struct bytes){body.at, most});
}

void talk_record(struct tls_talk *k, const struct tls_sink *sink, enum side from, uint64_t at,
                 struct bytes body)
{
	struct told t = {
		.sink = sink,
		.from = from,
		.last_place = sink->place(sink->ctx, from, at + RECORD_HEAD + body.len - 1),
		.time = sink->now(sink->ctx),
		.see = SEE_CLEAR,
	};
	uint8_t type = k->side[from].head.type;
	struct piece p = {.sink = sink, .from = from, .at = at + RECORD_HEAD, .bytes = body};
	if (is_sealed(k, from, type)) {
		t.see = SEE_SEALED;
		if (can_open(k, from))
			open_record(k, &t, at, body);
		else if (is_null_cipher(k))
			null_cipher_record(k, &t, type, at, body);
		else
			sealed_record(k, &t, type, (uint32_t)body.len);
		return;
	}
	switch (type) {
	case CONTENT_CHANGE_CIPHER_SPEC:
		change_cipher_spec(k, &t, body);
		break;
	case CONTENT_ALERT:
		alerts(k, &t, body);
		break;
	case CONTENT_HANDSHAKE:
		if (is_aligned(dir_of(k, from), body))
			talk_handshake(k, &p);
		break;
	case CONTENT_HEARTBEAT:
		heartbeat(k, &t, body);
		break;
	case CONTENT_APPLICATION_DATA:
		application_data(k, &t, (uint32_t)body.len, body);
		break;
	default:
		break; /* check_head has told of it */
	}
}

void talk_record_passed(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                        uint32_t last_place)
{
	struct direction *d = dir_of(k, from);
	struct told t = {.sink = sink,
	                 .from = from,
	                 .last_place = last_place,
	                 .time = sink->now(sink->ctx),
	                 .see = SEE_SEALED};
	if (is_ssl2_record(d)) {
		talk_ssl2_passed(k, sink, from, last_place);
		return;
	}
	if (d->head.type < CONTENT_CHANGE_CIPHER_SPEC || d->head.type > CONTENT_HEARTBEAT ||
	    d->head.len > TLS_RECORD_LIMIT)
		return;
	bool sealed = is_sealed(k, from, d->head.type);
	if (sealed && d->damaged && can_open(k, from)) {
		opener_skip(k->opener, from);
		talk_handshake_cut(k, sink, from);
	}
	if (sealed || d->head.type == CONTENT_APPLICATION_DATA)
		sealed_record(k, &t, d->head.type, d->head.len);
}

void talk_sealed(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                 uint32_t last_place, enum event_kind kind, uint32_t text)
{
	struct told t = {.sink = sink,
	                 .from = from,
	                 .last_place = last_place,
	                 .time = sink->now(sink->ctx),
	                 .see = SEE_SEALED};
	struct talk *talk = &k->session->talk[from];
	uint64_t least = talk->text_least, most = talk->text_most;
	k->facts->sealed_records[from]++;
	tell_sealed(k, &t, kind, k->side[from].head.len);
	if (kind == EVENT_TALK) {
		talk->text_least = least + text;
		talk->text_most = most + text;
	}
}
