/* What is known of one session: small rows that refer to frames, never the bytes themselves. Data
 * only: it is filled by the dissectors and the engine and read by everybody. Absent things are
 * NULL, zero or UNKNOWN, never invented. */
#ifndef KEYHOLE_MODEL_SESSION_H
#define KEYHOLE_MODEL_SESSION_H

#include "src/base/address.h"
#include "src/base/arena.h"
#include "src/base/moment.h"
#include "src/model/certificate.h"
#include "src/model/code_points.h"
#include "src/model/finding.h"
#include "src/model/fingerprint.h"
#include "src/model/ledger.h"
#include "src/model/meaning.h"
#include "src/model/opening.h"

enum event_kind {
	EVENT_SYN,
	EVENT_SYN_ACK,
	EVENT_ESTABLISHED,
	EVENT_HELLO_REQUEST,
	EVENT_CLIENT_HELLO,
	EVENT_SERVER_HELLO,
	EVENT_HELLO_RETRY_REQUEST,
	EVENT_HELLO_VERIFY_REQUEST, /* DTLS's alone */
	EVENT_ENCRYPTED_EXTENSIONS,
	EVENT_SUPPLEMENTAL_DATA,
	EVENT_CERTIFICATE,
	EVENT_COMPRESSED_CERTIFICATE,
	EVENT_CERTIFICATE_URL,
	EVENT_CERTIFICATE_STATUS,
	EVENT_SERVER_KEY_EXCHANGE,
	EVENT_CERTIFICATE_REQUEST,
	EVENT_SERVER_HELLO_DONE,
	EVENT_CLIENT_KEY_EXCHANGE,
	EVENT_CERTIFICATE_VERIFY,
	EVENT_CHANGE_CIPHER_SPEC,
	EVENT_NEXT_PROTOCOL,
	EVENT_CHANNEL_ID,
	EVENT_FINISHED,
	EVENT_NEW_SESSION_TICKET,
	EVENT_END_OF_EARLY_DATA,
	EVENT_KEY_UPDATE,
	EVENT_MESSAGE_HASH,     /* never on the wire */
	EVENT_OTHER_HANDSHAKE,  /* detail: the handshake type */
	EVENT_SEALED_HANDSHAKE, /* one or more sealed records that are handshake by state or place;
	                           TLS <= 1.2: Finished and after */
	EVENT_ALERT,            /* detail: description; level in `level` */
	EVENT_SEALED_ALERT,
	EVENT_SSL2_ERROR, /* detail: the error code of SSL 2.0 */
	EVENT_HEARTBEAT,
	EVENT_TALK, /* application data: one row a side, from first to last frame; len counts the
	               records' payload */
	EVENT_CLEAR_TEXT, /* bytes that are no TLS (plain HTTP, text before TLS): one row a side */
	EVENT_GAP,        /* len bytes are missing after first_frame */
	EVENT_FIN,
	EVENT_RST,
	EVENT_KINDS,
};

enum visibility {
	SEE_CLEAR,  /* a listener reads it */
	SEE_SEALED, /* encrypted, not opened */
	SEE_OPENED, /* encrypted, opened with a secret, and its tag verified */
	SEE_FAILED, /* a secret was there, the record did not authenticate */
};

/* One thing that happened. 32 bytes. */
struct event {
	moment time; /* of its last frame */
	uint32_t first_frame, last_frame;
	uint32_t len; /* bytes of the message with its 4-byte head, or of the record's payload */
	uint32_t records; /* how many records it lay in (talk: how many records) */
	uint8_t kind;     /* enum event_kind */
	uint8_t from;     /* enum side, as TLS roles */
	uint8_t see;      /* enum visibility */
	uint8_t detail, level;
	bool partial; /* cut: only its beginning was there */
};

