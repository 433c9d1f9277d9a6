#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "src/capture/source.h"

/* A capture under construction. */
struct draft {
	uint8_t bytes[1 << 20];
	size_t len;
	bool big;
};

static struct draft draft;

static void put(const void *at, size_t n)
{
	ck_assert_uint_le(n, sizeof draft.bytes - draft.len);
	memcpy(draft.bytes + draft.len, at, n);
	draft.len += n;
}

static void put_number(uint64_t v, size_t n)
{
	uint8_t b[8];
	for (size_t i = 0; i < n; i++)
		b[draft.big ? n - 1 - i : i] = (uint8_t)(v >> 8 * i);
	put(b, n);
}

static void put16(uint32_t v)
{
	put_number(v, 2);
}

static void put32(uint64_t v)
{
	put_number(v, 4);
}

static void put_filler(size_t n)
{
	uint8_t filler[4096];
	memset(filler, 0xaa, sizeof filler);
	for (; n > sizeof filler; n -= sizeof filler)
		put(filler, sizeof filler);
	put(filler, n);
}

static void begin(bool big)
{
	draft.len = 0;
	draft.big = big;
}

static void begin_pcap(uint32_t magic, bool big, uint32_t snap_len)
{
	begin(big);
	put32(magic);
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(snap_len);
	put32(1);
}

static void put_record(uint32_t seconds, uint32_t fraction, uint32_t len, uint32_t wire_len)
{
	put32(seconds);
	put32(fraction);
	put32(len);
	put32(wire_len);
	put_filler(len);
}

/* Bodies of blocks are written between open_block and close_block. */
static size_t open_block(uint32_t type)
{
	put32(type);
	put32(0);
	return draft.len - 8;
}

static void close_block(size_t at)
{
	put_filler((4 - draft.len % 4) % 4);
	size_t end = draft.len;
	uint32_t len = (uint32_t)(end - at) + 4;
	draft.len = at + 4;
	put32(len);
	draft.len = end;
	put32(len);
}

static void put_section(bool big)
{
	draft.big = big;
	size_t at = open_block(0x0a0d0d0a);
	put32(0x1a2b3c4d);
	put16(1);
	put16(0);
	put_number(UINT64_MAX, 8);
	close_block(at);
}

/* An interface; resolution 0xff00 and above: no option. */
static void put_interface(uint32_t link, uint32_t snap_len, uint32_t resolution)
{
	size_t at = open_block(1);
	put16(link);
	put16(0);
	put32(snap_len);
	if (resolution < 0x100) {
		put16(9);
		put16(1);
		put_number(resolution, 1);
		put("\0\0\0", 3);
		put32(0);
	}
	close_block(at);
}

enum { NO_RESOLUTION = 0xff00 };

static void put_enhanced(uint32_t interface, uint64_t time, uint32_t len, uint32_t held)
{
	size_t at = open_block(6);
	put32(interface);
	put32(time >> 32);
	put32(time & UINT32_MAX);
	put32(len);
	put32(len);
	put_filler(held);
	close_block(at);
}

/* What a reading gave. */
struct reading {
	enum source_state state;
	struct source_report report;
	struct packet packet[64]; /* data.at is gone with the batch */
	size_t n_packets;
	char secrets[1024];
	size_t n_secrets, secrets_pieces;
};

static struct reading reading;

static void keep_secrets(void *ctx, struct bytes key_log)
{
	struct reading *r = ctx;
	r->secrets_pieces++;
	r->n_secrets += key_log.len;
	if (key_log.len < sizeof r->secrets)
		memcpy(r->secrets, key_log.at, key_log.len);
}

static bool is_filler(struct bytes b)
{
	size_t n = 0;
	while (n < b.len && b.at[n] == 0xaa)
		n++;
	return n == b.len;
}

static void read_bytes(struct bytes b, struct source_options o)
{
	char why[256];
	bool bad_filter;
	struct batch batch;
	memset(&reading, 0, sizeof reading);
	o.on_secrets = keep_secrets;
	o.ctx = &reading;
	struct source *s = source_open_bytes(b, &o, why, sizeof why, &bad_filter);
	ck_assert_msg(s != NULL, "%s", why);
	ck_assert(batch_new(&batch, 0, 0));
	do {
		reading.state = source_read(s, &batch);
		for (size_t i = 0; i < batch.n_packets; i++) {
			if (reading.n_packets < 64)
				reading.packet[reading.n_packets] = batch.packet[i];
			reading.n_packets++;
			ck_assert(is_filler(batch.packet[i].data));
		}
	} while (reading.state == SOURCE_MORE);
	reading.report = *source_report(s);
	source_close(s);
	batch_free(&batch);
}

