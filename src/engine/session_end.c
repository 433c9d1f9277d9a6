/* What is known of a session only when it has ended: its extent, the verdicts, the findings that
 * follow from the facts, the reasons. */
#include "src/engine/live.h"

#include "dissectors/tls/registry/registry.h"

#include <stdlib.h>

enum { PORT_HTTPS = 443 };

static void fill_extent(struct session *v, const struct live *l, const struct flow *f,
                        enum flow_end why)
{
	for (int i = 0; i < 2; i++) {
		enum side role = role_of(l, (enum side)i);
		v->endpoint[role] = *flow_endpoint(f, (enum side)i);
		v->packets[role] = flow_packets(f, (enum side)i);
		v->payload[role] = flow_payload(f, (enum side)i);
	}
	v->first_frame = flow_first_frame(f);
	v->last_frame = flow_last_frame(f);
	v->start = flow_first_time(f);
	v->end = flow_last_time(f);
	v->ending = (uint8_t)why;
	v->one_sided = v->packets[CLIENT] == 0 || v->packets[SERVER] == 0;
}

/* Where an event stands in its side's own order: not before anything that this side sent before it.
 */
static uint32_t standing(const struct event *e, uint32_t before)
{
	uint32_t frame = e->kind == EVENT_TALK || e->kind == EVENT_CLEAR_TEXT ? e->first_frame
	                                                                      : e->last_frame;
	return frame > before ? frame : before;
}

static uint32_t next_of(const struct session *v, enum side from, uint32_t i)
{
	while (i < v->n_events && v->event[i].from != from)
		i++;
	return i;
}

/* Events came in the order in which they could be understood. Puts them into the order of the wire:
 * each side's in the order of its stream, both sides merged by frame, so that no cutting into
 * segments changes it. */
static void order_events(struct session *v)
{
	struct event *ordered = arena_take(v->arena, v->n_events * sizeof *ordered);
	uint32_t at[2] = {next_of(v, CLIENT, 0), next_of(v, SERVER, 0)}, stands[2] = {0, 0};
	if (ordered == NULL)
		return;
	for (uint32_t n = 0; n < v->n_events; n++) {
		for (int i = 0; i < 2; i++)
			if (at[i] < v->n_events)
				stands[i] = standing(&v->event[at[i]], stands[i]);
		bool client = at[SERVER] == v->n_events ||
		              (at[CLIENT] < v->n_events && stands[CLIENT] <= stands[SERVER]);
		enum side from = client ? CLIENT : SERVER;
		ordered[n] = v->event[at[from]];
		at[from] = next_of(v, from, at[from] + 1);
	}
	v->event = ordered;
	v->event_room = v->n_events;
}

static void early_findings(struct session *v, const struct live *l, uint32_t first_frame)
{
	for (int i = 0; i < 2; i++)
		for (int n = 0; n < FLOW_FINDINGS; n++)
			if (l->flow_findings[i] >> n & 1)
				session_find(v, (enum finding)(FIND_TCP_OVERLAP_CONFLICT + n),
				             role_of(l, (enum side)i), first_frame);
	for (uint32_t i = 0; i < v->n_found; i++)
		v->midstream = v->midstream || v->found[i].code == FIND_TCP_MIDSTREAM;
}

static bool is_weak(const struct suite *s)
{
	if (s->export)
		return true;
	switch (s->cipher) {
	case CIPHER_NULL:
	case CIPHER_RC4_40:
	case CIPHER_RC4_56:
	case CIPHER_RC2_CBC_56:
	case CIPHER_RC4_128:
	case CIPHER_RC2_CBC_40:
	case CIPHER_DES40_CBC:
	case CIPHER_DES_CBC:
	case CIPHER_3DES_EDE_CBC:
	case CIPHER_IDEA_CBC:
		return true;
	default:
		return false;
	}
}

static uint32_t frame_of(const struct session *v, enum event_kind kind, enum side from)
{
	const struct event *e = session_first(v, kind, from);
	return e == NULL ? 0 : e->first_frame;
}

static void judge_choice(struct session *v)
{
	const struct tls_facts *t = v->tls;
	uint32_t frame = frame_of(v, EVENT_SERVER_HELLO, SERVER);
	if (t->version == 0)
		return;
	const struct suite *s = t->version == 0x0002 ? NULL : suite_find(t->suite);
	if (t->version <= 0x0302)
		session_find(v, FIND_TLS_OLD_VERSION, SERVER, frame);
	if (s != NULL && s->auth == AUTH_ANON)
		session_find(v, FIND_TLS_NO_AUTHENTICATION, SERVER, frame);
	if (s != NULL && is_weak(s))
		session_find(v, FIND_TLS_WEAK_SUITE, SERVER, frame);
	if (s != NULL && !t->forward_secret && session_established(v) && !t->resumed &&
	    t->cipher != CIPHER_NULL)
		session_find(v, FIND_TLS_NO_FORWARD_SECRECY, SERVER, frame);
}

