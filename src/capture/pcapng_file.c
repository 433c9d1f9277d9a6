/* pcapng files: sections of blocks (draft-ietf-opsawg-pcapng). A block that breaks its own rules is
 * noted and left; reading goes on as long as the lengths around the blocks can be believed. */
#include <stdlib.h>

#include "src/base/reader.h"
#include "src/capture/inside.h"

enum {
	SECTION_HEADER = 0x0a0d0d0a,
	INTERFACE_DESCRIPTION = 1,
	OLD_PACKET = 2,
	SIMPLE_PACKET = 3,
	INTERFACE_STATISTICS = 5,
	ENHANCED_PACKET = 6,
	DECRYPTION_SECRETS = 10,
};

enum {
	BLOCK_HEAD = 8,
	BLOCK_MIN = 12,
	TRAILER = 4,
	SECRETS_HEAD = 8,
	TLS_KEY_LOG = 0x544c534b,
	SECRETS_LINE = 1 << 16, /* no line of a key log is longer */
	IF_TSRESOL = 9,
	IF_TSOFFSET = 14,
	ISB_IFDROP = 5,
	ISB_OSDROP = 7,
	MICROSECONDS = 6,
};

/* One block that lies whole in the batch. */
struct block {
	struct reader body;
	uint64_t offset;
	uint32_t type;
	bool big;
};

static uint32_t take16(struct block *k)
{
	const uint8_t *p = reader_advance(&k->body, 2, 0);
	return p == NULL ? 0 : load16(p, k->big);
}

static uint32_t take32(struct block *k)
{
	const uint8_t *p = reader_advance(&k->body, 4, 0);
	return p == NULL ? 0 : load32(p, k->big);
}

struct option {
	uint32_t code;
	struct bytes value;
};

/* Takes the next option; false behind the last one and at a fault, which stays in the body. */
static bool next_option(struct block *k, struct option *o)
{
	if (!more(&k->body))
		return false;
	o->code = take16(k);
	uint32_t len = take16(k);
	o->value = take_bytes(&k->body, len, 0);
	take_bytes(&k->body, (0U - len) & 3, 0);
	return k->body.fault == FINE && o->code != 0;
}

static uint64_t option_u64(const struct option *o, bool big)
{
	uint64_t first = load32(o->value.at, big);
	uint64_t second = load32(o->value.at + 4, big);
	return big ? first << 32 | second : second << 32 | first;
}

static void invalid(struct source *s, uint64_t offset, uint32_t frame)
{
	source_note(s, BLOCK_INVALID, offset, frame);
}

/* if_tsresol: 10^-n (here n to 18) or, with the top bit, 2^-n (here n to 62); 0 for all others. */
static uint64_t units_per_second(uint8_t resolution)
{
	unsigned power = resolution & 0x7f;
	if (resolution & 0x80)
		return power > 62 ? 0 : (uint64_t)1 << power;
	uint64_t units = 1;
	for (unsigned n = 0; n < power && power <= 18; n++)
		units *= 10;
	return power > 18 ? 0 : units;
}

/* The nanoseconds of a part of a second. */
static int64_t part_of_second(uint64_t units, uint64_t per_second)
{
	if (per_second <= UINT64_MAX / NS_PER_SECOND)
		return (int64_t)(units * NS_PER_SECOND / per_second);
	return (int64_t)((unsigned __int128)units * NS_PER_SECOND / per_second);
}

static moment interface_time(const struct pcapng_interface *i, uint64_t units)
{
	if (i->units_per_second == 0)
		return MOMENT_UNKNOWN;
	uint64_t seconds = units / i->units_per_second;
	int64_t t;
	if (seconds > INT64_MAX || __builtin_add_overflow((int64_t)seconds, i->offset, &t) ||
	    __builtin_mul_overflow(t, (int64_t)NS_PER_SECOND, &t) ||
	    __builtin_add_overflow(
		    t, part_of_second(units % i->units_per_second, i->units_per_second), &t))
		return MOMENT_UNKNOWN;
	return t;
}

