/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Additional information of explicit domains: when it is asked for, whom, from where, what becomes of
 * what servers say. A real engine on a fake clock; the worker and the fetcher are played here.
 */
#include "source/pvd-info.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "engine/test-errand.h"
#include "fetch/exchange.h"
#include "source/pvd-info-attempt.h"
#include "tap.h"

#define REALTIME UINT64_C(1800000000) /* 2027-01-15T08:00:00Z, when the clock says 1000 s */
#define BEGIN (1000 * NSEC_PER_SEC)
#define SERVER "2001:db8:ffff::1"

/* An hour's life, and what belongs to the domain of test-errand.h. */
#define DOCUMENT                                                                         \
	"{\"identifier\": \"pvd.two.example.\", \"expires\": \"2027-01-15T09:00:00Z\", " \
	"\"prefixes\": [\"2001:db8:2a::/48\"], \"dnsZones\": [\"two.example\"]}"

/* ---- the host, and the fetcher that it starts ---- */

static struct {
	struct source *source;
	unsigned int starts;
	uint32_t number;
	int refuse;
	int fd; /* the fetcher's end */
	struct fetch_request request;
} host;

__attribute__((unused)) static int host_start(void *context, uint32_t number)
{
	(void)context;
	host.starts++;
	host.number = number;
	return host.refuse;
}

__attribute__((unused)) static uint64_t host_realtime(void)
{
	return REALTIME + (test_now - BEGIN) / NSEC_PER_SEC;
}

__attribute__((unused)) static struct engine *begin(void)
{
	const struct pvd_info_options options = {
		.start = host_start, .realtime = host_realtime, .seed = 42};

	memset(&host, 0, sizeof(host));
	host.fd = -1;
	test_now = BEGIN;
	if (source_pvd_info_new(&host.source, &options) < 0)
		abort();
	return test_engine(host.source);
}

__attribute__((unused)) static void put_dns(struct engine *engine)
{
	struct fact dns = fact_of(FACT_DATA, "fe80::a");

	dns.as.data.information = MIF_INFORMATION_DNS_SERVERS;
	dns.as.data.address = address_of("2001:db8:2a::53");
	put(engine, &dns);
	commit(engine);
}

__attribute__((unused)) static struct engine *begin_domain(void)
{
	struct engine *engine = begin();

	put_domain(engine);
	put_dns(engine);
	return engine;
}

__attribute__((unused)) static void end(struct engine *engine)
{
	host.fd = close_fd(host.fd);
	engine_free(engine);
}

/* Lets the clock go on, from deadline to deadline. */
__attribute__((unused)) static void pass(struct engine *engine, uint64_t time)
{
	uint64_t until = test_now + time;

	while (engine_deadline(engine) <= until) {
		test_now = MAX(test_now, engine_deadline(engine));
		engine_dispatch(engine, test_now);
	}
	test_now = until;
	engine_dispatch(engine, test_now);
}

__attribute__((unused)) static uint64_t counter(const char *name)
{
	const char *has;
	uint64_t value;

	for (unsigned int i = 0; host.source->ops->counter(host.source, i, &has, &value); i++) {
		if (strcmp(has, name) == 0)
			return value;
	}
	printf("# no counter \"%s\"\n", name);
	return UINT64_MAX;
}

__attribute__((unused)) static void answer_name(struct engine *engine, const char *address)
{
	if (address != NULL)
		oracle_say(engine, address, 0);
	oracle_say(engine, NULL, address != NULL ? MIF_TRANSLATION_FOUND : MIF_TRANSLATION_NO_NAME);
}

/* The fetcher runs, and has read its request. False: it got none. */
__attribute__((unused)) static bool fetcher_begin(struct engine *engine)
{
	uint8_t packet[FETCH_PACKET_MAX];
	ssize_t size;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		abort();
	close_fd(host.fd);
	host.fd = fds[0];
	source_pvd_info_started(host.source, host.number, fds[1], test_now);
	engine_dispatch(engine, test_now);
	size = recv(host.fd, packet, sizeof(packet), 0);
	return size > 0 && fetch_request_read(&host.request, packet, (size_t)size) == 0;
}

__attribute__((unused)) static void fetcher_say(
	struct engine *engine, uint32_t result, const char *body)
{
	static struct fetch_answer answer;
	uint8_t packet[FETCH_PACKET_MAX];
	int size;

	answer.result = result;
	answer.status = 200;
	answer.size = (uint32_t)strlen(body);
	memcpy(answer.body, body, answer.size);
	size = fetch_answer_write(&answer, packet);
	if (size < 0 || send(host.fd, packet, (size_t)size, 0) != size)
		abort();
	engine_dispatch(engine, test_now);
	engine_dispatch(engine, test_now);
}

/* From the question to the answer. */
__attribute__((unused)) static void fetch(struct engine *engine, uint32_t result, const char *body)
{
	answer_name(engine, SERVER);
	if (!fetcher_begin(engine))
		abort();
	fetcher_say(engine, result, body);
}

/* Until the next question: after how many seconds. */
__attribute__((unused)) static unsigned int await_question(struct engine *engine)
{
	unsigned int started = oracle.started, seconds = 0;

	while (oracle.started == started && seconds++ < 7200)
		pass(engine, NSEC_PER_SEC);
	return seconds;
}

/* How many items there are of this information, and the first text. */
__attribute__((unused)) static size_t told(
	struct engine *engine, uint32_t information, const char **text)
{
	static struct data_item items[DATA_ITEMS];
	const struct object *pvd = model_pvd(engine->model, 2);
	size_t count = pvd == NULL
		? 0
		: data_find(engine->model, pvd, MIF_ELEMENT_PVD_INFO, information, 0, items);

	if (text != NULL)
		*text = count > 0 ? items[0].text : "";
	return count;
}

__attribute__((unused)) static bool has_element(struct engine *engine)
{
	const struct object *pvd = model_pvd(engine->model, 2);

	if (pvd == NULL)
		return false;
	list_for_each (node, &pvd->children) {
		const struct object *child = container_of(node, struct object, siblings);

		if (child->kind == OBJECT_ELEMENT && child->element.element == MIF_ELEMENT_PVD_INFO)
			return true;
	}
	return false;
}
