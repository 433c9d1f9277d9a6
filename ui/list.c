#include "src/model/sentences.h"
#include "ui/layout.h"

enum { NAME_SHOWN = 128, NUMBERS_SHOWN = 12 };

/* Widths of the columns; talk takes what is left. */
struct columns {
	unsigned number, server, name, version, exchange, check, talk;
	bool narrow;
};

struct page {
	struct text *t;
	const struct ui_style *style;
	const struct vocabulary *words;
	const struct session *const *s;
	size_t n;
	struct columns columns;
};

/* ---- what each column says ---- */

static void say_number(struct text *t, const struct page *p, const struct session *s)
{
	(void)p;
	text_u64(t, s->number);
}

static void say_server(struct text *t, const struct page *p, const struct session *s)
{
	(void)p;
	text_endpoint(t, &s->endpoint[SERVER]);
}

static void say_name(struct text *t, const struct page *p, const struct session *s)
{
	if (s->tls == NULL || s->tls->client == NULL)
		text_char(t, '-');
	else if (s->tls->client->sni.len == 0)
		text_add(t, "(none)");
	else
		ui_foreign(t, p->style, s->tls->client->sni, NAME_SHOWN);
}

static bool is_old(const struct session *s)
{
	return s->tls->version < 0x0303;
}

static void say_version(struct text *t, const struct page *p, const struct session *s)
{
	(void)p;
	if (s->tls == NULL) {
		text_add(t, "no TLS");
		return;
	}
	if (s->tls->version == 0) {
		text_char(t, '?');
		return;
	}
	ui_version(t, s->tls->version);
	text_add(t, is_old(s) ? " !" : "");
}

static void say_exchange(struct text *t, const struct page *p, const struct session *s)
{
	ui_exchange(t, s, p->words, !p->columns.narrow);
}

static const char *check_words(uint8_t c)
{
	static const char *const words[] = {
		[CHECK_UNKNOWN] = "?",
		[CHECK_OK] = "ok",
		[CHECK_EXPIRED] = "EXPIRED !",
		[CHECK_NOT_YET_VALID] = "TOO EARLY !",
		[CHECK_WRONG_NAME] = "NAME !",
		[CHECK_SELF_SIGNED] = "SELF !",
		[CHECK_UNKNOWN_ROOT] = "NO TRUST !",
		[CHECK_MISSING_INTERMEDIATE] = "GAP !",
		[CHECK_BAD_SIGNATURE] = "FORGED !",
		[CHECK_UNREADABLE] = "BROKEN !",
		[CHECK_OTHER] = "BAD !",
	};
	return c < sizeof words / sizeof *words ? words[c] : "?";
}

static void say_check(struct text *t, const struct page *p, const struct session *s)
{
	(void)p;
	enum flavour f = story_flavour(s);
	if (s->verdict[SERVER].made)
		text_add(t, check_words(s->verdict[SERVER].first));
	else if (f == STORY_RESUMED || f == STORY_PSK)
		text_add(t, "not sent");
	else if (f == STORY_TLS13)
		text_add(t, "hidden");
	else
		text_char(t, '-');
}

static const struct event *failure_of(const struct session *s)
{
	for (size_t i = 0; i < s->n_events; i++)
		if (s->event[i].kind == EVENT_ALERT && s->event[i].detail != 0)
			return &s->event[i];
	return NULL;
}

static void say_failure(struct text *t, const struct page *p, const struct session *s)
{
	const struct event *e = failure_of(s);
	if (e != NULL) {
		text_add(t, "failed: ");
		ui_name(t, p->words, REG_ALERT, e->detail);
		if (!p->columns.narrow)
			text_add(t, e->from == CLIENT ? " (client)" : " (server)");
		return;
	}
	bool reset = session_first(s, EVENT_RST, CLIENT) != NULL ||
	             session_first(s, EVENT_RST, SERVER) != NULL;
	text_add(t, reset ? "failed: cut off (RST)" : "no talk");
}

static const char *talk_word(const struct session *s)
{
	if (s->protocol == PROTOCOL_CLEAR || s->tls == NULL)
		return "CLEAR ";
	return ui_is_opened(s) ? "OPENED " : "sealed ";
}

static void say_talk(struct text *t, const struct page *p, const struct session *s)
{
	bool any = s->talk[CLIENT].records + s->talk[SERVER].records > 0 ||
	           s->talk[CLIENT].bytes + s->talk[SERVER].bytes > 0;
	if (!any) {
		say_failure(t, p, s);
		return;
	}
	text_add(t, talk_word(s));
	ui_talk_size(t, &s->talk[CLIENT]);
	text_add(t, p->columns.narrow ? "/" : " / ");
	ui_talk_size(t, &s->talk[SERVER]);
	text_add(t, " B");
}

