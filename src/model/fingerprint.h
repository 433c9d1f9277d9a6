/* Fingerprints of the two hellos, as others publish and exchange them. Text, made once when a hello
 * is seen; empty until then. */
#ifndef KEYHOLE_MODEL_FINGERPRINT_H
#define KEYHOLE_MODEL_FINGERPRINT_H

struct fingerprints {
	char ja3[33];  /* MD5 in hex of the ClientHello's five lists */
	char ja3s[33]; /* MD5 in hex of the ServerHello's choice */
	char ja4[37];  /* the TLS client fingerprint: a_b_c */
};

#endif
