/* SPDX-License-Identifier: MIT */
/*
 * The sockets on which AF_MULTIPATH was used. close(2) is not watched, for a descriptor says nothing
 * of its twins: what became of a socket is found out by looking through the descriptors of the
 * process, each time that the table has doubled.
 */
#include "multipath/known.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "multipath/host.h"
#include "multipath/kernel.h"
#include "multipath/lock.h"

#define BUCKETS 256
#define FIRST_SWEEP 256

static const struct known nothing = {
	.times = {.attempt_delay = MULTIPATH_DEFAULT_ATTEMPT_DELAY,
		.race = 2 * MULTIPATH_DEFAULT_ATTEMPT_DELAY,
		.settle = SETTLE_BY_RTT},
};

/* As many as there are: most have one, and a page would be full after two of the room for all. */
struct side {
	size_t count;
	struct entry at[];
};

struct state {
	struct state *next;
	uint64_t cookie;
	bool seen; /* while sweeping */
	struct known known;
	struct side *sides[2]; /* allocated when there are some */
};

static struct state *buckets[BUCKETS];
static size_t count, next_sweep = FIRST_SWEEP;
static atomic_bool used;

static struct state **known_place(uint64_t cookie)
{
	struct state **place = &buckets[cookie % BUCKETS];

	while (*place != NULL && (*place)->cookie != cookie)
		place = &(*place)->next;
	return place;
}

void entry_hold(struct entry *entry, int fd)
{
	entry->fd = fd < 0 ? -1 : fd;
	entry->cookie = 0;
	if (fd >= 0)
		known_cookie(fd, &entry->cookie);
}

void entry_close(struct entry *entry)
{
	uint64_t cookie;

	if (entry->fd >= 0 && known_cookie(entry->fd, &cookie) == 0 && cookie == entry->cookie)
		host_close(entry->fd);
	entry->fd = -1;
}

static void side_close(struct side *side)
{
	for (size_t i = 0; side != NULL && i < side->count; i++)
		entry_close(&side->at[i]);
}

/* Replaces what is there. 0, or -ENOMEM. */
static int side_set(struct side **sidep, const struct entry *entries, size_t number)
{
	struct side *side = *sidep;

	if (side == NULL || side->count != number)
		side = realloc(side, sizeof(*side) + number * sizeof(*entries));
	if (side == NULL)
		return -ENOMEM;
	side->count = number;
	memcpy(side->at, entries, number * sizeof(*entries));
	*sidep = side;
	return 0;
}

static void state_unlink(struct state **place)
{
	struct state *state = *place;

	*place = state->next;
	for (size_t i = 0; i < ARRAY_SIZE(state->sides); i++) {
		side_close(state->sides[i]);
		free(state->sides[i]);
	}
	free(state);
	count--;
}

/* The next descriptor of this process after the directory's last, or -1. */
static int next_descriptor(DIR *directory)
{
	struct dirent *item;

	while ((item = readdir(directory)) != NULL)
		if (item->d_name[0] != '.' && atoi(item->d_name) != dirfd(directory))
			return atoi(item->d_name);
	return -1;
}

/* Another descriptor of this process is the same socket; without /proc, perhaps. */
static bool has_other(int fd, uint64_t cookie)
{
	DIR *directory = opendir("/proc/self/fd");
	bool found = directory == NULL;
	uint64_t other;
	int number;

	while (!found && (number = next_descriptor(directory)) >= 0)
		found = number != fd && known_cookie(number, &other) == 0 && other == cookie;
	if (directory != NULL)
		closedir(directory);
	return found;
}

/* Without /proc the table only grows. */
static void known_sweep(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint64_t cookie;
	int number;

	next_sweep = MAX(FIRST_SWEEP, 2 * count);
	if (directory == NULL)
		return;
	while ((number = next_descriptor(directory)) >= 0) {
		struct state *state =
			known_cookie(number, &cookie) == 0 ? *known_place(cookie) : NULL;

		if (state != NULL)
			state->seen = true;
	}
	closedir(directory);
	for (size_t i = 0; i < BUCKETS; i++) {
		struct state **place = &buckets[i];

		while (*place != NULL) {
			if (!(*place)->seen) {
				state_unlink(place);
				continue;
			}
			(*place)->seen = false;
			place = &(*place)->next;
		}
	}
	next_sweep = MAX(FIRST_SWEEP, 2 * count);
}

/* Finds the state of a socket, or makes it. Called with the lock. */
static int state_make(int fd, struct state **statep)
{
	struct state *state, **place;
	uint64_t cookie;
	int r = known_cookie(fd, &cookie);

	if (r < 0)
		return r;
	*statep = *known_place(cookie);
	if (*statep != NULL)
		return 0;
	if (count >= next_sweep)
		known_sweep();
	state = calloc(1, sizeof(*state));
	if (state == NULL)
		return -ENOMEM;
	state->cookie = cookie;
	state->known = nothing;
	place = known_place(cookie);
	*place = state;
	count++;
	atomic_store(&used, true);
	*statep = state;
	return 0;
}

