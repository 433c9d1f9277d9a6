/* What the decoders of the handshake messages share: one message on its way through them, and a few
 * readings that several of them make. Nothing here is for other rooms; they call
 * handshake_decode().
 */
#ifndef KEYHOLE_DISSECTORS_TLS_MESSAGE_H
#define KEYHOLE_DISSECTORS_TLS_MESSAGE_H

#include "dissectors/tls/fields.h"
#include "dissectors/tls/handshake.h"

struct message {
	const struct handshake_context *context;
	struct handshake *out;
	bool cut;                  /* only its beginning is there */
	uint32_t extension_faults; /* of r->faults->n: those inside a list of extensions */
};

/* Each takes the body of its message; `r` always counts its faults. */
void decode_client_hello(struct reader *r, struct message *m);
void decode_server_hello(struct reader *r, struct message *m);
void decode_hello_retry_request(struct reader *r, struct message *m);
void decode_encrypted_extensions(struct reader *r, struct message *m);
void decode_certificate(struct reader *r, struct message *m);
void decode_certificate_status(struct reader *r, struct message *m);
void decode_certificate_request(struct reader *r, struct message *m);
void decode_certificate_verify(struct reader *r, struct message *m);
void decode_server_key_exchange(struct reader *r, struct message *m);
void decode_client_key_exchange(struct reader *r, struct message *m);
void decode_new_session_ticket(struct reader *r, struct message *m);
void decode_key_update(struct reader *r, struct message *m);
void decode_finished(struct reader *r, struct message *m);
void decode_hello_verify_request(struct reader *r, struct message *m);
void decode_certificate_url(struct reader *r, struct message *m);
void decode_compressed_certificate(struct reader *r, struct message *m);
void decode_supplemental_data(struct reader *r, struct message *m);
void decode_next_protocol(struct reader *r, struct message *m);
void decode_channel_id(struct reader *r, struct message *m);
void decode_message_hash(struct reader *r, struct message *m);

/* Takes a vector of opaque bytes; none (NULL) unless all of it was there. */
struct bytes take_opaque(struct reader *r, size_t width, uint16_t field);
/* Takes the session_id<0..32> of either hello. */
struct bytes take_session_id(struct reader *r);
/* Takes a list of opaque vectors. */
void take_opaque_list(struct reader *r, size_t list_width, uint16_t list, size_t width,
                      uint16_t field);
/* Takes a list of numbers, each `width` bytes wide. */
void take_number_list(struct reader *r, size_t list_width, uint16_t list, size_t width,
                      uint16_t field);

/* Says whether a version is TLS 1.3, the drafts 18 to 28 of RFC 8446 (0x7f12 to 0x7f1c) included.
 */
static inline bool version_is_tls13(uint16_t version)
{
	return version == 0x0304 || (tls13_draft(version) >= 18 && tls13_draft(version) <= 28);
}

/* Says whether a signature's algorithm stands before it: since TLS 1.2; an unknown version (0) is
 * read as that. */
static inline bool version_has_schemes(uint16_t version)
{
	return version == 0 || version == 0x0303 || version_is_tls13(version);
}

/* Puts versions in order: a draft comes directly below the TLS 1.3 that it became. */
static inline uint32_t version_rank(uint16_t version)
{
	bool draft = version != 0x0304 && version_is_tls13(version);
	return draft ? 0x030300U + tls13_draft(version) : version * 0x100U;
}

/* Says whether a number of two bytes is one that means nothing on purpose (RFC 8701, 2). */
static inline bool is_grease(uint16_t code)
{
	return __builtin_expect((code & 0x0f0f) == 0x0a0a, 0) && code >> 8 == (code & 0xff);
}

/* Code points in the list of suites that are none (RFC 5746, 3.3; RFC 7507). */
enum { EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff, FALLBACK_SCSV = 0x5600 };

/* Gives the flag of a code point in the list of suites that says something beside being one; 0 for
 * a suite. */
static inline uint32_t flag_of_suite(uint16_t suite)
{
	if (suite == EMPTY_RENEGOTIATION_INFO_SCSV)
		return HELLO_RENEGOTIATION;
	if (suite == FALLBACK_SCSV)
		return HELLO_FALLBACK_SCSV;
	return is_grease(suite) ? HELLO_GREASE : 0;
}

/* Says whether one of a list of such numbers is. */
static inline bool has_grease(struct bytes codes)
{
	if (!bytes_any_u16(codes, 0x0f0f, 0x0a0a))
		return false;
	for (size_t i = 0; i < codes.len / 2; i++)
		if (is_grease(bytes_u16(codes, i)))
			return true;
	return false;
}

#endif
