/* SPDX-License-Identifier: MIT */
/*
 * The whole chain on real input, in the lab: the drafts' own example (section 3.4) message by
 * message, names and connections in each domain, the loss of a domain under a connection, and
 * dialling while routers die. Usage: test-system LAB-SCRIPT engine|MIFD
 *
 * Two processes: root keeps the lab, and does to it what the other one asks over a pipe; that one is
 * nobody, in the host's namespace, and uses libmif as any program would.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <grp.h>

#include <mif/mif.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "tap.h"

#define PATIENCE_MS 20000
#define DOMAINS 8

static const char *lab_script;
static const char *host; /* "engine" or "daemon" */
static int commands = -1; /* to root, and its answers */

/* ---- root's side ---- */

static int lab(const char *arguments)
{
	char command[1200];

	snprintf(command, sizeof(command), "%s %s", lab_script, arguments);
	return system(command);
}

static pid_t mifd_start(const char *mifd, const char *folder)
{
	char command[1500];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	snprintf(command, sizeof(command), "exec %s host %s -f $(%s conf) -s %s/socket", lab_script,
		mifd, lab_script, folder);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void serve_commands(int fd)
{
	char line[256];
	ssize_t got;

	while ((got = read(fd, line, sizeof(line) - 1)) > 0) {
		line[got] = '\0';
		int r = lab(line);

		if (write(fd, &r, sizeof(r)) != sizeof(r))
			return;
	}
}

/* ---- nobody's side ---- */

static bool ask_lab(const char *arguments)
{
	int r = -1;

	return write(commands, arguments, strlen(arguments)) > 0 &&
		read(commands, &r, sizeof(r)) == sizeof(r) && r == 0;
}

static bool become_nobody_in(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s-h", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		return false;
	close(fd);
	return setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
		setresuid(65534, 65534, 65534) == 0;
}

/* The next report, or NULL after a while. */
static const struct mif_message *next(struct mif *mif)
{
	const struct mif_message *report;
	int r;

	while ((r = mif_get(mif, &report)) == 0) {
		if (mif_check(mif, NULL, 0, PATIENCE_MS) <= 0)
			return NULL;
	}
	return r == 1 ? report : NULL;
}

/* The next report of this type; others are passed over. */
static const struct mif_message *next_of(struct mif *mif, uint32_t type)
{
	const struct mif_message *report;

	do
		report = next(mif);
	while (report != NULL && report->type != type);
	return report;
}

/* ---- the drafts' example, section 3.4 ---- */

struct domain {
	struct mif_message_pvd as;
	struct mif_message_interface on;
	size_t addresses, servers;
	struct mif_address source, server, found4, found6;
	bool translated;
	uint32_t connected;
	int fd;
};

static struct domain domains[DOMAINS];
static size_t domain_count;

static struct domain *domain_by_id(uint64_t pvd)
{
	for (size_t i = 0; i < domain_count; i++) {
		if (domains[i].as.pvd == pvd)
			return &domains[i];
	}
	return NULL;
}

static struct domain *domain_by_prefix(const char *prefix)
{
	for (size_t i = 0; i < domain_count; i++) {
		struct mif_address network;
		unsigned int length;

		if (prefix_parse(&network, &length, prefix) == 0 &&
			address_in_prefix(&domains[i].source, &network, length))
			return &domains[i];
	}
	return NULL;
}

/* Announce Interfaces; Announce PvDs on each; their addresses and DNS servers. */
static void ask_more(struct mif *mif, const struct mif_message *report)
{
	struct mif_message request = {0};

	if (report->type == MIF_INTERFACE) {
		request.type = MIF_ANNOUNCE_PVDS;
		request.as.announce_pvds.interface = report->as.interface.interface;
		mif_post(mif, &request);
	}
	if (report->type == MIF_PVD) {
		request.type = MIF_ANNOUNCE_ADDRESSES;
		request.as.announce_addresses.pvd = report->as.pvd.pvd;
		mif_post(mif, &request);
		request = (struct mif_message){.type = MIF_GET_CONFIGURATION_DATA};
		request.as.get_configuration_data.pvd = report->as.pvd.pvd;
		request.as.get_configuration_data.information = MIF_INFORMATION_DNS_SERVERS;
		mif_post(mif, &request);
	}
}

static void note(const struct mif_message *report, struct mif_message_interface *interfaces)
{
	struct domain *domain;

	switch (report->type) {
	case MIF_INTERFACE:
		if (report->as.interface.ifindex < 16)
			interfaces[report->as.interface.ifindex] = report->as.interface;
		break;
	case MIF_PVD:
		domain = domain_by_id(report->as.pvd.pvd);
		if (domain == NULL && domain_count < DOMAINS)
			domain = &domains[domain_count++];
		if (domain == NULL)
			break;
		domain->as = report->as.pvd;
		domain->fd = -1;
		for (int i = 0; i < 16; i++) {
			if (interfaces[i].interface == report->as.pvd.interface)
				domain->on = interfaces[i];
		}
		break;
	case MIF_ADDRESS:
		domain = domain_by_id(report->as.address.pvd);
		if (domain != NULL && domain->addresses++ == 0)
			domain->source = report->as.address.address;
		break;
	case MIF_CONFIGURATION_DATA:
		domain = domain_by_id(report->as.configuration_data.pvd);
		if (domain != NULL && domain->servers++ == 0)
			domain->server = report->as.configuration_data.address;
		break;
	default:
		break;
	}
}

static size_t with_servers(void)
{
	size_t count = 0;

	for (size_t i = 0; i < domain_count; i++)
		count += domains[i].servers > 0;
	return count;
}

/* Until five domains are there, and the DNS servers of those that can have one, asking again now and
 * then: an unprivileged host hears of the routers' servers with their next advertisement, and has no
 * configuration that tells of the two servers for IPv4. */
static void discover(struct mif *mif, bool daemon)
{
	size_t servers = daemon ? 5 : 3;
	struct mif_message_interface interfaces[16] = {{0}};
	struct mif_message request = {.type = MIF_ANNOUNCE_INTERFACES};
	uint64_t end = clock_boottime() + 40 * NSEC_PER_SEC;
	const struct mif_message *report;

	do {
		domain_count = 0;
		memset(domains, 0, sizeof(domains));
		mif_post(mif, &request);
		while (mif_get(mif, &report) == 1 || mif_check(mif, NULL, 0, 500) > 0) {
			if (report == NULL)
				continue;
			note(report, interfaces);
			ask_more(mif, report);
			report = NULL;
		}
	} while (clock_boottime() < end && (domain_count < 5 || with_servers() < servers));
}

static void translate_all(struct mif *mif, const char *name)
{
	size_t done = 0;

	for (size_t i = 0; i < domain_count; i++) {
		struct mif_message request = {.type = MIF_TRANSLATE_NAME};

		request.as.translate_name.pvd = domains[i].as.pvd;
		request.as.translate_name.translation = 100 + i;
		strcpy(request.as.translate_name.name, name);
		mif_post(mif, &request);
	}
	while (done < domain_count) {
		const struct mif_message *report = next(mif);

		if (report == NULL)
			return;
		if (report->type == MIF_NAME_TRANSLATION) {
			const struct mif_message_name_translation *as =
				&report->as.name_translation;
			struct domain *domain = &domains[as->translation - 100];

			if (as->address.family == AF_INET)
				domain->found4 = as->address;
			else
				domain->found6 = as->address;
		} else if (report->type == MIF_NAME_TRANSLATION_DONE) {
			domains[report->as.name_translation_done.translation - 100].translated =
				report->as.name_translation_done.status == MIF_TRANSLATION_FOUND;
			done++;
		}
	}
}

/* SYN on every (address, domain) pair of the domain's own family. */
static void connect_all(struct mif *mif)
{
	size_t open = 0;

	for (size_t i = 0; i < domain_count; i++) {
		struct mif_message request = {.type = MIF_CONNECT_TO_ADDRESS};
		bool ipv4 = domains[i].as.family == MIF_FAMILY_IPV4;

		request.as.connect_to_address.pvd = domains[i].as.pvd;
		request.as.connect_to_address.connection = 200 + i;
		request.as.connect_to_address.destination.address =
			ipv4 ? domains[i].found4 : domains[i].found6;
		request.as.connect_to_address.destination.port = 7;
		request.as.connect_to_address.timeout = 3 * NSEC_PER_SEC;
		open += mif_post(mif, &request) == 0;
	}
	while (open > 0) {
		const struct mif_message *report = next(mif);

		if (report == NULL)
			return;
		if (report->type == MIF_CONNECTED) {
			struct domain *domain = &domains[report->as.connected.connection - 200];

			domain->connected = report->type;
			domain->fd = mif_message_take_fd(mif);
			open--;
		} else if (report->type == MIF_NOT_CONNECTED) {
			domains[report->as.not_connected.connection - 200].connected = report->type;
			open--;
		}
	}
}

/* What the server says of whom it saw. */
static bool peer_saw(int fd, struct mif_address *seen)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	char text[128];
	ssize_t got = -1;

	if (fd >= 0 && poll(&readable, 1, PATIENCE_MS) == 1)
		got = read(fd, text, sizeof(text) - 1);
	if (got <= 0)
		return false;
	text[got] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return mif_address_parse(seen, text) == 0;
}

