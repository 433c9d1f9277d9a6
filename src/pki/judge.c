/* The verdict: OpenSSL builds a path and checks it with the dates left aside; the dates are then
 * compared by arithmetic, so that one judgement serves every session that shows the same chain. */
#include <openssl/x509v3.h>

#include "src/pki/private.h"

/* The worst that OpenSSL had to say, dates left aside. */
struct worst {
	int error, rank;
};

/* What a verification left behind. */
struct outcome {
	struct worst worst;
	STACK_OF(X509) * path;
};

/* The certificates as sent, as OpenSSL wants them; index by index as in the chain. */
struct sent {
	X509 *x509[CHAIN_CERTIFICATES];
	STACK_OF(X509) * untrusted;
};

static int rank_of(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
		return 3;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return 2;
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		return 0;
	default:
		return 1;
	}
}

/* Notes each error and goes on, so that the whole path is seen. */
static int on_error(int ok, X509_STORE_CTX *ctx)
{
	struct worst *w = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx), rank = rank_of(error);
	if (ok || rank <= w->rank)
		return 1;
	*w = (struct worst){error, rank};
	return 1;
}

static void set_parameters(X509_STORE_CTX *ctx, enum side shown_by, int64_t seconds)
{
	X509_VERIFY_PARAM *v = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_purpose(v, shown_by == SERVER ? X509_PURPOSE_SSL_SERVER
	                                                    : X509_PURPOSE_SSL_CLIENT);
	X509_VERIFY_PARAM_set_auth_level(v, 0);
	X509_VERIFY_PARAM_set_depth(v, PATH_DEPTH);
	if (seconds == INT64_MIN)
		X509_VERIFY_PARAM_set_flags(v, X509_V_FLAG_NO_CHECK_TIME);
	else
		X509_VERIFY_PARAM_set_time(v, (time_t)seconds);
}

/* Verifies at a time, or with dates left aside when that is INT64_MIN. */
static struct outcome verify(struct pki *p, const struct sent *sent, enum side shown_by,
                             int64_t seconds)
{
	struct outcome out = {.worst = {.error = X509_V_ERR_OUT_OF_MEM, .rank = 1}};
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	if (ctx == NULL ||
	    X509_STORE_CTX_init(ctx, trust_store(p), sent->x509[0], sent->untrusted) != 1) {
		X509_STORE_CTX_free(ctx);
		return out;
	}
	set_parameters(ctx, shown_by, seconds);
	out.worst = (struct worst){.error = X509_V_OK};
	X509_STORE_CTX_set_app_data(ctx, &out.worst);
	X509_STORE_CTX_set_verify_cb(ctx, on_error);
	if (X509_verify_cert(ctx) != 1 && out.worst.rank == 0)
		out.worst = (struct worst){.error = X509_STORE_CTX_get_error(ctx), .rank = 1};
	out.path = X509_STORE_CTX_get1_chain(ctx);
	X509_STORE_CTX_free(ctx);
	return out;
}

/* Certificates whose keys no sound software makes lead nowhere; the leaf is judged all the same. */
static bool sent_new(const struct chain *c, struct sent *s)
{
	*s = (struct sent){.untrusted = sk_X509_new_null()};
	if (s->untrusted == NULL)
		return false;
	for (size_t i = 0; i < c->n_certs; i++) {
		bool weird = (c->cert[i]->findings & cert_finding_bit(FIND_CERT_KEY_WEIRD)) != 0;
		s->x509[i] = cert_x509((const struct cert_kept *)c->cert[i]);
		if (s->x509[i] != NULL && i > 0 && !weird)
			sk_X509_push(s->untrusted, s->x509[i]);
	}
	return s->x509[0] != NULL;
}

static void sent_free(const struct chain *c, struct sent *s)
{
	for (size_t i = 0; i < c->n_certs; i++)
		X509_free(s->x509[i]);
	sk_X509_free(s->untrusted);
}

/* Gives the facts of a certificate that the store brought. */
static const struct cert *anchor_facts(struct pki *p, X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	const struct cert_kept *c = NULL;
	if (len > 0)
		c = cert_intern_anchor(p, (struct bytes){der, (size_t)len});
	OPENSSL_free(der);
	return c == NULL ? NULL : &c->facts;
}

