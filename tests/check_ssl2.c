/* SSL 2.0: its decoders with records built from draft-hickman-netscape-ssl-00 and RFC 5246, E.2,
 * and conversations that begin with, or are, SSL 2.0: whatever the chunks and however the two sides
 * are interleaved, the same is known at the end. */
#include <check.h>

#include "dissectors/tls/fields.h"
#include "dissectors/tls/record.h"
#include "dissectors/tls/ssl2.h"
#include "tests/handshake_invariants.h"
#include "tests/talk_driver.h"

Suite *ssl2_suite(void);

enum { STREAM_MOST = 4096, SHUFFLES = 60 };

/* ---- Records in hexadecimal; blanks are for the eye ---- */

/* Offers TLS 1.0 with two suites of TLS, a signalling value and one cipher kind of SSL 2.0. */
#define HELLO_10                                                                                   \
	"8025 01 0301 000c 0000 0010 00002f 000035 0000ff 0700c0"                                  \
	"000102030405060708090a0b0c0d0e0f"
/* Offers SSL 2.0 alone, with a session id and a challenge of 20 bytes. */
#define HELLO_20                                                                                   \
	"8033 01 0002 0006 0010 0014 0700c0 010080"                                                \
	"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"                                                         \
	"c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3"
#define SERVER_HELLO                                                                               \
	"8024 04 00 01 0002 0003 0006 0010 0badce 0700c0 010080"                                   \
	"e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
#define SERVER_HELLO_HIT "801b 04 01 00 0002 0000 0000 0010 e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
#define MASTER_KEY       "8017 02 0700c0 0001 0004 0008 99 11121314 2122232425262728"
#define NO_CIPHER        "8003 00 0001"
/* Sealed: a MAC of 16 bytes, 17 bytes of text, 7 of padding; 18 and 6; 5 and 3. */
#define SEALED_17 "002807" ZEROS_40
#define SEALED_18 "002806" ZEROS_40
#define SEALED_5  "001803" ZEROS_24
#define ZEROS_24  "000000000000000000000000000000000000000000000000"
#define ZEROS_40  ZEROS_24 "00000000000000000000000000000000"
/* TLS 1.0: a ServerHello that chose AES128-SHA, ServerHelloDone, and the client's answer. */
#define TLS_SERVER                                                                                 \
	"16 0301 002a 02 000026 0301"                                                              \
	"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f 00 002f 00"              \
	"16 0301 0004 0e000000"
#define TLS_CLIENT  "16 0301 000a 10 000006 0004 0a0b0c0d 14 0301 0001 01"
#define TLS_REFUSAL "15 0301 0002 02 28"

struct stream {
	uint8_t byte[STREAM_MOST];
	size_t len;
};

static unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static struct stream stream_of(const char *hex)
{
	struct stream s = {.len = 0};
	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		ck_assert_uint_lt(s.len, STREAM_MOST);
		s.byte[s.len++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
		hex++;
	}
	return s;
}

static struct bytes bytes_of(const struct stream *s)
{
	return (struct bytes){s->byte, s->len};
}

/* ---- One record ---- */

static struct ssl2_message message;
static struct faults faults;
static struct field_row rows[1000];
static struct trace trace;

static void decode_bytes(struct bytes b, bool partial)
{
	struct ssl2_message plain;
	struct faults own = {0};
	trace = (struct trace){.row = rows, .room = 1000};
	faults = (struct faults){0};
	struct reader r = reader_over(b, &faults, &trace);
	r.partial = partial;
	ssl2_decode(&r, &message);
	struct reader again = reader_over(b, &own, NULL);
	again.partial = partial;
	ssl2_decode(&again, &plain);
	ck_assert_mem_eq(&plain, &message, sizeof plain);
	ck_assert_mem_eq(&own, &faults, sizeof own);
	again = reader_over(b, NULL, NULL); /* nobody counts */
	again.partial = partial;
	ssl2_decode(&again, &plain);
	ck_assert_mem_eq(&plain, &message, sizeof plain);
	const char *broken = broken_rows(&trace, b.len, faults.n);
	ck_assert_msg(broken == NULL, "%s", broken);
}

static void decode(const char *hex)
{
	static struct stream s;
	s = stream_of(hex);
	decode_bytes(bytes_of(&s), false);
}

static bool noted(enum finding code)
{
	return message.noted.n == 1 && message.noted.code[0] == code;
}

/* The n-th row of a field, from 0. */
static const struct field_row *row_of(uint16_t field, unsigned nth)
{
	for (uint32_t i = 0; i < trace.n_rows; i++)
		if (rows[i].field == field && nth-- == 0)
			return &rows[i];
	ck_abort_msg("no such row");
}

static void expect_random(const uint8_t random[32], const char *hex)
{
	struct stream s = stream_of(hex);
	ck_assert_uint_eq(s.len, 32);
	ck_assert_mem_eq(random, s.byte, 32);
}

