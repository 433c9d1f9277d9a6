/* Certificates made here with OpenSSL, and the verdicts held against X509_verify_cert as a person
 * would call it: with a time, a purpose and the root. */
#include <check.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/pki/pki.h"

Suite *pki_suite(void);

enum { DAY = 86400, NOW = 1600000000, LIST_BYTES = 1 << 20 };

/* What a certificate is to be; dates in days from NOW. */
struct wish {
	const char *name, *san;
	X509 *issuer;
	EVP_PKEY *issuer_key, *key;
	int from, to;
	bool is_ca;
};

static struct {
	EVP_PKEY *root_key, *middle_key, *leaf_key;
	X509 *root, *middle, *leaf;
	char ca[64];
	struct pki *pki;
	struct arena arena;
	uint8_t list[LIST_BYTES];
} lab;

static void add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void sign(X509 *x, EVP_PKEY *key)
{
	bool own_digest = EVP_PKEY_is_a(key, "ED25519");
	ck_assert_int_gt(X509_sign(x, key, own_digest ? NULL : EVP_sha256()), 0);
}

static X509 *unsigned_certificate(const struct wish *w)
{
	static long serial = 1;
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"lab", -1, -1,
	                           0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)w->name, -1,
	                           -1, 0);
	X509_set_issuer_name(x, w->issuer == NULL ? name : X509_get_subject_name(w->issuer));
	ASN1_TIME_set(X509_getm_notBefore(x), NOW + (time_t)w->from * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + (time_t)w->to * DAY);
	X509_set_pubkey(x, w->key);
	if (w->is_ca)
		add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
	if (w->san != NULL)
		add_extension(x, NID_subject_alt_name, w->san);
	return x;
}

static X509 *certificate(struct wish w)
{
	X509 *x = unsigned_certificate(&w);
	sign(x, w.issuer_key == NULL ? w.key : w.issuer_key);
	return x;
}

static X509 *leaf_for(const char *san, int from, int to)
{
	return certificate((struct wish){.name = "www.lab.test",
	                                 .san = san,
	                                 .issuer = lab.middle,
	                                 .issuer_key = lab.middle_key,
	                                 .key = lab.leaf_key,
	                                 .from = from,
	                                 .to = to});
}

static X509 *middle_for(int from, int to)
{
	return certificate((struct wish){.name = "Lab Intermediate",
	                                 .issuer = lab.root,
	                                 .issuer_key = lab.root_key,
	                                 .key = lab.middle_key,
	                                 .from = from,
	                                 .to = to,
	                                 .is_ca = true});
}

static struct pki *pki_with(const char *ca)
{
	char why[256];
	struct pki_options o = {.ca = ca,
	                        .no_system = true,
	                        .today = (moment)NOW * NS_PER_SECOND,
	                        .at = MOMENT_UNKNOWN};
	struct pki *p = pki_new(&o, why, sizeof why);
	ck_assert_msg(p != NULL, "%s", why);
	return p;
}

static void setup(void)
{
	memset(&lab, 0, sizeof lab);
	lab.root_key = EVP_EC_gen("P-256");
	lab.middle_key = EVP_EC_gen("P-256");
	lab.leaf_key = EVP_EC_gen("P-256");
	lab.root = certificate((struct wish){
		.name = "Lab Root", .key = lab.root_key, .from = -9000, .to = 9000, .is_ca = true});
	lab.middle = middle_for(-1000, 1000);
	lab.leaf = leaf_for("DNS:www.lab.test", -10, 10);
	snprintf(lab.ca, sizeof lab.ca, "/tmp/check_pki.XXXXXX");
	int fd = mkstemp(lab.ca);
	ck_assert_int_ge(fd, 0);
	FILE *file = fdopen(fd, "w");
	ck_assert_int_eq(PEM_write_X509(file, lab.root), 1);
	fclose(file);
	lab.pki = pki_with(lab.ca);
}

static void teardown(void)
{
	unlink(lab.ca);
	pki_free(lab.pki);
	arena_free(&lab.arena);
	X509_free(lab.root);
	X509_free(lab.middle);
	X509_free(lab.leaf);
	EVP_PKEY_free(lab.root_key);
	EVP_PKEY_free(lab.middle_key);
	EVP_PKEY_free(lab.leaf_key);
}

static void put(struct bytes *list, const void *at, size_t n)
{
	ck_assert_uint_le(list->len + n, LIST_BYTES);
	memcpy(lab.list + list->len, at, n);
	list->len += n;
}

