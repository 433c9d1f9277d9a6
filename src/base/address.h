/* Addresses and ports as the flow table and the reports use them: one form for IPv4 and IPv6. Not a
 * resolver: keyhole never asks for names. */
#ifndef KEYHOLE_BASE_ADDRESS_H
#define KEYHOLE_BASE_ADDRESS_H

#include "src/base/bytes.h"

/* Who sent something. In a flow, CLIENT is who opened it as far as is known. */
enum side { CLIENT, SERVER };

static inline enum side other_side(enum side s)
{
	return s == CLIENT ? SERVER : CLIENT;
}

/* An IPv4 address is kept as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct endpoint {
	uint8_t ip[16];
	uint16_t port;
};

/* Says whether the address is an IPv4 one. */
static inline bool endpoint_is_v4(const struct endpoint *e)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	return memcmp(e->ip, mapped, sizeof mapped) == 0;
}

#endif
