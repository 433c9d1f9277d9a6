#include "dissectors/tls/talk_private.h"

enum {
	MESSAGE_HEAD = 4,
	CUT_HELLO_LEAST = MESSAGE_HEAD + 2 + 32,
	FIRST_ROOM = 512,
	VERSION_TLS13 = 0x0304
};

static uint64_t bit(enum thing t)
{
	return (uint64_t)1 << t;
}

/* ---- Facts: what each message adds to what is known of the session. ---- */

static struct bytes keep(struct session *s, struct bytes b)
{
	return arena_keep(s->arena, b);
}

/* A hello that answers nothing: after the handshake a renegotiation. */
static void hello_again(struct tls_talk *k, enum side from, uint32_t place)
{
	bool done = k->side[from].said_finished;
	k->facts->renegotiated = k->facts->renegotiated || done;
	session_find(k->session, done ? FIND_TLS_RENEGOTIATION : FIND_TLS_ORDER, from, place);
}

/* The lists are in the message, which does not stay. */
static void forget_lists(struct client_hello *h)
{
	const struct bytes none = {NULL, 0};
	h->suites = h->extensions = h->groups = h->point_formats = h->schemes = h->versions = none;
}

/* The first hello is the session's; a second one after a retry changes what it offers. */
void talk_client_hello(struct tls_talk *k, const struct client_hello *h, uint32_t place)
{
	struct tls_facts *f = k->facts;
	if (k->asked > 0 && !k->retry_pending) {
		hello_again(k, CLIENT, place);
		return;
	}
	k->asked++;
	k->retry_pending = false;
	struct client_hello *mine =
		f->client != NULL ? f->client : arena_take(k->session->arena, sizeof *mine);
	if (mine == NULL)
		return;
	bool again = f->client != NULL;
	struct bytes id = again ? mine->session_id : keep(k->session, h->session_id);
	struct bytes sni = again ? mine->sni : keep(k->session, h->sni);
	struct bytes other = again ? mine->other_sni : keep(k->session, h->other_sni);
	struct bytes alpn = again ? mine->alpn : keep(k->session, h->alpn);
	*mine = *h;
	mine->session_id = id;
	mine->sni = sni;
	mine->other_sni = other;
	mine->alpn = alpn;
	forget_lists(mine);
	f->client = mine;
	if (!(h->flags & HELLO_PARTIAL))
		f->known.have |= bit(CLIENT_RANDOM);
	if (h->flags & HELLO_KEY_SHARE)
		f->known.have |= bit(CLIENT_SHARE);
	k->early_open = (h->flags & HELLO_EARLY_DATA) != 0 && !again;
}

static bool is_tls13(uint16_t version)
{
	return version == VERSION_TLS13 || tls13_draft(version) != 0;
}

static void suite_facts(struct tls_facts *f, uint16_t code)
{
	const struct suite *s = suite_find(code);
	f->suite = code;
	if (s == NULL)
		return;
	f->kx = (uint8_t)s->kx;
	f->auth = (uint8_t)s->auth;
	f->cipher = (uint8_t)s->cipher;
	f->hash = (uint8_t)(s->aead ? s->prf : s->mac);
	f->aead = s->aead;
	f->forward_secret = s->forward_secret;
	f->known.have |= bit(CIPHER_SUITE);
}

/* Up to here the whole handshake was seen; what hangs on its hash can be computed. */
static void whole_so_far(struct tls_talk *k)
{
	if (!k->side[CLIENT].holes && !k->side[SERVER].holes && k->facts->client != NULL &&
	    k->facts->server != NULL)
		k->facts->known.have |= bit(HANDSHAKE_TRANSCRIPT);
}

static void tls13_begins(struct tls_talk *k)
{
	struct tls_facts *f = k->facts;
	k->tls13 = true;
	whole_so_far(k);
	f->resumed = (f->server->flags & HELLO_PSK) != 0;
	f->resumed_known = true;
	if (f->resumed && !(f->server->flags & HELLO_KEY_SHARE))
		f->forward_secret = false;
	if (f->server->flags & HELLO_KEY_SHARE)
		f->known.have |= bit(SERVER_SHARE);
	for (int i = 0; i < 2; i++)
		k->side[i].sealed = true;
}

static void hello_retry(struct tls_talk *k, const struct server_hello *h, uint32_t place)
{
	struct tls_facts *f = k->facts;
	if (f->hello_retry)
		session_find(k->session, FIND_TLS_HRR_REPEAT, SERVER, place);
	k->answered++;
	f->hello_retry = k->retry_pending = true;
	k->tls13 = is_tls13(h->version);
	f->version = h->version;
	suite_facts(f, h->suite);
	k->early_open = false;
}

