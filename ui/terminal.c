#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The order matters: term.h needs what curses.h says. */
#include <curses.h>
#include <term.h>

#include "ui/ui.h"

enum { RED = 1, GREEN = 2, YELLOW = 3 };

static unsigned width_of(int fd)
{
	struct winsize size = {0};
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return UI_WIDTH;
	return size.ws_col < UI_WIDTH ? size.ws_col : UI_WIDTH;
}

/* Gives the length of "select graphic rendition" (ECMA-48, 8.3.117: ESC [ parameters m) at the
 * front; 0 when it is none. */
static size_t rendition_len(const char *s)
{
	if (s[0] != '\033' || s[1] != '[')
		return 0;
	size_t n = 2 + strspn(s + 2, "0123456789;:");
	return s[n] == 'm' ? n + 1 : 0;
}

/* Keeps what a control string says of colour and weight, and nothing else: a pager passes only that
 * on (some terminals' "sgr0" also changes the character set). */
static void keep(char out[ROLE_BYTES], const char *sequence)
{
	size_t len = 0;
	if (sequence == NULL)
		return;
	while (*sequence != '\0') {
		size_t n = rendition_len(sequence);
		if (n > 0 && len + n < ROLE_BYTES) {
			memcpy(out + len, sequence, n);
			len += n;
		}
		sequence += n > 0 ? n : 1;
	}
	out[len] = '\0';
}

static char *capability(const char *name)
{
	char *value = tigetstr(name);
	return value == (char *)-1 ? NULL : value;
}

static void keep_colour(char out[ROLE_BYTES], int colour)
{
	char *set = capability("setaf");
	if (set != NULL)
		keep(out, tparm(set, (long)colour, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L));
}

/* Asks terminfo what each role looks like; false when the terminal has no colours. */
static bool load_roles(int fd, struct ui_style *out)
{
	int error;
	if (setupterm(NULL, fd, &error) != OK || tigetnum("colors") < 8)
		return false;
	keep(out->role[ROLE_HEAD], capability("bold"));
	keep(out->role[ROLE_DIM], capability("dim"));
	keep_colour(out->role[ROLE_SEALED], YELLOW);
	keep_colour(out->role[ROLE_OPENED], GREEN);
	keep_colour(out->role[ROLE_WARN], RED);
	keep(out->plain, capability("sgr0"));
	return out->plain[0] != '\0';
}

static bool wants_colour(bool terminal, enum colour_wish wish)
{
	const char *no = getenv("NO_COLOR");
	if (wish != COLOUR_AUTO)
		return wish == COLOUR_ALWAYS;
	return terminal && (no == NULL || no[0] == '\0');
}

bool terminal_style(int fd, enum colour_wish wish, struct ui_style *out)
{
	bool terminal = isatty(fd) != 0;
	*out = (struct ui_style){
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.width = terminal ? width_of(fd) : UI_WIDTH,
		.today = MOMENT_UNKNOWN,
	};
	if (wants_colour(terminal, wish))
		out->colour = load_roles(fd, out);
	return terminal;
}
