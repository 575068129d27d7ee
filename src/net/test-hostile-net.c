/* SPDX-License-Identifier: MIT */
/*
 * An engine that has been taken over, against the real parent and the kernel, in a network namespace:
 * it says rubbish, says every verb with arguments of all kinds, and tries by itself what its user may
 * not do. Links, addresses, routes and rules are the same, octet by octet, as before; and the parent
 * that has borne all this does what is well formed.
 */
#include "net/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mptcp.h"
#include "net/verb.h"
#include "tap.h"

#define STATE 262144
#define HOSTILE 4000 /* of each verb */
#define RUBBISH 40 /* parents, each with as many engines as it bears */

static char directory[] = "/tmp/dmw-XXXXXX", path[64], log_path[64];

/* What the engines have done so far, whichever process they are. */
static struct progress {
	uint32_t random;
	uint32_t engines, asked, done, refused, missed;
	bool finished;
} * progress;

/* ---- the kernel's state, as text ---- */

/* All that this namespace is. What bears the mark is left out only where the parent still runs: whole, so a
 * route with several next hops is one line. */
static char *state(bool marked)
{
	static const char *const script =
		"{ ip -d link; ip -d address; ip -4 rule; ip -6 rule; ip -o -4 route show table "
		"all; "
		"ip -o -6 route show table all; ip netconf; ip neigh show nud permanent; "
		"grep -r . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/mptcp; } "
		"2>/dev/null";
	char command[512], *text = calloc(1, STATE);
	FILE *pipe;

	snprintf(command, sizeof(command), "%s%s", script,
		marked ? "" : " | grep -v 'proto \\(77\\|mif\\)'");
	pipe = popen(command, "r");
	if (text == NULL || pipe == NULL || fread(text, 1, STATE - 1, pipe) < 1000)
		abort();
	pclose(pipe);
	return text;
}

static bool same(const char *before, const char *after)
{
	size_t at = 0;

	while (before[at] != '\0' && before[at] == after[at])
		at++;
	if (before[at] == after[at])
		return true;
	while (at > 0 && before[at - 1] != '\n')
		at--;
	printf("# before: %.*s\n# after: %.*s\n", (int)strcspn(before + at, "\n"), before + at,
		(int)strcspn(after + at, "\n"), after + at);
	return false;
}

static bool run(const char *command)
{
	int status = system(command);

	if (status != 0)
		printf("# status %d: %s\n", status, command);
	return status == 0;
}

/* ---- a parent in a child ---- */

__attribute__((format(printf, 2, 3))) static void log_line(int level, const char *format, ...)
{
	va_list arguments;

	dprintf(STDERR_FILENO, "<%d>", level);
	va_start(arguments, format);
	vdprintf(STDERR_FILENO, format, arguments);
	va_end(arguments);
	dprintf(STDERR_FILENO, "\n");
}

/* The only one that may be taken down and brought up. */
static const char links[][VERB_LINK_NAME] = {"d2"};

static pid_t parent_start(void (*engine)(void *, int, int))
{
	pid_t pid;

	unlink(log_path);
	progress->finished = false;
	pid = fork();
	if (pid == 0) {
		char record[80];
		struct path paths;
		int events, r;
		struct parent_options options = {
			.socket = path,
			.access = {.mode = 0666, .group = (gid_t)-1},
			.mark = STEER_MARK,
			.links = links,
			.link_count = ARRAY_SIZE(links),
			.delay = 1,
			.engine = engine,
			.log = log_line,
		};
		int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		signal(SIGALRM, SIG_DFL);
		snprintf(record, sizeof(record), "%s.paths", path);
		r = path_open(&paths, record, &events);
		dup2(fd, STDERR_FILENO);
		options.path = r == 0 ? &paths : NULL;
		_exit(parent_run(&options));
	}
	return pid;
}

