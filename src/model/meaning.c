#include "src/model/meaning.h"

#include "src/model/session.h"

enum { TLS13 = 0x0304, TLS12 = 0x0303, INAPPROPRIATE_FALLBACK = 86 };

/* ---- The version ---- */

static bool is_tls13(uint16_t version)
{
	return version == TLS13 || tls13_draft(version) != 0;
}

/* RFC 8446, 4.1.3: "DOWNGRD" and 1 of a server that speaks TLS 1.3, 0 of one that speaks TLS 1.2.
 */
static uint16_t sentinel(const struct server_hello *h)
{
	static const uint8_t word[7] = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
	const uint8_t *tail = h->random + sizeof h->random - 8;
	if (memcmp(tail, word, sizeof word) != 0 || tail[7] > 1)
		return 0;
	uint16_t could = tail[7] == 1 ? TLS13 : TLS12;
	return h->version < could ? could : 0;
}

static uint32_t refusal(const struct session *s)
{
	for (uint32_t i = 0; i < s->n_events; i++)
		if (s->event[i].kind == EVENT_ALERT && s->event[i].from == SERVER &&
		    s->event[i].detail == INAPPROPRIATE_FALLBACK)
			return s->event[i].first_frame;
	return 0;
}

struct version_choice meaning_version(const struct session *s)
{
	const struct tls_facts *f = s->tls;
	struct version_choice v = {.cause = VERSION_BEST};
	if (f == NULL || f->client == NULL || f->client->flags & HELLO_PARTIAL)
		return v;
	v.fallback = (f->client->flags & HELLO_FALLBACK_SCSV) != 0;
	v.refused = refusal(s);
	if (f->version == 0 || is_tls13(f->version))
		return v;
	v.cause = f->version < f->client->best_version ? VERSION_BY_SERVER : VERSION_BY_CLIENT;
	v.server_could = f->server == NULL ? 0 : sentinel(f->server);
	return v;
}

/* ---- Resumption ---- */

static bool id_is_echoed(const struct tls_facts *f)
{
	struct bytes asked = f->client->session_id, shown = f->server->session_id;
	return shown.len > 0 && shown.len == asked.len &&
	       memcmp(shown.at, asked.at, shown.len) == 0;
}

static uint8_t bit(enum resumed_by by)
{
	return (uint8_t)(1u << by);
}

/* The id beside a ticket is made up (RFC 5077, 3.4), and so is that of a client that can do TLS 1.3
 * (RFC 8446, D.4), unless an earlier session gave it. */
static uint8_t offered(const struct tls_facts *f)
{
	const struct client_hello *h = f->client;
	uint8_t all = 0;
	if (h->ticket_len > 0)
		all |= bit(RESUMED_BY_TICKET);
	if (h->flags & HELLO_PSK)
		all |= bit(RESUMED_BY_PSK);
	bool meant = all == 0 && h->best_version < TLS13;
	if (h->session_id.len > 0 && (meant || f->meaning.origin[ORIGIN_ID] != 0))
		all |= bit(RESUMED_BY_ID);
	return all;
}

static enum resumed_by taken(const struct tls_facts *f, uint8_t all)
{
	if (is_tls13(f->version))
		return RESUMED_BY_PSK;
	if (all & bit(RESUMED_BY_TICKET))
		return RESUMED_BY_TICKET;
	return id_is_echoed(f) ? RESUMED_BY_ID : RESUMED_WAYS;
}

static uint32_t first_of(const uint32_t *origin, uint32_t a, uint32_t b)
{
	return origin[a] != 0 ? origin[a] : origin[b];
}

static uint32_t origin_of(const struct tls_facts *f, const struct resumption *r)
{
	const uint32_t *origin = f->meaning.origin;
	if (r->result != RESUMPTION_ACCEPTED || r->by == RESUMED_WAYS) {
		uint32_t any = first_of(origin, ORIGIN_PSK, ORIGIN_PSK_2);
		return any != 0 ? any : first_of(origin, ORIGIN_TICKET, ORIGIN_ID);
	}
	if (r->by == RESUMED_BY_PSK)
		return f->server->psk_selected > 1 ? 0
		                                   : origin[ORIGIN_PSK + f->server->psk_selected];
	if (r->by == RESUMED_BY_TICKET)
		return first_of(origin, ORIGIN_TICKET, ORIGIN_ID);
	return origin[ORIGIN_ID];
}

