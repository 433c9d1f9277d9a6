/* Runs a command with its output thrown away and prints what it took: CPU seconds (user and
 * system), wall seconds, the largest memory in KiB, and its exit code.
 *
 *   measure COMMAND ARGUMENT... */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(char **command)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	execvp(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return EXIT_FAILURE;
	double began = now();
	pid_t child = fork();
	if (child == 0)
		run(argv + 1);
	int status;
	struct rusage used;
	if (child < 0 || wait4(child, &status, 0, &used) != child)
		return EXIT_FAILURE;
	printf("%.3f %.3f %ld %d\n", seconds(used.ru_utime) + seconds(used.ru_stime), now() - began,
	       used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return EXIT_SUCCESS;
}