static int ended(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Until the engine has done all that it wanted. */
static void finishes(void)
{
	for (int i = 0; i < 6000 && !progress->finished; i++)
		usleep(10000);
}

static bool logged(const char *text)
{
	char line[512];
	bool found = false;
	FILE *file = fopen(log_path, "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		found |= strstr(line, text) != NULL;
	if (file != NULL)
		fclose(file);
	return found;
}

/* ---- an engine's means ---- */

/* xorshift: the same for everybody, every time. */
static uint32_t random_below(uint32_t below)
{
	progress->random ^= progress->random << 13;
	progress->random ^= progress->random >> 17;
	progress->random ^= progress->random << 5;
	return progress->random % below;
}

/* What a verb about sockets may come with: some are of Multipath TCP, in every state. */
static int some_descriptor(void)
{
	static int fds[8] = {-1};
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int pair[2];

	if (fds[0] < 0) {
		for (size_t i = 0; i < 4; i++)
			fds[i] = socket(i % 2 == 0 ? AF_INET6 : AF_INET,
				SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_MPTCP);
		bind(fds[1], (struct sockaddr *)&any, sizeof(any));
		listen(fds[1], 1);
		any.sin_port = htons(9);
		connect(fds[3], (struct sockaddr *)&any, sizeof(any));
		fds[4] = socket(AF_INET, SOCK_STREAM, 0);
		fds[5] = socket(AF_INET, SOCK_DGRAM, 0);
		fds[6] = open("/dev/null", O_RDONLY);
		fds[7] = pipe(pair) == 0 ? pair[0] : 0;
	}
	return fds[random_below(ARRAY_SIZE(fds))];
}

/* The parent's answer; a verb without one is missed. */
static int ask(int verb_fd, const struct verb *verb)
{
	struct pollfd fd = {.fd = verb_fd, .events = POLLIN};
	struct verb_answer answer;
	int passed = -1;
	int r = verb_send_with(verb_fd, verb, verb_carries(verb->type) ? some_descriptor() : -1);

	if (r == 0 && poll(&fd, 1, 20000) == 1)
		r = verb_answer_receive(verb_fd, &answer, &passed);
	close_fd(passed);
	progress->asked++;
	if (r != 1 || answer.serial != verb->serial || answer.type != verb->type) {
		progress->missed++;
		return -EPIPE;
	}
	if (answer.result == 0)
		progress->done++;
	else
		progress->refused++;
	return answer.result;
}

static struct mif_address address(const char *text)
{
	struct mif_address result = {0};

	mif_address_parse(&result, text);
	return result;
}

static struct verb route(const char *destination, uint32_t length, const char *gateway)
{
	struct verb verb = {.type = VERB_PUT_ROUTE,
		.as.put_route = {.slot = 1,
			.length = length,
			.destination = address(destination),
			.ifindex = if_nametoindex("d0")}};

	if (gateway != NULL)
		verb.as.put_route.gateway = address(gateway);
	return verb;
}

static struct verb rule(const char *source, uint32_t length)
{
	return (struct verb){.type = VERB_PUT_RULE,
		.as.put_rule = {.slot = 1,
			.kind = VERB_RULE_ALL,
			.length = length,
			.source = address(source)}};
}

static struct verb link_verb(uint32_t type, const char *device, const char *name)
{
	struct verb verb = {.type = type, .as.link_up = {.ifindex = if_nametoindex(device)}};

	strcpy(verb.as.link_up.name, name);
	return verb;
}

/* ---- engines ---- */

/* One piece of rubbish each, since it is the last thing that an engine says. */
static void engine_rubbish(void *context, int listen_fd, int verb_fd)
{
	static uint8_t octets[70000];
	struct verb verb = {.type = 1 + random_below(17)};
	size_t size = sizeof(verb);
	bool carries = false;

	(void)context;
	progress->engines++;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)random_below(256);
	switch (random_below(10)) {
	case 8: /* right but for what comes along */
		verb.type = VERB_READY;
		memcpy(octets, &verb, sizeof(verb));
		carries = true;
		break;
	case 9: /* or does not */
		verb.type = random_below(2) == 0 ? VERB_ADOPT : VERB_PROVE;
		memcpy(octets, &verb, sizeof(verb));
		break;
	case 0:
		size = random_below(sizeof(verb));
		break;
	case 1:
		size = sizeof(verb) + 1 + random_below(sizeof(octets) - sizeof(verb));
		break;
	case 2: /* right but for the type */
		verb.type = random_below(2) == 0 ? 0 : 1000 + random_below(1 << 30);
		memcpy(octets, &verb, sizeof(verb));
		break;
	case 3: /* right but for what stands behind its arguments */
		verb.type = VERB_READY;
		verb.as.octets[sizeof(verb.as.octets) - 1 - random_below(100)] = 1;
		memcpy(octets, &verb, sizeof(verb));
		break;
	case 4:
		size = 0;
		break;
	default:
		break;
	}
	if (carries)
		verb_send_with(verb_fd, &verb, STDERR_FILENO);
	else if (send(verb_fd, octets, size, MSG_NOSIGNAL) < 0)
		_exit(3);
	/* It lives as long as it is let live. */
	(void)listen_fd;
	for (;;)
		pause();
}

/* A number that somebody may have forgotten to think of. */
static uint32_t nasty(void)
{
	static const uint32_t numbers[] = {0, 1, 2, 3, 31, 32, 33, 64, 127, 128, 129, 253, 254, 255,
		256, 1023, 1024, 32765, 32766, 32767, 65535, 65536, 76999, 77000, 77255, 77256,
		INT32_MAX - 1, INT32_MAX, 0x80000000, UINT32_MAX - 1, UINT32_MAX};

	return random_below(4) == 0 ? random_below(UINT32_MAX)
				    : numbers[random_below(ARRAY_SIZE(numbers))];
}

/* A verb that is right, with one to three words or octets of it changed. */
static void spoil(struct verb *verb, size_t size)
{
	for (uint32_t i = 0, count = 1 + random_below(3); i < count; i++) {
		size_t at = random_below((uint32_t)size);
		uint32_t number = nasty();

		if (random_below(2) == 0)
			verb->as.octets[at] = (uint8_t)number;
		else
			memcpy(verb->as.octets + at / 4 * 4, &number,
				MIN(sizeof(number), size - at / 4 * 4));
	}
}

static struct verb some_verb(uint32_t type)
{
	const struct verb good[] = {
		route("0.0.0.0", 0, "192.0.2.1"),
		route("198.51.100.0", 24, NULL),
		route("::", 0, "fe80::1%d0"),
		route("2001:db8:2a::", 64, NULL),
		rule("192.0.2.7", 32),
		rule("2001:db8:2a::7", 128),
		rule("2001:db8:2a::", 64),
	};
	struct verb verb = good[random_below(ARRAY_SIZE(good))];

	if (verb_class(type) == VERB_CLASS_LINKS)
		return link_verb(type, random_below(2) == 0 ? "d0" : "d2",
			random_below(2) == 0 ? "d0" : "d2");
	verb.type = type;
	return verb;
}

static const struct {
	uint32_t type;
	size_t size;
} verbs[] = {
#define VERB(number, NAME, member, class) {number, sizeof(((struct verb *)NULL)->as.member)},
	VERBS(VERB)
#undef VERB
};

static void link_down(int verb_fd)
{
	const struct verb down = link_verb(VERB_LINK_DOWN, "d2", "d2");

	if (ask(verb_fd, &down) < 0)
		progress->missed++;
}

static void engine_hostile(void *context, int listen_fd, int verb_fd)
{
	(void)context;
	(void)listen_fd;
	progress->engines++;
	for (size_t v = 0; v < ARRAY_SIZE(verbs); v++) {
		for (uint32_t i = 0; i < HOSTILE; i++) {
			struct verb verb = some_verb(verbs[v].type);

			verb.serial = i;
			if (random_below(8) == 0)
				for (size_t at = 0; at < verbs[v].size; at++)
					verb.as.octets[at] = (uint8_t)random_below(256);
			else
				spoil(&verb, verbs[v].size);
			memset(verb.as.octets + verbs[v].size, 0,
				sizeof(verb.as.octets) - verbs[v].size);
			if (ask(verb_fd, &verb) == -EPIPE)
				_exit(4);
		}
	}
	/* That one was theirs to have. */
	link_down(verb_fd);
	progress->finished = true;
	for (;;)
		pause();
}

/* Without a cage, so that it is its user and its lack of capabilities that are tried. */
static void engine_by_itself(void *context, int listen_fd, int verb_fd)
{
	static const char *const commands[] = {
		"ip link delete d0",
		"ip link set d0 down",
		"ip link add dmwx type dummy",
		"ip address flush dev d0",
		"ip address add 192.0.2.99/24 dev d0",
		"ip route add 203.0.113.0/24 dev d0",
		"ip route flush table main",
		"ip rule add from 192.0.2.7 lookup 99",
		"ip -6 rule flush",
		"echo 1 >/proc/sys/net/ipv4/conf/d0/forwarding",
		"unshare -n true",
	};

	(void)context;
	(void)listen_fd;
	(void)verb_fd;
	progress->engines++;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char command[160];

		snprintf(command, sizeof(command), "{ %s; } >/dev/null 2>&1", commands[i]);
		progress->asked++;
		if (system(command) == 0)
			progress->done++;
		else
			progress->refused++;
	}
	for (int i = 0; i < 2; i++) {
		progress->asked++;
		if (kill(getppid(), i == 0 ? SIGTERM : SIGKILL) == 0)
			progress->done++;
		else
			progress->refused++;
	}
	progress->finished = true;
	for (;;)
		pause();
}