enum hello_flag { /* extensions present, one bit each, for both hellos */
	          HELLO_SNI = 1 << 0,
	          HELLO_ALPN = 1 << 1,
	          HELLO_EMS = 1 << 2,
	          HELLO_ETM = 1 << 3,
	          HELLO_TICKET = 1 << 4, /* session_ticket present; its length in ticket_len */
	          HELLO_PSK = 1 << 5,
	          HELLO_EARLY_DATA = 1 << 6,
	          HELLO_STATUS_REQUEST = 1 << 7,
	          HELLO_RENEGOTIATION = 1 << 8, /* renegotiation_info, or the SCSV */
	          HELLO_KEY_SHARE = 1 << 9,
	          HELLO_VERSIONS = 1 << 10,
	          HELLO_COOKIE = 1 << 11,
	          HELLO_GREASE = 1 << 12,
	          HELLO_FALLBACK_SCSV = 1 << 13,
	          HELLO_ECH = 1 << 14,
	          HELLO_RECORD_LIMIT = 1 << 15,
	          HELLO_HEARTBEAT = 1 << 16,
	          HELLO_EXTENSIONS = 1 << 17, /* an extension block is there at all */
	          HELLO_PARTIAL = 1 << 18,    /* decoded from a cut message */
	          HELLO_SSL2 = 1 << 19,       /* in the form of SSL 2.0 */
	          HELLO_ECH_INNER = 1 << 20,  /* with HELLO_ECH: the inner hello, in clear */
	          HELLO_DELEGATED = 1 << 21,  /* delegated credentials */
	          HELLO_ALPS = 1 << 22,       /* application settings */
	          HELLO_CERT_COMPRESSION = 1 << 23,
	          HELLO_POST_HANDSHAKE_AUTH = 1 << 24,
	          HELLO_NPN = 1 << 25,            /* next_protocol_negotiation, before ALPN */
	          HELLO_ESNI = 1 << 26,           /* encrypted_server_name, before ECH */
	          HELLO_RAW_CLIENT_KEY = 1 << 27, /* of the server: the client shows a raw key */
	          HELLO_RAW_SERVER_KEY = 1 << 28, /* and it itself does (RFC 7250) */
};

#define ASKED_KNOWN ((uint64_t)1 << 63) /* all that is offered is known, and it may be nothing */

struct client_hello {
	uint8_t random[32];
	uint16_t legacy_version;
	uint16_t best_version; /* highest offered that is not GREASE: supported_versions, else
	                          legacy_version */
	uint16_t n_suites, n_extensions, n_groups, n_schemes, n_shares, n_psks;
	uint16_t n_kinds; /* cipher kinds of SSL 2.0 */
	uint16_t first_suite, first_share;
	uint16_t ticket_len;
	uint16_t n_names;        /* server names present; more than one is odd */
	uint16_t record_limit;   /* of record_size_limit; 0 none */
	uint16_t fragment_limit; /* of max_fragment_length, in bytes; 0 none */
	uint32_t flags;          /* enum hello_flag */
	uint64_t asked; /* bit t: the extension t is offered, for t below 63; 0 not known */
	struct bytes session_id, sni, alpn,
		suites; /* alpn: the ProtocolNameList; suites: raw code points; borrowed from the
	                   message until client_hello_keep copies what is kept */
	struct bytes ticket;    /* of session_ticket; borrowed from the message */
	struct bytes other_sni; /* the second of several server names, kept as the first one is */
	/* Raw lists, borrowed from the message as `suites` is and gone with it: the content of
	 * `extensions`, and of the lists inside supported_groups, ec_point_formats,
	 * signature_algorithms and supported_versions. */
	struct bytes extensions, groups, point_formats, schemes, versions;
};

struct server_hello {
	uint8_t random[32];
	uint16_t legacy_version;
	uint16_t version; /* selected_version, else legacy_version */
	uint16_t suite;
	uint16_t group;          /* of key_share; 0 none */
	uint16_t psk_selected;   /* with HELLO_PSK */
	uint16_t record_limit;   /* of record_size_limit; 0 none */
	uint16_t fragment_limit; /* of max_fragment_length, in bytes; 0 none */
	uint8_t compression;
	bool retry;     /* HelloRetryRequest: the special random of RFC 8446, 4.1.3 */
	uint32_t flags; /* TLS 1.3: those of EncryptedExtensions too; HELLO_ECH: retry_configs, so
	                   that no hidden hello was accepted */
	struct bytes session_id, alpn;
	struct bytes extensions; /* the content of the list, borrowed from the message */
};

