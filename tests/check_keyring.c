/* The key ring: every form that a key may have, and everything that is none; key logs line by line;
 * and that nothing secret stays behind. Keys are those of captures/, made by openssl. */
#include <check.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/secrets/keylog.h"
#include "src/secrets/keyring.h"
#include "src/secrets/secret.h"

Suite *keyring_suite(void);

static struct keyring *ring;
static char why[160], folder[] = "/tmp/keyhole-ring-XXXXXX";

static void set_up(void)
{
	ring = keyring_new();
	ck_assert_ptr_nonnull(ring);
	memcpy(folder, "/tmp/keyhole-ring-XXXXXX", sizeof folder);
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_file(const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	unlink(path);
}

static void tear_down(void)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	keyring_free(ring);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		remove_file(names[i]);
	rmdir(folder);
}

static const char *in_captures(const char *name)
{
	static char path[512];
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/captures/%s", top == NULL ? "." : top, name);
	return path;
}

static const char *write_file(const char *name, const void *at, size_t len)
{
	static char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(at, 1, len, f), len);
	fclose(f);
	return path;
}

static size_t read_whole(const char *path, char *out, size_t room)
{
	FILE *f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s cannot be read", path);
	size_t n = fread(out, 1, room - 1, f);
	fclose(f);
	out[n] = '\0';
	return n;
}

static enum key_result add(const char *path)
{
	return keyring_add_key(ring, path, NULL, NULL, why, sizeof why);
}

/* Gives the text that `ctx` is, counting the calls. */
static int n_asked;

static int say_it(void *ctx, const char *path, char *out, int room)
{
	size_t len = strlen(ctx);
	ck_assert_ptr_nonnull(path);
	ck_assert_int_lt((int)len, room);
	memcpy(out, ctx, len);
	n_asked++;
	return (int)len;
}

/* The SPKI's SHA-256 of the lab's certificate, by OpenSSL from the certificate itself. */
static void wanted_spki(uint8_t out[32])
{
	uint8_t *der = NULL;
	FILE *f = fopen(in_captures("pki/www.pem"), "r");
	ck_assert_ptr_nonnull(f);
	X509 *c = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	int len = i2d_PUBKEY(X509_get0_pubkey(c), &der);
	ck_assert_int_gt(len, 0);
	SHA256(der, (size_t)len, out);
	OPENSSL_free(der);
	X509_free(c);
}

static void assert_is_www(size_t i)
{
	uint8_t spki[32], wanted[32];
	wanted_spki(wanted);
	ck_assert_ptr_nonnull(keyring_key_name(ring, i, spki));
	ck_assert_mem_eq(spki, wanted, 32);
}

START_TEST(pem_and_der_pkcs1_and_pkcs8_are_the_same_key)
{
	static const char *const forms[] = {"tls12-rsa/server.key", "keys/server-pkcs1.pem",
	                                    "keys/server-pkcs1.der", "keys/server-pkcs8.der"};
	ck_assert(keyring_is_empty(ring));
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(add(in_captures(forms[i])), KEY_ADDED);
		ck_assert_str_eq(why, "");
		assert_is_www(i);
	}
	ck_assert_uint_eq(keyring_n_keys(ring), 4);
	ck_assert(!keyring_is_empty(ring));
	uint8_t spki[32];
	ck_assert_ptr_null(keyring_key_name(ring, 4, spki));
}
END_TEST

START_TEST(a_locked_key_opens_with_its_passphrase_alone)
{
	char pass[128];
	read_whole(in_captures("keys/locked.pass"), pass, sizeof pass);
	pass[strcspn(pass, "\n")] = '\0';
	const char *path = in_captures("keys/locked.key");
	ck_assert_int_eq(add(path), KEY_LOCKED);
	ck_assert_int_eq(keyring_add_key(ring, path, say_it, "not this one", why, sizeof why),
	                 KEY_LOCKED);
	ck_assert_ptr_null(strstr(why, "not this one"));
	ck_assert_uint_eq(keyring_n_keys(ring), 0);
	ck_assert(!keyring_is_empty(ring));
	ck_assert_int_eq(keyring_add_key(ring, path, say_it, pass, why, sizeof why), KEY_ADDED);
	assert_is_www(0);
}
END_TEST

