#include "src/app.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "src/output/json.h"
#include "src/say.h"

/* ---- The passphrase ---- */

/* Takes the first line of a file byte by byte, so that no buffer keeps a copy; gives its length, or
 * -1. */
static int first_line(int fd, char *out, int room)
{
	int len = 0;
	for (char c; len < room - 1 && read(fd, &c, 1) == 1;) {
		if (c == '\n') {
			len -= len > 0 && out[len - 1] == '\r';
			out[len] = '\0';
			return len;
		}
		out[len++] = c;
	}
	out[len] = '\0';
	return len > 0 ? len : -1;
}

static void ask(int tty, const char *path)
{
	struct arena a = {0};
	struct text t = text_new(&a);
	text_add(&t, "Passphrase for ");
	text_foreign(&t, say_bytes(path), 200);
	text_add(&t, ": ");
	(void)!write(tty, t.at, t.len);
	arena_free(&a);
}

/* The terminal does not show what is typed, and comes back also when a signal ends the asking. */
static int from_terminal(const char *path, char *out, int room)
{
	struct termios before, silent;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0)
		return -1;
	if (tcgetattr(tty, &before) != 0) {
		close(tty);
		return -1;
	}
	ask(tty, path);
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH, &silent);
	int len = first_line(tty, out, room);
	tcsetattr(tty, TCSAFLUSH, &before);
	(void)!write(tty, "\n", 1);
	close(tty);
	return len;
}

static int from_file(const char *path, char *out, int room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int len = first_line(fd, out, room);
	close(fd);
	return len;
}

static int from_environment(const char *name, char *out, int room)
{
	const char *value = getenv(name);
	size_t len = value == NULL ? 0 : strlen(value);
	if (value == NULL || len >= (size_t)room)
		return -1;
	memcpy(out, value, len + 1);
	return (int)len;
}

static int passphrase(void *ctx, const char *path, char *out, int room)
{
	const struct options *o = ctx;
	if (o->pass_env != NULL)
		return from_environment(o->pass_env, out, room);
	if (o->pass_file != NULL)
		return from_file(o->pass_file, out, room);
	return from_terminal(path, out, room);
}

/* Says what is wrong with where the passphrase is to come from; false then. */
static bool passphrase_is_there(struct app *a)
{
	const struct options *o = a->options;
	bool no_file = o->pass_file != NULL && access(o->pass_file, R_OK) != 0;
	if (no_file)
		say(o->pass_file, strerror(errno));
	bool no_variable = o->pass_env != NULL && getenv(o->pass_env) == NULL;
	if (no_variable)
		say(o->pass_env, "there is no such environment variable");
	if (no_file || no_variable)
		app_raise(a, EXIT_SECRET);
	return !no_file && !no_variable;
}

/* ---- Keys and key logs ---- */

/* A key that others may read is no longer a secret. */
static void warn_readable(const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH))
		say(path, "others may read this key file (chmod 600)");
}

/* A locked key does not end the run: its reason is among the results. */
static bool add_key(struct app *a, const char *path)
{
	char why[256] = "";
	void *ctx = (void *)(uintptr_t)a->options;
	enum key_result r = keyring_add_key(a->keys, path, passphrase, ctx, why, sizeof why);
	bool failed = r == KEY_UNREADABLE || r == KEY_LOCKED;
	if (failed)
		app_raise(a, EXIT_SECRET);
	if (why[0] != '\0' && (failed || !a->options->quiet))
		say(path, why);
	if (r == KEY_ADDED && !a->options->quiet)
		warn_readable(path);
	return r != KEY_UNREADABLE;
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
		say(path, "used as key log, because SSLKEYLOGFILE names it (--no-env-keylog leaves "
		          "it)");
}

static bool load_trust(struct app *a)
{
	char why[256] = "";
	const struct pki_options p = {
		.ca = a->options->ca,
		.today = a->today,
		.at = a->options->at,
		.describe = a->options->format == FORMAT_NDJSON ? json_certificate : NULL,
	};
	a->pki = pki_new(&p, why, sizeof why);
	if (a->pki != NULL)
		return true;
	say(NULL, why);
	app_raise(a, EXIT_INPUT);
	return false;
}

bool app_load_secrets(struct app *a)
{
	const struct options *o = a->options;
	bool fine = passphrase_is_there(a);
	for (int i = 0; fine && i < o->n_keys; i++)
		fine = add_key(a, o->key[i]);
	for (int i = 0; fine && i < o->n_key_logs; i++)
		fine = add_log(a, o->key_log[i]);
	if (!fine)
		return false;
	add_env_log(a);
	return load_trust(a);
}
