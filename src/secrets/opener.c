#include "src/secrets/opener.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "src/base/reader.h"
#include "src/secrets/earlier.h"
#include "src/secrets/protection.h"
#include "src/secrets/ring.h"
#include "src/secrets/transcript.h"

enum { EPOCHS = EPOCH_EARLY + 1, PLAN_MOST = 8, CANDIDATES_MOST = 16, EXCHANGE_MOST = 2048 };
enum { MESSAGE_HEAD = 4, HELLO_RANDOM_AT = MESSAGE_HEAD + 2, HELLO_LEAST = HELLO_RANDOM_AT + 32 };
enum {
	HELLO_REQUEST = 0,
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	NEW_SESSION_TICKET = 4,
	CLIENT_KEY_EXCHANGE = 16,
	FINISHED = 20
};

/* What is kept of one direction. */
struct direction {
	uint8_t random[RANDOM_BYTES];
	struct secret handshake; /* TLS 1.3: the base of Finished */
	struct secret traffic;   /* TLS 1.3: what KeyUpdate goes on from */
	struct protection *epoch[EPOCHS];
	bool switched; /* ChangeCipherSpec was seen */
};

/* Lies in memory for secrets as a whole. */
struct opener {
	const struct keyring *ring;
	struct session *s;
	struct earlier *earlier; /* NULL: none is kept */
	struct handle offered;   /* the ticket that the client offers */
	struct handle given;     /* the ticket that the server gave */
	struct direction side[2];
	struct transcript transcript;
	struct digest session_hash; /* RFC 7627, 3: up to ClientKeyExchange; len 0 when not had */
	uint8_t *exchange;          /* the encrypted premaster secret */
	size_t exchange_len;
	struct secret premaster, master;
	size_t candidate;  /* the RSA key being used, an index into the ring */
	size_t lines_seen; /* of the key log when it was last asked */
	enum thing way;    /* the held thing that premaster or master secret came from */
	bool greeted;      /* a ServerHello that is no retry was told */
	bool again;        /* renegotiated: the facts are those of the first handshake */
	bool proven;       /* a record or a Finished has shown that the secrets are right */
	bool asked;        /* nothing new was told since the key ring was last asked in vain */
};

static uint64_t bit(unsigned thing)
{
	return UINT64_C(1) << thing;
}

/* What the ring holds at all, whether or not it fits. */
static void note_supply(struct opener *o)
{
	const struct keyring *r = o->ring;
	if (o->s->tls == NULL)
		return;
	for (size_t i = 0; i < r->n_keys; i++)
		o->s->tls->supply |= r->key[i].key != NULL ? SUPPLY_RSA_KEYS : SUPPLY_KEY_CANNOT;
	o->s->tls->supply |=
		(r->n_locked > 0 ? SUPPLY_KEY_LOCKED : 0U) | (r->has_log ? SUPPLY_LOG : 0U);
}

struct opener *opener_new(const struct keyring *ring, struct session *s, struct earlier *earlier)
{
	if (ring == NULL || keyring_is_empty(ring))
		return NULL;
	struct opener *o = secret_take(sizeof *o);
	if (o == NULL)
		return NULL;
	o->ring = ring;
	o->s = s;
	o->earlier = earlier;
	note_supply(o);
	return o;
}

static void drop_keys(struct direction *d)
{
	for (size_t i = 0; i < EPOCHS; i++) {
		protection_free(d->epoch[i]);
		d->epoch[i] = NULL;
	}
}

static void drop_exchange(struct opener *o)
{
	OPENSSL_free(o->exchange);
	o->exchange = NULL;
	o->exchange_len = 0;
}

void opener_free(struct opener *o)
{
	if (o == NULL)
		return;
	drop_keys(&o->side[CLIENT]);
	drop_keys(&o->side[SERVER]);
	drop_exchange(o);
	transcript_reset(&o->transcript);
	secret_release(o, sizeof *o);
}

