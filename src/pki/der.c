#include "src/pki/der.h"

#include "src/pki/pki.h"

enum { LONG_TAG = 0x1f, VERSION = 0xa0, EXTENSIONS = 0xa3, EXTENSION_LEVEL = 5 };

/* Takes a length; false for the indefinite form and for one with more bytes than it needs. */
static bool take_length(struct reader *r, size_t *len)
{
	uint8_t first = take_u8(r, 0);
	*len = first;
	if (r->fault != FINE || first < 0x80)
		return r->fault == FINE;
	size_t width = first & 0x7f;
	if (width == 0 || width > 4)
		return false;
	*len = take_uint(r, width, 0);
	return r->fault == FINE && *len >= 0x80 && *len >> 8 * (width - 1) != 0;
}

bool der_take(struct reader *r, struct der *out)
{
	size_t before = left(r);
	const uint8_t *start = r->at;
	out->tag = take_u8(r, 0);
	size_t len = 0;
	if ((out->tag & LONG_TAG) == LONG_TAG || !take_length(r, &len))
		return false;
	out->body = take_bytes(r, len, 0);
	out->whole = (struct bytes){start, before - left(r)};
	return r->fault == FINE;
}

/* The way down to where the gate stands. Level 0 is outside, 1 inside the certificate, 2 inside the
 * TBSCertificate, 3 inside [3], 4 inside the list of extensions, 5 inside one of them. */
struct gate {
	struct reader level[DER_DEPTH];
	uint8_t tag[DER_DEPTH];
	struct bytes body[DER_DEPTH];
	size_t depth; /* the level that is read */
	size_t soft;  /* the level of a value in which a fault costs only that value; 0 none */
	uint64_t findings;
};

/* Notes a fault. Gives true when reading can go on behind the extension's value. */
static bool gate_fault(struct gate *g, enum finding f)
{
	g->findings |= cert_finding_bit(f);
	if (g->soft == 0)
		return false;
	g->depth = g->soft - 1;
	g->soft = 0;
	return true;
}

static bool gate_enter(struct gate *g, const struct der *e)
{
	if (g->depth + 1 == DER_DEPTH)
		return gate_fault(g, FIND_CERT_ASN1_DEPTH);
	g->depth++;
	g->level[g->depth] = reader_over(e->body, NULL, NULL);
	g->tag[g->depth] = e->tag;
	g->body[g->depth] = e->body;
	return true;
}

/* Base 128, most significant first; an arc does not begin with 0x80. */
static bool oid_is_sound(struct bytes oid, bool *too_long)
{
	size_t arc = 0;
	if (oid.len == 0)
		return false;
	struct reader r = reader_over(oid, NULL, NULL);
	while (more(&r)) {
		uint8_t b = take_u8(&r, 0);
		if (arc == 0 && b == 0x80)
			return false;
		if (++arc > OID_ARC_BYTES)
			*too_long = true;
		arc = (b & 0x80) != 0 ? arc : 0;
	}
	if (oid.len > OID_BYTES)
		*too_long = true;
	return arc == 0;
}

static bool gate_oid(struct gate *g, struct bytes oid)
{
	bool too_long = false;
	if (!oid_is_sound(oid, &too_long) && !too_long)
		return gate_fault(g, FIND_CERT_ASN1);
	return !too_long || gate_fault(g, FIND_CERT_OID_LIMIT);
}

static bool is_extension_value(const struct gate *g, const struct der *e)
{
	return g->depth == EXTENSION_LEVEL && g->tag[3] == EXTENSIONS && e->tag == DER_OCTET_STRING;
}

/* Says whether an extension is one of id-ce (2.5.29), which OpenSSL decodes. */
static bool is_standard_extension(struct bytes extension)
{
	static const uint8_t id_ce[] = {DER_OID, 3, 0x55, 0x1d};
	return extension.len > sizeof id_ce && memcmp(extension.at, id_ce, sizeof id_ce) == 0;
}

static bool gate_element(struct gate *g)
{
	struct der e;
	if (!der_take(&g->level[g->depth], &e))
		return gate_fault(g, FIND_CERT_ASN1);
	if (e.tag == DER_OID)
		return gate_oid(g, e.body);
	if ((e.tag & DER_CONSTRUCTED) != 0)
		return gate_enter(g, &e);
	if (!is_extension_value(g, &e))
		return true;
	bool standard = is_standard_extension(g->body[EXTENSION_LEVEL]);
	if (!gate_enter(g, &e))
		return false;
	g->soft = standard ? 0 : g->depth;
	return true;
}