struct resumption meaning_resumption(const struct tls_facts *f)
{
	struct resumption r = {.by = RESUMED_WAYS};
	if (f->client == NULL)
		return r;
	r.offered = offered(f);
	if (f->server != NULL && f->version != 0 && f->resumed_known && f->resumed) {
		r.result = RESUMPTION_ACCEPTED;
		r.by = (uint8_t)taken(f, r.offered);
		if (r.by != RESUMED_WAYS)
			r.offered |= bit((enum resumed_by)r.by);
	} else if (f->server != NULL && f->resumed_known && r.offered != 0) {
		r.result = RESUMPTION_REFUSED;
	}
	if (r.offered != 0)
		r.from = origin_of(f, &r);
	r.external = r.by == RESUMED_BY_PSK && r.from == 0 && f->server->psk_selected < 2 &&
	             (f->meaning.ageless_psks >> f->server->psk_selected & 1) != 0;
	return r;
}

bool meaning_ech_refused(const struct tls_facts *f)
{
	return f->server != NULL && f->version >= TLS13 && (f->server->flags & HELLO_ECH) != 0;
}

bool meaning_compatible_id(const struct tls_facts *f)
{
	return f->client != NULL && f->server != NULL && is_tls13(f->version) && id_is_echoed(f);
}

bool meaning_secure_renegotiation(const struct tls_facts *f)
{
	return f->client != NULL && f->server != NULL &&
	       (f->client->flags & f->server->flags & HELLO_RENEGOTIATION) != 0;
}

const char *resumed_by_word(enum resumed_by by)
{
	static const char *const word[] = {[RESUMED_BY_ID] = "session_id",
	                                   [RESUMED_BY_TICKET] = "ticket",
	                                   [RESUMED_BY_PSK] = "psk"};
	return word[by];
}

/* ---- What sealed records probably hold ---- */

static const struct {
	const char *slug, *words, *ground;
} table[SEALED_GUESSES] = {
#define GUESS(id, slug, words, ground) [GUESS_##id] = {slug, words, ground},
#include "src/model/guess.def"
#undef GUESS
};

const char *guess_slug(enum sealed_guess g)
{
	return table[g].slug;
}

const char *guess_words(enum sealed_guess g)
{
	return table[g].words;
}

const char *guess_ground(enum sealed_guess g)
{
	return table[g].ground;
}

enum {
	MESSAGE_HEAD = 4,
	INNER_TYPE = 1,
	FLIGHT_MOST = 5,         /* messages of a server's flight, one record each */
	CERTIFICATE_LEAST = 200, /* bytes of a Certificate that holds one */
	EXTENSIONS_LEAST = MESSAGE_HEAD + 2,
	EMPTY_CERTIFICATE = MESSAGE_HEAD + 1 + 3,
	TICKET_LEAST = 60,
	TICKET_MOST = 1200,
};

/* What the guesses of one session are made from. */
struct view {
	const struct session *s;
	const struct meaning *m;
	uint32_t around;   /* bytes of a record beside its message */
	uint32_t finished; /* bytes of a record with a Finished alone */
	struct guess *out;
	size_t n;
};

static void say(struct view *v, enum side from, const struct sealed_note *at,
                enum sealed_guess what, bool likely)
{
	v->out[v->n++] = (struct guess){
		.frame = at->frame,
		.last_frame = at->last_frame,
		.len = at->len,
		.record = at->record,
		.from = (uint8_t)from,
		.what = (uint8_t)what,
		.likely = likely,
	};
}

/* RFC 8446, 4.4.3: head, scheme, length, signature: of Ed25519 or Ed448, of ECDSA in DER (P-256,
 * P-384, P-521), of RSA with 1024 to 4096 bits. */
static bool is_signature(const struct view *v, uint32_t len)
{
	uint32_t n = len - v->around - MESSAGE_HEAD - 4;
	if (len < v->around + MESSAGE_HEAD + 4)
		return false;
	return n == 64 || n == 114 || (n >= 69 && n <= 72) || (n >= 101 && n <= 104) ||
	       (n >= 136 && n <= 139) || n == 128 || n == 256 || n == 384 || n == 512;
}

/* How many of the server's records came before the client answered: up to and with its Finished,
 * where one is told by its length. */
static size_t flight_len(const struct view *v)
{
	const struct sealed_note *note = v->m->note[SERVER];
	uint32_t answered = v->m->n_notes[CLIENT] > 0 ? v->m->note[CLIENT][0].last_frame : 0;
	size_t n = 0, finished = 0;
	for (; n < v->m->n_notes[SERVER]; n++) {
		if (answered != 0 && note[n].last_frame >= answered)
			break;
		finished = note[n].len == v->finished ? n + 1 : finished;
	}
	return finished > 0 ? finished : n;
}