START_TEST(a_hello_that_offers_tls_gives_its_suites_and_its_challenge)
{
	decode(HELLO_10);
	const struct client_hello *h = &message.client_hello;
	ck_assert_uint_eq(message.type, SSL2_CLIENT_HELLO);
	ck_assert_uint_eq(h->legacy_version, 0x0301);
	ck_assert_uint_eq(h->best_version, 0x0301);
	ck_assert_uint_eq(h->n_suites, 3);
	ck_assert_uint_eq(h->n_kinds, 1);
	ck_assert_uint_eq(h->first_suite, 0x002f);
	ck_assert_uint_eq(h->flags, HELLO_SSL2 | HELLO_RENEGOTIATION);
	ck_assert_uint_eq(h->session_id.len, 0);
	expect_random(h->random, "00000000000000000000000000000000"
	                         "000102030405060708090a0b0c0d0e0f");
	ck_assert_uint_eq(faults.n, 0);
	ck_assert_uint_eq(message.noted.n, 0);
}
END_TEST

START_TEST(each_field_of_a_hello_has_its_row)
{
	decode(HELLO_10);
	ck_assert_uint_eq(trace.n_rows, 13);
	ck_assert_uint_eq(row_of(F_SSL2_LENGTH, 0)->value, 37);
	ck_assert_uint_eq(row_of(F_SSL2_TYPE, 0)->at, 2);
	ck_assert_uint_eq(row_of(F_SSL2_CLIENT_HELLO, 0)->len, 36);
	ck_assert_uint_eq(row_of(F_SSL2_VERSION, 0)->value, 0x0301);
	ck_assert_uint_eq(row_of(F_SSL2_SPECS_LENGTH, 0)->value, 12);
	ck_assert_uint_eq(row_of(F_SSL2_ID_LENGTH, 0)->value, 0);
	ck_assert_uint_eq(row_of(F_SSL2_CHALLENGE_LENGTH, 0)->value, 16);
	ck_assert_uint_eq(row_of(F_SSL2_SPECS, 0)->len, 12);
	ck_assert_uint_eq(row_of(F_SSL2_SUITE, 1)->value, 0x35);
	ck_assert_uint_eq(row_of(F_SSL2_SUITE, 2)->value, 0xff);
	ck_assert_uint_eq(row_of(F_SSL2_KIND, 0)->value, 0x0700c0);
	ck_assert_uint_eq(row_of(F_SSL2_CHALLENGE, 0)->at, 23);
	ck_assert_uint_eq(row_of(F_SSL2_CHALLENGE, 0)->len, 16);
}
END_TEST

