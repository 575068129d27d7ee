/* SPDX-License-Identifier: MIT */
/*
 * Uploads its input, and goes on through another network when its own is about to be taken away: told
 * that the interface is going away (M34), it dials again around it, continues there behind what the
 * server has confirmed, and lets the old one go (M32). No octet is lost or sent to nobody.
 *
 *	cc -o move-on move-on.c -lmif
 *	./move-on www.example 7000 <file
 *
 * The protocol: where the octets that follow belong (8 octets, the highest first), and the octets; the
 * server says in the same form how many it has.
 */
#include <mif/mif.h>

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	struct mif *mif;
	const char *host, *port;
	int fd;
	uint64_t pvd, interface;
	uint64_t size, sent, confirmed;
	unsigned char answer[8]; /* as far as it has come */
	size_t answer_length;
} upload = {.fd = -1};

/* On which interface the connection is: FIND_PVD tells. */
static int ask_interface(const struct mif_endpoint *source)
{
	struct mif_message request = {.type = MIF_FIND_PVD};

	request.as.find_pvd.address = source->address;
	return mif_post(upload.mif, &request);
}

/* not_interface: the one that is going away; 0: none. What there was goes on if this fails. */
static int begin(uint64_t not_interface)
{
	const struct mif_dial_options options = {
		.not_interface = not_interface, .flags = MIF_DIAL_HOLD};
	struct mif_message idle = {.type = MIF_CONNECTION_IS_IDLE};
	struct mif_dial_result result;
	uint64_t offset = htobe64(upload.confirmed);
	int fd = mif_dial(upload.mif, upload.host, upload.port, &options, &result);

	if (fd < 0) {
		fprintf(stderr, "not connected: %s\n", result.text);
		return fd;
	}
	if (upload.fd >= 0) {
		/* What it has not confirmed is sent again, so nothing of it need go out first. */
		const struct linger none = {.l_onoff = 1};

		setsockopt(upload.fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
		close(upload.fd);
		idle.as.connection_is_idle.pvd = upload.pvd;
		mif_post(upload.mif, &idle);
		fprintf(stderr, "moved\n");
	}
	upload.fd = fd;
	upload.pvd = result.pvd;
	upload.interface = 0;
	upload.sent = upload.confirmed;
	upload.answer_length = 0;
	if (write(fd, &offset, sizeof(offset)) != sizeof(offset))
		return -EPIPE;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return ask_interface(&result.source);
}

static int send_some(void)
{
	static char octets[65536];
	ssize_t length = pread(STDIN_FILENO, octets, sizeof(octets), (off_t)upload.sent);
	ssize_t sent = length > 0 ? write(upload.fd, octets, (size_t)length) : 0;

	if (length < 0 || (sent < 0 && errno != EAGAIN))
		return -errno;
	upload.sent += sent > 0 ? (uint64_t)sent : 0;
	return 0;
}

static int hear_some(void)
{
	uint64_t number;
	ssize_t got = read(upload.fd, upload.answer + upload.answer_length,
		sizeof(upload.answer) - upload.answer_length);

	if (got <= 0)
		return got == 0 ? -EPIPE : errno == EAGAIN ? 0 : -errno;
	upload.answer_length += (size_t)got;
	if (upload.answer_length < sizeof(upload.answer))
		return 0;
	memcpy(&number, upload.answer, sizeof(number));
	upload.confirmed = be64toh(number);
	upload.answer_length = 0;
	return 0;
}

static int hear_mif(void)
{
	const struct mif_message *report;
	int r;

	while ((r = mif_get(upload.mif, &report)) == 1) {
		if (report->type == MIF_PVD_FOUND && report->as.pvd_found.pvd == upload.pvd)
			upload.interface = report->as.pvd_found.interface;
		if (report->type != MIF_INTERFACE_GOING_AWAY ||
			report->as.interface_going_away.interface != upload.interface)
			continue;
		fprintf(stderr, "is going away in %u ms\n",
			report->as.interface_going_away.deadline);
		/* If there is no other way, the time that is left is used. */
		begin(upload.interface);
	}
	return r;
}

int main(int argc, char **argv)
{
	struct stat status;
	int r;

	if (argc != 3 || fstat(STDIN_FILENO, &status) < 0 || !S_ISREG(status.st_mode)) {
		fprintf(stderr, "usage: move-on HOST PORT <FILE\n");
		return 2;
	}
	upload.size = (uint64_t)status.st_size;
	upload.host = argv[1];
	upload.port = argv[2];
	r = mif_open(&upload.mif, 0);
	if (r == 0)
		r = begin(0);
	while (r >= 0 && upload.confirmed < upload.size) {
		struct pollfd fd = {.fd = upload.fd,
			.events = (short)(POLLIN | (upload.sent < upload.size ? POLLOUT : 0))};

		r = mif_check(upload.mif, &fd, 1, -1);
		if (r >= 0 && (fd.revents & POLLOUT) != 0)
			r = send_some();
		if (r >= 0 && (fd.revents & ~POLLOUT) != 0)
			r = hear_some();
		if (r >= 0)
			r = hear_mif();
	}
	if (r < 0)
		fprintf(stderr, "move-on: %s\n", strerror(-r));
	mif_close(upload.mif);
	return r < 0;
}
