/* SPDX-License-Identifier: MIT */
/*
 * Questions to everybody on a domain's link: LLMNR (RFC 4795) and multicast DNS, the one-shot way of
 * RFC 6762 section 5.1: from a port of our own, to which those who know answer. Owns the sockets, one
 * for each protocol and family, as long as something is asked, and each question from
 * multicast_ask() until its answer is fetched.
 *
 * Anybody on the link may answer; nobody elsewhere may. What comes from elsewhere has passed a router,
 * which shows in its hop limit, unless its sender is on the link by its address.
 */
#include "worker/multicast.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "worker/link-socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

/* RFC 4795 section 7; RFC 6762 section 5.2: a second apart. */
#define LLMNR_JITTER (100 * NSEC_PER_MSEC)
#define LLMNR_TIMEOUT (100 * NSEC_PER_MSEC)
#define LLMNR_SENDS 3
#define MDNS_TIMEOUT (1000 * NSEC_PER_MSEC)
#define MDNS_SENDS 2

/* RFC 4795 section 2.1.1, RFC 6762 sections 5.4 and 18. */
#define LLMNR_CONFLICT 0x0400
#define LLMNR_TENTATIVE 0x0100
#define MDNS_UNICAST 0x8000
#define MDNS_CLASS 0x7fff

#define HOPS 255 /* RFC 6762 section 11; RFC 4795 section 2.5 recommends it */
#define NOT_THERE 1 /* seconds for which nobody's silence is believed */
#define DATAGRAM_SIZE 9000 /* RFC 6762 section 17 */
#define DATAGRAMS 64

enum group_index {
	LLMNR_IPV4,
	LLMNR_IPV6,
	MDNS_IPV4,
	MDNS_IPV6,
	GROUPS,
};

static const struct {
	uint32_t system;
	uint16_t port;
	struct mif_address address;
} group_facts[GROUPS] = {
	{MIF_SYSTEM_LLMNR, 5355, {.family = AF_INET, .octets = {224, 0, 0, 252}}},
	{MIF_SYSTEM_LLMNR, 5355,
		{.family = AF_INET6, .octets = {0xff, 2, [13] = 1, [14] = 0, [15] = 3}}},
	{MIF_SYSTEM_MDNS, 5353, {.family = AF_INET, .octets = {224, 0, 0, 251}}},
	{MIF_SYSTEM_MDNS, 5353, {.family = AF_INET6, .octets = {0xff, 2, [15] = 0xfb}}},
};

struct group {
	struct watch watch;
	struct multicast *multicast;
	enum group_index index;
	bool useless; /* this link has no such addresses */
};

struct multicast {
	struct watches *watches;
	uint32_t ifindex;
	struct mif_address source4, source6;
	uint32_t length4, length6;
	struct group groups[GROUPS];
	struct list waiting, flying, answered;
	uint32_t in_flight;
	uint64_t due;
};

struct shout {
	struct list node;
	struct multicast *multicast;
	void *owner;
	const char *name; /* the owner's */
	uint32_t system;
	uint16_t type; /* enum dns_type */
	uint16_t id;
	uint32_t sends;
	bool flying;
	uint64_t due;
	struct answer *answer; /* NULL: none yet, or there was no memory for it */
};

/* ---- sockets ---- */

static int set_number(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_options(int fd, const struct multicast *multicast, uint16_t family)
{
	struct ip_mreqn request = {.imr_ifindex = (int)multicast->ifindex};
	int r;

	if (family == AF_INET6) {
		r = set_number(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)multicast->ifindex);
		if (r == 0)
			r = set_number(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, HOPS);
		return r < 0 ? r : set_number(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	}
	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request)) < 0)
		return -errno;
	r = set_number(fd, IPPROTO_IP, IP_MULTICAST_TTL, HOPS);
	return r < 0 ? r : set_number(fd, IPPROTO_IP, IP_RECVTTL, 1);
}

/* IPv6 leaves the source to the kernel, which takes the link-local address. IPv4 must not: without an
 * address on this link, the kernel would take one of another. */
