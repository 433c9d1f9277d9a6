/* Fuzzes the decoder of heartbeats, watched and not. */
#include <stdlib.h>

#include "dissectors/tls/heartbeat.h"
#include "tests/fuzz/fuzz.h"
#include "tests/handshake_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct field_row rows[16];
	struct trace trace = {.row = rows, .room = 16};
	struct faults faults = {0}, seen_faults = {0};
	struct heartbeat h, seen;
	struct bytes b = {data, size};
	struct reader r = reader_over(b, &faults, NULL);
	heartbeat_decode(&r, &h);
	r = reader_over(b, &seen_faults, &trace);
	heartbeat_decode(&r, &seen);
	if (h.type != seen.type || h.payload_len != seen.payload_len || h.lies != seen.lies)
		abort();
	if (memcmp(&faults, &seen_faults, sizeof faults) != 0)
		abort();
	if (h.lies != (size >= 3 && h.payload_len > size - 3))
		abort();
	if (broken_rows(&trace, size, faults.n) != NULL)
		abort();
	return 0;
}
