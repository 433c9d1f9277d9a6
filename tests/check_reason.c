/* Which reason leads: each reason for a session made by hand, and for each pair of neighbours in
 * the order the one that must win. */
#include <check.h>

#include "src/model/session.h"

Suite *reason_suite(void);

#define BIT(thing) (UINT64_C(1) << (thing))

/* A whole session up to TLS 1.2 with RSA key exchange, sealed, with nothing given. */
static struct made {
	struct arena arena;
	struct session s;
	struct tls_facts t;
	struct client_hello client;
	struct server_hello server;
	struct client_key_exchange kx;
	struct server_key_exchange server_kx;
	struct cert cert;
	const struct cert *list[1];
	struct chain chain;
} m;

static void seen(enum event_kind kind, enum side from, uint32_t frame)
{
	struct event e = {.kind = (uint8_t)kind, .from = (uint8_t)from, .last_frame = frame};
	ck_assert_ptr_nonnull(session_event(&m.s, e));
}

static void make(void)
{
	memset(&m, 0, sizeof m);
	m.s.arena = &m.arena;
	m.s.tls = &m.t;
	m.s.protocol = PROTOCOL_TLS;
	m.s.first_frame = 1;
	m.s.last_frame = 20;
	m.cert.readable = true;
	memcpy(m.cert.spki_sha256, "\xaa\xbb\xcc\xdd", 4);
	m.list[0] = &m.cert;
	m.chain = (struct chain){.cert = m.list, .n_certs = 1};
	memcpy(m.client.random, "\x67\xaa\x91\x53", 4);
	m.t.client = &m.client;
	m.t.server = &m.server;
	m.t.client_kx = &m.kx;
	m.t.chain[SERVER] = &m.chain;
	m.t.version = 0x0303;
	m.t.suite = 0x009c;
	m.t.kx = KX_RSA;
	m.t.cipher = CIPHER_AES_128_GCM;
	m.t.known.have = BIT(CIPHER_SUITE);
	m.t.sealed_records[CLIENT] = m.t.sealed_records[SERVER] = 3;
	seen(EVENT_CLIENT_HELLO, CLIENT, 4);
	seen(EVENT_SERVER_HELLO, SERVER, 6);
	seen(EVENT_CERTIFICATE, SERVER, 7);
	seen(EVENT_CLIENT_KEY_EXCHANGE, CLIENT, 10);
}

static void clean(void)
{
	arena_free(&m.arena);
}

static void make_ephemeral(void)
{
	m.t.kx = KX_ECDHE;
	m.t.known.have |= BIT(SERVER_SHARE);
	m.server_kx.signed_ = true;
	m.t.server_kx = &m.server_kx;
	seen(EVENT_SERVER_KEY_EXCHANGE, SERVER, 8);
}

static void make_tls13(uint32_t server_flags)
{
	m.t.version = 0x0304;
	m.t.kx = KX_TLS13;
	m.t.client_kx = NULL;
	m.client.flags = HELLO_KEY_SHARE;
	m.server.flags = server_flags;
	m.t.known.have |= BIT(HANDSHAKE_TRANSCRIPT);
}

static void make_gap(enum side from, uint64_t bytes, uint32_t frame)
{
	m.s.gap_bytes[from] = bytes;
	m.s.gap_frame[from] = frame;
}

static void leads(enum reason reason, const char *detail, uint32_t frame)
{
	ck_assert_str_eq(reason_slug(session_reason(&m.s, SERVER)), reason_slug(reason));
	ck_assert_int_eq(m.t.why[SERVER], reason);
	ck_assert_str_eq(m.t.why_detail[SERVER], detail);
	ck_assert_uint_eq(m.t.why_frame[SERVER], frame);
}

/* Everything else of the log is there, and yet some of the client's records stay sealed. */
START_TEST(early_data_without_their_secret_miss_a_line_of_the_log)
{
	make_tls13(HELLO_KEY_SHARE);
	m.t.supply = SUPPLY_LOG | SUPPLY_LOG_HIT;
	m.t.known.have |= BIT(LOG_CLIENT_HANDSHAKE) | BIT(LOG_SERVER_HANDSHAKE) |
	                  BIT(LOG_CLIENT_TRAFFIC) | BIT(LOG_SERVER_TRAFFIC);
	m.t.log_missing = LOG_CLIENT_EARLY;
	m.t.sealed_records[CLIENT] = 3;
	m.t.verified_records[CLIENT] = 2;
	ck_assert_int_eq(session_reason(&m.s, CLIENT), REASON_LOG_PART);
	ck_assert_str_eq(m.t.why_detail[CLIENT], "CLIENT_EARLY_TRAFFIC_SECRET");
}
END_TEST

