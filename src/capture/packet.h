/* A packet as a capture gives it, and the batch in which packets are read. Packets borrow their
 * bytes from their batch and die with it. */
#ifndef KEYHOLE_CAPTURE_PACKET_H
#define KEYHOLE_CAPTURE_PACKET_H

#include "src/base/bytes.h"
#include "src/base/moment.h"

struct packet {
	moment time; /* MOMENT_UNKNOWN when the capture's value makes no sense or it has none */
	struct bytes data; /* the captured bytes */
	uint64_t offset;   /* of the packet's record in the (uncompressed) input */
	uint32_t frame;    /* number in the input, from 1, as people and Wireshark count */
	uint32_t wire_len; /* bytes on the wire; more than data.len when the capture cut the packet
	                    */
	uint16_t link;     /* link type, LINKTYPE_ numbers of pcap files */
	uint16_t flags;    /* PACKET_... */
};

enum {
	PACKET_LENGTH_LIES =
		1, /* captured length above wire length, or above the file's snap length */
	PACKET_TIME_INVALID = 2,
};

/* One buffer of bytes and the packets in it. Made once, filled again and again. */
struct batch {
	uint8_t *buffer;
	size_t room, used;
	size_t kept_from,
		kept; /* the beginning of a packet that did not fit whole: source's own business */
	struct packet *packet;
	size_t n_packets, max_packets;
};

/* Makes a batch with `room` bytes (at least BATCH_ROOM_MIN) and `max_packets` packets; false
 * without memory. */
bool batch_new(struct batch *b, size_t room, size_t max_packets)
	__attribute__((warn_unused_result));
void batch_free(struct batch *b);

enum {
	BATCH_ROOM = 1 << 20,
	BATCH_ROOM_MIN = 1 << 19,
	BATCH_PACKETS = 4096,
	LARGEST_PACKET = 256 * 1024
};

#endif
