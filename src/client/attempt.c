/* SPDX-License-Identifier: MIT */
/*
 * One attempt to connect: a socket that leaves through one interface from one source address. The
 * caller owns the descriptor and does the waiting.
 */
#include "client/attempt.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cleanup.h"

/* A link-local address means nothing without its link. */
static struct mif_endpoint on_link(const struct mif_endpoint *endpoint, uint32_t ifindex)
{
	struct mif_endpoint scoped = *endpoint;

	if (scoped.address.family == AF_INET6 && scoped.address.scope == 0 &&
		address_is_link_local(&scoped.address))
		scoped.address.scope = ifindex;
	return scoped;
}

/* bind(2) to a source alone leaves by whatever link the main routing table prefers, so both; and
 * a socket that could not be bound to its link must not be used at all. */
static int attempt_bind(int fd, uint32_t ifindex, const struct mif_endpoint *source)
{
	struct mif_endpoint local = on_link(source, ifindex);
	struct sockaddr_storage address;
	socklen_t size = mif_endpoint_to_sockaddr(&local, &address);
	int index = (int)ifindex;

	if (ifindex != 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof(index)) < 0)
		return -errno;
	if (size == 0)
		return 0;
	/* The port is chosen in connect(2), by both ends: one source has 28000 of them for each
	 * destination, instead of for all. Without the option it works all the same. */
	if (local.port == 0)
		setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
	return bind(fd, (const struct sockaddr *)&address, size) < 0 ? -errno : 0;
}

int attempt_open(int *fdp, uint32_t ifindex, const struct mif_endpoint *source,
	const struct mif_endpoint *destination)
{
	struct mif_endpoint remote = on_link(destination, ifindex);
	struct sockaddr_storage address;
	socklen_t size = mif_endpoint_to_sockaddr(&remote, &address);
	_cleanup_(closep) int fd = -1;
	int r;

	if (size == 0)
		return -EAFNOSUPPORT;
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd < 0)
		return -errno;
	r = attempt_bind(fd, ifindex, source);
	if (r < 0)
		return r;
	/* A non-blocking connect(2) is not interrupted by a signal. */
	r = connect(fd, (const struct sockaddr *)&address, size) < 0 ? -errno : 0;
	if (r == 0 || r == -EINPROGRESS) {
		*fdp = fd;
		fd = -1;
	}
	return r;
}

int attempt_outcome(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	if (error != 0)
		return -error;
	if (poll(&poll_fd, 1, 0) != 1)
		return -EINPROGRESS;
	/* The error may have come between the two. */
	if ((poll_fd.revents & POLLERR) != 0)
		return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0
			? -error
			: -ECONNABORTED;
	return 0;
}

int attempt_source(int fd, struct mif_endpoint *source)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	return mif_endpoint_from_sockaddr(source, (const struct sockaddr *)&address, size);
}

int attempt_abandon(int fd)
{
	struct linger none = {.l_onoff = 1, .l_linger = 0};

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	return close_fd(fd);
}
