/* A certificate becomes facts: the gate first, then OpenSSL. */
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "src/pki/private.h"

enum { EXTENSIONS_LOOKED_AT = 128 };

static void find(struct cert_kept *c, enum finding f)
{
	c->facts.findings |= cert_finding_bit(f);
}

/* Takes `n` decimal digits; -1 when there is another sign among them. */
static int32_t take_decimal(struct reader *r, size_t n)
{
	int32_t v = 0;
	for (; n > 0; n--) {
		uint8_t c = take_u8(r, 0);
		if (c < '0' || c > '9')
			return -1;
		v = v * 10 + (c - '0');
	}
	return v;
}

/* What struct calendar cannot count is kept as the first or last moment. */
static moment moment_clamped(struct calendar c)
{
	int32_t year = c.year;
	c.year = 2000; /* a leap year, to judge the rest of the date by */
	if (moment_from(c) == MOMENT_UNKNOWN || year < 0)
		return MOMENT_UNKNOWN;
	c.year = year;
	if (year > 2261)
		return INT64_MAX;
	return year < 1678 ? MOMENT_UNKNOWN + 1 : moment_from(c);
}

/* RFC 5280, 4.1.2.5: UTCTime YYMMDDHHMMSSZ, or GeneralizedTime YYYYMMDDHHMMSSZ. */
static moment moment_of(const ASN1_TIME *t)
{
	bool utc = ASN1_STRING_type(t) == V_ASN1_UTCTIME;
	struct bytes text = {ASN1_STRING_get0_data(t), (size_t)ASN1_STRING_length(t)};
	struct reader r = reader_over(text, NULL, NULL);
	struct calendar c = {0};
	if (text.len != (utc ? 13 : 15))
		return MOMENT_UNKNOWN;
	c.year = take_decimal(&r, utc ? 2 : 4);
	if (utc && c.year >= 0)
		c.year += c.year < 50 ? 2000 : 1900;
	c.month = take_decimal(&r, 2);
	c.day = take_decimal(&r, 2);
	c.hour = take_decimal(&r, 2);
	c.minute = take_decimal(&r, 2);
	c.second = take_decimal(&r, 2);
	return take_u8(&r, 0) == 'Z' ? moment_clamped(c) : MOMENT_UNKNOWN;
}

static void read_dates(struct cert_kept *c, const X509 *x)
{
	struct cert *f = &c->facts;
	f->not_before = moment_of(X509_get0_notBefore(x));
	f->not_after = moment_of(X509_get0_notAfter(x));
	if (f->not_before == MOMENT_UNKNOWN || f->not_after == MOMENT_UNKNOWN ||
	    f->not_before > f->not_after)
		find(c, FIND_CERT_TIME_INVALID);
}

static void read_key(struct cert_kept *c, const X509 *x, const struct key_look *look)
{
	struct key_facts f = key_read(X509_get_X509_PUBKEY(x), look);
	c->facts.key_kind = f.kind;
	c->facts.key_bits = f.bits;
	if (look->weird)
		find(c, FIND_CERT_KEY_WEIRD);
	c->facts.unchecked = f.unknown;
}

static const char *signature_algorithm(const X509 *x)
{
	const X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *id = NULL;
	X509_get0_signature(NULL, &algorithm, x);
	X509_ALGOR_get0(&id, NULL, NULL, algorithm);
	const char *name = algorithm_name(id);
	int nid = OBJ_obj2nid(id);
	return name != NULL || nid == NID_undef ? name : OBJ_nid2ln(nid);
}

/* RFC 5280, 4.2.1.1: the key that signed it is its own where both ids are the same, or none is
 * named. */
static bool names_its_own_key(X509 *x)
{
	const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(x);
	const ASN1_OCTET_STRING *signer = X509_get0_authority_key_id(x);
	return signer == NULL || (own != NULL && ASN1_OCTET_STRING_cmp(own, signer) == 0);
}

static bool is_self_signed(const struct cert *f, X509 *x)
{
	return f->self_issued &&
	       (f->unchecked ? names_its_own_key(x) : X509_self_signed(x, 1) == 1);
}

/* Says whether an earlier extension has the same identity. */
static bool is_repeated(const X509 *x, int at)
{
	const ASN1_OBJECT *id = X509_EXTENSION_get_object(X509_get_ext(x, at));
	return X509_get_ext_by_OBJ(x, id, -1) < at;
}

