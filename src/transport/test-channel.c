/* SPDX-License-Identifier: MIT */
#include "transport/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "descriptors.h"
#include "message/message.h"
#include "tap.h"

struct pair {
	struct channel a, b;
};

static void pair_init(struct pair *pair)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		abort();
	channel_init(&pair->a, fds[0]);
	channel_init(&pair->b, fds[1]);
}

static void pair_deinit(struct pair *pair)
{
	channel_deinit(&pair->a);
	channel_deinit(&pair->b);
}

static struct mif_message interface(uint64_t id)
{
	struct mif_message message = {.type = MIF_INTERFACE, .tag = 7, .serial = 9};

	message.as.interface.interface = id;
	strcpy(message.as.interface.name, "h1");
	return message;
}

/* Any packet, with descriptors, past the channel. */
static void raw_send(int socket, const void *octets, size_t size, const int *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(8 * sizeof(int))];
	} control = {0};
	struct iovec vector = {.iov_base = (void *)(uintptr_t)octets, .iov_len = size};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};

	if (count > 0) {
		header.msg_control = &control;
		header.msg_controllen = (unsigned int)CMSG_SPACE(count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = (unsigned int)CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, count * sizeof(int));
	}
	if (sendmsg(socket, &header, 0) < 0)
		abort();
}

static void test_round_trip(void)
{
	struct mif_message message = interface(42), got;
	struct pair pair;

	pair_init(&pair);
	ok(channel_receive(&pair.b) == 0, "nothing was sent, nothing is received");
	ok(channel_post(&pair.a, &message) == 0, "a message is sent");
	ok(channel_receive(&pair.b) == 1, "a packet is received");
	ok(channel_peek(&pair.b, &got) == 1 && got.as.interface.interface == 42 && got.tag == 7 &&
			got.serial == 9 && strcmp(got.as.interface.name, "h1") == 0,
		"the message is what was sent, with tag and serial");
	ok(channel_peek(&pair.b, &got) == 1, "peeking does not take it");
	channel_skip(&pair.b);
	ok(channel_peek(&pair.b, &got) == 0 && pair.b.in == NULL,
		"after the last message the memory of the packet is free");
	message.type = 0x7777;
	ok(channel_post(&pair.a, &message) == -EINVAL, "what is no message is not sent");
	channel_deinit(&pair.a);
	ok(channel_receive(&pair.b) == -EPIPE, "the other end is gone: received");
	message = interface(1);
	ok(channel_post(&pair.b, &message) == -EPIPE,
		"the other end is gone: sent, without SIGPIPE");
	pair_deinit(&pair);
}

static void test_batching(void)
{
	struct mif_message message, got;
	unsigned int put = 0, received = 0, packets = 0;
	struct pair pair;
	bool right = true;

	pair_init(&pair);
	while (channel_room(&pair.a)) {
		message = interface(put++);
		right &= channel_put(&pair.a, &message) == 0;
	}
	ok(right && put > 100, "%u messages are put into one packet", put);
	ok(channel_put(&pair.a, &message) == -ENOBUFS, "a full packet refuses the next one");
	ok(channel_flush(&pair.a) == 0 && !channel_pending(&pair.a), "it is sent");
	ok(channel_flush(&pair.a) == 0, "there is nothing left to send");
	right = true;
	while (channel_receive(&pair.b) == 1) {
		packets++;
		for (; channel_peek(&pair.b, &got) == 1; channel_skip(&pair.b))
			right &= got.as.interface.interface == received++;
	}
	ok(right && packets == 1 && received == put, "one packet brings them all, in order");
	pair_deinit(&pair);
}

static void test_full(void)
{
	struct mif_message message = interface(1), got;
	unsigned int sent = 0, received = 0;
	struct pair pair;
	int r;

	pair_init(&pair);
	while ((r = channel_post(&pair.a, &message)) == 0)
		sent++;
	ok(r == -EAGAIN && sent > 10, "a full socket says EAGAIN, after %u", sent);
	ok(!channel_pending(&pair.a), "a message that was refused is not kept");
	ok(channel_put(&pair.a, &message) == 0 && channel_flush(&pair.a) == -EAGAIN &&
			channel_pending(&pair.a),
		"a packet that was refused is kept");
	ok(channel_post(&pair.a, &message) == -EAGAIN, "nothing overtakes it");
	for (; channel_receive(&pair.b) == 1; channel_skip(&pair.b))
		received += channel_peek(&pair.b, &got) == 1;
	ok(channel_flush(&pair.a) == 0, "there is room again, it leaves");
	for (; channel_receive(&pair.b) == 1; channel_skip(&pair.b))
		received += channel_peek(&pair.b, &got) == 1;
	ok(received == sent + 1, "nothing was lost");
	pair_deinit(&pair);
}

