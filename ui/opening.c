/* What was said in clear before TLS, or instead of it: whose protocol it was, what came of the
 * upgrade, and what it gave away. */
#include "ui/layout.h"

enum { VALUE_SHOWN = 96 };

static void say_frame(struct text *t, const char *words, uint32_t frame)
{
	if (frame == 0)
		return;
	text_add(t, words);
	text_add(t, " (frame ");
	text_u64(t, frame);
	text_char(t, ')');
}

static const char *tunnel_words(uint8_t upgrade)
{
	return upgrade == UPGRADE_ACCEPTED  ? "; the proxy agreed"
	       : upgrade == UPGRADE_REFUSED ? "; the proxy refused"
	                                    : "";
}

static void say_tunnel(struct text *t, const struct opening *o)
{
	bool line = o->protocol == OPEN_PROXY;
	say_frame(t, line ? ": the proxy says who the client is" : ": the client asks a proxy",
	          o->asked_frame);
	say_frame(t, tunnel_words(o->upgrade), o->answered_frame);
}

static void say_upgrade(struct text *t, const struct opening *o)
{
	text_add(t, opening_name((enum opening_protocol)o->protocol));
	if (opening_is_tunnel((enum opening_protocol)o->protocol)) {
		say_tunnel(t, o);
		text_char(t, '.');
		return;
	}
	const char *sep = ": ";
	if (o->offered) {
		say_frame(t, ": the server offers TLS", o->offered_frame);
		sep = "; ";
	}
	text_add(t, o->asked_frame > 0 ? sep : "");
	say_frame(t, "the client asks for TLS", o->asked_frame);
	if (o->upgrade == UPGRADE_ACCEPTED)
		say_frame(t, "; the server agrees", o->answered_frame);
	if (o->upgrade == UPGRADE_REFUSED)
		say_frame(t, "; the server REFUSES", o->answered_frame);
	if (o->upgrade == UPGRADE_NOT_TAKEN)
		text_add(t, "; the client goes on IN CLEAR");
	if (o->upgrade == UPGRADE_ASKED)
		text_add(t, "; the answer was not captured");
	if (o->upgrade == UPGRADE_NONE)
		text_add(t, ": nobody speaks of TLS");
	text_char(t, '.');
}

static void say_quoted(struct text *t, const struct ui_style *style, const char *words,
                       struct bytes value)
{
	if (value.len == 0)
		return;
	text_add(t, t->len > 0 ? "; " : "");
	text_add(t, words);
	text_add(t, " \"");
	ui_foreign(t, style, value, VALUE_SHOWN);
	text_char(t, '"');
}

static void say_given(struct text *t, const struct ui_style *style, const struct opening *o)
{
	say_quoted(t, style, "the server says", o->server_said);
	say_quoted(t, style, "the client names", o->client_named);
	for (uint8_t i = 0; i < o->n_facts; i++)
		say_quoted(t, style, opening_fact_words((enum opening_fact_kind)o->fact[i].kind),
		           o->fact[i].value);
}

static void say_login(struct text *t, const struct opening *o)
{
	bool word = o->password_frame > 0 || o->login_frame > 0;
	if (!word && o->user_frame == 0)
		return;
	text_add(t, "sent in clear: ");
	say_frame(t, "a user name", o->user_frame);
	text_add(t, word && o->user_frame > 0 ? ", " : "");
	if (o->password_frame > 0)
		say_frame(t, "A PASSWORD", o->password_frame);
	else
		say_frame(t, "a login that is not the password itself", o->login_frame);
}

static void draw(struct text *t, const struct ui_style *style, const struct text *said,
                 unsigned indent)
{
	if (said->len == 0)
		return;
	text_repeat(t, ' ', indent);
	ui_wrap(t, style, ui_bytes(said), indent, indent + 2);
}

void ui_openings(struct text *t, const struct ui_style *style, const struct session *s,
                 unsigned indent)
{
	for (uint32_t i = 0; i < s->n_openings; i++) {
		const struct opening *o = &s->opening[i];
		struct text how = text_new(t->arena), given = text_new(t->arena);
		struct text login = text_new(t->arena);
		say_upgrade(&how, o);
		say_given(&given, style, o);
		say_login(&login, o);
		draw(t, style, &how, indent);
		draw(t, style, &given, indent);
		draw(t, style, &login, indent);
	}
}
