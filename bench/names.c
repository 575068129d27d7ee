/* SPDX-License-Identifier: MIT */
/*
 * Names: translations through mifd and in the process, against questions on a bare UDP socket, to the
 * same server, which is a process in another network namespace and answers every name at once.
 *
 *	names	100 outstanding, no name twice: time for each
 *	cold	one after the other, no name twice
 *	warm	one after the other, always the same; its floor is a question about the configuration
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handle.h"
#include "measure.h"

#define SIDES 3
#define OUTSTANDING 100
#define BLOCK 1000 /* translations of a sample of "names" */
#define QUESTION 64
#define ANSWER 16 /* octets of an A record whose owner is a pointer */
#define HEADER 12

struct side {
	struct mif *mif; /* or bare: */
	int fd;
	uint64_t pvd;
	struct series names, cold, warm;
};

static uint32_t numbers; /* no name twice, whichever side asks */

/* ---- the server ---- */

static void answer(int fd)
{
	static const uint8_t record[ANSWER] = {
		0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
	uint8_t octets[512];
	struct sockaddr_in peer;
	socklen_t size = sizeof(peer);
	ssize_t length =
		recvfrom(fd, octets, sizeof(octets) - ANSWER, 0, (struct sockaddr *)&peer, &size);
	size_t end = HEADER;

	if (length < HEADER)
		return;
	while (octets[end] != 0)
		end += 1U + octets[end];
	end += 5;
	octets[2] = 0x81;
	octets[3] = 0x80;
	octets[7] = 1; /* one answer, and nothing additional */
	octets[11] = 0;
	memcpy(octets + end, record, ANSWER);
	sendto(fd, octets, end + ANSWER, 0, (const struct sockaddr *)&peer, size);
}

static void server_run(const char *namespace, int ready)
{
	struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(53)};
	int where = measure_call(open(namespace, O_RDONLY | O_CLOEXEC), namespace);
	int fd;

	measure_call(setns(where, CLONE_NEWNET), "setns");
	fd = measure_call(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
	measure_call(bind(fd, (const struct sockaddr *)&local, sizeof(local)), "bind");
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		answer(fd);
}

/* ---- bare ---- */

static void bare_ask(int fd)
{
	uint8_t octets[QUESTION] = {0, 0, 1, 0, 0, 1};
	char label[16];
	int length = snprintf(label, sizeof(label), "n%u", ++numbers);
	uint8_t *at = octets + HEADER;

	octets[0] = (uint8_t)(numbers >> 8);
	octets[1] = (uint8_t)numbers;
	*at++ = (uint8_t)length;
	memcpy(at, label, (size_t)length);
	memcpy(at + length, "\7example\0\0\1\0\1", 13);
	if (send(fd, octets, (size_t)(at + length + 13 - octets), 0) < 0)
		measure_fail(errno, "send");
}

static void bare_answer(int fd)
{
	uint8_t octets[512];

	if (recv(fd, octets, sizeof(octets), 0) < HEADER)
		measure_fail(errno, "recv");
}

static int bare_open(const char *server)
{
	struct sockaddr_in remote = {.sin_family = AF_INET, .sin_port = htons(53)};
	struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	int fd = measure_call(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");

	inet_pton(AF_INET, server, &remote.sin_addr);
	measure_call(connect(fd, (const struct sockaddr *)&remote, sizeof(remote)), "connect");
	measure_call(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
		"SO_RCVTIMEO");
	return fd;
}

/* ---- a handle ---- */

/* False: there is no room for more now. */
static bool handle_ask(const struct side *side, const char *name)
{
	static uint64_t translation;
	struct mif_message request = {.type = MIF_TRANSLATE_NAME};
	int r;

	request.as.translate_name.pvd = side->pvd;
	request.as.translate_name.translation = ++translation;
	request.as.translate_name.family = MIF_FAMILY_IPV4;
	snprintf(request.as.translate_name.name, MIF_TEXT_SIZE, "%s", name);
	r = mif_post(side->mif, &request);
	if (r != -EAGAIN && r != -ENOBUFS)
		measure_check(r, "mif_post");
	return r == 0;
}

/* To the end of one: its address is one message, its end another. */
static void handle_answer(const struct side *side)
{
	const struct mif_message *message;

	while ((message = handle_next(side->mif))->type != MIF_NAME_TRANSLATION_DONE)
		;
	if (message->as.name_translation_done.status != MIF_TRANSLATION_FOUND)
		measure_fail(0, "a name was not found");
}

/* ---- all of them ---- */

static bool ask(const struct side *side)
{
	char name[32];

	if (side->mif == NULL) {
		bare_ask(side->fd);
		return true;
	}
	snprintf(name, sizeof(name), "n%u.example.", ++numbers);
	return handle_ask(side, name);
}

static void take(const struct side *side)
{
	if (side->mif == NULL)
		bare_answer(side->fd);
	else
		handle_answer(side);
}

static uint64_t sample_names(const struct side *side)
{
	uint64_t started = measure_now();

	for (size_t asked = 0, taken = 0; taken < BLOCK;) {
		if (asked < BLOCK && asked - taken < OUTSTANDING && ask(side)) {
			asked++;
			continue;
		}
		take(side);
		taken++;
	}
	return (measure_now() - started) / BLOCK;
}

static uint64_t sample_cold(const struct side *side)
{
	uint64_t started = measure_now();

	ask(side);
	take(side);
	return measure_now() - started;
}

static uint64_t sample_warm(const struct side *side)
{
	uint64_t started = measure_now();

	handle_ask(side, "always.example.");
	handle_answer(side);
	return measure_now() - started;
}

static uint64_t sample_question(const struct side *side)
{
	struct mif_message request = {.type = MIF_GET_CONFIGURATION_DATA};
	uint64_t started = measure_now();

	request.as.get_configuration_data.pvd = side->pvd;
	request.as.get_configuration_data.information = MIF_INFORMATION_DNS_SERVERS;
	handle_post(side->mif, &request);
	handle_next(side->mif);
	return measure_now() - started;
}

static void measure_all(struct side sides[SIDES], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t s = 0; s < SIDES; s++)
			series_add(&sides[s].names, sample_names(&sides[s]));
		for (size_t s = 0; s < SIDES; s++)
			for (size_t n = 0; n < 10; n++)
				series_add(&sides[s].cold, sample_cold(&sides[s]));
		for (size_t n = 0; n < 10; n++)
			series_add(&sides[0].warm, sample_question(&sides[1]));
		for (size_t s = 1; s < SIDES; s++)
			for (size_t n = 0; n < 10; n++)
				series_add(&sides[s].warm, sample_warm(&sides[s]));
	}
}

