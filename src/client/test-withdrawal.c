/* SPDX-License-Identifier: MIT */
/*
 * A domain goes away, or the caller calls off, in the middle of a dial: at each message that the dial
 * takes from the engine, the first to the last, and when only its sockets are left. Whatever the stage,
 * a dial ends once, nothing follows its end, and no descriptor is left.
 *
 * The engine has the domains A (1), of 127.1/16, and B (2), of 127.2/16; any name has an address in each,
 * and with a scheme a service. What the engine has on its way for A is gone with A, as in the true one,
 * and its translations end before.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include "descriptors.h"
#include "test-link.h"

#define TRANSLATIONS 64
#define NEVER UINT32_MAX
#define A 1

#define ROUND_MS 2
#define SETTLED 10 /* rounds without news: all that the engine has to say has been taken */
#define PATIENCE 10000 /* rounds: a busy machine takes its time */

/* ---- the engine ---- */

static struct {
	uint64_t pvd[TRANSLATIONS]; /* by translation; 0: it has ended */
	uint32_t told; /* messages that the view has taken */
	uint32_t at; /* before this one the domain A goes away */
	bool gone;
	struct mif *mif;
	uint32_t stop_at; /* before this one the caller calls the dial off */
	uint32_t allowed; /* so many may be taken before the caller is asked */
	bool stopped;
} stage;

static uint64_t translation_of(const struct mif_message *report)
{
	switch (report->type) {
	case MIF_NAME_TRANSLATION:
		return report->as.name_translation.translation;
	case MIF_SERVICE_TRANSLATION:
		return report->as.service_translation.translation;
	case MIF_NAME_TRANSLATION_DONE:
		return report->as.name_translation_done.translation;
	default:
		return 0;
	}
}

/* Whether a report that is on its way dies with the domain A. */
static bool is_of_a(const struct mif_message *report)
{
	uint64_t translation = translation_of(report);

	if (translation != 0)
		return stage.pvd[translation % TRANSLATIONS] == A;
	return (report->type == MIF_PVD && report->as.pvd.pvd == A) ||
		(report->type == MIF_ADDRESS && report->as.address.pvd == A);
}

static void answer(struct fake_link *link, const struct mif_message_translate_name *ask)
{
	struct mif_message report = {.type = MIF_NAME_TRANSLATION};
	struct mif_message done = {.type = MIF_NAME_TRANSLATION_DONE};
	struct mif_message service = {.type = MIF_SERVICE_TRANSLATION};
	bool ipv6 = ask->scheme[0] == '\0' && ask->family == MIF_FAMILY_IPV6;

	report.as.name_translation.translation = done.as.name_translation_done.translation =
		service.as.service_translation.translation = ask->translation;
	done.as.name_translation_done.status =
		ipv6 ? MIF_TRANSLATION_NO_ADDRESS : MIF_TRANSLATION_FOUND;
	if (ask->scheme[0] != '\0') {
		service.as.service_translation.service = service.as.service_translation.priority =
			1;
		strcpy(service.as.service_translation.target, "target.example");
		fake_report(link, &service);
	} else if (!ipv6) {
		mif_address_parse(&report.as.name_translation.address,
			ask->pvd == A ? "127.1.0.80" : "127.2.0.80");
		fake_report(link, &report);
	}
	fake_report(link, &done);
}

static int stage_post(struct link *link, const struct mif_message *request)
{
	const struct mif_message_translate_name *ask = &request->as.translate_name;
	struct mif_message error = {.type = MIF_ERROR, .tag = request->tag};
	int r = fake_post(link, request);

	if (r == 0 && request->type == MIF_STOP_TRANSLATING_NAME)
		stage.pvd[request->as.stop_translating_name.translation % TRANSLATIONS] = 0;
	if (r < 0 || request->type != MIF_TRANSLATE_NAME)
		return r;
	if (ask->pvd == A && stage.gone) {
		error.as.error.request = request->type;
		error.as.error.error = ENODEV;
		fake_report(fake_of(link), &error);
		return 0;
	}
	stage.pvd[ask->translation % TRANSLATIONS] = ask->pvd;
	answer(fake_of(link), ask);
	return 0;
}

static void forget_object(struct fake_engine *engine)
{
	for (size_t i = 0; i < engine->object_count; i++)
		if (is_of_a(&engine->objects[i]))
			engine->objects[i].type = 0;
}

/* What has not been taken is as if it had not been sent. */
static void withdraw(struct fake_link *link)
{
	struct mif_message done = {.type = MIF_NAME_TRANSLATION_DONE};
	size_t kept = link->at;

	stage.gone = true;
	forget_object(link->engine);
	for (size_t i = link->at; i < link->queued; i++) {
		if (is_of_a(&link->queue[i])) {
			link->buffered -= i < link->buffered && link->buffered > link->at;
			continue;
		}
		link->queue[kept++] = link->queue[i];
	}
	link->queued = kept;
	done.as.name_translation_done.status = MIF_TRANSLATION_PVD_GONE;
	for (size_t i = 0; i < TRANSLATIONS; i++) {
		if (stage.pvd[i] != A)
			continue;
		done.as.name_translation_done.translation = i;
		fake_report(link, &done);
	}
	fake_say(link, "no_address pvd=1 address=127.1.0.2");
	fake_say(link, "no_pvd interface=1 pvd=1");
}

