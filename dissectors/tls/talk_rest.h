/* A conversation at rest: a ClientHello was read and nothing has answered yet. Of all that a talk
 * and its session hold only what that hello said is kept, in a fraction of the memory; the first
 * thing that happens wakes it up to the very state it had. Many open flows never get further. */
#ifndef KEYHOLE_TLS_TALK_REST_H
#define KEYHOLE_TLS_TALK_REST_H

#include "dissectors/tls/talk.h"

/* Says how many bytes the talk needs at rest; 0 when it cannot rest: more happened than one whole
 * ClientHello. */
size_t tls_rest_size(const struct tls_talk *k);
/* Writes it down in `out`, which has room for tls_rest_size bytes and any alignment. */
void tls_rest(const struct tls_talk *k, void *out);
/* Makes the talk again from what was written, in the sink's session; NULL without memory. */
struct tls_talk *tls_wake(const struct tls_sink *sink, const void *at_rest);

#endif
