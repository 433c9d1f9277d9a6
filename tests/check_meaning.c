/* What a handshake means beyond its single messages. Hand-made records in, facts out; the bundled
 * captures, whose frames tshark gives; and the guesses at sealed records held against what the key
 * logs show to be true. */
#include <check.h>
#include <dirent.h>
#include <unistd.h>

#include "dissectors/tls/record.h"
#include "dissectors/tls/talk_rest.h"
#include "src/engine/engine.h"
#include "src/engine/origin.h"
#include "src/output/json.h"
#include "tests/sessions.h"
#include "tests/talk_driver.h"

Suite *meaning_suite(void);

enum { BODY_MOST = 1 << 12, SESSIONS_MOST = 64 };

static struct driver *d;
static uint8_t body[BODY_MOST];
static size_t body_len;

/* ---- Bytes ---- */

static unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void add(const char *hex)
{
	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2)
		body[body_len++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
}

static void add_zeros(size_t n)
{
	memset(body + body_len, 0, n);
	body_len += n;
}

/* Sends what was added as one record. */
static void send_added(enum side from, uint8_t type)
{
	uint8_t head[RECORD_HEAD] = {type, 3, 3, (uint8_t)(body_len >> 8), (uint8_t)body_len};
	driver_bytes(d, from, (struct bytes){head, sizeof head});
	driver_bytes(d, from, (struct bytes){body, body_len});
	body_len = 0;
}

static void send(enum side from, uint8_t type, const char *hex)
{
	add(hex);
	send_added(from, type);
}

static void send_zeros(enum side from, uint8_t type, size_t n)
{
	add_zeros(n);
	send_added(from, type);
}

static uint8_t *put_u16(uint8_t *at, size_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return at + 2;
}

/* The parts of a hello, in hexadecimal; the lengths around them are counted here. */
struct hello {
	uint8_t type;
	const char *random, *id, *suites, *extensions;
};

static void send_hello(enum side from, struct hello h)
{
	bool client = h.type == HS_CLIENT_HELLO;
	add("000000000303");
	body[0] = h.type;
	add(h.random);
	body[body_len++] = (uint8_t)(strlen(h.id) / 2);
	add(h.id);
	if (client)
		body_len = (size_t)(put_u16(body + body_len, strlen(h.suites) / 2) - body);
	add(h.suites);
	add(client ? "0100" : "00");
	body_len = (size_t)(put_u16(body + body_len, strlen(h.extensions) / 2) - body);
	add(h.extensions);
	put_u16(body + 2, body_len - 4);
	send_added(from, CONTENT_HANDSHAKE);
}

#define SOME         "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7"
#define PLAIN_RANDOM SOME "b8b9babbbcbdbebf"
#define COULD_13     SOME "444f574e47524401" /* RFC 8446, 4.1.3: "DOWNGRD", 1 */
#define COULD_12     SOME "444f574e47524400"
#define RETRY_RANDOM "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

/* RFC 8446, 4.2: supported_versions, key_share, early_data, pre_shared_key with the identity "aa",
 * cookie, padding; RFC 5746: renegotiation_info; RFC 5077: session_ticket "abcd". */
#define OFFERS_13    "002b00050403040303"
#define IS_13        "002b00020304"
#define SHARE_X25519 "003300070005001d000101"
#define SHARE_P256   "0033000700050017000101"
#define SERVER_SHARE "00330005001d000101"
#define WANTS_P256   "003300020017"
#define EARLY        "002a0000"
#define MODES        "002d00020101"
#define PSK                                                                                        \
	"0029002c00070001aa00000000002120"                                                         \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define PSK_CHOSEN(at) "0029000200" at
#define COOKIE         "002c00050003c0ffee"
#define PADDING        "00150003000000"
#define BOUND          "ff01000100"
#define TICKET         "00230002abcd"
#define NAME(letter)   "000000060004000001" letter

#define AES_GCM  "1301"
#define RSA_GCM  "009c"
#define RSA_NULL "003b" /* TLS_RSA_WITH_NULL_SHA256: sealed records hide nothing */
#define ID                                                                                         \
	"0102030405060708090a0b0c0d0e0f10"                                                         \
	"1112131415161718191a1b1c1d1e1f20"

static void client_says(const char *id, const char *suites, const char *extensions)
{
	send_hello(CLIENT, (struct hello){HS_CLIENT_HELLO, PLAIN_RANDOM, id, suites, extensions});
}

static void server_says(const char *id, const char *suite, const char *extensions)
{
	send_hello(SERVER, (struct hello){HS_SERVER_HELLO, PLAIN_RANDOM, id, suite, extensions});
}

static void server_wants_p256(void)
{
	send_hello(SERVER,
	           (struct hello){HS_SERVER_HELLO, RETRY_RANDOM, ID, AES_GCM, IS_13 WANTS_P256});
}

/* ---- Who gave out what, without a shard ---- */

static struct {
	enum resumed_by by;
	uint8_t value[64];
	size_t len;
} issued;

static void issue(void *ctx, enum resumed_by by, struct bytes value)
{
	(void)ctx;
	ck_assert_uint_le(value.len, sizeof issued.value);
	issued.by = by;
	issued.len = value.len;
	memcpy(issued.value, value.at, value.len);
}

/* Says that session 70 + by gave out everything. */
static uint32_t origin(void *ctx, enum resumed_by by, struct bytes value)
{
	(void)ctx;
	ck_assert_uint_gt(value.len, 0);
	return 70 + (uint32_t)by;
}

static void set_up(void)
{
	body_len = 0;
	issued.len = 0;
	d = driver_new(NULL, false, false);
	d->sink.issue = issue;
	d->sink.origin = NULL;
}

static void tear_down(void)
{
	ck_assert_msg(d->broken == NULL, "%s", d->broken);
	driver_free(d);
}

static const struct meaning *meaning(void)
{
	return &d->s.tls->meaning;
}

