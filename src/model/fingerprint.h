/* Fingerprints of the two hellos, as others publish and exchange them: by which software they were
 * sent, by likeness. Made once when a hello is seen; kept as short as they are. */
#ifndef KEYHOLE_MODEL_FINGERPRINT_H
#define KEYHOLE_MODEL_FINGERPRINT_H

#include "src/base/text.h"

/* The TLS client fingerprint a_b_c: two digests of which six bytes are kept. */
struct ja4 {
	char a[10];
	uint8_t b[6], c[6];
};

struct fingerprints {
	bool of_client, of_server; /* there are some of the ClientHello, of the ServerHello */
	uint8_t ja3[16];           /* MD5 of the ClientHello's five lists */
	uint8_t ja3s[16];          /* MD5 of the ServerHello's choice */
	struct ja4 ja4;
};

/* Adds "t13d1516h2_8daaf6152771_e5627efa2ab1". */
void fingerprint_ja4(struct text *t, const struct ja4 *p);

#endif
