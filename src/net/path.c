/* SPDX-License-Identifier: MIT */
/*
 * Subflows of connections: verbs come in, commands for the kernel's path manager go out. Which
 * connection is meant a descriptor has shown, and never the verb alone: the kernel would take any
 * token of this network namespace. The descriptor is looked at and closed by whoever received it.
 */
#include "net/path.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/mptcp.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/mptcp.h"
#include "base/netns.h"
#include "kernel/diag.h"
#include "kernel/mptcp.h"
#include "net/netlink.h"
#include "net/probe.h"
#include "net/survey.h"

/* Of a connection's addresses, those that are tried where the kernel does not tell which are taken. */
#define IDENTIFIERS 16

#define STATE_CLOSE 7 /* of tcpi_state */

/* ---- one request ---- */

struct asking {
	struct path *path;
	void (*take)(struct path *path, const struct nlmsghdr *answer, void *context);
	void *context;
};

static void answer_take(const struct nlmsghdr *answer, void *context)
{
	const struct asking *asking = context;

	asking->take(asking->path, answer, asking->context);
}

static int path_ask(struct path *path, struct nlmsghdr *message, uint16_t flags,
	void (*take)(struct path *path, const struct nlmsghdr *answer, void *context),
	void *context)
{
	struct asking asking = {.path = path, .take = take, .context = context};

	return netlink_ask(
		path->socket, message, flags, take != NULL ? answer_take : NULL, &asking);
}

/* ---- start and end ---- */

static void family_take(struct path *path, const struct nlmsghdr *answer, void *context)
{
	struct kernel_mptcp_family *family = context, found;

	(void)path;
	if (kernel_mptcp_family_parse(answer, &found) == 1)
		*family = found;
}

static int events_open(uint32_t group)
{
	const struct sockaddr_nl own = {.nl_family = AF_NETLINK};
	_cleanup_(closep) int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	int r;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&own, sizeof(own)) < 0 ||
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	r = fd;
	fd = -1;
	return r;
}

static int own_namespace(uint64_t *cookie)
{
	_cleanup_(closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &size) < 0)
		return -errno;
	return 0;
}

static int path_open_all(struct path *path, const char *record, int *events)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MPTCP_MESSAGE];
	struct kernel_mptcp_family family = {0};
	int r;

	path->shown = calloc(PATH_CONNECTIONS, sizeof(*path->shown));
	path->adopted = calloc(ADOPTED_SOCKETS, sizeof(*path->adopted));
	path->socket = netlink_open(NETLINK_GENERIC);
	if (path->socket == NULL)
		return -errno;
	if (path->shown == NULL || path->adopted == NULL)
		return -ENOMEM;
	r = path_ask(path, kernel_mptcp_family_message(octets), NLM_F_ACK, family_take, &family);
	if (r == 0 && family.id == 0)
		r = -ENOENT;
	if (r == 0)
		r = own_namespace(&path->namespace);
	if (r == 0)
		r = adopt_open(&path->adopt, record);
	if (r < 0)
		return r;
	path->family = family.id;
	path->diag = netlink_open(NETLINK_SOCK_DIAG);
	probe_open(path->raw);
	*events = events_open(family.events);
	return MIN(*events, 0);
}

int path_open(struct path *path, const char *record, int *events)
{
	int r;

	*path = (struct path){.raw = {-1, -1}, .adopt.sysctl = -1};
	*events = -1;
	r = path_open_all(path, record, events);
	if (r < 0)
		path_close(path);
	return r;
}

void path_close(struct path *path)
{
	if (path->socket != NULL) {
		adopt_close(&path->adopt);
		probe_close(path->raw);
		mnl_socket_close(path->socket);
	}
	if (path->diag != NULL)
		mnl_socket_close(path->diag);
	path->diag = NULL;
	free(path->shown);
	free(path->adopted);
	path->socket = NULL;
	path->shown = NULL;
	path->adopted = NULL;
	path->count = path->adopted_count = 0;
}

void path_leave_to_parent(struct path *path)
{
	adopt_leave(&path->adopt);
	path_close(path);
}

/* ---- what sockets say ---- */

static int socket_option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, level, name, &value, &size) < 0 ? -errno : value;
}

/* A socket of Multipath TCP, of this network namespace. */
static int check_socket(const struct path *path, int fd)
{
	uint64_t namespace = 0;
	socklen_t size = sizeof(namespace);
	int protocol = socket_option(fd, SOL_SOCKET, SO_PROTOCOL);

	if (path->socket == NULL)
		return -EPERM;
	if (protocol < 0)
		return protocol;
	if (protocol != IPPROTO_MPTCP)
		return -EPROTOTYPE;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &namespace, &size) < 0)
		return -errno;
	return namespace == path->namespace ? 0 : -EXDEV;
}

