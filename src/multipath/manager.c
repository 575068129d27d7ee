/* SPDX-License-Identifier: MIT */
/*
 * Who makes further subflows. An ordinary user cannot: the kernel's path manager does, as far as an
 * administrator has told it to (ip-mptcp(8)), or a privileged process where path management is left
 * to processes.
 */
#include "multipath/manager.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "multipath/host.h"

/* Of this process's network namespace, not of the socket's, which may have been passed. */
static bool is_left_to_processes(void)
{
	_cleanup_(host_closep) int fd = open("/proc/sys/net/mptcp/pm_type", O_RDONLY | O_CLOEXEC);
	char type = '0';

	return fd >= 0 && read(fd, &type, 1) == 1 && type == '1';
}

/* The kernel joins remote addresses that the peer announces, if it is allowed to accept any. */
bool manager_adds(const struct connection *connection)
{
	if (!connection->multipath)
		return false;
	return (connection->subflows_max > 0 && connection->accepted_max > 0) ||
		is_left_to_processes();
}

bool manager_acts(const struct connection *connection)
{
	if (!connection->multipath)
		return false;
	return (connection->subflows_max > 0 && connection->endpoints > 0) ||
		manager_adds(connection);
}
