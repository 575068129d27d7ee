/* SPDX-License-Identifier: MIT */
/*
 * The source of router advertisements. It owns a raw ICMPv6 socket that hears those of every link,
 * whoever else handles them (the kernel or a network manager). News enter by dispatch, which reads
 * a bounded number of messages, has each parsed (ra-parse.c) and turned into facts (ra-facts.c),
 * and commits once. The other way, the engine says which links to solicit; ra-solicit.c says when.
 *
 * After source_ra_open() nothing here needs a privilege: reading, joining and sending on any link
 * work in a process without capabilities.
 */
#include "source/ra.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "source/ra-facts.h"
#include "source/ra-solicit.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Messages read in one dispatch. */
#define BATCH 32

/* Neighbor discovery is never fragmented (RFC 6980), so this is the largest MTU we serve. */
#define MESSAGE_MAX 9216

/* Holds about 1000 advertisements: a flood on one link shall not drown another link's. */
#define RECEIVE_BUFFER (1024 * 1024)

/* Solicitations sent in one dispatch. */
#define SOLICIT_TURN 4

/* After a commit that found no memory. */
#define COMMIT_RETRY (100 * NSEC_PER_MSEC)

enum ra_counter {
	RECEIVED,
	DROPPED, /* by enum ra_fault, from 1 */
	DROPPED_SIZE = DROPPED + RA_FAULTS - 1,
	DROPPED_ROUTERS,
	SKIPPED, /* by enum ra_skip */
	REFUSED = SKIPPED + RA_SKIPS,
	LEFT_OUT,
	LOST,
	RECEIVE_FAILED,
	SOLICITED,
	SOLICIT_FAILED,
	SOLICIT_REFUSED,
	JOIN_FAILED,
	COUNTERS,
};

static const char *const counter_names[COUNTERS] = {
	[RECEIVED] = "ra received",
	[DROPPED + RA_HOP_LIMIT - 1] = "ra dropped: hop limit not 255",
	[DROPPED + RA_SOURCE - 1] = "ra dropped: source not link-local",
	[DROPPED + RA_INTERFACE - 1] = "ra dropped: link not known",
	[DROPPED + RA_SHORT - 1] = "ra dropped: shorter than its header",
	[DROPPED + RA_TYPE - 1] = "ra dropped: not a router advertisement",
	[DROPPED + RA_CODE - 1] = "ra dropped: code not 0",
	[DROPPED + RA_ZERO_OPTION - 1] = "ra dropped: option of length zero",
	[DROPPED + RA_FRAMING - 1] = "ra dropped: option beyond the end",
	[DROPPED_SIZE] = "ra dropped: longer than 9216 octets",
	[DROPPED_ROUTERS] = "ra dropped: too many routers",
	[SKIPPED + RA_SKIP_MALFORMED] = "ra option skipped: malformed",
	[SKIPPED + RA_SKIP_LIMIT] = "ra item skipped: over the limit",
	[SKIPPED + RA_SKIP_PVD_NESTED] = "ra option skipped: pvd option within pvd option",
	[SKIPPED + RA_SKIP_PVD_REPEATED] = "ra option skipped: second pvd option",
	[SKIPPED + RA_SKIP_UNKNOWN] = "ra option skipped: unknown",
	[REFUSED] = "ra fact refused by the model",
	[LEFT_OUT] = "ra raw option left out",
	[LOST] = "ra lost: receive buffer full",
	[RECEIVE_FAILED] = "ra receive failed",
	[SOLICITED] = "ra solicitation sent",
	[SOLICIT_FAILED] = "ra solicitation not sent",
	[SOLICIT_REFUSED] = "ra solicitation refused: too many links",
	[JOIN_FAILED] = "ra all-nodes group not joined",
};

struct ra_source {
	struct source source;
	int fd;
	uint64_t commit_at; /* TIME_FOREVER: nothing is uncommitted */
	struct ra_solicit solicit;
	struct ra_routers routers;
	uint64_t counters[COUNTERS];
	uint8_t octets[MESSAGE_MAX];
};

static struct ra_source *ra_of(struct source *source)
{
	return container_of(source, struct ra_source, source);
}

static const struct ra_source *ra_of_const(const struct source *source)
{
	return container_of(source, const struct ra_source, source);
}

/* ---- the socket ---- */

