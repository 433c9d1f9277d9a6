/* The text screens: nothing raw, nothing wider than the screen, every reason and frame where it
 * belongs. */
#include <check.h>
#include <stdlib.h>

#include "src/model/sentences.h"
#include "tests/sessions.h"
#include "ui/layout.h"

Suite *text_ui_suite(void);

enum screen { SCREEN_LIST, SCREEN_STORY, SCREEN_EXPLAIN, SCREENS };

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

/* A ServerHello with two fields and a host name that is hostile. */
static struct unfold unfold_of(const struct session *s)
{
	static const uint8_t message[] = "\x02\x00\x00\x02\x00\x9c";
	static struct field_row row[] = {
		{.value = 2, .at = 0, .len = 1, .field = 0},
		{.value = 2, .at = 1, .len = 3, .field = 1},
		{.value = 0x009c, .at = 4, .len = 2, .field = 2},
	};
	static struct field_row name[] = {{.value = 0, .at = 0, .len = HOSTILE_LEN, .field = 4}};
	static const uint8_t plain[] = "\x00\x0cwww.lab.test";
	static struct field_row length[] = {{.value = 12, .at = 0, .len = 14, .field = 4}};
	static struct unfolded item[3];
	const struct event *hello = session_first(s, EVENT_SERVER_HELLO, SERVER);
	if (hello == NULL)
		return (struct unfold){.item = item};
	item[0] = (struct unfolded){
		.event = *hello, .bytes = {message, 6}, .row = row, .n_rows = 3, .record = 1};
	item[1] = (struct unfolded){.event = *session_first(s, EVENT_CLIENT_HELLO, CLIENT),
	                            .bytes = {(const uint8_t *)hostile, HOSTILE_LEN},
	                            .row = name,
	                            .n_rows = 1,
	                            .record = 1};
	item[2] = item[1];
	item[2].bytes = (struct bytes){plain, 14};
	item[2].row = length;
	return (struct unfold){.item = item, .n_items = 3};
}

static const char *draw(enum screen screen, enum sample kind, struct ui_style style)
{
	const struct session *s = sample_session(&arena, kind, 1, 1);
	struct capture_facts c = sample_facts(kind == SAMPLE_HOSTILE ? hostile : "lab.pcap", 1);
	struct unfold u = unfold_of(s);
	text_clear(&text);
	if (screen == SCREEN_LIST)
		ui_list(&text, &style, &c, &s, 1, &test_words, c.name);
	else if (screen == SCREEN_STORY)
		ui_story(&text, &style, &c, s, &test_words);
	else
		ui_explain(&text, &style, &c, s, &u, &test_words);
	ck_assert(!text.broken);
	return text_z(&text);
}

static void expect_tame(const char *drawn, bool ascii)
{
	struct bytes b = {(const uint8_t *)drawn, strlen(drawn)};
	ck_assert_uint_eq(b.len, text.len);
	ck_assert(text_is_utf8(b));
	for (size_t i = 0; i < b.len; i++) {
		ck_assert(b.at[i] >= 0x20 || b.at[i] == '\n');
		ck_assert(b.at[i] != 0x7f && (!ascii || b.at[i] < 0x80));
	}
	ck_assert_ptr_null(strstr(drawn, "\xc2\x9b"));
	ck_assert_ptr_null(strstr(drawn, "\xe2\x80\xae"));
	ck_assert_ptr_null(strstr(drawn, "\xe2\x80\x8b"));
}

static void expect_narrow(const char *drawn, size_t width)
{
	for (const char *line = drawn; *line != '\0';) {
		const char *end = strchr(line, '\n');
		ck_assert_ptr_nonnull(end);
		ck_assert_msg(text_columns(line, (size_t)(end - line)) <= width, "%.*s",
		              (int)(end - line), line);
		ck_assert(end == line || end[-1] != ' ');
		line = end + 1;
	}
}

static void expect(const char *drawn, const char *words)
{
	ck_assert_msg(strstr(drawn, words) != NULL, "\"%s\" is not in:\n%s", words, drawn);
}

