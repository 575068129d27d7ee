/* SPDX-License-Identifier: MIT */
/*
 * Random facts, random subscribers, random moments, and what must hold whatever they are:
 *
 *	- every stream keeps the order of withdrawals and announcements (order.h)
 *	- who has listened all the time knows what somebody who asks now is told
 *	- what the facts make does not depend on the way on which they came
 *	- what has a lifetime ends
 *	- what waits for a subscriber who does not read is bounded
 *
 * A run has a seed, which is printed when it fails: test-picture SEED plays it again, aloud.
 */
#include "engine/test-picture.h"

/* ---- what happens ---- */

/* Puts and commits again until there is memory, as a source would. */
static int run_commit(struct run *run)
{
	int r;

	if (chance(run, 8) == 0) {
		allocation_fails = allocation_count + 1 + chance(run, 12);
		r = model_commit(run->world.engine->model, run->world.now);
		if (r == 0)
			r = engine_dispatch(run->world.engine, run->world.now);
		allocation_fails = 0;
		run_say(run, "commit: %d", r);
	}
	r = model_commit(run->world.engine->model, run->world.now);
	if (r == 0)
		r = engine_dispatch(run->world.engine, run->world.now);
	run_say(run, "commit");
	if (r < 0)
		return run_fail(run, "commit: %d", r);
	if (run->subscribers[EAGER] != NULL && subscriber_drain(run, run->subscribers[EAGER]) < 0)
		return -1;
	if (check_model(run) < 0 || check_bounds(run) < 0)
		return -1;
	return chance(run, 4) == 0 ? check_history(run) : 0;
}

static void say_fact(struct run *run, const char *verb, uint32_t owner, const struct fact *fact)
{
	static const char *const kinds[FACT_KINDS] = {
		"link", "address", "route", "router", "pvd", "prefix", "data", "lease", "steer"};
	char provider[MIF_ADDRESS_TEXT], address[PREFIX_TEXT] = "";

	if (fact->kind == FACT_ADDRESS)
		mif_address_format(&fact->as.address.address, address);
	else if (fact->kind == FACT_ROUTE)
		mif_address_format(&fact->as.route.gateway, address);
	else if (fact->kind == FACT_PREFIX)
		prefix_format(&fact->as.prefix.prefix, fact->as.prefix.length, address);
	else if (fact->kind == FACT_LINK)
		snprintf(address, sizeof(address), "%s flags %u", fact->as.link.name,
			fact->as.link.flags);
	else if (fact->kind == FACT_PVD)
		snprintf(address, sizeof(address), "%.20s", fact->as.pvd.name);
	run_say(run, "%s %u %s %u%s provider %s element %u %s until %.0f", verb, owner,
		kinds[fact->kind], fact->ifindex, fact->ifname,
		mif_address_format(&fact->provider, provider), fact->element, address,
		fact->valid_until == TIME_FOREVER
			? -1.0
			: ((double)fact->valid_until - (double)WORLD_BEGIN) / 1e9);
}

static void run_put(struct run *run)
{
	struct fact fact;
	uint32_t owner = world_fact(&run->world, &fact);

	say_fact(run, "put", owner, &fact);
	model_put(run->world.engine->model, owner, &fact);
}

static void run_drop(struct run *run)
{
	struct model *model = run->world.engine->model;
	struct model_link *link = link_of(model, 1 + chance(run, 3));
	uint32_t which = chance(run, 10);
	struct list *facts;

	if (link == NULL)
		return;
	facts = chance(run, 3) == 0 ? &link->addresses : &link->facts;
	list_for_each (node, facts) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (which-- > 0)
			continue;
		say_fact(run, "drop", entry->owner, &entry->fact);
		model_drop(model, entry->owner, &entry->fact);
		return;
	}
}

static void run_again(struct run *run, uint32_t owner, struct list *facts)
{
	list_for_each (node, facts) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (entry->owner != owner || chance(run, 4) == 0)
			continue;
		say_fact(run, "again", owner, &entry->fact);
		model_put(run->world.engine->model, owner, &entry->fact);
	}
}

/* Most of what the owner has said is said again. */
static void run_snapshot(struct run *run)
{
	struct model *model = run->world.engine->model;
	uint32_t owner = chance(run, 3);

	run_say(run, "begin %u", owner);
	model_begin(model, owner, (1U << FACT_KINDS) - 1);
	list_for_each (node, &model->links) {
		struct model_link *link = container_of(node, struct model_link, node);

		run_again(run, owner, &link->facts);
		run_again(run, owner, &link->addresses);
	}
	run_put(run);
}