START_TEST(an_rsa_session_with_nothing_given_lacks_its_key)
{
	leads(REASON_KEY_MISSING, "aabbccdd...", 10);
}
END_TEST

START_TEST(a_key_that_does_not_fit_is_named_beside_the_one_wanted)
{
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_KEY_CANNOT | SUPPLY_LOG;
	memcpy(m.t.fits_not, "\x01\x02\x03\x04", 4);
	leads(REASON_KEY_MISMATCH, "given 01020304..., wanted aabbccdd...", 7);
}
END_TEST

START_TEST(a_locked_key_file_leads_over_a_key_that_does_not_fit)
{
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_KEY_LOCKED;
	leads(REASON_PASSPHRASE, "no passphrase, or a wrong one", 7);
}
END_TEST

START_TEST(a_key_that_can_only_sign_is_told_for_rsa_sessions)
{
	m.t.supply = SUPPLY_KEY_CANNOT | SUPPLY_LOG;
	memcpy(m.t.fits_not, "\x01\x02\x03\x04", 4);
	leads(REASON_KEY_CANNOT, "01020304...", 7);
}
END_TEST

START_TEST(half_keys_are_told_whatever_key_was_given)
{
	make_ephemeral();
	leads(REASON_EPHEMERAL, "; the server's key only signed", 8);
	m.t.supply = SUPPLY_RSA_KEYS;
	leads(REASON_EPHEMERAL, "; the server's key only signed", 8);
	m.t.supply = SUPPLY_KEY_CANNOT | SUPPLY_KEY_LOCKED;
	leads(REASON_EPHEMERAL, "; the server's key only signed", 8);
}
END_TEST

START_TEST(the_right_key_that_does_not_help_is_called_the_right_key)
{
	make_ephemeral();
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_KEY_FITS;
	leads(REASON_EPHEMERAL, "; the key you gave is the right one, but it only signed", 8);
}
END_TEST

START_TEST(tls_1_3_with_half_keys_is_ephemeral_with_or_without_a_psk)
{
	make_tls13(HELLO_KEY_SHARE);
	leads(REASON_EPHEMERAL, "; the server's key only signed", 6);
	make_tls13(HELLO_KEY_SHARE | HELLO_PSK);
	leads(REASON_EPHEMERAL, "", 6);
}
END_TEST

START_TEST(tls_1_3_without_half_keys_hangs_on_its_psk)
{
	make_tls13(HELLO_PSK);
	leads(REASON_PSK, "", 6);
}
END_TEST

START_TEST(a_log_without_a_line_for_this_session_misses)
{
	make_ephemeral();
	m.t.supply = SUPPLY_LOG | SUPPLY_RSA_KEYS | SUPPLY_KEY_FITS;
	leads(REASON_LOG_MISS, "67aa9153...", 4);
}
END_TEST

START_TEST(half_a_log_names_the_line_that_is_missing)
{
	make_tls13(HELLO_KEY_SHARE);
	m.t.supply = SUPPLY_LOG | SUPPLY_LOG_HIT;
	m.t.known.have |= BIT(LOG_CLIENT_HANDSHAKE) | BIT(LOG_SERVER_HANDSHAKE);
	m.t.log_missing = LOG_CLIENT_TRAFFIC;
	m.t.opened[SERVER] = true;
	m.t.verified_records[SERVER] = 1;
	leads(REASON_LOG_PART, "CLIENT_TRAFFIC_SECRET_0", 4);
}
END_TEST

START_TEST(a_resumed_session_points_to_the_earlier_one)
{
	m.t.resumed = true;
	leads(REASON_RESUMED, "", 6);
}
END_TEST

START_TEST(an_earlier_session_is_named_by_its_id)
{
	static const uint8_t id[] = {0x20, 0xea, 0xd9, 0x36, 0x88};
	m.t.resumed = true;
	m.server.session_id = (struct bytes){id, sizeof id};
	leads(REASON_RESUMED, ", whose session id is 20ead936...", 6);
}
END_TEST

