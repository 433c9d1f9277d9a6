/* Sessions made live with libssl over memory, opened again by the opener: every record, every
 * Finished, for every suite that is opened here. The text is what was written into libssl. */
#include <check.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "dissectors/tls/handshake.h"
#include "src/base/reader.h"
#include "src/secrets/earlier.h"
#include "src/secrets/keyring.h"
#include "src/secrets/opener.h"
#include "tests/vectors.h"

Suite *opener_suite(void);

enum { RECORDS_MOST = 256, TEXT_MOST = 1 << 17, LOG_MOST = 1 << 14 };

static const char question[] = "My account is AAA, the password is 123, send me my balance";
static const char answer[] = "Hello, your balance is 100 Yuan";

/* ---- A live session ---- */

struct recorded {
	enum side from;
	uint8_t *at; /* with its 5-byte head */
	size_t len;
};

struct live {
	struct recorded record[RECORDS_MOST];
	size_t n;
	char log[LOG_MOST];
	uint8_t client_random[32], server_random[32];
	uint16_t version, suite, offered;
	bool ems, resumed;
	uint8_t spki[32];
	char sent[2][TEXT_MOST];
	size_t n_sent[2];
};

struct variant {
	const char *suite; /* OpenSSL's name */
	uint16_t code;
	int version;
	uint8_t kx, cipher, hash; /* the enums of code_points.h; hash as in struct tls_facts */
	bool aead;
};

static const struct variant variants[] = {
	{"AES128-SHA", 0x002f, TLS1_VERSION, KX_RSA, CIPHER_AES_128_CBC, HASH_SHA1, false},
	{"AES256-SHA", 0x0035, TLS1_VERSION, KX_RSA, CIPHER_AES_256_CBC, HASH_SHA1, false},
	{"AES128-SHA", 0x002f, TLS1_1_VERSION, KX_RSA, CIPHER_AES_128_CBC, HASH_SHA1, false},
	{"ECDHE-RSA-AES256-SHA", 0xc014, TLS1_1_VERSION, KX_ECDHE, CIPHER_AES_256_CBC, HASH_SHA1,
         false},
	{"AES128-SHA", 0x002f, TLS1_2_VERSION, KX_RSA, CIPHER_AES_128_CBC, HASH_SHA1, false},
	{"AES128-SHA256", 0x003c, TLS1_2_VERSION, KX_RSA, CIPHER_AES_128_CBC, HASH_SHA256, false},
	{"AES256-SHA256", 0x003d, TLS1_2_VERSION, KX_RSA, CIPHER_AES_256_CBC, HASH_SHA256, false},
	{"AES128-GCM-SHA256", 0x009c, TLS1_2_VERSION, KX_RSA, CIPHER_AES_128_GCM, HASH_SHA256,
         true},
	{"AES256-GCM-SHA384", 0x009d, TLS1_2_VERSION, KX_RSA, CIPHER_AES_256_GCM, HASH_SHA384,
         true},
	{"AES128-CCM", 0xc09c, TLS1_2_VERSION, KX_RSA, CIPHER_AES_128_CCM, HASH_SHA256, true},
	{"AES256-CCM8", 0xc0a1, TLS1_2_VERSION, KX_RSA, CIPHER_AES_256_CCM_8, HASH_SHA256, true},
	{"CAMELLIA128-SHA", 0x0041, TLS1_2_VERSION, KX_RSA, CIPHER_CAMELLIA_128_CBC, HASH_SHA1,
         false},
	{"ARIA256-GCM-SHA384", 0xc051, TLS1_2_VERSION, KX_RSA, CIPHER_ARIA_256_GCM, HASH_SHA384,
         true},
	{"NULL-SHA256", 0x003b, TLS1_2_VERSION, KX_RSA, CIPHER_NULL, HASH_SHA256, false},
	{"ECDHE-RSA-AES256-SHA384", 0xc028, TLS1_2_VERSION, KX_ECDHE, CIPHER_AES_256_CBC,
         HASH_SHA384, false},
	{"ECDHE-RSA-AES128-GCM-SHA256", 0xc02f, TLS1_2_VERSION, KX_ECDHE, CIPHER_AES_128_GCM,
         HASH_SHA256, true},
	{"ECDHE-RSA-CHACHA20-POLY1305", 0xcca8, TLS1_2_VERSION, KX_ECDHE, CIPHER_CHACHA20_POLY1305,
         HASH_SHA256, true},
	{"TLS_AES_128_GCM_SHA256", 0x1301, TLS1_3_VERSION, KX_TLS13, CIPHER_AES_128_GCM,
         HASH_SHA256, true},
	{"TLS_AES_256_GCM_SHA384", 0x1302, TLS1_3_VERSION, KX_TLS13, CIPHER_AES_256_GCM,
         HASH_SHA384, true},
	{"TLS_CHACHA20_POLY1305_SHA256", 0x1303, TLS1_3_VERSION, KX_TLS13, CIPHER_CHACHA20_POLY1305,
         HASH_SHA256, true},
	{"TLS_AES_128_CCM_8_SHA256", 0x1305, TLS1_3_VERSION, KX_TLS13, CIPHER_AES_128_CCM_8,
         HASH_SHA256, true},
};

enum { N_VARIANTS = sizeof variants / sizeof *variants };

static EVP_PKEY *server_key, *other_key;
static X509 *certificate;
static char key_path[] = "/tmp/keyhole-opener-XXXXXX", other_path[] = "/tmp/keyhole-other-XXXXXX";

