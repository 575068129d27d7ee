/* SPDX-License-Identifier: MIT */
/*
 * Sets of addresses for socket calls: AF_MULTIPATH (draft-sarolahti-mptcp-af-multipath-01). A set
 * stands where one address stood. The reference is multipath(7).
 *
 * Calls of this header return what the socket calls beside which they stand return: 0 or a count,
 * else -1 with errno.
 */
#ifndef MIF_MULTIPATH_H
#define MIF_MULTIPATH_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No number of the kernel's or of another system's: above 255 and above the kernel's AF_MAX. */
#define AF_MULTIPATH 0x4d50

#define SMP_MAX_ADDRS 32 /* addresses of a set */
#define SMP_MAX_LEN 904 /* octets of a set: 32 times IPv6 */
#define SMP_MAX_PACKED 255 /* octets of a set as the draft has it */
#define SMP_MAX_TEXT 2048 /* octets of a set's text, with its NUL */

/*
 * The head of a set, cast to struct sockaddr for the socket calls. The addresses follow it, without
 * gaps, each a struct sockaddr_in or sockaddr_in6. The fields are in host order.
 */
struct sockaddr_mp {
	sa_family_t smp_family; /* AF_MULTIPATH */
	uint16_t smp_len; /* octets of all, these 8 included */
	uint8_t smp_naddrs; /* 1 to SMP_MAX_ADDRS */
	uint8_t smp_flags; /* 0 */
	uint16_t smp_reserved; /* 0 */
};

/* Room for every set, aligned for its addresses. */
struct sockaddr_mp_storage {
	struct sockaddr_mp mp;
	uint32_t addrs[(SMP_MAX_LEN - 8) / 4];
};

/* ---- sets ---- */

/* Makes an empty set, to which addresses are added. */
void multipath_clear(struct sockaddr_mp_storage *set);

/* Adds a struct sockaddr_in or sockaddr_in6 to a sound or empty set. An IPv4-mapped address becomes
 * IPv4. Returns how many the set has now; EEXIST: it has it; ENOSPC: it is full; EAFNOSUPPORT: a
 * family that no set can have; EINVAL: too short, or multicast, or broadcast. */
int multipath_add(struct sockaddr_mp_storage *set, const struct sockaddr *address, socklen_t size);

/* Takes an address out again. Returns how many the set has now; ENOENT: it had it not. */
int multipath_remove(
	struct sockaddr_mp_storage *set, const struct sockaddr *address, socklen_t size);

/* For multipath_check(): the set is one to connect to. */
#define MULTIPATH_CHECK_CONNECT 1

/* Whether these octets are a set that the calls take. Returns how many addresses it has, or what
 * they would refuse it with: EAFNOSUPPORT: no set, or a member neither IPv4 nor IPv6; E2BIG: more
 * than SMP_MAX_ADDRS; EINVAL: anything else. */
int multipath_check(const struct sockaddr *set, socklen_t size, unsigned int flags);

/* The addresses of a sound set one after another: NULL gives the first, NULL is the end. */
const struct sockaddr *multipath_next(
	const struct sockaddr_mp *set, const struct sockaddr *previous);

/* ---- other forms ---- */

/* "192.0.2.1:80,[2001:db8::1]:80". Returns its length; what does not fit is left out, as
 * snprintf(3) does. */
int multipath_format(const struct sockaddr_mp *set, char *text, size_t size);

/* The reverse. Returns how many addresses it has, or -1 as multipath_add() does. */
int multipath_parse(struct sockaddr_mp_storage *set, const char *text);

/* A set as the octets of section 3 of the draft: 8-bit lengths, hence at most SMP_MAX_PACKED.
 * Returns how many they are; EMSGSIZE: more than that, or more than size. */
int multipath_pack(const struct sockaddr_mp *set, void *octets, size_t size);

/* The reverse. Returns how many addresses the set has, or -1 as multipath_check() does. */
int multipath_unpack(struct sockaddr_mp_storage *set, const void *octets, size_t size);

/* ---- socket calls ----
 *
 * Each takes what the call of that name takes, and does the same unless a set is given or AF_MULTIPATH
 * was used on the socket before. A set of N listens on N sockets behind one descriptor, for which the
 * C library's own calls will not do: use these for the socket's whole life.
 */

/* socket(AF_MULTIPATH, SOCK_STREAM, 0). EAFNOSUPPORT: this kernel has no Multipath TCP; use one
 * address then. */
int multipath_socket(int domain, int type, int protocol);

/* With a set: how many of its addresses are bound to; again: the set is replaced. */
int multipath_bind(int fd, const struct sockaddr *address, socklen_t size);

int multipath_listen(int fd, int backlog);
int multipath_accept(int fd, struct sockaddr *address, socklen_t *size);
int multipath_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);

/* With a set: how many of its addresses are connected to; again: the set is replaced. */
int multipath_connect(int fd, const struct sockaddr *address, socklen_t size);

/* The addresses in use now: as many as fit, and in *size the octets that all need. */
int multipath_getsockname(int fd, struct sockaddr *address, socklen_t *size);
int multipath_getpeername(int fd, struct sockaddr *address, socklen_t *size);

int multipath_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int multipath_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int multipath_shutdown(int fd, int how);
int multipath_close(int fd);

struct addrinfo;

/* With AF_MULTIPATH in hints: one entry, whose address is the set of all. */
int multipath_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp);
void multipath_freeaddrinfo(struct addrinfo *list);

/* ---- options of the level SOL_MULTIPATH ---- */

#define SOL_MULTIPATH AF_MULTIPATH

enum {
	MULTIPATH_COUNT = 1, /* get int: remote addresses in use; local ones when not connected */
	MULTIPATH_ID, /* get uint32_t: the connection's identifier, of local meaning */
	MULTIPATH_SINGLE, /* get int: enum below */
	MULTIPATH_ENTRIES, /* get struct multipath_entry[] */
	MULTIPATH_ATTEMPT_DELAY, /* int, ms: from one attempt to connect to the next */
	MULTIPATH_RACE_TIME, /* int, ms: how long a non-blocking connect may take */
	MULTIPATH_SETTLE_TIME, /* int, ms: how long connect waits for further addresses; -1: by RTT */
};

#define MULTIPATH_DEFAULT_ATTEMPT_DELAY 250

/* MULTIPATH_SINGLE: why a connection has one path. */
enum {
	MULTIPATH_SINGLE_NOT = 0, /* it has several */
	MULTIPATH_SINGLE_UNCONNECTED, /* it has none */
	MULTIPATH_SINGLE_SOCKET, /* the socket is one of TCP */
	MULTIPATH_SINGLE_PEER, /* the peer, or something on the way, knows TCP only */
	MULTIPATH_SINGLE_MANAGER, /* no path manager would add one */
	MULTIPATH_SINGLE_YET, /* a path manager may, but has not */
};

/* Of struct multipath_entry: side. */
enum {
	MULTIPATH_LOCAL,
	MULTIPATH_REMOTE,
};

/* And state. */
enum {
	MULTIPATH_UNUSED, /* given by the program, not in use */
	MULTIPATH_TRYING, /* an attempt to connect goes on */
	MULTIPATH_BOUND, /* local: reserved, or listened on */
	MULTIPATH_ESTABLISHED, /* in use */
	MULTIPATH_FAILED, /* error says why */
};

/* An address that the program gave, or that is in use. */
struct multipath_entry {
	uint32_t side;
	uint32_t state;
	int32_t error; /* an errno, or 0 */
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address;
};

#ifdef __cplusplus
}
#endif

#endif
