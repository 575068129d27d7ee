/* SPDX-License-Identifier: MIT */
#pragma once

/* The command beside a mifd. */
#include "test-daemon.h"

static const char *mif;

/* The command's output, and how it ended. */
static int mif_paths(const char *arguments, char *text, size_t size)
{
	char command[512];
	size_t length;
	FILE *pipe;

	snprintf(command, sizeof(command), "%s paths --daemon %s 2>&1", mif, arguments);
	pipe = popen(command, "re");
	length = fread(text, 1, size - 1, pipe);
	text[length] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static char shown[65536];

static bool shows(const char *expected)
{
	if (strstr(shown, expected) != NULL)
		return true;
	printf("# not there: %s\n# in: %s\n", expected, shown);
	return false;
}

/* Until the list shows that. */
static bool list_becomes(const char *expected)
{
	uint64_t end = milliseconds() + PATIENCE;

	do {
		if (mif_paths("", shown, sizeof(shown)) == 0 && strstr(shown, expected) != NULL)
			return true;
		poll(NULL, 0, 20);
	} while (milliseconds() < end);
	return shows(expected);
}

static uint32_t token_of(int fd)
{
	uint32_t token = 0;
	socklen_t size = sizeof(token);

	multipath_getsockopt(fd, SOL_MULTIPATH, MULTIPATH_ID, &token, &size);
	return token;
}

__attribute__((unused)) static pid_t engine_of(pid_t parent)
{
	char command[64], text[32] = "";
	FILE *pipe;

	snprintf(command, sizeof(command), "pgrep -P %d | head -1", (int)parent);
	become(0);
	pipe = popen(command, "re");
	if (fgets(text, sizeof(text), pipe) == NULL)
		text[0] = '\0';
	pclose(pipe);
	become(NOBODY);
	return atoi(text);
}
