#include "src/secrets/keylog.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "src/base/hash.h"

enum { ID_BYTES = 32, FIRST_ROOM = 256 };

struct line {
	const char *name; /* the log that it stood in */
	uint8_t id[ID_BYTES];
	uint8_t label;
	struct secret secret;
};

/* `slot` is a table of twice as many slots as there is room for lines: the index of a line plus
 * one, zero for a free slot, found by a seeded hash and then one after the other. */
struct keylog {
	uint64_t seed;
	struct line *line;
	uint32_t *slot;
	size_t n, room;
};

static const struct {
	const char *text;
	uint8_t id_len, least, most;
} labels[LINE_LABELS] = {
#define LABEL(id, text, key_len, least, most) [LINE_##id] = {text, key_len, least, most},
#include "src/secrets/keylog_label.def"
#undef LABEL
};

struct keylog *keylog_new(void)
{
	struct keylog *k = OPENSSL_zalloc(sizeof *k);
	if (k != NULL)
		(void)RAND_bytes((uint8_t *)&k->seed, sizeof k->seed);
	return k;
}

void keylog_free(struct keylog *k)
{
	if (k == NULL)
		return;
	secret_release(k->line, k->room * sizeof *k->line);
	OPENSSL_free(k->slot);
	OPENSSL_free(k);
}

size_t keylog_n_lines(const struct keylog *k)
{
	return k->n;
}

/* Gives the slot where the line is, or the free one where it would be put. */
static uint32_t *slot_of(const struct keylog *k, enum line_label label, const uint8_t id[ID_BYTES])
{
	size_t mask = 2 * k->room - 1;
	size_t i = (size_t)hash_bytes(id, ID_BYTES, k->seed + label) & mask;
	for (; k->slot[i] != 0; i = (i + 1) & mask) {
		const struct line *l = &k->line[k->slot[i] - 1];
		if (l->label == label && memcmp(l->id, id, ID_BYTES) == 0)
			break;
	}
	return &k->slot[i];
}

static bool grow(struct keylog *k)
{
	size_t old = k->room, room = old == 0 ? FIRST_ROOM : 2 * old;
	struct line *line = secret_take(room * sizeof *line);
	uint32_t *slot = OPENSSL_zalloc(2 * room * sizeof *slot);
	if (line == NULL || slot == NULL) {
		secret_release(line, room * sizeof *line);
		OPENSSL_free(slot);
		return false;
	}
	if (k->n > 0)
		memcpy(line, k->line, k->n * sizeof *line);
	secret_release(k->line, old * sizeof *line);
	OPENSSL_free(k->slot);
	k->line = line;
	k->slot = slot;
	k->room = room;
	for (size_t i = 0; i < k->n; i++)
		*slot_of(k, k->line[i].label, k->line[i].id) = (uint32_t)i + 1;
	return true;
}

/* The first of two lines that say the same thing of the same session is kept. */
static bool insert(struct keylog *k, const struct line *l)
{
	if (k->n == k->room && (k->n >= KEYLOG_LINES_MOST || !grow(k)))
		return false;
	uint32_t *slot = slot_of(k, l->label, l->id);
	if (*slot != 0)
		return true;
	k->line[k->n++] = *l;
	*slot = (uint32_t)k->n;
	return true;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Gives the number of bytes written; 0 when the text is not hexadecimal or too long. */
static size_t from_hex(struct bytes text, uint8_t *out, size_t room)
{
	if (text.len % 2 != 0 || text.len / 2 > room)
		return 0;
	for (size_t i = 0; i < text.len / 2; i++) {
		int high = hex_digit(text.at[2 * i]), low = hex_digit(text.at[2 * i + 1]);
		if (high < 0 || low < 0)
			return 0;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return text.len / 2;
}

/* Cuts off what stands before the first `c`, and `c` itself; all of it when there is no `c`. */
static struct bytes cut(struct bytes *text, uint8_t c)
{
	const uint8_t *found = text->len == 0 ? NULL : memchr(text->at, c, text->len);
	struct bytes head = {text->at, found == NULL ? text->len : (size_t)(found - text->at)};
	size_t gone = head.len + (found != NULL);
	*text = (struct bytes){gone == 0 ? text->at : &text->at[gone], text->len - gone};
	return head;
}

static enum line_label label_of(struct bytes word)
{
	for (enum line_label i = LINE_NONE + 1; i < LINE_LABELS; i++)
		if (bytes_equal(word, (struct bytes){(const uint8_t *)labels[i].text,
		                                     strlen(labels[i].text)}))
			return i;
	return LINE_NONE;
}

static bool is_upper_word(struct bytes word)
{
	for (size_t i = 0; i < word.len; i++) {
		uint8_t c = word.at[i];
		if (c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9'))
			return false;
	}
	return word.len > 0;
}

enum parsed { PARSED, UNKNOWN_LABEL, MALFORMED };

/* A label, an identifier and a secret, the latter two in hexadecimal, with one space between. */
static enum parsed parse(struct bytes text, struct line *out)
{
	uint8_t secret[SECRET_MOST];
	if (text.len > KEYLOG_LINE_BYTES_MOST)
		return MALFORMED;
	struct bytes word = cut(&text, ' '), id = cut(&text, ' '), value = cut(&text, ' ');
	out->label = (uint8_t)label_of(word);
	if (out->label == LINE_NONE)
		return is_upper_word(word) && value.len > 0 ? UNKNOWN_LABEL : MALFORMED;
	size_t id_len = from_hex(id, out->id, ID_BYTES);
	size_t len = from_hex(value, secret, sizeof secret);
	bool fine = id_len == labels[out->label].id_len && len >= labels[out->label].least &&
	            len <= labels[out->label].most && text.len == 0;
	if (fine)
		secret_set(&out->secret, (struct bytes){secret, len});
	OPENSSL_cleanse(secret, sizeof secret);
	return fine ? PARSED : MALFORMED;
}

static struct bytes without_line_end(struct bytes text)
{
	while (text.len > 0 && (text.at[text.len - 1] == '\r' || text.at[text.len - 1] == ' '))
		text.len--;
	return text;
}

static void take_line(struct keylog *k, const char *name, struct bytes text, size_t number,
                      struct keylog_news *news)
{
	struct line l = {.name = name};
	enum parsed p = parse(text, &l);
	if (p == PARSED && insert(k, &l))
		news->added++;
	else if (p == PARSED)
		news->left_out++;
	else if (p == UNKNOWN_LABEL)
		news->unknown++;
	else if (news->malformed++ == 0)
		news->first_line = number;
	OPENSSL_cleanse(&l, sizeof l);
}

struct keylog_news keylog_add(struct keylog *k, const char *name, struct bytes text)
{
	struct keylog_news news = {0};
	for (size_t number = 1; text.len > 0; number++) {
		struct bytes one = without_line_end(cut(&text, '\n'));
		if (one.len > 0 && one.at[0] != '#')
			take_line(k, name, one, number, &news);
	}
	return news;
}

bool keylog_find(const struct keylog *k, enum line_label label, struct bytes id, struct secret *out,
                 const char **name)
{
	uint8_t padded[ID_BYTES] = {0};
	secret_wipe(out);
	if (k->n == 0 || id.len != labels[label].id_len)
		return false;
	memcpy(padded, id.at, id.len);
	const uint32_t *slot = slot_of(k, label, padded);
	if (*slot == 0)
		return false;
	const struct line *l = &k->line[*slot - 1];
	if (name != NULL)
		*name = l->name;
	return secret_set(out, secret_bytes(&l->secret));
}