START_TEST(foreign_bytes_never_reach_a_screen_raw)
{
	for (int screen = 0; screen < SCREENS; screen++) {
		expect_tame(draw((enum screen)screen, (enum sample)_i, (struct ui_style){0}),
		            false);
		expect_tame(draw((enum screen)screen, (enum sample)_i,
		                 (struct ui_style){.ascii = true}),
		            true);
	}
}
END_TEST

START_TEST(no_line_is_wider_than_the_screen)
{
	static const unsigned width[] = {100, 90, 89, 80, 72};
	for (int screen = 0; screen < SCREENS; screen++)
		for (size_t i = 0; i < sizeof width / sizeof *width; i++)
			expect_narrow(draw((enum screen)screen, (enum sample)_i,
			                   (struct ui_style){.width = width[i]}),
			              width[i]);
}
END_TEST

START_TEST(a_sealed_session_says_why_and_what_would_open_it)
{
	const char *drawn = draw(SCREEN_STORY, SAMPLE_RSA, (struct ui_style){0});
	expect(drawn, "Why: key-missing: the secret is locked with public key 33333333...");
	expect(drawn, "Opens it: -k with that key");
	expect(drawn, "this recording can be read: YES");
	ck_assert_ptr_null(strstr(drawn, "balance"));
}
END_TEST

START_TEST(an_opened_session_shows_its_words_and_how_they_were_verified)
{
	const char *drawn = draw(SCREEN_STORY, SAMPLE_RSA_OPENED, (struct ui_style){0});
	expect(drawn, "C> GET / HTTP/1.1");
	expect(drawn, "My account is AAA, the password is 123");
	expect(drawn, "Hello, your balance is 100 Yuan");
	expect(drawn,
	       "Opened with server.key. Both Finished messages recomputed: match. All 4 record");
	ck_assert_ptr_null(strstr(drawn, "Why:"));
	ck_assert_ptr_null(strstr(drawn, "SEALED"));
}
END_TEST

START_TEST(a_signature_that_verifies_is_said_so)
{
	expect(draw(SCREEN_STORY, SAMPLE_ECDHE, (struct ui_style){0}), "VERIFIED");
	expect(draw(SCREEN_EXPLAIN, SAMPLE_ECDHE, (struct ui_style){0}), "keyhole did: VERIFIED.");
}
END_TEST

START_TEST(a_refusal_names_its_alert_and_what_it_means)
{
	const char *drawn = draw(SCREEN_STORY, SAMPLE_REFUSED, (struct ui_style){0});
	expect(drawn,
	       "Failed: the client said unknown_ca (48): the certificate leads to no authority");
	expect(drawn, "trusts (frame 8).");
	expect(drawn, "UNKNOWN ROOT; client refused");
	expect(draw(SCREEN_LIST, SAMPLE_REFUSED, (struct ui_style){0}),
	       "failed: unknown_ca (client)");
}
END_TEST

/* python3: (date(2026, 11, 22) - date(2026, 1, 1)).days is 325; 2021-01-01 to 2026-01-01 is 5
 * years. */
START_TEST(the_list_says_how_long_a_certificate_had_ended)
{
	expect(draw(SCREEN_LIST, SAMPLE_EXPIRED, (struct ui_style){0}),
	       "1: the certificate ended 5 years 325 days before the talk, and the client went on");
}
END_TEST

START_TEST(the_list_groups_sessions_by_their_reason)
{
	const struct session *s[6];
	static const enum sample kind[] = {SAMPLE_ECDHE, SAMPLE_TLS13, SAMPLE_RETRY,
	                                   SAMPLE_RSA,   SAMPLE_ECDHE, SAMPLE_RSA_OPENED};
	struct capture_facts c = sample_facts("lab.pcap", 6);
	struct ui_style style = {0};
	for (uint32_t i = 0; i < 6; i++)
		s[i] = sample_session(&arena, kind[i], i + 1, 20 * i + 1);
	ui_list(&text, &style, &c, s, 6, &test_words, "lab.pcap");
	const char *drawn = text_z(&text);
	expect(drawn, "ephemeral: 1-3 5 ");
	expect(drawn, "key-missing: 4 ");
	expect(drawn, "keyhole -e 2 lab.pcap");
	expect(drawn,
	       "lab.pcap: 6 TLS sessions, 161 packets, 44 KB, 22 Nov 2026 00:00:00 to 00:00:32 "
	       "UTC, nothing lost");
}
END_TEST

