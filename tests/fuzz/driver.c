/* main() of the fuzz targets where libFuzzer is not: replays files and folders of files, and with
 * --seeded N also N changes of each, always the same ones. It searches nothing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum { LARGEST_INPUT = 1 << 20, SECONDS_AN_INPUT = 60 };

/* What runs now, for the signal handler. */
static const uint8_t *volatile input;
static volatile size_t input_len;
static char crash_path[256];

static uint64_t random_state;

/* xorshift64*: the same changes on every machine. */
static uint64_t random_next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 2685821657736338717U;
}

static size_t random_below(size_t n)
{
	return n == 0 ? 0 : (size_t)(random_next() % n);
}

/* Keeps the input that broke the target in the folder where the test runs. */
static void keep_input(int signal_number)
{
	static const char note[] =
		"the input is kept in the folder of the build, as crash-<target>\n";
	int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd >= 0 && write(fd, input, input_len) >= 0 && write(2, note, sizeof note - 1) > 0)
		close(fd);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* Let the sanitizers, where they are linked in, end in abort, so that the handler above sees it. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1";
}

/* Leaves alone what a sanitizer has caught before us: its report says more. */
static void catch_crashes(void)
{
	static const int caught[] = {SIGABRT, SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
		struct sigaction before;
		if (sigaction(caught[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			signal(caught[i], keep_input);
	}
}

static void *must(void *p)
{
	if (p != NULL)
		return p;
	fputs("no memory\n", stderr);
	exit(EXIT_FAILURE);
}

/* Runs the target on a copy that ends where the bytes end, so that reading on is seen. */
static void run_input(const uint8_t *data, size_t len)
{
	uint8_t *copy = must(malloc(len + (len == 0)));
	if (len != 0)
		memcpy(copy, data, len);
	input = copy;
	input_len = len;
	alarm(SECONDS_AN_INPUT);
	LLVMFuzzerTestOneInput(copy, len);
	alarm(0);
	free(copy);
}

/* Makes one change in place; `room` bytes may be used. Gives the new length. */
static size_t change(uint8_t *data, size_t len, size_t room)
{
	size_t at = random_below(len), n = random_below(len - at) + 1;
	if (len == 0)
		return 0;
	switch (random_next() % 6) {
	case 0:
		data[at] ^= (uint8_t)(1U << random_below(8));
		return len;
	case 1:
		data[at] = (uint8_t)random_next();
		return len;
	case 2:
		data[at] = random_next() % 2 == 0 ? 0 : 0xff;
		return len;
	case 3:
		return at;
	case 4:
		memmove(data + at, data + at + n, len - at - n);
		return len - n;
	default:
		if (room - len < n)
			return len;
		memmove(data + at + n, data + at, len - at);
		return len + n;
	}
}

static void run_seeded(const uint8_t *data, size_t len, unsigned long n_changed)
{
	size_t room = len * 2;
	uint8_t *changed = must(malloc(room + 1));
	random_state = 88172645463325252U;
	for (unsigned long i = 0; i < n_changed; i++) {
		memcpy(changed, data, len);
		size_t changed_len = len;
		for (size_t times = random_below(4) + 1; times > 0; times--)
			changed_len = change(changed, changed_len, room);
		run_input(changed, changed_len);
	}
	free(changed);
}

static bool run_file(const char *path, unsigned long n_changed)
{
	static uint8_t data[LARGEST_INPUT];
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	size_t len = fread(data, 1, sizeof data, file);
	bool whole = !ferror(file) && fgetc(file) == EOF;
	fclose(file);
	printf("%s: %zu bytes\n", path, len);
	fflush(stdout);
	run_input(data, len);
	run_seeded(data, len, n_changed);
	if (!whole)
		fprintf(stderr, "%s: not read to its end\n", path);
	return whole;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool run_folder(const char *path, unsigned long n_changed)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_visible, alphasort);
	if (n <= 0) {
		fprintf(stderr, "%s: no files\n", path);
		return false;
	}
	bool good = true;
	for (int i = 0; i < n; i++) {
		char file[4096];
		int len = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
		good = len < (int)sizeof file && run_file(file, n_changed) && good;
		free(entries[i]);
	}
	free(entries);
	return good;
}

static bool run_path(const char *path, unsigned long n_changed)
{
	struct stat status;
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return run_folder(path, n_changed);
	return run_file(path, n_changed);
}

int main(int argc, char **argv)
{
	unsigned long n_changed = 0;
	int first = 1;
	if (argc > 2 && strcmp(argv[1], "--seeded") == 0) {
		n_changed = strtoul(argv[2], NULL, 10);
		first = 3;
	}
	if (first >= argc) {
		fprintf(stderr, "usage: %s [--seeded N] FILE|FOLDER...\n", argv[0]);
		return EXIT_FAILURE;
	}
	snprintf(crash_path, sizeof crash_path, "crash-%s", program_invocation_short_name);
	catch_crashes();
	run_input(NULL, 0);
	bool good = true;
	for (int i = first; i < argc; i++)
		good = run_path(argv[i], n_changed) && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