/* Reads from memory that ends exactly where the bytes end. */
static void read_draft(void)
{
	uint8_t *exact = malloc(draft.len + (draft.len == 0));
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, draft.bytes, draft.len);
	read_bytes((struct bytes){exact, draft.len}, (struct source_options){0});
	free(exact);
}

static uint64_t found(enum source_finding f)
{
	return reading.report.finding[f].n;
}

/* Says whether no finding but `only` was made. */
static bool nothing_but(enum source_finding only)
{
	for (int f = 1; f < SOURCE_FINDINGS; f++)
		if (f != (int)only && reading.report.finding[f].n > 0)
			return false;
	return only == SOURCE_FINE || found(only) > 0;
}

START_TEST(both_byte_orders_and_all_magic_numbers_are_read)
{
	static const struct {
		uint32_t magic, fraction;
	} form[] = {{0xa1b2c3d4, 5}, {0xa1b23c4d, 5000}};
	for (int i = 0; i < 4; i++) {
		begin_pcap(form[i / 2].magic, i % 2, 65535);
		put_record(1700000000, form[i / 2].fraction, 60, 60);
		put_record(1700000001, form[i / 2].fraction, 61, 61);
		read_draft();
		ck_assert_int_eq(reading.state, SOURCE_END);
		ck_assert(nothing_but(SOURCE_FINE));
		ck_assert_uint_eq(reading.n_packets, 2);
		ck_assert_int_eq(reading.packet[0].time, 1700000000000005000);
		ck_assert_uint_eq(reading.packet[1].data.len, 61);
		ck_assert_uint_eq(reading.packet[1].frame, 2);
		ck_assert_uint_eq(reading.packet[1].offset, 24 + 16 + 60);
		ck_assert_uint_eq(reading.packet[1].link, 1);
	}
}
END_TEST

START_TEST(kuznetzovs_records_have_a_longer_header)
{
	begin_pcap(0xa1b2cd34, false, 65535);
	for (int i = 0; i < 2; i++) {
		put32(1);
		put32(2);
		put32(60);
		put32(60);
		put32(3);
		put16(0);
		put16(0);
		put_filler(60);
	}
	read_draft();
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert_uint_eq(reading.n_packets, 2);
}
END_TEST

START_TEST(what_is_no_capture_is_refused_with_its_first_bytes)
{
	begin(false);
	put("hello, this is a text and no capture", 36);
	read_draft();
	ck_assert_int_eq(reading.state, SOURCE_DAMAGED);
	ck_assert(nothing_but(CAPTURE_INVALID));
	ck_assert_str_eq(reading.report.problem, "not a capture (begins with 68 65 6c 6c)");
	draft.len = 5;
	read_draft();
	ck_assert_str_eq(reading.report.problem, "not a capture (begins with 68 65 6c 6c)");
	draft.len = 0;
	read_draft();
	ck_assert_str_eq(reading.report.problem, "not a capture (empty)");
}
END_TEST

START_TEST(a_file_cut_anywhere_gives_all_whole_packets_and_names_the_place)
{
	begin_pcap(0xa1b2c3d4, false, 65535);
	for (uint32_t i = 0; i < 3; i++)
		put_record(i, 0, 66, 66);
	const size_t whole = draft.len;
	for (draft.len = 24; draft.len < whole; draft.len++) {
		read_draft();
		size_t packets = (draft.len - 24) / 82;
		bool at_an_end = (draft.len - 24) % 82 == 0;
		ck_assert_uint_eq(reading.n_packets, packets);
		ck_assert_int_eq(reading.state, at_an_end ? SOURCE_END : SOURCE_DAMAGED);
		ck_assert(nothing_but(at_an_end ? SOURCE_FINE : CAPTURE_TRUNCATED));
		ck_assert_uint_eq(reading.report.finding[CAPTURE_TRUNCATED].offset,
		                  at_an_end ? 0 : 24 + 82 * packets);
	}
	draft.len = 24 + 82 + 16 + 3;
	read_draft();
	ck_assert_str_eq(reading.report.problem, "cut after packet 1, 3 of 66 bytes");
}
END_TEST