START_TEST(the_older_encrypted_form_opens_too)
{
	char path[256];
	EVP_PKEY *key = EVP_RSA_gen(2048);
	snprintf(path, sizeof path, "%s/a", folder);
	BIO *out = BIO_new_file(path, "w");
	ck_assert_int_eq(PEM_write_bio_PrivateKey_traditional(out, key, EVP_aes_128_cbc(),
	                                                      (const uint8_t *)"sesame", 6, NULL,
	                                                      NULL),
	                 1);
	BIO_free(out);
	EVP_PKEY_free(key);
	ck_assert_int_eq(add(path), KEY_LOCKED);
	ck_assert_int_eq(keyring_add_key(ring, path, say_it, "sesam", why, sizeof why), KEY_LOCKED);
	ck_assert_int_eq(keyring_add_key(ring, path, say_it, "sesame", why, sizeof why), KEY_ADDED);
}
END_TEST

START_TEST(several_keys_in_one_file_are_all_taken_and_ask_once)
{
	char text[16384];
	size_t n = read_whole(in_captures("keys/locked.key"), text, sizeof text);
	n += read_whole(in_captures("keys/other.key"), &text[n], sizeof text - n);
	n += read_whole(in_captures("keys/locked.key"), &text[n], sizeof text - n);
	char pass[128];
	read_whole(in_captures("keys/locked.pass"), pass, sizeof pass);
	pass[strcspn(pass, "\n")] = '\0';
	n_asked = 0;
	ck_assert_int_eq(
		keyring_add_key(ring, write_file("a", text, n), say_it, pass, why, sizeof why),
		KEY_ADDED);
	ck_assert_uint_eq(keyring_n_keys(ring), 3);
	ck_assert_int_eq(n_asked, 1);
}
END_TEST

START_TEST(keys_that_sign_and_certificates_can_never_decrypt)
{
	static const char *const files[] = {"keys/ec.key", "pki/www.pem"};
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(add(in_captures(files[i])), KEY_CANNOT);
		ck_assert_str_ne(why, "");
	}
	assert_is_www(1);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	uint8_t *der = NULL;
	int len = i2d_PrivateKey(key, &der);
	ck_assert_int_eq(add(write_file("a", der, (size_t)len)), KEY_CANNOT);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}
END_TEST

/* PKCS#8 (RFC 5958, 2) with 1.3.101.127, which nobody has given away, as its algorithm. */
static PKCS8_PRIV_KEY_INFO *key_of_a_kind_not_known(void)
{
	uint8_t der[] = {0x30, 0x0e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
	                 0x03, 0x2b, 0x65, 0x7f, 0x04, 0x02, 0x04, 0x00};
	const uint8_t *at = der;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, sizeof der);
	ck_assert_ptr_nonnull(info);
	return info;
}

