/* The text builder: every line that keyhole prints is put together here, and every byte that is not
 * ours goes through one of its escaping functions. It is not a printf: no format strings, no
 * locale. */
#ifndef KEYHOLE_BASE_TEXT_H
#define KEYHOLE_BASE_TEXT_H

#include "src/base/address.h"
#include "src/base/arena.h"
#include "src/base/moment.h"

/* Grows in its arena; `broken` says that memory ended and text was lost. The text is not
 * zero-terminated; see text_z. */
struct text {
	struct arena *arena;
	char *at;
	size_t len, room;
	bool broken;
};

/* Makes an empty text in the arena. */
struct text text_new(struct arena *a);
/* Empties it, keeping the memory. */
void text_clear(struct text *t);
/* Gives the text with a zero byte behind it; "" when broken. Valid until the next addition. */
const char *text_z(struct text *t);

/* Makes room for `n` more bytes and gives their place, or NULL; after a loss nothing is added, so
 * that what is there is always a beginning. In text.c: the way when the room is used up. */
char *text_grown(struct text *t, size_t n);

/* Gives the place for `n` more bytes, which the caller fills; NULL when memory ended. */
static inline char *text_more(struct text *t, size_t n)
{
	if (__builtin_expect(t->broken || t->room - t->len < n, 0))
		return text_grown(t, n);
	char *place = t->at + t->len;
	t->len += n;
	return place;
}

static inline void text_add_n(struct text *t, const char *words, size_t len)
{
	char *place = len == 0 ? NULL : text_more(t, len);
	if (place != NULL)
		memcpy(place, words, len);
}

static inline void text_char(struct text *t, char c)
{
	char *place = text_more(t, 1);
	if (place != NULL)
		*place = c;
}

/* Add our own words as they are; text_add takes at most 1 MiB of them. */
void text_add(struct text *t, const char *words);
void text_repeat(struct text *t, char c, size_t n);
/* Pads with spaces until `width` columns since the offset `from` (counted in characters, not
 * bytes). */
void text_pad(struct text *t, size_t from, size_t width);

/* Add numbers: decimal, decimal with thousands separated by commas, hexadecimal with at least
 * `digits` digits. */
void text_u64(struct text *t, uint64_t v);
void text_i64(struct text *t, int64_t v);
void text_grouped(struct text *t, uint64_t v);
void text_hex(struct text *t, uint64_t v, size_t digits);
/* Adds bytes in lower-case hexadecimal without separators. */
void text_hex_bytes(struct text *t, struct bytes b);

/* Adds "10.0.0.5" or "2001:db8::1" (RFC 5952). */
void text_ip(struct text *t, const uint8_t ip[16]);
/* Adds "10.0.0.5:443" or "[2001:db8::1]:443". */
void text_endpoint(struct text *t, const struct endpoint *e);
/* Adds RFC 3339 in UTC with `digits` (0 to 9) decimals of the second:
 * "2026-11-22T04:30:01.752728Z"; "unknown" for MOMENT_UNKNOWN. */
void text_rfc3339(struct text *t, moment m, unsigned digits);
/* Adds seconds with `digits` decimals, as in "0.285728". */
void text_seconds(struct text *t, int64_t ns, unsigned digits);

/* Adds foreign bytes for people: valid UTF-8 without control, bidirectional, zero-width and other
 * invisible characters goes through, everything else as \xNN (a backslash as \\). At most `limit`
 * bytes are taken; "..." shows a cut. */
void text_foreign(struct text *t, struct bytes b, size_t limit);
/* Adds the inside of a JSON string for foreign bytes: always valid UTF-8 and valid JSON; bytes that
 * are no UTF-8 become \u00XX. Invisible and bidirectional characters are escaped as \uXXXX. */
void text_json(struct text *t, struct bytes b);
/* Says whether text_json would have to rewrite bytes that are not UTF-8 (then a raw_hex field
 * belongs beside it). */
bool text_is_utf8(struct bytes b);
/* Counts characters (columns) of our own UTF-8 text. */
size_t text_columns(const char *at, size_t len);

#endif
