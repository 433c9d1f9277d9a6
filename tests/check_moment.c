/* Time, held against the C library's own calendar and against figures of date(1). */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "src/base/moment.h"

Suite *moment_suite(void);

static struct calendar date(int32_t year, int32_t month, int32_t day)
{
	return (struct calendar){.year = year, .month = month, .day = day};
}

static bool agrees_with_the_library(moment m, int64_t seconds, uint32_t ns)
{
	time_t t = seconds;
	struct tm tm;
	struct calendar c = moment_calendar(m);
	return gmtime_r(&t, &tm) != NULL && c.year == tm.tm_year + 1900 &&
	       c.month == tm.tm_mon + 1 && c.day == tm.tm_mday && c.hour == tm.tm_hour &&
	       c.minute == tm.tm_min && c.second == tm.tm_sec && c.ns == ns;
}

START_TEST(known_dates_have_the_seconds_that_date_1_gives)
{
	struct calendar c = {2026, 11, 22, 4, 30, 1, 752728000};
	ck_assert_int_eq(moment_from(c), 1795321801752728000);
	ck_assert_int_eq(moment_from(date(1970, 1, 1)), 0);
	ck_assert_int_eq(moment_from(date(1678, 1, 1)), -9214560000 * NS_PER_SECOND);
	ck_assert_int_eq(moment_from(date(2100, 3, 1)), 4107542400 * NS_PER_SECOND);
}
END_TEST

START_TEST(every_day_is_the_one_that_the_library_says)
{
	int64_t first = -106650, last = 106650; /* 1678-01-01 to 2261-12-31, in days */
	for (int64_t day = first; day <= last; day++) {
		int64_t seconds = day * 86400 + (day - first) * 7919 % 86400;
		moment m = seconds * NS_PER_SECOND + 5;
		ck_assert(agrees_with_the_library(m, seconds, 5));
		ck_assert_int_eq(moment_from(moment_calendar(m)), m);
	}
}
END_TEST

START_TEST(a_moment_before_1970_counts_its_nanoseconds_forward)
{
	ck_assert(agrees_with_the_library(-1, -1, 999999999));
	ck_assert(agrees_with_the_library(-NS_PER_SECOND, -1, 0));
}
END_TEST

START_TEST(the_first_and_the_last_moment_have_a_calendar)
{
	ck_assert(agrees_with_the_library(INT64_MIN, -9223372037, 145224192));
	ck_assert(agrees_with_the_library(INT64_MAX, 9223372036, 854775807));
}
END_TEST

START_TEST(the_29th_of_february_exists_in_leap_years_alone)
{
	ck_assert_int_ne(moment_from(date(2000, 2, 29)), MOMENT_UNKNOWN);
	ck_assert_int_ne(moment_from(date(2024, 2, 29)), MOMENT_UNKNOWN);
	ck_assert_int_eq(moment_from(date(1900, 2, 29)), MOMENT_UNKNOWN);
	ck_assert_int_eq(moment_from(date(2023, 2, 29)), MOMENT_UNKNOWN);
}
END_TEST

START_TEST(a_form_that_is_no_date_has_no_moment)
{
	static const struct calendar wrong[] = {
		{1677, 12, 31, 0, 0, 0, 0},
		{2262, 1, 1, 0, 0, 0, 0},
		{2026, 0, 1, 0, 0, 0, 0},
		{2026, 13, 1, 0, 0, 0, 0},
		{2026, 1, 0, 0, 0, 0, 0},
		{2026, 4, 31, 0, 0, 0, 0},
		{2026, 1, 1, 24, 0, 0, 0},
		{2026, 1, 1, -1, 0, 0, 0},
		{2026, 1, 1, 0, 60, 0, 0},
		{2026, 1, 1, 0, -1, 0, 0},
		{2026, 1, 1, 0, 0, 61, 0},
		{2026, 1, 1, 0, 0, -1, 0},
		{2026, 1, 1, 0, 0, 0, NS_PER_SECOND},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_int_eq(moment_from(wrong[i]), MOMENT_UNKNOWN);
}
END_TEST

START_TEST(a_leap_second_is_the_first_of_the_next_minute)
{
	struct calendar leap = {2016, 12, 31, 23, 59, 60, 0};
	ck_assert_int_eq(moment_from(leap), moment_from(date(2017, 1, 1)));
}
END_TEST

Suite *moment_suite(void)
{
	Suite *s = suite_create("moment");
	TCase *c = tcase_create("moment");
	tcase_add_test(c, known_dates_have_the_seconds_that_date_1_gives);
	tcase_add_test(c, every_day_is_the_one_that_the_library_says);
	tcase_add_test(c, a_moment_before_1970_counts_its_nanoseconds_forward);
	tcase_add_test(c, the_first_and_the_last_moment_have_a_calendar);
	tcase_add_test(c, the_29th_of_february_exists_in_leap_years_alone);
	tcase_add_test(c, a_form_that_is_no_date_has_no_moment);
	tcase_add_test(c, a_leap_second_is_the_first_of_the_next_minute);
	suite_add_tcase(s, c);
	return s;
}
