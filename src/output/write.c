#include "src/output/write.h"

#include <assert.h>

static const uint64_t most = (uint64_t)1
                             << 53; /* what every JSON reader keeps exactly (RFC 8259, 6) */

enum { KEY_MOST = 64 };

static void put(struct text *t, const char *words)
{
	text_add_n(t, words, strlen(words));
}

/* Adds the comma before a member or an element that is not the first, the key, and `begin`: put
 * together first, for this is most of the work of a record. */
static void member_begin(struct text *t, const char *key, const char *suffix, const char *begin)
{
	char out[KEY_MOST + 16];
	size_t n = 0, key_len = key == NULL ? 0 : strlen(key), suffix_len = strlen(suffix);
	char last = t->len > 0 ? t->at[t->len - 1] : '{';
	assert(key_len + suffix_len < KEY_MOST);
	if (last != '{' && last != '[' && last != '\n')
		out[n++] = ',';
	if (key != NULL) {
		out[n++] = '"';
		memcpy(out + n, key, key_len);
		memcpy(out + n + key_len, suffix, suffix_len);
		n += key_len + suffix_len;
		out[n++] = '"';
		out[n++] = ':';
	}
	if (begin[0] != '\0')
		out[n++] = begin[0];
	text_add_n(t, out, n);
}

static void member(struct text *t, const char *key, const char *suffix)
{
	member_begin(t, key, suffix, "");
}

void write_open(struct text *t, const char *key, char bracket)
{
	member_begin(t, key, "", bracket == '{' ? "{" : "[");
}

void write_close(struct text *t, char bracket)
{
	text_char(t, bracket);
}

void write_begin(struct text *t, const char *key)
{
	member_begin(t, key, "", "\"");
}

void write_words(struct text *t, const char *key, const char *words)
{
	write_begin(t, key);
	put(t, words);
	text_char(t, '"');
}

void write_number(struct text *t, const char *key, uint64_t v)
{
	member(t, key, "");
	text_u64(t, v < most ? v : most);
}

void write_bool(struct text *t, const char *key, bool v)
{
	member(t, key, "");
	put(t, v ? "true" : "false");
}

void write_time(struct text *t, const char *key, moment m)
{
	if (m == MOMENT_UNKNOWN)
		return;
	write_begin(t, key);
	text_rfc3339(t, m, m % 1000 == 0 ? 6 : 9);
	text_char(t, '"');
}

void write_seconds(struct text *t, const char *key, int64_t ns)
{
	member(t, key, "");
	text_seconds(t, ns, ns % 1000 == 0 ? 6 : 9);
}

void write_hex(struct text *t, const char *key, struct bytes b)
{
	write_begin(t, key);
	text_hex_bytes(t, b);
	text_char(t, '"');
}

void write_foreign(struct text *t, const char *key, struct bytes b)
{
	if (b.len == 0)
		return;
	member_begin(t, key, "", "\"");
	text_json(t, b);
	text_char(t, '"');
	if (key == NULL || text_is_utf8(b))
		return;
	member_begin(t, key, "_hex", "\"");
	text_hex_bytes(t, b);
	text_char(t, '"');
}

void write_foreign_z(struct text *t, const char *key, const char *z)
{
	if (z != NULL)
		write_foreign(t, key, (struct bytes){(const uint8_t *)z, strlen(z)});
}

static bool all_utf8(const struct bytes *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text_is_utf8(b[i]))
			return false;
	return true;
}

void write_foreign_list(struct text *t, const char *key, const struct bytes *b, size_t n)
{
	if (n == 0)
		return;
	write_open(t, key, '[');
	for (size_t i = 0; i < n; i++) {
		write_begin(t, NULL);
		text_json(t, b[i]);
		text_char(t, '"');
	}
	write_close(t, ']');
	if (all_utf8(b, n))
		return;
	member(t, key, "_hex");
	text_char(t, '[');
	for (size_t i = 0; i < n; i++)
		write_hex(t, NULL, b[i]);
	text_char(t, ']');
}

void write_sides(struct text *t, const char *key, uint64_t client, uint64_t server)
{
	write_open(t, key, '{');
	write_number(t, "c", client);
	write_number(t, "s", server);
	write_close(t, '}');
}
