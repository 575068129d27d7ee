/* SPDX-License-Identifier: MIT */
/*
 * The privileged parent. It opens what only it can open, starts the engine as another user in a
 * process of its own, and starts it again when it dies. It never reads from the network or from
 * a client: only signals, and the verbs of net/verb.h. Every engine inherits the same listening
 * socket, so that clients that connect meanwhile wait in its backlog instead of being refused. An
 * engine does not die with its parent: it serves on, until the next daemon takes its place.
 */
#include "net/parent.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "net/hand.h"
#include "net/listener.h"
#include "net/notify.h"
#include "net/privilege.h"

struct parent {
	const struct parent_options *options;
	struct listener listener;
	struct privilege privilege;
	struct hands hands;
	sigset_t signals, signals_before;
	int signal_fd;
	int verb_fd;
	pid_t engine; /* 0: none runs */
	uint64_t started; /* when the last one was */
	uint64_t start_at; /* when the next one shall be */
	uint64_t kill_at; /* when one that was told to end is killed */
	unsigned int deaths;
	bool notified, expected, stopping;
};

/* ---- the engine's process ---- */

__attribute__((noreturn)) static void engine_run(struct parent *parent, int verb_fd)
{
	const struct parent_options *options = parent->options;
	int r;

	close_fd(parent->signal_fd);
	listener_unlock(&parent->listener);
	steer_close(&parent->hands.steer);
	links_close(&parent->hands.links);
	path_leave_to_parent(&parent->hands.path);
	sigprocmask(SIG_SETMASK, &parent->signals_before, NULL);
	r = privilege_drop(&parent->privilege);
	if (r < 0) {
		options->log(LOG_ERR, "the engine cannot give up privilege: %s", strerror(-r));
		_exit(1);
	}
	options->engine(options->context, parent->listener.fd, verb_fd);
	_exit(1);
}

static void engine_start(struct parent *parent, uint64_t now)
{
	int fds[2];

	parent->started = now;
	parent->kill_at = TIME_FOREVER;
	parent->expected = false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		parent->options->log(LOG_ERR, "socketpair: %s", strerror(errno));
		parent->start_at = now + PARENT_DELAY_MAX;
		return;
	}
	parent->engine = fork();
	if (parent->engine == 0) {
		close(fds[0]);
		engine_run(parent, fds[1]);
	}
	close(fds[1]);
	parent->verb_fd = fds[0];
	parent->start_at = TIME_FOREVER;
	if (parent->engine > 0)
		return;
	parent->options->log(LOG_ERR, "fork: %s", strerror(errno));
	parent->engine = 0;
	parent->verb_fd = close_fd(parent->verb_fd);
	parent->start_at = now + PARENT_DELAY_MAX;
}

/* ---- its end ---- */

