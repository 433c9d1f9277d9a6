/* Certificates: read once each, judged with OpenSSL's verification at given times. Sends nothing
 * and asks nobody. */
#ifndef KEYHOLE_PKI_PKI_H
#define KEYHOLE_PKI_PKI_H

#include "src/base/address.h"
#include "src/base/arena.h"
#include "src/base/text.h"
#include "src/model/certificate.h"
#include "src/model/finding.h"
#include "src/model/session.h"

struct pki;

struct pki_options {
	const char *ca; /* a PEM file or a folder of them, beside the system store; NULL none */
	bool no_system; /* leave the system store aside */
	moment today;   /* "today" for verdicts */
	moment at;      /* judge at this time instead of capture time and today; MOMENT_UNKNOWN: not
	                   given */
	/* Describes each certificate of the cache once, for whoever would say the same of it again
	 * and again; NULL: nobody. */
	void (*describe)(const struct cert *c, struct text *t);
};

/* Loads the trust stores; NULL with a sentence in `why` when --ca cannot be read. */
struct pki *pki_new(const struct pki_options *o, char *why, size_t why_len);
/* Gives the chain for a certificate_list as sent (the content of the vector: 3-byte lengths and
 * DER; with TLS 1.3 each entry followed by its extensions). The same bytes give the same chain,
 * parsed once; thread-safe. Lives as long as the pki, or, when its cache is full, as long as
 * `spare`. Never NULL while memory lasts. */
const struct chain *pki_chain(struct pki *p, struct bytes certificate_list, bool tls13,
                              struct arena *spare);
/* Says what a raw public key (a SubjectPublicKeyInfo in DER) is; its kind is NULL when it cannot be
 * read. */
struct raw_key pki_raw_key(struct bytes spki);
/* Judges the chain that `shown_by` sent, against the name asked for (empty: none), at the time of
 * the capture and today; thread-safe and cached. Findings of the chain are added by pki_findings.
 */
void pki_judge(struct pki *p, const struct chain *c, enum side shown_by, struct bytes sni,
               moment then, struct verdict *out);
/* Gives the bit of a certificate's finding in struct cert's `findings`. */
static inline uint64_t cert_finding_bit(enum finding f)
{
	return (uint64_t)1 << (f - FIND_CERT_EXPIRED);
}

/* Adds the findings of a verdict and of its certificates to the session. */
void pki_findings(struct session *s, enum side shown_by, uint32_t frame);
/* Checks the signature of a ServerKeyExchange over client random, server random and parameters (RFC
 * 8422, 5.4; RFC 5246, 7.4.3) or, for TLS 1.0 and 1.1, its MD5+SHA-1 or SHA-1 form, with the
 * certificate's public key. */
enum proof pki_verify_exchange(const struct cert *c, const struct tls_facts *t);
uint64_t pki_certificates_parsed(const struct pki *p);
void pki_free(struct pki *p);

enum { CHAIN_CERTIFICATES = 64, CERTIFICATE_BYTES = 512 * 1024, PKI_CACHE_BYTES = 64 << 20 };

#endif