static const char *const answers[][3] = {
	{"10.11.0.0/24", "198.51.100.11", "10.11.0.1"},
	{"10.22.0.0/24", "198.51.100.42", "10.22.0.1"},
	{"2001:db8:11::/64", "2001:db8:ffff::11", "2001:db8:11::1"},
	{"2001:db8:2a::/64", "2001:db8:ffff::2a", "2001:db8:2a::1"},
	{"2001:db8:2b::/64", "2001:db8:ffff::2b", "2001:db8:2b::1"},
};

static void test_example(struct mif *mif, bool daemon)
{
	discover(mif, daemon);
	ok(domain_count == 5,
		"M30 M4 M8 M10: two IPv4 and three IPv6 domains, from three routers on two links "
		"(%s)",
		host);
	translate_all(mif, "www.example");
	connect_all(mif);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct domain *domain = domain_by_prefix(answers[i][0]);
		struct mif_address expected, server, seen = {0};

		mif_address_parse(&expected, answers[i][1]);
		mif_address_parse(&server, answers[i][2]);
		if (!ok(domain != NULL, "M17 M18: a domain with an address in %s (%s)",
			    answers[i][0], host))
			continue;
		ok(daemon || i >= 2 ? domain->servers > 0 && address_equal(&domain->server, &server)
				    : domain->servers == 0,
			"M21 M22: %s has the DNS server that its network gave it (%s)",
			domain->as.name, host);
		if (domain->servers == 0)
			continue;
		ok(domain->translated &&
				address_equal(i < 2 ? &domain->found4 : &domain->found6, &expected),
			"M23 M25 M30: %s answers www.example as its own DNS does (%s)",
			domain->as.name, host);
		/* Until packets are routed by their source, one of two routers on a wire gets what is
		 * the other's: the domain says that it is not certain. */
		if (domain->as.egress == MIF_EGRESS_UNCERTAIN)
			continue;
		ok(domain->connected == MIF_CONNECTED && peer_saw(domain->fd, &seen) &&
				address_equal(&seen, &domain->source),
			"M26 M28 M30: connected through %s, and the server saw its address (%s)",
			domain->as.name, host);
	}
	for (size_t i = 0; i < domain_count; i++)
		domains[i].fd = close_fd(domains[i].fd);
}

