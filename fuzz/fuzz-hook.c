/* SPDX-License-Identifier: MIT */
/*
 * Octets as the environment and the arguments of a DHCP client's script: strings that end with NUL,
 * the first one the number of those that are arguments. What a client says becomes a report, and its
 * text is read back as the same.
 */
#include "fuzz.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "hook/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STRINGS 256

static char *strings[STRINGS + 1];
static size_t count;

/* Cuts a copy of the octets into strings. */
static char *strings_of(const uint8_t *octets, size_t size)
{
	char *copy = calloc(1, size + 1);

	PROMISE(copy != NULL);
	memcpy(copy, octets, size);
	count = 0;
	for (size_t at = 0; at < size && count < STRINGS; at += strlen(copy + at) + 1)
		strings[count++] = copy + at;
	strings[count] = NULL;
	return copy;
}

static void check_complaints(const struct environment *environment)
{
	size_t kept = MIN(environment->complaint_count, (size_t)ENVIRONMENT_COMPLAINTS);

	for (size_t i = 0; i < kept; i++) {
		const char *c = environment->complaints[i];

		PROMISE(memchr(c, '\0', ENVIRONMENT_COMPLAINT) != NULL);
		for (; *c != '\0'; c++)
			PROMISE(*c >= ' ' && *c <= '~');
	}
}

static void check_report(const struct report *report)
{
	static char text[REPORT_TEXT], again[REPORT_TEXT];
	static struct report read_back;
	_cleanup_(closep) int fd = memfd_create("report", MFD_CLOEXEC);
	char path[64];
	struct ini ini;
	size_t size = report_write(report, text);

	PROMISE(size < REPORT_TEXT - 1 && size == strlen(text));
	PROMISE(fd >= 0 && write(fd, text, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	PROMISE(ini_open(&ini, path) == 0);
	PROMISE(report_read(&read_back, &ini) == 0);
	ini_close(&ini);
	report_write(&read_back, again);
	PROMISE(strcmp(text, again) == 0);
	PROMISE(read_back.count == report->count);
	for (size_t i = 0; i < report->count; i++) {
		PROMISE(address_equal(&read_back.items[i].address, &report->items[i].address));
		PROMISE(strcmp(read_back.items[i].text, report->items[i].text) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	static const struct client_clock clock = {
		.now = NSEC_PER_SEC, .realtime = 1000000000 * NSEC_PER_SEC};
	static struct report report;
	struct environment environment;
	struct client_event event;
	size_t arguments = size > 0 ? octets[0] % 4 : 0;
	char *copy = strings_of(octets + (size > 0), size - (size > 0));

	arguments = MIN(arguments, count);
	environment_init(&environment, strings + arguments);
	if (client_event_read(&event, &environment, arguments, strings) == 0) {
		PROMISE(report_interface_is_sane(event.interface));
		for (uint32_t i = 0; i < ARRAY_SIZE(event.say); i++) {
			if (event.say[i] != CLIENT_HOLDS)
				continue;
			client_report(&event, i, 7, &environment, &clock, &report);
			check_report(&report);
		}
	}
	check_complaints(&environment);
	free(copy);
	return 0;
}
