/* SPDX-License-Identifier: MIT */
/*
 * The paths after the first, where mifd makes them: one for each remote address that has none, from the
 * local address by which it is reached, then one for each local address that is left; those that are not
 * wanted any more go last, so that the connection is never without one.
 */
#include "multipath/join.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/clock.h"
#include "multipath/attempts.h"
#include "multipath/connection.h"
#include "multipath/daemon.h"

/* How long a daemon is waited for that knows the answer. */
#define LOOK_TIME (1 * NSEC_PER_SEC)

/* What of a set is known to be in use. */
struct joining {
	struct daemon daemon;
	struct join *join;
	struct connection connection;
	struct set locals, remotes;
	uint32_t places[2 * SMP_MAX_ADDRS + 3]; /* by tag: which remote, or SMP_MAX_ADDRS */
	int fd;
};

static bool has_address(const struct set *set, const struct mif_address *address)
{
	for (size_t i = 0; i < set->count; i++)
		if (address_equal(&set->members[i].address, address))
			return true;
	return false;
}

static int post_add(struct joining *joining, const struct mif_endpoint *local,
	const struct mif_endpoint *remote, size_t place)
{
	struct mif_message request = {.type = MIF_ADD_PATH};
	int r;

	request.as.add_path.fd = joining->fd;
	if (local != NULL)
		request.as.add_path.local.address = local->address;
	request.as.add_path.remote = *remote;
	r = daemon_post(&joining->daemon, &request);
	if (r == 0)
		joining->places[request.tag] = (uint32_t)place;
	return r;
}

static int add_remotes(struct joining *joining)
{
	const struct join *join = joining->join;
	int r = 0;

	for (size_t i = 0; i < join->remotes->count && r == 0; i++) {
		const struct mif_endpoint *remote = &join->remotes->members[i];
		const struct entry *local = attempts_local(join->locals, remote);

		if (set_find(&joining->remotes, remote) < joining->remotes.count)
			continue;
		/* Bound to nothing from which that is reached. */
		if (join->locals->count > 0 && local == NULL) {
			joining->join->errors[i] = ENETUNREACH;
			continue;
		}
		if (local != NULL && address_is_unspecified(&local->endpoint.address))
			local = NULL;
		r = post_add(joining, local != NULL ? &local->endpoint : NULL, remote, i);
		if (r == 0 && local != NULL)
			set_add(&joining->locals, &local->endpoint);
	}
	return r;
}

/* To the first remote address of its family. */
static int add_locals(struct joining *joining)
{
	const struct join *join = joining->join;
	int r = 0;

	for (size_t i = 0; i < join->locals->count && r == 0; i++) {
		const struct mif_endpoint *local = &join->locals->at[i].endpoint;
		size_t place = 0;

		if (address_is_unspecified(&local->address) ||
			has_address(&joining->locals, &local->address))
			continue;
		while (place < join->remotes->count &&
			join->remotes->members[place].address.family != local->address.family)
			place++;
		if (place < join->remotes->count)
			r = post_add(joining, local, &join->remotes->members[place], SMP_MAX_ADDRS);
	}
	return r;
}

static int post_show(struct daemon *daemon, int fd, uint32_t mode)
{
	struct mif_message request = {
		.type = MIF_SHOW_CONNECTION, .as.show_connection = {.fd = fd, .mode = mode}};

	return daemon_post(daemon, &request);
}

static int show(struct joining *joining)
{
	int r;

	if (!joining->join->shows)
		return 0;
	r = post_show(&joining->daemon, joining->fd,
		joining->join->locals->count > 0 ? MIF_PATHS_AS_ASKED : MIF_PATHS_AUTOMATIC);
	if (r == 0)
		joining->places[joining->daemon.asked] = SMP_MAX_ADDRS;
	return r;
}

