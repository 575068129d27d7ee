/* SPDX-License-Identifier: MIT */
/*
 * Octets as a hosts file: each of its words as a name that is asked for, and what is found for it.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "worker/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void check_found(struct hosts *hosts, const char *name)
{
	uint32_t count = 0;
	const struct host *host = hosts_find(hosts, name, 1, &count);

	if (host == NULL)
		return;
	PROMISE(count > 0 && count <= HOSTS_NAMES);
	for (uint32_t i = 0; i < count; i++) {
		PROMISE(strcmp(host[i].name, name) == 0);
		PROMISE(host[i].address.family == AF_INET || host[i].address.family == AF_INET6);
		/* In the order of the file. */
		PROMISE(i == 0 || host[i - 1].name < host[i].name);
	}
}

/* Names are in lower case and without a final dot there, so this is how they are asked for. */
static void check_words(struct hosts *hosts, char *text)
{
	for (char *word = strtok(text, " \t\r\n#"); word != NULL; word = strtok(NULL, " \t\r\n#")) {
		size_t length = strlen(word);
		uint32_t count;

		for (size_t i = 0; i < length; i++) {
			if (word[i] < 'A' || word[i] > 'Z')
				continue;
			PROMISE(hosts_find(hosts, word, 1, &count) == NULL);
			word[i] = (char)(word[i] - 'A' + 'a');
		}
		check_found(hosts, word);
		if (word[length - 1] == '.')
			word[length - 1] = '\0';
		check_found(hosts, word);
	}
}

static char *copy(const uint8_t *octets, size_t size)
{
	char *text = malloc(size + 1);

	PROMISE(text != NULL);
	memcpy(text, octets, size);
	text[size] = '\0';
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	static int fd = -1;
	struct hosts *hosts;
	char path[32];

	if (fd < 0)
		fd = memfd_create("hosts", MFD_CLOEXEC);
	PROMISE(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, octets, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	PROMISE(hosts_new(&hosts, path) == 0);

	_cleanup_(freep) char *text = copy(octets, size);

	check_found(hosts, "localhost");
	check_words(hosts, text);
	hosts_free(hosts);
	return 0;
}
