/* Holds the registries of TLS against OpenSSL's own tables, against the RFCs and against their CSV.
 */
#include <check.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/tls/handshake.h"
#include "dissectors/tls/registry/registry.h"

Suite *registry_suite(void);

static const uint16_t grease[] = {0x0a0a, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a, 0x6a6a, 0x7a7a,
                                  0x8a8a, 0x9a9a, 0xaaaa, 0xbaba, 0xcaca, 0xdada, 0xeaea, 0xfafa};
static const uint8_t grease_psk_modes[] = {0x0b, 0x2a, 0x49, 0x68, 0x87, 0xa6, 0xc5, 0xe4};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static size_t count_named(enum registry r, const char *name)
{
	uint32_t end = r == REG_SSL2_CIPHER ? 0xfffff : 0x1ffff;
	size_t n = 0;

	for (uint32_t code = 0; code <= end; code++) {
		const char *found = registry_name(r, code);

		n += found && (!name || strcmp(found, name) == 0);
	}
	return n;
}

START_TEST(every_table_ascends_and_finds_each_of_its_codes)
{
	for (enum registry r = 0; r < N_REGISTRIES; r++) {
		uint32_t code = 0, before = 0;
		const char *name = NULL;

		ck_assert_uint_gt(registry_count(r), 0);
		for (size_t i = 0; registry_at(r, i, &code, &name); i++) {
			ck_assert(i == 0 || code > before);
			ck_assert_str_eq(registry_name(r, code), name);
			ck_assert_str_ne(name, "");
			before = code;
		}
		ck_assert(!registry_at(r, registry_count(r), &code, &name));
	}
}
END_TEST

START_TEST(nothing_but_assigned_and_grease_codes_has_a_name)
{
	for (enum registry r = 0; r < N_REGISTRIES; r++)
		ck_assert_uint_eq(count_named(r, NULL) - count_named(r, "GREASE"),
		                  registry_count(r));
	ck_assert_ptr_null(registry_name(REG_SUITE, UINT32_MAX));
	ck_assert_ptr_null(registry_name(REG_NONE, 0));
	ck_assert_ptr_null(registry_name(REG_NONE, 0x0a0a));
}
END_TEST

static FILE *open_csv(const char *name)
{
	const char *top = getenv("srcdir");
	char path[1024];
	FILE *csv;

	snprintf(path, sizeof path, "%s/dissectors/tls/registry/%s.csv", top ? top : ".", name);
	csv = fopen(path, "r");
	ck_assert_msg(csv != NULL, "%s", path);
	return csv;
}

static size_t count_rows_with(const char *file, const char *text)
{
	FILE *csv = open_csv(file);
	char line[1024];
	size_t n = 0;

	while (fgets(line, sizeof line, csv))
		n += strstr(line, text) != NULL;
	fclose(csv);
	return n;
}

static size_t count_assigned_rows(const char *file)
{
	FILE *csv = open_csv(file);
	char line[1024];
	size_t n = 0;

	while (fgets(line, sizeof line, csv))
		n += line[0] != '#' && strncmp(line, "Value,", 6) != 0 &&
		     !strstr(line, ",Reserved") && !strstr(line, ",Unassigned");
	fclose(csv);
	return n;
}

START_TEST(each_assigned_row_of_the_csv_is_in_the_table)
{
	static const char *const files[N_REGISTRIES] = {
		[REG_SUITE] = "cipher-suites",
		[REG_EXTENSION] = "extension-types",
		[REG_GROUP] = "supported-groups",
		[REG_SIGNATURE_SCHEME] = "signature-schemes",
		[REG_HASH] = "hash-algorithms",
		[REG_SIGNATURE] = "signature-algorithms",
		[REG_ALERT] = "alerts",
		[REG_HANDSHAKE] = "handshake-types",
		[REG_CONTENT_TYPE] = "content-types",
		[REG_POINT_FORMAT] = "point-formats",
		[REG_CURVE_TYPE] = "curve-types",
		[REG_COMPRESSION] = "compression-methods",
		[REG_PSK_MODE] = "psk-modes",
		[REG_CERT_TYPE] = "certificate-types",
		[REG_STATUS_TYPE] = "status-types",
		[REG_CERT_COMPRESSION] = "certificate-compressions",
		[REG_CLIENT_CERT_TYPE] = "client-certificate-types",
		[REG_VERSION] = "versions",
		[REG_SSL2_CIPHER] = "ssl2-ciphers",
		[REG_SSL2_ERROR] = "ssl2-errors",
		[REG_SSL2_MESSAGE] = "ssl2-messages",
		[REG_AUTHZ_FORMAT] = "authorization-formats",
		[REG_TOKEN_BINDING] = "token-binding-parameters",
		[REG_SRTP_PROFILE] = "srtp-profiles",
		[REG_QUIC_PARAMETER] = "quic-transport-parameters",
		[REG_HPKE_KEM] = "hpke-kems",
		[REG_HPKE_KDF] = "hpke-kdfs",
		[REG_HPKE_AEAD] = "hpke-aeads",
	};

	for (enum registry r = 0; r < N_REGISTRIES; r++)
		ck_assert_uint_eq(registry_count(r), count_assigned_rows(files[r]));
}
END_TEST

