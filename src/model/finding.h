/* Findings: what is odd, wrong or dangerous in a session, by stable codes. The sentences are in
 * sentences.c. */
#ifndef KEYHOLE_MODEL_FINDING_H
#define KEYHOLE_MODEL_FINDING_H

#include "src/base/bytes.h"

enum finding {
#define FINDING(id, code, words) FIND_##id,
#include "src/model/finding.def"
#undef FINDING
	FINDINGS,
};

struct found {
	uint32_t frame; /* the first one; 0 unknown */
	uint32_t n;     /* how often */
	uint16_t code;  /* enum finding */
	uint8_t from;   /* enum side */
};

/* Gives the stable code, as "tls-ext-length". */
const char *finding_code(enum finding f);
/* Gives the plain sentence. */
const char *finding_words(enum finding f);

#endif
