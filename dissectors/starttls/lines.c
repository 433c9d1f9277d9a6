/* Protocols of lines: commands of the client, answers of the server. */
#include "dissectors/starttls/dialogue.h"

enum { FIRST_LINE_MOST = 512 };

/* ---- framing ---- */

static bool is_text(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if ((b.at[i] < ' ' && b.at[i] != '\t' && b.at[i] != '\r' && b.at[i] != '\n') ||
		    b.at[i] == 0x7f)
			return false;
	return true;
}

static struct bytes first_line(struct bytes b, size_t most)
{
	b.len = b.len < most ? b.len : most;
	size_t end = find_byte(b, '\n');
	b.len = end == SIZE_MAX ? b.len : end + 1;
	return b;
}

static bool is_answer(struct bytes line)
{
	unsigned code = reply_code(line);
	return (code >= 100 && code < 600) || begins(line, "+OK") || begins(line, "-ERR") ||
	       begins(line, "* OK") || begins(line, "* PREAUTH") || begins(line, "* BYE") ||
	       begins(line, "\"IMPLEMENTATION\"") || begins(line, "\"SIEVE\"") ||
	       begins(line, "NOTICE ") || (line.len > 1 && line.at[0] == ':');
}

static bool is_command(struct bytes line)
{
	struct bytes first = take_word(&line), second = take_word(&line);
	return is_one_of(first, "EHLO HELO LHLO STARTTLS AUTH USER PASS FEAT SYST HOST CLNT OPTS "
	                        "CAPA STLS APOP STAT CAPABILITIES CAPABILITY MODE AUTHINFO CAP "
	                        "NICK AUTHENTICATE QUIT NOOP LOGOUT") ||
	       is_one_of(second, "CAPABILITY STARTTLS LOGIN AUTHENTICATE ID NOOP LOGOUT");
}

enum look lines_look(struct bytes b, enum side from)
{
	struct bytes line = first_line(b, FIRST_LINE_MOST);
	if (line.len == 0)
		return LOOK_MORE;
	if (!is_text(line) || line.at[0] <= ' ')
		return LOOK_NO;
	bool whole = line.at[line.len - 1] == '\n';
	if (!whole)
		return line.len < FIRST_LINE_MOST ? LOOK_MORE : LOOK_NO;
	return (from == SERVER ? is_answer(line) : is_command(line)) ? LOOK_YES : LOOK_NO;
}

size_t lines_cut(struct bytes b, struct cutting *c)
{
	struct bytes line = first_line(b, PREAMBLE_KEPT);
	bool whole = line.len == PREAMBLE_KEPT || line.at[line.len - 1] == '\n' || c->all;
	if (!is_text(line))
		return CUT_NO;
	return whole ? line.len : CUT_MORE;
}

/* ---- commands ---- */

struct bytes line_number(const struct side_said *s, uint32_t n)
{
	return n < s->n ? line_of(&s->message[n]) : (struct bytes){NULL, 0};
}

struct bytes command_of(struct bytes line, bool tagged)
{
	struct bytes word = take_word(&line);
	return tagged ? take_word(&line) : word;
}

struct bytes argument_of(struct bytes line)
{
	take_word(&line);
	return line;
}

uint32_t find_command(const struct side_said *s, const char *command, bool tagged)
{
	for (uint32_t i = s->n; i > 0; i--)
		if (is_words(command_of(line_number(s, i - 1), tagged), command))
			return i - 1;
	return s->n;
}

uint32_t find_line(const struct side_said *s, const char *words)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (find_words(line_number(s, i), words) != SIZE_MAX)
			return i;
	return s->n;
}

static bool is_idle(struct bytes command)
{
	return is_one_of(command, "QUIT LOGOUT NOOP RSET EHLO HELO LHLO CAPA CAPABILITY "
	                          "CAPABILITIES FEAT ID HELP CAP NICK USER PONG");
}

bool goes_on(const struct side_said *s, uint32_t after, bool tagged)
{
	for (uint32_t i = after; i < s->n; i++)
		if (!is_idle(command_of(line_number(s, i), tagged)))
			return true;
	return false;
}

unsigned reply_code(struct bytes line)
{
	unsigned code = 0;
	if (line.len < 4 || (line.at[3] != ' ' && line.at[3] != '-' && line.at[3] != '\r'))
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return 0;
		code = code * 10 + line.at[i] - '0';
	}
	return code;
}

/* RFC 5321, 4.2.1: all lines of a reply but the last have a hyphen behind the code; what FTP writes
 * between them (RFC 959, 4.2) need not begin with one. */
static uint32_t reply_end(const struct side_said *s, uint32_t at)
{
	struct bytes first = line_number(s, at);
	if (first.len < 4 || first.at[3] != '-')
		return at;
	for (uint32_t i = at + 1; i < s->n; i++) {
		struct bytes line = line_number(s, i);
		if (line.len >= 3 && memcmp(line.at, first.at, 3) == 0 &&
		    (line.len == 3 || line.at[3] == ' '))
			return i;
	}
	return s->n;
}

uint32_t reply_number(const struct side_said *s, uint32_t n)
{
	uint32_t at = 0, count = 0;
	while (at < s->n) {
		uint32_t end = reply_end(s, at);
		bool announces = begins(line_number(s, at), "1");
		if (!announces && count++ == n)
			return end;
		at = end + 1;
	}
	return s->n;
}

/* ---- logins ---- */

/* Where a login stands while its lines are gone over. */
struct login {
	struct opening *o;
	bool running;     /* the next lines may belong to it */
	bool plain;       /* it holds the password as it is */
	bool literal;     /* the next line belongs to it, whatever it is (RFC 3501, 4.3) */
	bool secret_free; /* RFC 1635's anonymous, Kerberos, certificates: nothing to steal */
};

