/* What the program does with its options: secrets, inputs, output and exit code. The shell may know
 * every room. */
#ifndef KEYHOLE_APP_H
#define KEYHOLE_APP_H

#include "src/engine/engine.h"
#include "src/options.h"

struct app {
	const struct options *options;
	struct keyring *keys;
	struct pki *pki;
	struct ui_style style;
	moment today;
	int code; /* the exit code so far */
};

/* Raises the exit code: an input that cannot be used before a damaged one before a secret. */
void app_raise(struct app *a, enum exit_code code);
/* Loads keys, key logs and trust stores; false when one cannot be used (said, code set). In
 * app_secrets.c. */
bool app_load_secrets(struct app *a);
/* Works on one capture file, or on the interface. In app_run.c. */
void app_file(struct app *a, const char *path);
void app_live(struct app *a);
/* Says how far a long file has been read, on a terminal, from one second on. In app_progress.c. */
bool app_progress(const struct app *a, const struct capture_facts *so_far, uint64_t size);
void app_progress_end(void);
/* Writes a text to standard output, through a pager when it is longer than the terminal. In
 * app_output.c. False when it cannot be written. */
bool app_print(const struct app *a, const struct text *t);
bool app_write(const char *at, size_t len);

#endif
