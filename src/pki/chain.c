/* The same bytes are read once: lists become chains and certificates become facts, kept in tables
 * that only grow until their memory is used up. */
#include <openssl/sha.h>

#include "src/pki/private.h"

enum { X509_BYTES = 6 * 1024 }; /* what OpenSSL keeps for a certificate beside its bytes, about */

struct entry *shard_find(const struct shard *s, uint64_t hash, struct bytes key)
{
	struct entry *e = s->bucket[hash / SHARDS % BUCKETS];
	while (e != NULL && (e->hash != hash || !bytes_equal(e->key, key)))
		e = e->next;
	return e;
}

void shard_add(struct shard *s, struct entry *e)
{
	struct entry **bucket = &s->bucket[e->hash / SHARDS % BUCKETS];
	e->next = *bucket;
	*bucket = e;
}

static struct chain_kept *chain_of(struct entry *e)
{
	return (struct chain_kept *)((char *)e - offsetof(struct chain_kept, entry));
}

static bool cache_is_full(const struct pki *p)
{
	return p->held >= PKI_CACHE_BYTES;
}

static void describe(const struct pki *p, struct arena *a, struct cert *c)
{
	struct arena scratch = {.first_block = 0};
	struct text t = text_new(&scratch);
	if (p->options.describe == NULL)
		return;
	p->options.describe(c, &t);
	if (!t.broken)
		c->described = arena_keep(a, (struct bytes){(const uint8_t *)t.at, t.len});
	arena_free(&scratch);
}

/* Reads a certificate into the cache; the caller holds the lock. */
static struct cert_kept *cert_add(struct pki *p, struct shard *s, uint64_t hash, struct bytes der)
{
	size_t before = s->arena.held;
	struct cert_kept *c = cert_read(&s->arena, der, true);
	if (c != NULL)
		describe(p, &s->arena, &c->facts);
	p->held += s->arena.held - before;
	if (c == NULL)
		return NULL;
	if (c->x509 != NULL)
		p->held += X509_BYTES + 2 * der.len;
	c->entry = (struct entry){.hash = hash, .key = der};
	shard_add(s, &c->entry);
	return c;
}

const struct cert_kept *cert_intern(struct pki *p, struct bytes der, struct arena *spare)
{
	uint64_t hash = hash_bytes(der.at, der.len, p->seed);
	struct shard *s = shard_of(p->cert, hash);
	pthread_mutex_lock(&s->lock);
	struct entry *e = shard_find(s, hash, der);
	struct cert_kept *c = e != NULL ? cert_of(e) : NULL;
	if (c == NULL && spare == NULL)
		c = cert_add(p, s, hash, der);
	else if (c == NULL)
		c = cert_read(spare, der, false);
	p->parsed += e == NULL && c != NULL;
	pthread_mutex_unlock(&s->lock);
	return c;
}

const struct cert_kept *cert_intern_anchor(struct pki *p, struct bytes der)
{
	uint64_t hash = hash_bytes(der.at, der.len, p->seed);
	struct shard *s = shard_of(p->cert, hash);
	pthread_mutex_lock(&s->lock);
	struct entry *e = shard_find(s, hash, der);
	struct cert_kept *c = e != NULL ? cert_of(e) : NULL;
	if (c == NULL) {
		struct bytes kept = arena_keep(&s->arena, der);
		c = kept.len == der.len ? cert_add(p, s, hash, kept) : NULL;
		p->parsed += c != NULL;
	}
	pthread_mutex_unlock(&s->lock);
	return c;
}

/* Says whether a certificate's issuer was sent, and not right behind it (RFC 5246, 7.4.2). */
static bool is_out_of_order(const struct chain *c)
{
	for (size_t i = 0; i < c->n_certs; i++) {
		const struct cert_kept *one = (const struct cert_kept *)c->cert[i];
		bool sent = false, next = false;
		if (!one->facts.readable || one->facts.self_issued)
			continue;
		for (size_t j = 0; j < c->n_certs; j++) {
			const struct cert_kept *other = (const struct cert_kept *)c->cert[j];
			bool issuer = bytes_equal(one->issuer_der, other->subject_der);
			sent = sent || issuer;
			next = next || (issuer && j == i + 1);
		}
		if (sent && !next)
			return true;
	}
	return false;
}

static void take_certificates(struct pki *p, struct chain_kept *c, struct bytes list, bool tls13,
                              struct arena *spare)
{
	const struct cert **cert = (const struct cert **)c->facts.cert;
	struct reader r = reader_over(list, NULL, NULL);
	while (more(&r)) {
		struct bytes der = take_vector(&r, 3, 0);
		if (r.fault != FINE)
			break;
		if (tls13)
			take_vector(&r, 2, 0);
		const struct cert_kept *one = NULL;
		if (c->facts.n_certs < CHAIN_CERTIFICATES)
			one = cert_intern(p, der, spare);
		if (one != NULL)
			cert[c->facts.n_certs++] = &one->facts;
		else
			c->facts.left_out++;
	}
	c->facts.broken = r.fault != FINE;
}

/* Counts the certificates that there is room for. */
static size_t count_certificates(struct bytes list, bool tls13)
{
	struct reader r = reader_over(list, NULL, NULL);
	size_t n = 0;
	for (; more(&r) && n < CHAIN_CERTIFICATES; n++) {
		take_vector(&r, 3, 0);
		if (tls13)
			take_vector(&r, 2, 0);
	}
	return n;
}

/* Makes a chain in `a`, its new certificates in `spare`, or in the cache when that is NULL. */
static struct chain_kept *chain_read(struct pki *p, struct arena *a, struct bytes list, bool tls13,
                                     struct arena *spare)
{
	struct bytes kept = arena_keep(a, list);
	struct chain_kept *c = arena_take(a, sizeof *c);
	if (c == NULL || kept.len != list.len)
		return NULL;
	size_t n = count_certificates(kept, tls13);
	c->facts.cert = arena_take(a, n * sizeof *c->facts.cert);
	if (c->facts.cert == NULL)
		return NULL;
	c->entry.key = kept;
	c->cached = spare == NULL;
	SHA256(kept.at, kept.len, c->facts.digest);
	take_certificates(p, c, kept, tls13, spare);
	c->wrong_order = is_out_of_order(&c->facts);
	c->facts.id = ++p->chains;
	return c;
}

/* Makes a chain in the cache; the caller holds the lock. */
static struct chain_kept *chain_add(struct pki *p, struct shard *s, uint64_t hash,
                                    struct bytes list, bool tls13)
{
	size_t before = s->arena.held;
	struct chain_kept *c = chain_read(p, &s->arena, list, tls13, NULL);
	p->held += s->arena.held - before;
	if (c == NULL)
		return NULL;
	c->entry.hash = hash;
	shard_add(s, &c->entry);
	return c;
}

const struct chain *pki_chain(struct pki *p, struct bytes certificate_list, bool tls13,
                              struct arena *spare)
{
	uint64_t hash =
		hash_bytes(certificate_list.at, certificate_list.len, p->seed + (tls13 ? 1 : 0));
	struct shard *s = shard_of(p->chain, hash);
	pthread_mutex_lock(&s->lock);
	struct entry *e = shard_find(s, hash, certificate_list);
	struct chain_kept *c = e != NULL ? chain_of(e) : NULL;
	if (c == NULL && !cache_is_full(p))
		c = chain_add(p, s, hash, certificate_list, tls13);
	pthread_mutex_unlock(&s->lock);
	if (c == NULL)
		c = chain_read(p, spare, certificate_list, tls13, spare);
	return c == NULL ? NULL : &c->facts;
}
