/* SPDX-License-Identifier: MIT */
/*
 * The rtnetlink source against the kernel, in a network namespace of its own. A helper process
 * stays root and runs ip(8); the source lives in this process, without any privilege.
 */
#include "source/test-model.h"

#include "tap.h"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/rtnetlink.h"

#define NOBODY 65534
#define COMMAND_SIZE 1024
#define STORM 5000

static struct model model, fresh;
static struct source *source;
static int helper = -1;
static pid_t helper_pid;

/* ---- the helper ---- */

/* A router advertisement of 5 seconds, a prefix, a DNS server: RFC 4861 4.2, 4.6.2, RFC 8106 5.1. */
static const uint8_t advertisement[] = {134, 0, 0, 0, 64, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, /**/
	3, 4, 64, 0xc0, 0, 0, 2, 0x58, 0, 0, 1, 0x2c, 0, 0, 0, 0, /**/
	0x20, 0x01, 0x0d, 0xb8, 0, 0x2a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /**/
	25, 3, 0, 0, 0, 0, 1, 0x2c, 0x20, 0x01, 0x0d, 0xb8, 0, 0x2a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

/* To all nodes of this link. */
static int advertise(const char *link)
{
	_cleanup_(closep) int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	struct sockaddr_in6 nodes = {
		.sin6_family = AF_INET6,
		.sin6_addr.s6_addr = {0xff, 0x02, [15] = 1},
		.sin6_scope_id = if_nametoindex(link),
	};
	int hops = 255;

	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) < 0 ||
		sendto(fd, advertisement, sizeof(advertisement), 0, (struct sockaddr *)&nodes,
			sizeof(nodes)) < 0)
		return -1;
	return 0;
}

/* As ifconfig(8) does it: the kernel takes the address away and gives it back at one go. 25 bits. */
static int mask(const char *label)
{
	_cleanup_(closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in octets = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(UINT32_C(0xffffff80))};
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%.15s", label);
	memcpy(&request.ifr_netmask, &octets, sizeof(octets));
	return fd < 0 ? -1 : ioctl(fd, SIOCSIFNETMASK, &request);
}

static int serve(const char *command)
{
	if (strncmp(command, "advertise ", 10) == 0)
		return advertise(command + 10);
	return strncmp(command, "mask ", 5) == 0 ? mask(command + 5) : system(command);
}

static void helper_main(int socket)
{
	char command[COMMAND_SIZE];
	ssize_t size;

	while ((size = read(socket, command, sizeof(command) - 1)) > 0) {
		command[size] = '\0';
		int status = serve(command);

		if (write(socket, &status, sizeof(status)) != sizeof(status))
			break;
	}
	_exit(0);
}

static bool helper_start(void)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return false;
	helper_pid = fork();
	if (helper_pid < 0)
		return false;
	if (helper_pid == 0) {
		close(sockets[0]);
		helper_main(sockets[1]);
	}
	close(sockets[1]);
	helper = sockets[0];
	return true;
}

/* Runs a shell command as root, or "advertise LINK", or "mask LABEL". */
static bool run(const char *command)
{
	int status = -1;

	if (write(helper, command, strlen(command)) < 0 ||
		read(helper, &status, sizeof(status)) != sizeof(status))
		return false;
	if (status != 0)
		printf("# status %d: %s\n", status, command);
	return status == 0;
}

static bool without_privilege(void)
{
	char line[256];
	bool none = false;
	FILE *file;

	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
		setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return false;
	file = fopen("/proc/self/status", "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		none |= strcmp(line, "CapEff:\t0000000000000000\n") == 0;
	if (file != NULL)
		fclose(file);
	return none;
}

/* ---- the source ---- */

static uint64_t counter(const char *start)
{
	const char *name;
	uint64_t value;

	for (unsigned int i = 0; source->ops->counter(source, i, &name, &value); i++) {
		if (strncmp(name, start, strlen(start)) == 0)
			return value;
	}
	return UINT64_MAX;
}

/* Dispatches until nothing has come and nothing been due for some time, at most twenty seconds. */
static bool settle(void)
{
	uint64_t end = clock_boottime() + 20 * NSEC_PER_SEC;

	for (;;) {
		struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};
		uint64_t now = clock_boottime(), due = source->ops->deadline(source);

		if (now >= end)
			return false;
		if (due > now + NSEC_PER_SEC / 2)
			due = now + NSEC_PER_SEC / 20;
		if (poll(&fd, 1, clock_timeout(now, due)) == 0 &&
			source->ops->deadline(source) > clock_boottime())
			break;
		if (source->ops->dispatch(source, &model, clock_boottime()) < 0)
			return false;
	}
	test_now = clock_boottime();
	return true;
}

