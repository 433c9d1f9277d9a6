/* TCP reassembly: each test is one sentence of its contract, on segments made by hand. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/capture/tcp.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };
enum { ROOM = 1 << 17, LOG = 1 << 16, PAYLOAD_AT = 34 };

Suite *tcp_suite(void);

/* What the consumer does with what it is offered. */
enum appetite { ALL, NOTHING, WAITS, IN_FIVES, IN_HALVES };

struct wire {
	struct tcp_table *table;
	struct flow *flow;
	enum appetite appetite[2];
	size_t n_calls;
	uint8_t got[2][ROOM]; /* by stream offset; '.' where nothing came */
	uint64_t end[2];      /* behind the last delivered byte */
	char log[LOG];        /* what was told, a word each */
	size_t n_log;
	uint32_t frame;
	moment time;
	uint32_t frame_of[2][ROOM], in_frame_of[2][ROOM]; /* expected; 0: not checked */
	uint16_t client_port, server_port;
	uint32_t isn[2];
	uint32_t missing;
	uint16_t window;
	bool expect_frames;
	bool many_flows; /* offsets of different flows come through each other */
	bool keep_extents;
	bool wakes_client; /* server's bytes make the client's worth another offer */
};

/* The byte that stands at an offset of a stream in these tests. */
static uint8_t byte_at(enum side s, uint64_t at)
{
	return (uint8_t)((at * 2654435761u >> 7) ^ (s == CLIENT ? 0x5a : 0x33));
}

static void note(struct wire *w, const char *word)
{
	size_t n = strlen(word);
	if (w->n_log + n + 2 >= LOG)
		return;
	if (w->n_log > 0)
		w->log[w->n_log++] = ' ';
	memcpy(w->log + w->n_log, word, n + 1);
	w->n_log += n;
}

static const char *side_name(enum side s)
{
	return s == CLIENT ? "c" : "s";
}

static void on_event(void *ctx, struct flow *f, enum side from, enum tcp_event e, uint32_t frame,
                     moment t)
{
	static const char *const name[] = {"syn", "syn-ack", "established", "fin", "rst"};
	char word[64];
	struct wire *w = ctx;
	(void)t;
	w->flow = f;
	if (w->keep_extents)
		tcp_keep_extents(f);
	snprintf(word, sizeof word, "%s:%s@%u", side_name(from), name[e], frame);
	note(w, word);
}

static void check_frames(const struct wire *w, const struct flow *f, enum side from, uint64_t at,
                         size_t len)
{
	for (uint64_t i = at; w->expect_frames && i < at + len && i < ROOM; i++) {
		uint32_t in_frame = 0;
		if (w->frame_of[from][i] == 0)
			continue;
		uint32_t frame = flow_frame_at(f, from, i, &in_frame);
		if (frame != w->frame_of[from][i] || in_frame != w->in_frame_of[from][i])
			ck_abort_msg("offset %llu came in frame %u at %u", (unsigned long long)i,
			             frame, in_frame);
	}
}

static size_t appetite_for(enum appetite a, size_t len)
{
	if (a == ALL)
		return len;
	if (a == IN_FIVES)
		return len - len % 5;
	return a == IN_HALVES ? len / 2 : 0;
}

static struct taken on_data(void *ctx, struct flow *f, enum side from, uint64_t at, struct bytes b)
{
	struct wire *w = ctx;
	w->flow = f;
	w->n_calls++;
	if (b.len == 0)
		ck_abort_msg("an offer without bytes");
	check_frames(w, f, from, at, b.len);
	if (w->wakes_client && from == SERVER) {
		w->appetite[CLIENT] = ALL;
		tcp_offer_again(w->table, f, CLIENT);
		ck_assert_uint_eq(w->end[CLIENT], 0); /* not inside this call */
	}
	enum appetite a = w->appetite[from];
	struct taken taken = {appetite_for(a, b.len), a == WAITS      ? SIZE_MAX
	                                              : a == IN_FIVES ? 5
	                                                              : 0};
	for (size_t i = 0; i < taken.used && at + i < ROOM; i++)
		w->got[from][at + i] = b.at[i];
	if (taken.used > 0) {
		if (at < w->end[from] && !w->many_flows)
			ck_abort_msg("offset %llu a second time", (unsigned long long)at);
		w->end[from] = at + taken.used;
	}
	return taken;
}

static void on_gap(void *ctx, struct flow *f, enum side from, uint64_t at, uint64_t len,
                   uint32_t frame)
{
	char word[96];
	(void)f;
	ck_assert_uint_gt(len, 0);
	snprintf(word, sizeof word, "%s:gap:%llu+%llu@%u", side_name(from), (unsigned long long)at,
	         (unsigned long long)len, frame);
	note(ctx, word);
}

static void on_finding(void *ctx, struct flow *f, enum side from, enum flow_finding what,
                       uint32_t frame)
{
	char word[96];
	(void)f;
	snprintf(word, sizeof word, "%s:%s@%u", side_name(from), tcp_finding_name(what), frame);
	note(ctx, word);
}

static void on_stream_end(void *ctx, struct flow *f, enum side from)
{
	char word[16];
	(void)f;
	snprintf(word, sizeof word, "%s:end", side_name(from));
	note(ctx, word);
}

static void on_end(void *ctx, struct flow *f, enum flow_end why, uint32_t frame, moment t)
{
	static const char *const name[] = {"closed", "reused", "idle", "evicted", "cut"};
	struct wire *w = ctx;
	(void)f;
	(void)frame;
	(void)t;
	w->flow = NULL;
	note(w, name[why]);
}

static struct tcp_limits usual_limits(void)
{
	return (struct tcp_limits){
		.max_flows = 1000,
		.max_bytes = 64 << 20,
		.max_side_bytes = 4 << 20,
		.idle_seconds = 300,
		.linger_seconds = 10,
	};
}

static struct wire *wire_with(struct tcp_limits limits)
{
	struct wire *w = calloc(1, sizeof *w);
	struct tcp_sink sink = {w, on_event, on_data, on_gap, on_finding, on_stream_end, on_end};
	w->table = tcp_new(&limits, &sink, 7);
	w->client_port = 40000;
	w->server_port = 443;
	w->isn[CLIENT] = 1000;
	w->isn[SERVER] = 500000;
	w->window = 1000;
	w->expect_frames = true;
	memset(w->got, '.', sizeof w->got);
	return w;
}

static struct wire *wire_new(void)
{
	return wire_with(usual_limits());
}

static void put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Sends a segment with these sequence numbers as they stand in the header. */
static void send_raw(struct wire *w, enum side from, uint32_t seq, uint32_t ack, unsigned flags,
                     const void *data, size_t len)
{
	static uint8_t buffer[70000];
	memset(buffer, 0, 20);
	uint16_t source = from == CLIENT ? w->client_port : w->server_port;
	uint16_t target = from == CLIENT ? w->server_port : w->client_port;
	put_u32(buffer, (uint32_t)source << 16 | target);
	put_u32(buffer + 4, seq);
	put_u32(buffer + 8, ack);
	put_u32(buffer + 12, 5u << 28 | flags << 16 | w->window);
	if (len > 0)
		memcpy(buffer + 20, data, len);
	struct ip_packet p = {
		.payload = {buffer, 20 + len},
		.time = w->time += 1000000,
		.frame = ++w->frame,
		.payload_at = PAYLOAD_AT,
		.missing = w->missing,
		.protocol = 6,
	};
	p.source.ip[15] = from == CLIENT ? 1 : 2;
	p.target.ip[15] = from == CLIENT ? 2 : 1;
	tcp_segment(w->table, &p);
}

/* Sends text at a stream offset. */
static void say(struct wire *w, enum side from, uint32_t at, const char *text)
{
	send_raw(w, from, w->isn[from] + 1 + at, w->isn[other_side(from)] + 1, ACK, text,
	         strlen(text));
}

