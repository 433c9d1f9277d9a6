#include "src/capture/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/capture/inside.h"

enum { MAGIC_LEN = 4, PCAP_HEADER_LEN = 24, READ_MIN = 64 * 1024 };

static const uint8_t section_header[MAGIC_LEN] = {0x0a, 0x0d, 0x0d, 0x0a};

const char *source_finding_name(enum source_finding f)
{
	static const char *const name[SOURCE_FINDINGS] = {
		[SOURCE_FINE] = "fine",
		[CAPTURE_INVALID] = "capture-invalid",
		[CAPTURE_TRUNCATED] = "capture-truncated",
		[RECORD_LENGTH_LIE] = "record-length-lie",
		[RECORD_EMPTY] = "record-empty",
		[BLOCK_INVALID] = "block-invalid",
		[TIME_INVALID] = "time-invalid",
		[SNAP_TRUNCATED] = "snap-truncated",
		[LINKTYPE_UNKNOWN] = "linktype-unknown",
		[CAPTURE_DROPS] = "capture-drops",
	};
	return (unsigned)f < SOURCE_FINDINGS ? name[f] : "";
}

void source_note(struct source *s, enum source_finding what, uint64_t offset, uint32_t frame)
{
	struct source_finding_at *f = &s->report.finding[what];
	if (f->n++ > 0)
		return;
	f->offset = offset;
	f->frame = frame;
}

enum walk source_damage(struct source *s, enum source_finding what, const char *form, ...)
{
	va_list list;
	va_start(list, form);
	vsnprintf(s->report.problem, sizeof s->report.problem, form, list);
	va_end(list);
	source_note(s, what, s->offset, 0);
	s->state = SOURCE_DAMAGED;
	return WALK_OVER;
}

uint32_t source_frame(struct source *s)
{
	s->report.frames++;
	return s->report.frames > UINT32_MAX ? UINT32_MAX : (uint32_t)s->report.frames;
}

/* A clock may step back by less than a second without being wrong: interfaces are merged so. */
static void judge_time(struct source *s, struct packet *p)
{
	if (p->time == MOMENT_UNKNOWN && !(p->flags & PACKET_TIME_INVALID))
		return;
	if (p->time != MOMENT_UNKNOWN) {
		bool back = s->newest != MOMENT_UNKNOWN && p->time < s->newest &&
		            (uint64_t)s->newest - (uint64_t)p->time > NS_PER_SECOND;
		s->newest = p->time;
		if (!back && !(p->flags & PACKET_TIME_INVALID))
			return;
	}
	p->flags |= PACKET_TIME_INVALID;
	source_note(s, TIME_INVALID, p->offset, p->frame);
}

static void judge_length(struct source *s, struct packet *p, uint32_t snap_len)
{
	if (p->data.len > p->wire_len || (snap_len != 0 && p->data.len > snap_len)) {
		p->flags |= PACKET_LENGTH_LIES;
		source_note(s, RECORD_LENGTH_LIE, p->offset, p->frame);
	}
	if (p->data.len < p->wire_len)
		source_note(s, SNAP_TRUNCATED, p->offset, p->frame);
}

static bool passes_filter(struct source *s, const struct packet *p)
{
	if (s->filter == NULL)
		return true;
	bool passes = filter_passes(s->filter, p, s->report.problem, sizeof s->report.problem);
	if (s->report.problem[0] != 0)
		s->state = SOURCE_DAMAGED;
	return passes;
}

enum walk source_give(struct source *s, struct batch *b, struct packet *p, uint32_t snap_len)
{
	p->frame = source_frame(s);
	judge_time(s, p);
	if (p->data.len == 0) {
		source_note(s, RECORD_EMPTY, p->offset, p->frame);
		return WALK_ON;
	}
	judge_length(s, p, snap_len);
	if (!passes_filter(s, p)) {
		s->report.filtered++;
		return s->state == SOURCE_MORE ? WALK_ON : WALK_OVER;
	}
	b->packet[b->n_packets++] = *p;
	s->report.packets++;
	if (s->options.max_packets == 0 || s->report.packets < s->options.max_packets)
		return WALK_ON;
	s->state = SOURCE_END;
	return WALK_OVER;
}

static enum walk not_a_capture(struct source *s, struct bytes begins)
{
	if (begins.len == 0)
		return source_damage(s, CAPTURE_INVALID, "not a capture (empty)");
	char hex[3 * MAGIC_LEN + 1] = "";
	for (size_t i = 0; i < begins.len && i < MAGIC_LEN; i++)
		snprintf(hex + 3 * i, 4, " %02x", begins.at[i]);
	return source_damage(s, CAPTURE_INVALID, "not a capture (begins with%s)", hex);
}

/* The first bytes decide the format. */
static enum walk detect(struct source *s, struct batch *b)
{
	struct bytes begins = {b->buffer + s->at, b->used - s->at};
	if (begins.len < PCAP_HEADER_LEN)
		return WALK_HUNGRY;
	if (memcmp(begins.at, section_header, sizeof section_header) == 0) {
		s->format = &pcapng_format;
	} else if (pcap_header(&s->pcap, begins.at)) {
		s->format = &pcap_format;
		source_pass(s, PCAP_HEADER_LEN);
	} else {
		return not_a_capture(s, begins);
	}
	return s->format->walk(s, b);
}

