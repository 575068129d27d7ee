/* SPDX-License-Identifier: MIT */
/* The client's link against a daemon played by this file: one end of each story in a child. */
#include "client/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "transport/channel.h"

#include "tap.h"

static char directory[] = "/tmp/dmw-XXXXXX", path[64];

static int listener(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, 0) < 0)
		abort();
	return fd;
}

enum story {
	WELCOME,
	WELCOME_AND_MORE,
	REFUSED,
	REFUSED_UNREAD,
	NONSENSE,
	HANG_UP,
	SILENT
};

static void tell(enum story story, struct channel *channel)
{
	struct mif_message welcome = {.type = MIF_WELCOME, .as.welcome.version = 1};
	struct mif_message error = {.type = MIF_ERROR, .as.error.error = EXDEV};

	switch (story) {
	case WELCOME_AND_MORE:
		channel_put(channel, &welcome);
		for (uint64_t i = 1; i <= 3; i++) {
			struct mif_message pvd = {.type = MIF_PVD, .as.pvd.pvd = i};

			channel_put(channel, &pvd);
		}
		channel_flush(channel);
		break;
	case WELCOME:
		channel_post(channel, &welcome);
		break;
	case REFUSED:
	case REFUSED_UNREAD:
		channel_post(channel, &error);
		break;
	case NONSENSE:
		send(channel->fd, "nonsense", 8, 0);
		break;
	case HANG_UP:
		break;
	case SILENT:
		pause();
		break;
	}
}

/* Opens a link while a child plays the daemon: accepts one, reads its HELLO, tells. */
static int open_link(enum story story, struct link **linkp, pid_t *childp)
{
	int fd = listener(), r;

	*childp = fork();
	if (*childp == 0) {
		struct channel channel;
		struct mif_message hello;

		channel_init(&channel, accept(fd, NULL, NULL));
		if (story != REFUSED_UNREAD)
			while (channel_receive(&channel) == 0)
				usleep(1000);
		if (story != REFUSED_UNREAD &&
			(channel_peek(&channel, &hello) != 1 || hello.type != MIF_HELLO ||
				hello.as.hello.version != 1 ||
				hello.as.hello.flags != MIF_HELLO_STRICT))
			_exit(1);
		if (story == REFUSED_UNREAD)
			usleep(20000);
		tell(story, &channel);
		channel_deinit(&channel);
		_exit(0);
	}
	close(fd);
	r = link_daemon_open(linkp, path, MIF_HELLO_STRICT, story == SILENT ? 50 : 5000);
	return r;
}

static bool child_well(pid_t child, enum story story)
{
	int status;

	if (story == SILENT)
		kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return story == SILENT || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_refusals(void)
{
	static const struct {
		enum story story;
		int expected;
		const char *description;
	} rows[] = {
		{REFUSED, -EXDEV, "ERROR(EXDEV) is -EXDEV"},
		{REFUSED_UNREAD, -EXDEV, "also if the daemon never read our HELLO"},
		{NONSENSE, -EBADMSG, "nonsense is -EBADMSG"},
		{HANG_UP, -EPIPE, "hanging up is -EPIPE"},
		{SILENT, -ETIMEDOUT, "silence is -ETIMEDOUT"},
	};
	struct link *link = NULL;
	pid_t child;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = open_link(rows[i].story, &link, &child);

		ok(r == rows[i].expected && link == NULL, "%s (%d)", rows[i].description, r);
		ok(child_well(child, rows[i].story), "and HELLO was as it should be");
	}
}

static void test_no_daemon(void)
{
	struct link *link = NULL;
	int fd;

	unlink(path);
	ok(link_daemon_open(&link, path, 0, 100) == -ENOENT, "no socket: -ENOENT");
	fd = listener();
	ok(link_daemon_open(&link, path, 0, 50) == -ETIMEDOUT, "nobody accepts: -ETIMEDOUT");
	ok(link_daemon_open(&link, path, 0, 50) == -ETIMEDOUT, "a full backlog: -ETIMEDOUT");
	close(fd);
	ok(link_daemon_open(&link, path, 0, 100) == -ECONNREFUSED, "a dead socket: -ECONNREFUSED");
	ok(link == NULL, "no link was made");
}

static void test_messages(void)
{
	struct mif_message message;
	struct link *link = NULL;
	bool right = true;
	pid_t child;
	int r;

	ok(open_link(WELCOME_AND_MORE, &link, &child) == 0, "shakes hands");
	child_well(child, WELCOME_AND_MORE);
	for (uint64_t i = 1; i <= 3; i++)
		right &= link->ops->get(link, &message) == 1 && message.type == MIF_PVD &&
			message.as.pvd.pvd == i;
	ok(right, "M3: what came in WELCOME's packet is got one by one");
	r = link->ops->get(link, &message);
	ok(r == -EPIPE, "M3: then the daemon is gone (%d)", r);
	message = (struct mif_message){.type = MIF_PVD};
	ok(link->ops->post(link, &message) == -EINVAL, "M1: a report cannot be posted");
	message = (struct mif_message){.type = MIF_ANNOUNCE_INTERFACES};
	ok(link->ops->post(link, &message) == -EPIPE, "M1: nor anything to a daemon that is gone");
	link->ops->free(link);
}

int main(void)
{
	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/socket", directory);
	alarm(60);
	test_refusals();
	test_no_daemon();
	test_messages();
	unlink(path);
	rmdir(directory);
	return tap_done();
}
