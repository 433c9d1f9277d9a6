/* What the shell says on standard error. Every byte that is not ours is escaped. */
#ifndef KEYHOLE_SAY_H
#define KEYHOLE_SAY_H

#include "src/base/text.h"

/* Writes "keyhole: about: what", or "keyhole: what" where `about` is NULL. Both may hold foreign
 * bytes. */
void say(const char *about, const char *what);
/* Does the same with several lines, as in a message that points at a word. */
void say_lines(const char *about, const char *lines);
/* Gives a run over a zero-terminated text that may be foreign. */
struct bytes say_bytes(const char *z);

#endif
