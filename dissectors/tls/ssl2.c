#include "dissectors/tls/ssl2.h"

#include "dissectors/tls/message.h"

enum { LONG_HEAD = 3, SHORT_HEAD = 2, SPEC = 3, ID = 16, LEAST_CHALLENGE = 16, X509 = 1 };

/* draft-hickman-netscape-ssl-00, 1.1: the highest bit says that the head has two bytes; the next
 * one is reserved where it has three. */
static struct ssl2_head take_head(struct reader *r)
{
	struct ssl2_head h = {.len = SHORT_HEAD};
	uint16_t first = take_u16(r, 0);
	h.body = first & 0x7fff;
	if (first & 0x8000)
		return h;
	h.len = LONG_HEAD;
	h.body = first & 0x3fff;
	h.padding = take_u8(r, 0);
	if (first & 0x4000)
		reader_fault(r, FAULT_RANGE, 0, 0);
	return h;
}

bool ssl2_head(struct bytes b, struct ssl2_head *out)
{
	struct reader r = reader_over(b, NULL, NULL);
	*out = take_head(&r);
	return r.fault != FAULT_SHORT;
}

/* ---- Recognising a message by its fixed part ---- */

/* A fixed part on its way through the tests; the first that fails decides. */
struct look {
	struct reader r;
	struct ssl2_head head;
	uint32_t sum; /* of all lengths so far */
	bool wrong;
};

static struct look look_at(struct bytes b, enum ssl2_type type)
{
	struct look l = {.r = reader_over(b, NULL, NULL)};
	l.head = take_head(&l.r);
	l.wrong = l.r.fault == FAULT_RANGE || (take_u8(&l.r, 0) != type && l.r.fault == FINE);
	l.sum = 1U + l.head.padding;
	return l;
}

static void look_for(struct look *l, size_t width, uint32_t least, uint32_t most)
{
	uint32_t v = take_uint(&l->r, width, 0);
	l->sum += (uint32_t)width;
	l->wrong = l->wrong || (l->r.fault == FINE && (v < least || v > most));
}

/* A length of `each` times something. */
static void look_for_len(struct look *l, uint32_t each, uint32_t least, uint32_t most)
{
	uint32_t v = take_u16(&l->r, 0);
	l->sum += 2 + v;
	l->wrong = l->wrong || (l->r.fault == FINE && (v % each != 0 || v < least || v > most));
}

static enum ssl2_sight verdict(const struct look *l)
{
	if (l->wrong)
		return SSL2_NO;
	if (l->r.fault != FINE)
		return SSL2_MORE;
	return l->sum == l->head.body ? SSL2_YES : SSL2_NO;
}

enum ssl2_sight ssl2_sees_client_hello(struct bytes b)
{
	struct look l = look_at(b, SSL2_CLIENT_HELLO);
	struct reader version = l.r;
	if (take_u16(&version, 0) != SSL2_VERSION)
		look_for(&l, 2, 0x0300, 0x0303);
	else
		look_for(&l, 2, SSL2_VERSION, SSL2_VERSION);
	look_for_len(&l, SPEC, SPEC, UINT16_MAX);
	look_for_len(&l, ID, 0, ID);
	look_for_len(&l, 1, LEAST_CHALLENGE, 32);
	return verdict(&l);
}

enum ssl2_sight ssl2_sees_server_hello(struct bytes b)
{
	struct look l = look_at(b, SSL2_SERVER_HELLO);
	look_for(&l, 1, 0, 1);
	look_for(&l, 1, 0, X509);
	look_for(&l, 2, SSL2_VERSION, SSL2_VERSION);
	look_for_len(&l, 1, 0, UINT16_MAX);
	look_for_len(&l, SPEC, 0, UINT16_MAX);
	look_for_len(&l, 1, LEAST_CHALLENGE, 32);
	return verdict(&l);
}

enum ssl2_sight ssl2_sees_master_key(struct bytes b)
{
	struct look l = look_at(b, SSL2_CLIENT_MASTER_KEY);
	look_for(&l, SPEC, 0x010000, 0xffffff);
	look_for_len(&l, 1, 0, UINT16_MAX);
	look_for_len(&l, 1, 1, UINT16_MAX);
	look_for_len(&l, 1, 0, UINT16_MAX);
	return verdict(&l);
}

enum ssl2_sight ssl2_sees_error(struct bytes b)
{
	struct look l = look_at(b, SSL2_ERROR);
	look_for(&l, 2, 1, 6);
	l.wrong = l.wrong || (b.len >= SHORT_HEAD && l.head.len != SHORT_HEAD); /* never padded */
	return verdict(&l);
}

