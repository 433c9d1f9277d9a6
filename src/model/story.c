#include "src/model/story.h"

enum { SSL2 = 0x0002, TLS13 = 0x0304, CLOSE_NOTIFY = 0 };

static const struct {
	const char *label, *slug, *message;
	uint8_t number;
} table[STEPS] = {
#define STEP(id, label, number, slug, message) [STEP_##id] = {label, slug, message, number},
#include "src/model/step.def"
#undef STEP
};

const char *step_label(enum step_id id)
{
	return table[id].label;
}

const char *step_slug(enum step_id id)
{
	return table[id].slug;
}

uint8_t step_number(enum step_id id)
{
	return table[id].number;
}

const char *step_message(enum step_id id)
{
	return table[id].message;
}

const char *visibility_word(enum visibility v)
{
	static const char *const word[] = {
		[SEE_CLEAR] = "clear",
		[SEE_SEALED] = "sealed",
		[SEE_OPENED] = "opened",
		[SEE_FAILED] = "failed",
	};
	return word[v];
}

/* ---- the order of each flavour; steps that are not core are shown only when they happened ---- */

#define BEGIN STEP_CONNECT, STEP_BEFORE, STEP_CLIENT_HELLO, STEP_RETRY, STEP_SERVER_HELLO
#define LATER                                                                                      \
	STEP_ASKED_LATER, STEP_CLIENT_CERTIFICATE_LATER, STEP_CLIENT_PROOF_LATER,                  \
		STEP_FINISHED_LATER
#define END STEP_TICKET, STEP_TALK, LATER, STEP_NEW_KEYS, STEP_HEARTBEAT, STEP_FAILURE, STEP_GOODBYE

static const uint8_t order_locked[] = {BEGIN,
                                       STEP_SUPPLEMENT,
                                       STEP_CERTIFICATE,
                                       STEP_STAPLE,
                                       STEP_ASKED,
                                       STEP_CERT_CHECK,
                                       STEP_CLIENT_CERTIFICATE,
                                       STEP_SECRET,
                                       STEP_PROOF,
                                       STEP_CLIENT_PROOF,
                                       STEP_KEYS,
                                       STEP_SWITCH,
                                       STEP_NEXT_PROTOCOL,
                                       STEP_CHANNEL_ID,
                                       STEP_FINISHED,
                                       END};
static const uint8_t order_agreed[] = {
	BEGIN,      STEP_SUPPLEMENT, STEP_CERTIFICATE,        STEP_STAPLE,     STEP_PROOF,
	STEP_ASKED, STEP_CERT_CHECK, STEP_CLIENT_CERTIFICATE, STEP_SECRET,     STEP_CLIENT_PROOF,
	STEP_KEYS,  STEP_SWITCH,     STEP_NEXT_PROTOCOL,      STEP_CHANNEL_ID, STEP_FINISHED,
	END};
static const uint8_t order_resumed[] = {BEGIN,
                                        STEP_SUPPLEMENT,
                                        STEP_CERTIFICATE,
                                        STEP_CERT_CHECK,
                                        STEP_SECRET,
                                        STEP_PROOF,
                                        STEP_KEYS,
                                        STEP_SWITCH,
                                        STEP_FINISHED_SERVER,
                                        STEP_NEXT_PROTOCOL,
                                        STEP_CHANNEL_ID,
                                        STEP_FINISHED_CLIENT,
                                        END};
static const uint8_t order_tls13[] = {BEGIN,
                                      STEP_SECRET,
                                      STEP_KEYS,
                                      STEP_SWITCH,
                                      STEP_EXTENSIONS,
                                      STEP_ASKED,
                                      STEP_CERTIFICATE,
                                      STEP_STAPLE,
                                      STEP_PROOF,
                                      STEP_FINISHED_SERVER,
                                      STEP_CERT_CHECK,
                                      STEP_CLIENT_CERTIFICATE,
                                      STEP_CLIENT_PROOF,
                                      STEP_FINISHED_CLIENT,
                                      END};
