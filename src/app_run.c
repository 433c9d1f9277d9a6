#include "src/app.h"

#include "src/output/json.h"
#include "src/vocabulary.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One input on its way. */
struct task {
	struct app *app;
	const char *path; /* to open; a file's */
	const char *name; /* to show */
	struct source *source;
	struct capture_facts facts;
	struct session **kept; /* text: all sessions, until the end */
	size_t n_kept, room;
	uint64_t size;
	uint64_t sealed; /* sessions that stayed sealed */
	char *embedded;  /* key log text from the input itself, until it is taken */
	size_t embedded_len;
	bool broken; /* output failed */
};

enum { SPOOL_LIMIT = 1 << 30, EMBEDDED_LIMIT = 16 << 20 };

static struct source *volatile listening; /* for the signal handler */
static volatile sig_atomic_t interrupted;

/* ---- What the engine calls ---- */

static void render(void *ctx, const struct session *s, struct text *t)
{
	const struct task *k = ctx;
	json_session(t, &k->facts, s, &tls_vocabulary);
}

static bool is_sealed(const struct session *s)
{
	return s->tls != NULL &&
	       (s->tls->why[CLIENT] != REASON_NONE || s->tls->why[SERVER] != REASON_NONE) &&
	       s->tls->why[CLIENT] != REASON_NOT_HIDDEN &&
	       s->tls->why[CLIENT] != REASON_NO_FINISHED;
}

static bool take_line(void *ctx, struct session *s, const struct text *line)
{
	struct task *k = ctx;
	k->sealed += is_sealed(s);
	if (line == NULL || line->broken || !app_write(line->at, line->len))
		k->broken = true;
	return false;
}

static bool take_session(void *ctx, struct session *s, const struct text *line)
{
	struct task *k = ctx;
	(void)line;
	k->sealed += is_sealed(s);
	if (k->n_kept == k->room) {
		size_t room = k->room == 0 ? 64 : k->room * 2;
		struct session **bigger = realloc(k->kept, room * sizeof *bigger);
		if (bigger == NULL)
			return false;
		k->kept = bigger;
		k->room = room;
	}
	k->kept[k->n_kept++] = s;
	return true;
}

static bool between_rounds(void *ctx, const struct capture_facts *so_far)
{
	struct task *k = ctx;
	return app_progress(k->app, so_far, k->size) && !interrupted && !k->broken;
}

/* Called while the input is read; workers may be looking at the key ring, so the text waits. */
static void secrets_found(void *ctx, struct bytes key_log)
{
	struct task *k = ctx;
	if (key_log.len > EMBEDDED_LIMIT - k->embedded_len)
		return;
	char *bigger = realloc(k->embedded, k->embedded_len + key_log.len + 1);
	if (bigger == NULL)
		return;
	memcpy(bigger + k->embedded_len, key_log.at, key_log.len);
	bigger[k->embedded_len + key_log.len] = '\n';
	k->embedded = bigger;
	k->embedded_len += key_log.len + 1;
}

static bool secrets_waiting(void *ctx)
{
	const struct task *k = ctx;
	return k->embedded_len > 0;
}

static void take_secrets(void *ctx)
{
	struct task *k = ctx;
	struct bytes log = {(const uint8_t *)k->embedded, k->embedded_len};
	keyring_add_log_text(k->app->keys, "Decryption Secrets Block", log);
	explicit_bzero(k->embedded, k->embedded_len);
	k->embedded_len = 0;
	if (!k->app->options->quiet)
		fputs("keyhole: using the secrets that lie in the capture itself "
		      "(--no-embedded-secrets leaves them)\n",
		      stderr);
}

/* ---- Inputs ---- */

