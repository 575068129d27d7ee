/* SPDX-License-Identifier: MIT */
/* Connects and listens over loopback, as an ordinary user, with an engine that is played. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "client/attempt.h"
#include "descriptors.h"
#include "test-link.h"

/* What the engine knows: on the loopback interface, four domains. */
static void engine_init(struct fake_engine *engine)
{
	*engine = (struct fake_engine){0};
	fake_add(engine, "interface interface=1 name=lo ifindex=1 flags=up,running");
	fake_add(engine, "pvd interface=1 pvd=1 name=one family=ipv4 state=usable");
	fake_add(engine, "pvd interface=1 pvd=2 name=two family=ipv4 state=usable");
	fake_add(engine, "pvd interface=1 pvd=3 name=three family=ipv6 state=usable");
	fake_add(engine, "pvd interface=1 pvd=4 name=four family=ipv4 state=usable");
	fake_add(engine, "address pvd=1 address=127.0.0.1 prefix_length=8");
	fake_add(engine, "address pvd=2 address=127.0.0.2 prefix_length=8");
	fake_add(engine, "address pvd=2 address=127.0.0.3 prefix_length=8");
	fake_add(engine, "address pvd=3 address=::1 prefix_length=128");
	fake_add(engine, "default_pvd family=ipv4 pvd=1");
}

/* A listening socket; its port. */
static int server_open(uint16_t *port, int backlog)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, backlog) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		abort();
	*port = ntohs(address.sin_port);
	return fd;
}

/* A server that answers no SYN, for its queue is full. */
struct hole {
	int server, clients[2];
	uint16_t port;
};

static struct hole hole_open(void)
{
	struct hole hole;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	hole.server = server_open(&hole.port, 0);
	address.sin_port = htons(hole.port);
	for (int i = 0; i < 2; i++) {
		hole.clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(hole.clients[i], (struct sockaddr *)&address, sizeof(address));
	}
	return hole;
}

static void hole_close(struct hole *hole)
{
	close(hole->clients[0]);
	close(hole->clients[1]);
	close(hole->server);
}

static int connect_to(struct mif *mif, uint64_t pvd, uint64_t id, uint16_t port, int timeout_ms)
{
	char text[200];

	snprintf(text, sizeof(text),
		"connect_to_address tag=7 pvd=%u connection=%u destination=127.0.0.1:%u "
		"timeout=%dms",
		(unsigned int)pvd, (unsigned int)id, port, timeout_ms);
	return post_text(mif, text);
}

/* The one answer: that type, that identifier, that errno (or 0). */
static bool answered(struct mif *mif, uint32_t type, uint64_t id, uint32_t error)
{
	const struct mif_message *report;
	uint64_t connection;
	uint32_t code;

	if (mif_check(mif, NULL, 0, 10000) != 1 || mif_get(mif, &report) != 1) {
		printf("# no answer\n");
		return false;
	}
	connection = type == MIF_NOT_LISTENING ? report->as.not_listening.connection
					       : report->as.not_connected.connection;
	code = type == MIF_NOT_LISTENING ? report->as.not_listening.error
					 : report->as.not_connected.error;
	if (report->type == type && connection == id && code == error)
		return true;

	char text[1024];

	message_format(report, false, text, sizeof(text));
	printf("# got: %s\n", text);
	return false;
}

