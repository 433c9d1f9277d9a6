/* The key schedules: from a premaster, master or traffic secret to the keys of a direction, and
 * what a Finished message must hold. Pure: it keeps nothing. */
#ifndef KEYHOLE_SECRETS_KEY_SCHEDULE_H
#define KEYHOLE_SECRETS_KEY_SCHEDULE_H

#include "src/base/address.h"
#include "src/model/code_points.h"
#include "src/secrets/secret.h"

enum { RANDOM_BYTES = 32, DIGEST_MOST = 64, IV_MOST = 16, KEY_MOST = 32, FINISHED12_BYTES = 12 };

enum { SSL_3_0 = 0x0300, TLS_1_0 = 0x0301, TLS_1_1, TLS_1_2, TLS_1_3 };

/* A hash of handshake messages. */
struct digest {
	uint8_t byte[DIGEST_MOST];
	uint8_t len;
};

/* What a cipher needs, in bytes. */
struct key_sizes {
	uint8_t mac, key, iv;
};

/* The keys of one direction. */
struct record_keys {
	struct secret mac, key;
	uint8_t iv[IV_MOST];
};

/* TLS 1.0 to 1.2. `prf` is HASH_NULL for MD5 and SHA-1 together, as before TLS 1.2. */
enum suite_hash tls12_prf(uint16_t version, enum suite_hash of_suite);
/* RFC 5246, 5: PRF(secret, label, seed); false when OpenSSL could not. */
bool tls12_expand(enum suite_hash prf, struct bytes secret, const char *label, struct bytes seed,
                  uint8_t *out, size_t len);
/* RFC 5246, 8.1. */
bool tls12_master(enum suite_hash prf, const struct secret *premaster,
                  const uint8_t client_random[RANDOM_BYTES],
                  const uint8_t server_random[RANDOM_BYTES], struct secret *master);
/* RFC 7627, 4. */
bool tls12_extended_master(enum suite_hash prf, const struct secret *premaster,
                           const struct digest *session_hash, struct secret *master);
/* RFC 5246, 6.3. */
bool tls12_keys(enum suite_hash prf, const struct secret *master,
                const uint8_t client_random[RANDOM_BYTES],
                const uint8_t server_random[RANDOM_BYTES], struct key_sizes sizes, enum side of,
                struct record_keys *out);
/* RFC 5246, 7.4.9. */
bool tls12_finished(enum suite_hash prf, const struct secret *master, enum side of,
                    const struct digest *transcript, uint8_t out[FINISHED12_BYTES]);

/* TLS 1.3: HKDF-Expand-Label with an empty context (RFC 8446, 7.1); `len` at most the hash's. */
bool tls13_expand(enum suite_hash hash, const struct secret *secret, const char *label,
                  uint8_t *out, size_t len);
/* RFC 8446, 7.3. */
bool tls13_keys(enum suite_hash hash, const struct secret *traffic, struct key_sizes sizes,
                struct record_keys *out);
/* RFC 8446, 7.2: puts the next traffic secret in place of this one. */
bool tls13_next(enum suite_hash hash, struct secret *traffic);
/* RFC 8446, 4.4.4: from the base key (a handshake traffic secret). */
bool tls13_finished(enum suite_hash hash, const struct secret *base,
                    const struct digest *transcript, struct digest *out);

#endif
