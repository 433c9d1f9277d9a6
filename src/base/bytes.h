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

#endif
