/* SPDX-License-Identifier: MIT */
/*
 * Connects through two links to one server, in network namespaces of this process's own, as an
 * ordinary user. The main routing table prefers link b; the server drops what comes by a link to
 * which its source does not belong (BCP 38), and never answers the source "dead".
 *
 *	host: clw0 10.77.0.1, 10.77.0.2 ---- a ---- server: clw1 10.77.0.254
 *	host: clw2 10.78.0.1 (default) ----- b ---- server: clw3 10.78.0.254; lo 192.0.2.80
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "test-link.h"

#define PORT 8077

/* Nothing else is said on this pipe: one octet, the namespace is there. */
static void server_run(int ready)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNET) < 0)
		_exit(1);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, 16) < 0 || write(ready, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* In the host's namespace; the server's is reached through nsenter. */
static bool run(pid_t server, const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "n() { nsenter -t %d -n \"$@\"; }; %s", (int)server, command);
	if (system(line) == 0)
		return true;
	printf("# failed: %s\n", command);
	return false;
}

static bool network_up(pid_t server)
{
	char move[200];

	snprintf(move, sizeof(move),
		"ip link add clw0 type veth peer name clw1 netns %d && "
		"ip link add clw2 type veth peer name clw3 netns %d",
		(int)server, (int)server);
	return run(server, move) &&
		run(server,
			"ip link set lo up && ip link set clw0 up && ip link set clw2 up && "
			"ip addr add 10.77.0.1/24 dev clw0 && ip addr add 10.77.0.2/24 dev clw0 "
			"&& ip addr add 10.78.0.1/24 dev clw2") &&
		run(server,
			"n ip link set lo up && n ip link set clw1 up && n ip link set clw3 up "
			"&& n ip addr add 192.0.2.80/32 dev lo && "
			"n ip addr add 10.77.0.254/24 dev clw1 && "
			"n ip addr add 10.78.0.254/24 dev clw3") &&
		/* Before the local table, or that finds the server's own address first. */
		run(server,
			"n ip rule add pref 20 lookup local && n ip rule del pref 0 && "
			"n ip rule add pref 10 iif clw3 from 10.77.0.0/24 blackhole && "
			"n ip rule add pref 11 iif clw1 from 10.78.0.0/24 blackhole") &&
		run(server,
			"ip route add default via 10.77.0.254 dev clw0 metric 200 && "
			"ip route add default via 10.78.0.254 dev clw2 metric 100");
}

static void engine_init(struct fake_engine *engine)
{
	char text[200];

	*engine = (struct fake_engine){0};
	for (unsigned int i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "interface interface=%u name=clw%u ifindex=%u", i + 1,
			2 * i, if_nametoindex(i == 0 ? "clw0" : "clw2"));
		fake_add(engine, text);
		snprintf(text, sizeof(text), "pvd interface=%u pvd=%u name=p%u family=ipv4", i + 1,
			i + 1, i + 1);
		fake_add(engine, text);
	}
	fake_add(engine, "address pvd=1 address=10.77.0.1 prefix_length=24");
	fake_add(engine, "address pvd=1 address=10.77.0.2 prefix_length=24");
	fake_add(engine, "address pvd=2 address=10.78.0.1 prefix_length=24");
}

/* As an ordinary user; what came of a connect through that domain, as text. */
static void try_connect(const char *request, char *outcome, size_t size)
{
	struct fake_engine engine;
	struct mif *mif;
	int pipes[2];
	pid_t child;
	ssize_t length;

	if (pipe(pipes) < 0)
		abort();
	fflush(stdout);
	child = fork();
	if (child == 0) {
		const char *got;

		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(1);
		engine_init(&engine);
		mif = fake_open(&engine, 0);
		post_text(mif, request);
		got = get_text(mif, true);
		if (write(pipes[1], got, strlen(got)) < 0)
			_exit(1);
		mif_close(mif);
		_exit(0);
	}
	close(pipes[1]);
	length = read(pipes[0], outcome, size - 1);
	outcome[length > 0 ? length : 0] = '\0';
	close(pipes[0]);
	waitpid(child, NULL, 0);
}

static void test_routes(pid_t server)
{
	char outcome[1024];

	try_connect("connect_to_address pvd=2 connection=1 destination=192.0.2.80:8077", outcome,
		sizeof(outcome));
	ok(begins(outcome, "connected connection=1 pvd=2 source=10.78.0.1:"),
		"M26: through the link that the main routing table prefers");
	try_connect("connect_to_address pvd=1 connection=1 destination=192.0.2.80:8077", outcome,
		sizeof(outcome));
	ok(begins(outcome, "connected connection=1 pvd=1 source=10.77.0."),
		"M26: through the other one");
	for (int dead = 1; dead <= 2; dead++) {
		char command[200];

		snprintf(command, sizeof(command), "n ip route add blackhole 10.77.0.%d/32", dead);
		run(server, command);
		try_connect("connect_to_address pvd=1 connection=1 destination=192.0.2.80:8077",
			outcome, sizeof(outcome));
		ok(begins(outcome,
			   dead == 1 ? "connected connection=1 pvd=1 source=10.77.0.2:"
				     : "connected connection=1 pvd=1 source=10.77.0.1:"),
			"M26: source 10.77.0.%d is dead: from the next source", dead);
		snprintf(command, sizeof(command), "n ip route del blackhole 10.77.0.%d/32", dead);
		run(server, command);
	}
	try_connect("connect_to_address_from_address pvd=1 connection=1 "
		    "destination=192.0.2.80:8077 source=10.77.0.2:0",
		outcome, sizeof(outcome));
	ok(begins(outcome, "connected connection=1 pvd=1 source=10.77.0.2:"),
		"M27: from the address asked for");
	try_connect("connect_to_address_from_address pvd=1 connection=1 "
		    "destination=192.0.2.80:8077 source=10.78.0.1:0",
		outcome, sizeof(outcome));
	ok(begins(outcome, "not_connected connection=1 error=99 "),
		"M27: an address of the other domain: EADDRNOTAVAIL");
}

int main(void)
{
	int pipes[2];
	char ready;
	pid_t server;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		tap_skip("M26 M27: connects through two links", "needs root");
		return tap_done();
	}
	if (pipe(pipes) < 0)
		return 1;
	server = fork();
	if (server == 0)
		server_run(pipes[1]);
	close(pipes[1]);
	if (read(pipes[0], &ready, 1) != 1 || !network_up(server))
		tap_skip("M26 M27: connects through two links", "no veth, ip or nsenter here");
	else
		test_routes(server);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return tap_done();
}
