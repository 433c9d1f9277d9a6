/* JA3, JA3S and JA4 held against the examples and rules that their publishers give, and against a
 * second way of making them. */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdlib.h>

#include "dissectors/tls/talk_rest.h"
#include "tests/talk_driver.h"

Suite *fingerprint_suite(void);

enum { CODES = 40000 };

static struct fingerprinter *maker;
static uint8_t room[8][2 * CODES * 2];
static unsigned rooms;

static struct fingerprinter *new_maker(void)
{
	struct fingerprinter *f = calloc(1, sizeof *f);
	ck_assert(f != NULL);
	f->digest = digest_new();
	f->seed = 5;
	ck_assert(f->digest != NULL);
	return f;
}

static void free_maker(struct fingerprinter *f)
{
	digest_free(f->digest);
	free(f);
}

static void set_up(void)
{
	maker = new_maker();
	rooms = 0;
}

static void tear_down(void)
{
	free_maker(maker);
}

/* ---- Building lists ---- */

static struct bytes put(const uint16_t *code, size_t n, size_t behind)
{
	uint8_t *at = room[rooms++ % 8];
	for (size_t i = 0; i < n; i++) {
		memset(at + i * (2 + behind), 0, 2 + behind);
		at[i * (2 + behind)] = (uint8_t)(code[i] >> 8);
		at[i * (2 + behind) + 1] = (uint8_t)code[i];
	}
	return (struct bytes){at, n * (2 + behind)};
}

/* Reads "1301,c02b" or, with base 10, "47-53"; a NULL or empty text is an empty list. */
static size_t numbers(const char *text, int base, uint16_t out[CODES])
{
	size_t n = 0;
	for (char *at = (char *)(uintptr_t)text; at != NULL && *at != 0; at += *at != 0)
		out[n++] = (uint16_t)strtoul(at, &at, base);
	return n;
}

static struct bytes list(const char *text, int base)
{
	uint16_t code[CODES];
	return put(code, numbers(text, base, code), 0);
}

/* Extensions without content. */
static struct bytes types(const char *text, int base)
{
	uint16_t code[CODES];
	return put(code, numbers(text, base, code), 2);
}

/* Four texts may be held at a time. */
static const char *hex(const uint8_t *at, size_t n)
{
	static char texts[4][65];
	static unsigned next;
	char *text = texts[next++ % 4];
	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", at[i]);
	return text;
}

static const char *ja4_text(const struct fingerprints *p)
{
	static char text[64];
	struct arena a = {0};
	struct text t = text_new(&a);
	fingerprint_ja4(&t, &p->ja4);
	snprintf(text, sizeof text, "%s", text_z(&t));
	arena_free(&a);
	return text;
}

static const char *ja3_of(const struct client_hello *h)
{
	struct fingerprints p = {0};
	fingerprint_client(maker, h, &p);
	ck_assert(p.of_client);
	return hex(p.ja3, sizeof p.ja3);
}

static const char *ja4_of(const struct client_hello *h)
{
	struct fingerprints p = {0};
	fingerprint_client(maker, h, &p);
	ck_assert(p.of_client);
	return ja4_text(&p);
}

/* Gives characters [from, from + n) of the hello's JA4. */
static const char *part_of_ja4(const struct client_hello *h, size_t from, int n)
{
	static char part[40];
	snprintf(part, sizeof part, "%.*s", n, ja4_of(h) + from);
	return part;
}

/* ---- JA3 ---- */

/* github.com/salesforce/ja3, README: both examples. */
START_TEST(ja3_is_as_in_its_publication)
{
	struct client_hello h = {
		.legacy_version = 769,
		.suites = list("47-53-5-10-49161-49162-49171-49172-50-56-19-4", 10),
		.extensions = types("0-10-11", 10),
		.groups = list("23-24-25", 10),
		.point_formats = {(const uint8_t *)"\0", 1},
	};
	ck_assert_str_eq(ja3_of(&h), "ada70206e40642a3e4461f35503241d5");
	struct client_hello bare = {
		.legacy_version = 769,
		.suites = list("4-5-10-9-100-98-3-6-19-18-99", 10),
	};
	ck_assert_str_eq(ja3_of(&bare), "de350869b8c85de67a350c8d186f11e6");
}
END_TEST

