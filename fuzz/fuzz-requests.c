/* SPDX-License-Identifier: MIT */
/*
 * A stream of requests of several clients, mixed with what happens to the host, through the daemon's
 * server, peers, channels, sessions and model. The promises: no client makes it crash, leak memory
 * or descriptors, or hold more than its limits say; and one who behaves well (witness.c) is answered
 * in time and in order, and in the end knows exactly what is.
 *
 * An input is a list of steps: see requests.h.
 */
#include "fuzz.h"
#include "house.h"
#include "requests.h"
#include "witness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "daemon/server.h"
#include "message/message.h"
#include "transport/channel.h"

/* Bounds for the fuzzer's patience, none of the daemon's. */
#define STEPS 400
#define SENDS 2000

/* More than the daemon takes, so that it can be given too much. */
#define PACKET (CHANNEL_PACKET + 1024)

#define DESCRIPTORS 32

struct rude {
	int fd; /* -1: not connected */
	size_t size;
	uint8_t packet[PACKET];
};

struct play {
	struct house house;
	struct witness *witness;
	struct rude clients[REQUESTS_CLIENTS];
	unsigned int sends;
};

static unsigned int descriptors_count(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* ---- a rude client ---- */

static void rude_add(struct rude *rude, const void *octets, size_t size)
{
	size = MIN(size, sizeof(rude->packet) - rude->size);
	if (size > 0)
		memcpy(rude->packet + rude->size, octets, size);
	rude->size += size;
}

/* Composes the head, so that the fuzzer need not find out about lengths and numbers. */
static void rude_message(struct rude *rude, struct reader *reader)
{
	const struct message_info *info = &message_table[reader_u8(reader) % message_table_size];
	uint8_t head[MESSAGE_HEAD];
	struct writer writer = writer_of(head, sizeof(head));
	uint8_t tag = reader_u8(reader);
	size_t size = reader_u8(reader);

	size = MIN(size, reader_left(reader));
	writer_number(&writer, sizeof(head) + size, 2);
	writer_number(&writer, info->type, 2);
	writer_number(&writer, tag, 4);
	writer_number(&writer, tag, 4);
	rude_add(rude, head, sizeof(head));
	rude_add(rude, reader_take(reader, size), size);
}

static void rude_octets(struct rude *rude, struct reader *reader)
{
	size_t size = reader_u8(reader);
	unsigned int more = reader_u8(reader);
	const uint8_t *octets;

	size = MIN(size, reader_left(reader));
	octets = reader_take(reader, size);
	for (unsigned int i = 0; i <= more; i++)
		rude_add(rude, octets, size);
}

/* Not with its own socket: who is not read from any more would be connected for ever. */
static void rude_send(struct play *play, struct rude *rude, unsigned int fd_count)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(4 * sizeof(int))];
	} control = {0};
	struct iovec vector = {.iov_base = rude->packet, .iov_len = rude->size};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};

	if (rude->fd < 0 || play->sends++ >= SENDS)
		return;
	if (fd_count > 0) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		for (unsigned int i = 0; i < fd_count; i++)
			memcpy(CMSG_DATA(&control.align) + i * sizeof(int), &play->house.script_fd,
				sizeof(int));
	}
	/* Whether it was taken is of no interest: the daemon may have closed, or its socket be full. */
	if (sendmsg(rude->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

/* The rude may write nonsense; what they are told is well formed, and brings no descriptor. */
static void rude_read(struct rude *rude, unsigned int packets)
{
	struct mif_message report;
	struct channel channel;
	int r = 1;

	if (rude->fd < 0)
		return;
	channel_init(&channel, rude->fd);
	for (unsigned int i = 0; i < packets && r == 1; i++) {
		r = channel_receive(&channel);
		while (r == 1 && channel_peek(&channel, &report) != 0) {
			PROMISE(channel_peek(&channel, &report) == 1);
			PROMISE(message_info(report.type)->report);
			PROMISE(message_fd(&report) == NULL);
			channel_skip(&channel);
		}
	}
	PROMISE(r >= 0 || r == -EPIPE);
	channel.fd = -1;
	channel_deinit(&channel);
}

static void rude_open(struct play *play, struct rude *rude)
{
	if (rude->fd < 0)
		rude->fd = house_connect(&play->house);
}

static void rude_greet(struct play *play, struct rude *rude, uint32_t flags)
{
	struct mif_message hello = {.type = MIF_HELLO, .as.hello = {.version = 1, .flags = flags}};
	uint8_t octets[MESSAGE_MAX];
	int length = message_encode(&hello, octets, sizeof(octets));

	rude_open(play, rude);
	if (rude->fd >= 0)
		send(rude->fd, octets, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- steps ---- */

static void step_of_client(
	struct play *play, struct rude *rude, enum step step, struct reader *reader)
{
	switch (step) {
	case STEP_OPEN:
		rude_open(play, rude);
		break;
	case STEP_GREET:
		rude_greet(play, rude, reader_u8(reader));
		break;
	case STEP_MESSAGE:
		rude_message(rude, reader);
		break;
	case STEP_OCTETS:
		rude_octets(rude, reader);
		break;
	case STEP_SEND:
		rude_send(play, rude, 0);
		rude->size = 0;
		break;
	case STEP_SEND_FDS:
		rude_send(play, rude, reader_u8(reader) % 4);
		rude->size = 0;
		break;
	case STEP_REPEAT:
		for (unsigned int i = reader_u8(reader) + 1; i > 0; i--)
			rude_send(play, rude, 0);
		break;
	case STEP_READ:
		rude_read(rude, reader_u8(reader));
		break;
	case STEP_CLOSE:
		rude->fd = close_fd(rude->fd);
		break;
	case STEP_SHUT:
		shutdown(rude->fd, SHUT_WR);
		break;
	default:
		PROMISE(false);
	}
}

static void step_take(struct play *play, struct reader *reader)
{
	uint8_t octet = reader_u8(reader);
	enum step step = octet & 15;
	uint8_t which;

	switch (step) {
	case STEP_PUT:
		house_fact(&play->house, "put", reader_u8(reader));
		break;
	case STEP_DROP:
		house_fact(&play->house, "drop", reader_u8(reader));
		break;
	case STEP_SNAPSHOT:
		house_line(&play->house, "begin");
		break;
	case STEP_TIME:
		house_pass(&play->house, reader_u8(reader));
		break;
	case STEP_NAMES:
		which = reader_u8(reader);
		house_answer(&play->house, which, reader_u8(reader));
		break;
	case STEP_TURN:
		house_line(&play->house, "commit");
		witness_turn(play->witness);
		house_check(&play->house);
		break;
	default:
		step_of_client(play, &play->clients[octet / 16 % REQUESTS_CLIENTS], step, reader);
	}
}

/* Who behaves well from now on is served again, or has been closed. */
static void play_end(struct play *play)
{
	for (int i = 0; i < 3; i++) {
		for (size_t n = 0; n < REQUESTS_CLIENTS; n++)
			rude_read(&play->clients[n], 255);
		house_line(&play->house, "commit");
		witness_turn(play->witness);
		house_check(&play->house);
	}
	witness_compare(play->witness);
	for (size_t i = 0; i < REQUESTS_CLIENTS; i++)
		close_fd(play->clients[i].fd);
	witness_turn(play->witness);
	house_check(&play->house);
	PROMISE(server_clients(play->house.server) == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	static struct play play;
	struct reader reader = reader_of(octets, size);
	unsigned int before = descriptors_count();

	play.sends = 0;
	for (size_t i = 0; i < REQUESTS_CLIENTS; i++)
		play.clients[i].fd = -1, play.clients[i].size = 0;
	house_init(&play.house);
	play.witness = witness_new(&play.house);
	for (unsigned int i = 0; i < STEPS && reader_left(&reader) > 0; i++)
		step_take(&play, &reader);
	play_end(&play);
	witness_free(play.witness);
	house_deinit(&play.house);
	PROMISE(descriptors_count() == before);
	return 0;
}
