/* SPDX-License-Identifier: MIT */
/*
 * What mifd knows of connections of which no program has waited for it to know: those to one address, those
 * that were begun and not waited for, those of a mifd that was killed, those that are accepted; by what its
 * configuration says.
 */
#include "test-command.h"

static const char *program;

static const char *title(int fd, const char *text)
{
	static char line[128];

	snprintf(line, sizeof(line), "%08x  user 65534, %s", token_of(fd), text);
	return line;
}

static bool has_entry(int fd, const char *expected)
{
	size_t which = 0;

	while (strcmp(entry_of(fd, which), "none") != 0 &&
		strcmp(entry_of(fd, which), expected) != 0)
		which++;
	return strcmp(entry_of(fd, which), expected) == 0;
}

static bool entry_becomes(int fd, const char *expected)
{
	uint64_t end = milliseconds() + PATIENCE;

	while (!has_entry(fd, expected) && milliseconds() < end)
		poll(NULL, 0, 20);
	return has_entry(fd, expected);
}

/* ---- sets of one ---- */

static void test_one(void)
{
	int server = serve("10.1.0.2:7301,10.2.0.2:7301"), fd = client(0), bound = client(0);
	int refused = client(0);

	ok(connect_to(fd, "10.1.0.2:7301") == 1 &&
			list_becomes(title(fd, "1 path, more by itself: no further one")),
		"A5 A12: a connection to a set of one is shown, without being waited for");
	ok(bind_to(bound, "10.2.0.1:0") == 1 && connect_to(bound, "10.2.0.2:7301") == 1 &&
			list_becomes(title(bound, "1 path: no further one")),
		"A5 A12: one that is bound, too, and it has what it asked for");
	ok(is(PEER(fd), "10.1.0.2:7301") && is(LOCAL(bound), "10.2.0.1:0") &&
			option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_YET,
		"both are as before, and more may come");
	/* From mpb0 to all of there. */
	run(HERE, "ip route add default via 10.2.0.2 dev mpb0");
	run(THERE,
		"sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.mpb1.rp_filter=0;"
		"ip route add default via 10.2.0.1 dev mpb1");
	ok(list_becomes(title(fd, "2 paths, more by itself")),
		"A12: it gets a path from another domain, though its server never says a word");
	ok(list_becomes(title(bound, "1 path: no further one")), "A12: not the one that is bound");
	run(HERE, "ip route del default");
	run(THERE, "ip route del default");
	ok(connect_to(refused, "10.1.0.2:9") < 0 && errno == ECONNREFUSED &&
			connect_to(refused, "10.2.0.2:7301") == 1 &&
			list_becomes(title(refused, "1 path, more by itself")),
		"A5 A12: one whose socket was refused elsewhere before is shown as well");
	multipath_close(refused);
	multipath_close(bound);
	multipath_close(fd);
	multipath_close(server);
	ok(list_becomes("no multipath connection"), "none is shown when it is closed");
}

/* ---- not waited for ---- */

static void test_begun(void)
{
	int server = serve("10.1.0.2:7302,10.2.0.2:7302"), fd = client(SOCK_NONBLOCK);
	struct pollfd polled = {.fd = fd, .events = POLLOUT};

	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_RACE_TIME, &(int){0}, sizeof(int));
	ok((connect_to(fd, "10.1.0.2:7302,10.2.0.2:7302") == 1 || errno == EINPROGRESS) &&
			poll(&polled, 1, PATIENCE) == 1,
		"A9: a connection that is not waited for");
	ok(becomes(fd, multipath_getpeername, "10.1.0.2:7302,10.2.0.2:7302"),
		"A9 A12: gets its second path all the same, once the program asks for its names");
	multipath_close(fd);
	multipath_close(server);
}

/* Nobody connects again: what becomes of an address its entry tells. */
static void test_entry(void)
{
	int server = serve("10.1.0.2:7303"), fd = client(0);

	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){0}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7303,10.2.0.2:9") == 1, "A11: without waiting for the second");
	ok(entry_becomes(fd, "remote failed 111 10.2.0.2:9"),
		"A11: where nobody knows the connection, the entry says so without another call");
	multipath_close(fd);
	multipath_close(server);
}

/* ---- what the peer tells of ---- */

