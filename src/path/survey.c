/* SPDX-License-Identifier: MIT */
/*
 * What the kernel has of the connections, as the parent finds it: after events were lost, after an engine
 * was started again, for who wants to see the counters, and since the kernel forgets to tell now and
 * then that a subflow is closed. What has changed since the parent was asked is left alone.
 */
#include "net/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "path/manager.h"

/* Of tcpi_state. */
#define STATE_ESTABLISHED 1
#define STATE_SYN_SENT 2

/* ---- asking ---- */

static void survey_plan(struct paths *paths, uint64_t at, uint64_t pause)
{
	paths->survey_at = MIN(paths->survey_at, MAX(at, paths->surveyed_at + pause));
	paths_wake(paths, paths->survey_at);
}

void paths_survey(struct paths *paths, uint64_t at)
{
	survey_plan(paths, at, SURVEY_PAUSE);
}

void paths_survey_soon(struct paths *paths, uint64_t at)
{
	survey_plan(paths, at, LOOK_TIME);
}

static void listeners_tell(struct paths *paths)
{
	list_for_each (node, &paths->listeners) {
		struct listener *listener = container_of(node, struct listener, node);

		if (!listener->waiting)
			continue;
		listener->waiting = false;
		paths_announce(paths, listener);
	}
}

static bool listeners_wait(const struct paths *paths)
{
	list_for_each (node, &paths->listeners) {
		if (container_of(node, struct listener, node)->waiting)
			return true;
	}
	return false;
}

void survey_ask(struct paths *paths, uint64_t now)
{
	const struct verb verb = {.type = VERB_SURVEY, .as.survey.others = listeners_wait(paths)};

	/* Nobody will answer. */
	if (paths->off) {
		listeners_tell(paths);
		return;
	}
	/* The answer makes this be looked at again. */
	if (paths->surveying)
		return;
	if (paths->survey_at > now) {
		paths_wake(paths, paths->survey_at);
		return;
	}
	paths->survey_at = TIME_FOREVER;
	if (ask_add(&paths->ask, &verb, -1) == NULL) {
		paths_survey(paths, now + SURVEY_PAUSE);
		return;
	}
	paths->surveying = true;
	paths->others_asked = verb.as.survey.others != 0;
	paths->surveyed_at = now;
}

/* ---- what it says ---- */

/* One that this engine was not shown: the last one was. Its subflows follow. */
static struct connection *connection_recall(
	struct paths *paths, const struct survey_record *record, uint64_t now)
{
	struct connection *connection = connection_new(record->token, record->uid);

	if (connection == NULL)
		return NULL;
	connection->proved = connection->established = connection->recalled = true;
	connection->since = now;
	connection->review = true;
	newcomer_known(paths, connection);
	if (record->origin == SURVEY_RECOGNISED)
		connection->mode = MIF_PATHS_AUTOMATIC;
	list_append(&paths->connections, &connection->node);
	paths_watch(paths, now);
	return connection;
}

static void flow_take(struct flow *flow, const struct survey_record *record)
{
	flow->seen = true;
	flow->local.port = record->local.port;
	flow->kernel_local = record->local;
	flow->kernel_remote = record->remote;
	flow->local_id = record->local_id;
	flow->remote_id = record->remote_id;
	flow->rtt = record->rtt;
	if (flow->connection->rtt == 0)
		flow->connection->rtt = record->rtt;
	flow->sent = record->acked;
	flow->received = record->received;
	flow->queued = record->queued;
}

/* One that is given up, and that the kernel still tries. */
static void flow_call_off(struct paths *paths, struct flow *flow)
{
	flow->closing = flow_ask(paths, flow, VERB_LEAVE, NULL) == 0;
}

static void subflow_take(struct paths *paths, struct connection *connection,
	const struct survey_record *record, uint64_t now)
{
	const struct mif_endpoint local = endpoint_plain(&record->local);
	const struct mif_endpoint remote = endpoint_plain(&record->remote);
	struct flow *flow = flow_find(connection, &local, &remote);

	if (record->state != STATE_ESTABLISHED && record->state != STATE_SYN_SENT)
		return;
	if (flow == NULL && record->state == STATE_ESTABLISHED) {
		flow = flow_new(connection, ++paths->number, &local, &remote);
		/* The peer's doing, of which no event came, or before the connection was known. */
		if (flow == NULL) {
			subflow_refuse(paths, connection, &record->local, &record->remote);
			return;
		}
		flow->wanted = connection->recalled;
		flow->state = MIF_PATH_LOST;
	}
	if (flow == NULL)
		return;
	flow_take(flow, record);
	if (record->state == STATE_SYN_SENT) {
		if (flow->state == MIF_PATH_LOST && !flow->closing)
			flow_call_off(paths, flow);
		return;
	}
	flow->backup = record->backup;
	if (flow->state == MIF_PATH_ESTABLISHED || flow->closing || flow->stranded ||
		flow->since > paths->surveyed_at)
		return;
	flow->state = MIF_PATH_ESTABLISHED;
	flow->since = now;
	flow->asked = false;
	flow->settled = false;
	flow->due = now;
	paths->stale = true;
	connection->review = true;
	flow_event(paths, flow, MIF_PATH_UP, 0);
}

