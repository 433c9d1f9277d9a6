/* What the files of this folder share: the messages of both sides, and words in them. Not for
 * anybody else. */
#ifndef KEYHOLE_STARTTLS_DIALOGUE_H
#define KEYHOLE_STARTTLS_DIALOGUE_H

#include "dissectors/starttls/starttls.h"
#include "src/base/reader.h"

enum { SHOWN_ALL = UINT16_MAX };

/* One line or message of a side, its beginning kept. */
struct message {
	struct bytes bytes;
	uint32_t first_frame, last_frame;
	uint16_t shown; /* so many bytes of it may be shown; SHOWN_ALL: all */
	bool continues; /* it is the rest of a line too long to be kept in one piece */
};

struct side_said {
	struct message *message;
	uint32_t n, room;
	bool tls; /* TLS follows behind the last message */
	bool cut; /* more messages followed than are kept */
};

/* One opening: what both sides said in it, each in its own order. */
struct dialogue {
	struct side_said *side[2]; /* by role; with n == 0 where nothing was said */
	struct arena *arena;
};

/* How a stream is cut into messages, in the order in which they are asked: the first that does not
 * say no decides. */
enum framing {
	FRAMING_HTTP,
	FRAMING_XML,
	FRAMING_BER,
	FRAMING_MYSQL,
	FRAMING_POSTGRESQL,
	FRAMING_TPKT,
	FRAMING_SOCKS4,
	FRAMING_SOCKS5,
	FRAMING_PROXY,
	FRAMING_LINES,
	FRAMINGS,
};

/* Where a side is in its opening, as far as its framing must know. */
struct cutting {
	enum side from;
	uint32_t n;    /* messages so far */
	uint32_t mark; /* the framing's own, 0 at first */
	bool all;      /* no more bytes will come */
	bool over;     /* set: behind this message another protocol begins */
};

/* What cut functions give beside a length. */
#define CUT_MORE ((size_t)0)
#define CUT_NO   SIZE_MAX

/* How a framing is told, and cut: gives the length of the message that begins the bytes (which may
 * be longer than they are), CUT_MORE or CUT_NO. */
struct framing_rules {
	enum look (*look)(struct bytes b, enum side from);
	size_t (*cut)(struct bytes b, struct cutting *c);
	bool text; /* its messages can be shown as they are, but for secrets */
};

/* One protocol: `is` says whether the dialogue is of it, `tell` fills in what it gave away and
 * hides secrets. */
struct protocol_rules {
	enum framing framing;
	bool (*is)(const struct dialogue *d);
	void (*tell)(const struct dialogue *d, struct opening *o);
};

/* ---- framings, each in the file of its protocol ---- */

enum look lines_look(struct bytes b, enum side from);
size_t lines_cut(struct bytes b, struct cutting *c);
enum look connect_look(struct bytes b, enum side from);
size_t connect_cut(struct bytes b, struct cutting *c);
enum look xmpp_look(struct bytes b, enum side from);
size_t xmpp_cut(struct bytes b, struct cutting *c);
enum look ldap_look(struct bytes b, enum side from);
size_t ldap_cut(struct bytes b, struct cutting *c);
enum look postgresql_look(struct bytes b, enum side from);
size_t postgresql_cut(struct bytes b, struct cutting *c);
enum look mysql_look(struct bytes b, enum side from);
size_t mysql_cut(struct bytes b, struct cutting *c);
enum look rdp_look(struct bytes b, enum side from);
size_t rdp_cut(struct bytes b, struct cutting *c);
enum look socks4_look(struct bytes b, enum side from);
size_t socks4_cut(struct bytes b, struct cutting *c);
enum look socks5_look(struct bytes b, enum side from);
size_t socks5_cut(struct bytes b, struct cutting *c);
enum look proxy_look(struct bytes b, enum side from);
size_t proxy_cut(struct bytes b, struct cutting *c);

/* ---- protocols ---- */

#define PROTOCOL(id, framing, name)                                                                \
	bool name##_is(const struct dialogue *d);                                                  \
	void name##_tell(const struct dialogue *d, struct opening *o);
#include "dissectors/starttls/index.def"
#undef PROTOCOL

/* ---- words (words.c) ---- */

