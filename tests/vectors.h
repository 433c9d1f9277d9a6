/* The one small loop that reads known-answer vectors: lines of words, the first one saying what the
 * line is; # begins a comment. Vectors lie in tests/vectors/, each saying where it came from. */
#ifndef KEYHOLE_TESTS_VECTORS_H
#define KEYHOLE_TESTS_VECTORS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"

enum { VECTOR_WORDS = 6, VECTOR_LINE = 8192 };

typedef void vector_fn(void *ctx, char **word, size_t n_words);

/* Writes the bytes of a hexadecimal word; gives how many. */
static inline size_t vector_hex(const char *word, uint8_t *out, size_t room)
{
	size_t n = strlen(word) / 2;
	ck_assert_uint_le(n, room);
	for (size_t i = 0; i < n; i++) {
		char two[3] = {word[2 * i], word[2 * i + 1], '\0'}, *end;
		out[i] = (uint8_t)strtoul(two, &end, 16);
		ck_assert(*end == '\0');
	}
	return n;
}

/* Calls `each` for every line of tests/vectors/NAME; gives how many there were. */
static inline size_t vectors_read(const char *name, vector_fn *each, void *ctx)
{
	char path[512], line[VECTOR_LINE];
	const char *top = getenv("srcdir");
	size_t n_lines = 0;
	snprintf(path, sizeof path, "%s/tests/vectors/%s", top == NULL ? "." : top, name);
	FILE *f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s cannot be read", path);
	while (fgets(line, sizeof line, f) != NULL) {
		char *word[VECTOR_WORDS] = {NULL}, *rest = NULL;
		size_t n = 0;
		for (char *w = strtok_r(line, " \n", &rest); w != NULL && n < VECTOR_WORDS;
		     w = strtok_r(NULL, " \n", &rest))
			word[n++] = w;
		if (n == 0 || word[0][0] == '#')
			continue;
		each(ctx, word, n);
		n_lines++;
	}
	fclose(f);
	return n_lines;
}

#endif