/* Sends stream bytes [at, at + len) and notes the frame of those that come for the first time. */
static void say_bytes(struct wire *w, enum side from, uint32_t at, uint32_t len)
{
	static uint8_t buffer[70000];
	for (uint32_t i = 0; i < len; i++) {
		buffer[i] = byte_at(from, at + i);
		if (w->frame_of[from][at + i] != 0)
			continue;
		w->frame_of[from][at + i] = w->frame + 1;
		w->in_frame_of[from][at + i] = PAYLOAD_AT + 20 + i;
	}
	send_raw(w, from, w->isn[from] + 1 + at, w->isn[other_side(from)] + 1, ACK, buffer, len);
}

static void shake_hands(struct wire *w)
{
	send_raw(w, CLIENT, w->isn[CLIENT], 0, SYN, "", 0);
	send_raw(w, SERVER, w->isn[SERVER], w->isn[CLIENT] + 1, SYN | ACK, "", 0);
	send_raw(w, CLIENT, w->isn[CLIENT] + 1, w->isn[SERVER] + 1, ACK, "", 0);
}

static void assert_accounts(const struct wire *w)
{
	const struct tcp_counters *c = tcp_counters(w->table);
	ck_assert_uint_eq(c->payload, c->delivered + c->duplicate + c->conflicting +
	                                      c->out_of_window + c->dropped);
}

/* Ends the capture, checks the accounts, gives everything back. The log stays valid. */
static void hang_up(struct wire *w)
{
	tcp_finish(w->table);
	assert_accounts(w);
	tcp_free(w->table);
	w->table = NULL;
}

static bool told(const struct wire *w, const char *word)
{
	return strstr(w->log, word) != NULL;
}

static void assert_told(const struct wire *w, const char *word)
{
	ck_assert_msg(told(w, word), "not told %s in: %s", word, w->log);
}

static void assert_not_told(const struct wire *w, const char *word)
{
	ck_assert_msg(!told(w, word), "told %s in: %s", word, w->log);
}

static void assert_heard(const struct wire *w, enum side s, const char *text)
{
	ck_assert_uint_eq(w->end[s], strlen(text));
	ck_assert_mem_eq(w->got[s], text, strlen(text));
}

/* The whole stream came, as say_bytes sends it. */
static void assert_stream(const struct wire *w, enum side s, uint32_t len)
{
	ck_assert_uint_eq(w->end[s], len);
	for (uint32_t i = 0; i < len; i++)
		if (w->got[s][i] != byte_at(s, i))
			ck_abort_msg("byte %u of %s is wrong", i, side_name(s));
}

START_TEST(bytes_in_order_are_given_in_order)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "GET ");
	say(w, SERVER, 0, "200 ");
	say(w, CLIENT, 4, "/");
	hang_up(w);
	assert_heard(w, CLIENT, "GET /");
	assert_heard(w, SERVER, "200 ");
	ck_assert_str_eq(w->log, "c:syn@1 s:syn-ack@2 c:established@3 c:end s:end cut");
	free(w);
}
END_TEST

START_TEST(bytes_out_of_order_wait_for_what_lies_before_them)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 6, "gh");
	say(w, CLIENT, 3, "def");
	ck_assert_uint_eq(w->end[CLIENT], 0);
	say(w, CLIENT, 0, "abc");
	assert_heard(w, CLIENT, "abcdefgh");
	hang_up(w);
	assert_not_told(w, "tcp-");
	free(w);
}
END_TEST

START_TEST(a_hole_is_declared_when_the_capture_ends)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	say(w, CLIENT, 5, "fg");
	say(w, CLIENT, 9, "j");
	ck_assert_uint_eq(w->end[CLIENT], 3);
	hang_up(w);
	assert_heard(w, CLIENT, "abc..fg..j");
	assert_told(w, "c:tcp-gap@4 c:gap:3+2@4 c:gap:7+2@5 c:end");
	free(w);
}
END_TEST

START_TEST(what_the_consumer_leaves_is_offered_again)
{
	struct wire *w = wire_new();
	w->appetite[CLIENT] = IN_FIVES;
	shake_hands(w);
	say(w, CLIENT, 0, "abcdefg");
	ck_assert_uint_eq(w->end[CLIENT], 5);
	say(w, CLIENT, 7, "hi");
	ck_assert_uint_eq(w->end[CLIENT], 5);
	say(w, CLIENT, 9, "jkl");
	ck_assert_uint_eq(w->end[CLIENT], 10);
	hang_up(w);
	free(w);
}
END_TEST

/* Ends the capture and forgets the wire. */
static void done(struct wire *w)
{
	if (w->table != NULL)
		hang_up(w);
	free(w);
}

START_TEST(need_spares_calls_until_enough_bytes_lie_there)
{
	struct wire *w = wire_new();
	w->appetite[CLIENT] = IN_FIVES;
	shake_hands(w);
	for (uint32_t i = 0; i < 1000; i++)
		say_bytes(w, CLIENT, i, 1);
	ck_assert_uint_eq(w->end[CLIENT], 1000);
	ck_assert_uint_le(w->n_calls, 201);
	done(w);
}
END_TEST

START_TEST(a_consumer_that_waits_is_not_called_before_it_asks)
{
	struct wire *w = wire_new();
	w->appetite[CLIENT] = WAITS;
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	say(w, CLIENT, 3, "def");
	ck_assert_uint_eq(w->n_calls, 1);
	w->appetite[CLIENT] = ALL;
	tcp_offer_again(w->table, w->flow, CLIENT);
	assert_heard(w, CLIENT, "abcdef");
	ck_assert_uint_eq(w->n_calls, 2);
	done(w);
}
END_TEST

START_TEST(another_offer_asked_for_inside_a_call_is_made_after_it)
{
	struct wire *w = wire_new();
	w->appetite[CLIENT] = WAITS;
	w->wakes_client = true;
	shake_hands(w);
	say(w, CLIENT, 0, "finished");
	say(w, SERVER, 0, "hello");
	assert_heard(w, CLIENT, "finished");
	assert_heard(w, SERVER, "hello");
	done(w);
}
END_TEST

START_TEST(both_sides_are_offered_until_nothing_is_taken_before_a_flow_ends)
{
	struct wire *w = wire_new();
	w->appetite[CLIENT] = WAITS;
	w->appetite[SERVER] = WAITS;
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	say(w, SERVER, 0, "def");
	w->appetite[CLIENT] = IN_HALVES;
	w->appetite[SERVER] = ALL;
	hang_up(w);
	ck_assert_uint_eq(w->end[CLIENT], 2); /* 3 / 2 and 2 / 2; half of the last is nothing */
	assert_heard(w, SERVER, "def");
	ck_assert_uint_eq(strlen(strstr(w->log, "c:end")), strlen("c:end s:end cut"));
	done(w);
}
END_TEST

START_TEST(a_retransmission_is_counted_and_not_given_twice)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "abcdef");
	say(w, CLIENT, 0, "abcdef");
	say(w, CLIENT, 3, "defghi");
	assert_heard(w, CLIENT, "abcdefghi");
	ck_assert_uint_eq(tcp_counters(w->table)->duplicate, 9);
	ck_assert_uint_eq(tcp_counters(w->table)->delivered, 9);
	hang_up(w);
	assert_not_told(w, "tcp-overlap-conflict");
	done(w);
}
END_TEST

START_TEST(of_overlapping_bytes_that_wait_the_first_copy_wins)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 4, "efgh");
	say(w, CLIENT, 2, "XXXX");        /* its right part is there already */
	say(w, CLIENT, 6, "YYYY");        /* its left part */
	say(w, CLIENT, 1, "ZZZZZZZZZZZ"); /* all of it but the ends */
	say(w, CLIENT, 0, "a");
	assert_heard(w, CLIENT, "aZXXefghYYZZ");
	hang_up(w);
	assert_told(w, "c:tcp-overlap-conflict@5");
	done(w);
}
END_TEST

START_TEST(other_bytes_for_what_is_kept_are_a_conflict)
{
	struct wire *w = wire_new();
	w->appetite[CLIENT] = NOTHING;
	shake_hands(w);
	say(w, CLIENT, 0, "abcdef");
	say(w, CLIENT, 2, "cXe");
	ck_assert_uint_eq(tcp_counters(w->table)->conflicting, 1);
	ck_assert_uint_eq(tcp_counters(w->table)->duplicate, 2);
	assert_told(w, "c:tcp-overlap-conflict@5");
	w->appetite[CLIENT] = ALL;
	hang_up(w);
	assert_heard(w, CLIENT, "abcdef");
	done(w);
}
END_TEST

