/* SPDX-License-Identifier: MIT */
/*
 * What the kernel says of a connection and its subflows. getpeername(2) of a multipath socket tells
 * the first subflow for ever, even when that is long gone; the truth is in MPTCP_FULL_INFO, or on
 * kernels before 6.5 in two options that may disagree.
 */
#include "multipath/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "multipath/association.h"
#include "multipath/host.h"
#include "multipath/kernel.h"

static int read_name(int fd, int (*name)(int, void *, socklen_t *), struct mif_endpoint *endpoint)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (name(fd, &address, &size) < 0)
		return -errno;
	return member_from_sockaddr(endpoint, &address, MIN(size, sizeof(address)));
}

/* TCP, or multipath that fell back to it: one subflow, the socket itself. */
static int read_single(struct connection *connection, int fd)
{
	struct subflow *subflow = &connection->subflows[0];
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);
	int r = read_name(fd, host_getpeername, &subflow->remote);

	if (r == 0)
		r = read_name(fd, host_getsockname, &subflow->local);
	if (r == 0 && host_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		r = -errno;
	if (r < 0)
		return r;
	subflow->state = info.tcpi_state;
	subflow->rtt = info.tcpi_rtt;
	connection->count = 1;
	return 0;
}

static void add_subflow(struct connection *connection, const struct kernel_subflow_addrs *addrs,
	const struct tcp_info *info)
{
	struct subflow *subflow = &connection->subflows[connection->count];

	if (member_from_sockaddr(&subflow->local, &addrs->local, sizeof(addrs->local)) < 0 ||
		member_from_sockaddr(&subflow->remote, &addrs->remote, sizeof(addrs->remote)) < 0)
		return;
	subflow->state = info->tcpi_state;
	subflow->rtt = info->tcpi_rtt;
	connection->count++;
}

static void take_info(struct connection *connection, const struct kernel_mptcp_info *info)
{
	connection->multipath = true;
	connection->token = info->token;
	connection->subflows_max = info->subflows_max;
	connection->accepted_max = info->add_addr_accepted_max;
	connection->endpoints = info->local_addr_max;
}

static int read_full(struct connection *connection, int fd)
{
	struct kernel_subflow_info addrs[CONNECTION_SUBFLOWS];
	struct tcp_info infos[CONNECTION_SUBFLOWS];
	struct kernel_full_info full = {
		.size_tcpinfo_user = sizeof(infos[0]),
		.size_sfinfo_user = sizeof(addrs[0]),
		.size_arrays_user = CONNECTION_SUBFLOWS,
		.subflow_info = (uintptr_t)addrs,
		.tcp_info = (uintptr_t)infos,
	};
	socklen_t size = sizeof(full);

	if (host_getsockopt(fd, SOL_MPTCP, KERNEL_MPTCP_FULL_INFO, &full, &size) < 0)
		return -errno;
	take_info(connection, &full.mptcp_info);
	for (size_t i = 0; i < MIN(full.num_subflows, CONNECTION_SUBFLOWS); i++)
		add_subflow(connection, &addrs[i].addrs, &infos[i]);
	return 0;
}

/* An array option; the number of subflows, or negative errno. */
static int read_array(int fd, int name, void *array, size_t element)
{
	struct kernel_subflow_data *data = array;
	socklen_t size = (socklen_t)(sizeof(*data) + CONNECTION_SUBFLOWS * element);

	*data = (struct kernel_subflow_data){
		.size_subflow_data = sizeof(*data),
		.size_user = (uint32_t)element,
	};
	if (host_getsockopt(fd, SOL_MPTCP, name, array, &size) < 0)
		return -errno;
	return (int)MIN(data->num_subflows, CONNECTION_SUBFLOWS);
}

static int read_arrays(struct connection *connection, int fd)
{
	struct {
		struct kernel_subflow_data data;
		struct kernel_subflow_addrs at[CONNECTION_SUBFLOWS];
	} addrs;
	struct {
		struct kernel_subflow_data data;
		struct tcp_info at[CONNECTION_SUBFLOWS];
	} infos;
	struct kernel_mptcp_info info = {0};
	socklen_t size = sizeof(info);
	int first, count, again;

	if (host_getsockopt(fd, SOL_MPTCP, KERNEL_MPTCP_INFO, &info, &size) < 0)
		return -errno;
	take_info(connection, &info);
	/* A subflow may come or go between the two. */
	for (int attempt = 0; attempt < 8; attempt++) {
		first = read_array(fd, KERNEL_MPTCP_SUBFLOW_ADDRS, &addrs, sizeof(addrs.at[0]));
		count = read_array(fd, KERNEL_MPTCP_TCPINFO, &infos, sizeof(infos.at[0]));
		again = read_array(fd, KERNEL_MPTCP_SUBFLOW_ADDRS, &addrs, sizeof(addrs.at[0]));
		if (first < 0 || count < 0 || (first == count && again == count))
			break;
	}
	if (first < 0 || count < 0 || again < 0)
		return first < 0 ? first : count < 0 ? count : again;
	for (int i = 0; i < MIN(count, again); i++)
		add_subflow(connection, &addrs.at[i], &infos.at[i]);
	return 0;
}

static int read_connection(struct connection *connection, int fd, bool full)
{
	struct mif_endpoint remote;
	int r = read_name(fd, host_getpeername, &remote);

	connection->association = connection->multipath = false;
	connection->token = 0;
	connection->announced = 0;
	connection->subflows_max = connection->accepted_max = connection->endpoints = 0;
	connection->count = 0;
	if (r < 0)
		return r;
	if ((full && read_full(connection, fd) == 0) || read_arrays(connection, fd) == 0)
		return 0;
	connection->multipath = false;
	connection->token = 0;
	r = association_read(connection, fd);
	return r == -EPROTOTYPE ? read_single(connection, fd) : r;
}

int connection_read(struct connection *connection, int fd)
{
	return read_connection(connection, fd, true);
}

int connection_read_old(struct connection *connection, int fd)
{
	return read_connection(connection, fd, false);
}

static bool is_closing(uint8_t state)
{
	return state == KERNEL_TCP_CLOSE_WAIT || state == KERNEL_TCP_FIN_WAIT1 ||
		state == KERNEL_TCP_FIN_WAIT2;
}

size_t connection_paths(const struct connection *connection)
{
	size_t paths = 0;

	for (size_t i = 0; i < connection->count; i++)
		paths += connection->subflows[i].state == KERNEL_TCP_ESTABLISHED;
	return paths;
}

void connection_names(const struct connection *connection, bool remote, struct set *set)
{
	bool closing = connection_paths(connection) == 0;

	set->count = 0;
	for (size_t i = 0; i < connection->count; i++) {
		const struct subflow *subflow = &connection->subflows[i];
		const struct mif_endpoint *end = remote ? &subflow->remote : &subflow->local;
		bool known = false;

		if (closing ? !is_closing(subflow->state)
			    : subflow->state != KERNEL_TCP_ESTABLISHED)
			continue;
		/* A local address is one, whatever ports its subflows have. */
		for (size_t j = 0; !remote && j < set->count; j++)
			known |= address_equal(&set->members[j].address, &end->address);
		if (!known)
			set_add(set, end);
	}
}

int connection_read_names(int fd, bool remote, struct set *set)
{
	struct connection connection;
	int r = connection_read(&connection, fd);

	if (r == 0)
		connection_names(&connection, remote, set);
	return r;
}
