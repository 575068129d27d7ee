/* SPDX-License-Identifier: MIT */
/*
 * The source of DHCP: what the host's own clients are told, whichever they are, and what servers
 * answer when they are asked for information alone. It owns one packet socket for all links, on which
 * the kernel lets nothing through but DHCP, in both directions; dhcp-news.c says what it means. It
 * never binds the ports of DHCP, which would take the answers away from the clients.
 *
 * Notices of links and addresses come in from the engine and are looked at a little later, when those
 * who wait for them have been told: what has an address is asked once (dhcp-schedule.c, dhcp-ask.c), and
 * what loses it loses what was told.
 *
 * After source_dhcp_open() nothing here needs a privilege.
 */
#include "source/dhcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "source/dhcp-news.h"
#include "source/dhcp-schedule.h"

/* Packets read in one dispatch. */
#define BATCH 32

/* Holds about 500 packets: a flood on one link shall not drown another link's. */
#define RECEIVE_BUFFER (512 * 1024)

/* After a commit that found no memory. */
#define COMMIT_RETRY (100 * NSEC_PER_MSEC)

enum counter {
	DROPPED_SIZE,
	LOST,
	RECEIVE_FAILED,
	ASKED,
	ASK_FAILED,
	LINKS_REFUSED,
	COUNTERS,
};

struct dhcp {
	struct source source;
	int fd;
	struct dhcp_news news;
	struct dhcp_schedule schedule;
	uint64_t commit_at; /* TIME_FOREVER: nothing is uncommitted */
	uint64_t counters[COUNTERS];
	uint8_t octets[DHCP_MESSAGE_MAX + 256]; /* and the headers */
};

static struct dhcp *dhcp_of(struct source *source)
{
	return (struct dhcp *)source;
}

static const struct dhcp *dhcp_of_const(const struct source *source)
{
	return (const struct dhcp *)source;
}

/* ---- the socket ---- */

/*
 * UDP to the ports 67, 68, 546 and 547, and nothing else. Not what goes to other hosts' addresses (a
 * link in promiscuous mode), not fragments (a port could be anything), and not what has a VLAN tag:
 * it is another link's, where it goes by without the tag. The packet begins with its IP header.
 */
static int socket_filter(int fd)
{
#define ANCILLARY(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + (what)))
	static struct sock_filter code[] = {
		ANCILLARY(SKF_AD_PKTTYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OTHERHOST, 19, 0),
		ANCILLARY(SKF_AD_VLAN_TAG_PRESENT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 17),
		ANCILLARY(SKF_AD_PROTOCOL),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 9, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 14),
		/* IPv4 */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 12),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 10, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 67, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 5, 6),
		/* IPv6 */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 4),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 42),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 546, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 547, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* taken whole */
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

static int socket_prepare(int fd)
{
	const struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int on = 1, size = RECEIVE_BUFFER;
	int r = socket_filter(fd);

	if (r < 0)
		return r;
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)) < 0)
		return -errno;
	/* Beyond rmem_max only with CAP_NET_ADMIN; without, what can be had is enough. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Last of all: nothing is received before it is filtered. Only who listens to everything is
	 * shown what goes out. */
	return bind(fd, (const struct sockaddr *)&all, sizeof(all)) < 0 ? -errno : 0;
}

int source_dhcp_open(void)
{
	_cleanup_(closep) int fd = -1;
	int result, r;

	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = socket_prepare(fd);
	if (r < 0)
		return r;
	result = fd;
	fd = -1;
	return result;
}

/* ---- receiving ---- */

static void ancillary_read(struct dhcp *dhcp, struct dhcp_frame *frame, struct msghdr *message)
{
	for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
		item = CMSG_NXTHDR(message, item)) {
		if (item->cmsg_level == SOL_PACKET && item->cmsg_type == PACKET_AUXDATA) {
			struct tpacket_auxdata data;

			memcpy(&data, CMSG_DATA(item), sizeof(data));
			frame->unsummed = (data.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
		} else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SO_RXQ_OVFL) {
			uint32_t lost;

			memcpy(&lost, CMSG_DATA(item), sizeof(lost));
			dhcp->counters[LOST] = lost;
		}
	}
}