static int option_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int socket_prepare(int fd)
{
	struct icmp6_filter filter;
	int error;

	/* First of all, for what arrives before is not filtered. */
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_ADVERT, &filter);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) < 0)
		return -errno;
	error = option_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (error == 0)
		error = option_set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	/* RFC 4861 section 6.1.1: routers ignore a solicitation of any other hop limit. */
	if (error == 0)
		error = option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
	if (error == 0)
		error = option_set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	/* Beyond rmem_max only with CAP_NET_ADMIN; without, what can be had is enough. */
	if (error == 0 && option_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) < 0)
		option_set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	return error;
}

int source_ra_open(void)
{
	_cleanup_(closep) int fd = -1;
	int result;

	fd = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	if (fd < 0)
		return -errno;

	int error = socket_prepare(fd);

	if (error < 0)
		return error;
	result = fd;
	fd = -1;
	return result;
}

/* ---- receiving ---- */

static void ancillary_read(struct ra_source *ra, struct ra_frame *frame, struct msghdr *message)
{
	for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
		item = CMSG_NXTHDR(message, item)) {
		if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(item), sizeof(info));
			frame->ifindex = info.ipi6_ifindex;
		} else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(&frame->hop_limit, CMSG_DATA(item), sizeof(frame->hop_limit));
		} else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SO_RXQ_OVFL) {
			uint32_t lost;

			memcpy(&lost, CMSG_DATA(item), sizeof(lost));
			ra->counters[LOST] = lost;
		}
	}
}

/* 1: *frame holds a message; 0: none waits; -EMSGSIZE: it was too long; or another errno. */
static int frame_receive(struct ra_source *ra, struct ra_frame *frame)
{
	union {
		struct cmsghdr header;
		uint8_t octets[256];
	} ancillary;
	struct sockaddr_in6 from = {0};
	struct iovec vector = {.iov_base = ra->octets, .iov_len = sizeof(ra->octets)};
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &ancillary,
		.msg_controllen = sizeof(ancillary),
	};
	ssize_t size = recvmsg(ra->fd, &message, MSG_DONTWAIT);

	if (size < 0)
		return errno == EAGAIN ? 0 : -errno;
	*frame = (struct ra_frame){
		.octets = ra->octets,
		.size = (size_t)size,
		.hop_limit = -1,
	};
	ancillary_read(ra, frame, &message);
	if (from.sin6_family == AF_INET6)
		frame->source = address_ipv6(&from.sin6_addr, frame->ifindex);
	return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : 1;
}

void source_ra_hear(
	struct source *source, struct model *model, const struct ra_frame *frame, uint64_t now)
{
	struct ra_source *ra = ra_of(source);
	struct ra_router *router;
	struct ra said;
	int fault;

	ra->counters[RECEIVED]++;
	fault = ra_parse(&said, frame);
	if (fault != RA_VALID) {
		ra->counters[DROPPED + fault - 1]++;
		return;
	}
	for (size_t i = 0; i < RA_SKIPS; i++)
		ra->counters[SKIPPED + i] += said.skipped[i];
	ra_solicit_heard(&ra->solicit, said.ifindex);
	router = ra_routers_get(&ra->routers, &said, now);
	if (router == NULL) {
		ra->counters[DROPPED_ROUTERS]++;
		return;
	}
	ra_routers_move(&ra->routers, &said, model, source->owner);
	ra->counters[REFUSED] += ra_facts_put(&said, router, model, source->owner, now);
	ra->counters[LEFT_OUT] += ra_options_put(frame, &said, router, model, source->owner, now);
	ra->commit_at = now;
}

/* Whether no later call could do better. */
static bool is_final(int error)
{
	return error == -EBADF || error == -ENOTSOCK || error == -EFAULT || error == -EINVAL;
}

static int messages_read(struct ra_source *ra, struct model *model, uint64_t now)
{
	for (int i = 0; i < BATCH; i++) {
		struct ra_frame frame;
		int got = frame_receive(ra, &frame);

		if (got == 0)
			return 0;
		if (got > 0) {
			source_ra_hear(&ra->source, model, &frame, now);
		} else if (got == -EMSGSIZE) {
			ra->counters[RECEIVED]++;
			ra->counters[DROPPED_SIZE]++;
		} else {
			ra->counters[RECEIVE_FAILED]++;
			if (is_final(got))
				return got;
		}
	}
	return 0;
}

