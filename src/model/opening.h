/* What was said in clear before TLS began on the same connection: STARTTLS of many protocols, a
 * proxy's request, a PROXY line. Data, filled by the dissector of openings. */
#ifndef KEYHOLE_MODEL_OPENING_H
#define KEYHOLE_MODEL_OPENING_H

#include "src/base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

struct opening {
	uint8_t protocol; /* enum opening_protocol */
};

#endif
