/* PostgreSQL's protocol (documentation, 55.7 "Message Formats"): SSLRequest and its answer of one
 * byte. */
#include "dissectors/starttls/dialogue.h"

enum {
	SSL_REQUEST = 80877103,
	GSS_REQUEST = 80877104,
	CANCEL_REQUEST = 80877102,
	VERSION_3 = 3,
	STARTUP_MOST = 10000,
	MESSAGE_MOST = 1 << 30,
	HEAD = 8,
	TYPED_HEAD = 5,
	AUTH_CLEARTEXT = 3,
};

/* How far a side is: its messages have no type until the startup is over. */
enum { BEFORE_STARTUP, BEHIND_STARTUP };

static bool is_code(uint32_t code)
{
	return code == SSL_REQUEST || code == GSS_REQUEST || code == CANCEL_REQUEST ||
	       code >> 16 == VERSION_3;
}

static enum look look_client(struct bytes b)
{
	struct reader r = reader_over(b, NULL, NULL);
	if (b.len > 0 && b.at[0] != 0)
		return LOOK_NO;
	if (b.len > 1 && b.at[1] != 0)
		return LOOK_NO;
	uint32_t len = take_u32(&r, 0), code = take_u32(&r, 0);
	if (r.fault != FINE)
		return LOOK_MORE;
	return len >= HEAD && len <= STARTUP_MOST && is_code(code) ? LOOK_YES : LOOK_NO;
}

static bool is_answer(uint8_t c)
{
	return c == 'S' || c == 'N' || c == 'G';
}

/* Says whether a byte of the server stands alone: a message's length begins with a zero. */
static bool stands_alone(struct bytes b)
{
	return is_answer(b.at[0]) && (b.len < 2 || b.at[1] != 0);
}

/* Nobody else begins with one of these and TLS, or with 'N' and one of PostgreSQL's messages. */
static enum look look_server(struct bytes b)
{
	struct reader r = reader_over(b, NULL, NULL);
	uint8_t type = take_u8(&r, 0), next = take_u8(&r, 0);
	if (b.len < 2)
		return b.len == 0 || is_answer(type) || type == 'R' || type == 'E' ? LOOK_MORE
		                                                                   : LOOK_NO;
	if (is_answer(type) && (next == 0x16 || next == 0x15 || next == 'S' || next == 'N'))
		return LOOK_YES;
	if (is_answer(type) && next != 'R' && next != 'E')
		return LOOK_NO;
	if (is_answer(type))
		type = next;
	else
		r = reader_over(bytes_from(b, 1), NULL, NULL);
	uint32_t len = take_u32(&r, 0);
	if (r.fault != FINE)
		return next == 0 || is_answer(b.at[0]) ? LOOK_MORE : LOOK_NO;
	return (type == 'R' || type == 'E') && len >= 8 && len < 4096 ? LOOK_YES : LOOK_NO;
}

enum look postgresql_look(struct bytes b, enum side from)
{
	if (from == SERVER && b.len == 1 && is_answer(b.at[0]))
		return LOOK_MORE;
	return from == CLIENT ? look_client(b) : look_server(b);
}

static size_t cut_untyped(struct bytes b, struct cutting *c)
{
	struct reader r = reader_over(b, NULL, NULL);
	uint32_t len = take_u32(&r, 0), code = take_u32(&r, 0);
	if (r.fault != FINE)
		return CUT_MORE;
	if (len < HEAD || len > STARTUP_MOST || !is_code(code))
		return CUT_NO;
	if (code >> 16 == VERSION_3)
		c->mark = BEHIND_STARTUP;
	return len;
}

static size_t cut_typed(struct bytes b)
{
	struct reader r = reader_over(b, NULL, NULL);
	uint8_t type = take_u8(&r, 0);
	uint32_t len = take_u32(&r, 0);
	if (type < '1' || type > 'z')
		return CUT_NO;
	if (r.fault != FINE)
		return CUT_MORE;
	return len < 4 || len > MESSAGE_MOST ? CUT_NO : (size_t)len + 1;
}

size_t postgresql_cut(struct bytes b, struct cutting *c)
{
	if (c->from == CLIENT && c->mark == BEFORE_STARTUP)
		return cut_untyped(b, c);
	if (c->from == CLIENT || c->mark == BEHIND_STARTUP)
		return cut_typed(b);
	if (is_answer(b.at[0]) && b.len < 2 && !c->all)
		return CUT_MORE;
	if (stands_alone(b))
		return 1;
	c->mark = BEHIND_STARTUP;
	return cut_typed(b);
}

bool postgresql_is(const struct dialogue *d)
{
	return d->side[CLIENT]->n > 0;
}

static uint32_t code_of(const struct message *m)
{
	struct reader r = reader_over(m->bytes, NULL, NULL);
	take_u32(&r, 0);
	return take_u32(&r, 0);
}

/* StartupMessage: length, version, pairs of strings. */
static void tell_startup(const struct dialogue *d, struct opening *o, const struct message *m)
{
	struct reader r = reader_over(m->bytes, NULL, NULL);
	take_bytes(&r, HEAD, 0);
	while (more(&r)) {
		struct bytes name = take_string(&r, NULL), value = take_string(&r, NULL);
		if (is_words(name, "user")) {
			o->user_frame = m->first_frame;
			add_fact(d, o, FACT_USER, value);
		} else if (is_words(name, "database")) {
			add_fact(d, o, FACT_DATABASE, value);
		} else if (is_words(name, "application_name")) {
			add_fact(d, o, FACT_APPLICATION, value);
		}
	}
}

/* Says whether the server asks for the password as it is (AuthenticationCleartextPassword). */
static bool asks_for_password(const struct side_said *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct reader r = reader_over(s->message[i].bytes, NULL, NULL);
		uint8_t type = take_u8(&r, 0);
		take_u32(&r, 0);
		if (type == 'R' && take_u32(&r, 0) == AUTH_CLEARTEXT)
			return true;
	}
	return false;
}

/* Requests are answered one by one, with one byte each, before anything else; by servers older than
 * the request with an ErrorResponse. */
static uint32_t answer_of(const struct dialogue *d, uint32_t asks)
{
	const struct side_said *s = d->side[SERVER];
	bool answered = asks < s->n &&
	                (s->message[asks].bytes.len == 1 || s->message[asks].bytes.at[0] == 'E');
	return answered ? asks : s->n;
}

void postgresql_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	bool started = false;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct message *m = &c->message[i];
		uint32_t code = started ? 0 : code_of(m);
		if (code == SSL_REQUEST) {
			uint32_t answers = answer_of(d, i);
			tell_asked(d, o, i, answers,
			           answers < s->n && s->message[answers].bytes.at[0] == 'S');
		} else if (code >> 16 == VERSION_3) {
			started = true;
			tell_startup(d, o, m);
		} else if (started && begins(m->bytes, "p")) {
			uint32_t *frame =
				asks_for_password(s) ? &o->password_frame : &o->login_frame;
			*frame = *frame == 0 ? m->first_frame : *frame;
		}
	}
}
