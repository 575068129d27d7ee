/* SPDX-License-Identifier: MIT */
/*
 * Sockets of one interface. A source address alone does not choose the link: the main routing
 * table would, and it may prefer another domain's network.
 */
#include "worker/link-socket.h"

#include "base/address.h"
#include "base/cleanup.h"

#include <errno.h>
#include <sys/socket.h>

static int bind_source(int fd, uint16_t family, uint32_t ifindex, const struct mif_address *source)
{
	struct mif_endpoint local = {.address = *source};
	struct sockaddr_storage address;
	socklen_t size;

	if (source->family != family)
		return 0;
	if (address_is_link_local(source) && family == AF_INET6)
		local.address.scope = ifindex;
	size = mif_endpoint_to_sockaddr(&local, &address);
	return bind(fd, (struct sockaddr *)&address, size) < 0 ? -errno : 0;
}

int link_socket(int type, uint16_t family, uint32_t ifindex, const struct mif_address *source)
{
	int fd, index = (int)ifindex, r = 0;

	/* 0 would unbind. */
	if (index <= 0)
		return -ENODEV;
	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof(index)) < 0)
		r = -errno;
	if (r == 0)
		r = bind_source(fd, family, ifindex, source);
	if (r < 0) {
		close_fd(fd);
		return r;
	}
	return fd;
}

int link_socket_connect(int fd, const struct mif_address *address, uint32_t ifindex, uint16_t port)
{
	struct mif_endpoint remote = {.address = *address, .port = port};
	struct sockaddr_storage to;
	socklen_t size;

	if (address_is_link_local(address) && address->family == AF_INET6)
		remote.address.scope = ifindex;
	size = mif_endpoint_to_sockaddr(&remote, &to);
	if (connect(fd, (struct sockaddr *)&to, size) < 0 && errno != EINPROGRESS)
		return -errno;
	return 0;
}

bool link_socket_passes(int error)
{
	switch (error) {
	case EADDRNOTAVAIL: /* the source, of which it is being found out whether somebody else has it */
	case EAGAIN:
	case EINVAL: /* IPv6: there is no room for a neighbour; all network namespaces share it */
	case ENOBUFS: /* the same for IPv4, and full queues */
	case ENOMEM:
		return true;
	default:
		return false;
	}
}
