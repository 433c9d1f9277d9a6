/* The inside of TCP reassembly: what tcp.c (segments and handshakes), tcp_side.c (one direction),
 * tcp_held.c (bytes that wait) and tcp_table.c (flows) share. Not for anybody else. */
#ifndef KEYHOLE_CAPTURE_TCP_PRIVATE_H
#define KEYHOLE_CAPTURE_TCP_PRIVATE_H

#include "src/capture/tcp.h"

enum {
	TCP_HEADER = 20,
	HELD_PAGE = 2048,          /* bytes of stream in one page of out-of-order bytes */
	SEQUENCE_REACH = 1 << 30,  /* the largest window there is (RFC 7323, 2.3) */
	START_REACH = 1 << 20,     /* how far a guessed start may still move back */
	START_PATIENCE = 16,       /* segments that wait for a better start */
	SYN_REACH = 1 << 20,       /* a SYN this close ahead is no new connection */
	RST_REACH = 16 << 20,      /* a RST further ahead is not believed */
	RECENT_ROOM = 64 * 1024,   /* bytes of a table's memory of delivered bytes */
	RECENT_ENTRY = 16 * 1024,  /* bytes of one entry in it */
	RECENT_STREAM = 64 * 1024, /* only the beginning of a stream goes into it */
	CHECKED_REACH = 16 * 1024, /* behind it, segments in order are not checked for signs of
	                              forgery: of a long stream that would read every byte */
	FRUITLESS_OFFERS = 16,     /* offers without effect after which a consumer has to wait */
};

#define NEVER   UINT32_MAX /* of side.need: not before tcp_offer_again */
#define NO_FLOW UINT32_MAX

/* Where a run of stream bytes came from. Frame 0: nowhere, they are missing. */
struct origin {
	uint64_t at;
	uint32_t frame, in_frame;
};

/* A run of bytes inside a page; frame 0: the capture cut these bytes off. */
struct piece {
	uint16_t at, len;
	uint32_t frame, in_frame;
};

struct page {
	uint64_t number; /* stream offset / HELD_PAGE */
	struct piece *piece;
	uint16_t first, end, room; /* of the pieces, sorted and disjoint */
	uint8_t bytes[HELD_PAGE];
};

/* Bytes that the receiver may have refused: a probe of a closed window, data on a SYN/ACK, a
 * segment with a wrong checksum, an old timestamp or fewer hops to live than the ones before it.
 * They lie at the front of the stream and count only when the receiver acknowledges them or the
 * sender goes on behind them. */
struct doubt {
	uint8_t *bytes;
	uint32_t len, frame, in_frame;
	bool suspect; /* for a sign of forgery, not for a closed window */
};

/* What one side has waiting; made when needed, freed when empty. */
struct held {
	struct held *newer, *older; /* in the table's list, for the bound on all bytes */
	struct flow *flow;
	/* In order, not yet consumed; they end where the side's front is. */
	uint8_t *kept;
	size_t start, len, room;
	struct origin *extent; /* of the kept bytes; of all bytes with keep_all */
	size_t first_extent, end_extent, room_extents;
	/* Out of order: pages sorted by number. */
	struct page **page;
	size_t n_pages, room_pages, n_pieces;
	struct doubt doubt;
	uint64_t fin_at;
	moment fin_time;
	uint32_t fin_frame; /* 0: no FIN is waiting for its place */
	uint16_t patience;  /* segments that waited for the start */
	bool keep_all;
};

enum side_flag {
	SIDE_STARTED = 1,     /* base is at least a guess */
	SIDE_SURE = 2,        /* base is believed: bytes are given out */
	SIDE_START_NAMED = 4, /* the guess comes from an ACK of the other side */
	SIDE_SYN = 8,
	SIDE_FIN_SEEN = 16,
	SIDE_FIN = 32, /* reached and told */
	SIDE_RST = 64,
	SIDE_ACKS = 128,        /* sent something with ACK */
	SIDE_CLOSED = 256,      /* its receive window is zero */
	SIDE_AGAIN = 512,       /* waits in the table's list for another offer */
	SIDE_FIN_ACKED = 1024,  /* the other side acknowledged the FIN that was told */
	SIDE_SUMS_RIGHT = 2048, /* a checksum of it was right */
	SIDE_STAMPED = 4096,    /* stamp is set */
};

