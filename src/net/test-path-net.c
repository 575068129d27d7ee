/* SPDX-License-Identifier: MIT */
/*
 * The parent's hand in paths, over the loopback interface of a network namespace of this test's own: what
 * it does for connections that were shown, what it refuses for others, and what it leaves of the sysctl.
 */
#include "net/path.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/mptcp.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/mptcp.h"
#include "net/survey.h"
#include "tap.h"

static char record[] = "/tmp/dmw-path-XXXXXX";
static struct path path;
static int events;

static int sysctl_value(void)
{
	char value[8] = "";
	_cleanup_(closep) int fd = open("/proc/sys/net/mptcp/pm_type", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, value, sizeof(value) - 1) > 0 ? atoi(value) : -1;
}

static void sysctl_set(const char *value)
{
	_cleanup_(closep) int fd = open("/proc/sys/net/mptcp/pm_type", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		abort();
}

static bool begin(bool takeover, int expected)
{
	int r = path_open(&path, record, &events);

	if (r == 0)
		r = path_begin(&path, takeover);
	if (r != expected)
		printf("# %s\n", strerror(-r));
	return r == expected;
}

static void end(void)
{
	path_close(&path);
	close_fd(events);
}

static void bind_to_loopback(int fd)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
}

static bool bound; /* the client's socket is, before it is adopted */

/* A connection with a server in this namespace: both ends. adopt: the client's is adopted. */
static void connect_two(int ends[2], bool adopt)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	_cleanup_(closep) int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	char octet;

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	if (bound)
		bind_to_loopback(ends[0]);
	if (adopt && path_adopt(&path, ends[0]) != 0)
		abort();
	if (bind(server, (struct sockaddr *)&address, size) < 0 || listen(server, 1) < 0 ||
		getsockname(server, (struct sockaddr *)&address, &size) < 0 ||
		connect(ends[0], (struct sockaddr *)&address, size) < 0)
		abort();
	ends[1] = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	/* It is fully established. */
	if (write(ends[1], "x", 1) != 1 || read(ends[0], &octet, 1) != 1)
		abort();
}

static struct verb_subflow subflow_of(int fd)
{
	struct mptcp_info info = {0};
	socklen_t size = sizeof(info);
	static const uint8_t loopback[4] = {127, 0, 0, 2};

	if (getsockopt(fd, SOL_MPTCP, MPTCP_INFO, &info, &size) < 0)
		abort();
	return (struct verb_subflow){.token = info.mptcpi_token,
		.local.address = address_ipv4(loopback),
		.remote = {.address = address_ipv4(loopback), .port = 9}};
}

static void test_foreign(void)
{
	struct verb_subflow verb, offer;
	int ends[2];

	ok(begin(false, 0), "adopting works here");
	connect_two(ends, true);
	verb = subflow_of(ends[0]);
	offer = verb;
	offer.remote = (struct mif_endpoint){0};
	ok(path_join(&path, &verb) == -ENOENT,
		"a sound JOIN for a connection that was not shown is refused, though the kernel "
		"would");
	ok(path_leave(&path, &verb) == -ENOENT && path_prefer(&path, &verb) == -ENOENT &&
			path_offer(&path, &offer) == -ENOENT &&
			path_retract(&path, &offer) == -ENOENT,
		"and so is all else");
	ok(path_prove(&path, ends[0]) == 0 && path_join(&path, &verb) == 0,
		"once its socket was shown, it is done");
	verb.id = 256;
	ok(path_join(&path, &verb) == -EINVAL, "but for values that make no sense");
	verb.id = 0;
	ok(path_forget(&path, &(struct verb_connection){.token = verb.token}) == 0 &&
			path_join(&path, &verb) == -ENOENT,
		"until it is forgotten");
	close(ends[0]);
	close(ends[1]);
	connect_two(ends, false);
	verb = subflow_of(ends[0]);
	/* Linux 6.1 tells only when it is asked to do something. */
	ok(path_prove(&path, ends[0]) == -EOPNOTSUPP || path_join(&path, &verb) == -EINVAL,
		"one that the kernel manages cannot be shown, or be given paths");
	close(ends[0]);
	close(ends[1]);
	end();
}

static size_t records(int fd, uint32_t kind, uint32_t token)
{
	struct survey_record one;
	size_t count = 0;

	for (off_t at = 0; pread(fd, &one, sizeof(one), at) == sizeof(one);
		at += (off_t)sizeof(one))
		count += one.kind == kind && one.token == token && one.uid == getuid();
	close_fd(fd);
	return count;
}

/* How much waits in the only subflow of that connection; -1: there is none. */
static int64_t queued_in(uint32_t token)
{
	struct survey_record one;
	int64_t queued = -1;
	int fd = -1;

	if (path_survey(&path, &(struct verb_survey){0}, &fd) < 0)
		return -1;
	for (off_t at = 0; pread(fd, &one, sizeof(one), at) == sizeof(one);
		at += (off_t)sizeof(one))
		if (one.kind == SURVEY_SUBFLOW && one.token == token)
			queued = one.queued;
	close_fd(fd);
	return queued;
}

static void test_queue(void)
{
	static const char octets[1000];
	int ends[2];
	uint32_t token;

	ok(begin(false, 0), "again");
	connect_two(ends, true);
	token = subflow_of(ends[0]).token;
	ok(path_prove(&path, ends[0]) == 0 && system("ip link set lo down") == 0 &&
			write(ends[0], octets, sizeof(octets)) == sizeof(octets) &&
			queued_in(token) == sizeof(octets),
		"M34: a survey tells what waits in a subflow");
	ok(system("ip link set lo up") == 0, "the link is back");
	while (queued_in(token) > 0)
		usleep(10000);
	ok(queued_in(token) == 0, "M34: and when it has arrived");
	close(ends[0]);
	close(ends[1]);
	end();
}