enum proof {
	PROOF_NONE, /* nothing to check, or not tried */
	PROOF_VERIFIED,
	PROOF_FAILED,
	PROOF_NEEDS, /* cannot be checked without a secret or a missing message */
};

struct server_key_exchange {
	uint16_t group;   /* named curve; 0 for finite-field DH and RSA */
	uint16_t scheme;  /* TLS 1.2: SignatureScheme; 0 before or unsigned */
	uint16_t dh_bits; /* of the prime, DHE; of the modulus, RSA export */
	uint16_t public_len, signature_len;
	bool signed_, export_rsa;
	struct bytes params, signature, public_key; /* borrowed from the message */
};

struct client_key_exchange {
	uint16_t len;    /* of the encrypted premaster secret, or of the public value */
	uint8_t head[8]; /* the first 8 bytes of it: what an RSA line of a key log is found by */
	struct bytes secret; /* the encrypted premaster secret or public value; borrowed from the
	                        message */
};

/* Application data (or clear text) of one side. */
struct talk {
	uint32_t records, first_frame, last_frame;
	uint32_t verified,
		failed;      /* records opened whose tag verified; that did not authenticate */
	uint64_t bytes;      /* payload of the records as on the wire */
	uint64_t text_bytes; /* plaintext: exact when opened or when the cipher tells it; else 0 */
	uint64_t text_least, text_most; /* bounds of the plaintext that a listener can tell */
	struct bytes
		text; /* the beginning of the opened (or clear) text, TALK_KEPT bytes at most */
};

enum { TALK_KEPT = 2048 };

struct tls_facts {
	struct client_hello *client; /* NULL until seen */
	struct server_hello *server;
	struct server_key_exchange *server_kx;
	struct client_key_exchange *client_kx;
	const struct chain *chain[2];     /* by who showed it; NULL: not seen */
	const struct raw_key *raw_key[2]; /* shown in the place of a chain; NULL: none */
	uint16_t version;                 /* negotiated; 0 unknown */
	uint16_t suite;                   /* with version != 0 */
	uint32_t ssl2_kind;               /* SSL 2.0: the cipher kind in the place of a suite */
	uint16_t record_version;          /* of the first record */
	uint8_t kx, auth, cipher, hash;   /* enum suite_kx ...; of the suite; 0 unknown. hash: the
	                                     PRF's with an AEAD, else the MAC's */
	uint8_t aead, forward_secret;
	bool hello_retry, client_cert_asked, resumed, resumed_known, staple, renegotiated, ccs[2];
	uint8_t finished[2]; /* enum proof */
	uint8_t signature;   /* enum proof: ServerKeyExchange's or CertificateVerify's signature */
	bool opened[2];      /* at least one sealed record of that side was opened and verified */
	uint32_t ticket_len, ticket_life; /* of the last NewSessionTicket seen in clear or opened */
	uint32_t sealed_records[2], verified_records[2], failed_records[2];
	uint32_t record_count[2][5]; /* change_cipher_spec, alert, handshake, application_data,
	                                heartbeat */
	uint64_t record_bytes[2]; /* payload of the application_data records, whatever is in it */
	uint32_t ssl2_records[2]; /* with heads of SSL 2.0; in no other count */
	uint32_t handshake_count[2]; /* whole messages */
	struct knowledge known;      /* for the ledger: what is on the wire, what is held */
	uint32_t supply;     /* enum supply bits: what the key ring had to say to this session */
	uint8_t fits_not[4]; /* the head of the SPKI's SHA-256 of the first private key given that
	                        does not fit, or cannot decrypt */
	uint8_t log_missing; /* enum thing: the first key log line that is missing when others are
	                        there */
	enum reason why[2];  /* the leading reason for each side's sealed talk; REASON_NONE when
	                        opened */
	char why_detail[2][64]; /* what the reason's sentence is filled with: a label, a key's
	                           fingerprint; ours, not foreign */
	uint32_t why_frame[2];  /* the frame that proves it; 0 none */
	struct fingerprints prints;
	struct meaning meaning;
	const char *key_name; /* what opened it: the name of the key file or key log; borrowed from
	                         the key ring */
};

