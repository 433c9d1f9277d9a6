/* MySQL's and MariaDB's protocol (MySQL Internals, "Connection Phase"): the server greets, and the
 * client answers with a request for TLS or with its login. */
#include "dissectors/starttls/dialogue.h"

enum {
	PACKET_HEAD = 4,
	GREETING_MOST = 1024,
	VERSION_MOST = 64,
	PROTOCOL_10 = 10,
	SSL_REQUEST = 32, /* its length */
	ZEROS_AT = 9,     /* where the filler begins that every login has */
	ZEROS = 19,
	THREAD_AND_NONCE = 13,
	CLIENT_SSL = 0x0800,
	CLIENT_PROTOCOL_41 = 0x0200,
	ERROR_PACKET = 0xff,
};

/* Packet: length of the payload (3 bytes, lowest first), its number, payload. */
static uint32_t take_packet_head(struct reader *r, uint8_t *number)
{
	uint32_t len = take_le16(r);
	len |= (uint32_t)take_u8(r, 0) << 16;
	*number = take_u8(r, 0);
	return len;
}

static enum look look_server(struct reader r, uint32_t len, uint8_t number)
{
	bool whole;
	if (number != 0 || len < 8 || len > GREETING_MOST || (more(&r) && *r.at != PROTOCOL_10))
		return LOOK_NO;
	take_u8(&r, 0);
	struct bytes version = take_string(&r, &whole);
	for (size_t i = 0; i < version.len; i++)
		if (version.at[i] < ' ' || version.at[i] > '~')
			return LOOK_NO;
	if (version.len > VERSION_MOST)
		return LOOK_NO;
	return !whole ? LOOK_MORE : version.len > 0 ? LOOK_YES : LOOK_NO;
}

static enum look look_client(struct reader r, uint32_t len, uint8_t number)
{
	static const uint8_t zeros[ZEROS];
	if (number != 1 || len < SSL_REQUEST || len > 1 << 16)
		return LOOK_NO;
	uint32_t flags = take_le32(&r);
	take_bytes(&r, ZEROS_AT - 4, 0);
	struct bytes filler = take_bytes(&r, ZEROS, 0);
	if (r.fault != FINE)
		return LOOK_MORE;
	bool fine = (flags & CLIENT_PROTOCOL_41) != 0 && memcmp(filler.at, zeros, ZEROS) == 0;
	return fine ? LOOK_YES : LOOK_NO;
}

enum look mysql_look(struct bytes b, enum side from)
{
	struct reader r = reader_over(b, NULL, NULL);
	uint8_t number;
	uint32_t len = take_packet_head(&r, &number);
	if (r.fault != FINE)
		return b.len > 2 && b.at[2] != 0 ? LOOK_NO : LOOK_MORE;
	return from == CLIENT ? look_client(r, len, number) : look_server(r, len, number);
}

size_t mysql_cut(struct bytes b, struct cutting *c)
{
	struct reader r = reader_over(b, NULL, NULL);
	uint8_t number;
	(void)c;
	uint32_t len = take_packet_head(&r, &number);
	return r.fault != FINE ? CUT_MORE : (size_t)len + PACKET_HEAD;
}

bool mysql_is(const struct dialogue *d)
{
	(void)d;
	return true; /* only MySQL looks so, from either side */
}

/* HandshakeV10: version, thread, nonce, lower capability flags, ... */
static bool tell_greeting(const struct dialogue *d, struct opening *o)
{
	const struct side_said *s = d->side[SERVER];
	struct reader r =
		reader_over(s->n == 0 ? (struct bytes){NULL, 0} : s->message[0].bytes, NULL, NULL);
	uint8_t number;
	take_packet_head(&r, &number);
	take_u8(&r, 0);
	o->server_said = keep(d, take_string(&r, NULL));
	take_bytes(&r, THREAD_AND_NONCE, 0);
	return (take_le16(&r) & CLIENT_SSL) != 0;
}

/* HandshakeResponse41, of which SSLRequest is the beginning: flags, packet size, character set,
 * filler; then user and the scrambled password. */
static void tell_answer(const struct dialogue *d, struct opening *o, const struct message *m)
{
	struct reader r = reader_over(m->bytes, NULL, NULL);
	uint8_t number;
	uint32_t len = take_packet_head(&r, &number), flags = take_le32(&r);
	if (len == SSL_REQUEST && (flags & CLIENT_SSL) != 0) {
		const struct side_said *s = d->side[SERVER];
		bool refused = s->n > 1 && s->message[1].bytes.len > PACKET_HEAD &&
		               s->message[1].bytes.at[PACKET_HEAD] == ERROR_PACKET;
		tell_asked(d, o, 0, refused ? 1 : s->n, !refused);
		return;
	}
	take_bytes(&r, SSL_REQUEST - 4, 0);
	if (take_string(&r, NULL).len > 0)
		o->user_frame = m->first_frame;
	o->login_frame = m->first_frame;
}

void mysql_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT];
	bool offered = tell_greeting(d, o);
	if (c->n > 0)
		tell_answer(d, o, &c->message[0]);
	if (offered)
		tell_offered(d, o, d->side[SERVER]->message[0].first_frame, c->n > 0);
}
