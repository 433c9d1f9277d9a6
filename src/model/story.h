/* The story of a session: what happened, as the twelve steps that people learn, in the order in
 * which they happened. It is made from the session alone and says nothing that the session does not
 * say; the sentences beside it are in sentences.h. */
#ifndef KEYHOLE_MODEL_STORY_H
#define KEYHOLE_MODEL_STORY_H

#include "src/model/session.h"

enum step_id {
#define STEP(id, label, number, slug, message) STEP_##id,
#include "src/model/step.def"
#undef STEP
	STEPS,
};

/* The ways in which a session can go; each has its own order of steps. */
enum flavour {
	STORY_RSA,       /* the secret is locked and sent */
	STORY_EPHEMERAL, /* two half-keys, signed; TLS <= 1.2 */
	STORY_OTHER,     /* other key exchanges of TLS <= 1.2 */
	STORY_RESUMED,   /* TLS <= 1.2, an old secret */
	STORY_TLS13,
	STORY_PSK,        /* TLS 1.3 with an old secret */
	STORY_UNSIGNED,   /* two half-keys that nobody signed; TLS <= 1.2 */
	STORY_SHARED,     /* a key from outside of TLS in the place of a certificate; TLS <= 1.2 */
	STORY_SHARED13,   /* the same in TLS 1.3 */
	STORY_UNANSWERED, /* a hello, and no answer to it */
	STORY_LATE,       /* begun in the middle: no hello was seen */
	STORY_CLEAR,      /* no TLS: plain text */
	STORIES,
};

enum step_state {
	STEP_SEEN,   /* it has packets */
	STEP_SILENT, /* it never has a packet of its own: it happens inside somebody, or in another
	                step */
	STEP_NOT_SENT,     /* could have been sent, and was not */
	STEP_NOT_CAPTURED, /* must have been sent, and is not in the capture */
};

/* The frames of one message: its first and its last. */
struct span {
	uint32_t first, last;
};

enum { STEP_SPANS = 8, STORY_STEPS = 32, STORY_GAPS = 4 };

struct step {
	const char *message;          /* its name on the wire, or plain words; ours */
	moment time;                  /* of its first message; MOMENT_UNKNOWN without one */
	uint64_t bytes;               /* of its messages */
	struct span span[STEP_SPANS]; /* rising; silent steps: where they can be seen to happen */
	uint8_t n_spans, spans_left_out;
	uint8_t id;         /* enum step_id */
	uint8_t state;      /* enum step_state */
	uint8_t from;       /* bit 1 << side for each side that sent something */
	uint8_t see;        /* enum visibility, for steps seen */
	uint8_t why;        /* enum reason: why it stays sealed, or what hides what it made */
	uint8_t why_side;   /* enum side whose reason that is */
	uint8_t happens_in; /* number of the step in which a silent step happens; 0 none */
	bool shared;        /* bytes are those of sealed records that hold other steps too */
};

struct story {
	const struct session *session;
	uint8_t flavour; /* enum flavour */
	uint8_t n_steps;
	bool failed; /* the handshake was given up */
	struct step step[STORY_STEPS];
};

/* What must be remembered while events are put into steps one after the other; zeroed by the
 * caller. */
struct story_walk {
	bool retried, finished[2];
};

/* Tells the story of a session. `w` gives the names of alerts. */
void story_build(const struct session *s, const struct vocabulary *w, struct story *out);
/* Gives the step that the next event belongs to; STEPS for events that are no step of their own. */
enum step_id story_place(enum flavour flavour, struct story_walk *walk, const struct event *e);
/* Gives the flavour of a session. */
enum flavour story_flavour(const struct session *s);
/* Finds a step; NULL when the story has none. */
const struct step *story_find(const struct story *story, enum step_id id);

const char *step_label(enum step_id id);
const char *step_slug(enum step_id id);
uint8_t step_number(enum step_id id);
/* Says whether this is a step of the handshake taken behind it: the label is that of the step. */
bool step_is_later(enum step_id id);
const char *step_message(enum step_id id);
/* Gives "clear", "sealed", "opened" or "failed". */
const char *visibility_word(enum visibility v);

#endif
