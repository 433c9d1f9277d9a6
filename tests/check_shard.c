/* What a shard makes of whole flows: which are sessions, of which protocol, and who is waited for.
 */
#include <check.h>
#include <stdlib.h>

#include "src/engine/shard.h"

Suite *shard_suite(void);

enum { SYN = 2, PSH_ACK = 0x18, SYN_ACK = 0x12, HEAD = 20, MOST = 1400 };

static struct shard shard;
static struct finished_list out;
static struct pki *pki;
static uint8_t scratch[SHARD_SCRATCH];
static uint32_t sent[2]; /* sequence numbers */
static uint32_t frame;
static uint16_t port;

static void set_up(void)
{
	char why[256] = "";
	struct pki_options o = {.ca = NULL};
	pki = pki_new(&o, why, sizeof why);
	ck_assert_msg(pki != NULL, "%s", why);
	static struct engine_job job;
	job = (struct engine_job){.pki = pki, .workers = 1, .memory = ENGINE_MEMORY};
	ck_assert(shard_new(&shard, &job, 1, scratch, NULL));
	out = (struct finished_list){.n = 0};
	shard.out = &out;
	sent[CLIENT] = sent[SERVER] = 1000;
	frame = 0;
	port = 443;
}

static void tear_down(void)
{
	for (size_t i = 0; i < out.n; i++)
		engine_session_free(out.item[i].session);
	finished_list_free(&out);
	shard_free(&shard);
	pki_free(pki);
}

static void put(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void segment(enum side from, uint8_t flags, const void *data, size_t len)
{
	uint8_t b[HEAD + MOST] = {0};
	uint16_t ports[2] = {40000, port};
	frame++;
	put(b, (uint32_t)ports[from] << 16 | ports[other_side(from)]);
	put(b + 4, sent[from]);
	put(b + 8, flags == SYN ? 0 : sent[other_side(from)]);
	put(b + 12, 5u << 28 | (uint32_t)flags << 16 | 0xffff);
	memcpy(b + HEAD, data, len);
	struct ip_packet p = {
		.payload = {b, HEAD + len},
		.time = (moment)frame * 1000000,
		.frame = frame,
		.protocol = 6,
	};
	p.source.ip[15] = from == CLIENT ? 1 : 2;
	p.target.ip[15] = from == CLIENT ? 2 : 1;
	sent[from] += (uint32_t)len + ((flags & SYN) != 0);
	shard_packet(&shard, &p);
}

static void say(enum side from, const void *data, size_t len)
{
	segment(from, PSH_ACK, data, len);
}

static void shake_hands(void)
{
	segment(CLIENT, SYN, "", 0);
	segment(SERVER, SYN_ACK, "", 0);
}

static const struct session *end(void)
{
	while (shard_oldest(&shard) != 0)
		shard_finish_oldest(&shard);
	return out.n == 0 ? NULL : out.item[0].session;
}

static bool found(const struct session *s, enum finding code)
{
	for (uint32_t i = 0; i < s->n_found; i++)
		if (s->found[i].code == code)
			return true;
	return false;
}

/* Records of type handshake with nothing of a handshake in them. */
static const uint8_t like_records[] = {
	22,   3,  3, 0, 6, 0x77, 0x10, 0x92, 0xa3, 0xb4, 0xc5, 22, 3, 3, 0, 4,    0x51, 0x62, 0x73,
	0x84, 22, 3, 3, 0, 4,    0xd1, 0xe2, 0xf3, 0x04, 22,   3,  3, 0, 4, 0x91, 0xe2, 0xf3, 0x04,
};

START_TEST(what_begins_with_a_syn_and_no_hello_is_not_tls)
{
	shake_hands();
	say(CLIENT, like_records, sizeof like_records);
	say(SERVER, like_records, sizeof like_records);
	const struct session *s = end();
	ck_assert_ptr_nonnull(s);
	ck_assert(found(s, FIND_NOT_TLS));
	ck_assert_ptr_null(s->tls);
}
END_TEST

START_TEST(the_same_records_may_be_tls_when_nobody_saw_the_beginning)
{
	for (int i = 0; i < 20; i++) {
		say(CLIENT, like_records, sizeof like_records);
		say(SERVER, like_records, sizeof like_records);
	}
	const struct session *s = end();
	ck_assert_ptr_nonnull(s);
	ck_assert_ptr_nonnull(s->tls);
	ck_assert_uint_eq(s->tls->version, 0);
}
END_TEST

START_TEST(http_on_the_port_of_https_is_not_tls)
{
	static const char request[] = "GET / HTTP/1.1\r\n\r\n";
	port = _i == 0 ? 443 : 80;
	shake_hands();
	say(CLIENT, request, sizeof request - 1);
	const struct session *s = end();
	ck_assert_int_eq(s->protocol, PROTOCOL_CLEAR);
	ck_assert_int_eq(found(s, FIND_NOT_TLS), port == 443);
}
END_TEST

/* TLS 1.2 with AES128-GCM-SHA256, no extensions */
static const uint8_t hello[] = {22, 3, 1, 0, 47, 1, 0, 0, 43, 3,    3, 1,    2, 3, 4, 5, 6, 7,
                                8,  9, 1, 2, 3,  4, 5, 6, 7,  8,    9, 1,    2, 3, 4, 5, 6, 7,
                                8,  9, 1, 2, 3,  0, 0, 4, 0,  0x9c, 0, 0x9d, 1, 0, 0, 0};

/* A client alone: its talk would wait for ever for an answer that nobody recorded. */
START_TEST(a_side_that_sends_no_packet_is_waited_for_only_so_long)
{
	static uint8_t record[5 + 1000] = {23, 3, 3, 1000 >> 8, 1000 & 0xff};
	segment(CLIENT, SYN, "", 0);
	say(CLIENT, hello, sizeof hello);
	for (int i = 0; i < 3000; i++) /* 3 MB, more than is ever kept */
		say(CLIENT, record, sizeof record);
	const struct session *s = end();
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->talk[CLIENT].records, 3000);
	ck_assert_uint_eq(s->gap_bytes[CLIENT], 0);
	ck_assert(!found(s, FIND_TCP_LIMIT));
}
END_TEST

