/* The command line: what was asked for, checked. It opens nothing. */
#ifndef KEYHOLE_OPTIONS_H
#define KEYHOLE_OPTIONS_H

#include "src/base/moment.h"
#include "src/base/text.h"
#include "ui/ui.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FINDING = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,   /* an input, or the output, cannot be used */
	EXIT_DAMAGED = 4, /* an input is damaged, results are partial */
	EXIT_SECRET = 5,  /* a secret cannot be used, or --need-secret is unmet */
};

enum format { FORMAT_TEXT, FORMAT_NDJSON };

enum { MOST_PATHS = 65536, MOST_SECRETS = 1024 };

struct options {
	const char **file; /* capture files; "-" is standard input */
	int n_files;
	const char *interface;
	char *filter; /* NULL none; allocated */
	const char **key, **key_log;
	int n_keys, n_key_logs;
	const char *pass_file, *pass_env;
	const char *ca;
	moment at; /* MOMENT_UNKNOWN: not given */
	enum format format;
	enum colour_wish colour;
	uint64_t max_packets, memory;
	uint32_t snap_len, buffer_kib, explain_number;
	unsigned workers; /* 0: as many as there are processors */
	bool explain, no_promiscuous, quiet, verbose, need_secret, no_embedded_secrets,
		no_env_key_log, no_pager;
	bool no_names;                       /* for the habit alone: names are never resolved */
	bool help, version, list_interfaces; /* only say this */
};

/* Reads the command line. Returns -1 to go on, or the exit code of a usage error (said already). */
int options_read(struct options *o, int argc, char **argv);
/* Adds the text of --help. */
void options_help(struct text *t);
void options_free(struct options *o);

#endif