/* 1: *frame holds a packet; 0: none waits; -EMSGSIZE: it was too long; or another errno. */
static int frame_receive(struct dhcp *dhcp, struct dhcp_frame *frame)
{
	union {
		struct cmsghdr header;
		uint8_t octets[256];
	} ancillary;
	struct sockaddr_ll from = {0};
	struct iovec vector = {.iov_base = dhcp->octets, .iov_len = sizeof(dhcp->octets)};
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &ancillary,
		.msg_controllen = sizeof(ancillary),
	};
	ssize_t size = recvmsg(dhcp->fd, &message, MSG_DONTWAIT);

	if (size < 0)
		return errno == EAGAIN ? 0 : -errno;
	*frame = (struct dhcp_frame){
		.octets = dhcp->octets,
		.size = (size_t)size,
		.protocol = ntohs(from.sll_protocol),
		.ifindex = (uint32_t)from.sll_ifindex,
		.outgoing = from.sll_pkttype == PACKET_OUTGOING,
	};
	if (from.sll_halen == sizeof(frame->hardware))
		memcpy(frame->hardware, from.sll_addr, sizeof(frame->hardware));
	ancillary_read(dhcp, frame, &message);
	return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : 1;
}

/* Whether no later call could do better. A link that goes down is told here, too (ENETDOWN). */
static bool is_final(int error)
{
	return error == -EBADF || error == -ENOTSOCK || error == -EFAULT || error == -EINVAL;
}

static int packets_read(struct dhcp *dhcp, struct model *model, uint64_t now)
{
	for (int i = 0; i < BATCH; i++) {
		struct dhcp_frame frame;
		int got = frame_receive(dhcp, &frame);

		if (got == 0)
			return 0;
		if (got > 0) {
			source_dhcp_hear(&dhcp->source, model, &frame, now);
		} else if (got == -EMSGSIZE) {
			dhcp->counters[DROPPED_SIZE]++;
		} else {
			dhcp->counters[RECEIVE_FAILED]++;
			if (is_final(got))
				return got;
		}
	}
	return 0;
}

void source_dhcp_hear(
	struct source *source, struct model *model, const struct dhcp_frame *frame, uint64_t now)
{
	struct dhcp *dhcp = dhcp_of(source);
	const struct dhcp_link *link = dhcp_links_find(&dhcp->news.links, frame->ifindex);

	dhcp->news.owner = source->owner;
	dhcp_news_take(&dhcp->news, model, frame, random_block_next(&dhcp->schedule.random), now);
	/* What was answered may be asked again sooner than anything before. */
	if (link != NULL)
		dhcp_schedule_heard(&dhcp->schedule, link);
}

/* ---- asking ---- */

static size_t question_make(const struct dhcp_link *link, unsigned int index,
	uint8_t octets[DHCP_QUESTION_MAX], uint64_t now)
{
	const struct dhcp_ask *ask = &link->ask[index];
	uint64_t elapsed = ask->begun == 0 ? 0 : (now - ask->begun) / (NSEC_PER_SEC / 100);

	if (index == dhcp_index(AF_INET))
		return dhcp_question4(
			octets, ask->transaction, link->hardware, &link->asker[index]);
	return dhcp_question6(
		octets, ask->transaction, &link->asker[index], (uint16_t)MIN(elapsed, UINT16_MAX));
}

static bool question_send(
	struct dhcp *dhcp, const struct dhcp_link *link, unsigned int index, uint64_t now)
{
	static const uint8_t to[2][6] = {
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x33, 0x33, 0, 1, 0, 2}};
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(index == dhcp_index(AF_INET) ? ETH_P_IP : ETH_P_IPV6),
		.sll_ifindex = (int)link->ifindex,
		.sll_halen = sizeof(to[index]),
	};
	uint8_t octets[DHCP_QUESTION_MAX];
	size_t size = question_make(link, index, octets, now);

	memcpy(address.sll_addr, to[index], sizeof(to[index]));
	return sendto(dhcp->fd, octets, size, MSG_DONTWAIT | MSG_NOSIGNAL,
		       (const struct sockaddr *)&address, sizeof(address)) >= 0;
}

static void questions_send(struct dhcp *dhcp, uint64_t now)
{
	struct dhcp_due due[DHCP_TURN];
	size_t count = dhcp_schedule_due(&dhcp->schedule, &dhcp->news.links, due, now);

	for (size_t i = 0; i < count; i++) {
		bool sent = question_send(dhcp, due[i].link, due[i].index, now);

		dhcp->counters[sent ? ASKED : ASK_FAILED]++;
		dhcp_schedule_sent(&dhcp->schedule, &due[i], sent, now);
	}
}

