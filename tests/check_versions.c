/* What the drafts of TLS 1.3 write otherwise than RFC 8446, by their own texts
 * (draft-ietf-tls-tls13-18 to -28), and versions of which nothing is opened. */
#include <check.h>
#include <string.h>

#include "dissectors/tls/fields.h"
#include "dissectors/tls/message.h"
#include "tests/handshake_invariants.h"

Suite *versions_suite(void);

static struct handshake message;
static struct faults faults;
static struct field_row rows[100];
static struct trace trace;

static unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void decode(uint16_t version, const char *hex)
{
	static uint8_t byte[400];
	size_t n = 0;
	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		byte[n++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
		hex++;
	}
	struct bytes b = {byte, n};
	const struct handshake_context c = {.version = version, .suite = 0x1301, .from = SERVER};
	trace = (struct trace){.row = rows, .room = 100};
	faults = (struct faults){0};
	struct reader r = reader_over(b, &faults, &trace);
	handshake_decode(&r, &c, &message);
	const char *broken = broken_invariant(b, &c, false);
	ck_assert_msg(broken == NULL, "%s", broken);
}

static unsigned count(uint16_t field)
{
	unsigned n = 0;
	for (uint32_t i = 0; i < trace.n_rows; i++)
		n += rows[i].field == field;
	return n;
}

