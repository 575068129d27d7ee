/* SPDX-License-Identifier: MIT */
/*
 * Datagrams of rtnetlink to facts. Events and the answers to a request come in through one
 * function and in the kernel's order, which is what makes a snapshot right: what is older than the
 * first answer was put before it begins, what is younger replaces what the answers said.
 *
 * The kernel does not tell of every route that it takes away (an address or a link that goes takes
 * IPv4 routes along in silence), nor of a lifetime that a router advertisement extends. So a loss
 * drops no route here: it makes the table wanted again.
 */
#include "source/rtnetlink-news.h"

#include <errno.h>
#include <string.h>

#include <linux/if.h>
#include <linux/rtnetlink.h>

#include "base/cleanup.h"
#include "kernel/attribute.h"
#include "source/ra-option.h"
#include "source/rtnetlink-parse.h"

/* The kernel counts a route's last moment as "never": it is asked a little later. */
#define EXPIRY_MARGIN (50 * NSEC_PER_MSEC)

/* What rp_filter is to be for answers to be dropped that come in by another link. */
#define FILTER_STRICT 1

/* A captive portal has no lifetime (RFC 8910 section 2.3). Here it ends with all else that its
 * router advertised; without anything else, with a router lifetime's default (RFC 4861 6.2.1). */
#define PORTAL_LIFETIME (1800 * NSEC_PER_SEC)

void rtnetlink_news_want(struct rtnetlink_news *news, uint32_t tables, uint64_t when)
{
	news->want_at = news->wanted == 0 ? when : MIN(news->want_at, when);
	news->wanted |= tables;
}

static void news_put(
	struct rtnetlink_news *news, struct model *model, const struct fact *fact, uint64_t now)
{
	int r = model_put(model, news->owner, fact);

	news->dirty = true;
	if (r == -ENOMEM)
		rtnetlink_news_want(news, RTNETLINK_TABLES, now + RTNETLINK_SETTLE);
	else if (r < 0)
		news->counters[RTNETLINK_REFUSED]++;
}

static void news_policy_result(struct rtnetlink_news *news, int r, uint64_t now)
{
	if (r == -ENOMEM)
		rtnetlink_news_want(news, RTNETLINK_TABLES, now + RTNETLINK_SETTLE);
	else if (r < 0)
		news->counters[RTNETLINK_REFUSED]++;
}

/* Rules that name a table of which nothing is known yet make the routes wanted. */
static void news_want_tables(struct rtnetlink_news *news, uint64_t now)
{
	if (!news->policy.all_tables && policy_names_tables(&news->policy))
		rtnetlink_news_want(news, 1U << FACT_ROUTE, now);
}

static void news_vrf(
	struct rtnetlink_news *news, const struct nlmsghdr *message, uint32_t ifindex, uint64_t now)
{
	uint32_t table = message->nlmsg_type == RTM_NEWLINK ? rtnetlink_parse_vrf(message) : 0;

	news_policy_result(news, policy_set_vrf(&news->policy, ifindex, table), now);
	news_want_tables(news, now);
}

static int news_link(struct rtnetlink_news *news, struct model *model,
	const struct nlmsghdr *message, uint64_t now)
{
	const struct ifinfomsg *head = mnl_nlmsg_get_payload(message);
	struct fact fact;
	uint32_t filter;
	int r = rtnetlink_parse_link(message, &fact, &filter);

	if (r <= 0)
		return r;
	fact.as.link.strict = MAX(filter, news->filter_all) == FILTER_STRICT;
	news_vrf(news, message, fact.ifindex, now);
	if (message->nlmsg_type == RTM_DELLINK) {
		model_drop_link(model, news->owner, fact.ifindex);
		news->dirty = true;
	} else {
		news_put(news, model, &fact, now);
	}
	/* ~0: a link that has just been made has no routes yet. */
	if (message->nlmsg_type == RTM_DELLINK ||
		((head->ifi_change & IFF_UP) != 0 && head->ifi_change != UINT32_MAX))
		rtnetlink_news_want(news, 1U << FACT_ROUTE, now + RTNETLINK_SETTLE);
	return 0;
}

/* The links tell of their own filters when they are asked for again. */
static int news_filter(
	struct rtnetlink_news *news, const struct nlmsghdr *message, bool event, uint64_t now)
{
	uint32_t ifindex, filter;
	int r = rtnetlink_parse_filter(message, &ifindex, &filter);