/* Dispatches for so many half seconds. */
static void wait_halves(int count)
{
	for (int i = 0; i < count; i++) {
		usleep(500000);
		settle();
	}
}

/* "IF" stands for the ifindex. */
static bool has(const char *format, unsigned int ifindex)
{
	char text[TEST_TEXT] = "", number[16];
	const char *mark;

	snprintf(number, sizeof(number), "%u", ifindex);
	while ((mark = strstr(format, "IF")) != NULL) {
		strncat(text, format, (size_t)(mark - format));
		strcat(text, number);
		format = mark + 2;
	}
	strcat(text, format);
	return model_has(&model, text);
}

static size_t count_kind(enum fact_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < model.count; i++)
		count += model.entries[i].fact.kind == kind;
	return count;
}

/* What comes by itself, in its time. */
static bool becomes(const char *format, unsigned int ifindex)
{
	for (int i = 0; i < 40 && !has(format, ifindex); i++)
		wait_halves(1);
	return has(format, ifindex);
}

static bool routes_become(size_t count)
{
	for (int i = 0; i < 40 && count_kind(FACT_ROUTE) != count; i++)
		wait_halves(1);
	return count_kind(FACT_ROUTE) == count;
}

/* Whether another source, which reads the tables now, sees the same facts. */
static bool is_kernel_state(void)
{
	struct source *other;
	size_t same = 0;

	memset(&fresh, 0, sizeof(fresh));
	if (source_rtnetlink_new(&other) < 0)
		return false;
	other->ops->dispatch(other, &fresh, clock_boottime());
	other->ops->free(other);
	for (size_t i = 0; i < fresh.count; i++) {
		size_t found = model_find_key(&model, &fresh.entries[i].fact);

		same += found < model.count &&
			memcmp(&model.entries[found].fact.as, &fresh.entries[i].fact.as,
				sizeof(fresh.entries[i].fact.as)) == 0;
	}
	if (same != fresh.count || model.count != fresh.count)
		printf("# %zu facts, the kernel has %zu, %zu of them the same\n", model.count,
			fresh.count, same);
	return same == fresh.count && model.count == fresh.count;
}

/* ---- the tests ---- */

static void test_start(void)
{
	unsigned int h1;

	/* The kernel tells of its own link-local addresses seconds after it has listed them. */
	run("sysctl -qw net.ipv6.conf.default.addr_gen_mode=1 && ip link add rtw1 mtu 1400 type "
	    "veth peer name rtw1p && ip link set rtw1 up &&"
	    "ip link set rtw1p up && ip link add rtwb type bridge &&"
	    "sysctl -qw net.ipv6.conf.rtw1.accept_dad=0 &&"
	    "ip addr add 192.0.2.7/24 dev rtw1 valid_lft 3000 preferred_lft 2000 &&"
	    "ip -6 addr add 2001:db8::7/64 dev rtw1 nodad &&"
	    "ip route add default via 192.0.2.1 metric 77 src 192.0.2.7");
	h1 = if_nametoindex("rtw1");
	ok(source_rtnetlink_new(&source) == 0, "the source opens as uid 65534 without capability");
	test_now = clock_boottime();
	source->ops->dispatch(source, &model, test_now);
	ok(model.commits == 1 && is_kernel_state(), "one dispatch and one commit: all is there");
	ok(has("link IF name=lo kind=1 flags=0 mtu=65536 metered=0 element=0 valid=-", 1),
		"M4 M6: the loopback, down");
	ok(has("link IF name=rtw1 kind=2 flags=3 mtu=1400 metered=0 element=0 valid=-", h1),
		"M4 M6: an interface that existed before");
	ok(has("link IF name=rtwb kind=6 flags=0 mtu=1500 metered=0 element=0 valid=-",
		   if_nametoindex("rtwb")),
		"M6: a bridge");
	ok(has("address IF 192.0.2.7/24 flags=0 preferred=2000 element=0 valid=3000", h1),
		"M18: an address with its lifetimes");
	ok(has("address IF 2001:db8::7/64 flags=0 preferred=- element=0 valid=-", h1),
		"M18: one without end");
	ok(has("route IF via=192.0.2.1 family=4 metric=77 advertised=0 source=192.0.2.7 "
	       "element=0 valid=-",
		   h1) &&
			count_kind(FACT_ROUTE) == 1,
		"M17: the default route, with the source that it has, and no other");
}

