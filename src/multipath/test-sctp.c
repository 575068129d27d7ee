/* SPDX-License-Identifier: MIT */
/*
 * Sets on sockets of SCTP, with a kernel that is made here: it has one socket, some addresses, and a
 * peer. What a real one does is asked in test-sctp-net.c.
 */
#include "test-set.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sctp.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "multipath/host.h"
#include "multipath/kernel.h"
#include "multipath/sctp.h"

#define OWN "10.1.0.1:0,10.2.0.1:0,[fd01::1]:0"

static struct kernel {
	uint64_t cookie;
	int family;
	bool absent; /* it has no SCTP */
	bool connected, listening, connecting;
	uint16_t port;
	struct set own, bound, told; /* of the host; of the socket; those that the peer knows */
	struct set peer, active; /* what the peer has; and what of it answers */
	struct set given, probed, primary; /* to connect to; heartbeats; where data go */
	bool tells; /* the peer of new addresses */
	uint32_t patience, patience_then;
} kernel;

static int refuse(int error)
{
	errno = error;
	return -1;
}

static void put_name(void *address, socklen_t *size, const struct set *set)
{
	const struct mif_endpoint name = {.address = {.family = AF_INET6}, .port = kernel.port};
	struct sockaddr_storage storage;

	*size = mif_endpoint_to_sockaddr(set->count > 0 ? &set->members[0] : &name, &storage);
	memcpy(address, &storage, *size);
}

static size_t put_list(uint8_t *at, const struct set *set)
{
	size_t length = 0;

	for (size_t i = 0; i < set->count; i++) {
		struct sockaddr_storage storage;
		size_t size = mif_endpoint_to_sockaddr(&set->members[i], &storage);

		memcpy(at + length, &storage, size);
		length += size;
	}
	return length;
}

static void take_list(struct set *set, const uint8_t *at, size_t length)
{
	set->count = 0;
	for (size_t used = 0; used < length;) {
		struct mif_endpoint member;
		sa_family_t family;

		memcpy(&family, at + used, sizeof(family));
		if (member_from_sockaddr(&member, at + used, member_size(family)) == 0)
			set_add(set, &member);
		used += member_size(family);
	}
}

static bool has_address(const struct set *set, const struct mif_endpoint *member)
{
	for (size_t i = 0; i < set->count; i++)
		if (address_equal(&set->members[i].address, &member->address))
			return true;
	return false;
}

static void drop_address(struct set *set, const struct mif_endpoint *member)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++)
		if (!address_equal(&set->members[i].address, &member->address))
			set->members[kept++] = set->members[i];
	set->count = kept;
}

static int bind_one(struct mif_endpoint member)
{
	if (kernel.port != 0 && member.port != 0 && member.port != kernel.port)
		return refuse(EINVAL);
	if (!has_address(&kernel.own, &member))
		return refuse(EADDRNOTAVAIL);
	if (has_address(&kernel.bound, &member))
		return refuse(EINVAL);
	if (kernel.port == 0)
		kernel.port = member.port != 0 ? member.port : 40000;
	member.port = kernel.port;
	set_add(&kernel.bound, &member);
	if (kernel.tells)
		set_add(&kernel.told, &member);
	return 0;
}

static int unbind_one(const struct mif_endpoint *member)
{
	if (kernel.bound.count == 1)
		return refuse(EBUSY);
	drop_address(&kernel.bound, member);
	if (kernel.tells)
		drop_address(&kernel.told, member);
	return 0;
}

static int connect_all(struct sctp_getaddrs_old *argument)
{
	struct set left = kernel.peer;

	take_list(&kernel.given, (const uint8_t *)argument->addrs, (size_t)argument->addr_num);
	kernel.patience_then = kernel.patience;
	for (size_t i = 0; i < kernel.given.count; i++)
		drop_address(&left, &kernel.given.members[i]);
	if (left.count == kernel.peer.count)
		return refuse(ECONNREFUSED);
	if (kernel.connecting)
		return refuse(EINPROGRESS);
	kernel.connected = true;
	kernel.told = kernel.bound;
	return 0;
}

/* ---- the calls ---- */