static uint32_t found(enum finding code)
{
	for (uint32_t i = 0; i < d->s.n_found; i++)
		if (d->s.found[i].code == code)
			return d->s.found[i].n;
	return 0;
}

static enum early_data early(bool guessed)
{
	bool so;
	enum early_data e = meaning_early_data(&d->s, &so);
	ck_assert_int_eq(so, guessed);
	return e;
}

/* The rest of a full handshake of TLS 1.2 under a NULL cipher: what follows can be read. */
static void finish_null(void)
{
	send(SERVER, CONTENT_HANDSHAKE, "0e000000");
	send(CLIENT, CONTENT_HANDSHAKE, "1000000600040a0b0c0d");
	send(CLIENT, CONTENT_CHANGE_CIPHER_SPEC, "01");
	add("1400000c000000000000000000000000");
	send_zeros(CLIENT, CONTENT_HANDSHAKE, 32); /* and its MAC */
	send(SERVER, CONTENT_CHANGE_CIPHER_SPEC, "01");
	add("1400000c000000000000000000000000");
	send_zeros(SERVER, CONTENT_HANDSHAKE, 32);
}

/* Sends what a NULL cipher seals: a message and 32 bytes of MAC. */
static void send_null(enum side from, const char *hex)
{
	add(hex);
	send_zeros(from, CONTENT_HANDSHAKE, 32);
}

/* ---- The version ---- */

START_TEST(a_server_may_choose_less_than_was_offered)
{
	client_says("", RSA_GCM, OFFERS_13 SHARE_X25519);
	server_says("", RSA_GCM, BOUND);
	struct version_choice v = meaning_version(&d->s);
	ck_assert_int_eq(v.cause, VERSION_BY_SERVER);
	ck_assert_uint_eq(v.server_could, 0);
}
END_TEST

START_TEST(a_server_that_could_do_better_says_so_in_its_random)
{
	client_says("", RSA_GCM, BOUND);
	send_hello(SERVER, (struct hello){HS_SERVER_HELLO, COULD_13, "", RSA_GCM, BOUND});
	struct version_choice v = meaning_version(&d->s);
	ck_assert_int_eq(v.cause, VERSION_BY_CLIENT);
	ck_assert_uint_eq(v.server_could, 0x0304);
	ck_assert_uint_eq(found(FIND_TLS_DOWNGRADE), 0); /* the client offered no more */
}
END_TEST

START_TEST(a_word_that_names_the_version_chosen_says_nothing)
{
	client_says("", RSA_GCM, BOUND);
	send_hello(SERVER, (struct hello){HS_SERVER_HELLO, COULD_12, "", RSA_GCM, BOUND});
	ck_assert_uint_eq(meaning_version(&d->s).server_could, 0);
}
END_TEST

START_TEST(a_fallback_and_its_refusal_are_seen)
{
	client_says("", RSA_GCM "5600", BOUND);
	uint32_t place = (uint32_t)d->line[SERVER].len + 1;
	send(SERVER, CONTENT_ALERT, "0256");
	struct version_choice v = meaning_version(&d->s);
	ck_assert(v.fallback);
	ck_assert_uint_eq(v.refused, place);
	ck_assert_int_eq(v.cause, VERSION_BEST); /* nothing was chosen */
}
END_TEST

/* ---- Resumption ---- */

static struct resumption resumption(void)
{
	return meaning_resumption(d->s.tls);
}

static void answer_in_short(const char *id)
{
	server_says(id, RSA_GCM, BOUND);
	send(SERVER, CONTENT_CHANGE_CIPHER_SPEC, "01");
	send_zeros(SERVER, CONTENT_HANDSHAKE, 40);
}

START_TEST(a_session_id_is_accepted_by_its_echo)
{
	d->sink.origin = origin;
	client_says(ID, RSA_GCM, BOUND);
	answer_in_short(ID);
	struct resumption r = resumption();
	ck_assert_int_eq(r.result, RESUMPTION_ACCEPTED);
	ck_assert_uint_eq(r.by, RESUMED_BY_ID);
	ck_assert_uint_eq(r.offered, 1 << RESUMED_BY_ID);
	ck_assert_uint_eq(r.from, 70 + RESUMED_BY_ID);
	ck_assert_uint_eq(issued.len, 0); /* the echo gives out nothing new */
}
END_TEST

START_TEST(another_id_is_a_refusal_and_given_out)
{
	client_says(ID, RSA_GCM, BOUND);
	server_says("77", RSA_GCM, BOUND);
	send(SERVER, CONTENT_HANDSHAKE, "0e000000");
	struct resumption r = resumption();
	ck_assert_int_eq(r.result, RESUMPTION_REFUSED);
	ck_assert_uint_eq(r.offered, 1 << RESUMED_BY_ID);
	ck_assert_uint_eq(r.from, 0);
	ck_assert_uint_eq(issued.by, RESUMED_BY_ID);
	ck_assert_uint_eq(issued.len, 1);
	ck_assert_uint_eq(issued.value[0], 0x77);
}
END_TEST

/* RFC 5077, 3.4: the id beside a ticket is made up, and its echo says that the ticket was taken. */
START_TEST(a_ticket_leads_over_the_id_beside_it)
{
	client_says(ID, RSA_GCM, BOUND TICKET);
	answer_in_short(ID);
	struct resumption r = resumption();
	ck_assert_int_eq(r.result, RESUMPTION_ACCEPTED);
	ck_assert_uint_eq(r.by, RESUMED_BY_TICKET);
	ck_assert_uint_eq(r.offered, 1 << RESUMED_BY_TICKET);
}
END_TEST

START_TEST(a_ticket_that_leads_to_a_whole_handshake_was_refused)
{
	d->sink.origin = origin;
	client_says("", RSA_GCM, BOUND TICKET);
	server_says("", RSA_GCM, BOUND);
	send(SERVER, CONTENT_HANDSHAKE, "0e000000");
	struct resumption r = resumption();
	ck_assert_int_eq(r.result, RESUMPTION_REFUSED);
	ck_assert_uint_eq(r.by, RESUMED_WAYS);
	ck_assert_uint_eq(r.from, 70 + RESUMED_BY_TICKET);
}
END_TEST