/* POP3 that never turns to TLS, whole or byte by byte. */
START_TEST(a_password_in_clear_makes_a_session_that_does_not_show_it)
{
	static const char greeting[] = "+OK hi\r\n", login[] = "STLS\r\nUSER AAA\r\nPASS 123\r\n",
			  answers[] = "-ERR no\r\n+OK\r\n+OK\r\n";
	size_t most = _i == 0 ? sizeof login : 1;
	port = 110;
	shake_hands();
	say(SERVER, greeting, sizeof greeting - 1);
	for (size_t at = 0; at < sizeof login - 1; at += most)
		say(CLIENT, login + at, most == 1 ? 1 : sizeof login - 1);
	say(SERVER, answers, sizeof answers - 1);
	const struct session *s = end();
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(s->protocol, PROTOCOL_CLEAR);
	ck_assert_uint_eq(s->n_openings, 1);
	ck_assert(found(s, FIND_STARTTLS_REFUSED) && found(s, FIND_CLEAR_CREDENTIALS));
	ck_assert_uint_eq(s->talk[CLIENT].bytes, sizeof login - 1);
	ck_assert_mem_eq(s->talk[CLIENT].text.at,
	                 "STLS\r\nUSER (not shown)\r\nPASS (not shown)\r\n",
	                 s->talk[CLIENT].text.len);
}
END_TEST

START_TEST(a_hello_behind_an_opening_begins_tls)
{
	static const char greeting[] = "220 mx ESMTP\r\n", words[] = "EHLO me\r\nSTARTTLS\r\n",
			  answers[] = "250 STARTTLS\r\n220 go\r\n";
	port = 25;
	shake_hands();
	say(SERVER, greeting, sizeof greeting - 1);
	say(CLIENT, words, sizeof words - 1);
	say(SERVER, answers, sizeof answers - 1);
	for (size_t i = 0; i < sizeof hello; i++)
		say(CLIENT, hello + i, 1);
	const struct session *s = end();
	ck_assert_ptr_nonnull(s);
	ck_assert_ptr_nonnull(s->tls);
	ck_assert_ptr_nonnull(s->tls->client);
	ck_assert_uint_eq(s->n_openings, 1);
	ck_assert_uint_eq(s->opening[0].upgrade, UPGRADE_ACCEPTED);
	ck_assert_uint_eq(s->opening[0].bytes[CLIENT], sizeof words - 1);
	ck_assert_uint_eq(s->talk[CLIENT].bytes, 0);
}
END_TEST

/* What answers a hello in clear was not said before TLS. */
START_TEST(plain_words_that_answer_a_hello_are_no_opening)
{
	static const char answer[] = "HTTP/1.1 400 what?\r\n\r\n";
	shake_hands();
	say(CLIENT, hello, sizeof hello);
	say(SERVER, answer, sizeof answer - 1);
	const struct session *s = end();
	ck_assert_ptr_nonnull(s);
	ck_assert_ptr_nonnull(s->tls);
	ck_assert_uint_eq(s->n_openings, 0);
	ck_assert_ptr_null(session_first(s, EVENT_CLEAR_TEXT, SERVER));
}
END_TEST

Suite *shard_suite(void)
{
	Suite *suite = suite_create("shard");
	TCase *flows = tcase_create("flows");
	tcase_add_checked_fixture(flows, set_up, tear_down);
	tcase_add_test(flows, what_begins_with_a_syn_and_no_hello_is_not_tls);
	tcase_add_test(flows, the_same_records_may_be_tls_when_nobody_saw_the_beginning);
	tcase_add_loop_test(flows, http_on_the_port_of_https_is_not_tls, 0, 2);
	tcase_add_test(flows, a_side_that_sends_no_packet_is_waited_for_only_so_long);
	tcase_add_loop_test(flows, a_password_in_clear_makes_a_session_that_does_not_show_it, 0, 2);
	tcase_add_test(flows, a_hello_behind_an_opening_begins_tls);
	tcase_add_test(flows, plain_words_that_answer_a_hello_are_no_opening);
	suite_add_tcase(suite, flows);
	return suite;
}
