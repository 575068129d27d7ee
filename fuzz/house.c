/* SPDX-License-Identifier: MIT */
/*
 * The daemon under fuzz-requests: what comes in are lines of the script and packets of clients, both
 * through real descriptors; what the outside would do (names) is told by the input.
 */
#include "house.h"

#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/log.h"
#include "daemon/peer.h"
#include "daemon/server.h"
#include "engine/session.h"
#include "source/script.h"

/* One more client than the well-behaved one and three rude ones is refused. */
#define CLIENTS 4

/* Whatever one request may add to a session's answers when there was room: data, or counters. */
#define OCTETS_OF_ONE (DATA_ITEMS * sizeof(struct report))

static const char *const facts[] = {
	"link ifindex=2 name=h1 kind=ethernet flags=up,running mtu=1500",
	"link ifindex=2 name=h1 kind=ethernet flags=up mtu=1500",
	"link ifindex=2 name=h1 kind=ethernet mtu=1400",
	"link ifindex=3 name=h2 kind=wifi flags=up,running",
	"link ifindex=3 name=renamed kind=wifi flags=up,running",
	"link ifname=h1 metered=yes",
	"router ifindex=2 provider=fe80::1 element=ra valid=60",
	"router ifindex=2 provider=fe80::2 element=ra valid=30",
	"router ifindex=3 provider=fe80::1 element=ra valid=forever",
	"pvd ifindex=2 provider=fe80::1 element=ra valid=60 name=pvd.example",
	"pvd ifindex=2 provider=fe80::2 element=ra valid=60 name=pvd.example",
	"pvd ifindex=2 provider=fe80::1 element=ra valid=60 name=other.example flags=L",
	"prefix ifindex=2 provider=fe80::1 element=ra prefix=2001:db8:1::/64 valid=60 preferred=20",
	"prefix ifindex=2 provider=fe80::2 element=ra prefix=2001:db8:2::/64 valid=60",
	"prefix ifindex=2 provider=fe80::2 element=ra prefix=2001:db8:1::/64 valid=60",
	"prefix ifindex=3 provider=fe80::1 element=ra prefix=2001:db8:3::/64 valid=60",
	"address ifindex=2 address=2001:db8:1::5/64 valid=60 preferred=20",
	"address ifindex=2 address=2001:db8:2::5/64 valid=60",
	"address ifindex=2 address=2001:db8:2::6/64 valid=60 flags=tentative",
	"address ifindex=2 address=fe80::5/64",
	"address ifindex=2 address=192.0.2.5/24",
	"address ifindex=2 address=192.0.2.6/24 flags=deprecated",
	"address ifindex=3 address=2001:db8:3::5/64 valid=60",
	"address ifindex=3 address=198.51.100.5/24",
	"address ifindex=3 address=169.254.0.5/16",
	"route ifindex=2 via=192.0.2.1 metric=100",
	"route ifindex=3 via=198.51.100.1 metric=200",
	"route ifindex=2 via=fe80::1 metric=100 advertised=yes",
	"data ifindex=2 provider=fe80::1 element=ra information=dns-servers address=2001:db8:1::53",
	"data ifindex=2 provider=fe80::1 element=ra information=search-domains text=one.example",
	"data ifname=h1 element=static information=dns-servers address=192.0.2.53",
	"data ifname=h2 element=static information=search-domains text=two.example",
	"data ifindex=2 element=dhcpv4 information=mtu number=1400 valid=20",
};

/* ---- names: they answer when the input says so ---- */

#define RUNNING 1024

struct names {
	struct worker worker;
	int fd;
	size_t count;
	struct {
		uint64_t id, pvd;
		unsigned int answers; /* waiting */
		bool ending;
		uint32_t status;
	} running[RUNNING];
};

static struct names *names_of(struct worker *worker)
{
	return container_of(worker, struct names, worker);
}

static int names_fd(const struct worker *worker)
{
	return container_of((struct worker *)(uintptr_t)worker, struct names, worker)->fd;
}

static void names_dispatch(struct worker *worker, uint64_t now)
{
	uint64_t count;

	(void)now;
	PROMISE(read(names_of(worker)->fd, &count, sizeof(count)) == sizeof(count));
}

