#include "src/model/ledger.h"

/* The proof. A line says: this can be had from those, in this way. Of two ways to the same thing
 * the first is the one that is run. Sources: RFC 5246 and its forerunners (6.3, 7.4.7.1, 8.1), RFC
 * 7627 (4), RFC 5077 (4), RFC 4279 (2), RFC 8446 (7.1, 7.3), and the NSS key log format. */

/* Where several lines begin in the same way. */
#define READ                  "read from the key log"
#define EXPANSION             "PRF \"key expansion\""
#define RANDOMS               CLIENT_RANDOM, SERVER_RANDOM
#define KEY_BLOCK             {MASTER_SECRET, RANDOMS, CIPHER_SUITE}, DERIVE_KEY_BLOCK, EXPANSION
#define LOG_LINE(log)         {log, CLIENT_RANDOM}, DERIVE_FROM_LOG, READ
#define RSA_LINE              {LOG_PREMASTER, ENCRYPTED_PREMASTER}, DERIVE_FROM_LOG, READ
#define EXTENDED(secret, how) {secret, HANDSHAKE_TRANSCRIPT}, how, "PRF \"extended master secret\""
#define TRAFFIC(log)          {log, CLIENT_RANDOM, CIPHER_SUITE}, DERIVE_TRAFFIC, "HKDF \"key\", \"iv\""
#define TRANSCRIPT            HANDSHAKE_TRANSCRIPT, CIPHER_SUITE

static const struct rule rsa[] = {
	{MASTER_SECRET, LOG_LINE(LOG_CLIENT_RANDOM)},
	{PREMASTER_SECRET, RSA_LINE},
	{PREMASTER_SECRET, {ENCRYPTED_PREMASTER, SERVER_RSA_KEY}, DERIVE_RSA, "RSA decryption"},
	{MASTER_SECRET, {PREMASTER_SECRET, RANDOMS}, DERIVE_MASTER, "PRF \"master secret\""},
	{CLIENT_TALK_KEYS, KEY_BLOCK},
	{SERVER_TALK_KEYS, KEY_BLOCK},
	{0},
};

static const struct rule rsa_ems[] = {
	{MASTER_SECRET, LOG_LINE(LOG_CLIENT_RANDOM)},
	{PREMASTER_SECRET, RSA_LINE},
	{PREMASTER_SECRET, {ENCRYPTED_PREMASTER, SERVER_RSA_KEY}, DERIVE_RSA, "RSA decryption"},
	{MASTER_SECRET, EXTENDED(PREMASTER_SECRET, DERIVE_EXTENDED_MASTER)},
	{CLIENT_TALK_KEYS, KEY_BLOCK},
	{SERVER_TALK_KEYS, KEY_BLOCK},
	{0},
};

static const struct rule ephemeral[] = {
	{MASTER_SECRET, LOG_LINE(LOG_CLIENT_RANDOM)},
	{DH_SECRET, {CLIENT_SHARE, SERVER_EPHEMERAL}, DERIVE_DH, "Diffie-Hellman"},
	{DH_SECRET, {SERVER_SHARE, CLIENT_EPHEMERAL}, DERIVE_DH, "Diffie-Hellman"},
	{MASTER_SECRET, {DH_SECRET, RANDOMS}, DERIVE_NEVER, "PRF \"master secret\""},
	{CLIENT_TALK_KEYS, KEY_BLOCK},
	{SERVER_TALK_KEYS, KEY_BLOCK},
	{0},
};

static const struct rule ephemeral_ems[] = {
	{MASTER_SECRET, LOG_LINE(LOG_CLIENT_RANDOM)},
	{DH_SECRET, {CLIENT_SHARE, SERVER_EPHEMERAL}, DERIVE_DH, "Diffie-Hellman"},
	{DH_SECRET, {SERVER_SHARE, CLIENT_EPHEMERAL}, DERIVE_DH, "Diffie-Hellman"},
	{MASTER_SECRET, EXTENDED(DH_SECRET, DERIVE_NEVER)},
	{CLIENT_TALK_KEYS, KEY_BLOCK},
	{SERVER_TALK_KEYS, KEY_BLOCK},
	{0},
};

