/* Coming back: tickets, pre-shared keys and early data. */
#include "dissectors/tls/extension_decoder.h"

/* RFC 5077, 3.2: the ticket, without a length of its own; empty to ask for one */
void extension_session_ticket(struct reader *r, struct extension_facts *f)
{
	struct bytes ticket = {NULL, 0};
	if (more(r))
		ticket = take_rest(r, F_TICKET);
	if (!extension_is_sound(r, f))
		return;
	f->ticket_len = (uint16_t)ticket.len;
	f->ticket = ticket;
}

/* RFC 9149, 2
 *
 *	uint8 new_session_count;
 *	uint8 resumption_count;
 */
void extension_ticket_request(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u8(r, F_NEW_SESSION_COUNT);
	take_u8(r, F_RESUMPTION_COUNT);
}

/* RFC 9149, 2: uint8 expected_count */
void extension_ticket_hint(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u8(r, F_EXPECTED_COUNT);
}

/* RFC 8672, 4: pinning_ticket ticket<0..2^16-1>, which the first connection leaves out */
void extension_pinning_ticket(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (more(r))
		take_vector(r, 2, F_PINNING_TICKET);
}

/* RFC 8672, 4
 *
 *	pinning_proof proof<0..2^8-1>;
 *	pinning_ticket ticket<0..2^16-1>;
 *	uint32 lifetime;
 */
void extension_pinning(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_vector(r, 1, F_PINNING_PROOF);
	take_vector(r, 2, F_PINNING_TICKET);
	take_u32(r, F_PINNING_LIFETIME);
}

/* RFC 8446, 4.2.10: in NewSessionTicket uint32 max_early_data_size, elsewhere empty */
void extension_early_data_size(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u32(r, F_MAX_EARLY_DATA);
}

/* RFC 8446, 4.2.11
 *
 *	PskIdentity identities<7..2^16-1>;     opaque identity<1..2^16-1>;
 *	                                       uint32 obfuscated_ticket_age;
 *	PskBinderEntry binders<33..2^16-1>;    opaque<32..255>
 */
void extension_offered_psks(struct reader *r, struct extension_facts *f)
{
	uint16_t n = 0;
	struct reader identities = open_vector(r, 2, F_PSK_IDENTITIES);
	for (; more(&identities); n++) {
		take_at_least(&identities, 2, F_PSK_IDENTITY, 1);
		take_u32(&identities, F_TICKET_AGE);
	}
	close_vector(r, &identities);
	struct reader binders = open_vector(r, 2, F_PSK_BINDERS);
	while (more(&binders))
		take_at_least(&binders, 1, F_PSK_BINDER, 32);
	close_vector(r, &binders);
	if (extension_is_sound(r, f))
		f->n_psks = n;
}

/* RFC 8446, 4.2.11: uint16 selected_identity */
void extension_selected_psk(struct reader *r, struct extension_facts *f)
{
	uint16_t selected = take_u16(r, F_SELECTED_IDENTITY);
	if (extension_is_sound(r, f))
		f->psk_selected = selected;
}

/* RFC 8446, 4.2.9: PskKeyExchangeMode ke_modes<1..255>; RFC 8701, 2: 11, 42, 73 ... are GREASE */
void extension_psk_modes(struct reader *r, struct extension_facts *f)
{
	struct reader list = open_vector(r, 1, F_PSK_MODES);
	struct bytes modes = take_numbers(&list, 1, F_PSK_MODE);
	close_vector(r, &list);
	for (size_t i = 0; i < modes.len; i++)
		if (modes.at[i] % 31 == 11)
			f->flags |= HELLO_GREASE;
}
