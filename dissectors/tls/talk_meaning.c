/* What messages mean beside each other: which session is taken up again, what became of early data,
 * what a second hello changed, who began anew, who showed a certificate. */
#include "dissectors/tls/talk_private.h"

#include "dissectors/tls/message.h"
#include "src/base/hash.h"

enum {
	EXTENSION_PADDING = 21,
	EXTENSION_PRE_SHARED_KEY = 41,
	EXTENSION_EARLY_DATA = 42,
	EXTENSION_COOKIE = 44,
	EXTENSION_KEY_SHARE = 51,
	EXTENSION_ECH = 0xfe0d,
	VERSION_TLS13 = 0x0304,
	KEY_UPDATE_LEN = 4 + 1 + 1 + 16,
};

/* Makes the order of what is summed up count. */
static const uint64_t ODD = 0x9e3779b97f4a7c15;

/* ---- Which session is taken up again ---- */

static uint32_t origin_of(const struct piece *p, enum resumed_by by, struct bytes value)
{
	if (p->sink->origin == NULL || value.len == 0)
		return 0;
	return p->sink->origin(p->sink->ctx, by, value);
}

/* What this session gives out may be taken up by a later one. */
static void issue(const struct piece *p, enum resumed_by by, struct bytes value)
{
	if (p->sink->issue != NULL && value.len > 0)
		p->sink->issue(p->sink->ctx, by, value);
}

/* RFC 8446, 4.2.11: PskIdentity identities<7..2^16-1>, each opaque identity<1..2^16-1> and uint32
 * obfuscated_ticket_age. */
static void find_keys_offered(struct meaning *m, const struct piece *p, struct reader *body)
{
	struct reader list = open_vector(body, 2, 0);
	for (int i = 0; i < 2 && more(&list); i++) {
		m->origin[ORIGIN_PSK + i] = origin_of(p, RESUMED_BY_PSK, take_vector(&list, 2, 0));
		m->ageless_psks |= (uint8_t)((take_u32(&list, 0) == 0) << i);
	}
}

static void find_psk(struct meaning *m, const struct piece *p, struct bytes extensions)
{
	struct reader r = reader_over(extensions, NULL, NULL);
	while (more(&r)) {
		uint16_t type = take_u16(&r, 0);
		struct reader body = open_vector(&r, 2, 0);
		if (type == EXTENSION_PRE_SHARED_KEY)
			find_keys_offered(m, p, &body);
	}
}

static void look_for_origins(struct meaning *m, const struct piece *p, const struct client_hello *h)
{
	m->origin[ORIGIN_ID] = origin_of(p, RESUMED_BY_ID, h->session_id);
	m->origin[ORIGIN_TICKET] = origin_of(p, RESUMED_BY_TICKET, h->ticket);
	m->origin[ORIGIN_PSK] = m->origin[ORIGIN_PSK_2] = 0;
	m->ageless_psks = 0;
	if (h->flags & HELLO_PSK)
		find_psk(m, p, h->extensions);
}

/* ---- The second hello ---- */

/* RFC 8446, 4.1.2: what may change in the hello that answers a HelloRetryRequest; of an encrypted
 * hello nobody can say. */
static bool may_change(uint16_t type)
{
	return type == EXTENSION_KEY_SHARE || type == EXTENSION_PRE_SHARED_KEY ||
	       type == EXTENSION_EARLY_DATA || type == EXTENSION_COOKIE ||
	       type == EXTENSION_PADDING || type == EXTENSION_ECH;
}

static uint64_t add_run(uint64_t sum, struct bytes all, size_t from, size_t to)
{
	struct reader r = reader_over(all, NULL, NULL);
	take_bytes(&r, from, 0);
	struct bytes run = take_bytes(&r, to - from, 0);
	return run.len == 0 ? sum : sum * ODD + hash_bytes(run.at, run.len, 0);
}

/* Sums up what must stay: all of the hello but those extensions and the lengths around them. */
static uint64_t sum_of(struct bytes message)
{
	struct reader r = reader_over(message, NULL, NULL);
	take_u32(&r, 0);
	take_bytes(&r, 2 + 32, 0);
	take_vector(&r, 1, 0);
	take_vector(&r, 2, 0);
	take_vector(&r, 1, 0);
	uint64_t sum = add_run(1, message, 4, message.len - left(&r));
	struct bytes all = take_vector(&r, 2, 0);
	struct reader list = reader_over(all, NULL, NULL);
	size_t from = 0;
	while (more(&list)) {
		size_t at = all.len - left(&list);
		bool changes = may_change(take_u16(&list, 0));
		take_vector(&list, 2, 0);
		if (!changes)
			continue;
		sum = add_run(sum, all, from, at);
		from = all.len - left(&list);
	}
	return add_run(sum, all, from, all.len);
}

