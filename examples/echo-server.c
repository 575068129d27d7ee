/* SPDX-License-Identifier: MIT */
/*
 * An echo server on a set of addresses, written against draft-sarolahti-mptcp-af-multipath-01 alone:
 * its calls are the system's.
 *
 *	cc -o echo-server echo-server.c
 *	LD_PRELOAD=libmif-multipath-preload.so ./echo-server 7000 192.0.2.1 2001:db8::1
 */
#include <mif/multipath.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLIENTS 64

/* The draft's set, filled in by hand: a head, then one ordinary address after the other. */
static size_t fill(struct sockaddr_mp_storage *set, const char *port, char **names, int count)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;
	unsigned char *at = (unsigned char *)set->addrs;

	memset(set, 0, sizeof(*set));
	set->mp.smp_family = AF_MULTIPATH;
	for (int i = 0; i < count && i < SMP_MAX_ADDRS; i++) {
		if (getaddrinfo(names[i], port, &hints, &found) != 0) {
			fprintf(stderr, "echo-server: %s is no address\n", names[i]);
			exit(2);
		}
		memcpy(at, found->ai_addr, found->ai_addrlen);
		at += found->ai_addrlen;
		set->mp.smp_naddrs++;
		freeaddrinfo(found);
	}
	set->mp.smp_len = (uint16_t)(at - (unsigned char *)set);
	return set->mp.smp_len;
}

/* Every address of a set, one a line. */
static void print(const char *what, const struct sockaddr_mp_storage *set)
{
	const unsigned char *at = (const unsigned char *)set->addrs;

	for (int i = 0; i < set->mp.smp_naddrs; i++) {
		const struct sockaddr *address = (const struct sockaddr *)(const void *)at;
		socklen_t size = address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
								: sizeof(struct sockaddr_in);
		char host[64], port[8];

		if (getnameinfo(address, size, host, sizeof(host), port, sizeof(port),
			    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
			printf("%s %s %s\n", what, host, port);
		at += size;
	}
	fflush(stdout);
}

static int start(const char *port, char **names, int count)
{
	struct sockaddr_mp_storage set;
	socklen_t size = (socklen_t)fill(&set, port, names, count);
	int fd = socket(AF_MULTIPATH, SOCK_STREAM, 0);
	int bound;

	if (fd < 0) {
		perror("echo-server: socket");
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	bound = bind(fd, (struct sockaddr *)&set, size);
	if (bound < 0 || listen(fd, CLIENTS) < 0) {
		perror("echo-server: bind");
		exit(1);
	}
	printf("bound %d of %d\n", bound, count);
	size = sizeof(set);
	if (getsockname(fd, (struct sockaddr *)&set, &size) == 0)
		print("listening", &set);
	return fd;
}

static int welcome(int fd)
{
	struct sockaddr_mp_storage peer;
	socklen_t size = sizeof(peer);
	int client = accept(fd, (struct sockaddr *)&peer, &size);

	if (client >= 0)
		print("client", &peer);
	return client;
}

/* False: that was the last of it. */
static int echo(int fd)
{
	char octets[4096];
	ssize_t length = read(fd, octets, sizeof(octets));

	for (ssize_t sent = 0; sent < length;) {
		ssize_t more = write(fd, octets + sent, (size_t)(length - sent));

		if (more < 0)
			return 0;
		sent += more;
	}
	return length > 0;
}

int main(int argc, char **argv)
{
	struct pollfd polled[1 + CLIENTS];
	nfds_t count = 1;

	if (argc < 3) {
		fprintf(stderr, "usage: echo-server PORT ADDRESS...\n");
		return 2;
	}
	polled[0] = (struct pollfd){.fd = start(argv[1], argv + 2, argc - 2), .events = POLLIN};
	while (poll(polled, count, -1) > 0) {
		for (nfds_t i = count; i-- > 1;) {
			if (polled[i].revents != 0 && !echo(polled[i].fd)) {
				close(polled[i].fd);
				polled[i] = polled[--count];
			}
		}
		if (polled[0].revents != 0 && count < 1 + CLIENTS) {
			int client = welcome(polled[0].fd);

			if (client >= 0)
				polled[count++] = (struct pollfd){.fd = client, .events = POLLIN};
		}
	}
	return 1;
}
