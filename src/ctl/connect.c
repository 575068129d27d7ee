/* SPDX-License-Identifier: MIT */
/*
 * mif connect: a dial whose attempts can be watched, then a relay between the connection and
 * standard input and output.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/choose.h"
#include "ctl/dialing.h"
#include "ctl/follow.h"
#include "ctl/gather.h"
#include "ctl/handle.h"
#include "ctl/json.h"
#include "ctl/relay.h"
#include "ctl/timeline.h"

struct connect {
	const struct options *options;
	struct picture picture;
	struct timeline timeline;
	uint64_t started;
	FILE *told; /* where what is told goes: stdout may be the connection's */
	char peer[SHOW_TEXT + 16]; /* as the user wrote it */
};

/* ---- what is told ---- */

static void tell_json(const struct connect *connect, const struct mif_message *report)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "elapsed", json_object_new_uint64(clock_boottime() - connect->started));
	json_add_message(object, report);
	json_print(connect->told, object, false);
}

static const char *outcome_text(const struct mif_message_attempt *attempt)
{
	switch (attempt->outcome) {
	case MIF_ATTEMPT_STARTED:
		return "begins";
	case MIF_ATTEMPT_CONNECTED:
		return "connected";
	case MIF_ATTEMPT_ABANDONED:
		return "abandoned, another one was first";
	default:
		return strerror((int)attempt->error);
	}
}

static void tell_attempt(const struct connect *connect, const struct mif_message_attempt *attempt)
{
	char name[SHOW_TEXT], time[SHOW_TEXT], from[MIF_ADDRESS_TEXT], to[MIF_ADDRESS_TEXT];

	fprintf(connect->told, "%7s  #%u %s, %s to %s: %s\n", show_duration(attempt->time, time),
		attempt->attempt, choose_name(&connect->picture, attempt->pvd, name),
		mif_address_format(&attempt->source.address, from),
		mif_endpoint_format(&attempt->destination, to), outcome_text(attempt));
}

static void tell_connected(
	const struct connect *connect, const struct mif_message_connected *connected)
{
	char name[SHOW_TEXT], time[SHOW_TEXT], from[MIF_ADDRESS_TEXT], to[MIF_ADDRESS_TEXT];

	fprintf(connect->told, "connected to %s at %s from %s through %s after %s\n", connect->peer,
		mif_endpoint_format(&connected->destination, to),
		mif_endpoint_format(&connected->source, from),
		choose_name(&connect->picture, connected->pvd, name),
		show_duration(clock_boottime() - connect->started, time));
}

/* ---- the dial ---- */

/* Whether it is the end of the dial. */
static bool dial_report(struct connect *connect, const struct mif_message *report)
{
	const struct options *options = connect->options;

	switch (report->type) {
	case MIF_ATTEMPT:
		timeline_add(&connect->timeline, &report->as.attempt);
		if (options->verbose && !options->json)
			tell_attempt(connect, &report->as.attempt);
		break;
	case MIF_CONNECTED:
	case MIF_NOT_CONNECTED:
		break;
	default:
		return false;
	}
	if (options->json)
		tell_json(connect, report);
	return report->type != MIF_ATTEMPT;
}

/* What came of it, for people. */
static void tell_end(struct connect *connect, const struct mif_message *end)
{
	const struct options *options = connect->options;
	char text[SHOW_TEXT];

	connect->timeline.end = clock_boottime() - connect->started;
	if (options->timeline && !options->json)
		timeline_print(&connect->timeline, &connect->picture, timeline_width(connect->told),
			connect->told);
	if (end->type == MIF_NOT_CONNECTED)
		complain("%s", show_text(end->as.not_connected.text, text));
	else if ((options->verbose || options->probe) && !options->json)
		tell_connected(connect, &end->as.connected);
}

/* The descriptor, or -1 after a sentence and the status to end with. */
static int dial_wait(struct connect *connect, struct mif *mif, int *status)
{
	const struct mif_message *report;
	int fd, r;

	while ((r = handle_get(mif, TIME_FOREVER, &report)) == 1)
		if (dial_report(connect, report))
			break;
	if (r < 0) {
		*status = handle_broken(r);
		return -1;
	}
	/* Before the next get. */
	fd = report->type == MIF_CONNECTED ? mif_message_take_fd(mif) : -1;
	tell_end(connect, report);
	*status = fd >= 0 ? CTL_DONE : CTL_NOT;
	return fd;
}

/* ---- the whole ---- */

/* The names of domains are needed by what is told only, and their numbers by --pvd. */
static int look_around(struct connect *connect, struct mif *mif, int *status)
{
	const struct options *options = connect->options;
	int r;

	if (!options->verbose && !options->timeline && !options->probe &&
		!dialing_needs_picture(options))
		return 0;
	r = gather(mif, FOLLOW_PVDS, &connect->picture);
	if (r < 0)
		*status = handle_broken(r);
	return r;
}

/* The handle is gone by the time that octets are carried: nothing is left to be asked. */
static int connect_open(struct connect *connect, char **arguments, int *status)
{
	_cleanup_(mif_closep) struct mif *mif = NULL;
	struct mif_message request;
	int r;

	*status = CTL_NO_ENGINE;
	if (handle_open(&mif, connect->options) < 0 || look_around(connect, mif, status) < 0)
		return -1;
	*status = dialing_request(
		connect->options, &connect->picture, arguments[0], arguments[1], &request);
	if (*status != CTL_DONE)
		return -1;
	connect->started = clock_boottime();
	r = mif_post(mif, &request);
	if (r < 0) {
		*status = handle_broken(r);
		return -1;
	}
	return dial_wait(connect, mif, status);
}

static int connect_relay(const struct connect *connect, int fd)
{
	int r;

	signal(SIGPIPE, SIG_IGN);
	r = relay(fd, STDIN_FILENO, STDOUT_FILENO);
	if (r < 0)
		complain("%s: %s", connect->peer, strerror(-r));
	return r < 0 ? CTL_NOT : CTL_DONE;
}

int connect_run(const struct options *options, char **arguments)
{
	struct connect connect = {.options = options, .told = options->probe ? stdout : stderr};
	_cleanup_(closep) int fd = -1;
	char host[SHOW_TEXT];
	int status = dialing_check(options, arguments[0], arguments[1]);

	if (status != CTL_DONE)
		return status;
	snprintf(connect.peer, sizeof(connect.peer), "%s port %u", show_text(arguments[0], host),
		dialing_port(arguments[1]));
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = connect_open(&connect, arguments, &status);
	picture_deinit(&connect.picture);
	return fd < 0 || options->probe ? status : connect_relay(&connect, fd);
}