static void complain(struct task *k, enum exit_code code, const char *slug, const char *why)
{
	struct arena a = {0};
	struct text t = text_new(&a);
	text_add(&t, "keyhole: ");
	text_foreign(&t, (struct bytes){(const uint8_t *)k->name, strlen(k->name)}, 400);
	text_add(&t, ": ");
	const char *line = why;
	for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		text_foreign(&t, (struct bytes){(const uint8_t *)line, (size_t)(end - line)}, 400);
		text_char(&t, '\n');
	}
	text_foreign(&t, (struct bytes){(const uint8_t *)line, strlen(line)}, 400);
	fprintf(stderr, "%s\n", text_z(&t));
	if (k->app->options->format == FORMAT_NDJSON) {
		text_clear(&t);
		json_error(&t, k->name, slug, why);
		app_write(t.at, t.len);
	}
	arena_free(&a);
	app_raise(k->app, code);
}

static struct source_options source_options(struct task *k)
{
	const struct options *o = k->app->options;
	return (struct source_options){
		.filter = o->filter,
		.on_secrets = o->no_embedded_secrets ? NULL : secrets_found,
		.ctx = k,
		.max_packets = o->max_packets,
		.snap_len = o->snap_len,
		.buffer_kib = o->buffer_kib,
		.no_promiscuous = o->no_promiscuous,
	};
}

static bool open_file(struct task *k)
{
	char why[512] = "";
	bool bad_filter = false;
	struct source_options so = source_options(k);
	k->source = source_open_file(k->path, &so, why, sizeof why, &bad_filter);
	if (k->source == NULL)
		complain(k, bad_filter ? EXIT_USAGE : EXIT_INPUT,
		         bad_filter ? "filter-invalid" : "input-unusable", why);
	else
		k->size = source_report(k->source)->size;
	return k->source != NULL;
}

static unsigned workers(const struct task *k)
{
	enum { SMALL = 4 << 20 };
	if (k->app->options->workers > 0)
		return k->app->options->workers;
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	bool small = k->size > 0 && k->size < SMALL;
	return small || n < 1 ? 1 : n > ENGINE_WORKERS ? ENGINE_WORKERS : (unsigned)n;
}

static struct engine_job job_of(struct task *k)
{
	bool json = k->app->options->format == FORMAT_NDJSON;
	return (struct engine_job){
		.source = k->source,
		.keys = keyring_is_empty(k->app->keys) && k->app->options->no_embedded_secrets
	                        ? NULL
	                        : k->app->keys,
		.pki = k->app->pki,
		.workers = workers(k),
		.memory = k->app->options->memory,
		.render = json ? render : NULL,
		.session = json ? take_line : take_session,
		.secrets_waiting = secrets_waiting,
		.take_secrets = take_secrets,
		.round = between_rounds,
		.ctx = k,
	};
}

/* ---- Text ---- */

static int by_first_frame(const void *a, const void *b)
{
	const struct session *x = *(struct session *const *)a, *y = *(struct session *const *)b;
	return x->first_frame < y->first_frame ? -1 : x->first_frame > y->first_frame;
}

static void number_sessions(struct task *k)
{
	if (k->n_kept > 0)
		qsort(k->kept, k->n_kept, sizeof *k->kept, by_first_frame);
	for (size_t i = 0; i < k->n_kept; i++)
		k->kept[i]->number = (uint32_t)i + 1;
}

/* Goes over the input again for one session, with a watcher. The session comes out the same, with
 * its bytes beside it. */
static bool replay_session(struct task *k, size_t i, struct arena *arena, struct unfold *out)
{
	struct session *s = k->kept[i];
	struct replay r = {.first_frame = s->first_frame,
	                   .last_frame = s->last_frame,
	                   .arena = arena,
	                   .out = out};
	memcpy(r.endpoint, s->endpoint, sizeof r.endpoint);
	struct task again = {
		.app = k->app, .path = k->path, .name = k->name, .facts = {.name = k->name}};
	struct source_options so = source_options(k);
	char why[512];
	bool bad_filter;
	so.on_secrets = NULL;
	again.source = source_open_file(k->path, &so, why, sizeof why, &bad_filter);
	if (again.source == NULL)
		return false;
	struct engine_job job = job_of(k);
	job.source = again.source;
	job.workers = 1;
	job.replay = &r;
	job.render = NULL;
	job.session = take_session;
	job.round = NULL;
	job.ctx = &again;
	bool fine = engine_run(&job, &again.facts);
	for (size_t j = 0; j < again.n_kept; j++) {
		bool same = fine && again.kept[j]->first_frame == s->first_frame &&
		            memcmp(again.kept[j]->endpoint, s->endpoint, sizeof s->endpoint) == 0;
		if (!same) {
			engine_session_free(again.kept[j]);
			continue;
		}
		again.kept[j]->number = s->number;
		engine_session_free(k->kept[i]);
		s = k->kept[i] = again.kept[j];
	}
	free(again.kept);
	source_close(again.source);
	return fine;
}