START_TEST(grease_changes_nothing)
{
	struct client_hello h = {
		.legacy_version = 769,
		.suites = list("2570-47-53-5-10-49161-49162-49171-49172-50-56-19-4-64250", 10),
		.extensions = types("6682-0-10-11-56026", 10),
		.groups = list("10794-23-24-25", 10),
		.point_formats = {(const uint8_t *)"\0", 1},
	};
	ck_assert_str_eq(ja3_of(&h), "ada70206e40642a3e4461f35503241d5");
	ck_assert_str_eq(part_of_ja4(&h, 0, 10), "t10d120300");
	h.schemes = list("2a2a,0403", 16);
	h.versions = list("fafa,0303", 16);
	struct client_hello plain = h;
	plain.schemes = list("0403", 16);
	plain.versions = list("0303", 16);
	char text[64];
	snprintf(text, sizeof text, "%s", ja4_of(&h));
	ck_assert_str_eq(ja4_of(&plain), text);
}
END_TEST

/* ---- JA4: github.com/FoxIO-LLC/ja4, technical_details/JA4.md ---- */

#define SUITES "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"
#define TYPES  "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015"

static struct client_hello published(void)
{
	return (struct client_hello){
		.legacy_version = 0x0303,
		.suites = list(SUITES, 16),
		.extensions = types(TYPES, 16),
		.schemes = list("0403,0804,0401,0503,0805,0501,0806,0601", 16),
		.versions = list("0304,0303", 16),
		.alpn = {(const uint8_t *)"\x02h2\x08http/1.1", 12},
	};
}

START_TEST(ja4_is_as_in_its_publication)
{
	struct client_hello h = published();
	ck_assert_str_eq(ja4_of(&h), "t13d1516h2_8daaf6152771_e5627efa2ab1");
	h.schemes = list("", 16);
	ck_assert_str_eq(part_of_ja4(&h, 24, 12), "6d807ffa2a79");
}
END_TEST

START_TEST(ja4_does_not_depend_on_the_order_of_suites_and_extensions)
{
	struct client_hello h = published();
	h.suites = list(
		"0035,002f,009d,009c,c014,c013,cca8,cca9,c030,c02c,c02f,c02b,1303,1302,1301", 16);
	h.extensions = types(
		"0015,000a,000b,ff01,002b,0012,0023,0005,000d,002d,0017,4469,0010,0033,0000,001b",
		16);
	ck_assert_str_eq(ja4_of(&h), "t13d1516h2_8daaf6152771_e5627efa2ab1");
	h.schemes = list("0804,0403,0401,0503,0805,0501,0806,0601", 16);
	ck_assert_str_ne(part_of_ja4(&h, 24, 12), "e5627efa2ab1");
}
END_TEST

START_TEST(empty_lists_are_zeros_not_digests_of_nothing)
{
	struct client_hello h = {.legacy_version = 0x0303};
	ck_assert_str_eq(ja4_of(&h), "t12i000000_000000000000_000000000000");
	h.extensions = types("0000,0010", 16);
	ck_assert_str_eq(ja4_of(&h), "t12d000200_000000000000_000000000000");
	h.suites = list("1a1a", 16);
	ck_assert_str_eq(part_of_ja4(&h, 0, 23), "t12d000200_000000000000");
}
END_TEST