static void put_entry(struct bytes *list, const void *der, size_t n, bool tls13)
{
	uint8_t head[3] = {(uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	put(list, head, 3);
	put(list, der, n);
	if (tls13)
		put(list, "\0\0", 2);
}

/* Gives the certificate_list of up to four certificates (NULL: none); valid until the next. */
static struct bytes list_of(X509 *a, X509 *b, X509 *c, X509 *d)
{
	X509 *all[] = {a, b, c, d};
	struct bytes list = {lab.list, 0};
	for (size_t i = 0; i < 4 && all[i] != NULL; i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(all[i], &der);
		put_entry(&list, der, (size_t)len, false);
		OPENSSL_free(der);
	}
	return list;
}

static struct bytes words(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static const struct chain *chain_of_list(struct bytes list)
{
	const struct chain *c = pki_chain(lab.pki, list, false, &lab.arena);
	ck_assert_ptr_nonnull(c);
	return c;
}

static struct verdict judged_at(struct pki *p, struct bytes list, int64_t seconds)
{
	struct verdict v;
	const struct chain *c = pki_chain(p, list, false, &lab.arena);
	pki_judge(p, c, SERVER, words("www.lab.test"), seconds * NS_PER_SECOND, &v);
	return v;
}

static struct verdict judged(struct bytes list)
{
	return judged_at(lab.pki, list, NOW);
}

/* Gives the error of a plain verification, as openssl verify -purpose sslserver -attime does. */
static int openssl_says(X509 *a, X509 *b, X509 *c, int64_t seconds)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *untrusted = sk_X509_new_null();
	X509_STORE_add_cert(store, lab.root);
	if (b != NULL)
		sk_X509_push(untrusted, b);
	if (c != NULL)
		sk_X509_push(untrusted, c);
	X509_STORE_CTX_init(ctx, store, a, untrusted);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
	X509_STORE_CTX_set_time(ctx, 0, (time_t)seconds);
	X509_verify_cert(ctx);
	int error = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(untrusted);
	return error;
}

/* ---- verdicts ---- */

START_TEST(a_good_chain_is_ok_and_ends_at_its_root)
{
	struct verdict v = judged(list_of(lab.leaf, lab.middle, NULL, NULL));
	ck_assert_int_eq(openssl_says(lab.leaf, lab.middle, NULL, NOW), X509_V_OK);
	ck_assert(v.made);
	ck_assert_int_eq(v.chain, CHECK_OK);
	ck_assert_int_eq(v.name, CHECK_OK);
	ck_assert_int_eq(v.then, CHECK_OK);
	ck_assert_int_eq(v.today, CHECK_OK);
	ck_assert_int_eq(v.first, CHECK_OK);
	ck_assert_ptr_null(v.detail);
	ck_assert_ptr_nonnull(v.anchor);
	ck_assert(bytes_equal(v.anchor->subject, words("CN=Lab Root,O=lab")));
}
END_TEST

START_TEST(facts_are_those_that_were_put_in)
{
	const struct cert *c = chain_of_list(list_of(lab.leaf, lab.middle, NULL, NULL))->cert[0];
	unsigned char digest[32];
	unsigned int len;
	X509_digest(lab.leaf, EVP_sha256(), digest, &len);
	ck_assert_mem_eq(c->sha256, digest, 32);
	ck_assert(c->readable && !c->is_ca && !c->self_issued && !c->self_signed);
	ck_assert(bytes_equal(c->subject, words("CN=www.lab.test,O=lab")));
	ck_assert(bytes_equal(c->common_name, words("www.lab.test")));
	ck_assert(bytes_equal(c->issuer, words("CN=Lab Intermediate,O=lab")));
	ck_assert(bytes_equal(c->issuer_name, words("Lab Intermediate")));
	ck_assert_int_eq(c->not_before, (moment)(NOW - 10 * DAY) * NS_PER_SECOND);
	ck_assert_int_eq(c->not_after, (moment)(NOW + 10 * DAY) * NS_PER_SECOND);
	ck_assert_str_eq(c->key_kind, "EC P-256");
	ck_assert_uint_eq(c->key_bits, 256);
	ck_assert_str_eq(c->signature_algorithm, "ecdsa-with-SHA256");
	ck_assert_uint_eq(c->n_names, 1);
	ck_assert(bytes_equal(c->name[0], words("www.lab.test")));
	ck_assert_uint_eq(c->findings, 0);
}
END_TEST

START_TEST(dates_hold_through_their_last_second)
{
	static const struct {
		int64_t at;
		enum check then;
	} row[] = {
		{NOW - 10 * DAY - 1, CHECK_NOT_YET_VALID},
		{NOW - 10 * DAY, CHECK_OK},
		{NOW + 10 * DAY, CHECK_OK},
		{NOW + 10 * DAY + 1, CHECK_EXPIRED},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct bytes list = list_of(lab.leaf, lab.middle, NULL, NULL);
		struct verdict v = judged_at(lab.pki, list, row[i].at);
		ck_assert_int_eq(v.then, row[i].then);
		ck_assert_int_eq(v.first, row[i].then);
		ck_assert_int_eq(v.chain, CHECK_OK);
		ck_assert_int_eq(v.today, CHECK_OK);
		ck_assert_ptr_eq(v.at_fault,
		                 row[i].then == CHECK_OK ? NULL : chain_of_list(list)->cert[0]);
	}
	ck_assert_int_eq(openssl_says(lab.leaf, lab.middle, NULL, NOW - 10 * DAY - 1),
	                 X509_V_ERR_CERT_NOT_YET_VALID);
	ck_assert_int_eq(openssl_says(lab.leaf, lab.middle, NULL, NOW + 10 * DAY + 1),
	                 X509_V_ERR_CERT_HAS_EXPIRED);
}
END_TEST

START_TEST(an_expired_intermediate_is_the_one_at_fault)
{
	X509 *old = middle_for(-1000, -1);
	struct bytes list = list_of(lab.leaf, old, NULL, NULL);
	struct verdict v = judged(list);
	ck_assert_int_eq(openssl_says(lab.leaf, old, NULL, NOW), X509_V_ERR_CERT_HAS_EXPIRED);
	ck_assert_int_eq(v.then, CHECK_EXPIRED);
	ck_assert_ptr_eq(v.at_fault, chain_of_list(list)->cert[1]);
	X509_free(old);
}
END_TEST

START_TEST(another_path_that_holds_at_that_time_is_taken)
{
	X509 *old = middle_for(-1000, -8), *mid = middle_for(-7, -5), *young = middle_for(-4, 1000);
	struct bytes list = list_of(lab.leaf, old, mid, young);
	static const struct {
		int hours;
		bool holds;
	} row[] = {{0, true}, {-9 * 24, true}, {-6 * 24, true}, {-108, false}, {-180, false}};
	for (size_t i = 0; i < 10; i++) { /* the second time from what was kept */
		int64_t t = NOW + row[i % 5].hours * 3600;
		ck_assert_int_eq(judged_at(lab.pki, list, t).then == CHECK_OK, row[i % 5].holds);
		bool one_holds = openssl_says(lab.leaf, old, NULL, t) == X509_V_OK ||
		                 openssl_says(lab.leaf, mid, young, t) == X509_V_OK;
		ck_assert_int_eq(one_holds, row[i % 5].holds);
	}
	X509_free(old);
	X509_free(mid);
	X509_free(young);
}
END_TEST

static X509 *other_root(EVP_PKEY *key)
{
	return certificate((struct wish){
		.name = "Other Root", .key = key, .from = -10, .to = 10, .is_ca = true});
}

START_TEST(a_self_signed_leaf_is_told_from_an_unknown_root)
{
	X509 *own = certificate((struct wish){.name = "own",
	                                      .san = "DNS:www.lab.test",
	                                      .key = lab.leaf_key,
	                                      .from = -1,
	                                      .to = 1});
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *root = other_root(key);
	X509 *leaf = certificate((struct wish){.name = "leaf",
	                                       .issuer = root,
	                                       .issuer_key = key,
	                                       .key = lab.leaf_key,
	                                       .from = -1,
	                                       .to = 1});
	ck_assert_int_eq(judged(list_of(own, NULL, NULL, NULL)).first, CHECK_SELF_SIGNED);
	ck_assert_int_eq(judged(list_of(leaf, root, NULL, NULL)).chain, CHECK_UNKNOWN_ROOT);
	ck_assert_int_eq(openssl_says(own, NULL, NULL, NOW),
	                 X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
	ck_assert_int_eq(openssl_says(leaf, root, NULL, NOW), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
	X509_free(own);
	X509_free(root);
	X509_free(leaf);
	EVP_PKEY_free(key);
}
END_TEST

/* Puts 1.3.101.127, which nobody has given away, in the place of Ed25519's 1.3.101.112. */
static X509 *of_a_kind_not_known(X509 *x)
{
	static const uint8_t id[] = {0x06, 0x03, 0x2b, 0x65};
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der), n = 0;
	for (int i = 0; i + 5 <= len; i++)
		if (memcmp(der + i, id, sizeof id) == 0 && der[i + 4] == 0x70) {
			der[i + 4] = 0x7f;
			n++;
		}
	ck_assert_int_eq(n, 3); /* of the signature twice, and of the key */
	const unsigned char *at = der;
	X509 *changed = d2i_X509(NULL, &at, len);
	ck_assert_ptr_nonnull(changed);
	OPENSSL_free(der);
	X509_free(x);
	return changed;
}

/* Says in an extension that the key of that id signed it. */
static void name_signer(X509 *x, const uint8_t *id, int len)
{
	AUTHORITY_KEYID *signer = AUTHORITY_KEYID_new();
	signer->keyid = ASN1_OCTET_STRING_new();
	ASN1_OCTET_STRING_set(signer->keyid, id, len);
	ck_assert_int_eq(X509_add1_ext_i2d(x, NID_authority_key_identifier, signer, 0, 0), 1);
	AUTHORITY_KEYID_free(signer);
}

/* `own`: the id of the key that signed is the key's own; NULL: none is named. */
static X509 *signed_in_a_way_not_known(const uint8_t *signer)
{
	static const uint8_t own[] = {1, 2, 3};
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct wish w = {.name = "own", .san = "DNS:www.lab.test", .key = key, .from = -1, .to = 1};
	X509 *x = unsigned_certificate(&w);
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	ASN1_OCTET_STRING_set(id, own, sizeof own);
	ck_assert_int_eq(X509_add1_ext_i2d(x, NID_subject_key_identifier, id, 0, 0), 1);
	ASN1_OCTET_STRING_free(id);
	if (signer != NULL)
		name_signer(x, signer, sizeof own);
	sign(x, key);
	EVP_PKEY_free(key);
	return of_a_kind_not_known(x);
}

START_TEST(a_self_signed_leaf_of_a_kind_not_known_is_told_by_its_names)
{
	static const uint8_t signer[][3] = {{1, 2, 3}, {3, 2, 1}};
	for (size_t i = 0; i < 3; i++) {
		X509 *x = signed_in_a_way_not_known(i == 2 ? NULL : signer[i]);
		const struct cert *c = chain_of_list(list_of(x, NULL, NULL, NULL))->cert[0];
		struct verdict v = judged(list_of(x, NULL, NULL, NULL));
		ck_assert_int_eq(openssl_says(x, NULL, NULL, NOW),
		                 X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
		ck_assert(c->readable && c->self_issued && c->unchecked);
		ck_assert(c->self_signed == (i != 1));
		ck_assert_str_eq(c->key_kind, "unknown");
		ck_assert_uint_eq(c->key_bits, 0);
		ck_assert_ptr_null(c->signature_algorithm);
		ck_assert_int_eq(v.chain, i != 1 ? CHECK_SELF_SIGNED : CHECK_MISSING_INTERMEDIATE);
		if (i != 1)
			ck_assert_str_eq(v.detail,
			                 "signature not checked: algorithm not known here");
		X509_free(x);
	}
}
END_TEST

START_TEST(a_raw_public_key_is_told_by_kind_size_and_digest)
{
	static const char *const type[] = {"P-256", "P-384"}, *const kind[] = {"EC P-256",
	                                                                       "EC P-384"};
	static const uint32_t bits[] = {256, 384};
	for (size_t i = 0; i < 2; i++) {
		EVP_PKEY *key = EVP_EC_gen(type[i]);
		unsigned char *der = NULL, digest[32];
		int len = i2d_PUBKEY(key, &der);
		EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL);
		struct raw_key raw = pki_raw_key((struct bytes){der, (size_t)len});
		ck_assert_str_eq(raw.kind, kind[i]);
		ck_assert_uint_eq(raw.bits, bits[i]);
		ck_assert_mem_eq(raw.spki_sha256, digest, 32);
		for (int cut = 0; cut < len; cut++) /* none of it is the key */
			ck_assert_ptr_null(pki_raw_key((struct bytes){der, (size_t)cut}).kind);
		OPENSSL_free(der);
		EVP_PKEY_free(key);
	}
}
END_TEST

static X509 *recorded(const char *name)
{
	char path[512];
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/captures/%s", top == NULL ? "." : top, name);
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	X509 *x = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	ck_assert_ptr_nonnull(x);
	return x;
}

/* A certificate that is trusted itself needs no signature. */
START_TEST(kinds_that_openssl_may_not_know_have_names_and_can_be_trusted)
{
	static const struct {
		const char *file, *kind, *algorithm;
	} cases[] = {
		{"ml-dsa/ca.pem", "ML-DSA-65", "ML-DSA-65"},
		{"gost/ca.pem", "GOST R 34.10-2012 (256 bit)",
	         "GOST R 34.10-2012 with GOST R 34.11-2012 (256 bit)"},
	};
	for (size_t i = 0; i < 2; i++) {
		X509 *x = recorded(cases[i].file);
		struct bytes list = list_of(x, NULL, NULL, NULL);
		const struct cert *c = chain_of_list(list)->cert[0];
		struct verdict v;
		char path[512], why[256];
		const char *top = getenv("srcdir");
		ck_assert_str_eq(c->key_kind, cases[i].kind);
		ck_assert_str_eq(c->signature_algorithm, cases[i].algorithm);
		ck_assert(c->self_signed && c->is_ca == false);
		ck_assert_int_eq(judged(list).chain, CHECK_SELF_SIGNED);
		snprintf(path, sizeof path, "%s/captures/%s", top == NULL ? "." : top,
		         cases[i].file);
		struct pki_options o = {.ca = path,
		                        .no_system = true,
		                        .today = MOMENT_UNKNOWN,
		                        .at = MOMENT_UNKNOWN};
		struct pki *p = pki_new(&o, why, sizeof why);
		struct arena spare = {0};
		const struct chain *chain = pki_chain(p, list, false, &spare);
		pki_judge(p, chain, SERVER, words("www.lab.test"), MOMENT_UNKNOWN, &v);
		ck_assert_int_eq(v.chain, CHECK_OK);
		ck_assert_ptr_eq(v.anchor, chain->cert[0]);
		pki_free(p);
		arena_free(&spare);
		X509_free(x);
	}
}
END_TEST

START_TEST(a_missing_intermediate_is_told_from_an_unknown_root)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *root = other_root(key);
	X509 *middle = certificate((struct wish){.name = "Lab Intermediate",
	                                         .issuer = root,
	                                         .issuer_key = key,
	                                         .key = lab.middle_key,
	                                         .from = -1,
	                                         .to = 1,
	                                         .is_ca = true});
	ck_assert_int_eq(judged(list_of(lab.leaf, NULL, NULL, NULL)).chain,
	                 CHECK_MISSING_INTERMEDIATE);
	ck_assert_int_eq(judged(list_of(lab.leaf, middle, NULL, NULL)).chain, CHECK_UNKNOWN_ROOT);
	ck_assert_int_eq(openssl_says(lab.leaf, NULL, NULL, NOW),
	                 X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	X509_free(root);
	X509_free(middle);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(a_changed_certificate_has_a_bad_signature)
{
	struct bytes list = list_of(lab.leaf, lab.middle, NULL, NULL);
	uint8_t *cn = memmem(lab.list, list.len, "www.lab.test", 12);
	ck_assert_ptr_nonnull(cn);
	cn[0] = 'v';
	struct verdict v = judged(list);
	ck_assert_int_eq(v.chain, CHECK_BAD_SIGNATURE);
	ck_assert_int_eq(v.first, CHECK_BAD_SIGNATURE);
	ck_assert_str_eq(v.detail, "certificate signature failure");
}
END_TEST

START_TEST(without_a_trust_store_nothing_is_called_unknown_or_missing)
{
	struct pki *p = pki_with(NULL);
	ck_assert_int_eq(judged_at(p, list_of(lab.leaf, lab.middle, NULL, NULL), NOW).chain,
	                 CHECK_UNKNOWN);
	ck_assert_int_eq(judged_at(p, list_of(lab.leaf, NULL, NULL, NULL), NOW).first,
	                 CHECK_UNKNOWN);
	ck_assert_int_eq(judged_at(p, list_of(lab.root, NULL, NULL, NULL), NOW).chain,
	                 CHECK_SELF_SIGNED);
	pki_free(p);
}
END_TEST

START_TEST(a_time_that_is_not_known_judges_nothing)
{
	struct verdict v;
	const struct chain *c = chain_of_list(list_of(lab.leaf, lab.middle, NULL, NULL));
	pki_judge(lab.pki, c, SERVER, words(""), MOMENT_UNKNOWN, &v);
	ck_assert_int_eq(v.then, CHECK_UNKNOWN);
	ck_assert_int_eq(v.today, CHECK_OK);
	ck_assert_int_eq(v.name, CHECK_UNKNOWN);
	ck_assert_int_eq(v.chain, CHECK_OK);
}
END_TEST

START_TEST(a_client_is_judged_as_a_client)
{
	struct wish w = {
		.name = "somebody", .issuer = lab.middle, .key = lab.leaf_key, .from = -1, .to = 1};
	X509 *x = unsigned_certificate(&w);
	add_extension(x, NID_ext_key_usage, "clientAuth");
	sign(x, lab.middle_key);
	struct bytes list = list_of(x, lab.middle, NULL, NULL);
	struct verdict server = judged(list), client;
	pki_judge(lab.pki, chain_of_list(list), CLIENT, words("www.lab.test"), 0, &client);
	ck_assert_int_eq(openssl_says(x, lab.middle, NULL, NOW), X509_V_ERR_INVALID_PURPOSE);
	ck_assert_int_eq(server.chain, CHECK_OTHER);
	ck_assert_int_eq(client.chain, CHECK_OK);
	ck_assert_int_eq(client.name, CHECK_UNKNOWN);
	X509_free(x);
}
END_TEST

START_TEST(a_time_that_was_given_is_then_and_today)
{
	char why[256];
	struct pki_options o = {.ca = lab.ca,
	                        .no_system = true,
	                        .today = (moment)NOW * NS_PER_SECOND,
	                        .at = (moment)(NOW + 20 * DAY) * NS_PER_SECOND};
	struct pki *p = pki_new(&o, why, sizeof why);
	struct verdict v = judged_at(p, list_of(lab.leaf, lab.middle, NULL, NULL), NOW);
	ck_assert_int_eq(v.then, CHECK_EXPIRED);
	ck_assert_int_eq(v.today, CHECK_EXPIRED);
	ck_assert_int_eq(v.judged_then, o.at);
	ck_assert_int_eq(v.judged_today, o.at);
	pki_free(p);
}
END_TEST

START_TEST(a_ca_that_cannot_be_read_says_why)
{
	char why[256] = "";
	struct pki_options o = {.ca = "/no/such/file", .no_system = true, .at = MOMENT_UNKNOWN};
	ck_assert_ptr_null(pki_new(&o, why, sizeof why));
	ck_assert_str_eq(why, "/no/such/file: No such file or directory");
	o.ca = "/dev/null";
	ck_assert_ptr_null(pki_new(&o, why, sizeof why));
	ck_assert_str_eq(why, "/dev/null: there is no PEM certificate in it");
}
END_TEST

/* ---- names ---- */

static enum check name_of(const char *san, struct bytes host)
{
	X509 *x = leaf_for(san, -10, 10);
	struct verdict v;
	const struct chain *c = chain_of_list(list_of(x, NULL, NULL, NULL));
	pki_judge(lab.pki, c, SERVER, host, MOMENT_UNKNOWN, &v);
	X509_free(x);
	return v.name;
}

START_TEST(names_match_as_rfc_9525_says)
{
	static const struct {
		const char *san, *host;
		bool matches;
	} row[] = {
		{"DNS:www.lab.test", "www.lab.test", true},
		{"DNS:WWW.lab.TEST", "www.LAB.test", true},
		{"DNS:www.lab.test", "www.lab.test.", true},
		{"DNS:www.lab.test", "lab.test", false},
		{"DNS:www.lab.test", "www.lab.tests", false},
		{"DNS:lab.test", "www.lab.test", false},
		{"DNS:a.test,DNS:b.test", "b.test", true},
		{"DNS:*.lab.test", "www.lab.test", true},
		{"DNS:*.lab.test", "lab.test", false},
		{"DNS:*.lab.test", ".lab.test", false},
		{"DNS:*.lab.test", "a.www.lab.test", false},
		{"DNS:*.lab.test", "*.lab.test", false},
		{"DNS:w*.lab.test", "www.lab.test", false},
		{"DNS:*w.lab.test", "www.lab.test", false},
		{"DNS:www.*.test", "www.lab.test", false},
		{"DNS:*.*.test", "www.lab.test", false},
		{"DNS:*.test", "lab.test", false},
		{"DNS:*", "test", false},
		{"email:www.lab.test@x", "www.lab.test", false},
		{"IP:192.0.2.7", "192.0.2.7", true},
		{"IP:192.0.2.7", "192.0.2.8", false},
		{"DNS:192.0.2.7", "192.0.2.7", false},
		{"DNS:*.0.2.7", "192.0.2.7", false},
		{"IP:2001:db8::1", "2001:db8:0::1", true},
		{"IP:2001:db8::1", "2001:db8::2", false},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		ck_assert_msg((name_of(row[i].san, words(row[i].host)) == CHECK_OK) ==
		                      row[i].matches,
		              "%s for %s", row[i].san, row[i].host);
}
END_TEST

START_TEST(the_common_name_is_no_name_to_match)
{
	ck_assert_int_eq(name_of(NULL, words("www.lab.test")), CHECK_WRONG_NAME);
	ck_assert_int_eq(name_of(NULL, words("")), CHECK_UNKNOWN);
}
END_TEST

START_TEST(a_name_with_a_nul_never_matches)
{
	X509 *x = leaf_for("DNS:www.lab.testXdecoy.test", -10, 10);
	struct bytes list = list_of(x, NULL, NULL, NULL);
	uint8_t *nul = memmem(lab.list, list.len, "testXdecoy", 10);
	ck_assert_ptr_nonnull(nul);
	nul[4] = 0;
	struct verdict v = judged(list);
	const struct cert *c = chain_of_list(list)->cert[0];
	ck_assert_int_eq(v.name, CHECK_WRONG_NAME);
	ck_assert_uint_eq(c->name[0].len, 23);
	ck_assert(c->findings & cert_finding_bit(FIND_CERT_NAME_INVALID));
	pki_judge(lab.pki, chain_of_list(list), SERVER,
	          (struct bytes){(const uint8_t *)"www.lab.test\0decoy.test", 23}, 0, &v);
	ck_assert_int_eq(v.name, CHECK_WRONG_NAME);
	X509_free(x);
}
END_TEST

START_TEST(names_beyond_those_kept_are_counted_and_still_match)
{
	static char san[40000];
	size_t len = 0;
	for (int i = 0; i < 1500; i++)
		len += (size_t)snprintf(san + len, sizeof san - len, "%sDNS:h%d.lab.test",
		                        i == 0 ? "" : ",", i);
	X509 *x = leaf_for(san, -10, 10);
	const struct chain *c = chain_of_list(list_of(x, NULL, NULL, NULL));
	ck_assert_uint_eq(c->cert[0]->n_names, 1024);
	ck_assert_uint_eq(c->cert[0]->names_left_out, 1500 - 1024);
	for (int i = 0; i < 2; i++) {
		struct verdict v;
		pki_judge(lab.pki, c, SERVER, words("h1499.lab.test"), MOMENT_UNKNOWN, &v);
		ck_assert_int_eq(v.name, CHECK_OK);
		pki_judge(lab.pki, c, SERVER, words("h1500.lab.test"), MOMENT_UNKNOWN, &v);
		ck_assert_int_eq(v.name, CHECK_WRONG_NAME);
	}
	X509_free(x);
}
END_TEST

/* ---- lists ---- */

START_TEST(the_same_list_is_the_same_chain_and_read_once)
{
	struct bytes list = list_of(lab.leaf, lab.middle, NULL, NULL);
	const struct chain *c = chain_of_list(list);
	ck_assert_ptr_eq(chain_of_list(list), c);
	ck_assert_uint_eq(pki_certificates_parsed(lab.pki), 2);
	const struct chain *longer =
		chain_of_list(list_of(lab.leaf, lab.middle, lab.root, lab.middle));
	ck_assert_ptr_ne(longer, c);
	ck_assert_uint_eq(longer->n_certs, 4);
	ck_assert_ptr_eq(longer->cert[0], c->cert[0]);
	ck_assert_ptr_eq(longer->cert[3], c->cert[1]);
	ck_assert_uint_eq(pki_certificates_parsed(lab.pki), 3);
}
END_TEST

static int described;

static void describe(const struct cert *c, struct text *t)
{
	described++;
	text_add_n(t, (const char *)c->common_name.at, c->common_name.len);
}

START_TEST(a_certificate_is_described_once_however_often_it_is_shown)
{
	char why[256];
	const struct pki_options o = {
		.no_system = true, .at = MOMENT_UNKNOWN, .describe = describe};
	struct pki *p = pki_new(&o, why, sizeof why);
	struct bytes once = list_of(lab.leaf, lab.middle, NULL, NULL);
	struct bytes again = list_of(lab.leaf, lab.middle, lab.root, NULL);
	const struct chain *c = pki_chain(p, once, false, &lab.arena);
	const struct chain *longer = pki_chain(p, again, false, &lab.arena);
	ck_assert_int_eq(described, 3);
	ck_assert_ptr_eq(longer->cert[0]->described.at, c->cert[0]->described.at);
	ck_assert(bytes_equal(c->cert[0]->described, c->cert[0]->common_name));
	pki_free(p);
}
END_TEST

START_TEST(a_list_of_tls_1_3_has_extensions_behind_each_certificate)
{
	struct bytes list = {lab.list, 0};
	unsigned char *der = NULL;
	int len = i2d_X509(lab.leaf, &der);
	put_entry(&list, der, (size_t)len, true);
	OPENSSL_free(der);
	const struct chain *c = pki_chain(lab.pki, list, true, &lab.arena);
	ck_assert_uint_eq(c->n_certs, 1);
	ck_assert(!c->broken && c->cert[0]->readable);
	ck_assert(chain_of_list(list)->broken);
}
END_TEST

static bool found_in(struct bytes list, enum finding f)
{
	struct tls_facts tls = {.chain = {NULL, chain_of_list(list)}};
	struct session s = {.arena = &lab.arena, .tls = &tls};
	s.verdict[SERVER] = judged(list);
	pki_findings(&s, SERVER, 7);
	for (uint32_t i = 0; i < s.n_found; i++)
		if (s.found[i].code == f)
			return s.found[i].frame == 7 && s.found[i].from == SERVER;
	return false;
}

START_TEST(findings_say_what_the_verdict_says)
{
	X509 *old = leaf_for("DNS:other.test", -10, -5);
	ck_assert(found_in(list_of(old, NULL, NULL, NULL), FIND_CERT_EXPIRED));
	ck_assert(found_in(list_of(old, NULL, NULL, NULL), FIND_CERT_NAME));
	ck_assert(found_in(list_of(old, NULL, NULL, NULL), FIND_CERT_MISSING_INTERMEDIATE));
	ck_assert(!found_in(list_of(lab.leaf, lab.middle, NULL, NULL), FIND_CERT_EXPIRED));
	ck_assert(!found_in(list_of(lab.leaf, lab.middle, NULL, NULL), FIND_CERT_OTHER));
	X509_free(old);
}
END_TEST

START_TEST(an_order_that_is_not_leaf_to_root_is_found)
{
	ck_assert(!found_in(list_of(lab.leaf, lab.middle, lab.root, NULL), FIND_CERT_ORDER));
	ck_assert(!found_in(list_of(lab.leaf, lab.middle, NULL, NULL), FIND_CERT_ORDER));
	ck_assert(found_in(list_of(lab.root, lab.middle, lab.leaf, NULL), FIND_CERT_ORDER));
	ck_assert(found_in(list_of(lab.leaf, lab.root, lab.middle, NULL), FIND_CERT_ORDER));
	ck_assert(found_in(list_of(lab.leaf, lab.leaf, lab.middle, NULL), FIND_CERT_ORDER));
	ck_assert_int_eq(judged(list_of(lab.leaf, lab.root, lab.middle, NULL)).chain, CHECK_OK);
}
END_TEST

START_TEST(certificates_beyond_the_limit_are_counted)
{
	struct bytes list = {lab.list, 0};
	unsigned char *der = NULL;
	int len = i2d_X509(lab.leaf, &der);
	for (int i = 0; i < CHAIN_CERTIFICATES + 3; i++)
		put_entry(&list, der, (size_t)len, false);
	OPENSSL_free(der);
	const struct chain *c = chain_of_list(list);
	ck_assert_uint_eq(c->n_certs, CHAIN_CERTIFICATES);
	ck_assert_uint_eq(c->left_out, 3);
	ck_assert(found_in(list, FIND_CERT_CHAIN_LIMIT));
}
END_TEST

START_TEST(lengths_that_lie_break_the_list_behind_what_was_whole)
{
	struct bytes list = list_of(lab.leaf, lab.middle, NULL, NULL);
	list.len--;
	ck_assert_uint_eq(chain_of_list(list)->n_certs, 1);
	ck_assert(chain_of_list(list)->broken);
	ck_assert(found_in(list, FIND_CERT_LENGTH));
	struct bytes two = {(const uint8_t *)"\0\0", 2};
	ck_assert(chain_of_list(two)->broken);
	ck_assert_int_eq(judged(two).chain, CHECK_UNREADABLE);
	ck_assert(!judged((struct bytes){NULL, 0}).made);
}
END_TEST

static struct verdict *judge_into(struct verdict *v, const struct chain *c)
{
	pki_judge(lab.pki, c, SERVER, words("www.lab.test"), (moment)NOW * NS_PER_SECOND, v);
	return v;
}

START_TEST(beyond_the_cache_the_result_is_the_same)
{
	struct verdict cached = judged(list_of(lab.leaf, lab.middle, NULL, NULL)), v;
	size_t len = (1 << 24) - 1;
	uint8_t *big = calloc(1, len);
	for (uint8_t i = 0; i < 5; i++) {
		big[0] = i; /* a length that lies, over much that is kept */
		pki_chain(lab.pki, (struct bytes){big, len}, false, &lab.arena);
	}
	struct bytes list = list_of(lab.leaf, lab.middle, lab.root, NULL);
	const struct chain *c = chain_of_list(list);
	ck_assert_ptr_ne(chain_of_list(list), c);
	ck_assert_int_eq(judge_into(&v, c)->first, CHECK_OK);
	ck_assert_ptr_eq(v.anchor, cached.anchor);
	X509 *other = leaf_for("DNS:other.test", -10, -5);
	list = list_of(other, lab.middle, NULL, NULL);
	for (int i = 0; i < 2; i++) {
		c = chain_of_list(list);
		ck_assert_int_eq(judge_into(&v, c)->first, CHECK_EXPIRED);
		ck_assert_int_eq(v.name, CHECK_WRONG_NAME);
		ck_assert_ptr_eq(v.at_fault, c->cert[0]);
	}
	X509_free(other);
	free(big);
}
END_TEST

struct reading {
	struct bytes list;
	bool good;
};

static void *read_often(void *reading)
{
	struct reading *r = reading;
	struct arena spare = {0};
	struct verdict v;
	r->good = true;
	for (int i = 0; i < 200; i++) {
		const struct chain *c = pki_chain(lab.pki, r->list, false, &spare);
		r->good = judge_into(&v, c)->first == CHECK_OK && r->good;
	}
	arena_free(&spare);
	return NULL;
}

START_TEST(many_threads_read_a_chain_once)
{
	struct bytes list = list_of(lab.leaf, lab.middle, NULL, NULL);
	struct reading reading[4];
	pthread_t thread[4];
	for (size_t i = 0; i < 4; i++) {
		reading[i] = (struct reading){list, false};
		ck_assert_int_eq(pthread_create(&thread[i], NULL, read_often, &reading[i]), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		ck_assert(reading[i].good);
	}
	ck_assert_uint_eq(pki_certificates_parsed(lab.pki), 3); /* the root too */
}
END_TEST

/* ---- the gate ---- */

static bool entry_has(const void *der, size_t len, enum finding f)
{
	struct bytes list = {lab.list, 0};
	put_entry(&list, der, len, false);
	const struct cert *c = chain_of_list(list)->cert[0];
	ck_assert(!c->readable);
	ck_assert_int_eq(judged(list).first, CHECK_UNREADABLE);
	return (c->findings & cert_finding_bit(f)) != 0;
}

START_TEST(what_is_not_der_never_reaches_openssl)
{
	static const struct {
		const char *what, *der;
		size_t len;
	} row[] = {
		{"nothing", "", 0},
		{"no length", "\x30", 1},
		{"indefinite", "\x30\x80\x00\x00", 4},
		{"a length in more bytes than it needs", "\x30\x81\x02\x05\x00", 5},
		{"a length with a leading zero", "\x30\x82\x00\x02\x05\x00", 6},
		{"a length of five bytes", "\x30\x85\x00\x00\x00\x00\x00", 7},
		{"a length beyond the end", "\x30\x03\x05\x00", 4},
		{"bytes behind the end", "\x30\x02\x05\x00\x00", 5},
		{"no SEQUENCE", "\x31\x02\x05\x00", 4},
		{"a long tag", "\x30\x03\x1f\x22\x00", 5},
		{"an inner length beyond its parent", "\x30\x02\x04\x01", 4},
		{"an empty OID", "\x30\x02\x06\x00", 4},
		{"an OID without its end", "\x30\x03\x06\x01\x81", 5},
		{"DER, but no certificate", "\x30\x02\x05\x00", 4},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		ck_assert_msg(entry_has(row[i].der, row[i].len, FIND_CERT_ASN1), "%s", row[i].what);
}
END_TEST

/* Puts `n` SEQUENCEs into one another; the lengths are those of DER. */
static size_t nest(uint8_t *at, size_t room, size_t n)
{
	size_t start = room;
	for (size_t len = 0; n > 0; n--, len = room - start) {
		at[--start] = (uint8_t)len;
		if (len > 0xff)
			at[--start] = (uint8_t)(len >> 8);
		if (len > 0x7f)
			at[--start] = len > 0xff ? 0x82 : 0x81;
		at[--start] = 0x30;
	}
	memmove(at, at + start, room - start);
	return room - start;
}

START_TEST(nesting_and_oids_have_limits)
{
	static uint8_t deep[40000], oid[4000] = {0x30, 0x82, 0x0f, 0x9c, 0x06, 0x82, 0x0f, 0x98};
	ck_assert(entry_has(deep, nest(deep, sizeof deep, 31), FIND_CERT_ASN1));
	ck_assert(entry_has(deep, nest(deep, sizeof deep, 32), FIND_CERT_ASN1_DEPTH));
	ck_assert(entry_has(deep, nest(deep, sizeof deep, 9000), FIND_CERT_ASN1_DEPTH));
	memset(oid + 8, 0x2a, sizeof oid - 8);
	ck_assert(entry_has(oid, sizeof oid, FIND_CERT_OID_LIMIT));
	memset(oid + 8, 0xaa, sizeof oid - 9);
	ck_assert(entry_has(oid, sizeof oid, FIND_CERT_OID_LIMIT));
}
END_TEST

/* A certificate with one extension of this identity whose value is not DER. */
static const struct cert *with_extension(const char *oid)
{
	struct wish w = {.name = "www.lab.test", .key = lab.leaf_key, .from = -1, .to = 1};
	X509 *x = unsigned_certificate(&w);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *id = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x30\x80\x00\x00", 4);
	X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, id, 0, value);
	X509_add_ext(x, e, -1);
	sign(x, lab.leaf_key);
	const struct cert *c = chain_of_list(list_of(x, NULL, NULL, NULL))->cert[0];
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(id);
	ASN1_OCTET_STRING_free(value);
	X509_free(x);
	return c;
}

START_TEST(a_standard_extension_has_to_be_der_and_a_private_one_is_noted)
{
	const struct cert *standard = with_extension("2.5.29.32");
	const struct cert *own = with_extension("1.3.6.1.4.1.99999.1");
	ck_assert(!standard->readable);
	ck_assert(own->readable);
	ck_assert(standard->findings & cert_finding_bit(FIND_CERT_ASN1));
	ck_assert(own->findings & cert_finding_bit(FIND_CERT_ASN1));
}
END_TEST

static const struct cert *with_date(const char *text, int type)
{
	struct wish w = {.name = "www.lab.test", .key = lab.leaf_key, .from = -1, .to = 1};
	X509 *x = unsigned_certificate(&w);
	ASN1_STRING *end = X509_getm_notAfter(x);
	ASN1_STRING_set(end, text, -1);
	end->type = type;
	sign(x, lab.leaf_key);
	const struct cert *c = chain_of_list(list_of(x, NULL, NULL, NULL))->cert[0];
	X509_free(x);
	return c;
}

START_TEST(dates_that_are_no_dates_are_not_known)
{
	static const char *const wrong[] = {
		"20271301000000Z", "20270229000000Z",  "202701010000Z",     "20270101000000+0100",
		"20270101000000",  "2027-0101000000Z", "20270101000000.5Z", "20270101240000Z"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const struct cert *c = with_date(wrong[i], V_ASN1_GENERALIZEDTIME);
		ck_assert_msg(c->not_after == MOMENT_UNKNOWN, "%s", wrong[i]);
		ck_assert(!c->readable || c->findings & cert_finding_bit(FIND_CERT_TIME_INVALID));
	}
	ck_assert_int_eq(with_date("491231235959Z", V_ASN1_UTCTIME)->not_after,
	                 (moment)2524607999 * NS_PER_SECOND);
	ck_assert_int_eq(with_date("500101000000Z", V_ASN1_UTCTIME)->not_after,
	                 (moment)-631152000 * NS_PER_SECOND);
	const struct cert *endless = with_date("99991231235959Z", V_ASN1_GENERALIZEDTIME);
	ck_assert_int_eq(endless->not_after, INT64_MAX);
	ck_assert_uint_eq(endless->findings, 0);
	ck_assert(with_date("200101000000Z", V_ASN1_UTCTIME)->findings &
	          cert_finding_bit(FIND_CERT_TIME_INVALID));
}
END_TEST

START_TEST(keys_that_no_sound_software_makes_are_not_computed_with)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
	struct wish w = {.name = "weird", .key = rsa, .from = -1, .to = 1};
	X509 *even = certificate(w);
	struct bytes list = list_of(even, NULL, NULL, NULL);
	uint8_t *exponent = memmem(lab.list, list.len, "\x02\x03\x01\x00\x01", 5);
	ck_assert_ptr_nonnull(exponent);
	exponent[-1] &= 0xfe; /* the modulus stands before it */
	const struct cert *c = chain_of_list(list)->cert[0];
	ck_assert(c->readable && c->findings & cert_finding_bit(FIND_CERT_KEY_WEIRD));
	ck_assert_uint_eq(c->key_bits, 2048);
	ck_assert_str_eq(c->key_kind, "RSA");
	ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(ec, "encoding", "explicit"), 1);
	w.key = ec;
	X509 *own_curve = certificate(w);
	c = chain_of_list(list_of(own_curve, NULL, NULL, NULL))->cert[0];
	ck_assert(!c->readable && c->findings == cert_finding_bit(FIND_CERT_KEY_WEIRD));
	X509_free(even);
	X509_free(own_curve);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
}
END_TEST

START_TEST(a_repeated_extension_is_found_and_nothing_is_called_missing)
{
	struct wish w = {.name = "www.lab.test",
	                 .san = "DNS:www.lab.test",
	                 .issuer = lab.middle,
	                 .key = lab.leaf_key,
	                 .from = -1,
	                 .to = 1};
	X509 *x = unsigned_certificate(&w);
	add_extension(x, NID_subject_alt_name, "DNS:other.test");
	sign(x, lab.middle_key);
	struct bytes list = list_of(x, lab.middle, NULL, NULL);
	ck_assert_int_eq(judged(list).chain, CHECK_OTHER);
	ck_assert(found_in(list, FIND_CERT_EXT));
	ck_assert(!found_in(list, FIND_CERT_MISSING_INTERMEDIATE));
	X509_free(x);
}
END_TEST

START_TEST(a_name_that_is_not_in_its_encoding_is_a_wrong_name_and_not_wrong_der)
{
	struct bytes list = list_of(lab.leaf, lab.middle, NULL, NULL);
	uint8_t *cn = memmem(lab.list, list.len, "www.lab.test", 12);
	ck_assert_ptr_nonnull(cn);
	cn[0] = 0xff;
	const struct cert *c = chain_of_list(list)->cert[0];
	ck_assert(!c->readable);
	ck_assert_uint_eq(c->findings, cert_finding_bit(FIND_CERT_NAME_INVALID));
}
END_TEST

/* ---- the signature of a ServerKeyExchange ---- */

/* Signs client random (1..), server random (2..) and "params" as a server would. */
static size_t server_signs(EVP_PKEY *key, const char *digest, bool pss, uint8_t *out, size_t room)
{
	uint8_t message[70];
	memset(message, 1, 32);
	memset(message + 32, 2, 32);
	memcpy(message + 64, "params", 6);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx;
	ck_assert_int_eq(EVP_DigestSignInit_ex(ctx, &key_ctx, digest, NULL, NULL, key, NULL), 1);
	if (pss)
		EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING);
	if (pss)
		EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, RSA_PSS_SALTLEN_DIGEST);
	ck_assert_int_eq(EVP_DigestSign(ctx, out, &room, message, sizeof message), 1);
	EVP_MD_CTX_free(ctx);
	return room;
}

static enum proof verified(EVP_PKEY *key, struct bytes signature, uint16_t version, uint16_t scheme)
{
	X509 *x = certificate((struct wish){.name = "www", .key = key, .from = -1, .to = 1});
	const struct cert *c = chain_of_list(list_of(x, NULL, NULL, NULL))->cert[0];
	static struct client_hello client;
	static struct server_hello server;
	struct server_key_exchange kx = {.signed_ = true,
	                                 .scheme = scheme,
	                                 .params = words("params"),
	                                 .signature = signature,
	                                 .signature_len = (uint16_t)signature.len};
	memset(client.random, 1, 32);
	memset(server.random, 2, 32);
	struct tls_facts t = {
		.client = &client, .server = &server, .server_kx = &kx, .version = version};
	X509_free(x);
	enum proof proof = pki_verify_exchange(c, &t);
	t.client = NULL;
	ck_assert_int_eq(pki_verify_exchange(c, &t), PROOF_NEEDS);
	return proof;
}

static void signature_is_told_from_another(EVP_PKEY *key, const char *digest, bool pss,
                                           uint16_t version, uint16_t scheme)
{
	uint8_t signature[600];
	size_t len = server_signs(key, digest, pss, signature, sizeof signature);
	struct bytes b = {signature, len};
	ck_assert_int_eq(verified(key, b, version, scheme), PROOF_VERIFIED);
	signature[len / 2] ^= 1;
	ck_assert_int_eq(verified(key, b, version, scheme), PROOF_FAILED);
}

START_TEST(signatures_of_every_kind_are_verified)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	signature_is_told_from_another(rsa, "SHA256", false, 0x0303, 0x0401);
	signature_is_told_from_another(rsa, "SHA1", false, 0x0303, 0x0201);
	signature_is_told_from_another(rsa, "SHA512", true, 0x0303, 0x0806);
	signature_is_told_from_another(rsa, "MD5-SHA1", false, 0x0302, 0);
	signature_is_told_from_another(lab.leaf_key, "SHA256", false, 0x0303, 0x0403);
	signature_is_told_from_another(lab.leaf_key, "SHA384", false, 0x0303, 0x0503);
	signature_is_told_from_another(lab.leaf_key, "SHA1", false, 0x0301, 0);
	signature_is_told_from_another(ed, NULL, false, 0x0303, 0x0807);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ed);
}
END_TEST