static void server_hello(struct tls_talk *k, const struct server_hello *h, uint32_t place)
{
	struct tls_facts *f = k->facts;
	if (f->server != NULL) {
		hello_again(k, SERVER, place);
		return;
	}
	if (h->retry && !(h->flags & HELLO_PARTIAL)) {
		hello_retry(k, h, place);
		return;
	}
	k->answered++;
	f->server = arena_take(k->session->arena, sizeof *f->server);
	if (f->server == NULL)
		return;
	*f->server = *h;
	f->server->extensions = (struct bytes){NULL, 0};
	f->server->session_id = keep(k->session, h->session_id);
	f->server->alpn = keep(k->session, h->alpn);
	if (h->flags & HELLO_PARTIAL)
		return; /* what was cut off may have said another version */
	f->version = h->version;
	suite_facts(f, h->suite);
	f->known.have |= bit(SERVER_RANDOM);
	if (is_tls13(h->version))
		tls13_begins(k);
}

static void raw_key(struct tls_talk *k, const struct piece *p, struct bytes spki)
{
	const struct raw_key **mine = &k->facts->raw_key[p->from];
	struct raw_key *key = *mine != NULL ? NULL : arena_take(k->session->arena, sizeof *key);
	if (key == NULL)
		return;
	*key = p->sink->key(p->sink->ctx, spki);
	*mine = key;
}

static void certificate(struct tls_talk *k, const struct piece *p,
                        const struct certificate_message *m)
{
	struct tls_facts *f = k->facts;
	if (f->chain[p->from] == NULL && m->list.len > 0)
		f->chain[p->from] = p->sink->chain(p->sink->ctx, p->from, m->list, m->tls13);
	if (m->key.len > 0)
		raw_key(k, p, m->key);
	if (p->from == SERVER && !f->resumed_known) {
		f->resumed_known = true;
		f->resumed = false;
	}
}

static void server_key_exchange(struct tls_talk *k, const struct server_key_exchange *x)
{
	struct tls_facts *f = k->facts;
	if (f->server_kx != NULL)
		return;
	f->server_kx = arena_take(k->session->arena, sizeof *x);
	if (f->server_kx == NULL)
		return;
	*f->server_kx = *x;
	if (k->keep_messages) {
		f->server_kx->params = keep(k->session, x->params);
		f->server_kx->signature = keep(k->session, x->signature);
		f->server_kx->public_key = keep(k->session, x->public_key);
	} else {
		f->server_kx->params = f->server_kx->signature = f->server_kx->public_key =
			(struct bytes){NULL, 0};
	}
	if (x->group != 0 || x->dh_bits != 0)
		f->known.have |= bit(SERVER_SHARE);
}

/* Whose secret is borrowed until the opener has been told. */
static void client_key_exchange(struct tls_talk *k, const struct client_key_exchange *x)
{
	struct tls_facts *f = k->facts;
	k->client_kx_seen = f->resumed_known = true;
	f->resumed = false;
	if (f->client_kx == NULL)
		f->client_kx = arena_take(k->session->arena, sizeof *x);
	if (f->client_kx == NULL)
		return;
	*f->client_kx = *x;
	bool rsa = f->kx == KX_RSA || f->kx == KX_RSA_PSK;
	f->known.have |= rsa ? bit(ENCRYPTED_PREMASTER) : bit(CLIENT_SHARE);
	whole_so_far(k);
}

/* The rest of the server's hello. */
static void encrypted_extensions(struct tls_talk *k, const struct handshake *h)
{
	struct server_hello *hello = k->facts->server;
	hello->flags |= h->encrypted_extensions.flags;
	hello->record_limit = h->encrypted_extensions.record_limit;
	hello->fragment_limit = h->encrypted_extensions.fragment_limit;
	if (hello->alpn.len == 0)
		hello->alpn = keep(k->session, h->encrypted_extensions.alpn);
}

static void finished(struct tls_talk *k, enum side from)
{
	struct direction *d = dir_of(k, from);
	d->said_finished = true;
	if (k->tls13)
		d->epoch = EPOCH_TALK;
}