static void second_hello(struct tls_talk *k, const struct client_hello *h, struct bytes message,
                         uint32_t place)
{
	struct meaning *m = &k->facts->meaning;
	if (m->hello_sum != 0 && sum_of(message) != m->hello_sum)
		session_find(k->session, FIND_TLS_HRR_CHANGED, CLIENT, place);
	if (m->retry_group == 0 || !(h->flags & HELLO_KEY_SHARE))
		return;
	m->retry_complied = h->n_shares == 1 && h->first_share == m->retry_group;
	m->retry_ignored = !m->retry_complied;
}

/* ---- Beginning anew ---- */

static struct renegotiation *again_of(struct tls_talk *k)
{
	struct meaning *m = &k->facts->meaning;
	if (m->again == NULL)
		m->again = arena_take(k->session->arena, sizeof *m->again);
	return m->again;
}

static void hello_anew(struct tls_talk *k, const struct client_hello *h, uint32_t place)
{
	struct renegotiation *again = again_of(k);
	if (again == NULL)
		return;
	if (again->n++ == 0)
		again->frame = place;
	if (again->sni.len == 0)
		again->sni = arena_keep(k->session->arena, h->sni);
	const struct tls_facts *f = k->facts;
	if (f->client != NULL && f->server != NULL && !meaning_secure_renegotiation(f))
		session_find(k->session, FIND_TLS_INSECURE_RENEGOTIATION, CLIENT, place);
}

static void hello_answered_anew(struct tls_talk *k, const struct server_hello *h)
{
	struct renegotiation *again = k->side[SERVER].said_finished ? again_of(k) : NULL;
	if (again != NULL)
		again->suite = h->suite;
}

static void hello_request(struct tls_talk *k, uint32_t place)
{
	struct renegotiation *again = again_of(k);
	if (again != NULL && again->requests++ == 0)
		again->request_frame = place;
}

static void certificate_anew(struct tls_talk *k, const struct piece *p,
                             const struct certificate_message *c)
{
	struct renegotiation *again = again_of(k);
	if (again != NULL && again->chain == NULL && c->list.len > 0)
		again->chain = p->sink->chain(p->sink->ctx, SERVER, c->list, false);
}

/* ---- Early data ---- */

static void early_data_comes_to(struct meaning *m, bool accepted)
{
	if (m->early_data == EARLY_DATA_OFFERED)
		m->early_data = accepted ? EARLY_DATA_ACCEPTED : EARLY_DATA_REFUSED;
}

/* RFC 8446, 4.2.10: it needs TLS 1.3, no retry, and the first of the keys offered. */
static void answer_to_early_data(struct meaning *m, const struct server_hello *h)
{
	bool first_key = (h->flags & HELLO_PSK) != 0 && h->psk_selected == 0;
	if (h->retry || !version_is_tls13(h->version) || !first_key)
		early_data_comes_to(m, false);
}

void talk_early_record(struct tls_talk *k, uint32_t len, bool guessed)
{
	struct meaning *m = &k->facts->meaning;
	if (m->early_data == EARLY_DATA_NONE)
		return;
	m->early_records++;
	m->early_bytes += len;
	m->early_guessed = m->early_guessed || guessed;
}

/* ---- One message ---- */

static void client_hello(struct tls_talk *k, const struct piece *p, const struct client_hello *h,
                         struct bytes message, uint32_t place)
{
	struct meaning *m = &k->facts->meaning;
	if (k->asked > 0 && !k->retry_pending) {
		if (k->side[CLIENT].said_finished)
			hello_anew(k, h, place);
		return;
	}
	look_for_origins(m, p, h);
	if (h->flags & HELLO_PARTIAL)
		return;
	if (k->asked > 0)
		second_hello(k, h, message, place);
	else if (h->flags & HELLO_KEY_SHARE)
		m->hello_sum = sum_of(message);
	if (k->asked == 0 && (h->flags & HELLO_EARLY_DATA))
		m->early_data = EARLY_DATA_OFFERED;
}

static bool is_echo(const struct client_hello *c, const struct server_hello *h)
{
	return c != NULL && bytes_equal(c->session_id, h->session_id);
}

/* RFC 8446, 4.1.3 and 4.1.4: the version is one of the offer, and in TLS 1.3 the session id comes
 * back as it was, nothing is compressed, and the half-key is of the group that a retry asked for.
 */
static bool is_unoffered(const struct client_hello *c, const struct server_hello *h,
                         uint16_t retry_group)
{
	bool other_group = retry_group != 0 && h->group != 0 && h->group != retry_group;
	if (c->best_version <= VERSION_TLS13 && h->version <= VERSION_TLS13 &&
	    h->version > c->best_version)
		return true;
	return h->version == VERSION_TLS13 &&
	       (other_group || h->compression != 0 || !is_echo(c, h));
}