static void test_survey(void)
{
	int ends[2], others[2], passed = -1;
	uint32_t token, other;

	ok(begin(false, 0), "again");
	connect_two(ends, true);
	connect_two(others, false);
	token = subflow_of(ends[0]).token;
	other = subflow_of(others[0]).token;
	ok(path_prove(&path, ends[0]) == 0 &&
			path_survey(&path, &(struct verb_survey){0}, &passed) == 0,
		"what there is can be asked for");
	ok(records(dup(passed), SURVEY_CONNECTION, token) == 1 &&
			records(dup(passed), SURVEY_SUBFLOW, token) == 1,
		"it has the connection that was shown, and its subflow");
	ok(records(dup(passed), SURVEY_CONNECTION, other) == 0 &&
			records(dup(passed), SURVEY_OTHER, other) == 0 &&
			records(passed, SURVEY_SUBFLOW, other) == 0,
		"and nothing of others");
	passed = -1;
	ok(path_survey(&path, &(struct verb_survey){1}, &passed) == 0 &&
			records(dup(passed), SURVEY_OTHER, other) == 1 &&
			records(dup(passed), SURVEY_OTHER, token) == 0 &&
			records(passed, SURVEY_CONNECTION, token) == 1,
		"A12: of which it tells when it is asked for them");
	ok(path_survey(&path, &(struct verb_survey){2}, &passed) == -EINVAL,
		"but for values that make no sense");
	close(ends[1]);
	close(ends[0]);
	passed = -1;
	ok(path_survey(&path, &(struct verb_survey){0}, &passed) == 0,
		"and again when it is closed");
	close_fd(passed);
	close(others[0]);
	close(others[1]);
	end();
}

/* What a parent leaves that is killed while it adopts: the sysctl as it is then, and the octet. */
static void die_in_window(void)
{
	_cleanup_(closep) int fd = open(record, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (write(fd, "W", 1) != 1)
		abort();
	sysctl_set("1");
}

static void test_repair(void)
{
	struct stat status;

	die_in_window();
	ok(begin(false, -EUCLEAN) && sysctl_value() == 0,
		"a parent that died while it adopted left the sysctl: the next one puts it back");
	end();
	ok(stat(record, &status) < 0, "and leaves no record");
	sysctl_set("1");
	ok(begin(false, 0) && sysctl_value() == 1,
		"one that an administrator has set it leaves alone");
	end();
	ok(sysctl_value() == 1, "at its end, too");
	sysctl_set("0");
}

static void test_takeover(void)
{
	struct verb_connection verb = {0};
	uint32_t uid;
	int ends[2];

	ok(begin(true, 0) && sysctl_value() == 1, "a takeover: all sockets from now on");
	connect_two(ends, false);
	ok(path_prove(&path, ends[0]) == 0, "may be shown without being adopted");
	verb.token = subflow_of(ends[1]).token;
	ok(path_recognise(&path, &verb, &uid) == 0,
		"A12: and are known by their tokens, accepted ones too");
	close(ends[0]);
	close(ends[1]);
	end();
	ok(sysctl_value() == 0, "until it ends");
}

static void test_recognise(void)
{
	struct verb_connection verb = {0};
	uint32_t uid = 1234;
	int ends[2], passed = -1;

	ok(begin(false, 0), "again");
	connect_two(ends, true);
	verb.token = subflow_of(ends[0]).token;
	ok(path_recognise(&path, &verb, &uid) == 0 && uid == getuid(),
		"A12: a connection of a socket that was adopted is known by its token");
	ok(path_survey(&path, &(struct verb_survey){0}, &passed) == 0 &&
			records(passed, SURVEY_CONNECTION, verb.token) == 1,
		"A12: and counts as shown");
	verb.token = subflow_of(ends[1]).token;
	ok(path_recognise(&path, &verb, &uid) == -ENOENT, "the other end's socket was not adopted");
	verb.token ^= 1;
	ok(path_recognise(&path, &verb, &uid) == -ENOENT, "nor is there one of any other token");
	close(ends[0]);
	close(ends[1]);
	connect_two(ends, true);
	verb.token = subflow_of(ends[0]).token;
	ok(path_survey(&path, &(struct verb_survey){0}, &passed) == 0 &&
			records(passed, SURVEY_CONNECTION, verb.token) == 1,
		"A12: a survey finds one of which nobody was told");
	close(ends[0]);
	close(ends[1]);
	bound = true;
	connect_two(ends, true);
	bound = false;
	verb.token = subflow_of(ends[0]).token;
	ok(path_recognise(&path, &verb, &uid) == 1, "A12: and of one that was bound it is told");
	close(ends[0]);
	close(ends[1]);
	for (int i = 0; i < ADOPTED_OF_USER + 10; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

		if (path_adopt(&path, fd) < 0)
			abort();
		close(fd);
	}
	ok(path.adopted_count == ADOPTED_OF_USER, "of one user's sockets so many are remembered");
	end();
}

int main(void)
{
	const char *missing = geteuid() != 0 ? "needs root" : NULL;
	int probe = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);

	if (missing == NULL && (unshare(CLONE_NEWNET) < 0 || system("ip link set lo up") != 0))
		missing = "no network namespace here";
	if (missing == NULL && (probe < 0 || sysctl_value() < 0))
		missing = "this kernel has no Multipath TCP with a manager outside";
	close_fd(probe);
	if (missing != NULL) {
		tap_skip("paths of the parent", missing);
		return tap_done();
	}
	setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	close_fd(mkostemp(record, O_CLOEXEC));
	unlink(record);
	test_foreign();
	test_survey();
	test_queue();
	test_repair();
	test_recognise();
	test_takeover();
	return tap_done();
}
