#include "src/model/sentences.h"
#include "ui/layout.h"

enum {
	HEAD_COLUMN = 16, /* where the words behind "What for" and the like begin */
	HEX_COLUMNS = 24,
	HEX_BYTES = 8,
	HEX_GROUP = 4,
	TEXT_SHOWN = 200,
	ITEMS_SHOWN = 6,  /* messages of one step */
	ITEMS_AGAIN = 24, /* of a handshake inside */
	ROWS_SHOWN = 120, /* of one message */
	SAME_SHOWN = 3,   /* rows of the same field, one behind the other */
	PREFIX_MOST = 3,  /* bytes of a length */
	SPKI_SHOWN = 8,
	MARGIN = 2,
};

/* What the functions that explain a session share. */
struct page {
	struct text *t;
	const struct ui_style *style;
	const struct session *session;
	const struct unfold *unfold;
	const struct vocabulary *words;
	struct story story;
	const struct unfolded **item; /* the items of the unfold in the order of their frames */
	uint8_t *place;               /* for each of them: enum step_id */
	const char *told[REASONS];    /* the label of the step that told a reason; NULL: not yet */
};

/* ---- one labelled paragraph ---- */

static void begin_paragraph(const struct page *p, const char *head)
{
	text_repeat(p->t, ' ', MARGIN);
	ui_begin(p->t, p->style, ROLE_DIM);
	size_t from = p->t->len;
	text_add(p->t, head);
	ui_cell(p->t, from, HEAD_COLUMN - MARGIN - 1);
	ui_end(p->t, p->style);
}

static void paragraph(const struct page *p, const char *head, struct bytes said)
{
	if (said.len == 0)
		return;
	begin_paragraph(p, head);
	ui_wrap(p->t, p->style, said, HEAD_COLUMN, HEAD_COLUMN);
}

/* ---- the bytes on the wire ---- */

static void say_hex(struct text *t, struct bytes b, size_t group, size_t most)
{
	size_t shown = b.len < most ? b.len : most;
	for (size_t i = 0; i < shown; i++) {
		if (i > 0 && i % group == 0)
			text_char(t, ' ');
		text_hex(t, b.at[i], 2);
	}
	if (shown < b.len)
		text_add(t, " ...");
}

/* A group has no length prefix, and the reader gives it no value. */
static bool is_group(const struct field_row *r)
{
	return r->value == 0 && r->len > PREFIX_MOST;
}

/* Gives how many bytes of the row are a length prefix: what a vector's value does not count. */
static size_t prefix_of(const struct unfolded *u, const struct field_row *r)
{
	static const uint8_t zeros[PREFIX_MOST];
	if (r->value > 0)
		return r->value <= r->len ? r->len - (size_t)r->value : 0;
	bool empty = r->len <= PREFIX_MOST && memcmp(u->bytes.at + r->at, zeros, r->len) == 0;
	return empty ? r->len : 0;
}

static bool is_inside(const struct unfolded *u, const struct field_row *r)
{
	return u->bytes.at != NULL && r->at <= u->bytes.len && u->bytes.len - r->at >= r->len;
}

/* Gives the bytes of a text or of opaque content, without a length prefix. */
static struct bytes content(const struct unfolded *u, const struct field_row *r)
{
	size_t prefix = prefix_of(u, r);
	return (struct bytes){u->bytes.at + r->at + prefix, r->len - prefix};
}

/* RFC 8446, 4.1.3: a ServerHello with this random is a HelloRetryRequest. Its beginning tells. */
static bool is_retry_random(struct bytes b)
{
	static const uint8_t head[] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11};
	return b.len == 32 && memcmp(b.at, head, sizeof head) == 0;
}

static void say_fault(struct text *t, uint8_t fault)
{
	static const char *const words[] = {
		[FINE] = "",
		[FAULT_SHORT] = " (too short: bytes are missing)",
		[FAULT_TRAILING] = " (bytes are left over)",
		[FAULT_RANGE] = " (outside what is allowed)",
	};
	text_add(t, fault < sizeof words / sizeof *words ? words[fault] : "");
}

/* Of several rows of one field the first says what they are. */
static void say_label(struct text *t, const struct field_info *f, bool labelled)
{
	if (!labelled)
		return;
	text_add(t, ": ");
	text_add(t, f->label);
}

