/* Decoys: segments that their receiver drops for a wrong checksum, an old timestamp or too few hops
 * to live must not displace what it takes; and where signs mean nothing, nothing is lost to them.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/capture/tcp.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };
enum { ISN_CLIENT = 1000, ISN_SERVER = 5000 };

/* What the consumer got, and what the wire looks like. */
static struct world {
	struct tcp_table *table;
	char got[2][256];
	size_t n_got[2];
	unsigned findings[2];
	uint64_t lost;
	uint32_t frame;
	/* of the next segment */
	unsigned sum_off; /* added to a right checksum */
	bool partial;
	uint8_t ttl;
	uint32_t stamp;      /* 0: none */
	const char *options; /* 4 bytes instead of the padding before the timestamp */
	uint32_t missing;
} world;

static void event(void *ctx, struct flow *f, enum side from, enum tcp_event e, uint32_t frame,
                  moment t)
{
	(void)ctx;
	(void)f;
	(void)from;
	(void)e;
	(void)frame;
	(void)t;
}

static struct taken data(void *ctx, struct flow *f, enum side from, uint64_t at, struct bytes b)
{
	(void)ctx;
	(void)f;
	(void)at;
	memcpy(world.got[from] + world.n_got[from], b.at, b.len);
	world.n_got[from] += b.len;
	return (struct taken){.used = b.len};
}

static void gap(void *ctx, struct flow *f, enum side from, uint64_t at, uint64_t len,
                uint32_t frame)
{
	(void)ctx;
	(void)f;
	(void)from;
	(void)at;
	(void)frame;
	world.lost += len;
}

static void finding(void *ctx, struct flow *f, enum side from, enum flow_finding what,
                    uint32_t frame)
{
	(void)ctx;
	(void)f;
	(void)frame;
	world.findings[from] |= 1U << what;
}

static void stream_end(void *ctx, struct flow *f, enum side from)
{
	(void)ctx;
	(void)f;
	(void)from;
}

static void end(void *ctx, struct flow *f, enum flow_end why, uint32_t frame, moment t)
{
	(void)ctx;
	(void)f;
	(void)why;
	(void)frame;
	(void)t;
}

static uint32_t sum_words(const uint8_t *at, size_t len)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
	return sum;
}