static bool is_tls13(const struct opener *o)
{
	uint16_t v = o->s->tls->version;
	return v == TLS_1_3 || tls13_draft(v) != 0;
}

/* The hash of PRF, HKDF and transcript. With a MAC cipher the facts name the MAC's hash, and only
 * SHA-384 is the PRF's too (RFC 5289, 3.2). */
static enum suite_hash prf_hash(const struct opener *o)
{
	const struct tls_facts *t = o->s->tls;
	if (is_tls13(o))
		return t->hash == HASH_SHA384 ? HASH_SHA384 : HASH_SHA256;
	return tls12_prf(t->version, (enum suite_hash)t->hash);
}

static struct sealing sealing_of(const struct opener *o)
{
	const struct tls_facts *t = o->s->tls;
	return (struct sealing){
		.version = is_tls13(o) ? TLS_1_3 : t->version,
		.cipher = (enum suite_cipher)t->cipher,
		.mac = t->aead ? HASH_NULL : (enum suite_hash)t->hash,
		.encrypt_then_mac = t->server != NULL && (t->server->flags & HELLO_ETM) != 0,
	};
}

static uint32_t frame_of(const struct opener *o, enum event_kind kind, enum side from)
{
	const struct event *e = session_first(o->s, kind, from);
	return e == NULL ? 0 : e->last_frame;
}

/* ---- What the ring holds for this session ---- */

static const struct {
	enum thing thing;
	enum line_label label;
} logged[] = {
	{LOG_CLIENT_RANDOM, LINE_CLIENT_RANDOM},
	{LOG_CLIENT_HANDSHAKE, LINE_CLIENT_HANDSHAKE},
	{LOG_SERVER_HANDSHAKE, LINE_SERVER_HANDSHAKE},
	{LOG_CLIENT_TRAFFIC, LINE_CLIENT_TRAFFIC},
	{LOG_SERVER_TRAFFIC, LINE_SERVER_TRAFFIC},
	{LOG_CLIENT_EARLY, LINE_CLIENT_EARLY},
	{LOG_PREMASTER, LINE_RSA},
};

enum { N_LOGGED = sizeof logged / sizeof *logged };

/* What a line of that label is found by. */
static struct bytes log_id(const struct opener *o, enum line_label label)
{
	if (label != LINE_RSA)
		return (struct bytes){o->side[CLIENT].random, RANDOM_BYTES};
	return (struct bytes){o->exchange, o->exchange_len < 8 ? o->exchange_len : 8};
}

/* Looks a thing up in the key log; TLS 1.3's secrets must be as long as the suite's hash. */
static bool read_log(const struct opener *o, enum thing thing, struct secret *out,
                     const char **name)
{
	size_t i = 0;
	while (i < N_LOGGED && logged[i].thing != thing)
		i++;
	if (i == N_LOGGED || !(o->s->tls->known.have & bit(CLIENT_RANDOM)))
		return false;
	if (!keylog_find(o->ring->log, logged[i].label, log_id(o, logged[i].label), out, name))
		return false;
	size_t wanted = prf_hash(o) == HASH_SHA384 ? 48 : 32;
	bool fine = thing == LOG_CLIENT_RANDOM || thing == LOG_PREMASTER || out->len == wanted;
	if (!fine)
		secret_wipe(out);
	return fine;
}

static void look_in_log(struct opener *o)
{
	struct tls_facts *t = o->s->tls;
	for (size_t i = 0; i < N_LOGGED; i++) {
		struct secret found = {.len = 0};
		if (read_log(o, logged[i].thing, &found, NULL)) {
			t->known.have |= bit(logged[i].thing);
			t->supply |= SUPPLY_LOG_HIT;
		}
		secret_wipe(&found);
	}
	t->log_missing = THING_NONE;
	for (enum thing i = LOG_CLIENT_HANDSHAKE; i <= LOG_SERVER_TRAFFIC; i++)
		if (is_tls13(o) && (t->supply & SUPPLY_LOG_HIT) && !(t->known.have & bit(i)) &&
		    t->log_missing == THING_NONE)
			t->log_missing = (uint8_t)i;
	bool early = t->client != NULL && (t->client->flags & HELLO_EARLY_DATA) != 0;
	if (early && is_tls13(o) && (t->supply & SUPPLY_LOG_HIT) &&
	    !(t->known.have & bit(LOG_CLIENT_EARLY)) && t->log_missing == THING_NONE)
		t->log_missing = LOG_CLIENT_EARLY;
}

