/* A recorded session goes through a tunnel whose packets are cut into fragments: what comes out is
 * the same session, for any number of workers, and it can be replayed. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/engine/engine.h"

Suite *assembled_suite(void);

enum { ETHERNET = 14, OUTER = 20, GRE = 4, PIECE = 96, MOST = 4 };

static char path[] = "assembled.XXXXXX";

static const char *recorded(void)
{
	static char name[512];
	const char *top = getenv("srcdir");
	snprintf(name, sizeof name, "%s/captures/tls12-rsa/capture.pcap", top == NULL ? "." : top);
	return name;
}

static struct source *open_file(const char *name)
{
	char why[256] = "";
	bool bad_filter;
	struct source_options so = {0};
	struct source *s = source_open_file(name, &so, why, sizeof why, &bad_filter);
	ck_assert_msg(s != NULL, "%s: %s", name, why);
	return s;
}

static void put_little(FILE *f, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		fputc((int)(v >> 8 * i & 0xff), f);
}

/* One fragment of `payload` as a pcap record of link type 101, in an IPv4 packet of protocol 47. */
static void put_fragment(FILE *f, struct bytes payload, uint16_t id, size_t at)
{
	size_t n = payload.len - at < PIECE ? payload.len - at : PIECE, total = OUTER + n;
	uint16_t place = (uint16_t)(at / 8 | (at + n < payload.len ? 0x2000 : 0));
	uint8_t head[OUTER] = {0x45, 0, (uint8_t)(total >> 8), (uint8_t)total};
	put_little(f, 1700000000);
	put_little(f, id);
	put_little(f, (uint32_t)total);
	put_little(f, (uint32_t)total);
	head[4] = (uint8_t)(id >> 8);
	head[5] = (uint8_t)id;
	head[6] = (uint8_t)(place >> 8);
	head[7] = (uint8_t)place;
	head[8] = 64;
	head[9] = 47;
	memcpy(head + 12, "\x0a\x09\0\1\x0a\x09\0\2", 8);
	fwrite(head, 1, sizeof head, f);
	fwrite(payload.at + at, 1, n, f);
}

/* Wraps what stands behind the Ethernet header in GRE and writes its fragments, the last one first.
 */
static void put_packet(FILE *f, const struct packet *p)
{
	uint8_t whole[2048] = {0, 0, 8, 0};
	size_t len = p->data.len - ETHERNET + GRE;
	ck_assert_uint_lt(len, sizeof whole);
	memcpy(whole + GRE, p->data.at + ETHERNET, len - GRE);
	for (size_t at = (len - 1) / PIECE * PIECE;; at -= PIECE) {
		put_fragment(f, (struct bytes){whole, len}, (uint16_t)p->frame, at);
		if (at == 0)
			return;
	}
}

static void write_tunnel(void)
{
	struct batch b;
	struct source *s = open_file(recorded());
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	ck_assert_ptr_nonnull(f);
	fwrite("\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\x65\0\0\0", 1, 24, f);
	ck_assert(batch_new(&b, BATCH_ROOM, BATCH_PACKETS));
	ck_assert_int_ne(source_read(s, &b), SOURCE_DAMAGED);
	ck_assert_uint_gt(b.n_packets, 0);
	for (size_t i = 0; i < b.n_packets; i++)
		put_packet(f, &b.packet[i]);
	batch_free(&b);
	source_close(s);
	ck_assert_int_eq(fclose(f), 0);
}

static void remove_tunnel(void)
{
	unlink(path);
}

static struct session *session[MOST];
static size_t n_sessions;

static bool keep(void *ctx, struct session *s, struct bytes line)
{
	(void)ctx;
	(void)line;
	ck_assert_uint_lt(n_sessions, MOST);
	session[n_sessions++] = s;
	return true;
}

static struct capture_facts run(const char *name, unsigned workers, const struct replay *replay)
{
	char why[256];
	struct pki_options options = {.no_system = true, .at = MOMENT_UNKNOWN};
	struct pki *pki = pki_new(&options, why, sizeof why);
	struct source *source = open_file(name);
	struct capture_facts facts = {.name = "capture"};
	struct engine_job job = {.source = source,
	                         .pki = pki,
	                         .workers = workers,
	                         .memory = ENGINE_MEMORY,
	                         .replay = replay,
	                         .session = keep};
	n_sessions = 0;
	ck_assert(engine_run(&job, &facts));
	source_close(source);
	pki_free(pki);
	ck_assert_uint_eq(n_sessions, 1);
	ck_assert_uint_eq(facts.tls_sessions, 1);
	ck_assert_uint_eq(facts.n_findings, 0);
	return facts;
}

static void assert_same_session(const struct session *a, const struct session *b)
{
	ck_assert_int_eq(memcmp(a->endpoint, b->endpoint, sizeof a->endpoint), 0);
	ck_assert_uint_eq(a->tls->version, b->tls->version);
	ck_assert_uint_eq(a->tls->suite, b->tls->suite);
	ck_assert_uint_eq(a->gap_bytes[CLIENT] + a->gap_bytes[SERVER], 0);
	ck_assert_uint_eq(b->gap_bytes[CLIENT] + b->gap_bytes[SERVER], 0);
}

START_TEST(a_session_in_the_fragments_of_a_tunnel_is_the_session_that_was_recorded)
{
	struct capture_facts plain = run(recorded(), 1, NULL);
	struct session *s = session[0];
	write_tunnel();
	for (unsigned workers = 1; workers <= 4; workers += 3) {
		struct capture_facts facts = run(path, workers, NULL);
		ck_assert_uint_eq(facts.tcp_segments, plain.tcp_segments);
		ck_assert_uint_gt(facts.packets, 2 * plain.packets);
		assert_same_session(session[0], s);
		engine_session_free(session[0]);
	}
	engine_session_free(s);
}
END_TEST

START_TEST(a_session_in_the_fragments_of_a_tunnel_can_be_replayed)
{
	struct arena a = {0};
	struct unfold u = {0};
	write_tunnel();
	run(path, 1, NULL);
	struct session *s = session[0];
	struct replay r = {
		.first_frame = s->first_frame, .last_frame = s->last_frame, .arena = &a, .out = &u};
	memcpy(r.endpoint, s->endpoint, sizeof r.endpoint);
	run(path, 1, &r);
	assert_same_session(session[0], s);
	ck_assert_uint_gt(u.n_items, 0);
	engine_session_free(session[0]);
	engine_session_free(s);
	arena_free(&a);
}
END_TEST

Suite *assembled_suite(void)
{
	Suite *suite = suite_create("assembled");
	TCase *all = tcase_create("all");
	tcase_add_checked_fixture(all, NULL, remove_tunnel);
	tcase_add_test(all,
	               a_session_in_the_fragments_of_a_tunnel_is_the_session_that_was_recorded);
	tcase_add_test(all, a_session_in_the_fragments_of_a_tunnel_can_be_replayed);
	suite_add_tcase(suite, all);
	return suite;
}
