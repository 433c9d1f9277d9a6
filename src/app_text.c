#include "src/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/model/ledger.h"
#include "src/model/meaning.h"
#include "src/say.h"
#include "src/vocabulary.h"

enum { PATH_SHOWN = 400, NAME_SHOWN = 128 };

static int by_first_frame(const void *a, const void *b)
{
	const struct session *x = *(struct session *const *)a, *y = *(struct session *const *)b;
	return x->first_frame < y->first_frame ? -1 : x->first_frame > y->first_frame;
}

static int begins_with(const void *key, const void *element)
{
	uint32_t frame = *(const uint32_t *)key;
	uint32_t first = (*(struct session *const *)element)->first_frame;
	return frame < first ? -1 : frame > first;
}

/* Sessions that take up an earlier one tell its number. */
static void number_origin(struct task *k, struct session *s)
{
	uint32_t from = s->tls == NULL ? 0 : meaning_resumption(s->tls).from;
	struct session *const *first =
		from == 0 ? NULL : bsearch(&from, k->kept, k->n_kept, sizeof *k->kept, begins_with);
	if (first != NULL)
		s->tls->meaning.from_number = (*first)->number;
}

static void number_sessions(struct task *k)
{
	if (k->n_kept > 0)
		qsort(k->kept, k->n_kept, sizeof *k->kept, by_first_frame);
	for (size_t i = 0; i < k->n_kept; i++)
		k->kept[i]->number = (uint32_t)i + 1;
	for (size_t i = 0; i < k->n_kept; i++)
		number_origin(k, k->kept[i]);
}

/* ---- One session again, with its bytes ---- */

static bool take_again(void *ctx, struct session *s, struct bytes line)
{
	(void)line;
	return task_keep(ctx, s);
}

static bool is_same(const struct session *a, const struct session *b)
{
	return a->first_frame == b->first_frame &&
	       memcmp(a->endpoint, b->endpoint, sizeof a->endpoint) == 0;
}

/* Puts the session that came out of the replay in the place of the one that was there. */
static void put_in_place(struct task *k, size_t i, struct task *again)
{
	for (size_t j = 0; j < again->n_kept; j++) {
		struct session *s = again->kept[j];
		if (!is_same(s, k->kept[i])) {
			engine_session_free(s);
			continue;
		}
		s->number = k->kept[i]->number;
		engine_session_free(k->kept[i]);
		k->kept[i] = s;
		number_origin(k, s);
	}
	free(again->kept);
}

static bool run_again(struct task *k, struct task *again, const struct replay *r)
{
	struct engine_job job = task_job(k);
	job.source = again->source;
	job.workers = 1;
	job.replay = r;
	job.render = NULL;
	job.session = take_again;
	job.secrets_waiting = NULL;
	job.round = NULL;
	job.ctx = again;
	return engine_run(&job, &again->facts);
}

/* Goes over the input again for one session, with a watcher. The session comes out the same, with
 * its bytes beside it. */
static void replay_session(struct task *k, size_t i, struct arena *arena, struct unfold *out)
{
	const struct session *s = k->kept[i];
	struct replay r = {.first_frame = s->first_frame,
	                   .last_frame = s->last_frame,
	                   .arena = arena,
	                   .out = out};
	struct task again = {.app = k->app, .facts = {.name = k->name}};
	struct source_options so = task_source_options(k);
	char why[512];
	bool bad_filter;
	memcpy(r.endpoint, s->endpoint, sizeof r.endpoint);
	so.on_secrets = NULL;
	again.source = source_open_file(k->path, &so, why, sizeof why, &bad_filter);
	if (again.source == NULL)
		return;
	if (!run_again(k, &again, &r))
		say(k->name, "not enough memory to go over the session again");
	put_in_place(k, i, &again);
	source_close(again.source);
}

/* ---- What is printed at the end ---- */

static void add_paths(struct text *t, const char *flag, const char *const *path, int n)
{
	for (int i = 0; i < n; i++) {
		text_add(t, flag);
		text_foreign(t, say_bytes(path[i]), PATH_SHOWN);
		text_char(t, ' ');
	}
}

