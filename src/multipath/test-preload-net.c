/* SPDX-License-Identifier: MIT */
/*
 * The interposer: programs that know the draft, the examples, run unmodified over it as an ordinary
 * user; what has no set passes as ever; and how far it reaches.
 *
 * usage: test-multipath-preload-net INTERPOSER ECHO-SERVER ECHO-CLIENT
 */
#include "test-net.h"

#include <stdarg.h>
#include <sys/epoll.h>

#define DIRECTORY_SIZE 64

static const char *self, *interposer, *server, *client_path;
static char directory[DIRECTORY_SIZE];

#define USER "setpriv --reuid 65534 --regid 65534 --clear-groups "

/* A shell command on a host, with the names that stand for programs and files. */
__attribute__((format(printf, 2, 3))) static bool command(enum host host, const char *format, ...)
{
	char text[2048];
	int length = snprintf(text, sizeof(text),
		"cd %s; become() { exec " USER
		"env LD_PRELOAD=%s \"$@\"; }; over() { (become \"$@\"); };"
		" server=%s; client=%s; ",
		directory, interposer, server, client_path);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - (size_t)length, format, arguments);
	va_end(arguments);
	return run(host, text);
}

/* ---- the examples ---- */

/* The process of `become &` becomes the server: that pid is the one to kill. */
#define SERVE(port)                                                                                \
	"become $server " port " 10.1.0.2 10.2.0.2 fd02::2 10.99.0.1 >server 2>&1 & echo $! >pid;" \
	" for i in $(seq 100); do grep -q 'listening fd02' server && exit; sleep 0.05; done; "     \
	"exit 1"

static void test_examples(void)
{
	ok(command(THERE, SERVE("7100")), "A5: a server written against the draft starts");
	ok(command(THERE,
		   "grep -qx 'bound 3 of 4' server && grep -c listening server | grep -qx 3"),
		"A6 A14: bind says how many were bound, getsockname which");
	ok(command(HERE,
		   "seq 20000 >input; over $client two.example 7100 <input >output 2>said;"
		   " cmp input output && grep -qx 'connected to 1 addresses' said &&"
		   " grep -qx '1 in use' said"),
		"A8 A9 A13: a client written against the draft resolves, connects, and gets its "
		"octets");
	ok(command(THERE, "grep -q 'client fd02::1' server"),
		"A14: accept tells the peer as a set");
	ok(command(HERE,
		   "ip mptcp limits set subflow 4 add_addr_accepted 4; nft 'add table inet t;"
		   " add chain inet t c { type filter hook output priority 0; };"
		   " add rule inet t c ip6 daddr fd02::2 tcp dport 7100 drop';"
		   " over $client two.example 7100 <input >output 2>said; cmp input output;"
		   " grep -qx 'connected to 1 addresses' said; nft delete table inet t"),
		"A8: also when the first address is dead");
	ok(command(HERE,
		   "echo 0 >/proc/sys/net/mptcp/enabled;"
		   " over $client two.example 7100 <input >output 2>said; cmp input output;"
		   " grep -qx 'connected to one address' said"),
		"A16: without Multipath TCP in the kernel it reverts to one address");
	command(HERE, "echo 1 >/proc/sys/net/mptcp/enabled");
	ok(command(HERE,
		   "over() { " USER "\"$@\"; }; over $client two.example 7100 <input >output"
		   " 2>said; cmp input output; grep -qx 'connected to one address' said"),
		"A16: and so it does without the interposer");
	command(THERE, "kill $(cat pid)");
}

/* A counter of the kernel's Multipath TCP is above 0. */
#define COUNTED(name)                                                           \
	"awk -v name=" name                                                     \
	" '/^MPTcpExt/ { if (split(names, n)) { for (i in n) if (n[i] == name)" \
	" found = $i } names = $0 } END { exit !(found > 0) }' /proc/net/netstat"

/* The client's input does not end before there is a second path: a transfer may be over before it. */
#define UNTIL_JOINED                                                                              \
	"joined() { " COUNTED("MPJoinSynAckRx") "; };"                                            \
						" (cat input; for i in $(seq 100); do joined && " \
						"break; sleep 0.05; done)"

static void test_joined(void)
{
	command(THERE, SERVE("7101"));
	ok(command(HERE, "! " COUNTED("MPJoinSynAckRx")), "no path has been added so far");
	ok(command(THERE, "ip mptcp endpoint add 10.2.0.2 signal") &&
			command(HERE,
				UNTIL_JOINED " | over $client 10.1.0.2 7101 >output 2>said;"
					     " cmp input output && joined"),
		"A12: paths are added below a program that does not ask");
	command(THERE, "ip mptcp endpoint flush; kill $(cat pid)");
}

/* ---- a program of our own, over the interposer ---- */

static int listen_on(const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);
	int fd = socket(AF_MULTIPATH, SOCK_STREAM, 0);

	/* What was accepted before stays a while. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(fd, (struct sockaddr *)&set, set.mp.smp_len) != set.mp.smp_naddrs ||
		listen(fd, 8) < 0)
		printf("# %s: %s\n", text, strerror(errno));
	return fd;
}

static int dial(const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	/* A number above 0 is the set's, not a failure. */
	if (connect(fd, (struct sockaddr *)&set, set.mp.smp_len) > 0)
		return fd;
	close(fd);
	return -1;
}

/* Both addresses of the listener are answered, by whatever descriptor it has. */
static bool answers(int fd)
{
	static const char *const addresses[] = {"127.0.0.1:7200", "[::1]:7200"};
	bool right = true;

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct sockaddr_mp_storage name;
		socklen_t size = sizeof(name);
		int one = dial(addresses[i]);
		int peer = one < 0 ? -1 : accept(fd, (struct sockaddr *)&name, &size);

		right &= peer >= 0 && name.mp.smp_family == AF_MULTIPATH;
		close(one);
		close(peer);
	}
	return right;
}

