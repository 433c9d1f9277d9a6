/* The part of a conversation that has record heads of SSL 2.0: one record is one message. The first
 * of a client may be the old form of a hello to which SSL 3.0 or TLS answers (RFC 5246, E.2). */
#include "dissectors/tls/talk_private.h"

#include "src/secrets/opener.h"

enum { REQUEST_CERTIFICATE = 18 /* bytes: type, kind of authentication, challenge */ };

/* ---- Whose heads are those of SSL 2.0 ---- */

static enum ssl2_sight next_of_client(const struct tls_talk *k, struct bytes b)
{
	const struct record_head any = {.type = CONTENT_HANDSHAKE, .version = SSL2_VERSION};
	struct record_head h;
	if (k->side[CLIENT].n_records == 0)
		return ssl2_sees_client_hello(b);
	if (!k->ssl2_hello)
		return SSL2_NO;
	if (k->answered > 0)
		return k->side[SERVER].ssl2 ? SSL2_YES : SSL2_NO;
	if (record_head(b, &h) && record_plausible(&h))
		return SSL2_NO;
	if (talk_must_wait(k, CLIENT, &any))
		return SSL2_YES; /* until the answer tells */
	return ssl2_sees_master_key(b);
}

static enum ssl2_sight next_of_server(const struct tls_talk *k, struct bytes b)
{
	if (k->side[SERVER].n_records > 0)
		return SSL2_NO;
	enum ssl2_sight hello = ssl2_sees_server_hello(b);
	bool may_err = k->ssl2_hello || k->asked == 0;
	return hello != SSL2_NO || !may_err ? hello : ssl2_sees_error(b);
}

enum ssl2_sight talk_ssl2_next(const struct tls_talk *k, enum side from, struct bytes b)
{
	const struct direction *d = &k->side[from];
	if (d->ssl2)
		return SSL2_YES;
	bool begun_late = k->late || (d->holes && d->n_records == 0);
	bool tls =
		b.len > 0 && b.at[0] >= CONTENT_CHANGE_CIPHER_SPEC && b.at[0] <= CONTENT_HEARTBEAT;
	if (begun_late || (tls && d->n_records == 0))
		return SSL2_NO;
	return from == CLIENT ? next_of_client(k, b) : next_of_server(k, b);
}

void talk_ssl2_begins(struct tls_talk *k, enum side from)
{
	struct direction *d = dir_of(k, from);
	if (from == CLIENT && d->n_records == 0)
		k->ssl2_hello = true;
	else
		d->ssl2 = true;
}

/* No sealed record is as short as an error in clear: it has a MAC. Without an answer nobody knows
 * whether the client seals what follows its hello. */
enum ssl2_sight talk_ssl2_is_clear(const struct tls_talk *k, enum side from, struct bytes b)
{
	const struct direction *d = &k->side[from];
	enum ssl2_sight error = ssl2_sees_error(b);
	if (error != SSL2_NO)
		return error;
	if (d->sealed)
		return SSL2_NO;
	bool first = from == SERVER || d->n_records == 0;
	return first || k->answered > 0 ? SSL2_YES : ssl2_sees_master_key(b);
}

/* ---- Facts ---- */

static void learn_client_hello(struct tls_talk *k, const struct ssl2_message *m,
                               struct bytes message, uint32_t place)
{
	session_find(k->session, FIND_SSLV2, CLIENT, place);
	talk_client_hello(k, &m->client_hello, place);
	if (k->opener != NULL)
		opener_old_hello(k->opener, message);
	if (k->opener != NULL && (m->client_hello.flags & HELLO_PARTIAL))
		opener_lost(k->opener);
}

/* A certificate_list of TLS (RFC 5246, 7.4.2) that holds this certificate alone. */
static struct bytes list_of_one(struct session *s, struct bytes certificate)
{
	uint8_t *at = certificate.len == 0 ? NULL : arena_take(s->arena, certificate.len + 3);
	if (at == NULL)
		return (struct bytes){NULL, 0};
	at[0] = 0;
	at[1] = (uint8_t)(certificate.len >> 8);
	at[2] = (uint8_t)certificate.len;
	memcpy(at + 3, certificate.at, certificate.len);
	return (struct bytes){at, certificate.len + 3};
}

/* From here on the server seals what it says; so does a client that takes its session up again. */
static void server_has_spoken(struct tls_talk *k, bool hit)
{
	k->answered++;
	k->side[SERVER].sealed = true;
	k->side[CLIENT].sealed = k->side[CLIENT].sealed || hit;
	k->facts->version = SSL2_VERSION;
	k->facts->kx = KX_RSA;
	k->facts->auth = AUTH_RSA;
}

static void learn_server_hello(struct tls_talk *k, const struct tls_sink *sink,
                               const struct ssl2_message *m)
{
	struct tls_facts *f = k->facts;
	struct bytes list = list_of_one(k->session, m->server_hello.certificate);
	f->server = arena_take(k->session->arena, sizeof *f->server);
	if (f->server != NULL)
		*f->server = m->server_hello.hello;
	if (list.len > 0)
		f->chain[SERVER] = sink->chain(sink->ctx, SERVER, list, false);
	f->resumed = m->server_hello.hit;
	f->resumed_known = true;
	server_has_spoken(k, f->resumed);
}