static const uint8_t order_late[] = {STEP_CONNECT,         STEP_BEFORE,
                                     STEP_CLIENT_HELLO,    STEP_SERVER_HELLO,
                                     STEP_EXTENSIONS,      STEP_SUPPLEMENT,
                                     STEP_CERTIFICATE,     STEP_STAPLE,
                                     STEP_ASKED,           STEP_CLIENT_CERTIFICATE,
                                     STEP_SECRET,          STEP_PROOF,
                                     STEP_CLIENT_PROOF,    STEP_SWITCH,
                                     STEP_NEXT_PROTOCOL,   STEP_CHANNEL_ID,
                                     STEP_FINISHED,        STEP_FINISHED_SERVER,
                                     STEP_FINISHED_CLIENT, END};

static const struct order {
	const uint8_t *id;
	size_t n;
} orders[STORIES] = {
	[STORY_RSA] = {order_locked, sizeof order_locked},
	[STORY_EPHEMERAL] = {order_agreed, sizeof order_agreed},
	[STORY_OTHER] = {order_agreed, sizeof order_agreed},
	[STORY_RESUMED] = {order_resumed, sizeof order_resumed},
	[STORY_TLS13] = {order_tls13, sizeof order_tls13},
	[STORY_PSK] = {order_tls13, sizeof order_tls13},
	[STORY_UNSIGNED] = {order_agreed, sizeof order_agreed},
	[STORY_SHARED] = {order_agreed, sizeof order_agreed},
	[STORY_SHARED13] = {order_tls13, sizeof order_tls13},
	[STORY_UNANSWERED] = {order_late, sizeof order_late},
	[STORY_LATE] = {order_late, sizeof order_late},
	[STORY_CLEAR] = {order_late, sizeof order_late},
};

/* Every session that came to its end has these. */
static bool is_core(enum step_id id)
{
	switch (id) {
	case STEP_BEFORE:
	case STEP_RETRY:
	case STEP_EXTENSIONS:
	case STEP_SUPPLEMENT:
	case STEP_STAPLE:
	case STEP_ASKED:
	case STEP_CLIENT_CERTIFICATE:
	case STEP_CLIENT_PROOF:
	case STEP_NEXT_PROTOCOL:
	case STEP_CHANNEL_ID:
	case STEP_TICKET:
	case STEP_ASKED_LATER:
	case STEP_CLIENT_CERTIFICATE_LATER:
	case STEP_CLIENT_PROOF_LATER:
	case STEP_FINISHED_LATER:
	case STEP_NEW_KEYS:
	case STEP_HEARTBEAT:
	case STEP_FAILURE:
	case STEP_GAP:
		return false;
	default:
		return true;
	}
}

static bool has_order(enum flavour f)
{
	return f != STORY_UNANSWERED && f != STORY_LATE && f != STORY_CLEAR;
}

/* ---- which flavour ---- */

static enum flavour flavour_of_exchange(const struct tls_facts *t)
{
	switch (t->kx) {
	case KX_RSA:
	case KX_RSA_PSK:
		return STORY_RSA;
	case KX_DHE:
	case KX_ECDHE:
		return t->auth == AUTH_ANON ? STORY_UNSIGNED : STORY_EPHEMERAL;
	case KX_PSK:
	case KX_DHE_PSK:
	case KX_ECDHE_PSK:
		return STORY_SHARED;
	default:
		return STORY_OTHER;
	}
}

static enum flavour flavour_of_tls13(const struct tls_facts *t)
{
	if (!(t->server->flags & HELLO_PSK))
		return STORY_TLS13;
	return meaning_resumption(t).external ? STORY_SHARED13 : STORY_PSK;
}

enum flavour story_flavour(const struct session *s)
{
	const struct tls_facts *t = s->tls;
	if (t == NULL)
		return STORY_CLEAR;
	if (t->server == NULL)
		return t->client == NULL ? STORY_LATE : STORY_UNANSWERED;
	if (t->version >= TLS13)
		return flavour_of_tls13(t);
	if (t->resumed)
		return STORY_RESUMED;
	return flavour_of_exchange(t);
}

/* ---- which step an event belongs to ---- */

