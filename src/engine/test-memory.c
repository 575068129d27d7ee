/* SPDX-License-Identifier: MIT */
/*
 * One story, told once for each allocation in it, which fails: the call that it belongs to says
 * -ENOMEM and leaves nothing behind, called again it succeeds, and in the end everybody knows what
 * is. Then once more with all memory gone until the call has returned.
 */
#include <sys/eventfd.h>

#include "tap.h"
#include "test-failing.h"
#include "test-subscriber.h"
#include "test-world.h"

static struct {
	struct engine *engine;
	uint64_t now;
	struct subscriber *early, *late; /* one follows from the start, one asks in the middle */
	unsigned int failures;
	char error[1600];
} story;

static void story_fail(const char *what, const char *more)
{
	if (story.error[0] == '\0')
		snprintf(story.error, sizeof(story.error), "%s %s", what, more);
}

/* Whether it failed for want of memory, which then comes back, and is to be called again. */
static bool again(int r, const char *what)
{
	if (r == -ENOMEM && allocation_fails != 0 && allocation_count >= allocation_fails) {
		allocation_fails = 0;
		story.failures++;
		return true;
	}
	if (r < 0)
		story_fail(what, strerror(-r));
	return false;
}

/* ---- a worker that knows every name ---- */

static struct {
	struct worker worker;
	uint64_t id;
	unsigned int left; /* results: addresses, then the end */
} fake;

static int fake_fd(const struct worker *worker)
{
	(void)worker;
	return eventfd(0, EFD_CLOEXEC);
}

static int fake_start(struct worker *worker, const struct name_request *request, uint64_t now)
{
	(void)worker;
	(void)now;
	fake.id = request->id;
	fake.left = 3;
	return 0;
}

static void fake_number(struct worker *worker, uint64_t number)
{
	(void)worker;
	(void)number;
}

static int fake_result(struct worker *worker, struct name_result *result)
{
	(void)worker;
	memset(result, 0, sizeof(*result));
	if (fake.left == 0)
		return 0;
	result->id = fake.id;
	result->done = --fake.left == 0;
	result->address = world_address("192.0.2.1", 0);
	return 1;
}

static void fake_free(struct worker *worker)
{
	(void)worker;
}

static const struct worker_ops fake_ops = {
	.name = "fake",
	.fd = fake_fd,
	.start = fake_start,
	.stop = fake_number,
	.forget = fake_number,
	.result = fake_result,
	.free = fake_free,
};

/* ---- what happens in the story ---- */

static struct fact the_fact(enum fact_kind kind, uint32_t ifindex)
{
	struct fact fact;

	memset(&fact, 0, sizeof(fact));
	fact.kind = kind;
	fact.ifindex = ifindex;
	fact.valid_until = fact.preferred_until = TIME_FOREVER;
	return fact;
}

static void put(const struct fact *fact)
{
	int r;

	do
		r = model_put(story.engine->model, OWNER_KERNEL, fact);
	while (again(r, "put"));
}

/* Half of the time by who put the facts, half of the time by the engine's own deadline. */
static void commit(void)
{
	int r = model_commit(story.engine->model, story.now);

	if (!again(r, "commit"))
		return;
	if (model_deadline(story.engine->model) > story.now + MODEL_RETRY)
		story_fail("commit", "is not tried again");
	if (story.failures % 2 == 0) {
		story.now += MODEL_RETRY;
		r = engine_dispatch(story.engine, story.now);
	} else {
		r = model_commit(story.engine->model, story.now);
	}
	if (r < 0)
		story_fail("commit again", strerror(-r));
}

static void put_link(uint32_t ifindex, const char *name, uint32_t flags)
{
	struct fact fact = the_fact(FACT_LINK, ifindex);

	strcpy(fact.as.link.name, name);
	fact.as.link.kind = MIF_KIND_ETHERNET;
	fact.as.link.flags = flags;
	put(&fact);
}

static struct fact the_address(uint32_t ifindex, const char *address, uint32_t seconds)
{
	struct fact fact = the_fact(FACT_ADDRESS, ifindex);