int main(int argc, char **argv)
{
	static const char *const names[SIDES] = {"bare", "daemon", "engine"};
	static const char *const warm[SIDES] = {"question", "daemon", "engine"};
	struct side sides[SIDES] = {0};
	char octet;
	int ready[2];
	size_t count;

	if (argc != 5) {
		fprintf(stderr, "usage: bench-names DEVICE SERVER SERVER'S-NAMESPACE COUNT\n");
		return 2;
	}
	count = measure_number(argv[4]);
	measure_call(pipe2(ready, O_CLOEXEC), "pipe");
	if (measure_fork() == 0)
		server_run(argv[3], ready[1]);
	if (read(ready[0], &octet, 1) != 1)
		measure_fail(errno, "the server");
	sides[0].fd = bare_open(argv[2]);
	for (size_t s = 0; s < SIDES; s++) {
		if (s > 0) {
			sides[s].mif = handle_open(names[s]);
			sides[s].pvd = handle_pvd(sides[s].mif, argv[1]);
		}
		series_init(&sides[s].names, names[s], "names", count);
		series_init(&sides[s].cold, names[s], "cold", 10 * count);
		series_init(&sides[s].warm, warm[s], "warm", 10 * count);
		sample_names(&sides[s]);
	}
	measure_all(sides, count);
	for (size_t s = 0; s < SIDES; s++) {
		series_print(&sides[s].names);
		series_print(&sides[s].cold);
		series_print(&sides[s].warm);
		mif_close(sides[s].mif);
	}
	return 0;
}
