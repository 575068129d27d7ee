/* SPDX-License-Identifier: MIT */
/*
 * A peer that joins as fast as its kernel lets it, where mifd manages what comes in: the kernel itself has no limit
 * there.
 */
#include "multipath/test-command.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/mptcp.h>

#include "kernel/mptcp.h"
#include "multipath/connection.h"

#define PORT 7600
#define STORM 30
#define LIMIT 8

static struct mnl_socket *netlink;
static struct kernel_mptcp_family family;

/* The peer's own manager. */
static bool manager_open(void)
{
	_Alignas(struct nlmsghdr) char octets[8192];
	struct nlmsghdr *message = kernel_mptcp_family_message(octets);
	ssize_t size;

	netlink = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (netlink == NULL || mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0)
		return false;
	message->nlmsg_flags = NLM_F_REQUEST;
	if (mnl_socket_sendto(netlink, message, message->nlmsg_len) < 0)
		return false;
	size = mnl_socket_recvfrom(netlink, octets, sizeof(octets));
	return size > 0 && kernel_mptcp_family_parse((struct nlmsghdr *)octets, &family) == 1;
}

static struct mif_endpoint endpoint(const char *text, uint16_t port)
{
	struct mif_endpoint result = {.address.family = AF_INET, .port = port};

	inet_pton(AF_INET, text, result.address.octets);
	return result;
}

/* How many of so many paths the peer's kernel has begun, all from one address. */
static int join(uint32_t token, int count)
{
	_Alignas(struct nlmsghdr) char octets[8192];
	const struct kernel_mptcp_end local = {.endpoint = endpoint("10.2.0.2", 0), .id = 1};
	const struct kernel_mptcp_end remote = {.endpoint = endpoint("10.2.0.1", PORT), .id = -1};
	const struct kernel_mptcp_command command = {.command = MPTCP_PM_CMD_SUBFLOW_CREATE,
		.token = token,
		.id = -1,
		.local = &local,
		.remote = &remote};
	int begun = 0;

	become(0);
	for (int i = 0; i < count; i++) {
		struct nlmsghdr *message = kernel_mptcp_message(octets, family.id, &command);

		message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
		if (mnl_socket_sendto(netlink, message, message->nlmsg_len) < 0 ||
			mnl_socket_recvfrom(netlink, octets, sizeof(octets)) < 0)
			break;
		begun += message->nlmsg_type == NLMSG_ERROR &&
			*(const int *)mnl_nlmsg_get_payload(message) == 0;
	}
	become(NOBODY);
	return begun;
}

static size_t paths_of(int fd)
{
	struct connection connection;

	return connection_read(&connection, fd) < 0 ? 0 : connection_paths(&connection);
}

static bool paths_become(int fd, size_t count)
{
	uint64_t end = milliseconds() + PATIENCE;

	while (paths_of(fd) != count && milliseconds() < end)
		poll(NULL, 0, 20);
	if (paths_of(fd) != count)
		printf("# %zu paths, not %zu\n", paths_of(fd), count);
	return paths_of(fd) == count;
}

static int connect_there(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd;

	on(THERE);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	to.sin_addr.s_addr = inet_addr("10.1.0.1");
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		printf("# %s\n", strerror(errno));
	on(HERE);
	return fd;
}

static void test_storm(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP), peer, own;
	char octets[4] = "", line[64];

	if (bind(server, (const struct sockaddr *)&at, sizeof(at)) < 0 || listen(server, 8) < 0)
		printf("# %s\n", strerror(errno));
	peer = connect_there();
	own = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	/* Now the peer knows that the connection is established. */
	ok(write(own, "one", 4) == 4 && read(peer, octets, 4) == 4, "a peer is connected");
	snprintf(line, sizeof(line), "%08x  user 65534, 1 path", token_of(own));
	ok(list_becomes(line), "and mifd has its connection");
	for (int round = 1; round <= 3; round++) {
		int begun = join(token_of(peer), STORM);

		printf("# round %d: %d joins\n", round, begun);
		snprintf(line, sizeof(line), "%08x  user 65534, %d paths", token_of(own), LIMIT);
		ok(begun == STORM && list_becomes(line) && paths_become(own, LIMIT),
			"A12: it joins and joins: what is beyond the limit is closed");
	}
	ok(write(peer, "two", 4) == 4 && read(own, octets, 4) == 4 && strcmp(octets, "two") == 0,
		"and the connection is none the worse for it");
	close(own);
	close(peer);
	close(server);
	ok(list_becomes("no multipath connection"), "until it is closed");
}

int main(int argc, char **argv)
{
	const char *missing = argc > 2 ? network_up() : "no mifd is given";

	if (missing == NULL) {
		run(THERE, "sysctl -qw net.mptcp.pm_type=1");
		on(THERE);
		become(0);
		if (!manager_open())
			missing = "this kernel has no Multipath TCP with a manager outside";
		become(NOBODY);
		on(HERE);
	}
	if (missing != NULL) {
		tap_skip("A12: a storm of joins", missing);
		return tap_done();
	}
	mif = argv[2];
	alarm(200);
	ok(daemon_start(argv[1], "[mifd]\npaths = takeover\n"), "mifd serves");
	test_storm();
	ok(daemon_stop(), "nothing is left behind");
	mnl_socket_close(netlink);
	return tap_done();
}
