#include "src/app.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "src/say.h"

enum { EVERY_NS = NS_PER_SECOND / 4 };

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

/* Adds a number of the given unit with `digits` (0 or 1) decimals. */
static void add_scaled(struct text *t, uint64_t v, uint64_t unit, unsigned digits)
{
	text_u64(t, v / unit);
	if (digits == 0)
		return;
	text_char(t, '.');
	text_u64(t, v % unit * 10 / unit);
}

struct unit {
	uint64_t size;
	const char *name;
};

static struct unit unit_of(uint64_t bytes)
{
	return bytes >= 1000000000 ? (struct unit){1000000000, " GB"}
	       : bytes >= 1000000  ? (struct unit){1000000, " MB"}
	                           : (struct unit){1000, " KB"};
}

static void add_size(struct text *t, uint64_t bytes)
{
	struct unit u = unit_of(bytes);
	add_scaled(t, bytes, u.size, 1);
	text_add(t, u.name);
}

/* "  34 %  1.2 of 3.5 GB  410 MB/s  12,345 sessions  6 s left"; without what is not known. */
static void add_line(struct text *t, const struct task *k, uint64_t done, uint64_t rate)
{
	bool whole = k->size > 0 && done <= k->size;
	if (whole) {
		uint64_t percent = done * 100 / k->size;
		text_repeat(t, ' ', percent < 10 ? 3 : percent < 100 ? 2 : 1);
		text_u64(t, percent);
		text_add(t, " %  ");
		add_scaled(t, done, unit_of(k->size).size, 1);
		text_add(t, " of ");
		add_size(t, k->size);
	} else {
		text_add(t, "  ");
		add_size(t, done);
	}
	text_add(t, "  ");
	add_scaled(t, rate, 1000000, 0);
	text_add(t, " MB/s  ");
	text_grouped(t, k->ended);
	text_add(t, k->ended == 1 ? " session" : " sessions");
	if (!whole || rate == 0)
		return;
	text_add(t, "  ");
	text_u64(t, (k->size - done) / rate);
	text_add(t, " s left");
}

/* Where results run over the same terminal, a line that is drawn again and again would be torn. */
static bool is_wanted(const struct task *k)
{
	const struct options *o = k->app->options;
	bool streams = o->format == FORMAT_NDJSON && isatty(STDOUT_FILENO);
	return !o->quiet && !k->facts.live && !streams && isatty(STDERR_FILENO);
}

void task_progress(struct task *k, const struct capture_facts *so_far)
{
	int64_t now = now_ns();
	if (k->begun == 0)
		k->begun = now;
	int64_t passed = now - k->begun;
	if (passed < NS_PER_SECOND || now - k->shown < EVERY_NS || !is_wanted(k))
		return;
	struct arena a = {0};
	struct text t = text_new(&a);
	k->shown = now;
	add_line(&t, k, so_far->bytes, (uint64_t)((double)so_far->bytes * 1e9 / (double)passed));
	fprintf(stderr, "\r%-75s", text_z(&t));
	arena_free(&a);
}

void task_progress_end(struct task *k)
{
	if (k->shown != 0)
		fprintf(stderr, "\r%75s\r", "");
	k->shown = 0;
}

static void add_counter(struct text *t, const char *what, uint64_t n)
{
	text_add(t, t->len == 0 ? "" : ", ");
	text_add(t, what);
	text_char(t, ' ');
	text_grouped(t, n);
}

static void add_whole_counters(struct text *t, const struct capture_facts *f)
{
	add_counter(t, "TCP segments", f->tcp_segments);
	add_counter(t, "UDP datagrams", f->udp_datagrams);
	add_counter(t, "other packets", f->other_packets);
	add_counter(t, "flows", f->flows);
	add_counter(t, "flows evicted", f->evicted);
	add_counter(t, "bytes missing", f->gap_bytes);
	add_counter(t, "certificates parsed", f->certificates);
}

void task_counters(const struct task *k, const struct capture_facts *f, bool at_end)
{
	struct arena a = {0};
	struct text t = text_new(&a);
	add_counter(&t, "packets", f->packets);
	add_counter(&t, "bytes", f->bytes);
	add_counter(&t, "lost by the capture", f->dropped);
	add_counter(&t, "sessions ended", k->ended);
	add_counter(&t, "of them sealed", k->sealed);
	if (at_end)
		add_whole_counters(&t, f);
	say(k->name, text_z(&t));
	arena_free(&a);
}
