/* SPDX-License-Identifier: MIT */
/*
 * Connections of which the kernel tells and that nobody has shown: whether their sockets were adopted the
 * parent knows. It is asked a while after they came: by then most have been shown, by programs that wait
 * for their paths, or are over.
 */
#include <errno.h>
#include <stdlib.h>

#include <linux/mptcp.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "path/manager.h"

struct newcomer {
	struct list node;
	uint32_t token;
	bool server; /* it was accepted here */
	bool established; /* fully */
	bool joined; /* it has had other subflows than the first */
	bool asked; /* the parent has not answered */
	struct mif_endpoint local, remote; /* as the kernel calls them */
	struct announced announced;
	uint64_t due;
};

static struct newcomer *newcomer_find(const struct paths *paths, uint32_t token)
{
	list_for_each (node, &paths->newcomers) {
		struct newcomer *newcomer = container_of(node, struct newcomer, node);

		if (newcomer->token == token)
			return newcomer;
	}
	return NULL;
}

static void newcomer_free(struct paths *paths, struct newcomer *newcomer)
{
	paths->newcomer_count--;
	list_remove(&newcomer->node);
	free(newcomer);
}

void newcomers_free(struct paths *paths)
{
	list_for_each_safe (node, &paths->newcomers)
		newcomer_free(paths, container_of(node, struct newcomer, node));
}

static void newcomer_add(struct paths *paths, const struct kernel_mptcp_event *event, uint64_t now)
{
	struct newcomer *newcomer;

	/* Those that are accepted can only be had when all are. */
	if (event->server && !paths->options.takeover)
		return;
	newcomer = paths->newcomer_count < NEWCOMERS ? calloc(1, sizeof(*newcomer)) : NULL;
	if (newcomer == NULL) {
		paths->counters[PATHS_REFUSED]++;
		return;
	}
	newcomer->token = event->token;
	newcomer->server = event->server;
	newcomer->local = event->local;
	newcomer->remote = event->remote;
	newcomer->due = now + NEWCOMER_TIME;
	list_append(&paths->newcomers, &newcomer->node);
	paths->newcomer_count++;
	paths_wake(paths, newcomer->due);
}

void newcomer_hear(struct paths *paths, const struct kernel_mptcp_event *event, uint64_t now)
{
	struct newcomer *newcomer = newcomer_find(paths, event->token);
	struct mif_endpoint removed;

	if (newcomer == NULL) {
		if (event->event == MPTCP_EVENT_CREATED)
			newcomer_add(paths, event, now);
		return;
	}
	if (event->event == MPTCP_EVENT_CLOSED)
		newcomer_free(paths, newcomer);
	else if (event->event == MPTCP_EVENT_ESTABLISHED)
		newcomer->established = true;
	else if (event->event == MPTCP_EVENT_SUB_ESTABLISHED)
		newcomer->joined = true;
	else if (event->event == MPTCP_EVENT_ANNOUNCED)
		announced_add(&newcomer->announced, &event->remote, event->remote_id);
	else if (event->event == MPTCP_EVENT_REMOVED)
		announced_remove(&newcomer->announced, event->remote_id, &removed);
}

/* When its program shows it, or a survey has found it. */
void newcomer_known(struct paths *paths, struct connection *connection)
{
	struct newcomer *newcomer = newcomer_find(paths, connection->token);

	if (newcomer == NULL)
		return;
	connection->established |= newcomer->established;
	connection->announced = newcomer->announced;
}

void newcomers_due(struct paths *paths, uint64_t now)
{
	list_for_each_safe (node, &paths->newcomers) {
		struct newcomer *newcomer = container_of(node, struct newcomer, node);
		const struct verb verb = {
			.type = VERB_RECOGNISE, .as.recognise.token = newcomer->token};
		struct question *question;

		if (newcomer->asked)
			continue;
		/* They are in the order of their times. */
		if (newcomer->due > now) {
			paths_wake(paths, newcomer->due);
			return;
		}
		/* A program has shown it. */
		if (paths_find(paths, newcomer->token) != NULL) {
			newcomer_free(paths, newcomer);
			continue;
		}
		question = ask_add(&paths->ask, &verb, -1);
		if (question == NULL) {
			paths_wake(paths, now + NEWCOMER_TIME);
			return;
		}
		question->token = newcomer->token;
		newcomer->asked = true;
	}
}

static struct connection *connection_of(
	struct paths *paths, const struct newcomer *newcomer, uint32_t uid, uint64_t now)
{
	struct connection *connection;

	/* Programs that ask for paths come first. */
	if (paths_connections_of(paths, uid) >= PATHS_USER_CONNECTIONS / 2) {
		paths->counters[PATHS_REFUSED]++;
		return NULL;
	}
	connection = connection_new(newcomer->token, uid);
	if (connection == NULL)
		return NULL;
	if (flow_new_first(connection, ++paths->number, &newcomer->local, &newcomer->remote) ==
		NULL) {
		connection_free(connection);
		return NULL;
	}
	list_append(&paths->connections, &connection->node);
	paths_watch(paths, now);
	return connection;
}

void newcomer_answered(struct paths *paths, uint32_t token, int result, uint32_t uid, uint64_t now)
{
	struct newcomer *newcomer = newcomer_find(paths, token);
	const struct verb forget = {.type = VERB_FORGET, .as.forget.token = token};
	struct connection *connection = NULL;

	/* Closed meanwhile, or shown: then the parent is told when that one ends. */
	if (result >= 0 && paths_find(paths, token) == NULL) {
		if (newcomer != NULL)
			connection = connection_of(paths, newcomer, uid, now);
		if (connection == NULL)
			ask_add(&paths->ask, &forget, -1);
	}
	if (connection != NULL) {
		connection->proved = connection->review = true;
		newcomer_known(paths, connection);
		connection->since = now;
		/* Who is bound has said from where; and a server does not know the way to a client. */
		if (result == 0 && !newcomer->server)
			connection->mode = MIF_PATHS_AUTOMATIC;
		if (newcomer->joined)
			paths_survey(paths, now);
		paths->stale = true;
		paths_wake(paths, now);
	}
	if (newcomer != NULL)
		newcomer_free(paths, newcomer);
}
