/* The text builder: numbers, addresses and times as their specifications write them, and escaping
 * functions that let nothing invisible out. */
#include <arpa/inet.h>
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/text.h"

Suite *text_suite(void);

static struct arena arena;
static struct text text;

static void set_up(void)
{
	text = text_new(&arena);
}

static void tear_down(void)
{
	arena_free(&arena);
}

/* Compares what was added since the last call. */
static void expect(const char *words)
{
	ck_assert_str_eq(text_z(&text), words);
	ck_assert_uint_eq(text.len, strlen(words));
	text_clear(&text);
}

static struct bytes of(const char *words)
{
	return (struct bytes){(const uint8_t *)words, strlen(words)};
}

/* ---- our own words ---- */

START_TEST(words_are_put_one_behind_the_other)
{
	text_add(&text, "key");
	text_add_n(&text, "hole and more", 4);
	text_char(&text, '!');
	text_repeat(&text, '-', 3);
	text_add(&text, "");
	text_repeat(&text, '-', 0);
	expect("keyhole!---");
}
END_TEST

START_TEST(a_text_grows_as_far_as_memory_goes)
{
	for (size_t i = 0; i < 100000; i++)
		text_char(&text, (char)('a' + i % 26));
	ck_assert_uint_eq(text.len, 100000);
	for (size_t i = 0; i < 100000; i++)
		ck_assert_int_eq(text.at[i], 'a' + (int)(i % 26));
}
END_TEST

START_TEST(a_text_without_memory_is_broken_and_nothing_follows_the_loss)
{
	struct arena small = {.limit = 600};
	struct text t = text_new(&small);
	text_repeat(&t, 'x', 200);
	ck_assert(!t.broken);
	text_repeat(&t, 'y', 1000);
	text_char(&t, 'z');
	ck_assert(t.broken);
	ck_assert_uint_eq(t.len, 200);
	ck_assert_str_eq(text_z(&t), "");
	text_clear(&t);
	text_add(&t, "again");
	ck_assert_str_eq(text_z(&t), "again");
	arena_free(&small);
}
END_TEST

START_TEST(columns_are_characters)
{
	const char *words = "a\u00e9\u2500\U0001f511";
	ck_assert_uint_eq(text_columns(words, strlen(words)), 4);
	text_add(&text, "| \u2500\u2500");
	text_pad(&text, 2, 5);
	text_pad(&text, 2, 3);
	text_add(&text, "|");
	expect("| \u2500\u2500   |");
}
END_TEST

/* ---- numbers ---- */

START_TEST(numbers_are_written_whole_at_their_bounds)
{
	text_u64(&text, 0);
	expect("0");
	text_u64(&text, UINT64_MAX);
	expect("18446744073709551615");
	text_i64(&text, INT64_MIN);
	expect("-9223372036854775808");
	text_i64(&text, -1);
	expect("-1");
	text_i64(&text, INT64_MAX);
	expect("9223372036854775807");
}
END_TEST

START_TEST(thousands_are_grouped)
{
	text_grouped(&text, 0);
	expect("0");
	text_grouped(&text, 999);
	expect("999");
	text_grouped(&text, 1000);
	expect("1,000");
	text_grouped(&text, UINT64_MAX);
	expect("18,446,744,073,709,551,615");
}
END_TEST

START_TEST(hexadecimal_has_at_least_its_digits)
{
	text_hex(&text, 0, 1);
	expect("0");
	text_hex(&text, 0x303, 4);
	expect("0303");
	text_hex(&text, 0x12345, 4);
	expect("12345");
	text_hex(&text, UINT64_MAX, 18);
	expect("00ffffffffffffffff");
	text_hex_bytes(&text, (struct bytes){(const uint8_t[]){0x00, 0x9f, 0xff}, 3});
	text_hex_bytes(&text, (struct bytes){NULL, 0});
	expect("009fff");
}
END_TEST

