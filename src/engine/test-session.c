/* SPDX-License-Identifier: MIT */
/*
 * Sessions and names, against a worker that answers when it is told to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/session.h"
#include "tap.h"

#define NOW (1000 * NSEC_PER_SEC)

/* ---- a worker under control ---- */

static struct {
	struct worker worker;
	uint64_t started[64];
	size_t start_count;
	uint64_t stopped[64];
	size_t stop_count;
	uint64_t forgotten;
	struct name_scope scope;
	char name[MIF_TEXT_SIZE];
	char scheme[MIF_TEXT_SIZE];
	uint32_t port, withheld;
	bool judged;
	struct name_result results[64];
	size_t result_count;
	int refuse;
} fake;

static int fake_fd(const struct worker *worker)
{
	(void)worker;
	return eventfd(0, EFD_CLOEXEC);
}

static void fake_dispatch(struct worker *worker, uint64_t now)
{
	(void)worker;
	(void)now;
}

static int fake_start(struct worker *worker, const struct name_request *request, uint64_t now)
{
	(void)worker;
	(void)now;
	if (fake.refuse != 0)
		return fake.refuse;
	fake.started[fake.start_count++ % 64] = request->id;
	fake.scope = *request->scope;
	fake.port = request->port;
	fake.judged = request->judged;
	fake.withheld = request->withheld;
	strcpy(fake.name, request->name);
	strcpy(fake.scheme, request->scheme);
	return 0;
}

static void fake_stop(struct worker *worker, uint64_t id)
{
	(void)worker;
	fake.stopped[fake.stop_count++ % 64] = id;
}

static void fake_forget(struct worker *worker, uint64_t pvd)
{
	(void)worker;
	fake.forgotten = pvd;
}

static bool fake_asks(const struct worker *worker, const char *name, const char *suffix,
	uint64_t now, char asked[MIF_TEXT_SIZE])
{
	(void)worker;
	(void)now;
	snprintf(asked, MIF_TEXT_SIZE, suffix != NULL ? "%s.%s" : "%s", name, suffix);
	return strcmp(name, "127.0.0.1") != 0;
}

static int fake_result(struct worker *worker, struct name_result *result)
{
	(void)worker;
	if (fake.result_count == 0)
		return 0;
	*result = fake.results[0];
	memmove(fake.results, fake.results + 1, --fake.result_count * sizeof(*fake.results));
	return 1;
}

static void fake_free(struct worker *worker)
{
	(void)worker;
}

static const struct worker_ops fake_ops = {
	.name = "fake",
	.fd = fake_fd,
	.dispatch = fake_dispatch,
	.start = fake_start,
	.stop = fake_stop,
	.forget = fake_forget,
	.result = fake_result,
	.asks = fake_asks,
	.free = fake_free,
};

/* ---- an engine with one domain, and one session ---- */

static struct engine *engine;
static struct session *session;
static uint64_t pvd;

static void put(struct fact *fact)
{
	fact->ifindex = 2;
	fact->valid_until = fact->preferred_until = TIME_FOREVER;
	if (model_put(engine->model, 7, fact) < 0)
		abort();
}

static struct fact the_address(void)
{
	struct fact fact = {.kind = FACT_ADDRESS};

	mif_address_parse(&fact.as.address.address, "10.11.0.50");
	fact.as.address.prefix_length = 24;
	return fact;
}

static void begin(unsigned int flags)
{
	struct fact link = {.kind = FACT_LINK,
		.as.link = {.name = "h1",
			.kind = MIF_KIND_ETHERNET,
			.flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING,
			.mtu = 1500}};
	struct fact address = the_address();
	struct fact server = {.kind = FACT_DATA, .element = MIF_ELEMENT_STATIC};
	struct fact search = server;
	struct object *found;

	memset(&fake, 0, sizeof(fake));
	fake.worker.ops = &fake_ops;
	if (engine_new(&engine, ENGINE_FAKE_CLOCK) < 0 ||
		engine_set_names(engine, &fake.worker) < 0 ||
		session_new(&session, engine, flags, &fake) < 0)
		abort();
	put(&link);
	put(&address);
	server.as.data.information = MIF_INFORMATION_DNS_SERVERS;
	mif_address_parse(&server.as.data.address, "10.11.0.1");
	put(&server);
	search.as.data.information = MIF_INFORMATION_SEARCH_DOMAINS;
	strcpy(search.as.data.text, "one.example");
	put(&search);
	model_commit(engine->model, NOW);
	found = model_find(engine->model, &address.as.address.address, 0);
	pvd = found != NULL ? object_id(found) : 0;
}

