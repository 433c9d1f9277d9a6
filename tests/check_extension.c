/* Extensions: each in each message where it may stand, written by hand from its RFC; cut,
 * lengthened, misplaced, repeated, out of order, and answered without having been asked for. */
#include <check.h>
#include <stdio.h>

#include "dissectors/tls/extension.h"
#include "tests/handshake_invariants.h"

Suite *extension_suite(void);

enum { ROOM = 1 << 12, EXTENSION_ROWS = 256 };

/* A message that holds one extension, and what its decoder left. */
static struct {
	uint8_t data[ROOM];
	size_t len;
	struct field_row row[EXTENSION_ROWS];
	struct trace trace;
	struct faults faults;
	struct handshake h;
} m;

static unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Adds bytes written in hexadecimal, blanks aside. */
static void add(const char *hex)
{
	for (; *hex != '\0'; hex++)
		if (*hex != ' ') {
			m.data[m.len++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
			hex++;
		}
}

/* Writes at `at` how many bytes follow, in `width` bytes. */
static void close_length(size_t at, size_t width)
{
	size_t n = m.len - at - width;
	for (size_t i = 0; i < width; i++)
		m.data[at + i] = (uint8_t)(n >> 8 * (width - 1 - i));
}

/* What stands before the list of extensions in each kind of message. */
static const struct place {
	const char *name; /* as in RFC 8446, 4.2; 12 is the ServerHello before TLS 1.3 */
	uint8_t type;
	enum side from;
	uint16_t version;
	const char *before, *first; /* an extension that comes first */
} places[EXTENSION_PLACES] = {
	[IN_CLIENT_HELLO] = {"CH", HS_CLIENT_HELLO, CLIENT, 0,
                             "0303 0000000000000000000000000000000000000000000000000000000000000000"
                             "00 0002 1301 0100",
                             ""},
	[IN_SERVER_HELLO] = {"12", HS_SERVER_HELLO, SERVER, 0,
                             "0303 0000000000000000000000000000000000000000000000000000000000000000"
                             "00 c02f 00",
                             ""},
	[IN_SERVER_HELLO_13] = {"SH", HS_SERVER_HELLO, SERVER, 0,
                                "0303 "
                                "0000000000000000000000000000000000000000000000000000000000000000"
                                "00 1301 00",
                                "002b 0002 0304"},
	[IN_HELLO_RETRY_REQUEST] = {"HRR", HS_SERVER_HELLO, SERVER, 0,
                                    "0303 "
                                    "cf21ad74e59a6111be1d8c021e65b891"
                                    "c2a211167abb8c5e079e09e2c8a8339c"
                                    "00 1301 00",
                                    ""},
	[IN_ENCRYPTED_EXTENSIONS] = {"EE", HS_ENCRYPTED_EXTENSIONS, SERVER, 0x0304, "", ""},
	[IN_CERTIFICATE_REQUEST] = {"CR", HS_CERTIFICATE_REQUEST, SERVER, 0x0304, "00", ""},
	[IN_CERTIFICATE] = {"CT", HS_CERTIFICATE, SERVER, 0x0304, "00 000000 000001 30", ""},
	[IN_NEW_SESSION_TICKET] = {"NST", HS_NEW_SESSION_TICKET, SERVER, 0x0304,
                                   "00000e10 00000000 00 0001 aa", ""},
};

static void decode(const struct place *p, uint64_t asked)
{
	struct handshake_context c = {.version = p->version, .from = p->from, .asked = asked};
	struct bytes message = {m.data, m.len};
	m.faults = (struct faults){0};
	m.trace = (struct trace){.row = m.row, .room = EXTENSION_ROWS};
	struct reader r = reader_over(message, &m.faults, &m.trace);
	handshake_decode(&r, &c, &m.h);
	for (int partial = 0; partial < 2; partial++) {
		const char *broken = broken_invariant(message, &c, partial == 1);
		ck_assert_msg(broken == NULL, "%s: %s", p->name, broken);
	}
}

/* Begins a message and gives where its list of extensions begins. */
static size_t begin(const struct place *p)
{
	m.len = 0;
	m.data[m.len++] = p->type;
	add("000000");
	add(p->before);
	size_t list = m.len;
	add("0000");
	add(p->first);
	return list;
}

static void finish(const struct place *p, size_t list, uint64_t asked)
{
	close_length(list, 2);
	if (p->type == HS_CERTIFICATE)
		close_length(5, 3);
	close_length(1, 3);
	decode(p, asked);
}

/* A message with these extensions alone. */
static void message_with(enum extension_place where, const char *extensions, uint64_t asked)
{
	size_t list = begin(&places[where]);
	add(extensions);
	finish(&places[where], list, asked);
}

/* A message with one extension, whose content is `body` and `more` bytes of zero behind it, or cut
 * by -more bytes. */
static void message_of(enum extension_place where, unsigned type, const char *body, int more)
{
	char head[16];
	size_t list = begin(&places[where]);
	snprintf(head, sizeof head, "%04x 0000", type);
	add(head);
	size_t content = m.len;
	add(body);
	for (; more > 0; more--)
		add("00");
	m.len -= (size_t)-more;
	ck_assert_uint_ge(m.len, content);
	close_length(content - 2, 2);
	finish(&places[where], list, 0);
}

static bool noted(enum finding code)
{
	for (uint8_t i = 0; i < m.h.noted.n; i++)
		if (m.h.noted.code[i] == code)
			return true;
	return false;
}

/* Gives how many bytes a row shows beside its length prefix. */
static unsigned long long bytes_of(const struct field_row *row)
{
	static const uint8_t zeros[3];
	bool empty = row->len <= sizeof zeros && memcmp(m.data + row->at, zeros, row->len) == 0;
	return row->value > 0 ? row->value : empty ? 0 : row->len;
}

/* Writes what the last extension holds: a number as "name=1", all else as "name[bytes]". */
static const char *content(void)
{
	static char text[2048];
	size_t len = 0;
	uint32_t from = m.trace.n_rows;
	while (from > 0 && m.row[from - 1].field != F_EXTENSION_DATA)
		from--;
	text[0] = '\0';
	for (uint32_t i = from; i < m.trace.n_rows; i++) {
		const struct field_row *row = &m.row[i];
		const struct field_info *f = tls_field(row->field);
		bool number = f->shape == FIELD_NUMBER;
		int n = snprintf(text + len, sizeof text - len, "%s%s%c%llu%s", len == 0 ? "" : " ",
		                 f->name, number ? '=' : '[',
		                 number ? (unsigned long long)row->value : bytes_of(row),
		                 number ? "" : "]");
		len += (size_t)n;
	}
	return text;
}

/* OPEN: what ends the content may be longer or shorter. */
enum { CLOSED, OPEN };

#define SHA1 "000102030405060708090a0b0c0d0e0f10111213"
#define HASH SHA1 "1415161718191a1b1c1d1e1f"

static const struct example {
	enum extension_place where;
	uint16_t type;
	int open;
	const char *body, *content;
} examples[] = {
	/* RFC 6066 */
	{IN_CLIENT_HELLO, 0, CLOSED, "0004 00 0001 61",
         "server_name_list[4] name_type=0 host_name[1]"},
	{IN_CLIENT_HELLO, 0, CLOSED, "0004 07 0001 61",
         "server_name_list[4] name_type=7 host_name[1]"},
	{IN_SERVER_HELLO, 0, CLOSED, "", ""},
	{IN_ENCRYPTED_EXTENSIONS, 0, CLOSED, "", ""},
	{IN_CLIENT_HELLO, 1, CLOSED, "02", "max_fragment_length=2"},
	{IN_SERVER_HELLO, 1, CLOSED, "02", "max_fragment_length=2"},
	{IN_CLIENT_HELLO, 2, CLOSED, "", ""},
	{IN_CLIENT_HELLO, 3, CLOSED, "002f 00 01" SHA1 "02 0001 30 03" SHA1,
         "trusted_authorities_list[47] identifier_type=0 identifier_type=1 SHA1Hash[20] "
         "identifier_type=2 DistinguishedName[1] identifier_type=3 SHA1Hash[20]"},
	{IN_CLIENT_HELLO, 3, CLOSED, "0003 09 aabb",
         "trusted_authorities_list[3] identifier_type=9 opaque[2]"},
	{IN_SERVER_HELLO, 3, CLOSED, "", ""},
	{IN_CLIENT_HELLO, 4, CLOSED, "", ""},
	{IN_CLIENT_HELLO, 5, CLOSED, "01 0003 0001 aa 0001 bb",
         "status_type=1 responder_id_list[3] ResponderID[1] request_extensions[1]"},
	{IN_CLIENT_HELLO, 5, OPEN, "07 aabb", "status_type=7 request[2]"},
	{IN_CERTIFICATE_REQUEST, 5, CLOSED, "", ""},
	{IN_CERTIFICATE, 5, CLOSED, "01 000005 30030a0103", "status_type=1 OCSPResponse[5]"},
	{IN_CERTIFICATE, 5, CLOSED, "02 000008 000005 30030a0103",
         "status_type=2 ocsp_response_list[8] OCSPResponse[5]"},
	{IN_CERTIFICATE, 5, OPEN, "09 01", "status_type=9 response[1]"},
	/* RFC 4681, RFC 5878, RFC 6091 */
	{IN_CLIENT_HELLO, 6, CLOSED, "01 40", "user_mapping_types[1] user_mapping_type=64"},
	{IN_CLIENT_HELLO, 7, CLOSED, "02 00 01",
         "authz_format_list[2] AuthzDataFormat=0 AuthzDataFormat=1"},
	{IN_SERVER_HELLO, 8, CLOSED, "01 40", "authz_format_list[1] AuthzDataFormat=64"},
	{IN_CLIENT_HELLO, 9, CLOSED, "02 01 00",
         "certificate_types[2] certificate_type=1 certificate_type=0"},
	{IN_SERVER_HELLO, 9, CLOSED, "01", "certificate_type=1"},
	/* RFC 8446, RFC 8422 */
	{IN_CLIENT_HELLO, 10, CLOSED, "0004 11ec 001d",
         "named_group_list[4] named_group=4588 named_group=29"},
	{IN_ENCRYPTED_EXTENSIONS, 10, CLOSED, "0002 0017", "named_group_list[2] named_group=23"},
	{IN_CLIENT_HELLO, 11, CLOSED, "02 00 01",
         "ec_point_format_list[2] ec_point_format=0 ec_point_format=1"},
	{IN_SERVER_HELLO, 11, CLOSED, "01 00", "ec_point_format_list[1] ec_point_format=0"},
	/* RFC 5054 */
	{IN_CLIENT_HELLO, 12, CLOSED, "03 616263", "srp_I[3]"},
	{IN_CLIENT_HELLO, 13, CLOSED, "0002 0804",
         "supported_signature_algorithms[2] signature_scheme=2052"},
	{IN_CERTIFICATE_REQUEST, 13, CLOSED, "0002 0403",
         "supported_signature_algorithms[2] signature_scheme=1027"},
	/* RFC 5764 */
	{IN_CLIENT_HELLO, 14, CLOSED, "0004 0007 0001 01 aa",
         "SRTPProtectionProfiles[4] SRTPProtectionProfile=7 SRTPProtectionProfile=1 srtp_mki[1]"},
	{IN_SERVER_HELLO, 14, CLOSED, "0002 0007 00",
         "SRTPProtectionProfiles[2] SRTPProtectionProfile=7 srtp_mki[0]"},
	/* RFC 6520, RFC 7301 */
	{IN_CLIENT_HELLO, 15, CLOSED, "01", "mode=1"},
	{IN_CLIENT_HELLO, 16, CLOSED, "0006 02 6832 02 1a1a",
         "protocol_name_list[6] ProtocolName[2] ProtocolName[2]"},
	{IN_SERVER_HELLO, 16, CLOSED, "0003 02 6832", "protocol_name_list[3] ProtocolName[2]"},
	/* RFC 6961 */
	{IN_CLIENT_HELLO, 17, CLOSED, "000f 02 0007 0003 0001 aa 0000 09 0002 aabb",
         "certificate_status_req_list[15] status_type=2 request[7] responder_id_list[3] "
         "ResponderID[1] request_extensions[0] status_type=9 request[2] request[2]"},
	{IN_SERVER_HELLO, 17, CLOSED, "", ""},
	/* RFC 6962 */
	{IN_CLIENT_HELLO, 18, CLOSED, "", ""},
	{IN_CERTIFICATE, 18, CLOSED, "0033 0031 00" HASH "0000018bcfe56800 0000 04 03 0002 abcd",
         "sct_list[51] SerializedSCT[49] sct_version=0 id[32] timestamp=1700000000000 "
         "extensions[0] "
         "hash=4 signature=3 signature[2]"},
	{IN_SERVER_HELLO, 18, CLOSED, "0004 0002 07aa",
         "sct_list[4] SerializedSCT[2] sct_version=7 sct[1]"},
	/* RFC 7250 */
	{IN_CLIENT_HELLO, 19, CLOSED, "01 02", "certificate_types[1] certificate_type=2"},
	{IN_ENCRYPTED_EXTENSIONS, 20, CLOSED, "02", "certificate_type=2"},
	{IN_CLIENT_HELLO, 21, OPEN, "000000000001", "padding[6]"},
	{IN_CLIENT_HELLO, 21, OPEN, "", ""},
	{IN_SERVER_HELLO, 22, CLOSED, "", ""},
	{IN_SERVER_HELLO, 23, CLOSED, "", ""},
	/* RFC 8472 */
	{IN_CLIENT_HELLO, 24, CLOSED, "01 00 02 02 01",
         "major=1 minor=0 key_parameters_list[2] key_parameters=2 key_parameters=1"},
	/* RFC 7924 */
	{IN_CLIENT_HELLO, 25, CLOSED, "0004 01 02 abcd", "cached_info[4] type=1 hash_value[2]"},
	{IN_ENCRYPTED_EXTENSIONS, 25, CLOSED, "0002 01 02", "cached_info[2] type=1 type=2"},
	{IN_CLIENT_HELLO, 26, OPEN, "", ""},
	/* RFC 8879, RFC 8449 */
	{IN_CLIENT_HELLO, 27, CLOSED, "04 0002 0001", "algorithms[4] algorithm=2 algorithm=1"},
	{IN_CERTIFICATE_REQUEST, 27, CLOSED, "02 0003", "algorithms[2] algorithm=3"},
	{IN_ENCRYPTED_EXTENSIONS, 28, CLOSED, "4001", "record_size_limit=16385"},
	/* RFC 8492 */
	{IN_CLIENT_HELLO, 29, CLOSED, "02 abcd", "pwd_name[2]"},
	{IN_CLIENT_HELLO, 30, CLOSED, "02 abcd", "pwd_name[2]"},
	{IN_HELLO_RETRY_REQUEST, 31, CLOSED, "0002 abcd", "password_salt[2]"},
	/* RFC 8672 */
	{IN_CLIENT_HELLO, 32, OPEN, "", ""},
	{IN_CLIENT_HELLO, 32, OPEN, "0002 abcd", "ticket[2]"},
	{IN_ENCRYPTED_EXTENSIONS, 32, CLOSED, "01 aa 0001 bb 00015180",
         "proof[1] ticket[1] lifetime=86400"},
	{IN_SERVER_HELLO_13, 33, CLOSED, "", ""},
	/* RFC 9345 */
	{IN_CLIENT_HELLO, 34, CLOSED, "0002 0403",
         "supported_signature_algorithms[2] signature_scheme=1027"},
	{IN_CERTIFICATE, 34, CLOSED, "00093a80 0403 000001 30 0804 0002 abcd",
         "valid_time=604800 dc_cert_verify_algorithm=1027 ASN1_subjectPublicKeyInfo[1] "
         "algorithm=2052 signature[2]"},
	/* RFC 5077 */
	{IN_CLIENT_HELLO, 35, OPEN, "", ""},
	{IN_CLIENT_HELLO, 35, OPEN, "abcd", "ticket[2]"},
	{IN_SERVER_HELLO, 35, CLOSED, "", ""},
	{IN_CLIENT_HELLO, 36, OPEN, "abcd", "opaque[2]"},
	{IN_CLIENT_HELLO, 37, OPEN, "ab", "opaque[1]"},
	{IN_CLIENT_HELLO, 38, OPEN, "ab", "opaque[1]"},
	/* RFC 8870 */
	{IN_CLIENT_HELLO, 39, CLOSED, "02 02 01",
         "supported_ciphers[2] EKTCipherType=2 EKTCipherType=1"},
	{IN_ENCRYPTED_EXTENSIONS, 39, CLOSED, "01", "EKTCipherType=1"},
	/* RFC 8446 */
	{IN_CLIENT_HELLO, 41, CLOSED, "0007 0001 aa 00000001 0021 20" HASH,
         "identities[7] identity[1] obfuscated_ticket_age=1 binders[33] PskBinderEntry[32]"},
	{IN_SERVER_HELLO_13, 41, CLOSED, "0001", "selected_identity=1"},
	{IN_CLIENT_HELLO, 42, CLOSED, "", ""},
	{IN_NEW_SESSION_TICKET, 42, CLOSED, "00004000", "max_early_data_size=16384"},
	{IN_CLIENT_HELLO, 43, CLOSED, "06 1a1a 0304 0303",
         "versions[6] version=6682 version=772 version=771"},
	{IN_HELLO_RETRY_REQUEST, 43, CLOSED, "0304", "selected_version=772"},
	{IN_HELLO_RETRY_REQUEST, 44, CLOSED, "0002 abcd", "cookie[2]"},
	{IN_CLIENT_HELLO, 45, CLOSED, "02 01 0b",
         "ke_modes[2] PskKeyExchangeMode=1 PskKeyExchangeMode=11"},
	{IN_CERTIFICATE_REQUEST, 47, CLOSED, "0004 0002 3000",
         "authorities[4] DistinguishedName[2]"},
	{IN_CERTIFICATE_REQUEST, 48, CLOSED, "0007 03 55 1d 0f 0001 03",
         "filters[7] certificate_extension_oid[3] certificate_extension_values[1]"},
	{IN_CLIENT_HELLO, 49, CLOSED, "", ""},
	{IN_CERTIFICATE_REQUEST, 50, CLOSED, "0002 0804",
         "supported_signature_algorithms[2] signature_scheme=2052"},
	{IN_CLIENT_HELLO, 51, CLOSED, "000b 2a2a 0001 00 001d 0002 abcd",
         "client_shares[11] group=10794 key_exchange[1] group=29 key_exchange[2]"},
	{IN_SERVER_HELLO_13, 51, CLOSED, "001d 0002 abcd", "group=29 key_exchange[2]"},
	{IN_HELLO_RETRY_REQUEST, 51, CLOSED, "0018", "selected_group=24"},
	/* RFC 9162 */
	{IN_CERTIFICATE, 52, CLOSED, "0006 0004 0003 aabb",
         "trans_item_list[6] SerializedTransItem[4] versioned_type=3 data[2]"},
	/* RFC 9146, RFC 8844 */
	{IN_CLIENT_HELLO, 54, CLOSED, "02 abcd", "cid[2]"},
	{IN_SERVER_HELLO_13, 53, CLOSED, "01 ab", "cid[1]"},
	{IN_CLIENT_HELLO, 55, CLOSED, "20" HASH, "binding_hash[32]"},
	{IN_ENCRYPTED_EXTENSIONS, 56, CLOSED, "14" SHA1, "session_id[20]"},
	/* RFC 9000, 18.2; RFC 9368; RFC 9221; RFC 9287 */
	{IN_CLIENT_HELLO, 57, OPEN, "01 04 80007530 0f 02 abcd 0c 00 6ab2 00",
         "id=1 value[4] number=30000 id=15 value[2] opaque[2] id=12 value[0] id=10930 value[0]"},
	{IN_CLIENT_HELLO, 57, OPEN, "1b 01 aa 20 02 4400 11 08 00000001 6b3343cf 10 00",
         "id=27 value[1] opaque[1] id=32 value[2] number=1024 id=17 value[8] version=1 "
         "version=1798521807 id=16 value[0]"},
	{IN_ENCRYPTED_EXTENSIONS, 57, OPEN,
         "02 10 000102030405060708090a0b0c0d0e0f"
         "0d 2b c0000201 01bb 20010db8000000000000000000000001 01bc 02 abcd "
         "000102030405060708090a0b0c0d0e0f",
         "id=2 value[16] stateless_reset_token[16] id=13 value[43] ipv4_address[4] port=443 "
         "ipv6_address[16] port=444 connection_id[2] stateless_reset_token[16]"},
	{IN_CLIENT_HELLO, 65445, OPEN, "c000000000010000 01 07", "id=65536 value[1] opaque[1]"},
	/* RFC 9149, RFC 9102 */
	{IN_CLIENT_HELLO, 58, CLOSED, "02 01", "new_session_count=2 resumption_count=1"},
	{IN_ENCRYPTED_EXTENSIONS, 58, CLOSED, "02", "expected_count=2"},
	{IN_CLIENT_HELLO, 59, CLOSED, "01bb", "PortNumber=443"},
	{IN_CERTIFICATE, 59, OPEN, "0018 abcd", "ExtSupportLifetime=24 AuthenticationChain[2]"},
	{IN_CLIENT_HELLO, 60, OPEN, "01", "opaque[1]"},
	{IN_SERVER_HELLO_13, 61, CLOSED, "", ""},
	{IN_NEW_SESSION_TICKET, 62, CLOSED, "02 00 01", "flags[2]"},
	/* not in IANA's table, or drafts */
	{IN_CLIENT_HELLO, 13172, CLOSED, "", ""},
	{IN_SERVER_HELLO, 13172, OPEN, "02 6832 08 687474702f312e31",
         "ProtocolName[2] ProtocolName[8]"},
	{IN_CLIENT_HELLO, 17513, CLOSED, "0003 02 6832", "protocol_name_list[3] ProtocolName[2]"},
	{IN_CLIENT_HELLO, 17613, CLOSED, "0003 02 6832", "protocol_name_list[3] ProtocolName[2]"},
	{IN_ENCRYPTED_EXTENSIONS, 17613, OPEN, "abcd", "settings[2]"},
	{IN_ENCRYPTED_EXTENSIONS, 17613, OPEN, "", ""},
	{IN_CLIENT_HELLO, 30031, CLOSED, "", ""},
	{IN_CLIENT_HELLO, 30032, CLOSED, "", ""},
	{IN_CLIENT_HELLO, 51764, CLOSED, "0004 03 81fd59", "trust_anchors[4] TrustAnchorID[3]"},
	{IN_CLIENT_HELLO, 0xfd00, CLOSED, "04 000a 0033",
         "outer_extensions[4] extension_type=10 extension_type=51"},
	{IN_CLIENT_HELLO, 0xfe0d, CLOSED, "00 0001 0003 2a 0002 abcd 0001 ef",
         "type=0 kdf_id=1 aead_id=3 config_id=42 enc[2] payload[1]"},
	{IN_CLIENT_HELLO, 0xfe0d, CLOSED, "01", "type=1"},
	{IN_HELLO_RETRY_REQUEST, 0xfe0d, CLOSED, "0102030405060708", "confirmation[8]"},
	{IN_ENCRYPTED_EXTENSIONS, 0xfe0d, CLOSED,
         "0023 fe0d 0018 2a 0020 0002 abcd 0004 0001 0001 40 01 61 0006 ff00 0002 abcd"
         "ff07 0003 010203",
         "retry_configs[35] version=65037 contents[24] config_id=42 kem_id=32 public_key[2] "
         "cipher_suites[4] kdf_id=1 aead_id=1 maximum_name_length=64 public_name[1] extensions[6] "
         "type=65280 data[2] version=65287 contents[3]"},
	{IN_CLIENT_HELLO, 0xffce, CLOSED, "1301 001d 0002 abcd 0001 aa 0001 bb",
         "suite=4865 group=29 key_exchange[2] record_digest[1] encrypted_sni[1]"},
	{IN_ENCRYPTED_EXTENSIONS, 0xffce, CLOSED, "000102030405060708090a0b0c0d0e0f", "nonce[16]"},
	{IN_CLIENT_HELLO, 0xff01, CLOSED, "00", "renegotiated_connection[0]"},
	{IN_SERVER_HELLO, 0xff01, CLOSED, "02 abcd", "renegotiated_connection[2]"},
	/* unknown and GREASE (RFC 8701) */
	{IN_CERTIFICATE_REQUEST, 0x8888, OPEN, "abcd", "opaque[2]"},
	{IN_NEW_SESSION_TICKET, 0x3a3a, OPEN, "", ""},
};

START_TEST(each_is_read_field_by_field)
{
	const struct example *e = &examples[_i];
	message_of(e->where, e->type, e->body, 0);
	ck_assert_msg(m.faults.n == 0 && m.h.noted.n == 0, "%u: %s", e->type, content());
	ck_assert_str_eq(content(), e->content);
}
END_TEST

START_TEST(each_that_is_cut_or_followed_by_more_is_found)
{
	const struct example *e = &examples[_i];
	if (e->open == OPEN)
		return;
	message_of(e->where, e->type, e->body, 1);
	ck_assert_msg(noted(FIND_TLS_EXT_LENGTH), "%u and a byte more", e->type);
	begin(&places[e->where]);
	size_t len = m.len;
	add(e->body);
	len = m.len - len;
	for (size_t less = 1; less <= len; less++) {
		message_of(e->where, e->type, e->body, -(int)less);
		ck_assert_msg(noted(FIND_TLS_EXT_LENGTH), "%u without %zu bytes", e->type, less);
		ck_assert(!noted(FIND_TLS_HS_LENGTH));
	}
}
END_TEST

/* What must not be empty, and is. */
static const struct {
	enum extension_place where;
	uint16_t type;
	const char *body;
} too_short[] = {
	{IN_CLIENT_HELLO, 3, "0003 02 0000"},
	{IN_CLIENT_HELLO, 5, "01 0002 0000 0000"},
	{IN_CLIENT_HELLO, 12, "00"},
	{IN_CLIENT_HELLO, 16, "0001 00"},
	{IN_SERVER_HELLO, 16, "0001 00"},
	{IN_CLIENT_HELLO, 25, "0002 01 00"},
	{IN_CLIENT_HELLO, 30, "00"},
	{IN_HELLO_RETRY_REQUEST, 31, "0000"},
	{IN_CERTIFICATE, 34, "00000000 0403 000000 0403 0001 aa"},
	{IN_CLIENT_HELLO, 41, "0006 0000 00000000 0021 20" HASH},
	{IN_CLIENT_HELLO, 41, "0007 0001 aa 00000000 0003 02 abcd"},
	{IN_HELLO_RETRY_REQUEST, 44, "0000"},
	{IN_CERTIFICATE_REQUEST, 47, "0002 0000"},
	{IN_CERTIFICATE_REQUEST, 48, "0003 00 0000"},
	{IN_SERVER_HELLO_13, 51, "001d 0000"},
	{IN_CLIENT_HELLO, 56, "02 abcd"},
	{IN_CLIENT_HELLO, 62, "00"},
	{IN_SERVER_HELLO, 13172, "00"},
	{IN_CLIENT_HELLO, 51764, "0001 00"},
	{IN_CLIENT_HELLO, 0xfe0d, "00 0001 0001 00 0000 0000"},
	{IN_CLIENT_HELLO, 57, "01 05 8000"},              /* a value longer than all */
	{IN_CLIENT_HELLO, 57, "01 02 2525"},              /* a number and a byte more */
	{IN_CLIENT_HELLO, 57, "01 01 80"},                /* a number cut */
	{IN_CLIENT_HELLO, 57, "0c 01 00"},                /* of one that is empty */
	{IN_CLIENT_HELLO, 57, "02 02 abcd"},              /* a token too short */
	{IN_CLIENT_HELLO, 57, "c0 00"},                   /* an id cut */
	{IN_CLIENT_HELLO, 57, "11 03 000000"},            /* a version cut */
	{IN_CLIENT_HELLO, 57, "01"},                      /* no length */
	{IN_CLIENT_HELLO, 57, "01 ff ffffffffffffff 00"}, /* as long as can be said */
};

START_TEST(what_must_not_be_so_short_is_found)
{
	message_of(too_short[_i].where, too_short[_i].type, too_short[_i].body, 0);
	ck_assert_msg(noted(FIND_TLS_EXT_LENGTH), "%u: %s", too_short[_i].type, too_short[_i].body);
	ck_assert_uint_eq(m.faults.n, 1);
}
END_TEST

/* RFC 8446, 4.2 with IANA's column "TLS 1.3"; 12: beside it a ServerHello up to TLS 1.2, each by
 * its own RFC. */
static const struct {
	uint16_t type;
	const char *where;
} standing[] = {
	{0, "CH EE 12"},     {1, "CH EE 12"},     {2, "CH 12"},
	{3, "CH 12"},        {4, "CH 12"},        {5, "CH CR CT 12"},
	{6, "CH 12"},        {7, "CH 12"},        {8, "CH 12"},
	{9, "CH 12"},        {10, "CH EE 12"},    {11, "CH 12"},
	{12, "CH"},          {13, "CH CR"},       {14, "CH EE 12"},
	{15, "CH EE 12"},    {16, "CH EE 12"},    {17, "CH 12"},
	{18, "CH CR CT 12"}, {19, "CH EE 12"},    {20, "CH EE 12"},
	{21, "CH"},          {22, "CH 12"},       {23, "CH 12"},
	{24, "CH 12"},       {25, "CH EE 12"},    {27, "CH CR"},
	{28, "CH EE 12"},    {29, "CH"},          {30, "CH"},
	{31, "CH SH HRR"},   {32, "CH EE"},       {33, "CH SH"},
	{34, "CH CR CT"},    {35, "CH 12"},       {39, "CH EE 12"},
	{41, "CH SH"},       {42, "CH EE NST"},   {43, "CH SH HRR"},
	{44, "CH HRR"},      {45, "CH"},          {47, "CH CR"},
	{48, "CR"},          {49, "CH"},          {50, "CH CR"},
	{51, "CH SH HRR"},   {52, "CH CR CT 12"}, {54, "CH SH 12"},
	{55, "CH EE 12"},    {56, "CH EE 12"},    {57, "CH EE"},
	{58, "CH EE"},       {59, "CH CT 12"},    {0xfe0d, "CH HRR EE"},
	{0xff01, "CH 12"},
};

static bool holds_word(const char *list, const char *word)
{
	char padded[64], wanted[16];
	snprintf(padded, sizeof padded, " %s ", list);
	snprintf(wanted, sizeof wanted, " %s ", word);
	return strstr(padded, wanted) != NULL;
}

START_TEST(one_that_is_misplaced_is_found_and_says_nothing)
{
	for (enum extension_place p = 0; p < EXTENSION_PLACES; p++) {
		uint16_t type = standing[_i].type;
		bool only13 = type == 41 || type == 43 || type == 51;
		if (p == IN_SERVER_HELLO && only13)
			continue; /* with it the ServerHello is one of TLS 1.3 */
		message_of(p, type, "", 0);
		bool may = holds_word(standing[_i].where, places[p].name);
		ck_assert_msg(noted(FIND_TLS_EXT_MISPLACED) == !may, "%u in %s", type,
		              places[p].name);
	}
}
END_TEST

START_TEST(what_nobody_knows_is_never_misplaced)
{
	for (enum extension_place p = 0; p < EXTENSION_PLACES; p++) {
		message_with(p, "8888 0001 00 1a1a 0000 fafa 0001 00", (uint64_t)1 << 43);
		ck_assert_uint_eq(m.h.noted.n + m.faults.n, 0);
	}
}
END_TEST

START_TEST(a_misplaced_extension_is_no_answer)
{
	message_with(IN_SERVER_HELLO_13, "002a 0000", 0);
	ck_assert(noted(FIND_TLS_EXT_MISPLACED));
	ck_assert((m.h.server_hello.flags & HELLO_EARLY_DATA) == 0);
	message_with(IN_ENCRYPTED_EXTENSIONS, "002a 0000 001c 0002 2000", 0);
	ck_assert_uint_eq(m.h.noted.n, 0);
	ck_assert((m.h.encrypted_extensions.flags & HELLO_EARLY_DATA) != 0);
	ck_assert_uint_eq(m.h.encrypted_extensions.record_limit, 0x2000);
}
END_TEST

START_TEST(a_server_hello_is_of_tls_1_3_by_what_it_holds_wherever_it_stands)
{
	message_with(IN_SERVER_HELLO, "0017 0000", 0);
	ck_assert_uint_eq(m.h.noted.n, 0);
	message_with(IN_SERVER_HELLO, "0017 0000 002b 0002 0304", 0);
	ck_assert(noted(FIND_TLS_EXT_MISPLACED));
}
END_TEST

/* RFC 8446, 4.2.11 */
START_TEST(a_pre_shared_key_that_is_not_the_last_is_found)
{
	message_with(IN_CLIENT_HELLO, "002d 0002 0101 0029 002c 0007 0001 aa 00000001 0021 20" HASH,
	             0);
	ck_assert_uint_eq(m.h.noted.n, 0);
	ck_assert_uint_eq(m.h.client_hello.n_psks, 1);
	message_with(IN_CLIENT_HELLO, "0029 002c 0007 0001 aa 00000001 0021 20" HASH "1a1a 0000",
	             0);
	ck_assert(noted(FIND_TLS_EXT_ORDER));
	message_with(IN_SERVER_HELLO_13, "0029 0002 0000 0033 0005 001d 0001 00", 0);
	ck_assert_uint_eq(m.h.noted.n, 0);
}
END_TEST

START_TEST(what_a_client_offers_below_64_is_kept)
{
	message_with(IN_CLIENT_HELLO, "0017 0000 0010 0005 0003 026832 3374 0000", 0);
	ck_assert(m.h.client_hello.asked == (1U << 23 | 1U << 16 | ASKED_KNOWN));
	message_with(IN_CLIENT_HELLO, "0017 0000 0010 0009", 0);
	ck_assert(m.h.client_hello.asked == 0); /* not all of the list is there */
}
END_TEST

/* RFC 8446, 4.2 */
START_TEST(an_answer_that_nobody_asked_for_is_found)
{
	const uint64_t asked = 1U << 16 | 1U << 5 | (uint64_t)1 << 43;
	message_with(IN_SERVER_HELLO, "0010 0005 0003 026832 ff01 0001 00", asked);
	ck_assert_uint_eq(m.h.noted.n, 0);
	message_with(IN_SERVER_HELLO, "0017 0000", asked);
	ck_assert(noted(FIND_TLS_EXT_UNASKED));
	message_with(IN_SERVER_HELLO, "0017 0000", 0);
	ck_assert_uint_eq(m.h.noted.n, 0); /* the client's hello was not seen */
	message_with(IN_SERVER_HELLO, "0017 0000", ASKED_KNOWN);
	ck_assert(noted(FIND_TLS_EXT_UNASKED)); /* it was seen, and asked nothing */
	message_with(IN_ENCRYPTED_EXTENSIONS, "0000 0000", asked);
	ck_assert(noted(FIND_TLS_EXT_UNASKED));
	message_with(IN_CERTIFICATE, "0005 0009 01 000005 30030a0103", asked);
	ck_assert_uint_eq(m.h.noted.n, 0);
	message_with(IN_HELLO_RETRY_REQUEST, "002b 0002 0304 002c 0003 0001 aa", asked);
	ck_assert_uint_eq(m.h.noted.n, 0); /* a cookie needs no question */
	message_with(IN_CERTIFICATE_REQUEST, "000d 0004 0002 0403", asked);
	ck_assert_uint_eq(m.h.noted.n, 0); /* is itself a question */
	message_with(IN_NEW_SESSION_TICKET, "002a 0004 00000000", asked);
	ck_assert_uint_eq(m.h.noted.n, 0);
}
END_TEST

START_TEST(the_inner_hello_is_told_from_the_outer)
{
	message_with(IN_CLIENT_HELLO, "fe0d 0001 01", 0);
	ck_assert((m.h.client_hello.flags & HELLO_ECH) != 0);
	ck_assert((m.h.client_hello.flags & HELLO_ECH_INNER) != 0);
	message_with(IN_CLIENT_HELLO, "fe0d 000b 00 0001 0001 2a 0000 0001 ef", 0);
	ck_assert((m.h.client_hello.flags & HELLO_ECH) != 0);
	ck_assert((m.h.client_hello.flags & HELLO_ECH_INNER) == 0);
	message_with(IN_CLIENT_HELLO, "fe0d 0002 01 00", 0);
	ck_assert((m.h.client_hello.flags & HELLO_ECH_INNER) == 0); /* it is empty, or none */
	ck_assert(noted(FIND_TLS_EXT_LENGTH));
}
END_TEST

START_TEST(offers_are_seen)
{
	static const struct {
		const char *extension;
		uint32_t flag;
	} offers[] = {
		{"0022 0004 0002 0403", HELLO_DELEGATED},
		{"44cd 0005 0003 026832", HELLO_ALPS},
		{"4469 0005 0003 026832", HELLO_ALPS},
		{"001b 0003 02 0002", HELLO_CERT_COMPRESSION},
		{"0031 0000", HELLO_POST_HANDSHAKE_AUTH},
		{"3374 0000", HELLO_NPN},
		{"ffce 000e 1301 001d 0002 abcd 0001 aa 0001 bb", HELLO_ESNI},
		{"2a2a 0000", HELLO_GREASE},
		{"000a 0004 0002 2a2a", HELLO_GREASE},
	};
	for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
		message_with(IN_CLIENT_HELLO, offers[i].extension, 0);
		ck_assert_uint_eq(m.h.noted.n, 0);
		ck_assert_uint_eq(m.h.client_hello.flags, offers[i].flag | HELLO_EXTENSIONS);
	}
	message_with(IN_CLIENT_HELLO, "001c 0002 4001", 0);
	ck_assert_uint_eq(m.h.client_hello.record_limit, 0x4001);
	/* RFC 6066, 4: 2^9, 2^10, 2^11, 2^12 */
	for (unsigned code = 0; code < 6; code++) {
		char hex[] = "0001 0001 0?";
		hex[11] = (char)('0' + code);
		message_with(IN_CLIENT_HELLO, hex, 0);
		ck_assert_uint_eq(m.h.client_hello.fragment_limit,
		                  code >= 1 && code <= 4 ? 1U << (8 + code) : 0);
	}
	message_with(IN_SERVER_HELLO, "001c 0002 4000", 0);
	ck_assert_uint_eq(m.h.server_hello.record_limit, 0x4000);
}
END_TEST

