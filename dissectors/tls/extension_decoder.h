/* The decoders of single extensions, which the table (extension.def) points to, and the readings
 * that several of them make. They are for extension.c and for each other; messages call
 * take_extensions(). */
#ifndef KEYHOLE_DISSECTORS_TLS_EXTENSION_DECODER_H
#define KEYHOLE_DISSECTORS_TLS_EXTENSION_DECODER_H

#include "dissectors/tls/extension.h"

/* Takes the content of one extension in one kind of message. Whoever opened it closes it, so bytes
 * that a decoder leaves are a fault. */
typedef void extension_decoder(struct reader *r, struct extension_facts *f);

/* extension.c */
extension_decoder extension_empty, extension_opaque, extension_stray;
/* server_name.c */
extension_decoder extension_server_names;
/* extension_hello.c */
extension_decoder extension_fragment_length, extension_record_limit, extension_heartbeat;
extension_decoder extension_protocols, extension_protocol, extension_next_protocols;
extension_decoder extension_settings_protocols, extension_settings;
extension_decoder extension_versions, extension_selected_version, extension_cookie;
extension_decoder extension_padding, extension_renegotiation, extension_tls_flags;
/* extension_keys.c */
extension_decoder extension_groups, extension_point_formats, extension_schemes;
extension_decoder extension_certificate_schemes, extension_delegated_schemes;
extension_decoder extension_offered_shares, extension_selected_share, extension_selected_group;
extension_decoder extension_token_binding;
/* extension_resumption.c */
extension_decoder extension_session_ticket, extension_ticket_request, extension_ticket_hint;
extension_decoder extension_pinning_ticket, extension_pinning, extension_early_data_size;
extension_decoder extension_offered_psks, extension_selected_psk, extension_psk_modes;
/* extension_login.c */
extension_decoder extension_srp_name, extension_pwd_name, extension_pwd_salt;
extension_decoder extension_mapping_types, extension_authz_formats;
/* extension_certificate.c */
extension_decoder extension_trusted_authorities, extension_trust_anchors, extension_authorities;
extension_decoder extension_oid_filters, extension_certificate_types, extension_certificate_type;
extension_decoder extension_client_key_type, extension_server_key_type;
extension_decoder extension_compressions, extension_cached_objects, extension_cached_types;
extension_decoder extension_delegated_credential;
/* extension_status.c */
extension_decoder extension_status_request, extension_status_requests, extension_status;
extension_decoder extension_timestamps, extension_transparency_items;
extension_decoder extension_dnssec_port, extension_dnssec_chain;
/* extension_media.c */
extension_decoder extension_srtp_profiles, extension_ekt_ciphers, extension_ekt_cipher;
extension_decoder extension_external_id_hash, extension_external_session_id;
extension_decoder extension_connection_id;
/* extension_quic.c */
extension_decoder extension_quic_parameters;
/* extension_ech.c */
extension_decoder extension_ech_hello, extension_ech_confirmation, extension_ech_retry_configs;
extension_decoder extension_outer_extensions, extension_esni_name, extension_esni_nonce;

/* Says whether the extension was all there and without a fault: only then it says something. */
static inline bool extension_is_sound(const struct reader *r, const struct extension_facts *f)
{
	return r->fault == FINE && r->at == r->end && !r->partial &&
	       r->faults->n == f->faults_before;
}

/* Takes one code point, seeing GREASE (RFC 8701). */
static inline uint16_t take_code(struct reader *r, uint16_t field, struct extension_facts *f)
{
	uint16_t code = take_u16(r, field);
	if (is_grease(code))
		f->flags |= HELLO_GREASE;
	return code;
}

/* Takes a vector of opaque bytes that may not be shorter than `least`. */
static inline struct bytes take_at_least(struct reader *r, size_t width, uint16_t field,
                                         size_t least)
{
	struct reader in = open_vector(r, width, field);
	if (in.fault == FINE && left(&in) < least)
		reader_fault(&in, FAULT_RANGE, field, least);
	struct bytes b = skip_rest(&in);
	close_vector(r, &in);
	return b;
}

/* Takes a list of opaque vectors of which none may be empty. */
void take_filled_list(struct reader *r, size_t list_width, uint16_t list, size_t width,
                      uint16_t field);

#endif
