#include "src/model/session.h"

static const struct {
	const char *slug, *name;
	bool tunnel;
} protocols[OPEN_PROTOCOLS] = {
#define OPENING(id, slug, name, tunnel) [OPEN_##id] = {slug, name, tunnel},
#include "src/model/opening.def"
#undef OPENING
};

static const struct {
	const char *key, *words;
} facts[OPENING_FACT_KINDS] = {
#define OPENING_FACT(id, key, words) [FACT_##id] = {key, words},
#include "src/model/opening_fact.def"
#undef OPENING_FACT
};

const char *opening_slug(enum opening_protocol p)
{
	return protocols[p].slug;
}

const char *opening_name(enum opening_protocol p)
{
	return protocols[p].name;
}

bool opening_is_tunnel(enum opening_protocol p)
{
	return protocols[p].tunnel;
}

const char *upgrade_slug(enum upgrade u)
{
	static const char *const slug[] = {
		[UPGRADE_NONE] = "none",           [UPGRADE_OFFERED] = "offered",
		[UPGRADE_NOT_TAKEN] = "not-taken", [UPGRADE_ASKED] = "asked",
		[UPGRADE_ACCEPTED] = "accepted",   [UPGRADE_REFUSED] = "refused",
	};
	return slug[u];
}

const char *opening_fact_key(enum opening_fact_kind k)
{
	return facts[k].key;
}

const char *opening_fact_words(enum opening_fact_kind k)
{
	return facts[k].words;
}

static void find(struct session *s, const struct opening *o)
{
	bool tunnel = opening_is_tunnel((enum opening_protocol)o->protocol);
	if (!tunnel && o->upgrade == UPGRADE_NOT_TAKEN)
		session_find(s, FIND_STARTTLS_NOT_TAKEN, CLIENT, o->offered_frame);
	if (!tunnel && o->upgrade == UPGRADE_REFUSED)
		session_find(s, FIND_STARTTLS_REFUSED, SERVER, o->answered_frame);
	for (int i = 0; i < 2; i++)
		if (o->behind_frame[i] != 0)
			session_find(s, FIND_STARTTLS_INJECTION, (enum side)i, o->behind_frame[i]);
	if (o->password_frame != 0 || o->login_frame != 0)
		session_find(s, FIND_CLEAR_CREDENTIALS, CLIENT,
		             o->password_frame != 0 ? o->password_frame : o->login_frame);
}

void opening_findings(struct session *s)
{
	for (uint32_t i = 0; i < s->n_openings; i++)
		find(s, &s->opening[i]);
}
