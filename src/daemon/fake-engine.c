/* SPDX-License-Identifier: MIT */
/*
 * The interface of the engine with next to nothing behind it, for tests of the daemon alone:
 *
 *	ANNOUNCE_INTERFACES	END_OF_ANNOUNCEMENTS, and then whatever fake_announce() says
 *	GET_CONFIGURATION_DATA	NO_CONFIGURATION_DATA
 *	TRANSLATE_NAME		-EEXIST
 *	LISTEN			-EOPNOTSUPP
 *	DIAL			-EINVAL
 *	any other		nothing
 */
#include "daemon/fake-engine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"

/* What the host itself tells is not refused as early. */
#define FAKE_ROOM (FAKE_OUTBOX + 2048)

struct engine {
	int fd;
	unsigned int dispatches, most;
	struct list sessions;
};

struct session {
	struct list node;
	struct engine *engine;
	void *host;
	uint32_t serial;
	bool subscribed, returned;
	size_t first, count;
	struct mif_message outbox[FAKE_ROOM];
};

bool session_is_full(const struct session *session)
{
	(void)session;
	return false;
}

int engine_new(struct engine **enginep, unsigned int flags)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	(void)flags;
	if (engine == NULL)
		return -ENOMEM;
	engine->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	list_init(&engine->sessions);
	*enginep = engine;
	return 0;
}

void engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	close(engine->fd);
	free(engine);
}

int engine_add_source(struct engine *engine, struct source *source)
{
	(void)engine;
	source->ops->free(source);
	return 0;
}

int engine_set_names(struct engine *engine, struct worker *worker)
{
	(void)engine;
	worker->ops->free(worker);
	return 0;
}

int engine_watch_in(struct engine *engine, int epoll_fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, engine->fd, &event) < 0 ? -errno : 0;
}

void engine_woken(struct engine *engine, uint64_t event)
{
	(void)engine;
	(void)event;
}

uint64_t engine_deadline(const struct engine *engine)
{
	(void)engine;
	return TIME_FOREVER;
}

void engine_rest(struct engine *engine)
{
	(void)engine;
}

int engine_dispatch(struct engine *engine, uint64_t now)
{
	uint64_t value;

	(void)now;
	engine->dispatches++;
	return read(engine->fd, &value, sizeof(value)) < 0 && errno != EAGAIN ? -errno : 0;
}

struct session *engine_next_ready(struct engine *engine)
{
	list_for_each (node, &engine->sessions) {
		struct session *session = container_of(node, struct session, node);

		if (session->count > 0 && !session->returned) {
			session->returned = true;
			return session;
		}
	}
	return NULL;
}

int session_new(struct session **sessionp, struct engine *engine, unsigned int flags, void *host)
{
	struct session *session = calloc(1, sizeof(*session));

	(void)flags;
	if (session == NULL)
		return -ENOMEM;
	session->engine = engine;
	session->host = host;
	list_append(&engine->sessions, &session->node);
	*sessionp = session;
	return 0;
}

void session_free(struct session *session)
{
	if (session == NULL)
		return;
	list_remove(&session->node);
	free(session);
}

void *session_host(const struct session *session)
{
	return session->host;
}

void session_set_flags(struct session *session, unsigned int flags)
{
	(void)session;
	(void)flags;
}

void session_set_label(struct session *session, uint32_t uid, uint32_t pid)
{
	(void)session;
	(void)uid;
	(void)pid;
}

void engine_set_time(struct engine *engine, uint64_t now)
{
	(void)engine;
	(void)now;
}

void session_set_quota(struct session *session, struct session_quota *quota)
{
	(void)session;
	(void)quota;
}

void session_heard(struct session *session, uint32_t serial)
{
	session->serial = serial;
}

int session_tell(struct session *session, const struct mif_message *report)
{
	if (session->count == FAKE_ROOM)
		return -ENOBUFS;
	session->outbox[(session->first + session->count++) % FAKE_ROOM] = *report;
	session->engine->most = (unsigned int)MAX(session->engine->most, session->count);
	return 0;
}

int session_post(struct session *session, const struct mif_message *request, uint64_t now)
{
	struct mif_message answer = {.tag = request->tag};

	(void)now;
	switch (request->type) {
	case MIF_ANNOUNCE_INTERFACES:
		answer.type = MIF_END_OF_ANNOUNCEMENTS;
		break;
	case MIF_GET_CONFIGURATION_DATA:
		answer.type = MIF_NO_CONFIGURATION_DATA;
		break;
	case MIF_TRANSLATE_NAME:
		return -EEXIST;
	case MIF_LISTEN:
		return -EOPNOTSUPP;
	case MIF_DIAL:
		return -EINVAL;
	default:
		break;
	}
	if (session->count >= FAKE_OUTBOX)
		return -ENOBUFS;
	if (answer.type != 0)
		session_tell(session, &answer);
	session->serial = request->serial;
	session->subscribed |= request->type == MIF_ANNOUNCE_INTERFACES;
	return 0;
}

int session_get(struct session *session, struct mif_message *report)
{
	if (session->count == 0) {
		session->returned = false;
		return 0;
	}
	*report = session->outbox[session->first];
	report->serial = session->serial;
	session->first = (session->first + 1) % FAKE_ROOM;
	session->count--;
	return 1;
}

bool session_ready(const struct session *session)
{
	return session->count > 0;
}

void fake_announce(struct engine *engine, uint64_t interface)
{
	struct mif_message report = {
		.type = MIF_INTERFACE, .as.interface = {.interface = interface, .name = "h1"}};

	list_for_each (node, &engine->sessions) {
		struct session *session = container_of(node, struct session, node);

		if (!session->subscribed)
			continue;
		if (session->count >= FAKE_OUTBOX) {
			session->first = (session->first + 1) % FAKE_ROOM;
			session->count--;
		}
		session_tell(session, &report);
	}
	eventfd_write(engine->fd, 1);
}

unsigned int fake_most(const struct engine *engine)
{
	return engine->most;
}

unsigned int fake_sessions(const struct engine *engine)
{
	unsigned int count = 0;

	list_for_each (node, &engine->sessions)
		count++;
	return count;
}

unsigned int fake_dispatches(const struct engine *engine)
{
	return engine->dispatches;
}
