/* Puts JSON together: objects, lists, keys and values in order. It knows no record. */
#ifndef KEYHOLE_OUTPUT_WRITE_H
#define KEYHOLE_OUTPUT_WRITE_H

#include "src/base/text.h"

/* Begin and end an object or a list, as a member named `key` or, with NULL, as an element. */
void write_open(struct text *t, const char *key, char bracket);
void write_close(struct text *t, char bracket);
/* Add one member; with a NULL key an element of a list. Words are ours and hold nothing to escape.
 */
void write_words(struct text *t, const char *key, const char *words);
/* Begins a string that the caller fills with text that needs no escaping, and ends with '"'. */
void write_begin(struct text *t, const char *key);
void write_number(struct text *t, const char *key, uint64_t v);
void write_bool(struct text *t, const char *key, bool v);
void write_time(struct text *t, const char *key, moment m);
void write_seconds(struct text *t, const char *key, int64_t ns);
void write_hex(struct text *t, const char *key, struct bytes b);
/* Adds foreign bytes, and "<key>_hex" beside them when they are not UTF-8. */
void write_foreign(struct text *t, const char *key, struct bytes b);
void write_foreign_z(struct text *t, const char *key, const char *z);
/* Adds a list of runs, and "<key>_hex" beside it when one of them is not UTF-8. */
void write_foreign_list(struct text *t, const char *key, const struct bytes *b, size_t n);
/* Adds {"c":...,"s":...}. */
void write_sides(struct text *t, const char *key, uint64_t client, uint64_t server);

#endif
