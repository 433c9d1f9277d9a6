#include "ui/layout.h"

enum { HOUR = 3600, DAY = 86400, FOREIGN_WORDS = 4096 };

unsigned ui_width(const struct ui_style *style)
{
	unsigned width = style->width == 0 ? UI_WIDTH : style->width;
	return width < UI_LEAST ? UI_LEAST : width > UI_WIDTH ? UI_WIDTH : width;
}

void ui_begin(struct text *t, const struct ui_style *style, enum ui_role role)
{
	if (style->colour)
		text_add(t, style->role[role]);
}

void ui_end(struct text *t, const struct ui_style *style)
{
	if (style->colour)
		text_add(t, style->plain);
}

struct bytes ui_bytes(const struct text *t)
{
	return (struct bytes){(const uint8_t *)t->at, t->len};
}

struct bytes ui_words(const char *z)
{
	return (struct bytes){(const uint8_t *)z, z == NULL ? 0 : strlen(z)};
}

/* ---- foreign bytes ---- */

void ui_foreign(struct text *t, const struct ui_style *style, struct bytes b, size_t limit)
{
	if (!style->ascii) {
		text_foreign(t, b, limit);
		return;
	}
	struct text escaped = text_new(t->arena);
	text_foreign(&escaped, b, limit);
	for (size_t i = 0; i < escaped.len; i++) {
		uint8_t byte = (uint8_t)escaped.at[i];
		if (byte < 0x80) {
			text_char(t, (char)byte);
			continue;
		}
		text_add(t, "\\x");
		text_hex(t, byte, 2);
	}
}

void ui_foreign_z(struct text *t, const struct ui_style *style, const char *z)
{
	ui_foreign(t, style, ui_words(z), FOREIGN_WORDS);
}

/* ---- columns ---- */

/* Gives the offset behind the first `columns` characters. */
static size_t offset_of_column(struct bytes b, size_t columns)
{
	size_t i = 0;
	for (size_t n = 0; i < b.len; i++) {
		if ((b.at[i] & 0xc0) == 0x80)
			continue;
		if (n++ == columns)
			return i;
	}
	return i;
}

void ui_cell(struct text *t, size_t from, unsigned width)
{
	if (t->broken)
		return;
	struct bytes cell = {(const uint8_t *)t->at + from, t->len - from};
	if (from < t->len && text_columns(t->at + from, cell.len) > width) {
		t->len = from + offset_of_column(cell, width - 1);
		text_char(t, '~');
	}
	text_pad(t, from, width);
	text_char(t, ' ');
}

static size_t word_length(struct bytes b, size_t at)
{
	size_t end = at;
	while (end < b.len && b.at[end] != ' ' && b.at[end] != '\n')
		end++;
	return end - at;
}

static void new_line(struct text *t, unsigned *column, unsigned indent)
{
	text_char(t, '\n');
	text_repeat(t, ' ', indent);
	*column = indent;
}

/* A word that is longer than a line is broken where the line ends. */
static void long_word(struct text *t, struct bytes word, unsigned width, unsigned *column,
                      unsigned indent)
{
	while (word.len > 0) {
		if (*column >= width)
			new_line(t, column, indent);
		size_t n = offset_of_column(word, width - *column);
		text_add_n(t, (const char *)word.at, n);
		*column += (unsigned)text_columns((const char *)word.at, n);
		word = (struct bytes){word.at + n, word.len - n};
	}
}

void ui_wrap(struct text *t, const struct ui_style *style, struct bytes said, unsigned column,
             unsigned indent)
{
	unsigned width = ui_width(style), gap = 0;
	for (size_t i = 0; i < said.len;) {
		size_t n = word_length(said, i);
		struct bytes word = {said.at + i, n};
		size_t columns = text_columns((const char *)word.at, n);
		if (n > 0 && column > indent && column + gap + columns > width)
			new_line(t, &column, indent);
		else if (n > 0) {
			text_repeat(t, ' ', gap);
			column += gap;
		}
		long_word(t, word, width, &column, indent);
		i += n;
		for (gap = 0; i < said.len && said.at[i] == ' '; i++)
			gap++;
		if (i < said.len && said.at[i] == '\n') {
			new_line(t, &column, indent);
			i++;
		}
	}
	while (t->len > 0 && t->at[t->len - 1] == ' ')
		t->len--;
	text_char(t, '\n');
}

void ui_see(struct text *t, const struct ui_style *style, const struct step *p, unsigned width)
{
	static const struct {
		const char *word;
		enum ui_role role;
	} see[] = {
		[SEE_CLEAR] = {"clear", ROLE_DIM},
		[SEE_SEALED] = {"SEALED", ROLE_SEALED},
		[SEE_OPENED] = {"OPENED", ROLE_OPENED},
		[SEE_FAILED] = {"FAILED", ROLE_WARN},
	};
	ui_begin(t, style, see[p->see].role);
	size_t from = t->len;
	text_add(t, p->id == STEP_GAP ? "LOST" : see[p->see].word);
	ui_cell(t, from, width);
	ui_end(t, style);
}