static void say_number(struct text *t, const struct page *p, const struct field_info *f, uint64_t v)
{
	const char *name = f->values == REG_NONE ? NULL : p->words->name(f->values, (uint32_t)v);
	if (name != NULL) {
		text_add(t, name);
		return;
	}
	text_grouped(t, v);
	text_add(t, f->values == REG_NONE ? "" : " (not assigned)");
}

static void say_value(struct text *t, const struct page *p, const struct unfolded *u,
                      const struct field_row *r, const struct field_info *f, bool labelled)
{
	switch (f->shape) {
	case FIELD_NUMBER:
		say_number(t, p, f, r->value);
		break;
	case FIELD_TEXT:
		text_char(t, '"');
		ui_foreign(t, p->style, content(u, r), TEXT_SHOWN);
		text_char(t, '"');
		break;
	case FIELD_VECTOR:
		ui_count(t, is_group(r) ? r->len : r->value, "byte", "bytes");
		break;
	default:
		ui_count(t, content(u, r).len, "byte", "bytes");
	}
	if (u->event.kind == EVENT_HELLO_RETRY_REQUEST && f->shape == FIELD_OPAQUE &&
	    is_retry_random(content(u, r))) {
		text_add(t, ": the fixed value that marks a HelloRetryRequest");
		return;
	}
	say_label(t, f, labelled);
	say_fault(t, r->fault);
}

/* Of a vector the length prefix alone is shown: what it holds has rows of its own. Before opaque
 * content it stands apart. */
static void say_row_hex(struct text *t, const struct unfolded *u, const struct field_row *r,
                        const struct field_info *f)
{
	struct bytes all = {u->bytes.at + r->at, r->len};
	size_t prefix = f->shape == FIELD_NUMBER || is_group(r) ? 0 : prefix_of(u, r);
	if (f->shape == FIELD_NUMBER) {
		say_hex(t, all, 1, HEX_BYTES);
		return;
	}
	if (f->shape == FIELD_VECTOR) {
		say_hex(t, (struct bytes){all.at, prefix}, 1, HEX_BYTES);
		return;
	}
	say_hex(t, (struct bytes){all.at, prefix}, PREFIX_MOST, PREFIX_MOST);
	if (prefix > 0 && prefix < all.len)
		text_char(t, ' ');
	say_hex(t, content(u, r), HEX_GROUP, prefix > 1 ? HEX_GROUP : HEX_BYTES);
}

/* The body of a message is a group without bytes of its own: the row before said its length. */
static bool is_body(const struct field_row *r, const struct field_info *f)
{
	return f->shape == FIELD_VECTOR && is_group(r) && r->depth == 0;
}

static void draw_row(const struct page *p, const struct unfolded *u, const struct field_row *r,
                     bool labelled)
{
	const struct field_info *f = p->words->field(r->field);
	struct text said = text_new(p->t->arena);
	if (f == NULL || !is_inside(u, r) || (is_body(r, f) && r->fault == FINE))
		return;
	text_repeat(p->t, ' ', HEAD_COLUMN);
	size_t from = p->t->len;
	say_row_hex(p->t, u, r, f);
	ui_cell(p->t, from, HEX_COLUMNS);
	text_repeat(&said, ' ', r->depth < 6 ? r->depth : 6);
	say_value(&said, p, u, r, f, labelled);
	unsigned column = HEAD_COLUMN + HEX_COLUMNS + 1;
	ui_wrap(p->t, p->style, ui_bytes(&said), column, column + 2);
}

static uint32_t same_rows(const struct unfolded *u, uint32_t at)
{
	uint32_t n = 1;
	while (at + n < u->n_rows && u->row[at + n].field == u->row[at].field &&
	       u->row[at + n].depth == u->row[at].depth)
		n++;
	return n;
}

static void draw_left_out(const struct page *p, uint64_t n)
{
	text_repeat(p->t, ' ', HEAD_COLUMN);
	text_add(p->t, "... ");
	ui_count(p->t, n, "field more\n", "fields more\n");
}