static const struct cert *shown_by_server(const struct opener *o)
{
	const struct chain *c = o->s->tls->chain[SERVER];
	return c != NULL && c->n_certs > 0 && c->cert[0]->readable ? c->cert[0] : NULL;
}

/* Goes to the next RSA key that may be tried: the one that fits the certificate; where none is in
 * view any one, since a tag decides. False when there is no more. */
static bool next_candidate(struct opener *o, size_t from)
{
	const struct keyring *r = o->ring;
	const struct cert *shown = shown_by_server(o);
	size_t end = shown == NULL && r->n_keys > CANDIDATES_MOST ? CANDIDATES_MOST : r->n_keys;
	for (size_t i = from; i < end; i++) {
		if (r->key[i].key == NULL)
			continue;
		if (shown == NULL || memcmp(r->key[i].spki_sha256, shown->spki_sha256, 32) == 0) {
			o->candidate = i;
			return true;
		}
	}
	return false;
}

/* Compares the public halves of all keys given with the certificate. */
static void look_at_keys(struct opener *o)
{
	struct tls_facts *t = o->s->tls;
	const struct keyring *r = o->ring;
	const struct cert *shown = shown_by_server(o);
	static const uint8_t none[sizeof t->fits_not] = {0};
	for (size_t i = 0; i < r->n_keys; i++) {
		const uint8_t *spki = r->key[i].spki_sha256;
		if (shown != NULL && memcmp(spki, shown->spki_sha256, 32) == 0)
			t->supply |= SUPPLY_KEY_FITS;
		else if (memcmp(t->fits_not, none, sizeof none) == 0)
			memcpy(t->fits_not, spki, sizeof t->fits_not);
	}
	if (next_candidate(o, o->candidate))
		t->known.have |= bit(SERVER_RSA_KEY);
}

/* ---- Sessions that are taken up again ---- */

/* The facts hold the id of the first handshake alone. */
static struct handle id_shown(const struct opener *o)
{
	const struct tls_facts *t = o->s->tls;
	bool none = o->again || t->server == NULL;
	return earlier_handle(o->s, HANDLE_ID,
	                      none ? (struct bytes){NULL, 0} : t->server->session_id);
}

static bool id_is_echoed(const struct tls_facts *t)
{
	if (t->client == NULL || t->server == NULL)
		return false;
	struct bytes asked = t->client->session_id, shown = t->server->session_id;
	return shown.len > 0 && shown.len == asked.len &&
	       memcmp(shown.at, asked.at, shown.len) == 0;
}

/* Gives what was filed of the session that this one takes up; a ticket leads over the id that its
 * client made up (RFC 5077, 3.4). */
static const struct filed *first_of(const struct opener *o)
{
	const struct tls_facts *t = o->s->tls;
	const struct filed *first = NULL;
	if (o->earlier == NULL || o->again || !t->resumed || is_tls13(o))
		return NULL;
	first = earlier_find(o->earlier, &o->offered);
	if (first != NULL || !id_is_echoed(t))
		return first;
	struct handle id = id_shown(o);
	return earlier_find(o->earlier, &id);
}

static void look_at_earlier(struct opener *o)
{
	struct knowledge *known = &o->s->tls->known;
	known->have &= ~bit(EARLIER_SECRET);
	if (first_of(o) != NULL)
		known->have |= bit(EARLIER_SECRET);
}