static const struct cert *facts_of(struct pki *p, const struct chain *c, const struct sent *s,
                                   X509 *x)
{
	for (size_t i = 0; i < c->n_certs; i++)
		if (s->x509[i] == x)
			return c->cert[i];
	return anchor_facts(p, x);
}

static void path_certificates(struct pki *p, const struct chain *c, const struct sent *s,
                              STACK_OF(X509) * found, struct path *out)
{
	for (int i = 0; i < sk_X509_num(found) && out->n_certs < PATH_CERTS; i++) {
		const struct cert *one = facts_of(p, c, s, sk_X509_value(found, i));
		if (one != NULL)
			out->cert[out->n_certs++] = one;
	}
}

/* Without a trust store nothing is said about what is trusted or missing. */
static enum check check_of(const struct pki *p, const struct worst *w, size_t n_certs)
{
	if (w->rank == 0)
		return CHECK_OK;
	if (w->rank == 3)
		return CHECK_BAD_SIGNATURE;
	if (w->rank == 1)
		return CHECK_OTHER;
	if (w->error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
		return CHECK_SELF_SIGNED;
	if (!p->has_anchors)
		return CHECK_UNKNOWN;
	return n_certs > 1 ? CHECK_UNKNOWN_ROOT : CHECK_MISSING_INTERMEDIATE;
}

/* OpenSSL finds no issuer for a certificate whose extensions it cannot read: nothing is missing. */
static bool ends_unreadable(STACK_OF(X509) * found)
{
	X509 *last = sk_X509_value(found, sk_X509_num(found) - 1);
	return last != NULL && (X509_get_extension_flags(last) & EXFLAG_INVALID) != 0;
}

/* Says what the verification found, in OpenSSL's words. */
static void path_check(const struct pki *p, const struct outcome *o, struct path *path)
{
	int error = o->worst.error;
	path->check = (uint8_t)check_of(p, &o->worst, path->n_certs);
	if (o->worst.rank == 2 && ends_unreadable(o->path)) {
		path->check = CHECK_OTHER;
		error = X509_V_ERR_INVALID_EXTENSION;
	}
	path->detail = path->check == CHECK_OK ? NULL : X509_verify_cert_error_string(error);
	if (path->check == CHECK_OK && path->n_certs > 0)
		path->anchor = path->cert[path->n_certs - 1];
}

/* Says whether the trust store holds this very certificate. */
static bool is_anchor(struct pki *p, const X509 *x)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *same = NULL;
	bool found = false;
	if (ctx != NULL && X509_STORE_CTX_init(ctx, trust_store(p), NULL, NULL) == 1)
		same = X509_STORE_CTX_get1_certs(ctx, X509_get_subject_name(x));
	for (int i = 0; i < sk_X509_num(same); i++)
		found = found || X509_cmp(sk_X509_value(same, i), x) == 0;
	sk_X509_pop_free(same, X509_free);
	X509_STORE_CTX_free(ctx);
	return found;
}

/* OpenSSL finds no issuer for a certificate whose key it knows nothing of, its own key neither:
 * that is told by the names, and no signature is needed where it is trusted itself. */
static void unchecked_check(struct pki *p, X509 *x, const struct cert *own, struct path *path)
{
	if (!own->unchecked || !own->self_signed || path->check == CHECK_OK)
		return;
	bool trusted = is_anchor(p, x);
	path->check = trusted ? CHECK_OK : CHECK_SELF_SIGNED;
	path->detail = trusted ? NULL : "signature not checked: algorithm not known here";
	path->anchor = trusted ? own : NULL;
}

static struct path find_path(struct pki *p, const struct chain *c, enum side shown_by)
{
	struct path path = {.check = CHECK_UNREADABLE, .detail = "certificate cannot be read"};
	struct sent sent;
	if (c->n_certs == 0)
		return path;
	if (sent_new(c, &sent)) {
		struct outcome o = verify(p, &sent, shown_by, INT64_MIN);
		path_certificates(p, c, &sent, o.path, &path);
		path_check(p, &o, &path);
		unchecked_check(p, sent.x509[0], c->cert[0], &path);
		sk_X509_pop_free(o.path, X509_free);
	}
	sent_free(c, &sent);
	return path;
}

/* ---- dates ---- */

