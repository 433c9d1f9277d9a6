/* The conversation, one rule at a time: hand-made records in, rows and facts out. The hellos of TLS
 * 1.3 are RFC 8448's. Whole conversations are in check_talk_streams.c. */
#include <check.h>

#include "dissectors/tls/record.h"
#include "dissectors/tls/talk_rest.h"
#include "tests/talk_driver.h"

Suite *talk_suite(void);

enum { BODY_MOST = 1 << 17, CERTIFICATE_LEN = 3000 };

/* RFC 8448, 3 */
static const char client_hello13[] =
	"010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece700000613011303"
	"1302010000910000000b0009000006736572766572ff01000100000a00140012001d0017001800190100010101"
	"020103010400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413"
	"691e529aaf2c002b0003020304000d0020001e0403050306030203080408050806040105010601020104020502"
	"06020202002d00020101001c00024001";
static const char server_hello13[] =
	"020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00"
	"330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b0002030"
	"4";
/* TLS 1.2: AES128-GCM-SHA256; the client names "ab.test". */
static const char client_hello12[] =
	"0100003f0303"
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	"000002009c01000014"
	"0000000c000a00000761622e74657374"
	"00170000";
static const char server_hello12[] =
	"0200002c0303"
	"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	"00009c00000400170000";
static const char hello_done[] = "0e000000";
static const char client_kx[] = "1000000600040a0b0c0d";

static struct driver *d;
static uint8_t body[BODY_MOST];
static size_t body_len;

static unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Adds bytes written in hexadecimal to what the next record will hold. */
static void add(const char *hex)
{
	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2)
		body[body_len++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
}

static void add_zeros(size_t n)
{
	memset(body + body_len, 0, n);
	body_len += n;
}

/* A Certificate of one certificate that nobody can read. */
static void add_certificate(void)
{
	add("0b000bbe000bbb000bb8");
	add_zeros(CERTIFICATE_LEN);
}

static void head(enum side from, uint8_t type, uint16_t version, size_t len)
{
	uint8_t h[RECORD_HEAD] = {type, (uint8_t)(version >> 8), (uint8_t)version,
	                          (uint8_t)(len >> 8), (uint8_t)len};
	driver_bytes(d, from, (struct bytes){h, sizeof h});
}

/* Sends what was added in records of `most` bytes. */
static void send_in(enum side from, uint8_t type, size_t most)
{
	for (size_t at = 0; at < body_len;) {
		size_t n = body_len - at < most ? body_len - at : most;
		head(from, type, 0x0303, n);
		driver_bytes(d, from, (struct bytes){body + at, n});
		at += n;
	}
	body_len = 0;
}

static void send(enum side from, uint8_t type, const char *hex)
{
	add(hex);
	send_in(from, type, 1 << 14);
}

static void send_zeros(enum side from, uint8_t type, size_t n)
{
	add_zeros(n);
	send_in(from, type, 1 << 14);
}

static void set_up(void)
{
	body_len = 0;
	d = driver_new(NULL, false, false);
}

static void tear_down(void)
{
	ck_assert_msg(d->broken == NULL, "%s", d->broken);
	driver_free(d);
}

static const struct event *row(enum event_kind kind, enum side from)
{
	return session_first(&d->s, kind, from);
}

static unsigned n_rows(enum event_kind kind)
{
	unsigned n = 0;
	for (uint32_t i = 0; i < d->s.n_events; i++)
		n += d->s.event[i].kind == kind;
	return n;
}

static bool found(enum finding code, enum side from)
{
	for (uint32_t i = 0; i < d->s.n_found; i++)
		if (d->s.found[i].code == code && d->s.found[i].from == from)
			return true;
	return false;
}

static void greet12(void)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	send(SERVER, CONTENT_HANDSHAKE, server_hello12);
}

static void greet13(void)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello13);
	send(SERVER, CONTENT_HANDSHAKE, server_hello13);
}

/* A handshake of TLS 1.2 up to its end, the sealed Finished of 40 bytes. */
static void shake12(void)
{
	greet12();
	add_certificate();
	send_in(SERVER, CONTENT_HANDSHAKE, 1 << 14);
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	send(CLIENT, CONTENT_HANDSHAKE, client_kx);
	for (int i = 0; i < 2; i++) {
		send((enum side)i, CONTENT_CHANGE_CIPHER_SPEC, "01");
		send_zeros((enum side)i, CONTENT_HANDSHAKE, 40);
	}
}

/* ---- Records and messages ---- */

START_TEST(a_message_may_lie_in_records_of_any_size)
{
	size_t size = (size_t)_i;
	add(client_hello12);
	size_t len = body_len;
	send_in(CLIENT, CONTENT_HANDSHAKE, size);
	const struct event *e = row(EVENT_CLIENT_HELLO, CLIENT);
	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(e->len, len);
	ck_assert_uint_eq(e->records, (len + size - 1) / size);
	ck_assert_uint_eq(e->last_frame,
	                  len + RECORD_HEAD * e->records); /* its last byte's place */
	ck_assert(!e->partial);
	ck_assert_uint_eq(d->s.tls->client->sni.len, 7);
	ck_assert_mem_eq(d->s.tls->client->sni.at, "ab.test", 7);
	ck_assert_uint_eq(d->s.n_found, 0);
}
END_TEST

START_TEST(one_record_may_hold_many_messages)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	add(server_hello12);
	add_certificate();
	add(hello_done);
	send_in(SERVER, CONTENT_HANDSHAKE, 1 << 14);
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO, SERVER));
	ck_assert_ptr_nonnull(row(EVENT_CERTIFICATE, SERVER));
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO_DONE, SERVER));
	ck_assert_uint_eq(d->s.tls->handshake_count[SERVER], 3);
}
END_TEST

START_TEST(an_alert_between_two_pieces_of_a_message_is_told)
{
	add(client_hello12);
	size_t len = body_len;
	head(CLIENT, CONTENT_HANDSHAKE, 0x0301, 10);
	driver_bytes(d, CLIENT, (struct bytes){body, 10});
	body_len = 0;
	send(CLIENT, CONTENT_ALERT, "0170");
	head(CLIENT, CONTENT_HANDSHAKE, 0x0301, len - 10);
	add(client_hello12);
	driver_bytes(d, CLIENT, (struct bytes){body + 10, len - 10});
	ck_assert(found(FIND_TLS_INTERLEAVE, CLIENT));
	ck_assert_ptr_nonnull(row(EVENT_CLIENT_HELLO, CLIENT));
	ck_assert_uint_eq(row(EVENT_CLIENT_HELLO, CLIENT)->records, 2);
	ck_assert_uint_eq(row(EVENT_ALERT, CLIENT)->detail, 0x70);
}
END_TEST

