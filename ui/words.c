#include "ui/layout.h"

enum { TEXT_LINES = 16, LINE_BYTES = 400, MARK = 3 };

static void draw_line(struct text *t, const struct ui_style *style, enum side side,
                      struct bytes line, bool first, unsigned indent)
{
	text_repeat(t, ' ', indent);
	text_add(t, !first ? "  " : side == CLIENT ? "C>" : "<S");
	text_char(t, ' ');
	struct text shown = text_new(t->arena);
	ui_foreign(&shown, style, line, LINE_BYTES);
	ui_begin(t, style, ROLE_OPENED);
	ui_wrap(t, style, ui_bytes(&shown), indent + MARK, indent + MARK);
	ui_end(t, style);
}

static size_t line_length(struct bytes b)
{
	const uint8_t *end = b.len == 0 ? NULL : memchr(b.at, '\n', b.len);
	return end == NULL ? b.len : (size_t)(end - b.at);
}

/* Gives how many bytes of a side's text stand before TLS. */
static size_t clear_before(const struct session *s, enum side side)
{
	const struct event *e = session_first(s, EVENT_CLEAR_TEXT, side);
	size_t all = s->talk[side].text.len;
	if (s->tls == NULL || e == NULL || s->n_openings > 0)
		return 0;
	return e->len < all ? e->len : all;
}

struct bytes ui_said(const struct session *s, enum side side, bool before)
{
	struct bytes b = s->talk[side].text;
	size_t head = clear_before(s, side);
	if (head == 0 || before)
		return (struct bytes){b.at, before ? head : b.len};
	return (struct bytes){b.at + head, b.len - head};
}

static void draw_rest(struct text *t, uint64_t left_out, unsigned indent)
{
	if (left_out == 0)
		return;
	text_repeat(t, ' ', indent + MARK);
	text_add(t, "... ");
	ui_count(t, left_out, "byte more\n", "bytes more\n");
}

static void draw_words(struct text *t, const struct ui_style *style, enum side side, struct bytes b,
                       uint64_t not_kept, unsigned indent)
{
	if (b.len == 0)
		return;
	for (size_t n = 0; b.len > 0 && n < TEXT_LINES; n++) {
		size_t len = line_length(b), shown = len;
		if (shown > 0 && b.at[shown - 1] == '\r')
			shown--;
		draw_line(t, style, side, (struct bytes){b.at, shown}, n == 0, indent);
		len += len < b.len;
		b = (struct bytes){b.at + len, b.len - len};
	}
	draw_rest(t, b.len + not_kept, indent);
}

void ui_talk_words(struct text *t, const struct ui_style *style, const struct session *s,
                   enum side side, bool before, unsigned indent)
{
	const struct talk *k = &s->talk[side];
	uint64_t not_kept = k->text_bytes > k->text.len ? k->text_bytes - k->text.len : 0;
	for (uint32_t i = 0; before && i < s->n_openings; i++)
		draw_words(t, style, side, s->opening[i].said[side], 0, indent);
	if (!before || s->n_openings == 0)
		draw_words(t, style, side, ui_said(s, side, before), before ? 0 : not_kept, indent);
}