/* Files the master secret for sessions to come; only a proven one. */
static void file_under(struct opener *o, struct handle h)
{
	if (o->earlier == NULL || !o->proven || is_tls13(o) || o->master.len == 0)
		return;
	struct filed mine = {.master = o->master, .key_name = o->s->tls->key_name};
	earlier_file(o->earlier, &h, &mine);
	secret_wipe(&mine.master);
}

/* A record or a Finished has shown that the secrets are right. */
static void prove(struct opener *o)
{
	if (o->proven)
		return;
	o->proven = true;
	file_under(o, id_shown(o));
	file_under(o, o->given);
}

static void look(struct opener *o)
{
	note_supply(o);
	o->s->tls->known.have |= session_wire(o->s);
	look_in_log(o);
	look_at_keys(o);
	look_at_earlier(o);
	o->lines_seen = keylog_n_lines(o->ring->log);
}

/* ---- The rules, run ---- */

/* What a rule works on: the opener, whose keys are wanted, and the rule itself. */
struct step {
	struct opener *o;
	enum side from;
	enum epoch epoch;
	const struct rule *rule;
};

static bool run_rsa(const struct step *p)
{
	struct opener *o = p->o;
	struct tls_facts *t = o->s->tls;
	const struct ring_key *k = &o->ring->key[o->candidate];
	uint32_t frame = frame_of(o, EVENT_CLIENT_KEY_EXCHANGE, CLIENT);
	bool fine = private_key_premaster(k->key, (struct bytes){o->exchange, o->exchange_len},
	                                  &o->premaster);
	ERR_clear_error();
	o->way = SERVER_RSA_KEY;
	t->key_name = k->name;
	if (shown_by_server(o) == NULL)
		return fine; /* which key it is will be seen: nothing can be said yet */
	if (!fine) {
		t->supply |= SUPPLY_BAD_EXCHANGE;
		session_find(o->s, FIND_DECRYPT_BAD_KEY_EXCHANGE, CLIENT, frame);
	} else if (t->client != NULL &&
	           reader_number(o->premaster.byte, 2) != t->client->legacy_version) {
		session_find(o->s, FIND_TLS_VERSION_ROLLBACK, CLIENT, frame);
	}
	return fine;
}

static bool run_master(const struct step *p)
{
	struct opener *o = p->o;
	return tls12_master(prf_hash(o), &o->premaster, o->side[CLIENT].random,
	                    o->side[SERVER].random, &o->master);
}

static bool run_extended_master(const struct step *p)
{
	struct opener *o = p->o;
	return o->session_hash.len > 0 &&
	       tls12_extended_master(prf_hash(o), &o->premaster, &o->session_hash, &o->master);
}

static bool run_from_log(const struct step *p)
{
	struct opener *o = p->o;
	o->way = (enum thing)p->rule->from[0];
	return read_log(o, o->way, p->rule->get == MASTER_SECRET ? &o->master : &o->premaster,
	                &o->s->tls->key_name);
}

static bool run_earlier(const struct step *p)
{
	struct opener *o = p->o;
	const struct filed *first = first_of(o);
	if (first == NULL)
		return false;
	o->way = EARLIER_SECRET;
	o->master = first->master;
	o->s->tls->key_name = first->key_name;
	return true;
}

/* Sets up a direction from the master secret, or in TLS 1.3 from its traffic secret; notes it where
 * the suite is not opened here. */
static bool seal(const struct step *p, const struct secret *from)
{
	struct opener *o = p->o;
	struct sealing how = sealing_of(o);
	struct key_sizes sizes = {0};
	struct record_keys keys = {0};
	struct protection **place = &o->side[p->from].epoch[p->epoch];
	protection_free(*place);
	*place = NULL;
	if (!sealing_sizes(&how, &sizes)) {
		o->s->tls->supply |= SUPPLY_UNSUPPORTED;
		return false;
	}
	bool fine = is_tls13(o) ? tls13_keys(prf_hash(o), from, sizes, &keys)
	                        : tls12_keys(prf_hash(o), from, o->side[CLIENT].random,
	                                     o->side[SERVER].random, sizes, p->from, &keys);
	if (fine)
		*place = protection_new(&how, &keys);
	OPENSSL_cleanse(&keys, sizeof keys);
	return *place != NULL;
}

