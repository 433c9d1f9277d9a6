#include "src/app.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_all(int fd, const char *at, size_t len)
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

bool app_write(const char *at, size_t len)
{
	if (write_all(STDOUT_FILENO, at, len))
		return true;
	if (errno == EPIPE)
		_exit(EXIT_DONE); /* whoever read this has had enough */
	fprintf(stderr, "keyhole: standard output: %s\n", strerror(errno));
	return false;
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

static const char *pager(void)
{
	const char *p = getenv("KEYHOLE_PAGER");
	if (p == NULL)
		p = getenv("PAGER");
	return p == NULL || p[0] == '\0' ? "less -FRX" : p;
}

/* Gives the text to a pager by a pipe; false when it could not be started. */
static bool through_pager(const struct text *t)
{
	int end[2];
	if (pipe2(end, O_CLOEXEC) != 0)
		return false;
	pid_t child = fork();
	if (child == 0) {
		dup2(end[0], STDIN_FILENO);
		signal(SIGPIPE, SIG_DFL);
		execl("/bin/sh", "sh", "-c", pager(), (char *)NULL);
		_exit(127);
	}
	close(end[0]);
	bool written = child > 0 && write_all(end[1], t->at, t->len);
	bool quit = !written && errno == EPIPE; /* the reader left early */
	close(end[1]);
	int status = 0;
	if (child > 0)
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 127 && (written || quit);
}

bool app_print(const struct app *a, const struct text *t)
{
	if (t->broken) {
		fputs("keyhole: out of memory\n", stderr);
		return false;
	}
	bool page = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) && !a->options->no_pager &&
	            !fits_screen(t);
	if (page && through_pager(t))
		return true;
	return app_write(t->at, t->len);
}
