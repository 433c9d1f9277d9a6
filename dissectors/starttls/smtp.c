/* SMTP (RFC 5321) and LMTP (RFC 2033) with STARTTLS (RFC 3207). */
#include "dissectors/starttls/dialogue.h"

static bool has_greeting(const struct dialogue *d, const char *name)
{
	struct bytes greeting = line_number(d->side[SERVER], 0);
	return begins(greeting, "2") && find_words(greeting, name) != SIZE_MAX;
}

static bool said(const struct dialogue *d, const char *command)
{
	return find_command(d->side[CLIENT], command, false) < d->side[CLIENT]->n;
}

static bool greets(const struct dialogue *d)
{
	unsigned code = reply_code(line_number(d->side[SERVER], 0));
	return d->side[SERVER]->n == 0 || code == 220 || code >= 400;
}

bool lmtp_is(const struct dialogue *d)
{
	return greets(d) && (said(d, "LHLO") || has_greeting(d, "LMTP"));
}

bool smtp_is(const struct dialogue *d)
{
	return greets(d) && (said(d, "EHLO") || said(d, "HELO") || has_greeting(d, "SMTP"));
}

/* Each line of the client has one reply, and the greeting is one too; that ends with DATA, but
 * nobody asks for TLS behind that. */
void smtp_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	static const char *const hello[] = {"LHLO", "EHLO", "HELO"};
	struct upgrade_lines u = {.asks = find_command(c, "STARTTLS", false)};
	for (size_t i = 0; i < 3 && o->client_named.len == 0; i++)
		o->client_named =
			keep(d, argument_of(line_number(c, find_command(c, hello[i], false))));
	u.answers = reply_number(s, u.asks + 1);
	u.accepted = reply_code(line_number(s, u.answers)) == 220;
	u.offers = find_line(s, "250-STARTTLS");
	if (u.offers == s->n)
		u.offers = find_line(s, "250 STARTTLS");
	tell_upgrade(d, o, u);
}

void lmtp_tell(const struct dialogue *d, struct opening *o)
{
	smtp_tell(d, o);
}
