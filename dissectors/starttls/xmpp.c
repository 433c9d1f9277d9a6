/* XMPP (RFC 6120) with STARTTLS (its 5). Streams of XML are cut behind each ">". */
#include "dissectors/starttls/dialogue.h"

enum look xmpp_look(struct bytes b, enum side from)
{
	(void)from;
	enum look declared = look_for(b, "<?xml", 5), bare = look_for(b, "<stream:stream", 14);
	return declared > bare ? declared : bare;
}

static bool is_control(uint8_t c)
{
	return c < ' ' && c != '\t' && c != '\r' && c != '\n';
}

/* White space between stanzas stands alone: TLS may begin behind it. */
size_t xmpp_cut(struct bytes b, struct cutting *c)
{
	if (b.at[0] == ' ' || b.at[0] == '\r' || b.at[0] == '\n' || b.at[0] == '\t')
		return 1;
	for (size_t i = 0; i < b.len && i < PREAMBLE_KEPT; i++) {
		if (is_control(b.at[i]))
			return CUT_NO;
		if (b.at[i] == '>' || i + 1 == PREAMBLE_KEPT)
			return i + 1;
	}
	return c->all ? b.len : CUT_MORE;
}

/* Finds the first piece that begins with these words; s->n when there is none. */
static uint32_t find_tag(const struct side_said *s, const char *words)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (begins(s->message[i].bytes, words))
			return i;
	return s->n;
}

static struct bytes piece(const struct side_said *s, uint32_t n)
{
	return n < s->n ? s->message[n].bytes : (struct bytes){NULL, 0};
}

bool xmpp_is(const struct dialogue *d)
{
	return find_tag(d->side[CLIENT], "<stream:stream") < d->side[CLIENT]->n ||
	       find_tag(d->side[SERVER], "<stream:stream") < d->side[SERVER]->n;
}

static struct bytes attribute(struct bytes tag, const char *single, const char *full)
{
	struct bytes value = between(tag, single, "'");
	return value.len > 0 ? value : between(tag, full, "\"");
}

/* The content of <auth> and of <response> is a login (RFC 6120, 6.4). */
static void tell_auth(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT];
	struct bytes mechanism = {NULL, 0};
	bool inside = false;
	for (uint32_t i = 0; i < c->n; i++) {
		struct message *m = &c->message[i];
		if (inside && m->bytes.at[0] != '<') {
			bool plain = is_one_of(mechanism, "PLAIN LOGIN");
			uint32_t *frame = plain ? &o->password_frame : &o->login_frame;
			*frame = *frame == 0 ? m->first_frame : *frame;
			o->user_frame = plain && o->user_frame == 0 ? *frame : o->user_frame;
			hide(m, 0);
		}
		inside = begins(m->bytes, "<auth ") || begins(m->bytes, "<response") ||
		         (inside && m->bytes.at[m->bytes.len - 1] != '>');
		if (begins(m->bytes, "<auth "))
			mechanism = attribute(m->bytes, "mechanism='", "mechanism=\"");
	}
	add_fact(d, o, FACT_MECHANISM, mechanism);
}

void xmpp_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	uint32_t asks = find_tag(c, "<starttls"), yes = find_tag(s, "<proceed");
	uint32_t no = find_tag(s, "<failure"), offers = find_tag(s, "<starttls");
	struct bytes to = piece(c, find_tag(c, "<stream:stream"));
	struct bytes from = piece(s, find_tag(s, "<stream:stream"));
	o->client_named = keep(d, attribute(to, " to='", " to=\""));
	o->server_said = keep(d, attribute(from, " from='", " from=\""));
	tell_auth(d, o);
	if (asks < c->n)
		tell_asked(d, o, asks, yes < s->n ? yes : no, yes < s->n);
	if (offers < s->n)
		tell_offered(d, o, s->message[offers].first_frame,
		             find_tag(c, "<auth") < c->n || find_tag(c, "<iq") < c->n);
}