	if (r <= 0)
		return r;
	if (event && (ifindex != 0 || filter != news->filter_all))
		rtnetlink_news_want(news, 1U << FACT_LINK, now);
	if (ifindex == 0)
		news->filter_all = filter;
	return 0;
}

static int news_address(struct rtnetlink_news *news, struct model *model,
	const struct nlmsghdr *message, uint64_t now)
{
	struct fact fact;
	int r = rtnetlink_parse_address(message, now, &fact);

	if (r <= 0)
		return r;
	if (message->nlmsg_type == RTM_NEWADDR) {
		news_put(news, model, &fact, now);
		return 0;
	}
	model_drop(model, news->owner, &fact);
	news->dirty = true;
	if (fact.as.address.address.family == AF_INET)
		rtnetlink_news_want(news, 1U << FACT_ROUTE, now + RTNETLINK_SETTLE);
	return 0;
}

static int news_hops(
	struct rtnetlink_news *news, struct model *model, struct kernel_route *route, uint64_t now)
{
	struct fact fact;
	int r;

	while ((r = rtnetlink_route_fact(route, &fact)) > 0)
		news_put(news, model, &fact, now);
	return r;
}

/* Of other tables than the main one: what the kernel says of a loss there is believed at once. */
static int news_policy_hops(
	struct rtnetlink_news *news, struct kernel_route *route, bool gone, uint64_t now)
{
	uint64_t valid_until = route->expires == TIME_FOREVER
		? TIME_FOREVER
		: route->expires + RTNETLINK_ROUTE_GRACE;
	struct kernel_hop hop;
	int r;

	while ((r = kernel_route_next(route, &hop)) > 0) {
		if (gone)
			policy_drop_route(&news->policy, route, &hop);
		else
			news_policy_result(news,
				policy_put_route(&news->policy, route, &hop, valid_until), now);
	}
	return r;
}

static int news_route(struct rtnetlink_news *news, struct model *model,
	const struct nlmsghdr *message, bool event, uint64_t now)
{
	const struct rtmsg *head = mnl_nlmsg_get_payload(message);
	struct kernel_route route;
	int r;

	/* Nearly every route of a busy host: no look at the rest. */
	if (mnl_nlmsg_get_payload_len(message) >= sizeof(*head) &&
		head->rtm_dst_len > RTNETLINK_DEFAULT_LENGTH)
		return 0;
	r = kernel_route_parse(message, now, &route);
	if (r <= 0 || (!rtnetlink_route_is_default(&route) && !policy_takes_route(&route)))
		return MIN(r, 0);
	if (message->nlmsg_type == RTM_DELROUTE && route.table != RT_TABLE_MAIN)
		return news_policy_hops(news, &route, true, now);
	/* Another route of the same key may be left; the next hops of one that was replaced are
	 * not told. */
	if (message->nlmsg_type == RTM_DELROUTE ||
		(event && (message->nlmsg_flags & NLM_F_REPLACE) != 0))
		rtnetlink_news_want(news, 1U << FACT_ROUTE, now + RTNETLINK_SETTLE);
	if (message->nlmsg_type == RTM_DELROUTE || route.expires <= now)
		return 0;
	if (route.expires != TIME_FOREVER)
		rtnetlink_news_want(news, 1U << FACT_ROUTE, route.expires + EXPIRY_MARGIN);
	return rtnetlink_route_is_default(&route) ? news_hops(news, model, &route, now)
						  : news_policy_hops(news, &route, false, now);
}

static int news_rule(struct rtnetlink_news *news, const struct nlmsghdr *message, uint64_t now)
{
	struct kernel_rule rule;
	int r = kernel_rule_parse(message, &rule);

	if (r <= 0)
		return r;
	if (message->nlmsg_type == RTM_DELRULE) {
		policy_drop_rule(&news->policy, &rule);
		return 0;
	}
	news_policy_result(news, policy_put_rule(&news->policy, &rule), now);
	news_want_tables(news, now);
	return 0;
}

/* Only those that the kernel is known to pass on: nested ones or a PvD option must not slip in by
 * a way on which they would lose their meaning. */
static bool option_is_wanted(uint8_t type)
{
	return type == RA_OPTION_PREFIX || type == RA_OPTION_SERVERS || type == RA_OPTION_SEARCH ||
		type == RA_OPTION_CAPTIVE_PORTAL || type == RA_OPTION_PREF64;
}

