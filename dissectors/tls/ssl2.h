/* SSL 2.0 (draft-hickman-netscape-ssl-00): its record heads and the messages that go in clear. Its
 * CLIENT-HELLO is also the form in which old clients offer SSL 3.0 and TLS (RFC 6101, E; RFC 5246,
 * E.2). No conversation: who may say what when is talk_ssl2.c's business. */
#ifndef KEYHOLE_TLS_SSL2_H
#define KEYHOLE_TLS_SSL2_H

#include "dissectors/tls/handshake.h"

enum { SSL2_VERSION = 0x0002, SSL2_MAC = 16 /* bytes of MD5 */ };

enum ssl2_type {
	SSL2_ERROR = 0,
	SSL2_CLIENT_HELLO = 1,
	SSL2_CLIENT_MASTER_KEY = 2,
	SSL2_SERVER_HELLO = 4,
	SSL2_UNKNOWN = 255, /* no type: the record ends before it */
};

struct ssl2_head {
	uint8_t len;     /* of the head itself: 2, or 3 with padding */
	uint8_t padding; /* bytes of it at the record's end */
	uint16_t body;   /* bytes behind the head, padding among them */
};

/* Reads a record's head; false with too few bytes. */
bool ssl2_head(struct bytes b, struct ssl2_head *out);

enum ssl2_sight {
	SSL2_NO,
	SSL2_MORE, /* too few bytes to say */
	SSL2_YES,
};

/* Say whether a record begins here that holds this message: its type, its version and all of its
 * lengths must agree with the length of the record, which need not be there whole. */
enum ssl2_sight ssl2_sees_client_hello(struct bytes b);
enum ssl2_sight ssl2_sees_server_hello(struct bytes b);
enum ssl2_sight ssl2_sees_master_key(struct bytes b);
enum ssl2_sight ssl2_sees_error(struct bytes b);

struct ssl2_message {
	uint8_t type; /* enum ssl2_type or another number */
	struct noted noted;
	union {
		struct client_hello client_hello;
		struct {
			struct server_hello hello; /* random: the connection id, right-aligned */
			struct bytes certificate;
			bool hit; /* the session of the id that was asked for goes on */
		} server_hello;
		struct {
			uint32_t kind; /* the cipher kind, three bytes */
			uint16_t clear_len, encrypted_len;
		} master_key;
		uint16_t error;
	};
};

/* Decodes one record in clear with its head. Faults go to r->faults, rows to r->trace; `out` is
 * emptied first. Facts borrow from the record's bytes. */
void ssl2_decode(struct reader *r, struct ssl2_message *out);

#endif
