/* The one narrow call: an encrypted premaster secret in, a premaster secret out. Nothing else uses
 * a private key, so that it can move into a process of its own; and nothing here says whether the
 * key was the right one: only Finished or a record's tag can. */
#ifndef KEYHOLE_SECRETS_PRIVATE_KEY_H
#define KEYHOLE_SECRETS_PRIVATE_KEY_H

#include "src/secrets/secret.h"

struct private_key;

/* Takes over an RSA private key as OpenSSL has it (an EVP_PKEY); NULL when memory ended, and then
 * the caller still owns it. */
struct private_key *private_key_new(void *evp_pkey);
/* Opens an encrypted premaster secret (RFC 5246, 7.4.7.1). False when the exchange is not as long
 * as the key's modulus or does not hold 48 bytes in PKCS#1 form: a bad exchange or another key. */
bool private_key_premaster(const struct private_key *k, struct bytes encrypted,
                           struct secret *premaster);
void private_key_free(struct private_key *k);

#endif