START_TEST(a_length_that_no_packet_has_ends_the_reading_without_memory_for_it)
{
	static const uint32_t lie[] = {LARGEST_PACKET + 1, 0x10000000, UINT32_MAX};
	for (size_t i = 0; i < 3; i++) {
		begin_pcap(0xa1b2c3d4, false, 0);
		put_record(1, 0, 60, 60);
		put32(1);
		put32(0);
		put32(lie[i]);
		put32(lie[i]);
		put_filler(100);
		read_draft();
		ck_assert_int_eq(reading.state, SOURCE_DAMAGED);
		ck_assert_uint_eq(reading.n_packets, 1);
		ck_assert(nothing_but(RECORD_LENGTH_LIE));
		ck_assert_uint_eq(reading.report.finding[RECORD_LENGTH_LIE].offset, 100);
	}
}
END_TEST

START_TEST(the_largest_packet_is_read)
{
	begin_pcap(0xa1b2c3d4, false, 0);
	put_record(1, 0, LARGEST_PACKET, LARGEST_PACKET);
	put_record(1, 0, LARGEST_PACKET, LARGEST_PACKET);
	read_draft();
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert_uint_eq(reading.n_packets, 2);
	ck_assert(nothing_but(SOURCE_FINE));
}
END_TEST

START_TEST(captured_above_wire_or_snap_length_is_kept_and_flagged)
{
	begin_pcap(0xa1b2c3d4, false, 64);
	put_record(1, 0, 64, 64);
	put_record(1, 0, 60, 50);
	put_record(1, 0, 65, 65);
	read_draft();
	ck_assert_uint_eq(reading.n_packets, 3);
	ck_assert(nothing_but(RECORD_LENGTH_LIE));
	ck_assert_uint_eq(found(RECORD_LENGTH_LIE), 2);
	ck_assert_uint_eq(reading.report.finding[RECORD_LENGTH_LIE].frame, 2);
	ck_assert_uint_eq(reading.packet[0].flags, 0);
	ck_assert_uint_eq(reading.packet[1].flags, PACKET_LENGTH_LIES);
	ck_assert_uint_eq(reading.packet[2].flags, PACKET_LENGTH_LIES);
	ck_assert_uint_eq(reading.packet[2].data.len, 65);
}
END_TEST

START_TEST(empty_records_are_counted_and_keep_their_frame_numbers)
{
	begin_pcap(0xa1b2c3d4, false, 65535);
	put_record(1, 0, 0, 60);
	put_record(1, 0, 0, 0);
	put_record(1, 0, 60, 60);
	read_draft();
	ck_assert_uint_eq(reading.n_packets, 1);
	ck_assert_uint_eq(reading.packet[0].frame, 3);
	ck_assert_uint_eq(reading.report.frames, 3);
	ck_assert_uint_eq(reading.report.packets, 1);
	ck_assert(nothing_but(RECORD_EMPTY));
	ck_assert_uint_eq(found(RECORD_EMPTY), 2);
}
END_TEST

START_TEST(packets_cut_by_the_snap_length_are_counted)
{
	begin_pcap(0xa1b2c3d4, false, 96);
	put_record(1, 0, 60, 60);
	put_record(1, 0, 96, 1514);
	read_draft();
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert(nothing_but(SNAP_TRUNCATED));
	ck_assert_uint_eq(reading.packet[1].wire_len, 1514);
}
END_TEST

