/* Drives what is said before TLS as the engine does: bytes that are not taken are kept and offered
 * again. TLS is where a message could begin and 0x16 0x03 stands. What came out is written as JSON,
 * so that two runs can be compared. Places are stream offsets plus 1, and 1000 more from the
 * server. */
#ifndef KEYHOLE_TESTS_OPENING_DRIVER_H
#define KEYHOLE_TESTS_OPENING_DRIVER_H

#include <stdlib.h>

#include "dissectors/starttls/starttls.h"
#include "src/output/json_parts.h"

enum { DRIVER_ROOM = 48 * 1024, SERVER_PLACE = 100000 };

struct driver_side {
	size_t len, used, need;
	bool begun, over, tls, all;
	uint8_t *byte; /* DRIVER_ROOM of them */
};

struct opening_driver {
	struct arena arena, words;
	struct preamble *preamble;
	struct session session;
	struct opening opening[OPENINGS_MOST];
	struct driver_side side[2];
	const char *broken; /* a sentence when a promise was broken */
};

static inline struct opening_driver *opening_driver_new(void)
{
	struct opening_driver *d = calloc(1, sizeof *d);
	if (d == NULL)
		return NULL;
	d->preamble = preamble_new(&d->arena);
	for (int i = 0; i < 2; i++)
		d->side[i].byte = malloc(DRIVER_ROOM);
	return d;
}

static inline void opening_driver_free(struct opening_driver *d)
{
	arena_free(&d->arena);
	arena_free(&d->words);
	free(d->side[CLIENT].byte);
	free(d->side[SERVER].byte);
	free(d);
}

static inline uint32_t opening_driver_place(void *ctx, enum side from, uint64_t at)
{
	struct opening_driver *d = ctx;
	if (at < d->side[from].used || at >= d->side[from].len)
		d->broken = "a place was asked for that is not being offered";
	return (uint32_t)at + 1 + (from == SERVER ? SERVER_PLACE : 0);
}

static inline bool opening_driver_first(struct opening_driver *d, enum side from, struct bytes b)
{
	struct driver_side *s = &d->side[from];
	enum look look = preamble_look(b, from, s->all);
	if (look == LOOK_MORE && s->all)
		d->broken = "there is no more";
	s->begun = look == LOOK_YES;
	s->over = look == LOOK_NO;
	s->need = b.len + 1;
	return s->begun;
}

/* Offers what is there until nothing more is taken. */
static inline void opening_driver_offer(struct opening_driver *d, enum side from)
{
	struct driver_side *s = &d->side[from];
	while (!s->over && s->used < s->len && (s->len - s->used >= s->need || s->all)) {
		struct bytes b = {s->byte + s->used, s->len - s->used};
		bool record = b.at[0] == 0x16 && !preamble_is_inside(d->preamble, from);
		if (record && b.len < 2 && !s->all) {
			s->need = 2;
			continue;
		}
		if (record && b.len > 1 && b.at[1] == 3) {
			if (s->begun)
				preamble_tls(d->preamble, from);
			s->over = s->tls = true;
			continue;
		}
		if (!s->begun && !opening_driver_first(d, from, b))
			continue;
		struct preamble_step step = preamble_take(d->preamble, from, s->used, b, s->all,
		                                          opening_driver_place, d);
		if (!step.strange && step.used == 0 && (step.need <= b.len || s->all))
			d->broken = "nothing was taken and no more is needed";
		if (step.used > b.len)
			d->broken = "more was taken than was there";
		s->over = step.strange;
		s->used += step.used;
		s->need = step.need;
		if (d->broken != NULL)
			return;
	}
}

/* Gives bytes of a side in pieces of `most`. */
static inline void opening_driver_bytes(struct opening_driver *d, enum side from, struct bytes b,
                                        size_t most)
{
	struct driver_side *s = &d->side[from];
	while (b.len > 0 && s->len < DRIVER_ROOM) {
		size_t n = b.len < most ? b.len : most;
		n = n < DRIVER_ROOM - s->len ? n : DRIVER_ROOM - s->len;
		memcpy(s->byte + s->len, b.at, n);
		s->len += n;
		b = (struct bytes){b.at + n, b.len - n};
		opening_driver_offer(d, from);
	}
}

static inline void opening_driver_over(struct opening_driver *d, enum side from)
{
	d->side[from].all = true;
	opening_driver_offer(d, from);
}

/* Gives what is told, as JSON and the findings' codes; valid until the driver is freed. */
static inline const char *opening_driver_tell(struct opening_driver *d)
{
	struct text t = text_new(&d->words);
	opening_driver_over(d, CLIENT);
	opening_driver_over(d, SERVER);
	d->session = (struct session){.arena = &d->arena};
	d->session.n_openings = preamble_tell(d->preamble, &d->arena, false, d->opening);
	d->session.opening = d->opening;
	opening_findings(&d->session);
	json_opening(&t, &d->session);
	for (uint32_t i = 0; i < d->session.n_found; i++) {
		text_char(&t, ' ');
		text_add(&t, finding_code((enum finding)d->session.found[i].code));
	}
	return text_z(&t);
}

#endif