static bool is_silent(void)
{
	return dial("127.0.0.1:7200") == -1 && dial("[::1]:7200") == -1;
}

static void check_listener(void)
{
	int fd = listen_on("127.0.0.1:7200,[::1]:7200"), other;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ok(answers(fd), "A5 A14 A18: socket, bind, listen, connect, accept by their own names");
	other = dup(fd);
	close(fd);
	ok(answers(other), "A5: a duplicate is left when the first is closed");
	ok(dup2(null, other) == other && is_silent(),
		"A5: dup2 onto the last descriptor of a listener closes it");
	close(other);
	fd = listen_on("127.0.0.1:7200,[::1]:7200");
	ok(answers(fd) && dup3(null, fd, O_CLOEXEC) == fd && is_silent(), "A5: and so does dup3");
	close(fd);
	fd = listen_on("127.0.0.1:7200,[::1]:7200");
	ok(answers(fd) && close(fd) == 0 && is_silent(), "A5: and close");
	close(null);
}

/* What is nobody's business here. */
static void check_untouched(void)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	socklen_t size = sizeof(name);
	int fd = socket(AF_INET6, SOCK_STREAM, 0), one = socket(AF_INET6, SOCK_STREAM, 0);
	int protocol = 0, pipes[2];

	ok(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(fd, 4) == 0 &&
			getsockname(fd, (struct sockaddr *)&name, &size) == 0 &&
			size == sizeof(name) && connect(one, (struct sockaddr *)&name, size) == 0,
		"A2 A14: ordinary calls return what they always did, and ordinary names");
	size = sizeof(protocol);
	ok(getsockopt(one, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
			protocol == IPPROTO_TCP,
		"A2: an ordinary socket is one of TCP, and has one path");
	ok(connect(one, NULL, 16) == -1 && errno == EFAULT, "A2: EFAULT is the kernel's");
	ok(bind(-1, (struct sockaddr *)&name, sizeof(name)) == -1 && errno == EBADF,
		"A2: and EBADF");
	ok(pipe(pipes) == 0 && accept(pipes[0], NULL, NULL) == -1 && errno == ENOTSOCK &&
			listen(pipes[0], 1) == -1 && errno == ENOTSOCK &&
			shutdown(pipes[0], SHUT_RD) == -1 && errno == ENOTSOCK,
		"A2: and ENOTSOCK");
	close(pipes[0]);
	pipes[0] = epoll_create1(EPOLL_CLOEXEC);
	ok(accept(pipes[0], NULL, NULL) == -1 && errno == ENOTSOCK,
		"A2: also for an epoll instance of the program's own");
	close(pipes[0]);
	close(pipes[1]);
	close(one);
	close(fd);
}

static void check_sctp(void)
{
	struct sockaddr_mp_storage set = set_of("127.0.0.1:7300,[::1]:7300");
	int fd = socket(AF_MULTIPATH, SOCK_STREAM, IPPROTO_SCTP), one, peer;
	socklen_t size = sizeof(set);

	if (fd < 0 && errno == EPROTONOSUPPORT) {
		tap_skip("A17: the same calls for SCTP", "this kernel has no SCTP");
		return;
	}
	one = socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP);
	ok(bind(fd, (struct sockaddr *)&set, set.mp.smp_len) == 2 && listen(fd, 4) == 0 &&
			connect(one, (struct sockaddr *)&set, set.mp.smp_len) > 0,
		"A17 A18: bind and connect of SCTP by their own names");
	peer = accept(fd, (struct sockaddr *)&set, &size);
	ok(peer >= 0 && set.mp.smp_family == AF_MULTIPATH, "A17 A14: and accept");
	size = sizeof(set);
	ok(getpeername(one, (struct sockaddr *)&set, &size) == 0 &&
			set.mp.smp_family == AF_MULTIPATH,
		"A17 A14: and getpeername");
	close(peer);
	close(one);
	close(fd);
}

static int within(void)
{
	check_listener();
	check_untouched();
	check_sctp();
	return tap_done();
}

/* The same program, once more, with the interposer: its points are printed as ours. */
static void test_within(void)
{
	char line[256], path[512];
	FILE *output;

	ok(command(HERE, "over %s within >points", self), "A2 A5: calls by their own names");
	snprintf(path, sizeof(path), "%s/points", directory);
	output = fopen(path, "re");
	while (output != NULL && fgets(line, sizeof(line), output) != NULL) {
		char *text = strstr(line, " - ");

		line[strcspn(line, "\n")] = '\0';
		if (text != NULL && strncmp(line, "ok ", 3) == 0)
			ok(true, "%s", text + 3);
		else if (text != NULL && strncmp(line, "not ok ", 7) == 0)
			ok(false, "%s", text + 3);
		else
			printf("# %s\n", line);
	}
	if (output != NULL)
		fclose(output);
}

int main(int argc, char **argv)
{
	const char *missing;

	if (argc == 2 && strcmp(argv[1], "within") == 0)
		return within();
	if (argc != 4)
		return 2;
	self = argv[0];
	interposer = argv[1];
	server = argv[2];
	client_path = argv[3];
	missing = network_up();
	if (missing != NULL) {
		tap_skip("A2 A5 A6 A8 A9 A12 A13 A14 A16 A18: the interposer", missing);
		return tap_done();
	}
	snprintf(directory, sizeof(directory), "/tmp/mif-preload-XXXXXX");
	if (mkdtemp(directory) == NULL)
		abort();
	on(HERE);
	test_examples();
	test_joined();
	test_within();
	command(HERE, "rm -r %s", directory);
	become(0);
	return tap_done();
}