static void draw_rows(const struct page *p, const struct unfolded *u)
{
	uint32_t shown = 0;
	for (uint32_t i = 0; i < u->n_rows;) {
		uint32_t n = same_rows(u, i);
		uint32_t take = n < SAME_SHOWN + 2 ? n : SAME_SHOWN;
		for (uint32_t k = 0; k < take; k++)
			draw_row(p, u, &u->row[i + k], k == 0);
		if (take < n)
			draw_left_out(p, n - take);
		i += n;
		shown += take;
		if (shown >= ROWS_SHOWN && i < u->n_rows) {
			draw_left_out(p, u->n_rows - i);
			return;
		}
	}
}

static void say_place(struct text *t, const struct unfolded *u)
{
	text_add(t, u->event.from == CLIENT ? "C> " : "<S ");
	text_add(t, u->event.first_frame == u->event.last_frame ? "frame " : "frames ");
	text_u64(t, u->event.first_frame);
	if (u->event.first_frame != u->event.last_frame) {
		text_char(t, '-');
		text_u64(t, u->event.last_frame);
	}
	if (u->record > 0) {
		text_add(t, ", record ");
		text_u64(t, u->record);
	}
	text_add(t, ", ");
	ui_count(t, u->event.len, "byte", "bytes");
	text_add(t, u->event.see == SEE_OPENED  ? ", opened"
	            : u->event.see == SEE_CLEAR ? ""
	                                        : ", sealed");
	text_add(t, u->event.partial ? ", cut: only its beginning is here" : "");
}

static void draw_sealed_bytes(const struct page *p, const struct unfolded *u)
{
	if (u->bytes.len == 0)
		return;
	text_repeat(p->t, ' ', HEAD_COLUMN);
	size_t from = p->t->len;
	say_hex(p->t, u->bytes, HEX_GROUP, HEX_BYTES);
	ui_cell(p->t, from, HEX_COLUMNS);
	ui_count(p->t, u->bytes.len, "sealed byte\n", "sealed bytes\n");
}

static void draw_item(const struct page *p, const struct unfolded *u, bool first)
{
	struct text said = text_new(p->t->arena);
	say_place(&said, u);
	paragraph(p, first ? "On the wire" : "", ui_bytes(&said));
	if (u->n_rows > 0)
		draw_rows(p, u);
	else if (u->event.see == SEE_SEALED || u->event.see == SEE_FAILED)
		draw_sealed_bytes(p, u);
}

static void draw_items(const struct page *p, const struct step *step)
{
	size_t n = 0, most = step->id == STEP_NEW_KEYS ? ITEMS_AGAIN : ITEMS_SHOWN;
	for (size_t i = 0; p->unfold != NULL && i < p->unfold->n_items; i++) {
		if (p->place[i] != step->id || p->item[i]->event.kind <= EVENT_ESTABLISHED)
			continue;
		if (n < most)
			draw_item(p, p->item[i], n == 0);
		n++;
	}
	if (n <= most)
		return;
	text_repeat(p->t, ' ', HEAD_COLUMN);
	text_add(p->t, "... ");
	ui_count(p->t, n - most, "message more\n", "messages more\n");
}

/* ---- one step ---- */

static void draw_title(const struct page *p, const struct step *step, const char *title)
{
	struct text line = text_new(p->t->arena);
	bool numbered = step->id != STEP_FAILURE && step->id != STEP_GAP;
	text_add(&line, numbered ? "Step " : "");
	text_add(&line, numbered ? step_label((enum step_id)step->id) : "");
	text_add(&line, numbered ? ". " : "");
	text_add(&line, title);
	if (step->state == STEP_SEEN && step->id != STEP_TALK && step->id != STEP_GOODBYE &&
	    step->id != STEP_CONNECT && step->id != STEP_GAP && step->id != STEP_BEFORE) {
		text_add(&line, " (");
		text_add(&line, step->message);
		text_char(&line, ')');
	}
	if (step->n_spans > 0) {
		text_add(&line, "   frame ");
		ui_frames(&line, step, SIZE_MAX);
	}
	if (step->bytes > 0 && !step->shared) {
		text_add(&line, "; ");
		ui_count(&line, step->bytes, "byte", "bytes");
	}
	text_char(p->t, '\n');
	ui_begin(p->t, p->style, ROLE_HEAD);
	ui_wrap(p->t, p->style, ui_bytes(&line), 0, 2);
	ui_end(p->t, p->style);
}

