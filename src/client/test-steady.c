/* SPDX-License-Identifier: MIT */
/* A daemon that goes away and comes back, played: what a handle's owner sees of it. */
#include "test-steady.h"

#include <poll.h>

#include "client/steady-link.h"
#include "order.h"

#define BARRIER 9999

/* A subscriber to everything, and what it was told. */
struct owner {
	struct mif *mif;
	struct order *order;
	uint32_t tag;
	char log[16384]; /* since it was read last, without END_OF_ANNOUNCEMENTS */
	unsigned int ends;
	bool wrong;
};

static void owner_post(struct owner *owner, const char *text)
{
	struct mif_message request = parsed(text);

	if (request.tag == 0)
		request.tag = ++owner->tag;
	if (mif_post(owner->mif, &request) < 0) {
		printf("# refused: %s\n", text);
		owner->wrong = true;
	}
	order_posted(owner->order, &request);
}

__attribute__((format(printf, 2, 3))) static void owner_ask(
	struct owner *owner, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	owner_post(owner, text);
}

static void owner_note(struct owner *owner, const struct mif_message *report)
{
	struct mif_message plain = *report;
	size_t length = strlen(owner->log);

	plain.tag = 0;
	message_format(&plain, false, owner->log + length, sizeof(owner->log) - length - 1);
	strcat(owner->log, "\n");
}

/* Asks for what a new object holds. */
static void owner_follow(struct owner *owner, const struct mif_message *report, bool known)
{
	if (report->type == MIF_INTERFACE && !known)
		owner_ask(owner, "announce_pvds interface=%llu",
			(unsigned long long)report->as.interface.interface);
	if (report->type != MIF_PVD || known)
		return;
	owner_ask(owner, "announce_elements pvd=%llu", (unsigned long long)report->as.pvd.pvd);
	owner_ask(owner, "announce_addresses pvd=%llu", (unsigned long long)report->as.pvd.pvd);
}

static uint64_t seen_ids[256];
static size_t seen_count;

static bool owner_knows(const struct mif_message *report)
{
	uint64_t id = report->type == MIF_PVD ? report->as.pvd.pvd : report->as.interface.interface;

	if (report->type != MIF_PVD && report->type != MIF_INTERFACE)
		return true;
	for (size_t i = 0; i < seen_count; i++) {
		if (seen_ids[i] == id)
			return true;
	}
	seen_ids[seen_count++ % 256] = id;
	return false;
}

/* Reads one report. False: none within the time. */
static bool owner_read(struct owner *owner, int timeout_ms, uint32_t *tag, bool follow)
{
	const struct mif_message *report;
	char error[256];
	int r = mif_check(owner->mif, NULL, 0, timeout_ms) == 1 ? mif_get(owner->mif, &report) : 0;

	*tag = 0;
	if (r < 0) {
		strcat(owner->log, "broken\n");
		owner->wrong = true;
	}
	if (r != 1)
		return false;
	*tag = report->tag;
	if (!order_check(owner->order, report, error)) {
		printf("# order: %s\n", error);
		owner_note(owner, report);
		owner->wrong = true;
	}
	if (report->type == MIF_END_OF_ANNOUNCEMENTS)
		owner->ends++;
	else if (report->tag != BARRIER)
		owner_note(owner, report);
	if (follow)
		owner_follow(owner, report, owner_knows(report));
	return true;
}

/* All that is said until an answer to a question asked now comes. */
static const char *owner_log(struct owner *owner, bool follow)
{
	static char log[sizeof(owner->log)];
	unsigned int ends;
	uint32_t tag = 0;

	do {
		ends = owner->ends;
		owner_ask(owner, "get_configuration_data tag=%d pvd=99999", BARRIER);
		do {
			if (!owner_read(owner, 5000, &tag, follow)) {
				strcat(owner->log, "no answer\n");
				owner->wrong = true;
			}
		} while (tag != BARRIER && !owner->wrong);
	} while (follow && owner->ends != ends && !owner->wrong);
	strcpy(log, owner->log);
	owner->log[0] = '\0';
	return log;
}

static void owner_begin(struct owner *owner, unsigned int flags)
{
	*owner = (struct owner){.mif = world_open(flags), .order = order_new()};
	seen_count = 0;
}