static int read_token(int fd, uint32_t *token)
{
	struct mptcp_info info = {0};
	socklen_t size = sizeof(info);

	/* It fell back to TCP. */
	if (getsockopt(fd, SOL_MPTCP, MPTCP_INFO, &info, &size) < 0)
		return errno == ENOPROTOOPT ? -EOPNOTSUPP : -errno;
	*token = info.mptcpi_token;
	return info.mptcpi_token == 0 ? -ENOTCONN : 0;
}

static int read_name(
	int fd, int (*name)(int, struct sockaddr *, socklen_t *), struct mif_endpoint *endpoint)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int r;

	if (name(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	r = mif_endpoint_from_sockaddr(endpoint, (const struct sockaddr *)&address, size);
	if (r == 0)
		*endpoint = endpoint_plain(endpoint);
	return r;
}

/* ---- identifiers of local addresses ---- */

struct identifiers {
	struct mif_address address;
	int found; /* that of the address, or -1 */
	bool taken[UINT8_MAX + 1];
};

static void identifier_take(struct path *path, const struct nlmsghdr *answer, void *context)
{
	struct identifiers *identifiers = context;
	struct mif_endpoint entry = {0};
	uint8_t id = 0;

	if (kernel_mptcp_address_parse(answer, path->family, &entry.address, &id) != 1)
		return;
	entry = endpoint_plain(&entry);
	identifiers->taken[id] = true;
	if (memcmp(entry.address.octets, identifiers->address.octets,
		    sizeof(entry.address.octets)) == 0 &&
		entry.address.family == identifiers->address.family)
		identifiers->found = id;
}

static int identifiers_read(struct path *path, uint32_t token, const struct mif_address *address,
	struct identifiers *identifiers)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MPTCP_MESSAGE];
	const struct kernel_mptcp_command command = {
		.command = MPTCP_PM_CMD_GET_ADDR, .token = token, .id = -1};

	*identifiers = (struct identifiers){.address = *address, .found = -1};
	return path_ask(path, kernel_mptcp_message(octets, path->family, &command), NLM_F_DUMP,
		identifier_take, identifiers);
}

/* An address has one identifier in a connection for ever, which the kernel may have chosen; another
 * address cannot have it. The first one's is 0, whatever the kernel has for it. */
static int identifier_of(struct path *path, uint32_t token, const struct mif_address *address)
{
	struct identifiers identifiers;
	int id = 1;
	int r = identifiers_read(path, token, address, &identifiers);

	if (r < 0)
		return r;
	while (id < UINT8_MAX && identifiers.taken[id])
		id++;
	return identifiers.found >= 0 ? identifiers.found : id;
}

/* ---- connections that were shown ---- */

struct path_shown *path_shown_find(const struct path *path, uint32_t token)
{
	for (size_t i = 0; i < path->count; i++) {
		if (path->shown[i].token == token)
			return &path->shown[i];
	}
	return NULL;
}

static int check_connection(const struct path *path, uint32_t token)
{
	if (path->socket == NULL)
		return -EPERM;
	return path_shown_find(path, token) != NULL ? 0 : -ENOENT;
}

/* Without a local id this changes nothing: the kernel's answer tells whose the connection is. */
static int check_manager(struct path *path, uint32_t token)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MPTCP_MESSAGE];
	const struct kernel_mptcp_command command = {
		.command = MPTCP_PM_CMD_GET_ADDR, .token = token, .id = -1};
	int r = path_ask(
		path, kernel_mptcp_message(octets, path->family, &command), NLM_F_DUMP, NULL, NULL);

	return r == -EINVAL ? -EOPNOTSUPP : r;
}

static int shown_add(struct path *path, const struct path_shown *shown)
{
	int r = check_manager(path, shown->token);

	if (r < 0)
		return r;
	if (path_shown_find(path, shown->token) == NULL) {
		if (path->count == PATH_CONNECTIONS)
			return -ENOSPC;
		path->shown[path->count++] = *shown;
	}
	probe_send(path->raw, &shown->local, &shown->remote);
	return 0;
}

int path_prove(struct path *path, int fd)
{
	struct path_shown shown = {0};
	int r = check_socket(path, fd);

	if (r == 0)
		r = read_token(fd, &shown.token);
	if (r == 0)
		r = read_name(fd, getsockname, &shown.local);
	if (r == 0)
		r = read_name(fd, getpeername, &shown.remote);
	return r < 0 ? r : shown_add(path, &shown);
}

