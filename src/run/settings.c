/* SPDX-License-Identifier: MIT */
/*
 * How mif run speaks to the programs that it starts, and to those that they start.
 */
#include "run/settings.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mif/mif.h>

#include "base/clock.h"
#include "multipath/lock.h"

#define WAIT_MS 1000
#define WAIT_MS_MAX 3600000

static struct settings own;
static atomic_bool read_already;

/* Empty when it is not set, or too long to be what mif run has set. */
static void read_text(const char *name, char *text, size_t size)
{
	const char *value = secure_getenv(name);
	size_t length = value != NULL ? strlen(value) : 0;

	if (length >= size)
		length = 0;
	if (length > 0)
		memcpy(text, value, length);
	text[length] = '\0';
}

static bool read_flag(const char *name)
{
	char text[2];

	read_text(name, text, sizeof(text));
	return text[0] == '1';
}

static void read_interfaces(struct settings *settings)
{
	char text[SETTINGS_INTERFACES * IF_NAMESIZE], *rest = text, *name;

	read_text("MIF_RUN_INTERFACES", text, sizeof(text));
	while ((name = strsep(&rest, ",")) != NULL)
		if (*name != '\0' && strlen(name) < IF_NAMESIZE &&
			settings->interface_count < SETTINGS_INTERFACES)
			strcpy(settings->interfaces[settings->interface_count++], name);
}

static uint64_t read_wait(void)
{
	char text[16], *end;
	unsigned long long milliseconds;

	read_text("MIF_RUN_WAIT", text, sizeof(text));
	milliseconds = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || milliseconds > WAIT_MS_MAX)
		milliseconds = WAIT_MS;
	return milliseconds * NSEC_PER_MSEC;
}

void settings_read(struct settings *settings)
{
	char host[8];

	*settings = (struct settings){
		.wait = read_wait(),
		.multipath = read_flag("MIF_RUN_MULTIPATH"),
		.verbose = read_flag("MIF_RUN_VERBOSE"),
	};
	read_text("MIF_RUN_PVD", settings->pvd, sizeof(settings->pvd));
	read_interfaces(settings);
	read_text("MIF_RUN_HOST", host, sizeof(host));
	if (strcmp(host, "daemon") == 0)
		settings->host = MIF_OPEN_DAEMON;
	else if (strcmp(host, "engine") == 0)
		settings->host = MIF_OPEN_ENGINE;
}

/* Before the program changes its environment, if nobody calls earlier. */
__attribute__((constructor)) static void settings_begin(void)
{
	settings_get();
}

const struct settings *settings_get(void)
{
	if (!atomic_load_explicit(&read_already, memory_order_acquire)) {
		lock_take();
		if (!atomic_load(&read_already))
			settings_read(&own);
		atomic_store_explicit(&read_already, true, memory_order_release);
		lock_release();
	}
	return &own;
}

void settings_say(const char *format, ...)
{
	char text[512];
	va_list arguments;
	int length;

	if (!settings_get()->verbose)
		return;
	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length >= 0)
		dprintf(STDERR_FILENO, "mif run: %s\n", text);
}
