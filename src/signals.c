#include "src/signals.h"

#include <signal.h>

/* A handler gets no argument of ours: these three are the only variables of the program's own. */
static struct source *volatile watched;
static volatile sig_atomic_t stopped, asked;

static void stop(int number)
{
	stopped = number;
	if (watched != NULL)
		source_interrupt(watched);
}

static void ask(int number)
{
	(void)number;
	asked = 1;
}

void signals_install(void)
{
	struct sigaction end = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};
	struct sigaction counters = {.sa_handler = ask, .sa_flags = SA_RESTART};
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGUSR1, &counters, NULL);
	signal(SIGPIPE, SIG_IGN); /* writing says EPIPE then */
}

void signals_watch(struct source *s)
{
	watched = s;
	if (s != NULL && stopped != 0)
		source_interrupt(s);
}

int signals_stopped(void)
{
	return stopped;
}

bool signals_counters_asked(void)
{
	bool was = asked != 0;
	asked = 0;
	return was;
}