/* Some names are answered at once, some cannot be asked for. */
static int names_start(struct worker *worker, const struct name_request *request, uint64_t now)
{
	struct names *names = names_of(worker);
	size_t at = names->count;

	(void)now;
	PROMISE(memchr(request->name, '\0', MIF_TEXT_SIZE) != NULL && request->scope->ifindex != 0);
	PROMISE(request->scope->server_count <= NAME_SCOPE_SERVERS &&
		request->scope->search_count <= NAME_SCOPE_SEARCH);
	if (request->name[0] == '\0')
		return -EINVAL;
	if (names->count == RUNNING)
		return -ENOMEM;
	memset(&names->running[at], 0, sizeof(names->running[at]));
	names->running[at].id = request->id;
	names->running[at].pvd = request->scope->pvd;
	names->running[at].ending = request->name[0] == '1';
	names->running[at].answers = names->running[at].ending;
	names->count++;
	return 0;
}

static void names_remove(struct names *names, size_t at)
{
	names->running[at] = names->running[--names->count];
}

static void names_stop(struct worker *worker, uint64_t id)
{
	struct names *names = names_of(worker);
	size_t at = 0;

	while (at < names->count && names->running[at].id != id)
		at++;
	PROMISE(at < names->count);
	names_remove(names, at);
}

static void names_forget(struct worker *worker, uint64_t pvd)
{
	for (size_t i = 0; i < names_of(worker)->count; i++)
		PROMISE(names_of(worker)->running[i].pvd != pvd);
}

static int names_result(struct worker *worker, struct name_result *result)
{
	struct names *names = names_of(worker);

	memset(result, 0, sizeof(*result));
	for (size_t i = 0; i < names->count; i++) {
		result->id = names->running[i].id;
		if (names->running[i].answers > 0) {
			names->running[i].answers--;
			result->address = (struct mif_address){.family = AF_INET, .octets = {192}};
			result->ttl = 60;
			result->system = MIF_SYSTEM_DNS;
			return 1;
		}
		if (names->running[i].ending) {
			result->done = true;
			result->status = names->running[i].status;
			names_remove(names, i);
			return 1;
		}
	}
	return 0;
}

static void names_free(struct worker *worker)
{
	if (worker == NULL)
		return;
	PROMISE(names_of(worker)->count == 0);
	close_fd(names_of(worker)->fd);
	free(names_of(worker));
}

static const struct worker_ops names_ops = {
	.name = "names",
	.fd = names_fd,
	.dispatch = names_dispatch,
	.start = names_start,
	.stop = names_stop,
	.forget = names_forget,
	.result = names_result,
	.free = names_free,
};

static struct worker *names_new(void)
{
	struct names *names = calloc(1, sizeof(*names));

	PROMISE(names != NULL);
	names->worker.ops = &names_ops;
	names->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	PROMISE(names->fd >= 0);
	return &names->worker;
}

void house_answer(struct house *house, unsigned int which, unsigned int what)
{
	struct names *names = names_of(house->names);
	uint64_t one = 1;

	if (names->count == 0)
		return;
	which %= (unsigned int)names->count;
	if (what % 2 == 0)
		names->running[which].answers += 1 + what / 32;
	else
		names->running[which].ending = true, names->running[which].status = what / 2 % 8;
	PROMISE(write(names->fd, &one, sizeof(one)) == sizeof(one));
}

/* ---- the house ---- */

void house_init(struct house *house)
{
	struct sockaddr_un nameless = {.sun_family = AF_UNIX}; /* the kernel finds a name */
	int ends[2];

	log_set_level(0);
	PROMISE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
	house->script_fd = ends[1];
	house->told = SCRIPT_EPOCH;
	house->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	PROMISE(bind(house->listen_fd, (struct sockaddr *)&nameless, sizeof(sa_family_t)) == 0);
	PROMISE(listen(house->listen_fd, 16) == 0);
	house->names = names_new();
	PROMISE(engine_new(&house->engine, ENGINE_FAKE_CLOCK) == 0);
	PROMISE(source_script_new(&house->script, ends[0]) == 0);
	PROMISE(engine_add_source(house->engine, house->script) == 0);
	PROMISE(engine_set_names(house->engine, house->names) == 0);
	access_init(&house->access);
	house->access.handles = CLIENTS;
	PROMISE(server_new(&house->server, house->engine, &house->access, house->listen_fd) == 0);
}

void house_deinit(struct house *house)
{
	server_free(house->server);
	engine_free(house->engine);
	close(house->listen_fd);
	close(house->script_fd);
}