static const char *const good_state =
	"ip -4 route show table 77001 | grep -q 'default via 192.0.2.1 dev d0' && "
	"ip -6 route show table 77001 | grep -q 'default via fe80::1 dev d0' && "
	"ip -4 rule | grep -q 'from 192.0.2.7 lookup 77001' && "
	"ip -6 rule | grep -q 'from 2001:db8:2a::7 lookup 77001'";

/* Of the link that is listed, and of others, by all combinations of their names and numbers. */
static void links_try(int verb_fd)
{
	const struct verb up = link_verb(VERB_LINK_UP, "d2", "d2");
	const struct verb others[] = {
		link_verb(VERB_LINK_DOWN, "d0", "d0"),
		link_verb(VERB_LINK_DOWN, "d0", "d2"),
		link_verb(VERB_LINK_DOWN, "d2", "d0"),
		/* Without an index it is to be made, and has no command that could. */
		link_verb(VERB_LINK_DOWN, "none", "d2"),
		link_verb(VERB_LINK_UP, "none", "d2"),
		link_verb(VERB_LINK_DOWN, "d2", ""),
	};

	if (ask(verb_fd, &up) < 0 || system("ip link show dev d2 up | grep -q d2") != 0)
		progress->missed++;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (ask(verb_fd, &others[i]) == 0)
			progress->missed++;
	}
	link_down(verb_fd);
}