START_TEST(nothing_is_said_to_be_signed_where_no_signature_was_sent)
{
	make_ephemeral();
	m.server_kx.signed_ = false;
	leads(REASON_EPHEMERAL, "", 8);
}
END_TEST

START_TEST(a_ticket_leads_over_the_earlier_session)
{
	m.t.resumed = true;
	m.client.ticket_len = 192;
	leads(REASON_TICKET, "", 4);
}
END_TEST

START_TEST(a_psk_suite_hangs_on_its_psk)
{
	m.t.kx = KX_PSK;
	leads(REASON_PSK, "", 6);
}
END_TEST

START_TEST(a_capture_begun_late_has_no_handshake_and_no_key_can_help)
{
	m.t.client = NULL;
	m.t.server = NULL;
	m.t.version = 0;
	m.s.midstream = true;
	m.s.one_sided = true;
	m.s.n_events = 0;
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_LOG;
	leads(REASON_NO_HANDSHAKE, "", 1);
}
END_TEST

START_TEST(one_direction_alone_is_told_before_what_is_missing_from_it)
{
	m.t.server = NULL;
	m.t.version = 0;
	m.t.chain[SERVER] = NULL;
	m.s.one_sided = true;
	m.t.supply = SUPPLY_RSA_KEYS;
	leads(REASON_ONE_WAY, "", 4);
}
END_TEST

START_TEST(a_lost_hello_is_a_gap_with_its_bytes_and_frame)
{
	m.t.server = NULL;
	m.t.version = 0;
	make_gap(SERVER, 1448, 5);
	leads(REASON_GAP, "1448 bytes are", 5);
}
END_TEST

/* A snap length cuts ServerHello before its suite: 0x0000 would be a guess. */
START_TEST(a_hello_cut_before_its_suite_is_a_gap_and_no_unknown_suite)
{
	m.t.version = 0;
	m.t.suite = 0;
	m.t.known.have = 0;
	m.server.flags = HELLO_PARTIAL;
	m.t.supply = SUPPLY_LOG | SUPPLY_RSA_KEYS;
	make_gap(SERVER, 1418, 6);
	leads(REASON_GAP, "1418 bytes are", 6);
}
END_TEST

START_TEST(our_own_limit_leads_over_the_gap_that_it_made)
{
	m.t.server = NULL;
	m.t.version = 0;
	make_gap(SERVER, 1448, 5);
	session_find(&m.s, FIND_TCP_LIMIT, SERVER, 5);
	leads(REASON_LIMIT, "on bytes kept out of order", 5);
}
END_TEST

START_TEST(bytes_lost_from_the_talk_are_a_gap_once_the_key_is_there)
{
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_KEY_FITS;
	m.t.known.have |= BIT(SERVER_RSA_KEY);
	m.t.verified_records[SERVER] = 2;
	make_gap(SERVER, 1, 21);
	leads(REASON_GAP, "1 byte is", 21);
}
END_TEST

START_TEST(a_gap_does_not_hide_that_no_key_was_given)
{
	make_gap(SERVER, 1448, 21);
	leads(REASON_KEY_MISSING, "aabbccdd...", 10);
}
END_TEST

START_TEST(the_right_key_without_the_whole_handshake_is_an_ems_gap)
{
	m.client.flags = m.server.flags = HELLO_EMS;
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_KEY_FITS;
	m.t.known.have |= BIT(SERVER_RSA_KEY);
	make_gap(SERVER, 100, 7);
	leads(REASON_EMS_GAP, "", 10);
	m.client.flags = 0;
	leads(REASON_GAP, "100 bytes are", 7);
}
END_TEST

START_TEST(a_record_that_does_not_authenticate_leads_over_every_other_secret)
{
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_KEY_FITS | SUPPLY_LOG;
	m.t.known.have |= BIT(SERVER_RSA_KEY);
	m.t.failed_records[SERVER] = 1;
	m.s.talk[SERVER].first_frame = 15;
	leads(REASON_TAG_FAILED, "", 15);
}
END_TEST

START_TEST(a_bad_exchange_is_told_with_the_failed_record)
{
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_KEY_FITS | SUPPLY_BAD_EXCHANGE;
	m.t.known.have |= BIT(SERVER_RSA_KEY);
	leads(REASON_TAG_FAILED, "; the locked secret does not open with the right key", 1);
}
END_TEST

