/* Provenance: what is located are the very bytes, held against a model that knows each byte. */
#include <check.h>
#include <stdlib.h>

#include "src/base/provenance.h"

Suite *provenance_suite(void);

enum { ROOM = 4096 };

static struct place place[ROOM];

static struct places nowhere(void)
{
	return (struct places){.place = place, .room = ROOM};
}

static void add(struct byte_source *s, struct extent e)
{
	ck_assert(extent_add(s, e));
}

static void expect_place(uint32_t i, uint32_t frame, uint32_t off, uint32_t len, bool exact)
{
	ck_assert_uint_eq(place[i].frame, frame);
	ck_assert_uint_eq(place[i].off, off);
	ck_assert_uint_eq(place[i].len, len);
	ck_assert_uint_eq(place[i].exact, exact);
}

START_TEST(bytes_across_two_frames_have_two_places)
{
	struct arena a = {.limit = 0};
	struct byte_source stream = {.arena = &a};
	add(&stream, (struct extent){.at = 0, .len = 100, .frame = 4, .from = 54, .grain = 1});
	add(&stream, (struct extent){.at = 100, .len = 50, .frame = 6, .from = 66, .grain = 1});
	struct places found = nowhere();
	ck_assert(extent_locate(&stream, 90, 30, &found));
	ck_assert_uint_eq(found.n, 2);
	expect_place(0, 4, 144, 10, true);
	expect_place(1, 6, 66, 20, true);
	arena_free(&a);
}
END_TEST

START_TEST(lost_bytes_are_said_to_be_lost)
{
	struct arena a = {.limit = 0};
	struct byte_source stream = {.arena = &a};
	add(&stream, (struct extent){.at = 10, .len = 10, .frame = 1, .grain = 1});
	add(&stream, (struct extent){.at = 30, .len = 10, .frame = 2, .grain = 1});
	struct places found = nowhere();
	ck_assert(!extent_locate(&stream, 15, 20, &found));
	ck_assert_uint_eq(found.n, 2);
	expect_place(0, 1, 5, 5, true);
	expect_place(1, 2, 0, 5, true);
	ck_assert(!extent_locate(&stream, 0, 11, &found));
	ck_assert(!extent_locate(&stream, 39, 2, &found));
	ck_assert(!extent_locate(&stream, 22, 5, &found));
	ck_assert(!extent_locate(&stream, 35, UINT64_MAX, &found));
	ck_assert(extent_locate(&stream, 30, 10, &found));
	arena_free(&a);
}
END_TEST

START_TEST(no_bytes_have_no_place)
{
	struct arena a = {.limit = 0};
	struct byte_source stream = {.arena = &a};
	struct places found = nowhere();
	ck_assert(extent_locate(&stream, 0, 0, &found));
	ck_assert(!extent_locate(&stream, 0, 1, &found));
	add(&stream, (struct extent){.at = 0, .len = 32, .frame = 1, .grain = 16});
	ck_assert(extent_locate(&stream, 5, 0, &found));
	ck_assert_uint_eq(found.n, 0);
	arena_free(&a);
}
END_TEST

START_TEST(a_byte_of_a_block_cipher_lies_in_its_whole_block)
{
	struct arena a = {.limit = 0};
	struct byte_source plain = {.arena = &a};
	/* 20 bytes, and 28 of MAC and padding that are no plaintext */
	add(&plain,
	    (struct extent){
		    .at = 0, .len = 20, .frame = 9, .from = 100, .from_len = 48, .grain = 16});
	struct places found = nowhere();
	ck_assert(extent_locate(&plain, 3, 1, &found));
	ck_assert(extent_locate(&plain, 15, 2, &found));
	ck_assert(extent_locate(&plain, 19, 1, &found));
	expect_place(0, 9, 100, 16, false);
	expect_place(1, 9, 100, 32, false);
	expect_place(2, 9, 116, 16, false);
	arena_free(&a);
}
END_TEST

START_TEST(a_compressed_piece_is_named_as_a_whole)
{
	struct arena a = {.limit = 0};
	struct byte_source stream = {.arena = &a}, certificate = {.arena = &a};
	add(&stream, (struct extent){.at = 0, .len = 700, .frame = 3, .from = 54, .grain = 1});
	add(&certificate,
	    (struct extent){.at = 0, .len = 2000, .parent = &stream, .from = 100, .from_len = 600});
	struct places found = nowhere();
	ck_assert(extent_locate(&certificate, 1999, 1, &found));
	ck_assert_uint_eq(found.n, 1);
	expect_place(0, 3, 154, 600, false);
	arena_free(&a);
}
END_TEST