START_TEST(a_private_key_of_a_kind_not_known_is_told_as_that)
{
	static const char words[] = "its private key is of a kind that is not known here: "
				    "1.3.101.127";
	PKCS8_PRIV_KEY_INFO *info = key_of_a_kind_not_known();
	for (int form = 0; form < 3; form++) {
		BIO *out = BIO_new(BIO_s_mem());
		X509_SIG *sealed =
			PKCS8_encrypt(-1, EVP_aes_128_cbc(), "pass", 4, NULL, 0, 0, info);
		char *text = NULL;
		if (form == 0)
			i2d_PKCS8_PRIV_KEY_INFO_bio(out, info);
		else if (form == 1)
			PEM_write_bio_PKCS8_PRIV_KEY_INFO(out, info);
		else
			PEM_write_bio_PKCS8(out, sealed);
		size_t len = (size_t)BIO_get_mem_data(out, &text);
		ck_assert_int_eq(keyring_add_key(ring, write_file("a", text, len), say_it, "pass",
		                                 why, sizeof why),
		                 KEY_CANNOT);
		ck_assert_str_eq(why, words);
		X509_SIG_free(sealed);
		BIO_free(out);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	ck_assert_uint_eq(keyring_n_keys(ring), 0);
}
END_TEST

START_TEST(a_folder_gives_the_keys_of_its_files_and_passes_over_the_others)
{
	char text[8192];
	size_t n = read_whole(in_captures("keys/other.key"), text, sizeof text);
	write_file("a", "no key", 6);
	write_file("b", text, n);
	n = read_whole(in_captures("tls12-rsa/server.key"), text, sizeof text);
	write_file("c", text, n);
	ck_assert_int_eq(add(folder), KEY_ADDED);
	ck_assert_uint_eq(keyring_n_keys(ring), 2);
	assert_is_www(1);
}
END_TEST

START_TEST(what_is_no_key_is_unreadable_and_says_why)
{
	static char large[(1 << 20) + 1];
	ck_assert_int_eq(add("/nonexistent/key"), KEY_UNREADABLE);
	ck_assert_str_eq(why, "No such file or directory");
	ck_assert_int_eq(add(write_file("a", "", 0)), KEY_UNREADABLE);
	ck_assert_str_eq(why, "the file is empty");
	ck_assert_int_eq(add(write_file("b", "garbage\n", 8)), KEY_UNREADABLE);
	ck_assert_str_eq(why, "there is no private key in it");
	ck_assert_int_eq(add(write_file("c", large, sizeof large)), KEY_UNREADABLE);
	ck_assert_str_eq(why, "the file is too large");
	ck_assert_int_eq(add("/dev/null"), KEY_UNREADABLE);
	ck_assert_int_eq(add(in_captures("keys/foreign.log")), KEY_UNREADABLE);
	ck_assert(keyring_is_empty(ring));
}
END_TEST

START_TEST(a_key_cut_anywhere_is_unreadable_and_no_byte_of_it_is_told)
{
	char text[8192];
	size_t n = read_whole(in_captures("keys/server-pkcs8.der"), text, sizeof text);
	for (size_t i = 0; i < n; i += 7)
		ck_assert_int_eq(add(write_file("a", text, i)), KEY_UNREADABLE);
	n = read_whole(in_captures("tls12-rsa/server.key"), text, sizeof text);
	for (size_t i = 0; i + 60 < n; i += 53) {
		ck_assert_int_eq(add(write_file("a", text, i)), KEY_UNREADABLE);
		ck_assert_ptr_null(strstr(why, "MII"));
	}
}
END_TEST

/* ---- Key logs ---- */

#define RANDOM   "67aa9153112233445566778899AABBCCDDEEFF00112233445566778899aabbcc"
#define RANDOM_1 "67aa9153112233445566778899AABBCCDDEEFF00112233445566778899aabbcd"
#define MASTER                                                                                     \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b" \
	"2c2d2e2f"
#define SECRET "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct keylog_news news_of(struct keylog *k, const char *text)
{
	return keylog_add(k, "log", (struct bytes){(const uint8_t *)text, strlen(text)});
}

static bool finds(const struct keylog *k, enum line_label label, uint8_t last)
{
	uint8_t id[32] = {0x67, 0xaa, 0x91, 0x53, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
	                  0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00, 0x11, 0x22,
	                  0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, last};
	struct secret s = {.len = 0};
	const char *name = NULL;
	size_t id_len = label == LINE_RSA ? 8 : 32;
	if (!keylog_find(k, label, (struct bytes){id, id_len}, &s, &name))
		return false;
	ck_assert_str_eq(name, "log");
	for (size_t i = 0; i < s.len; i++)
		ck_assert_uint_eq(s.byte[i], i);
	return true;
}

START_TEST(lines_are_found_by_label_and_random_in_either_case)
{
	struct keylog *k = keylog_new();
	struct keylog_news n = news_of(k, "# SSL/TLS secrets log file\r\n"
	                                  "\r\n"
	                                  "CLIENT_RANDOM " RANDOM " " MASTER "\r\n"
	                                  "\n"
	                                  "CLIENT_TRAFFIC_SECRET_0 " RANDOM_1 " " SECRET "\n"
	                                  "RSA 67aa915311223344 " MASTER);
	ck_assert_uint_eq(n.added, 3);
	ck_assert_uint_eq(n.malformed, 0);
	ck_assert(finds(k, LINE_CLIENT_RANDOM, 0xcc));
	ck_assert(!finds(k, LINE_CLIENT_RANDOM, 0xcd));
	ck_assert(finds(k, LINE_CLIENT_TRAFFIC, 0xcd));
	ck_assert(!finds(k, LINE_SERVER_TRAFFIC, 0xcd));
	ck_assert(finds(k, LINE_RSA, 0));
	keylog_free(k);
}
END_TEST

START_TEST(a_repeated_line_counts_but_is_kept_once)
{
	struct keylog *k = keylog_new();
	static const char line[] = "CLIENT_RANDOM " RANDOM " " MASTER "\n";
	ck_assert_uint_eq(news_of(k, line).added, 1);
	ck_assert_uint_eq(news_of(k, line).added, 1);
	ck_assert_uint_eq(keylog_n_lines(k), 1);
	keylog_free(k);
}
END_TEST

START_TEST(malformed_lines_are_counted_and_the_first_is_named)
{
	static const char *const bad[] = {
		"CLIENT_RANDOM",
		"CLIENT_RANDOM " RANDOM,
		"CLIENT_RANDOM " RANDOM " ",
		"CLIENT_RANDOM " RANDOM " 00",
		"CLIENT_RANDOM " RANDOM " " SECRET,
		"CLIENT_RANDOM " RANDOM " " MASTER "00",
		"CLIENT_RANDOM " RANDOM " " MASTER " 00",
		"CLIENT_RANDOM 00 " MASTER,
		"CLIENT_RANDOM  " RANDOM " " MASTER,
		"CLIENT_RANDOM x" RANDOM " " MASTER,
		"client_random " RANDOM " " MASTER,
		"RSA " RANDOM " " MASTER,
		"no key log at all",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[1024];
		struct keylog *k = keylog_new();
		snprintf(text, sizeof text,
		         "# first\n%s\n%s\nCLIENT_RANDOM " RANDOM " " MASTER "\n", bad[i], bad[i]);
		struct keylog_news n = news_of(k, text);
		ck_assert_msg(n.malformed == 2, "%s", bad[i]);
		ck_assert_uint_eq(n.first_line, 2);
		ck_assert_uint_eq(n.added, 1);
		keylog_free(k);
	}
}
END_TEST

START_TEST(labels_that_are_not_known_are_passed_over_and_long_lines_refused)
{
	static char line[4096];
	struct keylog *k = keylog_new();
	struct keylog_news n = news_of(k, "QUIC_CLIENT_TRAFFIC_SECRET_0 " RANDOM " " SECRET "\n");
	ck_assert_uint_eq(n.unknown, 1);
	ck_assert_uint_eq(n.malformed, 0);
	memset(line, 'A', sizeof line - 1);
	ck_assert_uint_eq(news_of(k, line).malformed, 1);
	keylog_free(k);
}
END_TEST

START_TEST(a_hundred_thousand_lines_are_all_found_again)
{
	enum { LINES = 100000 };
	size_t room = (size_t)LINES * 180, len = 0;
	char *text = malloc(room);
	struct keylog *k = keylog_new();
	ck_assert_ptr_nonnull(text);
	for (unsigned i = 0; i < LINES; i++)
		len += (size_t)snprintf(&text[len], room - len, "CLIENT_RANDOM %064x %088x%08x\n",
		                        i, 0, i);
	ck_assert_uint_eq(keylog_add(k, "log", (struct bytes){(uint8_t *)text, len}).added, LINES);
	for (unsigned i = 0; i < LINES; i += 37) {
		uint8_t id[32] = {0};
		struct secret s = {.len = 0};
		for (int j = 0; j < 4; j++)
			id[28 + j] = (uint8_t)(i >> (24 - 8 * j));
		ck_assert(keylog_find(k, LINE_CLIENT_RANDOM, (struct bytes){id, 32}, &s, NULL));
		ck_assert_mem_eq(&s.byte[44], &id[28], 4);
	}
	keylog_free(k);
	free(text);
}
END_TEST

START_TEST(a_key_log_file_says_how_many_lines_are_malformed)
{
	static const char text[] = "CLIENT_RANDOM " RANDOM " " MASTER "\nbad\nbad\n";
	ck_assert_int_eq(
		keyring_add_log(ring, write_file("a", text, sizeof text - 1), why, sizeof why),
		KEY_ADDED);
	ck_assert_str_eq(why, "2 malformed lines, the first is line 2");
	ck_assert_uint_eq(keyring_n_log_lines(ring), 1);
	ck_assert_int_eq(keyring_add_log(ring, "/nonexistent", why, sizeof why), KEY_UNREADABLE);
	ck_assert_int_eq(keyring_add_log(ring, write_file("b", "bad\n", 4), why, sizeof why),
	                 KEY_UNREADABLE);
	ck_assert_int_eq(keyring_add_log(ring, in_captures("tls13/keys.log"), why, sizeof why),
	                 KEY_ADDED);
	ck_assert_str_eq(why, "");
	ck_assert_uint_gt(keyring_n_log_lines(ring), 4);
}
END_TEST

/* ---- Nothing stays behind ---- */

/* Counts where the bytes lie in this process's own writable memory; `needle` is kept inverted, so
 * that it is not found itself. AddressSanitizer's own memory is too large to search and may not be
 * looked at through its eyes. */
__attribute__((no_sanitize("address"))) static size_t count_in_memory(const uint8_t *inverted,
                                                                      size_t len)
{
	char line[512];
	size_t found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to;
		char rights[8];
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[0] != 'r' ||
		    rights[1] != 'w' || to - from > 1UL << 30)
			continue;
		const volatile uint8_t *at = (const volatile uint8_t *)from;
		for (size_t i = 0; i + len <= to - from; i++) {
			size_t n = 0;
			while (n < len && (at[i + n] ^ inverted[n]) == 0xff)
				n++;
			found += n == len;
		}
	}
	fclose(maps);
	return found;
}

