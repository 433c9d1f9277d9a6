/* HTTP CONNECT (RFC 9110, 9.3.6): a request to a proxy, and behind its good answer a tunnel. */
#include "dissectors/starttls/dialogue.h"

enum { LENGTH_MOST = 1 << 20 };

enum look connect_look(struct bytes b, enum side from)
{
	return from == CLIENT ? look_for(b, "CONNECT ", 8) : look_for(b, "HTTP/1.", 7);
}

static uint32_t digit_of(uint8_t c)
{
	uint8_t small = c | 0x20;
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	return small >= 'a' && small <= 'f' ? (uint32_t)(small - 'a' + 10) : UINT32_MAX;
}

static uint32_t number_of(struct bytes digits, uint32_t base)
{
	uint32_t n = 0;
	for (size_t i = 0; i < digits.len && digit_of(digits.at[i]) < base; i++)
		n = n > LENGTH_MOST ? n : n * base + digit_of(digits.at[i]);
	return n;
}

/* Splits a header field into its name and its value (RFC 9112, 5). */
static struct bytes value_of(struct bytes line, struct bytes *name)
{
	size_t colon = find_byte(line, ':');
	*name = (struct bytes){line.at, colon == SIZE_MAX ? 0 : colon};
	*name = take_word(name);
	struct bytes value = bytes_from(line, colon == SIZE_MAX ? line.len : colon + 1);
	while (value.len > 0 && (value.at[0] == ' ' || value.at[0] == '\t'))
		value = bytes_from(value, 1);
	return value;
}

/* The mark: how long the body is, or the next chunk of it, and below that what is at hand. */
enum { IN_BODY = 1, CHUNKED = 2, GRANTED = 4, LENGTH_SHIFT = 3 };

/* An answer that is no yes may have a body (RFC 9110, 9.3.6). */
static void note_length(struct bytes line, struct cutting *c)
{
	struct bytes name, value = value_of(line, &name);
	if (begins(line, "HTTP/1.") && begins(command_of(line, true), "2"))
		c->mark = GRANTED;
	if (c->from != SERVER || c->mark == GRANTED)
		return;
	if (is_words(name, "Content-Length"))
		c->mark = number_of(value, 10) << LENGTH_SHIFT;
	else if (is_words(name, "Transfer-Encoding") && find_words(value, "chunked") != SIZE_MAX)
		c->mark = CHUNKED;
}

/* RFC 9112, 7.1: a line with the length in hexadecimal digits, the chunk, an empty line; behind
 * the chunk of length 0 fields may stand as in the head. */
static size_t cut_chunk(struct bytes b, struct cutting *c)
{
	uint32_t len = c->mark >> LENGTH_SHIFT;
	c->mark = IN_BODY | CHUNKED;
	if (len > 0)
		return len;
	size_t n = lines_cut(b, c);
	struct bytes line = {b.at, n};
	if (n == CUT_NO || n == CUT_MORE || is_words(line, "\r\n") || is_words(line, "\n"))
		return n;
	len = number_of(line, 16);
	c->mark = len > 0 ? len << LENGTH_SHIFT | IN_BODY | CHUNKED : 0;
	return n;
}

/* Line by line; the empty line ends the head. */
size_t connect_cut(struct bytes b, struct cutting *c)
{
	if (c->mark & CHUNKED && c->mark & IN_BODY)
		return cut_chunk(b, c);
	if (c->mark & IN_BODY) {
		size_t n = c->mark >> LENGTH_SHIFT;
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
	c->over = end && (c->mark == 0 || c->mark == GRANTED);
	if (end)
		c->mark = c->over ? 0 : c->mark | IN_BODY;
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

/* Shows of a value no more than how the login is done: "Basic". */
static void tell_authorization(const struct dialogue *d, struct opening *o, struct message *m,
                               struct bytes value)
{
	struct bytes rest = value, way = take_word(&rest);
	bool basic = is_words(way, "Basic");
	uint32_t *frame = basic ? &o->password_frame : &o->login_frame;
	*frame = *frame == 0 ? m->first_frame : *frame;
	o->user_frame = basic ? *frame : o->user_frame;
	if (rest.len > 0)
		add_fact(d, o, FACT_MECHANISM, way);
	hide(m, line_of(m).len - (rest.len > 0 ? rest.len : value.len));
}

/* Values are hidden unless their field is known to hold no secret. */
static void tell_field(const struct dialogue *d, struct opening *o, struct message *m)
{
	struct bytes line = line_of(m), name, value = value_of(line, &name);
	bool folded = line.len > 0 && (line.at[0] == ' ' || line.at[0] == '\t');
	if (is_one_of(name, "PROXY-AUTHORIZATION AUTHORIZATION"))
		tell_authorization(d, o, m, value);
	else if (folded)
		hide(m, 0);
	else if (!is_one_of(name, "HOST USER-AGENT CONNECTION PROXY-CONNECTION CONTENT-LENGTH "
	                          "KEEP-ALIVE ACCEPT ALPN"))
		hide(m, value.len == 0 ? SHOWN_ALL : line.len - value.len);
}

/* A name and a password may stand before the host, though the standard knows no such target. */
static struct bytes target_of(struct message *m)
{
	struct bytes rest = argument_of(line_of(m)), target = take_word(&rest);
	size_t at = find_byte(target, '@');
	if (at == SIZE_MAX)
		return target;
	hide(m, sizeof "CONNECT " - 1);
	return bytes_from(target, at + 1);
}

static void tell_login(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT];
	for (uint32_t i = 0; i < c->n; i++) {
		struct message *m = &c->message[i];
		if (m->continues && i > 0 && m[-1].shown != SHOWN_ALL)
			hide(m, 0);
		else if (begins(line_of(m), "CONNECT "))
			target_of(m);
		else
			tell_field(d, o, m);
	}
}

static void hide_cookies(const struct side_said *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (begins(s->message[i].bytes, "Set-Cookie"))
			hide(&s->message[i], sizeof "Set-Cookie:" - 1);
}

void connect_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	uint32_t asks = last_line(c, "CONNECT "), answers = last_line(s, "HTTP/1.");
	if (asks < c->n)
		o->client_named = keep(d, target_of(&c->message[asks]));
	o->server_said = keep(d, line_number(s, answers));
	tell_login(d, o);
	hide_cookies(s);
	if (asks < c->n)
		o->asked_frame = c->message[asks].first_frame;
	if (answers < s->n)
		o->answered_frame = s->message[answers].first_frame;
	bool yes = begins(command_of(line_number(s, answers), true), "2");
	o->upgrade = answers == s->n ? UPGRADE_ASKED : yes ? UPGRADE_ACCEPTED : UPGRADE_REFUSED;
}
