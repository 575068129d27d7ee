/* SPDX-License-Identifier: MIT */
/*
 * mif paths: what it shows of connections, and changes, of the caller's own alone. And what mifd keeps of
 * them: over a start of its engine, without what belongs to others, and whatever the descriptor is.
 */
#include "test-command.h"

static void test_list(void)
{
	int server = serve("10.1.0.2:7201,10.2.0.2:7201"), fd = patient(), peer;
	char text[128], octets[4096] = {0};

	ok(mif_paths("", shown, sizeof(shown)) == 0 && shows("no multipath connection"),
		"without connections it says so");
	ok(connect_to(fd, "10.1.0.2:7201,10.2.0.2:7201") == 2, "a connection of two paths");
	peer = multipath_accept(server, NULL, NULL);
	snprintf(text, sizeof(text), "%08x  user 65534, 2 paths", token_of(fd));
	ok(list_becomes(text),
		"A12 A15: the list has its identifier, its user, and how many paths it has");
	ok(shows("> 10.1.0.2:7201  established\n    mpa0:10.1.0.0/24, identifiers ") &&
			shows("> 10.2.0.2:7201  established\n    mpb0:10.2.0.0/24, identifiers "),
		"A12: and of each the ends, the state, the domain and the identifiers");
	for (int i = 0; i < 16; i++)
		if (write(fd, octets, sizeof(octets)) != sizeof(octets))
			break;
	for (size_t got = 0; got < 16 * sizeof(octets);) {
		ssize_t size = read(peer, octets, sizeof(octets));

		got += (size_t)(size > 0 ? size : 65536);
	}
	ok(list_becomes(" kB sent"), "A12: the octets that were sent are counted");
	ok(mif_paths("--json", shown, sizeof(shown)) == 0 && shows("\"paths_now\":[") &&
			shows("\"rtt\":") && shows("\"pvd_name\":\"mpb0:10.2.0.0/24\"") &&
			shows("\"single\":\"not\""),
		"the same as JSON");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
	ok(list_becomes("no multipath connection"), "when it is closed it is not shown any more");
}

static void test_change(void)
{
	int server = serve("10.1.0.2:7202,10.2.0.2:7202"), fd = patient(), peer;
	uint32_t token;
	char text[128];

	ok(connect_to(fd, "10.1.0.2:7202,10.2.0.2:7202") == 2, "another one");
	peer = multipath_accept(server, NULL, NULL);
	token = token_of(fd);
	snprintf(text, sizeof(text), "backup %08x 10.2.0.1", token);
	ok(mif_paths(text, shown, sizeof(shown)) == 0 &&
			list_becomes("10.2.0.2:7202  backup, established"),
		"A7: paths backup makes one a backup one");
	snprintf(text, sizeof(text), "priority %08x 10.2.0.1", token);
	ok(mif_paths(text, shown, sizeof(shown)) == 0 && list_becomes("10.2.0.2:7202  established"),
		"A7: and paths priority takes that back");
	snprintf(text, sizeof(text), "del %08x 10.2.0.1", token);
	ok(mif_paths(text, shown, sizeof(shown)) == 0 &&
			becomes(fd, multipath_getpeername, "10.1.0.2:7202"),
		"A7: paths del closes it");
	ok(list_becomes("1 path: no further one was asked for"),
		"and the list says why there is one");
	snprintf(text, sizeof(text), "del %08x 10.1.0.1", token);
	ok(mif_paths(text, shown, sizeof(shown)) != 0 && shows("the last path that works"),
		"A7: the last one it does not close");
	snprintf(text, sizeof(text), "add %08x any 10.2.0.2:7202", token);
	ok(mif_paths(text, shown, sizeof(shown)) == 0 &&
			becomes(fd, multipath_getpeername, "10.1.0.2:7202,10.2.0.2:7202"),
		"A7: paths add makes one");
	snprintf(text, sizeof(text), "del %08x 10.2.0.1", token);
	mif_paths(text, shown, sizeof(shown));
	snprintf(text, sizeof(text), "add %08x 10.2.0.1 10.9.0.9:7202", token);
	ok(mif_paths(text, shown, sizeof(shown)) != 0 &&
			list_becomes("1 path: there is no route, or no local address"),
		"where no route is it fails, and the list says so");
	snprintf(text, sizeof(text), "del %08x 10.2.0.1", token);
	mif_paths(text, shown, sizeof(shown));
	snprintf(text, sizeof(text), "add %08x 10.2.0.1 10.2.0.2:9", token);
	ok(mif_paths(text, shown, sizeof(shown)) != 0 &&
			list_becomes("1 path: the other addresses are other hosts'"),
		"A11: as where nobody knows the connection");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
}