/* ---- the table ---- */

typedef void say_fn(struct text *t, const struct page *p, const struct session *s);

static unsigned wider(const struct page *p, say_fn *say, unsigned least, unsigned most)
{
	struct text cell = text_new(p->t->arena);
	size_t width = least;
	for (size_t i = 0; i < p->n && width < most; i++) {
		text_clear(&cell);
		say(&cell, p, p->s[i]);
		size_t columns = text_columns(cell.at, cell.len);
		width = columns > width ? columns : width;
	}
	return (unsigned)(width < most ? width : most);
}

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The name gives way to what the talk has to say. */
static void measure(struct page *p)
{
	struct columns *c = &p->columns;
	unsigned width = ui_width(p->style), spaces = 7;
	c->narrow = width < UI_NARROW;
	c->number = wider(p, say_number, 3, 10);
	c->server = wider(p, say_server, 6, c->narrow ? 15 : 23);
	c->version = wider(p, say_version, c->narrow ? 3 : 7, 7);
	c->exchange = wider(p, say_exchange, c->narrow ? 9 : 12, c->narrow ? 9 : 16);
	c->check = wider(p, say_check, c->narrow ? 5 : 11, 11);
	c->talk = wider(p, say_talk, 16, c->narrow ? 20 : 30);
	c->name = wider(p, say_name, 6, c->narrow ? 16 : 26);
	unsigned others = c->number + c->server + c->version + c->exchange + c->check + spaces;
	unsigned room = width > others + 16 ? width - others : 16;
	c->name = smaller(c->name, room > c->talk + 8 ? room - c->talk : 8);
	c->talk = smaller(c->talk, room > c->name + 8 ? room - c->name : 8);
}

static void cell(const struct page *p, say_fn *say, const struct session *s, unsigned width)
{
	size_t from = p->t->len;
	say(p->t, p, s);
	ui_cell(p->t, from, width);
}

static void head_cell(const struct page *p, const char *word, unsigned width)
{
	size_t from = p->t->len;
	text_add(p->t, word);
	ui_cell(p->t, from, width);
}

static void end_line(struct text *t)
{
	while (t->len > 0 && t->at[t->len - 1] == ' ')
		t->len--;
	text_char(t, '\n');
}

static void draw_heads(const struct page *p)
{
	const struct columns *c = &p->columns;
	ui_begin(p->t, p->style, ROLE_DIM);
	text_repeat(p->t, ' ', c->number - 1);
	text_add(p->t, "#  ");
	head_cell(p, "server", c->server);
	head_cell(p, "name", c->name);
	head_cell(p, c->narrow ? "TLS" : "version", c->version);
	head_cell(p, c->narrow ? "key exch." : "key exchange", c->exchange);
	head_cell(p, c->narrow ? "cert." : "certificate", c->check);
	text_add(p->t, "talk (up / down)");
	ui_end(p->t, p->style);
	end_line(p->t);
}

static bool is_bad_check(const struct session *s)
{
	return s->verdict[SERVER].made && s->verdict[SERVER].first > CHECK_OK;
}

static enum ui_role talk_role(const struct session *s)
{
	if (s->tls == NULL)
		return ROLE_WARN;
	return ui_is_opened(s) ? ROLE_OPENED : ROLE_SEALED;
}

static void draw_row(const struct page *p, const struct session *s)
{
	const struct columns *c = &p->columns;
	struct text number = text_new(p->t->arena);
	say_number(&number, p, s);
	text_repeat(p->t, ' ', number.len < c->number ? c->number - number.len : 0);
	text_add_n(p->t, number.at, number.len);
	text_add(p->t, "  ");
	cell(p, say_server, s, c->server);
	cell(p, say_name, s, c->name);
	cell(p, say_version, s, c->version);
	cell(p, say_exchange, s, c->exchange);
	if (is_bad_check(s))
		ui_begin(p->t, p->style, ROLE_WARN);
	cell(p, say_check, s, c->check);
	ui_end(p->t, p->style);
	ui_begin(p->t, p->style, talk_role(s));
	cell(p, say_talk, s, c->talk);
	ui_end(p->t, p->style);
	end_line(p->t);
}

/* ---- groups below the table ---- */

/* Says whether a session belongs to a group; `what` is the group. */
typedef bool member_fn(const struct session *s, unsigned what);