static const struct rule resumed[] = {
	{MASTER_SECRET, LOG_LINE(LOG_CLIENT_RANDOM)},
	{MASTER_SECRET,
         {EARLIER_SECRET},
         DERIVE_EARLIER,
         "the master secret of the earlier session"},
	{MASTER_SECRET, {TICKET, TICKET_KEY}, DERIVE_NEVER, "the ticket opened"},
	{CLIENT_TALK_KEYS, KEY_BLOCK},
	{SERVER_TALK_KEYS, KEY_BLOCK},
	{0},
};

static const struct rule psk[] = {
	{MASTER_SECRET, LOG_LINE(LOG_CLIENT_RANDOM)},
	{PREMASTER_SECRET, {EXTERNAL_PSK}, DERIVE_NEVER, "the pre-shared key"},
	{MASTER_SECRET, {PREMASTER_SECRET, RANDOMS}, DERIVE_NEVER, "PRF \"master secret\""},
	{CLIENT_TALK_KEYS, KEY_BLOCK},
	{SERVER_TALK_KEYS, KEY_BLOCK},
	{0},
};

static const struct rule tls13[] = {
	{CLIENT_EARLY_KEYS, TRAFFIC(LOG_CLIENT_EARLY)},
	{CLIENT_HANDSHAKE_KEYS, TRAFFIC(LOG_CLIENT_HANDSHAKE)},
	{SERVER_HANDSHAKE_KEYS, TRAFFIC(LOG_SERVER_HANDSHAKE)},
	{CLIENT_TALK_KEYS, TRAFFIC(LOG_CLIENT_TRAFFIC)},
	{SERVER_TALK_KEYS, TRAFFIC(LOG_SERVER_TRAFFIC)},
	{DH_SECRET, {CLIENT_SHARE, SERVER_EPHEMERAL}, DERIVE_DH, "Diffie-Hellman"},
	{DH_SECRET, {SERVER_SHARE, CLIENT_EPHEMERAL}, DERIVE_DH, "Diffie-Hellman"},
	{CLIENT_HANDSHAKE_KEYS, {DH_SECRET, TRANSCRIPT}, DERIVE_NEVER, "HKDF \"c hs traffic\""},
	{SERVER_HANDSHAKE_KEYS, {DH_SECRET, TRANSCRIPT}, DERIVE_NEVER, "HKDF \"s hs traffic\""},
	{CLIENT_TALK_KEYS, {DH_SECRET, TRANSCRIPT}, DERIVE_NEVER, "HKDF \"c ap traffic\""},
	{SERVER_TALK_KEYS, {DH_SECRET, TRANSCRIPT}, DERIVE_NEVER, "HKDF \"s ap traffic\""},
	{0},
};

static const struct rule tls13_psk[] = {
	{CLIENT_EARLY_KEYS, TRAFFIC(LOG_CLIENT_EARLY)},
	{CLIENT_HANDSHAKE_KEYS, TRAFFIC(LOG_CLIENT_HANDSHAKE)},
	{SERVER_HANDSHAKE_KEYS, TRAFFIC(LOG_SERVER_HANDSHAKE)},
	{CLIENT_TALK_KEYS, TRAFFIC(LOG_CLIENT_TRAFFIC)},
	{SERVER_TALK_KEYS, TRAFFIC(LOG_SERVER_TRAFFIC)},
	{CLIENT_HANDSHAKE_KEYS, {EXTERNAL_PSK, TRANSCRIPT}, DERIVE_NEVER, "HKDF \"c hs traffic\""},
	{SERVER_HANDSHAKE_KEYS, {EXTERNAL_PSK, TRANSCRIPT}, DERIVE_NEVER, "HKDF \"s hs traffic\""},
	{CLIENT_TALK_KEYS, {EXTERNAL_PSK, TRANSCRIPT}, DERIVE_NEVER, "HKDF \"c ap traffic\""},
	{SERVER_TALK_KEYS, {EXTERNAL_PSK, TRANSCRIPT}, DERIVE_NEVER, "HKDF \"s ap traffic\""},
	{0},
};

