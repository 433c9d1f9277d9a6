#include "src/model/sentences.h"
#include "ui/layout.h"

enum {
	TEXT_LINES = 16,
	LINE_BYTES = 400,
	NAME_BYTES = 64,
	CHAIN_NAMES = 3,
	RANDOM_SHOWN = 4,
	FRAMES_MOST = 16
};

/* Widths of the columns; the last takes what is left. */
struct columns {
	unsigned label, time, from, message, frames, bytes, see;
	const char *frame; /* the word before frame numbers */
};

static const struct columns wide = {4, 8, 2, 20, 6, 8, 6, "frame "};
static const struct columns narrow = {3, 7, 2, 18, 0, 7, 6, ""};

/* What the functions that draw a story share. */
struct page {
	struct text *t;
	const struct ui_style *style;
	const struct session *session;
	const struct vocabulary *words;
	const struct story *story;
	struct columns columns;
};

static unsigned detail_column(const struct columns *c)
{
	return c->label + c->time + c->from + c->message + c->frames + c->bytes + c->see + 9;
}

/* Frame numbers are never cut: their column is as wide as they are. */
static void measure_frames(struct page *p)
{
	struct text frames = text_new(p->t->arena);
	size_t most = 0;
	for (size_t i = 0; i < p->story->n_steps; i++) {
		text_clear(&frames);
		ui_frames(&frames, &p->story->step[i], FRAMES_MOST);
		most = frames.len > most ? frames.len : most;
	}
	p->columns.frames += (unsigned)most;
}

/* ---- what is special about each step ---- */

static void say_half_key(struct text *t, const struct page *p, uint16_t group)
{
	if (group == 0)
		return;
	text_add(t, ", half-key ");
	ui_name(t, p->words, REG_GROUP, group);
}

static void say_client_hello(struct text *t, const struct page *p)
{
	const struct client_hello *h = p->session->tls->client;
	if (h == NULL)
		return;
	ui_count(t, h->n_suites, "suite", "suites");
	if (h->flags & HELLO_KEY_SHARE)
		say_half_key(t, p, h->first_share);
	text_add(t, ", random ");
	text_hex_bytes(t, (struct bytes){h->random, RANDOM_SHOWN});
	text_add(t, "...");
}

static void say_server_hello(struct text *t, const struct page *p)
{
	const struct server_hello *h = p->session->tls->server;
	const struct vocabulary *w = p->words;
	if (h == NULL)
		return;
	text_add(t, "chose ");
	if (p->session->tls->version < 0x0304) {
		text_add(t, w->suite_kx(h->suite));
		text_add(t, ", ");
	}
	text_add(t, w->suite_cipher(h->suite));
	text_add(t, ", ");
	text_add(t, w->suite_hash(h->suite));
	say_half_key(t, p, h->group);
}

static struct bytes cert_name(const struct cert *c)
{
	return c->common_name.len > 0 ? c->common_name : c->subject;
}