START_TEST(impossible_times_are_unknown_and_steps_back_are_flagged)
{
	begin_pcap(0xa1b2c3d4, false, 65535);
	put_record(100, 999999, 60, 60);
	put_record(100, 1000000, 60, 60);
	put_record(100, 5, 60, 60); /* back by less than a second */
	put_record(99, 4, 60, 60);  /* back by more */
	put_record(UINT32_MAX, 0, 60, 60);
	read_draft();
	ck_assert_uint_eq(reading.n_packets, 5);
	ck_assert(nothing_but(TIME_INVALID));
	ck_assert_uint_eq(found(TIME_INVALID), 2);
	ck_assert(reading.packet[1].time == MOMENT_UNKNOWN);
	ck_assert_uint_eq(reading.packet[1].flags, PACKET_TIME_INVALID);
	ck_assert_uint_eq(reading.packet[2].flags, 0);
	ck_assert_uint_eq(reading.packet[3].flags, PACKET_TIME_INVALID);
	ck_assert_int_eq(reading.packet[3].time, 99000004000);
	ck_assert_int_eq(reading.packet[4].time, 4294967295000000000);
}
END_TEST

START_TEST(more_packets_than_a_batch_holds_come_in_order_and_whole)
{
	begin_pcap(0xa1b2c3d4, false, 65535);
	for (uint32_t i = 0; i < 10000; i++)
		put_record(i, 0, 40 + i % 50, 40 + i % 50);
	read_draft();
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert_uint_eq(reading.n_packets, 10000);
	ck_assert_uint_eq(reading.report.bytes, draft.len);
	ck_assert(nothing_but(SOURCE_FINE));
}
END_TEST

START_TEST(max_packets_ends_the_reading)
{
	begin_pcap(0xa1b2c3d4, false, 65535);
	for (uint32_t i = 0; i < 10; i++)
		put_record(i, 0, 60, 60);
	read_bytes((struct bytes){draft.bytes, draft.len},
	           (struct source_options){.max_packets = 4});
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert_uint_eq(reading.n_packets, 4);
}
END_TEST

START_TEST(a_filter_keeps_the_frame_numbers_of_what_it_lets_pass)
{
	begin_pcap(0xa1b2c3d4, false, 65535);
	for (uint32_t i = 0; i < 10; i++)
		put_record(i, 0, i % 2 ? 60 : 90, i % 2 ? 60 : 90);
	read_bytes((struct bytes){draft.bytes, draft.len},
	           (struct source_options){.filter = "greater 80"});
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert_uint_eq(reading.n_packets, 5);
	ck_assert_uint_eq(reading.packet[2].frame, 5);
	ck_assert_uint_eq(reading.report.frames, 10);
}
END_TEST

static void expect_bad_filter(const char *filter, const char *sentence)
{
	char why[256];
	bool bad = false;
	struct source_options o = {.filter = filter};
	ck_assert_ptr_null(source_open_bytes((struct bytes){0}, &o, why, sizeof why, &bad));
	ck_assert(bad);
	ck_assert_str_eq(why, sentence);
}

START_TEST(a_bad_filter_is_shown_with_a_caret_under_the_word)
{
	expect_bad_filter("tcp prt 443", "\"prt\" is no filter word (names are never looked up)\n"
	                                 "  tcp prt 443\n"
	                                 "      ^");
	expect_bad_filter("port 443 adn host 1.2.3.4", "syntax error at \"adn\"\n"
	                                               "  port 443 adn host 1.2.3.4\n"
	                                               "           ^");
	expect_bad_filter("tcp and (port 443", "syntax error at the end\n"
	                                       "  tcp and (port 443\n"
	                                       "                   ^");
}
END_TEST

START_TEST(names_of_hosts_are_never_looked_up)
{
	static const char *const names[] = {
		"host www.example.com", "host 1.2.3.4.5", "net 1.2.", "host 1-2", "-name",
		"host \\name",          "port 80 or ip x"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char why[256];
		bool bad = false;
		struct source_options o = {.filter = names[i]};
		ck_assert_ptr_null(source_open_bytes((struct bytes){0}, &o, why, sizeof why, &bad));
		ck_assert_msg(strstr(why, "never looked up") != NULL, "%s: %s", names[i], why);
	}
}
END_TEST

START_TEST(addresses_numbers_and_ports_are_filter_words)
{
	static const char *const good[] = {
		"host 10.0.0.1 and not port 22",
		"net 192.168.0.0/16 or ip6 net fe80::/10",
		"dst host ::ffff:1.2.3.4",
		"ether host aa:bb:cc:dd:ee:ff",
		"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
		"tcp[12:2] > 0x1f",
		"portrange 443-8443",
		"ip proto \\tcp",
		"vlan 5 and less 200",
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char why[256] = "";
		bool bad = false;
		struct source_options o = {.filter = good[i]};
		struct source *s = source_open_bytes((struct bytes){0}, &o, why, sizeof why, &bad);
		ck_assert_msg(s != NULL, "%s: %s", good[i], why);
		source_close(s);
	}
}
END_TEST

