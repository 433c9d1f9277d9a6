/* TLS's numbers and what they are called: IANA's registries, and what a cipher suite's name says.
 * This is data that the build makes from the tables beside this file; no judgement and no sentence
 * is here. */
#ifndef KEYHOLE_DISSECTORS_TLS_REGISTRY_REGISTRY_H
#define KEYHOLE_DISSECTORS_TLS_REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/model/code_points.h"

/* Says what IANA calls `code` in `r`, without the remarks "_RESERVED", "(OBSOLETE)" and "(renamed
 * from ...)" that tell of TLS 1.3 or of history; "GREASE" for the values of RFC 8701 where that RFC
 * reserves them; NULL when it is not assigned, and always for REG_NONE. */
const char *registry_name(enum registry r, uint32_t code);

/* Says whether `code` is one of the sixteen 16-bit values 0x0a0a, 0x1a1a … 0xfafa of RFC 8701. (Its
 * eight PskKeyExchangeModes are other numbers; registry_name() knows them.) */
bool registry_is_grease(uint32_t code);

/* Counts the assigned codes of `r`. */
size_t registry_count(enum registry r);

/* Gives the i-th assigned code of `r`, in ascending order, and its name; false past the last one.
 */
bool registry_at(enum registry r, size_t i, uint32_t *code, const char **name);

struct suite {
	uint16_t code;
	const char *name; /* IANA's */
	enum suite_kx kx;
	enum suite_auth auth;
	enum suite_cipher cipher;
	enum suite_hash mac; /* HASH_NULL for AEAD */
	enum suite_hash prf; /* of the handshake in TLS 1.2 and later; before, it is MD5 and SHA-1
	                        for all */
	bool forward_secret; /* by the key exchange; TLS 1.3 loses it with psk_ke, which the suite
	                        cannot know */
	bool aead;
	bool export;
};

/* Finds what the name of the suite `code` says; NULL for unknown codes, GREASE and the signalling
 * values (SCSV), which are no suites. */
const struct suite *suite_find(uint16_t code);

/* Say for people what a part of a suite is, as "AES-128-GCM", "ECDHE", "RSA", "SHA-256"; never
 * NULL. */
const char *suite_cipher_name(enum suite_cipher cipher);
const char *suite_kx_name(enum suite_kx kx);
const char *suite_auth_name(enum suite_auth auth);
const char *suite_hash_name(enum suite_hash hash);

/* GROUP_HYBRID: an elliptic curve and a post-quantum KEM together; GROUP_KEM: the KEM alone. */
enum group_kind { GROUP_EC, GROUP_FF, GROUP_HYBRID, GROUP_KEM };

struct group_info {
	uint16_t code;
	const char *name; /* IANA's, as registry_name() */
	enum group_kind kind;
	uint16_t client_share, server_share; /* bytes of a key share, points uncompressed; 0 when
	                                        not fixed or not known */
};

/* Finds what is known of the group `code`; NULL for unknown codes and GREASE. */
const struct group_info *group_find(uint16_t code);

/* Says which protocol IANA lists for the `len` bytes `id` of an ALPN protocol name ("HTTP/2 over
 * TLS" for "h2"); "GREASE" for the names that RFC 8701 reserves; NULL when it lists none. */
const char *alpn_protocol(const uint8_t *id, size_t len);

/* Gives the i-th ALPN protocol name as a string, in IANA's order; NULL past the last one. */
const char *alpn_at(size_t i);

#endif