Suite *extension_suite(void)
{
	Suite *suite = suite_create("extension");
	TCase *each = tcase_create("each");
	const int n = sizeof examples / sizeof *examples;
	tcase_add_loop_test(each, each_is_read_field_by_field, 0, n);
	tcase_add_loop_test(each, each_that_is_cut_or_followed_by_more_is_found, 0, n);
	tcase_add_loop_test(each, what_must_not_be_so_short_is_found, 0,
	                    sizeof too_short / sizeof *too_short);
	tcase_add_loop_test(each, one_that_is_misplaced_is_found_and_says_nothing, 0,
	                    sizeof standing / sizeof *standing);
	suite_add_tcase(suite, each);
	TCase *lists = tcase_create("lists");
	tcase_add_test(lists, what_nobody_knows_is_never_misplaced);
	tcase_add_test(lists, a_misplaced_extension_is_no_answer);
	tcase_add_test(lists, a_server_hello_is_of_tls_1_3_by_what_it_holds_wherever_it_stands);
	tcase_add_test(lists, a_pre_shared_key_that_is_not_the_last_is_found);
	tcase_add_test(lists, what_a_client_offers_below_64_is_kept);
	tcase_add_test(lists, an_answer_that_nobody_asked_for_is_found);
	tcase_add_test(lists, the_inner_hello_is_told_from_the_outer);
	tcase_add_test(lists, offers_are_seen);
	suite_add_tcase(suite, lists);
	return suite;
}
