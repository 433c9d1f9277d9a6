/* What DTLS carries for calls and conferences: SRTP, its keys, and the names of peers and paths. */
#include "dissectors/tls/extension_decoder.h"

/* RFC 5764, 4.1.1
 *
 *	SRTPProtectionProfile SRTPProtectionProfiles<2..2^16-1>;
 *	opaque srtp_mki<0..255>;
 */
void extension_srtp_profiles(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 2, F_SRTP_PROFILES, 2, F_SRTP_PROFILE);
	take_vector(r, 1, F_SRTP_MKI);
}

/* RFC 8870, 5.2.1: EKTCipherType supported_ciphers<1..255> */
void extension_ekt_ciphers(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 1, F_EKT_CIPHERS, 1, F_EKT_CIPHER);
}

/* RFC 8870, 5.2.1: EKTCipherType selected_cipher */
void extension_ekt_cipher(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u8(r, F_EKT_CIPHER);
}

/* RFC 8844, 3.2: opaque binding_hash<0..32> */
void extension_external_id_hash(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_vector(r, 1, F_BINDING_HASH);
}

/* RFC 8844, 4.3: opaque session_id<20..255> */
void extension_external_session_id(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_at_least(r, 1, F_EXTERNAL_SESSION_ID, 20);
}

/* RFC 9146, 3: opaque cid<0..2^8-1>; its drafts had the number 53 */
void extension_connection_id(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_vector(r, 1, F_CONNECTION_ID);
}
