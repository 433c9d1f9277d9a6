/* The escaping functions: what gets out is valid UTF-8 without control, bidirectional or zero-width
 * characters, and reading it back gives what went in. The first byte is the limit of text_foreign.
 */
#include <stdlib.h>

#include "src/base/text.h"
#include "tests/fuzz/fuzz.h"

enum { NO_CHARACTER = 0xffffff };

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Gives the character at the front and its length, or NO_CHARACTER and 1: table 3-7 of the Unicode
 * standard, byte by byte. */
static uint32_t front(const uint8_t *p, size_t len, size_t *n)
{
	uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	uint8_t high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
	*n = 1;
	if (p[0] < 0x80)
		return p[0];
	size_t wanted = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	if (wanted == 0 || len < wanted || p[1] < low || p[1] > high)
		return NO_CHARACTER;
	for (size_t i = 2; i < wanted; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return NO_CHARACTER;
	*n = wanted;
	if (wanted == 2)
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	if (wanted == 3)
		return (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	return (p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
}

static bool is_between(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

static bool may_go_out(uint32_t c)
{
	bool control = c < 0x20 || is_between(c, 0x7f, 0x9f);
	bool turns = c == 0x61c || is_between(c, 0x200e, 0x200f) || is_between(c, 0x202a, 0x202e) ||
	             is_between(c, 0x2066, 0x2069);
	bool no_width = is_between(c, 0x200b, 0x200d) || c == 0x2060 || c == 0xfeff || c == 0xad;
	bool breaks = c == 0x2028 || c == 0x2029;
	bool varies = is_between(c, 0xfe00, 0xfe0f) || is_between(c, 0xe0000, 0xe01ef);
	bool none = (c & 0xfffe) == 0xfffe || is_between(c, 0xfdd0, 0xfdef) || c > 0x10ffff;
	return !(control || turns || no_width || breaks || varies || none);
}

static void must_be_printable(const struct text *t)
{
	size_t n;
	for (size_t i = 0; i < t->len; i += n)
		must(may_go_out(front((const uint8_t *)t->at + i, t->len - i, &n)));
}

static uint32_t hex_at(const char *p, size_t digits)
{
	uint32_t v = 0;
	for (size_t i = 0; i < digits; i++) {
		must(is_between((uint8_t)p[i], '0', '9') || is_between((uint8_t)p[i], 'a', 'f'));
		v = v << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : p[i] - 'a' + 10);
	}
	return v;
}

/* Reads one character of the inside of a JSON string (RFC 8259, 7). */
static uint32_t json_front(const char *p, size_t len, size_t *n)
{
	static const char short_form[] = "\"\\nrt", meaning[] = "\"\\\n\r\t";
	must(p[0] != '"');
	if (p[0] != '\\')
		return front((const uint8_t *)p, len, n);
	must(len >= 2);
	const char *found = memchr(short_form, p[1], sizeof short_form - 1);
	*n = 2;
	if (found != NULL)
		return (uint8_t)meaning[found - short_form];
	must(p[1] == 'u' && len >= 6);
	uint32_t unit = hex_at(p + 2, 4);
	*n = 6;
	must(!is_between(unit, 0xdc00, 0xdfff));
	if (!is_between(unit, 0xd800, 0xdbff))
		return unit;
	must(len >= 12 && p[6] == '\\' && p[7] == 'u');
	uint32_t second = hex_at(p + 8, 4);
	*n = 12;
	must(is_between(second, 0xdc00, 0xdfff));
	return 0x10000 + ((unit - 0xd800) << 10 | (second - 0xdc00));
}

static void json_reads_back(const struct text *t, const uint8_t *data, size_t size)
{
	size_t i = 0, at = 0, n, taken;
	bool utf8 = true;
	for (; at < size; at += taken, i += n) {
		uint32_t c = front(data + at, size - at, &taken);
		utf8 = utf8 && c != NO_CHARACTER;
		must(i < t->len);
		must(json_front(t->at + i, t->len - i, &n) == (c == NO_CHARACTER ? data[at] : c));
	}
	must(i == t->len);
	must(utf8 == text_is_utf8((struct bytes){data, size}));
}

/* Reads one byte; gives how many it was written with. */
static size_t foreign_byte(const char *p, size_t len, uint8_t *byte)
{
	*byte = (uint8_t)p[0];
	if (p[0] != '\\')
		return 1;
	must(len >= 2);
	if (p[1] == '\\')
		return 2;
	must(p[1] == 'x' && len >= 4);
	*byte = (uint8_t)hex_at(p + 2, 2);
	return 4;
}

static void foreign_reads_back(const struct text *t, const uint8_t *data, size_t size, size_t limit)
{
	size_t len = t->len, n = 0;
	if (size > limit) {
		must(len >= 3 && memcmp(t->at + len - 3, "...", 3) == 0);
		len -= 3;
	}
	for (size_t i = 0; i < len; n++) {
		uint8_t byte;
		i += foreign_byte(t->at + i, len - i, &byte);
		must(n < size && data[n] == byte);
	}
	must(size > limit ? n <= limit && limit - n < 4 : n == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct arena arena = {.limit = 0};
	struct text t = text_new(&arena);
	struct bytes b = {data + 1, size - 1};
	text_json(&t, b);
	must(!t.broken);
	must_be_printable(&t);
	json_reads_back(&t, b.at, b.len);
	text_clear(&t);
	text_foreign(&t, b, data[0]);
	must(!t.broken);
	must_be_printable(&t);
	foreign_reads_back(&t, b.at, b.len, data[0]);
	arena_free(&arena);
	return 0;
}
