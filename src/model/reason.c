#include "src/model/session.h"

enum { SSL2 = 0x0002, TLS10 = 0x0301, FIRST_OPENED_DRAFT = 25 };

static uint64_t bit(unsigned thing)
{
	return UINT64_C(1) << thing;
}

static bool is_tls13(const struct tls_facts *t)
{
	return t->version == 0x0304 || tls13_draft(t->version) != 0;
}

bool session_is_opened_here(const struct tls_facts *t)
{
	uint8_t draft = tls13_draft(t->version);
	return draft != 0 ? draft >= FIRST_OPENED_DRAFT : t->version >= TLS10;
}

static uint32_t both_flags(const struct tls_facts *t)
{
	return t->client == NULL || t->server == NULL ? 0 : t->client->flags & t->server->flags;
}

static enum rule_table tls13_rules(const struct tls_facts *t)
{
	uint32_t flags = t->server == NULL ? 0 : t->server->flags;
	return (flags & HELLO_PSK) && !(flags & HELLO_KEY_SHARE) ? RULES_TLS13_PSK : RULES_TLS13;
}

/* SRP and Dragonfly are key agreements, with a password in them (RFC 5054, 2.6; RFC 8492, 4). */
static enum rule_table rules_of_kx(const struct tls_facts *t)
{
	bool ems = (both_flags(t) & HELLO_EMS) != 0;
	switch (t->kx) {
	case KX_RSA:
		return ems ? RULES_RSA_EMS : RULES_RSA;
	case KX_DHE:
	case KX_ECDHE:
	case KX_SRP:
	case KX_ECCPWD:
		return ems ? RULES_EPHEMERAL_EMS : RULES_EPHEMERAL;
	case KX_PSK:
	case KX_RSA_PSK:
	case KX_DHE_PSK:
	case KX_ECDHE_PSK:
	case KX_KRB5:
		return RULES_PSK;
	case KX_DH:
	case KX_ECDH:
	case KX_GOST:
		return RULES_OTHER;
	default:
		return RULES_UNKNOWN;
	}
}

enum rule_table session_rules(const struct session *s)
{
	const struct tls_facts *t = s->tls;
	if (t == NULL || t->version == 0 || !session_is_opened_here(t))
		return RULES_UNKNOWN;
	if (is_tls13(t))
		return tls13_rules(t);
	return t->resumed ? RULES_RESUMED : rules_of_kx(t);
}

uint64_t session_wire(const struct session *s)
{
	const struct tls_facts *t = s->tls;
	uint64_t set = 0;
	if (t == NULL)
		return 0;
	if (t->client != NULL)
		set |= bit(CLIENT_RANDOM) | (t->client->ticket_len > 0 ? bit(TICKET) : 0) |
		       (t->client->flags & HELLO_KEY_SHARE ? bit(CLIENT_SHARE) : 0);
	if (t->server != NULL)
		set |= bit(SERVER_RANDOM) |
		       (t->server->flags & HELLO_KEY_SHARE ? bit(SERVER_SHARE) : 0);
	if (t->client_kx != NULL)
		set |= bit(t->kx == KX_RSA ? ENCRYPTED_PREMASTER : CLIENT_SHARE);
	if (t->server_kx != NULL)
		set |= bit(SERVER_SHARE);
	return set;
}

/* Everything a reason is judged by: one walk over the rules, its results kept. */
struct view {
	const struct session *s;
	const struct tls_facts *t;
	enum side from;
	enum rule_table rules;
	enum thing goal;
	struct knowledge known;
	uint64_t missing; /* wire things without which no way leads to the goal */
	uint64_t opens;   /* held things each of which would open it */
	bool can;         /* nothing is missing by the rules */
};

static struct view look(const struct session *s, enum side from)
{
	struct view v = {.s = s, .t = s->tls, .from = from, .rules = session_rules(s)};
	v.goal = from == CLIENT ? CLIENT_TALK_KEYS : SERVER_TALK_KEYS;
	v.known = s->tls->known;
	v.known.have |= session_wire(s);
	v.missing = ledger_missing_wire(v.rules, &v.known, v.goal);
	v.opens = ledger_would_open(v.rules, &v.known, v.goal);
	v.can = ledger_can(v.rules, &v.known, v.goal);
	return v;
}

