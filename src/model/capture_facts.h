/* What is known of a whole input (one file, or one time at an interface) beside its sessions.
 * Filled by the engine. */
#ifndef KEYHOLE_MODEL_CAPTURE_FACTS_H
#define KEYHOLE_MODEL_CAPTURE_FACTS_H

#include "src/base/moment.h"
#include "src/model/session.h"

/* Something odd about the input itself: a stable code, how often, and where first. */
struct input_finding {
	const char *code; /* "capture-truncated" */
	uint64_t n, offset;
	uint32_t frame;
};

struct capture_facts {
	const char *name; /* the path as given, or the interface; foreign bytes for the renderers */
	bool live;
	uint64_t packets, bytes; /* packets read; bytes of input */
	uint64_t ip_packets, tcp_segments, udp_datagrams,
		other_packets; /* fates: packets = ip-side sum + other */
	uint64_t flows, tls_sessions, clear_sessions, other_flows;
	uint64_t dropped; /* lost by the kernel, as the capture says */
	uint64_t gap_bytes, evicted, overlap_conflicts;
	moment first, last;
	moment judged_now; /* what "today" meant for the certificates; MOMENT_UNKNOWN: not judged */
	uint16_t unknown_link; /* type of the first link that is not known; 0: none */
	const char *problem;   /* one sentence when the input was damaged: "cut after packet 6, 3 of
	                          66 bytes"; else NULL */
	struct input_finding finding[32];
	uint32_t n_findings;
	uint64_t keys_given, log_lines;
	uint64_t certificates; /* different ones parsed */
};

#endif
