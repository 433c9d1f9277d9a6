/* Unpacks compressed certificates (RFC 8879), into memory that the caller bounds. It does not look
 * at what comes out. */
#ifndef KEYHOLE_PKI_DECOMPRESS_H
#define KEYHOLE_PKI_DECOMPRESS_H

#include "src/base/bytes.h"

enum decompressed {
	DECOMPRESSED,   /* whole, exactly so many bytes, and nothing behind it */
	DECOMPRESS_BAD, /* broken, too few bytes, bytes behind it, or an algorithm not known here */
	DECOMPRESS_MORE, /* there is more in it than the bytes asked for */
};

/* Unpacks `packed`, made by the algorithm of that number (1 zlib, 2 brotli, 3 zstd), into the `len`
 * bytes at `out`, and never more. Unless all is well, `out` may be filled in part. */
enum decompressed decompress(uint16_t algorithm, struct bytes packed, uint8_t *out, size_t len);

#endif
