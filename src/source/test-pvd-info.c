/* SPDX-License-Identifier: MIT */
/*
 * Additional information of explicit domains: when it is asked for, whom, from where, what becomes of
 * what servers say. A real engine on a fake clock; the worker and the fetcher are played here.
 */
#include "source/pvd-info.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "engine/test-errand.h"
#include "fetch/exchange.h"
#include "source/pvd-info-attempt.h"
#include "tap.h"

#define REALTIME UINT64_C(1800000000) /* 2027-01-15T08:00:00Z, when the clock says 1000 s */
#define BEGIN (1000 * NSEC_PER_SEC)
#define SERVER "2001:db8:ffff::1"

/* An hour's life, and what belongs to the domain of test-errand.h. */
#define DOCUMENT                                                                         \
	"{\"identifier\": \"pvd.two.example.\", \"expires\": \"2027-01-15T09:00:00Z\", " \
	"\"prefixes\": [\"2001:db8:2a::/48\"], \"dnsZones\": [\"two.example\"]}"

/* ---- the host, and the fetcher that it starts ---- */

static struct {
	struct source *source;
	unsigned int starts;
	uint32_t number;
	int refuse;
	int fd; /* the fetcher's end */
	struct fetch_request request;
} host;

static int host_start(void *context, uint32_t number)
{
	(void)context;
	host.starts++;
	host.number = number;
	return host.refuse;
}

static uint64_t host_realtime(void)
{
	return REALTIME + (test_now - BEGIN) / NSEC_PER_SEC;
}

static struct engine *begin(void)
{
	const struct pvd_info_options options = {
		.start = host_start, .realtime = host_realtime, .seed = 42};

	memset(&host, 0, sizeof(host));
	host.fd = -1;
	test_now = BEGIN;
	if (source_pvd_info_new(&host.source, &options) < 0)
		abort();
	return test_engine(host.source);
}

static void put_dns(struct engine *engine)
{
	struct fact dns = fact_of(FACT_DATA, "fe80::a");

	dns.as.data.information = MIF_INFORMATION_DNS_SERVERS;
	dns.as.data.address = address_of("2001:db8:2a::53");
	put(engine, &dns);
	commit(engine);
}

static struct engine *begin_domain(void)
{
	struct engine *engine = begin();

	put_domain(engine);
	put_dns(engine);
	return engine;
}

static void end(struct engine *engine)
{
	host.fd = close_fd(host.fd);
	engine_free(engine);
}

/* Lets the clock go on, from deadline to deadline. */
static void pass(struct engine *engine, uint64_t time)
{
	uint64_t until = test_now + time;

	while (engine_deadline(engine) <= until) {
		test_now = MAX(test_now, engine_deadline(engine));
		engine_dispatch(engine, test_now);
	}
	test_now = until;
	engine_dispatch(engine, test_now);
}

static uint64_t counter(const char *name)
{
	const char *has;
	uint64_t value;

	for (unsigned int i = 0; host.source->ops->counter(host.source, i, &has, &value); i++) {
		if (strcmp(has, name) == 0)
			return value;
	}
	printf("# no counter \"%s\"\n", name);
	return UINT64_MAX;
}

static void answer_name(struct engine *engine, const char *address)
{
	if (address != NULL)
		oracle_say(engine, address, 0);
	oracle_say(engine, NULL, address != NULL ? MIF_TRANSLATION_FOUND : MIF_TRANSLATION_NO_NAME);
}

/* The fetcher runs, and has read its request. False: it got none. */
static bool fetcher_begin(struct engine *engine)
{
	uint8_t packet[FETCH_PACKET_MAX];
	ssize_t size;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		abort();
	close_fd(host.fd);
	host.fd = fds[0];
	source_pvd_info_started(host.source, host.number, fds[1], test_now);
	engine_dispatch(engine, test_now);
	size = recv(host.fd, packet, sizeof(packet), 0);
	return size > 0 && fetch_request_read(&host.request, packet, (size_t)size) == 0;
}