static void command_tail(const struct task *k, struct text *t)
{
	const struct options *o = k->app->options;
	for (int i = 0; i < o->n_keys; i++) {
		text_add(t, "-k ");
		text_foreign(t, (struct bytes){(const uint8_t *)o->key[i], strlen(o->key[i])}, 200);
		text_char(t, ' ');
	}
	for (int i = 0; i < o->n_key_logs; i++) {
		text_add(t, "-K ");
		text_foreign(t,
		             (struct bytes){(const uint8_t *)o->key_log[i], strlen(o->key_log[i])},
		             200);
		text_char(t, ' ');
	}
	text_foreign(t, (struct bytes){(const uint8_t *)k->name, strlen(k->name)}, 400);
}

static void explain(struct task *k, struct text *t, struct arena *a)
{
	uint32_t n = k->app->options->explain_number;
	char why[96];
	struct unfold u = {0};
	if (n > k->n_kept) {
		snprintf(why, sizeof why, "there is no session %u: it has %zu", n, k->n_kept);
		complain(k, EXIT_USAGE, "no-such-session", why);
		return;
	}
	replay_session(k, n - 1, a, &u);
	ui_explain(t, &k->app->style, &k->facts, k->kept[n - 1], &u, &tls_vocabulary);
}

static void print_text(struct task *k)
{
	struct arena a = {0};
	struct unfold u = {0};
	struct text t = text_new(&a), tail = text_new(&a);
	number_sessions(k);
	if (k->app->options->explain && k->n_kept > 0) {
		explain(k, &t, &a);
	} else if (k->n_kept == 1 && !k->facts.live) {
		replay_session(k, 0, &a, &u);
		ui_story(&t, &k->app->style, &k->facts, k->kept[0], &tls_vocabulary);
	} else {
		command_tail(k, &tail);
		ui_list(&t, &k->app->style, &k->facts, (const struct session *const *)k->kept,
		        k->n_kept, &tls_vocabulary, text_z(&tail));
	}
	k->broken = !app_print(k->app, &t) || k->broken;
	arena_free(&a);
}

/* ---- The end of an input ---- */

static bool nothing_read(const struct capture_facts *f)
{
	for (uint32_t i = 0; i < f->n_findings; i++)
		if (strcmp(f->finding[i].code, "linktype-unknown") == 0)
			return f->ip_packets == 0;
	return false;
}

static void print_counters(const struct capture_facts *f)
{
	fprintf(stderr,
	        "packets %llu, IP %llu, other %llu; TCP segments %llu, UDP datagrams %llu; flows "
	        "%llu: TLS %llu, clear %llu, other %llu;\n"
	        "bytes missing %llu, flows evicted %llu, packets dropped by the capture %llu; "
	        "certificates parsed %llu\n",
	        (unsigned long long)f->packets, (unsigned long long)f->ip_packets,
	        (unsigned long long)f->other_packets, (unsigned long long)f->tcp_segments,
	        (unsigned long long)f->udp_datagrams, (unsigned long long)f->flows,
	        (unsigned long long)f->tls_sessions, (unsigned long long)f->clear_sessions,
	        (unsigned long long)f->other_flows, (unsigned long long)f->gap_bytes,
	        (unsigned long long)f->evicted, (unsigned long long)f->dropped,
	        (unsigned long long)f->certificates);
}

