/* What the handshake means: the lines below the story, and the paragraphs beside single steps. */
#include "src/model/sentences.h"
#include "ui/layout.h"

enum { NAME_BYTES = 64 };

/* What the functions that say it share. */
struct page {
	struct text *t;
	const struct ui_style *style;
	const struct session *session;
	const struct vocabulary *words;
};

static void say_version(struct text *t, uint16_t version)
{
	text_add(t, version <= 0x0300 ? "" : "TLS ");
	ui_version(t, version);
}

static void say_frame(struct text *t, const char *before, uint32_t frame)
{
	if (frame == 0)
		return;
	text_add(t, before);
	text_add(t, "frame ");
	text_u64(t, frame);
}

static void say_guessed(struct text *t, bool guessed)
{
	text_add(t, guessed ? " (by order and length of sealed records: not certain)" : "");
}

/* ---- the version ---- */

static void say_fallback(struct text *t, const struct version_choice *v)
{
	if (v->fallback) {
		text_add(t, t->len > 0 ? "; " : "");
		text_add(t, "the client says that it tried a higher version before "
		            "(TLS_FALLBACK_SCSV)");
	}
	if (v->refused == 0)
		return;
	text_add(t, t->len > 0 ? "; " : "");
	text_add(t, "the server refused to go lower");
	say_frame(t, " (", v->refused);
	text_char(t, ')');
}

static void draw_version(const struct page *p)
{
	struct version_choice v = meaning_version(p->session);
	const struct tls_facts *f = p->session->tls;
	struct text said = text_new(p->t->arena);
	if (v.cause == VERSION_BY_SERVER) {
		text_add(&said, "the client offered up to ");
		say_version(&said, f->client->best_version);
		text_add(&said, ", the server chose ");
		say_version(&said, f->version);
	}
	say_fallback(&said, &v);
	if (said.len == 0)
		return;
	text_char(&said, '.');
	ui_below(p->t, p->style, "Version:", &said, ROLE_HEAD);
}

/* ---- resumption ---- */

static void say_origin(struct text *t, const struct session *s, const struct resumption *r)
{
	uint32_t number = s->tls->meaning.from_number;
	if (number != 0) {
		text_add(t, "session ");
		text_u64(t, number);
	} else if (r->from != 0) {
		text_add(t, "the session that begins with frame ");
		text_u64(t, r->from);
	} else if (r->by == RESUMED_BY_PSK) {
		text_add(t, "an earlier session, whose ticket is sealed or not captured");
	} else {
		text_add(t, "a session that this capture does not show");
	}
}

static void say_offered(struct text *t, uint8_t offered)
{
	bool first = true;
	for (int i = 0; i < RESUMED_WAYS; i++) {
		if (!(offered >> i & 1))
			continue;
		text_add(t, first ? "" : " and ");
		text_add(t, resumed_by_sentence((enum resumed_by)i));
		first = false;
	}
}

static void draw_resumption(const struct page *p)
{
	const struct tls_facts *f = p->session->tls;
	struct resumption r = meaning_resumption(f);
	struct text said = text_new(p->t->arena);
	if (r.result == RESUMPTION_UNKNOWN)
		return;
	if (r.result == RESUMPTION_REFUSED) {
		text_add(&said, "the client offered ");
		say_offered(&said, r.offered);
		if (r.from != 0) {
			text_add(&said, " of ");
			say_origin(&said, p->session, &r);
		}
		text_add(&said, ", and the server began anew.");
		ui_below(p->t, p->style, "Not resumed:", &said, ROLE_HEAD);
		return;
	}
	text_add(&said, r.external ? "it stands on " : "it takes up ");
	if (!r.external)
		say_origin(&said, p->session, &r);
	if (r.by != RESUMED_WAYS) {
		text_add(&said, r.external ? "" : ", by ");
		text_add(&said, resumed_by_sentence((enum resumed_by)r.by));
	}
	if (r.external)
		text_add(&said, " from outside, as its age of 0 says");
	if (r.by == RESUMED_BY_PSK)
		text_add(&said, f->server->flags & HELLO_KEY_SHARE ? ", with new half-keys"
		                                                   : ", without new half-keys");
	text_char(&said, '.');
	ui_below(p->t, p->style, r.external ? "Shared key:" : "Resumed:", &said, ROLE_HEAD);
}

/* ---- early data ---- */

