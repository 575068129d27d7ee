/* SPDX-License-Identifier: MIT */
/*
 * mif-nss: asks services of the host's Name Service Switch for the addresses of one name, and ends. mifd's
 * parent starts it, with a socket to the engine as its standard input and the services as its argument;
 * nobody else has a use for it. Modules of the switch load libraries, open files and sockets, and wait as
 * long as they like: so they do it here, each for one name, where it harms nobody.
 */
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "nss/cage.h"
#include "nss/exchange.h"

/* For what one module says: a thousand addresses and more. */
#define ROOM (256U << 10)

static int complain(const char *what, int error)
{
	fprintf(stderr, "<4>mif-nss: %s: %s\n", what, strerror(error < 0 ? -error : error));
	return 1;
}

/* One packet, before long. */
static int request_receive(struct nss_request *request, uint8_t packet[NSS_PACKET_MAX])
{
	struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t size;

	if (poll(&wait, 1, NSS_SECONDS * 1000) <= 0)
		return -ETIMEDOUT;
	size = recv(STDIN_FILENO, packet, NSS_PACKET_MAX, MSG_DONTWAIT | MSG_TRUNC);
	if (size < 0)
		return -errno;
	if (size > NSS_PACKET_MAX)
		return -EBADMSG;
	return nss_request_read(request, packet, (size_t)size);
}

/* What goes nowhere, and what is known already, is left out. */
static void address_add(struct nss_answer *answer, const struct mif_address *address)
{
	bool known = answer->count == NSS_ADDRESSES || !nss_address_is_sound(address);

	for (uint32_t i = 0; !known && i < answer->count; i++)
		known = address_equal(&answer->addresses[i], address);
	if (!known)
		answer->addresses[answer->count++] = *address;
}

/* At most half of the room, so that the other family has the rest. */
static void addresses_take(struct nss_answer *answer, const struct hostent *host, int family)
{
	uint32_t until = answer->count + NSS_ADDRESSES / 2;
	bool ipv4 = family == AF_INET;

	if (host->h_addrtype != family || host->h_length != (ipv4 ? 4 : 16))
		return;
	for (char **at = host->h_addr_list; *at != NULL && answer->count < until; at++) {
		const struct mif_address address = ipv4 ? address_ipv4(*at) : address_ipv6(*at, 0);

		address_add(answer, &address);
	}
}

/* Asks for one family. enum nss_result. */
static uint32_t family_ask(struct nss_answer *answer, const char *name, int family)
{
	_cleanup_(freep) char *room = malloc(ROOM);
	struct hostent host, *found = NULL;
	uint32_t count = answer->count;
	int why = NO_RECOVERY;

	if (room == NULL || gethostbyname2_r(name, family, &host, room, ROOM, &found, &why) != 0)
		found = NULL;
	if (found != NULL) {
		addresses_take(answer, found, family);
		return answer->count > count ? NSS_FOUND : NSS_NO_ADDRESS;
	}
	if (why == HOST_NOT_FOUND)
		return NSS_NO_NAME;
	return why == NO_DATA ? NSS_NO_ADDRESS : NSS_FAILED;
}

static void name_ask(struct nss_answer *answer, const char *name)
{
	uint32_t result6, result4;

	answer->count = 0;
	result6 = family_ask(answer, name, AF_INET6);
	result4 = family_ask(answer, name, AF_INET);
	if (answer->count > 0)
		answer->result = NSS_FOUND;
	else if (result6 == NSS_FAILED || result4 == NSS_FAILED)
		answer->result = NSS_FAILED;
	else if (result6 == NSS_NO_ADDRESS || result4 == NSS_NO_ADDRESS)
		answer->result = NSS_NO_ADDRESS;
	else
		answer->result = NSS_NO_NAME;
}

static int serve(void)
{
	static struct nss_request request;
	static struct nss_answer answer;
	static uint8_t packet[NSS_PACKET_MAX];
	int r = request_receive(&request, packet);

	if (r < 0)
		return complain("no request", r);
	name_ask(&answer, request.name);
	r = nss_answer_write(&answer, packet);
	if (r > 0 && send(STDIN_FILENO, packet, (size_t)r, MSG_NOSIGNAL) < 0)
		r = -errno;
	/* Who asked may have lost interest. */
	return r < 0 && r != -EPIPE ? complain("no answer", r) : 0;
}

static bool is_packet_socket(int fd)
{
	int type = 0;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int main(int argc, char **argv)
{
	int r;

	if (argc != 2 || !is_packet_socket(STDIN_FILENO)) {
		fputs("mif-nss is started by mifd, and has no use without it: see mifd(8)\n",
			stderr);
		return 2;
	}
	r = cage_enter();
	if (r < 0)
		return complain("the cage", r);
	if (__nss_configure_lookup("hosts", argv[1]) != 0)
		return complain(argv[1], errno != 0 ? errno : EINVAL);
	return serve();
}
