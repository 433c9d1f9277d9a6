/* What kind of key it is, by OpenSSL where that can read it, else by the identity of its algorithm.
 */
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/sha.h>

#include "src/pki/private.h"

/* Algorithms by their identities: keys, and those that sign under the same or another one. */
static const struct {
	const char *id, *name;
} algorithms[] = {
	/* NIST's Computer Security Objects Register, sigAlgs and kems (FIPS 203 to 205) */
	{"2.16.840.1.101.3.4.3.17", "ML-DSA-44"},
	{"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
	{"2.16.840.1.101.3.4.3.19", "ML-DSA-87"},
	{"2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s"},
	{"2.16.840.1.101.3.4.3.21", "SLH-DSA-SHA2-128f"},
	{"2.16.840.1.101.3.4.3.22", "SLH-DSA-SHA2-192s"},
	{"2.16.840.1.101.3.4.3.23", "SLH-DSA-SHA2-192f"},
	{"2.16.840.1.101.3.4.3.24", "SLH-DSA-SHA2-256s"},
	{"2.16.840.1.101.3.4.3.25", "SLH-DSA-SHA2-256f"},
	{"2.16.840.1.101.3.4.3.26", "SLH-DSA-SHAKE-128s"},
	{"2.16.840.1.101.3.4.3.27", "SLH-DSA-SHAKE-128f"},
	{"2.16.840.1.101.3.4.3.28", "SLH-DSA-SHAKE-192s"},
	{"2.16.840.1.101.3.4.3.29", "SLH-DSA-SHAKE-192f"},
	{"2.16.840.1.101.3.4.3.30", "SLH-DSA-SHAKE-256s"},
	{"2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f"},
	{"2.16.840.1.101.3.4.4.1", "ML-KEM-512"},
	{"2.16.840.1.101.3.4.4.2", "ML-KEM-768"},
	{"2.16.840.1.101.3.4.4.3", "ML-KEM-1024"},
	/* RFC 4491, 2.3.2, and RFC 9215, 3 */
	{"1.2.643.2.2.19", "GOST R 34.10-2001"},
	{"1.2.643.7.1.1.1.1", "GOST R 34.10-2012 (256 bit)"},
	{"1.2.643.7.1.1.1.2", "GOST R 34.10-2012 (512 bit)"},
	/* RFC 9708, 3, and RFC 9802, 4 */
	{"1.2.840.113549.1.9.16.3.17", "HSS/LMS"},
	{"1.3.6.1.5.5.7.6.34", "XMSS"},
	{"1.3.6.1.5.5.7.6.35", "XMSSMT"},
};

const char *algorithm_name(const ASN1_OBJECT *id)
{
	char text[OID_BYTES];
	int len = OBJ_obj2txt(text, sizeof text, id, 1);
	if (len <= 0 || len >= (int)sizeof text)
		return NULL;
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (strcmp(text, algorithms[i].id) == 0)
			return algorithms[i].name;
	return NULL;
}

static const char *curve_kind(EVP_PKEY *key)
{
	static const char *const known[][2] = {
		{"prime256v1", "EC P-256"},
		{"secp384r1", "EC P-384"},
		{"secp521r1", "EC P-521"},
		{"secp224r1", "EC P-224"},
		{"secp256k1", "EC secp256k1"},
		{"brainpoolP256r1", "EC brainpoolP256r1"},
		{"brainpoolP384r1", "EC brainpoolP384r1"},
		{"brainpoolP512r1", "EC brainpoolP512r1"},
	};
	char group[64] = "";
	EVP_PKEY_get_group_name(key, group, sizeof group, NULL);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(group, known[i][0]) == 0)
			return known[i][1];
	return "EC";
}

static const char *kind_of(EVP_PKEY *key)
{
	static const char *const kind[] = {"RSA",   "RSA-PSS", "DSA",  "Ed25519",
	                                   "Ed448", "X25519",  "X448", "DH"};
	if (EVP_PKEY_is_a(key, "EC"))
		return curve_kind(key);
	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++)
		if (EVP_PKEY_is_a(key, kind[i]))
			return kind[i];
	return NULL;
}

struct raw_key pki_raw_key(struct bytes spki)
{
	struct raw_key raw = {.kind = NULL};
	uint64_t findings = 0;
	SHA256(spki.at, spki.len, raw.spki_sha256);
	if (spki.len > CERTIFICATE_BYTES || !der_gate(spki, &findings))
		return raw;
	struct key_look look = der_key(spki);
	const unsigned char *at = spki.at;
	X509_PUBKEY *public =
		look.explicit_curve ? NULL : d2i_X509_PUBKEY(NULL, &at, (long)spki.len);
	if (public == NULL)
		return raw;
	struct key_facts f = key_read(public, &look);
	raw.kind = f.kind;
	raw.bits = f.bits;
	X509_PUBKEY_free(public);
	return raw;
}

struct key_facts key_read(X509_PUBKEY *public, const struct key_look *look)
{
	struct key_facts f = {.kind = look->rsa_bits > 0 ? "RSA" : "unknown",
	                      .bits = look->rsa_bits};
	EVP_PKEY *key = X509_PUBKEY_get0(public);
	ASN1_OBJECT *id = NULL;
	X509_PUBKEY_get0_param(&id, NULL, NULL, NULL, public);
	const char *kind = key == NULL ? NULL : kind_of(key);
	if (kind == NULL)
		kind = algorithm_name(id);
	if (kind != NULL)
		f.kind = kind;
	f.unknown = key == NULL && EVP_PKEY_asn1_find(NULL, OBJ_obj2nid(id)) == NULL;
	int bits = key == NULL ? 0 : EVP_PKEY_get_bits(key);
	if (look->rsa_bits == 0 && bits > 0)
		f.bits = (uint32_t)bits;
	return f;
}
