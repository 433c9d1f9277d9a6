#include "src/capture/net.h"

#include "src/base/hash.h"
#include "src/capture/descent.h"

enum { /* IP protocols */
       HOP_BY_HOP = 0,
       TCP = 6,
       ROUTING = 43,
       FRAGMENT = 44,
       AUTHENTICATION = 51,
       DESTINATION = 60,
       MOBILITY = 135,
};

enum { IPV4_HEADER = 20, FRAGMENT_UNIT = 8 };

const char *net_fate_name(enum net_fate f)
{
	static const char *const name[NET_FATES] = {
		[NET_IP] = "ip",
		[NET_LINK_UNKNOWN] = "linktype-unknown",
		[NET_NOT_IP] = "not-ip",
		[NET_MALFORMED] = "ip-malformed",
		[NET_TOO_DEEP] = "encap-depth",
		[NET_EMPTY] = "empty",
		[NET_CUT] = "snap-truncated",
		[NET_ESP] = "esp",
		[NET_MACSEC] = "macsec",
		[NET_WLAN_PROTECTED] = "wlan-protected",
		[NET_WLAN_PIECES] = "wlan-pieces",
	};
	return (unsigned)f < NET_FATES ? name[f] : "";
}

static void keep_ipv4(struct endpoint *e, struct bytes address)
{
	*e = (struct endpoint){.ip = {[10] = 0xff, [11] = 0xff}};
	memcpy(e->ip + 12, address.at, address.len);
}

static void keep_ipv6(struct endpoint *e, struct bytes address)
{
	*e = (struct endpoint){0};
	memcpy(e->ip, address.at, address.len);
}

static void note_fragment(struct ip_packet *out, uint32_t id, uint32_t at, bool more_fragments)
{
	out->fragment = true;
	out->fragment_id = id;
	out->fragment_at = at;
	out->more_fragments = more_fragments;
}

/* RFC 791, 3.1. A total length of 0 is left by network cards that cut segments themselves. */
static enum net_fate ipv4(struct descent *d)
{
	struct reader *r = &d->r;
	struct ip_packet *out = d->out;
	const size_t whole = left(r);
	uint8_t first = take_u8(r, 0);
	take_u8(r, 0);
	size_t total = take_u16(r, 0);
	uint16_t id = take_u16(r, 0);
	uint16_t fragment = take_u16(r, 0);
	out->ttl = take_u8(r, 0);
	out->protocol = take_u8(r, 0);
	take_u16(r, 0);
	struct bytes source = take_bytes(r, 4, 0);
	struct bytes target = take_bytes(r, 4, 0);
	if (r->fault != FINE)
		return short_of_bytes(d);
	size_t header = (size_t)(first & 0xf) * 4;
	if (total == 0)
		total = whole + d->cut;
	if (first >> 4 != 4 || header < IPV4_HEADER || total < header ||
	    !limit_to(d, total - IPV4_HEADER))
		return NET_MALFORMED;
	take_bytes(r, header - IPV4_HEADER, 0);
	if (r->fault != FINE)
		return short_of_bytes(d);
	keep_ipv4(&out->source, source);
	keep_ipv4(&out->target, target);
	out->fragment = false;
	if (fragment & 0x3fff)
		note_fragment(out, id, (fragment & 0x1fffU) * FRAGMENT_UNIT, fragment & 0x2000);
	return NET_IP;
}

/* Fragment header, RFC 8200, 4.5: next 1, reserved 1, offset 13 bits, 2 bits, more 1 bit, id 4. A
 * packet that is its own only fragment (RFC 6946) is none. */
static bool fragment_header(struct descent *d)
{
	struct reader *r = &d->r;
	d->out->protocol = take_u8(r, 0);
	take_u8(r, 0);
	uint16_t place = take_u16(r, 0);
	uint32_t id = take_u32(r, 0);
	if (r->fault == FINE && (place & 0xfff9))
		note_fragment(d->out, id, place & 0xfff8U, place & 1);
	return d->out->fragment;
}

static bool is_extension(uint8_t protocol)
{
	return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT ||
	       protocol == AUTHENTICATION || protocol == DESTINATION || protocol == MOBILITY;
}

