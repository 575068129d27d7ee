/* SPDX-License-Identifier: MIT */
/*
 * Dials over loopback sockets, with an engine that says what the test wants. Its domains have
 * addresses of 127/8, all of which this host answers for: 127.1.0.2 in the domain A (1), 127.2.0.2
 * in the domain B (2), ::1 in the IPv6 domain C (3).
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "client/dial-text.h"
#include "test-link.h"

/* ---- an engine whose names are in a table ---- */

static const struct answer {
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
	{"undone.example", 1, {NULL}, MIF_TRANSLATION_NO_SERVER, MIF_SYSTEM_DNS},
	{"undone.example", 2, {NULL}, MIF_TRANSLATION_NO_SERVER, MIF_SYSTEM_DNS},
	{"myself", 1, {"127.0.1.1"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_HOSTS},
	{"myself", 2, {"127.0.1.1"}, MIF_TRANSLATION_FOUND, MIF_SYSTEM_HOSTS},
};

/* web.example has two services, at 127.1.0.80 by a hint: the better one speaks h3 alone, which no TCP
 * reaches. */
static void service_answer(struct fake_link *link, const struct mif_message_translate_name *asked)
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

static void names_answer(struct fake_link *link, const struct mif_message *request)
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

static int names_post(struct link *link, const struct mif_message *request)
{
	int r = fake_post(link, request);

	if (r == 0 && request->type == MIF_TRANSLATE_NAME)
		names_answer(fake_of(link), request);
	return r;
}

static int names_another(struct link *link, struct link **linkp);

static const struct link_ops names_ops = {
	.post = names_post,
	.get = fake_get,
	.fd = fake_fd,
	.another = names_another,
	.free = fake_free,
};

static int names_another(struct link *link, struct link **linkp)
{
	int r = fake_another(link, linkp);

	if (r == 0)
		(*linkp)->ops = &names_ops;
	return r;
}

#define DOMAIN(text, state, egress) \
	"pvd interface=1 " text " flags=default-route state=" state " egress=" egress

static void add_domain(
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
static struct mif *open_with(struct fake_engine *engine, const char *domains)
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
static unsigned int count_requests(const struct fake_engine *engine, uint32_t type)
{
	unsigned int count = 0;

	for (size_t i = 0; i < engine->links[1]->request_count; i++)
		count += engine->links[1]->requests[i].type == type;
	return count;
}

/* ---- the network ---- */

static uint16_t port; /* of all servers */

/* A listening socket; backlog 0 and one connection that nobody accepts: it swallows the rest. */
static int serve(const char *text, int backlog)
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

static struct hole dig_hole(const char *text)
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

static void fill_hole(struct hole hole)
{
	close(hole.server);
	close(hole.filler[0]);
	close(hole.filler[1]);
}

/* The address that the server saw. */
static const char *accept_peer(int server)
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

static unsigned int open_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int count = 0;

	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

static const char *port_text(void)
{
	static _Thread_local char text[8];

	snprintf(text, sizeof(text), "%u", port);
	return text;
}

#define MS(result) ((result).duration / NSEC_PER_MSEC)

/* ---- mif_dial() ---- */

static void test_loopback(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "A");
	struct mif_dial_result result;
	int server = serve("127.0.0.1", 9);
	int fd = mif_dial(mif, "127.0.0.1", port_text(), NULL, &result);

	ok(fd >= 0 && result.pvd == 0 && result.source.address.octets[0] == 127 &&
			result.source.port != 0 && result.destination.port == port &&
			result.text[0] == '\0',
		"M36: a loopback address is in no domain");
	ok(engine.link_count == 1, "M36: and needs no view");
	ok((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0,
		"M36: the descriptor is blocking and close-on-exec");
	close(fd);
	fd = mif_dial(mif, "localhost", port_text(), NULL, NULL);
	ok(fd >= 0 && engine.link_count == 1, "M36: localhost is this host; no result is wanted");
	close(fd);
	fd = mif_dial(mif, "x.LocalHost.", port_text(), NULL, NULL);
	ok(fd >= 0, "M36: and so is all below it (RFC 6761)");
	close(fd);
	close(server);
	fd = mif_dial(mif, "127.0.0.1", port_text(), NULL, &result);
	ok(fd == -ECONNREFUSED && strstr(result.text, "loopback: 127.0.0.1 refused") != NULL,
		"M36: nobody listens: %s", result.text);
	mif_close(mif);
}

static void test_names(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct mif_dial_result result;
	int a = serve("127.1.0.80", 9), b = serve("127.2.0.80", 9);
	int fd = mif_dial(mif, "both.example", port_text(), NULL, &result);

	ok(fd >= 0 && result.pvd == 1 && strcmp(accept_peer(a), "127.1.0.2") == 0,
		"M30: the first of two equal domains, from its own address");
	close(fd);
	fd = mif_dial(mif, "deaf.example", port_text(), NULL, &result);
	ok(fd >= 0 && result.pvd == 2 && strcmp(accept_peer(b), "127.2.0.2") == 0,
		"M30: a domain whose DNS is silent costs nothing");
	ok(count_requests(&engine, MIF_STOP_TRANSLATING_NAME) == 1,
		"M24: and it is asked no further");
	close(fd);
	close(a);
	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	ok(fd >= 0 && result.pvd == 2 && strcmp(accept_peer(b), "127.2.0.2") == 0,
		"M30: refused in one domain: through the other");
	close(fd);

	struct hole hole = dig_hole("127.1.0.80");

	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	ok(fd >= 0 && result.pvd == 2 && strcmp(accept_peer(b), "127.2.0.2") == 0 &&
			MS(result) >= 250,
		"M30: swallowed in one domain: through the other, after one delay");
	close(fd);
	fill_hole(hole);
	close(b);
	mif_close(mif);
}

static void test_failures(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct mif_dial_options options = {.timeout_ms = 400};
	struct mif_dial_result result;
	int server = serve("127.3.0.1", 9);
	int fd;

	fd = mif_dial(mif, "none.example", "80", NULL, &result);
	ok(fd == -ENOENT && strstr(result.text, "none.example port 80: unknown in lo:127.1") &&
			strstr(result.text, "; unknown in lo:127.2.0.0/16"),
		"M30: unknown in every domain: %s", result.text);
	fd = mif_dial(mif, "slow.example", "80", NULL, &result);
	ok(fd == -EAGAIN && strstr(result.text, "no answer from DNS in lo:127.1.0.0/16 (timeout)"),
		"M30: a DNS timeout: %s", result.text);
	fd = mif_dial(mif, "undone.example", "80", NULL, &result);
	ok(fd == -EDESTADDRREQ && strstr(result.text, "no DNS server in lo:127.1.0.0/16"),
		"M30: no DNS at all: %s", result.text);
	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	ok(fd == -ECONNREFUSED && strstr(result.text, "lo:127.1.0.0/16: 127.1.0.80 refused") &&
			strstr(result.text, "; lo:127.2.0.0/16: 127.2.0.80 refused"),
		"M29 M30: refused everywhere: %s", result.text);
	fd = mif_dial(mif, "silent.example", port_text(), &options, &result);
	ok(fd == -ETIMEDOUT && MS(result) >= 400 && strstr(result.text, "gave up after 400 ms"),
		"M30: the time is over: %s", result.text);
	fd = mif_dial(mif, "2001:db8::1", "80", NULL, &result);
	ok(fd == -ENETUNREACH, "M30: no domain of the address's family: %s", result.text);
	options.pvd = 77;
	fd = mif_dial(mif, "both.example", "80", &options, &result);
	ok(fd == -ENODEV, "M30: no such domain: %s", result.text);
	close(server);
	mif_close(mif);

	mif = open_with(&engine, "");
	fd = mif_dial(mif, "both.example", "80", NULL, &result);
	ok(fd == -ENETDOWN && strstr(result.text, "no provisioning domain"),
		"M30: no domain at all: %s", result.text);
	mif_close(mif);
}

/* Service records: the addresses of web.example itself never come. */
static void test_services(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct mif_dial_options options = {.scheme = "https", .timeout_ms = 300};
	struct mif_dial_result result;
	int a = serve("127.1.0.80", 9);
	int fd = mif_dial(mif, "web.example", port_text(), &options, &result);

	ok(fd >= 0 && result.pvd == 1 && strcmp(accept_peer(a), "127.1.0.2") == 0,
		"M30: what a service record hints at is connected to");
	ok(strcmp(result.alpn, "h2,h3") == 0, "M30: and its protocols are told: %s", result.alpn);
	close(fd);
	fd = mif_dial(mif, "both.example", port_text(), &options, &result);
	ok(fd >= 0 && result.alpn[0] == '\0', "M30: where there is none, it is as ever");
	close(fd);
	options.scheme = NULL;
	fd = mif_dial(mif, "web.example", port_text(), &options, &result);
	ok(fd == -ETIMEDOUT, "M30: nobody asks for services unasked");
	options.scheme = "HTTPS:";
	ok(mif_dial(mif, "web.example", "80", &options, NULL) == -EINVAL, "M36: no scheme");
	close(a);
	mif_close(mif);
}

/* Split DNS: what the engine says of zones. */
static void test_zones(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct mif_dial_options options = {.not_pvd = 2};
	struct mif_dial_result result;
	int b = serve("127.2.0.80", 9);
	int fd = mif_dial(mif, "corp.example", port_text(), NULL, &result);

	ok(fd >= 0 && result.pvd == 2 && MS(result) < 200,
		"M23 M30: through the domain whose zone the name is below; the other one costs no "
		"time");
	close(fd);
	fd = mif_dial(mif, "corp.example", port_text(), &options, &result);
	ok(fd == -EPERM &&
			strstr(result.text,
				"not asked in lo:127.1.0.0/16; the name is below "
				"corp.example of lo:127.2.0.0/16"),
		"M23 M30: no other domain is asked instead: %s", result.text);
	options.zones = MIF_DIAL_ZONES_IGNORED;
	fd = mif_dial(mif, "corp.example", port_text(), &options, &result);
	ok(fd == -ENOENT, "M23 M30: unless the caller says so: %s", result.text);
	options = (struct mif_dial_options){.pvd = 1};
	fd = mif_dial(mif, "corp.example", port_text(), &options, &result);
	ok(fd == -ENOENT, "M23 M30: or names the domain: %s", result.text);
	options.zones = 2;
	ok(mif_dial(mif, "corp.example", port_text(), &options, NULL) == -EINVAL,
		"M36: no such way with zones");
	close(b);
	mif_close(mif);
}

static void test_arguments(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "A");
	struct mif_dial_options options = {.family = 5};
	char longest[MIF_TEXT_SIZE + 1];

	memset(longest, 'a', MIF_TEXT_SIZE);
	longest[MIF_TEXT_SIZE] = '\0';
	ok(mif_dial(mif, "", "80", NULL, NULL) == -EINVAL, "M36: no host");
	ok(mif_dial(mif, longest, "80", NULL, NULL) == -EINVAL, "M36: a host too long");
	ok(mif_dial(mif, "x", "0", NULL, NULL) == -EINVAL, "M36: port 0");
	ok(mif_dial(mif, "x", "65536", NULL, NULL) == -EINVAL, "M36: a port too large");
	ok(mif_dial(mif, "x", "80x", NULL, NULL) == -EINVAL, "M36: no number");
	ok(mif_dial(mif, "x", "no-such-service", NULL, NULL) == -EINVAL, "M36: unknown service");
	ok(mif_dial(mif, "0.0.0.0", "80", NULL, NULL) == -EINVAL, "M36: no destination");
	ok(mif_dial(mif, "ff02::1", "80", NULL, NULL) == -EINVAL, "M36: multicast");
	ok(mif_dial(mif, "x", "80", &options, NULL) == -EINVAL, "M36: no family");
	options.family = MIF_FAMILY_IPV6;
	ok(mif_dial(mif, "127.0.0.1", "80", &options, NULL) == -EINVAL,
		"M36: an address of another family");
	options.flags = 2;
	ok(mif_dial(mif, "::1", "80", &options, NULL) == -EINVAL, "M36: what must be 0");
	if (getservbyname("http", "tcp") == NULL)
		tap_skip("M36: a service by name", "this machine has no /etc/services");
	else
		ok(mif_dial(mif, "127.99.0.1", "http", NULL, NULL) != -EINVAL,
			"M36: a service by name");

	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(mif_dial(mif, "127.0.0.1", "80", NULL, NULL) == -ECHILD ? 0 : 1);
	waitpid(child, &status, 0);
	ok(status == 0, "M36: a child of fork may not use the handle");
	mif_close(mif);
}

/* Which domains, in which order. */
static void test_choice(void)
{
	struct fake_engine engine = {0};
	struct mif_dial_result result;
	struct mif_dial_options options = {.pvd = 2};
	int a = serve("127.1.0.80", 9), b = serve("127.2.0.80", 9), far = serve("127.9.0.1", 9);
	struct mif *mif = open_with(&engine, "AB");
	int fd = mif_dial(mif, "both.example", port_text(), &options, &result);

	ok(fd >= 0 && result.pvd == 2, "M30: through one domain only, as asked");
	close(fd);
	fd = mif_dial(mif, "127.2.0.80", port_text(), &options, &result);
	ok(fd == -ENETUNREACH, "M30: an address of this host is in no domain: %s", result.text);
	mif_close(mif);

	engine = (struct fake_engine){0};
	fake_add(&engine, "interface interface=1 name=lo ifindex=1");
	add_domain(&engine, 1, "suspect", "certain");
	add_domain(&engine, 2, "usable", "certain");
	mif = fake_open(&engine, 0);
	engine.links[0]->link.ops = &names_ops;
	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	ok(fd >= 0 && result.pvd == 2, "M7 M30: a suspect domain comes after a usable one");
	close(fd);
	mif_close(mif);

	engine = (struct fake_engine){0};
	fake_add(&engine, "interface interface=1 name=lo ifindex=1");
	add_domain(&engine, 1, "usable", "uncertain");
	add_domain(&engine, 2, "usable", "certain");
	mif = fake_open(&engine, 0);
	engine.links[0]->link.ops = &names_ops;
	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	ok(fd >= 0 && result.pvd == 2,
		"M10 M30: one whose packets may leave by another router comes after one that is "
		"certain");
	close(fd);
	mif_close(mif);

	engine = (struct fake_engine){0};
	fake_add(&engine, "interface interface=1 name=lo ifindex=1");
	fake_add(&engine, "default_pvd family=ipv4 pvd=2");
	add_domain(&engine, 1, "usable", "certain");
	add_domain(&engine, 2, "usable", "certain");
	mif = fake_open(&engine, 0);
	engine.links[0]->link.ops = &names_ops;
	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	ok(fd >= 0 && result.pvd == 2, "M30: of equal domains the default one comes first");
	close(fd);
	mif_close(mif);

	engine = (struct fake_engine){0};
	fake_add(&engine, "interface interface=1 name=lo ifindex=1");
	add_domain(&engine, 1, "no-router", "impossible");
	mif = fake_open(&engine, 0);
	engine.links[0]->link.ops = &names_ops;
	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	ok(fd >= 0 && result.pvd == 1, "M30: without a router, what is on the link");
	close(fd);
	fd = mif_dial(mif, "far.example", port_text(), NULL, &result);
	ok(fd == -ENETUNREACH, "M30: and nothing else: %s", result.text);
	mif_close(mif);

	mif = open_with(&engine, "AB");
	close(a);
	a = serve("127.0.1.1", 9);
	fd = mif_dial(mif, "myself", port_text(), NULL, &result);
	ok(fd >= 0 && result.pvd == 0, "M23 M30: the hosts file may name this host: %s",
		result.text);
	close(fd);
	mif_close(mif);
	close(a);
	close(b);
	close(far);
}

/* ---- policy ---- */

/* Domain 1 on an interface that costs nothing, domain 2 on one that does. */
static struct mif *open_metered(struct fake_engine *engine)
{
	struct mif *mif;

	*engine = (struct fake_engine){0};
	fake_add(engine, "interface interface=1 name=eth0 ifindex=1 kind=ethernet");
	fake_add(engine, "interface interface=2 name=wwan0 ifindex=1 kind=cellular metered=yes");
	fake_add(engine,
		"pvd interface=1 pvd=1 name=eth0:127.1.0.0/16 family=ipv4 "
		"flags=default-route state=usable egress=certain");
	fake_add(engine, "address pvd=1 address=127.1.0.2 prefix_length=16");
	fake_add(engine,
		"pvd interface=2 pvd=2 name=wwan0:127.2.0.0/16 family=ipv4 "
		"flags=default-route state=usable egress=certain");
	fake_add(engine, "address pvd=2 address=127.2.0.2 prefix_length=16");
	/* Without a policy of prices this one would be first. */
	fake_add(engine, "default_pvd family=ipv4 pvd=2");
	mif = fake_open(engine, 0);
	engine->links[0]->link.ops = &names_ops;
	return mif;
}

/* What the engine was asked for last. */
static uint64_t wanted;

static int wanting_post(struct link *link, const struct mif_message *request)
{
	if (request->type == MIF_WANTS_TO_CONNECT)
		wanted = request->as.wants_to_connect.pvd;
	return names_ops.post(link, request);
}

static void test_hold(void)
{
	const struct mif_dial_options hold = {.flags = MIF_DIAL_HOLD};
	struct fake_engine engine;
	struct link_ops ops = names_ops;
	struct mif_dial_result result;
	int server = serve("127.1.0.80", 9), fd;
	struct mif *mif = open_metered(&engine);

	ops.post = wanting_post;
	engine.links[0]->link.ops = &ops;
	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	ok(fd >= 0 && wanted == 0, "M31: a dial holds nothing");
	close(fd);
	fd = mif_dial(mif, "both.example", port_text(), &hold, &result);
	ok(fd >= 0 && wanted == result.pvd && wanted != 0,
		"M31: unless it is asked to: the domain of the connection is wanted then");
	close(fd);
	mif_close(mif);
	close(server);
}

static void test_policy(void)
{
	static const struct {
		const char *row;
		struct mif_dial_options options;
		int pvd; /* or negative errno */
	} rows[] = {
		{"what is free comes first", {0}, 1},
		{"unless prices do not matter", {.metered = MIF_DIAL_METERED_ALIKE}, 2},
		{"only through one interface", {.interface = 2}, 2},
		{"never through one interface", {.not_interface = 1}, 2},
		{"never through one domain", {.not_pvd = 1}, 2},
		{"only through mobile networks", {.kinds = MIF_KINDS_CELLULAR}, 2},
		{"only through mobile networks, if they are free",
			{.kinds = MIF_KINDS_CELLULAR, .metered = MIF_DIAL_METERED_NEVER},
			-ENETDOWN},
		{"never through the only one that is left", {.interface = 1, .not_pvd = 1},
			-ENETDOWN},
		{"no such price", {.metered = 3}, -EINVAL},
		{"no such wish", {.best = 2}, -EINVAL},
		{"no negative window", {.window_ms = -1}, -EINVAL},
	};
	struct fake_engine engine;
	int a = serve("127.1.0.80", 9), b = serve("127.2.0.80", 9);
	struct mif *mif = open_metered(&engine);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mif_dial_result result;
		int fd = mif_dial(mif, "both.example", port_text(), &rows[i].options, &result);

		ok(fd < 0 ? fd == rows[i].pvd : (int)result.pvd == rows[i].pvd, "M30 M36: %s: %s",
			rows[i].row, fd < 0 ? strerrorname_np(-fd) : "connected");
		if (fd >= 0)
			close(fd);
	}
	mif_close(mif);
	close(a);
	close(b);
}

