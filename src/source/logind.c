/* SPDX-License-Identifier: MIT */
/*
 * The source of what systemd-logind is about to do. It brings no facts, only that every interface is
 * going away, and stays after all. Owns the delay inhibitor locks, one against sleep and one against
 * shutdown: taken when logind appears, and again after each; logind waits until the descriptor is closed, but
 * not longer than it says (InhibitDelayMaxUSec). An engine that dies thereby holds nothing.
 *
 * One lock against both, which logind has as well, it lets nobody take but who sits before the machine: it asks
 * polkit of it as of one that handles the lid's switch.
 */
#include "source/logind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "source/bus.h"

#define SERVICE "org.freedesktop.login1"
#define OBJECT "/org/freedesktop/login1"
#define MANAGER SERVICE ".Manager"

/* What logind waits by default, until it is known. */
#define DELAY_USUAL (5 * NSEC_PER_SEC)

/* The descriptor is back before logind's own time is over: it does not call that a fault of ours, and who
 * was told of a deadline has had all of it. */
#define MARGIN (500 * NSEC_PER_MSEC)

/* A lock is refused as long as polkit, which logind asks, is not there yet: asked again soon, each time after twice
 * as long. Locks may also be forbidden, or more than logind bears: from time to time then. */
#define RETRY_FIRST NSEC_PER_SEC
#define RETRY_LAST (60 * NSEC_PER_SEC)

enum logind_counter {
	TOLD,
	TAKEN,
	REFUSED,
	OVERDUE,
	LOST,
	COUNTERS,
};

struct lock {
	struct logind *logind;
	const char *what; /* in logind's words */
	sd_bus_slot *asked;
	int fd; /* -1: there is none */
	uint64_t take_at; /* when it is asked for */
	uint64_t pause; /* after the next refusal */
};

#define LOCKS 2

struct logind {
	struct source source;
	struct bus bus;
	uint64_t longest;
	uint64_t delay_max; /* as logind says */
	sd_bus_slot *delay_asked;
	struct lock locks[LOCKS];
	uint64_t matched; /* for which connection signals are heard */
	uint32_t why; /* enum mif_away: what is about to be; 0: nothing */
	uint32_t told; /* what the model knows of it */
	uint64_t deadline; /* until when the lock is kept, once it is told */
	uint64_t look_at; /* when it may be that nobody holds anything */
	uint64_t counters[COUNTERS];
};

static struct logind *logind_of(struct source *source)
{
	return container_of(source, struct logind, source);
}

static const struct logind *logind_of_const(const struct source *source)
{
	return container_of(source, const struct logind, source);
}

/* ---- the locks ---- */

static struct lock *lock_of(struct logind *logind, uint32_t why)
{
	return &logind->locks[why == MIF_AWAY_SHUTDOWN];
}

static void lock_take_later(struct lock *lock)
{
	lock->take_at = lock->logind->bus.now + lock->pause;
	lock->pause = MIN(2 * lock->pause, RETRY_LAST);
}

static int locked(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct lock *lock = context;
	struct logind *logind = lock->logind;
	int fd;

	(void)error;
	lock->asked = sd_bus_slot_unref(lock->asked);
	if (!sd_bus_message_is_method_error(message, NULL) &&
		sd_bus_message_read(message, "h", &fd) > 0) {
		close_fd(lock->fd);
		lock->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	}
	if (lock->fd >= 0) {
		logind->counters[TAKEN]++;
		lock->pause = RETRY_FIRST;
		/* It may have come too late. */
		logind->look_at = logind->bus.now;
		return 0;
	}
	logind->counters[REFUSED]++;
	lock_take_later(lock);
	return 0;
}

/* While logind is about to do something it gives none. */
static void lock_take(struct logind *logind, struct lock *lock, uint64_t now)
{
	if (lock->take_at > now || lock->asked != NULL || logind->why != 0)
		return;
	lock->take_at = TIME_FOREVER;
	if (lock->fd >= 0 || logind->longest == 0)
		return;
	if (bus_call(&logind->bus, &lock->asked, OBJECT, MANAGER, "Inhibit", locked, lock, "ssss",
		    lock->what, "mifd", "Programs are told before the network goes", "delay") < 0)
		lock_take_later(lock);
}

