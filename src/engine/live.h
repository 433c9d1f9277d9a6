/* The state of one open flow beside its TCP state: small until it speaks TLS. */
#ifndef KEYHOLE_ENGINE_LIVE_H
#define KEYHOLE_ENGINE_LIVE_H

#include "dissectors/starttls/starttls.h"
#include "src/engine/shard.h"

enum side_state {
	SIDE_START,   /* nothing decided yet */
	SIDE_OPENING, /* a known protocol that may turn to TLS */
	SIDE_PREFACE, /* bytes that are not TLS; a hello may come behind them */
	SIDE_TLS,
};

enum { OPENING_SYN, OPENING_SYN_ACK, OPENING_ACK, OPENINGS };

/* What a flow has that says something: a session in the making. */
struct speech {
	struct arena arena;
	struct session *session;
	struct tls_talk *talk;     /* NULL until TLS is found */
	struct preamble *preamble; /* NULL where nothing known was said before TLS */
	uint32_t clear_row[2];     /* index of the EVENT_CLEAR_TEXT row, from 1 */
};

struct live {
	struct speech *speech; /* NULL until there is something to tell, and while at rest */
	void *at_rest;         /* a TLS talk that has heard one hello and no answer; NULL: none */
	uint32_t held; /* bytes that this flow costs beside its TCP state, as last counted */
	uint32_t opening_frame[OPENINGS];
	uint32_t opening_after[OPENINGS]; /* microseconds after the flow's first packet */
	uint16_t flow_findings[2]; /* bit n: enum flow_finding n, met before there was a speech */
	uint16_t preface[2];       /* bytes passed before TLS, 65535 at most */
	uint8_t state[2];          /* enum side_state, by flow side */
	bool ended[2];
	bool swapped; /* the TLS client is the flow's SERVER side */
	bool http;
};

/* Gives the TLS role of a flow side. */
static inline enum side role_of(const struct live *l, enum side flow_side)
{
	return l->swapped ? other_side(flow_side) : flow_side;
}

/* Gives the conversation of a flow, NULL when there is none (yet). */
static inline struct tls_talk *talk_of(const struct live *l)
{
	return l->speech == NULL ? NULL : l->speech->talk;
}

static inline struct session *session_of(const struct live *l)
{
	return l->speech == NULL ? NULL : l->speech->session;
}

/* Gives the bytes behind the first `n`. */
static inline struct bytes behind(struct bytes b, size_t n)
{
	return (struct bytes){b.at + n, b.len - n};
}

/* Begins the conversation; `p` says what was found. False without memory. */
bool live_begin_tls(struct shard *s, enum side flow_side, enum tls_probe p);
/* Gives bytes of a side to the conversation; says how many were used, and are needed. */
size_t live_tls_bytes(struct shard *s, enum side flow_side, uint64_t at, struct bytes b,
                      size_t *need);

/* Take bytes of a side that is not, or not yet, TLS (preface.c): the first ones; those of a known
 * protocol; others, in which a hello is looked for. */
struct taken preface_begin(struct shard *s, enum side flow_side, uint64_t at, struct bytes b);
struct taken preface_opening(struct shard *s, enum side flow_side, uint64_t at, struct bytes b);
struct taken preface_search(struct shard *s, enum side flow_side, uint64_t at, struct bytes b);
/* Fills in what was said before TLS, or instead of it; says whether it was a known protocol. */
bool preface_tell(struct live *l);

/* Gives what the flow being worked on has said, made when there is none; NULL without memory. */
struct speech *live_speech(struct shard *s);
/* Gives back everything of a speech but a session that was handed over. */
void live_hush(struct live *l);
/* Fills in what is known only at the end, judges certificates, finds reasons, and hands the session
 * over (session_end.c). */
void live_finish(struct shard *s, struct flow *f, enum flow_end why, uint32_t frame, moment t);
/* Collects what the watcher is shown (unfold.c). */
void unfold_seen(void *ctx, const struct tls_seen *seen);

#endif
