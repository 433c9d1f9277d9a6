#include "src/output/json_parts.h"

#include "src/model/story.h"

enum { TLS13 = 0x0304, LOG_HEAD = 8, SPKI_HEAD = 8 };

/* ---- steps ---- */

static void step_frames(struct text *t, const struct step *p)
{
	uint32_t last = 0;
	write_open(t, "frames", '[');
	for (size_t i = 0; i < p->n_spans; i++) {
		if (p->span[i].first > last)
			write_number(t, NULL, p->span[i].first);
		last = p->span[i].first > last ? p->span[i].first : last;
		if (p->span[i].last > last)
			write_number(t, NULL, p->span[i].last);
		last = p->span[i].last > last ? p->span[i].last : last;
	}
	write_close(t, ']');
	if (p->spans_left_out > 0)
		write_number(t, "frames_left_out", p->spans_left_out);
}

static const char *goodbye_word(const struct session *s)
{
	bool fin = false, reset = false, sealed = false;
	for (size_t i = 0; i < s->n_events; i++) {
		const struct event *e = &s->event[i];
		if (e->kind == EVENT_ALERT && e->detail == 0)
			return "close_notify";
		fin |= e->kind == EVENT_FIN;
		reset |= e->kind == EVENT_RST;
		sealed |= e->kind == EVENT_SEALED_ALERT;
	}
	return reset ? "rst" : sealed ? "sealed_alert" : fin ? "fin" : NULL;
}

static void step_seen(struct text *t, const struct session *s, const struct step *p)
{
	static const char *const dir[] = {NULL, "c", "s", NULL};
	if (dir[p->from & 3u] != NULL && p->id != STEP_CONNECT)
		write_words(t, "dir", dir[p->from & 3u]);
	if (p->time != MOMENT_UNKNOWN && s->start != MOMENT_UNKNOWN)
		write_seconds(t, "after_s", p->time - s->start);
	if (p->bytes > 0 && !p->shared)
		write_number(t, "bytes", p->bytes);
	if (p->shared)
		write_bool(t, "shared", true);
	write_words(t, "see",
	            p->id == STEP_GAP ? "lost" : visibility_word((enum visibility)p->see));
	if (p->id == STEP_GOODBYE && goodbye_word(s) != NULL)
		write_words(t, "how", goodbye_word(s));
}

static void step(struct text *t, const struct session *s, const struct step *p)
{
	enum step_id id = (enum step_id)p->id;
	write_open(t, NULL, '{');
	write_words(t, "id", step_slug(id));
	write_words(t, "step", step_label(id));
	step_frames(t, p);
	if (step_is_later(id))
		write_bool(t, "after_handshake", true);
	if (p->state == STEP_SEEN)
		step_seen(t, s, p);
	else if (p->state != STEP_SILENT)
		write_words(t, "absent", p->state == STEP_NOT_SENT ? "not-sent" : "not-captured");
	if (p->happens_in > 0)
		write_number(t, "in", p->happens_in);
	if (p->why != REASON_NONE)
		write_words(t, "why", reason_slug((enum reason)p->why));
	write_close(t, '}');
}

void json_steps(struct text *t, const struct session *s, const struct vocabulary *w)
{
	struct story story;
	story_build(s, w, &story);
	write_open(t, "steps", '[');
	for (size_t i = 0; i < story.n_steps; i++)
		step(t, s, &story.step[i]);
	write_close(t, ']');
}

/* ---- talk ---- */

static bool has_talk(const struct talk *k)
{
	return k->records > 0 || k->bytes > 0;
}

static const char *talk_state(const struct session *s)
{
	const struct talk *c = &s->talk[CLIENT], *r = &s->talk[SERVER];
	if (!has_talk(c) && !has_talk(r))
		return "none";
	if (s->tls == NULL)
		return "clear";
	uint64_t good = (uint64_t)c->verified + r->verified, bad = (uint64_t)c->failed + r->failed;
	if (good == 0)
		return bad > 0 ? "failed" : "sealed";
	return good == (uint64_t)c->records + r->records ? "opened" : "part";
}

/* The bounds of what a side said. Clear text has none: what was sent is there. Bytes that are
 * missing from the capture could be text. */
static uint64_t text_least(const struct talk *k)
{
	return k->text_most == 0 ? k->text_bytes : k->text_least;
}

static uint64_t text_most(const struct session *s, enum side side)
{
	const struct talk *k = &s->talk[side];
	return (k->text_most == 0 ? k->text_bytes : k->text_most) + s->gap_bytes[side];
}

/* Of a direction that was not captured nobody knows the most; nor where a sealed TLS 1.3 flight
 * may hold the talk too. */
static bool is_bounded(const struct session *s, enum side side)
{
	if (s->tls == NULL || has_talk(&s->talk[side]))
		return true;
	bool flight = s->tls->version >= TLS13 && !s->tls->opened[side];
	return !s->one_sided && !s->midstream && !flight;
}

static void talk_sizes(struct text *t, const struct session *s)
{
	const struct talk *k = s->talk;
	bool exact = is_bounded(s, CLIENT) && is_bounded(s, SERVER) &&
	             text_least(&k[CLIENT]) == text_most(s, CLIENT) &&
	             text_least(&k[SERVER]) == text_most(s, SERVER);
	write_open(t, "text_bytes", '{');
	write_bool(t, "exact", exact);
	if (exact) {
		write_number(t, "c", text_least(&k[CLIENT]));
		write_number(t, "s", text_least(&k[SERVER]));
	} else {
		write_sides(t, "least", text_least(&k[CLIENT]), text_least(&k[SERVER]));
		write_open(t, "most", '{');
		for (int side = CLIENT; side <= SERVER; side++)
			if (is_bounded(s, (enum side)side))
				write_number(t, json_side[side], text_most(s, (enum side)side));
		write_close(t, '}');
	}
	write_close(t, '}');
}