START_TEST(an_extent_that_cannot_be_is_refused)
{
	struct arena a = {.limit = 0};
	struct byte_source s = {.arena = &a};
	add(&s, (struct extent){.at = 10, .len = 10, .frame = 1, .grain = 1});
	ck_assert(!extent_add(&s, (struct extent){.at = 20, .len = 0}));
	ck_assert(!extent_add(&s, (struct extent){.at = 19, .len = 5}));
	ck_assert(!extent_add(&s, (struct extent){.at = UINT64_MAX, .len = 1}));
	ck_assert(!extent_add(&s, (struct extent){.at = 20, .len = 2, .from = UINT32_MAX - 1}));
	ck_assert(
		!extent_add(&s, (struct extent){.at = 20, .len = 20, .from_len = 16, .grain = 16}));
	ck_assert(!extent_add(
		&s, (struct extent){.at = 20, .len = 2, .parent = &s, .from = UINT64_MAX}));
	ck_assert_uint_eq(s.n, 1);
	ck_assert_uint_eq(s.n_lost, 0);
	arena_free(&a);
}
END_TEST

START_TEST(what_finds_no_room_is_counted)
{
	struct arena a = {.limit = 1000};
	struct byte_source s = {.arena = &a};
	uint64_t refused = 0;
	for (uint64_t at = 0; at < 100; at++)
		refused += !extent_add(&s, (struct extent){.at = at, .len = 1, .frame = 1});
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_eq(s.n_lost, refused);
	ck_assert_uint_eq(s.n, 100 - refused);
	struct places found = {.place = place, .room = 3};
	ck_assert(extent_locate(&s, 0, s.n, &found));
	ck_assert_uint_eq(found.n, 3);
	ck_assert_uint_eq(found.n_lost, s.n - 3);
	arena_free(&a);
}
END_TEST

/* ---- the property ---- */

/* A record of one byte takes 61 in the stream. */
enum { PLAIN = 20000, STREAM = 64 * PLAIN, FRAMES = 3000, FRAME = 1600, HEAD = 54, TRIALS = 12 };

static uint8_t frame[FRAMES][FRAME];
static uint8_t stream_byte[STREAM], plain_byte[PLAIN];

/* Where each byte is, as the model knows it. */
static struct origin {
	uint32_t frame, off;
} of_stream[STREAM];
static struct unit { /* the stream bytes that one plaintext byte was made from */
	uint32_t from, upto;
	uint16_t grain;
} of_plain[PLAIN];

static uint32_t random_below(uint32_t n)
{
	static uint64_t state = 7;
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

static uint8_t cipher(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 13);
}

static void fill(uint8_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)random_below(256);
}

static uint32_t smaller(size_t a, size_t b)
{
	return (uint32_t)(a < b ? a : b);
}

/* One record: a head, then the plaintext enciphered in place, then what belongs to it (a tag, a MAC
 * with padding). Gives where the stream ends now. */
static size_t put_record(struct byte_source *plain, const struct byte_source *stream, size_t at,
                         size_t len, size_t end)
{
	static const uint16_t grains[] = {GRAIN_BYTE, 16, GRAIN_WHOLE};
	uint16_t grain = grains[random_below(3)];
	size_t body = end + 13, whole = (len / 16 + 2) * 16;
	fill(stream_byte + end, 13 + whole);
	for (size_t i = 0; i < len; i++) {
		size_t block = i / 16 * 16;
		stream_byte[body + i] = plain_byte[at + i] ^ cipher(at + i);
		of_plain[at + i] = (struct unit){(uint32_t)body, (uint32_t)(body + whole), grain};
		if (grain == 16)
			of_plain[at + i] = (struct unit){(uint32_t)(body + block),
			                                 (uint32_t)(body + block + 16), grain};
		if (grain == GRAIN_BYTE)
			of_plain[at + i] = (struct unit){(uint32_t)(body + i),
			                                 (uint32_t)(body + i + 1), grain};
	}
	uint32_t from_len = (uint32_t)(grain == GRAIN_BYTE ? len : whole);
	add(plain, (struct extent){.at = at,
	                           .len = (uint32_t)len,
	                           .parent = stream,
	                           .from = body,
	                           .from_len = from_len,
	                           .grain = grain});
	return body + whole;
}