static const struct rule other[] = {
	{MASTER_SECRET, LOG_LINE(LOG_CLIENT_RANDOM)},
	{CLIENT_TALK_KEYS, KEY_BLOCK},
	{SERVER_TALK_KEYS, KEY_BLOCK},
	{0},
};

static const struct rule unknown[] = {{0}};

static const struct rule *const tables[RULE_TABLES] = {
	[RULES_RSA] = rsa,
	[RULES_RSA_EMS] = rsa_ems,
	[RULES_EPHEMERAL] = ephemeral,
	[RULES_EPHEMERAL_EMS] = ephemeral_ems,
	[RULES_RESUMED] = resumed,
	[RULES_PSK] = psk,
	[RULES_TLS13] = tls13,
	[RULES_TLS13_PSK] = tls13_psk,
	[RULES_OTHER] = other,
	[RULES_UNKNOWN] = unknown,
};

static const char *const words[THINGS] = {
	[CLIENT_RANDOM] = "the client random",
	[SERVER_RANDOM] = "the server random",
	[ENCRYPTED_PREMASTER] = "the encrypted premaster secret",
	[CLIENT_SHARE] = "the client's half-key",
	[SERVER_SHARE] = "the server's half-key",
	[TICKET] = "the session ticket",
	[HANDSHAKE_TRANSCRIPT] = "the whole handshake",
	[CIPHER_SUITE] = "the cipher suite",
	[SERVER_RSA_KEY] = "the server's RSA private key",
	[CLIENT_EPHEMERAL] = "the client's ephemeral private key",
	[SERVER_EPHEMERAL] = "the server's ephemeral private key",
	[EXTERNAL_PSK] = "the pre-shared key",
	[TICKET_KEY] = "the server's ticket key",
	[EARLIER_SECRET] = "the earlier session's secret",
	[LOG_CLIENT_RANDOM] = "CLIENT_RANDOM",
	[LOG_CLIENT_HANDSHAKE] = "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
	[LOG_SERVER_HANDSHAKE] = "SERVER_HANDSHAKE_TRAFFIC_SECRET",
	[LOG_CLIENT_TRAFFIC] = "CLIENT_TRAFFIC_SECRET_0",
	[LOG_SERVER_TRAFFIC] = "SERVER_TRAFFIC_SECRET_0",
	[LOG_CLIENT_EARLY] = "CLIENT_EARLY_TRAFFIC_SECRET",
	[LOG_PREMASTER] = "RSA",
	[PREMASTER_SECRET] = "the premaster secret",
	[MASTER_SECRET] = "the master secret",
	[DH_SECRET] = "the Diffie-Hellman secret",
	[CLIENT_HANDSHAKE_KEYS] = "the client's handshake keys",
	[SERVER_HANDSHAKE_KEYS] = "the server's handshake keys",
	[CLIENT_TALK_KEYS] = "the client's keys",
	[SERVER_TALK_KEYS] = "the server's keys",
	[CLIENT_EARLY_KEYS] = "the client's early keys",
};

enum { SOURCES = sizeof((struct rule){0}).from, RULES_MOST = 16 };

_Static_assert(sizeof tls13 / sizeof *tls13 <= RULES_MOST, "the longest table fits");

static uint64_t bit(unsigned thing)
{
	return UINT64_C(1) << thing;
}

static bool has(uint64_t set, unsigned thing)
{
	return set >> thing & 1;
}

const char *thing_words(enum thing t)
{
	return t < THINGS && words[t] != NULL ? words[t] : "";
}

