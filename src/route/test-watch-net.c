/* SPDX-License-Identifier: MIT */
/*
 * What the kernel has of our mark, and what of it goes, with a word or without, in a network namespace
 * of its own.
 */
#include "route/watch.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "route/ledger.h"
#include "tap.h"

static const struct steer_mark mark = {
	.protocol = 77, .table = 77000, .slots = 4, .priority = 30000};
#define MOVES 300

static uint64_t
	ahead; /* of the clock, where what was removed again and again is put all the same */
static struct steer steer;
static struct ledger *ledger;
static struct watch *watch;

static uint64_t clock_now(void)
{
	return clock_boottime() + ahead;
}

static bool run(const char *command)
{
	int status = system(command);

	if (status != 0)
		printf("# status %d: %s\n", status, command);
	return status == 0;
}

static struct verb route(const char *to, const char *gateway, const char *source)
{
	struct verb verb = {.type = VERB_PUT_ROUTE};
	unsigned int length = 0;

	verb.as.put_route.slot = 1;
	verb.as.put_route.ifindex = if_nametoindex("d0");
	prefix_parse(&verb.as.put_route.destination, &length, to);
	verb.as.put_route.length = length;
	if (gateway != NULL)
		mif_address_parse(&verb.as.put_route.gateway, gateway);
	if (source != NULL)
		mif_address_parse(&verb.as.put_route.source, source);
	return verb;
}

static struct verb rule(uint32_t kind, const char *from)
{
	struct verb verb = {.type = VERB_PUT_RULE};
	unsigned int length = 0;

	verb.as.put_rule.slot = 1;
	verb.as.put_rule.kind = kind;
	prefix_parse(&verb.as.put_rule.source, &length, from);
	verb.as.put_rule.length = length;
	return verb;
}

static void want_all(void)
{
	const struct verb objects[] = {
		route("192.0.2.0/24", NULL, "192.0.2.7"),
		route("0.0.0.0/0", "192.0.2.1", "192.0.2.7"),
		route("2001:db8:2a::/64", NULL, NULL),
		route("::/0", "fe80::1%d0", NULL),
		rule(VERB_RULE_OWN, "192.0.2.7"),
		rule(VERB_RULE_ALL, "192.0.2.7"),
		rule(VERB_RULE_OWN, "2001:db8:2a::/64"),
		rule(VERB_RULE_ALL, "2001:db8:2a::/64"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		ledger_want(ledger, &objects[i], TIME_FOREVER);
}

static int carry_out(const struct verb *verb)
{
	switch (verb->type) {
	case VERB_PUT_ROUTE:
		return steer_put_route(&steer, &verb->as.put_route);
	case VERB_REMOVE_ROUTE:
		return steer_remove_route(&steer, &verb->as.remove_route);
	case VERB_PUT_RULE:
		return steer_put_rule(&steer, &verb->as.put_rule);
	default:
		return steer_remove_rule(&steer, &verb->as.remove_rule);
	}
}

/* How many verbs it takes, after a while in which others are let alone. */
static size_t work(void)
{
	uint64_t now = clock_now();
	struct verb verb;
	size_t count = 0;

	for (int i = 0; i < 3; i++) {
		watch_dispatch(watch, now);
		now += LEDGER_SETTLE + NSEC_PER_MSEC;
		while (count < 100 && ledger_next(ledger, now, &verb) == 1) {
			const struct verb_answer answer = {.type = verb.type,
				.serial = verb.serial,
				.result = carry_out(&verb)};

			ledger_answered(ledger, &answer, now);
			watch_dispatch(watch, now);
			count++;
		}
	}
	return count;
}

static bool whole(void)
{
	return run("test $(ip -4 rule list protocol 77 | grep -c 'proto 77') = 3 && "
		   "test $(ip -6 rule list protocol 77 | grep -c 'proto 77') = 3 && "
		   "test $(ip -4 route show table 77001 | wc -l) = 2 && "
		   "test $(ip -6 route show table 77001 | wc -l) = 2");
}

/* Routes are put before the rules that lead to them. */
static void test_early(void)
{
	const struct verb routes[] = {route("192.0.2.0/24", NULL, "192.0.2.7"),
		route("0.0.0.0/0", "192.0.2.1", "192.0.2.7")};

	for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
		ledger_want(ledger, &routes[i], TIME_FOREVER);
	ok(work() == 2, "M26: routes are put, and nothing leads to them yet");
	run("ip address delete 192.0.2.7/24 dev d0; ip address add 192.0.2.7/24 dev d0");
	ok(work() == 2, "M26: which have gone with their address, and are put again");
}

static void test_loss(void)
{
	want_all();
	ok(work() == 8 && whole(), "M26: what is wanted and not there is put");
	ok(work() == 0, "and then known to be there, object by object");
	run("ip rule delete pref 30001; ip -6 rule delete pref 30194");
	ok(work() == 2 && whole(), "M26: rules that somebody deletes are put again");
	run("ip route flush table 77001; ip -6 route flush table 77001");
	ok(work() == 4 && whole(), "M26: and routes");
	run("ip address delete 192.0.2.7/24 dev d0; ip address add 192.0.2.7/24 dev d0");
	ok(work() == 2 && whole(), "M26: those that went with an address, now that it is back");
	run("ip link set d0 down; ip link set d0 up");
	usleep(200000);
	run("ip address replace 2001:db8:2a::7/64 dev d0 nodad");
	ok(work() >= 4 && whole(), "M26: those that went with a link, of which IPv4 says nothing");
}

/* What is put while its address is away is refused, and nobody is told when that is back. */
static void test_refused(void)
{
	size_t refused = 0;
	struct verb verb;
	uint64_t now;

	ahead += LEDGER_FIGHT;
	run("ip route flush table 77001");
	now = clock_now();
	watch_dispatch(watch, now);
	run("ip address delete 192.0.2.7/24 dev d0");
	while (ledger_next(ledger, now + LEDGER_SETTLE, &verb) == 1) {
		const struct verb_answer answer = {
			.type = verb.type, .serial = verb.serial, .result = carry_out(&verb)};

		ledger_answered(ledger, &answer, now);
		refused += answer.result < 0;
	}
	run("ip address add 192.0.2.7/24 dev d0");
	ok(refused == 2, "what is put while its address is away is refused: %zu", refused);
	ok(work() == 2 && whole(),
		"M26: and put as soon as the loss of the address has been looked into");
}

static int set_address(int fd, unsigned long what, const char *text)
{
	struct ifreq request = {.ifr_name = "d0"};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(text)};

	memcpy(&request.ifr_addr, &address, sizeof(address));
	return ioctl(fd, what, &request);
}

static void *move_address(void *arg)
{
	int fd = *(const int *)arg;

	set_address(fd, SIOCSIFADDR, "0.0.0.0");
	set_address(fd, SIOCSIFADDR, "192.0.2.7");
	set_address(fd, SIOCSIFNETMASK, "255.255.255.0");
	return NULL;
}

/* What the kernel has of what is wanted, as somebody finds it who comes anew. */
static uint64_t objects_there(void)
{
	struct ledger *before = ledger;
	struct watch *fresh = NULL;
	uint64_t count = 0;

	if (ledger_new(&ledger, mark.slots) < 0 || watch_new(&fresh, &mark, ledger) < 0)
		exit(1);
	want_all();
	watch_dispatch(fresh, clock_now());
	count = ledger_count(ledger, LEDGER_OBJECTS);
	watch_free(fresh);
	ledger_free(ledger);
	ledger = before;
	return count;
}

/* The kernel tells that an address goes before it removes the routes, and may be asked for them between. */
static void test_moves(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), wrong = 0;

	for (int i = 0; i < MOVES; i++) {
		struct pollfd woken = {.fd = watch_fd(watch), .events = POLLIN};
		pthread_t mover;

		if (pthread_create(&mover, NULL, move_address, &fd) != 0)
			exit(1);
		for (int j = 0; j < 5; j++) {
			poll(&woken, 1, 1);
			watch_dispatch(watch, clock_now());
		}
		ahead += LEDGER_FIGHT;
		pthread_join(mover, NULL);
		work();
		wrong += objects_there() != ledger_count(ledger, LEDGER_OBJECTS);
	}
	close(fd);
	printf("# wrong: %d of %d\n", wrong, MOVES);
	ok(wrong == 0, "M26: what went with an address while the kernel was asked is noticed");
}