START_TEST(random_numbers_are_those_of_printf)
{
	uint64_t v = 88172645463325252u;
	char printed[64];
	for (int i = 0; i < 20000; i++) {
		v = v * 6364136223846793005u + 1442695040888963407u;
		uint64_t shown = v >> (i % 64);
		text_u64(&text, shown);
		text_char(&text, ' ');
		text_i64(&text, (int64_t)v);
		text_char(&text, ' ');
		text_hex(&text, shown, 5);
		snprintf(printed, sizeof printed, "%" PRIu64 " %" PRId64 " %05" PRIx64, shown,
		         (int64_t)v, shown);
		expect(printed);
	}
}
END_TEST

/* ---- addresses and times ---- */

static void expect_ip(const char *given, const char *shown)
{
	uint8_t ip[16];
	ck_assert_int_eq(inet_pton(AF_INET6, given, ip), 1);
	text_ip(&text, ip);
	expect(shown);
}

START_TEST(addresses_are_written_as_rfc_5952_asks)
{
	expect_ip("2001:0db8::0001", "2001:db8::1");
	expect_ip("2001:db8:0:0:0:0:2:1", "2001:db8::2:1");
	expect_ip("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	expect_ip("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
	expect_ip("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	expect_ip("2001:DB8::ABCD", "2001:db8::abcd");
	expect_ip("::", "::");
	expect_ip("::1", "::1");
	expect_ip("fe80::", "fe80::");
	expect_ip("::ffff:10.0.0.5", "10.0.0.5");
}
END_TEST

START_TEST(random_addresses_are_those_of_the_library)
{
	uint64_t v = 362436069;
	char printed[INET6_ADDRSTRLEN];
	for (int i = 0; i < 20000; i++) {
		uint8_t ip[16] = {0x20, 0x01};
		for (size_t k = 2; k < 16; k += 2) {
			v = v * 6364136223846793005u + 1442695040888963407u;
			ip[k] = v >> 60 < 5 ? 0 : (uint8_t)(v >> 40);
			ip[k + 1] = v >> 60 < 7 ? 0 : (uint8_t)(v >> 48);
		}
		text_ip(&text, ip);
		expect(inet_ntop(AF_INET6, ip, printed, sizeof printed));
	}
}
END_TEST

START_TEST(an_endpoint_of_ipv6_has_brackets)
{
	struct endpoint e = {.port = 443};
	inet_pton(AF_INET6, "2001:db8::1", e.ip);
	text_endpoint(&text, &e);
	expect("[2001:db8::1]:443");
	inet_pton(AF_INET6, "::ffff:10.0.0.5", e.ip);
	text_endpoint(&text, &e);
	expect("10.0.0.5:443");
}
END_TEST

START_TEST(a_moment_is_written_in_utc)
{
	moment m = 1795321801752728999; /* date -u -d @1795321801 */
	text_rfc3339(&text, m, 6);
	expect("2026-11-22T04:30:01.752728Z");
	text_rfc3339(&text, m, 0);
	expect("2026-11-22T04:30:01Z");
	text_rfc3339(&text, m, 12);
	expect("2026-11-22T04:30:01.752728999Z");
	text_rfc3339(&text, -1, 3);
	expect("1969-12-31T23:59:59.999Z");
	text_rfc3339(&text, MOMENT_UNKNOWN, 3);
	expect("unknown");
}
END_TEST

START_TEST(seconds_have_their_decimals_and_their_sign)
{
	text_seconds(&text, 285728999, 6);
	expect("0.285728");
	text_seconds(&text, -1285728999, 3);
	expect("-1.285");
	text_seconds(&text, -5, 6);
	expect("0.000000");
	text_seconds(&text, -5, 9);
	expect("-0.000000005");
	text_seconds(&text, 2999999999, 0);
	expect("2");
	text_seconds(&text, INT64_MIN, 9);
	expect("-9223372036.854775808");
}
END_TEST

/* ---- foreign bytes ---- */

static const struct example {
	const char *given, *foreign, *json;
} examples[] = {
	{"example.com", "example.com", "example.com"},
	{"", "", ""},
	{"\"C:\\\"", "\"C:\\\\\"", "\\\"C:\\\\\\\""},
	{"a\r\n\tb", "a\\x0d\\x0a\\x09b", "a\\r\\n\\tb"},
	{"\x1b[2J\x7f", "\\x1b[2J\\x7f", "\\u001b[2J\\u007f"},
	{"m\xc3\xbcnchen", "m\xc3\xbcnchen", "m\xc3\xbcnchen"},
	{"\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91"},
	{"\xc2\x9b", "\\xc2\\x9b", "\\u009b"},
	{"a\xe2\x80\xae moc", "a\\xe2\\x80\\xae moc", "a\\u202e moc"},
	{"\xe2\x81\xa6\xd8\x9c", "\\xe2\\x81\\xa6\\xd8\\x9c", "\\u2066\\u061c"},
	{"\xe2\x80\x8b\xef\xbb\xbf", "\\xe2\\x80\\x8b\\xef\\xbb\\xbf", "\\u200b\\ufeff"},
	{"\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9", "\\u2028\\u2029"},
	{"\xc2\xad", "\\xc2\\xad", "\\u00ad"},
	{"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81", "\\udb40\\udc41"},
	{"\xef\xb8\x8f", "\\xef\\xb8\\x8f", "\\ufe0f"},
	{"\xf4\x8f\xbf\xbf", "\\xf4\\x8f\\xbf\\xbf", "\\udbff\\udfff"},
	/* not UTF-8: alone, overlong, surrogate, above U+10FFFF, cut */
	{"\xff", "\\xff", "\\u00ff"},
	{"\x80", "\\x80", "\\u0080"},
	{"\xc0\xaf", "\\xc0\\xaf", "\\u00c0\\u00af"},
	{"\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\\u00e0\\u0080\\u00af"},
	{"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf", "\\u00f0\\u0080\\u0080\\u00af"},
	{"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\u00ed\\u00a0\\u0080"},
	{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\u00f4\\u0090\\u0080\\u0080"},
	{"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80", "\\u00f5\\u0080\\u0080\\u0080"},
	{"\xe2\x82z", "\\xe2\\x82z", "\\u00e2\\u0082z"},
	{"\xe2\x82", "\\xe2\\x82", "\\u00e2\\u0082"},
};

START_TEST(each_kind_of_foreign_byte_is_shown_as_the_rule_says)
{
	text_foreign(&text, of(examples[_i].given), SIZE_MAX);
	expect(examples[_i].foreign);
	text_json(&text, of(examples[_i].given));
	expect(examples[_i].json);
}
END_TEST

START_TEST(a_zero_byte_is_escaped_and_no_bytes_are_nothing)
{
	struct bytes zero = {(const uint8_t[]){'a', 0, 'b'}, 3};
	text_foreign(&text, zero, SIZE_MAX);
	expect("a\\x00b");
	text_json(&text, zero);
	expect("a\\u0000b");
	text_foreign(&text, (struct bytes){NULL, 0}, 5);
	text_json(&text, (struct bytes){NULL, 0});
	expect("");
}
END_TEST

START_TEST(a_cut_is_shown_and_never_goes_through_a_character)
{
	text_foreign(&text, of("example.com"), 7);
	expect("example...");
	text_foreign(&text, of("example"), 7);
	expect("example");
	text_foreign(&text, of("m\xc3\xbcnchen"), 2);
	expect("m...");
	text_foreign(&text, of("m\xc3\xbcnchen"), 3);
	expect("m\xc3\xbc...");
	text_foreign(&text, of("\x80\xffz"), 2);
	expect("\\x80\\xff...");
	text_foreign(&text, of("a"), 0);
	expect("...");
}
END_TEST

/* Each byte at each place of the eight that are looked at together, and around them. */
START_TEST(the_fast_way_finds_each_byte_at_each_place)
{
	for (unsigned byte = 0; byte < 0x100; byte++) {
		bool plain = byte >= 0x20 && byte < 0x7f && byte != '\\';
		for (size_t at = 0; at < 19; at++) {
			uint8_t given[19];
			memset(given, 'x', sizeof given);
			given[at] = (uint8_t)byte;
			text_json(&text, (struct bytes){given, sizeof given});
			ck_assert_uint_eq(text.len == sizeof given, plain && byte != '"');
			text_clear(&text);
			text_foreign(&text, (struct bytes){given, sizeof given}, SIZE_MAX);
			ck_assert_uint_eq(text.len == sizeof given, plain);
			text_clear(&text);
			ck_assert_uint_eq(text_is_utf8((struct bytes){given, sizeof given}),
			                  byte < 0x80);
		}
	}
}
END_TEST

static size_t encode(uint32_t c, uint8_t out[4])
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (uint8_t)(0x80 | (c & 0x3f));
	out[0] = (uint8_t)(lead[n] | c);
	return n;
}

/* Their number and their sum come from Perl's copy of the Unicode tables (14.0): all characters
 * with \p{DI}, \p{Cc}, \p{Zl}, \p{Zp}, \p{NChar} or \p{Bidi_Control}, and U+FFF9 to U+FFFB. */
START_TEST(the_invisible_characters_are_those_of_unicode)
{
	uint64_t n = 0, sum = 0;
	for (uint32_t c = 0; c < 0x110000; c++) {
		uint8_t given[4];
		size_t len = encode(c, given);
		text_clear(&text);
		text_foreign(&text, (struct bytes){given, len}, SIZE_MAX);
		bool escaped = text.len == 4 * len;
		bool surrogate = c >= 0xd800 && c < 0xe000;
		ck_assert_uint_eq(text_is_utf8((struct bytes){given, len}), !surrogate);
		ck_assert(escaped || !surrogate);
		n += escaped && !surrogate;
		sum += escaped && !surrogate ? c : 0;
	}
	ck_assert_uint_eq(n, 4310);
	ck_assert_uint_eq(sum, 3792286394);
}
END_TEST

Suite *text_suite(void)
{
	Suite *s = suite_create("text");
	TCase *c = tcase_create("text");
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, words_are_put_one_behind_the_other);
	tcase_add_test(c, a_text_grows_as_far_as_memory_goes);
	tcase_add_test(c, a_text_without_memory_is_broken_and_nothing_follows_the_loss);
	tcase_add_test(c, columns_are_characters);
	tcase_add_test(c, numbers_are_written_whole_at_their_bounds);
	tcase_add_test(c, thousands_are_grouped);
	tcase_add_test(c, hexadecimal_has_at_least_its_digits);
	tcase_add_test(c, random_numbers_are_those_of_printf);
	tcase_add_test(c, addresses_are_written_as_rfc_5952_asks);
	tcase_add_test(c, random_addresses_are_those_of_the_library);
	tcase_add_test(c, an_endpoint_of_ipv6_has_brackets);
	tcase_add_test(c, a_moment_is_written_in_utc);
	tcase_add_test(c, seconds_have_their_decimals_and_their_sign);
	tcase_add_loop_test(c, each_kind_of_foreign_byte_is_shown_as_the_rule_says, 0,
	                    sizeof examples / sizeof *examples);
	tcase_add_test(c, a_zero_byte_is_escaped_and_no_bytes_are_nothing);
	tcase_add_test(c, a_cut_is_shown_and_never_goes_through_a_character);
	tcase_add_test(c, the_fast_way_finds_each_byte_at_each_place);
	tcase_add_test(c, the_invisible_characters_are_those_of_unicode);
	suite_add_tcase(s, c);
	return s;
}
