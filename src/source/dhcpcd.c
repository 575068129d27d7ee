/* SPDX-License-Identifier: MIT */
/*
 * The source of dhcpcd: its sockets that everybody may use, "unpriv.sock" of one that serves all
 * links, "h1.unpriv.sock" of one that serves h1. On each there are two connections: one that listens,
 * opened first, and one that asks, once, what there is already, which ends with the answer.
 */
#include "source/dhcpcd.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/dhcpcd-block.h"
#include "source/dhcpcd-stream.h"
#include "source/report-facts.h"
#include "source/watch.h"

enum dhcpcd_counter {
	BLOCKS,
	UNKNOWN,
	BAD,
	CONNECTED,
	FAILED,
	REFUSED,
	COUNTERS,
};

enum {
	LISTEN,
	ASK,
	CONNECTIONS,
};

#define SUFFIX "unpriv.sock"
#define PATH_SIZE (sizeof(((struct sockaddr_un *)0)->sun_path))
#define BATCH 16
#define PATIENCE 50 /* ms */
#define RETRY NSEC_PER_SEC
#define RETRY_MAX (60 * NSEC_PER_SEC)

struct peer {
	char path[PATH_SIZE]; /* "": none */
	int fds[CONNECTIONS]; /* -1: not open */
	struct dhcpcd_stream streams[CONNECTIONS];
	struct dhcpcd_blocks blocks;
	uint64_t ask_at; /* TIME_FOREVER: it was asked */
	uint64_t forget_at; /* TIME_FOREVER: it is there */
};

struct dhcpcd {
	struct source source;
	char directory[PATH_SIZE];
	struct watch watch;
	bool begun;
	int epoll; /* of the watch and the connections */
	uint64_t look_at, put_at; /* when the directory, the facts are due; TIME_FOREVER: not */
	uint64_t delay; /* until a socket that does not answer is tried again */
	struct peer peers[DHCPCD_PEERS];
	struct report report; /* scratch */
	uint64_t counters[COUNTERS];
};

static struct dhcpcd *dhcpcd_of(struct source *source)
{
	return (struct dhcpcd *)source;
}

static const struct dhcpcd *dhcpcd_of_const(const struct source *source)
{
	return (const struct dhcpcd *)source;
}

/* ---- connections ---- */

static void peer_close(struct peer *peer)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		peer->fds[i] = close_fd(peer->fds[i]);
}