/* Has asked for everything, and was told all of it. */
static const char *owner_full(struct owner *owner)
{
	owner_begin(owner, 0);
	owner_post(owner, "announce_interfaces");
	owner_post(owner, "announce_default_pvd");
	return owner_log(owner, true);
}

static struct steady *steady_of_owner(const struct owner *owner)
{
	return container_of(owner->mif->link, struct steady, link);
}

static void owner_end(struct owner *owner)
{
	mif_close(owner->mif);
	order_free(owner->order);
}

static bool has(const char *log, const char *wanted)
{
	if (strstr(log, wanted) != NULL)
		return true;
	printf("# not in:\n# %s\n# %s\n", log, wanted);
	return false;
}

/* ---- differences ---- */

static void test_nothing_changed(void)
{
	struct owner owner;
	struct mif_message request;

	world_reset();
	owner_full(&owner);
	ok(owner.ends == 10, "M10: a picture of two interfaces and three domains is complete");
	for (int i = 0; i < 3; i++) {
		world_restart();
		ok(same(owner_log(&owner, false), ""),
			"M10: restart %d, nothing changed: nothing is told", i + 1);
	}
	owner_post(&owner, "get_configuration_data tag=5 pvd=3 information=mtu");
	ok(has(owner_log(&owner, false), "configuration_data pvd=3 "),
		"M10: a question about a domain known from before is answered by its old "
		"identifier");
	request = world.links[0]->requests[world.links[0]->request_count - 2];
	ok(request.as.get_configuration_data.pvd == 3 + world.shift,
		"M10: the engine was asked by its own");
	ok(owner.ends == 10 && !owner.wrong, "M10: no request was answered twice");
	owner_end(&owner);
}

static void test_changes(void)
{
	struct owner owner;

	world_reset();
	owner_full(&owner);
	world_cut();
	world_set(0, "interface interface=1 name=h1 ifindex=2 kind=ethernet flags=up mtu=1400");
	world_set(5, "element pvd=3 element=dhcpv4 generation=1 digest=1077");
	world_set(10, "default_pvd family=ipv4 pvd=4");
	world_drop(9); /* address of 5 */
	world_drop(4); /* domain 5 */
	world_add("pvd interface=2 pvd=9 name=h2:10.2.0.0/24 family=ipv4 state=usable");
	world_renew();
	ok(same(owner_log(&owner, false),
		   "no_address pvd=5 address=10.1.0.5\n"
		   "no_pvd interface=2 pvd=5\n"
		   "interface interface=1 name=h1 ifindex=2 kind=ethernet flags=up mtu=1400\n"
		   "pvd interface=2 pvd=6 name=h2:10.2.0.0/24 family=ipv4 state=usable\n"
		   "element pvd=3 element=dhcpv4 generation=4 digest=1077\n"
		   "default_pvd family=ipv4 pvd=4\n"),
		"M10 M12 M14: the true differences and no more: children go first, parents come "
		"first, a new domain has a new identifier, a generation goes up by one");
	world_tell("element pvd=103 element=dhcpv4 generation=2 digest=5");
	ok(same(owner_log(&owner, false), "element pvd=3 element=dhcpv4 generation=5 digest=5\n"),
		"M14: the next change of an element counts on");
	ok(!owner.wrong, "M12: the order held");
	owner_end(&owner);
}

static void test_below(void)
{
	struct owner owner;
	struct mif_message request;
	char error[256];

	world_reset();
	owner_begin(&owner, 0);
	owner_post(&owner, "announce_pvds interface=1");
	owner_post(&owner, "announce_interfaces below=pvds,elements,addresses");
	owner_log(&owner, false);
	ok(owner.ends == 2, "M4 M8: everything that there is, by one request");
	world_restart();
	ok(same(owner_log(&owner, false), ""),
		"M10: the same after a restart, nothing changed: nothing is told");
	world_cut();
	world_drop(9); /* address of 5 */
	world_drop(4); /* domain 5 */
	world_add("interface interface=8 name=h3 ifindex=9 kind=ethernet flags=up mtu=1400");
	world_add("pvd interface=8 pvd=9 name=h3:10.3.0.0/24 family=ipv4 state=usable");
	world_renew();
	ok(same(owner_log(&owner, false),
		   "no_address pvd=5 address=10.1.0.5\n"
		   "no_pvd interface=2 pvd=5\n"
		   "interface interface=6 name=h3 ifindex=9 kind=ethernet flags=up mtu=1400\n"
		   "pvd interface=6 pvd=7 name=h3:10.3.0.0/24 family=ipv4 state=usable\n"),
		"M10 M12: true differences, also below an interface that is new");
	if (message_parse(&request, "stop_announcing_pvds interface=1", error) < 0)
		abort();
	ok(mif_post(owner.mif, &request) == -EBUSY, "M9: a part of it cannot be stopped");
	owner_post(&owner, "stop_announcing_interfaces");
	world_tell("pvd interface=101 pvd=103 name=h1:x family=ipv4 state=suspect");
	world_restart();
	ok(same(owner_log(&owner, false), ""), "M5 M9: the end of it is that of everything");
	ok(!owner.wrong, "M12: the order held");
	owner_end(&owner);
}

