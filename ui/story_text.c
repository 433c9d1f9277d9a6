/* The story of one session: a row for each step, and below it what it comes to. */
#include "ui/layout.h"

enum { NAME_BYTES = 64, FRAMES_MOST = 16, FROM = 2, SEE = 6, DETAIL_LEAST = 20 };

/* Widths of the columns, and where the last one begins; it takes what is left. */
struct columns {
	unsigned label, time, message, frames, bytes, gap, detail;
	bool narrow; /* no word before frame numbers */
	bool below;  /* too little is left: details stand in lines of their own */
};

/* What the functions that draw a story share. */
struct page {
	struct text *t;
	const struct ui_style *style;
	const struct session *session;
	const struct vocabulary *words;
	const struct story *story;
	struct columns columns;
};

/* ---- what stands in the columns ---- */

static void say_time(struct text *t, const struct page *p, const struct step *step)
{
	moment start = p->session->start;
	if (step->time == MOMENT_UNKNOWN || start == MOMENT_UNKNOWN || step->state != STEP_SEEN)
		return;
	text_add(t, step->time < start ? "" : "+");
	text_seconds(t, step->time - start, 3);
}

static void draw_time(const struct page *p, const struct step *step)
{
	size_t from = p->t->len;
	say_time(p->t, p, step);
	ui_cell(p->t, from, p->columns.time);
}

static void draw_from(const struct page *p, const struct step *step)
{
	static const char *const arrow[] = {"..", "C>", "<S", "<>"};
	bool connect = step->id == STEP_CONNECT && step->from != 0;
	size_t from = p->t->len;
	text_add(p->t, connect ? "--" : arrow[step->state == STEP_SEEN ? step->from & 3u : 0]);
	ui_cell(p->t, from, 2);
}

static void say_message(struct text *t, const struct page *p, const struct step *step)
{
	const struct chain *c = NULL;
	if (step->id == STEP_CERTIFICATE)
		c = p->session->tls->chain[SERVER];
	text_add(t, step->message);
	if (c != NULL && step->state == STEP_SEEN) {
		text_add(t, " (");
		text_u64(t, c->n_certs + c->left_out);
		text_char(t, ')');
	}
}

static void say_frames(struct text *t, const struct page *p, const struct step *step)
{
	if (step->n_spans == 0)
		return;
	text_add(t, p->columns.narrow ? "" : "frame ");
	ui_frames(t, step, FRAMES_MOST);
}

static bool has_size(const struct step *step)
{
	return step->state == STEP_SEEN && step->bytes > 0 && !step->shared &&
	       step->id != STEP_CONNECT && step->id != STEP_GOODBYE;
}

static void say_bytes(struct text *t, const struct page *p, const struct step *step)
{
	(void)p;
	if (!has_size(step))
		return;
	text_u64(t, step->bytes);
	text_add(t, " B");
}

/* ---- how wide the columns are: as wide as what stands in them ---- */

typedef void say_fn(struct text *t, const struct page *p, const struct step *step);

static void say_label(struct text *t, const struct page *p, const struct step *step)
{
	(void)p;
	text_add(t, step_label((enum step_id)step->id));
}

/* A silent step without frames may use the columns behind its own. */
static void say_short_message(struct text *t, const struct page *p, const struct step *step)
{
	if (step->state == STEP_SEEN || step->n_spans > 0)
		say_message(t, p, step);
}

static unsigned widest(const struct page *p, say_fn *say)
{
	struct text cell = text_new(p->t->arena);
	size_t most = 0;
	for (size_t i = 0; i < p->story->n_steps; i++) {
		text_clear(&cell);
		say(&cell, p, &p->story->step[i]);
		size_t columns = text_columns(cell.at, cell.len);
		most = columns > most ? columns : most;
	}
	return (unsigned)most;
}

static void measure(struct page *p)
{
	struct columns *c = &p->columns;
	c->narrow = ui_width(p->style) < UI_NARROW;
	c->gap = c->narrow ? 1 : 2;
	c->label = 1 + widest(p, say_label);
	c->time = widest(p, say_time);
	c->message = widest(p, say_short_message);
	c->frames = widest(p, say_frames);
	c->bytes = widest(p, say_bytes);
	c->detail = c->label + c->time + FROM + c->message + c->frames + c->bytes + SEE + 7 +
	            3 * (c->gap - 1);
	unsigned room = ui_width(p->style) > c->detail ? ui_width(p->style) - c->detail : 0;
	c->below = room < DETAIL_LEAST;
}

/* ---- one row ---- */

static void cell(const struct page *p, say_fn *say, const struct step *step, unsigned width)
{
	size_t from = p->t->len;
	say(p->t, p, step);
	ui_cell(p->t, from, width);
	text_repeat(p->t, ' ', p->columns.gap - 1);
}

static void draw_bytes(const struct page *p, const struct step *step)
{
	struct text size = text_new(p->t->arena);
	say_bytes(&size, p, step);
	text_repeat(p->t, ' ', p->columns.bytes - size.len);
	text_add_n(p->t, size.at, size.len);
	text_repeat(p->t, ' ', p->columns.gap);
}

