/* SPDX-License-Identifier: MIT */
/*
 * What "paths" in mifd.conf does, as an ordinary user sees it: sockets of multipath_socket(), those that a
 * program makes itself, those that are accepted, and what the kernel's path manager has left to do.
 */
#include "test-command.h"

#include <arpa/inet.h>

static const char *program;

static int setting(void)
{
	char value[8] = "";
	_cleanup_(closep) int fd = open("/proc/sys/net/mptcp/pm_type", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, value, sizeof(value) - 1) > 0 ? atoi(value) : -1;
}

/* A connection from here of a socket that the program made itself: to an address of IPv4 of there. */
static int connect_plain(const char *address, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

	inet_pton(AF_INET, address, &to.sin_addr);
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		printf("# %s: %s\n", address, strerror(errno));
	return fd;
}

static int serve_plain(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 8) < 0)
		printf("# %u: %s\n", port, strerror(errno));
	return fd;
}

static bool line_becomes(int fd, const char *text)
{
	char line[128];

	snprintf(line, sizeof(line), "%08x  user 65534, %s", token_of(fd), text);
	return list_becomes(line);
}

/* As the configuration has nothing to say about: connections to and from this host. */
struct ends {
	int server, here, own, plain, incoming, accepted;
};

static void ends_make(struct ends *ends, uint16_t port)
{
	char text[64];

	snprintf(text, sizeof(text), "10.1.0.2:%u,10.2.0.2:%u", port, port);
	ends->server = serve(text);
	ends->here = serve_plain(port);
	ends->plain = connect_plain("10.1.0.2", port);
	on(THERE);
	ends->incoming = connect_plain("10.1.0.1", port);
	on(HERE);
	ends->accepted = accept4(ends->here, NULL, NULL, SOCK_CLOEXEC);
	ends->own = patient();
}

static void ends_close(const struct ends *ends)
{
	close(ends->accepted);
	close(ends->incoming);
	close(ends->plain);
	multipath_close(ends->own);
	close(ends->here);
	multipath_close(ends->server);
}

static void test_adopt(void)
{
	struct ends ends;
	char text[128];

	ok(setting() == 0, "adopt: the path manager is the kernel's, as it was");
	ends_make(&ends, 7401);
	ok(connect_to(ends.own, "10.1.0.2:7401,10.2.0.2:7401") == 2 &&
			line_becomes(ends.own, "2 paths, more by itself"),
		"A12: adopt: a connection of multipath_socket() has its paths");
	ok(line_becomes(ends.plain, "1 path: the kernel's path manager has it") &&
			line_becomes(ends.accepted, "1 path: the kernel's path manager has it"),
		"A12: what others have made, or what was accepted, is the kernel's");
	snprintf(text, sizeof(text), "add %08x any 10.2.0.2:7401", token_of(ends.plain));
	ok(mif_paths(text, shown, sizeof(shown)) != 0 && shows("there is no such connection"),
		"A7: and cannot be given paths");
	ok(connect_to(ends.accepted, "10.1.0.1:1,10.2.0.1:1") < 0 && errno == EOPNOTSUPP,
		"A7: not by its socket either");
	ok(connect_to(ends.plain, "10.1.0.2:7401,10.2.0.2:7401") == 1,
		"A10: connected again, such a one has the path that it had");
	ends_close(&ends);
}

static void test_takeover(void)
{
	struct ends ends;
	char text[128];

	ok(daemon_change(program, "[mifd]\npaths = takeover\n") && setting() == 1,
		"takeover: all that is made from now on is mifd's");
	ends_make(&ends, 7402);
	ok(connect_to(ends.own, "10.1.0.2:7402,10.2.0.2:7402") == 2 &&
			line_becomes(ends.own, "2 paths, more by itself"),
		"A12: takeover: a connection of multipath_socket() has its paths");
	ok(line_becomes(ends.plain, "1 path, more by itself"),
		"A12: one of a socket that a program made itself is shown as well");
	ok(line_becomes(ends.accepted, "1 path: no further one was asked for"),
		"A12: and one that was accepted");
	ok(connect_to(ends.plain, "10.1.0.2:7402,10.2.0.2:7402") == 2 &&
			connect_to(ends.plain, "10.1.0.2:7402") == 1,
		"A10: whoever has such a socket connects again with it");
	snprintf(text, sizeof(text), "add %08x any 10.2.0.2:7402", token_of(ends.plain));
	ok(mif_paths(text, shown, sizeof(shown)) == 0 && line_becomes(ends.plain, "2 paths"),
		"A7: they can be given paths");
	become(0);
	become(65533);
	snprintf(text, sizeof(text), "del %08x 10.2.0.1", token_of(ends.plain));
	ok(mif_paths("", shown, sizeof(shown)) == 0 && shows("no multipath connection") &&
			mif_paths(text, shown, sizeof(shown)) != 0 &&
			shows("Operation not permitted"),
		"A7: by their own user only");
	become(0);
	become(NOBODY);
	ends_close(&ends);
}

static void test_off(void)
{
	struct ends ends;

	ok(daemon_change(program, "[mifd]\npaths = off\n") && setting() == 0,
		"off: the path manager is the kernel's again");
	ends_make(&ends, 7403);
	ok(connect_to(ends.own, "10.1.0.2:7403,10.2.0.2:7403") == 1 &&
			option(ends.own, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_MANAGER,
		"A12: off: a connection of multipath_socket() has one path, since nobody makes "
		"another");
	ok(mif_paths("", shown, sizeof(shown)) != 0 && shows("takes a mifd that manages paths"),
		"mif paths says that mifd has none to show");
	ok(mif_paths("del 12345678 any", shown, sizeof(shown)) != 0 &&
			shows("takes a mifd that manages paths"),
		"nor any to change");
	ends_close(&ends);
}

/* What was made under one keeps its manager. */
static void test_after(void)
{
	int server = serve("10.1.0.2:7404,10.2.0.2:7404"), fd = patient();

	ok(daemon_change(program, "[mifd]\npaths = adopt\n"), "adopt again");
	multipath_close(fd);
	fd = patient();
	ok(connect_to(fd, "10.1.0.2:7404,10.2.0.2:7404") == 2, "A12: a connection of two paths");
	ok(daemon_change(program, "[mifd]\npaths = off\n") &&
			is(PEER(fd), "10.1.0.2:7404,10.2.0.2:7404"),
		"A12: keeps them when mifd has paths no more");
	ok(daemon_change(program, "") && is(PEER(fd), "10.1.0.2:7404,10.2.0.2:7404") &&
			line_becomes(fd, "2 paths, more by itself"),
		"A12: and has them managed when it has again");
	multipath_close(fd);
	multipath_close(server);
}

int main(int argc, char **argv)
{
	const char *missing = argc > 2 ? network_up() : "no mifd is given";

	if (missing != NULL) {
		tap_skip("A7 A12: adopt, takeover, off", missing);
		return tap_done();
	}
	program = argv[1];
	mif = argv[2];
	alarm(200);
	ok(daemon_start(program, ""), "mifd serves");
	test_adopt();
	test_takeover();
	test_off();
	test_after();
	ok(daemon_stop() && setting() == 0, "nothing is left behind");
	return tap_done();
}