/* Bound to nothing it leaves to mifd from which other addresses it may go there. */
static int manage(struct joining *joining)
{
	struct mif_message request = {.type = MIF_MANAGE_PATHS};
	int r;

	if (joining->join->locals->count > 0)
		return 0;
	request.as.manage_paths.fd = joining->fd;
	request.as.manage_paths.mode = MIF_PATHS_AUTOMATIC;
	r = daemon_post(&joining->daemon, &request);
	if (r == 0)
		joining->places[request.tag] = SMP_MAX_ADDRS;
	return r;
}

static int leave_remotes(struct joining *joining)
{
	int r = 0;

	for (size_t i = 0; i < joining->remotes.count && r == 0; i++) {
		const struct mif_endpoint *remote = &joining->remotes.members[i];
		struct mif_message request = {.type = MIF_REMOVE_PATH};

		if (set_find(joining->join->remotes, remote) < joining->join->remotes->count)
			continue;
		request.as.remove_path.fd = joining->fd;
		request.as.remove_path.remote = *remote;
		r = daemon_post(&joining->daemon, &request);
		if (r == 0)
			joining->places[request.tag] = SMP_MAX_ADDRS;
	}
	return r;
}

static int wait_answers(struct joining *joining)
{
	struct mif_message answer;
	int r = 1;

	while (r == 1 && joining->daemon.answered < joining->daemon.asked) {
		r = daemon_wait(&joining->daemon, &answer, joining->join->until);
		if (r == 1 && answer.tag <= joining->daemon.asked &&
			joining->places[answer.tag] < SMP_MAX_ADDRS)
			joining->join->errors[joining->places[answer.tag]] =
				(int)answer.as.path_answer.error;
	}
	return r < 0 ? r : 0;
}

int join_run(int fd, struct join *join)
{
	struct joining joining = {.join = join, .fd = fd};
	int r = connection_read(&joining.connection, fd);

	if (r == 0 && !joining.connection.multipath)
		r = -EOPNOTSUPP;
	if (r == 0)
		r = daemon_open(&joining.daemon);
	if (r < 0)
		return r;
	connection_names(&joining.connection, false, &joining.locals);
	connection_names(&joining.connection, true, &joining.remotes);
	r = show(&joining);
	if (r == 0)
		r = add_remotes(&joining);
	if (r == 0)
		r = add_locals(&joining);
	if (r == 0)
		r = manage(&joining);
	if (r == 0)
		r = wait_answers(&joining);
	if (r == 0 && join->leaves)
		r = leave_remotes(&joining);
	if (r == 0)
		r = wait_answers(&joining);
	daemon_close(&joining.daemon);
	return r;
}

/* ---- what it knows ---- */

/* One request and its answer; the reports that come with it are heard. */
static int ask_shown(
	int fd, void (*hear)(void *context, const struct mif_message *report), void *context)
{
	struct mif_message answer;
	struct daemon daemon;
	int r = daemon_open(&daemon);

	if (r < 0)
		return r;
	daemon.hear = hear;
	daemon.context = context;
	r = post_show(&daemon, fd, MIF_PATHS_AS_ASKED);
	if (r == 0)
		r = daemon_wait(&daemon, &answer, clock_boottime() + LOOK_TIME);
	daemon_close(&daemon);
	return r == 1 ? -(int)answer.as.path_answer.error : r < 0 ? r : -ETIMEDOUT;
}

int join_show(int fd)
{
	return ask_shown(fd, NULL, NULL);
}

static void path_look(void *context, const struct mif_message *report)
{
	const struct mif_message_path *path = &report->as.path;
	struct entries *remotes = context;

	if (report->type != MIF_PATH)
		return;
	for (size_t i = 0; i < remotes->count; i++) {
		struct entry *entry = &remotes->at[i];

		if (!member_equal(&entry->endpoint, &path->remote))
			continue;
		if (path->state == MIF_PATH_JOINING || path->state == MIF_PATH_WAITING) {
			entry->state = MULTIPATH_TRYING;
			entry->error = 0;
		} else if (path->error != 0 && entry->state != MULTIPATH_TRYING) {
			entry->state = MULTIPATH_FAILED;
			entry->error = (int)path->error;
		}
	}
}

void join_look(int fd, struct entries *remotes)
{
	ask_shown(fd, path_look, remotes);
}
