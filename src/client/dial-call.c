/* SPDX-License-Identifier: MIT */
/*
 * mif_dial(): a dial that the caller waits for. Its answer goes to an outbox of its own, so the
 * handle's messages stay where they are; its sockets are polled here, directly.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/public.h"
#include "client/dial.h"

/* services(5) has no longer entries. */
#define SERVICE_BUFFER 1024

/* Host order; 0: there is no such service. */
static uint32_t service_port(const char *service)
{
	char buffer[SERVICE_BUFFER], *end;
	struct servent entry, *found = NULL;
	uint64_t number;

	if (service[0] >= '0' && service[0] <= '9') {
		number = strtoull(service, &end, 10);
		if (*end == '\0')
			return number <= UINT16_MAX ? (uint32_t)number : 0;
	}
	if (getservbyname_r(service, "tcp", &entry, buffer, sizeof(buffer), &found) != 0 ||
		found == NULL)
		return 0;
	return ntohs((uint16_t)found->s_port);
}

static int request_make(struct mif_message_dial *request, const char *host, const char *service,
	const struct mif_dial_options *options)
{
	static const struct mif_dial_options none;

	if (host == NULL || service == NULL || strlen(host) >= MIF_TEXT_SIZE)
		return -EINVAL;
	if (options == NULL)
		options = &none;
	if ((options->scheme != NULL && strlen(options->scheme) >= MIF_TEXT_SIZE) ||
		options->timeout_ms < 0 || options->window_ms < 0)
		return -EINVAL;
	memcpy(request->host, host, strlen(host) + 1);
	request->port = service_port(service);
	request->family = options->family;
	request->pvd = options->pvd;
	request->timeout = (uint64_t)options->timeout_ms * NSEC_PER_MSEC;
	request->interface = options->interface;
	request->not_interface = options->not_interface;
	request->not_pvd = options->not_pvd;
	request->kinds = options->kinds;
	request->metered = options->metered;
	request->best = options->best;
	request->flags = options->flags;
	request->zones = options->zones;
	if (options->scheme != NULL)
		memcpy(request->scheme, options->scheme, strlen(options->scheme) + 1);
	request->window = (uint64_t)options->window_ms * NSEC_PER_MSEC;
	return 0;
}

/* Sleeps until something is to be done, and does it. May end the dial. */
static int dial_wait(struct dial *dial, struct mif *mif, const struct outbox *outbox)
{
	struct pollfd fds[RACE_RUNNING + 1];
	uint64_t deadline = loop_deadline(&mif->loop), now = clock_boottime();
	nfds_t count = 0;

	for (size_t i = 0; i < RACE_RUNNING; i++)
		if (dial->slots[i].attempt != 0 && !dial->slots[i].up)
			fds[count++] = (struct pollfd){dial->slots[i].fd, POLLOUT, 0};
	fds[count] = (struct pollfd){mif->loop.epoll, POLLIN, 0};
	/* A signal is no reason to give up what may yet come off. */
	if (poll(fds, count + 1, clock_timeout(now, deadline)) < 0)
		return errno == EINTR ? 0 : -errno;
	now = clock_boottime();
	if (fds[count].revents != 0 || loop_deadline(&mif->loop) <= now)
		loop_run(&mif->loop, now);
	for (nfds_t i = 0; i < count && outbox->count == 0; i++)
		if (fds[i].revents != 0)
			dial_ready(dial, fds[i].fd, now);
	return 0;
}

/* The descriptor, or negative errno. */
static int answer_take(struct outbox *outbox, struct mif_dial_result *result)
{
	struct report *report = outbox_take(outbox);
	const struct mif_message_connected *connected = &report->message.as.connected;
	const struct mif_message_not_connected *refused = &report->message.as.not_connected;
	int r;

	if (report->message.type == MIF_CONNECTED) {
		r = connected->fd;
		report->message.as.connected.fd = -1;
		/* Its only flag besides the access mode is O_NONBLOCK. */
		fcntl(r, F_SETFL, O_RDWR);
		result->pvd = connected->pvd;
		result->source = connected->source;
		result->destination = connected->destination;
		memcpy(result->alpn, connected->alpn, sizeof(result->alpn));
	} else {
		r = -(int)refused->error;
		memcpy(result->text, refused->text, sizeof(result->text));
	}
	report_free(report);
	return r;
}

static int dial_call(
	struct mif *mif, const struct mif_message *request, struct mif_dial_result *result)
{
	uint64_t started = clock_boottime();
	struct outbox outbox;
	struct dial *dial;
	int r;

	/* What the view has not read yet comes first. */
	if (loop_busy(&mif->loop))
		loop_run(&mif->loop, started);
	outbox_init(&outbox);
	r = dial_new(&dial, mif, request, &outbox, true, started);
	while (r == 0 && outbox.count == 0) {
		r = dial_wait(dial, mif, &outbox);
		if (r < 0 && outbox.count == 0)
			dial->task.ops->free(&dial->task);
	}
	if (outbox.count > 0)
		r = answer_take(&outbox, result);
	result->duration = clock_boottime() - started;
	return r;
}

PUBLIC int mif_dial(struct mif *mif, const char *host, const char *service,
	const struct mif_dial_options *options, struct mif_dial_result *result)
{
	struct mif_message request = {.type = MIF_DIAL};
	struct mif_dial_result unwanted;
	int r = request_make(&request.as.dial, host, service, options);

	if (result == NULL)
		result = &unwanted;
	memset(result, 0, sizeof(*result));
	if (r == 0 && !process_is_same(&mif->process))
		r = -ECHILD;
	if (r == 0) {
		r = dial_call(mif, &request, result);
		loop_arm(&mif->loop, mif->next || mif->outbox.count > 0);
	}
	/* Nothing was tried. */
	if (r < 0 && result->text[0] == '\0' && host != NULL && service != NULL)
		snprintf(result->text, sizeof(result->text), "%.80s port %.32s: %s", host, service,
			strerror(-r));
	return r;
}