/* RFC 8701, 2 */
START_TEST(the_sixteen_grease_values_are_grease_and_no_others)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(grease); i++)
		ck_assert(registry_is_grease(grease[i]));
	for (uint32_t code = 0; code <= 0x1ffff; code++)
		n += registry_is_grease(code);
	ck_assert_uint_eq(n, COUNT(grease));
}
END_TEST

START_TEST(grease_is_named_only_where_the_rfc_reserves_it)
{
	static const enum registry with[] = {REG_SUITE, REG_EXTENSION, REG_GROUP,
	                                     REG_SIGNATURE_SCHEME, REG_VERSION};
	size_t total = 0;

	for (size_t i = 0; i < COUNT(with); i++)
		ck_assert_uint_eq(count_named(with[i], "GREASE"), COUNT(grease));
	for (size_t i = 0; i < COUNT(grease_psk_modes); i++)
		ck_assert_str_eq(registry_name(REG_PSK_MODE, grease_psk_modes[i]), "GREASE");
	for (enum registry r = 0; r < N_REGISTRIES; r++)
		total += count_named(r, "GREASE");
	ck_assert_uint_eq(total, COUNT(with) * COUNT(grease) + COUNT(grease_psk_modes));
}
END_TEST

START_TEST(names_are_as_the_rfcs_give_them)
{
	static const struct {
		enum registry r;
		uint32_t code;
		const char *name;
	} facts[] = {
		{REG_SUITE, 0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},      /* RFC 5746, 3.3 */
		{REG_SUITE, 0x5600, "TLS_FALLBACK_SCSV"},                      /* RFC 7507, 2 */
		{REG_EXTENSION, 0, "server_name"},                             /* RFC 6066, 1.1 */
		{REG_EXTENSION, 10, "supported_groups"},                       /* RFC 7919, 10 */
		{REG_EXTENSION, 16, "application_layer_protocol_negotiation"}, /* RFC 7301 */
		{REG_EXTENSION, 35, "session_ticket"},                         /* RFC 5077 */
		{REG_EXTENSION, 51, "key_share"},                              /* RFC 8446, 4.2 */
		{REG_EXTENSION, 0xff01, "renegotiation_info"},                 /* RFC 5746, 3.2 */
		{REG_GROUP, 0x001d, "x25519"},                                 /* RFC 8446, 4.2.7 */
		{REG_GROUP, 0x0104, "ffdhe8192"},                              /* RFC 7919, 2 */
		{REG_SIGNATURE_SCHEME, 0x0804, "rsa_pss_rsae_sha256"},         /* RFC 8446, 4.2.3 */
		{REG_SIGNATURE_SCHEME, 0x0203, "ecdsa_sha1"},
		{REG_HASH, 4, "sha256"},                    /* RFC 5246, 7.4.1.4.1 */
		{REG_SIGNATURE, 3, "ecdsa"},                /* RFC 5246, 7.4.1.4.1 */
		{REG_ALERT, 40, "handshake_failure"},       /* RFC 8446, 6 */
		{REG_ALERT, 41, "no_certificate"},          /* RFC 5246, 7.2 */
		{REG_HANDSHAKE, 12, "server_key_exchange"}, /* RFC 5246, 7.4 */
		{REG_HANDSHAKE, 254, "message_hash"},       /* RFC 8446, 4 */
		{REG_CONTENT_TYPE, 23, "application_data"}, /* RFC 8446, 5.1 */
		{REG_POINT_FORMAT, 0, "uncompressed"},      /* RFC 8422, 5.1.2 */
		{REG_CURVE_TYPE, 3, "named_curve"},         /* RFC 8422, 5.4 */
		{REG_COMPRESSION, 1, "DEFLATE"},            /* RFC 3749, 2 */
		{REG_PSK_MODE, 1, "psk_dhe_ke"},            /* RFC 8446, 4.2.9 */
		{REG_CERT_TYPE, 2, "Raw Public Key"},       /* RFC 7250, 3 */
		{REG_STATUS_TYPE, 1, "ocsp"},               /* RFC 6066, 8 */
		{REG_CERT_COMPRESSION, 2, "brotli"},        /* RFC 8879, 3 */
		{REG_CLIENT_CERT_TYPE, 64, "ecdsa_sign"},   /* RFC 8422, 5.5 */
		{REG_VERSION, 0x0304, "TLS 1.3"},           /* RFC 8446, 4.1.2 */
		{REG_VERSION, 0x7f1c, "TLS 1.3 (draft 28)"},
		{REG_VERSION, 0xfefd, "DTLS 1.2"}, /* RFC 6347, 4.1 */
		/* draft-hickman-netscape-ssl-00 */
		{REG_SSL2_CIPHER, 0x0700c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"},
		{REG_SSL2_ERROR, 6, "UNSUPPORTED-CERTIFICATE-TYPE-ERROR"},
		{REG_SSL2_MESSAGE, 4, "SERVER-HELLO"},
	};

	for (size_t i = 0; i < COUNT(facts); i++)
		ck_assert_pstr_eq(registry_name(facts[i].r, facts[i].code), facts[i].name);
}
END_TEST

static int kx_nid(enum suite_kx kx)
{
	switch (kx) {
	case KX_RSA:
		return NID_kx_rsa;
	case KX_DHE:
		return NID_kx_dhe;
	case KX_ECDHE:
		return NID_kx_ecdhe;
	case KX_PSK:
		return NID_kx_psk;
	case KX_RSA_PSK:
		return NID_kx_rsa_psk;
	case KX_DHE_PSK:
		return NID_kx_dhe_psk;
	case KX_ECDHE_PSK:
		return NID_kx_ecdhe_psk;
	case KX_SRP:
		return NID_kx_srp;
	case KX_TLS13:
		return NID_kx_any;
	default:
		return NID_undef;
	}
}

static int auth_nid(enum suite_auth auth)
{
	switch (auth) {
	case AUTH_RSA:
		return NID_auth_rsa;
	case AUTH_DSS:
		return NID_auth_dss;
	case AUTH_ECDSA:
		return NID_auth_ecdsa;
	case AUTH_ANON:
		return NID_auth_null;
	case AUTH_PSK:
		return NID_auth_psk;
	case AUTH_SRP:
		return NID_auth_srp;
	case AUTH_TLS13:
		return NID_auth_any;
	default:
		return NID_undef;
	}
}

static int cipher_nid(enum suite_cipher cipher)
{
	static const int nids[N_SUITE_CIPHERS] = {
		[CIPHER_NULL] = NID_undef,
		[CIPHER_RC4_128] = NID_rc4,
		[CIPHER_IDEA_CBC] = NID_idea_cbc,
		[CIPHER_3DES_EDE_CBC] = NID_des_ede3_cbc,
		[CIPHER_SEED_CBC] = NID_seed_cbc,
		[CIPHER_AES_128_CBC] = NID_aes_128_cbc,
		[CIPHER_AES_256_CBC] = NID_aes_256_cbc,
		[CIPHER_AES_128_GCM] = NID_aes_128_gcm,
		[CIPHER_AES_256_GCM] = NID_aes_256_gcm,
		[CIPHER_AES_128_CCM] = NID_aes_128_ccm,
		[CIPHER_AES_256_CCM] = NID_aes_256_ccm,
		[CIPHER_AES_128_CCM_8] = NID_aes_128_ccm,
		[CIPHER_AES_256_CCM_8] = NID_aes_256_ccm,
		[CIPHER_CAMELLIA_128_CBC] = NID_camellia_128_cbc,
		[CIPHER_CAMELLIA_256_CBC] = NID_camellia_256_cbc,
		[CIPHER_ARIA_128_GCM] = NID_aria_128_gcm,
		[CIPHER_ARIA_256_GCM] = NID_aria_256_gcm,
		[CIPHER_CHACHA20_POLY1305] = NID_chacha20_poly1305,
	};

	return nids[cipher];
}

static int hash_nid(enum suite_hash hash)
{
	static const int nids[] = {
		[HASH_NULL] = NID_undef,    [HASH_MD5] = NID_md5,       [HASH_SHA1] = NID_sha1,
		[HASH_SHA256] = NID_sha256, [HASH_SHA384] = NID_sha384,
	};

	return hash < COUNT(nids) ? nids[hash] : NID_undef;
}

/* OpenSSL names MD5 with SHA-1 for the suites that older versions have too; TLS 1.2 takes SHA-256
 * for them. */
static int handshake_nid(const SSL_CIPHER *cipher)
{
	int nid = EVP_MD_get_type(SSL_CIPHER_get_handshake_digest(cipher));

	return nid == NID_md5_sha1 ? NID_sha256 : nid;
}

static void compare_with_openssl(const SSL_CIPHER *theirs)
{
	const struct suite *ours = suite_find(SSL_CIPHER_get_protocol_id(theirs));
	const char *name = SSL_CIPHER_standard_name(theirs);

	ck_assert_msg(ours != NULL, "%s", name);
	ck_assert_str_eq(ours->name, name);
	ck_assert_msg(kx_nid(ours->kx) == SSL_CIPHER_get_kx_nid(theirs), "%s", name);
	ck_assert_msg(auth_nid(ours->auth) == SSL_CIPHER_get_auth_nid(theirs), "%s", name);
	ck_assert_msg(cipher_nid(ours->cipher) == SSL_CIPHER_get_cipher_nid(theirs), "%s", name);
	ck_assert_msg(hash_nid(ours->mac) == SSL_CIPHER_get_digest_nid(theirs), "%s", name);
	ck_assert_msg(hash_nid(ours->prf) == handshake_nid(theirs), "%s", name);
	ck_assert_msg(ours->aead == (bool)SSL_CIPHER_is_aead(theirs), "%s", name);
}

START_TEST(every_suite_that_openssl_knows_is_read_as_openssl_reads_it)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	STACK_OF(SSL_CIPHER) * ciphers;

	ck_assert(SSL_CTX_set_ciphersuites(
		ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
		     "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"));
	ck_assert(SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"));
	ciphers = SSL_CTX_get_ciphers(ctx);
	ck_assert_int_gt(sk_SSL_CIPHER_num(ciphers), 60);
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
		compare_with_openssl(sk_SSL_CIPHER_value(ciphers, i));
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(every_suite_but_the_signalling_values_can_be_found)
{
	uint32_t code;
	const char *name;
	size_t n_signals = 0;

	for (size_t i = 0; registry_at(REG_SUITE, i, &code, &name); i++) {
		const struct suite *suite = suite_find((uint16_t)code);

		n_signals += suite == NULL;
		if (!suite)
			continue;
		ck_assert_uint_eq(suite->code, code);
		ck_assert_str_eq(suite->name, name);
		ck_assert(suite->aead == (suite->mac == HASH_NULL && code != 0));
		ck_assert_ptr_nonnull(suite_kx_name(suite->kx));
		ck_assert_ptr_nonnull(suite_auth_name(suite->auth));
		ck_assert_ptr_nonnull(suite_cipher_name(suite->cipher));
		ck_assert_ptr_nonnull(suite_hash_name(suite->mac));
		ck_assert_ptr_nonnull(suite_hash_name(suite->prf));
	}
	ck_assert_uint_eq(n_signals, 2);
}
END_TEST

START_TEST(signalling_grease_and_unknown_values_are_no_suites)
{
	ck_assert_ptr_null(suite_find(0x00ff));
	ck_assert_ptr_null(suite_find(0x5600));
	ck_assert_ptr_null(suite_find(0x1a1a));
	ck_assert_ptr_null(suite_find(0x001c));
	ck_assert_ptr_null(suite_find(0xffff));
}
END_TEST

/* Suites that OpenSSL no longer has, or never had: what their RFCs say. */
START_TEST(suites_say_what_their_rfcs_say)
{
	static const struct suite facts[] = {
		/* RFC 4346, A.5 */
		{0x0008, "", KX_RSA, AUTH_RSA, CIPHER_DES40_CBC, HASH_SHA1, HASH_SHA256, false,
	         false, true},
		{0x0003, "", KX_RSA, AUTH_RSA, CIPHER_RC4_40, HASH_MD5, HASH_SHA256, false, false,
	         true},
		/* RFC 5246, A.5: DH is static, anonymous DH is not */
		{0x0031, "", KX_DH, AUTH_RSA, CIPHER_AES_128_CBC, HASH_SHA1, HASH_SHA256, false,
	         false, false},
		{0x006d, "", KX_DHE, AUTH_ANON, CIPHER_AES_256_CBC, HASH_SHA256, HASH_SHA256, true,
	         false, false},
		/* RFC 2712, 3 */
		{0x0026, "", KX_KRB5, AUTH_KRB5, CIPHER_DES40_CBC, HASH_SHA1, HASH_SHA256, false,
	         false, true},
		/* RFC 5289, 3.1: static ECDH, the MAC's hash is the handshake's too */
		{0xc026, "", KX_ECDH, AUTH_ECDSA, CIPHER_AES_256_CBC, HASH_SHA384, HASH_SHA384,
	         false, false, false},
		/* RFC 6367, 2.1 */
		{0xc077, "", KX_ECDHE, AUTH_RSA, CIPHER_CAMELLIA_256_CBC, HASH_SHA384, HASH_SHA384,
	         true, false, false},
		/* RFC 6655, 3: SHA-256 without saying so */
		{0xc0a1, "", KX_RSA, AUTH_RSA, CIPHER_AES_256_CCM_8, HASH_NULL, HASH_SHA256, false,
	         true, false},
		/* RFC 6655, 4 */
		{0xc0aa, "", KX_DHE_PSK, AUTH_PSK, CIPHER_AES_128_CCM_8, HASH_NULL, HASH_SHA256,
	         true, true, false},
		/* RFC 8492, 4.7 */
		{0xc0b1, "", KX_ECCPWD, AUTH_PWD, CIPHER_AES_256_GCM, HASH_NULL, HASH_SHA384, true,
	         true, false},
		/* RFC 8998, 2 */
		{0x00c7, "", KX_TLS13, AUTH_TLS13, CIPHER_SM4_CCM, HASH_NULL, HASH_SM3, true, true,
	         false},
		/* RFC 9150, 4: integrity alone */
		{0xc0b5, "", KX_TLS13, AUTH_TLS13, CIPHER_NULL, HASH_SHA384, HASH_SHA384, true,
	         false, false},
		/* RFC 9189, 4: the premaster secret travels under the server's key */
		{0xc102, "", KX_GOST, AUTH_GOST, CIPHER_28147_CNT, HASH_IMIT, HASH_STREEBOG256,
	         false, false, false},
		/* RFC 9367, 4: a suite of TLS 1.3 */
		{0xc103, "", KX_TLS13, AUTH_TLS13, CIPHER_KUZNYECHIK_MGM_L, HASH_NULL,
	         HASH_STREEBOG256, true, true, false},
		/* Outside the registry. draft-ietf-tls-56-bit-ciphersuites, 2 */
		{0x0061, "", KX_RSA, AUTH_RSA, CIPHER_RC2_CBC_56, HASH_MD5, HASH_SHA256, false,
	         false, true},
		{0x0065, "", KX_DHE, AUTH_DSS, CIPHER_RC4_56, HASH_SHA1, HASH_SHA256, true, false,
	         true},
		/* draft-chudov-cryptopro-cptls, 2 */
		{0x0081, "", KX_GOST, AUTH_GOST, CIPHER_28147_CNT, HASH_IMIT, HASH_GOST94, false,
	         false, false},
		{0x0083, "", KX_GOST, AUTH_GOST, CIPHER_NULL, HASH_GOST94, HASH_GOST94, false,
	         false, false},
		/* draft-agl-tls-chacha20poly1305, 5: another nonce than RFC 7905's */
		{0xcc13, "", KX_ECDHE, AUTH_RSA, CIPHER_CHACHA20_POLY1305_OLD, HASH_NULL,
	         HASH_SHA256, true, true, false},
		/* Netscape's names for its FIPS mode */
		{0xfeff, "", KX_RSA, AUTH_RSA, CIPHER_3DES_EDE_CBC, HASH_SHA1, HASH_SHA256, false,
	         false, false},
	};

	for (size_t i = 0; i < COUNT(facts); i++) {
		const struct suite *suite = suite_find(facts[i].code), *fact = &facts[i];

		ck_assert_ptr_nonnull(suite);
		ck_assert_msg(suite->kx == fact->kx && suite->auth == fact->auth &&
		                      suite->cipher == fact->cipher && suite->mac == fact->mac &&
		                      suite->prf == fact->prf && suite->aead == fact->aead &&
		                      suite->forward_secret == fact->forward_secret &&
		                      suite->export == fact->export,
		              "%s", suite->name);
	}
}
END_TEST

START_TEST(shares_have_the_lengths_that_the_rfcs_give)
{
	static const struct group_info facts[] = {
		{0x0017, "", GROUP_EC, 65, 65},      /* RFC 8446, 4.2.8.2 */
		{0x001d, "", GROUP_EC, 32, 32},      /* RFC 7748, 5 */
		{0x001e, "", GROUP_EC, 56, 56},      /* RFC 7748, 5 */
		{0x0100, "", GROUP_FF, 256, 256},    /* RFC 7919, A.1 */
		{0x0200, "", GROUP_KEM, 800, 768},   /* FIPS 203, table 3 */
		{0x0202, "", GROUP_KEM, 1568, 1568}, /* FIPS 203, table 3 */
		/* draft-ietf-tls-ecdhe-mlkem, 4.1 and 4.2 */
		{0x11eb, "", GROUP_HYBRID, 1249, 1153},
		{0x11ec, "", GROUP_HYBRID, 1216, 1120},
		{0x11ed, "", GROUP_HYBRID, 1665, 1665},
		{0x6399, "", GROUP_HYBRID, 1216, 1120}, /* draft-tls-westerbaan-xyber768d00 */
		{0xfe30, "", GROUP_HYBRID, 832, 800},   /* Kyber512: 800 and 768 */
		{0x4138, "", GROUP_HYBRID, 1170, 1170}, /* HRSS-701: 1138 and 1138 */
	};

	for (size_t i = 0; i < COUNT(facts); i++) {
		const struct group_info *group = group_find(facts[i].code);

		ck_assert_ptr_nonnull(group);
		ck_assert_msg(group->kind == facts[i].kind &&
		                      group->client_share == facts[i].client_share &&
		                      group->server_share == facts[i].server_share,
		              "%s", group->name);
		ck_assert_str_eq(group->name, registry_name(REG_GROUP, group->code));
	}
	ck_assert_ptr_null(group_find(0x2a2a));
	ck_assert_ptr_null(group_find(0));
}
END_TEST

START_TEST(points_are_as_long_as_openssl_writes_them)
{
	uint32_t code;
	const char *name;
	size_t n_compared = 0;

	for (size_t i = 0; registry_at(REG_GROUP, i, &code, &name); i++) {
		int nid = OBJ_sn2nid(code == 0x17   ? SN_X9_62_prime256v1
		                     : code == 0x13 ? SN_X9_62_prime192v1
		                                    : name);
		EC_GROUP *curve = nid == NID_undef ? NULL : EC_GROUP_new_by_curve_name(nid);

		if (!curve)
			continue;
		ck_assert_uint_eq(group_find((uint16_t)code)->client_share,
		                  EC_POINT_point2oct(curve, EC_GROUP_get0_generator(curve),
		                                     POINT_CONVERSION_UNCOMPRESSED, NULL, 0, NULL));
		EC_GROUP_free(curve);
		n_compared++;
	}
	ck_assert_uint_ge(n_compared, 20);
}
END_TEST

/* What libssl calls by a number of IANA's, beside suites: its own tables, not its documents. */
START_TEST(extensions_are_called_as_in_the_headers_of_openssl)
{
#define EXTENSION(name)                                                                            \
	{                                                                                          \
		TLSEXT_TYPE_##name, #name                                                          \
	}
	static const struct {
		uint32_t code;
		const char *name;
	} theirs[] = {
		EXTENSION(server_name),
		EXTENSION(max_fragment_length),
		EXTENSION(client_certificate_url),
		EXTENSION(trusted_ca_keys),
		EXTENSION(truncated_hmac),
		EXTENSION(status_request),
		EXTENSION(user_mapping),
		EXTENSION(client_authz),
		EXTENSION(server_authz),
		EXTENSION(cert_type),
		EXTENSION(supported_groups),
		EXTENSION(ec_point_formats),
		EXTENSION(srp),
		EXTENSION(signature_algorithms),
		EXTENSION(use_srtp),
		EXTENSION(application_layer_protocol_negotiation),
		EXTENSION(signed_certificate_timestamp),
		EXTENSION(padding),
		EXTENSION(encrypt_then_mac),
		EXTENSION(extended_master_secret),
		EXTENSION(session_ticket),
		EXTENSION(early_data),
		EXTENSION(supported_versions),
		EXTENSION(cookie),
		EXTENSION(certificate_authorities),
		EXTENSION(post_handshake_auth),
		EXTENSION(signature_algorithms_cert),
		EXTENSION(key_share),
	};
#undef EXTENSION
	for (size_t i = 0; i < COUNT(theirs); i++)
		ck_assert_pstr_eq(registry_name(REG_EXTENSION, theirs[i].code), theirs[i].name);
}
END_TEST

/* "handshake failure" against "handshake_failure" */
static bool same_words(const char *ours, const char *theirs)
{
	size_t i = 0;

	for (; ours[i] && theirs[i]; i++)
		if (ours[i] != theirs[i] && !(ours[i] == '_' && theirs[i] == ' ') &&
		    (ours[i] ^ 0x20) != theirs[i])
			return false;
	return ours[i] == theirs[i];
}

START_TEST(alerts_are_called_as_libssl_calls_them)
{
	size_t n = 0;

	for (int code = 0; code < 256; code++) {
		const char *theirs = SSL_alert_desc_string_long(code);
		const char *ours = registry_name(REG_ALERT, (uint32_t)code);

		if (strcmp(theirs, "unknown") == 0)
			continue;
		ck_assert_msg(ours && same_words(ours, theirs), "%d: %s", code, theirs);
		n++;
	}
	ck_assert_uint_ge(n, 25);
}
END_TEST

/* Lets libssl offer what a list of that one name asks for, takes its hello apart and gives the code
 * points of that list; none when libssl does not know the name. */
static struct bytes offered(enum registry r, const char *name, int version, uint8_t room[4096])
{
	struct handshake_context none = {0};
	struct faults faults = {0};
	struct handshake h;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	memset(&h, 0, sizeof h);
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_max_proto_version(context, version);
	SSL *ssl = SSL_new(context);
	BIO *out = BIO_new(BIO_s_mem());
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
	if ((r == REG_GROUP ? SSL_set1_groups_list(ssl, name) : SSL_set1_sigalgs_list(ssl, name)) ==
	    1) {
		SSL_connect(ssl);
		int len = BIO_read(out, room, 4096);
		ck_assert_msg(len > 9, "%s", name);
		struct bytes hello = {room + 5, (size_t)len - 5};
		struct reader in = reader_over(hello, &faults, NULL);
		handshake_decode(&in, &none, &h);
	}
	SSL_free(ssl);
	SSL_CTX_free(context);
	return r == REG_GROUP ? h.client_hello.groups : h.client_hello.schemes;
}

static size_t compare_what_is_offered(enum registry r)
{
	uint8_t room[4096];
	uint32_t code;
	const char *name;
	size_t n = 0;

	for (size_t i = 0; registry_at(r, i, &code, &name); i++) {
		bool curve = r == REG_GROUP && code < 0x100; /* most are not for TLS 1.3 */
		struct bytes b = offered(r, name, curve ? TLS1_2_VERSION : TLS1_3_VERSION, room);

		if (b.len == 0)
			continue;
		ck_assert_msg(b.len == 2 && b.at[0] == code >> 8 && b.at[1] == (code & 0xff), "%s",
		              name);
		n++;
	}
	return n;
}

START_TEST(libssl_offers_a_group_by_the_number_that_its_name_has_here)
{
	ck_assert_uint_ge(compare_what_is_offered(REG_GROUP), 34);
}
END_TEST

START_TEST(libssl_offers_a_scheme_by_the_number_that_its_name_has_here)
{
	ck_assert_uint_ge(compare_what_is_offered(REG_SIGNATURE_SCHEME), 16);
}
END_TEST

static const char *protocol_of(const char *id)
{
	return alpn_protocol((const uint8_t *)id, strlen(id));
}

START_TEST(alpn_names_are_as_the_rfcs_give_them)
{
	ck_assert_pstr_eq(protocol_of("http/1.1"), "HTTP/1.1");  /* RFC 7301, 6 */
	ck_assert_pstr_eq(protocol_of("h2"), "HTTP/2 over TLS"); /* RFC 9113, 3.1 */
	ck_assert_pstr_eq(protocol_of("h3"), "HTTP/3");          /* RFC 9114, 3.1 */
	ck_assert_pstr_eq(protocol_of("doq"), "DoQ");            /* RFC 9250, 4.1.1 */
	ck_assert_pstr_eq(protocol_of("\x1a\x1a"), "GREASE");    /* RFC 8701, 2 */
	ck_assert_ptr_null(protocol_of("\x1a\x2a"));
	ck_assert_ptr_null(protocol_of("h"));
	ck_assert_ptr_null(protocol_of("h2 "));
	ck_assert_ptr_null(protocol_of("H2"));
	ck_assert_ptr_null(protocol_of(""));
}
END_TEST

START_TEST(each_alpn_name_is_listed_once_with_its_bytes)
{
	char row[128];
	size_t n = 0;

	for (const char *id; (id = alpn_at(n)); n++) {
		for (size_t i = 0; i < n; i++)
			ck_assert_str_ne(alpn_at(i), id);
		ck_assert_ptr_nonnull(protocol_of(id));
		row[0] = 0;
		for (size_t i = 0; id[i]; i++)
			snprintf(row + 5 * i, sizeof row - 5 * i, "0x%02X ", (unsigned)id[i]);
		snprintf(row + strlen(row), sizeof row - strlen(row), "(\"\"%s\"\")", id);
		ck_assert_msg(count_rows_with("alpn-ids", row) == 1, "%s", row);
	}
	ck_assert_uint_eq(n, count_rows_with("alpn-ids", "(\"\""));
}
END_TEST

Suite *registry_suite(void)
{
	Suite *suite = suite_create("registry");
	TCase *tables = tcase_create("tables");
	TCase *suites = tcase_create("suites and groups");

	tcase_add_test(tables, every_table_ascends_and_finds_each_of_its_codes);
	tcase_add_test(tables, nothing_but_assigned_and_grease_codes_has_a_name);
	tcase_add_test(tables, each_assigned_row_of_the_csv_is_in_the_table);
	tcase_add_test(tables, the_sixteen_grease_values_are_grease_and_no_others);
	tcase_add_test(tables, grease_is_named_only_where_the_rfc_reserves_it);
	tcase_add_test(tables, names_are_as_the_rfcs_give_them);
	tcase_add_test(tables, alpn_names_are_as_the_rfcs_give_them);
	tcase_add_test(tables, each_alpn_name_is_listed_once_with_its_bytes);
	suite_add_tcase(suite, tables);
	tcase_add_test(suites, every_suite_that_openssl_knows_is_read_as_openssl_reads_it);
	tcase_add_test(suites, every_suite_but_the_signalling_values_can_be_found);
	tcase_add_test(suites, signalling_grease_and_unknown_values_are_no_suites);
	tcase_add_test(suites, suites_say_what_their_rfcs_say);
	tcase_add_test(suites, shares_have_the_lengths_that_the_rfcs_give);
	tcase_add_test(suites, points_are_as_long_as_openssl_writes_them);
	tcase_add_test(suites, extensions_are_called_as_in_the_headers_of_openssl);
	tcase_add_test(suites, alerts_are_called_as_libssl_calls_them);
	tcase_add_test(suites, libssl_offers_a_group_by_the_number_that_its_name_has_here);
	tcase_add_test(suites, libssl_offers_a_scheme_by_the_number_that_its_name_has_here);
	suite_add_tcase(suite, suites);
	return suite;
}
