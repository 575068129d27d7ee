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
#include <unistd.h>

#include "base/cleanup.h"
#include "base/descriptor.h"

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

bool verb_carries(uint32_t type)
{
	return type == VERB_ADOPT || type == VERB_PROVE;
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

/* How many came: the first stays open. The control message's length need not be that of one. */
static unsigned int descriptors_take(const struct cmsghdr *cmsg, int *passed)
{
	unsigned int count = 0;

	for (size_t at = CMSG_LEN(0); at + sizeof(int) <= cmsg->cmsg_len; at += sizeof(int)) {
		int fd;

		memcpy(&fd, (const char *)cmsg + at, sizeof(fd));
		if (count++ == 0)
			*passed = fd;
		else
			close_passed(fd);
	}
	return count;
}

/* Of a packet that is longer than size the true size is returned. 0: the other end is gone. *excess:
 * more came along than one descriptor. */
static ssize_t packet_receive(int fd, void *octets, size_t size, int *passed, bool *excess)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec vector = {octets, size};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
	const struct cmsghdr *cmsg;
	ssize_t got;

	*passed = -1;
	*excess = false;
	header.msg_control = &control;
	header.msg_controllen = sizeof(control);
	got = recvmsg(fd, &header, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
	if (got < 0)
		return errno == EINTR ? -EAGAIN : errno == ECONNRESET ? 0 : -errno;
	/* What is room for one on 32 bits is room for two on 64. */
	cmsg = CMSG_FIRSTHDR(&header);
	if (cmsg != NULL && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS)
		*excess |= descriptors_take(cmsg, passed) != 1;
	*excess |= (header.msg_flags & MSG_CTRUNC) != 0;
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
int verb_send_with(int fd, const struct verb *verb, int carried)
{
	const struct row *row = row_of(verb->type);
	struct verb packet = *verb;

	if (row != NULL)
		memset(packet.as.octets + row->size, 0, sizeof(packet.as.octets) - row->size);
	return packet_send(fd, &packet, sizeof(packet), carried);
}

int verb_send(int fd, const struct verb *verb)
{
	return verb_send_with(fd, verb, -1);
}

int verb_say(int fd, enum verb_type type)
{
	const struct verb verb = {.type = (uint32_t)type};

	return verb_send(fd, &verb);
}

int verb_answer_receive(int fd, struct verb_answer *answer, int *passed)
{
	bool excess;
	ssize_t got = packet_receive(fd, answer, sizeof(*answer), passed, &excess);

	if (got == -EAGAIN)
		return 0;
	return got < 0 ? (int)got : got == sizeof(*answer) ? 1 : -EPIPE;
}

/* ---- the parent's end ---- */

int verb_receive(int fd, struct verb *verb, int *carried)
{
	_cleanup_(close_passedp) int came = -1;
	bool excess = false;
	ssize_t got = packet_receive(fd, verb, sizeof(*verb), &came, &excess);

	*carried = -1;
	if (got == -EAGAIN)
		return 0;
	if (got <= 0)
		return got == 0 ? -EPIPE : (int)got;
	if (got != sizeof(*verb) || !verb_is_formed(verb) || excess ||
		verb_carries(verb->type) != (came >= 0))
		return -EBADMSG;
	*carried = came;
	came = -1;
	return 1;
}

int verb_answer_send(int fd, const struct verb *verb, int result, uint32_t uid, int passed)
{
	const struct verb_answer answer = {
		.type = verb->type, .serial = verb->serial, .result = result, .uid = uid};

	return packet_send(fd, &answer, sizeof(answer), passed);
}
