/* Handshake messages of TLS 1.0 to 1.3, decoded one at a time. A decoder sees one whole message (or
 * one marked as partial) through a reader and fills facts; it knows nothing of records, segments,
 * frames or keys, and prints nothing. */
#ifndef KEYHOLE_TLS_HANDSHAKE_H
#define KEYHOLE_TLS_HANDSHAKE_H

#include "src/base/reader.h"
#include "src/model/session.h"

/* What a message cannot say of itself. */
struct handshake_context {
	uint16_t version; /* negotiated; 0 while not known */
	uint16_t suite;   /* negotiated, with version != 0 */
	enum side from;
	uint16_t offered; /* the client's best_version; 0 while not known */
	uint64_t asked;   /* the client's extensions, as in client_hello; 0 while not known */
	bool raw_key;     /* this side shows a raw public key, as both agreed (RFC 7250) */
};

enum handshake_type {
	HS_HELLO_REQUEST = 0,
	HS_CLIENT_HELLO = 1,
	HS_SERVER_HELLO = 2,
	HS_HELLO_VERIFY_REQUEST = 3,
	HS_NEW_SESSION_TICKET = 4,
	HS_END_OF_EARLY_DATA = 5,
	HS_HELLO_RETRY_REQUEST = 6, /* drafts 18 to 21 of RFC 8446 */
	HS_ENCRYPTED_EXTENSIONS = 8,
	HS_CERTIFICATE = 11,
	HS_SERVER_KEY_EXCHANGE = 12,
	HS_CERTIFICATE_REQUEST = 13,
	HS_SERVER_HELLO_DONE = 14,
	HS_CERTIFICATE_VERIFY = 15,
	HS_CLIENT_KEY_EXCHANGE = 16,
	HS_FINISHED = 20,
	HS_CERTIFICATE_URL = 21,
	HS_CERTIFICATE_STATUS = 22,
	HS_SUPPLEMENTAL_DATA = 23,
	HS_KEY_UPDATE = 24,
	HS_COMPRESSED_CERTIFICATE = 25,
	HS_NEXT_PROTOCOL = 67,
	HS_CHANNEL_ID = 203,
	HS_MESSAGE_HASH = 254,
};

/* Findings of one message, each code once. */
struct noted {
	uint16_t code[12]; /* enum finding */
	uint8_t n;
};

struct certificate_message {
	struct bytes list; /* the content of certificate_list */
	struct bytes key;  /* a SubjectPublicKeyInfo in the place of the list (RFC 7250) */
	bool tls13;
	bool empty;
};

struct compressed_certificate {
	uint16_t algorithm;
	uint32_t len; /* of the Certificate message without its head, as the sender says */
	struct bytes packed;
};

struct handshake {
	uint8_t type; /* enum handshake_type or another number */
	uint32_t len; /* as its head says, without the 4 bytes of the head */
	struct noted noted;
	union {
		struct client_hello client_hello;
		struct server_hello server_hello;
		struct certificate_message certificate;
		struct compressed_certificate compressed;
		struct server_key_exchange server_kx;
		struct client_key_exchange client_kx;
		struct {
			uint16_t scheme;
			struct bytes signature;
		} certificate_verify;
		struct {
			uint32_t lifetime;
			struct bytes ticket;
		} ticket;
		struct {
			struct bytes alpn; /* the selected ProtocolName or empty */
			uint32_t flags;    /* enum hello_flag; HELLO_ECH: retry_configs */
			uint16_t record_limit, fragment_limit; /* as in server_hello */
		} encrypted_extensions;
		struct {
			uint8_t type;
			struct bytes response;
		} status;
		struct {
			bool asks;
		} key_update;
	};
};

/* Decodes one message with its 4-byte head. Faults go to r->faults, rows to r->trace; `out` is
 * zeroed first. Facts borrow from the message's bytes. */
void handshake_decode(struct reader *r, const struct handshake_context *c, struct handshake *out);
/* Decodes the content of a Certificate message that came compressed: it has no head. */
void handshake_decode_unpacked(struct reader *r, const struct handshake_context *c,
                               struct handshake *out);
/* Adds a finding once. */
void note_finding(struct noted *n, enum finding code);
/* Gives the row of the field table for a field id; never NULL. */
const struct field_info *tls_field(uint16_t id);
/* Gives the event kind that shows a message of this type; EVENT_OTHER_HANDSHAKE for others. */
enum event_kind handshake_event(const struct handshake *h);

#endif