static void test_announced(void)
{
	int server = serve("10.1.0.2:7306,10.2.0.2:7306"), fd = client(0), bound = client(0);
	char octet;
	int peer;

	/* An earlier join has left the address as an implicit one. */
	run(THERE,
		"ip mptcp endpoint flush; ip mptcp limits set subflow 8;"
		" ip mptcp endpoint add 10.2.0.2 id 5 signal");
	/* It tells of it when it has heard something. */
	ok(connect_to(fd, "10.1.0.2:7306") == 1 && write(fd, "x", 1) == 1 &&
			becomes(fd, multipath_getpeername, "10.1.0.2:7306,10.2.0.2:7306"),
		"A12: a server that tells of a second address is joined there");
	peer = multipath_accept(server, NULL, NULL);
	ok(list_becomes(title(fd, "2 paths, more by itself")) &&
			shows("> 10.2.0.2:7306  established\n    mpb0:10.2.0.0/24, identifiers ") &&
			write(peer, "x", 1) == 1 && read(fd, &octet, 1) == 1,
		"A12: from the domain that leads there");
	ok(bind_to(bound, "10.1.0.1:0") == 1 && connect_to(bound, "10.1.0.2:7306") == 1 &&
			list_becomes(title(bound, "1 path: no further one")),
		"A12: not from a socket that is bound");
	run(THERE, "ip mptcp endpoint del id 5");
	ok(becomes(fd, multipath_getpeername, "10.1.0.2:7306") &&
			list_becomes(title(fd, "1 path, more by itself: no further one")),
		"A12: and when it is not to be used any more, it is not");
	multipath_close(peer);
	multipath_close(bound);
	multipath_close(fd);
	multipath_close(server);
}

/* ---- no Multipath TCP at the other end ---- */

static void test_fallback(void)
{
	const struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons(7305),
		.sin_addr.s_addr = htonl(0x0a010002)};
	int fd = client(0), server;

	on(THERE);
	server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server, (const struct sockaddr *)&at, sizeof(at)) < 0 || listen(server, 4) < 0)
		abort();
	on(HERE);
	ok(connect_to(fd, "10.1.0.2:7305,10.2.0.2:7305") == 1 &&
			option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_PEER,
		"A12: a peer that knows TCP only: one path");
	ok(list_becomes("> 10.1.0.2:7305  not managed") &&
			shows("user 65534, 1 path: the peer, or something on the way, knows TCP "
			      "only"),
		"A12: mif paths says so");
	become(0);
	become(65533);
	ok(mif_paths("", shown, sizeof(shown)) == 0 && shows("no multipath connection"),
		"A12: to nobody else");
	become(0);
	become(NOBODY);
	multipath_close(fd);
	close(server);
	ok(list_becomes("no multipath connection"), "until it is closed");
}

/* ---- another mifd ---- */

static void daemon_kill(void)
{
	pid_t engine = engine_of(mifd);

	become(0);
	kill(mifd, SIGKILL);
	waitpid(mifd, NULL, 0);
	kill(engine, SIGKILL);
	become(NOBODY);
}

static void test_killed(void)
{
	int server = serve("10.1.0.2:7304,10.2.0.2:7304"), fd = patient(), one = client(0), peer;
	char text[128], octets[4];

	ok(connect_to(fd, "10.1.0.2:7304,10.2.0.2:7304") == 2 &&
			connect_to(one, "10.1.0.2:7304") == 1,
		"two connections, of two paths and of one");
	peer = multipath_accept(server, NULL, NULL);
	daemon_kill();
	ok(is(PEER(fd), "10.1.0.2:7304,10.2.0.2:7304") && is(PEER(one), "10.1.0.2:7304"),
		"A12: they live when all of mifd is killed");
	ok(daemon_serve(program) && list_becomes("> 10.1.0.2:7304  not managed") &&
			shows(title(fd, "2 paths\n")),
		"another mifd does not manage them");
	ok(is(PEER(fd), "10.1.0.2:7304,10.2.0.2:7304") &&
			list_becomes(title(fd, "2 paths, more by itself")),
		"A12: until the program makes a call for one");
	ok(option(one, MULTIPATH_COUNT) == 1 && list_becomes(title(one, "1 path, more by itself")),
		"A12: and for the other");
	snprintf(text, sizeof(text), "del %08x any 10.1.0.2:7304", token_of(fd));
	ok(mif_paths(text, shown, sizeof(shown)) == 0 &&
			becomes(fd, multipath_getpeername, "10.2.0.2:7304"),
		"A7: it changes their paths");
	ok(write(fd, "data", 4) == 4 && read(peer, octets, 4) == 4, "and data flow");
	multipath_close(peer);
	multipath_close(one);
	multipath_close(fd);
	multipath_close(server);
}

int main(int argc, char **argv)
{
	const char *missing = argc > 2 ? network_up() : "no mifd is given";

	if (missing != NULL) {
		tap_skip("A5 A7 A9 A11 A12: what mifd knows", missing);
		return tap_done();
	}
	program = argv[1];
	mif = argv[2];
	alarm(200);
	ok(daemon_start(program, ""), "mifd serves");
	test_begun();
	test_entry();
	test_announced();
	test_fallback();
	test_killed();
	/* It leaves routes that take a while to be gone. */
	test_one();
	ok(daemon_stop(), "nothing is left behind");
	return tap_done();
}