START_TEST(a_hello_may_name_a_session_and_send_a_longer_challenge)
{
	decode(HELLO_20);
	const struct client_hello *h = &message.client_hello;
	ck_assert_uint_eq(h->best_version, SSL2_VERSION);
	ck_assert_uint_eq(h->n_suites, 0);
	ck_assert_uint_eq(h->first_suite, 0);
	ck_assert_uint_eq(h->n_kinds, 2);
	ck_assert_uint_eq(h->session_id.len, 16);
	ck_assert_uint_eq(h->session_id.at[0], 0xa0);
	expect_random(h->random, "000000000000000000000000"
	                         "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3");
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

START_TEST(a_server_hello_gives_certificate_and_connection_id)
{
	decode(SERVER_HELLO);
	ck_assert_uint_eq(message.type, SSL2_SERVER_HELLO);
	ck_assert(!message.server_hello.hit);
	ck_assert_uint_eq(message.server_hello.hello.version, SSL2_VERSION);
	ck_assert_uint_eq(message.server_hello.certificate.len, 3);
	ck_assert_mem_eq(message.server_hello.certificate.at, "\x0b\xad\xce", 3);
	expect_random(message.server_hello.hello.random, "00000000000000000000000000000000"
	                                                 "e0e1e2e3e4e5e6e7e8e9eaebecedeeef");
	ck_assert_uint_eq(row_of(F_SSL2_CERTIFICATE_TYPE, 0)->value, 1);
	ck_assert_uint_eq(row_of(F_CERT_DATA, 0)->len, 3);
	ck_assert_uint_eq(row_of(F_SSL2_CONNECTION_ID, 0)->len, 16);
	ck_assert_uint_eq(faults.n, 0);
	decode(SERVER_HELLO_HIT);
	ck_assert(message.server_hello.hit);
	ck_assert_uint_eq(message.server_hello.certificate.len, 0);
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

START_TEST(a_master_key_gives_the_cipher_that_was_chosen)
{
	decode(MASTER_KEY);
	ck_assert_uint_eq(message.type, SSL2_CLIENT_MASTER_KEY);
	ck_assert_uint_eq(message.master_key.kind, 0x0700c0);
	ck_assert_uint_eq(message.master_key.clear_len, 1);
	ck_assert_uint_eq(message.master_key.encrypted_len, 4);
	ck_assert_uint_eq(row_of(F_SSL2_CHOSEN_KIND, 0)->value, 0x0700c0);
	ck_assert_uint_eq(row_of(F_SSL2_KEY_ARG, 0)->len, 8);
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

START_TEST(an_error_gives_its_code)
{
	decode(NO_CIPHER);
	ck_assert_uint_eq(message.type, SSL2_ERROR);
	ck_assert_uint_eq(message.error, 1);
	ck_assert_uint_eq(faults.n, 0);
	decode("8003 00 0006");
	ck_assert_uint_eq(message.error, 6);
}
END_TEST

START_TEST(a_head_of_three_bytes_tells_of_padding)
{
	struct ssl2_head h;
	ck_assert(ssl2_head((struct bytes){(const uint8_t *)"\x80\x2e", 2}, &h));
	ck_assert(h.len == 2 && h.body == 46 && h.padding == 0);
	ck_assert(ssl2_head((struct bytes){(const uint8_t *)"\xff\xff", 2}, &h));
	ck_assert_uint_eq(h.body, 0x7fff);
	ck_assert(ssl2_head((struct bytes){(const uint8_t *)"\x01\x28\x07", 3}, &h));
	ck_assert(h.len == 3 && h.body == 0x128 && h.padding == 7);
	ck_assert(!ssl2_head((struct bytes){(const uint8_t *)"\x01\x28", 2}, &h));
	ck_assert(!ssl2_head((struct bytes){(const uint8_t *)"\x80", 1}, &h));
	decode("0006 03 00 0001 aabbcc");
	ck_assert_uint_eq(message.error, 1);
	ck_assert_uint_eq(row_of(F_SSL2_PADDING_LENGTH, 0)->value, 3);
	ck_assert_uint_eq(row_of(F_SSL2_PADDING, 0)->len, 3);
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

static const struct {
	const char *hex, *what;
	uint16_t at;
	uint8_t kind;
} broken_records[] = {
	{"80", "no head", 0, FAULT_SHORT},
	{"8000", "no type", 2, FAULT_SHORT},
	{"4003 00 00 0001", "the reserved bit", 0, FAULT_RANGE},
	{"0003 03 00 0001", "nothing but padding", 4, FAULT_RANGE},
	{"8002 00 00", "half an error code", 3, FAULT_SHORT},
	{"8004 00 0001 00", "a byte behind the error code", 5, FAULT_TRAILING},
	{"8003 00 0001 00", "a byte behind the record", 5, FAULT_TRAILING},
	{"8030 00 0001", "a record longer than its bytes", 3, FAULT_SHORT},
	{"800a 01 0301 0003 0000 0010 00", "a list beyond the end", 11, FAULT_SHORT},
	{"801b 01 0301 0002 0000 0010 0000 " ZEROS_24, "half a cipher spec", 11, FAULT_SHORT},
	{"8024 01 0301 0003 0008 0010 00002f " ZEROS_24, "an id of 8 bytes", 14, FAULT_RANGE},
	{"8014 01 0301 0003 0000 0008 00002f 0000000000000000", "a challenge of 8 bytes", 14,
         FAULT_RANGE},
	{"8013 04 00 01 0002 0000 0000 0008 0000000000000000", "a connection id of 8 bytes", 13,
         FAULT_RANGE},
	{"800d 04 00 01 0002 0010 0000 0010 0000", "a certificate beyond the end", 13, FAULT_SHORT},
	{"800c 02 0700c0 0001 0004 0008 99 11", "a key beyond the end", 13, FAULT_SHORT},
};

START_TEST(each_fault_has_its_place_and_is_found)
{
	decode(broken_records[_i].hex);
	ck_assert_msg(faults.n > 0, "%s", broken_records[_i].what);
	ck_assert_msg(faults.at == broken_records[_i].at && faults.kind == broken_records[_i].kind,
	              "%s: %u at %u", broken_records[_i].what, faults.kind, faults.at);
	ck_assert(noted(FIND_TLS_HS_LENGTH));
}
END_TEST

START_TEST(an_unknown_message_is_one_row)
{
	decode("8004 09 010203");
	ck_assert_uint_eq(message.type, 9);
	ck_assert_uint_eq(row_of(F_OTHER_MESSAGE, 0)->len, 3);
	ck_assert_uint_eq(faults.n, 0);
	decode("80");
	ck_assert_uint_eq(message.type, SSL2_UNKNOWN);
}
END_TEST

START_TEST(a_cut_record_gives_what_is_there_and_accuses_nobody)
{
	struct stream s = stream_of(HELLO_10);
	for (size_t n = 0; n < s.len; n++) {
		decode_bytes((struct bytes){s.byte, n}, true);
		ck_assert_uint_eq(message.noted.n, 0);
		ck_assert_uint_eq(message.type == SSL2_CLIENT_HELLO, n >= 3);
		if (n < 3)
			continue;
		ck_assert(message.client_hello.flags & HELLO_PARTIAL);
		ck_assert_uint_eq(message.client_hello.legacy_version, n >= 5 ? 0x0301 : 0);
		ck_assert_uint_eq(message.client_hello.n_suites, n < 14   ? 0
		                                                 : n < 17 ? 1
		                                                 : n < 20 ? 2
		                                                          : 3);
	}
	s = stream_of(SERVER_HELLO);
	decode_bytes((struct bytes){s.byte, 20}, true);
	ck_assert(message.server_hello.hello.flags & HELLO_PARTIAL);
	ck_assert_uint_eq(message.server_hello.certificate.len, 3);
	s = stream_of("0006 03 00 0001 aabbcc");
	decode_bytes((struct bytes){s.byte, 7}, true);
	ck_assert_uint_eq(message.error, 1);
	ck_assert_uint_eq(row_of(F_SSL2_PADDING, 0)->len, 1);
}
END_TEST

/* ---- Recognising ---- */

typedef enum ssl2_sight sees_fn(struct bytes);

static void sees_exactly(const char *hex, sees_fn *sees, size_t fixed)
{
	struct stream s = stream_of(hex);
	for (size_t n = 0; n <= s.len; n++)
		ck_assert_uint_eq(sees((struct bytes){s.byte, n}),
		                  n < fixed ? SSL2_MORE : SSL2_YES);
	for (size_t n = 0; n < 2; n++) { /* a length that is one more or one less */
		struct stream lying = s;
		lying.byte[1] = (uint8_t)(lying.byte[1] + (n == 0 ? 1 : -1));
		ck_assert_uint_eq(sees(bytes_of(&lying)), SSL2_NO);
	}
}

START_TEST(a_message_is_seen_from_its_fixed_part_on)
{
	sees_exactly(HELLO_10, ssl2_sees_client_hello, 11);
	sees_exactly(HELLO_20, ssl2_sees_client_hello, 11);
	sees_exactly(SERVER_HELLO, ssl2_sees_server_hello, 13);
	sees_exactly(SERVER_HELLO_HIT, ssl2_sees_server_hello, 13);
	sees_exactly(MASTER_KEY, ssl2_sees_master_key, 12);
	sees_exactly(NO_CIPHER, ssl2_sees_error, 5);
	sees_exactly("0020 04 01 0300 0003 0000 0010 00002f " ZEROS_24, ssl2_sees_client_hello, 12);
}
END_TEST

static const char *const no_hellos[] = {
	"8025 02 0301 000c 0000 0010",    /* another message */
	"8025 01 0304 000c 0000 0010",    /* TLS 1.3 has no such hello */
	"8025 01 0200 000c 0000 0010",    /* no version at all */
	"8025 01 0301 000b 0001 0010",    /* no whole number of cipher specs */
	"8019 01 0301 0000 0000 0010",    /* no cipher specs */
	"802d 01 0301 000c 0008 0010",    /* a session id of 8 bytes */
	"8045 01 0301 000c 0020 0010",    /* a session id of 32 bytes */
	"8024 01 0301 000c 0000 000f",    /* a challenge of 15 bytes */
	"8036 01 0301 000c 0000 0021",    /* a challenge of 33 bytes */
	"4025 00 01 0301 000c 0000 0010", /* the reserved bit */
};

START_TEST(what_contradicts_itself_is_no_hello)
{
	struct stream s = stream_of(no_hellos[_i]);
	ck_assert_uint_eq(ssl2_sees_client_hello(bytes_of(&s)), SSL2_NO);
	ck_assert_uint_eq(tls_probe(bytes_of(&s), false), PROBE_NO);
}
END_TEST

START_TEST(a_probe_tells_both_hellos_and_waits_for_their_fixed_part)
{
	struct stream s = stream_of(HELLO_10);
	ck_assert_uint_eq(tls_probe((struct bytes){s.byte, 11}, false), PROBE_CLIENT_HELLO);
	ck_assert_uint_eq(tls_probe((struct bytes){s.byte, 10}, false), PROBE_MORE);
	ck_assert_uint_eq(tls_probe((struct bytes){s.byte, 10}, true), PROBE_NO);
	s = stream_of(SERVER_HELLO);
	ck_assert_uint_eq(tls_probe(bytes_of(&s), false), PROBE_SERVER_HELLO);
	s = stream_of(NO_CIPHER);
	ck_assert_uint_eq(tls_probe(bytes_of(&s), false), PROBE_NO);
}
END_TEST

static const char *const other_protocols[] = {
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"220 mail.lab.test ESMTP\r\n",
	"SSH-2.0-OpenSSH_9.2\r\n",
	"* OK IMAP4rev1 ready\r\n",
	"+OK POP3 ready\r\n",
	"\1\3\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c", /* binary */
	"\x80\x80\x01\x03\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80",
	"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x01\xbb\x00", /* SOCKS */
	"\x00\x00\x00\x54\xff\x53\x4d\x42\x72\x00\x00\x00\x00\x18", /* SMB */
	"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00", /* LDAP */
	"\x10\x1a\x00\x04MQTT\x04\x02\x00\x3c\x00\x0e",             /* MQTT */
};

START_TEST(no_other_protocol_is_taken_for_a_hello)
{
	const char *text = other_protocols[_i];
	struct bytes b = {(const uint8_t *)text, 14};
	ck_assert_uint_eq(tls_probe(b, false), PROBE_NO);
	ck_assert_uint_eq(tls_probe(b, true), PROBE_NO);
}
END_TEST

static uint32_t random_state = 1;

static uint32_t below(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

START_TEST(random_bytes_are_no_hello)
{
	for (unsigned i = 0; i < 2000000; i++) {
		uint8_t byte[16];
		for (size_t n = 0; n < sizeof byte; n++)
			byte[n] = (uint8_t)below(256);
		byte[0] |= 0x80; /* where TLS cannot begin */
		ck_assert_uint_eq(tls_probe((struct bytes){byte, sizeof byte}, false), PROBE_NO);
	}
}
END_TEST

/* ---- Conversations ---- */

static struct driver *d;

static void set_up(void)
{
	d = driver_new(NULL, false, false);
}

static void tear_down(void)
{
	ck_assert_msg(d->broken == NULL, "%s", d->broken);
	driver_free(d);
}

static void say_hex(enum side from, const char *hex)
{
	struct stream s = stream_of(hex);
	driver_bytes(d, from, bytes_of(&s));
}

static const struct event *row(enum event_kind kind, enum side from)
{
	return session_first(&d->s, kind, from);
}

static bool found(enum finding code, enum side from)
{
	for (uint32_t i = 0; i < d->s.n_found; i++)
		if (d->s.found[i].code == code && d->s.found[i].from == from)
			return true;
	return false;
}

START_TEST(a_hello_of_the_old_form_may_begin_tls)
{
	say_hex(CLIENT, HELLO_10 TLS_CLIENT);
	say_hex(SERVER, TLS_SERVER);
	driver_end(d);
	const struct tls_facts *f = d->s.tls;
	ck_assert(found(FIND_SSLV2, CLIENT));
	ck_assert_uint_eq(d->s.n_found, 1);
	ck_assert_uint_eq(f->version, 0x0301);
	ck_assert_uint_eq(f->suite, 0x002f);
	ck_assert_uint_eq(f->record_version, SSL2_VERSION);
	ck_assert_uint_eq(f->ssl2_records[CLIENT], 1);
	ck_assert_uint_eq(f->ssl2_records[SERVER], 0);
	ck_assert_uint_eq(f->record_count[CLIENT][CONTENT_HANDSHAKE - 20], 1);
	ck_assert_uint_eq(f->record_count[CLIENT][0], 1);
	ck_assert_uint_eq(f->handshake_count[CLIENT], 2);
	ck_assert_uint_eq(row(EVENT_CLIENT_HELLO, CLIENT)->len, 39);
	ck_assert_uint_eq(row(EVENT_CLIENT_HELLO, CLIENT)->detail, HS_CLIENT_HELLO);
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO_DONE, SERVER));
	ck_assert_uint_eq(f->client_kx->len, 4);
}
END_TEST

START_TEST(a_whole_session_of_ssl2_is_told_from_its_hellos_to_its_talk)
{
	say_hex(CLIENT, HELLO_20);
	say_hex(SERVER, SERVER_HELLO);
	say_hex(CLIENT, MASTER_KEY SEALED_17);
	say_hex(SERVER, SEALED_17 SEALED_17 SEALED_5 SEALED_5);
	say_hex(CLIENT, SEALED_5);
	driver_end(d);
	const struct tls_facts *f = d->s.tls;
	ck_assert_uint_eq(f->version, SSL2_VERSION);
	ck_assert_uint_eq(f->ssl2_kind, 0x0700c0);
	ck_assert_uint_eq(session_cipher(f), 0x0700c0);
	ck_assert_uint_eq(session_cipher_registry(f), REG_SSL2_CIPHER);
	ck_assert(f->resumed_known && !f->resumed);
	ck_assert_uint_eq(f->ssl2_records[CLIENT], 4);
	ck_assert_uint_eq(f->ssl2_records[SERVER], 5);
	ck_assert_uint_eq(f->sealed_records[CLIENT], 2);
	ck_assert_uint_eq(f->sealed_records[SERVER], 4);
	ck_assert_uint_eq(f->handshake_count[CLIENT], 2);
	ck_assert_uint_eq(f->handshake_count[SERVER], 1);
	ck_assert_uint_eq(row(EVENT_SEALED_HANDSHAKE, CLIENT)->records, 1);
	ck_assert_uint_eq(row(EVENT_SEALED_HANDSHAKE, SERVER)->records, 2);
	ck_assert_uint_eq(d->s.talk[CLIENT].records, 1);
	ck_assert_uint_eq(d->s.talk[CLIENT].bytes, 24);
	ck_assert_uint_eq(d->s.talk[CLIENT].text_least, 5);
	ck_assert_uint_eq(d->s.talk[SERVER].text_most, 10);
	ck_assert(session_established(&d->s));
	/* the chain was asked for with a certificate_list of this one certificate */
	static const uint8_t list[] = {0, 0, 3, 0x0b, 0xad, 0xce};
	uint32_t sum = 0; /* as driver_chain makes it */
	for (size_t i = 0; i < sizeof list; i++)
		sum = sum * 31 + list[i];
	ck_assert_uint_eq(d->chain_sum[SERVER], sum);
	ck_assert_ptr_nonnull(f->chain[SERVER]);
}
END_TEST

START_TEST(a_server_that_asks_for_a_certificate_has_not_finished)
{
	say_hex(CLIENT, HELLO_20 MASTER_KEY SEALED_17);
	say_hex(SERVER, SERVER_HELLO SEALED_17 SEALED_18 SEALED_17 SEALED_5);
	driver_end(d);
	ck_assert_uint_eq(row(EVENT_SEALED_HANDSHAKE, SERVER)->records, 3);
	ck_assert_uint_eq(d->s.talk[SERVER].records, 1);
}
END_TEST

START_TEST(a_session_taken_up_again_is_sealed_from_the_hellos_on)
{
	say_hex(CLIENT, HELLO_20 SEALED_17 SEALED_5);
	say_hex(SERVER, SERVER_HELLO_HIT SEALED_17 SEALED_17);
	driver_end(d);
	const struct tls_facts *f = d->s.tls;
	ck_assert(f->resumed_known && f->resumed);
	ck_assert_uint_eq(f->ssl2_kind, 0);
	ck_assert_ptr_null(f->chain[SERVER]);
	ck_assert_uint_eq(f->sealed_records[CLIENT], 2);
	ck_assert_uint_eq(d->s.talk[CLIENT].records, 1);
	ck_assert_uint_eq(d->s.n_found, 1); /* the hello's form */
}
END_TEST

START_TEST(an_error_of_ssl2_is_told_and_ends_the_hope)
{
	say_hex(CLIENT, HELLO_10);
	say_hex(SERVER, NO_CIPHER);
	driver_end(d);
	ck_assert_uint_eq(row(EVENT_SSL2_ERROR, SERVER)->detail, 1);
	ck_assert(session_failed(&d->s));
	ck_assert_uint_eq(d->s.tls->version, 0);
	ck_assert_uint_eq(d->s.tls->ssl2_records[SERVER], 1);
}
END_TEST

START_TEST(a_client_may_complain_before_and_behind_its_key)
{
	say_hex(CLIENT, HELLO_20 MASTER_KEY SEALED_17 "8003 00 0004");
	say_hex(SERVER, SERVER_HELLO SEALED_17);
	driver_end(d);
	ck_assert_uint_eq(row(EVENT_SSL2_ERROR, CLIENT)->detail, 4);
	ck_assert_uint_eq(d->s.tls->sealed_records[CLIENT], 1);
	ck_assert_uint_eq(d->s.tls->ssl2_kind, 0x0700c0);
}
END_TEST

START_TEST(a_server_of_tls_may_refuse_with_an_alert)
{
	say_hex(CLIENT, HELLO_20);
	say_hex(SERVER, TLS_REFUSAL);
	driver_end(d);
	ck_assert_uint_eq(row(EVENT_ALERT, SERVER)->detail, 40);
	ck_assert_uint_eq(d->s.tls->version, 0);
	ck_assert_uint_eq(d->s.tls->record_count[SERVER][1], 1);
	ck_assert_uint_eq(d->s.n_found, 1);
}
END_TEST

START_TEST(a_message_out_of_place_is_told)
{
	say_hex(CLIENT, HELLO_20 SERVER_HELLO);
	say_hex(SERVER, SERVER_HELLO);
	driver_end(d);
	ck_assert(found(FIND_TLS_ORDER, CLIENT));
}
END_TEST

START_TEST(a_lying_master_key_is_told)
{
	say_hex(CLIENT, HELLO_20 "800c 02 0700c0 0001 0004 0008 99 11");
	say_hex(SERVER, SERVER_HELLO);
	driver_end(d);
	ck_assert(found(FIND_TLS_HS_LENGTH, CLIENT));
}
END_TEST

START_TEST(an_empty_record_of_ssl2_is_told)
{
	say_hex(CLIENT, HELLO_20 "8000" MASTER_KEY);
	say_hex(SERVER, SERVER_HELLO);
	driver_end(d);
	ck_assert(found(FIND_TLS_RECORD_EMPTY, CLIENT));
	ck_assert_uint_eq(d->s.tls->ssl2_kind, 0x0700c0);
}
END_TEST

START_TEST(without_the_server_the_client_is_read_as_far_as_it_shows)
{
	say_hex(CLIENT, HELLO_10 MASTER_KEY SEALED_17 SEALED_5);
	driver_over(d, SERVER);
	driver_end(d);
	ck_assert_uint_eq(d->s.tls->ssl2_kind, 0x0700c0);
	ck_assert_uint_eq(d->s.tls->sealed_records[CLIENT], 2);
	ck_assert(!found(FIND_NOT_TLS, CLIENT));
}
END_TEST

START_TEST(without_the_server_tls_behind_an_old_hello_is_read)
{
	say_hex(CLIENT, HELLO_10 TLS_CLIENT);
	driver_over(d, SERVER);
	driver_end(d);
	ck_assert_ptr_nonnull(row(EVENT_CHANGE_CIPHER_SPEC, CLIENT));
	ck_assert(!found(FIND_NOT_TLS, CLIENT));
}
END_TEST

START_TEST(without_the_client_the_server_is_read)
{
	say_hex(SERVER, SERVER_HELLO SEALED_17 SEALED_17 SEALED_5);
	driver_over(d, CLIENT);
	driver_end(d);
	ck_assert_uint_eq(d->s.tls->version, SSL2_VERSION);
	ck_assert_uint_eq(d->s.talk[SERVER].records, 1);
}
END_TEST

START_TEST(a_hello_that_is_cut_gives_what_was_there)
{
	struct stream s = stream_of(HELLO_10);
	driver_bytes(d, CLIENT, (struct bytes){s.byte, 20});
	driver_end(d);
	const struct event *e = row(EVENT_CLIENT_HELLO, CLIENT);
	ck_assert(e != NULL && e->partial);
	ck_assert_uint_eq(e->len, 20);
	ck_assert_uint_eq(d->s.tls->client->legacy_version, 0x0301);
	ck_assert(d->s.tls->client->flags & HELLO_PARTIAL);
	ck_assert_uint_eq(d->s.tls->handshake_count[CLIENT], 0);
}
END_TEST

START_TEST(behind_a_hole_in_a_sealed_record_the_next_one_is_found)
{
	struct stream s = stream_of(SEALED_5);
	say_hex(CLIENT, HELLO_20 MASTER_KEY SEALED_17);
	say_hex(SERVER, SERVER_HELLO SEALED_17 SEALED_17);
	driver_bytes(d, SERVER, (struct bytes){s.byte, 10});
	driver_gap(d, SERVER, 10);
	driver_bytes(d, SERVER, (struct bytes){s.byte + 20, s.len - 20});
	say_hex(SERVER, SEALED_5);
	driver_end(d);
	ck_assert_uint_eq(d->s.talk[SERVER].records, 2);
	ck_assert_uint_eq(d->s.tls->ssl2_records[SERVER], 5);
	ck_assert(!found(FIND_NOT_TLS, SERVER));
}
END_TEST

START_TEST(behind_a_hole_in_the_servers_hello_all_is_sealed)
{
	struct stream s = stream_of(SERVER_HELLO);
	say_hex(CLIENT, HELLO_20);
	driver_bytes(d, SERVER, (struct bytes){s.byte, 20});
	driver_gap(d, SERVER, 10);
	driver_bytes(d, SERVER, (struct bytes){s.byte + 30, s.len - 30});
	say_hex(SERVER, SEALED_17 SEALED_17 SEALED_5);
	say_hex(CLIENT, MASTER_KEY SEALED_17 SEALED_5);
	driver_end(d);
	ck_assert_uint_eq(d->s.tls->version, SSL2_VERSION);
	ck_assert_ptr_null(d->s.tls->server);
	ck_assert_uint_eq(d->s.tls->sealed_records[SERVER], 3);
	ck_assert_uint_eq(d->s.talk[CLIENT].records, 1);
}
END_TEST

START_TEST(behind_a_hole_over_the_end_of_a_record_nothing_is_invented)
{
	struct stream s = stream_of(SEALED_17);
	say_hex(CLIENT, HELLO_20 MASTER_KEY SEALED_17);
	say_hex(SERVER, SERVER_HELLO);
	driver_bytes(d, SERVER, (struct bytes){s.byte, 10});
	driver_gap(d, SERVER, 100);
	say_hex(SERVER, TLS_SERVER TLS_SERVER);
	driver_end(d);
	ck_assert_uint_eq(d->s.tls->sealed_records[SERVER], 1);
	ck_assert_uint_eq(d->s.tls->handshake_count[SERVER], 1);
}
END_TEST

/* ---- Whatever the chunks and the order ---- */

static const struct {
	const char *client, *server;
} talks[] = {
	{HELLO_10 TLS_CLIENT, TLS_SERVER},
	{HELLO_10, TLS_REFUSAL},
	{HELLO_10, NO_CIPHER},
	{HELLO_10 MASTER_KEY SEALED_17 SEALED_5, SERVER_HELLO SEALED_17 SEALED_17 SEALED_5},
	{HELLO_20 MASTER_KEY SEALED_17 SEALED_5, SERVER_HELLO SEALED_17 SEALED_18 SEALED_17},
	{HELLO_20 SEALED_17 SEALED_5, SERVER_HELLO_HIT SEALED_17 SEALED_17 SEALED_5},
	{HELLO_20 "8003 00 0001", SERVER_HELLO},
	{HELLO_20 TLS_CLIENT, TLS_SERVER},
	{HELLO_20 SEALED_17, ""},
	{HELLO_10 TLS_CLIENT, ""},
	{"", SERVER_HELLO SEALED_17 SEALED_17},
	{HELLO_20 "8000" MASTER_KEY "8003", SERVER_HELLO "8004 09 010203" NO_CIPHER},
	{HELLO_10 "ffffffffffffffffffff", "ffffffffffffffffffffff"},
};

static void know(struct summary *s, const struct stream line[2], bool watched, uint32_t most)
{
	struct driver *one = driver_new(NULL, watched, false);
	size_t at[2] = {0, 0};
	uint32_t leaning = below(5);
	while (at[CLIENT] < line[CLIENT].len || at[SERVER] < line[SERVER].len) {
		enum side from = below(4) < leaning ? CLIENT : SERVER;
		size_t left = line[from].len - at[from];
		if (left == 0) {
			leaning = from == CLIENT ? 0 : 4;
			continue;
		}
		size_t n = 1 + below(most);
		n = n < left ? n : left;
		driver_bytes(one, from, (struct bytes){line[from].byte + at[from], n});
		at[from] += n;
	}
	driver_end(one);
	ck_assert_msg(one->broken == NULL, "%s", one->broken);
	driver_summary(one, s);
	driver_free(one);
}

START_TEST(what_is_known_hangs_on_the_two_streams_alone)
{
	static struct summary first, again;
	const struct stream line[2] = {stream_of(talks[_i].client), stream_of(talks[_i].server)};
	know(&first, line, false, 5000);
	for (unsigned i = 0; i < SHUFFLES; i++) {
		know(&again, line, i % 2 == 1, i % 3 == 0 ? 1 : 1 + below(60));
		ck_assert_str_eq(first.text, again.text);
	}
}
END_TEST

#define LOOP(t, test, list) tcase_add_loop_test(t, test, 0, (int)(sizeof list / sizeof *list))

static TCase *records(void)
{
	TCase *t = tcase_create("records");
	tcase_add_test(t, a_hello_that_offers_tls_gives_its_suites_and_its_challenge);
	tcase_add_test(t, each_field_of_a_hello_has_its_row);
	tcase_add_test(t, a_hello_may_name_a_session_and_send_a_longer_challenge);
	tcase_add_test(t, a_server_hello_gives_certificate_and_connection_id);
	tcase_add_test(t, a_master_key_gives_the_cipher_that_was_chosen);
	tcase_add_test(t, an_error_gives_its_code);
	tcase_add_test(t, a_head_of_three_bytes_tells_of_padding);
	LOOP(t, each_fault_has_its_place_and_is_found, broken_records);
	tcase_add_test(t, an_unknown_message_is_one_row);
	tcase_add_test(t, a_cut_record_gives_what_is_there_and_accuses_nobody);
	tcase_add_test(t, a_message_is_seen_from_its_fixed_part_on);
	LOOP(t, what_contradicts_itself_is_no_hello, no_hellos);
	tcase_add_test(t, a_probe_tells_both_hellos_and_waits_for_their_fixed_part);
	LOOP(t, no_other_protocol_is_taken_for_a_hello, other_protocols);
	tcase_add_test(t, random_bytes_are_no_hello);
	return t;
}

static TCase *conversations(void)
{
	TCase *t = tcase_create("conversations");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_hello_of_the_old_form_may_begin_tls);
	tcase_add_test(t, a_whole_session_of_ssl2_is_told_from_its_hellos_to_its_talk);
	tcase_add_test(t, a_server_that_asks_for_a_certificate_has_not_finished);
	tcase_add_test(t, a_session_taken_up_again_is_sealed_from_the_hellos_on);
	tcase_add_test(t, an_error_of_ssl2_is_told_and_ends_the_hope);
	tcase_add_test(t, a_client_may_complain_before_and_behind_its_key);
	tcase_add_test(t, a_server_of_tls_may_refuse_with_an_alert);
	tcase_add_test(t, a_message_out_of_place_is_told);
	tcase_add_test(t, a_lying_master_key_is_told);
	tcase_add_test(t, an_empty_record_of_ssl2_is_told);
	tcase_add_test(t, without_the_server_the_client_is_read_as_far_as_it_shows);
	tcase_add_test(t, without_the_server_tls_behind_an_old_hello_is_read);
	tcase_add_test(t, without_the_client_the_server_is_read);
	tcase_add_test(t, a_hello_that_is_cut_gives_what_was_there);
	tcase_add_test(t, behind_a_hole_in_a_sealed_record_the_next_one_is_found);
	tcase_add_test(t, behind_a_hole_in_the_servers_hello_all_is_sealed);
	tcase_add_test(t, behind_a_hole_over_the_end_of_a_record_nothing_is_invented);
	return t;
}

Suite *ssl2_suite(void)
{
	Suite *s = suite_create("ssl2");
	TCase *orders = tcase_create("orders");
	LOOP(orders, what_is_known_hangs_on_the_two_streams_alone, talks);
	suite_add_tcase(s, records());
	suite_add_tcase(s, conversations());
	suite_add_tcase(s, orders);
	return s;
}
