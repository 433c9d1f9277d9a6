/* Proven master secrets of sessions, kept for those that take them up again (TLS <= 1.2). It does
 * not judge: what it gives is still to be shown right by a tag or a Finished.
 *
 * A secret is found by a session id or a ticket, and by the two addresses, whichever of them is the
 * client. At most EARLIER_MOST entries are kept: the one filed first leaves first. */
#ifndef KEYHOLE_SECRETS_EARLIER_H
#define KEYHOLE_SECRETS_EARLIER_H

#include "src/model/session.h"
#include "src/secrets/secret.h"

enum { EARLIER_MOST = 2048, HANDLE_BYTES = 32 };

struct earlier;

/* What a secret is found by: a digest, no secret. */
struct handle {
	uint8_t byte[HANDLE_BYTES];
	bool there; /* false: nothing is filed under it */
};

enum handle_kind { HANDLE_ID, HANDLE_TICKET };

struct filed {
	struct secret master;
	const char *key_name; /* what gave it; borrowed from the key ring */
};

/* Makes an empty table; NULL without memory. */
struct earlier *earlier_new(uint64_t seed);
/* Wipes it and gives it back. */
void earlier_free(struct earlier *e);
/* Gives the handle of a session id or ticket shown in session `s`; an empty value has none. */
struct handle earlier_handle(const struct session *s, enum handle_kind kind, struct bytes value);
/* Files it under the handle; the newest is the one that is found. Without memory it is not filed.
 */
void earlier_file(struct earlier *e, const struct handle *h, const struct filed *what);
/* Gives the newest that was filed, valid until the next call of earlier_file; NULL when there is
 * none. */
const struct filed *earlier_find(const struct earlier *e, const struct handle *h);
/* Says how many left to make room. */
uint64_t earlier_n_left(const struct earlier *e);

#endif