static void test_vanished(void)
{
	struct owner owner;

	world_reset();
	owner_full(&owner);
	world_cut();
	world.count = 0;
	world_add("interface interface=2 name=h2 ifindex=3 kind=wifi flags=up,running mtu=1500");
	world_renew();
	ok(same(owner_log(&owner, false),
		   "no_address pvd=3 address=10.0.0.5\n"
		   "no_address pvd=4 address=2001:db8::5\n"
		   "no_address pvd=5 address=10.1.0.5\n"
		   "no_element pvd=3 element=dhcpv4\n"
		   "no_element pvd=4 element=ra\n"
		   "no_pvd interface=1 pvd=3\n"
		   "no_pvd interface=1 pvd=4\n"
		   "no_pvd interface=2 pvd=5\n"
		   "no_interface interface=1\n"),
		"M10 M12: what vanished with the daemon is withdrawn, children first");
	world_cut();
	world_reset();
	world.instance = 7;
	ok(has(owner_log(&owner, false), "interface interface=6 name=h1 ifindex=2"),
		"M6 M10: identifiers of what was withdrawn are not used again");
	world_add("pvd interface=1 pvd=33 name=h1:x family=ipv4 state=usable");
	world_tell("pvd interface=1 pvd=33 name=h1:x family=ipv4 state=usable");
	ok(same(owner_log(&owner, false), ""),
		"M12: the request for the domains of an interface ended with the interface");
	ok(!owner.wrong, "M12: the order held");
	owner_end(&owner);
}

static void test_interfaces(void)
{
	struct owner owner;

	world_reset();
	world.count = 2;
	owner_full(&owner);
	world_cut();
	world_set(0, "interface interface=1 name=lan ifindex=2 kind=ethernet flags=up mtu=1500");
	world_set(1, "interface interface=2 name=h2 ifindex=9 kind=wifi flags=up,running mtu=1500");
	world_renew();
	ok(same(owner_log(&owner, false),
		   "no_interface interface=2\n"
		   "interface interface=1 name=lan ifindex=2 kind=ethernet flags=up mtu=1500\n"
		   "interface interface=3 name=h2 ifindex=9 kind=wifi flags=up,running mtu=1500\n"),
		"M6 M10: a renamed interface is the same, one of the same name and another index "
		"not");
	world_cut();
	world_set(0, "interface interface=1 name=wg0 ifindex=2 kind=tunnel flags=up mtu=1500");
	world_renew();
	ok(has(owner_log(&owner, false),
		   "no_interface interface=1\ninterface interface=4 name=wg0"),
		"M6 M10: neither is one of the same index, but of another name and kind");
	owner_end(&owner);
}

/* ---- while the daemon is away ---- */

