/* Makes large captures for `make bench` out of small recorded ones: the same conversations again
 * and again with other addresses, ports and times. The payload stays as it was recorded, so
 * signatures and certificates hold; what needs new sealed bytes is make_bulk.c's.
 *
 *   make_load sessions N SEED OUT CAPTURE...   N whole conversations, many at a time
 *   make_load open N SEED OUT CAPTURE...       N that have shown their ClientHello and stay open
 *   make_load noise MEGABYTES SEED OUT CAPTURE...   random TCP and UDP, 1 % of the bytes TLS */
#include <stdlib.h>
#include <string.h>

#include "tests/tools/frames.h"

enum { AT_ONCE = 200, FRAME_ROOM = 1 << 16, SEGMENT = 1448, NOISE_FLOWS = 4096 };
static const uint64_t BEGIN = UINT64_C(1795334400000000); /* 2026-11-22 */

/* One conversation on its way. */
struct copy {
	const struct frames *of;
	size_t next, end;
	uint32_t number;
};

struct load {
	struct frames *sample;
	size_t n_samples;
	FILE *out;
	uint64_t chance, us, bytes;
	uint32_t begun;
	struct copy copy[AT_ONCE];
	uint32_t noise_seq[NOISE_FLOWS];
	uint8_t room[FRAME_ROOM];
};

/* ---- One conversation under another address ---- */

/* 2^24 clients, each with a port of its own; 200 servers. */
static void readdress(uint8_t *data, const struct layout *l, uint32_t number)
{
	uint32_t client = 0x0a000000u | (number & 0xffffff), server = 0xc6330000u | number % 200;
	uint16_t port = (uint16_t)(32768 + number % 28000);
	put32(data + l->ip + 12, l->from_client ? client : server);
	put32(data + l->ip + 16, l->from_client ? server : client);
	put16(data + l->transport + (l->from_client ? 0 : 2), port);
	frame_checksums(data, l);
}

static void emit(struct load *w, size_t len)
{
	w->us += random_below(&w->chance, 3);
	w->bytes += len;
	pcap_put(w->out, w->us, w->room, len);
}

static void send_next(struct load *w, struct copy *c)
{
	const struct frame *f = &c->of->frame[c->next++];
	struct layout l;
	memcpy(w->room, f->data, f->len);
	if (frame_layout(f, &l) && l.end <= f->len)
		readdress(w->room, &l, c->number);
	emit(w, f->len);
}

/* The frames up to and with the first payload: the client's hello. */
static size_t hello_end(const struct frames *f)
{
	struct layout l;
	for (size_t i = 0; i < f->n; i++)
		if (frame_layout(&f->frame[i], &l) && l.payload < l.end)
			return i + 1;
	die("a capture without payload", "make_load");
}

static struct copy begin_copy(struct load *w, bool only_hello)
{
	const struct frames *of = &w->sample[random_below(&w->chance, w->n_samples)];
	return (struct copy){
		.of = of, .end = only_hello ? hello_end(of) : of->n, .number = w->begun++};
}

/* Goes round the conversations that are open, one frame each. */
static void make_copies(struct load *w, uint32_t n, bool only_hello)
{
	size_t open = 0;
	while (w->begun < n || open > 0) {
		if (open < AT_ONCE && w->begun < n)
			w->copy[open++] = begin_copy(w, only_hello);
		for (size_t i = 0; i < open; i++) {
			send_next(w, &w->copy[i]);
			if (w->copy[i].next == w->copy[i].end)
				w->copy[i--] = w->copy[--open];
		}
	}
}

/* ---- Noise ---- */

static void fill(struct load *w, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i += 8) {
		uint64_t r = random_next(&w->chance);
		memcpy(w->room + at + i, &r, 8);
	}
}

/* The next segment or datagram of random bytes of one of many flows. */
static void make_noise(struct load *w)
{
	uint64_t r = random_next(&w->chance);
	uint32_t flow = r >> 8 & (NOISE_FLOWS - 1);
	bool tcp = r % 4 != 0;
	size_t payload = 14 + 20 + (tcp ? 20 : 8);
	struct layout l = {.ip = 14, .transport = 34, .payload = payload, .tcp = tcp};
	l.end = payload + (tcp ? SEGMENT : 64 + random_below(&w->chance, 1200));
	memset(w->room, 0, payload);
	fill(w, payload, l.end - payload);
	put16(w->room + 12, 0x0800);
	put16(w->room + 14, 0x4500);
	put16(w->room + 16, (uint16_t)(l.end - l.ip));
	put16(w->room + 22, (uint16_t)(0x4000 | (tcp ? 6 : 17)));
	w->room[22] = 64;
	put32(w->room + 26, 0x0a010000u | flow);
	put32(w->room + 30, 0xc6340000u | flow % 64);
	put16(w->room + 34, (uint16_t)(20000 + flow));
	put16(w->room + 36, (uint16_t)(tcp ? 8080 : 5004));
	if (tcp) {
		put32(w->room + 38, w->noise_seq[flow]);
		w->noise_seq[flow] += SEGMENT;
		put32(w->room + 42, 1);
		put16(w->room + 46, 0x5018);
		put16(w->room + 48, 65535);
	} else {
		put16(w->room + 38, (uint16_t)(l.end - l.transport));
	}
	frame_checksums(w->room, &l);
	emit(w, l.end);
}

static void make_noise_load(struct load *w, uint64_t megabytes)
{
	uint64_t tls = 0;
	while (w->bytes < megabytes * 1000000) {
		make_noise(w);
		if (tls * 100 > w->bytes)
			continue;
		uint64_t before = w->bytes;
		make_copies(w, w->begun + 1, false);
		tls += w->bytes - before;
	}
}

int main(int argc, char **argv)
{
	if (argc < 6)
		die("make_load sessions|open|noise N SEED OUT CAPTURE...", "usage");
	struct load *w = need(1, sizeof *w);
	uint32_t n = (uint32_t)strtoul(argv[2], NULL, 10);
	w->chance = strtoull(argv[3], NULL, 10);
	w->out = pcap_create(argv[4]);
	w->us = BEGIN;
	w->n_samples = (size_t)argc - 5;
	w->sample = need(w->n_samples, sizeof *w->sample);
	for (size_t i = 0; i < w->n_samples; i++)
		w->sample[i] = frames_read(argv[5 + i]);
	if (strcmp(argv[1], "noise") == 0)
		make_noise_load(w, n);
	else
		make_copies(w, n, strcmp(argv[1], "open") == 0);
	pcap_close(w->out, argv[4]);
	for (size_t i = 0; i < w->n_samples; i++)
		frames_free(&w->sample[i]);
	free(w->sample);
	free(w);
	return EXIT_SUCCESS;
}
