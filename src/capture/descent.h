/* A packet on its way down through its headers, from the link to the payload of IP: what net.c
 * (IP), link.c (links, tags, labels, PPP), wlan.c (802.11) and tunnel.c share. Not for anybody
 * else. */
#ifndef KEYHOLE_CAPTURE_DESCENT_H
#define KEYHOLE_CAPTURE_DESCENT_H

#include "src/base/reader.h"
#include "src/capture/net.h"

enum {                       /* Ethernet types */
       TYPE_LOWEST = 0x0600, /* smaller numbers are lengths (IEEE 802.3, 3.2.6) */
       TYPE_IPV4 = 0x0800,
       TYPE_ETHERNET = 0x6558, /* Ethernet inside GRE and GENEVE */
       TYPE_VLAN = 0x8100,
       TYPE_IPV6 = 0x86dd,
       TYPE_PPP = 0x880b,
       TYPE_MPLS = 0x8847,
       TYPE_MPLS_UPSTREAM = 0x8848,
       TYPE_PPPOE = 0x8864,
       TYPE_QINQ = 0x88a8,
       TYPE_MACSEC = 0x88e5,
       TYPE_QINQ_OLD = 0x9100,
};

enum { /* IP in IP: RFC 2003, RFC 4213 */
       IPV4_IN_IP = 4,
       IPV6_IN_IP = 41,
};

struct descent {
	struct reader r;
	struct ip_packet *out;
	uint32_t cut;   /* bytes that lay behind r's end on the wire */
	uint8_t layers; /* link and IP headers passed so far */
};

/* Each of these reads one header (with what can only follow it) and goes on to the next. */
enum net_fate descend_link(struct descent *d, uint32_t link);
enum net_fate descend_ethernet(struct descent *d);
enum net_fate descend_type(struct descent *d, uint16_t type);
enum net_fate descend_llc(struct descent *d);
enum net_fate descend_mpls(struct descent *d);
enum net_fate descend_ppp(struct descent *d);
enum net_fate descend_wlan(struct descent *d);
enum net_fate descend_ip(struct descent *d);
/* Goes into what IP carries, where that is a tunnel. */
enum net_fate descend_tunnel(struct descent *d);

/* Says whether what comes looks like an Ethernet header with IP or a tag behind it. */
bool looks_like_ethernet(const struct descent *d);
/* Says whether what comes looks like an IP header whose length fits. */
bool looks_like_ip(const struct descent *d);

/* Says what a header that does not fit means: the capture's fault, or the sender's. */
static inline enum net_fate short_of_bytes(const struct descent *d)
{
	return d->cut > 0 ? NET_CUT : NET_MALFORMED;
}

/* Counts a header that may stand inside another one of its kind; false beyond the bound. */
static inline bool one_layer_more(struct descent *d)
{
	return ++d->layers <= NET_LAYERS;
}

/* Cuts what is left to `len` bytes of the wire (padding goes); false when the wire had fewer. */
static inline bool limit_to(struct descent *d, size_t len)
{
	size_t held = left(&d->r);
	if (len > held + d->cut)
		return false;
	d->cut = len > held ? (uint32_t)(len - held) : 0;
	if (len < held)
		d->r.end = d->r.at + len;
	return true;
}

#endif
