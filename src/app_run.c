#include "src/app.h"
#include "src/capture/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/capture/filter.h"
#include "src/output/json.h"
#include "src/say.h"
#include "src/signals.h"
#include "src/vocabulary.h"

enum { EMBEDDED_LIMIT = 16 << 20, SMALL_INPUT = 4 << 20 };

static bool is_json(const struct task *k)
{
	return k->app->options->format == FORMAT_NDJSON;
}

/* ---- What the engine calls ---- */

static void render(void *ctx, const struct session *s, struct text *t)
{
	const struct task *k = ctx;
	json_session(t, &k->facts, s, &tls_vocabulary);
}

static bool side_is_sealed(const struct session *s, enum side side)
{
	enum reason r = s->tls->why[side];
	return r != REASON_NONE && r != REASON_NOT_HIDDEN && r != REASON_NO_FINISHED;
}

static void count_session(struct task *k, const struct session *s)
{
	k->ended++;
	k->sealed += s->tls != NULL && (side_is_sealed(s, CLIENT) || side_is_sealed(s, SERVER));
}

static bool take_line(void *ctx, struct session *s, struct bytes line)
{
	struct task *k = ctx;
	struct output *out = &k->app->out;
	count_session(k, s);
	if (line.len == 0 || !output_write(out, (const char *)line.at, line.len))
		k->broken = true;
	if (k->size == 0 && !output_flush(out)) /* somebody may be watching */
		k->broken = true;
	return false;
}

static bool make_room(struct task *k)
{
	if (k->n_kept < k->room)
		return true;
	size_t room = k->room == 0 ? 64 : k->room * 2;
	struct session **bigger = realloc(k->kept, room * sizeof *bigger);
	if (bigger == NULL)
		return false;
	k->kept = bigger;
	k->room = room;
	return true;
}

bool task_keep(struct task *k, struct session *s)
{
	uint64_t bytes = s->arena->held;
	if (bytes > k->app->options->memory - k->kept_bytes || !make_room(k)) {
		k->left_out++;
		return false;
	}
	k->kept_bytes += bytes;
	k->kept[k->n_kept++] = s;
	return true;
}

static bool take_session(void *ctx, struct session *s, struct bytes line)
{
	struct task *k = ctx;
	(void)line;
	count_session(k, s);
	if (k->facts.live)
		task_print_line(k, s);
	return task_keep(k, s);
}

static bool between_rounds(void *ctx, const struct capture_facts *so_far)
{
	struct task *k = ctx;
	if (signals_counters_asked())
		task_counters(k, so_far, false);
	task_progress(k, so_far);
	return signals_stopped() == 0 && !k->broken;
}

/* Called while the input is read; workers may be looking at the key ring, so the text waits. */
static void secrets_found(void *ctx, struct bytes key_log)
{
	struct task *k = ctx;
	if (key_log.len >= EMBEDDED_LIMIT - k->embedded_len)
		return;
	char *bigger = malloc(k->embedded_len + key_log.len + 1);
	if (bigger == NULL)
		return;
	if (k->embedded_len > 0) {
		memcpy(bigger, k->embedded, k->embedded_len);
		explicit_bzero(k->embedded, k->embedded_len);
	}
	if (key_log.len > 0)
		memcpy(bigger + k->embedded_len, key_log.at, key_log.len);
	bigger[k->embedded_len + key_log.len] = '\n';
	free(k->embedded);
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
	if (!k->said_embedded && !k->app->options->quiet)
		say(k->name, "using the secrets that lie in the capture itself "
		             "(--no-embedded-secrets leaves them)");
	k->said_embedded = true;
}

/* ---- What the engine gets ---- */

struct source_options task_source_options(struct task *k)
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

static unsigned workers(const struct task *k)
{
	if (k->app->options->workers > 0)
		return k->app->options->workers;
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	bool slow = k->size == 0 && !k->facts.live; /* a pipe: whoever watches must not wait */
	bool small = k->size > 0 && k->size < SMALL_INPUT;
	return slow || small || n < 1 ? 1 : n > ENGINE_WORKERS ? ENGINE_WORKERS : (unsigned)n;
}

struct engine_job task_job(struct task *k)
{
	const struct app *a = k->app;
	bool no_secret = keyring_is_empty(a->keys) && a->options->no_embedded_secrets;
	return (struct engine_job){
		.source = k->source,
		.keys = no_secret ? NULL : a->keys,
		.pki = a->pki,
		.workers = workers(k),
		.memory = a->options->memory,
		.render = is_json(k) ? render : NULL,
		.session = is_json(k) ? take_line : take_session,
		.secrets_waiting = secrets_waiting,
		.take_secrets = take_secrets,
		.round = between_rounds,
		.ctx = k,
	};
}

/* ---- The end of an input ---- */

/* What was found is written before what went wrong. */
void task_complain(struct task *k, enum exit_code code, const char *slug, const char *why)
{
	struct output *out = &k->app->out;
	struct arena a = {0};
	struct text t = text_new(&a);
	if (is_json(k)) {
		json_error(&t, k->name, slug, why);
		output_write(out, t.at, t.len);
	}
	arena_free(&a);
	output_flush(out);
	say_lines(k->name, why);
	app_raise(k->app, code);
}

