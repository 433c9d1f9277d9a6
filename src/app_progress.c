#include "src/app.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static struct timespec begun, said;
static bool shown;

static double seconds_since(const struct timespec *then, const struct timespec *now)
{
	return (double)(now->tv_sec - then->tv_sec) + (double)(now->tv_nsec - then->tv_nsec) * 1e-9;
}

bool app_progress(const struct app *a, const struct capture_facts *f, uint64_t size)
{
	struct timespec now;
	if (a->options->quiet || !isatty(STDERR_FILENO) ||
	    clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return true;
	if (begun.tv_sec == 0)
		begun = now;
	double passed = seconds_since(&begun, &now);
	if (passed < 1 || (shown && seconds_since(&said, &now) < 0.25))
		return true;
	said = now;
	shown = true;
	double rate = (double)f->bytes / passed;
	if (size > 0 && size >= f->bytes)
		fprintf(stderr, "\r%3.0f %%  %.1f of %.1f GB  %.0f MB/s  %.0f s left   ",
		        100.0 * (double)f->bytes / (double)size, (double)f->bytes * 1e-9,
		        (double)size * 1e-9, rate * 1e-6, (double)(size - f->bytes) / rate);
	else
		fprintf(stderr, "\r%.1f GB  %.0f MB/s  %llu packets   ", (double)f->bytes * 1e-9,
		        rate * 1e-6, (unsigned long long)f->packets);
	return true;
}

void app_progress_end(void)
{
	if (shown)
		fprintf(stderr, "\r%60s\r", "");
	shown = false;
	begun = (struct timespec){0};
}
