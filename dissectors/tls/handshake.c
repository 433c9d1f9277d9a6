#include "dissectors/tls/handshake.h"
#include "dissectors/tls/message.h"

/* Of the messages that are empty: HelloRequest, ServerHelloDone, EndOfEarlyData. */
static void decode_nothing(struct reader *r, struct message *m)
{
	(void)r;
	(void)m;
}

void note_finding(struct noted *n, enum finding code)
{
	for (uint8_t i = 0; i < n->n; i++)
		if (n->code[i] == code)
			return;
	if (n->n < sizeof n->code / sizeof *n->code)
		n->code[n->n++] = (uint16_t)code;
}

struct bytes take_opaque(struct reader *r, size_t width, uint16_t field)
{
	struct bytes b = take_vector(r, width, field);
	return r->fault == FINE ? b : (struct bytes){NULL, 0};
}

struct bytes take_session_id(struct reader *r)
{
	struct reader id = open_vector(r, 1, F_SESSION_ID);
	if (left(&id) > 32)
		reader_fault(&id, FAULT_RANGE, F_SESSION_ID, 32);
	bool sound = id.fault == FINE && r->fault == FINE;
	struct bytes b = skip_rest(&id);
	close_vector(r, &id);
	return sound ? b : (struct bytes){NULL, 0};
}

void take_opaque_list(struct reader *r, size_t list_width, uint16_t list, size_t width,
                      uint16_t field)
{
	struct reader in = open_vector(r, list_width, list);
	while (more(&in))
		take_vector(&in, width, field);
	close_vector(r, &in);
}

void take_number_list(struct reader *r, size_t list_width, uint16_t list, size_t width,
                      uint16_t field)
{
	struct reader in = open_vector(r, list_width, list);
	take_numbers(&in, width, field);
	close_vector(r, &in);
}

/* The name of the message's own row. */
static uint16_t field_of_type(uint8_t type)
{
	switch (type) {
#define MESSAGE(id, decoder, where)                                                                \
	case HS_##id:                                                                              \
		return F_##id;
#include "dissectors/tls/messages.def"
#undef MESSAGE
	default:
		return F_OTHER_MESSAGE;
	}
}

static void decode_body(struct reader *r, struct message *m)
{
	switch (m->out->type) {
#define MESSAGE(id, decoder, where)                                                                \
	case HS_##id:                                                                              \
		decoder(r, m);                                                                     \
		return;
#include "dissectors/tls/messages.def"
#undef MESSAGE
	default:
		skip_rest(r); /* its bytes are the message's own row */
	}
}

enum where { ANY_VERSION, BEFORE_TLS13, ONLY_TLS13, NO_VERSION };

static enum where where_of(uint8_t type)
{
	switch (type) {
#define MESSAGE(id, decoder, where)                                                                \
	case HS_##id:                                                                              \
		return where;
#include "dissectors/tls/messages.def"
#undef MESSAGE
	default:
		return ANY_VERSION;
	}
}

/* Of a version that is not known yet nothing is said. */
static bool is_out_of_place(enum where where, uint16_t version)
{
	if (where == ANY_VERSION || where == NO_VERSION || version == 0)
		return where == NO_VERSION;
	return (where == ONLY_TLS13) != version_is_tls13(version);
}

static void take_body(struct reader *r, size_t held, struct message *m)
{
	struct reader body = open_group(r, held, field_of_type(m->out->type));
	body.partial = m->cut;
	if (r->fault == FINE)
		decode_body(&body, m);
	if (m->cut)
		skip_rest(&body);
	close_vector(r, &body);
}

/* RFC 8446, 4
 *
 *	HandshakeType msg_type;
 *	uint24 length;
 */
static void decode_message(struct reader *r, struct message *m)
{
	m->out->type = take_u8(r, F_MSG_TYPE);
	m->out->len = take_u24(r, F_MSG_LENGTH);
	if (r->fault != FINE)
		return;
	m->cut = r->partial && left(r) < m->out->len;
	if (is_out_of_place(where_of(m->out->type), m->context->version))
		note_finding(&m->out->noted, FIND_TLS_ORDER);
	take_body(r, m->cut ? left(r) : m->out->len, m);
	if (more(r))
		reader_fault(r, FAULT_TRAILING, F_SURPLUS, left(r));
}

/* RFC 8879, 4: what was compressed is a Certificate message without its head. */
static void decode_unpacked(struct reader *r, struct message *m)
{
	m->out->type = HS_CERTIFICATE;
	m->out->len = (uint32_t)left(r);
	take_body(r, left(r), m);
}

static void decode_with(struct reader *r, const struct handshake_context *c, struct handshake *out,
                        void (*decode)(struct reader *, struct message *))
{
	struct faults own = {0};
	struct faults *asked = r->faults;
	if (asked == NULL)
		r->faults = &own;
	memset(out, 0, sizeof *out);
	struct message m = {.context = c, .out = out, .cut = r->partial};
	uint32_t before = r->faults->n;
	decode(r, &m);
	if (r->faults->n - before > m.extension_faults && !m.cut)
		note_finding(&out->noted, FIND_TLS_HS_LENGTH);
	r->faults = asked;
}

void handshake_decode(struct reader *r, const struct handshake_context *c, struct handshake *out)
{
	decode_with(r, c, out, decode_message);
}

void handshake_decode_unpacked(struct reader *r, const struct handshake_context *c,
                               struct handshake *out)
{
	decode_with(r, c, out, decode_unpacked);
}

enum event_kind handshake_event(const struct handshake *h)
{
	if (h->type == HS_SERVER_HELLO && h->server_hello.retry)
		return EVENT_HELLO_RETRY_REQUEST;
	switch (h->type) {
#define MESSAGE(id, decoder, where)                                                                \
	case HS_##id:                                                                              \
		return EVENT_##id;
#include "dissectors/tls/messages.def"
#undef MESSAGE
	default:
		return EVENT_OTHER_HANDSHAKE;
	}
}