static void fetcher_say(struct engine *engine, uint32_t result, const char *body)
{
	static struct fetch_answer answer;
	uint8_t packet[FETCH_PACKET_MAX];
	int size;

	answer.result = result;
	answer.status = 200;
	answer.size = (uint32_t)strlen(body);
	memcpy(answer.body, body, answer.size);
	size = fetch_answer_write(&answer, packet);
	if (size < 0 || send(host.fd, packet, (size_t)size, 0) != size)
		abort();
	engine_dispatch(engine, test_now);
	engine_dispatch(engine, test_now);
}

/* From the question to the answer. */
static void fetch(struct engine *engine, uint32_t result, const char *body)
{
	answer_name(engine, SERVER);
	if (!fetcher_begin(engine))
		abort();
	fetcher_say(engine, result, body);
}

/* Until the next question: after how many seconds. */
static unsigned int await_question(struct engine *engine)
{
	unsigned int started = oracle.started, seconds = 0;

	while (oracle.started == started && seconds++ < 7200)
		pass(engine, NSEC_PER_SEC);
	return seconds;
}

/* How many items there are of this information, and the first text. */
static size_t told(struct engine *engine, uint32_t information, const char **text)
{
	static struct data_item items[DATA_ITEMS];
	const struct object *pvd = model_pvd(engine->model, 2);
	size_t count = pvd == NULL
		? 0
		: data_find(engine->model, pvd, MIF_ELEMENT_PVD_INFO, information, 0, items);

	if (text != NULL)
		*text = count > 0 ? items[0].text : "";
	return count;
}

static bool has_element(struct engine *engine)
{
	const struct object *pvd = model_pvd(engine->model, 2);

	if (pvd == NULL)
		return false;
	list_for_each (node, &pvd->children) {
		const struct object *child = container_of(node, struct object, siblings);

		if (child->kind == OBJECT_ELEMENT &&
			child->as.element->element == MIF_ELEMENT_PVD_INFO)
			return true;
	}
	return false;
}

/* ---- tests ---- */

static void test_fetched(void)
{
	struct engine *engine = begin();
	const char *text;

	put_domain(engine);
	pass(engine, 5 * NSEC_PER_SEC);
	ok(oracle.started == 0, "RFC 8801: nobody to ask, nothing asked");
	put_dns(engine);
	pass(engine, 64 * NSEC_PER_MSEC);
	ok(oracle.started == 1 && strcmp(oracle.name, "pvd.two.example") == 0 &&
			oracle.scope.pvd == 2,
		"M23: the domain's name is asked in the domain");
	answer_name(engine, SERVER);
	ok(host.starts == 1, "a fetcher is started");
	ok(fetcher_begin(engine) && strcmp(host.request.host, "pvd.two.example") == 0 &&
			strcmp(host.request.path, "/.well-known/pvd") == 0 &&
			host.request.ifindex == 2 && host.request.source6.octets[15] == 0x10 &&
			host.request.source4.family == AF_UNSPEC && host.request.address_count == 1,
		"M26: and told the domain's interface and source");
	ok(!has_element(engine), "M14: not complete yet");
	fetcher_say(engine, FETCH_BODY, DOCUMENT);
	ok(has_element(engine), "M14: the element is announced when it is");
	ok(told(engine, MIF_INFORMATION_PVD_JSON, &text) == 1 &&
			strstr(text, "\"dnsZones\":[\"two.example\"]") != NULL,
		"M21: the text is told");
	ok(told(engine, MIF_INFORMATION_DNS_ZONES, &text) == 1 && strcmp(text, "two.example") == 0,
		"M21: the zones are");
	ok(counter("pvd-info used") == 1, "and counted");
	end(engine);
}