	fact.as.address.address = world_address(address, ifindex);
	fact.as.address.prefix_length = strchr(address, '.') != NULL ? 24 : 64;
	fact.valid_until = fact.preferred_until = clock_after(story.now, seconds);
	return fact;
}

static void put_address(uint32_t ifindex, const char *address, uint32_t seconds)
{
	struct fact fact = the_address(ifindex, address, seconds);

	put(&fact);
}

static void put_router(uint32_t ifindex, const char *router, const char *prefix, const char *name)
{
	struct fact fact = the_fact(FACT_ROUTER, ifindex);

	fact.provider = world_address(router, ifindex);
	fact.element = MIF_ELEMENT_RA;
	put(&fact);
	fact.kind = FACT_PREFIX;
	memset(&fact.as, 0, sizeof(fact.as));
	fact.as.prefix.prefix = world_address(prefix, 0);
	fact.as.prefix.length = 64;
	fact.as.prefix.on_link = true;
	put(&fact);
	fact.kind = FACT_DATA;
	memset(&fact.as, 0, sizeof(fact.as));
	fact.as.data.information = MIF_INFORMATION_DNS_SERVERS;
	fact.as.data.address = world_address(prefix, 0);
	put(&fact);
	fact.kind = FACT_PVD;
	memset(&fact.as, 0, sizeof(fact.as));
	strcpy(fact.as.pvd.name, name);
	if (name[0] != '\0')
		put(&fact);
}

/* ---- who listens ---- */

static int post_once(struct subscriber *subscriber, const struct mif_message *request)
{
	const struct session *session = subscriber->session;
	size_t queued = list_count(&session->queue), told = session_tellings(session);
	size_t subscriptions = list_count(&session->subscriptions);
	size_t translations = session->translation_count, reports = session->report_octets;
	int r = subscriber_post(subscriber, request, story.now);

	if (r < 0 &&
		(queued != list_count(&session->queue) || told != session_tellings(session) ||
			subscriptions != list_count(&session->subscriptions) ||
			translations != session->translation_count ||
			reports != session->report_octets))
		story_fail(message_info(request->type)->name, "left something behind");
	return r;
}

static void post(struct subscriber *subscriber, const struct mif_message *request)
{
	int r;

	do
		r = post_once(subscriber, request);
	while (again(r, message_info(request->type)->name));
}

static void ask(struct subscriber *subscriber, uint32_t type, uint64_t parent, uint32_t element)
{
	struct mif_message request = {.type = type};

	if (type == MIF_ANNOUNCE_PVDS)
		request.as.announce_pvds.interface = parent;
	else if (type == MIF_ANNOUNCE_ADDRESSES)
		request.as.announce_addresses.pvd = parent;
	else if (type == MIF_ANNOUNCE_ELEMENTS)
		request.as.announce_elements.pvd = parent;
	if (type == MIF_ANNOUNCE_ELEMENTS)
		request.as.announce_elements.element = element;
	post(subscriber, &request);
}

/* Reads all, and asks for everything in what is new. */
static void follow(struct subscriber *subscriber)
{
	struct mif_message report;

	while (session_get(subscriber->session, &report) == 1) {
		bool known = item_find(subscriber, &report) != NULL;

		if (subscriber_take(subscriber, &report, story.now) < 0)
			story_fail("read:", subscriber->error);
		if (known || (report.type != MIF_INTERFACE && report.type != MIF_PVD))
			continue;
		if (report.type == MIF_INTERFACE) {
			ask(subscriber, MIF_ANNOUNCE_PVDS, report.as.interface.interface, 0);
		} else {
			ask(subscriber, MIF_ANNOUNCE_ELEMENTS, report.as.pvd.pvd, 0);
			ask(subscriber, MIF_ANNOUNCE_ADDRESSES, report.as.pvd.pvd, 0);
		}
	}
	if (subscriber->ends != 0)
		story_fail("an end", "never came");
}

static struct subscriber *follower(void)
{
	struct subscriber *subscriber = NULL;

