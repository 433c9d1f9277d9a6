#include "dissectors/tls/fingerprint.h"

#include "dissectors/tls/message.h"

enum {
	EXTENSION_SNI = 0,
	EXTENSION_ALPN = 16,
	COUNT_MOST = 99, /* what two digits hold */
	SPELLED = 512,
};

/* ---- Code points ---- */

struct codes {
	uint16_t *at;
	size_t n;
};

/* What fingerprints are made of, in one piece so that one hash covers it: the head, then the lists
 * one behind the other. */
enum {
	VERSION,
	BEST_VERSION,
	PROTOCOL,
	N_SUITES,
	N_EXTENSIONS,
	N_GROUPS,
	N_FORMATS,
	N_SCHEMES,
	HEAD
};

struct hello_codes {
	uint16_t *head;
	struct codes suites, extensions, groups, formats,
		schemes; /* in this order, without GREASE */
};

static void add_code(struct codes *c, uint16_t code)
{
	if (!is_grease(code))
		c->at[c->n++] = code;
}

/* Gives a list's code points of two bytes, behind those of the list before. */
static struct codes codes_behind(struct codes before, struct bytes list)
{
	struct codes c = {before.at + before.n, 0};
	struct reader r = reader_over(list, NULL, NULL);
	while (left(&r) >= 2)
		add_code(&c, take_u16(&r, 0));
	return c;
}

/* The same of one byte, where there is no GREASE. */
static struct codes small_codes_behind(struct codes before, struct bytes list)
{
	struct codes c = {before.at + before.n, 0};
	struct reader r = reader_over(list, NULL, NULL);
	while (more(&r))
		c.at[c.n++] = take_u8(&r, 0);
	return c;
}

/* Gives the types of those extensions that are all there. */
static struct codes types_behind(struct codes before, struct bytes extensions)
{
	struct codes c = {before.at + before.n, 0};
	struct reader r = reader_over(extensions, NULL, NULL);
	while (more(&r)) {
		uint16_t type = take_u16(&r, 0);
		take_vector(&r, 2, 0);
		if (r.fault == FINE)
			c.at[c.n++] = type;
	}
	return c;
}

static void leave_out_grease(struct codes *c)
{
	size_t n = c->n;
	c->n = 0;
	for (size_t i = 0; i < n; i++)
		add_code(c, c->at[i]);
}

/* The highest of supported_versions, by number, so that a draft is above all; without the extension
 * the hello's own. */
static uint16_t best_version(const struct client_hello *h)
{
	uint16_t best = 0;
	struct reader r = reader_over(h->versions, NULL, NULL);
	while (more(&r)) {
		uint16_t version = take_u16(&r, 0);
		if (!is_grease(version) && version > best)
			best = version;
	}
	return best == 0 ? h->legacy_version : best;
}

static bool is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static char hex_digit(unsigned v)
{
	return "0123456789abcdef"[v & 15];
}

/* The first and the last character of the first protocol name; of its hexadecimal form where one of
 * them is neither letter nor digit. */
static uint16_t protocol_ends(struct bytes alpn)
{
	struct reader r = reader_over(alpn, NULL, NULL);
	struct bytes name = take_vector(&r, 1, 0);
	if (name.len == 0)
		return (uint16_t)('0' << 8 | '0');
	uint8_t first = name.at[0], last = name.at[name.len - 1];
	if (!is_alphanumeric(first) || !is_alphanumeric(last)) {
		first = (uint8_t)hex_digit(first >> 4U);
		last = (uint8_t)hex_digit(last);
	}
	return (uint16_t)(first << 8 | last);
}

static struct hello_codes client_codes(struct fingerprinter *f, const struct client_hello *h)
{
	struct hello_codes c = {.head = f->code};
	c.suites = codes_behind((struct codes){c.head, HEAD}, h->suites);
	c.extensions = types_behind(c.suites, h->extensions);
	leave_out_grease(&c.extensions);
	c.groups = codes_behind(c.extensions, h->groups);
	c.formats = small_codes_behind(c.groups, h->point_formats);
	c.schemes = codes_behind(c.formats, h->schemes);
	c.head[VERSION] = h->legacy_version;
	c.head[BEST_VERSION] = best_version(h);
	c.head[PROTOCOL] = protocol_ends(h->alpn);
	c.head[N_SUITES] = (uint16_t)c.suites.n;
	c.head[N_EXTENSIONS] = (uint16_t)c.extensions.n;
	c.head[N_GROUPS] = (uint16_t)c.groups.n;
	c.head[N_FORMATS] = (uint16_t)c.formats.n;
	c.head[N_SCHEMES] = (uint16_t)c.schemes.n;
	return c;
}