static int stage_get(struct link *link, struct mif_message *report)
{
	struct fake_link *fake = fake_of(link);
	eventfd_t count;
	int r;

	if (stage.told >= stage.at && !stage.gone)
		withdraw(fake);
	/* One at a time where the caller wants to come in between. */
	if (stage.stop_at != NEVER && fake == fake->engine->links[1] &&
		stage.told >= stage.allowed) {
		eventfd_read(fake->fd, &count);
		return 0;
	}
	r = fake_get(link, report);
	if (r != 1)
		return r;
	stage.told++;
	if (report->type == MIF_NAME_TRANSLATION_DONE)
		stage.pvd[translation_of(report) % TRANSLATIONS] = 0;
	return 1;
}

static int stage_another(struct link *link, struct link **linkp);

static const struct link_ops stage_ops = {
	.post = stage_post,
	.get = stage_get,
	.fd = fake_fd,
	.another = stage_another,
	.free = fake_free,
};

static int stage_another(struct link *link, struct link **linkp)
{
	int r = fake_another(link, linkp);

	if (r == 0)
		(*linkp)->ops = &stage_ops;
	return r;
}

static void open_stage(struct fake_engine *engine, uint32_t at, uint32_t stop_at)
{
	memset(&stage, 0, sizeof(stage));
	stage.at = at;
	stage.stop_at = stop_at;
	*engine = (struct fake_engine){0};
	fake_add(engine, "interface interface=1 name=lo ifindex=1");
	fake_add(engine,
		"pvd interface=1 pvd=1 name=A family=ipv4 flags=default-route "
		"state=usable egress=certain");
	fake_add(engine, "address pvd=1 address=127.1.0.2 prefix_length=16");
	fake_add(engine,
		"pvd interface=1 pvd=2 name=B family=ipv4 flags=default-route "
		"state=usable egress=certain");
	fake_add(engine, "address pvd=2 address=127.2.0.2 prefix_length=16");
	stage.mif = fake_open(engine, 0);
	engine->links[0]->link.ops = &stage_ops;
}

/* ---- the network ---- */

static uint16_t port;

static int serve(uint32_t address, int backlog)
{
	struct sockaddr_in local = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
	socklen_t size = sizeof(local);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0 || listen(fd, backlog) < 0)
		abort();
	getsockname(fd, (struct sockaddr *)&local, &size);
	port = ntohs(local.sin_port);
	return fd;
}

/* Connections that nobody accepts fill its queue: it swallows the rest. */
struct hole {
	int server, filler[2];
};

static struct hole dig_hole(uint32_t address)
{
	struct hole hole = {.server = serve(address, 0)};
	struct sockaddr_in there = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};

	for (int i = 0; i < 2; i++) {
		hole.filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(hole.filler[i], (const struct sockaddr *)&there, sizeof(there)) < 0 &&
			errno != EINPROGRESS)
			abort();
	}
	return hole;
}

static void fill_hole(struct hole hole)
{
	close(hole.server);
	close(hole.filler[0]);
	close(hole.filler[1]);
}

/* ---- a dial, from its request to its end and beyond ---- */

struct ended {
	unsigned int connected, failed; /* reports */
	unsigned int late; /* of whatever kind, after the end */
	unsigned int attempts; /* reported after the call to stop */
	uint64_t pvd; /* of the connection */
	uint32_t error;
};

static void take(struct ended *ended, bool over)
{
	const struct mif_message *report;

	while (mif_get(stage.mif, &report) == 1) {
		bool is_end = report->type == MIF_CONNECTED || report->type == MIF_NOT_CONNECTED;

		if (report->type != MIF_ATTEMPT && !is_end)
			continue;
		ended->late += over;
		ended->attempts += stage.stopped && !is_end;
		if (report->type == MIF_CONNECTED) {
			ended->connected++;
			ended->pvd = report->as.connected.pvd;
		} else if (is_end) {
			ended->failed++;
			ended->error = report->as.not_connected.error;
		}
		over |= is_end;
	}
}

static void call_off(void)
{
	if (stage.stopped || stage.told < stage.stop_at)
		return;
	post_text(stage.mif, "stop_connecting connection=7");
	stage.stopped = true;
}

/* The view may take another message. */
static void go_on(void)
{
	struct fake_engine *engine = fake_of(stage.mif->link)->engine;

	stage.allowed++;
	if (engine->links[1] != NULL)
		eventfd_write(engine->links[1]->fd, 1);
}

/* late: when the sockets alone are left, the domain goes away. rounds: without news, at most. */
static struct ended play(const char *dial, bool late, unsigned int rounds)
{
	struct ended ended = {0};