/* ---- DIAL ---- */

static void post_dial(struct mif *mif, uint64_t connection, const char *host)
{
	char text[512];

	snprintf(text, sizeof(text), "dial tag=5 connection=%d host=%s port=%u verbose=1",
		(int)connection, host, port);
	if (post_text(mif, text) != 0)
		printf("Bail out! %s\n", text);
}

static void test_steps(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "ABC");
	unsigned int before = open_fds();
	struct hole hole = dig_hole("127.1.0.80");
	int a = serve("127.1.0.81", 9);
	struct mif_message_attempt steps[16] = {{0}};
	const struct mif_message *report = NULL;
	struct mif_message_connected connected = {.fd = -1};
	unsigned int count = 0, last = 0;

	/* ::1 and 127.2.0.80 refuse, 127.1.0.80 swallows, 127.1.0.81 answers. */
	post_dial(mif, 9, "three.example");
	for (unsigned int i = 0; i < 16 && last == 0 && mif_check(mif, NULL, 0, 10000) == 1; i++) {
		if (mif_get(mif, &report) != 1)
			break;
		if (report->type == MIF_ATTEMPT)
			steps[count++] = report->as.attempt;
		else
			last = report->type;
	}
	if (last == MIF_CONNECTED) {
		connected = report->as.connected;
		mif_message_take_fd(mif);
	}
	ok(last == MIF_CONNECTED && connected.connection == 9 && report->tag == 5 &&
			connected.pvd == 1 && connected.source.address.octets[1] == 1 &&
			connected.destination.address.octets[3] == 81,
		"M28 M30: CONNECTED in the same queue");
	ok((fcntl(connected.fd, F_GETFL) & O_NONBLOCK) != 0, "M28: its descriptor is non-blocking");
	ok(steps[0].outcome == MIF_ATTEMPT_STARTED && steps[0].pvd == 3 && steps[0].attempt == 1 &&
			steps[0].connection == 9,
		"M30: the first step: IPv6");
	ok(steps[1].outcome == MIF_ATTEMPT_FAILED && steps[1].error == ECONNREFUSED,
		"M30: which is refused");
	ok(count == 8 && steps[count - 2].outcome == MIF_ATTEMPT_CONNECTED &&
			steps[count - 2].attempt == 4 && steps[count - 1].attempt == 2 &&
			steps[count - 1].outcome == MIF_ATTEMPT_ABANDONED,
		"M30: of %u steps the last: one won, one was abandoned", count);
	ok(steps[count - 2].time >= 250 * NSEC_PER_MSEC, "M30: after one delay");
	ok(strcmp(accept_peer(a), "127.1.0.2") == 0, "M30: as the server saw it");
	ok(mif_check(mif, NULL, 0, 300) == 0, "M29: nothing follows");
	close(connected.fd);
	fill_hole(hole);
	close(a);
	mif_close(mif);
	ok(open_fds() < before, "M28: every descriptor is closed");
}

