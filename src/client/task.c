/* SPDX-License-Identifier: MIT */
/*
 * What the connects, dials and listens of a handle have in common: an identifier that is in use
 * until the answer is fetched, and exactly one answer (M29), which is allocated with the task so
 * that it cannot fail later.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "client/attempt.h"
#include "client/client.h"

static struct task *task_find(const struct mif *mif, uint64_t connection)
{
	list_for_each (node, &mif->tasks) {
		struct task *task = container_of(node, struct task, node);

		if (task->outbox == &mif->outbox && task->connection == connection)
			return task;
	}
	return NULL;
}

int task_check(const struct mif *mif, uint64_t connection)
{
	size_t count = outbox_answers(&mif->outbox);

	if (task_find(mif, connection) != NULL || outbox_answer(&mif->outbox, connection) != NULL)
		return -EEXIST;
	list_for_each (node, &mif->tasks)
		count++;
	return count < CLIENT_TASKS_MAX ? 0 : -ENOBUFS;
}

int task_init(struct task *task, struct mif *mif, const struct task_ops *ops, struct outbox *outbox,
	uint64_t connection, uint32_t tag)
{
	task->answer = report_new(MIF_NOT_CONNECTED, tag);
	if (task->answer == NULL)
		return -ENOMEM;
	task->ops = ops;
	task->mif = mif;
	task->outbox = outbox;
	task->connection = connection;
	task->refused = MIF_NOT_CONNECTED;
	list_append(&mif->tasks, &task->node);
	return 0;
}

void task_deinit(struct task *task)
{
	list_remove(&task->node);
	report_free(task->answer);
	task->answer = NULL;
}

/* The answer, on its way; the task, at its end. */
static void task_answer(struct task *task, uint32_t type)
{
	struct report *answer = task->answer;

	answer->message.type = type;
	task->answer = NULL;
	outbox_put(task->outbox, answer);
	task->ops->free(task);
}

void task_connected(struct task *task, int fd, uint64_t pvd, const struct mif_endpoint *source,
	const struct mif_endpoint *destination, const char *alpn)
{
	task->answer->message.as.connected = (struct mif_message_connected){
		.connection = task->connection,
		.fd = fd,
		.pvd = pvd,
		.source = *source,
		.destination = *destination,
	};
	strcpy(task->answer->message.as.connected.alpn, alpn);
	task_answer(task, MIF_CONNECTED);
}

void task_listening(struct task *task, int fd, uint64_t pvd, const struct mif_endpoint *local)
{
	task->answer->message.as.listening = (struct mif_message_listening){
		.connection = task->connection,
		.fd = fd,
		.pvd = pvd,
		.local = *local,
	};
	task_answer(task, MIF_LISTENING);
}

static void refuse(struct mif_message *message, uint32_t refused, uint64_t connection, int error,
	const char *text)
{
	memset(&message->as, 0, sizeof(message->as));
	message->type = refused;
	if (refused == MIF_NOT_LISTENING) {
		message->as.not_listening.connection = connection;
		message->as.not_listening.error = (uint32_t)error;
		return;
	}
	message->as.not_connected.connection = connection;
	message->as.not_connected.error = (uint32_t)error;
	snprintf(message->as.not_connected.text, MIF_TEXT_SIZE, "%s", text);
}

void task_failed(struct task *task, int error, const char *text)
{
	refuse(&task->answer->message, task->refused, task->connection, error, text);
	task_answer(task, task->refused);
}

/* ---- for all of a handle ---- */

/* An answer that waits is turned into "called off", where it stands. */
static void answer_stop(struct report *answer, uint64_t connection)
{
	struct mif_message *message = &answer->message;
	bool listening = message->type == MIF_LISTENING || message->type == MIF_NOT_LISTENING;

	if (message->type == MIF_CONNECTED)
		attempt_abandon(message->as.connected.fd);
	else if (message->type == MIF_LISTENING)
		close_fd(message->as.listening.fd);
	refuse(message, listening ? MIF_NOT_LISTENING : MIF_NOT_CONNECTED, connection, ECANCELED,
		"called off");
}

int task_stop(struct mif *mif, const struct mif_message *request)
{
	uint64_t connection = request->as.stop_connecting.connection;
	struct task *task = task_find(mif, connection);
	struct report *answer = outbox_answer(&mif->outbox, connection);
	struct mif_message error = {.type = MIF_ERROR, .tag = request->tag};

	outbox_drop_steps(&mif->outbox, connection);
	if (task != NULL) {
		task_failed(task, ECANCELED, "called off");
		return 0;
	}
	if (answer != NULL) {
		answer_stop(answer, connection);
		return 0;
	}
	/* It was answered already, and has had its one answer. */
	error.as.error.request = request->type;
	error.as.error.error = ENOENT;
	snprintf(error.as.error.text, MIF_TEXT_SIZE, "connection %llu is not under way",
		(unsigned long long)connection);
	return outbox_add(&mif->outbox, &error);
}

void task_pvd_gone(struct mif *mif, uint64_t pvd, uint64_t now)
{
	list_for_each_safe (node, &mif->tasks) {
		struct task *task = container_of(node, struct task, node);

		task->ops->pvd_gone(task, pvd, now);
	}
}

void task_news(struct mif *mif, const struct mif_message *report, uint64_t now)
{
	list_for_each_safe (node, &mif->tasks) {
		struct task *task = container_of(node, struct task, node);

		task->ops->news(task, report, now);
	}
}

void task_free_all(struct mif *mif)
{
	list_for_each_safe (node, &mif->tasks) {
		struct task *task = container_of(node, struct task, node);

		task->ops->free(task);
	}
}
