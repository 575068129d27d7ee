/* SPDX-License-Identifier: MIT */
/* The information of many domains, and limits. */
#include "source/test-pvd-info.h"

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
	test_limits();
	test_limit();
	test_gone();
	test_full();
	return tap_done();
}
