/* ServerKeyExchange and ClientKeyExchange of every key exchange, with bytes written down as the RFC
 * of each draws them. */
#include "tests/message_rows.h"

Suite *key_exchange_suite(void);

enum { SSL3 = 0x0300, TLS10 = 0x0301, TLS12 = 0x0303, TLS13 = 0x0304 };

static const char *server(uint16_t version, uint16_t suite, const char *body)
{
	return rows_of(HS_SERVER_KEY_EXCHANGE, version, suite, body);
}

static const char *client(uint16_t version, uint16_t suite, const char *body)
{
	return rows_of(HS_CLIENT_KEY_EXCHANGE, version, suite, body);
}

static void expect_sound(size_t params, size_t public_key, unsigned bits, bool is_signed)
{
	const struct server_key_exchange *k = &said.h.server_kx;
	ck_assert_uint_eq(said.faults.n + said.h.noted.n, 0);
	ck_assert_uint_eq(k->params.len, params);
	ck_assert_ptr_eq(k->params.at, said.data + 4);
	ck_assert_uint_eq(k->public_key.len, public_key);
	ck_assert_uint_eq(k->public_len, public_key);
	ck_assert_uint_eq(k->dh_bits, bits);
	ck_assert(k->signed_ == is_signed);
}

START_TEST(a_named_curve_is_signed_with_a_scheme_since_tls_1_2)
{
	ck_assert_str_eq(server(TLS12, 0xc02f, "03 0017 03aabbcc 0804 0004 01020304"),
	                 "curve_type=3 namedcurve=23 public:4 algorithm=2052 signature:6");
	expect_sound(7, 3, 0, true);
	ck_assert_uint_eq(said.h.server_kx.group, 23);
	ck_assert_uint_eq(said.h.server_kx.scheme, 0x0804);
	ck_assert_uint_eq(said.h.server_kx.signature_len, 4);
	ck_assert_str_eq(server(TLS10, 0xc013, "03 0017 03aabbcc 0004 01020304"),
	                 "curve_type=3 namedcurve=23 public:4 signature:6");
	expect_sound(7, 3, 0, true);
	ck_assert_uint_eq(said.h.server_kx.scheme, 0);
}
END_TEST

START_TEST(an_anonymous_exchange_is_not_signed)
{
	ck_assert_str_eq(server(TLS12, 0xc018, "03 001d 02aabb"),
	                 "curve_type=3 namedcurve=29 public:3");
	expect_sound(6, 2, 0, false);
	ck_assert_str_eq(server(TLS12, 0x00a6, "0003 0001ff 0002 0001 0002 0103"),
	                 "dh_p:5 dh_g:4 dh_Ys:4");
	expect_sound(13, 2, 9, false);
	server(TLS12, 0x00a6, "0003 0001ff 0002 0001 0002 0103 0401 0001 07");
	ck_assert(is_noted(FIND_TLS_HS_LENGTH));
}
END_TEST

/* RFC 4492, 5.4: prime_p, a, b, base, order, cofactor, and then the point. */
START_TEST(an_explicit_prime_curve_is_read_field_by_field)
{
	ck_assert_str_eq(server(TLS12, 0xc02f,
	                        "01 0200fb 0101 0102 0304aabb 0200f1 0101 0304ccdd 0403 0001 07"),
	                 "curve_type=1 prime_p:3 a:2 b:2 base:4 order:3 cofactor:2 public:4 "
	                 "algorithm=1027 signature:3");
	expect_sound(21, 3, 8, true); /* 0xfb has 8 bits */
	ck_assert_uint_eq(said.h.server_kx.group, 0);
}
END_TEST

/* RFC 4492, 5.4: m, basis, one exponent or three, then as above. */
START_TEST(an_explicit_binary_curve_is_read_field_by_field)
{
	ck_assert_str_eq(
		server(TLS12, 0xc018, "02 00e9 01 014a 0100 0101 0304aabb 0200f1 0102 0304ccdd"),
		"curve_type=2 m=233 basis=1 k:2 a:2 b:2 base:4 order:3 cofactor:2 public:4");
	expect_sound(23, 3, 233, false);
	ck_assert_str_eq(
		server(TLS12, 0xc018,
	               "02 00a3 02 0103 0106 0107 0101 0101 0304aabb 0200f1 0102 0304ccdd"),
		"curve_type=2 m=163 basis=2 k:2 k:2 k:2 a:2 b:2 base:4 order:3 cofactor:2 "
		"public:4");
	expect_sound(27, 3, 163, false);
}
END_TEST

