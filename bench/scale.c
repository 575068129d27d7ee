/* SPDX-License-Identifier: MIT */
/*
 * A host with thousands of addresses: what it takes until a model of all of them is whole, in this
 * process or in a mifd that is started for it, and what it takes to tell all of it to one client;
 * against a program that asks the kernel for the same (links, addresses, routes) and looks at nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "handle.h"
#include "measure.h"

/* ---- bare ---- */

static void dump(int fd, uint16_t type, unsigned char family)
{
	static _Alignas(struct nlmsghdr) char octets[65536];
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct rtgenmsg *head = mnl_nlmsg_put_extra_header(request, sizeof(*head));

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	head->rtgen_family = family;
	measure_call((int)send(fd, request, request->nlmsg_len, 0), "send");
	for (;;) {
		int size = measure_call((int)recv(fd, octets, sizeof(octets), 0), "recv");
		const struct nlmsghdr *message = (const struct nlmsghdr *)octets;

		for (; mnl_nlmsg_ok(message, size); message = mnl_nlmsg_next(message, &size))
			if (message->nlmsg_type == NLMSG_DONE)
				return;
	}
}

static uint64_t bare_sample(void)
{
	uint64_t started = measure_now();
	int fd = measure_call(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");

	dump(fd, RTM_GETLINK, AF_UNSPEC);
	dump(fd, RTM_GETADDR, AF_UNSPEC);
	dump(fd, RTM_GETROUTE, AF_INET);
	dump(fd, RTM_GETROUTE, AF_INET6);
	close(fd);
	return measure_now() - started;
}

/* ---- a model ---- */

/* A handle is open when the engine's model is whole. */
static uint64_t engine_sample(void)
{
	uint64_t started = measure_now();
	struct mif *mif = handle_open("engine");
	struct mif_message ask = {.type = MIF_ANNOUNCE_INTERFACES};

	handle_post(mif, &ask);
	handle_settle(mif);
	started = measure_now() - started;
	mif_close(mif);
	return started;
}

static uint64_t mifd_sample(const char *program, const char *config)
{
	static const char path[] = "./scale.sock";
	uint64_t started = measure_now(), taken;
	struct mif *mif = NULL;
	pid_t child = measure_fork();

	if (child == 0) {
		if (freopen("/dev/null", "w", stderr) != NULL)
			execl(program, program, "-f", config, "-s", path, (char *)NULL);
		_exit(1);
	}
	setenv("MIF_SOCKET", path, 1);
	while (mif_open(&mif, MIF_OPEN_DAEMON) < 0 && waitpid(child, NULL, WNOHANG) == 0)
		usleep(1000);
	taken = measure_now() - started;
	if (mif == NULL)
		measure_fail(0, "mifd has ended");
	mif_close(mif);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	return taken;
}

/* ---- telling all of it ---- */

/* Everything that there is to know. */
static uint64_t snapshot_sample(size_t *addresses)
{
	uint64_t started = measure_now();
	struct mif *mif = handle_open("daemon");
	struct mif_message ask = {.type = MIF_ANNOUNCE_INTERFACES};
	const struct mif_message *message;

	*addresses = 0;
	ask.as.announce_interfaces.below = MIF_BELOW_ADDRESSES;
	measure_check(mif_post(mif, &ask), "mif_post");
	do {
		message = handle_next(mif);
		*addresses += message->type == MIF_ADDRESS;
	} while (message->type != MIF_END_OF_ANNOUNCEMENTS);
	started = measure_now() - started;
	mif_close(mif);
	return started;
}

int main(int argc, char **argv)
{
	struct series bare, engine, mifd, bare_again, snapshot;
	size_t count, addresses = 0;
	char *daemon;

	if (argc != 4) {
		fprintf(stderr, "usage: bench-scale MIFD CONFIG COUNT\n");
		return 2;
	}
	count = measure_number(argv[3]);
	daemon = strdup(getenv("MIF_SOCKET"));
	series_init(&bare, "netlink", "start", count);
	series_init(&engine, "engine", "start", count);
	series_init(&mifd, "daemon", "start", count);
	series_init(&bare_again, "netlink", "snapshot", count);
	series_init(&snapshot, "daemon", "snapshot", count);
	for (size_t i = 0; i < count; i++) {
		series_add(&bare, bare_sample());
		series_add(&engine, engine_sample());
		series_add(&mifd, mifd_sample(argv[1], argv[2]));
		setenv("MIF_SOCKET", daemon, 1);
		series_add(&bare_again, bare_sample());
		series_add(&snapshot, snapshot_sample(&addresses));
	}
	fprintf(stderr, "%zu addresses told\n", addresses);
	series_print(&bare);
	series_print(&engine);
	series_print(&mifd);
	series_print(&bare_again);
	series_print(&snapshot);
	return 0;
}
