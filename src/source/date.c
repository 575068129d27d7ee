/* SPDX-License-Identifier: MIT */
/*
 * Dates as the internet writes them (RFC 3339). Not by strptime(3) and timegm(3): time_t has 32 bits
 * on some machines, and the locale is the program's.
 */
#include "source/date.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DIGITS "0123456789"

/* That many digits, as a number. */
static bool digits_read(const char **text, size_t count, uint32_t *number)
{
	*number = 0;
	for (size_t i = 0; i < count; i++, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*number = *number * 10 + (uint32_t)(**text - '0');
	}
	return true;
}

static bool octet_read(const char **text, const char *choice)
{
	if (**text == '\0' || strchr(choice, **text) == NULL)
		return false;
	++*text;
	return true;
}

/* How many days there are more. */
static uint32_t leap_days(uint32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Since 1970, which is the first year. */
static bool days_since_1970(uint32_t year, uint32_t month, uint32_t day, uint64_t *days)
{
	static const uint32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint64_t before = year - 1;

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
		day > lengths[month - 1] + (month == 2 ? leap_days(year) : 0))
		return false;
	*days = before * 365 + before / 4 - before / 100 + before / 400 - 719162 + day - 1;
	for (uint32_t i = 1; i < month; i++)
		*days += lengths[i - 1] + (i == 2 ? leap_days(year) : 0);
	return true;
}

/* "Z", or hours and minutes, in seconds east of Greenwich. */
static bool offset_read(const char **text, int64_t *offset)
{
	uint32_t hours, minutes;
	bool west = **text == '-';

	*offset = 0;
	if (octet_read(text, "Zz"))
		return true;
	if (!octet_read(text, "+-") || !digits_read(text, 2, &hours) || !octet_read(text, ":") ||
		!digits_read(text, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*offset = (int64_t)(hours * 3600 + minutes * 60) * (west ? -1 : 1);
	return true;
}

int date_parse(uint64_t *seconds, const char *text)
{
	uint32_t year, month, day, hour, minute, second;
	uint64_t days;
	int64_t offset, total;

	if (!digits_read(&text, 4, &year) || !octet_read(&text, "-") ||
		!digits_read(&text, 2, &month) || !octet_read(&text, "-") ||
		!digits_read(&text, 2, &day) || !octet_read(&text, "Tt ") ||
		!digits_read(&text, 2, &hour) || !octet_read(&text, ":") ||
		!digits_read(&text, 2, &minute) || !octet_read(&text, ":") ||
		!digits_read(&text, 2, &second))
		return -EINVAL;
	if (*text == '.' && strspn(++text, DIGITS) == 0)
		return -EINVAL;
	text += strspn(text, DIGITS);
	/* 60: a leap second. */
	if (!offset_read(&text, &offset) || *text != '\0' || hour > 23 || minute > 59 ||
		second > 60 || !days_since_1970(year, month, day, &days))
		return -EINVAL;
	total = (int64_t)(days * 86400 + hour * 3600 + minute * 60 + second) - offset;
	if (total < 0)
		return -EINVAL;
	*seconds = (uint64_t)total;
	return 0;
}