static size_t run_length(const struct page *p, size_t at, member_fn *in, unsigned what)
{
	size_t n = 0;
	while (at + n < p->n && in(p->s[at + n], what))
		n++;
	return n;
}

static void say_run(struct text *t, const struct page *p, size_t at, size_t n)
{
	text_char(t, ' ');
	text_u64(t, p->s[at]->number);
	if (n == 1)
		return;
	text_char(t, n == 2 ? ' ' : '-');
	text_u64(t, p->s[at + n - 1]->number);
}

/* Adds " 1 4-9 12"; returns how many sessions those are. */
static size_t say_numbers(struct text *t, const struct page *p, member_fn *in, unsigned what)
{
	size_t members = 0, shown = 0, left_out = 0;
	for (size_t i = 0; i < p->n;) {
		size_t n = run_length(p, i, in, what);
		if (n > 0 && shown++ < NUMBERS_SHOWN)
			say_run(t, p, i, n);
		else
			left_out += n;
		members += n;
		i += n + 1;
	}
	if (left_out > 0) {
		text_add(t, " and ");
		ui_count(t, left_out, "more", "more");
	}
	return members;
}

static bool has_reason(const struct session *s, unsigned what)
{
	enum side side;
	enum reason r = ui_leading_reason(s, &side);
	return r == (enum reason)what && r != REASON_NO_FINISHED; /* there was nothing to seal */
}

static bool is_found(const struct session *s, unsigned what)
{
	for (size_t i = 0; i < s->n_found; i++)
		if (s->found[i].code == what)
			return true;
	return false;
}

/* Begins a line of a group; the first one of a kind says which kind. */
static void draw_group_line(const struct page *p, const char **kind, const struct text *said)
{
	size_t from = p->t->len;
	ui_begin(p->t, p->style, ROLE_HEAD);
	from = p->t->len;
	text_add(p->t, *kind);
	ui_cell(p->t, from, 12);
	ui_end(p->t, p->style);
	ui_wrap(p->t, p->style, ui_bytes(said), 13, 15);
	*kind = "";
}

static bool draw_reasons(const struct page *p)
{
	const char *kind = "Why sealed";
	for (unsigned r = REASON_NONE + 1; r < REASONS; r++) {
		struct text numbers = text_new(p->t->arena), said = text_new(p->t->arena);
		if (say_numbers(&numbers, p, has_reason, r) == 0)
			continue;
		text_add(&said, reason_slug((enum reason)r));
		text_char(&said, ':');
		text_add_n(&said, numbers.at, numbers.len);
		text_add(&said, "   opens it: ");
		text_add(&said, reason_opens((enum reason)r));
		draw_group_line(p, &kind, &said);
	}
	return kind[0] == '\0';
}

static void say_bad_dates(struct text *t, const struct session *s, bool alone)
{
	const struct verdict *v = &s->verdict[SERVER];
	const struct cert *c = v->at_fault;
	if (c == NULL && s->tls->chain[SERVER] != NULL && s->tls->chain[SERVER]->n_certs > 0)
		c = s->tls->chain[SERVER]->cert[0];
	text_add(t, v->then == CHECK_EXPIRED ? "certificate ended " : "certificate begins ");
	moment end = c == NULL                  ? MOMENT_UNKNOWN
	             : v->then == CHECK_EXPIRED ? c->not_after
	                                        : c->not_before;
	if (alone && end != MOMENT_UNKNOWN && v->judged_then != MOMENT_UNKNOWN) {
		bool before = end < v->judged_then;
		ui_duration(t, before ? end : v->judged_then, before ? v->judged_then : end);
		text_char(t, ' ');
	}
	text_add(t, v->then == CHECK_EXPIRED ? "before the talk" : "after the talk");
}

/* How long ago is said of one session alone: of several each has its own. */
static void say_verdict(struct text *t, const struct session *s, bool alone)
{
	static const enum finding finding[] = {
		[CHECK_WRONG_NAME] = FIND_CERT_NAME,
		[CHECK_SELF_SIGNED] = FIND_CERT_SELF_SIGNED,
		[CHECK_UNKNOWN_ROOT] = FIND_CERT_UNKNOWN_ROOT,
		[CHECK_MISSING_INTERMEDIATE] = FIND_CERT_MISSING_INTERMEDIATE,
		[CHECK_BAD_SIGNATURE] = FIND_CERT_BAD_SIGNATURE,
		[CHECK_UNREADABLE] = FIND_CERT_ASN1,
		[CHECK_OTHER] = FIND_CERT_OTHER,
	};
	uint8_t first = s->verdict[SERVER].first;
	if (first == CHECK_EXPIRED || first == CHECK_NOT_YET_VALID)
		say_bad_dates(t, s, alone);
	else
		text_add(t, finding_words(finding[first]));
	if (session_established(s))
		text_add(t, ", and the client went on");
	else if (failure_of(s) != NULL && failure_of(s)->from == CLIENT)
		text_add(t, ", and the client refused");
}

