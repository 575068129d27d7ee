/* SPDX-License-Identifier: MIT */
/* Who may what, over the socket, as users and groups that the kernel vouches for. */
#include "daemon/test-house.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALICE 60001
#define BOB 60002
#define STAFF 60100
#define OTHERS 60200

/* One who connects with these credentials, and no longer: the kernel remembers them. */
static struct channel visit_as(uid_t uid, gid_t gid, gid_t group)
{
	struct channel channel;

	if (setgroups(1, &group) < 0 || setegid(gid) < 0 || seteuid(uid) < 0)
		abort();
	channel = visit();
	if (seteuid(0) < 0 || setegid(0) < 0 || setgroups(0, NULL) < 0)
		abort();
	return channel;
}

static bool is_welcome(struct house *house, struct channel *channel)
{
	struct mif_message message = {0};

	say(channel, MIF_HELLO, 0);
	turn(house);
	turn(house);
	return hear(channel, &message) == 1 && message.type == MIF_WELCOME;
}

/* What one hears who comes, and the end of it. */
static bool is_turned_away(
	struct house *house, struct channel *channel, int error, const char *text)
{
	struct mif_message message;

	turn(house);
	return heard_error(channel, error, 0, text) && hear(channel, &message) == -EPIPE;
}

static void only(struct house *house, enum access_right right, uid_t user, gid_t group)
{
	house->access.lists[right] = (struct access_list){.user_count = user != 0,
		.group_count = group != 0,
		.users = {user},
		.groups = {group}};
}

static void test_see(void)
{
	struct channel alice, bob;
	struct house house;

	house_init(&house);
	chmod(path, 0666);
	only(&house, ACCESS_SEE, ALICE, 0);
	alice = visit_as(ALICE, OTHERS, OTHERS);
	bob = visit_as(BOB, OTHERS, OTHERS);
	ok(is_turned_away(&house, &bob, EACCES, "user 60002 is not in the list \"see\""),
		"who may not see is told so, and turned away");
	ok(is_welcome(&house, &alice), "who is listed by user is welcome");
	channel_deinit(&alice);
	channel_deinit(&bob);
	only(&house, ACCESS_SEE, 0, STAFF);
	alice = visit_as(ALICE, STAFF, OTHERS);
	ok(is_welcome(&house, &alice), "so is who is listed by group");
	channel_deinit(&alice);
	bob = visit_as(BOB, OTHERS, STAFF);
	ok(is_welcome(&house, &bob), "and by one of further groups");
	channel_deinit(&bob);
	bob = visit_as(BOB, OTHERS, OTHERS);
	ok(is_turned_away(&house, &bob, EACCES, "see"), "and nobody else");
	channel_deinit(&bob);
	only(&house, ACCESS_SEE, 0, 0);
	bob = visit();
	ok(is_welcome(&house, &bob), "root is, when the list has nobody");
	channel_deinit(&bob);
	turn(&house);
	ok(server_clients(house.server) == 0 && fake_sessions(house.engine) == 0,
		"none of them leaves anything");
	house_deinit(&house);
}

static void test_requests(void)
{
	struct channel alice, bob;
	struct house house;

	house_init(&house);
	chmod(path, 0666);
	only(&house, ACCESS_NAMES, ALICE, 0);
	only(&house, ACCESS_LINKS, BOB, 0);
	alice = visit_as(ALICE, OTHERS, OTHERS);
	bob = visit_as(BOB, OTHERS, OTHERS);
	ok(is_welcome(&house, &alice) && is_welcome(&house, &bob), "two may see");
	say(&alice, MIF_TRANSLATE_NAME, 5);
	turn(&house);
	ok(heard_error(&alice, EEXIST, 5, "translate_name"),
		"one may ask for names: the engine is asked");
	say(&bob, MIF_TRANSLATE_NAME, 6);
	turn(&house);
	ok(heard_error(&bob, EACCES, 6, "translate_name: user 60002 is not in the list \"names\""),
		"the other may not: EACCES, with a sentence");
	ok(last_serial == 6, "which counts as the answer: it has the request's serial");
	say(&alice, MIF_WANTS_TO_CONNECT, 7);
	say(&bob, MIF_WANTS_TO_CONNECT, 8);
	turn(&house);
	ok(heard_error(&alice, EACCES, 7, "\"links\""), "nor may one hold links who is not listed");
	ok(served(&house, &alice) && served(&house, &bob),
		"both are served in everything else, after that");
	channel_deinit(&alice);
	channel_deinit(&bob);
	house_deinit(&house);
}

static void test_handles(void)
{
	struct channel alice[3], bob;
	struct house house;
	bool right = true;

	house_init(&house);
	chmod(path, 0666);
	house.access.handles = 2;
	for (int i = 0; i < 3; i++)
		alice[i] = visit_as(ALICE, OTHERS, OTHERS);
	ok(is_welcome(&house, &alice[0]) && is_welcome(&house, &alice[1]) &&
			is_turned_away(&house, &alice[2], EUSERS, "user 60001 has 2 clients"),
		"a user has so many handles, and no more");
	bob = visit_as(BOB, OTHERS, OTHERS);
	ok(is_welcome(&house, &bob), "which is no other user's concern");
	channel_deinit(&alice[0]);
	turn(&house);
	channel_deinit(&alice[2]);
	alice[0] = visit_as(ALICE, OTHERS, OTHERS);
	ok(is_welcome(&house, &alice[0]), "who closes one may open another");
	/* Each a user of its own: those who have come and gone are forgotten. */
	for (uid_t uid = 1; uid <= 500 && right; uid++) {
		struct channel one = visit_as(uid, OTHERS, OTHERS);

		right = is_welcome(&house, &one);
		channel_deinit(&one);
		turn(&house);
	}
	ok(right && server_clients(house.server) == 3, "500 users come and go");
	channel_deinit(&alice[0]);
	channel_deinit(&alice[1]);
	channel_deinit(&bob);
	house_deinit(&house);
}

/* As whoever runs this. */
static void test_self(void)
{
	struct channel channel;
	struct house house;

	house_init(&house);
	only(&house, ACCESS_SEE, geteuid(), 0);
	channel = visit();
	ok(is_welcome(&house, &channel), "whoever runs this is listed, and welcome");
	channel_deinit(&channel);
	only(&house, ACCESS_SEE, geteuid() + 1, getegid() + 1);
	channel = visit();
	if (geteuid() == 0)
		ok(is_welcome(&house, &channel), "and root not listed, and welcome");
	else
		ok(is_turned_away(&house, &channel, EACCES, "see"),
			"or not listed, and turned away");
	channel_deinit(&channel);
	house_deinit(&house);
}

int main(void)
{
	if (mkdtemp(directory) == NULL || chmod(directory, 0755) < 0)
		return 1;
	snprintf(path, sizeof(path), "%s/socket", directory);
	test_self();
	if (geteuid() == 0) {
		test_see();
		test_requests();
		test_handles();
	} else {
		tap_skip("other users", "needs root");
	}
	unlink(path);
	rmdir(directory);
	return tap_done();
}