/* One direction of a flow. */
struct half {
	uint64_t front;   /* stream offset behind the last byte in order */
	uint64_t payload; /* bytes sent, with duplicates and what the capture cut off */
	uint64_t recent;  /* newest entry in the table's memory of delivered bytes; 0: none */
	struct held *held;
	uint32_t base; /* sequence number of stream offset 0 */
	uint32_t need; /* the consumer's, NEVER for SIZE_MAX */
	uint32_t packets;
	uint32_t front_frame; /* which brought the byte before the front */
	uint32_t stamp;       /* the newest timestamp at the front (TS.Recent, RFC 7323, 4.3) */
	uint16_t flags, findings;
};

enum flow_flag {
	FLOW_ESTABLISHED = 1,
	FLOW_SYN_TOLD = 2,
	FLOW_ENDING = 4,    /* closed; in the list of those that linger */
	FLOW_OVER = 8,      /* its end was told; kept so that what comes late begins nothing */
	FLOW_TRUSTING = 16, /* what was suspect was acknowledged: its signs mean nothing here */
};

struct flow {
	struct half side[2];
	void *user;
	struct tcp_table *table;
	moment first_time, last_time;
	uint32_t newer, older; /* indices, in one of the table's lists */
	uint32_t first_frame, last_frame;
	uint32_t index;
	uint16_t flags;
	uint8_t ttl[2]; /* of the first segment of a side; 0: none came */
	struct endpoint endpoint[2];
};

/* A list of flows by use. */
struct flow_list {
	uint32_t newest, oldest;
};

struct slot {
	uint32_t hash;
	uint32_t flow; /* index + 1; 0: empty */
};

struct flow_again {
	struct flow *flow;
	enum side side;
};

/* The bytes that are being offered straight from a packet. */
struct offered {
	const struct flow *flow;
	uint64_t at, end;
	uint32_t frame, in_frame;
	enum side side;
};

struct tcp_table {
	struct tcp_limits limits;
	struct tcp_sink sink;
	struct tcp_counters counters;
	uint64_t seed;
	struct slot *slot;
	uint32_t n_slots, n_flows;
	struct flow **block; /* FLOW_BLOCK flows each */
	uint32_t n_blocks, free_flow;
	struct flow_list open, ending;
	struct held *newest_held, *oldest_held;
	size_t held_bytes; /* memory of all held bytes and what surrounds them */
	struct offered offered;
	struct flow_again *again;
	size_t n_again, room_again;
	int in_sink;
	bool settling;
	moment clock; /* the latest time that was believed */
	bool jumped;  /* the last packet's time was far ahead of the clock */
	uint64_t recent_end;
	uint8_t *recent;
};

/* One segment, as parsed. */
struct segment {
	struct bytes data;
	moment time;
	uint32_t sequence, acknowledged;
	uint32_t missing; /* payload bytes that the capture did not keep */
	uint32_t frame, in_frame;
	uint16_t window;
	uint8_t flags;
	enum side from;
	bool reuse; /* it began this flow on the addresses of another one */
	bool sum_wrong;
	bool damaged; /* its checksum is wrong, and the sender's are right */
	bool suspect; /* the receiver may refuse it for a sign of forgery */
	const struct ip_packet *packet;
	struct bytes options;
};

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16, URG = 32 };

/* tcp_table.c: flows by their addresses, and in the order of use. */

/* Finds the flow of an address pair, in either direction; NULL when there is none. */
struct flow *flow_find(struct tcp_table *t, const struct endpoint *a, const struct endpoint *b);
/* Makes a flow for a pair that has none; NULL without memory. */
struct flow *flow_make(struct tcp_table *t, const struct endpoint *client,
                       const struct endpoint *server);
/* Takes it out of the table. What it holds must be gone. */
void flow_remove(struct tcp_table *t, struct flow *f);
/* Makes it the newest of its list. */
void flow_touch(struct tcp_table *t, struct flow *f);
/* Moves it to the list of those that linger. */
void flow_linger(struct tcp_table *t, struct flow *f);
/* Gives the flow with that index; NULL for NO_FLOW. */
struct flow *flow_of_index(const struct tcp_table *t, uint32_t index);

/* tcp_held.c: bytes that wait. Nothing here calls the consumer. */

