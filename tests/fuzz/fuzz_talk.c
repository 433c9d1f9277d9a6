/* The conversation against its promises: the input is a list of operations (bytes of a side, real
 * records, heads, holes, ends). However the bytes are cut, watched or not, the same is known, all
 * of it is taken in the end, and little memory is held. With the highest bit of the first byte, a
 * key log is at hand whose secrets fit the real hellos. */
#include "src/secrets/keyring.h"
#include "tests/fuzz/fuzz.h"
#include "tests/talk_driver.h"

enum { OPERATIONS_MOST = 400, HELD_MOST = 4 << 20, FILLING_MOST = 20000 };

enum kind { RAW, REAL, FILLED, HOLE, END };

struct operation {
	enum kind kind;
	enum side from;
	struct bytes bytes; /* of a record that is filled: its head */
	size_t filling;     /* zeros behind the bytes; or the size of a hole */
};

struct script {
	struct operation operation[OPERATIONS_MOST];
	size_t n;
	bool late, keys;
};

#define RECORD(text)                                                                               \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

/* Records as they are sent: hellos of TLS 1.2 and 1.3, a retry, a key exchange and small ones. */
static const struct bytes real[] = {
	RECORD("\x16\3\1\0\x43\1\0\0\x3f\3\3ABCDEFGHABCDEFGHABCDEFGHABCDEFGH\0\0\2\0\x9c\1\0\0\x14"
               "\0\0\0\f\0\n\0\0\7ab.test\0\x17\0\0"),
	RECORD("\x16\3\3\0\x30\2\0\0\x2c\3\3abcdefghabcdefghabcdefghabcdefgh\0\0\x9c\0\0\4\0\x17\0"
               "\0"),
	RECORD("\x16\3\3\0\x32\2\0\0\x2e\3\3abcdefghabcdefghabcdefghabcdefgh\0\x13\1\0\0\6\0\x2b\0"
               "\2\3\4"),
	RECORD("\x16\3\3\0\x32\2\0\0\x2e\3\3\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e"
               "\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c\0\x13"
               "\1\0\0\6\0\x2b\0\2\3\4"),
	RECORD("\x16\3\3\0\4\x0e\0\0\0"),
	RECORD("\x16\3\3\0\n\x10\0\0\6\0\4abcd"),
	RECORD("\x14\3\3\0\1\1"),
	RECORD("\x15\3\3\0\2\2\x28"),
	RECORD("\x15\3\3\0\2\1\0"),
	RECORD("\x18\3\3\0\3\1\x40\0"),
	RECORD("\x16\3\3\0\f\x0b\0\0\x08\0\0\5\0\0\2AB"),
	RECORD("\x16\3\3\0\4\x0b\5\0\0"),
	RECORD("\x18\3\3\0\x16\1\0\3abc0123456789abcdef"),
	RECORD("\x18\3\3\0\x17\2\0\4abcd0123456789abcdef"),
	RECORD("\x16\3\3\0\x17\x19\0\0\x13\0\1\0\0\x0b\0\0\x0b\0\0\0\7\0\0\2AB\0\0\0"),
	RECORD("\x16\3\3\0\x0c\x19\0\0\x08\0\1\x20\0\0\0\0\0"),
};

enum { N_REAL = sizeof real / sizeof *real };

#define EIGHT(byte)         byte byte byte byte byte byte byte byte
#define BYTES_32(byte)      EIGHT(byte) EIGHT(byte) EIGHT(byte) EIGHT(byte)
#define HELLO_RANDOM        "4142434445464748414243444546474841424344454647484142434445464748"
#define LINE(label, secret) label " " HELLO_RANDOM " " secret "\n"

/* Secrets of the real client hello: of TLS 1.2 the bytes 1, of TLS 1.3 the bytes 2 to 6. */
static const char *const log_lines[] = {
	LINE("CLIENT_RANDOM", BYTES_32("01") EIGHT("01") EIGHT("01")),
	LINE("CLIENT_HANDSHAKE_TRAFFIC_SECRET", BYTES_32("02")),
	LINE("SERVER_HANDSHAKE_TRAFFIC_SECRET", BYTES_32("03")),
	LINE("CLIENT_TRAFFIC_SECRET_0", BYTES_32("04")),
	LINE("SERVER_TRAFFIC_SECRET_0", BYTES_32("05")),
	LINE("CLIENT_EARLY_TRAFFIC_SECRET", BYTES_32("06")),
};

