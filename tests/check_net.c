#include "tests/net_frame.h"

START_TEST(ethernet_padding_is_cut_by_the_length_of_ip)
{
	begin_ethernet(0x0800);
	put_ipv4(0x45, 25, 0, 6);
	put("hello", 5);
	put_zeros(21);
	ck_assert_int_eq(decode(1, 0), NET_IP);
	expect_payload(34, "hello");
	ck_assert_uint_eq(ip.missing, 0);
	ck_assert_uint_eq(ip.ttl, 64);
	ck_assert_int_eq(memcmp(ip.source.ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16), 0);
	ck_assert_int_eq(memcmp(ip.target.ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc6\x33\x64\2", 16), 0);
}
END_TEST

START_TEST(payload_that_the_capture_cut_is_counted_as_missing)
{
	begin_ethernet(0x0800);
	put_ipv4(0x45, 120, 0, 6);
	put("hello", 5);
	ck_assert_int_eq(decode(1, 134), NET_IP);
	expect_payload(34, "hello");
	ck_assert_uint_eq(ip.missing, 95);
}
END_TEST

START_TEST(ipv4_options_are_skipped)
{
	begin_ethernet(0x0800);
	put_ipv4(0x47, 33, 0, 6);
	put_zeros(8);
	put("hello", 5);
	ck_assert_int_eq(decode(1, 0), NET_IP);
	expect_payload(42, "hello");
}
END_TEST

START_TEST(a_total_length_of_zero_means_all_that_is_there)
{
	begin_ethernet(0x0800);
	put_ipv4(0x45, 0, 0, 6);
	put("hello", 5);
	ck_assert_int_eq(decode(1, 0), NET_IP);
	expect_payload(34, "hello");
}
END_TEST

START_TEST(lengths_that_contradict_are_malformed)
{
	static const struct {
		unsigned first, total;
	} lie[] = {{0x40, 25}, {0x44, 25}, {0x4f, 25}, {0x45, 10}, {0x45, 60000}, {0x55, 25}};
	for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
		begin_ethernet(0x0800);
		put_ipv4(lie[i].first, lie[i].total, 0, 6);
		put("hello", 5);
		ck_assert_int_eq(decode(1, 0), NET_MALFORMED);
	}
}
END_TEST

START_TEST(headers_cut_by_the_capture_are_not_called_malformed)
{
	begin_ethernet(0x0800);
	put_ipv4(0x45, 25, 0, 6);
	for (size_t len = frame.len - 1; len > 0; len--) {
		frame.len = len;
		ck_assert_int_eq(decode(1, 60), NET_CUT);
		ck_assert_int_eq(decode(1, 0), NET_MALFORMED);
	}
	frame.len = 0;
	ck_assert_int_eq(decode(1, 60), NET_EMPTY);
}
END_TEST

START_TEST(vlan_tags_are_passed_up_to_their_bound)
{
	static const unsigned tag[] = {0x8100, 0x88a8, 0x9100};
	for (unsigned n = 1; n <= VLAN_DEPTH + 1; n++) {
		begin_ethernet(tag[n % 3]);
		for (unsigned i = 1; i <= n; i++) {
			put16(5);
			put16(i < n ? tag[i % 3] : 0x0800);
		}
		put_ipv4(0x45, 25, 0, 6);
		put("hello", 5);
		ck_assert_int_eq(decode(1, 0), n <= VLAN_DEPTH ? NET_IP : NET_TOO_DEEP);
		if (n <= VLAN_DEPTH)
			expect_payload(34 + 4 * n, "hello");
	}
}
END_TEST

START_TEST(every_link_type_leads_to_ip)
{
	static const struct {
		uint16_t link, len;
		bool six;
		const char *header;
	} link[] = {
		{0, 4, false, "\2\0\0\0"},
		{0, 4, false, "\0\0\0\2"},
		{0, 4, true, "\x1e\0\0\0"},
		{108, 4, true, "\0\0\0\x18"},
		{0, 4, true, "\x0a\0\0\0"},
		{12, 0, false, ""},
		{14, 0, true, ""},
		{101, 0, false, ""},
		{101, 0, true, ""},
		{228, 0, false, ""},
		{229, 0, true, ""},
		{113, 16, false, "\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x08\0"},
		{276, 20, true, "\x86\xdd\0\0\0\0\0\2\0\1\0\6\0\0\0\0\0\0\0\0"},
	};
	for (size_t i = 0; i < sizeof link / sizeof *link; i++) {
		frame.len = 0;
		put(link[i].header, link[i].len);
		put_hello(link[i].six);
		ck_assert_int_eq(decode(link[i].link, 0), NET_IP);
		expect_payload(link[i].len + (link[i].six ? 40U : 20U), "hello");
	}
}
END_TEST

START_TEST(what_is_no_ip_is_told_from_unknown_links)
{
	begin_ethernet(0x0806);
	put_zeros(28);
	ck_assert_int_eq(decode(1, 0), NET_NOT_IP);
	ck_assert_int_eq(decode(65000, 0), NET_LINK_UNKNOWN);
	begin_ethernet(38); /* a length: LLC */
	put_zeros(38);
	ck_assert_int_eq(decode(1, 0), NET_NOT_IP);
}
END_TEST

START_TEST(ipv6_extension_headers_are_passed_up_to_their_bound)
{
	for (unsigned n = 1; n <= EXTENSION_DEPTH + 1; n++) {
		begin_ethernet(0x86dd);
		put_ipv6(n * 8 + 5, 0);
		for (unsigned i = 1; i <= n; i++) {
			put8(i < n ? 60 : 6);
			put_zeros(7);
		}
		put("hello", 5);
		ck_assert_int_eq(decode(1, 0), n <= EXTENSION_DEPTH ? NET_IP : NET_TOO_DEEP);
		if (n <= EXTENSION_DEPTH)
			expect_payload(54 + 8 * n, "hello");
	}
}
END_TEST

START_TEST(an_authentication_header_counts_in_units_of_four)
{
	begin_ethernet(0x86dd);
	put_ipv6(24 + 5, 51);
	put8(6);
	put8(4); /* (4 + 2) * 4 = 24 bytes */
	put_zeros(22);
	put("hello", 5);
	ck_assert_int_eq(decode(1, 0), NET_IP);
	expect_payload(54 + 24, "hello");
}
END_TEST

START_TEST(an_extension_header_beyond_the_packet_is_malformed)
{
	begin_ethernet(0x86dd);
	put_ipv6(8, 60);
	put8(6);
	put8(255);
	put_zeros(6);
	ck_assert_int_eq(decode(1, 0), NET_MALFORMED);
}
END_TEST

START_TEST(fragments_of_both_versions_are_named)
{
	begin_ethernet(0x0800);
	put_ipv4(0x45, 28, 0x2000 | 3, 17);
	put_zeros(8);
	ck_assert_int_eq(decode(1, 0), NET_IP);
	ck_assert(ip.fragment && ip.more_fragments);
	ck_assert_uint_eq(ip.fragment_at, 24);
	ck_assert_uint_eq(ip.fragment_id, 7);
	ck_assert_uint_eq(ip.protocol, 17);

	begin_ethernet(0x86dd);
	put_ipv6(16, 44);
	put8(17);
	put8(0);
	put16(24);
	put("\1\2\3\4", 4);
	put_zeros(8);
	ck_assert_int_eq(decode(1, 0), NET_IP);
	ck_assert(ip.fragment && !ip.more_fragments);
	ck_assert_uint_eq(ip.fragment_at, 24);
	ck_assert_uint_eq(ip.fragment_id, 0x01020304);
	ck_assert_uint_eq(ip.payload.len, 8);
}
END_TEST

START_TEST(a_packet_that_may_not_be_cut_is_no_fragment)
{
	begin_ethernet(0x0800);
	put_ipv4(0x45, 25, 0x4000, 6);
	put("hello", 5);
	ck_assert_int_eq(decode(1, 0), NET_IP);
	ck_assert(!ip.fragment);
}
END_TEST

START_TEST(an_only_fragment_of_ipv6_is_none)
{
	begin_ethernet(0x86dd);
	put_ipv6(13, 44);
	put8(6);
	put_zeros(7);
	put("hello", 5);
	ck_assert_int_eq(decode(1, 0), NET_IP);
	ck_assert(!ip.fragment);
	expect_payload(62, "hello");
}
END_TEST

START_TEST(ip_in_ip_is_passed_up_to_a_bound)
{
	frame.len = 0;
	put_ipv4(0x45, 20 + 40 + 20 + 5, 0, 41);
	put_ipv6(25, 4);
	put_ipv4(0x45, 25, 0, 6);
	put("hello", 5);
	ck_assert_int_eq(decode(101, 0), NET_IP);
	expect_payload(80, "hello");
	frame.len = 0;
	for (unsigned i = 0; i < 100; i++)
		put_ipv4(0x45, (100 - i) * 20, 0, 4);
	ck_assert_int_eq(decode(101, 0), NET_TOO_DEEP);
}
END_TEST

START_TEST(both_directions_meet_in_one_shard_and_pairs_spread)
{
	uint32_t used[SHARDS] = {0};
	for (unsigned i = 0; i < 6400; i++) {
		struct ip_packet there = {0};
		memcpy(there.source.ip, "\x20\1\x0d\xb8", 4);
		there.source.ip[14] = (uint8_t)(i >> 8);
		there.source.ip[15] = (uint8_t)i;
		memcpy(there.target.ip, "\x20\1\x0d\xb8\1", 5);
		struct ip_packet back = {.source = there.target, .target = there.source};
		ck_assert_uint_lt(net_shard(&there), SHARDS);
		ck_assert_uint_eq(net_shard(&there), net_shard(&back));
		used[net_shard(&there)]++;
	}
	for (unsigned i = 0; i < SHARDS; i++)
		ck_assert_uint_gt(used[i], 50); /* 100 on average */
}
END_TEST

START_TEST(every_fate_has_a_name)
{
	for (int f = 0; f < NET_FATES; f++)
		ck_assert_str_ne(net_fate_name((enum net_fate)f), "");
	ck_assert_str_eq(net_fate_name(NET_MALFORMED), "ip-malformed");
}
END_TEST

START_TEST(options_that_the_capture_cut_are_not_called_malformed)
{
	begin_ethernet(0x0800);
	put_ipv4(0x47, 33, 0, 6);
	put_zeros(4);
	ck_assert_int_eq(decode(1, 60), NET_CUT);
}
END_TEST

START_TEST(ipv6_that_contradicts_itself_is_malformed)
{
	begin_ethernet(0x86dd);
	put_ipv6(6, 6);
	put("hello", 5);
	ck_assert_int_eq(decode(1, 0), NET_MALFORMED);
}
END_TEST

START_TEST(extension_headers_of_a_whole_datagram_may_be_malformed_or_fragments_again)
{
	static const uint8_t cut[] = {6, 1, 0, 0, 0, 0, 0, 0},
			     fragment[] = {6, 0, 0, 8, 0, 0, 0, 1};
	struct ip_packet p = {.payload = {cut, sizeof cut}, .protocol = 60};
	ck_assert(!net_skip_extensions(&p));
	p = (struct ip_packet){.payload = {fragment, sizeof fragment}, .protocol = 44};
	ck_assert(!net_skip_extensions(&p));
}
END_TEST

Suite *net_suite(void);

Suite *net_suite(void)
{
	Suite *suite = suite_create("net");
	TCase *all = tcase_create("all");
	tcase_add_test(all, ethernet_padding_is_cut_by_the_length_of_ip);
	tcase_add_test(all, payload_that_the_capture_cut_is_counted_as_missing);
	tcase_add_test(all, ipv4_options_are_skipped);
	tcase_add_test(all, a_total_length_of_zero_means_all_that_is_there);
	tcase_add_test(all, lengths_that_contradict_are_malformed);
	tcase_add_test(all, headers_cut_by_the_capture_are_not_called_malformed);
	tcase_add_test(all, vlan_tags_are_passed_up_to_their_bound);
	tcase_add_test(all, every_link_type_leads_to_ip);
	tcase_add_test(all, what_is_no_ip_is_told_from_unknown_links);
	tcase_add_test(all, ipv6_extension_headers_are_passed_up_to_their_bound);
	tcase_add_test(all, an_authentication_header_counts_in_units_of_four);
	tcase_add_test(all, an_extension_header_beyond_the_packet_is_malformed);
	tcase_add_test(all, fragments_of_both_versions_are_named);
	tcase_add_test(all, a_packet_that_may_not_be_cut_is_no_fragment);
	tcase_add_test(all, an_only_fragment_of_ipv6_is_none);
	tcase_add_test(all, ip_in_ip_is_passed_up_to_a_bound);
	tcase_add_test(all, both_directions_meet_in_one_shard_and_pairs_spread);
	tcase_add_test(all, every_fate_has_a_name);
	tcase_add_test(all, options_that_the_capture_cut_are_not_called_malformed);
	tcase_add_test(all, ipv6_that_contradicts_itself_is_malformed);
	tcase_add_test(all,
	               extension_headers_of_a_whole_datagram_may_be_malformed_or_fragments_again);
	suite_add_tcase(suite, all);
	return suite;
}
