/* Who the client is, where no certificate says it: passwords, user names, authorizations. */
#include "dissectors/tls/extension_decoder.h"

/* RFC 5054, 2.8.1: opaque srp_I<1..2^8-1> */
void extension_srp_name(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_at_least(r, 1, F_SRP_NAME, 1);
}

/* RFC 8492, 4.2: opaque pwd_name<1..2^8-1>, in pwd_protect encrypted */
void extension_pwd_name(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_at_least(r, 1, F_PWD_NAME, 1);
}

/* RFC 8492, 4.3: opaque password_salt<1..2^16-1> */
void extension_pwd_salt(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_at_least(r, 2, F_PASSWORD_SALT, 1);
}

/* RFC 4681, 2: UserMappingType user_mapping_types<1..2^8-1> */
void extension_mapping_types(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 1, F_MAPPING_TYPES, 1, F_MAPPING_TYPE);
}

/* RFC 5878, 2.3: AuthzDataFormat authz_format_list<1..2^8-1>, in client_authz and server_authz */
void extension_authz_formats(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 1, F_AUTHZ_FORMATS, 1, F_AUTHZ_FORMAT);
}
