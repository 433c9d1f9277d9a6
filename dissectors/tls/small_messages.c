/* The messages with little in them. */
#include "dissectors/tls/extension.h"
#include "dissectors/tls/registry/registry.h"

enum { MD5_LEN = 16, SHA1_LEN = 20 };

static bool is_before_nonce(uint16_t version)
{
	return tls13_draft(version) >= 18 && tls13_draft(version) <= 20;
}

/* RFC 8446, 4.6.1 (TLS 1.3)                  RFC 5077, 3.3 (before)
 *
 *	uint32 ticket_lifetime;               uint32 ticket_lifetime_hint;
 *	uint32 ticket_age_add;
 *	opaque ticket_nonce<0..255>;
 *	opaque ticket<1..2^16-1>;             opaque ticket<0..2^16-1>;
 *	Extension extensions<0..2^16-2>;
 *
 * Drafts 18 to 20 have no ticket_nonce. */
void decode_new_session_ticket(struct reader *r, struct message *m)
{
	bool tls13 = version_is_tls13(m->context->version);
	m->out->ticket.lifetime = take_u32(r, F_TICKET_LIFETIME);
	if (tls13) {
		take_u32(r, F_TICKET_AGE_ADD);
		if (!is_before_nonce(m->context->version))
			take_vector(r, 1, F_TICKET_NONCE);
	}
	m->out->ticket.ticket = take_opaque(r, 2, F_TICKET);
	if (tls13) {
		struct extension_facts f = {0};
		take_extensions(r, IN_NEW_SESSION_TICKET, &f, m);
	}
}

/* RFC 8446, 4.6.3: enum { update_not_requested(0), update_requested(1) } request_update */
void decode_key_update(struct reader *r, struct message *m)
{
	uint8_t request = take_u8(r, F_REQUEST_UPDATE);
	m->out->key_update.asks = request == 1;
	if (request > 1)
		reader_fault(r, FAULT_RANGE, F_REQUEST_UPDATE, 1);
}

/* Says how long verify_data is: as the hash of the suite in TLS 1.3, 12 bytes before it (RFC 5246,
 * 7.4.9) unless the suite says otherwise, as those of GOST do (RFC 9189, 4.1); 0 where it is not
 * known. */
static size_t verify_data_len(const struct handshake_context *c)
{
	const struct suite *suite = suite_find(c->suite);
	if (c->version == 0 || suite == NULL || suite->kx == KX_GOST)
		return 0;
	if (!version_is_tls13(c->version))
		return 12;
	return suite->prf == HASH_SHA384 ? 48 : 32;
}

/* RFC 8446, 4.4.4; RFC 5246, 7.4.9                RFC 6101, 5.6.9 (SSL 3.0)
 *
 *	opaque verify_data[verify_data_length];    opaque md5_hash[16];
 *	                                           opaque sha_hash[20];
 */
void decode_finished(struct reader *r, struct message *m)
{
	if (m->context->version == 0x0300) {
		take_bytes(r, MD5_LEN, F_MD5_HASH);
		take_bytes(r, SHA1_LEN, F_SHA_HASH);
		return;
	}
	size_t len = m->cut ? 0 : verify_data_len(m->context);
	take_bytes(r, len == 0 ? left(r) : len, F_VERIFY_DATA);
}

/* RFC 6347, 4.2.1: sent in DTLS alone
 *
 *	ProtocolVersion server_version;
 *	opaque cookie<0..2^8-1>;
 */
void decode_hello_verify_request(struct reader *r, struct message *m)
{
	(void)m;
	take_u16(r, F_SERVER_VERSION);
	take_vector(r, 1, F_COOKIE);
}

/* RFC 4680, 2
 *
 *	SupplementalDataEntry supp_data<1..2^24-1>;
 *	  SupplementalDataType supp_data_type;
 *	  opaque supp_data<0..2^16-1>;          its content is the type's
 */
void decode_supplemental_data(struct reader *r, struct message *m)
{
	(void)m;
	struct reader list = open_vector(r, 3, F_SUPPLEMENTAL_LIST);
	while (more(&list)) {
		take_u16(&list, F_SUPPLEMENTAL_TYPE);
		take_vector(&list, 2, F_SUPPLEMENTAL_ENTRY);
	}
	close_vector(r, &list);
}

/* draft-agl-tls-nextprotoneg-04, 3
 *
 *	opaque selected_protocol<0..255>;
 *	opaque padding<0..255>;
 */
void decode_next_protocol(struct reader *r, struct message *m)
{
	(void)m;
	take_vector(r, 1, F_SELECTED_PROTOCOL);
	take_vector(r, 1, F_PROTOCOL_PADDING);
}

/* draft-balfanz-tls-channelid-01, 4: one extension without a list around it
 *
 *	ExtensionType extension_type;
 *	opaque extension_data<0..2^16-1>;       x, y, r, s of 32 bytes each
 */
void decode_channel_id(struct reader *r, struct message *m)
{
	(void)m;
	take_u16(r, F_EXTENSION_TYPE);
	take_vector(r, 2, F_CHANNEL_ID_PROOF);
}

/* RFC 8446, 4.4.1: a hash in the place of the first hello, in the transcript alone */
void decode_message_hash(struct reader *r, struct message *m)
{
	(void)m;
	take_rest(r, F_TRANSCRIPT_HASH);
}