START_TEST(no_secret_is_left_in_memory_once_the_ring_is_freed)
{
	uint8_t inverted[16];
	const char *path = in_captures("tls12-rsa/keys.log");
	FILE *f = fopen(path, "r");
	int c = 0;
	ck_assert_ptr_nonnull(f);
	char buffer[64];
	setvbuf(f, buffer, _IOFBF, sizeof buffer);
	for (int i = 0; c != EOF && c != '\n'; i++) /* "RSA", 16 digits, then the secret */
		c = fgetc(f);
	char word[80];
	ck_assert_int_eq(fscanf(f, "%79s %*s", word), 1);
	for (size_t i = 0; i < sizeof inverted; i++) {
		unsigned byte;
		ck_assert_int_eq(fscanf(f, i == 0 ? " %2x" : "%2x", &byte), 1);
		inverted[i] = (uint8_t)(byte ^ 0xff);
	}
	fclose(f);
	memset(buffer, 0, sizeof buffer);
	ck_assert_int_eq(keyring_add_log(ring, path, why, sizeof why), KEY_ADDED);
	ck_assert_uint_ge(count_in_memory(inverted, sizeof inverted), 1);
	keyring_free(ring);
	ring = NULL;
	ck_assert_uint_eq(count_in_memory(inverted, sizeof inverted), 0);
}
END_TEST