/* ---- numbers for people ---- */

void ui_date(struct text *t, moment m)
{
	static const char *const month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	if (m == MOMENT_UNKNOWN) {
		text_add(t, "unknown");
		return;
	}
	struct calendar c = moment_calendar(m);
	text_i64(t, c.day);
	text_char(t, ' ');
	text_add(t, month[c.month - 1]);
	text_char(t, ' ');
	text_i64(t, c.year);
}

static void two_digits(struct text *t, int32_t v)
{
	if (v < 10)
		text_char(t, '0');
	text_i64(t, v);
}

static void clock_time(struct text *t, moment m)
{
	struct calendar c = moment_calendar(m);
	two_digits(t, c.hour);
	text_char(t, ':');
	two_digits(t, c.minute);
	text_char(t, ':');
	two_digits(t, c.second);
}

void ui_date_time(struct text *t, moment m)
{
	ui_date(t, m);
	if (m == MOMENT_UNKNOWN)
		return;
	text_char(t, ' ');
	clock_time(t, m);
}

void ui_count(struct text *t, uint64_t n, const char *one, const char *many)
{
	text_grouped(t, n);
	text_char(t, ' ');
	text_add(t, n == 1 ? one : many);
}

/* Gives the moment so many years after another; 29 February becomes the 28th. */
static moment years_later(moment m, int32_t years)
{
	struct calendar c = moment_calendar(m);
	c.year += years;
	moment later = moment_from(c);
	if (later != MOMENT_UNKNOWN)
		return later;
	c.day = 28;
	return moment_from(c);
}

void ui_duration(struct text *t, moment from, moment to)
{
	int32_t years = moment_calendar(to).year - moment_calendar(from).year;
	if (years > 0 && years_later(from, years) > to)
		years--;
	uint64_t seconds = (uint64_t)((to - years_later(from, years)) / NS_PER_SECOND);
	if (years == 0 && seconds < DAY) {
		ui_count(t, seconds / HOUR, "hour", "hours");
		return;
	}
	if (years > 0) {
		ui_count(t, (uint64_t)years, "year", "years");
		text_char(t, ' ');
	}
	ui_count(t, seconds / DAY, "day", "days");
}

void ui_size(struct text *t, uint64_t bytes)
{
	static const char *const unit[] = {" B", " KB", " MB", " GB", " TB", " PB", " EB"};
	size_t i = 0;
	uint64_t rest = 0;
	while (bytes >= 1000 && i + 1 < sizeof unit / sizeof *unit) {
		rest = bytes % 1000;
		bytes /= 1000;
		i++;
	}
	text_u64(t, bytes);
	if (i > 0 && bytes < 10) {
		text_char(t, '.');
		text_u64(t, rest / 100);
	}
	text_add(t, unit[i]);
}

/* ---- names ---- */

void ui_version(struct text *t, uint16_t version)
{
	static const char *const name[] = {"SSL 3.0", "1.0", "1.1", "1.2", "1.3"};
	if (version == 0x0002) {
		text_add(t, "SSL 2.0");
	} else if (tls13_draft(version) != 0) {
		text_add(t, "1.3-d");
		text_u64(t, tls13_draft(version));
	} else {
		text_add(t, version >= 0x0300 && version <= 0x0304 ? name[version - 0x0300] : "?");
	}
}

void ui_name(struct text *t, const struct vocabulary *w, enum registry r, uint32_t code)
{
	const char *name = r == REG_NONE ? NULL : w->name(r, code);
	if (name != NULL) {
		text_add(t, name);
		return;
	}
	text_add(t, "0x");
	text_hex(t, code, 4);
}

static bool goes_on(struct span before, struct span next)
{
	return next.first >= before.first &&
	       next.first - before.first <= 1 + before.last - before.first;
}

/* Adds one run of frames that follow each other; gives the index behind it. */
static size_t frames_run(struct text *t, const struct step *p, size_t i)
{
	struct span run = p->span[i++];
	size_t n = 1;
	for (; i < p->n_spans && goes_on(run, p->span[i]); i++, n++)
		run.last = p->span[i].last > run.last ? p->span[i].last : run.last;
	text_u64(t, run.first);
	if (run.last == run.first)
		return i;
	text_add(t, run.last == run.first + 1 && n > 1 ? ", " : "-");
	text_u64(t, run.last);
	return i;
}

