/* One session unfolded: its messages with their bytes and field rows, as the replay with a watcher
 * gives them. Bounded; what was left out is counted. */
#ifndef KEYHOLE_MODEL_UNFOLD_H
#define KEYHOLE_MODEL_UNFOLD_H

#include "src/base/reader.h"
#include "src/model/session.h"

struct unfolded {
	struct event event;    /* kind, side, frames, visibility */
	struct bytes bytes;    /* the whole message with its head, or a record's (opened) payload */
	struct field_row *row; /* rows over `bytes`; NULL when it has no fields */
	uint32_t n_rows;
	struct faults faults;
	uint32_t record; /* number of its first record in this side's stream, from 1 */
};

struct unfold {
	struct unfolded *item;
	uint32_t n_items, room, left_out;
};

enum { UNFOLD_ITEMS = 512, UNFOLD_BYTES = 16 << 20, UNFOLD_ROWS = 4096 /* of one message */ };

#endif