static const char *draw_list(const struct session *const *s, size_t n)
{
	struct capture_facts c = sample_facts("lab.pcap", n);
	struct ui_style style = {0};
	text_clear(&text);
	ui_list(&text, &style, &c, s, n, &test_words, "lab.pcap");
	return text_z(&text);
}

START_TEST(the_list_says_which_key_opens_which_sessions)
{
	const struct session *s[3];
	for (uint32_t i = 0; i < 3; i++)
		s[i] = sample_session(&arena, SAMPLE_RSA, i + 1, 20 * i + 1);
	struct cert other = *s[1]->tls->chain[SERVER]->cert[0];
	const struct cert *list[] = {&other};
	struct chain chain = {.cert = list, .n_certs = 1};
	memset(other.spki_sha256, 0x9c, sizeof other.spki_sha256);
	s[1]->tls->chain[SERVER] = &chain;
	expect(draw_list(s, 3), "key-missing: 1-3  opens: -k: key 33333333... (1 3), "
	                        "9c9c9c9c... (2); or a key log\n");
}
END_TEST

/* The session id of the first ServerHello comes back in the second one. */
START_TEST(the_list_says_where_a_resumed_session_comes_from_where_it_is_known)
{
	static const uint8_t id[] = "0123456789abcdef0123456789abcde";
	const struct session *s[2] = {sample_session(&arena, SAMPLE_RSA, 1, 1),
	                              sample_session(&arena, SAMPLE_RESUMED, 2, 21)};
	struct tls_facts *f = s[1]->tls;
	f->why[CLIENT] = f->why[SERVER] = REASON_RESUMED;
	f->client->ticket_len = 0;
	f->client->session_id = f->server->session_id = (struct bytes){id, 32};
	expect(draw_list(s, 2), "resumed: 2      opens: that session's secret, or a key log");
	f->meaning.origin[ORIGIN_ID] = s[0]->first_frame;
	expect(draw_list(s, 2), "resumed: 2      opens: 2 with what opens 1; or a key log");
}
END_TEST

START_TEST(the_list_shows_in_short_what_an_opened_session_said)
{
	expect(draw(SCREEN_LIST, SAMPLE_RSA_OPENED, (struct ui_style){0}),
	       "OPENED GET / -> 200 OK\n");
	expect(draw(SCREEN_LIST, SAMPLE_CLEAR, (struct ui_style){0}), "CLEAR GET / -> 200 OK\n");
}
END_TEST

START_TEST(a_list_of_80_columns_keeps_the_names_whole)
{
	const char *drawn = draw(SCREEN_LIST, SAMPLE_EXPIRED, (struct ui_style){.width = 80});
	expect(drawn, " www.lab.test ");
	expect(drawn, " EXPIRED  sealed 77/51\n");
	expect(draw(SCREEN_LIST, SAMPLE_RSA_OPENED, (struct ui_style){.width = 80}),
	       "OPENED GET -> 200\n");
}
END_TEST

START_TEST(an_upper_bound_is_called_one)
{
	const struct session *s = sample_session(&arena, SAMPLE_TLS13, 1, 1);
	struct talk *k = (struct talk *)(uintptr_t)s->talk;
	struct ui_style style = {0};
	for (int side = 0; side < 2; side++) {
		k[side].text_bytes = k[side].text_least = 0;
		k[side].text_most = side == CLIENT ? 207 : 1282;
	}
	expect(draw_list(&s, 1), "sealed <= 207 / <= 1,282 B\n");
	text_clear(&text);
	ui_story(&text, &style, NULL, s, &test_words);
	expect(text_z(&text), "at most 207 B up, 1,282 B down\n");
	k[CLIENT].text_least = 192;
	expect(draw_list(&s, 1), "sealed 192-207 / <= 1,282 B\n");
}
END_TEST

