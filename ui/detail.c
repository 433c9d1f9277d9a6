/* What is special about each step of a session, in a few words. */
#include "src/model/sentences.h"
#include "ui/layout.h"

/* A Certificate message without one: 4 bytes of head, 3 of length, in TLS 1.3 one of context. */
enum {
	NAME_BYTES = 64,
	CHAIN_NAMES = 3,
	RANDOM_SHOWN = 4,
	LEAST_CHALLENGE = 16,
	FATAL = 2,
	EMPTY_LIST = 8,
	MESSAGES_SHOWN = 24
};

/* What the functions that say it share. */
struct page {
	const struct ui_style *style;
	const struct session *session;
	const struct vocabulary *words;
	const struct story *story;
};

static bool is_known(const uint8_t random[32])
{
	static const uint8_t zeros[32];
	return memcmp(random, zeros, sizeof zeros) != 0;
}

/* A challenge of SSL 2.0 may be shorter than a random: it stands at the end of it. */
static void say_random(struct text *t, const uint8_t random[32], bool ssl2)
{
	size_t at = 0;
	if (!is_known(random))
		return;
	while (ssl2 && at < 32 - LEAST_CHALLENGE && random[at] == 0)
		at++;
	text_add(t, t->len > 0 ? ", random " : "random ");
	text_hex_bytes(t, (struct bytes){random + at, RANDOM_SHOWN});
	text_add(t, "...");
}

static void say_cut(struct text *t)
{
	text_add(t, t->len > 0 ? "; cut short" : "cut short: only its beginning is here");
}

/* After a retry the facts are those of the second hello; its random is that of the first. */
static void say_client_hello(struct text *t, const struct page *p)
{
	const struct client_hello *h = p->session->tls->client;
	if (h == NULL)
		return;
	bool half = (h->flags & HELLO_KEY_SHARE) && h->first_share != 0 &&
	            p->session->tls->version >= 0x0304 && !p->session->tls->hello_retry;
	if (h->n_suites > 0)
		ui_count(t, h->n_suites, "suite", "suites");
	if (half) {
		text_add(t, t->len > 0 ? ", half-key " : "half-key ");
		ui_name(t, p->words, REG_GROUP, h->first_share);
	} else {
		say_random(t, h->random, h->flags & HELLO_SSL2);
	}
	if (h->flags & HELLO_PARTIAL)
		say_cut(t);
}

static void say_server_hello(struct text *t, const struct page *p)
{
	const struct server_hello *h = p->session->tls->server;
	const struct vocabulary *w = p->words;
	if (h == NULL)
		return;
	if (p->session->tls->version == 0) {
		say_cut(t);
		return;
	}
	if (p->session->tls->version == 0x0002) {
		text_add(t,
		         "speaks SSL 2.0 and shows its certificate; the client picks the cipher");
		return;
	}
	text_add(t, "chose ");
	if (p->session->tls->version < 0x0304) {
		text_add(t, w->suite_kx(h->suite));
		text_add(t, p->session->tls->auth == AUTH_ANON ? "-anon, " : ", ");
	}
	text_add(t, w->suite_cipher(h->suite));
	text_add(t, ", ");
	text_add(t, w->suite_hash(h->suite));
}

static void say_retry(struct text *t, const struct page *p)
{
	const struct server_hello *h = p->session->tls->server;
	if (h == NULL || h->group == 0)
		return;
	text_add(t, "asks for half-key ");
	ui_name(t, p->words, REG_GROUP, h->group);
}

static void say_extensions(struct text *t, const struct page *p, const struct step *step)
{
	const struct server_hello *h = p->session->tls->server;
	if (step->see != SEE_OPENED || h == NULL || h->alpn.len == 0)
		return;
	text_add(t, "protocol inside: ");
	ui_foreign(t, p->style, h->alpn, NAME_BYTES);
}

