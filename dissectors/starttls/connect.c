/* HTTP CONNECT (RFC 9110, 9.3.6): a request to a proxy, and behind its good answer a tunnel. */
#include "dissectors/starttls/dialogue.h"

enum { LENGTH_MOST = 1 << 20 };

enum look connect_look(struct bytes b, enum side from)
{
	return from == CLIENT ? look_for(b, "CONNECT ", 8) : look_for(b, "HTTP/1.", 7);
}

static uint32_t number_of(struct bytes digits)
{
	uint32_t n = 0;
	for (size_t i = 0; i < digits.len && digits.at[i] >= '0' && digits.at[i] <= '9'; i++)
		n = n > LENGTH_MOST ? n : n * 10 + digits.at[i] - '0';
	return n;
}

/* An answer that is no yes may have a body. */
static void note_length(struct bytes line, struct cutting *c)
{
	static const char name[] = "Content-Length:";
	if (c->from != SERVER || !begins(line, name))
		return;
	struct bytes value = bytes_from(line, sizeof name - 1);
	while (value.len > 0 && value.at[0] == ' ')
		value = bytes_from(value, 1);
	c->mark = number_of(value) << 1;
}

enum { IN_BODY = 1 };

/* Line by line; the empty line ends the head. The mark is twice the length of the body, and odd in
 * the body. */
size_t connect_cut(struct bytes b, struct cutting *c)
{
	if (c->mark & IN_BODY) {
		size_t n = c->mark >> 1;
		c->mark = 0;
		c->over = true;
		return n;
	}
	size_t n = lines_cut(b, c);
	if (n == CUT_NO || n == CUT_MORE)
		return n;
	struct bytes line = {b.at, n};
	note_length(line, c);
	bool end = is_words(line, "\r\n") || is_words(line, "\n");
	c->mark |= end && c->mark > 0 ? IN_BODY : 0;
	c->over = end && c->mark == 0;
	return n;
}

static uint32_t last_line(const struct side_said *s, const char *words)
{
	for (uint32_t i = s->n; i > 0; i--)
		if (begins(line_number(s, i - 1), words))
			return i - 1;
	return s->n;
}

bool connect_is(const struct dialogue *d)
{
	return d->side[CLIENT]->n > 0;
}

static void tell_login(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT];
	for (uint32_t i = 0; i < c->n; i++) {
		struct message *m = &c->message[i];
		struct bytes line = line_of(m);
		if (m->continues && i > 0 && m[-1].shown != SHOWN_ALL)
			hide(m, 0);
		if (!begins(line, "Proxy-Authorization:") && !begins(line, "Authorization:") &&
		    !begins(line, "Cookie:"))
			continue;
		struct bytes rest = argument_of(line);
		struct bytes way = take_word(&rest);
		hide(m, line.len - rest.len);
		if (begins(line, "Cookie:"))
			continue;
		add_fact(d, o, FACT_MECHANISM, way);
		uint32_t *frame = is_words(way, "Basic") ? &o->password_frame : &o->login_frame;
		*frame = *frame == 0 ? m->first_frame : *frame;
		o->user_frame = is_words(way, "Basic") ? *frame : o->user_frame;
	}
}

void connect_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	uint32_t asks = last_line(c, "CONNECT "), answers = last_line(s, "HTTP/1.");
	struct bytes target = argument_of(line_number(c, asks));
	o->client_named = keep(d, take_word(&target));
	o->server_said = keep(d, line_number(s, answers));
	tell_login(d, o);
	if (asks < c->n)
		o->asked_frame = c->message[asks].first_frame;
	if (answers < s->n)
		o->answered_frame = s->message[answers].first_frame;
	bool yes = begins(command_of(line_number(s, answers), true), "2");
	o->upgrade = answers == s->n ? UPGRADE_ASKED : yes ? UPGRADE_ACCEPTED : UPGRADE_REFUSED;
}