static bool counts(enum host host, const char *name, int least)
{
	uint64_t end = milliseconds() + PATIENCE;

	while (counter_of(host, name) < least && milliseconds() < end)
		poll(NULL, 0, 10);
	return counter_of(host, name) >= least;
}

static void test_offer(void)
{
	int server = serve("10.1.0.2:7206,10.2.0.2:7206"), fd = patient(), peer;
	int told = counter_of(THERE, "AddAddr"), taken = counter_of(THERE, "RmAddr");
	char text[128];

	ok(connect_to(fd, "10.1.0.2:7206,10.2.0.2:7206") == 2, "one whose peer is to know more");
	peer = multipath_accept(server, NULL, NULL);
	snprintf(text, sizeof(text), "offer %08x fd02::1", token_of(fd));
	ok(mif_paths(text, shown, sizeof(shown)) == 0 && counts(THERE, "AddAddr", told + 1),
		"A12: paths offer tells the peer of an address");
	snprintf(text, sizeof(text), "retract %08x fd02::1", token_of(fd));
	ok(mif_paths(text, shown, sizeof(shown)) == 0 && counts(THERE, "RmAddr", taken + 1),
		"A12: and paths retract that it is not to be used any more");
	snprintf(text, sizeof(text), "retract %08x fd02::9", token_of(fd));
	ok(mif_paths(text, shown, sizeof(shown)) != 0, "of one that it was not told of: an error");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
}

/* By itself: a path from each domain that leads there. */
static void test_automatic(void)
{
	int server = serve("10.1.0.2:7203,10.2.0.2:7203"), fd = patient(), peer;
	char text[128];

	/* mpa0 leads to all of there, mpb0 too. */
	run(HERE, "ip route add default via 10.2.0.2 dev mpb0");
	run(THERE,
		"sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.mpb1.rp_filter=0;"
		"ip route add default via 10.2.0.1 dev mpb1");
	ok(connect_to(fd, "10.1.0.2:7203,10.2.0.2:7203") == 2, "a third one");
	peer = multipath_accept(server, NULL, NULL);
	snprintf(text, sizeof(text), "del %08x 10.2.0.1", token_of(fd));
	ok(mif_paths(text, shown, sizeof(shown)) == 0 &&
			becomes(fd, multipath_getpeername, "10.1.0.2:7203"),
		"of which one path is left");
	snprintf(text, sizeof(text), "auto %08x", token_of(fd));
	ok(mif_paths(text, shown, sizeof(shown)) == 0 && list_becomes("2 paths, more by itself"),
		"A12: with paths auto it gets one from the other domain by itself");
	ok(shows("10.2.0.1:") && shows("> 10.1.0.2:7203  established\n    mpb0:10.2.0.0/24"),
		"A12: to the address that it has");
	run(HERE, "ip route del default");
	run(THERE, "ip route del default");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
}

/* ---- others ---- */

