/* What a handshake means beyond its single messages: how it was resumed, what became of early data,
 * who was asked to show himself. Data, filled by the conversation. */
#ifndef KEYHOLE_MODEL_MEANING_H
#define KEYHOLE_MODEL_MEANING_H

#include <stdint.h>

enum early_data {
	EARLY_DATA_NONE,    /* not offered */
	EARLY_DATA_OFFERED, /* what became of it cannot be told */
	EARLY_DATA_ACCEPTED,
	EARLY_DATA_REFUSED,
};

struct meaning {
	uint8_t early_data; /* enum early_data */
};

#endif
