/* The reader: what it reads, where its faults are, and that nobody who watches changes anything. */
#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/reader.h"

Suite *reader_suite(void);

enum { FIELD_A = 1, FIELD_B, FIELD_C, ROWS = 4096 };

static struct field_row rows[ROWS];

#define READER(...) reader_over(BYTES(__VA_ARGS__), &faults, NULL)
#define BYTES(...)                                                                                 \
	(struct bytes)                                                                             \
	{                                                                                          \
		(const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[])                            \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static void expect_first(const struct faults *f, enum fault kind, uint32_t at, uint32_t needed,
                         uint32_t there)
{
	ck_assert_uint_eq(f->kind, kind);
	ck_assert_uint_eq(f->at, at);
	ck_assert_uint_eq(f->needed, needed);
	ck_assert_uint_eq(f->left, there);
}

START_TEST(numbers_are_big_endian)
{
	struct faults faults = {0};
	struct reader r = READER(1, 2, 3, 4, 5, 6, 7, 8, 9, 0xff);
	ck_assert_uint_eq(take_u8(&r, FIELD_A), 0x01);
	ck_assert_uint_eq(take_u16(&r, FIELD_A), 0x0203);
	ck_assert_uint_eq(take_u24(&r, FIELD_A), 0x040506);
	ck_assert_uint_eq(take_u32(&r, FIELD_A), 0x070809ff);
	ck_assert(!more(&r));
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

START_TEST(a_short_field_faults_where_it_begins)
{
	struct faults faults = {0};
	struct reader r = READER(1, 2, 3);
	take_u16(&r, FIELD_A);
	ck_assert_uint_eq(take_u32(&r, FIELD_B), 0);
	expect_first(&faults, FAULT_SHORT, 2, 4, 1);
	ck_assert_uint_eq(faults.field, FIELD_B);
}
END_TEST

START_TEST(after_a_fault_every_read_yields_nothing)
{
	struct faults faults = {0};
	struct reader r = READER(1, 2, 3);
	take_u32(&r, FIELD_A);
	ck_assert_uint_eq(take_u8(&r, FIELD_B), 0);
	ck_assert_uint_eq(take_bytes(&r, 1, FIELD_B).len, 0);
	ck_assert_uint_eq(take_rest(&r, FIELD_B).len, 0);
	ck_assert_uint_eq(take_vector(&r, 1, FIELD_B).len, 0);
	ck_assert(!more(&r));
	ck_assert_uint_eq(faults.n, 1);
}
END_TEST

START_TEST(a_fault_of_the_decoder_stops_its_reader_too)
{
	struct faults faults = {0};
	struct reader r = READER(1, 2, 3);
	take_u8(&r, FIELD_A);
	reader_fault(&r, FAULT_RANGE, FIELD_A, 0);
	ck_assert(!more(&r));
	ck_assert_uint_eq(take_u8(&r, FIELD_B), 0);
	expect_first(&faults, FAULT_RANGE, 1, 0, 2);
}
END_TEST

START_TEST(the_first_of_many_faults_is_kept_and_all_are_counted)
{
	struct faults faults = {0};
	struct reader r = READER(1, 0xaa, 1, 0xbb);
	for (uint16_t field = FIELD_A; field <= FIELD_B; field++) {
		struct reader in = open_vector(&r, 1, field);
		take_u16(&in, field);
		close_vector(&r, &in);
	}
	ck_assert_uint_eq(faults.n, 2);
	ck_assert_uint_eq(faults.field, FIELD_A);
	expect_first(&faults, FAULT_SHORT, 1, 2, 1);
}
END_TEST

START_TEST(a_fault_inside_a_vector_stays_inside_it)
{
	struct faults faults = {0};
	struct reader r = READER(0, 2, 0xaa, 0xbb, 0x12, 0x34);
	struct reader in = open_vector(&r, 2, FIELD_A);
	ck_assert_uint_eq(take_u32(&in, FIELD_B), 0);
	close_vector(&r, &in);
	ck_assert_uint_eq(r.fault, FINE);
	ck_assert_uint_eq(take_u16(&r, FIELD_C), 0x1234);
	expect_first(&faults, FAULT_SHORT, 2, 4, 2);
}
END_TEST

START_TEST(bytes_left_in_a_vector_are_a_fault_of_that_vector)
{
	struct faults faults = {0};
	struct reader r = READER(3, 0xaa, 0xbb, 0xcc, 0x12);
	struct reader in = open_vector(&r, 1, FIELD_A);
	take_u8(&in, FIELD_B);
	close_vector(&r, &in);
	expect_first(&faults, FAULT_TRAILING, 2, 2, 2);
	ck_assert_uint_eq(take_u8(&r, FIELD_C), 0x12);
}
END_TEST

START_TEST(a_vector_that_overruns_its_parent_faults_the_parent)
{
	struct faults faults = {0};
	struct reader r = READER(4, 3, 0xaa, 0xbb, 0xcc, 0x12);
	struct reader parent = open_vector(&r, 1, FIELD_A);
	take_u8(&parent, FIELD_B);
	struct reader in = open_vector(&parent, 1, FIELD_B);
	take_u8(&in, FIELD_C);
	close_vector(&parent, &in);
	ck_assert_uint_eq(parent.fault, FAULT_SHORT);
	close_vector(&r, &parent);
	ck_assert_uint_eq(take_u8(&r, FIELD_C), 0x12);
	ck_assert_uint_eq(faults.n, 1);
	expect_first(&faults, FAULT_SHORT, 3, 0xaa, 2);
}
END_TEST

START_TEST(a_group_ends_where_it_was_said_to_end)
{
	struct faults faults = {0};
	struct reader r = READER(0xaa, 0xbb, 0xcc, 0xdd);
	struct reader in = open_group(&r, 2, FIELD_A);
	ck_assert_uint_eq(take_u24(&in, FIELD_B), 0);
	close_vector(&r, &in);
	ck_assert_uint_eq(take_u16(&r, FIELD_C), 0xccdd);
	expect_first(&faults, FAULT_SHORT, 0, 3, 2);
}
END_TEST

START_TEST(a_partial_message_clamps_its_vectors_and_tells_the_first_cut)
{
	struct faults faults = {0};
	struct reader r = READER(9, 0, 5, 0xaa, 0xbb);
	r.partial = true;
	struct reader outer = open_vector(&r, 1, FIELD_A);
	ck_assert_uint_eq(left(&outer), 4);
	struct bytes cut = take_vector(&outer, 2, FIELD_B);
	ck_assert(bytes_equal(cut, BYTES(0xaa, 0xbb)));
	close_vector(&r, &outer);
	ck_assert_uint_eq(take_u8(&r, FIELD_C), 0);
	ck_assert_uint_eq(faults.n, 2);
	ck_assert_uint_eq(faults.field, FIELD_A);
	expect_first(&faults, FAULT_SHORT, 1, 9, 4);
}
END_TEST

START_TEST(a_vector_that_is_whole_clamps_nothing_in_a_partial_message)
{
	struct faults faults = {0};
	struct reader r = READER(2, 9, 0xaa, 2, 9, 0xbb);
	r.partial = true;
	struct reader whole = open_vector(&r, 1, FIELD_A);
	ck_assert_uint_eq(take_vector(&whole, 1, FIELD_B).len, 0);
	close_vector(&r, &whole);
	take_u8(&r, FIELD_A);
	struct reader group = open_group(&r, 2, FIELD_A);
	ck_assert_uint_eq(take_vector(&group, 1, FIELD_B).len, 0);
	close_vector(&r, &group);
	ck_assert_uint_eq(faults.n, 2);
}
END_TEST

START_TEST(an_empty_run_without_an_address_can_be_read)
{
	struct faults faults = {0};
	struct reader r = reader_over((struct bytes){NULL, 0}, &faults, NULL);
	ck_assert(!more(&r));
	ck_assert_uint_eq(take_rest(&r, FIELD_A).len, 0);
	ck_assert_uint_eq(faults.n, 0);
	ck_assert_uint_eq(take_vector(&r, 2, FIELD_A).len, 0);
	expect_first(&faults, FAULT_SHORT, 0, 2, 0);
}
END_TEST

static void expect_row(const struct field_row *row, uint32_t at, uint32_t len, uint64_t value,
                       uint8_t depth, enum fault fault)
{
	ck_assert_uint_eq(row->at, at);
	ck_assert_uint_eq(row->len, len);
	ck_assert_uint_eq(row->value, value);
	ck_assert_uint_eq(row->depth, depth);
	ck_assert_uint_eq(row->fault, fault);
}

START_TEST(each_read_leaves_a_row_and_a_vector_covers_its_length)
{
	struct trace trace = {.row = rows, .room = ROWS};
	struct bytes b = BYTES(7, 0, 3, 0x12, 0x34, 0x56);
	struct reader r = reader_over(b, NULL, &trace);
	take_u8(&r, FIELD_A);
	struct reader in = open_vector(&r, 2, FIELD_B);
	take_u16(&in, FIELD_C);
	close_vector(&r, &in);
	ck_assert_uint_eq(trace.n_rows, 4);
	expect_row(&rows[0], 0, 1, 7, 0, FINE);
	expect_row(&rows[1], 1, 5, 3, 0, FINE);
	expect_row(&rows[2], 3, 2, 0x1234, 1, FINE);
	expect_row(&rows[3], 5, 1, 0, 1, FAULT_TRAILING);
	ck_assert_uint_eq(trace.depth, 0);
}
END_TEST

START_TEST(a_number_of_eight_bytes_is_read_whole)
{
	struct faults faults = {0};
	struct trace trace = {.row = rows, .room = ROWS};
	struct bytes b = BYTES(1, 2, 3, 4, 5, 6, 7, 0xff, 9);
	struct reader r = reader_over(b, &faults, &trace);
	ck_assert(take_u64(&r, FIELD_A) == 0x01020304050607ff);
	expect_row(&rows[0], 0, 8, 0x01020304050607ff, 0, FINE);
	ck_assert(take_u64(&r, FIELD_B) == 0);
	expect_first(&faults, FAULT_SHORT, 8, 8, 1);
}
END_TEST

/* RFC 9000, A.1 */
START_TEST(a_variable_length_integer_says_its_own_length)
{
	struct faults faults = {0};
	struct trace trace = {.row = rows, .room = ROWS};
	struct bytes b = BYTES(0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c, 0x9d, 0x7f, 0x3e,
	                       0x7d, 0x7b, 0xbd, 0x25, 0x40, 0x25, 0x9d, 0x7f);
	struct reader r = reader_over(b, &faults, &trace);
	ck_assert(take_varint(&r, FIELD_A) == 151288809941952652);
	ck_assert(take_varint(&r, FIELD_A) == 494878333);
	ck_assert(take_varint(&r, FIELD_A) == 15293);
	ck_assert(take_varint(&r, FIELD_A) == 37);
	ck_assert(take_varint(&r, FIELD_A) == 37);
	expect_row(&rows[4], 15, 2, 37, 0, FINE);
	ck_assert_uint_eq(faults.n, 0);
	ck_assert(take_varint(&r, FIELD_A) == 0); /* four bytes, of which two are there */
	expect_first(&faults, FAULT_SHORT, 17, 4, 2);
}
END_TEST

START_TEST(a_vector_may_have_such_a_length)
{
	struct faults faults = {0};
	struct trace trace = {.row = rows, .room = ROWS};
	struct bytes b = BYTES(0x40, 2, 0x12, 0x34, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
	struct reader r = reader_over(b, &faults, &trace);
	struct reader in = open_varint_vector(&r, FIELD_A);
	ck_assert_uint_eq(take_u16(&in, FIELD_B), 0x1234);
	close_vector(&r, &in);
	expect_row(&rows[0], 0, 4, 2, 0, FINE);
	expect_row(&rows[1], 2, 2, 0x1234, 1, FINE);
	in = open_varint_vector(&r, FIELD_A); /* of 2^62 - 1 bytes */
	ck_assert(!more(&in));
	close_vector(&r, &in);
	expect_first(&faults, FAULT_SHORT, 12, UINT32_MAX, 0);
	in = open_varint_vector(&r, FIELD_A); /* after a fault there is none */
	close_vector(&r, &in);
	ck_assert_uint_eq(faults.n, 1);
	ck_assert_uint_eq(trace.depth, 0);
}
END_TEST

START_TEST(such_a_vector_is_clamped_too)
{
	struct faults faults = {0};
	struct reader r = READER(3, 0x12);
	r.partial = true;
	struct reader in = open_varint_vector(&r, FIELD_A);
	ck_assert(in.partial);
	ck_assert_uint_eq(take_u8(&in, FIELD_B), 0x12);
	close_vector(&r, &in);
	expect_first(&faults, FAULT_SHORT, 1, 3, 1);
}
END_TEST

START_TEST(a_full_trace_counts_what_it_lost)
{
	struct trace trace = {.row = rows, .room = 2};
	struct reader r = reader_over(BYTES(1, 2, 3, 4), NULL, &trace);
	rows[1].fault = FINE;
	while (more(&r))
		take_u8(&r, FIELD_A);
	take_u8(&r, FIELD_A);
	ck_assert_uint_eq(trace.n_rows, 2);
	ck_assert_uint_eq(trace.n_lost, 3);
	ck_assert_uint_eq(rows[1].fault, FINE);
}
END_TEST

/* ---- random programs of reads ---- */

struct program {
	uint64_t random; /* decides each read */
	uint64_t seen;   /* a digest of all that the reads gave */
};

static uint32_t next(uint64_t *random, uint32_t below)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*random >> 33) % below;
}

static void see(struct program *p, uint64_t value)
{
	p->seen = (p->seen ^ value) * 1099511628211u;
}

static void see_bytes(struct program *p, struct bytes b)
{
	see(p, b.len);
	for (size_t i = 0; i < b.len; i++)
		see(p, b.at[i]);
}

static void run(struct program *p, struct reader *r, unsigned levels);

static void run_inside(struct program *p, struct reader *r, unsigned levels, bool group)
{
	uint32_t n = next(&p->random, 12);
	struct reader in = group ? open_group(r, n, FIELD_C) : open_vector(r, 1 + n % 2, FIELD_B);
	if (levels > 0)
		run(p, &in, levels - 1);
	close_vector(r, &in);
	see(p, in.fault);
}

static void run(struct program *p, struct reader *r, unsigned levels)
{
	for (uint32_t n = next(&p->random, 9); n > 0; n--) {
		switch (next(&p->random, 12)) {
		case 0:
			reader_fault(r, FAULT_RANGE, FIELD_A, 1);
			break;
		case 1:
			see_bytes(p, take_rest(r, FIELD_A));
			break;
		case 2:
			see_bytes(p, skip_rest(r));
			break;
		case 3:
			see_bytes(p, take_bytes(r, next(&p->random, 9), FIELD_B));
			break;
		case 4:
		case 5:
		case 6:
			see(p, take_uint(r, 1 + next(&p->random, 4), FIELD_A));
			break;
		case 7:
			run_inside(p, r, levels, true);
			break;
		default:
			run_inside(p, r, levels, false);
		}
		see(p, left(r));
		see(p, r->fault);
	}
}

static uint64_t run_over(struct bytes b, uint64_t seed, struct trace *trace, struct faults *faults)
{
	struct program p = {.random = seed};
	struct reader r = reader_over(b, faults, trace);
	r.partial = seed % 3 == 0;
	run(&p, &r, 5);
	return p.seen;
}

/* Bytes that end where a page begins that nobody may read. */
static uint8_t *page_end(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *at =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(at != MAP_FAILED);
	ck_assert_int_eq(mprotect(at + page, page, PROT_NONE), 0);
	return at + page;
}

/* Small numbers, so that many lengths fit. */
static struct bytes random_bytes(uint8_t *end, uint64_t seed)
{
	uint64_t random = seed;
	size_t len = next(&random, 200);
	uint8_t *at = end - len;
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)next(&random, next(&random, 4) == 0 ? 256 : 8);
	return (struct bytes){at, len};
}