static void server_hello(struct tls_talk *k, const struct piece *p, const struct server_hello *h,
                         uint32_t place)
{
	struct meaning *m = &k->facts->meaning;
	const struct client_hello *c = k->facts->client;
	if (h->flags & HELLO_PARTIAL)
		return;
	if (k->facts->server == NULL && c != NULL && !(c->flags & HELLO_PARTIAL) &&
	    is_unoffered(c, h, m->retry_group))
		session_find(k->session, FIND_TLS_UNOFFERED, SERVER, place);
	if (k->facts->server != NULL) {
		hello_answered_anew(k, h);
		return;
	}
	answer_to_early_data(m, h);
	if (h->retry) {
		m->retry_group = h->group;
		m->retry_frame = m->retry_frame == 0 ? place : m->retry_frame;
		return;
	}
	if (!version_is_tls13(h->version) && h->session_id.len > 0 && !is_echo(k->facts->client, h))
		issue(p, RESUMED_BY_ID, h->session_id);
}

static void certificate(struct tls_talk *k, const struct piece *p,
                        const struct certificate_message *c, uint32_t place)
{
	struct meaning *m = &k->facts->meaning;
	if (p->from == SERVER) {
		if (k->side[SERVER].said_finished && !k->tls13)
			certificate_anew(k, p, c);
		return;
	}
	if (m->shown_frame != 0 && !m->shown_empty)
		return;
	m->shown_frame = place;
	m->shown_empty = c->empty;
}

static void certificate_asked(struct tls_talk *k, uint32_t place)
{
	struct meaning *m = &k->facts->meaning;
	if (m->asked_frame == 0) {
		m->asked_frame = place;
		m->asked_later = k->side[SERVER].said_finished;
	}
}

void talk_message_means(struct tls_talk *k, const struct piece *p, const struct handshake *h,
                        struct bytes message, uint32_t place)
{
	struct meaning *m = &k->facts->meaning;
	switch (h->type) {
	case HS_CLIENT_HELLO:
		if (p->from == CLIENT)
			client_hello(k, p, &h->client_hello, message, place);
		return;
	case HS_SERVER_HELLO:
	case HS_HELLO_RETRY_REQUEST:
		if (p->from == SERVER)
			server_hello(k, p, &h->server_hello, place);
		return;
	case HS_HELLO_REQUEST:
		if (p->from == SERVER && k->side[SERVER].said_finished && !k->tls13)
			hello_request(k, place);
		return;
	case HS_NEW_SESSION_TICKET:
		if (p->from == SERVER)
			issue(p, k->tls13 ? RESUMED_BY_PSK : RESUMED_BY_TICKET, h->ticket.ticket);
		return;
	case HS_ENCRYPTED_EXTENSIONS:
		early_data_comes_to(m, (h->encrypted_extensions.flags & HELLO_EARLY_DATA) != 0);
		return;
	case HS_CERTIFICATE_REQUEST:
		if (p->from == SERVER)
			certificate_asked(k, place);
		return;
	case HS_CERTIFICATE:
		certificate(k, p, &h->certificate, place);
		return;
	case HS_CERTIFICATE_VERIFY:
		if (p->from == CLIENT && m->proven_frame == 0)
			m->proven_frame = place;
		return;
	default:
		return;
	}
}

/* ---- Sealed records ---- */

static struct sealed_note note_of(const struct direction *d, uint32_t last_place, uint32_t len)
{
	return (struct sealed_note){
		.frame = d->record_place,
		.last_frame = last_place,
		.record = d->n_records < UINT16_MAX ? (uint16_t)d->n_records : UINT16_MAX,
		.len = (uint16_t)len,
	};
}

static void note_sealed(struct tls_talk *k, enum side from, uint32_t last_place, uint32_t len)
{
	struct meaning *m = &k->facts->meaning;
	if (m->note[from] == NULL)
		m->note[from] = arena_take(k->session->arena, SEALED_NOTES * sizeof *m->note[from]);
	if (m->note[from] != NULL)
		m->note[from][m->n_notes[from]++] = note_of(&k->side[from], last_place, len);
}

static bool is_flight(const struct tls_talk *k, enum side from, enum event_kind kind)
{
	return from == SERVER || kind == EVENT_SEALED_HANDSHAKE ||
	       k->facts->meaning.early_data == EARLY_DATA_NONE;
}

void talk_sealed_means(struct tls_talk *k, enum side from, uint32_t last_place,
                       enum event_kind kind, uint32_t len, bool was_finished)
{
	struct meaning *m = &k->facts->meaning;
	const struct direction *d = &k->side[from];
	if (k->tls13) {
		if (m->n_notes[from] < SEALED_NOTES && is_flight(k, from, kind))
			note_sealed(k, from, last_place, len);
		bool behind = kind == EVENT_TALK && (from == SERVER || was_finished);
		if (behind && len == KEY_UPDATE_LEN && m->update[from].frame == 0)
			m->update[from] = note_of(d, last_place, len);
		return;
	}
	if (kind != EVENT_SEALED_HANDSHAKE || !was_finished || k->late)
		return;
	if (m->late_records[from]++ == 0)
		m->late_frame[from] = d->record_place;
}
