/* SPDX-License-Identifier: MIT */
/* The information of one domain. */
#include "source/test-pvd-info.h"

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
	return tap_done();
}
