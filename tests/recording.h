/* The recordings of captures/, run through the engine by the tests. */
#ifndef KEYHOLE_TESTS_RECORDING_H
#define KEYHOLE_TESTS_RECORDING_H

#include "src/engine/engine.h"

enum { RECORDED_MOST = 64 };

struct recorded {
	struct session *session[RECORDED_MOST];
	size_t n;
};

/* Gives the path of a file of a recording; valid until the next call. */
const char *recording_path(const char *name, const char *file);
/* Runs a file and collects its sessions, which the caller gives back with engine_session_free. */
void recording_run(const char *path, const struct keyring *keys, struct pki *pki,
                   const struct replay *replay, struct recorded *into);

#endif
