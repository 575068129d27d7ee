/* SPDX-License-Identifier: MIT */
/* Clients that are many, slow or rude: nobody else notices, and memory is bounded. */
#include "daemon/test-house.h"

#include <malloc.h>
#include <sys/resource.h>

#include "daemon/peer.h"

static void test_limits(void)
{
	struct rlimit limit, low;
	struct mif_message message;
	struct channel clients[4], a;
	struct house house;
	bool right = true;

	house_init(&house);
	server_limit(house.server, 100);
	house.access.handles = 3;
	for (int i = 0; i < 3; i++)
		clients[i] = guest(&house);
	a = visit();
	say(&a, MIF_HELLO, 0);
	turn(&house);
	ok(heard_error(&a, EUSERS, 0, "3 clients already") && hear(&a, &message) == -EPIPE,
		"one client of a user too many is refused");
	channel_deinit(&a);
	server_limit(house.server, 3);
	house.access.handles = 100;
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

	server_limit(house.server, 100);
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

int main(void)
{
	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/socket", directory);
	test_limits();
	test_slow_reader();
	test_flood();
	test_fairness();
	unlink(path);
	rmdir(directory);
	return tap_done();
}