static void test_connected(void)
{
	struct fake_engine engine;
	uint16_t port;
	int server = server_open(&port, 5);
	struct mif *mif;
	const struct mif_message *report = NULL;
	const struct mif_message_connected *connected;
	int device = 0, fd;
	socklen_t size = sizeof(device);
	char text[MIF_ADDRESS_TEXT];

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	ok(connect_to(mif, 2, 5, port, 0) == 0, "M26: posted, before anything is known of domains");
	ok(connect_to(mif, 2, 5, port, 0) == -EEXIST, "M26: the identifier is in use");
	ok(mif_check(mif, NULL, 0, 10000) == 1, "M2: the answer comes");
	ok(connect_to(mif, 2, 5, port, 0) == -EEXIST, "M26: in use until it is delivered");
	mif_get(mif, &report);
	connected = &report->as.connected;
	fd = mif_message_take_fd(mif);
	ok(report->type == MIF_CONNECTED && report->tag == 7 && connected->connection == 5 &&
			connected->pvd == 2 && connected->fd == fd && fd >= 0,
		"M28: connected, with a descriptor");
	ok(same(mif_address_format(&connected->source.address, text), "127.0.0.2") &&
			connected->source.port != 0 && connected->destination.port == port,
		"M26: from the domain's own address");
	ok((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0,
		"M26 M28: non-blocking and close-on-exec");
	ok(getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &device, &size) == 0 && device == 1,
		"M26: bound to the domain's interface");
	ok(write(fd, "x", 1) == 1, "M28: connected indeed");
	ok(connect_to(mif, 2, 5, port, 0) == 0 &&
			begins(get_text(mif, true), "connected tag=7 connection=5"),
		"M26: once delivered, the identifier is free");
	close(fd);
	mif_close(mif);
	close(server);
}

static void test_errors(void)
{
	struct fake_engine engine;
	struct hole hole = hole_open();
	uint16_t port;
	int server = server_open(&port, 5);
	struct mif *mif;
	char text[200];
	const char *got;

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	ok(post_text(mif, "connect_to_address pvd=1 connection=1") == -EINVAL &&
			post_text(mif,
				"connect_to_address pvd=1 connection=1 "
				"destination=127.0.0.1:0") == -EINVAL &&
			post_text(mif,
				"connect_to_address pvd=1 connection=1 "
				"destination=224.0.0.1:1") == -EINVAL &&
			post_text(mif,
				"connect_to_address pvd=1 connection=1 "
				"destination=0.0.0.0:1") == -EINVAL &&
			post_text(mif,
				"connect_to_address_from_address pvd=1 connection=1 "
				"destination=127.0.0.1:1 source=[::1]:0") == -EINVAL,
		"M1: what can be no destination is refused");
	connect_to(mif, 77, 1, port, 0);
	ok(answered(mif, MIF_NOT_CONNECTED, 1, ENODEV), "M29: no such domain");
	connect_to(mif, 4, 1, port, 0);
	ok(answered(mif, MIF_NOT_CONNECTED, 1, ENETUNREACH), "M29: a domain without an address");
	connect_to(mif, 3, 1, port, 0);
	ok(answered(mif, MIF_NOT_CONNECTED, 1, ENETUNREACH), "M29: none of the family");
	connect_to(mif, 1, 1, hole.port, 50);
	ok(answered(mif, MIF_NOT_CONNECTED, 1, ETIMEDOUT), "M26 M29: no answer in time");
	close(server);
	connect_to(mif, 2, 1, port, 0);
	ok(begins(get_text(mif, true),
		   "not_connected tag=7 connection=1 error=111 text=127.0.0.1:"),
		"M29: refused");
	connect_to(mif, 2, 1, port, 0);
	got = get_text(mif, true);
	ok(strstr(got, "127.0.0.2") != NULL && strstr(got, "127.0.0.3") != NULL,
		"M29: a sentence tells of every source");
	snprintf(text, sizeof(text),
		"connect_to_address_from_address pvd=2 connection=1 destination=127.0.0.1:%u "
		"source=127.0.0.1:0",
		port);
	post_text(mif, text);
	ok(answered(mif, MIF_NOT_CONNECTED, 1, EADDRNOTAVAIL), "M27: a source outside the domain");
	engine.another_error = -ECONNREFUSED;
	ok(mif_get(mif, &(const struct mif_message *){NULL}) == 0, "M29: exactly one answer each");
	mif_close(mif);
	mif = fake_open(&engine, 0);
	ok(connect_to(mif, 1, 1, port, 0) == -ECONNREFUSED, "M1: no second subscriber: refused");
	mif_close(mif);
	hole_close(&hole);
}

