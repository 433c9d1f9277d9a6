/* Time: nanoseconds since 1970-01-01 UTC in a signed 64-bit number. Not a clock: nobody asks for
 * "now" down here. */
#ifndef KEYHOLE_BASE_MOMENT_H
#define KEYHOLE_BASE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

typedef int64_t moment;

#define MOMENT_UNKNOWN INT64_MIN

enum { NS_PER_SECOND = 1000000000 };

struct calendar {
	int32_t year, month, day, hour, minute, second; /* month and day from 1 */
	uint32_t ns;
};

/* Gives the UTC calendar form of a moment (proleptic Gregorian). */
struct calendar moment_calendar(moment m);
/* Gives the moment of a UTC calendar form; MOMENT_UNKNOWN for one that is no date (month 13) or
 * outside 1678 to 2261. */
moment moment_from(struct calendar c);

#endif
