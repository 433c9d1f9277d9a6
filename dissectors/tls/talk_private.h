/* What the files of the conversation share: talk.c (waiting, framing), talk_record.c (one record),
 * talk_message.c (one handshake message), talk_ssl2.c (records and messages of SSL 2.0). Not for
 * anybody else. */
#ifndef KEYHOLE_TLS_TALK_PRIVATE_H
#define KEYHOLE_TLS_TALK_PRIVATE_H

#include "dissectors/tls/record.h"
#include "dissectors/tls/registry/registry.h"
#include "dissectors/tls/ssl2.h"
#include "dissectors/tls/talk.h"

enum mode {
	MODE_HEAD,   /* a record's head comes next */
	MODE_BODY,   /* inside a clear handshake record whose bytes are taken as they come */
	MODE_SKIP,   /* inside a record that nobody reads */
	MODE_RESYNC, /* the framing is lost: looking for the next record */
};

enum have_keys { KEYS_UNTRIED, KEYS_NONE, KEYS_READY };

/* A handshake message that is being put together. */
struct assembly {
	struct arena memory; /* of the message alone, given back with it */
	uint8_t *at;
	uint32_t have, room;
	uint32_t need;    /* bytes of the whole message with its head; 0 until the head is there */
	uint32_t discard; /* bytes of an oversized message still to be thrown away */
	uint32_t first_place, last_place;
	uint8_t see; /* enum visibility of its newest piece */
	uint32_t record, last_record,
		records; /* numbers of the first and newest record; how many */
};

/* The lengths of a side's heartbeats, as far as they can be told. */
struct heartbeats {
	uint32_t n;
	uint32_t asked;    /* most bytes that one of them can have where it is a request */
	uint32_t answered; /* fewest bytes that the longest must have where it is an answer */
	uint32_t place;    /* of that one */
	bool is_answer;    /* it was read, and is one */
};

struct direction {
	struct assembly assembly;
	uint64_t end_at; /* stream offset behind the last byte seen, used or not */
	uint32_t n_records;
	uint32_t left; /* bytes of the current record still to come (BODY, SKIP) */
	uint32_t record_place;
	struct record_head head; /* of the current or the blocked record */
	uint8_t mode;
	uint8_t head_len;  /* of the current record: RECORD_HEAD, or SSL 2.0's 2 or 3 */
	uint8_t padding;   /* SSL 2.0: bytes of the current record that only lengthen it */
	uint8_t epoch;     /* enum epoch, TLS 1.3 */
	uint8_t keys[3];   /* enum have_keys for each epoch */
	uint32_t held;     /* bytes from the current record's head on that were there and refused */
	uint32_t talk_row; /* index of its EVENT_TALK, from 1; 0 none yet */
	uint32_t early_switch; /* place of a ChangeCipherSpec before the keys were agreed on */
	uint32_t small_rows;   /* alerts and heartbeats that have got a row */
	uint32_t alerts;
	struct heartbeats heartbeats;
	struct event small; /* TLS 1.3: a sealed record of an alert's size, told by what follows */
	uint8_t half_level;
	bool half_alert;
	bool sealed;      /* records of this side are encrypted from here on */
	bool small_waits; /* `small` is not told yet */
	bool over;        /* no more bytes will come */
	bool settled;     /* the other side need not wait for it: alert, bytes lost, begun late */
	bool holes;       /* bytes of it are missing */
	bool lost;        /* framing was lost and no record has authenticated since */
	bool damaged;     /* the current record has a hole */
	bool unaligned;   /* the next handshake bytes need not begin a message */
	bool waiting;
	bool switched_early;
	bool said_finished; /* its Finished went by, opened or not */
	bool ssl2;          /* its records have heads of SSL 2.0 from here on */
};

struct tls_talk {
	struct session *session;
	struct tls_facts *facts;
	struct opener *opener;
	struct direction side[2];
	uint32_t asked, answered; /* ClientHellos that ask for an answer, and the answers */
	bool retry_pending, server_done, client_kx_seen, tls13, late, early_open;
	bool client_flight; /* TLS 1.3: sealed records before the client's Finished went by */
	bool ssl2_hello;    /* the client's hello has the form of SSL 2.0 */
	bool keep_messages; /* somebody watches: signed bytes are kept for their check */
};

/* One piece of a side's stream, with what places need. */
struct piece {
	const struct tls_sink *sink;
	enum side from;
	uint64_t at; /* stream offset of bytes.at[0] */
	struct bytes bytes;
	bool opened;  /* plaintext of a sealed record: places are the record's, given by at and end
	               */
	uint8_t see;  /* enum visibility */
	uint64_t end; /* stream offset behind the record, for opened pieces */
};

