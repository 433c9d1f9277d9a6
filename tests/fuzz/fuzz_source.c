/* Any bytes as a capture: packets lie inside their batch, are numbered in order, and are all
 * counted; damage has its sentence. */
#include <stdlib.h>

#include "src/capture/source.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_packets(const struct batch *b, uint32_t *frame)
{
	for (size_t i = 0; i < b->n_packets; i++) {
		const struct packet *p = &b->packet[i];
		require(p->data.at >= b->buffer && p->data.len > 0);
		require(p->data.len <= (size_t)(b->buffer + b->used - p->data.at));
		require(p->data.len <= LARGEST_PACKET && p->frame > *frame);
		*frame = p->frame;
	}
}

static void check_report(const struct source_report *r, enum source_state state, uint64_t packets)
{
	require(r->packets == packets && r->frames >= packets && r->bytes <= r->size);
	require((state == SOURCE_DAMAGED) == (r->problem[0] != 0));
}

static void take_secrets(void *ctx, struct bytes key_log)
{
	uint8_t *sum = ctx;
	for (size_t i = 0; i < key_log.len; i++)
		*sum = (uint8_t)(*sum + key_log.at[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct batch batch;
	if (batch.buffer == NULL)
		require(batch_new(&batch, 0, 16));
	char why[256];
	bool bad_filter;
	uint8_t sum = 0;
	struct source_options o = {.on_secrets = take_secrets, .ctx = &sum};
	struct source *s =
		source_open_bytes((struct bytes){data, size}, &o, why, sizeof why, &bad_filter);
	require(s != NULL);
	uint32_t frame = 0;
	uint64_t packets = 0;
	enum source_state state;
	do {
		state = source_read(s, &batch);
		check_packets(&batch, &frame);
		packets += batch.n_packets;
	} while (state == SOURCE_MORE);
	check_report(source_report(s), state, packets);
	source_close(s);
	return 0;
}
