#include "dissectors/tls/extension.h"

static uint32_t flags_of_suites(struct bytes suites)
{
	uint32_t flags = has_grease(suites) ? HELLO_GREASE : 0;
	if (bytes_any_u16(suites, UINT16_MAX, EMPTY_RENEGOTIATION_INFO_SCSV))
		flags |= HELLO_RENEGOTIATION;
	if (bytes_any_u16(suites, UINT16_MAX, FALLBACK_SCSV))
		flags |= HELLO_FALLBACK_SCSV;
	return flags;
}

/* RFC 8446, 4.1.2: CipherSuite cipher_suites<2..2^16-2>. A list that is cut counts as far as it
 * goes; first_suite is the first that is a suite. */
static void cipher_suites(struct reader *r, struct client_hello *h)
{
	struct reader list = open_vector(r, 2, F_CIPHER_SUITES);
	h->suites = take_numbers(&list, 2, F_OFFERED_SUITE);
	close_vector(r, &list);
	h->n_suites = (uint16_t)(h->suites.len / 2);
	h->flags |= flags_of_suites(h->suites);
	for (size_t i = 0; i < h->n_suites && h->first_suite == 0; i++)
		if (flag_of_suite(bytes_u16(h->suites, i)) == 0)
			h->first_suite = bytes_u16(h->suites, i);
}

static void keep_facts(struct client_hello *h, const struct extension_facts *f)
{
	h->flags |= f->flags;
	h->n_extensions = f->n_extensions;
	h->n_names = f->n_names;
	h->n_groups = (uint16_t)(f->groups.len / 2);
	h->n_schemes = (uint16_t)(f->schemes.len / 2);
	h->n_shares = f->n_shares;
	h->n_psks = f->n_psks;
	h->first_share = f->first_share;
	h->asked = f->low_types;
	h->record_limit = f->record_limit;
	h->fragment_limit = f->fragment_limit;
	h->ticket_len = f->ticket_len;
	h->ticket = f->ticket;
	h->sni = f->sni;
	h->other_sni = f->other_sni;
	h->alpn = f->alpn;
	h->extensions = f->all;
	h->groups = f->groups;
	h->point_formats = f->point_formats;
	h->schemes = f->schemes;
	h->versions = f->versions;
	if (f->best_version != 0)
		h->best_version = f->best_version;
}

/* RFC 8446, 4.1.2
 *
 *	ProtocolVersion legacy_version;
 *	Random random;
 *	opaque legacy_session_id<0..32>;
 *	CipherSuite cipher_suites<2..2^16-2>;
 *	opaque legacy_compression_methods<1..2^8-1>;
 *	Extension extensions<8..2^16-1>;          absent in old hellos
 */
void decode_client_hello(struct reader *r, struct message *m)
{
	struct client_hello *h = &m->out->client_hello;
	h->flags = m->cut ? HELLO_PARTIAL : 0;
	h->legacy_version = take_u16(r, F_CLIENT_VERSION);
	struct bytes random = take_bytes(r, sizeof h->random, F_CLIENT_RANDOM);
	if (random.at != NULL)
		memcpy(h->random, random.at, sizeof h->random);
	h->session_id = take_session_id(r);
	cipher_suites(r, h);
	take_number_list(r, 1, F_COMPRESSION_METHODS, 1, F_OFFERED_COMPRESSION);
	h->best_version = h->legacy_version;
	struct extension_facts f = {0};
	if (more(r)) {
		take_extensions(r, IN_CLIENT_HELLO, &f, m);
		keep_facts(h, &f);
	}
	if (r->fault == FINE && !m->cut && m->extension_faults == 0)
		h->asked |= ASKED_KNOWN;
}
