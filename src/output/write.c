#include "src/output/write.h"

void write_date(struct text *t, const char *key, moment m)
{
	enum { DATE_LEN = 10 };
	if (m == MOMENT_UNKNOWN)
		return;
	write_begin(t, key);
	size_t from = t->len;
	text_rfc3339(t, m, 0);
	if (t->len > from + DATE_LEN)
		t->len = from + DATE_LEN;
	text_char(t, '"');
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
	write_key(t, key);
	text_seconds(t, ns, ns % 1000 == 0 ? 6 : 9);
}

void write_hex(struct text *t, const char *key, struct bytes b)
{
	write_begin(t, key);
	text_hex_bytes(t, b);
	text_char(t, '"');
}

/* Begins the member beside `key` that says which bytes it stood for. */
static void hex_beside(struct text *t, const char *key)
{
	if (write_last(t) != '{' && write_last(t) != '[')
		text_char(t, ',');
	text_char(t, '"');
	text_add(t, key);
	text_add(t, "_hex\":");
}

void write_foreign(struct text *t, const char *key, struct bytes b)
{
	if (b.len == 0)
		return;
	write_begin(t, key);
	text_json(t, b);
	text_char(t, '"');
	if (key == NULL || text_is_utf8(b))
		return;
	hex_beside(t, key);
	text_char(t, '"');
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
	hex_beside(t, key);
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
