/* TCP streams out of segments: a flow table and reassembly, one table a shard, no locks. It says
 * what was sent in which order and where bytes are missing; it does not know what the bytes mean.
 *
 * Policy, stated: of overlapping bytes the first copy wins; a later copy with other bytes is
 * counted, reported and dropped. Later copies are compared with all bytes that are held, and of the
 * bytes already consumed with those of the first 64 KiB of a stream as long as fewer than 64 KiB of
 * the table's streams came after them; older copies count as duplicates unseen. Bytes that a
 * receiver may refuse (a probe of its closed window, data on a SYN/ACK, a wrong checksum, an old
 * timestamp, fewer hops to live) wait until it acknowledges them, and give way to what is sent in
 * their place; those signs are looked for in the first 16 KiB of a stream and in what comes out of
 * order. A stream whose SYN was not seen waits for the
 * other side's ACK, or for 16 segments, before its beginning is believed. A flow ends when both
 * sides' FINs were reached in order and acknowledged exactly: who can forge all four can end it,
 * but not hide the bytes behind, which are a new flow with tcp-reuse. */
#ifndef KEYHOLE_CAPTURE_TCP_H
#define KEYHOLE_CAPTURE_TCP_H

#include "src/base/address.h"
#include "src/capture/net.h"

struct tcp_table;
struct flow; /* one connection; opaque, with the accessors below */

enum tcp_event {
	TCP_SYN, /* a connection begins: first SYN, or data without one */
	TCP_SYN_ACK,
	TCP_ESTABLISHED, /* the ACK that ends the three-way handshake */
	TCP_FIN,         /* the side's last byte is known and has been given */
	TCP_RST, /* in window: no more from either side is to be believed, but later data is still
	            given */
};

enum flow_finding { /* each counted and reported once a flow and side; codes in tcp_finding_name */
	            TCP_OVERLAP_CONFLICT, /* tcp-overlap-conflict: two different byte strings for
	                                     the same range */
	            TCP_GAP,              /* tcp-gap */
	            TCP_MIDSTREAM,     /* tcp-midstream: the capture began after the connection */
	            TCP_OUT_OF_WINDOW, /* tcp-out-of-window: a segment far from the window, ignored
	                                */
	            TCP_MALFORMED,     /* tcp-malformed: header contradicts itself (reported on the
	                                  table when no flow is known) */
	            TCP_REUSE, /* tcp-reuse: the same addresses and ports again: a new session */
	            TCP_LIMIT, /* reassembly-limit: keyhole's own bound dropped bytes */
	            TCP_SYN_CONFLICT, /* tcp-syn-conflict: a second SYN with another sequence number
	                               */
	            TCP_SYN_DATA,     /* tcp-syn-data: data on a SYN/ACK */
	            TCP_SPLIT_HANDSHAKE, /* tcp-split-handshake: simultaneous or four-way open */
	            TCP_RST_SUSPECT, /* tcp-rst-suspect: data went on after a RST, or the RST was
	                                out of window */
	            TCP_FIN_SUSPECT, /* tcp-fin-suspect: data went on after a FIN at the same place
	                              */
	            TCP_ONE_SIDED,   /* tcp-one-sided: only one direction was captured (set at the
	                                end) */
	            TCP_URGENT,      /* tcp-urgent */
	            TCP_CHECKSUM,    /* tcp-checksum: wrong, and not as a network card leaves it */
	            FLOW_FINDINGS,
};

enum flow_end {
	FLOW_CLOSED,  /* both FINs, both acknowledged; or FINs or a RST and the linger time over */
	FLOW_REUSED,  /* a new connection took its addresses */
	FLOW_IDLE,    /* time-out on the capture's clock */
	FLOW_EVICTED, /* keyhole's bound on flows or bytes */
	FLOW_CUT,     /* the capture ended */
};

/* What the consumer made of the bytes offered to it. */
struct taken {
	size_t used; /* bytes consumed from the front; the rest is kept and offered again */
	size_t need; /* no use to call again before this many bytes lie there; 0: any more will do;
	                SIZE_MAX: until tcp_offer_again */
};

/* The consumer. `user` is the flow's own pointer (flow_user). All calls come in the order in which
 * things are known. */
