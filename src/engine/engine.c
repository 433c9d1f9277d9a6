#include "src/engine/engine.h"

#include "src/capture/defrag.h"
#include "src/engine/shard.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
	FLIGHT = 4,
	SHORT_ROUND = 64,
	DEFRAG_SHARE = 16, /* fragments may take this part of the memory */
};

/* What one worker gets and gives in one round. */
struct lane {
	struct ip_packet *packet;
	size_t n;
	struct finished_list out;
};

/* A bounded batch of packets on its way through the workers. */
struct round {
	struct batch batch;
	struct arena wholes; /* payloads that were put together from fragments */
	struct lane lane[ENGINE_WORKERS];
	unsigned busy; /* workers that are not done with it */
};

struct run {
	const struct engine_job *job;
	struct capture_facts *facts;
	struct shard *shard; /* SHARDS of them */
	uint8_t *scratch[ENGINE_WORKERS];
	struct fingerprinter *prints[ENGINE_WORKERS];
	unsigned workers;
	struct round round[FLIGHT];
	uint64_t cut, written; /* rounds handed out; rounds emitted */
	bool last;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct defrag *defrag;
	uint64_t fate[NET_FATES];
	uint64_t fate_inside[NET_FATES]; /* of what was in datagrams put together from fragments */
	uint32_t fate_frame[NET_FATES];  /* of the first packet with that fate */
};

/* ---- Sorting packets to shards ---- */

static bool is_pair(const struct ip_packet *p, const struct replay *r)
{
	const uint8_t *a = r->endpoint[CLIENT].ip, *b = r->endpoint[SERVER].ip;
	bool there = memcmp(p->source.ip, a, 16) == 0 && memcmp(p->target.ip, b, 16) == 0;
	bool back = memcmp(p->source.ip, b, 16) == 0 && memcmp(p->target.ip, a, 16) == 0;
	return there || back;
}

static void note_fate(struct run *r, uint64_t *counter, enum net_fate fate, const struct packet *p)
{
	++*counter;
	if (r->fate_frame[fate] == 0)
		r->fate_frame[fate] = p->frame;
	if (fate == NET_LINK_UNKNOWN && r->facts->unknown_link == 0)
		r->facts->unknown_link = p->link;
}

/* Puts fragments together, and those that then appear in a tunnel. It is done here and not in the
 * shards, because what is in a tunnel belongs to another shard than its fragments. True: `p` is a
 * whole packet; its payload is valid until the next fragment. */
static bool put_together(struct run *r, const struct packet *from, struct ip_packet *p)
{
	while (p->fragment) {
		struct ip_packet whole;
		bool conflict;
		if (!defrag_add(r->defrag, p, &whole, &conflict))
			return false;
		*p = whole;
		enum net_fate fate = net_inside(p);
		if (fate != NET_IP) {
			note_fate(r, &r->fate_inside[fate], fate, from);
			return false;
		}
	}
	return true;
}

static void note_time(struct capture_facts *f, moment t)
{
	if (t == MOMENT_UNKNOWN)
		return;
	if (f->first == MOMENT_UNKNOWN || t < f->first)
		f->first = t;
	if (f->last == MOMENT_UNKNOWN || t > f->last)
		f->last = t;
}

enum sorted { DROPPED, BORROWED, ASSEMBLED };

/* Decodes one packet down to the innermost payload of IP, which is in the batch (BORROWED) or was
 * put together (ASSEMBLED); DROPPED when it goes no further. */
static enum sorted sort_packet(struct run *r, const struct packet *p, struct ip_packet *out)
{
	const struct replay *only = r->job->replay;
	enum net_fate fate = net_decode(p, out);
	note_fate(r, &r->fate[fate], fate, p);
	note_time(r->facts, p->time);
	if (fate != NET_IP)
		return DROPPED;
	enum sorted kind = out->fragment ? ASSEMBLED : BORROWED;
	if (kind == ASSEMBLED && !put_together(r, p, out))
		return DROPPED;
	bool wanted = only == NULL || (p->frame <= only->last_frame && is_pair(out, only));
	return wanted ? kind : DROPPED;
}

/* ---- Output in order ---- */

static void emit(struct run *r, const struct finished_list *l, struct finished *f)
{
	struct bytes line = {(const uint8_t *)l->text.at + f->line_at, f->line_len};
	bool kept = r->job->session != NULL && r->job->session(r->job->ctx, f->session, line);
	if (!kept)
		engine_session_free(f->session);
}

