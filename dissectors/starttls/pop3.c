/* POP3 (RFC 1939) with STLS (RFC 2595, 4). */
#include "dissectors/starttls/dialogue.h"

bool pop3_is(const struct dialogue *d)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	struct bytes first = command_of(line_number(c, 0), false);
	if (s->n == 0)
		return is_one_of(first, "CAPA STLS APOP");
	return (begins(line_number(s, 0), "+OK") || begins(line_number(s, 0), "-ERR")) &&
	       (c->n == 0 || is_one_of(first, "CAPA STLS APOP AUTH USER QUIT STAT NOOP UTF8 LANG"));
}

/* Says whether a good answer to a command goes on to a line with a full stop. */
static bool has_list(struct bytes line)
{
	struct bytes command = take_word(&line);
	return is_one_of(command, "CAPA RETR TOP") ||
	       (is_one_of(command, "LIST UIDL AUTH") && line.len == 0);
}

static uint32_t answer_of(const struct dialogue *d, uint32_t asks)
{
	const struct side_said *s = d->side[SERVER];
	uint32_t at = 1;
	for (uint32_t i = 0; i < asks && at < s->n; i++) {
		bool list = has_list(line_number(d->side[CLIENT], i)) &&
		            begins(line_number(s, at), "+OK");
		while (list && at < s->n && !is_words(line_number(s, at), "."))
			at++;
		at++;
	}
	return at < s->n ? at : s->n;
}

void pop3_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *s = d->side[SERVER];
	struct upgrade_lines u = {.asks = find_command(d->side[CLIENT], "STLS", false)};
	u.answers = answer_of(d, u.asks);
	u.accepted = begins(line_number(s, u.answers), "+OK");
	u.offers = find_command(s, "STLS", false);
	tell_upgrade(d, o, u);
}
