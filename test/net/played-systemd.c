/* SPDX-License-Identifier: MIT */
/*
 * What systemd-logind needs of systemd to have the host sleep or shut down, and no more: units are there, and a
 * job that is asked for has been done at once. Prints which; nothing sleeps.
 */
#include <stdio.h>
#include <string.h>

#include <systemd/sd-bus.h>

#define SERVICE "org.freedesktop.systemd1"
#define OBJECT "/org/freedesktop/systemd1"
#define JOB OBJECT "/job/1"

/* The answer comes first, since logind looks for the job that it knows. */
static int job(sd_bus_message *call)
{
	sd_bus *bus = sd_bus_message_get_bus(call);
	const char *unit, *mode;
	int r = sd_bus_message_read(call, "ss", &unit, &mode);

	if (r < 0)
		return r;
	printf("%s\n", unit);
	r = sd_bus_reply_method_return(call, "o", JOB);
	if (r < 0)
		return r;
	return sd_bus_emit_signal(
		bus, OBJECT, SERVICE ".Manager", "JobRemoved", "uoss", 1U, JOB, unit, "done");
}

static int answer(sd_bus_message *call, void *context, sd_bus_error *error)
{
	const char *interface, *property;
	int r;

	(void)context;
	(void)error;
	if (sd_bus_message_is_method_call(call, SERVICE ".Manager", "StartUnit"))
		return job(call) < 0 ? -1 : 1;
	if (sd_bus_message_is_method_call(call, "org.freedesktop.DBus.Properties", "Get")) {
		r = sd_bus_message_read(call, "ss", &interface, &property);
		if (r < 0)
			return r;
		return sd_bus_reply_method_return(
			call, "v", "s", strcmp(property, "LoadState") == 0 ? "loaded" : "inactive");
	}
	return sd_bus_message_is_method_call(call, NULL, NULL)
		? sd_bus_reply_method_return(call, NULL)
		: 0;
}

int main(void)
{
	sd_bus *bus;
	int r = sd_bus_open_system(&bus);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (r >= 0)
		r = sd_bus_add_filter(bus, NULL, answer, NULL);
	if (r >= 0)
		r = sd_bus_request_name(bus, SERVICE, 0);
	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	fprintf(stderr, "%s\n", strerror(-r));
	return 1;
}
