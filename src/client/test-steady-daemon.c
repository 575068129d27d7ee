/* SPDX-License-Identifier: MIT */
/* The steady link and the shipped mifd, whose engine or whose all is killed. Usage: PROGRAM MIFD */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "client/client.h"
#include "client/steady.h"
#include "message/message.h"
#include "order.h"
#include "tap.h"

#define PATIENCE_MS 20000
#define FACTS 64
#define OBJECTS 256
#define BARRIER 9999
#define KILLS 50

static const char *program;
static char folder[] = "/tmp/rsw-XXXXXX";
static struct sockaddr_un clients = {.sun_family = AF_UNIX}, script = {.sun_family = AF_UNIX};
static int script_listen = -1, script_fd = -1;
static pid_t daemon_pid;

/* ---- the daemon ---- */

static void daemon_start(void)
{
	struct pollfd fd = {.fd = script_listen, .events = POLLIN};

	daemon_pid = fork();
	if (daemon_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl(program, program, "-s", clients.sun_path, "--script", script.sun_path,
			(char *)NULL);
		_exit(127);
	}
	script_fd = close_fd(script_fd);
	if (poll(&fd, 1, PATIENCE_MS) == 1)
		script_fd = accept4(script_listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (script_fd < 0) {
		printf("Bail out! mifd does not start\n");
		exit(1);
	}
}

static pid_t engine_pid(void)
{
	char name[64];
	int pid = 0;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)daemon_pid, (int)daemon_pid);

	FILE *file = fopen(name, "re");

	if (file == NULL || fscanf(file, "%d", &pid) != 1)
		pid = 0;
	if (file != NULL)
		fclose(file);
	return pid;
}

/* An engine serves on when its parent is killed, unless it is killed, too: the whole daemon is. */
static void daemon_end(int signal)
{
	pid_t engine = engine_pid();
	int r = 0;

	kill(daemon_pid, signal);
	waitpid(daemon_pid, NULL, 0);
	if (engine > 0)
		kill(engine, SIGKILL);
	for (int i = 0; i < 2000 && r == 0; i++) {
		int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		r = connect(fd, (struct sockaddr *)&clients, sizeof(clients));
		close(fd);
		if (r == 0)
			poll(NULL, 0, 10);
	}
}

static void engine_kill(void)
{
	pid_t pid = engine_pid();

	for (int i = 0; pid == 0 && i < 2000; i++) {
		poll(NULL, 0, 10);
		pid = engine_pid();
	}
	if (pid > 0)
		kill(pid, SIGKILL);
}

/* ---- what there is ---- */

static const char *facts[FACTS];
static size_t fact_count;

static void line(const char *text)
{
	char all[300];
	int length = snprintf(all, sizeof(all), "%s\n", text);

	if (send(script_fd, all, (size_t)length, MSG_NOSIGNAL) != length)
		printf("# the script's socket does not take: %s (%s)\n", text, strerror(errno));
}

/* A snapshot, and the answer to it: an engine that starts has read nothing, or half of a line that
 * the one before it has left. */
static void snapshot(void)
{
	struct pollfd fd = {.fd = script_fd, .events = POLLIN};
	char answer[4096];

	poll(NULL, 0, 1);
	while (recv(script_fd, answer, sizeof(answer), 0) > 0)
		;
	line("");
	line("begin");
	for (size_t i = 0; i < fact_count; i++) {
		char text[256];

		snprintf(text, sizeof(text), "put %s", facts[i]);
		line(text);
	}
	line("commit");
	while (poll(&fd, 1, PATIENCE_MS) == 1) {
		ssize_t got = recv(script_fd, answer, sizeof(answer) - 1, 0);

		answer[MAX(got, 0)] = '\0';
		if (got <= 0 || strstr(answer, "ok") != NULL)
			return;
	}
	printf("# no answer to the snapshot\n");
}