START_TEST(other_bytes_for_what_was_delivered_are_a_conflict_whatever_their_bounds)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "name=real1.exa");
	say(w, CLIENT, 14, "mple;rest");
	say(w, CLIENT, 0, "name=real1.example;rest");
	assert_not_told(w, "tcp-overlap-conflict");
	say(w, CLIENT, 5, "decoy");
	assert_told(w, "c:tcp-overlap-conflict@7");
	ck_assert_uint_eq(tcp_counters(w->table)->conflicting, 4); /* one letter is the same */
	hang_up(w);
	assert_heard(w, CLIENT, "name=real1.example;rest");
	done(w);
}
END_TEST

START_TEST(a_keep_alive_byte_is_ignored)
{
	struct wire *w = wire_new();
	shake_hands(w);
	send_raw(w, CLIENT, w->isn[CLIENT], w->isn[SERVER] + 1, ACK, "K", 1);
	say(w, CLIENT, 0, "abc");
	say(w, CLIENT, 2, "K");
	say(w, CLIENT, 3, "def");
	assert_heard(w, CLIENT, "abcdef");
	hang_up(w);
	assert_not_told(w, "tcp-");
	done(w);
}
END_TEST

/* Says that a side received up to this offset and has no room for more. */
static void close_window(struct wire *w, enum side s, uint32_t received)
{
	uint16_t window = w->window;
	w->window = 0;
	send_raw(w, s, w->isn[s] + 1, w->isn[other_side(s)] + 1 + received, ACK, "", 0);
	w->window = window;
}

START_TEST(a_probe_of_a_closed_window_is_not_delivered)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	close_window(w, SERVER, 3);
	say(w, CLIENT, 3, "Z");
	say(w, CLIENT, 3, "Z");
	send_raw(w, SERVER, w->isn[SERVER] + 1, w->isn[CLIENT] + 4, ACK, "", 0);
	say(w, CLIENT, 3, "def");
	assert_heard(w, CLIENT, "abcdef");
	assert_told(w, "c:tcp-overlap-conflict");
	done(w);
}
END_TEST

START_TEST(a_probe_that_was_acknowledged_is_delivered)
{
	struct wire *w = wire_new();
	shake_hands(w);
	close_window(w, SERVER, 0);
	say(w, CLIENT, 0, "a");
	ck_assert_uint_eq(w->end[CLIENT], 0);
	send_raw(w, SERVER, w->isn[SERVER] + 1, w->isn[CLIENT] + 2, ACK, "", 0);
	say(w, CLIENT, 1, "bc");
	assert_heard(w, CLIENT, "abc");
	done(w);
}
END_TEST

START_TEST(a_probe_may_repeat_what_came_before_its_byte)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "ab");
	close_window(w, SERVER, 2);
	say(w, CLIENT, 0, "abZ");
	assert_heard(w, CLIENT, "ab");
	say(w, CLIENT, 0, "abcde");
	assert_heard(w, CLIENT, "abcde");
	assert_told(w, "c:tcp-overlap-conflict@7");
	done(w);
}
END_TEST

START_TEST(a_byte_whose_followers_were_cut_off_is_no_probe)
{
	struct wire *w = wire_new();
	shake_hands(w);
	close_window(w, SERVER, 0);
	w->missing = 4;
	say(w, CLIENT, 0, "a");
	assert_heard(w, CLIENT, "a");
	assert_told(w, "c:gap:1+4@5");
	done(w);
}
END_TEST

START_TEST(bytes_cut_off_in_the_place_of_a_probe_leave_it_where_it_was)
{
	struct wire *w = wire_new();
	shake_hands(w);
	close_window(w, SERVER, 0);
	say(w, CLIENT, 0, "a");
	w->missing = 5;
	say(w, CLIENT, 0, "");
	w->missing = 0;
	send_raw(w, SERVER, w->isn[SERVER] + 1, w->isn[CLIENT] + 7, ACK, "", 0);
	say(w, CLIENT, 5, "f");
	assert_heard(w, CLIENT, "a....f");
	assert_told(w, "c:gap:1+4@5");
	done(w);
}
END_TEST

START_TEST(a_probe_stays_in_its_place_when_a_hole_is_given_up)
{
	struct tcp_limits limits = usual_limits();
	limits.max_side_bytes = 5000;
	struct wire *w = wire_with(limits);
	shake_hands(w);
	close_window(w, SERVER, 0);
	say_bytes(w, CLIENT, 0, 1);
	say_bytes(w, CLIENT, 10, 5000);
	assert_told(w, "c:gap:1+9@5");
	ck_assert_uint_eq(w->got[CLIENT][0], byte_at(CLIENT, 0));
	ck_assert_uint_eq(w->end[CLIENT], 5010);
	hang_up(w);
	ck_assert_uint_eq(w->end[CLIENT], 5010);
	done(w);
}
END_TEST

START_TEST(sequence_numbers_may_wrap_in_any_order)
{
	struct wire *w = wire_new();
	w->isn[CLIENT] = 0xfffffffa;
	shake_hands(w);
	say(w, CLIENT, 8, "ijkl");
	say(w, CLIENT, 3, "defgh");
	say(w, CLIENT, 0, "abc");
	assert_heard(w, CLIENT, "abcdefghijkl");
	done(w);
}
END_TEST

START_TEST(a_stream_longer_than_sequence_space_keeps_its_offsets)
{
	static uint8_t block[65000];
	struct wire *w = wire_new();
	w->expect_frames = false;
	shake_hands(w);
	uint64_t at = 0;
	while (at < 5000000000) {
		uint32_t seq = w->isn[CLIENT] + 1 + (uint32_t)at;
		send_raw(w, CLIENT, seq, w->isn[SERVER] + 1, ACK, block, sizeof block);
		at += sizeof block;
	}
	ck_assert_uint_eq(w->end[CLIENT], at);
	ck_assert_uint_eq(flow_payload(w->flow, CLIENT), at);
	hang_up(w);
	assert_not_told(w, "tcp-");
	done(w);
}
END_TEST

START_TEST(segments_a_gibibyte_away_are_ignored_and_reported)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 1u << 30, "ahead");
	say(w, CLIENT, 0u - (1u << 30), "behind");
	say(w, CLIENT, 0, "abc");
	ck_assert_uint_eq(tcp_counters(w->table)->out_of_window, 11);
	hang_up(w);
	assert_heard(w, CLIENT, "abc");
	assert_told(w, "c:tcp-out-of-window@4");
	assert_not_told(w, "gap");
	done(w);
}
END_TEST

START_TEST(data_on_a_syn_is_read)
{
	struct wire *w = wire_new();
	send_raw(w, CLIENT, w->isn[CLIENT], 0, SYN, "hello", 5);
	assert_heard(w, CLIENT, "hello");
	send_raw(w, SERVER, w->isn[SERVER], w->isn[CLIENT] + 6, SYN | ACK, "", 0);
	say(w, CLIENT, 5, " world");
	assert_heard(w, CLIENT, "hello world");
	assert_told(w, "c:tcp-syn-data@1");
	done(w);
}
END_TEST

START_TEST(data_on_a_syn_ack_counts_when_it_is_acknowledged)
{
	struct wire *w = wire_new();
	send_raw(w, CLIENT, w->isn[CLIENT], 0, SYN, "", 0);
	send_raw(w, SERVER, w->isn[SERVER], w->isn[CLIENT] + 1, SYN | ACK, "hello", 5);
	assert_told(w, "s:tcp-syn-data@2");
	ck_assert_uint_eq(w->end[SERVER], 0);
	send_raw(w, CLIENT, w->isn[CLIENT] + 1, w->isn[SERVER] + 6, ACK, "", 0);
	assert_heard(w, SERVER, "hello");
	done(w);
}
END_TEST

