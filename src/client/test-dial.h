/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Dials over loopback sockets, with an engine that says what the test wants. Its domains have
 * addresses of 127/8, all of which this host answers for: 127.1.0.2 in the domain A (1), 127.2.0.2
 * in the domain B (2), ::1 in the IPv6 domain C (3).
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "client/dial-text.h"
#include "descriptors.h"
#include "error.h"
#include "test-link.h"

/* ---- an engine whose names are in a table ---- */

__attribute__((unused)) static const struct answer {
	const char *name;
	uint64_t pvd;
	const char *addresses[3];
	uint32_t status;
	uint32_t system;
} answers[] = {
	{"both.example", 1, {"127.1.0.80"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_DNS},
	{"both.example", 2, {"127.2.0.80"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_DNS},
	{"three.example", 1, {"127.1.0.80", "127.1.0.81"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_DNS},
	{"three.example", 2, {"127.2.0.80"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_DNS},
	{"three.example", 3, {"::1"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_DNS},
	/* nothing for A: its DNS never answers */
	{"deaf.example", 2, {"127.2.0.80"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_DNS},
	{"far.example", 1, {"127.9.0.1"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_DNS},
	{"corp.example", 1, {NULL}, MIF_TRANSLATION_OTHER_ZONE, MIF_SYSTEM_DNS},
	{"corp.example", 2, {"127.2.0.80"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_DNS},
	{"none.example", 1, {NULL}, MIF_TRANSLATION_NO_NAME, MIF_SYSTEM_DNS},
	{"none.example", 2, {NULL}, MIF_TRANSLATION_NO_NAME, MIF_SYSTEM_DNS},
	{"slow.example", 1, {NULL}, MIF_TRANSLATION_TIMEOUT, MIF_SYSTEM_DNS},
	{"slow.example", 2, {NULL}, MIF_TRANSLATION_NO_NAME, MIF_SYSTEM_DNS},
	{"un done", 1, {NULL}, MIF_TRANSLATION_MALFORMED, MIF_SYSTEM_DNS},
	{"un done", 2, {NULL}, MIF_TRANSLATION_MALFORMED, MIF_SYSTEM_DNS},
	{"undone.example", 1, {NULL}, MIF_TRANSLATION_NO_SERVER, MIF_SYSTEM_DNS},
	{"undone.example", 2, {NULL}, MIF_TRANSLATION_NO_SERVER, MIF_SYSTEM_DNS},
	{"myself", 1, {"127.0.1.1"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_HOSTS},
	{"myself", 2, {"127.0.1.1"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_HOSTS},
};

/* web.example has two services, at 127.1.0.80 by a hint: the better one speaks h3 alone, which no TCP
 * reaches. */
__attribute__((unused)) static void service_answer(
	struct fake_link *link, const struct mif_message_translate_name *asked)
{
	struct mif_message report = {.type = MIF_SERVICE_TRANSLATION};
	struct mif_message_service_translation *as = &report.as.service_translation;
	bool there = strcmp(asked->name, "web.example") == 0 && asked->pvd == 1;

	for (uint32_t i = 1; there && i <= 2; i++) {
		as->translation = asked->translation;
		as->service = as->priority = i;
		strcpy(as->target, "web.example");
		strcpy(as->alpn, i == 1 ? "h3" : "h2,h3");
		as->flags = MIF_SERVICE_NO_DEFAULT_ALPN;
		fake_report(link, &report);
	}
	for (uint32_t i = 1; there && i <= 2; i++) {
		report = (struct mif_message){.type = MIF_NAME_TRANSLATION};
		report.as.name_translation.translation = asked->translation;
		report.as.name_translation.service = i;
		mif_address_parse(&report.as.name_translation.address, "127.1.0.80");
		fake_report(link, &report);
	}
	report = (struct mif_message){.type = MIF_NAME_TRANSLATION_DONE};
	report.as.name_translation_done.translation = asked->translation;
	report.as.name_translation_done.status =
		there ? MIF_TRANSLATION_FOUND : MIF_TRANSLATION_NO_ADDRESS;
	fake_report(link, &report);
}

__attribute__((unused)) static void names_answer(
	struct fake_link *link, const struct mif_message *request)
{
	const struct mif_message_translate_name *asked = &request->as.translate_name;

	if (asked->scheme[0] != '\0') {
		service_answer(link, asked);
		return;
	}

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer *answer = &answers[i];
		struct mif_message report = {.type = MIF_NAME_TRANSLATION};

		if (strcmp(answer->name, asked->name) != 0 || answer->pvd != asked->pvd)
			continue;
		report.as.name_translation.translation = asked->translation;
		report.as.name_translation.system = answer->system;
		for (size_t j = 0; j < 3 && answer->addresses[j] != NULL; j++) {
			mif_address_parse(
				&report.as.name_translation.address, answer->addresses[j]);
			fake_report(link, &report);
		}
		report = (struct mif_message){.type = MIF_NAME_TRANSLATION_DONE};
		report.as.name_translation_done.translation = asked->translation;
		report.as.name_translation_done.status = answer->status;
		if (answer->status == MIF_TRANSLATION_OTHER_ZONE) {
			/* The engine says so to those who heed zones. */
			if ((asked->flags & MIF_TRANSLATE_ZONES) == 0)
				report.as.name_translation_done.status = MIF_TRANSLATION_NO_NAME;
			report.as.name_translation_done.pvd = 2;
			strcpy(report.as.name_translation_done.zone, "corp.example");
		}
		fake_report(link, &report);
	}
}

__attribute__((unused)) static int names_post(struct link *link, const struct mif_message *request)
{
	int r = fake_post(link, request);

	if (r == 0 && request->type == MIF_TRANSLATE_NAME)
		names_answer(fake_of(link), request);
	return r;
}

__attribute__((unused)) static int names_another(struct link *link, struct link **linkp);

__attribute__((unused)) static const struct link_ops names_ops = {
	.post = names_post,
	.get = fake_get,
	.fd = fake_fd,
	.another = names_another,
	.free = fake_free,
};

__attribute__((unused)) static int names_another(struct link *link, struct link **linkp)
{
	int r = fake_another(link, linkp);

	if (r == 0)
		(*linkp)->ops = &names_ops;
	return r;
}

#define DOMAIN(text, state, egress) \
	"pvd interface=1 " text " flags=default-route state=" state " egress=" egress

__attribute__((unused)) static void add_domain(
	struct fake_engine *engine, unsigned int pvd, const char *state, const char *egress)
{
	static const char *const what[] = {"", "pvd=1 name=lo:127.1.0.0/16 family=ipv4",
		"pvd=2 name=lo:127.2.0.0/16 family=ipv4", "pvd=3 name=lo:fe80::1 family=ipv6"};
	static const char *const addresses[] = {"",
		"address pvd=1 address=127.1.0.2 prefix_length=16",
		"address pvd=2 address=127.2.0.2 prefix_length=16",
		"address pvd=3 address=::1 prefix_length=128"};
	char text[512];

	snprintf(text, sizeof(text), DOMAIN("%s", "%s", "%s"), what[pvd], state, egress);
	fake_add(engine, text);
	fake_add(engine, addresses[pvd]);
}

/* A handle on an engine that has the domains named: "AB". */
__attribute__((unused)) static struct mif *open_with(
	struct fake_engine *engine, const char *domains)
{
	struct mif *mif;

	*engine = (struct fake_engine){0};
	fake_add(engine, "interface interface=1 name=lo ifindex=1");
	for (; *domains != '\0'; domains++)
		add_domain(engine, (unsigned int)(*domains - 'A' + 1), "usable", "certain");
	mif = fake_open(engine, 0);
	engine->links[0]->link.ops = &names_ops;
	return mif;
}

/* How many requests of this type the view's link has seen. */
__attribute__((unused)) static unsigned int count_requests(
	const struct fake_engine *engine, uint32_t type)
{
	unsigned int count = 0;

	for (size_t i = 0; i < engine->links[1]->request_count; i++)
		count += engine->links[1]->requests[i].type == type;
	return count;
}

/* ---- the network ---- */

__attribute__((unused)) static uint16_t port; /* of all servers */

/* A listening socket; backlog 0 and one connection that nobody accepts: it swallows the rest. */
__attribute__((unused)) static int serve(const char *text, int backlog)
{
	struct mif_endpoint endpoint = {.port = port};
	struct sockaddr_storage address;
	socklen_t size;
	int fd;

	mif_address_parse(&endpoint.address, text);
	size = mif_endpoint_to_sockaddr(&endpoint, &address);
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, backlog) < 0) {
		perror(text);
		abort();
	}
	size = sizeof(address);
	getsockname(fd, (struct sockaddr *)&address, &size);
	mif_endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&address, size);
	port = endpoint.port;
	return fd;
}

struct hole {
	int server, filler[2];
};

__attribute__((unused)) static struct hole dig_hole(const char *text)
{
	struct hole hole = {.server = serve(text, 0)};
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	getsockname(hole.server, (struct sockaddr *)&address, &size);
	for (int i = 0; i < 2; i++) {
		hole.filler[i] =
			socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(hole.filler[i], (struct sockaddr *)&address, size) < 0 &&
			errno != EINPROGRESS)
			abort();
	}
	return hole;
}

__attribute__((unused)) static void fill_hole(struct hole hole)
{
	close(hole.server);
	close(hole.filler[0]);
	close(hole.filler[1]);
}

/* The address that the server saw. */
__attribute__((unused)) static const char *accept_peer(int server)
{
	static char text[MIF_ADDRESS_TEXT];
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	struct mif_endpoint endpoint;
	int fd = accept4(server, (struct sockaddr *)&address, &size, SOCK_CLOEXEC);

	if (fd < 0)
		return "nobody";
	close(fd);
	mif_endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&address, size);
	return mif_address_format(&endpoint.address, text);
}

__attribute__((unused)) static const char *port_text(void)
{
	static _Thread_local char text[8];

	snprintf(text, sizeof(text), "%u", port);
	return text;
}

#define MS(result) ((result).duration / NSEC_PER_MSEC)