START_TEST(the_version_is_the_highest_that_is_offered)
{
	static const struct {
		const char *offered;
		uint16_t hello;
		const char *shown;
	} cases[] = {
		{"", 0x0304, "13"},     {"", 0x0303, "12"},          {"", 0x0302, "11"},
		{"", 0x0301, "10"},     {"", 0x0300, "s3"},          {"", 0x0002, "s2"},
		{"", 0x0100, "00"},     {"0303,0304", 0x0301, "13"}, {"0302,0301", 0x0303, "11"},
		{"0a0a", 0x0303, "12"}, {"7f1c,0304", 0x0303, "00"}, {"", 0xfeff, "d1"},
		{"", 0xfefd, "d2"},     {"", 0xfefc, "d3"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct client_hello h = {.legacy_version = cases[i].hello,
		                         .versions = list(cases[i].offered, 16)};
		ck_assert_str_eq(part_of_ja4(&h, 1, 2), cases[i].shown);
	}
}
END_TEST

START_TEST(a_protocol_shows_its_ends_or_those_of_its_hexadecimal_form)
{
	static const struct {
		const char *list;
		size_t len;
		const char *shown;
	} cases[] = {
		{"", 0, "00"},
		{"\0\x02h2", 4, "00"},
		{"\x02h2", 3, "h2"},
		{"\x08http/1.1", 9, "h1"},
		{"\x01x", 2, "xx"},
		{"\x02Zz", 3, "Zz"},
		{"\x01\xab", 2, "ab"},
		{"\x02\xab\xcd", 3, "ad"},
		{"\x02\x30\xab", 3, "3b"},
		{"\x04\x30\x31\xab\xcd", 5, "3d"},
		{"\x04\x30\xab\xcd\x31", 5, "01"},
		{"\x02\x30/", 3, "3f"},
		{"\x02:1", 3, "31"},
		{"\x02@1", 3, "41"},
		{"\x02[1", 3, "51"},
		{"\x02`1", 3, "61"},
		{"\x02{1", 3, "71"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct client_hello h = {.alpn = {(const uint8_t *)cases[i].list, cases[i].len}};
		ck_assert_str_eq(part_of_ja4(&h, 8, 2), cases[i].shown);
	}
}
END_TEST

START_TEST(counts_end_at_99)
{
	uint16_t code[CODES];
	static const struct {
		size_t n;
		const char *shown;
	} cases[] = {{9, "09"}, {10, "10"}, {98, "98"}, {99, "99"}, {100, "99"}, {16000, "99"}};
	for (size_t i = 0; i < CODES; i++)
		code[i] = 0xc000; /* the same again counts again */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct client_hello h = {.suites = put(code, cases[i].n, 0),
		                         .extensions = put(code, cases[i].n, 2)};
		ck_assert_str_eq(part_of_ja4(&h, 4, 2), cases[i].shown);
		ck_assert_str_eq(part_of_ja4(&h, 6, 2), cases[i].shown);
	}
}
END_TEST

/* ---- A second way: the text as a whole, sorted by qsort, through EVP_Digest ---- */

static int by_value(const void *a, const void *b)
{
	return memcmp(a, b, 4);
}

static void digest_of(const EVP_MD *md, const char *text, uint8_t out[32])
{
	ck_assert_int_eq(EVP_Digest(text, strlen(text), out, NULL, md, NULL), 1);
}

static void expect_b_of(const uint16_t *code, size_t n)
{
	static char word[CODES][8], text[CODES * 5 + 1];
	uint8_t digest[32];
	for (size_t i = 0; i < n; i++)
		snprintf(word[i], sizeof word[i], "%04x", code[i]);
	qsort(word, n, sizeof *word, by_value);
	size_t len = 0;
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%.4s", i > 0 ? "," : "",
		                        word[i]);
	digest_of(EVP_sha256(), text, digest);
	struct client_hello h = {.suites = put(code, n, 0)};
	ck_assert_str_eq(part_of_ja4(&h, 11, 12), hex(digest, 6));
}

