/* What the text screens share: columns, cutting, wrapping, colour. Not for other rooms. */
#ifndef KEYHOLE_UI_LAYOUT_H
#define KEYHOLE_UI_LAYOUT_H

#include "src/model/story.h"
#include "ui/ui.h"

/* Gives the columns that may be used. */
unsigned ui_width(const struct ui_style *style);
/* Begin and end a role; nothing without colour. */
void ui_begin(struct text *t, const struct ui_style *style, enum ui_role role);
void ui_end(struct text *t, const struct ui_style *style);
/* Adds foreign bytes; in a terminal without UTF-8 as \xNN. At most `limit` bytes are taken. */
void ui_foreign(struct text *t, const struct ui_style *style, struct bytes b, size_t limit);
void ui_foreign_z(struct text *t, const struct ui_style *style, const char *z);
/* Cuts what was added since `from` to `width` columns, with "~" where something is missing, and
 * pads it to `width`; a space more follows. */
void ui_cell(struct text *t, size_t from, unsigned width);
/* Writes the words of `said` in lines of at most the style's width. The first goes on in the
 * current line, which has `column` columns; the others begin at `indent`. Ends with '\n'. */
void ui_wrap(struct text *t, const struct ui_style *style, struct bytes said, unsigned column,
             unsigned indent);
/* Adds "sealed" and the like, in capitals where something is hidden or opened, in its colour. */
void ui_see(struct text *t, const struct ui_style *style, const struct step *p, unsigned width);
/* Adds "22 Nov 2026" or "22 Nov 2026 04:30:01". */
void ui_date(struct text *t, moment m);
void ui_date_time(struct text *t, moment m);
/* Adds how long it is from one moment to a later one: "1 year 25 days", "3 days" or "5 hours". */
void ui_duration(struct text *t, moment from, moment to);
/* Adds "1 packet", "2 packets". */
void ui_count(struct text *t, uint64_t n, const char *one, const char *many);
/* Adds "44 KB", "1.2 GB". */
void ui_size(struct text *t, uint64_t bytes);
/* Adds "1.2", "1.3", "1.3-d28" (a draft), "SSL 3.0"; "?" for what is no version. */
void ui_version(struct text *t, uint16_t version);
/* Adds a frame list: "4", "8, 9", "1-3"; where that takes more than `most` columns, "1 .. 312". */
void ui_frames(struct text *t, const struct step *p, size_t most);
/* Adds the name of a code point, or its number when it has none. */
void ui_name(struct text *t, const struct vocabulary *w, enum registry r, uint32_t code);
/* Adds the key exchange in a word: "RSA", "ECDHE x25519"; `with_group` adds the group. */
void ui_exchange(struct text *t, const struct session *s, const struct vocabulary *w,
                 bool with_group);
/* Adds the sentence of a reason, with the session's own detail in it. */
void ui_reason(struct text *t, const struct session *s, enum reason r, enum side side);
/* Says whether anything of the session is worth a colour: a session that the other functions ask.
 */
uint16_t ui_group(const struct session *s);
/* Says whether of a side's talk only an upper bound is known. */
bool ui_is_bound(const struct talk *k);
/* Adds the size of the talk of a side: "26", "48-63", or an upper bound, with `mark` "<= 63". */
void ui_talk_size(struct text *t, const struct talk *k, bool mark);
/* Adds what is odd about the input itself, a line each. */
void ui_input_problems(struct text *t, const struct ui_style *style, const struct capture_facts *c);
/* Adds the head line: what the input is, how much, when, and what was lost. */
void ui_head(struct text *t, const struct ui_style *style, const struct capture_facts *c);
/* Says whether the talk of a session was opened, on any side. */
bool ui_is_opened(const struct session *s);
/* Gives the reason to show for the session as a whole; its side in `side`. */
enum reason ui_leading_reason(const struct session *s, enum side *side);
/* Gives what one side said, where it is clear or was opened: before TLS began, or after that. */
struct bytes ui_said(const struct session *s, enum side side, bool before);
/* Adds it: a few lines, indented. */
void ui_talk_words(struct text *t, const struct ui_style *style, const struct session *s,
                   enum side side, bool before, unsigned indent);
/* Adds what was said before TLS, or instead of it: a few sentences an opening. In opening.c. */
void ui_openings(struct text *t, const struct ui_style *style, const struct session *s,
                 unsigned indent);
/* Adds what is special about a step in this session to an empty text; of a step without a packet,
 * why it has none. In detail.c. */
void ui_detail(struct text *t, const struct ui_style *style, const struct story *story,
               const struct step *step, const struct vocabulary *w);
/* The same with a reason of its own, where the whole session has another. In detail.c. */
void ui_row_detail(struct text *t, const struct ui_style *style, const struct story *story,
                   const struct step *step, const struct vocabulary *w);
/* Adds what a session comes to: losses, findings, what was opened, why not, what if. In
 * conclusion.c. */
void ui_conclusion(struct text *t, const struct ui_style *style, const struct capture_facts *c,
                   const struct story *story, const struct vocabulary *w);
/* Adds a line of what a session comes to: a head, and what is said. In conclusion.c. */
void ui_below(struct text *t, const struct ui_style *style, const char *head,
              const struct text *said, enum ui_role role);
/* Adds the lines that say what the handshake means: version, resumption, early data,
 * renegotiation. In meaning.c. */
void ui_meaning(struct text *t, const struct ui_style *style, const struct session *s,
                const struct vocabulary *w);
/* Adds to an empty text what a step means beside the others; often nothing. */
void ui_step_meaning(struct text *t, const struct ui_style *style, const struct session *s,
                     const struct vocabulary *w, enum step_id id);
/* Adds the next guess at what a step's sealed records hold, from number `at` on, which goes on
 * behind it; STEPS: those of no single step. False when there is no more. */
bool ui_next_guess(struct text *t, const struct session *s, enum step_id id, size_t *at);
/* Gives a check's outcome in capitals, as "EXPIRED"; "ok" in small ones. In verdict.c. */
const char *ui_check_words(uint8_t check);
/* Gives the finding that says the same as a check; FINDINGS: none. In verdict.c. */
unsigned ui_finding_of(uint8_t check);
/* Gives the first alert in clear or opened that is no goodbye; NULL when there is none. */
const struct event *ui_failure(const struct session *s);
/* Adds its name: that of an alert, or of an error of SSL 2.0. */
void ui_failure_name(struct text *t, const struct vocabulary *w, const struct event *e);
/* Says what came of the certificate, "client went on"; NULL when that is not known. */
const char *ui_outcome(const struct session *s);
/* Adds what is wrong with the server's certificate and what the client did; with `alone` also how
 * long it had ended. In verdict.c. */
void ui_verdict(struct text *t, const struct session *s, bool alone);
/* Adds "TLS 1.0 is withdrawn (RFC 8996)". */
void ui_old_version(struct text *t, uint16_t version);
/* Give a run over a text, and over our own words. */
struct bytes ui_bytes(const struct text *t);
struct bytes ui_words(const char *z);

#endif
