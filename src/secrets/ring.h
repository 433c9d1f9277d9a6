/* The inside of the key ring, for this room alone. */
#ifndef KEYHOLE_SECRETS_RING_H
#define KEYHOLE_SECRETS_RING_H

#include "src/secrets/keylog.h"
#include "src/secrets/keyring.h"
#include "src/secrets/private_key.h"

struct ring_key {
	struct private_key *key; /* NULL: it can only sign, or is a public half */
	char *name;
	uint8_t spki_sha256[32];
};

/* A name that lives as long as the ring, for lines of key logs. */
struct ring_name {
	struct ring_name *next;
	char text[];
};

struct keyring {
	struct ring_key *key;
	size_t n_keys, room;
	size_t n_locked; /* key files that stayed locked */
	struct keylog *log;
	struct ring_name *names;
	bool has_log; /* one was given, even an empty one */
};

#endif
