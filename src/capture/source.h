/* Where packets come from: a capture file (pcap, pcapng; plain, gzip or zstd), standard input, or
 * an interface. It gives packets in order and reports damage with its place; it does not look into
 * them. */
#ifndef KEYHOLE_CAPTURE_SOURCE_H
#define KEYHOLE_CAPTURE_SOURCE_H

#include "src/base/text.h"
#include "src/capture/packet.h"

struct source;

enum source_state {
	SOURCE_MORE, /* the batch holds packets (or a live source had none in time); call again */
	SOURCE_END,  /* the batch holds the last packets (perhaps none) */
	SOURCE_DAMAGED, /* the same, and the rest of the input cannot be read: see source_report */
};

/* What is wrong with the input, beside its packets. Codes are stable, for JSON. */
enum source_finding {
	SOURCE_FINE,
	CAPTURE_INVALID,   /* capture-invalid: no capture file */
	CAPTURE_TRUNCATED, /* capture-truncated: ends inside a record */
	RECORD_LENGTH_LIE, /* record-length-lie */
	RECORD_EMPTY,      /* record-empty: packets without any byte */
	BLOCK_INVALID,     /* block-invalid: a pcapng block that breaks its own rules */
	TIME_INVALID,      /* time-invalid */
	SNAP_TRUNCATED,    /* snap-truncated: packets cut by the snap length */
	LINKTYPE_UNKNOWN,  /* linktype-unknown: counted by the engine, not by the source */
	CAPTURE_DROPS,     /* capture-drops: the capture says that it lost packets */
	SOURCE_FINDINGS,
};

struct source_finding_at {
	uint64_t n;      /* how often */
	uint64_t offset; /* of the first, in the uncompressed input */
	uint32_t frame;  /* the first packet behind or at it; 0 when unknown */
};

/* Counters and findings; all may be read at any time from the thread that reads the source. */
struct source_report {
	uint64_t packets, bytes; /* packets given; bytes of input consumed (compressed bytes for
	                            compressed input) */
	uint64_t filtered;       /* packets that the capture filter did not let through */
	uint64_t frames; /* records met: packets given, without bytes, unreadable or filtered out */
	uint64_t size;   /* size of the input in the same bytes; 0 when not known */
	uint64_t dropped; /* packets that the capture says were lost (ISB, live statistics) */
	struct source_finding_at finding[SOURCE_FINDINGS];
	char problem[256]; /* one sentence for people about what ended the reading, without the
	                      path: "cut after packet 6, 3 of 66 bytes" */
};

/* Secrets found in the file (pcapng Decryption Secrets Block, type TLS key log), given as they are
 * met; bytes are borrowed. */
typedef void source_secrets(void *ctx, struct bytes key_log);

struct source_options {
	const char *filter; /* capture filter or NULL; compiled for each link type that appears */
	source_secrets *on_secrets; /* NULL: secrets are passed over */
	void *ctx;
	uint64_t max_packets; /* 0: all */
	uint32_t snap_len;    /* live: 0 means 262144 */
	uint32_t buffer_kib;  /* live: 0 means libpcap's default */
	bool no_promiscuous;  /* live */
};

/* Opens a capture file; "-" is standard input. NULL on failure, with a sentence in `why` (at least
 * 256 bytes) and its kind in `bad_filter` (true: the filter does not compile; `why` then names the
 * word). */
struct source *source_open_file(const char *path, const struct source_options *o, char *why,
                                size_t why_len, bool *bad_filter);
/* Reads a capture that lies in memory; the bytes must outlive the source. For tests. */
struct source *source_open_bytes(struct bytes b, const struct source_options *o, char *why,
                                 size_t why_len, bool *bad_filter);
/* Opens an interface by libpcap. */
struct source *source_open_live(const char *interface, const struct source_options *o, char *why,
                                size_t why_len, bool *bad_filter);
/* Fills the batch with what comes next. The batch filled before may hold the beginning of the next
 * packet: it must live, unchanged, until this returns. Live: waits at most a quarter of a second.
 */
enum source_state source_read(struct source *s, struct batch *b)
	__attribute__((warn_unused_result));
const struct source_report *source_report(const struct source *s);
/* Ends a live source from a signal handler or another thread. */
void source_interrupt(struct source *s);
void source_close(struct source *s);

/* Adds one line for each interface that libpcap knows: name, tab, description. False with a
 * sentence in `why`. */
bool source_list_interfaces(struct text *t, char *why, size_t why_len);
/* Gives the stable code of a finding, as in "capture-truncated". */
const char *source_finding_name(enum source_finding f);

#endif
