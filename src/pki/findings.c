/* What a chain and the verdict on it add to a session's findings. */
#include <openssl/x509_vfy.h>

#include "src/pki/private.h"

static const struct {
	uint8_t check, finding;
} found_by[] = {
	{CHECK_EXPIRED, FIND_CERT_EXPIRED},
	{CHECK_NOT_YET_VALID, FIND_CERT_NOT_YET_VALID},
	{CHECK_WRONG_NAME, FIND_CERT_NAME},
	{CHECK_SELF_SIGNED, FIND_CERT_SELF_SIGNED},
	{CHECK_UNKNOWN_ROOT, FIND_CERT_UNKNOWN_ROOT},
	{CHECK_MISSING_INTERMEDIATE, FIND_CERT_MISSING_INTERMEDIATE},
	{CHECK_BAD_SIGNATURE, FIND_CERT_BAD_SIGNATURE},
	{CHECK_OTHER, FIND_CERT_OTHER},
};

static uint64_t check_bit(enum check c)
{
	for (size_t i = 0; i < sizeof found_by / sizeof *found_by; i++)
		if (found_by[i].check == c)
			return cert_finding_bit(found_by[i].finding);
	return 0;
}

static bool detail_is(const struct verdict *v, int error)
{
	return v->detail != NULL && strcmp(v->detail, X509_verify_cert_error_string(error)) == 0;
}

/* OpenSSL gives up on too many names under too many constraints with an error that says no more. */
static uint64_t verdict_bits(const struct verdict *v)
{
	if (!v->made)
		return 0;
	uint64_t bits = check_bit(v->chain) | check_bit(v->name) | check_bit(v->then);
	if (detail_is(v, X509_V_ERR_CERT_CHAIN_TOO_LONG))
		bits |= cert_finding_bit(FIND_CERT_CHAIN_LIMIT);
	if (detail_is(v, X509_V_ERR_UNSPECIFIED))
		bits |= cert_finding_bit(FIND_CERT_LIMIT);
	return bits;
}

static uint64_t chain_bits(const struct chain *c)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < c->n_certs; i++)
		bits |= c->cert[i]->findings;
	if (c->broken)
		bits |= cert_finding_bit(FIND_CERT_LENGTH);
	if (c->left_out > 0)
		bits |= cert_finding_bit(FIND_CERT_CHAIN_LIMIT);
	if (((const struct chain_kept *)c)->wrong_order)
		bits |= cert_finding_bit(FIND_CERT_ORDER);
	return bits;
}

void pki_findings(struct session *s, enum side shown_by, uint32_t frame)
{
	if (s->tls == NULL || s->tls->chain[shown_by] == NULL)
		return;
	uint64_t bits = chain_bits(s->tls->chain[shown_by]) | verdict_bits(&s->verdict[shown_by]);
	for (enum finding f = FIND_CERT_EXPIRED; f <= FIND_CERT_OTHER; f++)
		if ((bits & cert_finding_bit(f)) != 0)
			session_find(s, f, shown_by, frame);
}
