/* SPDX-License-Identifier: MIT */
/*
 * The sockets of a connect over several domains. The first attempt is made on the program's own
 * socket, so that what watches that socket sees nothing new where all is well; the others on twins of
 * it, never again on the same one: a socket of Multipath TCP that has failed once shows successes that
 * are none. All of it ends before the program is told anything.
 */
#include "run/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "multipath/daemon.h"
#include "multipath/host.h"
#include "multipath/interrupt.h"
#include "multipath/kernel.h"
#include "multipath/known.h"
#include "multipath/twin.h"
#include "run/learned.h"
#include "run/place.h"
#include "run/settings.h"

/* When some host has said no, how long those that are silent are waited for. */
#define TRIAL_REFUSED NSEC_PER_SEC

/* Attempts side by side. */
#define TRIAL_SOCKETS 6

struct attempt {
	int fd; /* -1: over */
	size_t way;
	uint64_t begun;
};

struct trial {
	const struct trial_call *call;
	struct ways *ways;
	bool touched; /* the program's own socket is not as it was */
	bool extended; /* more ways were asked for */
	bool adopted; /* by mifd, as whatever takes the place of the socket must be */
	bool tried; /* an attempt got so far as to send something */
	struct attempt attempts[TRIAL_SOCKETS];
	size_t next; /* way */
	uint64_t next_start;
	int error; /* of the first way */
	int refused; /* what a host has answered, or 0 */
	uint64_t until; /* when all ends */
};

/* ---- one attempt ---- */

/* A source alone leaves by whatever link the main routing table prefers, so both. Where mifd makes further
 * paths it sees to that; the link would be theirs as well. If the program may not use every domain, mifd hears
 * that this socket is bound, and makes no paths by itself. */
static int bind_to(int fd, const struct way *way, bool adopted)
{
	const struct mif_endpoint source = {.address = way->source};
	int r;

	if (way->ifindex != 0 && !adopted &&
		host_setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &(int){(int)way->ifindex},
			sizeof(int)) < 0)
		return -errno;
	if (way->source.family == AF_UNSPEC)
		return 0;
	host_setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
	r = socket_bind(fd, &source);
	if (r == 0 && adopted && settings_pin(settings_get()))
		daemon_adopt(fd);
	return r;
}

static int connect_to(const struct trial *trial, int fd, const struct way *way)
{
	const struct trial_call *call = trial->call;
	const struct mif_endpoint other = {
		.address = way->destination, .port = call->destination.port};

	/* What the program gave may say more than an address: a flow label. */
	if (address_equal(&way->destination, &call->destination.address))
		return host_connect(fd, call->address, call->size) < 0 ? -errno : 0;
	return socket_connect(fd, &other);
}

static void attempt_end(struct trial *trial, struct attempt *attempt)
{
	static const struct linger none = {.l_onoff = 1, .l_linger = 0};
	int fd = attempt->fd;

	attempt->fd = -1;
	if (fd < 0)
		return;
	if (fd == trial->call->fd) {
		socket_reset(fd);
		return;
	}
	/* A loser that is connected already is reset, before any data. */
	host_setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	host_close(fd);
}

static void attempt_failed(struct trial *trial, struct attempt *attempt, int error, uint64_t now)
{
	if (attempt->way == 0)
		trial->error = error;
	if (error == -ECONNREFUSED || error == -ECONNRESET)
		trial->refused = error;
	if (error == -ETIMEDOUT)
		learned_silent(&trial->ways->at[attempt->way], now);
	attempt_end(trial, attempt);
	/* Who says no leaves the path free. */
	trial->next_start = MIN(trial->next_start, now);
}

static int attempt_socket(struct trial *trial)
{
	int twin;

	if (!trial->touched) {
		trial->touched = true;
		return trial->call->fd;
	}
	twin = twin_new_free(trial->call->fd);
	if (twin < 0)
		return twin;
	if (trial->adopted)
		daemon_adopt(twin);
	fcntl(twin, F_SETFL, O_RDWR | O_NONBLOCK);
	return twin_hide(twin);
}

/* 0: connected; -EINPROGRESS; another: it has failed. */
static int attempt_begin(struct trial *trial, struct attempt *attempt, uint64_t now)
{
	const struct way *way = &trial->ways->at[attempt->way];
	int fd = attempt_socket(trial);
	int r = fd;

	attempt->begun = now;
	if (fd >= 0) {
		attempt->fd = fd;
		r = bind_to(fd, way, trial->adopted);
	}
	if (r >= 0) {
		trial->tried = true;
		r = connect_to(trial, fd, way);
	}
	if (r < 0 && r != -EINPROGRESS)
		attempt_failed(trial, attempt, r, now);
	return r;
}

/* ---- all of them ---- */

static struct attempt *free_attempt(struct trial *trial)
{
	for (size_t i = 0; i < TRIAL_SOCKETS; i++)
		if (trial->attempts[i].fd < 0)
			return &trial->attempts[i];
	return NULL;
}

/* The running one that was begun last, or NULL. */
static struct attempt *youngest(struct trial *trial)
{
	struct attempt *found = NULL;

	for (size_t i = 0; i < TRIAL_SOCKETS; i++) {
		struct attempt *attempt = &trial->attempts[i];

		if (attempt->fd >= 0 && (found == NULL || attempt->way > found->way))
			found = attempt;
	}
	return found;
}

/* There is another way to be tried, now or later. */
static bool trial_has_next(struct trial *trial)
{
	if (trial->next < trial->ways->count)
		return true;
	if (trial->extended || trial->call->more == NULL)
		return false;
	trial->extended = true;
	trial->call->more(trial->ways, &trial->call->destination.address);
	return trial->next < trial->ways->count;
}