static unsigned folded(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void put32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Sends a segment; its sequence number is given by the offset in the stream, -1 for the SYN. */
static void send(enum side from, int at, unsigned flags, const char *text, int acknowledged)
{
	uint8_t s[128] = {0};
	size_t header = world.stamp != 0 ? 32 : 20, len = header + strlen(text);
	uint32_t isn = from == CLIENT ? ISN_CLIENT : ISN_SERVER;
	uint32_t other = from == CLIENT ? ISN_SERVER : ISN_CLIENT;
	memcpy(s, from == CLIENT ? "\x9c\x40\1\xbb" : "\1\xbb\x9c\x40", 4);
	put32(s + 4, isn + 1 + (uint32_t)at);
	put32(s + 8, flags & ACK ? other + 1 + (uint32_t)acknowledged : 0);
	s[12] = (uint8_t)(header / 4 << 4);
	s[13] = (uint8_t)flags;
	s[14] = 4;
	if (world.stamp != 0) {
		memcpy(s + 20, world.options == NULL ? "\1\1\x08\x0a" : world.options, 4);
		put32(s + 24, world.stamp);
	}
	memcpy(s + header, text, strlen(text));
	struct ip_packet p = {.payload = {s, len},
	                      .source = {.ip = {[10] = 0xff, 0xff, 192, 0, 2, 1}},
	                      .target = {.ip = {[10] = 0xff, 0xff, 192, 0, 2, 2}},
	                      .protocol = 6,
	                      .ttl = world.ttl,
	                      .frame = ++world.frame,
	                      .missing = world.missing};
	if (from == SERVER) {
		p.source.ip[15] = 2;
		p.target.ip[15] = 1;
	}
	uint32_t pseudo =
		sum_words(p.source.ip + 12, 4) + sum_words(p.target.ip + 12, 4) + 6 + (uint32_t)len;
	unsigned sum = ~folded(pseudo + sum_words(s, len)) & 0xffff;
	sum = world.partial ? folded(pseudo) : (sum + world.sum_off) & 0xffff;
	s[16] = (uint8_t)(sum >> 8);
	s[17] = (uint8_t)sum;
	tcp_segment(world.table, &p);
	world.sum_off = world.missing = 0;
	world.partial = false;
}

static void begin(void)
{
	static const struct tcp_limits limits = {16, 1 << 20, 1 << 18, 900, 10};
	static const struct tcp_sink sink = {NULL, event, data, gap, finding, stream_end, end};
	world = (struct world){.ttl = 64};
	world.table = tcp_new(&limits, &sink, 1);
	ck_assert_ptr_nonnull(world.table);
}

static void open_connection(uint32_t stamp)
{
	world.stamp = stamp;
	send(CLIENT, -1, SYN, "", 0);
	send(SERVER, -1, SYN | ACK, "", 0);
	send(CLIENT, 0, ACK, "", 0);
}

static void finish(void)
{
	tcp_finish(world.table);
	const struct tcp_counters *c = tcp_counters(world.table);
	ck_assert_uint_eq(c->payload, c->delivered + c->duplicate + c->conflicting +
	                                      c->out_of_window + c->dropped);
	tcp_free(world.table);
}

static void expect(enum side from, const char *text)
{
	ck_assert_str_eq(world.got[from], text);
}

static bool found(enum side from, enum flow_finding what)
{
	return (world.findings[from] & 1U << what) != 0;
}

START_TEST(a_decoy_with_a_wrong_checksum_gives_way)
{
	open_connection(0);
	world.sum_off = 0x5555;
	send(CLIENT, 0, ACK, "decoy", 0);
	expect(CLIENT, "");
	send(CLIENT, 0, ACK, "hello", 0);
	expect(CLIENT, "hello");
	send(SERVER, 0, ACK, "", 5);
	ck_assert(found(CLIENT, TCP_CHECKSUM) && found(CLIENT, TCP_OVERLAP_CONFLICT));
	finish();
	expect(CLIENT, "hello");
}
END_TEST

START_TEST(a_segment_with_a_wrong_checksum_that_was_acknowledged_was_taken)
{
	open_connection(0);
	world.sum_off = 1;
	send(CLIENT, 0, ACK, "first ", 0);
	send(SERVER, 0, ACK, "", 6);
	expect(CLIENT, "first ");
	world.sum_off = 1; /* checksums mean nothing here: no more waiting */
	send(CLIENT, 6, ACK, "second", 0);
	expect(CLIENT, "first second");
	world.sum_off = 1;
	send(SERVER, 0, ACK, "answer", 12);
	expect(SERVER, "answer");
	finish();
}
END_TEST

START_TEST(a_damaged_segment_out_of_order_is_dropped_and_its_repetition_taken)
{
	open_connection(0);
	world.sum_off = 7;
	send(CLIENT, 5, ACK, "WORLD", 0);
	send(CLIENT, 5, ACK, "world", 0);
	send(CLIENT, 0, ACK, "hello", 0);
	expect(CLIENT, "helloworld");
	ck_assert(found(CLIENT, TCP_CHECKSUM) && !found(CLIENT, TCP_OVERLAP_CONFLICT));
	finish();
}
END_TEST

START_TEST(a_damaged_flag_or_acknowledgement_counts_for_nothing)
{
	static const unsigned flags[] = {RST, FIN | ACK, SYN, ACK, RST | ACK};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		finish();
		begin();
		open_connection(0);
		world.sum_off = 3;
		send(CLIENT, 0, ACK, "decoy", 0);
		world.sum_off = 3; /* would acknowledge the decoy, end or begin the connection */
		send(SERVER, 0, flags[i], flags[i] == RST ? "x" : "", 5);
		expect(CLIENT, "");
		send(CLIENT, 0, ACK, "hello", 0);
		expect(CLIENT, "hello");
		ck_assert(!found(SERVER, TCP_RST_SUSPECT) && !found(SERVER, TCP_REUSE));
	}
	finish();
}
END_TEST

START_TEST(where_no_checksum_was_right_a_wrong_one_is_told_and_followed)
{
	world.sum_off = 1;
	send(CLIENT, -1, SYN, "", 0);
	send(SERVER, -1, SYN | ACK, "", 0);
	world.sum_off = 1;
	send(CLIENT, 0, ACK, "hello", 0);
	expect(CLIENT, "hello");
	ck_assert(found(CLIENT, TCP_CHECKSUM) && !found(SERVER, TCP_CHECKSUM));
	finish();
}
END_TEST

START_TEST(what_a_network_card_leaves_is_accepted_and_counted)
{
	open_connection(0);
	world.partial = true;
	send(CLIENT, 0, ACK, "hello", 0);
	expect(CLIENT, "hello");
	ck_assert_uint_eq(world.findings[CLIENT], 0);
	ck_assert_uint_eq(tcp_counters(world.table)->offloaded, 1);
	ck_assert_uint_eq(tcp_counters(world.table)->offloaded_frame, 4);
	finish();
}
END_TEST

