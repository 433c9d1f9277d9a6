/* The native record as far as it can be judged without a JSON reader; tests/json_schema.sh reads it
 * back with one that is not ours. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/output/json.h"
#include "src/output/write.h"
#include "tests/sessions.h"

Suite *json_suite(void);

static struct arena arena;
static struct text text;

static void set_up(void)
{
	text = text_new(&arena);
}

static void tear_down(void)
{
	arena_free(&arena);
}

static const char *record_of(enum sample kind)
{
	struct capture_facts c = sample_facts("lab.pcap", 1);
	text_clear(&text);
	json_session(&text, &c, sample_session(&arena, kind, 1, 1), &test_words);
	return text_z(&text);
}

START_TEST(a_record_is_one_line_of_visible_characters)
{
	const char *record = record_of((enum sample)_i);
	size_t len = strlen(record);
	ck_assert_uint_eq(len, text.len);
	ck_assert_int_eq(record[len - 1], '\n');
	for (size_t i = 0; i + 1 < len; i++)
		ck_assert((uint8_t)record[i] >= 0x20 && record[i] != 0x7f);
}
END_TEST

START_TEST(finished_is_told_where_no_certificate_takes_part)
{
	struct session *s = sample_session(&arena, SAMPLE_ECDHE, 1, 1);
	struct capture_facts c = sample_facts("lab.pcap", 1);
	s->tls->auth = AUTH_ANON;
	s->tls->finished[CLIENT] = s->tls->finished[SERVER] = PROOF_VERIFIED;
	text_clear(&text);
	json_session(&text, &c, s, &test_words);
	ck_assert_ptr_nonnull(strstr(
		text_z(&text), "\"proof\":{\"finished\":{\"c\":\"verified\",\"s\":\"verified\"}}"));
}
END_TEST

/* The letters are those of Zeek's base/protocols/ssl/main.zeek. */
START_TEST(a_history_has_the_letter_of_each_message)
{
	static const enum event_kind letters[128] = {
		['h'] = EVENT_HELLO_REQUEST,
		['c'] = EVENT_CLIENT_HELLO,
		['s'] = EVENT_SERVER_HELLO,
		['v'] = EVENT_HELLO_VERIFY_REQUEST,
		['t'] = EVENT_NEW_SESSION_TICKET,
		['x'] = EVENT_CERTIFICATE,
		['k'] = EVENT_SERVER_KEY_EXCHANGE,
		['r'] = EVENT_CERTIFICATE_REQUEST,
		['n'] = EVENT_SERVER_HELLO_DONE,
		['y'] = EVENT_CERTIFICATE_VERIFY,
		['g'] = EVENT_CLIENT_KEY_EXCHANGE,
		['f'] = EVENT_FINISHED,
		['w'] = EVENT_CERTIFICATE_URL,
		['u'] = EVENT_CERTIFICATE_STATUS,
		['a'] = EVENT_SUPPLEMENTAL_DATA,
		['z'] = EVENT_OTHER_HANDSHAKE,
		['i'] = EVENT_CHANGE_CIPHER_SPEC,
		['b'] = EVENT_HEARTBEAT,
		['d'] = EVENT_TALK,
		['e'] = EVENT_END_OF_EARLY_DATA,
		['o'] = EVENT_ENCRYPTED_EXTENSIONS,
		['p'] = EVENT_KEY_UPDATE,
		['m'] = EVENT_MESSAGE_HASH,
		['j'] = EVENT_HELLO_RETRY_REQUEST,
		['l'] = EVENT_ALERT,
	};
	static const char *const said = "hcsvtxkrnygfwuazibdeopmjlHCSVTXKRNYGFWUAZIBDEOPMJL";
	struct event event[64];
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	struct capture_facts c = sample_facts("lab.pcap", 1);
	char want[128];
	s->event = event;
	s->n_events = 0;
	for (const char *at = said; *at != 0; at++)
		event[s->n_events++] = (struct event){.kind = (uint8_t)letters[*at | 32],
		                                      .from = *at & 32 ? SERVER : CLIENT};
	event[s->n_events++] = (struct event){.kind = EVENT_SEALED_HANDSHAKE};
	text_clear(&text);
	json_session(&text, &c, s, &test_words);
	snprintf(want, sizeof want, "\"history\":\"%s\"", said);
	ck_assert_ptr_nonnull(strstr(text_z(&text), want));
}
END_TEST