static bool run_key_block(const struct step *p)
{
	return seal(p, &p->o->master);
}

static bool run_traffic(const struct step *p)
{
	struct opener *o = p->o;
	struct direction *d = &o->side[p->from];
	struct secret early = {.len = 0};
	struct secret *into = p->epoch == EPOCH_TALK        ? &d->traffic
	                      : p->epoch == EPOCH_HANDSHAKE ? &d->handshake
	                                                    : &early;
	bool fine = read_log(o, (enum thing)p->rule->from[0], into, &o->s->tls->key_name) &&
	            seal(p, into);
	secret_wipe(&early);
	return fine;
}

/* What each kind of rule does. Those that no key ring of this version can lead to have none. */
static bool (*const run[])(const struct step *) = {
	[DERIVE_RSA] = run_rsa,
	[DERIVE_MASTER] = run_master,
	[DERIVE_EXTENDED_MASTER] = run_extended_master,
	[DERIVE_EARLIER] = run_earlier,
	[DERIVE_FROM_LOG] = run_from_log,
	[DERIVE_KEY_BLOCK] = run_key_block,
	[DERIVE_TRAFFIC] = run_traffic,
	[DERIVE_NEVER] = NULL,
};

static enum thing goal_of(enum side from, enum epoch e)
{
	static const enum thing goals[EPOCHS][2] = {
		[EPOCH_HANDSHAKE] = {CLIENT_HANDSHAKE_KEYS, SERVER_HANDSHAKE_KEYS},
		[EPOCH_TALK] = {CLIENT_TALK_KEYS, SERVER_TALK_KEYS},
		[EPOCH_EARLY] = {CLIENT_EARLY_KEYS, THING_NONE},
	};
	return goals[e][from];
}

/* The master secret of an established session stands for both sides. */
static struct knowledge known_to(const struct opener *o)
{
	struct knowledge k = o->s->tls->known;
	if (o->master.len > 0)
		k.have |= bit(MASTER_SECRET);
	return k;
}

/* Runs the rules that lead to the keys of a side and epoch. */
static bool derive(struct opener *o, enum side from, enum epoch e)
{
	const struct rule *plan[PLAN_MOST];
	struct knowledge known = known_to(o);
	size_t n = ledger_plan(session_rules(o->s), &known, goal_of(from, e), plan, PLAN_MOST);
	for (size_t i = 0; i < n; i++) {
		struct step p = {o, from, e, plan[i]};
		if (run[plan[i]->how] == NULL || !run[plan[i]->how](&p))
			return false;
	}
	return n > 0;
}

/* Leaves the held thing that the secrets came from, when another way is left. */
static bool leave_way(struct opener *o, enum side from)
{
	struct tls_facts *t = o->s->tls;
	struct knowledge known = t->known;
	bool other_key = o->way == SERVER_RSA_KEY && next_candidate(o, o->candidate + 1);
	if (o->proven || o->way == THING_NONE)
		return false;
	if (!other_key)
		known.refuted |= bit(o->way);
	if (!ledger_can(session_rules(o->s), &known, goal_of(from, EPOCH_TALK)))
		return false;
	t->known = known;
	secret_wipe(&o->premaster);
	secret_wipe(&o->master);
	drop_keys(&o->side[CLIENT]);
	drop_keys(&o->side[SERVER]);
	return true;
}

static bool may_have_keys(const struct opener *o, enum side from, enum epoch e)
{
	const struct tls_facts *t = o->s->tls;
	if (t == NULL || !session_is_opened_here(t))
		return false;
	if (goal_of(from, e) == THING_NONE)
		return false;
	return is_tls13(o) ? o->greeted : e == EPOCH_TALK && o->side[from].switched;
}