/* Gives the bytes from `at` on; none when there are fewer. */
static inline struct bytes bytes_from(struct bytes b, size_t at)
{
	return at >= b.len ? (struct bytes){NULL, 0} : (struct bytes){b.at + at, b.len - at};
}

/* Says whether the bytes begin with our words, in capitals or not. */
bool begins(struct bytes b, const char *words);
/* Says whether they are our words, in capitals or not. */
bool is_words(struct bytes b, const char *words);
/* Says whether our words stand anywhere in them, in capitals or not; gives where, SIZE_MAX: no. */
size_t find_words(struct bytes b, const char *words);
/* Says whether the bytes are one of the words of a list, separated by spaces. */
bool is_one_of(struct bytes word, const char *list);
/* Takes the next word, behind spaces and up to one or the line's end, and goes behind the spaces
 * after it. */
struct bytes take_word(struct bytes *line);
/* Gives a message's line without its end. */
struct bytes line_of(const struct message *m);
/* Gives what stands between `open` and the next `close` behind it; empty when it is not there. */
struct bytes between(struct bytes b, const char *open, const char *close);
/* Gives where a byte stands; SIZE_MAX: nowhere. */
size_t find_byte(struct bytes b, uint8_t byte);
/* Takes a string that ends with a zero, or all when there is none; says in `whole` (may be NULL)
 * whether there was. */
struct bytes take_string(struct reader *r, bool *whole);
/* Compares the beginning of the bytes with a magic text: LOOK_MORE when they are too short. */
enum look look_for(struct bytes b, const char *magic, size_t len);
/* Takes numbers whose lowest byte comes first. */
uint16_t take_le16(struct reader *r);
uint32_t take_le32(struct reader *r);
/* Gives a number's digits, in the arena. */
struct bytes number_text(struct arena *a, uint32_t v);

/* ---- facts ---- */

/* Adds what an opening gave away; nothing when it is empty. The value is copied. */
void add_fact(const struct dialogue *d, struct opening *o, enum opening_fact_kind k,
              struct bytes value);
/* Gives the bytes, copied to the arena, 256 at most. */
struct bytes keep(const struct dialogue *d, struct bytes b);
/* Hides a message from its byte `from` on. */
void hide(struct message *m, size_t from);
/* The client asks for TLS with its message number `asks`, and the server answers with its message
 * number `answers`, in which the answer ends (or with none: the side's n). */
void tell_asked(const struct dialogue *d, struct opening *o, uint32_t asks, uint32_t answers,
                bool accepted);
/* The server offered TLS, and the client's message number `after` is the first that it sent when it
 * could know; some words of goodbye do not count as going on. */
void tell_offered(const struct dialogue *d, struct opening *o, uint32_t frame, bool went_on);

/* ---- lines with commands (lines.c) ---- */

/* Gives the n-th line without its end; an empty one where there is none. */
struct bytes line_number(const struct side_said *s, uint32_t n);
/* Gives a line's command: its first word, or with `tagged` its second. */
struct bytes command_of(struct bytes line, bool tagged);
/* Finds the last line with this command; s->n when there is none. */
uint32_t find_command(const struct side_said *s, const char *command, bool tagged);
/* Gives what stands behind a line's command. */
struct bytes argument_of(struct bytes line);
/* Says whether commands of weight follow behind line `after`, as other than a question or a
 * goodbye.
 */
bool goes_on(const struct side_said *s, uint32_t after, bool tagged);
/* Finds the first line with these words in it; s->n when there is none. */
uint32_t find_line(const struct side_said *s, const char *words);
/* Finds logins, notes their frames and hides what is secret. */
void tell_logins(const struct dialogue *d, struct opening *o, bool tagged);
/* Tells what every protocol of commands and answers has: the greeting, logins, the request for TLS
 * in line `asks` and its answer in line `answers`, the offer in line `offers`. */
struct upgrade_lines {
	uint32_t asks, answers, offers;
	bool accepted, tagged;
};
void tell_upgrade(const struct dialogue *d, struct opening *o, struct upgrade_lines u);
/* Gives the three digits that a reply begins with; 0 when it does not. */
unsigned reply_code(struct bytes line);
/* Gives the line with which the n-th reply ends (the greeting is the 0th); s->n when it is not
 * there. Replies that announce another (1xx) do not count. */
uint32_t reply_number(const struct side_said *s, uint32_t n);

#endif
