#include "src/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/say.h"

enum option_id {
	OPTION_NONE = 256,
#define OPTION(letter, word, id, argument, help) OPT_##id,
#include "src/options.def"
#undef OPTION
};

static const struct {
	char letter;
	const char *word;
	int id;
	const char *argument, *help;
} table[] = {
#define OPTION(letter, word, id, argument, help) {letter, word, OPT_##id, argument, help},
#include "src/options.def"
#undef OPTION
};

enum { N_OPTIONS = sizeof table / sizeof *table, HELP_COLUMN = 30 };

static void add_flag(struct text *t, int i)
{
	if (table[i].letter != 0) {
		text_char(t, '-');
		text_char(t, table[i].letter);
	}
	if (table[i].word != NULL) {
		text_add(t, table[i].letter != 0 ? ", --" : "--");
		text_add(t, table[i].word);
	}
	if (table[i].argument != NULL) {
		text_char(t, ' ');
		text_add(t, table[i].argument);
	}
}

void options_help(struct text *t)
{
	text_add(t, "keyhole: what a listener on the wire learns from TLS, and what each secret "
	            "opens\n\n"
	            "usage: keyhole [OPTIONS] [FILE...] [filter words]\n\n");
	for (int i = 0; i < N_OPTIONS; i++) {
		text_add(t, "  ");
		size_t from = t->len;
		add_flag(t, i);
		text_pad(t, from, HELP_COLUMN);
		text_char(t, ' ');
		text_add(t, table[i].help);
		text_char(t, '\n');
	}
	text_add(t,
	         "\nexit: 0 done, 2 usage or filter, 3 input (or output) cannot be used, 4 input "
	         "damaged (results are\n"
	         "      partial), 5 secret cannot be used or --need-secret unmet, 130 and 143 "
	         "cut short by a signal\n"
	         "keyhole only listens. It sends nothing: no names resolved, no certificates "
	         "asked about.\n");
}

/* The forms of getopt_long, made from the one table. */
static void make_getopt(char *letters, struct option *words)
{
	*letters++ = ':'; /* tells a missing argument from an unknown flag, and says neither */
	for (int i = 0; i < N_OPTIONS; i++) {
		bool optional = table[i].argument != NULL && table[i].argument[0] == '[';
		if (table[i].letter != 0) {
			*letters++ = table[i].letter;
			if (table[i].argument != NULL)
				*letters++ = ':';
			if (optional)
				*letters++ = ':';
		}
		if (table[i].word != NULL)
			*words++ = (struct option){table[i].word,
			                           optional                    ? optional_argument
			                           : table[i].argument != NULL ? required_argument
			                                                       : no_argument,
			                           NULL, table[i].id};
	}
	*letters = '\0';
	*words = (struct option){0};
}

static int id_of(int c)
{
	for (int i = 0; i < N_OPTIONS; i++)
		if (c == table[i].id || (table[i].letter != 0 && c == table[i].letter))
			return table[i].id;
	return OPTION_NONE;
}

static int usage(const char *what, const char *value)
{
	if (value != NULL)
		say(what, value);
	else
		say(NULL, what);
	say(NULL, "see keyhole --help");
	return EXIT_USAGE;
}

static bool number(const char *s, uint64_t most, uint64_t *out)
{
	char *end;
	errno = 0;
	if (s[0] < '0' || s[0] > '9')
		return false;
	unsigned long long v = strtoull(s, &end, 10);
	*out = v;
	return errno == 0 && *end == '\0' && v <= most;
}

/* Reads 2026-11-22 or 2026-11-22T10:00:00Z. */
static moment read_time(const char *s)
{
	struct calendar c = {0};
	int used = 0;
	int n = sscanf(s, "%4d-%2d-%2d%n", &c.year, &c.month, &c.day, &used);
	if (n == 3 && s[used] == '\0')
		return moment_from(c);
	n = sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &c.year, &c.month, &c.day, &c.hour, &c.minute,
	           &c.second, &used);
	return n == 6 && s[used] == '\0' ? moment_from(c) : MOMENT_UNKNOWN;
}

static bool all_digits(const char *s)
{
	return s[0] != '\0' && s[strspn(s, "0123456789")] == '\0';
}

static int append(const char ***list, int *n, const char *s, int most)
{
	if (*n == most)
		return usage("too many files", s);
	const char **bigger = realloc(*list, ((size_t)*n + 1) * sizeof *bigger);
	if (bigger == NULL)
		return usage("out of memory", NULL);
	*list = bigger;
	bigger[(*n)++] = s;
	return -1;
}