START_TEST(a_switch_between_two_pieces_of_a_hello_seals_nothing)
{
	add(client_hello12);
	size_t len = body_len;
	head(CLIENT, CONTENT_HANDSHAKE, 0x0301, 10);
	driver_bytes(d, CLIENT, (struct bytes){body, 10});
	body_len = 0;
	send(CLIENT, CONTENT_CHANGE_CIPHER_SPEC, "01");
	head(CLIENT, CONTENT_HANDSHAKE, 0x0301, len - 10);
	add(client_hello12);
	driver_bytes(d, CLIENT, (struct bytes){body + 10, len - 10});
	ck_assert(found(FIND_TLS_INTERLEAVE, CLIENT) && found(FIND_TLS_ORDER, CLIENT));
	ck_assert_ptr_nonnull(row(EVENT_CLIENT_HELLO, CLIENT));
	ck_assert_uint_eq(d->s.tls->client->n_suites, 1);
}
END_TEST

START_TEST(an_alert_may_lie_in_two_records)
{
	greet12();
	send(SERVER, CONTENT_ALERT, "02");
	ck_assert(found(FIND_TLS_ALERT_SPLIT, SERVER));
	ck_assert_ptr_null(row(EVENT_ALERT, SERVER));
	send(SERVER, CONTENT_ALERT, "28");
	ck_assert_uint_eq(row(EVENT_ALERT, SERVER)->detail, 40);
	ck_assert_uint_eq(row(EVENT_ALERT, SERVER)->level, 2);
}
END_TEST

START_TEST(empty_records_are_told_but_for_application_data)
{
	greet12();
	head(SERVER, CONTENT_APPLICATION_DATA, 0x0303, 0);
	ck_assert(!found(FIND_TLS_RECORD_EMPTY, SERVER));
	head(SERVER, CONTENT_HANDSHAKE, 0x0303, 0);
	ck_assert(found(FIND_TLS_RECORD_EMPTY, SERVER));
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO_DONE, SERVER));
}
END_TEST

START_TEST(a_record_over_the_limit_keeps_the_framing)
{
	greet12();
	head(SERVER, CONTENT_HANDSHAKE, 0x0303, TLS_RECORD_LIMIT + 1);
	add_zeros(TLS_RECORD_LIMIT + 1);
	driver_bytes(d, SERVER, (struct bytes){body, body_len});
	body_len = 0;
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	ck_assert(found(FIND_TLS_RECORD_OVERFLOW, SERVER));
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO_DONE, SERVER));
}
END_TEST

START_TEST(a_record_of_an_unknown_type_or_version_keeps_the_framing)
{
	greet12();
	send(SERVER, 99, "0b00000000");
	head(SERVER, CONTENT_ALERT, 0x0909, 2);
	driver_bytes(d, SERVER, (struct bytes){(const uint8_t *)"\1\x5a", 2});
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	ck_assert(found(FIND_TLS_RECORD_TYPE, SERVER));
	ck_assert(found(FIND_TLS_VERSION_BAD, SERVER));
	ck_assert_ptr_null(row(EVENT_CERTIFICATE, SERVER));
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO_DONE, SERVER));
}
END_TEST

START_TEST(where_the_framing_is_lost_only_a_chain_of_records_is_believed)
{
	greet12();
	driver_bytes(d, SERVER, (struct bytes){(const uint8_t *)"HTTP\x16\x03\x03\0\4!!!!!!", 15});
	ck_assert(found(FIND_NOT_TLS, SERVER));
	ck_assert_uint_eq(d->s.tls->record_count[SERVER][2], 1);
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	ck_assert_ptr_null(row(EVENT_SERVER_HELLO_DONE, SERVER)); /* not yet: it stands alone */
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 7);
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO_DONE, SERVER));
}
END_TEST

/* ---- Holes ---- */

START_TEST(a_hole_in_a_sealed_record_keeps_the_framing)
{
	shake12();
	head(SERVER, CONTENT_APPLICATION_DATA, 0x0303, 5000);
	driver_bytes(d, SERVER, (struct bytes){body, 100});
	driver_gap(d, SERVER, 4000);
	driver_bytes(d, SERVER, (struct bytes){body, 900});
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 30);
	ck_assert_uint_eq(d->s.talk[SERVER].records, 2);
	ck_assert_uint_eq(d->s.talk[SERVER].bytes, 5030);
	ck_assert_uint_eq(row(EVENT_TALK, SERVER)->records, 2);
}
END_TEST

START_TEST(behind_a_hole_inside_a_message_the_next_one_is_read)
{
	greet12();
	add_certificate();
	add(hello_done);
	head(SERVER, CONTENT_HANDSHAKE, 0x0303, body_len);
	driver_bytes(d, SERVER, (struct bytes){body, 200});
	driver_gap(d, SERVER, 1000);
	driver_bytes(d, SERVER, (struct bytes){body + 1200, body_len - 1200});
	const struct event *e = row(EVENT_CERTIFICATE, SERVER);
	ck_assert(e != NULL && e->partial);
	ck_assert_uint_eq(e->len, 200);
	ck_assert_ptr_null(d->s.tls->chain[SERVER]);
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO_DONE, SERVER));
	ck_assert_uint_eq(d->s.n_events, 4);
}
END_TEST

START_TEST(behind_a_hole_over_the_end_of_a_message_nothing_is_invented)
{
	greet12();
	add_certificate(); /* in two records; the hole hides where the first message ends */
	add_certificate();
	head(SERVER, CONTENT_HANDSHAKE, 0x0303, 4000);
	driver_bytes(d, SERVER, (struct bytes){body, 2000});
	driver_gap(d, SERVER, 1500);
	driver_bytes(d, SERVER, (struct bytes){body + 3500, 500});
	head(SERVER, CONTENT_HANDSHAKE, 0x0303, body_len - 4000);
	driver_bytes(d, SERVER, (struct bytes){body + 4000, body_len - 4000});
	ck_assert_uint_eq(d->s.n_events, 3); /* two hellos, one cut Certificate */
	body_len = 0;
	send(SERVER, CONTENT_HANDSHAKE, hello_done); /* fills its record: read again */
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO_DONE, SERVER));
	ck_assert_uint_eq(d->s.n_events, 4);
}
END_TEST