START_TEST(data_on_a_syn_ack_gives_way_to_what_is_sent_instead)
{
	struct wire *w = wire_new();
	send_raw(w, CLIENT, w->isn[CLIENT], 0, SYN, "", 0);
	send_raw(w, SERVER, w->isn[SERVER], w->isn[CLIENT] + 1, SYN | ACK, "HTTP", 4);
	send_raw(w, CLIENT, w->isn[CLIENT] + 1, w->isn[SERVER] + 1, ACK, "", 0);
	say(w, SERVER, 0, "hello");
	assert_heard(w, SERVER, "hello");
	done(w);
}
END_TEST

START_TEST(of_two_syns_the_acknowledged_one_is_followed)
{
	struct wire *w = wire_new();
	send_raw(w, CLIENT, 77, 0, SYN, "", 0);
	send_raw(w, CLIENT, w->isn[CLIENT], 0, SYN, "", 0);
	send_raw(w, SERVER, w->isn[SERVER], w->isn[CLIENT] + 1, SYN | ACK, "", 0);
	say(w, CLIENT, 0, "abc");
	assert_heard(w, CLIENT, "abc");
	assert_told(w, "c:tcp-syn-conflict@2");
	hang_up(w);
	assert_not_told(w, "reused");
	done(w);
}
END_TEST

START_TEST(a_repeated_syn_is_no_finding)
{
	struct wire *w = wire_new();
	send_raw(w, CLIENT, w->isn[CLIENT], 0, SYN, "", 0);
	shake_hands(w);
	send_raw(w, SERVER, w->isn[SERVER], w->isn[CLIENT] + 1, SYN | ACK, "", 0);
	say(w, CLIENT, 0, "abc");
	hang_up(w);
	ck_assert_str_eq(w->log, "c:syn@1 s:syn-ack@3 c:established@4 c:end s:end cut");
	done(w);
}
END_TEST

START_TEST(a_new_syn_on_an_open_connection_begins_a_new_flow)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	w->isn[CLIENT] = 0x51110000;
	w->isn[SERVER] = 0x62220000;
	w->end[CLIENT] = 0;
	shake_hands(w);
	assert_told(w, "c:end s:end reused c:syn@5 c:tcp-reuse@5 s:syn-ack@6 c:established@7");
	say(w, CLIENT, 0, "xyz");
	assert_heard(w, CLIENT, "xyz");
	ck_assert_uint_eq(tcp_counters(w->table)->flows, 2);
	done(w);
}
END_TEST

/* Both sides say that they have finished, at these offsets. */
static void say_goodbye(struct wire *w, uint32_t client_at, uint32_t server_at)
{
	uint32_t c = w->isn[CLIENT] + 1 + client_at, s = w->isn[SERVER] + 1 + server_at;
	send_raw(w, CLIENT, c, s, FIN | ACK, "", 0);
	send_raw(w, SERVER, s, c + 1, FIN | ACK, "", 0);
	send_raw(w, CLIENT, c + 1, s + 1, ACK, "", 0);
}

START_TEST(a_syn_after_the_close_begins_a_new_flow_even_nearby)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say_goodbye(w, 0, 0);
	w->isn[CLIENT] += 64;
	w->isn[SERVER] += 64;
	shake_hands(w);
	hang_up(w);
	assert_told(w, "end closed c:syn@7 c:tcp-reuse@7");
	done(w);
}
END_TEST

START_TEST(a_split_handshake_has_its_client_in_the_first_syn)
{
	struct wire *w = wire_new();
	send_raw(w, CLIENT, w->isn[CLIENT], 0, SYN, "", 0);
	send_raw(w, SERVER, w->isn[SERVER], 0, SYN, "", 0);
	send_raw(w, CLIENT, w->isn[CLIENT], w->isn[SERVER] + 1, SYN | ACK, "", 0);
	send_raw(w, SERVER, w->isn[SERVER] + 1, w->isn[CLIENT] + 1, ACK, "", 0);
	say(w, CLIENT, 0, "hello");
	say(w, SERVER, 0, "world");
	assert_heard(w, CLIENT, "hello");
	assert_heard(w, SERVER, "world");
	ck_assert_uint_eq(flow_endpoint(w->flow, CLIENT)->port, 40000);
	assert_told(w, "s:tcp-split-handshake@2");
	done(w);
}
END_TEST

START_TEST(without_a_syn_the_known_port_is_the_servers)
{
	struct wire *w = wire_new();
	say(w, SERVER, 0, "late");
	ck_assert_uint_eq(flow_endpoint(w->flow, SERVER)->port, 443);
	hang_up(w);
	assert_told(w, "s:tcp-midstream@1");
	assert_heard(w, SERVER, "late");
	done(w);
	w = wire_new();
	w->server_port = 8443;
	say(w, SERVER, 0, "late");
	ck_assert_uint_eq(flow_endpoint(w->flow, SERVER)->port, 8443);
	done(w);
}
END_TEST

START_TEST(in_the_middle_the_answer_releases_the_question)
{
	struct wire *w = wire_new();
	say(w, CLIENT, 0, "question");
	send_raw(w, SERVER, w->isn[SERVER] + 1, w->isn[CLIENT] + 9, ACK, "answer", 6);
	assert_heard(w, CLIENT, "question");
	assert_heard(w, SERVER, "answer");
	done(w);
}
END_TEST

START_TEST(a_reversed_flight_without_a_syn_is_read_from_its_beginning)
{
	struct wire *w = wire_new();
	for (uint32_t i = 10; i-- > 0;)
		say_bytes(w, CLIENT, i * 100, 100);
	hang_up(w);
	assert_stream(w, CLIENT, 1000);
	assert_not_told(w, "gap");
	done(w);
}
END_TEST

START_TEST(data_that_overtakes_its_syn_is_read)
{
	struct wire *w = wire_new();
	say(w, CLIENT, 3, "def");
	say(w, CLIENT, 0, "abc");
	shake_hands(w);
	assert_heard(w, CLIENT, "abcdef");
	hang_up(w);
	assert_not_told(w, "tcp-");
	done(w);
}
END_TEST

START_TEST(without_any_ack_a_stream_is_given_after_some_patience)
{
	struct wire *w = wire_new();
	for (uint32_t i = 0; i < 20; i++)
		say_bytes(w, SERVER, i * 10, 10);
	ck_assert_uint_eq(w->end[SERVER], 200);
	hang_up(w);
	assert_told(w, "s:tcp-one-sided");
	done(w);
}
END_TEST

START_TEST(a_fin_is_told_when_its_place_is_reached)
{
	struct wire *w = wire_new();
	shake_hands(w);
	send_raw(w, CLIENT, w->isn[CLIENT] + 4, w->isn[SERVER] + 1, FIN | ACK, "def", 3);
	assert_not_told(w, "fin");
	say(w, CLIENT, 0, "abc");
	assert_told(w, "c:fin@4");
	say_goodbye(w, 6, 0);
	hang_up(w);
	assert_heard(w, CLIENT, "abcdef");
	assert_told(w, "c:fin@4 s:fin@7 c:end s:end closed");
	done(w);
}
END_TEST

START_TEST(bytes_missing_before_a_fin_are_a_gap)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	say_goodbye(w, 10, 0);
	hang_up(w);
	assert_told(w, "c:gap:3+7@4 c:fin@5 c:end");
	done(w);
}
END_TEST

START_TEST(data_after_a_fin_is_read_and_marked)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	send_raw(w, CLIENT, w->isn[CLIENT] + 4, w->isn[SERVER] + 1, FIN | ACK, "", 0);
	say(w, CLIENT, 3, "def");
	assert_heard(w, CLIENT, "abcdef");
	assert_told(w, "c:fin@5 c:tcp-fin-suspect@6");
	done(w);
}
END_TEST

