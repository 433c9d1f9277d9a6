/* NNTP (RFC 3977) with STARTTLS (RFC 4642). */
#include "dissectors/starttls/dialogue.h"

bool nntp_is(const struct dialogue *d)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	struct bytes greeting = line_number(s, 0);
	unsigned code = reply_code(greeting);
	struct bytes first = command_of(line_number(c, 0), false);
	if (s->n > 0 && code != 200 && code != 201 && code != 400 && code != 502)
		return false;
	return is_one_of(first, "CAPABILITIES MODE AUTHINFO STARTTLS") ||
	       find_words(greeting, "NNTP") != SIZE_MAX || find_words(greeting, "NNRP") != SIZE_MAX;
}

/* RFC 3977, 3.2.1: after these a block of lines follows, up to a line with a full stop. */
static bool has_block(unsigned code)
{
	switch (code) {
	case 100:
	case 101:
	case 215:
	case 220:
	case 221:
	case 222:
	case 224:
	case 225:
	case 230:
	case 231:
		return true;
	default:
		return false;
	}
}

static uint32_t answer_of(const struct side_said *s, uint32_t asks)
{
	uint32_t at = 1;
	for (uint32_t i = 0; i < asks && at < s->n; i++) {
		bool block = has_block(reply_code(line_number(s, at)));
		while (block && at < s->n && !is_words(line_number(s, at), "."))
			at++;
		at++;
	}
	return at < s->n ? at : s->n;
}

void nntp_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *s = d->side[SERVER];
	struct upgrade_lines u = {.asks = find_command(d->side[CLIENT], "STARTTLS", false)};
	u.answers = answer_of(s, u.asks);
	u.accepted = reply_code(line_number(s, u.answers)) == 382;
	u.offers = find_command(s, "STARTTLS", false);
	tell_upgrade(d, o, u);
}