/* Gives the side's held bytes, made when there are none; NULL without memory. */
struct held *held_of(struct tcp_table *t, struct flow *f, enum side s);
/* Says whether anything in it still waits. */
bool held_waits(const struct held *h);
/* Frees what a side holds when that is nothing. */
void held_tidy(struct tcp_table *t, struct flow *f, enum side s);
void held_free(struct tcp_table *t, struct half *side);
/* Says what counts against the bound of a side. */
size_t held_cost(const struct held *h);
/* Adds bytes behind the kept ones; false without memory. `at` is their stream offset. */
bool kept_add(struct tcp_table *t, struct held *h, uint64_t at, struct bytes b, uint32_t frame,
              uint32_t in_frame);
/* Takes n bytes away from the front of the kept ones. */
void kept_take(struct tcp_table *t, struct held *h, uint64_t front, size_t n);
/* Notes where the bytes from `at` on came from. */
bool origin_add(struct tcp_table *t, struct held *h, uint64_t at, uint32_t frame,
                uint32_t in_frame);
/* Gives the extent that covers `at`; NULL when none does. */
const struct origin *origin_of(const struct held *h, uint64_t at);

/* A run of bytes on its way into the pages; data NULL: bytes that the capture cut off. */
struct run {
	uint64_t at;
	const uint8_t *data;
	size_t len;
	uint32_t frame, in_frame;
};
/* What became of its bytes; the rest is held. */
struct fates {
	uint64_t duplicate, conflicting, dropped;
};
/* Puts a run into the pages; bytes that are there already stay. */
void pages_put(struct tcp_table *t, struct held *h, struct run r, struct fates *fates);
/* Gives the first piece with its bytes; false when there is none. */
bool pages_first(const struct held *h, struct run *first);
/* Gives the extent of an out-of-order byte; frame 0 when it is not there. */
struct origin pages_extent(const struct held *h, uint64_t at);
/* Takes the first piece away. */
void pages_pop(struct tcp_table *t, struct held *h);
/* Moves everything by `distance` bytes up the stream. */
void pages_shift(struct tcp_table *t, struct held *h, uint64_t distance, struct fates *fates);
/* Frees all pages and says how many bytes of data were in them. */
uint64_t pages_clear(struct tcp_table *t, struct held *h);
/* Compares runs of equal length and adds to the fates. */
void bytes_compare(const uint8_t *old, const uint8_t *new, size_t len, struct fates *fates);

/* Remembers delivered bytes for comparison with retransmissions. */
void recent_add(struct tcp_table *t, struct half *side, uint64_t at, struct bytes b);
/* Compares re-sent bytes with what is remembered; all bytes get a fate. */
void recent_compare(const struct tcp_table *t, const struct half *side, uint64_t at, struct bytes b,
                    struct fates *fates);

/* tcp_suspect.c: signs of forgery. */

/* Looks for signs that the receiver will refuse the segment, and sets `damaged` and `suspect`. */
void judge_segment(struct tcp_table *t, struct flow *f, struct segment *g);

/* tcp_side.c: one direction. */

/* Reports a finding, once a flow and side. */
void side_finding(struct tcp_table *t, struct flow *f, enum side s, enum flow_finding what,
                  uint32_t frame);
void side_event(struct tcp_table *t, struct flow *f, enum side s, enum tcp_event e, uint32_t frame,
                moment time);
/* Takes the segment's data and FIN. */
void side_data(struct tcp_table *t, struct flow *f, const struct segment *g);
/* Learns from a SYN, or from the ACK of a SYN, where the side's stream begins. */
void side_start(struct tcp_table *t, struct flow *f, enum side s, uint32_t sequence);
/* Learns from an ACK of the other side. */
void side_acknowledged(struct tcp_table *t, struct flow *f, enum side s, uint32_t sequence);
/* Gives everything that waits to the consumer, declares what is missing and ends both streams. */
void flow_flush(struct tcp_table *t, struct flow *f);
/* Offers again what was asked for with tcp_offer_again, until nothing moves. */
void settle(struct tcp_table *t);
/* Forgets requests for another offer of a flow that ends. */
void forget_again(struct tcp_table *t, struct flow *f);

static inline bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

/* Gives a - b for sequence numbers: how far a lies ahead of b (RFC 9293, 3.4). */
static inline int32_t sequence_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

#endif
