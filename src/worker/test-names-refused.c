/* SPDX-License-Identifier: MIT */
/*
 * What this host's kernel refuses for a moment: a source address that is not valid yet, a full table of
 * neighbours. bind(2) and send(2) here are the test's own (link_args: -Wl,--wrap), and refuse as often as they are told to.
 */
#include "base/address.h"
#include "test-names-lab.h"
#include "worker/names.h"
#include "worker/resolver.h"

#include <sys/socket.h>

int __real_bind(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size);
ssize_t __real_send(int fd, const void *octets, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *octets, size_t size, int flags);

static struct worker *worker;
static int error_of_bind, error_of_send;
static unsigned int left, refused;

static bool is_clock(int fd)
{
	for (size_t i = 0; i < ARRAY_SIZE(lab_clocks); i++) {
		if (lab_clocks[i] == fd)
			return true;
	}
	return false;
}

static bool refuses(int error)
{
	if (error == 0 || left == 0)
		return false;
	left--;
	refused++;
	errno = error;
	return true;
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	return refuses(error_of_bind) ? -1 : __real_bind(fd, address, size);
}

ssize_t __wrap_send(int fd, const void *octets, size_t size, int flags)
{
	return !is_clock(fd) && refuses(error_of_send) ? -1 : __real_send(fd, octets, size, flags);
}

/* A domain of its own, that remembers nothing. */
static struct outcome *ask(const char *server, int bind_error, int send_error, unsigned int times)
{
	static uint64_t pvd;
	struct name_scope scope = lab_scope(++pvd);

	scope.servers[0] = lab_address(server);
	error_of_bind = bind_error;
	error_of_send = send_error;
	left = times;
	refused = 0;
	lab_ask(worker, &scope, "www.example", MIF_FAMILY_IPV6);
	error_of_bind = error_of_send = 0;
	return &outcomes[next_id];
}

static void test_moments(void)
{
	ok(ended(ask("::1", EADDRNOTAVAIL, 0, 1), MIF_TRANSLATION_FOUND, 0, 1) && refused == 1,
		"M23: the source address becomes valid: it is asked then");
	ok(ended(ask("::1", 0, EINVAL, 1), MIF_TRANSLATION_FOUND, 0, 1) && refused == 1,
		"M23: the table of neighbours had no room: it is asked again");
	ok(ended(ask("127.0.0.53", 0, ENOBUFS, 2), MIF_TRANSLATION_FOUND, 0, 1) && refused == 2,
		"M23: the same for IPv4, twice");
}

static void test_ever(void)
{
	uint64_t started = lab_now();

	ok(ended(ask("::1", EADDRNOTAVAIL, 0, 1000), MIF_TRANSLATION_FAILED, 0, 0) &&
			refused == RESOLVER_ROUNDS &&
			outcomes[next_id].end < started + 8 * NSEC_PER_SEC,
		"M23: where that stays so, it has failed, in the time of a server that is silent");
	started = lab_now();
	ok(ended(ask("::1", 0, EPERM, 1000), MIF_TRANSLATION_FAILED, 0, 0) && refused == 1 &&
			outcomes[next_id].end == started,
		"M23: what is forbidden has failed at once");
}

/* The same domain: nothing that it had made is kept. */
static void test_after(void)
{
	struct name_scope scope = lab_scope(1000);

	scope.servers[0] = lab_address("::1");
	error_of_send = ENETUNREACH;
	left = 1;
	ok(ended(lab_ask(worker, &scope, "www.example", MIF_FAMILY_IPV6), MIF_TRANSLATION_FAILED, 0,
		   0),
		"M23: no route to the server: it has failed");
	error_of_send = 0;
	lab_pass(2 * NSEC_PER_SEC);
	ok(ended(lab_ask(worker, &scope, "www.example", 0), MIF_TRANSLATION_FOUND, 1, 1),
		"M23: when there is one, the next question is answered");
}

int main(void)
{
	if (!lab_enter()) {
		tap_skip("M23: what a kernel refuses", "no network namespace, or no python3");
		return tap_done();
	}
	if (worker_names_new(&worker, "/dev/null") < 0)
		return 1;
	test_moments();
	test_ever();
	test_after();
	worker->ops->free(worker);
	lab_leave();
	return tap_done();
}
