#include "tests/sessions.h"

#include "dissectors/tls/registry/registry.h"

/* An escape sequence, CR and LF, a C1 control, U+202E in UTF-8, bytes that are no UTF-8, a quote, a
 * backslash, markup and U+200B. */
const char hostile[] =
	"a\x1b[31m\x1b]0;x\x07\r\n\xc2\x9b\xe2\x80\xae\xff\xfe\xc3\"\\<b>\t\x7f\xe2\x80\x8b{\\}zzz";

enum { MS = 1000000 };

static const struct field_info *field(uint16_t id)
{
	static const struct field_info info[] = {
		{"msg_type", "which handshake message this is", REG_HANDSHAKE, FIELD_NUMBER},
		{"length", "how many bytes of the message follow", REG_NONE, FIELD_NUMBER},
		{"cipher_suite", "the cipher suite that the server chose", REG_SUITE, FIELD_NUMBER},
		{"random", "32 fresh random bytes", REG_NONE, FIELD_OPAQUE},
		{"host_name", "the server's name", REG_NONE, FIELD_TEXT},
	};
	return &info[id < 5 ? id : 0];
}

static const char *kx(uint16_t suite)
{
	const struct suite *s = suite_find(suite);
	return s == NULL ? "?" : suite_kx_name(s->kx);
}

static const char *auth(uint16_t suite)
{
	const struct suite *s = suite_find(suite);
	return s == NULL ? "?" : suite_auth_name(s->auth);
}

static const char *cipher(uint16_t suite)
{
	const struct suite *s = suite_find(suite);
	return s == NULL ? "?" : suite_cipher_name(s->cipher);
}

static const char *hash(uint16_t suite)
{
	const struct suite *s = suite_find(suite);
	return s == NULL ? "?" : suite_hash_name(s->aead ? s->prf : s->mac);
}

const struct vocabulary test_words = {registry_name, field, kx, auth, cipher, hash};

static struct bytes of(const char *z)
{
	return (struct bytes){(const uint8_t *)z, strlen(z)};
}

static struct bytes name_for(enum sample kind, const char *z)
{
	return kind == SAMPLE_HOSTILE ? (struct bytes){(const uint8_t *)hostile, HOSTILE_LEN}
	                              : of(z);
}

static void *take(struct arena *a, size_t n)
{
	void *p = arena_take(a, n);
	if (p == NULL)
		__builtin_abort();
	return p;
}

static moment day(int32_t year, int32_t month, int32_t d)
{
	return moment_from((struct calendar){.year = year, .month = month, .day = d});
}

/* ---- certificates ---- */

static const struct cert *certificate(struct arena *a, enum sample kind, const char *cn, bool ca)
{
	struct cert *c = take(a, sizeof *c);
	struct bytes *name = take(a, sizeof *name);
	char *subject = take(a, sizeof "CN=" + strlen(cn));
	memcpy(subject, "CN=", 3);
	memcpy(subject + 3, cn, strlen(cn));
	*name = name_for(kind, cn);
	*c = (struct cert){
		.der = of("0"),
		.subject = name_for(kind, subject),
		.issuer = name_for(kind, ca ? "CN=Lab Root" : "CN=Lab Intermediate"),
		.common_name = name_for(kind, cn),
		.issuer_name = name_for(kind, "Lab Intermediate"),
		.name = name,
		.n_names = ca ? 0 : 1,
		.serial = of("\x01"),
		.not_before = day(2026, 11, 22),
		.not_after = day(2027, 11, 22),
		.key_kind = "RSA",
		.key_bits = 2048,
		.signature_algorithm = "sha256WithRSAEncryption",
		.is_ca = ca,
		.readable = true,
	};
	memset(c->sha256, ca ? 0x22 : 0x11, sizeof c->sha256);
	memset(c->spki_sha256, ca ? 0x44 : 0x33, sizeof c->spki_sha256);
	if (kind == SAMPLE_EXPIRED) {
		c->not_before = day(2020, 1, 1);
		c->not_after = day(2021, 1, 1);
	}
	return c;
}

