/* The arena: memory that is zero, aligned, apart, bounded and given back whole. */
#include <check.h>
#include <stdlib.h>

#include "src/base/arena.h"

Suite *arena_suite(void);

static bool all_are(const uint8_t *p, size_t n, uint8_t byte)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			return false;
	return true;
}

START_TEST(what_is_taken_is_zero_aligned_and_apart)
{
	enum { PIECES = 500 };
	struct arena a = {.first_block = 64};
	uint8_t *piece[PIECES];
	for (size_t i = 0; i < PIECES; i++) {
		piece[i] = arena_take(&a, i);
		ck_assert_ptr_nonnull(piece[i]);
		ck_assert_uint_eq((uintptr_t)piece[i] % _Alignof(max_align_t), 0);
		ck_assert(all_are(piece[i], i, 0));
		memset(piece[i], (int)(i & 0xff), i);
	}
	for (size_t i = 0; i < PIECES; i++)
		ck_assert(all_are(piece[i], i, i & 0xff));
	arena_free(&a);
}
END_TEST

START_TEST(a_piece_larger_than_any_block_has_its_own)
{
	struct arena a = {.limit = 0};
	uint8_t *large = arena_take(&a, 3 << 20);
	ck_assert_ptr_nonnull(large);
	ck_assert(all_are(large, 3 << 20, 0));
	ck_assert_ptr_nonnull(arena_take(&a, 1));
	arena_free(&a);
}
END_TEST

START_TEST(the_limit_is_used_up_and_never_passed)
{
	struct arena a = {.limit = 10000};
	size_t n = 0;
	while (arena_take(&a, 16) != NULL)
		n++;
	ck_assert_uint_le(a.held, a.limit);
	ck_assert_uint_ge(n, 10000 / 16 - 4); /* all but the headers of its blocks */
	arena_free(&a);
}
END_TEST

START_TEST(what_cannot_be_had_is_null_and_does_no_harm)
{
	struct arena a = {.limit = 1000};
	uint8_t *kept = arena_take(&a, 100);
	ck_assert_ptr_null(arena_take(&a, 1001));
	ck_assert_ptr_null(arena_take(&a, SIZE_MAX));
	ck_assert_ptr_null(arena_text(&a, "", SIZE_MAX));
	ck_assert_ptr_null(arena_keep(&a, (struct bytes){kept, 1001}).at);
	ck_assert_ptr_nonnull(arena_take(&a, 100));
	arena_free(&a);
}
END_TEST

START_TEST(kept_bytes_are_a_copy)
{
	uint8_t bytes[] = {1, 2, 3};
	struct arena a = {.limit = 0};
	struct bytes kept = arena_keep(&a, (struct bytes){bytes, sizeof bytes});
	ck_assert(bytes_equal(kept, (struct bytes){bytes, sizeof bytes}));
	bytes[0] = 9;
	ck_assert(!bytes_equal(kept, (struct bytes){bytes, sizeof bytes}));
	ck_assert_uint_eq(arena_keep(&a, (struct bytes){NULL, 0}).len, 0);
	arena_free(&a);
}
END_TEST

START_TEST(a_text_ends_with_a_zero_byte)
{
	struct arena a = {.limit = 0};
	ck_assert_str_eq(arena_text(&a, "keyhole", 3), "key");
	ck_assert_str_eq(arena_text(&a, NULL, 0), "");
	arena_free(&a);
}
END_TEST

START_TEST(an_arena_can_be_used_again_after_it_was_freed)
{
	struct arena a = {.limit = 5000};
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_nonnull(arena_take(&a, 4000));
		arena_free(&a);
		ck_assert_uint_eq(a.held, 0);
	}
}
END_TEST

Suite *arena_suite(void)
{
	Suite *s = suite_create("arena");
	TCase *c = tcase_create("arena");
	tcase_add_test(c, what_is_taken_is_zero_aligned_and_apart);
	tcase_add_test(c, a_piece_larger_than_any_block_has_its_own);
	tcase_add_test(c, the_limit_is_used_up_and_never_passed);
	tcase_add_test(c, what_cannot_be_had_is_null_and_does_no_harm);
	tcase_add_test(c, kept_bytes_are_a_copy);
	tcase_add_test(c, a_text_ends_with_a_zero_byte);
	tcase_add_test(c, an_arena_can_be_used_again_after_it_was_freed);
	suite_add_tcase(s, c);
	return s;
}
