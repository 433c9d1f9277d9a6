#include "dissectors/tls/message.h"
#include "dissectors/tls/registry/registry.h"

enum { CURVE_PRIME = 1, CURVE_CHAR2 = 2, CURVE_NAMED = 3 };
enum { BASIS_TRINOMIAL = 1, BASIS_PENTANOMIAL = 2 };

/* Where TLS 1.2 writes a SignatureScheme before a signature, and earlier versions nothing. */
static void take_signature(struct reader *r, struct message *m)
{
	struct server_key_exchange *k = &m->out->server_kx;
	if (version_has_schemes(m->context->version))
		k->scheme = take_u16(r, F_SIGNATURE_SCHEME);
	struct bytes signature = take_opaque(r, 2, F_SIGNATURE);
	if (signature.at == NULL)
		return;
	k->signed_ = true;
	k->signature = signature;
	k->signature_len = (uint16_t)signature.len;
}

static uint16_t bits_of(struct bytes number)
{
	while (number.len > 0 && *number.at == 0) {
		number.at++;
		number.len--;
	}
	if (number.len == 0)
		return 0;
	size_t bits = number.len * 8 + 24 - (size_t)__builtin_clz(*number.at);
	return bits > UINT16_MAX ? UINT16_MAX : (uint16_t)bits;
}

static void keep_public(struct server_key_exchange *k, struct bytes public_key)
{
	k->public_key = public_key;
	k->public_len = (uint16_t)public_key.len;
}

/* RFC 4492, 5.4
 *
 *	ECCurve curve;                   opaque a<1..2^8-1>, b<1..2^8-1>
 *	ECPoint base;                    opaque point<1..2^8-1>
 *	opaque order<1..2^8-1>;
 *	opaque cofactor<1..2^8-1>;
 */
static void curve_and_base(struct reader *r)
{
	take_vector(r, 1, F_CURVE_A);
	take_vector(r, 1, F_CURVE_B);
	take_vector(r, 1, F_CURVE_BASE);
	take_vector(r, 1, F_CURVE_ORDER);
	take_vector(r, 1, F_CURVE_COFACTOR);
}

/* RFC 4492, 5.4 (the numbers of ECBasisType are those of its erratum 2389)
 *
 *	uint16 m;
 *	ECBasisType basis;
 *	opaque k<1..2^8-1>;              of a trinomial; k1, k2 and k3 of a pentanomial
 */
static void field_of_char2(struct reader *r, struct server_key_exchange *k)
{
	k->dh_bits = take_u16(r, F_CURVE_M);
	uint8_t basis = take_u8(r, F_CURVE_BASIS);
	if (basis != BASIS_TRINOMIAL && basis != BASIS_PENTANOMIAL)
		reader_fault(r, FAULT_RANGE, F_CURVE_BASIS, BASIS_PENTANOMIAL);
	for (unsigned n = basis == BASIS_TRINOMIAL ? 1 : 3; n > 0 && r->fault == FINE; n--)
		take_vector(r, 1, F_CURVE_EXPONENT);
}

/* RFC 8422, 5.4, and RFC 4492, 5.4, for curves of the server's own
 *
 *	ECCurveType curve_type;
 *	NamedCurve namedcurve;           named_curve (3)
 *	opaque prime_p<1..2^8-1>;        explicit_prime (1), then curve_and_base
 *	                                 explicit_char2 (2): field_of_char2, then curve_and_base
 */
static void curve(struct reader *r, struct server_key_exchange *k)
{
	switch (take_u8(r, F_CURVE_TYPE)) {
	case CURVE_NAMED:
		k->group = take_u16(r, F_NAMED_CURVE);
		return;
	case CURVE_PRIME:
		k->dh_bits = bits_of(take_opaque(r, 1, F_CURVE_PRIME));
		curve_and_base(r);
		return;
	case CURVE_CHAR2:
		field_of_char2(r, k);
		if (r->fault == FINE)
			curve_and_base(r);
		return;
	default:
		reader_fault(r, FAULT_RANGE, F_CURVE_TYPE, CURVE_NAMED);
	}
}

/* RFC 8422, 5.4: ECParameters curve_params; opaque point<1..2^8-1> */
static void server_ecdh_params(struct reader *r, struct server_key_exchange *k)
{
	curve(r, k);
	if (r->fault == FINE)
		keep_public(k, take_opaque(r, 1, F_SERVER_POINT));
}

/* RFC 5246, 7.4.3
 *
 *	opaque dh_p<1..2^16-1>;
 *	opaque dh_g<1..2^16-1>;
 *	opaque dh_Ys<1..2^16-1>;
 */
