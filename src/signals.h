/* Signals: ^C and SIGTERM end the reading in order, SIGUSR1 asks for the counters. A second ^C ends
 * the program at once. */
#ifndef KEYHOLE_SIGNALS_H
#define KEYHOLE_SIGNALS_H

#include "src/capture/source.h"

/* Begins to listen to the signals. Nothing is restarted: a read that waits comes back. */
void signals_install(void);
/* Names the source that a signal ends; NULL none. */
void signals_watch(struct source *s);
/* Gives the signal that asked for the end; 0 none. */
int signals_stopped(void);
/* Says whether the counters were asked for since the last call. */
bool signals_counters_asked(void);

#endif
