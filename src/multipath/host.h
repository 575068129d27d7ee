/* SPDX-License-Identifier: MIT */
#pragma once

#include <netdb.h>
#include <sys/socket.h>

/*
 * The calls of the C library that this room stands beside. The library has them from there
 * (host-libc.c); in the interposer those names are its own, so it takes the next ones (host-next.c).
 * They return what they return there: -1 with errno.
 */
int host_socket(int domain, int type, int protocol);
int host_bind(int fd, const void *address, socklen_t size);
int host_listen(int fd, int backlog);
int host_accept(int fd, void *address, socklen_t *size);
int host_accept4(int fd, void *address, socklen_t *size, int flags);
int host_connect(int fd, const void *address, socklen_t size);
int host_getsockname(int fd, void *address, socklen_t *size);
int host_getpeername(int fd, void *address, socklen_t *size);
int host_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int host_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int host_shutdown(int fd, int how);
int host_close(int fd);
int host_dup2(int from, int to);
int host_dup3(int from, int to, int flags);
int host_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp);
void host_freeaddrinfo(struct addrinfo *list);

/* As closep() and close_fd() of base/cleanup.h: close(2) itself may be the interposer's, and that
 * takes the lock which the caller may have. */
static inline void host_closep(int *fd)
{
	if (*fd >= 0)
		host_close(*fd);
}

static inline int host_close_fd(int fd)
{
	if (fd >= 0)
		host_close(fd);
	return -1;
}