static struct state *state_of(int fd)
{
	uint64_t cookie;

	return known_is_used() && known_cookie(fd, &cookie) == 0 ? *known_place(cookie) : NULL;
}

bool known_is_used(void)
{
	return atomic_load_explicit(&used, memory_order_relaxed);
}

size_t known_count(void)
{
	size_t result;

	lock_take();
	result = count;
	lock_release();
	return result;
}

int known_cookie(int fd, uint64_t *cookie)
{
	socklen_t size = sizeof(*cookie);

	return host_getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookie, &size) < 0 ? -errno : 0;
}

bool known_has(int fd)
{
	bool has;

	if (!known_is_used())
		return false;
	lock_take();
	has = state_of(fd) != NULL;
	lock_release();
	return has;
}

int known_add(int fd)
{
	struct state *state;
	int r;

	lock_take();
	r = state_make(fd, &state);
	lock_release();
	return r;
}

void known_move(uint64_t from, int fd)
{
	struct state **place, *state;
	uint64_t cookie;

	lock_take();
	place = known_place(from);
	state = *place;
	if (state != NULL && known_cookie(fd, &cookie) == 0) {
		*place = state->next;
		state->cookie = cookie;
		place = known_place(cookie);
		state->next = NULL;
		*place = state;
	}
	lock_release();
}

static bool state_holds(const struct state *state)
{
	for (size_t i = 0; i < ARRAY_SIZE(state->sides); i++)
		for (size_t j = 0; state->sides[i] != NULL && j < state->sides[i]->count; j++)
			if (state->sides[i]->at[j].fd >= 0)
				return true;
	return false;
}

/* Most hold nothing, and are left to the next sweep. */
void known_release(int fd)
{
	struct state *state;
	uint64_t cookie;

	if (!known_is_used())
		return;
	lock_take();
	state = state_of(fd);
	if (state != NULL && state_holds(state) && known_cookie(fd, &cookie) == 0 &&
		!has_other(fd, cookie))
		state_unlink(known_place(cookie));
	lock_release();
}

bool known_entries(int fd, uint32_t side, struct entries *entries)
{
	struct state *state;

	entries->count = 0;
	if (!known_is_used())
		return false;
	lock_take();
	state = state_of(fd);
	if (state != NULL && state->sides[side] != NULL) {
		entries->count = state->sides[side]->count;
		memcpy(entries->at, state->sides[side]->at,
			entries->count * sizeof(entries->at[0]));
	}
	lock_release();
	return entries->count > 0;
}

int known_set_entries(int fd, uint32_t side, const struct entries *entries)
{
	struct state *state;
	int r;

	lock_take();
	r = state_make(fd, &state);
	if (r == 0)
		r = side_set(&state->sides[side], entries->at, entries->count);
	lock_release();
	return r;
}

bool known_is_unused(int fd, uint64_t *cookie)
{
	const struct state *state = NULL;
	bool unused;

	if (!known_is_used() || known_cookie(fd, cookie) < 0)
		return false;
	lock_take();
	state = *known_place(*cookie);
	unused = state != NULL && state->known.made && !state->known.mapped &&
		state->sides[MULTIPATH_LOCAL] == NULL && state->sides[MULTIPATH_REMOTE] == NULL;
	lock_release();
	return unused;
}

void known_set_remote(uint64_t cookie, const struct entry *entry, bool mapped)
{
	struct state *state;

	lock_take();
	state = *known_place(cookie);
	if (state != NULL) {
		side_set(&state->sides[MULTIPATH_REMOTE], entry, 1);
		state->known.mapped |= mapped;
	}
	lock_release();
}

void known_set_made(int fd)
{
	struct state *state;

	lock_take();
	if (state_make(fd, &state) == 0)
		state->known.made = true;
	lock_release();
}

void known_set_mapped(int fd, bool mapped)
{
	struct state *state;

	lock_take();
	if (state_make(fd, &state) == 0)
		state->known.mapped = mapped;
	lock_release();
}

void known_set_adopted(int fd, bool adopted)
{
	struct state *state;

	lock_take();
	if (state_make(fd, &state) == 0)
		state->known.adopted = adopted;
	lock_release();
}

void known_set_daemon(int fd, uint64_t daemon, bool owed)
{
	struct state *state;

	lock_take();
	if (state_make(fd, &state) == 0) {
		state->known.daemon = daemon;
		state->known.owed = owed;
	}
	lock_release();
}

struct known known_read(int fd)
{
	struct known known = nothing;
	struct state *state;

	if (!known_is_used())
		return known;
	lock_take();
	state = state_of(fd);
	if (state != NULL)
		known = state->known;
	lock_release();
	return known;
}

int known_set_times(int fd, const struct times *times)
{
	struct state *state;
	int r;

	lock_take();
	r = state_make(fd, &state);
	if (r == 0)
		state->known.times = *times;
	lock_release();
	return r;
}
