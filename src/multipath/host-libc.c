/* SPDX-License-Identifier: MIT */
#include "multipath/host.h"

#include <unistd.h>

int host_socket(int domain, int type, int protocol)
{
	return socket(domain, type, protocol);
}

int host_bind(int fd, const void *address, socklen_t size)
{
	return bind(fd, address, size);
}

int host_listen(int fd, int backlog)
{
	return listen(fd, backlog);
}

int host_accept(int fd, void *address, socklen_t *size)
{
	return accept(fd, address, size);
}

int host_accept4(int fd, void *address, socklen_t *size, int flags)
{
	return accept4(fd, address, size, flags);
}

int host_connect(int fd, const void *address, socklen_t size)
{
	return connect(fd, address, size);
}

int host_getsockname(int fd, void *address, socklen_t *size)
{
	return getsockname(fd, address, size);
}

int host_getpeername(int fd, void *address, socklen_t *size)
{
	return getpeername(fd, address, size);
}

int host_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	return getsockopt(fd, level, name, value, size);
}

int host_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	return setsockopt(fd, level, name, value, size);
}

int host_shutdown(int fd, int how)
{
	return shutdown(fd, how);
}

int host_close(int fd)
{
	return close(fd);
}

int host_dup2(int from, int to)
{
	return dup2(from, to);
}

int host_dup3(int from, int to, int flags)
{
	return dup3(from, to, flags);
}

int host_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp)
{
	return getaddrinfo(node, service, hints, resultp);
}

void host_freeaddrinfo(struct addrinfo *list)
{
	freeaddrinfo(list);
}
