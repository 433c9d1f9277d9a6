/* SOCKS 4 and 4a (Ying-Da Lee, "SOCKS: A protocol for TCP proxy across firewalls"; 4a: "SOCKS 4A"),
 * SOCKS 5 (RFC 1928) with user name and password (RFC 1929). */
#include "dissectors/starttls/dialogue.h"

#include "src/base/text.h"

enum {
	VERSION_4 = 4,
	VERSION_5 = 5,
	LOGIN_VERSION = 1,
	GRANTED_4 = 0x5a,
	REFUSED_4 = 0x5d,
	ADDRESS_4 = 1,
	ADDRESS_NAME = 3,
	ADDRESS_6 = 4,
	FIELD_MOST = 256,
	METHOD_PASSWORD = 2,
	METHOD_NONE_FITS = 0xff,
};

/* ---- SOCKS 4 ---- */

/* Request: version, command (1 connect, 2 bind), port, address, user, 0; 4a: name, 0. */
enum look socks4_look(struct bytes b, enum side from)
{
	struct reader r = reader_over(b, NULL, NULL);
	uint8_t first = take_u8(&r, 0), second = take_u8(&r, 0);
	if (from == SERVER) {
		if (b.len == 1)
			return first == 0 ? LOOK_MORE : LOOK_NO;
		if (first != 0 || second < GRANTED_4 || second > REFUSED_4)
			return LOOK_NO;
		return b.len < 8 ? LOOK_MORE : LOOK_YES;
	}
	if (b.len > 0 && first != VERSION_4)
		return LOOK_NO;
	if (b.len < 9)
		return LOOK_MORE;
	if (second != 1 && second != 2)
		return LOOK_NO;
	return take_u16(&r, 0) != 0 ? LOOK_YES : LOOK_NO;
}

/* Gives where a string that begins at `at` has its end, behind its zero; CUT_MORE: not there. */
static size_t behind_zero(struct bytes b, size_t at)
{
	struct bytes text = bytes_from(b, at);
	text.len = text.len < FIELD_MOST ? text.len : FIELD_MOST;
	size_t zero = find_byte(text, 0);
	if (zero != SIZE_MAX)
		return at + zero + 1;
	return text.len == FIELD_MOST ? CUT_NO : CUT_MORE;
}

static bool has_name(struct bytes b)
{
	return b.at[4] == 0 && b.at[5] == 0 && b.at[6] == 0 && b.at[7] != 0;
}

size_t socks4_cut(struct bytes b, struct cutting *c)
{
	c->over = true;
	if (c->from == SERVER)
		return 8;
	size_t end = behind_zero(b, 8); /* socks4_look has seen nine bytes */
	return end == CUT_MORE || end == CUT_NO || !has_name(b) ? end : behind_zero(b, end);
}

bool socks4_is(const struct dialogue *d)
{
	return d->side[CLIENT]->n > 0;
}

/* Gives "host:port". */
static struct bytes target_text(struct arena *a, struct bytes name, const uint8_t *ip,
                                uint16_t port)
{
	struct text t = text_new(a);
	struct endpoint e = {.port = port};
	if (ip != NULL) {
		memcpy(e.ip, ip, sizeof e.ip);
		text_endpoint(&t, &e);
	} else {
		text_add_n(&t, (const char *)name.at, name.len);
		text_char(&t, ':');
		text_u64(&t, port);
	}
	return (struct bytes){(const uint8_t *)t.at, t.len};
}

static void map_v4(uint8_t out[16], struct bytes address)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	memcpy(out, mapped, sizeof mapped);
	memset(out + sizeof mapped, 0, 4);
	if (address.len == 4)
		memcpy(out + sizeof mapped, address.at, 4);
}

void socks4_tell(const struct dialogue *d, struct opening *o)
{
	const struct message *m = &d->side[CLIENT]->message[0];
	const struct side_said *s = d->side[SERVER];
	struct reader r = reader_over(m->bytes, NULL, NULL);
	uint8_t ip[16];
	take_u16(&r, 0);
	uint16_t port = take_u16(&r, 0);
	map_v4(ip, take_bytes(&r, 4, 0));
	size_t user_end = behind_zero(m->bytes, 8);
	if (user_end > 9 && user_end != CUT_NO)
		o->user_frame = m->first_frame;
	bool named = m->bytes.len > 9 && has_name(m->bytes);
	struct bytes name = bytes_from(m->bytes, user_end);
	if (name.len > 0)
		name.len--;
	o->client_named = keep(d, target_text(d->arena, name, named ? NULL : ip, port));
	o->asked_frame = m->first_frame;
	o->answered_frame = s->n > 0 ? s->message[0].first_frame : 0;
	o->upgrade = s->n == 0                                ? UPGRADE_ASKED
	             : s->message[0].bytes.at[1] == GRANTED_4 ? UPGRADE_ACCEPTED
	                                                      : UPGRADE_REFUSED;
}

