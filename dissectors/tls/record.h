/* The record layer's head (RFC 8446, 5.1; RFC 5246, 6.2.1). Heads only: what is inside is talk.c's
 * business. */
#ifndef KEYHOLE_TLS_RECORD_H
#define KEYHOLE_TLS_RECORD_H

#include "src/base/bytes.h"

enum content_type {
	CONTENT_CHANGE_CIPHER_SPEC = 20,
	CONTENT_ALERT = 21,
	CONTENT_HANDSHAKE = 22,
	CONTENT_APPLICATION_DATA = 23,
	CONTENT_HEARTBEAT = 24,
};

enum { RECORD_HEAD = 5 };

struct record_head {
	uint8_t type;
	uint16_t version;
	uint16_t len;
};

/* Reads a head; false with fewer than RECORD_HEAD bytes. */
bool record_head(struct bytes b, struct record_head *out);
/* Says whether type, version and length could be those of a real record. */
bool record_plausible(const struct record_head *h);
/* Looks for the next place where records begin: two plausible heads in a row, or one that ends
 * where the bytes end when `all` is set. Gives its offset, or b.len when there is none; `need` is
 * how many bytes must be there from the offset on before more can be said (0: found). */
size_t record_find(struct bytes b, bool all, size_t *need);

#endif