/* Emits the finished sessions of a round in the order of the frames at which they ended. */
static void merge(struct run *r, struct round *round)
{
	size_t at[ENGINE_WORKERS] = {0};
	for (;;) {
		struct finished *next = NULL;
		unsigned from = 0;
		for (unsigned w = 0; w < r->workers; w++) {
			struct finished_list *l = &round->lane[w].out;
			if (at[w] < l->n && (next == NULL || l->item[at[w]].frame < next->frame)) {
				next = &l->item[at[w]];
				from = w;
			}
		}
		if (next == NULL)
			break;
		emit(r, &round->lane[from].out, next);
		at[from]++;
	}
	for (unsigned w = 0; w < r->workers; w++)
		finished_list_clear(&round->lane[w].out);
}

/* The input is over: ends what is open, one flow after the other, by its last packet. */
static void finish_shards(struct run *r)
{
	struct finished_list one = {0};
	uint32_t oldest[SHARDS];
	for (unsigned i = 0; i < SHARDS; i++)
		oldest[i] = shard_oldest(&r->shard[i]);
	for (;;) {
		unsigned next = 0;
		for (unsigned i = 1; i < SHARDS; i++) /* 0, no flow, becomes the greatest */
			next = oldest[i] - 1 < oldest[next] - 1 ? i : next;
		if (oldest[next] == 0)
			break;
		r->shard[next].out = &one;
		shard_finish_oldest(&r->shard[next]);
		oldest[next] = shard_oldest(&r->shard[next]);
		for (size_t i = 0; i < one.n; i++)
			emit(r, &one, &one.item[i]);
		finished_list_clear(&one);
	}
	finished_list_free(&one);
}

/* ---- Workers ---- */

static void work(struct run *r, unsigned w, struct round *round)
{
	struct lane *lane = &round->lane[w];
	for (unsigned i = w; i < SHARDS; i += r->workers)
		r->shard[i].out = &lane->out;
	for (size_t i = 0; i < lane->n; i++)
		shard_packet(&r->shard[net_shard(&lane->packet[i])], &lane->packet[i]);
}

struct worker {
	struct run *run;
	unsigned number;
	pthread_t thread;
};

static void *worker_main(void *arg)
{
	const struct worker *me = arg;
	struct run *r = me->run;
	for (uint64_t mine = 0;; mine++) {
		pthread_mutex_lock(&r->lock);
		while (r->cut <= mine && !r->last)
			pthread_cond_wait(&r->changed, &r->lock);
		bool over = r->cut <= mine;
		pthread_mutex_unlock(&r->lock);
		if (over)
			return NULL;
		struct round *round = &r->round[mine % FLIGHT];
		work(r, me->number, round);
		pthread_mutex_lock(&r->lock);
		if (--round->busy == 0)
			pthread_cond_broadcast(&r->changed);
		pthread_mutex_unlock(&r->lock);
	}
}

/* Emits rounds that are done; with `wait`, until at most `in_flight` are left. */
static void collect(struct run *r, uint64_t in_flight)
{
	for (;;) {
		pthread_mutex_lock(&r->lock);
		while (r->cut - r->written > in_flight && r->round[r->written % FLIGHT].busy > 0)
			pthread_cond_wait(&r->changed, &r->lock);
		bool ready = r->written < r->cut && r->round[r->written % FLIGHT].busy == 0;
		pthread_mutex_unlock(&r->lock);
		if (!ready)
			return;
		merge(r, &r->round[r->written % FLIGHT]);
		pthread_mutex_lock(&r->lock);
		r->written++;
		pthread_mutex_unlock(&r->lock);
	}
}