static const struct keyring *the_keys(void)
{
	static struct keyring *keys;
	if (keys != NULL)
		return keys;
	keys = keyring_new();
	for (size_t i = 0; keys != NULL && i < sizeof log_lines / sizeof *log_lines; i++)
		keyring_add_log_text(
			keys, "log",
			(struct bytes){(const uint8_t *)log_lines[i], strlen(log_lines[i])});
	return keys;
}

static void demand(bool what, const char *why)
{
	if (what)
		return;
	fprintf(stderr, "fuzz_talk: %s\n", why);
	abort();
}

/* The input as it is eaten. */
struct input {
	const uint8_t *at;
	size_t left;
	size_t zeros; /* that may still be filled in: looking through them takes long */
};

static uint8_t next_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

static struct bytes next_bytes(struct input *in, size_t n)
{
	struct bytes b = {in->at, n < in->left ? n : in->left};
	in->at += b.len;
	in->left -= b.len;
	return b;
}

static struct operation read_operation(struct input *in)
{
	uint8_t op = next_byte(in);
	struct operation o = {.from = op & 1};
	switch (op >> 1 & 7) {
	case 0:
	case 1:
		o.kind = REAL;
		o.bytes = real[next_byte(in) % N_REAL];
		return o;
	case 2:
		o.kind = FILLED;
		o.bytes = next_bytes(in, 5);
		o.filling = o.bytes.len < 5 ? 0 : (size_t)o.bytes.at[3] << 8 | o.bytes.at[4];
		if (o.filling > in->zeros)
			o.filling = in->zeros;
		in->zeros -= o.filling;
		return o;
	case 3:
		o.kind = HOLE;
		o.filling = (size_t)next_byte(in) * ((op & 16) != 0 ? 100 : 1) + 1;
		return o;
	case 4:
		o.kind = (op & 0xf0) == 0xf0 ? END : RAW;
		o.bytes = next_bytes(in, o.kind == END ? 0 : next_byte(in));
		return o;
	default:
		o.kind = RAW;
		o.bytes = next_bytes(in, op >> 4);
		return o;
	}
}

/* Gives bytes in pieces of at most `most`. */
static void give(struct driver *d, enum side from, struct bytes b, size_t most)
{
	while (b.len > 0 && !d->line[from].over) {
		size_t n = b.len < most ? b.len : most;
		driver_bytes(d, from, (struct bytes){b.at, n});
		b = (struct bytes){b.at + n, b.len - n};
	}
}

static void play(const struct script *s, struct summary *out, size_t most, bool watched)
{
	static const uint8_t zeros[FILLING_MOST];
	static struct fingerprinter prints;
	struct driver *d = driver_new(s->keys ? the_keys() : NULL, watched, s->late);
	if (prints.digest == NULL)
		prints.digest = digest_new();
	d->sink.prints = &prints;
	for (size_t i = 0; i < s->n; i++) {
		const struct operation *o = &s->operation[i];
		if (o->kind == HOLE && !d->line[o->from].over)
			driver_gap(d, o->from, o->filling);
		if (o->kind == END)
			driver_over(d, o->from);
		give(d, o->from, o->bytes, most);
		if (o->kind == FILLED)
			give(d, o->from, (struct bytes){zeros, o->filling}, most);
	}
	driver_end(d);
	demand(d->broken == NULL, d->broken);
	demand(d->arena.held < HELD_MOST, "memory is bounded");
	driver_summary(d, out);
	driver_free(d);
}

/* How much of a summary is compared: which rows are left out where there are more than are kept
 * hangs on who came first. */
static size_t compared(const struct summary *s)
{
	const char *rows = strstr(s->text, "\nevent ");
	bool all = strstr(s->text, "\nlost 0 0\n") != NULL || rows == NULL;
	return all ? s->len : (size_t)(rows - s->text);
}

static void compare(const struct summary *a, const struct summary *b, const char *why)
{
	size_t n = compared(a);
	bool same = n == compared(b) && memcmp(a->text, b->text, n) == 0;
	if (!same)
		fprintf(stderr, "%s\nnot\n%s\n", b->text, a->text);
	demand(same, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct summary whole, again;
	static struct script s;
	struct input in = {data, size, FILLING_MOST};
	uint8_t mood = next_byte(&in);
	s.n = 0;
	s.late = (mood & 1) != 0;
	s.keys = (mood & 0x80) != 0;
	while (in.left > 0 && s.n < OPERATIONS_MOST)
		s.operation[s.n++] = read_operation(&in);
	play(&s, &whole, SIZE_MAX, false);
	play(&s, &again, SIZE_MAX, true);
	compare(&whole, &again, "watching changes nothing");
	play(&s, &again, 1 + (mood >> 1) % 64, false);
	compare(&whole, &again, "the chunks change nothing");
	return 0;
}
