/* Capture filters in libpcap's language, compiled once for each link type that appears. It is not a
 * display filter: it sees packets, not sessions. */
#ifndef KEYHOLE_CAPTURE_FILTER_H
#define KEYHOLE_CAPTURE_FILTER_H

#include "src/capture/packet.h"

struct filter;

enum { FILTER_LINKS = 16 };

/* Compiles an expression for Ethernet, to see whether it is one. NULL with a sentence in `why`,
 * which shows the place by a caret on a line of its own where it can be found. */
struct filter *filter_new(const char *expression, char *why, size_t why_len);
/* Says whether the packet passes. A filter that cannot be meant for a link type lets nothing of it
 * pass: `problem` (zero-terminated, at most `len` bytes) then says why. */
bool filter_passes(struct filter *f, const struct packet *p, char *problem, size_t len);
/* Gives the expression. */
const char *filter_text(const struct filter *f);
void filter_free(struct filter *f);

/* Between libpcap's own link type numbers (DLT_) and those of files (LINKTYPE_). */
uint16_t link_from_libpcap(int dlt);
int link_to_libpcap(uint16_t link);
/* Gives libpcap's description of a link type ("USB with Linux header"); NULL where it has none. */
const char *link_description(uint16_t link);

#endif