static void note(uint32_t *frame, const struct message *m)
{
	if (*frame == 0)
		*frame = m->first_frame;
}

static void note_secret(struct login *l, const struct message *m)
{
	if (l->secret_free)
		return;
	note(l->plain ? &l->o->password_frame : &l->o->login_frame, m);
	if (l->plain)
		note(&l->o->user_frame, m);
}

static void hide_argument(struct message *m, struct bytes line, struct bytes rest)
{
	hide(m, rest.len == 0 ? m->bytes.len : line.len - rest.len);
}

static struct bytes without_quotes(struct bytes b)
{
	if (b.len >= 2 && b.at[0] == '"' && b.at[b.len - 1] == '"')
		return (struct bytes){b.at + 1, b.len - 2};
	return b;
}

static bool ends_in_literal(struct bytes line)
{
	return line.len > 0 && line.at[line.len - 1] == '}';
}

/* AUTH, AUTHENTICATE, AUTHINFO SASL: a mechanism, and perhaps the first answer. */
static void login_sasl(const struct dialogue *d, struct login *l, struct message *m,
                       struct bytes line, struct bytes rest)
{
	struct bytes mechanism = without_quotes(take_word(&rest));
	if (mechanism.len == 0 || is_one_of(mechanism, "TLS SSL TLS-C TLS-P"))
		return;
	if (l->running && is_words(command_of(line, false), "AUTHENTICATE")) {
		hide(m, line.len - rest.len - mechanism.len); /* IRC: what follows is the answer */
		note_secret(l, m);
		return;
	}
	add_fact(d, l->o, FACT_MECHANISM, mechanism);
	l->running = true;
	l->plain = is_one_of(mechanism, "PLAIN LOGIN XOAUTH2 OAUTHBEARER");
	l->secret_free = is_one_of(mechanism, "GSSAPI EXTERNAL ANONYMOUS");
	if (rest.len == 0)
		return;
	hide_argument(m, line, rest);
	note_secret(l, m);
}

static void login_authinfo(const struct dialogue *d, struct login *l, struct message *m,
                           struct bytes line, struct bytes rest)
{
	struct bytes what = take_word(&rest);
	if (is_words(what, "SASL")) {
		login_sasl(d, l, m, line, rest);
		return;
	}
	hide_argument(m, line, rest);
	l->plain = true;
	l->literal = is_words(what, "SIMPLE"); /* RFC 2980, 3.1.2: both on the next line */
	note(is_words(what, "PASS") ? &l->o->password_frame : &l->o->user_frame, m);
}

static void login_command(const struct dialogue *d, struct login *l, struct message *m,
                          struct bytes line, bool tagged)
{
	struct bytes rest = line;
	if (tagged)
		take_word(&rest);
	while (!tagged && rest.len > 0 && (rest.at[0] == '@' || rest.at[0] == ':'))
		take_word(&rest); /* IRC: tags and a prefix may stand before the command */
	struct bytes command = take_word(&rest);
	size_t service = find_words(line, "IDENTIFY ");
	if (is_one_of(command, "AUTH AUTHENTICATE")) {
		login_sasl(d, l, m, line, rest);
		return;
	}
	l->running = false;
	if (is_words(command, "AUTHINFO")) {
		login_authinfo(d, l, m, line, rest);
	} else if (is_words(command, "USER")) {
		l->secret_free = is_one_of(rest, "ANONYMOUS FTP");
		hide_argument(m, line, rest);
		note(&l->o->user_frame, m);
	} else if (is_one_of(command, "ADAT SITE")) {
		/* RFC 2228: a login that needs no clear channel; and SITE PSWD */
		hide_argument(m, line, rest);
	} else if (is_one_of(command, "PASS ACCT LOGIN OPER APOP WEBIRC")) {
		l->plain = !is_words(command, "APOP");
		l->literal = ends_in_literal(line);
		hide_argument(m, line, rest);
		note_secret(l, m);
	} else if (service != SIZE_MAX) {
		l->plain = true;
		hide(m, service + sizeof "IDENTIFY " - 1);
		note_secret(l, m);
	} else if (is_one_of(command, "PRIVMSG SQUERY NS NICKSERV CS CHANSERV AUTHSERV")) {
		hide_argument(m, line, rest); /* IRC: services take passwords in many words */
	}
}

static bool is_single_word(struct bytes line)
{
	take_word(&line);
	return line.len == 0;
}

void tell_logins(const struct dialogue *d, struct opening *o, bool tagged)
{
	const struct side_said *c = d->side[CLIENT];
	struct login l = {.o = o};
	for (uint32_t i = 0; i < c->n; i++) {
		struct message *m = &c->message[i];
		struct bytes line = line_of(m);
		bool answer =
			l.running && is_single_word(line) && !is_idle(line) && !is_words(line, "*");
		if (m->continues && i > 0 && m[-1].shown != SHOWN_ALL) {
			hide(m, 0);
		} else if (answer || l.literal) {
			l.literal = l.literal && ends_in_literal(line);
			hide(m, 0);
			note_secret(&l, m);
		} else {
			login_command(d, &l, m, line, tagged);
		}
	}
}

void tell_upgrade(const struct dialogue *d, struct opening *o, struct upgrade_lines u)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	if (o->server_said.len == 0)
		o->server_said = keep(d, line_number(s, 0));
	tell_logins(d, o, u.tagged);
	if (u.asks < c->n)
		tell_asked(d, o, u.asks, u.answers, u.accepted);
	if (u.offers < s->n)
		tell_offered(d, o, s->message[u.offers].first_frame, goes_on(c, 0, u.tagged));
	else if (o->upgrade == UPGRADE_NONE && (c->tls || s->tls))
		o->upgrade = UPGRADE_ACCEPTED;
}