/* The first step of a dial: through which domain. */
static uint64_t first_step(struct mif *mif, uint64_t connection, const char *host)
{
	const struct mif_message *report = NULL;
	uint64_t pvd = 0;

	post_dial(mif, connection, host);
	while (mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1 &&
		report->type == MIF_ATTEMPT)
		pvd = pvd == 0 ? report->as.attempt.pvd : pvd;
	return pvd;
}

static void test_memory(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct hole hole = dig_hole("127.1.0.80");
	int server = serve("127.2.0.80", 9);

	for (uint64_t i = 1; i <= 3; i++)
		ok(first_step(mif, i, "both.example") == 1,
			"M30: dial %d begins with the first domain, which is silent", (int)i);
	ok(first_step(mif, 4, "both.example") == 2,
		"M30: the fourth begins with the one that has answered");
	mif_close(mif);
	fill_hole(hole);
	close(server);
}

static void test_plan(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "ABC");
	int server = serve("127.1.0.81", 9);
	const struct mif_message *report = NULL;
	struct mif_message_attempt steps[16] = {{0}};
	unsigned int count = 0, wrong = 0;
	char text[256];

	snprintf(text, sizeof(text), "dial connection=3 host=three.example port=%u plan=1", port);
	post_text(mif, text);
	while (count < 16 && mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1 &&
		report->type == MIF_ATTEMPT)
		steps[count++] = report->as.attempt;
	for (unsigned int i = 0; i < count; i++)
		wrong += steps[i].outcome != MIF_ATTEMPT_PLANNED || steps[i].attempt != i + 1 ||
			steps[i].time != i * 250 * NSEC_PER_MSEC || steps[i].reason == 0;
	ok(count == 4 && wrong == 0 && steps[0].pvd == 3 && steps[3].reason == MIF_REASON_LAST,
		"M30: a plan: %u attempts, one delay apart, each with its reason", count);
	ok(report->type == MIF_NOT_CONNECTED && report->as.not_connected.error == ECANCELED &&
			report->as.not_connected.connection == 3,
		"M29: and one end: %s", report->as.not_connected.text);
	mif_close(mif);
	mif = open_with(&engine, "AB");
	snprintf(text, sizeof(text), "dial connection=4 host=none.example port=%u plan=1", port);
	post_text(mif, text);
	ok(mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1 &&
			report->type == MIF_NOT_CONNECTED &&
			report->as.not_connected.error == ENOENT,
		"M29: nothing to plan: why");
	ok(fcntl(server, F_SETFL, O_NONBLOCK) == 0 && accept(server, NULL, NULL) < 0,
		"M30: nobody was connected to");
	mif_close(mif);
	close(server);
}

