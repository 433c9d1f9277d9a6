#include "dissectors/tls/extension.h"

/* Says whether the extension was all there and without a fault: only then it says something. */
static bool sound(const struct reader *r, const struct extension_facts *f)
{
	return r->fault == FINE && r->at == r->end && !r->partial &&
	       r->faults->n == f->faults_before;
}

/* Takes one code point of a list, seeing GREASE (RFC 8701). */
static uint16_t take_code(struct reader *r, uint16_t field, struct extension_facts *f)
{
	uint16_t code = take_u16(r, field);
	if (is_grease(code))
		f->flags |= HELLO_GREASE;
	return code;
}

/* Takes a list of code points, seeing GREASE, and gives its content. */
static struct bytes take_codes(struct reader *r, size_t list_width, uint16_t list, uint16_t field,
                               struct extension_facts *f)
{
	struct reader in = open_vector(r, list_width, list);
	struct bytes codes = take_numbers(&in, 2, field);
	close_vector(r, &in);
	for (size_t i = 0; i < codes.len / 2; i++)
		if (is_grease(bytes_u16(codes, i)))
			f->flags |= HELLO_GREASE;
	return codes;
}

/* An answer, or a wish, that its mere presence says. */
static void empty(struct reader *r, struct extension_facts *f)
{
	(void)r;
	(void)f;
}

static void opaque(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (more(r))
		take_rest(r, F_EXTENSION_OPAQUE);
}

/* RFC 6066, 3: ServerName server_name_list<1..2^16-1>, each NameType and HostName<1..2^16-1> */
static void server_names(struct reader *r, struct extension_facts *f)
{
	uint16_t n = 0;
	struct bytes host = {NULL, 0}, other = {NULL, 0};
	bool valid = true;
	struct reader list = open_vector(r, 2, F_SERVER_NAME_LIST);
	for (; more(&list); n++) {
		bool is_host = take_u8(&list, F_NAME_TYPE) == 0;
		struct bytes name = take_opaque(&list, 2, F_HOST_NAME);
		if (!is_host)
			continue;
		valid = valid && server_name_is_valid(name);
		if (host.at == NULL)
			host = name;
		else if (other.at == NULL)
			other = name;
	}
	close_vector(r, &list);
	if (!sound(r, f))
		return;
	f->n_names = n;
	f->sni = host;
	f->other_sni = other;
	f->sni_invalid = n == 0 || !valid;
}

/* RFC 6066, 4 */
static void fragment_length(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u8(r, F_MAX_FRAGMENT_LENGTH);
}

/* RFC 6066, 8
 *
 *	CertificateStatusType status_type;
 *	ResponderID responder_id_list<0..2^16-1>;
 *	Extensions  request_extensions;
 */
static void status_request(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (take_u8(r, F_STATUS_TYPE) != 1) {
		take_rest(r, F_STATUS_REQUEST);
		return;
	}
	take_opaque_list(r, 2, F_RESPONDER_ID_LIST, 2, F_RESPONDER_ID);
	take_vector(r, 2, F_REQUEST_EXTENSIONS);
}

struct bytes take_certificate_status(struct reader *r, uint8_t *type)
{
	*type = take_u8(r, F_STATUS_TYPE);
	if (*type == 1) /* ocsp */
		return take_opaque(r, 3, F_OCSP_RESPONSE);
	if (*type == 2) /* ocsp_multi */
		take_opaque_list(r, 3, F_OCSP_RESPONSE_LIST, 3, F_OCSP_RESPONSE);
	else
		take_rest(r, F_STATUS_OPAQUE);
	return (struct bytes){NULL, 0};
}

/* RFC 8446, 4.4.2.1: a CertificateStatus beside its certificate */
static void status(struct reader *r, struct extension_facts *f)
{
	(void)f;
	uint8_t type;
	take_certificate_status(r, &type);
}

/* RFC 8446, 4.2.7: NamedGroup named_group_list<2..2^16-1> */
static void groups(struct reader *r, struct extension_facts *f)
{
	struct bytes codes = take_codes(r, 2, F_GROUP_LIST, F_GROUP, f);
	if (sound(r, f))
		f->groups = codes;
}