/* Keeps an interface; the first PCAPNG_INTERFACES of a section have a place. */
static bool add_interface(struct pcapng_state *f, const struct pcapng_interface *i)
{
	if (f->n_interfaces >= PCAPNG_INTERFACES) {
		f->n_interfaces += f->n_interfaces < UINT32_MAX;
		return true;
	}
	if (f->n_interfaces == f->room) {
		uint32_t room = f->room == 0 ? 8 : f->room * 2;
		struct pcapng_interface *grown = realloc(f->interface, room * sizeof *grown);
		if (grown == NULL)
			return false;
		f->interface = grown;
		f->room = room;
	}
	f->interface[f->n_interfaces++] = *i;
	return true;
}

/* The interface of a number; NULL when the section has described none such. */
static struct pcapng_interface *interface_of(struct pcapng_state *f, uint32_t n)
{
	return n < f->n_interfaces && n < PCAPNG_INTERFACES ? &f->interface[n] : NULL;
}

void pcapng_forget(struct pcapng_state *f)
{
	free(f->interface);
	f->interface = NULL;
	f->n_interfaces = f->room = 0;
}

/* Interface Description: link type 2, reserved 2, snap length 4, options. */
static enum walk interface_description(struct source *s, struct block *k)
{
	struct pcapng_interface i = {.units_per_second = 1000000};
	i.link = (uint16_t)take16(k);
	take16(k);
	i.snap_len = take32(k);
	bool odd = false;
	struct option o;
	while (next_option(k, &o)) {
		odd |= (o.code == IF_TSRESOL && o.value.len != 1) ||
		       (o.code == IF_TSOFFSET && o.value.len != 8);
		if (o.code == IF_TSRESOL && o.value.len == 1)
			i.units_per_second = units_per_second(o.value.at[0]);
		if (o.code == IF_TSOFFSET && o.value.len == 8)
			i.offset = (int64_t)option_u64(&o, k->big);
	}
	if (odd || k->body.fault != FINE)
		invalid(s, k->offset, 0);
	if (add_interface(&s->pcapng, &i))
		return WALK_ON;
	return source_damage(s, BLOCK_INVALID, "no memory for interface %lu",
	                     (unsigned long)s->pcapng.n_interfaces);
}

/* Interface Statistics: interface 4, time 8, options. The counts are since the capture's beginning,
 * so the last word of each interface holds. */
static void interface_statistics(struct source *s, struct block *k)
{
	struct pcapng_interface *i = interface_of(&s->pcapng, take32(k));
	take_bytes(&k->body, 8, 0);
	uint64_t dropped = 0;
	struct option o;
	while (next_option(k, &o))
		if ((o.code == ISB_IFDROP || o.code == ISB_OSDROP) && o.value.len == 8)
			dropped += option_u64(&o, k->big);
	if (i == NULL || k->body.fault != FINE)
		invalid(s, k->offset, 0);
	if (i == NULL || dropped <= i->dropped)
		return;
	s->report.dropped += dropped - i->dropped;
	i->dropped = dropped;
	source_note(s, CAPTURE_DROPS, k->offset, (uint32_t)s->report.frames);
}

/* A packet's bytes and what is behind them in its block: padding and options. */
static enum walk give(struct source *s, struct batch *b, struct block *k, struct packet *p,
                      const struct pcapng_interface *i, uint32_t len)
{
	p->data = take_bytes(&k->body, len, 0);
	if (i == NULL || k->body.fault != FINE || len > LARGEST_PACKET) {
		invalid(s, k->offset, source_frame(s));
		return WALK_ON;
	}
	p->link = i->link;
	p->offset = k->offset;
	take_bytes(&k->body, (0U - len) & 3, 0);
	struct option o;
	while (next_option(k, &o))
		;
	if (k->body.fault != FINE)
		invalid(s, k->offset, (uint32_t)s->report.frames + 1);
	return source_give(s, b, p, i->snap_len);
}

/* Enhanced Packet: interface 4, time 4 + 4, captured length 4, wire length 4, bytes, options. The
 * old Packet block has interface 2, drops 2 in place of the first. */
