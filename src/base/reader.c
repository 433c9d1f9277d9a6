#include "src/base/reader.h"

static uint32_t offset_of(const struct reader *r, const uint8_t *at)
{
	return r->start == NULL ? 0 : (uint32_t)(at - r->start);
}

void reader_fault(struct reader *r, enum fault kind, uint16_t field, size_t needed)
{
	if (r->fault != FINE)
		return;
	r->fault = (uint8_t)kind;
	if (r->trace != NULL) {
		reader_note(r, field, r->at, left(r), 0);
		if (r->trace->n_rows > 0 && r->trace->n_lost == 0)
			r->trace->row[r->trace->n_rows - 1].fault = (uint8_t)kind;
	}
	if (r->faults == NULL || r->faults->n++ > 0)
		return;
	r->faults->kind = (uint8_t)kind;
	r->faults->field = field;
	r->faults->at = offset_of(r, r->at);
	r->faults->needed = needed > UINT32_MAX ? UINT32_MAX : (uint32_t)needed;
	r->faults->left = (uint32_t)left(r);
}

void reader_note(struct reader *r, uint16_t field, const uint8_t *at, size_t len, uint64_t value)
{
	struct trace *t = r->trace;
	if (t->n_rows == t->room) {
		t->n_lost++;
		return;
	}
	t->row[t->n_rows++] = (struct field_row){
		.value = value,
		.at = offset_of(r, at),
		.len = (uint32_t)len,
		.field = field,
		.depth = t->depth,
	};
}

/* A child over [at, at + n) of its parent; one that could not be opened has its parent's fault, so
 * that nothing is counted twice. The depth is given back by close_vector. */
static struct reader step_into(struct reader *r, const uint8_t *at, size_t n)
{
	struct reader in = *r;
	in.fault = at == NULL ? r->fault : (uint8_t)FINE;
	in.at = at == NULL ? r->end : at;
	in.end = at == NULL ? r->end : at + n;
	if (r->trace != NULL)
		r->trace->depth++;
	return in;
}

/* Notes that a vector of `n` bytes was cut at the end of a partial message. */
static void note_cut(struct reader *r, const uint8_t *body, uint16_t field, size_t n)
{
	r->at = body;
	reader_fault(r, FAULT_SHORT, field, n);
	r->at = r->end;
}

/* Steps into the `n` bytes behind the length prefix that begins at `p`. */
static struct reader open_behind(struct reader *r, const uint8_t *p, size_t n, uint16_t field)
{
	size_t held = r->partial && left(r) < n ? left(r) : n;
	const uint8_t *body = reader_advance(r, held, field);
	if (body == NULL)
		return step_into(r, NULL, 0);
	if (r->trace != NULL)
		reader_note(r, field, p, (size_t)(body - p) + held, n);
	if (held < n)
		note_cut(r, body, field, n);
	struct reader in = step_into(r, body, held);
	in.partial = held < n;
	return in;
}

struct reader reader_open_slowly(struct reader *r, size_t width, uint16_t field)
{
	const uint8_t *p = reader_advance(r, width, field);
	if (p == NULL)
		return step_into(r, NULL, 0);
	return open_behind(r, p, reader_number(p, width), field);
}

uint64_t take_u64(struct reader *r, uint16_t field)
{
	const uint8_t *p = reader_advance(r, 8, field);
	if (p == NULL)
		return 0;
	uint64_t v = (uint64_t)reader_number(p, 4) << 32 | reader_number(p + 4, 4);
	if (r->trace != NULL)
		reader_note(r, field, p, 8, v);
	return v;
}

/* Reads a variable-length integer and writes no row; gives where it begins, or NULL. */
static const uint8_t *advance_varint(struct reader *r, uint16_t field, uint64_t *value)
{
	size_t n = more(r) ? (size_t)1 << (*r->at >> 6) : 1;
	const uint8_t *p = reader_advance(r, n, field);
	*value = p == NULL ? 0 : p[0] & 0x3f;
	for (size_t i = 1; p != NULL && i < n; i++)
		*value = *value << 8 | p[i];
	return p;
}

uint64_t take_varint(struct reader *r, uint16_t field)
{
	uint64_t v;
	const uint8_t *p = advance_varint(r, field, &v);
	if (p != NULL && r->trace != NULL)
		reader_note(r, field, p, (size_t)(r->at - p), v);
	return v;
}

struct reader open_varint_vector(struct reader *r, uint16_t field)
{
	uint64_t n;
	const uint8_t *p = advance_varint(r, field, &n);
	if (p == NULL)
		return step_into(r, NULL, 0);
	return open_behind(r, p, n < SIZE_MAX / 2 ? (size_t)n : SIZE_MAX / 2, field);
}

struct reader open_group(struct reader *r, size_t n, uint16_t field)
{
	const uint8_t *body = reader_advance(r, n, field);
	if (body != NULL && r->trace != NULL)
		reader_note(r, field, body, n, 0);
	struct reader in = step_into(r, body, body == NULL ? 0 : n);
	in.partial = false; /* all of the group is there */
	return in;
}
