/* SPDX-License-Identifier: MIT */
/*
 * A program has one socket where the kernel needs several: one for each attempt to connect and for
 * each address that is listened on. Here others like it are made, and one put into its place.
 */
#include "multipath/twin.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "multipath/host.h"
#include "multipath/kernel.h"
#include "multipath/known.h"

/* select(2) takes descriptors below 1024; the room's own need not be among the lower ones. */
#define HIDDEN_FROM 768

int socket_option(int fd, int level, int name, int fallback)
{
	socklen_t size = sizeof(int);
	int value;

	return host_getsockopt(fd, level, name, &value, &size) == 0 ? value : fallback;
}

int socket_kind(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	struct tcp_info info = {0};
	int family = socket_option(fd, SOL_SOCKET, SO_DOMAIN, -1);

	if (family < 0)
		return -errno;
	if ((family != AF_INET && family != AF_INET6) ||
		socket_option(fd, SOL_SOCKET, SO_TYPE, 0) != SOCK_STREAM)
		return -EAFNOSUPPORT;
	if (host_getpeername(fd, &peer, &size) == 0)
		return SOCKET_CONNECTED;
	if (socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN, 0) != 0)
		return SOCKET_LISTENING;
	size = sizeof(info);
	if (host_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
		info.tcpi_state == KERNEL_TCP_SYN_SENT)
		return SOCKET_CONNECTING;
	return SOCKET_FRESH;
}

bool socket_is_multipath(int fd)
{
	return socket_option(fd, SOL_SOCKET, SO_PROTOCOL, 0) == IPPROTO_MPTCP;
}

/* An IPv6 socket takes IPv4 as mapped addresses. */
static socklen_t to_ipv6(const struct mif_endpoint *member, struct sockaddr_storage *address)
{
	struct mif_endpoint mapped = *member;

	if (member->address.family == AF_INET) {
		mapped.address = (struct mif_address){.family = AF_INET6};
		mapped.address.octets[10] = mapped.address.octets[11] = 0xff;
		memcpy(mapped.address.octets + 12, member->address.octets, 4);
	}
	return mif_endpoint_to_sockaddr(&mapped, address);
}

static int to_kernel(int fd, const struct mif_endpoint *member, struct sockaddr_storage *address,
	socklen_t *size)
{
	bool inet6 = socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET) == AF_INET6;

	if (!inet6 && member->address.family == AF_INET6)
		return -EAFNOSUPPORT;
	*size = inet6 ? to_ipv6(member, address) : mif_endpoint_to_sockaddr(member, address);
	return 0;
}

int socket_bind(int fd, const struct mif_endpoint *member)
{
	struct sockaddr_storage address;
	socklen_t size;
	int r = to_kernel(fd, member, &address, &size);

	return r < 0 ? r : host_bind(fd, &address, size) < 0 ? -errno : 0;
}

int socket_connect(int fd, const struct mif_endpoint *member)
{
	struct sockaddr_storage address;
	socklen_t size;
	int r = to_kernel(fd, member, &address, &size);

	return r < 0 ? r : host_connect(fd, &address, size) < 0 ? -errno : 0;
}

int socket_connect_ipv6(int fd, const struct mif_endpoint *member)
{
	struct sockaddr_storage address;
	socklen_t size = to_ipv6(member, &address);

	return host_connect(fd, &address, size) < 0 ? -errno : 0;
}

int socket_outcome(int fd)
{
	int error = socket_option(fd, SOL_SOCKET, SO_ERROR, ECONNABORTED);

	if (error != 0)
		return -error;
	switch (socket_kind(fd)) {
	case SOCKET_CONNECTED:
		return 0;
	case SOCKET_CONNECTING:
		return -EINPROGRESS;
	default:
		return -ECONNABORTED;
	}
}

int socket_name(int fd, struct mif_endpoint *member)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (host_getsockname(fd, &address, &size) < 0)
		return -errno;
	return member_from_sockaddr(member, &address, MIN(size, sizeof(address)));
}

void socket_reset(int fd)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	host_connect(fd, &none, sizeof(none));
}

/* ---- twins ---- */

/* What a program may have set before it binds or connects. Of MUST the socket's way depends: without
 * it the twin would leave by another link. */
enum {
	MAY,
	MUST,
	DOUBLED
};

