/* SPDX-License-Identifier: MIT */
/*
 * The interposer: the socket calls by their own names, for programs that were written against the
 * draft and linked with nothing. What has no set in it goes to the C library at once, and costs a
 * comparison. The C library declares these functions with types of its own making, hence other names
 * here, and the real ones for the linker.
 */
#include <netdb.h>

#include <mif/multipath.h>

#include "base/public.h"
#include "multipath/host.h"
#include "multipath/known.h"
#include "multipath/listener.h"

#define INTERPOSE(name, parameters) PUBLIC int preload_##name parameters __asm__(#name)

INTERPOSE(socket, (int domain, int type, int protocol));
INTERPOSE(bind, (int fd, const struct sockaddr *address, socklen_t size));
INTERPOSE(listen, (int fd, int backlog));
INTERPOSE(accept, (int fd, struct sockaddr *address, socklen_t *size));
INTERPOSE(accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags));
INTERPOSE(connect, (int fd, const struct sockaddr *address, socklen_t size));
INTERPOSE(__connect, (int fd, const struct sockaddr *address, socklen_t size));
INTERPOSE(getsockname, (int fd, struct sockaddr *address, socklen_t *size));
INTERPOSE(getpeername, (int fd, struct sockaddr *address, socklen_t *size));
INTERPOSE(getsockopt, (int fd, int level, int name, void *value, socklen_t *size));
INTERPOSE(setsockopt, (int fd, int level, int name, const void *value, socklen_t size));
INTERPOSE(shutdown, (int fd, int how));
INTERPOSE(close, (int fd));
INTERPOSE(dup2, (int from, int to));
INTERPOSE(dup3, (int from, int to, int flags));
INTERPOSE(getaddrinfo,
	(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **resultp));
PUBLIC void preload_freeaddrinfo(struct addrinfo *list) __asm__("freeaddrinfo");

int preload_socket(int domain, int type, int protocol)
{
	return multipath_socket(domain, type, protocol);
}

int preload_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	return multipath_bind(fd, address, size);
}

int preload_listen(int fd, int backlog)
{
	return multipath_listen(fd, backlog);
}

int preload_accept(int fd, struct sockaddr *address, socklen_t *size)
{
	return multipath_accept(fd, address, size);
}

int preload_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	return multipath_accept4(fd, address, size, flags);
}

int preload_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return multipath_connect(fd, address, size);
}

int preload___connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return multipath_connect(fd, address, size);
}

int preload_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	return multipath_getsockname(fd, address, size);
}

int preload_getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
	return multipath_getpeername(fd, address, size);
}

int preload_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	return multipath_getsockopt(fd, level, name, value, size);
}

int preload_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	return multipath_setsockopt(fd, level, name, value, size);
}

int preload_shutdown(int fd, int how)
{
	return multipath_shutdown(fd, how);
}

int preload_close(int fd)
{
	return multipath_close(fd);
}

/* Both close what to was before, if they succeed. */
int preload_dup2(int from, int to)
{
	int r = host_dup2(from, to);

	if (r >= 0 && from != to)
		listener_forget(to);
	return r;
}

int preload_dup3(int from, int to, int flags)
{
	int r = host_dup3(from, to, flags);

	if (r >= 0)
		listener_forget(to);
	return r;
}

int preload_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp)
{
	return multipath_getaddrinfo(node, service, hints, resultp);
}

void preload_freeaddrinfo(struct addrinfo *list)
{
	multipath_freeaddrinfo(list);
}
