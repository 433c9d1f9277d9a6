/* The key ring: every secret that was given, loaded before the first packet and never changed
 * after. Secrets stay inside; what can be asked are counts, names and public halves. */
#ifndef KEYHOLE_SECRETS_KEYRING_H
#define KEYHOLE_SECRETS_KEYRING_H

#include "src/base/bytes.h"

struct keyring;

enum key_result {
	KEY_ADDED,
	KEY_CANNOT, /* loaded, but can never decrypt: EC, Ed25519, or a certificate given as a key;
	               kept for its reason. Or of a kind that OpenSSL does not know, and not kept */
	KEY_LOCKED, /* needs a passphrase, or the one given is wrong; kept for its reason */
	KEY_UNREADABLE, /* file missing, no rights, or no key in it: `why` */
};

/* Asks for the passphrase of a key file; fills `out`, returns its length, or -1 when there is none
 * to be had. */
typedef int passphrase_fn(void *ctx, const char *path, char *out, int room);

struct keyring *keyring_new(void);
/* Adds the private keys of a file (PEM, DER, PKCS#1, PKCS#8; encrypted ones ask) or of each file of
 * a folder. */
enum key_result keyring_add_key(struct keyring *k, const char *path, passphrase_fn *ask, void *ctx,
                                char *why, size_t why_len);
/* Adds an NSS key log file; malformed lines are counted and the first is named in `why` (then still
 * KEY_ADDED). */
enum key_result keyring_add_log(struct keyring *k, const char *path, char *why, size_t why_len);
/* Adds key log text found in a capture (Decryption Secrets Block); `name` is kept as text. */
void keyring_add_log_text(struct keyring *k, const char *name, struct bytes text);
/* Says whether there is nothing in it that could ever matter. */
bool keyring_is_empty(const struct keyring *k);
size_t keyring_n_keys(const struct keyring *k);
size_t keyring_n_log_lines(const struct keyring *k);
/* Gives the SPKI SHA-256 and the name of the i-th key; for messages. */
const char *keyring_key_name(const struct keyring *k, size_t i, uint8_t spki_sha256[32]);
void keyring_free(struct keyring *k);

#endif