static size_t make_records(struct byte_source *plain, const struct byte_source *stream)
{
	size_t end = 0;
	fill(plain_byte, PLAIN);
	for (size_t at = 0; at < PLAIN;) {
		size_t len = smaller(1 + random_below(random_below(4) > 0 ? 40 : 2000), PLAIN - at);
		end = put_record(plain, stream, at, len, end);
		at += len;
	}
	return end;
}

/* Cuts the stream into frames; one in five repeats some bytes that were already there. */
static void make_frames(struct byte_source *stream, size_t end)
{
	size_t sent = 0;
	for (uint32_t n = 1; sent < end; n++) {
		ck_assert_uint_lt(n, FRAMES);
		uint32_t again = random_below(5) == 0 ? smaller(random_below(90), sent) : 0;
		uint32_t fresh =
			smaller(1 + random_below(random_below(2) == 0 ? 40 : 1400), end - sent);
		memcpy(frame[n] + HEAD, stream_byte + sent - again, again + fresh);
		for (uint32_t i = 0; i < fresh; i++)
			of_stream[sent + i] = (struct origin){n, HEAD + again + i};
		add(stream, (struct extent){.at = sent,
		                            .len = fresh,
		                            .frame = n,
		                            .from = HEAD + again,
		                            .grain = GRAIN_BYTE});
		sent += fresh;
	}
}

/* Goes through places byte by byte. */
struct walk {
	uint32_t i, off;
};

static bool next_byte_is(struct walk *w, uint32_t at, bool exact)
{
	const struct place *p = &place[w->i];
	uint32_t off = p->off + w->off;
	bool right = p->frame == of_stream[at].frame && off == of_stream[at].off &&
	             p->exact == exact && frame[p->frame][off] == stream_byte[at];
	if (++w->off == p->len)
		*w = (struct walk){w->i + 1, 0};
	return right;
}

static void expect_located(uint32_t at, uint32_t len, uint32_t n_places)
{
	struct walk w = {0, 0};
	uint32_t wrong = 0;
	uint32_t seen = 0; /* stream bytes below it were already met */
	for (uint32_t i = at; i < at + len; i++) {
		struct unit u = of_plain[i];
		for (uint32_t k = u.from; u.from >= seen && k < u.upto; k++)
			wrong += !next_byte_is(&w, k, u.grain == GRAIN_BYTE);
		seen = u.upto;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(w.i, n_places);
	ck_assert_uint_eq(w.off, 0);
}

START_TEST(what_is_located_are_the_very_bytes)
{
	for (int trial = 0; trial < TRIALS; trial++) {
		struct arena a = {.limit = 0};
		struct byte_source stream = {.arena = &a}, plain = {.arena = &a};
		make_frames(&stream, make_records(&plain, &stream));
		for (int query = 0; query < 500; query++) {
			uint32_t at = random_below(PLAIN);
			uint32_t len = smaller(1 + random_below(300), PLAIN - at);
			struct places found = nowhere();
			ck_assert(extent_locate(&plain, at, len, &found));
			ck_assert_uint_eq(found.n_lost, 0);
			expect_located(at, len, found.n);
		}
		arena_free(&a);
	}
}
END_TEST

Suite *provenance_suite(void)
{
	Suite *s = suite_create("provenance");
	TCase *c = tcase_create("provenance");
	tcase_add_test(c, bytes_across_two_frames_have_two_places);
	tcase_add_test(c, lost_bytes_are_said_to_be_lost);
	tcase_add_test(c, no_bytes_have_no_place);
	tcase_add_test(c, a_byte_of_a_block_cipher_lies_in_its_whole_block);
	tcase_add_test(c, a_compressed_piece_is_named_as_a_whole);
	tcase_add_test(c, an_extent_that_cannot_be_is_refused);
	tcase_add_test(c, what_finds_no_room_is_counted);
	tcase_add_test(c, what_is_located_are_the_very_bytes);
	suite_add_tcase(s, c);
	return s;
}
