/* Compressed certificates unpacked: streams built by hand from the three formats, streams of their
 * own encoders, and lies about the length. */
#include <check.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "src/pki/decompress.h"

Suite *decompress_suite(void);

enum { ZLIB = 1, BROTLI = 2, ZSTANDARD = 3, ROOM = 256 * 1024, GUARD = 16 };

static uint8_t out[ROOM + GUARD];

/* "certificate" as it is, in a frame of each format. */
static const struct {
	uint16_t algorithm;
	uint8_t bytes[32];
	size_t len;
} stored[] = {
	/* RFC 1950, 2.2, and RFC 1951, 3.2.4: head, the last block, stored; LEN, NLEN; Adler-32 */
	{ZLIB,
         "\x78\x01\x01\x0b\x00\xf4\xff"
         "certificate"
         "\x1b\x2c\x04\x84",
         22},
	/* RFC 7932, 9.1 and 9.2: WBITS 16; MLEN - 1 = 10, uncompressed; the last, empty */
	{BROTLI,
         "\xa0\x00\x10"
         "certificate"
         "\x03",
         15},
	/* RFC 8878, 3.1.1: magic number, one segment, its size; the last block, raw */
	{ZSTANDARD,
         "\x28\xb5\x2f\xfd\x20\x0b\x59\x00\x00"
         "certificate",
         20},
};

static bool unpacks(uint16_t algorithm, struct bytes packed, uint8_t *to, size_t len)
{
	return decompress(algorithm, packed, to, len) == DECOMPRESSED;
}

static struct bytes stored_bytes(int i)
{
	return (struct bytes){stored[i].bytes, stored[i].len};
}

START_TEST(a_stream_of_each_format_is_unpacked)
{
	struct bytes packed = stored_bytes(_i);
	ck_assert(unpacks(stored[_i].algorithm, packed, out, 11));
	ck_assert_mem_eq(out, "certificate", 11);
	for (unsigned other = 0; other < 300; other++)
		if (other != stored[_i].algorithm)
			ck_assert(!unpacks((uint16_t)other, packed, out, 11));
}
END_TEST

START_TEST(a_stream_that_gives_another_length_is_none)
{
	for (size_t len = 0; len < 32; len++)
		ck_assert_int_eq(decompress(stored[_i].algorithm, stored_bytes(_i), out, len),
		                 len < 11    ? DECOMPRESS_MORE
		                 : len == 11 ? DECOMPRESSED
		                             : DECOMPRESS_BAD);
}
END_TEST

START_TEST(a_stream_cut_short_or_with_bytes_behind_it_is_none)
{
	uint8_t longer[64] = {0};
	struct bytes packed = stored_bytes(_i);
	for (size_t len = 0; len < packed.len; len++)
		ck_assert(!unpacks(stored[_i].algorithm, (struct bytes){packed.at, len}, out, 11));
	memcpy(longer, packed.at, packed.len);
	ck_assert(!unpacks(stored[_i].algorithm, (struct bytes){longer, packed.len + 1}, out, 11));
	memcpy(longer + packed.len, packed.at, packed.len); /* the same once more */
	ck_assert(!unpacks(stored[_i].algorithm, (struct bytes){longer, 2 * packed.len}, out, 11));
	ck_assert(!unpacks(stored[_i].algorithm, (struct bytes){longer, 2 * packed.len}, out, 22));
}
END_TEST

