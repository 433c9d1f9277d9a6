#include "src/output/json.h"

#include "src/model/story.h"
#include "src/output/write.h"

enum {
	TLS13 = 0x0304,
	DRAFT = 0x7f,
	RANDOM = 32,
	DIGEST = 32,
	ALPN_MOST = 32,
	LOG_HEAD = 8,
	SPKI_HEAD = 8
};

static const char *const side_key[] = {"c", "s"};

static struct bytes run(const uint8_t *at, size_t len)
{
	return (struct bytes){at, len};
}

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

/* ---- numbers with names ---- */

static const char *version_word(uint16_t version)
{
	static const char *const word[] = {"3.0", "1.0", "1.1", "1.2", "1.3"};
	if (version == 0x0002)
		return "2.0";
	if (version >> 8 == DRAFT)
		version = TLS13;
	return version >= 0x0300 && version <= TLS13 ? word[version - 0x0300] : NULL;
}

static void version(struct text *t, const char *key, uint16_t v)
{
	if (version_word(v) != NULL)
		write_words(t, key, version_word(v));
}

/* Adds the name, when there is one, and the number. */
static void code_point(struct text *t, const char *name_key, const char *id_key,
                       const struct vocabulary *w, enum registry r, uint32_t code)
{
	const char *name = w->name(r, code);
	if (name != NULL)
		write_words(t, name_key, name);
	write_number(t, id_key, code);
}

static const char *exchange_word(uint8_t kx)
{
	static const char *const word[] = {
		[KX_NULL] = "null",       [KX_RSA] = "rsa",
		[KX_DH] = "dh",           [KX_DHE] = "dhe",
		[KX_ECDH] = "ecdh",       [KX_ECDHE] = "ecdhe",
		[KX_PSK] = "psk",         [KX_RSA_PSK] = "rsa_psk",
		[KX_DHE_PSK] = "dhe_psk", [KX_ECDHE_PSK] = "ecdhe_psk",
		[KX_SRP] = "srp",         [KX_KRB5] = "krb5",
		[KX_ECCPWD] = "eccpwd",   [KX_GOST] = "gost",
	};
	return word[kx];
}

static const char *exchange13_word(const struct server_hello *h)
{
	bool psk = h->flags & HELLO_PSK, finite = h->group >= 0x0100 && h->group <= 0x01ff;
	if (!(h->flags & HELLO_KEY_SHARE))
		return psk ? "psk" : NULL;
	if (finite)
		return psk ? "dhe_psk" : "dhe";
	return psk ? "ecdhe_psk" : "ecdhe";
}

static uint16_t group_of(const struct tls_facts *f)
{
	if (f->server_kx != NULL && f->server_kx->group != 0)
		return f->server_kx->group;
	return f->server == NULL ? 0 : f->server->group;
}

/* ---- hellos ---- */

/* Splits an ALPN ProtocolNameList, which the dissector has found well-formed or not; gives how many
 * names there are, at most ALPN_MOST. */
static size_t protocol_names(struct bytes list, struct bytes out[ALPN_MOST])
{
	size_t n = 0;
	for (size_t i = 0; i < list.len && n < ALPN_MOST;) {
		size_t len = list.at[i++];
		if (list.len - i < len)
			break;
		out[n++] = run(list.at + i, len);
		i += len;
	}
	return n;
}

static void flag(struct text *t, const char *key, uint32_t flags, enum hello_flag which)
{
	write_bool(t, key, (flags & which) != 0);
}

static void client_offers(struct text *t, const struct client_hello *h)
{
	flag(t, "extended_master_secret", h->flags, HELLO_EMS);
	flag(t, "encrypt_then_mac", h->flags, HELLO_ETM);
	flag(t, "psk_offered", h->flags, HELLO_PSK);
	flag(t, "early_data_offered", h->flags, HELLO_EARLY_DATA);
	flag(t, "ech_offered", h->flags, HELLO_ECH);
	flag(t, "ticket_offered", h->flags, HELLO_TICKET);
	flag(t, "status_requested", h->flags, HELLO_STATUS_REQUEST);
	flag(t, "grease", h->flags, HELLO_GREASE);
	if (h->ticket_len > 0)
		write_number(t, "ticket_bytes", h->ticket_len);
	if (h->flags & HELLO_PARTIAL)
		write_bool(t, "partial", true);
}

