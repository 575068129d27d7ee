/* SPDX-License-Identifier: MIT */
/* What clients say to the server, and what they are told. */
#include "daemon/test-house.h"

#include "daemon/peer.h"

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

static unsigned int paths_asked;
static struct channel *parting; /* that goes when it is asked for the first time */

static bool paths_serves(uint32_t type)
{
	return type == MIF_ANNOUNCE_PATHS;
}

static void paths_request(void *context, struct session *session, uint32_t uid,
	const struct mif_message *request, uint64_t now)
{
	(void)context, (void)session, (void)uid, (void)request, (void)now;
	paths_asked++;
	if (parting != NULL)
		channel_deinit(parting);
	parting = NULL;
}

static void paths_leave(void *context, struct session *session)
{
	(void)context, (void)session;
}

static void paths_hear(void *context, uint64_t now)
{
	(void)context, (void)now;
}

static void test_parting(void)
{
	const struct peer_paths paths = {.serves = paths_serves,
		.request = paths_request,
		.leave = paths_leave,
		.hear = paths_hear,
		.context = &paths_asked};
	struct house house;
	struct channel a;

	house_init(&house);
	server_set_paths(house.server, &paths);
	a = guest(&house);
	for (uint32_t i = 0; i < 40; i++)
		say(&a, MIF_ANNOUNCE_PATHS, i);
	channel_deinit(&a);
	turn(&house);
	ok(paths_asked == 40 && server_clients(house.server) == 0,
		"A9: what a client says before it hangs up counts");
	a = guest(&house);
	channel_put(&a, &(struct mif_message){.type = MIF_ANNOUNCE_INTERFACES, .tag = 1});
	channel_put(&a, &(struct mif_message){.type = MIF_ANNOUNCE_PATHS, .tag = 2});
	channel_flush(&a);
	for (uint32_t i = 0; i < 9; i++)
		say(&a, MIF_ANNOUNCE_PATHS, i);
	parting = &a;
	turn(&house);
	turn(&house);
	ok(paths_asked == 50 && server_clients(house.server) == 0,
		"A9: also of one that is found gone when it is answered");
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
	test_descriptor();
	test_parting();
	unlink(path);
	rmdir(directory);
	return tap_done();
}