START_TEST(a_suite_that_is_not_opened_here_is_named_by_its_number)
{
	m.t.suite = 0x0005;
	m.t.cipher = CIPHER_RC4_128;
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_KEY_FITS | SUPPLY_UNSUPPORTED;
	leads(REASON_UNSUPPORTED, "cipher suite 0x0005", 6);
}
END_TEST

START_TEST(a_suite_nobody_knows_is_unsupported_too)
{
	m.t.suite = 0xfefe;
	m.t.known.have = 0;
	leads(REASON_UNSUPPORTED, "cipher suite 0xfefe", 6);
}
END_TEST

START_TEST(a_null_cipher_hides_nothing)
{
	m.t.cipher = CIPHER_NULL;
	leads(REASON_NOT_HIDDEN, "the cipher is NULL", 6);
}
END_TEST

START_TEST(a_handshake_that_ended_before_the_switch_has_nothing_to_open)
{
	m.t.sealed_records[CLIENT] = m.t.sealed_records[SERVER] = 0;
	seen(EVENT_ALERT, CLIENT, 9);
	leads(REASON_NO_FINISHED, ": there was no sealed talk", 9);
}
END_TEST

START_TEST(a_capture_that_ends_within_the_handshake_does_not_say_that_no_talk_followed)
{
	m.t.sealed_records[CLIENT] = m.t.sealed_records[SERVER] = 0;
	m.s.ending = END_CUT;
	m.s.last_frame = 10;
	leads(REASON_NO_FINISHED, ", as far as this capture goes: no sealed talk is in it", 10);
	m.s.ending = END_CLOSED;
	leads(REASON_NO_FINISHED, ": there was no sealed talk", 10);
	m.s.one_sided = true;
	leads(REASON_NO_FINISHED, ", as far as this capture goes: no sealed talk is in it", 10);
}
END_TEST

START_TEST(a_side_whose_every_record_was_opened_has_no_reason)
{
	m.t.verified_records[SERVER] = 3;
	m.t.opened[SERVER] = true;
	leads(REASON_NONE, "", 0);
	ck_assert_int_eq(session_reason(&m.s, CLIENT), REASON_KEY_MISSING);
}
END_TEST

START_TEST(a_side_whose_talk_was_lost_whole_says_gap_though_all_that_is_left_was_opened)
{
	m.t.supply = SUPPLY_RSA_KEYS | SUPPLY_KEY_FITS;
	m.t.known.have |= BIT(SERVER_RSA_KEY);
	m.t.verified_records[SERVER] = m.t.sealed_records[SERVER];
	m.t.opened[SERVER] = true;
	make_gap(SERVER, 202, 11);
	leads(REASON_GAP, "202 bytes are", 11);
}
END_TEST

START_TEST(clear_text_is_not_hidden_and_other_bytes_have_no_reason)
{
	m.s.tls = NULL;
	m.s.protocol = PROTOCOL_CLEAR;
	m.s.talk[CLIENT].records = 1;
	ck_assert_int_eq(session_reason(&m.s, CLIENT), REASON_NOT_HIDDEN);
	m.s.protocol = PROTOCOL_UNKNOWN;
	ck_assert_int_eq(session_reason(&m.s, CLIENT), REASON_NONE);
}
END_TEST

/* Whatever is known, given, lost or failed: a sealed side has one reason. */
START_TEST(a_sealed_side_always_has_a_reason)
{
	for (uint32_t i = 0; i < 1 << 16; i++) {
		m.t.supply = i & 0xff;
		m.t.kx = (uint8_t[]){KX_RSA, KX_ECDHE, KX_TLS13, KX_KRB5}[i >> 8 & 3];
		m.t.version = i >> 10 & 1 ? 0x0304 : 0x0302;
		m.t.known.have = i >> 11 & 1 ? BIT(CIPHER_SUITE) | BIT(SERVER_RSA_KEY) : 0;
		m.t.client = i >> 12 & 1 ? &m.client : NULL;
		m.t.server = i >> 13 & 1 ? &m.server : NULL;
		m.s.midstream = i >> 14 & 1;
		m.s.one_sided = i >> 15 & 1;
		ck_assert_int_ne(session_reason(&m.s, CLIENT), REASON_NONE);
		ck_assert_int_lt(m.t.why[CLIENT], REASONS);
		ck_assert_uint_ne(m.t.why_frame[CLIENT], 0);
	}
}
END_TEST

