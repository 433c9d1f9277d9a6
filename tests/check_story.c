/* The story: the right steps, in the order of each flavour, with their frames and reasons. What is
 * expected is the order and the frames of tests/sessions.c, written out here. */
#include <check.h>
#include <stdlib.h>

#include "dissectors/tls/registry/registry.h"
#include "src/model/sentences.h"
#include "tests/sessions.h"

Suite *story_suite(void);

static struct arena arena;
static struct story story;

static void tear_down(void)
{
	arena_free(&arena);
}

static void tell(enum sample kind)
{
	story_build(sample_session(&arena, kind, 1, 1), &test_words, &story);
}

/* Compares the labels of all steps, one space between them. */
static void expect_steps(const char *labels)
{
	struct text t = text_new(&arena);
	for (size_t i = 0; i < story.n_steps; i++) {
		text_add(&t, i > 0 ? " " : "");
		text_add(&t, step_label((enum step_id)story.step[i].id));
	}
	ck_assert_str_eq(text_z(&t), labels);
}

static const struct step *find(enum step_id id)
{
	const struct step *p = story_find(&story, id);
	ck_assert_ptr_nonnull(p);
	return p;
}

START_TEST(a_secret_locked_with_rsa_goes_from_1_to_12)
{
	tell(SAMPLE_RSA);
	ck_assert_int_eq(story.flavour, STORY_RSA);
	expect_steps("1 2 3 4 5 6 7 8 9 10 10a 11 12");
}
END_TEST

START_TEST(with_half_keys_the_proof_comes_before_the_check)
{
	tell(SAMPLE_ECDHE);
	ck_assert_int_eq(story.flavour, STORY_EPHEMERAL);
	expect_steps("1 2 3 4 7 5 6 8 9 10 11 12");
}
END_TEST

START_TEST(tls13_agrees_first_and_shows_the_certificate_later)
{
	tell(SAMPLE_TLS13);
	ck_assert_int_eq(story.flavour, STORY_TLS13);
	expect_steps("1 2 3 6 8 9 3a 4 7 10s 5 10c 11 12");
	tell(SAMPLE_TLS13_OPENED);
	expect_steps("1 2 3 6 8 9 3a 4 7 10s 5 10c 10a 11 12");
}
END_TEST

START_TEST(a_second_hello_is_step_2a)
{
	tell(SAMPLE_RETRY);
	expect_steps("1 2 2a 3 6 8 9 3a 4 7 10s 5 10c 11 12");
	ck_assert_int_eq(find(STEP_RETRY)->from, 1 << CLIENT | 1 << SERVER);
	ck_assert_uint_eq(find(STEP_RETRY)->bytes, 90 + 240);
	ck_assert_uint_eq(find(STEP_CLIENT_HELLO)->bytes, 209);
}
END_TEST

START_TEST(a_resumed_session_shows_no_certificate_and_proves_nothing_new)
{
	tell(SAMPLE_RESUMED);
	expect_steps("1 2 3 4 5 6 7 8 9 10s 10c 11 12");
	ck_assert_int_eq(find(STEP_CERTIFICATE)->state, STEP_NOT_SENT);
	ck_assert_int_eq(find(STEP_PROOF)->state, STEP_NOT_SENT);
	ck_assert_int_eq(find(STEP_SECRET)->why, REASON_TICKET);
}
END_TEST

START_TEST(tls13_with_an_old_secret_shows_no_certificate_either)
{
	tell(SAMPLE_PSK);
	ck_assert_int_eq(story.flavour, STORY_PSK);
	ck_assert_int_eq(find(STEP_CERTIFICATE)->state, STEP_NOT_SENT);
	ck_assert_int_eq(find(STEP_PROOF)->state, STEP_NOT_SENT);
}
END_TEST

START_TEST(a_refused_handshake_ends_with_the_failure)
{
	tell(SAMPLE_REFUSED);
	ck_assert(story.failed);
	expect_steps("1 2 3 4 5 F 12");
	ck_assert_str_eq(find(STEP_FAILURE)->message, "unknown_ca");
	ck_assert_int_eq(find(STEP_FAILURE)->from, 1 << CLIENT);
	ck_assert_uint_eq(find(STEP_FAILURE)->span[0].first, 8);
}
END_TEST

