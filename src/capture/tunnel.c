/* Tunnels: what IP carries that is a packet itself. A tunnel with its own IP protocol number is
 * taken at its word; one over UDP is told by its port and by contents that agree, and is an
 * ordinary datagram otherwise. What carries no IP stays the packet that it is outside. */
#include "src/capture/descent.h"

enum { /* IP protocols, www.iana.org/assignments/protocol-numbers */
       UDP = 17,
       GRE = 47,
       ESP = 50,
       AUTHENTICATION = 51,
       ETHERNET_IN_IP = 97,
       L2TP_3 = 115,
       MPLS_IN_IP = 137,
};

enum { /* UDP ports */
       PORT_L2TP = 1701,
       PORT_GTP = 2152,
       PORT_TEREDO = 3544,
       PORT_VXLAN = 4789,
       PORT_VXLAN_GPE = 4790,
       PORT_GENEVE = 6081,
       PORT_MPLS = 6635,
       PORT_VXLAN_LINUX = 8472,
};

enum { /* Ethernet types that only stand in GRE */
       TYPE_ERSPAN = 0x88be,
       TYPE_ERSPAN_3 = 0x22eb,
};

typedef enum net_fate opening(struct descent *d);

/* Ethernet that is only believed when it looks like it. */
static enum net_fate likely_ethernet(struct descent *d)
{
	return looks_like_ethernet(d) ? descend_ethernet(d) : NET_NOT_IP;
}

static enum net_fate likely_ip(struct descent *d)
{
	return looks_like_ip(d) ? descend_ip(d) : NET_NOT_IP;
}

/* A frame that the switch has cut says how long it was only in its own headers. */
static void expect_cut(struct descent *d, bool cut)
{
	if (cut)
		d->cut = UINT16_MAX;
}

/* ERSPAN type II (draft-foschiano-erspan, 4.2): version 4 bits, VLAN 12; class 3, encapsulation 2,
 * cut 1, session 10; reserved 12, port 20. Type I has no header of its own. */