static void draw_early_data(const struct page *p)
{
	const struct meaning *m = &p->session->tls->meaning;
	struct text said = text_new(p->t->arena);
	bool guessed;
	if (m->early_data == EARLY_DATA_NONE)
		return;
	text_add(&said, early_data_sentence(meaning_early_data(p->session, &guessed)));
	if (m->early_records > 0) {
		text_add(&said, "; ");
		ui_count(&said, m->early_records, "record", "records");
		text_add(&said, " of ");
		ui_count(&said, m->early_bytes, "byte", "bytes");
	}
	say_guessed(&said, guessed);
	text_char(&said, '.');
	ui_below(p->t, p->style, "Early data:", &said, ROLE_HEAD);
}

/* ---- a hello inside ---- */

static void draw_ech(const struct page *p)
{
	struct text said = text_new(p->t->arena);
	if (!meaning_ech_refused(p->session->tls))
		return;
	text_add(&said, "the name shown is the public one; the server opened no hello hidden in "
	                "this one, and sent the keys to try again with.");
	ui_below(p->t, p->style, "ECH refused:", &said, ROLE_HEAD);
}

/* ---- a handshake inside ---- */

static void say_new_certificate(struct text *t, const struct page *p, const struct chain *c)
{
	if (c == NULL || c->n_certs == 0 || !c->cert[0]->readable)
		return;
	text_add(t, "; the server showed the certificate of ");
	ui_foreign(t, p->style, c->cert[0]->subject, NAME_BYTES);
}

static void say_new_client(struct text *t, const struct page *p)
{
	const struct meaning *m = &p->session->tls->meaning;
	const struct chain *c = p->session->tls->chain[CLIENT];
	if (!m->asked_later || m->asked_frame == 0)
		return;
	say_frame(t, "; the server asked who the client is (", m->asked_frame);
	if (m->shown_frame == 0) {
		text_char(t, ')');
		return;
	}
	text_add(t, "), the client showed ");
	if (m->shown_empty || c == NULL || c->n_certs == 0 || !c->cert[0]->readable) {
		text_add(t, m->shown_empty ? "none" : "a certificate");
	} else {
		text_add(t, "the certificate of ");
		ui_foreign(t, p->style, c->cert[0]->subject, NAME_BYTES);
	}
	say_frame(t, " (", m->shown_frame);
	text_char(t, ')');
}

static void say_again(struct text *t, const struct page *p, const struct renegotiation *again)
{
	text_add(t, again->requests > 0 ? "the server asked for it" : "the client began it");
	say_frame(t, " (", again->requests > 0 ? again->request_frame : again->frame);
	text_char(t, ')');
	if (again->n == 0)
		text_add(t, ", and no new hello came");
	if (again->n > 1) {
		text_add(t, ", ");
		text_grouped(t, again->n);
		text_add(t, " times in all");
	}
	if (again->sni.len > 0) {
		text_add(t, "; it asked for \"");
		ui_foreign(t, p->style, again->sni, NAME_BYTES);
		text_char(t, '"');
	}
	if (again->suite != 0) {
		text_add(t, "; the server chose ");
		ui_name(t, p->words, REG_SUITE, again->suite);
	}
	say_new_certificate(t, p, again->chain);
	say_new_client(t, p);
	if (meaning_secure_renegotiation(p->session->tls))
		text_add(t, "; bound to the first handshake (RFC 5746)");
	text_char(t, '.');
}

/* A sealed one is no more than a guess; it belongs to no single step. */
static void draw_renegotiation(const struct page *p)
{
	struct text said = text_new(p->t->arena);
	size_t at = 0;
	if (p->session->tls->meaning.again != NULL)
		say_again(&said, p, p->session->tls->meaning.again);
	else
		ui_next_guess(&said, p->session, STEPS, &at);
	if (said.len > 0)
		ui_below(p->t, p->style, "Renegotiated:", &said, ROLE_HEAD);
}

void ui_meaning(struct text *t, const struct ui_style *style, const struct session *s,
                const struct vocabulary *w)
{
	struct page p = {t, style, s, w};
	draw_version(&p);
	draw_resumption(&p);
	draw_early_data(&p);
	draw_ech(&p);
	draw_renegotiation(&p);
}

/* ---- beside single steps ---- */

static void say_choice(struct text *t, const struct session *s)
{
	struct version_choice v = meaning_version(s);
	if (v.cause == VERSION_BY_CLIENT) {
		text_add(t, "the client itself offered no more than ");
		say_version(t, s->tls->client->best_version);
	}
	if (v.server_could != 0) {
		text_add(t, t->len > 0 ? "; the " : "the ");
		text_add(t, "end of the server's random says that it could do ");
		say_version(t, v.server_could);
	}
	if (meaning_compatible_id(s->tls))
		text_add(t, "the session id is the client's, made up and echoed to look like TLS "
		            "1.2; nothing is resumed by it");
}

