/* SPDX-License-Identifier: MIT */
/*
 * SCTP has sets of addresses by itself: the peers tell each other theirs when they connect, prove by
 * heartbeats that they answer there, and send elsewhere when one does not any more (RFC 9260 section 5.4,
 * 8). What a socket of IPv6 says of IPv4 is mapped, what it is given need not be.
 */
#include "multipath/association.h"

#include <errno.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"
#include "multipath/host.h"
#include "multipath/kernel.h"
#include "multipath/twin.h"

/* Of one end; whoever has more is known by the address to which data go. */
#define ADDRESSES 256

struct octets {
	size_t length;
	_Alignas(4) uint8_t at[SMP_MAX_ADDRS * sizeof(struct sockaddr_in6)];
};

/* struct sctp_getaddrs, which ends in an array of no size. */
struct names {
	sctp_assoc_t id;
	uint32_t count;
	uint8_t at[ADDRESSES * sizeof(struct sockaddr_in6)];
};

bool socket_is_sctp(int fd)
{
	return socket_option(fd, SOL_SOCKET, SO_PROTOCOL, 0) == IPPROTO_SCTP;
}

static void octets_add(struct octets *octets, const struct mif_endpoint *member)
{
	struct sockaddr_storage address;
	size_t size = mif_endpoint_to_sockaddr(member, &address);

	memcpy(octets->at + octets->length, &address, size);
	octets->length += size;
}

static int bindx(int fd, int name, const struct mif_endpoint *member)
{
	struct octets octets = {.length = 0};

	/* A socket of IPv4 would say EINVAL. */
	if (member->address.family == AF_INET6 &&
		socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET6) == AF_INET)
		return -EAFNOSUPPORT;
	octets_add(&octets, member);
	if (host_setsockopt(fd, IPPROTO_SCTP, name, octets.at, (socklen_t)octets.length) < 0)
		return -errno;
	return 0;
}

int association_bind(int fd, const struct mif_endpoint *member)
{
	return bindx(fd, SCTP_SOCKOPT_BINDX_ADD, member);
}

int association_unbind(int fd, const struct mif_endpoint *member)
{
	return bindx(fd, SCTP_SOCKOPT_BINDX_REM, member);
}

/* How long the first packet waits for an answer before it goes to the next address: three seconds by
 * itself. Returns what it was, or 0. */
static uint32_t set_patience(int fd, uint32_t milliseconds)
{
	struct sctp_rtoinfo info = {.srto_assoc_id = 0};
	socklen_t size = sizeof(info);
	uint32_t before;

	if (host_getsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, &info, &size) < 0)
		return 0;
	before = info.srto_initial;
	info.srto_initial = milliseconds;
	host_setsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, &info, sizeof(info));
	return before;
}

int association_connect(int fd, const struct set *set, uint32_t attempt_delay)
{
	struct octets octets = {.length = 0};
	struct sctp_getaddrs_old argument = {0};
	socklen_t size = sizeof(argument);
	uint32_t patience = 0;
	int r;

	for (size_t i = 0; i < set->count; i++)
		octets_add(&octets, &set->members[i]);
	/* Of this one the number is that of the octets. */
	argument.addr_num = (int)octets.length;
	argument.addrs = (struct sockaddr *)(void *)octets.at;
	if (set->count > 1 && attempt_delay > 0)
		patience = set_patience(fd, attempt_delay);
	r = host_getsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX3, &argument, &size) < 0 ? -errno
											    : 0;
	if (patience > 0)
		set_patience(fd, patience);
	return r;
}

static int read_status(int fd, struct sctp_status *status)
{
	socklen_t size = sizeof(*status);

	memset(status, 0, sizeof(*status));
	return host_getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, status, &size) < 0 ? -errno : 0;
}

/* The addresses of one end of an association. 0, or negative errno. */
static int read_names(int fd, int name, sctp_assoc_t id, struct set *set)
{
	struct names names = {.id = id};
	socklen_t size = sizeof(names);
	const uint8_t *at = names.at, *end = names.at + sizeof(names.at);

	set->count = 0;
	if (host_getsockopt(fd, IPPROTO_SCTP, name, &names, &size) < 0)
		return -errno;
	for (uint32_t i = 0; i < names.count; i++) {
		struct mif_endpoint member;
		sa_family_t family;
		size_t length;

		memcpy(&family, at, sizeof(family));
		length = member_size(family);
		if (length == 0 || length > (size_t)(end - at))
			break;
		if (member_from_sockaddr(&member, at, length) == 0)
			set_add(set, &member);
		at += length;
	}
	return 0;
}