static void test_from_address(struct mif *mif)
{
	struct domain *one = domain_by_prefix("10.11.0.0/24");
	struct domain *two = domain_by_prefix("10.22.0.0/24");
	struct mif_message request = {.type = MIF_CONNECT_TO_ADDRESS_FROM_ADDRESS};
	struct mif_message_connect_to_address_from_address *as =
		&request.as.connect_to_address_from_address;
	const struct mif_message *report;
	struct mif_address seen;
	int fd;

	as->pvd = two->as.pvd;
	as->connection = 1;
	mif_endpoint_parse(&as->destination, "198.51.100.1:7");
	as->source.address = two->source;
	mif_post(mif, &request);
	report = next_of(mif, MIF_CONNECTED);
	fd = report != NULL ? mif_message_take_fd(mif) : -1;
	ok(peer_saw(fd, &seen) && address_equal(&seen, &two->source),
		"M27 M28: from the address asked for, not by the default route (%s)", host);
	close_fd(fd);
	as->source.address = one->source;
	mif_post(mif, &request);
	report = next(mif);
	ok(report != NULL && report->type == MIF_NOT_CONNECTED &&
			report->as.not_connected.error == EADDRNOTAVAIL,
		"M27: not from another domain's address (%s)", host);
}

/* The interface goes down under a connection that is being opened. */
static void test_loss(struct mif *mif)
{
	struct domain *two = domain_by_prefix("10.22.0.0/24");
	struct mif_message request = {.type = MIF_CONNECT_TO_ADDRESS};
	const struct mif_message *report;
	uint64_t pvd = two->as.pvd;
	bool ended = false;

	ask_lab("mute r2a");
	request.as.connect_to_address.pvd = pvd;
	request.as.connect_to_address.connection = 2;
	mif_endpoint_parse(&request.as.connect_to_address.destination, "198.51.100.1:7");
	mif_post(mif, &request);
	mif_check(mif, NULL, 0, 300);
	ask_lab("in h ip link set h2 down");
	while ((report = next(mif)) != NULL) {
		if (report->type == MIF_NOT_CONNECTED)
			ended = report->as.not_connected.error == ENETDOWN;
		if (report->type == MIF_NO_PVD && report->as.no_pvd.pvd == pvd)
			break;
	}
	ok(report != NULL && ended,
		"M29 M11: a lost domain ends its connections with ENETDOWN, then is withdrawn (%s)",
		host);
	ask_lab("in h ip link set h2 up");
	ask_lab("in h ip route replace default via 10.22.0.1 dev h2 metric 200");
	ask_lab("unmute r2a");
	ask_lab("wait");
}

static bool address_is_in(const struct mif_address *address, const char *prefix)
{
	struct mif_address network;
	unsigned int length;

	return prefix_parse(&network, &length, prefix) == 0 &&
		address_in_prefix(address, &network, length);
}

