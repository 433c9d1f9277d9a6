#include "src/output/json.h"

#include "src/output/json_parts.h"

/* ---- the id ---- */

static uint64_t fnv(uint64_t hash, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3;
	return hash;
}

static uint64_t fnv_number(uint64_t hash, uint64_t v, size_t len)
{
	for (size_t i = len; i > 0; i--) {
		uint8_t byte = (uint8_t)(v >> (8 * (i - 1)));
		hash = fnv(hash, &byte, 1);
	}
	return hash;
}

uint64_t json_session_id(const struct session *s)
{
	uint64_t hash = 0xcbf29ce484222325;
	for (int i = 0; i < 2; i++) {
		hash = fnv(hash, s->endpoint[i].ip, sizeof s->endpoint[i].ip);
		hash = fnv_number(hash, s->endpoint[i].port, 2);
	}
	hash = fnv_number(hash, (uint64_t)s->start, 8);
	return fnv_number(hash, s->first_frame, 4);
}

static void session_id(struct text *t, const struct session *s)
{
	write_begin(t, "id");
	text_add(t, "k1-");
	text_hex(t, json_session_id(s), 16);
	text_char(t, '"');
}

/* ---- who, when, where ---- */

static void session_time(struct text *t, const struct session *s)
{
	write_open(t, "time", '{');
	write_time(t, "start", s->start);
	write_time(t, "end", s->end);
	if (s->start != MOMENT_UNKNOWN && s->end != MOMENT_UNKNOWN)
		write_seconds(t, "duration_s", s->end - s->start);
	write_close(t, '}');
}

static void party(struct text *t, const char *key, const struct session *s, enum side side)
{
	write_open(t, key, '{');
	write_begin(t, "ip");
	text_ip(t, s->endpoint[side].ip);
	text_char(t, '"');
	write_number(t, "port", s->endpoint[side].port);
	write_number(t, "packets", s->packets[side]);
	write_number(t, "bytes", s->payload[side]);
	write_close(t, '}');
}

static const char *ending_word(uint8_t ending)
{
	static const char *const word[] = {[END_CLOSED] = "closed",
	                                   [END_REUSED] = "reused",
	                                   [END_IDLE] = "idle",
	                                   [END_EVICTED] = "evicted",
	                                   [END_CUT] = "capture-ended"};
	return word[ending];
}

static const char *protocol_word(uint8_t protocol)
{
	static const char *const word[] = {
		[PROTOCOL_UNKNOWN] = "unknown", [PROTOCOL_TLS] = "tls", [PROTOCOL_CLEAR] = "clear"};
	return word[protocol];
}

static void head(struct text *t, const struct capture_facts *c, const struct session *s)
{
	write_words(t, "schema", "keyhole.session/1");
	session_id(t, s);
	write_foreign_z(t, c->live ? "interface" : "file", c->name);
	if (s->number > 0)
		write_number(t, "number", s->number);
	session_time(t, s);
	party(t, "client", s, CLIENT);
	party(t, "server", s, SERVER);
	write_open(t, "frames", '[');
	write_number(t, NULL, s->first_frame);
	write_number(t, NULL, s->last_frame);
	write_close(t, ']');
	write_words(t, "transport", "tcp");
	write_words(t, "protocol", protocol_word(s->protocol));
	write_words(t, "ending", ending_word(s->ending));
	if (s->midstream)
		write_bool(t, "midstream", true);
	if (s->one_sided)
		write_bool(t, "one_sided", true);
}

/* ---- findings and losses ---- */

static void findings(struct text *t, const struct session *s)
{
	if (s->n_found == 0)
		return;
	write_open(t, "findings", '[');
	for (size_t i = 0; i < s->n_found; i++) {
		const struct found *f = &s->found[i];
		write_open(t, NULL, '{');
		write_words(t, "code", finding_code((enum finding)f->code));
		write_words(t, "dir", json_side[f->from]);
		write_number(t, "n", f->n);
		if (f->frame > 0)
			write_number(t, "frame", f->frame);
		write_close(t, '}');
	}
	write_close(t, ']');
}