/* One message a record: the last is a Finished, the one before it a signature. */
static void guess_messages(struct view *v, size_t n)
{
	const struct sealed_note *note = v->m->note[SERVER];
	bool asked = n == FLIGHT_MOST;
	bool fits = is_signature(v, note[n - 2].len) &&
	            note[n - 3].len >= CERTIFICATE_LEAST + v->around;
	say(v, SERVER, &note[0], GUESS_ENCRYPTED_EXTENSIONS, fits);
	if (asked)
		say(v, SERVER, &note[1], GUESS_CERTIFICATE_REQUEST, fits);
	say(v, SERVER, &note[n - 3], GUESS_CERTIFICATE, fits);
	say(v, SERVER, &note[n - 2], GUESS_CERTIFICATE_VERIFY, fits);
	say(v, SERVER, &note[n - 1], GUESS_FINISHED, true);
}

/* With a pre-shared key there are two messages (RFC 8446, 4.4). */
static void guess_psk_flight(struct view *v, size_t n, bool closed)
{
	const struct sealed_note *note = v->m->note[SERVER];
	if (n == 2 && closed && note[0].len >= EXTENSIONS_LEAST + v->around) {
		say(v, SERVER, &note[0], GUESS_ENCRYPTED_EXTENSIONS, true);
		say(v, SERVER, &note[1], GUESS_FINISHED, true);
		return;
	}
	if (n > 0 && !closed && note[0].len >= v->finished + EXTENSIONS_LEAST)
		say(v, SERVER, &note[0], GUESS_FLIGHT_PSK, n == 1);
}

static void guess_server(struct view *v, size_t n, bool psk)
{
	const struct sealed_note *note = v->m->note[SERVER];
	bool closed = n > 0 && note[n - 1].len == v->finished;
	if (psk) {
		guess_psk_flight(v, n, closed);
		return;
	}
	if (closed && (n == FLIGHT_MOST || n == FLIGHT_MOST - 1)) {
		guess_messages(v, n);
		return;
	}
	if (n == 1 && !closed && note[0].len >= CERTIFICATE_LEAST + v->finished) {
		say(v, SERVER, &note[0], GUESS_FLIGHT, true);
		return;
	}
	for (size_t i = 0; i + closed < n; i++)
		say(v, SERVER, &note[i], GUESS_FLIGHT_PART, closed);
	if (closed)
		say(v, SERVER, &note[n - 1], GUESS_FINISHED, true);
}

/* Gives the place of the client's Finished among its notes, from 1; 0 when none is told. */
static size_t client_finished(const struct view *v)
{
	for (size_t i = 0; i < v->m->n_notes[CLIENT]; i++)
		if (v->m->note[CLIENT][i].len == v->finished)
			return i + 1;
	return 0;
}

static enum sealed_guess guess_before_finished(const struct view *v, size_t i, size_t n)
{
	const struct sealed_note *note = &v->m->note[CLIENT][i];
	bool early = v->m->early_data != EARLY_DATA_NONE;
	if (i == 0 && early && note->len == v->around + MESSAGE_HEAD)
		return GUESS_END_OF_EARLY_DATA;
	if (i + 2 == n && note->len == v->around + EMPTY_CERTIFICATE)
		return GUESS_CERTIFICATE_EMPTY;
	if (i + 2 == n && i > 0 && is_signature(v, note->len))
		return GUESS_CERTIFICATE_VERIFY;
	if (i + 3 == n && is_signature(v, note[1].len) && note->len >= CERTIFICATE_LEAST)
		return GUESS_CERTIFICATE;
	return GUESS_CLIENT_PART;
}

static void guess_client(struct view *v, size_t n)
{
	const struct sealed_note *note = v->m->note[CLIENT];
	for (size_t i = 0; i + 1 < n; i++) {
		enum sealed_guess g = guess_before_finished(v, i, n);
		say(v, CLIENT, &note[i], g, g != GUESS_CLIENT_PART);
	}
	if (n > 0)
		say(v, CLIENT, &note[n - 1], GUESS_FINISHED, true);
}

/* Tickets come in front of the first answer: two of the same length are one behind the other by no
 * accident; a single record may as well be a server that speaks first. */