START_TEST(a_hello_cut_by_a_hole_gives_what_was_there)
{
	add(client_hello12);
	size_t len = body_len, cut = len - 9; /* in the middle of the name */
	head(CLIENT, CONTENT_HANDSHAKE, 0x0303, len);
	driver_bytes(d, CLIENT, (struct bytes){body, cut});
	driver_gap(d, CLIENT, 9);
	driver_end(d);
	const struct event *e = row(EVENT_CLIENT_HELLO, CLIENT);
	ck_assert(e != NULL && e->partial);
	ck_assert(d->s.tls->client->flags & HELLO_PARTIAL);
	ck_assert_uint_eq(d->s.tls->client->first_suite, 0x009c);
	ck_assert_uint_eq(d->s.tls->client->sni.len, 0);
	ck_assert(!(d->s.tls->client->flags & HELLO_EMS));
	ck_assert_uint_eq(d->s.n_found, 0);
}
END_TEST

START_TEST(a_hello_cut_inside_its_random_gives_a_row_and_no_facts)
{
	add(client_hello12);
	head(CLIENT, CONTENT_HANDSHAKE, 0x0303, body_len);
	driver_bytes(d, CLIENT, (struct bytes){body, 25});
	driver_gap(d, CLIENT, body_len - 25);
	ck_assert(row(EVENT_CLIENT_HELLO, CLIENT)->partial);
	ck_assert_ptr_null(d->s.tls->client);
}
END_TEST

START_TEST(nobody_waits_for_a_side_that_lost_bytes)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	send(CLIENT, CONTENT_HANDSHAKE, client_kx);
	ck_assert_ptr_null(row(EVENT_CLIENT_KEY_EXCHANGE, CLIENT));
	driver_gap(d, SERVER, 5000);
	ck_assert_ptr_nonnull(row(EVENT_CLIENT_KEY_EXCHANGE, CLIENT));
}
END_TEST

START_TEST(a_side_that_waited_until_its_bytes_were_dropped_waits_no_more)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 1000);
	struct line *l = &d->line[CLIENT];
	uint64_t at = l->base + l->used; /* as TCP's own bound does: what was offered is dropped */
	tls_talk_gap(d->k, &d->sink, CLIENT, at, l->len - l->used);
	l->used = l->len;
	l->need = 0;
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 10);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 20);
	driver_end(d);
	ck_assert_uint_eq(d->s.talk[CLIENT].bytes, 30);
}
END_TEST

START_TEST(begun_late_nothing_is_called_clear)
{
	driver_free(d);
	d = driver_new(NULL, false, true);
	driver_bytes(d, CLIENT, (struct bytes){(const uint8_t *)"tail of a record", 16});
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 40);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 50);
	send(SERVER, CONTENT_ALERT, "0000000000000000000000000000000000000000000000000000");
	driver_end(d);
	ck_assert_uint_eq(d->s.talk[CLIENT].records, 2);
	ck_assert_uint_eq(d->s.talk[CLIENT].bytes, 90);
	ck_assert_uint_eq(row(EVENT_TALK, CLIENT)->see, SEE_SEALED);
	ck_assert_ptr_nonnull(row(EVENT_SEALED_ALERT, SERVER));
	ck_assert_ptr_null(row(EVENT_ALERT, SERVER));
}
END_TEST

START_TEST(a_record_that_the_capture_cuts_is_told)
{
	shake12();
	head(SERVER, CONTENT_APPLICATION_DATA, 0x0303, 5000);
	driver_bytes(d, SERVER, (struct bytes){body, 100});
	driver_end(d);
	ck_assert_uint_eq(d->s.talk[SERVER].records, 1);
}
END_TEST

/* ---- Lies and floods ---- */

START_TEST(a_heartbeat_that_asks_for_more_than_it_sent_is_told)
{
	greet12();
	send(CLIENT, CONTENT_HEARTBEAT, "01000300010200000000000000000000000000000000");
	ck_assert(!found(FIND_HEARTBLEED, CLIENT));
	send(CLIENT, CONTENT_HEARTBEAT, "014000");
	ck_assert(found(FIND_HEARTBLEED, CLIENT));
}
END_TEST

/* RFC 6520, 4: an answer brings back what was asked. The sides may come in any order. */
START_TEST(an_answer_with_more_than_was_asked_is_told)
{
	static const char asked[] = "010003aabbcc00000000000000000000000000000000"; /* 22 bytes */
	static const char fair[] = "020003aabbcc00000000000000000000000000000000";
	static const char more[] = "020004aabbccdd00000000000000000000000000000000";
	for (int i = 0; i < 6; i++) {
		bool greedy = i >= 2 && i < 5, client_first = i % 2 == 0;
		if (i > 0)
			set_up();
		greet12();
		if (client_first)
			send(CLIENT, CONTENT_HEARTBEAT, asked);
		if (i < 5)
			send(SERVER, CONTENT_HEARTBEAT, greedy ? more : fair);
		if (!client_first)
			send(CLIENT, CONTENT_HEARTBEAT, i < 5 ? asked : more); /* unasked */
		driver_end(d);
		ck_assert_int_eq(found(FIND_HEARTBLEED, SERVER), greedy);
		ck_assert(!found(FIND_HEARTBLEED, CLIENT));
		if (i < 5)
			tear_down();
	}
}
END_TEST

