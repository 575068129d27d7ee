/* SPDX-License-Identifier: MIT */
/*
 * Connect and close, again and again, of sockets that an interposer leaves alone: on this host, or of
 * datagrams to an address, of which none is sent. Prints the nanoseconds of each block. It knows no library of the project; bench/interpose starts it with and
 * without one before it.
 *
 * usage: bench-calls unix | tcp | ADDRESS BLOCKS PAIRS
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure.h"

struct target {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_un un;
	} address;
	socklen_t size;
	int type;
	int listener; /* -1: nobody here accepts */
};

static void listen_at(struct target *target)
{
	int fd = measure_call(
		socket(target->address.any.sa_family, target->type | SOCK_CLOEXEC, 0), "socket");

	measure_call(bind(fd, &target->address.any, target->size), "bind");
	target->size = sizeof(target->address);
	measure_call(getsockname(fd, &target->address.any, &target->size), "getsockname");
	if (target->type == SOCK_STREAM)
		measure_call(listen(fd, 64), "listen");
	target->listener = target->type == SOCK_STREAM ? fd : -1;
}

static void target_make(struct target *target, const char *kind)
{
	*target = (struct target){.type = SOCK_STREAM, .listener = -1};
	if (strcmp(kind, "unix") == 0) {
		/* An abstract name of the kernel's choice. */
		target->address.un.sun_family = AF_UNIX;
		target->size = sizeof(sa_family_t);
		listen_at(target);
		return;
	}
	target->address.in = (struct sockaddr_in){.sin_family = AF_INET};
	target->size = sizeof(target->address.in);
	target->address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (strcmp(kind, "tcp") == 0) {
		listen_at(target);
		return;
	}
	target->type = SOCK_DGRAM;
	target->address.in.sin_port = htons(7);
	if (inet_pton(AF_INET, kind, &target->address.in.sin_addr) != 1)
		measure_fail(0, "neither unix, tcp nor an address");
}

static void pair(const struct target *target)
{
	static const struct linger none = {.l_onoff = 1};
	int fd = measure_call(
		socket(target->address.any.sa_family, target->type | SOCK_CLOEXEC, 0), "socket");
	int peer = -1;

	measure_call(connect(fd, &target->address.any, target->size), "connect");
	if (target->listener >= 0)
		peer = measure_call(accept(target->listener, NULL, NULL), "accept");
	/* No port waits for what may come late. */
	if (target->address.any.sa_family == AF_INET && target->type == SOCK_STREAM)
		measure_call(
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)), "SO_LINGER");
	close(fd);
	if (peer >= 0)
		close(peer);
}

int main(int argc, char **argv)
{
	struct target target;
	struct series series;
	size_t blocks, pairs;

	if (argc != 4)
		measure_fail(0, "usage: bench-calls unix | tcp | ADDRESS BLOCKS PAIRS");
	blocks = measure_number(argv[2]);
	pairs = measure_number(argv[3]);
	target_make(&target, argv[1]);
	series_init(&series, "side", argv[1], blocks);
	for (size_t i = 0; i < pairs; i++)
		pair(&target);
	for (size_t i = 0; i < blocks; i++) {
		uint64_t begun = measure_now();

		for (size_t j = 0; j < pairs; j++)
			pair(&target);
		series_add(&series, (measure_now() - begun) / pairs);
	}
	series_print(&series);
	return 0;
}
