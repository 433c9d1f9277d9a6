/* The parts of a session's record, one file each, and what they share. Not for others: they call
 * json.h. */
#ifndef KEYHOLE_OUTPUT_JSON_PARTS_H
#define KEYHOLE_OUTPUT_JSON_PARTS_H

#include "src/model/capture_facts.h"
#include "src/output/write.h"

/* The keys of the two sides. */
static const char *const json_side[] = {"c", "s"};

static inline struct bytes json_run(const uint8_t *at, size_t len)
{
	return (struct bytes){at, len};
}

/* Adds a number, and before it its name when it has one. */
void json_code_point(struct text *t, const char *name_key, const char *id_key,
                     const struct vocabulary *w, enum registry r, uint32_t code);

/* json_tls.c: what the two said, and what proves it. */
void json_tls(struct text *t, const struct session *s, const struct vocabulary *w);
/* Adds the certificates of a chain, as the members "chain" and "chain_left_out". */
void json_chain(struct text *t, const struct chain *c);
void json_verdict(struct text *t, const char *key, const struct verdict *v);
void json_proof(struct text *t, const struct session *s);

/* json_opening.c: what was said in clear before TLS. */
void json_opening(struct text *t, const struct session *s);

/* json_meaning.c: what the handshake means. */
void json_meaning(struct text *t, const struct session *s, const struct vocabulary *w);
/* json_prints.c: the fingerprints of what each side said. */
void json_client_prints(struct text *t, const struct fingerprints *p);
void json_server_prints(struct text *t, const struct fingerprints *p);

/* json_steps.c: what happened, what was talked, and why it stays sealed. */
void json_steps(struct text *t, const struct session *s, const struct vocabulary *w);
void json_talk(struct text *t, const struct session *s);
void json_why(struct text *t, const struct session *s);

#endif
