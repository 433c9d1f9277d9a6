#include "dissectors/tls/extension.h"

/* RFC 8446, 4.1.3: SHA-256 of "HelloRetryRequest" */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
	0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
	0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* RFC 8446, 4.1.3: a server that could do better ends its random in "DOWNGRD" and 1 where it speaks
 * TLS 1.2, 0 where it speaks less. It does so whatever the client can, so it tells of a downgrade
 * only to those who know that the client offered more. */
static bool is_downgrade(const struct server_hello *h, uint16_t offered)
{
	static const uint8_t sentinel[7] = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
	const uint8_t *tail = h->random + sizeof h->random - 8;
	if (memcmp(tail, sentinel, sizeof sentinel) != 0 || tail[7] > 1)
		return false;
	uint16_t could = tail[7] == 1 ? 0x0304 : 0x0303;
	return version_rank(h->version) < version_rank(could) &&
	       (version_is_tls13(offered) || version_rank(offered) >= version_rank(could));
}

static void take_random(struct reader *r, struct server_hello *h)
{
	struct bytes random = take_bytes(r, sizeof h->random, F_SERVER_RANDOM);
	if (random.at == NULL)
		return;
	memcpy(h->random, random.at, sizeof h->random);
	h->retry = memcmp(h->random, retry_random, sizeof retry_random) == 0;
}

static void server_extensions(struct reader *r, struct server_hello *h, struct message *m)
{
	struct extension_facts f = {0};
	take_extensions(r, h->retry ? IN_HELLO_RETRY_REQUEST : IN_SERVER_HELLO, &f, m);
	h->flags |= f.flags;
	h->group = f.group;
	h->psk_selected = f.psk_selected;
	h->record_limit = f.record_limit;
	h->fragment_limit = f.fragment_limit;
	h->alpn = f.alpn;
	h->extensions = f.all;
	if (f.version != 0)
		h->version = f.version;
}

/* Drafts 18 to 21 of RFC 8446 have the version where it always was, and neither
 * legacy_session_id_echo nor legacy_compression_method. */
static bool is_short_draft(uint16_t version)
{
	return tls13_draft(version) >= 18 && tls13_draft(version) <= 21;
}

/* RFC 8446, 4.1.3
 *
 *	ProtocolVersion legacy_version;
 *	Random random;
 *	opaque legacy_session_id_echo<0..32>;
 *	CipherSuite cipher_suite;
 *	uint8 legacy_compression_method;
 *	Extension extensions<6..2^16-1>;          absent in old hellos
 */
void decode_server_hello(struct reader *r, struct message *m)
{
	struct server_hello *h = &m->out->server_hello;
	h->flags = m->cut ? HELLO_PARTIAL : 0;
	h->legacy_version = take_u16(r, F_SERVER_VERSION);
	take_random(r, h);
	bool whole = !is_short_draft(h->legacy_version);
	if (whole)
		h->session_id = take_session_id(r);
	h->suite = take_u16(r, F_CHOSEN_SUITE);
	if (whole)
		h->compression = take_u8(r, F_CHOSEN_COMPRESSION);
	h->version = h->legacy_version;
	if (more(r))
		server_extensions(r, h, m);
	if (!m->cut && is_downgrade(h, m->context->offered))
		note_finding(&m->out->noted, FIND_TLS_DOWNGRADE);
}

/* draft-ietf-tls-tls13-19, 4.1.4 (drafts 19 to 21; draft 18 without the second line)
 *
 *	ProtocolVersion server_version;
 *	CipherSuite cipher_suite;
 *	Extension extensions<2..2^16-1>;
 */
void decode_hello_retry_request(struct reader *r, struct message *m)
{
	struct server_hello *h = &m->out->server_hello;
	h->flags = m->cut ? HELLO_PARTIAL : 0;
	h->retry = true;
	h->legacy_version = h->version = take_u16(r, F_SERVER_VERSION);
	if (tls13_draft(h->version) != 18)
		h->suite = take_u16(r, F_CHOSEN_SUITE);
	server_extensions(r, h, m);
}

/* RFC 8446, 4.3.1: Extension extensions<0..2^16-1> */
void decode_encrypted_extensions(struct reader *r, struct message *m)
{
	struct extension_facts f = {0};
	take_extensions(r, IN_ENCRYPTED_EXTENSIONS, &f, m);
	m->out->encrypted_extensions.alpn = f.alpn;
	m->out->encrypted_extensions.flags = f.flags;
	m->out->encrypted_extensions.record_limit = f.record_limit;
	m->out->encrypted_extensions.fragment_limit = f.fragment_limit;
}
