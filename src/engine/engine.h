/* The engine runs it all: rounds of packets, shards, workers, and the replay of one session with a
 * watcher. It owns clocks and limits; it prints nothing. */
#ifndef KEYHOLE_ENGINE_ENGINE_H
#define KEYHOLE_ENGINE_ENGINE_H

#include "src/base/text.h"
#include "src/capture/source.h"
#include "src/model/capture_facts.h"
#include "src/model/unfold.h"
#include "src/pki/pki.h"
#include "src/secrets/keyring.h"

/* Which session to replay, and where what is unfolded goes. */
struct replay {
	struct endpoint endpoint[2];
	uint32_t first_frame, last_frame;
	struct arena *arena;
	struct unfold *out;
};

struct engine_job {
	struct source *source;
	const struct keyring *keys;
	struct pki *pki;
	unsigned workers;            /* 1 to ENGINE_WORKERS */
	uint64_t memory;             /* bytes for flows and kept bytes of all shards together */
	const struct replay *replay; /* NULL: everything */
	/* Renders a finished session into `t`; called by workers, so it must depend on nothing but
	 * the session. NULL: none. */
	void (*render)(void *ctx, const struct session *s, struct text *t);
	/* Takes finished sessions in their order, the same for any number of workers, from the
	 * calling thread. True: the callee keeps the session and ends it with engine_session_free.
	 * `line` is what render made. */
	bool (*session)(void *ctx, struct session *s, struct bytes line);
	/* Secrets may be found in the input itself while it is read. The key ring must not change
	 * under the workers: when `secrets_waiting` says so, all rounds are finished and
	 * `take_secrets` is called. NULL: never. */
	bool (*secrets_waiting)(void *ctx);
	void (*take_secrets)(void *ctx);
	/* Called between rounds, at least several times a second; false stops the run in order.
	 * NULL: never. */
	bool (*round)(void *ctx, const struct capture_facts *so_far);
	void *ctx;
};

enum { ENGINE_WORKERS = 16, ENGINE_MEMORY = 256 << 20 };

/* Runs the job to the end of its source. Fills `facts` (its strings live as long as the source).
 * False without memory or threads. */
bool engine_run(const struct engine_job *job, struct capture_facts *facts);
void engine_session_free(struct session *s);

#endif
