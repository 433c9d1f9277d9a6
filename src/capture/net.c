#include "src/capture/net.h"

#include "src/base/hash.h"
#include "src/base/reader.h"

enum { /* link types, www.tcpdump.org/linktypes.html */
       LINK_NULL = 0,
       LINK_ETHERNET = 1,
       LINK_RAW_OLD = 12,
       LINK_RAW_BSD = 14,
       LINK_RAW = 101,
       LINK_LOOP = 108,
       LINK_SLL = 113,
       LINK_IPV4 = 228,
       LINK_IPV6 = 229,
       LINK_SLL2 = 276,
};

enum { /* Ethernet types */
       TYPE_IPV4 = 0x0800,
       TYPE_IPV6 = 0x86dd,
       TYPE_VLAN = 0x8100,
       TYPE_QINQ = 0x88a8,
       TYPE_QINQ_OLD = 0x9100,
};

enum { /* IP protocols */
       HOP_BY_HOP = 0,
       IPV4_IN_IP = 4,
       IPV6_IN_IP = 41,
       ROUTING = 43,
       FRAGMENT = 44,
       AUTHENTICATION = 51,
       DESTINATION = 60,
       MOBILITY = 135,
};

enum { TUNNEL_DEPTH = 8, IPV4_HEADER = 20, FRAGMENT_UNIT = 8 };

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
	};
	return (unsigned)f < NET_FATES ? name[f] : "";
}

/* A packet on its way down. `cut` counts the bytes that lay behind r's end on the wire. */
struct descent {
	struct reader r;
	uint32_t cut;
	struct ip_packet *out;
};

/* What a header that does not fit means: the capture's fault, or the sender's. */
static enum net_fate short_of_bytes(const struct descent *d)
{
	return d->cut > 0 ? NET_CUT : NET_MALFORMED;
}

/* Cuts what is left to `len` bytes of the wire (padding goes); false when the wire had fewer. */
static bool limit_to(struct descent *d, size_t len)
{
	size_t held = left(&d->r);
	if (len > held + d->cut)
		return false;
	d->cut = len > held ? (uint32_t)(len - held) : 0;
	if (len < held)
		d->r.end = d->r.at + len;
	return true;
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

/* IP of either version, and IP in IP down to the innermost. */
static enum net_fate ip(struct descent *d)
{
	for (unsigned depth = 0; depth < TUNNEL_DEPTH; depth++) {
		if (!more(&d->r))
			return short_of_bytes(d);
		enum net_fate fate = *d->r.at >> 4 == 6 ? ipv6(d) : ipv4(d);
		uint8_t inner = d->out->protocol;
		if (fate != NET_IP || d->out->fragment ||
		    (inner != IPV4_IN_IP && inner != IPV6_IN_IP))
			return fate;
	}
	return NET_TOO_DEEP;
}

/* Behind an Ethernet type: 802.1Q and 802.1ad tags, then IP or something else. */
static enum net_fate typed(struct descent *d, uint16_t type)
{
	for (unsigned depth = 0; type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD;
	     depth++) {
		if (depth == VLAN_DEPTH)
			return NET_TOO_DEEP;
		take_u16(&d->r, 0);
		type = take_u16(&d->r, 0);
	}
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	return type == TYPE_IPV4 || type == TYPE_IPV6 ? ip(d) : NET_NOT_IP;
}

/* A link header of `before` bytes, the Ethernet type, and `behind` bytes more. */
static enum net_fate typed_at(struct descent *d, size_t before, size_t behind)
{
	take_bytes(&d->r, before, 0);
	uint16_t type = take_u16(&d->r, 0);
	take_bytes(&d->r, behind, 0);
	return d->r.fault == FINE ? typed(d, type) : short_of_bytes(d);
}

/* BSD null (the writer's byte order) and loop (big): an address family, 2 for IPv4; 24, 28 and 30
 * for IPv6 on the BSDs and macOS, 10 on Linux. */
static enum net_fate family(struct descent *d)
{
	uint32_t n = take_u32(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if (n > UINT16_MAX)
		n = __builtin_bswap32(n);
	return n == 2 || n == 10 || n == 24 || n == 28 || n == 30 ? ip(d) : NET_NOT_IP;
}

static enum net_fate descend(struct descent *d, uint16_t link)
{
	switch (link) {
	case LINK_ETHERNET:
		return typed_at(d, 12, 0);
	case LINK_SLL: /* packet type 2, hardware 2, length 2, address 8, protocol 2 */
		return typed_at(d, 14, 0);
	case LINK_SLL2: /* protocol 2, reserved 2, interface 4, hardware 2, type 1, length 1,
	                   address 8 */
		return typed_at(d, 0, 18);
	case LINK_NULL:
	case LINK_LOOP:
		return family(d);
	case LINK_RAW:
	case LINK_RAW_OLD:
	case LINK_RAW_BSD:
	case LINK_IPV4:
	case LINK_IPV6:
		return ip(d);
	default:
		return NET_LINK_UNKNOWN;
	}
}

enum net_fate net_decode(const struct packet *p, struct ip_packet *out)
{
	if (p->data.len == 0)
		return NET_EMPTY;
	*out = (struct ip_packet){.time = p->time, .frame = p->frame};
	struct descent d = {.r = reader_over(p->data, NULL, NULL), .out = out};
	if (p->wire_len > p->data.len)
		d.cut = p->wire_len - (uint32_t)p->data.len;
	enum net_fate fate = descend(&d, p->link);
	if (fate != NET_IP)
		return fate;
	out->payload_at = (uint32_t)(d.r.at - d.r.start);
	out->payload = skip_rest(&d.r);
	out->missing = d.cut;
	return NET_IP;
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