/* Of a cut hello nobody can say that there was none. */
static void count_offered(struct text *t, const struct client_hello *h, const char *key, uint32_t n)
{
	if (n > 0 || !(h->flags & HELLO_PARTIAL))
		write_number(t, key, n);
}

static void client_hello(struct text *t, const struct client_hello *h, const struct vocabulary *w)
{
	struct bytes names[ALPN_MOST];
	write_hex(t, "random", run(h->random, RANDOM));
	if (h->session_id.len > 0)
		write_hex(t, "session_id", h->session_id);
	write_foreign(t, "server_name", h->sni);
	write_foreign(t, "other_server_name", h->other_sni);
	write_foreign_list(t, "alpn", names, protocol_names(h->alpn, names));
	version(t, "legacy_version", h->legacy_version);
	count_offered(t, h, "suites", h->n_suites);
	if (h->n_suites > 0)
		code_point(t, "first_suite", "first_suite_id", w, REG_SUITE, h->first_suite);
	count_offered(t, h, "extensions", h->n_extensions);
	count_offered(t, h, "groups", h->n_groups);
	count_offered(t, h, "signature_schemes", h->n_schemes);
	count_offered(t, h, "key_shares", h->n_shares);
	client_offers(t, h);
}

static void server_hello(struct text *t, const struct server_hello *h)
{
	write_hex(t, "random", run(h->random, RANDOM));
	if (h->session_id.len > 0)
		write_hex(t, "session_id", h->session_id);
	if (h->alpn.len > 0)
		write_foreign(t, "alpn", h->alpn);
	flag(t, "extended_master_secret", h->flags, HELLO_EMS);
	flag(t, "encrypt_then_mac", h->flags, HELLO_ETM);
	if (h->flags & HELLO_PSK)
		write_number(t, "psk_selected", h->psk_selected);
}

/* ---- certificates ---- */

static void cert_key(struct text *t, const struct cert *c)
{
	if (c->key_kind == NULL)
		return;
	write_words(t, "key", c->key_kind);
	if (c->key_bits > 0)
		write_number(t, "key_bits", c->key_bits);
}

static void certificate(struct text *t, const struct cert *c)
{
	write_open(t, NULL, '{');
	if (c->readable) {
		write_foreign(t, "subject", c->subject);
		write_foreign(t, "issuer", c->issuer);
		if (c->serial.len > 0)
			write_hex(t, "serial", c->serial);
		write_time(t, "not_before", c->not_before);
		write_time(t, "not_after", c->not_after);
		write_foreign_list(t, "names", c->name, c->n_names);
		if (c->names_left_out > 0)
			write_number(t, "names_left_out", c->names_left_out);
		cert_key(t, c);
		if (c->signature_algorithm != NULL)
			write_words(t, "signature_algorithm", c->signature_algorithm);
		write_bool(t, "ca", c->is_ca);
		write_bool(t, "self_signed", c->self_signed);
		write_hex(t, "spki_sha256", run(c->spki_sha256, DIGEST));
	} else {
		write_bool(t, "readable", false);
	}
	write_hex(t, "sha256", run(c->sha256, DIGEST));
	write_close(t, '}');
}

static void chain(struct text *t, const struct chain *c)
{
	if (c == NULL)
		return;
	write_open(t, "chain", '[');
	for (size_t i = 0; i < c->n_certs; i++)
		certificate(t, c->cert[i]);
	write_close(t, ']');
	if (c->left_out > 0)
		write_number(t, "chain_left_out", c->left_out);
}

static void verdict(struct text *t, const char *key, const struct verdict *v)
{
	if (!v->made)
		return;
	write_open(t, key, '{');
	write_words(t, "first", check_code((enum check)v->first));
	write_words(t, "chain", check_code((enum check)v->chain));
	write_words(t, "name", check_code((enum check)v->name));
	write_words(t, "time_at_capture", check_code((enum check)v->then));
	write_words(t, "time_now", check_code((enum check)v->today));
	write_words(t, "revocation", "unknown");
	write_foreign_z(t, "detail", v->detail);
	if (v->anchor != NULL)
		write_foreign(t, "anchor", v->anchor->subject);
	write_time(t, "judged_at", v->judged_then);
	write_close(t, '}');
}

/* ---- what happened ---- */

