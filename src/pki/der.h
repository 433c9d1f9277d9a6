/* DER (ITU-T X.690, 10) as far as a certificate needs it: one element after the other, and the gate
 * that every certificate passes before OpenSSL sees it. Not an ASN.1 compiler: it knows no types.
 */
#ifndef KEYHOLE_PKI_DER_H
#define KEYHOLE_PKI_DER_H

#include "src/base/reader.h"

enum {
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_CONSTRUCTED = 0x20,
};
enum { DER_DEPTH = 32, OID_BYTES = 128, OID_ARC_BYTES = 20, RSA_BITS = 16384, EXPONENT_BITS = 64 };

struct der {
	uint8_t tag;
	struct bytes body;  /* the content */
	struct bytes whole; /* with tag and length */
};

/* The parts of a TBSCertificate (RFC 5280, 4.1) that are looked at as bytes; whole elements, but
 * for the serial number. */
struct tbs {
	struct bytes serial; /* the INTEGER's content */
	struct bytes issuer, subject, spki;
};

/* What can be told about a public key without computing with it. */
struct key_look {
	uint32_t rsa_bits;   /* of the modulus; 0 when it is no RSA key */
	bool weird;          /* a modulus or exponent that no sound software makes */
	bool explicit_curve; /* an EC key that brings its own curve */
};

/* Takes one element with a definite, minimal length; false when there is none. */
bool der_take(struct reader *r, struct der *out);
/* Says whether the bytes are one DER element within the limits, and adds the findings, as
 * cert_finding_bit gives them, to `findings`. The values of extensions that OpenSSL would decode
 * are held to it too; in any other a fault is a finding alone. */
bool der_gate(struct bytes der, uint64_t *findings);
/* Splits a certificate that passed the gate; false when it is not one. */
bool der_tbs(struct bytes der, struct tbs *out);
/* Looks at a SubjectPublicKeyInfo. */
struct key_look der_key(struct bytes spki);

#endif
