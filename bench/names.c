/* SPDX-License-Identifier: MIT */
/*
 * Names: translations through mifd and in the process, against c-ares alone and against questions on a
 * bare UDP socket, all to the same server, which answers every name at once (answerer.h).
 *
 *	names	100 outstanding, no name twice: time for each
 *	cold	one after the other, no name twice: time to its address
 *	near	the same, of a server half a millisecond away
 *	warm	one after the other, always the same; its floor is a question about the configuration
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answerer.h"
#include "cares.h"
#include "handle.h"
#include "measure.h"

#define OUTSTANDING 100
#define NEAR 500 /* microseconds */
#define BLOCK 1000 /* translations of a sample of "names" */
#define QUESTION 64
#define HEADER 12

enum {
	CARES,
	DAEMON,
	ENGINE,
	BARE,
	SIDES
};

struct side {
	struct cares *cares; /* or */
	struct mif *mif; /* or */
	int fd; /* bare; 0: the side is missing */
	uint64_t pvd;
	struct series names, cold, near, warm;
};

static uint32_t numbers; /* no name twice, whichever side asks */

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

static const struct mif_message *handle_get(const struct side *side, uint32_t type)
{
	const struct mif_message *message;

	while ((message = handle_next(side->mif))->type != type)
		;
	return message;
}

/* Its address is one message, its end another. */
static void handle_end(const struct side *side)
{
	const struct mif_message *message = handle_get(side, MIF_NAME_TRANSLATION_DONE);

	if (message->as.name_translation_done.status != MIF_TRANSLATION_FOUND)
		measure_fail(0, "a name was not found");
}

/* ---- all of them ---- */

static bool ask(const struct side *side)
{
	char name[32];

	if (side->fd > 0) {
		bare_ask(side->fd);
		return true;
	}
	snprintf(name, sizeof(name), "n%u.example.", ++numbers);
	if (side->mif != NULL)
		return handle_ask(side, name);
	cares_ask(side->cares, name);
	return true;
}

static void take(const struct side *side)
{
	if (side->cares != NULL)
		cares_take(side->cares);
	else if (side->mif != NULL)
		handle_end(side);
	else
		bare_answer(side->fd);
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
	uint64_t started = measure_now(), taken;

	ask(side);
	if (side->mif == NULL) {
		take(side);
		return measure_now() - started;
	}
	handle_get(side, MIF_NAME_TRANSLATION);
	taken = measure_now() - started;
	handle_end(side);
	return taken;
}

static uint64_t sample_warm(const struct side *side)
{
	uint64_t started = measure_now();

	handle_ask(side, "always.example.");
	handle_end(side);
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

static bool is_there(const struct side *side)
{
	return side->cares != NULL || side->mif != NULL || side->fd > 0;
}

static void measure_cold(struct side sides[SIDES], bool near)
{
	answerer_delay(near ? NEAR : 0);
	for (size_t s = 0; s < SIDES; s++)
		for (size_t n = 0; n < 10 && is_there(&sides[s]); n++)
			series_add(near ? &sides[s].near : &sides[s].cold, sample_cold(&sides[s]));
	answerer_delay(0);
}

static void measure_all(struct side sides[SIDES], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t s = 0; s < SIDES; s++)
			if (is_there(&sides[s]))
				series_add(&sides[s].names, sample_names(&sides[s]));
		measure_cold(sides, false);
		measure_cold(sides, true);
		for (size_t n = 0; n < 10; n++)
			series_add(&sides[CARES].warm, sample_question(&sides[DAEMON]));
		for (size_t s = DAEMON; s <= ENGINE; s++)
			for (size_t n = 0; n < 10; n++)
				series_add(&sides[s].warm, sample_warm(&sides[s]));
	}
}

int main(int argc, char **argv)
{
	static const char *const names[SIDES] = {"cares", "daemon", "engine", "bare"};
	static const char *const warm[SIDES] = {"question", "daemon", "engine", "bare"};
	struct side sides[SIDES] = {0};
	size_t count;

	if (argc != 5) {
		fprintf(stderr, "usage: bench-names DEVICE SERVER SERVER'S-NAMESPACE COUNT\n");
		return 2;
	}
	count = measure_number(argv[4]);
	answerer_start(argv[3]);
	sides[CARES].cares = cares_start(argv[2]);
	sides[BARE].fd = bare_open(argv[2]);
	for (size_t s = 0; s < SIDES; s++) {
		if (s == DAEMON || s == ENGINE) {
			sides[s].mif = handle_open(names[s]);
			sides[s].pvd = handle_pvd(sides[s].mif, argv[1]);
		}
		series_init(&sides[s].names, names[s], "names", count);
		series_init(&sides[s].cold, names[s], "cold", 10 * count);
		series_init(&sides[s].near, names[s], "near", 10 * count);
		series_init(&sides[s].warm, warm[s], "warm", 10 * count);
		if (is_there(&sides[s]))
			sample_names(&sides[s]);
	}
	measure_all(sides, count);
	for (size_t s = 0; s < SIDES; s++) {
		series_print(&sides[s].names);
		series_print(&sides[s].cold);
		series_print(&sides[s].near);
		series_print(&sides[s].warm);
		mif_close(sides[s].mif);
	}
	cares_end(sides[CARES].cares);
	return 0;
}