static void add_facts(struct tls_talk *k, const struct piece *p, const struct handshake *h,
                      uint32_t place)
{
	struct tls_facts *f = k->facts;
	f->handshake_count[p->from]++;
	switch (h->type) {
	case HS_CLIENT_HELLO:
		if (p->from == CLIENT && f->client == NULL)
			fingerprint_client(p->sink->prints, &h->client_hello, &f->prints);
		if (p->from == CLIENT)
			talk_client_hello(k, &h->client_hello, place);
		break;
	case HS_SERVER_HELLO:
	case HS_HELLO_RETRY_REQUEST:
		if (p->from == SERVER && f->server == NULL && !h->server_hello.retry)
			fingerprint_server(p->sink->prints, &h->server_hello, &f->prints);
		if (p->from == SERVER)
			server_hello(k, &h->server_hello, place);
		break;
	case HS_CERTIFICATE:
		certificate(k, p, &h->certificate);
		break;
	case HS_CERTIFICATE_STATUS:
		f->staple = true;
		break;
	case HS_SERVER_KEY_EXCHANGE:
		server_key_exchange(k, &h->server_kx);
		break;
	case HS_CERTIFICATE_REQUEST:
		f->client_cert_asked = true;
		break;
	case HS_SERVER_HELLO_DONE:
		k->server_done = true;
		f->resumed_known = true;
		break;
	case HS_CLIENT_KEY_EXCHANGE:
		client_key_exchange(k, &h->client_kx);
		break;
	case HS_ENCRYPTED_EXTENSIONS:
		if (p->from == SERVER && f->server != NULL && k->tls13)
			encrypted_extensions(k, h);
		break;
	case HS_NEW_SESSION_TICKET:
		f->ticket_len = (uint32_t)h->ticket.ticket.len;
		f->ticket_life = h->ticket.lifetime;
		break;
	case HS_END_OF_EARLY_DATA:
		k->early_open = false;
		break;
	case HS_FINISHED:
		finished(k, p->from);
		break;
	default:
		break;
	}
}

/* ---- One message ---- */

/* What TLS 1.3 sends after a side's Finished is in no transcript that is looked at. */
static bool is_in_transcript(const struct tls_talk *k, enum side from, bool was_finished)
{
	return !k->tls13 || !was_finished || k->side[from].epoch != EPOCH_TALK;
}

static void tell_opener(struct tls_talk *k, const struct piece *p, const struct handshake *h,
                        struct bytes message, bool was_finished)
{
	if (k->opener != NULL && is_in_transcript(k, p->from, was_finished))
		opener_message(k->opener, p->from, message);
	if (k->opener != NULL && h->type == HS_KEY_UPDATE && k->tls13)
		opener_key_update(k->opener, p->from);
	if (k->opener != NULL && h->type == HS_SERVER_HELLO && k->tls13 && !k->retry_pending)
		talk_find_keys(k);
	if (k->facts->client_kx != NULL)
		k->facts->client_kx->secret = (struct bytes){NULL, 0};
	if (k->facts->client != NULL)
		k->facts->client->ticket = (struct bytes){NULL, 0};
}

/* Says whether facts may be taken: from whole messages, and from a cut hello that has its random.
 */
static bool tells_facts(const struct handshake *h, const struct event *e)
{
	bool hello = h->type == HS_CLIENT_HELLO || h->type == HS_SERVER_HELLO;
	return !e->partial || (hello && e->len >= CUT_HELLO_LEAST);
}

static void note_findings(struct tls_talk *k, const struct piece *p, const struct handshake *h,
                          const struct event *e)
{
	for (unsigned i = 0; i < h->noted.n; i++)
		if (!e->partial)
			session_find(k->session, (enum finding)h->noted.code[i], p->from,
			             e->first_frame);
}

static void learn(struct tls_talk *k, const struct piece *p, const struct handshake *h,
                  struct bytes message, const struct event *e)
{
	bool was_finished = k->side[p->from].said_finished;
	if (!tells_facts(h, e)) {
		if (k->opener != NULL && !was_finished)
			opener_lost(k->opener);
		return;
	}
	note_findings(k, p, h, e);
	talk_message_means(k, p, h, message, e->first_frame);
	add_facts(k, p, h, e->first_frame);
	tell_opener(k, p, h, message, was_finished);
}

static struct handshake_context context_of(const struct tls_talk *k, enum side from)
{
	uint32_t raw = from == CLIENT ? HELLO_RAW_CLIENT_KEY : HELLO_RAW_SERVER_KEY;
	return (struct handshake_context){
		.raw_key = k->facts->server != NULL && (k->facts->server->flags & raw) != 0,
		.version = k->facts->version,
		.suite = k->facts->suite,
		.from = from,
		.offered = k->facts->client == NULL ? 0 : k->facts->client->best_version,
		.asked = k->facts->client == NULL ? 0 : k->facts->client->asked,
	};
}

