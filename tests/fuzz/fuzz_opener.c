/* The opener told anything in any order: messages, switches, losses and records of both sides, with
 * a key log that fits the session. It must not fall over, and may give no text but into `out`. */
#include <stdlib.h>
#include <string.h>

#include "src/base/reader.h"
#include "src/secrets/earlier.h"
#include "src/secrets/keyring.h"
#include "src/secrets/opener.h"
#include "tests/fuzz/fuzz.h"

enum { OUT_ROOM = 1 << 16, CALLS_MOST = 256 };

static const char log_text[] =
	"CLIENT_RANDOM 0000000000000000000000000000000000000000000000000000000000000000 "
	"0101010101010101010101010101010101010101010101010101010101010101"
	"01010101010101010101010101010101\n"
	"CLIENT_HANDSHAKE_TRAFFIC_SECRET "
	"0000000000000000000000000000000000000000000000000000000000000000 "
	"0202020202020202020202020202020202020202020202020202020202020202\n"
	"SERVER_HANDSHAKE_TRAFFIC_SECRET "
	"0000000000000000000000000000000000000000000000000000000000000000 "
	"0303030303030303030303030303030303030303030303030303030303030303\n"
	"CLIENT_TRAFFIC_SECRET_0 "
	"0000000000000000000000000000000000000000000000000000000000000000 "
	"0404040404040404040404040404040404040404040404040404040404040404\n";

/* What the dissector would have decoded, from the first bytes. */
struct facts {
	struct arena arena;
	struct session s;
	struct tls_facts t;
	struct client_hello client;
	struct server_hello server;
	struct client_key_exchange kx;
	uint8_t locked[64], id[32];
};

static void make_facts(struct facts *f, struct reader *r)
{
	f->s.arena = &f->arena;
	f->s.tls = &f->t;
	f->t.client = &f->client;
	f->t.server = &f->server;
	f->t.client_kx = &f->kx;
	f->t.version = (uint16_t)(0x0300 + take_u8(r, 0) % 6);
	f->t.kx = take_u8(r, 0) % (KX_TLS13 + 1);
	f->t.cipher = take_u8(r, 0);
	f->t.hash = take_u8(r, 0) % (HASH_IMIT + 1);
	f->t.aead = take_u8(r, 0) & 1;
	f->t.resumed = take_u8(r, 0) & 1;
	f->client.flags = f->server.flags = take_u32(r, 0);
	f->t.known.have = (UINT64_C(1) << CIPHER_SUITE) | (UINT64_C(1) << CLIENT_RANDOM);
	f->client.session_id = f->server.session_id = (struct bytes){f->id, sizeof f->id};
	f->client.ticket = (struct bytes){f->locked, sizeof f->locked};
	f->kx.secret = (struct bytes){f->locked, sizeof f->locked};
}

static void check(struct opened o, const uint8_t *out, size_t len)
{
	if (o.result != OPEN_OK && o.text.len != 0)
		abort();
	if (o.text.len > len || (o.text.len > 0 && o.text.at != out))
		abort();
}

static void call(struct opener *o, struct reader *r, uint8_t *out)
{
	uint8_t what = take_u8(r, 0);
	enum side from = what & 0x80 ? SERVER : CLIENT;
	enum epoch e = (enum epoch)(what >> 5 & 3) % 3;
	struct reader in = open_vector(r, 2, 0);
	struct bytes b = skip_rest(&in);
	switch (what & 7) {
	case 0:
		opener_lost(o);
		break;
	case 1:
		opener_switch(o, from);
		break;
	case 2:
		opener_key_update(o, from);
		break;
	case 3:
		opener_skip(o, from);
		break;
	case 4:
	case 5:
		opener_message(o, from, b);
		break;
	default:
		check(opener_record(o, from, e, 23, 0x0303, b, out), out, b.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[OUT_ROOM];
	struct facts *f = calloc(1, sizeof *f);
	struct keyring *k = keyring_new();
	struct earlier *earlier = earlier_new(0);
	struct reader r = reader_over((struct bytes){data, size}, NULL, NULL);
	if (f == NULL || k == NULL || earlier == NULL)
		abort();
	make_facts(f, &r);
	keyring_add_log_text(k, "log",
	                     (struct bytes){(const uint8_t *)log_text, sizeof log_text - 1});
	for (int session = 0; session < 2; session++) { /* the second may take up the first */
		struct opener *o = opener_new(k, &f->s, earlier);
		for (int i = 0; o != NULL && i < CALLS_MOST / 2 && more(&r); i++)
			call(o, &r, out);
		opener_free(o);
		f->t.known.refuted = 0;
	}
	for (int side = CLIENT; side <= SERVER; side++)
		(void)session_reason(&f->s, (enum side)side);
	earlier_free(earlier);
	keyring_free(k);
	arena_free(&f->arena);
	free(f);
	return 0;
}
