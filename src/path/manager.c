/* SPDX-License-Identifier: MIT */
/*
 * A subflow's life: asked for, it is joined; a join that another host refused is not tried again, any
 * other is, later and later; established, it is not counted on before it has settled; and the last one
 * that works is never closed.
 */
#include "path/manager.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

struct connection *paths_find(const struct paths *paths, uint32_t token)
{
	list_for_each (node, &paths->connections) {
		struct connection *connection = container_of(node, struct connection, node);

		if (connection->token == token)
			return connection;
	}
	return NULL;
}

struct flow *paths_flow(const struct paths *paths, uint32_t token, uint32_t number)
{
	const struct connection *connection = paths_find(paths, token);

	if (connection == NULL)
		return NULL;
	list_for_each (node, &connection->flows) {
		struct flow *flow = container_of(node, struct flow, node);

		if (flow->number == number)
			return flow;
	}
	return NULL;
}

void paths_wake(struct paths *paths, uint64_t due)
{
	paths->deadline = MIN(paths->deadline, due);
}

/* ---- subflows ---- */

static struct verb flow_verb(
	const struct paths *paths, const struct flow *flow, enum verb_type type)
{
	struct verb verb = {.type = (uint32_t)type,
		.as.join = {.token = flow->connection->token,
			.local = flow->kernel_local,
			.remote = flow->kernel_remote}};

	if (type == VERB_JOIN) {
		verb.as.join.local = flow->local;
		verb.as.join.local.port = 0;
		verb.as.join.remote = flow->remote;
		verb.as.join.ifindex = flow_link(paths, flow);
		verb.as.join.id = flow->id;
	}
	if (type == VERB_JOIN || type == VERB_PREFER)
		verb.as.join.backup = flow_steps_back(paths, flow);
	if (type == VERB_PREFER)
		verb.as.prefer.local.port = 0;
	return verb;
}

int flow_ask(struct paths *paths, struct flow *flow, enum verb_type type, const struct asker *asker)
{
	const struct verb verb = flow_verb(paths, flow, type);
	struct question *question = ask_add(&paths->ask, &verb, -1);

	if (question == NULL)
		return -EAGAIN;
	question->token = flow->connection->token;
	question->flow = flow->number;
	question->uid = flow->connection->uid;
	if (asker != NULL)
		question->asker = *asker;
	return 0;
}

void flow_join(struct paths *paths, struct flow *flow, uint64_t now)
{
	const struct world_place *place = flow_place(paths, flow);

	/* Two of the same ends could not be told apart. */
	if (flow->closing) {
		flow->state = MIF_PATH_LOST;
		flow->due = now + CLOSE_TIME;
		paths_wake(paths, flow->due);
		return;
	}
	if (place != NULL && !place_is_open(place)) {
		flow->state = MIF_PATH_JOINING;
		flow_lost(paths, flow, ENETDOWN, now);
		return;
	}
	flow->state = MIF_PATH_JOINING;
	flow->parked = false;
	flow->local.port = 0;
	flow->asked = flow_ask(paths, flow, VERB_JOIN, NULL) == 0;
	/* Until the answer; without room for the question, soon again. */
	flow->due = flow->asked ? TIME_FOREVER : now + RETRY_FIRST;
	paths_wake(paths, flow->due);
}

void flow_event(struct paths *paths, const struct flow *flow, uint32_t event, int error)
{
	struct mif_message message = {.type = MIF_PATH_EVENT};

	message.as.path_event.connection = flow->connection->token;
	message.as.path_event.event = event;
	message.as.path_event.local = flow->local;
	message.as.path_event.remote = flow->remote;
	message.as.path_event.error = (uint32_t)error;
	message.as.path_event.pvd = flow->pvd;
	message.as.path_event.interface = flow->interface;
	message.as.path_event.backup = flow->backup;
	paths_tell_event(paths, flow->connection, &message);
}

