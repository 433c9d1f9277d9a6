/* Puts JSON together: objects, lists, keys and values in order. It knows no record. */
#ifndef KEYHOLE_OUTPUT_WRITE_H
#define KEYHOLE_OUTPUT_WRITE_H

#include "src/base/text.h"

/* Adds the comma before a member or an element that is not the first. */
static inline void write_comma(struct text *t)
{
	char last = t->len > 0 ? t->at[t->len - 1] : '{';
	if (last != '{' && last != '[' && last != '\n' && last != ':')
		text_char(t, ',');
}

/* Begins a member named `key`, or with NULL an element of a list. Inline: keys are constants, and
 * this is most of the work of a record. */
static inline void write_key(struct text *t, const char *key)
{
	write_comma(t);
	if (key == NULL)
		return;
	size_t len = strlen(key);
	char *place = text_more(t, len + 3);
	if (place == NULL)
		return;
	place[0] = '"';
	memcpy(place + 1, key, len);
	memcpy(place + 1 + len, "\":", 2);
}

/* Begin and end an object or a list, as a member named `key` or, with NULL, as an element. */
static inline void write_open(struct text *t, const char *key, char bracket)
{
	write_key(t, key);
	text_char(t, bracket);
}

static inline void write_close(struct text *t, char bracket)
{
	text_char(t, bracket);
}

/* Begins a string that the caller fills with text that needs no escaping, and ends with '"'. */
static inline void write_begin(struct text *t, const char *key)
{
	write_key(t, key);
	text_char(t, '"');
}

/* Add one member; with a NULL key an element of a list. Words are ours and hold nothing to escape.
 */
static inline void write_words(struct text *t, const char *key, const char *words)
{
	write_begin(t, key);
	text_add_n(t, words, strlen(words));
	text_char(t, '"');
}

static inline void write_bool(struct text *t, const char *key, bool v)
{
	write_key(t, key);
	text_add_n(t, v ? "true" : "false", v ? 4 : 5);
}

static inline void write_number(struct text *t, const char *key, uint64_t v)
{
	static const uint64_t most = (uint64_t)1
	                             << 53; /* what every JSON reader keeps exactly (RFC 8259, 6) */
	write_key(t, key);
	text_u64(t, v < most ? v : most);
}

/* Adds the day, as "2026-11-22"; nothing for MOMENT_UNKNOWN. */
void write_date(struct text *t, const char *key, moment m);
void write_time(struct text *t, const char *key, moment m);
void write_seconds(struct text *t, const char *key, int64_t ns);
void write_hex(struct text *t, const char *key, struct bytes b);
/* Adds foreign bytes, and "<key>_hex" beside them when they are not UTF-8. */
void write_foreign(struct text *t, const char *key, struct bytes b);
void write_foreign_z(struct text *t, const char *key, const char *z);
/* Adds a list of runs, and "<key>_hex" beside it when one of them is not UTF-8. */
void write_foreign_list(struct text *t, const char *key, const struct bytes *b, size_t n);
/* Adds {"c":...,"s":...}. */
void write_sides(struct text *t, const char *key, uint64_t client, uint64_t server);

#endif