static void end(void)
{
	engine_free(engine);
}

static int translate(uint64_t number)
{
	struct mif_message request = {.type = MIF_TRANSLATE_NAME, .tag = 5, .serial = 77};

	request.as.translate_name.pvd = pvd;
	request.as.translate_name.translation = number;
	strcpy(request.as.translate_name.name, "www.example");
	return session_post(session, &request, NOW);
}

static void ask_service(void)
{
	struct mif_message request = {.type = MIF_TRANSLATE_NAME};

	request.as.translate_name.pvd = pvd;
	request.as.translate_name.translation = 1;
	request.as.translate_name.port = 8443;
	strcpy(request.as.translate_name.name, "www.example");
	strcpy(request.as.translate_name.scheme, "https");
	session_post(session, &request, NOW);
}

static void stop(uint64_t number)
{
	struct mif_message request = {.type = MIF_STOP_TRANSLATING_NAME};

	request.as.stop_translating_name.translation = number;
	session_post(session, &request, NOW);
}

static void answer(uint64_t id, const char *address)
{
	struct name_result *result = &fake.results[fake.result_count++];

	memset(result, 0, sizeof(*result));
	result->id = id;
	result->done = address == NULL;
	result->system = MIF_SYSTEM_DNS;
	result->ttl = 30;
	if (address != NULL)
		mif_address_parse(&result->address, address);
	translations_collect(engine, NOW);
}

static void answer_service(uint64_t id, uint32_t number)
{
	struct name_result *result = &fake.results[fake.result_count++];

	*result = (struct name_result){.id = id,
		.is_service = true,
		.number = number,
		.ttl = 30,
		.system = MIF_SYSTEM_DNS,
		.service = {.priority = 1, .port = 8443, .target = "www.example", .alpn = "h2"}};
	translations_collect(engine, NOW);
}

static bool next_is(uint32_t type, struct mif_message *report)
{
	return session_get(session, report) == 1 && report->type == type;
}

/* Another domain of the link, with the zone "corp.example", asks before the first one does. */
static uint64_t add_zone(const char *zone, uint32_t element)
{
	struct fact address = {.kind = FACT_ADDRESS};
	struct fact fact = {.kind = FACT_DATA, .element = element};

	mif_address_parse(&address.as.address.address, "2001:db8::50");
	address.as.address.prefix_length = 64;
	address.ifindex = fact.ifindex = 3;
	address.valid_until = address.preferred_until = TIME_FOREVER;
	fact.valid_until = fact.preferred_until = TIME_FOREVER;
	fact.as.data.information = MIF_INFORMATION_DNS_ZONES;
	strcpy(fact.as.data.text, zone);

	struct fact link = {.kind = FACT_LINK,
		.ifindex = 3,
		.as.link = {.name = "h2", .flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING}};

	link.valid_until = link.preferred_until = TIME_FOREVER;
	if (model_put(engine->model, 7, &link) < 0 || model_put(engine->model, 7, &address) < 0 ||
		model_put(engine->model, 7, &fact) < 0)
		abort();
	model_commit(engine->model, NOW);
	return object_id(model_find(engine->model, &address.as.address.address, 0));
}

static void ask_zoned(uint64_t number, uint64_t domain, const char *name, uint32_t flags)
{
	struct mif_message request = {.type = MIF_TRANSLATE_NAME};

	request.as.translate_name.pvd = domain;
	request.as.translate_name.translation = number;
	request.as.translate_name.flags = flags;
	strcpy(request.as.translate_name.name, name);
	session_post(session, &request, NOW);
}

