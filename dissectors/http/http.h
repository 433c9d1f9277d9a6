/* HTTP/1.x in clear: only whether bytes look like it. */
#ifndef KEYHOLE_HTTP_HTTP_H
#define KEYHOLE_HTTP_HTTP_H

#include "src/base/bytes.h"

/* Says whether the bytes begin like a request or a status line of HTTP/1.x (RFC 9112, 3 and 4). */
bool http_begins(struct bytes b);

#endif
