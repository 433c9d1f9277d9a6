/* What the files of this room share about a source: its state, and the way from a record of a file
 * to a packet in a batch. It is not for other rooms: source.h is. */
#ifndef KEYHOLE_CAPTURE_INSIDE_H
#define KEYHOLE_CAPTURE_INSIDE_H

#include "src/capture/filter.h"
#include "src/capture/source.h"
#include "src/capture/stream.h"

/* How a walk over the batch's bytes ended. */
enum walk {
	WALK_ON,     /* not at all: the next record can be walked */
	WALK_HUNGRY, /* the next record is not whole yet */
	WALK_FULL,   /* the batch takes no more packets */
	WALK_OVER,   /* nothing behind this place is to be read */
};

struct source;

/* A file format: `walk` makes packets of the whole records from source->at on; `cut` says what
 * `rest` bytes of a record that the input's end cuts off mean. */
struct format {
	enum walk (*walk)(struct source *s, struct batch *b);
	void (*cut)(struct source *s, struct bytes rest);
};

struct pcap_state {
	uint32_t snap_len; /* 0: no limit */
	uint16_t link;
	uint8_t header_len; /* of a record: 16, or 24 in Kuznetzov's form */
	bool big;           /* byte order */
	bool nanoseconds;
};

struct pcapng_interface {
	uint64_t units_per_second; /* 0: a resolution that gives no times */
	int64_t offset;            /* seconds to add to each time */
	uint64_t dropped;          /* as its last statistics say */
	uint32_t snap_len;
	uint16_t link;
};

struct pcapng_state {
	struct pcapng_interface *interface;
	uint32_t n_interfaces, room; /* of the section; those above PCAPNG_INTERFACES are counted
	                                and not kept */
	uint32_t block_len;          /* of the block that is being passed */
	uint32_t secrets_left;       /* of it, key log text still to be given */
	uint32_t left;               /* of it, all bytes still to come; 0: none is being passed */
	bool big;
};

enum {
	PCAPNG_INTERFACES = 1 << 16,
	PCAPNG_BLOCK = LARGEST_PACKET + (1 << 16), /* larger blocks are passed piece by piece */
	PCAPNG_BLOCK_SANE = 1 << 24,               /* no block is longer, as in Wireshark */
};

struct live;

struct source {
	struct source_report report;
	struct source_options options;
	struct filter *filter; /* NULL: everything passes */
	struct stream *stream; /* NULL for an interface */
	struct live *live;     /* NULL for a file */
	const struct format *format;
	struct pcap_state pcap;
	struct pcapng_state pcapng;
	struct batch *previous; /* the batch that holds the beginning of the next record */
	size_t at;              /* in the batch: first byte not walked over */
	uint64_t offset;        /* of that byte in the input */
	moment newest;          /* of the last packet with a time */
	enum source_state state;
	atomic_bool stop;
};

extern const struct format pcap_format, pcapng_format;

/* Makes a source of nothing yet, with its filter compiled; NULL with a sentence in `why`. */
struct source *source_new(const struct source_options *o, char *why, size_t why_len,
                          bool *bad_filter);
/* Reads the 24 bytes of a pcap file header; false when they are not one. */
bool pcap_header(struct pcap_state *f, const uint8_t *at);
/* Frees what the interfaces of a pcapng section hold. */
void pcapng_forget(struct pcapng_state *f);

/* Notes a finding at an offset of the input and at a frame (0: none). */
void source_note(struct source *s, enum source_finding what, uint64_t offset, uint32_t frame);
/* Notes a finding after which nothing can be read, with its sentence. */
enum walk source_damage(struct source *s, enum source_finding what, const char *form, ...)
	__attribute__((format(printf, 3, 4)));
/* Numbers a packet, judges its lengths and its time, asks the filter, and puts it into the batch.
 * `snap_len` 0 means no limit. */
enum walk source_give(struct source *s, struct batch *b, struct packet *p, uint32_t snap_len);
/* Numbers a record whose packet cannot be given. */
uint32_t source_frame(struct source *s);

/* Fills a batch from an interface. */
enum source_state live_read(struct source *s, struct batch *b);
void live_interrupt(struct live *l);
void live_close(struct live *l);

/* Goes past `n` bytes of the batch. */
static inline void source_pass(struct source *s, size_t n)
{
	s->at += n;
	s->offset += n;
}

static inline uint32_t load16(const uint8_t *p, bool big)
{
	return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t load32(const uint8_t *p, bool big)
{
	return big ? load16(p, true) << 16 | load16(p + 2, true)
	           : load16(p + 2, false) << 16 | load16(p, false);
}

#endif
