/* A key log in NSS's form: lines of a label, a client random and a secret, found again by label and
 * client random. It keeps the secrets of the labels it knows and no text. */
#ifndef KEYHOLE_SECRETS_KEYLOG_H
#define KEYHOLE_SECRETS_KEYLOG_H

#include "src/secrets/secret.h"

enum line_label {
	LINE_NONE,
#define LABEL(id, text, key_len, least, most) LINE_##id,
#include "src/secrets/keylog_label.def"
#undef LABEL
	LINE_LABELS
};

struct keylog;

struct keylog_news {
	size_t added;      /* lines taken, repeated ones too */
	size_t malformed;  /* lines that are none of the form's */
	size_t first_line; /* number of the first malformed one, from 1; 0 none */
	size_t unknown;    /* well-formed lines with a label that is not known here */
	size_t left_out;   /* lines for which there was no room or memory */
};

enum { KEYLOG_LINES_MOST = 4000000, KEYLOG_LINE_BYTES_MOST = 1024 };

struct keylog *keylog_new(void);
/* Takes every line of a text; `name` says where it came from and is borrowed. */
struct keylog_news keylog_add(struct keylog *k, const char *name, struct bytes text);
/* Finds the secret of a label; `id` is the client random, for RSA lines the first 8 bytes of the
 * encrypted premaster secret. Sets `name` (may be NULL); false when there is none. */
bool keylog_find(const struct keylog *k, enum line_label label, struct bytes id, struct secret *out,
                 const char **name);
size_t keylog_n_lines(const struct keylog *k);
void keylog_free(struct keylog *k);

#endif
