#include "dissectors/starttls/starttls.h"

#include "dissectors/starttls/dialogue.h"

static const struct framing_rules framings[FRAMINGS] = {
	[FRAMING_LINES] = {lines_look, lines_cut, true},
	[FRAMING_HTTP] = {connect_look, connect_cut, true},
	[FRAMING_XML] = {xmpp_look, xmpp_cut, true},
	[FRAMING_BER] = {ldap_look, ldap_cut, false},
	[FRAMING_POSTGRESQL] = {postgresql_look, postgresql_cut, false},
	[FRAMING_MYSQL] = {mysql_look, mysql_cut, false},
	[FRAMING_TPKT] = {rdp_look, rdp_cut, false},
	[FRAMING_SOCKS4] = {socks4_look, socks4_cut, false},
	[FRAMING_SOCKS5] = {socks5_look, socks5_cut, false},
	[FRAMING_PROXY] = {proxy_look, proxy_cut, false},
};

static const struct protocol_rules protocols[] = {
#define PROTOCOL(id, framing, name) {FRAMING_##framing, name##_is, name##_tell},
#include "dissectors/starttls/index.def"
#undef PROTOCOL
};

static const uint8_t protocol_ids[] = {
#define PROTOCOL(id, framing, name) OPEN_##id,
#include "dissectors/starttls/index.def"
#undef PROTOCOL
};

enum { N_PROTOCOLS = sizeof protocol_ids };

/* What one side said in one opening. */
struct layer {
	struct side_said said;
	struct cutting cutting;
	uint64_t bytes;
	uint32_t first_frame, last_frame;
	uint8_t framing;
};

struct speaker {
	struct layer layer[OPENINGS_MOST];
	uint32_t n_layers, n_messages;
	uint32_t n_bytes;
	size_t skip; /* bytes of the current message that are not kept */
	bool open;   /* the newest layer goes on */
	bool over;   /* the opening of this side is over */
};

struct preamble {
	struct speaker side[2];
	struct arena *arena;
};

struct preamble *preamble_new(struct arena *a)
{
	struct preamble *p = arena_take(a, sizeof *p);
	if (p != NULL)
		p->arena = a;
	return p;
}

static enum look look_at(struct bytes b, enum side from, bool all, uint8_t *framing)
{
	for (uint8_t i = 0; i < FRAMINGS; i++) {
		enum look look = framings[i].look(b, from);
		*framing = i;
		if (look == LOOK_YES || (look == LOOK_MORE && !all))
			return look;
	}
	return LOOK_NO;
}

enum look preamble_look(struct bytes b, enum side from, bool all)
{
	uint8_t framing;
	return look_at(b, from, all, &framing);
}

/* ---- taking messages ---- */

static struct preamble_step strange(struct speaker *s)
{
	s->over = true;
	s->open = false;
	return (struct preamble_step){.strange = true};
}

/* Begins the next opening inside the last one. A proxy that was asked again is the same one. */
static struct preamble_step begin_layer(struct speaker *s, enum side from, struct bytes b, bool all)
{
	uint8_t framing = 0;
	enum look look = look_at(b, from, all, &framing);
	if (look == LOOK_MORE)
		return (struct preamble_step){.need = b.len + 1};
	bool again = s->n_layers > 0 && s->layer[s->n_layers - 1].framing == framing;
	if (look == LOOK_NO || (s->n_layers == OPENINGS_MOST && !again))
		return strange(s);
	if (!again)
		s->layer[s->n_layers++] = (struct layer){.framing = framing, .cutting.from = from};
	s->layer[s->n_layers - 1].cutting.over = false;
	s->open = true;
	return (struct preamble_step){0};
}

static struct message *add_message(struct layer *l, struct arena *a)
{
	struct side_said *s = &l->said;
	if (s->n == s->room) {
		uint32_t room = s->room == 0 ? 4 : s->room * 2;
		struct message *bigger = arena_take(a, room * sizeof *bigger);
		if (bigger == NULL)
			return NULL;
		if (s->n > 0)
			memcpy(bigger, s->message, s->n * sizeof *bigger);
		s->message = bigger;
		s->room = room;
	}
	return &s->message[s->n++];
}

static bool ends_line(struct bytes b)
{
	return b.len == 0 || b.at[b.len - 1] == '\n';
}

static bool is_blank(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.at[i] != ' ' && b.at[i] != '\r' && b.at[i] != '\n' && b.at[i] != '\t')
			return false;
	return true;
}

static void keep_message(struct preamble *p, struct layer *l, struct bytes b, uint32_t first,
                         uint32_t last)
{
	const struct side_said *said = &l->said;
	bool goes_on = framings[l->framing].text && said->n > 0 && l->framing != FRAMING_XML &&
	               !ends_line(said->message[said->n - 1].bytes);
	l->last_frame = last;
	if (l->first_frame == 0)
		l->first_frame = first;
	if (l->framing == FRAMING_XML && is_blank(b))
		return;
	struct message *m = add_message(l, p->arena);
	if (m != NULL)
		*m = (struct message){.bytes = arena_keep(p->arena, b),
		                      .first_frame = first,
		                      .last_frame = last,
		                      .shown = SHOWN_ALL,
		                      .continues = goes_on};
}

static struct preamble_step skip_rest_of(struct speaker *s, struct bytes b)
{
	size_t n = s->skip < b.len ? s->skip : b.len;
	s->skip -= n;
	return (struct preamble_step){.used = n};
}

/* Says whether a side has said more than is kept of an opening. */
static bool is_full(const struct speaker *s)
{
	return s->n_bytes > PREAMBLE_BYTES || s->n_messages == PREAMBLE_MESSAGES;
}