static void test_from(void)
{
	struct fake_engine engine;
	uint16_t port;
	int server = server_open(&port, 5);
	struct mif *mif;
	char text[200];
	const char *got;

	engine_init(&engine);
	mif = fake_open(&engine, MIF_OPEN_STRICT);
	snprintf(text, sizeof(text),
		"connect_to_address_from_address pvd=2 connection=1 destination=127.0.0.1:%u "
		"source=127.0.0.3:0",
		port);
	ok(post_text(mif, text) == 0, "M27: from one address, on a strict handle");
	got = get_text(mif, true);
	ok(begins(got, "connected connection=1") && strstr(got, "source=127.0.0.3:") != NULL,
		"M27: connected from that address");
	mif_close(mif);
	close(server);
}

/* Nobody answers the first source; 10 s are long enough for any machine. */
static void test_next_source(void)
{
	struct fake_engine engine;
	struct hole hole = hole_open();
	struct mif *mif;
	uint64_t begun = clock_boottime(), end = begun + 10 * NSEC_PER_SEC;
	int before;

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	before = open_fds() + 2; /* the view and the epoll */
	connect_to(mif, 2, 1, hole.port, 0);
	while (open_fds() < before + 2 && clock_boottime() < end)
		client_wait(mif, end);
	ok(open_fds() == before + 2 && clock_boottime() - begun >= ATTEMPT_DELAY,
		"M26: after one delay the next source, beside the first");
	mif_close(mif);
	hole_close(&hole);
}

static void test_pvd_gone(void)
{
	struct fake_engine engine;
	struct hole hole = hole_open();
	struct mif *mif;
	struct fake_link *link, *view;

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	connect_to(mif, 1, 1, hole.port, 0);
	connect_to(mif, 1, 2, hole.port, 0);
	connect_to(mif, 2, 3, hole.port, 0);
	ok(mif_check(mif, NULL, 0, 50) == 0, "M29: under way: no answer yet");
	link = engine.links[0];
	view = engine.links[1];
	fake_say(link, "no_pvd interface=1 pvd=1");
	ok(answered(mif, MIF_NOT_CONNECTED, 1, ENETDOWN) &&
			answered(mif, MIF_NOT_CONNECTED, 2, ENETDOWN),
		"M29: the domain is lost: Not Connected(ENETDOWN)");
	ok(same(get_text(mif, true), "no_pvd interface=1 pvd=1"), "M29: before No PvD");
	fake_say(view, "no_pvd interface=1 pvd=1");
	ok(mif_check(mif, NULL, 0, 50) == 0, "M29: exactly one answer, the other goes on");
	connect_to(mif, 1, 1, hole.port, 0);
	ok(answered(mif, MIF_NOT_CONNECTED, 1, ENODEV), "M29: no new connection through it");
	fake_say(view, "no_pvd interface=1 pvd=2");
	ok(answered(mif, MIF_NOT_CONNECTED, 3, ENETDOWN),
		"M29: also for a caller who did not ask for domains");
	mif_close(mif);
	hole_close(&hole);
}

static void test_stop(void)
{
	struct fake_engine engine;
	struct hole hole = hole_open();
	uint16_t port;
	int server = server_open(&port, 5);
	int before;
	struct mif *mif;

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	before = open_fds() + 2; /* the view and the epoll are to stay */
	connect_to(mif, 1, 1, hole.port, 0);
	mif_check(mif, NULL, 0, 20);
	ok(open_fds() == before + 1, "M26: a socket is under way");
	ok(post_text(mif, "stop_connecting connection=1") == 0 && open_fds() == before,
		"STOP_CONNECTING closes it");
	ok(answered(mif, MIF_NOT_CONNECTED, 1, ECANCELED), "Not Connected(ECANCELED) follows");
	connect_to(mif, 1, 2, port, 0);
	ok(mif_check(mif, NULL, 0, 10000) == 1 && open_fds() == before + 1,
		"M28: connected, not fetched");
	post_text(mif, "stop_connecting connection=2");
	ok(open_fds() == before, "STOP_CONNECTING closes a descriptor already queued");
	ok(answered(mif, MIF_NOT_CONNECTED, 2, ECANCELED) && mif_check(mif, NULL, 0, 0) == 0,
		"M29: and exactly one answer follows");
	connect_to(mif, 77, 3, port, 0);
	mif_check(mif, NULL, 0, 10000);
	post_text(mif, "stop_connecting connection=3");
	ok(answered(mif, MIF_NOT_CONNECTED, 3, ECANCELED) && mif_check(mif, NULL, 0, 0) == 0,
		"M29: a refusal already queued becomes that one answer");
	post_text(mif, "stop_connecting tag=4 connection=3");
	ok(begins(get_text(mif, true), "error tag=4 request=514 error=2"),
		"M29: answered already: an Error, no second answer");
	mif_close(mif);
	hole_close(&hole);
	close(server);
}