static void say_ticket(struct text *t, const struct page *p)
{
	const struct tls_facts *f = p->session->tls;
	if (f->ticket_len == 0)
		return;
	text_add(t, "opaque, ");
	ui_count(t, f->ticket_len, "byte", "bytes");
	if (f->ticket_life == 0)
		return;
	text_add(t, ", for ");
	text_grouped(t, f->ticket_life);
	text_add(t, " s");
}

static struct bytes cert_name(const struct cert *c)
{
	return c->common_name.len > 0 ? c->common_name : c->subject;
}

static void say_raw_key(struct text *t, const struct raw_key *k)
{
	text_add(t, "raw public key, ");
	text_add(t, k->kind == NULL ? "not readable" : k->kind);
	if (k->bits > 0 && strncmp(k->kind, "EC", 2) != 0) {
		text_char(t, ' ');
		text_u64(t, k->bits);
	}
}

static void say_chain(struct text *t, const struct page *p, enum side side)
{
	const struct chain *c = p->session->tls->chain[side];
	if (p->session->tls->raw_key[side] != NULL)
		say_raw_key(t, p->session->tls->raw_key[side]);
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_certs && i < CHAIN_NAMES; i++) {
		text_add(t, i > 0 ? ", " : "");
		if (c->cert[i]->readable)
			ui_foreign(t, p->style, cert_name(c->cert[i]), NAME_BYTES);
		else
			text_add(t, "(not readable)");
	}
	if (c->n_certs > CHAIN_NAMES || c->left_out > 0) {
		text_add(t, ", and ");
		text_u64(t,
		         (c->n_certs > CHAIN_NAMES ? c->n_certs - CHAIN_NAMES : 0) + c->left_out);
		text_add(t, " more");
	}
	if (c->n_certs == 0)
		text_add(t, "an empty list");
}

/* Adds what of a verdict is not ok; the rest needs no word. */
static void say_faults(struct text *t, const struct verdict *v)
{
	const struct {
		uint8_t check;
		const char *unknown;
	} part[] = {{v->chain, "chain not known"},
	            {v->name, "no name to check"},
	            {v->then, "dates not known"}};
	size_t before = t->len;
	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		if (part[i].check == CHECK_OK)
			continue;
		text_add(t, t->len > before ? ", " : "");
		text_add(t, part[i].check == CHECK_UNKNOWN ? part[i].unknown
		                                           : ui_check_words(part[i].check));
	}
	text_add(t, t->len == before ? "chain, name, dates ok" : "");
}

static void say_check(struct text *t, const struct page *p)
{
	const struct verdict *v = &p->session->verdict[SERVER];
	text_add(t, "keyhole: ");
	if (p->session->tls->raw_key[SERVER] != NULL) {
		text_add(t, "nothing to verify: a raw key is known beforehand, or not");
		return;
	}
	if (!v->made) {
		const struct step *shown = story_find(p->story, STEP_CERTIFICATE);
		bool sealed = shown != NULL && shown->state == STEP_SEEN && shown->see != SEE_CLEAR;
		text_add(t, sealed ? "cannot see it" : "saw no certificate");
		return;
	}
	say_faults(t, v);
	if (v->chain == CHECK_SELF_SIGNED && p->session->tls->chain[SERVER]->cert[0]->unchecked)
		text_add(t, ", signature not checked: algorithm not known here");
	if (v->then == CHECK_OK && v->today != CHECK_OK && v->today != CHECK_UNKNOWN) {
		text_add(t, "; today ");
		text_add(t, ui_check_words(v->today));
	}
	if (v->first > CHECK_OK && ui_outcome(p->session) != NULL) {
		text_add(t, "; ");
		text_add(t, ui_outcome(p->session));
	}
}

static void say_agreed(struct text *t, const struct page *p)
{
	uint16_t group = ui_group(p->session);
	text_add(t, group_is_kem(group) ? "encapsulated by" : "agreed by half-keys");
	if (group == 0)
		return;
	text_char(t, ' ');
	ui_name(t, p->words, REG_GROUP, group);
}