START_TEST(a_hello_without_an_answer_has_no_further_steps)
{
	tell(SAMPLE_UNANSWERED);
	expect_steps("1 2 F 12");
}
END_TEST

START_TEST(what_began_late_has_only_what_was_seen)
{
	tell(SAMPLE_LATE);
	ck_assert_int_eq(story.flavour, STORY_LATE);
	ck_assert(!story.failed);
	expect_steps("11 12");
	ck_assert_int_eq(find(STEP_TALK)->why, REASON_NO_HANDSHAKE);
}
END_TEST

START_TEST(plain_text_has_three_steps_and_nothing_sealed)
{
	tell(SAMPLE_CLEAR);
	expect_steps("1 11 12");
	ck_assert_int_eq(find(STEP_TALK)->see, SEE_CLEAR);
}
END_TEST

START_TEST(a_gap_is_a_step_where_it_happened)
{
	tell(SAMPLE_GAP);
	expect_steps("1 2 3 4 7 5 6 8 9 10 - 11 12");
	ck_assert_uint_eq(find(STEP_GAP)->bytes, 1448);
	ck_assert_uint_eq(find(STEP_GAP)->span[0].first, 10);
}
END_TEST

/* As nginx does with "Connection: close": it answers early data and closes. */
START_TEST(a_tls13_server_that_closes_before_the_client_finished_says_goodbye)
{
	struct story_walk walk = {0};
	struct event e = {.kind = EVENT_SEALED_HANDSHAKE, .from = SERVER};
	struct event alert = {.kind = EVENT_SEALED_ALERT, .from = SERVER};
	ck_assert_int_eq(story_place(STORY_PSK, &walk, &alert), STEP_FAILURE);
	story_place(STORY_PSK, &walk, &e);
	ck_assert_int_eq(story_place(STORY_PSK, &walk, &alert), STEP_GOODBYE);
	alert.from = CLIENT;
	ck_assert_int_eq(story_place(STORY_PSK, &walk, &alert), STEP_FAILURE);
	alert.from = SERVER;
	ck_assert_int_eq(story_place(STORY_RSA, &walk, &alert), STEP_FAILURE);
}
END_TEST

START_TEST(a_client_certificate_brings_its_three_steps)
{
	tell(SAMPLE_CLIENT_CERTIFICATE);
	expect_steps("1 2 3 4 4b 5 4c 6 7 7c 8 9 10 10a 11 12");
	ck_assert_uint_eq(find(STEP_CERTIFICATE)->bytes, 1669);
	ck_assert_uint_eq(find(STEP_CLIENT_CERTIFICATE)->bytes, 900);
}
END_TEST

START_TEST(steps_keep_the_frames_of_their_messages)
{
	tell(SAMPLE_RSA);
	const struct step *connect = find(STEP_CONNECT), *finished = find(STEP_FINISHED);
	ck_assert_uint_eq(connect->n_spans, 3);
	ck_assert_uint_eq(connect->span[2].last, 3);
	ck_assert_uint_eq(finished->n_spans, 2);
	ck_assert_uint_eq(finished->span[0].first, 8);
	ck_assert_uint_eq(finished->span[1].first, 9);
	ck_assert_uint_eq(find(STEP_SECRET)->bytes, 262);
}
END_TEST

START_TEST(the_proof_of_a_locked_secret_happens_in_step_10)
{
	tell(SAMPLE_RSA);
	ck_assert_int_eq(find(STEP_PROOF)->state, STEP_SILENT);
	ck_assert_uint_eq(find(STEP_PROOF)->happens_in, 10);
	ck_assert_int_eq(find(STEP_SECRET)->see, SEE_SEALED);
	ck_assert_int_eq(find(STEP_SECRET)->why, REASON_KEY_MISSING);
	tell(SAMPLE_RSA_OPENED);
	ck_assert_int_eq(find(STEP_SECRET)->see, SEE_OPENED);
	ck_assert_int_eq(find(STEP_SECRET)->why, REASON_NONE);
}
END_TEST

