/* SPDX-License-Identifier: MIT */
/*
 * Messages that this library made itself, on their way to mif_get(). They come from the tasks and
 * leave in the order in which they came. What is never fetched is freed here, and its descriptor
 * closed (M28).
 */
#include "client/outbox.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "message/message.h"

struct report *report_new(uint32_t type, uint32_t tag)
{
	struct report *report = calloc(1, sizeof(*report));

	if (report == NULL)
		return NULL;
	list_init(&report->node);
	report->message.type = type;
	report->message.tag = tag;

	int *fd = message_fd(&report->message);

	if (fd != NULL)
		*fd = -1;
	return report;
}

void report_free(struct report *report)
{
	if (report == NULL)
		return;

	int *fd = message_fd(&report->message);

	if (fd != NULL)
		*fd = close_fd(*fd);
	free(report);
}

void outbox_init(struct outbox *outbox)
{
	*outbox = (struct outbox){0};
	list_init(&outbox->reports);
}

void outbox_deinit(struct outbox *outbox)
{
	struct report *report;

	while ((report = outbox_take(outbox)) != NULL)
		report_free(report);
}

void outbox_put(struct outbox *outbox, struct report *report)
{
	report->number = ++outbox->last;
	list_append(&outbox->reports, &report->node);
	outbox->count++;
}

int outbox_add(struct outbox *outbox, const struct mif_message *message)
{
	struct report *report;

	if (outbox->count >= OUTBOX_MAX)
		return -ENOBUFS;
	report = report_new(message->type, message->tag);
	if (report == NULL)
		return -ENOMEM;
	report->message = *message;
	outbox_put(outbox, report);
	return 0;
}

static void outbox_remove(struct outbox *outbox, struct report *report)
{
	list_remove(&report->node);
	outbox->count--;
}

struct report *outbox_first(const struct outbox *outbox)
{
	if (list_empty(&outbox->reports))
		return NULL;
	return container_of(outbox->reports.next, struct report, node);
}

struct report *outbox_take(struct outbox *outbox)
{
	struct report *report = outbox_first(outbox);

	if (report != NULL)
		outbox_remove(outbox, report);
	return report;
}

static const uint64_t *answer_to(const struct mif_message *message)
{
	switch (message->type) {
	case MIF_CONNECTED:
		return &message->as.connected.connection;
	case MIF_NOT_CONNECTED:
		return &message->as.not_connected.connection;
	case MIF_LISTENING:
		return &message->as.listening.connection;
	case MIF_NOT_LISTENING:
		return &message->as.not_listening.connection;
	default:
		return NULL;
	}
}

struct report *outbox_answer(const struct outbox *outbox, uint64_t connection)
{
	list_for_each (node, &outbox->reports) {
		struct report *report = container_of(node, struct report, node);
		const uint64_t *answered = answer_to(&report->message);

		if (answered != NULL && *answered == connection)
			return report;
	}
	return NULL;
}

size_t outbox_answers(const struct outbox *outbox)
{
	size_t count = 0;

	list_for_each (node, &outbox->reports)
		count += answer_to(&container_of(node, struct report, node)->message) != NULL;
	return count;
}

void outbox_drop_steps(struct outbox *outbox, uint64_t connection)
{
	list_for_each_safe (node, &outbox->reports) {
		struct report *report = container_of(node, struct report, node);

		if (report->message.type != MIF_ATTEMPT ||
			report->message.as.attempt.connection != connection)
			continue;
		outbox_remove(outbox, report);
		report_free(report);
	}
}
