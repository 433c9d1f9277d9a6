/* Real conversations, made live by libssl over memory and read from captures/: whatever the chunks
 * and however the two sides are interleaved, watched or not, with keys or without, the same is
 * known at the end. */
#include <check.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "dissectors/tls/record.h"
#include "src/base/reader.h"
#include "src/secrets/keyring.h"
#include "tests/talk_driver.h"

Suite *talk_streams_suite(void);

enum { STREAM_MOST = 1 << 17, CHUNKS_MOST = 256, LOG_MOST = 1 << 14, SHUFFLES = 20 };

/* Two streams, and the order in which their pieces were sent. */
struct spoken {
	uint8_t byte[2][STREAM_MOST];
	size_t len[2];
	struct {
		enum side from;
		size_t len;
	} chunk[CHUNKS_MOST];
	size_t n_chunks;
	char log[LOG_MOST];
	uint8_t spki[32];
};

static void add_chunk(struct spoken *k, enum side from, const uint8_t *at, size_t len)
{
	if (len == 0)
		return;
	ck_assert_uint_lt(k->n_chunks, CHUNKS_MOST);
	ck_assert_uint_lt(k->len[from] + len, STREAM_MOST);
	memcpy(k->byte[from] + k->len[from], at, len);
	k->len[from] += len;
	k->chunk[k->n_chunks].from = from;
	k->chunk[k->n_chunks++].len = len;
}

/* ---- Live sessions ---- */

static EVP_PKEY *server_key;
static X509 *certificate;
static char key_path[] = "/tmp/keyhole-talk-XXXXXX";

