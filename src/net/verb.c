/* SPDX-License-Identifier: MIT */
/*
 * The typed verbs between the engine and its privileged parent. What does not have the size and
 * the type of a verb is not looked at further.
 */
#include "net/verb.h"

#include <errno.h>
#include <sys/socket.h>

int verb_send(int fd, enum verb_type type)
{
	struct verb verb = {.type = (uint32_t)type};

	return send(fd, &verb, sizeof(verb), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int verb_receive(int fd, struct verb *verb)
{
	/* MSG_TRUNC: the packet's true size. Descriptors are not asked for, so the kernel drops
	 * them. */
	ssize_t size = recv(fd, verb, sizeof(*verb), MSG_DONTWAIT | MSG_TRUNC);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (size < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (size == 0)
		return -EPIPE;
	if (size != sizeof(*verb) || verb->reserved != 0 || verb->type != VERB_READY)
		return -EBADMSG;
	return 1;
}
