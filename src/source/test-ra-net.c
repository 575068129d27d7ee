/* SPDX-License-Identifier: MIT */
/*
 * The source on a real socket: routers in one network namespace, the host in another, a veth pair
 * between them, all of this process alone and gone with it. The raw socket is opened by root; then
 * the process becomes nobody, without a capability, and all the rest happens so. A helper keeps
 * root for the one thing that needs it: a second link that appears later.
 */
#include "source/ra.h"
#include "tap.h"
#include "test-ra-model.h"
#include "test-ra-vectors.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NOBODY 65534
#define PATIENCE_MS 20000
#define SOON_MS 500
#define HOST "raw-host0"
#define HOST_LATER "raw-host1"
#define ROUTER "raw-router0"
#define ROUTER_LATER "raw-router1"

static struct source *source;
/* In the routers' namespace: what sends, and what hears solicitations. */
static int sender, listener;
static int helper[2];
static uint32_t host_index, router_index; /* each in its own namespace */

/* ---- the two namespaces ---- */

static bool file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return false;

	bool written = fputs(text, file) >= 0;

	return fclose(file) == 0 && written;
}

__attribute__((format(printf, 1, 2))) static bool run(const char *format, ...)
{
	char command[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return system(command) == 0;
}

/* The kernel is to neither solicit nor answer: only ours may be seen. */
static bool namespace_enter(void)
{
	return unshare(CLONE_NEWNET) == 0 &&
		file_write("/proc/sys/net/ipv6/conf/default/router_solicitations", "0") &&
		file_write("/proc/sys/net/ipv6/conf/default/accept_ra", "0") &&
		file_write("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
}

/* A link to the routers' namespace, which /proc/PID/fd/FD names. */
static bool link_add(const char *host, const char *router, int routers)
{
	return run("ip link add %s type veth peer name %s netns /proc/%d/fd/%d", host, router,
		       (int)getpid(), routers) &&
		run("ip link set %s up", host);
}

static int socket_raw(int type)
{
	struct icmp6_filter filter;
	int on = 1, hops = 255, off = 0;
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);

	ICMP6_FILTER_SETBLOCKALL(&filter);
	if (type != 0)
		ICMP6_FILTER_SETPASS(type, &filter);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) < 0 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)) < 0 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) < 0 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof(off)) < 0)
		return close_fd(fd);
	return fd;
}

/* Serves one request: a second link, after the host has lost its privileges. Answers with the
 * ifindex of its other end in the routers' namespace; 0: failed. */
static void helper_run(int routers)
{
	uint32_t index = 0;
	char octet;

	/* Ends also with its parent. */
	if (read(helper[1], &octet, 1) != 1)
		_exit(0);
	if (link_add(HOST_LATER, ROUTER_LATER, routers) &&
		run("ip address add fe80::3/64 dev " HOST_LATER " nodad") &&
		setns(routers, CLONE_NEWNET) == 0 && run("ip link set " ROUTER_LATER " up") &&
		run("ip address add fe80::22:c/64 dev " ROUTER_LATER " nodad"))
		index = if_nametoindex(ROUTER_LATER);
	_exit(write(helper[1], &index, sizeof(index)) > 0 ? 0 : 1);
}

static pid_t helper_start(int routers)
{
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, helper) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(helper[0]);
		helper_run(routers);
	}
	close(helper[1]);
	return pid;
}

/* NULL, or why the test cannot run here. Leaves the process in the host's namespace. */
static const char *scene_set(pid_t *pid)
{
	int routers, host;

	if (geteuid() != 0)
		return "needs root";
	if (!run("ip -V >/dev/null 2>&1"))
		return "needs ip(8)";
	if (!namespace_enter())
		return "no network namespace with IPv6 can be made";
	routers = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	sender = socket_raw(0);
	listener = socket_raw(ND_ROUTER_SOLICIT);
	if (!namespace_enter())
		return "no second network namespace can be made";
	host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (routers < 0 || host < 0 || sender < 0 || listener < 0)
		return "a raw socket cannot be opened";
	if (!link_add(HOST, ROUTER, routers))
		return "no veth pair can be made";
	if (setns(routers, CLONE_NEWNET) < 0 || !run("ip link set " ROUTER " up") ||
		!run("ip address add fe80::22:a/64 dev " ROUTER " nodad") ||
		!run("ip address add fe80::22:b/64 dev " ROUTER " nodad") ||
		!run("ip address add 2001:db8::1/64 dev " ROUTER " nodad") ||
		(router_index = if_nametoindex(ROUTER)) == 0 || setns(host, CLONE_NEWNET) < 0)
		return "no addresses can be set";
	host_index = if_nametoindex(HOST);
	*pid = helper_start(routers);
	return *pid < 0 ? "fork failed" : NULL;
}