START_TEST(a_new_ticket_is_given_out)
{
	client_says("", RSA_NULL, "00230000");
	server_says("", RSA_NULL, "00230000");
	send(SERVER, CONTENT_HANDSHAKE, "0400000900000e100003aabbcc");
	ck_assert_uint_eq(issued.by, RESUMED_BY_TICKET);
	ck_assert_uint_eq(issued.len, 3);
	ck_assert_int_eq(memcmp(issued.value, "\xaa\xbb\xcc", 3), 0);
}
END_TEST

START_TEST(the_id_of_tls_1_3_resumes_nothing)
{
	client_says(ID, AES_GCM, OFFERS_13 SHARE_X25519);
	server_says(ID, AES_GCM, IS_13 SERVER_SHARE);
	struct resumption r = resumption();
	ck_assert_uint_eq(r.offered, 0);
	ck_assert_int_eq(r.result, RESUMPTION_UNKNOWN);
	ck_assert(meaning_compatible_id(d->s.tls));
	ck_assert_uint_eq(issued.len, 0);
}
END_TEST

START_TEST(a_pre_shared_key_is_accepted_or_not)
{
	d->sink.origin = origin;
	client_says("", AES_GCM, OFFERS_13 SHARE_X25519 MODES PSK);
	ck_assert_int_eq(resumption().result, RESUMPTION_UNKNOWN);
	server_says("", AES_GCM,
	            _i == 0 ? IS_13 SERVER_SHARE PSK_CHOSEN("00") : IS_13 SERVER_SHARE);
	struct resumption r = resumption();
	ck_assert_uint_eq(r.offered, 1 << RESUMED_BY_PSK);
	ck_assert_int_eq(r.result, _i == 0 ? RESUMPTION_ACCEPTED : RESUMPTION_REFUSED);
	ck_assert_uint_eq(r.by, _i == 0 ? RESUMED_BY_PSK : RESUMED_WAYS);
	ck_assert_uint_eq(r.from, 70 + RESUMED_BY_PSK);
}
END_TEST

START_TEST(a_hello_at_rest_keeps_what_it_offered)
{
	d->sink.origin = origin;
	client_says(ID, AES_GCM, OFFERS_13 SHARE_X25519 MODES EARLY PSK);
	struct meaning before = *meaning();
	size_t size = tls_rest_size(d->k);
	ck_assert_uint_gt(size, 0);
	uint8_t *at_rest = malloc(size);
	tls_rest(d->k, at_rest);
	struct driver *again = calloc(1, sizeof *again);
	again->s.arena = &again->arena;
	struct tls_sink sink = d->sink;
	sink.session = &again->s;
	ck_assert_ptr_nonnull(tls_wake(&sink, at_rest));
	const struct meaning *m = &again->s.tls->meaning;
	ck_assert_int_eq(memcmp(m, &before, sizeof before), 0);
	ck_assert_uint_ne(m->hello_sum, 0);
	ck_assert_uint_eq(m->early_data, EARLY_DATA_OFFERED);
	free(at_rest);
	driver_free(again);
}
END_TEST

/* ---- Early data ---- */

START_TEST(early_data_need_tls_1_3_and_the_first_key)
{
	client_says("", AES_GCM RSA_GCM, OFFERS_13 SHARE_X25519 MODES EARLY PSK);
	ck_assert_int_eq(early(false), EARLY_DATA_OFFERED);
	if (_i == 0)
		server_says("", RSA_GCM, BOUND);
	else if (_i == 1)
		server_says("", AES_GCM, IS_13 SERVER_SHARE);
	else
		server_says("", AES_GCM, IS_13 SERVER_SHARE PSK_CHOSEN("01"));
	ck_assert_int_eq(early(false), EARLY_DATA_REFUSED);
}
END_TEST

START_TEST(a_retry_refuses_early_data_and_they_are_counted)
{
	client_says("", AES_GCM, OFFERS_13 SHARE_X25519 MODES EARLY PSK);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 100);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 50);
	server_wants_p256();
	client_says("", AES_GCM, OFFERS_13 SHARE_P256 MODES PSK);
	ck_assert_int_eq(early(false), EARLY_DATA_REFUSED);
	ck_assert_uint_eq(meaning()->early_records, 2);
	ck_assert_uint_eq(meaning()->early_bytes, 150);
	ck_assert_uint_eq(found(FIND_TLS_HRR_CHANGED), 0);
}
END_TEST

/* RFC 8446, 4.5: EndOfEarlyData, 4 bytes of head and 17 around them, stands before Finished when
 * the server took the early data, and is not sent otherwise. */
START_TEST(sealed_early_data_are_judged_by_what_ends_them)
{
	client_says("", AES_GCM, OFFERS_13 SHARE_X25519 MODES EARLY PSK);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 100);
	server_says("", AES_GCM, IS_13 SERVER_SHARE PSK_CHOSEN("00"));
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 30);
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 53);
	ck_assert_int_eq(early(true), EARLY_DATA_OFFERED);
	if (_i == 0)
		send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 21);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 53);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 77);
	ck_assert_int_eq(early(true), _i == 0 ? EARLY_DATA_ACCEPTED : EARLY_DATA_REFUSED);
	ck_assert_uint_eq(meaning()->early_records, 1);
	ck_assert_uint_eq(meaning()->early_bytes, 100);
}
END_TEST

/* ---- The second hello ---- */

static void retry_with(const char *first, const char *id, const char *suites, const char *second)
{
	client_says(ID, AES_GCM RSA_GCM, first);
	server_wants_p256();
	client_says(id, suites, second);
}

