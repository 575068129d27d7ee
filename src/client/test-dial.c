/* SPDX-License-Identifier: MIT */
/* mif_dial(): what it finds, chooses, and says. */
#include "test-dial.h"

#include "base/cleanup.h"

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
	fd = mif_dial(mif, "un done", "80", NULL, &result);
	ok(fd == -EINVAL && strstr(result.text, "un done port 80: no name of a host in lo:127.1"),
		"M30: what nobody was asked for, since it is no name: %s", result.text);
	fd = mif_dial(mif, "::ffff:127.99.0.1", port_text(), NULL, &result);
	ok(fd == -ECONNREFUSED && strstr(result.text, ": 127.99.0.1 refused"),
		"M30: an IPv4 address in an IPv6 one is that of IPv4: %s", result.text);
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

/* Somebody may listen there. */
static void test_service_name(struct mif *mif)
{
	struct mif_dial_result result;
	int fd = mif_dial(mif, "127.99.0.1", "http", NULL, &result);

	ok(fd >= 0 ? result.destination.port == 80
		   : strncmp(result.text, "127.99.0.1 port 80: ", 20) == 0,
		"M36: a service by name: %s", result.text);
	close_fd(fd);
}

static void test_arguments(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "A");
	struct mif_dial_options options = {.family = 5};
	struct mif_dial_result result;
	char longest[MIF_TEXT_SIZE + 1];

	memset(longest, 'a', MIF_TEXT_SIZE);
	longest[MIF_TEXT_SIZE] = '\0';
	ok(mif_dial(mif, "", "80", NULL, NULL) == -EINVAL, "M36: no host");
	ok(mif_dial(mif, "0.0.0.0", "80", NULL, &result) == -EINVAL &&
			strcmp(result.text, "0.0.0.0 port 80: Invalid argument") == 0,
		"M36: of which there is a sentence, too: %s", result.text);
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
		test_service_name(mif);

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

/* The domain that a dial came through. */
static int dialled(struct mif *mif)
{
	struct mif_dial_result result;
	int fd = mif_dial(mif, "both.example", port_text(), NULL, &result);

	if (fd < 0)
		return fd;
	close(fd);
	return (int)result.pvd;
}

/* What is said of a dial that nothing comes of begins with what was tried first. */
static bool first_tried(struct mif *mif, const char *interface)
{
	const struct mif_message *report;

	post_text(mif, "dial connection=1 host=192.0.2.1 port=9");
	return mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1 &&
		report->type == MIF_NOT_CONNECTED &&
		strstr(report->as.not_connected.text, " from ") ==
		strstr(report->as.not_connected.text, interface);
}

static void test_going_away(void)
{
	struct fake_engine engine;
	int a = serve("127.1.0.80", 9), b = serve("127.2.0.80", 9);
	struct mif *mif = open_metered(&engine);
	struct fake_link *view;

	ok(dialled(mif) == 1, "M30: what is free comes first");
	view = engine.links[engine.link_count - 1];
	fake_say(view, "interface_going_away interface=1 deadline=5000");
	ok(dialled(mif) == 2, "M30 M34: what costs money comes before what is going away");
	fake_say(view, "interface_going_away interface=2 deadline=5000");
	ok(dialled(mif) == 1, "M30 M34: where all are going away, that does not matter");
	fake_say(view, "interface_going_up interface=2");
	ok(dialled(mif) == 2, "M30 M35: nor where it stays after all");
	fake_say(view, "interface_going_up interface=1");
	fake_say(view, "interface_going_away interface=2 deadline=5000");
	ok(first_tried(mif, " from eth0:"),
		"M30 M34: what the handle has not read yet counts, too");
	mif_close(mif);
	close(a);
	close(b);
}

/* What the engine was asked for last. */
static uint64_t wanted, idle;

static int wanting_post(struct link *link, const struct mif_message *request)
{
	if (request->type == MIF_WANTS_TO_CONNECT)
		wanted = request->as.wants_to_connect.pvd;
	if (request->type == MIF_CONNECTION_IS_IDLE)
		idle = request->as.connection_is_idle.pvd;
	return names_ops.post(link, request);
}

/* Of which domain the engine has heard that it is idle, once the handle has looked; 0: none. */
static uint64_t idle_by_now(struct mif *mif, struct fake_engine *engine)
{
	const struct mif_message *report;

	idle = 0;
	fake_say(engine->links[0], "interface_going_away interface=1 deadline=5000");
	while (mif_get(mif, &report) == 1)
		;
	return idle;
}

static void test_hold_closed(struct mif *mif, struct fake_engine *engine)
{
	const struct mif_dial_options hold = {.flags = MIF_DIAL_HOLD};
	struct mif_message own = {.type = MIF_WANTS_TO_CONNECT};
	struct mif_dial_result result;
	char text[64];
	int a = mif_dial(mif, "both.example", port_text(), &hold, &result);
	int b = mif_dial(mif, "both.example", port_text(), &hold, &result);
	pid_t child;

	close(a);
	ok(a >= 0 && b >= 0 && idle_by_now(mif, engine) == 0,
		"M32: another connection of the domain is open, which is held");
	a = dup(b);
	close(b);
	ok(idle_by_now(mif, engine) == 0, "M32: by whatever number it is open");
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	close(a);
	ok(child > 0 && idle_by_now(mif, engine) == 0, "M32: and in whatever process");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ok(idle_by_now(mif, engine) == result.pvd, "M32: when the last one is closed, it is idle");
	ok(idle_by_now(mif, engine) == 0, "M32: which is said once");
	a = mif_dial(mif, "both.example", port_text(), &hold, &result);
	close(a);
	idle = 0;
	for (int i = 0; i < 100 && idle == 0; i++)
		mif_check(mif, NULL, 0, 100);
	ok(a >= 0 && idle == result.pvd, "M32: also if nobody asks for it");
	own.as.wants_to_connect.pvd = result.pvd;
	ok(mif_post(mif, &own) == 0, "M31: a program wants the domain itself");
	a = mif_dial(mif, "both.example", port_text(), &hold, &result);
	close(a);
	ok(a >= 0 && idle_by_now(mif, engine) == 0, "M32: then it says itself when it is idle");
	own.type = MIF_CONNECTION_IS_IDLE;
	ok(mif_post(mif, &own) == 0 && idle == result.pvd, "M32: as it does");
	a = mif_dial(mif, "both.example", port_text(), &hold, &result);
	snprintf(text, sizeof(text), "no_pvd interface=1 pvd=%d", (int)result.pvd);
	fake_say(engine->links[0], text);
	close(a);
	ok(a >= 0 && idle_by_now(mif, engine) == 0,
		"M32: of a domain that is gone nothing is said");
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
	ok(idle_by_now(mif, &engine) == result.pvd, "M32: and idle when it is closed");
	test_hold_closed(mif, &engine);
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
	test_going_away();
	test_hold();
	return tap_done();
}
