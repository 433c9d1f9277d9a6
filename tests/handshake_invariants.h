/* What holds for every handshake message, however broken, watched or not. Used by the fuzz target
 * and by the unit tests. */
#ifndef KEYHOLE_TESTS_HANDSHAKE_INVARIANTS_H
#define KEYHOLE_TESTS_HANDSHAKE_INVARIANTS_H

#include "dissectors/tls/fields.h"
#include "dissectors/tls/handshake.h"

enum { MOST_ROWS = 1 << 18, DEEPEST = 16 };

/* Says whether a row is no field but a mark at a place: a fault without bytes, or that of a vector
 * which is cut, beside the vector's own row. */
static inline bool is_mark(const struct field_row *row, const struct field_row *before)
{
	bool same = before != NULL && before->field == row->field && before->depth == row->depth;
	return row->fault != FINE &&
	       (row->len == 0 || (same && row->at + row->len == before->at + before->len));
}

/* Looks at the rows that a decoder left over `len` bytes; gives a sentence when something is wrong
 * with them. */
static inline const char *broken_rows(const struct trace *t, uint64_t len, uint32_t n_faults)
{
	uint64_t end[DEEPEST] = {len}, next[DEEPEST] = {0};
	uint32_t n_marked = 0;
	if (t->depth != 0 || t->n_lost != 0)
		return "the depth does not come back to zero, or rows are lost";
	for (uint32_t i = 0; i < t->n_rows; i++) {
		const struct field_row *row = &t->row[i];
		uint64_t row_end = (uint64_t)row->at + row->len;
		n_marked += row->fault != FINE;
		if (row->field >= TLS_FIELDS || row->depth + 1 >= DEEPEST || row_end > len)
			return "a row without a name, too deep, or outside the message";
		if (is_mark(row, i == 0 ? NULL : row - 1))
			continue;
		if (row->at < next[row->depth] || row_end > end[row->depth])
			return "a row outside its parent, or upon the row before it";
		next[row->depth] = row_end;
		end[row->depth + 1] = row_end;
		next[row->depth + 1] = row->at;
	}
	return n_marked == n_faults ? NULL : "not every fault has its row";
}

/* Decodes `b` twice, watched and not; gives a sentence when an invariant does not hold. */
static inline const char *broken_invariant(struct bytes b, const struct handshake_context *c,
                                           bool partial)
{
	static struct field_row rows[MOST_ROWS];
	static struct handshake plain, seen;
	struct trace trace = {.row = rows, .room = MOST_ROWS};
	struct faults plain_faults = {0}, seen_faults = {0};
	struct reader r = reader_over(b, &plain_faults, NULL);
	r.partial = partial;
	handshake_decode(&r, c, &plain);
	struct reader watched = reader_over(b, &seen_faults, &trace);
	watched.partial = partial;
	handshake_decode(&watched, c, &seen);
	if (memcmp(&plain, &seen, sizeof plain) != 0)
		return "watching changes the facts";
	if (memcmp(&plain_faults, &seen_faults, sizeof plain_faults) != 0)
		return "watching changes the faults";
	if (plain.noted.n > 0 && plain.noted.code[0] == FIND_TLS_HS_LENGTH && plain_faults.n == 0)
		return "a finding without a fault";
	return broken_rows(&trace, b.len, seen_faults.n);
}

#endif