int host_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	struct set set;

	(void)fd;
	if (level != IPPROTO_SCTP)
		return refuse(ENOPROTOOPT);
	if (name == SCTP_RTOINFO) {
		kernel.patience = ((const struct sctp_rtoinfo *)value)->srto_initial;
		return 0;
	}
	if (name == SCTP_PEER_ADDR_PARAMS) {
		const struct sctp_paddrparams *params = value;
		const uint8_t *address = (const uint8_t *)value + sizeof(sctp_assoc_t);
		struct mif_endpoint member;

		if (params->spp_flags != SPP_HB_DEMAND || params->spp_assoc_id != 7 ||
			member_from_sockaddr(&member, address, 128) < 0)
			return refuse(EINVAL);
		set_add(&kernel.probed, &member);
		/* It is answered. */
		if (has_address(&kernel.peer, &member))
			set_add(&kernel.active, &member);
		return 0;
	}
	if (name == SCTP_PRIMARY_ADDR) {
		take_list(&kernel.primary, (const uint8_t *)value + sizeof(sctp_assoc_t), 1);
		return 0;
	}
	take_list(&set, value, size);
	if (set.count != 1)
		return refuse(EINVAL);
	if (name == SCTP_SOCKOPT_BINDX_ADD)
		return bind_one(set.members[0]);
	return name == SCTP_SOCKOPT_BINDX_REM ? unbind_one(&set.members[0]) : refuse(ENOPROTOOPT);
}

static int get_names(void *value, const struct set *set)
{
	uint32_t count = (uint32_t)set->count;
	sctp_assoc_t id;

	memcpy(&id, value, sizeof(id));
	if (id != 7)
		return refuse(EINVAL);
	memcpy((uint8_t *)value + 4, &count, sizeof(count));
	put_list((uint8_t *)value + 8, set);
	return 0;
}

static int get_sctp(int name, void *value)
{
	struct mif_endpoint member;

	if (name == SCTP_RTOINFO) {
		((struct sctp_rtoinfo *)value)->srto_initial = kernel.patience;
		return 0;
	}
	if (name == SCTP_SOCKOPT_CONNECTX3)
		return connect_all(value);
	if (!kernel.connected)
		return refuse(ENOTCONN);
	if (name == SCTP_STATUS) {
		((struct sctp_status *)value)->sstat_assoc_id = 7;
		return 0;
	}
	if (name == SCTP_GET_PEER_ADDRS || name == SCTP_GET_LOCAL_ADDRS)
		return get_names(value, name == SCTP_GET_PEER_ADDRS ? &kernel.peer : &kernel.told);
	if (name != SCTP_GET_PEER_ADDR_INFO)
		return refuse(ENOPROTOOPT);

	struct sctp_paddrinfo *info = value;

	if (member_from_sockaddr(&member, (uint8_t *)value + sizeof(sctp_assoc_t), 128) < 0)
		return refuse(EINVAL);
	info->spinfo_state = has_address(&kernel.active, &member) ? SCTP_ACTIVE : SCTP_UNCONFIRMED;
	return 0;
}

int host_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	int number;

	(void)fd;
	if (level == IPPROTO_SCTP)
		return get_sctp(name, value);
	if (level == SOL_SOCKET && name == SO_COOKIE) {
		memcpy(value, &kernel.cookie, sizeof(kernel.cookie));
		return 0;
	}
	if (level != SOL_SOCKET || *size < sizeof(number))
		return refuse(ENOPROTOOPT);
	number = name == SO_DOMAIN			    ? kernel.family
		: name == SO_TYPE			    ? SOCK_STREAM
		: name == SO_PROTOCOL			    ? IPPROTO_SCTP
		: name == SO_ACCEPTCONN && kernel.listening ? 1
							    : 0;
	memcpy(value, &number, sizeof(number));
	return 0;
}

int host_getsockname(int fd, void *address, socklen_t *size)
{
	(void)fd;
	put_name(address, size, &kernel.bound);
	return 0;
}

int host_getpeername(int fd, void *address, socklen_t *size)
{
	(void)fd;
	if (!kernel.connected)
		return refuse(ENOTCONN);
	put_name(address, size, &kernel.peer);
	return 0;
}

int host_socket(int domain, int type, int protocol)
{
	kernel.family = domain;
	if (protocol == IPPROTO_SCTP && (kernel.absent || (type & 15) != SOCK_STREAM))
		return refuse(EPROTONOSUPPORT);
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int host_close(int fd)
{
	return close(fd);
}

int host_listen(int fd, int backlog)
{
	(void)fd, (void)backlog;
	kernel.listening = true;
	return 0;
}

/* What is not called. */
int host_bind(int fd, const void *address, socklen_t size)
{
	(void)fd, (void)address, (void)size;
	return refuse(ENOSYS);
}

int host_connect(int fd, const void *address, socklen_t size)
{
	return host_bind(fd, address, size);
}

int host_accept4(int fd, void *address, socklen_t *size, int flags)
{
	(void)size, (void)flags;
	return host_bind(fd, address, 0);
}

int host_accept(int fd, void *address, socklen_t *size)
{
	return host_accept4(fd, address, size, 0);
}

int host_shutdown(int fd, int how)
{
	return host_listen(fd, how);
}

int host_dup3(int from, int to, int flags)
{
	(void)flags;
	return host_listen(from, to);
}

int host_dup2(int from, int to)
{
	return host_dup3(from, to, 0);
}

int host_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp)
{
	(void)node, (void)service, (void)hints, (void)resultp;
	return EAI_FAIL;
}

