/* SPDX-License-Identifier: MIT */
/*
 * The interposer of mif run: the calls of a program that knows nothing of domains, by their own names.
 * What is no business of it goes to the C library at once. The C library declares these functions with
 * types of its own making, hence other names here, and the real ones for the linker.
 */
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

#include "base/public.h"
#include "multipath/next.h"
#include "run/connect.h"
#include "run/names.h"
#include "run/settings.h"

#define INTERPOSE(type, name, parameters) PUBLIC type preload_##name parameters __asm__(#name)

INTERPOSE(int, socket, (int domain, int type, int protocol));
INTERPOSE(int, connect, (int fd, const struct sockaddr *address, socklen_t size));
INTERPOSE(int, __connect, (int fd, const struct sockaddr *address, socklen_t size));
INTERPOSE(ssize_t, sendto,
	(int fd, const void *octets, size_t length, int flags, const struct sockaddr *address,
		socklen_t size));
INTERPOSE(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags));
INTERPOSE(int, sendmmsg, (int fd, struct mmsghdr *messages, unsigned int count, int flags));
INTERPOSE(int, getaddrinfo,
	(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **resultp));
INTERPOSE(void, freeaddrinfo, (struct addrinfo * list));

int preload_socket(int domain, int type, int protocol)
{
	return run_socket(domain, type, protocol);
}

int preload_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return run_connect(fd, address, size);
}

int preload___connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return run_connect(fd, address, size);
}

/* Whether the socket may send there; else errno says why not. */
static bool may_send(int fd, const void *address, socklen_t size)
{
	int r = address != NULL ? run_send_to(fd, address, size) : 0;

	if (r < 0)
		errno = -r;
	return r == 0;
}

ssize_t preload_sendto(int fd, const void *octets, size_t length, int flags,
	const struct sockaddr *address, socklen_t size)
{
	if (!may_send(fd, address, size))
		return -1;
	CALL_NEXT_TYPED(ssize_t, sendto,
		(int, const void *, size_t, int, const struct sockaddr *, socklen_t), fd, octets,
		length, flags, address, size);
}

ssize_t preload_sendmsg(int fd, const struct msghdr *message, int flags)
{
	if (message != NULL && !may_send(fd, message->msg_name, message->msg_namelen))
		return -1;
	CALL_NEXT_TYPED(ssize_t, sendmsg, (int, const struct msghdr *, int), fd, message, flags);
}

/* All to one network: the first address says to which. */
int preload_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	const struct msghdr *first = messages != NULL && count > 0 ? &messages->msg_hdr : NULL;

	if (first != NULL && !may_send(fd, first->msg_name, first->msg_namelen))
		return -1;
	CALL_NEXT(sendmmsg, (int, struct mmsghdr *, unsigned int, int), fd, messages, count, flags);
}

int preload_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp)
{
	return run_getaddrinfo(node, service, hints, resultp);
}

void preload_freeaddrinfo(struct addrinfo *list)
{
	run_freeaddrinfo(list);
}
