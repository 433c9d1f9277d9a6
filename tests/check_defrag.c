#include <check.h>
#include <string.h>

#include "src/capture/defrag.h"

static uint8_t datagram[65536];
static struct ip_packet whole;
static bool conflict;

static void number_datagram(void)
{
	for (size_t i = 0; i < sizeof datagram; i++)
		datagram[i] = (uint8_t)(i * 31 + (i >> 8));
}

static struct ip_packet piece(uint32_t id, uint32_t at, size_t len, bool more_fragments)
{
	return (struct ip_packet){
		.payload = {datagram + at, len},
		.source = {.ip = {[10] = 0xff, 0xff, 192, 0, 2, 1}},
		.target = {.ip = {[10] = 0xff, 0xff, 198, 51, 100, 2}},
		.protocol = 6,
		.frame = at + 1,
		.fragment = true,
		.fragment_id = id,
		.fragment_at = at,
		.more_fragments = more_fragments,
	};
}

static bool add(struct defrag *d, struct ip_packet p)
{
	return defrag_add(d, &p, &whole, &conflict);
}

static void expect_whole(size_t len)
{
	ck_assert_uint_eq(whole.payload.len, len);
	ck_assert_int_eq(memcmp(whole.payload.at, datagram, len), 0);
	ck_assert(!whole.fragment && !whole.more_fragments);
	ck_assert_uint_eq(whole.protocol, 6);
}

static struct defrag *begin(size_t limit)
{
	struct defrag *d = defrag_new(limit, 1);
	ck_assert_ptr_nonnull(d);
	number_datagram();
	return d;
}

START_TEST(three_fragments_in_every_order_make_the_datagram)
{
	static const uint8_t order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
	                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct defrag *d = begin(DEFRAG_LIMIT);
	for (uint32_t i = 0; i < 6; i++)
		for (int k = 0; k < 3; k++) {
			uint32_t n = order[i][k];
			bool done = add(d, piece(i, n * 1480, n == 2 ? 33 : 1480, n < 2));
			ck_assert_int_eq(done, k == 2);
			ck_assert(!conflict);
			if (done)
				expect_whole(2 * 1480 + 33);
			if (done)
				ck_assert_uint_eq(whole.frame, n * 1480 + 1);
		}
	ck_assert_uint_eq(defrag_counters(d)->completed, 6);
	ck_assert_uint_eq(defrag_counters(d)->fragments, 18);
	defrag_free(d);
}
END_TEST

START_TEST(the_largest_datagram_comes_together_from_eight_bytes_at_a_time_backwards)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	for (uint32_t at = 65528; at > 0; at -= 8)
		ck_assert(!add(d, piece(1, at, at == 65528 ? 7 : 8, at != 65528)));
	ck_assert(add(d, piece(1, 0, 8, true)));
	expect_whole(65535);
	defrag_free(d);
}
END_TEST

START_TEST(duplicates_and_equal_overlaps_are_fine)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	ck_assert(!add(d, piece(1, 0, 64, true)));
	ck_assert(!add(d, piece(1, 0, 64, true)));
	ck_assert(!add(d, piece(1, 32, 64, true)));
	ck_assert(!add(d, piece(1, 200, 3, false)));
	ck_assert(!add(d, piece(1, 200, 3, false)));
	ck_assert(add(d, piece(1, 88, 112, true)));
	expect_whole(203);
	ck_assert_uint_eq(defrag_counters(d)->conflicts, 0);
	defrag_free(d);
}
END_TEST

START_TEST(overlaps_with_other_bytes_are_a_conflict_and_nothing_comes_of_them)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	uint8_t other[64];
	memset(other, 0xff, sizeof other);
	ck_assert(!add(d, piece(1, 0, 64, true)));
	struct ip_packet p = piece(1, 32, 64, true);
	p.payload.at = other;
	ck_assert(!add(d, p));
	ck_assert(conflict);
	ck_assert(!add(d, piece(1, 0, 64, true)));
	ck_assert(!conflict);
	ck_assert(!add(d, piece(1, 64, 3, false)));
	ck_assert_uint_eq(defrag_counters(d)->conflicts, 1);
	ck_assert_uint_eq(defrag_counters(d)->completed, 0);
	defrag_free(d);
}
END_TEST