/* Through a domain of either prefix: which family comes first is a matter of moments. */
static void dial_and_tell(struct mif *mif, const char *ipv4, const char *ipv6, const char *what)
{
	struct mif_dial_options options = {.timeout_ms = PATIENCE_MS};
	struct mif_dial_result result;
	struct mif_address seen = {0};
	char text[MIF_ADDRESS_TEXT];
	int fd = mif_dial(mif, "same.example", "7", &options, &result);
	bool saw = peer_saw(fd, &seen);

	if (!ok(fd >= 0 && saw && address_equal(&seen, &result.source.address) &&
			    (address_is_in(&seen, ipv4) || address_is_in(&seen, ipv6)),
		    "M30 M36: %s (%s)", what, host))
		printf("# %d %s, the server saw %s\n", fd, fd < 0 ? result.text : "",
			mif_address_format(&seen, text));
	close_fd(fd);
}

static void test_dial(struct mif *mif)
{
	struct mif_dial_result result;
	int fd;

	dial_and_tell(mif, "0.0.0.0/0", "::/0", "connected by name while all is well");
	ask_lab("mute r1");
	ask_lab("mute r2b");
	dial_and_tell(mif, "10.22.0.0/24", "2001:db8:2a::/64",
		"with only r2a's uplink alive, through r2a");
	ask_lab("unmute r1");
	ask_lab("unmute r2b");
	ask_lab("kill r2a");
	dial_and_tell(mif, "10.11.0.0/24", "2001:db8:11::/64", "with r2a dead, through r1");
	ask_lab("revive r2a");
	fd = mif_dial(mif, "nowhere.example", "7", NULL, &result);
	ok(fd == -ENOENT && strstr(result.text, "nowhere.example") != NULL,
		"M30 M36: an unknown host is told as such: %s (%s)", result.text, host);
	close_fd(fd);
}

static int nobody(const char *name, const char *folder)
{
	bool daemon = strcmp(host, "daemon") == 0;
	struct mif *mif = NULL;
	char path[300];
	int r = -ENOENT;

	snprintf(path, sizeof(path), "%s/socket", folder);
	setenv("MIF_SOCKET", path, 1);
	/* The engine library stays loaded. Nobody may not read it where the clone is closed to others,
	 * as root's home is. */
	if (!daemon && mif_open(&mif, MIF_OPEN_ENGINE) == 0)
		mif_close(mif);
	if (!become_nobody_in(name))
		return 1;
	for (int i = 0; i < 200 && r < 0; i++) {
		r = mif_open(&mif, daemon ? MIF_OPEN_DAEMON : MIF_OPEN_ENGINE);
		if (r < 0)
			poll(NULL, 0, 100);
	}
	if (!ok(r == 0, "a handle on the %s", host))
		return tap_done();
	test_example(mif, daemon);
	test_from_address(mif);
	test_dial(mif);
	test_loss(mif);
	mif_close(mif);
	return tap_done();
}

/* ---- */

/* So that whatever a run that was killed left behind goes with the next one, and with no other's. */
static uint32_t hash_of(const char *text)
{
	uint32_t hash = UINT32_C(2166136261);

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * UINT32_C(16777619);
	return hash;
}

static int run(const char *mifd)
{
	char name[32], folder[] = "/tmp/mif-system-XXXXXX", socket_path[64];
	int ends[2], status = 1 << 8;
	pid_t daemon = -1, child;

	snprintf(name, sizeof(name), "mifs-%s-%08x", host, hash_of(lab_script));
	setenv("LAB_NAME", name, 1);
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) < 0 ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return 1;
	if (lab("up") != 0 || lab("wait") != 0) {
		lab("down");
		return 1;
	}
	if (strcmp(host, "daemon") == 0)
		daemon = mifd_start(mifd, folder);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		commands = ends[1];
		exit(nobody(name, folder));
	}
	close(ends[1]);
	serve_commands(ends[0]);
	waitpid(child, &status, 0);
	if (daemon > 0) {
		kill(daemon, SIGTERM);
		waitpid(daemon, NULL, 0);
	}
	lab("down");
	snprintf(socket_path, sizeof(socket_path), "%s/socket", folder);
	unlink(socket_path);
	rmdir(folder);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	char check[1200];

	if (argc != 3) {
		fprintf(stderr, "usage: %s LAB-SCRIPT engine|MIFD\n", argv[0]);
		return 2;
	}
	lab_script = argv[1];
	host = strcmp(argv[2], "engine") == 0 ? "engine" : "daemon";
	snprintf(check, sizeof(check), "%s check >/dev/null 2>&1", lab_script);
	if (geteuid() != 0 || system(check) != 0) {
		printf("1..0 # SKIP the lab needs root and its packages\n");
		return 0;
	}
	return run(argv[2]);
}
