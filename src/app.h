/* What the program does with its options: secrets, inputs, output and exit code. The shell may know
 * every room. */
#ifndef KEYHOLE_APP_H
#define KEYHOLE_APP_H

#include "src/engine/engine.h"
#include "src/options.h"
#include "src/stdout.h"

struct app {
	const struct options *options;
	struct keyring *keys;
	struct pki *pki;
	struct ui_style style;
	struct output out;
	moment today;
	bool printed; /* something as text */
	int code;     /* the exit code so far */
};

/* One input on its way. */
struct task {
	struct app *app;
	const char *path; /* to open; a file's */
	const char *name; /* to show */
	struct source *source;
	struct capture_facts facts;
	struct session **kept; /* text: all sessions, until the end */
	size_t n_kept, room;
	uint64_t kept_bytes;  /* what they hold, at most --memory */
	uint64_t left_out;    /* sessions that did not fit */
	uint64_t ended;       /* sessions */
	uint64_t sealed;      /* sessions that stayed sealed */
	uint64_t size;        /* bytes of the input; 0 when not known */
	int64_t begun, shown; /* progress: when the reading began and when it was last said; ns */
	int spool;            /* file that keeps standard input; -1 none */
	bool spool_full;
	char *embedded; /* key log text from the input itself, until it is taken */
	size_t embedded_len;
	bool said_embedded;
	bool broken; /* output failed */
};

/* Raises the exit code: an input that cannot be used before a damaged one before a secret. */
void app_raise(struct app *a, enum exit_code code);
/* Loads keys, key logs and trust stores; false when one cannot be used (said, code set). In
 * app_secrets.c. */
bool app_load_secrets(struct app *a);
/* Works on one capture file, or on the interface. In app_run.c. */
void app_file(struct app *a, const char *path);
void app_live(struct app *a);

/* Says a trouble with the input, in JSON too, and raises the exit code. In app_run.c. */
void task_complain(struct task *k, enum exit_code code, const char *slug, const char *why);
/* Give what the source and the engine are asked for. In app_run.c. */
struct source_options task_source_options(struct task *k);
struct engine_job task_job(struct task *k);
/* Takes a finished session into the list; true when it stays there. In app_run.c. */
bool task_keep(struct task *k, struct session *s);
/* Prints the kept sessions: a story, an explanation or a list. In app_text.c. */
void task_print(struct task *k);
/* Writes one line about a session that ended, for those who watch. In app_text.c. */
void task_print_line(struct task *k, const struct session *s);
/* Keeps standard input in a file without a name, so that it can be read twice. Gives the path by
 * which it is opened, in `path`; NULL after a complaint. In app_spool.c. */
const char *task_spool(struct task *k, char *path, size_t room);
/* Says how far a long input has been read: on a terminal, after one second. In app_progress.c. */
void task_progress(struct task *k, const struct capture_facts *so_far);
void task_progress_end(struct task *k);
/* Writes the counters as one line on standard error; some are known at the end alone. In
 * app_progress.c. */
void task_counters(const struct task *k, const struct capture_facts *so_far, bool at_end);

#endif