static void learn(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                  const struct ssl2_message *m, struct bytes message, uint32_t place, bool partial)
{
	for (unsigned i = 0; i < m->noted.n; i++)
		session_find(k->session, (enum finding)m->noted.code[i], from, place);
	if (m->type == SSL2_ERROR) {
		k->answered += from == SERVER && k->answered == 0;
		k->side[from].settled = true; /* nothing that anybody should wait for */
		return;
	}
	k->facts->handshake_count[from] += !partial;
	if (m->type == SSL2_CLIENT_HELLO && from == CLIENT && k->asked == 0)
		learn_client_hello(k, m, message, place);
	else if (m->type == SSL2_SERVER_HELLO && from == SERVER && k->answered == 0)
		learn_server_hello(k, sink, m);
	else if (m->type == SSL2_CLIENT_MASTER_KEY && from == CLIENT && k->asked > 0)
		k->facts->ssl2_kind = m->master_key.kind;
	else if (!partial)
		session_find(k->session, FIND_TLS_ORDER, from, place);
}

static enum event_kind event_of(uint8_t type)
{
	switch (type) {
	case SSL2_ERROR:
		return EVENT_SSL2_ERROR;
	case SSL2_CLIENT_HELLO:
		return EVENT_CLIENT_HELLO;
	case SSL2_CLIENT_MASTER_KEY:
		return EVENT_CLIENT_KEY_EXCHANGE;
	case SSL2_SERVER_HELLO:
		return EVENT_SERVER_HELLO;
	default:
		return EVENT_OTHER_HANDSHAKE;
	}
}

/* What the type is called among those of SSL 3.0 and TLS, where it has a partner there. */
static uint8_t detail_of(const struct ssl2_message *m)
{
	switch (m->type) {
	case SSL2_ERROR:
		return (uint8_t)(m->error > UINT8_MAX ? UINT8_MAX : m->error);
	case SSL2_CLIENT_MASTER_KEY:
		return HS_CLIENT_KEY_EXCHANGE;
	case SSL2_SERVER_HELLO:
		return HS_SERVER_HELLO;
	default:
		return m->type;
	}
}

/* ---- Records ---- */

void talk_ssl2_record(struct tls_talk *k, const struct tls_sink *sink, enum side from, uint64_t at,
                      struct bytes record, bool partial)
{
	struct direction *d = dir_of(k, from);
	struct tls_seen seen = {.bytes = record, .trace = sink->trace, .record = d->n_records};
	struct ssl2_message m;
	if (sink->trace != NULL)
		*sink->trace = (struct trace){.row = sink->trace->row, .room = sink->trace->room};
	struct reader r = reader_over(record, &seen.faults, sink->trace);
	r.partial = partial;
	ssl2_decode(&r, &m);
	struct event e = {
		.time = sink->now(sink->ctx),
		.first_frame = d->record_place,
		.last_frame = sink->place(sink->ctx, from, at + record.len - 1),
		.len = (uint32_t)record.len,
		.records = 1,
		.kind = (uint8_t)event_of(m.type),
		.from = (uint8_t)from,
		.see = SEE_CLEAR,
		.detail = detail_of(&m),
		.partial = partial,
	};
	size_t head = d->head_len;
	learn(k, sink, from, &m, (struct bytes){record.at + head, record.len - head},
	      d->record_place, partial);
	if (from == CLIENT && d->ssl2)
		d->sealed = true; /* behind CLIENT-MASTER-KEY */
	session_event(k->session, e);
	seen.event = e;
	if (sink->seen != NULL)
		sink->seen(sink->ctx, &seen);
}

/* The server proves its key in SERVER-VERIFY, may ask for a certificate, and ends in
 * SERVER-FINISHED; the client says CLIENT-FINISHED. All are sealed: told by their place, and the
 * question by its length. */
static enum event_kind kind_of(struct direction *d, enum side from, uint32_t nth, uint32_t text)
{
	bool handshake = !d->said_finished;
	if (from == CLIENT || (nth > 0 && text != REQUEST_CERTIFICATE))
		d->said_finished = true;
	return handshake ? EVENT_SEALED_HANDSHAKE : EVENT_TALK;
}

void talk_ssl2_passed(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                      uint32_t last_place)
{
	struct direction *d = dir_of(k, from);
	if (!d->sealed) { /* a message in clear with a hole in it */
		if (from == SERVER && k->answered == 0)
			server_has_spoken(k, false);
		d->sealed = d->ssl2;
		return;
	}
	uint32_t around = SSL2_MAC + (uint32_t)d->padding;
	uint32_t text = d->head.len > around ? d->head.len - around : 0;
	enum event_kind kind = kind_of(d, from, k->facts->sealed_records[from], text);
	talk_sealed(k, sink, from, last_place, kind, text);
}