static const struct chain *chain(struct arena *a, enum sample kind)
{
	struct chain *c = take(a, sizeof *c);
	const struct cert **list = take(a, 2 * sizeof *list);
	list[0] = certificate(a, kind, "www.lab.test", false);
	list[1] = certificate(a, SAMPLE_RSA, "Lab Intermediate", true);
	*c = (struct chain){.cert = list, .n_certs = 2};
	return c;
}

static void judge(struct session *s, enum sample kind)
{
	s->verdict[SERVER] = (struct verdict){
		.made = true,
		.chain = kind == SAMPLE_REFUSED ? CHECK_UNKNOWN_ROOT : CHECK_OK,
		.name = CHECK_OK,
		.then = kind == SAMPLE_EXPIRED ? CHECK_EXPIRED : CHECK_OK,
		.today = CHECK_OK,
		.first = kind == SAMPLE_REFUSED   ? CHECK_UNKNOWN_ROOT
	                 : kind == SAMPLE_EXPIRED ? CHECK_EXPIRED
	                                          : CHECK_OK,
		.judged_then = s->start,
		.judged_today = s->start,
	};
}

/* ---- events ---- */

/* RFC 8446, B.3 */
static uint8_t handshake_type(enum event_kind kind)
{
	static const uint8_t type[EVENT_KINDS] = {
		[EVENT_CLIENT_HELLO] = 1,
		[EVENT_SERVER_HELLO] = 2,
		[EVENT_NEW_SESSION_TICKET] = 4,
		[EVENT_HELLO_RETRY_REQUEST] = 2,
		[EVENT_END_OF_EARLY_DATA] = 5,
		[EVENT_ENCRYPTED_EXTENSIONS] = 8,
		[EVENT_CERTIFICATE] = 11,
		[EVENT_SERVER_KEY_EXCHANGE] = 12,
		[EVENT_CERTIFICATE_REQUEST] = 13,
		[EVENT_SERVER_HELLO_DONE] = 14,
		[EVENT_CERTIFICATE_VERIFY] = 15,
		[EVENT_CLIENT_KEY_EXCHANGE] = 16,
		[EVENT_FINISHED] = 20,
		[EVENT_CERTIFICATE_STATUS] = 22,
		[EVENT_KEY_UPDATE] = 24,
	};
	return type[kind];
}

static void add(struct session *s, enum event_kind kind, enum side from, uint32_t frame,
                uint32_t len, enum visibility see)
{
	session_event(s, (struct event){
				 .time = s->start + (moment)frame * MS,
				 .first_frame = s->first_frame + frame - 1,
				 .last_frame = s->first_frame + frame - 1,
				 .len = len,
				 .records = 1,
				 .kind = (uint8_t)kind,
				 .from = (uint8_t)from,
				 .see = (uint8_t)see,
				 .detail = handshake_type(kind),
			 });
}

static void alert(struct session *s, enum side from, uint32_t frame, uint8_t description,
                  enum visibility see)
{
	add(s, EVENT_ALERT, from, frame, 2, see);
	s->event[s->n_events - 1].detail = description;
	s->event[s->n_events - 1].level = description == 0 ? 1 : 2;
}

static void connect_tcp(struct session *s)
{
	add(s, EVENT_SYN, CLIENT, 1, 0, SEE_CLEAR);
	add(s, EVENT_SYN_ACK, SERVER, 2, 0, SEE_CLEAR);
	add(s, EVENT_ESTABLISHED, CLIENT, 3, 0, SEE_CLEAR);
}

static void talk(struct session *s, enum side from, uint32_t frame, const char *text,
                 enum visibility see)
{
	struct talk *k = &s->talk[from];
	uint32_t len = (uint32_t)strlen(text);
	*k = (struct talk){
		.records = 1,
		.first_frame = s->first_frame + frame - 1,
		.last_frame = s->first_frame + frame - 1,
		.verified = see == SEE_OPENED,
		.bytes = len + 24,
		.text_bytes = len,
		.text_least = len,
		.text_most = len,
	};
	if (see != SEE_SEALED)
		k->text = of(text);
	add(s, s->tls == NULL ? EVENT_CLEAR_TEXT : EVENT_TALK, from, frame, len + 24, see);
	if (s->tls == NULL)
		return;
	s->tls->sealed_records[from]++;
	s->tls->record_count[from][3]++;
	s->tls->opened[from] |= see == SEE_OPENED;
	s->tls->verified_records[from] += see == SEE_OPENED;
}