START_TEST(two_different_ends_are_a_conflict)
{
	static const struct {
		uint32_t at, len;
		bool more_fragments;
	} second[] = {{64, 5, false}, {96, 8, false}, {96, 8, true}, {64, 8, true}};
	struct defrag *d = begin(DEFRAG_LIMIT);
	for (uint32_t i = 0; i < 4; i++) {
		ck_assert(!add(d, piece(i, 64, 3, false)));
		ck_assert(!add(d, piece(i, second[i].at, second[i].len, second[i].more_fragments)));
		ck_assert(conflict);
	}
	ck_assert(!add(d, piece(9, 64, 64, true)));
	ck_assert(!add(d, piece(9, 64, 8, false)));
	ck_assert(conflict);
	defrag_free(d);
}
END_TEST

START_TEST(fragments_that_cannot_be_are_rejected)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	struct ip_packet cut = piece(1, 0, 64, true);
	cut.missing = 1;
	ck_assert(!add(d, piece(1, 0, 0, true)));
	ck_assert(!add(d, piece(1, 0, 13, true)));
	ck_assert(!add(d, piece(1, 65528, 8, false)));
	ck_assert(!add(d, cut));
	ck_assert_uint_eq(defrag_counters(d)->rejected, 4);
	ck_assert(!add(d, piece(1, 0, 8, true)));
	ck_assert(add(d, piece(1, 8, 1, false)));
	expect_whole(9);
	defrag_free(d);
}
END_TEST

START_TEST(datagrams_are_told_apart_by_addresses_id_and_protocol)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	struct ip_packet other = piece(1, 8, 1, false);
	other.protocol = 17;
	ck_assert(!add(d, piece(1, 0, 8, true)));
	ck_assert(!add(d, other));
	other = piece(1, 8, 1, false);
	other.source.ip[15]++;
	ck_assert(!add(d, other));
	ck_assert(!add(d, piece(2, 8, 1, false)));
	ck_assert(add(d, piece(1, 8, 1, false)));
	defrag_free(d);
}
END_TEST

static struct ip_packet piece_six(uint32_t at, size_t len, bool more_fragments, uint8_t next)
{
	struct ip_packet p = piece(1, at, len, more_fragments);
	memcpy(p.source.ip, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	p.protocol = next;
	return p;
}

START_TEST(extension_headers_behind_a_fragment_header_are_passed)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	memcpy(datagram, "\6\0\0\0\0\0\0\0", 8); /* destination options, then TCP */
	ck_assert(!add(d, piece_six(8, 5, false, 0)));
	ck_assert(add(d, piece_six(0, 8, true, 60)));
	ck_assert_uint_eq(whole.protocol, 6);
	ck_assert_uint_eq(whole.payload.len, 5);
	ck_assert_int_eq(memcmp(whole.payload.at, datagram + 8, 5), 0);
	defrag_free(d);
}
END_TEST

START_TEST(old_datagrams_are_dropped_by_the_captures_clock)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	struct ip_packet p = piece(1, 0, 8, true);
	p.time = 1000;
	ck_assert(!add(d, p));
	p = piece(2, 0, 8, true);
	p.time = 1001 + (moment)DEFRAG_SECONDS * NS_PER_SECOND;
	ck_assert(!add(d, p));
	ck_assert_uint_eq(defrag_counters(d)->timed_out, 1);
	p = piece(1, 8, 1, false);
	p.time = MOMENT_UNKNOWN;
	ck_assert(!add(d, p));
	p.fragment_id = 2;
	ck_assert(add(d, p));
	defrag_free(d);
}
END_TEST

START_TEST(times_at_both_ends_of_what_is_possible_do_no_harm)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	struct ip_packet p = piece(1, 0, 8, true);
	p.time = INT64_MIN + 1;
	ck_assert(!add(d, p));
	p = piece(1, 8, 1, false);
	p.time = INT64_MAX;
	ck_assert(!add(d, p));
	ck_assert_uint_eq(defrag_counters(d)->timed_out, 1);
	defrag_free(d);
}
END_TEST

START_TEST(a_flood_of_first_fragments_is_bounded_and_the_oldest_go)
{
	struct defrag *d = begin(1 << 20);
	for (uint32_t i = 0; i < 50000; i++)
		ck_assert(!add(d, piece(i, 0, 64, true)));
	const struct defrag_counters *c = defrag_counters(d);
	ck_assert_uint_gt(c->evicted, 48000); /* a page of 1 KiB each: fewer than 1,024 fit */
	ck_assert_uint_lt(c->evicted, 50000);
	ck_assert(add(d, piece(49999, 64, 1, false)));
	expect_whole(65);
	ck_assert(!add(d, piece(0, 64, 1, false)));
	defrag_free(d);
}
END_TEST

