/* Which session gave out a session id, a ticket or a pre-shared key: found again when a later
 * session of the same two addresses shows it. It keeps hashes and frame numbers, no secrets.
 *
 * At most ORIGIN_MOST are kept: the one noted first leaves first. */
#ifndef KEYHOLE_ENGINE_ORIGIN_H
#define KEYHOLE_ENGINE_ORIGIN_H

#include "src/model/session.h"

enum { ORIGIN_MOST = 2048 };

struct origins;

/* Makes an empty table; NULL without memory. */
struct origins *origins_new(uint64_t seed);
void origins_free(struct origins *o);
/* Notes that the session with these two endpoints, whose first frame that is, gave the value out;
 * without memory it is not noted. */
void origins_add(struct origins *o, const struct endpoint *endpoint, enum resumed_by by,
                 struct bytes value, uint32_t first_frame);
/* Gives the first frame of the session that gave it out last; 0 when none is known. */
uint32_t origins_find(const struct origins *o, const struct endpoint *endpoint, enum resumed_by by,
                      struct bytes value);

#endif