START_TEST(fingerprints_stand_with_the_hello_that_they_are_of)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	struct capture_facts c = sample_facts("lab.pcap", 1);
	json_session(&text, &c, s, &test_words);
	ck_assert_ptr_null(strstr(text_z(&text), "\"ja"));
	s->tls->prints = (struct fingerprints){
		.of_client = true,
		.of_server = true,
		.ja3 = {0x01, 0xfe},
		.ja3s = {0xab},
		.ja4 = {"t12d0102h2", {1, 2, 3, 4, 5, 0xff}, {0xe5, 0x62}},
	};
	text_clear(&text);
	json_session(&text, &c, s, &test_words);
	const char *client = strstr(text_z(&text), "\"client\":{\"random\""),
		   *server = strstr(text_z(&text), "\"server\":{\"random\"");
	ck_assert(client != NULL && server != NULL);
	const char *ja4 = strstr(client, "\"ja3\":\"01fe0000000000000000000000000000\","
	                                 "\"ja4\":\"t12d0102h2_0102030405ff_e56200000000\"");
	ck_assert(ja4 != NULL && ja4 < server);
	ck_assert_ptr_nonnull(strstr(server, "\"ja3s\":\"ab000000000000000000000000000000\""));
}
END_TEST

/* Computed with python3: FNV-1a over both addresses (16 bytes) and ports, the start in nanoseconds
 * and the first frame, big-endian. */
START_TEST(an_id_is_the_fnv_hash_of_endpoints_and_first_frame)
{
	const struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	ck_assert_uint_eq(json_session_id(s), 0x0bf0041a3c778741);
	ck_assert_ptr_nonnull(strstr(record_of(SAMPLE_RSA), "\"id\":\"k1-0bf0041a3c778741\""));
}
END_TEST

START_TEST(another_frame_or_port_is_another_id)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	uint64_t id = json_session_id(s);
	s->first_frame++;
	ck_assert_uint_ne(json_session_id(s), id);
	s->first_frame--;
	s->endpoint[CLIENT].port++;
	ck_assert_uint_ne(json_session_id(s), id);
}
END_TEST

START_TEST(what_is_not_known_is_absent)
{
	const char *record = record_of(SAMPLE_LATE);
	ck_assert_ptr_null(strstr(record, "\"version\""));
	ck_assert_ptr_null(strstr(record, "\"cipher\""));
	ck_assert_ptr_null(strstr(record, "\"check\""));
	ck_assert_ptr_null(strstr(record, "\"resumed\""));
	ck_assert_ptr_null(strstr(record, "null"));
	ck_assert_ptr_null(strstr(record, ":\"\""));
}
END_TEST

START_TEST(every_sealed_talk_has_its_reason)
{
	const char *record = record_of((enum sample)_i);
	bool sealed = strstr(record, "\"state\":\"sealed\"") != NULL;
	ck_assert(!sealed || strstr(record, "\"why\":[{\"code\":\"") != NULL);
}
END_TEST

START_TEST(no_opened_text_is_in_the_record_of_a_sealed_session)
{
	ck_assert_ptr_null(strstr(record_of(SAMPLE_ECDHE), "balance"));
	ck_assert_ptr_nonnull(strstr(record_of(SAMPLE_RSA_OPENED), "balance"));
}
END_TEST

START_TEST(bytes_that_are_no_utf8_have_their_hex_beside_them)
{
	write_open(&text, NULL, '{');
	write_foreign(&text, "name", (struct bytes){(const uint8_t *)"a\xff\"", 3});
	write_foreign(&text, "fine", (struct bytes){(const uint8_t *)"b\n", 2});
	write_foreign(&text, "empty", (struct bytes){NULL, 0});
	write_close(&text, '}');
	ck_assert_str_eq(text_z(&text),
	                 "{\"name\":\"a\\u00ff\\\"\",\"name_hex\":\"61ff22\",\"fine\":\"b\\n\"}");
}
END_TEST

START_TEST(numbers_beyond_2_to_the_53_are_held_there)
{
	write_open(&text, NULL, '[');
	write_number(&text, NULL, UINT64_MAX);
	write_number(&text, NULL, 9007199254740992);
	write_close(&text, ']');
	ck_assert_str_eq(text_z(&text), "[9007199254740992,9007199254740992]");
}
END_TEST