/* ---- certificates ---- */

static void say_dates(struct text *t, const struct cert *c)
{
	text_add(t, "; ");
	ui_date(t, c->not_before);
	text_add(t, " to ");
	if (c->not_after == INT64_MAX)
		text_add(t, "no end");
	else
		ui_date(t, c->not_after);
}

static void say_certificate(struct text *t, const struct page *p, const struct cert *c)
{
	if (!c->readable) {
		text_add(t, "not readable");
		return;
	}
	ui_foreign(t, p->style, c->subject, TEXT_SHOWN);
	if (c->self_issued) {
		text_add(t, "; issued by itself");
	} else {
		text_add(t, "; issued by ");
		ui_foreign(t, p->style, c->issuer_name, TEXT_SHOWN);
	}
	say_dates(t, c);
	if (c->key_kind != NULL) {
		text_add(t, "; key ");
		text_add(t, c->key_kind);
	}
	if (c->key_bits > 0) {
		text_char(t, ' ');
		text_u64(t, c->key_bits);
	}
	text_add(t, ", SPKI sha256 ");
	text_hex_bytes(t, (struct bytes){c->spki_sha256, SPKI_SHOWN});
	text_add(t, "...");
	if (c->signature_algorithm != NULL) {
		text_add(t, "; signed with ");
		text_add(t, c->signature_algorithm);
	}
}

static void draw_chain(const struct page *p, enum side side)
{
	const struct chain *c = p->session->tls->chain[side];
	for (size_t i = 0; c != NULL && i < c->n_certs && i < ITEMS_SHOWN; i++) {
		struct text said = text_new(p->t->arena);
		text_add(&said, "certificate ");
		text_u64(&said, i + 1);
		text_add(&said, ": ");
		say_certificate(&said, p, c->cert[i]);
		paragraph(p, i == 0 ? "Here" : "", ui_bytes(&said));
	}
}

static bool shows_chain(const struct page *p, const struct step *step)
{
	enum side side = step->id == STEP_CERTIFICATE ? SERVER : CLIENT;
	bool right = step->id == STEP_CERTIFICATE || step->id == STEP_CLIENT_CERTIFICATE ||
	             step->id == STEP_CLIENT_CERTIFICATE_LATER;
	return right && step->state == STEP_SEEN && p->session->tls->chain[side] != NULL &&
	       p->session->tls->chain[side]->n_certs > 0;
}

/* ---- what is special here ---- */

static void draw_anchor(const struct page *p)
{
	const struct verdict *v = &p->session->verdict[SERVER];
	struct text said = text_new(p->t->arena);
	if (!v->made)
		return;
	text_add(&said, "judged for ");
	ui_date_time(&said, v->judged_then);
	text_add(&said, " UTC");
	if (v->anchor != NULL) {
		text_add(&said, "; the chain leads to ");
		ui_foreign(&said, p->style, v->anchor->subject, TEXT_SHOWN);
	}
	text_add(&said, "; whether it was revoked is not known: keyhole asks nobody");
	paragraph(p, "", ui_bytes(&said));
}

static void say_likeness(struct text *t, const struct tls_facts *f)
{
	if (f == NULL || !f->prints.of_client)
		return;
	text_add(t, "; the software, by likeness: JA4 ");
	fingerprint_ja4(t, &f->prints.ja4);
	text_add(t, ", JA3 ");
	text_hex_bytes(t, (struct bytes){f->prints.ja3, sizeof f->prints.ja3});
}

static void draw_here(const struct page *p, const struct step *step)
{
	struct text said = text_new(p->t->arena);
	if (shows_chain(p, step)) {
		draw_chain(p, step->id == STEP_CERTIFICATE ? SERVER : CLIENT);
		return;
	}
	ui_detail(&said, p->style, &p->story, step, p->words);
	if (step->id == STEP_CLIENT_HELLO)
		say_likeness(&said, p->session->tls);
	if (step->shared)
		text_add(&said, "in sealed records that hold other steps too");
	paragraph(p, "Here", ui_bytes(&said));
	if (step->id == STEP_CERT_CHECK && step->state == STEP_SILENT)
		draw_anchor(p);
}