/* ---- soliciting ---- */

/* The kernel is a member on every link that has IPv6, but only as long as it cares itself. */
static void group_change(struct ra_source *ra, int option, uint32_t ifindex)
{
	struct ipv6_mreq group = {
		.ipv6mr_multiaddr = {{{0xff, 0x02, [15] = 1}}},
		.ipv6mr_interface = ifindex,
	};

	if (setsockopt(ra->fd, IPPROTO_IPV6, option, &group, sizeof(group)) < 0 &&
		option == IPV6_JOIN_GROUP && errno != EADDRINUSE)
		ra->counters[JOIN_FAILED]++;
}

/* RFC 4861 section 4.1, without the source link-layer address: the router asks for it. The kernel
 * sets the checksum. */
static bool solicitation_send(struct ra_source *ra, uint32_t ifindex)
{
	struct nd_router_solicit solicitation = {.nd_rs_type = ND_ROUTER_SOLICIT};
	struct sockaddr_in6 routers = {
		.sin6_family = AF_INET6,
		.sin6_addr = {{{0xff, 0x02, [15] = 2}}},
		.sin6_scope_id = ifindex,
	};

	return sendto(ra->fd, &solicitation, sizeof(solicitation), MSG_DONTWAIT | MSG_NOSIGNAL,
		       (const struct sockaddr *)&routers, sizeof(routers)) >= 0;
}

/* What is left is due still, and there are others to be served meanwhile: with thousands of links the
 * kernel takes 0.1 ms for each. */
static void solicitations_send(struct ra_source *ra, uint64_t now)
{
	for (int i = 0; i < SOLICIT_TURN; i++) {
		uint32_t ifindex = ra_solicit_due(&ra->solicit, now);

		if (ifindex == 0)
			return;

		bool sent = solicitation_send(ra, ifindex);

		ra->counters[sent ? SOLICITED : SOLICIT_FAILED]++;
		ra_solicit_done(&ra->solicit, ifindex, sent, now);
	}
}

static void ra_solicit(struct source *source, uint32_t ifindex, uint64_t now)
{
	struct ra_source *ra = ra_of(source);
	uint32_t left;

	if (ifindex == 0)
		return;
	if (ra_solicit_ask(&ra->solicit, ifindex, now, &left) < 0) {
		ra->counters[SOLICIT_REFUSED]++;
		return;
	}
	/* Memberships of links that are gone would add up. */
	if (left != 0)
		group_change(ra, IPV6_LEAVE_GROUP, left);
	group_change(ra, IPV6_JOIN_GROUP, ifindex);
}

/* ---- the source ---- */

static int ra_fd(const struct source *source)
{
	return ra_of_const(source)->fd;
}

static int ra_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct ra_source *ra = ra_of(source);
	int error = messages_read(ra, model, now);

	solicitations_send(ra, now);
	if (ra->commit_at <= now)
		ra->commit_at = model_commit(model, now) < 0 ? now + COMMIT_RETRY : TIME_FOREVER;
	return error;
}

static uint64_t ra_deadline(const struct source *source)
{
	const struct ra_source *ra = ra_of_const(source);

	return MIN(ra->commit_at, ra_solicit_deadline(&ra->solicit));
}

static bool ra_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	if (index >= COUNTERS)
		return false;
	*name = counter_names[index];
	*value = ra_of_const(source)->counters[index];
	return true;
}

static void ra_free(struct source *source)
{
	if (source == NULL)
		return;
	close_fd(ra_of(source)->fd);
	free(ra_of(source));
}

static const struct source_ops ra_ops = {
	.name = "ra",
	.fd = ra_fd,
	.dispatch = ra_dispatch,
	.deadline = ra_deadline,
	.solicit = ra_solicit,
	.counter = ra_counter,
	.free = ra_free,
};

int source_ra_new(struct source **sourcep, int fd)
{
	struct ra_source *ra = calloc(1, sizeof(*ra));

	if (ra == NULL) {
		close_fd(fd);
		return -ENOMEM;
	}
	ra->source.ops = &ra_ops;
	ra->fd = fd;
	ra->commit_at = TIME_FOREVER;
	ra_solicit_init(&ra->solicit);
	*sourcep = &ra->source;
	return 0;
}