static bool become_nobody(void)
{
	return setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
		setresuid(NOBODY, NOBODY, NOBODY) == 0;
}

static bool has_capability(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return true;
	return (data[0].effective | data[0].permitted | data[1].effective | data[1].permitted) != 0;
}

/* ---- sending and waiting ---- */

static void advertise(uint32_t link, const char *from, int hop_limit, const char *hex)
{
	uint8_t octets[RA_VECTOR_MAX];
	struct in6_pktinfo info = {.ipi6_ifindex = link};
	struct mif_address address;
	struct sockaddr_in6 all_nodes = {
		.sin6_family = AF_INET6,
		.sin6_addr = {{{0xff, 0x02, [15] = 1}}},
		.sin6_scope_id = link,
	};
	union {
		struct cmsghdr header;
		uint8_t octets[CMSG_SPACE(sizeof(info))];
	} ancillary = {0};
	struct iovec vector = {.iov_base = octets, .iov_len = ra_vector_octets(hex, octets)};
	struct msghdr message = {
		.msg_name = &all_nodes,
		.msg_namelen = sizeof(all_nodes),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &ancillary,
		.msg_controllen = sizeof(ancillary),
	};
	struct cmsghdr *item = CMSG_FIRSTHDR(&message);

	mif_address_parse(&address, from);
	memcpy(&info.ipi6_addr, address.octets, 16);
	item->cmsg_level = IPPROTO_IPV6;
	item->cmsg_type = IPV6_PKTINFO;
	item->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(item), &info, sizeof(info));
	setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hop_limit, sizeof(hop_limit));
	if (sendmsg(sender, &message, 0) < 0)
		perror("# sendmsg");
}

static uint64_t counter(const char *wanted)
{
	const char *name;
	uint64_t value;

	for (unsigned int i = 0; source->ops->counter(source, i, &name, &value); i++)
		if (strcmp(name, wanted) == 0)
			return value;
	return UINT64_MAX;
}

/* Dispatches until so many were received in all. */
static bool hear(uint64_t received)
{
	while (counter("ra received") < received) {
		struct pollfd ready = {.fd = source->ops->fd(source), .events = POLLIN};

		if (poll(&ready, 1, PATIENCE_MS) != 1 ||
			source->ops->dispatch(source, &test_model, clock_boottime()) < 0)
			return false;
	}
	return true;
}

/* A host hears what is sent to all routers only when it asks to. */
static void routers_join(uint32_t link)
{
	struct ipv6_mreq group = {
		.ipv6mr_multiaddr = {{{0xff, 0x02, [15] = 2}}},
		.ipv6mr_interface = link,
	};

	if (setsockopt(listener, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof(group)) < 0)
		perror("# IPV6_JOIN_GROUP");
}

/* Whether a solicitation arrives at the routers, as RFC 4861 section 6.1.1 wants it. */
static bool solicitation_arrives(const char *from, int patience_ms)
{
	uint8_t octets[256], control[256];
	struct sockaddr_in6 peer = {0};
	struct iovec vector = {.iov_base = octets, .iov_len = sizeof(octets)};
	struct msghdr message = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct pollfd ready = {.fd = listener, .events = POLLIN};
	struct mif_address address;
	int hop_limit = -1;

	if (poll(&ready, 1, patience_ms) != 1 || recvmsg(listener, &message, 0) != 8)
		return false;
	for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item != NULL;
		item = CMSG_NXTHDR(&message, item))
		if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&hop_limit, CMSG_DATA(item), sizeof(hop_limit));
	mif_address_parse(&address, from);
	return octets[0] == ND_ROUTER_SOLICIT && octets[1] == 0 && hop_limit == 255 &&
		memcmp(&peer.sin6_addr, address.octets, 16) == 0;
}

static const char *vector(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(ra_vectors); i++)
		if (strcmp(ra_vectors[i].name, name) == 0)
			return ra_vectors[i].octets;
	abort();
}

/* ---- the tests ---- */

/* Whether there is a fact of this beginning from this router of this link. */
static bool known(const char *what, const char *router, uint32_t link, const char *rest)
{
	char line[256];

	snprintf(line, sizeof(line), "%s %s%%%" PRIu32 " %s", what, router, link, rest);
	return test_count(line, clock_boottime()) == 1;
}

/* While root: no source address yet, as before duplicate address detection is done. */
static void test_solicit_early(void)
{
	uint64_t now = clock_boottime();

	source->ops->solicit(source, host_index, now);
	source->ops->dispatch(source, &test_model, now);
	ok(counter("ra solicitation not sent") == 1, "no source address: no solicitation");
	ok(run("ip address add fe80::1/64 dev " HOST " nodad"), "the host gets its address");
}