static int64_t seconds_of(moment m)
{
	return m / NS_PER_SECOND - (m % NS_PER_SECOND < 0);
}

/* RFC 5280, 4.1.2.5: valid from notBefore through notAfter, both included, in whole seconds. */
static enum check dates_of(const struct cert *c, int64_t t)
{
	if (c->not_before == MOMENT_UNKNOWN || c->not_after == MOMENT_UNKNOWN)
		return CHECK_UNKNOWN;
	if (t > seconds_of(c->not_after))
		return CHECK_EXPIRED;
	return t < seconds_of(c->not_before) ? CHECK_NOT_YET_VALID : CHECK_OK;
}

/* Gives the first fault from the leaf up, and whose it is. */
static enum check path_dates(const struct path *path, int64_t t, const struct cert **at_fault)
{
	*at_fault = NULL;
	for (size_t i = 0; i < path->n_certs; i++) {
		enum check check = dates_of(path->cert[i], t);
		if (check == CHECK_OK)
			continue;
		*at_fault = path->cert[i];
		return check;
	}
	return path->n_certs > 0 ? CHECK_OK : CHECK_UNKNOWN;
}

/* Every certificate that a path of this chain could use; bounded, as the trust store may be large.
 */
enum { POOL = 256 };

struct pool {
	X509 *x509[POOL];
	size_t n;
};

static void pool_add(struct pool *pool, X509 *x)
{
	for (size_t i = 0; i < pool->n; i++)
		if (X509_cmp(pool->x509[i], x) == 0)
			return;
	if (pool->n < POOL && X509_up_ref(x) == 1)
		pool->x509[pool->n++] = x;
}

/* Takes in what was sent, and from the store each issuer, its issuer, and so on. */
static void pool_fill(struct pool *pool, struct pki *p, const struct chain *c, const struct sent *s)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	if (ctx == NULL || X509_STORE_CTX_init(ctx, trust_store(p), NULL, NULL) != 1) {
		X509_STORE_CTX_free(ctx);
		return;
	}
	for (size_t i = 0; i < c->n_certs; i++)
		if (s->x509[i] != NULL)
			pool_add(pool, s->x509[i]);
	for (size_t i = 0; i < pool->n; i++) {
		STACK_OF(X509) *issuers =
			X509_STORE_CTX_get1_certs(ctx, X509_get_issuer_name(pool->x509[i]));
		for (int j = 0; j < sk_X509_num(issuers); j++)
			pool_add(pool, sk_X509_value(issuers, j));
		sk_X509_pop_free(issuers, X509_free);
	}
	X509_STORE_CTX_free(ctx);
}

/* Narrows a span so that `edge`, the first second of something new, is not inside it. */
static void span_cut(struct span *s, int64_t edge, int64_t t)
{
	if (edge <= t && edge > s->from)
		s->from = edge;
	if (edge > t && edge - 1 < s->until)
		s->until = edge - 1;
}

static void span_cut_by(struct span *s, const struct cert *c, int64_t t)
{
	if (c == NULL || c->not_before == MOMENT_UNKNOWN || c->not_after == MOMENT_UNKNOWN)
		return;
	span_cut(s, seconds_of(c->not_before), t);
	span_cut(s, seconds_of(c->not_after) + 1, t);
}

/* Looks for another path at a time, and for how long that answer stays the same. */
static struct span find_span(struct pki *p, const struct chain *c, enum side shown_by, int64_t t)
{
	struct span span = {.from = INT64_MIN, .until = INT64_MAX};
	struct path path = {.check = CHECK_OK};
	struct pool pool = {.n = 0};
	const struct cert *at_fault;
	struct sent sent;
	if (sent_new(c, &sent)) {
		struct outcome o = verify(p, &sent, shown_by, t);
		path_certificates(p, c, &sent, o.path, &path);
		sk_X509_pop_free(o.path, X509_free);
		span.holds = o.worst.rank == 0 && path_dates(&path, t, &at_fault) == CHECK_OK;
		pool_fill(&pool, p, c, &sent);
	}
	for (size_t i = 0; i < pool.n; i++) {
		span_cut_by(&span, facts_of(p, c, &sent, pool.x509[i]), t);
		X509_free(pool.x509[i]);
	}
	sent_free(c, &sent);
	return span;
}