static void show(struct tls_talk *k, const struct piece *p, struct tls_seen *seen, struct event e)
{
	const struct assembly *a = &k->side[p->from].assembly;
	if (p->sink->seen == NULL)
		return;
	seen->event = e;
	seen->event.time = p->sink->now(p->sink->ctx);
	seen->record = a->have > 0 ? a->record : k->side[p->from].n_records;
	p->sink->seen(p->sink->ctx, seen);
}

/* The content of a certificate that came compressed is shown as a message beside it, and is no
 * event of its own. */
static void unpacked(struct tls_talk *k, const struct piece *p, struct bytes content,
                     struct event e)
{
	struct tls_seen seen = {.bytes = content, .trace = p->sink->trace};
	struct reader r = reader_over(content, &seen.faults, talk_trace(p->sink));
	const struct handshake_context c = context_of(k, p->from);
	struct handshake h;
	handshake_decode_unpacked(&r, &c, &h);
	note_findings(k, p, &h, &e);
	talk_message_means(k, p, &h, content, e.first_frame);
	certificate(k, p, &h.certificate);
	e.kind = EVENT_CERTIFICATE;
	e.detail = HS_CERTIFICATE;
	e.len = (uint32_t)content.len;
	show(k, p, &seen, e);
}

static void unpack(struct tls_talk *k, const struct piece *p,
                   const struct compressed_certificate *c, const struct event *e)
{
	struct bytes content = {NULL, 0};
	bool more = c->len > TLS_HANDSHAKE_LIMIT;
	if (!more)
		content = p->sink->unpack(p->sink->ctx, c->algorithm, c->packed, c->len, &more);
	if (content.len > 0)
		unpacked(k, p, content, *e);
	else
		session_find(k->session, more ? FIND_DECOMPRESS_LIMIT : FIND_DECOMPRESS_BAD,
		             p->from, e->first_frame);
}

static void message_done(struct tls_talk *k, const struct piece *p, struct bytes message,
                         struct event e)
{
	struct tls_seen seen = {.bytes = message, .trace = p->sink->trace};
	struct reader r = reader_over(message, &seen.faults, talk_trace(p->sink));
	r.partial = e.partial;
	const struct handshake_context c = context_of(k, p->from);
	struct handshake h;
	handshake_decode(&r, &c, &h);
	e.kind = (uint8_t)handshake_event(&h);
	e.detail = h.type;
	learn(k, p, &h, message, &e);
	talk_event(k, p->sink, e);
	show(k, p, &seen, e);
	if (h.type == HS_COMPRESSED_CERTIFICATE && !e.partial)
		unpack(k, p, &h.compressed, &e);
}

/* ---- Putting messages together ---- */

static uint32_t place_of(const struct tls_talk *k, const struct piece *p, size_t off)
{
	if (p->opened)
		return k->side[p->from].record_place;
	return p->sink->place(p->sink->ctx, p->from, p->at + off);
}

static uint32_t last_place_of(const struct piece *p, size_t off)
{
	return p->sink->place(p->sink->ctx, p->from, p->opened ? p->end - 1 : p->at + off);
}

/* Gives the length of the message at the front with its head; 0 when the head is not whole. */
static uint32_t message_len(struct bytes b)
{
	struct reader r = reader_over(b, NULL, NULL);
	take_u8(&r, 0);
	uint32_t len = take_u24(&r, 0);
	return r.fault != FINE ? 0 : len + MESSAGE_HEAD;
}

/* Takes a message that lies whole in the piece; gives its length, 0 when there is none. */
static size_t take_whole(struct tls_talk *k, const struct piece *p, size_t off)
{
	struct bytes b = {p->bytes.at + off, p->bytes.len - off};
	uint32_t len = message_len(b);
	if (len == 0 || len > b.len)
		return 0;
	struct event e = {
		.first_frame = place_of(k, p, off),
		.last_frame = last_place_of(p, off + len - 1),
		.len = len,
		.records = 1,
		.from = (uint8_t)p->from,
		.see = p->see,
	};
	message_done(k, p, (struct bytes){b.at, len}, e);
	return len;
}