START_TEST(a_second_hello_may_change_five_extensions)
{
	retry_with(NAME("61") OFFERS_13 SHARE_X25519 MODES EARLY PADDING PSK, ID, AES_GCM RSA_GCM,
	           NAME("61") OFFERS_13 COOKIE SHARE_P256 MODES);
	ck_assert_uint_eq(found(FIND_TLS_HRR_CHANGED), 0);
	ck_assert_uint_eq(meaning()->retry_group, 0x0017);
	ck_assert(meaning()->retry_complied && !meaning()->retry_ignored);
}
END_TEST

START_TEST(a_second_hello_that_changes_more_is_found)
{
	static const struct {
		const char *id, *suites, *extensions;
	} change[] = {
		{"01", AES_GCM RSA_GCM, NAME("61") OFFERS_13 SHARE_P256},
		{ID, AES_GCM, NAME("61") OFFERS_13 SHARE_P256},
		{ID, RSA_GCM AES_GCM, NAME("61") OFFERS_13 SHARE_P256},
		{ID, AES_GCM RSA_GCM, NAME("62") OFFERS_13 SHARE_P256},
		{ID, AES_GCM RSA_GCM, NAME("61") "002b0003020304" SHARE_P256},
		{ID, AES_GCM RSA_GCM, NAME("61") OFFERS_13 SHARE_P256 BOUND},
		{ID, AES_GCM RSA_GCM, OFFERS_13 SHARE_P256},
	};
	ck_assert_int_lt(_i, (int)(sizeof change / sizeof *change));
	retry_with(NAME("61") OFFERS_13 SHARE_X25519, change[_i].id, change[_i].suites,
	           change[_i].extensions);
	ck_assert_uint_eq(found(FIND_TLS_HRR_CHANGED), 1);
}
END_TEST

START_TEST(a_second_hello_without_the_half_key_asked_for_does_not_comply)
{
	retry_with(OFFERS_13 SHARE_X25519, ID, AES_GCM RSA_GCM, OFFERS_13 SHARE_X25519);
	ck_assert_uint_eq(found(FIND_TLS_HRR_CHANGED), 0);
	ck_assert(meaning()->retry_ignored && !meaning()->retry_complied);
}
END_TEST

/* RFC 8446, 4.1.3 and 4.1.4 */
START_TEST(a_server_that_chooses_what_was_not_offered_is_found)
{
	static const struct {
		const char *offer, *id, *suite, *extensions;
		bool retried;
		uint32_t found;
	} answer[] = {
		{OFFERS_13 SHARE_X25519, ID, AES_GCM, IS_13 SERVER_SHARE, false, 0},
		{OFFERS_13 SHARE_X25519, "01", AES_GCM, IS_13 SERVER_SHARE, false, 1},
		{OFFERS_13 SHARE_X25519, "01", RSA_GCM, "", false, 0}, /* TLS 1.2 gives its own */
		{"002b0003020303", ID, AES_GCM, IS_13 SERVER_SHARE, false, 1},
		{"002b0003020302", "", RSA_GCM, "", false, 1},
		{OFFERS_13 SHARE_X25519, ID, AES_GCM, IS_13 SERVER_SHARE, true, 1},
		{OFFERS_13 SHARE_X25519, ID, AES_GCM, IS_13 "003300050017000101", true, 0},
	};
	ck_assert_int_lt(_i, (int)(sizeof answer / sizeof *answer));
	if (answer[_i].retried)
		retry_with(answer[_i].offer, ID, AES_GCM RSA_GCM, OFFERS_13 SHARE_P256);
	else
		client_says(ID, AES_GCM RSA_GCM, answer[_i].offer);
	send_hello(SERVER, (struct hello){HS_SERVER_HELLO, PLAIN_RANDOM, answer[_i].id,
	                                  answer[_i].suite, answer[_i].extensions});
	ck_assert_uint_eq(found(FIND_TLS_UNOFFERED), answer[_i].found);
}
END_TEST

/* ---- Renegotiation ---- */

#define NEW_HELLO(extensions_len, body_len)                                                        \
	"010000" body_len "0303" PLAIN_RANDOM "000002" RSA_NULL "0100" extensions_len

START_TEST(a_renegotiation_has_its_own_name_and_suite)
{
	client_says("", RSA_NULL, BOUND NAME("61"));
	server_says("", RSA_NULL, BOUND);
	finish_null();
	ck_assert_ptr_null(meaning()->again);
	uint32_t place = (uint32_t)d->line[CLIENT].len + 1;
	send_null(CLIENT, NEW_HELLO("000a", "35") NAME("62"));
	send_null(SERVER, "020000260303" PLAIN_RANDOM "00" RSA_NULL "00");
	const struct renegotiation *again = meaning()->again;
	ck_assert_ptr_nonnull(again);
	ck_assert_uint_eq(again->n, 1);
	ck_assert_uint_eq(again->requests, 0);
	ck_assert_uint_eq(again->frame, place);
	ck_assert_uint_eq(again->suite, 0x003b);
	ck_assert_uint_eq(again->sni.len, 1);
	ck_assert_uint_eq(again->sni.at[0], 0x62);
	ck_assert(meaning_secure_renegotiation(d->s.tls));
	ck_assert_uint_eq(found(FIND_TLS_RENEGOTIATION), 1);
	ck_assert_uint_eq(found(FIND_TLS_INSECURE_RENEGOTIATION), 0);
}
END_TEST

START_TEST(a_renegotiation_that_one_side_does_not_bind_is_found)
{
	client_says("", RSA_NULL, _i == 0 ? BOUND : NAME("61"));
	server_says("", RSA_NULL, _i == 0 ? "00170000" : BOUND);
	finish_null();
	send_null(SERVER, "00000000");
	send_null(CLIENT, NEW_HELLO("000a", "35") NAME("62"));
	ck_assert_uint_eq(meaning()->again->requests, 1);
	ck_assert_uint_eq(meaning()->again->n, 1);
	ck_assert_uint_eq(found(FIND_TLS_INSECURE_RENEGOTIATION), 1);
}
END_TEST

