/* A link type in two bytes, then packets of length 2 and bytes: what is found lies inside its
 * packet, and both directions of a pair meet in one shard; fragments go through the defragmenter.
 */
#include <stdlib.h>

#include "src/base/reader.h"
#include "src/capture/defrag.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_shard(const struct ip_packet *p)
{
	struct ip_packet back = *p;
	back.source = p->target;
	back.target = p->source;
	require(net_shard(p) < SHARDS && net_shard(p) == net_shard(&back));
}

static void check_payload(const struct packet *p, const struct ip_packet *ip)
{
	require(ip->payload_at <= p->data.len);
	require(ip->payload.len <= p->data.len - ip->payload_at);
	require(ip->payload.len == 0 || ip->payload.at == p->data.at + ip->payload_at);
	check_shard(ip);
}

/* Puts fragments together for as long as there are some in what came out. */
static void assemble(struct defrag *d, struct ip_packet *ip)
{
	while (ip->fragment) {
		struct ip_packet whole;
		bool conflict;
		if (!defrag_add(d, ip, &whole, &conflict))
			return;
		require(!conflict && !whole.fragment && whole.payload.len <= 65535);
		struct bytes payload = whole.payload;
		*ip = whole;
		if (net_inside(ip) != NET_IP)
			return;
		require(ip->layers <= NET_LAYERS && ip->payload.len <= payload.len);
		check_shard(ip);
	}
}

static void one_packet(struct defrag *d, const struct packet *p)
{
	struct ip_packet ip;
	enum net_fate fate = net_decode(p, &ip);
	require(net_fate_name(fate)[0] != 0);
	if (fate != NET_IP)
		return;
	check_payload(p, &ip);
	assemble(d, &ip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_over((struct bytes){data, size}, NULL, NULL);
	struct defrag *d = defrag_new(1 << 16, 1);
	require(d != NULL);
	struct packet p = {.link = take_u16(&r, 0)};
	while (more(&r)) {
		p.frame++;
		p.time = (moment)take_u8(&r, 0) * NS_PER_SECOND;
		p.data = take_vector(&r, 2, 0);
		p.wire_len = (uint32_t)p.data.len + take_u8(&r, 0);
		one_packet(d, &p);
	}
	defrag_free(d);
	return 0;
}