static void server_dh_params(struct reader *r, struct server_key_exchange *k)
{
	k->dh_bits = bits_of(take_opaque(r, 2, F_DH_P));
	take_vector(r, 2, F_DH_G);
	keep_public(k, take_opaque(r, 2, F_DH_YS));
}

/* RFC 2246, D.1 and 7.4.3: the short key of the export suites
 *
 *	opaque rsa_modulus<1..2^16-1>;
 *	opaque rsa_exponent<1..2^16-1>;
 */
static void server_rsa_params(struct reader *r, struct server_key_exchange *k)
{
	k->export_rsa = true;
	keep_public(k, take_opaque(r, 2, F_RSA_MODULUS));
	k->dh_bits = bits_of(k->public_key);
	take_vector(r, 2, F_RSA_EXPONENT);
}

/* RFC 5054, 2.5.3
 *
 *	opaque srp_N<1..2^16-1>;
 *	opaque srp_g<1..2^16-1>;
 *	opaque srp_s<1..2^8-1>;
 *	opaque srp_B<1..2^16-1>;
 */
static void server_srp_params(struct reader *r, struct server_key_exchange *k)
{
	k->dh_bits = bits_of(take_opaque(r, 2, F_SRP_N));
	take_vector(r, 2, F_SRP_G);
	take_vector(r, 1, F_SRP_SALT);
	keep_public(k, take_opaque(r, 2, F_SRP_B));
}

/* RFC 8492, 4.5.3
 *
 *	opaque salt<1..2^8-1>;
 *	ECParameters curve_params;
 *	ECPoint point;
 *	opaque scalar<1..2^8-1>;
 */
static void server_password_params(struct reader *r, struct server_key_exchange *k)
{
	take_vector(r, 1, F_PWD_SALT);
	server_ecdh_params(r, k);
	if (r->fault == FINE)
		take_vector(r, 1, F_PWD_SCALAR);
}

/* What stands before the signature, by the key exchange; RFC 4279, 2 to 4, and RFC 5489, 2, for the
 * variants with a shared key. */
static void server_params(struct reader *r, enum suite_kx kx, struct server_key_exchange *k)
{
	switch (kx) {
	case KX_ECDHE:
		server_ecdh_params(r, k);
		return;
	case KX_DHE:
		server_dh_params(r, k);
		return;
	case KX_RSA:
		server_rsa_params(r, k);
		return;
	case KX_PSK:
	case KX_RSA_PSK:
		take_vector(r, 2, F_PSK_HINT);
		return;
	case KX_DHE_PSK:
		take_vector(r, 2, F_PSK_HINT);
		server_dh_params(r, k);
		return;
	case KX_ECDHE_PSK:
		take_vector(r, 2, F_PSK_HINT);
		server_ecdh_params(r, k);
		return;
	case KX_SRP:
		server_srp_params(r, k);
		return;
	case KX_ECCPWD:
		server_password_params(r, k);
		return;
	default:
		take_rest(r, F_OTHER_EXCHANGE);
	}
}

static bool is_signed(const struct suite *suite)
{
	switch (suite->kx) {
	case KX_ECDHE:
	case KX_DHE:
	case KX_RSA:
		return suite->auth != AUTH_ANON;
	case KX_SRP:
		return suite->auth != AUTH_SRP;
	default:
		return false;
	}
}

/* Where the certificate's key is all that the client needs the server sends no other (RFC 5246,
 * 7.4.3; RFC 8422, 2; RFC 2712, 3; RFC 9189, 4.2.4). For RSA it did so in the export suites alone.
 */
static bool is_without_server_half(const struct suite *suite)
{
	switch (suite->kx) {
	case KX_RSA:
		return !suite->export;
	case KX_DH:
	case KX_ECDH:
	case KX_KRB5:
	case KX_GOST:
		return true;
	default:
		return false;
	}
}

/* What is known of the exchange; NULL where the hellos were not seen or the suite is unknown. */
static const struct suite *suite_of(const struct message *m)
{
	return m->context->version == 0 ? NULL : suite_find(m->context->suite);
}

/* The body of an exchange that nobody can take apart: unknown, or SSL 3.0's Fortezza (RFC 6101,
 * A.6), whose suites have no number of IANA's. */
static void take_unknown(struct reader *r, const struct handshake_context *c)
{
	bool fortezza = c->version == 0x0300 && (c->suite == 0x001c || c->suite == 0x001d);
	take_rest(r, fortezza ? F_FORTEZZA : F_OTHER_EXCHANGE);
}