static bool is_handshake(const struct event *e)
{
	return e->kind >= EVENT_HELLO_REQUEST && e->kind <= EVENT_SEALED_HANDSHAKE &&
	       e->kind != EVENT_CHANGE_CIPHER_SPEC;
}

static bool is_tls13(enum flavour f)
{
	return f == STORY_TLS13 || f == STORY_PSK || f == STORY_SHARED13;
}

/* The step of a side's Finished, and of what is said under the new keys before it. */
static enum step_id finished_step(enum flavour f, enum side from)
{
	if (!is_tls13(f) && f != STORY_RESUMED)
		return STEP_FINISHED;
	return from == CLIENT ? STEP_FINISHED_CLIENT : STEP_FINISHED_SERVER;
}

static enum step_id place_alert(const struct event *e)
{
	return e->detail == CLOSE_NOTIFY ? STEP_GOODBYE : STEP_FAILURE;
}

/* Of a sealed alert only the type shows: before both sides had finished it cannot be a goodbye. In
 * TLS 1.3 a server that has answered early data may close before the client has finished. */
static enum step_id place_sealed_alert(const struct story_walk *walk, enum flavour f,
                                       enum side from)
{
	bool over = walk->finished[from] && (is_tls13(f) || walk->finished[other_side(from)]);
	return over || !has_order(f) ? STEP_GOODBYE : STEP_FAILURE;
}

static enum step_id place_plain(enum flavour f, struct story_walk *walk, const struct event *e)
{
	bool client = e->from == CLIENT;
	switch (e->kind) {
	case EVENT_SYN:
	case EVENT_SYN_ACK:
	case EVENT_ESTABLISHED:
		return STEP_CONNECT;
	case EVENT_CLIENT_HELLO:
		return walk->retried ? STEP_RETRY : STEP_CLIENT_HELLO;
	case EVENT_HELLO_RETRY_REQUEST:
		walk->retried = true;
		return STEP_RETRY;
	case EVENT_SERVER_HELLO:
		return STEP_SERVER_HELLO;
	case EVENT_SUPPLEMENTAL_DATA:
		return STEP_SUPPLEMENT;
	case EVENT_ENCRYPTED_EXTENSIONS:
		return STEP_EXTENSIONS;
	case EVENT_CERTIFICATE:
	case EVENT_COMPRESSED_CERTIFICATE:
	case EVENT_CERTIFICATE_URL:
		return client ? STEP_CLIENT_CERTIFICATE : STEP_CERTIFICATE;
	case EVENT_CERTIFICATE_STATUS:
		return STEP_STAPLE;
	case EVENT_SERVER_KEY_EXCHANGE:
		return STEP_PROOF;
	case EVENT_CERTIFICATE_REQUEST:
		return STEP_ASKED;
	case EVENT_CLIENT_KEY_EXCHANGE:
		return STEP_SECRET;
	case EVENT_CERTIFICATE_VERIFY:
		return client ? STEP_CLIENT_PROOF : STEP_PROOF;
	case EVENT_CHANGE_CIPHER_SPEC:
		return STEP_SWITCH;
	case EVENT_FINISHED:
	case EVENT_SEALED_HANDSHAKE:
		walk->finished[e->from] = true;
		return finished_step(f, (enum side)e->from);
	case EVENT_NEXT_PROTOCOL:
		return STEP_NEXT_PROTOCOL;
	case EVENT_CHANNEL_ID:
		return STEP_CHANNEL_ID;
	case EVENT_NEW_SESSION_TICKET:
		return STEP_TICKET;
	case EVENT_KEY_UPDATE:
	case EVENT_HELLO_REQUEST:
		return STEP_NEW_KEYS;
	case EVENT_ALERT:
		return place_alert(e);
	case EVENT_SSL2_ERROR:
		return STEP_FAILURE;
	case EVENT_SEALED_ALERT:
		return place_sealed_alert(walk, f, (enum side)e->from);
	case EVENT_TALK:
		return STEP_TALK;
	case EVENT_HEARTBEAT:
		return STEP_HEARTBEAT;
	case EVENT_CLEAR_TEXT:
		return f == STORY_CLEAR ? STEP_TALK : STEP_BEFORE;
	case EVENT_FIN:
	case EVENT_RST:
		return STEP_GOODBYE;
	default:
		return STEPS;
	}
}

