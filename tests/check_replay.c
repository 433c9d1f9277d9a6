/* Watching changes nothing: a session replayed with a watcher has the same record as in the first
 * pass, for the talks of bundled captures, with and without secrets. */
#include <check.h>

#include "src/output/json.h"
#include "tests/recording.h"
#include "tests/sessions.h"

Suite *replay_suite(void);

static struct recorded first, second;

/* A signature is dear, so it is checked only where somebody watches: its outcome is set aside. */
static const char *record(struct arena *a, const struct session *s)
{
	struct capture_facts facts = {.name = "capture"};
	struct text t = text_new(a);
	uint8_t signature = s->tls == NULL ? 0 : s->tls->signature;
	if (s->tls != NULL)
		s->tls->signature = PROOF_NONE;
	json_session(&t, &facts, s, &test_words);
	if (s->tls != NULL)
		s->tls->signature = signature;
	return text_z(&t);
}

/* Fails with the place where two records part; they are too long for one of Check's messages. */
static void assert_same(const char *watched, const char *plain)
{
	size_t at = 0;
	while (watched[at] != '\0' && watched[at] == plain[at])
		at++;
	size_t from = at < 60 ? 0 : at - 60;
	ck_assert_msg(watched[at] == plain[at], "watched: ...%.120s\nplain: ...%.120s",
	              watched + from, plain + from);
}

/* Replays one session; it must come out once, and the same, and with something to watch. */
static void watch(const char *path, const struct keyring *keys, struct pki *pki,
                  const struct session *s)
{
	struct arena a = {0};
	struct unfold u = {0};
	struct replay r = {
		.first_frame = s->first_frame, .last_frame = s->last_frame, .arena = &a, .out = &u};
	memcpy(r.endpoint, s->endpoint, sizeof r.endpoint);
	recording_run(path, keys, pki, &r, &second);
	size_t same = 0;
	for (size_t i = 0; i < second.n; i++) {
		if (second.session[i]->first_frame == s->first_frame) {
			assert_same(record(&a, second.session[i]), record(&a, s));
			same++;
		}
		engine_session_free(second.session[i]);
	}
	ck_assert_uint_eq(same, 1);
	ck_assert(s->tls == NULL || u.n_items > 0);
	arena_free(&a);
}

enum secret_given { NOTHING, KEY_LOG, SERVER_KEY };

static void watch_all(const char *name, const char *file, enum secret_given given)
{
	char why[256] = "";
	struct pki_options options = {.no_system = true, .at = MOMENT_UNKNOWN};
	struct pki *pki = pki_new(&options, why, sizeof why);
	struct keyring *keys = keyring_new();
	ck_assert(pki != NULL && keys != NULL);
	if (given == SERVER_KEY)
		ck_assert_int_eq(keyring_add_key(keys, recording_path(name, "server.key"), NULL,
		                                 NULL, why, sizeof why),
		                 KEY_ADDED);
	if (given == KEY_LOG)
		ck_assert_int_eq(
			keyring_add_log(keys, recording_path(name, "keys.log"), why, sizeof why),
			KEY_ADDED);
	const char *path = recording_path(name, file);
	recording_run(path, keys, pki, NULL, &first);
	ck_assert_uint_gt(first.n, 0);
	for (size_t i = 0; i < first.n; i++) {
		watch(path, keys, pki, first.session[i]);
		if (given == SERVER_KEY && first.session[i]->tls->resumed)
			ck_assert(first.session[i]->tls->opened[SERVER]);
		engine_session_free(first.session[i]);
	}
	keyring_free(keys);
	pki_free(pki);
}

static const char *const single[] = {
	"tls10-rsa", "tls12-rsa",   "tls12-ecdhe",        "tls12-dhe",        "tls13",
	"tls13-psk", "hello-retry", "client-certificate", "tls12-resumed-id", "segment-lost",
};
enum { SINGLES = sizeof single / sizeof *single };

START_TEST(a_sealed_session_is_the_same_watched_or_not)
{
	watch_all(single[_i], "capture.pcap", NOTHING);
}
END_TEST

START_TEST(an_opened_session_is_the_same_watched_or_not)
{
	watch_all(single[_i], "capture.pcap", KEY_LOG);
}
END_TEST

START_TEST(each_of_several_sessions_is_the_same_watched_or_not)
{
	watch_all("every-rsa", "capture.pcap", KEY_LOG);
	watch_all("lab", "capture.pcapng", KEY_LOG);
}
END_TEST

START_TEST(a_session_opened_through_an_earlier_one_is_the_same_watched_or_not)
{
	watch_all("tls12-resumed-id", "capture.pcap", SERVER_KEY);
	watch_all("tls12-resumed-ticket", "capture.pcap", SERVER_KEY);
	watch_all("lab", "capture.pcapng", SERVER_KEY);
}
END_TEST

Suite *replay_suite(void)
{
	Suite *s = suite_create("replay");
	TCase *c = tcase_create("watching");
	tcase_add_loop_test(c, a_sealed_session_is_the_same_watched_or_not, 0, SINGLES);
	tcase_add_loop_test(c, an_opened_session_is_the_same_watched_or_not, 0, SINGLES);
	tcase_add_test(c, each_of_several_sessions_is_the_same_watched_or_not);
	tcase_add_test(c, a_session_opened_through_an_earlier_one_is_the_same_watched_or_not);
	suite_add_tcase(s, c);
	return s;
}