/* What became of a session with a bad certificate. */
enum outcome { WENT_ON, REFUSED, STOPPED, OUTCOMES };

static enum outcome outcome_of(const struct session *s)
{
	if (session_established(s))
		return WENT_ON;
	return failure_of(s) != NULL && failure_of(s)->from == CLIENT ? REFUSED : STOPPED;
}

/* `what` is a verdict and an outcome. */
static bool has_verdict(const struct session *s, unsigned what)
{
	return is_bad_check(s) && s->verdict[SERVER].first == what / OUTCOMES &&
	       outcome_of(s) == (enum outcome)(what % OUTCOMES);
}

static const struct session *first_with_verdict(const struct page *p, unsigned what)
{
	for (size_t i = 0; i < p->n; i++)
		if (has_verdict(p->s[i], what))
			return p->s[i];
	return NULL;
}

static void draw_verdicts(const struct page *p, const char **kind)
{
	for (unsigned what = 0; what < (CHECK_OTHER + 1) * OUTCOMES; what++) {
		const struct session *first = first_with_verdict(p, what);
		struct text numbers = text_new(p->t->arena), said = text_new(p->t->arena);
		if (first == NULL)
			continue;
		size_t n = say_numbers(&numbers, p, has_verdict, what);
		text_add_n(&said, numbers.at + 1, numbers.len - 1);
		text_add(&said, ": ");
		say_verdict(&said, first, n == 1);
		draw_group_line(p, kind, &said);
	}
}

static bool is_told_by_verdict(unsigned finding)
{
	return finding == FIND_CERT_EXPIRED || finding == FIND_CERT_NOT_YET_VALID ||
	       finding == FIND_CERT_NAME || finding == FIND_CERT_SELF_SIGNED ||
	       finding == FIND_CERT_UNKNOWN_ROOT || finding == FIND_CERT_MISSING_INTERMEDIATE ||
	       finding == FIND_CERT_BAD_SIGNATURE || finding == FIND_CERT_OTHER;
}

static void draw_findings(const struct page *p, const char **kind)
{
	for (unsigned f = 0; f < FINDINGS; f++) {
		struct text said = text_new(p->t->arena);
		if (is_told_by_verdict(f) || say_numbers(&said, p, is_found, f) == 0)
			continue;
		text_add(&said, ": ");
		text_add(&said, finding_words((enum finding)f));
		struct text trimmed = {.at = said.at + 1, .len = said.len - 1};
		draw_group_line(p, kind, &trimmed);
	}
}

static bool draw_look_at(const struct page *p)
{
	const char *kind = "Look at";
	draw_verdicts(p, &kind);
	draw_findings(p, &kind);
	return kind[0] == '\0';
}

static void draw_more(const struct page *p, const char *command_tail)
{
	struct text said = text_new(p->t->arena);
	text_add(&said, "keyhole -e ");
	text_u64(&said, p->s[p->n > 1 ? 1 : 0]->number);
	text_char(&said, ' ');
	ui_foreign_z(&said, p->style, command_tail);
	text_add(&said, "  (explain session ");
	text_u64(&said, p->s[p->n > 1 ? 1 : 0]->number);
	text_add(&said, ")   keyhole --json ");
	ui_foreign_z(&said, p->style, command_tail);
	const char *kind = "More";
	draw_group_line(p, &kind, &said);
}

void ui_list(struct text *t, const struct ui_style *style, const struct capture_facts *c,
             const struct session *const *s, size_t n, const struct vocabulary *w,
             const char *command_tail)
{
	struct page p = {.t = t, .style = style, .words = w, .s = s, .n = n};
	ui_head(t, style, c);
	if (n == 0)
		return;
	text_char(t, '\n');
	measure(&p);
	draw_heads(&p);
	for (size_t i = 0; i < n; i++)
		draw_row(&p, s[i]);
	text_char(t, '\n');
	bool any = draw_reasons(&p);
	any |= draw_look_at(&p);
	if (any)
		text_char(t, '\n');
	draw_more(&p, command_tail);
}
