/* Collects what the watcher of a replay is shown, within bounds. */
#include "src/engine/live.h"

void unfold_seen(void *ctx, const struct tls_seen *seen)
{
	const struct shard *s = ctx;
	const struct replay *r = s->job->replay;
	struct unfold *u = r->out;
	if (u->n_items == UNFOLD_ITEMS || r->arena->held + seen->bytes.len > UNFOLD_BYTES) {
		u->left_out++;
		return;
	}
	if (u->item == NULL)
		u->item = arena_take(r->arena, UNFOLD_ITEMS * sizeof *u->item);
	if (u->item == NULL) {
		u->left_out++;
		return;
	}
	struct unfolded *one = &u->item[u->n_items++];
	*one = (struct unfolded){
		.event = seen->event,
		.bytes = arena_keep(r->arena, seen->bytes),
		.faults = seen->faults,
		.record = seen->record,
	};
	if (seen->trace == NULL || seen->trace->n_rows == 0)
		return;
	one->row = arena_take(r->arena, seen->trace->n_rows * sizeof *one->row);
	if (one->row == NULL)
		return;
	memcpy(one->row, seen->trace->row, seen->trace->n_rows * sizeof *one->row);
	one->n_rows = seen->trace->n_rows;
}
