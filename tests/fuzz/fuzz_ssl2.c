/* Fuzzes the decoder of SSL 2.0. The first byte says whether the record is cut; the rest is the
 * record. Watching changes no fact, rows nest, and what is recognised can be decoded. */
#include <stdio.h>
#include <stdlib.h>

#include "dissectors/tls/ssl2.h"
#include "tests/fuzz/fuzz.h"
#include "tests/handshake_invariants.h"

static void demand(bool what, const char *why)
{
	if (what)
		return;
	fprintf(stderr, "fuzz_ssl2: %s\n", why);
	abort();
}

static void decode(struct bytes b, bool partial, struct ssl2_message *out, struct faults *faults,
                   struct trace *trace)
{
	struct reader r = reader_over(b, faults, trace);
	r.partial = partial;
	ssl2_decode(&r, out);
}

/* A record that is recognised has no fault, but for what its fixed part does not say. */
static void look(struct bytes b, const struct ssl2_message *m, uint32_t n_faults)
{
	struct ssl2_head head;
	bool whole = ssl2_head(b, &head) && b.len == (size_t)head.len + head.body;
	enum ssl2_sight hello = ssl2_sees_client_hello(b);
	demand(hello != SSL2_YES || m->type == SSL2_CLIENT_HELLO, "a hello is a hello");
	demand(hello != SSL2_YES || !whole || n_faults == 0, "a hello that is seen is sound");
	demand(ssl2_sees_error(b) != SSL2_YES || !whole || m->error != 0, "an error has a code");
	demand(ssl2_sees_master_key(b) != SSL2_YES || m->type == SSL2_CLIENT_MASTER_KEY,
	       "a key is a key");
	demand(ssl2_sees_server_hello(b) != SSL2_YES || m->type == SSL2_SERVER_HELLO,
	       "a server's hello is one");
}

/* More bytes never turn a refusal, nor a claim, into something else. */
static void look_at_prefixes(struct bytes b, enum ssl2_sight (*sees)(struct bytes))
{
	enum ssl2_sight all = sees(b);
	for (size_t n = 0; n < b.len && n < 16; n++) {
		enum ssl2_sight some = sees((struct bytes){b.at, n});
		demand(some == SSL2_MORE || some == all, "a sight never changes");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct field_row rows[MOST_ROWS];
	static struct ssl2_message plain, seen;
	struct trace trace = {.row = rows, .room = MOST_ROWS};
	struct faults plain_faults = {0}, seen_faults = {0};
	if (size == 0)
		return 0;
	struct bytes b = {data + 1, size - 1};
	bool partial = (data[0] & 1) != 0;
	decode(b, partial, &plain, &plain_faults, NULL);
	decode(b, partial, &seen, &seen_faults, &trace);
	demand(memcmp(&plain, &seen, sizeof plain) == 0, "watching changes no fact");
	demand(memcmp(&plain_faults, &seen_faults, sizeof plain_faults) == 0,
	       "watching changes no fault");
	const char *broken = broken_rows(&trace, b.len, seen_faults.n);
	demand(broken == NULL, broken);
	if (!partial)
		look(b, &plain, plain_faults.n);
	look_at_prefixes(b, ssl2_sees_client_hello);
	look_at_prefixes(b, ssl2_sees_server_hello);
	look_at_prefixes(b, ssl2_sees_master_key);
	look_at_prefixes(b, ssl2_sees_error);
	return 0;
}