static void hand_out(struct run *r, struct round *round)
{
	for (unsigned w = 0; w < r->workers; w++)
		round->lane[w].n = 0;
	arena_free(&round->wholes);
	for (size_t i = 0; i < round->batch.n_packets; i++) {
		struct ip_packet p;
		enum sorted kind = sort_packet(r, &round->batch.packet[i], &p);
		if (kind == DROPPED)
			continue;
		if (kind == ASSEMBLED)
			p.payload = arena_keep(&round->wholes, p.payload);
		struct lane *lane = &round->lane[net_shard(&p) % r->workers];
		lane->packet[lane->n++] = p;
	}
	pthread_mutex_lock(&r->lock);
	round->busy = r->workers;
	r->cut++;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* ---- The run ---- */

static void fill_facts(struct run *r)
{
	const struct source_report *report = source_report(r->job->source);
	struct capture_facts *f = r->facts;
	f->packets = report->frames - report->filtered;
	f->bytes = report->bytes;
	f->dropped = report->dropped;
}

static bool goes_on(struct run *r)
{
	if (r->job->round == NULL)
		return true;
	fill_facts(r);
	return r->job->round(r->job->ctx, r->facts);
}

/* Secrets met in what was just read change the key ring while no worker looks at it. */
static void take_secrets(struct run *r)
{
	const struct engine_job *job = r->job;
	if (job->secrets_waiting == NULL || !job->secrets_waiting(job->ctx))
		return;
	collect(r, 0);
	job->take_secrets(job->ctx);
}

static void run_alone(struct run *r)
{
	struct round *round = &r->round[0];
	enum source_state state;
	for (unsigned i = 0; i < SHARDS; i++)
		r->shard[i].out = &round->lane[0].out;
	do {
		state = source_read(r->job->source, &round->batch);
		take_secrets(r);
		for (size_t i = 0; i < round->batch.n_packets; i++) {
			struct ip_packet p;
			if (sort_packet(r, &round->batch.packet[i], &p) != DROPPED)
				shard_packet(&r->shard[net_shard(&p)], &p);
		}
		merge(r, round);
	} while (state == SOURCE_MORE && goes_on(r));
}

static unsigned start_workers(struct run *r, struct worker *worker)
{
	unsigned n = 0;
	for (; n < r->workers; n++) {
		worker[n] = (struct worker){.run = r, .number = n};
		if (pthread_create(&worker[n].thread, NULL, worker_main, &worker[n]) != 0)
			break;
	}
	return n;
}

static bool run_together(struct run *r)
{
	struct worker worker[ENGINE_WORKERS];
	enum source_state state = SOURCE_MORE;
	unsigned started = start_workers(r, worker);
	bool whole = started == r->workers;
	while (whole && state == SOURCE_MORE && goes_on(r)) {
		collect(r, FLIGHT - 1);
		struct round *round = &r->round[r->cut % FLIGHT];
		/* A source may only continue in the batch that holds the beginning of its next
		 * packet. */
		state = source_read(r->job->source, &round->batch);
		take_secrets(r);
		hand_out(r, round);
		if (round->batch.n_packets < SHORT_ROUND)
			collect(r, 0); /* little comes: nobody waits for a full round */
	}
	pthread_mutex_lock(&r->lock);
	r->last = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	for (unsigned w = 0; w < started; w++)
		pthread_join(worker[w].thread, NULL);
	if (whole)
		collect(r, 0);
	return whole;
}

static void add_input_finding(struct capture_facts *f, const char *code, uint64_t n,
                              uint64_t offset, uint32_t frame)
{
	if (n == 0 || f->n_findings == sizeof f->finding / sizeof *f->finding)
		return;
	f->finding[f->n_findings++] =
		(struct input_finding){.code = code, .n = n, .offset = offset, .frame = frame};
}

/* Reports the packets that went no further than a floor below IP, or were no more than odd. */
static void add_fates(struct run *r)
{
	static const enum net_fate told[] = {
		NET_LINK_UNKNOWN, NET_MALFORMED,      NET_TOO_DEEP,    NET_ESP,
		NET_MACSEC,       NET_WLAN_PROTECTED, NET_WLAN_PIECES,
	};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		add_input_finding(r->facts, net_fate_name(told[i]),
		                  r->fate[told[i]] + r->fate_inside[told[i]], 0,
		                  r->fate_frame[told[i]]);
}

static void note_offload(struct input_finding *sum, const struct tcp_counters *t)
{
	sum->n += t->offloaded;
	if (t->offloaded > 0 && (sum->frame == 0 || t->offloaded_frame < sum->frame))
		sum->frame = t->offloaded_frame;
}

static void sum_up(struct run *r)
{
	const struct source_report *report = source_report(r->job->source);
	struct capture_facts *f = r->facts;
	uint64_t malformed = 0;
	struct input_finding offloaded = {0};
	fill_facts(r);
	for (unsigned i = 0; i < SHARDS; i++) {
		const struct shard_counters *c = &r->shard[i].counters;
		const struct tcp_counters *t = tcp_counters(r->shard[i].tcp);
		f->tcp_segments += c->tcp;
		f->udp_datagrams += c->udp;
		f->tls_sessions += c->tls;
		f->clear_sessions += c->clear;
		f->other_flows += c->other_flows;
		f->gap_bytes += c->gap_bytes;
		f->flows += t->flows;
		f->evicted += t->evicted;
		f->overlap_conflicts += t->conflicting;
		malformed += t->malformed;
		note_offload(&offloaded, t);
	}
	f->ip_packets = r->fate[NET_IP];
	for (int i = 0; i < NET_FATES; i++)
		f->other_packets += i == NET_IP ? 0 : r->fate[i];
	f->problem = report->problem[0] != '\0' ? report->problem : NULL;
	f->certificates = pki_certificates_parsed(r->job->pki);
	for (int i = CAPTURE_INVALID; i < SOURCE_FINDINGS; i++)
		add_input_finding(f, source_finding_name((enum source_finding)i),
		                  report->finding[i].n, report->finding[i].offset,
		                  report->finding[i].frame);
	add_fates(r);
	add_input_finding(f, "tcp-malformed", malformed, 0, 0);
	add_input_finding(f, "checksum-offload", offloaded.n, 0, offloaded.frame);
	const struct defrag_counters *d = defrag_counters(r->defrag);
	add_input_finding(f, "ip-frag-conflict", d->conflicts, 0, 0);
	add_input_finding(f, "ip-frag-limit", d->evicted, 0, 0);
	add_input_finding(f, "ip-frag-incomplete", d->timed_out + d->waiting, 0, 0);
}

/* Without digests, which the system's policy may refuse, there are no fingerprints. */
static struct fingerprinter *new_fingerprinter(uint64_t seed)
{
	struct fingerprinter *f = calloc(1, sizeof *f);
	if (f == NULL)
		return NULL;
	f->digest = digest_new();
	f->seed = seed;
	return f;
}

static void free_fingerprinter(struct fingerprinter *f)
{
	if (f != NULL)
		digest_free(f->digest);
	free(f);
}

static bool prepare(struct run *r)
{
	uint64_t seed = 0;
	if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
		return false;
	r->shard = calloc(SHARDS, sizeof *r->shard);
	if (r->shard == NULL)
		return false;
	for (unsigned w = 0; w < r->workers; w++) {
		r->scratch[w] = malloc(SHARD_SCRATCH);
		r->prints[w] = new_fingerprinter(seed);
		if (r->scratch[w] == NULL || r->prints[w] == NULL)
			return false;
	}
	r->defrag = defrag_new(r->job->memory / DEFRAG_SHARE, seed);
	if (r->defrag == NULL)
		return false;
	for (unsigned i = 0; i < SHARDS; i++)
		if (!shard_new(&r->shard[i], r->job, seed, r->scratch[i % r->workers],
		               r->prints[i % r->workers]))
			return false;
	unsigned rounds = r->workers == 1 ? 1 : FLIGHT;
	for (unsigned i = 0; i < rounds; i++) {
		if (!batch_new(&r->round[i].batch, BATCH_ROOM, BATCH_PACKETS))
			return false;
		for (unsigned w = 0; w < r->workers && r->workers > 1; w++) {
			r->round[i].lane[w].packet =
				malloc(BATCH_PACKETS * sizeof(struct ip_packet));
			if (r->round[i].lane[w].packet == NULL)
				return false;
		}
	}
	return true;
}

static void clean_up(struct run *r)
{
	for (unsigned i = 0; r->shard != NULL && i < SHARDS; i++)
		shard_free(&r->shard[i]);
	free(r->shard);
	for (unsigned w = 0; w < r->workers; w++) {
		free(r->scratch[w]);
		free_fingerprinter(r->prints[w]);
	}
	defrag_free(r->defrag);
	for (unsigned i = 0; i < FLIGHT; i++) {
		batch_free(&r->round[i].batch);
		arena_free(&r->round[i].wholes);
		for (unsigned w = 0; w < r->workers; w++) {
			free(r->round[i].lane[w].packet);
			finished_list_free(&r->round[i].lane[w].out);
		}
	}
}

/* Gives the replay its memory for rows. */
static bool prepare_replay(struct run *r, struct trace *trace)
{
	if (r->job->replay == NULL)
		return true;
	*trace = (struct trace){.room = UNFOLD_ROWS};
	trace->row = arena_take(r->job->replay->arena, UNFOLD_ROWS * sizeof *trace->row);
	for (unsigned i = 0; i < SHARDS; i++)
		r->shard[i].trace_memory = trace;
	return trace->row != NULL;
}

bool engine_run(const struct engine_job *job, struct capture_facts *facts)
{
	struct run *r = calloc(1, sizeof *r);
	struct trace trace;
	if (r == NULL)
		return false;
	r->job = job;
	r->facts = facts;
	r->workers = job->workers < 1                ? 1
	             : job->workers > ENGINE_WORKERS ? ENGINE_WORKERS
	                                             : job->workers;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	facts->first = facts->last = MOMENT_UNKNOWN;
	bool fine = prepare(r) && prepare_replay(r, &trace);
	if (fine && r->workers == 1)
		run_alone(r);
	else if (fine)
		fine = run_together(r);
	if (fine) {
		finish_shards(r);
		sum_up(r);
	}
	clean_up(r);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r);
	return fine;
}
