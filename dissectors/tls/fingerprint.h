/* Fingerprints of hellos: JA3, JA3S and JA4 (TLS client), equal to what their publishers' programs
 * make. They depend on the hello alone; that the last ones made are remembered only saves time. */
#ifndef KEYHOLE_TLS_FINGERPRINT_H
#define KEYHOLE_TLS_FINGERPRINT_H

#include "src/base/hash.h"
#include "src/model/session.h"
#include "src/secrets/digest.h"

enum {
	FINGERPRINTS_KEPT = 256,
	LIST_MOST = 1 << 15,               /* code points in a list whose length has two bytes */
	HELLO_CODES = 2 * LIST_MOST + 512, /* the suites, what fits into the extensions (point
	                                      formats take a byte each, 255 at most), and a head */
};

/* What a hello's code points came to. */
struct fingerprint_kept {
	XXH128_hash_t key; /* of the code points, seeded: nobody can make two hellos meet */
	bool full;
	uint8_t ja3[16];
	struct ja4 ja4;
};

/* What makes fingerprints, for one thread. Zeroed by its owner but for `digest` and `seed`. */
struct fingerprinter {
	struct digest *digest; /* NULL: none can be made */
	uint64_t seed;
	struct fingerprint_kept kept[FINGERPRINTS_KEPT];
	uint16_t code[HELLO_CODES], room[LIST_MOST];
};

/* Fill in JA3 and JA4 of a ClientHello, JA3S of a ServerHello whose lists are still there; nothing
 * for one that is cut off, and nothing where `f` is NULL. */
void fingerprint_client(struct fingerprinter *f, const struct client_hello *h,
                        struct fingerprints *out);
void fingerprint_server(struct fingerprinter *f, const struct server_hello *h,
                        struct fingerprints *out);

#endif
