/* Recorded frames for the tests' own tools: a small capture read whole, taken apart down to TCP,
 * and written again as pcap. For captures that we recorded ourselves, not for hostile ones: what
 * does not look as expected ends the tool. */
#ifndef KEYHOLE_TESTS_FRAMES_H
#define KEYHOLE_TESTS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct frame {
	uint8_t *data;
	size_t len;
	uint64_t us; /* since 1970 */
};

struct frames {
	struct frame *frame;
	size_t n, room;
};

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

/* Where things lie in an Ethernet frame with IPv4 and TCP or UDP. */
struct layout {
	size_t ip, transport, payload, end; /* offsets; end: of the IP packet */
	bool tcp;
	uint8_t flags;
	uint32_t seq;
	uint64_t client, server; /* address and port; the client has the higher port */
	bool from_client;
};

/* Ends the tool with this sentence. */
_Noreturn void die(const char *what, const char *which);
/* Gives memory, zeroed, or ends the tool. */
void *need(size_t n, size_t size);
/* Reads a pcap (microseconds, little endian) or pcapng file of Ethernet frames. */
struct frames frames_read(const char *path);
void frames_free(struct frames *f);
/* Says where things lie; false for what is no TCP or UDP over IPv4. */
bool frame_layout(const struct frame *f, struct layout *out);

uint16_t get16(const uint8_t *at);
uint32_t get32(const uint8_t *at);
void put16(uint8_t *at, uint16_t value);
void put32(uint8_t *at, uint32_t value);
/* Computes the checksums of an IPv4 frame's IP head and, where it is whole, of its TCP segment. */
void frame_checksums(uint8_t *data, const struct layout *l);

/* Begins a pcap file of Ethernet frames; the tool ends when it cannot. */
FILE *pcap_create(const char *path);
void pcap_put(FILE *file, uint64_t us, const uint8_t *data, size_t len);
/* Ends the tool when something could not be written. */
void pcap_close(FILE *file, const char *path);

/* Gives the next number of a seeded series (splitmix64). */
uint64_t random_next(uint64_t *state);
/* Gives one below n, which is not 0. */
size_t random_below(uint64_t *state, size_t n);

#endif
