/* A shard: the flows of a fixed part of all address pairs, with everything that belongs to them.
 * One worker serves it at a time, so nothing here is locked. */
#ifndef KEYHOLE_ENGINE_SHARD_H
#define KEYHOLE_ENGINE_SHARD_H

#include "dissectors/tls/talk.h"
#include "src/capture/tcp.h"
#include "src/engine/engine.h"

/* A finished session on its way to the writer. */
struct finished {
	uint32_t frame; /* at which it ended */
	struct session *session;
	size_t line_at, line_len; /* what render made, in the list's text; 0 bytes: nothing */
};

/* The finished sessions of one worker in one round, and the text that lines are rendered in. */
struct finished_list {
	struct finished *item;
	size_t n, room;
	struct arena memory;
	struct text text;
};

/* Empties the list; the sessions in it were taken. */
void finished_list_clear(struct finished_list *l);
/* Gives back the list's own memory; the sessions in it were taken. */
void finished_list_free(struct finished_list *l);

struct shard_counters {
	uint64_t tcp, udp, other, tls, clear, other_flows, gap_bytes;
};

struct shard {
	const struct engine_job *job;
	struct tcp_table *tcp;
	struct earlier *earlier;   /* NULL where there are no keys */
	struct origins *origins;   /* which session gave out what may be taken up again */
	struct tls_sink sink;      /* ctx: this shard */
	struct flow *flow;         /* the one being worked on */
	struct live *live;         /* its state */
	struct finished_list *out; /* of the worker that serves it now */
	uint32_t frame;            /* of the packet being worked on */
	moment time;
	struct trace *trace_memory; /* replay: rows for one message; NULL otherwise */
	size_t held,
		share; /* bytes that the flows cost beside their TCP state; what all may cost */
	struct shard_counters counters;
	bool out_of_memory;
};

/* What a worker lends its shards: for an opened record, and for a certificate unpacked from it. */
enum { SHARD_SCRATCH = TLS_SCRATCH + TLS_HANDSHAKE_LIMIT };

/* Makes a shard; `scratch`, SHARD_SCRATCH bytes, and `prints` are its
 * worker's. False without memory. */
bool shard_new(struct shard *s, const struct engine_job *job, uint64_t seed, uint8_t *scratch,
               struct fingerprinter *prints);
/* Works on one whole IP packet. */
void shard_packet(struct shard *s, const struct ip_packet *p);
/* Gives the last frame of the flow that is to be ended first, and ends it; 0 when there is none. */
uint32_t shard_oldest(const struct shard *s);
void shard_finish_oldest(struct shard *s);
void shard_free(struct shard *s);

#endif
