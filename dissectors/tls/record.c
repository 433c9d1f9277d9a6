#include "dissectors/tls/record.h"

#include "src/base/reader.h"

enum { LONGEST_PLAUSIBLE = (1 << 14) + 2048 };

bool record_head(struct bytes b, struct record_head *out)
{
	struct reader r = reader_over(b, NULL, NULL);
	out->type = take_u8(&r, 0);
	out->version = take_u16(&r, 0);
	out->len = take_u16(&r, 0);
	return r.fault == FINE;
}

bool record_plausible(const struct record_head *h)
{
	if (h->type < CONTENT_CHANGE_CIPHER_SPEC || h->type > CONTENT_HEARTBEAT)
		return false;
	if (h->version < 0x0300 || h->version > 0x0304)
		return false;
	if (h->type == CONTENT_CHANGE_CIPHER_SPEC && h->len == 0)
		return false;
	return h->len <= LONGEST_PLAUSIBLE;
}

static struct bytes from(struct bytes b, size_t at)
{
	return (struct bytes){b.at + at, b.len - at};
}

size_t record_find(struct bytes b, bool all, size_t *need)
{
	struct record_head h;
	*need = 0;
	for (size_t at = 0; at < b.len; at++) {
		if (!record_head(from(b, at), &h)) {
			*need = RECORD_HEAD;
			return all ? b.len : at;
		}
		if (!record_plausible(&h) || h.len == 0)
			continue;
		size_t whole = (size_t)RECORD_HEAD + h.len;
		if (b.len - at == whole && all)
			return at;
		if (b.len - at < whole + RECORD_HEAD) {
			if (all)
				continue;
			*need = whole + RECORD_HEAD;
			return at;
		}
		if (record_head(from(b, at + whole), &h) && record_plausible(&h))
			return at;
	}
	*need = RECORD_HEAD;
	return b.len;
}