/* ---- Decoding with rows ---- */

/* The length is a part of two bytes: its row is written by hand. */
static struct ssl2_head note_head(struct reader *r)
{
	struct reader quiet = reader_over((struct bytes){r->at, left(r)}, NULL, NULL);
	struct ssl2_head h = take_head(&quiet);
	if (quiet.fault == FAULT_RANGE)
		reader_fault(r, FAULT_RANGE, F_SSL2_LENGTH, 0x3fff);
	const uint8_t *at = reader_advance(r, SHORT_HEAD, F_SSL2_LENGTH);
	if (at != NULL && r->trace != NULL)
		reader_note(r, F_SSL2_LENGTH, at, SHORT_HEAD, h.body);
	if (h.len == LONG_HEAD)
		take_u8(r, F_SSL2_PADDING_LENGTH);
	return h;
}

static void right_align(uint8_t out[32], struct bytes b)
{
	if (b.len > 0 && b.len <= 32)
		memcpy(out + 32 - b.len, b.at, b.len);
}

/* RFC 5246, E.2: a cipher spec whose first byte is 0 is a cipher suite of SSL 3.0 or TLS. */
static uint32_t take_spec(struct reader *r)
{
	struct reader ahead = *r;
	ahead.trace = NULL;
	bool suite = take_u8(&ahead, 0) == 0;
	return take_u24(r, suite ? F_SSL2_SUITE : F_SSL2_KIND);
}

static void take_specs(struct reader *r, size_t n, struct client_hello *h)
{
	if (r->partial && left(r) < n)
		n = left(r); /* a list that is cut counts as far as it goes */
	struct reader list = open_group(r, n, F_SSL2_SPECS);
	while (more(&list)) {
		uint32_t spec = take_spec(&list);
		if (list.fault != FINE)
			break;
		if (spec > UINT16_MAX) {
			h->n_kinds++;
			continue;
		}
		uint32_t flag = flag_of_suite((uint16_t)spec);
		h->flags |= flag;
		h->n_suites++;
		if (h->first_suite == 0 && flag == 0)
			h->first_suite = (uint16_t)spec;
	}
	close_vector(r, &list);
}

/* Takes `n` opaque bytes; what is not sent has no row. */
static struct bytes take_any(struct reader *r, size_t n, uint16_t field)
{
	return n == 0 ? (struct bytes){NULL, 0} : take_bytes(r, n, field);
}

/* Takes `n` opaque bytes that may only be n_least to n_most long; none outside of that. */
static struct bytes take_some(struct reader *r, size_t n, size_t least, size_t most, uint16_t field)
{
	if (n < least || n > most)
		reader_fault(r, FAULT_RANGE, field, most);
	return take_bytes(r, n, field);
}

/* draft-hickman-netscape-ssl-00, 2.5; RFC 5246, E.2
 *
 *	uint16 version;
 *	uint16 cipher_spec_length, session_id_length, challenge_length;
 *	V2CipherSpec cipher_specs[cipher_spec_length / 3];
 *	opaque session_id[session_id_length];      none or 16 bytes
 *	opaque challenge[challenge_length];        16 to 32 bytes
 */
static void client_hello(struct reader *r, struct ssl2_message *m)
{
	struct client_hello *h = &m->client_hello;
	h->flags = HELLO_SSL2;
	h->legacy_version = h->best_version = take_u16(r, F_SSL2_VERSION);
	size_t specs = take_u16(r, F_SSL2_SPECS_LENGTH);
	size_t id = take_u16(r, F_SSL2_ID_LENGTH);
	size_t challenge = take_u16(r, F_SSL2_CHALLENGE_LENGTH);
	take_specs(r, specs, h);
	if (id > 0)
		h->session_id = take_some(r, id, ID, ID, F_SESSION_ID);
	right_align(h->random, take_some(r, challenge, LEAST_CHALLENGE, 32, F_SSL2_CHALLENGE));
}

/* draft-hickman-netscape-ssl-00, 2.6
 *
 *	uint8 session_id_hit, certificate_type;
 *	uint16 version;
 *	uint16 certificate_length, cipher_specs_length, connection_id_length;
 *	opaque certificate[certificate_length];
 *	V2CipherSpec cipher_specs[cipher_specs_length / 3];
 *	opaque connection_id[connection_id_length];
 */
