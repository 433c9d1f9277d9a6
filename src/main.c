/* keyhole: a passive TLS analyser. The shell: options in, exit code out. */
#include "src/app.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

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

static int list_interfaces(void)
{
	char why[512];
	struct arena a = {0};
	struct text t = text_new(&a);
	bool fine = source_list_interfaces(&t, why, sizeof why);
	if (fine)
		fine = app_write(t.at, t.len);
	else
		fprintf(stderr, "keyhole: %s\n", why);
	arena_free(&a);
	return fine ? EXIT_DONE : EXIT_INPUT;
}

static int run(const struct options *o)
{
	struct app a = {.options = o, .today = clock_now(), .keys = keyring_new()};
	terminal_style(STDOUT_FILENO, o->colour, &a.style);
	a.style.today = o->at != MOMENT_UNKNOWN ? o->at : a.today;
	if (a.keys == NULL) {
		fputs("keyhole: out of memory\n", stderr);
		return EXIT_INPUT;
	}
	if (app_load_secrets(&a)) {
		if (o->interface != NULL)
			app_live(&a);
		for (int i = 0; i < o->n_files; i++) {
			if (i > 0 && o->format == FORMAT_TEXT)
				app_write("\n", 1);
			app_file(&a, o->file[i]);
		}
	}
	if (a.pki != NULL)
		pki_free(a.pki);
	keyring_free(a.keys);
	return a.code;
}

int main(int argc, char **argv)
{
	struct options o;
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	int code = options_read(&o, argc, argv);
	if (code < 0)
		code = o.list_interfaces ? list_interfaces() : run(&o);
	options_free(&o);
	return code;
}
