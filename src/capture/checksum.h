/* TCP's checksum: right, left to the card, or wrong. It only judges; what follows from it is
 * tcp.c's. */
#ifndef KEYHOLE_CAPTURE_CHECKSUM_H
#define KEYHOLE_CAPTURE_CHECKSUM_H

#include "src/capture/net.h"

enum checksum {
	CHECKSUM_UNKNOWN, /* the capture cut the segment: nothing can be said */
	CHECKSUM_RIGHT,
	CHECKSUM_PARTIAL, /* 0, or the sum of the pseudo-header alone: the network card puts in the
	                     rest after the capture, or has taken it out before */
	CHECKSUM_WRONG,
};

/* Adds bytes to a ones' complement sum (RFC 1071): 16 bits, not inverted. All but the last run of
 * bytes must have an even length. */
uint16_t checksum_add(uint16_t sum, struct bytes b);
/* Judges a whole TCP segment (RFC 9293, 3.1; RFC 8200, 8.1). */
enum checksum checksum_of_tcp(const struct ip_packet *p);

#endif
