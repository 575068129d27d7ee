/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a test of the manager plays: the host, the parent, the kernel and a client, on a fake clock. Connections
 * come from a survey, events as octets of netlink, and what the manager asks the parent for is looked at.
 */
#include "path/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/mptcp.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "net/survey.h"
#include "tap.h"

#define BEGIN (1000 * NSEC_PER_SEC)
#define TOKEN 0x1234
#define NOBODY 65534

static struct engine *engine;
static struct paths *paths;
static struct session *client;
static int verbs[2], events[2];
static uint64_t now;

/* ---- the host ---- */

static struct host {
	struct source source;
	uint32_t kinds[3], metered[3]; /* of links 1 to 3; kind 0: there is none */
	bool down[3], bare[3]; /* without an address */
	uint32_t also
		[3]; /* the network of another address, which is told of first; 0: there is none */
	uint32_t via[3]; /* the network that the router is in; 0: the link's own */
} host;

static int host_fd(const struct source *source)
{
	(void)source;
	return -1;
}

static void put(struct model *model, struct fact *fact, uint32_t i)
{
	fact->ifindex = i + 1;
	fact->valid_until = fact->preferred_until = TIME_FOREVER;
	model_put(model, host.source.owner, fact);
}

/* All addresses are of IPv6. */
static bool six;

/* Networks from 8 on, as sites give them out for themselves alone (RFC 4193). */
static struct mif_address address_of(uint32_t network, uint32_t number)
{
	const uint8_t octets[4] = {10, (uint8_t)network, 0, (uint8_t)number};
	struct mif_address address = {.family = AF_INET6,
		.octets = {network < 8 ? 0x2a : 0xfd, (uint8_t)network, [15] = (uint8_t)number}};

	return six ? address : address_ipv4(octets);
}

static int host_dispatch(struct source *source, struct model *model, uint64_t at)
{
	model_begin(model, source->owner, 1U << FACT_LINK | 1U << FACT_ADDRESS | 1U << FACT_ROUTE);
	for (uint32_t i = 0; i < 3; i++) {
		struct fact link = {.kind = FACT_LINK}, address = {.kind = FACT_ADDRESS},
			    route = {.kind = FACT_ROUTE};

		if (host.kinds[i] == 0)
			continue;
		snprintf(link.as.link.name, sizeof(link.as.link.name), "l%u", i + 1);
		link.as.link.kind = host.kinds[i];
		link.as.link.metered = host.metered[i];
		link.as.link.flags = host.down[i] ? 0 : MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING;
		put(model, &link, i);
		route.provider = address_of(host.via[i] != 0 ? host.via[i] : i + 1, 254);
		route.as.route.family = route.provider.family;
		route.as.route.gateway = route.provider;
		if (host.bare[i] || host.down[i])
			continue;
		address.as.address.prefix_length = six ? 64 : 24;
		address.as.address.address = address_of(host.also[i], 1);
		if (host.also[i] != 0)
			put(model, &address, i);
		address.as.address.address = address_of(i + 1, 1);
		put(model, &address, i);
		put(model, &route, i);
	}
	return model_commit(model, at);
}

static uint64_t host_deadline(const struct source *source)
{
	(void)source;
	return 0;
}

static void host_free(struct source *source)
{
	(void)source;
}

static const struct source_ops host_ops = {.name = "host",
	.fd = host_fd,
	.dispatch = host_dispatch,
	.deadline = host_deadline,
	.free = host_free};

/* ---- the parent ---- */

/* The next verb, which stays unanswered; type 0: none. */
static struct verb asked(void)
{
	struct verb verb = {0};
	int carried;

	if (verb_receive(verbs[1], &verb, &carried) != 1)
		return (struct verb){0};
	close_fd(carried);
	return verb;
}

static void answer(const struct verb *verb, int result, int passed)
{
	const struct verb_answer told = {
		.type = verb->type, .serial = verb->serial, .result = result};

	paths_answered(paths, &told, passed, now);
}

static struct survey_record record_of(uint32_t kind, uint32_t network, uint32_t state)
{
	return (struct survey_record){.kind = kind,
		.token = TOKEN,
		.uid = NOBODY,
		.state = state,
		.rtt = 100,
		.local = {.address = address_of(network, 1), .port = (uint16_t)(4000 + network)},
		.remote = {.address = address_of(network, 2), .port = 80}};
}

/* What surveys say of the second path, and of the first one, while nothing else is tested. */
static struct survey_record played[1], played_first;
static size_t played_count;

/* Answers a survey: the connection and its first path, and these paths. */
static void survey(const struct verb *verb, const struct survey_record *more, size_t count)
{
	const struct survey_record first[2] = {record_of(SURVEY_CONNECTION, 1, 1),
		played_count > 0 ? played_first : record_of(SURVEY_SUBFLOW, 1, 1)};
	_cleanup_(closep) int fd = memfd_create("survey", MFD_CLOEXEC);

	if (write(fd, first, sizeof(first)) < 0 ||
		(count > 0 && write(fd, more, count * sizeof(*more)) < 0))
		abort();
	answer(verb, 0, fd);
}

/* ---- the kernel ---- */

static void put_end(
	struct nlmsghdr *message, uint16_t address, uint16_t port, const struct mif_endpoint *end)
{
	const uint8_t octets[2] = {(uint8_t)(end->port >> 8), (uint8_t)end->port};