struct path_shown path_shown_of(const struct kernel_diag *diag)
{
	return (struct path_shown){.token = diag->token,
		.local = endpoint_plain(&diag->local),
		.remote = endpoint_plain(&diag->remote)};
}

int path_show(struct path *path, const struct kernel_diag *diag)
{
	const struct path_shown shown = path_shown_of(diag);

	return shown_add(path, &shown);
}

int path_forget(struct path *path, const struct verb_connection *verb)
{
	if (verb->reserved != 0)
		return -EINVAL;
	for (size_t i = 0; i < path->count; i++) {
		if (path->shown[i].token != verb->token)
			continue;
		path->shown[i] = path->shown[--path->count];
		return 0;
	}
	return -ENOENT;
}

/* ---- adopting ---- */

int path_adopt(struct path *path, int fd)
{
	struct sockaddr_storage peer;
	struct tcp_info info = {0};
	socklen_t size = sizeof(peer);
	int r = check_socket(path, fd);

	if (r < 0)
		return r;
	if (socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN) != 0 ||
		getpeername(fd, (struct sockaddr *)&peer, &size) == 0)
		return -EISCONN;
	size = sizeof(info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		return -errno;
	if (info.tcpi_state != STATE_CLOSE)
		return -EISCONN;
	r = adopt_socket(&path->adopt, fd);
	if (r == 0)
		adopted_note(path, fd);
	return r;
}

/* A connection with itself, as far as there is an address to have one with. */
static int self_connect(struct path *path, uint32_t *token)
{
	const int type = SOCK_STREAM | SOCK_CLOEXEC;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	_cleanup_(closep) int server = socket(AF_INET, type, IPPROTO_MPTCP);
	_cleanup_(closep) int client = socket(AF_INET, type | SOCK_NONBLOCK, IPPROTO_MPTCP);
	int r;

	if (server < 0 || client < 0)
		return -EPROTONOSUPPORT;
	if (bind(server, (const struct sockaddr *)&address, size) < 0 || listen(server, 1) < 0 ||
		getsockname(server, (struct sockaddr *)&address, &size) < 0)
		return -ENONET;
	r = path_adopt(path, client);
	if (r < 0)
		return r;
	/* Over the loopback interface the handshake is done before the call returns. */
	if (connect(client, (const struct sockaddr *)&address, size) < 0 && errno != EINPROGRESS)
		return -ENONET;
	r = read_token(client, token);
	if (r < 0)
		return r == -ENOTCONN ? -ENONET : r;
	return check_manager(path, *token);
}

int path_begin(struct path *path, bool takeover)
{
	int repaired = adopt_repair(&path->adopt);
	uint32_t token = 0;
	int r;

	if (repaired < 0)
		return repaired;
	survey_prepare(path);
	r = self_connect(path, &token);
	/* Without a loopback interface nothing can be tried; PROVE will tell. */
	if (r == -ENONET)
		r = 0;
	path->adopted_count = 0;
	path->takeover = takeover;
	if (r == 0 && takeover)
		r = adopt_all(&path->adopt);
	return r < 0 ? r : repaired == 1 ? -EUCLEAN : 0;
}

/* ---- subflows ---- */

static bool endpoint_is_none(const struct mif_endpoint *endpoint)
{
	static const struct mif_endpoint none;

	return memcmp(endpoint, &none, sizeof(none)) == 0;
}

static bool endpoint_is_sane(const struct mif_endpoint *endpoint)
{
	static const uint8_t none[16];
	const struct mif_address *address = &endpoint->address;
	size_t size = address_size(address);

	return size > 0 && address->reserved == 0 && endpoint->reserved == 0 &&
		memcmp(address->octets + size, none, sizeof(none) - size) == 0 &&
		!address_is_unspecified(address) && !address_is_multicast(address);
}

/* Of this connection, with these ends, and what of the rest is said. */
static int check_subflow(const struct path *path, const struct verb_subflow *verb, bool whole)
{
	int r = check_connection(path, verb->token);

	if (r < 0)
		return r;
	if (!endpoint_is_sane(&verb->local) || verb->backup > 1 || verb->ifindex > INT32_MAX ||
		verb->id > UINT8_MAX)
		return -EINVAL;
	return (whole ? endpoint_is_sane(&verb->remote) && verb->remote.port != 0
		      : endpoint_is_none(&verb->remote))
		? 0
		: -EINVAL;
}