/* Says whether a wire thing that is not there is all that keeps the goal from being reached. */
static bool lacks_only(const struct view *v, enum thing wire)
{
	struct knowledge k = v->known;
	if (v->can || (k.have & bit(wire)))
		return false;
	k.have |= bit(wire);
	return ledger_can(v->rules, &k, v->goal);
}

static bool has_found(const struct session *s, enum finding code)
{
	for (uint32_t i = 0; i < s->n_found; i++)
		if (s->found[i].code == code)
			return true;
	return false;
}

static bool has_gap(const struct view *v)
{
	return v->s->gap_bytes[CLIENT] + v->s->gap_bytes[SERVER] > 0;
}

static bool supplied(const struct view *v, uint32_t what)
{
	return (v->t->supply & what) != 0;
}

/* ---- What each reason holds for ---- */

static bool not_hidden(const struct view *v)
{
	return (v->known.have & bit(CIPHER_SUITE)) && v->t->cipher == CIPHER_NULL;
}

static bool never_sealed(const struct view *v)
{
	return v->t->sealed_records[CLIENT] + v->t->sealed_records[SERVER] == 0;
}

static bool no_hello(const struct view *v)
{
	return v->t->client == NULL && v->t->server == NULL && !has_gap(v);
}

static bool begun_late(const struct view *v)
{
	return v->t->client == NULL && v->t->server == NULL && v->s->midstream;
}

static bool one_way(const struct view *v)
{
	return v->s->one_sided && v->missing != 0;
}

static bool at_a_limit(const struct view *v)
{
	return has_found(v->s, FIND_TCP_LIMIT) && has_gap(v);
}

/* A ServerHello that was cut before its suite names none: what is lost there is bytes. */
static bool no_way_known(const struct view *v)
{
	bool no_rules = v->rules == RULES_UNKNOWN || !(v->known.have & bit(CIPHER_SUITE));
	bool only_log = v->rules == RULES_OTHER && !supplied(v, SUPPLY_LOG);
	return supplied(v, SUPPLY_UNSUPPORTED) || (v->t->version != 0 && (no_rules || only_log));
}

static bool handshake_lost(const struct view *v)
{
	return v->missing != 0 || (v->t->version == 0 && has_gap(v));
}

static bool does_not_authenticate(const struct view *v)
{
	return v->t->failed_records[v->from] > 0 || supplied(v, SUPPLY_BAD_EXCHANGE);
}

static bool talk_lost(const struct view *v)
{
	return v->can && has_gap(v);
}

static bool transcript_lost(const struct view *v)
{
	return lacks_only(v, HANDSHAKE_TRANSCRIPT);
}

static bool exchange_lost(const struct view *v)
{
	return lacks_only(v, ENCRYPTED_PREMASTER);
}

static bool log_has_part(const struct view *v)
{
	bool early = v->from == CLIENT && v->t->log_missing == LOG_CLIENT_EARLY;
	return supplied(v, SUPPLY_LOG_HIT) && v->t->log_missing != THING_NONE && (early || !v->can);
}

static bool rsa_key_would_open(const struct view *v)
{
	return (v->opens & bit(SERVER_RSA_KEY)) != 0;
}

static bool key_is_locked(const struct view *v)
{
	return supplied(v, SUPPLY_KEY_LOCKED) && rsa_key_would_open(v);
}

static bool no_key_fits(const struct view *v)
{
	return supplied(v, SUPPLY_RSA_KEYS) && rsa_key_would_open(v);
}

static bool key_only_signs(const struct view *v)
{
	return supplied(v, SUPPLY_KEY_CANNOT) && rsa_key_would_open(v);
}

static bool log_misses(const struct view *v)
{
	return supplied(v, SUPPLY_LOG) && !supplied(v, SUPPLY_LOG_HIT) && !v->can;
}

static bool in_a_ticket(const struct view *v)
{
	return (v->opens & bit(TICKET_KEY)) != 0;
}

static bool from_earlier(const struct view *v)
{
	return (v->opens & bit(EARLIER_SECRET)) != 0;
}

static bool from_psk(const struct view *v)
{
	return (v->opens & bit(EXTERNAL_PSK)) != 0;
}

