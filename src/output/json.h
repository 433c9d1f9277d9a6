/* The native record: one JSON object a line, as schema/keyhole.session.schema.json describes it.
 * What is not known is absent. It adds to a text and keeps nothing; bytes that are not ours go
 * through text_json. */
#ifndef KEYHOLE_OUTPUT_JSON_H
#define KEYHOLE_OUTPUT_JSON_H

#include "src/base/text.h"
#include "src/model/capture_facts.h"

/* Adds a session's record (keyhole.session/1) with its '\n'. */
void json_session(struct text *t, const struct capture_facts *c, const struct session *s,
                  const struct vocabulary *w);
/* Adds a certificate as it stands in a chain: what pki_options.describe can be. */
void json_certificate(const struct cert *c, struct text *t);
/* Adds what is known of the whole input (keyhole.stats/1). */
void json_stats(struct text *t, const struct capture_facts *c);
/* Adds a trouble with an input (keyhole.error/1): its name, a stable code and a sentence; name and
 * sentence may hold foreign bytes. */
void json_error(struct text *t, const char *input, const char *code, const char *sentence);
/* Gives the number in a session's id: a hash (FNV-1a, 64 bits) of its endpoints and its first
 * frame. */
uint64_t json_session_id(const struct session *s);

#endif