static void read_extensions(struct cert_kept *c, X509 *x)
{
	int n = X509_get_ext_count(x);
	if (n > EXTENSIONS_LOOKED_AT)
		find(c, FIND_CERT_LIMIT);
	for (int i = 0; i < n && i < EXTENSIONS_LOOKED_AT; i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);
		bool unknown = X509_EXTENSION_get_critical(e) && !X509_supported_extension(e);
		if (unknown || is_repeated(x, i))
			find(c, FIND_CERT_EXT);
	}
	if ((X509_get_extension_flags(x) & EXFLAG_INVALID) != 0)
		find(c, FIND_CERT_EXT);
}

static struct bytes alternative_names(const X509 *x)
{
	int at = X509_get_ext_by_NID(x, NID_subject_alt_name, -1);
	if (at < 0)
		return (struct bytes){NULL, 0};
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(x, at));
	struct bytes content = {ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)};
	struct reader r = reader_over(content, NULL, NULL);
	struct der e;
	return der_take(&r, &e) && e.tag == DER_SEQUENCE ? e.body : (struct bytes){NULL, 0};
}

static void read_facts(struct cert_kept *c, X509 *x, const struct key_look *look, struct arena *a)
{
	struct cert *f = &c->facts;
	f->readable = true;
	cert_names(c, x, a);
	read_dates(c, x);
	read_key(c, x, look);
	read_extensions(c, x);
	c->san = arena_keep(a, alternative_names(x));
	cert_alternative_names(c, a);
	f->signature_algorithm = signature_algorithm(x);
	f->is_ca = X509_check_ca(x) > 0;
	f->self_issued = bytes_equal(c->subject_der, c->issuer_der);
	f->self_signed = !look->weird && is_self_signed(f, x);
}

static X509 *decode(struct bytes der)
{
	const unsigned char *at = der.at;
	return d2i_X509(NULL, &at, (long)der.len);
}

/* Says whether OpenSSL can read a Name; it does not read a text that is not in its own encoding. */
static bool name_decodes(struct bytes der)
{
	const unsigned char *at = der.at;
	X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.len);
	X509_NAME_free(name);
	return name != NULL;
}

/* Lets through what OpenSSL may see; false with its finding for all else. */
static bool passes(struct cert_kept *c, struct tbs *tbs, struct key_look *look)
{
	if (c->facts.der.len > CERTIFICATE_BYTES) {
		find(c, FIND_CERT_LIMIT);
		return false;
	}
	if (!der_gate(c->facts.der, &c->facts.findings))
		return false;
	if (!der_tbs(c->facts.der, tbs)) {
		find(c, FIND_CERT_ASN1);
		return false;
	}
	*look = der_key(tbs->spki);
	if (look->explicit_curve)
		find(c, FIND_CERT_KEY_WEIRD);
	return !look->explicit_curve;
}

struct cert_kept *cert_read(struct arena *a, struct bytes der, bool cached)
{
	struct cert_kept *c = arena_take(a, sizeof *c);
	if (c == NULL)
		return NULL;
	struct tbs tbs;
	struct key_look look;
	c->facts = (struct cert){
		.der = der, .not_before = MOMENT_UNKNOWN, .not_after = MOMENT_UNKNOWN};
	c->cached = cached;
	SHA256(der.at, der.len, c->facts.sha256);
	if (!passes(c, &tbs, &look))
		return c;
	X509 *x = decode(der);
	if (x == NULL) {
		bool names = name_decodes(tbs.subject) && name_decodes(tbs.issuer);
		find(c, names ? FIND_CERT_ASN1 : FIND_CERT_NAME_INVALID);
		return c;
	}
	c->subject_der = tbs.subject;
	c->issuer_der = tbs.issuer;
	c->facts.serial = tbs.serial;
	SHA256(tbs.spki.at, tbs.spki.len, c->facts.spki_sha256);
	read_facts(c, x, &look, a);
	c->x509 = cached ? x : NULL;
	if (!cached)
		X509_free(x);
	return c;
}

X509 *cert_x509(const struct cert_kept *c)
{
	if (!c->facts.readable)
		return NULL;
	if (c->x509 == NULL)
		return decode(c->facts.der);
	X509_up_ref(c->x509);
	return c->x509;
}