static const char event_letter[EVENT_KINDS] = {
	[EVENT_HELLO_REQUEST] = 'h',        [EVENT_CLIENT_HELLO] = 'c',
	[EVENT_SERVER_HELLO] = 's',         [EVENT_HELLO_RETRY_REQUEST] = 'j',
	[EVENT_ENCRYPTED_EXTENSIONS] = 'o', [EVENT_CERTIFICATE] = 'x',
	[EVENT_CERTIFICATE_STATUS] = 'u',   [EVENT_SERVER_KEY_EXCHANGE] = 'k',
	[EVENT_CERTIFICATE_REQUEST] = 'r',  [EVENT_SERVER_HELLO_DONE] = 'n',
	[EVENT_CLIENT_KEY_EXCHANGE] = 'g',  [EVENT_CERTIFICATE_VERIFY] = 'y',
	[EVENT_CHANGE_CIPHER_SPEC] = 'i',   [EVENT_FINISHED] = 'f',
	[EVENT_NEW_SESSION_TICKET] = 't',   [EVENT_END_OF_EARLY_DATA] = 'e',
	[EVENT_KEY_UPDATE] = 'p',           [EVENT_ALERT] = 'l',
	[EVENT_SEALED_ALERT] = 'l',         [EVENT_TALK] = 'd',
};

/* The letters of Zeek's ssl_history: upper case from the client. */
static void history(struct text *t, const struct session *s)
{
	char letters[SESSION_EVENTS];
	size_t n = 0;
	for (size_t i = 0; i < s->n_events && n < sizeof letters; i++) {
		char letter = event_letter[s->event[i].kind];
		if (letter != '\0')
			letters[n++] =
				s->event[i].from == CLIENT ? (char)(letter - 'a' + 'A') : letter;
	}
	write_foreign(t, "history", run((const uint8_t *)letters, n));
}

static void alert(struct text *t, const struct event *e, bool tls13, const struct vocabulary *w)
{
	write_open(t, NULL, '{');
	write_words(t, "dir", side_key[e->from]);
	if (e->kind == EVENT_ALERT) {
		write_number(t, "level", e->level);
		code_point(t, "name", "description", w, REG_ALERT, e->detail);
	} else if (tls13) {
		write_bool(t, "guessed", true); /* by its size, and that it is the last */
	}
	write_number(t, "frame", e->first_frame);
	write_words(t, "see", visibility_word((enum visibility)e->see));
	write_close(t, '}');
}

static void alerts(struct text *t, const struct session *s, const struct vocabulary *w)
{
	bool any = false;
	for (size_t i = 0; i < s->n_events; i++) {
		if (s->event[i].kind != EVENT_ALERT && s->event[i].kind != EVENT_SEALED_ALERT)
			continue;
		if (!any)
			write_open(t, "alerts", '[');
		any = true;
		alert(t, &s->event[i], s->tls->version >= TLS13, w);
	}
	if (any)
		write_close(t, ']');
}

static void record_counts(struct text *t, const struct tls_facts *f)
{
	static const char *const type[] = {"change_cipher_spec", "alert", "handshake",
	                                   "application_data", "heartbeat"};
	write_open(t, "records", '{');
	for (int side = 0; side < 2; side++) {
		write_open(t, side_key[side], '{');
		for (int i = 0; i < 5; i++)
			if (i < 4 || f->record_count[side][i] > 0)
				write_number(t, type[i], f->record_count[side][i]);
		write_number(t, "sealed", f->sealed_records[side]);
		write_number(t, "verified", f->verified_records[side]);
		write_number(t, "failed", f->failed_records[side]);
		write_close(t, '}');
	}
	write_close(t, '}');
	write_sides(t, "messages", f->handshake_count[CLIENT], f->handshake_count[SERVER]);
}

static bool is_handshake(const struct event *e)
{
	return e->kind >= EVENT_HELLO_REQUEST && e->kind <= EVENT_OTHER_HANDSHAKE &&
	       e->kind != EVENT_CHANGE_CIPHER_SPEC && !e->partial;
}

/* HelloRetryRequest has ServerHello's number since RFC 8446, and 6 before. */
static uint8_t handshake_key(const struct event *e)
{
	return e->kind == EVENT_HELLO_RETRY_REQUEST ? 6 : e->detail;
}

/* The message's name in the RFCs that define it. */
static const char *message_word(const struct event *e, const struct vocabulary *w)
{
	return e->kind == EVENT_HELLO_RETRY_REQUEST ? "hello_retry_request"
	                                            : w->name(REG_HANDSHAKE, e->detail);
}

