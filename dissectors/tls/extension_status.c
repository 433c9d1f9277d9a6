/* What stands beside certificates and proves them: OCSP, Certificate Transparency, DNSSEC. */
#include "dissectors/tls/extension_decoder.h"

enum { DER_SEQUENCE = 0x30, DER_ENUMERATED = 0x0a };
enum { STATUS_OCSP = 1, STATUS_OCSP_MULTI = 2, SCT_V1 = 0, LOG_ID_LEN = 32 };

/* RFC 6066, 8: OCSPStatusRequest
 *
 *	ResponderID responder_id_list<0..2^16-1>;
 *	Extensions  request_extensions;
 */
static void ocsp_request(struct reader *r)
{
	take_filled_list(r, 2, F_RESPONDER_ID_LIST, 2, F_RESPONDER_ID);
	take_vector(r, 2, F_REQUEST_EXTENSIONS);
}

/* RFC 6066, 8: CertificateStatusType status_type; then the request of that type */
void extension_status_request(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (take_u8(r, F_STATUS_TYPE) == STATUS_OCSP)
		ocsp_request(r);
	else
		take_rest(r, F_STATUS_REQUEST);
}

/* RFC 6961, 2.2: CertificateStatusRequestItemV2 certificate_status_req_list<1..2^16-1>
 *
 *	CertificateStatusType status_type;
 *	uint16 request_length;
 *	OCSPStatusRequest request;              of ocsp(1) and ocsp_multi(2)
 */
void extension_status_requests(struct reader *r, struct extension_facts *f)
{
	(void)f;
	struct reader list = open_vector(r, 2, F_STATUS_REQUEST_LIST);
	while (more(&list)) {
		uint8_t type = take_u8(&list, F_STATUS_TYPE);
		struct reader request = open_vector(&list, 2, F_STATUS_REQUEST_ITEM);
		if (type == STATUS_OCSP || type == STATUS_OCSP_MULTI)
			ocsp_request(&request);
		else
			take_rest(&request, F_STATUS_REQUEST);
		close_vector(&list, &request);
	}
	close_vector(r, &list);
}

/* Takes the length of a DER element (X.690, 8.1.3); SIZE_MAX for what is none here. */
static size_t take_der_length(struct reader *r)
{
	uint8_t first = take_u8(r, 0);
	if (first < 0x80)
		return first;
	return first > 0x80 && first <= 0x83 ? take_uint(r, first & 0x7f, 0) : SIZE_MAX;
}

/* RFC 6960, 4.2.1, in DER; what lies in the bytes of the answer is not looked at.
 *
 *	OCSPResponse ::= SEQUENCE {
 *	   responseStatus    ENUMERATED,
 *	   responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
 */
static bool is_ocsp_response(struct bytes b)
{
	struct reader r = reader_over(b, NULL, NULL);
	if (take_u8(&r, 0) != DER_SEQUENCE || take_der_length(&r) != left(&r))
		return false;
	if (take_u8(&r, 0) != DER_ENUMERATED || take_der_length(&r) != 1)
		return false;
	take_u8(&r, 0);
	return r.fault == FINE;
}

/* Takes one answer; nothing is said of one that is not all there. */
static struct bytes take_ocsp_response(struct reader *r, bool *none)
{
	struct bytes response = take_opaque(r, 3, F_OCSP_RESPONSE);
	if (r->fault == FINE && !r->partial && !is_ocsp_response(response))
		*none = true;
	return response;
}

/* RFC 6961, 2.2: OCSPResponse ocsp_response_list<1..2^24-1>, each opaque<0..2^24-1>, empty for a
 * certificate of which there is no answer */
static void take_ocsp_responses(struct reader *r, bool *none)
{
	struct reader list = open_vector(r, 3, F_OCSP_RESPONSE_LIST);
	while (more(&list)) {
		bool unsound = false;
		struct bytes response = take_ocsp_response(&list, &unsound);
		*none = *none || (unsound && response.len > 0);
	}
	close_vector(r, &list);
}

struct bytes take_certificate_status(struct reader *r, uint8_t *type, bool *none)
{
	*type = take_u8(r, F_STATUS_TYPE);
	if (*type == STATUS_OCSP)
		return take_ocsp_response(r, none);
	if (*type == STATUS_OCSP_MULTI)
		take_ocsp_responses(r, none);
	else
		take_rest(r, F_STATUS_OPAQUE);
	return (struct bytes){NULL, 0};
}

/* RFC 8446, 4.4.2.1: a CertificateStatus beside its certificate */
void extension_status(struct reader *r, struct extension_facts *f)
{
	uint8_t type;
	take_certificate_status(r, &type, &f->ocsp_invalid);
}

/* RFC 6962, 3.2
 *
 *	Version sct_version;                v1(0)
 *	LogID id;                           opaque[32]
 *	uint64 timestamp;
 *	CtExtensions extensions;            opaque<0..2^16-1>
 *	digitally-signed;                   RFC 5246, 4.7: hash, signature, opaque<0..2^16-1>
 */
static void timestamp(struct reader *sct)
{
	if (take_u8(sct, F_SCT_VERSION) != SCT_V1) {
		take_rest(sct, F_SCT_OPAQUE);
		return;
	}
	take_bytes(sct, LOG_ID_LEN, F_LOG_ID);
	take_u64(sct, F_SCT_TIMESTAMP);
	take_vector(sct, 2, F_SCT_EXTENSIONS);
	take_u8(sct, F_SCT_HASH);
	take_u8(sct, F_SCT_SIGNATURE);
	take_vector(sct, 2, F_SIGNATURE);
}

/* RFC 6962, 3.3: SerializedSCT sct_list<1..2^16-1>, each opaque<1..2^16-1> */
void extension_timestamps(struct reader *r, struct extension_facts *f)
{
	(void)f;
	struct reader list = open_vector(r, 2, F_SCT_LIST);
	while (more(&list)) {
		struct reader sct = open_vector(&list, 2, F_SCT);
		timestamp(&sct);
		close_vector(&list, &sct);
	}
	close_vector(r, &list);
}

/* RFC 9162, 4.7 and 6.3: SerializedTransItem trans_item_list<1..2^16-1>, each opaque<1..2^16-1>
 * that begins with a VersionedTransType; the items themselves are left to judges of certificates */
void extension_transparency_items(struct reader *r, struct extension_facts *f)
{
	(void)f;
	struct reader list = open_vector(r, 2, F_TRANS_ITEMS);
	while (more(&list)) {
		struct reader item = open_vector(&list, 2, F_TRANS_ITEM);
		take_u16(&item, F_TRANS_TYPE);
		take_rest(&item, F_TRANS_DATA);
		close_vector(&list, &item);
	}
	close_vector(r, &list);
}

/* RFC 9102, 2.2: uint16 PortNumber */
void extension_dnssec_port(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u16(r, F_DNSSEC_PORT);
}

/* RFC 9102, 2.3: uint16 ExtSupportLifetime, then the records from the wanted one up to the root */
void extension_dnssec_chain(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u16(r, F_DNSSEC_LIFETIME);
	take_rest(r, F_DNSSEC_CHAIN);
}