static void test_posts(void)
{
	struct owner owner;
	const struct mif_message *report;

	world_reset();
	owner_full(&owner);
	world_restart();
	world.begin_error = -ECONNREFUSED;
	ok(mif_check(owner.mif, NULL, 0, 20) == 0 && mif_get(owner.mif, &report) == 0,
		"M10: the loss of the daemon is no message and no error");
	owner_post(&owner, "stop_announcing_interfaces");
	owner_post(&owner, "stop_announcing_addresses pvd=3");
	owner_post(&owner, "announce_elements pvd=5");
	owner_post(&owner, "find_pvd tag=41 address=10.0.0.5");
	ok(mif_flush(owner.mif, 0) == -ETIMEDOUT, "M1: a flush tells that requests are still here");
	world_drop(7);
	world_set(0, "interface interface=1 name=h1 ifindex=2 kind=ethernet flags=up mtu=1400");
	world.begin_error = 0;
	ok(mif_flush(owner.mif, 5000) == 0, "M1: or waits until they have left");
	ok(same(owner_log(&owner, false), "pvd_found interface=1 pvd=3\n"),
		"M5 M19: a Stop posted while the daemon was away holds, a question is answered");
	ok(owner.ends == 11, "M13: and a request gets its end");
	world_tell("interface interface=101 name=h1 ifindex=2 kind=ethernet flags=up mtu=1300");
	ok(same(owner_log(&owner, false), ""), "M5: it goes on to hold");
	owner_post(&owner, "announce_interfaces");
	ok(has(owner_log(&owner, false),
		   "interface interface=1 name=h1 ifindex=2 kind=ethernet flags=up mtu=1400\n"),
		"M4 M10: asked for anew, the old identifiers are there");
	owner_end(&owner);
}

static void test_again(void)
{
	struct owner owner;

	world_reset();
	owner_full(&owner);
	world_restart();
	world.begin_error = -ENOENT;
	owner_post(&owner, "announce_interfaces");
	world.begin_error = 0;
	ok(same(owner_log(&owner, false),
		   "interface interface=1 name=h1 ifindex=2 kind=ethernet flags=up,running "
		   "mtu=1500\n"
		   "interface interface=2 name=h2 ifindex=3 kind=wifi flags=up,running mtu=1500\n"),
		"M4: asking again while the daemon is away sends the whole list again");
	world_restart();
	world.begin_error = -ENOENT;
	owner_post(&owner, "stop_announcing_addresses pvd=4");
	owner_post(&owner, "announce_addresses pvd=4");
	world.begin_error = 0;
	ok(same(owner_log(&owner, false), "address pvd=4 address=2001:db8::5 prefix_length=64\n"),
		"M5 M17: so does a Stop and a new request");
	owner_end(&owner);
}

static void test_limits(void)
{
	struct owner owner;
	struct mif_message request = parsed("find_pvd address=10.0.0.5");
	unsigned int posted = 0, begun;
	struct pollfd fd;
	int r;

	world_reset();
	owner_full(&owner);
	fd = (struct pollfd){.fd = mif_fd(owner.mif), .events = POLLIN};
	world_restart();
	world.begin_error = -ECONNREFUSED;
	begun = world.begun;
	while ((r = mif_post(owner.mif, &request)) == 0)
		posted++;
	ok(r == -EAGAIN && posted == STEADY_QUESTIONS - 0,
		"M1: while the daemon is away, %u requests are kept", posted);
	for (int i = 0; i < 30; i++)
		mif_check(owner.mif, NULL, 0, 10);
	ok(world.begun - begun >= 2 && world.begun - begun < 8,
		"connecting is tried again and again, ever later (%u times in 0.3 s)",
		world.begun - begun);
	world.begin_error = 0;
	ok(poll(&fd, 1, 5000) == 1, "M2: the descriptor is the same one, and readable in time");
	for (unsigned int i = 0; i < 400 && posted > 0; i++) {
		const struct mif_message *report;

		world.silent = 0;
		while (mif_get(owner.mif, &report) == 1)
			posted -= report->type == MIF_PVD_FOUND;
		mif_check(owner.mif, NULL, 0, 20);
	}
	ok(posted == 0, "M1: and all are answered");
	owner_end(&owner);
}

static void test_refusals(void)
{
	static const int final[] = {EXDEV, EPROTONOSUPPORT};
	const struct mif_message *report;
	struct owner owner;

	for (size_t i = 0; i < ARRAY_SIZE(final); i++) {
		world_reset();
		owner_full(&owner);
		world_restart();
		world.refuse = final[i];
		ok(mif_check(owner.mif, NULL, 0, 5000) == 1 &&
				mif_get(owner.mif, &report) == -EPIPE,
			"M3: a daemon that says %s means it: the handle is broken",
			strerror(final[i]));
		owner_end(&owner);
	}
	world_reset();
	owner_full(&owner);
	world_restart();
	world.refuse = EUSERS;
	mif_check(owner.mif, NULL, 0, 100);
	world.refuse = 0;
	ok(same(owner_log(&owner, false), "") && !owner.wrong,
		"M10: one that has too many clients is asked again");
	owner_end(&owner);
}