static void test_delay(void)
{
	static unsigned int buckets[4];
	struct pvd_info_random random = {.state = 42};
	uint64_t most = 0;
	bool within = true;

	for (int i = 0; i < 4000; i++) {
		uint64_t delay = pvd_info_delay(&random, 5);

		within &= delay <= 1024 * NSEC_PER_MSEC;
		buckets[MIN(delay / (256 * NSEC_PER_MSEC), 3)]++;
	}
	ok(within, "RFC 8801: a delay of 5 is at most 1024 ms");
	ok(buckets[0] > 900 && buckets[1] > 900 && buckets[2] > 900 && buckets[3] > 900,
		"RFC 8801: uniformly");
	for (int i = 0; i < 100; i++)
		most = MAX(most, pvd_info_delay(&random, 15));
	ok(most > UINT64_C(1000000) * NSEC_PER_SEC && most <= (UINT64_C(1) << 30) * NSEC_PER_MSEC,
		"one of 15 is days");
	within = true;
	for (int i = 0; i < 1000; i++) {
		uint64_t at = pvd_info_refresh(&random, 100, 300);

		within &= at >= 200 && at <= 300;
	}
	ok(within && pvd_info_refresh(&random, 100, TIME_FOREVER) == TIME_FOREVER,
		"RFC 8801: what is fetched is fetched again in the second half of its life");
	ok(pvd_info_retry(&random, 1) >= PVD_INFO_RETRY &&
			pvd_info_retry(&random, 40) >= PVD_INFO_RETRY_MAX &&
			pvd_info_retry(&random, 40) <= 2 * PVD_INFO_RETRY_MAX,
		"vain attempts become rare");
}

static void test_sequence(void)
{
	struct engine *engine = begin_domain();

	pass(engine, 64 * NSEC_PER_MSEC);
	fetch(engine, FETCH_BODY, DOCUMENT);
	put_pvd(engine, "fe80::a", FACT_PVD_H, 7);
	commit(engine);
	pass(engine, 60 * NSEC_PER_SEC);
	ok(oracle.started == 1, "RFC 8801: the same sequence number, the same information");
	put_pvd(engine, "fe80::a", FACT_PVD_H, 8);
	commit(engine);
	ok(!has_element(engine), "M15: another one ends it");
	pass(engine, 64 * NSEC_PER_MSEC);
	ok(oracle.started == 2, "RFC 8801: and it is fetched again");
	fetch(engine, FETCH_BODY, DOCUMENT);
	put_pvd(engine, "fe80::a", FACT_PVD_H, 9);
	commit(engine);
	pass(engine, 9 * NSEC_PER_SEC);
	ok(oracle.started == 2 && !has_element(engine), "RFC 8801: but not more often");
	pass(engine, NSEC_PER_SEC);
	ok(oracle.started == 3, "RFC 8801: than every ten seconds");
	answer_name(engine, SERVER);
	fetcher_begin(engine);
	put_pvd(engine, "fe80::a", FACT_PVD_H, 10);
	commit(engine);

	char octet;

	ok(recv(host.fd, &octet, 1, 0) == 0, "a fetch of what is old is given up");
	end(engine);
}

static void test_flag(void)
{
	struct engine *engine = begin_domain();

	pass(engine, 64 * NSEC_PER_MSEC);
	fetch(engine, FETCH_BODY, DOCUMENT);
	put_pvd(engine, "fe80::a", 0, 7);
	commit(engine);
	ok(!has_element(engine), "M15: a network that has no more information has none");
	pass(engine, 20 * NSEC_PER_SEC);
	ok(oracle.started == 1, "RFC 8801: nor is it asked for any");
	put_pvd(engine, "fe80::a", FACT_PVD_H, 7);
	commit(engine);
	pass(engine, 64 * NSEC_PER_MSEC);
	ok(oracle.started == 2, "M14: when it has again, it is");
	end(engine);
}

static void test_expiry(void)
{
	struct engine *engine = begin_domain();
	unsigned int seconds;

	pass(engine, 64 * NSEC_PER_MSEC);
	fetch(engine, FETCH_BODY, DOCUMENT);
	seconds = await_question(engine);
	ok(seconds > 1800 && seconds <= 3600 && has_element(engine),
		"RFC 8801: an hour's information is fetched again in the second half of it");
	answer_name(engine, NULL);
	pass(engine, (3599 - seconds) * NSEC_PER_SEC);
	ok(has_element(engine), "the old one lives to its end, whatever becomes of the new one");
	pass(engine, 2 * NSEC_PER_SEC);
	ok(!has_element(engine) && told(engine, MIF_INFORMATION_PVD_JSON, NULL) == 0,
		"M15: and no longer");
	await_question(engine);
	ok(oracle.started > 2, "while a new one is asked for");
	end(engine);
}