static void draw_meaning(const struct page *p, const struct step *step)
{
	struct text said = text_new(p->t->arena);
	enum step_id id = (enum step_id)step->id;
	ui_step_meaning(&said, p->style, p->session, p->words, id);
	paragraph(p, "Meaning", ui_bytes(&said));
	size_t at = 0;
	text_clear(&said);
	for (const char *head = "Inside"; ui_next_guess(&said, p->session, id, &at); head = "") {
		paragraph(p, head, ui_bytes(&said));
		text_clear(&said);
	}
}

static void draw_listener(const struct page *p, const struct step *step, const char *listener)
{
	struct text said = text_new(p->t->arena);
	bool proof = step->id == STEP_PROOF && step->see == SEE_CLEAR && step->state == STEP_SEEN;
	text_add(&said, listener != NULL ? listener
	                : proof          ? "all of it, and can check it too."
	                                 : "");
	if (proof) {
		uint8_t result = p->session->tls->signature;
		if (result == PROOF_VERIFIED)
			text_add(&said, " keyhole did: VERIFIED.");
		else if (result == PROOF_FAILED)
			text_add(&said, " keyhole did: IT DOES NOT VERIFY.");
	}
	paragraph(p, "Listener", ui_bytes(&said));
}

/* The whole sentence once; after that where it stands. */
static void draw_sealed(struct page *p, const struct step *step)
{
	enum reason why = (enum reason)step->why;
	struct text said = text_new(p->t->arena);
	text_add(&said, reason_slug(why));
	if (p->told[why] != NULL) {
		text_add(&said, ", as in step ");
		text_add(&said, p->told[why]);
		text_char(&said, '.');
		paragraph(p, "Sealed", ui_bytes(&said));
		return;
	}
	p->told[why] = step_label((enum step_id)step->id);
	text_add(&said, ": ");
	ui_reason(&said, p->session, why, (enum side)step->why_side);
	text_add(&said, ". Opens it: ");
	text_add(&said, reason_opens(why));
	text_char(&said, '.');
	paragraph(p, "Sealed", ui_bytes(&said));
}

static void draw_key_holder(const struct page *p, const struct step *step)
{
	const char *words = step->id == STEP_SECRET
	                            ? "opened it: with what is in it the records' tags verified."
	                            : "sees it all; the records' tags verified.";
	paragraph(p, "Key holder", ui_words(words));
}

static void draw_hidden(struct page *p, const struct step *step, const char *hidden)
{
	if (step->state == STEP_SEEN && step->see == SEE_OPENED) {
		draw_key_holder(p, step);
		return;
	}
	if (hidden != NULL)
		paragraph(p, "Hidden", ui_words(hidden));
	bool sealed = step->state == STEP_SEEN && step->see != SEE_CLEAR && step->id != STEP_GAP;
	if (!sealed || step->why == REASON_NONE)
		return;
	draw_sealed(p, step);
}

/* A hello of TLS 1.3 without a half-key is told as any other. */
static enum flavour told_as(const struct page *p, const struct step *step)
{
	const struct tls_facts *f = p->session->tls;
	bool bare = (step->id == STEP_CLIENT_HELLO && f->client != NULL &&
	             !(f->client->flags & HELLO_KEY_SHARE)) ||
	            (step->id == STEP_SERVER_HELLO && f->server != NULL &&
	             !(f->server->flags & HELLO_KEY_SHARE));
	return bare ? STORY_OTHER : (enum flavour)p->story.flavour;
}

static void explain_step(struct page *p, const struct step *step)
{
	struct step_sentences said = sentences_for((enum step_id)step->id, told_as(p, step));
	bool absent = step->state == STEP_NOT_SENT || step->state == STEP_NOT_CAPTURED;
	draw_title(p, step, said.title);
	if (!absent)
		draw_items(p, step);
	draw_here(p, step);
	bool before = step->id == STEP_BEFORE;
	if (before || (step->id == STEP_TALK && p->session->tls == NULL))
		ui_openings(p->t, p->style, p->session, HEAD_COLUMN);
	if (step->id == STEP_TALK || before) {
		ui_talk_words(p->t, p->style, p->session, CLIENT, before, HEAD_COLUMN);
		ui_talk_words(p->t, p->style, p->session, SERVER, before, HEAD_COLUMN);
	}
	if (absent)
		return;
	draw_meaning(p, step);
	paragraph(p, "What for", ui_words(said.what_for));
	draw_listener(p, step, said.listener);
	draw_hidden(p, step, said.hidden);
	paragraph(p, "The textbook", ui_words(said.textbook));
}