/* Nobody answered for it, or it was closed. */
void flow_lost(struct paths *paths, struct flow *flow, int error, uint64_t now)
{
	bool joined = flow->state == MIF_PATH_ESTABLISHED;
	bool foreign = !joined && error == ECONNREFUSED;
	const struct world_place *place = flow_place(paths, flow);
	uint64_t delay = RETRY_FIRST;

	/* A peer that takes no more paths will not do so in a second. */
	if (joined && !flow->settled)
		flow->failures = MAX(flow->failures, 5U);
	for (unsigned int i = 0; i < flow->failures && delay < RETRY_LAST; i++)
		delay *= 2;
	flow->failures++;
	paths->counters[PATHS_FAILED] += !joined || !flow->settled;
	paths->counters[PATHS_FOREIGN] += foreign;
	flow->state = foreign ? MIF_PATH_FOREIGN : MIF_PATH_LOST;
	flow->since = now;
	flow->error = error;
	flow->due = foreign ? TIME_FOREVER : now + MIN(delay, RETRY_LAST);
	if (flow->announced && flow->failures >= ANNOUNCED_TRIES)
		flow->due = TIME_FOREVER;
	/* Its link or its address must come back first. */
	flow->parked = !foreign &&
		((place != NULL && !place_is_open(place)) || (error == EADDRNOTAVAIL && joined));
	if (flow->parked)
		flow->due = TIME_FOREVER;
	flow->leave_at = flow->drain_at = TIME_FOREVER;
	flow->settled = false;
	flow->asked = false;
	paths->stale = true;
	asker_tell(&flow->asker, flow->connection->token, flow, error, NULL);
	if (joined)
		flow_event(paths, flow, MIF_PATH_DOWN, error);
	if (!flow->wanted) {
		flow_free(flow);
		return;
	}
	paths_wake(paths, flow->due);
}

void flow_down(struct paths *paths, struct flow *flow, int error, bool closing, uint64_t now)
{
	bool wanted = flow->wanted;

	flow->closing = closing;
	flow->stranded = !closing;
	flow->settled = true; /* it was no failure of the peer's */
	/* The kernel will tell, and then it is known no more. */
	flow->wanted = true;
	flow_lost(paths, flow, error, now);
	flow->wanted = wanted;
	flow->failures = 0;
}

static void flow_settled(struct paths *paths, struct flow *flow, uint64_t now)
{
	flow->settled = true;
	flow->failures = 0;
	flow->error = 0;
	flow->due = TIME_FOREVER;
	paths->counters[PATHS_JOINED]++;
	asker_tell(&flow->asker, flow->connection->token, flow, 0, NULL);
	paths_survey(paths, now + SURVEY_CHECK);
	/* Others may have waited for one that works. */
	flow->connection->review = true;
}

/* The kernel goes on trying for minutes. Which of its sockets that is only a survey tells. */
static void flow_late(struct paths *paths, struct flow *flow, uint64_t now)
{
	flow_lost(paths, flow, ETIMEDOUT, now);
	paths_survey(paths, now);
}

static void flow_due(struct paths *paths, struct flow *flow, uint64_t now)
{
	flow->due = TIME_FOREVER;
	switch (flow->state) {
	case MIF_PATH_ESTABLISHED:
		flow_settled(paths, flow, now);
		break;
	case MIF_PATH_JOINING:
		if (flow->asked)
			flow_late(paths, flow, now);
		else
			flow_join(paths, flow, now);
		break;
	case MIF_PATH_LOST:
	case MIF_PATH_WAITING:
		flow_join(paths, flow, now);
		break;
	default:
		break;
	}
}

void connection_end(struct paths *paths, struct connection *connection, int error)
{
	const struct verb verb = {.type = VERB_FORGET, .as.forget = {.token = connection->token}};

	list_for_each (node, &connection->flows) {
		struct flow *flow = container_of(node, struct flow, node);

		asker_tell(&flow->asker, connection->token, flow, error, NULL);
	}
	offers_end(connection, error);
	if (connection->proved)
		ask_add(&paths->ask, &verb, -1);
	paths->stale = true;
	connection_free(connection);
}

/* ---- answers of the parent ---- */