static void say_chain(struct text *t, const struct page *p, enum side side)
{
	const struct chain *c = p->session->tls->chain[side];
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

static const char *check_words(uint8_t c)
{
	static const char *const words[] = {
		[CHECK_UNKNOWN] = "not known",
		[CHECK_OK] = "ok",
		[CHECK_EXPIRED] = "EXPIRED",
		[CHECK_NOT_YET_VALID] = "NOT YET VALID",
		[CHECK_WRONG_NAME] = "WRONG NAME",
		[CHECK_SELF_SIGNED] = "SELF-SIGNED",
		[CHECK_UNKNOWN_ROOT] = "UNKNOWN ROOT",
		[CHECK_MISSING_INTERMEDIATE] = "INTERMEDIATE MISSING",
		[CHECK_BAD_SIGNATURE] = "BAD SIGNATURE",
		[CHECK_UNREADABLE] = "NOT READABLE",
		[CHECK_OTHER] = "NOT OK",
	};
	return c < sizeof words / sizeof *words ? words[c] : "?";
}

static void say_what_client_did(struct text *t, const struct page *p)
{
	if (p->session->verdict[SERVER].first == CHECK_OK)
		return;
	if (session_established(p->session))
		text_add(t, "; the client went on");
	else if (story_find(p->story, STEP_FAILURE) != NULL)
		text_add(t, "; the talk failed");
}

static void say_check(struct text *t, const struct page *p)
{
	const struct verdict *v = &p->session->verdict[SERVER];
	if (!v->made) {
		text_add(t, "keyhole: saw no certificate");
		return;
	}
	if (v->chain == CHECK_OK && v->name == CHECK_OK && v->then == CHECK_OK &&
	    v->today == CHECK_OK) {
		text_add(t, "keyhole: chain, name, dates ok");
		return;
	}
	text_add(t, "keyhole: chain ");
	text_add(t, check_words(v->chain));
	text_add(t, ", name ");
	text_add(t, check_words(v->name));
	text_add(t, ", dates ");
	text_add(t, check_words(v->then));
	if (v->then == CHECK_OK && v->today != CHECK_OK && v->today != CHECK_UNKNOWN) {
		text_add(t, " (today ");
		text_add(t, check_words(v->today));
		text_char(t, ')');
	}
	say_what_client_did(t, p);
}

static void say_half_key_frames(struct text *t, const struct page *p, const struct step *step)
{
	text_add(t, "agreed by half-keys");
	uint16_t group = ui_group(p->session);
	if (group != 0) {
		text_char(t, ' ');
		ui_name(t, p->words, REG_GROUP, group);
	}
	if (step->n_spans > 0 && step->state == STEP_SILENT) {
		text_add(t, " in frames ");
		ui_frames(t, step, SIZE_MAX);
	}
}

static void say_secret(struct text *t, const struct page *p, const struct step *step)
{
	const struct chain *c = p->session->tls->chain[SERVER];
	switch (p->story->flavour) {
	case STORY_RSA:
		text_add(t, "secret locked with ");
		text_add(t, c != NULL && c->n_certs > 0 && c->cert[0]->readable
		                    ? c->cert[0]->key_kind
		                    : "the server's key");
		if (c != NULL && c->n_certs > 0 && c->cert[0]->key_bits > 0) {
			text_char(t, ' ');
			text_u64(t, c->cert[0]->key_bits);
		}
		return;
	case STORY_EPHEMERAL:
	case STORY_TLS13:
		say_half_key_frames(t, p, step);
		return;
	case STORY_RESUMED:
		text_add(t, "comes from an earlier session");
		return;
	case STORY_PSK:
		text_add(t, "from an earlier session");
		if (p->session->tls->server->flags & HELLO_KEY_SHARE)
			text_add(t, ", and new half-keys");
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
	text_add(t, "signature ");
	if (f->server_kx != NULL && f->server_kx->scheme != 0) {
		ui_name(t, p->words, REG_SIGNATURE_SCHEME, f->server_kx->scheme);
		text_char(t, ' ');
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

static void say_talk(struct text *t, const struct page *p)
{
	const struct talk *k = p->session->talk;
	const char *word[] = {" B up", " B down"};
	for (size_t side = 0; side < 2; side++) {
		if (!has_talk(&k[side]))
			continue;
		text_add(t, side == SERVER && has_talk(&k[CLIENT]) ? ", " : "");
		ui_talk_size(t, &k[side]);
		text_add(t, word[side]);
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

static const struct event *failure_event(const struct session *s)
{
	for (size_t i = 0; i < s->n_events; i++)
		if (s->event[i].kind == EVENT_ALERT && s->event[i].detail != 0)
			return &s->event[i];
	return NULL;
}

static void say_failure(struct text *t, const struct page *p, const struct step *step)
{
	const struct event *e = failure_event(p->session);
	text_add(t, side_word(step->from));
	if (e == NULL) {
		text_add(t, " sent a sealed alert before the handshake was over");
		return;
	}
	text_add(t, " said ");
	ui_name(t, p->words, REG_ALERT, e->detail);
	text_add(t, " (");
	text_u64(t, e->detail);
	text_char(t, ')');
	if (alert_sentence(e->detail) != NULL) {
		text_add(t, ": ");
		text_add(t, alert_sentence(e->detail));
	}
}

static void say_absent(struct text *t, const struct page *p, const struct step *step)
{
	bool old = p->story->flavour == STORY_RESUMED || p->story->flavour == STORY_PSK;
	if (step->state == STEP_NOT_CAPTURED)
		text_add(t, "not in this capture");
	else if (step->id == STEP_CERTIFICATE && old)
		text_add(t, "not shown again");
	else if (step->id == STEP_CERT_CHECK && old)
		text_add(t, "nothing to check: done in the earlier session");
	else if (step->id == STEP_PROOF && old)
		text_add(t, "none: shows only that both know the old secret");
	else
		text_add(t, "not sent");
}

static void say_sealed(struct text *t, const struct step *step)
{
	text_add(t, t->len > 0 ? "; " : "");
	if (step->why == REASON_TLS13_CERTIFICATE)
		text_add(t, reason_sentence(REASON_TLS13_CERTIFICATE));
	else
		text_add(t, reason_slug((enum reason)step->why));
}

static void say_of_step(struct text *t, const struct page *p, const struct step *step)
{
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
		say_chain(t, p, CLIENT);
		return;
	case STEP_CERT_CHECK:
		say_check(t, p);
		return;
	case STEP_SECRET:
		say_secret(t, p, step);
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
	case STEP_GOODBYE:
		say_goodbye(t, p);
		return;
	case STEP_FAILURE:
		say_failure(t, p, step);
		return;
	case STEP_GAP:
		text_add(t, "not in the capture; sent by the ");
		text_add(t, side_word(step->from));
		return;
	default:
		return;
	}
}

static void say_detail(struct text *t, const struct page *p, const struct step *step)
{
	if (step->state == STEP_NOT_SENT || step->state == STEP_NOT_CAPTURED) {
		say_absent(t, p, step);
		return;
	}
	say_of_step(t, p, step);
	bool sealed =
		step->state == STEP_SEEN && (step->see == SEE_SEALED || step->see == SEE_FAILED);
	if (sealed && step->id != STEP_GAP && step->why != REASON_NONE)
		say_sealed(t, step);
}

/* ---- the rows ---- */

static void draw_time(const struct page *p, const struct step *step)
{
	size_t from = p->t->len;
	moment start = p->session->start;
	if (step->time != MOMENT_UNKNOWN && start != MOMENT_UNKNOWN && step->state == STEP_SEEN) {
		text_add(p->t, step->time < start ? "" : "+");
		text_seconds(p->t, step->time - start, 3);
	}
	ui_cell(p->t, from, p->columns.time);
}

static void draw_from(const struct page *p, const struct step *step)
{
	static const char *const arrow[] = {"..", "C>", "<S", "<>"};
	bool connect = step->id == STEP_CONNECT && step->from != 0;
	size_t from = p->t->len;
	text_add(p->t, connect ? "--" : arrow[step->state == STEP_SEEN ? step->from & 3u : 0]);
	ui_cell(p->t, from, p->columns.from);
	text_char(p->t, ' ');
}

static void draw_message(const struct page *p, const struct step *step)
{
	const struct chain *c = NULL;
	if (step->id == STEP_CERTIFICATE)
		c = p->session->tls->chain[SERVER];
	text_add(p->t, step->message);
	if (c != NULL && step->state == STEP_SEEN) {
		text_add(p->t, " (");
		text_u64(p->t, c->n_certs + c->left_out);
		text_char(p->t, ')');
	}
}

static void draw_frames(const struct page *p, const struct step *step)
{
	size_t from = p->t->len;
	if (step->n_spans > 0) {
		text_add(p->t, p->columns.frame);
		ui_frames(p->t, step, FRAMES_MOST);
	}
	ui_cell(p->t, from, p->columns.frames);
}

static bool has_size(const struct step *step)
{
	return step->bytes > 0 && !step->shared && step->id != STEP_CONNECT &&
	       step->id != STEP_GOODBYE;
}

static void draw_bytes(const struct page *p, const struct step *step)
{
	struct text size = text_new(p->t->arena);
	if (has_size(step)) {
		text_u64(&size, step->bytes);
		text_add(&size, " B");
	}
	unsigned width = p->columns.bytes;
	text_repeat(p->t, ' ', size.len < width ? width - size.len : 0);
	text_add_n(p->t, size.at, size.len);
	text_add(p->t, "  ");
}

static void draw_seen(const struct page *p, const struct step *step)
{
	size_t from = p->t->len;
	draw_message(p, step);
	ui_cell(p->t, from, p->columns.message);
	draw_frames(p, step);
	draw_bytes(p, step);
	ui_see(p->t, p->style, step, p->columns.see);
}

static void draw_silent(const struct page *p, const struct step *step)
{
	const struct columns *c = &p->columns;
	size_t from = p->t->len;
	text_add(p->t, step->message);
	ui_cell(p->t, from, c->message + c->frames + c->bytes + 3);
	from = p->t->len;
	bool hidden = step->id == STEP_KEYS && step->why != REASON_NONE;
	text_add(p->t, hidden ? "HIDDEN" : "");
	ui_cell(p->t, from, c->see);
}

static void draw_step(const struct page *p, const struct step *step)
{
	size_t from = p->t->len;
	const char *label = step_label((enum step_id)step->id);
	text_repeat(p->t, ' ', p->columns.label - strlen(label));
	text_add(p->t, label);
	ui_cell(p->t, from, p->columns.label);
	draw_time(p, step);
	draw_from(p, step);
	if (step->state == STEP_SEEN)
		draw_seen(p, step);
	else
		draw_silent(p, step);
	struct text detail = text_new(p->t->arena);
	say_detail(&detail, p, step);
	unsigned column = detail_column(&p->columns);
	ui_wrap(p->t, p->style, ui_bytes(&detail), column, column);
}

static bool talk_is_readable(const struct step *step)
{
	return step->id == STEP_TALK || step->id == STEP_BEFORE;
}

/* ---- what stands below ---- */

static void below(const struct page *p, const char *head, const struct text *said,
                  enum ui_role role)
{
	unsigned column = (unsigned)strlen(head) + 1;
	struct bytes words = ui_bytes(said);
	if (words.len > 0 && words.at[0] == ' ')
		words = (struct bytes){words.at + 1, words.len - 1};
	ui_begin(p->t, p->style, role);
	text_add(p->t, head);
	ui_end(p->t, p->style);
	text_char(p->t, ' ');
	ui_wrap(p->t, p->style, words, column, 2);
}

static void draw_why_of(const struct page *p, enum side side)
{
	const struct tls_facts *f = p->session->tls;
	enum reason r = f->why[side];
	struct text said = text_new(p->t->arena);
	text_add(&said, reason_slug(r));
	text_add(&said, ": ");
	ui_reason(&said, p->session, r, side);
	if (f->why_frame[side] != 0 && strstr(f->why_detail[side], "frame") == NULL) {
		text_add(&said, " (frame ");
		text_u64(&said, f->why_frame[side]);
		text_char(&said, ')');
	}
	text_char(&said, '.');
	below(p, "Why:", &said, ROLE_HEAD);
	if (r == REASON_NO_FINISHED)
		return; /* there is nothing to open */
	text_clear(&said);
	text_add(&said, reason_opens(r));
	text_char(&said, '.');
	below(p, "Opens it:", &said, ROLE_HEAD);
}

static void draw_why(const struct page *p)
{
	const struct tls_facts *f = p->session->tls;
	if (f->why[CLIENT] != REASON_NONE)
		draw_why_of(p, CLIENT);
	if (f->why[SERVER] != REASON_NONE && f->why[SERVER] != f->why[CLIENT])
		draw_why_of(p, SERVER);
}

static void say_records(struct text *t, const struct tls_facts *f)
{
	uint64_t good = (uint64_t)f->verified_records[CLIENT] + f->verified_records[SERVER];
	uint64_t bad = (uint64_t)f->failed_records[CLIENT] + f->failed_records[SERVER];
	uint64_t sealed = (uint64_t)f->sealed_records[CLIENT] + f->sealed_records[SERVER];
	if (bad == 0 && good >= sealed) {
		text_add(t, " All ");
		ui_count(t, good, "record tag verified.", "record tags verified.");
		return;
	}
	text_char(t, ' ');
	text_grouped(t, good);
	text_add(t, " of ");
	ui_count(t, sealed, "sealed record", "sealed records");
	text_add(t, " opened and verified");
	if (bad > 0) {
		text_add(t, ", ");
		text_grouped(t, bad);
		text_add(t, " did not authenticate");
	}
	text_char(t, '.');
}

static void say_finished_both(struct text *t, const struct tls_facts *f)
{
	bool client = f->finished[CLIENT] == PROOF_VERIFIED;
	bool server = f->finished[SERVER] == PROOF_VERIFIED;
	if (f->finished[CLIENT] == PROOF_FAILED || f->finished[SERVER] == PROOF_FAILED)
		text_add(t, " Finished recomputed: DOES NOT MATCH.");
	else if (client && server)
		text_add(t, " Both Finished messages recomputed: match.");
	else if (client || server)
		text_add(t, client ? " The client's Finished recomputed: match."
		                   : " The server's Finished recomputed: match.");
}

static void draw_opened(const struct page *p)
{
	const struct tls_facts *f = p->session->tls;
	struct text said = text_new(p->t->arena);
	text_add(&said, "with ");
	if (f->key_name != NULL)
		ui_foreign_z(&said, p->style, f->key_name);
	else
		text_add(&said, "the secrets given");
	text_char(&said, '.');
	say_finished_both(&said, f);
	say_records(&said, f);
	below(p, "Opened", &said, ROLE_OPENED);
}

static void draw_later(const struct page *p)
{
	struct text said = text_new(p->t->arena);
	text_add(&said, later_sentence(p->session));
	below(p, "If the server's key is stolen later,", &said, ROLE_HEAD);
}

static void draw_loss(const struct page *p)
{
	const struct session *s = p->session;
	struct text said = text_new(p->t->arena);
	uint64_t gaps = s->gap_bytes[CLIENT] + s->gap_bytes[SERVER];
	if (s->midstream)
		text_add(&said, " The capture began after this connection did.");
	if (s->one_sided)
		text_add(&said, " Only one direction was captured.");
	if (gaps > 0) {
		text_char(&said, ' ');
		ui_count(&said, gaps, "byte is", "bytes are");
		text_add(&said, " missing.");
	}
	if (s->events_lost > 0)
		text_add(&said, " More happened than keyhole keeps of one session.");
	if (said.len > 0)
		below(p, "Not whole:", &said, ROLE_WARN);
}

/* The same of both sides is said once; what the last line says anyway is not said here. */
static bool is_said(const struct session *s, size_t at)
{
	if (s->found[at].code == FIND_TLS_NO_FORWARD_SECRECY)
		return true;
	for (size_t i = 0; i < at; i++)
		if (s->found[i].code == s->found[at].code)
			return true;
	return false;
}

static void draw_findings(const struct page *p)
{
	const struct session *s = p->session;
	for (size_t i = 0; i < s->n_found; i++) {
		struct text said = text_new(p->t->arena);
		if (is_said(s, i))
			continue;
		text_add(&said, finding_words((enum finding)s->found[i].code));
		if (s->found[i].frame > 0) {
			text_add(&said, " (frame ");
			text_u64(&said, s->found[i].frame);
			text_char(&said, ')');
		}
		below(p, "Note:", &said, ROLE_WARN);
	}
}

static void draw_below(const struct page *p)
{
	text_char(p->t, '\n');
	draw_loss(p);
	draw_findings(p);
	if (p->session->tls == NULL) {
		text_add(p->t, "Nothing is hidden here: whoever listens reads every word.\n");
		return;
	}
	if (ui_is_opened(p->session))
		draw_opened(p);
	draw_why(p);
	if (!p->story->failed)
		draw_later(p);
}

/* ---- the head ---- */

static void draw_head(const struct page *p)
{
	const struct session *s = p->session;
	struct text line = text_new(p->t->arena);
	text_endpoint(&line, &s->endpoint[CLIENT]);
	text_add(&line, " -> ");
	text_endpoint(&line, &s->endpoint[SERVER]);
	if (s->tls != NULL && s->tls->client != NULL && s->tls->client->sni.len > 0) {
		text_add(&line, "  \"");
		ui_foreign(&line, p->style, s->tls->client->sni, NAME_BYTES);
		text_char(&line, '"');
	}
	text_add(&line, s->tls == NULL ? "  no TLS" : "");
	if (s->tls != NULL && s->tls->version != 0) {
		text_add(&line, s->tls->version == 0x0300 ? "  " : "  TLS ");
		ui_version(&line, s->tls->version);
		text_add(&line, "  ");
		ui_name(&line, p->words, REG_SUITE, s->tls->suite);
	}
	if (s->start != MOMENT_UNKNOWN && s->end != MOMENT_UNKNOWN) {
		text_add(&line, "  ");
		text_seconds(&line, s->end - s->start, 3);
		text_add(&line, " s");
	}
	ui_begin(p->t, p->style, ROLE_HEAD);
	ui_wrap(p->t, p->style, ui_bytes(&line), 0, 2);
	ui_end(p->t, p->style);
	text_char(p->t, '\n');
}

static struct page page_of(struct text *t, const struct ui_style *style, const struct story *story,
                           const struct vocabulary *w)
{
	return (struct page){
		.t = t,
		.style = style,
		.session = story->session,
		.words = w,
		.story = story,
		.columns = ui_width(style) < UI_NARROW ? narrow : wide,
	};
}

void ui_detail(struct text *t, const struct ui_style *style, const struct story *story,
               const struct step *step, const struct vocabulary *w)
{
	struct page p = page_of(t, style, story, w);
	say_of_step(t, &p, step);
}

void ui_absence(struct text *t, const struct story *story, const struct step *step)
{
	struct page p = {.story = story};
	say_absent(t, &p, step);
}

void ui_conclusion(struct text *t, const struct ui_style *style, const struct story *story,
                   const struct vocabulary *w)
{
	struct page p = page_of(t, style, story, w);
	draw_below(&p);
}

void ui_story(struct text *t, const struct ui_style *style, const struct capture_facts *c,
              const struct session *s, const struct vocabulary *w)
{
	struct story story;
	story_build(s, w, &story);
	struct page p = page_of(t, style, &story, w);
	measure_frames(&p);
	if (c != NULL)
		ui_input_problems(t, style, c);
	draw_head(&p);
	for (size_t i = 0; i < story.n_steps; i++) {
		draw_step(&p, &story.step[i]);
		if (!talk_is_readable(&story.step[i]))
			continue;
		ui_talk_words(t, style, s, CLIENT, p.columns.label + 2);
		ui_talk_words(t, style, s, SERVER, p.columns.label + 2);
	}
	draw_below(&p);
}