static void sum_up(struct task *k)
{
	const struct source_report *r = source_report(k->source);
	bool unusable = r->finding[CAPTURE_INVALID].n > 0 && r->packets == 0;
	if (k->app->options->format == FORMAT_NDJSON && !unusable) {
		struct arena a = {0};
		struct text t = text_new(&a);
		json_stats(&t, &k->facts);
		k->broken = !app_write(t.at, t.len) || k->broken;
		arena_free(&a);
	} else if (!unusable) {
		print_text(k);
	}
	if (k->app->options->verbose)
		print_counters(&k->facts);
	if (unusable)
		complain(k, EXIT_INPUT, "capture-invalid",
		         k->facts.problem != NULL ? k->facts.problem : "not a capture");
	else if (nothing_read(&k->facts))
		complain(k, EXIT_INPUT, "linktype-unknown",
		         "its link type is not known here, so nothing could be read");
	else if (k->facts.problem != NULL)
		complain(k, EXIT_DAMAGED, "capture-damaged", k->facts.problem);
	else if (r->finding[BLOCK_INVALID].n > 0)
		complain(k, EXIT_DAMAGED, "block-invalid",
		         "a block of the file breaks its own rules; what it held is left out");
	if (k->app->options->need_secret && k->sealed > 0)
		app_raise(k->app, EXIT_SECRET);
	if (k->broken)
		app_raise(k->app, EXIT_INPUT);
}

static void run(struct task *k)
{
	struct engine_job job = job_of(k);
	k->facts.name = k->name;
	k->facts.keys_given = keyring_n_keys(k->app->keys);
	k->facts.log_lines = keyring_n_log_lines(k->app->keys);
	bool fine = engine_run(&job, &k->facts);
	app_progress_end();
	if (!fine)
		complain(k, EXIT_INPUT, "out-of-memory", "not enough memory or threads");
	else
		sum_up(k);
	for (size_t i = 0; i < k->n_kept; i++)
		engine_session_free(k->kept[i]);
	free(k->kept);
	free(k->embedded);
	source_close(k->source);
}

/* What cannot be read twice is kept in an unlinked file, bounded, so that a session can be gone
 * over again. NULL: it does not fit. */
static const char *spool_stdin(struct task *k, char *path, size_t room)
{
	const char *folder = getenv("TMPDIR");
	snprintf(path, room, "%s/keyhole-XXXXXX", folder == NULL ? "/tmp" : folder);
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		complain(k, EXIT_INPUT, "input-unusable", strerror(errno));
		return NULL;
	}
	unlink(path);
	static char block[1 << 16];
	uint64_t held = 0;
	for (ssize_t n; (n = read(STDIN_FILENO, block, sizeof block)) > 0; held += (uint64_t)n) {
		if (held + (uint64_t)n > SPOOL_LIMIT || write(fd, block, (size_t)n) != n) {
			close(fd);
			complain(k, EXIT_INPUT, "spool-limit",
			         "standard input is too long to be kept (1 GiB) for text; use "
			         "--json, or give it as a file");
			return NULL;
		}
	}
	snprintf(path, room, "/proc/self/fd/%d", fd);
	return path;
}

void app_file(struct app *a, const char *path)
{
	char spool[256];
	struct task k = {
		.app = a, .path = path, .name = strcmp(path, "-") == 0 ? "standard input" : path};
	if (strcmp(path, "-") == 0 && a->options->format == FORMAT_TEXT)
		k.path = spool_stdin(&k, spool, sizeof spool);
	if (k.path != NULL && open_file(&k))
		run(&k);
}

static void stop(int signal)
{
	(void)signal;
	interrupted = 1;
	if (listening != NULL)
		source_interrupt(listening);
}

void app_live(struct app *a)
{
	char why[512] = "";
	bool bad_filter = false;
	struct task k = {.app = a, .name = a->options->interface, .facts = {.live = true}};
	struct source_options so = source_options(&k);
	k.source = source_open_live(k.name, &so, why, sizeof why, &bad_filter);
	if (k.source == NULL) {
		complain(&k, bad_filter ? EXIT_USAGE : EXIT_INPUT,
		         bad_filter ? "filter-invalid" : "input-unusable", why);
		return;
	}
	struct sigaction action = {.sa_handler = stop};
	listening = k.source;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!a->options->quiet)
		fprintf(stderr, "keyhole: listening on %s; ^C ends\n", k.name);
	run(&k);
	listening = NULL;
}