START_TEST(a_curve_of_another_kind_is_out_of_range_and_says_no_more)
{
	ck_assert_str_eq(server(TLS12, 0xc02f, "04 0017 03aabbcc"),
	                 "curve_type=4 curve_type:6(range)");
	ck_assert(is_noted(FIND_TLS_HS_LENGTH));
	ck_assert_ptr_null(said.h.server_kx.public_key.at);
	ck_assert_ptr_null(said.h.server_kx.params.at);
	ck_assert_str_eq(server(TLS12, 0xc018, "02 00e9 03 014a"),
	                 "curve_type=2 m=233 basis=3 basis:2(range)");
	ck_assert(is_noted(FIND_TLS_HS_LENGTH));
}
END_TEST

START_TEST(dhe_gives_prime_generator_and_value)
{
	ck_assert_str_eq(server(TLS12, 0x009e, "0002 8001 0001 02 0002 1234 0401 0001 07"),
	                 "dh_p:4 dh_g:3 dh_Ys:4 algorithm=1025 signature:3");
	expect_sound(11, 2, 16, true);
	ck_assert_str_eq(server(SSL3, 0x0014, "0002 8001 0001 02 0002 1234 0001 07"),
	                 "dh_p:4 dh_g:3 dh_Ys:4 signature:3"); /* DHE_RSA_EXPORT */
	expect_sound(11, 2, 16, true);
	ck_assert_str_eq(client(TLS12, 0x009e, "0002 4321"), "dh_Yc:4");
	ck_assert_uint_eq(said.h.client_kx.len, 2);
	ck_assert_str_eq(client(TLS12, 0x00a6, "0002 4321"), "dh_Yc:4"); /* DH_anon */
	server(TLS12, 0x00a6, "0000 0001 02 0002 1234");                 /* a prime of no bytes */
	ck_assert_uint_eq(said.h.server_kx.dh_bits, 0);
}
END_TEST

/* RFC 2246, D.1: the modulus and exponent of a short key */
START_TEST(the_short_key_of_an_export_suite_is_read)
{
	ck_assert_str_eq(server(TLS10, 0x0003, "0004 80000001 0003 010001 0001 07"),
	                 "rsa_modulus:6 rsa_exponent:5 signature:3");
	expect_sound(11, 4, 32, true);
	ck_assert(said.h.server_kx.export_rsa);
}
END_TEST

/* RFC 5246, 7.4.3: "not legal" with RSA, DH_DSS and DH_RSA; a client that takes it can be made to
 * use a short key. */
START_TEST(a_server_half_where_there_is_none_is_out_of_order)
{
	server(TLS10, 0x002f, "0004 80000001 0003 010001 0001 07");
	ck_assert(is_noted(FIND_TLS_ORDER) && !is_noted(FIND_TLS_HS_LENGTH));
	ck_assert_str_eq(server(TLS12, 0x003f, "0102"), "exchange:2"); /* DH_RSA */
	ck_assert(is_noted(FIND_TLS_ORDER));
	server(TLS12, 0xc004, "0102"); /* ECDH_ECDSA */
	ck_assert(is_noted(FIND_TLS_ORDER));
	server(TLS12, 0x001e, "0102"); /* KRB5 */
	ck_assert(is_noted(FIND_TLS_ORDER));
	server(TLS12, 0xc102, "0102"); /* GOSTR341112_256 */
	ck_assert(is_noted(FIND_TLS_ORDER));
	server(TLS13, 0x1301, "0102");
	ck_assert(is_noted(FIND_TLS_ORDER));
	server(TLS12, 0x00a8, "0002 6162"); /* PSK: the hint is its half */
	ck_assert(!is_noted(FIND_TLS_ORDER));
}
END_TEST

START_TEST(the_encrypted_premaster_has_a_length_since_tls_1_0)
{
	ck_assert_str_eq(client(TLS10, 0x002f, "0008 0102030405060708"),
	                 "encrypted_pre_master_secret:10");
	ck_assert_uint_eq(said.h.client_kx.len, 8);
	ck_assert_uint_eq(said.h.client_kx.head[7], 8);
	ck_assert_str_eq(client(SSL3, 0x0005, "0102030405060708"), "encrypted_pre_master_secret:8");
	ck_assert_uint_eq(said.h.client_kx.len, 8);
}
END_TEST