/* How many whole messages of each kind a side sent, in the order of their first; and how many
 * records of the handshake were sealed, which TLS 1.3 does not tell. */
static void handshake_of(struct text *t, const struct session *s, enum side from,
                         const struct vocabulary *w)
{
	uint32_t count[256] = {0}, sealed = 0;
	write_open(t, side_key[from], '{');
	for (uint32_t i = 0; i < s->n_events; i++) {
		const struct event *e = &s->event[i];
		if (e->from == from && is_handshake(e))
			count[handshake_key(e)]++;
		if (e->from == from && e->kind == EVENT_SEALED_HANDSHAKE)
			sealed += e->records;
	}
	for (uint32_t i = 0; i < s->n_events; i++) {
		const struct event *e = &s->event[i];
		if (e->from != from || !is_handshake(e) || count[handshake_key(e)] == 0 ||
		    message_word(e, w) == NULL)
			continue;
		write_number(t, message_word(e, w), count[handshake_key(e)]);
		count[handshake_key(e)] = 0;
	}
	if (s->tls->version < TLS13 && sealed > 0)
		write_number(t, "sealed", sealed);
	write_close(t, '}');
}

/* ---- tls ---- */

static void negotiated(struct text *t, const struct session *s, const struct vocabulary *w)
{
	const struct tls_facts *f = s->tls;
	if (f->version == 0)
		return;
	const char *exchange = f->server != NULL && f->version >= TLS13 ? exchange13_word(f->server)
	                       : f->kx < KX_TLS13                       ? exchange_word(f->kx)
	                                                                : NULL;
	version(t, "version", f->version);
	if (f->version >> 8 == DRAFT)
		write_number(t, "version_draft", f->version & 0xff);
	write_words(t, "version_protocol", f->version < 0x0301 ? "ssl" : "tls");
	code_point(t, "cipher", "cipher_id", w, REG_SUITE, f->suite);
	if (exchange != NULL)
		write_words(t, "key_exchange", exchange);
	if (group_of(f) != 0)
		code_point(t, "group", "group_id", w, REG_GROUP, group_of(f));
	if (f->server_kx != NULL && f->server_kx->dh_bits > 0)
		write_number(t, "dh_bits", f->server_kx->dh_bits);
	if (f->server_kx != NULL && f->server_kx->scheme != 0)
		code_point(t, "signature_scheme", "signature_scheme_id", w, REG_SIGNATURE_SCHEME,
		           f->server_kx->scheme);
	if (story_flavour(s) != STORY_RESUMED)
		write_bool(t, "forward_secrecy", f->forward_secret);
}

static void tls_sides(struct text *t, const struct tls_facts *f, const struct vocabulary *w)
{
	if (f->client != NULL || f->chain[CLIENT] != NULL) {
		write_open(t, "client", '{');
		if (f->client != NULL)
			client_hello(t, f->client, w);
		chain(t, f->chain[CLIENT]);
		write_close(t, '}');
	}
	if (f->server != NULL || f->chain[SERVER] != NULL) {
		write_open(t, "server", '{');
		if (f->server != NULL)
			server_hello(t, f->server);
		chain(t, f->chain[SERVER]);
		write_close(t, '}');
	}
}

static void tls(struct text *t, const struct session *s, const struct vocabulary *w)
{
	const struct tls_facts *f = s->tls;
	write_open(t, "tls", '{');
	negotiated(t, s, w);
	if (f->client != NULL)
		version(t, "offered_version", f->client->best_version);
	if (session_established(s) || session_failed(s))
		write_bool(t, "established", session_established(s));
	if (f->resumed_known)
		write_bool(t, "resumed", f->resumed);
	write_bool(t, "hello_retry", f->hello_retry);
	write_bool(t, "client_cert_requested", f->client_cert_asked);
	write_bool(t, "ocsp_stapled", f->staple);
	write_bool(t, "renegotiated", f->renegotiated);
	if (f->ticket_len > 0)
		write_number(t, "ticket_bytes", f->ticket_len);
	history(t, s);
	alerts(t, s, w);
	record_counts(t, f);
	write_open(t, "handshake", '{');
	handshake_of(t, s, CLIENT, w);
	handshake_of(t, s, SERVER, w);
	write_close(t, '}');
	tls_sides(t, f, w);
	write_close(t, '}');
}

/* ---- proof ---- */

