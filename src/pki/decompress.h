/* Unpacks compressed certificates (RFC 8879), into memory that the caller bounds. It does not look
 * at what comes out. */
#ifndef KEYHOLE_PKI_DECOMPRESS_H
#define KEYHOLE_PKI_DECOMPRESS_H

#include "src/base/bytes.h"

/* Unpacks `packed`, made by the algorithm of that number (1 zlib, 2 brotli, 3 zstd), into the `len`
 * bytes at `out`. Says whether it is whole, gives exactly so many and has nothing behind it; else
 * `out` may be filled in part. */
bool decompress(uint16_t algorithm, struct bytes packed, uint8_t *out, size_t len);

#endif