static void put_own(uint32_t information, uint64_t number, const char *text)
{
	struct fact own = {.kind = FACT_DATA, .element = MIF_ELEMENT_STATIC};

	own.as.data.information = information;
	own.as.data.number = number;
	strcpy(own.as.data.text, text);
	put(&own);
	model_commit(engine->model, NOW);
}

static bool withholds(uint64_t number, const char *name, uint32_t candidates)
{
	size_t before = fake.start_count;

	ask_zoned(number, pvd, name, MIF_TRANSLATE_ZONES);
	return fake.start_count == before + 1 && fake.judged && fake.withheld == candidates;
}

static void end_as(uint32_t status)
{
	fake.results[fake.result_count++] = (struct name_result){
		.id = fake.started[(fake.start_count - 1) % 64], .done = true, .status = status};
	translations_collect(engine, NOW);
}

/* The domain's search list is "one.example", and then "two.example", too. */
static void test_search_zones(void)
{
	struct mif_message report;
	uint64_t vpn;

	begin(0);
	put_own(MIF_INFORMATION_SEARCH_DOMAINS, 0, "two.example");
	ok(withholds(1, "printer", 0), "M23: zones, rule 8: without zones, with every suffix");
	vpn = add_zone("two.example", MIF_ELEMENT_STATIC);
	ok(withholds(2, "printer", 4),
		"M23: zones, rule 8: a label, but not with a suffix below another's zone");
	end_as(MIF_TRANSLATION_OTHER_ZONE);
	ok(next_is(MIF_NAME_TRANSLATION_DONE, &report) &&
			report.as.name_translation_done.pvd == vpn &&
			strcmp(report.as.name_translation_done.zone, "two.example") == 0,
		"M23: zones, rule 8: whose it is, is told in the end");
	withholds(3, "printer", 4);
	end_as(MIF_TRANSLATION_NO_NAME);
	ok(next_is(MIF_NAME_TRANSLATION_DONE, &report) &&
			report.as.name_translation_done.status == MIF_TRANSLATION_NO_NAME &&
			report.as.name_translation_done.pvd == 0 &&
			report.as.name_translation_done.zone[0] == '\0',
		"M23: zones, rule 8: but not where that was not the reason");
	ask_zoned(4, pvd, "www.two.example", MIF_TRANSLATE_ZONES);
	ok(fake.start_count == 3,
		"M23: zones, rule 8: another's name goes with no suffix to anybody else");
	put_own(MIF_INFORMATION_DNS_ZONES, 0, "one.example");
	put_own(MIF_INFORMATION_NO_INTERNET, 1, "");
	ok(withholds(5, "printer", 4),
		"M23: zones, rule 8: a label in a network of its own, as its search list has it");
	ok(withholds(6, "a.lab", 5),
		"M23: zones, rule 8: there a name with a dot is not asked for as it is");
	end();
}