struct tcp_sink {
	void *ctx;
	void (*event)(void *ctx, struct flow *f, enum side from, enum tcp_event e, uint32_t frame,
	              moment t);
	/* Contiguous bytes of one side; `at` is the stream offset of b.at[0] (0 = first byte after
	 * the SYN, or first byte seen). */
	struct taken (*data)(void *ctx, struct flow *f, enum side from, uint64_t at,
	                     struct bytes b);
	/* `len` bytes from stream offset `at` are lost for good; data goes on behind them. Kept
	 * unconsumed bytes before the gap are offered one last time before this call, and dropped
	 * (counted) when still not taken. `frame` is the frame after which they are missing. */
	void (*gap)(void *ctx, struct flow *f, enum side from, uint64_t at, uint64_t len,
	            uint32_t frame);
	void (*finding)(void *ctx, struct flow *f, enum side from, enum flow_finding what,
	                uint32_t frame);
	/* No more bytes will come. Before it every kept byte was offered again (after `stream_end`
	 * for each side), then the flow is freed. */
	void (*stream_end)(void *ctx, struct flow *f, enum side from);
	void (*end)(void *ctx, struct flow *f, enum flow_end why, uint32_t frame, moment t);
};

struct tcp_limits {
	uint32_t max_flows;      /* a shard; the least recently used one is ended when reached */
	uint64_t max_bytes;      /* a shard: kept bytes of all flows */
	uint32_t max_side_bytes; /* one side of a flow: out-of-order and not yet consumed bytes
	                            together, with their book-keeping: 13 bytes for a byte that
	                            came alone and out of order, 17 once it is in order */
	uint32_t idle_seconds;   /* capture clock */
	uint32_t linger_seconds; /* after the close */
};

struct tcp_counters { /* exact accounting: payload = delivered + duplicate + conflicting +
	                 out_of_window + dropped + held at the end */
	uint64_t segments, malformed, flows, evicted, payload, delivered, duplicate, conflicting,
		out_of_window, dropped, gap_bytes;
	uint64_t offloaded;       /* of the segments checked, those whose checksum the card makes */
	uint32_t offloaded_frame; /* the first of them */
};

struct tcp_table *tcp_new(const struct tcp_limits *l, const struct tcp_sink *sink, uint64_t seed);
/* Takes one whole IP payload of protocol 6. Expires idle flows by its time first. */
void tcp_segment(struct tcp_table *t, const struct ip_packet *p);
/* Offers the kept bytes of a side again, now that its consumer can go on. May be called from inside
 * sink calls (it is then done when they return). */
void tcp_offer_again(struct tcp_table *t, struct flow *f, enum side s);
/* Ends every flow, oldest first: capture over. */
void tcp_finish(struct tcp_table *t);
/* Gives the last frame of the flow that would be ended first; 0 when there is none. */
uint32_t tcp_oldest(const struct tcp_table *t);
/* Ends that flow alone. */
void tcp_finish_oldest(struct tcp_table *t);
const struct tcp_counters *tcp_counters(const struct tcp_table *t);
void tcp_free(struct tcp_table *t);

const struct endpoint *flow_endpoint(const struct flow *f, enum side s);
void **flow_user(struct flow *f);
/* Which frame brought stream offset `at`: right for every byte that is now kept or being offered; 0
 * when not kept. `in_frame` (may be NULL) gets the byte's offset in that frame. With
 * tcp_keep_extents every byte of the flow can be asked for at any time. */
uint32_t flow_frame_at(const struct flow *f, enum side s, uint64_t at, uint32_t *in_frame);
/* From now on all extents of this flow are kept (replay of one session). */
void tcp_keep_extents(struct flow *f);
uint32_t flow_first_frame(const struct flow *f);
uint32_t flow_last_frame(const struct flow *f);
moment flow_first_time(const struct flow *f);
moment flow_last_time(const struct flow *f);
/* Packets and payload bytes (as sent, with duplicates) of one side. */
uint64_t flow_packets(const struct flow *f, enum side s);
uint64_t flow_payload(const struct flow *f, enum side s);
/* Bytes of TCP state that one open flow costs, kept bytes included. */
size_t tcp_memory(const struct tcp_table *t);
/* Bytes that the flows now known cost: what ending flows gives back. */
size_t tcp_in_use(const struct tcp_table *t);
/* Ends the flow that was used least recently, closed ones first (FLOW_EVICTED, counted); false when
 * there is none. */
bool tcp_evict(struct tcp_table *t, uint32_t frame, moment time);
const char *tcp_finding_name(enum flow_finding f);

#endif
