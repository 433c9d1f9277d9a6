/* FTP (RFC 959) with AUTH TLS (RFC 4217). */
#include "dissectors/starttls/dialogue.h"

bool ftp_is(const struct dialogue *d)
{
	const struct side_said *c = d->side[CLIENT], *s = d->side[SERVER];
	unsigned code = reply_code(line_number(s, 0));
	struct bytes first = command_of(line_number(c, 0), false);
	if (s->n == 0)
		return begins(line_number(c, 0), "AUTH TLS") ||
		       begins(line_number(c, 0), "AUTH SSL");
	return (code == 220 || code == 120) &&
	       (is_one_of(first, "AUTH USER FEAT SYST HOST CLNT OPTS PASS ACCT") ||
	        find_words(line_number(s, 0), "FTP") != SIZE_MAX);
}

static uint32_t find_auth(const struct side_said *c)
{
	for (uint32_t i = c->n; i > 0; i--) {
		struct bytes line = line_number(c, i - 1);
		struct bytes command = take_word(&line);
		if (is_words(command, "AUTH") && is_one_of(line, "TLS SSL TLS-C TLS-P"))
			return i - 1;
	}
	return c->n;
}

void ftp_tell(const struct dialogue *d, struct opening *o)
{
	const struct side_said *s = d->side[SERVER];
	struct upgrade_lines u = {.asks = find_auth(d->side[CLIENT])};
	u.answers = reply_number(s, u.asks + 1);
	unsigned code = reply_code(line_number(s, u.answers));
	u.accepted = code == 234 || code == 334;
	u.offers = find_line(s, "AUTH TLS");
	if (u.offers == s->n)
		u.offers = find_line(s, "AUTH SSL");
	tell_upgrade(d, o, u);
}