static void say_locked(struct text *t, const struct page *p)
{
	const struct chain *c = p->session->tls->chain[SERVER];
	bool known =
		c != NULL && c->n_certs > 0 && c->cert[0]->readable && c->cert[0]->key_kind != NULL;
	text_add(t, "secret locked with ");
	text_add(t, known ? c->cert[0]->key_kind : "the server's key");
	if (!known || c->cert[0]->key_bits == 0)
		return;
	text_char(t, ' ');
	text_u64(t, c->cert[0]->key_bits);
}

static void say_shared(struct text *t, const struct page *p)
{
	const struct tls_facts *f = p->session->tls;
	bool tls13 = f->version >= 0x0304;
	text_add(t, "a key that both had before");
	if (tls13 ? !(f->server->flags & HELLO_KEY_SHARE) : f->kx == KX_PSK)
		return;
	text_add(t, ", new half-keys");
	if (ui_group(p->session) == 0)
		return;
	text_char(t, ' ');
	ui_name(t, p->words, REG_GROUP, ui_group(p->session));
}

/* Exchanges that are rare today. */
static const char *other_secret(uint8_t kx)
{
	switch (kx) {
	case KX_GOST:
		return "secret locked with the certificate's key";
	case KX_DH:
	case KX_ECDH:
		return "agreed by half-keys: the server's is the key of its certificate";
	case KX_SRP:
	case KX_ECCPWD:
		return "agreed by half-keys and a password, which is not sent";
	case KX_KRB5:
		return "secret locked with the key of a Kerberos ticket";
	default:
		return "";
	}
}

static void say_secret(struct text *t, const struct page *p)
{
	switch (p->story->flavour) {
	case STORY_RSA:
		say_locked(t, p);
		text_add(t, p->session->tls->kx == KX_RSA_PSK ? ", and a key that both had before"
		                                              : "");
		return;
	case STORY_SHARED:
	case STORY_SHARED13:
		say_shared(t, p);
		return;
	case STORY_OTHER:
		text_add(t, other_secret(p->session->tls->kx));
		return;
	case STORY_EPHEMERAL:
	case STORY_UNSIGNED:
	case STORY_TLS13:
		say_agreed(t, p);
		return;
	case STORY_RESUMED:
		text_add(t, "comes from an earlier session");
		return;
	case STORY_PSK:
		text_add(t, "an earlier secret");
		if (p->session->tls->server->flags & HELLO_KEY_SHARE)
			text_add(t, ", new half-keys");
		return;
	default:
		return;
	}
}

static const char *proof_words(uint8_t proof)
{
	static const char *const words[] = {
		[PROOF_NONE] = "not checked",
		[PROOF_VERIFIED] = "VERIFIED",
		[PROOF_FAILED] = "DOES NOT VERIFY",
		[PROOF_NEEDS] = "cannot be checked here",
	};
	return words[proof];
}

static void say_proof(struct text *t, const struct page *p, const struct step *step)
{
	const struct tls_facts *f = p->session->tls;
	if (step->state == STEP_SILENT) {
		text_add(t, "in step 10, by Finished");
		return;
	}
	if (step->state != STEP_SEEN || step->see == SEE_SEALED)
		return;
	if (f->server_kx != NULL && f->server_kx->scheme != 0) {
		ui_name(t, p->words, REG_SIGNATURE_SCHEME, f->server_kx->scheme);
		text_add(t, ", ");
	} else {
		text_add(t, "signature ");
	}
	text_add(t, proof_words(f->signature));
}

static void say_finished(struct text *t, const struct page *p, const struct step *step)
{
	const struct tls_facts *f = p->session->tls;
	bool client = step->from & 1u << CLIENT, server = step->from & 1u << SERVER;
	bool good = (!client || f->finished[CLIENT] == PROOF_VERIFIED) &&
	            (!server || f->finished[SERVER] == PROOF_VERIFIED);
	bool bad = (client && f->finished[CLIENT] == PROOF_FAILED) ||
	           (server && f->finished[SERVER] == PROOF_FAILED);
	if (bad)
		text_add(t, "recomputed: DOES NOT MATCH");
	else if (good)
		text_add(t, "recomputed: match");
	else if (p->story->flavour == STORY_RSA && server)
		text_add(t, "shows that step 6 was opened");
}