/* ---- names ---- */

static unsigned int count_of(const char *log, const char *what)
{
	unsigned int count = 0;

	for (; (log = strstr(log, what)) != NULL; log++)
		count++;
	return count;
}

static void test_translation(void)
{
	for (long cut = 0; cut < 4; cut++) {
		struct owner owner;
		const char *log;

		world_reset();
		owner_full(&owner);
		world.left = cut;
		owner_post(&owner, "translate_name tag=8 pvd=3 translation=1 name=a.example");
		log = owner_log(&owner, false);
		ok(count_of(log, "address=192.0.2.1") == 1 &&
				count_of(log, "address=192.0.2.2") == 1 &&
				count_of(log, "name_translation_done") == 1,
			"M25: a daemon lost after %ld reports of a translation: each address and "
			"the end come once",
			cut);
		owner_end(&owner);
	}
}

static void test_translation_ends(void)
{
	struct owner owner;

	world_reset();
	owner_full(&owner);
	world.silent = 2;
	owner_post(&owner, "translate_name pvd=5 translation=1 name=a.example");
	owner_post(&owner, "translate_name pvd=3 translation=2 name=a.example");
	world_cut();
	world.silent = 0;
	world_drop(9);
	world_drop(4);
	world_renew();
	owner_post(&owner, "stop_translating_name translation=2");
	ok(same(owner_log(&owner, false),
		   "name_translation_done translation=1 status=pvd-gone\n"
		   "no_address pvd=5 address=10.1.0.5\n"
		   "no_pvd interface=2 pvd=5\n"),
		"M23 M24: a translation in a domain that is gone ends before it; one that was "
		"stopped gives nothing");
	owner_end(&owner);
}

/* ---- a new engine does not know everything at once ---- */

static void test_settle(void)
{
	struct owner owner;
	struct mif_message late;
	uint32_t tag;

	world_reset();
	owner_full(&owner);
	steady_of_owner(&owner)->daemon.settle = 20 * NSEC_PER_SEC;
	world_cut();
	late = world.objects[3];
	world_set(3, "pvd interface=1 pvd=4 name=h1:2001:db8::/64 family=ipv6 state=usable");
	world_renew();
	shift_ids(&late, 100);
	ok(!owner_read(&owner, 100, &tag, false),
		"M10: a domain that is not there yet may still come: nothing is told");
	world.objects[3] = late;
	world_tell("pvd interface=101 pvd=104 name=h1:fe80::1 family=ipv6 state=usable");
	ok(same(owner_log(&owner, false), "") && !owner.wrong,
		"M10: its router is heard, it is the one known from before");
	owner_end(&owner);
}

/* ---- several links of a handle ---- */

static void test_shared(void)
{
	struct owner owner, other;
	struct link *link = NULL;
	unsigned int begun;

	world_reset();
	owner_full(&owner);
	ok(owner.mif->link->ops->another(owner.mif->link, &link) == 0, "another link is opened");
	other = (struct owner){.order = order_new()};
	ok(client_new(&other.mif, link, MIF_OPEN_DAEMON, 0) == 0, "for another subscriber");
	owner_post(&other, "announce_interfaces");
	owner_log(&other, false);
	world_cut();
	world_add("interface interface=8 name=h3 ifindex=8 kind=ethernet flags=up mtu=1500");
	world_add("interface interface=9 name=h4 ifindex=9 kind=ethernet flags=up mtu=1500");
	world_renew();
	ok(has(owner_log(&other, false),
		   "interface interface=6 name=h3 ifindex=8 kind=ethernet flags=up mtu=1500\n"
		   "interface interface=7 name=h4 "),
		"M10: one of two links of a handle sees new interfaces");
	ok(has(owner_log(&owner, false),
		   "interface interface=6 name=h3 ifindex=8 kind=ethernet flags=up mtu=1500\n"
		   "interface interface=7 name=h4 "),
		"M10: the other one gives them the same identifiers");
	world_renew();
	world_break(world.links[0]);
	begun = world.begun;
	ok(same(owner_log(&owner, false), "") && same(owner_log(&other, false), "") &&
			world.begun == begun + 2,
		"M10: when one has met another engine, both go over to it");
	ok(!owner.wrong && !other.wrong, "M12: the order held");
	owner_end(&other);
	owner_end(&owner);
}

