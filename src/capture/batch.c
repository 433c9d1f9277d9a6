#include "src/capture/packet.h"

#include <stdlib.h>

bool batch_new(struct batch *b, size_t room, size_t max_packets)
{
	*b = (struct batch){
		.room = room < BATCH_ROOM_MIN ? BATCH_ROOM_MIN : room,
		.max_packets = max_packets == 0 ? BATCH_PACKETS : max_packets,
	};
	b->buffer = malloc(b->room);
	b->packet = calloc(b->max_packets, sizeof *b->packet);
	if (b->buffer != NULL && b->packet != NULL)
		return true;
	batch_free(b);
	return false;
}

void batch_free(struct batch *b)
{
	free(b->buffer);
	free(b->packet);
	*b = (struct batch){0};
}
