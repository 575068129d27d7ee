/* SPDX-License-Identifier: MIT */
/*
 * Questions to the parent, in order. A passed descriptor is kept until the answer, so that the parent's
 * close of it is not the last one, which may take as long as the socket's owner wants (SO_LINGER).
 */
#include "path/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/descriptor.h"

void ask_init(struct ask *ask, int verb_fd)
{
	*ask = (struct ask){.verb_fd = verb_fd};
	list_init(&ask->waiting);
	list_init(&ask->sent);
}

void question_free(struct question *question)
{
	if (question == NULL)
		return;
	list_remove(&question->node);
	close_passed(question->fd);
	free(question);
}

void ask_deinit(struct ask *ask)
{
	list_for_each_safe (node, &ask->waiting)
		question_free(container_of(node, struct question, node));
	list_for_each_safe (node, &ask->sent)
		question_free(container_of(node, struct question, node));
}

struct question *ask_add(struct ask *ask, const struct verb *verb, int fd)
{
	struct question *question;

	if (ask->count >= ASK_QUEUE)
		return NULL;
	question = calloc(1, sizeof(*question));
	if (question == NULL)
		return NULL;
	question->fd = -1;
	list_init(&question->node);
	if (fd >= 0) {
		question->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (question->fd < 0) {
			question_free(question);
			return NULL;
		}
	}
	question->verb = *verb;
	question->verb.serial = ++ask->serial;
	list_append(&ask->waiting, &question->node);
	ask->count++;
	return question;
}

struct question *ask_waiting(const struct ask *ask, enum verb_type type, uint32_t token)
{
	struct question *last = NULL;

	list_for_each (node, &ask->waiting) {
		struct question *question = container_of(node, struct question, node);

		if (question->verb.type == (uint32_t)type && question->token == token)
			last = question;
	}
	return last;
}

int ask_send(struct ask *ask)
{
	while (!list_empty(&ask->waiting) && ask->asked < ASK_WINDOW) {
		struct question *question = container_of(ask->waiting.next, struct question, node);
		int r = verb_send_with(ask->verb_fd, &question->verb, question->fd);

		if (r < 0)
			return r;
		list_remove(&question->node);
		list_append(&ask->sent, &question->node);
		ask->asked++;
	}
	return 0;
}

struct question *ask_answered(struct ask *ask, const struct verb_answer *answer)
{
	list_for_each (node, &ask->sent) {
		struct question *question = container_of(node, struct question, node);

		if (question->verb.serial != answer->serial || question->verb.type != answer->type)
			continue;
		list_remove(&question->node);
		ask->count--;
		ask->asked--;
		return question;
	}
	return NULL;
}

static size_t count_of(const struct list *questions, uint32_t uid)
{
	size_t count = 0;

	list_for_each (node, questions)
		count += container_of(node, struct question, node)->uid == uid;
	return count;
}

size_t ask_of(const struct ask *ask, uint32_t uid)
{
	return count_of(&ask->waiting, uid) + count_of(&ask->sent, uid);
}

static void forget_in(const struct list *questions, const struct session *session)
{
	list_for_each (node, questions) {
		struct question *question = container_of(node, struct question, node);

		if (question->asker.session == session)
			question->asker.session = NULL;
	}
}

void ask_forget(struct ask *ask, const struct session *session)
{
	forget_in(&ask->waiting, session);
	forget_in(&ask->sent, session);
}
