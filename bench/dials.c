/* SPDX-License-Identifier: MIT */
/*
 * Dials by name at an even rate, as long as it is told to, through a few handles of one program; no name
 * twice. Once a second one line: seconds, dials begun, connected and failed so far, running now, and of
 * the last second's the median and the longest time to connected in microseconds.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/descriptor.h"
#include "handle.h"
#include "measure.h"

#define HANDLES 8
#define RUNNING 4096 /* at most: a power of two */
#define SECOND UINT64_C(1000000000)

static struct mif *handles[HANDLES];
static uint64_t begun_at[RUNNING];
static uint64_t begun, connected, failed;
static uint32_t times[RUNNING];
static size_t time_count;

static void begin(unsigned int port)
{
	struct mif_message request = {.type = MIF_DIAL};

	if (begun - connected - failed == RUNNING)
		measure_fail(EBUSY, "dials");
	request.as.dial.connection = ++begun;
	request.as.dial.port = port;
	request.as.dial.timeout = 10 * SECOND;
	snprintf(request.as.dial.host, MIF_TEXT_SIZE, "n%" PRIu64 ".dials.example.", begun);
	begun_at[begun % RUNNING] = measure_now();
	handle_post(handles[begun % HANDLES], &request);
}

static void end(struct mif *mif, const struct mif_message *report)
{
	uint64_t took = measure_now() - begun_at[report->as.connected.connection % RUNNING];

	if (report->type == MIF_NOT_CONNECTED) {
		failed++;
		fprintf(stderr, "dials: %s\n", report->as.not_connected.text);
		return;
	}
	connected++;
	close(mif_message_take_fd(mif));
	if (time_count < RUNNING)
		times[time_count++] = (uint32_t)(took / 1000);
}

static void take(struct mif *mif)
{
	const struct mif_message *report;

	while (measure_check(mif_get(mif, &report), "mif_get") == 1) {
		if (report->type == MIF_ERROR)
			measure_fail((int)report->as.error.error, report->as.error.text);
		if (report->type == MIF_CONNECTED || report->type == MIF_NOT_CONNECTED)
			end(mif, report);
	}
}

static void wait_until(uint64_t due)
{
	struct pollfd ready[HANDLES];
	uint64_t now = measure_now();
	struct timespec left = {0};

	if (due > now)
		left.tv_nsec = (long)MIN(due - now, SECOND - 1);
	for (size_t i = 0; i < HANDLES; i++)
		ready[i] = (struct pollfd){
			.fd = measure_check(mif_fd(handles[i]), "mif_fd"), .events = POLLIN};
	if (ppoll(ready, HANDLES, &left, NULL) < 0 && errno != EINTR)
		measure_fail(errno, "ppoll");
	for (size_t i = 0; i < HANDLES; i++)
		if (ready[i].revents != 0)
			take(handles[i]);
}

static int compare(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void tell(uint64_t seconds)
{
	qsort(times, time_count, sizeof(times[0]), compare);
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %u %u\n", seconds,
		begun, connected, failed, begun - connected - failed,
		time_count > 0 ? times[time_count / 2] : 0,
		time_count > 0 ? times[time_count - 1] : 0);
	fflush(stdout);
	time_count = 0;
}

int main(int argc, char **argv)
{
	uint64_t rate, seconds, started, told = 0;
	unsigned int port;

	if (argc != 4) {
		fprintf(stderr, "usage: bench-dials PORT DIALS-A-SECOND SECONDS\n");
		return 2;
	}
	port = (unsigned int)measure_number(argv[1]);
	rate = measure_number(argv[2]);
	seconds = measure_number(argv[3]);
	for (size_t i = 0; i < HANDLES; i++)
		handles[i] = handle_open("daemon");
	started = measure_now();
	while (begun < rate * seconds || connected + failed < begun) {
		uint64_t now = measure_now() - started;

		/* What was not begun in time is begun now: the rate is that of the whole. */
		while (begun < rate * seconds && now >= begun * SECOND / rate)
			begin(port);
		wait_until(started +
			(begun < rate * seconds ? begun * SECOND / rate : now + SECOND / 10));
		if ((measure_now() - started) / SECOND > told)
			tell(++told);
	}
	tell(told + 1);
	for (size_t i = 0; i < HANDLES; i++)
		mif_close(handles[i]);
	return 0;
}