/* Extension headers, RFC 8200, 4: next 1, length 1 in units of 8 bytes without the first (for AH,
 * RFC 4302, in units of 4 without the first 8). Nothing can be read behind a fragment header. */
static enum net_fate extension_headers(struct descent *d)
{
	struct reader *r = &d->r;
	for (unsigned depth = 0; is_extension(d->out->protocol); depth++) {
		if (depth == EXTENSION_DEPTH)
			return NET_TOO_DEEP;
		uint8_t this = d->out->protocol;
		if (this == FRAGMENT) {
			if (fragment_header(d))
				return NET_IP;
		} else {
			d->out->protocol = take_u8(r, 0);
			size_t units = take_u8(r, 0);
			take_bytes(r, this == AUTHENTICATION ? units * 4 + 6 : units * 8 + 6, 0);
		}
		if (r->fault != FINE)
			return short_of_bytes(d);
	}
	return NET_IP;
}

/* RFC 8200, 3. A payload length of 0 (jumbograms, and cards that cut segments) means all. */
static enum net_fate ipv6(struct descent *d)
{
	struct reader *r = &d->r;
	struct ip_packet *out = d->out;
	uint32_t first = take_u32(r, 0);
	size_t len = take_u16(r, 0);
	out->protocol = take_u8(r, 0);
	out->ttl = take_u8(r, 0);
	struct bytes source = take_bytes(r, 16, 0);
	struct bytes target = take_bytes(r, 16, 0);
	if (r->fault != FINE)
		return short_of_bytes(d);
	if (first >> 28 != 6 || (len != 0 && !limit_to(d, len)))
		return NET_MALFORMED;
	keep_ipv6(&out->source, source);
	keep_ipv6(&out->target, target);
	out->fragment = false;
	return extension_headers(d);
}

/* IP of either version, and the tunnels in it. */
enum net_fate descend_ip(struct descent *d)
{
	if (!one_layer_more(d))
		return NET_TOO_DEEP;
	if (!more(&d->r))
		return short_of_bytes(d);
	enum net_fate fate = *d->r.at >> 4 == 6 ? ipv6(d) : ipv4(d);
	if (fate != NET_IP || d->out->protocol == TCP || d->out->fragment)
		return fate;
	return descend_tunnel(d);
}

/* What is left is the payload. */
static enum net_fate arrive(struct descent *d, enum net_fate fate)
{
	struct ip_packet *out = d->out;
	if (fate != NET_IP)
		return fate;
	out->payload_at += (uint32_t)(d->r.at - d->r.start);
	out->payload = skip_rest(&d->r);
	out->missing = d->cut;
	out->layers = d->layers;
	return NET_IP;
}

enum net_fate net_decode(const struct packet *p, struct ip_packet *out)
{
	if (p->data.len == 0)
		return NET_EMPTY;
	*out = (struct ip_packet){.time = p->time, .frame = p->frame};
	struct descent d = {.r = reader_over(p->data, NULL, NULL), .out = out};
	if (p->wire_len > p->data.len)
		d.cut = p->wire_len - (uint32_t)p->data.len;
	return arrive(&d, descend_link(&d, p->link));
}

enum net_fate net_inside(struct ip_packet *p)
{
	struct descent d = {
		.r = reader_over(p->payload, NULL, NULL), .out = p, .layers = p->layers};
	return arrive(&d, descend_tunnel(&d));
}

bool net_skip_extensions(struct ip_packet *p)
{
	struct descent d = {.r = reader_over(p->payload, NULL, NULL), .out = p};
	if (extension_headers(&d) != NET_IP || p->fragment)
		return false;
	p->payload = skip_rest(&d.r);
	return true;
}

uint32_t net_shard(const struct ip_packet *p)
{
	uint8_t pair[32];
	bool turned = memcmp(p->source.ip, p->target.ip, 16) > 0;
	memcpy(pair, turned ? p->target.ip : p->source.ip, 16);
	memcpy(pair + 16, turned ? p->source.ip : p->target.ip, 16);
	return (uint32_t)hash_bytes(pair, sizeof pair, 0) % SHARDS;
}