START_TEST(a_retry_of_draft_18_names_no_suite)
{
	decode(0, "06 00000a 7f12 0006 0028 0002 001d");
	ck_assert(message.server_hello.retry);
	ck_assert_uint_eq(handshake_event(&message), EVENT_HELLO_RETRY_REQUEST);
	ck_assert_uint_eq(message.server_hello.version, 0x7f12);
	ck_assert_uint_eq(message.server_hello.suite, 0);
	ck_assert_uint_eq(message.server_hello.group, 0x1d);
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

START_TEST(a_retry_of_drafts_19_to_21_names_its_suite)
{
	decode(0, "06 00000c 7f13 1301 0006 0028 0002 0017");
	ck_assert_uint_eq(message.server_hello.version, 0x7f13);
	ck_assert_uint_eq(message.server_hello.suite, 0x1301);
	ck_assert_uint_eq(message.server_hello.group, 0x17);
	ck_assert_uint_eq(count(F_HELLO_RETRY_REQUEST), 1);
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

START_TEST(a_ticket_has_a_nonce_since_draft_21)
{
	for (uint16_t version = 0x7f12; version <= 0x7f14; version++) {
		decode(version, "04 00000f 00000e10 01020304 0003 aabbcc 0000");
		ck_assert_uint_eq(message.ticket.ticket.len, 3);
		ck_assert_uint_eq(count(F_TICKET_NONCE), 0);
		ck_assert_uint_eq(faults.n, 0);
	}
	decode(0x7f15, "04 000011 00000e10 01020304 01 07 0003 aabbcc 0000");
	ck_assert_uint_eq(message.ticket.ticket.len, 3);
	ck_assert_uint_eq(count(F_TICKET_NONCE), 1);
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

START_TEST(a_certificate_request_of_draft_18_is_a_list_of_its_own)
{
	decode(0x7f12, "0d 000010 00 0004 0403 0804 0003 0001 41 0002 abcd");
	ck_assert_uint_eq(count(F_SCHEME), 2);
	ck_assert_uint_eq(count(F_DISTINGUISHED_NAME), 1);
	ck_assert_uint_eq(count(F_CERTIFICATE_EXTENSIONS), 1);
	ck_assert_uint_eq(faults.n, 0);
	decode(0x7f13, "0d 00000b 00 0008 000d 0004 0002 0403");
	ck_assert_uint_eq(count(F_SCHEME), 1);
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

START_TEST(a_server_hello_has_a_session_id_since_draft_22)
{
	decode(0, "02 000026 7f15 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	          "1301 0000");
	ck_assert_uint_eq(message.server_hello.suite, 0x1301);
	ck_assert_uint_eq(count(F_SESSION_ID), 0);
	ck_assert_uint_eq(faults.n, 0);
	decode(0, "02 00002e 0303 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	          "00 1301 00 0006 002b 0002 7f16");
	ck_assert_uint_eq(message.server_hello.version, 0x7f16);
	ck_assert_uint_eq(count(F_SESSION_ID), 1);
	ck_assert_uint_eq(faults.n, 0);
}
END_TEST

START_TEST(a_draft_is_told_by_its_number_and_ranks_below_what_it_became)
{
	ck_assert_uint_eq(tls13_draft(0x7f12), 18);
	ck_assert_uint_eq(tls13_draft(0x7f1c), 28);
	ck_assert_uint_eq(tls13_draft(0xfb17), 23);
	ck_assert_uint_eq(tls13_draft(0xfb1a), 26);
	ck_assert_uint_eq(tls13_draft(0x0304), 0);
	ck_assert(version_is_tls13(0xfb1a) && version_is_tls13(0x7f12));
	ck_assert(!version_is_tls13(0x7f11) && !version_is_tls13(0x7f1d));
	ck_assert_uint_gt(version_rank(0x0304), version_rank(0x7f1c));
	ck_assert_uint_gt(version_rank(0x7f1c), version_rank(0xfb1a));
	ck_assert_uint_gt(version_rank(0xfb17), version_rank(0x0303));
}
END_TEST

static const struct {
	uint16_t version;
	bool opened;
	const char *detail;
} versions[] = {
	{0x0002, false, "SSL 2.0"},
	{0x0300, false, "SSL 3.0"},
	{0x0301, true, NULL},
	{0x0303, true, NULL},
	{0x0304, true, NULL},
	{0x7f13, false, "TLS 1.3, draft 19"},
	{0xfb17, false, "TLS 1.3, draft 23"},
	{0x7f19, true, NULL},
	{0x7f1c, true, NULL},
};

/* A key or a log does not help where nothing can be opened: the reason says so from the start. */
START_TEST(of_a_version_that_is_not_opened_the_reason_says_so)
{
	struct arena arena = {.first_block = 0};
	struct client_hello client = {.flags = 0};
	struct server_hello server = {.version = versions[_i].version, .flags = HELLO_KEY_SHARE};
	struct tls_facts facts = {
		.client = &client,
		.server = &server,
		.version = versions[_i].version,
		.suite = 0x002f,
		.kx = KX_RSA,
		.cipher = CIPHER_AES_128_CBC,
		.sealed_records = {2, 2},
		.known.have = (uint64_t)1 << CIPHER_SUITE,
		.supply = SUPPLY_RSA_KEYS,
	};
	struct session s = {.arena = &arena, .tls = &facts, .protocol = PROTOCOL_TLS};
	ck_assert_int_eq(session_is_opened_here(&facts), versions[_i].opened);
	enum reason why = session_reason(&s, CLIENT);
	ck_assert_int_eq(why == REASON_UNSUPPORTED, !versions[_i].opened);
	if (versions[_i].detail != NULL)
		ck_assert_str_eq(facts.why_detail[CLIENT], versions[_i].detail);
	arena_free(&arena);
}
END_TEST

Suite *versions_suite(void)
{
	Suite *s = suite_create("versions");
	TCase *t = tcase_create("drafts");
	tcase_add_test(t, a_retry_of_draft_18_names_no_suite);
	tcase_add_test(t, a_retry_of_drafts_19_to_21_names_its_suite);
	tcase_add_test(t, a_ticket_has_a_nonce_since_draft_21);
	tcase_add_test(t, a_certificate_request_of_draft_18_is_a_list_of_its_own);
	tcase_add_test(t, a_server_hello_has_a_session_id_since_draft_22);
	tcase_add_test(t, a_draft_is_told_by_its_number_and_ranks_below_what_it_became);
	suite_add_tcase(s, t);
	TCase *opened = tcase_create("opened");
	tcase_add_loop_test(opened, of_a_version_that_is_not_opened_the_reason_says_so, 0,
	                    sizeof versions / sizeof *versions);
	suite_add_tcase(s, opened);
	return s;
}
