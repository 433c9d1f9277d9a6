#include "src/model/sentences.h"
#include "ui/layout.h"

enum {
	NAME_SHOWN = 128,
	NUMBERS_SHOWN = 12,
	WORDS_SHOWN = 24,
	KEYS_SHOWN = 4,
	SPKI_SHOWN = 4,
	SPKI_BYTES = 32,
	REASON_MOST = 32,
	ORIGINS_TRIED = 64,
	GROUP_COLUMN = 13,
	SPACES = 7,
	GAPS = 5
};

/* Widths of the columns; talk takes what is left. */
struct columns {
	unsigned number, server, name, version, exchange, check, talk, gap, others;
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
		[CHECK_MISSING_INTERMEDIATE] = "NO ISSUER !",
		[CHECK_BAD_SIGNATURE] = "FORGED !",
		[CHECK_UNREADABLE] = "BROKEN !",
		[CHECK_OTHER] = "BAD !",
	};
	return c < sizeof words / sizeof *words ? words[c] : "?";
}

static void say_check(struct text *t, const struct page *p, const struct session *s)
{
	enum flavour f = story_flavour(s);
	bool raw = s->tls != NULL && s->tls->raw_key[SERVER] != NULL;
	const char *words = check_words(s->verdict[SERVER].first);
	size_t mark = p->columns.narrow ? strlen(" !") : 0;
	if (s->verdict[SERVER].made)
		text_add_n(t, words,
		           strlen(words) - (s->verdict[SERVER].first > CHECK_OK ? mark : 0));
	else if (raw)
		text_add(t, "raw key");
	else if (f == STORY_RESUMED || f == STORY_PSK || f == STORY_SHARED13)
		text_add(t, "not sent");
	else if (f == STORY_TLS13)
		text_add(t, "hidden");
	else
		text_char(t, '-');
}

static void say_failure(struct text *t, const struct page *p, const struct session *s)
{
	const struct event *e = ui_failure(s);
	if (s->tls != NULL && session_established(s)) {
		text_add(t, "no talk");
		return;
	}
	if (e != NULL) {
		text_add(t, "failed: ");
		ui_failure_name(t, p->words, e);
		if (!p->columns.narrow)
			text_add(t, e->from == CLIENT ? " (client)" : " (server)");
		return;
	}
	bool reset = session_first(s, EVENT_RST, CLIENT) != NULL ||
	             session_first(s, EVENT_RST, SERVER) != NULL;
	text_add(t, reset ? "failed: cut off (RST)" : "no talk");
}

/* Gives the first line of what was said, and of an answer over HTTP what follows the version. */
static struct bytes first_words(struct bytes b, enum side side)
{
	const uint8_t *end = b.len == 0 ? NULL : memchr(b.at, '\n', b.len);
	if (end != NULL)
		b.len = (size_t)(end - b.at);
	while (b.len > 0 && (b.at[b.len - 1] == '\r' || b.at[b.len - 1] == ' '))
		b.len--;
	const uint8_t *space = b.len == 0 ? NULL : memchr(b.at, ' ', b.len);
	if (side == SERVER && space != NULL && b.len > 5 && memcmp(b.at, "HTTP/", 5) == 0)
		return (struct bytes){space + 1, b.len - (size_t)(space + 1 - b.at)};
	static const char version[] = " HTTP/1.1";
	size_t tail = sizeof version - 1;
	if (side == CLIENT && b.len > tail && memcmp(b.at + b.len - tail, version, tail - 1) == 0)
		b.len -= tail;
	return b;
}

static struct bytes first_word(struct bytes b)
{
	const uint8_t *space = b.len == 0 ? NULL : memchr(b.at, ' ', b.len);
	return space == NULL ? b : (struct bytes){b.at, (size_t)(space - b.at)};
}

/* What was said, in short; false when it cannot be read. */
static bool say_words(struct text *t, const struct page *p, const struct session *s)
{
	struct bytes up = first_words(ui_said(s, CLIENT, false), CLIENT);
	struct bytes down = first_words(ui_said(s, SERVER, false), SERVER);
	if (up.len == 0 && down.len == 0)
		return false;
	if (p->columns.narrow) {
		up = first_word(up);
		down = first_word(down);
	}
	ui_foreign(t, p->style, up, WORDS_SHOWN);
	text_add(t, up.len == 0 ? "" : " ");
	text_add(t, down.len == 0 ? "" : "-> ");
	ui_foreign(t, p->style, down, WORDS_SHOWN);
	return true;
}

static const char *talk_word(const struct session *s)
{
	if (s->protocol == PROTOCOL_CLEAR || s->tls == NULL)
		return "CLEAR ";
	return ui_is_opened(s) ? "OPENED " : "sealed ";
}

