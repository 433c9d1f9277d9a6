/* What the hellos agree on beside keys and certificates: record sizes, protocols, versions. */
#include "dissectors/tls/extension_decoder.h"

/* RFC 6066, 4: enum { 2^9(1), 2^10(2), 2^11(3), 2^12(4) } MaxFragmentLength */
void extension_fragment_length(struct reader *r, struct extension_facts *f)
{
	uint8_t code = take_u8(r, F_MAX_FRAGMENT_LENGTH);
	if (extension_is_sound(r, f) && code >= 1 && code <= 4)
		f->fragment_limit = (uint16_t)(256U << code);
}

/* RFC 8449, 4: uint16 RecordSizeLimit */
void extension_record_limit(struct reader *r, struct extension_facts *f)
{
	uint16_t limit = take_u16(r, F_RECORD_SIZE_LIMIT);
	if (extension_is_sound(r, f))
		f->record_limit = limit;
}

/* RFC 6520, 2: HeartbeatMode mode */
void extension_heartbeat(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u8(r, F_HEARTBEAT_MODE);
}

/* RFC 7301, 3.1: ProtocolName protocol_name_list<2..2^16-1>, each opaque<1..2^8-1> */
static struct bytes protocol_names(struct reader *r, struct extension_facts *f)
{
	struct reader list = open_vector(r, 2, F_PROTOCOL_NAME_LIST);
	struct bytes names = {list.at, left(&list)};
	while (more(&list)) {
		struct bytes name = take_at_least(&list, 1, F_PROTOCOL_NAME, 1);
		if (name.len == 2 && is_grease((uint16_t)reader_number(name.at, 2)))
			f->flags |= HELLO_GREASE;
	}
	close_vector(r, &list);
	return names;
}

void extension_protocols(struct reader *r, struct extension_facts *f)
{
	struct bytes names = protocol_names(r, f);
	if (extension_is_sound(r, f))
		f->alpn = names;
}

/* RFC 7301, 3.1: the server's list holds exactly one name */
void extension_protocol(struct reader *r, struct extension_facts *f)
{
	struct reader list = open_vector(r, 2, F_PROTOCOL_NAME_LIST);
	struct bytes name = take_at_least(&list, 1, F_PROTOCOL_NAME, 1);
	close_vector(r, &list);
	if (extension_is_sound(r, f))
		f->alpn = name;
}

/* draft-agl-tls-nextprotoneg, 3: the server's names, without a length before them all */
void extension_next_protocols(struct reader *r, struct extension_facts *f)
{
	(void)f;
	while (more(r))
		take_at_least(r, 1, F_PROTOCOL_NAME, 1);
}

/* draft-vvv-tls-alps, 4: ProtocolName supported_protocols<2..2^16-1>; none of it is the ALPN offer
 */
void extension_settings_protocols(struct reader *r, struct extension_facts *f)
{
	protocol_names(r, f);
}

/* draft-vvv-tls-alps, 4: the settings as the inner protocol writes them */
void extension_settings(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (more(r))
		take_rest(r, F_SETTINGS);
}

/* RFC 8446, 4.2.1: ProtocolVersion versions<2..254> */
void extension_versions(struct reader *r, struct extension_facts *f)
{
	uint16_t best = 0;
	uint32_t best_rank = 0;
	struct reader list = open_vector(r, 1, F_VERSIONS);
	struct bytes offered = take_numbers(&list, 2, F_OFFERED_VERSION);
	close_vector(r, &list);
	for (size_t i = 0; i < offered.len / 2; i++) {
		uint16_t version = bytes_u16(offered, i);
		uint32_t rank = is_grease(version) ? 0 : version_rank(version);
		if (rank > best_rank) {
			best = version;
			best_rank = rank;
		}
	}
	if (has_grease(offered))
		f->flags |= HELLO_GREASE;
	if (!extension_is_sound(r, f))
		return;
	f->best_version = best;
	f->versions = offered;
}

/* RFC 8446, 4.2.1: ProtocolVersion selected_version */
void extension_selected_version(struct reader *r, struct extension_facts *f)
{
	uint16_t version = take_u16(r, F_SELECTED_VERSION);
	if (extension_is_sound(r, f))
		f->version = version;
}

/* RFC 8446, 4.2.2: opaque cookie<1..2^16-1> */
void extension_cookie(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_at_least(r, 2, F_COOKIE, 1);
}

/* RFC 7685, 3 */
void extension_padding(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (more(r))
		take_rest(r, F_PADDING);
}

/* RFC 5746, 3.2: opaque renegotiated_connection<0..255> */
void extension_renegotiation(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_vector(r, 1, F_RENEGOTIATED);
}

/* draft-ietf-tls-tlsflags, 2: opaque flags<1..255>, one bit each */
void extension_tls_flags(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_at_least(r, 1, F_TLS_FLAGS, 1);
}
