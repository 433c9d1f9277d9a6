/* One TLS conversation: two streams of bytes become records, messages, facts and events. It asks
 * for bytes and gives events; it does not know frames (places are tokens to it), chains or key
 * files, and the result depends only on the two streams: where the meaning of one side hangs on the
 * other, it waits for the other.
 *
 * Waiting: `taken.need == SIZE_MAX` says that this side goes on when the other has; tls_talk_can_go
 * tells when. */
#ifndef KEYHOLE_TLS_TALK_H
#define KEYHOLE_TLS_TALK_H

#include "dissectors/tls/fingerprint.h"
#include "dissectors/tls/handshake.h"
#include "src/secrets/opener.h"

struct tls_talk;

/* What a watcher gets to see of one message or record; everything is borrowed for the call. */
struct tls_seen {
	struct event event;
	struct bytes bytes;        /* the whole message, or the record's (opened) payload */
	const struct trace *trace; /* rows over `bytes`; NULL for payloads without fields */
	struct faults faults;
	uint32_t record; /* number of its first record in this side's stream, from 1 */
};

/* What the conversation needs from its surroundings. */
struct tls_sink {
	void *ctx;
	struct session *session;
	const struct keyring *keys; /* NULL or empty: nothing is opened */
	struct earlier *earlier;    /* where secrets wait for sessions that are resumed; or NULL */
	/* Gives the token for the place of a byte of a side's stream, valid for bytes being
	 * offered. */
	uint32_t (*place)(void *ctx, enum side from, uint64_t at);
	/* Gives the time of the packet being worked on. */
	moment (*now)(void *ctx);
	/* Gives the chain for a certificate_list. */
	const struct chain *(*chain)(void *ctx, enum side from, struct bytes list, bool tls13);
	/* Says what a raw public key is, a SubjectPublicKeyInfo. */
	struct raw_key (*key)(void *ctx, struct bytes spki);
	/* Gives `len` bytes that come out of a compressed certificate (RFC 8879), borrowed until
	 * the next call; none when it does not unpack to just so many, and whether there is `more`
	 * in it. `len` is at most TLS_HANDSHAKE_LIMIT. */
	struct bytes (*unpack)(void *ctx, uint16_t algorithm, struct bytes packed, size_t len,
	                       bool *more);
	/* Remembers what this session gives out for later ones to be taken up by, and gives the
	 * first frame of the session that gave out such a thing, 0 when none is known; or NULL. */
	void (*issue)(void *ctx, enum resumed_by by, struct bytes value);
	uint32_t (*origin)(void *ctx, enum resumed_by by, struct bytes value);
	struct fingerprinter *prints; /* of the worker; NULL: no fingerprints are made */
	uint8_t *
		scratch; /* TLS_SCRATCH bytes for opened records, shared by all talks of a worker */
	/* The rest is for replay with a watcher; NULL otherwise. */
	struct trace *trace;
	void (*seen)(void *ctx, const struct tls_seen *s);
};

enum {
	TLS_SCRATCH = 72 * 1024,
	TLS_HANDSHAKE_LIMIT = 512 * 1024,
	TLS_RECORD_LIMIT = (1 << 14) + 2048
};

/* How the first bytes of a stream look. */
enum tls_probe {
	PROBE_MORE,         /* too few bytes to say */
	PROBE_NO,           /* not TLS */
	PROBE_CLIENT_HELLO, /* a handshake record that begins with a ClientHello */
	PROBE_SERVER_HELLO,
	PROBE_RECORDS, /* a chain of records without a hello: begun late */
};

/* Says how the bytes look; `all` means that no more will come. A claim is made only where record
 * and message head agree. */
enum tls_probe tls_probe(struct bytes b, bool all);

/* Makes a talk in the session's arena; NULL without memory. `late`: no hello is to be expected
 * (PROBE_RECORDS). */
struct tls_talk *tls_talk_new(const struct tls_sink *sink, bool late);
/* The other side's bytes were not TLS or never seen: do not wait for it. Also at the end of a
 * stream. */
void tls_talk_over(struct tls_talk *k, enum side from);
/* This side was silent for so long that the other goes on without it; it may still speak. */
void tls_talk_go_without(struct tls_talk *k, enum side silent);
/* Takes bytes of one side's stream; `at` is the stream offset of the first. Says how many were used
 * and how many are needed. */
void tls_talk_bytes(struct tls_talk *k, const struct tls_sink *sink, enum side from, uint64_t at,
                    struct bytes b, size_t *used, size_t *need);
/* Bytes are missing: the next ones come from `at` + `len`. */
void tls_talk_gap(struct tls_talk *k, const struct tls_sink *sink, enum side from, uint64_t at,
                  uint64_t len);
/* Says whether a side that waited may go on. */
bool tls_talk_can_go(const struct tls_talk *k, enum side from);
/* Gives the bytes that messages in pieces hold, beside the session's arena. */
size_t tls_talk_held(const struct tls_talk *k);
/* The talk is over: what is left in pieces is told, secrets are wiped. */
void tls_talk_end(struct tls_talk *k, const struct tls_sink *sink);

#endif