enum { PROGRAMS = 20000 };

START_TEST(watching_does_not_change_what_is_read)
{
	uint8_t *end = page_end();
	for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
		struct bytes b = random_bytes(end, seed);
		struct trace trace = {.row = rows, .room = ROWS}, narrow = {.row = rows, .room = 3};
		struct faults unwatched = {0}, watched = {0}, lossy = {0};
		uint64_t seen = run_over(b, seed, NULL, &unwatched);
		ck_assert(seen == run_over(b, seed, &trace, &watched));
		ck_assert(seen == run_over(b, seed, &narrow, &lossy));
		ck_assert(seen == run_over(b, seed, NULL, NULL));
		ck_assert_mem_eq(&unwatched, &watched, sizeof watched);
		ck_assert_mem_eq(&unwatched, &lossy, sizeof lossy);
	}
}
END_TEST

static bool lies_inside(const struct field_row *in, const struct field_row *out)
{
	return in->at >= out->at && in->at - out->at <= out->len &&
	       in->len <= out->len - (in->at - out->at);
}

/* Each row lies in the latest one before it that is one level up. */
static void expect_nested(const struct trace *t, size_t len)
{
	struct field_row above[16] = {0};
	for (uint32_t i = 0; i < t->n_rows; i++) {
		const struct field_row *row = &t->row[i];
		ck_assert_uint_lt(row->depth, 15);
		ck_assert(row->at <= len && row->len <= len - row->at);
		ck_assert(row->depth == 0 || lies_inside(row, &above[row->depth]));
		above[row->depth + 1] = *row;
	}
}