/* A domain whose DNS says nothing is not waited for. */
static void test_plan_window(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	const struct mif_message *report = NULL;
	uint64_t begun = clock_boottime(), took;
	char text[256];

	snprintf(text, sizeof(text),
		"dial connection=3 host=deaf.example port=%u plan=1 verbose=1 window=%u", port,
		(unsigned int)(50 * NSEC_PER_MSEC));
	post_text(mif, text);
	ok(mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1 &&
			report->type == MIF_ATTEMPT && report->as.attempt.pvd == 2 &&
			report->as.attempt.ifindex == 1,
		"M30: a plan of what is known after the window");
	took = clock_boottime() - begun;
	ok(took >= 50 * NSEC_PER_MSEC && took < 10 * NSEC_PER_SEC, "M30: ... not earlier");
	mif_close(mif);
}

static void test_fastest(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct mif_dial_options options = {.best = MIF_DIAL_FASTEST, .window_ms = 200};
	struct mif_dial_result result;
	struct hole hole = dig_hole("127.1.0.80");
	int server = serve("127.2.0.80", 9), fd;
	unsigned int before = open_fds();

	fd = mif_dial(mif, "both.example", port_text(), &options, &result);
	ok(fd >= 0 && result.pvd == 2, "M30: the fastest: beside one that never answers");
	ok(fd >= 0 && fcntl(fd, F_GETFL) == O_RDWR, "M36: a blocking descriptor");
	close(fd);
	ok(open_fds() <= before + 2, "M28: the others are closed");
	mif_close(mif);
	fill_hole(hole);
	close(server);
}