static void test_events(void)
{
	unsigned int h1 = if_nametoindex("rtw1");
	uint64_t dumps = counter("rtnetlink dumps");

	run("ip link set rtw1p down");
	settle();
	ok(has("link IF name=rtw1 kind=2 flags=1 mtu=1400 metered=0 element=0 valid=-", h1),
		"M6: carrier lost");
	run("ip link set rtw1p up");
	settle();
	dumps = counter("rtnetlink dumps");
	run("ip -6 addr add 2001:db8::8/64 dev rtw1 && ip addr add 10.9.0.1 peer 10.9.0.2 dev "
	    "rtw1");
	settle();
	ok(has("address IF 10.9.0.1/32 flags=0 preferred=- element=0 valid=-", h1),
		"M18: point to point: the local address");
	ok(has("address IF 2001:db8::8/64 flags=0 preferred=- element=0 valid=-", h1) &&
			counter("rtnetlink dumps") == dumps && is_kernel_state(),
		"an address that is added costs no dump");
	run("ip addr change 192.0.2.7/24 dev rtw1 valid_lft 500 preferred_lft 0");
	settle();
	ok(has("address IF 192.0.2.7/24 flags=2 preferred=0 element=0 valid=500", h1),
		"M18: deprecated");
	run("ip -6 addr del 2001:db8::8/64 dev rtw1");
	settle();
	ok(is_kernel_state(), "M20: and it is gone again");
}

static void test_mask(void)
{
	unsigned int h1 = if_nametoindex("rtw1");

	run("ip addr add 198.51.100.7/24 dev rtw1 label rtw1:1");
	settle();
	run("mask rtw1:1");
	source->ops->dispatch(source, &model, clock_boottime());
	ok(has("address IF 198.51.100.7/25 flags=0 preferred=- element=0 valid=-", h1),
		"M11 M20: an address whose mask is changed was never gone");
	run("ip addr del 198.51.100.7/25 dev rtw1");
	settle();
}

/* Rules, and tables that they name. */
static void test_policy(void)
{
	unsigned int h1 = if_nametoindex("rtw1");

	run("ip route add default via 192.0.2.1 dev rtw1 table 100 && "
	    "ip -6 route add default via fe80::b dev rtw1 table 200");
	settle();
	ok(count_kind(FACT_STEER) == 0, "a table that no rule names steers nobody");
	run("ip rule add from 192.0.2.7 lookup 100 pref 1000 && "
	    "ip -6 rule add from 2001:db8::/64 lookup 200 pref 1000");
	settle();
	ok(has("steer IF 192.0.2.7/32 via=192.0.2.1 first=1 element=0 valid=-", h1) &&
			has("steer IF 2001:db8::/64 via=fe80::b%IF first=1 element=0 valid=-",
				h1) &&
			is_kernel_state(),
		"M10: rules from sources, whoever made them, are told with their routers");
	run("ip rule add from 192.0.2.7 lookup 100 pref 999 fwmark 1 && "
	    "ip rule add from 192.0.2.7 lookup main suppress_prefixlength 0 pref 998");
	settle();
	ok(count_kind(FACT_STEER) == 2 && is_kernel_state(),
		"those for marked traffic or without default routes change nothing");
	run("ip rule add not from all fwmark 51820 lookup 101 pref 2000 && "
	    "ip route add default dev rtw1 table 101");
	settle();
	ok(has("steer IF 0.0.0.0/0 via=- first=1 element=0 valid=-", h1) && is_kernel_state(),
		"a VPN's rule for all that is not its own");
	run("ip rule del pref 2000 && ip -6 route del default table 200");
	settle();
	ok(count_kind(FACT_STEER) == 1 && is_kernel_state(), "and what goes is gone");
	run("ip -6 route add default from 2001:db8::/64 via fe80::c dev rtw1 metric 50 && "
	    "ip route add 0.0.0.0/1 via 192.0.2.2 && ip route add 128.0.0.0/1 via 192.0.2.2");
	settle();
	ok(has("steer IF 2001:db8::/64 via=fe80::c%IF first=1 element=0 valid=-", h1) &&
			has("route IF via=192.0.2.2 family=4 metric=0 advertised=0 element=0 "
			    "valid=-",
				h1) &&
			is_kernel_state(),
		"a default route for a source alone, and one in two halves");
	run("ip rule flush && ip rule add lookup main pref 32766 && "
	    "ip rule add lookup default pref 32767 && ip -6 rule del pref 1000 && "
	    "ip -6 route del default from 2001:db8::/64 && ip route del 0.0.0.0/1 && "
	    "ip route del 128.0.0.0/1");
	settle();
	ok(count_kind(FACT_STEER) == 0 && count_kind(FACT_ROUTE) == 1 && is_kernel_state(),
		"all of it can go");
}