static void test_zones(void)
{
	struct fact own = {.kind = FACT_DATA, .element = MIF_ELEMENT_STATIC};
	struct mif_message report;
	uint64_t vpn;

	begin(0);
	ask_zoned(1, pvd, "www.corp.example", MIF_TRANSLATE_ZONES);
	ok(fake.start_count == 1, "M23: where nobody has zones, all are asked");
	vpn = add_zone("corp.example", MIF_ELEMENT_STATIC);
	ask_zoned(2, pvd, "www.corp.example", MIF_TRANSLATE_ZONES);
	ok(fake.start_count == 1 && next_is(MIF_NAME_TRANSLATION_DONE, &report) &&
			report.as.name_translation_done.translation == 2 &&
			report.as.name_translation_done.status == MIF_TRANSLATION_OTHER_ZONE &&
			report.as.name_translation_done.pvd == vpn &&
			strcmp(report.as.name_translation_done.zone, "corp.example") == 0,
		"M23: below another domain's zone: not asked, and it is told whose");
	ask_zoned(3, vpn, "www.corp.example", MIF_TRANSLATE_ZONES);
	ask_zoned(4, pvd, "www.corp.example", 0);
	ask_zoned(5, pvd, "www.example", MIF_TRANSLATE_ZONES);
	ask_zoned(6, pvd, "127.0.0.1", MIF_TRANSLATE_ZONES);
	ok(fake.start_count == 5,
		"M23: asked where the zone is, without the flag, and for other names");
	own.as.data.information = MIF_INFORMATION_NO_INTERNET;
	own.as.data.number = 1;
	put(&own);
	own.as.data.information = MIF_INFORMATION_DNS_ZONES;
	own.as.data.number = 0;
	strcpy(own.as.data.text, "lab.example");
	put(&own);
	model_commit(engine->model, NOW);
	ask_zoned(7, pvd, "www.example", MIF_TRANSLATE_ZONES);
	ok(fake.start_count == 5 && next_is(MIF_NAME_TRANSLATION_DONE, &report) &&
			report.as.name_translation_done.status == MIF_TRANSLATION_OTHER_ZONE &&
			report.as.name_translation_done.pvd == pvd &&
			report.as.name_translation_done.zone[0] == '\0',
		"M23: a domain that leads to its own network only is asked for its zones alone");
	ask_zoned(8, pvd, "a.lab.example", MIF_TRANSLATE_ZONES);
	ok(fake.start_count == 6, "M23: and for these it is");
	own.ifindex = 2;
	model_drop(engine->model, 7, &own);
	model_commit(engine->model, NOW);
	ask_zoned(9, pvd, "www.example", MIF_TRANSLATE_ZONES);
	ok(fake.start_count == 7, "M23: zones that are gone count no more");
	end();
}

static void put_and_translate(struct fact *fact, uint64_t translation)
{
	put(fact);
	model_commit(engine->model, NOW);
	translate(translation);
}

/* A second address comes, and the first one is not for new connections any more. */
static void try_deprecated(void)
{
	uint64_t generation = fake.scope.generation;
	struct fact address = the_address();

	address.as.address.flags = FACT_ADDRESS_DEPRECATED;
	put_and_translate(&address, 101);
	ok(fake.scope.source4.octets[3] == 50 && fake.scope.generation != generation,
		"M23: from a deprecated address, if there is no other");
	mif_address_parse(&address.as.address.address, "10.11.0.51");
	address.as.address.flags = 0;
	put_and_translate(&address, 102);
	ok(fake.scope.source4.octets[3] == 51, "M23: else from one that is not");
	stop(101);
	stop(102);
}

/* An address of another subnet comes, and then a router that is its neighbour. */
static void try_routed(void)
{
	struct fact address = the_address();
	struct fact route = {.kind = FACT_ROUTE,
		.ifindex = 2,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
		.as.route.family = AF_INET};
	uint64_t generation;

	mif_address_parse(&address.as.address.address, "10.12.0.52");
	put_and_translate(&address, 103);
	generation = fake.scope.generation;
	ok(fake.scope.source4.octets[3] == 51, "M23: from the first of two addresses");
	mif_address_parse(&route.as.route.gateway, "10.12.0.1");
	put_and_translate(&route, 104);
	ok(fake.scope.source4.octets[3] == 52 && fake.scope.generation != generation,
		"M23: or from the one that the router is a neighbour of");
	generation = fake.scope.generation;
	mif_address_parse(&route.as.route.source, "10.11.0.51");
	put_and_translate(&route, 105);
	ok(fake.scope.source4.octets[3] == 51 && fake.scope.generation != generation,
		"M23: or from the one that the route says");
	stop(103);
	stop(104);
	stop(105);
}