/* AES128-GCM: 24 bytes around the text. */
START_TEST(sealed_heartbeats_are_told_by_their_lengths)
{
	static const struct {
		size_t client[2], server[2];
		bool told;
	} cases[] = {
		{{43}, {43}, false},
		{{43}, {44}, true},
		{{44}, {43}, false}, /* padding need not be alike */
		{{43}, {16408, 16408}, true},
		{{43, 43}, {60}, false}, /* its own request, perhaps, and none of it answered */
		{{0}, {60}, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (i > 0)
			set_up();
		shake12();
		for (int n = 0; n < 2; n++) {
			if (cases[i].client[n] > 0)
				send_zeros(CLIENT, CONTENT_HEARTBEAT, cases[i].client[n]);
			if (cases[i].server[n] > 0)
				send_zeros(SERVER, CONTENT_HEARTBEAT, cases[i].server[n]);
		}
		driver_end(d);
		ck_assert_msg(found(FIND_HEARTBLEED, SERVER) == cases[i].told, "case %zu", i);
		ck_assert_msg(!found(FIND_HEARTBLEED, CLIENT) || i == 2, "case %zu", i);
		if (i + 1 < sizeof cases / sizeof *cases)
			tear_down();
	}
}
END_TEST

/* What was lost may have asked for it. */
START_TEST(behind_lost_bytes_no_answer_is_too_long)
{
	greet12();
	send(CLIENT, CONTENT_HEARTBEAT, "01000000000000000000000000000000000000");
	driver_gap(d, CLIENT, 50);
	send(SERVER, CONTENT_HEARTBEAT, "020004aabbccdd00000000000000000000000000000000");
	driver_end(d);
	ck_assert(!found(FIND_HEARTBLEED, SERVER));
}
END_TEST

/* ---- Compressed certificates; the driver's algorithm 1 is a copy ---- */

START_TEST(a_compressed_certificate_is_unpacked_and_read)
{
	greet13();
	send(SERVER, CONTENT_HANDSHAKE,
	     "19000013"
	     "000100000b00000b"
	     "0000000700000230000000");
	driver_end(d);
	ck_assert_ptr_eq(d->s.tls->chain[SERVER], &d->chain);
	ck_assert_uint_eq(d->s.n_found, 0);
	ck_assert_uint_eq(n_rows(EVENT_COMPRESSED_CERTIFICATE), 1);
	ck_assert_uint_eq(n_rows(EVENT_CERTIFICATE), 0);
	ck_assert_uint_eq(row(EVENT_COMPRESSED_CERTIFICATE, SERVER)->len, 23);
	ck_assert_uint_eq(d->s.tls->handshake_count[SERVER], 2);
}
END_TEST

START_TEST(a_compressed_certificate_that_is_none_is_told)
{
	static const struct {
		const char *hex;
		enum finding finding;
	} cases[] = {
		{"19000013000200000b00000b0000000700000230000000",
	         FIND_DECOMPRESS_BAD}, /* not the driver's algorithm */
		{"19000013000100000c00000b0000000700000230000000",
	         FIND_DECOMPRESS_BAD},                             /* less is there */
		{"190000080001000000000000", FIND_DECOMPRESS_BAD}, /* nothing */
		{"19000013000100000a00000b0000000700000230000000",
	         FIND_DECOMPRESS_LIMIT}, /* there is more than it says */
		{"19000013000110000100000b0000000700000230000000",
	         FIND_DECOMPRESS_LIMIT}, /* 1 MiB and one byte */
		{"19000013000100000b00000b0000000700000330000000",
	         FIND_CERT_LENGTH}, /* what comes out lies */
		{"19000013000100000b00000c0000000700000230000000", FIND_TLS_HS_LENGTH},
	};
	greet13();
	send(SERVER, CONTENT_HANDSHAKE, cases[_i].hex);
	driver_end(d);
	ck_assert(found(cases[_i].finding, SERVER));
	ck_assert_ptr_null(d->s.tls->chain[SERVER]);
}
END_TEST

/* A watcher sees the message, and then what was in it. */
START_TEST(what_is_unpacked_is_shown_beside_its_message)
{
	driver_free(d);
	d = driver_new(NULL, true, false);
	greet13();
	uint32_t before = d->n_seen;
	send(SERVER, CONTENT_HANDSHAKE, "19000013000100000b00000b0000000700000230000000");
	ck_assert_uint_eq(d->n_seen - before, 2);
	ck_assert_uint_eq(d->trace.row[0].len, 11); /* the Certificate, without a head */
	ck_assert_uint_eq(d->trace.n_rows, 5);
	send(SERVER, CONTENT_HEARTBEAT, "010003aabbcc00000000000000000000000000000000");
	ck_assert_uint_eq(d->n_seen - before, 3);
	ck_assert_uint_eq(d->trace.n_rows, 4);
	driver_end(d);
}
END_TEST

static void expect_bounded(void)
{
	ck_assert_uint_le(d->s.n_events, SESSION_EVENTS);
	ck_assert_uint_le(d->s.n_found, SESSION_FOUND);
	ck_assert_uint_lt(d->arena.held, 256 * 1024);
}

START_TEST(a_flood_of_hellos_stays_small)
{
	greet12();
	for (int i = 0; i < 5000; i++)
		send(i % 2 ? SERVER : CLIENT, CONTENT_HANDSHAKE,
		     i % 2 ? server_hello12 : client_hello12);
	driver_end(d);
	expect_bounded();
	ck_assert(found(FIND_TLS_ORDER, CLIENT) && found(FIND_TLS_ORDER, SERVER));
	ck_assert_uint_eq(d->s.tls->handshake_count[CLIENT], 2501);
}
END_TEST

/* RFC 7250, 3: what the server chose says how its Certificate is read, in TLS 1.3 too. */
START_TEST(a_raw_public_key_that_was_agreed_on_is_no_chain)
{
	greet13();
	send(SERVER, CONTENT_HANDSHAKE,
	     "08000007"
	     "0005"
	     "0014000102");
	send(SERVER, CONTENT_HANDSHAKE,
	     "0b00000e"
	     "00"
	     "00000a"
	     "000005"
	     "3003020107"
	     "0000");
	send(SERVER, CONTENT_HANDSHAKE,
	     "0b00000e"
	     "00"
	     "00000a"
	     "000005"
	     "3003020108"
	     "0000");
	driver_end(d);
	ck_assert_ptr_null(d->s.tls->chain[SERVER]);
	ck_assert_ptr_nonnull(d->s.tls->raw_key[SERVER]);
	ck_assert_uint_eq(d->s.tls->raw_key[SERVER]->bits, 5);
	ck_assert_uint_eq(d->s.tls->raw_key[SERVER]->spki_sha256[4], 7); /* of the first one */
	ck_assert(!found(FIND_CERT_LENGTH, SERVER));
}
END_TEST

/* X.509(0) is what there always was. */
START_TEST(another_form_of_certificate_is_a_chain)
{
	greet13();
	send(SERVER, CONTENT_HANDSHAKE,
	     "08000007"
	     "0005"
	     "0014000100");
	send(SERVER, CONTENT_HANDSHAKE,
	     "0b00000e"
	     "00"
	     "00000a"
	     "000005"
	     "3003020107"
	     "0000");
	driver_end(d);
	ck_assert_ptr_eq(d->s.tls->chain[SERVER], &d->chain);
	ck_assert_ptr_null(d->s.tls->raw_key[SERVER]);
}
END_TEST

START_TEST(a_raw_public_key_of_tls12_is_kept_too)
{
	greet12();
	send(SERVER, CONTENT_HANDSHAKE,
	     "0b000008"
	     "000005"
	     "3003020107");
	driver_end(d);
	ck_assert_ptr_null(d->s.tls->chain[SERVER]);
	ck_assert_ptr_nonnull(d->s.tls->raw_key[SERVER]);
}
END_TEST

/* In TLS 1.3 the rest of the server's hello: record_size_limit, ALPN, retry_configs. */
START_TEST(encrypted_extensions_are_of_the_servers_hello)
{
	greet13();
	ck_assert_uint_eq(d->s.tls->server->record_limit, 0);
	send(SERVER, CONTENT_HANDSHAKE,
	     "08000011"
	     "000f"
	     "001c00024000"
	     "001000050003026832");
	ck_assert_uint_eq(d->s.tls->server->record_limit, 0x4000);
	ck_assert_uint_eq(d->s.tls->server->alpn.len, 2);
	ck_assert(!meaning_ech_refused(d->s.tls));
	send(SERVER, CONTENT_HANDSHAKE,
	     "0800000e"
	     "000c"
	     "fe0d0008"
	     "0006abcd0002ffff");
	ck_assert(meaning_ech_refused(d->s.tls));
	driver_end(d);
}
END_TEST

START_TEST(a_flood_of_small_records_stays_small)
{
	static const struct {
		uint8_t type;
		const char *hex;
		unsigned rows;
	} floods[] = {{CONTENT_ALERT, "015a", 16}, /* user_canceled, a warning */
	              {CONTENT_HEARTBEAT, "010000", 16},
	              {CONTENT_CHANGE_CIPHER_SPEC, "01", 2},
	              {CONTENT_HANDSHAKE, "0800000e000c00100008000605616263643a", 256}};
	greet12();
	for (int i = 0; i < 5000; i++)
		send(SERVER, floods[_i].type, floods[_i].hex);
	driver_end(d);
	expect_bounded();
	ck_assert_uint_le(d->s.n_events - 2 + (_i == 3 ? 2 : 0), floods[_i].rows);
	ck_assert_int_eq(found(FIND_TLS_ALERT_FLOOD, SERVER), _i == 0);
}
END_TEST

START_TEST(an_oversized_message_is_cut_and_the_next_one_read)
{
	greet12();
	add("0b180000"); /* 1.5 MiB */
	send_in(SERVER, CONTENT_HANDSHAKE, 1 << 14);
	for (size_t left = 0x180000; left > 0; left -= 1 << 14)
		send_zeros(SERVER, CONTENT_HANDSHAKE, 1 << 14);
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	const struct event *e = row(EVENT_CERTIFICATE, SERVER);
	ck_assert(found(FIND_TLS_HS_OVERSIZE, SERVER));
	ck_assert(e != NULL && e->partial);
	ck_assert_uint_eq(e->len, TLS_HANDSHAKE_LIMIT);
	ck_assert_ptr_nonnull(row(EVENT_SERVER_HELLO_DONE, SERVER));
	ck_assert_ptr_null(d->s.tls->chain[SERVER]);
}
END_TEST

START_TEST(a_switch_before_the_keys_is_out_of_order)
{
	greet12();
	send((enum side)_i, CONTENT_CHANGE_CIPHER_SPEC, "01");
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	send(CLIENT, CONTENT_HANDSHAKE, client_kx);
	driver_end(d);
	ck_assert_int_eq(found(FIND_TLS_ORDER, CLIENT), _i == CLIENT);
	ck_assert_int_eq(found(FIND_TLS_ORDER, SERVER), _i == SERVER);
	ck_assert(!d->s.tls->resumed);
}
END_TEST

START_TEST(a_whole_handshake_is_in_order)
{
	shake12();
	driver_end(d);
	ck_assert_uint_eq(d->s.n_found, 0);
	ck_assert(d->s.tls->resumed_known && !d->s.tls->resumed);
	ck_assert_uint_eq(n_rows(EVENT_SEALED_HANDSHAKE), 2);
}
END_TEST

START_TEST(a_server_that_switches_first_has_resumed)
{
	greet12();
	send(SERVER, CONTENT_CHANGE_CIPHER_SPEC, "01");
	send_zeros(SERVER, CONTENT_HANDSHAKE, 40);
	send(CLIENT, CONTENT_CHANGE_CIPHER_SPEC, "01");
	send_zeros(CLIENT, CONTENT_HANDSHAKE, 40);
	driver_end(d);
	ck_assert(d->s.tls->resumed_known && d->s.tls->resumed);
	ck_assert_uint_eq(d->s.n_found, 0);
}
END_TEST

START_TEST(a_server_may_answer_a_hello_with_an_alert)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	send(SERVER, CONTENT_ALERT, "0228");
	send(CLIENT, CONTENT_ALERT, "0100");
	ck_assert_uint_eq(row(EVENT_ALERT, SERVER)->detail, 40);
	ck_assert_uint_eq(row(EVENT_ALERT, SERVER)->see, SEE_CLEAR);
	ck_assert_ptr_nonnull(row(EVENT_ALERT, CLIENT)); /* it waits for no hello */
}
END_TEST

