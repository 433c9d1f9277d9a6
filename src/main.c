/* keyhole: a passive TLS analyser. The shell: options in, exit code out. */
#include "src/app.h"

#include <config.h>
#include <fcntl.h>
#include <locale.h>
#include <time.h>
#include <unistd.h>

#include "src/say.h"
#include "src/signals.h"

enum { SIGNALLED = 128 };

void app_raise(struct app *a, enum exit_code code)
{
	static const int weight[] = {
		[EXIT_DONE] = 0,    [EXIT_FINDING] = 1, [EXIT_SECRET] = 2,
		[EXIT_DAMAGED] = 3, [EXIT_INPUT] = 4,   [EXIT_USAGE] = 5,
	};
	if (weight[code] > weight[a->code])
		a->code = (int)code;
}

static moment clock_now(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		return MOMENT_UNKNOWN;
	return (moment)t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

/* A file opened later must not take the place of a closed stream and get our results; 0 is opened
 * for writing and 1 and 2 for reading, so that using them fails. */
static void hold_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* What is only to be said: help, version, the list of interfaces. */
static void tell(struct app *a)
{
	char why[512] = "";
	struct arena arena = {0};
	struct text t = text_new(&arena);
	if (a->options->help)
		options_help(&t);
	else if (a->options->version)
		text_add(&t, PACKAGE_STRING "\n");
	else if (!source_list_interfaces(&t, why, sizeof why)) {
		say(NULL, why);
		app_raise(a, EXIT_INPUT);
	}
	output_write(&a->out, t.at, t.len);
	arena_free(&arena);
}

/* A filter that is wrong is wrong for every file. */
static void read_inputs(struct app *a)
{
	const struct options *o = a->options;
	if (o->interface != NULL)
		app_live(a);
	for (int i = 0; i < o->n_files && a->code != EXIT_USAGE && signals_stopped() == 0; i++)
		app_file(a, o->file[i]);
}

static void analyse(struct app *a)
{
	const struct options *o = a->options;
	a->today = clock_now();
	terminal_style(STDOUT_FILENO, o->colour, &a->style);
	a->style.today = o->at != MOMENT_UNKNOWN ? o->at : a->today;
	a->keys = keyring_new();
	if (a->keys == NULL) {
		say(NULL, "out of memory");
		app_raise(a, EXIT_INPUT);
		return;
	}
	if (app_load_secrets(a))
		read_inputs(a);
	if (a->pki != NULL)
		pki_free(a->pki);
	keyring_free(a->keys);
}

/* ^C is how listening ends; a file that was not read to its end was cut short. */
static int exit_code(const struct app *a)
{
	bool cut_short = signals_stopped() != 0 && a->options->interface == NULL;
	return cut_short ? SIGNALLED + signals_stopped() : a->code;
}

int main(int argc, char **argv)
{
	static struct app a; /* its buffer is large for a stack */
	struct options o;
	hold_streams();
	setlocale(LC_CTYPE, "");
	signals_install();
	int code = options_read(&o, argc, argv);
	a.options = &o;
	if (code < 0) {
		if (o.help || o.version || o.list_interfaces)
			tell(&a);
		else
			analyse(&a);
		if (!output_flush(&a.out))
			app_raise(&a, EXIT_INPUT);
		code = exit_code(&a);
	}
	options_free(&o);
	return code;
}