/* As many datagrams as are received at once (BATCH), and one fewer, one more: nothing behind them says
 * that they were all. */
static void test_batches(void)
{
	size_t right = 0;

	for (size_t count = 7; count <= 9; count++) {
		char command[COMMAND_SIZE];

		settle();
		snprintf(command, sizeof(command),
			"seq -f 'rule add from 192.0.2.%%g lookup 100 pref 1000' %zu | ip -batch -",
			count);
		run(command);
		settle();
		right += count_kind(FACT_STEER) == count;
		run("ip rule flush && ip rule add lookup main pref 32766 && "
		    "ip rule add lookup default pref 32767");
	}
	settle();
	ok(right == 3, "M10: rules that come together are all told, however many they are");
}

static void test_reverse_path(void)
{
	unsigned int h1 = if_nametoindex("rtw1");
	uint64_t dumps;

	run("sysctl -qw net.ipv4.conf.rtw1.rp_filter=1");
	settle();
	ok(has("link IF name=rtw1 kind=2 flags=3 mtu=1400 metered=0 strict element=0 valid=-", h1),
		"M10: the strict reverse path filter of a link");
	run("sysctl -qw net.ipv4.conf.all.rp_filter=2");
	settle();
	ok(has("link IF name=rtw1 kind=2 flags=3 mtu=1400 metered=0 element=0 valid=-", h1),
		"M10: the loosest of its own and that of all links counts");
	run("sysctl -qw net.ipv4.conf.rtw1.rp_filter=0 net.ipv4.conf.all.rp_filter=1");
	settle();
	ok(has("link IF name=rtw1 kind=2 flags=3 mtu=1400 metered=0 strict element=0 valid=-",
		   h1) &&
			is_kernel_state(),
		"M10: that of all links");
	dumps = counter("rtnetlink dumps");
	run("ip link add rtw9 type bridge");
	settle();
	ok(has("link IF name=rtw9 kind=6 flags=0 mtu=1500 metered=0 strict element=0 valid=-",
		   if_nametoindex("rtw9")) &&
			counter("rtnetlink dumps") == dumps,
		"a new link tells of it itself, and costs no dump");
	run("ip link del rtw9 && sysctl -qw net.ipv4.conf.all.rp_filter=0");
	settle();
	ok(is_kernel_state(), "and back");
}

static void test_tentative(void)
{
	unsigned int h2;

	run("ip link add rtw2 type veth peer name rtw2p && sysctl -qw "
	    "net.ipv6.conf.rtw2.accept_dad=1"
	    " net.ipv6.conf.rtw2.dad_transmits=1 net.ipv6.neigh.rtw2.retrans_time_ms=4000 && ip "
	    "link set rtw2p up && ip link set rtw2 up &&"
	    "ip -6 addr add 2001:db8:2::7/64 dev rtw2");
	h2 = if_nametoindex("rtw2");
	source->ops->dispatch(source, &model, clock_boottime());
	for (int i = 0; i < 20; i++)
		source->ops->dispatch(source, &model, clock_boottime());
	test_now = clock_boottime();
	ok(has("address IF 2001:db8:2::7/64 flags=1 preferred=- element=0 valid=-", h2),
		"M18: duplicate address detection is not done yet");
	ok(becomes("address IF 2001:db8:2::7/64 flags=0 preferred=- element=0 valid=-", h2) &&
			is_kernel_state(),
		"M18: and now it is");
	run("ip -6 addr add 2001:db8:2::8/64 dev rtw2p nodad && ip -6 addr add 2001:db8:2::8/64 "
	    "dev "
	    "rtw2");
	run("for i in $(seq 200); do ip -6 addr show dev rtw2 dadfailed | grep -q 2001:db8:2::8 && "
	    "exit; sleep 0.1; done; exit 1");
	settle();
	ok(has("address IF 2001:db8:2::8/64 flags=1 preferred=- element=0 valid=-", h2),
		"M18: and of an address that another host has, never");
	run("ip link del rtw2");
	settle();
	ok(is_kernel_state(), "M7: a deleted link takes its facts along");
}