static int run_wait(struct run *run)
{
	static const uint32_t seconds[] = {1, 5, 15, 31, 70};
	int r = run_commit(run);

	run->world.now += seconds[chance(run, ARRAY_SIZE(seconds))] * NSEC_PER_SEC;
	run_say(run, "time passes");
	if (r == 0)
		r = engine_dispatch(run->world.engine, run->world.now) < 0
			? run_fail(run, "dispatch")
			: run_commit(run);
	return r;
}

static void run_heard(struct run *run)
{
	struct fact fact;

	memset(&fact, 0, sizeof(fact));
	fact.ifindex = 1 + chance(run, 3);
	fact.kind = FACT_ROUTER;
	world_fact_advertised(&run->world, &fact);
	say_fact(run, "heard", OWNER_ROUTERS, &fact);
	model_heard(run->world.engine->model, fact.ifindex, &fact.provider);
}

/* ---- random subscribers ---- */

/* Of something that it knows, or of anything, or of nothing. */
static uint64_t some_id(struct run *run, const struct subscriber *subscriber, uint32_t type)
{
	for (uint32_t tries = 0; tries < 8 && subscriber->count > 0; tries++) {
		const struct mif_message *item =
			&subscriber->items[chance(run, (uint32_t)subscriber->count)];

		if (item->type == type)
			return type == MIF_INTERFACE ? item->as.interface.interface : item->as.pvd.pvd;
	}
	return 1 + chance(run, (uint32_t)run->world.engine->model->next_id);
}

static void some_request(
	struct run *run, const struct subscriber *subscriber, struct mif_message *request)
{
	uint64_t interface = some_id(run, subscriber, MIF_INTERFACE);
	uint64_t pvd = some_id(run, subscriber, MIF_PVD);

	memset(request, 0, sizeof(*request));
	request->type = MIF_ANNOUNCE_INTERFACES + chance(run, 8);
	request->tag = chance(run, 100);
	switch (request->type) {
	case MIF_ANNOUNCE_PVDS:
	case MIF_STOP_ANNOUNCING_PVDS:
		request->as.announce_pvds.interface = interface;
		break;
	case MIF_ANNOUNCE_ELEMENTS:
		request->as.announce_elements.pvd = pvd;
		request->as.announce_elements.element = chance(run, 2) * chance(run, 5);
		break;
	case MIF_ANNOUNCE_ADDRESSES:
		request->as.announce_addresses.pvd = pvd;
		request->as.announce_addresses.flags = chance(run, 2);
		break;
	case MIF_STOP_ANNOUNCING_ELEMENTS:
	case MIF_STOP_ANNOUNCING_ADDRESSES:
		request->as.stop_announcing_elements.pvd = chance(run, 3) == 0 ? 0 : pvd;
		break;
	default:
		break;
	}
	/* More is asked for than stopped. */
	if (chance(run, 3) == 0 && request->type % 2 == 0) {
		memset(&request->as, 0, sizeof(request->as));
		request->type = MIF_ANNOUNCE_INTERFACES;
	}
	if (request->type == MIF_ANNOUNCE_INTERFACES && chance(run, 4) == 0)
		request->as.announce_interfaces.below = chance(run, 16);
	if (chance(run, 12) == 0) {
		memset(&request->as, 0, sizeof(request->as));
		request->type = chance(run, 3) == 0 ? MIF_STOP_ANNOUNCING_DEFAULT_PVD
						    : MIF_ANNOUNCE_DEFAULT_PVD;
	}
}

static int run_subscriber(struct run *run)
{
	uint32_t which = DEAF + 1 + chance(run, SUBSCRIBERS - DEAF - 1);
	struct subscriber *subscriber = run->subscribers[which];
	struct mif_message request;
	char text[1024];
	int r;

	if (subscriber == NULL) {
		run_say(run, "%u opens", which);
		run->subscribers[which] =
			subscriber_new(run->world.engine, false, chance(run, 3) == 0);
		return 0;
	}
	if (chance(run, 20) == 0) {
		run_say(run, "%u closes", which);
		subscriber_free(subscriber);
		run->subscribers[which] = NULL;
		return 0;
	}
	some_request(run, subscriber, &request);
	r = subscriber_post(subscriber, &request, run->world.now);
	message_format(&request, false, text, sizeof(text));
	run_say(run, "%u > %s: %d", which, text, r);
	if (r < 0 && r != -EOPNOTSUPP && r != -EBUSY)
		return run_fail(run, "post: %d", r);
	return 0;
}

static int run_read(struct run *run)
{
	uint32_t which = chance(run, SUBSCRIBERS);
	int r = 0;

	if (which == DEAF || run->subscribers[which] == NULL)
		return 0;
	r = subscriber_read(run->subscribers[which], 1 + chance(run, 20), run->world.now);
	run_say(run, "%u reads %d", which, r);
	return r < 0 ? run_fail(run, "%s", run->subscribers[which]->error) : 0;
}

