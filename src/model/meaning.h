/* What a handshake means beyond its single messages: why it came to its version, how it was
 * resumed and from which session, what became of early data, who was asked to show himself, and
 * what sealed records probably hold. Data filled by the conversation, and pure functions over the
 * session. */
#ifndef KEYHOLE_MODEL_MEANING_H
#define KEYHOLE_MODEL_MEANING_H

#include "src/base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chain;
struct session;
struct tls_facts;

enum early_data {
	EARLY_DATA_NONE,    /* not offered */
	EARLY_DATA_OFFERED, /* what became of it cannot be told */
	EARLY_DATA_ACCEPTED,
	EARLY_DATA_REFUSED,
};

/* What a session is taken up again by. */
enum resumed_by { RESUMED_BY_ID, RESUMED_BY_TICKET, RESUMED_BY_PSK, RESUMED_WAYS };

/* What keeps the first frame of the session that gave it, when the capture holds that: the id, the
 * ticket, and the first two of the pre-shared keys. */
enum origin { ORIGIN_ID, ORIGIN_TICKET, ORIGIN_PSK, ORIGIN_PSK_2, ORIGINS };

/* A sealed record of TLS 1.3 as a listener sees it. */
struct sealed_note {
	uint32_t frame, last_frame;
	uint16_t record; /* its number in the side's stream, from 1 */
	uint16_t len;    /* of its payload */
};

enum { SEALED_NOTES = 8 };

/* A handshake inside the connection that another one began. */
struct renegotiation {
	uint32_t n, frame;                /* how many; the first new ClientHello */
	uint32_t requests, request_frame; /* HelloRequests behind the first handshake */
	uint16_t suite;                   /* what the last one came to; 0 not seen */
	struct bytes sni;
	const struct chain *chain;
};

/* Frames are 0 for what was not seen. */
struct meaning {
	uint64_t hello_sum; /* of what a second hello must say again; 0 not had */
	uint32_t origin[ORIGINS];
	uint32_t from_number; /* of the session that this one takes up; 0 until known */
	uint32_t early_records;
	uint64_t early_bytes; /* their payload on the wire */
	uint32_t retry_frame, asked_frame, shown_frame, proven_frame; /* of the client's
	                                                                 certificate */
	uint32_t compat_frame[2]; /* TLS 1.3: a ChangeCipherSpec that means nothing */
	uint32_t late_frame[2];   /* TLS <= 1.2: a sealed handshake record behind Finished */
	uint32_t late_records[2];
	struct renegotiation *again;  /* NULL: none was seen */
	struct sealed_note update[2]; /* TLS 1.3: the first sealed record of a KeyUpdate's size */
	struct sealed_note *note[2];  /* SEALED_NOTES of each side, early data left out */
	uint8_t n_notes[2];
	uint16_t retry_group; /* what the server asked for; 0 none */
	uint8_t ageless_psks; /* bit n: pre-shared key n was offered with the age 0 */
	uint8_t early_data;   /* enum early_data */
	bool early_guessed;   /* its records are told by order and length */
	bool retry_complied, retry_ignored;
	bool shown_empty, asked_later; /* of the client's certificate */
};

/* Who made the version what it is. */
enum version_cause {
	VERSION_BEST,      /* TLS 1.3, or not known */
	VERSION_BY_CLIENT, /* it offered nothing better */
	VERSION_BY_SERVER, /* it chose less than was offered */
};

struct version_choice {
	enum version_cause cause;
	uint16_t server_could; /* by the end of its random (RFC 8446, 4.1.3); 0 nothing is said */
	bool fallback;         /* the client says that it tried a higher one before (RFC 7507) */
	uint32_t refused;      /* the frame of the alert with which the server refused that */
};

/* Says why the session has its version. */
struct version_choice meaning_version(const struct session *s);

enum resumption_result { RESUMPTION_UNKNOWN, RESUMPTION_ACCEPTED, RESUMPTION_REFUSED };

struct resumption {
	uint8_t offered; /* bit 1 << enum resumed_by */
	uint8_t by;      /* enum resumed_by; RESUMED_WAYS: not known */
	bool external;   /* a key from outside of TLS, as its age of 0 says (RFC 8446, 4.2.11) */
	enum resumption_result result;
	uint32_t from; /* the first frame of the session that gave what was taken, else of one
	                  that gave what was offered; 0 not in the capture */
};

/* Says whether the session takes up an earlier one, how, and which. */
struct resumption meaning_resumption(const struct tls_facts *f);

/* Says what became of early data; `guessed`: by order and length of sealed records. */
enum early_data meaning_early_data(const struct session *s, bool *guessed);
/* Says whether the first handshake binds a second one to itself (RFC 5746): both hellos say so. */
bool meaning_secure_renegotiation(const struct tls_facts *f);
/* Says whether the server opened no hidden hello (ECH): it sent what a client needs to try again.
 */
bool meaning_ech_refused(const struct tls_facts *f);
/* Says whether the client's session id, made up for old boxes on the way, was echoed (RFC 8446,
 * D.4). */
bool meaning_compatible_id(const struct tls_facts *f);

/* Gives the word for a way: "session_id". */
const char *resumed_by_word(enum resumed_by by);

enum sealed_guess {
#define GUESS(id, slug, words, ground) GUESS_##id,
#include "src/model/guess.def"
#undef GUESS
	SEALED_GUESSES,
};

/* What a sealed record probably holds; a judgement by order and length, never certain. */
struct guess {
	uint32_t frame, last_frame, len;
	uint16_t record; /* 0: several */
	uint8_t from;    /* enum side */
	uint8_t what;    /* enum sealed_guess */
	bool likely;     /* else it is no more than possible */
};

enum { GUESSES_MOST = 2 * SEALED_NOTES + 4 };

/* Gives what the sealed records of the handshake probably hold; none of a side that was opened. */
size_t meaning_guesses(const struct session *s, struct guess out[GUESSES_MOST]);
const char *guess_slug(enum sealed_guess g);
const char *guess_words(enum sealed_guess g);
const char *guess_ground(enum sealed_guess g);

#endif