static void write_key(char *path, EVP_PKEY *key)
{
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	FILE *f = fdopen(fd, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

static void set_up(void)
{
	server_key = EVP_RSA_gen(2048);
	other_key = EVP_RSA_gen(2048);
	certificate = X509_new();
	ck_assert_ptr_nonnull(certificate);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, server_key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
	                           (const uint8_t *)"www.lab.test", -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	ck_assert_int_gt(X509_sign(certificate, server_key, EVP_sha256()), 0);
	write_key(key_path, server_key);
	write_key(other_path, other_key);
}

static void tear_down(void)
{
	unlink(key_path);
	unlink(other_path);
	X509_free(certificate);
	EVP_PKEY_free(server_key);
	EVP_PKEY_free(other_key);
}

static void log_line(const SSL *ssl, const char *line)
{
	struct live *l = SSL_get_app_data(ssl);
	size_t have = strlen(l->log);
	snprintf(&l->log[have], sizeof l->log - have, "%s\n", line);
}

/* Takes what a side has written, cut into records, and hands it to the other. */
static void carry(struct live *l, enum side from, SSL *of, SSL *to)
{
	uint8_t *at = NULL;
	long len = BIO_get_mem_data(SSL_get_wbio(of), &at);
	BIO_write(SSL_get_rbio(to), at, (int)len);
	for (long off = 0; off < len;) {
		size_t n = (size_t)5 + reader_number(&at[off + 3], 2);
		ck_assert_uint_lt(l->n, RECORDS_MOST);
		uint8_t *copy = malloc(n);
		memcpy(copy, &at[off], n);
		l->record[l->n++] = (struct recorded){from, copy, n};
		off += (long)n;
	}
	(void)BIO_reset(SSL_get_wbio(of));
}

static void shake(struct live *l, SSL *client, SSL *server)
{
	for (int i = 0; i < 8; i++) {
		SSL_do_handshake(client);
		carry(l, CLIENT, client, server);
		SSL_do_handshake(server);
		carry(l, SERVER, server, client);
	}
	ck_assert(SSL_is_init_finished(client) && SSL_is_init_finished(server));
}

static void say(struct live *l, enum side from, SSL *of, SSL *to, const char *text, size_t len)
{
	static uint8_t sink[TEXT_MOST];
	size_t done = 0;
	ck_assert_int_eq(SSL_write_ex(of, text, len, &done), 1);
	memcpy(&l->sent[from][l->n_sent[from]], text, len);
	l->n_sent[from] += len;
	carry(l, from, of, to);
	while (SSL_read_ex(to, sink, sizeof sink, &done) == 1)
		;
	carry(l, other_side(from), to, of);
}

static SSL_CTX *context(const struct variant *v, uint64_t options)
{
	SSL_CTX *c = SSL_CTX_new(TLS_method());
	char list[64];
	SSL_CTX_set_security_level(c, 0);
	SSL_CTX_set_min_proto_version(c, v->version);
	SSL_CTX_set_max_proto_version(c, v->version);
	SSL_CTX_set_options(c, options | SSL_OP_NO_TICKET);
	SSL_CTX_set_keylog_callback(c, log_line);
	if (v->version == TLS1_3_VERSION) {
		ck_assert_int_eq(SSL_CTX_set_ciphersuites(c, v->suite), 1);
		return c;
	}
	snprintf(list, sizeof list, "%s:@SECLEVEL=0", v->suite);
	ck_assert_int_eq(SSL_CTX_set_cipher_list(c, list), 1);
	return c;
}

static SSL *peer(SSL_CTX *c, struct live *l)
{
	SSL *s = SSL_new(c);
	SSL_set_bio(s, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_app_data(s, l);
	return s;
}

static const char *server_groups; /* NULL: as OpenSSL does */

static void note_facts(struct live *l, SSL *client, const struct variant *v)
{
	uint8_t *der = NULL;
	SSL_get_client_random(client, l->client_random, 32);
	SSL_get_server_random(client, l->server_random, 32);
	l->version = (uint16_t)SSL_version(client);
	l->suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(client));
	l->resumed = SSL_session_reused(client) == 1;
	l->ems = SSL_get_extms_support(client) == 1;
	l->offered = v->version == TLS1_3_VERSION ? TLS1_2_VERSION : (uint16_t)v->version;
	ck_assert_uint_eq(l->suite, v->code);
	int len = i2d_PUBKEY(server_key, &der);
	SHA256(der, (size_t)len, l->spki);
	OPENSSL_free(der);
}

/* The dialogue, a long answer of several records, and in TLS 1.3 new keys of both sides between. */
static void converse(struct live *l, const struct variant *v, SSL *client, SSL *server)
{
	static char bulk[40000];
	memset(bulk, 'x', sizeof bulk);
	say(l, CLIENT, client, server, question, sizeof question - 1);
	if (v->version == TLS1_3_VERSION)
		ck_assert_int_eq(SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED), 1);
	say(l, CLIENT, client, server, question, sizeof question - 1);
	say(l, SERVER, server, client, answer, sizeof answer - 1);
	say(l, SERVER, server, client, bulk, sizeof bulk);
}

static SSL_CTX *server_context(const struct variant *v, uint64_t options)
{
	SSL_CTX *c = context(v, options);
	SSL_CTX_use_certificate(c, certificate);
	SSL_CTX_use_PrivateKey(c, server_key);
	SSL_CTX_set_session_id_context(c, (const uint8_t *)"lab", 3);
	return c;
}

/* connect_once: a second handshake inside the first session, and which of the two is taken up. */
static enum handshakes { ONE_HANDSHAKE, TAKE_UP_FIRST, TAKE_UP_SECOND } handshakes;

static void shake_inside(struct live *l, SSL *client, SSL *server)
{
	uint8_t none;
	size_t n;
	SSL_set_options(server, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
	ck_assert_int_eq(SSL_renegotiate(client), 1);
	for (int i = 0; i < 8; i++) {
		SSL_do_handshake(client);
		carry(l, CLIENT, client, server);
		SSL_read_ex(server, &none, sizeof none, &n);
		carry(l, SERVER, server, client);
	}
	ck_assert_int_eq(SSL_renegotiate_pending(client), 0);
	ck_assert(SSL_is_init_finished(client) && SSL_is_init_finished(server));
}

/* One session; takes up *kept where there is one, and leaves what can be taken up there. */
static struct live *connect_once(SSL_CTX *cc, SSL_CTX *sc, const struct variant *v,
                                 SSL_SESSION **kept)
{
	struct live *l = calloc(1, sizeof *l);
	SSL *client = peer(cc, l), *server = peer(sc, l);
	if (server_groups != NULL)
		ck_assert_int_eq(SSL_set1_groups_list(server, server_groups), 1);
	if (*kept != NULL)
		ck_assert_int_eq(SSL_set_session(client, *kept), 1);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	shake(l, client, server);
	note_facts(l, client, v);
	converse(l, v, client, server);
	SSL_SESSION_free(*kept);
	if (handshakes == TAKE_UP_SECOND && !l->resumed)
		shake_inside(l, client, server);
	*kept = SSL_get1_session(client);
	if (handshakes == TAKE_UP_FIRST && !l->resumed)
		shake_inside(l, client, server);
	SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_set_shutdown(server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(client);
	SSL_free(server);
	return l;
}

/* Sessions one after the other, each but the first taking up the one before it. */
static void make_lives(struct live **l, size_t n, const struct variant *v, uint64_t options,
                       bool tickets)
{
	SSL_CTX *cc = context(v, options), *sc = server_context(v, options);
	SSL_SESSION *kept = NULL;
	if (tickets) {
		SSL_CTX_clear_options(cc, SSL_OP_NO_TICKET);
		SSL_CTX_clear_options(sc, SSL_OP_NO_TICKET);
	}
	for (size_t i = 0; i < n; i++)
		l[i] = connect_once(cc, sc, v, &kept);
	SSL_SESSION_free(kept);
	SSL_CTX_free(cc);
	SSL_CTX_free(sc);
}

static struct live *make_live(const struct variant *v, uint64_t options)
{
	SSL_CTX *cc = context(v, options), *sc = server_context(v, options);
	SSL_SESSION *kept = NULL;
	struct live *l = connect_once(cc, sc, v, &kept);
	SSL_SESSION_free(kept);
	SSL_CTX_free(cc);
	SSL_CTX_free(sc);
	return l;
}

static void free_live(struct live *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->record[i].at);
	free(l);
}

/* ---- What a dissector would do with it ---- */

struct heard {
	struct arena arena;
	struct session s;
	struct opener *o;
	struct client_key_exchange kx;
	bool sealed[2], finished[2], greeted[2];
	char text[2][TEXT_MOST];
	size_t n_text[2], n_failed, n_no_key;
};

static struct heard *hear_after(struct earlier *earlier, const struct live *l,
                                const struct variant *v, const struct keyring *k, bool etm)
{
	struct heard *h = calloc(1, sizeof *h);
	h->s.arena = &h->arena;
	struct tls_facts *t = h->s.tls = arena_take(&h->arena, sizeof *t);
	t->client = arena_take(&h->arena, sizeof *t->client);
	t->server = arena_take(&h->arena, sizeof *t->server);
	struct cert *c = arena_take(&h->arena, sizeof *c);
	const struct cert **list = arena_take(&h->arena, sizeof(struct cert *));
	struct chain *chain = arena_take(&h->arena, sizeof *chain);
	memcpy(c->spki_sha256, l->spki, 32);
	c->readable = true;
	list[0] = c;
	*chain = (struct chain){.cert = list, .n_certs = 1};
	t->chain[SERVER] = l->resumed ? NULL : chain;
	t->resumed = l->resumed;
	memcpy(t->client->random, l->client_random, 32);
	t->client->legacy_version = l->offered;
	t->client->flags = t->server->flags = l->ems ? HELLO_EMS : 0;
	if (v->version == TLS1_3_VERSION)
		t->client->flags = t->server->flags = HELLO_KEY_SHARE;
	if (etm && !v->aead && v->cipher != CIPHER_NULL)
		t->server->flags |= HELLO_ETM;
	t->version = l->version;
	t->suite = l->suite;
	t->kx = v->kx;
	t->cipher = v->cipher;
	t->hash = v->hash;
	t->aead = v->aead;
	t->known.have |= UINT64_C(1) << CIPHER_SUITE;
	h->o = opener_new(k, &h->s, earlier);
	return h;
}

static struct heard *hear(const struct live *l, const struct variant *v, const struct keyring *k,
                          bool etm)
{
	return hear_after(NULL, l, v, k, etm);
}

static void free_heard(struct heard *h)
{
	opener_free(h->o);
	arena_free(&h->arena);
	free(h);
}

/* What can be taken up again: it stays in the recorded bytes. Facts are those of the first hello.
 */
static void note_hello(struct heard *h, enum side from, struct bytes message)
{
	if (h->greeted[from])
		return;
	h->greeted[from] = true;
	struct reader r = reader_over(message, NULL, NULL);
	const struct handshake_context c = {.from = from};
	struct handshake m;
	handshake_decode(&r, &c, &m);
	if (m.type == HS_CLIENT_HELLO) {
		h->s.tls->client->session_id = m.client_hello.session_id;
		h->s.tls->client->ticket = m.client_hello.ticket;
		h->s.tls->client->ticket_len = m.client_hello.ticket_len;
	} else {
		h->s.tls->server->session_id = m.server_hello.session_id;
	}
}

static void tell_messages(struct heard *h, enum side from, struct bytes b)
{
	while (b.len >= 4) {
		size_t n = (size_t)4 + reader_number(&b.at[1], 3);
		ck_assert_uint_le(n, b.len);
		if (b.at[0] == 16 && h->s.tls->kx == KX_RSA) {
			h->kx.secret = (struct bytes){&b.at[6], n - 6};
			h->s.tls->client_kx = &h->kx;
		}
		if (b.at[0] == HS_CLIENT_HELLO || b.at[0] == HS_SERVER_HELLO)
			note_hello(h, from, (struct bytes){b.at, n});
		opener_message(h->o, from, (struct bytes){b.at, n});
		h->finished[from] = h->finished[from] || b.at[0] == 20;
		if (b.at[0] == 24)
			opener_key_update(h->o, from);
		b = (struct bytes){&b.at[n], b.len - n};
	}
}

static void open_one(struct heard *h, const struct recorded *r)
{
	static uint8_t out[1 << 16];
	enum epoch e = h->s.tls->version == TLS1_3_VERSION && !h->finished[r->from]
	                       ? EPOCH_HANDSHAKE
	                       : EPOCH_TALK;
	struct opened o =
		opener_record(h->o, r->from, e, r->at[0], (uint16_t)reader_number(&r->at[1], 2),
	                      (struct bytes){&r->at[5], r->len - 5}, out);
	h->n_failed += o.result == OPEN_FAILED;
	h->n_no_key += o.result == OPEN_NO_KEY;
	ck_assert(o.result == OPEN_OK || o.text.len == 0);
	if (o.result == OPEN_OK && o.type == 22)
		tell_messages(h, r->from, o.text);
	if (o.result == OPEN_OK && o.type == 23) {
		memcpy(&h->text[r->from][h->n_text[r->from]], o.text.at, o.text.len);
		h->n_text[r->from] += o.text.len;
	}
}

static void hear_record(struct heard *h, const struct recorded *r)
{
	bool tls13 = h->s.tls->version == TLS1_3_VERSION;
	if (r->at[0] == 20 && !tls13) {
		opener_switch(h->o, r->from);
		h->sealed[r->from] = true;
	} else if (h->sealed[r->from] || (tls13 && r->at[0] == 23)) {
		open_one(h, r);
	} else if (r->at[0] == 22) {
		tell_messages(h, r->from, (struct bytes){&r->at[5], r->len - 5});
	}
}

static void hear_all(struct heard *h, const struct live *l)
{
	for (size_t i = 0; i < l->n; i++)
		hear_record(h, &l->record[i]);
}

static void assert_opened(const struct heard *h, const struct live *l)
{
	ck_assert_uint_eq(h->n_failed, 0);
	ck_assert_uint_eq(h->n_no_key, 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(h->s.tls->finished[i], PROOF_VERIFIED);
		ck_assert_uint_eq(h->n_text[i], l->n_sent[i]);
		ck_assert_mem_eq(h->text[i], l->sent[i], l->n_sent[i]);
	}
}

static struct keyring *ring_with_key(const char *path)
{
	char why[128];
	struct keyring *k = keyring_new();
	ck_assert_int_eq(keyring_add_key(k, path, NULL, NULL, why, sizeof why), KEY_ADDED);
	return k;
}

static struct keyring *ring_with_log(const char *log)
{
	struct keyring *k = keyring_new();
	keyring_add_log_text(k, "live", (struct bytes){(const uint8_t *)log, strlen(log)});
	return k;
}

static const uint64_t option_sets[] = {
	0,
	SSL_OP_NO_ENCRYPT_THEN_MAC,
	SSL_OP_NO_EXTENDED_MASTER_SECRET,
	SSL_OP_NO_ENCRYPT_THEN_MAC | SSL_OP_NO_EXTENDED_MASTER_SECRET,
};

enum { N_OPTIONS = sizeof option_sets / sizeof *option_sets };

START_TEST(a_key_log_opens_every_record_of_every_suite)
{
	const struct variant *v = &variants[_i / N_OPTIONS];
	uint64_t options = option_sets[_i % N_OPTIONS];
	struct live *l = make_live(v, options);
	struct keyring *k = ring_with_log(l->log);
	struct heard *h = hear(l, v, k, !(options & SSL_OP_NO_ENCRYPT_THEN_MAC));
	hear_all(h, l);
	assert_opened(h, l);
	ck_assert_str_eq(h->s.tls->key_name, "live");
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

START_TEST(the_server_key_opens_every_record_of_rsa_key_exchange)
{
	const struct variant *v = &variants[_i / N_OPTIONS];
	uint64_t options = option_sets[_i % N_OPTIONS];
	if (v->kx != KX_RSA)
		return;
	struct live *l = make_live(v, options);
	struct keyring *k = ring_with_key(key_path);
	struct heard *h = hear(l, v, k, !(options & SSL_OP_NO_ENCRYPT_THEN_MAC));
	hear_all(h, l);
	assert_opened(h, l);
	ck_assert_str_eq(h->s.tls->key_name, key_path);
	ck_assert_uint_eq(h->s.n_found, 0);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

/* The last record is one of 16 KiB of the long answer. */
START_TEST(a_changed_bit_gives_no_text_and_leaves_the_others_readable)
{
	const struct variant *v = &variants[_i];
	struct live *l = make_live(v, 0);
	struct keyring *k = ring_with_log(l->log);
	struct recorded *r = &l->record[l->n - 2];
	size_t at[] = {5, r->len / 2, r->len - 1};
	ck_assert_int_eq(r->from, SERVER);
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		r->at[at[i]] ^= 0x10;
		struct heard *h = hear(l, v, k, true);
		hear_all(h, l);
		/* in TLS 1.0 the next record's IV is a block of the broken one */
		bool chained = v->version == TLS1_VERSION && at[i] != 5;
		ck_assert_uint_ge(h->n_failed, 1);
		ck_assert_uint_le(h->n_failed, chained ? 2 : 1);
		ck_assert_uint_lt(h->n_text[SERVER], l->n_sent[SERVER]);
		ck_assert_uint_eq(h->n_text[CLIENT], l->n_sent[CLIENT]);
		free_heard(h);
		r->at[at[i]] ^= 0x10;
	}
	keyring_free(k);
	free_live(l);
}
END_TEST

static const struct variant *rsa_gcm = &variants[7];

START_TEST(a_hello_retry_request_folds_the_first_hello_into_its_hash)
{
	const struct variant *v = &variants[18];
	server_groups = "P-384";
	struct live *l = make_live(v, 0);
	server_groups = NULL;
	struct keyring *k = ring_with_log(l->log);
	struct heard *h = hear(l, v, k, true);
	ck_assert_uint_gt(l->n, 4);
	size_t n_server_hellos = 0;
	for (size_t i = 0; i < l->n; i++)
		n_server_hellos += l->record[i].at[0] == 22 && l->record[i].at[5] == 2;
	ck_assert_uint_eq(n_server_hellos, 2);
	hear_all(h, l);
	assert_opened(h, l);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

START_TEST(a_key_that_does_not_fit_opens_nothing_and_says_which_it_is)
{
	struct live *l = make_live(rsa_gcm, 0);
	struct keyring *k = ring_with_key(other_path);
	struct heard *h = hear(l, rsa_gcm, k, true);
	uint8_t spki[32];
	hear_all(h, l);
	ck_assert_uint_eq(h->n_text[CLIENT] + h->n_text[SERVER], 0);
	ck_assert_uint_eq(h->s.tls->supply, SUPPLY_RSA_KEYS);
	ck_assert_ptr_nonnull(keyring_key_name(k, 0, spki));
	ck_assert_mem_eq(h->s.tls->fits_not, spki, 4);
	h->s.tls->sealed_records[CLIENT] = 1;
	ck_assert_int_eq(session_reason(&h->s, CLIENT), REASON_KEY_MISMATCH);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

START_TEST(without_a_certificate_in_view_each_key_is_tried_and_a_tag_decides)
{
	struct live *l = make_live(rsa_gcm, 0);
	struct keyring *k = ring_with_key(other_path);
	char why[64];
	ck_assert_int_eq(keyring_add_key(k, key_path, NULL, NULL, why, sizeof why), KEY_ADDED);
	struct heard *h = hear(l, rsa_gcm, k, true);
	h->s.tls->chain[SERVER] = NULL;
	hear_all(h, l);
	assert_opened(h, l);
	ck_assert_str_eq(h->s.tls->key_name, key_path);
	ck_assert_uint_eq(h->s.n_found, 0);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

START_TEST(a_log_line_that_is_wrong_gives_way_to_the_key)
{
	struct live *l = make_live(rsa_gcm, 0);
	struct keyring *k = ring_with_key(key_path);
	char *line = strstr(l->log, "CLIENT_RANDOM");
	ck_assert_ptr_nonnull(line);
	line[80] = line[80] == '0' ? '1' : '0';
	keyring_add_log_text(k, "changed", (struct bytes){(uint8_t *)line, 175});
	ck_assert_uint_eq(keyring_n_log_lines(k), 1);
	struct heard *h = hear(l, rsa_gcm, k, true);
	hear_all(h, l);
	assert_opened(h, l);
	ck_assert_str_eq(h->s.tls->key_name, key_path);
	ck_assert_uint_eq(h->s.tls->known.refuted, UINT64_C(1) << LOG_CLIENT_RANDOM);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

/* OpenSSL logs "RSA" lines too: they alone give the premaster secret. */
START_TEST(an_rsa_line_of_a_key_log_is_found_by_the_locked_secret)
{
	struct live *l = make_live(rsa_gcm, 0);
	char *line = strstr(l->log, "RSA ");
	ck_assert_ptr_nonnull(line);
	*strchr(line, '\n') = '\0';
	struct keyring *k = ring_with_log(line);
	struct heard *h = hear(l, rsa_gcm, k, true);
	hear_all(h, l);
	assert_opened(h, l);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

START_TEST(the_premaster_secret_tells_of_a_version_that_was_lowered)
{
	struct live *l = make_live(rsa_gcm, 0);
	struct keyring *k = ring_with_key(key_path);
	struct heard *h = hear(l, rsa_gcm, k, true);
	h->s.tls->client->legacy_version = 0x0302;
	hear_all(h, l);
	assert_opened(h, l);
	ck_assert_uint_eq(h->s.n_found, 1);
	ck_assert_int_eq(h->s.found[0].code, FIND_TLS_VERSION_ROLLBACK);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

/* The ClientKeyExchange of these sessions is one message of a record of its own or behind others;
 * its last byte belongs to the locked secret. */
START_TEST(a_changed_exchange_is_a_bad_one_and_opens_nothing)
{
	struct live *l = make_live(rsa_gcm, 0);
	struct keyring *k = ring_with_key(key_path);
	struct heard *h = hear(l, rsa_gcm, k, true);
	for (size_t i = 0; i < l->n; i++)
		if (l->record[i].at[0] == 22 && l->record[i].at[5] == 16)
			l->record[i].at[l->record[i].len - 1] ^= 1;
	hear_all(h, l);
	ck_assert_uint_eq(h->n_text[CLIENT] + h->n_text[SERVER], 0);
	ck_assert(h->s.tls->supply & SUPPLY_BAD_EXCHANGE);
	ck_assert_int_eq(h->s.found[0].code, FIND_DECRYPT_BAD_KEY_EXCHANGE);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

START_TEST(a_lost_message_stops_the_extended_master_secret_but_not_a_log)
{
	struct live *l = make_live(rsa_gcm, 0);
	struct keyring *by_key = ring_with_key(key_path), *by_log = ring_with_log(l->log);
	struct heard *h = hear(l, rsa_gcm, by_key, true);
	opener_lost(h->o);
	hear_all(h, l);
	ck_assert_uint_eq(h->n_text[CLIENT], 0);
	h->s.tls->sealed_records[CLIENT] = 1;
	ck_assert_int_eq(session_reason(&h->s, CLIENT), REASON_EMS_GAP);
	free_heard(h);
	h = hear(l, rsa_gcm, by_log, true);
	opener_lost(h->o);
	hear_all(h, l);
	ck_assert_uint_eq(h->n_text[CLIENT], l->n_sent[CLIENT]);
	ck_assert_int_eq(h->s.tls->finished[CLIENT], PROOF_NEEDS);
	free_heard(h);
	keyring_free(by_key);
	keyring_free(by_log);
	free_live(l);
}
END_TEST

START_TEST(a_hello_that_was_cut_still_finds_its_line_in_the_log)
{
	struct live *l = make_live(rsa_gcm, 0);
	struct keyring *k = ring_with_log(l->log);
	struct heard *h = hear(l, rsa_gcm, k, true);
	ck_assert_uint_gt(l->record[0].len, 60);
	opener_message(h->o, CLIENT, (struct bytes){&l->record[0].at[5], 50});
	for (size_t i = 1; i < l->n; i++)
		hear_record(h, &l->record[i]);
	ck_assert_uint_eq(h->n_text[SERVER], l->n_sent[SERVER]);
	ck_assert_int_eq(h->s.tls->finished[SERVER], PROOF_NEEDS);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

START_TEST(a_finished_that_is_not_the_handshakes_fails)
{
	struct live *l = make_live(rsa_gcm, 0);
	struct keyring *k = ring_with_log(l->log);
	struct heard *h = hear(l, rsa_gcm, k, true);
	l->record[0].at[l->record[0].len - 1] ^= 1; /* the ClientHello is another one */
	hear_all(h, l);
	ck_assert_int_eq(h->s.tls->finished[CLIENT], PROOF_FAILED);
	ck_assert_int_eq(h->s.tls->finished[SERVER], PROOF_FAILED);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

/* Record l->n - 2 is lost: the next one is read, at once or with opener_skip. */
START_TEST(after_a_lost_record_reading_goes_on)
{
	const struct variant *v = &variants[_i];
	if (v->version == TLS1_VERSION && v->cipher != CIPHER_NULL)
		return; /* the chain of its IVs is broken */
	for (int told = 0; told < 2; told++) {
		struct live *l = make_live(v, 0);
		struct keyring *k = ring_with_log(l->log);
		struct heard *h = hear(l, v, k, true);
		for (size_t i = 0; i < l->n; i++)
			if (i != l->n - 2)
				hear_record(h, &l->record[i]);
			else if (told)
				opener_skip(h->o, SERVER);
		ck_assert_uint_eq(h->n_failed, 0);
		ck_assert_uint_eq(h->n_text[SERVER], l->n_sent[SERVER] - 16384);
		free_heard(h);
		keyring_free(k);
		free_live(l);
	}
}
END_TEST

START_TEST(a_suite_that_is_not_opened_here_is_said_to_be_so)
{
	struct variant rc4 = *rsa_gcm;
	struct live *l = make_live(rsa_gcm, 0);
	struct keyring *k = ring_with_key(key_path);
	rc4.cipher = CIPHER_RC4_128;
	rc4.aead = false;
	rc4.hash = HASH_SHA1;
	struct heard *h = hear(l, &rc4, k, true);
	hear_all(h, l);
	ck_assert(h->s.tls->supply & SUPPLY_UNSUPPORTED);
	ck_assert_uint_eq(h->n_text[CLIENT], 0);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

START_TEST(an_empty_ring_needs_no_opener)
{
	struct session s = {.number = 1};
	struct keyring *k = keyring_new();
	ck_assert_ptr_null(opener_new(k, &s, NULL));
	ck_assert_ptr_null(opener_new(NULL, &s, NULL));
	keyring_free(k);
}
END_TEST

/* A trace from a file of vectors, as a live session. */
static void take_trace(void *ctx, char **word, size_t n_words)
{
	struct live *l = ctx;
	static const char log_form[] =
		"%s cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 %s\n";
	enum side from = n_words > 1 && strcmp(word[1], "SERVER") == 0 ? SERVER : CLIENT;
	size_t have = strlen(l->log);
	if (strcmp(word[0], "log") == 0) {
		snprintf(&l->log[have], sizeof l->log - have, log_form, word[1], word[2]);
	} else if (strcmp(word[0], "record") == 0) {
		size_t len = strlen(word[2]) / 2;
		uint8_t *copy = malloc(len);
		vector_hex(word[2], copy, len);
		l->record[l->n++] = (struct recorded){from, copy, len};
	} else if (strcmp(word[0], "text") == 0) {
		l->n_sent[from] = vector_hex(word[2], (uint8_t *)l->sent[from], TEXT_MOST);
	}
}

START_TEST(the_trace_of_rfc_8448_opens_and_both_finished_are_right)
{
	struct live *l = calloc(1, sizeof *l);
	vectors_read("rfc8448-section3.txt", take_trace, l);
	ck_assert_uint_eq(l->n, 9);
	l->version = TLS1_3_VERSION;
	l->suite = 0x1301;
	const struct variant *v = &variants[17];
	ck_assert_uint_eq(v->code, l->suite);
	struct keyring *k = ring_with_log(l->log);
	struct heard *h = hear(l, v, k, false);
	hear_all(h, l);
	assert_opened(h, l);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

/* ---- Sessions that are taken up again ---- */

/* Two sessions, the second resumed, and a table that lives through both. */
struct again {
	struct live *l[3];
	struct earlier *table;
	struct keyring *k;
	struct heard *h; /* of the last one heard */
};

enum { BY_ID, BY_TICKET };

static struct again make_again(const struct variant *v, int by)
{
	struct again a = {.table = earlier_new(7)};
	make_lives(a.l, 3, v, 0, by == BY_TICKET);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(a.l[i]->resumed, i > 0);
	return a;
}

static void hear_one(struct again *a, size_t i, const struct variant *v)
{
	if (a->h != NULL)
		free_heard(a->h);
	a->h = hear_after(a->table, a->l[i], v, a->k, true);
	hear_all(a->h, a->l[i]);
}

static void free_again(struct again *a)
{
	free_heard(a->h);
	keyring_free(a->k);
	earlier_free(a->table);
	for (size_t i = 0; i < 3; i++)
		free_live(a->l[i]);
}

static void each_opens_through_the_first(struct again *a, const struct variant *v, const char *name)
{
	for (size_t i = 0; i < 3; i++) {
		hear_one(a, i, v);
		assert_opened(a->h, a->l[i]);
		ck_assert_str_eq(a->h->s.tls->key_name, name);
	}
	free_again(a);
}

START_TEST(the_server_key_opens_what_takes_up_a_session_that_it_opened)
{
	const struct variant *v = &variants[_i / 2];
	if (v->kx != KX_RSA)
		return;
	struct again a = make_again(v, _i % 2);
	a.k = ring_with_key(key_path);
	each_opens_through_the_first(&a, v, key_path);
}
END_TEST

/* The log is that of the first session alone. */
START_TEST(a_key_log_opens_what_takes_up_a_session_that_it_opened)
{
	const struct variant *v = &variants[_i / 2];
	if (v->version == TLS1_3_VERSION)
		return;
	struct again a = make_again(v, _i % 2);
	a.k = ring_with_log(a.l[0]->log);
	each_opens_through_the_first(&a, v, "live");
}
END_TEST

static void stays_sealed(struct again *a, enum reason why)
{
	ck_assert_uint_eq(a->h->n_text[CLIENT] + a->h->n_text[SERVER], 0);
	ck_assert_int_ne(a->h->s.tls->finished[CLIENT], PROOF_VERIFIED);
	ck_assert_int_ne(a->h->s.tls->finished[SERVER], PROOF_VERIFIED);
	a->h->s.tls->sealed_records[CLIENT] = 1;
	a->h->s.tls->failed_records[CLIENT] = a->h->n_failed > 0;
	ck_assert_int_eq(session_reason(&a->h->s, CLIENT), why);
}

START_TEST(without_the_first_session_a_resumed_one_stays_sealed)
{
	struct again a = make_again(rsa_gcm, _i);
	a.k = ring_with_key(key_path);
	hear_one(&a, 1, rsa_gcm);
	ck_assert_uint_eq(a.h->n_failed, 0);
	stays_sealed(&a, _i == BY_TICKET ? REASON_TICKET : REASON_RESUMED);
	free_again(&a);
}
END_TEST

static struct handle taken_up(const struct again *a, int by)
{
	const struct client_hello *c = a->h->s.tls->client;
	return earlier_handle(&a->h->s, by == BY_TICKET ? HANDLE_TICKET : HANDLE_ID,
	                      by == BY_TICKET ? c->ticket : c->session_id);
}

START_TEST(a_wrong_earlier_secret_opens_nothing_and_is_not_filed_again)
{
	struct again a = make_again(rsa_gcm, _i);
	a.k = ring_with_key(key_path);
	hear_one(&a, 0, rsa_gcm);
	hear_one(&a, 1, rsa_gcm);
	struct handle h = taken_up(&a, _i);
	ck_assert_ptr_nonnull(earlier_find(a.table, &h));
	struct filed wrong = *earlier_find(a.table, &h);
	wrong.master.byte[47] ^= 1;
	earlier_file(a.table, &h, &wrong);
	const struct filed *newest = earlier_find(a.table, &h);
	hear_one(&a, 1, rsa_gcm);
	ck_assert_uint_gt(a.h->n_failed, 0);
	stays_sealed(&a, REASON_TAG_FAILED);
	ck_assert_ptr_eq(earlier_find(a.table, &h), newest);
	free_again(&a);
}
END_TEST

START_TEST(between_other_addresses_an_earlier_session_is_another)
{
	struct again a = make_again(rsa_gcm, _i);
	a.k = ring_with_key(key_path);
	hear_one(&a, 0, rsa_gcm);
	free_heard(a.h);
	a.h = hear_after(a.table, a.l[1], rsa_gcm, a.k, true);
	a.h->s.endpoint[SERVER].ip[15] = 1;
	hear_all(a.h, a.l[1]);
	stays_sealed(&a, _i == BY_TICKET ? REASON_TICKET : REASON_RESUMED);
	free_again(&a);
}
END_TEST

/* Up to ClientKeyExchange the master secret could be computed, and nothing has shown it right; with
 * the changed line of a log nothing ever does. */
START_TEST(a_secret_that_was_never_proven_is_not_filed)
{
	struct again a = make_again(rsa_gcm, _i);
	char *line = strstr(a.l[0]->log, "CLIENT_RANDOM");
	ck_assert_ptr_nonnull(line);
	line[80] = line[80] == '0' ? '1' : '0';
	a.k = ring_with_log(line);
	hear_one(&a, 0, rsa_gcm);
	ck_assert_uint_gt(a.h->n_failed, 0);
	hear_one(&a, 1, rsa_gcm);
	ck_assert_uint_eq(a.h->n_failed, 0);
	struct handle h = taken_up(&a, _i);
	ck_assert(h.there);
	ck_assert_ptr_null(earlier_find(a.table, &h));
	free_again(&a);
}
END_TEST

/* The id that is known is the first handshake's, and must not lead to the second one's secret. */
START_TEST(of_two_handshakes_in_a_session_each_keeps_its_own_secret)
{
	static const struct {
		int by;
		enum handshakes take_up;
	} way[] = {{BY_ID, TAKE_UP_FIRST}, {BY_TICKET, TAKE_UP_FIRST}, {BY_TICKET, TAKE_UP_SECOND}};
	handshakes = way[_i].take_up;
	struct again a = make_again(rsa_gcm, way[_i].by);
	handshakes = ONE_HANDSHAKE;
	a.k = ring_with_key(key_path);
	hear_one(&a, 0, rsa_gcm);
	ck_assert_uint_eq(a.h->n_failed + a.h->n_no_key, 0);
	hear_one(&a, 1, rsa_gcm);
	assert_opened(a.h, a.l[1]);
	free_again(&a);
}
END_TEST

START_TEST(in_a_second_handshake_too_each_key_is_tried_and_a_tag_decides)
{
	char why[64];
	handshakes = TAKE_UP_FIRST;
	struct live *l = make_live(rsa_gcm, 0);
	handshakes = ONE_HANDSHAKE;
	struct keyring *k = ring_with_key(other_path);
	ck_assert_int_eq(keyring_add_key(k, key_path, NULL, NULL, why, sizeof why), KEY_ADDED);
	struct heard *h = hear(l, rsa_gcm, k, true);
	h->s.tls->chain[SERVER] = NULL;
	hear_all(h, l);
	assert_opened(h, l);
	free_heard(h);
	keyring_free(k);
	free_live(l);
}
END_TEST

Suite *opener_suite(void)
{
	Suite *s = suite_create("opener");
	TCase *t = tcase_create("live");
	tcase_add_unchecked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, a_key_log_opens_every_record_of_every_suite, 0,
	                    N_VARIANTS * N_OPTIONS);
	tcase_add_loop_test(t, the_server_key_opens_every_record_of_rsa_key_exchange, 0,
	                    N_VARIANTS * N_OPTIONS);
	tcase_add_loop_test(t, a_changed_bit_gives_no_text_and_leaves_the_others_readable, 0,
	                    N_VARIANTS);
	tcase_add_loop_test(t, after_a_lost_record_reading_goes_on, 0, N_VARIANTS);
	tcase_add_test(t, a_hello_retry_request_folds_the_first_hello_into_its_hash);
	tcase_add_test(t, a_key_that_does_not_fit_opens_nothing_and_says_which_it_is);
	tcase_add_test(t, without_a_certificate_in_view_each_key_is_tried_and_a_tag_decides);
	tcase_add_test(t, a_log_line_that_is_wrong_gives_way_to_the_key);
	tcase_add_test(t, an_rsa_line_of_a_key_log_is_found_by_the_locked_secret);
	tcase_add_test(t, the_premaster_secret_tells_of_a_version_that_was_lowered);
	tcase_add_test(t, a_changed_exchange_is_a_bad_one_and_opens_nothing);
	tcase_add_test(t, a_lost_message_stops_the_extended_master_secret_but_not_a_log);
	tcase_add_test(t, a_hello_that_was_cut_still_finds_its_line_in_the_log);
	tcase_add_test(t, a_finished_that_is_not_the_handshakes_fails);
	tcase_add_test(t, a_suite_that_is_not_opened_here_is_said_to_be_so);
	tcase_add_test(t, an_empty_ring_needs_no_opener);
	tcase_add_test(t, the_trace_of_rfc_8448_opens_and_both_finished_are_right);
	tcase_add_loop_test(t, the_server_key_opens_what_takes_up_a_session_that_it_opened, 0,
	                    2 * N_VARIANTS);
	tcase_add_loop_test(t, a_key_log_opens_what_takes_up_a_session_that_it_opened, 0,
	                    2 * N_VARIANTS);
	tcase_add_loop_test(t, without_the_first_session_a_resumed_one_stays_sealed, BY_ID,
	                    BY_TICKET + 1);
	tcase_add_loop_test(t, a_wrong_earlier_secret_opens_nothing_and_is_not_filed_again, BY_ID,
	                    BY_TICKET + 1);
	tcase_add_loop_test(t, between_other_addresses_an_earlier_session_is_another, BY_ID,
	                    BY_TICKET + 1);
	tcase_add_loop_test(t, a_secret_that_was_never_proven_is_not_filed, BY_ID, BY_TICKET + 1);
	tcase_add_test(t, in_a_second_handshake_too_each_key_is_tried_and_a_tag_decides);
	tcase_add_loop_test(t, of_two_handshakes_in_a_session_each_keeps_its_own_secret, 0, 3);
	suite_add_tcase(s, t);
	return s;
}
