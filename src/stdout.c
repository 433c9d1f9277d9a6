#include "src/stdout.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/say.h"

bool output_write_all(int fd, const char *at, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_out(struct output *o, const char *at, size_t len)
{
	if (o->failed || output_write_all(STDOUT_FILENO, at, len))
		return !o->failed;
	if (errno == EPIPE)
		_exit(EXIT_SUCCESS); /* whoever read this has had enough */
	say("standard output", strerror(errno));
	o->failed = true;
	return false;
}

bool output_flush(struct output *o)
{
	size_t len = o->len;
	o->len = 0;
	return write_out(o, o->buffer, len);
}

bool output_write(struct output *o, const char *at, size_t len)
{
	if (len > sizeof o->buffer - o->len && !output_flush(o))
		return false;
	if (len > sizeof o->buffer)
		return write_out(o, at, len);
	if (len > 0)
		memcpy(o->buffer + o->len, at, len);
	o->len += len;
	return !o->failed;
}

static bool fits_screen(const struct text *t)
{
	struct winsize w;
	size_t lines = 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_row == 0)
		return true;
	for (size_t i = 0; i < t->len; i++)
		lines += t->at[i] == '\n';
	return lines < w.ws_row;
}

/* Gives the pager's command line; empty: none is wanted. */
static const char *pager(void)
{
	const char *p = getenv("KEYHOLE_PAGER");
	if (p == NULL)
		p = getenv("PAGER");
	return p == NULL ? "less -FRX" : p;
}

static void run_pager(int from)
{
	dup2(from, STDIN_FILENO);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	setenv("LESS", "FRX", 0);
	execl("/bin/sh", "sh", "-c", pager(), (char *)NULL);
	_exit(127);
}

/* Gives the text to a pager by a pipe; false when it could not be started. ^C is the pager's as
 * long as it runs. */
static bool through_pager(const struct text *t)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	int end[2], status = 0;
	if (pipe2(end, O_CLOEXEC) != 0)
		return false;
	sigaction(SIGINT, &ignore, &before);
	pid_t child = fork();
	if (child == 0)
		run_pager(end[0]);
	close(end[0]);
	bool written = child > 0 && output_write_all(end[1], t->at, t->len);
	bool quit = !written && errno == EPIPE; /* the reader left early */
	close(end[1]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &before, NULL);
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 127 && (written || quit);
}

bool output_print(struct output *o, const struct text *t, bool may_page)
{
	if (t->broken) {
		say(NULL, "out of memory");
		return false;
	}
	bool page = may_page && isatty(STDOUT_FILENO) && pager()[0] != '\0' && !fits_screen(t);
	if (page && output_flush(o) && through_pager(t))
		return true;
	return output_write(o, t->at, t->len);
}