	do
		subscriber = subscriber_new(story.engine, false, false);
	while (subscriber == NULL && again(-ENOMEM, "open"));
	ask(subscriber, MIF_ANNOUNCE_INTERFACES, 0, 0);
	ask(subscriber, MIF_ANNOUNCE_DEFAULT_PVD, 0, 0);
	follow(subscriber);
	return subscriber;
}

/* A translation that was accepted ends, and one that was not leaves its identifier free. */
static void translate(struct subscriber *subscriber, uint64_t pvd)
{
	struct mif_message report, request = {.type = MIF_TRANSLATE_NAME};
	bool done = false;

	request.as.translate_name.pvd = pvd;
	request.as.translate_name.translation = 1;
	strcpy(request.as.translate_name.name, "www.example");
	post(subscriber, &request);
	while (session_get(subscriber->session, &report) == 1) {
		done |= report.type == MIF_NAME_TRANSLATION_DONE;
		if (report.type != MIF_NAME_TRANSLATION_DONE)
			subscriber_take(subscriber, &report, story.now);
	}
	if (!done)
		story_fail("a translation", "never ended");
}

static void questions(struct subscriber *subscriber)
{
	struct mif_message request = {.type = MIF_GET_CONFIGURATION_DATA};
	uint64_t pvd = 0;

	for (size_t i = 0; i < subscriber->count; i++) {
		if (subscriber->items[i].type == MIF_PVD)
			pvd = subscriber->items[i].as.pvd.pvd;
	}
	request.as.get_configuration_data.pvd = pvd;
	request.as.get_configuration_data.information = MIF_INFORMATION_DNS_SERVERS;
	post(subscriber, &request);
	request.as.get_configuration_data.pvd = 9999;
	post(subscriber, &request);
	request = (struct mif_message){.type = MIF_FIND_PVD};
	post(subscriber, &request);
	ask(subscriber, MIF_ANNOUNCE_PVDS, 9999, 0);
	ask(subscriber, MIF_ANNOUNCE_ELEMENTS, pvd, MIF_ELEMENT_RA);
	ask(subscriber, MIF_ANNOUNCE_ELEMENTS, pvd, MIF_ELEMENT_ANY);
	ask(subscriber, MIF_ANNOUNCE_INTERFACES, 0, 0);
	request = (struct mif_message){.type = MIF_GET_COUNTERS};
	post(subscriber, &request);
	subscriber->ends++;
	follow(subscriber);
	translate(subscriber, pvd);
}

/* M31 M34 M35: wanted, going away, called off; told to both. */
static void links(struct subscriber *subscriber)
{
	const struct link_policy policy = {.name = "h2", .control = true};
	struct mif_message request = {.type = MIF_WANTS_TO_CONNECT};
	uint64_t interface = 0;

	engine_allow_link(story.engine, &policy);
	for (size_t i = 0; i < subscriber->count; i++) {
		if (subscriber->items[i].type == MIF_INTERFACE &&
			strcmp(subscriber->items[i].as.interface.name, "h2") == 0)
			interface = subscriber->items[i].as.interface.interface;
	}
	/* All begin with the same field. */
	request.as.wants_to_connect.interface = interface;
	post(subscriber, &request);
	request.type = MIF_TAKE_DOWN;
	post(subscriber, &request);
	follow(story.early);
	follow(story.late);
	request.type = MIF_GET_HOLDERS;
	post(subscriber, &request);
	subscriber->ends++;
	request.type = MIF_CALL_OFF;
	post(subscriber, &request);
	request.type = MIF_CONNECTION_IS_IDLE;
	post(subscriber, &request);
	follow(story.early);
	follow(story.late);
	if (story.engine->held != 0 || !list_empty(&story.engine->departures) ||
		!list_empty(&subscriber->session->waiters))
		story_fail("a link", "is still held, or going away");
}