static void draw_message(const struct page *p, const struct step *step)
{
	const struct columns *c = &p->columns;
	if (step->state != STEP_SEEN && step->n_spans == 0) {
		cell(p, say_message, step, c->message + c->frames + c->bytes + 2 * c->gap);
		return;
	}
	cell(p, say_message, step, c->message);
	cell(p, say_frames, step, c->frames);
	draw_bytes(p, step);
}

static void draw_see(const struct page *p, const struct step *step)
{
	if (step->state == STEP_SEEN) {
		ui_see(p->t, p->style, step, SEE);
		return;
	}
	bool hidden = step->id == STEP_KEYS && step->why != REASON_NONE;
	size_t from = p->t->len;
	text_add(p->t, hidden ? "HIDDEN" : "");
	ui_cell(p->t, from, SEE);
}

static void draw_detail(const struct page *p, const struct step *step)
{
	struct text detail = text_new(p->t->arena);
	unsigned column = p->columns.detail;
	ui_row_detail(&detail, p->style, p->story, step, p->words);
	if (p->columns.below && detail.len > 0) {
		ui_wrap(p->t, p->style, ui_words(""), column, 0);
		column = p->columns.label + 2;
		text_repeat(p->t, ' ', column);
	}
	ui_wrap(p->t, p->style, ui_bytes(&detail), column, column);
}

static void draw_step(const struct page *p, const struct step *step)
{
	size_t len = strlen(step_label((enum step_id)step->id));
	text_repeat(p->t, ' ', p->columns.label - len);
	text_add(p->t, step_label((enum step_id)step->id));
	text_char(p->t, ' ');
	draw_time(p, step);
	draw_from(p, step);
	draw_message(p, step);
	draw_see(p, step);
	draw_detail(p, step);
}

static bool talk_is_readable(const struct step *step)
{
	return step->id == STEP_TALK || step->id == STEP_BEFORE;
}

/* ---- the head ---- */

static void say_who(struct text *t, const struct page *p)
{
	const struct session *s = p->session;
	text_endpoint(t, &s->endpoint[CLIENT]);
	text_add(t, " -> ");
	text_endpoint(t, &s->endpoint[SERVER]);
	if (s->tls != NULL && s->tls->client != NULL && s->tls->client->sni.len > 0) {
		text_add(t, "  \"");
		ui_foreign(t, p->style, s->tls->client->sni, NAME_BYTES);
		text_char(t, '"');
	}
}

static void say_how(struct text *t, const struct page *p)
{
	const struct session *s = p->session;
	text_add(t, s->tls == NULL ? "no TLS" : "");
	if (s->tls != NULL && s->tls->version == 0)
		text_add(t, "TLS, version not seen");
	if (s->tls != NULL && s->tls->version != 0) {
		text_add(t, s->tls->version <= 0x0300 ? "" : "TLS ");
		ui_version(t, s->tls->version);
		text_add(t, "  ");
		ui_name(t, p->words, session_cipher_registry(s->tls), session_cipher(s->tls));
	}
	if (s->start != MOMENT_UNKNOWN && s->end != MOMENT_UNKNOWN) {
		text_add(t, "  ");
		text_seconds(t, s->end - s->start, 3);
		text_add(t, " s");
	}
}

/* In one line when it fits, else in two. */
static void draw_head(const struct page *p)
{
	struct text who = text_new(p->t->arena), how = text_new(p->t->arena);
	say_who(&who, p);
	say_how(&how, p);
	size_t columns = text_columns(who.at, who.len) + 2 + text_columns(how.at, how.len);
	text_add(&who, columns > ui_width(p->style) ? "\n" : "  ");
	text_add_n(&who, how.at, how.len);
	ui_begin(p->t, p->style, ROLE_HEAD);
	ui_wrap(p->t, p->style, ui_bytes(&who), 0, 2);
	ui_end(p->t, p->style);
	text_char(p->t, '\n');
}

void ui_story(struct text *t, const struct ui_style *style, const struct capture_facts *c,
              const struct session *s, const struct vocabulary *w)
{
	struct story story;
	story_build(s, w, &story);
	struct page p = {.t = t, .style = style, .session = s, .words = w, .story = &story};
	measure(&p);
	if (c != NULL)
		ui_input_problems(t, style, c);
	draw_head(&p);
	for (size_t i = 0; i < story.n_steps; i++) {
		draw_step(&p, &story.step[i]);
		bool before = story.step[i].id == STEP_BEFORE;
		if (!talk_is_readable(&story.step[i]))
			continue;
		if (before || s->tls == NULL)
			ui_openings(t, style, s, p.columns.label + 1);
		ui_talk_words(t, style, s, CLIENT, before, p.columns.label + 1);
		ui_talk_words(t, style, s, SERVER, before, p.columns.label + 1);
	}
	ui_conclusion(t, style, c, &story, w);
}