static void locks_take_at(struct logind *logind, uint64_t when)
{
	for (size_t i = 0; i < LOCKS; i++) {
		logind->locks[i].take_at = when;
		logind->locks[i].pause = RETRY_FIRST;
	}
}

/* That delays what was told. */
static void lock_end(struct logind *logind)
{
	struct lock *lock = lock_of(logind, logind->told);

	lock->fd = close_fd(lock->fd);
	logind->look_at = TIME_FOREVER;
}

static void locks_end(struct logind *logind)
{
	for (size_t i = 0; i < LOCKS; i++)
		logind->locks[i].fd = close_fd(logind->locks[i].fd);
	logind->look_at = TIME_FOREVER;
}

/* ---- what logind says ---- */

static int delay_told(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct logind *logind = context;
	uint64_t usec;

	(void)error;
	logind->delay_asked = sd_bus_slot_unref(logind->delay_asked);
	if (!sd_bus_message_is_method_error(message, NULL) &&
		sd_bus_message_read(message, "v", "t", &usec) > 0)
		logind->delay_max = usec < TIME_FOREVER / 1000 ? usec * 1000 : TIME_FOREVER;
	return 0;
}

static int prepares(struct logind *logind, sd_bus_message *message, uint32_t why)
{
	int begins;

	if (sd_bus_message_read(message, "b", &begins) <= 0)
		return 0;
	logind->why = begins ? why : 0;
	if (!begins)
		locks_take_at(logind, logind->bus.now);
	return 0;
}

static int prepares_sleep(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)error;
	return prepares(context, message, MIF_AWAY_SLEEP);
}

static int prepares_shutdown(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)error;
	return prepares(context, message, MIF_AWAY_SHUTDOWN);
}

static void questions_forget(struct logind *logind)
{
	logind->delay_asked = sd_bus_slot_unref(logind->delay_asked);
	for (size_t i = 0; i < LOCKS; i++)
		logind->locks[i].asked = sd_bus_slot_unref(logind->locks[i].asked);
}

/* Of another logind old locks are of no use. */
static void appeared(void *context, uint64_t now)
{
	struct logind *logind = context;

	questions_forget(logind);
	locks_end(logind);
	logind->why = 0;
	locks_take_at(logind, now);
	if (logind->matched != logind->bus.connects) {
		logind->matched = logind->bus.connects;
		bus_match(&logind->bus, "interface='" MANAGER "',member='PrepareForSleep'",
			prepares_sleep, logind);
		bus_match(&logind->bus, "interface='" MANAGER "',member='PrepareForShutdown'",
			prepares_shutdown, logind);
	}
	bus_call(&logind->bus, &logind->delay_asked, OBJECT, "org.freedesktop.DBus.Properties",
		"Get", delay_told, logind, "ss", MANAGER, "InhibitDelayMaxUSec");
}

static void vanished(void *context, uint64_t now)
{
	struct logind *logind = context;

	(void)now;
	questions_forget(logind);
	locks_end(logind);
	logind->why = 0;
	locks_take_at(logind, TIME_FOREVER);
}

static const struct bus_ops bus_ops = {.appeared = appeared, .vanished = vanished};

/* ---- as a source ---- */

/* Without a lock nobody waits: it may happen at any moment. */
static uint64_t deadline_of(struct logind *logind, uint64_t now)
{
	uint64_t delay = logind->delay_max;

	if (lock_of(logind, logind->why)->fd < 0)
		return now;
	delay -= MIN(MARGIN, delay / 2);
	delay = MIN(delay, logind->longest);
	return now + delay;
}