static void story_tell(void)
{
	struct fact address = the_address(2, "10.0.1.1", UINT32_MAX);
	const struct link_policy made = {.name = "h3",
		.on_demand = true,
		.created = true,
		.idle_time = 1000000 * NSEC_PER_SEC};

	/* Without memory it is no interface before it is there. */
	engine_allow_link(story.engine, &made);
	story.early = follower();
	put_link(2, "h1", 3);
	put_address(2, "10.0.1.1", UINT32_MAX);
	put_address(2, "2001:db8:1::1", 100);
	put_router(2, "fe80::1", "2001:db8:1::", "");
	commit();
	story.late = follower();
	put_link(3, "h2", 3);
	put_router(3, "fe80::1", "2001:db8:2::", "a.example");
	put_address(3, "2001:db8:2::1", 200);
	put_address(3, "2001:db8:2::2", 200);
	put_address(3, "2001:db8:9::1", UINT32_MAX);
	commit();
	follow(story.early);
	put_router(2, "fe80::1", "2001:db8:1::", "b.example");
	put_link(3, "h2", 1);
	put_link(4, "h3", 3);
	put_router(4, "fe80::1", "2001:db8:4::", "");
	put_address(4, "2001:db8:4::1", UINT32_MAX);
	put_address(4, "fe80::4", UINT32_MAX);
	commit();
	put_link(4, "h3", 1);
	commit();
	questions(story.early);
	follow(story.late);
	links(story.late);
	model_drop(story.engine->model, OWNER_KERNEL, &address);
	commit();
	put_link(2, "h1", 0);
	commit();
	put_link(2, "h1", 3);
	put_address(2, "10.0.1.2", UINT32_MAX);
	commit();
	follow(story.late);
	/* Its hold-down ends, nothing else: its link-local address is a domain now. */
	put_link(4, "h3", 3);
	commit();
	story.now += MODEL_HOLD_DOWN;
	commit();
	story.now += 150 * NSEC_PER_SEC;
	commit();
	model_drop_link(story.engine->model, OWNER_KERNEL, 3);
	model_drop_link(story.engine->model, OWNER_KERNEL, 4);
	commit();
}

/* ---- the walk ---- */

static void check_same(struct subscriber *subscriber, struct subscriber *fresh, const char *who)
{
	char text[1024];

	for (size_t i = 0; i < subscriber->count; i++) {
		const struct mif_message *item = item_find(fresh, &subscriber->items[i]);

		if (item != NULL && memcmp(item, &subscriber->items[i], sizeof(*item)) == 0)
			continue;
		message_format(&subscriber->items[i], true, text, sizeof(text));
		story_fail(who, text);
	}
	if (subscriber->count != fresh->count)
		story_fail(who, "does not know everything");
}

static bool story_run(void)
{
	struct subscriber *fresh;
	int r;

	memset(&story, 0, sizeof(story));
	memset(&fake, 0, sizeof(fake));
	fake.worker.ops = &fake_ops;
	story.now = WORLD_BEGIN;
	do
		r = engine_new(&story.engine, ENGINE_FAKE_CLOCK);
	while (again(r, "engine"));
	engine_set_names(story.engine, &fake.worker);
	story_tell();
	follow(story.early);
	follow(story.late);
	fresh = follower();
	if (fresh->count == 0)
		story_fail("the story", "ends with nothing");
	check_same(story.early, fresh, "the first subscriber:");
	check_same(story.late, fresh, "the second subscriber:");
	engine_free(story.engine);
	subscriber_forget(story.early);
	subscriber_forget(story.late);
	subscriber_forget(fresh);
	return story.error[0] == '\0';
}

/* Every allocation in turn, until the story comes to its end before. */
static void walk(bool on, const char *how)
{
	uint64_t n = 0;
	bool good;

	do {
		allocation_count = 0;
		allocation_fails = ++n;
		allocation_fails_on = on;
		good = story_run();
		if (!good)
			printf("# allocation %llu: %s\n", (unsigned long long)n, story.error);
	} while (good && allocation_count >= n);
	allocation_fails = 0;
	ok(good && n > 100, "M1 M4 M12: %s, whichever of %llu it is: nothing is lost or left", how,
		(unsigned long long)n - 1);
}

int main(void)
{
	walk(false, "an allocation that fails");
	walk(true, "memory that is gone from one allocation on");
	return tap_done();
}