static void talk_text(struct text *t, const struct talk *c, const struct talk *s)
{
	if (c->text.len == 0 && s->text.len == 0)
		return;
	write_open(t, "text", '{');
	write_foreign(t, "c", c->text);
	write_foreign(t, "s", s->text);
	if (c->text_bytes > c->text.len || s->text_bytes > s->text.len)
		write_bool(t, "truncated", true);
	write_close(t, '}');
}

void json_talk(struct text *t, const struct session *s)
{
	const struct talk *c = &s->talk[CLIENT], *r = &s->talk[SERVER];
	write_open(t, "talk", '{');
	write_words(t, "state", talk_state(s));
	if (has_talk(c) || has_talk(r)) {
		write_sides(t, "records", c->records, r->records);
		write_sides(t, "bytes", c->bytes, r->bytes);
		talk_sizes(t, s);
	}
	if (c->verified + r->verified > 0)
		write_sides(t, "verified", c->verified, r->verified);
	if (c->failed + r->failed > 0)
		write_sides(t, "failed", c->failed, r->failed);
	talk_text(t, c, r);
	if (s->tls != NULL && c->verified + r->verified > 0)
		write_foreign_z(t, "opened_with", s->tls->key_name);
	write_close(t, '}');
}

/* ---- why ---- */

/* Adds "keylog:CLIENT_RANDOM:67aa9153..." */
static void opens_with(struct text *t, const char *what, struct bytes id)
{
	write_begin(t, NULL);
	text_add(t, what);
	text_hex_bytes(t, id);
	text_char(t, '"');
}

static void opens_log(struct text *t, const struct tls_facts *f, enum side side)
{
	struct bytes id = json_run(f->client->random, LOG_HEAD);
	if (f->version < TLS13)
		opens_with(t, "keylog:CLIENT_RANDOM:", id);
	else
		opens_with(t,
		           side == CLIENT ? "keylog:CLIENT_TRAFFIC_SECRET_0:"
		                          : "keylog:SERVER_TRAFFIC_SECRET_0:",
		           id);
}

static bool log_opens(enum reason r)
{
	switch (r) {
	case REASON_EPHEMERAL:
	case REASON_KEY_MISSING:
	case REASON_KEY_MISMATCH:
	case REASON_KEY_CANNOT:
	case REASON_LOG_MISS:
	case REASON_LOG_PART:
	case REASON_RESUMED:
	case REASON_TICKET:
	case REASON_PSK:
	case REASON_EMS_GAP:
		return true;
	default:
		return false;
	}
}

static void opens_key(struct text *t, const struct session *s)
{
	const struct chain *c = s->tls->chain[SERVER];
	if (c != NULL && c->n_certs > 0 && c->cert[0]->readable)
		opens_with(t, "private-key:spki:", json_run(c->cert[0]->spki_sha256, SPKI_HEAD));
	if (s->tls->client_kx != NULL)
		opens_with(t, "keylog:RSA:", json_run(s->tls->client_kx->head, LOG_HEAD));
}

static void opens(struct text *t, const struct session *s, enum reason r, enum side side, bool both)
{
	const struct tls_facts *f = s->tls;
	if (f->client == NULL || f->version == 0 || !log_opens(r))
		return;
	write_open(t, "opens", '[');
	if (story_flavour(s) == STORY_RSA)
		opens_key(t, s);
	opens_log(t, f, side);
	if (both && f->version >= TLS13)
		opens_log(t, f, other_side(side));
	write_close(t, ']');
}

/* Adds a reason's sentence with the session's own detail in it, as the inside of one string. */
static void reason_text(struct text *t, enum reason r, const char *detail)
{
	const char *sentence = reason_sentence(r), *hole = strstr(sentence, "{}");
	write_begin(t, "text");
	text_json(t, json_run((const uint8_t *)sentence,
	                      hole == NULL ? strlen(sentence) : (size_t)(hole - sentence)));
	if (hole != NULL) {
		text_json(t, json_run((const uint8_t *)detail, strlen(detail)));
		text_json(t, json_run((const uint8_t *)hole + 2, strlen(hole + 2)));
	}
	text_char(t, '"');
}

static void why_of(struct text *t, const struct session *s, enum side side, bool both)
{
	const struct tls_facts *f = s->tls;
	enum reason r = f->why[side];
	write_open(t, NULL, '{');
	write_words(t, "code", reason_slug(r));
	write_words(t, "side", both ? "both" : json_side[side]);
	reason_text(t, r, f->why_detail[side]);
	opens(t, s, r, side, both);
	write_words(t, "opens_text", reason_opens(r));
	if (f->why_frame[side] > 0)
		write_number(t, "frame", f->why_frame[side]);
	write_close(t, '}');
}

void json_why(struct text *t, const struct session *s)
{
	const struct tls_facts *f = s->tls;
	bool both = f->why[CLIENT] == f->why[SERVER] &&
	            strcmp(f->why_detail[CLIENT], f->why_detail[SERVER]) == 0;
	if (f->why[CLIENT] == REASON_NONE && f->why[SERVER] == REASON_NONE)
		return;
	write_open(t, "why", '[');
	if (f->why[CLIENT] != REASON_NONE)
		why_of(t, s, CLIENT, both);
	if (f->why[SERVER] != REASON_NONE && !both)
		why_of(t, s, SERVER, false);
	write_close(t, ']');
}
