/* SPDX-License-Identifier: MIT */
/*
 * A question and its answer: mif_post() to mif_get(), against the same number of octets each way
 * between two processes on a bare SOCK_SEQPACKET socket pair.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handle.h"
#include "measure.h"
#include "message/message.h"

#define WARM_UP 200

/* ---- bare ---- */

static void echo_run(int fd, size_t answer)
{
	char octets[MESSAGE_MAX] = {0};

	while (recv(fd, octets, sizeof(octets), 0) > 0)
		if (send(fd, octets, answer, MSG_NOSIGNAL) < 0)
			break;
	_exit(0);
}

static uint64_t bare_sample(int fd, size_t request, size_t answer)
{
	char octets[MESSAGE_MAX] = {0};
	uint64_t started = measure_now();

	if (send(fd, octets, request, MSG_NOSIGNAL) < 0 ||
		recv(fd, octets, sizeof(octets), 0) != (ssize_t)answer)
		measure_fail(errno, "socket pair");
	return measure_now() - started;
}

static void bare_run(size_t request, size_t answer, size_t count)
{
	int ends[2];

	measure_call(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
	if (measure_fork() == 0) {
		close(ends[0]);
		echo_run(ends[1], answer);
	}
	close(ends[1]);
	for (size_t i = 0; i < WARM_UP; i++)
		bare_sample(ends[0], request, answer);
	for (size_t i = 0; i < count; i++) {
		uint64_t taken = bare_sample(ends[0], request, answer);

		measure_print("roundtrip", &taken, 1);
	}
}

/* ---- a handle ---- */

static uint64_t handle_sample(struct mif *mif, const struct mif_message *request)
{
	const struct mif_message *answer;
	uint64_t started = measure_now(), taken;

	handle_post(mif, request);
	answer = handle_next(mif);
	taken = measure_now() - started;
	if (answer->type != MIF_CONFIGURATION_DATA || answer->tag != request->tag ||
		answer->as.configuration_data.count != 1)
		measure_fail(0, "this is not the answer that was waited for");
	return taken;
}

static void handle_run(const char *side, const char *device, size_t count)
{
	struct mif *mif = handle_open(side);
	struct mif_message request = {.type = MIF_GET_CONFIGURATION_DATA, .tag = 7};
	uint8_t octets[MESSAGE_MAX];

	request.as.get_configuration_data.pvd = handle_pvd(mif, device);
	request.as.get_configuration_data.element = MIF_ELEMENT_ANY;
	request.as.get_configuration_data.information = MIF_INFORMATION_ROUTERS;
	handle_post(mif, &request);
	printf("request %d\nanswer %d\n", message_encode(&request, octets, sizeof(octets)),
		message_encode(handle_next(mif), octets, sizeof(octets)));
	for (size_t i = 0; i < WARM_UP; i++)
		handle_sample(mif, &request);
	for (size_t i = 0; i < count; i++) {
		uint64_t taken = handle_sample(mif, &request);

		measure_print("roundtrip", &taken, 1);
	}
	mif_close(mif);
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "socketpair") == 0) {
		bare_run(measure_number(argv[2]), measure_number(argv[3]), measure_number(argv[4]));
		return 0;
	}
	if (argc == 4) {
		handle_run(argv[1], argv[2], measure_number(argv[3]));
		return 0;
	}
	fprintf(stderr,
		"usage: bench-roundtrip daemon|engine DEVICE COUNT\n"
		"       bench-roundtrip socketpair REQUEST-OCTETS ANSWER-OCTETS COUNT\n");
	return 2;
}