static void test_stop(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct hole hole = dig_hole("127.1.0.80"), other = dig_hole("127.2.0.80");
	unsigned int before;
	const char *get;

	mif_check(mif, NULL, 0, 0);
	before = open_fds();
	post_dial(mif, 1, "both.example");
	ok(post_text(mif, "dial connection=1 host=x port=1") == -EEXIST, "M29: the id is in use");
	ok(begins(get_text(mif, true), "attempt tag=5 connection=1 attempt=1 outcome=started"),
		"M30: it has begun");
	mif_check(mif, NULL, 0, 300);
	post_text(mif, "stop_connecting connection=1");
	ok(same(get_text(mif, true),
		   "not_connected tag=5 connection=1 error=125 text=called\\x20off"),
		"M29: called off, and its steps are taken back");
	ok(mif_check(mif, NULL, 0, 300) == 0, "M29: nothing follows");
	/* The view and its epoll are new. */
	ok(open_fds() <= before + 2, "M28: no socket stays open");

	post_dial(mif, 1, "both.example");
	mif_check(mif, NULL, 0, 0);
	fake_say(engine.links[1], "no_pvd interface=1 pvd=1");
	fake_say(engine.links[1], "no_pvd interface=1 pvd=2");
	while (strncmp(get = get_text(mif, true), "attempt", 7) == 0)
		;
	ok(begins(get, "not_connected tag=5 connection=1 error=100 ") &&
			mif_check(mif, NULL, 0, 100) == 0,
		"M29: lost domains: one NOT_CONNECTED");
	mif_close(mif);
	fill_hole(hole);
	fill_hole(other);
}