static enum walk timed_packet(struct source *s, struct batch *b, struct block *k)
{
	struct packet p = {0};
	uint32_t number = k->type == OLD_PACKET ? take16(k) : take32(k);
	if (k->type == OLD_PACKET)
		take16(k);
	uint64_t units = (uint64_t)take32(k) << 32;
	units |= take32(k);
	uint32_t len = take32(k);
	p.wire_len = take32(k);
	const struct pcapng_interface *i = interface_of(&s->pcapng, number);
	p.time = i == NULL ? MOMENT_UNKNOWN : interface_time(i, units);
	p.flags = p.time == MOMENT_UNKNOWN ? PACKET_TIME_INVALID : 0;
	return give(s, b, k, &p, i, len);
}

/* Simple Packet: wire length 4, bytes. It belongs to interface 0 and has no time. */
static enum walk simple_packet(struct source *s, struct batch *b, struct block *k)
{
	struct packet p = {.time = MOMENT_UNKNOWN, .wire_len = take32(k)};
	const struct pcapng_interface *i = interface_of(&s->pcapng, 0);
	uint32_t len = p.wire_len;
	if (i != NULL && i->snap_len != 0 && len > i->snap_len)
		len = i->snap_len;
	return give(s, b, k, &p, i, len);
}

static void give_secrets(struct source *s, struct bytes text)
{
	if (s->options.on_secrets != NULL && text.len > 0)
		s->options.on_secrets(s->options.ctx, text);
}

/* Decryption Secrets: type 4, length 4, secrets, options. */
static void decryption_secrets(struct source *s, struct block *k)
{
	uint32_t type = take32(k);
	uint32_t len = take32(k);
	struct bytes text = take_bytes(&k->body, len, 0);
	if (k->body.fault != FINE)
		invalid(s, k->offset, 0);
	else if (type == TLS_KEY_LOG)
		give_secrets(s, text);
}

/* A new section: its interfaces count from 0 again. */
static void section_header(struct source *s)
{
	pcapng_forget(&s->pcapng);
}

static enum walk read_block(struct source *s, struct batch *b, struct block *k)
{
	switch (k->type) {
	case SECTION_HEADER:
		section_header(s);
		return WALK_ON;
	case INTERFACE_DESCRIPTION:
		return interface_description(s, k);
	case INTERFACE_STATISTICS:
		interface_statistics(s, k);
		return WALK_ON;
	case DECRYPTION_SECRETS:
		decryption_secrets(s, k);
		return WALK_ON;
	case ENHANCED_PACKET:
	case OLD_PACKET:
		return timed_packet(s, b, k);
	case SIMPLE_PACKET:
		return simple_packet(s, b, k);
	default:
		return WALK_ON;
	}
}

/* Begins to pass a block that is too large for the batch. Only a key log is of use in pieces. */
static enum walk begin_passing(struct source *s, uint32_t type, uint32_t len, const uint8_t *head)
{
	struct pcapng_state *f = &s->pcapng;
	f->block_len = len;
	f->left = len - BLOCK_HEAD - SECRETS_HEAD;
	f->secrets_left = 0;
	if (type == SECTION_HEADER)
		section_header(s);
	uint32_t secrets = load32(head + 4, f->big);
	if (type == DECRYPTION_SECRETS && load32(head, f->big) == TLS_KEY_LOG &&
	    secrets <= f->left - TRAILER)
		f->secrets_left = secrets;
	else if (type == DECRYPTION_SECRETS || type <= ENHANCED_PACKET)
		invalid(s, s->offset, 0);
	source_pass(s, BLOCK_HEAD + SECRETS_HEAD);
	return WALK_ON;
}

/* Gives key log text up to the last line end that is held. */
static enum walk pass_secrets(struct source *s, struct bytes held)
{
	struct pcapng_state *f = &s->pcapng;
	size_t n = held.len < f->secrets_left ? held.len : f->secrets_left;
	if (n < f->secrets_left) {
		size_t whole = n;
		while (whole > 0 && held.at[whole - 1] != '\n')
			whole--;
		if (whole == 0 && n < SECRETS_LINE)
			return WALK_HUNGRY;
		n = whole == 0 ? n : whole;
	}
	give_secrets(s, (struct bytes){held.at, n});
	f->secrets_left -= (uint32_t)n;
	f->left -= (uint32_t)n;
	source_pass(s, n);
	return WALK_ON;
}

