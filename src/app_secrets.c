#include "src/app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* Takes the first line of a stream as a passphrase. */
static int first_line(FILE *f, char *out, int room)
{
	if (fgets(out, room, f) == NULL)
		return -1;
	size_t len = strcspn(out, "\r\n");
	out[len] = '\0';
	return (int)len;
}

static int from_terminal(const char *path, char *out, int room)
{
	FILE *tty = fopen("/dev/tty", "r+");
	struct termios old, silent;
	if (tty == NULL)
		return -1;
	struct text name = {0};
	struct arena a = {0};
	name = text_new(&a);
	text_foreign(&name, (struct bytes){(const uint8_t *)path, strlen(path)}, 200);
	fprintf(tty, "Passphrase for %s: ", text_z(&name));
	fflush(tty);
	arena_free(&a);
	bool quiet = tcgetattr(fileno(tty), &old) == 0;
	if (quiet) {
		silent = old;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(fileno(tty), TCSAFLUSH, &silent);
	}
	int len = first_line(tty, out, room);
	if (quiet)
		tcsetattr(fileno(tty), TCSAFLUSH, &old);
	fputc('\n', tty);
	fclose(tty);
	return len;
}

static int passphrase(void *ctx, const char *path, char *out, int room)
{
	const struct options *o = ctx;
	if (o->pass_env != NULL) {
		const char *value = getenv(o->pass_env);
		if (value == NULL || strlen(value) >= (size_t)room)
			return -1;
		memcpy(out, value, strlen(value) + 1);
		return (int)strlen(value);
	}
	if (o->pass_file == NULL)
		return from_terminal(path, out, room);
	FILE *f = fopen(o->pass_file, "re");
	if (f == NULL)
		return -1;
	int len = first_line(f, out, room);
	fclose(f);
	return len;
}

static void say(const char *path, const char *what)
{
	struct arena a = {0};
	struct text t = text_new(&a);
	text_add(&t, "keyhole: ");
	text_foreign(&t, (struct bytes){(const uint8_t *)path, strlen(path)}, 400);
	text_add(&t, ": ");
	text_foreign(&t, (struct bytes){(const uint8_t *)what, strlen(what)}, 400);
	fprintf(stderr, "%s\n", text_z(&t));
	arena_free(&a);
}

/* A key that others may read is no longer a secret. */
static void warn_readable(const struct app *a, const char *path)
{
	struct stat st;
	if (!a->options->quiet && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & S_IROTH))
		say(path, "others may read this key file (chmod 600)");
}

static bool add_key(struct app *a, const char *path)
{
	char why[256] = "";
	enum key_result r = keyring_add_key(a->keys, path, passphrase,
	                                    (void *)(uintptr_t)a->options, why, sizeof why);
	if (r == KEY_UNREADABLE) {
		say(path, why);
		app_raise(a, EXIT_SECRET);
		return false;
	}
	if (why[0] != '\0' && !a->options->quiet)
		say(path, why);
	warn_readable(a, path);
	return true;
}

static bool add_log(struct app *a, const char *path)
{
	char why[256] = "";
	enum key_result r = keyring_add_log(a->keys, path, why, sizeof why);
	if (why[0] != '\0' && (r == KEY_UNREADABLE || !a->options->quiet))
		say(path, why);
	if (r == KEY_UNREADABLE)
		app_raise(a, EXIT_SECRET);
	return r != KEY_UNREADABLE;
}

static void add_env_log(struct app *a)
{
	const char *path = getenv("SSLKEYLOGFILE");
	char why[256] = "";
	if (a->options->no_env_key_log || path == NULL || access(path, R_OK) != 0)
		return;
	if (keyring_add_log(a->keys, path, why, sizeof why) == KEY_ADDED && !a->options->quiet)
		say(path,
		    "used as key log, because SSLKEYLOGFILE names it (--no-env-keylog leaves it)");
}

bool app_load_secrets(struct app *a)
{
	const struct options *o = a->options;
	bool fine = true;
	char why[256] = "";
	if (o->pass_file != NULL && access(o->pass_file, R_OK) != 0) {
		say(o->pass_file, strerror(errno));
		app_raise(a, EXIT_SECRET);
		return false;
	}
	for (int i = 0; i < o->n_keys; i++)
		fine = add_key(a, o->key[i]) && fine;
	for (int i = 0; i < o->n_key_logs; i++)
		fine = add_log(a, o->key_log[i]) && fine;
	add_env_log(a);
	const struct pki_options p = {.ca = o->ca, .today = a->today, .at = o->at};
	a->pki = pki_new(&p, why, sizeof why);
	if (a->pki == NULL) {
		say(o->ca != NULL ? o->ca : "trust store", why);
		app_raise(a, EXIT_INPUT);
	}
	return fine && a->pki != NULL;
}
