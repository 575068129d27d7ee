/* SPDX-License-Identifier: MIT */
/*
 * Sends its input to an echo server and prints what comes back, written against
 * draft-sarolahti-mptcp-af-multipath-01 alone: its calls are the system's. Where there is no
 * AF_MULTIPATH it connects to one address, as programs always did.
 *
 *	cc -o echo-client echo-client.c
 *	LD_PRELOAD=libmif-multipath-preload.so ./echo-client www.example 7000 <file
 */
#include <mif/multipath.h>

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int connect_over(sa_family_t family, const char *host, const char *port)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *found, *one;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		return -1;
	/* With AF_MULTIPATH there is one entry: the set of all addresses. */
	for (one = found; one != NULL; one = one->ai_next) {
		int connected;

		fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
		if (fd < 0)
			continue;
		connected = connect(fd, one->ai_addr, one->ai_addrlen);
		if (connected >= 0) {
			if (family == AF_MULTIPATH)
				fprintf(stderr, "connected to %d addresses\n", connected);
			break;
		}
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

static void report(int fd)
{
	struct sockaddr_mp_storage peer;
	socklen_t size = sizeof(peer);

	if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0)
		return;
	if (peer.mp.smp_family == AF_MULTIPATH)
		fprintf(stderr, "%d in use\n", peer.mp.smp_naddrs);
	else
		fprintf(stderr, "connected to one address\n");
}

/* Writes what is read from one descriptor to the other. False at the end. */
static int move(int from, int to)
{
	char octets[4096];
	ssize_t length = read(from, octets, sizeof(octets));

	for (ssize_t sent = 0; sent < length;) {
		ssize_t more = write(to, octets + sent, (size_t)(length - sent));

		if (more < 0)
			return 0;
		sent += more;
	}
	return length > 0;
}

int main(int argc, char **argv)
{
	struct pollfd polled[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: echo-client HOST PORT\n");
		return 2;
	}
	fd = connect_over(AF_MULTIPATH, argv[1], argv[2]);
	if (fd < 0)
		fd = connect_over(AF_UNSPEC, argv[1], argv[2]);
	if (fd < 0) {
		perror("echo-client");
		return 1;
	}
	report(fd);
	polled[1].fd = fd;
	while (poll(polled, 2, -1) > 0) {
		if (polled[0].revents != 0 && !move(STDIN_FILENO, fd)) {
			shutdown(fd, SHUT_WR);
			polled[0].fd = -1;
		}
		if (polled[1].revents != 0 && !move(fd, STDOUT_FILENO))
			return 0;
	}
	return 1;
}