int house_connect(const struct house *house)
{
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	PROMISE(getsockname(house->listen_fd, (struct sockaddr *)&address, &size) == 0);
	if (connect(fd, (struct sockaddr *)&address, size) < 0) {
		PROMISE(errno == EAGAIN);
		fd = close_fd(fd);
	}
	return fd;
}

void house_line(struct house *house, const char *line)
{
	char text[256];
	int length = snprintf(text, sizeof(text), "%s\n", line);

	/* The pipe holds what one turn can bring. */
	PROMISE(write(house->script_fd, text, (size_t)length) == length);
}

void house_fact(struct house *house, const char *verb, unsigned int index)
{
	char line[256];

	snprintf(line, sizeof(line), "%s %s", verb, facts[index % ARRAY_SIZE(facts)]);
	house_line(house, line);
}

/* What mifd.conf could say: a link that is made when it is wanted, one that flaps, and one that fades. Said when
 * time passes for the first time: identifiers in the corpus are those of a house without. */
static void house_configure(struct house *house)
{
	static const struct link_policy made = {.name = "renamed",
		.on_demand = true,
		.created = true,
		.control = true,
		.idle_time = 5 * NSEC_PER_SEC};
	static const struct forecast_policy forecasts[] = {
		{.name = "h1", .losses = 2, .carrier_time = 20 * NSEC_PER_SEC},
		{.name = "h2", .signal = -80, .losses = 1, .carrier_time = NSEC_PER_SEC},
	};

	PROMISE(engine_allow_link(house->engine, &made) == 0);
	model_forecast(house->engine->model, forecasts, ARRAY_SIZE(forecasts));
}

/* Every second one is carried out. */
static void house_obey(struct house *house)
{
	struct link_order order;

	while (engine_next_order(house->engine, &order))
		engine_order_done(house->engine, order.id, order.id % 2 == 0 ? EIO : 0, "so it is",
			source_script_now(house->script));
}

void house_pass(struct house *house, unsigned int seconds)
{
	char line[64];

	if (house->told == SCRIPT_EPOCH)
		house_configure(house);

	house->told += seconds * NSEC_PER_SEC;
	snprintf(line, sizeof(line), "at %u",
		(unsigned int)((house->told - SCRIPT_EPOCH) / NSEC_PER_SEC));
	house_line(house, line);
}

void house_turn(struct house *house)
{
	int unread;

	do {
		uint64_t now = source_script_now(house->script);

		PROMISE(server_dispatch(house->server, now) == 0);
		house_obey(house);
		PROMISE(ioctl(house->script_fd, FIONREAD, &unread) == 0);
	} while (unread > 0 || source_script_now(house->script) != house->told);
}

/* ---- what always holds ---- */

static void session_check(const struct session *session)
{
	const struct peer *peer = session_host(session);
	size_t reports = 0, translations = 0;

	list_for_each (node, &session->queue) {
		const struct outgoing *out = container_of(node, const struct outgoing, queue);

		reports += out->kind == OUTGOING_REPORT;
	}
	PROMISE((reports == 0) == (session->report_octets == 0));
	PROMISE(session->report_octets <= SESSION_OCTETS + OCTETS_OF_ONE);
	for (size_t i = 0; i < SESSION_BUCKETS; i++)
		list_for_each (node, &session->translations[i])
			translations++;
	PROMISE(translations == session->translation_count);
	PROMISE(translations <= SESSION_TRANSLATIONS);
	/* Who is not read from waits for something that will come. */
	PROMISE(!peer->held || reports > 0 || channel_pending(&peer->channel) ||
		translations == SESSION_TRANSLATIONS);
}

void house_check(const struct house *house)
{
	size_t sessions = 0, translations = 0, subscriptions = 0;
	const struct session_quota *quota = NULL; /* all clients are one user */

	list_for_each (node, &house->engine->sessions) {
		const struct session *session = container_of(node, const struct session, in_engine);

		session_check(session);
		sessions++;
		translations += session->translation_count;
		list_for_each (subscription, &session->subscriptions)
			subscriptions++;
		quota = session->quota;
	}
	PROMISE(quota == NULL ||
		(quota->translations == translations && quota->subscriptions == subscriptions));
	PROMISE(sessions <= server_clients(house->server));
	PROMISE(server_clients(house->server) <= CLIENTS);
	PROMISE(translations == names_of(house->names)->count);
}
