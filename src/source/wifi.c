/* SPDX-License-Identifier: MIT */
/*
 * Which links are Wi-Fi, and how strong their signal is, from nl80211. The former is asked, over generic netlink,
 * whenever another source says something new of a link; the latter time and again while the engine wants to
 * know. An answer is read within the dispatch that asked, since the kernel makes it while it is read. All
 * families are listed, for to ask for this one by its name makes the kernel load it.
 *
 * Why the signal is polled: the kernel tells of a threshold that is crossed (NL80211_CMD_SET_CQM), but it keeps one
 * for each device, and that is the supplicant's, which roams by it; and to set it takes CAP_NET_ADMIN.
 *
 * Why nobody listens for lost beacons (NL80211_CMD_NOTIFY_CQM), which everybody may hear of: mac80211 tells of them
 * when it has heard nothing for seven, and then asks the access point whether it is there. If not, the carrier is
 * lost 60 ms later where the driver sees acknowledgements, a second later elsewhere, which is heard anyway. If it is,
 * and where the air is busy that is so every few seconds, nothing tells that it was a mistake.
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
#include "source/wifi-parse.h"

/* A driver makes its links one after the other, and names change soon after. */
#define SETTLE (100 * NSEC_PER_MSEC)

#define DATAGRAM_SIZE 32768

/* The kernel's answers end somewhere. */
#define DATAGRAMS 256

/* The strength is told when it has changed by so many hundredths: it never stands still. */
#define QUALITY_STEP 5

struct radio {
	struct wifi_device device;
	uint32_t quality; /* as it was put; 0: not known */
};

struct wifi {
	struct source source;
	struct mnl_socket *socket;
	uint64_t want_at, measure_at; /* when devices, and signals, are asked for */
	uint32_t sequence;
	uint16_t family; /* of nl80211; 0: the kernel has none so far */
	struct radio radios[WIFI_DEVICES];
	size_t radio_count;
	uint32_t measured[WIFI_DEVICES]; /* ifindexes */
	size_t measured_count;
	uint64_t asked; /* for signals */
	size_t refused;
	_Alignas(struct nlmsghdr) uint8_t octets[DATAGRAM_SIZE];
};

static struct wifi *wifi_of(struct source *source)
{
	return (struct wifi *)source;
}

static struct radio *radio_find(struct wifi *wifi, uint32_t ifindex)
{
	for (size_t i = 0; i < wifi->radio_count; i++) {
		if (wifi->radios[i].device.ifindex == ifindex)
			return &wifi->radios[i];
	}
	return NULL;
}

/* ---- asking ---- */

/* ifindex 0: of all. */
static int wifi_request(struct wifi *wifi, uint16_t family, uint8_t command, uint32_t ifindex)
{
	_Alignas(struct nlmsghdr) char octets[64];
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct genlmsghdr *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	message->nlmsg_type = family;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = ++wifi->sequence;
	head->cmd = command;
	head->version = 1;
	if (ifindex != 0)
		mnl_attr_put_u32(message, NL80211_ATTR_IFINDEX, ifindex);
	if (mnl_socket_sendto(wifi->socket, message, message->nlmsg_len) < 0)
		return -errno;
	return 0;
}

/* What becomes of a message of the family that was asked. 0, or negative errno. */
typedef int take_message(struct wifi *wifi, const struct nlmsghdr *message, void *context);

/* One datagram. 1: the answer has ended; 0; negative errno: it has failed. */
static int wifi_take(
	struct wifi *wifi, uint16_t family, take_message *take, void *context, size_t size)
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
		if (message->nlmsg_type == family && take(wifi, message, context) < 0)
			wifi->refused++;
	}
	return 0;
}

/* A whole answer to what was requested. 0, or negative errno. */
static int wifi_answer(struct wifi *wifi, uint16_t family, take_message *take, void *context)
{
	int r = 0;

	for (size_t i = 0; i < DATAGRAMS && r == 0; i++) {
		ssize_t size = recv(mnl_socket_get_fd(wifi->socket), wifi->octets,
			sizeof(wifi->octets), MSG_DONTWAIT);

		if (size < 0)
			return -errno;
		r = wifi_take(wifi, family, take, context, (size_t)size);
	}
	return MIN(r, 0);
}

static int take_family(struct wifi *wifi, const struct nlmsghdr *message, void *context)
{
	(void)context;
	return wifi_parse_family(message, &wifi->family);
}

static void family_ask(struct wifi *wifi)
{
	if (wifi_request(wifi, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0) == 0)
		wifi_answer(wifi, GENL_ID_CTRL, take_family, NULL);
}

/* ---- devices ---- */

static int radio_put(const struct wifi *wifi, struct model *model, const struct radio *radio)
{
	struct fact fact = {
		.kind = FACT_LINK,
		.element = MIF_ELEMENT_ANY,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
		.as.link = {.kind = MIF_KIND_WIFI, .quality = radio->quality},
	};

	memcpy(fact.ifname, radio->device.name, sizeof(fact.ifname));
	return model_put(model, wifi->source.owner, &fact);
}

struct listing {
	struct model *model;
	struct radio radios[WIFI_DEVICES];
	size_t count;
};