START_TEST(a_scheme_of_another_key_fails_and_an_unknown_one_is_not_tried)
{
	uint8_t signature[600];
	size_t len = server_signs(lab.leaf_key, "SHA256", false, signature, sizeof signature);
	struct bytes b = {signature, len};
	ck_assert_int_eq(verified(lab.leaf_key, b, 0x0303, 0x0401), PROOF_FAILED);
	ck_assert_int_eq(verified(lab.leaf_key, b, 0x0303, 0xfefe), PROOF_NONE);
}
END_TEST

static TCase *verdicts(void)
{
	TCase *c = tcase_create("verdict");
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_good_chain_is_ok_and_ends_at_its_root);
	tcase_add_test(c, facts_are_those_that_were_put_in);
	tcase_add_test(c, dates_hold_through_their_last_second);
	tcase_add_test(c, an_expired_intermediate_is_the_one_at_fault);
	tcase_add_test(c, another_path_that_holds_at_that_time_is_taken);
	tcase_add_test(c, a_self_signed_leaf_is_told_from_an_unknown_root);
	tcase_add_test(c, a_self_signed_leaf_of_a_kind_not_known_is_told_by_its_names);
	tcase_add_test(c, kinds_that_openssl_may_not_know_have_names_and_can_be_trusted);
	tcase_add_test(c, a_raw_public_key_is_told_by_kind_size_and_digest);
	tcase_add_test(c, a_missing_intermediate_is_told_from_an_unknown_root);
	tcase_add_test(c, a_changed_certificate_has_a_bad_signature);
	tcase_add_test(c, without_a_trust_store_nothing_is_called_unknown_or_missing);
	tcase_add_test(c, a_time_that_is_not_known_judges_nothing);
	tcase_add_test(c, a_client_is_judged_as_a_client);
	tcase_add_test(c, a_time_that_was_given_is_then_and_today);
	tcase_add_test(c, a_ca_that_cannot_be_read_says_why);
	tcase_add_test(c, names_match_as_rfc_9525_says);
	tcase_add_test(c, the_common_name_is_no_name_to_match);
	tcase_add_test(c, a_name_with_a_nul_never_matches);
	tcase_add_test(c, names_beyond_those_kept_are_counted_and_still_match);
	return c;
}