static void links_look(struct dhcp *dhcp, struct model *model, uint64_t now)
{
	if (dhcp->news.links.look_at > now)
		return;
	dhcp->news.links.look_at = TIME_FOREVER;
	list_for_each_safe (node, &dhcp->news.links.dirty) {
		struct dhcp_link *link = container_of(node, struct dhcp_link, in_dirty);

		if (dhcp_news_settle(&dhcp->news, model, link, now))
			dhcp_schedule_look(&dhcp->schedule, link, now);
	}
}

/* ---- the source ---- */

static int dhcp_fd(const struct source *source)
{
	return dhcp_of_const(source)->fd;
}

static void dhcp_solicit(struct source *source, uint32_t ifindex, uint64_t now)
{
	struct dhcp *dhcp = dhcp_of(source);
	struct dhcp_link *link = dhcp_links_find(&dhcp->news.links, ifindex);

	if (link != NULL)
		dhcp_link_came_up(&dhcp->news.links, link, now);
}

static void dhcp_notice(struct source *source, const struct fact *fact, bool there, uint64_t now)
{
	dhcp_links_notice(&dhcp_of(source)->news.links, fact, there, now);
}

static int dhcp_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct dhcp *dhcp = dhcp_of(source);
	int error;

	dhcp->news.owner = source->owner;
	error = packets_read(dhcp, model, now);
	links_look(dhcp, model, now);
	dhcp_news_expire(&dhcp->news, model, now);
	questions_send(dhcp, now);
	if (dhcp->news.dirty)
		dhcp->commit_at = MIN(dhcp->commit_at, now);
	dhcp->news.dirty = false;
	if (dhcp->commit_at <= now)
		dhcp->commit_at = model_commit(model, now) < 0 ? now + COMMIT_RETRY : TIME_FOREVER;
	return error;
}

static uint64_t dhcp_deadline(const struct source *source)
{
	const struct dhcp *dhcp = dhcp_of_const(source);

	return MIN(MIN(dhcp->commit_at, dhcp->news.links.look_at),
		MIN(dhcp->news.expire_at, dhcp_schedule_deadline(&dhcp->schedule)));
}

static bool dhcp_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[COUNTERS] = {
		[DROPPED_SIZE] = "dhcp dropped: longer than its packet may be",
		[LOST] = "dhcp lost: receive buffer full",
		[RECEIVE_FAILED] = "dhcp receive failed",
		[ASKED] = "dhcp question sent",
		[ASK_FAILED] = "dhcp question not sent",
		[LINKS_REFUSED] = "dhcp link refused: too many links",
	};
	const struct dhcp *dhcp = dhcp_of_const(source);

	if (index >= COUNTERS + DHCP_NEWS_COUNTERS)
		return false;
	if (index >= COUNTERS) {
		*name = dhcp_news_counter_names[index - COUNTERS];
		*value = dhcp->news.counters[index - COUNTERS];
		return true;
	}
	*name = names[index];
	*value = index == LINKS_REFUSED ? dhcp->news.links.refused : dhcp->counters[index];
	return true;
}

static void dhcp_free(struct source *source)
{
	if (source == NULL)
		return;
	dhcp_links_deinit(&dhcp_of(source)->news.links);
	close_fd(dhcp_of(source)->fd);
	free(source);
}

static const struct source_ops dhcp_ops = {
	.name = "dhcp",
	.fd = dhcp_fd,
	.dispatch = dhcp_dispatch,
	.deadline = dhcp_deadline,
	.solicit = dhcp_solicit,
	.notice = dhcp_notice,
	.counter = dhcp_counter,
	.free = dhcp_free,
};

int source_dhcp_new(struct source **sourcep, int fd)
{
	struct dhcp *dhcp = calloc(1, sizeof(*dhcp));

	if (dhcp == NULL) {
		close_fd(fd);
		return -ENOMEM;
	}
	dhcp->source.ops = &dhcp_ops;
	dhcp->fd = fd;
	dhcp->commit_at = TIME_FOREVER;
	dhcp_news_init(&dhcp->news);
	dhcp_schedule_init(&dhcp->schedule);
	*sourcep = &dhcp->source;
	return 0;
}