/* Asks for everything that there is, once. */
static void run_deafen(struct run *run)
{
	const struct model *model = run->world.engine->model;
	struct subscriber *deaf = run->subscribers[DEAF];
	struct mif_message request = {.type = MIF_ANNOUNCE_INTERFACES};

	subscriber_post(deaf, &request, run->world.now);
	list_for_each (node, &model->interfaces) {
		request = (struct mif_message){.type = MIF_ANNOUNCE_PVDS};
		request.as.announce_pvds.interface =
			object_id(container_of(node, struct object, siblings));
		subscriber_post(deaf, &request, run->world.now);
	}
}

static int run_step(struct run *run)
{
	switch (chance(run, 16)) {
	case 0:
	case 1:
	case 2:
		return run_commit(run);
	case 3:
		run_drop(run);
		return 0;
	case 4:
		if (chance(run, 3) == 0)
			run_snapshot(run);
		return 0;
	case 5:
		return run_wait(run);
	case 6:
		run_heard(run);
		return 0;
	case 7:
	case 8:
	case 9:
		return run_subscriber(run);
	case 10:
		return run_read(run);
	default:
		for (uint32_t facts = 1 + chance(run, 5); facts > 0; facts--)
			run_put(run);
		return 0;
	}
}

/* Three links that work: without them nothing would be seen of all the rest. */
static void run_first(struct run *run)
{
	for (uint32_t i = 1; i <= 3; i++) {
		struct fact fact = {.kind = FACT_LINK,
			.ifindex = i,
			.valid_until = TIME_FOREVER,
			.preferred_until = TIME_FOREVER};

		world_fact_link(&run->world, &fact);
		fact.as.link.flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING;
		model_put(run->world.engine->model, OWNER_KERNEL, &fact);
	}
}

/* Nothing new comes, time passes: what had a lifetime is gone. */
static int run_last(struct run *run)
{
	int r = run_commit(run);

	run->world.now += (WORLD_LIFETIME + 60) * NSEC_PER_SEC;
	run_say(run, "everything expires");
	if (r == 0 && engine_dispatch(run->world.engine, run->world.now) < 0)
		r = run_fail(run, "dispatch");
	if (r == 0)
		r = check_model(run);
	if (r == 0 && engine_deadline(run->world.engine) != TIME_FOREVER)
		r = run_fail(run, "something has a lifetime for ever");
	if (r == 0)
		r = check_history(run);
	return r == 0 ? check_pictures(run) : r;
}

static int run_steps(struct run *run)
{
	bool short_lived = chance(run, 4) == 0;
	int r = 0;

	run_first(run);
	run->subscribers[EAGER] = follower_new(run);
	run->subscribers[EAGER]->eager = true;
	run->subscribers[LAZY] = follower_new(run);
	run->subscribers[DEAF] = subscriber_new(run->world.engine, false, false);
	for (int i = 0; r == 0 && i < STEPS; i++) {
		r = run_step(run);
		if (i == STEPS / 4)
			run_deafen(run);
		if (r == 0 && i % (STEPS / 4) == 0 && !short_lived) {
			r = run_commit(run);
			if (r == 0)
				r = check_pictures(run);
		}
	}
	/* Some engines end in the middle of things. */
	return r == 0 && !short_lived ? run_last(run) : r;
}

static bool run_seed(uint64_t seed, bool verbose)
{
	struct run run = {.world = {.random = seed * UINT64_C(0x9e3779b97f4a7c15),
				  .now = WORLD_BEGIN,
				  .verbose = verbose}};
	int r;

	if (engine_new(&run.world.engine, ENGINE_FAKE_CLOCK) < 0)
		abort();
	r = run_steps(&run);
	engine_free(run.world.engine);
	for (size_t i = 0; i < SUBSCRIBERS; i++)
		subscriber_forget(run.subscribers[i]);
	if (r < 0)
		printf("# seed %llu: %s\n", (unsigned long long)seed, run.error);
	return r == 0;
}

int main(int argc, char **argv)
{
	unsigned int failed = 0;

	if (argc > 1)
		return run_seed(strtoull(argv[1], NULL, 0), true) ? 0 : 1;
	for (uint64_t seed = 1; seed <= SEEDS && failed < 5; seed++)
		failed += !run_seed(seed, false);
	ok(failed == 0,
		"M4 M5 M6 M9 M11 M12 M15 M16 M19 M20: random facts and subscribers: order and "
		"pictures hold");
	return tap_done();
}
