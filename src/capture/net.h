/* From a packet's link layer down to the innermost payload of IP. Reads through struct reader,
 * keeps nothing. Fragments are put together by defrag.h, segments by tcp.h. */
#ifndef KEYHOLE_CAPTURE_NET_H
#define KEYHOLE_CAPTURE_NET_H

#include "src/base/address.h"
#include "src/capture/packet.h"

enum net_fate {         /* what became of a packet on this floor; each packet has exactly one */
	        NET_IP, /* payload of IP found (or a fragment of it) */
	        NET_LINK_UNKNOWN,   /* link type not known here */
	        NET_NOT_IP,         /* ARP, LLDP, ... */
	        NET_MALFORMED,      /* headers contradict themselves: ip-malformed */
	        NET_TOO_DEEP,       /* more stacked headers than the bound: encap-depth */
	        NET_EMPTY,          /* no bytes */
	        NET_CUT,            /* the capture cut it before its headers end: snap-truncated */
	        NET_ESP,            /* sealed on the network layer: esp */
	        NET_MACSEC,         /* sealed on the link: macsec */
	        NET_WLAN_PROTECTED, /* sealed on the air: wlan-protected */
	        NET_WLAN_PIECES,    /* a piece or a bundle of 802.11 frames: wlan-pieces */
	        NET_FATES,
};

struct ip_packet {
	struct bytes payload; /* of IP: a TCP segment, a UDP datagram, or a piece of one; cut to
	                         what was captured */
	moment time;
	struct endpoint source, target; /* ports are 0 here */
	uint32_t frame;
	uint32_t payload_at; /* offset of the payload in the frame */
	uint32_t missing;    /* payload bytes that the capture did not keep (snap length) */
	uint32_t fragment_id;
	uint32_t fragment_at; /* offset in bytes */
	uint8_t protocol;     /* 6 TCP, 17 UDP, ... after extension headers */
	uint8_t ttl;
	uint8_t layers; /* link and IP headers passed on the way to it */
	bool fragment, more_fragments;
};

/* Finds the innermost IP payload of a packet: through the links of link.c, the tunnels of tunnel.c
 * and IPv6 extension headers, down to TCP, UDP, ... or a fragment of anything. */
enum net_fate net_decode(const struct packet *p, struct ip_packet *out);
/* Goes on into a datagram that was put together from fragments, where it is a tunnel. What it finds
 * may be a fragment again. */
enum net_fate net_inside(struct ip_packet *p);
/* Goes past the IPv6 extension headers at the beginning of a payload that was put together from
 * fragments; false when they are malformed or too many. */
bool net_skip_extensions(struct ip_packet *p);
/* Gives the shard (0..63) of an address pair: the same for both directions, the same in every run
 * and for any number of workers. */
uint32_t net_shard(const struct ip_packet *p);
const char *net_fate_name(enum net_fate f);

enum {
	SHARDS = 64,
	VLAN_DEPTH = 8,
	MPLS_DEPTH = 16,
	EXTENSION_DEPTH = 16,
	NET_LAYERS = 16, /* headers of links and IP, in tunnels in tunnels */
};

#endif