static void dialogue(struct session *s, uint32_t frame, enum visibility see)
{
	talk(s, CLIENT, frame,
	     "GET / HTTP/1.1\r\nHost: www.lab.test\r\n\r\nMy account is AAA, the password is 123\n",
	     see);
	talk(s, SERVER, frame + 1, "HTTP/1.1 200 OK\r\n\r\nHello, your balance is 100 Yuan\n", see);
}

static void close_both(struct session *s, uint32_t frame, enum visibility see)
{
	if (see == SEE_SEALED) {
		add(s, EVENT_SEALED_ALERT, CLIENT, frame, 26, see);
		add(s, EVENT_SEALED_ALERT, SERVER, frame + 1, 26, see);
	} else {
		alert(s, CLIENT, frame, 0, see);
		alert(s, SERVER, frame + 1, 0, see);
	}
	add(s, EVENT_FIN, CLIENT, frame, 0, SEE_CLEAR);
	add(s, EVENT_FIN, SERVER, frame + 1, 0, SEE_CLEAR);
}

static void finished(struct session *s, enum side from, uint32_t frame, enum visibility see)
{
	add(s, see == SEE_OPENED ? EVENT_FINISHED : EVENT_SEALED_HANDSHAKE, from, frame, 40, see);
	s->tls->finished[from] = see == SEE_OPENED ? PROOF_VERIFIED : PROOF_NONE;
	s->tls->sealed_records[from]++;
	s->tls->verified_records[from] += see == SEE_OPENED;
	s->tls->record_count[from][2]++;
}

/* ---- hellos ---- */

static void client_hello(struct session *s, enum sample kind, uint32_t frame)
{
	static const char suites[] = "\xc0\x2f\x00\x9c\x13\x01";
	struct client_hello *h = take(s->arena, sizeof *h);
	*h = (struct client_hello){
		.legacy_version = 0x0303,
		.best_version = 0x0303,
		.n_suites = 3,
		.first_suite = 0xc02f,
		.n_names = 1,
		.flags = HELLO_SNI | HELLO_ALPN | HELLO_EXTENSIONS | HELLO_EMS,
		.sni = name_for(kind, "www.lab.test"),
		.alpn = kind == SAMPLE_HOSTILE ? of("\x05\xff\x1b[0m") : of("\x02h2\x08http/1.1"),
		.suites = {(const uint8_t *)suites, 6},
	};
	memset(h->random, 0xde, sizeof h->random);
	s->tls->client = h;
	add(s, EVENT_CLIENT_HELLO, CLIENT, frame, 209, SEE_CLEAR);
}

static void server_hello(struct session *s, uint16_t version, uint16_t suite, uint32_t frame)
{
	struct server_hello *h = take(s->arena, sizeof *h);
	const struct suite *info = suite_find(suite);
	*h = (struct server_hello){.legacy_version = 0x0303,
	                           .version = version,
	                           .suite = suite,
	                           .flags = HELLO_EXTENSIONS};
	memset(h->random, 0x8b, sizeof h->random);
	s->tls->server = h;
	s->tls->version = version;
	s->tls->suite = suite;
	s->tls->kx = (uint8_t)info->kx;
	s->tls->auth = (uint8_t)info->auth;
	s->tls->cipher = (uint8_t)info->cipher;
	s->tls->hash = (uint8_t)info->prf;
	s->tls->forward_secret = info->forward_secret;
	add(s, EVENT_SERVER_HELLO, SERVER, frame, 62, SEE_CLEAR);
}