/* What a listener can tell of ECH, which is little. */
static void say_hidden(struct text *t, const struct tls_facts *f)
{
	if (f->client == NULL || !(f->client->flags & HELLO_ECH))
		return;
	text_add(
		t,
		f->client->flags & HELLO_ECH_INNER
			? "this hello was hidden in another one (ECH), which a server in front "
			  "opened; so its name is the true one"
			: "another hello may be hidden in this one (ECH), and then its name is the "
			  "public one alone; a listener cannot tell that from GREASE, random "
			  "bytes of the same form, that clients send so that nobody can");
}

static void say_retry(struct text *t, const struct page *p)
{
	const struct meaning *m = &p->session->tls->meaning;
	if (m->retry_group == 0)
		return;
	text_add(t, "the server asked for ");
	ui_name(t, p->words, REG_GROUP, m->retry_group);
	if (m->retry_complied)
		text_add(t, ", and the second hello has that half-key alone");
	else if (m->retry_ignored)
		text_add(t, ", and the second hello DOES NOT COMPLY");
}

/* FIPS 203: what the two sides of a key encapsulation send. */
static void say_encapsulation(struct text *t, const struct page *p)
{
	uint16_t group = ui_group(p->session);
	if (!group_is_kem(group) && !group_is_hybrid(group))
		return;
	ui_name(t, p->words, REG_GROUP, group);
	text_add(t, group_is_kem(group) ? " is a key encapsulation: "
	                                : " is two in one, half-keys and a key encapsulation; in "
	                                  "the second ");
	text_add(t,
	         "the client sends a public key made for this session, and the server's share is "
	         "a ciphertext that only its private half opens");
}

static void say_client(struct text *t, const struct tls_facts *f)
{
	const struct meaning *m = &f->meaning;
	if (m->asked_frame == 0)
		return;
	text_add(t, !m->asked_later        ? "asked"
	            : f->version >= 0x0304 ? "asked after the handshake"
	                                   : "asked in the renegotiation");
	say_frame(t, " in ", m->asked_frame);
	text_add(t, m->shown_frame == 0 ? "; no answer was seen"
	            : m->shown_empty    ? "; the answer is empty"
	                                : "; answered");
	say_frame(t, " in ", m->shown_frame);
	text_add(t, m->proven_frame == 0 ? "" : "; proven");
	say_frame(t, " in ", m->proven_frame);
}

void ui_step_meaning(struct text *t, const struct ui_style *style, const struct session *s,
                     const struct vocabulary *w, enum step_id id)
{
	struct page p = {t, style, s, w};
	if (s->tls == NULL)
		return;
	if (id == STEP_CLIENT_HELLO)
		say_hidden(t, s->tls);
	else if (id == STEP_SERVER_HELLO)
		say_choice(t, s);
	else if (id == STEP_RETRY)
		say_retry(t, &p);
	else if (id == STEP_SECRET)
		say_encapsulation(t, &p);
	else if (id == STEP_ASKED || id == STEP_ASKED_LATER)
		say_client(t, s->tls);
	if (t->len > 0)
		text_char(t, '.');
}

static enum step_id step_of(const struct guess *g)
{
	switch (g->what) {
	case GUESS_ENCRYPTED_EXTENSIONS:
		return STEP_EXTENSIONS;
	case GUESS_CERTIFICATE:
		return g->from == SERVER ? STEP_CERTIFICATE : STEP_FINISHED_CLIENT;
	case GUESS_CERTIFICATE_VERIFY:
		return g->from == SERVER ? STEP_PROOF : STEP_FINISHED_CLIENT;
	case GUESS_NEW_SESSION_TICKET:
	case GUESS_KEY_UPDATE:
		return STEP_TALK;
	case GUESS_RENEGOTIATION:
		return STEPS;
	default:
		return g->from == CLIENT ? STEP_FINISHED_CLIENT : STEP_FINISHED_SERVER;
	}
}

static void say_guess(struct text *t, const struct guess *g)
{
	text_add(t, g->likely ? "probably " : "possibly ");
	text_add(t, guess_words((enum sealed_guess)g->what));
	text_add(t, ": ");
	if (g->len > 0) {
		ui_count(t, g->len, "byte", "bytes");
		text_char(t, ' ');
	}
	say_frame(t, "in ", g->frame);
	text_add(t, "; ");
	text_add(t, guess_ground((enum sealed_guess)g->what));
	text_char(t, '.');
}

bool ui_next_guess(struct text *t, const struct session *s, enum step_id id, size_t *at)
{
	struct guess guess[GUESSES_MOST];
	size_t n = s->tls == NULL ? 0 : meaning_guesses(s, guess);
	while (*at < n) {
		const struct guess *g = &guess[(*at)++];
		if (step_of(g) != id)
			continue;
		say_guess(t, g);
		return true;
	}
	return false;
}
