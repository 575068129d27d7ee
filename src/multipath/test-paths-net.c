/* SPDX-License-Identifier: MIT */
/*
 * Sets, with a mifd that makes the paths: an ordinary user, in a namespace where paths are the kernel's
 * path manager's, which was told of nothing.
 */
#include "test-net.h"

static char directory[] = "/tmp/dmw-XXXXXX", path[64], log_path[64];
static pid_t mifd;

static bool daemon_start(const char *program)
{
	snprintf(path, sizeof(path), "%s/mifd", directory);
	snprintf(log_path, sizeof(log_path), "%s/log", directory);
	become(0);
	mifd = fork();
	if (mifd == 0) {
		int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);

		dup2(fd, STDERR_FILENO);
		if (setns(namespaces[HERE], CLONE_NEWNET) < 0 || setresuid(0, 0, 0) < 0 ||
			setresgid(0, 0, 0) < 0)
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl(program, "mifd", "-v", "-s", path, "-f", "/dev/null", (char *)NULL);
		_exit(1);
	}
	become(NOBODY);
	setenv("MIF_SOCKET", path, 1);
	for (int i = 0; i < 1000; i++) {
		FILE *file = fopen(log_path, "re");
		char line[512];
		bool ready = false;

		while (file != NULL && fgets(line, sizeof(line), file) != NULL)
			ready |= strstr(line, "ready on") != NULL;
		if (file != NULL)
			fclose(file);
		if (ready)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

static void daemon_stop(void)
{
	become(0);
	kill(mifd, SIGTERM);
	waitpid(mifd, NULL, 0);
	become(NOBODY);
}

/* ---- */

static void test_two(void)
{
	int server = serve("10.1.0.2:7001,10.2.0.2:7001"), fd = client(0);

	ok(connect_to(fd, "10.1.0.2:7001,10.2.0.2:7001") == 2,
		"A8 A9: an ordinary user's connect to a set of two has two paths");
	ok(is(PEER(fd), "10.1.0.2:7001,10.2.0.2:7001"), "A12 A14: and both are in use");
	ok(option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_NOT, "it is not single-path");
	multipath_close(fd);
	multipath_close(server);
}

int main(int argc, char **argv)
{
	const char *missing = argc > 1 ? network_up() : "no mifd is given";

	become(0);
	if (missing == NULL && mkdtemp(directory) == NULL)
		missing = "no directory";
	if (missing != NULL) {
		tap_skip("A8 A9 A10 A11 A12 A14: sets with mifd", missing);
		return tap_done();
	}
	alarm(60);
	ok(chmod(directory, 0755) == 0, "a directory for the daemon");
	on(HERE);
	ok(daemon_start(argv[1]), "mifd serves");
	test_two();
	daemon_stop();
	become(0);
	unlink(log_path);
	ok(rmdir(directory) == 0, "nothing is left behind");
	return tap_done();
}