static void why(struct session *s, enum reason r, const char *detail, uint32_t frame)
{
	for (int i = 0; i < 2; i++) {
		s->tls->why[i] = r;
		memcpy(s->tls->why_detail[i], detail, strlen(detail) + 1);
		s->tls->why_frame[i] = s->first_frame + frame - 1;
	}
}

static void certificate_of_server(struct session *s, enum sample kind, uint32_t frame,
                                  enum visibility see)
{
	s->tls->chain[SERVER] = chain(s->arena, kind);
	add(s, EVENT_CERTIFICATE, SERVER, frame, 1669, see);
	judge(s, kind);
}

/* ---- the flavours ---- */

static void rsa(struct session *s, enum sample kind)
{
	enum visibility see =
		kind == SAMPLE_RSA_OPENED || kind == SAMPLE_HOSTILE ? SEE_OPENED : SEE_SEALED;
	connect_tcp(s);
	client_hello(s, kind, 4);
	server_hello(s, 0x0303, 0x009c, 6);
	certificate_of_server(s, kind, 6, SEE_CLEAR);
	if (kind == SAMPLE_CLIENT_CERTIFICATE)
		add(s, EVENT_CERTIFICATE_REQUEST, SERVER, 6, 50, SEE_CLEAR);
	add(s, EVENT_SERVER_HELLO_DONE, SERVER, 6, 4, SEE_CLEAR);
	if (kind == SAMPLE_REFUSED) {
		alert(s, CLIENT, 8, 48, SEE_CLEAR);
		add(s, EVENT_RST, CLIENT, 9, 0, SEE_CLEAR);
		why(s, REASON_NO_FINISHED, "", 8);
		return;
	}
	if (kind == SAMPLE_CLIENT_CERTIFICATE) {
		s->tls->chain[CLIENT] = chain(s->arena, kind);
		s->tls->client_cert_asked = true;
		add(s, EVENT_CERTIFICATE, CLIENT, 8, 900, SEE_CLEAR);
	}
	add(s, EVENT_CLIENT_KEY_EXCHANGE, CLIENT, 8, 262, SEE_CLEAR);
	if (kind == SAMPLE_CLIENT_CERTIFICATE)
		add(s, EVENT_CERTIFICATE_VERIFY, CLIENT, 8, 264, SEE_CLEAR);
	add(s, EVENT_CHANGE_CIPHER_SPEC, CLIENT, 8, 1, SEE_CLEAR);
	finished(s, CLIENT, 8, see);
	add(s, EVENT_NEW_SESSION_TICKET, SERVER, 9, 180, SEE_CLEAR);
	add(s, EVENT_CHANGE_CIPHER_SPEC, SERVER, 9, 1, SEE_CLEAR);
	finished(s, SERVER, 9, see);
	if (kind == SAMPLE_HOSTILE)
		talk(s, CLIENT, 11, hostile, see);
	dialogue(s, 11, see);
	if (kind == SAMPLE_HOSTILE)
		s->talk[CLIENT].text = (struct bytes){(const uint8_t *)hostile, HOSTILE_LEN};
	close_both(s, 14, see);
	if (see == SEE_SEALED) {
		why(s, REASON_KEY_MISSING, "33333333...", 8);
		return;
	}
	s->tls->known.have |= 1u << SERVER_RSA_KEY;
	s->tls->supply |= SUPPLY_RSA_KEYS | SUPPLY_KEY_FITS;
	s->tls->key_name = kind == SAMPLE_HOSTILE ? "key\x1b[2J\xff.pem" : "server.key";
}