static void test_malformed(void)
{
	struct mif_message message = interface(5), got;
	static uint8_t octets[CHANNEL_PACKET + 1];
	struct pair pair;
	bool right = true;
	int length;

	pair_init(&pair);
	length = message_encode(&message, octets, sizeof(octets));
	for (int cut = 1; cut < length; cut++) {
		raw_send(pair.a.fd, octets, (size_t)cut, NULL, 0);
		right &= channel_receive(&pair.b) == 1 && channel_peek(&pair.b, &got) == -EBADMSG;
	}
	ok(right, "a message cut short anywhere is malformed");

	memcpy(octets + length, "\0\5", 2);
	raw_send(pair.a.fd, octets, (size_t)length + 2, NULL, 0);
	ok(channel_receive(&pair.b) == 1 && channel_peek(&pair.b, &got) == 1,
		"what precedes nonsense is understood");
	channel_skip(&pair.b);
	ok(channel_peek(&pair.b, &got) == -EBADMSG, "the nonsense is not");

	message_encode(&message, octets, sizeof(octets));
	memcpy(octets + 2, "\x77\x77", 2);
	length += message_encode(&message, octets + length, sizeof(octets) - (size_t)length);
	raw_send(pair.a.fd, octets, (size_t)length, NULL, 0);
	ok(channel_receive(&pair.b) == 1 && channel_peek(&pair.b, &got) == -ENOMSG &&
			got.type == 0x7777 && got.tag == 7,
		"a type unknown is told, with its tag");
	channel_skip(&pair.b);
	ok(channel_peek(&pair.b, &got) == 1 && got.as.interface.interface == 5,
		"and what follows it is understood");

	raw_send(pair.a.fd, octets, CHANNEL_PACKET + 1, NULL, 0);
	ok(channel_receive(&pair.b) == -EBADMSG, "a packet above %d octets is malformed",
		CHANNEL_PACKET);
	raw_send(pair.a.fd, octets, CHANNEL_PACKET, NULL, 0);
	ok(channel_receive(&pair.b) == 1, "one of %d octets is not", CHANNEL_PACKET);
	pair_deinit(&pair);
}

static void test_descriptor(void)
{
	struct mif_message message = {.type = MIF_CONNECTED}, got;
	struct pair pair;
	int before;

	pair_init(&pair);
	before = open_fds();
	message.as.connected.connection = 3;
	message.as.connected.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	got = interface(1);
	channel_put(&pair.a, &got);
	ok(channel_put(&pair.a, &message) == 0 && !channel_room(&pair.a),
		"M28: a message with a descriptor is the last of its packet");
	channel_flush(&pair.a);
	ok(open_fds() == before, "M28: the sender keeps no duplicate");
	channel_receive(&pair.b);
	ok(channel_peek(&pair.b, &got) == 1 && got.type == MIF_INTERFACE, "what precedes it");
	channel_skip(&pair.b);
	ok(channel_peek(&pair.b, &got) == 1 && got.as.connected.fd >= 0 &&
			(fcntl(got.as.connected.fd, F_GETFD) & FD_CLOEXEC) != 0,
		"M28: the descriptor arrives, close-on-exec");
	channel_skip(&pair.b);
	ok(fcntl(got.as.connected.fd, F_GETFD) >= 0, "it is the receiver's once taken");
	close(got.as.connected.fd);
	ok(open_fds() == before, "there was one only");

	message.as.connected.fd = -1;
	channel_post(&pair.a, &message);
	channel_receive(&pair.b);
	ok(channel_peek(&pair.b, &got) == 1 && got.as.connected.fd == -1,
		"a message that came without its descriptor says so");
	pair_deinit(&pair);
}