static void test_unfetched(void)
{
	int before = open_fds();
	struct fake_engine engine;
	struct hole hole = hole_open();
	uint16_t port;
	int server = server_open(&port, 20);
	struct mif *mif;

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	mif_fd(mif);
	for (unsigned int i = 0; i < 10; i++) {
		connect_to(mif, 1, i, port, 0);
		connect_to(mif, 2, 100 + i, hole.port, 0);
	}
	while (mif->outbox.count < 10)
		client_wait(mif, TIME_FOREVER);
	get_text(mif, false);
	mif_close(mif);
	hole_close(&hole);
	close(server);
	ok(open_fds() == before,
		"M3 M28: unfetched and untaken ones are closed, those under way too");
}

static void test_limit(void)
{
	struct fake_engine engine;
	struct mif *mif;
	int r = 0;
	unsigned int count = 0;
	bool all = true;

	engine_init(&engine);
	engine.another_held = true;
	mif = fake_open(&engine, 0);
	for (; r == 0; count++)
		r = connect_to(mif, 1, count, 9, 0);
	ok(r == -ENOBUFS && count - 1 == CLIENT_TASKS_MAX, "M1: connections are bounded (%u)",
		count - 1);
	post_text(mif, "stop_connecting connection=3");
	ok(connect_to(mif, 1, 5000, 9, 0) == -ENOBUFS, "M1: an answer that waits counts");
	answered(mif, MIF_NOT_CONNECTED, 3, ECANCELED);
	ok(connect_to(mif, 1, 5000, 9, 0) == 0, "M1: one that is fetched does not");
	fake_break(engine.links[1]);
	for (unsigned int i = 0; i < CLIENT_TASKS_MAX - 1; i++)
		all &= answered(mif, MIF_NOT_CONNECTED, i < 3 ? i : i + 1, EPIPE);
	ok(all && answered(mif, MIF_NOT_CONNECTED, 5000, EPIPE),
		"M29: the engine is gone: each has its answer");
	engine.another_held = false;
	connect_to(mif, 77, 1, 9, 0);
	ok(answered(mif, MIF_NOT_CONNECTED, 1, ENODEV), "the next one opens another view");
	mif_close(mif);
}

/* The caller's subscriber may hear of a domain before the view does. */
static void test_view_behind(void)
{
	struct fake_engine engine;
	uint16_t port;
	int server = server_open(&port, 5);
	struct mif *mif;
	struct fake_link *view;
	char text[200];

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	connect_to(mif, 77, 1, port, 0);
	answered(mif, MIF_NOT_CONNECTED, 1, ENODEV);
	view = engine.links[1];
	view->held = true;
	connect_to(mif, 9, 1, port, 0);
	ok(mif_check(mif, NULL, 0, 20) == 0, "M26: an unknown domain is asked about once more");
	fake_add(&engine, "pvd interface=1 pvd=9 name=nine family=ipv4 state=usable");
	fake_add(&engine, "address pvd=9 address=127.0.0.9 prefix_length=8");
	fake_say(view, "pvd interface=1 pvd=9 name=nine family=ipv4 state=usable");
	fake_say(view, "address pvd=9 address=127.0.0.9 prefix_length=8");
	fake_process(view); /* the refresh */
	ok(begins(get_text(mif, true), "connected"), "M26: and found");
	snprintf(text, sizeof(text),
		"connect_to_address_from_address pvd=9 connection=2 destination=127.0.0.1:%u "
		"source=127.0.0.10:0",
		port);
	post_text(mif, text);
	fake_say(view, "address pvd=9 address=127.0.0.10 prefix_length=8");
	fake_process(view);
	ok(begins(get_text(mif, true), "connected"), "M27: so is an unknown source");
	mif_close(mif);
	close(server);
}

