/* Links, and what stands between them and IP: Ethernet with its tags, MPLS, PPP, LLC and the
 * headers that capturing systems put before a packet. */
#include "src/capture/descent.h"

enum { /* link types, www.tcpdump.org/linktypes.html */
       LINK_NULL = 0,
       LINK_ETHERNET = 1,
       LINK_PPP = 9,
       LINK_FDDI = 10,
       LINK_RAW_OLD = 12,
       LINK_RAW_BSD = 14,
       LINK_PPP_HDLC = 50,
       LINK_PPP_ETHER = 51,
       LINK_RAW = 101,
       LINK_C_HDLC = 104,
       LINK_WLAN = 105,
       LINK_LOOP = 108,
       LINK_ENC = 109,
       LINK_SLL = 113,
       LINK_PFLOG = 117,
       LINK_PRISM = 119,
       LINK_RADIOTAP = 127,
       LINK_AVS = 163,
       LINK_PPI = 192,
       LINK_PPP_WITH_DIR = 204,
       LINK_IPNET = 226,
       LINK_IPV4 = 228,
       LINK_IPV6 = 229,
       LINK_NFLOG = 239,
       LINK_PKTAP = 258,
       LINK_SLL2 = 276,
};

enum {
	SNAP = 0xaa,
	LLC_IP = 0x06,
	UNNUMBERED = 0x03,
	SLL_LLC = 4, /* instead of an Ethernet type: 802.2 */
	NFLOG_PAYLOAD = 9,
};

enum { /* PPP protocols, RFC 1661, 2; RFC 5072; RFC 3032, 4.3 */
       PPP_IPV4 = 0x0021,
       PPP_IPV6 = 0x0057,
       PPP_MPLS = 0x0281,
       PPP_MPLS_UPSTREAM = 0x0283,
};

/* The kernel writes these headers in the byte order of its machine. */
static uint32_t little_endian(struct bytes b)
{
	uint32_t n = 0;
	for (size_t i = b.len; i > 0; i--)
		n = n << 8 | b.at[i - 1];
	return n;
}

static uint32_t take_little(struct reader *r, size_t n)
{
	return little_endian(take_bytes(r, n, 0));
}

/* IEEE 802.1Q and 802.1ad: priority and VLAN 2, type 2. */
static enum net_fate tags(struct descent *d, uint16_t type)
{
	for (unsigned depth = 0; type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD;
	     depth++) {
		if (depth == VLAN_DEPTH)
			return NET_TOO_DEEP;
		take_u16(&d->r, 0);
		type = take_u16(&d->r, 0);
	}
	return d->r.fault == FINE ? descend_type(d, type) : short_of_bytes(d);
}

