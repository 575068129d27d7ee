/* SPDX-License-Identifier: MIT */
/*
 * Looking variables up, and complaining of them. Holds no value: the strings are the caller's.
 */
#include "hook/environment.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void environment_init(struct environment *environment, char *const *strings)
{
	memset(environment, 0, sizeof(*environment));
	environment->strings = strings;
	while (environment->count < ENVIRONMENT_VARIABLES && strings[environment->count] != NULL)
		environment->count++;
}

void environment_complain(struct environment *environment, const char *value, const char *what)
{
	size_t at = environment->complaint_count++;
	char shown[48];
	size_t length = 0;

	if (at >= ENVIRONMENT_COMPLAINTS)
		return;
	/* It goes to a terminal or a log. */
	for (; length < sizeof(shown) - 1 && value[length] != '\0'; length++)
		shown[length] = value[length] >= ' ' && value[length] <= '~' ? value[length] : '?';
	shown[length] = '\0';
	snprintf(environment->complaints[at], ENVIRONMENT_COMPLAINT, "%s: \"%s\" %s",
		environment->name, shown, what);
}

static const char *value_find(struct environment *environment)
{
	size_t length = strlen(environment->name);

	for (size_t i = 0; i < environment->count; i++) {
		const char *string = environment->strings[i];

		if (strncmp(string, environment->name, length) != 0 || string[length] != '=')
			continue;
		string += length + 1;
		if (strnlen(string, ENVIRONMENT_VALUE + 1) > ENVIRONMENT_VALUE) {
			environment_complain(environment, string, "and so on is too long");
			return NULL;
		}
		return *string != '\0' ? string : NULL;
	}
	return NULL;
}

const char *environment_get(struct environment *environment, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(environment->name, sizeof(environment->name), format, arguments);
	va_end(arguments);
	return value_find(environment);
}

bool environment_word(const char **list, char *word, size_t size)
{
	size_t length;

	*list += strspn(*list, ", \t\r\n");
	length = strcspn(*list, ", \t\r\n");
	if (length == 0)
		return false;
	memcpy(word, *list, MIN(length, size - 1));
	word[MIN(length, size - 1)] = '\0';
	*list += length;
	return true;
}

bool environment_number(
	struct environment *environment, uint32_t max, uint32_t *number, const char *format, ...)
{
	unsigned long long value;
	const char *text;
	va_list arguments;
	char *end;

	va_start(arguments, format);
	vsnprintf(environment->name, sizeof(environment->name), format, arguments);
	va_end(arguments);
	text = value_find(environment);
	if (text == NULL)
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > max) {
		environment_complain(environment, text, "is not a number, or too large");
		return false;
	}
	*number = (uint32_t)value;
	return true;
}
