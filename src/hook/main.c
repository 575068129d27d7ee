/* SPDX-License-Identifier: MIT */
/*
 * mif-hook: what a DHCP client tells its script, kept where mifd(8) and programs without it find it.
 * The client's own script is run afterwards, if one is named, whatever came of it here: no fault of
 * this program may cost anybody his network.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "hook/client.h"
#include "hook/store.h"

static void complaints_tell(const struct environment *environment)
{
	size_t kept = MIN(environment->complaint_count, (size_t)ENVIRONMENT_COMPLAINTS);

	for (size_t i = 0; i < kept; i++)
		fprintf(stderr, "mif-hook: %s\n", environment->complaints[i]);
	if (environment->complaint_count > kept)
		fprintf(stderr, "mif-hook: %zu complaints more\n",
			environment->complaint_count - kept);
}

static int element_keep(const char *directory, const struct client_event *event, uint32_t element,
	struct environment *environment, const struct client_clock *clock)
{
	static struct report report;
	uint64_t namespace = store_namespace();
	uint32_t ifindex = if_nametoindex(event->interface);

	if (event->say[element] == CLIENT_HOLDS) {
		if (ifindex == 0)
			return -errno;
		client_report(event, element, ifindex, environment, clock, &report);
		if (report.count > 0)
			return store_put(directory, namespace, &report);
	}
	return store_remove(directory, namespace, element, event->interface);
}

static int event_keep(
	const char *directory, const struct client_event *event, struct environment *environment)
{
	struct timespec realtime;
	struct client_clock clock = {.now = clock_boottime()};
	int result = 0;

	clock_gettime(CLOCK_REALTIME, &realtime);
	clock.realtime = (uint64_t)realtime.tv_sec * NSEC_PER_SEC + (uint64_t)realtime.tv_nsec;
	for (uint32_t element = 0; element < ARRAY_SIZE(event->say); element++) {
		int r = 0;

		if (event->say[element] != CLIENT_NOTHING)
			r = element_keep(directory, event, element, environment, &clock);
		if (r == 0)
			continue;
		fprintf(stderr, "mif-hook: %s of %s, in %s: %s\n", report_element_name(element),
			event->interface, directory, strerror(-r));
		result = 1;
	}
	return result;
}

/* The exit status. */
static int hook(const char *directory, size_t argument_count, char *const *arguments)
{
	struct environment environment;
	struct client_event event;
	int r, result = 1;

	environment_init(&environment, environ);
	r = client_event_read(&event, &environment, argument_count, arguments);
	if (r == 0)
		result = event_keep(directory, &event, &environment);
	else if (r == -ENOENT)
		fputs("mif-hook: called by no DHCP client, or for nothing that is known: see "
		      "mif-hook(8)\n",
			stderr);
	else if (environment.complaint_count == 0)
		fputs("mif-hook: interface: not set\n", stderr);
	complaints_tell(&environment);
	return result;
}

static void usage(FILE *file)
{
	fputs("usage: mif-hook [-d directory] [-x script] [argument ...]\n", file);
}

int main(int argc, char **argv)
{
	const char *directory = STORE_DIRECTORY, *script = NULL;
	int option, result;

	descriptors_fill();
	/* "+": what comes behind is the client's. */
	while ((option = getopt(argc, argv, "+d:x:h")) != -1) {
		switch (option) {
		case 'd':
			directory = optarg;
			break;
		case 'x':
			script = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	result = hook(directory, (size_t)(argc - optind), argv + optind);
	if (script == NULL)
		return result;
	argv[optind - 1] = (char *)script;
	execv(script, argv + optind - 1);
	fprintf(stderr, "mif-hook: %s: %s\n", script, strerror(errno));
	return 1;
}