static bool half_keys(const struct view *v)
{
	return (v->opens & (bit(CLIENT_EPHEMERAL) | bit(SERVER_EPHEMERAL))) != 0;
}

static bool always(const struct view *v)
{
	(void)v;
	return true;
}

/* ---- What a reason's sentence is filled with ---- */

enum { DETAIL_ROOM = sizeof((struct tls_facts){0}).why_detail[0], HEAD_DIGITS = 8 };

struct words {
	char *at;
	size_t len;
};

static void say(struct words *w, const char *text)
{
	for (; *text != '\0' && w->len < DETAIL_ROOM - 1; text++)
		w->at[w->len++] = *text;
}

static void say_hex(struct words *w, const uint8_t *byte, size_t n_digits)
{
	for (size_t i = 0; i < n_digits && w->len < DETAIL_ROOM - 1; i++)
		w->at[w->len++] = "0123456789abcdef"[byte[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
}

static void say_number(struct words *w, uint64_t n)
{
	char digit[21] = {0};
	size_t at = sizeof digit - 1;
	do {
		digit[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	say(w, &digit[at]);
}

static const struct cert *shown(const struct view *v)
{
	const struct chain *c = v->t->chain[SERVER];
	return c != NULL && c->n_certs > 0 && c->cert[0]->readable ? c->cert[0] : NULL;
}

static bool ended_in_sight(const struct view *v)
{
	const struct session *s = v->s;
	bool alert = session_first(s, EVENT_ALERT, CLIENT) ||
	             session_first(s, EVENT_ALERT, SERVER) ||
	             session_first(s, EVENT_SSL2_ERROR, CLIENT) ||
	             session_first(s, EVENT_SSL2_ERROR, SERVER);
	bool whole = !s->midstream && !s->one_sided && !has_gap(v);
	return alert || (whole && s->ending == END_CLOSED);
}

static void say_no_talk(struct words *w, const struct view *v)
{
	say(w, ended_in_sight(v) ? ": there was no sealed talk"
	                         : ", as far as this capture goes: no sealed talk is in it");
}

static void say_nothing(struct words *w, const struct view *v)
{
	(void)w;
	(void)v;
}

static void say_null_cipher(struct words *w, const struct view *v)
{
	(void)v;
	say(w, "the cipher is NULL");
}

static void say_limit(struct words *w, const struct view *v)
{
	(void)v;
	say(w, "on bytes kept out of order");
}

static void say_version(struct words *w, uint16_t version)
{
	say(w, version == SSL2 ? "SSL 2.0" : version < TLS10 ? "SSL 3.0" : "TLS 1.3, draft ");
	if (tls13_draft(version) != 0)
		say_number(w, tls13_draft(version));
}

static void say_suite(struct words *w, const struct view *v)
{
	if (v->t->version != 0 && !session_is_opened_here(v->t)) {
		say_version(w, v->t->version);
		return;
	}
	uint8_t code[2] = {(uint8_t)(v->t->suite >> 8), (uint8_t)v->t->suite};
	say(w, "cipher suite 0x");
	say_hex(w, code, 4);
}

static void say_gap(struct words *w, const struct view *v)
{
	uint64_t n = v->s->gap_bytes[CLIENT] + v->s->gap_bytes[SERVER];
	if (n == 0) {
		say(w, "a part of the handshake is");
		return;
	}
	say_number(w, n);
	say(w, n == 1 ? " byte is" : " bytes are");
}

static void say_exchange(struct words *w, const struct view *v)
{
	if (supplied(v, SUPPLY_BAD_EXCHANGE))
		say(w, "; the locked secret does not open with the right key");
}

static void say_label(struct words *w, const struct view *v)
{
	say(w, thing_words((enum thing)v->t->log_missing));
}

static void say_passphrase(struct words *w, const struct view *v)
{
	(void)v;
	say(w, "no passphrase, or a wrong one");
}

static void say_head(struct words *w, const uint8_t *byte)
{
	say_hex(w, byte, HEAD_DIGITS);
	say(w, "...");
}

static void say_wanted(struct words *w, const struct view *v)
{
	const struct cert *c = shown(v);
	if (c == NULL)
		say(w, "(its certificate was not seen)");
	else
		say_head(w, c->spki_sha256);
}

static void say_both_keys(struct words *w, const struct view *v)
{
	say(w, "given ");
	say_head(w, v->t->fits_not);
	say(w, ", wanted ");
	say_wanted(w, v);
}

static void say_given(struct words *w, const struct view *v)
{
	say_head(w, v->t->fits_not);
}

static void say_random(struct words *w, const struct view *v)
{
	if (v->t->client != NULL)
		say_head(w, v->t->client->random);
}

/* With a pre-shared key and without a certificate nothing was signed. */
static bool server_signed(const struct view *v)
{
	if (is_tls13(v->t))
		return v->t->server != NULL && !(v->t->server->flags & HELLO_PSK);
	return v->t->server_kx != NULL && v->t->server_kx->signed_;
}

static void say_signed(struct words *w, const struct view *v)
{
	if (supplied(v, SUPPLY_KEY_FITS))
		say(w, "; the key you gave is the right one, but it only signed");
	else if (server_signed(v))
		say(w, "; the server's key only signed");
}

static void say_earlier(struct words *w, const struct view *v)
{
	if (v->t->server == NULL || v->t->server->session_id.len < HEAD_DIGITS / 2)
		return;
	say(w, ", whose session id is ");
	say_head(w, v->t->server->session_id.at);
}

/* ---- Which reason leads ---- */

/* Where several hold, the first one leads: that whose removal is nearest to opening. The words
 * above each say why it stands before those below it. */
static const struct candidate {
	enum reason reason;
	bool (*holds)(const struct view *);
	void (*fill)(struct words *, const struct view *);
	uint8_t event, by; /* what proves it: the first such event of that side */
} order[] = {
	/* where nothing is hidden no secret matters */
	{REASON_NOT_HIDDEN, not_hidden, say_null_cipher, EVENT_SERVER_HELLO, SERVER},
	/* where nothing was sealed there is nothing to open */
	{REASON_NO_FINISHED, never_sealed, say_no_talk, EVENT_ALERT, CLIENT},
	/* without both hellos no secret that anybody could give would fit */
	{REASON_NO_HANDSHAKE, begun_late, say_nothing, EVENT_SYN, CLIENT},
	/* a half that is missing as a whole explains every part missing from it */
	{REASON_ONE_WAY, one_way, say_nothing, EVENT_CLIENT_HELLO, CLIENT},
	/* our own limit can be raised, a gap of the capture cannot be filled */
	{REASON_LIMIT, at_a_limit, say_limit, EVENT_GAP, CLIENT},
	/* no gap explains the missing hellos: the capture just does not have them */
	{REASON_NO_HANDSHAKE, no_hello, say_nothing, EVENT_SYN, CLIENT},
	/* another key would not help here: this program cannot use it */
	{REASON_UNSUPPORTED, no_way_known, say_suite, EVENT_SERVER_HELLO, SERVER},
	/* what every way needs was not captured: again no secret helps */
	{REASON_GAP, handshake_lost, say_gap, EVENT_GAP, CLIENT},
	/* a secret was there and was tried: nothing else is as near */
	{REASON_TAG_FAILED, does_not_authenticate, say_exchange, EVENT_TALK, CLIENT},
	/* the secret is there and only bytes are missing */
	{REASON_GAP, talk_lost, say_gap, EVENT_GAP, CLIENT},
	/* the right key is there; it lacks a part of the handshake */
	{REASON_EMS_GAP, transcript_lost, say_nothing, EVENT_CLIENT_KEY_EXCHANGE, CLIENT},
	/* the right key is there; it lacks the locked secret itself */
	{REASON_GAP, exchange_lost, say_gap, EVENT_GAP, CLIENT},
	/* this session's log is there, one line short */
	{REASON_LOG_PART, log_has_part, say_label, EVENT_CLIENT_HELLO, CLIENT},
	/* a file is there; a word away from being tried */
	{REASON_PASSPHRASE, key_is_locked, say_passphrase, EVENT_CERTIFICATE, SERVER},
	/* the right kind of secret was given, but another's */
	{REASON_KEY_MISMATCH, no_key_fits, say_both_keys, EVENT_CERTIFICATE, SERVER},
	/* a key was given, of the wrong kind */
	{REASON_KEY_CANNOT, key_only_signs, say_given, EVENT_CERTIFICATE, SERVER},
	/* a log opens every kind of session, had it been this one's */
	{REASON_LOG_MISS, log_misses, say_random, EVENT_CLIENT_HELLO, CLIENT},
	/* nothing was given: the ticket names its key more closely than a session before does */
	{REASON_TICKET, in_a_ticket, say_nothing, EVENT_CLIENT_HELLO, CLIENT},
	/* nothing was given: the earlier session has it */
	{REASON_RESUMED, from_earlier, say_earlier, EVENT_SERVER_HELLO, SERVER},
	/* nothing was given: both ends hold it */
	{REASON_PSK, from_psk, say_nothing, EVENT_SERVER_HELLO, SERVER},
	/* nothing was given that could help, and nobody has it any more */
	{REASON_EPHEMERAL, half_keys, say_signed, EVENT_SERVER_KEY_EXCHANGE, SERVER},
	/* nothing was given: the server has it */
	{REASON_KEY_MISSING, rsa_key_would_open, say_wanted, EVENT_CLIENT_KEY_EXCHANGE, CLIENT},
	/* by the rules nothing is missing, so that it can only be bytes */
	{REASON_GAP, always, say_gap, EVENT_GAP, CLIENT},
};

static uint32_t frame_of(const struct view *v, const struct candidate *c)
{
	const struct session *s = v->s;
	if (c->event == EVENT_GAP && s->gap_bytes[v->from] > 0)
		return s->gap_frame[v->from];
	if (c->event == EVENT_GAP && s->gap_bytes[other_side(v->from)] > 0)
		return s->gap_frame[other_side(v->from)];
	if (c->event == EVENT_TALK && s->talk[v->from].first_frame != 0)
		return s->talk[v->from].first_frame;
	const struct event *e = session_first(s, (enum event_kind)c->event, (enum side)c->by);
	if (c->reason == REASON_NO_FINISHED) {
		e = e != NULL ? e : session_first(s, EVENT_ALERT, SERVER);
		return e != NULL ? e->last_frame : s->last_frame;
	}
	if (e == NULL && c->reason == REASON_EPHEMERAL)
		e = session_first(s, EVENT_SERVER_HELLO, SERVER);
	return e != NULL ? e->last_frame : s->first_frame;
}

/* Says whether something of this side was sealed and stays so. A side that has sealed nothing is
 * asked about where neither side has, and where what it said was lost. */
static bool stays_sealed(const struct session *s, enum side from)
{
	const struct tls_facts *t = s->tls;
	if (s->gap_bytes[from] > 0 && s->talk[from].records == 0)
		return true;
	if (t->sealed_records[from] == 0)
		return t->sealed_records[other_side(from)] == 0;
	return t->verified_records[from] < t->sealed_records[from];
}

static enum reason without_tls(const struct session *s, enum side from)
{
	bool clear = s->protocol == PROTOCOL_CLEAR && s->talk[from].records > 0;
	return clear ? REASON_NOT_HIDDEN : REASON_NONE;
}

enum reason session_reason(struct session *s, enum side from)
{
	struct tls_facts *t = s->tls;
	if (t == NULL)
		return without_tls(s, from);
	memset(t->why_detail[from], 0, sizeof t->why_detail[from]);
	t->why_frame[from] = 0;
	t->why[from] = REASON_NONE;
	if (!stays_sealed(s, from))
		return REASON_NONE;
	const struct view v = look(s, from);
	const struct candidate *c = order;
	while (!c->holds(&v)) /* the last one always does */
		c++;
	c->fill(&(struct words){t->why_detail[from], 0}, &v);
	t->why_frame[from] = frame_of(&v, c);
	t->why[from] = c->reason;
	return c->reason;
}

/* ---- The words of reason.def ---- */

static const struct {
	const char *slug, *sentence, *opens;
} reasons[REASONS] = {
	[REASON_NONE] = {"", "", ""},
#define REASON(id, slug, sentence, opens) [REASON_##id] = {slug, sentence, opens},
#include "src/model/reason.def"
#undef REASON
};

const char *reason_slug(enum reason r)
{
	return r < REASONS ? reasons[r].slug : "";
}

const char *reason_sentence(enum reason r)
{
	return r < REASONS ? reasons[r].sentence : "";
}

const char *reason_opens(enum reason r)
{
	return r < REASONS ? reasons[r].opens : "";
}