/* RFC 8422, 5.1.2: ECPointFormat ec_point_format_list<1..2^8-1> */
static void point_formats(struct reader *r, struct extension_facts *f)
{
	struct reader list = open_vector(r, 1, F_POINT_FORMAT_LIST);
	struct bytes formats = take_numbers(&list, 1, F_POINT_FORMAT);
	close_vector(r, &list);
	if (sound(r, f))
		f->point_formats = formats;
}

/* RFC 8446, 4.2.3: SignatureScheme supported_signature_algorithms<2..2^16-2> */
static void schemes(struct reader *r, struct extension_facts *f)
{
	struct bytes codes = take_codes(r, 2, F_SCHEME_LIST, F_SCHEME, f);
	if (sound(r, f))
		f->schemes = codes;
}

/* RFC 8446, 4.2.3: signature_algorithms_cert, the same for signatures in certificates */
static void certificate_schemes(struct reader *r, struct extension_facts *f)
{
	take_codes(r, 2, F_SCHEME_LIST, F_SCHEME, f);
}

/* RFC 6520, 2: HeartbeatMode mode */
static void heartbeat(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u8(r, F_HEARTBEAT_MODE);
}

/* RFC 7301, 3.1: ProtocolName protocol_name_list<2..2^16-1>, each opaque<1..2^8-1> */
static void protocols(struct reader *r, struct extension_facts *f)
{
	struct reader list = open_vector(r, 2, F_PROTOCOL_NAME_LIST);
	struct bytes names = {list.at, left(&list)};
	while (more(&list)) {
		struct bytes name = take_vector(&list, 1, F_PROTOCOL_NAME);
		if (name.len == 0)
			reader_fault(&list, FAULT_RANGE, F_PROTOCOL_NAME, 1);
		if (name.len == 2 && is_grease((uint16_t)reader_number(name.at, 2)))
			f->flags |= HELLO_GREASE;
	}
	close_vector(r, &list);
	if (sound(r, f))
		f->alpn = names;
}

/* RFC 7301, 3.1: the server's list holds exactly one name */
static void protocol(struct reader *r, struct extension_facts *f)
{
	struct reader list = open_vector(r, 2, F_PROTOCOL_NAME_LIST);
	struct bytes name = take_vector(&list, 1, F_PROTOCOL_NAME);
	close_vector(r, &list);
	if (sound(r, f))
		f->alpn = name;
}

/* RFC 6962, 3.3: SerializedSCT sct_list<1..2^16-1>, each opaque<1..2^16-1> */
static void timestamps(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_opaque_list(r, 2, F_SCT_LIST, 2, F_SCT);
}

/* RFC 7685, 3 */
static void padding(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (more(r))
		take_rest(r, F_PADDING);
}

/* RFC 8879, 3: CertificateCompressionAlgorithm algorithms<2..2^8-2> */
static void compressions(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 1, F_COMPRESSION_ALGORITHMS, 2, F_COMPRESSION_ALGORITHM);
}

/* RFC 8449, 4: uint16 RecordSizeLimit */
static void record_limit(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u16(r, F_RECORD_SIZE_LIMIT);
}

/* RFC 5077, 3.2: the ticket, without a length of its own; empty to ask for one */
static void session_ticket(struct reader *r, struct extension_facts *f)
{
	struct bytes ticket = {NULL, 0};
	if (more(r))
		ticket = take_rest(r, F_TICKET);
	if (!sound(r, f))
		return;
	f->ticket_len = (uint16_t)ticket.len;
	f->ticket = ticket;
}

/* RFC 8446, 4.2.11
 *
 *	PskIdentity identities<7..2^16-1>;     opaque identity<1..2^16-1>;
 *	                                       uint32 obfuscated_ticket_age;
 *	PskBinderEntry binders<33..2^16-1>;    opaque<32..255>
 */
