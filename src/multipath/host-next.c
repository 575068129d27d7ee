/* SPDX-License-Identifier: MIT */
/*
 * The interposer's view of the C library: whoever comes after it in the order in which names are
 * looked up, which may be another interposer.
 */
#include "multipath/host.h"

#include "multipath/next.h"

int host_socket(int domain, int type, int protocol)
{
	CALL_NEXT(socket, (int, int, int), domain, type, protocol);
}

int host_bind(int fd, const void *address, socklen_t size)
{
	CALL_NEXT(bind, (int, const void *, socklen_t), fd, address, size);
}

int host_listen(int fd, int backlog)
{
	CALL_NEXT(listen, (int, int), fd, backlog);
}

int host_accept(int fd, void *address, socklen_t *size)
{
	CALL_NEXT(accept, (int, void *, socklen_t *), fd, address, size);
}

int host_accept4(int fd, void *address, socklen_t *size, int flags)
{
	CALL_NEXT(accept4, (int, void *, socklen_t *, int), fd, address, size, flags);
}

int host_connect(int fd, const void *address, socklen_t size)
{
	CALL_NEXT(connect, (int, const void *, socklen_t), fd, address, size);
}

int host_getsockname(int fd, void *address, socklen_t *size)
{
	CALL_NEXT(getsockname, (int, void *, socklen_t *), fd, address, size);
}

int host_getpeername(int fd, void *address, socklen_t *size)
{
	CALL_NEXT(getpeername, (int, void *, socklen_t *), fd, address, size);
}

int host_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	CALL_NEXT(getsockopt, (int, int, int, void *, socklen_t *), fd, level, name, value, size);
}

int host_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	CALL_NEXT(
		setsockopt, (int, int, int, const void *, socklen_t), fd, level, name, value, size);
}

int host_shutdown(int fd, int how)
{
	CALL_NEXT(shutdown, (int, int), fd, how);
}

int host_close(int fd)
{
	CALL_NEXT(close, (int), fd);
}

int host_dup2(int from, int to)
{
	CALL_NEXT(dup2, (int, int), from, to);
}

int host_dup3(int from, int to, int flags)
{
	CALL_NEXT(dup3, (int, int, int), from, to, flags);
}

int host_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp)
{
	CALL_NEXT(getaddrinfo,
		(const char *, const char *, const struct addrinfo *, struct addrinfo **), node,
		service, hints, resultp);
}

void host_freeaddrinfo(struct addrinfo *list)
{
	static struct next next = {.name = "freeaddrinfo"};
	void (*function)(struct addrinfo *);

	*(void **)&function = next_find(&next);
	if (function != NULL)
		function(list);
}
