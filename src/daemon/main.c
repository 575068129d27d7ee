/* SPDX-License-Identifier: MIT */
/*
 * mifd: reads its arguments and its configuration, opens what needs privilege, and hands over to
 * the parent (net/parent.c), which runs the engine (daemon/process.c) in a process of its own.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "daemon/log.h"
#include "daemon/process.h"
#include "net/parent.h"
#include "source/ra.h"
#include "source/rtnetlink.h"

#define CONFIG "/etc/mifd.conf"
#define SOCKET "/run/mif/mifd.sock"

static int make_rtnetlink(struct source **sourcep, const struct process_source *row)
{
	(void)row;
	return source_rtnetlink_new(sourcep);
}

static int make_ra(struct source **sourcep, const struct process_source *row)
{
	return source_ra_new(sourcep, row->fd);
}

static struct process_source sources[] = {
	{.name = "rtnetlink", .make = make_rtnetlink, .fd = -1},
	{.name = "router advertisements", .open = source_ra_open, .make = make_ra, .fd = -1},
};

static void engine(void *context, int listen_fd, int verb_fd)
{
	process_run(context, listen_fd, verb_fd);
}

static void open_sources(struct process_options *options)
{
	for (size_t i = 0; i < options->count; i++) {
		struct process_source *row = &options->sources[i];

		if (row->open == NULL)
			continue;
		row->fd = row->open();
		if (row->fd < 0)
			log_notice("without %s: %s", row->name, strerror(-row->fd));
	}
}

static void usage(FILE *file)
{
	fputs("usage: mifd [-f config] [-s socket] [-v] [--script path]\n", file);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"script", required_argument, NULL, 'S'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct process_options process = {.sources = sources, .count = ARRAY_SIZE(sources)};
	struct parent_options parent = {
		.socket = SOCKET, .engine = engine, .context = &process, .log = log_write};
	const char *config = CONFIG;
	int option;

	while ((option = getopt_long(argc, argv, "f:s:v", long_options, NULL)) != -1) {
		switch (option) {
		case 'f':
			config = optarg;
			break;
		case 's':
			parent.socket = optarg;
			break;
		case 'v':
			process.tell = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("mifd " MIF_VERSION);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind < argc) {
		usage(stderr);
		return 2;
	}
	(void)config;
	if (process.tell)
		log_set_level(LOG_LEVEL_DEBUG);
	open_sources(&process);
	return parent_run(&parent);
}