enum supply { /* set by src/secrets when it looks for this session's secrets */
	      SUPPLY_RSA_KEYS = 1 << 0, /* RSA private keys were given */
	      SUPPLY_KEY_FITS =
	              1 << 1, /* one of the private keys given fits the certificate shown */
	      SUPPLY_KEY_CANNOT =
	              1 << 2, /* a key that cannot decrypt was given (EC, Ed25519, a certificate) */
	      SUPPLY_KEY_LOCKED = 1 << 3, /* a key file stayed locked: no or wrong passphrase */
	      SUPPLY_LOG = 1 << 4,        /* a key log was given */
	      SUPPLY_LOG_HIT = 1 << 5,    /* it has at least one line for this client random */
	      SUPPLY_BAD_EXCHANGE =
	              1 << 6, /* the fitting key was used and no usable premaster secret came out */
	      SUPPLY_UNSUPPORTED = 1
	                           << 7, /* keys are there, the suite's cipher is not opened here */
};

enum session_end { END_CLOSED, END_REUSED, END_IDLE, END_EVICTED, END_CUT };
enum protocol { PROTOCOL_UNKNOWN, PROTOCOL_TLS, PROTOCOL_CLEAR };

struct session {
	struct arena *arena; /* everything below lives here */
	uint32_t number;     /* from 1, in the order of first frames; 0 until known */
	uint32_t first_frame, last_frame;
	moment start, end;
	struct endpoint endpoint[2];
	uint64_t packets[2], payload[2];
	uint8_t protocol, ending; /* enum protocol, session_end */
	bool midstream, one_sided;
	struct event *event;
	uint32_t n_events, event_room, events_lost;
	struct talk talk[2];
	struct tls_facts *tls;   /* NULL when not TLS */
	struct opening *opening; /* what was said in clear before TLS, outermost first */
	uint32_t n_openings;
	struct found *found; /* findings, in the order they came */
	uint32_t n_found, found_room, found_lost;
	uint64_t gap_bytes[2];
	uint32_t gap_frame[2];     /* of the first gap */
	struct verdict verdict[2]; /* of the chain shown by that side; see certificate.h */
};

enum { SESSION_EVENTS = 256, SESSION_FOUND = 32 };

/* Adds an event, counting it as lost beyond SESSION_EVENTS. Gives it, or NULL when lost. */
struct event *session_event(struct session *s, struct event e);
/* Adds a finding once for each code and side; repeats raise its count. */
void session_find(struct session *s, enum finding code, enum side from, uint32_t frame);
/* Gives the first event of a kind from a side, or NULL. */
const struct event *session_first(const struct session *s, enum event_kind kind, enum side from);
/* Gives the leading reason why application data of a side stays sealed (REASON_NONE when it was
 * opened or there is none), by walking the ledger's rules with what is known; fills why_detail and
 * why_frame in s->tls. In reason.c. */
enum reason session_reason(struct session *s, enum side from);
/* Gives the things on the wire (bits of enum thing) that this session's facts hold. In reason.c. */
uint64_t session_wire(const struct session *s);
/* Gives the rule table that holds for this session. In reason.c. */
enum rule_table session_rules(const struct session *s);
/* Says whether sessions of this version can be opened at all here: neither SSL nor the drafts of
 * TLS 1.3 before the 25th, whose records authenticate less. In reason.c. */
bool session_is_opened_here(const struct tls_facts *t);
/* Say where the cipher that was agreed on has its name, and its number there: a suite, or the
 * cipher kind of SSL 2.0 (0 while it is not known). */
enum registry session_cipher_registry(const struct tls_facts *t);
uint32_t session_cipher(const struct tls_facts *t);
/* Says whether the session is known to have come to nothing: seen whole to its close or to a fatal
 * alert, without being established. */
bool session_failed(const struct session *s);
/* Says whether the handshake came to its end: both sides switched and (as far as can be told)
 * finished. */
bool session_established(const struct session *s);

#endif