/* Begins what is due. Returns what is connected, or NULL. */
static struct attempt *trial_advance(struct trial *trial)
{
	for (;;) {
		uint64_t now = clock_boottime();
		struct attempt *attempt = free_attempt(trial);

		if (attempt == NULL || now < trial->next_start || !trial_has_next(trial))
			return NULL;
		attempt->way = trial->next++;
		trial->next_start = now + TRIAL_DELAY;
		if (attempt_begin(trial, attempt, now) == 0)
			return attempt;
	}
}

static uint64_t trial_deadline(struct trial *trial)
{
	bool more =
		trial->next < trial->ways->count || (!trial->extended && trial->call->more != NULL);

	return more && free_attempt(trial) != NULL ? trial->next_start : TIME_FOREVER;
}

/* Waits for news. 0: go on; 1: *winnerp is connected; -EINPROGRESS, -EINTR: no more waiting. */
static int trial_wait(struct trial *trial, uint64_t until, struct attempt **winnerp)
{
	struct pollfd polled[TRIAL_SOCKETS];
	uint64_t deadline = MIN(trial_deadline(trial), until), now;

	for (size_t i = 0; i < TRIAL_SOCKETS; i++)
		polled[i] = (struct pollfd){.fd = trial->attempts[i].fd, .events = POLLOUT};
	if (poll(polled, TRIAL_SOCKETS, clock_timeout(clock_boottime(), deadline)) < 0)
		return errno != EINTR ? -errno : signals_interrupt() ? -EINTR : 0;
	now = clock_boottime();
	for (size_t i = 0; i < TRIAL_SOCKETS; i++) {
		int r;

		if (polled[i].fd < 0 || polled[i].revents == 0)
			continue;
		r = socket_outcome(polled[i].fd);
		if (r == 0) {
			*winnerp = &trial->attempts[i];
			return 1;
		}
		if (r != -EINPROGRESS)
			attempt_failed(trial, &trial->attempts[i], r, now);
	}
	return now >= until ? -EINPROGRESS : 0;
}

/* All was tried, and failed but for those that say nothing. */
static void trial_shorten(struct trial *trial)
{
	uint64_t limit = clock_boottime() + TRIAL_REFUSED;

	if (trial->refused != 0 && !trial_has_next(trial))
		trial->until = MIN(trial->until, limit);
}

/* The time is over. */
static int trial_late(struct trial *trial, struct attempt **winnerp)
{
	if (trial->refused != 0 && !trial_has_next(trial))
		return trial->refused;
	if (!trial->call->goes_on)
		return -ETIMEDOUT;
	*winnerp = youngest(trial);
	return *winnerp != NULL ? -EINPROGRESS : trial->error;
}

/* As trial_run(), but that the winner is in its own place still. */
static int trial_decide(struct trial *trial, struct attempt **winnerp)
{
	for (;;) {
		int r;

		*winnerp = trial_advance(trial);
		if (*winnerp != NULL)
			return 0;
		if (youngest(trial) == NULL && trial->next >= trial->ways->count && trial->extended)
			return trial->refused != 0 ? trial->refused : trial->error;
		trial_shorten(trial);
		r = trial_wait(trial, trial->until, winnerp);
		if (r == 1)
			return 0;
		if (r == -EINPROGRESS)
			return trial_late(trial, winnerp);
		if (r < 0) {
			*winnerp = youngest(trial);
			return *winnerp != NULL ? r : trial->error;
		}
	}
}

/* Whoever was silent for as long as the others waited for it was silent. */
static void trial_learn(struct trial *trial, const struct attempt *winner, uint64_t now)
{
	learned_connected(&trial->ways->at[winner->way]);
	for (size_t i = 0; i < TRIAL_SOCKETS; i++) {
		const struct attempt *attempt = &trial->attempts[i];

		if (attempt != winner && attempt->fd >= 0 && now - attempt->begun >= TRIAL_DELAY)
			learned_silent(&trial->ways->at[attempt->way], now);
	}
}

/* The program's socket becomes that of the winner; NULL: one as if new. */
static int trial_settle(struct trial *trial, struct attempt *winner)
{
	int fd = trial->call->fd, other = -1;

	if (winner != NULL) {
		other = winner->fd;
		winner->fd = -1;
	}
	for (size_t i = 0; i < TRIAL_SOCKETS; i++)
		attempt_end(trial, &trial->attempts[i]);
	if (other == fd)
		return 0;
	if (winner == NULL)
		other = twin_new_free(fd);
	return other < 0 ? other : place_replace(fd, other);
}

int trial_run(const struct trial_call *call, struct ways *ways)
{
	struct trial trial = {.call = call,
		.ways = ways,
		.adopted = known_read(call->fd).adopted,
		.extended = call->more == NULL,
		.error = -ENETUNREACH};
	uint64_t now = clock_boottime();
	int flags = fcntl(call->fd, F_GETFL), r, settled = 0;
	struct attempt *winner;

	if (flags < 0 || fcntl(call->fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	trial.until = call->limit < TIME_FOREVER - now ? now + call->limit : TIME_FOREVER;
	for (size_t i = 0; i < TRIAL_SOCKETS; i++)
		trial.attempts[i].fd = -1;
	r = trial_decide(&trial, &winner);
	if (r == 0)
		trial_learn(&trial, winner, clock_boottime());
	if (trial.touched)
		settled = trial_settle(&trial, winner);
	fcntl(call->fd, F_SETFL, flags);
	if (settled < 0)
		return settled;
	return trial.tried ? r : 1;
}