static bool nothing_read(const struct capture_facts *f)
{
	for (uint32_t i = 0; i < f->n_findings; i++)
		if (strcmp(f->finding[i].code, "linktype-unknown") == 0)
			return f->ip_packets == 0;
	return false;
}

static void print_results(struct task *k)
{
	struct arena a = {0};
	struct text t = text_new(&a);
	if (is_json(k)) {
		json_stats(&t, &k->facts);
		k->broken = !output_write(&k->app->out, t.at, t.len) || k->broken;
	} else {
		task_print(k);
	}
	k->broken = !output_flush(&k->app->out) || k->broken;
	arena_free(&a);
}

static void complain_of_link(struct task *k)
{
	const char *description = link_description(k->facts.unknown_link);
	char why[200];
	snprintf(why, sizeof why,
	         "its link type, %u%s%s%s, is not known here, so nothing could be read",
	         k->facts.unknown_link, description == NULL ? "" : " (",
	         description == NULL ? "" : description, description == NULL ? "" : ")");
	task_complain(k, EXIT_INPUT, "linktype-unknown", why);
}

static void complain_of_input(struct task *k, bool unusable)
{
	const struct source_report *r = source_report(k->source);
	const char *problem = k->facts.problem;
	if (unusable)
		task_complain(k, EXIT_INPUT, "capture-invalid",
		              problem != NULL ? problem : "not a capture");
	else if (nothing_read(&k->facts))
		complain_of_link(k);
	else if (k->spool_full)
		task_complain(k, EXIT_DAMAGED, "spool-limit",
		              "only the first GiB of standard input is kept and read for text; "
		              "--json reads all of it, and so does a file");
	else if (problem != NULL)
		task_complain(k, EXIT_DAMAGED, "capture-damaged", problem);
	else if (r->finding[BLOCK_INVALID].n > 0)
		task_complain(k, EXIT_DAMAGED, "block-invalid",
		              "a block of the file breaks its own rules; what it held is left out");
}

static void say_what_is_missing(struct task *k)
{
	char what[160];
	if (k->left_out > 0) {
		snprintf(
			what, sizeof what,
			"%llu more sessions are not in the list (--memory); --json gives every one",
			(unsigned long long)k->left_out);
		say(k->name, what);
	}
	if (signals_stopped() != 0 && !k->facts.live) {
		snprintf(what, sizeof what, "stopped by a signal after packet %llu",
		         (unsigned long long)k->facts.packets);
		say(k->name, what);
	}
}

static void sum_up(struct task *k)
{
	const struct source_report *r = source_report(k->source);
	bool unusable = r->packets == 0 && (r->finding[CAPTURE_INVALID].n > 0 ||
	                                    (r->bytes == 0 && r->problem[0] != '\0'));
	if (!unusable)
		print_results(k);
	if (k->app->options->verbose)
		task_counters(k, &k->facts, true);
	complain_of_input(k, unusable);
	say_what_is_missing(k);
	if (k->app->options->need_secret && k->sealed > 0)
		app_raise(k->app, EXIT_SECRET);
	if (k->broken)
		app_raise(k->app, EXIT_INPUT);
}

static void run(struct task *k)
{
	struct engine_job job = task_job(k);
	k->facts.name = k->name;
	k->facts.keys_given = keyring_n_keys(k->app->keys);
	k->facts.log_lines = keyring_n_log_lines(k->app->keys);
	k->facts.judged_now =
		k->app->options->at != MOMENT_UNKNOWN ? k->app->options->at : k->app->today;
	signals_watch(k->source);
	bool fine = engine_run(&job, &k->facts);
	signals_watch(NULL);
	task_progress_end(k);
	if (fine)
		sum_up(k);
	else
		task_complain(k, EXIT_INPUT, "out-of-memory", "not enough memory or threads");
}

static void task_end(struct task *k)
{
	for (size_t i = 0; i < k->n_kept; i++)
		engine_session_free(k->kept[i]);
	free(k->kept);
	free(k->embedded);
	source_close(k->source);
	if (k->spool >= 0)
		close(k->spool);
}

/* ---- Inputs ---- */

static bool open_source(struct task *k)
{
	char why[512] = "";
	bool bad_filter = false;
	struct source_options so = task_source_options(k);
	k->source = k->facts.live ? source_open_live(k->name, &so, why, sizeof why, &bad_filter)
	                          : source_open_file(k->path, &so, why, sizeof why, &bad_filter);
	if (bad_filter)
		task_complain(k, EXIT_USAGE, "filter-invalid", why);
	else if (k->source == NULL)
		task_complain(k, EXIT_INPUT, "input-unusable", why);
	else
		k->size = source_report(k->source)->size;
	return k->source != NULL;
}

void app_file(struct app *a, const char *path)
{
	char spool[64];
	bool standard = strcmp(path, "-") == 0;
	struct task k = {
		.app = a,
		.path = path,
		.name = standard ? "standard input" : path,
		.spool = -1,
	};
	if (standard && !is_json(&k))
		k.path = task_spool(&k, spool, sizeof spool);
	if (k.path != NULL && open_source(&k))
		run(&k);
	task_end(&k);
}

void app_live(struct app *a)
{
	struct task k = {
		.app = a, .name = a->options->interface, .facts = {.live = true}, .spool = -1};
	if (open_source(&k)) {
		if (!a->options->quiet)
			say(k.name, "listening; ^C ends");
		run(&k);
	}
	task_end(&k);
}
