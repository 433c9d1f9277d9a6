/* Packets built by hand for the suites of net.c, link.c, wlan.c and tunnel.c. Not a library: each
 * suite has its own frame. */
#ifndef KEYHOLE_TESTS_NET_FRAME_H
#define KEYHOLE_TESTS_NET_FRAME_H

#include <check.h>
#include <string.h>

#include "src/capture/net.h"

/* A frame under construction. */
struct frame {
	uint8_t bytes[4096];
	size_t len;
};

static struct frame frame;

static inline void put(const void *at, size_t n)
{
	memcpy(frame.bytes + frame.len, at, n);
	frame.len += n;
}

static inline void put_zeros(size_t n)
{
	memset(frame.bytes + frame.len, 0, n);
	frame.len += n;
}

static inline void put8(unsigned v)
{
	frame.bytes[frame.len++] = (uint8_t)v;
}

static inline void put16(unsigned v)
{
	put8(v >> 8);
	put8(v);
}

static inline void put32(unsigned v)
{
	put16(v >> 16);
	put16(v);
}

static inline void begin(const void *header, size_t n)
{
	frame.len = 0;
	put(header, n);
}

static inline void begin_ethernet(unsigned type)
{
	frame.len = 0;
	put_zeros(12);
	put16(type);
}

/* 192.0.2.1 to 198.51.100.2. */
static inline void put_ipv4(unsigned first, unsigned total, unsigned fragment, unsigned protocol)
{
	put8(first);
	put8(0);
	put16(total);
	put16(7);
	put16(fragment);
	put8(64);
	put8(protocol);
	put16(0);
	put("\xc0\0\2\1\xc6\x33\x64\2", 8);
}

static inline void put_ipv6(unsigned len, unsigned next)
{
	put("\x60\0\0\0", 4);
	put16(len);
	put8(next);
	put8(64);
	put("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 32);
}

static struct ip_packet ip;

static inline enum net_fate decode(uint16_t link, uint32_t wire_len)
{
	struct packet p = {
		.data = {frame.bytes, frame.len},
		.wire_len = wire_len == 0 ? (uint32_t)frame.len : wire_len,
		.link = link,
		.frame = 3,
		.time = 5,
	};
	return net_decode(&p, &ip);
}

static inline void expect_payload(uint32_t at, const char *text)
{
	ck_assert_uint_eq(ip.payload_at, at);
	ck_assert_uint_eq(ip.payload.len, strlen(text));
	ck_assert_int_eq(memcmp(ip.payload.at, text, strlen(text)), 0);
	ck_assert_uint_eq(ip.protocol, 6);
	ck_assert_uint_eq(ip.frame, 3);
	ck_assert_int_eq(ip.time, 5);
}

/* The innermost packet of most tests. */
static inline void put_hello(bool six)
{
	if (six)
		put_ipv6(5, 6);
	else
		put_ipv4(0x45, 25, 0, 6);
	put("hello", 5);
}

#endif