static inline struct direction *dir_of(struct tls_talk *k, enum side s)
{
	return &k->side[s];
}

/* Gives the sink's trace, emptied for the next message; NULL when nobody is watching. */
static inline struct trace *talk_trace(const struct tls_sink *sink)
{
	struct trace *t = sink->trace;
	if (t != NULL)
		*t = (struct trace){.row = t->row, .room = t->room};
	return t;
}

/* Says whether nobody need wait for a side. A stream that has ended is waited for as long as some
 * of it waits itself. */
static inline bool is_settled(const struct direction *d)
{
	return d->settled || (d->over && !d->waiting);
}

static inline bool is_ssl2_record(const struct direction *d)
{
	return d->head_len != RECORD_HEAD;
}

/* talk.c */
/* Says whether a side's next record, with that head, waits for the other side. */
bool talk_must_wait(const struct tls_talk *k, enum side from, const struct record_head *h);

/* talk_message.c */
/* Takes a piece of the handshake stream: whole messages are decoded, the rest is kept. */
void talk_handshake(struct tls_talk *k, const struct piece *p);
/* Ends an unfinished message: what there is of it is decoded as partial. What comes next need not
 * begin a message. */
void talk_handshake_cut(struct tls_talk *k, const struct tls_sink *sink, enum side from);
/* Goes over `len` missing bytes inside a record of the handshake: says whether it is known what the
 * bytes behind them are. */
bool talk_handshake_hole(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                         uint32_t len);

/* Adds what a ClientHello said; `place` is where it began. */
void talk_client_hello(struct tls_talk *k, const struct client_hello *h, uint32_t place);

/* talk_meaning.c */
/* Adds what a message means beside the others; called before its own facts are added. */
void talk_message_means(struct tls_talk *k, const struct piece *p, const struct handshake *h,
                        struct bytes message, uint32_t place);
/* Notes a record that stays sealed; `was_finished`: behind its side's Finished. */
void talk_sealed_means(struct tls_talk *k, enum side from, uint32_t last_place,
                       enum event_kind kind, uint32_t len, bool was_finished);
/* Counts a record of early data; `guessed`: it was not opened, and its place is no proof. */
void talk_early_record(struct tls_talk *k, uint32_t len, bool guessed);

/* talk_record.c */
/* Says whether the record's bytes are wanted whole, in pieces (BODY) or not at all (SKIP). */
enum want { WANT_WHOLE, WANT_PIECES, WANT_NOTHING };
enum want talk_wants(struct tls_talk *k, enum side from, const struct record_head *h);
/* Takes a record that is there whole; `at` is the stream offset of its head. */
void talk_record(struct tls_talk *k, const struct tls_sink *sink, enum side from, uint64_t at,
                 struct bytes body);
/* Tells of a record whose bytes were passed over. */
void talk_record_passed(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                        uint32_t last_place);
/* TLS 1.3: looks for the handshake keys of both sides, as soon as the hellos are there. */
void talk_find_keys(struct tls_talk *k);
/* Tells the record of an alert's size that waits: an alert when it is the side's last, as `last`
 * says. */
void talk_small_record(struct tls_talk *k, const struct tls_sink *sink, enum side from, bool last);
/* Counts a record whose head was read at that place. */
void talk_record_begins(struct tls_talk *k, enum side from, uint32_t place);
/* Tells what only both streams together show: a switch of keys before there were any. */
void talk_judge_order(struct tls_talk *k);
/* Tells of heartbeats that were answered with more than was asked. */
void talk_judge_heartbeats(struct tls_talk *k);

/* Tells of a sealed record whose kind follows from its place; `text` is how many bytes of text it
 * holds. */
void talk_sealed(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                 uint32_t last_place, enum event_kind kind, uint32_t text);

/* talk_ssl2.c */
/* Says whether the record at the front has a head of SSL 2.0. */
enum ssl2_sight talk_ssl2_next(const struct tls_talk *k, enum side from, struct bytes b);
/* Begins such a record: its head is known. */
void talk_ssl2_begins(struct tls_talk *k, enum side from);
/* Says whether the record at the front, whose head is known, is in clear and wanted whole. */
enum ssl2_sight talk_ssl2_is_clear(const struct tls_talk *k, enum side from, struct bytes b);
/* Takes a record in clear with its head; `partial`: the stream ended before it did. */
void talk_ssl2_record(struct tls_talk *k, const struct tls_sink *sink, enum side from, uint64_t at,
                      struct bytes record, bool partial);
/* Tells of a record whose bytes were passed over. */
void talk_ssl2_passed(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                      uint32_t last_place);

/* Fills in the time and adds the event. */
void talk_event(struct tls_talk *k, const struct tls_sink *sink, struct event e);

#endif