static const struct span *span_lookup(const struct path *path, int64_t t)
{
	const struct span *s = path->spans;
	while (s != NULL && (t < s->from || t > s->until))
		s = s->next;
	return s;
}

/* Says whether another path holds at `t`; the answers for a cached chain are kept. */
static bool another_path_holds(struct pki *p, struct chain_kept *c, struct path *path,
                               enum side shown_by, int64_t t)
{
	if (!c->cached)
		return find_span(p, &c->facts, shown_by, t).holds;
	const struct span *known = span_lookup(path, t);
	if (known != NULL)
		return known->holds;
	struct shard *s = shard_of(p->judged, c->entry.hash);
	pthread_mutex_lock(&s->lock);
	known = span_lookup(path, t);
	struct span found = known != NULL ? *known : find_span(p, &c->facts, shown_by, t);
	struct span *kept = known != NULL ? NULL : arena_take(&s->arena, sizeof *kept);
	if (kept != NULL) {
		found.next = path->spans;
		*kept = found;
		path->spans = kept;
	}
	pthread_mutex_unlock(&s->lock);
	return found.holds;
}

static enum check dates_at(struct pki *p, struct chain_kept *c, struct path *path,
                           enum side shown_by, moment when, const struct cert **at_fault)
{
	*at_fault = NULL;
	if (when == MOMENT_UNKNOWN)
		return CHECK_UNKNOWN;
	int64_t t = seconds_of(when);
	enum check check = path_dates(path, t, at_fault);
	if (path->check != CHECK_OK || *at_fault == NULL || *at_fault == path->cert[0] ||
	    !another_path_holds(p, c, path, shown_by, t))
		return check;
	*at_fault = NULL;
	return CHECK_OK;
}

/* ---- the verdict ---- */

/* Gives the judgement of a chain, made once for a cached one; `room` is for one that is not. */
static struct path *path_of(struct pki *p, struct chain_kept *c, enum side shown_by,
                            struct path *room)
{
	struct path *path = c->path[shown_by];
	if (path != NULL)
		return path;
	struct shard *s = shard_of(p->judged, c->entry.hash);
	if (c->cached) {
		pthread_mutex_lock(&s->lock);
		path = c->path[shown_by];
		if (path == NULL && (path = arena_take(&s->arena, sizeof *path)) != NULL) {
			*path = find_path(p, &c->facts, shown_by);
			c->path[shown_by] = path;
		}
		pthread_mutex_unlock(&s->lock);
	}
	if (path != NULL)
		return path;
	*room = find_path(p, &c->facts, shown_by);
	return room;
}

/* What holds whatever is trusted comes first, then the dates and the name, then trust. */
static enum check first_of(const struct verdict *v)
{
	switch (v->chain) {
	case CHECK_UNREADABLE:
	case CHECK_BAD_SIGNATURE:
	case CHECK_SELF_SIGNED:
		return v->chain;
	default:
		break;
	}
	if (v->then != CHECK_OK && v->then != CHECK_UNKNOWN)
		return v->then;
	if (v->name == CHECK_WRONG_NAME)
		return v->name;
	return v->chain != CHECK_OK ? v->chain : v->then;
}

void pki_judge(struct pki *p, const struct chain *c, enum side shown_by, struct bytes sni,
               moment then, struct verdict *out)
{
	bool fixed = p->options.at != MOMENT_UNKNOWN;
	const struct cert *nobody;
	*out = (struct verdict){
		.judged_then = fixed ? p->options.at : then,
		.judged_today = fixed ? p->options.at : p->options.today,
	};
	if (c == NULL || (c->n_certs == 0 && !c->broken))
		return;
	struct chain_kept *kept = (struct chain_kept *)c;
	struct path room, *path = path_of(p, kept, shown_by, &room);
	out->made = true;
	out->chain = path->check;
	out->detail = path->detail;
	out->anchor = path->anchor;
	out->then = (uint8_t)dates_at(p, kept, path, shown_by, out->judged_then, &out->at_fault);
	out->today = (uint8_t)dates_at(p, kept, path, shown_by, out->judged_today, &nobody);
	if (shown_by == SERVER && c->n_certs > 0 && c->cert[0]->readable)
		out->name = (uint8_t)name_check(p, (const struct cert_kept *)c->cert[0], sni);
	out->first = (uint8_t)first_of(out);
}