static void tell(struct logind *logind, struct model *model, uint64_t now)
{
	uint32_t owner = logind->source.owner;

	if (logind->told == logind->why)
		return;
	logind->told = logind->why;
	if (logind->why == 0) {
		logind->look_at = TIME_FOREVER;
		model_staying(model, owner, 0);
		return;
	}
	logind->counters[TOLD]++;
	logind->deadline = deadline_of(logind, now);
	model_going_away(model, owner, 0, logind->why, logind->deadline, now);
	/* When those who must know have been told. */
	logind->look_at = now + 1;
}

static void look(struct logind *logind, const struct model *model, uint64_t now)
{
	if (logind->look_at > now)
		return;
	logind->look_at = logind->told != 0 ? logind->deadline : TIME_FOREVER;
	if (logind->told == 0)
		return;
	if (!model_is_held(model, logind->source.owner)) {
		lock_end(logind);
	} else if (logind->deadline <= now) {
		logind->counters[OVERDUE]++;
		lock_end(logind);
	}
}

static int logind_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct logind *logind = logind_of(source);

	bus_dispatch(&logind->bus, now);
	logind->counters[LOST] = logind->bus.losses;
	look(logind, model, now);
	tell(logind, model, now);
	for (size_t i = 0; i < LOCKS && logind->bus.present; i++)
		lock_take(logind, &logind->locks[i], now);
	return 0;
}

static void logind_released(struct source *source, uint32_t ifindex, uint64_t now)
{
	struct logind *logind = logind_of(source);

	(void)ifindex;
	if (lock_of(logind, logind->told)->fd >= 0)
		logind->look_at = now;
}

static int logind_fd(const struct source *source)
{
	return logind_of_const(source)->bus.epoll;
}

static uint64_t logind_deadline(const struct source *source)
{
	const struct logind *logind = logind_of_const(source);
	uint64_t deadline = bus_deadline(&logind->bus, logind->bus.now);

	deadline = MIN(deadline, logind->look_at);
	for (size_t i = 0; i < LOCKS && logind->bus.present && logind->why == 0; i++) {
		if (logind->locks[i].asked == NULL)
			deadline = MIN(deadline, logind->locks[i].take_at);
	}
	return deadline;
}

static bool logind_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[COUNTERS] = {
		[TOLD] = "logind: sleeps and shutdowns told beforehand",
		[TAKEN] = "logind: delay locks taken",
		[REFUSED] = "logind: delay locks refused",
		[OVERDUE] = "logind: sleeps and shutdowns with interfaces still held",
		[LOST] = "logind: connections to the bus lost",
	};

	if (index >= COUNTERS)
		return false;
	*name = names[index];
	*value = logind_of_const(source)->counters[index];
	return true;
}

static void logind_free(struct source *source)
{
	if (source == NULL)
		return;
	questions_forget(logind_of(source));
	bus_deinit(&logind_of(source)->bus);
	locks_end(logind_of(source));
	free(source);
}

static const struct source_ops logind_ops = {
	.name = "logind",
	.fd = logind_fd,
	.dispatch = logind_dispatch,
	.deadline = logind_deadline,
	.released = logind_released,
	.counter = logind_counter,
	.free = logind_free,
};

int source_logind_new(struct source **sourcep, const char *address, uint64_t longest)
{
	struct logind *logind = calloc(1, sizeof(*logind));
	int r;

	if (logind == NULL)
		return -ENOMEM;
	logind->source.ops = &logind_ops;
	logind->longest = longest;
	logind->delay_max = DELAY_USUAL;
	logind->look_at = TIME_FOREVER;
	logind->locks[0] = (struct lock){.what = "sleep"};
	logind->locks[1] = (struct lock){.what = "shutdown"};
	for (size_t i = 0; i < LOCKS; i++) {
		logind->locks[i].logind = logind;
		logind->locks[i].fd = -1;
		logind->locks[i].take_at = TIME_FOREVER;
		logind->locks[i].pause = RETRY_FIRST;
	}
	r = bus_init(&logind->bus, address, SERVICE, &bus_ops, logind);
	if (r < 0) {
		logind_free(&logind->source);
		return r;
	}
	*sourcep = &logind->source;
	return 0;
}
