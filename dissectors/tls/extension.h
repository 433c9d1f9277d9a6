/* Extensions: one decoder for each, and one table (extension.def) of where each may stand. Facts
 * come out in one flat structure, from which the messages take what is theirs. */
#ifndef KEYHOLE_DISSECTORS_TLS_EXTENSION_H
#define KEYHOLE_DISSECTORS_TLS_EXTENSION_H

#include "dissectors/tls/message.h"

/* The messages that hold extensions, in the order of the table's columns. A ServerHello of TLS 1.3
 * is found by what it holds. */
enum extension_place {
	IN_CLIENT_HELLO,
	IN_SERVER_HELLO,
	IN_SERVER_HELLO_13,
	IN_HELLO_RETRY_REQUEST,
	IN_ENCRYPTED_EXTENSIONS,
	IN_CERTIFICATE_REQUEST,
	IN_CERTIFICATE,
	IN_NEW_SESSION_TICKET,
	EXTENSION_PLACES,
};

/* The code points of the extensions that are decoded. */
enum extension_type {
#define EXTENSION(id, code, ...) EXT_##id = code,
#include "dissectors/tls/extension.def"
#undef EXTENSION
};

/* What the extensions of one message say. An extension that holds a fault, or that repeats an
 * earlier one, says nothing. */
struct extension_facts {
	uint32_t flags;        /* enum hello_flag */
	uint16_t best_version; /* of those offered, GREASE aside; 0 none */
	uint16_t version;      /* selected */
	uint16_t n_extensions; /* that were all there */
	uint16_t last_type;    /* of the last of those */
	uint16_t n_names, n_shares, n_psks;
	uint16_t first_share; /* its group; GREASE aside */
	uint16_t group;       /* selected */
	uint16_t psk_selected;
	uint16_t ticket_len;
	uint16_t record_limit;   /* 0 none */
	uint16_t fragment_limit; /* of max_fragment_length, in bytes; 0 none */
	bool sni_invalid;
	bool ocsp_invalid;  /* a stapled answer that is no OCSP response */
	uint64_t low_types; /* bit t: the extension t is there, for t below 64; 0 when the list is
	                       not all there */
	struct bytes ticket;
	struct bytes sni;       /* the first host_name */
	struct bytes other_sni; /* the second, where there is more than one */
	struct bytes all;       /* the content of the list of extensions */
	struct bytes groups, point_formats, schemes, versions; /* the content of those lists */
	struct bytes alpn;      /* offered: the content of the list; selected: the one name */
	uint32_t faults_before; /* r->faults->n where the extension begins */
};

/* Takes the list of extensions of one message and notes its findings. */
void take_extensions(struct reader *r, enum extension_place place, struct extension_facts *f,
                     struct message *m);

/* Takes a status_type and what follows it in a CertificateStatus (RFC 6066, 8; RFC 6961, 2.2);
 * gives the OCSP response where there is one alone, and whether one of them is `none` at all. */
struct bytes take_certificate_status(struct reader *r, uint8_t *type, bool *none);

/* Says whether `name` can be a HostName of server_name: not empty, no longer than DNS allows, ASCII
 * letters, digits, hyphens and underscores between dots, neither an address nor closed by a dot
 * (RFC 6066, 3; the underscore is in use). */
bool server_name_is_valid(struct bytes name);

#endif
