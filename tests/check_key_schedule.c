/* Key schedules against vectors that others have published. */
#include "src/secrets/key_schedule.h"
#include "tests/vectors.h"

Suite *key_schedule_suite(void);

enum { OUTPUT_MOST = 256 };

static void check_prf(void *ctx, char **word, size_t n_words)
{
	uint8_t secret[OUTPUT_MOST], seed[OUTPUT_MOST], expected[OUTPUT_MOST], out[OUTPUT_MOST];
	size_t *n_checked = ctx;
	ck_assert_uint_eq(n_words, 6);
	enum suite_hash prf = strcmp(word[1], "SHA256") == 0   ? HASH_SHA256
	                      : strcmp(word[1], "SHA384") == 0 ? HASH_SHA384
	                                                       : HASH_NULL;
	for (char *c = word[3]; *c != '\0'; c++)
		if (*c == '_')
			*c = ' ';
	struct bytes s = {secret, vector_hex(word[2], secret, sizeof secret)};
	struct bytes d = {seed, vector_hex(word[4], seed, sizeof seed)};
	size_t len = vector_hex(word[5], expected, sizeof expected);
	ck_assert(tls12_expand(prf, s, word[3], d, out, len));
	ck_assert_mem_eq(out, expected, len);
	++*n_checked;
}

START_TEST(the_prf_of_each_version_gives_the_published_bytes)
{
	size_t n = 0;
	vectors_read("prf.txt", check_prf, &n);
	ck_assert_uint_eq(n, 3);
}
END_TEST

/* The secrets of a trace, by the names of its log lines. */
struct trace_secrets {
	char label[8][40];
	struct secret secret[8];
	size_t n, n_expanded, n_finished;
};

static const struct secret *secret_of(const struct trace_secrets *t, const char *label)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->label[i], label) == 0)
			return &t->secret[i];
	ck_abort_msg("no secret %s", label);
	return NULL;
}

static void check_expand(const struct secret *s, const char *label, const char *value)
{
	uint8_t expected[64], out[64];
	size_t len = vector_hex(value, expected, sizeof expected);
	ck_assert(tls13_expand(HASH_SHA256, s, label, out, len));
	ck_assert_mem_eq(out, expected, len);
}

static void check_finished(const struct secret *s, const char *hash, const char *value)
{
	struct digest transcript, out;
	uint8_t expected[64];
	transcript.len = (uint8_t)vector_hex(hash, transcript.byte, sizeof transcript.byte);
	size_t len = vector_hex(value, expected, sizeof expected);
	ck_assert(tls13_finished(HASH_SHA256, s, &transcript, &out));
	ck_assert_uint_eq(out.len, len);
	ck_assert_mem_eq(out.byte, expected, len);
}

static void check_trace(void *ctx, char **word, size_t n_words)
{
	struct trace_secrets *t = ctx;
	if (strcmp(word[0], "log") == 0 && n_words == 3) {
		uint8_t byte[64];
		size_t len = vector_hex(word[2], byte, sizeof byte);
		snprintf(t->label[t->n], sizeof t->label[0], "%s", word[1]);
		secret_set(&t->secret[t->n++], (struct bytes){byte, len});
	} else if (strcmp(word[0], "expand") == 0 && n_words == 4) {
		check_expand(secret_of(t, word[1]), word[2], word[3]);
		t->n_expanded++;
	} else if (strcmp(word[0], "finished") == 0 && n_words == 4) {
		check_finished(secret_of(t, word[1]), word[2], word[3]);
		t->n_finished++;
	}
}

START_TEST(keys_and_finished_of_rfc_8448_come_out_of_its_secrets)
{
	struct trace_secrets t = {.n = 0};
	vectors_read("rfc8448-section3.txt", check_trace, &t);
	ck_assert_uint_eq(t.n, 4);
	ck_assert_uint_eq(t.n_expanded, 8);
	ck_assert_uint_eq(t.n_finished, 1);
}
END_TEST

START_TEST(an_expansion_longer_than_the_hash_or_of_no_secret_is_refused)
{
	struct secret s = {.len = 32}, none = {.len = 0};
	uint8_t out[64];
	ck_assert(tls13_expand(HASH_SHA256, &s, "key", out, 32));
	ck_assert(!tls13_expand(HASH_SHA256, &s, "key", out, 33));
	ck_assert(!tls13_expand(HASH_SHA256, &none, "key", out, 16));
	ck_assert(!tls12_expand(HASH_SHA256, secret_bytes(&none), "a", (struct bytes){out, 1}, out,
	                        1));
}
END_TEST

/* Both sides' pieces, put side by side again, are the block of RFC 5246, 6.3. */
START_TEST(the_key_block_is_cut_in_the_order_of_the_rfc)
{
	static const struct key_sizes z = {.mac = 20, .key = 16, .iv = 16};
	uint8_t client_random[32] = {1}, server_random[32] = {2}, seed[64],
		block[2 * (20 + 16 + 16)];
	struct secret master = {.len = 48, .byte = {7}};
	struct record_keys c = {0}, s = {0};
	memcpy(seed, server_random, 32);
	memcpy(&seed[32], client_random, 32);
	ck_assert(tls12_expand(HASH_NULL, secret_bytes(&master), "key expansion",
	                       (struct bytes){seed, sizeof seed}, block, sizeof block));
	ck_assert(tls12_keys(HASH_NULL, &master, client_random, server_random, z, CLIENT, &c));
	ck_assert(tls12_keys(HASH_NULL, &master, client_random, server_random, z, SERVER, &s));
	ck_assert_mem_eq(&block[0], c.mac.byte, 20);
	ck_assert_mem_eq(&block[20], s.mac.byte, 20);
	ck_assert_mem_eq(&block[40], c.key.byte, 16);
	ck_assert_mem_eq(&block[56], s.key.byte, 16);
	ck_assert_mem_eq(&block[72], c.iv, 16);
	ck_assert_mem_eq(&block[88], s.iv, 16);
}
END_TEST

Suite *key_schedule_suite(void)
{
	Suite *s = suite_create("key_schedule");
	TCase *t = tcase_create("vectors");
	tcase_add_test(t, the_prf_of_each_version_gives_the_published_bytes);
	tcase_add_test(t, keys_and_finished_of_rfc_8448_come_out_of_its_secrets);
	tcase_add_test(t, an_expansion_longer_than_the_hash_or_of_no_secret_is_refused);
	tcase_add_test(t, the_key_block_is_cut_in_the_order_of_the_rfc);
	suite_add_tcase(s, t);
	return s;
}