static int group_open(struct group *group)
{
	static const struct mif_address any = {0};
	struct multicast *multicast = group->multicast;
	uint16_t family = group_facts[group->index].address.family;
	int fd, r;

	if (family == AF_INET && multicast->source4.family != AF_INET)
		return -EADDRNOTAVAIL;
	fd = link_socket(SOCK_DGRAM, family, multicast->ifindex,
		family == AF_INET ? &multicast->source4 : &any);
	if (fd < 0)
		return fd;
	r = set_options(fd, multicast, family);
	if (r < 0) {
		close_fd(fd);
		return r;
	}
	return watch_open(multicast->watches, &group->watch, fd, EPOLLIN);
}

static void group_send(struct group *group, const uint8_t *octets, size_t size)
{
	struct mif_endpoint to = {.address = group_facts[group->index].address,
		.port = group_facts[group->index].port};
	struct sockaddr_storage address;
	socklen_t length;

	if (group->watch.fd < 0 && group_open(group) < 0) {
		group->useless = true;
		return;
	}
	if (to.address.family == AF_INET6)
		to.address.scope = group->multicast->ifindex;
	length = mif_endpoint_to_sockaddr(&to, &address);
	/* What is lost is sent again. */
	if (sendto(group->watch.fd, octets, size, MSG_NOSIGNAL, (struct sockaddr *)&address,
		    length) < 0 &&
		!link_socket_passes(errno))
		group->useless = true;
}

/* ---- questions ---- */

int multicast_ask(struct multicast *multicast, struct shout **shoutp, const char *name,
	uint16_t type, uint32_t system, void *owner, uint64_t now)
{
	struct shout *shout = calloc(1, sizeof(*shout));

	if (shout == NULL)
		return -ENOMEM;
	if (getrandom(&shout->id, sizeof(shout->id), GRND_NONBLOCK) != sizeof(shout->id)) {
		free(shout);
		return -EAGAIN;
	}
	shout->multicast = multicast;
	shout->owner = owner;
	shout->name = name;
	shout->type = type;
	shout->system = system;
	list_append(&multicast->waiting, &shout->node);
	multicast->due = now;
	*shoutp = shout;
	return 0;
}

void multicast_drop(struct shout *shout)
{
	if (shout == NULL)
		return;
	if (shout->flying)
		shout->multicast->in_flight--;
	list_remove(&shout->node);
	free(shout->answer);
	free(shout);
}

static void finish(struct shout *shout)
{
	shout->flying = false;
	shout->multicast->in_flight--;
	list_remove(&shout->node);
	list_append(&shout->multicast->answered, &shout->node);
}

/* Whether anybody could be asked. */
static bool send_all(struct shout *shout)
{
	struct multicast *multicast = shout->multicast;
	struct dns_question question = {.type = shout->type, .class = DNS_IN};
	uint8_t octets[DNS_QUESTION_OCTETS];
	bool sent = false;
	size_t size;

	if (shout->system == MIF_SYSTEM_MDNS)
		question.class |= MDNS_UNICAST;
	if (dns_name_parse(&question.name, shout->name) < 0)
		return false;
	size = dns_ask(octets, sizeof(octets), &question, shout->id, 0, 0);
	for (unsigned int i = 0; i < GROUPS; i++) {
		struct group *group = &multicast->groups[i];

		if (group_facts[i].system != shout->system || group->useless)
			continue;
		group_send(group, octets, size);
		sent |= !group->useless;
	}
	return sent;
}

static uint64_t jitter(const struct shout *shout)
{
	return (uint64_t)shout->id * LLMNR_JITTER / UINT16_MAX;
}

static void go_on(struct shout *shout, uint64_t now)
{
	bool mdns = shout->system == MIF_SYSTEM_MDNS;

	if (shout->answer != NULL || shout->sends == (mdns ? MDNS_SENDS : LLMNR_SENDS) ||
		!send_all(shout)) {
		finish(shout);
		return;
	}
	shout->sends++;
	shout->due = now + (mdns ? MDNS_TIMEOUT : LLMNR_TIMEOUT + LLMNR_JITTER);
}

static void begin(struct shout *shout, uint64_t now)
{
	struct multicast *multicast = shout->multicast;

	shout->flying = true;
	multicast->in_flight++;
	list_remove(&shout->node);
	list_append(&multicast->flying, &shout->node);
	shout->due = shout->system == MIF_SYSTEM_LLMNR ? now + jitter(shout) : now;
}

