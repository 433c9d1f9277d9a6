/* The record layer's head and the search for the place where records begin again. */
#include <check.h>

#include "dissectors/tls/record.h"

Suite *record_suite(void);

enum { ROOM = 1 << 20 };

static uint8_t b[ROOM];
static size_t len;

static void add_record(uint8_t type, uint16_t version, uint16_t n)
{
	const uint8_t head[RECORD_HEAD] = {type, (uint8_t)(version >> 8), (uint8_t)version,
	                                   (uint8_t)(n >> 8), (uint8_t)n};
	memcpy(b + len, head, sizeof head);
	memset(b + len + RECORD_HEAD, 0xaa, n);
	len += RECORD_HEAD + (size_t)n;
}

static void add_noise(size_t n)
{
	memset(b + len, 0x16, n);
	len += n;
}

static void set_up(void)
{
	len = 0;
}

START_TEST(a_head_needs_five_bytes)
{
	struct record_head h;
	add_record(CONTENT_HANDSHAKE, 0x0301, 0x1234);
	for (size_t n = 0; n < RECORD_HEAD; n++)
		ck_assert(!record_head((struct bytes){b, n}, &h));
	ck_assert(record_head((struct bytes){b, RECORD_HEAD}, &h));
	ck_assert_uint_eq(h.type, CONTENT_HANDSHAKE);
	ck_assert_uint_eq(h.version, 0x0301);
	ck_assert_uint_eq(h.len, 0x1234);
}
END_TEST

START_TEST(only_known_types_versions_and_lengths_are_plausible)
{
	struct record_head h = {CONTENT_APPLICATION_DATA, 0x0303, 100};
	ck_assert(record_plausible(&h));
	h.type = 25;
	ck_assert(!record_plausible(&h));
	h.type = 19;
	ck_assert(!record_plausible(&h));
	h = (struct record_head){CONTENT_ALERT, 0x0305, 2};
	ck_assert(!record_plausible(&h));
	h = (struct record_head){CONTENT_ALERT, 0x0303, (1 << 14) + 2048};
	ck_assert(record_plausible(&h));
	h.len++;
	ck_assert(!record_plausible(&h));
	h = (struct record_head){CONTENT_CHANGE_CIPHER_SPEC, 0x0303, 0};
	ck_assert(!record_plausible(&h));
}
END_TEST

START_TEST(records_are_found_behind_other_bytes)
{
	size_t need;
	add_noise(77);
	add_record(CONTENT_APPLICATION_DATA, 0x0303, 50);
	add_record(CONTENT_APPLICATION_DATA, 0x0303, 60);
	ck_assert_uint_eq(record_find((struct bytes){b, len}, false, &need), 77);
	ck_assert_uint_eq(need, 0);
}
END_TEST

START_TEST(a_record_alone_is_believed_only_at_the_end)
{
	size_t need;
	add_noise(3);
	add_record(CONTENT_APPLICATION_DATA, 0x0303, 50);
	ck_assert_uint_eq(record_find((struct bytes){b, len}, false, &need), 3);
	ck_assert_uint_eq(need, RECORD_HEAD + 50 + RECORD_HEAD);
	ck_assert_uint_eq(record_find((struct bytes){b, len}, true, &need), 3);
	ck_assert_uint_eq(need, 0);
	ck_assert_uint_eq(record_find((struct bytes){b, len - 1}, true, &need), len - 1);
}
END_TEST

START_TEST(a_false_head_is_passed_over_when_no_record_follows_it)
{
	size_t need;
	add_record(CONTENT_ALERT, 0x0303, 2);
	add_noise(30);
	add_record(CONTENT_ALERT, 0x0303, 2);
	add_record(CONTENT_ALERT, 0x0303, 2);
	ck_assert_uint_eq(record_find((struct bytes){b, len}, false, &need), 37);
	ck_assert_uint_eq(need, 0);
}
END_TEST

/* What is asked for is never there already, so that each search gets further. */
START_TEST(a_search_goes_on_with_every_byte_in_any_chunks)
{
	size_t at = 0, need = 0, there = 0;
	add_noise(100);
	add_record(CONTENT_ALERT, 0x0303, 2);
	add_noise(500);
	add_record(CONTENT_HANDSHAKE, 0x0303, 300);
	add_record(CONTENT_HANDSHAKE, 0x0303, 300);
	while (there < len && (at == 0 || need > 0)) {
		there++;
		if (there - at < need)
			continue;
		at += record_find((struct bytes){b + at, there - at}, false, &need);
		ck_assert_uint_le(at, there);
		ck_assert(need == 0 || need > there - at);
	}
	ck_assert_uint_eq(at, 100 + 7 + 500);
}
END_TEST

START_TEST(nothing_is_found_in_nothing)
{
	size_t need;
	ck_assert_uint_eq(record_find((struct bytes){b, 0}, false, &need), 0);
	ck_assert_uint_eq(need, RECORD_HEAD);
	ck_assert_uint_eq(record_find((struct bytes){NULL, 0}, true, &need), 0);
}
END_TEST

Suite *record_suite(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");
	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, a_head_needs_five_bytes);
	tcase_add_test(t, only_known_types_versions_and_lengths_are_plausible);
	tcase_add_test(t, records_are_found_behind_other_bytes);
	tcase_add_test(t, a_record_alone_is_believed_only_at_the_end);
	tcase_add_test(t, a_false_head_is_passed_over_when_no_record_follows_it);
	tcase_add_test(t, a_search_goes_on_with_every_byte_in_any_chunks);
	tcase_add_test(t, nothing_is_found_in_nothing);
	suite_add_tcase(s, t);
	return s;
}
