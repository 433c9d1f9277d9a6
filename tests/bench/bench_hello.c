/* Says how many nanoseconds one handshake message takes to decode, unwatched and watched. Each FILE
 * is in the form of the fuzz corpus: one byte, then the message. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dissectors/tls/handshake.h"

enum { ROUNDS = 200000, ROWS = 8192 };

static struct field_row rows[ROWS];

static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Decodes the message once; the sum keeps the compiler from leaving it out. */
static uint32_t decode(struct bytes message, struct trace *trace)
{
	struct handshake_context context = {.from = CLIENT};
	struct handshake h;
	if (trace != NULL)
		trace->n_rows = 0;
	struct reader r = reader_over(message, NULL, trace);
	handshake_decode(&r, &context, &h);
	return h.client_hello.n_extensions + h.noted.n;
}

/* Measures in five turns and gives the best. */
static double measure(struct bytes message, struct trace *trace)
{
	static volatile uint32_t sum;
	double best = 1e18;
	for (int turn = 0; turn < 5; turn++) {
		double start = now_ns();
		for (int i = 0; i < ROUNDS; i++)
			sum += decode(message, trace);
		double each = (now_ns() - start) / ROUNDS;
		if (each < best)
			best = each;
	}
	if (sum == 0)
		printf("nothing was found: ");
	return best;
}

static bool bench_file(const char *path)
{
	static uint8_t data[1 << 17];
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		return false;
	}
	size_t len = fread(data, 1, sizeof data, file);
	fclose(file);
	if (len < 5)
		return false;
	struct bytes message = {data + 1, len - 1};
	struct trace trace = {.row = rows, .room = ROWS};
	double plain = measure(message, NULL), watched = measure(message, &trace);
	printf("%s: %u fields, %.0f ns, watched %.0f ns\n", path, trace.n_rows, plain, watched);
	return true;
}

int main(int argc, char **argv)
{
	bool good = argc > 1;
	for (int i = 1; i < argc; i++)
		good = bench_file(argv[i]) && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