/* The type of a sealed record shows up to TLS 1.2. */
START_TEST(sealed_handshakes_behind_finished_are_a_guess)
{
	struct guess guess[GUESSES_MOST];
	client_says("", RSA_GCM, BOUND);
	server_says("", RSA_GCM, BOUND);
	finish_null();
	ck_assert_uint_eq(meaning_guesses(&d->s, guess), 0);
	uint32_t place = (uint32_t)d->line[SERVER].len + 1;
	send_zeros(SERVER, CONTENT_HANDSHAKE, 28);
	ck_assert_uint_eq(meaning_guesses(&d->s, guess), 1);
	ck_assert_uint_eq(guess[0].what, GUESS_RENEGOTIATION);
	ck_assert_uint_eq(guess[0].frame, place);
	ck_assert(!guess[0].likely);
	send_zeros(CLIENT, CONTENT_HANDSHAKE, 200);
	ck_assert_uint_eq(meaning_guesses(&d->s, guess), 2);
	ck_assert(guess[0].likely && guess[1].likely);
}
END_TEST

/* draft-agl-tls-nextprotoneg: extension 13172 of both hellos */
START_TEST(a_client_that_names_the_next_protocol_sends_one_sealed_message_more)
{
	struct guess guess[GUESSES_MOST];
	client_says("", RSA_GCM, BOUND "33740000");
	server_says("", RSA_GCM, BOUND "337400020168");
	finish_null();
	send_zeros(CLIENT, CONTENT_HANDSHAKE, 40);
	ck_assert_uint_eq(meaning_guesses(&d->s, guess), 0);
	send_zeros(CLIENT, CONTENT_HANDSHAKE, 200);
	ck_assert_uint_eq(meaning_guesses(&d->s, guess), 1);
}
END_TEST

/* ---- Who shows himself ---- */

START_TEST(a_client_that_is_asked_may_have_nothing_to_show)
{
	client_says("", RSA_GCM, BOUND);
	server_says("", RSA_GCM, BOUND);
	uint32_t asked = (uint32_t)d->line[SERVER].len + RECORD_HEAD + 1;
	send(SERVER, CONTENT_HANDSHAKE,
	     "0d000008010100020401"
	     "0000");
	send(SERVER, CONTENT_HANDSHAKE, "0e000000");
	uint32_t shown = (uint32_t)d->line[CLIENT].len + RECORD_HEAD + 1;
	send(CLIENT, CONTENT_HANDSHAKE, _i == 0 ? "0b000003000000" : "0b000007000004000001aa");
	ck_assert_uint_eq(meaning()->asked_frame, asked);
	ck_assert_uint_eq(meaning()->shown_frame, shown);
	ck_assert_int_eq(meaning()->shown_empty, _i == 0);
	ck_assert(!meaning()->asked_later);
	ck_assert_uint_eq(meaning()->proven_frame, 0);
}
END_TEST

START_TEST(a_certificate_verify_of_the_client_is_its_proof)
{
	client_says("", RSA_GCM, BOUND);
	server_says("", RSA_GCM, BOUND);
	send(SERVER, CONTENT_HANDSHAKE,
	     "0d0000080101000204010000"
	     "0e000000");
	send(CLIENT, CONTENT_HANDSHAKE, "0b000007000004000001aa");
	send(CLIENT, CONTENT_HANDSHAKE, "1000000600040a0b0c0d");
	uint32_t place = (uint32_t)d->line[CLIENT].len + RECORD_HEAD + 1;
	send(CLIENT, CONTENT_HANDSHAKE, "0f00000604010002abcd");
	ck_assert_uint_eq(meaning()->proven_frame, place);
}
END_TEST

START_TEST(the_first_change_cipher_spec_of_tls_1_3_is_noted_with_its_place)
{
	client_says(ID, AES_GCM, OFFERS_13 SHARE_X25519);
	server_says(ID, AES_GCM, IS_13 SERVER_SHARE);
	uint32_t place = (uint32_t)d->line[SERVER].len + 1;
	send(SERVER, CONTENT_CHANGE_CIPHER_SPEC, "01");
	ck_assert_uint_eq(meaning()->compat_frame[SERVER], place + RECORD_HEAD);
	ck_assert_uint_eq(meaning()->compat_frame[CLIENT], 0);
}
END_TEST

/* ---- Who gave out what, in a shard ---- */

static const struct endpoint pair[2] = {{.ip = {1}, .port = 1000}, {.ip = {2}, .port = 443}};
static const struct endpoint turned[2] = {{.ip = {2}, .port = 9}, {.ip = {1}, .port = 8}};
static const struct endpoint strange[2] = {{.ip = {1}, .port = 1000}, {.ip = {3}, .port = 443}};

static struct bytes number(uint32_t *n)
{
	return (struct bytes){(const uint8_t *)n, sizeof *n};
}

START_TEST(what_was_given_out_is_found_by_the_same_two_addresses)
{
	struct origins *o = origins_new(7);
	uint32_t a = 1, b = 2;
	origins_add(o, pair, RESUMED_BY_TICKET, number(&a), 12);
	ck_assert_uint_eq(origins_find(o, pair, RESUMED_BY_TICKET, number(&a)), 12);
	ck_assert_uint_eq(origins_find(o, turned, RESUMED_BY_TICKET, number(&a)), 12);
	ck_assert_uint_eq(origins_find(o, strange, RESUMED_BY_TICKET, number(&a)), 0);
	ck_assert_uint_eq(origins_find(o, pair, RESUMED_BY_ID, number(&a)), 0);
	ck_assert_uint_eq(origins_find(o, pair, RESUMED_BY_TICKET, number(&b)), 0);
	origins_add(o, pair, RESUMED_BY_TICKET, number(&a), 99);
	ck_assert_uint_eq(origins_find(o, pair, RESUMED_BY_TICKET, number(&a)), 99);
	origins_free(o);
}
END_TEST