START_TEST(gzip_and_zstd_in_several_members_are_unpacked)
{
	static uint8_t packed[1 << 20];
	begin_pcap(0xa1b2c3d4, false, 65535);
	for (uint32_t i = 0; i < 5000; i++)
		put_record(i, 0, 60, 60);
	size_t half = draft.len / 2, len = 0;
	for (int part = 0; part < 2; part++) {
		z_stream z = {0};
		ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
		z.next_in = draft.bytes + (size_t)part * half;
		z.avail_in = (uInt)(part == 0 ? half : draft.len - half);
		z.next_out = packed + len;
		z.avail_out = (uInt)(sizeof packed - len);
		ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
		len = sizeof packed - z.avail_out;
		deflateEnd(&z);
	}
	read_bytes((struct bytes){packed, len}, (struct source_options){0});
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert_uint_eq(reading.n_packets, 5000);
	ck_assert_uint_eq(reading.report.bytes, len);
	read_bytes((struct bytes){packed, len - 9}, (struct source_options){0});
	ck_assert_int_eq(reading.state, SOURCE_DAMAGED);
	ck_assert(nothing_but(CAPTURE_TRUNCATED));
	ck_assert_ptr_nonnull(strstr(reading.report.problem, "gzip data end in the middle"));

	len = ZSTD_compress(packed, sizeof packed, draft.bytes, half, 3);
	len += ZSTD_compress(packed + len, sizeof packed - len, draft.bytes + half,
	                     draft.len - half, 3);
	read_bytes((struct bytes){packed, len}, (struct source_options){0});
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert_uint_eq(reading.n_packets, 5000);
	read_bytes((struct bytes){packed, len - 1}, (struct source_options){0});
	ck_assert_int_eq(reading.state, SOURCE_DAMAGED);
}
END_TEST

START_TEST(sections_of_both_byte_orders_restart_their_interfaces)
{
	begin(false);
	put_section(false);
	put_interface(1, 0, NO_RESOLUTION);
	put_enhanced(0, 1700000000000001, 60, 60);
	put_section(true);
	put_interface(101, 0, 9);
	put_interface(113, 0, 0x80 | 20);
	put_enhanced(0, 1700000000000001000, 60, 60);
	put_enhanced(1, ((uint64_t)1700000000 << 20) + (1 << 19), 60, 60);
	read_draft();
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert(nothing_but(SOURCE_FINE));
	ck_assert_uint_eq(reading.n_packets, 3);
	ck_assert_int_eq(reading.packet[0].time, 1700000000000001000);
	ck_assert_int_eq(reading.packet[1].time, 1700000000000001000);
	ck_assert_int_eq(reading.packet[2].time, 1700000000500000000);
	ck_assert_uint_eq(reading.packet[1].link, 101);
	ck_assert_uint_eq(reading.packet[2].link, 113);
}
END_TEST

START_TEST(clocks_that_give_no_time_are_flagged)
{
	static const uint32_t resolution[] = {0xff, 0x7f, 19, 0x80 | 63};
	for (size_t i = 0; i < 4; i++) {
		begin(false);
		put_section(false);
		put_interface(1, 0, resolution[i]);
		put_enhanced(0, (uint64_t)1 << 63, 60, 60);
		read_draft();
		ck_assert_uint_eq(reading.n_packets, 1);
		ck_assert(nothing_but(TIME_INVALID));
		ck_assert(reading.packet[0].time == MOMENT_UNKNOWN);
	}
}
END_TEST

START_TEST(a_time_offset_moves_the_clock_and_may_not_overflow_it)
{
	static const uint64_t offset[] = {3600, INT64_MAX, (uint64_t)INT64_MIN};
	for (size_t i = 0; i < 3; i++) {
		begin(true);
		put_section(true);
		size_t at = open_block(1);
		put16(1);
		put16(0);
		put32(0);
		put16(14);
		put16(8);
		put_number(offset[i], 8);
		close_block(at);
		put_enhanced(0, 5000000, 60, 60);
		read_draft();
		ck_assert(nothing_but(i == 0 ? SOURCE_FINE : TIME_INVALID));
		ck_assert(reading.packet[0].time == (i == 0 ? 3605000000000 : MOMENT_UNKNOWN));
	}
}
END_TEST

