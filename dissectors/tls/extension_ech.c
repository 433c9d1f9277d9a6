/* Encrypted ClientHello (draft-ietf-tls-esni) and the encrypted server_name of its early drafts.
 *
 * A listener sees the outer hello and cannot tell a sealed inner one from GREASE, which clients
 * send so that nobody can: the same fields, random bytes of the same lengths. Nor does he see
 * whether the server accepted: the confirmation is eight bytes of ServerHello.random (or of this
 * extension in HelloRetryRequest, where a server that did not accept may send eight random bytes),
 * and only who knows the inner hello can check them. What he can tell: that it may be sealed; in
 * opened EncryptedExtensions retry_configs say that the server did not accept, whatever the client
 * sent. The inner hello is met in clear only between a server that opened it and the one behind it.
 */
#include "dissectors/tls/extension_decoder.h"

enum { ECH_OUTER = 0, ECH_INNER = 1, ECH_VERSION = 0xfe0d, CONFIRMATION_LEN = 8, NONCE_LEN = 16 };

/* draft-ietf-tls-esni, 5
 *
 *	ECHClientHelloType type;               outer(0), inner(1)
 *	HpkeSymmetricCipherSuite cipher_suite; kdf_id and aead_id, the rest in the outer one alone
 *	uint8 config_id;
 *	opaque enc<0..2^16-1>;                 empty in the second hello after a retry
 *	opaque payload<1..2^16-1>;
 */
void extension_ech_hello(struct reader *r, struct extension_facts *f)
{
	uint8_t type = take_u8(r, F_ECH_TYPE);
	if (type == ECH_OUTER) {
		take_u16(r, F_HPKE_KDF);
		take_u16(r, F_HPKE_AEAD);
		take_u8(r, F_ECH_CONFIG);
		take_vector(r, 2, F_ECH_ENC);
		take_at_least(r, 2, F_ECH_PAYLOAD, 1);
	}
	if (type == ECH_INNER && extension_is_sound(r, f))
		f->flags |= HELLO_ECH_INNER;
}

/* draft-ietf-tls-esni, 5: in HelloRetryRequest opaque confirmation[8] */
void extension_ech_confirmation(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_bytes(r, CONFIRMATION_LEN, F_ECH_CONFIRMATION);
}

/* draft-ietf-tls-esni, 4: ECHConfigContents
 *
 *	uint8 config_id;
 *	HpkeKemId kem_id;
 *	HpkePublicKey public_key;                      opaque<1..2^16-1>
 *	HpkeSymmetricCipherSuite cipher_suites<4..2^16-4>;
 *	uint8 maximum_name_length;
 *	opaque public_name<1..255>;
 *	ECHConfigExtension extensions<0..2^16-1>;      uint16 type, opaque data<0..2^16-1>
 */
static void config_contents(struct reader *r)
{
	take_u8(r, F_ECH_CONFIG);
	take_u16(r, F_HPKE_KEM);
	take_at_least(r, 2, F_ECH_PUBLIC_KEY, 1);
	struct reader suites = open_vector(r, 2, F_ECH_SUITES);
	while (more(&suites)) {
		take_u16(&suites, F_HPKE_KDF);
		take_u16(&suites, F_HPKE_AEAD);
	}
	close_vector(r, &suites);
	take_u8(r, F_ECH_NAME_LENGTH);
	take_at_least(r, 1, F_ECH_PUBLIC_NAME, 1);
	struct reader extensions = open_vector(r, 2, F_ECH_EXTENSIONS);
	while (more(&extensions)) {
		take_u16(&extensions, F_ECH_EXTENSION_TYPE);
		take_vector(&extensions, 2, F_ECH_EXTENSION_DATA);
	}
	close_vector(r, &extensions);
}

/* draft-ietf-tls-esni, 4 and 5: in EncryptedExtensions ECHConfig retry_configs<4..2^16-1>
 *
 *	uint16 version;
 *	uint16 length;
 *	ECHConfigContents contents;                    of version 0xfe0d
 */
void extension_ech_retry_configs(struct reader *r, struct extension_facts *f)
{
	(void)f;
	struct reader list = open_vector(r, 2, F_ECH_CONFIGS);
	while (more(&list)) {
		uint16_t version = take_u16(&list, F_ECH_VERSION);
		struct reader contents = open_vector(&list, 2, F_ECH_CONTENTS);
		if (version == ECH_VERSION)
			config_contents(&contents);
		else
			skip_rest(&contents);
		close_vector(&list, &contents);
	}
	close_vector(r, &list);
}

/* draft-ietf-tls-esni, 5.1: ExtensionType outer_extensions<2..254> */
void extension_outer_extensions(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_number_list(r, 1, F_OUTER_EXTENSIONS, 2, F_OUTER_EXTENSION);
}

/* draft-ietf-tls-esni-02, 4.2
 *
 *	CipherSuite suite;
 *	KeyShareEntry key_share;               group, opaque key_exchange<1..2^16-1>
 *	opaque record_digest<0..2^16-1>;
 *	opaque encrypted_sni<0..2^16-1>;
 */
void extension_esni_name(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_u16(r, F_ESNI_SUITE);
	take_u16(r, F_SHARE_GROUP);
	take_at_least(r, 2, F_KEY_EXCHANGE, 1);
	take_vector(r, 2, F_ESNI_DIGEST);
	take_vector(r, 2, F_ESNI_NAME);
}

/* draft-ietf-tls-esni-02, 4.2: uint8 nonce[16] */
void extension_esni_nonce(struct reader *r, struct extension_facts *f)
{
	(void)f;
	take_bytes(r, NONCE_LEN, F_ESNI_NONCE);
}
