/* SPDX-License-Identifier: MIT */
/*
 * The hosts for scenarios that are processes of their own: the daemon's server and transport alone,
 * and the shipped mifd. Facts go to the script source over a socket, clients come by the daemon's.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "daemon/access.h"
#include "daemon/server.h"
#include "engine/engine.h"
#include "scenario.h"
#include "source/script.h"

#define PATIENCE_MS 10000

static struct {
	char folder[64];
	struct sockaddr_un socket; /* where clients come */
	struct sockaddr_un script; /* host_mifd: where it fetches its script */
	pid_t pid;
	char config[96]; /* host_mifd */
	int fd; /* to the script source */
	char answer[512];
	size_t length;
} there;

static int listen_at(struct sockaddr_un *address, const char *name, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s", there.folder, name);
	if (fd < 0 || bind(fd, (struct sockaddr *)address, sizeof(*address)) < 0 ||
		listen(fd, 16) < 0)
		return -errno;
	return fd;
}

static int folder_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(there.folder, sizeof(there.folder), "%s/mif-scenario-XXXXXX",
		tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
	if (mkdtemp(there.folder) == NULL)
		return -errno;
	/* mifd's engine gives its privilege up before it looks for its script. */
	return chmod(there.folder, 0755) < 0 ? -errno : 0;
}

/* ---- the script's other end ---- */

/* Waits for "ok", or returns -EINVAL with what was wrong. */
static int answer_wait(char error[256])
{
	struct pollfd fd = {.fd = there.fd, .events = POLLIN};
	char *end;
	ssize_t got;
	bool bad = false;

	for (;;) {
		while ((end = memchr(there.answer, '\n', there.length)) != NULL) {
			bool done = strncmp(there.answer, "ok", 2) == 0;

			*end = '\0';
			if (!done) {
				snprintf(error, 256, "%.250s", there.answer);
				bad = true;
			}
			there.length -= (size_t)(end + 1 - there.answer);
			memmove(there.answer, end + 1, there.length);
			if (done)
				return bad ? -EINVAL : 0;
		}
		if (poll(&fd, 1, PATIENCE_MS) != 1)
			return -ETIMEDOUT;
		got = read(
			there.fd, there.answer + there.length, sizeof(there.answer) - there.length);
		if (got <= 0)
			return -EPIPE;
		there.length += (size_t)got;
	}
}

static int there_line(struct host *host, const char *line, char error[256])
{
	char text[1100];
	int length = snprintf(text, sizeof(text), "%s\n", line);
	int r = 0;

	(void)host;
	if (send(there.fd, text, (size_t)length, MSG_NOSIGNAL) != length)
		r = -EPIPE;
	else if (strncmp(line, "commit", 6) == 0 || strncmp(line, "at ", 3) == 0)
		r = answer_wait(error);
	if (r < 0 && r != -EINVAL)
		snprintf(error, 256, "the daemon's script: %s", strerror(-r));
	return r;
}

/* The daemon may still be about to bind its socket. */
static int there_open(struct host *host, struct link **linkp)
{
	int r = -ENOENT;

	(void)host;
	for (int i = 0; i < PATIENCE_MS / 10 && (r == -ENOENT || r == -ECONNREFUSED); i++) {
		if (i > 0)
			poll(NULL, 0, 10);
		r = link_daemon_open(linkp, there.socket.sun_path, 0, PATIENCE_MS);
	}
	return r;
}

static void there_end(struct host *host)
{
	(void)host;
	there.fd = close_fd(there.fd);
	if (there.pid > 0) {
		kill(there.pid, SIGTERM);
		waitpid(there.pid, NULL, 0);
	}
	unlink(there.socket.sun_path);
	if (there.script.sun_path[0] != '\0')
		unlink(there.script.sun_path);
	if (there.config[0] != '\0')
		unlink(there.config);
	rmdir(there.folder);
	memset(&there, 0, sizeof(there));
}

/* ---- the server alone ---- */

static void server_run(int listen_fd, int script_fd)
{
	struct engine *engine;
	struct server *server;
	struct source *script;
	struct access access;
	int r = engine_new(&engine, ENGINE_FAKE_CLOCK);

	access_init(&access);
	/* Whoever runs this may take links down, which are the script's. */
	access.lists[ACCESS_CONTROL].everybody = true;

	if (r == 0)
		r = source_script_new(&script, script_fd);
	if (r == 0)
		r = engine_add_source(engine, script);
	if (r == 0)
		r = server_new(&server, engine, &access, listen_fd);
	while (r == 0) {
		r = server_dispatch(server, source_script_now(script));
		if (r == 0)
			r = server_wait(server, -1);
	}
	_exit(1);
}

static int server_begin(struct host *host)
{
	int ends[2];
	int listen_fd;
	int r = folder_make();

	(void)host;
	if (r < 0)
		return r;
	listen_fd = listen_at(&there.socket, "socket", SOCK_SEQPACKET);
	if (listen_fd < 0)
		return listen_fd;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	there.pid = fork();
	if (there.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		server_run(listen_fd, ends[1]);
	}
	close(listen_fd);
	close(ends[1]);
	there.fd = ends[0];
	return 0;
}

struct host host_server = {
	.name = "server",
	.patience = PATIENCE_MS,
	.begin = server_begin,
	.line = there_line,
	.open = there_open,
	.end = there_end,
};

/* ---- the shipped daemon ---- */

static int mifd_accept(int listen_fd)
{
	struct pollfd fd = {.fd = listen_fd, .events = POLLIN};

	if (poll(&fd, 1, PATIENCE_MS) != 1)
		return -ETIMEDOUT;
	there.fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	return there.fd < 0 ? -errno : 0;
}

static int config_make(void)
{
	FILE *file;

	snprintf(there.config, sizeof(there.config), "%s/mifd.conf", there.folder);
	file = fopen(there.config, "we");
	if (file == NULL || fputs("[clients]\ncontrol = *\n", file) < 0 || fclose(file) != 0)
		return -EIO;
	return 0;
}

static int mifd_begin(struct host *host)
{
	int listen_fd;
	int r = folder_make();

	if (r == 0)
		r = config_make();
	if (r < 0)
		return r;
	listen_fd = listen_at(&there.script, "script", SOCK_STREAM);
	if (listen_fd < 0)
		return listen_fd;
	chmod(there.script.sun_path, 0666);
	snprintf(there.socket.sun_path, sizeof(there.socket.sun_path), "%s/socket", there.folder);
	there.pid = fork();
	if (there.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl(host->program, host->program, "-s", there.socket.sun_path, "--script",
			there.script.sun_path, "-f", there.config, (char *)NULL);
		_exit(127);
	}
	r = mifd_accept(listen_fd);
	close(listen_fd);
	return r;
}

struct host host_mifd = {
	.name = "mifd",
	.patience = PATIENCE_MS,
	.begin = mifd_begin,
	.line = there_line,
	.open = there_open,
	.end = there_end,
};