/* ---- at every point ---- */

static int line_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes every identifier out: which one it is depends on when the daemon was lost. */
static void blank_ids(char *text)
{
	for (char *at = text; *at != '\0'; at++) {
		if (strncmp(at, "pvd=", 4) != 0 && strncmp(at, "interface=", 10) != 0 &&
			strncmp(at, "generation=", 11) != 0)
			continue;
		at = strchr(at, '=');

		const char *end = at + strcspn(at, " \n");

		memmove(at + 1, end, strlen(end) + 1);
	}
}

/* The same lines, in whatever order, identifiers apart. The default domain may be told twice, when
 * the daemon was lost before that domain itself was told of: then there was no name to go by. */
static bool same_lines(const char *a, const char *b)
{
	static char copies[2][16384];
	static char *lines[2][256];
	size_t counts[2] = {0};

	strcpy(copies[0], a);
	strcpy(copies[1], b);
	for (size_t i = 0; i < 2; i++) {
		char *rest = copies[i], *line;

		blank_ids(rest);
		while ((line = strsep(&rest, "\n")) != NULL) {
			if (strncmp(line, "default_pvd", 11) != 0)
				lines[i][counts[i]++] = line;
		}
		qsort(lines[i], counts[i], sizeof(lines[i][0]), line_compare);
	}
	for (size_t i = 0; counts[0] == counts[1] && i < counts[0]; i++) {
		if (strcmp(lines[0][i], lines[1][i]) != 0)
			return false;
	}
	return counts[0] == counts[1];
}

/* Every loss is followed by another one, before the picture is complete again. */
static void test_every_point(void)
{
	static char whole[16384];
	unsigned int ends, bad = 0;
	struct owner owner;
	long points = 0;

	world_reset();
	strcpy(whole, owner_full(&owner));
	ends = owner.ends;
	owner_end(&owner);
	for (long first = 0; first < 27; first++) {
		for (long second = first % 4; second < 30; second += 4) {
			const char *log;
			uint32_t tag;

			world_reset();
			owner_begin(&owner, 0);
			/* As after a while of peace. */
			steady_of_owner(&owner)->live_since = 1;
			steady_of_owner(&owner)->daemon.settle = NSEC_PER_MSEC;
			world.left = first;
			owner_post(&owner, "announce_interfaces");
			owner_post(&owner, "announce_default_pvd");
			while (world.left > 0 && owner_read(&owner, 20, &tag, true))
				;
			/* The first loss is seen by the next get. */
			owner_read(&owner, 0, &tag, true);
			world.left = second;
			log = owner_log(&owner, true);
			world.left = -1;
			points++;
			if (owner.wrong || owner.ends != ends || !same_lines(log, whole)) {
				printf("# %ld %ld: %u ends\n# %s\n", first, second, owner.ends,
					log);
				bad++;
			}
			owner_end(&owner);
		}
	}
	ok(bad == 0,
		"M10 M12: losses at %ld pairs of points while a picture comes in: everything is "
		"told "
		"once, in order, and every request is answered once",
		points);
}

static void test_strict(void)
{
	struct owner owner;
	const struct mif_message *report;
	unsigned int count = 0;

	world_reset();
	owner_begin(&owner, MIF_OPEN_STRICT);
	owner_post(&owner, "announce_interfaces");
	world_restart();
	while (mif_check(owner.mif, NULL, 0, 200) == 1 && mif_get(owner.mif, &report) == 1)
		count += report->type == MIF_INTERFACE ? 1 : 100;
	ok(count == 2, "M10: a strict handle goes on, too, and sees no extension");
	owner_end(&owner);
}

int main(void)
{
	test_nothing_changed();
	test_changes();
	test_below();
	test_vanished();
	test_interfaces();
	test_posts();
	test_again();
	test_limits();
	test_refusals();
	test_translation();
	test_translation_ends();
	test_settle();
	test_shared();
	test_strict();
	test_every_point();
	return tap_done();
}