START_TEST(half_keys_of_tls13_lie_in_the_hellos)
{
	tell(SAMPLE_TLS13);
	const struct step *secret = find(STEP_SECRET);
	ck_assert_int_eq(secret->state, STEP_SILENT);
	ck_assert_uint_eq(secret->n_spans, 2);
	ck_assert_uint_eq(secret->span[0].first, 4);
	ck_assert_uint_eq(secret->span[1].first, 6);
}
END_TEST

START_TEST(a_sealed_certificate_says_that_tls13_hides_it)
{
	tell(SAMPLE_TLS13);
	ck_assert_int_eq(find(STEP_CERTIFICATE)->see, SEE_SEALED);
	ck_assert_int_eq(find(STEP_CERTIFICATE)->why, REASON_TLS13_CERTIFICATE);
	ck_assert(find(STEP_CERTIFICATE)->shared);
	tell(SAMPLE_TLS13_OPENED);
	ck_assert_int_eq(find(STEP_CERTIFICATE)->see, SEE_OPENED);
	ck_assert(!find(STEP_CERTIFICATE)->shared);
}
END_TEST

START_TEST(every_sealed_step_has_a_reason)
{
	tell((enum sample)_i);
	for (size_t i = 0; i < story.n_steps; i++) {
		const struct step *p = &story.step[i];
		bool sealed =
			p->state == STEP_SEEN && (p->see == SEE_SEALED || p->see == SEE_FAILED);
		ck_assert(!sealed || p->why != REASON_NONE);
	}
}
END_TEST

START_TEST(every_step_seen_has_a_frame_and_a_title)
{
	tell((enum sample)_i);
	for (size_t i = 0; i < story.n_steps; i++) {
		const struct step *p = &story.step[i];
		ck_assert(p->state != STEP_SEEN || p->n_spans > 0);
		ck_assert_ptr_nonnull(
			sentences_for((enum step_id)p->id, (enum flavour)story.flavour).title);
	}
}
END_TEST

START_TEST(rarer_messages_have_their_place)
{
	static const struct {
		enum event_kind kind;
		enum side from;
		enum flavour flavour;
		enum step_id step;
	} cases[] = {
		{EVENT_COMPRESSED_CERTIFICATE, SERVER, STORY_TLS13, STEP_CERTIFICATE},
		{EVENT_COMPRESSED_CERTIFICATE, CLIENT, STORY_TLS13, STEP_CLIENT_CERTIFICATE},
		{EVENT_CERTIFICATE_URL, CLIENT, STORY_EPHEMERAL, STEP_CLIENT_CERTIFICATE},
		{EVENT_SUPPLEMENTAL_DATA, SERVER, STORY_RSA, STEP_SUPPLEMENT},
		{EVENT_SUPPLEMENTAL_DATA, CLIENT, STORY_RSA, STEP_SUPPLEMENT},
		{EVENT_NEXT_PROTOCOL, CLIENT, STORY_RSA, STEP_NEXT_PROTOCOL},
		{EVENT_NEXT_PROTOCOL, CLIENT, STORY_RESUMED, STEP_NEXT_PROTOCOL},
		{EVENT_CHANNEL_ID, CLIENT, STORY_EPHEMERAL, STEP_CHANNEL_ID},
		{EVENT_HEARTBEAT, SERVER, STORY_RSA, STEP_HEARTBEAT},
		{EVENT_HEARTBEAT, CLIENT, STORY_TLS13, STEP_HEARTBEAT},
		{EVENT_MESSAGE_HASH, CLIENT, STORY_TLS13, STEPS},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct story_walk walk = {0};
		const struct event e = {.kind = (uint8_t)cases[i].kind,
		                        .from = (uint8_t)cases[i].from};
		ck_assert_int_eq(story_place(cases[i].flavour, &walk, &e), cases[i].step);
		ck_assert(!walk.finished[CLIENT] && !walk.finished[SERVER]);
	}
}
END_TEST