START_TEST(a_reset_out_of_window_is_not_believed)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	send_raw(w, CLIENT, w->isn[CLIENT] + 4 + 0x20000000, 0, RST, "", 0);
	send_raw(w, SERVER, w->isn[SERVER] + 1 - 0x20000000, 0, RST, "", 0);
	say(w, CLIENT, 3, "def");
	hang_up(w);
	assert_heard(w, CLIENT, "abcdef");
	assert_told(w, "c:tcp-rst-suspect@5 s:tcp-rst-suspect@6 c:end s:end cut");
	assert_not_told(w, ":rst@");
	done(w);
}
END_TEST

START_TEST(data_after_a_reset_is_read_and_marked)
{
	struct wire *w = wire_new();
	shake_hands(w);
	send_raw(w, SERVER, w->isn[SERVER] + 1, w->isn[CLIENT] + 1, RST | ACK, "why", 3);
	say(w, CLIENT, 0, "abc");
	assert_not_told(w, "tcp-rst-suspect");
	say(w, SERVER, 0, "def");
	hang_up(w);
	assert_told(w, "s:rst@4 s:tcp-rst-suspect@6");
	assert_heard(w, SERVER, "def");
	assert_heard(w, CLIENT, "abc");
	done(w);
}
END_TEST

START_TEST(what_the_snap_length_cut_off_is_a_gap_of_its_size)
{
	struct wire *w = wire_new();
	shake_hands(w);
	w->missing = 7;
	say(w, CLIENT, 0, "abc");
	w->missing = 0;
	assert_told(w, "c:gap:3+7@4");
	say(w, CLIENT, 10, "def");
	assert_heard(w, CLIENT, "abc.......def");
	ck_assert_uint_eq(tcp_counters(w->table)->gap_bytes, 7);
	ck_assert_uint_eq(flow_payload(w->flow, CLIENT), 13);
	done(w);
}
END_TEST

START_TEST(what_was_cut_off_out_of_order_may_still_be_retransmitted)
{
	struct wire *w = wire_new();
	shake_hands(w);
	w->missing = 7;
	say(w, CLIENT, 3, "def"); /* 6 to 12 are missing */
	w->missing = 0;
	say(w, CLIENT, 8, "ij");
	say(w, CLIENT, 13, "n");
	assert_not_told(w, "gap");
	say(w, CLIENT, 0, "abc");
	assert_heard(w, CLIENT, "abcdef..ij...n");
	assert_told(w, "c:gap:6+2@4");
	assert_told(w, "c:gap:10+3@5");
	done(w);
}
END_TEST

START_TEST(the_oldest_hole_is_lost_when_a_side_reaches_its_bound)
{
	struct tcp_limits limits = usual_limits();
	limits.max_side_bytes = 50000;
	struct wire *w = wire_with(limits);
	shake_hands(w);
	say_bytes(w, CLIENT, 0, 100);
	for (uint32_t at = 200; at < 100200; at += 1000)
		say_bytes(w, CLIENT, at, at == 90200 ? 900 : 1000);
	assert_told(w, "c:gap:100+100@4");
	ck_assert_uint_eq(w->end[CLIENT], 91100);
	assert_not_told(w, "reassembly-limit");
	hang_up(w);
	assert_told(w, "c:gap:91100+100@");
	ck_assert_uint_eq(w->end[CLIENT], 100200);
	done(w);
}
END_TEST

START_TEST(a_consumer_that_never_takes_holds_no_more_than_its_bound)
{
	struct tcp_limits limits = usual_limits();
	limits.max_side_bytes = 10000;
	struct wire *w = wire_with(limits);
	w->appetite[CLIENT] = WAITS;
	shake_hands(w);
	for (uint32_t at = 0; at < 100000; at += 1000)
		say_bytes(w, CLIENT, at, 1000);
	assert_told(w, "c:reassembly-limit@13 c:tcp-gap@13 c:gap:0+10000@13");
	ck_assert_uint_ge(tcp_counters(w->table)->dropped, 90000);
	ck_assert_uint_eq(tcp_counters(w->table)->gap_bytes, 0);
	done(w);
}
END_TEST

START_TEST(one_byte_with_every_second_missing_stays_inside_the_bound)
{
	struct tcp_limits limits = usual_limits();
	limits.max_side_bytes = 100000;
	struct wire *w = wire_with(limits);
	w->expect_frames = false;
	shake_hands(w);
	size_t before = tcp_memory(w->table), most = 0;
	for (uint32_t i = 1; i < 80000; i += 2) {
		say_bytes(w, CLIENT, i, 1);
		if (tcp_memory(w->table) > most)
			most = tcp_memory(w->table);
	}
	ck_assert_uint_le(most - before, 300000);
	const struct tcp_counters *c = tcp_counters(w->table);
	tcp_finish(w->table);
	ck_assert_uint_eq(c->gap_bytes, 40000);
	ck_assert_uint_eq(c->delivered, 40000);
	done(w);
}
END_TEST

START_TEST(the_least_recently_used_flow_gives_way)
{
	struct tcp_limits limits = usual_limits();
	limits.max_flows = 3;
	struct wire *w = wire_with(limits);
	for (uint16_t port = 1; port <= 3; port++) {
		w->client_port = port;
		send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	}
	w->client_port = 1;
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	w->client_port = 4;
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	ck_assert_uint_eq(tcp_counters(w->table)->evicted, 1);
	w->client_port = 1; /* still there; number 2 is gone */
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	ck_assert_uint_eq(tcp_counters(w->table)->flows, 4);
	hang_up(w);
	assert_told(w, "c:syn@3 c:end s:end evicted c:syn@5 c:end");
	done(w);
}
END_TEST

START_TEST(the_bytes_of_all_flows_together_are_bounded)
{
	struct tcp_limits limits = usual_limits();
	limits.max_bytes = 200000;
	struct wire *w = wire_with(limits);
	w->many_flows = true;
	w->expect_frames = false;
	for (uint16_t port = 1; port <= 100; port++) {
		w->client_port = port;
		send_raw(w, CLIENT, w->isn[CLIENT], 0, SYN, "", 0);
		say_bytes(w, CLIENT, 100, 20000);
		ck_assert_uint_le(tcp_memory(w->table), 200000 + 300000);
	}
	ck_assert_uint_ge(tcp_counters(w->table)->evicted, 90);
	done(w);
}
END_TEST

START_TEST(idle_flows_end_by_the_clock_of_the_capture)
{
	struct wire *w = wire_new();
	shake_hands(w);
	w->client_port = 2;
	w->time += 200 * (moment)NS_PER_SECOND;
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	w->time += 150 * (moment)NS_PER_SECOND;
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	assert_told(w, "c:syn@4 c:end s:end idle");
	done(w);
}
END_TEST

START_TEST(a_clock_that_leaps_now_and_then_ends_nothing)
{
	struct wire *w = wire_new();
	shake_hands(w);
	moment right = w->time;
	for (uint32_t i = 0; i < 12; i++) {
		w->time = i % 4 == 2 ? right + 4000000000 * (moment)NS_PER_SECOND : right - i;
		send_raw(w, CLIENT, 1 + i, 0, ACK, "x", 1);
	}
	assert_not_told(w, "idle");
	done(w);
}
END_TEST

START_TEST(a_flow_ends_when_both_sides_closed_and_know_it)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say_goodbye(w, 0, 0);
	assert_told(w, "end closed");
	done(w);
}
END_TEST

START_TEST(what_comes_after_the_end_begins_nothing)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0, "late");
	say_goodbye(w, 4, 0);
	size_t before = strlen(w->log);
	send_raw(w, CLIENT, w->isn[CLIENT] + 6, w->isn[SERVER] + 2, ACK, "", 0);
	say(w, CLIENT, 0, "late");
	send_raw(w, SERVER, w->isn[SERVER] + 1, w->isn[CLIENT] + 1, FIN | ACK, "", 0);
	send_raw(w, SERVER, 0, 0, SYN | FIN, "", 0);
	ck_assert_uint_eq(strlen(w->log), before);
	hang_up(w);
	ck_assert_uint_eq(strlen(w->log), before);
	done(w);
}
END_TEST