static int news_options(struct rtnetlink_news *news, struct model *model,
	const struct nlmsghdr *message, uint64_t now)
{
	struct rtnetlink_options options;
	struct ra_router *router;
	struct reader reader;
	struct ra ra = {0};
	int r = rtnetlink_parse_options(message, &options);

	if (r <= 0)
		return r;
	ra.ifindex = options.ifindex;
	ra.router = options.router;
	reader = reader_of(options.octets, options.size);
	while (reader_left(&reader) > 0) {
		uint8_t type = reader_u8(&reader);
		size_t size = 8 * (size_t)reader_u8(&reader);
		struct reader body = reader_part(&reader, size < 2 ? 0 : size - 2);

		if (size == 0 || reader.failed)
			return -EBADMSG;
		if (option_is_wanted(type))
			ra_option_read(&ra, type, body);
	}
	router = ra_routers_get(&news->routers, &ra, now);
	if (router == NULL) {
		news->counters[RTNETLINK_REFUSED]++;
		return 0;
	}
	if (ra.captive_portal[0] != '\0' && router->horizon <= now)
		router->horizon = now + PORTAL_LIFETIME;
	news->counters[RTNETLINK_REFUSED] += ra_facts_put(&ra, router, model, news->owner, now);
	news->counters[RTNETLINK_MALFORMED] += ra.skipped[RA_SKIP_MALFORMED];
	news->dirty = true;
	return 0;
}

static void news_message(struct rtnetlink_news *news, struct model *model,
	const struct nlmsghdr *message, bool event, uint64_t now)
{
	int r = 0;

	if (news->options_only && message->nlmsg_type != RTM_NEWNDUSEROPT)
		return;
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		r = news_link(news, model, message, now);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		r = news_address(news, model, message, now);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		r = news_route(news, model, message, event, now);
		break;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		r = news_rule(news, message, now);
		break;
	case RTM_NEWNETCONF:
		r = news_filter(news, message, event, now);
		break;
	case RTM_NEWNDUSEROPT:
		r = news_options(news, model, message, now);
		break;
	default:
		break;
	}
	if (r < 0)
		news->counters[RTNETLINK_MALFORMED]++;
}

/* 0, or the negative errno with which the kernel ended its answer. A table that does not exist yet
 * is empty: a new network namespace has no main table, a kernel without policy routing no rules. */
static int answer_error(const struct nlmsghdr *message)
{
	int error = 0;

	if (message->nlmsg_type != NLMSG_DONE && message->nlmsg_type != NLMSG_ERROR)
		return 0;
	if (mnl_nlmsg_get_payload_len(message) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	return error == -ENOENT || error == -EOPNOTSUPP ? 0 : error;
}

static void news_begin(struct rtnetlink_news *news, struct model *model)
{
	if (news->begin == 1U << FACT_STEER) {
		policy_begin_rules(&news->policy);
		return;
	}
	if (news->begin == 1U << FACT_ROUTE)
		policy_begin_routes(&news->policy);
	model_begin(model, news->owner, news->begin);
}

static void news_answer(struct rtnetlink_news *news, struct model *model,
	const struct nlmsghdr *message, uint64_t now)
{
	if (answer_error(message) != 0) {
		news->counters[RTNETLINK_FAILED]++;
		news->disturbed = true;
	} else if (news->begin != 0) {
		news_begin(news, model);
		news->begin = 0;
		news->dirty = true;
	}
	if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0 && !news->disturbed) {
		news->counters[RTNETLINK_INTERRUPTED]++;
		news->disturbed = true;
	}
	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
		news->done = true;
	else
		news_message(news, model, message, false, now);
}

void rtnetlink_news_settle(struct rtnetlink_news *news, struct model *model, uint64_t now)
{
	int r = policy_tell(&news->policy, model, news->owner);

	news->dirty |= r != 0;
	news_policy_result(news, MIN(r, 0), now);
}

void rtnetlink_news_take(struct rtnetlink_news *news, struct model *model, const void *octets,
	size_t size, uint64_t now)
{
	const struct nlmsghdr *message = octets;
	int left = size > INT32_MAX ? INT32_MAX : (int)size;

	/* mnl_nlmsg_ok() takes a length above 2^31 for a negative one. */
	for (; mnl_nlmsg_ok(message, left) && message->nlmsg_len <= (uint32_t)left;
		message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_pid == 0 || message->nlmsg_pid != news->port) {
			news->counters[RTNETLINK_EVENTS]++;
			news->disturbed |= !news->done && message_is_loss(message);
			news_message(news, model, message, true, now);
		} else if (message->nlmsg_seq == news->sequence && !news->done) {
			news_answer(news, model, message, now);
		}
	}
	if (left > 0)
		news->counters[RTNETLINK_MALFORMED]++;
}
