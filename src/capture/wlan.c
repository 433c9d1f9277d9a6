/* Data frames of 802.11. Frames that are protected, and pieces and bundles of frames, are counted
 * and not looked into. */
#include "src/capture/descent.h"

enum {
	/* first byte of the frame control */
	KIND = 0x0f, /* version 2 bits, type 2 bits */
	DATA = 0x08,
	QOS = 0x80,
	NO_DATA = 0x40,
	/* second byte */
	TO_AND_FROM_SYSTEM = 0x03,
	MORE_FRAGMENTS = 0x04,
	PROTECTED = 0x40,
	ORDER = 0x80,
	/* first byte of the QoS control */
	BUNDLE = 0x80, /* A-MSDU */
	FRAGMENT_NUMBER = 0x0f,
};

/* Some cards pad the header to a multiple of 4. */
static bool is_padded(const struct reader *r, size_t header)
{
	return header % 4 == 2 && left(r) >= 5 && memcmp(r->at, "\xaa\xaa\3", 3) != 0 &&
	       memcmp(r->at + 2, "\xaa\xaa\3", 3) == 0;
}

/* IEEE 802.11, 9.3.2.1: frame control 2, duration 2, three addresses 18, sequence control 2, a
 * fourth address 6 between access points, QoS control 2, HT control 4, then LLC. */
enum net_fate descend_wlan(struct descent *d)
{
	struct reader *r = &d->r;
	uint8_t first = take_u8(r, 0);
	uint8_t flags = take_u8(r, 0);
	take_bytes(r, 20, 0);
	uint8_t piece = take_u8(r, 0) & FRAGMENT_NUMBER;
	take_u8(r, 0);
	if (r->fault == FINE && ((first & KIND) != DATA || (first & NO_DATA)))
		return NET_NOT_IP;
	bool four_addresses = (flags & TO_AND_FROM_SYSTEM) == TO_AND_FROM_SYSTEM;
	take_bytes(r, four_addresses ? 6 : 0, 0);
	uint8_t qos = 0;
	if (first & QOS) {
		qos = take_u8(r, 0);
		take_bytes(r, flags & ORDER ? 5 : 1, 0);
	}
	if (r->fault != FINE)
		return short_of_bytes(d);
	if (flags & PROTECTED)
		return NET_WLAN_PROTECTED;
	if ((qos & BUNDLE) || piece != 0 || (flags & MORE_FRAGMENTS))
		return NET_WLAN_PIECES;
	size_t header = 24U + (four_addresses ? 6U : 0U) + (first & QOS ? 2U : 0U);
	take_bytes(r, is_padded(r, header) ? 2 : 0, 0);
	return descend_llc(d);
}