/* The same verbs, well formed; and taken back. */
static void engine_good(void *context, int listen_fd, int verb_fd)
{
	struct verb good[] = {
		route("0.0.0.0", 0, "192.0.2.1"),
		route("::", 0, "fe80::1%d0"),
		rule("192.0.2.7", 32),
		rule("2001:db8:2a::7", 128),
	};

	(void)context;
	(void)listen_fd;
	ask(verb_fd, &(struct verb){.type = VERB_READY});
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ask(verb_fd, &good[i]);
	links_try(verb_fd);
	progress->engines = system(good_state) == 0;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		good[i].type =
			good[i].type == VERB_PUT_ROUTE ? VERB_REMOVE_ROUTE : VERB_REMOVE_RULE;
		ask(verb_fd, &good[i]);
	}
	progress->finished = true;
	for (;;)
		pause();
}

/* ---- */

static void test_rubbish(void)
{
	char *before = state(true), *after;
	bool right = true;

	progress->engines = 0;
	for (int i = 0; i < RUBBISH && right; i++)
		right = ended(parent_start(engine_rubbish)) == 1 && logged("giving up");
	ok(right, "an engine that says rubbish is killed, and its parent gives up in the end");
	ok(progress->engines == RUBBISH * PARENT_DEATHS, "%u of them", progress->engines);
	after = state(true);
	ok(same(before, after), "links, addresses, routes and rules are as they were");
	free(before);
	free(after);
}