static void test_routes(void)
{
	unsigned int h1 = if_nametoindex("rtw1");

	run("ip link add rtw3 type veth peer name rtw3p && ip link set rtw3p up &&"
	    "sysctl -qw net.ipv6.conf.rtw3.accept_dad=0 && ip link set rtw3 up &&"
	    "ip addr add 198.51.100.7/24 dev rtw3 &&"
	    "ip -6 route add default metric 9 nexthop via fe80::a dev rtw1 nexthop via fe80::b dev "
	    "rtw3 && ip route add default metric 5 nexthop via 192.0.2.1 nexthop via 198.51.100.1");
	settle();
	ok(has("route IF via=192.0.2.1 family=4 metric=5 advertised=0 element=0 valid=-", h1) &&
			has("route IF via=198.51.100.1 family=4 metric=5 advertised=0 element=0 "
			    "valid=-",
				if_nametoindex("rtw3")) &&
			count_kind(FACT_ROUTE) == 5 && is_kernel_state(),
		"multipath routes: one fact a next hop");
	run("ip route replace default metric 5 via 198.51.100.9");
	settle();
	ok(has("route IF via=198.51.100.9 family=4 metric=5 advertised=0 element=0 valid=-",
		   if_nametoindex("rtw3")) &&
			count_kind(FACT_ROUTE) == 4 && is_kernel_state(),
		"a route that is replaced takes its next hops along");
	run("ip -6 route del default metric 9 nexthop via fe80::a dev rtw1 nexthop via fe80::b dev "
	    "rtw3 && ip -6 route add default via fe80::c dev rtw1 proto ra metric 8 expires 200");
	settle();
	ok(count_kind(FACT_ROUTE) == 3 && counter("rtnetlink messages skipped") == 0,
		"routes that are deleted");
	run("ip -6 route replace default via fe80::c dev rtw1 proto ra metric 8 expires 2");
	ok(routes_become(2), "a route that has expired is gone though the kernel lists it");
	run("ip addr del 198.51.100.7/24 dev rtw3");
	settle();
	ok(count_kind(FACT_ROUTE) == 1 && is_kernel_state(),
		"IPv4 routes that vanish with their address");
	run("ip addr add 198.51.100.7/24 dev rtw3 && ip route add default via 198.51.100.1 metric "
	    "6");
	settle();
	run("ip link set rtw3 down");
	settle();
	ok(count_kind(FACT_ROUTE) == 1 && is_kernel_state(),
		"IPv4 routes that vanish with their link, in silence");
	run("ip link del rtw3");
	settle();
}

static void test_advertisements(void)
{
	unsigned int ifindex;
	char text[TEST_TEXT];

	run("ip link add rtw4 type veth peer name rtw4p && ip link set rtw4p up &&"
	    "sysctl -qw net.ipv6.conf.rtw4.accept_ra=1 net.ipv6.conf.rtw4.addr_gen_mode=0 "
	    "net.ipv6.conf.rtw4p.accept_ra=0 && ip -6 addr add fe80::22:a/64 dev rtw4p nodad &&"
	    "ip link set rtw4 up");
	ifindex = if_nametoindex("rtw4");
	snprintf(text, sizeof(text),
		"route %u via=fe80::22:a%%%u family=6 metric=1024 advertised=1 element=1 valid=100",
		ifindex, ifindex);
	/* The kernel listens to routers once the link is ready, whenever that is. */
	for (int i = 0; i < 20 && !model_has(&model, text); i++) {
		wait_halves(1);
		run("advertise rtw4p");
		usleep(100000);
		settle();
	}
	ok(model_has(&model, text), "M10: the default route that a router advertises, and its end");
	ok(model.heard > 0 && model.heard_last.octets[15] == 0x0a, "M10: its router was heard");
	snprintf(text, sizeof(text),
		"prefix %u 2001:db8:2a::/64 on-link=1 autonomous=1 preferred=300 element=1 "
		"valid=600 provider=fe80::22:a%%%u",
		ifindex, ifindex);
	ok(model_has(&model, text), "M10: the prefix, with the router that it belongs to");
	snprintf(text, sizeof(text),
		"data %u 1 2001:db8:2a::1/0  element=1 valid=300 provider=fe80::22:a%%%u", ifindex,
		ifindex);
	ok(model_has(&model, text), "M21: the DNS server, with its router and its own end");
	for (int i = 0; i < 4; i++) {
		run("advertise rtw4p");
		wait_halves(3);
	}
	ok(count_kind(FACT_ROUTE) == 2,
		"M10: a default route that is advertised again stays, though the kernel says "
		"nothing");
	ok(routes_become(1), "M10: one that is not ends");
	size_t autonomous = 0;

	for (size_t i = 0; i < model.count; i++)
		autonomous += model.entries[i].fact.kind == FACT_ADDRESS &&
			model.entries[i].fact.element == MIF_ELEMENT_RA;
	ok(autonomous == 1 && count_kind(FACT_DATA) == 1,
		"M18: the address made of the prefix is the router advertisement's");
	run("ip link del rtw4");
	settle();
	ok(count_kind(FACT_DATA) == 0 && count_kind(FACT_PREFIX) == 0 && is_kernel_state(),
		"M7: what routers advertised goes with their link");
}

