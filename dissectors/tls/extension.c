/* The list of extensions: which decoder takes each, and what is odd about the list. */
#include "dissectors/tls/extension_decoder.h"

void take_filled_list(struct reader *r, size_t list_width, uint16_t list, size_t width,
                      uint16_t field)
{
	struct reader in = open_vector(r, list_width, list);
	while (more(&in))
		take_at_least(&in, width, field, 1);
	close_vector(r, &in);
}

/* An answer, or a wish, that its mere presence says. */
void extension_empty(struct reader *r, struct extension_facts *f)
{
	(void)r;
	(void)f;
}

void extension_opaque(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (more(r))
		take_rest(r, F_EXTENSION_OPAQUE);
}

/* RFC 8701, 3.1: any bytes, or none */
static void extension_grease(struct reader *r, struct extension_facts *f)
{
	(void)f;
	if (more(r))
		take_rest(r, F_EXTENSION_GREASE);
}

/* Where an extension must not stand nobody has said what it holds there. */
void extension_stray(struct reader *r, struct extension_facts *f)
{
	extension_opaque(r, f);
}

/* One row of the table. */
struct row {
	uint32_t flag;
	extension_decoder *decode[EXTENSION_PLACES];
};

static const struct row rows[] = {
#define EXTENSION(id, code, flag, hello, server12, server13, retry, encrypted, request,            \
                  certificate, ticket)                                                             \
	{flag,                                                                                     \
	 {extension_##hello, extension_##server12, extension_##server13, extension_##retry,        \
	  extension_##encrypted, extension_##request, extension_##certificate,                     \
	  extension_##ticket}},
#include "dissectors/tls/extension.def"
#undef EXTENSION
};

enum row_number {
#define EXTENSION(id, ...) ROW_##id,
#include "dissectors/tls/extension.def"
#undef EXTENSION
};

/* Of an extension that nobody here knows, GREASE among them, nobody can say that it is misplaced.
 */
static const struct row unknown = {
	0,
	{extension_opaque, extension_opaque, extension_opaque, extension_opaque, extension_opaque,
         extension_opaque, extension_opaque, extension_opaque},
};

static const struct row grease = {
	0,
	{extension_grease, extension_grease, extension_grease, extension_grease, extension_grease,
         extension_grease, extension_grease, extension_grease},
};

static const struct row *row_of(uint16_t type)
{
	switch (type) {
#define EXTENSION(id, ...)                                                                         \
	case EXT_##id:                                                                             \
		return &rows[ROW_##id];
#include "dissectors/tls/extension.def"
#undef EXTENSION
	default:
		return is_grease(type) ? &grease : &unknown;
	}
}

/* The types seen, one bit each; nearly all are below 64. A word of the others counts only once its
 * bit in `begun` is set, and a word of `begun` once its bit in `parts` is: so little need be
 * cleared for a hello with twelve extensions, and 16,000 take no longer each. */
struct types_seen {
	uint64_t low;
	uint32_t parts;
	uint64_t begun[16];
	uint64_t word[1024];
};

static bool high_seen_before(struct types_seen *s, uint16_t type)
{
	unsigned at = type / 64, part = at / 64;
	uint64_t bit = (uint64_t)1 << type % 64, begun = (uint64_t)1 << at % 64;
	if ((s->parts >> part & 1) == 0) {
		s->parts |= 1U << part;
		s->begun[part] = 0;
	}
	if ((s->begun[part] & begun) == 0) {
		s->begun[part] |= begun;
		s->word[at] = 0;
	}
	bool seen = (s->word[at] & bit) != 0;
	s->word[at] |= bit;
	return seen;
}

/* Says whether the type was seen before, and remembers it. */
static bool seen_before(struct types_seen *s, uint16_t type)
{
	if (type >= 64)
		return high_seen_before(s, type);
	uint64_t bit = (uint64_t)1 << type;
	bool seen = (s->low & bit) != 0;
	s->low |= bit;
	return seen;
}

/* An extension that is shown but says nothing: it was cut, or repeats one. */
static struct extension_facts decode_in_vain(struct reader *body, extension_decoder *decode)
{
	struct extension_facts unused = {.faults_before = body->faults->n};
	decode(body, &unused);
	return unused;
}

/* Of a repeated server_name nobody can say which one the server follows. */
static void add_other_name(struct extension_facts *f, const struct extension_facts *again)
{
	f->n_names = (uint16_t)(f->n_names + again->n_names);
	if (f->other_sni.at == NULL)
		f->other_sni = again->sni;
}

/* RFC 8446, 4.2: ExtensionType extension_type; opaque extension_data<0..2^16-1> */
static void take_extension(struct reader *list, enum extension_place place,
                           struct extension_facts *f, struct types_seen *seen, struct noted *noted)
{
	f->faults_before = list->faults->n;
	uint16_t type = take_code(list, F_EXTENSION_TYPE, f);
	struct reader body = open_vector(list, 2, F_EXTENSION_DATA);
	const struct row *row = row_of(type);
	extension_decoder *decode = row->decode[place];
	bool stray = decode == extension_stray;
	if (list->fault != FINE) {
		decode_in_vain(&body, decode);
		skip_rest(&body);
	} else {
		f->n_extensions++;
		f->last_type = type;
		if (stray)
			note_finding(noted, FIND_TLS_EXT_MISPLACED);
		if (seen_before(seen, type)) {
			note_finding(noted, FIND_TLS_EXT_DUPLICATE);
			struct extension_facts again = decode_in_vain(&body, decode);
			add_other_name(f, &again);
		} else {
			f->flags |= stray ? 0 : row->flag;
			decode(&body, f);
		}
	}
	close_vector(list, &body);
	if (list->faults->n > f->faults_before && !body.partial)
		note_finding(noted, FIND_TLS_EXT_LENGTH);
}

/* Says whether a ServerHello holds what only TLS 1.3 has. */
static bool is_tls13_answer(struct reader list)
{
	list.trace = NULL;
	list.faults = NULL;
	while (more(&list)) {
		switch (take_u16(&list, F_EXTENSION_TYPE)) {
		case EXT_KEY_SHARE_OF_DRAFTS:
		case EXT_PRE_SHARED_KEY:
		case EXT_SUPPORTED_VERSIONS:
		case EXT_KEY_SHARE:
			return true;
		}
		struct reader body = open_vector(&list, 2, F_EXTENSION_DATA);
		skip_rest(&body);
	}
	return false;
}

/* RFC 8446, 4.2: the server answers what the client asked, but for a cookie, which it may give of
 * its own. It asks itself in CertificateRequest, and NewSessionTicket answers nothing. */
static bool is_unasked(enum extension_place place, uint64_t answered, const struct message *m)
{
	const struct handshake_context *c = m->context;
	bool answers = place != IN_CLIENT_HELLO && place != IN_CERTIFICATE_REQUEST &&
	               place != IN_NEW_SESSION_TICKET && c->from == SERVER;
	uint64_t free = (uint64_t)1 << EXT_COOKIE;
	return answers && c->asked != 0 && (answered & ~c->asked & ~free) != 0;
}

/* What is odd about the whole list. RFC 8446, 4.2.11: pre_shared_key is the ClientHello's last. */
static void note_list(enum extension_place place, const struct extension_facts *f,
                      struct message *m)
{
	struct noted *noted = &m->out->noted;
	if (f->sni_invalid)
		note_finding(noted, FIND_TLS_SNI_INVALID);
	if (place == IN_CLIENT_HELLO && (f->flags & HELLO_PSK) != 0 &&
	    f->last_type != EXT_PRE_SHARED_KEY)
		note_finding(noted, FIND_TLS_EXT_ORDER);
	if (f->ocsp_invalid)
		note_finding(noted, FIND_OCSP_INVALID);
	if (is_unasked(place, f->low_types, m))
		note_finding(noted, FIND_TLS_EXT_UNASKED);
}

void take_extensions(struct reader *r, enum extension_place place, struct extension_facts *f,
                     struct message *m)
{
	if (r->fault != FINE)
		return;
	struct types_seen seen;
	seen.low = seen.parts = 0;
	uint32_t before = r->faults->n;
	struct reader list = open_vector(r, 2, F_EXTENSIONS);
	if (r->fault != FINE && !r->partial) { /* the list goes on behind the message's end */
		note_finding(&m->out->noted, FIND_TLS_EXT_LENGTH);
		note_finding(&m->out->noted, FIND_TLS_HS_LENGTH);
	} else {
		f->flags |= HELLO_EXTENSIONS;
		f->all = (struct bytes){list.at, left(&list)};
	}
	if (place == IN_SERVER_HELLO && is_tls13_answer(list))
		place = IN_SERVER_HELLO_13;
	while (more(&list))
		take_extension(&list, place, f, &seen, &m->out->noted);
	if (list.fault == FINE && !list.partial)
		f->low_types = seen.low;
	close_vector(r, &list);
	note_list(place, f, m);
	m->extension_faults += r->faults->n - before;
}