static void test_others(void)
{
	int server = serve("10.1.0.2:7204,10.2.0.2:7204"), fd = patient(), peer;
	char text[128];

	ok(connect_to(fd, "10.1.0.2:7204,10.2.0.2:7204") == 2, "one of user nobody's");
	peer = multipath_accept(server, NULL, NULL);
	become(0);
	become(65533);
	ok(mif_paths("", shown, sizeof(shown)) == 0 && shows("no multipath connection"),
		"another user does not see it");
	snprintf(text, sizeof(text), "del %08x 10.2.0.1", token_of(fd));
	ok(mif_paths(text, shown, sizeof(shown)) != 0 && shows("Operation not permitted"),
		"nor can change it");
	become(0);
	become(NOBODY);
	ok(is(PEER(fd), "10.1.0.2:7204,10.2.0.2:7204"), "and it stays as it is");
	ok(mif_paths("del 12345678 10.2.0.1", shown, sizeof(shown)) != 0 &&
			shows("there is no such connection"),
		"of one that mifd was not shown nothing is done");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
}

/* ---- an engine that is started again ---- */

static void test_restart(void)
{
	int server = serve("10.1.0.2:7205,10.2.0.2:7205"), fd = patient(), peer;
	char text[128];
	pid_t engine;

	ok(connect_to(fd, "10.1.0.2:7205,10.2.0.2:7205") == 2, "one more");
	peer = multipath_accept(server, NULL, NULL);
	engine = engine_of(mifd);
	become(0);
	ok(engine > 0 && kill(engine, SIGKILL) == 0, "the engine is killed");
	become(NOBODY);
	snprintf(text, sizeof(text), "%08x  user 65534, 2 paths", token_of(fd));
	ok(list_becomes(text), "A12: the next one has the connection, with its paths");
	snprintf(text, sizeof(text), "del %08x 10.2.0.1", token_of(fd));
	ok(mif_paths(text, shown, sizeof(shown)) == 0 &&
			becomes(fd, multipath_getpeername, "10.1.0.2:7205"),
		"A7: and changes them");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
	ok(list_becomes("no multipath connection"), "until it is closed");
}

/* ---- bad input ---- */

static uint32_t answer_to(uint32_t type, int socket)
{
	struct mif_message request = {.type = type}, answer;

	request.as.add_path.fd = socket;
	if (type == MIF_ADD_PATH)
		request.as.add_path.remote = (struct mif_endpoint){
			.address = {.family = AF_INET, .octets = {10, 2, 0, 2}}, .port = 7201};
	post(&request);
	return told_of(&answer, MIF_PATH_ANSWER) ? answer.as.path_answer.error : 9999;
}

static void test_descriptors(void)
{
	int fds[2], tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
	int fresh = socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP), elsewhere;

	on(THERE);
	elsewhere = socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP);
	on(HERE);
	if (pipe2(fds, O_CLOEXEC) < 0)
		abort();
	ok(answer_to(MIF_ADOPT_CONNECTION, -1) == EBADF, "adopting no descriptor: EBADF");
	ok(answer_to(MIF_ADOPT_CONNECTION, fds[0]) == ENOTSOCK, "a pipe: ENOTSOCK");
	ok(answer_to(MIF_ADOPT_CONNECTION, tcp) == EPROTOTYPE, "a socket of TCP: EPROTOTYPE");
	ok(answer_to(MIF_ADOPT_CONNECTION, udp) == EPROTOTYPE, "one of UDP: EPROTOTYPE");
	ok(answer_to(MIF_ADOPT_CONNECTION, elsewhere) == EXDEV,
		"one of another network namespace: EXDEV");
	ok(answer_to(MIF_ADD_PATH, fds[0]) == ENOTSOCK &&
			answer_to(MIF_ADD_PATH, tcp) == EPROTOTYPE &&
			answer_to(MIF_ADD_PATH, udp) == EPROTOTYPE,
		"so it is for a path to be added");
	ok(answer_to(MIF_ADD_PATH, fresh) == ENOTCONN, "one that is not connected: ENOTCONN");
	ok(answer_to(MIF_ADOPT_CONNECTION, fresh) == 0, "and one of Multipath TCP is adopted");
	close(fds[0]);
	close(fds[1]);
	close(tcp);
	close(udp);
	close(fresh);
	close(elsewhere);
}

