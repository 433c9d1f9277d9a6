/* What is said before TLS: STARTTLS of many protocols, requests to proxies, PROXY lines. Each
 * side's bytes are cut into messages on their own, so that nothing hangs on how both sides'
 * segments lie; what the messages mean is asked only when all of them are there. It does not look
 * for TLS: the caller does, before each message. */
#ifndef KEYHOLE_STARTTLS_STARTTLS_H
#define KEYHOLE_STARTTLS_STARTTLS_H

#include "src/base/address.h"
#include "src/base/arena.h"
#include "src/model/opening.h"

enum {
	PREAMBLE_KEPT = 1024,       /* bytes of a message that are kept */
	PREAMBLE_BYTES = 16 * 1024, /* of a side's opening; beyond that it is given up */
	PREAMBLE_MESSAGES = 256,    /* of a side */
};

struct preamble;

enum look {
	LOOK_NO,   /* not the beginning of anything known here */
	LOOK_MORE, /* too few bytes to say */
	LOOK_YES,
};

/* Says how a side's first bytes look; `all` means that no more will come. */
enum look preamble_look(struct bytes b, enum side from, bool all);

/* Makes one in the arena; NULL without memory. */
struct preamble *preamble_new(struct arena *a);

/* Gives the token for the place of a byte that is being offered, as `at` bytes behind the first. */
typedef uint32_t preamble_place(void *ctx, enum side from, uint64_t at);

/* What became of the bytes offered. */
struct preamble_step {
	size_t used;
	size_t need;  /* not 0: nothing can be said before so many bytes are there */
	bool strange; /* the opening of this side is over: no message of it stands here */
};

/* Takes one message from the front of the bytes; `at` is the stream offset of the first. */
struct preamble_step preamble_take(struct preamble *p, enum side from, uint64_t at, struct bytes b,
                                   bool all, preamble_place *place, void *ctx);
/* Says whether a message of this side goes on, so that nothing else can begin. */
bool preamble_is_inside(const struct preamble *p, enum side from);
/* TLS was found where the side's last message ended. */
void preamble_tls(struct preamble *p, enum side from);

/* Says whether a side said anything that is known here. */
bool preamble_spoke(const struct preamble *p, enum side from);

/* Tells what the messages of both sides mean; gives how many openings there are, outermost first.
 * `swapped`: the flow's SERVER is the client. What they refer to is in the arena. */
uint32_t preamble_tell(struct preamble *p, struct arena *a, bool swapped,
                       struct opening out[OPENINGS_MOST]);

#endif