static int connection_open(struct dhcpcd *dhcpcd, struct peer *peer, size_t which)
{
	static const char *const commands[] = {[LISTEN] = "--listen", [ASK] = "--getinterfaces"};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct epoll_event event = {.events = EPOLLIN};
	size_t size = strlen(commands[which]) + 1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	strcpy(address.sun_path, peer->path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		send(fd, commands[which], size, MSG_NOSIGNAL) != (ssize_t)size ||
		epoll_ctl(dhcpcd->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		close(fd);
		return -EIO;
	}
	dhcpcd_stream_init(&peer->streams[which], which == ASK);
	peer->fds[which] = fd;
	return 0;
}

static struct client_clock clock_now(uint64_t now)
{
	struct timespec realtime;

	clock_gettime(CLOCK_REALTIME, &realtime);
	return (struct client_clock){
		.now = now,
		.realtime = (uint64_t)realtime.tv_sec * NSEC_PER_SEC + (uint64_t)realtime.tv_nsec,
	};
}

/* When a dhcpcd is old enough to be asked: it made its socket when it began. */
static uint64_t peer_grown(const struct peer *peer, uint64_t now)
{
	uint64_t realtime = clock_now(now).realtime, made;
	struct stat status;

	if (stat(peer->path, &status) < 0)
		return now + DHCPCD_YOUTH;
	made = (uint64_t)status.st_mtim.tv_sec * NSEC_PER_SEC + (uint64_t)status.st_mtim.tv_nsec;
	if (made > realtime)
		return now + DHCPCD_YOUTH;
	return realtime - made >= DHCPCD_YOUTH ? now : now + DHCPCD_YOUTH - (realtime - made);
}

/* A socket has its name before anybody listens on it, and keeps it after a crash. */
static void peer_open(struct dhcpcd *dhcpcd, struct peer *peer, uint64_t now)
{
	if (connection_open(dhcpcd, peer, LISTEN) < 0) {
		dhcpcd->counters[FAILED]++;
		peer_close(peer);
		dhcpcd->look_at = MIN(dhcpcd->look_at, now + dhcpcd->delay);
		return;
	}
	/* What it said before it was started again, it says again now, or not. */
	dhcpcd_blocks_clear(&peer->blocks);
	peer->forget_at = TIME_FOREVER;
	peer->ask_at = peer_grown(peer, now);
	dhcpcd->counters[CONNECTED]++;
}

static void peer_ask(struct dhcpcd *dhcpcd, struct peer *peer, uint64_t now)
{
	if (peer->fds[LISTEN] < 0 || peer->ask_at > now)
		return;
	peer->ask_at = TIME_FOREVER;
	if (connection_open(dhcpcd, peer, ASK) < 0)
		dhcpcd->counters[FAILED]++;
}

static void peer_lost(struct dhcpcd *dhcpcd, struct peer *peer, uint64_t now)
{
	peer_close(peer);
	peer->forget_at = now + DHCPCD_HOLD;
	dhcpcd->look_at = MIN(dhcpcd->look_at, now + RETRY);
}

static void peer_free(struct peer *peer)
{
	peer_close(peer);
	dhcpcd_blocks_clear(&peer->blocks);
	peer->path[0] = '\0';
}

/* ---- the directory ---- */

/* That of this path, or an unused one; NULL: there is no room. */
static struct peer *peer_find(struct dhcpcd *dhcpcd, const char *path)
{
	struct peer *unused = NULL;

	for (size_t i = 0; i < DHCPCD_PEERS; i++) {
		struct peer *peer = &dhcpcd->peers[i];

		if (strcmp(peer->path, path) == 0)
			return peer;
		if (peer->path[0] == '\0' && unused == NULL)
			unused = peer;
	}
	return unused;
}

static void socket_look(struct dhcpcd *dhcpcd, const char *name, uint64_t now)
{
	size_t length = strlen(name), suffix = strlen(SUFFIX);
	char path[PATH_SIZE];
	struct peer *peer;

	if (length < suffix || strcmp(name + length - suffix, SUFFIX) != 0 ||
		(size_t)snprintf(path, sizeof(path), "%s/%s", dhcpcd->directory, name) >=
			sizeof(path))
		return;
	peer = peer_find(dhcpcd, path);
	if (peer == NULL || peer->fds[LISTEN] >= 0)
		return;
	if (peer->path[0] == '\0') {
		strcpy(peer->path, path);
		peer->forget_at = 0;
	}
	peer_open(dhcpcd, peer, now);
	if (peer->fds[LISTEN] < 0 && peer->forget_at == 0)
		peer_free(peer);
}

/* Only root may lay sockets there, so whoever answers is believed. */
static bool directory_is_trusted(DIR *directory)
{
	struct stat status;

	return fstat(dirfd(directory), &status) == 0 &&
		(status.st_uid == 0 || status.st_uid == geteuid()) &&
		(status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void directory_look(struct dhcpcd *dhcpcd, uint64_t now)
{
	DIR *directory = opendir(dhcpcd->directory);
	const struct dirent *entry;

	dhcpcd->look_at = TIME_FOREVER;
	if (directory == NULL)
		return;
	while (directory_is_trusted(directory) && (entry = readdir(directory)) != NULL)
		socket_look(dhcpcd, entry->d_name, now);
	closedir(directory);
	dhcpcd->delay = dhcpcd->look_at == TIME_FOREVER ? RETRY : MIN(2 * dhcpcd->delay, RETRY_MAX);
}

/* ---- blocks ---- */

/* Takes the blocks that have come. 0, or -EBADMSG. */
static int blocks_read(struct dhcpcd *dhcpcd, struct peer *peer, size_t which, uint64_t now)
{
	const struct client_clock clock = clock_now(now);
	const char *block;
	size_t size;
	int r;

	while ((r = dhcpcd_stream_next(&peer->streams[which], &block, &size)) > 0) {
		int taken = dhcpcd_blocks_take(&peer->blocks, block, size, which == ASK, &clock);

		dhcpcd_stream_skip(&peer->streams[which]);
		dhcpcd->counters[BLOCKS]++;
		dhcpcd->counters[UNKNOWN] += taken == -EBADMSG;
		dhcpcd->counters[REFUSED] += taken == -ENOSPC || taken == -ENOMEM;
		dhcpcd->put_at = now;
	}
	return r;
}

/* 1: there may be more; 0: nothing more now; or negative: the connection is at its end. */
static int connection_read(struct dhcpcd *dhcpcd, struct peer *peer, size_t which, uint64_t now)
{
	size_t size;
	char *room = dhcpcd_stream_room(&peer->streams[which], &size);
	ssize_t got = recv(peer->fds[which], room, size, MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (got == 0)
		return -EPIPE;
	peer->streams[which].used += (size_t)got;
	return blocks_read(dhcpcd, peer, which, now) < 0 ? -EBADMSG : 1;
}

static void peer_read(struct dhcpcd *dhcpcd, struct peer *peer, uint64_t now)
{
	for (size_t which = CONNECTIONS; which-- > 0;) {
		int r = 1;

		for (int i = 0; i < BATCH && r > 0 && peer->fds[which] >= 0; i++)
			r = connection_read(dhcpcd, peer, which, now);
		dhcpcd->counters[BAD] += r == -EBADMSG;
		/* Without privilege separation dhcpcd 9 ends its answer after the first block; it
		 * is no fault of the connection that listens. */
		if (which == ASK && (r < 0 || dhcpcd_stream_is_done(&peer->streams[ASK])))
			peer->fds[ASK] = close_fd(peer->fds[ASK]);
		else if (r < 0)
			peer_lost(dhcpcd, peer, now);
	}
}

/* At the start, what dhcpcd knows is part of the first picture, as what the kernel knows is: a program
 * that looks once must not miss it. One that does not answer at once is not waited for. */
static void answers_await(struct dhcpcd *dhcpcd, uint64_t now)
{
	for (int waited = 0; waited < PATIENCE; waited++) {
		struct pollfd fds[DHCPCD_PEERS];
		nfds_t count = 0;

		for (size_t i = 0; i < DHCPCD_PEERS; i++) {
			struct peer *peer = &dhcpcd->peers[i];

			if (peer->path[0] == '\0')
				continue;
			peer_ask(dhcpcd, peer, now);
			peer_read(dhcpcd, peer, now);
			if (peer->fds[ASK] >= 0)
				fds[count++] =
					(struct pollfd){.fd = peer->fds[ASK], .events = POLLIN};
		}
		if (count == 0 || poll(fds, count, 1) < 0)
			return;
	}
}

/* ---- facts ---- */

static int peer_put(
	struct dhcpcd *dhcpcd, const struct peer *peer, struct model *model, uint64_t now)
{
	int r = 0;

	list_for_each (node, &peer->blocks.list) {
		const struct dhcpcd_block *block = container_of(node, struct dhcpcd_block, node);

		dhcpcd_block_report(block, &dhcpcd->report);
		r = report_facts_put(
			&dhcpcd->report, FACT_TRUST_MANAGER, model, dhcpcd->source.owner, now);
		if (r < 0)
			break;
		dhcpcd->counters[REFUSED] += (uint64_t)r;
	}
	return MIN(r, 0);
}

static int facts_put(struct dhcpcd *dhcpcd, struct model *model, uint64_t now)
{
	int r = 0;

	model_begin(model, dhcpcd->source.owner, REPORT_FACTS);
	for (size_t i = 0; i < DHCPCD_PEERS && r == 0; i++)
		r = peer_put(dhcpcd, &dhcpcd->peers[i], model, now);
	if (r == 0)
		r = model_commit(model, now);
	dhcpcd->put_at = r < 0 ? now + RETRY : TIME_FOREVER;
	return r == -ENOMEM ? 0 : r;
}

/* ---- the source ---- */

static void peers_turn(struct dhcpcd *dhcpcd, uint64_t now)
{
	for (size_t i = 0; i < DHCPCD_PEERS; i++) {
		struct peer *peer = &dhcpcd->peers[i];

		if (peer->path[0] == '\0')
			continue;
		peer_ask(dhcpcd, peer, now);
		peer_read(dhcpcd, peer, now);
		if (peer->forget_at <= now) {
			peer_free(peer);
			dhcpcd->put_at = now;
		}
	}
}

static int dhcpcd_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct dhcpcd *dhcpcd = dhcpcd_of(source);

	if (watch_read(&dhcpcd->watch)) {
		dhcpcd->look_at = now;
		dhcpcd->delay = RETRY;
	}
	if (dhcpcd->look_at <= now)
		directory_look(dhcpcd, now);
	if (!dhcpcd->begun)
		answers_await(dhcpcd, now);
	dhcpcd->begun = true;
	peers_turn(dhcpcd, now);
	return dhcpcd->put_at <= now ? facts_put(dhcpcd, model, now) : 0;
}

static int dhcpcd_fd(const struct source *source)
{
	return dhcpcd_of_const(source)->epoll;
}

static uint64_t dhcpcd_deadline(const struct source *source)
{
	const struct dhcpcd *dhcpcd = dhcpcd_of_const(source);
	uint64_t deadline = MIN(dhcpcd->look_at, dhcpcd->put_at);

	for (size_t i = 0; i < DHCPCD_PEERS; i++) {
		const struct peer *peer = &dhcpcd->peers[i];

		if (peer->path[0] != '\0')
			deadline = MIN(deadline, peer->forget_at);
		if (peer->fds[LISTEN] >= 0)
			deadline = MIN(deadline, peer->ask_at);
	}
	return deadline;
}

static bool dhcpcd_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[COUNTERS] = {
		[BLOCKS] = "dhcpcd reports",
		[UNKNOWN] = "dhcpcd reports of what is not known",
		[BAD] = "dhcpcd connections ended for what came",
		[CONNECTED] = "dhcpcd connected",
		[FAILED] = "dhcpcd not connected",
		[REFUSED] = "dhcpcd facts beyond a limit",
	};

	if (index >= COUNTERS)
		return false;
	*name = names[index];
	*value = dhcpcd_of_const(source)->counters[index];
	return true;
}

static void dhcpcd_free(struct source *source)
{
	struct dhcpcd *dhcpcd = dhcpcd_of(source);

	if (dhcpcd == NULL)
		return;
	for (size_t i = 0; i < DHCPCD_PEERS; i++)
		peer_free(&dhcpcd->peers[i]);
	watch_deinit(&dhcpcd->watch);
	close_fd(dhcpcd->epoll);
	free(dhcpcd);
}

/* dhcpcd makes its directory anew. */
static const char *dhcpcd_path(const struct source *source, unsigned int index)
{
	(void)source;
	return index == 0 ? DHCPCD_PARENT : NULL;
}

static const struct source_ops dhcpcd_ops = {
	.name = "dhcpcd",
	.fd = dhcpcd_fd,
	.dispatch = dhcpcd_dispatch,
	.deadline = dhcpcd_deadline,
	.counter = dhcpcd_counter,
	.path = dhcpcd_path,
	.free = dhcpcd_free,
};

static int dhcpcd_prepare(struct dhcpcd *dhcpcd, const char *directory)
{
	struct epoll_event event = {.events = EPOLLIN};

	watch_init(&dhcpcd->watch);
	for (size_t i = 0; i < DHCPCD_PEERS; i++) {
		dhcpcd->peers[i].fds[LISTEN] = dhcpcd->peers[i].fds[ASK] = -1;
		dhcpcd_blocks_init(&dhcpcd->peers[i].blocks);
	}
	dhcpcd->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (strlen(directory) >= sizeof(dhcpcd->directory))
		return -ENAMETOOLONG;
	strcpy(dhcpcd->directory, directory);
	if (dhcpcd->epoll < 0)
		return -errno;
	watch_add(&dhcpcd->watch, dhcpcd->directory, NULL);
	if (dhcpcd->watch.fd >= 0 &&
		epoll_ctl(dhcpcd->epoll, EPOLL_CTL_ADD, dhcpcd->watch.fd, &event) < 0)
		return -errno;
	dhcpcd->put_at = TIME_FOREVER;
	dhcpcd->delay = RETRY;
	return 0;
}

int source_dhcpcd_new(struct source **sourcep, const char *directory)
{
	struct dhcpcd *dhcpcd = calloc(1, sizeof(*dhcpcd));
	int r;

	if (dhcpcd == NULL)
		return -ENOMEM;
	dhcpcd->source.ops = &dhcpcd_ops;
	r = dhcpcd_prepare(dhcpcd, directory);
	if (r < 0) {
		dhcpcd_free(&dhcpcd->source);
		return r;
	}
	*sourcep = &dhcpcd->source;
	return 0;
}
