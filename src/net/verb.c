/* SPDX-License-Identifier: MIT */
/*
 * The typed verbs between the engine and its privileged parent. What does not have the size, the
 * type and the form of a verb is not looked at further; whether its values make sense is for the
 * hand that does it (net/hand.h).
 */
#include "net/verb.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

static const struct row {
	uint32_t type;
	const char *name;
	size_t size; /* of what it says */
	enum verb_class class;
} rows[] = {
#define VERB(number, NAME, member, class) \
	{number, #member, sizeof(((struct verb *)NULL)->as.member), class},
	VERBS(VERB)
#undef VERB
};

#define VERB(number, NAME, member, class)                          \
	_Static_assert(sizeof(((struct verb *)NULL)->as.member) <= \
			sizeof(((struct verb *)NULL)->as.octets),  \
		"a verb is of fixed size");
VERBS(VERB)
#undef VERB

static const struct row *row_of(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].type == type)
			return &rows[i];
	}
	return NULL;
}

const char *verb_name(uint32_t type)
{
	return row_of(type) != NULL ? row_of(type)->name : NULL;
}

enum verb_class verb_class(uint32_t type)
{
	return row_of(type) != NULL ? row_of(type)->class : VERB_CLASS_LIFE;
}

static bool verb_is_formed(const struct verb *verb)
{
	const struct row *row = row_of(verb->type);

	if (row == NULL)
		return false;
	for (size_t i = row->size; i < sizeof(verb->as.octets); i++) {
		if (verb->as.octets[i] != 0)
			return false;
	}
	return true;
}

/* ---- one packet, either way ---- */

/* Of a packet that is longer than size the true size is returned. 0: the other end is gone. */
static ssize_t packet_receive(int fd, void *octets, size_t size, int *passed)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec vector = {octets, size};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
	const struct cmsghdr *cmsg;
	ssize_t got;

	/* Where none is expected the kernel drops what comes along. */
	if (passed != NULL) {
		*passed = -1;
		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
	}
	got = recvmsg(fd, &header, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
	if (got < 0)
		return errno == EINTR ? -EAGAIN : errno == ECONNRESET ? 0 : -errno;
	cmsg = passed != NULL ? CMSG_FIRSTHDR(&header) : NULL;
	if (cmsg != NULL && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(passed, CMSG_DATA(cmsg), sizeof(*passed));
	return got;
}

static int packet_send(int fd, const void *octets, size_t size, int passed)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(sizeof(int))];
	} control = {.align = {.cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS,
			     .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec vector = {(void *)(uintptr_t)octets, size};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};

	if (passed >= 0) {
		memcpy(CMSG_DATA(&control.align), &passed, sizeof(passed));
		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
	}
	return sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* ---- the engine's end ---- */

/* Behind the member that was filled in, a union may hold anything (C17 6.7.9). */
int verb_send(int fd, const struct verb *verb)
{
	const struct row *row = row_of(verb->type);
	struct verb packet = *verb;

	if (row != NULL)
		memset(packet.as.octets + row->size, 0, sizeof(packet.as.octets) - row->size);
	return packet_send(fd, &packet, sizeof(packet), -1);
}

int verb_say(int fd, enum verb_type type)
{
	const struct verb verb = {.type = (uint32_t)type};

	return verb_send(fd, &verb);
}

int verb_answer_receive(int fd, struct verb_answer *answer, int *passed)
{
	ssize_t got = packet_receive(fd, answer, sizeof(*answer), passed);

	if (got == -EAGAIN)
		return 0;
	return got < 0 ? (int)got : got == sizeof(*answer) ? 1 : -EPIPE;
}

/* ---- the parent's end ---- */

int verb_receive(int fd, struct verb *verb)
{
	ssize_t got = packet_receive(fd, verb, sizeof(*verb), NULL);

	if (got == -EAGAIN)
		return 0;
	if (got <= 0)
		return got == 0 ? -EPIPE : (int)got;
	return got == sizeof(*verb) && verb_is_formed(verb) ? 1 : -EBADMSG;
}

int verb_answer_send(int fd, const struct verb *verb, int result, int passed)
{
	const struct verb_answer answer = {
		.type = verb->type, .serial = verb->serial, .result = result};

	return packet_send(fd, &answer, sizeof(answer), passed);
}
