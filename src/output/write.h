/* Puts JSON together: objects, lists, keys and values in order. It knows no record. */
#ifndef KEYHOLE_OUTPUT_WRITE_H
#define KEYHOLE_OUTPUT_WRITE_H

#include "src/base/text.h"

/* Keys are constants: inlined, their lengths are too. This is most of the work of a record. */
#define WRITE_INLINE static inline __attribute__((always_inline))

/* What a member's beginning takes at most beside its key. */
enum { MEMBER_FRAME = 4 };

/* Says what stands before the next addition. */
WRITE_INLINE char write_last(const struct text *t)
{
	return t->len > 0 ? t->at[t->len - 1] : '{';
}

/* Puts the comma that a member or element needs which is not the first, and the key (NULL: an
 * element of a list); gives the place behind. */
WRITE_INLINE char *write_member(char *place, char last, const char *key)
{
	if (last != '{' && last != '[' && last != '\n' && last != ':')
		*place++ = ',';
	if (key == NULL)
		return place;
	size_t len = strlen(key);
	*place++ = '"';
	memcpy(place, key, len);
	place += len;
	*place++ = '"';
	*place++ = ':';
	return place;
}

WRITE_INLINE size_t write_room(const char *key)
{
	return MEMBER_FRAME + (key == NULL ? 0 : strlen(key));
}

/* Begins a member named `key`, or with NULL an element of a list. */
WRITE_INLINE void write_key(struct text *t, const char *key)
{
	char last = write_last(t), *place = text_more(t, write_room(key));
	if (place != NULL)
		t->len = (size_t)(write_member(place, last, key) - t->at);
}

/* Begin and end an object or a list, as a member named `key` or, with NULL, as an element. */
WRITE_INLINE void write_open(struct text *t, const char *key, char bracket)
{
	char last = write_last(t), *place = text_more(t, write_room(key) + 1);
	if (place == NULL)
		return;
	place = write_member(place, last, key);
	*place++ = bracket;
	t->len = (size_t)(place - t->at);
}

WRITE_INLINE void write_close(struct text *t, char bracket)
{
	text_char(t, bracket);
}

/* Begins a string that the caller fills with text that needs no escaping, and ends with '"'. */
WRITE_INLINE void write_begin(struct text *t, const char *key)
{
	write_open(t, key, '"');
}

/* Add one member; with a NULL key an element of a list. Words are ours and hold nothing to escape.
 */
WRITE_INLINE void write_words(struct text *t, const char *key, const char *words)
{
	size_t len = strlen(words);
	char last = write_last(t), *place = text_more(t, write_room(key) + len + 2);
	if (place == NULL)
		return;
	place = write_member(place, last, key);
	*place++ = '"';
	memcpy(place, words, len);
	place += len;
	*place++ = '"';
	t->len = (size_t)(place - t->at);
}

WRITE_INLINE void write_bool(struct text *t, const char *key, bool v)
{
	write_key(t, key);
	text_add_n(t, v ? "true" : "false", v ? 4 : 5);
}

WRITE_INLINE void write_number(struct text *t, const char *key, uint64_t v)
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