static void test_filter(void)
{
	struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};

	settle();
	run("ip route add 10.77.0.0/16 dev rtw1 && ip -6 route add 2001:db8:77::/48 dev rtw1");
	ok(poll(&fd, 1, 100) == 0, "a route that is no default route does not wake the source");
	run("ip route add 0.0.0.0/0 dev rtw1 metric 700");
	ok(poll(&fd, 1, 20000) == 1, "a default route does");
	run("ip route del default dev rtw1 metric 700");
	settle();
	ok(is_kernel_state(), "and the tables are still read whole");
}

static void test_rename(void)
{
	unsigned int h1 = if_nametoindex("rtw1");

	run("ip link set rtw1 down && ip link set rtw1 name rtwx && ip link set rtwx up");
	settle();
	ok(has("link IF name=rtwx kind=2 flags=3 mtu=1400 metered=0 element=0 valid=-", h1) &&
			is_kernel_state(),
		"M6: a rename: the same ifindex");
}

static void test_storm(void)
{
	int small = 4096;
	uint64_t before;
	unsigned int commits;

	setsockopt(source->ops->fd(source), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	before = counter("rtnetlink overruns");
	commits = model.commits;
	run("i=0; while [ $i -lt 5000 ]; do echo addr add 10.$((i/250)).$((i%250)).1/32 dev rtwb;"
	    " i=$((i+1)); done | ip -batch -");
	ok(settle(), "the storm ends");
	ok(counter("rtnetlink overruns") > before, "events were lost");
	ok(model.commits == commits + 1, "one commit made them good: only true differences appear");
	ok(count_kind(FACT_ADDRESS) >= STORM && is_kernel_state(),
		"M4 M18: after the storm the facts are the kernel's");
	run("ip addr flush dev rtwb");
	settle();
	ok(count_kind(FACT_ADDRESS) < 10 && is_kernel_state(), "and after the opposite storm, too");
}

/* Overruns again and again, with tables read in between: after an overrun the kernel keeps silent
 * until its queue has been empty, and what it kept to itself must be found all the same. */
static void test_storm_while_reading(void)
{
	uint64_t overruns = counter("rtnetlink overruns");
	size_t right = 0;

	for (int round = 0; round < 3; round++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			run("for a in add del; do i=0; while [ $i -lt 3000 ]; do echo addr $a "
			    "10.$((i/250)).$((i%250)).1/32 dev rtwb; i=$((i+1)); done; done | "
			    "ip -batch -");
			_exit(0);
		}
		while (waitpid(pid, NULL, WNOHANG) == 0) {
			struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};

			poll(&fd, 1, 1);
			source->ops->dispatch(source, &model, clock_boottime());
		}
		settle();
		right += is_kernel_state();
	}
	ok(counter("rtnetlink overruns") >= overruns + 3,
		"events were lost in each of three storms");
	ok(right == 3, "M4 M18: storms that are read meanwhile leave the kernel's facts");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_unit = 100; /* a busy machine is slow */
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		tap_skip("rtnetlink in a network namespace", "needs root for a namespace");
		return tap_done();
	}
	if (!helper_start() || !run("{ command -v ip && command -v sysctl; } >/dev/null")) {
		tap_skip("rtnetlink in a network namespace", "needs ip(8) and sysctl(8)");
		return tap_done();
	}
	ok(without_privilege(), "this process has no capability");
	test_start();
	test_events();
	test_mask();
	test_policy();
	test_batches();
	test_reverse_path();
	test_tentative();
	test_routes();
	test_advertisements();
	test_filter();
	test_rename();
	test_storm();
	test_storm_while_reading();
	source->ops->free(source);
	close(helper);
	waitpid(helper_pid, NULL, 0);
	return tap_done();
}