static bool has_talk(const struct talk *k)
{
	return k->records > 0 || k->bytes > 0;
}

/* In a sealed TLS 1.3 flight nobody can tell where the handshake ends and the talk begins. */
static void say_size(struct text *t, const struct session *s, enum side side)
{
	if (!has_talk(&s->talk[side]) && s->tls != NULL && s->tls->version >= 0x0304 &&
	    !s->tls->opened[side])
		text_char(t, '?');
	else
		ui_talk_size(t, &s->talk[side], true);
}

static void say_talk(struct text *t, const struct page *p, const struct session *s)
{
	if (!has_talk(&s->talk[CLIENT]) && !has_talk(&s->talk[SERVER])) {
		say_failure(t, p, s);
		return;
	}
	text_add(t, talk_word(s));
	if (say_words(t, p, s))
		return;
	say_size(t, s, CLIENT);
	text_add(t, p->columns.narrow ? "/" : " / ");
	say_size(t, s, SERVER);
	text_add(t, p->columns.narrow ? "" : " B");
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

/* Short heads make columns narrower than the long ones would. */
static void measure_with(struct page *p, bool brief)
{
	struct columns *c = &p->columns;
	c->version = wider(p, say_version, brief ? 3 : 7, 7);
	c->exchange = wider(p, say_exchange, brief ? 9 : 12, c->narrow ? 9 : 16);
	c->check = wider(p, say_check, brief ? 5 : 11, 11);
	c->others = c->number + c->server + c->version + c->exchange + c->check + SPACES;
}

/* Long heads and two spaces between the columns where there is room, then short heads, then one
 * space; at last the name gives way to what the talk has to say. */
static void measure(struct page *p)
{
	struct columns *c = &p->columns;
	unsigned width = ui_width(p->style);
	c->narrow = width < UI_NARROW;
	c->number = wider(p, say_number, 3, 10);
	c->server = wider(p, say_server, 6, c->narrow ? 15 : 23);
	c->talk = wider(p, say_talk, 16, c->narrow ? 24 : 40);
	c->name = wider(p, say_name, 6, c->narrow ? 16 : 26);
	measure_with(p, c->narrow);
	if (c->others + GAPS + c->name + c->talk > width)
		measure_with(p, true);
	c->gap = c->others + GAPS + c->name + c->talk > width ? 1 : 2;
	unsigned others = c->others + (c->gap - 1) * GAPS;
	unsigned room = width > others + 16 ? width - others : 16;
	c->name = smaller(c->name, room > c->talk + 8 ? room - c->talk : 8);
	c->talk = smaller(c->talk, room > c->name + 8 ? room - c->name : 8);
}

static void cell(const struct page *p, say_fn *say, const struct session *s, unsigned width)
{
	size_t from = p->t->len;
	say(p->t, p, s);
	ui_cell(p->t, from, width);
	text_repeat(p->t, ' ', p->columns.gap - 1);
}

static void head_cell(const struct page *p, const char *word, unsigned width)
{
	size_t from = p->t->len;
	text_add(p->t, word);
	ui_cell(p->t, from, width);
	text_repeat(p->t, ' ', p->columns.gap - 1);
}

static void cut_spaces(struct text *t)
{
	while (t->len > 0 && t->at[t->len - 1] == ' ')
		t->len--;
}

static void draw_heads(const struct page *p)
{
	const struct columns *c = &p->columns;
	ui_begin(p->t, p->style, ROLE_DIM);
	text_repeat(p->t, ' ', c->number - 1);
	text_add(p->t, "#  ");
	head_cell(p, "server", c->server);
	head_cell(p, "name", c->name);
	head_cell(p, c->version < 7 ? "TLS" : "version", c->version);
	head_cell(p, c->exchange < 12 ? "key exch." : "key exchange", c->exchange);
	head_cell(p, c->check < 11 ? "cert." : "certificate", c->check);
	text_add(p->t, c->narrow ? "talk (up/down)" : "talk (up / down)");
	ui_end(p->t, p->style);
	text_char(p->t, '\n');
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
	size_t from = p->t->len;
	say_talk(p->t, p, s);
	ui_cell(p->t, from, c->talk);
	cut_spaces(p->t);
	ui_end(p->t, p->style);
	text_char(p->t, '\n');
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
	ui_cell(p->t, from, GROUP_COLUMN - 1);
	ui_end(p->t, p->style);
	ui_wrap(p->t, p->style, ui_bytes(said), GROUP_COLUMN, GROUP_COLUMN + 2);
	*kind = "";
}

/* ---- which secret opens which sessions ---- */

static const struct cert *leaf(const struct session *s)
{
	const struct chain *c = s->tls == NULL ? NULL : s->tls->chain[SERVER];
	return c != NULL && c->n_certs > 0 && c->cert[0]->readable ? c->cert[0] : NULL;
}

static bool lacks_key(const struct session *s)
{
	return has_reason(s, REASON_KEY_MISSING) && leaf(s) != NULL;
}

/* Says whether two sessions lack the same private key. */
static bool same_key(const struct session *a, const struct session *b)
{
	return lacks_key(a) && lacks_key(b) &&
	       memcmp(leaf(a)->spki_sha256, leaf(b)->spki_sha256, SPKI_BYTES) == 0;
}

/* Finds the first session of each key, at most KEYS_SHOWN + 1; gives how many. */
static size_t first_with_keys(const struct page *p, size_t first[KEYS_SHOWN + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < p->n && n <= KEYS_SHOWN; i++) {
		bool known = !lacks_key(p->s[i]);
		for (size_t k = 0; k < n; k++)
			known |= same_key(p->s[first[k]], p->s[i]);
		if (!known)
			first[n++] = i;
	}
	return n;
}

static size_t same_key_run(const struct page *p, size_t first, size_t at)
{
	size_t n = 0;
	while (at + n < p->n && same_key(p->s[first], p->s[at + n]))
		n++;
	return n;
}

/* Adds "02ae7394... (1 4-6)". */
static void say_with_key(struct text *t, const struct page *p, size_t first)
{
	struct text numbers = text_new(p->t->arena);
	size_t shown = 0, left_out = 0;
	for (size_t i = first; i < p->n;) {
		size_t n = same_key_run(p, first, i);
		if (n > 0 && shown++ < NUMBERS_SHOWN)
			say_run(&numbers, p, i, n);
		else
			left_out += n;
		i += n + 1;
	}
	text_hex_bytes(t, (struct bytes){leaf(p->s[first])->spki_sha256, SPKI_SHOWN});
	text_add(t, "... (");
	text_add_n(t, numbers.at + 1, numbers.len - 1);
	if (left_out > 0) {
		text_add(t, " and ");
		ui_count(t, left_out, "more", "more");
	}
	text_char(t, ')');
}

static void say_keys(struct text *t, const struct page *p, const size_t *first, size_t n)
{
	text_add(t, "-k: key ");
	for (size_t k = 0; k < n && k < KEYS_SHOWN; k++) {
		text_add(t, k > 0 ? ", " : "");
		say_with_key(t, p, first[k]);
	}
	text_add(t, n > KEYS_SHOWN ? ", and other keys; or a key log" : "; or a key log");
}

/* Gives the session that gave out what this one was taken up by; NULL when it was not captured. */
static const struct session *origin_of(const struct page *p, const struct session *s)
{
	uint32_t from = meaning_resumption(s->tls).from;
	for (size_t i = 0; from != 0 && i < p->n; i++)
		if (p->s[i]->first_frame == from)
			return p->s[i];
	return NULL;
}

/* Sessions that come from the same one. */
struct family {
	const struct session *from;
	struct text numbers;
};

/* Finds where the first resumed sessions come from; gives how many families there are. */
static size_t find_families(const struct page *p, struct family f[KEYS_SHOWN])
{
	size_t n = 0, tried = 0;
	for (size_t i = 0; i < p->n && tried < ORIGINS_TRIED; i++) {
		if (!has_reason(p->s[i], REASON_RESUMED))
			continue;
		tried++;
		const struct session *from = origin_of(p, p->s[i]);
		size_t k = 0;
		while (k < n && f[k].from != from)
			k++;
		if (from == NULL || k == KEYS_SHOWN)
			continue;
		if (k == n)
			f[n++] = (struct family){from, text_new(p->t->arena)};
		text_add(&f[k].numbers, f[k].numbers.len > 0 ? " " : "");
		text_u64(&f[k].numbers, p->s[i]->number);
	}
	return n;
}

static void say_origins(struct text *t, const struct page *p)
{
	struct family f[KEYS_SHOWN];
	size_t n = find_families(p, f);
	for (size_t k = 0; k < n; k++) {
		text_add(t, k > 0 ? ", " : "");
		text_add_n(t, f[k].numbers.at, f[k].numbers.len);
		text_add(t, " with what opens ");
		text_u64(t, f[k].from->number);
	}
	text_add(t, n > 0 ? "; or a key log" : reason_opens(REASON_RESUMED));
}

static void say_opens(struct text *t, const struct page *p, enum reason r)
{
	size_t first[KEYS_SHOWN + 1], n = r == REASON_KEY_MISSING ? first_with_keys(p, first) : 0;
	if (n > 0)
		say_keys(t, p, first, n);
	else if (r == REASON_RESUMED)
		say_origins(t, p);
	else
		text_add(t, reason_opens(r));
}

/* The words of the column before what opens it: as wide as the widest of them. */
static unsigned reason_width(const struct page *p)
{
	struct text cell = text_new(p->t->arena);
	size_t most = 0;
	for (unsigned r = REASON_NONE + 1; r < REASONS; r++) {
		text_clear(&cell);
		text_add(&cell, reason_slug((enum reason)r));
		text_char(&cell, ':');
		if (say_numbers(&cell, p, has_reason, r) > 0 && cell.len > most)
			most = cell.len;
	}
	return (unsigned)(most < REASON_MOST ? most : REASON_MOST);
}

static bool draw_reasons(const struct page *p)
{
	const char *kind = "Why sealed";
	unsigned width = reason_width(p);
	for (unsigned r = REASON_NONE + 1; r < REASONS; r++) {
		struct text said = text_new(p->t->arena);
		text_add(&said, reason_slug((enum reason)r));
		text_char(&said, ':');
		if (say_numbers(&said, p, has_reason, r) == 0)
			continue;
		text_pad(&said, 0, width);
		text_add(&said, "  opens: ");
		say_opens(&said, p, (enum reason)r);
		draw_group_line(p, &kind, &said);
	}
	return kind[0] == '\0';
}

/* ---- what to look at ---- */

/* What became of a session with a bad certificate. */
enum outcome { WENT_ON, REFUSED, STOPPED, OUTCOMES };

static enum outcome outcome_of(const struct session *s)
{
	if (session_established(s))
		return WENT_ON;
	return ui_failure(s) != NULL && ui_failure(s)->from == CLIENT ? REFUSED : STOPPED;
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
		ui_verdict(&said, first, n == 1);
		draw_group_line(p, kind, &said);
	}
}