static void close_groups(struct multicast *multicast)
{
	for (unsigned int i = 0; i < GROUPS; i++) {
		watch_close(multicast->watches, &multicast->groups[i].watch);
		multicast->groups[i].useless = false;
	}
}

void multicast_run(struct multicast *multicast, uint64_t now)
{
	if (now < multicast->due)
		return;
	multicast->due = TIME_FOREVER;
	while (multicast->in_flight < MULTICAST_IN_FLIGHT && !list_empty(&multicast->waiting))
		begin(container_of(multicast->waiting.next, struct shout, node), now);
	list_for_each_safe (node, &multicast->flying) {
		struct shout *shout = container_of(node, struct shout, node);

		if (now >= shout->due)
			go_on(shout, now);
		if (shout->flying)
			multicast->due = MIN(multicast->due, shout->due);
	}
	if (multicast->in_flight == 0)
		close_groups(multicast);
	/* Some have ended, and there is room. */
	if (multicast->in_flight < MULTICAST_IN_FLIGHT && !list_empty(&multicast->waiting))
		multicast->due = now;
}

uint64_t multicast_deadline(const struct multicast *multicast)
{
	return multicast->due;
}

bool multicast_answer(struct multicast *multicast, struct answer *answer, void **ownerp)
{
	struct shout *shout;

	if (list_empty(&multicast->answered))
		return false;
	shout = container_of(multicast->answered.next, struct shout, node);
	*ownerp = shout->owner;
	if (shout->answer != NULL)
		memcpy(answer, shout->answer, answer_size(shout->answer));
	else
		*answer = (struct answer){.status = MIF_TRANSLATION_NO_NAME, .ttl = NOT_THERE};
	answer->system = shout->system;
	multicast_drop(shout);
	return true;
}

/* ---- answers ---- */

static bool is_on_link(
	const struct multicast *multicast, const struct mif_address *sender, int hops)
{
	const struct mif_address *own =
		sender->family == AF_INET ? &multicast->source4 : &multicast->source6;
	uint32_t length = sender->family == AF_INET ? multicast->length4 : multicast->length6;

	return hops == HOPS || address_is_link_local(sender) ||
		(own->family == sender->family && length > 0 &&
			address_in_prefix(sender, own, length));
}

static bool matches(const struct shout *shout, const struct dns_message *message)
{
	struct dns_name name;

	return message->id == shout->id && (message->flags & DNS_RESPONSE) != 0 &&
		(message->flags & (DNS_OPCODE | DNS_CODE)) == 0 &&
		message->question.type == shout->type &&
		(message->question.class & MDNS_CLASS) == DNS_IN &&
		dns_name_parse(&name, shout->name) == 0 &&
		dns_name_equal(&name, &message->question.name);
}

/* Several hosts have the name: what the others say is added to what is known. */
static void merge(struct answer *all, const struct answer *answer)
{
	if (answer->services)
		return;
	for (uint32_t i = 0; i < answer->count && all->count < ANSWER_ADDRESSES; i++) {
		bool known = false;

		for (uint32_t j = 0; j < all->count; j++)
			known |= address_equal(
				&all->items.addresses[j], &answer->items.addresses[i]);
		if (!known)
			all->items.addresses[all->count++] = answer->items.addresses[i];
	}
	all->ttl = MIN(all->ttl, answer->ttl);
	if (all->count > 0)
		all->status = MIF_TRANSLATION_FOUND;
}

static void keep(struct shout *shout, const struct answer *answer)
{
	if (shout->answer != NULL) {
		merge(shout->answer, answer);
		return;
	}
	shout->answer = malloc(sizeof(*answer));
	if (shout->answer != NULL)
		memcpy(shout->answer, answer, answer_size(answer));
}