static TCase *lists(void)
{
	TCase *c = tcase_create("list");
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, the_same_list_is_the_same_chain_and_read_once);
	tcase_add_test(c, a_certificate_is_described_once_however_often_it_is_shown);
	tcase_add_test(c, a_list_of_tls_1_3_has_extensions_behind_each_certificate);
	tcase_add_test(c, findings_say_what_the_verdict_says);
	tcase_add_test(c, an_order_that_is_not_leaf_to_root_is_found);
	tcase_add_test(c, certificates_beyond_the_limit_are_counted);
	tcase_add_test(c, lengths_that_lie_break_the_list_behind_what_was_whole);
	tcase_add_test(c, beyond_the_cache_the_result_is_the_same);
	tcase_add_test(c, many_threads_read_a_chain_once);
	tcase_add_test(c, what_is_not_der_never_reaches_openssl);
	tcase_add_test(c, nesting_and_oids_have_limits);
	tcase_add_test(c, a_standard_extension_has_to_be_der_and_a_private_one_is_noted);
	tcase_add_test(c, dates_that_are_no_dates_are_not_known);
	tcase_add_test(c, keys_that_no_sound_software_makes_are_not_computed_with);
	tcase_add_test(c, a_repeated_extension_is_found_and_nothing_is_called_missing);
	tcase_add_test(c, a_name_that_is_not_in_its_encoding_is_a_wrong_name_and_not_wrong_der);
	tcase_add_test(c, signatures_of_every_kind_are_verified);
	tcase_add_test(c, a_scheme_of_another_key_fails_and_an_unknown_one_is_not_tried);
	return c;
}

Suite *pki_suite(void)
{
	Suite *s = suite_create("pki");
	suite_add_tcase(s, verdicts());
	suite_add_tcase(s, lists());
	return s;
}
