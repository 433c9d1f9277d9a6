/* Writes a capture again with the same bytes in other segments: what TCP may do with a conversation
 * without changing it. A flight is what one side sends until the other side does; pieces change
 * places only inside of it, so that an answer still follows its question. */
#include <stdlib.h>
#include <string.h>

#include "tests/tools/frames.h"

enum { MOST_PIECES = 1 << 16, SIZE_CEILING = 700 };

/* How to cut and send. */
struct manner {
	const char *name;
	bool single;   /* one byte a segment; else random sizes */
	bool shuffle;  /* any order inside the flight */
	bool again;    /* duplicates, and bytes sent anew in other segments */
	bool fragment; /* each packet in IP fragments */
};

static const struct manner manners[] = {
	{.name = "bytes", .single = true},
	{.name = "sizes"},
	{.name = "shuffled", .shuffle = true},
	{.name = "again", .again = true},
	{.name = "fragments", .fragment = true},
	{.name = "all", .shuffle = true, .again = true, .fragment = true},
};

/* A stretch of one frame's payload. */
struct piece {
	size_t frame, at, len; /* at: in the payload */
};

struct work {
	struct frames in;
	struct manner how;
	FILE *out;
	uint64_t chance;
	struct piece *piece; /* of the flight */
	size_t n;
	size_t *waiting; /* frames without payload that fell into the flight */
	size_t n_waiting;
	uint16_t ip_id;
};

/* ---- Sending ---- */

/* Pieces of 8 bytes or a multiple, in any order; the datagram's own head is in the first. */
static void send_fragments(struct work *w, uint64_t us, const uint8_t *data, const struct layout *l)
{
	size_t body = l->end - l->transport, most = 8 * (1 + random_below(&w->chance, 24));
	size_t n = (body + most - 1) / most, turn = random_below(&w->chance, n);
	bool backwards = random_below(&w->chance, 2) == 1;
	uint8_t *f = need(l->end, 1);
	for (size_t i = 0; i < n; i++) {
		size_t k = (turn + (backwards ? n - i : i)) % n, at = k * most;
		size_t len = body - at < most ? body - at : most;
		struct layout part = {
			.ip = l->ip, .transport = l->transport, .end = l->transport + len};
		memcpy(f, data, l->transport);
		memcpy(f + l->transport, data + l->transport + at, len);
		put16(f + l->ip + 2, (uint16_t)(part.end - l->ip));
		put16(f + l->ip + 6, (uint16_t)(at / 8 | (k + 1 < n ? 0x2000 : 0)));
		frame_checksums(f, &part);
		pcap_put(w->out, us, f, part.end);
	}
	free(f);
}

static void send_packet(struct work *w, uint64_t us, uint8_t *data, const struct layout *l)
{
	put16(data + l->ip + 2, (uint16_t)(l->end - l->ip));
	put16(data + l->ip + 4, w->ip_id++);
	frame_checksums(data, l);
	if (w->how.fragment && random_below(&w->chance, 2) == 0)
		send_fragments(w, us, data, l);
	else
		pcap_put(w->out, us, data, l->end);
}

/* A FIN on the original goes with the piece that ends it. */
static void send_piece(struct work *w, const struct piece *p, uint64_t us)
{
	const struct frame *f = &w->in.frame[p->frame];
	struct layout l;
	frame_layout(f, &l);
	uint8_t *data = need(f->len, 1);
	bool last = p->at + p->len == l.end - l.payload;
	memcpy(data, f->data, l.payload);
	memcpy(data + l.payload, f->data + l.payload + p->at, p->len);
	put32(data + l.transport + 4, l.seq + (uint32_t)p->at);
	if (!last)
		data[l.transport + 13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	l.end = l.payload + p->len;
	send_packet(w, us, data, &l);
	free(data);
}

/* ---- Cutting ---- */

static void add_piece(struct work *w, size_t frame, size_t at, size_t len)
{
	if (w->n == MOST_PIECES)
		die("a flight of too many pieces", "resegment");
	w->piece[w->n++] = (struct piece){frame, at, len};
}

static void cut(struct work *w, size_t frame, size_t len)
{
	size_t most = 1 + random_below(&w->chance, SIZE_CEILING);
	for (size_t at = 0, n; at < len; at += n) {
		n = w->how.single ? 1 : 1 + random_below(&w->chance, most);
		if (n > len - at)
			n = len - at;
		add_piece(w, frame, at, n);
		if (w->how.again && random_below(&w->chance, 4) == 0)
			add_piece(w, frame, at, n);
		if (w->how.again && random_below(&w->chance, 4) == 0) {
			size_t back = random_below(&w->chance, at + 1);
			add_piece(w, frame, back, at + n - back);
		}
	}
}

static void shuffle(struct work *w)
{
	for (size_t i = w->n; i > 1; i--) {
		size_t k = random_below(&w->chance, i);
		struct piece p = w->piece[k];
		w->piece[k] = w->piece[i - 1];
		w->piece[i - 1] = p;
	}
}

/* ---- Flights ---- */

/* All of it at the time of its first frame, so that time does not run backwards. */
static void end_flight(struct work *w)
{
	uint64_t us = w->n > 0 ? w->in.frame[w->piece[0].frame].us : 0;
	if (w->how.shuffle)
		shuffle(w);
	for (size_t i = 0; i < w->n; i++)
		send_piece(w, &w->piece[i], us);
	for (size_t i = 0; i < w->n_waiting; i++) {
		struct frame *f = &w->in.frame[w->waiting[i]];
		pcap_put(w->out, f->us, f->data, f->len);
	}
	w->n = w->n_waiting = 0;
}

/* Says whether the frame goes on with the flight that the piece began. */
static bool same_flight(const struct work *w, const struct layout *l)
{
	struct layout first;
	frame_layout(&w->in.frame[w->piece[0].frame], &first);
	return first.client == l->client && first.server == l->server &&
	       first.from_client == l->from_client;
}

static void take(struct work *w, size_t i)
{
	struct frame *f = &w->in.frame[i];
	struct layout l;
	bool tcp = frame_layout(f, &l) && l.tcp;
	bool bare = tcp && l.payload == l.end && (l.flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;
	if (w->n > 0 && !bare && !(tcp && l.payload < l.end && same_flight(w, &l)))
		end_flight(w);
	if (tcp && l.payload < l.end && (l.flags & TCP_SYN) == 0 && l.end <= f->len)
		cut(w, i, l.end - l.payload);
	else
		w->waiting[w->n_waiting++] = i;
	if (w->n == 0)
		end_flight(w);
}

static struct manner manner_named(const char *name)
{
	for (size_t i = 0; i < sizeof manners / sizeof *manners; i++)
		if (strcmp(manners[i].name, name) == 0)
			return manners[i];
	die("no such manner: bytes, sizes, shuffled, again, fragments, all", name);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		die("resegment MANNER SEED IN OUT", "usage");
	struct work w = {.how = manner_named(argv[1]),
	                 .chance = strtoull(argv[2], NULL, 10),
	                 .in = frames_read(argv[3]),
	                 .out = pcap_create(argv[4]),
	                 .piece = need(MOST_PIECES, sizeof(struct piece))};
	w.waiting = need(w.in.n, sizeof *w.waiting);
	for (size_t i = 0; i < w.in.n; i++)
		take(&w, i);
	end_flight(&w);
	pcap_close(w.out, argv[4]);
	frames_free(&w.in);
	free(w.waiting);
	free(w.piece);
	return EXIT_SUCCESS;
}