static void read_peers(int fd, const struct sctp_status *status, struct set *all)
{
	struct mif_endpoint member;

	if (read_names(fd, SCTP_GET_PEER_ADDRS, status->sstat_assoc_id, all) == 0)
		return;
	if (member_from_sockaddr(&member, &status->sstat_primary.spinfo_address,
		    sizeof(status->sstat_primary.spinfo_address)) == 0)
		set_add(all, &member);
}

/* Whether data can be sent there: it has answered, and was not silent since for too long. */
static bool is_active(int fd, sctp_assoc_t id, const struct mif_endpoint *member)
{
	struct sctp_paddrinfo info;
	socklen_t size = sizeof(info);
	struct sockaddr_storage address;

	memset(&info, 0, sizeof(info));
	info.spinfo_assoc_id = id;
	mif_endpoint_to_sockaddr(member, &address);
	memcpy(&info.spinfo_address, &address, sizeof(address));
	return host_getsockopt(fd, IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, &info, &size) == 0 &&
		(info.spinfo_state == SCTP_ACTIVE || info.spinfo_state == SCTP_PF);
}

static void take_active(int fd, sctp_assoc_t id, const struct set *all, struct set *active)
{
	active->count = 0;
	for (size_t i = 0; i < all->count; i++)
		if (is_active(fd, id, &all->members[i]))
			set_add(active, &all->members[i]);
}

int association_peers(int fd, struct set *all, struct set *active)
{
	struct sctp_status status;
	int r = read_status(fd, &status);

	if (r < 0)
		return r;
	read_peers(fd, &status, all);
	take_active(fd, status.sstat_assoc_id, all, active);
	return 0;
}

void association_probe(int fd, const struct mif_endpoint *member)
{
	struct sctp_paddrparams params;
	struct sockaddr_storage address;
	struct sctp_status status;

	if (read_status(fd, &status) < 0)
		return;
	memset(&params, 0, sizeof(params));
	params.spp_assoc_id = status.sstat_assoc_id;
	mif_endpoint_to_sockaddr(member, &address);
	memcpy(&params.spp_address, &address, sizeof(address));
	params.spp_flags = SPP_HB_DEMAND;
	host_setsockopt(fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &params, sizeof(params));
}

int association_prefer(int fd, const struct mif_endpoint *member)
{
	struct sctp_prim primary;
	struct sockaddr_storage address;
	struct sctp_status status;
	int r = read_status(fd, &status);

	if (r < 0)
		return r;
	memset(&primary, 0, sizeof(primary));
	primary.ssp_assoc_id = status.sstat_assoc_id;
	mif_endpoint_to_sockaddr(member, &address);
	memcpy(&primary.ssp_addr, &address, sizeof(address));
	return host_setsockopt(fd, IPPROTO_SCTP, SCTP_PRIMARY_ADDR, &primary, sizeof(primary)) < 0
		? -errno
		: 0;
}

int association_read(struct connection *connection, int fd)
{
	struct set locals, all, active;
	struct sctp_status status;
	int r = socket_is_sctp(fd) ? read_status(fd, &status) : -EPROTOTYPE;

	if (r < 0)
		return r;
	read_peers(fd, &status, &all);
	take_active(fd, status.sstat_assoc_id, &all, &active);
	r = read_names(fd, SCTP_GET_LOCAL_ADDRS, status.sstat_assoc_id, &locals);
	if (r < 0 || locals.count == 0)
		return r < 0 ? r : -ENOTCONN;
	connection->association = true;
	connection->token = (uint32_t)status.sstat_assoc_id;
	connection->announced = all.count;
	if (active.count == 0)
		return 0;
	connection->count = MAX(active.count, locals.count);
	for (size_t i = 0; i < connection->count; i++)
		connection->subflows[i] = (struct subflow){
			.local = locals.members[MIN(i, locals.count - 1)],
			.remote = active.members[MIN(i, active.count - 1)],
			.rtt = status.sstat_primary.spinfo_srtt * 1000,
			.state = KERNEL_TCP_ESTABLISHED,
		};
	return 0;
}