START_TEST(a_bad_extension_header_behind_fragments_is_rejected)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	memcpy(datagram, "\6\xff\0\0\0\0\0\0", 8); /* 2,048 bytes of options */
	ck_assert(!add(d, piece_six(8, 5, false, 0)));
	ck_assert(!add(d, piece_six(0, 8, true, 60)));
	ck_assert_uint_eq(defrag_counters(d)->rejected, 1);
	defrag_free(d);
}
END_TEST

START_TEST(a_first_fragment_may_hold_no_more_than_a_piece_of_the_header)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	ck_assert(!add(d, piece(1, 0, 8, true)));
	ck_assert(!add(d, piece(1, 8, 8, true)));
	ck_assert(add(d, piece(1, 16, 40, false)));
	expect_whole(56);
	defrag_free(d);
}
END_TEST

START_TEST(a_fragment_inside_another_one_changes_nothing_when_it_says_the_same)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	ck_assert(!add(d, piece(1, 0, 1000, true)));
	ck_assert(!add(d, piece(1, 200, 16, true)));
	ck_assert(!conflict);
	ck_assert(add(d, piece(1, 1000, 24, false)));
	expect_whole(1024);
	struct ip_packet inner = piece(2, 200, 16, false); /* teardrop: it ends inside */
	ck_assert(!add(d, piece(2, 0, 1000, true)));
	ck_assert(!add(d, inner));
	ck_assert(conflict);
	defrag_free(d);
}
END_TEST

START_TEST(without_room_fragments_are_dropped_and_counted)
{
	for (size_t limit = 0; limit < 1600; limit += 50) {
		struct defrag *d = begin(limit);
		ck_assert(!add(d, piece(1, 0, 8, true)));
		ck_assert(!add(d, piece(1, 64000, 8, true)));
		ck_assert_uint_eq(defrag_counters(d)->completed, 0);
		ck_assert_uint_le(defrag_counters(d)->waiting, 1);
		defrag_free(d);
	}
	defrag_free(NULL);
}
END_TEST

START_TEST(what_waits_is_counted_until_its_fate_is_known)
{
	struct defrag *d = begin(DEFRAG_LIMIT);
	uint8_t other[8] = {0xff};
	struct ip_packet clash = piece(1, 0, 8, true);
	clash.payload.at = other;
	ck_assert(!add(d, piece(1, 0, 8, true)));
	ck_assert(!add(d, piece(2, 0, 8, true)));
	ck_assert(!add(d, piece(3, 0, 8, true)));
	ck_assert_uint_eq(defrag_counters(d)->waiting, 3);
	ck_assert(!add(d, clash));
	ck_assert(add(d, piece(2, 8, 8, false)));
	ck_assert_uint_eq(defrag_counters(d)->waiting, 1);
	defrag_free(d);
}
END_TEST

Suite *defrag_suite(void);

Suite *defrag_suite(void)
{
	Suite *suite = suite_create("defrag");
	TCase *all = tcase_create("all");
	tcase_add_test(all, three_fragments_in_every_order_make_the_datagram);
	tcase_add_test(all,
	               the_largest_datagram_comes_together_from_eight_bytes_at_a_time_backwards);
	tcase_add_test(all, duplicates_and_equal_overlaps_are_fine);
	tcase_add_test(all, overlaps_with_other_bytes_are_a_conflict_and_nothing_comes_of_them);
	tcase_add_test(all, two_different_ends_are_a_conflict);
	tcase_add_test(all, fragments_that_cannot_be_are_rejected);
	tcase_add_test(all, datagrams_are_told_apart_by_addresses_id_and_protocol);
	tcase_add_test(all, extension_headers_behind_a_fragment_header_are_passed);
	tcase_add_test(all, old_datagrams_are_dropped_by_the_captures_clock);
	tcase_add_test(all, times_at_both_ends_of_what_is_possible_do_no_harm);
	tcase_add_test(all, a_bad_extension_header_behind_fragments_is_rejected);
	tcase_add_test(all, a_first_fragment_may_hold_no_more_than_a_piece_of_the_header);
	tcase_add_test(all, a_fragment_inside_another_one_changes_nothing_when_it_says_the_same);
	tcase_add_test(all, without_room_fragments_are_dropped_and_counted);
	tcase_add_test(all, what_waits_is_counted_until_its_fate_is_known);
	tcase_add_test(all, a_flood_of_first_fragments_is_bounded_and_the_oldest_go);
	suite_add_tcase(suite, all);
	return suite;
}
