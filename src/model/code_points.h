/* The classes into which code points of the TLS registries fall. The numbers and names themselves
 * are data of the dissector (dissectors/tls/registry) and reach other rooms through struct
 * vocabulary. */
#ifndef KEYHOLE_MODEL_CODE_POINTS_H
#define KEYHOLE_MODEL_CODE_POINTS_H

#include "src/base/bytes.h"

enum registry {
	REG_SUITE,
	REG_EXTENSION,
	REG_GROUP,
	REG_SIGNATURE_SCHEME,
	REG_HASH,
	REG_SIGNATURE,
	REG_ALERT,
	REG_HANDSHAKE,
	REG_CONTENT_TYPE,
	REG_POINT_FORMAT,
	REG_CURVE_TYPE,
	REG_COMPRESSION,
	REG_PSK_MODE,
	REG_CERT_TYPE,
	REG_STATUS_TYPE,
	REG_CERT_COMPRESSION,
	REG_CLIENT_CERT_TYPE,
	REG_VERSION,
	REG_SSL2_CIPHER, /* three bytes */
	REG_SSL2_ERROR,
	REG_SSL2_MESSAGE,
	REG_AUTHZ_FORMAT,
	REG_TOKEN_BINDING,
	REG_SRTP_PROFILE,
	REG_QUIC_PARAMETER,
	REG_HPKE_KEM,
	REG_HPKE_KDF,
	REG_HPKE_AEAD,
	N_REGISTRIES,
	REG_NONE = N_REGISTRIES, /* the number stands for itself */
};

/* KX_DH and KX_ECDH are static: the key is in the certificate. Anonymous suites are KX_DHE or
 * KX_ECDHE with AUTH_ANON. KX_TLS13: the suite does not say, key_share and pre_shared_key do. */
enum suite_kx {
	KX_NULL,
	KX_RSA,
	KX_DH,
	KX_DHE,
	KX_ECDH,
	KX_ECDHE,
	KX_PSK,
	KX_RSA_PSK,
	KX_DHE_PSK,
	KX_ECDHE_PSK,
	KX_SRP,
	KX_KRB5,
	KX_ECCPWD,
	KX_GOST,
	KX_TLS13,
};

/* What the server is authenticated with: for RSA_PSK its RSA certificate (RFC 4279, 4). */
enum suite_auth {
	AUTH_NULL,
	AUTH_RSA,
	AUTH_DSS,
	AUTH_ECDSA,
	AUTH_ANON,
	AUTH_PSK,
	AUTH_SRP,
	AUTH_KRB5,
	AUTH_PWD,
	AUTH_GOST,
	AUTH_TLS13
};

enum suite_cipher {
#define SUITE_CIPHER(word, name, integrity) CIPHER_##word,
#include "src/model/suite_ciphers.def"
#undef SUITE_CIPHER
	N_SUITE_CIPHERS
};

/* HASH_GOST94 is GOST R 34.11-94. HASH_OMAC and HASH_IMIT are not hashes but the codes of the GOST
 * suites of TLS 1.2 (RFC 9189), keyed by the suite's own cipher; HASH_STREEBOG256 is GOST
 * R 34.11-2012 with 256 bits. */
enum suite_hash {
	HASH_NULL,
	HASH_MD5,
	HASH_SHA1,
	HASH_SHA256,
	HASH_SHA384,
	HASH_SHA512,
	HASH_SM3,
	HASH_GOST94,
	HASH_STREEBOG256,
	HASH_OMAC,
	HASH_IMIT
};

/* How one field of a decoder is shown: its name and what its value means. */
struct field_info {
	const char *name;  /* "cipher_suite" */
	const char *label; /* plain words: "a cipher suite that the client offers" */
	enum registry values;
	enum { FIELD_NUMBER, FIELD_OPAQUE, FIELD_TEXT, FIELD_VECTOR } shape;
};

/* Names for numbers, given to the rooms that show things. */
struct vocabulary {
	const char *(*name)(enum registry r,
	                    uint32_t code); /* NULL when unassigned; "GREASE" for GREASE */
	const struct field_info *(*field)(uint16_t id);
	/* Words of a suite, as "RSA", "AES-128-GCM", "SHA256"; "?" where the suite is unknown. */
	const char *(*suite_kx)(uint16_t suite);
	const char *(*suite_auth)(uint16_t suite);
	const char *(*suite_cipher)(uint16_t suite);
	const char *(*suite_hash)(uint16_t suite);
};

/* Says whether a group is a key encapsulation: the server's share is a ciphertext. ML-KEM alone, or
 * beside a half-key of another group (and the drafts of that with Kyber). */
static inline bool group_is_kem(uint16_t group)
{
	return group >= 512 && group <= 514;
}
static inline bool group_is_hybrid(uint16_t group)
{
	return (group >= 4587 && group <= 4589) || group == 25497 || group == 25498 ||
	       group == 65072;
}

/* Gives the number of the draft of RFC 8446 that a version stands for; 0 when it is none. Two
 * numbers of Facebook's stand for drafts too. */
static inline uint8_t tls13_draft(uint16_t version)
{
	if (version >> 8 == 0x7f)
		return (uint8_t)version;
	return version == 0xfb17 ? 23 : version == 0xfb1a ? 26 : 0;
}

#endif
