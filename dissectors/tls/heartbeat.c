#include "dissectors/tls/heartbeat.h"

#include "dissectors/tls/fields.h"

enum { LEAST_PADDING = 16 };

/* RFC 6520, 4
 *
 *	HeartbeatMessageType type;
 *	uint16 payload_length;
 *	opaque payload[payload_length];
 *	opaque padding[padding_length];       at least 16 bytes
 */
void heartbeat_decode(struct reader *r, struct heartbeat *out)
{
	*out = (struct heartbeat){.type = take_u8(r, F_HEARTBEAT_TYPE)};
	out->payload_len = take_u16(r, F_PAYLOAD_LENGTH);
	out->lies = r->fault == FINE && left(r) < out->payload_len;
	take_bytes(r, out->payload_len, F_PAYLOAD);
	if (left(r) < LEAST_PADDING)
		reader_fault(r, FAULT_SHORT, F_HEARTBEAT_PADDING, LEAST_PADDING);
	if (r->fault == FINE)
		take_rest(r, F_HEARTBEAT_PADDING);
}