static void test_privileges(void)
{
	int fd;

	ok(become_nobody() && !has_capability(), "uid 65534, no capability");
	fd = source_ra_open();
	ok(fd == -EPERM, "the socket cannot be opened any more");
	close_fd(fd);
}

static void test_solicit(void)
{
	uint64_t due = source->ops->deadline(source);

	routers_join(router_index);
	source->ops->dispatch(source, &test_model, due);
	ok(counter("ra solicitation sent") == 1 && solicitation_arrives("fe80::1", PATIENCE_MS),
		"M7: the solicitation arrives at the routers, hop limit 255");
	ok(source->ops->deadline(source) == due + 4 * NSEC_PER_SEC, "the next one in 4 seconds");
}

static void test_advertisements(void)
{
	advertise(router_index, "fe80::22:a", 255, vector("alpha"));
	advertise(router_index, "fe80::22:b", 255, vector("bravo"));
	ok(hear(2), "two advertisements arrive");
	ok(known("pvd", "fe80::22:a", host_index, "pvd.alpha.example 1 1 7 ") &&
			known("pvd", "fe80::22:b", host_index, "pvd.bravo.example 1 0 3 "),
		"M10: two routers on a wire, two names");
	ok(known("prefix", "fe80::22:a", host_index, "2001:db8:2a::/64 LA ") &&
			known("prefix", "fe80::22:b", host_index, "2001:db8:2b::/64 LA ") &&
			known("data", "fe80::22:a", host_index, "1 2001:db8:2a::1/0 ") &&
			known("data", "fe80::22:b", host_index, "1 2001:db8:2b::1/0 "),
		"M10 M21: each with its own prefix and DNS server");
	ok(test_model.commits > 0 && source->ops->deadline(source) == TIME_FOREVER,
		"committed; no more solicitations");
}

static void test_bad(void)
{
	unsigned int before = test_model.count;

	advertise(router_index, "fe80::22:a", 64, vector("prefix-17"));
	advertise(router_index, "2001:db8::1", 255, vector("prefix-17"));
	advertise(router_index, "fe80::22:a", 255, vector("pvd-nested-zero-length"));
	ok(hear(5) && counter("ra dropped: hop limit not 255") == 1 &&
			counter("ra dropped: source not link-local") == 1 &&
			counter("ra dropped: option of length zero") == 1,
		"hop limit 64, a global source, an option of length zero: dropped and counted");
	ok(test_model.count == before, "they leave no fact");
}

/* A link that has its carrier, and no queue yet, drops what it is given: the next one may be the first. */
static bool solicited(const char *from)
{
	bool arrives = solicitation_arrives(from, SOON_MS);

	for (int i = 1; i < 3 && !arrives; i++) {
		source->ops->dispatch(source, &test_model, source->ops->deadline(source));
		arrives = solicitation_arrives(from, PATIENCE_MS);
	}
	return arrives;
}

static void test_later_link(void)
{
	uint64_t now = clock_boottime();
	uint32_t later_router = 0, later_host;

	if (write(helper[0], "x", 1) != 1 ||
		read(helper[0], &later_router, sizeof(later_router)) != sizeof(later_router))
		later_router = 0;
	later_host = if_nametoindex(HOST_LATER);
	if (!ok(later_router != 0 && later_host != 0, "a link appears after the privileges went"))
		return;
	routers_join(later_router);
	source->ops->solicit(source, later_host, now);
	source->ops->dispatch(source, &test_model, now);
	ok(solicited("fe80::3"), "M7: it is solicited");
	advertise(later_router, "fe80::22:c", 255, vector("alpha"));
	ok(hear(6) && known("prefix", "fe80::22:c", later_host, "2001:db8:2a::/64 LA "),
		"M8: its router is heard, on this link");
	ok(counter("ra all-nodes group not joined") == 0 && counter("ra receive failed") == 0,
		"no join and no receive failed");
}

int main(void)
{
	pid_t pid = -1;
	const char *reason = scene_set(&pid);
	int fd;

	if (reason != NULL) {
		tap_skip("M7 M8 M10 M21: router advertisements over a veth pair", reason);
		return tap_done();
	}
	fd = source_ra_open();
	ok(fd >= 0 && source_ra_new(&source, fd) == 0, "root opens the socket");
	if (source == NULL)
		return tap_done();
	test_solicit_early();
	test_privileges();
	test_solicit();
	test_advertisements();
	test_bad();
	test_later_link();
	source->ops->free(source);
	close(helper[0]);
	waitpid(pid, NULL, 0);
	return tap_done();
}
