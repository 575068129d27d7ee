/* SPDX-License-Identifier: MIT */
/*
 * A TCP connection to a literal address: mif_dial() on an open handle, against a bare non-blocking
 * connect. The server is a process in another network namespace that sleeps while a connection is
 * made (the kernel makes it from the listening socket) and fetches and closes it afterwards.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handle.h"
#include "measure.h"

#define PORT 7788
#define PORT_TEXT "7788"
#define SIDES 3
#define WARM_UP 50

/* The sides take turns after so many. */
#define BLOCK 10

/* ---- the server ---- */

static void server_run(const char *namespace, int control)
{
	struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int where = measure_call(open(namespace, O_RDONLY | O_CLOEXEC), namespace);
	int fd, on = 1;
	char octet = 0;

	measure_call(setns(where, CLONE_NEWNET), "setns");
	fd = measure_call(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	measure_call(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "SO_REUSEADDR");
	measure_call(bind(fd, (const struct sockaddr *)&local, sizeof(local)), "bind");
	measure_call(listen(fd, 16), "listen");
	/* An octet each way: ready, fetched. */
	while (write(control, &octet, 1) == 1 && read(control, &octet, 1) == 1)
		close(measure_call(accept4(fd, NULL, NULL, SOCK_CLOEXEC), "accept"));
	_exit(0);
}

static void server_wait(int control)
{
	struct pollfd poll_fd = {.fd = control, .events = POLLIN};
	char octet;

	if (poll(&poll_fd, 1, PATIENCE_MS) != 1 || read(control, &octet, 1) != 1)
		measure_fail(ETIMEDOUT, "the server");
}

/* Without a linger time no port stays behind to be searched around. */
static void connection_end(int fd, int control)
{
	struct linger none = {.l_onoff = 1};
	char octet = 0;

	measure_call(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)), "SO_LINGER");
	close(fd);
	if (write(control, &octet, 1) != 1)
		measure_fail(errno, "the server");
	server_wait(control);
}

/* ---- the sides ---- */

static int bare_connect(const char *destination)
{
	struct sockaddr_in remote = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct pollfd poll_fd = {.events = POLLOUT};
	socklen_t size = sizeof(int);
	int error = 0;

	inet_pton(AF_INET, destination, &remote.sin_addr);
	poll_fd.fd = measure_call(
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP), "socket");
	if (connect(poll_fd.fd, (const struct sockaddr *)&remote, sizeof(remote)) < 0 &&
		errno != EINPROGRESS)
		measure_fail(errno, "connect");
	if (poll(&poll_fd, 1, PATIENCE_MS) != 1)
		measure_fail(ETIMEDOUT, "connect");
	measure_call(getsockopt(poll_fd.fd, SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
	if (error != 0)
		measure_fail(error, "connect");
	return poll_fd.fd;
}

static uint64_t sample(struct mif *mif, const char *destination, int control)
{
	uint64_t started = measure_now(), taken;
	int fd;

	if (mif == NULL)
		fd = bare_connect(destination);
	else
		fd = measure_check(mif_dial(mif, destination, PORT_TEXT, NULL, NULL), "mif_dial");
	taken = measure_now() - started;
	connection_end(fd, control);
	return taken;
}

int main(int argc, char **argv)
{
	static const char *const names[SIDES] = {"bare", "daemon", "engine"};
	struct mif *handles[SIDES] = {NULL};
	struct series series[SIDES];
	int control[2];
	size_t count;

	if (argc != 4) {
		fprintf(stderr, "usage: bench-dial ADDRESS SERVER'S-NAMESPACE COUNT\n");
		return 2;
	}
	count = measure_number(argv[3]);
	measure_call(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), "socketpair");
	if (measure_fork() == 0)
		server_run(argv[2], control[1]);
	close(control[1]);
	server_wait(control[0]);
	for (size_t s = 0; s < SIDES; s++) {
		if (s > 0)
			handles[s] = handle_open(names[s]);
		series_init(&series[s], names[s], "dial", count);
		for (size_t i = 0; i < WARM_UP; i++)
			sample(handles[s], argv[1], control[0]);
	}
	for (size_t i = 0; i < count; i += BLOCK)
		for (size_t s = 0; s < SIDES; s++)
			for (size_t n = 0; n < BLOCK; n++)
				series_add(&series[s], sample(handles[s], argv[1], control[0]));
	for (size_t s = 0; s < SIDES; s++) {
		series_print(&series[s]);
		mif_close(handles[s]);
	}
	return 0;
}