static bool has_talk(const struct talk *k)
{
	return k->records > 0 || k->bytes > 0;
}

/* Sent before the server had answered. */
static bool has_early_data(const struct session *s)
{
	const struct event *hello = session_first(s, EVENT_SERVER_HELLO, SERVER);
	return hello != NULL && s->talk[CLIENT].first_frame != 0 &&
	       s->talk[CLIENT].first_frame < hello->first_frame;
}

static void say_talk(struct text *t, const struct page *p)
{
	const struct talk *k = p->session->talk;
	const char *word[] = {" B up", " B down"};
	for (size_t side = 0; side < 2; side++) {
		if (!has_talk(&k[side]))
			continue;
		text_add(t, side == SERVER && has_talk(&k[CLIENT]) ? ", " : "");
		bool said = side == SERVER && ui_is_bound(&k[CLIENT]);
		text_add(t, ui_is_bound(&k[side]) && !said ? "at most " : "");
		ui_talk_size(t, &k[side], false);
		text_add(t, word[side]);
		if (side == CLIENT && p->session->tls != NULL && has_early_data(p->session))
			text_add(t, " (early data)");
	}
}

static const char *side_word(uint8_t from)
{
	return from == 1u << CLIENT ? "client" : from == 1u << SERVER ? "server" : "both";
}

static bool did(const struct session *s, enum event_kind kind, enum side side)
{
	return session_first(s, kind, side) != NULL;
}

static void say_ends(struct text *t, const struct session *s, enum event_kind kind,
                     const char *word)
{
	bool client = did(s, kind, CLIENT), server = did(s, kind, SERVER);
	if (!client && !server)
		return;
	text_add(t, t->len > 0 ? ", " : "");
	text_add(t, word);
	text_add(t, client && server ? "" : client ? " of the client" : " of the server");
}

static bool closed_well(const struct session *s, enum side side)
{
	for (size_t i = 0; i < s->n_events; i++)
		if (s->event[i].kind == EVENT_ALERT && s->event[i].from == side &&
		    s->event[i].detail == 0)
			return true;
	return false;
}

static void say_goodbye(struct text *t, const struct page *p)
{
	const struct session *s = p->session;
	bool client = closed_well(s, CLIENT), server = closed_well(s, SERVER);
	if (client || server) {
		text_add(t, "close_notify of ");
		text_add(t, client && server ? "both" : client ? "the client" : "the server");
	}
	if (s->protocol == PROTOCOL_TLS)
		say_ends(t, s, EVENT_SEALED_ALERT, "sealed alert");
	say_ends(t, s, EVENT_FIN, "FIN");
	say_ends(t, s, EVENT_RST, "cut off: RST");
}

static void say_failure(struct text *t, const struct page *p, const struct step *step)
{
	const struct event *e = ui_failure(p->session);
	text_add(t, "the ");
	text_add(t, side_word(step->from));
	bool end = p->story->failed || (e != NULL && e->level == FATAL);
	text_add(t, end ? " gave up" : " warned");
	text_add(t, e == NULL                     ? ": sealed alert"
	            : e->kind == EVENT_SSL2_ERROR ? ": error "
	                                          : ": alert ");
	if (e != NULL)
		text_u64(t, e->detail);
}

/* ---- the messages of a handshake inside ---- */

static void say_new_message(struct text *t, const struct event *e, int *from)
{
	static const char *const arrow[] = {"C> ", "<S "};
	text_add(t, *from == e->from ? ", " : t->len > 0 ? "; " : "");
	text_add(t, *from == e->from ? "" : arrow[e->from]);
	text_add(t, message_name((enum event_kind)e->kind));
	text_char(t, ' ');
	text_u64(t, e->first_frame);
	*from = e->from;
}