bool opener_ready(struct opener *o, enum side from, enum epoch e)
{
	if (o->side[from].epoch[e] != NULL)
		return true;
	if (!may_have_keys(o, from, e))
		return false;
	if (o->asked && o->lines_seen == keylog_n_lines(o->ring->log))
		return false;
	look(o);
	bool fine = derive(o, from, e);
	while (!fine && !is_tls13(o) && leave_way(o, from))
		fine = derive(o, from, e);
	o->asked = !fine && !is_tls13(o);
	return fine;
}

/* ---- What the dissector tells ---- */

/* A new handshake begins: a ClientHello after an answered one. Keys in use stay until each side
 * switches. */
static void begin_again(struct opener *o)
{
	transcript_reset(&o->transcript);
	drop_exchange(o);
	secret_wipe(&o->premaster);
	secret_wipe(&o->master);
	o->session_hash.len = 0;
	o->side[CLIENT].switched = o->side[SERVER].switched = false;
	o->greeted = o->proven = false;
	o->again = true;
	o->given = (struct handle){.there = false};
	o->way = THING_NONE;
	o->candidate = 0;
}

static bool is_retry(struct bytes hello)
{
	static const uint8_t random[RANDOM_BYTES] = {
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
		0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
		0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c}; /* RFC 8446, 4.1.3 */
	return memcmp(&hello.at[HELLO_RANDOM_AT], random, sizeof random) == 0;
}

static void told_hello(struct opener *o, enum side from, struct bytes m)
{
	if (m.len < HELLO_LEAST)
		return;
	if (from == SERVER && is_retry(m)) {
		transcript_fold(&o->transcript, prf_hash(o));
	} else if (from == SERVER) {
		transcript_begin(&o->transcript, prf_hash(o));
		o->greeted = true;
	} else if (o->greeted) {
		begin_again(o);
	}
	if (from == CLIENT && o->s->tls->client != NULL)
		o->offered = earlier_handle(o->s, HANDLE_TICKET, o->s->tls->client->ticket);
	memcpy(o->side[from].random, &m.at[HELLO_RANDOM_AT], RANDOM_BYTES);
	transcript_add(&o->transcript, m);
}

static void told_key_exchange(struct opener *o, struct bytes m)
{
	struct tls_facts *t = o->s->tls;
	struct bytes sent = t->client_kx == NULL ? (struct bytes){NULL, 0} : t->client_kx->secret;
	transcript_add(&o->transcript, m);
	if (transcript_digest(&o->transcript, &o->session_hash))
		t->known.have |= bit(HANDSHAKE_TRANSCRIPT);
	else
		t->known.have &= ~bit(HANDSHAKE_TRANSCRIPT);
	if (t->kx != KX_RSA || sent.len == 0 || sent.len > EXCHANGE_MOST)
		return;
	drop_exchange(o);
	o->exchange = OPENSSL_memdup(sent.at, sent.len);
	o->exchange_len = o->exchange == NULL ? 0 : sent.len;
}

/* RFC 5077, 3.3: uint32 ticket_lifetime_hint; opaque ticket<0..2^16-1> */
static void told_ticket(struct opener *o, struct bytes m)
{
	struct reader r =
		reader_over((struct bytes){&m.at[MESSAGE_HEAD], m.len - MESSAGE_HEAD}, NULL, NULL);
	take_u32(&r, 0);
	o->given = earlier_handle(o->s, HANDLE_TICKET, take_vector(&r, 2, 0));
	file_under(o, o->given);
	transcript_add(&o->transcript, m);
}

static bool expected_finished(const struct opener *o, enum side from, struct digest *out)
{
	struct digest transcript;
	if (!transcript_digest(&o->transcript, &transcript))
		return false;
	if (is_tls13(o))
		return tls13_finished(prf_hash(o), &o->side[from].handshake, &transcript, out);
	out->len = FINISHED12_BYTES;
	return o->master.len > 0 &&
	       tls12_finished(prf_hash(o), &o->master, from, &transcript, out->byte);
}