static void ecdhe(struct session *s, enum sample kind)
{
	struct server_key_exchange *k = take(s->arena, sizeof *k);
	*k = (struct server_key_exchange){.group = 29, .scheme = 0x0804, .signed_ = true};
	connect_tcp(s);
	client_hello(s, kind, 4);
	server_hello(s, 0x0303, 0xc02f, 6);
	certificate_of_server(s, kind, 6, SEE_CLEAR);
	s->tls->server_kx = k;
	s->tls->signature = PROOF_VERIFIED;
	add(s, EVENT_SERVER_KEY_EXCHANGE, SERVER, 6, 300, SEE_CLEAR);
	add(s, EVENT_SERVER_HELLO_DONE, SERVER, 6, 4, SEE_CLEAR);
	add(s, EVENT_CLIENT_KEY_EXCHANGE, CLIENT, 8, 37, SEE_CLEAR);
	add(s, EVENT_CHANGE_CIPHER_SPEC, CLIENT, 8, 1, SEE_CLEAR);
	finished(s, CLIENT, 8, SEE_SEALED);
	add(s, EVENT_CHANGE_CIPHER_SPEC, SERVER, 9, 1, SEE_CLEAR);
	finished(s, SERVER, 9, SEE_SEALED);
	if (kind == SAMPLE_GAP) {
		add(s, EVENT_GAP, CLIENT, 10, 1448, SEE_SEALED);
		s->gap_bytes[CLIENT] = 1448;
		s->gap_frame[CLIENT] = s->first_frame + 9;
		session_find(s, FIND_TCP_GAP, CLIENT, s->first_frame + 9);
	}
	dialogue(s, 11, SEE_SEALED);
	close_both(s, 14, SEE_SEALED);
	why(s, REASON_EPHEMERAL, " (frame 6)", 6);
}

static void tls13_sealed(struct session *s)
{
	add(s, EVENT_SEALED_HANDSHAKE, SERVER, 6, 2300, SEE_SEALED);
	s->tls->sealed_records[SERVER] = 4;
	finished(s, CLIENT, 8, SEE_SEALED);
	dialogue(s, 11, SEE_SEALED);
	add(s, EVENT_FIN, CLIENT, 14, 0, SEE_CLEAR);
	add(s, EVENT_FIN, SERVER, 15, 0, SEE_CLEAR);
	why(s, REASON_EPHEMERAL, "", 6);
}

static void tls13_opened(struct session *s, enum sample kind)
{
	add(s, EVENT_ENCRYPTED_EXTENSIONS, SERVER, 6, 10, SEE_OPENED);
	certificate_of_server(s, kind, 6, SEE_OPENED);
	add(s, EVENT_CERTIFICATE_VERIFY, SERVER, 6, 264, SEE_OPENED);
	s->tls->signature = PROOF_VERIFIED;
	finished(s, SERVER, 6, SEE_OPENED);
	finished(s, CLIENT, 8, SEE_OPENED);
	add(s, EVENT_NEW_SESSION_TICKET, SERVER, 9, 200, SEE_OPENED);
	dialogue(s, 11, SEE_OPENED);
	close_both(s, 14, SEE_OPENED);
	s->tls->key_name = "keys.log";
}

static void tls13(struct session *s, enum sample kind)
{
	connect_tcp(s);
	client_hello(s, kind, 4);
	s->tls->client->flags |= HELLO_KEY_SHARE | HELLO_VERSIONS;
	s->tls->client->best_version = 0x0304;
	s->tls->client->first_share = 29;
	if (kind == SAMPLE_RETRY) {
		add(s, EVENT_HELLO_RETRY_REQUEST, SERVER, 5, 90, SEE_CLEAR);
		add(s, EVENT_CLIENT_HELLO, CLIENT, 5, 240, SEE_CLEAR);
		s->tls->hello_retry = true;
	}
	server_hello(s, 0x0304, 0x1301, 6);
	s->tls->server->group = 29;
	s->tls->server->flags |= HELLO_KEY_SHARE | HELLO_VERSIONS;
	s->tls->forward_secret = true;
	if (kind == SAMPLE_PSK) {
		s->tls->server->flags |= HELLO_PSK;
		s->tls->client->flags |= HELLO_PSK | HELLO_EARLY_DATA;
		s->tls->resumed = s->tls->resumed_known = true;
	}
	add(s, EVENT_CHANGE_CIPHER_SPEC, SERVER, 6, 1, SEE_CLEAR);
	if (kind == SAMPLE_TLS13_OPENED)
		tls13_opened(s, kind);
	else
		tls13_sealed(s);
}