START_TEST(half_keys_that_nobody_signed_stand_with_the_secret)
{
	struct session *s = sample_session(&arena, SAMPLE_ECDHE, 1, 1);
	const struct event *half = session_first(s, EVENT_SERVER_KEY_EXCHANGE, SERVER);
	story_build(s, &test_words, &story);
	uint64_t signed_bytes = find(STEP_SECRET)->bytes;
	s->tls->auth = AUTH_ANON;
	story_build(s, &test_words, &story);
	ck_assert_int_eq(story.flavour, STORY_UNSIGNED);
	ck_assert_int_eq(find(STEP_PROOF)->state, STEP_NOT_SENT);
	ck_assert_int_eq(find(STEP_CERT_CHECK)->state, STEP_NOT_SENT);
	ck_assert_uint_eq(find(STEP_SECRET)->bytes, signed_bytes + half->len);
	ck_assert_uint_eq(find(STEP_SECRET)->from, 1u << CLIENT | 1u << SERVER);
	ck_assert_ptr_nonnull(strstr(later_sentence(s), "it took no part"));
}
END_TEST

START_TEST(a_key_from_outside_takes_the_place_of_a_certificate)
{
	static const struct {
		uint8_t kx;
		const char *later;
	} cases[] = {{KX_PSK, "the shared key would open it"}, {KX_ECDHE_PSK, "NO"}};
	struct session *s = sample_session(&arena, SAMPLE_ECDHE, 1, 1);
	s->tls->auth = AUTH_PSK;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		s->tls->kx = cases[i].kx;
		story_build(s, &test_words, &story);
		ck_assert_int_eq(story.flavour, STORY_SHARED);
		ck_assert_int_eq(find(STEP_PROOF)->state, STEP_NOT_SENT);
		ck_assert_int_eq(find(STEP_CERT_CHECK)->state, STEP_NOT_SENT);
		ck_assert_ptr_nonnull(strstr(later_sentence(s), cases[i].later));
	}
}
END_TEST

START_TEST(a_key_of_no_age_is_of_no_earlier_session)
{
	struct session *s = sample_session(&arena, SAMPLE_PSK, 1, 1);
	ck_assert_int_eq(story_flavour(s), STORY_PSK);
	s->tls->client->flags |= HELLO_PSK;
	s->tls->meaning.ageless_psks = 1;
	ck_assert_int_eq(story_flavour(s), STORY_SHARED13);
	story_build(s, &test_words, &story);
	ck_assert_int_eq(find(STEP_CERTIFICATE)->state, STEP_NOT_SENT);
	ck_assert_ptr_null(strstr(sentences_for(STEP_SECRET, STORY_SHARED13).what_for, "earlier"));
}
END_TEST

/* RFC 9189, 4.2.4: the client's secret is locked with the key of the certificate. */
START_TEST(where_the_certificate_locks_the_secret_finished_is_the_proof)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	s->tls->kx = KX_GOST;
	story_build(s, &test_words, &story);
	ck_assert_int_eq(story.flavour, STORY_OTHER);
	ck_assert_int_eq(find(STEP_PROOF)->state, STEP_SILENT);
	ck_assert_uint_eq(find(STEP_PROOF)->happens_in, 10);
	ck_assert_ptr_nonnull(strstr(later_sentence(s), "YES"));
}
END_TEST

/* RFC 8446, 4.6.2. */
START_TEST(a_client_asked_after_the_handshake_answers_in_steps_of_their_own)
{
	static const struct {
		enum event_kind kind;
		enum side from;
		enum step_id before, later;
	} cases[] = {
		{EVENT_CERTIFICATE_REQUEST, SERVER, STEP_ASKED, STEP_ASKED_LATER},
		{EVENT_CERTIFICATE, CLIENT, STEP_CLIENT_CERTIFICATE, STEP_CLIENT_CERTIFICATE_LATER},
		{EVENT_CERTIFICATE_VERIFY, CLIENT, STEP_CLIENT_PROOF, STEP_CLIENT_PROOF_LATER},
		{EVENT_FINISHED, CLIENT, STEP_FINISHED_CLIENT, STEP_FINISHED_LATER},
		{EVENT_NEW_SESSION_TICKET, SERVER, STEP_TICKET, STEP_TICKET},
		{EVENT_KEY_UPDATE, CLIENT, STEP_NEW_KEYS, STEP_NEW_KEYS},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct story_walk fresh = {0}, over = {.finished = {true, true}};
		const struct event e = {.kind = (uint8_t)cases[i].kind,
		                        .from = (uint8_t)cases[i].from};
		ck_assert_int_eq(story_place(STORY_TLS13, &fresh, &e), cases[i].before);
		ck_assert_int_eq(story_place(STORY_TLS13, &over, &e), cases[i].later);
		ck_assert_str_eq(step_label(cases[i].before), step_label(cases[i].later));
		ck_assert(step_is_later(cases[i].later) == (cases[i].before != cases[i].later));
	}
}
END_TEST