START_TEST(a_missing_issuer_is_no_gap_of_the_capture)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	const struct session *list[] = {s};
	s->verdict[SERVER].first = s->verdict[SERVER].chain = CHECK_MISSING_INTERMEDIATE;
	const char *drawn = draw_list(list, 1);
	expect(drawn, "NO ISSUER !");
	expect(drawn, "1: the issuer of a certificate was not sent and is not known here, and");
}
END_TEST

/* What stands in every row is said once below them. */
START_TEST(rows_do_not_repeat_the_reason_of_the_whole_session)
{
	const char *drawn = draw(SCREEN_STORY, SAMPLE_RSA, (struct ui_style){0});
	const char *why = strstr(drawn, "key-missing");
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_null(strstr(why + 1, "key-missing"));
	ck_assert_int_eq(strncmp(why - 5, "Why: ", 5), 0);
}
END_TEST

START_TEST(a_story_fits_into_100_columns_without_a_broken_row)
{
	const char *drawn = draw(SCREEN_STORY, SAMPLE_RSA, (struct ui_style){0});
	for (const char *line = drawn; (line = strchr(line, '\n')) != NULL; line++)
		ck_assert_msg(strncmp(line + 1, "          ", 10) != 0, "broken row:\n%s", drawn);
	expect(drawn,
	       "ClientKeyExchange  frame 8        262 B  SEALED secret locked with RSA 2048\n");
}
END_TEST

START_TEST(a_key_log_line_that_opens_a_session_is_named)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	static struct client_key_exchange kx = {.len = 256,
	                                        .head = "\x91\xe2\xab\x00\xe9\x43\x86\x63"};
	struct ui_style style = {0};
	s->tls->client_kx = &kx;
	ui_story(&text, &style, NULL, s, &test_words);
	expect(text_z(&text), "(-K with RSA 91e2ab00e9438663 or");
	expect(text_z(&text), "CLIENT_RANDOM dededededededede...");
}
END_TEST

/* A proxy was asked first: its words are no part of the sealed talk. */
START_TEST(what_was_said_before_tls_is_shown_there_and_once)
{
	static const char before[] = "CONNECT a:443 HTTP/1.1\r\n";
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	struct ui_style style = {0};
	struct event clear = {.kind = EVENT_CLEAR_TEXT,
	                      .from = CLIENT,
	                      .first_frame = 4,
	                      .last_frame = 4,
	                      .len = sizeof before - 1};
	session_event(s, clear);
	s->talk[CLIENT].text = (struct bytes){(const uint8_t *)before, sizeof before - 1};
	ui_story(&text, &style, NULL, s, &test_words);
	const char *said = strstr(text_z(&text), "C> CONNECT a:443 HTTP/1.1");
	ck_assert_ptr_nonnull(said);
	ck_assert_msg(strstr(said + 4, "CONNECT") == NULL, "said again:\n%s", said);
	const struct session *list[] = {s};
	expect(draw_list(list, 1), "sealed 77 / 51 B");
}
END_TEST

START_TEST(a_draft_of_tls_1_3_has_its_number)
{
	ui_version(&text, 0x7f1c);
	ck_assert_str_eq(text_z(&text), "1.3-d28");
}
END_TEST

START_TEST(a_cut_client_hello_claims_no_random)
{
	struct session *s = sample_session(&arena, SAMPLE_UNANSWERED, 1, 1);
	struct ui_style style = {0};
	memset(s->tls->client->random, 0, sizeof s->tls->client->random);
	s->tls->client->n_suites = 0;
	s->tls->client->flags |= HELLO_PARTIAL;
	ui_story(&text, &style, NULL, s, &test_words);
	ck_assert_ptr_null(strstr(text_z(&text), "0000"));
	expect(text_z(&text), "cut short: only its beginning is here");
}
END_TEST

/* The SSL Protocol, 5.3 (draft-hickman-netscape-ssl-00): a challenge may have 16 bytes. */
START_TEST(a_short_challenge_is_shown_from_its_first_byte)
{
	struct session *s = sample_session(&arena, SAMPLE_UNANSWERED, 1, 1);
	struct ui_style style = {0};
	memset(s->tls->client->random, 0, 16);
	memset(s->tls->client->random + 16, 0xc5, 16);
	s->tls->client->flags |= HELLO_SSL2;
	ui_story(&text, &style, NULL, s, &test_words);
	expect(text_z(&text), "random c5c5c5c5...");
}
END_TEST