/* Sorts by the low byte, then by the high one, which takes no longer for a list made to be slow. */
static void sort(struct codes c, uint16_t *room)
{
	uint16_t *from = c.at, *to = room;
	for (unsigned shift = 0; shift <= 8; shift += 8) {
		uint32_t begin[257] = {0};
		for (size_t i = 0; i < c.n; i++)
			begin[(from[i] >> shift & 0xff) + 1]++;
		for (size_t i = 0; i < 256; i++)
			begin[i + 1] += begin[i];
		for (size_t i = 0; i < c.n; i++)
			to[begin[from[i] >> shift & 0xff]++] = from[i];
		uint16_t *sorted = to;
		to = from;
		from = sorted;
	}
}

/* ---- Spelling them out for a digest ---- */

struct spelling {
	struct digest *digest;
	size_t n;
	char text[SPELLED];
};

static void spell_char(struct spelling *s, char c)
{
	if (s->n == SPELLED) {
		digest_add(s->digest, s->text, s->n);
		s->n = 0;
	}
	s->text[s->n++] = c;
}

static void spell_decimal(struct spelling *s, uint16_t v)
{
	if (v >= 10)
		spell_decimal(s, v / 10);
	spell_char(s, (char)('0' + v % 10));
}

static void spell_hex(struct spelling *s, uint16_t v)
{
	for (unsigned shift = 16; shift > 0; shift -= 4)
		spell_char(s, hex_digit((unsigned)v >> (shift - 4)));
}

static void spell_list(struct spelling *s, struct codes c, char between,
                       void (*spell)(struct spelling *, uint16_t))
{
	for (size_t i = 0; i < c.n; i++) {
		if (i > 0)
			spell_char(s, between);
		spell(s, c.at[i]);
	}
}

static void begin(struct spelling *s, struct digest *digest, enum digest_kind kind)
{
	s->digest = digest;
	s->n = 0;
	digest_begin(digest, kind);
}

/* Gives the first `len` bytes of the digest. */
static bool end(struct spelling *s, uint8_t *out, size_t len)
{
	uint8_t all[DIGEST_MOST];
	digest_add(s->digest, s->text, s->n);
	if (!digest_end(s->digest, all))
		return false;
	memcpy(out, all, len);
	return true;
}

/* ---- JA3: MD5 of "version,suites,extensions,groups,point formats", lists joined by "-" ---- */

static void spell_next_list(struct spelling *s, struct codes c)
{
	spell_char(s, ',');
	spell_list(s, c, '-', spell_decimal);
}

static bool make_ja3(struct fingerprinter *f, const struct hello_codes *c, uint8_t ja3[16])
{
	struct spelling s;
	begin(&s, f->digest, DIGEST_MD5);
	spell_decimal(&s, c->head[VERSION]);
	spell_next_list(&s, c->suites);
	spell_next_list(&s, c->extensions);
	spell_next_list(&s, c->groups);
	spell_next_list(&s, c->formats);
	return end(&s, ja3, 16);
}

/* ---- JA4 ---- */

static const char *version_letters(uint16_t version)
{
	switch (version) {
	case 0x0002:
		return "s2";
	case 0x0300:
		return "s3";
	case 0x0301:
		return "10";
	case 0x0302:
		return "11";
	case 0x0303:
		return "12";
	case 0x0304:
		return "13";
	case 0xfeff:
		return "d1";
	case 0xfefd:
		return "d2";
	case 0xfefc:
		return "d3";
	default:
		return "00";
	}
}

static void two_digits(char out[2], size_t n)
{
	size_t shown = n < COUNT_MOST ? n : COUNT_MOST;
	out[0] = (char)('0' + shown / 10);
	out[1] = (char)('0' + shown % 10);
}

/* Leaves out what the first part of the fingerprint says; says whether a server is named. */
static bool leave_out_told(struct codes *extensions)
{
	size_t n = extensions->n;
	bool named = false;
	extensions->n = 0;
	for (size_t i = 0; i < n; i++) {
		uint16_t type = extensions->at[i];
		named = named || type == EXTENSION_SNI;
		if (type != EXTENSION_SNI && type != EXTENSION_ALPN)
			extensions->at[extensions->n++] = type;
	}
	return named;
}

