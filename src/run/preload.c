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
#include "run/hostent.h"
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
INTERPOSE(struct hostent *, gethostbyname, (const char *name));
INTERPOSE(struct hostent *, gethostbyname2, (const char *name, int family));
INTERPOSE(int, gethostbyname_r,
	(const char *name, struct hostent *entry, char *buffer, size_t size,
		struct hostent **resultp, int *errorp));
INTERPOSE(int, gethostbyname2_r,
	(const char *name, int family, struct hostent *entry, char *buffer, size_t size,
		struct hostent **resultp, int *errorp));

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

/* ---- gethostbyname ---- */

#define HOSTENT_OCTETS 8192

int preload_gethostbyname2_r(const char *name, int family, struct hostent *entry, char *buffer,
	size_t size, struct hostent **resultp, int *errorp)
{
	int r = run_gethostbyname(name, family, entry, buffer, size, resultp, errorp);

	if (r >= 0)
		return r;
	CALL_NEXT(gethostbyname2_r,
		(const char *, int, struct hostent *, char *, size_t, struct hostent **, int *),
		name, family, entry, buffer, size, resultp, errorp);
}

int preload_gethostbyname_r(const char *name, struct hostent *entry, char *buffer, size_t size,
	struct hostent **resultp, int *errorp)
{
	int r = run_gethostbyname(name, AF_INET, entry, buffer, size, resultp, errorp);

	if (r >= 0)
		return r;
	CALL_NEXT(gethostbyname_r,
		(const char *, struct hostent *, char *, size_t, struct hostent **, int *), name,
		entry, buffer, size, resultp, errorp);
}

struct hostent *preload_gethostbyname2(const char *name, int family)
{
	/* Until the next call, as ever; but each thread has its own. As in guard.c, so is the model. */
	static _Thread_local struct hostent entry __attribute__((tls_model("initial-exec")));
	static _Thread_local char buffer[HOSTENT_OCTETS] __attribute__((tls_model("initial-exec")));
	struct hostent *result = NULL;
	int error = NETDB_INTERNAL;
	int r = preload_gethostbyname2_r(
		name, family, &entry, buffer, sizeof(buffer), &result, &error);

	if (r != 0 || result == NULL)
		h_errno = error;
	return r == 0 ? result : NULL;
}

struct hostent *preload_gethostbyname(const char *name)
{
	return preload_gethostbyname2(name, AF_INET);
}
