/* SPDX-License-Identifier: MIT */
/*
 * Connections of several paths while the host's links and addresses come and go: what mifd does about
 * them, and in which order whoever listens hears of it.
 */
#include "test-daemon.h"

static uint64_t interface; /* mpb0 */

static bool announced(void)
{
	struct mif_message paths = {.type = MIF_ANNOUNCE_PATHS};
	struct mif_message interfaces = {.type = MIF_ANNOUNCE_INTERFACES,
		.as.announce_interfaces.below = MIF_BELOW_PVDS | MIF_BELOW_ADDRESSES};
	struct mif_message message;

	post(&paths);
	if (!told_of(&message, MIF_END_OF_ANNOUNCEMENTS))
		return false;
	post(&interfaces);
	for (;;) {
		if (!told(&message) || message.type == MIF_END_OF_ANNOUNCEMENTS)
			return message.type == MIF_END_OF_ANNOUNCEMENTS && interface != 0;
		if (message.type == MIF_INTERFACE && strcmp(message.as.interface.name, "mpb0") == 0)
			interface = message.as.interface.interface;
	}
}

static bool is_address(const struct mif_address *address, const char *text)
{
	char buffer[MIF_ADDRESS_TEXT];

	return strcmp(mif_address_format(address, buffer), text) == 0;
}

/* The next thing told of paths, and of one address of mpb0; others are passed over. */
static const char *next_of(const char *address)
{
	static char text[128];
	struct mif_message message;
	const struct mif_message_path_event *event = &message.as.path_event;

	while (told(&message)) {
		if (message.type == MIF_PATH_EVENT && is_address(&event->local.address, address)) {
			snprintf(text, sizeof(text), "%s %u%s%s",
				event->event == MIF_PATH_UP		    ? "up"
					: event->event == MIF_PATH_DOWN	    ? "down"
					: event->event == MIF_PATH_PRIORITY ? "priority"
									    : "?",
				event->error, event->backup != 0 ? " backup" : "",
				event->pvd != 0 && event->interface == interface ? ""
										 : " somewhere");
			return text;
		}
		if (message.type == MIF_NO_ADDRESS &&
			is_address(&message.as.no_address.address, address))
			return "no address";
		if (message.type == MIF_ADDRESS && is_address(&message.as.address.address, address))
			return "address";
		if (message.type == MIF_INTERFACE_GOING_AWAY &&
			message.as.interface_going_away.interface == interface)
			return "going away";
		if (message.type == MIF_INTERFACE_GOING_UP &&
			message.as.interface_going_up.interface == interface)
			return "going up";
		if (message.type == MIF_ERROR)
			printf("# %s\n", message.as.error.text);
		if (message.type == MIF_LINK_DONE && message.tag == teller_tag) {
			snprintf(text, sizeof(text), "done %u", message.as.link_done.error);
			return text;
		}
	}
	return "nothing";
}

/* Whether that is told some time. */
static bool comes_of(const char *address, const char *expected)
{
	const char *text;

	do
		text = next_of(address);
	while (strcmp(text, expected) != 0 && strcmp(text, "nothing") != 0);
	return is(text, expected);
}

static bool flows(int fd, int peer)
{
	char text[8];

	return write(fd, "data", 4) == 4 && read(peer, text, sizeof(text)) == 4 &&
		write(peer, "more", 4) == 4 && read(fd, text, sizeof(text)) == 4;
}

static void test_address(void)
{
	int server = serve("10.1.0.2:7101,10.2.0.2:7101"), fd = patient(), peer;

	ok(connect_to(fd, "10.1.0.2:7101,10.2.0.2:7101") == 2, "a connection of two paths");
	peer = multipath_accept(server, NULL, NULL);
	ok(is(next_of("10.2.0.1"), "up 0"), "A12: that the second is up is told, with its domain");
	run(HERE, "ip addr del 10.2.0.1/24 dev mpb0");
	ok(is(next_of("10.2.0.1"), "down 99"),
		"A12: its address goes: that the path is down is told first, EADDRNOTAVAIL");
	ok(is(next_of("10.2.0.1"), "no address"), "A12: and then that the address is gone");
	ok(becomes(fd, multipath_getpeername, "10.1.0.2:7101"), "A12 A14: the path is closed");
	ok(flows(fd, peer), "A12: data flow by the other one");
	run(HERE, "ip addr add 10.2.0.1/24 dev mpb0");
	ok(is(next_of("10.2.0.1"), "address"), "the address comes back");
	ok(is(next_of("10.2.0.1"), "up 0"), "A12: and the path with it");
	ok(becomes(fd, multipath_getpeername, "10.1.0.2:7101,10.2.0.2:7101"),
		"A14: both are in use");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
}

