/* What keyhole's check of a certificate says, and what the client made of it. */
#include "src/model/sentences.h"
#include "ui/layout.h"

const char *ui_check_words(uint8_t c)
{
	static const char *const words[] = {
		[CHECK_UNKNOWN] = "not known",
		[CHECK_OK] = "ok",
		[CHECK_EXPIRED] = "EXPIRED",
		[CHECK_NOT_YET_VALID] = "NOT YET VALID",
		[CHECK_WRONG_NAME] = "WRONG NAME",
		[CHECK_SELF_SIGNED] = "SELF-SIGNED",
		[CHECK_UNKNOWN_ROOT] = "UNKNOWN ROOT",
		[CHECK_MISSING_INTERMEDIATE] = "INCOMPLETE",
		[CHECK_BAD_SIGNATURE] = "BAD SIGNATURE",
		[CHECK_UNREADABLE] = "NOT READABLE",
		[CHECK_OTHER] = "NOT OK",
	};
	return c < sizeof words / sizeof *words ? words[c] : "?";
}

const struct event *ui_failure(const struct session *s)
{
	for (size_t i = 0; i < s->n_events; i++)
		if ((s->event[i].kind == EVENT_ALERT && s->event[i].detail != 0) ||
		    s->event[i].kind == EVENT_SSL2_ERROR)
			return &s->event[i];
	return NULL;
}

void ui_failure_name(struct text *t, const struct vocabulary *w, const struct event *e)
{
	ui_name(t, w, e->kind == EVENT_SSL2_ERROR ? REG_SSL2_ERROR : REG_ALERT, e->detail);
}

const char *ui_outcome(const struct session *s)
{
	const struct event *e = ui_failure(s);
	if (session_established(s))
		return "client went on";
	if (e != NULL)
		return e->from == CLIENT ? "client refused" : "server gave up";
	return NULL;
}

static void say_bad_dates(struct text *t, const struct session *s, bool alone)
{
	const struct verdict *v = &s->verdict[SERVER];
	const struct cert *c = v->at_fault;
	bool expired = v->then == CHECK_EXPIRED;
	if (c == NULL && s->tls->chain[SERVER] != NULL && s->tls->chain[SERVER]->n_certs > 0)
		c = s->tls->chain[SERVER]->cert[0];
	text_add(t, expired ? "the certificate ended " : "the certificate begins ");
	moment end = c == NULL ? MOMENT_UNKNOWN : expired ? c->not_after : c->not_before;
	if (alone && end != MOMENT_UNKNOWN && v->judged_then != MOMENT_UNKNOWN) {
		bool before = end < v->judged_then;
		ui_duration(t, before ? end : v->judged_then, before ? v->judged_then : end);
		text_char(t, ' ');
	}
	text_add(t, expired ? "before the talk" : "after the talk");
}

unsigned ui_finding_of(uint8_t check)
{
	static const uint8_t finding[] = {
		[CHECK_UNKNOWN] = FINDINGS,
		[CHECK_OK] = FINDINGS,
		[CHECK_EXPIRED] = FIND_CERT_EXPIRED,
		[CHECK_NOT_YET_VALID] = FIND_CERT_NOT_YET_VALID,
		[CHECK_WRONG_NAME] = FIND_CERT_NAME,
		[CHECK_SELF_SIGNED] = FIND_CERT_SELF_SIGNED,
		[CHECK_UNKNOWN_ROOT] = FIND_CERT_UNKNOWN_ROOT,
		[CHECK_MISSING_INTERMEDIATE] = FIND_CERT_MISSING_INTERMEDIATE,
		[CHECK_BAD_SIGNATURE] = FIND_CERT_BAD_SIGNATURE,
		[CHECK_UNREADABLE] = FIND_CERT_ASN1,
		[CHECK_OTHER] = FIND_CERT_OTHER,
	};
	return check < sizeof finding ? finding[check] : FINDINGS;
}

void ui_verdict(struct text *t, const struct session *s, bool alone)
{
	uint8_t first = s->verdict[SERVER].first;
	if (first == CHECK_EXPIRED || first == CHECK_NOT_YET_VALID)
		say_bad_dates(t, s, alone);
	else
		text_add(t, finding_words((enum finding)ui_finding_of(first)));
	if (ui_outcome(s) == NULL)
		return;
	text_add(t, ", and the ");
	text_add(t, ui_outcome(s));
}

void ui_old_version(struct text *t, uint16_t version)
{
	text_add(t, version <= 0x0300 ? "" : "TLS ");
	ui_version(t, version);
	text_add(t, version == 0x0002   ? " is withdrawn (RFC 6176)"
	            : version == 0x0300 ? " is withdrawn (RFC 7568)"
	                                : " is withdrawn (RFC 8996)");
}
