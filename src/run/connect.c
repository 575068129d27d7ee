/* SPDX-License-Identifier: MIT */
/*
 * connect() of a program that knows nothing of domains: which sockets it is about, which ways lead to
 * the address, and what the program is told.
 */
#include "run/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>

#include <mif/multipath.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "multipath/host.h"
#include "multipath/kernel.h"
#include "multipath/set.h"
#include "multipath/socket.h"
#include "multipath/twin.h"
#include "run/find.h"
#include "run/guard.h"
#include "run/learned.h"
#include "run/settings.h"
#include "run/trial.h"

/* How long a blocking connect may go on with one address of a name that has others: the program has
 * them too, and will not come to them before. */
#define ONE_OF_MANY (10 * NSEC_PER_SEC)

/* ---- which sockets, which addresses ---- */

/* Somewhere else than on this host or its link, and one host. */
static bool is_elsewhere(const struct mif_address *address)
{
	return !address_is_unspecified(address) && !address_is_loopback(address) &&
		!address_is_link_local(address) && !address_is_multicast(address);
}

static bool is_bound(int fd)
{
	struct mif_endpoint name;

	return socket_name(fd, &name) < 0 || name.port != 0 ||
		!address_is_unspecified(&name.address) ||
		socket_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, 0) != 0 ||
		socket_option(fd, SOL_SOCKET, SO_MARK, 0) != 0;
}

/* The program has left it to the system how the socket leaves. */
static bool is_free(int fd, int type)
{
	if (socket_option(fd, SOL_SOCKET, SO_TYPE, 0) != type)
		return false;
	if (type == SOCK_STREAM) {
		int protocol = socket_option(fd, SOL_SOCKET, SO_PROTOCOL, 0);

		if ((protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP) ||
			socket_kind(fd) != SOCKET_FRESH)
			return false;
		/* Then connect() sends nothing, and knows nothing when it returns. */
		if (socket_option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0) != 0)
			return false;
	}
	return !is_bound(fd);
}

/* ---- connect ---- */

static bool is_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

/* By SO_SNDTIMEO, as with connect(2). */
static uint64_t send_timeout(int fd)
{
	struct timeval timeout = {0};
	socklen_t size = sizeof(timeout);

	if (host_getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &size) < 0 ||
		(timeout.tv_sec == 0 && timeout.tv_usec == 0))
		return TIME_FOREVER;
	return (uint64_t)timeout.tv_sec * NSEC_PER_SEC + (uint64_t)timeout.tv_usec * 1000;
}

static void set_limit(struct trial_call *call, bool one_of_many)
{
	call->goes_on = true;
	if (is_nonblocking(call->fd)) {
		call->limit = settings_get()->wait;
		return;
	}
	call->limit = send_timeout(call->fd);
	if (one_of_many && call->limit > ONE_OF_MANY) {
		call->limit = ONE_OF_MANY;
		call->goes_on = false;
	}
}

/* Only families that the socket can have. */
static void drop_unfit(int fd, struct ways *ways)
{
	bool ipv6 = socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET) == AF_INET6;
	size_t kept = 0;

	for (size_t i = 0; i < ways->count; i++)
		if (ipv6 || ways->at[i].destination.family == AF_INET)
			ways->at[kept++] = ways->at[i];
	ways->count = kept;
}

/* A socket for several paths may begin with any address of the name, that which the program gave
 * first; an ordinary one goes where it was sent. */
static void choose_ways(struct ways *ways, const struct trial_call *call, bool *one_of_many)
{
	struct ways own = *ways;

	ways_only(&own, &call->destination.address);
	*one_of_many = own.count < ways->count;
	if (socket_is_multipath(call->fd)) {
		for (size_t i = 0; i < ways->count; i++)
			ways_add(&own, &ways->at[i]);
		drop_unfit(call->fd, &own);
	}
	*ways = own;
}

/* The other addresses of the name join the connection, and those of the domains it is reached from, as far
 * as somebody makes paths. */
static void join(const struct trial_call *call, const struct ways *ways)
{
	struct sockaddr_mp_storage octets;
	struct set sources = {.count = 0}, destinations = {.count = 0};
	struct mif_endpoint name;
	socklen_t size = sizeof(octets);

	if (socket_name(call->fd, &name) == 0)
		set_add(&sources, &name);
	for (size_t i = 0; i < ways->count; i++) {
		const struct way *way = &ways->at[i];
		const struct mif_endpoint source = {.address = way->source};
		const struct mif_endpoint destination = {
			.address = way->destination, .port = call->destination.port};

		set_add(&destinations, &destination);
		if (way->source.family != AF_UNSPEC && !address_equal(&way->source, &name.address))
			set_add(&sources, &source);
	}
	set_write(&sources, &octets, &size);
	multipath_bind(call->fd, (const struct sockaddr *)&octets, size);
	size = sizeof(octets);
	set_write(&destinations, &octets, &size);
	multipath_connect(call->fd, (const struct sockaddr *)&octets, size);
}

