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
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "helper/helper.h"
#include "nss/cage.h"
#include "nss/exchange.h"

/* For what one module says: a thousand addresses and more. */
#define ROOM (256U << 10)

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
	int r = helper_receive(packet, sizeof(packet), NSS_SECONDS);

	if (r >= 0)
		r = nss_request_read(&request, packet, (size_t)r);
	if (r < 0)
		return helper_complain("no request", r);
	name_ask(&answer, request.name);
	return helper_answer(packet, nss_answer_write(&answer, packet));
}

int main(int argc, char **argv)
{
	int r;

	if (!helper_is_called())
		return 2;
	if (argc != 2)
		return helper_complain("services", EINVAL);
	r = cage_enter();
	if (r < 0)
		return helper_complain("the cage", r);
	if (__nss_configure_lookup("hosts", argv[1]) != 0)
		return helper_complain(argv[1], errno != 0 ? errno : EINVAL);
	return serve();
}