static void shout_heard(struct shout *shout, struct dns_message *message, uint64_t now)
{
	bool llmnr = shout->system == MIF_SYSTEM_LLMNR;
	struct dns_question question = {.type = shout->type, .class = DNS_IN};
	struct answer answer;

	if (llmnr && (message->flags & LLMNR_TENTATIVE))
		return;
	question.name = message->question.name;
	message->class_mask = MDNS_CLASS;
	answer_read(&answer, &question, message, shout->multicast->ifindex);
	/* Who has the name without such a record says so: by an empty answer, in LLMNR alone, or by a
	 * record that lists what there is (RFC 6762 section 6.1). */
	if (answer.status == MIF_TRANSLATION_FAILED ||
		(!llmnr && answer.status != MIF_TRANSLATION_FOUND && !answer.denied))
		return;
	keep(shout, &answer);
	if (llmnr && (message->flags & LLMNR_CONFLICT)) {
		shout->due = MIN(shout->due, now + LLMNR_TIMEOUT + LLMNR_JITTER);
		shout->multicast->due = MIN(shout->multicast->due, shout->due);
		return;
	}
	finish(shout);
	shout->multicast->due = now;
}

static void group_heard(
	struct group *group, const uint8_t *octets, size_t size, uint16_t port, uint64_t now)
{
	uint32_t system = group_facts[group->index].system;
	struct dns_message message;

	/* RFC 6762 section 6: from this port and no other. */
	if ((system == MIF_SYSTEM_MDNS && port != group_facts[group->index].port) ||
		dns_open(&message, octets, size) < 0)
		return;
	list_for_each (node, &group->multicast->flying) {
		struct shout *shout = container_of(node, struct shout, node);

		if (shout->system == system && matches(shout, &message)) {
			shout_heard(shout, &message, now);
			return;
		}
	}
}

static int hops_of(struct msghdr *header)
{
	int hops = 0;

	for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL;
		item = CMSG_NXTHDR(header, item)) {
		if ((item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TTL) ||
			(item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT))
			memcpy(&hops, CMSG_DATA(item), sizeof(hops));
	}
	return hops;
}

/* False: nothing is left to be read. */
static bool group_read(struct group *group, uint64_t now)
{
	uint8_t octets[DATAGRAM_SIZE];
	struct sockaddr_storage from;
	union {
		struct cmsghdr header;
		char octets[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {.iov_base = octets, .iov_len = sizeof(octets)};
	struct msghdr header = {.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(group->watch.fd, &header, 0);
	struct mif_endpoint sender;

	if (size < 0)
		return errno != EAGAIN;
	if (mif_endpoint_from_sockaddr(
		    &sender, (const struct sockaddr *)&from, header.msg_namelen) == 0 &&
		is_on_link(group->multicast, &sender.address, hops_of(&header)))
		group_heard(group, octets, (size_t)size, sender.port, now);
	return true;
}

static void group_ready(struct watch *watch, uint32_t events, uint64_t now)
{
	struct group *group = container_of(watch, struct group, watch);
	unsigned int count = 0;

	(void)events;
	while (count < DATAGRAMS && group_read(group, now))
		count++;
}

/* ---- the whole ---- */

int multicast_new(
	struct multicast **multicastp, const struct name_scope *scope, struct watches *watches)
{
	struct multicast *multicast = calloc(1, sizeof(*multicast));

	if (multicast == NULL)
		return -ENOMEM;
	multicast->watches = watches;
	multicast->ifindex = scope->ifindex;
	multicast->source4 = scope->source4;
	multicast->source6 = scope->source6;
	multicast->length4 = scope->length4;
	multicast->length6 = scope->length6;
	multicast->due = TIME_FOREVER;
	list_init(&multicast->waiting);
	list_init(&multicast->flying);
	list_init(&multicast->answered);
	for (unsigned int i = 0; i < GROUPS; i++)
		multicast->groups[i] = (struct group){
			.watch = {.fd = -1, .ready = group_ready},
			.multicast = multicast,
			.index = (enum group_index)i,
		};
	*multicastp = multicast;
	return 0;
}

static void drop_all(struct list *shouts)
{
	list_for_each_safe (node, shouts)
		multicast_drop(container_of(node, struct shout, node));
}

void multicast_free(struct multicast *multicast)
{
	if (multicast == NULL)
		return;
	drop_all(&multicast->waiting);
	drop_all(&multicast->flying);
	drop_all(&multicast->answered);
	close_groups(multicast);
	free(multicast);
}
