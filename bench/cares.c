/* SPDX-License-Identifier: MIT */
#include "cares.h"

#include <stdio.h>

#ifdef HAVE_CARES

#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "measure.h"

struct cares {
	ares_channel channel;
	unsigned int answered; /* and not yet taken */
};

static void check(int status, const char *what)
{
	if (status == ARES_SUCCESS)
		return;
	fprintf(stderr, "c-ares: %s: %s\n", what, ares_strerror(status));
	exit(1);
}

static void answered(void *context, int status, int timeouts, unsigned char *octets, int size)
{
	struct cares *cares = context;
	struct ares_addrttl address;
	int count = 1;

	(void)timeouts;
	check(status, "an answer");
	check(ares_parse_a_reply(octets, size, NULL, &address, &count), "its address");
	cares->answered++;
}

struct cares *cares_start(const char *server)
{
	struct ares_options options = {
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH,
		.lookups = (char[]){"b"},
		.timeout = PATIENCE_MS,
		.tries = 1,
	};
	struct cares *cares = calloc(1, sizeof(*cares));

	if (cares == NULL)
		measure_fail(ENOMEM, "c-ares");
	check(ares_library_init(ARES_LIB_INIT_ALL), "ares_library_init");
	check(ares_init_options(&cares->channel, &options,
		      ARES_OPT_FLAGS | ARES_OPT_LOOKUPS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES),
		"ares_init_options");
	check(ares_set_servers_csv(cares->channel, server), "ares_set_servers_csv");
	return cares;
}

void cares_ask(struct cares *cares, const char *name)
{
	ares_query(cares->channel, name, ns_c_in, ns_t_a, answered, cares);
}

/* One server and no TCP: there is one socket. */
void cares_take(struct cares *cares)
{
	while (cares->answered == 0) {
		ares_socket_t socket;
		int set = ares_getsock(cares->channel, &socket, 1);
		struct pollfd ready = {.fd = socket, .events = POLLIN};

		if (!ARES_GETSOCK_READABLE(set, 0) || poll(&ready, 1, PATIENCE_MS) != 1)
			measure_fail(ETIMEDOUT, "c-ares");
		ares_process_fd(cares->channel, socket, ARES_SOCKET_BAD);
	}
	cares->answered--;
}

void cares_end(struct cares *cares)
{
	if (cares == NULL)
		return;
	ares_destroy(cares->channel);
	ares_library_cleanup();
	free(cares);
}

#else

struct cares *cares_start(const char *server)
{
	(void)server;
	fprintf(stderr, "-- without c-ares: libc-ares-dev was not here when this was built\n");
	return NULL;
}

void cares_ask(struct cares *cares, const char *name)
{
	(void)cares;
	(void)name;
}

void cares_take(struct cares *cares)
{
	(void)cares;
}

void cares_end(struct cares *cares)
{
	(void)cares;
}

#endif
