/* SPDX-License-Identifier: MIT */
/*
 * mifd: reads its arguments and its configuration, opens what needs privilege, and hands over to
 * the parent (net/parent.c), which runs the engine (daemon/process.c) in a process of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/descriptor.h"
#include "daemon/config.h"
#include "daemon/log.h"
#include "daemon/process.h"
#include "hook/store.h"
#include "net/parent.h"
#include "source/config.h"
#include "source/dhclient.h"
#include "source/dhcp.h"
#include "source/dhcpcd.h"
#include "source/hook.h"
#ifdef HAVE_SD_BUS
#include "source/logind.h"
#include "source/networkd.h"
#include "source/networkmanager.h"
#endif
#include "source/ra.h"
#include "source/resolv-conf.h"
#include "source/rtnetlink.h"
#include "source/script.h"
#include "source/wifi.h"

#define CONFIG_PATH "/etc/mifd.conf"

/* ---- the sources, in the order in which they are asked ---- */

static int make_rtnetlink(
	struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)row;
	(void)error;
	return source_rtnetlink_new(sourcep);
}

static int make_ra(struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)error;
	return source_ra_new(sourcep, row->fd);
}

static int make_dhcp(struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)error;
	return source_dhcp_new(sourcep, row->fd);
}

static int make_config(struct source **sourcep, const struct process_source *row, char error[256])
{
	return source_config_new(sourcep, row->path, row->required, error);
}

static int make_wifi(struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)row;
	(void)error;
	return source_wifi_new(sourcep);
}

static int make_hook(struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)row;
	(void)error;
	return source_hook_new(sourcep, STORE_DIRECTORY);
}

static int make_dhclient(struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)row;
	(void)error;
	return source_dhclient_new(sourcep, DHCLIENT_DIRECTORY);
}

static int make_dhcpcd(struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)row;
	(void)error;
	return source_dhcpcd_new(sourcep, DHCPCD_DIRECTORY);
}

static int make_resolv_conf(
	struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)row;
	(void)error;
	return source_resolv_conf_new(sourcep, RESOLV_CONF_PATH);
}

#ifdef HAVE_SD_BUS
static int make_networkd(struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)row;
	(void)error;
	return source_networkd_new(sourcep, NULL, NULL);
}

static int make_networkmanager(
	struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)row;
	(void)error;
	return source_networkmanager_new(sourcep, NULL);
}

static int make_logind(struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)error;
	return source_logind_new(sourcep, NULL, row->time);
}
#endif

static int make_script(struct source **sourcep, const struct process_source *row, char error[256])
{
	(void)error;
	return source_script_new(sourcep, row->fd);
}

enum {
	ROW_CONFIG = 3,
	ROW_LOGIND = 9,
};

static struct process_source sources[] = {
	{.name = "rtnetlink", .make = make_rtnetlink, .fd = -1},
	{.name = "router advertisements", .open = source_ra_open, .make = make_ra, .fd = -1},
	{.name = "DHCP", .open = source_dhcp_open, .make = make_dhcp, .fd = -1},
	[ROW_CONFIG] = {.name = "configuration", .make = make_config, .fd = -1},
	{.name = "Wi-Fi", .make = make_wifi, .fd = -1},
	{.name = "DHCP clients' hooks", .make = make_hook, .fd = -1},
	{.name = "dhclient's leases", .make = make_dhclient, .fd = -1},
	{.name = "dhcpcd", .make = make_dhcpcd, .fd = -1},
	{.name = "resolv.conf", .make = make_resolv_conf, .fd = -1},
#ifdef HAVE_SD_BUS
	[ROW_LOGIND] = {.name = "systemd-logind", .make = make_logind, .fd = -1},
	{.name = "systemd-networkd", .make = make_networkd, .fd = -1},
	{.name = "NetworkManager", .make = make_networkmanager, .fd = -1},
#endif
};

static struct process_source script = {.name = "script", .make = make_script, .fd = -1};

/* ---- a script instead of the kernel ---- */

static int script_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int connected;

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	connected = fd;
	fd = -1;
	return connected;
}

/* A FIFO, or a listening Unix stream socket. A descriptor, or negative errno. */
static int script_open(const char *path)
{
	struct stat status;
	int fd;

	if (stat(path, &status) < 0)
		return -errno;
	if (S_ISSOCK(status.st_mode))
		return script_connect(path);
	if (!S_ISFIFO(status.st_mode))
		return -EINVAL;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	/* One writer for ever, so that the script does not end whenever another one closes it. */
	if (fd < 0 || open(path, O_WRONLY | O_CLOEXEC) < 0)
		return -errno;
	return fd;
}

/* ---- start ---- */