START_TEST(simple_and_old_packet_blocks_are_read)
{
	begin(false);
	put_section(false);
	put_interface(1, 64, NO_RESOLUTION);
	size_t at = open_block(3);
	put32(1500);
	put_filler(64);
	close_block(at);
	at = open_block(2);
	put16(0);
	put16(0);
	put32(0);
	put32(7);
	put32(60);
	put32(60);
	put_filler(60);
	close_block(at);
	read_draft();
	ck_assert_uint_eq(reading.n_packets, 2);
	ck_assert_uint_eq(reading.packet[0].data.len, 64);
	ck_assert_uint_eq(reading.packet[0].wire_len, 1500);
	ck_assert(reading.packet[0].time == MOMENT_UNKNOWN);
	ck_assert_uint_eq(reading.packet[0].flags, 0);
	ck_assert_int_eq(reading.packet[1].time, 7000);
	ck_assert(nothing_but(SNAP_TRUNCATED));
}
END_TEST

START_TEST(a_broken_block_is_flagged_and_the_next_is_read)
{
	for (int way = 0; way < 5; way++) {
		begin(false);
		put_section(false);
		put_interface(1, 0, NO_RESOLUTION);
		size_t broken = draft.len;
		if (way == 0)
			put_enhanced(0, 1, 65535, 60); /* captured length beyond the block */
		if (way == 1)
			put_enhanced(99, 1, 60, 60); /* no such interface */
		if (way == 2) {                      /* trailing length differs */
			put_enhanced(0, 1, 60, 60);
			draft.len -= 4;
			put32(999);
		}
		if (way == 3) { /* secrets beyond the block */
			size_t at = open_block(10);
			put32(0x544c534b);
			put32(0x7fffffff);
			close_block(at);
		}
		if (way == 4) { /* a block without a body */
			size_t at = open_block(6);
			close_block(at);
		}
		put_enhanced(0, 2, 60, 60);
		read_draft();
		ck_assert_int_eq(reading.state, SOURCE_END);
		ck_assert(nothing_but(BLOCK_INVALID));
		ck_assert_uint_eq(found(BLOCK_INVALID), 1);
		ck_assert_uint_eq(reading.report.finding[BLOCK_INVALID].offset, broken);
		ck_assert_uint_eq(reading.n_packets, 1);
		ck_assert_int_eq(reading.packet[0].time, 2000);
		ck_assert_uint_eq(reading.n_secrets, 0);
	}
}
END_TEST

START_TEST(a_block_length_that_cannot_be_ends_the_reading)
{
	static const uint32_t lie[] = {0, 4, 17, 0xfffffff0};
	for (size_t i = 0; i < 4; i++) {
		begin(false);
		put_section(false);
		put_interface(1, 0, NO_RESOLUTION);
		put_enhanced(0, 1, 60, 60);
		put32(0x0bad);
		put32(lie[i]);
		put_filler(64);
		read_draft();
		ck_assert_int_eq(reading.state, SOURCE_DAMAGED);
		ck_assert(nothing_but(BLOCK_INVALID));
		ck_assert_uint_eq(reading.n_packets, 1);
	}
}
END_TEST

START_TEST(an_option_beyond_its_block_is_flagged)
{
	begin(false);
	put_section(false);
	size_t at = open_block(1);
	put16(1);
	put16(0);
	put32(0);
	put16(2);
	put16(60000);
	put("eth0", 4);
	close_block(at);
	put_enhanced(0, 1, 60, 60);
	read_draft();
	ck_assert(nothing_but(BLOCK_INVALID));
	ck_assert_uint_eq(reading.n_packets, 1);
}
END_TEST

