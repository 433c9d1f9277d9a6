/* Record protection: opens the sealed records of one direction under one set of keys. It knows no
 * handshake; it is given keys and gives text whose tag or MAC was verified, or none. */
#ifndef KEYHOLE_SECRETS_PROTECTION_H
#define KEYHOLE_SECRETS_PROTECTION_H

#include "src/secrets/key_schedule.h"
#include "src/secrets/opener.h"

struct protection;

/* How a suite seals records in a version of TLS. */
struct sealing {
	uint16_t version;
	enum suite_cipher cipher;
	enum suite_hash mac; /* HASH_NULL with an AEAD */
	bool encrypt_then_mac;
};

/* Gives the sizes of the keys that the cipher needs; false when it is not opened here. */
bool sealing_sizes(const struct sealing *s, struct key_sizes *out);
/* Sets up one direction, its next record being number 0; NULL when it is not opened here or memory
 * ended. */
struct protection *protection_new(const struct sealing *s, const struct record_keys *keys);
/* Opens the next record (see opener_record). Where it does not authenticate as the next one, the
 * numbers behind it are tried too, since records may be missing from a capture: at most SEARCH_FAR
 * of them, and SEARCHES_MOST such searches, and only once a record of this direction was right or
 * skipped. What did not authenticate counts as one record up to TLS 1.2, as none in TLS 1.3. */
struct opened protection_open(struct protection *p, uint8_t type, uint16_t version,
                              struct bytes body, uint8_t *out);
/* Counts a record that cannot be given, as opener_skip says. */
void protection_skip(struct protection *p);
void protection_free(struct protection *p);

enum { SEARCH_FAR = 16, SEARCHES_MOST = 64 };

#endif