START_TEST(every_row_lies_inside_its_parent_and_the_depth_comes_back_to_zero)
{
	uint8_t *end = page_end();
	size_t n_rows = 0;
	for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
		struct bytes b = random_bytes(end, seed);
		struct trace trace = {.row = rows, .room = ROWS};
		struct faults faults = {0};
		run_over(b, seed, &trace, &faults);
		ck_assert_uint_eq(trace.depth, 0);
		ck_assert_uint_eq(trace.n_lost, 0);
		expect_nested(&trace, b.len);
		n_rows += trace.n_rows;
	}
	ck_assert_uint_gt(n_rows, PROGRAMS);
}
END_TEST

START_TEST(there_is_one_faulty_row_for_each_fault)
{
	uint8_t *end = page_end();
	for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
		struct bytes b = random_bytes(end, seed);
		struct trace trace = {.row = rows, .room = ROWS};
		struct faults faults = {0};
		run_over(b, seed, &trace, &faults);
		uint32_t n = 0;
		for (uint32_t i = 0; i < trace.n_rows; i++)
			n += trace.row[i].fault != FINE;
		ck_assert_uint_eq(n, faults.n);
	}
}
END_TEST

Suite *reader_suite(void)
{
	Suite *s = suite_create("reader");
	TCase *c = tcase_create("reader");
	tcase_add_test(c, numbers_are_big_endian);
	tcase_add_test(c, a_short_field_faults_where_it_begins);
	tcase_add_test(c, after_a_fault_every_read_yields_nothing);
	tcase_add_test(c, a_fault_of_the_decoder_stops_its_reader_too);
	tcase_add_test(c, the_first_of_many_faults_is_kept_and_all_are_counted);
	tcase_add_test(c, a_fault_inside_a_vector_stays_inside_it);
	tcase_add_test(c, bytes_left_in_a_vector_are_a_fault_of_that_vector);
	tcase_add_test(c, a_vector_that_overruns_its_parent_faults_the_parent);
	tcase_add_test(c, a_group_ends_where_it_was_said_to_end);
	tcase_add_test(c, a_partial_message_clamps_its_vectors_and_tells_the_first_cut);
	tcase_add_test(c, a_vector_that_is_whole_clamps_nothing_in_a_partial_message);
	tcase_add_test(c, an_empty_run_without_an_address_can_be_read);
	tcase_add_test(c, each_read_leaves_a_row_and_a_vector_covers_its_length);
	tcase_add_test(c, a_number_of_eight_bytes_is_read_whole);
	tcase_add_test(c, a_variable_length_integer_says_its_own_length);
	tcase_add_test(c, a_vector_may_have_such_a_length);
	tcase_add_test(c, such_a_vector_is_clamped_too);
	tcase_add_test(c, a_full_trace_counts_what_it_lost);
	tcase_add_test(c, watching_does_not_change_what_is_read);
	tcase_add_test(c, every_row_lies_inside_its_parent_and_the_depth_comes_back_to_zero);
	tcase_add_test(c, there_is_one_faulty_row_for_each_fault);
	suite_add_tcase(s, c);
	return s;
}
