/* SPDX-License-Identifier: MIT */
#include "source/test-model.h"

#include "tap.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "source/dhcpcd-stream.h"
#include "source/dhcpcd.h"

/* A dhcpcd that says what the test wants, of the loopback link, which is there in every namespace. */
static char *const bound[] = {"interface=lo", "reason=BOUND", "if_up=true",
	"new_ip_address=10.11.0.126", "new_subnet_cidr=24", "new_dhcp_lease_time=120",
	"new_dhcp_server_identifier=10.11.0.1", "new_domain_name_servers=10.11.0.1", NULL};
static char *const renewed[] = {"interface=lo", "reason=RENEW", "if_up=true",
	"new_ip_address=10.11.0.126", "new_subnet_cidr=24", "new_dhcp_lease_time=120",
	"new_dhcp_server_identifier=10.11.0.1", "new_domain_name_servers=10.11.0.2", NULL};
static char *const advertised[] = {"interface=lo", "reason=ROUTERADVERT", "if_up=true",
	"nd1_from=fe80::1", "nd1_acquired=90", "nd1_now=100", "nd1_lifetime=300",
	"nd1_rdnss1_servers=2001:db8::53", "nd1_rdnss1_lifetime=300", NULL};
static char *const expired[] = {"interface=lo", "reason=EXPIRE", "if_up=true", NULL};
static char *const carrier[] = {"interface=lo", "reason=CARRIER", "if_up=true", NULL};
static char *const foreign[] = {
	"interface=none0", "reason=BOUND", "if_up=true", "new_domain_name_servers=10.11.0.1", NULL};

static struct model model;
static struct source *source;
static char top[] = "/tmp/test-dhcpcd.XXXXXX";
static char directory[64], path[80];
static int listener = -1, peers[2] = {-1, -1}; /* in the order of the source: listens, asks */

static uint64_t counter(unsigned int index)
{
	const char *name;
	uint64_t value = UINT64_MAX;

	source->ops->counter(source, index, &name, &value);
	return value;
}

/* As often as there is something to be read. */
static void dispatch(uint64_t now)
{
	struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};

	do
		source->ops->dispatch(source, &model, now);
	while (poll(&fd, 1, 0) > 0);
}

/* As if its socket had been made so many seconds ago. */
static void serve(bool listening, time_t age)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - age}};

	strcpy(address.sun_path, path);
	mkdir(directory, 0755);
	unlink(path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 ||
		bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		utimensat(AT_FDCWD, path, times, 0) < 0 || (listening && listen(listener, 8) < 0))
		abort();
}

/* The connections that wait. Whether they are two that ask for the right things. */
static bool accept_both(void)
{
	char command[2][32] = {"", ""};

	for (size_t i = 0; i < 2; i++) {
		struct pollfd fd = {.fd = listener, .events = POLLIN};

		if (poll(&fd, 1, 0) <= 0)
			return false;
		peers[i] = accept(listener, NULL, NULL);
		if (recv(peers[i], command[i], sizeof(command[i]), 0) <= 0)
			return false;
	}
	return strcmp(command[0], "--listen") == 0 && strcmp(command[1], "--getinterfaces") == 0;
}

static size_t block_of(char *const *strings, char block[1024])
{
	size_t size = 0;

	for (; *strings != NULL; strings++) {
		strcpy(block + size, *strings);
		size += strlen(*strings) + 1;
	}
	return size;
}

static void write_all(int fd, const void *octets, size_t size)
{
	if (send(fd, octets, size, MSG_NOSIGNAL) != (ssize_t)size)
		abort();
}

static void say(int fd, char *const *strings)
{
	char block[1024];
	size_t size = block_of(strings, block);

	write_all(fd, &size, sizeof(size));
	write_all(fd, block, size);
}

static void hang_up(void)
{
	for (size_t i = 0; i < 2; i++)
		peers[i] = close_fd(peers[i]);
	listener = close_fd(listener);
}

static bool has_server(const char *server, const char *valid)
{
	char text[TEST_TEXT];

	snprintf(text, sizeof(text), "data 1 1 %s/0  element=3 valid=%s provider=10.11.0.1", server,
		valid);
	return model_has(&model, text);
}

static size_t leases(void)
{
	size_t count = 0;

	for (size_t i = 0; i < model.count; i++)
		count += model.entries[i].fact.kind == FACT_LEASE;
	return count;
}

static void test_connect(void)
{
	dispatch(1);
	ok(model.count == 0 && source->ops->deadline(source) == TIME_FOREVER,
		"without a dhcpcd there is nothing");
	serve(false, 60);
	dispatch(1);
	ok(counter(4) == 1 && source->ops->deadline(source) == 1 + NSEC_PER_SEC,
		"a socket on which nobody listens yet is tried again");
	if (listen(listener, 8) < 0)
		abort();
	dispatch(1 + NSEC_PER_SEC);
	ok(accept_both() && counter(3) == 1, "a dhcpcd is asked, and listened to first");
}