static int subflow_ask(struct path *path, uint8_t number, const struct verb_subflow *verb,
	const struct kernel_mptcp_end *local)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MPTCP_MESSAGE];
	const struct kernel_mptcp_end remote = {.endpoint = verb->remote, .id = -1};
	const struct kernel_mptcp_command command = {.command = number,
		.token = verb->token,
		.id = -1,
		.local = local,
		.remote = number == MPTCP_PM_CMD_ANNOUNCE ? NULL : &remote};

	return path_ask(
		path, kernel_mptcp_message(octets, path->family, &command), NLM_F_ACK, NULL, NULL);
}

/* Linux 6.1 does not tell which identifiers there are, and takes no wrong one: the next ones are tried. */
static int subflow_ask_named(struct path *path, uint8_t number, const struct verb_subflow *verb,
	struct kernel_mptcp_end *local)
{
	int r;

	if (verb->id != 0) {
		local->id = (int)verb->id;
		return subflow_ask(path, number, verb, local);
	}
	r = identifier_of(path, verb->token, &verb->local.address);
	if (r < 0)
		return r;
	local->id = r;
	r = subflow_ask(path, number, verb, local);
	for (int i = 0; i < IDENTIFIERS && r == -EINVAL && local->id < UINT8_MAX; i++) {
		local->id++;
		r = subflow_ask(path, number, verb, local);
	}
	return r;
}

int path_join(struct path *path, const struct verb_subflow *verb)
{
	struct kernel_mptcp_end local = {.endpoint.address = verb->local.address,
		.ifindex = verb->ifindex,
		.flags = verb->backup != 0 ? MPTCP_PM_ADDR_FLAG_BACKUP : 0};
	const struct path_shown *shown;
	int r = check_subflow(path, verb, true);

	if (r == 0 && verb->local.port != 0)
		r = -EINVAL;
	if (r < 0)
		return r;
	r = subflow_ask_named(path, MPTCP_PM_CMD_SUBFLOW_CREATE, verb, &local);
	shown = path_shown_find(path, verb->token);
	/* The peer has acknowledged nothing yet; the last probe may be lost. */
	if (r == -ENOTCONN && shown != NULL)
		probe_send(path->raw, &shown->local, &shown->remote);
	return r;
}

int path_leave(struct path *path, const struct verb_subflow *verb)
{
	const struct kernel_mptcp_end local = {.endpoint = verb->local, .id = -1};
	int r = check_subflow(path, verb, true);

	if (r == 0 && (verb->ifindex != 0 || verb->backup != 0 || verb->id != 0))
		r = -EINVAL;
	return r < 0 ? r : subflow_ask(path, MPTCP_PM_CMD_SUBFLOW_DESTROY, verb, &local);
}

int path_offer(struct path *path, const struct verb_subflow *verb)
{
	struct kernel_mptcp_end local = {.endpoint = verb->local,
		.ifindex = verb->ifindex,
		.flags = MPTCP_PM_ADDR_FLAG_SIGNAL};
	int r = check_subflow(path, verb, false);

	if (r == 0 && verb->backup != 0)
		r = -EINVAL;
	return r < 0 ? r : subflow_ask_named(path, MPTCP_PM_CMD_ANNOUNCE, verb, &local);
}

int path_prefer(struct path *path, const struct verb_subflow *verb)
{
	const struct kernel_mptcp_end local = {.endpoint.address = verb->local.address,
		.id = -1,
		.flags = verb->backup != 0 ? MPTCP_PM_ADDR_FLAG_BACKUP : 0};
	int r = check_subflow(path, verb, true);

	if (r == 0 && (verb->ifindex != 0 || verb->id != 0))
		r = -EINVAL;
	return r < 0 ? r : subflow_ask(path, MPTCP_PM_CMD_SET_FLAGS, verb, &local);
}

/* With the address its subflows go. */
int path_retract(struct path *path, const struct verb_subflow *verb)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MPTCP_MESSAGE];
	struct kernel_mptcp_command command = {
		.command = MPTCP_PM_CMD_REMOVE, .token = verb->token, .id = -1};
	struct identifiers identifiers = {.found = (int)verb->id};
	int r = verb->id == 0 ? check_subflow(path, verb, false)
			      : check_connection(path, verb->token);

	if (r == 0 && (verb->ifindex != 0 || verb->backup != 0 || verb->local.port != 0))
		r = -EINVAL;
	if (r == 0 && verb->id > UINT8_MAX)
		r = -EINVAL;
	if (r == 0 && verb->id == 0)
		r = identifiers_read(path, verb->token, &verb->local.address, &identifiers);
	if (r < 0)
		return r;
	if (identifiers.found < 0)
		return -ENOENT;
	command.id = identifiers.found;
	return path_ask(
		path, kernel_mptcp_message(octets, path->family, &command), NLM_F_ACK, NULL, NULL);
}