START_TEST(a_secret_too_long_for_its_type_is_refused_whole)
{
	uint8_t long_one[SECRET_MOST + 1] = {1};
	struct secret s = {.len = 3};
	ck_assert(!secret_set(&s, (struct bytes){long_one, sizeof long_one}));
	ck_assert_uint_eq(s.len, 0);
	ck_assert(secret_set(&s, (struct bytes){long_one, SECRET_MOST}));
	ck_assert_uint_eq(s.len, SECRET_MOST);
}
END_TEST

START_TEST(memory_for_secrets_comes_zeroed_small_and_large)
{
	static const size_t sizes[] = {1, 4096, 300 * 1024, 6 << 20};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint8_t *p = secret_take(sizes[i]);
		ck_assert_ptr_nonnull(p);
		size_t n_zero = 0;
		while (n_zero < sizes[i] && p[n_zero] == 0)
			n_zero++;
		ck_assert_uint_eq(n_zero, sizes[i]);
		memset(p, 0xaa, sizes[i]);
		secret_release(p, sizes[i]);
	}
}
END_TEST

Suite *keyring_suite(void)
{
	Suite *s = suite_create("keyring");
	TCase *t = tcase_create("keys");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, pem_and_der_pkcs1_and_pkcs8_are_the_same_key);
	tcase_add_test(t, a_locked_key_opens_with_its_passphrase_alone);
	tcase_add_test(t, the_older_encrypted_form_opens_too);
	tcase_add_test(t, several_keys_in_one_file_are_all_taken_and_ask_once);
	tcase_add_test(t, keys_that_sign_and_certificates_can_never_decrypt);
	tcase_add_test(t, a_private_key_of_a_kind_not_known_is_told_as_that);
	tcase_add_test(t, a_folder_gives_the_keys_of_its_files_and_passes_over_the_others);
	tcase_add_test(t, what_is_no_key_is_unreadable_and_says_why);
	tcase_add_test(t, a_key_cut_anywhere_is_unreadable_and_no_byte_of_it_is_told);
	tcase_add_test(t, lines_are_found_by_label_and_random_in_either_case);
	tcase_add_test(t, a_repeated_line_counts_but_is_kept_once);
	tcase_add_test(t, malformed_lines_are_counted_and_the_first_is_named);
	tcase_add_test(t, labels_that_are_not_known_are_passed_over_and_long_lines_refused);
	tcase_add_test(t, a_hundred_thousand_lines_are_all_found_again);
	tcase_add_test(t, a_key_log_file_says_how_many_lines_are_malformed);
	tcase_add_test(t, no_secret_is_left_in_memory_once_the_ring_is_freed);
	tcase_add_test(t, a_secret_too_long_for_its_type_is_refused_whole);
	tcase_add_test(t, memory_for_secrets_comes_zeroed_small_and_large);
	suite_add_tcase(s, t);
	return s;
}