static void other_take(struct paths *paths, const struct survey_record *record)
{
	struct other *other;

	if (paths->others == NULL)
		paths->others = calloc(SURVEY_OTHERS, sizeof(*paths->others));
	if (paths->others == NULL || paths->other_count == SURVEY_OTHERS)
		return;
	other = &paths->others[paths->other_count++];
	other->token = record->token;
	other->uid = record->uid;
	other->subflows = record->state;
	other->fallback = record->kind == SURVEY_TCP;
	other->local = endpoint_plain(&record->local);
	other->remote = endpoint_plain(&record->remote);
}

static void record_take(struct paths *paths, const struct survey_record *record, uint64_t now)
{
	struct connection *connection = paths_find(paths, record->token);

	if (connection == NULL && record->kind >= SURVEY_OTHER)
		other_take(paths, record);
	if (connection == NULL && record->kind == SURVEY_CONNECTION)
		connection = connection_recall(paths, record, now);
	if (connection == NULL)
		return;
	connection->seen |= record->kind < SURVEY_OTHER;
	if (record->kind == SURVEY_SUBFLOW)
		subflow_take(paths, connection, record, now);
}

/* What the kernel does not have any more, and did not tell of. */
static void flows_miss(struct paths *paths, struct connection *connection, uint64_t now)
{
	list_for_each_safe (node, &connection->flows) {
		struct flow *flow = container_of(node, struct flow, node);

		if (flow->seen || flow->since > paths->surveyed_at)
			continue;
		if (flow->state == MIF_PATH_ESTABLISHED) {
			flow_lost(paths, flow, ECONNRESET, now);
		} else if (flow->state == MIF_PATH_LOST) {
			flow->stranded = false;
			if (flow->closing && !flow->wanted)
				flow_free(flow);
			else
				flow->closing = false;
		}
	}
}

static void unseen_end(struct paths *paths, uint64_t now)
{
	list_for_each_safe (node, &paths->connections) {
		struct connection *connection = container_of(node, struct connection, node);
		struct mif_message message = {.type = MIF_PATH_EVENT};

		if (connection->seen) {
			flows_miss(paths, connection, now);
			leave_look(paths, connection);
		} else if (connection->proved && connection->since <= paths->surveyed_at) {
			message.as.path_event.connection = connection->token;
			message.as.path_event.event = MIF_PATH_CLOSED;
			paths_tell_event(paths, connection, &message);
			connection_end(paths, connection, ENOTCONN);
		}
	}
	paths->stale = true;
}

static void unsee(struct paths *paths)
{
	list_for_each (node, &paths->connections) {
		struct connection *connection = container_of(node, struct connection, node);

		connection->seen = false;
		list_for_each (at, &connection->flows)
			container_of(at, struct flow, node)->seen = false;
	}
}

/* Whether it was read to its end. */
static bool records_read(struct paths *paths, int fd, uint64_t now)
{
	struct survey_record records[32];
	off_t at = 0;
	ssize_t got;

	while ((got = pread(fd, records, sizeof(records), at)) > 0) {
		size_t count = (size_t)got / sizeof(records[0]);

		for (size_t i = 0; i < count; i++)
			record_take(paths, &records[i], now);
		at += (off_t)(count * sizeof(records[0]));
		if (count == 0)
			return false;
	}
	return got == 0;
}

void survey_take(struct paths *paths, int fd, int result, uint64_t now)
{
	paths->surveying = false;
	unsee(paths);
	/* What is not known to be gone is not gone. */
	if (result == 0 && fd >= 0 && records_read(paths, fd, now))
		unseen_end(paths, now);
	/* Who came after it was asked waits for the next one. */
	if (paths->others_asked)
		listeners_tell(paths);
	else if (listeners_wait(paths))
		paths_survey(paths, now);
	free(paths->others);
	paths->others = NULL;
	paths->other_count = 0;
	paths_wake(paths, now);
}
