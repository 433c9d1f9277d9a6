#include "dissectors/tls/message.h"
#include "dissectors/tls/registry/registry.h"

enum { CURVE_NAMED = 3 };

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

/* RFC 8422, 5.4
 *
 *	ECCurveType curve_type;            named_curve (3); explicit curves are not decoded
 *	NamedCurve namedcurve;
 *	opaque point<1..2^8-1>;
 */
static void server_ecdh_params(struct reader *r, struct server_key_exchange *k)
{
	if (take_u8(r, F_CURVE_TYPE) != CURVE_NAMED) {
		take_rest(r, F_EXPLICIT_CURVE);
		return;
	}
	k->group = take_u16(r, F_NAMED_CURVE);
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
	default:
		take_rest(r, F_OTHER_EXCHANGE);
	}
}

static bool is_signed(const struct suite *suite)
{
	bool ephemeral = suite->kx == KX_ECDHE || suite->kx == KX_DHE || suite->kx == KX_RSA;
	return ephemeral && suite->auth != AUTH_ANON;
}

/* RFC 5246, 7.4.3: the parameters, and unless nobody is authenticated by it, a signature */
void decode_server_key_exchange(struct reader *r, struct message *m)
{
	struct server_key_exchange *k = &m->out->server_kx;
	const struct suite *suite = suite_find(m->context->suite);
	if (m->context->version == 0 || suite == NULL) {
		take_rest(r, F_OTHER_EXCHANGE);
		return;
	}
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

/* What the client sends, by the key exchange: RFC 5246, 7.4.7; RFC 8422, 5.7; RFC 4279, 2 to 4; RFC
 * 5489, 2. A client whose certificate holds its share sends none (RFC 5246, 7.4.7.2). */
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
		return (struct bytes){NULL, 0};
	default:
		take_rest(r, F_OTHER_EXCHANGE);
		return (struct bytes){NULL, 0};
	}
}

void decode_client_key_exchange(struct reader *r, struct message *m)
{
	struct client_key_exchange *k = &m->out->client_kx;
	const struct suite *suite = suite_find(m->context->suite);
	if (m->context->version == 0 || suite == NULL) {
		take_rest(r, F_OTHER_EXCHANGE);
		return;
	}
	k->secret = client_secret(r, suite->kx, m);
	k->len = (uint16_t)k->secret.len;
	if (k->secret.len >= sizeof k->head)
		memcpy(k->head, k->secret.at, sizeof k->head);
}
