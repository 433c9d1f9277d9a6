/* What a session comes to: losses, findings, what was opened, why not, and what if. */
#include "src/model/sentences.h"
#include "ui/layout.h"

enum { TLS13 = 0x0304, LOG_HEAD = 8, FATAL = 2 };

/* What the functions that say it share. */
struct page {
	struct text *t;
	const struct ui_style *style;
	const struct capture_facts *capture;
	const struct session *session;
	const struct vocabulary *words;
	const struct story *story;
};

void ui_below(struct text *t, const struct ui_style *style, const char *head,
              const struct text *said, enum ui_role role)
{
	unsigned column = (unsigned)strlen(head) + 1;
	struct bytes words = ui_bytes(said);
	if (words.len > 0 && words.at[0] == ' ')
		words = (struct bytes){words.at + 1, words.len - 1};
	ui_begin(t, style, role);
	text_add(t, head);
	ui_end(t, style);
	text_char(t, ' ');
	ui_wrap(t, style, words, column, 2);
}

static void below(const struct page *p, const char *head, const struct text *said,
                  enum ui_role role)
{
	ui_below(p->t, p->style, head, said, role);
}

static void say_frame(struct text *t, uint32_t frame)
{
	if (frame == 0)
		return;
	text_add(t, " (frame ");
	text_u64(t, frame);
	text_char(t, ')');
}

/* ---- why it is sealed ---- */

static bool log_opens(enum reason r)
{
	return r == REASON_EPHEMERAL || r == REASON_KEY_MISSING || r == REASON_KEY_MISMATCH ||
	       r == REASON_KEY_CANNOT || r == REASON_LOG_MISS || r == REASON_RESUMED ||
	       r == REASON_TICKET || r == REASON_PSK || r == REASON_EMS_GAP;
}

/* Adds the lines that a key log must have for this session. */
static void say_log_lines(struct text *t, const struct tls_facts *f)
{
	if (f->client == NULL || f->version == 0)
		return;
	text_add(t, " (-K with ");
	if (f->version >= TLS13)
		text_add(t,
		         "CLIENT_TRAFFIC_SECRET_0 and SERVER_TRAFFIC_SECRET_0 of client random ");
	else if (f->kx == KX_RSA && f->client_kx != NULL && !f->resumed) {
		text_add(t, "RSA ");
		text_hex_bytes(t, (struct bytes){f->client_kx->head, LOG_HEAD});
		text_add(t, " or CLIENT_RANDOM ");
	} else {
		text_add(t, "CLIENT_RANDOM ");
	}
	text_hex_bytes(t, (struct bytes){f->client->random, LOG_HEAD});
	text_add(t, "...)");
}

/* The lines stand behind the words "key log of either end", else at the end. */
static void say_opens(struct text *t, const struct tls_facts *f, enum reason r)
{
	static const char log[] = "key log of either end";
	const char *opens = reason_opens(r), *at = strstr(opens, log);
	size_t head = at == NULL ? strlen(opens) : (size_t)(at - opens) + sizeof log - 1;
	text_add_n(t, opens, head);
	if (log_opens(r))
		say_log_lines(t, f);
	text_add(t, opens + head);
	text_char(t, '.');
}

static void draw_why_of(const struct page *p, enum side side)
{
	const struct tls_facts *f = p->session->tls;
	enum reason r = f->why[side];
	struct text said = text_new(p->t->arena);
	text_add(&said, reason_slug(r));
	text_add(&said, ": ");
	ui_reason(&said, p->session, r, side);
	say_frame(&said, f->why_frame[side]);
	text_char(&said, '.');
	below(p, "Why:", &said, ROLE_HEAD);
	if (r == REASON_NO_FINISHED || r == REASON_NOT_HIDDEN)
		return; /* there is nothing to open */
	text_clear(&said);
	say_opens(&said, f, r);
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

/* ---- what was opened ---- */

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

/* ---- losses and findings ---- */

static bool cut_by_snap_length(const struct capture_facts *c)
{
	for (size_t i = 0; c != NULL && i < c->n_findings; i++)
		if (strcmp(c->finding[i].code, "snap-truncated") == 0)
			return true;
	return false;
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
		text_add(&said, " missing");
		text_add(&said, cut_by_snap_length(p->capture)
		                        ? ": the capture keeps only the beginning of packets "
		                          "(snap length)."
		                        : ".");
	}
	if (s->events_lost > 0)
		text_add(&said, " More happened than keyhole keeps of one session.");
	if (said.len > 0)
		below(p, "Not whole:", &said, ROLE_WARN);
}