static void offered_psks(struct reader *r, struct extension_facts *f)
{
	uint16_t n = 0;
	struct reader identities = open_vector(r, 2, F_PSK_IDENTITIES);
	for (; more(&identities); n++) {
		take_vector(&identities, 2, F_PSK_IDENTITY);
		take_u32(&identities, F_TICKET_AGE);
	}
	close_vector(r, &identities);
	take_opaque_list(r, 2, F_PSK_BINDERS, 1, F_PSK_BINDER);
	if (sound(r, f))
		f->n_psks = n;
}

/* RFC 8446, 4.2.11: uint16 selected_identity */
static void selected_psk(struct reader *r, struct extension_facts *f)
{
	uint16_t selected = take_u16(r, F_SELECTED_IDENTITY);
	if (sound(r, f))
		f->psk_selected = selected;
}

/* RFC 8446, 4.2.10: in NewSessionTicket uint32 max_early_data_size, elsewhere empty */
static void early_data_size(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u32(r, F_MAX_EARLY_DATA);
}

/* RFC 8446, 4.2.1: ProtocolVersion versions<2..254> */
static void versions(struct reader *r, struct extension_facts *f)
{
	uint16_t best = 0;
	struct reader list = open_vector(r, 1, F_VERSIONS);
	struct bytes offered = {list.at, left(&list)};
	while (more(&list)) {
		uint16_t version = take_code(&list, F_OFFERED_VERSION, f);
		if (!is_grease(version) && version_rank(version) > version_rank(best))
			best = version;
	}
	close_vector(r, &list);
	if (!sound(r, f))
		return;
	f->best_version = best;
	f->versions = offered;
}

/* RFC 8446, 4.2.1: ProtocolVersion selected_version */
static void selected_version(struct reader *r, struct extension_facts *f)
{
	uint16_t version = take_u16(r, F_SELECTED_VERSION);
	if (sound(r, f))
		f->version = version;
}

/* RFC 8446, 4.2.2: opaque cookie<1..2^16-1> */
static void cookie(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_vector(r, 2, F_COOKIE);
}

/* RFC 8446, 4.2.9: PskKeyExchangeMode ke_modes<1..255>; RFC 8701, 2: 11, 42, 73 ... are GREASE */
static void psk_modes(struct reader *r, struct extension_facts *f)
{
	struct reader list = open_vector(r, 1, F_PSK_MODES);
	while (more(&list))
		if (take_u8(&list, F_PSK_MODE) % 31 == 11)
			f->flags |= HELLO_GREASE;
	close_vector(r, &list);
}

/* RFC 8446, 4.2.4: DistinguishedName authorities<3..2^16-1>, each opaque<1..2^16-1> */
static void authorities(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_opaque_list(r, 2, F_AUTHORITIES, 2, F_DISTINGUISHED_NAME);
}

/* RFC 8446, 4.2.8: NamedGroup group; opaque key_exchange<1..2^16-1> */
static uint16_t take_share(struct reader *r, struct extension_facts *f)
{
	uint16_t group = take_code(r, F_SHARE_GROUP, f);
	take_vector(r, 2, F_KEY_EXCHANGE);
	return group;
}

/* RFC 8446, 4.2.8: KeyShareEntry client_shares<0..2^16-1> */
static void offered_shares(struct reader *r, struct extension_facts *f)
{
	uint16_t n = 0, first = 0;
	struct reader list = open_vector(r, 2, F_CLIENT_SHARES);
	for (; more(&list); n++) {
		uint16_t group = take_share(&list, f);
		if (first == 0 && !is_grease(group))
			first = group;
	}
	close_vector(r, &list);
	if (!sound(r, f))
		return;
	f->n_shares = n;
	f->first_share = first;
}

/* RFC 8446, 4.2.8: KeyShareEntry server_share */
static void selected_share(struct reader *r, struct extension_facts *f)
{
	uint16_t group = take_share(r, f);
	if (sound(r, f))
		f->group = group;
}

/* RFC 8446, 4.2.8: in HelloRetryRequest NamedGroup selected_group */
static void selected_group(struct reader *r, struct extension_facts *f)
{
	uint16_t group = take_u16(r, F_SELECTED_GROUP);
	if (sound(r, f))
		f->group = group;
}