static void test_last(void)
{
	int server = serve("10.1.0.2:7102,10.2.0.2:7102"), fd = patient(), peer;

	ok(connect_to(fd, "10.1.0.2:7102,10.2.0.2:7102") == 2, "another connection of two paths");
	peer = multipath_accept(server, NULL, NULL);
	ok(is(next_of("10.2.0.1"), "up 0"), "its second path is up");
	run(HERE, "ip addr del 10.1.0.1/24 dev mpa0");
	ok(becomes(fd, multipath_getpeername, "10.2.0.2:7102") && flows(fd, peer),
		"A12: the address of the first path goes, and the second goes on");
	run(HERE, "ip addr del 10.2.0.1/24 dev mpb0");
	ok(is(next_of("10.2.0.1"), "down 99") && is(next_of("10.2.0.1"), "no address"),
		"A12: the last one's address goes: that is told");
	run(HERE, "ip addr add 10.1.0.1/24 dev mpa0");
	ok(becomes(fd, multipath_getpeername, "10.1.0.2:7102") && flows(fd, peer),
		"A12: the first address is back: the connection lives on there");
	run(HERE, "ip addr add 10.2.0.1/24 dev mpb0");
	ok(is(next_of("10.2.0.1"), "address") && is(next_of("10.2.0.1"), "up 0") &&
			becomes(fd, multipath_getpeername, "10.1.0.2:7102,10.2.0.2:7102"),
		"A12: and so is the second");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
}

static void link_post(uint32_t type)
{
	struct mif_message request = {.type = type};

	/* Of all three the interface comes first. */
	request.as.take_down.interface = interface;
	if (type == MIF_TAKE_DOWN)
		request.as.take_down.deadline = 15000;
	post(&request);
}

static void test_going_away(void)
{
	int server = serve("10.1.0.2:7103,10.2.0.2:7103"), fd = patient(), peer;

	ok(connect_to(fd, "10.2.0.2:7103,10.1.0.2:7103") == 2, "a third one, over mpb0 first");
	peer = multipath_accept(server, NULL, NULL);
	ok(is(next_of("10.1.0.1"), "up 0 somewhere"), "its second path is up");
	link_post(MIF_TAKE_DOWN);
	ok(is(next_of("10.2.0.1"), "going away"), "M34: mpb0 is going away");
	ok(is(next_of("10.2.0.1"), "priority 0 backup"),
		"M34: its path becomes a backup one at once");
	ok(is(next_of("10.2.0.1"), "down 100 backup"),
		"M34: and is closed, while the link is there, ENETDOWN");
	ok(is(next_of("10.2.0.1"), "no address"), "M34: only then the link goes");
	ok(is(next_of("10.2.0.1"), "done 0"), "M34: as was asked");
	ok(becomes(fd, multipath_getpeername, "10.1.0.2:7103") && flows(fd, peer),
		"A12 M34: the connection lives on");
	link_post(MIF_BRING_UP);
	ok(is(next_of("10.2.0.1"), "going up"), "M35: mpb0 is going up");
	ok(comes_of("10.2.0.1", "up 0"), "A12 M35: its address is back, and the path");
	ok(becomes(fd, multipath_getpeername, "10.1.0.2:7103,10.2.0.2:7103") && flows(fd, peer),
		"A12 M35: an ordinary one");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
}

static void test_called_off(void)
{
	int server = serve("10.2.0.2:7104,10.1.0.2:7104"), fd = patient(), peer;

	run(THERE, "ip addr del 10.1.0.2/24 dev mpa1");
	ok(connect_to(fd, "10.2.0.2:7104,10.1.0.2:7104") == 1,
		"a connection with one path that works");
	peer = multipath_accept(server, NULL, NULL);
	link_post(MIF_TAKE_DOWN);
	ok(is(next_of("10.2.0.1"), "going away"), "M34: its link is going away");
	ok(is(next_of("10.2.0.1"), "priority 0 backup") && flows(fd, peer),
		"M34: the path is a backup one, and serves, since there is no other");
	link_post(MIF_CALL_OFF);
	ok(comes_of("10.2.0.1", "going up"), "M35: it is called off");
	ok(comes_of("10.2.0.1", "priority 0") && flows(fd, peer),
		"M35: and the path is an ordinary one again");
	run(THERE, "ip addr add 10.1.0.2/24 dev mpa1");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
}

int main(int argc, char **argv)
{
	const char *missing = argc > 1 ? network_up() : "no mifd is given";

	if (missing != NULL) {
		tap_skip("A12 A14 M34 M35: paths and the host's links", missing);
		return tap_done();
	}
	alarm(200);
	/* The kernel's own joining of what comes is not always whole without. */
	run(HERE, "sysctl -qw net.mptcp.checksum_enabled=1");
	run(THERE, "sysctl -qw net.mptcp.checksum_enabled=1");
	/* What cannot be told to be closed, while there is no address to tell it from, counts there. */
	run(THERE, "ip mptcp limits set subflow 8 add_addr_accepted 8");
	ok(daemon_start(argv[1],
		   "[clients]\nlinks = *\ncontrol = *\n[interface mpa0]\ncontrol = yes\n"
		   "[interface mpb0]\ncontrol = yes\n"),
		"mifd serves");
	ok(teller_open() && announced(), "a client listens");
	test_address();
	test_last();
	test_going_away();
	test_called_off();
	teller_close();
	ok(daemon_stop(), "nothing is left behind");
	return tap_done();
}
