/* The transport parameters that QUIC sends inside the hellos. */
#include "dissectors/tls/extension_decoder.h"

enum { TOKEN_LEN = 16, IPV4_LEN = 4, IPV6_LEN = 16 };

/* Those whose values are not opaque (RFC 9000, 18.2; RFC 9221; RFC 9287; RFC 9368). */
enum parameter {
	MAX_IDLE_TIMEOUT = 0x01,
	STATELESS_RESET_TOKEN = 0x02,
	MAX_UDP_PAYLOAD_SIZE = 0x03,
	INITIAL_MAX_DATA = 0x04,
	INITIAL_MAX_STREAM_DATA_BIDI_LOCAL = 0x05,
	INITIAL_MAX_STREAM_DATA_BIDI_REMOTE = 0x06,
	INITIAL_MAX_STREAM_DATA_UNI = 0x07,
	INITIAL_MAX_STREAMS_BIDI = 0x08,
	INITIAL_MAX_STREAMS_UNI = 0x09,
	ACK_DELAY_EXPONENT = 0x0a,
	MAX_ACK_DELAY = 0x0b,
	DISABLE_ACTIVE_MIGRATION = 0x0c,
	PREFERRED_ADDRESS = 0x0d,
	ACTIVE_CONNECTION_ID_LIMIT = 0x0e,
	VERSION_INFORMATION = 0x11,
	MAX_DATAGRAM_FRAME_SIZE = 0x20,
	GREASE_QUIC_BIT = 0x2ab2,
};

/* RFC 9000, 18.1: 27, 58, 89 ... mean nothing on purpose. Numbers that no table can hold have no
 * name. */
static uint16_t field_of(uint64_t id)
{
	if (id % 31 == 27)
		return F_QUIC_GREASE;
	return id > UINT16_MAX ? F_QUIC_PRIVATE : F_QUIC_PARAMETER;
}

/* The id of a parameter says what its own row is called, so it is read before it is written. */
static uint64_t take_id(struct reader *r)
{
	struct reader ahead = *r;
	ahead.trace = NULL;
	ahead.faults = NULL;
	return take_varint(r, field_of(take_varint(&ahead, F_QUIC_PARAMETER)));
}

/* RFC 9000, 18.2
 *
 *	IPv4 Address (32), IPv4 Port (16),
 *	IPv6 Address (128), IPv6 Port (16),
 *	Connection ID Length (8), Connection ID (..),
 *	Stateless Reset Token (128)
 */
static void preferred_address(struct reader *value)
{
	take_bytes(value, IPV4_LEN, F_QUIC_IPV4);
	take_u16(value, F_QUIC_PORT);
	take_bytes(value, IPV6_LEN, F_QUIC_IPV6);
	take_u16(value, F_QUIC_PORT);
	take_vector(value, 1, F_QUIC_CONNECTION_ID);
	take_bytes(value, TOKEN_LEN, F_QUIC_TOKEN);
}

/* RFC 9368, 3: Chosen Version (32), Available Versions (32) ... */
static void version_information(struct reader *value)
{
	take_u32(value, F_QUIC_VERSION);
	while (more(value))
		take_u32(value, F_QUIC_VERSION);
}

static void take_value(struct reader *value, uint64_t id)
{
	switch (id) {
	case MAX_IDLE_TIMEOUT:
	case MAX_UDP_PAYLOAD_SIZE:
	case INITIAL_MAX_DATA:
	case INITIAL_MAX_STREAM_DATA_BIDI_LOCAL:
	case INITIAL_MAX_STREAM_DATA_BIDI_REMOTE:
	case INITIAL_MAX_STREAM_DATA_UNI:
	case INITIAL_MAX_STREAMS_BIDI:
	case INITIAL_MAX_STREAMS_UNI:
	case ACK_DELAY_EXPONENT:
	case MAX_ACK_DELAY:
	case ACTIVE_CONNECTION_ID_LIMIT:
	case MAX_DATAGRAM_FRAME_SIZE:
		take_varint(value, F_QUIC_NUMBER);
		return;
	case STATELESS_RESET_TOKEN:
		take_bytes(value, TOKEN_LEN, F_QUIC_TOKEN);
		return;
	case DISABLE_ACTIVE_MIGRATION: /* these two are empty */
	case GREASE_QUIC_BIT:
		return;
	case PREFERRED_ADDRESS:
		preferred_address(value);
		return;
	case VERSION_INFORMATION:
		version_information(value);
		return;
	default:
		if (more(value))
			take_rest(value, F_QUIC_OPAQUE);
	}
}

/* RFC 9000, 18: Transport Parameter (..) ..., each ID (i), Length (i), Value (..) */
void extension_quic_parameters(struct reader *r, struct extension_facts *f)
{
	(void)f;
	while (more(r)) {
		uint64_t id = take_id(r);
		struct reader value = open_varint_vector(r, F_QUIC_VALUE);
		take_value(&value, id);
		close_vector(r, &value);
	}
}
