#include "tests/net_frame.h"

#define BYTES(text) text, sizeof(text) - 1

enum inner { FOUR, SIX };

/* A link header of known bytes, and what follows it. */
static const struct row {
	uint16_t link;
	const char *header;
	size_t len;
	enum inner inner;
} rows[] = {
	/* tags of both kinds around PPPoE, MPLS, PPP */
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\xa8\0\5\x81\0\0\6\x88\x64\x11\0\0\1\0\x1b\0\x21"),
         FOUR},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x64\x11\0\0\1\0\x2f\0\x57"), SIX},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x64\x11\0\0\1\0\x1a\x21"), FOUR},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x64\x11\0\0\1\0\x1f\2\x81\0\1\1\x40"), FOUR},
	/* MPLS: one label, two labels, a pseudo-wire with and without control word */
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x47\0\1\1\x40"), FOUR},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x48\0\1\0\x40\0\2\1\x40"), SIX},
	{1,
         BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x47\0\1\1\x40\0\0\0\0\2\2\2\2\2\2\4\4\4\4\4\4\x08\0"),
         FOUR},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x47\0\1\1\x40\2\2\2\2\2\2\4\4\4\4\4\4\x86\xdd"),
         SIX},
	{1,
         BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x47\0\1\1\x40\x60\2\2\2\2\2\4\4\4\4\4\4\x81\0\0\5\x08"
               "\0"),
         FOUR},
	/* 802.3 with LLC: IP itself, SNAP, SNAP of 802.1H; behind a tag too */
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\x1c\6\6\3"), FOUR},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\x21\xaa\xaa\3\0\0\0\x08\0"), FOUR},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x81\0\0\5\0\x35\xaa\xaa\3\0\0\xf8\x86\xdd"), SIX},
	/* MACsec that only signs, with and without channel */
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\xe5\x02\0\0\0\0\1\x08\0"), FOUR},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\xe5\x22\0\0\0\0\1\1\2\3\4\5\6\7\x08\x08\0"), FOUR},
	/* PPP, with and without address and control; HDLC of Cisco's kind */
	{9, BYTES("\xff\3\0\x21"), FOUR},
	{9, BYTES("\x21"), FOUR},
	{9, BYTES("\0\x57"), SIX},
	{50, BYTES("\xff\3\2\x83\0\1\1\x40"), SIX},
	{50, BYTES("\x0f\0\x08\0"), FOUR},
	{50, BYTES("\x8f\0\x86\xdd"), SIX},
	{51, BYTES("\x11\0\0\1\0\x1b\0\x21"), FOUR},
	{104, BYTES("\x0f\0\x08\0"), FOUR},
	{204, BYTES("\1\xff\3\0\x21"), FOUR},
	{10, BYTES("\x50\0\0\0\0\0\0\0\0\0\0\0\0\xaa\xaa\3\0\0\0\x08\0"), FOUR},
	/* what systems put before a packet */
	{109, BYTES("\2\0\0\0\0\0\0\1\0\0\0\0"), FOUR},
	{117,
         BYTES("\x3d\2\0\0em0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
         FOUR},
	{226, BYTES("\1\2\0\0\0\0\0\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), FOUR},
	{239, BYTES("\2\0\0\0\x08\0\1\0\x08\0\3\0\6\0\x0a\0a\0\0\0\x1d\0\x09\0"), FOUR},
	{239, BYTES("\2\0\0\0\0\x08\0\1\0\0\3\0\0\x1d\0\x09"), FOUR},
	{258, BYTES("\x10\0\0\0\1\0\0\0\x65\0\0\0\0\0\0\0"), SIX},
	{192, BYTES("\0\0\x0c\0\1\0\0\0\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\0\x08\0"), FOUR},
	{113, BYTES("\0\0\0\1\0\6\0\0\0\0\0\0\0\0\0\4\xaa\xaa\3\0\0\0\x08\0"), FOUR},
	/* 802.11: data, QoS data, four addresses, HT control, a padded header */
	{105, BYTES("\x08\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\xaa\xaa\3\0\0\0\x08\0"),
         FOUR},
	{105,
         BYTES("\x88\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\xaa\xaa\3\0\0\0\x86\xdd"),
         SIX},
	{105,
         BYTES("\x08\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\xaa\xaa\3\0\0\0"
               "\x08\0"),
         FOUR},
	{105,
         BYTES("\x88\x82\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\1\2\3\4\xaa\xaa\3\0\0\0"
               "\x08\0"),
         FOUR},
	{105,
         BYTES("\x88\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\xaa\xaa\3\0\0\0\x08"
               "\0"),
         FOUR},
	{127,
         BYTES("\0\0\x09\0\2\0\0\0\x10\x08\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\xaa\xaa"
               "\3\0\0\0\x08\0"),
         FOUR},
	{163,
         BYTES("\x80\x21\x10\1\0\0\0\x0c\0\0\0\0\x08\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
               "\xaa\xaa\3\0\0\0\x08\0"),
         FOUR},
};

static void build(const struct row *row)
{
	begin(row->header, row->len);
	put_hello(row->inner == SIX);
}

START_TEST(each_header_leads_to_the_packet_behind_it)
{
	const struct row *row = &rows[_i];
	build(row);
	ck_assert_int_eq(decode(row->link, 0), NET_IP);
	expect_payload((uint32_t)row->len + (row->inner == SIX ? 40U : 20U), "hello");
}
END_TEST

START_TEST(a_header_that_the_capture_cuts_is_called_cut_and_one_that_ends_is_not)
{
	const struct row *row = &rows[_i];
	build(row);
	uint32_t whole = (uint32_t)frame.len;
	for (size_t len = whole - 6; len > 0; len--) {
		frame.len = len;
		enum net_fate cut = decode(row->link, whole), ends = decode(row->link, 0);
		ck_assert(cut == NET_CUT || cut == NET_NOT_IP);
		ck_assert(ends == NET_MALFORMED || ends == NET_NOT_IP);
	}
}
END_TEST

static const struct no_ip {
	uint16_t link;
	const char *header;
	size_t len;
	enum net_fate fate;
} no_ip[] = {
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x63\x11\x09\0\0\0\0"), NET_NOT_IP}, /* discovery */
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x64\x21\0\0\1\0\x1b\0\x21"), NET_NOT_IP},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x64\x11\xa7\0\1\0\x1b\0\x21"), NET_NOT_IP},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x64\x11\0\0\1\1\0\0\x21"), NET_MALFORMED},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x64\x11\0\0\1\0\6\xc0\x21"), NET_NOT_IP}, /* LCP */
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\x47\0\1\1\x40\x10\0\0\0\0\0\0\0\0\0"), NET_NOT_IP},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\x1c\xe0\xe0\3"), NET_NOT_IP},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\x1c\xaa\xaa\3\1\2\3\x08\0"), NET_NOT_IP},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\x1c\xaa\xaa\3\0\0\0\0\1"), NET_NOT_IP},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\5\0\6\6\3"), NET_NOT_IP}, /* a length that lies */
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\xe5\x0c\0\0\0\0\1"), NET_MACSEC},
	{1, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x88\xe5\x2e\0\0\0\0\1\1\2\3\4\5\6\7\x08"), NET_MACSEC},
	{113, BYTES("\0\0\0\1\0\6\0\0\0\0\0\0\0\0\0\1"), NET_NOT_IP},
	{117, BYTES("\0\2\0\0"), NET_MALFORMED},
	{127, BYTES("\0\0\7\0\2\0\0\0"), NET_MALFORMED},
	{192, BYTES("\0\0\7\0\1\0\0\0\0"), NET_MALFORMED},
	{192, BYTES("\0\0\x20\0\1\0\0\0\0"), NET_MALFORMED},
	{192, BYTES("\0\0\x08\0\xbd\0\0\0"), NET_LINK_UNKNOWN},
	{258, BYTES("\x0b\0\0\0\1\0\0\0\x65\0\0\0"), NET_MALFORMED},
	{163, BYTES("\x80\x21\x10\1\0\0\0\7"), NET_MALFORMED},
	{163, BYTES("\x80\x21\x10\2\0\0\1\1"), NET_MALFORMED},
	{239, BYTES("\2\0\0\0\x08\0\1\0"), NET_NOT_IP}, /* no payload in it */
	{239, BYTES("\2\0\0\0\3\0\1\0"), NET_MALFORMED},
	{105, BYTES("\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), NET_NOT_IP}, /* beacon */
	{105, BYTES("\x48\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
         NET_NOT_IP}, /* no data */
	{105, BYTES("\x08\x41\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), NET_WLAN_PROTECTED},
	{105, BYTES("\x08\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), NET_WLAN_PIECES},
	{105, BYTES("\x08\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0"), NET_WLAN_PIECES},
	{105, BYTES("\x88\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0"), NET_WLAN_PIECES},
};

START_TEST(what_holds_no_ip_is_told_by_its_kind)
{
	begin(no_ip[_i].header, no_ip[_i].len);
	if (no_ip[_i].fate != NET_MALFORMED)
		put_zeros(4);
	ck_assert_int_eq(decode(no_ip[_i].link, 0), no_ip[_i].fate);
}
END_TEST

START_TEST(prisms_header_has_its_one_length)
{
	begin("\0\0\0\x44\0\0\0\x90", 8);
	put_zeros(136);
	put("\x08\1", 2);
	put_zeros(22);
	put("\xaa\xaa\3\0\0\0\x08\0", 8);
	put_hello(false);
	ck_assert_int_eq(decode(119, 0), NET_IP);
	expect_payload(144 + 24 + 8 + 20, "hello");
}
END_TEST

START_TEST(labels_are_passed_up_to_their_bound)
{
	for (unsigned n = 1; n <= MPLS_DEPTH + 1; n++) {
		begin_ethernet(0x8847);
		for (unsigned i = 1; i <= n; i++)
			put32(i < n ? 0x00001040 : 0x00001140);
		put_hello(false);
		ck_assert_int_eq(decode(1, 0), n <= MPLS_DEPTH ? NET_IP : NET_TOO_DEEP);
	}
}
END_TEST

/* A frame of `n` equal headers, each of which announces the next. */
static enum net_fate nested(uint16_t link, size_t before, const char *header, size_t len,
                            unsigned n)
{
	begin("", 0);
	put_zeros(before);
	for (unsigned i = 0; i < n; i++)
		put(header, len);
	put_zeros(40);
	return decode(link, 0);
}

START_TEST(headers_in_headers_have_a_bound)
{
	static const struct {
		uint16_t link;
		size_t before;
		const char *header;
		size_t len;
	} in_itself[] = {
		{192, 0, BYTES("\0\0\x08\0\xc0\0\0\0")},       /* PPI */
		{258, 0, BYTES("\x0c\0\0\0\1\0\0\0\2\1\0\0")}, /* PKTAP */
		{1, 0, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x65\x58")},
		{104, 2, BYTES("\x88\xe5\x02\0\0\0\0\1")}, /* MACsec */
	};
	for (size_t i = 0; i < sizeof in_itself / sizeof *in_itself; i++)
		for (unsigned n = 8; n <= 24; n += 16) {
			enum net_fate fate = nested(in_itself[i].link, in_itself[i].before,
			                            in_itself[i].header, in_itself[i].len, n);
			ck_assert_int_eq(fate == NET_TOO_DEEP, n == 24);
		}
}
END_TEST

START_TEST(llc_behind_tags_in_llc_has_the_same_bound)
{
	for (unsigned n = 8; n <= 24; n += 16) {
		begin("", 0);
		put_zeros(13); /* FDDI */
		for (unsigned i = n; i > 0; i--) {
			put("\xaa\xaa\3\0\0\0\x81\0\0\5", 10);
			put16((i - 1) * 12 + 3 + 25);
		}
		put("\6\6\3", 3);
		put_hello(false);
		ck_assert_int_eq(decode(10, 0), n == 8 ? NET_IP : NET_TOO_DEEP);
	}
}
END_TEST

Suite *link_suite(void);

Suite *link_suite(void)
{
	Suite *suite = suite_create("link");
	TCase *all = tcase_create("all");
	tcase_add_loop_test(all, each_header_leads_to_the_packet_behind_it, 0,
	                    sizeof rows / sizeof *rows);
	tcase_add_loop_test(all,
	                    a_header_that_the_capture_cuts_is_called_cut_and_one_that_ends_is_not,
	                    0, sizeof rows / sizeof *rows);
	tcase_add_loop_test(all, what_holds_no_ip_is_told_by_its_kind, 0,
	                    sizeof no_ip / sizeof *no_ip);
	tcase_add_test(all, prisms_header_has_its_one_length);
	tcase_add_test(all, labels_are_passed_up_to_their_bound);
	tcase_add_test(all, headers_in_headers_have_a_bound);
	tcase_add_test(all, llc_behind_tags_in_llc_has_the_same_bound);
	suite_add_tcase(suite, all);
	return suite;
}