const struct rule *ledger_rules(enum rule_table t)
{
	return tables[t < RULE_TABLES ? t : RULES_UNKNOWN];
}

/* The things on the left of an arrow. */
static uint64_t needs(const struct rule *r)
{
	uint64_t set = 0;
	for (size_t i = 0; i < SOURCES && r->from[i] != THING_NONE; i++)
		set |= bit(r->from[i]);
	return set;
}

/* Everything that follows from a set; each round adds a thing, so it ends. */
static uint64_t closure(const struct rule *rules, uint64_t known)
{
	uint64_t from[RULES_MOST];
	size_t n = 0;
	for (; rules[n].get != THING_NONE && n < RULES_MOST; n++)
		from[n] = needs(&rules[n]);
	for (uint64_t before = 0; before != known;) {
		before = known;
		for (size_t i = 0; i < n; i++)
			if ((from[i] & ~known) == 0)
				known |= bit(rules[i].get);
	}
	return known;
}

static bool follows(enum rule_table t, uint64_t known, enum thing goal)
{
	return has(closure(ledger_rules(t), known), goal);
}

static uint64_t usable(const struct knowledge *k)
{
	return k->have & ~k->refuted;
}

bool ledger_can(enum rule_table t, const struct knowledge *k, enum thing goal)
{
	return follows(t, usable(k), goal);
}

/* A plan that grows. `can` is what follows at all, so that no dead end is entered; `done` what the
 * plan has reached. */
struct plan {
	const struct rule *rules;
	uint64_t can, done;
	const struct rule **out;
	size_t n, room;
};

/* Puts the rules for `goal` behind those for what it needs. Rules never lead in a circle, and
 * `depth` holds even if they did. */
static void reach(struct plan *p, unsigned goal, int depth)
{
	if (has(p->done, goal) || depth == 0)
		return;
	const struct rule *r = p->rules;
	while (r->get != THING_NONE && (r->get != goal || (needs(r) & ~p->can) != 0))
		r++;
	for (size_t i = 0; i < SOURCES && r->get != THING_NONE && r->from[i] != THING_NONE; i++)
		reach(p, r->from[i], depth - 1);
	if (r->get != THING_NONE && p->n < p->room)
		p->out[p->n++] = r;
	p->done |= bit(goal);
}

size_t ledger_plan(enum rule_table t, const struct knowledge *k, enum thing goal,
                   const struct rule **out, size_t room)
{
	struct plan p = {.rules = ledger_rules(t), .done = usable(k), .out = out, .room = room};
	p.can = closure(p.rules, p.done);
	if (has(p.can, goal))
		reach(&p, goal, THINGS);
	return p.n;
}

/* All that stands on the left of an arrow: other things lead nowhere. */
static uint64_t mentioned(const struct rule *rules)
{
	uint64_t set = 0;
	for (const struct rule *r = rules; r->get != THING_NONE; r++)
		set |= needs(r);
	return set;
}

uint64_t ledger_would_open(enum rule_table t, const struct knowledge *k, enum thing goal)
{
	uint64_t set = 0, known = usable(k);
	uint64_t tried = mentioned(ledger_rules(t));
	if (follows(t, known, goal))
		return 0;
	for (unsigned held = FIRST_HELD; held < FIRST_DERIVED; held++)
		if (has(tried, held) && follows(t, known | bit(held), goal))
			set |= bit(held);
	return set;
}

uint64_t ledger_missing_wire(enum rule_table t, const struct knowledge *k, enum thing goal)
{
	uint64_t everything = bit(FIRST_DERIVED) - 2, set = 0;
	const struct rule *rules = ledger_rules(t); /* without rules nothing leads there */
	uint64_t tried = rules->get == THING_NONE ? everything : mentioned(rules);
	for (unsigned wire = CLIENT_RANDOM; wire < FIRST_HELD; wire++)
		if (has(tried & ~usable(k), wire) && !follows(t, everything & ~bit(wire), goal))
			set |= bit(wire);
	return set;
}
