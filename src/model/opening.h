/* What was said in clear before TLS began on the same connection: STARTTLS of many protocols, a
 * proxy's request, a PROXY line. Data, filled by the dissector of openings. A password is never
 * here: only that one was sent, and in which frame. */
#ifndef KEYHOLE_MODEL_OPENING_H
#define KEYHOLE_MODEL_OPENING_H

#include "src/base/bytes.h"

enum opening_protocol {
#define OPENING(id, slug, name, tunnel) OPEN_##id,
#include "src/model/opening.def"
#undef OPENING
	OPEN_PROTOCOLS,
};

/* What came of the upgrade to TLS; of a tunnel, what came of its request. */
enum upgrade {
	UPGRADE_NONE,      /* nobody spoke of it */
	UPGRADE_OFFERED,   /* offered; what the client made of it cannot be told */
	UPGRADE_NOT_TAKEN, /* offered, and the client went on in clear */
	UPGRADE_ASKED,     /* asked for; the answer was not seen */
	UPGRADE_ACCEPTED,
	UPGRADE_REFUSED,
};

enum opening_fact_kind {
#define OPENING_FACT(id, key, words) FACT_##id,
#include "src/model/opening_fact.def"
#undef OPENING_FACT
	OPENING_FACT_KINDS,
};

struct opening_fact {
	struct bytes value; /* foreign bytes, in the session's arena */
	uint8_t kind;       /* enum opening_fact_kind */
};

enum { OPENINGS_MOST = 4, OPENING_FACTS = 8 };

struct opening {
	uint8_t protocol; /* enum opening_protocol */
	uint8_t upgrade;  /* enum upgrade */
	uint8_t n_facts;
	bool offered; /* the server said that it can do TLS */
	bool cut;     /* there was more than keyhole keeps of an opening */
	uint32_t first_frame[2], last_frame[2]; /* of each side; 0: it said nothing */
	uint64_t bytes[2];
	struct bytes server_said;  /* its greeting */
	struct bytes client_named; /* itself, or whom it wants to reach */
	struct bytes said[2];      /* what was said, where it is text; secrets are taken out */
	uint32_t offered_frame, asked_frame, answered_frame;
	uint32_t user_frame;      /* in which a user name was sent; 0: in none */
	uint32_t password_frame;  /* in which a password was sent as it is */
	uint32_t login_frame;     /* in which a login was sent in another form */
	uint32_t behind_frame[2]; /* of bytes sent between the upgrade's word and TLS, by side */
	struct opening_fact fact[OPENING_FACTS];
};

struct session;

/* Gives "smtp". */
const char *opening_slug(enum opening_protocol p);
/* Gives "SMTP". */
const char *opening_name(enum opening_protocol p);
/* Says whether it leads to somebody else (CONNECT, SOCKS, PROXY). */
bool opening_is_tunnel(enum opening_protocol p);
/* Gives "accepted", "not-taken" and the like. */
const char *upgrade_slug(enum upgrade u);
/* Gives "unique_id". */
const char *opening_fact_key(enum opening_fact_kind k);
/* Gives "the connection is known as". */
const char *opening_fact_words(enum opening_fact_kind k);
/* Adds a session's findings about its openings. */
void opening_findings(struct session *s);

#endif
