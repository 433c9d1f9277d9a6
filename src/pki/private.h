/* What the files of this room share: certificates and chains with what is kept beside their facts,
 * and the cache that holds them. Not for other rooms. */
#ifndef KEYHOLE_PKI_PRIVATE_H
#define KEYHOLE_PKI_PRIVATE_H

#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdatomic.h>

#include "src/base/hash.h"
#include "src/pki/der.h"
#include "src/pki/pki.h"

enum { SHARDS = 16, BUCKETS = 256, NAMES_KEPT = 1024, PATH_DEPTH = 10, PATH_CERTS = 16 };

struct entry {
	struct entry *next;
	uint64_t hash;
	struct bytes key;
};

/* A table that only grows, in shards with a lock and memory each. What is found in it stays. */
struct shard {
	pthread_mutex_t lock;
	struct arena arena;
	struct entry *bucket[BUCKETS];
};

struct cert_kept {
	struct cert facts; /* first: a struct cert of this room is one of these */
	struct entry entry;
	X509 *x509; /* NULL: unreadable, or outside the cache */
	struct bytes subject_der, issuer_der;
	struct bytes san; /* the content of GeneralNames; empty none */
	bool cached;
};

/* Which certificates lead to an anchor, or as far as it goes. */
struct path {
	uint8_t check; /* enum check, dates left aside */
	const char *detail;
	const struct cert *anchor;
	const struct cert *cert[PATH_CERTS];
	size_t n_certs;
	_Atomic(const struct span *) spans; /* of a cached one */
};

/* From when until when (in seconds, both included) another path does or does not hold. */
struct span {
	const struct span *next;
	int64_t from, until;
	bool holds;
};

struct chain_kept {
	struct chain facts; /* first: a struct chain of this room is one of these */
	struct entry entry;
	_Atomic(struct path *) path[2]; /* by side; NULL until judged */
	bool wrong_order, cached;
};

struct pki {
	struct pki_options options;
	X509_STORE *store; /* through trust_store, which loads the system's part at the first
	                      judgement */
	pthread_mutex_t store_lock;
	bool has_anchors, system_loaded;
	uint64_t seed;
	_Atomic(size_t) held;     /* bytes, about */
	_Atomic(uint64_t) parsed; /* certificates */
	_Atomic(uint32_t) chains;
	struct shard chain[SHARDS], cert[SHARDS], judged[SHARDS];
	struct shard names;
	_Atomic(const struct named *) *named; /* table of NAME_SLOTS */
};

static inline struct shard *shard_of(struct shard *shards, uint64_t hash)
{
	return &shards[hash % SHARDS];
}

static inline struct cert_kept *cert_of(struct entry *e)
{
	return (struct cert_kept *)((char *)e - offsetof(struct cert_kept, entry));
}

/* Gives the trust store with everything in it; the system's store takes milliseconds, which a
 * capture without certificates need not wait for. */
X509_STORE *trust_store(struct pki *p);

/* Finds what is kept under a key; the caller holds the lock. */
struct entry *shard_find(const struct shard *s, uint64_t hash, struct bytes key);
void shard_add(struct shard *s, struct entry *e);

/* Reads a certificate into facts: `der` has to live as long as the arena. NULL without memory. */
struct cert_kept *cert_read(struct arena *a, struct bytes der, bool cached);
/* Gives the certificate for its DER, from the cache where it is or fits (then `der` must live as
 * long as the pki), else made in `spare` (NULL: the cache in any case). */
const struct cert_kept *cert_intern(struct pki *p, struct bytes der, struct arena *spare);
/* The same for a certificate of the trust store: always in the cache, its DER copied. */
const struct cert_kept *cert_intern_anchor(struct pki *p, struct bytes der);
/* Gives a reference that the caller frees; NULL when the certificate is unreadable. */
X509 *cert_x509(const struct cert_kept *c);
/* What kind of key it is, and what can be done with it. */
struct key_facts {
	const char *kind; /* "unknown" when it has no name here */
	uint32_t bits;    /* 0 not known */
	bool unknown;     /* OpenSSL knows nothing of this kind */
};

/* Reads a public key; `look` is what der_key found. In key.c. */
struct key_facts key_read(X509_PUBKEY *public, const struct key_look *look);
/* Gives the name of an algorithm that OpenSSL may not know; NULL for one not known here either. */
const char *algorithm_name(const ASN1_OBJECT *id);
/* Fills the subject, the issuer and their short forms. In cert_name.c. */
void cert_names(struct cert_kept *c, const X509 *x, struct arena *a);
/* Fills the alternative names from c->san. In cert_name.c. */
void cert_alternative_names(struct cert_kept *c, struct arena *a);
/* Says whether the host (or address) is one that the certificate is for. In name.c. */
enum check name_check(struct pki *p, const struct cert_kept *c, struct bytes host);
/* Makes the table of names looked up. */
bool names_new(struct pki *p);
/* Says whether it could be the name of a host in a certificate: letters, digits, '-', '_' and '.',
 * and '*' as the first label. */
bool name_is_host(struct bytes name);

#endif