static void joined(struct paths *paths, struct flow *flow, int result, uint64_t now)
{
	if (flow->state != MIF_PATH_JOINING || !flow->asked)
		return;
	switch (result) {
	case 0:
		flow->due = now + JOIN_TIME;
		break;
	case -ENOTCONN:
		flow->asked = false;
		flow->state = MIF_PATH_WAITING;
		flow->due =
			flow->connection->established ? now + RETRY_FIRST / 10 : now + RETRY_FIRST;
		break;
	default:
		flow_lost(paths, flow, -result, now);
		return;
	}
	paths_wake(paths, flow->due);
}

static void preferred(struct paths *paths, struct flow *flow, const struct question *question,
	int result, uint64_t now)
{
	bool backup = question->verb.as.prefer.backup != 0;

	flow->adjusting = false;
	flow->refused = result < 0 ? backup : -1;
	if (result < 0 && question->asker.session != NULL)
		flow->standby = flow->backup;
	if (result == 0 && flow->backup != backup) {
		flow->backup = backup;
		if (flow->state == MIF_PATH_ESTABLISHED)
			flow_event(paths, flow, MIF_PATH_PRIORITY, 0);
	}
	/* It may be wanted otherwise by now. */
	flow_review(paths, flow, now);
}

/* What the kernel does not have is closed; what it does not close is there still. */
static void not_left(struct paths *paths, struct flow *flow, int result, uint64_t now)
{
	flow->closing = false;
	if (flow->state != MIF_PATH_LOST || result == -ESRCH)
		return;
	if (flow->error == EADDRNOTAVAIL || flow->error == ENETDOWN)
		flow->stranded = true;
	else
		flow->state = MIF_PATH_ESTABLISHED;
	paths->stale = true;
	flow_review(paths, flow, now);
}

static void answered(struct paths *paths, struct question *question, int result, uint64_t now)
{
	struct connection *connection = paths_find(paths, question->token);
	struct flow *flow = paths_flow(paths, question->token, question->flow);

	switch (question->verb.type) {
	case VERB_PROVE:
		if (connection == NULL)
			break;
		connection->proved = result == 0;
		if (result < 0)
			connection_end(paths, connection, -result);
		break;
	case VERB_JOIN:
		if (flow != NULL)
			joined(paths, flow, result, now);
		break;
	case VERB_PREFER:
		if (flow != NULL)
			preferred(paths, flow, question, result, now);
		break;
	case VERB_LEAVE:
		if (flow != NULL && result < 0)
			not_left(paths, flow, result, now);
		break;
	case VERB_ADOPT:
		paths->counters[PATHS_ADOPTED] += result == 0;
		break;
	default:
		break;
	}
	asker_tell(&question->asker, question->token, NULL, -result, NULL);
}

void paths_send(struct paths *paths)
{
	int r = paths->off ? -EPIPE : ask_send(&paths->ask);

	paths->off |= r < 0 && r != -EAGAIN;
}

void paths_answered(struct paths *paths, const struct verb_answer *answer, int passed, uint64_t now)
{
	struct question *question = ask_answered(&paths->ask, answer);

	if (question == NULL)
		return;
	if (answer->type == VERB_SURVEY)
		survey_take(paths, passed, answer->result, now);
	else if (answer->type == VERB_RECOGNISE)
		newcomer_answered(paths, question->token, answer->result, answer->uid, now);
	else
		answered(paths, question, answer->result, now);
	question_free(question);
	paths_send(paths);
}

/* ---- a turn ---- */

static void events_read(struct paths *paths, uint64_t now)
{
	static _Alignas(struct nlmsghdr) char octets[16384];

	for (int i = 0; i < EVENTS_TURN; i++) {
		ssize_t got = recv(paths->options.event_fd, octets, sizeof(octets), MSG_DONTWAIT);
		const struct nlmsghdr *message = (const void *)octets;
		struct kernel_mptcp_event event;
		int left = (int)got;

		/* Some were lost. */
		if (got < 0 && errno == ENOBUFS) {
			paths->counters[PATHS_OVERFLOWS]++;
			paths_survey(paths, now);
		} else if (got < 0 && errno != EINTR)
			return;
		for (; got > 0 && mnl_nlmsg_ok(message, left);
			message = mnl_nlmsg_next(message, &left)) {
			if (kernel_mptcp_event_parse(message, message->nlmsg_type, &event) == 1)
				paths_hear(paths, &event, now);
		}
	}
	paths_wake(paths, now);
}