static void test_view(void)
{
	struct fake_engine engine;
	struct mif *mif;
	struct fake_link *link;
	struct view_pvd *pvd;

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	client_need_view(mif);
	link = engine.links[1];
	mif_check(mif, NULL, 0, 0);
	mif_check(mif, NULL, 0, 0);
	ok(view_settled(&mif->view) && mif->view.pvd_count == 4 && mif->view.default4 == 1,
		"the view has settled");
	pvd = view_pvd(&mif->view, 2);
	ok(pvd != NULL && pvd->count == 2 && view_pvd_ifindex(&mif->view, pvd) == 1,
		"the view knows a domain's addresses and interface");
	fake_say(link, "no_address pvd=2 address=127.0.0.2");
	fake_say(link, "address pvd=2 address=127.0.0.3 flags=deprecated");
	mif_check(mif, NULL, 0, 0);
	ok(pvd->count == 1 && pvd->addresses[0].flags == MIF_ADDRESS_DEPRECATED,
		"the view follows changes");
	fake_say(link, "no_pvd interface=1 pvd=1");
	fake_say(link, "no_interface interface=1");
	mif_check(mif, NULL, 0, 0);
	ok(mif->view.pvd_count == 3 && mif->view.interface_count == 0 && mif->view.default4 == 0,
		"the view follows withdrawals");
	link->refuse = -EAGAIN;
	view_refresh(&mif->view);
	mif_check(mif, NULL, 0, 0);
	ok(!view_settled(&mif->view) && mif->view.pending_count == 1,
		"the view keeps what the engine has no room for");
	link->refuse = 0;
	fake_say(link, "pvd interface=1 pvd=9");
	mif_check(mif, NULL, 0, 0);
	mif_check(mif, NULL, 0, 0);
	ok(view_settled(&mif->view), "and posts it when there is room");
	mif_close(mif);
}

static void test_outbox(void)
{
	struct fake_engine engine;
	struct mif *mif;
	struct mif_message step = {.type = MIF_ATTEMPT, .as.attempt.connection = 1};
	int r = 0;

	engine_init(&engine);
	engine.another_held = true;
	mif = fake_open(&engine, 0);
	connect_to(mif, 1, 1, 9, 0);
	while (r == 0)
		r = outbox_add(&mif->outbox, &step);
	ok(r == -ENOBUFS && mif->outbox.count == OUTBOX_MAX, "M1: waiting reports are bounded");
	post_text(mif, "stop_connecting connection=1");
	ok(answered(mif, MIF_NOT_CONNECTED, 1, ECANCELED) && mif->outbox.count == 0,
		"M29: there is always room for the answer, and no Attempt follows a Stop");
	mif_close(mif);
}

/* A program with an event loop of its own calls nothing but mif_get(). */
static void test_own_loop(void)
{
	struct fake_engine engine;
	struct hole hole = hole_open();
	uint16_t port;
	int server = server_open(&port, 5);
	struct mif *mif;
	const struct mif_message *report;
	struct pollfd poll_fd = {.events = POLLIN};
	bool connected = false, timed_out = false;

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	poll_fd.fd = mif_fd(mif);
	connect_to(mif, 1, 1, port, 0);
	connect_to(mif, 1, 2, hole.port, 60);
	for (int i = 0; i < 100 && !timed_out && poll(&poll_fd, 1, 10000) == 1; i++) {
		while (mif_get(mif, &report) == 1) {
			connected |= report->type == MIF_CONNECTED;
			timed_out |= report->type == MIF_NOT_CONNECTED &&
				report->as.not_connected.error == ETIMEDOUT;
		}
	}
	ok(connected && timed_out, "M2: one descriptor tells of sockets and of deadlines");
	ok(poll(&poll_fd, 1, 50) == 0, "M2: and is silent when all is done");
	mif_close(mif);
	hole_close(&hole);
	close(server);
}