START_TEST(a_segment_that_the_capture_cut_is_not_judged)
{
	open_connection(0);
	world.sum_off = 9;
	world.missing = 2;
	send(CLIENT, 0, ACK, "hel", 0);
	expect(CLIENT, "hel");
	ck_assert(!found(CLIENT, TCP_CHECKSUM));
	finish();
	ck_assert_uint_eq(world.lost, 2);
}
END_TEST

START_TEST(a_decoy_with_an_old_timestamp_gives_way)
{
	open_connection(90000);
	world.stamp = 5;
	send(CLIENT, 0, ACK, "decoy", 0);
	world.stamp = 90001;
	send(CLIENT, 0, ACK, "hello", 0);
	expect(CLIENT, "hello");
	ck_assert(found(CLIENT, TCP_OVERLAP_CONFLICT));
	finish();
}
END_TEST

START_TEST(an_old_timestamp_is_seen_only_where_the_options_are_sound)
{
	static const char *const unsound[] = {"\0\1\x08\x0a", "\1\1\x08\1", "\x1e\1\x08\x0a",
	                                      "\1\1\x08\x09"};
	for (size_t i = 0; i < sizeof unsound / sizeof *unsound; i++) {
		finish();
		begin();
		open_connection(90000);
		world.stamp = 5;
		world.options = unsound[i];
		send(CLIENT, 0, ACK, "hello", 0);
		expect(CLIENT, "hello");
	}
	finish();
	begin();
	open_connection(90000);
	world.stamp = 5;
	send(CLIENT, 0, ACK, "hello", 0);
	expect(CLIENT, "");
	finish();
}
END_TEST

START_TEST(timestamps_wrap)
{
	open_connection(0xfffffff0);
	world.stamp = 3;
	send(CLIENT, 0, ACK, "hello", 0);
	expect(CLIENT, "hello");
	finish();
}
END_TEST

START_TEST(a_decoy_with_fewer_hops_to_live_gives_way_and_a_longer_path_does_not)
{
	open_connection(0);
	world.ttl = 3;
	send(CLIENT, 0, ACK, "decoy", 0);
	world.ttl = 64;
	send(CLIENT, 0, ACK, "hello", 0);
	expect(CLIENT, "hello");
	ck_assert(found(CLIENT, TCP_OVERLAP_CONFLICT));
	world.ttl = 63; /* the path has changed */
	send(CLIENT, 5, ACK, "world", 0);
	send(CLIENT, 10, ACK, "again", 0);
	world.ttl = 64;
	send(SERVER, 0, ACK, "", 15);
	expect(CLIENT, "helloworldagain");
	ck_assert_uint_eq(world.lost, 0);
	finish();
}
END_TEST

START_TEST(what_waited_to_the_end_is_given_then)
{
	open_connection(0);
	world.sum_off = 1;
	send(CLIENT, 0, ACK, "hello", 0);
	finish();
	expect(CLIENT, "hello");
}
END_TEST

Suite *suspect_suite(void);

Suite *suspect_suite(void)
{
	Suite *suite = suite_create("suspect");
	TCase *all = tcase_create("all");
	tcase_add_checked_fixture(all, begin, NULL);
	tcase_add_test(all, a_decoy_with_a_wrong_checksum_gives_way);
	tcase_add_test(all, a_segment_with_a_wrong_checksum_that_was_acknowledged_was_taken);
	tcase_add_test(all, a_damaged_segment_out_of_order_is_dropped_and_its_repetition_taken);
	tcase_add_test(all, a_damaged_flag_or_acknowledgement_counts_for_nothing);
	tcase_add_test(all, where_no_checksum_was_right_a_wrong_one_is_told_and_followed);
	tcase_add_test(all, what_a_network_card_leaves_is_accepted_and_counted);
	tcase_add_test(all, a_segment_that_the_capture_cut_is_not_judged);
	tcase_add_test(all, a_decoy_with_an_old_timestamp_gives_way);
	tcase_add_test(all, an_old_timestamp_is_seen_only_where_the_options_are_sound);
	tcase_add_test(all, timestamps_wrap);
	tcase_add_test(all, a_decoy_with_fewer_hops_to_live_gives_way_and_a_longer_path_does_not);
	tcase_add_test(all, what_waited_to_the_end_is_given_then);
	suite_add_tcase(suite, all);
	return suite;
}