/* RFC 8446, 4.6.2: the server may ask who the client is behind the handshake too. */
static enum step_id place_later(enum step_id id)
{
	switch (id) {
	case STEP_ASKED:
		return STEP_ASKED_LATER;
	case STEP_CLIENT_CERTIFICATE:
		return STEP_CLIENT_CERTIFICATE_LATER;
	case STEP_CLIENT_PROOF:
		return STEP_CLIENT_PROOF_LATER;
	case STEP_FINISHED_CLIENT:
		return STEP_FINISHED_LATER;
	default:
		return id;
	}
}

bool step_is_later(enum step_id id)
{
	return id >= STEP_ASKED_LATER && id <= STEP_FINISHED_LATER;
}

enum step_id story_place(enum flavour f, struct story_walk *walk, const struct event *e)
{
	bool again = walk->finished[CLIENT] && walk->finished[SERVER] && is_handshake(e);
	if (again && !is_tls13(f) && has_order(f))
		return STEP_NEW_KEYS;
	enum step_id id = place_plain(f, walk, e);
	return again && is_tls13(f) ? place_later(id) : id;
}

/* ---- putting steps together ---- */

/* The rows of the story while it is made: one for each step that could be, by its id. */
struct draft {
	const struct session *session;
	const struct vocabulary *words;
	struct step step[STEPS];
	enum flavour flavour;
};

static bool is_seen(const struct draft *d, enum step_id id)
{
	return d->step[id].from != 0;
}

static void add_span(struct step *p, struct span s)
{
	if (s.first == 0)
		return;
	for (size_t i = 0; i < p->n_spans; i++)
		if (p->span[i].first == s.first && p->span[i].last == s.last)
			return;
	if (p->n_spans == STEP_SPANS) {
		if (p->spans_left_out < UINT8_MAX)
			p->spans_left_out++;
		return;
	}
	size_t at = p->n_spans++;
	for (; at > 0 && p->span[at - 1].first > s.first; at--)
		p->span[at] = p->span[at - 1];
	p->span[at] = s;
}

static void add_spans_of(struct step *p, const struct step *other)
{
	for (size_t i = 0; i < other->n_spans; i++)
		add_span(p, other->span[i]);
}

/* Of several messages the one that tells least speaks for the step. */
static uint8_t see_both(uint8_t a, uint8_t b)
{
	static const uint8_t rank[] = {
		[SEE_CLEAR] = 0, [SEE_OPENED] = 1, [SEE_SEALED] = 2, [SEE_FAILED] = 3};
	return rank[a] > rank[b] ? a : b;
}

static void add_event(struct step *p, const struct event *e)
{
	bool first = p->from == 0;
	p->see = first ? e->see : see_both(p->see, e->see);
	p->why_side = first || e->see != SEE_CLEAR ? e->from : p->why_side;
	p->from |= (uint8_t)(1u << e->from);
	p->bytes += e->len;
	if (first || (e->time != MOMENT_UNKNOWN && e->time < p->time))
		p->time = e->time;
	add_span(p, (struct span){e->first_frame, e->last_frame});
}

static const char *alert_name(const struct draft *d, const struct event *e)
{
	bool old = e->kind == EVENT_SSL2_ERROR;
	const char *name = d->words->name(old ? REG_SSL2_ERROR : REG_ALERT, e->detail);
	return (old || e->kind == EVENT_ALERT) && name != NULL ? name : "Alert";
}

static void take_event(struct draft *d, struct story_walk *walk, const struct event *e)
{
	enum step_id id = story_place(d->flavour, walk, e);
	if (id == STEPS)
		return;
	struct step *p = &d->step[id];
	if (id == STEP_FAILURE && p->from == 0)
		p->message = alert_name(d, e);
	if (e->kind == EVENT_COMPRESSED_CERTIFICATE)
		p->message = "CompressedCertificate";
	if (e->kind == EVENT_CERTIFICATE_URL)
		p->message = "CertificateURL";
	add_event(p, e);
	if (id == STEP_PROOF && e->kind == EVENT_SERVER_KEY_EXCHANGE)
		add_span(&d->step[STEP_SECRET], (struct span){e->first_frame, e->last_frame});
}