START_TEST(what_is_asked_after_the_handshake_stands_behind_the_talk)
{
	struct session *s = sample_session(&arena, SAMPLE_TLS13_OPENED, 1, 1);
	session_event(s, (struct event){.kind = EVENT_CERTIFICATE_REQUEST,
	                                .from = SERVER,
	                                .see = SEE_OPENED,
	                                .first_frame = 90,
	                                .last_frame = 90});
	story_build(s, &test_words, &story);
	ck_assert_ptr_null(story_find(&story, STEP_ASKED));
	ck_assert_ptr_nonnull(story_find(&story, STEP_ASKED_LATER));
	ck_assert(story_find(&story, STEP_ASKED_LATER) > story_find(&story, STEP_TALK));
}
END_TEST

START_TEST(a_certificate_step_says_which_message_it_was)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	story_build(s, &test_words, &story);
	ck_assert_str_eq(find(STEP_CERTIFICATE)->message, "Certificate");
	for (uint32_t i = 0; i < s->n_events; i++)
		if (s->event[i].kind == EVENT_CERTIFICATE)
			s->event[i].kind = EVENT_COMPRESSED_CERTIFICATE;
	story_build(s, &test_words, &story);
	ck_assert_str_eq(find(STEP_CERTIFICATE)->message, "CompressedCertificate");
	session_event(s, (struct event){.kind = EVENT_CERTIFICATE_URL,
	                                .from = CLIENT,
	                                .first_frame = 8,
	                                .last_frame = 8});
	struct event *url = &s->event[s->n_events - 1], moved = *url;
	*url = s->event[6]; /* before the end of the handshake */
	s->event[6] = moved;
	story_build(s, &test_words, &story);
	ck_assert_str_eq(find(STEP_CLIENT_CERTIFICATE)->message, "CertificateURL");
}
END_TEST

START_TEST(spans_beyond_the_bound_are_counted)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	for (uint32_t i = 0; i < 20; i++)
		session_event(s, (struct event){.kind = EVENT_NEW_SESSION_TICKET,
		                                .from = SERVER,
		                                .first_frame = 100 + 2 * i,
		                                .last_frame = 100 + 2 * i});
	story_build(s, &test_words, &story);
	ck_assert_uint_eq(find(STEP_NEW_KEYS)->n_spans, STEP_SPANS);
	ck_assert_uint_eq(find(STEP_NEW_KEYS)->spans_left_out, 20 - STEP_SPANS);
}
END_TEST

START_TEST(many_gaps_do_not_outgrow_the_story)
{
	struct session *s = sample_session(&arena, SAMPLE_CLIENT_CERTIFICATE, 1, 1);
	for (uint32_t i = 0; i < 100; i++)
		session_event(s, (struct event){.kind = EVENT_GAP, .len = 1, .first_frame = 1 + i});
	story_build(s, &test_words, &story);
	ck_assert_uint_le(story.n_steps, STORY_STEPS);
}
END_TEST

START_TEST(every_alert_of_iana_has_a_sentence)
{
	uint32_t code;
	const char *name;
	size_t n = registry_count(REG_ALERT);
	ck_assert_uint_gt(n, 30);
	for (size_t i = 0; registry_at(REG_ALERT, i, &code, &name); i++)
		ck_assert_msg(alert_sentence((uint8_t)code) != NULL, "%s (%u)", name, code);
	ck_assert_ptr_null(alert_sentence(255));
}
END_TEST

START_TEST(every_flavour_has_its_sentence_and_every_step_a_title)
{
	for (int f = 0; f < STORIES; f++) {
		ck_assert_ptr_nonnull(flavour_sentence((enum flavour)f));
		for (int i = 0; i < STEPS; i++)
			ck_assert_ptr_nonnull(
				sentences_for((enum step_id)i, (enum flavour)f).title);
	}
}
END_TEST

