/* SPDX-License-Identifier: MIT */
/*
 * What is remembered of sockets: by socket, not by number; as long as the process has it; from every
 * thread, and in a child.
 */
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "multipath/known.h"

#define MANY 5000

static int tcp(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void test_identity(void)
{
	int fd = tcp(), second, other;

	ok(!known_is_used() && !known_has(fd), "at first nothing is known");
	known_add(fd);
	second = dup(fd);
	ok(known_is_used() && known_has(fd) && known_has(second), "a duplicate is the same socket");
	close(fd);
	other = tcp();
	ok(other == fd && !known_has(other) && known_has(second),
		"another socket of the same number is not");
	close(second);
	close(other);
}

static void test_entries(void)
{
	struct entries entries = {.count = 1}, got;
	struct times times = {.attempt_delay = 1, .race = 2, .settle = 3};
	int fd = tcp(), other = tcp();
	uint64_t cookie = 0;

	entries.at[0].endpoint.port = 7;
	entries.at[0].fd = -1;
	known_set_entries(fd, MULTIPATH_REMOTE, &entries);
	known_set_times(fd, &times);
	ok(known_entries(fd, MULTIPATH_REMOTE, &got) && got.at[0].endpoint.port == 7 &&
			!known_entries(fd, MULTIPATH_LOCAL, &got) && got.count == 0,
		"entries are of one side");
	known_cookie(fd, &cookie);
	ok(dup2(other, fd) == fd && !known_has(fd), "another socket in its place is not known");
	known_move(cookie, fd);
	times = known_read(fd).times;
	ok(known_entries(fd, MULTIPATH_REMOTE, &got) && times.settle == 3,
		"until it is said that it is the one");
	close(fd);
	close(other);
}

/* An entry's descriptor may have become another file's. */
static void test_foreign(void)
{
	struct entry entry = {.fd = -1};
	int fd = tcp(), other;

	entry_hold(&entry, fd);
	close(fd);
	other = tcp();
	entry_close(&entry);
	ok(other == fd && fcntl(other, F_GETFD) >= 0 && entry.fd == -1,
		"a number that is another socket's by now is not closed");
	entry_hold(&entry, other);
	entry_close(&entry);
	ok(fcntl(other, F_GETFD) < 0, "one that is still the entry's is");
}

static void test_sweep(void)
{
	int kept = tcp();

	known_add(kept);
	for (int i = 0; i < MANY; i++) {
		int fd = tcp();

		known_add(fd);
		close(fd);
	}
	printf("# %zu known\n", known_count());
	ok(known_count() <= 512 && known_has(kept),
		"what is closed is forgotten, what is open is not");
	close(kept);
}

/* ---- threads, and a child of a process that has them ---- */

static atomic_bool over;

static void *work(void *argument)
{
	struct entries entries;

	(void)argument;
	while (!atomic_load(&over)) {
		int fd = tcp();

		known_add(fd);
		known_entries(fd, MULTIPATH_LOCAL, &entries);
		known_set_mapped(fd, true);
		close(fd);
	}
	return NULL;
}

static void test_fork(void)
{
	pthread_t threads[4];
	int right = 0, fd = tcp();

	known_add(fd);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (int i = 0; i < 200; i++) {
		int status = -1;
		pid_t child = fork();

		if (child == 0) {
			alarm(10);
			_exit(known_has(fd) ? 0 : 1);
		}
		waitpid(child, &status, 0);
		right += status == 0;
	}
	atomic_store(&over, true);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	ok(right == 200,
		"a child knows what its parent knew, whatever other threads did meanwhile");
	close(fd);
}

int main(void)
{
	test_identity();
	test_entries();
	test_foreign();
	test_sweep();
	test_fork();
	return tap_done();
}