START_TEST(every_reason_has_a_slug_a_sentence_and_what_opens_it)
{
	for (enum reason r = REASON_NONE + 1; r < REASONS; r++) {
		ck_assert_str_ne(reason_slug(r), "");
		ck_assert_str_ne(reason_sentence(r), "");
		ck_assert_str_ne(reason_opens(r), "");
	}
	ck_assert_str_eq(reason_slug(REASONS), "");
}
END_TEST

Suite *reason_suite(void)
{
	Suite *s = suite_create("reason");
	TCase *t = tcase_create("order");
	tcase_add_checked_fixture(t, make, clean);
	tcase_add_test(t, an_rsa_session_with_nothing_given_lacks_its_key);
	tcase_add_test(t, early_data_without_their_secret_miss_a_line_of_the_log);
	tcase_add_test(t, a_key_that_does_not_fit_is_named_beside_the_one_wanted);
	tcase_add_test(t, a_locked_key_file_leads_over_a_key_that_does_not_fit);
	tcase_add_test(t, a_key_that_can_only_sign_is_told_for_rsa_sessions);
	tcase_add_test(t, half_keys_are_told_whatever_key_was_given);
	tcase_add_test(t, the_right_key_that_does_not_help_is_called_the_right_key);
	tcase_add_test(t, tls_1_3_with_half_keys_is_ephemeral_with_or_without_a_psk);
	tcase_add_test(t, tls_1_3_without_half_keys_hangs_on_its_psk);
	tcase_add_test(t, a_log_without_a_line_for_this_session_misses);
	tcase_add_test(t, half_a_log_names_the_line_that_is_missing);
	tcase_add_test(t, a_resumed_session_points_to_the_earlier_one);
	tcase_add_test(t, an_earlier_session_is_named_by_its_id);
	tcase_add_test(t, nothing_is_said_to_be_signed_where_no_signature_was_sent);
	tcase_add_test(t, a_ticket_leads_over_the_earlier_session);
	tcase_add_test(t, a_psk_suite_hangs_on_its_psk);
	tcase_add_test(t, a_capture_begun_late_has_no_handshake_and_no_key_can_help);
	tcase_add_test(t, one_direction_alone_is_told_before_what_is_missing_from_it);
	tcase_add_test(t, a_lost_hello_is_a_gap_with_its_bytes_and_frame);
	tcase_add_test(t, a_hello_cut_before_its_suite_is_a_gap_and_no_unknown_suite);
	tcase_add_test(t, our_own_limit_leads_over_the_gap_that_it_made);
	tcase_add_test(t, bytes_lost_from_the_talk_are_a_gap_once_the_key_is_there);
	tcase_add_test(t, a_gap_does_not_hide_that_no_key_was_given);
	tcase_add_test(t, the_right_key_without_the_whole_handshake_is_an_ems_gap);
	tcase_add_test(t, a_record_that_does_not_authenticate_leads_over_every_other_secret);
	tcase_add_test(t, a_bad_exchange_is_told_with_the_failed_record);
	tcase_add_test(t, a_suite_that_is_not_opened_here_is_named_by_its_number);
	tcase_add_test(t, a_suite_nobody_knows_is_unsupported_too);
	tcase_add_test(t, a_null_cipher_hides_nothing);
	tcase_add_test(t, a_handshake_that_ended_before_the_switch_has_nothing_to_open);
	tcase_add_test(t,
	               a_capture_that_ends_within_the_handshake_does_not_say_that_no_talk_followed);
	tcase_add_test(t, a_side_whose_every_record_was_opened_has_no_reason);
	tcase_add_test(
		t, a_side_whose_talk_was_lost_whole_says_gap_though_all_that_is_left_was_opened);
	tcase_add_test(t, clear_text_is_not_hidden_and_other_bytes_have_no_reason);
	tcase_add_test(t, a_sealed_side_always_has_a_reason);
	tcase_add_test(t, every_reason_has_a_slug_a_sentence_and_what_opens_it);
	suite_add_tcase(s, t);
	return s;
}
