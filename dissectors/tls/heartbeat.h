/* Heartbeats, the content of records of type 24 (RFC 6520). What one says alone is here; what two
 * say together is the conversation's to tell. */
#ifndef KEYHOLE_TLS_HEARTBEAT_H
#define KEYHOLE_TLS_HEARTBEAT_H

#include "src/base/reader.h"

enum heartbeat_type { HEARTBEAT_REQUEST = 1, HEARTBEAT_RESPONSE = 2 };
enum { HEARTBEAT_LEAST = 1 + 2 + 16 }; /* bytes of one with an empty payload */

struct heartbeat {
	uint8_t type;         /* enum heartbeat_type or another number */
	uint16_t payload_len; /* as it says */
	bool lies;            /* there are fewer bytes than that */
};

/* Decodes one message; faults go to r->faults, rows to r->trace. */
void heartbeat_decode(struct reader *r, struct heartbeat *out);

#endif
