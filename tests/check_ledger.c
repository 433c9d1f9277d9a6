/* The rules as a proof: what each holder of secrets can and cannot reach, and what would help. */
#include <check.h>

#include "src/model/ledger.h"

Suite *ledger_suite(void);

#define BIT(thing) (UINT64_C(1) << (thing))

static const uint64_t randoms = BIT(CLIENT_RANDOM) | BIT(SERVER_RANDOM) | BIT(CIPHER_SUITE);
static const uint64_t rsa_wire = BIT(CLIENT_RANDOM) | BIT(SERVER_RANDOM) | BIT(CIPHER_SUITE) |
                                 BIT(ENCRYPTED_PREMASTER) | BIT(HANDSHAKE_TRANSCRIPT);
static const uint64_t dhe_wire = BIT(CLIENT_RANDOM) | BIT(SERVER_RANDOM) | BIT(CIPHER_SUITE) |
                                 BIT(CLIENT_SHARE) | BIT(SERVER_SHARE) | BIT(HANDSHAKE_TRANSCRIPT);

static bool can(enum rule_table t, uint64_t have, enum thing goal)
{
	struct knowledge k = {.have = have};
	return ledger_can(t, &k, goal);
}

static uint64_t opens(enum rule_table t, uint64_t have, enum thing goal)
{
	struct knowledge k = {.have = have};
	return ledger_would_open(t, &k, goal);
}

START_TEST(what_lies_on_the_wire_alone_opens_nothing)
{
	uint64_t wire = BIT(FIRST_HELD) - 2;
	for (enum rule_table t = 0; t < RULE_TABLES; t++)
		for (enum thing goal = FIRST_DERIVED; goal < THINGS; goal++)
			ck_assert(!can(t, wire, goal));
}
END_TEST

START_TEST(the_rsa_key_opens_rsa_and_nothing_else)
{
	uint64_t all_wire = BIT(FIRST_HELD) - 2;
	for (enum rule_table t = 0; t < RULE_TABLES; t++)
		ck_assert_int_eq(can(t, all_wire | BIT(SERVER_RSA_KEY), SERVER_TALK_KEYS),
		                 t == RULES_RSA || t == RULES_RSA_EMS);
}
END_TEST

START_TEST(every_half_key_table_opens_with_either_private_half)
{
	static const enum rule_table tables[] = {RULES_EPHEMERAL, RULES_EPHEMERAL_EMS, RULES_TLS13};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		uint64_t o = opens(tables[i], dhe_wire, CLIENT_TALK_KEYS);
		ck_assert(o & BIT(CLIENT_EPHEMERAL));
		ck_assert(o & BIT(SERVER_EPHEMERAL));
		ck_assert(!(o & BIT(SERVER_RSA_KEY)));
	}
}
END_TEST

START_TEST(a_plan_runs_each_rule_after_those_that_it_needs)
{
	const struct rule *plan[8];
	struct knowledge k = {.have = rsa_wire | BIT(SERVER_RSA_KEY)};
	ck_assert_uint_eq(ledger_plan(RULES_RSA_EMS, &k, CLIENT_TALK_KEYS, plan, 8), 3);
	ck_assert_int_eq(plan[0]->how, DERIVE_RSA);
	ck_assert_int_eq(plan[1]->how, DERIVE_EXTENDED_MASTER);
	ck_assert_int_eq(plan[2]->how, DERIVE_KEY_BLOCK);
	ck_assert_int_eq(plan[2]->get, CLIENT_TALK_KEYS);
}
END_TEST

START_TEST(every_plan_of_every_table_uses_only_what_is_known_by_then)
{
	const struct rule *plan[8];
	for (enum rule_table t = 0; t < RULE_TABLES; t++)
		for (enum thing goal = FIRST_DERIVED; goal < THINGS; goal++)
			for (enum thing held = FIRST_HELD; held < FIRST_DERIVED; held++) {
				struct knowledge k = {.have = (BIT(FIRST_HELD) - 2) | BIT(held)};
				uint64_t known = k.have;
				size_t n = ledger_plan(t, &k, goal, plan, 8);
				ck_assert_int_eq(n > 0, ledger_can(t, &k, goal));
				for (size_t i = 0; i < n; i++) {
					for (int j = 0; j < 4 && plan[i]->from[j]; j++)
						ck_assert(known & BIT(plan[i]->from[j]));
					known |= BIT(plan[i]->get);
				}
				ck_assert_int_eq(n > 0, (known & BIT(goal)) != 0);
			}
}
END_TEST

START_TEST(a_plan_takes_the_log_before_the_key_and_the_key_once_the_log_is_refuted)
{
	const struct rule *plan[8];
	struct knowledge k = {.have = rsa_wire | BIT(SERVER_RSA_KEY) | BIT(LOG_CLIENT_RANDOM)};
	ck_assert_uint_eq(ledger_plan(RULES_RSA, &k, SERVER_TALK_KEYS, plan, 8), 2);
	ck_assert_int_eq(plan[0]->how, DERIVE_FROM_LOG);
	k.refuted = BIT(LOG_CLIENT_RANDOM);
	ck_assert_uint_eq(ledger_plan(RULES_RSA, &k, SERVER_TALK_KEYS, plan, 8), 3);
	ck_assert_int_eq(plan[0]->how, DERIVE_RSA);
}
END_TEST

