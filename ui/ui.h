/* What people see as text: several sessions on one screen, the story of one, and one explained.
 * These functions lay out what the model says and decide nothing; every byte that is not ours goes
 * through the escaping functions. */
#ifndef KEYHOLE_UI_UI_H
#define KEYHOLE_UI_UI_H

#include "src/base/text.h"
#include "src/model/capture_facts.h"
#include "src/model/unfold.h"

/* What a word on the screen is; colour is beside the words, never instead of them. */
enum ui_role {
	ROLE_HEAD, /* head lines and titles */
	ROLE_DIM,  /* what is less important */
	ROLE_SEALED,
	ROLE_OPENED,
	ROLE_WARN, /* what is wrong or weak */
	UI_ROLES,
};

enum { UI_WIDTH = 100, UI_NARROW = 90, UI_LEAST = 40, ROLE_BYTES = 24 };

struct ui_style {
	bool colour;
	bool ascii;     /* the terminal takes no UTF-8 */
	unsigned width; /* columns; 0 means UI_WIDTH */
	moment today;
	char role[UI_ROLES][ROLE_BYTES], plain[ROLE_BYTES]; /* what the terminal wants for each */
};

enum colour_wish { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

/* Adds several sessions, one line each, with the reasons grouped and what to look at.
 * `command_tail` is what follows "keyhole -e 2 " to see the same input again, "" where that cannot
 * be; foreign bytes. */
void ui_list(struct text *t, const struct ui_style *style, const struct capture_facts *c,
             const struct session *const *s, size_t n, const struct vocabulary *w,
             const char *command_tail);
/* Adds the story of one session. */
void ui_story(struct text *t, const struct ui_style *style, const struct capture_facts *c,
              const struct session *s, const struct vocabulary *w);
/* Adds one session explained step by step, with the bytes. */
void ui_explain(struct text *t, const struct ui_style *style, const struct capture_facts *c,
                const struct session *s, const struct unfold *u, const struct vocabulary *w);
/* Says what can be shown on `fd`: width, colours, characters. False when it is no terminal; the
 * style is usable then too. Needs setlocale to have been called. */
bool terminal_style(int fd, enum colour_wish wish, struct ui_style *out);

#endif
