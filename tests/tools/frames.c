#include "tests/tools/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	ETHERNET = 14,
	IPV4 = 0x0800,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PCAP_HEAD = 24,
	PACKET_HEAD = 16,
	LINK_ETHERNET = 1,
	MOST = 1 << 26
};
static const uint32_t PCAP_MAGIC = 0xa1b2c3d4, NG_SECTION = 0x0a0d0d0a, NG_INTERFACE = 1,
		      NG_PACKET = 6;

void die(const char *what, const char *which)
{
	fprintf(stderr, "%s: %s\n", which, what);
	exit(1);
}

void *need(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);
	if (p == NULL)
		die("not enough memory", "calloc");
	return p;
}

uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)(value >> 16));
	put16(at + 2, (uint16_t)value);
}

/* ---- Reading ---- */

static uint32_t little32(const uint8_t *at)
{
	return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static uint8_t *read_whole(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		die(strerror(errno), path);
	uint8_t *all = need(MOST, 1);
	*len = fread(all, 1, MOST, file);
	fclose(file);
	return all;
}

static void keep(struct frames *f, const uint8_t *data, size_t len, uint64_t us)
{
	if (f->n == f->room) {
		f->room = f->room == 0 ? 64 : f->room * 2;
		f->frame = realloc(f->frame, f->room * sizeof *f->frame);
		if (f->frame == NULL)
			die("not enough memory", "realloc");
	}
	struct frame *one = &f->frame[f->n++];
	*one = (struct frame){.data = need(len, 1), .len = len, .us = us};
	memcpy(one->data, data, len);
}

static void read_pcap(struct frames *f, const uint8_t *all, size_t len, const char *path)
{
	for (size_t at = PCAP_HEAD; len - at >= PACKET_HEAD;) {
		const uint8_t *head = all + at;
		size_t kept = little32(head + 8);
		at += PACKET_HEAD;
		if (len - at < kept)
			die("a packet is cut", path);
		keep(f, all + at, kept, little32(head) * UINT64_C(1000000) + little32(head + 4));
		at += kept;
	}
}

/* Times are taken as microseconds: our recordings have no if_tsresol but 6. */
static void read_pcapng(struct frames *f, const uint8_t *all, size_t len, const char *path)
{
	for (size_t at = 0; len - at >= 12;) {
		const uint8_t *block = all + at;
		uint32_t type = little32(block), size = little32(block + 4);
		if (size < 12 || len - at < size)
			die("a block is cut", path);
		if (type == NG_INTERFACE && (block[8] | block[9] << 8) != LINK_ETHERNET)
			die("not Ethernet", path);
		if (type == NG_PACKET && size >= 32 && little32(block + 20) <= size - 32)
			keep(f, block + 28, little32(block + 20),
			     (uint64_t)little32(block + 12) << 32 | little32(block + 16));
		at += size;
	}
}

struct frames frames_read(const char *path)
{
	struct frames f = {0};
	size_t len;
	uint8_t *all = read_whole(path, &len);
	if (len >= PCAP_HEAD && little32(all) == PCAP_MAGIC && all[20] == LINK_ETHERNET)
		read_pcap(&f, all, len, path);
	else if (len >= PCAP_HEAD && little32(all) == NG_SECTION)
		read_pcapng(&f, all, len, path);
	else
		die("neither a pcap (little endian, microseconds) nor a pcapng of Ethernet", path);
	free(all);
	return f;
}

void frames_free(struct frames *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->frame[i].data);
	free(f->frame);
}

/* ---- Taking apart ---- */

static void find_sides(const uint8_t *data, struct layout *l)
{
	uint64_t from = (uint64_t)get32(data + l->ip + 12) << 16 | get16(data + l->transport);
	uint64_t to = (uint64_t)get32(data + l->ip + 16) << 16 | get16(data + l->transport + 2);
	l->from_client = (from & 0xffff) > (to & 0xffff);
	l->client = l->from_client ? from : to;
	l->server = l->from_client ? to : from;
}

bool frame_layout(const struct frame *f, struct layout *out)
{
	*out = (struct layout){.ip = ETHERNET};
	if (f->len < ETHERNET + 28 || get16(f->data + 12) != IPV4)
		return false;
	uint8_t protocol = f->data[ETHERNET + 9];
	out->transport = ETHERNET + (f->data[ETHERNET] & 15u) * 4u;
	out->end = ETHERNET + get16(f->data + ETHERNET + 2);
	out->tcp = protocol == PROTOCOL_TCP;
	if (!(out->tcp || protocol == PROTOCOL_UDP) ||
	    f->len < out->transport + (out->tcp ? 20 : 8))
		return false;
	const uint8_t *t = f->data + out->transport;
	out->payload = out->transport + (out->tcp ? (t[12] >> 4) * 4u : 8u);
	out->seq = out->tcp ? get32(t + 4) : 0;
	out->flags = out->tcp ? t[13] : 0;
	find_sides(f->data, out);
	return out->payload <= out->end;
}

static uint32_t add_words(uint32_t sum, const uint8_t *at, size_t len)
{
	for (; len > 1; at += 2, len -= 2)
		sum += get16(at);
	return len == 1 ? sum + (uint32_t)(at[0] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void frame_checksums(uint8_t *data, const struct layout *l)
{
	uint8_t *ip = data + l->ip, *tcp = data + l->transport;
	size_t len = l->end - l->transport;
	put16(ip + 10, 0);
	put16(ip + 10, fold(add_words(0, ip, l->transport - l->ip)));
	if (!l->tcp)
		return;
	put16(tcp + 16, 0);
	put16(tcp + 16,
	      fold(add_words(add_words(PROTOCOL_TCP + (uint32_t)len, ip + 12, 8), tcp, len)));
}

/* ---- Writing ---- */

static void put_little32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

FILE *pcap_create(const char *path)
{
	FILE *file = fopen(path, "wb");
	if (file == NULL)
		die(strerror(errno), path);
	setvbuf(file, NULL, _IOFBF, 1 << 20);
	uint8_t head[PCAP_HEAD] = {[4] = 2, [6] = 4, [16] = 0, [18] = 4, [20] = LINK_ETHERNET};
	put_little32(head, PCAP_MAGIC);
	fwrite(head, 1, sizeof head, file);
	return file;
}

void pcap_put(FILE *file, uint64_t us, const uint8_t *data, size_t len)
{
	uint8_t head[PACKET_HEAD];
	put_little32(head, (uint32_t)(us / 1000000));
	put_little32(head + 4, (uint32_t)(us % 1000000));
	put_little32(head + 8, (uint32_t)len);
	put_little32(head + 12, (uint32_t)len);
	fwrite(head, 1, sizeof head, file);
	fwrite(data, 1, len, file);
}

void pcap_close(FILE *file, const char *path)
{
	bool bad = ferror(file) != 0;
	if (fclose(file) != 0 || bad)
		die("could not be written", path);
}

/* ---- Chance ---- */

uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

size_t random_below(uint64_t *state, size_t n)
{
	return (size_t)(random_next(state) % n);
}