static const char *proof_word(uint8_t proof)
{
	static const char *const word[] = {[PROOF_NONE] = "not-checked",
	                                   [PROOF_VERIFIED] = "verified",
	                                   [PROOF_FAILED] = "failed",
	                                   [PROOF_NEEDS] = "not-checkable"};
	return word[proof];
}

static void finished(struct text *t, const struct tls_facts *f)
{
	if (f->finished[CLIENT] == PROOF_NONE && f->finished[SERVER] == PROOF_NONE)
		return;
	write_open(t, "finished", '{');
	for (int side = 0; side < 2; side++)
		if (f->finished[side] != PROOF_NONE)
			write_words(t, side_key[side], proof_word(f->finished[side]));
	write_close(t, '}');
}

static void proof(struct text *t, const struct session *s)
{
	const struct tls_facts *f = s->tls;
	enum flavour flavour = story_flavour(s);
	bool by_finished = flavour == STORY_RSA;
	bool by_signature = flavour == STORY_EPHEMERAL || flavour == STORY_TLS13;
	if (!by_finished && !by_signature)
		return;
	uint8_t result = by_finished ? f->finished[SERVER] : f->signature;
	write_open(t, "proof", '{');
	write_words(t, "possession", result == PROOF_NONE ? "not-checkable" : proof_word(result));
	write_words(t, "by", by_finished ? "finished" : "signature");
	if (result != PROOF_VERIFIED && result != PROOF_FAILED && f->why[SERVER] != REASON_NONE &&
	    (by_finished || f->version >= TLS13))
		write_words(t, "needs", reason_slug(f->why[SERVER]));
	finished(t, f);
	write_close(t, '}');
}

/* ---- steps ---- */

static void step_frames(struct text *t, const struct step *p)
{
	uint32_t last = 0;
	write_open(t, "frames", '[');
	for (size_t i = 0; i < p->n_spans; i++) {
		if (p->span[i].first > last)
			write_number(t, NULL, p->span[i].first);
		last = p->span[i].first > last ? p->span[i].first : last;
		if (p->span[i].last > last)
			write_number(t, NULL, p->span[i].last);
		last = p->span[i].last > last ? p->span[i].last : last;
	}
	write_close(t, ']');
	if (p->spans_left_out > 0)
		write_number(t, "frames_left_out", p->spans_left_out);
}

static const char *goodbye_word(const struct session *s)
{
	bool fin = false, reset = false, sealed = false;
	for (size_t i = 0; i < s->n_events; i++) {
		const struct event *e = &s->event[i];
		if (e->kind == EVENT_ALERT && e->detail == 0)
			return "close_notify";
		fin |= e->kind == EVENT_FIN;
		reset |= e->kind == EVENT_RST;
		sealed |= e->kind == EVENT_SEALED_ALERT;
	}
	return reset ? "rst" : sealed ? "sealed_alert" : fin ? "fin" : NULL;
}

static void step_seen(struct text *t, const struct session *s, const struct step *p)
{
	static const char *const dir[] = {NULL, "c", "s", NULL};
	write_words(t, "message", p->message);
	if (dir[p->from & 3u] != NULL && p->id != STEP_CONNECT)
		write_words(t, "dir", dir[p->from & 3u]);
	if (p->time != MOMENT_UNKNOWN && s->start != MOMENT_UNKNOWN)
		write_seconds(t, "after_s", p->time - s->start);
	if (p->bytes > 0 && !p->shared)
		write_number(t, "bytes", p->bytes);
	if (p->shared)
		write_bool(t, "shared", true);
	write_words(t, "see",
	            p->id == STEP_GAP ? "lost" : visibility_word((enum visibility)p->see));
	if (p->id == STEP_GOODBYE && goodbye_word(s) != NULL)
		write_words(t, "how", goodbye_word(s));
}

static void step(struct text *t, const struct session *s, const struct step *p)
{
	enum step_id id = (enum step_id)p->id;
	write_open(t, NULL, '{');
	write_words(t, "id", step_slug(id));
	if (step_number(id) > 0)
		write_number(t, "n", step_number(id));
	write_words(t, "step", step_label(id));
	step_frames(t, p);
	if (p->state == STEP_SEEN)
		step_seen(t, s, p);
	else if (p->state != STEP_SILENT)
		write_words(t, "absent", p->state == STEP_NOT_SENT ? "not-sent" : "not-captured");
	if (p->happens_in > 0)
		write_number(t, "in", p->happens_in);
	if (p->why != REASON_NONE)
		write_words(t, "why", reason_slug((enum reason)p->why));
	write_close(t, '}');
}