/* RFC 5246, 7.4.3: the parameters, and unless nobody is authenticated by it, a signature */
void decode_server_key_exchange(struct reader *r, struct message *m)
{
	struct server_key_exchange *k = &m->out->server_kx;
	const struct suite *suite = suite_of(m);
	if (suite == NULL) {
		take_unknown(r, m->context);
		return;
	}
	if (is_without_server_half(suite))
		note_finding(&m->out->noted, FIND_TLS_ORDER);
	const uint8_t *first = r->at;
	server_params(r, suite->kx, k);
	if (r->fault != FINE)
		return;
	k->params = (struct bytes){first, (size_t)(r->at - first)};
	if (is_signed(suite) && k->public_key.at != NULL)
		take_signature(r, m);
}

/* RFC 5246, 7.4.7.1: opaque encrypted_pre_master_secret<0..2^16-1>; SSL 3.0 writes no length (RFC
 * 6101, 5.6.7.1) */
static struct bytes encrypted_premaster(struct reader *r, struct message *m)
{
	if (m->context->version != 0x0300)
		return take_opaque(r, 2, F_ENCRYPTED_PREMASTER);
	struct bytes secret = take_rest(r, F_ENCRYPTED_PREMASTER);
	return m->cut ? (struct bytes){NULL, 0} : secret;
}

/* RFC 2712, 3; the lengths are those that its implementations write
 *
 *	opaque Ticket<0..2^16-1>;
 *	opaque authenticator<0..2^16-1>;
 *	opaque EncryptedPreMasterSecret<0..2^16-1>;
 */
static void client_kerberos(struct reader *r)
{
	take_vector(r, 2, F_KRB5_TICKET);
	take_vector(r, 2, F_KRB5_AUTHENTICATOR);
	take_vector(r, 2, F_KRB5_PREMASTER);
}

/* RFC 8492, 4.5.4: ECPoint point; opaque scalar<1..2^8-1> */
static struct bytes client_password(struct reader *r)
{
	struct bytes point = take_opaque(r, 1, F_CLIENT_POINT);
	take_vector(r, 1, F_PWD_SCALAR);
	return point;
}

/* What the client sends, by the key exchange: RFC 5246, 7.4.7; RFC 8422, 5.7; RFC 4279, 2 to 4; RFC
 * 5489, 2; RFC 5054, 2.5.4; RFC 9189, 4.2.4. A client whose certificate holds its share sends none
 * (RFC 5246, 7.4.7.2). */
static struct bytes client_secret(struct reader *r, enum suite_kx kx, struct message *m)
{
	switch (kx) {
	case KX_RSA_PSK:
		take_vector(r, 2, F_SHARED_KEY_NAME);
		return encrypted_premaster(r, m);
	case KX_RSA:
		return encrypted_premaster(r, m);
	case KX_DHE_PSK:
		take_vector(r, 2, F_SHARED_KEY_NAME);
		return take_opaque(r, 2, F_DH_YC);
	case KX_DHE:
	case KX_DH:
		return more(r) ? take_opaque(r, 2, F_DH_YC) : (struct bytes){NULL, 0};
	case KX_ECDHE_PSK:
		take_vector(r, 2, F_SHARED_KEY_NAME);
		return take_opaque(r, 1, F_CLIENT_POINT);
	case KX_ECDHE:
	case KX_ECDH:
		return more(r) ? take_opaque(r, 1, F_CLIENT_POINT) : (struct bytes){NULL, 0};
	case KX_PSK:
		take_vector(r, 2, F_SHARED_KEY_NAME);
		break;
	case KX_SRP:
		return take_opaque(r, 2, F_SRP_A);
	case KX_ECCPWD:
		return client_password(r);
	case KX_KRB5:
		client_kerberos(r);
		break;
	case KX_GOST:
		take_rest(r, F_GOST_KEY);
		break;
	default:
		take_rest(r, F_OTHER_EXCHANGE);
	}
	return (struct bytes){NULL, 0};
}

void decode_client_key_exchange(struct reader *r, struct message *m)
{
	struct client_key_exchange *k = &m->out->client_kx;
	const struct suite *suite = suite_of(m);
	if (suite == NULL) {
		take_unknown(r, m->context);
		return;
	}
	k->secret = client_secret(r, suite->kx, m);
	k->len = (uint16_t)k->secret.len;
	if (k->secret.len >= sizeof k->head)
		memcpy(k->head, k->secret.at, sizeof k->head);
}