START_TEST(an_error_of_ssl_2_is_the_end_and_no_alert)
{
	struct session *s = sample_session(&arena, SAMPLE_UNANSWERED, 1, 1);
	struct ui_style style = {0};
	for (uint32_t i = 0; i < s->n_events; i++)
		if (s->event[i].kind == EVENT_ALERT)
			s->event[i].kind = EVENT_SSL2_ERROR;
	ck_assert_int_eq(ui_failure(s)->kind, EVENT_SSL2_ERROR);
	ui_story(&text, &style, NULL, s, &test_words);
	expect(text_z(&text), "the server gave up: error ");
	expect(text_z(&text), "Failed: the server said");
	ck_assert_ptr_null(strstr(text_z(&text), alert_sentence(ui_failure(s)->detail)));
}
END_TEST

/* RFC 9849, 6.1.6: a client whose ECH was refused ends the handshake first. */
START_TEST(a_fatal_alert_behind_the_handshake_is_the_end_too)
{
	struct session *s = sample_session(&arena, SAMPLE_TLS13_OPENED, 1, 1);
	struct ui_style style = {0};
	session_event(s, (struct event){.time = s->start,
	                                .kind = EVENT_ALERT,
	                                .from = CLIENT,
	                                .see = SEE_OPENED,
	                                .level = 2,
	                                .detail = 121,
	                                .first_frame = 90,
	                                .last_frame = 90});
	ui_story(&text, &style, NULL, s, &test_words);
	expect(text_z(&text), "the client gave up: alert 121");
	expect(text_z(&text), "Failed: the client said");
}
END_TEST

START_TEST(a_handshake_inside_names_its_messages)
{
	static const struct {
		enum event_kind kind;
		enum side from;
	} message[] = {{EVENT_HELLO_REQUEST, SERVER},
	               {EVENT_CLIENT_HELLO, CLIENT},
	               {EVENT_CERTIFICATE, CLIENT}};
	struct session *s = sample_session(&arena, SAMPLE_RSA_OPENED, 1, 1);
	struct ui_style style = {.width = 200};
	for (uint32_t i = 0; i < 3; i++)
		session_event(s, (struct event){.time = s->start,
		                                .kind = (uint8_t)message[i].kind,
		                                .from = (uint8_t)message[i].from,
		                                .see = SEE_OPENED,
		                                .first_frame = 90 + i,
		                                .last_frame = 90 + i});
	ui_story(&text, &style, NULL, s, &test_words);
	expect(text_z(&text), "<S HelloRequest 90; C> ClientHello");
}
END_TEST

START_TEST(heartbeats_are_counted_by_side)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA_OPENED, 1, 1);
	struct ui_style style = {.width = 200};
	for (uint32_t i = 0; i < 3; i++)
		session_event(s, (struct event){.time = s->start,
		                                .kind = EVENT_HEARTBEAT,
		                                .from = i == 0 ? CLIENT : SERVER,
		                                .first_frame = 90 + i,
		                                .last_frame = 90 + i});
	ui_story(&text, &style, NULL, s, &test_words);
	expect(text_z(&text), "1 of the client, 2 of the server");
}
END_TEST

START_TEST(what_is_asked_after_the_handshake_is_said_to_be)
{
	struct session *s = sample_session(&arena, SAMPLE_TLS13_OPENED, 1, 1);
	struct ui_style style = {.width = 200};
	session_event(s, (struct event){.time = s->start,
	                                .kind = EVENT_CERTIFICATE_REQUEST,
	                                .from = SERVER,
	                                .see = SEE_OPENED,
	                                .first_frame = 90,
	                                .last_frame = 90});
	ui_story(&text, &style, NULL, s, &test_words);
	expect(text_z(&text), "after the handshake: asks who");
}
END_TEST