static void facts_reset(void)
{
	static const char *const some[] = {
		"link ifindex=2 name=h1 kind=ethernet flags=up,running",
		"link ifindex=3 name=h2 kind=ethernet flags=up,running",
		"address ifindex=2 address=10.11.0.50/24",
		"address ifindex=3 address=10.22.0.50/24",
		"address ifindex=3 address=2001:db8:2::5/64",
		"route ifindex=2 via=10.11.0.1 metric=100",
	};

	fact_count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(some); i++)
		facts[fact_count++] = some[i];
}

/* ---- a subscriber ---- */

struct owner {
	struct mif *mif;
	struct order *order;
	struct mif_message objects[OBJECTS];
	size_t count;
	unsigned int reports; /* that told something */
	bool wrong;
};

static uint64_t id_of(const struct mif_message *report)
{
	switch (report->type) {
	case MIF_INTERFACE:
		return report->as.interface.interface;
	case MIF_PVD:
		return report->as.pvd.pvd;
	default:
		return 0;
	}
}

static bool is_about(const struct mif_message *object, const struct mif_message *report)
{
	switch (report->type) {
	case MIF_INTERFACE:
	case MIF_PVD:
		return object->type == report->type && id_of(object) == id_of(report);
	case MIF_NO_INTERFACE:
		return object->type == MIF_INTERFACE &&
			id_of(object) == report->as.no_interface.interface;
	case MIF_NO_PVD:
		return object->type == MIF_PVD && id_of(object) == report->as.no_pvd.pvd;
	case MIF_ELEMENT:
	case MIF_NO_ELEMENT: /* begins with the same fields */
		return object->type == MIF_ELEMENT &&
			object->as.element.pvd == report->as.element.pvd &&
			object->as.element.element == report->as.element.element;
	case MIF_ADDRESS:
	case MIF_NO_ADDRESS:
		return object->type == MIF_ADDRESS &&
			object->as.address.pvd == report->as.address.pvd &&
			memcmp(&object->as.address.address, &report->as.address.address,
				sizeof(struct mif_address)) == 0;
	default:
		return false;
	}
}

static void owner_post(struct owner *owner, uint32_t type, uint64_t id)
{
	struct mif_message request = {.type = type, .tag = type};

	/* Every Announce begins with what it is about. */
	request.as.announce_pvds.interface = id;
	if (type == MIF_GET_CONFIGURATION_DATA)
		request.tag = BARRIER;
	for (int i = 0; mif_post(owner->mif, &request) < 0; i++) {
		if (i == 10) {
			owner->wrong = true;
			return;
		}
		poll(NULL, 0, 10);
	}
}

static void owner_take(struct owner *owner, const struct mif_message *report)
{
	char error[256], text[1024];
	size_t i = 0;

	if (!order_check(owner->order, report, error)) {
		message_format(report, false, text, sizeof(text));
		printf("# order: %s: %s\n", error, text);
		owner->wrong = true;
	}
	while (i < owner->count && !is_about(&owner->objects[i], report))
		i++;
	switch (report->type) {
	case MIF_INTERFACE:
	case MIF_PVD:
	case MIF_ELEMENT:
	case MIF_ADDRESS:
		owner->reports++;
		if (i == OBJECTS)
			return;
		owner->objects[i] = *report;
		if (i < owner->count)
			return;
		owner->count++;
		if (report->type == MIF_INTERFACE)
			owner_post(owner, MIF_ANNOUNCE_PVDS, id_of(report));
		if (report->type == MIF_PVD) {
			owner_post(owner, MIF_ANNOUNCE_ELEMENTS, id_of(report));
			owner_post(owner, MIF_ANNOUNCE_ADDRESSES, id_of(report));
		}
		break;
	case MIF_NO_INTERFACE:
	case MIF_NO_PVD:
	case MIF_NO_ELEMENT:
	case MIF_NO_ADDRESS:
		owner->reports++;
		if (i < owner->count)
			owner->objects[i] = owner->objects[--owner->count];
		break;
	default:
		break;
	}
}

