/* ManageSieve (RFC 5804) with STARTTLS (its 2.2). */
#include "dissectors/starttls/dialogue.h"

static uint32_t find_capability(const struct side_said *s, const char *quoted)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (begins(line_number(s, i), quoted))
			return i;
	return s->n;
}

bool sieve_is(const struct dialogue *d)
{
	const struct side_said *s = d->side[SERVER];
	return find_capability(s, "\"IMPLEMENTATION\"") < s->n ||
	       find_capability(s, "\"SIEVE\"") < s->n;
}

/* The capabilities end with one of these too: they count as the 0th answer. */
static uint32_t answer_number(const struct side_said *s, uint32_t n)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (is_one_of(command_of(line_number(s, i), false), "OK NO BYE") && n-- == 0)
			return i;
	return s->n;
}

void sieve_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *s = d->side[SERVER];
	struct bytes line = line_number(s, find_capability(s, "\"IMPLEMENTATION\""));
	struct upgrade_lines u = {.asks = find_command(d->side[CLIENT], "STARTTLS", false)};
	o->server_said = keep(d, between(argument_of(line), "\"", "\""));
	u.answers = answer_number(s, u.asks + 1);
	u.accepted = begins(line_number(s, u.answers), "OK");
	u.offers = find_capability(s, "\"STARTTLS\"");
	tell_upgrade(d, o, u);
}