START_TEST(without_a_cipher_a_stolen_key_changes_nothing)
{
	struct session *s = sample_session(&arena, SAMPLE_RSA, 1, 1);
	s->tls->known.have |= 1ull << CIPHER_SUITE;
	s->tls->cipher = CIPHER_NULL;
	ck_assert_ptr_nonnull(strstr(later_sentence(s), "it can be read already"));
}
END_TEST

START_TEST(only_rsa_is_readable_once_the_key_is_stolen)
{
	ck_assert_ptr_nonnull(
		strstr(later_sentence(sample_session(&arena, SAMPLE_RSA, 1, 1)), "YES"));
	ck_assert_ptr_nonnull(
		strstr(later_sentence(sample_session(&arena, SAMPLE_ECDHE, 1, 1)), "NO"));
	ck_assert_ptr_nonnull(
		strstr(later_sentence(sample_session(&arena, SAMPLE_TLS13, 1, 1)), "NO"));
}
END_TEST

Suite *story_suite(void)
{
	Suite *suite = suite_create("story");
	TCase *c = tcase_create("steps");
	tcase_add_checked_fixture(c, NULL, tear_down);
	tcase_add_test(c, a_secret_locked_with_rsa_goes_from_1_to_12);
	tcase_add_test(c, with_half_keys_the_proof_comes_before_the_check);
	tcase_add_test(c, tls13_agrees_first_and_shows_the_certificate_later);
	tcase_add_test(c, a_second_hello_is_step_2a);
	tcase_add_test(c, a_resumed_session_shows_no_certificate_and_proves_nothing_new);
	tcase_add_test(c, tls13_with_an_old_secret_shows_no_certificate_either);
	tcase_add_test(c, a_refused_handshake_ends_with_the_failure);
	tcase_add_test(c, a_hello_without_an_answer_has_no_further_steps);
	tcase_add_test(c, what_began_late_has_only_what_was_seen);
	tcase_add_test(c, plain_text_has_three_steps_and_nothing_sealed);
	tcase_add_test(c, a_gap_is_a_step_where_it_happened);
	tcase_add_test(c, a_tls13_server_that_closes_before_the_client_finished_says_goodbye);
	tcase_add_test(c, a_client_certificate_brings_its_three_steps);
	tcase_add_test(c, steps_keep_the_frames_of_their_messages);
	tcase_add_test(c, the_proof_of_a_locked_secret_happens_in_step_10);
	tcase_add_test(c, half_keys_of_tls13_lie_in_the_hellos);
	tcase_add_test(c, a_sealed_certificate_says_that_tls13_hides_it);
	tcase_add_loop_test(c, every_sealed_step_has_a_reason, 0, SAMPLES);
	tcase_add_loop_test(c, every_step_seen_has_a_frame_and_a_title, 0, SAMPLES);
	tcase_add_test(c, rarer_messages_have_their_place);
	tcase_add_test(c, half_keys_that_nobody_signed_stand_with_the_secret);
	tcase_add_test(c, a_key_from_outside_takes_the_place_of_a_certificate);
	tcase_add_test(c, a_key_of_no_age_is_of_no_earlier_session);
	tcase_add_test(c, where_the_certificate_locks_the_secret_finished_is_the_proof);
	tcase_add_test(c, a_client_asked_after_the_handshake_answers_in_steps_of_their_own);
	tcase_add_test(c, what_is_asked_after_the_handshake_stands_behind_the_talk);
	tcase_add_test(c, a_certificate_step_says_which_message_it_was);
	tcase_add_test(c, spans_beyond_the_bound_are_counted);
	tcase_add_test(c, many_gaps_do_not_outgrow_the_story);
	tcase_add_test(c, every_alert_of_iana_has_a_sentence);
	tcase_add_test(c, every_flavour_has_its_sentence_and_every_step_a_title);
	tcase_add_test(c, without_a_cipher_a_stolen_key_changes_nothing);
	tcase_add_test(c, only_rsa_is_readable_once_the_key_is_stolen);
	suite_add_tcase(suite, c);
	return suite;
}
