/* SPDX-License-Identifier: MIT */
/*
 * Domain names as people and DHCP clients write them. What passes here cannot do harm to a terminal,
 * a file or a query.
 */
#include "base/name.h"

#include <string.h>

bool name_normalise(char *name)
{
	size_t length = strlen(name), label = 0;

	if (length > 1 && name[length - 1] == '.')
		name[--length] = '\0';
	if (length == 0 || length > NAME_TEXT_MAX)
		return false;
	for (char *c = name; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
		if (*c == '.' ? label == 0 : !strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *c))
			return false;
		label = *c == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0;
}