static int take_device(struct wifi *wifi, const struct nlmsghdr *message, void *context)
{
	struct listing *listing = context;
	struct radio radio = {0};
	const struct radio *before;
	int r = wifi_parse_device(message, &radio.device);

	if (r < 0 || radio.device.name[0] == '\0')
		return r;
	before = radio_find(wifi, radio.device.ifindex);
	radio.quality = before != NULL ? before->quality : 0;
	/* One beyond is Wi-Fi all the same. */
	if (listing->count < WIFI_DEVICES)
		listing->radios[listing->count++] = radio;
	return radio_put(wifi, listing->model, &radio);
}

/* Whatever cannot be had is as if it were not there: that a link is Ethernet is what was known before. */
static void devices_ask(struct wifi *wifi, struct model *model, uint64_t now)
{
	struct listing listing = {.model = model};
	int r;

	if (wifi->family == 0)
		family_ask(wifi);
	if (wifi->family == 0)
		return;
	model_begin(model, wifi->source.owner, 1U << FACT_LINK);
	r = wifi_request(wifi, wifi->family, NL80211_CMD_GET_INTERFACE, 0);
	if (r == 0)
		r = wifi_answer(wifi, wifi->family, take_device, &listing);
	memcpy(wifi->radios, listing.radios, sizeof(wifi->radios));
	wifi->radio_count = listing.count;
	/* The module may have been unloaded, and come again with another number. */
	if (r < 0)
		wifi->family = 0;
	if (model_commit(model, now) < 0)
		wifi->want_at = now + SETTLE;
}

/* ---- signals ---- */

static int take_station(struct wifi *wifi, const struct nlmsghdr *message, void *context)
{
	int32_t *dbm = context, found;
	int r = wifi_parse_station(message, &found);

	(void)wifi;
	if (r == 0 && *dbm == 0)
		*dbm = found;
	return r;
}

/* Of the access point; of who has several other stations, nothing. 0: it is not known. */
static int32_t signal_ask(struct wifi *wifi, const struct radio *radio)
{
	int32_t dbm = 0;

	if (radio == NULL || !radio->device.client || wifi->family == 0)
		return 0;
	wifi->asked++;
	if (wifi_request(wifi, wifi->family, NL80211_CMD_GET_STATION, radio->device.ifindex) < 0 ||
		wifi_answer(wifi, wifi->family, take_station, &dbm) < 0)
		return 0;
	return dbm;
}

/* Whether the strength is another one than was told. */
static bool quality_set(struct radio *radio, uint32_t quality)
{
	uint32_t low = MIN(radio->quality, quality), high = MAX(radio->quality, quality);

	if (low == high || (low != 0 && high - low < QUALITY_STEP))
		return false;
	radio->quality = quality;
	return true;
}

static void signals_ask(struct wifi *wifi, struct model *model, uint64_t now)
{
	bool changed = false;

	for (size_t i = 0; i < wifi->measured_count; i++) {
		struct radio *radio = radio_find(wifi, wifi->measured[i]);
		int32_t dbm = signal_ask(wifi, radio);

		model_signal(model, wifi->measured[i], dbm, now);
		if (radio != NULL && quality_set(radio, wifi_quality(dbm)))
			changed |= radio_put(wifi, model, radio) == 0;
	}
	/* What is left to tell is told by the next commit. */
	if (changed)
		model_commit(model, now);
	wifi->measure_at = wifi->measured_count > 0 ? now + WIFI_INTERVAL : TIME_FOREVER;
}

static void wifi_measure(struct source *source, uint32_t ifindex, bool wanted, uint64_t now)
{
	struct wifi *wifi = wifi_of(source);
	struct radio *radio = radio_find(wifi, ifindex);
	size_t i = 0;

	while (i < wifi->measured_count && wifi->measured[i] != ifindex)
		i++;
	if (wanted && i < WIFI_DEVICES) {
		wifi->measured[i] = ifindex;
		wifi->measured_count = MAX(wifi->measured_count, i + 1);
		wifi->measure_at = now;
	} else if (!wanted && i < wifi->measured_count) {
		wifi->measured[i] = wifi->measured[--wifi->measured_count];
		/* What nobody measures is not known. */
		if (radio != NULL && quality_set(radio, 0))
			wifi->want_at = MIN(wifi->want_at, now);
	}
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
	const struct wifi *wifi = (const struct wifi *)source;

	return MIN(wifi->want_at, wifi->measure_at);
}

static int wifi_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct wifi *wifi = wifi_of(source);

	if (wifi->want_at <= now) {
		wifi->want_at = TIME_FOREVER;
		devices_ask(wifi, model, now);
	}
	if (wifi->measure_at <= now)
		signals_ask(wifi, model, now);
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
	const struct wifi *wifi = (const struct wifi *)source;

	if (index > 1)
		return false;
	*name = index == 0 ? "nl80211 messages skipped" : "signals of radios asked for";
	*value = index == 0 ? wifi->refused : wifi->asked;
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
	.measure = wifi_measure,
	.counter = wifi_counter,
	.free = wifi_free,
};

int source_wifi_new(struct source **sourcep)
{
	struct wifi *wifi = calloc(1, sizeof(*wifi));

	if (wifi == NULL)
		return -ENOMEM;
	wifi->source.ops = &wifi_ops;
	wifi->measure_at = TIME_FOREVER;
	wifi->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (wifi->socket == NULL || mnl_socket_bind(wifi->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int r = -errno;

		wifi_free(&wifi->source);
		return r;
	}
	*sourcep = &wifi->source;
	return 0;
}