START_TEST(what_is_known_needs_no_plan_and_what_cannot_be_reached_has_none)
{
	const struct rule *plan[8];
	struct knowledge k = {.have = rsa_wire};
	ck_assert_uint_eq(ledger_plan(RULES_RSA, &k, CLIENT_RANDOM, plan, 8), 0);
	ck_assert_uint_eq(ledger_plan(RULES_RSA, &k, CLIENT_TALK_KEYS, plan, 8), 0);
}
END_TEST

START_TEST(would_open_names_exactly_the_things_that_alone_complete_a_proof)
{
	ck_assert_uint_eq(opens(RULES_RSA, rsa_wire, CLIENT_TALK_KEYS),
	                  BIT(SERVER_RSA_KEY) | BIT(LOG_CLIENT_RANDOM) | BIT(LOG_PREMASTER));
	ck_assert_uint_eq(opens(RULES_RESUMED, randoms, CLIENT_TALK_KEYS),
	                  BIT(EARLIER_SECRET) | BIT(LOG_CLIENT_RANDOM));
	ck_assert_uint_eq(opens(RULES_RESUMED, randoms | BIT(TICKET), CLIENT_TALK_KEYS),
	                  BIT(EARLIER_SECRET) | BIT(TICKET_KEY) | BIT(LOG_CLIENT_RANDOM));
	ck_assert_uint_eq(
		opens(RULES_TLS13_PSK, randoms | BIT(HANDSHAKE_TRANSCRIPT), SERVER_TALK_KEYS),
		BIT(EXTERNAL_PSK) | BIT(LOG_SERVER_TRAFFIC));
	ck_assert_uint_eq(opens(RULES_RSA, rsa_wire | BIT(SERVER_RSA_KEY), CLIENT_TALK_KEYS), 0);
}
END_TEST

START_TEST(missing_wire_names_what_no_way_can_do_without)
{
	struct knowledge k = {.have = BIT(CLIENT_RANDOM) | BIT(ENCRYPTED_PREMASTER)};
	ck_assert_uint_eq(ledger_missing_wire(RULES_RSA, &k, CLIENT_TALK_KEYS),
	                  BIT(SERVER_RANDOM) | BIT(CIPHER_SUITE));
	k.have = rsa_wire & ~BIT(HANDSHAKE_TRANSCRIPT);
	ck_assert_uint_eq(ledger_missing_wire(RULES_RSA_EMS, &k, CLIENT_TALK_KEYS), 0);
}
END_TEST

START_TEST(the_extended_master_secret_needs_the_transcript_and_a_log_does_not)
{
	uint64_t cut = (rsa_wire & ~BIT(HANDSHAKE_TRANSCRIPT)) | BIT(SERVER_RSA_KEY);
	ck_assert(can(RULES_RSA, cut, CLIENT_TALK_KEYS));
	ck_assert(!can(RULES_RSA_EMS, cut, CLIENT_TALK_KEYS));
	ck_assert(can(RULES_RSA_EMS, cut | BIT(LOG_CLIENT_RANDOM), CLIENT_TALK_KEYS));
}
END_TEST

START_TEST(every_rule_has_words_and_a_way_and_every_thing_has_a_name)
{
	for (enum rule_table t = 0; t < RULE_TABLES; t++)
		for (const struct rule *r = ledger_rules(t); r->get != THING_NONE; r++) {
			ck_assert_ptr_nonnull(r->words);
			ck_assert_int_ne(r->how, DERIVE_END);
			ck_assert_int_ne(r->from[0], THING_NONE);
		}
	for (enum thing i = THING_NONE + 1; i < THINGS; i++)
		ck_assert_str_ne(thing_words(i), "");
	ck_assert_str_eq(thing_words(THINGS), "");
}
END_TEST

Suite *ledger_suite(void)
{
	Suite *s = suite_create("ledger");
	TCase *t = tcase_create("rules");
	tcase_add_test(t, what_lies_on_the_wire_alone_opens_nothing);
	tcase_add_test(t, the_rsa_key_opens_rsa_and_nothing_else);
	tcase_add_test(t, every_half_key_table_opens_with_either_private_half);
	tcase_add_test(t, a_plan_runs_each_rule_after_those_that_it_needs);
	tcase_add_test(t, every_plan_of_every_table_uses_only_what_is_known_by_then);
	tcase_add_test(t, a_plan_takes_the_log_before_the_key_and_the_key_once_the_log_is_refuted);
	tcase_add_test(t, what_is_known_needs_no_plan_and_what_cannot_be_reached_has_none);
	tcase_add_test(t, would_open_names_exactly_the_things_that_alone_complete_a_proof);
	tcase_add_test(t, missing_wire_names_what_no_way_can_do_without);
	tcase_add_test(t, the_extended_master_secret_needs_the_transcript_and_a_log_does_not);
	tcase_add_test(t, every_rule_has_words_and_a_way_and_every_thing_has_a_name);
	suite_add_tcase(s, t);
	return s;
}