static bool has_old_version(const struct session *s, unsigned what)
{
	return s->tls != NULL && s->tls->version == what && is_found(s, FIND_TLS_OLD_VERSION);
}

static void draw_old_versions(const struct page *p, const char **kind)
{
	static const uint16_t version[] = {0x0002, 0x0300, 0x0301, 0x0302};
	for (size_t i = 0; i < sizeof version / sizeof *version; i++) {
		struct text said = text_new(p->t->arena);
		if (say_numbers(&said, p, has_old_version, version[i]) == 0)
			continue;
		text_add(&said, ": ");
		ui_old_version(&said, version[i]);
		struct text trimmed = {.at = said.at + 1, .len = said.len - 1};
		draw_group_line(p, kind, &trimmed);
	}
}

/* Verdicts, old versions and reasons have lines of their own. */
static bool is_told(unsigned finding)
{
	if (finding == FIND_TLS_OLD_VERSION || finding == FIND_DECRYPT_KEY_MISMATCH ||
	    finding == FIND_DECRYPT_MISSING_SECRET)
		return true;
	for (uint8_t check = 0; check <= CHECK_OTHER; check++)
		if (finding != FIND_CERT_ASN1 && ui_finding_of(check) == finding)
			return true;
	return false;
}

static void draw_findings(const struct page *p, const char **kind)
{
	for (unsigned f = 0; f < FINDINGS; f++) {
		struct text said = text_new(p->t->arena);
		if (is_told(f) || say_numbers(&said, p, is_found, f) == 0)
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
	draw_old_versions(p, &kind);
	draw_findings(p, &kind);
	return kind[0] == '\0';
}

/* Two commands in one line when they fit, else in two. */
static void draw_more(const struct page *p, const char *command_tail)
{
	struct text explain = text_new(p->t->arena), json = text_new(p->t->arena);
	struct text remark = text_new(p->t->arena);
	uint32_t number = p->s[p->n > 1 ? 1 : 0]->number;
	const char *kind = "More";
	text_add(&explain, "keyhole -e ");
	text_u64(&explain, number);
	text_char(&explain, ' ');
	ui_foreign_z(&explain, p->style, command_tail);
	text_add(&remark, "  (explain session ");
	text_u64(&remark, number);
	text_char(&remark, ')');
	if (GROUP_COLUMN + text_columns(explain.at, explain.len) + remark.len <= ui_width(p->style))
		text_add_n(&explain, remark.at, remark.len);
	text_add(&json, "keyhole --json ");
	ui_foreign_z(&json, p->style, command_tail);
	size_t columns = text_columns(explain.at, explain.len) + text_columns(json.at, json.len);
	if (GROUP_COLUMN + columns + 3 <= ui_width(p->style)) {
		text_add(&explain, "   ");
		text_add_n(&explain, json.at, json.len);
		text_clear(&json);
	}
	draw_group_line(p, &kind, &explain);
	if (json.len > 0)
		draw_group_line(p, &kind, &json);
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
	if (command_tail[0] != '\0')
		draw_more(&p, command_tail);
}