static void test_answer(void)
{
	size_t count = 3;

	test_now = 0;
	write_all(peers[1], &count, sizeof(count));
	say(peers[1], carrier);
	say(peers[1], bound);
	dispatch(0);
	ok(model.count == 1 && has_server("10.11.0.1", "-") && leases() == 0,
		"M21: what holds already, of a lease whose age is not told");
	say(peers[1], advertised);
	dispatch(0);
	ok(model.count == 3 &&
			model_has(&model,
				"data 1 1 2001:db8::53/0  element=1 valid=290 provider=fe80::1%1"),
		"M21: and of a router, whose advertisement says how old it is");
	ok(model.entries[0].fact.trust == FACT_TRUST_MANAGER, "of trust MANAGER");
	ok(recv(peers[1], &count, 1, MSG_DONTWAIT) == 0, "the question ends with its answer");
}

static void test_news(void)
{
	char block[1024];
	size_t size = block_of(renewed, block);
	unsigned int commits = model.commits;

	write_all(peers[0], &size, sizeof(size));
	write_all(peers[0], block, 10);
	dispatch(0);
	ok(model.commits == commits, "half a block is not believed");
	write_all(peers[0], block + 10, size - 10);
	dispatch(0);
	ok(model.commits == commits + 1 && has_server("10.11.0.2", "120") && leases() == 1 &&
			model.count == 4,
		"M14 M18: a renewed lease takes the place of the old one, in one commit, with its "
		"end");
	say(peers[0], foreign);
	dispatch(0);
	ok(model.count == 4, "what is said of a link that is not there brings nothing");
	say(peers[0], (char *const[]){"reason=NEW", "interface=lo", NULL});
	dispatch(0);
	ok(model.count == 4 && counter(1) == 1, "nor does what is not known");
	say(peers[0], expired);
	dispatch(0);
	ok(model.count == 2 && leases() == 0, "M15: a lease that ends takes along what it brought");
}

static void test_restart(void)
{
	size_t count = 1;

	hang_up();
	dispatch(2 * NSEC_PER_SEC);
	ok(model.count == 2, "what a dhcpcd said outlives it for a moment");
	serve(true, 60);
	dispatch(2 * NSEC_PER_SEC);
	ok(accept_both(), "one that is started again is asked again");
	write_all(peers[1], &count, sizeof(count));
	say(peers[1], bound);
	dispatch(2 * NSEC_PER_SEC);
	ok(model.count == 1 && has_server("10.11.0.1", "-"), "and what it says now counts alone");
	hang_up();
	unlink(path);
	dispatch(3 * NSEC_PER_SEC);
	dispatch(3 * NSEC_PER_SEC + DHCPCD_HOLD - 1);
	ok(model.count == 1, "one that is stopped is waited for");
	dispatch(3 * NSEC_PER_SEC + DHCPCD_HOLD);
	ok(model.count == 0 && source->ops->deadline(source) == TIME_FOREVER,
		"and then forgotten, with all that it said");
}

/* Version 9.4.1 would end. */
static void test_young(void)
{
	uint64_t now = 50 * NSEC_PER_SEC;

	serve(true, 0);
	dispatch(now);
	ok(!accept_both() && peers[0] >= 0 && peers[1] < 0, "a young dhcpcd is listened to only");
	ok(source->ops->deadline(source) > now + 8 * NSEC_PER_SEC &&
			source->ops->deadline(source) <= now + DHCPCD_YOUTH,
		"and asked when it is older");
	say(peers[0], bound);
	dispatch(now);
	ok(leases() == 1, "what it says is heard meanwhile");
	dispatch(now + DHCPCD_YOUTH);
	peers[1] = accept(listener, NULL, NULL);
	ok(peers[1] >= 0 && source->ops->deadline(source) == TIME_FOREVER, "it is asked once");
	hang_up();
	unlink(path);
	dispatch(now + DHCPCD_YOUTH);
	dispatch(now + DHCPCD_YOUTH + DHCPCD_HOLD);
	ok(model.count == 0, "and is gone");
}

static void test_garbage(void)
{
	uint64_t now = 100 * NSEC_PER_SEC, bad = counter(2);
	size_t size = SIZE_MAX;

	serve(true, 60);
	dispatch(now);
	ok(accept_both(), "a dhcpcd comes");
	write_all(peers[1], &size, sizeof(size));
	write_all(peers[0], &size, sizeof(size));
	dispatch(now);
	ok(counter(2) == bad + 2 && recv(peers[0], &size, 1, MSG_DONTWAIT) == 0,
		"one that says what makes no sense is hung up on");
	hang_up();
	unlink(path);
	chmod(directory, 0777);
	serve(true, 60);
	dispatch(now + DHCPCD_HOLD);
	ok(!accept_both(), "a socket that anybody could have made is not trusted");
	chmod(directory, 0755);
	hang_up();
}

int main(void)
{
	if (mkdtemp(top) == NULL)
		return 1;
	snprintf(directory, sizeof(directory), "%s/dhcpcd", top);
	snprintf(path, sizeof(path), "%s/unpriv.sock", directory);
	if (source_dhcpcd_new(&source, directory) < 0)
		return 1;
	test_connect();
	test_answer();
	test_news();
	test_restart();
	test_young();
	test_garbage();
	source->ops->free(source);
	unlink(path);
	rmdir(directory);
	rmdir(top);
	return tap_done();
}
