/* Decodes one handshake message that is written down in hexadecimal, watched, and gives the rows as
 * words: "name=value" for numbers, "name:bytes" for the rest (a length before it included), each in
 * the order of the wire, with the name of its fault behind the row that has one. Also holds the
 * invariants. */
#ifndef KEYHOLE_TESTS_MESSAGE_ROWS_H
#define KEYHOLE_TESTS_MESSAGE_ROWS_H

#include <check.h>
#include <stdio.h>

#include "dissectors/tls/heartbeat.h"
#include "tests/handshake_invariants.h"

struct decoded_rows {
	uint8_t data[8192];
	size_t len;
	struct field_row row[512];
	struct trace trace;
	struct faults faults;
	struct handshake h;
	char words[4096];
};

static struct decoded_rows said;

static inline unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Adds bytes; blanks are for the reader. */
static inline void add_hex(const char *hex)
{
	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		said.data[said.len++] = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
		hex++;
	}
}

static inline void write_words(uint32_t from)
{
	static const char *const fault[] = {"", "(short)", "(trailing)", "(range)"};
	size_t n = 0;
	said.words[0] = '\0';
	for (uint32_t i = from; i < said.trace.n_rows; i++) {
		const struct field_row *r = &said.row[i];
		const struct field_info *f = tls_field(r->field);
		bool number = f->shape == FIELD_NUMBER && r->fault == FINE;
		n += (size_t)snprintf(said.words + n, sizeof said.words - n, "%s%s%c%llu%s",
		                      i == from ? "" : " ", f->name, number ? '=' : ':',
		                      (unsigned long long)(number ? r->value : r->len),
		                      fault[r->fault]);
	}
}

static inline void begin_rows(void)
{
	said.len = 0;
	said.faults = (struct faults){0};
	said.trace = (struct trace){.row = said.row, .room = 512};
}

/* Decodes the message of that type and body; gives the rows of the body. */
static inline const char *rows_of(uint8_t type, uint16_t version, uint16_t suite, const char *body)
{
	const struct handshake_context c = {.version = version, .suite = suite};
	begin_rows();
	said.len = 4;
	add_hex(body);
	said.data[0] = type;
	said.data[1] = 0;
	said.data[2] = (uint8_t)((said.len - 4) >> 8);
	said.data[3] = (uint8_t)(said.len - 4);
	struct bytes b = {said.data, said.len};
	struct reader r = reader_over(b, &said.faults, &said.trace);
	handshake_decode(&r, &c, &said.h);
	for (size_t n = 0; n <= b.len; n++)
		for (int cut = 0; cut < 2; cut++) {
			const char *broken =
				broken_invariant((struct bytes){b.at, n}, &c, cut == 1);
			ck_assert_msg(broken == NULL, "%zu bytes: %s", n, broken);
		}
	ck_assert_uint_ge(said.trace.n_rows, 3); /* msg_type, length, the message */
	ck_assert_uint_eq(said.row[2].at, 4);
	ck_assert_uint_eq(said.row[2].len, b.len - 4);
	write_words(3);
	return said.words;
}

static inline bool is_noted(enum finding code)
{
	for (uint8_t i = 0; i < said.h.noted.n; i++)
		if (said.h.noted.code[i] == code)
			return true;
	return false;
}

#endif