/* ---- TLS 1.3 by place ---- */

START_TEST(the_sealed_flights_of_tls_13_are_named_by_place)
{
	greet13();
	ck_assert_uint_eq(d->s.tls->version, 0x0304);
	send(SERVER, CONTENT_CHANGE_CIPHER_SPEC, "01");
	for (int i = 0; i < 4; i++)
		send_zeros(SERVER, CONTENT_APPLICATION_DATA, 100);
	send(CLIENT, CONTENT_CHANGE_CIPHER_SPEC, "01");
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 4 + 32 + 1 + 16); /* Finished, SHA-256 */
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 200);
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 300);
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 2 + 1 + 16);
	ck_assert_uint_eq(row(EVENT_SEALED_HANDSHAKE, SERVER)->records, 4);
	ck_assert_uint_eq(row(EVENT_SEALED_HANDSHAKE, CLIENT)->records, 1);
	ck_assert_uint_eq(d->s.talk[CLIENT].bytes, 200);
	ck_assert_uint_eq(d->s.talk[CLIENT].text_most, 200 - 17);
	ck_assert_uint_eq(d->s.talk[SERVER].bytes, 300);
	driver_end(d);
	ck_assert_ptr_nonnull(row(EVENT_SEALED_ALERT, SERVER));
	ck_assert_uint_eq(n_rows(EVENT_CHANGE_CIPHER_SPEC), 2);
	ck_assert_uint_eq(d->s.n_found, 0);
}
END_TEST

