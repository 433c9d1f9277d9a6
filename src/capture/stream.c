#include "src/capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { MAGIC = 4, GZIP_WRAPPER = 16 };

enum packing { UNDECIDED, PLAIN, GZIP, ZSTD };

struct stream {
	const atomic_bool *stop; /* NULL: nobody stops it */
	int fd;                  /* -1: the bytes in `memory` */
	struct bytes memory;
	uint64_t taken, size;
	enum packing packing;
	bool ended;       /* the input has no more packed bytes */
	bool between;     /* no gzip member or zstd frame is open */
	bool finished;    /* all that the input has is unpacked */
	bool broken;      /* the packed bytes are no good from here on */
	uint8_t *in;      /* packed bytes, or the first plain bytes */
	size_t at, held;  /* in[at, held) is not yet used */
	z_stream inflate; /* GZIP */
	ZSTD_DStream *zstd;
	char problem[STREAM_PROBLEM];
};

__attribute__((format(printf, 2, 3))) static ssize_t broken(struct stream *s, const char *form, ...)
{
	va_list list;
	va_start(list, form);
	vsnprintf(s->problem, sizeof s->problem, form, list);
	va_end(list);
	s->broken = true;
	return -1;
}

static ssize_t read_memory(struct stream *s, uint8_t *to, size_t n)
{
	if (n > s->memory.len)
		n = s->memory.len;
	if (n > 0)
		memcpy(to, s->memory.at, n);
	s->memory.at = n > 0 ? s->memory.at + n : s->memory.at;
	s->memory.len -= n;
	return (ssize_t)n;
}

/* Reads packed bytes once; 0 at the end, and when the reader is stopped. */
static ssize_t read_input(struct stream *s, uint8_t *to, size_t n)
{
	ssize_t got;
	if (s->fd < 0) {
		got = read_memory(s, to, n);
	} else {
		do
			got = read(s->fd, to, n);
		while (got < 0 && errno == EINTR && (s->stop == NULL || !atomic_load(s->stop)));
		if (got < 0 && errno == EINTR)
			got = 0;
	}
	if (got < 0)
		return broken(s, "reading failed: %s", strerror(errno));
	s->ended = got == 0;
	s->taken += (uint64_t)got;
	return got;
}

/* Makes sure that `need` bytes lie in in[at, held), unless the input ends before; false on errors.
 */
static bool refill(struct stream *s, size_t need)
{
	if (s->at > 0 && s->at == s->held)
		s->at = s->held = 0;
	while (s->held - s->at < need && !s->ended) {
		if (s->at > 0) {
			memmove(s->in, s->in + s->at, s->held - s->at);
			s->held -= s->at;
			s->at = 0;
		}
		ssize_t got = read_input(s, s->in + s->held, STREAM_BLOCK - s->held);
		if (got < 0)
			return false;
		s->held += (size_t)got;
	}
	return true;
}

static bool begins_with(const struct stream *s, const uint8_t *magic, size_t n)
{
	return s->held - s->at >= n && memcmp(s->in + s->at, magic, n) == 0;
}

static bool is_gzip(const struct stream *s)
{
	return begins_with(s, (const uint8_t[]){0x1f, 0x8b, 8}, 3);
}

/* RFC 8878: frames, and skippable frames 0x184d2a50 to 0x184d2a5f. */
static bool is_zstd(const struct stream *s)
{
	return begins_with(s, (const uint8_t[]){0x28, 0xb5, 0x2f, 0xfd}, 4) ||
	       (s->held - s->at >= 4 && (s->in[s->at] & 0xf0) == 0x50 &&
	        memcmp(s->in + s->at + 1, (const uint8_t[]){0x2a, 0x4d, 0x18}, 3) == 0);
}

static bool begin_zstd(struct stream *s)
{
	s->zstd = ZSTD_createDStream();
	return s->zstd != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax,
	                                                               STREAM_WINDOW_LOG));
}

static bool decide(struct stream *s)
{
	while (s->held < MAGIC && !s->ended) {
		ssize_t got = read_input(s, s->in + s->held, MAGIC - s->held);
		if (got < 0)
			return false;
		s->held += (size_t)got;
	}
	s->packing = is_gzip(s) ? GZIP : is_zstd(s) ? ZSTD : PLAIN;
	s->between = true;
	bool begun = s->packing == GZIP
	                     ? inflateInit2(&s->inflate, GZIP_WRAPPER + MAX_WBITS) == Z_OK
	             : s->packing == ZSTD ? begin_zstd(s)
	                                  : true;
	return begun || broken(s, "no memory to unpack") == 0;
}

static ssize_t read_plain(struct stream *s, uint8_t *to, size_t n)
{
	size_t kept = s->held - s->at;
	if (kept == 0)
		return read_input(s, to, n);
	if (kept > n)
		kept = n;
	memcpy(to, s->in + s->at, kept);
	s->at += kept;
	return (ssize_t)kept;
}