/* The same of both sides is said once; what other lines say is not said here. */
static bool is_said(const struct session *s, size_t at)
{
	uint16_t code = s->found[at].code;
	if (code == FIND_TLS_NO_FORWARD_SECRECY || code == FIND_TCP_GAP ||
	    code == FIND_TCP_MIDSTREAM || code == FIND_TCP_ONE_SIDED ||
	    code == FIND_DECRYPT_KEY_MISMATCH || code == FIND_DECRYPT_MISSING_SECRET)
		return true;
	for (size_t i = 0; i < at; i++)
		if (s->found[i].code == code)
			return true;
	return false;
}

/* A hello of SSL 2.0's form may offer more than SSL 2.0. */
static void say_old_hello(struct text *t, uint16_t best)
{
	if (best == 0x0002) {
		text_add(t, ", which offers nothing newer");
		return;
	}
	text_add(t, best == 0x0300 ? ", which offers up to " : ", which offers up to TLS ");
	ui_version(t, best);
}

static void say_finding(struct text *t, const struct session *s, const struct found *f)
{
	const struct verdict *v = &s->verdict[SERVER];
	if (f->code == FIND_TLS_OLD_VERSION && s->tls != NULL && s->tls->version != 0)
		ui_old_version(t, s->tls->version);
	else if (f->from == SERVER && v->made && f->code == ui_finding_of(v->first))
		ui_verdict(t, s, true);
	else
		text_add(t, finding_words((enum finding)f->code));
	if (f->code == FIND_SSLV2 && s->tls != NULL && s->tls->client != NULL)
		say_old_hello(t, s->tls->client->best_version);
	if (f->from == CLIENT && strncmp(finding_code((enum finding)f->code), "cert-", 5) == 0)
		text_add(t, ", of the client");
	say_frame(t, f->frame);
	text_char(t, '.');
}

static void draw_findings(const struct page *p)
{
	const struct session *s = p->session;
	for (size_t i = 0; i < s->n_found; i++) {
		struct text said = text_new(p->t->arena);
		if (is_said(s, i))
			continue;
		say_finding(&said, s, &s->found[i]);
		below(p, "Note:", &said, ROLE_WARN);
	}
}

static void draw_failure(const struct page *p)
{
	const struct event *e = ui_failure(p->session);
	struct text said = text_new(p->t->arena);
	if (e == NULL || (!p->story->failed && e->level != FATAL))
		return;
	text_add(&said, e->from == CLIENT ? "the client said " : "the server said ");
	ui_failure_name(&said, p->words, e);
	text_add(&said, " (");
	text_u64(&said, e->detail);
	text_char(&said, ')');
	if (e->kind == EVENT_ALERT && alert_sentence(e->detail) != NULL) {
		text_add(&said, ": ");
		text_add(&said, alert_sentence(e->detail));
	}
	say_frame(&said, e->first_frame);
	text_char(&said, '.');
	below(p, "Failed:", &said, ROLE_WARN);
}

static void draw_without_tls(const struct page *p)
{
	bool clear = p->session->protocol == PROTOCOL_CLEAR;
	struct text said = text_new(p->t->arena);
	text_add(&said,
	         clear ? "not-hidden: nothing is hidden here: whoever listens reads every word."
	               : "no TLS that keyhole knows; what these bytes mean is not known.");
	below(p, "Why:", &said, ROLE_HEAD);
}

void ui_conclusion(struct text *t, const struct ui_style *style, const struct capture_facts *c,
                   const struct story *story, const struct vocabulary *w)
{
	struct page page = {t, style, c, story->session, w, story}, *p = &page;
	text_char(t, '\n');
	draw_loss(p);
	draw_findings(p);
	if (p->session->tls == NULL) {
		draw_without_tls(p);
		return;
	}
	draw_failure(p);
	ui_meaning(t, style, p->session, w);
	if (ui_is_opened(p->session))
		draw_opened(p);
	draw_why(p);
	if (!p->story->failed)
		draw_later(p);
}
