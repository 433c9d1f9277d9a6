/* What was said in clear before TLS, or instead of it. */
#include "src/output/json_parts.h"

static void frame(struct text *t, const char *key, uint32_t number)
{
	if (number > 0)
		write_number(t, key, number);
}

static void extent(struct text *t, const struct opening *o)
{
	uint32_t first = o->first_frame[CLIENT], last = o->last_frame[CLIENT];
	if (first == 0 || (o->first_frame[SERVER] > 0 && o->first_frame[SERVER] < first))
		first = o->first_frame[SERVER];
	if (o->last_frame[SERVER] > last)
		last = o->last_frame[SERVER];
	write_open(t, "frames", '[');
	write_number(t, NULL, first);
	write_number(t, NULL, last);
	write_close(t, ']');
}

static void credentials(struct text *t, const struct opening *o)
{
	if (o->user_frame == 0 && o->password_frame == 0 && o->login_frame == 0)
		return;
	write_open(t, "credentials", '{');
	frame(t, "user_frame", o->user_frame);
	frame(t, "password_frame", o->password_frame);
	frame(t, "login_frame", o->login_frame);
	write_close(t, '}');
}

static void upgrade(struct text *t, const struct opening *o)
{
	bool tunnel = opening_is_tunnel((enum opening_protocol)o->protocol);
	if (o->upgrade != UPGRADE_NONE)
		write_words(t, tunnel ? "tunnel" : "upgrade",
		            upgrade_slug((enum upgrade)o->upgrade));
	if (o->offered)
		write_bool(t, "offered", true);
	frame(t, "offered_frame", o->offered_frame);
	frame(t, "asked_frame", o->asked_frame);
	frame(t, "answered_frame", o->answered_frame);
}

static void gave_away(struct text *t, const struct opening *o)
{
	if (o->n_facts == 0)
		return;
	write_open(t, "gave_away", '{');
	for (uint8_t i = 0; i < o->n_facts; i++)
		write_foreign(t, opening_fact_key((enum opening_fact_kind)o->fact[i].kind),
		              o->fact[i].value);
	write_close(t, '}');
}

static void words(struct text *t, const struct opening *o)
{
	if (o->said[CLIENT].len == 0 && o->said[SERVER].len == 0)
		return;
	write_open(t, "text", '{');
	write_foreign(t, "c", o->said[CLIENT]);
	write_foreign(t, "s", o->said[SERVER]);
	write_close(t, '}');
}

static void opening(struct text *t, const struct opening *o)
{
	write_open(t, NULL, '{');
	write_words(t, "protocol", opening_slug((enum opening_protocol)o->protocol));
	upgrade(t, o);
	extent(t, o);
	write_sides(t, "bytes", o->bytes[CLIENT], o->bytes[SERVER]);
	write_foreign(t, "server_said", o->server_said);
	write_foreign(t, "client_named", o->client_named);
	gave_away(t, o);
	credentials(t, o);
	words(t, o);
	if (o->cut)
		write_bool(t, "cut", true);
	write_close(t, '}');
}

void json_opening(struct text *t, const struct session *s)
{
	if (s->n_openings == 0)
		return;
	write_open(t, "opening", '[');
	for (uint32_t i = 0; i < s->n_openings; i++)
		opening(t, &s->opening[i]);
	write_close(t, ']');
}