/* Called off while name services are asked. */
static void test_stop_names(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	unsigned int asked;

	post_dial(mif, 1, "silent.example");
	mif_check(mif, NULL, 0, 50);
	asked = count_requests(&engine, MIF_TRANSLATE_NAME);
	post_text(mif, "stop_connecting connection=1");
	ok(asked == 2 && count_requests(&engine, MIF_STOP_TRANSLATING_NAME) == asked,
		"M24 M29: a dial that is called off stops its translations");
	ok(begins(get_text(mif, true), "not_connected tag=5 connection=1 error=125 ") &&
			mif_check(mif, NULL, 0, 100) == 0,
		"M29: with one answer, and nothing follows");
	mif_close(mif);
}

#define THREADS 4
#define THREAD_DIALS 25

/* A handle of its own, a dial after the other; one of them asynchronous. How many came off. */
static void *dial_thread(void *argument)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	const struct mif_message *report;
	uintptr_t *connected = argument;

	for (unsigned int i = 0; i < THREAD_DIALS; i++) {
		struct mif_dial_result result;
		int fd = mif_dial(mif, "both.example", port_text(), NULL, &result);

		*connected += fd >= 0 && result.pvd == 1;
		if (fd >= 0)
			close(fd);
	}
	post_dial(mif, 1, "both.example");
	while (mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1)
		if (report->type == MIF_CONNECTED || report->type == MIF_NOT_CONNECTED) {
			*connected += report->type == MIF_CONNECTED;
			break;
		}
	mif_close(mif);
	return NULL;
}