static void server_hello(struct reader *r, struct ssl2_message *m)
{
	struct server_hello *h = &m->server_hello.hello;
	struct client_hello specs = {0};
	m->server_hello.hit = take_u8(r, F_SSL2_ID_HIT) != 0;
	take_u8(r, F_SSL2_CERTIFICATE_TYPE);
	h->legacy_version = h->version = take_u16(r, F_SSL2_VERSION);
	size_t certificate = take_u16(r, F_SSL2_CERTIFICATE_LENGTH);
	size_t n_specs = take_u16(r, F_SSL2_SPECS_LENGTH);
	size_t connection = take_u16(r, F_SSL2_CONNECTION_ID_LENGTH);
	m->server_hello.certificate = take_any(r, certificate, F_CERT_DATA);
	take_specs(r, n_specs, &specs);
	right_align(h->random, take_some(r, connection, LEAST_CHALLENGE, 32, F_SSL2_CONNECTION_ID));
}

/* draft-hickman-netscape-ssl-00, 2.5
 *
 *	V2CipherSpec cipher_kind;
 *	uint16 clear_key_length, encrypted_key_length, key_arg_length;
 *	opaque clear_key[], encrypted_key[], key_arg[];
 */
static void master_key(struct reader *r, struct ssl2_message *m)
{
	m->master_key.kind = take_u24(r, F_SSL2_CHOSEN_KIND);
	size_t clear = take_u16(r, F_SSL2_CLEAR_KEY_LENGTH);
	size_t encrypted = take_u16(r, F_SSL2_ENCRYPTED_KEY_LENGTH);
	size_t argument = take_u16(r, F_SSL2_KEY_ARG_LENGTH);
	m->master_key.clear_len = (uint16_t)take_any(r, clear, F_SSL2_CLEAR_KEY).len;
	m->master_key.encrypted_len = (uint16_t)take_any(r, encrypted, F_SSL2_ENCRYPTED_KEY).len;
	take_any(r, argument, F_SSL2_KEY_ARG);
}

static uint16_t field_of_type(uint8_t type)
{
	switch (type) {
	case SSL2_ERROR:
		return F_SSL2_ERROR;
	case SSL2_CLIENT_HELLO:
		return F_SSL2_CLIENT_HELLO;
	case SSL2_CLIENT_MASTER_KEY:
		return F_SSL2_MASTER_KEY;
	case SSL2_SERVER_HELLO:
		return F_SSL2_SERVER_HELLO;
	default:
		return F_OTHER_MESSAGE;
	}
}

static void decode_body(struct reader *r, struct ssl2_message *m)
{
	switch (m->type) {
	case SSL2_ERROR:
		m->error = take_u16(r, F_SSL2_ERROR_CODE);
		return;
	case SSL2_CLIENT_HELLO:
		client_hello(r, m);
		return;
	case SSL2_CLIENT_MASTER_KEY:
		master_key(r, m);
		return;
	case SSL2_SERVER_HELLO:
		server_hello(r, m);
		return;
	default:
		skip_rest(r); /* its bytes are the message's own row */
	}
}

/* The type, and a body that ends where the padding begins. */
static void decode_record(struct reader *r, struct ssl2_message *m)
{
	struct ssl2_head h = note_head(r);
	uint8_t type = take_u8(r, F_SSL2_TYPE);
	m->type = r->fault == FINE ? type : SSL2_UNKNOWN;
	size_t around = 1U + h.padding;
	if (r->fault == FINE && h.body < around)
		reader_fault(r, FAULT_RANGE, F_SSL2_LENGTH, around);
	if (r->fault != FINE)
		return;
	size_t len = h.body - around;
	bool cut = r->partial && left(r) < len;
	struct reader body = open_group(r, cut ? left(r) : len, field_of_type(m->type));
	body.partial = cut;
	if (body.fault == FINE)
		decode_body(&body, m);
	if (cut)
		skip_rest(&body);
	close_vector(r, &body);
	if (h.padding > 0 && !cut)
		take_bytes(r, r->partial ? left(r) : h.padding, F_SSL2_PADDING);
	if (more(r))
		reader_fault(r, FAULT_TRAILING, F_SURPLUS, left(r));
}

void ssl2_decode(struct reader *r, struct ssl2_message *out)
{
	struct faults own = {0};
	struct faults *asked = r->faults;
	if (asked == NULL)
		r->faults = &own;
	memset(out, 0, sizeof *out);
	uint32_t before = r->faults->n;
	decode_record(r, out);
	if (out->type == SSL2_CLIENT_HELLO && r->partial)
		out->client_hello.flags |= HELLO_PARTIAL;
	if (out->type == SSL2_SERVER_HELLO && r->partial)
		out->server_hello.hello.flags |= HELLO_PARTIAL;
	if (r->faults->n > before && !r->partial)
		note_finding(&out->noted, FIND_TLS_HS_LENGTH);
	r->faults = asked;
}