static void test_refused_later(void)
{
	struct engine *engine = begin_domain();

	pass(engine, 64 * NSEC_PER_MSEC);
	fetch(engine, FETCH_BODY, DOCUMENT);
	await_question(engine);
	fetch(engine, FETCH_REFUSED, "");
	ok(!has_element(engine), "M15: a server that has none any more ends what it said before");
	end(engine);
}

static void test_prefixes(void)
{
	struct engine *engine = begin_domain();
	struct fact prefix = fact_of(FACT_PREFIX, "fe80::a");
	unsigned int length;

	pass(engine, 64 * NSEC_PER_MSEC);
	fetch(engine, FETCH_BODY, DOCUMENT);
	put_prefix(engine, "fe80::a", "2001:db8:99::/64");
	commit(engine);
	ok(!has_element(engine) && counter("pvd-info not used: of other prefixes") == 1,
		"RFC 8801: information that does not name all prefixes of the domain is not used");
	prefix_parse(&prefix.as.prefix.prefix, &length, "2001:db8:99::/64");
	prefix.as.prefix.length = length;
	model_drop(engine->model, OWNER, &prefix);
	commit(engine);
	ok(has_element(engine) && oracle.started == 1, "it is when it does");
	end(engine);
}

static void test_router(void)
{
	struct engine *engine = begin_domain();
	struct fact old = pvd_of("fe80::a", 0, 0), prefix = fact_of(FACT_PREFIX, "fe80::a");
	unsigned int length;

	pass(engine, 64 * NSEC_PER_MSEC);
	fetch(engine, FETCH_BODY, DOCUMENT);
	put_prefix(engine, "fe80::b", "2001:db8:2a::/64");
	put_pvd(engine, "fe80::b", FACT_PVD_H, 7);
	model_drop(engine->model, OWNER, &old);
	prefix_parse(&prefix.as.prefix.prefix, &length, "2001:db8:2a::/64");
	prefix.as.prefix.length = length;
	model_drop(engine->model, OWNER, &prefix);
	commit(engine);
	ok(model_pvd(engine->model, 2) != NULL && has_element(engine) && oracle.started == 1,
		"M10 M14: the information stays with its domain when the router's address changes");
	end(engine);
}