/* RFC 5246, 7.4.7.2, and RFC 8422, 5.7: implicit where the client's certificate holds the share */
START_TEST(a_client_whose_certificate_holds_its_share_sends_none)
{
	static const uint16_t suites[] = {0x003f, 0x009e, 0xc004, 0xc02b};
	for (size_t i = 0; i < 4; i++) {
		ck_assert_str_eq(client(TLS12, suites[i], ""), "");
		ck_assert_uint_eq(said.faults.n + said.h.client_kx.len, 0);
	}
	ck_assert_str_eq(client(TLS12, 0x003f, "0002 4321"), "dh_Yc:4");
	ck_assert_str_eq(client(TLS12, 0xc004, "02 4321"), "ecdh_Yc:3");
}
END_TEST

/* RFC 4279, 2 to 4; RFC 5489, 2 */
START_TEST(shared_keys_have_a_hint_and_a_name_before_the_rest)
{
	ck_assert_str_eq(server(TLS12, 0x00a8, "0002 6162"), "psk_identity_hint:4");
	expect_sound(4, 0, 0, false);
	ck_assert_str_eq(client(TLS12, 0x00a8, "0003 616263"), "psk_identity:5");
	ck_assert_uint_eq(said.h.client_kx.len, 0);
	ck_assert_str_eq(server(TLS12, 0x00ac, "0000"), "psk_identity_hint:2");
	ck_assert_str_eq(client(TLS12, 0x00ac, "0001 61 0002 1234"),
	                 "psk_identity:3 encrypted_pre_master_secret:4");
	ck_assert_str_eq(server(TLS12, 0x00aa, "0000 0002 8001 0001 02 0002 1234"),
	                 "psk_identity_hint:2 dh_p:4 dh_g:3 dh_Ys:4");
	expect_sound(13, 2, 16, false);
	ck_assert_str_eq(client(TLS12, 0x00aa, "0001 61 0002 1234"), "psk_identity:3 dh_Yc:4");
	ck_assert_str_eq(server(TLS12, 0xc037, "0000 03 001d 02 1234"),
	                 "psk_identity_hint:2 curve_type=3 namedcurve=29 public:3");
	expect_sound(8, 2, 0, false);
	ck_assert_str_eq(client(TLS12, 0xc037, "0001 61 02 1234"), "psk_identity:3 ecdh_Yc:3");
	ck_assert_uint_eq(said.h.client_kx.len, 2);
}
END_TEST

/* RFC 5054, 2.5.3, 2.5.4 and 2.6 */
START_TEST(srp_gives_its_group_salt_and_values)
{
	ck_assert_str_eq(server(TLS12, 0xc01d, "0002 9001 0001 02 03 aabbcc 0002 1234"),
	                 "srp_N:4 srp_g:3 srp_s:4 srp_B:4");
	expect_sound(15, 2, 16, false);
	ck_assert_str_eq(
		server(TLS12, 0xc01e, "0002 9001 0001 02 03 aabbcc 0002 1234 0401 0001 07"),
		"srp_N:4 srp_g:3 srp_s:4 srp_B:4 algorithm=1025 signature:3");
	expect_sound(15, 2, 16, true);
	ck_assert_str_eq(client(TLS12, 0xc01d, "0002 4321"), "srp_A:4");
	ck_assert_uint_eq(said.h.client_kx.len, 2);
}
END_TEST

/* RFC 8492, 4.5.3 and 4.5.4 */
START_TEST(a_password_exchange_gives_salt_curve_point_and_scalar)
{
	ck_assert_str_eq(server(TLS12, 0xc0b0, "02 aabb 03 0017 02 1234 01 07"),
	                 "salt:3 curve_type=3 namedcurve=23 public:3 scalar:2");
	expect_sound(11, 2, 0, false);
	ck_assert_str_eq(client(TLS12, 0xc0b0, "02 4321 01 08"), "ecdh_Yc:3 scalar:2");
	server(TLS12, 0xc0b0, "02 aabb 07");
	ck_assert(is_noted(FIND_TLS_HS_LENGTH));
}
END_TEST

/* RFC 2712, 3 */
START_TEST(kerberos_gives_ticket_authenticator_and_premaster)
{
	ck_assert_str_eq(client(TLS10, 0x001e, "0003 aabbcc 0000 0002 1234"),
	                 "Ticket:5 authenticator:2 EncryptedPreMasterSecret:4");
	ck_assert_uint_eq(said.faults.n + said.h.client_kx.len, 0);
}
END_TEST