/* Begins the next gzip member or zstd frame; false at the end of the input and when something else
 * follows. Zeros behind gzip data are padding (gzip(1) takes them so too). */
static bool begin_piece(struct stream *s)
{
	if (!refill(s, MAGIC))
		return false;
	bool gzip = s->packing == GZIP;
	s->finished = s->at == s->held || (gzip && s->in[s->at] == 0);
	if (s->finished)
		return false;
	s->between = false;
	if (gzip ? is_gzip(s) && inflateReset(&s->inflate) == Z_OK : is_zstd(s))
		return true;
	broken(s, "what follows the %s data is something else", gzip ? "gzip" : "zstd");
	return false;
}

static size_t unpack_gzip(struct stream *s, uint8_t *to, size_t n)
{
	s->inflate.next_in = s->in + s->at;
	s->inflate.avail_in = (uInt)(s->held - s->at);
	s->inflate.next_out = to;
	s->inflate.avail_out = (uInt)n;
	int result = inflate(&s->inflate, Z_NO_FLUSH);
	s->at = s->held - s->inflate.avail_in;
	s->between = result == Z_STREAM_END;
	if (result != Z_STREAM_END && result != Z_OK && result != Z_BUF_ERROR)
		broken(s, "the gzip data are damaged");
	return n - s->inflate.avail_out;
}

static size_t unpack_zstd(struct stream *s, uint8_t *to, size_t n)
{
	ZSTD_inBuffer in = {s->in, s->held, s->at};
	ZSTD_outBuffer out = {to, n, 0};
	size_t result = ZSTD_decompressStream(s->zstd, &out, &in);
	s->at = in.pos;
	s->between = result == 0;
	if (ZSTD_isError(result))
		broken(s, "the zstd data are damaged (%s)", ZSTD_getErrorName(result));
	return out.pos;
}

/* Unpacks until `n` bytes are there, or the input ends or breaks. */
static ssize_t read_packed(struct stream *s, uint8_t *to, size_t n)
{
	size_t done = 0;
	while (done < n && !s->broken && !s->finished) {
		if ((s->between && !begin_piece(s)) || !refill(s, 1))
			continue;
		bool dry = s->at == s->held;
		size_t got = s->packing == GZIP ? unpack_gzip(s, to + done, n - done)
		                                : unpack_zstd(s, to + done, n - done);
		done += got;
		if (dry && got == 0 && !s->between)
			broken(s, "the %s data end in the middle",
			       s->packing == GZIP ? "gzip" : "zstd");
	}
	return done > 0 || !s->broken ? (ssize_t)done : -1;
}

ssize_t stream_read(struct stream *s, uint8_t *to, size_t n)
{
	if (s->broken || (s->packing == UNDECIDED && !decide(s)))
		return -1;
	return s->packing == PLAIN ? read_plain(s, to, n) : read_packed(s, to, n);
}

const char *stream_problem(const struct stream *s)
{
	return s->problem;
}

uint64_t stream_taken(const struct stream *s)
{
	return s->taken;
}

uint64_t stream_size(const struct stream *s)
{
	return s->size;
}

static struct stream *stream_new(int fd)
{
	struct stream *s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	s->fd = fd;
	s->in = malloc(STREAM_BLOCK);
	if (s->in != NULL)
		return s;
	free(s);
	return NULL;
}

/* The bytes that are left in a regular file, which standard input may be too; 0 for others. */
static uint64_t size_left(int fd, const struct stat *about)
{
	off_t here = lseek(fd, 0, SEEK_CUR);
	if (!S_ISREG(about->st_mode) || here < 0 || here > about->st_size)
		return 0;
	return (uint64_t)(about->st_size - here);
}

struct stream *stream_open(const char *path, const atomic_bool *stop, char *why, size_t why_len)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat about;
	if (fd < 0 || fstat(fd, &about) != 0 || S_ISDIR(about.st_mode)) {
		snprintf(why, why_len, "%s", fd < 0 ? strerror(errno) : "is a folder");
		if (fd >= 0 && !standard)
			close(fd);
		return NULL;
	}
	struct stream *s = stream_new(fd);
	if (s == NULL) {
		snprintf(why, why_len, "no memory");
		if (!standard)
			close(fd);
		return NULL;
	}
	s->stop = stop;
	s->size = size_left(fd, &about);
	return s;
}

struct stream *stream_open_bytes(struct bytes b)
{
	struct stream *s = stream_new(-1);
	if (s == NULL)
		return NULL;
	s->memory = b;
	s->size = b.len;
	return s;
}

void stream_close(struct stream *s)
{
	if (s->packing == GZIP)
		inflateEnd(&s->inflate);
	ZSTD_freeDStream(s->zstd);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	free(s->in);
	free(s);
}