/* ---- SOCKS 5 ---- */

/* Client: version, methods with their number. Server: version, method. */
enum look socks5_look(struct bytes b, enum side from)
{
	struct reader r = reader_over(b, NULL, NULL);
	uint8_t version = take_u8(&r, 0), n = take_u8(&r, 0);
	if (b.len > 0 && version != VERSION_5)
		return LOOK_NO;
	if (b.len < 2)
		return LOOK_MORE;
	if (from == SERVER)
		return n <= METHOD_PASSWORD || n == METHOD_NONE_FITS ? LOOK_YES : LOOK_NO;
	if (n == 0 || n > 10)
		return LOOK_NO;
	return b.len < 2U + n ? LOOK_MORE : LOOK_YES;
}

/* VER, CMD or REP, RSV, ATYP, address, port */
static size_t cut_request(struct bytes b, struct cutting *c)
{
	struct reader r = reader_over(b, NULL, NULL);
	take_u16(&r, 0);
	uint8_t reserved = take_u8(&r, 0), kind = take_u8(&r, 0), len = take_u8(&r, 0);
	if (r.fault != FINE)
		return CUT_MORE;
	if (reserved != 0 || (kind != ADDRESS_4 && kind != ADDRESS_NAME && kind != ADDRESS_6))
		return CUT_NO;
	c->over = true;
	return 4U + 2U + (kind == ADDRESS_4 ? 4U : kind == ADDRESS_6 ? 16U : 1U + len);
}

/* RFC 1929: version 1, user name with its length, password with its length */
static size_t cut_login(struct bytes b)
{
	struct reader r = reader_over(b, NULL, NULL);
	take_u8(&r, 0);
	take_vector(&r, 1, 0);
	take_vector(&r, 1, 0);
	return r.fault != FINE ? CUT_MORE : b.len - left(&r);
}

size_t socks5_cut(struct bytes b, struct cutting *c)
{
	bool login = b.at[0] == LOGIN_VERSION && c->n == 1;
	if (c->n == 0 || (login && c->from == SERVER)) {
		if (b.len < 2)
			return CUT_MORE;
		return c->from == SERVER ? 2U : 2U + b.at[1];
	}
	if (login)
		return cut_login(b);
	return b.at[0] == VERSION_5 ? cut_request(b, c) : CUT_NO;
}

bool socks5_is(const struct dialogue *d)
{
	return d->side[CLIENT]->n > 0;
}

static struct bytes address_text(const struct dialogue *d, const struct message *m)
{
	struct reader r = reader_over(m->bytes, NULL, NULL);
	uint8_t ip[16];
	take_u16(&r, 0);
	take_u8(&r, 0);
	uint8_t kind = take_u8(&r, 0);
	if (kind == ADDRESS_NAME) {
		struct bytes name = take_vector(&r, 1, 0);
		return target_text(d->arena, name, NULL, take_u16(&r, 0));
	}
	struct bytes address = take_bytes(&r, kind == ADDRESS_6 ? 16 : 4, 0);
	if (address.len == 16)
		memcpy(ip, address.at, 16);
	else
		map_v4(ip, address);
	return target_text(d->arena, address, ip, take_u16(&r, 0));
}

void socks5_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	for (uint32_t i = 1; i < c->n; i++) {
		const struct message *m = &c->message[i];
		if (m->bytes.at[0] == LOGIN_VERSION) {
			o->user_frame = m->first_frame;
			o->password_frame = m->first_frame;
			continue;
		}
		o->client_named = keep(d, address_text(d, m));
		o->asked_frame = m->first_frame;
	}
	const struct message *last = s->n == 0 ? NULL : &s->message[s->n - 1];
	bool answered = last != NULL && last->bytes.len > 2;
	bool refused = last != NULL && !answered && last->bytes.len == 2 &&
	               last->bytes.at[1] == METHOD_NONE_FITS;
	o->answered_frame = answered || refused ? last->first_frame : 0;
	o->upgrade = refused                  ? UPGRADE_REFUSED
	             : !answered              ? UPGRADE_ASKED
	             : last->bytes.at[1] == 0 ? UPGRADE_ACCEPTED
	                                      : UPGRADE_REFUSED;
}
