/* IMAP (RFC 9051) with STARTTLS (its 6.2.1). */
#include "dissectors/starttls/dialogue.h"

bool imap_is(const struct dialogue *d)
{
	const struct side_said *c = d->side[CLIENT];
	struct bytes greeting = line_number(d->side[SERVER], 0);
	if (d->side[SERVER]->n == 0)
		return is_one_of(command_of(line_number(c, 0), true),
		                 "CAPABILITY STARTTLS LOGIN AUTHENTICATE");
	return begins(greeting, "* OK") || begins(greeting, "* PREAUTH") ||
	       begins(greeting, "* BYE");
}

/* An answer has its command's tag; some clients use one tag again and again. */
static uint32_t answer_of(const struct dialogue *d, uint32_t asks, bool *accepted)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	struct bytes tag = command_of(line_number(c, asks), false);
	uint32_t before = 0;
	for (uint32_t i = 0; i < asks; i++)
		before += bytes_equal(command_of(line_number(c, i), false), tag);
	for (uint32_t i = 0; i < s->n && tag.len > 0; i++) {
		struct bytes line = line_number(s, i);
		if (!bytes_equal(take_word(&line), tag) || before-- > 0)
			continue;
		*accepted = begins(line, "OK");
		return i;
	}
	return s->n;
}

static uint32_t find_offer(const struct side_said *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct bytes line = line_number(s, i);
		if (find_words(line, "CAPABILITY ") != SIZE_MAX &&
		    find_words(line, " STARTTLS") != SIZE_MAX)
			return i;
	}
	return s->n;
}

void imap_tell(const struct dialogue *d, struct opening *o)
{
	struct upgrade_lines u = {.asks = find_command(d->side[CLIENT], "STARTTLS", true),
	                          .tagged = true};
	u.answers = answer_of(d, u.asks, &u.accepted);
	u.offers = find_offer(d->side[SERVER]);
	tell_upgrade(d, o, u);
}