START_TEST(a_pcapng_file_cut_anywhere_is_never_taken_for_whole)
{
	begin(false);
	put_section(false);
	put_interface(1, 0, NO_RESOLUTION);
	const size_t first = draft.len;
	put_enhanced(0, 1, 60, 60);
	const size_t second = draft.len;
	put_enhanced(0, 1, 60, 60);
	const size_t whole = draft.len;
	for (draft.len = 28; draft.len < whole; draft.len++) {
		read_draft();
		bool at_an_end = draft.len == 28 || draft.len == first || draft.len == second;
		ck_assert_int_eq(reading.state, at_an_end ? SOURCE_END : SOURCE_DAMAGED);
		ck_assert(nothing_but(at_an_end ? SOURCE_FINE : CAPTURE_TRUNCATED));
		ck_assert_uint_eq(reading.n_packets, draft.len >= second);
	}
}
END_TEST

START_TEST(many_interfaces_are_bounded_and_the_first_ones_work)
{
	begin(false);
	put_section(false);
	size_t first = draft.len;
	put_interface(1, 0, NO_RESOLUTION);
	size_t len = draft.len - first;
	while (draft.len < sizeof draft.bytes - 2 * len - 400)
		put(draft.bytes + first, len);
	uint32_t n = (uint32_t)((draft.len - first) / len);
	put_enhanced(n - 1, 1, 60, 60);
	put_enhanced(n, 1, 60, 60);
	read_draft();
	ck_assert_uint_eq(reading.n_packets, 1);
	ck_assert_uint_eq(found(BLOCK_INVALID), 1);
	ck_assert_uint_eq(reading.report.finding[BLOCK_INVALID].frame, 2);
}
END_TEST

static void put_statistics(uint64_t if_drop, uint64_t os_drop)
{
	size_t at = open_block(5);
	put32(0);
	put_number(0, 8);
	put16(5);
	put16(8);
	put_number(if_drop, 8);
	put16(7);
	put16(8);
	put_number(os_drop, 8);
	close_block(at);
}

START_TEST(the_last_statistics_of_an_interface_say_what_was_dropped)
{
	begin(false);
	put_section(false);
	put_interface(1, 0, NO_RESOLUTION);
	put_statistics(1, 2);
	put_statistics(5, 37);
	read_draft();
	ck_assert(nothing_but(CAPTURE_DROPS));
	ck_assert_uint_eq(reading.report.dropped, 42);
}
END_TEST

static void put_secrets(size_t lines)
{
	static const char line[] = "CLIENT_RANDOM 00 11\n";
	size_t at = open_block(10);
	put32(0x544c534b);
	put32((uint32_t)(lines * (sizeof line - 1)));
	for (size_t i = 0; i < lines; i++)
		put(line, sizeof line - 1);
	close_block(at);
}

START_TEST(secrets_in_the_file_are_given)
{
	begin(false);
	put_section(false);
	put_secrets(2);
	put_interface(1, 0, NO_RESOLUTION);
	put_enhanced(0, 1, 60, 60);
	read_draft();
	ck_assert_uint_eq(reading.secrets_pieces, 1);
	ck_assert_uint_eq(reading.n_secrets, 40);
	ck_assert_int_eq(memcmp(reading.secrets, "CLIENT_RANDOM 00 11\nCLIENT_RANDOM 00 11\n", 40),
	                 0);
	ck_assert(nothing_but(SOURCE_FINE));
	ck_assert_uint_eq(reading.n_packets, 1);
}
END_TEST

START_TEST(secrets_larger_than_a_batch_are_given_in_pieces_of_whole_lines)
{
	begin(false);
	put_section(false);
	put_secrets(45000);
	put_interface(1, 0, NO_RESOLUTION);
	put_enhanced(0, 1, 60, 60);
	read_draft();
	ck_assert_uint_gt(reading.secrets_pieces, 1);
	ck_assert_uint_eq(reading.n_secrets, 45000 * 20);
	ck_assert(nothing_but(SOURCE_FINE));
	ck_assert_uint_eq(reading.n_packets, 1);
}
END_TEST

START_TEST(large_unknown_blocks_are_passed_over)
{
	begin(false);
	put_section(false);
	put_interface(1, 0, NO_RESOLUTION);
	size_t at = open_block(0x0bad);
	put_filler(900000);
	close_block(at);
	put_enhanced(0, 1, 60, 60);
	read_draft();
	ck_assert_int_eq(reading.state, SOURCE_END);
	ck_assert(nothing_but(SOURCE_FINE));
	ck_assert_uint_eq(reading.n_packets, 1);
}
END_TEST

