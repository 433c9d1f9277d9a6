/* Every handshake message beside the hellos and the key exchanges, and the heartbeats, with bytes
 * written down as the RFC of each draws them. */
#include "tests/message_rows.h"

Suite *messages_suite(void);

enum { SSL3 = 0x0300, TLS11 = 0x0302, TLS12 = 0x0303, TLS13 = 0x0304, DRAFT23 = 0x7f17 };
enum { AES128 = 0x1301, AES256 = 0x1302, RSA_AES128 = 0x002f, GOST_OMAC = 0xc100 };

static void expect_fault(uint8_t type, uint16_t version, const char *body, enum fault kind)
{
	rows_of(type, version, 0, body);
	ck_assert_msg(said.faults.kind == kind && is_noted(FIND_TLS_HS_LENGTH), "%u: %s", type,
	              body);
}

/* ---- Where each message may stand ---- */

START_TEST(a_message_of_another_version_is_out_of_order)
{
	static const struct {
		uint8_t type;
		enum event_kind event;
		bool before, tls13; /* is sent in TLS 1.2 and before, in TLS 1.3 */
	} cases[] = {
		{0, EVENT_HELLO_REQUEST, true, false},
		{1, EVENT_CLIENT_HELLO, true, true},
		{2, EVENT_SERVER_HELLO, true, true},
		{3, EVENT_HELLO_VERIFY_REQUEST, false, false},
		{4, EVENT_NEW_SESSION_TICKET, true, true},
		{5, EVENT_END_OF_EARLY_DATA, false, true},
		{8, EVENT_ENCRYPTED_EXTENSIONS, false, true},
		{11, EVENT_CERTIFICATE, true, true},
		{12, EVENT_SERVER_KEY_EXCHANGE, true, false},
		{13, EVENT_CERTIFICATE_REQUEST, true, true},
		{14, EVENT_SERVER_HELLO_DONE, true, false},
		{15, EVENT_CERTIFICATE_VERIFY, true, true},
		{16, EVENT_CLIENT_KEY_EXCHANGE, true, false},
		{20, EVENT_FINISHED, true, true},
		{21, EVENT_CERTIFICATE_URL, true, false},
		{22, EVENT_CERTIFICATE_STATUS, true, false},
		{23, EVENT_SUPPLEMENTAL_DATA, true, false},
		{24, EVENT_KEY_UPDATE, false, true},
		{25, EVENT_COMPRESSED_CERTIFICATE, false, true},
		{67, EVENT_NEXT_PROTOCOL, true, false},
		{203, EVENT_CHANNEL_ID, true, false},
		{254, EVENT_MESSAGE_HASH, false, false},
		{99, EVENT_OTHER_HANDSHAKE, true, true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		rows_of(cases[i].type, TLS12, RSA_AES128, "00");
		ck_assert_int_eq(handshake_event(&said.h), cases[i].event);
		ck_assert_msg(is_noted(FIND_TLS_ORDER) == !cases[i].before ||
		                      cases[i].type == 12, /* RSA has none */
		              "%u", cases[i].type);
		rows_of(cases[i].type, TLS13, AES128, "00");
		ck_assert_msg(is_noted(FIND_TLS_ORDER) == !cases[i].tls13, "%u", cases[i].type);
		rows_of(cases[i].type, DRAFT23, AES128, "00");
		ck_assert_msg(is_noted(FIND_TLS_ORDER) == !cases[i].tls13, "%u", cases[i].type);
		rows_of(cases[i].type, 0, 0, "00"); /* a version that nobody knows excuses all */
		bool nowhere = !cases[i].before && !cases[i].tls13;
		ck_assert_msg(is_noted(FIND_TLS_ORDER) == nowhere, "%u", cases[i].type);
	}
}
END_TEST

START_TEST(a_message_without_a_decoder_is_one_row)
{
	ck_assert_str_eq(rows_of(99, TLS12, 0, "0102"), "");
	ck_assert_uint_eq(said.faults.n, 0);
	ck_assert_str_eq(rows_of(254, TLS13, AES128, "0102"), "hash:2");
	ck_assert_uint_eq(said.faults.n, 0);
}
END_TEST

/* ---- Certificates ---- */

/* RFC 5246, 7.4.2; RFC 8446, 4.4.2 */
START_TEST(certificates_are_listed_in_both_forms)
{
	ck_assert_str_eq(rows_of(11, TLS12, 0, "000009 000002 3000 000001 05"),
	                 "certificate_list:12 cert_data:5 cert_data:4");
	ck_assert_uint_eq(said.h.noted.n, 0);
	ck_assert_uint_eq(said.h.certificate.list.len, 9);
	ck_assert(!said.h.certificate.tls13 && !said.h.certificate.empty);
	ck_assert_str_eq(rows_of(11, TLS13, 0, "00 000007 000002 3000 0000"),
	                 "certificate_request_context:1 certificate_list:10 cert_data:5 "
	                 "extensions:2");
	ck_assert_uint_eq(said.h.noted.n, 0);
	ck_assert_uint_eq(said.h.certificate.list.len, 7);
	ck_assert(said.h.certificate.tls13);
	rows_of(11, TLS12, 0, "000000");
	ck_assert(said.h.certificate.empty);
	rows_of(11, TLS13, 0, "01aa 000000");
	ck_assert(said.h.certificate.empty);
}
END_TEST

START_TEST(a_broken_chain_is_kept_up_to_its_break)
{
	rows_of(11, TLS12, 0, "000009 000002 3000 000002 05");
	ck_assert(is_noted(FIND_CERT_LENGTH));
	ck_assert_uint_eq(said.h.certificate.list.len, 5);
	ck_assert(!said.h.certificate.empty);
}
END_TEST

/* RFC 7250, 3: a public key in the place of the list, in TLS 1.2 and before */
START_TEST(a_raw_public_key_is_no_list_of_certificates)
{
	ck_assert_str_eq(rows_of(11, TLS12, 0, "000005 3003020101"), "ASN1_subjectPublicKeyInfo:8");
	ck_assert_uint_eq(said.faults.n + said.h.noted.n, 0);
	ck_assert_uint_eq(said.h.certificate.list.len, 0);
	ck_assert(!said.h.certificate.empty);
	ck_assert_str_eq(rows_of(11, TLS13, AES128, "00 00000a 000005 3003020101 0000"),
	                 "certificate_request_context:1 certificate_list:13 cert_data:8 "
	                 "extensions:2");
	ck_assert_uint_eq(said.faults.n, 0);
	rows_of(11, TLS12, 0, "000005 3003020101");
	ck_assert_uint_eq(said.h.certificate.key.len, 5);
	rows_of(11, TLS12, 0, "000006 3003020101"); /* one byte more than there is */
	ck_assert(is_noted(FIND_TLS_HS_LENGTH));
}
END_TEST

/* RFC 8879, 4 */
START_TEST(a_compressed_certificate_gives_what_it_states)
{
	ck_assert_str_eq(rows_of(25, TLS13, AES128, "0002 000123 000004 01020304"),
	                 "algorithm=2 uncompressed_length=291 compressed_certificate_message:7");
	const struct compressed_certificate *c = &said.h.compressed;
	ck_assert_uint_eq(said.faults.n + said.h.noted.n, 0);
	ck_assert_uint_eq(c->algorithm, 2);
	ck_assert_uint_eq(c->len, 291);
	ck_assert_uint_eq(c->packed.len, 4);
	ck_assert_ptr_eq(c->packed.at, said.data + 12);
	expect_fault(25, TLS13, "0002 000123 000005 01020304", FAULT_SHORT);
	ck_assert_ptr_null(said.h.compressed.packed.at);
	expect_fault(25, TLS13, "0002 000123 000003 01020304", FAULT_TRAILING);
}
END_TEST

START_TEST(what_was_compressed_is_a_certificate_without_its_head)
{
	const struct handshake_context c = {.version = TLS13, .suite = AES128};
	begin_rows();
	add_hex("00 000007 000002 3000 0000");
	struct reader r =
		reader_over((struct bytes){said.data, said.len}, &said.faults, &said.trace);
	handshake_decode_unpacked(&r, &c, &said.h);
	write_words(0);
	ck_assert_str_eq(said.words,
	                 "Certificate:11 certificate_request_context:1 certificate_list:10 "
	                 "cert_data:5 extensions:2");
	ck_assert_uint_eq(said.h.type, HS_CERTIFICATE);
	ck_assert_uint_eq(said.h.len, 11);
	ck_assert_uint_eq(said.h.noted.n + said.faults.n, 0);
	ck_assert_uint_eq(said.h.certificate.list.len, 7);
	r = reader_over((struct bytes){said.data, said.len - 1}, NULL, NULL);
	handshake_decode_unpacked(&r, &c, &said.h);
	ck_assert(is_noted(FIND_TLS_HS_LENGTH));
	r = reader_over((struct bytes){said.data, said.len + 1}, NULL, NULL);
	handshake_decode_unpacked(&r, &c, &said.h);
	ck_assert(is_noted(FIND_TLS_HS_LENGTH));
}
END_TEST

/* RFC 6066, 5; RFC 4366, 3.3 */
START_TEST(certificate_urls_have_a_hash_or_say_that_there_is_none)
{
	ck_assert_str_eq(rows_of(21, TLS12, 0,
	                         "00 001f 0003 782f79 01 000102030405060708090a0b0c0d0e0f10111213 "
	                         "0002 7a2f 00"),
	                 "type=0 url_and_hash_list:33 url:5 padding=1 SHA1Hash:20 url:4 padding=0");
	ck_assert_uint_eq(said.faults.n, 0);
	expect_fault(21, TLS12, "01 0006 0003 782f79 02", FAULT_RANGE);
	expect_fault(21, TLS12, "01 0006 0003 782f79 01", FAULT_SHORT);
	expect_fault(21, TLS12, "01 0007 0003 782f79 00", FAULT_SHORT);
	expect_fault(21, TLS12, "01 0006 0003 782f79 00 00", FAULT_TRAILING);
}
END_TEST

/* RFC 6066, 8; RFC 6961, 2.2 */
START_TEST(certificate_statuses_come_alone_or_for_a_chain)
{
	ck_assert_str_eq(rows_of(22, TLS12, 0, "01 000002 3000"), "status_type=1 OCSPResponse:5");
	ck_assert_uint_eq(said.h.status.type, 1);
	ck_assert_uint_eq(said.h.status.response.len, 2);
	ck_assert_str_eq(rows_of(22, TLS12, 0, "02 000008 000002 3000 000000"),
	                 "status_type=2 ocsp_response_list:11 OCSPResponse:5 OCSPResponse:3");
	ck_assert_uint_eq(said.faults.n, 0);
	ck_assert_str_eq(rows_of(22, TLS12, 0, "07 0102"), "status_type=7 response:2");
	expect_fault(22, TLS12, "01 000003 3000", FAULT_SHORT);
	expect_fault(22, TLS12, "02 000005 000003 3000", FAULT_SHORT);
	expect_fault(22, TLS12, "01 000001 3000", FAULT_TRAILING);
}
END_TEST

static bool notes(enum finding code)
{
	for (unsigned i = 0; i < said.h.noted.n; i++)
		if (said.h.noted.code[i] == code)
			return true;
	return false;
}

/* RFC 6960, 4.2.1: SEQUENCE { ENUMERATED ... }, as long as there is */
START_TEST(a_stapled_answer_that_is_no_ocsp_response_is_told)
{
	static const struct {
		const char *body;
		bool sound;
	} cases[] = {
		{"01 000005 30030a0103", true},         /* tryLater, and no more */
		{"01 000009 30070a0100a0023000", true}, /* successful */
		{"01 000006 3081030a0103", true},       /* a long length; BER alone writes it */
		{"01 000000", false},                   /* empty */
		{"01 000004 deadbeef", false},          /* no DER */
		{"01 000005 30040a0103", false},        /* longer than there is */
		{"01 000006 30030a010300", false},      /* shorter */
		{"01 000004 30023000", false},          /* a SEQUENCE in the place of the status */
		{"01 000006 30040a020103", false},      /* a status of two bytes */
		{"01 000006 30800a010000", false},      /* no length */
		{"01 000006 308500000000", false},      /* a length too long */
		{"02 00000b 000005 30030a0103 000000", true},
		{"02 00000c 000005 30030a0103 000001 30", false},
		{"07 deadbeef", true}, /* of another kind */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		rows_of(22, TLS12, 0, cases[i].body);
		ck_assert_uint_eq(said.faults.n, 0);
		ck_assert_msg(notes(FIND_OCSP_INVALID) != cases[i].sound, "%s", cases[i].body);
	}
	rows_of(22, TLS12, 0, "01 000009 30030a0103"); /* its length is the finding */
	ck_assert(!notes(FIND_OCSP_INVALID));
}
END_TEST

/* RFC 8446, 4.4.2.1: in an extension of the certificate */
START_TEST(the_staple_of_tls13_is_looked_at_too)
{
	rows_of(11, TLS13, 0, "00 000014 000001 30 000e 0005 000a 01 000006 30040a0103ff");
	ck_assert(notes(FIND_OCSP_INVALID) == false);
	rows_of(11, TLS13, 0, "00 000014 000001 30 000e 0005 000a 01 000006 30050a0103ff");
	ck_assert(notes(FIND_OCSP_INVALID));
}
END_TEST

/* RFC 5246, 7.4.4; RFC 4346, 7.4.4; RFC 8446, 4.3.2 */
START_TEST(certificate_requests_have_three_forms)
{
	ck_assert_str_eq(rows_of(13, TLS12, 0, "02 0140 0004 0403 0401 0006 0002 3000 0000"),
	                 "certificate_types:3 certificate_type=1 certificate_type=64 "
	                 "supported_signature_algorithms:6 signature_scheme=1027 "
	                 "signature_scheme=1025 authorities:8 DistinguishedName:4 "
	                 "DistinguishedName:2");
	ck_assert_uint_eq(said.faults.n, 0);
	ck_assert_str_eq(rows_of(13, TLS11, 0, "01 01 0004 0002 3000"),
	                 "certificate_types:2 certificate_type=1 authorities:6 "
	                 "DistinguishedName:4");
	ck_assert_uint_eq(said.faults.n, 0);
	ck_assert_str_eq(rows_of(13, TLS13, AES128, "01aa 0008 000d 0004 0002 0403"),
	                 "certificate_request_context:2 extensions:10 extension_type=13 "
	                 "extension_data:6 supported_signature_algorithms:4 "
	                 "signature_scheme=1027");
	ck_assert_uint_eq(said.faults.n, 0);
	expect_fault(13, TLS12, "01 01 0001 04 0000", FAULT_SHORT);
	expect_fault(13, TLS11, "01 01 0004 0003 3000", FAULT_SHORT);
	expect_fault(13, TLS11, "01 01 0000 00", FAULT_TRAILING);
}
END_TEST

/* RFC 8446, 4.4.3; RFC 5246, 7.4.8; RFC 4346, 7.4.8 */
START_TEST(a_certificate_verify_names_its_scheme_since_tls_1_2)
{
	ck_assert_str_eq(rows_of(15, TLS12, 0, "0804 0002 0102"), "algorithm=2052 signature:4");
	ck_assert_uint_eq(said.h.certificate_verify.scheme, 0x0804);
	ck_assert_uint_eq(said.h.certificate_verify.signature.len, 2);
	ck_assert_str_eq(rows_of(15, TLS13, AES128, "0403 0002 0102"),
	                 "algorithm=1027 signature:4");
	for (uint16_t version = SSL3; version <= TLS11; version++) {
		ck_assert_str_eq(rows_of(15, version, 0, "0002 0102"), "signature:4");
		ck_assert_uint_eq(said.h.certificate_verify.scheme, 0);
		ck_assert_uint_eq(said.h.certificate_verify.signature.len, 2);
	}
	expect_fault(15, TLS12, "0804 0003 0102", FAULT_SHORT);
	expect_fault(15, TLS12, "0804 0001 0102", FAULT_TRAILING);
}
END_TEST

/* ---- The others ---- */

/* RFC 5077, 3.3; RFC 8446, 4.6.1 */
START_TEST(tickets_have_two_forms)
{
	ck_assert_str_eq(rows_of(4, TLS12, 0, "0000012c 0002 aabb"),
	                 "ticket_lifetime=300 ticket:4");
	ck_assert_uint_eq(said.h.noted.n, 0);
	ck_assert_uint_eq(said.h.ticket.lifetime, 300);
	ck_assert_uint_eq(said.h.ticket.ticket.len, 2);
	ck_assert_str_eq(rows_of(4, TLS13, AES128,
	                         "0000012c 11223344 0100 0002 aabb 0008 002a 0004 00004000"),
	                 "ticket_lifetime=300 ticket_age_add=287454020 ticket_nonce:2 ticket:4 "
	                 "extensions:10 extension_type=42 extension_data:6 "
	                 "max_early_data_size=16384");
	ck_assert_uint_eq(said.h.noted.n, 0);
	ck_assert_uint_eq(said.h.ticket.ticket.len, 2);
	expect_fault(4, TLS12, "0000012c 0003 aabb", FAULT_SHORT);
	expect_fault(4, TLS13, "0000012c 11223344 ff00", FAULT_SHORT);
	expect_fault(4, TLS12, "0000012c 0001 aabb", FAULT_TRAILING);
}
END_TEST

/* RFC 8446, 4.6.3 */
START_TEST(a_key_update_asks_or_does_not)
{
	ck_assert_str_eq(rows_of(24, TLS13, AES128, "01"), "request_update=1");
	ck_assert(said.h.key_update.asks);
	rows_of(24, TLS13, AES128, "00");
	ck_assert(!said.h.key_update.asks && said.faults.n == 0);
	expect_fault(24, TLS13, "02", FAULT_RANGE);
	ck_assert(!said.h.key_update.asks);
	expect_fault(24, TLS13, "", FAULT_SHORT);
	expect_fault(24, TLS13, "0100", FAULT_TRAILING);
}
END_TEST

START_TEST(empty_messages_are_empty)
{
	static const uint8_t types[] = {0, 14, 5};
	for (size_t i = 0; i < 3; i++) {
		uint16_t version = i < 2 ? TLS12 : TLS13;
		ck_assert_str_eq(rows_of(types[i], version, 0, ""), "");
		ck_assert_uint_eq(said.faults.n + said.h.noted.n, 0);
		expect_fault(types[i], version, "00", FAULT_TRAILING);
	}
}
END_TEST

/* A Finished whose body has `len` bytes. */
static const char *finished_of(uint16_t version, uint16_t suite, size_t len)
{
	char body[2 * 64 + 1] = "";
	memset(body, '5', 2 * len);
	return rows_of(20, version, suite, body);
}

/* RFC 6101, 5.6.9; RFC 5246, 7.4.9; RFC 8446, 4.4.4; RFC 9189, 4.1 */
START_TEST(finished_is_as_long_as_version_and_suite_say)
{
	static const struct {
		uint16_t version, suite;
		size_t len;
		const char *rows;
	} cases[] = {
		{SSL3, RSA_AES128, 36, "md5_hash:16 sha_hash:20"},
		{TLS11, RSA_AES128, 12, "verify_data:12"},
		{TLS12, RSA_AES128, 12, "verify_data:12"},
		{TLS13, AES128, 32, "verify_data:32"},
		{TLS13, AES256, 48, "verify_data:48"},
		{DRAFT23, AES256, 48, "verify_data:48"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint16_t version = cases[i].version, suite = cases[i].suite;
		ck_assert_str_eq(finished_of(version, suite, cases[i].len), cases[i].rows);
		ck_assert_uint_eq(said.faults.n + said.h.noted.n, 0);
		finished_of(version, suite, cases[i].len - 1);
		ck_assert(said.faults.kind == FAULT_SHORT && is_noted(FIND_TLS_HS_LENGTH));
		finished_of(version, suite, cases[i].len + 1);
		ck_assert(said.faults.kind == FAULT_TRAILING && is_noted(FIND_TLS_HS_LENGTH));
	}
	ck_assert_str_eq(finished_of(TLS12, GOST_OMAC, 32), "verify_data:32");
	ck_assert_str_eq(finished_of(TLS12, 0xfffe, 20), "verify_data:20"); /* nobody knows it */
	ck_assert_str_eq(finished_of(0, 0, 20), "verify_data:20");
	ck_assert_uint_eq(said.faults.n, 0);
}
END_TEST

/* RFC 6347, 4.2.1 */
START_TEST(a_hello_verify_request_has_a_cookie)
{
	ck_assert_str_eq(rows_of(3, 0, 0, "feff 02 aabb"), "legacy_version=65279 cookie:3");
	ck_assert_uint_eq(said.faults.n, 0);
	expect_fault(3, 0, "feff 03 aabb", FAULT_SHORT);
}
END_TEST

/* RFC 4680, 2 */
START_TEST(supplemental_data_has_entries_with_types)
{
	ck_assert_str_eq(rows_of(23, TLS12, 0, "00000b 0000 0003 aabbcc 4002 0000"),
	                 "supp_data:14 supp_data_type=0 SupplementalData:5 supp_data_type=16386 "
	                 "SupplementalData:2");
	ck_assert_uint_eq(said.faults.n, 0);
	expect_fault(23, TLS12, "000007 0000 0004 aabbcc", FAULT_SHORT);
	expect_fault(23, TLS12, "000005 0000 0001 aa bb", FAULT_TRAILING);
}
END_TEST

/* draft-agl-tls-nextprotoneg-04, 3: 32 bytes, of which the padding is what is left */
START_TEST(the_next_protocol_is_named_and_padded)
{
	ck_assert_str_eq(rows_of(67, TLS12, 0, "06 737064792f33 02 0000"),
	                 "selected_protocol:7 padding:3");
	ck_assert_uint_eq(said.faults.n, 0);
	expect_fault(67, TLS12, "06 737064792f33 03 0000", FAULT_SHORT);
	expect_fault(67, TLS12, "06 737064792f33 01 0000", FAULT_TRAILING);
}
END_TEST

/* draft-balfanz-tls-channelid-01, 4 */
START_TEST(a_channel_id_is_an_extension_without_a_list)
{
	ck_assert_str_eq(rows_of(203, TLS12, 0, "7550 0004 01020304"),
	                 "extension_type=30032 channel_id:6");
	ck_assert_uint_eq(said.faults.n, 0);
	expect_fault(203, TLS12, "7550 0005 01020304", FAULT_SHORT);
}
END_TEST

/* RFC 8446, 4.3.1 */
START_TEST(encrypted_extensions_tell_the_protocol)
{
	ck_assert_str_eq(rows_of(8, TLS13, AES128, "0009 0010 0005 0003 02 6832"),
	                 "extensions:11 extension_type=16 extension_data:7 protocol_name_list:5 "
	                 "ProtocolName:3");
	ck_assert_uint_eq(said.h.encrypted_extensions.alpn.len, 2);
	ck_assert_mem_eq(said.h.encrypted_extensions.alpn.at, "h2", 2);
}
END_TEST

/* ---- Heartbeats ---- */

static struct heartbeat beat(const char *hex)
{
	struct heartbeat h, plain;
	struct faults faults = {0};
	begin_rows();
	add_hex(hex);
	struct bytes b = {said.data, said.len};
	struct reader r = reader_over(b, &said.faults, &said.trace);
	heartbeat_decode(&r, &h);
	write_words(0);
	const char *broken = broken_rows(&said.trace, b.len, said.faults.n);
	ck_assert_msg(broken == NULL, "%s", broken);
	r = reader_over(b, &faults, NULL);
	heartbeat_decode(&r, &plain);
	ck_assert(h.type == plain.type && h.payload_len == plain.payload_len &&
	          h.lies == plain.lies);
	ck_assert_mem_eq(&faults, &said.faults, sizeof faults);
	return h;
}

#define SIXTEEN "000102030405060708090a0b0c0d0e0f"

/* RFC 6520, 4 */
START_TEST(a_heartbeat_has_a_payload_and_padding)
{
	struct heartbeat h = beat("01 0003 aabbcc " SIXTEEN);
	ck_assert_str_eq(said.words, "type=1 payload_length=3 payload:3 padding:16");
	ck_assert_uint_eq(h.type, HEARTBEAT_REQUEST);
	ck_assert_uint_eq(h.payload_len, 3);
	ck_assert(!h.lies && said.faults.n == 0);
	h = beat("02 0000 " SIXTEEN "00");
	ck_assert_str_eq(said.words, "type=2 payload_length=0 payload:0 padding:17");
	ck_assert_uint_eq(h.type, HEARTBEAT_RESPONSE);
	ck_assert(!h.lies && said.faults.n == 0);
}
END_TEST

START_TEST(a_heartbeat_that_says_more_than_it_has_lies)
{
	ck_assert(beat("01 4000").lies);
	ck_assert_str_eq(said.words, "type=1 payload_length=16384 payload:0(short)");
	ck_assert(beat("01 0004 aabbcc").lies);
	ck_assert(!beat("01 0003 aabbcc").lies); /* no padding: wrong, and no lie */
	ck_assert_str_eq(said.words, "type=1 payload_length=3 payload:3 padding:0(short)");
	ck_assert(!beat("01 0003 aabbcc 00").lies);
	ck_assert_uint_eq(said.faults.n, 1);
	ck_assert(!beat("01 00").lies && !beat("01").lies && !beat("").lies);
	ck_assert_uint_eq(said.faults.n, 1);
}
END_TEST

Suite *messages_suite(void)
{
	Suite *suite = suite_create("messages");
	TCase *t = tcase_create("messages");
	tcase_add_test(t, a_message_of_another_version_is_out_of_order);
	tcase_add_test(t, a_message_without_a_decoder_is_one_row);
	tcase_add_test(t, certificates_are_listed_in_both_forms);
	tcase_add_test(t, a_broken_chain_is_kept_up_to_its_break);
	tcase_add_test(t, a_raw_public_key_is_no_list_of_certificates);
	tcase_add_test(t, a_compressed_certificate_gives_what_it_states);
	tcase_add_test(t, what_was_compressed_is_a_certificate_without_its_head);
	tcase_add_test(t, certificate_urls_have_a_hash_or_say_that_there_is_none);
	tcase_add_test(t, certificate_statuses_come_alone_or_for_a_chain);
	tcase_add_test(t, a_stapled_answer_that_is_no_ocsp_response_is_told);
	tcase_add_test(t, the_staple_of_tls13_is_looked_at_too);
	tcase_add_test(t, certificate_requests_have_three_forms);
	tcase_add_test(t, a_certificate_verify_names_its_scheme_since_tls_1_2);
	tcase_add_test(t, tickets_have_two_forms);
	tcase_add_test(t, a_key_update_asks_or_does_not);
	tcase_add_test(t, empty_messages_are_empty);
	tcase_add_test(t, finished_is_as_long_as_version_and_suite_say);
	tcase_add_test(t, a_hello_verify_request_has_a_cookie);
	tcase_add_test(t, supplemental_data_has_entries_with_types);
	tcase_add_test(t, the_next_protocol_is_named_and_padded);
	tcase_add_test(t, a_channel_id_is_an_extension_without_a_list);
	tcase_add_test(t, encrypted_extensions_tell_the_protocol);
	suite_add_tcase(suite, t);

	TCase *beats = tcase_create("heartbeats");
	tcase_add_test(beats, a_heartbeat_has_a_payload_and_padding);
	tcase_add_test(beats, a_heartbeat_that_says_more_than_it_has_lies);
	suite_add_tcase(suite, beats);
	return suite;
}