/* Until nothing new comes before the answer to a question. */
static void owner_settle(struct owner *owner)
{
	const struct mif_message *report;
	size_t reports;
	bool answered;

	do {
		reports = owner->reports;
		answered = false;
		owner_post(owner, MIF_GET_CONFIGURATION_DATA, 99999);
		while (!answered && !owner->wrong) {
			int r = mif_check(owner->mif, NULL, 0, PATIENCE_MS);

			if (r == 1)
				r = mif_get(owner->mif, &report);
			if (r != 1) {
				printf("# no answer: %d\n", r);
				owner->wrong = true;
				return;
			}
			answered = report->tag == BARRIER;
			owner_take(owner, report);
		}
	} while (reports != owner->reports && !owner->wrong);
}

static void owner_begin(struct owner *owner, uint64_t settle)
{
	struct steady_daemon daemon = {.begin = link_daemon_begin, .settle = settle};
	struct link *link;
	int r = -ENOENT;

	memset(owner, 0, sizeof(*owner));
	owner->order = order_new();
	strcpy(daemon.path, clients.sun_path);
	for (int i = 0; i < 2000 && (r == -ENOENT || r == -ECONNREFUSED); i++) {
		r = steady_open(&link, &daemon, PATIENCE_MS);
		if (r < 0)
			poll(NULL, 0, 10);
	}
	if (r == 0)
		r = client_new(&owner->mif, link, MIF_OPEN_DAEMON, 0);
	if (r < 0) {
		printf("Bail out! open: %s\n", strerror(-r));
		exit(1);
	}
	owner_post(owner, MIF_ANNOUNCE_INTERFACES, 0);
	owner_settle(owner);
}

static void owner_end(struct owner *owner)
{
	mif_close(owner->mif);
	order_free(owner->order);
}

/* ---- pictures, by names ---- */

static const char *name_of(const struct owner *owner, uint32_t type, uint64_t id)
{
	for (size_t i = 0; i < owner->count; i++) {
		const struct mif_message *object = &owner->objects[i];

		if (object->type == type && id_of(object) == id)
			return type == MIF_PVD ? object->as.pvd.name : object->as.interface.name;
	}
	return "nothing";
}

static int line_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void picture_of(const struct owner *owner, char (*lines)[900])
{
	for (size_t i = 0; i < owner->count; i++) {
		struct mif_message object = owner->objects[i];
		const char *parent = "";

		switch (object.type) {
		case MIF_PVD:
			parent = name_of(owner, MIF_INTERFACE, object.as.pvd.interface);
			object.as.pvd.interface = object.as.pvd.pvd = 0;
			break;
		case MIF_ELEMENT:
			parent = name_of(owner, MIF_PVD, object.as.element.pvd);
			object.as.element.pvd = object.as.element.generation = 0;
			break;
		case MIF_ADDRESS:
			parent = name_of(owner, MIF_PVD, object.as.address.pvd);
			object.as.address.pvd = 0;
			break;
		default:
			object.as.interface.interface = 0;
			break;
		}
		object.tag = 0;
		message_format(&object, false, lines[i], sizeof(*lines));
		strncat(lines[i], " in ", 5);
		strncat(lines[i], parent, MIF_TEXT_SIZE);
	}
	qsort(lines, owner->count, sizeof(*lines), line_compare);
}

static bool same_picture(const struct owner *a, const struct owner *b)
{
	static char lines[2][OBJECTS][900];
	bool same = a->count == b->count;

	picture_of(a, lines[0]);
	picture_of(b, lines[1]);
	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(lines[0][i], lines[1][i]) == 0;
	for (size_t i = 0; !same && i < MAX(a->count, b->count); i++)
		printf("# %s | %s\n", i < a->count ? lines[0][i] : "",
			i < b->count ? lines[1][i] : "");
	return same;
}

/* ---- stories ---- */

