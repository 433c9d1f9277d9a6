/* pcap files: a header of 24 bytes, then records (draft-ietf-opsawg-pcap). */
#include "src/capture/inside.h"

enum { RECORD_HEADER = 16, RECORD_HEADER_KUZNETZOV = 24, LINK_MASK = 0x03ffffff };

/* The magic numbers in the file's own byte order. */
static bool learn_magic(struct pcap_state *f, uint32_t magic)
{
	f->nanoseconds = magic == 0xa1b23c4d;
	f->header_len = magic == 0xa1b2cd34 ? RECORD_HEADER_KUZNETZOV : RECORD_HEADER;
	return magic == 0xa1b2c3d4 || magic == 0xa1b23c4d || magic == 0xa1b2cd34;
}

bool pcap_header(struct pcap_state *f, const uint8_t *at)
{
	f->big = at[0] == 0xa1;
	if (!learn_magic(f, load32(at, f->big)))
		return false;
	f->snap_len = load32(at + 16, f->big);
	uint32_t link = load32(at + 20, f->big) & LINK_MASK;
	f->link = link > UINT16_MAX ? UINT16_MAX : (uint16_t)link;
	return true;
}

static moment record_time(const struct pcap_state *f, const uint8_t *at, uint16_t *flags)
{
	uint32_t fraction = load32(at + 4, f->big);
	uint32_t unit = f->nanoseconds ? 1 : 1000;
	moment t = (moment)load32(at, f->big) * NS_PER_SECOND;
	if (fraction < NS_PER_SECOND / unit)
		return t + (moment)fraction * unit;
	*flags |= PACKET_TIME_INVALID;
	return MOMENT_UNKNOWN;
}

static enum walk record_too_long(struct source *s, uint32_t len)
{
	return source_damage(s, RECORD_LENGTH_LIE,
	                     "cut after packet %llu: the next claims %lu bytes",
	                     (unsigned long long)s->report.frames, (unsigned long)len);
}

/* Record: seconds 4, fraction 4, captured length 4, wire length 4, bytes. */
static enum walk walk_record(struct source *s, struct batch *b)
{
	const struct pcap_state *f = &s->pcap;
	const uint8_t *at = b->buffer + s->at;
	size_t held = b->used - s->at;
	if (held < f->header_len)
		return WALK_HUNGRY;
	uint32_t len = load32(at + 8, f->big);
	if (len > LARGEST_PACKET)
		return record_too_long(s, len);
	if (held - f->header_len < len)
		return WALK_HUNGRY;
	struct packet p = {
		.data = {at + f->header_len, len},
		.offset = s->offset,
		.wire_len = load32(at + 12, f->big),
		.link = f->link,
	};
	p.time = record_time(f, at, &p.flags);
	source_pass(s, f->header_len + len);
	return source_give(s, b, &p, f->snap_len);
}

static enum walk walk_records(struct source *s, struct batch *b)
{
	while (b->n_packets < b->max_packets) {
		enum walk w = walk_record(s, b);
		if (w != WALK_ON)
			return w;
	}
	return WALK_FULL;
}

static void cut_record(struct source *s, struct bytes rest)
{
	const struct pcap_state *f = &s->pcap;
	if (rest.len == 0)
		return;
	unsigned long long n = s->report.frames;
	if (rest.len < f->header_len)
		source_damage(s, CAPTURE_TRUNCATED,
		              "cut after packet %llu, %zu of %u bytes of the next header", n,
		              rest.len, f->header_len);
	else
		source_damage(s, CAPTURE_TRUNCATED, "cut after packet %llu, %zu of %lu bytes", n,
		              rest.len - f->header_len, (unsigned long)load32(rest.at + 8, f->big));
}

const struct format pcap_format = {walk_records, cut_record};
