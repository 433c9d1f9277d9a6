#include "src/pki/decompress.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

/* RFC 8879, 7.3 */
enum { ALGORITHM_ZLIB = 1, ALGORITHM_BROTLI = 2, ALGORITHM_ZSTD = 3 };

static bool unpack_zlib(struct bytes packed, uint8_t *out, size_t len)
{
	z_stream z = {
		.next_in = (Bytef *)(uintptr_t)packed.at,
		.avail_in = (uInt)packed.len,
		.next_out = out,
		.avail_out = (uInt)len,
	};
	if (inflateInit(&z) != Z_OK)
		return false;
	bool whole = inflate(&z, Z_FINISH) == Z_STREAM_END;
	inflateEnd(&z);
	return whole && z.avail_in == 0 && z.avail_out == 0;
}

static bool unpack_brotli(struct bytes packed, uint8_t *out, size_t len)
{
	BrotliDecoderState *b = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	if (b == NULL)
		return false;
	const uint8_t *in = packed.at;
	size_t in_left = packed.len, out_left = len;
	bool whole = BrotliDecoderDecompressStream(b, &in_left, &in, &out_left, &out, NULL) ==
	             BROTLI_DECODER_RESULT_SUCCESS;
	BrotliDecoderDestroyInstance(b);
	return whole && in_left == 0 && out_left == 0;
}

/* One frame, and it alone. */
static bool unpack_zstd(struct bytes packed, uint8_t *out, size_t len)
{
	return ZSTD_findFrameCompressedSize(packed.at, packed.len) == packed.len &&
	       ZSTD_decompress(out, len, packed.at, packed.len) == len;
}

bool decompress(uint16_t algorithm, struct bytes packed, uint8_t *out, size_t len)
{
	if (packed.len == 0 || packed.len > UINT32_MAX || len > UINT32_MAX)
		return false;
	switch (algorithm) {
	case ALGORITHM_ZLIB:
		return unpack_zlib(packed, out, len);
	case ALGORITHM_BROTLI:
		return unpack_brotli(packed, out, len);
	case ALGORITHM_ZSTD:
		return unpack_zstd(packed, out, len);
	default:
		return false;
	}
}