/* SHA-256 of the sorted suites; zeros when there are none. */
static bool make_ja4_b(struct fingerprinter *f, struct codes suites, uint8_t out[6])
{
	struct spelling s;
	memset(out, 0, 6);
	if (suites.n == 0)
		return true;
	sort(suites, f->room);
	begin(&s, f->digest, DIGEST_SHA256);
	spell_list(&s, suites, ',', spell_hex);
	return end(&s, out, 6);
}

/* SHA-256 of the sorted extensions and, behind a "_", the signature algorithms as they stand; zeros
 * when there are no extensions. */
static bool make_ja4_c(struct fingerprinter *f, struct codes extensions, struct codes schemes,
                       uint8_t out[6])
{
	struct spelling s;
	memset(out, 0, 6);
	if (extensions.n == 0)
		return true;
	sort(extensions, f->room);
	begin(&s, f->digest, DIGEST_SHA256);
	spell_list(&s, extensions, ',', spell_hex);
	if (schemes.n > 0)
		spell_char(&s, '_');
	spell_list(&s, schemes, ',', spell_hex);
	return end(&s, out, 6);
}

/* The lists are in another order afterwards, and some are shorter. */
static bool make_ja4(struct fingerprinter *f, struct hello_codes *c, struct ja4 *out)
{
	out->a[0] = 't'; /* over TCP */
	memcpy(&out->a[1], version_letters(c->head[BEST_VERSION]), 2);
	two_digits(&out->a[4], c->suites.n);
	two_digits(&out->a[6], c->extensions.n);
	out->a[3] = leave_out_told(&c->extensions) ? 'd' : 'i';
	out->a[8] = (char)(c->head[PROTOCOL] >> 8);
	out->a[9] = (char)(c->head[PROTOCOL] & 0xff);
	return make_ja4_b(f, c->suites, out->b) && make_ja4_c(f, c->extensions, c->schemes, out->c);
}

/* ---- What was made lately ---- */

/* Gives the place for what that side's code points come to, and whether it is there already. */
static struct fingerprint_kept *place_of(struct fingerprinter *f, enum side from,
                                         const uint16_t *behind, bool *there)
{
	size_t len = (size_t)(behind - f->code) * sizeof *f->code;
	XXH128_hash_t key = XXH3_128bits_withSeed(f->code, len, f->seed + from);
	struct fingerprint_kept *k = &f->kept[key.low64 % FINGERPRINTS_KEPT];
	*there = k->full && XXH128_isEqual(k->key, key);
	k->key = key;
	return k;
}

void fingerprint_client(struct fingerprinter *f, const struct client_hello *h,
                        struct fingerprints *out)
{
	if (f == NULL || f->digest == NULL || (h->flags & HELLO_PARTIAL) != 0)
		return;
	struct hello_codes c = client_codes(f, h);
	bool there;
	struct fingerprint_kept *k = place_of(f, CLIENT, c.schemes.at + c.schemes.n, &there);
	if (!there)
		k->full = make_ja3(f, &c, k->ja3) && make_ja4(f, &c, &k->ja4);
	out->of_client = k->full;
	memcpy(out->ja3, k->ja3, sizeof out->ja3);
	out->ja4 = k->ja4;
}

/* JA3S: MD5 of "version,suite,extensions"; here GREASE stays, as nobody else leaves it out. */
static bool make_ja3s(struct fingerprinter *f, const struct server_hello *h, struct codes types,
                      uint8_t ja3s[16])
{
	struct spelling s;
	begin(&s, f->digest, DIGEST_MD5);
	spell_decimal(&s, h->legacy_version);
	spell_char(&s, ',');
	spell_decimal(&s, h->suite);
	spell_next_list(&s, types);
	return end(&s, ja3s, 16);
}

void fingerprint_server(struct fingerprinter *f, const struct server_hello *h,
                        struct fingerprints *out)
{
	if (f == NULL || f->digest == NULL || (h->flags & HELLO_PARTIAL) != 0)
		return;
	f->code[0] = h->legacy_version;
	f->code[1] = h->suite;
	struct codes types = types_behind((struct codes){f->code, 2}, h->extensions);
	bool there;
	struct fingerprint_kept *k = place_of(f, SERVER, types.at + types.n, &there);
	if (!there)
		k->full = make_ja3s(f, h, types, k->ja3);
	out->of_server = k->full;
	memcpy(out->ja3s, k->ja3, sizeof out->ja3s);
}