START_TEST(a_missing_file_is_no_bad_filter)
{
	char why[256];
	bool bad = true;
	struct source_options o = {0};
	ck_assert_ptr_null(source_open_file("/no/such/file", &o, why, sizeof why, &bad));
	ck_assert(!bad);
	ck_assert_str_eq(why, "No such file or directory");
	ck_assert_ptr_null(source_open_file("/", &o, why, sizeof why, &bad));
	ck_assert_str_eq(why, "is a folder");
}
END_TEST

START_TEST(every_finding_has_a_code)
{
	for (int f = 0; f < SOURCE_FINDINGS; f++)
		ck_assert_str_ne(source_finding_name((enum source_finding)f), "");
	ck_assert_str_eq(source_finding_name(CAPTURE_TRUNCATED), "capture-truncated");
}
END_TEST

Suite *source_suite(void);

Suite *source_suite(void)
{
	Suite *suite = suite_create("source");
	TCase *pcap = tcase_create("pcap");
	tcase_add_test(pcap, both_byte_orders_and_all_magic_numbers_are_read);
	tcase_add_test(pcap, kuznetzovs_records_have_a_longer_header);
	tcase_add_test(pcap, what_is_no_capture_is_refused_with_its_first_bytes);
	tcase_add_test(pcap, a_file_cut_anywhere_gives_all_whole_packets_and_names_the_place);
	tcase_add_test(pcap, a_length_that_no_packet_has_ends_the_reading_without_memory_for_it);
	tcase_add_test(pcap, the_largest_packet_is_read);
	tcase_add_test(pcap, captured_above_wire_or_snap_length_is_kept_and_flagged);
	tcase_add_test(pcap, empty_records_are_counted_and_keep_their_frame_numbers);
	tcase_add_test(pcap, packets_cut_by_the_snap_length_are_counted);
	tcase_add_test(pcap, impossible_times_are_unknown_and_steps_back_are_flagged);
	tcase_add_test(pcap, more_packets_than_a_batch_holds_come_in_order_and_whole);
	tcase_add_test(pcap, max_packets_ends_the_reading);
	tcase_add_test(pcap, gzip_and_zstd_in_several_members_are_unpacked);
	tcase_add_test(pcap, a_missing_file_is_no_bad_filter);
	tcase_add_test(pcap, every_finding_has_a_code);
	suite_add_tcase(suite, pcap);
	TCase *filter = tcase_create("filter");
	tcase_add_test(filter, a_filter_keeps_the_frame_numbers_of_what_it_lets_pass);
	tcase_add_test(filter, a_bad_filter_is_shown_with_a_caret_under_the_word);
	tcase_add_test(filter, names_of_hosts_are_never_looked_up);
	tcase_add_test(filter, addresses_numbers_and_ports_are_filter_words);
	suite_add_tcase(suite, filter);
	TCase *pcapng = tcase_create("pcapng");
	tcase_add_test(pcapng, sections_of_both_byte_orders_restart_their_interfaces);
	tcase_add_test(pcapng, clocks_that_give_no_time_are_flagged);
	tcase_add_test(pcapng, a_time_offset_moves_the_clock_and_may_not_overflow_it);
	tcase_add_test(pcapng, simple_and_old_packet_blocks_are_read);
	tcase_add_test(pcapng, a_broken_block_is_flagged_and_the_next_is_read);
	tcase_add_test(pcapng, a_block_length_that_cannot_be_ends_the_reading);
	tcase_add_test(pcapng, an_option_beyond_its_block_is_flagged);
	tcase_add_test(pcapng, a_pcapng_file_cut_anywhere_is_never_taken_for_whole);
	tcase_add_test(pcapng, many_interfaces_are_bounded_and_the_first_ones_work);
	tcase_add_test(pcapng, the_last_statistics_of_an_interface_say_what_was_dropped);
	tcase_add_test(pcapng, secrets_in_the_file_are_given);
	tcase_add_test(pcapng, secrets_larger_than_a_batch_are_given_in_pieces_of_whole_lines);
	tcase_add_test(pcapng, large_unknown_blocks_are_passed_over);
	suite_add_tcase(suite, pcapng);
	return suite;
}