static const struct {
	int level, name;
	int how;
} options[] = {
	{SOL_SOCKET, SO_BINDTOIFINDEX, MUST},
	{SOL_SOCKET, SO_MARK, MUST},
	{SOL_SOCKET, SO_REUSEADDR, MUST},
	{SOL_SOCKET, SO_REUSEPORT, MUST},
	{SOL_SOCKET, SO_KEEPALIVE, MAY},
	{SOL_SOCKET, SO_LINGER, MAY},
	{SOL_SOCKET, SO_PRIORITY, MAY},
	{SOL_SOCKET, SO_RCVTIMEO, MAY},
	{SOL_SOCKET, SO_SNDTIMEO, MAY},
	{SOL_SOCKET, SO_RCVBUF, DOUBLED},
	{SOL_SOCKET, SO_SNDBUF, DOUBLED},
	{IPPROTO_IP, IP_TOS, MAY},
	{IPPROTO_IP, IP_FREEBIND, MAY},
	{IPPROTO_IP, IP_TRANSPARENT, MAY},
	{IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, MAY},
	{IPPROTO_IP, 51 /* IP_LOCAL_PORT_RANGE, since Linux 6.3 */, MAY},
	{IPPROTO_IPV6, IPV6_V6ONLY, MAY},
	{IPPROTO_IPV6, IPV6_FREEBIND, MAY},
	{IPPROTO_IPV6, IPV6_TRANSPARENT, MAY},
	{IPPROTO_TCP, TCP_CONGESTION, MAY},
	{IPPROTO_TCP, TCP_CORK, MAY},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, MAY},
	{IPPROTO_TCP, TCP_FASTOPEN, MAY},
	{IPPROTO_TCP, TCP_KEEPCNT, MAY},
	{IPPROTO_TCP, TCP_KEEPIDLE, MAY},
	{IPPROTO_TCP, TCP_KEEPINTVL, MAY},
	{IPPROTO_TCP, TCP_NODELAY, MAY},
	{IPPROTO_TCP, TCP_NOTSENT_LOWAT, MAY},
};

/* Only what differs, so that no default becomes a choice. */
static int copy_option(int from, int to, size_t which)
{
	_Alignas(long long) uint8_t value[32], other[32];
	int level = options[which].level, name = options[which].name;
	socklen_t size = sizeof(value), other_size = sizeof(other);

	if (host_getsockopt(from, level, name, value, &size) < 0 ||
		host_getsockopt(to, level, name, other, &other_size) < 0)
		return 0;
	if (size == other_size && memcmp(value, other, size) == 0)
		return 0;
	/* The kernel tells twice what it was asked for (socket(7)). */
	if (options[which].how == DOUBLED)
		*(int *)(void *)value /= 2;
	if (host_setsockopt(to, level, name, value, size) == 0 || options[which].how != MUST)
		return 0;
	return -errno;
}

static int twin_make(int fd, int protocol, bool bound)
{
	int family = socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET6);
	int flags = fcntl(fd, F_GETFL);
	_cleanup_(host_closep) int twin = -1;
	int type = SOCK_STREAM | SOCK_CLOEXEC;
	int result;

	if (flags < 0)
		return -errno;
	if (protocol == 0)
		protocol = socket_option(fd, SOL_SOCKET, SO_PROTOCOL, 0);
	twin = host_socket(
		family, type | ((flags & O_NONBLOCK) != 0 ? SOCK_NONBLOCK : 0), protocol);
	if (twin < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		bool wanted = bound || options[i].name != SO_BINDTOIFINDEX ||
			options[i].level != SOL_SOCKET;
		int r = wanted ? copy_option(fd, twin, i) : 0;

		if (r < 0)
			return r;
	}
	result = twin;
	twin = -1;
	return result;
}

int twin_new(int fd, int protocol)
{
	return twin_make(fd, protocol, true);
}

int twin_new_free(int fd)
{
	return twin_make(fd, 0, false);
}

int twin_replace(int fd, int other)
{
	int status = fcntl(fd, F_GETFL), descriptor = fcntl(fd, F_GETFD);
	bool closes = descriptor >= 0 && (descriptor & FD_CLOEXEC) != 0;
	uint64_t cookie = 0;
	int r = 0;

	known_cookie(fd, &cookie);
	if (status < 0 || fcntl(other, F_SETFL, status) < 0 ||
		host_dup3(other, fd, closes ? O_CLOEXEC : 0) < 0)
		r = -errno;
	host_close(other);
	if (r == 0)
		known_move(cookie, fd);
	return r;
}

int twin_hide(int fd)
{
	struct rlimit limit;
	int hidden = -1;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > HIDDEN_FROM)
		hidden = fcntl(fd, F_DUPFD_CLOEXEC, HIDDEN_FROM);
	if (hidden < 0)
		return fd;
	host_close(fd);
	return hidden;
}