START_TEST(a_record_of_an_alerts_size_is_talk_when_more_follows)
{
	greet13();
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 700);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 4 + 32 + 1 + 16);
	for (int i = 0; i < 2; i++)
		send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 2 + 1 + 16);
	session_event(&d->s, (struct event){.kind = EVENT_FIN, .from = CLIENT});
	driver_end(d);
	ck_assert_uint_eq(d->s.talk[CLIENT].records, 1);
	ck_assert_uint_eq(d->s.talk[CLIENT].bytes, 19);
	ck_assert_uint_eq(n_rows(EVENT_SEALED_ALERT), 1);
	ck_assert(row(EVENT_SEALED_ALERT, CLIENT) < row(EVENT_FIN, CLIENT));
}
END_TEST

START_TEST(a_record_of_an_alerts_size_before_lost_bytes_is_not_the_last)
{
	greet13();
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 700);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 4 + 32 + 1 + 16);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 2 + 1 + 16);
	driver_gap(d, CLIENT, 500);
	driver_end(d);
	ck_assert_uint_eq(d->s.talk[CLIENT].records, 1);
	ck_assert_uint_eq(n_rows(EVENT_SEALED_ALERT), 0);
}
END_TEST

START_TEST(a_second_switch_in_tls_13_is_out_of_order)
{
	greet13();
	send(SERVER, CONTENT_CHANGE_CIPHER_SPEC, "01");
	ck_assert(!found(FIND_TLS_ORDER, SERVER));
	send(SERVER, CONTENT_CHANGE_CIPHER_SPEC, "01");
	send(SERVER, CONTENT_CHANGE_CIPHER_SPEC, "01");
	ck_assert(found(FIND_TLS_ORDER, SERVER));
	ck_assert_uint_eq(d->s.found[0].n, 2);
}
END_TEST

START_TEST(a_switch_before_the_servers_hello_seals_nothing)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	send(SERVER, CONTENT_CHANGE_CIPHER_SPEC, "01");
	send(SERVER, CONTENT_HANDSHAKE, server_hello12);
	ck_assert(found(FIND_TLS_ORDER, SERVER));
	ck_assert_uint_eq(row(EVENT_SERVER_HELLO, SERVER)->see, SEE_CLEAR);
	ck_assert_uint_eq(d->s.tls->suite, 0x009c);
}
END_TEST

START_TEST(a_record_that_the_capture_cuts_is_not_counted)
{
	greet12();
	head(SERVER, CONTENT_HANDSHAKE, 0x0303, 100);
	driver_bytes(d, SERVER, (struct bytes){body, 20});
	ck_assert_uint_eq(d->s.tls->record_count[SERVER][2], 2);
	driver_end(d);
	ck_assert_uint_eq(d->s.tls->record_count[SERVER][2], 1);
}
END_TEST

START_TEST(a_side_goes_on_without_one_that_is_silent)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	send(CLIENT, CONTENT_HANDSHAKE, client_kx);
	ck_assert_ptr_null(row(EVENT_CLIENT_KEY_EXCHANGE, CLIENT));
	tls_talk_go_without(d->k, SERVER);
	driver_settle(d);
	ck_assert_ptr_nonnull(row(EVENT_CLIENT_KEY_EXCHANGE, CLIENT));
}
END_TEST

/* ---- The first bytes ---- */

static enum tls_probe probe(const char *hex, bool all)
{
	body_len = 0;
	add(hex);
	return tls_probe((struct bytes){body, body_len}, all);
}

START_TEST(a_hello_in_a_record_of_no_version_is_a_hello)
{
	ck_assert_int_eq(probe("16ffff00430100003f0303", true), PROBE_CLIENT_HELLO);
	ck_assert_int_eq(probe("1603050030020000260303", true), PROBE_SERVER_HELLO);
	ck_assert_int_eq(probe("16ffff00430100003f", false), PROBE_MORE);
}
END_TEST

START_TEST(a_record_of_no_version_is_believed_for_nothing_less)
{
	static const char *const lie[] = {
		"17ffff00430100003f0303", /* of another type */
		"16ffff00430b00003f0303", /* with another message */
		"16ffff0043010000400303", /* longer than its record */
		"16ffff00430100000a0303", /* shorter than any hello */
		"16ffff00430100003f0403", /* of a version that none has */
		"16ffff0003010000",       /* without room for a head */
		"16ffff00430100003f",     /* that ends */
	};
	for (size_t i = 0; i < sizeof lie / sizeof *lie; i++)
		ck_assert_msg(probe(lie[i], true) == PROBE_NO, "%s", lie[i]);
}
END_TEST

START_TEST(a_clients_certificate_in_tls_13_is_its_handshake)
{
	greet13();
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 1200);
	for (int i = 0; i < 2; i++)
		send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 700); /* Certificate, its proof */
	if (_i == 0)
		send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 53);
	else
		send_zeros(SERVER, CONTENT_APPLICATION_DATA, 250); /* the flight was one record */
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 90);
	ck_assert_uint_eq(row(EVENT_SEALED_HANDSHAKE, CLIENT)->records, _i == 0 ? 3U : 2U);
	ck_assert_uint_eq(d->s.talk[CLIENT].bytes, 90);
	ck_assert_uint_eq(d->s.talk[SERVER].bytes, _i == 0 ? 0U : 250U);
}
END_TEST

/* ---- What is rare ---- */

/* RFC 8446, 4.1.3: a ServerHello with this random is a HelloRetryRequest. */
static const char retry13[] =
	"0200002e0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
	"001301000006002b00020304";

START_TEST(a_second_retry_is_told)
{
	for (int i = 0; i < 2; i++) {
		ck_assert(!found(FIND_TLS_HRR_REPEAT, SERVER));
		send(CLIENT, CONTENT_HANDSHAKE, client_hello13);
		send(SERVER, CONTENT_HANDSHAKE, retry13);
	}
	ck_assert(found(FIND_TLS_HRR_REPEAT, SERVER));
}
END_TEST