/* An attacker that can speak for both sides can end a flow; the bytes behind are read still. */
START_TEST(a_stream_that_goes_on_behind_its_end_is_a_new_flow)
{
	struct wire *w = wire_new();
	w->many_flows = true;
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	say_goodbye(w, 3, 0);
	say(w, CLIENT, 3, "defg");
	assert_told(w, "closed c:syn@8 c:tcp-reuse@8");
	hang_up(w);
	assert_told(w, "c:tcp-midstream@8");
	ck_assert_mem_eq(w->got[CLIENT], "defg", 4); /* offset 0 of the new flow */
	done(w);
}
END_TEST

START_TEST(an_ack_that_is_not_of_the_fin_ends_nothing)
{
	struct wire *w = wire_new();
	shake_hands(w);
	uint32_t c = w->isn[CLIENT] + 1, s = w->isn[SERVER] + 1;
	send_raw(w, CLIENT, c, s, FIN | ACK, "", 0);
	send_raw(w, SERVER, s, c + 2, FIN | ACK, "", 0);
	send_raw(w, CLIENT, c + 1, s + 1, ACK, "", 0);
	assert_not_told(w, "closed");
	send_raw(w, SERVER, s + 1, c, ACK, "", 0);
	assert_not_told(w, "closed");
	send_raw(w, SERVER, s + 1, c + 1, ACK, "", 0);
	assert_told(w, "closed");
	done(w);
}
END_TEST

START_TEST(a_stream_that_went_on_behind_its_fin_ends_by_time_alone)
{
	struct wire *w = wire_new();
	shake_hands(w);
	uint32_t c = w->isn[CLIENT] + 1, s = w->isn[SERVER] + 1;
	send_raw(w, CLIENT, c, s, FIN | ACK, "", 0);
	send_raw(w, SERVER, s, c + 1, ACK, "", 0);
	say(w, CLIENT, 0, "abc");
	send_raw(w, SERVER, s, c + 4, FIN | ACK, "", 0);
	send_raw(w, CLIENT, c + 3, s + 1, ACK, "", 0);
	assert_not_told(w, "closed");
	say(w, CLIENT, 3, "def");
	assert_heard(w, CLIENT, "abcdef");
	done(w);
}
END_TEST

START_TEST(a_flow_whose_extents_are_kept_ends_like_any_other)
{
	struct wire *w = wire_new();
	w->keep_extents = true;
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	say_goodbye(w, 3, 0);
	assert_told(w, "end closed");
	ck_assert_uint_eq(tcp_counters(w->table)->delivered, 3);
	done(w);
}
END_TEST

START_TEST(flows_that_are_over_give_way_first_and_are_not_counted_as_evicted)
{
	struct tcp_limits limits = usual_limits();
	limits.max_flows = 3;
	struct wire *w = wire_with(limits);
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	for (uint16_t port = 1; port <= 50; port++) {
		w->client_port = port;
		shake_hands(w);
		say_goodbye(w, 0, 0);
	}
	ck_assert_uint_eq(tcp_counters(w->table)->evicted, 0);
	assert_not_told(w, "evicted");
	w->client_port = 40000; /* the open one is still there */
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	ck_assert_uint_eq(tcp_counters(w->table)->flows, 51);
	done(w);
}
END_TEST

START_TEST(reset_flows_end_after_their_linger_time)
{
	struct wire *w = wire_new();
	shake_hands(w);
	send_raw(w, CLIENT, w->isn[CLIENT] + 1, w->isn[SERVER] + 1, RST | ACK, "", 0);
	w->client_port = 2;
	w->time += 9 * (moment)NS_PER_SECOND;
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	assert_not_told(w, "closed");
	w->time += 2 * (moment)NS_PER_SECOND;
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	assert_told(w, "closed");
	done(w);
}
END_TEST

START_TEST(one_wild_time_does_not_end_every_flow)
{
	struct wire *w = wire_new();
	shake_hands(w);
	w->client_port = 2;
	moment now = w->time;
	w->time += 1000000 * (moment)NS_PER_SECOND;
	send_raw(w, CLIENT, 5, 0, SYN, "", 0);
	w->time = now;
	w->client_port = 40000;
	say(w, CLIENT, 0, "abc");
	assert_not_told(w, "idle");
	ck_assert_uint_eq(tcp_counters(w->table)->flows, 2);
	done(w);
}
END_TEST

START_TEST(headers_that_contradict_themselves_are_counted)
{
	static const uint8_t header[20] = {0x9c, 0x40, 1, 0xbb, [12] = 0x40, [13] = ACK};
	struct wire *w = wire_new();
	shake_hands(w);
	struct ip_packet p = {.payload = {header, 20}, .frame = 9};
	p.source.ip[15] = 1;
	p.target.ip[15] = 2;
	tcp_segment(w->table, &p); /* a header of 16 bytes */
	p.payload.len = 19;
	tcp_segment(w->table, &p);
	p.payload = (struct bytes){NULL, 0};
	tcp_segment(w->table, &p);
	send_raw(w, CLIENT, 5, 0, SYN | FIN, "", 0);
	ck_assert_uint_eq(tcp_counters(w->table)->malformed, 4);
	assert_told(w, "c:tcp-malformed@9");
	done(w);
}
END_TEST

START_TEST(urgent_data_stays_in_line_and_is_reported)
{
	struct wire *w = wire_new();
	shake_hands(w);
	send_raw(w, CLIENT, w->isn[CLIENT] + 1, w->isn[SERVER] + 1, ACK | URG, "ab!", 3);
	assert_heard(w, CLIENT, "ab!");
	assert_told(w, "c:tcp-urgent@4");
	done(w);
}
END_TEST

START_TEST(stray_acks_and_resets_begin_no_flow)
{
	struct wire *w = wire_new();
	send_raw(w, CLIENT, 5, 5, ACK, "", 0);
	send_raw(w, SERVER, 5, 5, RST, "", 0);
	ck_assert_uint_eq(tcp_counters(w->table)->flows, 0);
	done(w);
}
END_TEST

START_TEST(with_all_extents_kept_every_byte_knows_its_frame)
{
	struct wire *w = wire_new();
	w->keep_extents = true;
	shake_hands(w);
	say_bytes(w, CLIENT, 0, 100);
	say_bytes(w, CLIENT, 150, 50);
	say_bytes(w, CLIENT, 90, 60);
	say_bytes(w, CLIENT, 200, 5);
	check_frames(w, w->flow, CLIENT, 0, 205);
	ck_assert_uint_eq(flow_frame_at(w->flow, CLIENT, 205, NULL), 0);
	done(w);
}
END_TEST

START_TEST(kept_bytes_know_their_frames)
{
	struct wire *w = wire_new();
	w->appetite[CLIENT] = WAITS;
	shake_hands(w);
	for (uint32_t at = 0; at < 3000; at += 30)
		say_bytes(w, CLIENT, at, 30);
	say_bytes(w, CLIENT, 4000, 100); /* out of order */
	check_frames(w, w->flow, CLIENT, 0, 3000);
	check_frames(w, w->flow, CLIENT, 4000, 100);
	ck_assert_uint_eq(flow_frame_at(w->flow, CLIENT, 3500, NULL), 0);
	done(w);
}
END_TEST

START_TEST(sixty_thousand_bytes_in_reverse_order_are_read)
{
	struct wire *w = wire_new();
	w->expect_frames = false;
	shake_hands(w);
	for (uint32_t i = 60000; i-- > 0;)
		say_bytes(w, CLIENT, i, 1);
	assert_stream(w, CLIENT, 60000);
	hang_up(w);
	assert_not_told(w, "tcp-");
	done(w);
}
END_TEST

START_TEST(every_flow_is_found_while_thousands_come_and_go)
{
	struct tcp_limits limits = usual_limits();
	limits.max_flows = 20000;
	limits.linger_seconds = 0;
	struct wire *w = wire_with(limits);
	w->many_flows = true;
	for (uint32_t i = 0; i < 30000; i++) {
		w->client_port = (uint16_t)(1024 + i * 7919 % 30011);
		shake_hands(w);
		if (i % 3 != 0)
			say_goodbye(w, 0, 0);
	}
	const struct tcp_counters *c = tcp_counters(w->table);
	ck_assert_uint_eq(c->flows, 30000);
	for (uint32_t i = 0; i < 30000; i += 3) {
		w->client_port = (uint16_t)(1024 + i * 7919 % 30011);
		say(w, CLIENT, 0, "x");
	}
	ck_assert_uint_eq(c->flows, 30000);
	ck_assert_uint_eq(c->evicted, 0);
	ck_assert_uint_eq(c->delivered, 10000);
	done(w);
}
END_TEST