/* draft-ietf-tls-esni, 5
 *
 *	ECHClientHelloType type;               outer(0), inner(1)
 *	HpkeSymmetricCipherSuite cipher_suite; kdf_id and aead_id, the rest in the outer one alone
 *	uint8 config_id;
 *	opaque enc<0..2^16-1>;
 *	opaque payload<1..2^16-1>;
 */
static void encrypted_hello(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (take_u8(r, F_ECH_TYPE) != 0)
		return;
	take_u16(r, F_HPKE_KDF);
	take_u16(r, F_HPKE_AEAD);
	take_u8(r, F_ECH_CONFIG);
	take_vector(r, 2, F_ECH_ENC);
	struct bytes payload = take_vector(r, 2, F_ECH_PAYLOAD);
	if (r->fault == FINE && payload.len == 0)
		reader_fault(r, FAULT_RANGE, F_ECH_PAYLOAD, 1);
}

/* draft-ietf-tls-esni, 5.1: ExtensionType outer_extensions<2..254> */
static void outer_extensions(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 1, F_OUTER_EXTENSIONS, 2, F_OUTER_EXTENSION);
}

/* RFC 5746, 3.2: opaque renegotiated_connection<0..255> */
static void renegotiation(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_vector(r, 1, F_RENEGOTIATED);
}

/* Each function below is one column of the table: it decodes, and gives the extension's flag. */
#define COLUMN(code, flag, decoder)                                                                \
	case code:                                                                                 \
		decoder(r, f);                                                                     \
		return flag;

static uint32_t in_client_hello(struct reader *r, uint16_t type, struct extension_facts *f)
{
	switch (type) {
#define EXTENSION(id, code, flag, hello, server, retry, request, certificate, ticket)              \
	COLUMN(code, flag, hello)
#include "dissectors/tls/extension.def"
#undef EXTENSION
	}
	opaque(r, f);
	return 0;
}

static uint32_t in_server_hello(struct reader *r, uint16_t type, struct extension_facts *f)
{
	switch (type) {
#define EXTENSION(id, code, flag, hello, server, retry, request, certificate, ticket)              \
	COLUMN(code, flag, server)
#include "dissectors/tls/extension.def"
#undef EXTENSION
	}
	opaque(r, f);
	return 0;
}

static uint32_t in_hello_retry_request(struct reader *r, uint16_t type, struct extension_facts *f)
{
	switch (type) {
#define EXTENSION(id, code, flag, hello, server, retry, request, certificate, ticket)              \
	COLUMN(code, flag, retry)
#include "dissectors/tls/extension.def"
#undef EXTENSION
	}
	opaque(r, f);
	return 0;
}

static uint32_t in_certificate_request(struct reader *r, uint16_t type, struct extension_facts *f)
{
	switch (type) {
#define EXTENSION(id, code, flag, hello, server, retry, request, certificate, ticket)              \
	COLUMN(code, flag, request)
#include "dissectors/tls/extension.def"
#undef EXTENSION
	}
	opaque(r, f);
	return 0;
}

static uint32_t in_certificate(struct reader *r, uint16_t type, struct extension_facts *f)
{
	switch (type) {
#define EXTENSION(id, code, flag, hello, server, retry, request, certificate, ticket)              \
	COLUMN(code, flag, certificate)
#include "dissectors/tls/extension.def"
#undef EXTENSION
	}
	opaque(r, f);
	return 0;
}

static uint32_t in_new_session_ticket(struct reader *r, uint16_t type, struct extension_facts *f)
{
	switch (type) {
#define EXTENSION(id, code, flag, hello, server, retry, request, certificate, ticket)              \
	COLUMN(code, flag, ticket)
#include "dissectors/tls/extension.def"
#undef EXTENSION
	}
	opaque(r, f);
	return 0;
}

/* Decodes one extension of that type and gives its flag. */
typedef uint32_t decode_extension(struct reader *, uint16_t type, struct extension_facts *);