static void tell_connected(const struct trial_call *call)
{
	char from[MIF_ADDRESS_TEXT], to[MIF_ADDRESS_TEXT];
	struct mif_endpoint source;

	if (settings_get()->verbose && socket_name(call->fd, &source) == 0)
		settings_say("connected to %s from %s%s",
			mif_endpoint_format(&call->destination, to),
			mif_endpoint_format(&source, from),
			socket_is_multipath(call->fd) ? " by Multipath TCP" : "");
}

static int connect_by(struct trial_call *call, struct ways *ways)
{
	int r;

	learned_sort(ways, clock_boottime());
	r = trial_run(call, ways);
	if (r == 0 && socket_is_multipath(call->fd))
		join(call, ways);
	if (r == 0)
		tell_connected(call);
	return r;
}

/* 1: the system's own connect is to do it. */
static int connect_elsewhere(struct trial_call *call)
{
	const struct mif_address *destination = &call->destination.address;
	bool pinned = settings_pin(settings_get()), one_of_many = false;
	struct mif_address source;
	struct ways ways;
	int r;

	/* This host's own address. */
	if (find_source(destination, &source) && address_equal(&source, destination))
		return 1;
	if (learned_find_name(destination, &ways, clock_boottime())) {
		choose_ways(&ways, call, &one_of_many);
		call->more = find_more;
	} else {
		r = find_literal(destination, &source, &ways);
		if (r < 0)
			return pinned ? -ENETUNREACH : 1;
	}
	set_limit(call, one_of_many);
	r = connect_by(call, &ways);
	return r == 1 && pinned ? -ENETUNREACH : r;
}

/* Binds what is not bound to an interface. 0, or negative errno. */
static int pin(int fd, const struct mif_address *destination)
{
	struct mif_endpoint name, source = {.port = 0};
	struct ways ways;

	if (socket_name(fd, &name) < 0 || socket_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, 0) != 0)
		return 0;
	if (find_source(destination, &source.address) &&
		address_equal(&source.address, destination))
		return 0;
	if (find_plan(destination, &source.address, &ways) < 0)
		return -ENETUNREACH;
	if (host_setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &(int){(int)ways.at[0].ifindex},
		    sizeof(int)) < 0)
		return -errno;
	if (name.port != 0 || !address_is_unspecified(&name.address))
		return 0;
	source.address = ways.at[0].source;
	return socket_bind(fd, &source);
}

int run_send_to(int fd, const void *address, socklen_t size)
{
	struct mif_endpoint destination;
	int error = errno, r;

	if (!settings_pin(settings_get()) || address == NULL ||
		member_from_sockaddr(&destination, address, size) < 0 ||
		!is_elsewhere(&destination.address) || !guard_enter())
		return 0;
	r = pin(fd, &destination.address);
	guard_leave();
	errno = error;
	return r;
}

/* As connect_elsewhere(). */
static int connect_free(int fd, const struct sockaddr *address, socklen_t size)
{
	struct trial_call call = {.fd = fd, .address = address, .size = size};

	if (member_from_sockaddr(&call.destination, address, size) < 0 ||
		call.destination.port == 0 || !is_elsewhere(&call.destination.address))
		return 1;
	if (is_free(fd, SOCK_STREAM))
		return connect_elsewhere(&call);
	if (!settings_pin(settings_get()))
		return 1;
	return pin(fd, &call.destination.address) < 0 ? -ENETUNREACH : 1;
}

int run_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	int error = errno, r = 1;

	if (address == NULL || size < sizeof(sa_family_t) ||
		(address->sa_family != AF_INET && address->sa_family != AF_INET6) || !guard_enter())
		return host_connect(fd, address, size);
	r = connect_free(fd, address, size);
	guard_leave();
	errno = error;
	if (r == 1)
		return host_connect(fd, address, size);
	if (r < 0)
		errno = -r;
	return r < 0 ? -1 : 0;
}

/* ---- sockets ---- */

/* A socket of IPv6 takes paths of IPv4 as well; one of IPv4 stays what the program sees it is. */
static int multipath_new(int domain, int type)
{
	int fd;

	if (domain == AF_INET6)
		return multipath_socket(AF_MULTIPATH, type, 0);
	fd = host_socket(domain, type, IPPROTO_MPTCP);
	if (fd >= 0)
		socket_adopt(fd);
	return fd;
}

static bool wants_multipath(int domain, int type, int protocol)
{
	return settings_get()->multipath && (domain == AF_INET || domain == AF_INET6) &&
		(type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM &&
		(protocol == 0 || protocol == IPPROTO_TCP);
}

int run_socket(int domain, int type, int protocol)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int fd;

	if (!wants_multipath(domain, type, protocol) || !guard_enter())
		return host_socket(domain, type, protocol);
	fd = multipath_new(domain, type);
	guard_leave();
	if (fd >= 0)
		return fd;
	if (!atomic_flag_test_and_set(&told))
		settings_say("no Multipath TCP here (%s): the sockets stay those of TCP",
			strerror(errno));
	return host_socket(domain, type, protocol);
}
