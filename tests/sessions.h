/* Sessions built by hand, one of each flavour, for the tests of what shows them. Their facts are
 * made up here, and the tests compare with what was put in. */
#ifndef KEYHOLE_TESTS_SESSIONS_H
#define KEYHOLE_TESTS_SESSIONS_H

#include "src/base/text.h"
#include "src/model/capture_facts.h"
#include "src/model/unfold.h"

enum sample {
	SAMPLE_RSA,
	SAMPLE_RSA_OPENED,
	SAMPLE_ECDHE,
	SAMPLE_TLS13,
	SAMPLE_TLS13_OPENED,
	SAMPLE_RETRY,
	SAMPLE_RESUMED,
	SAMPLE_PSK,
	SAMPLE_EXPIRED,
	SAMPLE_REFUSED, /* the client said unknown_ca */
	SAMPLE_LATE,
	SAMPLE_GAP,
	SAMPLE_CLIENT_CERTIFICATE,
	SAMPLE_UNANSWERED,
	SAMPLE_CLEAR,
	SAMPLE_HOSTILE, /* foreign bytes that no terminal may get */
	SAMPLES,
};

extern const struct vocabulary test_words;

/* The bytes that SAMPLE_HOSTILE has for every name and for its text. */
extern const char hostile[];
enum { HOSTILE_LEN = 38 };

/* Builds a session in the arena, with this number and its frames behind `frame`. */
struct session *sample_session(struct arena *a, enum sample kind, uint32_t number, uint32_t frame);
/* Gives facts of a capture with `n` TLS sessions. */
struct capture_facts sample_facts(const char *name, uint64_t n);

#endif