START_TEST(of_more_than_fit_the_oldest_leave)
{
	struct origins *o = origins_new(7);
	for (uint32_t i = 0; i < 3 * ORIGIN_MOST; i++)
		origins_add(o, pair, RESUMED_BY_ID, number(&i), i + 1);
	for (uint32_t i = 0; i < 3 * ORIGIN_MOST; i++)
		ck_assert_uint_eq(origins_find(o, pair, RESUMED_BY_ID, number(&i)),
		                  i < 2 * ORIGIN_MOST ? 0 : i + 1);
	origins_free(o);
}
END_TEST

/* ---- The bundled captures ---- */

static const char *captures(void)
{
	static char path[400];
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/captures", top == NULL ? "." : top);
	return path;
}

static const char *file_of(const char *name, const char *file)
{
	static char path[700];
	snprintf(path, sizeof path, "%s/%s/%s", captures(), name, file);
	return path;
}

static const char *capture_of(const char *name)
{
	const char *path = file_of(name, "capture.pcap");
	return access(path, R_OK) == 0 ? path : file_of(name, "capture.pcapng");
}

static struct pass {
	struct session *session[SESSIONS_MOST];
	size_t n;
} sealed, opened;

static bool keep(void *ctx, struct session *s, struct bytes line)
{
	struct pass *p = ctx;
	(void)line;
	ck_assert_uint_lt(p->n, SESSIONS_MOST);
	p->session[p->n++] = s;
	return true;
}

static void run(const char *name, const struct keyring *keys, const struct replay *replay,
                unsigned workers, struct pass *into)
{
	char why[256] = "";
	bool bad_filter;
	struct pki_options options = {.no_system = true, .at = MOMENT_UNKNOWN};
	struct capture_facts facts = {.name = "capture"};
	struct source_options so = {0};
	struct pki *pki = pki_new(&options, why, sizeof why);
	struct source *source =
		source_open_file(capture_of(name), &so, why, sizeof why, &bad_filter);
	ck_assert_msg(source != NULL && pki != NULL, "%s: %s", name, why);
	struct engine_job job = {.source = source,
	                         .keys = keys,
	                         .pki = pki,
	                         .workers = workers,
	                         .memory = ENGINE_MEMORY,
	                         .replay = replay,
	                         .session = keep,
	                         .ctx = into};
	into->n = 0;
	ck_assert(engine_run(&job, &facts));
	source_close(source);
	pki_free(pki);
}

static void forget(struct pass *p)
{
	for (size_t i = 0; i < p->n; i++)
		engine_session_free(p->session[i]);
	p->n = 0;
}

static const struct session *begun_at(const struct pass *p, uint32_t frame)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->session[i]->first_frame == frame)
			return p->session[i];
	ck_abort_msg("no session begins at frame %u", frame);
	return NULL;
}

/* By tshark: tls.handshake.session_id and tls.handshake.session_ticket of frames in these two
 * streams are the same; the frames are those of the two SYNs. */
START_TEST(a_resumed_session_knows_the_one_it_comes_from)
{
	static const struct {
		const char *name;
		uint32_t frame, from;
		enum resumed_by by;
	} known[] = {
		{"tls12-resumed-id", 20, 1, RESUMED_BY_ID},
		{"tls12-resumed-ticket", 19, 1, RESUMED_BY_TICKET},
		{"lab", 101, 1, RESUMED_BY_ID},
	};
	for (unsigned workers = 1; workers <= 3; workers += 2) {
		run(known[_i].name, NULL, NULL, workers, &sealed);
		const struct session *s = begun_at(&sealed, known[_i].frame);
		struct resumption r = meaning_resumption(s->tls);
		ck_assert_int_eq(r.result, RESUMPTION_ACCEPTED);
		ck_assert_uint_eq(r.by, known[_i].by);
		ck_assert_uint_eq(r.from, known[_i].from);
		forget(&sealed);
	}
}
END_TEST

static struct keyring *key_log_of(const char *name)
{
	char why[256] = "";
	struct keyring *keys = keyring_new();
	ck_assert_ptr_nonnull(keys);
	ck_assert_int_eq(keyring_add_log(keys, file_of(name, "keys.log"), why, sizeof why),
	                 KEY_ADDED);
	return keys;
}

START_TEST(an_opened_ticket_of_tls_1_3_tells_whose_it_is)
{
	static const struct {
		const char *name;
		uint32_t frame;
		enum early_data early;
	} known[] = {{"tls13-psk", 19, EARLY_DATA_NONE},
	             {"tls13-early-data", 21, EARLY_DATA_ACCEPTED}};
	struct keyring *keys = key_log_of(known[_i].name);
	bool guessed;
	run(known[_i].name, keys, NULL, 1, &opened);
	const struct session *s = begun_at(&opened, known[_i].frame);
	struct resumption r = meaning_resumption(s->tls);
	ck_assert_int_eq(r.result, RESUMPTION_ACCEPTED);
	ck_assert_uint_eq(r.by, RESUMED_BY_PSK);
	ck_assert_uint_eq(r.from, 1);
	ck_assert_int_eq(meaning_early_data(s, &guessed), known[_i].early);
	ck_assert(!guessed);
	forget(&opened);
	run(known[_i].name, NULL, NULL, 1, &sealed);
	r = meaning_resumption(begun_at(&sealed, known[_i].frame)->tls);
	ck_assert_int_eq(r.result, RESUMPTION_ACCEPTED);
	ck_assert_uint_eq(r.from, 0); /* sealed, the ticket is nobody's */
	forget(&sealed);
	keyring_free(keys);
}
END_TEST

/* By tshark with the key log: the frames of CertificateRequest, of the client's Certificate and its
 * length, of CertificateVerify, of HelloRequest, of the alert 86; and that EncryptedExtensions
 * holds no early_data. Frames are those in which a message begins. */
