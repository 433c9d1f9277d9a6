/* The table of proven master secrets: what it finds, and what it forgets. */
#include <check.h>

#include "src/secrets/earlier.h"

Suite *earlier_suite(void);

static struct session s;

static struct handle numbered(uint32_t n)
{
	uint8_t id[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	return earlier_handle(&s, HANDLE_ID, (struct bytes){id, sizeof id});
}

/* Files a secret whose bytes are all `fill`. */
static void file(struct earlier *e, uint32_t n, uint8_t fill)
{
	struct handle h = numbered(n);
	struct filed what = {.master = {.len = 48}, .key_name = "live"};
	memset(what.master.byte, fill, 48);
	earlier_file(e, &h, &what);
}

static const struct filed *find(const struct earlier *e, uint32_t n)
{
	struct handle h = numbered(n);
	return earlier_find(e, &h);
}

START_TEST(what_was_filed_is_found_with_its_key_and_nothing_else_is)
{
	struct earlier *e = earlier_new(1);
	ck_assert_ptr_null(find(e, 1));
	file(e, 1, 0xa1);
	file(e, 2, 0xa2);
	for (uint8_t n = 1; n <= 2; n++) {
		ck_assert_ptr_nonnull(find(e, n));
		ck_assert_uint_eq(find(e, n)->master.len, 48);
		ck_assert_uint_eq(find(e, n)->master.byte[47], 0xa0 + n);
		ck_assert_str_eq(find(e, n)->key_name, "live");
	}
	ck_assert_ptr_null(find(e, 3));
	earlier_free(e);
}
END_TEST

START_TEST(of_several_under_one_handle_the_newest_is_found)
{
	struct earlier *e = earlier_new(1);
	file(e, 1, 0x11);
	file(e, 2, 0x22);
	file(e, 1, 0x33);
	ck_assert_uint_eq(find(e, 1)->master.byte[0], 0x33);
	earlier_free(e);
}
END_TEST

/* Two rounds and a half, so that each place is used again and again. */
START_TEST(the_first_filed_leave_first_and_are_counted)
{
	enum { N = 2 * EARLIER_MOST + EARLIER_MOST / 2 };
	struct earlier *e = earlier_new((uint64_t)_i);
	for (uint32_t n = 0; n < N; n++) {
		file(e, n, (uint8_t)n);
		ck_assert_uint_eq(earlier_n_left(e), n < EARLIER_MOST ? 0 : n + 1 - EARLIER_MOST);
	}
	for (uint32_t n = 0; n < N; n++) {
		ck_assert_int_eq(find(e, n) != NULL, n >= N - EARLIER_MOST);
		if (find(e, n) != NULL)
			ck_assert_uint_eq(find(e, n)->master.byte[0], (uint8_t)n);
	}
	earlier_free(e);
}
END_TEST

START_TEST(nothing_stays_of_a_secret_that_has_left)
{
	struct earlier *e = earlier_new(1);
	const struct filed none = {.key_name = "none"};
	file(e, 0, 0xee);
	const struct filed *first = find(e, 0);
	for (uint32_t n = 1; n <= EARLIER_MOST; n++) {
		struct handle h = numbered(n);
		earlier_file(e, &h, &none);
	}
	ck_assert_ptr_null(find(e, 0));
	for (size_t i = 0; i < sizeof first->master.byte; i++)
		ck_assert_uint_eq(first->master.byte[i], 0);
	earlier_free(e);
}
END_TEST

START_TEST(an_empty_id_is_never_filed)
{
	struct earlier *e = earlier_new(1);
	struct handle h = earlier_handle(&s, HANDLE_ID, (struct bytes){NULL, 0});
	const struct filed what = {.master = {.len = 48}};
	ck_assert(!h.there);
	earlier_file(e, &h, &what);
	ck_assert_ptr_null(earlier_find(e, &h));
	earlier_free(e);
}
END_TEST

START_TEST(a_handle_is_of_two_addresses_one_kind_and_one_value)
{
	struct session there = {.endpoint = {{.ip = {1}, .port = 1024}, {.ip = {2}, .port = 443}}};
	struct session back = {.endpoint = {{.ip = {2}, .port = 8443}, {.ip = {1}, .port = 1025}}};
	struct session other = {.endpoint = {{.ip = {1}, .port = 1024}, {.ip = {3}, .port = 443}}};
	struct bytes x = {(const uint8_t *)"x", 1}, y = {(const uint8_t *)"y", 1};
	struct handle h = earlier_handle(&there, HANDLE_ID, x);
	struct handle same = earlier_handle(&back, HANDLE_ID, x);
	ck_assert_mem_eq(h.byte, same.byte, HANDLE_BYTES);
	const struct handle others[] = {
		earlier_handle(&other, HANDLE_ID, x),
		earlier_handle(&there, HANDLE_TICKET, x),
		earlier_handle(&there, HANDLE_ID, y),
	};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		ck_assert_mem_ne(h.byte, others[i].byte, HANDLE_BYTES);
}
END_TEST

Suite *earlier_suite(void)
{
	Suite *suite = suite_create("earlier");
	TCase *t = tcase_create("table");
	tcase_add_test(t, what_was_filed_is_found_with_its_key_and_nothing_else_is);
	tcase_add_test(t, of_several_under_one_handle_the_newest_is_found);
	tcase_add_loop_test(t, the_first_filed_leave_first_and_are_counted, 0, 3);
	tcase_add_test(t, nothing_stays_of_a_secret_that_has_left);
	tcase_add_test(t, an_empty_id_is_never_filed);
	tcase_add_test(t, a_handle_is_of_two_addresses_one_kind_and_one_value);
	suite_add_tcase(suite, t);
	return suite;
}