/* Names them in their order, each with its first frame. What is sealed has no name. */
static void say_new_keys(struct text *t, const struct page *p)
{
	const struct session *s = p->session;
	struct story_walk walk = {0};
	int from = -1;
	size_t n = 0, left_out = 0;
	for (size_t i = 0; i < s->n_events; i++) {
		const struct event *e = &s->event[i];
		if (story_place((enum flavour)p->story->flavour, &walk, e) != STEP_NEW_KEYS ||
		    message_name((enum event_kind)e->kind) == NULL)
			continue;
		if (n++ < MESSAGES_SHOWN)
			say_new_message(t, e, &from);
		else
			left_out++;
	}
	if (left_out == 0)
		return;
	text_add(t, "; ");
	ui_count(t, left_out, "message more", "messages more");
}

static void say_heartbeat(struct text *t, const struct page *p)
{
	const struct session *s = p->session;
	uint32_t n[2] = {0, 0};
	for (size_t i = 0; i < s->n_events; i++)
		if (s->event[i].kind == EVENT_HEARTBEAT)
			n[s->event[i].from]++;
	if (n[CLIENT] > 0) {
		text_u64(t, n[CLIENT]);
		text_add(t, " of the client");
	}
	if (n[SERVER] > 0) {
		text_add(t, n[CLIENT] > 0 ? ", " : "");
		text_u64(t, n[SERVER]);
		text_add(t, " of the server");
	}
}

static void say_client_chain(struct text *t, const struct page *p, const struct step *step)
{
	if (p->session->tls->chain[CLIENT] == NULL && step->see != SEE_SEALED &&
	    step->bytes <= EMPTY_LIST)
		text_add(t, "an empty list: it has none");
	say_chain(t, p, CLIENT);
}

/* Adds nothing when the steps are absent for no reason of their own. */
static const char *absent_without_certificate(const struct page *p, uint8_t id)
{
	const struct tls_facts *f = p->session->tls;
	bool shared = p->story->flavour == STORY_SHARED || p->story->flavour == STORY_SHARED13;
	bool word = f != NULL && (f->auth == AUTH_SRP || f->auth == AUTH_PWD);
	if (!shared && !word && p->story->flavour != STORY_UNSIGNED)
		return NULL;
	if (id == STEP_CERTIFICATE)
		return shared ? "none: the key that both had takes its place"
		       : word ? "none: the password takes its place"
		              : "none: nobody says who he is";
	if (id == STEP_CERT_CHECK)
		return "none: there is no certificate";
	if (id == STEP_PROOF)
		return shared ? "none: who makes step 10 has the key that both had"
		       : word ? "none: who makes step 10 knows the password or its verifier"
		              : "none: nobody proves who he is";
	return NULL;
}

static void say_absent(struct text *t, const struct page *p, const struct step *step)
{
	const char *none = absent_without_certificate(p, step->id);
	if (step->state == STEP_NOT_SENT && none != NULL) {
		text_add(t, none);
		return;
	}
	bool old = p->story->flavour == STORY_RESUMED || p->story->flavour == STORY_PSK;
	if (step->state == STEP_NOT_CAPTURED)
		text_add(t, "not in this capture");
	else if (step->id == STEP_CERTIFICATE && old)
		text_add(t, "not shown again");
	else if (step->id == STEP_CERT_CHECK && old)
		text_add(t, "none: it was done in that session");
	else if (step->id == STEP_PROOF && old)
		text_add(t, "none: both know the old secret");
	else
		text_add(t, "not sent");
}

static void say_later(struct text *t, const struct page *p, const struct step *step)
{
	text_add(t, "after the handshake");
	size_t before = t->len;
	text_add(t, ": ");
	if (step->id == STEP_ASKED_LATER)
		text_add(t, "asks who the client is");
	else if (step->id == STEP_CLIENT_CERTIFICATE_LATER)
		say_client_chain(t, p, step);
	else if (step->id == STEP_CLIENT_PROOF_LATER)
		text_add(t, "signed with the client's key");
	if (t->len == before + 2)
		t->len = before;
}