void host_freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

/* ---- the tests ---- */

static struct set members(const char *text)
{
	struct sockaddr_mp_storage storage = set_of(text);
	struct set set = {.count = 0};

	set_read(&set, &storage, storage.mp.smp_len, SET_ANY);
	return set;
}

/* A socket on a host with three addresses. */
static int begin(void)
{
	kernel = (struct kernel){.cookie = kernel.cookie + 1, .patience = 3000};
	kernel.own = members(OWN);
	return multipath_socket(AF_MULTIPATH, SOCK_STREAM, IPPROTO_SCTP);
}

static int bind_to(int fd, const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);

	return multipath_bind(fd, (struct sockaddr *)&set, set.mp.smp_len);
}

static int connect_to(int fd, const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);

	return multipath_connect(fd, (struct sockaddr *)&set, set.mp.smp_len);
}

static bool are(const struct set *set, const char *text)
{
	struct sockaddr_mp_storage storage;
	socklen_t size = sizeof(storage);

	if (set->count == 0)
		return text[0] == '\0';
	set_write(set, &storage, &size);
	if (strcmp(text_of(&storage.mp), text) == 0)
		return true;
	printf("# %s, not %s\n", text_of(&storage.mp), text);
	return false;
}

/* The state and the error of an address. */
static bool stands(int fd, uint32_t side, const char *text, uint32_t state, int error)
{
	struct multipath_entry entries[4 * SMP_MAX_ADDRS];
	socklen_t size = sizeof(entries);
	struct sockaddr_mp_storage set;

	if (multipath_getsockopt(fd, SOL_MULTIPATH, MULTIPATH_ENTRIES, entries, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(entries[0]); i++) {
		multipath_clear(&set);
		multipath_add(&set, &entries[i].address.sa, sizeof(entries[i].address));
		if (entries[i].side == side && strcmp(text_of(&set.mp), text) == 0)
			return entries[i].state == state && entries[i].error == error;
	}
	return false;
}

static int single(int fd)
{
	socklen_t size = sizeof(int);
	int value = -1;

	multipath_getsockopt(fd, SOL_MULTIPATH, MULTIPATH_SINGLE, &value, &size);
	return value;
}

static void test_socket(void)
{
	struct addrinfo hints = {.ai_family = AF_MULTIPATH, .ai_protocol = IPPROTO_SCTP}, *list;

	kernel.absent = true;
	ok(multipath_socket(AF_MULTIPATH, SOCK_STREAM, IPPROTO_SCTP) < 0 &&
			errno == EPROTONOSUPPORT,
		"A17: a kernel without SCTP says so");
	ok(multipath_getaddrinfo("localhost", NULL, &hints, &list) == EAI_SOCKTYPE,
		"A17: and names have no set for it");
	ok(multipath_socket(AF_MULTIPATH, SOCK_SEQPACKET, IPPROTO_SCTP) < 0 &&
			errno == ESOCKTNOSUPPORT,
		"A17: sets are for sockets of one association");
	kernel.absent = false;
	ok(multipath_getaddrinfo("localhost", NULL, &hints, &list) == EAI_FAIL,
		"A17: where it is there, names are asked for");
}

static void test_bind(void)
{
	int fd = begin();

	ok(bind_to(fd, "10.1.0.1:0,10.9.9.9:0,[fd01::1]:0") == 2 &&
			are(&kernel.bound, "10.1.0.1:40000,[fd01::1]:40000"),
		"A17 A6: what can be bound is, with one port");
	ok(stands(fd, MULTIPATH_LOCAL, "10.9.9.9:40000", MULTIPATH_FAILED, EADDRNOTAVAIL),
		"A17 A6: and of the rest it is known why not");
	ok(bind_to(fd, "10.2.0.1:40000,10.1.0.1:0") == 2 &&
			are(&kernel.bound, "10.1.0.1:40000,10.2.0.1:40000"),
		"A17 A7: again: what is new is added, what is missing goes, the rest stays");
	ok(bind_to(fd, "10.9.9.9:0") < 0 && errno == EADDRNOTAVAIL &&
			are(&kernel.bound, "10.1.0.1:40000,10.2.0.1:40000"),
		"A17 A7: a set of which nothing can be bound changes nothing");
	ok(bind_to(fd, "10.1.0.1:5,10.2.0.1:40000") == 1 && are(&kernel.bound, "10.2.0.1:40000"),
		"A17: the same address with another port is another one");
	ok(bind_to(fd, "10.1.0.1:0") == 1 && are(&kernel.bound, "10.1.0.1:40000"),
		"A17 A7: the last one is replaced by its successor");
	ok(bind_to(fd, "10.1.0.1:0,10.2.0.1:0") == 2 && multipath_listen(fd, 4) == 0 &&
			kernel.listening && bind_to(fd, "10.2.0.1:0,[fd01::1]:0") == 2 &&
			are(&kernel.bound, "10.2.0.1:40000,[fd01::1]:40000"),
		"A17 A7: also while it listens, which the one socket does for all");
	multipath_close(fd);
}

static void test_connect(void)
{
	int fd = begin();

	kernel.peer = members("10.1.0.2:80,10.2.0.2:80,[fd01::2]:80");
	kernel.active = members("10.1.0.2:80");
	ok(bind_to(fd, OWN) == 3 && connect_to(fd, "10.1.0.2:80,10.9.9.9:80,10.2.0.2:80") == 2,
		"A17 A8 A9: connected to what the peer has of a set");
	ok(are(&kernel.given, "10.1.0.2:80,10.9.9.9:80,10.2.0.2:80") &&
			kernel.patience_then == MULTIPATH_DEFAULT_ATTEMPT_DELAY &&
			kernel.patience == 3000,
		"A17 A8: all are tried, with a patience that is given back");
	ok(are(&kernel.probed, "10.9.9.9:80,10.2.0.2:80"),
		"A17 A9: those that have not answered yet are asked to, once");
	ok(stands(fd, MULTIPATH_REMOTE, "10.9.9.9:80", MULTIPATH_FAILED, ECONNREFUSED) &&
			stands(fd, MULTIPATH_REMOTE, "10.2.0.2:80", MULTIPATH_ESTABLISHED, 0),
		"A17 A11: what the peer has not is marked");
	ok(single(fd) == MULTIPATH_SINGLE_NOT, "A17: there are several paths");
	ok(connect_to(fd, "10.9.9.9:80") < 0 && errno == EOPNOTSUPP && kernel.primary.count == 0,
		"A17 A10: a set without an address in use is refused");
	ok(connect_to(fd, "[fd01::2]:80,10.2.0.2:80") == 1 && are(&kernel.primary, "10.2.0.2:80"),
		"A17 A10: of another one data go to the first that is");
	kernel.active = members("10.1.0.2:80");
	ok(single(fd) == MULTIPATH_SINGLE_YET, "A17: the peer has more than answers");
	kernel.peer = kernel.active;
	ok(single(fd) == MULTIPATH_SINGLE_PEER, "A17: the peer has one only");
	ok(bind_to(fd, "10.1.0.1:0") == 1 && are(&kernel.bound, "10.1.0.1:40000"),
		"A17 A7: on a connection an address is given up");
	kernel.told = members("10.1.0.1:40000");
	ok(bind_to(fd, "10.2.0.1:0") < 0 && errno == EOPNOTSUPP &&
			are(&kernel.bound, "10.1.0.1:40000"),
		"A17 A7: but not the last one in use, for one of which the peer is not told");
	kernel.tells = true;
	ok(bind_to(fd, "10.2.0.1:0") == 1 && are(&kernel.told, "10.2.0.1:40000"),
		"A17 A7: if it is told, the connection moves");
	multipath_close(fd);
}

static void test_failures(void)
{
	int fd = begin();

	kernel.peer = members("10.1.0.2:80");
	ok(connect_to(fd, "10.9.9.9:80,10.8.8.8:80") < 0 && errno == ECONNREFUSED &&
			stands(fd, MULTIPATH_REMOTE, "10.8.8.8:80", MULTIPATH_FAILED,
				ECONNREFUSED) &&
			kernel.patience == 3000,
		"A17 A9: nobody answers");
	kernel.connecting = true;
	ok(connect_to(fd, "10.1.0.2:80") < 0 && errno == EINPROGRESS &&
			stands(fd, MULTIPATH_REMOTE, "10.1.0.2:80", MULTIPATH_TRYING, 0) &&
			kernel.patience_then == 3000,
		"A17 A9: one goes on; a single address has the system's patience");
	kernel.connecting = false;
	kernel.family = AF_INET;
	ok(connect_to(fd, "[fd01::2]:80") < 0 && errno == EAFNOSUPPORT,
		"A17 A2: a socket of IPv4 goes to no address of IPv6");
	ok(connect_to(fd, "[fd01::2]:80,10.1.0.2:80,10.2.0.2:81") == 1 &&
			are(&kernel.given, "10.1.0.2:80") &&
			stands(fd, MULTIPATH_REMOTE, "10.2.0.2:81", MULTIPATH_FAILED, EINVAL),
		"A17: nor a connection to two ports");
	kernel.connected = false;
	kernel.listening = true;
	ok(connect_to(fd, "10.1.0.2:80") < 0 && errno == EISCONN, "A17: nor a listener to any");
	multipath_close(fd);
}

int main(void)
{
	test_socket();
	test_bind();
	test_connect();
	test_failures();
	return tap_done();
}
