#include "dissectors/tls/talk_rest.h"

#include "dissectors/tls/talk_private.h"

/* What is kept; behind it session id, server name and protocol list. */
struct at_rest {
	moment time; /* of the hello */
	uint64_t hello_sum;
	uint32_t origin[ORIGINS];
	uint8_t ageless_psks;
	uint64_t end_at, asked;
	uint32_t first_frame, last_frame, len;
	uint32_t flags;
	uint16_t sni_len, alpn_len, id_len;
	uint16_t record_version, legacy_version, best_version;
	uint16_t n_suites, n_extensions, n_groups, n_schemes, n_shares, n_psks, n_names;
	uint16_t first_suite, first_share, ticket_len, record_limit;
	uint8_t random[32];
	bool printed;
	uint8_t ja3[16];
	struct ja4 ja4;
};

/* Says whether nothing was told of the session but its opening and this hello. */
static const struct event *only_hello(const struct session *s)
{
	const struct event *hello = session_first(s, EVENT_CLIENT_HELLO, CLIENT);
	if (hello == NULL || hello != &s->event[s->n_events - 1] || hello->records != 1)
		return NULL;
	for (uint32_t i = 0; i + 1 < s->n_events; i++)
		if (s->event[i].kind > EVENT_ESTABLISHED)
			return NULL;
	return s->n_found == 0 && s->gap_bytes[CLIENT] == 0 && s->gap_bytes[SERVER] == 0 ? hello
	                                                                                 : NULL;
}

/* Says whether a side is as tls_talk_new makes it, but for the records it counted. */
static bool is_idle(const struct direction *d, uint32_t n_records)
{
	bool moved = d->over || d->settled || d->holes || d->waiting || d->sealed;
	return !moved && d->mode == MODE_HEAD && d->assembly.have == 0 && d->n_records == n_records;
}

size_t tls_rest_size(const struct tls_talk *k)
{
	const struct client_hello *h = k->facts->client;
	if (k->opener != NULL || k->late || k->keep_messages || h == NULL ||
	    (h->flags & HELLO_PARTIAL) != 0)
		return 0;
	if (k->asked != 1 || k->answered != 0 || !is_idle(&k->side[CLIENT], 1) ||
	    !is_idle(&k->side[SERVER], 0))
		return 0;
	if (only_hello(k->session) == NULL || h->other_sni.len > 0 ||
	    (h->sni.len | h->alpn.len | h->session_id.len) > UINT16_MAX)
		return 0;
	return sizeof(struct at_rest) + h->session_id.len + h->sni.len + h->alpn.len;
}

static uint8_t *put(uint8_t *at, struct bytes b)
{
	if (b.len > 0)
		memcpy(at, b.at, b.len);
	return at + b.len;
}

void tls_rest(const struct tls_talk *k, void *out)
{
	const struct client_hello *h = k->facts->client;
	const struct event *e = only_hello(k->session);
	struct at_rest r = {
		.time = e->time,
		.end_at = k->side[CLIENT].end_at,
		.first_frame = e->first_frame,
		.last_frame = e->last_frame,
		.len = e->len,
		.flags = h->flags,
		.sni_len = (uint16_t)h->sni.len,
		.alpn_len = (uint16_t)h->alpn.len,
		.id_len = (uint16_t)h->session_id.len,
		.record_version = k->facts->record_version,
		.legacy_version = h->legacy_version,
		.best_version = h->best_version,
		.n_suites = h->n_suites,
		.n_extensions = h->n_extensions,
		.n_groups = h->n_groups,
		.n_schemes = h->n_schemes,
		.n_shares = h->n_shares,
		.n_psks = h->n_psks,
		.n_names = h->n_names,
		.first_suite = h->first_suite,
		.first_share = h->first_share,
		.ticket_len = h->ticket_len,
		.hello_sum = k->facts->meaning.hello_sum,
		.ageless_psks = k->facts->meaning.ageless_psks,
		.printed = k->facts->prints.of_client,
		.ja4 = k->facts->prints.ja4,
		.record_limit = h->record_limit,
		.asked = h->asked,
	};
	memcpy(r.origin, k->facts->meaning.origin, sizeof r.origin);
	memcpy(r.random, h->random, sizeof r.random);
	memcpy(r.ja3, k->facts->prints.ja3, sizeof r.ja3);
	memcpy(out, &r, sizeof r);
	put(put(put((uint8_t *)out + sizeof r, h->session_id), h->sni), h->alpn);
}

static struct client_hello hello_again(const struct at_rest *r, const uint8_t *texts)
{
	struct client_hello h = {
		.legacy_version = r->legacy_version,
		.best_version = r->best_version,
		.n_suites = r->n_suites,
		.n_extensions = r->n_extensions,
		.n_groups = r->n_groups,
		.n_schemes = r->n_schemes,
		.n_shares = r->n_shares,
		.n_psks = r->n_psks,
		.n_names = r->n_names,
		.first_suite = r->first_suite,
		.first_share = r->first_share,
		.ticket_len = r->ticket_len,
		.record_limit = r->record_limit,
		.asked = r->asked,
		.flags = r->flags,
		.session_id = {texts, r->id_len},
		.sni = {texts + r->id_len, r->sni_len},
		.alpn = {texts + r->id_len + r->sni_len, r->alpn_len},
	};
	memcpy(h.random, r->random, sizeof h.random);
	return h;
}

struct tls_talk *tls_wake(const struct tls_sink *sink, const void *at_rest)
{
	struct at_rest r;
	struct tls_talk *k = tls_talk_new(sink, false);
	if (k == NULL)
		return NULL;
	memcpy(&r, at_rest, sizeof r);
	struct client_hello h = hello_again(&r, (const uint8_t *)at_rest + sizeof r);
	talk_client_hello(k, &h, r.first_frame);
	struct meaning *m = &k->facts->meaning;
	m->hello_sum = r.hello_sum;
	m->ageless_psks = r.ageless_psks;
	m->early_data = h.flags & HELLO_EARLY_DATA ? EARLY_DATA_OFFERED : EARLY_DATA_NONE;
	memcpy(m->origin, r.origin, sizeof m->origin);
	k->facts->record_version = r.record_version;
	k->facts->prints.of_client = r.printed;
	k->facts->prints.ja4 = r.ja4;
	memcpy(k->facts->prints.ja3, r.ja3, sizeof r.ja3);
	k->facts->record_count[CLIENT][CONTENT_HANDSHAKE - CONTENT_CHANGE_CIPHER_SPEC] = 1;
	k->facts->handshake_count[CLIENT] = 1;
	k->side[CLIENT].n_records = 1;
	k->side[CLIENT].end_at = r.end_at;
	session_event(k->session, (struct event){
					  .time = r.time,
					  .first_frame = r.first_frame,
					  .last_frame = r.last_frame,
					  .len = r.len,
					  .records = 1,
					  .kind = EVENT_CLIENT_HELLO,
					  .from = CLIENT,
					  .see = SEE_CLEAR,
					  .detail = HS_CLIENT_HELLO,
				  });
	return k;
}