static void loss(struct text *t, const struct session *s)
{
	write_open(t, "loss", '{');
	write_number(t, "gap_bytes", s->gap_bytes[CLIENT] + s->gap_bytes[SERVER]);
	if (s->events_lost > 0)
		write_number(t, "events_left_out", s->events_lost);
	if (s->found_lost > 0)
		write_number(t, "findings_left_out", s->found_lost);
	write_close(t, '}');
}

void json_session(struct text *t, const struct capture_facts *c, const struct session *s,
                  const struct vocabulary *w)
{
	write_open(t, NULL, '{');
	head(t, c, s);
	json_opening(t, s);
	if (s->tls != NULL) {
		json_tls(t, s, w);
		json_verdict(t, "check", &s->verdict[SERVER]);
		json_verdict(t, "client_check", &s->verdict[CLIENT]);
		json_proof(t, s);
	}
	json_steps(t, s, w);
	json_talk(t, s);
	if (s->tls != NULL)
		json_why(t, s);
	findings(t, s);
	loss(t, s);
	write_close(t, '}');
	text_char(t, '\n');
}

/* ---- the other lines ---- */

static void input_findings(struct text *t, const struct capture_facts *c)
{
	if (c->n_findings == 0)
		return;
	write_open(t, "findings", '[');
	for (size_t i = 0; i < c->n_findings; i++) {
		const struct input_finding *f = &c->finding[i];
		write_open(t, NULL, '{');
		write_words(t, "code", f->code);
		write_number(t, "n", f->n);
		if (f->frame > 0)
			write_number(t, "frame", f->frame);
		if (f->offset > 0)
			write_number(t, "offset", f->offset);
		write_close(t, '}');
	}
	write_close(t, ']');
}

static void input_time(struct text *t, const struct capture_facts *c)
{
	if (c->packets == 0 || c->first == MOMENT_UNKNOWN)
		return;
	write_open(t, "time", '{');
	write_time(t, "start", c->first);
	write_time(t, "end", c->last);
	write_close(t, '}');
}

void json_stats(struct text *t, const struct capture_facts *c)
{
	write_open(t, NULL, '{');
	write_words(t, "schema", "keyhole.stats/1");
	write_foreign_z(t, c->live ? "interface" : "file", c->name);
	input_time(t, c);
	write_number(t, "packets", c->packets);
	write_number(t, "bytes", c->bytes);
	write_number(t, "ip_packets", c->ip_packets);
	write_number(t, "tcp_segments", c->tcp_segments);
	write_number(t, "udp_datagrams", c->udp_datagrams);
	write_number(t, "other_packets", c->other_packets);
	write_number(t, "flows", c->flows);
	write_number(t, "tls_sessions", c->tls_sessions);
	write_number(t, "clear_sessions", c->clear_sessions);
	write_number(t, "other_flows", c->other_flows);
	write_number(t, "dropped", c->dropped);
	write_number(t, "gap_bytes", c->gap_bytes);
	write_number(t, "evicted", c->evicted);
	write_number(t, "overlap_conflicts", c->overlap_conflicts);
	write_number(t, "keys_given", c->keys_given);
	write_number(t, "log_lines", c->log_lines);
	write_number(t, "certificates", c->certificates);
	write_foreign_z(t, "problem", c->problem);
	write_date(t, "judged_now", c->judged_now);
	input_findings(t, c);
	write_close(t, '}');
	text_char(t, '\n');
}

void json_error(struct text *t, const char *input, const char *code, const char *sentence)
{
	write_open(t, NULL, '{');
	write_words(t, "schema", "keyhole.error/1");
	write_foreign_z(t, "file", input);
	write_words(t, "code", code);
	write_foreign_z(t, "text", sentence);
	write_close(t, '}');
	text_char(t, '\n');
}