struct preamble_step preamble_take(struct preamble *p, enum side from, uint64_t at, struct bytes b,
                                   bool all, preamble_place *place, void *ctx)
{
	struct speaker *s = &p->side[from];
	if (s->over)
		return strange(s);
	if (s->skip > 0)
		return skip_rest_of(s, b);
	if (!s->open) {
		struct preamble_step begun = begin_layer(s, from, b, all);
		if (!s->open)
			return begun;
	}
	struct layer *l = &s->layer[s->n_layers - 1];
	if (is_full(s)) {
		l->said.cut = true;
		return strange(s);
	}
	struct cutting cutting = l->cutting; /* stays as it is until the message is there */
	cutting.all = all;
	size_t n = framings[l->framing].cut(b, &cutting);
	size_t kept = n < PREAMBLE_KEPT ? n : PREAMBLE_KEPT;
	if (n == CUT_NO)
		return strange(s);
	if (n == CUT_MORE || b.len < kept) {
		if (!all)
			return (struct preamble_step){.need = n == CUT_MORE ? b.len + 1 : kept};
		kept = b.len;
		n = b.len;
	}
	keep_message(p, l, (struct bytes){b.at, kept}, place(ctx, from, at),
	             place(ctx, from, at + kept - 1));
	l->cutting = cutting;
	l->cutting.n++;
	s->n_messages++;
	s->n_bytes += n < PREAMBLE_BYTES ? (uint32_t)n : PREAMBLE_BYTES;
	l->bytes += n;
	s->skip = n - kept;
	s->open = !l->cutting.over;
	return (struct preamble_step){.used = kept};
}

bool preamble_is_inside(const struct preamble *p, enum side from)
{
	return p->side[from].skip > 0;
}

void preamble_tls(struct preamble *p, enum side from)
{
	struct speaker *s = &p->side[from];
	s->over = true;
	if (s->n_layers > 0)
		s->layer[s->n_layers - 1].said.tls = true;
}

bool preamble_spoke(const struct preamble *p, enum side from)
{
	return p->side[from].n_layers > 0;
}

/* ---- what it means ---- */

static struct bytes hidden_mark(void)
{
	static const char mark[] = "(not shown)\r\n";
	return (struct bytes){(const uint8_t *)mark, sizeof mark - 1};
}

/* Writes a message behind what is there, without what is hidden of it. */
static size_t write_message(uint8_t *out, size_t room, const struct message *m)
{
	bool hidden = m->shown < m->bytes.len;
	struct bytes part[2] = {m->bytes, hidden_mark()};
	size_t n = 0;
	part[0].len = hidden ? m->shown : m->bytes.len;
	part[1].len = hidden && !m->continues ? part[1].len : 0;
	for (int i = 0; i < 2; i++) {
		size_t len = part[i].len < room - n ? part[i].len : room - n;
		if (len > 0)
			memcpy(out + n, part[i].at, len);
		n += len;
	}
	return n;
}

static struct bytes transcript(struct arena *a, const struct side_said *s)
{
	enum { MOST = 2048 };
	uint8_t *out = s->n == 0 ? NULL : arena_take(a, MOST);
	size_t n = 0;
	if (out == NULL)
		return (struct bytes){NULL, 0};
	for (uint32_t i = 0; i < s->n; i++)
		n += write_message(out + n, MOST - n, &s->message[i]);
	return (struct bytes){out, n};
}

static void fill_side(struct opening *o, const struct dialogue *d, enum side role,
                      const struct layer *l)
{
	if (l == NULL)
		return;
	o->first_frame[role] = l->first_frame;
	o->last_frame[role] = l->last_frame;
	o->bytes[role] = l->bytes;
	o->cut = o->cut || l->said.cut;
	if (framings[l->framing].text)
		o->said[role] = transcript(d->arena, &l->said);
}

static bool tell_one(struct arena *a, struct layer *client, struct layer *server,
                     struct opening *out)
{
	struct side_said nobody = {.n = 0};
	struct dialogue d = {.arena = a,
	                     .side = {client == NULL ? &nobody : &client->said,
	                              server == NULL ? &nobody : &server->said}};
	uint8_t framing = client != NULL ? client->framing : server->framing;
	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		if (protocols[i].framing != framing || !protocols[i].is(&d))
			continue;
		*out = (struct opening){.protocol = protocol_ids[i]};
		protocols[i].tell(&d, out);
		fill_side(out, &d, CLIENT, client);
		fill_side(out, &d, SERVER, server);
		return true;
	}
	return false;
}

uint32_t preamble_tell(struct preamble *p, struct arena *a, bool swapped,
                       struct opening out[OPENINGS_MOST])
{
	struct speaker *c = &p->side[swapped ? SERVER : CLIENT];
	struct speaker *s = &p->side[swapped ? CLIENT : SERVER];
	uint32_t n = 0, i = 0, j = 0;
	while (n < OPENINGS_MOST && (i < c->n_layers || j < s->n_layers)) {
		struct layer *client = i < c->n_layers ? &c->layer[i] : NULL;
		struct layer *server = j < s->n_layers ? &s->layer[j] : NULL;
		if (client != NULL && client->framing == FRAMING_PROXY)
			server = NULL; /* nobody answers a PROXY line */
		else if (client != NULL && server != NULL && client->framing != server->framing)
			break;
		if (!tell_one(a, client, server, &out[n]))
			break;
		n++;
		i += client != NULL;
		j += server != NULL;
	}
	return n;
}
