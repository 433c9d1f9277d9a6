/* The reader: the one way to read bytes of the wire. One function looks at the end of the bytes
 * (reader_advance); all else is composition. It is not a parser: it knows lengths and places, never
 * meanings.
 *
 * It is sticky: after a fault each further read is harmless and yields zero, and the kind and place
 * of the first fault are kept. A fault stays inside its vector: the parent reads on behind it. With
 * a trace each read leaves one row. */
#ifndef KEYHOLE_BASE_READER_H
#define KEYHOLE_BASE_READER_H

#include "src/base/bytes.h"

enum fault {
	FINE,
	FAULT_SHORT,    /* fewer bytes than a field or a length needs */
	FAULT_TRAILING, /* bytes left in a vector behind its last field */
	FAULT_RANGE,    /* a value or a length outside what its specification allows */
};

/* One row of the field view: 24 bytes. */
struct field_row {
	uint64_t value; /* the number read; for a vector its length; 0 for opaque bytes */
	uint32_t at;    /* offset in the bytes that the reader was made over */
	uint32_t len;   /* in bytes; a vector's row covers its length prefix too */
	uint16_t field; /* index into the dissector's field table */
	uint8_t depth;
	uint8_t fault; /* enum fault */
	uint32_t reserved;
};

/* Where the rows go. `n_lost` counts those for which there was no room. */
struct trace {
	struct field_row *row;
	uint32_t n_rows, room, n_lost;
	uint8_t depth;
};

/* The faults of one message: how many, and the first with its place. */
struct faults {
	uint32_t n;
	uint32_t at;     /* offset of the first */
	uint32_t needed; /* bytes that it needed, or that were left over */
	uint32_t left;   /* bytes that were there */
	uint16_t field;
	uint8_t kind; /* enum fault */
};

struct reader {
	const uint8_t *at, *end, *start;
	struct trace *trace;   /* NULL when nobody is watching */
	struct faults *faults; /* NULL when nobody counts */
	uint8_t fault;         /* enum fault, of this reader itself */
	bool partial; /* the bytes are the beginning of a longer message: vectors are clamped */
};

/* Makes a reader over borrowed bytes; `faults` (zeroed by the caller) and `trace` may be NULL. */
static inline struct reader reader_over(struct bytes b, struct faults *faults, struct trace *trace)
{
	return (struct reader){
		.at = b.at,
		.end = b.at == NULL ? NULL : b.at + b.len,
		.start = b.at,
		.trace = trace,
		.faults = faults,
	};
}

/* Notes a fault at the reader's place; the first one is kept. Defined in reader.c. */
void reader_fault(struct reader *r, enum fault kind, uint16_t field, size_t needed);
/* Writes one row; used by the functions below when a trace is there. */
void reader_note(struct reader *r, uint16_t field, const uint8_t *at, size_t len, uint64_t value);

/* Says how many bytes are left. */
static inline size_t left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

/* Says whether there is something left to read. */
static inline bool more(const struct reader *r)
{
	return r->fault == FINE && r->at < r->end;
}

/* Gives `n` bytes and goes past them, or NULL: the only place where the end is checked. */
static inline const uint8_t *reader_advance(struct reader *r, size_t n, uint16_t field)
{
	if (__builtin_expect(left(r) < n || r->fault != FINE, 0)) {
		reader_fault(r, FAULT_SHORT, field, n);
		r->at = r->end;
		return NULL;
	}
	const uint8_t *p = r->at;
	if (n > 0)
		r->at += n;
	return p;
}