/* ---- what hides it ---- */

static enum reason fallback_reason(const struct tls_facts *t, enum side side)
{
	if (t->opened[side])
		return REASON_LOG_PART; /* its talk was opened, this was not */
	return t->client == NULL || t->server == NULL ? REASON_NO_HANDSHAKE : REASON_NO_FINISHED;
}

static enum reason reason_for(const struct tls_facts *t, enum side side)
{
	if (t->why[side] != REASON_NONE)
		return t->why[side];
	if (t->why[other_side(side)] != REASON_NONE && !t->opened[side])
		return t->why[other_side(side)];
	return fallback_reason(t, side);
}

static bool was_opened(const struct tls_facts *t)
{
	return t->opened[CLIENT] || t->opened[SERVER];
}

static void give_reason(struct step *p, const struct tls_facts *t)
{
	bool hidden = p->see == SEE_SEALED || p->see == SEE_FAILED;
	if (hidden)
		p->why = (uint8_t)reason_for(t, (enum side)p->why_side);
}

/* What the secret, its proof and the keys hide, they hide until somebody opens the talk. */
static void give_inner_reason(struct step *p, const struct tls_facts *t)
{
	p->why_side = CLIENT;
	p->why = was_opened(t) ? REASON_NONE : (uint8_t)reason_for(t, CLIENT);
}

/* ---- steps that need more than their events ---- */

static void name_secret(struct draft *d)
{
	struct step *p = &d->step[STEP_SECRET];
	const struct tls_facts *t = d->session->tls;
	give_inner_reason(p, t);
	if (p->from != 0)
		p->message = t->version == SSL2 ? "CLIENT-MASTER-KEY" : "ClientKeyExchange";
	if (p->from == 0) {
		p->state = STEP_SILENT;
		p->n_spans = 0;
	}
	if (d->flavour != STORY_RSA || p->from == 0)
		return;
	bool with_key = was_opened(t) &&
	                (t->known.have >> SERVER_RSA_KEY | t->known.have >> LOG_PREMASTER) & 1;
	p->see = with_key ? SEE_OPENED : SEE_SEALED;
	if (!with_key && (p->why == REASON_NONE || p->why == REASON_NO_FINISHED))
		p->why =
			REASON_KEY_MISSING; /* it stays locked even when a key log opens the talk */
}

/* Only who has the certificate's key can make Finished. */
static bool proves_by_finished(const struct draft *d)
{
	uint8_t kx = d->session->tls->kx;
	bool other = d->flavour == STORY_OTHER && (kx == KX_GOST || kx == KX_DH || kx == KX_ECDH);
	return d->flavour == STORY_RSA || other;
}

static void name_proof(struct draft *d)
{
	struct step *p = &d->step[STEP_PROOF];
	if (p->from != 0) {
		p->message = is_tls13(d->flavour) ? "CertificateVerify" : "ServerKeyExchange";
		return;
	}
	if (proves_by_finished(d)) {
		p->state = STEP_SILENT;
		p->happens_in = step_number(STEP_FINISHED);
		give_inner_reason(p, d->session->tls);
	}
}

/* A ServerKeyExchange without a signature proves nothing: its half-key, or its hint which key to
 * take, is part of the secret. */
static bool is_unsigned(const struct draft *d)
{
	const struct tls_facts *t = d->session->tls;
	return d->flavour == STORY_UNSIGNED || d->flavour == STORY_SHARED || t->kx == KX_RSA_PSK ||
	       t->auth == AUTH_SRP || t->auth == AUTH_PWD;
}

static void move_unsigned_half(struct draft *d)
{
	struct step *p = &d->step[STEP_PROOF], *secret = &d->step[STEP_SECRET];
	if (is_tls13(d->flavour) || p->from == 0 || !is_unsigned(d))
		return;
	secret->from |= p->from;
	secret->bytes += p->bytes;
	secret->time = p->time < secret->time ? p->time : secret->time;
	*p = (struct step){.id = STEP_PROOF, .message = p->message, .time = MOMENT_UNKNOWN};
}