static void test_unchanged(void)
{
	static struct owner owner, fresh;
	unsigned int reports;

	facts_reset();
	daemon_start();
	snapshot();
	owner_begin(&owner, STEADY_SETTLE);
	reports = owner.reports;
	ok(owner.count >= 8, "M10: a picture of %zu objects", owner.count);
	engine_kill();
	snapshot();
	owner_settle(&owner);
	ok(owner.reports == reports && !owner.wrong,
		"M10: the engine is killed and started again by its parent: nothing is told");
	daemon_end(SIGKILL);
	daemon_start();
	snapshot();
	owner_settle(&owner);
	ok(owner.reports == reports && !owner.wrong,
		"M10: the whole daemon is killed and started again: nothing is told");
	daemon_end(SIGTERM);
	facts[fact_count++] = "address ifindex=2 address=10.11.0.51/24";
	daemon_start();
	snapshot();
	owner_settle(&owner);
	ok(owner.reports == reports + 1 && !owner.wrong,
		"M10 M18: an address more: that one is told (%u reports)", owner.reports - reports);
	reports = owner.reports;
	engine_kill();
	facts[3] = "address ifindex=3 address=10.33.0.50/24";
	snapshot();
	owner_settle(&owner);
	owner_begin(&fresh, STEADY_SETTLE);
	ok(same_picture(&owner, &fresh) && !owner.wrong,
		"M10 M12: another network on an interface: told in order, the picture is a fresh "
		"one's");
	owner_end(&fresh);
	owner_end(&owner);
	daemon_end(SIGTERM);
}

/* One address or link is put or dropped; the facts are as they are then. */
static void change(unsigned int number)
{
	static char texts[FACTS][64];
	static unsigned int next;
	char *text = texts[next++ % FACTS];
	char command[300];

	if (fact_count > 12 || (fact_count > 4 && number % 3 == 0)) {
		size_t victim = 2 + number % (fact_count - 2);

		snprintf(command, sizeof(command), "drop %s", facts[victim]);
		facts[victim] = facts[--fact_count];
	} else {
		snprintf(text, sizeof(texts[0]), "address ifindex=%u address=10.%u.0.%u/24",
			2 + number % 2, 10 + number % 7, 1 + number % 250);
		for (size_t i = 0; i < fact_count; i++) {
			if (strcmp(facts[i], text) == 0)
				return;
		}
		facts[fact_count++] = text;
		snprintf(command, sizeof(command), "put %s", text);
	}
	line(command);
	line("commit");
}

static void test_kills(void)
{
	static struct owner owner, fresh;
	unsigned int number = 12345;
	const struct mif_message *report;
	bool equal = true;

	facts_reset();
	daemon_start();
	snapshot();
	owner_begin(&owner, 100 * NSEC_PER_MSEC);
	for (int i = 0; i < KILLS && equal && !owner.wrong; i++) {
		unsigned int changes = (number >> 8) % 9;

		for (unsigned int n = 0; n < changes; n++) {
			number = number * 1103515245 + 12345;
			change(number >> 8);
			if (n % 3 == 0 && mif_check(owner.mif, NULL, 0, 1) == 1 &&
				mif_get(owner.mif, &report) == 1)
				owner_take(&owner, report);
		}
		number = number * 1103515245 + 12345;
		/* A parent gives an engine up that dies too often. */
		if (i % 3 == 2) {
			daemon_end(SIGKILL);
			daemon_start();
		} else {
			engine_kill();
		}
		snapshot();
		if (i % 10 != 9)
			continue;
		owner_settle(&owner);
		owner_begin(&fresh, STEADY_SETTLE);
		equal = same_picture(&owner, &fresh);
		owner_end(&fresh);
	}
	ok(equal && !owner.wrong,
		"M10 M12: %d kills under a stream of changes: the picture is a fresh handle's",
		KILLS);
	owner_end(&owner);
	daemon_end(SIGTERM);
}

int main(int argc, char **argv)
{
	if (argc != 2 || mkdtemp(folder) == NULL)
		return 1;
	program = argv[1];
	chmod(folder, 0755);
	snprintf(clients.sun_path, sizeof(clients.sun_path), "%s/socket", folder);
	snprintf(script.sun_path, sizeof(script.sun_path), "%s/script", folder);
	script_listen = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(script_listen, (struct sockaddr *)&script, sizeof(script)) < 0 ||
		chmod(script.sun_path, 0666) < 0 || listen(script_listen, 4) < 0)
		return 1;
	test_unchanged();
	test_kills();
	unlink(clients.sun_path);
	unlink(script.sun_path);
	rmdir(folder);
	return tap_done();
}