static void set_up(void)
{
	server_key = EVP_RSA_gen(2048);
	certificate = X509_new();
	ck_assert(server_key != NULL && certificate != NULL);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, server_key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
	                           (const uint8_t *)"www.lab.test", -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	ck_assert_int_gt(X509_sign(certificate, server_key, EVP_sha256()), 0);
	int fd = mkstemp(key_path);
	ck_assert_int_ge(fd, 0);
	FILE *f = fdopen(fd, "w");
	ck_assert_int_eq(PEM_write_PrivateKey(f, server_key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

static void tear_down(void)
{
	unlink(key_path);
	X509_free(certificate);
	EVP_PKEY_free(server_key);
}

struct variant {
	const char *suite;
	int version;
	bool client_auth, refuse, retry, tickets, resume, early, rsa;
};

static const struct variant variants[] = {
	{.suite = "AES128-SHA", .version = TLS1_VERSION, .rsa = true},
	{.suite = "AES256-SHA", .version = TLS1_2_VERSION, .rsa = true, .client_auth = true},
	{.suite = "AES128-GCM-SHA256", .version = TLS1_2_VERSION, .rsa = true, .tickets = true},
	{.suite = "NULL-SHA256", .version = TLS1_2_VERSION, .rsa = true},
	{.suite = "ECDHE-RSA-AES128-GCM-SHA256", .version = TLS1_2_VERSION},
	{.suite = "ECDHE-RSA-AES128-GCM-SHA256", .version = TLS1_2_VERSION, .refuse = true},
	{.suite = "AES128-GCM-SHA256", .version = TLS1_2_VERSION, .resume = true},
	{.suite = "AES128-GCM-SHA256", .version = TLS1_2_VERSION, .tickets = true, .resume = true},
	{.suite = "TLS_AES_128_GCM_SHA256", .version = TLS1_3_VERSION, .tickets = true},
	{.suite = "TLS_AES_256_GCM_SHA384", .version = TLS1_3_VERSION, .retry = true},
	{.suite = "TLS_AES_256_GCM_SHA384", .version = TLS1_3_VERSION, .client_auth = true},
	{.suite = "TLS_CHACHA20_POLY1305_SHA256", .version = TLS1_3_VERSION, .refuse = true},
	{.suite = "TLS_AES_128_GCM_SHA256",
         .version = TLS1_3_VERSION,
         .tickets = true,
         .resume = true,
         .early = true},
};

enum { N_VARIANTS = sizeof variants / sizeof *variants };

static SSL_SESSION *kept_session;

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(kept_session);
	kept_session = session;
	return 1;
}

static void log_line(const SSL *ssl, const char *line)
{
	struct spoken *k = SSL_get_app_data(ssl);
	size_t have = strlen(k->log);
	snprintf(k->log + have, LOG_MOST - have, "%s\n", line);
}

static int accept_any(int fine, X509_STORE_CTX *store)
{
	(void)fine;
	(void)store;
	return 1;
}

static SSL_CTX *context(const struct variant *v, bool client)
{
	SSL_CTX *c = SSL_CTX_new(TLS_method());
	char list[64];
	SSL_CTX_set_security_level(c, 0);
	SSL_CTX_set_min_proto_version(c, v->version);
	SSL_CTX_set_max_proto_version(c, v->version);
	SSL_CTX_set_keylog_callback(c, log_line);
	if (!v->tickets)
		SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
	if (!client || v->client_auth) {
		SSL_CTX_use_certificate(c, certificate);
		SSL_CTX_use_PrivateKey(c, server_key);
	}
	if (client && v->refuse)
		SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
	if (!client && v->client_auth)
		SSL_CTX_set_verify(c, SSL_VERIFY_PEER, accept_any);
	if (v->retry)
		SSL_CTX_set1_groups_list(c, client ? "X25519:P-256" : "P-256");
	if (v->early)
		SSL_CTX_set_max_early_data(c, 4096);
	SSL_CTX_set_session_id_context(c, (const uint8_t *)"talk", 4);
	SSL_CTX_set_session_cache_mode(c, client ? SSL_SESS_CACHE_CLIENT : SSL_SESS_CACHE_SERVER);
	if (client)
		SSL_CTX_sess_set_new_cb(c, keep_session);
	if (v->version == TLS1_3_VERSION) {
		ck_assert_int_eq(SSL_CTX_set_ciphersuites(c, v->suite), 1);
		return c;
	}
	snprintf(list, sizeof list, "%s:@SECLEVEL=0", v->suite);
	ck_assert_int_eq(SSL_CTX_set_cipher_list(c, list), 1);
	return c;
}

static SSL *peer(SSL_CTX *c, struct spoken *k)
{
	SSL *s = SSL_new(c);
	SSL_set_bio(s, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_app_data(s, k);
	return s;
}

static void carry(struct spoken *k, enum side from, SSL *of, SSL *to)
{
	uint8_t *at = NULL;
	long len = BIO_get_mem_data(SSL_get_wbio(of), &at);
	add_chunk(k, from, at, (size_t)len);
	BIO_write(SSL_get_rbio(to), at, (int)len);
	(void)BIO_reset(SSL_get_wbio(of));
}

static void write_and_read(struct spoken *k, enum side from, SSL *of, SSL *to, size_t len)
{
	static uint8_t text[20000], sink[20000];
	size_t done = 0;
	memset(text, 'k', sizeof text);
	SSL_write_ex(of, text, len, &done);
	carry(k, from, of, to);
	while (SSL_read_ex(to, sink, sizeof sink, &done) == 1)
		;
	carry(k, other_side(from), to, of);
}

static void converse(struct spoken *k, const struct variant *v, SSL *client, SSL *server)
{
	static uint8_t sink[100];
	size_t done = 0;
	if (v->early && SSL_get0_session(client) != NULL)
		ck_assert_int_eq(SSL_write_early_data(client, "early question", 14, &done), 1);
	for (int i = 0; i < 6; i++) {
		SSL_do_handshake(client);
		carry(k, CLIENT, client, server);
		if (v->early && !SSL_is_init_finished(server))
			SSL_read_early_data(server, sink, sizeof sink, &done);
		SSL_do_handshake(server);
		carry(k, SERVER, server, client);
	}
	ck_assert_int_eq(SSL_is_init_finished(client), !v->refuse);
	write_and_read(k, CLIENT, client, server, 58);
	write_and_read(k, SERVER, server, client, 20000);
	if (v->version == TLS1_3_VERSION && !v->refuse)
		SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED);
	write_and_read(k, CLIENT, client, server, 100);
	write_and_read(k, SERVER, server, client, 31);
	SSL_shutdown(client);
	carry(k, CLIENT, client, server);
	SSL_set_shutdown(server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* keeps the session */
}

static struct spoken *speak_once(const struct variant *v, SSL_CTX *cc, SSL_CTX *sc)
{
	struct spoken *k = calloc(1, sizeof *k);
	SSL *client = peer(cc, k), *server = peer(sc, k);
	uint8_t *der = NULL;
	size_t len = (size_t)i2d_PUBKEY(server_key, &der);
	EVP_Digest(der, len, k->spki, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	SSL_set_tlsext_host_name(client, "www.lab.test");
	bool again = kept_session != NULL;
	if (again)
		SSL_set_session(client, kept_session);
	converse(k, v, client, server);
	ck_assert_int_eq(SSL_session_reused(client), again);
	SSL_free(client);
	SSL_free(server);
	return k;
}

static struct spoken *speak(const struct variant *v)
{
	SSL_CTX *cc = context(v, true), *sc = context(v, false);
	SSL_SESSION_free(kept_session);
	kept_session = NULL;
	if (v->resume)
		free(speak_once(v, cc, sc));
	else
		SSL_CTX_sess_set_new_cb(cc, NULL);
	struct spoken *k = speak_once(v, cc, sc);
	SSL_CTX_free(cc);
	SSL_CTX_free(sc);
	return k;
}

static struct keyring *keys_for(const struct spoken *k, bool rsa)
{
	struct keyring *r = keyring_new();
	char why[100];
	if (rsa)
		ck_assert_int_eq(keyring_add_key(r, key_path, NULL, NULL, why, sizeof why),
		                 KEY_ADDED);
	else
		keyring_add_log_text(r, "the log",
		                     (struct bytes){(const uint8_t *)k->log, strlen(k->log)});
	return r;
}

/* ---- Ways to hear them ---- */

static uint32_t random_state;

static uint32_t below(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

/* How much comes at once: a byte, a few, a segment, all. */
static size_t some(size_t most, unsigned mood)
{
	static const uint32_t largest[] = {1, 9, 300, 1460, 100000};
	size_t n = 1 + below(largest[mood % 5]);
	return n < most ? n : most;
}

struct way {
	unsigned mood;
	bool causal; /* each chunk comes after those that were sent before it */
	bool watched;
};

static void hear_chunk(struct driver *d, const struct spoken *k, enum side from, size_t *at,
                       size_t len, unsigned mood)
{
	while (len > 0) {
		size_t n = some(len, mood);
		driver_bytes(d, from, (struct bytes){k->byte[from] + *at, n});
		*at += n;
		len -= n;
	}
}

static void hear(struct driver *d, const struct spoken *k, struct way w)
{
	size_t at[2] = {0, 0};
	if (w.causal) {
		for (size_t i = 0; i < k->n_chunks; i++)
			hear_chunk(d, k, k->chunk[i].from, &at[k->chunk[i].from], k->chunk[i].len,
			           w.mood);
		return;
	}
	uint32_t leaning = below(5); /* from all of one side first to all of the other */
	while (at[CLIENT] < k->len[CLIENT] || at[SERVER] < k->len[SERVER]) {
		enum side from = below(4) < leaning ? CLIENT : SERVER;
		size_t left = k->len[from] - at[from];
		if (left > 0)
			hear_chunk(d, k, from, &at[from], some(left, w.mood), 4);
		else
			leaning = from == CLIENT ? 0 : 4;
	}
}

static void know(struct summary *s, const struct spoken *k, const struct keyring *keys,
                 struct way w)
{
	struct driver *d = driver_new(keys, w.watched, false);
	memcpy(d->cert.spki_sha256, k->spki, sizeof k->spki);
	d->cert.readable = true;
	hear(d, k, w);
	driver_end(d);
	ck_assert_msg(d->broken == NULL, "%s", d->broken);
	ck_assert(!w.watched || d->n_seen > 0);
	driver_summary(d, s);
	driver_free(d);
}

static struct summary first, second;

/* Hears the conversation in many ways and compares what is known. */
static void compare_ways(const struct spoken *k, const struct keyring *keys, bool causal,
                         const char *name)
{
	know(&first, k, keys, (struct way){.mood = 4, .causal = true});
	for (unsigned i = 0; i < SHUFFLES; i++) {
		random_state = i + 1;
		struct way w = {.mood = i, .causal = causal || i % 4 == 0, .watched = i % 2};
		know(&second, k, keys, w);
		ck_assert_msg(strcmp(first.text, second.text) == 0, "%s, way %u:\n%s\nnot\n%s",
		              name, i, second.text, first.text);
	}
}

static bool is_tls13(const struct variant *v)
{
	return v->version == TLS1_3_VERSION;
}

/* ---- The sentences ---- */

START_TEST(what_is_known_hangs_on_the_two_streams_alone)
{
	const struct variant *v = &variants[_i];
	struct spoken *k = speak(v);
	compare_ways(k, NULL, is_tls13(v), v->suite);
	free(k);
}
END_TEST

/* Gives the length of the record that begins at an offset, with its head. */
static size_t record_len(const struct spoken *k, enum side from, size_t at)
{
	const uint8_t *b = &k->byte[from][at];
	return RECORD_HEAD + (size_t)b[3] * 256 + b[4];
}

/* The server's first full record of talk, 16,384 bytes of text and more, is lost. */
START_TEST(behind_missing_records_a_side_is_opened_on)
{
	const struct variant *v = &variants[_i];
	if (v->refuse || strcmp(v->suite, "NULL-SHA256") == 0)
		return;
	struct spoken *k = speak(v);
	struct keyring *keys = keys_for(k, false);
	struct driver *d = driver_new(keys, false, false);
	size_t lost = 0, n_after = 0;
	while (record_len(k, SERVER, lost) <= 16384)
		lost += record_len(k, SERVER, lost);
	size_t behind = lost + record_len(k, SERVER, lost);
	for (size_t at = behind; at < k->len[SERVER]; at += record_len(k, SERVER, at))
		n_after++;
	driver_bytes(d, CLIENT, (struct bytes){k->byte[CLIENT], k->len[CLIENT]});
	driver_bytes(d, SERVER, (struct bytes){k->byte[SERVER], lost});
	uint32_t before = d->s.tls->verified_records[SERVER];
	driver_gap(d, SERVER, behind - lost);
	driver_bytes(d, SERVER, (struct bytes){&k->byte[SERVER][behind], k->len[SERVER] - behind});
	driver_end(d);
	ck_assert_msg(d->broken == NULL, "%s", d->broken);
	/* the first block of TLS 1.0's next record hangs on the one that is lost */
	size_t chained = v->version == TLS1_VERSION;
	ck_assert_uint_ge(n_after, 2);
	ck_assert_uint_eq(d->s.tls->verified_records[SERVER] - before, n_after - chained);
	ck_assert_uint_eq(d->s.tls->failed_records[SERVER], 0);
	driver_free(d);
	keyring_free(keys);
	free(k);
}
END_TEST

START_TEST(what_a_key_log_opens_hangs_on_the_two_streams_alone)
{
	const struct variant *v = &variants[_i];
	struct spoken *k = speak(v);
	struct keyring *keys = keys_for(k, false);
	compare_ways(k, keys, false, v->suite);
	ck_assert(v->refuse || strstr(first.text, "opened 1") != NULL);
	ck_assert_ptr_null(strstr(first.text, "found decrypt"));
	ck_assert_ptr_null(strstr(first.text, "found tls"));
	keyring_free(keys);
	free(k);
}
END_TEST

START_TEST(what_the_servers_key_opens_hangs_on_the_two_streams_alone)
{
	const struct variant *v = &variants[_i];
	struct spoken *k = speak(v);
	struct keyring *keys = keys_for(k, true);
	compare_ways(k, keys, is_tls13(v), v->suite);
	ck_assert_int_eq(strstr(first.text, "opened 1") != NULL, v->rsa);
	ck_assert_ptr_null(strstr(first.text, "found decrypt"));
	keyring_free(keys);
	free(k);
}
END_TEST

static struct driver *heard_with(const struct spoken *k, const struct keyring *keys)
{
	struct driver *d = driver_new(keys, false, false);
	memcpy(d->cert.spki_sha256, k->spki, sizeof k->spki);
	d->cert.readable = true;
	hear(d, k, (struct way){.mood = 3, .causal = true});
	driver_end(d);
	ck_assert_msg(d->broken == NULL, "%s", d->broken);
	return d;
}

START_TEST(with_all_secrets_every_record_and_both_finished_are_proven)
{
	const struct variant *v = &variants[_i];
	struct spoken *k = speak(v);
	struct keyring *keys = keys_for(k, v->rsa && !v->resume);
	struct driver *d = heard_with(k, keys);
	const struct tls_facts *f = d->s.tls;
	for (int i = 0; i < 2 && !v->refuse; i++) {
		ck_assert_uint_eq(f->sealed_records[i], f->verified_records[i]);
		ck_assert_uint_eq(f->failed_records[i], 0);
		ck_assert_uint_eq(f->finished[i], PROOF_VERIFIED);
	}
	ck_assert_int_eq(f->resumed, v->resume);
	ck_assert(f->resumed_known || (v->refuse && is_tls13(v)));
	if (!v->refuse) {
		ck_assert_uint_eq(d->s.talk[CLIENT].text_bytes, 158 + (v->early ? 14 : 0));
		ck_assert_uint_eq(d->s.talk[SERVER].text_bytes, 20031);
	}
	driver_free(d);
	keyring_free(keys);
	free(k);
}
END_TEST

START_TEST(without_secrets_the_story_is_the_same)
{
	const struct variant *v = &variants[_i];
	struct spoken *k = speak(v);
	struct driver *d = heard_with(k, NULL);
	const struct tls_facts *f = d->s.tls;
	ck_assert_int_eq(f->version, v->version);
	ck_assert_int_eq(f->resumed, v->resume);
	ck_assert_int_eq(f->hello_retry, v->retry);
	ck_assert(f->client != NULL &&
	          bytes_equal(f->client->sni, (struct bytes){(const uint8_t *)"www.lab.test", 12}));
	ck_assert_int_eq(f->chain[SERVER] != NULL, !is_tls13(v) && !v->resume);
	ck_assert_int_eq(f->client_cert_asked, !is_tls13(v) && v->client_auth);
	for (unsigned i = 0; i < d->s.n_found; i++)
		ck_assert_msg(false, "found %s", finding_code((enum finding)d->s.found[i].code));
	driver_free(d);
	free(k);
}
END_TEST

/* Takes every line of a log away whose label has the word in it. */
static void forget_lines(struct spoken *k, const char *word)
{
	char *out = k->log;
	for (char *line = k->log, *next; *line != 0; line = next) {
		next = strchr(line, '\n') + 1;
		size_t len = (size_t)(next - line);
		size_t label = strcspn(line, " ");
		char *hit = strstr(line, word);
		if (hit != NULL && hit < line + label)
			continue;
		memmove(out, line, len);
		out += len;
	}
	*out = 0;
}

/* What a log does not tell of a session is sealed, and not broken. */
START_TEST(half_a_log_opens_half_and_calls_nothing_broken)
{
	static const char *const words[] = {"EARLY", "HANDSHAKE", "TRAFFIC_SECRET_0"};
	const struct variant *v = &variants[N_VARIANTS - 1];
	struct spoken *k = speak(v);
	ck_assert(v->early && is_tls13(v));
	forget_lines(k, words[_i]);
	struct keyring *keys = keys_for(k, false);
	struct driver *d = heard_with(k, keys);
	const struct tls_facts *f = d->s.tls;
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(f->failed_records[i], 0);
		ck_assert(!f->opened[i] || f->verified_records[i] > 0);
		ck_assert_uint_le(f->verified_records[i], f->sealed_records[i]);
	}
	ck_assert_uint_lt(f->verified_records[CLIENT], f->sealed_records[CLIENT]);
	ck_assert_uint_gt(f->verified_records[CLIENT], 0);
	driver_free(d);
	keyring_free(keys);
	free(k);
}
END_TEST

/* The last byte of the client's last record lies in its tag or MAC. */
START_TEST(a_record_that_was_changed_is_told)
{
	const struct variant *v = &variants[_i];
	if (v->refuse || strcmp(v->suite, "NULL-SHA256") == 0)
		return;
	struct spoken *k = speak(v);
	k->byte[CLIENT][k->len[CLIENT] - 1] ^= 1;
	struct keyring *keys = keys_for(k, false);
	struct driver *d = heard_with(k, keys);
	ck_assert_uint_eq(d->s.tls->failed_records[CLIENT], 1);
	ck_assert_uint_eq(d->s.tls->failed_records[SERVER], 0);
	unsigned told = 0;
	for (uint32_t i = 0; i < d->s.n_found; i++)
		told += d->s.found[i].code == FIND_DECRYPT_BAD_MAC && d->s.found[i].from == CLIENT;
	ck_assert_uint_eq(told, 1);
	driver_free(d);
	keyring_free(keys);
	free(k);
}
END_TEST

/* ---- Captures ---- */

static const char *const captures[] = {
	"client-certificate",
	"expired",
	"hello-retry",
	"missing-intermediate",
	"not-yet-valid",
	"self-signed",
	"segment-lost",
	"tls10-rsa",
	"tls12-dhe",
	"tls12-ecdhe",
	"tls12-ecdsa",
	"tls12-resumed-id",
	"tls12-rsa",
	"tls12-rsa-cbc",
	"tls12-resumed-ticket",
	"tls13",
	"tls13-chacha",
	"tls13-early-data",
	"tls13-psk",
};

enum { N_CAPTURES = sizeof captures / sizeof *captures, FILE_MOST = 1 << 17 };

static size_t read_all(const char *name, const char *file, uint8_t *out, size_t room)
{
	char path[300];
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/captures/%s/%s", top == NULL ? "." : top, name, file);
	FILE *f = fopen(path, "rb");
	ck_assert_msg(f != NULL, "%s", path);
	size_t n = fread(out, 1, room, f);
	fclose(f);
	return n;
}

static uint32_t little(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The last TCP connection of a capture, as far as no segment is missing. */
struct connection {
	uint32_t port, next[2];
	bool cut;
};

static void take_segment(struct spoken *k, struct connection *c, const uint8_t *ip, size_t len)
{
	size_t head = (size_t)(ip[0] & 15) * 4, whole = reader_number(ip + 2, 2);
	const uint8_t *tcp = ip + head;
	uint32_t sequence = reader_number(tcp + 4, 4);
	size_t data = head + (size_t)(tcp[12] >> 4) * 4;
	if ((tcp[13] & 0x12) == 2) { /* SYN */
		*c = (struct connection){.port = reader_number(tcp, 2),
		                         .next[CLIENT] = sequence + 1};
		*k = (struct spoken){.n_chunks = 0};
		return;
	}
	enum side from = reader_number(tcp, 2) == c->port ? CLIENT : SERVER;
	if ((tcp[13] & 0x12) == 0x12)
		c->next[from] = sequence + 1;
	c->cut = c->cut || whole > len || (whole > data && (int32_t)(sequence - c->next[from]) > 0);
	if (c->cut || whole <= data || sequence != c->next[from])
		return;
	add_chunk(k, from, ip + data, whole - data);
	c->next[from] += (uint32_t)(whole - data);
}

static void read_capture(struct spoken *k, const char *name)
{
	static uint8_t file[FILE_MOST];
	enum { HEAD = 24, RECORD = 16, ETHERNET = 14 };
	struct connection c = {.port = 0};
	size_t n = read_all(name, "capture.pcap", file, FILE_MOST);
	for (size_t at = HEAD; at + RECORD < n; at += RECORD + little(file + at + 8))
		take_segment(k, &c, file + at + RECORD + ETHERNET,
		             little(file + at + 8) - ETHERNET);
	read_all(name, "keys.log", (uint8_t *)k->log, LOG_MOST - 1);
}

START_TEST(what_is_known_of_a_capture_hangs_on_its_streams_alone)
{
	struct spoken *k = calloc(1, sizeof *k);
	read_capture(k, captures[_i]);
	ck_assert_uint_gt(k->len[CLIENT], 100);
	ck_assert_uint_gt(k->len[SERVER], 100);
	compare_ways(k, NULL, true, captures[_i]);
	bool tls13 = strstr(first.text, "version 0304") != NULL;
	compare_ways(k, NULL, tls13, captures[_i]);
	struct keyring *keys = keys_for(k, false);
	compare_ways(k, keys, false, captures[_i]);
	ck_assert_ptr_nonnull(strstr(first.text, "opened 1"));
	keyring_free(keys);
	free(k);
}
END_TEST

static TCase *loop(const char *name)
{
	TCase *t = tcase_create(name);
	tcase_add_unchecked_fixture(t, set_up, tear_down);
	return t;
}

Suite *talk_streams_suite(void)
{
	Suite *s = suite_create("talk_streams");
	TCase *live = loop("live");
	tcase_add_loop_test(live, what_is_known_hangs_on_the_two_streams_alone, 0, N_VARIANTS);
	tcase_add_loop_test(live, behind_missing_records_a_side_is_opened_on, 0, N_VARIANTS);
	tcase_add_loop_test(live, what_a_key_log_opens_hangs_on_the_two_streams_alone, 0,
	                    N_VARIANTS);
	tcase_add_loop_test(live, what_the_servers_key_opens_hangs_on_the_two_streams_alone, 0,
	                    N_VARIANTS);
	tcase_add_loop_test(live, with_all_secrets_every_record_and_both_finished_are_proven, 0,
	                    N_VARIANTS);
	tcase_add_loop_test(live, without_secrets_the_story_is_the_same, 0, N_VARIANTS);
	tcase_add_loop_test(live, half_a_log_opens_half_and_calls_nothing_broken, 0, 3);
	tcase_add_loop_test(live, a_record_that_was_changed_is_told, 0, N_VARIANTS);
	suite_add_tcase(s, live);
	TCase *captured = tcase_create("captured");
	tcase_add_loop_test(captured, what_is_known_of_a_capture_hangs_on_its_streams_alone, 0,
	                    N_CAPTURES);
	suite_add_tcase(s, captured);
	return s;
}