START_TEST(times_have_six_decimals_or_nine)
{
	write_open(&text, NULL, '{');
	write_time(&text, "a", 1500);
	write_time(&text, "b", 1000);
	write_time(&text, "c", MOMENT_UNKNOWN);
	write_close(&text, '}');
	ck_assert_str_eq(text_z(&text), "{\"a\":\"1970-01-01T00:00:00.000001500Z\","
	                                "\"b\":\"1970-01-01T00:00:00.000001Z\"}");
}
END_TEST

static const char *record_from(struct session *s)
{
	struct capture_facts c = sample_facts("lab.pcap", 1);
	text_clear(&text);
	json_session(&text, &c, s, &test_words);
	return text_z(&text);
}

START_TEST(a_size_that_is_only_bounded_is_not_called_exact)
{
	struct session *s = sample_session(&arena, SAMPLE_TLS13, 1, 1);
	s->talk[CLIENT].text_bytes = s->talk[CLIENT].text_least = 0;
	s->talk[CLIENT].text_most = 207;
	s->talk[SERVER].text_bytes = s->talk[SERVER].text_least = s->talk[SERVER].text_most = 51;
	ck_assert_ptr_nonnull(strstr(record_from(s),
	                             "\"text_bytes\":{\"exact\":false,\"least\":{\"c\":0,\"s\":51},"
	                             "\"most\":{\"c\":207,\"s\":51}}"));
	s->talk[CLIENT].text_least = 207;
	ck_assert_ptr_nonnull(
		strstr(record_from(s), "\"text_bytes\":{\"exact\":true,\"c\":207,\"s\":51}"));
	s->gap_bytes[SERVER] = 9; /* they could have been text */
	ck_assert_ptr_nonnull(strstr(record_from(s), "\"most\":{\"c\":207,\"s\":60}"));
}
END_TEST

START_TEST(a_direction_that_was_not_captured_has_no_bound)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	s->one_sided = true;
	s->talk[SERVER] = (struct talk){0};
	ck_assert_ptr_nonnull(strstr(record_from(s), "\"exact\":false,\"least\":{\"c\":77,\"s\":0},"
	                                             "\"most\":{\"c\":77}}"));
}
END_TEST

START_TEST(the_servers_protocol_is_the_name_that_it_chose)
{
	struct capture_facts c = sample_facts("lab.pcap", 1);
	struct session *s = sample_session(&arena, SAMPLE_ECDHE, 1, 1);
	s->tls->server->alpn = (struct bytes){(const uint8_t *)"http/1.1", 8};
	json_session(&text, &c, s, &test_words);
	ck_assert_ptr_nonnull(strstr(text_z(&text), "\"alpn\":\"http/1.1\""));
}
END_TEST

static const char *record_with(const struct session *s)
{
	struct capture_facts c = sample_facts("lab.pcap", 1);
	text_clear(&text);
	json_session(&text, &c, s, &test_words);
	return text_z(&text);
}

START_TEST(what_a_hello_holds_is_said_and_what_it_does_not_is_not)
{
	static const struct {
		uint32_t flags;
		const char *words;
	} said[] = {
		{HELLO_ECH, "\"ech_offered\":true,\"ech\":\"outer\""},
		{HELLO_ECH | HELLO_ECH_INNER, "\"ech_offered\":true,\"ech\":\"inner\""},
		{HELLO_ESNI, "\"esni_offered\":true"},
		{HELLO_DELEGATED, "\"delegated_credentials\":true"},
		{HELLO_CERT_COMPRESSION, "\"certificate_compression\":true"},
		{HELLO_POST_HANDSHAKE_AUTH, "\"post_handshake_auth\":true"},
		{HELLO_ALPS, "\"application_settings\":true"},
		{HELLO_NPN, "\"next_protocol_negotiation\":true"},
		{HELLO_HEARTBEAT, "\"heartbeat\":true"},
	};
	struct session *s = sample_session(&arena, SAMPLE_TLS13_OPENED, 1, 1);
	uint32_t flags = s->tls->client->flags;
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		s->tls->client->flags = flags | said[i].flags;
		ck_assert_ptr_nonnull(strstr(record_with(s), said[i].words));
		s->tls->client->flags = flags;
		ck_assert_ptr_null(strstr(record_with(s), said[i].words));
	}
	s->tls->client->record_limit = 16385;
	s->tls->server->fragment_limit = 1024;
	ck_assert_ptr_nonnull(strstr(record_with(s), "\"record_size_limit\":16385"));
	ck_assert_ptr_nonnull(strstr(record_with(s), "\"max_fragment_length\":1024"));
}
END_TEST