static void log_death(const struct parent *parent, int status)
{
	const struct parent_options *options = parent->options;

	if (parent->expected)
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		options->log(LOG_ERR,
			"the engine made a system call that its filter forbids, and "
			"was killed: run mifd -v to see which");
	else if (WIFSIGNALED(status))
		options->log(LOG_ERR, "the engine was killed by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		options->log(LOG_ERR, "the engine ended with status %d", WEXITSTATUS(status));
}

static uint64_t restart_delay(const struct parent *parent)
{
	uint64_t delay = parent->options->delay > 0 ? parent->options->delay : PARENT_DELAY;

	for (unsigned int i = 1; i < parent->deaths && delay < PARENT_DELAY_MAX; i++)
		delay *= 2;
	return MIN(delay, PARENT_DELAY_MAX);
}

static void engine_died(struct parent *parent, int status, uint64_t now)
{
	log_death(parent, status);
	parent->engine = 0;
	parent->verb_fd = close_fd(parent->verb_fd);
	parent->kill_at = TIME_FOREVER;
	if (parent->expected) {
		parent->start_at = now;
		return;
	}
	if (now - parent->started >= PARENT_LIVED)
		parent->deaths = 0;
	parent->deaths++;
	parent->start_at = now + restart_delay(parent);
}

static void engine_tell(struct parent *parent, int signal, uint64_t now)
{
	if (parent->engine == 0)
		return;
	parent->expected = true;
	parent->kill_at = now + PARENT_PATIENCE;
	if (kill(parent->engine, signal) < 0)
		parent->options->log(LOG_ERR, "kill: %s", strerror(errno));
}

/* ---- what the parent reads ---- */

/* An engine that has died meanwhile has nobody to be told of it. */
static void commands_answer(struct parent *parent)
{
	struct command command;
	int result;

	while (commands_reap(&parent->hands.commands, &command, &result)) {
		if (command.engine == parent->engine && parent->verb_fd >= 0)
			verb_answer_send(parent->verb_fd, &command.verb, result, 0, -1);
	}
}

static void hear_signal(struct parent *parent, uint64_t now)
{
	struct signalfd_siginfo info;
	int status;

	if (read(parent->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGTERM:
	case SIGINT:
		parent->stopping = true;
		notify("STOPPING=1");
		engine_tell(parent, SIGTERM, now);
		break;
	case SIGHUP:
		engine_tell(parent, SIGHUP, now);
		break;
	default:
		while (parent->engine > 0 && waitpid(parent->engine, &status, WNOHANG) > 0)
			engine_died(parent, status, now);
		helpers_reap(&parent->hands.fetch);
		helpers_reap(&parent->hands.nss);
		commands_answer(parent);
		break;
	}
}

static void engine_kill(struct parent *parent, const char *why)
{
	parent->options->log(LOG_ERR, "the engine %s, and is killed", why);
	kill(parent->engine, SIGKILL);
	parent->verb_fd = close_fd(parent->verb_fd);
}

static void engine_is_ready(struct parent *parent)
{
	parent->options->log(LOG_INFO, "ready on %s", parent->options->socket);
	if (!parent->notified)
		notify("READY=1");
	parent->notified = true;
	parent->hands.ready = false;
}

/* One at a time: signals are never more than one verb away. */
static void hear_verb(struct parent *parent)
{
	_cleanup_(close_passedp) int carried = -1;
	_cleanup_(closep) int passed = -1;
	struct verb verb;
	int r = verb_receive(parent->verb_fd, &verb, &carried);

	if (r == 0)
		return;
	if (r == -EPIPE) {
		/* It has ended, and SIGCHLD tells how. One that lives and has only closed its end, or
		 * said nothing at all, which looks the same, would have no parent any more. */
		kill(parent->engine, SIGKILL);
		parent->verb_fd = close_fd(parent->verb_fd);
		return;
	}
	if (r < 0) {
		engine_kill(parent, "said what is no verb");
		return;
	}
	parent->hands.engine = parent->engine;
	r = hands_do(&parent->hands, &verb, carried, &passed);
	if (r == HAND_LATER)
		return;
	if (parent->hands.ready)
		engine_is_ready(parent);
	/* -EPIPE: it ends without waiting for the answer. */
	r = verb_answer_send(parent->verb_fd, &verb, r, parent->hands.uid, passed);
	if (r < 0 && r != -EPIPE)
		engine_kill(parent, "does not read its answers");
}

static int parent_turn(struct parent *parent)
{
	struct pollfd fds[] = {
		{.fd = parent->signal_fd, .events = POLLIN},
		{.fd = parent->verb_fd, .events = POLLIN}, /* -1 is skipped */
	};
	uint64_t now = clock_boottime();
	uint64_t until = MIN(parent->start_at, parent->kill_at);
	int timeout;

	until = MIN(until, helpers_deadline(&parent->hands.fetch));
	until = MIN(until, helpers_deadline(&parent->hands.nss));
	until = MIN(until, commands_deadline(&parent->hands.commands));
	timeout = clock_timeout(now, until);
	if (poll(fds, ARRAY_SIZE(fds), timeout) < 0 && errno != EINTR)
		return -errno;
	now = clock_boottime();
	if (fds[1].revents != 0)
		hear_verb(parent);
	if (fds[0].revents != 0)
		hear_signal(parent, now);
	helpers_pass_time(&parent->hands.fetch, now);
	helpers_pass_time(&parent->hands.nss, now);
	commands_pass_time(&parent->hands.commands, now);
	if (parent->engine > 0 && parent->kill_at <= now) {
		kill(parent->engine, SIGKILL);
		parent->kill_at = TIME_FOREVER;
	}
	if (parent->engine == 0 && !parent->stopping && parent->start_at <= now &&
		parent->deaths < PARENT_DEATHS)
		engine_start(parent, now);
	return 0;
}

/* ---- start and end ---- */

static int parent_watch_signals(struct parent *parent)
{
	sigemptyset(&parent->signals);
	sigaddset(&parent->signals, SIGTERM);
	sigaddset(&parent->signals, SIGINT);
	sigaddset(&parent->signals, SIGHUP);
	sigaddset(&parent->signals, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &parent->signals, &parent->signals_before) < 0)
		return -errno;
	parent->signal_fd = signalfd(-1, &parent->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return parent->signal_fd < 0 ? -errno : 0;
}

static void log_listener(const struct parent *parent, int r)
{
	const struct parent_options *options = parent->options;

	if (r == -EADDRINUSE)
		options->log(LOG_ERR, "%s: another daemon serves there", options->socket);
	else if (r == -EEXIST)
		options->log(LOG_ERR, "%s: there is something that is no socket", options->socket);
	else if (r == -EPERM && options->access.group != (gid_t)-1)
		options->log(LOG_ERR, "%s: cannot be given to group %u: %s", options->socket,
			options->access.group, strerror(-r));
	else
		options->log(LOG_ERR, "%s: %s", options->socket, strerror(-r));
}

static void log_privilege(const struct parent *parent, uint64_t capabilities)
{
	const struct parent_options *options = parent->options;

	if (parent->privilege.separate)
		options->log(LOG_INFO, "the engine runs as user %u", parent->privilege.uid);
	else if (capabilities != 0)
		options->log(LOG_INFO,
			"parent and engine both run as user %u, the engine without "
			"capabilities",
			parent->privilege.uid);
	else
		options->log(LOG_NOTICE,
			"started without privilege: parent and engine both run as "
			"user %u",
			parent->privilege.uid);
}

/* What a crash of an earlier parent left behind goes; what another engine of this one's put stays. */
static void steer_prepare(struct parent *parent, uint64_t capabilities)
{
	const struct parent_options *options = parent->options;
	int r;

	if (options->mark.protocol == 0)
		return;
	if ((capabilities & UINT64_C(1) << CAP_NET_ADMIN) == 0) {
		options->log(LOG_NOTICE,
			"without CAP_NET_ADMIN: where a link has several routers, the "
			"main routing table chooses between them");
		return;
	}
	r = steer_open(&parent->hands.steer, &options->mark);
	if (r == 0)
		r = steer_flush(&parent->hands.steer);
	if (r == 0)
		return;
	options->log(LOG_WARNING, "without routes of domains: %s", strerror(-r));
	steer_close(&parent->hands.steer);
}

static void links_prepare(struct parent *parent, uint64_t capabilities)
{
	const struct parent_options *options = parent->options;
	int r;

	parent->hands.links = (struct links){.names = options->links,
		.commands = options->commands,
		.count = options->link_count};
	parent->hands.commands = (struct commands){.privilege = &parent->privilege,
		.signals = &parent->signals_before,
		.log = options->log};
	if (options->link_count == 0)
		return;
	if ((capabilities & UINT64_C(1) << CAP_NET_ADMIN) == 0) {
		options->log(LOG_NOTICE,
			"without CAP_NET_ADMIN: no link is taken down or brought up, "
			"but by commands");
		return;
	}
	r = links_open(&parent->hands.links);
	if (r == 0)
		return;
	options->log(LOG_WARNING, "no link is taken down or brought up: %s", strerror(-r));
	links_close(&parent->hands.links);
}

static void steer_end(struct parent *parent)
{
	int r = 0;

	if (parent->hands.steer.socket != NULL)
		r = steer_flush(&parent->hands.steer);
	if (r < 0)
		parent->options->log(
			LOG_WARNING, "routes of domains are left behind: %s", strerror(-r));
	steer_close(&parent->hands.steer);
}

/* What an earlier parent left behind when it was killed is put back, whatever the configuration says. */
static void path_prepare(struct parent *parent, uint64_t capabilities)
{
	const struct parent_options *options = parent->options;
	int r;

	if (options->path == NULL)
		return;
	if ((capabilities & UINT64_C(1) << CAP_NET_ADMIN) == 0)
		r = -EPERM;
	else
		r = path_begin(&parent->hands.path, options->takeover);
	if (r == -EUCLEAN)
		options->log(LOG_NOTICE,
			"net.mptcp.pm_type is what it was before a daemon died while it changed "
			"it");
	else if (r < 0) {
		options->log(
			LOG_WARNING, "without paths of multipath connections: %s", strerror(-r));
		path_close(&parent->hands.path);
	}
}

static void helpers_prepare(struct parent *parent)
{
	const struct parent_options *options = parent->options;
	const struct helpers common = {.privilege = &parent->privilege,
		.signals = &parent->signals_before,
		.log = options->log};

	parent->hands.fetch = parent->hands.nss = common;
	parent->hands.fetch.name = "mif-fetch";
	parent->hands.fetch.path = options->fetcher;
	parent->hands.fetch.argument = options->authorities;
	parent->hands.fetch.time = HELPERS_FETCH_TIME;
	parent->hands.fetch.burst = HELPERS_FETCH_BURST;
	parent->hands.nss.name = "mif-nss";
	parent->hands.nss.path = options->nss;
	parent->hands.nss.argument = options->nss_services;
	parent->hands.nss.time = HELPERS_NSS_TIME;
	parent->hands.nss.burst = HELPERS_NSS_BURST;
}

static int parent_prepare(struct parent *parent)
{
	const struct parent_options *options = parent->options;
	uint64_t capabilities = 0;
	int r = privilege_user(&parent->privilege, options->user);

	if (r < 0) {
		options->log(LOG_ERR, "user %s: %s", options->user,
			r == -ENOENT ? "there is none in /etc/passwd"
				     : "the engine must not be root");
		return r;
	}
	r = listener_open(&parent->listener, options->socket, &options->access);
	/* So that the file beside the socket goes, too, whatever fails now; but for another daemon's. */
	if (options->path != NULL && r != -EADDRINUSE)
		parent->hands.path = *options->path;
	if (r < 0) {
		log_listener(parent, r);
		return r;
	}
	if (parent->listener.inherited)
		options->log(LOG_NOTICE, "%s: taken over from an engine whose parent is dead",
			options->socket);
	r = privilege_keep(&parent->privilege, &capabilities);
	if (r < 0) {
		char text[256];

		privilege_explain(&parent->privilege, -r, text, sizeof(text));
		options->log(LOG_ERR, "privilege cannot be given up: %s", text);
		return r;
	}
	log_privilege(parent, capabilities);
	steer_prepare(parent, capabilities);
	links_prepare(parent, capabilities);
	path_prepare(parent, capabilities);
	helpers_prepare(parent);
	r = parent_watch_signals(parent);
	if (r < 0)
		options->log(LOG_ERR, "signals: %s", strerror(-r));
	return r;
}

int parent_run(const struct parent_options *options)
{
	struct parent parent = {
		.options = options,
		.hands.log = options->log,
		.listener = {.fd = -1, .lock_fd = -1},
		.signal_fd = -1,
		.verb_fd = -1,
		.kill_at = TIME_FOREVER,
	};
	int r = parent_prepare(&parent);

	while (r == 0 && !(parent.stopping && parent.engine == 0) &&
		!(parent.deaths >= PARENT_DEATHS && parent.engine == 0))
		r = parent_turn(&parent);
	if (parent.deaths >= PARENT_DEATHS)
		options->log(
			LOG_ERR, "the engine died %u times in a row: giving up", parent.deaths);
	helpers_end(&parent.hands.fetch);
	helpers_end(&parent.hands.nss);
	commands_end(&parent.hands.commands);
	steer_end(&parent);
	links_close(&parent.hands.links);
	privilege_own_files(&parent.privilege);
	path_close(&parent.hands.path);
	listener_close(&parent.listener);
	close_fd(parent.verb_fd);
	close_fd(parent.signal_fd);
	return parent.stopping ? 0 : 1;
}
