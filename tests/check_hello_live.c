/* ClientHellos as libssl makes them, held against what it was told to offer. */
#include <check.h>
#include <openssl/ssl.h>

#include "tests/handshake_invariants.h"

Suite *hello_live_suite(void);

static uint8_t data[1 << 16];
static SSL_CTX *context;
static SSL *ssl;

static void set_up(void)
{
	context = SSL_CTX_new(TLS_client_method());
	ssl = SSL_new(context);
	ck_assert(ssl != NULL);
}

static void tear_down(void)
{
	SSL_free(ssl);
	SSL_CTX_free(context);
}

/* Lets libssl say its first flight and decodes the hello in it, which is one record. */
static struct client_hello hello(void)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	SSL_set_bio(ssl, in, out);
	SSL_connect(ssl);
	int len = BIO_read(out, data, sizeof data);
	ck_assert_int_gt(len, 9);
	ck_assert_int_eq(len, 5 + data[3] * 256 + data[4]);
	struct bytes message = {data + 5, (size_t)len - 5};
	struct handshake_context none = {0};
	const char *broken = broken_invariant(message, &none, false);
	ck_assert_msg(broken == NULL, "%s", broken);
	struct handshake h;
	struct faults faults = {0};
	struct reader r = reader_over(message, &faults, NULL);
	handshake_decode(&r, &none, &h);
	ck_assert_int_eq(handshake_event(&h), EVENT_CLIENT_HELLO);
	ck_assert_uint_eq(faults.n + h.noted.n, 0);
	return h.client_hello;
}

START_TEST(the_name_is_the_one_that_was_set)
{
	SSL_set_tlsext_host_name(ssl, "www.bank.example");
	struct client_hello h = hello();
	ck_assert_uint_eq(h.sni.len, 16);
	ck_assert(memcmp(h.sni.at, "www.bank.example", 16) == 0);
	ck_assert((h.flags & HELLO_SNI) != 0);
}
END_TEST

START_TEST(without_a_name_there_is_none)
{
	struct client_hello h = hello();
	ck_assert(h.sni.at == NULL);
	ck_assert((h.flags & HELLO_SNI) == 0);
}
END_TEST

START_TEST(the_protocols_are_those_that_were_set)
{
	static const uint8_t protocols[] = "\x02h2\x08http/1.1";
	SSL_set_alpn_protos(ssl, protocols, sizeof protocols - 1);
	struct client_hello h = hello();
	ck_assert_uint_eq(h.alpn.len, sizeof protocols - 1);
	ck_assert(memcmp(h.alpn.at, protocols, h.alpn.len) == 0);
}
END_TEST

START_TEST(the_suites_are_those_that_were_set)
{
	SSL_set_ciphersuites(ssl, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256");
	SSL_set_cipher_list(ssl, "ECDHE-RSA-AES128-GCM-SHA256");
	struct client_hello h = hello();
	static const uint8_t suites[] = {0x13, 0x03, 0x13, 0x01, 0xc0, 0x2f, 0x00, 0xff};
	ck_assert_uint_eq(h.suites.len, sizeof suites);
	ck_assert(memcmp(h.suites.at, suites, sizeof suites) == 0);
	ck_assert_uint_eq(h.n_suites, 4);
	ck_assert_uint_eq(h.first_suite, 0x1303);
	ck_assert((h.flags & HELLO_RENEGOTIATION) != 0);
}
END_TEST

START_TEST(groups_and_schemes_are_those_that_were_set)
{
	SSL_set1_groups_list(ssl, "P-384:X25519:P-256");
	SSL_set1_sigalgs_list(ssl, "ed25519:ECDSA+SHA256");
	struct client_hello h = hello();
	ck_assert_uint_eq(h.n_groups, 3);
	ck_assert_uint_eq(h.n_schemes, 2);
	ck_assert_uint_ge(h.n_shares, 1);
	ck_assert_uint_eq(h.first_share, 0x0018);
}
END_TEST

START_TEST(the_best_version_is_the_highest_that_was_set)
{
	SSL_set_max_proto_version(ssl, _i);
	struct client_hello h = hello();
	ck_assert_int_eq(h.best_version, _i);
	ck_assert(memcmp(h.random, data + 11, sizeof h.random) == 0);
	ck_assert(((h.flags & HELLO_VERSIONS) != 0) == (_i == TLS1_3_VERSION));
}
END_TEST

Suite *hello_live_suite(void)
{
	Suite *suite = suite_create("hello_live");
	TCase *hellos = tcase_create("hellos of libssl");
	tcase_add_checked_fixture(hellos, set_up, tear_down);
	tcase_add_test(hellos, the_name_is_the_one_that_was_set);
	tcase_add_test(hellos, without_a_name_there_is_none);
	tcase_add_test(hellos, the_protocols_are_those_that_were_set);
	tcase_add_test(hellos, the_suites_are_those_that_were_set);
	tcase_add_test(hellos, groups_and_schemes_are_those_that_were_set);
	tcase_add_loop_test(hellos, the_best_version_is_the_highest_that_was_set, TLS1_2_VERSION,
	                    TLS1_3_VERSION + 1);
	suite_add_tcase(suite, hellos);
	return suite;
}
