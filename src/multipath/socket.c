/* SPDX-License-Identifier: MIT */
/*
 * multipath_socket(): a socket for sets is one of IPv6 that takes IPv4 as well, since a multipath
 * socket of IPv4 can never have a subflow of IPv6.
 */
#include "multipath/socket.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/public.h"
#include "multipath/daemon.h"
#include "multipath/fail.h"
#include "multipath/host.h"
#include "multipath/kernel.h"
#include "multipath/known.h"
#include "multipath/twin.h"

/* What a kernel without Multipath TCP, or one where it is switched off, says; the last two by a filter or a
 * policy, which may allow TCP all the same. */
static bool means_unsupported(int error)
{
	return error == ENOPROTOOPT || error == EPROTONOSUPPORT || error == EINVAL ||
		error == EAFNOSUPPORT || error == EPERM || error == EACCES;
}

int socket_adopt(int fd)
{
	int r = known_add(fd);

	if (r < 0 || daemon_adopt(fd) < 0)
		return r;
	known_set_adopted(fd, true);
	known_set_daemon(fd, daemon_instance(), false);
	return 0;
}

PUBLIC int multipath_socket(int domain, int type, int protocol)
{
	const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd, r;

	if (domain != AF_MULTIPATH)
		return host_socket(domain, type, protocol);
	if ((type & ~flags) != SOCK_STREAM)
		return fail(-ESOCKTNOSUPPORT);
	if (protocol == 0 || protocol == IPPROTO_TCP)
		protocol = IPPROTO_MPTCP;
	if (protocol != IPPROTO_MPTCP && protocol != IPPROTO_SCTP)
		return fail(-EPROTONOSUPPORT);
	fd = host_socket(AF_INET6, type, protocol);
	if (fd < 0 && protocol == IPPROTO_SCTP)
		return -1;
	if (fd < 0)
		return means_unsupported(errno) ? fail(-EAFNOSUPPORT) : -1;
	/* The system's default may be the other one. */
	host_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int));
	/* Here, since it takes a while and a connect does not wait for it then. */
	r = protocol == IPPROTO_SCTP ? known_add(fd) : socket_adopt(fd);
	if (r < 0) {
		host_close(fd);
		return fail(r);
	}
	if (protocol == IPPROTO_MPTCP)
		known_set_made(fd);
	return fd;
}

static bool is_unused_ipv6(int fd)
{
	struct mif_endpoint name;

	return socket_option(fd, SOL_SOCKET, SO_PROTOCOL, 0) == IPPROTO_TCP &&
		socket_option(fd, SOL_SOCKET, SO_DOMAIN, 0) == AF_INET6 &&
		socket_name(fd, &name) == 0 && name.port == 0 &&
		address_is_unspecified(&name.address);
}

int socket_take(int fd)
{
	int kind = socket_kind(fd);
	int twin, r;

	if (kind != SOCKET_FRESH || !is_unused_ipv6(fd))
		return kind;
	twin = twin_new(fd, IPPROTO_MPTCP);
	if (twin < 0)
		return means_unsupported(-twin) ? -EAFNOSUPPORT : twin;
	r = twin_replace(fd, twin);
	return r < 0 ? r : kind;
}
