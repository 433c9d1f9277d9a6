/* Which certificates are wanted, and in what form. What proves them is in extension_status.c. */
#include "dissectors/tls/extension_decoder.h"

enum { SHA1_LEN = 20, RAW_PUBLIC_KEY = 2 };

/* RFC 6066, 6: pre_agreed(0), key_sha1_hash(1), x509_name(2), cert_sha1_hash(3) */
static void trusted_authority(struct reader *list)
{
	switch (take_u8(list, F_IDENTIFIER_TYPE)) {
	case 0:
		return;
	case 1:
	case 3:
		take_bytes(list, SHA1_LEN, F_SHA1_HASH);
		return;
	case 2:
		take_at_least(list, 2, F_DISTINGUISHED_NAME, 1);
		return;
	default: /* its length is not known, so the rest of the list is not either */
		take_rest(list, F_EXTENSION_OPAQUE);
	}
}

/* RFC 6066, 6: TrustedAuthority trusted_authorities_list<0..2^16-1> */
void extension_trusted_authorities(struct reader *r, struct extension_facts *f)
{
	(void)f;
	struct reader list = open_vector(r, 2, F_TRUSTED_AUTHORITIES);
	while (more(&list))
		trusted_authority(&list);
	close_vector(r, &list);
}

/* draft-ietf-tls-trust-anchor-ids, 4: TrustAnchorID trust_anchors<0..2^16-1>, each opaque<1..2^8-1>
 */
void extension_trust_anchors(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_filled_list(r, 2, F_TRUST_ANCHORS, 1, F_TRUST_ANCHOR);
}

/* RFC 8446, 4.2.4: DistinguishedName authorities<3..2^16-1>, each opaque<1..2^16-1> */
void extension_authorities(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_filled_list(r, 2, F_AUTHORITIES, 2, F_DISTINGUISHED_NAME);
}

/* RFC 8446, 4.2.5
 *
 *	OIDFilter filters<0..2^16-1>;    opaque certificate_extension_oid<1..2^8-1>;
 *	                                 opaque certificate_extension_values<0..2^16-1>;
 */
void extension_oid_filters(struct reader *r, struct extension_facts *f)
{
	(void)f;
	struct reader list = open_vector(r, 2, F_OID_FILTERS);
	while (more(&list)) {
		take_at_least(&list, 1, F_FILTER_OID, 1);
		take_vector(&list, 2, F_FILTER_VALUES);
	}
	close_vector(r, &list);
}

/* RFC 7250, 3, and RFC 6091, 3.1: CertificateType certificate_types<1..2^8-1> */
void extension_certificate_types(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 1, F_OFFERED_FORMS, 1, F_OFFERED_FORM);
}

/* RFC 6091, 3.1: CertificateType certificate_type */
void extension_certificate_type(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u8(r, F_CHOSEN_FORM);
}

/* RFC 7250, 3: the same for one side alone; RawPublicKey(2) */
static void key_type(struct reader *r, struct extension_facts *f, enum hello_flag raw)
{
	uint8_t type = take_u8(r, F_CHOSEN_FORM);
	if (type == RAW_PUBLIC_KEY && extension_is_sound(r, f))
		f->flags |= raw;
}

void extension_client_key_type(struct reader *r, struct extension_facts *f)
{
	key_type(r, f, HELLO_RAW_CLIENT_KEY);
}

void extension_server_key_type(struct reader *r, struct extension_facts *f)
{
	key_type(r, f, HELLO_RAW_SERVER_KEY);
}

/* RFC 8879, 3: CertificateCompressionAlgorithm algorithms<2..2^8-2> */
void extension_compressions(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 1, F_COMPRESSION_ALGORITHMS, 2, F_COMPRESSION_ALGORITHM);
}

/* RFC 7924, 3: CachedObject cached_info<1..2^16-1>
 *
 *	CachedInformationType type;      cert(1), cert_req(2)
 *	opaque hash_value<1..255>;       the client's alone
 */
void extension_cached_objects(struct reader *r, struct extension_facts *f)
{
	(void)f;
	struct reader list = open_vector(r, 2, F_CACHED_INFO);
	while (more(&list)) {
		take_u8(&list, F_CACHED_TYPE);
		take_at_least(&list, 1, F_CACHED_HASH, 1);
	}
	close_vector(r, &list);
}

void extension_cached_types(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 2, F_CACHED_INFO, 1, F_CACHED_TYPE);
}

/* RFC 9345, 4: a DelegatedCredential beside the certificate that stands for it
 *
 *	uint32 valid_time;
 *	SignatureScheme dc_cert_verify_algorithm;
 *	opaque ASN1_subjectPublicKeyInfo<1..2^24-1>;
 *	SignatureScheme algorithm;
 *	opaque signature<1..2^16-1>;
 */
void extension_delegated_credential(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u32(r, F_DELEGATED_TIME);
	take_u16(r, F_DELEGATED_SCHEME);
	take_at_least(r, 3, F_DELEGATED_KEY, 1);
	take_u16(r, F_SIGNATURE_SCHEME);
	take_at_least(r, 2, F_SIGNATURE, 1);
}