static void steps(struct text *t, const struct session *s, const struct vocabulary *w)
{
	struct story story;
	story_build(s, w, &story);
	write_open(t, "steps", '[');
	for (size_t i = 0; i < story.n_steps; i++)
		step(t, s, &story.step[i]);
	write_close(t, ']');
}

/* ---- talk ---- */

static bool has_talk(const struct talk *k)
{
	return k->records > 0 || k->bytes > 0;
}

static const char *talk_state(const struct session *s)
{
	const struct talk *c = &s->talk[CLIENT], *r = &s->talk[SERVER];
	if (!has_talk(c) && !has_talk(r))
		return "none";
	if (s->tls == NULL)
		return "clear";
	uint64_t good = (uint64_t)c->verified + r->verified, bad = (uint64_t)c->failed + r->failed;
	if (good == 0)
		return bad > 0 ? "failed" : "sealed";
	return good == (uint64_t)c->records + r->records ? "opened" : "part";
}

/* The bounds of what a side said. Clear text has none: what was sent is there. Bytes that are
 * missing from the capture could be text. */
static uint64_t text_least(const struct talk *k)
{
	return k->text_most == 0 ? k->text_bytes : k->text_least;
}

static uint64_t text_most(const struct session *s, enum side side)
{
	const struct talk *k = &s->talk[side];
	return (k->text_most == 0 ? k->text_bytes : k->text_most) + s->gap_bytes[side];
}

/* Of a direction that was not captured nobody knows the most; nor where a sealed TLS 1.3 flight
 * may hold the talk too. */
static bool is_bounded(const struct session *s, enum side side)
{
	if (s->tls == NULL || has_talk(&s->talk[side]))
		return true;
	bool flight = s->tls->version >= TLS13 && !s->tls->opened[side];
	return !s->one_sided && !s->midstream && !flight;
}

static void talk_sizes(struct text *t, const struct session *s)
{
	const struct talk *k = s->talk;
	bool exact = is_bounded(s, CLIENT) && is_bounded(s, SERVER) &&
	             text_least(&k[CLIENT]) == text_most(s, CLIENT) &&
	             text_least(&k[SERVER]) == text_most(s, SERVER);
	write_open(t, "text_bytes", '{');
	write_bool(t, "exact", exact);
	if (exact) {
		write_number(t, "c", text_least(&k[CLIENT]));
		write_number(t, "s", text_least(&k[SERVER]));
	} else {
		write_sides(t, "least", text_least(&k[CLIENT]), text_least(&k[SERVER]));
		write_open(t, "most", '{');
		for (int side = CLIENT; side <= SERVER; side++)
			if (is_bounded(s, (enum side)side))
				write_number(t, side_key[side], text_most(s, (enum side)side));
		write_close(t, '}');
	}
	write_close(t, '}');
}

static void talk_text(struct text *t, const struct talk *c, const struct talk *s)
{
	if (c->text.len == 0 && s->text.len == 0)
		return;
	write_open(t, "text", '{');
	write_foreign(t, "c", c->text);
	write_foreign(t, "s", s->text);
	if (c->text_bytes > c->text.len || s->text_bytes > s->text.len)
		write_bool(t, "truncated", true);
	write_close(t, '}');
}

static void talk(struct text *t, const struct session *s)
{
	const struct talk *c = &s->talk[CLIENT], *r = &s->talk[SERVER];
	write_open(t, "talk", '{');
	write_words(t, "state", talk_state(s));
	if (has_talk(c) || has_talk(r)) {
		write_sides(t, "records", c->records, r->records);
		write_sides(t, "bytes", c->bytes, r->bytes);
		talk_sizes(t, s);
	}
	if (c->verified + r->verified > 0)
		write_sides(t, "verified", c->verified, r->verified);
	if (c->failed + r->failed > 0)
		write_sides(t, "failed", c->failed, r->failed);
	talk_text(t, c, r);
	if (s->tls != NULL && c->verified + r->verified > 0)
		write_foreign_z(t, "opened_with", s->tls->key_name);
	write_close(t, '}');
}

/* ---- why ---- */