static bool room_for(struct assembly *a, size_t n)
{
	if (a->have + n <= a->room)
		return true;
	uint32_t room = a->room == 0 ? FIRST_ROOM : a->room;
	while (room < a->have + n)
		room *= 2;
	uint8_t *bigger = arena_take(&a->memory, room);
	if (bigger == NULL)
		return false;
	if (a->have > 0)
		memcpy(bigger, a->at, a->have);
	a->at = bigger;
	a->room = room;
	return true;
}

static void assembled(struct tls_talk *k, const struct piece *p, size_t off, bool partial)
{
	struct assembly *a = &k->side[p->from].assembly;
	struct event e = {
		.first_frame = a->first_place,
		.last_frame = off == SIZE_MAX ? a->last_place : last_place_of(p, off),
		.len = a->need > 0 && !partial ? a->need : a->have,
		.records = a->records,
		.from = (uint8_t)p->from,
		.see = p->see,
		.partial = partial,
	};
	message_done(k, p, (struct bytes){a->at, a->have}, e);
	a->have = a->need = a->records = 0;
	a->at = NULL;
	a->room = 0;
	arena_free(&a->memory);
}

/* Adds up to `want` bytes in all to the message; gives how many it took. */
static size_t add_up_to(struct tls_talk *k, const struct piece *p, size_t off, uint32_t want)
{
	struct assembly *a = &k->side[p->from].assembly;
	size_t n = want - a->have < p->bytes.len - off ? want - a->have : p->bytes.len - off;
	if (n > 0 && room_for(a, n)) {
		memcpy(a->at + a->have, p->bytes.at + off, n);
		a->have += (uint32_t)n;
	}
	return n;
}

static void oversized(struct tls_talk *k, const struct piece *p)
{
	struct assembly *a = &k->side[p->from].assembly;
	session_find(k->session, FIND_TLS_HS_OVERSIZE, p->from, a->first_place);
	a->discard = a->need - TLS_HANDSHAKE_LIMIT;
	a->need = TLS_HANDSHAKE_LIMIT;
}

static size_t take_piece(struct tls_talk *k, const struct piece *p, size_t off)
{
	struct direction *d = dir_of(k, p->from);
	struct assembly *a = &d->assembly;
	if (a->have == 0) {
		a->first_place = place_of(k, p, off);
		a->record = d->n_records;
	}
	if (a->last_record != d->n_records || a->records == 0) {
		a->records++;
		a->last_record = d->n_records;
	}
	a->see = p->see;
	size_t n = 0;
	if (a->need == 0) {
		n = add_up_to(k, p, off, MESSAGE_HEAD);
		a->need = message_len((struct bytes){a->at, a->have});
		if (a->need > TLS_HANDSHAKE_LIMIT)
			oversized(k, p);
	}
	if (a->need > 0)
		n += add_up_to(k, p, off + n, a->need);
	a->last_place = last_place_of(p, off + n - (n > 0));
	if (a->need > 0 && a->have == a->need)
		assembled(k, p, off + n - 1, a->discard > 0);
	return n;
}

void talk_handshake(struct tls_talk *k, const struct piece *p)
{
	struct assembly *a = &k->side[p->from].assembly;
	for (size_t off = 0; off < p->bytes.len;) {
		if (a->have == 0 && a->discard > 0) {
			size_t n =
				a->discard < p->bytes.len - off ? a->discard : p->bytes.len - off;
			a->discard -= (uint32_t)n;
			off += n;
			continue;
		}
		size_t n = a->have == 0 ? take_whole(k, p, off) : 0;
		off += n > 0 ? n : take_piece(k, p, off);
	}
}

static void end_assembly(struct tls_talk *k, const struct tls_sink *sink, enum side from)
{
	struct assembly *a = &dir_of(k, from)->assembly;
	struct piece p = {.sink = sink, .from = from, .see = a->see};
	if (a->have > 0)
		assembled(k, &p, SIZE_MAX, true);
}

void talk_handshake_cut(struct tls_talk *k, const struct tls_sink *sink, enum side from)
{
	struct direction *d = dir_of(k, from);
	end_assembly(k, sink, from);
	d->assembly.discard = 0;
	d->unaligned = true;
}

bool talk_handshake_hole(struct tls_talk *k, const struct tls_sink *sink, enum side from,
                         uint32_t len)
{
	struct direction *d = dir_of(k, from);
	struct assembly *a = &d->assembly;
	uint32_t missing = a->discard + (a->need > a->have ? a->need - a->have : 0);
	if (len > missing) {
		talk_handshake_cut(k, sink, from);
		return false;
	}
	end_assembly(k, sink, from);
	a->discard = missing - len;
	return true;
}