/* What is never better on this network. */
static void test_failures(void)
{
	static const struct {
		uint32_t result;
		const char *body, *counter, *what;
	} cases[] = {
		{FETCH_UNTRUSTED, "", "pvd-info failed: certificate not trusted",
			"a certificate for another name"},
		{FETCH_REFUSED, "", "pvd-info failed: refused by the server", "a server's refusal"},
		{FETCH_WRONG_TYPE, "", "pvd-info failed: another media type", "another media type"},
		{FETCH_TOO_LONG, "", "pvd-info failed: too long", "100 MB"},
		{FETCH_BODY, "{", "pvd-info ignored: not JSON", "what is no JSON"},
		{FETCH_BODY, "[[[[[[[[[[[[[[[[[[[[[[", "pvd-info ignored: not JSON",
			"deep nesting"},
		{FETCH_BODY, "{\"identifier\": 7}",
			"pvd-info ignored: identifier of another domain", "a wrong type"},
		{FETCH_BODY,
			"{\"identifier\": \"pvd.three.example\", \"expires\": "
			"\"2027-01-15T09:00:00Z\", \"prefixes\": []}",
			"pvd-info ignored: identifier of another domain",
			"information of another domain"},
		{FETCH_BODY,
			"{\"identifier\": \"pvd.two.example\", \"expires\": "
			"\"2027-01-15T07:00:00Z\", \"prefixes\": []}",
			"pvd-info ignored: expired, or no date", "information that has expired"},
		{FETCH_REDIRECT, "http://pvd.two.example/", "pvd-info redirections",
			"a redirection away from HTTPS"},
		{FETCH_REDIRECT, "https://[2001:db8::1/x", "pvd-info redirections",
			"a redirection to nowhere"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct engine *engine = begin_domain();

		pass(engine, 64 * NSEC_PER_MSEC);
		fetch(engine, cases[i].result, cases[i].body);
		answer_name(engine, SERVER);
		ok(!has_element(engine) && counter(cases[i].counter) >= 1,
			"M21: %s: nothing is told, and it is counted", cases[i].what);
		pass(engine, 7200 * NSEC_PER_SEC);
		put_pvd(engine, "fe80::a", FACT_PVD_H, 8);
		commit(engine);
		pass(engine, 7200 * NSEC_PER_SEC);
		ok(host.starts == 1, "RFC 8801: nor asked for again on this network");
		ok(model_pvd(engine->model, 2) != NULL, "M10: the domain stays");
		end(engine);
	}
}

static void put_carrier(struct engine *engine, bool running)
{
	struct fact link = fact_of(FACT_LINK, NULL);

	strcpy(link.as.link.name, "h1");
	link.as.link.kind = MIF_KIND_ETHERNET;
	link.as.link.flags = MIF_INTERFACE_UP | (running ? MIF_INTERFACE_RUNNING : 0);
	put(engine, &link);
	commit(engine);
}

static void test_attached(void)
{
	struct engine *engine = begin_domain();

	pass(engine, 64 * NSEC_PER_MSEC);
	fetch(engine, FETCH_REFUSED, "");
	pass(engine, 60 * NSEC_PER_SEC);
	ok(oracle.started == 1, "RFC 8801: what has failed is over");
	put_carrier(engine, false);
	put_carrier(engine, true);
	pass(engine, 64 * NSEC_PER_MSEC);
	ok(oracle.started == 2, "M7: until the carrier has been away: it may be another network");
	end(engine);
}

/* What may be better later. */
static void test_retries(void)
{
	struct engine *engine = begin_domain();
	unsigned int seconds;

	pass(engine, 64 * NSEC_PER_MSEC);
	answer_name(engine, NULL);
	ok(host.starts == 0 && counter("pvd-info failed: name not found") == 1,
		"a name without an address");
	seconds = await_question(engine);
	ok(seconds >= 10 && seconds <= 13, "is asked again, after ten seconds or a little more");
	answer_name(engine, "fe80::1");
	ok(host.starts == 0, "M26: a link-local address is no server's");
	seconds = await_question(engine);
	ok(seconds >= 20 && seconds <= 26, "and then after twice as long");
	answer_name(engine, "198.51.100.1");
	ok(host.starts == 0, "M26: an IPv4 address cannot be reached from a domain of IPv6");
	await_question(engine);
	fetch(engine, FETCH_UNREACHABLE, "");
	ok(counter("pvd-info failed: server not reached in time") == 1, "a server that is away");
	seconds = await_question(engine);
	ok(seconds >= 80 && seconds <= 101, "as well");
	host.refuse = -EAGAIN;
	answer_name(engine, SERVER);
	ok(counter("pvd-info failed: fetcher not working") == 1, "a host that starts no fetcher");
	host.refuse = 0;
	await_question(engine);
	answer_name(engine, SERVER);
	source_pvd_info_started(host.source, host.number, -ENOENT, test_now);
	ok(counter("pvd-info failed: fetcher not working") == 2, "or cannot");
	await_question(engine);
	answer_name(engine, SERVER);
	fetcher_begin(engine);
	host.fd = close_fd(host.fd);
	engine_dispatch(engine, test_now);
	ok(counter("pvd-info failed: fetcher not working") == 3, "a fetcher that dies");
	await_question(engine);
	answer_name(engine, SERVER);
	fetcher_begin(engine);
	send(host.fd, "rubbish", 7, 0);
	engine_dispatch(engine, test_now);
	ok(counter("pvd-info failed: fetcher not working") == 4, "one that talks rubbish");
	await_question(engine);
	answer_name(engine, SERVER);
	fetcher_begin(engine);
	pass(engine, 16 * NSEC_PER_SEC);
	ok(counter("pvd-info failed: server not reached in time") == 2, "and one that is silent");
	await_question(engine);
	fetch(engine, FETCH_BODY, DOCUMENT);
	ok(!has_element(engine), "M21: what has expired meanwhile is not told");
	end(engine);
}

static void test_redirect(void)
{
	struct engine *engine = begin_domain();
	const char *text;

	pass(engine, 64 * NSEC_PER_MSEC);
	fetch(engine, FETCH_REDIRECT, "https://Info.example/two?x=1#part");
	ok(oracle.started == 2 && strcmp(oracle.name, "info.example") == 0 && oracle.scope.pvd == 2,
		"RFC 8801: a redirection is followed, its host asked in the domain");
	answer_name(engine, SERVER);
	ok(fetcher_begin(engine) && strcmp(host.request.host, "info.example") == 0 &&
			strcmp(host.request.path, "/two?x=1") == 0,
		"with its path");
	fetcher_say(engine, FETCH_BODY, DOCUMENT);
	ok(told(engine, MIF_INFORMATION_PVD_JSON, &text) == 1, "M21: to what is there");
	end(engine);

	engine = begin_domain();
	pass(engine, 64 * NSEC_PER_MSEC);
	for (int i = 0; i < 4; i++)
		fetch(engine, FETCH_REDIRECT, "https://pvd.two.example/again");
	pass(engine, 3600 * NSEC_PER_SEC);
	ok(oracle.started == 4 && host.starts == 4, "but not in circles");
	end(engine);
}

/* ---- many domains ---- */

static void put_named(struct engine *engine, unsigned int index)
{
	char router[64], text[64];
	struct fact pvd;

	snprintf(router, sizeof(router), "fe80::%x", index);
	snprintf(text, sizeof(text), "2001:db8:%x::/64", index);
	put_prefix(engine, router, text);
	snprintf(text, sizeof(text), "2001:db8:%x::10", index);
	put_address(engine, text, 0);
	pvd = pvd_of(router, FACT_PVD_H, 1);
	pvd.as.pvd.delay = 0;
	snprintf(pvd.as.pvd.name, sizeof(pvd.as.pvd.name), "pvd%u.example", index);
	put(engine, &pvd);

	struct fact dns = fact_of(FACT_DATA, router);

	dns.as.data.information = MIF_INFORMATION_DNS_SERVERS;
	dns.as.data.address = address_of(text);
	put(engine, &dns);
}

static void test_limits(void)
{
	struct engine *engine = begin();
	unsigned int answered = 0;

	put_link(engine);
	for (unsigned int i = 1; i <= 12; i++)
		put_named(engine, i);
	commit(engine);
	pass(engine, NSEC_PER_SEC);
	ok(oracle.started == PVD_INFO_RUNNING, "of twelve domains four are asked at a time");
	oracle.id = oracle.ids[answered++];
	answer_name(engine, NULL);
	pass(engine, NSEC_PER_SEC);
	ok(oracle.started == PVD_INFO_BURST, "RFC 8801: and five in ten seconds");
	for (int i = 0; i < 1000; i++) {
		if (answered < oracle.started) {
			oracle.id = oracle.ids[answered++ % ARRAY_SIZE(oracle.ids)];
			answer_name(engine, SERVER);
			if (fetcher_begin(engine))
				fetcher_say(engine, FETCH_REFUSED, "");
		}
		pass(engine, NSEC_PER_SEC);
	}
	ok(counter("pvd-info failed: refused by the server") == PVD_INFO_FAILURES,
		"RFC 8801: after ten failures nothing is asked for on this network");
	end(engine);
}

static void test_limit(void)
{
	static struct pvd_info_limit limit;
	char name[MIF_TEXT_SIZE];
	uint64_t now = BEGIN;

	for (uint32_t i = 1; i <= PVD_INFO_LINKS; i++)
		pvd_info_limit_spend(&limit, i, "a.example", now);
	ok(pvd_info_limit_earliest(&limit, 1000, "a.example", now) > now,
		"64 links are all there are");
	now += PVD_INFO_INTERVAL;
	ok(pvd_info_limit_earliest(&limit, 1000, "a.example", now) == now,
		"until nothing has happened on one of them for a while");
	for (int i = 0; i < PVD_INFO_NAMES; i++) {
		snprintf(name, sizeof(name), "%d.example", i);
		pvd_info_limit_spend(&limit, 1, name, now);
		if (i < PVD_INFO_FAILURES - 1)
			pvd_info_limit_failed(&limit, 1, name);
		now += 2 * PVD_INFO_INTERVAL;
	}
	ok(pvd_info_limit_earliest(&limit, 1, "new.example", now) == now,
		"a new name takes the place of one that was asked long ago");
	ok(pvd_info_limit_earliest(&limit, 1, "0.example", now) == TIME_FOREVER,
		"RFC 8801: what has failed is not forgotten for that");
	pvd_info_limit_spend(&limit, 1, "new.example", now);
	pvd_info_limit_failed(&limit, 1, "new.example");
	ok(pvd_info_limit_earliest(&limit, 1, "other.example", now) == TIME_FOREVER,
		"RFC 8801: the tenth failure is the link's last");
	ok(pvd_info_limit_earliest(&limit, 2, "new.example", now) == now, "not another link's");
	pvd_info_limit_attached(&limit, 1);
	ok(pvd_info_limit_earliest(&limit, 1, "0.example", now) == now,
		"M7: another attachment forgives");
	ok(pvd_info_limit_earliest(&limit, 1, "new.example", now) == now + PVD_INFO_INTERVAL,
		"but a carrier that comes and goes makes nobody ask more often");
}

/* M12: whatever is under way when a domain goes. */
static void test_gone(void)
{
	struct fact link = fact_of(FACT_LINK, NULL);

	for (int step = 0; step < 4; step++) {
		struct engine *engine = begin_domain();

		pass(engine, 64 * NSEC_PER_MSEC);
		if (step > 0)
			answer_name(engine, SERVER);
		if (step > 1)
			fetcher_begin(engine);
		if (step > 2)
			fetcher_say(engine, FETCH_BODY, DOCUMENT);
		model_drop(engine->model, OWNER, &link);
		commit(engine);
		pass(engine, NSEC_PER_SEC);
		if (step == 1)
			ok(!fetcher_begin(engine), "a fetcher that comes too late gets no request");
		ok(model_pvd(engine->model, 2) == NULL && list_empty(&engine->errands),
			"M12: the domain goes while it is asked, step %d", step);
		end(engine);
	}
}

static void test_full(void)
{
	struct engine *engine = begin_domain();
	struct fact fact = fact_of(FACT_DATA, "fe80::a");

	fact.as.data.information = MIF_INFORMATION_SEARCH_DOMAINS;
	/* One place is left: prefix, name and server have three. */
	for (int i = 0; i < MODEL_PROVIDER_FACTS - 4; i++) {
		snprintf(fact.as.data.text, MIF_TEXT_SIZE, "%d.example", i);
		model_put(engine->model, OWNER, &fact);
	}
	commit(engine);
	pass(engine, 64 * NSEC_PER_MSEC);
	fetch(engine, FETCH_BODY, DOCUMENT);
	ok(!has_element(engine) && counter("pvd-info refused by the model") >= 1,
		"M21: what has no room is not told in part");
	end(engine);
}

int main(void)
{
	test_fetched();
	test_delay();
	test_sequence();
	test_flag();
	test_expiry();
	test_refused_later();
	test_prefixes();
	test_router();
	test_failures();
	test_attached();
	test_retries();
	test_redirect();
	test_limits();
	test_limit();
	test_gone();
	test_full();
	return tap_done();
}