/* PPPoE, RFC 2516, 4: version and type 1, code 1 (0: session), session 2, length 2. */
static enum net_fate pppoe(struct descent *d)
{
	uint8_t version = take_u8(&d->r, 0);
	uint8_t code = take_u8(&d->r, 0);
	take_u16(&d->r, 0);
	size_t len = take_u16(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if (version != 0x11 || code != 0)
		return NET_NOT_IP;
	return limit_to(d, len) ? descend_ppp(d) : NET_MALFORMED;
}

/* IEEE 802.1AE, 9.3: TCI and AN 1, short length 1, packet number 4, with SC a channel 8. Behind it
 * stands a type again, in the clear when neither E nor C is set. */
static enum net_fate macsec(struct descent *d)
{
	enum { SC = 0x20, E = 0x08, C = 0x04 };
	uint8_t control = take_u8(&d->r, 0);
	take_bytes(&d->r, control & SC ? 13 : 5, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if (control & (E | C))
		return NET_MACSEC;
	uint16_t type = take_u16(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	return one_layer_more(d) ? descend_type(d, type) : NET_TOO_DEEP;
}

/* IEEE 802.2 and 802: destination 1, source 1, control 1; for SNAP organisation 3, type 2. */
enum net_fate descend_llc(struct descent *d)
{
	uint8_t target = take_u8(&d->r, 0);
	uint8_t source = take_u8(&d->r, 0);
	uint8_t control = take_u8(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if (!one_layer_more(d))
		return NET_TOO_DEEP;
	if (target == LLC_IP && source == LLC_IP && control == UNNUMBERED)
		return descend_ip(d);
	if (target != SNAP || source != SNAP || control != UNNUMBERED)
		return NET_NOT_IP;
	uint32_t organisation = take_u24(&d->r, 0);
	uint16_t type = take_u16(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	bool ethernet = organisation == 0 || organisation == 0xf8; /* IEEE 802.1H */
	return ethernet && type >= TYPE_LOWEST ? descend_type(d, type) : NET_NOT_IP;
}

/* What an Ethernet type announces, or LLC behind a length. */
enum net_fate descend_type(struct descent *d, uint16_t type)
{
	switch (type) {
	case TYPE_IPV4:
	case TYPE_IPV6:
		return descend_ip(d);
	case TYPE_VLAN:
	case TYPE_QINQ:
	case TYPE_QINQ_OLD:
		return tags(d, type);
	case TYPE_MPLS:
	case TYPE_MPLS_UPSTREAM:
		return descend_mpls(d);
	case TYPE_PPPOE:
		return pppoe(d);
	case TYPE_PPP:
		return descend_ppp(d);
	case TYPE_ETHERNET:
		return descend_ethernet(d);
	case TYPE_MACSEC:
		return macsec(d);
	default:
		return type < TYPE_LOWEST && limit_to(d, type) ? descend_llc(d) : NET_NOT_IP;
	}
}

/* A link header of `before` bytes, the Ethernet type, and `behind` bytes more. */
static enum net_fate typed_at(struct descent *d, size_t before, size_t behind)
{
	take_bytes(&d->r, before, 0);
	uint16_t type = take_u16(&d->r, 0);
	take_bytes(&d->r, behind, 0);
	return d->r.fault == FINE ? descend_type(d, type) : short_of_bytes(d);
}

enum net_fate descend_ethernet(struct descent *d)
{
	return one_layer_more(d) ? typed_at(d, 12, 0) : NET_TOO_DEEP;
}

bool looks_like_ip(const struct descent *d)
{
	struct reader r = d->r;
	size_t here = left(&r) + d->cut;
	uint32_t first = take_u32(&r, 0);
	uint16_t second = take_u16(&r, 0);
	if (r.fault != FINE)
		return false;
	if (first >> 28 == 6)
		return here >= 40 && second <= here - 40;
	size_t header = (first >> 24 & 0xf) * 4, total = first & 0xffff;
	return first >> 28 == 4 && header >= 20 && total >= header && total <= here;
}

bool looks_like_ethernet(const struct descent *d)
{
	struct descent in = *d;
	take_bytes(&in.r, 12, 0);
	switch (take_u16(&in.r, 0)) {
	case TYPE_IPV4:
	case TYPE_IPV6:
		return looks_like_ip(&in);
	case TYPE_VLAN:
	case TYPE_QINQ:
	case TYPE_QINQ_OLD:
	case TYPE_MPLS:
	case TYPE_PPPOE:
	case TYPE_MACSEC:
		return true;
	default:
		return false;
	}
}

/* RFC 3032, 2.1: label 20 bits, traffic class 3, bottom of the stack 1, time to live 8. What
 * follows is told by looking: IP by its version, and Ethernet (RFC 4448, 4.6) with or without a
 * control word, whose first nibble is 0. */
enum net_fate descend_mpls(struct descent *d)
{
	uint32_t label = 0;
	for (unsigned depth = 0; (label & 0x100) == 0; depth++) {
		if (depth == MPLS_DEPTH)
			return NET_TOO_DEEP;
		label = take_u32(&d->r, 0);
		if (d->r.fault != FINE)
			return short_of_bytes(d);
	}
	if (looks_like_ip(d))
		return descend_ip(d);
	if (looks_like_ethernet(d))
		return descend_ethernet(d);
	uint32_t control_word = take_u32(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	return control_word >> 28 == 0 && looks_like_ethernet(d) ? descend_ethernet(d) : NET_NOT_IP;
}

/* RFC 1661, 2 and RFC 1662, 3.1: address ff and control 03 may stand there or not; the protocol is
 * one byte where that is odd. */
enum net_fate descend_ppp(struct descent *d)
{
	uint32_t protocol = take_u8(&d->r, 0);
	if (protocol == 0xff && more(&d->r)) {
		take_u8(&d->r, 0);
		protocol = take_u8(&d->r, 0);
	}
	if ((protocol & 1) == 0)
		protocol = protocol << 8 | take_u8(&d->r, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if (protocol == PPP_IPV4 || protocol == PPP_IPV6)
		return descend_ip(d);
	return protocol == PPP_MPLS || protocol == PPP_MPLS_UPSTREAM ? descend_mpls(d) : NET_NOT_IP;
}

/* PPP in HDLC frames, or Cisco HDLC: address 0f or 8f, control 0, Ethernet type 2. */
static enum net_fate hdlc(struct descent *d)
{
	bool cisco = more(&d->r) && (*d->r.at == 0x0f || *d->r.at == 0x8f);
	return cisco ? typed_at(d, 2, 0) : descend_ppp(d);
}

/* SLL's protocol is an Ethernet type, or a small number of Linux' own. */
static enum net_fate cooked(struct descent *d, uint16_t type)
{
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	if (type >= TYPE_LOWEST)
		return descend_type(d, type);
	return type == SLL_LLC ? descend_llc(d) : NET_NOT_IP;
}

/* Packet type 2, hardware 2, address length 2, address 8, protocol 2. */
static enum net_fate sll(struct descent *d)
{
	take_bytes(&d->r, 14, 0);
	return cooked(d, take_u16(&d->r, 0));
}

/* Protocol 2, reserved 2, interface 4, hardware 2, packet type 1, address length 1, address 8. */
static enum net_fate sll2(struct descent *d)
{
	uint16_t type = take_u16(&d->r, 0);
	take_bytes(&d->r, 18, 0);
	return cooked(d, type);
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
	return n == 2 || n == 10 || n == 24 || n == 28 || n == 30 ? descend_ip(d) : NET_NOT_IP;
}

/* A header that says it is shorter than what it must hold. */
static enum net_fate too_short(const struct descent *d)
{
	return d->r.fault == FINE ? NET_MALFORMED : short_of_bytes(d);
}

/* A header of `len` bytes that holds nothing which is needed, and what it announces. */
static enum net_fate behind(struct descent *d, size_t len, enum net_fate (*next)(struct descent *))
{
	take_bytes(&d->r, len, 0);
	return d->r.fault == FINE ? next(d) : short_of_bytes(d);
}

/* OpenBSD's packet filter log: length 1, ...; the header is padded to a multiple of 4. */
static enum net_fate pflog(struct descent *d)
{
	size_t len = (take_u8(&d->r, 0) + 3U) & ~3U;
	return len < 4 ? too_short(d) : behind(d, len - 1, descend_ip);
}

/* Radiotap and PPI: version 1, flags 1, length 2; PPI then names a link type. */
static enum net_fate radiotap(struct descent *d)
{
	take_u16(&d->r, 0);
	size_t len = take_little(&d->r, 2);
	return len < 8 ? too_short(d) : behind(d, len - 4, descend_wlan);
}

static enum net_fate per_packet_information(struct descent *d)
{
	take_u16(&d->r, 0);
	size_t len = take_little(&d->r, 2);
	uint32_t link = take_little(&d->r, 4);
	if (len < 8)
		return too_short(d);
	take_bytes(&d->r, len - 8, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	return one_layer_more(d) ? descend_link(d, link) : NET_TOO_DEEP;
}

/* Prism's header of 144 bytes, or AVS: magic 4, length 4. */
static enum net_fate prism(struct descent *d)
{
	uint32_t magic = take_u32(&d->r, 0);
	size_t len = take_u32(&d->r, 0);
	bool avs = magic >> 4 == 0x8021100;
	if (avs && (len < 8 || len > 256))
		return too_short(d);
	return behind(d, (avs ? len : 144) - 8, descend_wlan);
}

/* macOS: length 4, next header 4, link type 4, ... */
static enum net_fate pktap(struct descent *d)
{
	size_t len = take_little(&d->r, 4);
	take_u32(&d->r, 0);
	uint32_t link = take_little(&d->r, 4);
	if (len < 12)
		return too_short(d);
	take_bytes(&d->r, len - 12, 0);
	if (d->r.fault != FINE)
		return short_of_bytes(d);
	return one_layer_more(d) ? descend_link(d, link) : NET_TOO_DEEP;
}

/* Linux' netfilter log: family 1, version 1, resource 2, then values with length 2 and type 2 in
 * the writer's byte order, padded to multiples of 4. */
static enum net_fate nflog(struct descent *d)
{
	struct reader *r = &d->r;
	take_u32(r, 0);
	while (more(r)) {
		uint16_t len = (uint16_t)take_little(r, 2), type = (uint16_t)take_little(r, 2);
		if ((type & 0xff) == 0) { /* there are fewer than 256 types: the other order */
			len = __builtin_bswap16(len);
			type = __builtin_bswap16(type);
		}
		if (type == NFLOG_PAYLOAD)
			return descend_ip(d);
		if (len < 4)
			return too_short(d);
		take_bytes(r, (len - 4U + 3U) & ~3U, 0);
	}
	return r->fault == FINE ? NET_NOT_IP : short_of_bytes(d);
}

enum net_fate descend_link(struct descent *d, uint32_t link)
{
	switch (link) {
	case LINK_ETHERNET:
		return descend_ethernet(d);
	case LINK_NULL:
	case LINK_LOOP:
		return family(d);
	case LINK_RAW:
	case LINK_RAW_OLD:
	case LINK_RAW_BSD:
	case LINK_IPV4:
	case LINK_IPV6:
		return descend_ip(d);
	case LINK_SLL:
		return sll(d);
	case LINK_SLL2:
		return sll2(d);
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return hdlc(d);
	case LINK_PPP_WITH_DIR: /* direction 1 */
		return behind(d, 1, hdlc);
	case LINK_PPP_ETHER:
		return pppoe(d);
	case LINK_C_HDLC:
		return typed_at(d, 2, 0);
	case LINK_FDDI: /* frame control 1, addresses 12 */
		return behind(d, 13, descend_llc);
	case LINK_ENC: /* address family 4, security parameters 4, flags 4 */
		return behind(d, 12, descend_ip);
	case LINK_PFLOG:
		return pflog(d);
	case LINK_IPNET: /* version 1, family 1, hook 2, lengths and places 20 */
		return behind(d, 24, descend_ip);
	case LINK_NFLOG:
		return nflog(d);
	case LINK_PKTAP:
		return pktap(d);
	case LINK_WLAN:
		return descend_wlan(d);
	case LINK_RADIOTAP:
		return radiotap(d);
	case LINK_PRISM:
	case LINK_AVS:
		return prism(d);
	case LINK_PPI:
		return per_packet_information(d);
	default:
		return NET_LINK_UNKNOWN;
	}
}
