/* SPDX-License-Identifier: MIT */
/*
 * The relay between real descriptors: a child plays the peer.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/relay.h"
#include "tap.h"

#define LARGE (3U << 20)

static void write_all(int fd, const unsigned char *octets, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, octets, size);

		if (written <= 0)
			return;
		octets += written;
		size -= (size_t)written;
	}
}

static size_t read_all(int fd, unsigned char *octets, size_t size)
{
	size_t length = 0;
	ssize_t got = 1;

	while (got > 0 && length < size) {
		got = read(fd, octets + length, size - length);
		length += got > 0 ? (size_t)got : 0;
	}
	return length;
}

static unsigned char *pattern(unsigned int seed)
{
	unsigned char *octets = malloc(LARGE);

	for (size_t i = 0; octets != NULL && i < LARGE; i++)
		octets[i] = (unsigned char)((i * 2654435761U + seed) >> 11);
	return octets;
}

struct lines {
	int socket[2], in[2], out[2]; /* of the relay: socket[0], in[0], out[1] */
};

static void lines_open(struct lines *lines)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, lines->socket) < 0 || pipe(lines->in) < 0 ||
		pipe(lines->out) < 0)
		exit(1);
	fcntl(lines->socket[0], F_SETFL, O_NONBLOCK);
}

static int child(void (*run)(struct lines *lines), struct lines *lines)
{
	int pid = fork();

	if (pid == 0) {
		close(lines->socket[0]);
		run(lines);
		_exit(0);
	}
	return pid;
}

/* The relay itself in a child, so that it has the only copies of its ends. */
static int relay_child(struct lines *lines, int expected)
{
	int pid = fork();

	if (pid == 0) {
		close(lines->socket[1]);
		close(lines->in[1]);
		close(lines->out[0]);
		_exit(relay(lines->socket[0], lines->in[0], lines->out[1]) == expected ? 0 : 1);
	}
	close(lines->socket[0]);
	close(lines->in[0]);
	close(lines->out[1]);
	return pid;
}

static bool ended_well(int pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Writes nothing before it has read the end of what the other side sends; then answers. */
static void peer_late(struct lines *lines)
{
	unsigned char *octets = malloc(LARGE), *expected = pattern(1), *answer = pattern(2);
	size_t size;

	close(lines->in[1]);
	size = read_all(lines->socket[1], octets, LARGE);
	if (size == LARGE && read(lines->socket[1], expected + LARGE - 1, 1) == 0 &&
		memcmp(octets, expected, LARGE) == 0)
		write_all(lines->socket[1], answer, LARGE);
	_exit(0);
}

static void writer(struct lines *lines)
{
	/* Else nobody would see their ends. */
	close(lines->socket[1]);
	close(lines->out[1]);
	write_all(lines->in[1], pattern(1), LARGE);
	_exit(0);
}

static void test_both_ways(void)
{
	struct lines lines;
	unsigned char *octets = malloc(LARGE), *expected = pattern(2);
	int peer, source, carrier;

	lines_open(&lines);
	peer = child(peer_late, &lines);
	source = child(writer, &lines);
	carrier = relay_child(&lines, 0);
	close(lines.in[1]);
	close(lines.socket[1]);
	ok(read_all(lines.out[0], octets, LARGE) == LARGE && memcmp(octets, expected, LARGE) == 0,
		"mif: half-close: the answer to all of standard input comes whole");
	ok(read(lines.out[0], octets, 1) == 0, "mif: the peer's end closes standard output");
	ok(ended_well(carrier), "mif: the relay ends when both ways have");
	ended_well(peer);
	ended_well(source);
	close(lines.out[0]);
	free(octets);
	free(expected);
}

static void test_peer_ends_first(void)
{
	struct lines lines;
	unsigned char *octets = malloc(LARGE), *expected = pattern(1);
	int source, carrier;

	lines_open(&lines);
	source = child(writer, &lines);
	carrier = relay_child(&lines, 0);
	close(lines.in[1]);
	shutdown(lines.socket[1], SHUT_WR);
	ok(read(lines.out[0], octets, 1) == 0, "mif: a peer that has nothing to say");
	ok(read_all(lines.socket[1], octets, LARGE) == LARGE &&
			memcmp(octets, expected, LARGE) == 0,
		"mif: ... is still sent all of standard input");
	ok(ended_well(carrier), "mif: ... and the relay ends well");
	ended_well(source);
	close(lines.out[0]);
	close(lines.socket[1]);
	free(octets);
	free(expected);
}

static void test_nobody_reads(void)
{
	struct lines lines;
	int carrier;

	lines_open(&lines);
	carrier = relay_child(&lines, -EPIPE);
	close(lines.out[0]);
	write_all(lines.socket[1], (const unsigned char *)"x", 1);
	ok(ended_well(carrier), "mif: the relay ends when nobody reads standard output");
	close(lines.in[1]);
	close(lines.socket[1]);
}

static void test_peer_gone(void)
{
	struct lines lines;
	unsigned char octets[8];
	int carrier;

	lines_open(&lines);
	carrier = relay_child(&lines, -EPIPE);
	write_all(lines.socket[1], (const unsigned char *)"last", 4);
	close(lines.socket[1]);
	ok(read_all(lines.out[0], octets, sizeof(octets)) == 4,
		"mif: what a peer sent before it left is delivered");
	write_all(lines.in[1], (const unsigned char *)"lost", 4);
	ok(ended_well(carrier), "mif: what cannot be sent any more is an error");
	close(lines.in[1]);
	close(lines.out[0]);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_both_ways();
	test_peer_ends_first();
	test_nobody_reads();
	test_peer_gone();
	return tap_done();
}