START_TEST(bytes_before_the_beginning_are_no_part_of_the_stream)
{
	struct wire *w = wire_new();
	shake_hands(w);
	say(w, CLIENT, 0u - 3, "xyzabc");
	say(w, CLIENT, 0u - 9, "xyz");
	ck_assert_uint_eq(tcp_counters(w->table)->out_of_window, 6);
	hang_up(w);
	assert_heard(w, CLIENT, "abc");
	assert_told(w, "c:tcp-out-of-window@4");
	done(w);
}
END_TEST

START_TEST(a_header_cut_by_the_snap_length_leaves_a_gap)
{
	uint8_t header[20] = {0x9c, 0x40, 1, 0xbb, [12] = 0x80, [13] = ACK, [14] = 4};
	struct wire *w = wire_new();
	shake_hands(w);
	put_u32(header + 4, w->isn[CLIENT] + 1);
	put_u32(header + 8, w->isn[SERVER] + 1);
	struct ip_packet p = {.payload = {header, 20}, .frame = 9, .missing = 12 + 100};
	p.source.ip[15] = 1;
	p.target.ip[15] = 2;
	tcp_segment(w->table, &p); /* 12 bytes of options and 100 of data are not there */
	assert_told(w, "c:gap:0+100@1");
	say(w, CLIENT, 100, "abc");
	ck_assert_uint_eq(w->end[CLIENT], 103);
	done(w);
}
END_TEST

START_TEST(a_syn_on_the_addresses_of_a_flow_begun_late_is_a_new_flow)
{
	struct wire *w = wire_new();
	say(w, CLIENT, 0, "abc");
	send_raw(w, SERVER, w->isn[SERVER] + 1, w->isn[CLIENT] + 4, ACK, "", 0);
	send_raw(w, CLIENT, 0x70000000, 0, SYN, "", 0);
	assert_told(w, "reused c:syn@3 c:tcp-reuse@3");
	done(w);
}
END_TEST

START_TEST(a_late_syn_of_the_same_connection_begins_nothing)
{
	struct wire *w = wire_new();
	say(w, CLIENT, 0, "abc");
	send_raw(w, SERVER, w->isn[SERVER] + 1, w->isn[CLIENT] + 4, ACK, "", 0);
	send_raw(w, CLIENT, w->isn[CLIENT], 0, SYN, "", 0);
	say(w, CLIENT, 3, "def");
	assert_heard(w, CLIENT, "abcdef");
	ck_assert_uint_eq(tcp_counters(w->table)->flows, 1);
	done(w);
}
END_TEST

START_TEST(a_start_is_not_moved_back_by_a_segment_far_away)
{
	struct wire *w = wire_new();
	say(w, CLIENT, 0, "abc");
	say(w, CLIENT, 0u - (2u << 20), "far");
	hang_up(w);
	assert_heard(w, CLIENT, "abc");
	assert_told(w, "c:tcp-out-of-window@2");
	done(w);
}
END_TEST

START_TEST(data_that_does_not_belong_to_the_syn_that_follows_is_dropped)
{
	struct wire *w = wire_new();
	say(w, CLIENT, 0u - (3u << 20), "old");
	shake_hands(w);
	say(w, CLIENT, 0, "new");
	assert_heard(w, CLIENT, "new");
	ck_assert_uint_eq(tcp_counters(w->table)->dropped, 3);
	done(w);
}
END_TEST

START_TEST(a_probe_that_nobody_answers_is_given_at_the_end)
{
	struct wire *w = wire_new();
	shake_hands(w);
	close_window(w, SERVER, 0);
	say(w, CLIENT, 0, "a");
	ck_assert_uint_eq(w->end[CLIENT], 0);
	hang_up(w);
	assert_heard(w, CLIENT, "a");
	done(w);
}
END_TEST

START_TEST(a_fin_that_an_earlier_end_leaves_behind_is_marked)
{
	struct wire *w = wire_new();
	shake_hands(w);
	send_raw(w, CLIENT, w->isn[CLIENT] + 4, w->isn[SERVER] + 1, FIN | ACK, "", 0);
	say(w, CLIENT, 0, "abcdef");
	assert_told(w, "c:fin@4 c:tcp-fin-suspect@5");
	assert_heard(w, CLIENT, "abcdef");
	done(w);
}
END_TEST

START_TEST(lost_bytes_have_no_frame)
{
	struct wire *w = wire_new();
	w->keep_extents = true;
	shake_hands(w);
	say_bytes(w, CLIENT, 0, 10);
	w->missing = 5;
	say_bytes(w, CLIENT, 10, 10);
	w->missing = 0;
	say_bytes(w, CLIENT, 25, 10);
	check_frames(w, w->flow, CLIENT, 0, 35);
	ck_assert_uint_eq(flow_frame_at(w->flow, CLIENT, 20, NULL), 0);
	ck_assert_uint_eq(flow_frame_at(w->flow, CLIENT, 24, NULL), 0);
	done(w);
}
END_TEST

START_TEST(a_flow_knows_its_packets_frames_and_times)
{
	struct wire *w = wire_new();
	int own = 0;
	shake_hands(w);
	*flow_user(w->flow) = &own;
	say(w, CLIENT, 0, "abc");
	say(w, CLIENT, 0, "abc");
	ck_assert_ptr_eq(*flow_user(w->flow), &own);
	ck_assert_uint_eq(flow_packets(w->flow, CLIENT), 4);
	ck_assert_uint_eq(flow_packets(w->flow, SERVER), 1);
	ck_assert_uint_eq(flow_payload(w->flow, CLIENT), 6);
	ck_assert_uint_eq(flow_first_frame(w->flow), 1);
	ck_assert_uint_eq(flow_last_frame(w->flow), 5);
	ck_assert_int_eq(flow_first_time(w->flow), 1000000);
	ck_assert_int_eq(flow_last_time(w->flow), 5000000);
	done(w);
}
END_TEST

START_TEST(a_table_can_be_freed_while_bytes_wait)
{
	struct wire *w = wire_new();
	w->appetite[CLIENT] = NOTHING;
	shake_hands(w);
	say(w, CLIENT, 0, "abc");
	say(w, CLIENT, 5, "def");
	say(w, SERVER, 9, "def");
	tcp_free(w->table);
	free(w);
}
END_TEST

static uint64_t random_state;

/* xorshift64*, so that every machine cuts alike. */
static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 2685821657736338717u) >> 33) % n;
}

struct cut {
	uint32_t at, len;
	enum side from;
};

enum { STREAM = 20000, MOST_CUTS = 3 * 2 * STREAM };

/* Cuts both streams into segments, `largest` bytes at most, taking turns. */
static size_t cut_streams(struct cut *cut, uint32_t largest)
{
	uint32_t at[2] = {0, 0};
	size_t n = 0;
	while (at[CLIENT] < STREAM || at[SERVER] < STREAM) {
		enum side s = random_below(2) == 0 ? CLIENT : SERVER;
		uint32_t len = 1 + random_below(largest);
		if (len > STREAM - at[s])
			len = STREAM - at[s];
		if (len == 0)
			continue;
		cut[n++] = (struct cut){at[s], len, s};
		at[s] += len;
		if (random_below(10) == 0) /* again, and not with the same bounds */
			cut[n++] = (struct cut){at[s] - (len + 1) / 2, (len + 1) / 2, s};
	}
	return n;
}

/* Exchanges segments that lie at most `window` places apart. */
static void shuffle(struct cut *cut, size_t n, uint32_t window)
{
	for (size_t i = 0; i < n; i++) {
		size_t j = i + random_below(window);
		if (j >= n)
			continue;
		struct cut c = cut[i];
		cut[i] = cut[j];
		cut[j] = c;
	}
}

