/* The opener: what a dissector may ask of the secrets. It is told the handshake as it goes by,
 * looks for this session's secrets in the key ring, derives keys by the ledger's rules and opens
 * records. Nothing it holds can be read through this interface but opened text. It is pure over
 * what it is told: no clocks, no files. */
#ifndef KEYHOLE_SECRETS_OPENER_H
#define KEYHOLE_SECRETS_OPENER_H

#include "src/base/address.h"
#include "src/model/session.h"

struct earlier;
struct keyring;
struct opener;

enum epoch {
	EPOCH_HANDSHAKE, /* TLS 1.3: records sealed with the handshake traffic secrets */
	EPOCH_TALK,  /* all sealed records of TLS <= 1.2; TLS 1.3 from the Finished messages on */
	EPOCH_EARLY, /* TLS 1.3 early data */
};

enum open_result {
	OPEN_OK,     /* authenticated; text is right */
	OPEN_FAILED, /* does not authenticate; no text */
	OPEN_NO_KEY, /* no keys for this side and epoch (yet, or ever) */
};

struct opened {
	enum open_result result;
	uint8_t type; /* content type: the record's, or the inner one of TLS 1.3 (0: the record held
	                 none) */
	struct bytes text; /* in `out`, padding and tag taken off */
};

/* Makes an opener for a session; NULL when the ring is empty (then nothing can be opened, and
 * nothing need be told) or memory ends. In `earlier` it files this session's master secret once
 * that is proven, and looks for the one of a session that is resumed, which needs s->endpoint;
 * NULL: neither. */
struct opener *opener_new(const struct keyring *ring, struct session *s, struct earlier *earlier);
/* Tells it one whole handshake message with its 4-byte head, in the order of the handshake, clear
 * or opened. Decoded facts are in s->tls already (hellos, key exchanges, version, suite, chain);
 * what they borrow from the message is read now or never. For Finished it compares verify_data and
 * sets s->tls->finished[from]. */
void opener_message(struct opener *o, enum side from, struct bytes message);
/* Tells it the hello of a client in the form of SSL 2.0, without its record head: the transcript of
 * SSL 3.0 and TLS begins with that (RFC 5246, E.2). */
void opener_old_hello(struct opener *o, struct bytes message);
/* Tells it that bytes of the handshake are missing: transcripts can no longer be trusted. */
void opener_lost(struct opener *o);
/* Looks for the keys of a side and epoch with what is known by now; true when there are keys. Sets
 * s->tls->known, supply, key_name. */
bool opener_ready(struct opener *o, enum side from, enum epoch e);
/* Opens one record: its outer type, its version field, and its payload without the 5-byte head.
 * Records of one side must come in order. A record that authenticates counts; one that does not
 * counts too up to TLS 1.2, but not in TLS 1.3, so that it can be tried with another epoch's keys.
 * Records missing before it are looked for in bounds (see protection.h).
 * `out` has room for at least body.len bytes. */
struct opened opener_record(struct opener *o, enum side from, enum epoch e, uint8_t type,
                            uint16_t version, struct bytes body, uint8_t *out);
/* One sealed record of this side passed that cannot be given (a part of it was not captured): its
 * number is counted. What hangs on its bytes (the CBC chain of TLS 1.0) is lost from here on. */
void opener_skip(struct opener *o, enum side from);
/* TLS 1.3 KeyUpdate was sent by this side: its next record uses the next keys. */
void opener_key_update(struct opener *o, enum side from);
/* TLS <= 1.2 ChangeCipherSpec was sent by this side: its next record is number 0 of the newest
 * keys. */
void opener_switch(struct opener *o, enum side from);
/* Wipes all secrets. */
void opener_free(struct opener *o);

#endif
