/* The ledger: who can know what, as a proof. One table of derivation rules for each key exchange;
 * decryption runs these rules, and "why not?" walks the same rules and reports the leaves that are
 * missing. It holds no secrets, only which are known. */
#ifndef KEYHOLE_MODEL_LEDGER_H
#define KEYHOLE_MODEL_LEDGER_H

#include "src/base/bytes.h"

enum thing {
	THING_NONE,
	/* on the wire */
	CLIENT_RANDOM,
	SERVER_RANDOM,
	ENCRYPTED_PREMASTER,
	CLIENT_SHARE,
	SERVER_SHARE,
	TICKET,
	HANDSHAKE_TRANSCRIPT, /* every handshake message up to ClientKeyExchange (for the extended
	                         master secret) */
	CIPHER_SUITE,
	/* held by somebody */
	SERVER_RSA_KEY,
	CLIENT_EPHEMERAL,
	SERVER_EPHEMERAL,
	EXTERNAL_PSK,
	TICKET_KEY,
	EARLIER_SECRET,       /* the secret of the session that is resumed */
	LOG_CLIENT_RANDOM,    /* key log: the master secret */
	LOG_CLIENT_HANDSHAKE, /* key log: CLIENT_HANDSHAKE_TRAFFIC_SECRET */
	LOG_SERVER_HANDSHAKE,
	LOG_CLIENT_TRAFFIC, /* key log: CLIENT_TRAFFIC_SECRET_0 */
	LOG_SERVER_TRAFFIC,
	LOG_CLIENT_EARLY, /* key log: CLIENT_EARLY_TRAFFIC_SECRET */
	LOG_PREMASTER,    /* key log: an RSA line, the premaster secret */
	/* derived */
	PREMASTER_SECRET,
	MASTER_SECRET,
	DH_SECRET,
	CLIENT_HANDSHAKE_KEYS, /* TLS 1.3 */
	SERVER_HANDSHAKE_KEYS,
	CLIENT_TALK_KEYS, /* the keys of application data; TLS <= 1.2: all sealed records */
	SERVER_TALK_KEYS,
	CLIENT_EARLY_KEYS,
	THINGS,
	FIRST_HELD = SERVER_RSA_KEY,
	FIRST_DERIVED = PREMASTER_SECRET,
};

/* Sets of things, one bit each. */
struct knowledge {
	uint64_t have;    /* on the wire in this capture, or held in the key ring and fitting */
	uint64_t refuted; /* held, tried, and shown wrong by a tag or by Finished */
};

enum rule_table {
	RULES_RSA,
	RULES_RSA_EMS,
	RULES_EPHEMERAL,
	RULES_EPHEMERAL_EMS,
	RULES_RESUMED,
	RULES_PSK,
	RULES_TLS13,
	RULES_TLS13_PSK, /* psk_ke: no half-keys */
	RULES_OTHER,     /* a key exchange of which only a key log is a way in here */
	RULES_UNKNOWN,
	RULE_TABLES
};

struct rule {
	uint8_t get;       /* enum thing */
	uint8_t from[4];   /* enum thing, THING_NONE ends */
	uint8_t how;       /* enum derivation: what src/secrets runs */
	const char *words; /* "RSA decryption", "PRF \"master secret\"" */
};

enum derivation {
	DERIVE_END,
	DERIVE_RSA,
	DERIVE_MASTER,
	DERIVE_EXTENDED_MASTER,
	DERIVE_EARLIER,
	DERIVE_FROM_LOG,
	DERIVE_KEY_BLOCK,
	DERIVE_DH,
	DERIVE_TRAFFIC,
	DERIVE_NEVER /* known rule, not run by this version */
};

/* Why something stays sealed: the slugs of the manual, in the order of keyhole-reasons(7). */
enum reason {
	REASON_NONE,
#define REASON(id, slug, sentence, opens) REASON_##id,
#include "src/model/reason.def"
#undef REASON
	REASONS,
};

/* Gives the rules (ended by .get == THING_NONE) of a table. */
const struct rule *ledger_rules(enum rule_table t);
/* Says whether `goal` can be derived from what is known. */
bool ledger_can(enum rule_table t, const struct knowledge *k, enum thing goal);
/* Gives the rules to run, in order, to reach `goal`; returns their number, 0 when it cannot be
 * reached or needs none. */
size_t ledger_plan(enum rule_table t, const struct knowledge *k, enum thing goal,
                   const struct rule **out, size_t room);
/* Gives the set of held things each of which, alone with the rest that is known, would open `goal`.
 */
uint64_t ledger_would_open(enum rule_table t, const struct knowledge *k, enum thing goal);
/* Gives the wire things that are missing on every way to `goal`. */
uint64_t ledger_missing_wire(enum rule_table t, const struct knowledge *k, enum thing goal);
const char *thing_words(enum thing t);

const char *reason_slug(enum reason r);
/* The sentence with "{}" where the session's own detail goes; and what would open it. */
const char *reason_sentence(enum reason r);
const char *reason_opens(enum reason r);

#endif