static void resumed(struct session *s, enum sample kind)
{
	connect_tcp(s);
	client_hello(s, kind, 4);
	s->tls->client->ticket_len = 176;
	s->tls->client->flags |= HELLO_TICKET;
	server_hello(s, 0x0303, 0xc02f, 6);
	s->tls->resumed = s->tls->resumed_known = true;
	add(s, EVENT_CHANGE_CIPHER_SPEC, SERVER, 6, 1, SEE_CLEAR);
	finished(s, SERVER, 6, SEE_SEALED);
	add(s, EVENT_CHANGE_CIPHER_SPEC, CLIENT, 8, 1, SEE_CLEAR);
	finished(s, CLIENT, 8, SEE_SEALED);
	dialogue(s, 11, SEE_SEALED);
	close_both(s, 14, SEE_SEALED);
	why(s, REASON_TICKET, "", 4);
}

static void late(struct session *s)
{
	s->midstream = true;
	dialogue(s, 1, SEE_SEALED);
	add(s, EVENT_FIN, CLIENT, 3, 0, SEE_CLEAR);
	why(s, REASON_NO_HANDSHAKE, "", 1);
	session_find(s, FIND_TCP_MIDSTREAM, CLIENT, s->first_frame);
}

static void clear_text(struct session *s)
{
	s->tls = NULL;
	s->protocol = PROTOCOL_CLEAR;
	connect_tcp(s);
	dialogue(s, 4, SEE_CLEAR);
	add(s, EVENT_FIN, CLIENT, 6, 0, SEE_CLEAR);
	add(s, EVENT_FIN, SERVER, 7, 0, SEE_CLEAR);
}

static void unanswered(struct session *s, enum sample kind)
{
	connect_tcp(s);
	client_hello(s, kind, 4);
	alert(s, SERVER, 5, 70, SEE_CLEAR);
	add(s, EVENT_FIN, SERVER, 5, 0, SEE_CLEAR);
	why(s, REASON_NO_FINISHED, "", 5);
}

static void fill(struct session *s, enum sample kind)
{
	switch (kind) {
	case SAMPLE_ECDHE:
	case SAMPLE_GAP:
		ecdhe(s, kind);
		return;
	case SAMPLE_TLS13:
	case SAMPLE_TLS13_OPENED:
	case SAMPLE_RETRY:
	case SAMPLE_PSK:
		tls13(s, kind);
		return;
	case SAMPLE_RESUMED:
		resumed(s, kind);
		return;
	case SAMPLE_LATE:
		late(s);
		return;
	case SAMPLE_CLEAR:
		clear_text(s);
		return;
	case SAMPLE_UNANSWERED:
		unanswered(s, kind);
		return;
	default:
		rsa(s, kind);
	}
}

struct session *sample_session(struct arena *a, enum sample kind, uint32_t number, uint32_t frame)
{
	static const uint8_t ip[2][4] = {{10, 0, 0, 5}, {192, 0, 2, 7}};
	struct session *s = take(a, sizeof *s);
	*s = (struct session){
		.arena = a,
		.number = number,
		.first_frame = frame,
		.last_frame = frame + 15,
		.start = day(2026, 11, 22) + (moment)number * NS_PER_SECOND + 752728000,
		.protocol = PROTOCOL_TLS,
		.tls = take(a, sizeof *s->tls),
		.packets = {9, 7},
		.payload = {613, 2104},
	};
	s->end = s->start + 16 * MS;
	for (int i = 0; i < 2; i++) {
		memset(s->endpoint[i].ip + 10, 0xff, 2);
		memcpy(s->endpoint[i].ip + 12, ip[i], 4);
	}
	s->endpoint[CLIENT].port = 45574;
	s->endpoint[SERVER].port = 443;
	fill(s, kind);
	return s;
}

struct capture_facts sample_facts(const char *name, uint64_t n)
{
	moment start = day(2026, 11, 22);
	return (struct capture_facts){
		.name = name,
		.packets = 161,
		.bytes = 44321,
		.ip_packets = 161,
		.tcp_segments = 161,
		.flows = n,
		.tls_sessions = n,
		.first = start,
		.last = start + 32 * (moment)NS_PER_SECOND,
	};
}