static decode_extension *const column[] = {
	[IN_CLIENT_HELLO] = in_client_hello,
	[IN_SERVER_HELLO] = in_server_hello,
	[IN_HELLO_RETRY_REQUEST] = in_hello_retry_request,
	[IN_CERTIFICATE_REQUEST] = in_certificate_request,
	[IN_CERTIFICATE] = in_certificate,
	[IN_NEW_SESSION_TICKET] = in_new_session_ticket,
};

/* The types seen, one bit each. A word counts only once its bit in `begun` is set, and a word of
 * `begun` once its bit in `parts` is: so nothing but `parts` need be cleared for a hello with
 * twelve extensions, and 16,000 take no longer each. */
struct types_seen {
	uint32_t parts;
	uint64_t begun[16];
	uint64_t word[1024];
};

/* Says whether the type was seen before, and remembers it. */
static bool seen_before(struct types_seen *s, uint16_t type)
{
	unsigned at = type / 64, part = at / 64;
	uint64_t bit = (uint64_t)1 << type % 64, begun = (uint64_t)1 << at % 64;
	if ((s->parts >> part & 1) == 0) {
		s->parts |= 1U << part;
		s->begun[part] = 0;
	}
	if ((s->begun[part] & begun) == 0) {
		s->begun[part] |= begun;
		s->word[at] = 0;
	}
	bool seen = (s->word[at] & bit) != 0;
	s->word[at] |= bit;
	return seen;
}

/* An extension that is shown but says nothing: it was cut, or repeats one. */
static struct extension_facts decode_in_vain(struct reader *body, decode_extension *decode,
                                             uint16_t type)
{
	struct extension_facts unused = {.faults_before = body->faults->n};
	decode(body, type, &unused);
	return unused;
}

/* Of a repeated server_name nobody can say which one the server follows. */
static void add_other_name(struct extension_facts *f, const struct extension_facts *again)
{
	f->n_names = (uint16_t)(f->n_names + again->n_names);
	if (f->other_sni.at == NULL)
		f->other_sni = again->sni;
}

/* RFC 8446, 4.2: ExtensionType extension_type; opaque extension_data<0..2^16-1> */
static void take_extension(struct reader *list, decode_extension *decode, struct extension_facts *f,
                           struct types_seen *seen, struct noted *noted)
{
	f->faults_before = list->faults->n;
	uint16_t type = take_code(list, F_EXTENSION_TYPE, f);
	struct reader body = open_vector(list, 2, F_EXTENSION_DATA);
	if (list->fault != FINE) {
		decode_in_vain(&body, decode, type);
		skip_rest(&body);
	} else if (seen_before(seen, type)) {
		f->n_extensions++;
		note_finding(noted, FIND_TLS_EXT_DUPLICATE);
		struct extension_facts again = decode_in_vain(&body, decode, type);
		add_other_name(f, &again);
	} else {
		f->n_extensions++;
		f->flags |= decode(&body, type, f);
	}
	close_vector(list, &body);
	if (list->faults->n > f->faults_before && !body.partial)
		note_finding(noted, FIND_TLS_EXT_LENGTH);
}

void take_extensions(struct reader *r, enum extension_place place, struct extension_facts *f,
                     struct message *m)
{
	if (r->fault != FINE)
		return;
	struct types_seen seen;
	seen.parts = 0;
	uint32_t before = r->faults->n;
	struct reader list = open_vector(r, 2, F_EXTENSIONS);
	if (r->fault != FINE && !r->partial) { /* the list goes on behind the message's end */
		note_finding(&m->out->noted, FIND_TLS_EXT_LENGTH);
		note_finding(&m->out->noted, FIND_TLS_HS_LENGTH);
	} else {
		f->flags |= HELLO_EXTENSIONS;
		f->all = (struct bytes){list.at, left(&list)};
	}
	while (more(&list))
		take_extension(&list, column[place], f, &seen, &m->out->noted);
	close_vector(r, &list);
	if (f->sni_invalid)
		note_finding(&m->out->noted, FIND_TLS_SNI_INVALID);
	m->extension_faults += r->faults->n - before;
}