static void expect_ja3_of(const uint16_t *code, size_t n)
{
	static char text[CODES * 6 + 16];
	uint8_t digest[32];
	size_t len = (size_t)snprintf(text, sizeof text, "771,");
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%u", i > 0 ? "-" : "",
		                        code[i]);
	snprintf(text + len, sizeof text - len, ",,,");
	digest_of(EVP_md5(), text, digest);
	struct client_hello h = {.legacy_version = 771, .suites = put(code, n, 0)};
	ck_assert_str_eq(ja3_of(&h), hex(digest, 16));
}

START_TEST(long_lists_are_sorted_and_spelled_as_others_do)
{
	static const size_t lengths[] = {1, 2, 84, 85, 86, 102, 103, 513, 4000, 32767};
	uint16_t code[CODES];
	uint32_t seed = 20261122;
	for (size_t i = 0; i < CODES; i++) {
		seed = seed * 1664525 + 1013904223;
		code[i] = (uint16_t)(seed >> 16);
		if ((code[i] & 0x0f0f) == 0x0a0a) /* GREASE, and some that only look so */
			code[i] ^= 1;
	}
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		expect_b_of(code, lengths[i]);
		expect_ja3_of(code, lengths[i]);
	}
}
END_TEST

/* As much as fits into a hello: the rooms hold it (an address sanitizer looks). */
START_TEST(the_largest_hello_has_fingerprints)
{
	uint16_t code[CODES];
	uint8_t formats[255] = {0};
	for (size_t i = 0; i < CODES; i++)
		code[i] = (uint16_t)(i * 7);
	struct client_hello h = {
		.legacy_version = 771,
		.suites = put(code, 32767, 0),
		.extensions = put(code, 16383, 2),
		.groups = put(code, 8000, 0),
		.schemes = put(code, 8000, 0),
		.point_formats = {formats, sizeof formats},
	};
	ck_assert_str_eq(part_of_ja4(&h, 0, 10), "t12d999900");
}
END_TEST

/* ---- JA3S ---- */

static const char *ja3s_of(const struct server_hello *h)
{
	struct fingerprints p = {0};
	fingerprint_server(maker, h, &p);
	ck_assert(p.of_server && !p.of_client);
	return hex(p.ja3s, sizeof p.ja3s);
}

/* Values of tshark 4.0 (tls.handshake.ja3s) for captures/tls13 and captures/tls12-rsa; the rest by
 * the second way. */
START_TEST(ja3s_is_version_suite_and_extensions)
{
	uint8_t digest[32];
	struct server_hello h = {.legacy_version = 771,
	                         .version = 772,
	                         .suite = 4866,
	                         .extensions = types("43-51", 10)};
	ck_assert_str_eq(ja3s_of(&h), "15af977ce25de452b96affa2addb1036");
	h.extensions = types("", 10);
	digest_of(EVP_md5(), "771,4866,", digest);
	ck_assert_str_eq(ja3s_of(&h), hex(digest, 16));
	h.extensions = types("2570-65281", 10);
	digest_of(EVP_md5(), "771,4866,2570-65281", digest);
	ck_assert_str_eq(ja3s_of(&h), hex(digest, 16));
}
END_TEST

/* ---- What was made lately ---- */

START_TEST(what_is_remembered_changes_nothing)
{
	struct fingerprinter *fresh = new_maker();
	uint16_t code[2];
	for (uint32_t i = 0; i < 4000; i++) {
		code[0] = (uint16_t)(i * i % 1000);
		code[1] = (uint16_t)(i % 3);
		struct client_hello h = {.legacy_version = 771, .suites = put(code, 2, 0)};
		struct fingerprints kept = {0}, made = {0};
		fingerprint_client(maker, &h, &kept);
		memset(fresh->kept, 0, sizeof fresh->kept);
		fingerprint_client(fresh, &h, &made);
		ck_assert(memcmp(kept.ja3, made.ja3, sizeof made.ja3) == 0);
		ck_assert(memcmp(&kept.ja4, &made.ja4, sizeof made.ja4) == 0);
	}
	free_maker(fresh);
}
END_TEST