static const struct {
	const char *name;
	uint32_t frame, asked, shown, proven, requested, refused;
	bool empty, later;
	enum early_data early;
	enum resumption_result resumed;
	uint32_t from;
} recorded_facts[] = {
	{.name = "client-certificate", .frame = 1, .asked = 8, .shown = 10, .proven = 11},
	{.name = "client-certificate-empty", .frame = 1, .asked = 8, .shown = 10, .empty = true},
	{.name = "tls13-client-certificate", .frame = 1, .asked = 6, .shown = 10, .proven = 11},
	{.name = "tls13-client-certificate", .frame = 21, .asked = 26, .shown = 30, .empty = true},
	{.name = "post-handshake-auth",
         .frame = 1,
         .asked = 15,
         .shown = 16,
         .proven = 17,
         .later = true},
	{.name = "hello-request",
         .frame = 1,
         .asked = 17,
         .shown = 19,
         .proven = 20,
         .requested = 13,
         .later = true},
	{.name = "fallback-refused", .frame = 1, .refused = 6},
	{.name = "early-data-refused",
         .frame = 22,
         .early = EARLY_DATA_REFUSED,
         .resumed = RESUMPTION_ACCEPTED,
         .from = 1},
	{.name = "early-data-refused",
         .frame = 40,
         .early = EARLY_DATA_REFUSED,
         .resumed = RESUMPTION_REFUSED,
         .from = 1},
	{.name = "tls12-ticket-refused", .frame = 20, .resumed = RESUMPTION_REFUSED, .from = 1},
	{.name = "tls12-id-refused", .frame = 20, .resumed = RESUMPTION_REFUSED, .from = 1},
};
enum { RECORDED_FACTS = sizeof recorded_facts / sizeof *recorded_facts };

START_TEST(recorded_sessions_mean_what_tshark_shows)
{
	struct keyring *keys = key_log_of(recorded_facts[_i].name);
	run(recorded_facts[_i].name, keys, NULL, 1, &opened);
	const struct session *s = begun_at(&opened, recorded_facts[_i].frame);
	const struct meaning *m = &s->tls->meaning;
	ck_assert_uint_eq(m->asked_frame, recorded_facts[_i].asked);
	ck_assert_uint_eq(m->shown_frame, recorded_facts[_i].shown);
	ck_assert_uint_eq(m->proven_frame, recorded_facts[_i].proven);
	ck_assert_int_eq(m->shown_empty, recorded_facts[_i].empty);
	ck_assert_int_eq(m->asked_later, recorded_facts[_i].later);
	ck_assert_uint_eq(m->again == NULL ? 0 : m->again->request_frame,
	                  recorded_facts[_i].requested);
	ck_assert_uint_eq(meaning_version(s).refused, recorded_facts[_i].refused);
	ck_assert_int_eq(m->early_data, recorded_facts[_i].early);
	ck_assert_int_eq(meaning_resumption(s->tls).result, recorded_facts[_i].resumed);
	ck_assert_uint_eq(meaning_resumption(s->tls).from, recorded_facts[_i].from);
	forget(&opened);
	keyring_free(keys);
}
END_TEST

/* ---- Guesses against the truth ---- */

/* Says whether a record held such a message. */
static bool held(const struct unfold *u, const struct guess *g, enum event_kind kind)
{
	for (uint32_t i = 0; i < u->n_items; i++)
		if (u->item[i].event.from == g->from && u->item[i].record == g->record &&
		    u->item[i].event.kind == kind)
			return true;
	return false;
}

static bool is_handshake(enum event_kind kind)
{
	return kind >= EVENT_ENCRYPTED_EXTENSIONS && kind <= EVENT_FINISHED &&
	       kind != EVENT_CHANGE_CIPHER_SPEC;
}

static bool held_handshake(const struct unfold *u, const struct guess *g)
{
	for (enum event_kind k = 0; k < EVENT_KINDS; k++)
		if (is_handshake(k) && held(u, g, k))
			return true;
	return false;
}

static unsigned n_held(const struct unfold *u, const struct guess *g)
{
	unsigned n = 0;
	for (enum event_kind k = 0; k < EVENT_KINDS; k++)
		n += held(u, g, k) && k != EVENT_COMPRESSED_CERTIFICATE;
	return n;
}

static bool alone(const struct unfold *u, const struct guess *g, enum event_kind kind)
{
	return held(u, g, kind) && n_held(u, g) == 1;
}

static bool is_right(const struct unfold *u, const struct guess *g)
{
	switch (g->what) {
	case GUESS_ENCRYPTED_EXTENSIONS:
		return alone(u, g, EVENT_ENCRYPTED_EXTENSIONS);
	case GUESS_CERTIFICATE_REQUEST:
		return alone(u, g, EVENT_CERTIFICATE_REQUEST);
	case GUESS_CERTIFICATE:
	case GUESS_CERTIFICATE_EMPTY:
		return alone(u, g, EVENT_CERTIFICATE);
	case GUESS_CERTIFICATE_VERIFY:
		return alone(u, g, EVENT_CERTIFICATE_VERIFY);
	case GUESS_FINISHED:
		return alone(u, g, EVENT_FINISHED);
	case GUESS_FLIGHT:
		return held(u, g, EVENT_CERTIFICATE) && held(u, g, EVENT_FINISHED);
	case GUESS_FLIGHT_PSK:
		return held(u, g, EVENT_ENCRYPTED_EXTENSIONS) && held(u, g, EVENT_FINISHED) &&
		       n_held(u, g) == 2;
	case GUESS_END_OF_EARLY_DATA:
		return alone(u, g, EVENT_END_OF_EARLY_DATA);
	case GUESS_NEW_SESSION_TICKET:
		return held(u, g, EVENT_NEW_SESSION_TICKET);
	case GUESS_KEY_UPDATE:
		return alone(u, g, EVENT_KEY_UPDATE);
	default:
		return held_handshake(u, g);
	}
}

static struct score {
	unsigned likely, possible, possible_right;
} score;

static void judge(const char *name, const struct unfold *u, const struct session *s,
                  const struct session *open)
{
	struct guess guess[GUESSES_MOST];
	size_t n = meaning_guesses(s, guess);
	for (size_t i = 0; i < n; i++) {
		const struct guess *g = &guess[i];
		if (!open->tls->opened[g->from] || g->record == 0)
			continue; /* nobody knows */
		bool right = is_right(u, g);
		ck_assert_msg(right || !g->likely, "%s, frame %u, record %u: no %s", name, g->frame,
		              g->record, guess_slug((enum sealed_guess)g->what));
		score.likely += g->likely;
		score.possible += !g->likely;
		score.possible_right += !g->likely && right;
	}
}

