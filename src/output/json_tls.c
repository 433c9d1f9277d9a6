#include "src/output/json_parts.h"

#include "src/model/story.h"
#include "src/output/json.h"

enum { SSL2 = 0x0002, TLS13 = 0x0304, RANDOM = 32, DIGEST = 32, ALPN_MOST = 32 };

/* ---- numbers with names ---- */

static const char *version_word(uint16_t version)
{
	static const char *const word[] = {"3.0", "1.0", "1.1", "1.2", "1.3"};
	if (version == 0x0002)
		return "2.0";
	if (tls13_draft(version) != 0)
		version = TLS13;
	return version >= 0x0300 && version <= TLS13 ? word[version - 0x0300] : NULL;
}

static void version(struct text *t, const char *key, uint16_t v)
{
	if (version_word(v) != NULL)
		write_words(t, key, version_word(v));
}

/* Adds the name, when there is one, and the number. */
void json_code_point(struct text *t, const char *name_key, const char *id_key,
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
	if (group_is_kem(h->group))
		return psk ? "kem_psk" : "kem";
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
		out[n++] = json_run(list.at + i, len);
		i += len;
	}
	return n;
}

/* Says what was seen; what was not is absent. */
static void seen(struct text *t, const char *key, bool so)
{
	if (so)
		write_bool(t, key, true);
}

static void flag(struct text *t, const char *key, uint32_t flags, enum hello_flag which)
{
	seen(t, key, (flags & which) != 0);
}

/* What both hellos may say, by the same words. */
static void both_offer(struct text *t, uint32_t flags, uint16_t record_limit,
                       uint16_t fragment_limit)
{
	flag(t, "application_settings", flags, HELLO_ALPS);
	flag(t, "next_protocol_negotiation", flags, HELLO_NPN);
	flag(t, "heartbeat", flags, HELLO_HEARTBEAT);
	if (record_limit > 0)
		write_number(t, "record_size_limit", record_limit);
	if (fragment_limit > 0)
		write_number(t, "max_fragment_length", fragment_limit);
}

static void client_offers(struct text *t, const struct client_hello *h)
{
	flag(t, "extended_master_secret", h->flags, HELLO_EMS);
	flag(t, "encrypt_then_mac", h->flags, HELLO_ETM);
	flag(t, "psk_offered", h->flags, HELLO_PSK);
	flag(t, "early_data_offered", h->flags, HELLO_EARLY_DATA);
	flag(t, "ech_offered", h->flags, HELLO_ECH);
	if (h->flags & HELLO_ECH)
		write_words(t, "ech", h->flags & HELLO_ECH_INNER ? "inner" : "outer");
	flag(t, "esni_offered", h->flags, HELLO_ESNI);
	flag(t, "delegated_credentials", h->flags, HELLO_DELEGATED);
	flag(t, "certificate_compression", h->flags, HELLO_CERT_COMPRESSION);
	flag(t, "post_handshake_auth", h->flags, HELLO_POST_HANDSHAKE_AUTH);
	both_offer(t, h->flags, h->record_limit, h->fragment_limit);
	flag(t, "ticket_offered", h->flags, HELLO_TICKET);
	flag(t, "status_requested", h->flags, HELLO_STATUS_REQUEST);
	flag(t, "grease", h->flags, HELLO_GREASE);
	if (h->flags & HELLO_SSL2)
		write_bool(t, "ssl2_form", true);
	if (h->ticket_len > 0)
		write_number(t, "ticket_bytes", h->ticket_len);
	flag(t, "partial", h->flags, HELLO_PARTIAL);
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
	write_hex(t, "random", json_run(h->random, RANDOM));
	if (h->session_id.len > 0)
		write_hex(t, "session_id", h->session_id);
	write_foreign(t, "server_name", h->sni);
	write_foreign(t, "other_server_name", h->other_sni);
	write_foreign_list(t, "alpn", names, protocol_names(h->alpn, names));
	version(t, "legacy_version", h->legacy_version);
	count_offered(t, h, "suites", h->n_suites);
	if (h->n_suites > 0)
		json_code_point(t, "first_suite", "first_suite_id", w, REG_SUITE, h->first_suite);
	if (h->flags & HELLO_SSL2)
		count_offered(t, h, "ssl2_ciphers", h->n_kinds);
	count_offered(t, h, "extensions", h->n_extensions);
	count_offered(t, h, "groups", h->n_groups);
	count_offered(t, h, "signature_schemes", h->n_schemes);
	count_offered(t, h, "key_shares", h->n_shares);
	client_offers(t, h);
}

static void server_hello(struct text *t, const struct server_hello *h)
{
	write_hex(t, "random", json_run(h->random, RANDOM));
	if (h->session_id.len > 0)
		write_hex(t, "session_id", h->session_id);
	if (h->alpn.len > 0)
		write_foreign(t, "alpn", h->alpn);
	flag(t, "extended_master_secret", h->flags, HELLO_EMS);
	flag(t, "encrypt_then_mac", h->flags, HELLO_ETM);
	both_offer(t, h->flags, h->record_limit, h->fragment_limit);
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

void json_certificate(const struct cert *c, struct text *t)
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
		write_hex(t, "spki_sha256", json_run(c->spki_sha256, DIGEST));
	} else {
		write_bool(t, "readable", false);
	}
	write_hex(t, "sha256", json_run(c->sha256, DIGEST));
	write_close(t, '}');
}

