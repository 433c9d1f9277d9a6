/* RDP's connection (MS-RDPBCGR, 2.2.1.1 and 2.2.1.2): TPKT (RFC 1006), X.224, and what both want of
 * security. */
#include "dissectors/starttls/dialogue.h"

enum {
	TPKT_VERSION = 3,
	CONNECT_REQUEST = 0xe0,
	CONNECT_CONFIRM = 0xd0,
	X224_HEAD = 5, /* target, source, class behind the type */
	NEGOTIATION_REQUEST = 1,
	NEGOTIATION_RESPONSE = 2,
	NEGOTIATION_FAILURE = 3,
	TPKT_MOST = 1024,
};

/* TPKT: version 3, reserved, length of all. X.224: length, type. */
static bool take_head(struct reader *r, uint16_t *len, uint8_t *type)
{
	uint8_t version = take_u8(r, 0), reserved = take_u8(r, 0);
	*len = take_u16(r, 0);
	take_u8(r, 0);
	*type = take_u8(r, 0);
	return r->fault == FINE && version == TPKT_VERSION && reserved == 0;
}

enum look rdp_look(struct bytes b, enum side from)
{
	static const char head[] = {TPKT_VERSION, 0};
	struct reader r = reader_over(b, NULL, NULL);
	uint16_t len;
	uint8_t type;
	enum look begun = look_for(b, head, sizeof head);
	if (begun != LOOK_YES || !take_head(&r, &len, &type))
		return begun == LOOK_YES ? LOOK_MORE : begun;
	bool fine = len >= 11 && len <= TPKT_MOST;
	return fine && type == (from == CLIENT ? CONNECT_REQUEST : CONNECT_CONFIRM) ? LOOK_YES
	                                                                            : LOOK_NO;
}

size_t rdp_cut(struct bytes b, struct cutting *c)
{
	struct reader r = reader_over(b, NULL, NULL);
	(void)c;
	uint8_t version = take_u8(&r, 0);
	take_u8(&r, 0);
	uint16_t len = take_u16(&r, 0);
	if (version != TPKT_VERSION)
		return CUT_NO;
	return r.fault != FINE ? CUT_MORE : len < 4 ? CUT_NO : len;
}

bool rdp_is(const struct dialogue *d)
{
	return d->side[CLIENT]->n > 0;
}

/* RDP_NEG_REQ, _RSP and _FAILURE: type, flags, length 8, and a number, lowest byte first. */
static uint8_t take_negotiation(struct reader *r, uint32_t *value)
{
	if (left(r) < 8)
		return 0;
	uint8_t type = take_u8(r, 0);
	take_u8(r, 0);
	take_le16(r);
	*value = take_le32(r);
	return type;
}

#define WORDS(text)                                                                                \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

static struct bytes security_words(uint32_t protocols)
{
	static const struct bytes words[] = {WORDS("RDP"), WORDS("TLS"), WORDS("CredSSP"),
	                                     WORDS("TLS CredSSP")};
	return words[(protocols & 1) | (protocols >> 1 & 1) << 1];
}

static bool tell_request(const struct dialogue *d, struct opening *o)
{
	struct reader r = reader_over(d->side[CLIENT]->message[0].bytes, NULL, NULL);
	uint32_t wanted = 0;
	uint16_t len;
	uint8_t type;
	take_head(&r, &len, &type);
	take_bytes(&r, X224_HEAD, 0);
	struct bytes rest = {r.at, left(&r)};
	size_t end = find_words(rest, "\r\n");
	if (begins(rest, "Cookie: ") && end != SIZE_MAX) {
		struct bytes user = between(rest, "mstshash=", "\r\n");
		add_fact(d, o, FACT_USER, user);
		o->user_frame = user.len > 0 ? d->side[CLIENT]->message[0].first_frame : 0;
		o->client_named = keep(d, (struct bytes){rest.at, end});
		take_bytes(&r, end + 2, 0);
	}
	if (take_negotiation(&r, &wanted) != NEGOTIATION_REQUEST)
		return false;
	add_fact(d, o, FACT_SECURITY_ASKED, security_words(wanted));
	return wanted != 0;
}

static bool tell_confirm(const struct dialogue *d, struct opening *o)
{
	const struct side_said *s = d->side[SERVER];
	struct reader r =
		reader_over(s->n > 0 ? s->message[0].bytes : (struct bytes){NULL, 0}, NULL, NULL);
	uint32_t chosen = 0;
	uint16_t len;
	uint8_t type;
	take_head(&r, &len, &type);
	take_bytes(&r, X224_HEAD, 0);
	if (s->n == 0 || r.fault != FINE)
		return false;
	if (take_negotiation(&r, &chosen) != NEGOTIATION_RESPONSE)
		return false;
	add_fact(d, o, FACT_SECURITY_CHOSEN, security_words(chosen));
	return chosen != 0;
}

void rdp_tell(const struct dialogue *d, struct opening *o)
{
	bool wants = tell_request(d, o), agrees = tell_confirm(d, o);
	if (wants)
		tell_asked(d, o, 0, 0, agrees);
}
