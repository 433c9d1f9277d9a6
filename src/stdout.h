/* Standard output: results, buffered, with a pager for long texts on a terminal. */
#ifndef KEYHOLE_STDOUT_H
#define KEYHOLE_STDOUT_H

#include "src/base/text.h"

struct output {
	size_t len;
	bool failed; /* said already; nothing more is written */
	char buffer[1 << 16];
};

/* Add to what is to be written; false once writing has failed. A reader who has left ends the
 * program in silence. */
bool output_write(struct output *o, const char *at, size_t len);
bool output_flush(struct output *o);
/* Writes a text, through a pager where it is longer than the terminal and `may_page` allows. */
bool output_print(struct output *o, const struct text *t, bool may_page);
/* Writes all bytes to a file, in as many calls as it takes; false with errno. */
bool output_write_all(int fd, const char *at, size_t len);

#endif