START_TEST(explain_tells_a_reason_once_and_then_where_it_stands)
{
	const char *drawn = draw(SCREEN_EXPLAIN, SAMPLE_RSA, (struct ui_style){0});
	expect(drawn, "Sealed        key-missing, as in step 6.");
	expect(drawn, "certificate 1: CN=www.lab.test; issued by Lab Intermediate; 22 Nov 2026 to");
}
END_TEST

/* RFC 8446, 4.1.3: the SHA-256 of "HelloRetryRequest". */
START_TEST(the_random_of_a_hello_retry_request_is_not_called_fresh)
{
	static const uint8_t fixed[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
	                                  0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	                                  0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	                                  0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
	const struct session *s = sample_session(&arena, SAMPLE_RETRY, 1, 1);
	struct field_row row = {.at = 0, .len = 32, .field = 3};
	struct unfolded item = {.event = *session_first(s, EVENT_HELLO_RETRY_REQUEST, SERVER),
	                        .bytes = {fixed, sizeof fixed},
	                        .row = &row,
	                        .n_rows = 1};
	struct unfold u = {.item = &item, .n_items = 1};
	struct ui_style style = {0};
	ui_explain(&text, &style, NULL, s, &u, &test_words);
	expect(text_z(&text), "32 bytes: the fixed value that marks a HelloRetryRequest");
	ck_assert_ptr_null(strstr(text_z(&text), "fresh random bytes\n"));
}
END_TEST

START_TEST(a_capture_without_tls_says_what_was_in_it)
{
	struct capture_facts c = sample_facts("lab.pcap", 0);
	struct ui_style style = {0};
	c.udp_datagrams = 12;
	c.problem = "cut after packet 6, 3 of 66 bytes";
	ui_list(&text, &style, &c, NULL, 0, &test_words, "lab.pcap");
	const char *drawn = text_z(&text);
	expect(drawn, "No TLS was found: 161 TCP segments, 12 UDP datagrams");
	expect(drawn, "Input: cut after packet 6, 3 of 66 bytes\n");
}
END_TEST

START_TEST(a_capture_without_packets_says_so)
{
	struct capture_facts c = {.name = "empty.pcap", .first = MOMENT_UNKNOWN};
	struct ui_style style = {0};
	ui_list(&text, &style, &c, NULL, 0, &test_words, "empty.pcap");
	expect(text_z(&text), "No TLS was found: there are no packets.\n");
}
END_TEST

START_TEST(losses_are_said_in_the_first_line)
{
	struct capture_facts c = sample_facts("lab.pcap", 0);
	struct ui_style style = {0};
	c.dropped = 7;
	c.gap_bytes = 1448;
	ui_head(&text, &style, &c);
	const char *drawn = text_z(&text);
	expect(drawn, "7 packets dropped by the kernel");
	expect(drawn, "1,448 bytes");
	ck_assert_ptr_null(strstr(drawn, "nothing lost"));
}
END_TEST

START_TEST(explain_shows_the_bytes_of_a_field_with_their_meaning)
{
	const char *drawn = draw(SCREEN_EXPLAIN, SAMPLE_RSA, (struct ui_style){0});
	expect(drawn, "In one sentence: the client locked a random secret");
	expect(drawn, "<S frame 6, record 1, 62 bytes");
	expect(drawn, "02                       server_hello: which handshake message this is");
	expect(drawn, "00 9c                    TLS_RSA_WITH_AES_128_GCM_SHA256: the cipher suite");
	expect(drawn, "Step 6. The random secret is locked and sent (ClientKeyExchange)   frame 8");
}
END_TEST

static const char *draw_session(enum screen screen, const struct session *s)
{
	struct capture_facts c = sample_facts("lab.pcap", 1);
	struct ui_style style = {0};
	struct unfold u = {0};
	text_clear(&text);
	if (screen == SCREEN_LIST)
		ui_list(&text, &style, &c, &s, 1, &test_words, c.name);
	else
		ui_explain(&text, &style, &c, s, &u, &test_words);
	return text_z(&text);
}

START_TEST(a_hidden_hello_is_told_as_far_as_it_can_be)
{
	struct session *s = sample_session(&arena, SAMPLE_TLS13_OPENED, 1, 1);
	s->tls->client->flags |= HELLO_ECH;
	expect(draw_session(SCREEN_EXPLAIN, s), "another hello may be hidden in this one (ECH)");
	ck_assert_ptr_null(strstr(text_z(&text), "ECH refused:"));
	s->tls->server->flags |= HELLO_ECH;
	expect(draw_session(SCREEN_EXPLAIN, s), "ECH refused: the name shown is the public one");
	s->tls->client->flags |= HELLO_ECH_INNER;
	expect(draw_session(SCREEN_EXPLAIN, s), "this hello was hidden in another one (ECH)");
}
END_TEST

START_TEST(a_raw_public_key_is_told_as_one_and_judged_by_nobody)
{
	static const struct raw_key raw = {.kind = "EC P-256", .bits = 256};
	struct session *s = sample_session(&arena, SAMPLE_ECDHE, 1, 1);
	s->tls->chain[SERVER] = NULL;
	s->verdict[SERVER] = (struct verdict){0};
	s->tls->raw_key[SERVER] = &raw;
	expect(draw_session(SCREEN_LIST, s), " raw key ");
	expect(draw_session(SCREEN_EXPLAIN, s), "raw public key, EC P-256");
	expect(draw_session(SCREEN_EXPLAIN, s), "nothing to verify");
}
END_TEST

START_TEST(a_key_encapsulation_is_told_from_half_keys)
{
	struct session *s = sample_session(&arena, SAMPLE_TLS13, 1, 1);
	s->tls->server->group = 29;
	expect(draw_session(SCREEN_LIST, s), " ECDHE ");
	ck_assert_ptr_null(strstr(draw_session(SCREEN_EXPLAIN, s), "key encapsulation"));
	s->tls->server->group = 512;
	ck_assert_ptr_null(strstr(draw_session(SCREEN_LIST, s), "ECDHE"));
	expect(draw_session(SCREEN_EXPLAIN, s), "is a key encapsulation");
	s->tls->server->group = 4588;
	expect(draw_session(SCREEN_LIST, s), " ECDHE ");
	expect(draw_session(SCREEN_EXPLAIN, s), "is two in one");
}
END_TEST

START_TEST(a_text_is_shown_without_its_length)
{
	const char *drawn = draw(SCREEN_EXPLAIN, SAMPLE_RSA, (struct ui_style){0});
	expect(drawn, "\"www.lab.test\": the server's name");
	expect(drawn, "000c 7777772e ...");
}
END_TEST

START_TEST(colour_is_beside_the_words_only)
{
	struct ui_style style = {.colour = true, .role = {"<", "<", "<", "<", "<"}, .plain = ">"};
	struct text bare = text_new(&arena);
	text_add(&bare, draw(SCREEN_STORY, SAMPLE_RSA_OPENED, (struct ui_style){0}));
	const char *drawn = draw(SCREEN_STORY, SAMPLE_RSA_OPENED, style);
	expect(drawn, "<OPENED");
	size_t marks = 0;
	for (const char *p = drawn; *p != '\0'; p++)
		marks += *p == '<' || *p == '>';
	for (const char *p = text_z(&bare); *p != '\0'; p++)
		marks -= *p == '<' || *p == '>';
	ck_assert_uint_gt(marks, 10);
}
END_TEST

START_TEST(words_are_wrapped_and_long_ones_broken)
{
	struct ui_style style = {.width = 40};
	ui_wrap(&text, &style, ui_words("one two three four five six seven eight nine"), 0, 4);
	ck_assert_str_eq(text_z(&text), "one two three four five six seven eight\n    nine\n");
	text_clear(&text);
	ui_wrap(&text, &style, ui_words("0123456789012345678901234567890123456789AB"), 0, 2);
	ck_assert_str_eq(text_z(&text), "0123456789012345678901234567890123456789\n  AB\n");
}
END_TEST

START_TEST(a_cell_is_cut_at_a_character_never_inside_one)
{
	text_add(&text, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
	ui_cell(&text, 0, 3);
	ck_assert_str_eq(text_z(&text), "\xc3\xa9\xc3\xa9~ ");
}
END_TEST

START_TEST(frames_that_follow_each_other_are_a_range)
{
	struct step p = {.span = {{1, 1}, {2, 2}, {3, 3}, {8, 8}, {9, 9}, {20, 25}}, .n_spans = 6};
	ui_frames(&text, &p, 99);
	ck_assert_str_eq(text_z(&text), "1-3, 8, 9, 20-25");
	text_clear(&text);
	ui_frames(&text, &p, 10);
	ck_assert_str_eq(text_z(&text), "1 .. 25");
}
END_TEST

Suite *text_ui_suite(void)
{
	Suite *suite = suite_create("text_ui");
	TCase *c = tcase_create("screens");
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, foreign_bytes_never_reach_a_screen_raw, 0, SAMPLES);
	tcase_add_loop_test(c, no_line_is_wider_than_the_screen, 0, SAMPLES);
	tcase_add_test(c, a_sealed_session_says_why_and_what_would_open_it);
	tcase_add_test(c, an_opened_session_shows_its_words_and_how_they_were_verified);
	tcase_add_test(c, a_signature_that_verifies_is_said_so);
	tcase_add_test(c, a_refusal_names_its_alert_and_what_it_means);
	tcase_add_test(c, the_list_says_how_long_a_certificate_had_ended);
	tcase_add_test(c, the_list_groups_sessions_by_their_reason);
	tcase_add_test(c, the_list_says_which_key_opens_which_sessions);
	tcase_add_test(c, the_list_says_where_a_resumed_session_comes_from_where_it_is_known);
	tcase_add_test(c, the_list_shows_in_short_what_an_opened_session_said);
	tcase_add_test(c, a_list_of_80_columns_keeps_the_names_whole);
	tcase_add_test(c, an_upper_bound_is_called_one);
	tcase_add_test(c, a_missing_issuer_is_no_gap_of_the_capture);
	tcase_add_test(c, rows_do_not_repeat_the_reason_of_the_whole_session);
	tcase_add_test(c, a_story_fits_into_100_columns_without_a_broken_row);
	tcase_add_test(c, a_key_log_line_that_opens_a_session_is_named);
	tcase_add_test(c, what_was_said_before_tls_is_shown_there_and_once);
	tcase_add_test(c, a_draft_of_tls_1_3_has_its_number);
	tcase_add_test(c, a_cut_client_hello_claims_no_random);
	tcase_add_test(c, a_short_challenge_is_shown_from_its_first_byte);
	tcase_add_test(c, an_error_of_ssl_2_is_the_end_and_no_alert);
	tcase_add_test(c, a_fatal_alert_behind_the_handshake_is_the_end_too);
	tcase_add_test(c, a_handshake_inside_names_its_messages);
	tcase_add_test(c, heartbeats_are_counted_by_side);
	tcase_add_test(c, what_is_asked_after_the_handshake_is_said_to_be);
	tcase_add_test(c, explain_tells_a_reason_once_and_then_where_it_stands);
	tcase_add_test(c, the_random_of_a_hello_retry_request_is_not_called_fresh);
	tcase_add_test(c, a_capture_without_tls_says_what_was_in_it);
	tcase_add_test(c, a_capture_without_packets_says_so);
	tcase_add_test(c, losses_are_said_in_the_first_line);
	tcase_add_test(c, explain_shows_the_bytes_of_a_field_with_their_meaning);
	tcase_add_test(c, a_hidden_hello_is_told_as_far_as_it_can_be);
	tcase_add_test(c, a_raw_public_key_is_told_as_one_and_judged_by_nobody);
	tcase_add_test(c, a_key_encapsulation_is_told_from_half_keys);
	tcase_add_test(c, a_text_is_shown_without_its_length);
	tcase_add_test(c, colour_is_beside_the_words_only);
	tcase_add_test(c, words_are_wrapped_and_long_ones_broken);
	tcase_add_test(c, a_cell_is_cut_at_a_character_never_inside_one);
	tcase_add_test(c, frames_that_follow_each_other_are_a_range);
	suite_add_tcase(suite, c);
	return suite;
}
