/* SPDX-License-Identifier: MIT */
/*
 * A link that outlives its daemon: the connection, and what passes while there is one. Requests
 * enter by post, are remembered as far as they must be repeated, and leave by the inner link;
 * reports come from the inner link, are remembered and leave by get. When the inner link is lost,
 * another one is opened from get, by and by and without waiting; steady-resume.c then finds out what
 * has changed.
 *
 * Reports made here carry the serial number of the last request posted: they follow from what is
 * asked for now, so they respect every Stop until then, and a Stop posted later is newer than them.
 */
#include "client/steady.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "client/filter.h"
#include "client/steady-link.h"
#include "message/message.h"

static struct steady *steady_of(const struct link *link)
{
	return container_of((struct link *)(uintptr_t)link, struct steady, link);
}

/* ---- what is waited for ---- */

static int watch_inner(struct steady *steady, int operation)
{
	struct epoll_event event = {
		.events = EPOLLIN | (steady->waiting ? (uint32_t)EPOLLOUT : 0U)};
	int fd = steady->inner->ops->fd(steady->inner);

	return epoll_ctl(steady->epoll, operation, fd, &event) < 0 ? -errno : 0;
}

static void wait_for_room(struct steady *steady, bool waiting)
{
	if (steady->waiting == waiting || steady->inner == NULL)
		return;
	steady->waiting = waiting;
	watch_inner(steady, EPOLL_CTL_MOD);
}

