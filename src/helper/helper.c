/* SPDX-License-Identifier: MIT */
#include "helper/helper.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sanitized.h"

bool helper_is_called(void)
{
	int type = 0;
	socklen_t size = sizeof(type);

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
		type == SOCK_SEQPACKET)
		return true;
	fprintf(stderr, "%s is started by mifd, and has no use without it: see mifd(8)\n",
		program_invocation_short_name);
	return false;
}

int helper_complain(const char *what, int error)
{
	fprintf(stderr, "<4>%s: %s: %s\n", program_invocation_short_name, what,
		strerror(error < 0 ? -error : error));
	return 1;
}

int helper_receive(uint8_t *packet, size_t size, unsigned int seconds)
{
	struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t got;

	if (poll(&wait, 1, (int)seconds * 1000) <= 0)
		return -ETIMEDOUT;
	got = recv(STDIN_FILENO, packet, size, MSG_DONTWAIT | MSG_TRUNC);
	if (got < 0)
		return -errno;
	return (size_t)got > size ? -EBADMSG : (int)got;
}

int helper_answer(const uint8_t *packet, int size)
{
	if (size > 0 && send(STDIN_FILENO, packet, (size_t)size, MSG_NOSIGNAL) < 0)
		size = -errno;
	/* Who asked may have lost interest. */
	return size < 0 && size != -EPIPE ? helper_complain("no answer", size) : 0;
}

static int limits_set(const struct helper_limits *limits)
{
	const struct rlimit none = {0, 0};
	const struct rlimit time = {limits->processor_seconds, limits->processor_seconds};
	const struct rlimit memory = {limits->memory, limits->memory};

	if (setrlimit(RLIMIT_NPROC, &none) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ||
		setrlimit(RLIMIT_FSIZE, &none) < 0 || setrlimit(RLIMIT_CPU, &time) < 0 ||
		setrlimit(RLIMIT_DATA, &memory) < 0)
		return -errno;
	return 0;
}

int helper_confine(const struct helper_limits *limits, int (*filter)(void))
{
	int r;

	alarm(limits->seconds);
	if (SANITIZED)
		return 0;
	r = limits_set(limits);
	if (r < 0)
		return r;
	/* Others of the same user, the engine first of all, shall not look into it. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return filter();
}
