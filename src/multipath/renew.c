/* SPDX-License-Identifier: MIT */
/*
 * What mifd was not told of a connection, since the call that asked for it did not wait, or what it knows
 * no more, since it is another one: it is told at the program's next call.
 */
#include "multipath/renew.h"

#include "base/clock.h"
#include "multipath/daemon.h"
#include "multipath/join.h"
#include "multipath/known.h"
#include "multipath/twin.h"

void renew(int fd)
{
	const struct known known = known_read(fd);
	uint64_t instance = known.adopted ? daemon_instance() : 0;
	struct entries remotes, locals;
	struct join join = {.locals = &locals, .shows = true};
	struct set set = {.count = 0};

	if (instance == 0 || (!known.owed && instance == known.daemon) ||
		socket_kind(fd) != SOCKET_CONNECTED)
		return;
	known_entries(fd, MULTIPATH_REMOTE, &remotes);
	known_entries(fd, MULTIPATH_LOCAL, &locals);
	for (size_t i = 0; i < remotes.count; i++)
		set_add(&set, &remotes.at[i].endpoint);
	join.remotes = &set;
	/* What comes of it is seen at later calls. */
	join.until = clock_boottime();
	if (join_run(fd, &join) == 0)
		known_set_daemon(fd, instance, false);
}