static void certificate(struct text *t, const struct cert *c)
{
	if (c->described.len == 0) {
		json_certificate(c, t);
		return;
	}
	write_key(t, NULL);
	text_add_n(t, (const char *)c->described.at, c->described.len);
}

void json_chain(struct text *t, const struct chain *c)
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

void json_verdict(struct text *t, const char *key, const struct verdict *v)
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

/* Zeek's letters; 'z' is every handshake message without one. */
static const char event_letter[EVENT_KINDS] = {
	[EVENT_HELLO_REQUEST] = 'h',
	[EVENT_CLIENT_HELLO] = 'c',
	[EVENT_SERVER_HELLO] = 's',
	[EVENT_HELLO_RETRY_REQUEST] = 'j',
	[EVENT_HELLO_VERIFY_REQUEST] = 'v',
	[EVENT_ENCRYPTED_EXTENSIONS] = 'o',
	[EVENT_SUPPLEMENTAL_DATA] = 'a',
	[EVENT_CERTIFICATE] = 'x',
	[EVENT_COMPRESSED_CERTIFICATE] = 'z',
	[EVENT_CERTIFICATE_URL] = 'w',
	[EVENT_CERTIFICATE_STATUS] = 'u',
	[EVENT_SERVER_KEY_EXCHANGE] = 'k',
	[EVENT_CERTIFICATE_REQUEST] = 'r',
	[EVENT_SERVER_HELLO_DONE] = 'n',
	[EVENT_CLIENT_KEY_EXCHANGE] = 'g',
	[EVENT_CERTIFICATE_VERIFY] = 'y',
	[EVENT_CHANGE_CIPHER_SPEC] = 'i',
	[EVENT_NEXT_PROTOCOL] = 'z',
	[EVENT_CHANNEL_ID] = 'z',
	[EVENT_FINISHED] = 'f',
	[EVENT_NEW_SESSION_TICKET] = 't',
	[EVENT_END_OF_EARLY_DATA] = 'e',
	[EVENT_KEY_UPDATE] = 'p',
	[EVENT_MESSAGE_HASH] = 'm',
	[EVENT_OTHER_HANDSHAKE] = 'z',
	[EVENT_ALERT] = 'l',
	[EVENT_SEALED_ALERT] = 'l',
	[EVENT_SSL2_ERROR] = 'l',
	[EVENT_HEARTBEAT] = 'b',
	[EVENT_TALK] = 'd',
};

/* Zeek's ssl_history: upper case from the client. As there, a sealed handshake message has no
 * letter until it is opened. Zeek listens until the handshake is over; here the story goes on, so
 * that its history is how this one begins: behind it come data (one letter for all of a side's) and
 * alerts, sealed or not. */
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
	write_foreign(t, "history", json_run((const uint8_t *)letters, n));
}

static void alert(struct text *t, const struct event *e, bool tls13, const struct vocabulary *w)
{
	write_open(t, NULL, '{');
	write_words(t, "dir", json_side[e->from]);
	if (e->kind == EVENT_ALERT) {
		write_number(t, "level", e->level);
		json_code_point(t, "name", "description", w, REG_ALERT, e->detail);
	} else if (e->kind == EVENT_SSL2_ERROR) {
		json_code_point(t, "name", "description", w, REG_SSL2_ERROR, e->detail);
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
		uint8_t kind = s->event[i].kind;
		if (kind != EVENT_ALERT && kind != EVENT_SEALED_ALERT && kind != EVENT_SSL2_ERROR)
			continue;
		if (!any)
			write_open(t, "alerts", '[');
		any = true;
		alert(t, &s->event[i], s->tls->version >= TLS13, w);
	}
	if (any)
		write_close(t, ']');
}

static void count_seen(struct text *t, const char *key, uint64_t n)
{
	if (n > 0)
		write_number(t, key, n);
}

