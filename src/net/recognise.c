/* SPDX-License-Identifier: MIT */
/*
 * Connections of sockets that were adopted: their descriptors were passed before they were connected, and
 * the kernel names the socket of a connection by its cookie. So a program need not show the connection
 * as well, and to connect costs it nothing.
 */
#include "net/recognise.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/diag.h"
#include "net/netlink.h"
#include "net/path.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

static void adopted_remove(struct path *path, size_t place)
{
	path->adopted_count--;
	memmove(&path->adopted[place], &path->adopted[place + 1],
		(path->adopted_count - place) * sizeof(path->adopted[0]));
}

bool adopted_take(struct path *path, uint64_t cookie, struct adopted *one)
{
	for (size_t i = 0; i < path->adopted_count; i++) {
		if (path->adopted[i].cookie != cookie)
			continue;
		*one = path->adopted[i];
		adopted_remove(path, i);
		return true;
	}
	return false;
}

/* The oldest comes first. */
static void adopted_make_room(struct path *path, uint32_t uid)
{
	size_t own = 0, oldest = 0;

	for (size_t i = path->adopted_count; i-- > 0;) {
		if (path->adopted[i].uid != uid)
			continue;
		own++;
		oldest = i;
	}
	if (own >= ADOPTED_OF_USER)
		adopted_remove(path, oldest);
	else if (path->adopted_count == ADOPTED_SOCKETS)
		adopted_remove(path, 0);
}

static bool is_bound(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	struct mif_endpoint name = {0};

	return getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
		mif_endpoint_from_sockaddr(&name, (const struct sockaddr *)&address, size) == 0 &&
		!address_is_unspecified(&name.address);
}

void adopted_note(struct path *path, int fd)
{
	struct adopted one = {.bound = is_bound(fd)}, before;
	socklen_t size = sizeof(one.cookie);
	struct stat status;

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &one.cookie, &size) < 0 || fstat(fd, &status) < 0)
		return;
	one.uid = status.st_uid;
	adopted_take(path, one.cookie, &before);
	adopted_make_room(path, one.uid);
	path->adopted[path->adopted_count++] = one;
}

static void connection_take(const struct nlmsghdr *answer, void *context)
{
	kernel_diag_parse(answer, false, context);
}

int path_recognise(struct path *path, const struct verb_connection *verb, uint32_t *uid)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_DIAG_MESSAGE];
	struct kernel_diag diag = {0};
	struct adopted one = {0};
	int r;

	if (path->socket == NULL)
		return -EPERM;
	if (path->diag == NULL)
		return -EOPNOTSUPP;
	if (verb->reserved != 0 || verb->token == 0)
		return -EINVAL;
	r = netlink_ask(path->diag, kernel_diag_connection_message(octets, verb->token), NLM_F_ACK,
		connection_take, &diag);
	if (r < 0)
		return r;
	/* What is not its own the kernel may tell of, too. */
	if (diag.token != verb->token ||
		(!adopted_take(path, diag.cookie, &one) && !path->takeover))
		return -ENOENT;
	r = path_show(path, &diag);
	*uid = diag.uid;
	return r < 0 ? r : one.bound;
}
