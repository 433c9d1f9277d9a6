/* Fuzzes the unpacking of compressed certificates. The first byte chooses the algorithm, the next
 * two the length that the message states; the rest is the stream. Nothing behind that length may
 * change, and what is unpacked once is unpacked alike again. */
#include <stdlib.h>

#include "src/pki/decompress.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 1 << 16, GUARD = 64, MARK = 0xa5 };

static bool is_marked(const uint8_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] != MARK)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[MOST + GUARD], second[MOST + GUARD];
	if (size < 3)
		return 0;
	uint16_t algorithm = data[0] & 3;
	size_t len = (size_t)data[1] << 8 | data[2];
	struct bytes packed = {data + 3, size - 3};
	memset(first + len, MARK, GUARD);
	memset(second + len, MARK, GUARD);
	enum decompressed result = decompress(algorithm, packed, first, len);
	if (decompress(algorithm, packed, second, len) != result)
		abort();
	if (result == DECOMPRESSED && memcmp(first, second, len) != 0)
		abort();
	if (!is_marked(first + len, GUARD) || !is_marked(second + len, GUARD))
		abort();
	return 0;
}