/* Adds "keylog:CLIENT_RANDOM:67aa9153..." */
static void opens_with(struct text *t, const char *what, struct bytes id)
{
	write_begin(t, NULL);
	text_add(t, what);
	text_hex_bytes(t, id);
	text_char(t, '"');
}

static void opens_log(struct text *t, const struct tls_facts *f, enum side side)
{
	struct bytes id = run(f->client->random, LOG_HEAD);
	if (f->version < TLS13)
		opens_with(t, "keylog:CLIENT_RANDOM:", id);
	else
		opens_with(t,
		           side == CLIENT ? "keylog:CLIENT_TRAFFIC_SECRET_0:"
		                          : "keylog:SERVER_TRAFFIC_SECRET_0:",
		           id);
}

static bool log_opens(enum reason r)
{
	switch (r) {
	case REASON_EPHEMERAL:
	case REASON_KEY_MISSING:
	case REASON_KEY_MISMATCH:
	case REASON_KEY_CANNOT:
	case REASON_LOG_MISS:
	case REASON_LOG_PART:
	case REASON_RESUMED:
	case REASON_TICKET:
	case REASON_PSK:
	case REASON_EMS_GAP:
		return true;
	default:
		return false;
	}
}

static void opens_key(struct text *t, const struct session *s)
{
	const struct chain *c = s->tls->chain[SERVER];
	if (c != NULL && c->n_certs > 0 && c->cert[0]->readable)
		opens_with(t, "private-key:spki:", run(c->cert[0]->spki_sha256, SPKI_HEAD));
	if (s->tls->client_kx != NULL)
		opens_with(t, "keylog:RSA:", run(s->tls->client_kx->head, LOG_HEAD));
}

static void opens(struct text *t, const struct session *s, enum reason r, enum side side, bool both)
{
	const struct tls_facts *f = s->tls;
	if (f->client == NULL || f->version == 0 || !log_opens(r))
		return;
	write_open(t, "opens", '[');
	if (story_flavour(s) == STORY_RSA)
		opens_key(t, s);
	opens_log(t, f, side);
	if (both && f->version >= TLS13)
		opens_log(t, f, other_side(side));
	write_close(t, ']');
}

/* Adds a reason's sentence with the session's own detail in it, as the inside of one string. */
static void reason_text(struct text *t, enum reason r, const char *detail)
{
	const char *sentence = reason_sentence(r), *hole = strstr(sentence, "{}");
	write_begin(t, "text");
	text_json(t, run((const uint8_t *)sentence,
	                 hole == NULL ? strlen(sentence) : (size_t)(hole - sentence)));
	if (hole != NULL) {
		text_json(t, run((const uint8_t *)detail, strlen(detail)));
		text_json(t, run((const uint8_t *)hole + 2, strlen(hole + 2)));
	}
	text_char(t, '"');
}

static void why_of(struct text *t, const struct session *s, enum side side, bool both)
{
	const struct tls_facts *f = s->tls;
	enum reason r = f->why[side];
	write_open(t, NULL, '{');
	write_words(t, "code", reason_slug(r));
	write_words(t, "side", both ? "both" : side_key[side]);
	reason_text(t, r, f->why_detail[side]);
	opens(t, s, r, side, both);
	write_words(t, "opens_text", reason_opens(r));
	if (f->why_frame[side] > 0)
		write_number(t, "frame", f->why_frame[side]);
	write_close(t, '}');
}

static void why(struct text *t, const struct session *s)
{
	const struct tls_facts *f = s->tls;
	bool both = f->why[CLIENT] == f->why[SERVER] &&
	            strcmp(f->why_detail[CLIENT], f->why_detail[SERVER]) == 0;
	if (f->why[CLIENT] == REASON_NONE && f->why[SERVER] == REASON_NONE)
		return;
	write_open(t, "why", '[');
	if (f->why[CLIENT] != REASON_NONE)
		why_of(t, s, CLIENT, both);
	if (f->why[SERVER] != REASON_NONE && !both)
		why_of(t, s, SERVER, false);
	write_close(t, ']');
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
		write_words(t, "dir", side_key[f->from]);
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
	if (s->tls != NULL) {
		tls(t, s, w);
		verdict(t, "check", &s->verdict[SERVER]);
		verdict(t, "client_check", &s->verdict[CLIENT]);
		proof(t, s);
	}
	steps(t, s, w);
	talk(t, s);
	if (s->tls != NULL)
		why(t, s);
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
