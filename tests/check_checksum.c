#include <check.h>
#include <stdlib.h>

#include "src/capture/checksum.h"

/* The straight way of RFC 1071, 4.1. */
static uint16_t by_the_book(const uint8_t *at, size_t len)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)at[i] << 8 | (i + 1 < len ? at[i + 1] : 0U);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

START_TEST(the_example_of_rfc_1071_comes_out)
{
	const struct bytes b = {(const uint8_t *)"\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", 8};
	ck_assert_uint_eq(checksum_add(0, b), 0xddf2);
}
END_TEST

START_TEST(runs_of_every_length_give_what_the_book_gives)
{
	uint8_t data[300];
	uint32_t seed = 1;
	for (size_t i = 0; i < sizeof data; i++) {
		seed = seed * 1103515245 + 12345;
		data[i] = i % 7 == 0 ? 0xff : (uint8_t)(seed >> 16);
	}
	for (size_t len = 0; len <= sizeof data; len++) {
		uint8_t *copy = malloc(len + 1);
		memcpy(copy, data, len);
		ck_assert_uint_eq(checksum_add(0, (struct bytes){copy, len}),
		                  by_the_book(copy, len));
		size_t even = len / 2 & ~(size_t)1;
		uint16_t first = checksum_add(0, (struct bytes){copy, even});
		ck_assert_uint_eq(checksum_add(first, (struct bytes){copy + even, len - even}),
		                  by_the_book(copy, len));
		free(copy);
	}
}
END_TEST

/* A segment of 20 bytes and 5 of data. */
static uint8_t segment[25];

static struct ip_packet packet(bool six)
{
	struct ip_packet p = {.payload = {segment, sizeof segment}, .protocol = 6};
	memcpy(segment, "\x9c\x40\1\xbb\0\0\0\1\0\0\0\2\x50\x18\4\0\0\0\0\0hello", 25);
	memcpy(p.source.ip,
	       six ? "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
	           : "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1",
	       16);
	memcpy(p.target.ip,
	       six ? "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
	           : "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc6\x33\x64\2",
	       16);
	return p;
}

static void set(unsigned sum)
{
	segment[16] = (uint8_t)(sum >> 8);
	segment[17] = (uint8_t)sum;
}

START_TEST(right_partial_and_wrong_are_told_apart)
{
	for (int six = 0; six < 2; six++) {
		struct ip_packet p = packet(six);
		uint8_t all[65] = {0};
		size_t n = six ? 32 : 8;
		memcpy(all, p.source.ip + 16 - n / 2, n / 2);
		memcpy(all + n / 2, p.target.ip + 16 - n / 2, n / 2);
		all[n + 1] = 25;
		all[n + 3] = 6;
		uint16_t pseudo = by_the_book(all, n + 4);
		memcpy(all + n + 4, segment, sizeof segment);
		uint16_t sum = (uint16_t)~by_the_book(all, n + 4 + sizeof segment);
		set(sum);
		ck_assert_int_eq(checksum_of_tcp(&p), CHECKSUM_RIGHT);
		set(pseudo);
		ck_assert_int_eq(checksum_of_tcp(&p), CHECKSUM_PARTIAL);
		set(0);
		ck_assert_int_eq(checksum_of_tcp(&p), CHECKSUM_PARTIAL);
		set(sum ^ 0x5555U);
		ck_assert_int_eq(checksum_of_tcp(&p), CHECKSUM_WRONG);
	}
}
END_TEST

START_TEST(of_a_segment_that_was_cut_nothing_is_said)
{
	struct ip_packet p = packet(false);
	set(0x1234);
	p.missing = 1;
	ck_assert_int_eq(checksum_of_tcp(&p), CHECKSUM_UNKNOWN);
	p.missing = 0;
	p.payload.len = 19;
	ck_assert_int_eq(checksum_of_tcp(&p), CHECKSUM_UNKNOWN);
}
END_TEST

Suite *checksum_suite(void);

Suite *checksum_suite(void)
{
	Suite *suite = suite_create("checksum");
	TCase *all = tcase_create("all");
	tcase_add_test(all, the_example_of_rfc_1071_comes_out);
	tcase_add_test(all, runs_of_every_length_give_what_the_book_gives);
	tcase_add_test(all, right_partial_and_wrong_are_told_apart);
	tcase_add_test(all, of_a_segment_that_was_cut_nothing_is_said);
	suite_add_tcase(suite, all);
	return suite;
}
