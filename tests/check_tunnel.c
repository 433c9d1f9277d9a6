#include "tests/net_frame.h"

#define BYTES(text) text, sizeof(text) - 1

enum { OUTER = 20, UDP_HEADER = 8 };

static void put_outer(size_t payload, unsigned protocol)
{
	put8(0x45);
	put8(0);
	put16((unsigned)(OUTER + payload));
	put32(0);
	put8(64);
	put8(protocol);
	put16(0);
	put("\x0a\0\0\1\x0a\0\0\2", 8);
}

static bool is_outer(void)
{
	return memcmp(ip.source.ip + 12, "\x0a\0\0\1", 4) == 0;
}

enum inner { FOUR, SIX };

/* A tunnel: IP protocol, or 0 and the ports of UDP; its header; what is inside. */
static const struct row {
	unsigned protocol, source, target;
	const char *header;
	size_t len;
	enum inner inner;
} rows[] = {
	{4, 0, 0, BYTES(""), FOUR},
	{41, 0, 0, BYTES(""), SIX},
	/* GRE: plain; checksum; key; sequence; all; Ethernet with key (NVGRE); MPLS; tags */
	{47, 0, 0, BYTES("\0\0\x08\0"), FOUR},
	{47, 0, 0, BYTES("\0\0\x86\xdd"), SIX},
	{47, 0, 0, BYTES("\x80\0\x08\0\1\2\0\0"), FOUR},
	{47, 0, 0, BYTES("\x20\0\x08\0\0\0\0\7"), FOUR},
	{47, 0, 0, BYTES("\x10\0\x08\0\0\0\0\7"), FOUR},
	{47, 0, 0, BYTES("\xb0\0\x08\0\1\2\0\0\0\0\0\7\0\0\0\x08"), FOUR},
	{47, 0, 0, BYTES("\x20\0\x65\x58\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{47, 0, 0, BYTES("\0\0\x88\x47\0\1\1\x40"), SIX},
	{47, 0, 0, BYTES("\0\0\x81\0\0\5\x08\0"), FOUR},
	/* PPTP: key, sequence, acknowledgement */
	{47, 0, 0, BYTES("\x30\x81\x88\x0b\0\x1d\0\1\0\0\0\1\0\0\0\2\xff\3\0\x21"), FOUR},
	{47, 0, 0, BYTES("\x30\1\x88\x0b\0\x1d\0\1\0\0\0\1\x21"), FOUR},
	/* ERSPAN I, II, III with Ethernet, III with IP and more */
	{47, 0, 0, BYTES("\0\0\x88\xbe\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{47, 0, 0, BYTES("\x10\0\x88\xbe\0\0\0\1\x10\5\0\1\0\0\0\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"),
         FOUR},
	{47, 0, 0,
         BYTES("\x10\0\x22\xeb\0\0\0\1\x20\5\0\1\0\0\0\0\0\0\0\0\2\2\2\2\2\2\4\4\4\4\4\4\x86\xdd"),
         SIX},
	{47, 0, 0, BYTES("\x10\0\x22\xeb\0\0\0\1\x20\5\0\1\0\0\0\0\0\0\x08\1\1\2\3\4\5\6\7\x08"),
         FOUR},
	{51, 0, 0, BYTES("\4\4\0\0\0\0\0\1\0\0\0\1\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c"), FOUR},
	{97, 0, 0, BYTES("\x30\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{137, 0, 0, BYTES("\0\1\1\x40"), FOUR},
	/* L2TPv3: no cookie, a cookie of 4 and a sublayer, PPP */
	{115, 0, 0, BYTES("\0\0\0\7\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{115, 0, 0, BYTES("\0\0\0\7\1\2\3\4\0\0\0\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{115, 0, 0, BYTES("\0\0\0\7\1\2\3\4\xff\3\0\x21"), FOUR},
	/* VXLAN, with a group, on Linux' old port; GPE */
	{0, 40000, 4789, BYTES("\x08\0\0\0\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 4789, BYTES("\x88\0\0\5\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x86\xdd"), SIX},
	{0, 40000, 8472, BYTES("\x08\0\0\0\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x81\0\0\5\x08\0"), FOUR},
	{0, 40000, 4790, BYTES("\x0c\0\0\1\0\0\7\0"), FOUR},
	{0, 40000, 4790, BYTES("\x0c\0\0\2\0\0\7\0"), SIX},
	{0, 40000, 4790, BYTES("\x0c\0\0\3\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 4790, BYTES("\x0c\0\0\5\0\0\7\0\0\1\1\x40"), FOUR},
	{0, 40000, 6635, BYTES("\0\1\1\x40"), FOUR},
	/* GENEVE: Ethernet, with options, IP */
	{0, 40000, 6081, BYTES("\0\0\x65\x58\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 6081,
         BYTES("\2\x40\x65\x58\0\0\7\0\1\2\3\1\1\2\3\4\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 6081, BYTES("\0\0\x86\xdd\0\0\7\0"), SIX},
	/* GTP-U: plain, sequence, extension headers */
	{0, 2152, 2152, BYTES("\x30\xff\0\x19\0\0\0\7"), FOUR},
	{0, 2152, 40000, BYTES("\x32\xff\0\x1d\0\0\0\7\0\1\0\0"), FOUR},
	{0, 40000, 2152, BYTES("\x34\xff\0\x39\0\0\0\7\0\0\0\x85\1\x10\1\xc0\1\0\0\0"), SIX},
	/* L2TP: plain, length, sequence and offset; version 3 */
	{0, 1701, 1701, BYTES("\0\2\0\1\0\1\xff\3\0\x21"), FOUR},
	{0, 1701, 40000, BYTES("\x40\2\0\x25\0\1\0\1\xff\3\0\x21"), FOUR},
	{0, 40000, 1701, BYTES("\x0a\2\0\1\0\1\0\1\0\1\0\2\0\0\xff\3\0\x57"), SIX},
	{0, 1701, 1701, BYTES("\0\3\0\0\0\0\0\7\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	/* Teredo: plain, origin, authentication and origin */
	{0, 40000, 3544, BYTES(""), SIX},
	{0, 3544, 40000, BYTES("\0\0\x63\xbf\x3f\xff\xfd\xfe"), SIX},
	{0, 3544, 40000, BYTES("\0\1\1\2x\1\2\1\2\3\4\5\6\7\x08\0\0\0\x63\xbf\x3f\xff\xfd\xfe"),
         SIX},
};

static size_t build(const struct row *row)
{
	size_t inner = row->inner == SIX ? 45 : 25, udp = row->protocol == 0 ? UDP_HEADER : 0;
	begin("", 0);
	put_outer(udp + row->len + inner, udp > 0 ? 17 : row->protocol);
	if (udp > 0) {
		put16(row->source);
		put16(row->target);
		put16((unsigned)(udp + row->len + inner));
		put16(0);
	}
	put(row->header, row->len);
	put_hello(row->inner == SIX);
	return OUTER + udp + row->len + inner - 5;
}

START_TEST(each_tunnel_leads_to_the_packet_in_it)
{
	size_t at = build(&rows[_i]);
	ck_assert_int_eq(decode(101, 0), NET_IP);
	expect_payload((uint32_t)at, "hello");
	ck_assert(!is_outer());
}
END_TEST

/* Over UDP it may also be too little to show a tunnel: then it is the datagram. */
START_TEST(a_tunnel_that_is_cut_is_said_to_be_or_stays_the_outer_packet)
{
	size_t at = build(&rows[_i]), whole = frame.len;
	for (size_t len = at - 1; len >= OUTER; len--) {
		frame.len = len;
		enum net_fate fate = decode(101, (uint32_t)whole);
		ck_assert(fate == NET_CUT || (fate == NET_IP && is_outer()));
		if (fate == NET_IP)
			ck_assert_uint_eq(ip.payload.len + ip.missing, whole - OUTER);
	}
}
END_TEST

/* What looks like a tunnel and is none: it stays what it is outside. */
static const struct row outside[] = {
	{0, 40000, 4789, BYTES("\0\0\0\0\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 4789, BYTES("\x08\0\0\0\0\0\7\1\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 4789, BYTES("\x08\0\0\0\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\6"), FOUR},
	{0, 40000, 4789, BYTES("\x08\0\0\0\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0\x55"), FOUR},
	{0, 4789, 40000, BYTES("\x08\0\0\0\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 4790, BYTES("\x3c\0\0\1\0\0\7\0"), FOUR},
	{0, 40000, 4790, BYTES("\x0c\0\0\4\0\0\7\0"), FOUR},
	{0, 40000, 6081, BYTES("\x40\0\x65\x58\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 6081, BYTES("\0\1\x65\x58\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 6081, BYTES("\0\0\x65\x58\0\0\7\1\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 40000, 6081, BYTES("\0\0\x08\6\0\0\7\0"), FOUR},
	{0, 40000, 6081, BYTES("\x3f\0\x08\0\0\0\7\0"), FOUR},
	{0, 2152, 2152, BYTES("\x50\xff\0\x19\0\0\0\7"), FOUR},
	{0, 2152, 2152, BYTES("\x30\1\0\x19\0\0\0\7"), FOUR},
	{0, 2152, 2152, BYTES("\x30\xff\0\x20\0\0\0\7"), FOUR},
	{0, 2152, 2152, BYTES("\x30\xff\0\x10\0\0\0\7"), FOUR},
	{0, 2152, 2152, BYTES("\x34\xff\0\x25\0\0\0\7\0\0\0\x85\0\x10\1\xc0\0\0\0\0"), FOUR},
	{0, 1701, 1701, BYTES("\x80\2\0\1\0\1\xff\3\0\x21"), FOUR},
	{0, 1701, 1701, BYTES("\x20\2\0\1\0\1\xff\3\0\x21"), FOUR},
	{0, 1701, 1701, BYTES("\x40\2\0\x24\0\1\0\1\xff\3\0\x21"), FOUR},
	{0, 1701, 1701, BYTES("\0\2\0\1\0\1\xff\3\xc0\x21"), FOUR},
	{0, 1701, 1701, BYTES("\0\3\0\0\0\0\0\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{0, 1701, 1701, BYTES("\0\3\0\0\0\0\0\7\2\2\2\2\2\2\4\4\4\4\4\4\x08\6"), FOUR},
	{0, 40000, 3544, BYTES("\0\0\x63\xbf\x3f\xff\xfd"), SIX},
	{0, 40000, 3544, BYTES(""), FOUR},
	{0, 40000, 443, BYTES("\x30\xff\0\x19\0\0\0\7"), FOUR},
	{47, 0, 0, BYTES("\0\0\x08\6"), FOUR},
	{47, 0, 0, BYTES("\x40\0\x08\0"), FOUR},
	{47, 0, 0, BYTES("\0\2\x08\0"), FOUR},
	{47, 0, 0, BYTES("\x20\1\x08\0\0\0\0\0"), FOUR},
	{47, 0, 0, BYTES("\x10\0\x88\xbe\0\0\0\1\x20\5\0\1\0\0\0\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"),
         FOUR},
	{47, 0, 0, BYTES("\x10\0\x22\xeb\0\0\0\1\x10\5\0\1\0\0\0\0\0\0\x08\0"), FOUR},
	{47, 0, 0, BYTES("\x10\0\x22\xeb\0\0\0\1\x20\5\0\1\0\0\0\0\0\0\x04\0"), FOUR},
	{97, 0, 0, BYTES("\x20\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{115, 0, 0, BYTES("\0\0\0\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"), FOUR},
	{137, 0, 0, BYTES("\0\1\1\x40\x10\0\0\0"), FOUR},
	{132, 0, 0, BYTES("\0\0\x08\0"), FOUR},
};

START_TEST(what_only_looks_like_a_tunnel_stays_the_packet_that_it_is)
{
	build(&outside[_i]);
	ck_assert_int_eq(decode(101, 0), NET_IP);
	ck_assert(is_outer());
	ck_assert_uint_eq(ip.payload_at, OUTER);
	ck_assert_uint_eq(ip.payload.len, frame.len - OUTER);
	ck_assert_uint_eq(ip.missing, 0);
	ck_assert_uint_eq(ip.protocol, outside[_i].protocol == 0 ? 17 : outside[_i].protocol);
}
END_TEST

START_TEST(an_acknowledgement_of_pptp_carries_nothing)
{
	begin("", 0);
	put_outer(12, 47);
	put("\x20\x81\x88\x0b\0\0\0\1\0\0\0\2", 12);
	ck_assert_int_eq(decode(101, 0), NET_IP);
	ck_assert(is_outer());
}
END_TEST

START_TEST(a_datagram_whose_length_lies_is_no_tunnel)
{
	for (unsigned len = 0; len <= 9; len += 3) {
		build(&rows[35]); /* GTP-U */
		ck_assert_int_eq(frame.bytes[OUTER], 2152 >> 8);
		frame.bytes[OUTER + 5] = (uint8_t)(len < 9 ? len : 200);
		ck_assert_int_eq(decode(101, 0), NET_IP);
		ck_assert(is_outer());
	}
}
END_TEST

START_TEST(sealed_packets_are_named)
{
	begin("", 0);
	put_outer(16, 50);
	put_zeros(16);
	ck_assert_int_eq(decode(101, 0), NET_ESP);
	begin("", 0);
	put_outer(12 + 16, 51);
	put("\x32\1\0\0\0\0\0\1\0\0\0\1", 12);
	put_zeros(16);
	ck_assert_int_eq(decode(101, 0), NET_ESP);
}
END_TEST

START_TEST(a_frame_that_a_switch_has_cut_counts_what_it_left_out)
{
	static const char *const header[] = {
		"\x10\0\x88\xbe\0\0\0\1\x10\5\4\1\0\0\0\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0",
		"\x10\0\x22\xeb\0\0\0\1\x20\5\4\1\0\0\0\0\0\0\0\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0",
	};
	for (int i = 0; i < 2; i++) {
		size_t len = i == 0 ? 30 : 34;
		begin("", 0);
		put_outer(len + 25, 47);
		put(header[i], len);
		put_ipv4(0x45, 1500, 0, 6);
		put("hello", 5);
		ck_assert_int_eq(decode(101, 0), NET_IP);
		expect_payload((uint32_t)(OUTER + len + 20), "hello");
		ck_assert_uint_eq(ip.missing, 1475);
	}
}
END_TEST

/* Puts `n` tunnels around a packet, the innermost last. */
static enum net_fate nested(unsigned n)
{
	begin("", 0);
	for (unsigned i = n; i > 0; i--) {
		size_t inner = (i - 1) * 50 + 25;
		put_outer(inner + 30, 17);
		put16(40000);
		put16(4789);
		put16((unsigned)inner + 30);
		put16(0);
		put("\x08\0\0\0\0\0\7\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0", 22);
	}
	put_hello(false);
	return decode(101, 0);
}

START_TEST(tunnels_in_tunnels_have_a_bound)
{
	ck_assert_int_eq(nested(7), NET_IP);
	expect_payload(7 * 50 + 20, "hello");
	ck_assert_int_eq(nested(8), NET_TOO_DEEP);
	begin("", 0);
	for (unsigned i = 100; i > 0; i--) {
		put_outer((i - 1) * 32 + 12, 51);
		put("\x33\1\0\0\0\0\0\1\0\0\0\1", 12);
	}
	frame.bytes[20] = 51;
	for (unsigned i = 0; i < 100; i++)
		memcpy(frame.bytes + 20 + 12 * i, "\x33\1\0\0\0\0\0\1\0\0\0\1", 12);
	ck_assert_int_eq(decode(101, 0), NET_TOO_DEEP);
}
END_TEST

START_TEST(a_fragment_is_not_looked_into_and_the_whole_is)
{
	size_t at = build(&rows[3]); /* GRE */
	frame.bytes[6] = 0x20;
	ck_assert_int_eq(decode(101, 0), NET_IP);
	ck_assert(ip.fragment && is_outer());
	ip.fragment = ip.more_fragments = false;
	ck_assert_int_eq(net_inside(&ip), NET_IP);
	expect_payload((uint32_t)at, "hello");
	ck_assert(!is_outer());
}
END_TEST

START_TEST(fragments_inside_a_tunnel_are_named)
{
	begin("", 0);
	put_outer(4 + 28, 47);
	put("\0\0\x08\0", 4);
	put_ipv4(0x45, 28, 0x2000, 6);
	put_zeros(8);
	ck_assert_int_eq(decode(101, 0), NET_IP);
	ck_assert(ip.fragment && !is_outer());
}
END_TEST

Suite *tunnel_suite(void);

Suite *tunnel_suite(void)
{
	Suite *suite = suite_create("tunnel");
	TCase *all = tcase_create("all");
	const int n_rows = sizeof rows / sizeof *rows;
	tcase_add_loop_test(all, each_tunnel_leads_to_the_packet_in_it, 0, n_rows);
	tcase_add_loop_test(all, a_tunnel_that_is_cut_is_said_to_be_or_stays_the_outer_packet, 0,
	                    n_rows);
	tcase_add_loop_test(all, what_only_looks_like_a_tunnel_stays_the_packet_that_it_is, 0,
	                    sizeof outside / sizeof *outside);
	tcase_add_test(all, an_acknowledgement_of_pptp_carries_nothing);
	tcase_add_test(all, a_datagram_whose_length_lies_is_no_tunnel);
	tcase_add_test(all, sealed_packets_are_named);
	tcase_add_test(all, a_frame_that_a_switch_has_cut_counts_what_it_left_out);
	tcase_add_test(all, tunnels_in_tunnels_have_a_bound);
	tcase_add_test(all, a_fragment_is_not_looked_into_and_the_whole_is);
	tcase_add_test(all, fragments_inside_a_tunnel_are_named);
	suite_add_tcase(suite, all);
	return suite;
}