/* TIME_FOREVER: nothing is due. */
static void set_deadline(struct steady *steady, uint64_t deadline)
{
	struct itimerspec when = {0};
	struct epoll_event event = {.events = EPOLLIN};

	steady->deadline = deadline;
	if (steady->timer < 0 && deadline != TIME_FOREVER) {
		steady->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
		if (steady->timer < 0 ||
			epoll_ctl(steady->epoll, EPOLL_CTL_ADD, steady->timer, &event) < 0)
			steady->broken = -EPIPE;
	}
	if (steady->timer < 0)
		return;
	if (deadline != TIME_FOREVER) {
		/* 0 would disarm it. */
		deadline = MAX(deadline, 1);
		when.it_value.tv_sec = (time_t)(deadline / NSEC_PER_SEC);
		when.it_value.tv_nsec = (int)(deadline % NSEC_PER_SEC);
	}
	timerfd_settime(steady->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* ---- memory ---- */

void steady_queue(struct steady *steady, struct mif_message *report)
{
	struct queued *queued = malloc(sizeof(*queued));

	if (queued == NULL) {
		steady->broken = -EPIPE;
		return;
	}
	report->serial = steady->serial;
	queued->message = *report;
	list_append(&steady->queue, &queued->node);
}

int steady_remember(struct steady *steady, const struct mif_message *report)
{
	struct object *object = picture_put(&steady->told, report);
	struct name *name = NULL;

	if (object == NULL)
		return -ENOMEM;
	if (object->name != NULL || object->subject.rank > RANK_PVD)
		return 0;
	name = names_by_id(steady->names, object->subject.id);
	object->name = name;
	name_ref(name);
	return 0;
}

void steady_forget(struct steady *steady, struct object *object)
{
	if (object == NULL)
		return;
	name_unref(steady->names, object->name);
	picture_remove(&steady->told, object);
}

void steady_forget_all(struct steady *steady, enum rank rank, uint64_t scope)
{
	list_for_each_safe (node, &steady->told.ranks[rank]) {
		struct object *object = container_of(node, struct object, in_rank);

		if (scope == 0 || object->subject.scope == scope)
			steady_forget(steady, object);
	}
}

/* ---- the connection ---- */

static void drop_inner(struct steady *steady)
{
	if (steady->inner == NULL)
		return;
	epoll_ctl(steady->epoll, EPOLL_CTL_DEL, steady->inner->ops->fd(steady->inner), NULL);
	steady->inner->ops->free(steady->inner);
	steady->inner = NULL;
	steady->waiting = false;
	steady->drained = true;
}

/* At once after a while of peace, else later and later. */
static void steady_lose(struct steady *steady, uint64_t now)
{
	if (steady->state == STEADY_LIVE && now - steady->live_since >= STEADY_DELAY_MAX)
		steady->delay = 0;
	drop_inner(steady);
	resume_abandon(steady);
	questions_unsent(&steady->asked);
	if (steady->forgetful)
		steady->broken = -EPIPE;
	steady->state = STEADY_LOST;
	set_deadline(steady, now + steady->delay);
	steady->delay =
		steady->delay == 0 ? STEADY_DELAY : MIN(2 * steady->delay, STEADY_DELAY_MAX);
}

static void steady_connect(struct steady *steady, uint64_t now)
{
	int r = steady->daemon.begin(&steady->inner, steady->daemon.path, 0);

	if (r == 0) {
		steady->deaf = false;
		steady->state = STEADY_GREETING;
		set_deadline(steady, now + STEADY_PATIENCE);
		r = watch_inner(steady, EPOLL_CTL_ADD);
	}
	if (r < 0)
		steady_lose(steady, now);
}

/* Whether a daemon that answers so would only say it again. */
static bool is_final(int r)
{
	return r == -EXDEV || r == -EPROTONOSUPPORT;
}

static int steady_welcome(struct steady *steady, const struct mif_message *report)
{
	int r = link_daemon_welcome(report, &steady->instance);

	if (r == 0)
		names_move(steady->names, steady->instance);
	return r;
}

static void steady_greet(struct steady *steady, uint64_t now)
{
	struct mif_message report = {0};
	int r = steady->inner->ops->get(steady->inner, &report);

	if (r == 0) {
		steady->drained = true;
		if (now >= steady->deadline)
			steady_lose(steady, now);
		return;
	}
	if (r == 1)
		r = steady_welcome(steady, &report);
	if (r == 0)
		r = resume_begin(steady, now);
	/* A link that was never welcome is refused like a handle that is opened. */
	if (is_final(r) || (r < 0 && report.type == MIF_ERROR && steady->live_since == 0))
		steady->broken = -EPIPE;
	if (r < 0) {
		steady_lose(steady, now);
		return;
	}
	set_deadline(steady, now + steady->daemon.settle);
}

static void steady_collect(struct steady *steady, uint64_t now)
{
	struct mif_message report;
	int r;

	while ((r = steady->inner->ops->get(steady->inner, &report)) == 1) {
		r = resume_report(steady, &report);
		if (r < 0)
			break;
	}
	steady->drained = true;
	if (r == 0) {
		wait_for_room(steady, false);
		resume_push(steady);
	}
	if (r < 0 || steady->refused || steady->names->instance != steady->instance) {
		steady_lose(steady, now);
		return;
	}
	if (!resume_ready(steady, now))
		return;
	resume_commit(steady);
	steady->state = STEADY_LIVE;
	steady->live_since = now;
	steady->drained = false;
	steady->resumed = true;
	set_deadline(steady, TIME_FOREVER);
}

/* Does what is due while there is nothing to pass on. */
static void steady_advance(struct steady *steady)
{
	uint64_t now = clock_boottime();

	if (steady->state == STEADY_LOST && now >= steady->deadline)
		steady_connect(steady, now);
	if (steady->state == STEADY_GREETING)
		steady_greet(steady, now);
	if (steady->state == STEADY_COLLECTING)
		steady_collect(steady, now);
}

/* ---- requests ---- */

int steady_send(struct steady *steady, const struct mif_message *request, bool raw)
{
	struct mif_message translated;
	int r;

	if (!raw && steady->names->moved) {
		translated = *request;
		names_to_engine(steady->names, &translated);
		request = &translated;
	}
	r = steady->inner->ops->post(steady->inner, request);
	if (r == -EAGAIN)
		wait_for_room(steady, true);
	if (r == -EPIPE) {
		steady->deaf = true;
		return 0;
	}
	return r;
}

static void send_questions(struct steady *steady)
{
	struct mif_message request;

	list_for_each_safe (node, &steady->asked.questions) {
		struct question *question = container_of(node, struct question, node);

		if (steady->asked.unsent == 0 || steady->deaf)
			return;
		if (question->sent)
			continue;
		picture_message(&request, &question->request);
		request.serial = steady->serial;
		if (steady_send(steady, &request, false) < 0 || steady->deaf)
			return;
		question_sent(&steady->asked, question);
		if (!question_is(&request))
			question_remove(&steady->asked, question);
	}
}

/* What the request changes in what is asked for. */
static int post_wants(struct steady *steady, const struct mif_message *request)
{
	struct want want = want_of_request(request), stop = want_of_stop(request);
	const struct want *before = want_find(&steady->asked, want.rank, want.scope);
	uint32_t option = before != NULL ? before->option : want.option;
	int r = want.rank != RANKS ? want_add(&steady->asked, &want) : 0;

	if (r < 0)
		return r;
	/* Another type of elements: of the others nothing more is told. */
	if (want.rank == RANK_ELEMENT && option != want.option)
		steady_forget_all(steady, RANK_ELEMENT, want.scope);
	if (stop.rank != RANKS) {
		wants_remove(&steady->asked, stop.rank, stop.scope);
		steady_forget_all(steady, stop.rank, stop.scope);
	}
	if (request->type == MIF_STOP_TRANSLATING_NAME) {
		uint64_t number = request->as.stop_translating_name.translation;
		struct question *question = question_translation(&steady->asked, number);

		if (question != NULL)
			question_remove(&steady->asked, question);
	}
	return 0;
}

static bool is_stop(const struct mif_message *request)
{
	return request->type == MIF_STOP_TRANSLATING_NAME || want_of_stop(request).rank != RANKS ||
		request->type == MIF_STOP_ANNOUNCING_PVDS;
}

static struct question *last_question(const struct steady *steady)
{
	return container_of(steady->asked.questions.previous, struct question, node);
}

static int steady_post(struct link *link, const struct mif_message *request)
{
	struct steady *steady = steady_of(link);
	struct want want = want_of_request(request);
	bool live = steady->state == STEADY_LIVE && !steady->deaf;
	bool kept = question_is(request) || (!live && !is_stop(request));
	bool wanted =
		want.rank == RANKS || want_find(&steady->asked, want.rank, want.scope) != NULL;
	int r = 0;

	if (steady->broken != 0)
		return -EPIPE;
	/* First what may fail here, then what cannot be taken back. */
	if (kept)
		r = question_add(&steady->asked, request, live);
	if (r < 0)
		return r;
	if (!wanted)
		r = want_add(&steady->asked, &want);
	if (r == 0 && live)
		r = steady_send(steady, request, false);
	if (r < 0) {
		if (kept)
			question_remove(&steady->asked, last_question(steady));
		if (!wanted)
			wants_remove(&steady->asked, want.rank, want.scope);
		return r;
	}
	steady->serial = request->serial;
	post_wants(steady, request);
	if (steady->state == STEADY_COLLECTING)
		resume_push(steady);
	return 0;
}

/* ---- reports ---- */

/* An interface's or a domain's announcement: its name is kept up to date. A hidden one, which the
 * owner has not asked for, brings no new name. */
static int learn_name(struct steady *steady, const struct mif_message *report, bool hidden)
{
	struct names *names = steady->names;
	const struct name *interface;
	const struct name *name = NULL;

	if (report->type == MIF_INTERFACE) {
		if (!hidden || names_find_interface(names, &report->as.interface) != NULL)
			name = names_bind_interface(names, &report->as.interface);
	} else {
		interface = names_by_engine(names, report->as.pvd.interface);
		if (interface == NULL && names->moved)
			return hidden ? 0 : -ENOMEM;
		uint64_t id = interface != NULL ? interface->id : report->as.pvd.interface;

		if (!hidden || names_find_pvd(names, &report->as.pvd, id) != NULL)
			name = names_bind_pvd(names, &report->as.pvd, id);
	}
	return hidden || name != NULL ? 0 : -ENOMEM;
}

static uint64_t owner_scope(const struct steady *steady, uint64_t engine_id)
{
	const struct name *name;

	if (!steady->names->moved)
		return engine_id;
	name = names_by_engine(steady->names, engine_id);
	return name != NULL ? name->id : 0;
}

/* An object is gone: so are, with it, the requests for what it held (M12). */
static void live_gone(struct steady *steady, const struct subject *subject)
{
	steady_forget(steady, picture_find(&steady->told, subject));
	if (subject->rank == RANK_INTERFACE) {
		wants_remove(&steady->asked, RANK_PVD, subject->id);
		name_end(steady->names, names_by_id(steady->names, subject->id));
	} else if (subject->rank == RANK_PVD) {
		wants_remove(&steady->asked, RANK_ELEMENT, subject->id);
		wants_remove(&steady->asked, RANK_ADDRESS, subject->id);
		name_end(steady->names, names_by_id(steady->names, subject->id));
	}
}

/* A report about an object. Whether the owner asked for it. */
static bool live_object(
	struct steady *steady, struct mif_message *report, const struct subject *engine_subject)
{
	struct subject subject = *engine_subject;
	struct object *object;
	const struct want *want;
	bool hidden;
	int r = 0;

	subject.scope = subject.scope != 0 ? owner_scope(steady, subject.scope) : 0;
	want = want_of(&steady->asked, &subject);
	hidden = want == NULL || (engine_subject->scope != 0 && subject.scope == 0);
	if (!subject.gone && subject.rank <= RANK_PVD)
		r = learn_name(steady, report, hidden);
	if (hidden && (!subject.gone || owner_scope(steady, subject.id) == 0))
		return false;
	if (names_to_owner(steady->names, report) < 0)
		r = -ENOMEM;
	subject_of(report, &subject);
	if (subject.gone) {
		live_gone(steady, &subject);
		return !hidden;
	}
	object = picture_find(&steady->told, &subject);
	if (report->type == MIF_ELEMENT && object != NULL)
		report->as.element.generation += object->generation;
	if (!serial_older(report->serial, want->since) && steady_remember(steady, report) < 0)
		r = -ENOMEM;
	if (r < 0)
		steady->forgetful = true;
	return true;
}

/* Whether the report, now in the owner's identifiers, is for the owner. */
static bool live_report(struct steady *steady, struct mif_message *report)
{
	struct question *ended;
	struct subject subject;
	struct want want;
	bool pass;

	if (subject_of(report, &subject))
		return live_object(steady, report, &subject);
	if (names_to_owner(steady->names, report) < 0)
		steady->forgetful = true;
	pass = question_answer(&steady->asked, report, &ended);
	if (ended == NULL)
		return pass;
	if (report->type == MIF_ERROR) {
		/* A request that did not begin, or of an object that has ended. */
		const struct want *known;

		want = want_of_request(&ended->request);
		known = want_find(&steady->asked, want.rank, want.scope);
		if (known != NULL &&
			(known->since == want.since || report->as.error.error == ENODEV))
			wants_remove(&steady->asked, want.rank, want.scope);
	}
	question_remove(&steady->asked, ended);
	return pass;
}

static int live_get(struct steady *steady, struct mif_message *report)
{
	int r;

	do {
		/* Another link of the handle has seen another engine: this one is dead. */
		if (steady->names->instance != steady->instance)
			r = -EPIPE;
		else
			r = steady->inner->ops->get(steady->inner, report);
		if (r == -EPIPE || r == -EBADMSG) {
			steady_lose(steady, clock_boottime());
			return 0;
		}
	} while (r == 1 && !live_report(steady, report));
	steady->drained = r != 1;
	if (r == 0) {
		steady->resumed = false;
		wait_for_room(steady, false);
		if (steady->asked.unsent > 0)
			send_questions(steady);
	}
	return r;
}

static bool queue_take(struct steady *steady, struct mif_message *report)
{
	struct queued *queued;

	if (list_empty(&steady->queue))
		return false;
	queued = container_of(steady->queue.next, struct queued, node);
	*report = queued->message;
	list_remove(&queued->node);
	free(queued);
	return true;
}

static int steady_get(struct link *link, struct mif_message *report)
{
	struct steady *steady = steady_of(link);

	for (;;) {
		enum steady_state before = steady->state;
		int r;

		if (queue_take(steady, report))
			return 1;
		if (steady->broken != 0)
			return steady->broken;
		if (before == STEADY_LIVE) {
			r = live_get(steady, report);
			if (r != 0)
				return r;
		} else {
			steady_advance(steady);
		}
		if (steady->state == before && list_empty(&steady->queue) && steady->broken == 0)
			return 0;
		/* A try that has failed waits for the next. */
		if (steady->state == STEADY_LOST && clock_boottime() < steady->deadline &&
			steady->broken == 0)
			return 0;
	}
}

/* Whether the inner link has more than its descriptor tells. */
static bool inner_pending(const struct steady *steady)
{
	if (steady->state == STEADY_LIVE && steady->inner->ops->pending != NULL)
		return steady->inner->ops->pending(steady->inner);
	return !steady->drained;
}

static bool steady_pending(const struct link *link)
{
	const struct steady *steady = steady_of(link);

	return !list_empty(&steady->queue) || steady->broken != 0 || steady->resumed ||
		inner_pending(steady);
}

/* The inner link's own way, as long as nothing else is waited for. */
static int steady_wait(struct link *link, int timeout_ms)
{
	struct steady *steady = steady_of(link);
	struct pollfd watch = {.fd = steady->epoll, .events = POLLIN};
	int r;

	if (steady_pending(link))
		return 1;
	if (steady->state != STEADY_LIVE || steady->waiting || steady->inner->ops->wait == NULL) {
		r = poll(&watch, 1, timeout_ms);
		return r < 0 ? -errno : r;
	}
	r = steady->inner->ops->wait(steady->inner, timeout_ms);
	if (r == -EPIPE || r == -EBADMSG) {
		steady_lose(steady, clock_boottime());
		return 1;
	}
	return r;
}

static int steady_fd(const struct link *link)
{
	return steady_of(link)->epoll;
}

/* Reports that come meanwhile wait in the queue: no more than the socket held. */
static int steady_flush(struct link *link)
{
	struct steady *steady = steady_of(link);
	struct mif_message report;

	while (steady->state == STEADY_LIVE && steady->deaf && steady->broken == 0) {
		int r = live_get(steady, &report);
		uint32_t serial = steady->serial;

		if (r < 0)
			return r;
		if (r == 0 && steady->state == STEADY_LIVE)
			break;
		if (r == 1) {
			steady->serial = report.serial;
			steady_queue(steady, &report);
			steady->serial = serial;
		}
	}
	if (steady->state != STEADY_LIVE)
		steady_advance(steady);
	if (steady->broken != 0)
		return -EPIPE;
	if (steady->state == STEADY_LIVE && steady->asked.unsent > 0)
		send_questions(steady);
	return steady->state == STEADY_LIVE && steady->asked.unsent == 0 ? 0 : -EAGAIN;
}

/* ---- beginning and end ---- */

static void steady_free(struct link *link)
{
	struct steady *steady;
	struct mif_message report;

	if (link == NULL)
		return;
	steady = steady_of(link);
	while (queue_take(steady, &report)) {
		const int *fd = message_fd(&report);

		if (fd != NULL && *fd >= 0)
			close(*fd);
	}
	for (enum rank rank = 0; rank < RANKS; rank++)
		steady_forget_all(steady, rank, 0);
	resume_abandon(steady);
	asked_deinit(&steady->asked);
	if (steady->inner != NULL)
		drop_inner(steady);
	names_unref(steady->names);
	close_fd(steady->timer);
	close_fd(steady->epoll);
	free(steady);
}

static int steady_another(struct link *link, struct link **linkp);

static const struct link_ops steady_ops = {
	.post = steady_post,
	.get = steady_get,
	.fd = steady_fd,
	.pending = steady_pending,
	.wait = steady_wait,
	.flush = steady_flush,
	.another = steady_another,
	.free = steady_free,
};

/* A link that has lost its daemon, so to speak, before the first. */
static int steady_new(
	struct steady **steadyp, const struct steady_daemon *daemon, struct names *names)
{
	struct steady *steady = calloc(1, sizeof(*steady));
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (steady == NULL || epoll < 0) {
		int r = steady == NULL ? -ENOMEM : -errno;

		free(steady);
		close_fd(epoll);
		return r;
	}
	steady->link.ops = &steady_ops;
	steady->daemon = *daemon;
	steady->names = names;
	steady->state = STEADY_LOST;
	steady->epoll = epoll;
	steady->timer = -1;
	steady->drained = true;
	asked_init(&steady->asked);
	picture_init(&steady->told);
	list_init(&steady->queue);
	*steadyp = steady;
	return 0;
}

static int wait_until(int fd, uint64_t deadline, int most_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int timeout = clock_timeout(clock_boottime(), deadline);

	if (timeout == 0)
		return -ETIMEDOUT;
	if (most_ms >= 0 && (timeout < 0 || timeout > most_ms))
		timeout = most_ms;
	return poll(&poll_fd, 1, timeout) < 0 && errno != EINTR ? -errno : 0;
}

static int begin_until(struct steady *steady, uint64_t deadline)
{
	int r;

	/* Nothing tells when the daemon has accepted others: look again every few milliseconds. */
	while ((r = steady->daemon.begin(&steady->inner, steady->daemon.path, 0)) == -EAGAIN) {
		r = wait_until(-1, deadline, 10);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : watch_inner(steady, EPOLL_CTL_ADD);
}

static int welcome_until(struct steady *steady, uint64_t deadline, uint64_t *instance)
{
	struct mif_message report;
	int r;

	while ((r = steady->inner->ops->get(steady->inner, &report)) == 0) {
		r = wait_until(steady->epoll, deadline, -1);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : link_daemon_welcome(&report, instance);
}

/* The names may be another link's, then with their engine. */
static int steady_begin(struct steady *steady, int timeout_ms)
{
	uint64_t deadline = timeout_ms < 0
		? TIME_FOREVER
		: clock_boottime() + (uint64_t)timeout_ms * NSEC_PER_MSEC;
	int r = begin_until(steady, deadline);

	if (r == 0)
		r = welcome_until(steady, deadline, &steady->instance);
	if (r < 0)
		return r;
	if (steady->names == NULL)
		steady->names = names_new(steady->instance);
	if (steady->names == NULL)
		return -ENOMEM;
	names_move(steady->names, steady->instance);
	steady->state = STEADY_LIVE;
	steady->live_since = clock_boottime();
	steady->deadline = TIME_FOREVER;
	steady->drained = false;
	return 0;
}

int steady_open(struct link **linkp, const struct steady_daemon *daemon, int timeout_ms)
{
	struct steady *steady;
	int r = steady_new(&steady, daemon, NULL);

	if (r < 0)
		return r;
	r = steady_begin(steady, timeout_ms);
	if (r < 0) {
		steady_free(&steady->link);
		return r;
	}
	*linkp = &steady->link;
	return 0;
}

/* While the daemon is away, the new link waits for it as the old one does. Its first request is
 * then kept, and asked as after a loss. */
static int steady_another(struct link *link, struct link **linkp)
{
	const struct steady *steady = steady_of(link);
	struct steady *other;
	int r = steady_new(&other, &steady->daemon, names_ref(steady->names));

	if (r < 0) {
		names_unref(steady->names);
		return r;
	}
	set_deadline(other, clock_boottime());
	*linkp = &other->link;
	return 0;
}