static bool gate_walk(struct gate *g)
{
	while (more(&g->level[g->depth]) || g->depth > 0) {
		if (more(&g->level[g->depth])) {
			if (!gate_element(g))
				return false;
			continue;
		}
		if (g->soft == g->depth)
			g->soft = 0;
		g->depth--;
	}
	return true;
}

bool der_gate(struct bytes der, uint64_t *findings)
{
	struct der e;
	struct reader whole = reader_over(der, NULL, NULL);
	bool one = der_take(&whole, &e) && e.tag == DER_SEQUENCE && !more(&whole);
	if (!one) {
		*findings |= cert_finding_bit(FIND_CERT_ASN1);
		return false;
	}
	struct gate g = {.depth = 0};
	g.level[0] = reader_over(der, NULL, NULL);
	bool passed = gate_walk(&g);
	*findings |= g.findings;
	return passed;
}

/* Takes a SEQUENCE and gives a reader over its content. */
static bool enter_sequence(struct reader *r, struct reader *in)
{
	struct der e;
	if (!der_take(r, &e) || e.tag != DER_SEQUENCE)
		return false;
	*in = reader_over(e.body, NULL, NULL);
	return true;
}

bool der_tbs(struct bytes der, struct tbs *out)
{
	struct reader r = reader_over(der, NULL, NULL), certificate, tbs;
	struct der e, part[5]; /* signature, issuer, validity, subject, subjectPublicKeyInfo */
	if (!enter_sequence(&r, &certificate) || !enter_sequence(&certificate, &tbs))
		return false;
	if (!der_take(&tbs, &e))
		return false;
	if (e.tag == VERSION && !der_take(&tbs, &e))
		return false;
	for (size_t i = 0; i < 5; i++)
		if (!der_take(&tbs, &part[i]))
			return false;
	*out = (struct tbs){.serial = e.body,
	                    .issuer = part[1].whole,
	                    .subject = part[3].whole,
	                    .spki = part[4].whole};
	return true;
}

static uint32_t integer_bits(struct bytes n)
{
	struct reader r = reader_over(n, NULL, NULL);
	uint8_t top = 0;
	while (more(&r) && top == 0)
		top = take_u8(&r, 0);
	uint32_t bits = (uint32_t)left(&r) * 8;
	for (; top != 0; top >>= 1)
		bits++;
	return bits;
}

static bool is_odd(struct bytes n)
{
	return n.len > 0 && (n.at[n.len - 1] & 1) != 0;
}

/* RFC 8017, A.1.1: RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }. */
static struct key_look rsa_look(struct bytes bit_string)
{
	struct reader r = reader_over(bit_string, NULL, NULL), key;
	struct der n, e;
	take_u8(&r, 0); /* unused bits */
	if (!enter_sequence(&r, &key) || !der_take(&key, &n) || !der_take(&key, &e))
		return (struct key_look){.weird = true};
	uint32_t bits = integer_bits(n.body), exponent = integer_bits(e.body);
	return (struct key_look){
		.rsa_bits = bits,
		.weird = bits > RSA_BITS || !is_odd(n.body) || !is_odd(e.body) || exponent < 2 ||
	                 exponent > EXPONENT_BITS,
	};
}

static bool oid_is(struct bytes oid, const char *content, size_t len)
{
	return bytes_equal(oid, (struct bytes){(const uint8_t *)content, len});
}

struct key_look der_key(struct bytes spki)
{
	struct reader r = reader_over(spki, NULL, NULL), info, algorithm;
	struct der oid, parameters, key;
	if (!enter_sequence(&r, &info) || !enter_sequence(&info, &algorithm) ||
	    !der_take(&algorithm, &oid) || !der_take(&info, &key) || key.tag != DER_BIT_STRING)
		return (struct key_look){.weird = true};
	if (oid_is(oid.body, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9) ||
	    oid_is(oid.body, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", 9))
		return rsa_look(key.body);
	bool is_ec = oid_is(oid.body, "\x2a\x86\x48\xce\x3d\x02\x01", 7);
	if (is_ec && der_take(&algorithm, &parameters) && parameters.tag == DER_SEQUENCE)
		return (struct key_look){.weird = true, .explicit_curve = true};
	return (struct key_look){0};
}
