#include "src/app.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/signals.h"

enum { SPOOL_LIMIT = 1 << 30, BLOCK = 1 << 16 };

/* Opens a file that has no name; false with errno. */
static bool open_spool(struct task *k)
{
	char path[4096];
	const char *folder = getenv("TMPDIR");
	int n = snprintf(path, sizeof path, "%s/keyhole-XXXXXX", folder == NULL ? "/tmp" : folder);
	if (n < 0 || (size_t)n >= sizeof path) {
		errno = ENAMETOOLONG;
		return false;
	}
	k->spool = mkostemp(path, O_CLOEXEC);
	if (k->spool >= 0)
		unlink(path);
	return k->spool >= 0;
}

/* Copies until the end, the limit, or a signal; false with errno. */
static bool fill_spool(struct task *k)
{
	char block[BLOCK];
	for (uint64_t held = 0; signals_stopped() == 0;) {
		ssize_t n = read(STDIN_FILENO, block, sizeof block);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		k->spool_full = (uint64_t)n > SPOOL_LIMIT - held;
		if (k->spool_full)
			return true;
		if (!output_write_all(k->spool, block, (size_t)n))
			return false;
		held += (uint64_t)n;
	}
	return true;
}

const char *task_spool(struct task *k, char *path, size_t room)
{
	const char *trouble = NULL;
	if (isatty(STDIN_FILENO))
		trouble = "is a terminal, not a capture";
	else if (!open_spool(k))
		trouble = strerror(errno);
	else if (!fill_spool(k))
		trouble = strerror(errno);
	if (trouble != NULL) {
		task_complain(k, EXIT_INPUT, "input-unusable", trouble);
		return NULL;
	}
	snprintf(path, room, "/proc/self/fd/%d", k->spool);
	return path;
}
