/* What is said before TLS: the input is a list of pieces, each of one side. However the bytes are
 * cut and whichever side comes first, the same is told, and little memory is held. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

#include "tests/opening_driver.h"

enum { HELD_MOST = 1 << 20, TOLD_MOST = 1 << 17 };

static void demand(bool what, const char *why)
{
	if (what)
		return;
	fprintf(stderr, "fuzz_opening: %s\n", why);
	abort();
}

/* The pieces of one side (or, from END, of both), as they stand in the input: a byte whose lowest
 * bit is the side and whose others are the length, then the bytes. */
static void give(struct opening_driver *d, const uint8_t *data, size_t size, int only, size_t most)
{
	for (size_t i = 0; i < size;) {
		size_t n = data[i] >> 1;
		enum side from = data[i++] & 1;
		n = n < size - i ? n : size - i;
		if (only < 0 || only == (int)from)
			opening_driver_bytes(d, from, (struct bytes){data + i, n}, most);
		i += n;
	}
}

static void tell(struct opening_driver *d, char *out)
{
	const char *told = opening_driver_tell(d);
	size_t n = strlen(told);
	demand(d->broken == NULL, d->broken);
	demand(d->arena.held < HELD_MOST, "memory is bounded");
	demand(n < TOLD_MOST, "what is told is bounded");
	memcpy(out, told, n + 1);
	opening_driver_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char whole[TOLD_MOST], again[TOLD_MOST];
	if (size >= DRIVER_ROOM)
		return 0;
	size_t most = size == 0 ? 1 : 1 + data[0] % 16;
	struct opening_driver *d = opening_driver_new();
	demand(d != NULL, "room");
	give(d, data, size, -1, SIZE_MAX);
	tell(d, whole);
	d = opening_driver_new();
	demand(d != NULL, "room");
	give(d, data, size, SERVER, most);
	give(d, data, size, CLIENT, most);
	tell(d, again);
	demand(strcmp(whole, again) == 0, "neither pieces nor sides' order change anything");
	return 0;
}