	/* The attribute of IPv6 is the next one. */
	if (six)
		mnl_attr_put(message, (uint16_t)(address + 1), 16, end->address.octets);
	else
		mnl_attr_put(message, address, 4, end->address.octets);
	mnl_attr_put(message, port, sizeof(octets), octets);
}

/* Something happened to the path of that network. error 0: none is told. */
static void event_of(uint32_t token, uint8_t type, uint32_t network, uint8_t error)
{
	_Alignas(struct nlmsghdr) char octets[512];
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct genlmsghdr *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	const struct survey_record ends = record_of(SURVEY_SUBFLOW, network, 1);

	message->nlmsg_type = 30;
	head->cmd = type;
	mnl_attr_put_u32(message, MPTCP_ATTR_TOKEN, token);
	if (type != MPTCP_EVENT_ANNOUNCED) {
		mnl_attr_put_u16(message, MPTCP_ATTR_FAMILY, six ? AF_INET6 : AF_INET);
		put_end(message, MPTCP_ATTR_SADDR4, MPTCP_ATTR_SPORT, &ends.local);
	}
	put_end(message, MPTCP_ATTR_DADDR4, MPTCP_ATTR_DPORT, &ends.remote);
	if (error != 0)
		mnl_attr_put_u8(message, MPTCP_ATTR_ERROR, error);
	if (send(events[1], octets, message->nlmsg_len, 0) < 0)
		abort();
	paths_dispatch(paths, true, now);
}

static void event(uint8_t type, uint32_t network, uint8_t error)
{
	event_of(TOKEN, type, network, error);
}

/* ---- all together ---- */

static void turn(void)
{
	engine_dispatch(engine, now);
	paths_hear_world(paths, now);
	paths_dispatch(paths, false, now);
}

static void pass(uint64_t time)
{
	now += time;
	turn();
}

static void begin_alone(void)
{
	struct paths_options options;

	now = BEGIN;
	played_count = 0;
	memset(&host, 0, sizeof(host));
	host.source.ops = &host_ops;
	host.kinds[0] = host.kinds[1] = MIF_KIND_ETHERNET;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, verbs) < 0 ||
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, events) < 0 ||
		engine_new(&engine, ENGINE_FAKE_CLOCK) < 0 ||
		engine_add_source(engine, &host.source) < 0)
		abort();
	options = (struct paths_options){
		.verb_fd = verbs[0], .event_fd = events[0], .engine = engine};
	if (paths_new(&paths, &options) < 0 || engine_add_source(engine, paths_source(paths)) < 0 ||
		session_new(&client, engine, 0, NULL) < 0)
		abort();
	turn();
}

/* A survey finds the connection. */
static void find(void)
{
	struct verb verb = asked();

	if (verb.type != VERB_SURVEY)
		abort();
	survey(&verb, NULL, 0);
	turn();
}

static void begin(void)
{
	begin_alone();
	find();
}

static void end(void)
{
	paths_leave(paths, client);
	session_free(client);
	paths_free(paths);
	engine_free(engine);
	for (int i = 0; i < 2; i++) {
		close(verbs[i]);
		close(events[i]);
	}
}

static void request(uint32_t type, uint32_t network, uint32_t uid)
{
	struct mif_message message = {.type = type, .tag = 1};

	message.as.add_path.fd = -1;
	message.as.add_path.connection = TOKEN;
	if (network != 0) {
		message.as.add_path.local.address = address_of(network, 1);
		if (type != MIF_RETRACT_ADDRESS)
			message.as.add_path.remote = (struct mif_endpoint){
				.address = address_of(network, 2), .port = 80};
	}
	paths_request(paths, client, uid, &message, now);
}

static void manage(uint32_t metered, uint32_t kinds)
{
	struct mif_message message = {.type = MIF_MANAGE_PATHS,
		.as.manage_paths = {.fd = -1,
			.connection = TOKEN,
			.mode = MIF_PATHS_AUTOMATIC,
			.metered = metered,
			.kinds = kinds}};

	paths_request(paths, client, NOBODY, &message, now);
}

/* The answer to the last request: its errno, or -1: there is none yet. */
static int answered_with(void)
{
	struct mif_message report;
	int error = -1;

	while (session_get(client, &report) == 1)
		if (report.type == MIF_PATH_ANSWER)
			error = (int)report.as.path_answer.error;
	return error;
}

/* Whether that is asked for, of the path of that network, and answers so. */
static bool asks(uint32_t type, uint32_t network, int result)
{
	const struct verb verb = asked();

	if (verb.type == VERB_SURVEY && type != VERB_SURVEY) {
		survey(&verb, played, played_count);
		return asks(type, network, result);
	}
	if (verb.type != type ||
		(network != 0 && verb.as.join.local.address.octets[1] != network)) {
		printf("# %s, not %s\n", verb.type != 0 ? verb_name(verb.type) : "nothing",
			verb_name(type));
		return false;
	}
	answer(&verb, result, -1);
	return true;
}

static bool asks_nothing(void)
{
	const struct verb verb = asked();

	if (verb.type == VERB_SURVEY) {
		survey(&verb, played, played_count);
		return asks_nothing();
	}
	if (verb.type != 0)
		printf("# %s\n", verb_name(verb.type));
	return verb.type == 0;
}