static enum net_fate erspan(struct descent *d, bool sequenced)
{
	if (!sequenced)
		return descend_ethernet(d);
	uint32_t first = take_u32(&d->r, 0);
	take_u32(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	expect_cut(d, first & 0x400);
	return first >> 28 == 1 ? descend_ethernet(d) : NET_NOT_IP;
}

/* Type III (4.3): as type II, then time 32; group 16, kind of frame in bits 10 to 14 (0: Ethernet,
 * 2: IP), and in the last bit whether 8 bytes more follow. */
static enum net_fate erspan_3(struct descent *d)
{
	uint32_t first = take_u32(&d->r, 0);
	take_u32(&d->r, 0);
	uint32_t last = take_u32(&d->r, 0);
	take_bytes(&d->r, last & 1 ? 8 : 0, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	unsigned kind = last >> 10 & 0x1f;
	if (first >> 28 != 2 || (kind != 0 && kind != 2))
		return NET_NOT_IP;
	expect_cut(d, first & 0x400);
	return kind == 0 ? descend_ethernet(d) : descend_ip(d);
}

/* RFC 2784, 2890 and (version 1, PPTP) 2637, 4.1: flags and version 2, type 2, then as the flags
 * say checksum 4, key 4, sequence 4, acknowledgement 4. NVGRE (RFC 7637) is GRE with a key. */
static enum net_fate gre(struct descent *d)
{
	enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x80 };
	uint16_t flags = take_u16(&d->r, 0);
	uint16_t type = take_u16(&d->r, 0);
	unsigned version = flags & 7U;
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if ((flags & ROUTING) || version > 1 || (version == 1 && type != TYPE_PPP))
		return NET_NOT_IP;
	take_bytes(&d->r, flags & CHECKSUM ? 4 : 0, 0);
	take_bytes(&d->r, flags & KEY ? 4 : 0, 0);
	take_bytes(&d->r, flags & SEQUENCE ? 4 : 0, 0);
	take_bytes(&d->r, version == 1 && (flags & ACK) ? 4 : 0, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if (!more(&d->r))
		return NET_NOT_IP; /* an acknowledgement, or a sign of life */
	if (type == TYPE_ERSPAN)
		return erspan(d, flags & SEQUENCE);
	return type == TYPE_ERSPAN_3 ? erspan_3(d) : descend_type(d, type);
}

/* RFC 3378, 3: version 4 bits (3), reserved 12. */
static enum net_fate ethernet_in_ip(struct descent *d)
{
	uint16_t version = take_u16(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	return version == 0x3000 ? descend_ethernet(d) : NET_NOT_IP;
}

/* RFC 3931, 4.1.1: session 4, then a cookie and a sublayer whose lengths only the two ends know:
 * the first place is taken at which Ethernet or PPP shows. */
static enum net_fate l2tp_session(struct descent *d)
{
	if (take_u32(&d->r, 0) == 0) /* a control message */
		return NET_NOT_IP;
	for (unsigned words = 0; words <= 3 && d->r.fault == FINE; words++) {
		if (looks_like_ethernet(d))
			return descend_ethernet(d);
		if (left(&d->r) > 4 && memcmp(d->r.at, "\xff\3\0", 3) == 0)
			return descend_ppp(d);
		take_u32(&d->r, 0);
	}
	return NET_NOT_IP;
}

/* RFC 7348, 5: flags 1, reserved 3, network 3, reserved 1. */
static enum net_fate vxlan(struct descent *d)
{
	uint8_t flags = take_u8(&d->r, 0);
	take_u24(&d->r, 0);
	uint8_t reserved = (uint8_t)take_u32(&d->r, 0);
	return (flags & 8) && reserved == 0 ? likely_ethernet(d) : NET_NOT_IP;
}

/* draft-ietf-nvo3-vxlan-gpe, 3: flags 1 (version 2 bits, network 0x08, protocol 0x04), reserved 2,
 * next protocol 1, network 3, reserved 1. */
static enum net_fate vxlan_gpe(struct descent *d)
{
	uint8_t flags = take_u8(&d->r, 0);
	take_u16(&d->r, 0);
	uint8_t next = take_u8(&d->r, 0);
	take_u32(&d->r, 0);
	if ((flags & 0x3c) != 0x0c)
		return NET_NOT_IP;
	if (next == 1 || next == 2)
		return likely_ip(d);
	return next == 3 ? likely_ethernet(d) : next == 5 ? descend_mpls(d) : NET_NOT_IP;
}

/* RFC 8926, 3.4: version 2 bits (0), length of options 6 bits in units of 4, flags 1, type 2,
 * network 3, reserved 1, options. */
static enum net_fate geneve(struct descent *d)
{
	uint8_t first = take_u8(&d->r, 0);
	uint8_t flags = take_u8(&d->r, 0);
	uint16_t type = take_u16(&d->r, 0);
	uint8_t reserved = (uint8_t)take_u32(&d->r, 0);
	take_bytes(&d->r, (first & 0x3fU) * 4, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if (first >> 6 != 0 || (flags & 0x3f) != 0 || reserved != 0)
		return NET_NOT_IP;
	if (type == TYPE_IPV4 || type == TYPE_IPV6)
		return likely_ip(d);
	return type == TYPE_ETHERNET ? likely_ethernet(d) : NET_NOT_IP;
}

/* 3GPP TS 29.281, 5.2: length 1 in units of 4, content, type of the next header 1 (0: none). */
static void gtp_extensions(struct reader *r)
{
	for (uint8_t next = take_u8(r, 0); next != 0; next = take_u8(r, 0)) {
		size_t units = take_u8(r, 0);
		if (units == 0)
			reader_fault(r, FAULT_RANGE, 0, 1);
		take_bytes(r, units * 4 - 2, 0);
	}
}

/* 3GPP TS 29.281, 5.1: version 3 bits (1), protocol 1 (1), reserved 1, then three flags; type 1
 * (255: a packet), length 2, tunnel 4; with any flag sequence 2, number 1, type of the next
 * header 1. */
static enum net_fate gtp(struct descent *d)
{
	enum { EXTENSION = 4, ANY = 7, PACKET = 255 };
	uint8_t flags = take_u8(&d->r, 0);
	uint8_t type = take_u8(&d->r, 0);
	size_t len = take_u16(&d->r, 0);
	take_u32(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if (flags >> 4 != 3 || type != PACKET || !limit_to(d, len))
		return NET_NOT_IP;
	take_bytes(&d->r, flags & ANY ? 3 : 0, 0);
	if (flags & EXTENSION)
		gtp_extensions(&d->r);
	else
		take_bytes(&d->r, flags & ANY ? 1 : 0, 0);
	return d->r.fault == FINE ? likely_ip(d) : short_of_bytes(d);
}

/* RFC 2661, 3.1: flags and version 2, then as the flags say length 2; tunnel 2, session 2; Ns and
 * Nr 4; offset size 2 and padding. Version 3 (RFC 3931, 4.1.2): flags and version 2, reserved 2. */
static enum net_fate l2tp(struct descent *d)
{
	enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200 };
	uint16_t flags = take_u16(&d->r, 0);
	if (flags == 3) {
		take_u16(&d->r, 0);
		return l2tp_session(d);
	}
	if ((flags & 0x34ff) != 2 || (flags & CONTROL))
		return NET_NOT_IP;
	size_t whole = left(&d->r) + d->cut + 2;
	bool fits = (flags & LENGTH) == 0 || take_u16(&d->r, 0) == whole;
	take_u32(&d->r, 0);
	take_bytes(&d->r, flags & SEQUENCE ? 4 : 0, 0);
	size_t padding = flags & OFFSET ? take_u16(&d->r, 0) : 0;
	take_bytes(&d->r, padding, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	return fits ? descend_ppp(d) : NET_NOT_IP;
}

/* RFC 4380, 5.1.1: before IPv6 may stand an authentication (00 01, lengths of identifier and value
 * 2, both, nonce 8, confirmation 1) and an origin (00 00, port 2, address 4). */
static enum net_fate teredo(struct descent *d)
{
	struct reader *r = &d->r;
	if (left(r) > 4 && memcmp(r->at, "\0\1", 2) == 0) {
		take_u16(r, 0);
		size_t lengths = (size_t)take_u8(r, 0) + 9;
		lengths += take_u8(r, 0);
		take_bytes(r, lengths, 0);
	}
	if (left(r) > 8 && memcmp(r->at, "\0\0", 2) == 0)
		take_bytes(r, 8, 0);
	bool six = more(r) && *r->at >> 4 == 6;
	return six ? likely_ip(d) : NET_NOT_IP;
}

static opening *of_target_port(uint32_t port)
{
	switch (port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return vxlan;
	case PORT_VXLAN_GPE:
		return vxlan_gpe;
	case PORT_GENEVE:
		return geneve;
	case PORT_MPLS:
		return descend_mpls;
	default:
		return NULL;
	}
}

static opening *of_either_port(uint32_t port)
{
	return port == PORT_GTP      ? gtp
	       : port == PORT_L2TP   ? l2tp
	       : port == PORT_TEREDO ? teredo
	                             : NULL;
}

/* Says which tunnel the ports of a UDP datagram speak of; NULL: none. */
static opening *of_ports(const struct descent *d)
{
	struct reader r = d->r;
	uint32_t source = take_u16(&r, 0), target = take_u16(&r, 0);
	opening *open = of_target_port(target);
	if (open == NULL)
		open = of_either_port(target);
	return open != NULL ? open : of_either_port(source);
}

/* RFC 768: ports 4, length 2, checksum 2. */
static enum net_fate in_udp(struct descent *d, opening *open)
{
	take_u32(&d->r, 0);
	size_t len = take_u16(&d->r, 0);
	take_u16(&d->r, 0);
	bool fits = d->r.fault == FINE && len >= 8 && limit_to(d, len - 8);
	return fits ? open(d) : NET_NOT_IP;
}

/* RFC 4302, 2: next 1, length 1 in units of 4 without the first 8, ... */
static enum net_fate authenticated(struct descent *d)
{
	d->out->protocol = take_u8(&d->r, 0);
	size_t units = take_u8(&d->r, 0);
	take_bytes(&d->r, units * 4 + 6, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	return one_layer_more(d) ? descend_tunnel(d) : NET_TOO_DEEP;
}

/* Goes into a tunnel and comes back where it holds no IP; a guess also where that is malformed. */
static enum net_fate look_into(struct descent *d, opening *open, bool over_udp)
{
	const struct descent before = *d;
	const struct ip_packet outside = *d->out;
	enum net_fate fate = over_udp ? in_udp(d, open) : open(d);
	if (fate != NET_NOT_IP && !(over_udp && fate == NET_MALFORMED))
		return fate;
	*d = before;
	*d->out = outside;
	return NET_IP;
}

enum net_fate descend_tunnel(struct descent *d)
{
	opening *open;
	switch (d->out->protocol) {
	case IPV4_IN_IP:
	case IPV6_IN_IP:
		return descend_ip(d);
	case UDP:
		open = of_ports(d);
		return open == NULL ? NET_IP : look_into(d, open, true);
	case GRE:
		return look_into(d, gre, false);
	case ESP:
		return NET_ESP;
	case AUTHENTICATION:
		return authenticated(d);
	case ETHERNET_IN_IP:
		return look_into(d, ethernet_in_ip, false);
	case L2TP_3:
		return look_into(d, l2tp_session, false);
	case MPLS_IN_IP:
		return look_into(d, descend_mpls, false);
	default:
		return NET_IP;
	}
}