struct arguments {
	const char *config, *socket, *script;
	bool verbose, check;
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

/* Additional information of domains is fetched by a program of its own, which may be missing. */
static void fetcher_choose(
	struct parent_options *parent, struct process_options *process, const struct config *config)
{
	if (config->fetcher[0] == '\0')
		return;
	if (access(config->fetcher, X_OK) < 0) {
		log_notice("without additional information of domains: %s: %s", config->fetcher,
			strerror(errno));
		return;
	}
	parent->fetcher = config->fetcher;
	parent->authorities = config->authorities[0] != '\0' ? config->authorities : NULL;
	process->fetch = true;
}

/* So are the services of the Name Service Switch, if any are to be asked. */
static void switch_choose(
	struct parent_options *parent, struct process_options *process, const struct config *config)
{
	if (config->services[0] == '\0')
		return;
	if (access(config->nss, X_OK) < 0) {
		log_warning(
			"without the Name Service Switch: %s: %s", config->nss, strerror(errno));
		return;
	}
	parent->nss = config->nss;
	parent->nss_services = config->services;
	process->ask_switch = true;
}

static void links_choose(struct parent_options *parent, struct process_options *process,
	const struct config *config, char names[CONFIG_INTERFACES][VERB_LINK_NAME])
{
	for (size_t i = 0; i < config->link_count; i++)
		memcpy(names[i], config->links[i].name, VERB_LINK_NAME);
	process->links = config->links;
	parent->commands = config->commands;
	parent->link_count = process->link_count = config->link_count;
	parent->links = (const char(*)[VERB_LINK_NAME])names;
}

/* Beside the socket, where a daemon that is started again looks. */
static void paths_choose(struct parent_options *parent, struct process_options *process,
	const struct config *config, struct path *path)
{
	char record[CONFIG_SOCKET + 8];
	int r;

	if (config->paths == CONFIG_PATHS_OFF)
		return;
	snprintf(record, sizeof(record), "%s.paths", parent->socket);
	r = path_open(path, record, &process->path_events);
	if (r < 0) {
		log_notice("without paths of multipath connections: %s", strerror(-r));
		return;
	}
	parent->path = path;
	parent->access.descriptors = true;
	parent->takeover = process->takeover = config->paths == CONFIG_PATHS_TAKEOVER;
}

static int run(const struct arguments *arguments)
{
	const char *path = arguments->config != NULL ? arguments->config : CONFIG_PATH;
	struct process_options process = {.sources = sources,
		.count = ARRAY_SIZE(sources),
		.tell = arguments->verbose,
		.path_events = -1};
	struct parent_options parent = {
		.engine = engine,
		.context = &process,
		.log = log_write,
	};
	char links[CONFIG_INTERFACES][VERB_LINK_NAME] = {0};
	struct config config;
	struct path paths;
	char error[256];

	if (config_load(&config, path, arguments->config != NULL, NULL, error) < 0) {
		log_error("%s", error);
		return 1;
	}
	parent.access = config.socket_access;
	process.access = &config.access;
	process.lifetime_notice = config.lifetime_notice;
	log_set_level(arguments->verbose ? LOG_LEVEL_DEBUG : config.log);
	parent.socket = arguments->socket != NULL ? arguments->socket : config.socket;
	parent.user = config.user[0] != '\0' ? config.user : NULL;
	if (config.steer)
		parent.mark = config.mark;
	process.steer.main_first = config.main_first;
	fetcher_choose(&parent, &process, &config);
	switch_choose(&parent, &process, &config);
	links_choose(&parent, &process, &config, links);
	sources[ROW_CONFIG].path = path;
	sources[ROW_CONFIG].required = arguments->config != NULL;
#ifdef HAVE_SD_BUS
	sources[ROW_LOGIND].time = config.sleep_delay;
#endif
	if (arguments->script != NULL) {
		script.fd = script_open(arguments->script);
		if (script.fd < 0) {
			log_error("%s: %s", arguments->script, strerror(-script.fd));
			return 1;
		}
		process.sources = &script;
		process.count = 1;
		process.script = true;
		process.lifetime_notice = 0; /* the script says */
		process.fetch = false;
		/* Its networks are not this host's. */
		parent.mark.protocol = 0;
		parent.link_count = process.link_count = 0;
	} else {
		paths_choose(&parent, &process, &config, &paths);
	}
	process.steer.mark = parent.mark;
	open_sources(&process);
	return parent_run(&parent);
}

static void complain(const char *error)
{
	fprintf(stderr, "%s\n", error);
}

/* Needs no privilege, and changes nothing. */
static int check(const struct arguments *arguments)
{
	const char *path = arguments->config != NULL ? arguments->config : CONFIG_PATH;
	struct config config;
	char error[256];

	return config_load(&config, path, arguments->config != NULL, complain, error) < 0 ? 1 : 0;
}

static void usage(FILE *file)
{
	fputs("usage: mifd [-v] [-f config] [-s socket] [--script path]\n"
	      "       mifd --check [-f config]\n",
		file);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"script", required_argument, NULL, 'S'},
		{"check", no_argument, NULL, 'C'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct arguments arguments = {0};
	int option;

	descriptors_fill();
	/* Who reads the log may end before the daemon does. */
	signal(SIGPIPE, SIG_IGN);
	while ((option = getopt_long(argc, argv, "f:s:v", long_options, NULL)) != -1) {
		switch (option) {
		case 'f':
			arguments.config = optarg;
			break;
		case 's':
			arguments.socket = optarg;
			break;
		case 'v':
			arguments.verbose = true;
			break;
		case 'C':
			arguments.check = true;
			break;
		case 'S':
			arguments.script = optarg;
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
	return arguments.check ? check(&arguments) : run(&arguments);
}
