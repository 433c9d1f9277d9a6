#include "src/base/moment.h"

enum { SECONDS_PER_DAY = 86400, DAYS_TO_1970 = 719468 };

/* Days since 1970 of a date, counted in years that begin in March, so that a leap day is the last
 * of its year. */
static int64_t days_from(int32_t year, int32_t month, int32_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - DAYS_TO_1970;
}

struct calendar moment_calendar(moment m)
{
	int64_t ns = m % NS_PER_SECOND + (m % NS_PER_SECOND < 0 ? NS_PER_SECOND : 0);
	int64_t seconds = m / NS_PER_SECOND - (m % NS_PER_SECOND < 0);
	int64_t days = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0);
	int64_t rest = seconds - days * SECONDS_PER_DAY;
	int64_t z = days + DAYS_TO_1970;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int32_t month = (int32_t)(mp < 10 ? mp + 3 : mp - 9);
	return (struct calendar){
		.year = (int32_t)(yoe + era * 400 + (month <= 2)),
		.month = month,
		.day = (int32_t)(doy - (153 * mp + 2) / 5 + 1),
		.hour = (int32_t)(rest / 3600),
		.minute = (int32_t)(rest / 60 % 60),
		.second = (int32_t)(rest % 60),
		.ns = (uint32_t)ns,
	};
}

static int32_t days_in_month(int32_t year, int32_t month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

moment moment_from(struct calendar c)
{
	if (c.year < 1678 || c.year > 2261 || c.month < 1 || c.month > 12 || c.day < 1)
		return MOMENT_UNKNOWN;
	if (c.day > days_in_month(c.year, c.month) || c.hour < 0 || c.hour > 23)
		return MOMENT_UNKNOWN;
	if (c.minute < 0 || c.minute > 59 || c.second < 0 || c.second > 60 || c.ns >= NS_PER_SECOND)
		return MOMENT_UNKNOWN;
	int64_t seconds = days_from(c.year, c.month, c.day) * SECONDS_PER_DAY;
	seconds += c.hour * 3600 + c.minute * 60 + c.second;
	return seconds * NS_PER_SECOND + c.ns;
}
