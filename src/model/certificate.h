/* A certificate as facts, the chain as it was sent, and the verdict on it. Filled by src/pki. Texts
 * from certificates are foreign bytes: show them only through the escaping functions. */
#ifndef KEYHOLE_MODEL_CERTIFICATE_H
#define KEYHOLE_MODEL_CERTIFICATE_H

#include "src/base/bytes.h"
#include "src/base/moment.h"

struct cert {
	struct bytes der;
	uint8_t sha256[32], spki_sha256[32];
	struct bytes subject, issuer; /* RFC 4514-like text "CN=www.lab.test,O=..." in UTF-8 as far
	                                 as the bytes are; foreign */
	struct bytes common_name;     /* of the subject; empty none */
	struct bytes issuer_name; /* a short name of the issuer: its CN, else O, else the whole */
	const struct bytes *name; /* SAN dNSName and iPAddress (as text), as sent */
	size_t n_names, names_left_out;
	struct bytes serial; /* the INTEGER's content bytes */
	/* MOMENT_UNKNOWN when no date; INT64_MAX for one after the year 2261 (as 99991231235959Z,
	 * "no well-defined end", RFC 5280, 4.1.2.5). */
	moment not_before, not_after;
	const char *key_kind; /* "RSA", "EC P-256", "Ed25519", ...; ours */
	uint32_t key_bits;
	const char *signature_algorithm; /* "sha256WithRSAEncryption"; OpenSSL's long name */
	bool is_ca, self_issued, self_signed;
	bool unchecked; /* what its key signs cannot be checked here: the kind is not known, so that
	                   self_signed says no more than that its names and key ids do */
	bool readable;  /* false: not parsed (not DER, beyond limits): then only der and sha256 hold
	                 */
	uint64_t findings;      /* what is odd about it: bits, see cert_finding_bit in pki.h */
	struct bytes described; /* what pki_options.describe said of it; empty: nothing */
};

/* A public key that no certificate holds (RFC 7250). There is nothing to verify about it: who
 * relies on it knew it before. */
struct raw_key {
	const char *kind; /* as key_kind above; NULL: it cannot be read */
	uint32_t bits;    /* 0 not known */
	uint8_t spki_sha256[32];
};

/* Certificates in the order they were sent. */
struct chain {
	uint8_t digest[32]; /* SHA-256 over the whole list as sent */
	const struct cert *const *cert;
	size_t n_certs;
	uint32_t left_out; /* certificates beyond the limit, not parsed */
	bool broken;       /* lengths disagree: FIND_CERT_LENGTH */
	uint32_t id;       /* pki's own */
};

enum check {
	CHECK_UNKNOWN, /* could not be checked (no SNI, no certificate seen, no trust store) */
	CHECK_OK,
	CHECK_EXPIRED,
	CHECK_NOT_YET_VALID,
	CHECK_WRONG_NAME,
	CHECK_SELF_SIGNED,
	CHECK_UNKNOWN_ROOT,
	CHECK_MISSING_INTERMEDIATE,
	CHECK_BAD_SIGNATURE,
	CHECK_UNREADABLE,
	CHECK_OTHER, /* OpenSSL's reason is in `detail` */
};

struct verdict {
	bool made;           /* a chain was there to judge */
	uint8_t chain;       /* enum check, dates left aside: OK, SELF_SIGNED, UNKNOWN_ROOT,
	                        MISSING_INTERMEDIATE, ... */
	uint8_t name;        /* OK, WRONG_NAME, UNKNOWN (no SNI) */
	uint8_t then, today; /* dates of the whole path: OK, EXPIRED, NOT_YET_VALID; at capture
	                        time, and today */
	/* The one word. First what holds whatever one trusts: UNREADABLE, BAD_SIGNATURE,
	 * SELF_SIGNED; then `then`'s EXPIRED or NOT_YET_VALID; then WRONG_NAME; then what depends
	 * on the trust store at hand: MISSING_INTERMEDIATE, UNKNOWN_ROOT, OTHER. UNKNOWN when the
	 * chain or its dates could not be checked; OK when all are, a name that nobody asked for
	 * aside. */
	uint8_t first;
	const char *detail; /* OpenSSL's words for chain; NULL when OK; ours or a constant, not
	                       foreign */
	const struct cert *anchor;        /* the trusted root found; NULL none */
	const struct cert *at_fault;      /* the certificate that `then` speaks of; NULL none */
	moment judged_then, judged_today; /* the two times used */
};

/* Gives the stable word: "ok", "expired", "not-yet-valid", "wrong-name", "self-signed",
 * "unknown-root", "missing-intermediate", ... */
const char *check_code(enum check c);

#endif