static int numeric(struct options *o, int id, const char *value)
{
	uint64_t v;
	if (!number(value, id == OPT_COUNT ? UINT64_MAX : UINT32_MAX, &v))
		return usage("not a number that fits", value);
	switch (id) {
	case OPT_COUNT:
		o->max_packets = v;
		break;
	case OPT_SNAP:
		o->snap_len = (uint32_t)v;
		break;
	case OPT_BUFFER:
		o->buffer_kib = (uint32_t)v;
		break;
	case OPT_WORKERS:
		if (v < 1 || v > 16)
			return usage("--workers takes 1 to 16", value);
		o->workers = (unsigned)v;
		break;
	default:
		if (v < 16 || v > 1 << 20)
			return usage("--memory takes 16 to 1048576", value);
		o->memory = v << 20;
		break;
	}
	return -1;
}

static int format_of(struct options *o, const char *value)
{
	if (strcmp(value, "text") == 0)
		o->format = FORMAT_TEXT;
	else if (strcmp(value, "ndjson") == 0 || strcmp(value, "json") == 0)
		o->format = FORMAT_NDJSON;
	else
		return usage("-T takes text or ndjson", value);
	return -1;
}

static int colour_of(struct options *o, const char *value)
{
	static const char *const word[] = {
		[COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};
	for (int i = 0; i < 3; i++) {
		if (strcmp(value, word[i]) == 0) {
			o->colour = (enum colour_wish)i;
			return -1;
		}
	}
	return usage("--color takes auto, always or never", value);
}

static int explain(struct options *o, int argc, char **argv)
{
	uint64_t v = 1;
	o->explain = true;
	const char *value = optarg;
	if (value == NULL && optind < argc && all_digits(argv[optind]) &&
	    access(argv[optind], F_OK) != 0)
		value = argv[optind++];
	if (value != NULL && (!number(value, UINT32_MAX, &v) || v == 0))
		return usage("--explain takes the number of a session", value);
	o->explain_number = (uint32_t)v;
	return -1;
}

static int setting(struct options *o, const char *value)
{
	static const char keylog[] = "tls.keylog_file:";
	if (strncmp(value, keylog, sizeof keylog - 1) != 0)
		return usage("-o knows only tls.keylog_file:FILE", value);
	return append(&o->key_log, &o->n_key_logs, value + sizeof keylog - 1, MOST_SECRETS);
}

static int set_filter(struct options *o, const char *words)
{
	char *joined = NULL;
	if (o->filter == NULL)
		joined = strdup(words);
	else if (asprintf(&joined, "%s %s", o->filter, words) < 0)
		joined = NULL;
	free(o->filter);
	o->filter = joined;
	return joined == NULL ? usage("out of memory", NULL) : -1;
}

static int take_time(struct options *o, const char *value)
{
	o->at = read_time(value);
	return o->at == MOMENT_UNKNOWN
	               ? usage("--at takes a time as 2026-11-22 or 2026-11-22T10:00:00Z", value)
	               : -1;
}

/* ---- What each flag does ---- */

/* Flags that only switch something on. */
static bool *switch_of(struct options *o, int id)
{
	switch (id) {
	case OPT_LIST:
		return &o->list_interfaces;
	case OPT_PROMISC:
		return &o->no_promiscuous;
	case OPT_NAMES:
		return &o->no_names;
	case OPT_NO_ENV:
		return &o->no_env_key_log;
	case OPT_NO_EMBEDDED:
		return &o->no_embedded_secrets;
	case OPT_NEED:
		return &o->need_secret;
	case OPT_NO_PAGER:
		return &o->no_pager;
	case OPT_QUIET:
		return &o->quiet;
	case OPT_VERBOSE:
		return &o->verbose;
	case OPT_HELP:
		return &o->help;
	case OPT_VERSION:
		return &o->version;
	default:
		return NULL;
	}
}

/* Flags that keep a word; the last one holds. */
static const char **word_of(struct options *o, int id)
{
	switch (id) {
	case OPT_INTERFACE:
		return &o->interface;
	case OPT_PASS_FILE:
		return &o->pass_file;
	case OPT_PASS_ENV:
		return &o->pass_env;
	case OPT_CA:
		return &o->ca;
	default:
		return NULL;
	}
}

/* What getopt_long could not take. It stands at the argument before `optind`, or, when it is a
 * letter, in `optopt`. */
static int refuse(int c, char **argv)
{
	const char letter[3] = {'-', (char)optopt, 0};
	bool is_letter = optopt > 0 && optopt < OPTION_NONE;
	const char *flag = is_letter ? letter : argv[optind - 1];
	return usage(c == ':'                   ? "this option needs an argument"
	             : is_letter || optopt == 0 ? "there is no such option"
	                                        : "this option takes no argument",
	             flag);
}

static int take_value(struct options *o, int id, int argc, char **argv)
{
	switch (id) {
	case OPT_READ:
		return append(&o->file, &o->n_files, optarg, MOST_PATHS);
	case OPT_KEY:
		return append(&o->key, &o->n_keys, optarg, MOST_SECRETS);
	case OPT_KEY_LOG:
		return append(&o->key_log, &o->n_key_logs, optarg, MOST_SECRETS);
	case OPT_FILTER:
		return set_filter(o, optarg);
	case OPT_SETTING:
		return setting(o, optarg);
	case OPT_AT:
		return take_time(o, optarg);
	case OPT_EXPLAIN:
		return explain(o, argc, argv);
	case OPT_FORMAT:
		return format_of(o, optarg);
	case OPT_JSON:
		return format_of(o, "ndjson");
	case OPT_COLOUR:
		return colour_of(o, optarg);
	default:
		return numeric(o, id, optarg);
	}
}

static int one_option(struct options *o, int id, int argc, char **argv)
{
	bool *on = switch_of(o, id);
	const char **word = word_of(o, id);
	if (on != NULL)
		*on = true;
	else if (word != NULL)
		*word = optarg;
	else
		return take_value(o, id, argc, argv);
	return -1;
}

/* A trailing word that looks like a path is a file even when it is missing: a clear error about the
 * file beats one about a filter. */
static bool looks_like_file(const char *s)
{
	static const char *const end[] = {".pcap", ".pcapng", ".cap", ".gz", ".zst", ".dmp"};
	size_t len = strlen(s);
	if (access(s, F_OK) == 0 || strcmp(s, "-") == 0 || strchr(s, '/') != NULL)
		return true;
	for (size_t i = 0; i < sizeof end / sizeof *end; i++)
		if (len > strlen(end[i]) && strcmp(s + len - strlen(end[i]), end[i]) == 0)
			return true;
	return false;
}

/* Words that name files are files; from the first that does not, the rest is a capture filter. A
 * network as 10.0.0.0/8 has a slash too, but never comes first. Where there is nothing to read yet,
 * the first word can only be a file. */
static int take_words(struct options *o, int argc, char **argv)
{
	bool in_filter = false;
	for (int i = optind; i < argc; i++) {
		bool must = o->n_files == 0 && o->interface == NULL;
		in_filter = in_filter || !(must || looks_like_file(argv[i]));
		int code = in_filter ? set_filter(o, argv[i])
		                     : append(&o->file, &o->n_files, argv[i], MOST_PATHS);
		if (code >= 0)
			return code;
	}
	return -1;
}

static int check(const struct options *o)
{
	if (o->interface != NULL && o->n_files > 0)
		return usage("either files or an interface, not both", NULL);
	if (o->interface != NULL && o->explain)
		return usage("-e goes over a file again, so it needs one", NULL);
	if (o->interface == NULL && o->n_files == 0)
		return usage("no file and no interface given (- is standard input)", NULL);
	return -1;
}

int options_read(struct options *o, int argc, char **argv)
{
	char letters[3 * N_OPTIONS + 2];
	struct option words[N_OPTIONS + 1];
	*o = (struct options){.at = MOMENT_UNKNOWN, .memory = (uint64_t)256 << 20};
	make_getopt(letters, words);
	for (int c; (c = getopt_long(argc, argv, letters, words, NULL)) != -1;) {
		int id = id_of(c);
		int code = id == OPTION_NONE ? refuse(c, argv) : one_option(o, id, argc, argv);
		if (code >= 0)
			return code;
	}
	if (o->help || o->version || o->list_interfaces)
		return -1;
	int code = take_words(o, argc, argv);
	return code >= 0 ? code : check(o);
}

void options_free(struct options *o)
{
	free(o->file);
	free(o->key);
	free(o->key_log);
	free(o->filter);
}