/* An IPv6 domain beside the other. */
static void test_translator(void)
{
	struct fact address = {.kind = FACT_ADDRESS};
	struct fact pref64 = {.kind = FACT_DATA, .element = MIF_ELEMENT_STATIC};
	struct object *found;

	begin(0);
	mif_address_parse(&address.as.address.address, "2001:db8::50");
	address.as.address.prefix_length = 64;
	put(&address);
	pref64.as.data.information = MIF_INFORMATION_PREF64;
	mif_address_parse(&pref64.as.data.address, "64:ff9b::");
	pref64.as.data.prefix_length = 96;
	put(&pref64);
	model_commit(engine->model, NOW);
	found = model_find(engine->model, &address.as.address.address, 0);
	pvd = found != NULL ? object_id(found) : 0;
	ok(translate(1) == 0 && fake.scope.pref64.octets[1] == 0x64 &&
			fake.scope.pref64_length == 96 && fake.scope.length6 == 64,
		"M25: a domain's translator is known to who makes addresses for it");
	end();
}

static void test_names(void)
{
	struct mif_message report;

	begin(0);
	ok(translate(1) == 0 && fake.start_count == 1 && strcmp(fake.name, "www.example") == 0,
		"M23: a name is asked for in its domain");
	ok(fake.scope.pvd == pvd && fake.scope.ifindex == 2 && fake.scope.server_count == 1 &&
			fake.scope.servers[0].octets[3] == 1 && fake.scope.search_count == 1 &&
			fake.scope.source4.octets[3] == 50 &&
			fake.scope.source6.family == AF_UNSPEC,
		"M23: by the domain's own servers, search list, interface and source address");
	ok(fake.scope.length4 == 24 && fake.scope.pref64.family == AF_UNSPEC,
		"M23: and the length of its prefix");
	try_deprecated();
	try_routed();
	ok(translate(1) == -EEXIST, "M23: an identifier in use is refused at once");
	answer(fake.started[0], "2001:db8::1");
	ok(next_is(MIF_NAME_TRANSLATION, &report) && report.as.name_translation.translation == 1 &&
			report.as.name_translation.ttl == 30 && report.serial == 77,
		"M25: an address is told as it arrives, before the translation is done");
	answer(fake.started[0], "192.0.2.1");
	answer(fake.started[0], NULL);
	ok(next_is(MIF_NAME_TRANSLATION, &report) && next_is(MIF_NAME_TRANSLATION_DONE, &report),
		"M25: one message an address, then the end");
	ok(translate(1) == 0, "M23: an identifier that is not in use any more may be used again");
	end();
}

static void test_services(void)
{
	const struct mif_message_service_translation *as;
	struct mif_message report;

	begin(0);
	ask_service();
	ok(strcmp(fake.scheme, "https") == 0 && fake.port == 8443,
		"M23: a service is asked for, not an address");
	answer_service(fake.started[0], 1);
	as = &report.as.service_translation;
	ok(next_is(MIF_SERVICE_TRANSLATION, &report) && as->translation == 1 && as->service == 1 &&
			as->priority == 1 && as->port == 8443 && as->ttl == 30 &&
			strcmp(as->target, "www.example") == 0 && strcmp(as->alpn, "h2") == 0,
		"M25: a service record, with all that it says");
	end();
}

static void test_stop(void)
{
	struct mif_message report;

	begin(0);
	translate(1);
	translate(2);
	answer(fake.started[0], "192.0.2.1");
	answer(fake.started[1], "192.0.2.2");
	answer_service(fake.started[0], 1);
	stop(1);
	answer(fake.started[0], "192.0.2.3");
	ok(fake.stop_count == 1 && fake.stopped[0] == fake.started[0],
		"M24: the worker is stopped");
	ok(next_is(MIF_NAME_TRANSLATION, &report) && report.as.name_translation.translation == 2 &&
			session_get(session, &report) == 0,
		"M24: nothing follows, what was queued neither");
	translate(3);
	session_free(session);
	ok(fake.stop_count == 3, "M24: a subscriber that goes stops its translations");
	if (session_new(&session, engine, 0, NULL) < 0)
		abort();
	end();
}

