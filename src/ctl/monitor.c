/* SPDX-License-Identifier: MIT */
/*
 * mif monitor: everything announced, then every change, until a signal comes.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/follow.h"
#include "ctl/handle.h"
#include "ctl/json.h"
#include "message/message.h"

/* How soon to try again to post what found no room. */
#define RETRY_MS 10

/* The wall clock, since people and logs have nothing else to compare with. */
static void print_line(const struct mif_message *report)
{
	char text[4096], stamp[32];
	struct timespec now;
	struct tm local;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(stamp, sizeof(stamp), "%H:%M:%S", &local);
	mif_message_format(report, text, sizeof(text));
	printf("%s.%03u %s\n", stamp, (unsigned int)(now.tv_nsec / 1000000), text);
}

static void print_json(const struct mif_message *report)
{
	struct json_object *object = json_object_new_object();
	char stamp[32], text[48];
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03uZ", stamp, (unsigned int)(now.tv_nsec / 1000000));
	json_add(object, "time", json_object_new_string(text));
	json_add(object, "now", json_object_new_uint64(clock_boottime()));
	json_add_message(object, report);
	json_print(stdout, object, false);
}

static void print_report(const struct options *options, const struct mif_message *report)
{
	if (options->json)
		print_json(report);
	else if (report->type != MIF_END_OF_ANNOUNCEMENTS || options->verbose)
		print_line(report);
}

static int monitor_reports(struct follow *follow, const struct options *options)
{
	const struct mif_message *report;
	int r;

	while ((r = mif_get(follow->mif, &report)) == 1) {
		print_report(options, report);
		r = follow_report(follow, report);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : follow_post(follow);
}

/* Until a signal comes, or what is printed cannot be written, or nobody reads standard output any more, which
 * without a change to write would not be noticed. 0, or negative errno. */
static int monitor_loop(struct mif *mif, int signals, const struct options *options)
{
	_cleanup_(follow_deinit) struct follow follow;
	struct pollfd ends[] = {{.fd = signals, .events = POLLIN}, {.fd = STDOUT_FILENO}};
	int r = follow_init(&follow, mif, FOLLOW_COUNTERS);

	while (r >= 0 && ends[0].revents == 0 && ends[1].revents == 0) {
		r = monitor_reports(&follow, options);
		if (r < 0 || ferror(stdout) != 0)
			break;
		r = mif_check(mif, ends, ARRAY_SIZE(ends), follow_waits(&follow) ? RETRY_MS : -1);
		if (r == -EINTR)
			r = 0;
	}
	return MIN(r, 0);
}

int monitor_run(const struct options *options, char **arguments)
{
	_cleanup_(mif_closep) struct mif *mif = NULL;
	_cleanup_(closep) int signals = -1;
	sigset_t set;
	int r;

	(void)arguments;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (handle_open(&mif, options) < 0)
		return CTL_NO_ENGINE;
	r = monitor_loop(mif, signals, options);
	return r < 0 ? handle_broken(r) : CTL_DONE;
}