static void judge_chains(struct session *v, struct pki *pki)
{
	struct tls_facts *t = v->tls;
	struct bytes sni = t->client != NULL ? t->client->sni : (struct bytes){NULL, 0};
	for (int i = 0; i < 2; i++) {
		if (t->chain[i] == NULL)
			continue;
		pki_judge(pki, t->chain[i], (enum side)i, sni, v->start, &v->verdict[i]);
		pki_findings(v, (enum side)i, frame_of(v, EVENT_CERTIFICATE, (enum side)i));
	}
}

/* A key or key log that was given and does not do is a finding too. */
static void judge_reason(struct session *v, enum side from)
{
	enum reason why = session_reason(v, from);
	if (why == REASON_KEY_MISMATCH)
		session_find(v, FIND_DECRYPT_KEY_MISMATCH, from, v->tls->why_frame[from]);
	if (why == REASON_LOG_PART)
		session_find(v, FIND_DECRYPT_MISSING_SECRET, from, v->tls->why_frame[from]);
}

static void judge_tls(struct shard *s, struct session *v)
{
	struct tls_facts *t = v->tls;
	judge_choice(v);
	judge_chains(v, s->job->pki);
	if (s->job->replay != NULL && t->server_kx != NULL && t->chain[SERVER] != NULL &&
	    t->chain[SERVER]->n_certs > 0)
		t->signature = (uint8_t)pki_verify_exchange(t->chain[SERVER]->cert[0], t);
	for (int i = 0; i < 2; i++)
		judge_reason(v, (enum side)i);
}

/* Says whether the flow is worth a session: TLS, a known protocol in clear, or something on port
 * 443 that should have been TLS. */
static bool is_session(struct shard *s, struct live *l, struct flow *f)
{
	bool known = preface_tell(l) || l->http;
	if (talk_of(l) != NULL)
		return true;
	bool https = flow_endpoint(f, CLIENT)->port == PORT_HTTPS ||
	             flow_endpoint(f, SERVER)->port == PORT_HTTPS;
	bool spoke = l->preface[CLIENT] + l->preface[SERVER] > 0;
	if (!known && !(https && spoke))
		return false;
	if (live_speech(s) == NULL)
		return false;
	if (known)
		session_of(l)->protocol = PROTOCOL_CLEAR;
	if (https)
		session_find(session_of(l), FIND_NOT_TLS, CLIENT, flow_first_frame(f));
	return true;
}

static bool make_room(struct finished_list *out)
{
	if (out->n < out->room)
		return true;
	size_t room = out->room == 0 ? 64 : out->room * 2;
	struct finished *bigger = realloc(out->item, room * sizeof *bigger);
	if (bigger == NULL)
		return false;
	out->item = bigger;
	out->room = room;
	return true;
}

/* Renders behind the other lines of the list. */
static void render(struct shard *s, struct finished *out)
{
	struct finished_list *l = s->out;
	if (l->text.arena == NULL)
		l->text = text_new(&l->memory);
	out->line_at = l->text.len;
	s->job->render(s->job->ctx, out->session, &l->text);
	if (l->text.broken) {
		s->out_of_memory = true;
		l->text.len = out->line_at;
		l->text.broken = false;
	}
	out->line_len = l->text.len - out->line_at;
}

void finished_list_clear(struct finished_list *l)
{
	l->n = 0;
	text_clear(&l->text);
}

void finished_list_free(struct finished_list *l)
{
	free(l->item);
	arena_free(&l->memory);
}

/* The session leaves its flow: its arena moves into itself, so that one free ends all. */
static void hand_over(struct shard *s, struct live *l, uint32_t frame)
{
	struct speech *speech = l->speech;
	struct arena *own = arena_take(&speech->arena, sizeof *own);
	if (own == NULL || !make_room(s->out)) {
		s->out_of_memory = true;
		live_hush(l);
		return;
	}
	struct session *v = speech->session;
	*own = speech->arena;
	v->arena = own;
	speech->arena = (struct arena){0};
	live_hush(l);
	struct finished *out = &s->out->item[s->out->n++];
	*out = (struct finished){.frame = frame, .session = v};
	if (s->job->render != NULL)
		render(s, out);
}

void live_finish(struct shard *s, struct flow *f, enum flow_end why, uint32_t frame, moment t)
{
	struct live *l = s->live;
	(void)t;
	if (!is_session(s, l, f)) {
		s->counters.other_flows++;
		live_hush(l);
		return;
	}
	struct session *v = session_of(l);
	s->sink.session = v;
	s->sink.seen = NULL;
	if (talk_of(l) != NULL)
		tls_talk_end(talk_of(l), &s->sink);
	fill_extent(v, l, f, why);
	order_events(v);
	early_findings(v, l, v->first_frame);
	opening_findings(v);
	if (v->tls != NULL)
		judge_tls(s, v);
	s->counters.tls += v->tls != NULL;
	s->counters.clear += v->tls == NULL;
	hand_over(s, l, frame);
}

void engine_session_free(struct session *s)
{
	struct arena own = *s->arena;
	arena_free(&own);
}