static void say_of_step(struct text *t, const struct page *p, const struct step *step)
{
	if (step_is_later((enum step_id)step->id)) {
		say_later(t, p, step);
		return;
	}
	switch (step->id) {
	case STEP_CLIENT_HELLO:
		say_client_hello(t, p);
		return;
	case STEP_SERVER_HELLO:
		say_server_hello(t, p);
		return;
	case STEP_CERTIFICATE:
		say_chain(t, p, SERVER);
		return;
	case STEP_CLIENT_CERTIFICATE:
		say_client_chain(t, p, step);
		return;
	case STEP_CERT_CHECK:
		say_check(t, p);
		return;
	case STEP_RETRY:
		say_retry(t, p);
		return;
	case STEP_EXTENSIONS:
		say_extensions(t, p, step);
		return;
	case STEP_ASKED:
		text_add(t, "asks who the client is");
		return;
	case STEP_CLIENT_PROOF:
		text_add(t, step->see == SEE_SEALED ? "" : "signed with the client's key");
		return;
	case STEP_TICKET:
		say_ticket(t, p);
		return;
	case STEP_SECRET:
		say_secret(t, p);
		return;
	case STEP_PROOF:
		say_proof(t, p, step);
		return;
	case STEP_FINISHED:
	case STEP_FINISHED_CLIENT:
	case STEP_FINISHED_SERVER:
		say_finished(t, p, step);
		return;
	case STEP_KEYS:
		text_add(t, ui_is_opened(p->session) ? "computed here too"
		                                     : "known to the two ends alone");
		return;
	case STEP_SWITCH:
		text_add(t, p->session->tls->version >= 0x0304 ? "for old middleboxes, no meaning"
		                                               : "");
		return;
	case STEP_TALK:
		say_talk(t, p);
		return;
	case STEP_NEW_KEYS:
		say_new_keys(t, p);
		return;
	case STEP_HEARTBEAT:
		say_heartbeat(t, p);
		return;
	case STEP_GOODBYE:
		say_goodbye(t, p);
		return;
	case STEP_FAILURE:
		say_failure(t, p, step);
		return;
	case STEP_GAP:
		text_add(t, "not in the capture");
		return;
	default:
		return;
	}
}

/* Says why this row is sealed where that is not what is said below for the whole session. */
static void say_own_reason(struct text *t, const struct page *p, const struct step *step)
{
	const struct tls_facts *f = p->session->tls;
	bool sealed =
		step->state == STEP_SEEN && (step->see == SEE_SEALED || step->see == SEE_FAILED);
	if (!sealed || f == NULL || step->id == STEP_GAP || step->why == REASON_NONE ||
	    step->why == f->why[CLIENT] || step->why == f->why[SERVER])
		return;
	text_add(t, t->len > 0 ? "; " : "");
	text_add(t, step->why == REASON_TLS13_CERTIFICATE ? "TLS 1.3 hides it from listeners"
	                                                  : reason_slug((enum reason)step->why));
}

static struct page page_of(const struct ui_style *style, const struct story *story,
                           const struct vocabulary *w)
{
	return (struct page){.style = style, .session = story->session, .words = w, .story = story};
}

void ui_detail(struct text *t, const struct ui_style *style, const struct story *story,
               const struct step *step, const struct vocabulary *w)
{
	struct page p = page_of(style, story, w);
	if (step->state == STEP_NOT_SENT || step->state == STEP_NOT_CAPTURED)
		say_absent(t, &p, step);
	else
		say_of_step(t, &p, step);
}

void ui_row_detail(struct text *t, const struct ui_style *style, const struct story *story,
                   const struct step *step, const struct vocabulary *w)
{
	struct page p = page_of(style, story, w);
	ui_detail(t, style, story, step, w);
	say_own_reason(t, &p, step);
}
