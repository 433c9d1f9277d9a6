#include "src/output/json_parts.h"

#include "src/model/session.h"

enum { TLS13 = 0x0304 };

/* What is absent is not known, or not so. */

static void frame_at(struct text *t, const char *key, uint32_t frame)
{
	if (frame > 0)
		write_number(t, key, frame);
}

static void from_session(struct text *t, uint32_t frame)
{
	if (frame == 0)
		return;
	write_open(t, "from", '{');
	write_number(t, "frame", frame);
	write_close(t, '}');
}

/* ---- the version ---- */

static void version_choice(struct text *t, const struct session *s)
{
	struct version_choice v = meaning_version(s);
	bool special = v.cause == VERSION_BY_SERVER || v.server_could != 0;
	if (!special && !v.fallback && v.refused == 0)
		return;
	write_open(t, "version_choice", '{');
	if (v.cause != VERSION_BEST)
		write_words(t, "by", v.cause == VERSION_BY_CLIENT ? "client" : "server");
	if (v.server_could != 0)
		write_words(t, "server_could", v.server_could == TLS13 ? "1.3" : "1.2");
	if (v.fallback)
		write_bool(t, "fallback_scsv", true);
	frame_at(t, "fallback_refused_frame", v.refused);
	write_close(t, '}');
}

/* ---- resumption ---- */

static void ways(struct text *t, uint8_t offered)
{
	write_open(t, "offered", '[');
	for (int i = 0; i < RESUMED_WAYS; i++)
		if (offered >> i & 1)
			write_words(t, NULL, resumed_by_word((enum resumed_by)i));
	write_close(t, ']');
}

static void resumption(struct text *t, const struct tls_facts *f)
{
	struct resumption r = meaning_resumption(f);
	if (r.offered == 0 && r.result == RESUMPTION_UNKNOWN)
		return;
	write_open(t, "resumption", '{');
	ways(t, r.offered);
	if (r.offered >> RESUMED_BY_PSK & 1)
		write_number(t, "psks", f->client->n_psks);
	if (r.result != RESUMPTION_UNKNOWN)
		write_words(t, "result", r.result == RESUMPTION_ACCEPTED ? "accepted" : "refused");
	if (r.by != RESUMED_WAYS)
		write_words(t, "by", resumed_by_word((enum resumed_by)r.by));
	if (r.external)
		write_bool(t, "external", true);
	from_session(t, r.from);
	write_close(t, '}');
}

/* ---- TLS 1.3 ---- */

static void early_data(struct text *t, const struct session *s)
{
	static const char *const result[] = {[EARLY_DATA_NONE] = NULL,
	                                     [EARLY_DATA_OFFERED] = NULL,
	                                     [EARLY_DATA_ACCEPTED] = "accepted",
	                                     [EARLY_DATA_REFUSED] = "refused"};
	const struct meaning *m = &s->tls->meaning;
	bool guessed;
	if (m->early_data == EARLY_DATA_NONE)
		return;
	enum early_data came_to = meaning_early_data(s, &guessed);
	write_open(t, "early_data", '{');
	if (result[came_to] != NULL)
		write_words(t, "result", result[came_to]);
	if (m->early_records > 0) {
		write_number(t, "records", m->early_records);
		write_number(t, "bytes", m->early_bytes);
	}
	if (guessed)
		write_bool(t, "guessed", true);
	write_close(t, '}');
}

static void retry(struct text *t, const struct meaning *m, const struct vocabulary *w)
{
	if (m->retry_frame == 0)
		return;
	write_open(t, "retry", '{');
	write_number(t, "frame", m->retry_frame);
	if (m->retry_group != 0)
		json_code_point(t, "group", "group_id", w, REG_GROUP, m->retry_group);
	if (m->retry_complied || m->retry_ignored)
		write_bool(t, "complied", m->retry_complied);
	write_close(t, '}');
}

static void compatibility(struct text *t, const struct tls_facts *f)
{
	const uint32_t *frame = f->meaning.compat_frame;
	bool echo = meaning_compatible_id(f);
	if (!echo && frame[CLIENT] == 0 && frame[SERVER] == 0)
		return;
	write_open(t, "middlebox_compatibility", '{');
	if (echo)
		write_bool(t, "session_id", true);
	if (frame[CLIENT] != 0 || frame[SERVER] != 0) {
		write_open(t, "change_cipher_spec_frame", '{');
		for (int i = 0; i < 2; i++)
			frame_at(t, json_side[i], frame[i]);
		write_close(t, '}');
	}
	write_close(t, '}');
}

/* ---- who ---- */

static void renegotiation(struct text *t, const struct tls_facts *f, const struct vocabulary *w)
{
	const struct renegotiation *again = f->meaning.again;
	if (again == NULL)
		return;
	write_open(t, "renegotiation", '{');
	write_number(t, "count", again->n);
	write_words(t, "asked_by", again->requests > 0 ? "server" : "client");
	write_number(t, "frame", again->requests > 0 ? again->request_frame : again->frame);
	if (f->client != NULL && f->server != NULL)
		write_bool(t, "secure", meaning_secure_renegotiation(f));
	write_foreign(t, "server_name", again->sni);
	if (again->suite != 0)
		json_code_point(t, "cipher", "cipher_id", w, REG_SUITE, again->suite);
	json_chain(t, again->chain);
	write_close(t, '}');
}

static void client_auth(struct text *t, const struct tls_facts *f)
{
	const struct meaning *m = &f->meaning;
	if (m->asked_frame == 0 && m->shown_frame == 0)
		return;
	write_open(t, "client_auth", '{');
	if (m->asked_later)
		write_words(t, "asked",
		            f->version < TLS13 ? "in_renegotiation" : "after_handshake");
	frame_at(t, "asked_frame", m->asked_frame);
	if (m->shown_frame != 0)
		write_words(t, "answer", m->shown_empty ? "empty" : "certificate");
	frame_at(t, "answer_frame", m->shown_frame);
	frame_at(t, "proof_frame", m->proven_frame);
	write_close(t, '}');
}

static void guesses(struct text *t, const struct session *s)
{
	struct guess guess[GUESSES_MOST];
	size_t n = meaning_guesses(s, guess);
	if (n == 0)
		return;
	write_open(t, "sealed_guess", '[');
	for (size_t i = 0; i < n; i++) {
		const struct guess *g = &guess[i];
		write_open(t, NULL, '{');
		write_words(t, "dir", json_side[g->from]);
		write_number(t, "frame", g->frame);
		if (g->len != 0)
			write_number(t, "bytes", g->len);
		if (g->likely)
			write_words(t, "likely", guess_slug((enum sealed_guess)g->what));
		else
			write_words(t, "possible", guess_slug((enum sealed_guess)g->what));
		write_close(t, '}');
	}
	write_close(t, ']');
}

void json_meaning(struct text *t, const struct session *s, const struct vocabulary *w)
{
	const struct tls_facts *f = s->tls;
	version_choice(t, s);
	resumption(t, f);
	retry(t, &f->meaning, w);
	early_data(t, s);
	compatibility(t, f);
	renegotiation(t, f, w);
	client_auth(t, f);
	guesses(t, s);
}
