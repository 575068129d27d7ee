/* SPDX-License-Identifier: MIT */
/*
 * Which links are Wi-Fi, from nl80211. That is asked, over generic netlink, whenever another source says
 * something new of a link; an answer is read within the dispatch that asked, since the kernel makes it
 * while it is read. All families are listed, for to ask for this one by its name makes the kernel load it.
 *
 * Facts are put by name: they make no interface by themselves.
 */
#include "source/wifi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/nl80211.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/attribute.h"

/* A driver makes its links one after the other, and names change soon after. */
#define SETTLE (100 * NSEC_PER_MSEC)

#define DATAGRAM_SIZE 32768

/* A host has a handful; the kernel's answers end somewhere. */
#define LINKS 256
#define DATAGRAMS 256

struct wifi {
	struct source source;
	struct mnl_socket *socket;
	uint64_t want_at;
	uint32_t sequence;
	uint16_t family; /* of nl80211; 0: the kernel has none so far */
	size_t refused;
	_Alignas(struct nlmsghdr) uint8_t octets[DATAGRAM_SIZE];
};

static struct wifi *wifi_of(struct source *source)
{
	return (struct wifi *)source;
}

/* ---- what the kernel says ---- */

int wifi_parse_family(const struct nlmsghdr *message, uint16_t *family)
{
	const struct nlattr *table[CTRL_ATTR_MAX + 1];
	char name[GENL_NAMSIZ] = "";
	uint16_t number = 0;
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(struct genlmsghdr)) < 0)
		return -EBADMSG;
	attribute_text(table[CTRL_ATTR_FAMILY_NAME], name, sizeof(name), &bad);
	attribute_copy(table[CTRL_ATTR_FAMILY_ID], &number, sizeof(number), &bad);
	if (bad)
		return -EBADMSG;
	if (strcmp(name, NL80211_GENL_NAME) == 0)
		*family = number;
	return 0;
}

int wifi_parse_interface(const struct nlmsghdr *message, char name[IFNAMSIZ])
{
	const struct nlattr *table[NL80211_ATTR_IFNAME + 1];
	bool bad = false;

	name[0] = '\0';
	if (message_index(table, ARRAY_SIZE(table), message, sizeof(struct genlmsghdr)) < 0)
		return -EBADMSG;
	/* Devices without a link (P2P) have no name. */
	attribute_text(table[NL80211_ATTR_IFNAME], name, IFNAMSIZ, &bad);
	return bad ? -EBADMSG : 0;
}

/* ---- asking ---- */

static int wifi_request(struct wifi *wifi, uint16_t family, uint8_t command)
{
	_Alignas(struct nlmsghdr) char octets[64];
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct genlmsghdr *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	message->nlmsg_type = family;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = ++wifi->sequence;
	head->cmd = command;
	head->version = 1;
	if (mnl_socket_sendto(wifi->socket, message, message->nlmsg_len) < 0)
		return -errno;
	return 0;
}

static void wifi_take_interface(
	struct wifi *wifi, struct model *model, const struct nlmsghdr *message)
{
	struct fact fact = {
		.kind = FACT_LINK,
		.element = MIF_ELEMENT_ANY,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
		.as.link = {.kind = MIF_KIND_WIFI},
	};

	if (wifi_parse_interface(message, fact.ifname) < 0 ||
		(fact.ifname[0] != '\0' && model_put(model, wifi->source.owner, &fact) < 0))
		wifi->refused++;
}

/* One datagram. 1: the answer has ended; 0; negative errno: it has failed. */
static int wifi_take(struct wifi *wifi, struct model *model, size_t size)
{
	const struct nlmsghdr *message = (const void *)wifi->octets;
	int left = (int)size, error = 0;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_seq != wifi->sequence)
			continue;
		if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
			if (mnl_nlmsg_get_payload_len(message) >= sizeof(error))
				memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
			return error < 0 ? error : 1;
		}
		if (message->nlmsg_type == GENL_ID_CTRL)
			wifi->refused += wifi_parse_family(message, &wifi->family) < 0;
		else if (message->nlmsg_type == wifi->family)
			wifi_take_interface(wifi, model, message);
	}
	return 0;
}

/* A whole answer. 0, or negative errno. */
static int wifi_ask(struct wifi *wifi, struct model *model, uint16_t family, uint8_t command)
{
	int r = wifi_request(wifi, family, command);

	for (size_t i = 0; i < DATAGRAMS && r == 0; i++) {
		ssize_t size = recv(mnl_socket_get_fd(wifi->socket), wifi->octets,
			sizeof(wifi->octets), MSG_DONTWAIT);

		if (size < 0)
			return -errno;
		r = wifi_take(wifi, model, (size_t)size);
	}
	return MIN(r, 0);
}

/* ---- the source ---- */

static void wifi_notice(struct source *source, const struct fact *fact, bool there, uint64_t now)
{
	struct wifi *wifi = wifi_of(source);

	(void)there;
	if (fact->kind == FACT_LINK && wifi->want_at == TIME_FOREVER)
		wifi->want_at = now + SETTLE;
}

static uint64_t wifi_deadline(const struct source *source)
{
	return ((const struct wifi *)source)->want_at;
}

/* Whatever cannot be had is as if it were not there: that a link is Ethernet is what was known before. */
static int wifi_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct wifi *wifi = wifi_of(source);

	if (now < wifi->want_at)
		return 0;
	wifi->want_at = TIME_FOREVER;
	if (wifi->family == 0)
		wifi_ask(wifi, model, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	if (wifi->family == 0)
		return 0;
	model_begin(model, source->owner, 1U << FACT_LINK);
	/* The module may have been unloaded, and come again with another number. */
	if (wifi_ask(wifi, model, wifi->family, NL80211_CMD_GET_INTERFACE) < 0)
		wifi->family = 0;
	if (model_commit(model, now) < 0)
		wifi->want_at = now + SETTLE;
	return 0;
}

static int wifi_fd(const struct source *source)
{
	(void)source;
	return -1;
}

static bool wifi_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	if (index != 0)
		return false;
	*name = "nl80211 messages skipped";
	*value = ((const struct wifi *)source)->refused;
	return true;
}

static void wifi_free(struct source *source)
{
	if (source == NULL)
		return;
	if (wifi_of(source)->socket != NULL)
		mnl_socket_close(wifi_of(source)->socket);
	free(source);
}

static const struct source_ops wifi_ops = {
	.name = "wifi",
	.fd = wifi_fd,
	.dispatch = wifi_dispatch,
	.deadline = wifi_deadline,
	.notice = wifi_notice,
	.counter = wifi_counter,
	.free = wifi_free,
};

int source_wifi_new(struct source **sourcep)
{
	struct wifi *wifi = calloc(1, sizeof(*wifi));

	if (wifi == NULL)
		return -ENOMEM;
	wifi->source.ops = &wifi_ops;
	wifi->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (wifi->socket == NULL || mnl_socket_bind(wifi->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int r = -errno;

		wifi_free(&wifi->source);
		return r;
	}
	*sourcep = &wifi->source;
	return 0;
}