START_TEST(without_an_offer_what_follows_a_retry_is_no_early_data)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello13);
	send(SERVER, CONTENT_HANDSHAKE, retry13);
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 50);
	driver_end(d);
	ck_assert_uint_eq(d->s.talk[CLIENT].records, 1);
	ck_assert_uint_eq(d->s.tls->meaning.early_records, 0);
}
END_TEST

START_TEST(an_answer_that_is_cut_says_no_version)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	add(server_hello12);
	head(SERVER, CONTENT_HANDSHAKE, 0x0303, body_len);
	driver_bytes(d, SERVER, (struct bytes){body, body_len - 2});
	driver_gap(d, SERVER, 2);
	driver_end(d);
	ck_assert_ptr_nonnull(d->s.tls->server);
	ck_assert(d->s.tls->server->flags & HELLO_PARTIAL);
	ck_assert_uint_eq(d->s.tls->version, 0);
	ck_assert_uint_eq(d->s.tls->suite, 0);
}
END_TEST

START_TEST(of_a_suite_that_nobody_knows_only_the_number_is_known)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	send(SERVER, CONTENT_HANDSHAKE,
	     "02000026"
	     "0303"
	     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	     "00"
	     "fefd"
	     "00");
	driver_end(d);
	ck_assert_uint_eq(d->s.tls->suite, 0xfefd);
	ck_assert_uint_eq(d->s.tls->kx, 0);
	ck_assert(!(d->s.tls->known.have & (uint64_t)1 << CIPHER_SUITE));
}
END_TEST

START_TEST(the_first_key_exchange_and_the_first_certificate_count)
{
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	send(SERVER, CONTENT_HANDSHAKE, /* ECDHE_RSA_WITH_AES_128_GCM_SHA256 */
	     "02000026"
	     "0303"
	     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	     "00"
	     "c02f"
	     "00");
	send(SERVER, CONTENT_HANDSHAKE,
	     "0c00000d"
	     "030017"
	     "0104"
	     "0401"
	     "000461626364");
	send(SERVER, CONTENT_HANDSHAKE,
	     "0c00000d"
	     "030018"
	     "0104"
	     "0401"
	     "000461626364");
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	send(CLIENT, CONTENT_HANDSHAKE,
	     "0b000008"
	     "000005"
	     "000002"
	     "4142");
	send(CLIENT, CONTENT_HANDSHAKE,
	     "0b000003"
	     "000000");
	driver_end(d);
	ck_assert_uint_eq(d->s.tls->server_kx->group, 23);
	ck_assert_uint_ne(d->s.tls->meaning.shown_frame, 0);
	ck_assert(!d->s.tls->meaning.shown_empty);
}
END_TEST

/* 128 sealed bytes. RC4 hides nothing, and its MAC of MD5 is 16 bytes. AES in CBC mode takes 16
 * bytes for the vector, 48 for the MAC of SHA-384, and 1 to 16 for the padding. */
START_TEST(the_text_of_a_record_lies_between_bounds)
{
	static const struct {
		const char *suite;
		uint64_t least, most;
	} known[] = {{"0004", 112, 112}, {"c028", 48, 63}};
	char hello[200];
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	snprintf(hello, sizeof hello,
	         "02000026"
	         "0303"
	         "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	         "00%s00",
	         known[_i].suite);
	send(SERVER, CONTENT_HANDSHAKE, hello);
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	send(CLIENT, CONTENT_HANDSHAKE, client_kx);
	for (int i = 0; i < 2; i++) {
		send((enum side)i, CONTENT_CHANGE_CIPHER_SPEC, "01");
		send_zeros((enum side)i, CONTENT_HANDSHAKE, 40);
	}
	send_zeros(CLIENT, CONTENT_APPLICATION_DATA, 128);
	ck_assert_uint_eq(d->s.talk[CLIENT].text_least, known[_i].least);
	ck_assert_uint_eq(d->s.talk[CLIENT].text_most, known[_i].most);
}
END_TEST

START_TEST(talk_without_a_row_is_counted_all_the_same)
{
	greet12();
	while (d->s.n_events < SESSION_EVENTS)
		send(SERVER, CONTENT_HANDSHAKE, "0800000e000c00100008000605616263643a");
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 5);
	send_zeros(SERVER, CONTENT_APPLICATION_DATA, 6);
	ck_assert_uint_eq(d->s.talk[SERVER].records, 2);
	ck_assert_uint_eq(d->s.talk[SERVER].bytes, 11);
	ck_assert_uint_eq(n_rows(EVENT_TALK), 0);
}
END_TEST

START_TEST(only_a_hello_alone_in_its_record_rests)
{
	if (_i == 0) {
		send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
		ck_assert_uint_gt(tls_rest_size(d->k), 0);
		session_event(&d->s, (struct event){.kind = EVENT_FIN, .from = SERVER});
	} else {
		session_event(&d->s, (struct event){.kind = EVENT_FIN, .from = SERVER});
		send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	}
	ck_assert_uint_eq(tls_rest_size(d->k), 0);
}
END_TEST

/* Whatever asks for memory first gets none: the bytes are taken all the same, and nothing breaks.
 */
START_TEST(where_memory_ends_the_conversation_goes_on)
{
	enum { BLOCK_HEAD = 16, MOST = 60000 };
	static const char hello_null[] = /* RSA_WITH_NULL_SHA: a renegotiation can be read */
		"02000026"
		"0303"
		"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
		"00"
		"0002"
		"00";
	ck_assert_ptr_nonnull(arena_take(&d->arena, MOST)); /* a block that is full */
	d->arena.limit = d->arena.held + BLOCK_HEAD + 64 * (size_t)_i;
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	send(SERVER, CONTENT_HANDSHAKE, hello_null);
	send(SERVER, CONTENT_HANDSHAKE,
	     "0c000006"
	     "000161000162");
	send(SERVER, CONTENT_HANDSHAKE, hello_done);
	send(CLIENT, CONTENT_HANDSHAKE, client_kx);
	for (int i = 0; i < 2; i++) {
		send((enum side)i, CONTENT_CHANGE_CIPHER_SPEC, "01");
		add("1400000c");
		add_zeros(12 + 20);
		send_in((enum side)i, CONTENT_HANDSHAKE, 1 << 14);
	}
	add("00000000");
	add_zeros(20);
	send_in(SERVER, CONTENT_HANDSHAKE, 1 << 14);
	add(client_hello12);
	add_zeros(20);
	send_in(CLIENT, CONTENT_HANDSHAKE, 1 << 14);
	driver_end(d);
	ck_assert_uint_le(d->arena.held, d->arena.limit);
}
END_TEST