START_TEST(two_hundred_ways_of_cutting_give_the_same_bytes)
{
	static struct cut cut[MOST_CUTS];
	struct wire *w = wire_new();
	random_state = 1000 + (uint64_t)_i;
	w->appetite[CLIENT] = _i % 3 == 0 ? IN_FIVES : ALL;
	w->appetite[SERVER] = _i % 5 == 0 ? WAITS : ALL;
	w->isn[CLIENT] = 0u - random_below(STREAM);
	size_t n = cut_streams(cut, _i % 10 == 0 ? 1 : 1 + random_below(3000));
	shuffle(cut, n, _i % 4 == 0 ? 1 : 1 + random_below(200));
	shake_hands(w);
	for (size_t i = 0; i < n; i++)
		say_bytes(w, cut[i].from, cut[i].at, cut[i].len);
	w->appetite[CLIENT] = w->appetite[SERVER] = ALL;
	hang_up(w);
	assert_stream(w, CLIENT, STREAM);
	assert_stream(w, SERVER, STREAM);
	assert_not_told(w, "tcp-");
	done(w);
}
END_TEST

Suite *tcp_suite(void)
{
	Suite *s = suite_create("tcp");
	TCase *c = tcase_create("streams");
	tcase_set_timeout(c, 60);
	tcase_add_test(c, bytes_in_order_are_given_in_order);
	tcase_add_test(c, bytes_out_of_order_wait_for_what_lies_before_them);
	tcase_add_test(c, a_hole_is_declared_when_the_capture_ends);
	tcase_add_test(c, what_the_consumer_leaves_is_offered_again);
	tcase_add_test(c, need_spares_calls_until_enough_bytes_lie_there);
	tcase_add_test(c, a_consumer_that_waits_is_not_called_before_it_asks);
	tcase_add_test(c, another_offer_asked_for_inside_a_call_is_made_after_it);
	tcase_add_test(c, both_sides_are_offered_until_nothing_is_taken_before_a_flow_ends);
	tcase_add_test(c, a_retransmission_is_counted_and_not_given_twice);
	tcase_add_test(c, of_overlapping_bytes_that_wait_the_first_copy_wins);
	tcase_add_test(c, other_bytes_for_what_is_kept_are_a_conflict);
	tcase_add_test(c, other_bytes_for_what_was_delivered_are_a_conflict_whatever_their_bounds);
	tcase_add_test(c, a_keep_alive_byte_is_ignored);
	tcase_add_test(c, a_probe_of_a_closed_window_is_not_delivered);
	tcase_add_test(c, a_probe_that_was_acknowledged_is_delivered);
	tcase_add_test(c, a_probe_may_repeat_what_came_before_its_byte);
	tcase_add_test(c, a_byte_whose_followers_were_cut_off_is_no_probe);
	tcase_add_test(c, bytes_cut_off_in_the_place_of_a_probe_leave_it_where_it_was);
	tcase_add_test(c, a_probe_stays_in_its_place_when_a_hole_is_given_up);
	tcase_add_test(c, sequence_numbers_may_wrap_in_any_order);
	tcase_add_test(c, a_stream_longer_than_sequence_space_keeps_its_offsets);
	tcase_add_test(c, segments_a_gibibyte_away_are_ignored_and_reported);
	tcase_add_test(c, data_on_a_syn_is_read);
	tcase_add_test(c, data_on_a_syn_ack_counts_when_it_is_acknowledged);
	tcase_add_test(c, data_on_a_syn_ack_gives_way_to_what_is_sent_instead);
	tcase_add_test(c, of_two_syns_the_acknowledged_one_is_followed);
	tcase_add_test(c, a_repeated_syn_is_no_finding);
	tcase_add_test(c, a_new_syn_on_an_open_connection_begins_a_new_flow);
	tcase_add_test(c, a_syn_after_the_close_begins_a_new_flow_even_nearby);
	tcase_add_test(c, a_split_handshake_has_its_client_in_the_first_syn);
	tcase_add_test(c, without_a_syn_the_known_port_is_the_servers);
	tcase_add_test(c, in_the_middle_the_answer_releases_the_question);
	tcase_add_test(c, a_reversed_flight_without_a_syn_is_read_from_its_beginning);
	tcase_add_test(c, data_that_overtakes_its_syn_is_read);
	tcase_add_test(c, without_any_ack_a_stream_is_given_after_some_patience);
	tcase_add_test(c, a_fin_is_told_when_its_place_is_reached);
	tcase_add_test(c, bytes_missing_before_a_fin_are_a_gap);
	tcase_add_test(c, data_after_a_fin_is_read_and_marked);
	tcase_add_test(c, a_reset_out_of_window_is_not_believed);
	tcase_add_test(c, data_after_a_reset_is_read_and_marked);
	tcase_add_test(c, what_the_snap_length_cut_off_is_a_gap_of_its_size);
	tcase_add_test(c, what_was_cut_off_out_of_order_may_still_be_retransmitted);
	tcase_add_test(c, the_oldest_hole_is_lost_when_a_side_reaches_its_bound);
	tcase_add_test(c, a_consumer_that_never_takes_holds_no_more_than_its_bound);
	tcase_add_test(c, one_byte_with_every_second_missing_stays_inside_the_bound);
	tcase_add_test(c, the_least_recently_used_flow_gives_way);
	tcase_add_test(c, the_bytes_of_all_flows_together_are_bounded);
	tcase_add_test(c, idle_flows_end_by_the_clock_of_the_capture);
	tcase_add_test(c, a_clock_that_leaps_now_and_then_ends_nothing);
	tcase_add_test(c, a_flow_ends_when_both_sides_closed_and_know_it);
	tcase_add_test(c, what_comes_after_the_end_begins_nothing);
	tcase_add_test(c, a_stream_that_goes_on_behind_its_end_is_a_new_flow);
	tcase_add_test(c, an_ack_that_is_not_of_the_fin_ends_nothing);
	tcase_add_test(c, a_stream_that_went_on_behind_its_fin_ends_by_time_alone);
	tcase_add_test(c, a_flow_whose_extents_are_kept_ends_like_any_other);
	tcase_add_test(c, flows_that_are_over_give_way_first_and_are_not_counted_as_evicted);
	tcase_add_test(c, reset_flows_end_after_their_linger_time);
	tcase_add_test(c, one_wild_time_does_not_end_every_flow);
	tcase_add_test(c, headers_that_contradict_themselves_are_counted);
	tcase_add_test(c, urgent_data_stays_in_line_and_is_reported);
	tcase_add_test(c, stray_acks_and_resets_begin_no_flow);
	tcase_add_test(c, with_all_extents_kept_every_byte_knows_its_frame);
	tcase_add_test(c, kept_bytes_know_their_frames);
	tcase_add_test(c, sixty_thousand_bytes_in_reverse_order_are_read);
	tcase_add_test(c, every_flow_is_found_while_thousands_come_and_go);
	tcase_add_test(c, bytes_before_the_beginning_are_no_part_of_the_stream);
	tcase_add_test(c, a_header_cut_by_the_snap_length_leaves_a_gap);
	tcase_add_test(c, a_syn_on_the_addresses_of_a_flow_begun_late_is_a_new_flow);
	tcase_add_test(c, a_late_syn_of_the_same_connection_begins_nothing);
	tcase_add_test(c, a_start_is_not_moved_back_by_a_segment_far_away);
	tcase_add_test(c, data_that_does_not_belong_to_the_syn_that_follows_is_dropped);
	tcase_add_test(c, a_probe_that_nobody_answers_is_given_at_the_end);
	tcase_add_test(c, a_fin_that_an_earlier_end_leaves_behind_is_marked);
	tcase_add_test(c, lost_bytes_have_no_frame);
	tcase_add_test(c, a_flow_knows_its_packets_frames_and_times);
	tcase_add_test(c, a_table_can_be_freed_while_bytes_wait);
	tcase_add_loop_test(c, two_hundred_ways_of_cutting_give_the_same_bytes, 0, 200);
	suite_add_tcase(s, c);
	return s;
}