START_TEST(keys_to_try_again_with_say_that_no_hidden_hello_was_accepted)
{
	struct session *s = sample_session(&arena, SAMPLE_TLS13_OPENED, 1, 1);
	s->tls->client->flags |= HELLO_ECH;
	ck_assert_ptr_null(strstr(record_with(s), "ech_accepted"));
	s->tls->server->flags |= HELLO_ECH;
	ck_assert_ptr_nonnull(strstr(record_with(s), "\"ech_accepted\":false"));
}
END_TEST

START_TEST(a_key_encapsulation_is_no_ecdhe)
{
	static const struct {
		uint16_t group;
		const char *exchange;
	} cases[] = {{512, "kem"},  {514, "kem"},    {515, "ecdhe"},
	             {29, "ecdhe"}, {4588, "ecdhe"}, {0x0100, "dhe"}};
	struct session *s = sample_session(&arena, SAMPLE_TLS13, 1, 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char words[64];
		s->tls->server->group = cases[i].group;
		snprintf(words, sizeof words, "\"key_exchange\":\"%s\"", cases[i].exchange);
		ck_assert_ptr_nonnull(strstr(record_with(s), words));
	}
}
END_TEST

START_TEST(messages_are_counted_by_name)
{
	const char *record = record_of(SAMPLE_RSA);
	ck_assert_ptr_nonnull(strstr(record, "\"handshake\":{\"c\":{\"client_hello\":1,"));
	ck_assert_ptr_nonnull(strstr(record, "\"s\":{\"server_hello\":1,\"certificate\":1,"));
}
END_TEST

START_TEST(of_a_cut_hello_nothing_is_said_to_be_none)
{
	struct capture_facts c = sample_facts("lab.pcap", 1);
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	s->tls->client->flags |= HELLO_PARTIAL;
	s->tls->client->n_suites = 0;
	s->tls->client->n_extensions = 0;
	json_session(&text, &c, s, &test_words);
	ck_assert_ptr_null(strstr(text_z(&text), "\"suites\":0"));
	ck_assert_ptr_null(strstr(text_z(&text), "\"extensions\":0"));
}
END_TEST

START_TEST(without_memory_the_text_says_so)
{
	struct arena small = {.limit = 4096};
	struct text t = text_new(&small);
	struct capture_facts c = sample_facts("lab.pcap", 1);
	json_session(&t, &c, sample_session(&arena, SAMPLE_HOSTILE, 1, 1), &test_words);
	ck_assert(t.broken);
	arena_free(&small);
}
END_TEST

Suite *json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *c = tcase_create("records");
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, a_record_is_one_line_of_visible_characters, 0, SAMPLES);
	tcase_add_test(c, fingerprints_stand_with_the_hello_that_they_are_of);
	tcase_add_test(c, finished_is_told_where_no_certificate_takes_part);
	tcase_add_test(c, a_history_has_the_letter_of_each_message);
	tcase_add_test(c, an_id_is_the_fnv_hash_of_endpoints_and_first_frame);
	tcase_add_test(c, another_frame_or_port_is_another_id);
	tcase_add_test(c, what_is_not_known_is_absent);
	tcase_add_loop_test(c, every_sealed_talk_has_its_reason, 0, SAMPLES);
	tcase_add_test(c, no_opened_text_is_in_the_record_of_a_sealed_session);
	tcase_add_test(c, bytes_that_are_no_utf8_have_their_hex_beside_them);
	tcase_add_test(c, numbers_beyond_2_to_the_53_are_held_there);
	tcase_add_test(c, times_have_six_decimals_or_nine);
	tcase_add_test(c, a_size_that_is_only_bounded_is_not_called_exact);
	tcase_add_test(c, a_direction_that_was_not_captured_has_no_bound);
	tcase_add_test(c, the_servers_protocol_is_the_name_that_it_chose);
	tcase_add_test(c, what_a_hello_holds_is_said_and_what_it_does_not_is_not);
	tcase_add_test(c, keys_to_try_again_with_say_that_no_hidden_hello_was_accepted);
	tcase_add_test(c, a_key_encapsulation_is_no_ecdhe);
	tcase_add_test(c, messages_are_counted_by_name);
	tcase_add_test(c, of_a_cut_hello_nothing_is_said_to_be_none);
	tcase_add_test(c, without_memory_the_text_says_so);
	suite_add_tcase(suite, c);
	return suite;
}