static void test_threads(void)
{
	int a = serve("127.1.0.80", 4096);
	uintptr_t connected[THREADS] = {0}, all = 0;
	unsigned int before = open_fds();
	pthread_t threads[THREADS];

	port_text();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, dial_thread, &connected[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		all += connected[i];
	}
	ok(all == (uintptr_t)THREADS * (THREAD_DIALS + 1),
		"M36: threads with a handle each dial at the same time: %u", (unsigned int)all);
	ok(open_fds() == before, "M28: and leave no descriptor open");
	close(a);
}

static void *wait_and_say(void *argument)
{
	struct timespec time = {.tv_nsec = 100000000};

	nanosleep(&time, NULL);
	fake_say(argument, "no_pvd interface=1 pvd=1");
	return NULL;
}

/* What happens to the handle while a dial waits. */
static void test_meanwhile(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "A");
	struct hole hole = dig_hole("127.1.0.80");
	struct mif_dial_result result;
	pthread_t thread;
	int fd;

	post_dial(mif, 3, "none.example");
	fake_say(engine.links[0], "interface interface=9");
	fd = mif_dial(mif, "none.example", "80", NULL, &result);
	ok(fd == -ENOENT, "M36: one dial beside another");
	ok(begins(get_text(mif, true), "not_connected tag=5 connection=3 error=2 "),
		"M36: messages wait for mif_get: a dial's");
	ok(same(get_text(mif, true), "interface interface=9"), "M36: and the engine's");

	pthread_create(&thread, NULL, wait_and_say, engine.links[1]);
	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	pthread_join(thread, NULL);
	ok(fd == -ENETDOWN && MS(result) < 10000 && strstr(result.text, "domain lost"),
		"M29: the domain goes away meanwhile: %s", result.text);
	mif_close(mif);

	mif = open_with(&engine, "A");
	mif_dial(mif, "none.example", "80", NULL, NULL);
	fake_break(engine.links[1]);
	fd = mif_dial(
		mif, "both.example", "80", &(struct mif_dial_options){.timeout_ms = 100}, &result);
	ok(fd < 0, "the view's link is gone: %s: %s", strerrorname_np(-fd), result.text);
	mif_close(mif);
	fill_hole(hole);
}