static inline uint32_t reader_number(const uint8_t *p, size_t n)
{
	uint32_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* Takes a big-endian number of 1 to 4 bytes; 0 on a fault. */
static inline uint32_t take_uint(struct reader *r, size_t n, uint16_t field)
{
	const uint8_t *p = reader_advance(r, n, field);
	if (__builtin_expect(p == NULL, 0))
		return 0;
	uint32_t v = reader_number(p, n);
	if (__builtin_expect(r->trace != NULL, 0))
		reader_note(r, field, p, n, v);
	return v;
}

static inline uint8_t take_u8(struct reader *r, uint16_t field)
{
	return (uint8_t)take_uint(r, 1, field);
}

static inline uint16_t take_u16(struct reader *r, uint16_t field)
{
	return (uint16_t)take_uint(r, 2, field);
}

static inline uint32_t take_u24(struct reader *r, uint16_t field)
{
	return take_uint(r, 3, field);
}

static inline uint32_t take_u32(struct reader *r, uint16_t field)
{
	return take_uint(r, 4, field);
}

/* Takes `n` opaque bytes; an empty run on a fault. */
static inline struct bytes take_bytes(struct reader *r, size_t n, uint16_t field)
{
	const uint8_t *p = reader_advance(r, n, field);
	if (p == NULL)
		return (struct bytes){NULL, 0};
	if (__builtin_expect(r->trace != NULL, 0))
		reader_note(r, field, p, n, 0);
	return (struct bytes){p, n};
}

/* Takes all that is left. */
static inline struct bytes take_rest(struct reader *r, uint16_t field)
{
	return take_bytes(r, left(r), field);
}

/* Takes all that is left as numbers of `width` bytes, and gives the bytes of the whole ones; half a
 * number at the end is a fault. Unwatched it looks at the end once, not at each number. */
static inline struct bytes take_numbers(struct reader *r, size_t width, uint16_t field)
{
	struct bytes all = {r->at, left(r) / width * width};
	if (r->fault == FINE && r->trace == NULL && all.len > 0)
		r->at += all.len;
	while (more(r))
		take_uint(r, width, field);
	return all;
}

/* Goes to the end of a vector whose content is shown as a whole by its own row. */
static inline struct bytes skip_rest(struct reader *r)
{
	struct bytes b = {r->at, left(r)};
	r->at = r->end;
	return b;
}

/* Steps into a vector that is watched, cut, or not all there. Defined in reader.c. */
struct reader reader_open_slowly(struct reader *r, size_t width, uint16_t field);

/* Steps into a vector whose length prefix is `width` bytes wide. Each open has one close_vector. */
static inline struct reader open_vector(struct reader *r, size_t width, uint16_t field)
{
	size_t room = left(r);
	bool plain = r->fault == FINE && r->trace == NULL && room >= width;
	size_t n = plain ? reader_number(r->at, width) : 0;
	if (__builtin_expect(!plain || room - width < n, 0))
		return reader_open_slowly(r, width, field);
	struct reader in = *r;
	in.at = r->at + width;
	in.end = r->at = in.at + n;
	in.partial = false;
	return in;
}

/* Takes a big-endian number of 8 bytes; 0 on a fault. */
uint64_t take_u64(struct reader *r, uint16_t field);
/* Takes a variable-length integer of QUIC (RFC 9000, 16), whose first two bits say whether it is 1,
 * 2, 4 or 8 bytes; 0 on a fault. */
uint64_t take_varint(struct reader *r, uint16_t field);
/* Steps into a vector whose length prefix is such an integer. */
struct reader open_varint_vector(struct reader *r, uint16_t field);

/* Steps into the next `n` bytes as a group with a name (a structure without a length prefix). */
struct reader open_group(struct reader *r, size_t n, uint16_t field);
/* Leaves a vector; bytes left in it are a fault (FAULT_TRAILING) of the vector, not of its parent.
 */
static inline void close_vector(struct reader *r, struct reader *in)
{
	if (in->fault == FINE && in->at != in->end)
		reader_fault(in, FAULT_TRAILING, 0, left(in));
	if (r->trace != NULL)
		r->trace->depth--;
}

/* Takes a whole vector with opaque content. */
static inline struct bytes take_vector(struct reader *r, size_t width, uint16_t field)
{
	struct reader in = open_vector(r, width, field);
	struct bytes b = skip_rest(&in);
	close_vector(r, &in);
	return b;
}

#endif