static void test_gone(void)
{
	struct mif_message report, request = {.type = MIF_ANNOUNCE_PVDS};
	struct fact address = the_address();

	begin(0);
	request.as.announce_pvds.interface = object_id(model_pvd(engine->model, pvd)->parent);
	session_post(session, &request, NOW);
	ok(next_is(MIF_PVD, &report) && next_is(MIF_END_OF_ANNOUNCEMENTS, &report), "M8: fed");
	translate(1);
	address.ifindex = 2;
	model_drop(engine->model, 7, &address);
	model_commit(engine->model, NOW);
	ok(next_is(MIF_NAME_TRANSLATION_DONE, &report) &&
			report.as.name_translation_done.status == MIF_TRANSLATION_PVD_GONE &&
			next_is(MIF_NO_PVD, &report) && fake.forgotten == pvd,
		"M24 M12: a domain's translations end before the domain is withdrawn");
	ok(translate(2) == 0 && next_is(MIF_ERROR, &report) && report.tag == 5 &&
			report.as.error.error == ENODEV,
		"M23: a name in an unknown domain: ERROR(ENODEV)");
	end();
}

/* Posted until there is no room; read, there is room again. Returns how many. */
static size_t posts_until_full(struct mif_message request)
{
	struct mif_message report;
	size_t posted = 0, got = 0;

	while (session_post(session, &request, NOW) == 0)
		posted++;
	while (session_get(session, &report) == 1)
		got++;
	ok(got == posted && session_post(session, &request, NOW) == 0,
		"M1 M3: read, it takes requests again");
	session_get(session, &report);
	return posted;
}

static void test_limits(void)
{
	size_t small, large;
	int r = 0;

	begin(0);
	for (uint64_t i = 0; i < SESSION_TRANSLATIONS; i++)
		r |= translate(i + 1);
	ok(r == 0 && translate(9999) == -ENOBUFS, "M1: so many translations at once and no more");
	small = posts_until_full((struct mif_message){.type = MIF_GET_CONFIGURATION_DATA});
	large = posts_until_full((struct mif_message){.type = MIF_DIAL});
	ok(small >= 256 && large >= 64,
		"M1: there is room for %zu small answers, for %zu large ones", small, large);
	ok(large * sizeof(struct mif_message_error) <= SESSION_OCTETS + sizeof(struct mif_message),
		"M1: what waits is bounded in octets; a queue that is full is an error at once");
	fake.refuse = -ENOBUFS;
	stop(1);
	ok(translate(1) == -ENOBUFS && session->translation_count == SESSION_TRANSLATIONS - 1,
		"M1: what the worker refuses is refused, and nothing is left of it");
	end();
}

/* A strict subscriber is not told that a translation has ended: yet its host learns that the next
 * request may be made. */
static void test_ready_strict(void)
{
	uint64_t number = 1;

	begin(SESSION_STRICT);
	while (translate(number) == 0)
		number++;
	ok(number == SESSION_TRANSLATIONS + 1 && engine_next_ready(engine) == NULL,
		"M1: so many translations in strict mode, too");
	answer(fake.started[0], NULL);
	ok(engine_next_ready(engine) == session && translate(number) == 0,
		"M1 M23: one that has ended makes room, and the host is told");
	end();
}

static void test_ready(void)
{
	struct mif_message report, request = {.type = MIF_GET_CONFIGURATION_DATA};
	struct session *other;

	begin(0);
	if (session_new(&other, engine, 0, NULL) < 0)
		abort();
	ok(engine_next_ready(engine) == NULL, "M3: nobody has anything to fetch");
	session_post(other, &request, NOW);
	session_post(other, &request, NOW);
	ok(engine_next_ready(engine) == other && engine_next_ready(engine) == NULL,
		"M3: who has something to fetch is told once");
	ok(session_get(other, &report) == 1 && session_get(other, &report) == 1 &&
			session_get(other, &report) == 0 && session_host(session) == &fake,
		"M3: 1 with a message, 0 without");
	end();
}

int main(void)
{
	test_names();
	test_zones();
	test_search_zones();
	test_translator();
	test_services();
	test_stop();
	test_gone();
	test_limits();
	test_ready();
	test_ready_strict();
	return tap_done();
}