/* A server's extensions can look like the head of a client's lists. */
START_TEST(the_two_sides_are_never_taken_for_each_other)
{
	struct client_hello c = {.legacy_version = 771};
	static const uint8_t like_a_head[] = "\x30\x30\0\0"
					     "\0\0\0\0"
					     "\0\0\0\0"
					     "\0\0\0\0"
					     "\0\0\0\0"
					     "\0\0\0";
	struct server_hello s = {.legacy_version = 771,
	                         .suite = 771,
	                         .extensions = {like_a_head, sizeof like_a_head}};
	uint8_t digest[32];
	digest_of(EVP_md5(), "771,771,12336-0-0-0-0-0", digest);
	ja3_of(&c);
	ck_assert_str_eq(ja3s_of(&s), hex(digest, 16));
}
END_TEST

/* ---- When there is none ---- */

START_TEST(a_cut_hello_has_no_fingerprint)
{
	struct fingerprints p = {0};
	struct client_hello c = {.legacy_version = 771, .flags = HELLO_PARTIAL};
	struct server_hello s = {.legacy_version = 771, .flags = HELLO_PARTIAL};
	fingerprint_client(maker, &c, &p);
	fingerprint_server(maker, &s, &p);
	ck_assert(!p.of_client && !p.of_server);
}
END_TEST

START_TEST(without_a_maker_or_digests_there_is_no_fingerprint)
{
	struct fingerprints p = {0};
	struct client_hello c = {.legacy_version = 771};
	struct server_hello s = {.legacy_version = 771};
	fingerprint_client(NULL, &c, &p);
	fingerprint_server(NULL, &s, &p);
	digest_free(maker->digest);
	maker->digest = NULL;
	fingerprint_client(maker, &c, &p);
	fingerprint_server(maker, &s, &p);
	ck_assert(!p.of_client && !p.of_server);
}
END_TEST

START_TEST(an_extension_that_is_not_all_there_does_not_count)
{
	struct client_hello h = {.extensions = {(const uint8_t *)"\0\x0a\0\0\0\x0b\0\x05x", 9}};
	ck_assert_str_eq(part_of_ja4(&h, 0, 8), "t00i0001");
}
END_TEST

/* ---- Digests ---- */

