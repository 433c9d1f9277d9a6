#include "src/model/session.h"

enum { SSL2 = 0x0002 };

/* Makes room for one more row of `size` bytes; the arena keeps the old rows too, so the room
 * doubles. */
static void *grown(struct arena *a, void *rows, uint32_t n, uint32_t *room, size_t size,
                   uint32_t most)
{
	if (n < *room)
		return rows;
	uint32_t wanted = *room == 0 ? 4 : *room * 2;
	if (n >= most)
		return NULL;
	void *bigger = arena_take(a, wanted * size);
	if (bigger == NULL)
		return NULL;
	if (n > 0)
		memcpy(bigger, rows, n * size);
	*room = wanted;
	return bigger;
}

struct event *session_event(struct session *s, struct event e)
{
	struct event *rows = grown(s->arena, s->event, s->n_events, &s->event_room, sizeof *rows,
	                           SESSION_EVENTS);
	if (rows == NULL) {
		s->events_lost++;
		return NULL;
	}
	s->event = rows;
	rows[s->n_events] = e;
	return &rows[s->n_events++];
}

void session_find(struct session *s, enum finding code, enum side from, uint32_t frame)
{
	for (uint32_t i = 0; i < s->n_found; i++) {
		if (s->found[i].code == code && s->found[i].from == from) {
			s->found[i].n++;
			return;
		}
	}
	struct found *rows =
		grown(s->arena, s->found, s->n_found, &s->found_room, sizeof *rows, SESSION_FOUND);
	if (rows == NULL) {
		s->found_lost++;
		return;
	}
	s->found = rows;
	rows[s->n_found++] = (struct found){
		.frame = frame, .n = 1, .code = (uint16_t)code, .from = (uint8_t)from};
}

const struct event *session_first(const struct session *s, enum event_kind kind, enum side from)
{
	for (uint32_t i = 0; i < s->n_events; i++)
		if (s->event[i].kind == kind && s->event[i].from == from)
			return &s->event[i];
	return NULL;
}

bool session_established(const struct session *s)
{
	const struct tls_facts *t = s->tls;
	if (t == NULL || t->server == NULL)
		return false;
	if (s->talk[CLIENT].records > 0 && s->talk[SERVER].records > 0)
		return true;
	if (t->finished[CLIENT] == PROOF_VERIFIED && t->finished[SERVER] == PROOF_VERIFIED)
		return true;
	return t->sealed_records[CLIENT] > 0 && t->sealed_records[SERVER] > 0;
}

enum registry session_cipher_registry(const struct tls_facts *t)
{
	return t->version == SSL2 ? REG_SSL2_CIPHER : REG_SUITE;
}

uint32_t session_cipher(const struct tls_facts *t)
{
	return t->version == SSL2 ? t->ssl2_kind : t->suite;
}

static bool has_fatal_alert(const struct session *s)
{
	for (uint32_t i = 0; i < s->n_events; i++)
		if (s->event[i].kind == EVENT_SSL2_ERROR ||
		    (s->event[i].kind == EVENT_ALERT && s->event[i].level == 2))
			return true;
	return false;
}

bool session_failed(const struct session *s)
{
	bool whole =
		!s->midstream && !s->one_sided && s->gap_bytes[CLIENT] + s->gap_bytes[SERVER] == 0;
	if (s->tls == NULL || session_established(s))
		return false;
	return has_fatal_alert(s) || (whole && s->ending == END_CLOSED);
}