static void test_listen(void)
{
	struct fake_engine engine;
	struct mif *mif;
	uint16_t port;
	char text[200];
	int server, before;

	engine_init(&engine);
	mif = fake_open(&engine, 0);
	post_text(mif, "listen pvd=1 connection=1 tag=6");
	ok(post_text(mif, "listen pvd=1 connection=1") == -EEXIST, "listen: identifier in use");
	ok(begins(get_text(mif, true), "listening tag=6 connection=1 pvd=1 local=127.0.0.1:"),
		"listening");
	server = mif_message_take_fd(mif);
	ok((fcntl(server, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(server, F_GETFD) & FD_CLOEXEC) != 0,
		"non-blocking and close-on-exec");
	port = mif->slots[mif->current].as.listening.local.port;
	connect_to(mif, 2, 2, port, 0);
	ok(begins(get_text(mif, true), "connected"), "one can connect to it");
	snprintf(text, sizeof(text), "listen pvd=1 connection=3 local=127.0.0.1:%u", port);
	post_text(mif, text);
	ok(answered(mif, MIF_NOT_LISTENING, 3, EADDRINUSE), "a port in use");
	post_text(mif, "listen pvd=1 connection=4 local=127.0.0.2:0");
	ok(answered(mif, MIF_NOT_LISTENING, 4, EADDRNOTAVAIL), "an address of another domain");
	post_text(mif, "listen pvd=77 connection=5");
	ok(answered(mif, MIF_NOT_LISTENING, 5, ENODEV), "an unknown domain");
	post_text(mif, "listen pvd=4 connection=6");
	ok(answered(mif, MIF_NOT_LISTENING, 6, ENETUNREACH), "a domain without an address");
	before = open_fds();
	post_text(mif, "listen pvd=1 connection=7");
	post_text(mif, "stop_connecting connection=7");
	ok(answered(mif, MIF_NOT_LISTENING, 7, ECANCELED) && open_fds() == before,
		"called off: the descriptor is closed");
	close(server);
	mif_close(mif);
}

/* Where others should connect to: of these flags the address with the fewest faults, the first of equals. */
static void test_listen_where(void)
{
	static const struct {
		const char *flags[3], *local, *sentence;
	} rows[] = {
		{{"deprecated", "0", "0"}, "127.0.1.1",
			"of those that are not deprecated the first"},
		{{"0", "routed", "routed"}, "127.0.1.1",
			"of those in the router's subnet the first"},
		{{"link-scope", "deprecated", "link-scope,routed"}, "127.0.1.1",
			"a deprecated address before one of the link's own"},
		{{"deprecated,routed", "temporary", "deprecated"}, "127.0.1.1",
			"a temporary address before a deprecated one"},
		{{"temporary,routed", "temporary", "0"}, "127.0.1.2", "a lasting one before that"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake_engine engine;
		struct mif *mif;
		char text[200];

		engine_init(&engine);
		for (int k = 0; k < 3; k++) {
			snprintf(text, sizeof(text),
				"address pvd=4 address=127.0.1.%d prefix_length=24 flags=%s", k,
				rows[i].flags[k]);
			fake_add(&engine, text);
		}
		mif = fake_open(&engine, 0);
		post_text(mif, "listen pvd=4 connection=1");
		snprintf(text, sizeof(text),
			"listening connection=1 pvd=4 local=%s:", rows[i].local);
		ok(begins(get_text(mif, true), text), "it listens at %s", rows[i].sentence);
		close(mif_message_take_fd(mif));
		mif_close(mif);
	}
}

int main(void)
{
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		return 1;
	test_connected();
	test_errors();
	test_from();
	test_next_source();
	test_pvd_gone();
	test_stop();
	test_unfetched();
	test_limit();
	test_view_behind();
	test_view();
	test_outbox();
	test_own_loop();
	test_listen();
	test_listen_where();
	return tap_done();
}