static bool wakes(const char *command)
{
	struct pollfd fd = {.fd = watch_fd(watch), .events = POLLIN};

	return run(command) && poll(&fd, 1, 0) == 1;
}

static void test_quiet(void)
{
	ok(!wakes("ip address add 192.0.2.8/24 dev d0") &&
			!wakes("ip route add 198.51.100.0/24 dev d0"),
		"an address that is added does not wake it, nor does another's route");
	ok(wakes("ip address delete 192.0.2.8/24 dev d0"), "one that goes does");
	work();
}

/* So many that their events do not fit into the socket. */
static void test_overrun(void)
{
	run("for i in $(seq 40); do for j in $(seq 250); do "
	    "echo rule add from 10.$i.$j.1 lookup 77003 pref 31000 protocol 78; done; done | "
	    "ip -batch - && ip rule delete pref 30001");
	ok(work() == 1 && whole(), "M26: one that was lost among 10000 others' is found");
}

static void test_inherit(void)
{
	watch_free(watch);
	ledger_free(ledger);
	if (ledger_new(&ledger, mark.slots) < 0 || watch_new(&watch, &mark, ledger) < 0)
		exit(1);
	ok(!watch_knows(watch), "at first nothing is known");
	watch_dispatch(watch, clock_now());
	ok(watch_knows(watch), "then all");
	want_all();
	ok(work() == 0 && whole(), "M26: what was there before needs no verb");
}

int main(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		tap_skip("a watch in a network namespace", "needs root for a namespace");
		return tap_done();
	}
	if (!run("{ command -v ip; } >/dev/null && ip link set lo up && "
		 "ip link add d0 type veth peer name d1 && ip link set d1 up && "
		 "ip link set d0 up && ip address add 192.0.2.7/24 dev d0 && "
		 "ip address add 2001:db8:2a::7/64 dev d0 nodad && sleep 2.2")) {
		tap_skip("a watch in a network namespace", "needs ip(8) and veth");
		return tap_done();
	}
	if (steer_open(&steer, &mark) < 0 || ledger_new(&ledger, mark.slots) < 0 ||
		watch_new(&watch, &mark, ledger) < 0)
		return 1;
	test_early();
	test_loss();
	test_refused();
	test_moves();
	test_quiet();
	test_overrun();
	test_inherit();
	watch_free(watch);
	ledger_free(ledger);
	steer_close(&steer);
	return tap_done();
}