static void judge_session(const char *name, const struct keyring *keys, const struct session *s)
{
	struct arena a = {0};
	struct unfold u = {0};
	struct replay r = {
		.first_frame = s->first_frame, .last_frame = s->last_frame, .arena = &a, .out = &u};
	memcpy(r.endpoint, s->endpoint, sizeof r.endpoint);
	run(name, keys, &r, 1, &opened);
	const struct session *open = begun_at(&opened, s->first_frame);
	struct guess guess[GUESSES_MOST];
	bool both = open->tls->opened[CLIENT] && open->tls->opened[SERVER];
	ck_assert(!both || meaning_guesses(open, guess) == 0); /* the truth is shown instead */
	judge(name, &u, s, open);
	forget(&opened);
	arena_free(&a);
}

static void judge_capture(const char *name)
{
	struct keyring *keys = key_log_of(name);
	struct pass all;
	run(name, NULL, NULL, 1, &sealed);
	all = sealed;
	for (size_t i = 0; i < all.n; i++)
		if (all.session[i]->tls != NULL && all.session[i]->tls->version >= 0x0304)
			judge_session(name, keys, all.session[i]);
	forget(&all);
	keyring_free(keys);
}

START_TEST(what_is_called_likely_is_true_in_all_captures_with_a_key_log)
{
	DIR *dir = opendir(captures());
	ck_assert_ptr_nonnull(dir);
	score = (struct score){0};
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		if (e->d_name[0] != '.' && access(file_of(e->d_name, "keys.log"), R_OK) == 0)
			judge_capture(e->d_name);
	closedir(dir);
	const char *show = getenv("SHOW_GUESSES");
	if (show != NULL)
		printf("likely: %u, all true; possible: %u, %u true\n", score.likely,
		       score.possible, score.possible_right);
	ck_assert_uint_ge(score.likely, 40);
}
END_TEST

static TCase *with_talk(const char *name)
{
	TCase *c = tcase_create(name);
	tcase_add_checked_fixture(c, set_up, tear_down);
	return c;
}

static TCase *hellos(void)
{
	TCase *c = with_talk("hellos");
	tcase_add_test(c, a_server_may_choose_less_than_was_offered);
	tcase_add_test(c, a_server_that_could_do_better_says_so_in_its_random);
	tcase_add_test(c, a_word_that_names_the_version_chosen_says_nothing);
	tcase_add_test(c, a_fallback_and_its_refusal_are_seen);
	tcase_add_test(c, a_second_hello_may_change_five_extensions);
	tcase_add_loop_test(c, a_second_hello_that_changes_more_is_found, 0, 7);
	tcase_add_loop_test(c, a_server_that_chooses_what_was_not_offered_is_found, 0, 7);
	tcase_add_test(c, a_second_hello_without_the_half_key_asked_for_does_not_comply);
	tcase_add_loop_test(c, early_data_need_tls_1_3_and_the_first_key, 0, 3);
	tcase_add_test(c, a_retry_refuses_early_data_and_they_are_counted);
	tcase_add_loop_test(c, sealed_early_data_are_judged_by_what_ends_them, 0, 2);
	tcase_add_test(c, the_first_change_cipher_spec_of_tls_1_3_is_noted_with_its_place);
	return c;
}

static TCase *resuming(void)
{
	TCase *c = with_talk("resuming");
	tcase_add_test(c, a_session_id_is_accepted_by_its_echo);
	tcase_add_test(c, another_id_is_a_refusal_and_given_out);
	tcase_add_test(c, a_ticket_leads_over_the_id_beside_it);
	tcase_add_test(c, a_ticket_that_leads_to_a_whole_handshake_was_refused);
	tcase_add_test(c, a_new_ticket_is_given_out);
	tcase_add_test(c, the_id_of_tls_1_3_resumes_nothing);
	tcase_add_loop_test(c, a_pre_shared_key_is_accepted_or_not, 0, 2);
	tcase_add_test(c, a_hello_at_rest_keeps_what_it_offered);
	return c;
}

static TCase *others(void)
{
	TCase *c = with_talk("others");
	tcase_add_test(c, a_renegotiation_has_its_own_name_and_suite);
	tcase_add_loop_test(c, a_renegotiation_that_one_side_does_not_bind_is_found, 0, 2);
	tcase_add_test(c, sealed_handshakes_behind_finished_are_a_guess);
	tcase_add_test(c, a_client_that_names_the_next_protocol_sends_one_sealed_message_more);
	tcase_add_loop_test(c, a_client_that_is_asked_may_have_nothing_to_show, 0, 2);
	tcase_add_test(c, a_certificate_verify_of_the_client_is_its_proof);
	return c;
}

static TCase *recorded(void)
{
	TCase *c = tcase_create("recorded");
	tcase_add_test(c, what_was_given_out_is_found_by_the_same_two_addresses);
	tcase_add_test(c, of_more_than_fit_the_oldest_leave);
	tcase_add_loop_test(c, a_resumed_session_knows_the_one_it_comes_from, 0, 3);
	tcase_add_loop_test(c, an_opened_ticket_of_tls_1_3_tells_whose_it_is, 0, 2);
	tcase_add_loop_test(c, recorded_sessions_mean_what_tshark_shows, 0, RECORDED_FACTS);
	tcase_add_test(c, what_is_called_likely_is_true_in_all_captures_with_a_key_log);
	return c;
}

Suite *meaning_suite(void)
{
	Suite *s = suite_create("meaning");
	suite_add_tcase(s, hellos());
	suite_add_tcase(s, resuming());
	suite_add_tcase(s, others());
	suite_add_tcase(s, recorded());
	return s;
}