/* Goes on through a large block, to its trailer. */
static enum walk pass_block(struct source *s, const struct batch *b)
{
	struct pcapng_state *f = &s->pcapng;
	struct bytes held = {b->buffer + s->at, b->used - s->at};
	if (f->secrets_left > 0)
		return pass_secrets(s, held);
	size_t n = f->left - TRAILER;
	if (n > 0) {
		n = held.len < n ? held.len : n;
		source_pass(s, n);
		f->left -= (uint32_t)n;
		return n > 0 ? WALK_ON : WALK_HUNGRY;
	}
	if (held.len < TRAILER)
		return WALK_HUNGRY;
	if (load32(held.at, f->big) != f->block_len)
		invalid(s, s->offset, 0);
	source_pass(s, TRAILER);
	f->left = 0;
	return WALK_ON;
}

/* The byte order of a section is that of its byte-order magic. */
static bool learn_order(struct pcapng_state *f, const uint8_t *magic)
{
	f->big = magic[0] == 0x1a;
	return load32(magic, f->big) == 0x1a2b3c4d;
}

/* A block: type 4, length 4, body, length 4 again. One whose two lengths differ is passed over by
 * the first: what follows is believed only where two lengths agree again. */
static enum walk walk_block(struct source *s, struct batch *b)
{
	struct pcapng_state *f = &s->pcapng;
	const uint8_t *at = b->buffer + s->at;
	size_t held = b->used - s->at;
	if (held < BLOCK_MIN)
		return WALK_HUNGRY;
	bool known = load32(at, false) != SECTION_HEADER || learn_order(f, at + BLOCK_HEAD);
	uint32_t len = load32(at + 4, f->big);
	if (!known || len < BLOCK_MIN || len % 4 != 0 || len > PCAPNG_BLOCK_SANE)
		return source_damage(s, BLOCK_INVALID,
		                     known ? "cut after packet %llu: a block of %lu bytes"
		                           : "cut after packet %llu: a section without byte order",
		                     (unsigned long long)s->report.frames, (unsigned long)len);
	if (len > PCAPNG_BLOCK)
		return held < BLOCK_HEAD + SECRETS_HEAD
		               ? WALK_HUNGRY
		               : begin_passing(s, load32(at, f->big), len, at + BLOCK_HEAD);
	if (held < len)
		return WALK_HUNGRY;
	struct block k = {.offset = s->offset, .type = load32(at, f->big), .big = f->big};
	k.body = reader_over((struct bytes){at + BLOCK_HEAD, len - BLOCK_MIN}, NULL, NULL);
	source_pass(s, len);
	if (load32(at + len - TRAILER, f->big) == len)
		return read_block(s, b, &k);
	invalid(s, k.offset, 0);
	return WALK_ON;
}

static enum walk walk_blocks(struct source *s, struct batch *b)
{
	while (b->n_packets < b->max_packets) {
		enum walk w = s->pcapng.left > 0 ? pass_block(s, b) : walk_block(s, b);
		if (w != WALK_ON)
			return w;
	}
	return WALK_FULL;
}

static void cut_block(struct source *s, struct bytes rest)
{
	const struct pcapng_state *f = &s->pcapng;
	unsigned long long n = s->report.frames;
	if (f->left > 0)
		source_damage(s, CAPTURE_TRUNCATED, "cut after packet %llu, %lu of %lu bytes", n,
		              (unsigned long)(f->block_len - f->left + rest.len),
		              (unsigned long)f->block_len);
	else if (rest.len >= BLOCK_MIN)
		source_damage(s, CAPTURE_TRUNCATED, "cut after packet %llu, %zu of %lu bytes", n,
		              rest.len, (unsigned long)load32(rest.at + 4, f->big));
	else if (rest.len > 0)
		source_damage(s, CAPTURE_TRUNCATED,
		              "cut after packet %llu, %zu bytes of the next block", n, rest.len);
}

const struct format pcapng_format = {walk_blocks, cut_block};