START_TEST(without_memory_there_is_no_conversation)
{
	struct arena none = {.limit = 1};
	struct session s = {.arena = &none};
	struct tls_sink sink = d->sink;
	uint8_t at_rest[1000];
	sink.session = &s;
	ck_assert_ptr_null(tls_talk_new(&sink, false));
	send(CLIENT, CONTENT_HANDSHAKE, client_hello12);
	ck_assert_uint_le(tls_rest_size(d->k), sizeof at_rest);
	tls_rest(d->k, at_rest);
	ck_assert_ptr_null(tls_wake(&sink, at_rest));
}
END_TEST

START_TEST(a_head_without_a_second_one_is_not_believed)
{
	ck_assert_int_eq(probe("1703030001aa1603", true), PROBE_NO);
	ck_assert_int_eq(probe("1703030001aa0000000000", false), PROBE_NO);
}
END_TEST

Suite *talk_suite(void)
{
	Suite *s = suite_create("talk");
	TCase *t = tcase_create("talk");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, a_message_may_lie_in_records_of_any_size, 1, 80);
	tcase_add_test(t, one_record_may_hold_many_messages);
	tcase_add_test(t, an_alert_between_two_pieces_of_a_message_is_told);
	tcase_add_test(t, a_switch_between_two_pieces_of_a_hello_seals_nothing);
	tcase_add_test(t, an_alert_may_lie_in_two_records);
	tcase_add_test(t, empty_records_are_told_but_for_application_data);
	tcase_add_test(t, a_record_over_the_limit_keeps_the_framing);
	tcase_add_test(t, a_record_of_an_unknown_type_or_version_keeps_the_framing);
	tcase_add_test(t, where_the_framing_is_lost_only_a_chain_of_records_is_believed);
	tcase_add_test(t, a_hole_in_a_sealed_record_keeps_the_framing);
	tcase_add_test(t, behind_a_hole_inside_a_message_the_next_one_is_read);
	tcase_add_test(t, behind_a_hole_over_the_end_of_a_message_nothing_is_invented);
	tcase_add_test(t, a_hello_cut_by_a_hole_gives_what_was_there);
	tcase_add_test(t, a_hello_cut_inside_its_random_gives_a_row_and_no_facts);
	tcase_add_test(t, nobody_waits_for_a_side_that_lost_bytes);
	tcase_add_test(t, a_side_that_waited_until_its_bytes_were_dropped_waits_no_more);
	tcase_add_test(t, begun_late_nothing_is_called_clear);
	tcase_add_test(t, a_record_that_the_capture_cuts_is_told);
	tcase_add_test(t, a_heartbeat_that_asks_for_more_than_it_sent_is_told);
	tcase_add_test(t, an_answer_with_more_than_was_asked_is_told);
	tcase_add_test(t, sealed_heartbeats_are_told_by_their_lengths);
	tcase_add_test(t, behind_lost_bytes_no_answer_is_too_long);
	tcase_add_test(t, a_compressed_certificate_is_unpacked_and_read);
	tcase_add_loop_test(t, a_compressed_certificate_that_is_none_is_told, 0, 7);
	tcase_add_test(t, a_raw_public_key_that_was_agreed_on_is_no_chain);
	tcase_add_test(t, another_form_of_certificate_is_a_chain);
	tcase_add_test(t, a_raw_public_key_of_tls12_is_kept_too);
	tcase_add_test(t, encrypted_extensions_are_of_the_servers_hello);
	tcase_add_test(t, what_is_unpacked_is_shown_beside_its_message);
	tcase_add_test(t, a_flood_of_hellos_stays_small);
	tcase_add_loop_test(t, a_flood_of_small_records_stays_small, 0, 4);
	tcase_add_test(t, an_oversized_message_is_cut_and_the_next_one_read);
	tcase_add_loop_test(t, a_switch_before_the_keys_is_out_of_order, 0, 2);
	tcase_add_test(t, a_whole_handshake_is_in_order);
	tcase_add_test(t, a_server_that_switches_first_has_resumed);
	tcase_add_test(t, a_server_may_answer_a_hello_with_an_alert);
	tcase_add_test(t, the_sealed_flights_of_tls_13_are_named_by_place);
	tcase_add_test(t, a_record_of_an_alerts_size_is_talk_when_more_follows);
	tcase_add_test(t, a_record_of_an_alerts_size_before_lost_bytes_is_not_the_last);
	tcase_add_test(t, a_second_switch_in_tls_13_is_out_of_order);
	tcase_add_test(t, a_switch_before_the_servers_hello_seals_nothing);
	tcase_add_test(t, a_record_that_the_capture_cuts_is_not_counted);
	tcase_add_test(t, a_side_goes_on_without_one_that_is_silent);
	tcase_add_test(t, a_hello_in_a_record_of_no_version_is_a_hello);
	tcase_add_test(t, a_record_of_no_version_is_believed_for_nothing_less);
	tcase_add_loop_test(t, a_clients_certificate_in_tls_13_is_its_handshake, 0, 2);
	tcase_add_test(t, a_second_retry_is_told);
	tcase_add_test(t, without_an_offer_what_follows_a_retry_is_no_early_data);
	tcase_add_test(t, an_answer_that_is_cut_says_no_version);
	tcase_add_test(t, of_a_suite_that_nobody_knows_only_the_number_is_known);
	tcase_add_test(t, the_first_key_exchange_and_the_first_certificate_count);
	tcase_add_loop_test(t, the_text_of_a_record_lies_between_bounds, 0, 2);
	tcase_add_test(t, talk_without_a_row_is_counted_all_the_same);
	tcase_add_loop_test(t, only_a_hello_alone_in_its_record_rests, 0, 2);
	tcase_add_loop_test(t, where_memory_ends_the_conversation_goes_on, 0, 60);
	tcase_add_test(t, without_memory_there_is_no_conversation);
	tcase_add_test(t, a_head_without_a_second_one_is_not_believed);
	suite_add_tcase(s, t);
	return s;
}
