#include "src/pki/decompress.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* RFC 8879, 7.3 */
enum { ALGORITHM_ZLIB = 1, ALGORITHM_BROTLI = 2, ALGORITHM_ZSTD = 3 };

static enum decompressed well(bool so)
{
	return so ? DECOMPRESSED : DECOMPRESS_BAD;
}

static enum decompressed unpack_zlib(struct bytes packed, uint8_t *out, size_t len)
{
	z_stream z = {
		.next_in = (Bytef *)(uintptr_t)packed.at,
		.avail_in = (uInt)packed.len,
		.next_out = out,
		.avail_out = (uInt)len,
	};
	if (inflateInit(&z) != Z_OK)
		return DECOMPRESS_BAD;
	int result = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (result == Z_BUF_ERROR && z.avail_out == 0 && z.avail_in > 0)
		return DECOMPRESS_MORE;
	return well(result == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0);
}

static enum decompressed unpack_brotli(struct bytes packed, uint8_t *out, size_t len)
{
	BrotliDecoderState *b = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	if (b == NULL)
		return DECOMPRESS_BAD;
	const uint8_t *in = packed.at;
	size_t in_left = packed.len, out_left = len;
	BrotliDecoderResult result =
		BrotliDecoderDecompressStream(b, &in_left, &in, &out_left, &out, NULL);
	BrotliDecoderDestroyInstance(b);
	if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT)
		return DECOMPRESS_MORE;
	return well(result == BROTLI_DECODER_RESULT_SUCCESS && in_left == 0 && out_left == 0);
}

/* One frame, and it alone. */
static enum decompressed unpack_zstd(struct bytes packed, uint8_t *out, size_t len)
{
	if (ZSTD_findFrameCompressedSize(packed.at, packed.len) != packed.len)
		return DECOMPRESS_BAD;
	size_t result = ZSTD_decompress(out, len, packed.at, packed.len);
	if (ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall)
		return DECOMPRESS_MORE;
	return well(result == len);
}

enum decompressed decompress(uint16_t algorithm, struct bytes packed, uint8_t *out, size_t len)
{
	if (packed.len == 0 || packed.len > UINT32_MAX || len > UINT32_MAX)
		return DECOMPRESS_BAD;
	switch (algorithm) {
	case ALGORITHM_ZLIB:
		return unpack_zlib(packed, out, len);
	case ALGORITHM_BROTLI:
		return unpack_brotli(packed, out, len);
	case ALGORITHM_ZSTD:
		return unpack_zstd(packed, out, len);
	default:
		return DECOMPRESS_BAD;
	}
}
