/* Words in lines of text, and facts about an opening. */
#include "dissectors/starttls/dialogue.h"

enum { VALUE_MOST = 256, DIGITS_MOST = 10 };

static uint8_t capital(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

/* Gives how many bytes our words take at the beginning; 0 when they do not stand there. */
static size_t match(struct bytes b, const char *words)
{
	size_t i = 0;
	while (i < b.len && words[i] != '\0' && capital(b.at[i]) == capital((uint8_t)words[i]))
		i++;
	return words[i] == '\0' ? i : 0;
}

bool begins(struct bytes b, const char *words)
{
	return match(b, words) > 0;
}

bool is_words(struct bytes b, const char *words)
{
	return b.len > 0 && match(b, words) == b.len;
}

size_t find_words(struct bytes b, const char *words)
{
	for (size_t i = 0; i < b.len; i++)
		if (begins(bytes_from(b, i), words))
			return i;
	return SIZE_MAX;
}

bool is_one_of(struct bytes word, const char *list)
{
	size_t n = 0;
	bool same = word.len > 0;
	for (;; list++) {
		bool end = *list == ' ' || *list == '\0';
		if (end && same && n == word.len)
			return true;
		if (*list == '\0')
			return false;
		same = end ? word.len > 0
		           : same && n < word.len && capital(word.at[n]) == (uint8_t)*list;
		n = end ? 0 : n + 1;
	}
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bytes take_word(struct bytes *line)
{
	size_t n = 0;
	while (line->len > 0 && is_space(line->at[0]))
		*line = bytes_from(*line, 1);
	while (n < line->len && !is_space(line->at[n]))
		n++;
	struct bytes word = {line->at, n};
	while (n < line->len && is_space(line->at[n]))
		n++;
	*line = bytes_from(*line, n);
	return word;
}

struct bytes line_of(const struct message *m)
{
	struct bytes b = m->bytes;
	while (b.len > 0 && (b.at[b.len - 1] == '\n' || b.at[b.len - 1] == '\r'))
		b.len--;
	return b;
}

struct bytes between(struct bytes b, const char *open, const char *close)
{
	size_t at = find_words(b, open);
	if (at == SIZE_MAX)
		return (struct bytes){NULL, 0};
	struct bytes in = bytes_from(b, at + match(bytes_from(b, at), open));
	size_t end = find_words(in, close);
	return (struct bytes){in.at, end == SIZE_MAX ? 0 : end};
}

size_t find_byte(struct bytes b, uint8_t byte)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.at[i] == byte)
			return i;
	return SIZE_MAX;
}

struct bytes take_string(struct reader *r, bool *whole)
{
	size_t end = find_byte((struct bytes){r->at, left(r)}, 0);
	struct bytes b = take_bytes(r, end == SIZE_MAX ? left(r) : end, 0);
	take_bytes(r, end == SIZE_MAX ? 0 : 1, 0);
	if (whole != NULL)
		*whole = end != SIZE_MAX;
	return b;
}

enum look look_for(struct bytes b, const char *magic, size_t len)
{
	size_t n = b.len < len ? b.len : len;
	if (n > 0 && memcmp(b.at, magic, n) != 0)
		return LOOK_NO;
	return n < len ? LOOK_MORE : LOOK_YES;
}

uint16_t take_le16(struct reader *r)
{
	uint16_t low = take_u8(r, 0);
	return (uint16_t)(low | take_u8(r, 0) << 8);
}

uint32_t take_le32(struct reader *r)
{
	uint32_t low = take_le16(r);
	return low | (uint32_t)take_le16(r) << 16;
}

struct bytes number_text(struct arena *a, uint32_t v)
{
	uint8_t digit[DIGITS_MOST];
	size_t at = DIGITS_MOST;
	do {
		digit[--at] = (uint8_t)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return arena_keep(a, (struct bytes){digit + at, DIGITS_MOST - at});
}

/* ---- facts ---- */

struct bytes keep(const struct dialogue *d, struct bytes b)
{
	b.len = b.len < VALUE_MOST ? b.len : VALUE_MOST;
	return b.len == 0 ? b : arena_keep(d->arena, b);
}

void add_fact(const struct dialogue *d, struct opening *o, enum opening_fact_kind k,
              struct bytes value)
{
	if (value.len == 0 || o->n_facts == OPENING_FACTS)
		return;
	for (uint8_t i = 0; i < o->n_facts; i++)
		if (o->fact[i].kind == k)
			return;
	o->fact[o->n_facts++] = (struct opening_fact){.value = keep(d, value), .kind = (uint8_t)k};
}

void hide(struct message *m, size_t from)
{
	if (from < m->shown)
		m->shown = (uint16_t)from;
}

/* What a side says between the word and TLS was sent by somebody who could not know yet, or did not
 * care: it is taken as if it had come through TLS (CVE-2011-0411). */
static void tell_behind(const struct side_said *s, uint32_t word, uint32_t *frame)
{
	if (word < s->n && word + 1 < s->n)
		*frame = s->message[word + 1].first_frame;
}

void tell_asked(const struct dialogue *d, struct opening *o, uint32_t asks, uint32_t answers,
                bool accepted)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	bool tls = c->tls || s->tls;
	if (asks < c->n)
		o->asked_frame = c->message[asks].first_frame;
	if (answers < s->n)
		o->answered_frame = s->message[answers].last_frame;
	if (answers >= s->n && !tls) {
		o->upgrade = UPGRADE_ASKED;
		return;
	}
	o->upgrade = accepted || tls ? UPGRADE_ACCEPTED : UPGRADE_REFUSED;
	if (o->upgrade == UPGRADE_REFUSED || answers >= s->n)
		return;
	if (c->tls)
		tell_behind(c, asks, &o->behind_frame[CLIENT]);
	if (s->tls)
		tell_behind(s, answers, &o->behind_frame[SERVER]);
}

void tell_offered(const struct dialogue *d, struct opening *o, uint32_t frame, bool went_on)
{
	bool tls = d->side[CLIENT]->tls || d->side[SERVER]->tls;
	o->offered = true;
	o->offered_frame = frame;
	if (o->upgrade == UPGRADE_NONE && !tls)
		o->upgrade = went_on ? UPGRADE_NOT_TAKEN : UPGRADE_OFFERED;
	if (o->upgrade == UPGRADE_NONE && tls)
		o->upgrade = UPGRADE_ACCEPTED;
}