	post_text(stage.mif, dial);
	for (unsigned int quiet = 0; quiet < rounds && ended.connected + ended.failed == 0;) {
		call_off();
		if (mif_check(stage.mif, NULL, 0,
			    stage.stop_at == NEVER || stage.stopped ? ROUND_MS : 0) != 1)
			quiet++;
		take(&ended, false);
		if (late && quiet == SETTLED && !stage.gone)
			stage.at = 0;
		go_on();
	}
	for (int i = 0; i < 3; i++) {
		mif_check(stage.mif, NULL, 0, ROUND_MS);
		take(&ended, true);
	}
	return ended;
}

static const char *dial_text(const char *more)
{
	static char text[256];

	snprintf(text, sizeof(text),
		"dial connection=7 host=www.example port=%u verbose=1 timeout=60000000000 %s", port,
		more);
	return text;
}

/* How many messages a dial takes that nothing happens to. */
static uint32_t stages(const char *dial)
{
	struct fake_engine engine;
	uint32_t count;

	open_stage(&engine, NEVER, NEVER);
	play(dial, false, SETTLED);
	count = stage.told;
	mif_close(stage.mif);
	return count;
}

struct expectation {
	const char *what;
	bool may_connect, may_fail; /* which ends there are */
	uint64_t pvd; /* connected through; 0: any */
};

/* A dial that has not begun when the domain goes does not know of it. */
static bool is_lost(uint32_t error)
{
	return error == ENETDOWN || error == ENODEV;
}

static void walk(const char *dial, const struct expectation *expected)
{
	unsigned int wrong = 0, leaked = 0, spoken = 0;
	int before = open_fds();
	uint32_t count = stages(dial);

	for (uint32_t at = 0; at <= count && wrong == 0; at++) {
		struct fake_engine engine;
		struct ended ended;

		open_stage(&engine, at < count ? at : NEVER, NEVER);
		ended = play(dial, true, PATIENCE);
		mif_close(stage.mif);
		wrong += ended.connected + ended.failed != 1 ||
			(ended.connected > 0 && !expected->may_connect) ||
			(ended.failed > 0 && (!expected->may_fail || !is_lost(ended.error))) ||
			(ended.connected > 0 && expected->pvd != 0 && ended.pvd != expected->pvd);
		spoken += ended.late > 0;
		leaked += open_fds() != before;
	}
	ok(count > 4 && wrong == 0,
		"M29 M30: %s: withdrawn at each of %u stages, it ends once, and rightly: %u do not",
		expected->what, count + 1, wrong);
	ok(spoken == 0, "M29: %s: and nothing follows", expected->what);
	ok(leaked == 0, "M28: %s: no descriptor is left", expected->what);
}

/* The same, called off by the caller. What had connected before, and is not fetched, is closed. */
static void walk_stop(const char *dial, const char *what)
{
	unsigned int wrong = 0, spoken = 0, leaked = 0, open = 0, stopped = 0;
	int before = open_fds();
	uint32_t count = stages(dial);

	for (uint32_t at = 0; at <= count && wrong == 0; at++) {
		struct fake_engine engine;
		struct ended ended;

		open_stage(&engine, NEVER, at);
		ended = play(dial, false, PATIENCE);
		wrong += stage.stopped
			? ended.connected != 0 || ended.failed != 1 || ended.error != ECANCELED
			: ended.connected + ended.failed != 1;
		stopped += stage.stopped;
		spoken += ended.late + ended.attempts;
		for (size_t i = 0; i < TRANSLATIONS; i++)
			open += stage.pvd[i] != 0;
		mif_close(stage.mif);
		leaked += open_fds() != before;
	}
	ok(wrong == 0 && stopped > 6,
		"M29: %s: called off at each of %u stages, that is how it ends: %u do not", what,
		stopped, wrong);
	ok(spoken == 0, "M29: %s: and nothing else is told", what);
	ok(open == 0, "M24: %s: and no translation goes on", what);
	ok(leaked == 0, "M28: %s: no descriptor is left", what);
}

#define ADDRESS_A 0x7f010050
#define ADDRESS_B 0x7f020050

int main(void)
{
	static const struct expectation alone = {
		"one domain, whose host is silent", .may_fail = true};
	static const struct expectation both = {
		"two domains, the host is silent in the first", .may_connect = true, .pvd = 2};
	static const struct expectation fast = {
		"two domains, both hosts answer", .may_connect = true};
	static const struct expectation services = {
		"services, the host is silent in the first domain", .may_connect = true, .pvd = 2};
	struct hole hole;
	int a, b;

	alarm(120);
	hole = dig_hole(ADDRESS_A);
	b = serve(ADDRESS_B, 1000);
	walk(dial_text("pvd=1"), &alone);
	walk(dial_text(""), &both);
	walk(dial_text("scheme=https"), &services);
	walk_stop(dial_text("pvd=1"), alone.what);
	walk_stop(dial_text("scheme=https pvd=1"), "services, the host is silent");
	fill_hole(hole);
	a = serve(ADDRESS_A, 1000);
	walk(dial_text(""), &fast);
	walk_stop(dial_text(""), fast.what);
	close(a);
	close(b);
	return tap_done();
}
