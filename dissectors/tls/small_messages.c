/* NewSessionTicket, KeyUpdate, Finished. */
#include "dissectors/tls/extension.h"

/* RFC 8446, 4.6.1 (TLS 1.3)                  RFC 5077, 3.3 (before)
 *
 *	uint32 ticket_lifetime;               uint32 ticket_lifetime_hint;
 *	uint32 ticket_age_add;
 *	opaque ticket_nonce<0..255>;
 *	opaque ticket<1..2^16-1>;             opaque ticket<0..2^16-1>;
 *	Extension extensions<0..2^16-2>;
 */
void decode_new_session_ticket(struct reader *r, struct message *m)
{
	bool tls13 = version_is_tls13(m->context->version);
	m->out->ticket.lifetime = take_u32(r, F_TICKET_LIFETIME);
	if (tls13) {
		take_u32(r, F_TICKET_AGE_ADD);
		take_vector(r, 1, F_TICKET_NONCE);
	}
	m->out->ticket.ticket = take_opaque(r, 2, F_TICKET);
	if (tls13) {
		struct extension_facts f = {0};
		take_extensions(r, IN_NEW_SESSION_TICKET, &f, m);
	}
}

/* RFC 8446, 4.6.3: KeyUpdateRequest request_update */
void decode_key_update(struct reader *r, struct message *m)
{
	m->out->key_update.asks = take_u8(r, F_REQUEST_UPDATE) == 1;
}

/* RFC 8446, 4.4.4; RFC 5246, 7.4.9: opaque verify_data[verify_data_length] */
void decode_finished(struct reader *r, struct message *m)
{
	struct bytes verify_data = take_rest(r, F_VERIFY_DATA);
	if (!m->cut)
		m->out->finished.verify_data = verify_data;
}
