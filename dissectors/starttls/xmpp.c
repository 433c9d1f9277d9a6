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

/* Gives the name of the element that a piece begins, without its prefix; empty for another piece.
 */
static struct bytes element_of(struct bytes b)
{
	size_t from = 1, n = 1;
	if (b.len == 0 || b.at[0] != '<')
		return (struct bytes){NULL, 0};
	for (; n < b.len && b.at[n] > ' ' && b.at[n] != '/' && b.at[n] != '>'; n++)
		if (b.at[n] == ':')
			from = n + 1;
	return (struct bytes){b.at + from, n - from};
}

/* Finds the first piece that begins this element; s->n when there is none. */
static uint32_t find_element(const struct side_said *s, const char *name)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (is_words(element_of(s->message[i].bytes), name))
			return i;
	return s->n;
}

static struct bytes piece(const struct side_said *s, uint32_t n)
{
	return n < s->n ? s->message[n].bytes : (struct bytes){NULL, 0};
}

bool xmpp_is(const struct dialogue *d)
{
	return find_element(d->side[CLIENT], "stream") < d->side[CLIENT]->n ||
	       find_element(d->side[SERVER], "stream") < d->side[SERVER]->n;
}

static struct bytes attribute(struct bytes tag, const char *single, const char *full)
{
	struct bytes value = between(tag, single, "'");
	return value.len > 0 ? value : between(tag, full, "\"");
}

static bool is_content(struct bytes b)
{
	return b.at[0] != '<' || begins(b, "<!");
}

static void note_content(struct opening *o, struct bytes element, bool plain, uint32_t frame)
{
	uint32_t *login = plain ? &o->password_frame : &o->login_frame;
	if (is_words(element, "username") && o->user_frame == 0)
		o->user_frame = frame;
	if (!is_one_of(element, "AUTH RESPONSE INITIAL-RESPONSE PASSWORD DIGEST"))
		return;
	*login = *login == 0 ? frame : *login;
	o->user_frame = plain && o->user_frame == 0 ? *login : o->user_frame;
}

/* Hides what the client says between tags: logins (RFC 6120, 6.4; XEP-0388, XEP-0077, XEP-0078)
 * stand there. */
static void tell_auth(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT];
	struct bytes mechanism = {NULL, 0}, element = {NULL, 0};
	for (uint32_t i = 0; i < c->n; i++) {
		struct message *m = &c->message[i];
		if (is_content(m->bytes)) {
			bool plain = is_one_of(mechanism, "PLAIN LOGIN") ||
			             is_words(element, "password");
			note_content(o, element, plain, m->first_frame);
			hide(m, 0);
			continue;
		}
		element = element_of(m->bytes);
		if (is_one_of(element, "AUTH AUTHENTICATE"))
			mechanism = attribute(m->bytes, "mechanism='", "mechanism=\"");
	}
	add_fact(d, o, FACT_MECHANISM, mechanism);
}

/* A server tells the password of an account in XEP-0077. */
static void hide_password(const struct side_said *s)
{
	for (uint32_t i = 1; i < s->n; i++)
		if (is_words(element_of(s->message[i - 1].bytes), "password"))
			hide(&s->message[i], 0);
}

void xmpp_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	uint32_t asks = find_element(c, "starttls"), yes = find_element(s, "proceed");
	uint32_t no = find_element(s, "failure"), offers = find_element(s, "starttls");
	struct bytes to = piece(c, find_element(c, "stream"));
	struct bytes from = piece(s, find_element(s, "stream"));
	o->client_named = keep(d, attribute(to, " to='", " to=\""));
	o->server_said = keep(d, attribute(from, " from='", " from=\""));
	tell_auth(d, o);
	hide_password(s);
	if (asks < c->n)
		tell_asked(d, o, asks, yes < s->n ? yes : no, yes < s->n);
	if (offers < s->n)
		tell_offered(d, o, s->message[offers].first_frame,
		             find_element(c, "auth") < c->n || find_element(c, "iq") < c->n);
}