static void tell_tls13_secret(struct draft *d)
{
	struct step *p = &d->step[STEP_SECRET];
	const struct step *first = &d->step[STEP_CLIENT_HELLO], *retry = &d->step[STEP_RETRY];
	p->happens_in = step_number(STEP_SERVER_HELLO);
	add_spans_of(p, retry->from != 0 ? retry : first);
	add_spans_of(p, &d->step[STEP_SERVER_HELLO]);
}

/* A sealed flight holds these, as TLS 1.3 orders it, though no listener can tell them apart. */
static void lay_into_flight(struct draft *d, enum step_id id, enum reason why)
{
	struct step *p = &d->step[id];
	const struct step *flight = &d->step[STEP_FINISHED_SERVER];
	if (p->from != 0 || flight->from == 0 || flight->see == SEE_OPENED)
		return;
	const char *message = id == STEP_PROOF ? "CertificateVerify" : p->message;
	*p = *flight;
	p->id = (uint8_t)id;
	p->message = message;
	p->why = (uint8_t)(why == REASON_NONE ? flight->why : why);
	p->shared = true;
}

static void tell_tls13(struct draft *d)
{
	struct step *flight = &d->step[STEP_FINISHED_SERVER];
	tell_tls13_secret(d);
	if (flight->see != SEE_SEALED)
		return;
	flight->shared = true;
	lay_into_flight(d, STEP_EXTENSIONS, REASON_NONE);
	if (d->flavour != STORY_TLS13)
		return;
	lay_into_flight(d, STEP_CERTIFICATE, REASON_TLS13_CERTIFICATE);
	lay_into_flight(d, STEP_PROOF, REASON_NONE);
}

/* The certificate came with SERVER-HELLO. */
static void tell_ssl2(struct draft *d)
{
	struct step *p = &d->step[STEP_CERTIFICATE];
	if (d->session->tls->chain[SERVER] == NULL || p->from != 0)
		return;
	p->state = STEP_SILENT;
	p->happens_in = step_number(STEP_SERVER_HELLO);
}

static bool is_incomplete(const struct session *s)
{
	return s->midstream || s->one_sided || s->gap_bytes[CLIENT] > 0 ||
	       s->gap_bytes[SERVER] > 0 || s->events_lost > 0 || s->ending == END_CUT;
}

/* Says whether the server must show a certificate and prove that it is its own. */
static bool needs_certificate(enum flavour f, const struct tls_facts *t)
{
	switch (f) {
	case STORY_RESUMED:
	case STORY_PSK:
	case STORY_UNSIGNED:
	case STORY_SHARED:
	case STORY_SHARED13:
		return false;
	default:
		return t == NULL || (t->auth != AUTH_SRP && t->auth != AUTH_PWD);
	}
}

/* Says why a core step has no packet. */
static enum step_state absence(const struct draft *d, enum step_id id)
{
	bool none = !needs_certificate(d->flavour, d->session->tls);
	switch (id) {
	case STEP_CERT_CHECK:
		return none ? STEP_NOT_SENT : STEP_SILENT;
	case STEP_SECRET:
	case STEP_KEYS:
		return STEP_SILENT;
	case STEP_CERTIFICATE:
	case STEP_PROOF:
		if (none)
			return STEP_NOT_SENT;
		break;
	case STEP_SWITCH:
		if (is_tls13(d->flavour))
			return STEP_NOT_SENT;
		break;
	case STEP_CONNECT:
	case STEP_GOODBYE:
		return STEP_NOT_CAPTURED;
	default:
		break;
	}
	return is_incomplete(d->session) ? STEP_NOT_CAPTURED : STEP_NOT_SENT;
}

static void tell_absent(struct draft *d)
{
	for (size_t i = 0; i < STEPS; i++) {
		struct step *p = &d->step[i];
		if (p->from == 0 && p->state == STEP_SEEN)
			p->state = (uint8_t)absence(d, (enum step_id)i);
	}
}