static void test_hostile(void)
{
	char *before = state(true), *meanwhile, *after;
	pid_t pid;

	*progress = (struct progress){.random = 88172645};
	pid = parent_start(engine_hostile);
	finishes();
	ok(progress->finished && progress->engines == 1 && progress->missed == 0 &&
			progress->asked == HOSTILE * ARRAY_SIZE(verbs) + 1,
		"every verb with hostile arguments is answered, by the parent that lives: %u",
		progress->asked);
	printf("# %u were done, %u refused\n", progress->done, progress->refused);
	ok(progress->refused > progress->asked / 2, "most are refused");
	meanwhile = state(false);
	kill(pid, SIGTERM);
	ok(ended(pid) == 0, "the parent ends as well as ever");
	after = state(true);
	ok(same(before, meanwhile), "what does not bear the mark was as before in the meantime");
	ok(same(before, after), "and everything is as it was, octet by octet");
	free(before);
	free(meanwhile);
	free(after);
}

static void test_by_itself(void)
{
	char *before = state(true), *after;
	pid_t pid;

	*progress = (struct progress){.random = 1};
	pid = parent_start(engine_by_itself);
	finishes();
	ok(progress->finished && progress->engines == 1 && progress->done == 0,
		"by itself the engine changes nothing, nor reaches its parent: %u tries, %u "
		"refused",
		progress->asked, progress->refused);
	after = state(true);
	ok(same(before, after), "and everything is as it was");
	kill(pid, SIGTERM);
	ended(pid);
	free(before);
	free(after);
}

static void test_good(void)
{
	char *before = state(true), *after;
	pid_t pid;

	*progress = (struct progress){.random = 1};
	pid = parent_start(engine_good);
	finishes();
	ok(progress->finished && progress->missed == 0 && progress->done == 11 &&
			progress->refused == 6 && progress->engines == 1,
		"M34: the same verbs, well formed, do work, and of links only with the one that is "
		"listed: %u done, %u refused",
		progress->done, progress->refused);
	after = state(true);
	ok(same(before, after), "and what they did is undone by verbs, too");
	kill(pid, SIGTERM);
	ended(pid);
	free(before);
	free(after);
}

/* Others' things, also such as resemble ours. */
static const char *const furniture =
	"ip link set lo up && ip link add d0 type veth peer name d1 && ip link set d1 up && "
	"ip link add d2 type veth peer name d3 && ip link set d2 up && ip link set d2 down && "
	"ip link set d0 up && ip address add 192.0.2.7/24 dev d0 && "
	"ip address add 2001:db8:2a::7/64 dev d0 nodad && sleep 2.2 && "
	"ip route add default via 192.0.2.1 dev d0 && "
	"ip route add default via 192.0.2.1 dev d0 table 77000 proto static && "
	"ip -6 route add default via fe80::1 dev d0 table 77001 metric 7 proto static && "
	"ip rule add from 192.0.2.7 lookup 99 pref 30010 && "
	"ip -6 rule add from 2001:db8:2a::/64 lookup 77001 pref 30191 protocol 4 && "
	"ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev d0 nud permanent";

int main(void)
{
	const char *what = "an engine that has been taken over";

	progress = mmap(
		NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED || mkdtemp(directory) == NULL || chmod(directory, 0755) < 0)
		return 1;
	snprintf(path, sizeof(path), "%s/socket", directory);
	snprintf(log_path, sizeof(log_path), "%s/log", directory);
	progress->random = 2463534242;
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		tap_skip(what, "needs root for a namespace");
	} else if (!run(furniture)) {
		tap_skip(what, "needs ip(8) and veth");
	} else {
		signal(SIGPIPE, SIG_IGN);
		alarm(150);
		test_rubbish();
		test_hostile();
		test_by_itself();
		test_good();
	}
	unlink(log_path);
	ok(rmdir(directory) == 0, "nothing is left behind");
	return tap_done();
}
