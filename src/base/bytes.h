/* A run of bytes that belongs to somebody else. It is never freed here and lives as long as its
 * source. */
#ifndef KEYHOLE_BASE_BYTES_H
#define KEYHOLE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *at;
	size_t len;
};

/* Says whether both runs hold the same bytes. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Gives the i-th of the big-endian numbers of two bytes that the run consists of. */
static inline uint16_t bytes_u16(struct bytes b, size_t i)
{
	return (uint16_t)(b.at[2 * i] << 8 | b.at[2 * i + 1]);
}

/* Says whether one of those numbers is `value` under a mask. It looks at four of them at a time:
 * their lanes are zero where they are equal, and only below a zero lane does taking 1 away borrow
 * into a highest bit that was not set. */
static inline bool bytes_any_u16(struct bytes b, uint16_t mask, uint16_t value)
{
	const uint8_t masked[2] = {(uint8_t)(mask >> 8), (uint8_t)mask};
	const uint8_t wanted[2] = {(uint8_t)(value >> 8), (uint8_t)value};
	const uint64_t ones = UINT64_C(0x0001000100010001);
	uint16_t m, v;
	memcpy(&m, masked, sizeof m);
	memcpy(&v, wanted, sizeof v);
	size_t i = 0;
	for (; b.len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t four;
		memcpy(&four, b.at + i, sizeof four);
		four = (four & m * ones) ^ v * ones;
		if (((four - ones) & ~four & ones << 15) != 0)
			return true;
	}
	for (; b.len - i >= 2; i += 2)
		if ((bytes_u16(b, i / 2) & mask) == value)
			return true;
	return false;
}

#endif