static bool is_the_kernels(void)
{
	char value[8] = "";
	_cleanup_(closep) int fd = open("/proc/sys/net/mptcp/pm_type", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, value, sizeof(value) - 1) > 0 && value[0] == '0';
}

/* Killed while their sockets are being adopted, one after another: what was changed for them is as before. */
static void test_killed(void)
{
	int fd, status;

	for (int i = 0; i < 50; i++) {
		pid_t child = fork();

		if (child == 0) {
			struct mif_message request = {.type = MIF_ADOPT_CONNECTION};

			request.as.adopt_connection.fd =
				socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP);
			if (teller_open())
				channel_post(&teller, &request);
			kill(getpid(), SIGKILL);
		}
		waitpid(child, &status, 0);
	}
	/* It serves one after the other. */
	fd = socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP);
	ok(answer_to(MIF_ADOPT_CONNECTION, fd) == 0, "of clients that were killed nothing is left");
	close(fd);
	ok(is_the_kernels(), "the path manager is the kernel's, as it was");
}

#define FLOOD 10000

struct flood {
	unsigned int done, refused, others; /* by what was answered */
};

static bool flood_hear(struct flood *flood)
{
	struct mif_message answer;

	if (!told(&answer))
		return false;
	if (answer.type != MIF_PATH_ANSWER)
		flood->others++;
	else if (answer.as.path_answer.error == 0)
		flood->done++;
	else
		flood->refused++;
	return true;
}

/* As fast as they go out, of one user; nothing of it is read before the end. */
static struct flood flood_with(struct mif_message *request)
{
	struct flood flood = {0};

	for (unsigned int i = 0; i < FLOOD; i++) {
		request->tag = request->serial = ++teller_tag;
		/* A client that is not read from waits. */
		while (channel_post(&teller, request) == -EAGAIN)
			if (!flood_hear(&flood))
				break;
	}
	while (flood.done + flood.refused + flood.others < FLOOD && flood_hear(&flood))
		;
	printf("# %u done, %u refused, %u others\n", flood.done, flood.refused, flood.others);
	return flood;
}

static void test_flood(void)
{
	struct mif_message add = {.type = MIF_ADD_PATH, .as.add_path = {.connection = 1, .fd = -1}};
	struct mif_message adopt = {.type = MIF_ADOPT_CONNECTION};
	int fd = socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP);
	struct flood flood = flood_with(&add);

	ok(flood.refused == FLOOD, "10000 requests of one user: each is answered");
	adopt.as.adopt_connection.fd = fd;
	flood = flood_with(&adopt);
	ok(flood.done > 0 && flood.done + flood.refused == FLOOD,
		"and 10000 with a socket to adopt");
	ok(is_the_kernels() && answer_to(MIF_ADOPT_CONNECTION, fd) == 0 && is_the_kernels(),
		"mifd serves as before, and the path manager is the kernel's");
	close(fd);
}

int main(int argc, char **argv)
{
	const char *missing = argc > 2 ? network_up() : "no mifd is given";

	if (missing != NULL) {
		tap_skip("A7 A11 A12 A15: mif paths", missing);
		return tap_done();
	}
	mif = argv[2];
	alarm(200);
	run(HERE, "sysctl -qw net.mptcp.checksum_enabled=1");
	run(THERE,
		"sysctl -qw net.mptcp.checksum_enabled=1; ip mptcp limits set subflow 8 "
		"add_addr_accepted 8");
	ok(daemon_start(argv[1], ""), "mifd serves");
	test_list();
	test_change();
	test_offer();
	test_automatic();
	test_others();
	ok(teller_open(), "a client");
	test_descriptors();
	test_flood();
	test_killed();
	teller_close();
	test_restart();
	ok(daemon_stop(), "nothing is left behind");
	return tap_done();
}
