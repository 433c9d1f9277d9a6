#include "src/say.h"

#include <stdio.h>

enum { ABOUT_SHOWN = 400, LINE_SHOWN = 2000 };

struct bytes say_bytes(const char *z)
{
	return (struct bytes){(const uint8_t *)z, strlen(z)};
}

static void begin(struct text *t, const char *about)
{
	text_add(t, "keyhole: ");
	if (about == NULL)
		return;
	text_foreign(t, say_bytes(about), ABOUT_SHOWN);
	text_add(t, ": ");
}

void say(const char *about, const char *what)
{
	struct arena a = {0};
	struct text t = text_new(&a);
	begin(&t, about);
	text_foreign(&t, say_bytes(what), LINE_SHOWN);
	fprintf(stderr, "%s\n", text_z(&t));
	arena_free(&a);
}

void say_lines(const char *about, const char *lines)
{
	struct arena a = {0};
	struct text t = text_new(&a);
	begin(&t, about);
	for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
		struct bytes line = {(const uint8_t *)lines, (size_t)(end - lines)};
		text_foreign(&t, line, LINE_SHOWN);
		text_char(&t, '\n');
	}
	text_foreign(&t, say_bytes(lines), LINE_SHOWN);
	fprintf(stderr, "%s\n", text_z(&t));
	arena_free(&a);
}