static void test_descriptors_unwanted(void)
{
	struct mif_message message = interface(5), got;
	uint8_t octets[MESSAGE_MAX];
	struct pair pair;
	int before, fds[4] = {0, 1, 2, 0};
	size_t length;

	pair_init(&pair);
	before = open_fds();
	length = (size_t)message_encode(&message, octets, sizeof(octets));
	raw_send(pair.a.fd, octets, length, fds, 1);
	ok(channel_receive(&pair.b) == 1 && open_fds() == before,
		"a descriptor that no message can have is closed at once");
	ok(channel_peek(&pair.b, &got) == 1, "the message is understood");
	channel_skip(&pair.b);

	message = (struct mif_message){.type = MIF_CONNECTED, .as.connected.fd = -1};
	length = (size_t)message_encode(&message, octets, sizeof(octets));
	for (size_t count = 2; count <= 4; count++) {
		raw_send(pair.a.fd, octets, length, fds, count);
		ok(channel_receive(&pair.b) == -EBADMSG && open_fds() == before,
			"%zu descriptors are malformed and closed", count);
	}
	raw_send(pair.a.fd, octets, length, fds, 1);
	channel_receive(&pair.b);
	ok(open_fds() == before + 1, "a descriptor waits for its message to be taken");
	channel_receive(&pair.b);
	ok(open_fds() == before, "and is closed if it is not");
	pair_deinit(&pair);
	ok(open_fds() == before - 2, "nothing is left open");
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* Even where the handler asks for system calls to be restarted. */
static int wait_with_alarm(struct channel *channel, int timeout_ms)
{
	const struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	const struct itimerval soon = {.it_value.tv_usec = 20000};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	return channel_wait(channel, timeout_ms);
}

/* The end of a client, who is sent no descriptors. */
static void test_plain(void)
{
	static uint8_t octets[CHANNEL_PACKET + 1];
	struct mif_message message = interface(5), got;
	int before = open_fds(), fds[2] = {0, 1}, size;
	uint8_t packet[MESSAGE_MAX];
	struct pair pair;

	pair_init(&pair);
	pair.b.plain = true;
	size = message_encode(&message, packet, sizeof(packet));
	raw_send(pair.a.fd, packet, (size_t)size, fds, 2);
	ok(channel_receive(&pair.b) == 1 && channel_peek(&pair.b, &got) == 1 &&
			got.as.interface.interface == 5,
		"plain: a packet is received without its descriptors");
	channel_skip(&pair.b);
	ok(open_fds() == before + 2, "plain: which are in nobody's hands");
	raw_send(pair.a.fd, octets, CHANNEL_PACKET + 1, NULL, 0);
	ok(channel_receive(&pair.b) == -EBADMSG, "plain: a packet too long is malformed");
	pair_deinit(&pair);
}

static void test_wait(void)
{
	struct mif_message message = interface(5), got;
	uint64_t started;
	struct pair pair;
	pid_t child;
	int r;

	pair_init(&pair);
	channel_post(&pair.a, &message);
	ok(channel_wait(&pair.b, 0) == 1 && channel_peek(&pair.b, &got) == 1 &&
			got.as.interface.interface == 5,
		"M2: a probe receives what is there");
	channel_skip(&pair.b);
	ok(channel_wait(&pair.b, 0) == 0, "M2: a probe does not wait");
	/* First, as it may rest on what a bounded one has set. */
	ok(wait_with_alarm(&pair.b, -1) == -EINTR, "M2: a signal ends an endless wait");
	for (int timeout = 60; timeout > 20; timeout -= 20) {
		started = clock_boottime();
		r = channel_wait(&pair.b, timeout);
		ok(r == 0 && clock_boottime() - started >= (uint64_t)timeout * NSEC_PER_MSEC,
			"M2: waits at least %d ms for nothing", timeout);
	}
	ok(wait_with_alarm(&pair.b, 60000) == -EINTR, "M2: a signal ends a bounded wait");
	child = fork();
	if (child == 0) {
		usleep(20000);
		_exit(channel_post(&pair.a, &message) == 0 ? 0 : 1);
	}
	ok(channel_wait(&pair.b, -1) == 1 && channel_peek(&pair.b, &got) == 1,
		"M2: an endless wait ends with a packet");
	waitpid(child, NULL, 0);
	pair.a.fd = close_fd(pair.a.fd);
	ok(channel_wait(&pair.b, -1) == -EPIPE, "M2: and with the other end");
	pair_deinit(&pair);
}

int main(void)
{
	test_round_trip();
	test_batching();
	test_full();
	test_malformed();
	test_descriptor();
	test_descriptors_unwanted();
	test_plain();
	test_wait();
	return tap_done();
}