static void told_finished(struct opener *o, enum side from, struct bytes m)
{
	struct digest expected = {.len = 0};
	enum proof proof = PROOF_NEEDS;
	if (expected_finished(o, from, &expected))
		proof = m.len == (size_t)MESSAGE_HEAD + expected.len &&
		                        CRYPTO_memcmp(&m.at[MESSAGE_HEAD], expected.byte,
		                                      expected.len) == 0
		                ? PROOF_VERIFIED
		                : PROOF_FAILED;
	if (proof == PROOF_VERIFIED)
		prove(o);
	o->s->tls->finished[from] = (uint8_t)proof;
	transcript_add(&o->transcript, m);
}

static bool is_whole(struct bytes m)
{
	return m.len >= MESSAGE_HEAD && reader_number(&m.at[1], 3) == m.len - MESSAGE_HEAD;
}

/* The beginning of a hello still says which lines of a key log are the session's. */
static void told_part(struct opener *o, struct bytes m)
{
	if (m.len >= HELLO_LEAST && (m.at[0] == CLIENT_HELLO || m.at[0] == SERVER_HELLO))
		told_hello(o, m.at[0] == CLIENT_HELLO ? CLIENT : SERVER, m);
	opener_lost(o);
}

void opener_message(struct opener *o, enum side from, struct bytes message)
{
	if (o->s->tls == NULL)
		return;
	o->asked = false;
	if (!is_whole(message)) {
		told_part(o, message);
		return;
	}
	switch (message.at[0]) {
	case HELLO_REQUEST: /* no part of the transcript (RFC 5246, 7.4.1.1) */
		break;
	case CLIENT_HELLO:
	case SERVER_HELLO:
		told_hello(o, message.at[0] == CLIENT_HELLO ? CLIENT : SERVER, message);
		break;
	case CLIENT_KEY_EXCHANGE:
		told_key_exchange(o, message);
		break;
	case NEW_SESSION_TICKET:
		told_ticket(o, message);
		break;
	case FINISHED:
		told_finished(o, from, message);
		break;
	default:
		transcript_add(&o->transcript, message);
	}
}

void opener_old_hello(struct opener *o, struct bytes message)
{
	if (o->s->tls == NULL || o->s->tls->client == NULL)
		return;
	o->asked = false;
	memcpy(o->side[CLIENT].random, o->s->tls->client->random, RANDOM_BYTES);
	transcript_add(&o->transcript, message);
}

void opener_lost(struct opener *o)
{
	o->transcript.lost = true;
}

void opener_key_update(struct opener *o, enum side from)
{
	struct direction *d = &o->side[from];
	if (o->s->tls == NULL || d->epoch[EPOCH_TALK] == NULL || d->traffic.len == 0)
		return;
	struct step p = {o, from, EPOCH_TALK, NULL};
	if (!tls13_next(prf_hash(o), &d->traffic) || !seal(&p, &d->traffic))
		drop_keys(d);
}

void opener_switch(struct opener *o, enum side from)
{
	drop_keys(&o->side[from]);
	o->side[from].switched = true;
	o->asked = false;
}

void opener_skip(struct opener *o, enum side from)
{
	for (size_t e = 0; e < EPOCHS; e++)
		if (o->side[from].epoch[e] != NULL)
			protection_skip(o->side[from].epoch[e]);
}

struct opened opener_record(struct opener *o, enum side from, enum epoch e, uint8_t type,
                            uint16_t version, struct bytes body, uint8_t *out)
{
	struct direction *d = &o->side[from];
	struct opened got = {.result = OPEN_NO_KEY};
	if (!opener_ready(o, from, e))
		return got;
	got = protection_open(d->epoch[e], type, version, body, out);
	while (got.result == OPEN_FAILED && !is_tls13(o) && leave_way(o, from) &&
	       opener_ready(o, from, e))
		got = protection_open(d->epoch[e], type, version, body, out);
	ERR_clear_error();
	if (got.result == OPEN_OK && d->switched) /* else under the keys of the handshake before */
		prove(o);
	return got;
}