static void tell_tls(struct draft *d)
{
	const struct tls_facts *t = d->session->tls;
	for (size_t i = 0; i < STEPS; i++)
		give_reason(&d->step[i], t);
	move_unsigned_half(d);
	name_proof(d);
	name_secret(d);
	give_inner_reason(&d->step[STEP_KEYS], t);
	if (is_tls13(d->flavour))
		tell_tls13(d);
	if (t->version == SSL2)
		tell_ssl2(d);
	tell_absent(d);
}

/* ---- laying the steps out ---- */

/* How far in its order the handshake came: core steps beyond that are not shown as missing. */
static size_t how_far(const struct draft *d, const struct order *o)
{
	size_t far = 0;
	if (!has_order(d->flavour))
		return 0;
	if (session_established(d->session))
		return o->n;
	bool refused = d->step[STEP_FAILURE].from & 1u << CLIENT;
	for (size_t i = 0; i < o->n; i++) {
		enum step_id id = (enum step_id)o->id[i];
		bool judged = id == STEP_CERT_CHECK && refused && is_seen(d, STEP_CERTIFICATE);
		if (id < STEP_TALK && (is_seen(d, id) || judged))
			far = i;
	}
	return far;
}

static void append(struct story *out, const struct step *p)
{
	if (out->n_steps < STORY_STEPS)
		out->step[out->n_steps++] = *p;
}

/* A gap stands behind the last step that has a frame before it; what is silent follows it. */
static void insert_gap(struct story *out, const struct event *e)
{
	if (out->n_steps == STORY_STEPS)
		return;
	size_t at = out->n_steps++;
	while (at > 0 && (out->step[at - 1].n_spans == 0 ||
	                  out->step[at - 1].span[0].first > e->first_frame)) {
		out->step[at] = out->step[at - 1];
		at--;
	}
	out->step[at] = (struct step){
		.message = step_message(STEP_GAP),
		.time = e->time,
		.bytes = e->len,
		.span = {{e->first_frame, e->last_frame}},
		.n_spans = e->first_frame != 0,
		.id = STEP_GAP,
		.from = (uint8_t)(1u << e->from),
		.see = SEE_SEALED,
		.why = REASON_GAP,
		.why_side = e->from,
	};
}

static void insert_gaps(struct story *out)
{
	const struct session *s = out->session;
	size_t n = 0;
	for (size_t i = 0; i < s->n_events && n < STORY_GAPS; i++) {
		if (s->event[i].kind != EVENT_GAP)
			continue;
		insert_gap(out, &s->event[i]);
		n++;
	}
}

static void lay_out(struct story *out, const struct draft *d)
{
	const struct order *o = &orders[d->flavour];
	size_t far = how_far(d, o);
	for (size_t i = 0; i < o->n; i++) {
		enum step_id id = (enum step_id)o->id[i];
		if (is_seen(d, id) || (i <= far && far > 0 && is_core(id)))
			append(out, &d->step[id]);
	}
}

void story_build(const struct session *s, const struct vocabulary *w, struct story *out)
{
	struct draft d = {.session = s, .words = w, .flavour = story_flavour(s)};
	struct story_walk walk = {0};
	for (size_t i = 0; i < STEPS; i++) {
		d.step[i].id = (uint8_t)i;
		d.step[i].message = step_message((enum step_id)i);
		d.step[i].time = MOMENT_UNKNOWN;
	}
	for (size_t i = 0; i < s->n_events; i++)
		take_event(&d, &walk, &s->event[i]);
	if (s->tls != NULL)
		tell_tls(&d);
	out->session = s;
	out->flavour = (uint8_t)d.flavour;
	out->n_steps = 0;
	out->failed = s->tls != NULL && !session_established(s) && d.flavour != STORY_LATE;
	lay_out(out, &d);
	insert_gaps(out);
}

const struct step *story_find(const struct story *story, enum step_id id)
{
	for (size_t i = 0; i < story->n_steps; i++)
		if (story->step[i].id == id)
			return &story->step[i];
	return NULL;
}
