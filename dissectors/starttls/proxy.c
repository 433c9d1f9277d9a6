/* The PROXY protocol, versions 1 and 2 (HAProxy, "The PROXY protocol"): who the client is, said by
 * the proxy before anything else. */
#include "dissectors/starttls/dialogue.h"

#include "src/base/text.h"

enum {
	SIGNATURE = 12,
	HEAD = 16,
	LINE_MOST = 107,
	LENGTH_MOST = 4096,
	FAMILY_4 = 1,
	FAMILY_6 = 2,
	TLV_ALPN = 0x01,
	TLV_AUTHORITY = 0x02,
	TLV_UNIQUE_ID = 0x05,
	TLV_SSL = 0x20,
	TLV_NETNS = 0x30,
	SSL_VERSION = 0x21,
	SSL_COMMON_NAME = 0x22,
	SSL_CIPHER = 0x23,
	SSL_FLAGS = 5, /* client flags and the result of the check */
};

static const char signature[] = "\r\n\r\n\0\r\nQUIT\n";

enum look proxy_look(struct bytes b, enum side from)
{
	if (from != CLIENT)
		return LOOK_NO;
	enum look line = look_for(b, "PROXY ", 6), binary = look_for(b, signature, SIGNATURE);
	return line > binary ? line : binary;
}

size_t proxy_cut(struct bytes b, struct cutting *c)
{
	struct reader r = reader_over(b, NULL, NULL);
	c->over = true;
	if (b.at[0] == 'P') {
		size_t end = find_words((struct bytes){b.at, b.len < LINE_MOST ? b.len : LINE_MOST},
		                        "\r\n");
		return end != SIZE_MAX ? end + 2 : b.len < LINE_MOST ? CUT_MORE : CUT_NO;
	}
	take_bytes(&r, SIGNATURE, 0);
	uint8_t version = take_u8(&r, 0);
	take_u8(&r, 0);
	uint16_t len = take_u16(&r, 0);
	if (r.fault != FINE)
		return CUT_MORE;
	return version >> 4 == 2 && len <= LENGTH_MOST ? (size_t)len + HEAD : CUT_NO;
}

bool proxy_is(const struct dialogue *d)
{
	return d->side[CLIENT]->n > 0;
}

/* Gives "address:port" of two words, as they were written. */
static struct bytes joined(const struct dialogue *d, struct bytes address, struct bytes port)
{
	struct text t = text_new(d->arena);
	bool v6 = find_byte(address, ':') != SIZE_MAX;
	text_add(&t, v6 ? "[" : "");
	text_add_n(&t, (const char *)address.at, address.len);
	text_add(&t, v6 ? "]:" : ":");
	text_add_n(&t, (const char *)port.at, port.len);
	return (struct bytes){(const uint8_t *)t.at, t.len};
}

/* PROXY TCP4 source destination source-port destination-port */
static void tell_line(const struct dialogue *d, struct opening *o, struct bytes line)
{
	take_word(&line);
	struct bytes family = take_word(&line);
	struct bytes source = take_word(&line), destination = take_word(&line);
	struct bytes source_port = take_word(&line), destination_port = take_word(&line);
	if (!is_one_of(family, "TCP4 TCP6") || destination_port.len == 0)
		return;
	add_fact(d, o, FACT_SOURCE, joined(d, source, source_port));
	add_fact(d, o, FACT_DESTINATION, joined(d, destination, destination_port));
}

static struct bytes endpoint_text(const struct dialogue *d, const struct endpoint *e)
{
	struct text t = text_new(d->arena);
	text_endpoint(&t, e);
	return (struct bytes){(const uint8_t *)t.at, t.len};
}

static void take_address(struct reader *r, size_t len, struct endpoint *e)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct bytes b = take_bytes(r, len, 0);
	memcpy(e->ip, mapped, sizeof mapped);
	if (b.len > 0)
		memcpy(e->ip + sizeof e->ip - b.len, b.at, b.len);
}

static void tell_addresses(const struct dialogue *d, struct opening *o, struct reader *r,
                           uint8_t family)
{
	struct endpoint source = {.port = 0}, destination = {.port = 0};
	size_t len = family == FAMILY_4 ? 4 : 16;
	if (family != FAMILY_4 && family != FAMILY_6)
		return;
	take_address(r, len, &source);
	take_address(r, len, &destination);
	source.port = take_u16(r, 0);
	destination.port = take_u16(r, 0);
	if (r->fault != FINE)
		return;
	add_fact(d, o, FACT_SOURCE, endpoint_text(d, &source));
	add_fact(d, o, FACT_DESTINATION, endpoint_text(d, &destination));
}

static void tell_ssl(const struct dialogue *d, struct opening *o, struct reader *r)
{
	take_bytes(r, SSL_FLAGS, 0);
	while (more(r)) {
		uint8_t type = take_u8(r, 0);
		struct bytes value = take_vector(r, 2, 0);
		if (type == SSL_VERSION)
			add_fact(d, o, FACT_TLS_VERSION, value);
		else if (type == SSL_COMMON_NAME)
			add_fact(d, o, FACT_COMMON_NAME, value);
		else if (type == SSL_CIPHER)
			add_fact(d, o, FACT_TLS_CIPHER, value);
	}
}

static void tell_tlv(const struct dialogue *d, struct opening *o, uint8_t type, struct reader *r)
{
	switch (type) {
	case TLV_ALPN:
		add_fact(d, o, FACT_ALPN, skip_rest(r));
		break;
	case TLV_AUTHORITY:
		add_fact(d, o, FACT_AUTHORITY, skip_rest(r));
		break;
	case TLV_UNIQUE_ID:
		add_fact(d, o, FACT_UNIQUE_ID, skip_rest(r));
		break;
	case TLV_NETNS:
		add_fact(d, o, FACT_NETWORK_NAMESPACE, skip_rest(r));
		break;
	case TLV_SSL:
		tell_ssl(d, o, r);
		break;
	default:
		break;
	}
}

/* proxy_hdr_v2: signature, version and command, family and transport, length, addresses, TLVs */
static void tell_binary(const struct dialogue *d, struct opening *o, struct bytes b)
{
	struct reader r = reader_over(b, NULL, NULL);
	take_bytes(&r, SIGNATURE + 1, 0);
	uint8_t family = take_u8(&r, 0) >> 4;
	struct reader in = open_vector(&r, 2, 0);
	tell_addresses(d, o, &in, family);
	while (more(&in)) {
		uint8_t type = take_u8(&in, 0);
		struct reader value = open_vector(&in, 2, 0);
		tell_tlv(d, o, type, &value);
	}
}

void proxy_tell(const struct dialogue *d, struct opening *o)
{
	struct bytes b = d->side[CLIENT]->message[0].bytes;
	o->asked_frame = d->side[CLIENT]->message[0].first_frame;
	if (begins(b, "PROXY "))
		tell_line(d, o, line_of(&d->side[CLIENT]->message[0]));
	else
		tell_binary(d, o, b);
}
