/* SPDX-License-Identifier: MIT */
/* The descriptor of a handle with the engine inside the process, in an event loop of the program's own: the
 * kernel lets five epolls be nested, the program's included. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <mif/mif.h>

#include "tap.h"

#define PATIENCE_MS 20000

static struct mif *mif;
static int loop;

/* Until a report of this type comes, with nothing to wait on but the program's own epoll. */
static const struct mif_message *loop_until(uint32_t type)
{
	const struct mif_message *report;
	struct epoll_event event;

	while (epoll_wait(loop, &event, 1, PATIENCE_MS) == 1) {
		while (mif_get(mif, &report) == 1) {
			if (report->type == type)
				return report;
		}
	}
	return NULL;
}

static bool loop_takes(int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) == 0;
}

int main(void)
{
	struct mif_message announce = {.type = MIF_ANNOUNCE_INTERFACES};
	struct mif_message dial = {.type = MIF_DIAL};
	const struct mif_message *report;

	loop = epoll_create1(EPOLL_CLOEXEC);
	if (mif_open(&mif, MIF_OPEN_ENGINE) < 0)
		return 1;
	ok(loop_takes(mif_fd(mif)), "M2: an epoll takes the descriptor of a handle");
	ok(mif_post(mif, &announce) == 0 && loop_until(MIF_END_OF_ANNOUNCEMENTS) != NULL,
		"M2: and wakes who waits on it");
	dial.as.dial.connection = 1;
	dial.as.dial.port = 1;
	strcpy(dial.as.dial.host, "127.0.0.1");
	ok(mif_post(mif, &dial) == 0, "M36: a dial fits into it as well");
	report = loop_until(MIF_NOT_CONNECTED);
	ok(report != NULL && report->as.not_connected.error == ECONNREFUSED,
		"M2 M36: whose answer wakes it, too");
	mif_close(mif);
	close(loop);
	return tap_done();
}
