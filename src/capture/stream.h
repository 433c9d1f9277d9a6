/* The bytes of an input from its beginning to its end, unpacked where they are gzip or zstd. It
 * streams: memory does not depend on sizes that the input claims. It does not know captures. */
#ifndef KEYHOLE_CAPTURE_STREAM_H
#define KEYHOLE_CAPTURE_STREAM_H

#include <stdatomic.h>
#include <sys/types.h>

#include "src/base/bytes.h"

struct stream;

/* Opens a file; "-" is standard input. NULL on failure, with the reason in `why`. The stream looks
 * at `stop` when a signal breaks a wait. */
struct stream *stream_open(const char *path, const atomic_bool *stop, char *why, size_t why_len);
/* Opens bytes in memory, which must outlive the stream. NULL without memory. */
struct stream *stream_open_bytes(struct bytes b);
/* Reads up to `n` unpacked bytes, fewer only where the input pauses or ends; 0 at the end, -1 when
 * it cannot go on: stream_problem says why. */
ssize_t stream_read(struct stream *s, uint8_t *to, size_t n);
const char *stream_problem(const struct stream *s);
/* Give the bytes of input (packed) taken so far, and its size; 0 when not known. */
uint64_t stream_taken(const struct stream *s);
uint64_t stream_size(const struct stream *s);
void stream_close(struct stream *s);

/* STREAM_WINDOW_LOG bounds the memory that a zstd frame may ask for: 128 MiB. */
enum { STREAM_BLOCK = 256 * 1024, STREAM_PROBLEM = 128, STREAM_WINDOW_LOG = 27 };

#endif