static void flows_due(struct paths *paths, struct connection *connection, uint64_t now)
{
	list_for_each (node, &connection->flows)
		leave_wake(paths, container_of(node, struct flow, node), now);
	list_for_each_safe (node, &connection->flows) {
		struct flow *flow = container_of(node, struct flow, node);

		if (flow->due <= now)
			flow_due(paths, flow, now);
		else
			paths_wake(paths, flow->due);
	}
	if (connection->review)
		connection_review(paths, connection, now);
}

/* Nobody has paths: what the host has is not looked at for long. */
static void world_keep(struct paths *paths, uint64_t now)
{
	if (!list_empty(&paths->connections) || paths->world.session == NULL) {
		paths->rest_at = TIME_FOREVER;
		return;
	}
	if (paths->rest_at == TIME_FOREVER)
		paths->rest_at = now + WORLD_REST;
	if (paths->rest_at <= now)
		world_rest(&paths->world);
	else
		paths_wake(paths, paths->rest_at);
}

void paths_dispatch(struct paths *paths, bool woken, uint64_t now)
{
	if (woken)
		events_read(paths, now);
	if (paths->deadline <= now) {
		paths->deadline = TIME_FOREVER;
		list_for_each_safe (node, &paths->connections)
			flows_due(paths, container_of(node, struct connection, node), now);
		newcomers_due(paths, now);
	}
	list_for_each (node, &paths->listeners) {
		struct listener *listener = container_of(node, struct listener, node);

		if (listener->missed && !session_is_full(listener->session))
			paths_announce(paths, listener);
	}
	if (paths->stale || paths->linger_at <= now)
		paths_hold(paths, now);
	paths_wake(paths, paths->linger_at);
	world_keep(paths, now);
	survey_ask(paths, now);
	paths_send(paths);
}

uint64_t paths_deadline(const struct paths *paths)
{
	return world_waits(&paths->world) ? 0 : paths->deadline;
}

uint64_t paths_count(const struct paths *paths, enum paths_counter counter)
{
	uint64_t count = 0;

	if (counter != PATHS_CONNECTIONS && counter != PATHS_SUBFLOWS)
		return paths->counters[counter];
	list_for_each (node, &paths->connections) {
		const struct connection *connection = container_of(node, struct connection, node);

		count += counter == PATHS_CONNECTIONS ? 1 : connection_working(connection, NULL);
	}
	return count;
}

/* ---- start and end ---- */

int paths_new(struct paths **pathsp, const struct paths_options *options)
{
	struct paths *paths = calloc(1, sizeof(*paths));

	if (paths == NULL)
		return -ENOMEM;
	paths->options = *options;
	paths->deadline = paths->survey_at = paths->rest_at = paths->linger_at = TIME_FOREVER;
	ask_init(&paths->ask, options->verb_fd);
	list_init(&paths->connections);
	list_init(&paths->listeners);
	list_init(&paths->newcomers);
	world_init(&paths->world, options->engine);
	/* What an engine before this one had. */
	paths_survey(paths, 0);
	*pathsp = paths;
	return 0;
}

void paths_free(struct paths *paths)
{
	if (paths == NULL)
		return;
	list_for_each_safe (node, &paths->connections)
		connection_free(container_of(node, struct connection, node));
	list_for_each_safe (node, &paths->listeners)
		free(container_of(node, struct listener, node));
	newcomers_free(paths);
	ask_deinit(&paths->ask);
	world_rest(&paths->world);
	path_source_leave(paths->source);
	free(paths);
}

void paths_leave(struct paths *paths, struct session *session)
{
	ask_forget(&paths->ask, session);
	list_for_each (node, &paths->connections) {
		struct connection *connection = container_of(node, struct connection, node);

		list_for_each (at, &connection->flows) {
			struct flow *flow = container_of(at, struct flow, node);

			if (flow->asker.session == session)
				flow->asker.session = NULL;
		}
		for (size_t i = 0; i < CONNECTION_OFFERS; i++) {
			if (connection->offers[i].asker.session == session)
				connection->offers[i].asker.session = NULL;
		}
	}
	paths_listen_no_more(paths, session);
}