static void guess_tickets(struct view *v, size_t at, const struct sealed_note *finished)
{
	const struct sealed_note *note = v->m->note[SERVER];
	size_t n = v->m->n_notes[SERVER];
	if (at >= n || note[at].frame < finished->last_frame ||
	    note[at].len < TICKET_LEAST + v->around || note[at].len > TICKET_MOST)
		return;
	bool twin = at + 1 < n && note[at + 1].len == note[at].len;
	say(v, SERVER, &note[at], GUESS_NEW_SESSION_TICKET, twin);
	if (twin)
		say(v, SERVER, &note[at + 1], GUESS_NEW_SESSION_TICKET, true);
}

static void guess_updates(struct view *v)
{
	for (int i = 0; i < 2; i++)
		if (v->m->update[i].frame != 0 && !v->s->tls->opened[i])
			say(v, (enum side)i, &v->m->update[i], GUESS_KEY_UPDATE, false);
}

static void guess_tls13(struct view *v)
{
	const struct tls_facts *f = v->s->tls;
	bool psk = f->server != NULL && (f->server->flags & HELLO_PSK) != 0;
	bool sealed[] = {!f->opened[CLIENT], !f->opened[SERVER]};
	v->finished = v->around + MESSAGE_HEAD + (f->hash == HASH_SHA384 ? 48 : 32);
	size_t flight = flight_len(v), client = client_finished(v);
	if (v->s->gap_bytes[CLIENT] + v->s->gap_bytes[SERVER] > 0)
		return;
	if (sealed[SERVER] && flight > 0)
		guess_server(v, flight, psk);
	if (sealed[CLIENT])
		guess_client(v, client);
	if (sealed[SERVER] && client > 0)
		guess_tickets(v, flight, &v->m->note[CLIENT][client - 1]);
	guess_updates(v);
}

/* The first sealed handshake record is the Finished, but for a client that names the next protocol
 * before it (draft-agl-tls-nextprotoneg, 3). */
static bool names_protocol_first(const struct tls_facts *f)
{
	return f->client != NULL && f->server != NULL &&
	       (f->client->flags & f->server->flags & HELLO_NPN) != 0;
}

/* TLS <= 1.2 shows the type: a handshake behind the Finished begins another one. */
static void guess_renegotiation(struct view *v)
{
	uint32_t records[2] = {v->m->late_records[CLIENT], v->m->late_records[SERVER]};
	if (records[CLIENT] > 0 && names_protocol_first(v->s->tls))
		records[CLIENT]--;
	for (int i = 0; i < 2; i++) {
		struct sealed_note at = {.frame = v->m->late_frame[i],
		                         .last_frame = v->m->late_frame[i]};
		if (records[i] > 0)
			say(v, (enum side)i, &at, GUESS_RENEGOTIATION,
			    records[CLIENT] > 0 && records[SERVER] > 0);
	}
}

static uint32_t tag_len(uint8_t cipher)
{
	return cipher == CIPHER_AES_128_CCM_8 || cipher == CIPHER_AES_256_CCM_8 ? 8 : 16;
}

size_t meaning_guesses(const struct session *s, struct guess out[GUESSES_MOST])
{
	const struct tls_facts *f = s->tls;
	if (f == NULL || f->version == 0)
		return 0;
	struct view v = {
		.s = s, .m = &f->meaning, .around = INNER_TYPE + tag_len(f->cipher), .out = out};
	if (is_tls13(f->version))
		guess_tls13(&v);
	else
		guess_renegotiation(&v);
	return v.n;
}

/* ---- Early data ---- */

/* Accepted early data end with a message that says so; refused ones are followed by Finished alone
 * (RFC 8446, 4.5). */
enum early_data meaning_early_data(const struct session *s, bool *guessed)
{
	const struct meaning *m = &s->tls->meaning;
	struct guess guess[GUESSES_MOST];
	*guessed = m->early_guessed;
	if (m->early_data != EARLY_DATA_OFFERED)
		return (enum early_data)m->early_data;
	size_t n = meaning_guesses(s, guess);
	enum early_data result = EARLY_DATA_OFFERED;
	for (size_t i = 0; i < n; i++) {
		if (guess[i].from == CLIENT && guess[i].what == GUESS_END_OF_EARLY_DATA)
			result = EARLY_DATA_ACCEPTED;
		else if (guess[i].from == CLIENT && guess[i].what == GUESS_FINISHED &&
		         result == EARLY_DATA_OFFERED)
			result = EARLY_DATA_REFUSED;
	}
	*guessed = *guessed || result != EARLY_DATA_OFFERED;
	return result;
}
