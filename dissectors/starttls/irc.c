/* IRC (RFC 2812) with STARTTLS (the extension "tls" of IRCv3). */
#include "dissectors/starttls/dialogue.h"

bool irc_is(const struct dialogue *d)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	struct bytes first = line_number(s, 0);
	bool asks = is_one_of(command_of(line_number(c, 0), false), "CAP NICK STARTTLS PASS USER");
	bool server = begins(first, ":") || begins(first, "NOTICE ");
	return s->n == 0 ? find_command(c, "NICK", false) < c->n : server && (asks || c->n == 0);
}

static uint32_t find_offer(const struct side_said *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct bytes line = line_number(s, i),
			     list = bytes_from(line, find_words(line, " :"));
		bool capabilities = find_words(line, " CAP ") != SIZE_MAX &&
		                    find_words(line, " LS ") != SIZE_MAX;
		for (list = bytes_from(list, 2); capabilities && list.len > 0;)
			if (is_words(take_word(&list), "tls"))
				return i;
		if (find_words(line, " 005 ") != SIZE_MAX &&
		    find_words(line, " STARTTLS") != SIZE_MAX)
			return i;
	}
	return s->n;
}

/* Answers are numbers: 670 yes, 691 no. */
static uint32_t find_answer(const struct side_said *s, bool *accepted)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct bytes number = command_of(line_number(s, i), true);
		*accepted = is_words(number, "670");
		if (*accepted || is_words(number, "691"))
			return i;
	}
	return s->n;
}

void irc_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	struct upgrade_lines u = {.asks = find_command(c, "STARTTLS", false)};
	o->client_named = keep(d, argument_of(line_number(c, find_command(c, "NICK", false))));
	u.answers = find_answer(s, &u.accepted);
	u.offers = find_offer(s);
	tell_upgrade(d, o, u);
}