/* 1,000 bytes of "handshake handshake ...", by libbrotlienc 1.0.9, quality 11 */
START_TEST(what_the_encoders_made_is_unpacked)
{
	static const uint8_t brotli[] = {0x1b, 0xe7, 0x03, 0xf8, 0xc5, 0x71, 0x6c, 0xdd,
	                                 0xf6, 0x8d, 0x22, 0xa2, 0x53, 0x14, 0x18, 0x0a,
	                                 0x80, 0x39, 0x9c, 0x1e, 0xd6, 0x00};
	uint8_t text[1000], packed[2000];
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t) "handshake "[i % 10];
	ck_assert(unpacks(BROTLI, (struct bytes){brotli, sizeof brotli}, out, sizeof text));
	ck_assert_mem_eq(out, text, sizeof text);
	memset(out, 0, sizeof text);
	uLongf zlib_len = sizeof packed;
	ck_assert_int_eq(compress2(packed, &zlib_len, text, sizeof text, 9), Z_OK);
	ck_assert(unpacks(ZLIB, (struct bytes){packed, zlib_len}, out, sizeof text));
	ck_assert_mem_eq(out, text, sizeof text);
	memset(out, 0, sizeof text);
	size_t zstd_len = ZSTD_compress(packed, sizeof packed, text, sizeof text, 19);
	ck_assert(!ZSTD_isError(zstd_len));
	ck_assert(unpacks(ZSTANDARD, (struct bytes){packed, zstd_len}, out, sizeof text));
	ck_assert_mem_eq(out, text, sizeof text);
}
END_TEST

/* 16 MiB of zeros, which say that they are 1,000 bytes or all that there is room for. */
START_TEST(a_bomb_fills_no_more_than_it_states)
{
	static const size_t room[] = {1000, ROOM};
	size_t len = 16 << 20, most = 64 * 1024;
	uint8_t *zeros = calloc(1, len), *packed = malloc(most);
	ck_assert(zeros != NULL && packed != NULL);
	uLongf zlib_len = most;
	ck_assert_int_eq(compress2(packed, &zlib_len, zeros, len, 9), Z_OK);
	for (size_t i = 0; i < 2; i++) {
		memset(out, 0xa5, sizeof out);
		ck_assert_int_eq(decompress(ZLIB, (struct bytes){packed, zlib_len}, out, room[i]),
		                 DECOMPRESS_MORE);
		ck_assert_uint_eq(out[room[i]], 0xa5);
	}
	size_t zstd_len = ZSTD_compress(packed, most, zeros, len, 19);
	ck_assert(!ZSTD_isError(zstd_len));
	for (size_t i = 0; i < 2; i++) {
		memset(out, 0xa5, sizeof out);
		ck_assert_int_eq(
			decompress(ZSTANDARD, (struct bytes){packed, zstd_len}, out, room[i]),
			DECOMPRESS_MORE);
		ck_assert_uint_eq(out[room[i]], 0xa5);
	}
	free(zeros);
	free(packed);
}
END_TEST

START_TEST(broken_streams_are_none)
{
	uint8_t broken[32];
	struct bytes packed = stored_bytes(_i);
	for (size_t at = 0; at < packed.len; at++) {
		memcpy(broken, packed.at, packed.len);
		broken[at] ^= 0xff;
		bool whole =
			unpacks(stored[_i].algorithm, (struct bytes){broken, packed.len}, out, 11);
		/* Brotli and a Zstandard frame without its checksum have nothing to tell other
		 * letters by. */
		bool letter = at >= packed.len - 11 - (_i == 1) && at < packed.len - (_i == 1);
		ck_assert(!whole || (_i != 0 && letter));
	}
}
END_TEST

Suite *decompress_suite(void)
{
	Suite *suite = suite_create("decompress");
	TCase *t = tcase_create("streams");
	tcase_add_loop_test(t, a_stream_of_each_format_is_unpacked, 0, 3);
	tcase_add_loop_test(t, a_stream_that_gives_another_length_is_none, 0, 3);
	tcase_add_loop_test(t, a_stream_cut_short_or_with_bytes_behind_it_is_none, 0, 3);
	tcase_add_loop_test(t, broken_streams_are_none, 0, 3);
	tcase_add_test(t, what_the_encoders_made_is_unpacked);
	tcase_add_test(t, a_bomb_fills_no_more_than_it_states);
	suite_add_tcase(suite, t);
	return suite;
}