/* What people type after "keyhole -e 2 " to see the same input. */
static void command_tail(const struct task *k, struct text *t)
{
	const struct options *o = k->app->options;
	if (k->path == NULL || k->spool >= 0)
		return; /* an interface, or standard input: it cannot be had again */
	add_paths(t, "-k ", o->key, o->n_keys);
	add_paths(t, "-K ", o->key_log, o->n_key_logs);
	text_foreign(t, say_bytes(k->path), PATH_SHOWN);
}

static void print_explained(struct task *k, struct text *t, struct arena *a)
{
	uint32_t n = k->app->options->explain_number;
	char why[96];
	struct unfold u = {0};
	if (n > k->n_kept) {
		snprintf(why, sizeof why, "there is no session %u: it has %zu", n, k->n_kept);
		task_complain(k, EXIT_USAGE, "no-such-session", why);
		return;
	}
	replay_session(k, n - 1, a, &u);
	ui_explain(t, &k->app->style, &k->facts, k->kept[n - 1], &u, &tls_vocabulary);
}

static void print_story(struct task *k, struct text *t, struct arena *a)
{
	struct unfold u = {0};
	replay_session(k, 0, a, &u);
	ui_story(t, &k->app->style, &k->facts, k->kept[0], &tls_vocabulary);
}

static void print_list(struct task *k, struct text *t, struct arena *a)
{
	struct text tail = text_new(a);
	command_tail(k, &tail);
	ui_list(t, &k->app->style, &k->facts, (const struct session *const *)k->kept, k->n_kept,
	        &tls_vocabulary, text_z(&tail));
}

void task_print(struct task *k)
{
	struct arena a = {0};
	struct text t = text_new(&a);
	number_sessions(k);
	bool story =
		k->n_kept > 0 && (k->app->options->explain || k->n_kept == 1) && !k->facts.live;
	if (story && k->app->options->n_files > 1) { /* a story does not say where it is from */
		text_foreign(&t, say_bytes(k->name), PATH_SHOWN);
		text_add(&t, ":\n");
	}
	if (k->app->options->explain && k->n_kept > 0)
		print_explained(k, &t, &a);
	else if (k->n_kept == 1 && !k->facts.live)
		print_story(k, &t, &a);
	else
		print_list(k, &t, &a);
	if (k->app->printed && t.len > 0) /* what was printed before is another input's */
		output_write(&k->app->out, "\n", 1);
	if (!output_print(&k->app->out, &t, !k->app->options->no_pager))
		k->broken = true;
	k->app->printed = true;
	arena_free(&a);
}

/* ---- Live ---- */

static void add_name(struct text *t, enum registry r, uint32_t code)
{
	const char *name = tls_vocabulary.name(r, code);
	text_add(t, "  ");
	text_add(t, name == NULL ? "unknown" : name);
}

static void add_tls(struct text *t, const struct tls_facts *f)
{
	if (f->client != NULL && f->client->sni.len > 0) {
		text_add(t, "  \"");
		text_foreign(t, f->client->sni, NAME_SHOWN);
		text_char(t, '"');
	}
	if (f->version == 0)
		return;
	add_name(t, REG_VERSION, f->version);
	add_name(t, session_cipher_registry(f), session_cipher(f));
}

static void add_talk(struct text *t, const struct session *s)
{
	const struct tls_facts *f = s->tls;
	enum reason r = f->why[CLIENT] != REASON_NONE ? f->why[CLIENT] : f->why[SERVER];
	if (f->opened[CLIENT] || f->opened[SERVER])
		text_add(t, "  OPENED");
	else if (r != REASON_NONE) {
		text_add(t, "  sealed: ");
		text_add(t, reason_slug(r));
	}
}

void task_print_line(struct task *k, const struct session *s)
{
	struct arena a = {0};
	struct text t = text_new(&a);
	text_rfc3339(&t, s->start, 0);
	text_add(&t, "  ");
	text_endpoint(&t, &s->endpoint[CLIENT]);
	text_add(&t, " -> ");
	text_endpoint(&t, &s->endpoint[SERVER]);
	if (s->tls == NULL)
		text_add(&t, "  no TLS");
	else {
		add_tls(&t, s->tls);
		add_talk(&t, s);
	}
	text_char(&t, '\n');
	if (!output_write(&k->app->out, t.at, t.len) || !output_flush(&k->app->out))
		k->broken = true;
	k->app->printed = true;
	arena_free(&a);
}
