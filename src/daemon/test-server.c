/* SPDX-License-Identifier: MIT */
/* The server over real sockets and a fake engine, turn by turn, in one process. */
#include "daemon/server.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "daemon/fake-engine.h"
#include "daemon/peer.h"
#include "message/message.h"
#include "tap.h"
#include "transport/channel.h"

static char directory[] = "/tmp/dmw-XXXXXX", path[64];

struct house {
	struct engine *engine;
	struct server *server;
	int listen_fd;
};

static void house_init(struct house *house)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strcpy(address.sun_path, path);
	unlink(path);
	house->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(house->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(house->listen_fd, 64) < 0 || engine_new(&house->engine, 0) < 0 ||
		server_new(&house->server, house->engine, house->listen_fd) < 0)
		abort();
}

static void house_deinit(struct house *house)
{
	server_free(house->server);
	engine_free(house->engine);
	close(house->listen_fd);
}

static void turn(struct house *house)
{
	if (server_dispatch(house->server, 1) < 0)
		abort();
}

static struct channel visit(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct channel channel;

	strcpy(address.sun_path, path);
	channel_init(&channel, socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	if (connect(channel.fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	return channel;
}

static int say(struct channel *channel, uint32_t type, uint32_t tag)
{
	struct mif_message message = {.type = type, .tag = tag, .serial = tag};

	if (type == MIF_HELLO)
		message.as.hello.version = 1;
	return channel_post(channel, &message);
}

/* 1, 0 or -EPIPE, as the link's get. */
static int hear(struct channel *channel, struct mif_message *message)
{
	int r = channel_peek(channel, message);

	if (r == 0) {
		r = channel_receive(channel);
		if (r <= 0)
			return r;
		r = channel_peek(channel, message);
	}
	channel_skip(channel);
	return r;
}

static bool heard_error(struct channel *channel, int error, uint32_t tag, const char *text)
{
	struct mif_message message = {0};
	int r = hear(channel, &message);

	if (r == 1)
		printf("# %s\n", message.as.error.text);
	return r == 1 && message.type == MIF_ERROR && message.as.error.error == (uint32_t)error &&
		message.tag == tag && strstr(message.as.error.text, text) != NULL;
}

static struct channel guest(struct house *house)
{
	struct channel channel = visit();
	struct mif_message message = {0};

	say(&channel, MIF_HELLO, 0);
	turn(house);
	turn(house);
	if (hear(&channel, &message) != 1 || message.type != MIF_WELCOME)
		printf("# no welcome\n");
	return channel;
}

/* Whether it still gets its answers. */
static bool served(struct house *house, struct channel *channel)
{
	struct mif_message message = {0};

	say(channel, MIF_ANNOUNCE_INTERFACES, 99);
	turn(house);
	return hear(channel, &message) == 1 && message.type == MIF_END_OF_ANNOUNCEMENTS &&
		message.tag == 99;
}

static void test_hello(void)
{
	struct mif_message message = {.type = MIF_HELLO, .as.hello.version = 2};
	struct channel a;
	struct house house;

	house_init(&house);
	a = visit();
	say(&a, MIF_HELLO, 5);
	turn(&house);
	turn(&house);
	ok(hear(&a, &message) == 1 && message.type == MIF_WELCOME && message.tag == 5 &&
			message.as.welcome.version == 1 && message.as.welcome.instance != 0 &&
			strncmp(message.as.welcome.server, "mifd ", 5) == 0,
		"HELLO is answered by WELCOME: %s", message.as.welcome.server);
	say(&a, MIF_ANNOUNCE_INTERFACES, 77);
	turn(&house);
	ok(hear(&a, &message) == 1 && message.tag == 77 && message.serial == 77,
		"M1: an answer leaves in the turn that read the request");
	say(&a, MIF_HELLO, 6);
	turn(&house);
	ok(heard_error(&a, EALREADY, 6, "before") && served(&house, &a),
		"a second HELLO is an error, the client stays");
	channel_deinit(&a);
	turn(&house);
	ok(server_clients(house.server) == 0 && fake_sessions(house.engine) == 0,
		"one that hangs up is forgotten");

	a = visit();
	say(&a, MIF_ANNOUNCE_INTERFACES, 3);
	turn(&house);
	turn(&house);
	ok(heard_error(&a, EPROTO, 3, "announce_interfaces") && hear(&a, &message) == -EPIPE,
		"a first message other than HELLO ends the connection");
	channel_deinit(&a);

	a = visit();
	message = (struct mif_message){.type = MIF_HELLO, .as.hello.version = 2};
	channel_post(&a, &message);
	turn(&house);
	turn(&house);
	ok(heard_error(&a, EPROTONOSUPPORT, 0, "version 2") && hear(&a, &message) == -EPIPE,
		"so does another version");
	channel_deinit(&a);
	a = visit();
	message = (struct mif_message){.type = MIF_HELLO, .as.hello = {1, 0x80}};
	channel_post(&a, &message);
	turn(&house);
	turn(&house);
	ok(heard_error(&a, EINVAL, 0, "0x80"), "and a flag unknown");
	channel_deinit(&a);
	house_deinit(&house);
}

static void test_errors(void)
{
	static const uint8_t unknown[] = {0, 12, 0x77, 0x77, 0, 0, 0, 8, 0, 0, 0, 0};
	struct house house;
	struct channel a;

	house_init(&house);
	a = guest(&house);
	send(a.fd, unknown, sizeof(unknown), 0);
	turn(&house);
	ok(heard_error(&a, ENOMSG, 8, "0x7777") && served(&house, &a),
		"a message of a type unknown: ERROR(ENOMSG), the client stays");
	say(&a, MIF_INTERFACE, 4);
	turn(&house);
	ok(heard_error(&a, EINVAL, 4, "interface is a report") && served(&house, &a),
		"a report: ERROR(EINVAL), the client stays");
	say(&a, MIF_TRANSLATE_NAME, 5);
	turn(&house);
	ok(heard_error(&a, EEXIST, 5, "translate_name"), "M23: an identifier in use is named");
	say(&a, MIF_LISTEN, 6);
	turn(&house);
	ok(heard_error(&a, EOPNOTSUPP, 6, "listen"), "what is not served is named");
	say(&a, MIF_DIAL, 7);
	turn(&house);
	ok(heard_error(&a, EINVAL, 7, "dial"), "a request without sense is named");
	ok(served(&house, &a), "after all of them, the client is served");
	channel_deinit(&a);
	house_deinit(&house);
}

static void test_strict(void)
{
	struct mif_message message = {
		.type = MIF_HELLO, .as.hello = {.version = 1, .flags = MIF_HELLO_STRICT}};
	struct house house;
	struct channel a;

	house_init(&house);
	a = visit();
	channel_post(&a, &message);
	turn(&house);
	turn(&house);
	ok(hear(&a, &message) == 1 && message.type == MIF_WELCOME, "a strict client is welcome");
	say(&a, MIF_LISTEN, 6);
	say(&a, MIF_INTERFACE, 7);
	turn(&house);
	turn(&house);
	ok(hear(&a, &message) == 0, "and gets no ERROR, which the drafts do not have");
	ok(served(&house, &a), "but its answers");
	channel_deinit(&a);
	house_deinit(&house);
}

static void test_malformed(void)
{
	static uint8_t octets[CHANNEL_PACKET + 1];
	struct mif_message message;
	struct house house;
	struct channel a, b;
	bool right = true;

	house_init(&house);
	b = guest(&house);
	a = guest(&house);
	send(a.fd, "\0\3", 2, 0);
	turn(&house);
	ok(heard_error(&a, EBADMSG, 0, "malformed") && hear(&a, &message) == -EPIPE,
		"a malformed message: ERROR(EBADMSG) and the end");
	channel_deinit(&a);
	a = guest(&house);
	send(a.fd, octets, sizeof(octets), 0);
	turn(&house);
	ok(heard_error(&a, EBADMSG, 0, "16384") && hear(&a, &message) == -EPIPE,
		"an oversized packet: ERROR(EBADMSG) and the end");
	channel_deinit(&a);
	srandom(1);
	for (int i = 0; i < 2000; i++) {
		size_t size = 1 + (size_t)random() % 80;

		a = guest(&house);
		for (size_t at = 0; at < size; at++)
			octets[at] = (uint8_t)random();
		octets[0] = 0;
		octets[1] = (uint8_t)(12 + i % 40);
		octets[2] = (uint8_t)(i % 4);
		send(a.fd, octets, size, 0);
		turn(&house);
		if (i % 100 == 0)
			right &= served(&house, &b);
		channel_deinit(&a);
	}
	turn(&house);
	ok(right && served(&house, &b) && server_clients(house.server) == 1,
		"2000 clients that send noise do not disturb another one");
	channel_deinit(&b);
	house_deinit(&house);
}

static void test_limits(void)
{
	struct rlimit limit, low;
	struct mif_message message;
	struct channel clients[4], a;
	struct house house;
	bool right = true;

	house_init(&house);
	server_limit(house.server, 100, 3);
	for (int i = 0; i < 3; i++)
		clients[i] = guest(&house);
	a = visit();
	say(&a, MIF_HELLO, 0);
	turn(&house);
	ok(heard_error(&a, EUSERS, 0, "3 clients already") && hear(&a, &message) == -EPIPE,
		"one client of a user too many is refused");
	channel_deinit(&a);
	server_limit(house.server, 3, 100);
	a = visit();
	turn(&house);
	ok(heard_error(&a, EUSERS, 0, "there are 3 clients") && hear(&a, &message) == -EPIPE,
		"one client of all too many is refused");
	channel_deinit(&a);
	for (int i = 0; i < 3; i++)
		right &= served(&house, &clients[i]);
	ok(right, "nobody is evicted for it");
	channel_deinit(&clients[0]);
	turn(&house);
	clients[0] = guest(&house);
	ok(served(&house, &clients[0]), "where one goes, one may come");

	server_limit(house.server, 100, 100);
	a = visit();
	clients[3] = visit();
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = (rlim_t)clients[3].fd + 1;
	setrlimit(RLIMIT_NOFILE, &low);
	turn(&house);
	setrlimit(RLIMIT_NOFILE, &limit);
	ok(hear(&a, &message) == -EPIPE && hear(&clients[3], &message) == -EPIPE,
		"without a descriptor to spare, newcomers are turned away");
	right = server_clients(house.server) == 3;
	for (int i = 0; i < 3; i++)
		right &= served(&house, &clients[i]);
	ok(right, "and the others served");
	channel_deinit(&a);
	for (int i = 0; i < 4; i++)
		channel_deinit(&clients[i]);
	house_deinit(&house);
}

static void test_slow_reader(void)
{
	struct mif_message message;
	struct house house;
	struct channel slow, quick;
	uint32_t seen = 0;
	size_t before, most = 0;

	house_init(&house);
	slow = guest(&house);
	quick = guest(&house);
	served(&house, &slow);
	served(&house, &quick);
	before = mallinfo2().uordblks;
	for (uint64_t i = 1; i <= 30000; i++) {
		fake_announce(house.engine, i);
		turn(&house);
		while (hear(&quick, &message) == 1)
			seen += message.as.interface.interface == seen + 1;
		most = MAX(most, mallinfo2().uordblks);
	}
	ok(seen == 30000, "one that does not read costs another one nothing: %u of 30000", seen);
	ok(most - before <= (size_t)2 * CHANNEL_PACKET, "memory is bounded: it grew by %zu octets",
		most - before);
	unsigned int rest = 0;
	for (int i = 0; i < 1000; i++) {
		while (hear(&slow, &message) == 1)
			rest++;
		turn(&house);
	}
	ok(rest > 0 && message.as.interface.interface == 30000,
		"when it reads again it is told of the latest: %u reports, the last is %u", rest,
		(unsigned int)message.as.interface.interface);
	ok(served(&house, &slow), "and served");
	channel_deinit(&slow);
	channel_deinit(&quick);
	house_deinit(&house);
}

/* Requests without end from one who does not read the answers. */
static void test_flood(void)
{
	struct mif_message message;
	struct house house;
	struct channel rude, quick;
	uint32_t posted = 0, answered = 0;
	bool right = true;
	size_t before;
	int idle = 0;

	house_init(&house);
	rude = guest(&house);
	quick = guest(&house);
	before = mallinfo2().uordblks;
	while (idle < 100 && posted < 100000) {
		if (say(&rude, MIF_GET_CONFIGURATION_DATA, posted + 1) == 0)
			posted++, idle = 0;
		else
			idle++;
		turn(&house);
	}
	ok(posted > 200 && mallinfo2().uordblks - before <= (size_t)3 * CHANNEL_PACKET,
		"one that does not read is not read from any more: after %u requests", posted);
	ok(server_wait(house.server, 0) == 0 && served(&house, &quick), "another one is served");
	idle = fake_dispatches(house.engine) > 1000;
	ok(!idle, "and nothing spins");
	for (int i = 0; i < 5000 && answered < posted; i++) {
		while (hear(&rude, &message) == 1)
			right &= message.type == MIF_NO_CONFIGURATION_DATA &&
				message.tag == ++answered;
		turn(&house);
	}
	ok(right && answered == posted, "when it reads, each request is answered once, in order");
	ok(served(&house, &rude), "and it is served again");

	while (channel_room(&rude)) {
		message = (struct mif_message){.type = MIF_GET_CONFIGURATION_DATA, .tag = ++posted};
		channel_put(&rude, &message);
	}
	channel_flush(&rude);
	for (int i = 0; i < 100 && answered < posted; i++) {
		turn(&house);
		while (hear(&rude, &message) == 1)
			right &= message.tag == ++answered;
	}
	ok(right && answered == posted,
		"a packet of more requests than an outbox holds is answered");

	uint32_t errors = 0;

	for (idle = 0; idle < 100 && errors < 1000000; idle++) {
		static const uint8_t unknown[] = {0, 12, 0x77, 0x77};
		uint8_t octets[CHANNEL_PACKET] = {0};

		for (size_t at = 0; at + 12 <= sizeof(octets); at += 12)
			memcpy(octets + at, unknown, sizeof(unknown));
		if (send(rude.fd, octets, sizeof(octets) / 12 * 12, MSG_DONTWAIT) > 0)
			errors += sizeof(octets) / 12, idle = 0;
		turn(&house);
	}
	ok(errors > 0 && mallinfo2().uordblks - before <= (size_t)3 * CHANNEL_PACKET &&
			fake_most(house.engine) <= FAKE_OUTBOX + PEER_ERRORS,
		"so it is after %u messages that are all wrong: %u errors wait", errors,
		fake_most(house.engine));
	for (int i = 0; i < 5000 && errors > 0; i++) {
		while (hear(&rude, &message) == 1)
			errors -= message.type == MIF_ERROR && message.as.error.error == ENOMSG;
		turn(&house);
	}
	ok(errors == 0 && served(&house, &rude), "each of which is answered in the end");

	/* Nothing is read from it any more, so only the hang-up itself can be noticed. */
	for (idle = 0; idle < 100; idle++) {
		if (say(&rude, MIF_GET_CONFIGURATION_DATA, 1) == 0)
			idle = 0;
		turn(&house);
	}
	channel_deinit(&rude);
	turn(&house);
	ok(server_clients(house.server) == 1, "one that hangs up in the middle of it is forgotten");
	channel_deinit(&quick);
	house_deinit(&house);
}

static void test_fairness(void)
{
	struct mif_message message;
	struct channel busy, other;
	struct house house;

	house_init(&house);
	busy = guest(&house);
	other = guest(&house);
	for (int i = 0; i < 100; i++)
		say(&busy, MIF_GET_CONFIGURATION_DATA, 1);
	say(&other, MIF_GET_CONFIGURATION_DATA, 2);
	turn(&house);
	ok(hear(&other, &message) == 1 && message.tag == 2,
		"one with 100 packets waiting and one with one are both heard in one turn");
	/* It hangs up with requests unread. */
	channel_deinit(&busy);
	turn(&house);
	ok(served(&house, &other) && server_clients(house.server) == 1, "one gone, one stays");
	channel_deinit(&other);
	house_deinit(&house);
}

static void test_descriptor(void)
{
	struct mif_message message = {.type = MIF_CONNECTED};
	struct channel a;
	struct house house;
	int before, after;

	house_init(&house);
	a = guest(&house);
	before = dup(0);
	close(before);
	message.as.connected.fd = 0;
	channel_post(&a, &message);
	turn(&house);
	ok(heard_error(&a, EINVAL, 0, "connected is a report"), "a descriptor in a report");
	after = dup(0);
	ok(after == before, "is not kept");
	close(after);
	channel_deinit(&a);
	house_deinit(&house);
}

int main(void)
{
	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/socket", directory);
	test_hello();
	test_errors();
	test_strict();
	test_malformed();
	test_limits();
	test_slow_reader();
	test_flood();
	test_fairness();
	test_descriptor();
	unlink(path);
	rmdir(directory);
	return tap_done();
}