/* ---- the whole session ---- */

/* Each side's items came in order; between the sides their frames decide. */
static void order_items(struct page *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct unfolded *u = &p->unfold->item[i];
		size_t at = i;
		for (; at > 0 && p->item[at - 1]->event.last_frame > u->event.last_frame; at--)
			p->item[at] = p->item[at - 1];
		p->item[at] = u;
	}
}

/* An unsigned ServerKeyExchange is no proof: it stands with the secret. */
static uint8_t place_item(const struct page *p, struct story_walk *walk, const struct event *e)
{
	enum step_id id = story_place((enum flavour)p->story.flavour, walk, e);
	const struct step *proof = story_find(&p->story, STEP_PROOF);
	bool moved = e->kind == EVENT_SERVER_KEY_EXCHANGE && id == STEP_PROOF && proof != NULL &&
	             proof->state != STEP_SEEN;
	return (uint8_t)(moved ? STEP_SECRET : id);
}

static bool place_items(struct page *p)
{
	struct story_walk walk = {0};
	size_t n = p->unfold == NULL ? 0 : p->unfold->n_items;
	p->place = arena_take(p->t->arena, n + 1);
	p->item = arena_take(p->t->arena, (n + 1) * sizeof *p->item);
	if (p->place == NULL || p->item == NULL)
		return false;
	order_items(p, n);
	for (size_t i = 0; i < n; i++)
		p->place[i] = place_item(p, &walk, &p->item[i]->event);
	return true;
}

static void draw_heading(const struct page *p)
{
	const struct session *s = p->session;
	struct text line = text_new(p->t->arena);
	text_add(&line, "SESSION ");
	text_u64(&line, s->number);
	text_add(&line, "   ");
	if (s->tls != NULL && s->tls->client != NULL && s->tls->client->sni.len > 0)
		ui_foreign(&line, p->style, s->tls->client->sni, TEXT_SHOWN);
	else
		text_endpoint(&line, &s->endpoint[SERVER]);
	if (s->tls != NULL && s->tls->version != 0) {
		text_add(&line, s->tls->version <= 0x0300 ? "   " : "   TLS ");
		ui_version(&line, s->tls->version);
		text_add(&line, ", ");
		ui_exchange(&line, s, p->words, true);
	}
	ui_begin(p->t, p->style, ROLE_HEAD);
	ui_wrap(p->t, p->style, ui_bytes(&line), 0, 2);
	ui_end(p->t, p->style);
	struct text said = text_new(p->t->arena);
	text_add(&said, "\nIn one sentence: ");
	text_add(&said, flavour_sentence((enum flavour)p->story.flavour));
	ui_wrap(p->t, p->style, ui_bytes(&said), 0, 0);
}

static void draw_bounds(const struct page *p)
{
	if (p->unfold == NULL || p->unfold->left_out == 0)
		return;
	text_char(p->t, '\n');
	ui_count(p->t, p->unfold->left_out, "message or record", "messages and records");
	text_add(p->t, " of this session are not shown: there are too many.\n");
}

void ui_explain(struct text *t, const struct ui_style *style, const struct capture_facts *c,
                const struct session *s, const struct unfold *u, const struct vocabulary *w)
{
	struct page p = {.t = t, .style = style, .session = s, .unfold = u, .words = w};
	story_build(s, w, &p.story);
	if (!place_items(&p)) {
		t->broken = true;
		return;
	}
	if (c != NULL)
		ui_input_problems(t, style, c);
	draw_heading(&p);
	for (size_t i = 0; i < p.story.n_steps; i++)
		explain_step(&p, &p.story.step[i]);
	draw_bounds(&p);
	ui_conclusion(t, style, c, &p.story, w);
}
