#include "src/base/text.h"

enum { FIRST_ROOM = 256, MOST_DIGITS = 20, NS_DIGITS = 9, MOST_WORDS = 1 << 20 };

static const char hex_digit[] = "0123456789abcdef";

/* Characters that show nothing or that move what is beside them: Unicode's controls,
 * Default_Ignorable_Code_Point (DerivedCoreProperties.txt), the bidirectional controls, the line
 * and paragraph separators, the interlinear marks and the non-characters of plane 0. The last two
 * of each plane are told by their low bits. */
static const struct range {
	uint32_t first, last;
} invisible[] = {
	{0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},
	{0x061c, 0x061c}, {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
	{0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},
	{0xfdd0, 0xfdef}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
	{0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool is_visible(uint32_t c)
{
	if ((c & 0xfffe) == 0xfffe)
		return false;
	for (size_t i = 0; i < sizeof invisible / sizeof *invisible; i++) {
		if (c < invisible[i].first)
			return true;
		if (c <= invisible[i].last)
			return false;
	}
	return true;
}

/* ---- growing ---- */

struct text text_new(struct arena *a)
{
	return (struct text){.arena = a};
}

void text_clear(struct text *t)
{
	t->len = 0;
	t->broken = false;
}

static bool text_grow(struct text *t, size_t n)
{
	size_t room = t->room == 0 ? FIRST_ROOM : t->room;
	while (room - t->len < n && room <= SIZE_MAX / 2)
		room *= 2;
	char *at = room - t->len < n ? NULL : arena_take(t->arena, room);
	if (at == NULL) {
		t->broken = true;
		return false;
	}
	if (t->len > 0)
		memcpy(at, t->at, t->len);
	t->at = at;
	t->room = room;
	return true;
}

char *text_grown(struct text *t, size_t n)
{
	if (t->broken || (t->room - t->len < n && !text_grow(t, n)))
		return NULL;
	char *place = t->at + t->len;
	t->len += n;
	return place;
}

const char *text_z(struct text *t)
{
	if (text_more(t, 1) == NULL)
		return "";
	t->len--;
	t->at[t->len] = '\0';
	return t->at;
}

/* ---- our own words ---- */

void text_add(struct text *t, const char *words)
{
	size_t len = 0; /* bounded, or the compiler makes a call of strlen out of it */
	while (len < MOST_WORDS && words[len] != '\0')
		len++;
	text_add_n(t, words, len);
}

void text_repeat(struct text *t, char c, size_t n)
{
	char *place = n == 0 ? NULL : text_more(t, n);
	if (place != NULL)
		memset(place, c, n);
}

size_t text_columns(const char *at, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += ((uint8_t)at[i] & 0xc0) != 0x80;
	return n;
}

void text_pad(struct text *t, size_t from, size_t width)
{
	size_t columns = from < t->len ? text_columns(t->at + from, t->len - from) : 0;
	if (columns < width)
		text_repeat(t, ' ', width - columns);
}

/* ---- numbers ---- */

/* Two digits at a time: most of a record is numbers. */
static const char pair[] = "0001020304050607080910111213141516171819"
			   "2021222324252627282930313233343536373839"
			   "4041424344454647484950515253545556575859"
			   "6061626364656667686970717273747576777879"
			   "8081828384858687888990919293949596979899";

/* Writes `v` so that it ends at `end`, with at least `digits` digits; says how many it took. */
static size_t write_decimal(char *end, uint64_t v, size_t digits)
{
	char *at = end;
	for (; v >= 100; v /= 100)
		memcpy(at -= 2, pair + v % 100 * 2, 2);
	if (v >= 10)
		memcpy(at -= 2, pair + v * 2, 2);
	else
		*--at = (char)('0' + v);
	while ((size_t)(end - at) < digits)
		*--at = '0';
	return (size_t)(end - at);
}

static void text_decimal(struct text *t, uint64_t v, size_t digits)
{
	char buffer[MOST_DIGITS];
	size_t n = write_decimal(buffer + sizeof buffer, v, digits);
	text_add_n(t, buffer + sizeof buffer - n, n);
}

/* The distance from zero; INT64_MIN has one too. */
static uint64_t magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

void text_u64(struct text *t, uint64_t v)
{
	text_decimal(t, v, 1);
}

void text_i64(struct text *t, int64_t v)
{
	if (v < 0)
		text_char(t, '-');
	text_decimal(t, magnitude(v), 1);
}

void text_grouped(struct text *t, uint64_t v)
{
	char buffer[MOST_DIGITS];
	size_t n = write_decimal(buffer + sizeof buffer, v, 1);
	for (size_t rest = n; rest > 0; rest--) {
		if (rest < n && rest % 3 == 0)
			text_char(t, ',');
		text_char(t, buffer[sizeof buffer - rest]);
	}
}

void text_hex(struct text *t, uint64_t v, size_t digits)
{
	size_t n = 1;
	while (n < 16 && v >> (4 * n) != 0)
		n++;
	if (n < digits)
		text_repeat(t, '0', digits - n);
	while (n-- > 0)
		text_char(t, hex_digit[v >> (4 * n) & 0xf]);
}

static void write_hex_byte(char *place, uint8_t byte)
{
	place[0] = hex_digit[byte >> 4];
	place[1] = hex_digit[byte & 0xf];
}

void text_hex_bytes(struct text *t, struct bytes b)
{
	char *place = b.len == 0 || b.len > SIZE_MAX / 2 ? NULL : text_more(t, 2 * b.len);
	if (place == NULL)
		return;
	for (size_t i = 0; i < b.len; i++)
		write_hex_byte(place + 2 * i, b.at[i]);
}

/* ---- addresses and times ---- */

struct zeros {
	size_t first, n;
};

/* The longest run of zero groups, the first of equal ones; one group alone is no run (RFC 5952,
 * 4.2). */
static struct zeros longest_zeros(const uint16_t group[8])
{
	struct zeros best = {8, 1}, run = {0, 0};
	for (size_t i = 0; i < 8; i++) {
		run = group[i] != 0 ? (struct zeros){i + 1, 0}
		                    : (struct zeros){run.first, run.n + 1};
		if (run.n > best.n)
			best = run;
	}
	return best;
}

static void text_ipv6(struct text *t, const uint8_t ip[16])
{
	uint16_t group[8];
	for (size_t i = 0; i < 8; i++)
		group[i] = (uint16_t)(ip[2 * i] << 8 | ip[2 * i + 1]);
	struct zeros zeros = longest_zeros(group);
	for (size_t i = 0; i < 8; i++) {
		if (i == zeros.first) {
			text_add_n(t, "::", 2);
			i += zeros.n - 1;
			continue;
		}
		if (i > 0 && i != zeros.first + zeros.n)
			text_char(t, ':');
		text_hex(t, group[i], 1);
	}
}

static void text_ipv4(struct text *t, const uint8_t ip[4])
{
	for (size_t i = 0; i < 4; i++) {
		if (i > 0)
			text_char(t, '.');
		text_decimal(t, ip[i], 1);
	}
}

void text_ip(struct text *t, const uint8_t ip[16])
{
	struct endpoint e = {.port = 0};
	memcpy(e.ip, ip, sizeof e.ip);
	if (endpoint_is_v4(&e))
		text_ipv4(t, ip + 12);
	else
		text_ipv6(t, ip);
}

void text_endpoint(struct text *t, const struct endpoint *e)
{
	bool v4 = endpoint_is_v4(e);
	if (!v4)
		text_char(t, '[');
	text_ip(t, e->ip);
	if (!v4)
		text_char(t, ']');
	text_char(t, ':');
	text_decimal(t, e->port, 1);
}

static uint64_t power_of_ten(unsigned n)
{
	return n == 0 ? 1 : 10 * power_of_ten(n - 1);
}

/* Adds the first `digits` decimals of a second. */
static void text_decimals(struct text *t, uint64_t ns, unsigned digits)
{
	if (digits == 0)
		return;
	text_char(t, '.');
	text_decimal(t, ns / power_of_ten(NS_DIGITS - digits), digits);
}

void text_rfc3339(struct text *t, moment m, unsigned digits)
{
	if (m == MOMENT_UNKNOWN) {
		text_add_n(t, "unknown", 7);
		return;
	}
	struct calendar c = moment_calendar(m);
	text_decimal(t, (uint64_t)c.year, 4);
	text_char(t, '-');
	text_decimal(t, (uint64_t)c.month, 2);
	text_char(t, '-');
	text_decimal(t, (uint64_t)c.day, 2);
	text_char(t, 'T');
	text_decimal(t, (uint64_t)c.hour, 2);
	text_char(t, ':');
	text_decimal(t, (uint64_t)c.minute, 2);
	text_char(t, ':');
	text_decimal(t, (uint64_t)c.second, 2);
	text_decimals(t, c.ns, digits < NS_DIGITS ? digits : NS_DIGITS);
	text_char(t, 'Z');
}

void text_seconds(struct text *t, int64_t ns, unsigned digits)
{
	unsigned shown = digits < NS_DIGITS ? digits : NS_DIGITS;
	uint64_t distance = magnitude(ns);
	if (ns < 0 && distance >= power_of_ten(NS_DIGITS - shown))
		text_char(t, '-'); /* there is no "-0.000" */
	text_decimal(t, distance / NS_PER_SECOND, 1);
	text_decimals(t, distance % NS_PER_SECOND, shown);
}

/* ---- foreign bytes ---- */

static bool continues(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Gives the length in bytes of the first character and the character itself; 0 when the bytes do
 * not begin with well-formed UTF-8 (RFC 3629, 4: no overlong form, no surrogate, nothing above
 * U+10FFFF). */
static size_t utf8_character(struct bytes b, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t lead = b.at[0];
	*character = lead;
	if (lead < 0x80)
		return 1;
	size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	if (lead < 0xc2 || lead > 0xf4 || b.len < n)
		return 0;
	uint32_t c = lead & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (!continues(b.at[i]))
			return 0;
		c = c << 6 | (b.at[i] & 0x3f);
	}
	*character = c;
	bool surrogate = c >= 0xd800 && c <= 0xdfff;
	return c < least[n] || c > 0x10ffff || surrogate ? 0 : n;
}

static struct bytes bytes_from(struct bytes b, size_t from)
{
	return from == 0 ? b : (struct bytes){b.at + from, b.len - from};
}

#define EACH_BYTE(c) (UINT64_MAX / 0xff * (uint8_t)(c))

/* Non-zero when one of the eight bytes is zero. */
static uint64_t zero_byte(uint64_t eight)
{
	return (eight - EACH_BYTE(1)) & ~eight & EACH_BYTE(0x80);
}

/* Says whether the eight bytes are printable ASCII without `quote` and backslash. */
static bool eight_harmless(const uint8_t *p, uint8_t quote)
{
	uint64_t eight;
	memcpy(&eight, p, sizeof eight);
	uint64_t control = (eight - EACH_BYTE(0x20)) & ~eight & EACH_BYTE(0x80);
	uint64_t found = (eight & EACH_BYTE(0x80)) | control | zero_byte(eight ^ EACH_BYTE(0x7f)) |
	                 zero_byte(eight ^ EACH_BYTE('\\')) | zero_byte(eight ^ EACH_BYTE(quote));
	return found == 0;
}

static bool is_harmless(uint8_t byte, uint8_t quote)
{
	return byte >= 0x20 && byte < 0x7f && byte != '\\' && byte != quote;
}

/* Counts the bytes at the beginning that can be copied as they are: printable ASCII without `quote`
 * and backslash. */
static size_t harmless_run(struct bytes b, uint8_t quote)
{
	size_t n = 0;
	while (b.len - n >= 8 && eight_harmless(b.at + n, quote))
		n += 8;
	while (n < b.len && is_harmless(b.at[n], quote))
		n++;
	return n;
}

static size_t copy_harmless(struct text *t, struct bytes b, uint8_t quote)
{
	size_t n = harmless_run(b, quote);
	text_add_n(t, (const char *)b.at, n);
	return n;
}

static void foreign_escape(struct text *t, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++) {
		char escape[4] = "\\x";
		write_hex_byte(escape + 2, b.at[i]);
		text_add_n(t, escape, sizeof escape);
	}
}

/* Adds one character, or one byte that begins none. */
static void foreign_character(struct text *t, struct bytes b, uint32_t character, bool well_formed)
{
	if (character == '\\')
		text_add_n(t, "\\\\", 2);
	else if (well_formed && is_visible(character))
		text_add_n(t, (const char *)b.at, b.len);
	else
		foreign_escape(t, b);
}

void text_foreign(struct text *t, struct bytes b, size_t limit)
{
	struct bytes taken = {b.at, b.len < limit ? b.len : limit};
	size_t i = 0;
	while ((i += copy_harmless(t, bytes_from(taken, i), '\\')) < taken.len) {
		uint32_t character;
		size_t n = utf8_character(bytes_from(b, i), &character);
		size_t len = n > 0 ? n : 1;
		if (taken.len - i < len)
			break; /* the limit cuts this character */
		foreign_character(t, (struct bytes){b.at + i, len}, character, n > 0);
		i += len;
	}
	if (i < b.len)
		text_add_n(t, "...", 3);
}

static void json_unit(struct text *t, uint32_t unit)
{
	char escape[6] = "\\u";
	write_hex_byte(escape + 2, (uint8_t)(unit >> 8));
	write_hex_byte(escape + 4, (uint8_t)unit);
	text_add_n(t, escape, sizeof escape);
}

static void json_escape(struct text *t, uint32_t character)
{
	switch (character) {
	case '"':
		text_add_n(t, "\\\"", 2);
		return;
	case '\\':
		text_add_n(t, "\\\\", 2);
		return;
	case '\n':
		text_add_n(t, "\\n", 2);
		return;
	case '\r':
		text_add_n(t, "\\r", 2);
		return;
	case '\t':
		text_add_n(t, "\\t", 2);
		return;
	}
	if (character < 0x10000) {
		json_unit(t, character);
		return;
	}
	json_unit(t, 0xd800 + ((character - 0x10000) >> 10)); /* RFC 8259, 7: a surrogate pair */
	json_unit(t, 0xdc00 + (character & 0x3ff));
}

void text_json(struct text *t, struct bytes b)
{
	size_t i = 0;
	while ((i += copy_harmless(t, bytes_from(b, i), '"')) < b.len) {
		uint32_t character;
		size_t n = utf8_character(bytes_from(b, i), &character);
		if (n > 1 && is_visible(character))
			text_add_n(t, (const char *)b.at + i, n);
		else
			json_escape(t, n > 0 ? character : b.at[i]);
		i += n > 0 ? n : 1;
	}
}

bool text_is_utf8(struct bytes b)
{
	for (size_t i = 0; i < b.len;) {
		uint32_t character;
		i += harmless_run(bytes_from(b, i), '\\');
		size_t n = i < b.len ? utf8_character(bytes_from(b, i), &character) : 0;
		if (n == 0 && i < b.len)
			return false;
		i += n;
	}
	return true;
}
