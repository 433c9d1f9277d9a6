/* Groups, key shares and the algorithms of signatures. */
#include "dissectors/tls/extension_decoder.h"

/* Takes a list of code points, seeing GREASE, and gives its content. */
static struct bytes take_codes(struct reader *r, uint16_t list, uint16_t field,
                               struct extension_facts *f)
{
	struct reader in = open_vector(r, 2, list);
	struct bytes codes = take_numbers(&in, 2, field);
	close_vector(r, &in);
	if (has_grease(codes))
		f->flags |= HELLO_GREASE;
	return codes;
}

/* RFC 8446, 4.2.7: NamedGroup named_group_list<2..2^16-1> */
void extension_groups(struct reader *r, struct extension_facts *f)
{
	struct bytes codes = take_codes(r, F_GROUP_LIST, F_GROUP, f);
	if (extension_is_sound(r, f))
		f->groups = codes;
}

/* RFC 8422, 5.1.2: ECPointFormat ec_point_format_list<1..2^8-1> */
void extension_point_formats(struct reader *r, struct extension_facts *f)
{
	struct reader list = open_vector(r, 1, F_POINT_FORMAT_LIST);
	struct bytes formats = take_numbers(&list, 1, F_POINT_FORMAT);
	close_vector(r, &list);
	if (extension_is_sound(r, f))
		f->point_formats = formats;
}

/* RFC 8446, 4.2.3: SignatureScheme supported_signature_algorithms<2..2^16-2> */
void extension_schemes(struct reader *r, struct extension_facts *f)
{
	struct bytes codes = take_codes(r, F_SCHEME_LIST, F_SCHEME, f);
	if (extension_is_sound(r, f))
		f->schemes = codes;
}

/* RFC 8446, 4.2.3: signature_algorithms_cert, the same for signatures in certificates */
void extension_certificate_schemes(struct reader *r, struct extension_facts *f)
{
	take_codes(r, F_SCHEME_LIST, F_SCHEME, f);
}

/* RFC 9345, 4.1.1: the same for the keys of delegated credentials */
void extension_delegated_schemes(struct reader *r, struct extension_facts *f)
{
	take_codes(r, F_SCHEME_LIST, F_SCHEME, f);
}

/* RFC 8446, 4.2.8: NamedGroup group; opaque key_exchange<1..2^16-1> */
static uint16_t take_share(struct reader *r, struct extension_facts *f)
{
	uint16_t group = take_code(r, F_SHARE_GROUP, f);
	take_at_least(r, 2, F_KEY_EXCHANGE, 1);
	return group;
}

/* RFC 8446, 4.2.8: KeyShareEntry client_shares<0..2^16-1> */
void extension_offered_shares(struct reader *r, struct extension_facts *f)
{
	uint16_t n = 0, first = 0;
	struct reader list = open_vector(r, 2, F_CLIENT_SHARES);
	for (; more(&list); n++) {
		uint16_t group = take_share(&list, f);
		if (first == 0 && !is_grease(group))
			first = group;
	}
	close_vector(r, &list);
	if (!extension_is_sound(r, f))
		return;
	f->n_shares = n;
	f->first_share = first;
}

/* RFC 8446, 4.2.8: KeyShareEntry server_share */
void extension_selected_share(struct reader *r, struct extension_facts *f)
{
	uint16_t group = take_share(r, f);
	if (extension_is_sound(r, f))
		f->group = group;
}

/* RFC 8446, 4.2.8: in HelloRetryRequest NamedGroup selected_group */
void extension_selected_group(struct reader *r, struct extension_facts *f)
{
	uint16_t group = take_u16(r, F_SELECTED_GROUP);
	if (extension_is_sound(r, f))
		f->group = group;
}

/* RFC 8472, 2
 *
 *	TB_ProtocolVersion token_binding_version;             uint8 major, uint8 minor
 *	TokenBindingKeyParameters key_parameters_list<1..2^8-1>;
 */
void extension_token_binding(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u8(r, F_TOKEN_MAJOR);
	take_u8(r, F_TOKEN_MINOR);
	take_number_list(r, 1, F_TOKEN_PARAMETERS, 1, F_TOKEN_PARAMETER);
}