/* RFC 1321, A.5; FIPS 180-2, B.1 */
START_TEST(digests_are_as_their_standards_give_them)
{
	struct digest *d = digest_new();
	uint8_t out[DIGEST_MOST];
	digest_begin(d, DIGEST_MD5);
	digest_add(d, "forgotten", 9);
	digest_begin(d, DIGEST_MD5);
	digest_add(d, "a", 1);
	digest_add(d, "bc", 2);
	ck_assert(digest_end(d, out));
	ck_assert_str_eq(hex(out, 16), "900150983cd24fb0d6963f7d28e17f72");
	digest_begin(d, DIGEST_SHA256);
	digest_add(d, "abc", 3);
	ck_assert(digest_end(d, out));
	ck_assert_str_eq(hex(out, 32),
	                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_free(d);
	digest_free(NULL);
}
END_TEST

/* The null provider keeps the default one from being loaded. */
START_TEST(without_md5_there_are_no_digests)
{
	OSSL_PROVIDER *none = OSSL_PROVIDER_load(NULL, "null");
	ck_assert(none != NULL);
	ck_assert(digest_new() == NULL);
	OSSL_PROVIDER_unload(none);
}
END_TEST

/* ---- In a conversation ---- */

/* One suite, one extension: supported_groups with one group. */
enum { HELLO_LEN = 5 + 4 + 51, SUITE_AT = 5 + 4 + 2 + 32 + 1 + 2 };

static void hello_bytes(uint8_t out[HELLO_LEN])
{
	static const uint8_t head[] = {0x16, 3, 1, 0, 55, 1, 0, 0, 51, 3, 3};
	static const uint8_t lists[] = {0, 0, 2, 0x13, 0x01, 1, 0, 0, 8, 0, 10, 0, 4, 0, 2, 0, 23};
	memset(out, 'R', HELLO_LEN);
	memcpy(out, head, sizeof head);
	memcpy(out + HELLO_LEN - sizeof lists, lists, sizeof lists);
}

static struct driver *told(const uint8_t *bytes, size_t len)
{
	struct driver *d = driver_new(NULL, false, false);
	d->sink.prints = maker;
	driver_bytes(d, CLIENT, (struct bytes){bytes, len});
	return d;
}

START_TEST(the_first_hello_of_a_session_has_its_fingerprint_kept)
{
	uint8_t b[2 * HELLO_LEN];
	hello_bytes(b);
	hello_bytes(b + HELLO_LEN);
	b[HELLO_LEN + SUITE_AT + 1] = 0x02; /* another suite, when it comes again */
	struct driver *d = told(b, sizeof b);
	uint8_t digest[32];
	digest_of(EVP_md5(), "771,4865,10,23,", digest);
	ck_assert(d->s.tls->prints.of_client);
	ck_assert_str_eq(hex(d->s.tls->prints.ja3, 16), hex(digest, 16));
	driver_free(d);
}
END_TEST

START_TEST(a_session_at_rest_keeps_its_fingerprint)
{
	uint8_t b[HELLO_LEN], rest[1024];
	hello_bytes(b);
	struct driver *d = told(b, sizeof b);
	size_t size = tls_rest_size(d->k);
	ck_assert_uint_gt(size, 0);
	ck_assert_uint_le(size, sizeof rest);
	tls_rest(d->k, rest);
	struct fingerprints before = d->s.tls->prints;
	driver_free(d);
	d = driver_new(NULL, false, false);
	ck_assert(tls_wake(&d->sink, rest) != NULL);
	ck_assert(d->s.tls->prints.of_client && before.of_client);
	ck_assert(memcmp(d->s.tls->prints.ja3, before.ja3, sizeof before.ja3) == 0);
	ck_assert(memcmp(&d->s.tls->prints.ja4, &before.ja4, sizeof before.ja4) == 0);
	driver_free(d);
}
END_TEST

Suite *fingerprint_suite(void)
{
	Suite *suite = suite_create("fingerprint");
	TCase *made = tcase_create("made");
	tcase_add_checked_fixture(made, set_up, tear_down);
	tcase_add_test(made, ja3_is_as_in_its_publication);
	tcase_add_test(made, grease_changes_nothing);
	tcase_add_test(made, ja4_is_as_in_its_publication);
	tcase_add_test(made, ja4_does_not_depend_on_the_order_of_suites_and_extensions);
	tcase_add_test(made, empty_lists_are_zeros_not_digests_of_nothing);
	tcase_add_test(made, the_version_is_the_highest_that_is_offered);
	tcase_add_test(made, a_protocol_shows_its_ends_or_those_of_its_hexadecimal_form);
	tcase_add_test(made, counts_end_at_99);
	tcase_add_test(made, long_lists_are_sorted_and_spelled_as_others_do);
	tcase_add_test(made, the_largest_hello_has_fingerprints);
	tcase_add_test(made, ja3s_is_version_suite_and_extensions);
	tcase_add_test(made, what_is_remembered_changes_nothing);
	tcase_add_test(made, the_two_sides_are_never_taken_for_each_other);
	tcase_add_test(made, a_cut_hello_has_no_fingerprint);
	tcase_add_test(made, without_a_maker_or_digests_there_is_no_fingerprint);
	tcase_add_test(made, an_extension_that_is_not_all_there_does_not_count);
	tcase_add_test(made, the_first_hello_of_a_session_has_its_fingerprint_kept);
	tcase_add_test(made, a_session_at_rest_keeps_its_fingerprint);
	suite_add_tcase(suite, made);
	TCase *digests = tcase_create("digests");
	tcase_add_test(digests, digests_are_as_their_standards_give_them);
	tcase_add_test(digests, without_md5_there_are_no_digests);
	suite_add_tcase(suite, digests);
	return suite;
}