static void record_counts(struct text *t, const struct tls_facts *f)
{
	static const char *const type[] = {"change_cipher_spec", "alert", "handshake",
	                                   "application_data", "heartbeat"};
	write_open(t, "records", '{');
	for (int side = 0; side < 2; side++) {
		write_open(t, json_side[side], '{');
		for (int i = 0; i < 5; i++)
			if (i < 4 || f->record_count[side][i] > 0)
				write_number(t, type[i], f->record_count[side][i]);
		count_seen(t, "application_data_bytes", f->record_bytes[side]);
		count_seen(t, "ssl2", f->ssl2_records[side]);
		count_seen(t, "sealed", f->sealed_records[side]);
		count_seen(t, "verified", f->verified_records[side]);
		count_seen(t, "failed", f->failed_records[side]);
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
static const char *message_word(const struct event *e, bool ssl2, const struct vocabulary *w)
{
	if (ssl2 && e->kind == EVENT_CLIENT_KEY_EXCHANGE)
		return "client_master_key";
	return e->kind == EVENT_HELLO_RETRY_REQUEST ? "hello_retry_request"
	                                            : w->name(REG_HANDSHAKE, e->detail);
}

/* How many whole messages of each kind a side sent, in the order of their first; and how many
 * records of the handshake were sealed, which TLS 1.3 does not tell. */
static void handshake_of(struct text *t, const struct session *s, enum side from,
                         const struct vocabulary *w)
{
	bool ssl2 = s->tls->version == SSL2;
	uint32_t count[256] = {0}, sealed = 0;
	write_open(t, json_side[from], '{');
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
		    message_word(e, ssl2, w) == NULL)
			continue;
		write_number(t, message_word(e, ssl2, w), count[handshake_key(e)]);
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
	if (tls13_draft(f->version) != 0)
		write_number(t, "version_draft", tls13_draft(f->version));
	write_words(t, "version_protocol", f->version < 0x0301 ? "ssl" : "tls");
	if (f->version != SSL2 || f->ssl2_kind != 0)
		json_code_point(t, "cipher", "cipher_id", w, session_cipher_registry(f),
		                session_cipher(f));
	if (exchange != NULL)
		write_words(t, "key_exchange", exchange);
	if (group_of(f) != 0)
		json_code_point(t, "group", "group_id", w, REG_GROUP, group_of(f));
	if (f->server_kx != NULL && f->server_kx->dh_bits > 0)
		write_number(t, "dh_bits", f->server_kx->dh_bits);
	if (f->server_kx != NULL && f->server_kx->scheme != 0)
		json_code_point(t, "signature_scheme", "signature_scheme_id", w,
		                REG_SIGNATURE_SCHEME, f->server_kx->scheme);
	if (story_flavour(s) != STORY_RESUMED)
		write_bool(t, "forward_secrecy", f->forward_secret);
}

static void raw_key(struct text *t, const struct raw_key *k)
{
	if (k == NULL)
		return;
	write_open(t, "raw_public_key", '{');
	if (k->kind != NULL)
		write_words(t, "key", k->kind);
	if (k->bits > 0)
		write_number(t, "key_bits", k->bits);
	write_hex(t, "spki_sha256", json_run(k->spki_sha256, DIGEST));
	write_close(t, '}');
}

static void tls_sides(struct text *t, const struct tls_facts *f, const struct vocabulary *w)
{
	if (f->client != NULL || f->chain[CLIENT] != NULL || f->raw_key[CLIENT] != NULL) {
		write_open(t, "client", '{');
		if (f->client != NULL)
			client_hello(t, f->client, w);
		json_client_prints(t, &f->prints);
		json_chain(t, f->chain[CLIENT]);
		raw_key(t, f->raw_key[CLIENT]);
		write_close(t, '}');
	}
	if (f->server != NULL || f->chain[SERVER] != NULL || f->raw_key[SERVER] != NULL) {
		write_open(t, "server", '{');
		if (f->server != NULL)
			server_hello(t, f->server);
		json_server_prints(t, &f->prints);
		json_chain(t, f->chain[SERVER]);
		raw_key(t, f->raw_key[SERVER]);
		write_close(t, '}');
	}
}

void json_tls(struct text *t, const struct session *s, const struct vocabulary *w)
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
	seen(t, "hello_retry", f->hello_retry);
	if (meaning_ech_refused(f))
		write_bool(t, "ech_accepted", false);
	seen(t, "client_cert_requested", f->client_cert_asked);
	seen(t, "ocsp_stapled", f->staple);
	seen(t, "renegotiated", f->renegotiated);
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
	json_meaning(t, s, w);
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
			write_words(t, json_side[side], proof_word(f->finished[side]));
	write_close(t, '}');
}

static void possession(struct text *t, const struct tls_facts *f, bool by_finished)
{
	uint8_t result = by_finished ? f->finished[SERVER] : f->signature;
	write_words(t, "possession", result == PROOF_NONE ? "not-checkable" : proof_word(result));
	write_words(t, "by", by_finished ? "finished" : "signature");
	if (result != PROOF_VERIFIED && result != PROOF_FAILED && f->why[SERVER] != REASON_NONE &&
	    (by_finished || f->version >= TLS13))
		write_words(t, "needs", reason_slug(f->why[SERVER]));
}

/* Where no key of a certificate takes part Finished alone is to be checked. */
void json_proof(struct text *t, const struct session *s)
{
	const struct tls_facts *f = s->tls;
	enum flavour flavour = story_flavour(s);
	bool by_finished = flavour == STORY_RSA;
	bool by_signature = flavour == STORY_EPHEMERAL || flavour == STORY_TLS13;
	bool checked = f->finished[CLIENT] != PROOF_NONE || f->finished[SERVER] != PROOF_NONE;
	if (!by_finished && !by_signature && !checked)
		return;
	write_open(t, "proof", '{');
	if (by_finished || by_signature)
		possession(t, f, by_finished);
	finished(t, f);
	write_close(t, '}');
}