static uint32_t last_frame(const struct step *p)
{
	uint32_t last = 0;
	for (size_t i = 0; i < p->n_spans; i++)
		last = p->span[i].last > last ? p->span[i].last : last;
	return last;
}

void ui_frames(struct text *t, const struct step *p, size_t most)
{
	size_t before = t->len;
	for (size_t i = 0; i < p->n_spans;) {
		text_add(t, i > 0 ? ", " : "");
		i = frames_run(t, p, i);
	}
	if (p->spans_left_out > 0)
		text_add(t, ", ...");
	if (t->len - before <= most)
		return;
	t->len = before;
	text_u64(t, p->span[0].first);
	text_add(t, " .. ");
	text_u64(t, last_frame(p));
}

uint16_t ui_group(const struct session *s)
{
	const struct tls_facts *t = s->tls;
	if (t == NULL)
		return 0;
	if (t->server_kx != NULL && t->server_kx->group != 0)
		return t->server_kx->group;
	return t->server == NULL ? 0 : t->server->group;
}

static void ephemeral_exchange(struct text *t, const struct session *s, const struct vocabulary *w,
                               bool with_group)
{
	const struct tls_facts *f = s->tls;
	uint16_t group = ui_group(s);
	bool finite =
		f->kx == KX_DHE || f->kx == KX_DHE_PSK || (group >= 0x0100 && group <= 0x01ff);
	bool psk = f->kx == KX_DHE_PSK || f->kx == KX_ECDHE_PSK;
	if (group_is_kem(group)) {
		if (with_group)
			ui_name(t, w, REG_GROUP, group);
		else
			text_add(t, "ML-KEM");
		return;
	}
	text_add(t, finite ? "DHE" : "ECDHE");
	if (f->auth == AUTH_ANON)
		text_add(t, "-anon");
	if (psk)
		text_add(t, "-PSK");
	if (!with_group)
		return;
	if (group != 0) {
		text_char(t, ' ');
		ui_name(t, w, REG_GROUP, group);
	} else if (f->server_kx != NULL && f->server_kx->dh_bits > 0) {
		text_char(t, ' ');
		text_u64(t, f->server_kx->dh_bits);
	}
}

/* Without TLS the protocol stands in its place. */
static void plain_protocol(struct text *t, const struct session *s, bool wide)
{
	if (s->tls != NULL || s->n_openings == 0) {
		text_char(t, '-');
		return;
	}
	text_add(t, opening_name((enum opening_protocol)s->opening[s->n_openings - 1].protocol));
	text_add(t, wide ? ", clear" : "");
}

void ui_exchange(struct text *t, const struct session *s, const struct vocabulary *w,
                 bool with_group)
{
	switch (story_flavour(s)) {
	case STORY_RSA:
		text_add(t, s->tls->kx == KX_RSA_PSK ? "RSA-PSK" : "RSA");
		return;
	case STORY_RESUMED:
		text_add(t, "resumed");
		return;
	case STORY_PSK:
	case STORY_SHARED13:
		text_add(t, !(s->tls->server->flags & HELLO_KEY_SHARE) ? "PSK"
		            : group_is_kem(ui_group(s))                ? "PSK+ML-KEM"
		                                                       : "PSK+ECDHE");
		return;
	case STORY_EPHEMERAL:
	case STORY_UNSIGNED:
	case STORY_TLS13:
		ephemeral_exchange(t, s, w, with_group);
		return;
	case STORY_SHARED:
		if (s->tls->kx == KX_PSK)
			text_add(t, "PSK");
		else
			ephemeral_exchange(t, s, w, with_group);
		return;
	case STORY_OTHER:
		text_add(t, w->suite_kx(s->tls->suite));
		return;
	default:
		plain_protocol(t, s, with_group);
	}
}

bool ui_is_bound(const struct talk *k)
{
	return k->text_least == 0 && k->text_most > 0;
}

/* Clear text has no bounds: what was sent is there. */
void ui_talk_size(struct text *t, const struct talk *k, bool mark)
{
	if (k->text_least == k->text_most) {
		text_grouped(t, k->text_most > 0 ? k->text_most : k->text_bytes);
		return;
	}
	if (!ui_is_bound(k)) {
		text_grouped(t, k->text_least);
		text_char(t, '-');
	} else {
		text_add(t, mark ? "<= " : "");
	}
	text_grouped(t, k->text_most);
}

/* ---- reasons ---- */

bool ui_is_opened(const struct session *s)
{
	return s->tls != NULL && (s->tls->opened[CLIENT] || s->tls->opened[SERVER]);
}

enum reason ui_leading_reason(const struct session *s, enum side *side)
{
	*side = CLIENT;
	if (s->tls == NULL)
		return REASON_NONE;
	if (s->tls->why[CLIENT] == REASON_NONE)
		*side = SERVER;
	return s->tls->why[*side];
}