/* ---- the sentence ---- */

static void test_text(void)
{
	static struct race race;
	char text[MIF_TEXT_SIZE], host[MIF_TEXT_SIZE];
	struct race_entry entry = {.name = "h1:10.11.0.0/24", .families = RACE_IPV4};

	race_begin(&race, 80, NULL, 0);
	for (unsigned int i = 0; i < RACE_DOMAINS; i++) {
		entry.pvd = i + 1;
		race_domain_add(&race, &entry);
		race_answered(&race, entry.pvd, RACE_IPV4, MIF_TRANSLATION_TIMEOUT);
	}
	race_next(&race, 0);
	memset(host, 0xa0, sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	memset(text, 0xee, sizeof(text));
	dial_text(text, "www.example", &race, NULL, NULL);
	ok(memchr(text, '\0', sizeof(text)) != NULL &&
			strcmp(text + strlen(text) - 5, "; ...") == 0,
		"M29: a sentence too long ends between two parts: %s", text);
	for (size_t i = 0; i + 1 < sizeof(host); i++)
		host[i] = (char)(i % 2 == 0 ? 0xc3 : 0xa4);
	host[sizeof(host) - 1] = '\0';
	dial_text(text, host, &race, NULL, "no");
	ok(strlen(text) == 80 + strlen("... port 80: no"), "M29: a host too long is cut: %s", text);
}

int main(void)
{
	alarm(120);
	test_text();
	test_loopback();
	test_names();
	test_failures();
	test_zones();
	test_services();
	test_arguments();
	test_choice();
	test_policy();
	test_steps();
	test_memory();
	test_plan();
	test_hold();
	test_plan_window();
	test_fastest();
	test_stop();
	test_stop_names();
	test_threads();
	test_meanwhile();
	return tap_done();
}