static void detect_cut(struct source *s, struct bytes rest)
{
	uint8_t header[PCAP_HEADER_LEN] = {0};
	if (rest.len > 0)
		memcpy(header, rest.at, rest.len);
	if (memcmp(header, section_header, MAGIC_LEN) == 0 || pcap_header(&s->pcap, header))
		source_damage(s, CAPTURE_INVALID,
		              "not a capture: cut inside its header, after %zu bytes", rest.len);
	else
		not_a_capture(s, rest);
}

static const struct format unknown_format = {detect, detect_cut};

/* Takes over the beginning of a record that the previous batch could not hold whole. */
static void begin_batch(struct source *s, struct batch *b)
{
	const struct batch *from = s->previous;
	size_t kept = from == NULL ? 0 : from->kept;
	if (kept > 0)
		memmove(b->buffer, from->buffer + from->kept_from, kept);
	b->used = kept;
	b->n_packets = 0;
	b->kept = 0;
	s->at = 0;
	s->previous = NULL;
}

static void end_batch(struct source *s, struct batch *b)
{
	b->kept_from = s->at;
	b->kept = b->used - s->at;
	s->previous = b;
}

/* The input has no more bytes: what lies unwalked is a record cut off. */
static void end_input(struct source *s, const struct batch *b, bool broken)
{
	s->state = SOURCE_END;
	if (atomic_load(&s->stop))
		return;
	if (broken) {
		source_damage(s, CAPTURE_TRUNCATED, "cut after packet %llu: %s",
		              (unsigned long long)s->report.frames, stream_problem(s->stream));
		return;
	}
	s->format->cut(s, (struct bytes){b->buffer + s->at, b->used - s->at});
}

/* Reads the next block of input behind what the batch holds; false at the end. */
static bool read_block(struct source *s, struct batch *b, bool *paused)
{
	size_t asked = b->room - b->used < STREAM_BLOCK ? b->room - b->used : STREAM_BLOCK;
	ssize_t got =
		atomic_load(&s->stop) ? 0 : stream_read(s->stream, b->buffer + b->used, asked);
	s->report.bytes = stream_taken(s->stream);
	*paused = got > 0 && (size_t)got < asked;
	if (got > 0)
		b->used += (size_t)got;
	else
		end_input(s, b, got < 0);
	return got > 0;
}

/* Walks and reads by turns until the batch is full, the input pauses with packets at hand, or it
 * ends. */
static void fill(struct source *s, struct batch *b)
{
	bool paused = false;
	begin_batch(s, b);
	while (s->state == SOURCE_MORE) {
		enum walk w = s->format->walk(s, b);
		if (w == WALK_OVER)
			return;
		bool no_room = b->room - b->used < READ_MIN;
		if (w == WALK_FULL || (b->n_packets > 0 && (no_room || paused))) {
			end_batch(s, b);
			return;
		}
		if (no_room) {
			end_batch(s, b);
			begin_batch(s, b);
		}
		read_block(s, b, &paused);
	}
}

enum source_state source_read(struct source *s, struct batch *b)
{
	b->n_packets = 0;
	if (s->state != SOURCE_MORE)
		return s->state;
	if (s->live != NULL)
		return live_read(s, b);
	fill(s, b);
	return s->state;
}

const struct source_report *source_report(const struct source *s)
{
	return &s->report;
}

struct source *source_new(const struct source_options *o, char *why, size_t why_len,
                          bool *bad_filter)
{
	*bad_filter = false;
	struct source *s = calloc(1, sizeof *s);
	if (s == NULL) {
		snprintf(why, why_len, "no memory");
		return NULL;
	}
	s->options = *o;
	s->newest = MOMENT_UNKNOWN;
	s->format = &unknown_format;
	if (o->filter == NULL || o->filter[0] == 0)
		return s;
	s->filter = filter_new(o->filter, why, why_len);
	if (s->filter != NULL)
		return s;
	*bad_filter = true;
	free(s);
	return NULL;
}

struct source *source_open_file(const char *path, const struct source_options *o, char *why,
                                size_t why_len, bool *bad_filter)
{
	struct source *s = source_new(o, why, why_len, bad_filter);
	if (s == NULL)
		return NULL;
	s->stream = stream_open(path, &s->stop, why, why_len);
	if (s->stream == NULL) {
		source_close(s);
		return NULL;
	}
	s->report.size = stream_size(s->stream);
	return s;
}

struct source *source_open_bytes(struct bytes b, const struct source_options *o, char *why,
                                 size_t why_len, bool *bad_filter)
{
	struct source *s = source_new(o, why, why_len, bad_filter);
	if (s == NULL)
		return NULL;
	s->stream = stream_open_bytes(b);
	if (s->stream == NULL) {
		snprintf(why, why_len, "no memory");
		source_close(s);
		return NULL;
	}
	s->report.size = b.len;
	return s;
}

void source_interrupt(struct source *s)
{
	atomic_store(&s->stop, true);
	if (s->live != NULL)
		live_interrupt(s->live);
}

void source_close(struct source *s)
{
	if (s == NULL)
		return;
	if (s->stream != NULL)
		stream_close(s->stream);
	if (s->live != NULL)
		live_close(s->live);
	filter_free(s->filter);
	pcapng_forget(&s->pcapng);
	free(s);
}
