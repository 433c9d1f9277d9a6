/* The messages that carry, ask for and prove certificates. */
#include "dissectors/tls/extension.h"

enum { DER_SEQUENCE = 0x30 };

/* RFC 8446, 4.4.2 (TLS 1.3)              RFC 5246, 7.4.2 (before)
 *
 *	opaque cert_data<1..2^24-1>;      opaque ASN.1Cert<1..2^24-1>;
 *	Extension extensions<0..2^16-1>;
 *
 * Where both agreed on raw public keys, cert_data is ASN1_subjectPublicKeyInfo.
 */
static void take_certificate(struct reader *list, bool tls13, struct message *m)
{
	struct bytes data =
		take_vector(list, 3, m->context->raw_key ? F_RAW_PUBLIC_KEY : F_CERT_DATA);
	if (m->context->raw_key && m->out->certificate.key.len == 0)
		m->out->certificate.key = data;
	if (!tls13)
		return;
	struct extension_facts f = {0};
	take_extensions(list, IN_CERTIFICATE, &f, m);
}

/* RFC 7250, 3: where raw public keys were agreed on, opaque ASN.1_subjectPublicKeyInfo<1..2^24-1>
 * stands in the place of the list. It begins with DER's tag of a SEQUENCE; a certificate whose
 * length began so would be longer than any message is. */
static bool is_raw_public_key(struct reader r)
{
	r.trace = NULL;
	r.faults = NULL;
	struct reader key = open_vector(&r, 3, F_RAW_PUBLIC_KEY);
	return left(&key) < DER_SEQUENCE << 16 && take_u8(&key, F_RAW_PUBLIC_KEY) == DER_SEQUENCE;
}

/* RFC 8446, 4.4.2 (TLS 1.3)                           RFC 5246, 7.4.2 (before)
 *
 *	opaque certificate_request_context<0..2^8-1>;
 *	CertificateEntry certificate_list<0..2^24-1>;  ASN.1Cert certificate_list<0..2^24-1>;
 *
 * The list is kept up to the first entry that is not all there. */
void decode_certificate(struct reader *r, struct message *m)
{
	struct certificate_message *c = &m->out->certificate;
	c->tls13 = version_is_tls13(m->context->version);
	if (c->tls13)
		take_vector(r, 1, F_REQUEST_CONTEXT);
	else if (is_raw_public_key(*r)) {
		c->key = take_opaque(r, 3, F_RAW_PUBLIC_KEY);
		return;
	}
	struct reader list = open_vector(r, 3, F_CERTIFICATE_LIST);
	const uint8_t *first = list.at, *end = first;
	while (more(&list)) {
		take_certificate(&list, c->tls13, m);
		if (list.fault == FINE)
			end = list.at;
	}
	close_vector(r, &list);
	if (list.fault != FINE && !list.partial)
		note_finding(&m->out->noted, FIND_CERT_LENGTH);
	c->empty = r->fault == FINE && end == first && list.fault == FINE;
	if (end != first && c->key.len == 0)
		c->list = (struct bytes){first, (size_t)(end - first)};
}

/* RFC 6066, 8; RFC 6961, 2.2 */
void decode_certificate_status(struct reader *r, struct message *m)
{
	bool none = false;
	m->out->status.response = take_certificate_status(r, &m->out->status.type, &none);
	if (none)
		note_finding(&m->out->noted, FIND_OCSP_INVALID);
}

/* RFC 8446, 4.3.2 (TLS 1.3)
 *
 *	opaque certificate_request_context<0..2^8-1>;
 *	Extension extensions<2..2^16-1>;
 *
 * draft-ietf-tls-tls13-18, 4.3.2, in the place of the second line
 *
 *	SignatureScheme supported_signature_algorithms<2..2^16-2>;
 *	DistinguishedName certificate_authorities<0..2^16-1>;
 *	CertificateExtension certificate_extensions<0..2^16-1>;
 *
 * RFC 5246, 7.4.4 (TLS 1.2; before, without the second line)
 *
 *	ClientCertificateType certificate_types<1..2^8-1>;
 *	SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>;
 *	DistinguishedName certificate_authorities<0..2^16-1>;
 */
static void certificate_request13(struct reader *r, struct message *m)
{
	struct extension_facts f = {0};
	take_vector(r, 1, F_REQUEST_CONTEXT);
	if (tls13_draft(m->context->version) != 18) {
		take_extensions(r, IN_CERTIFICATE_REQUEST, &f, m);
		return;
	}
	take_number_list(r, 2, F_SCHEME_LIST, 2, F_SCHEME);
	take_opaque_list(r, 2, F_AUTHORITIES, 2, F_DISTINGUISHED_NAME);
	take_vector(r, 2, F_CERTIFICATE_EXTENSIONS);
}

void decode_certificate_request(struct reader *r, struct message *m)
{
	if (version_is_tls13(m->context->version)) {
		certificate_request13(r, m);
		return;
	}
	take_number_list(r, 1, F_CERTIFICATE_TYPES, 1, F_CERTIFICATE_TYPE);
	if (version_has_schemes(m->context->version))
		take_number_list(r, 2, F_SCHEME_LIST, 2, F_SCHEME);
	take_opaque_list(r, 2, F_AUTHORITIES, 2, F_DISTINGUISHED_NAME);
}

/* RFC 8446, 4.4.3; RFC 5246, 7.4.8 (before TLS 1.2 without the first line)
 *
 *	SignatureScheme algorithm;
 *	opaque signature<0..2^16-1>;
 */
void decode_certificate_verify(struct reader *r, struct message *m)
{
	if (version_has_schemes(m->context->version))
		m->out->certificate_verify.scheme = take_u16(r, F_SIGNATURE_SCHEME);
	m->out->certificate_verify.signature = take_opaque(r, 2, F_SIGNATURE);
}

/* RFC 6066, 5; RFC 4366, 3.3, where the hash may be left out
 *
 *	CertChainType type;
 *	URLAndHash url_and_hash_list<1..2^16-1>;
 *	  opaque url<1..2^16-1>;
 *	  uint8 padding;                        1; in RFC 4366 whether a hash follows
 *	  opaque SHA1Hash[20];
 */
void decode_certificate_url(struct reader *r, struct message *m)
{
	(void)m;
	take_u8(r, F_CERT_CHAIN_TYPE);
	struct reader list = open_vector(r, 2, F_URL_LIST);
	while (more(&list)) {
		take_vector(&list, 2, F_URL);
		uint8_t hash = take_u8(&list, F_URL_PADDING);
		if (hash > 1)
			reader_fault(&list, FAULT_RANGE, F_URL_PADDING, 1);
		else if (hash == 1)
			take_bytes(&list, 20, F_URL_HASH);
	}
	close_vector(r, &list);
}

/* RFC 8879, 4
 *
 *	CertificateCompressionAlgorithm algorithm;
 *	uint24 uncompressed_length;
 *	opaque compressed_certificate_message<1..2^24-1>;
 */
void decode_compressed_certificate(struct reader *r, struct message *m)
{
	struct compressed_certificate *c = &m->out->compressed;
	c->algorithm = take_u16(r, F_COMPRESSION_ALGORITHM);
	c->len = take_u24(r, F_UNCOMPRESSED_LENGTH);
	c->packed = take_opaque(r, 3, F_COMPRESSED_MESSAGE);
}
