/* LDAP (RFC 4511) with the StartTLS operation (its 4.14). */
#include "dissectors/starttls/dialogue.h"

enum {
	SEQUENCE = 0x30,
	INTEGER = 0x02,
	OCTETS = 0x04,
	ENUMERATED = 0x0a,
	BIND_REQUEST = 0x60,
	EXTENDED_REQUEST = 0x77,
	EXTENDED_RESPONSE = 0x78,
	REQUEST_NAME = 0x80,
	SIMPLE = 0x80,
	SASL = 0xa3,
	LONG_LENGTH = 0x80,
	LENGTH_MOST = 4, /* bytes of a length */
};

static const char start_tls[] = "1.3.6.1.4.1.1466.20037";

/* Takes an element's tag and length (X.690, 8.1). */
static size_t take_head(struct reader *r, uint8_t *tag)
{
	*tag = take_u8(r, 0);
	uint8_t len = take_u8(r, 0);
	if (len < LONG_LENGTH)
		return len;
	size_t width = len - LONG_LENGTH;
	if (width == 0 || width > LENGTH_MOST) {
		reader_fault(r, FAULT_RANGE, 0, 0);
		return 0;
	}
	return take_uint(r, width, 0);
}

static struct reader open_element(struct reader *r, uint8_t *tag)
{
	size_t len = take_head(r, tag);
	return open_group(r, len < left(r) ? len : left(r), 0); /* only its beginning is kept */
}

/* LDAPMessage ::= SEQUENCE { messageID INTEGER, protocolOp CHOICE {...}, controls OPTIONAL } */
struct ldap_message {
	uint32_t id;
	uint8_t operation;
	struct reader in;
};

static struct ldap_message ldap_read(struct bytes b)
{
	struct ldap_message m = {0};
	struct reader all = reader_over(b, NULL, NULL);
	uint8_t tag, id_tag;
	struct reader r = open_element(&all, &tag);
	size_t len = take_head(&r, &id_tag);
	m.id = len <= LENGTH_MOST ? take_uint(&r, len, 0) : 0;
	m.in = open_element(&r, &m.operation);
	if (tag != SEQUENCE || id_tag != INTEGER || r.fault != FINE)
		m.operation = 0;
	return m;
}

static bool is_operation(uint8_t tag, enum side from)
{
	static const uint8_t asked[] = {0x60, 0x42, 0x63, 0x66, 0x68, 0x4a, 0x6c, 0x6e, 0x50, 0x77};
	static const uint8_t answered[] = {0x61, 0x64, 0x65, 0x73, 0x67,
	                                   0x69, 0x6b, 0x6d, 0x6f, 0x78};
	const uint8_t *known = from == CLIENT ? asked : answered;
	return find_byte((struct bytes){known, sizeof asked}, tag) != SIZE_MAX;
}

enum look ldap_look(struct bytes b, enum side from)
{
	struct reader r = reader_over(b, NULL, NULL);
	uint8_t tag = 0, id_tag = 0, operation = 0;
	if (b.len > 0 && b.at[0] != SEQUENCE)
		return LOOK_NO;
	take_head(&r, &tag);
	bool whole = r.fault == FINE && left(&r) > 0;
	size_t len = take_head(&r, &id_tag);
	if (whole && (id_tag != INTEGER || (r.fault == FINE && (len == 0 || len > LENGTH_MOST))))
		return LOOK_NO;
	take_bytes(&r, len, 0);
	take_head(&r, &operation);
	if (r.fault == FAULT_SHORT)
		return LOOK_MORE;
	return r.fault == FINE && is_operation(operation, from) ? LOOK_YES : LOOK_NO;
}

size_t ldap_cut(struct bytes b, struct cutting *c)
{
	struct reader r = reader_over(b, NULL, NULL);
	uint8_t tag;
	(void)c;
	if (b.at[0] != SEQUENCE)
		return CUT_NO;
	size_t len = take_head(&r, &tag);
	if (r.fault == FAULT_RANGE)
		return CUT_NO;
	return r.fault == FAULT_SHORT ? CUT_MORE : b.len - left(&r) + len;
}

bool ldap_is(const struct dialogue *d)
{
	return d->side[CLIENT]->n > 0; /* only LDAP looks so */
}

static void note(uint32_t *frame, const struct message *m)
{
	*frame = *frame == 0 ? m->first_frame : *frame;
}

/* BindRequest ::= { version INTEGER, name LDAPDN, authentication CHOICE { simple [0], sasl [3] } }
 */
static void tell_bind(const struct dialogue *d, struct opening *o, const struct message *m,
                      struct reader r)
{
	uint8_t tag;
	take_bytes(&r, take_head(&r, &tag), 0);
	struct bytes name = take_bytes(&r, take_head(&r, &tag), 0);
	struct reader auth = open_element(&r, &tag);
	if (name.len > 0)
		note(&o->user_frame, m);
	if (tag == SIMPLE && left(&auth) > 0)
		note(&o->password_frame, m);
	if (tag != SASL)
		return;
	uint8_t inner;
	struct bytes mechanism = take_bytes(&auth, take_head(&auth, &inner), 0);
	add_fact(d, o, FACT_MECHANISM, mechanism);
	note(is_words(mechanism, "PLAIN") ? &o->password_frame : &o->login_frame, m);
}

static bool asks_for_tls(struct reader r)
{
	uint8_t tag;
	struct reader name = open_element(&r, &tag);
	return tag == REQUEST_NAME && is_words(skip_rest(&name), start_tls);
}

static uint32_t find_answer(const struct side_said *s, uint32_t id, bool *accepted)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct ldap_message m = ldap_read(s->message[i].bytes);
		uint8_t tag;
		if (m.operation != EXTENDED_RESPONSE || m.id != id)
			continue;
		struct reader result = open_element(&m.in, &tag);
		*accepted = tag == ENUMERATED && take_u8(&result, 0) == 0;
		return i;
	}
	return s->n;
}

void ldap_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	uint32_t asks = c->n, id = 0, offers = s->n;
	for (uint32_t i = 0; i < c->n; i++) {
		struct ldap_message m = ldap_read(c->message[i].bytes);
		if (m.operation == BIND_REQUEST)
			tell_bind(d, o, &c->message[i], m.in);
		if (m.operation != EXTENDED_REQUEST || !asks_for_tls(m.in))
			continue;
		asks = i;
		id = m.id;
	}
	for (uint32_t i = s->n; i > 0; i--)
		if (ldap_read(s->message[i - 1].bytes).operation != EXTENDED_RESPONSE &&
		    find_words(s->message[i - 1].bytes, start_tls) != SIZE_MAX)
			offers = i - 1;
	if (asks < c->n) {
		bool accepted = false;
		uint32_t answers = find_answer(s, id, &accepted);
		add_fact(d, o, FACT_MESSAGE_ID, number_text(d->arena, id));
		tell_asked(d, o, asks, answers, accepted);
	}
	if (offers < s->n)
		tell_offered(d, o, s->message[offers].first_frame,
		             o->password_frame != 0 || o->login_frame != 0);
}
