/* Puts IP fragments together, in any order (RFC 791, RFC 8200 4.5). Bounded by bytes and by the
 * capture's clock; conflicting overlaps are kept out and counted, never guessed. */
#ifndef KEYHOLE_CAPTURE_DEFRAG_H
#define KEYHOLE_CAPTURE_DEFRAG_H

#include "src/capture/net.h"

struct defrag;

struct defrag_counters {
	uint64_t fragments, completed, conflicts /* ip-frag-conflict */, evicted, timed_out;
	uint64_t rejected; /* of no length, no multiple of 8, beyond 65,535 bytes, or cut by the
	                      capture */
	uint64_t waiting;  /* datagrams of which something is still to come */
};

/* Makes one that holds at most so many bytes; NULL without memory. */
struct defrag *defrag_new(size_t limit_bytes, uint64_t seed);
/* Takes a fragment. True: `whole` is the complete datagram; its payload stays valid until the next
 * call. whole->frame is the frame of the fragment that completed it. `conflict` is set when
 * fragments of this datagram overlap with different bytes (then it is dropped). */
bool defrag_add(struct defrag *d, const struct ip_packet *piece, struct ip_packet *whole,
                bool *conflict);
const struct defrag_counters *defrag_counters(const struct defrag *d);
void defrag_free(struct defrag *d);

enum { DEFRAG_SECONDS = 30, DEFRAG_LIMIT = 4 << 20 };

#endif
