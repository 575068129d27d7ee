/* SPDX-License-Identifier: MIT */
/*
 * The kernel tells of more than mifd's socket of events holds, while its engine stands still: what has
 * come and gone by then is found out.
 */
#include "test-command.h"

/* Each is told of three times, and what is waiting takes some kilobytes each time. */
#define STRANGERS 400

static bool line_becomes(int fd, const char *text)
{
	char line[128];

	snprintf(line, sizeof(line), "%08x  user 65534, %s", token_of(fd), text);
	return list_becomes(line);
}

/* Connections of somebody else, which come and go. */
static bool strangers_pass(int server, uint16_t port)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(0x0a010002)};
	int count = 0;

	for (int i = 0; i < STRANGERS; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

		count += connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
		close(accept4(server, NULL, NULL, SOCK_CLOEXEC));
		close(fd);
	}
	return count == STRANGERS;
}

static unsigned int overflows(void)
{
	static const char name[] = "paths: events were lost, and all looked at again";
	char command[256], text[65536];
	const char *at;
	size_t length;
	FILE *pipe;

	snprintf(command, sizeof(command), "%s status -v --daemon 2>&1", mif);
	pipe = popen(command, "re");
	length = fread(text, 1, sizeof(text) - 1, pipe);
	pclose(pipe);
	text[length] = '\0';
	at = strstr(text, name);
	if (at == NULL)
		printf("# %s\n", text);
	return at == NULL ? 0 : (unsigned int)atoi(at + strlen(name) + 1);
}

static void stop(pid_t engine, int signal)
{
	become(0);
	kill(engine, signal);
	become(NOBODY);
}

static void test_overflow(void)
{
	int server = serve("10.1.0.2:7501,10.2.0.2:7501"), strangers = serve("10.1.0.2:7502");
	int kept = patient(), gone = patient(), one = client(0), peer, others;
	pid_t engine = engine_of(mifd);
	char token[16];

	ok(connect_to(kept, "10.1.0.2:7501,10.2.0.2:7501") == 2 &&
			connect_to(gone, "10.1.0.2:7501,10.2.0.2:7501") == 2 &&
			line_becomes(gone, "2 paths") && overflows() == 0,
		"two connections of two paths, and no event was lost");
	peer = multipath_accept(server, NULL, NULL);
	others = multipath_accept(server, NULL, NULL);
	snprintf(token, sizeof(token), "%08x", token_of(gone));
	stop(engine, SIGSTOP);
	ok(strangers_pass(strangers, 7502),
		"while the engine stands still many others come and go");
	multipath_close(gone);
	multipath_close(others);
	ok(connect_to(one, "10.1.0.2:7501") == 1,
		"one of the two is closed, and a third one is new");
	ok(run(THERE,
		   "ss -KMHn state connected dst 10.2.0.1 >&2 || true;"
		   " ss -KtHn state connected dst 10.2.0.1 sport = :7501 >&2"),
		"the peer ends a path of the other one");
	ok(strangers_pass(strangers, 7502), "and many more");
	stop(engine, SIGCONT);
	ok(line_becomes(one, "1 path, more by itself") && strstr(shown, token) == NULL,
		"A12: the new one is known then, and the closed one is not any more");
	ok(overflows() > 0, "though events were lost");
	ok(line_becomes(kept, "2 paths") &&
			becomes(kept, multipath_getpeername, "10.1.0.2:7501,10.2.0.2:7501"),
		"A12: the path that went is made again");
	multipath_close(multipath_accept(server, NULL, NULL));
	multipath_close(peer);
	multipath_close(one);
	multipath_close(kept);
	ok(list_becomes("no multipath connection"), "A12: and from then on all is told again");
	multipath_close(strangers);
	multipath_close(server);
}

int main(int argc, char **argv)
{
	const char *missing = argc > 2 ? network_up() : "no mifd is given";

	if (missing != NULL) {
		tap_skip("A12: events that are lost", missing);
		return tap_done();
	}
	mif = argv[2];
	alarm(200);
	ok(daemon_start(argv[1], ""), "mifd serves");
	test_overflow();
	ok(daemon_stop(), "nothing is left behind");
	return tap_done();
}