START_TEST(what_is_not_taken_apart_is_one_field)
{
	ck_assert_str_eq(client(TLS12, 0xc102, "3003020101"), "exchange_keys:5"); /* GOST */
	ck_assert_str_eq(client(SSL3, 0x001c, "0102"), "fortezza:2");
	ck_assert_str_eq(server(SSL3, 0x001d, "0102"), "fortezza:2");
	ck_assert_str_eq(client(TLS10, 0x001c, "0102"), "exchange:2"); /* nobody's number */
	ck_assert_str_eq(client(0, 0xc02f, "02 4321"), "exchange:3");  /* the hellos are missing */
	ck_assert_str_eq(server(0, 0xc02f, "02 4321"), "exchange:3");
	ck_assert_str_eq(server(TLS12, 0x0a0a, "02 4321"), "exchange:3");
	ck_assert_str_eq(client(TLS13, 0x1301, "02 4321"), "exchange:3");
	ck_assert(is_noted(FIND_TLS_ORDER));
}
END_TEST

/* For each exchange: what is cut off or left over is a fault of the message. */
START_TEST(a_body_of_another_length_is_a_fault)
{
	static const struct {
		uint8_t type;
		uint16_t suite;
		const char *body, *lying;
	} cases[] = {
		{12, 0xc02f, "03 0017 03aabbcc 0804 0004 01020304", "03 0017 ffaabbcc"},
		{12, 0xc018, "01 01fb 0101 0102 01aa 01f1 0101 01cc", "01 ff"},
		{12, 0xc018, "02 00e9 01 014a 0100 0101 01aa 01f1 0102 01cc", "02 00e9 02 0101 ff"},
		{12, 0x009e, "0001 80 0001 02 0001 12 0401 0001 07", "0001 80 ffff 02"},
		{12, 0x00a8, "0002 6162", "0003 6162"},
		{12, 0xc01d, "0001 90 0001 02 01 aa 0001 12", "0001 90 0001 02 ff aa"},
		{12, 0xc0b0, "01 aa 03 0017 01 12 01 07", "ff aa"},
		{16, 0xc02f, "02 4321", "03 4321"},
		{16, 0x009e, "0002 4321", "0003 4321"},
		{16, 0x009c, "0002 4321", "0003 4321"},
		{16, 0x00a8, "0001 61", "0002 61"},
		{16, 0xc01d, "0001 61", "0002 61"},
		{16, 0xc0b0, "01 43 01 08", "01 43 02 08"},
		{16, 0x001e, "0001 aa 0000 0001 12", "0001 aa ffff"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char longer[256];
		rows_of(cases[i].type, TLS12, cases[i].suite, cases[i].body);
		ck_assert_msg(said.faults.n == 0, "case %zu is sound", i);
		rows_of(cases[i].type, TLS12, cases[i].suite, cases[i].lying);
		ck_assert_msg(said.faults.kind == FAULT_SHORT && is_noted(FIND_TLS_HS_LENGTH),
		              "case %zu lies", i);
		snprintf(longer, sizeof longer, "%s00", cases[i].body);
		rows_of(cases[i].type, TLS12, cases[i].suite, longer);
		ck_assert_msg(said.faults.kind == FAULT_TRAILING && is_noted(FIND_TLS_HS_LENGTH),
		              "case %zu is too long", i);
	}
}
END_TEST

Suite *key_exchange_suite(void)
{
	Suite *suite = suite_create("key_exchange");
	TCase *t = tcase_create("exchanges");
	tcase_add_test(t, a_named_curve_is_signed_with_a_scheme_since_tls_1_2);
	tcase_add_test(t, an_anonymous_exchange_is_not_signed);
	tcase_add_test(t, an_explicit_prime_curve_is_read_field_by_field);
	tcase_add_test(t, an_explicit_binary_curve_is_read_field_by_field);
	tcase_add_test(t, a_curve_of_another_kind_is_out_of_range_and_says_no_more);
	tcase_add_test(t, dhe_gives_prime_generator_and_value);
	tcase_add_test(t, the_short_key_of_an_export_suite_is_read);
	tcase_add_test(t, a_server_half_where_there_is_none_is_out_of_order);
	tcase_add_test(t, the_encrypted_premaster_has_a_length_since_tls_1_0);
	tcase_add_test(t, a_client_whose_certificate_holds_its_share_sends_none);
	tcase_add_test(t, shared_keys_have_a_hint_and_a_name_before_the_rest);
	tcase_add_test(t, srp_gives_its_group_salt_and_values);
	tcase_add_test(t, a_password_exchange_gives_salt_curve_point_and_scalar);
	tcase_add_test(t, kerberos_gives_ticket_authenticator_and_premaster);
	tcase_add_test(t, what_is_not_taken_apart_is_one_field);
	tcase_add_test(t, a_body_of_another_length_is_a_fault);
	suite_add_tcase(suite, t);
	return suite;
}