void ui_reason(struct text *t, const struct session *s, enum reason r, enum side side)
{
	const char *sentence = reason_sentence(r);
	const char *detail = s->tls->why[side] == r ? s->tls->why_detail[side] : "";
	const char *hole = sentence == NULL ? NULL : strstr(sentence, "{}");
	if (hole == NULL) {
		text_add(t, sentence == NULL ? "" : sentence);
		return;
	}
	text_add_n(t, sentence, (size_t)(hole - sentence));
	text_add(t, detail);
	text_add(t, hole + 2);
}

/* ---- what all screens begin with ---- */

static void head_losses(struct text *t, const struct capture_facts *c)
{
	size_t before = t->len;
	if (c->dropped > 0) {
		ui_count(t, c->dropped, "packet dropped", "packets dropped");
		text_add(t, " by the kernel, ");
	}
	if (c->gap_bytes > 0) {
		ui_count(t, c->gap_bytes, "byte", "bytes");
		text_add(t, " of streams missing, ");
	}
	if (c->evicted > 0) {
		ui_count(t, c->evicted, "flow", "flows");
		text_add(t, " given up at keyhole's limit, ");
	}
	if (t->len == before)
		text_add(t, "nothing lost");
	else
		t->len -= t->len >= 2 ? 2 : 0;
}

static void head_times(struct text *t, const struct capture_facts *c)
{
	if (c->first == MOMENT_UNKNOWN || c->packets == 0)
		return;
	bool same_second = c->first / NS_PER_SECOND == c->last / NS_PER_SECOND;
	ui_date_time(t, c->first);
	text_add(t, same_second ? "" : " to ");
	if (c->last - c->first >= (int64_t)DAY * NS_PER_SECOND)
		ui_date_time(t, c->last);
	else if (!same_second)
		clock_time(t, c->last);
	text_add(t, " UTC, ");
}

static void head_nothing_found(struct text *t, const struct capture_facts *c)
{
	if (c->tls_sessions + c->clear_sessions > 0)
		return;
	if (c->packets == 0) {
		text_add(t, "No TLS was found: there are no packets.\n");
		return;
	}
	text_add(t, "No TLS was found: ");
	ui_count(t, c->tcp_segments, "TCP segment", "TCP segments");
	text_add(t, ", ");
	ui_count(t, c->udp_datagrams, "UDP datagram", "UDP datagrams");
	text_add(t, ", ");
	ui_count(t, c->other_packets, "packet of other kinds", "packets of other kinds");
	text_add(t, ".\n");
}

void ui_input_problems(struct text *t, const struct ui_style *style, const struct capture_facts *c)
{
	if (c->problem != NULL) {
		ui_begin(t, style, ROLE_WARN);
		text_add(t, "Input: ");
		ui_foreign_z(t, style, c->problem);
		ui_end(t, style);
		text_char(t, '\n');
	}
	for (size_t i = 0; i < c->n_findings; i++) {
		const struct input_finding *f = &c->finding[i];
		text_add(t, "Input: ");
		text_add(t, f->code);
		if (f->n > 1) {
			text_add(t, ", ");
			ui_count(t, f->n, "time", "times");
		}
		if (f->frame > 0) {
			text_add(t, ", first in frame ");
			text_u64(t, f->frame);
		} else if (f->offset > 0) {
			text_add(t, ", first at byte ");
			text_grouped(t, f->offset);
		}
		text_char(t, '\n');
	}
}

/* What it holds and when it was and what was lost: in one line when they fit, else in two. */
void ui_head(struct text *t, const struct ui_style *style, const struct capture_facts *c)
{
	struct text line = text_new(t->arena), when = text_new(t->arena);
	ui_foreign_z(&line, style, c->name);
	text_add(&line, ": ");
	ui_count(&line, c->tls_sessions, "TLS session", "TLS sessions");
	if (c->clear_sessions > 0) {
		text_add(&line, ", ");
		text_grouped(&line, c->clear_sessions);
		text_add(&line, " in clear");
	}
	text_add(&line, ", ");
	ui_count(&line, c->packets, "packet", "packets");
	text_add(&line, ", ");
	ui_size(&line, c->bytes);
	text_char(&line, ',');
	head_times(&when, c);
	head_losses(&when, c);
	size_t columns = text_columns(line.at, line.len) + 1 + text_columns(when.at, when.len);
	text_add(&line, columns > ui_width(style) ? "\n" : " ");
	text_add_n(&line, when.at, when.len);
	ui_begin(t, style, ROLE_HEAD);
	ui_wrap(t, style, ui_bytes(&line), 0, 2);
	ui_end(t, style);
	ui_input_problems(t, style, c);
	head_nothing_found(t, c);
}
