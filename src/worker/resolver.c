/* SPDX-License-Identifier: MIT */
/*
 * Questions to the DNS servers of one domain. Owns the servers, and each query from resolver_ask() until
 * its answer is fetched.
 *
 * The best server is asked first: the one expected to answer soonest. When it takes longer than can
 * be expected, the next one is asked as well, and the first good answer counts, whichever it is of.
 * One that fails is followed by the next at once. One that does not answer at all is asked only
 * after all others, but now and then together with the best one, so that its return is
 * noticed at nobody's cost.
 */
#include "worker/resolver.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "worker/link-socket.h"
#include "worker/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A server is asked the same again less soon than another one: it may have got the question. */
#define REPEAT NSEC_PER_SEC
/* When the next server has no room. */
#define RETRY (50 * NSEC_PER_MSEC)

struct resolver {
	struct watches *watches;
	struct resolver_counters *counters;
	uint32_t ifindex;
	struct list waiting, flying, answered;
	uint64_t due; /* nothing is due earlier */
	uint64_t heard; /* when any server said anything */
	uint32_t server_count;
	struct server servers[NAME_SCOPE_SERVERS];
};

enum query_state {
	QUERY_WAITING,
	QUERY_FLYING,
	QUERY_ANSWERED,
};

struct query {
	struct list node;
	struct resolver *resolver;
	void *owner;
	const char *name; /* the owner's */
	uint16_t type; /* enum dns_type */
	uint16_t state; /* enum query_state */
	bool unwanted, sent; /* to any server */
	uint8_t round;
	uint8_t asked, failed; /* servers, by bit: in this round, for good */
	struct list attempts;
	uint64_t due; /* for the next server */
	uint64_t limit;
	struct answer *answer; /* only as far as it has items */
	struct attempt first; /* most need no other */
	bool first_used;
};

_Static_assert(NAME_SCOPE_SERVERS <= 8, "servers of a query are bits of an octet");

/* ---- making a resolver ---- */

static bool is_server(const struct mif_address *server)
{
	return address_size(server) != 0 && !address_is_unspecified(server) &&
		!address_is_multicast(server);
}

bool resolver_has_server(const struct name_scope *scope)
{
	for (uint32_t i = 0; i < scope->server_count && i < NAME_SCOPE_SERVERS; i++) {
		if (is_server(&scope->servers[i]))
			return true;
	}
	return false;
}

/* Not every link-local server has a route back to a global source: the kernel's choice is right. */
static struct mif_address source_for(
	const struct name_scope *scope, const struct mif_address *server)
{
	if (server->family == AF_INET)
		return scope->source4;
	if (address_is_link_local(server) || address_is_link_local(&scope->source6))
		return (struct mif_address){0};
	return scope->source6;
}

int resolver_new(struct resolver **resolverp, const struct name_scope *scope,
	struct watches *watches, struct resolver_counters *counters)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));

	if (resolver == NULL)
		return -ENOMEM;
	resolver->watches = watches;
	resolver->counters = counters;
	resolver->ifindex = scope->ifindex;
	resolver->due = TIME_FOREVER;
	list_init(&resolver->waiting);
	list_init(&resolver->flying);
	list_init(&resolver->answered);
	for (uint32_t i = 0; i < scope->server_count && i < NAME_SCOPE_SERVERS; i++) {
		const struct mif_address *address = &scope->servers[i];
		struct mif_address source = source_for(scope, address);

		if (is_server(address))
			server_init(&resolver->servers[resolver->server_count++], watches, address,
				&source, scope->ifindex);
	}
	*resolverp = resolver;
	return 0;
}

static struct attempt *attempt_new(struct query *query)
{
	if (query->first_used)
		return calloc(1, sizeof(struct attempt));
	query->first_used = true;
	query->first = (struct attempt){0};
	return &query->first;
}

static void attempt_free(struct query *query, struct attempt *attempt)
{
	if (attempt == &query->first)
		query->first_used = false;
	else
		free(attempt);
}

static void drop_attempts(struct query *query)
{
	list_for_each_safe (node, &query->attempts) {
		struct attempt *attempt = container_of(node, struct attempt, in_query);

		server_drop(attempt);
		list_remove(&attempt->in_query);
		attempt_free(query, attempt);
	}
}

void resolver_drop(struct query *query)
{
	if (query == NULL)
		return;
	drop_attempts(query);
	list_remove(&query->node);
	free(query->answer);
	free(query);
}

static void drop_queries(struct list *queries)
{
	list_for_each_safe (node, queries)
		resolver_drop(container_of(node, struct query, node));
}

void resolver_free(struct resolver *resolver)
{
	if (resolver == NULL)
		return;
	drop_queries(&resolver->waiting);
	drop_queries(&resolver->flying);
	drop_queries(&resolver->answered);
	for (uint32_t i = 0; i < resolver->server_count; i++)
		server_deinit(&resolver->servers[i]);
	free(resolver);
}

/* ---- queries ---- */

int resolver_ask(struct resolver *resolver, struct query **queryp, const char *name, uint16_t type,
	void *owner, uint64_t now)
{
	struct query *query = calloc(1, sizeof(*query));

	if (query == NULL)
		return -ENOMEM;
	query->resolver = resolver;
	query->owner = owner;
	query->name = name;
	query->type = type;
	query->state = QUERY_WAITING;
	query->limit = now + RESOLVER_LIMIT;
	list_init(&query->attempts);
	list_append(&resolver->waiting, &query->node);
	*queryp = query;
	return 0;
}

bool resolver_sent(const struct query *query)
{
	return query != NULL && query->state != QUERY_WAITING;
}

void resolver_want(struct query *query, bool wanted)
{
	query->unwanted = !wanted;
}

static void count(struct resolver_counters *counters, uint32_t status)
{
	if (status == MIF_TRANSLATION_TIMEOUT)
		counters->timeouts++;
	else if (status == MIF_TRANSLATION_FAILED)
		counters->failures++;
	else if (status != RESOLVER_ABANDONED)
		counters->answers++;
}

/* Without memory for the addresses, the query has failed. */
static void finish(struct query *query, const struct answer *answer)
{
	struct resolver *resolver = query->resolver;

	drop_attempts(query);
	query->state = QUERY_ANSWERED;
	query->answer = answer_copy(answer);
	list_remove(&query->node);
	list_append(&resolver->answered, &query->node);
	count(resolver->counters, answer->status);
}

static void give_up(struct query *query, uint32_t status)
{
	struct answer answer = {.status = status, .system = MIF_SYSTEM_DNS};

	finish(query, &answer);
}

bool resolver_answer(struct resolver *resolver, struct answer *answer, void **ownerp)
{
	struct query *query;

	if (list_empty(&resolver->answered))
		return false;
	query = container_of(resolver->answered.next, struct query, node);
	*ownerp = query->owner;
	if (query->answer == NULL)
		*answer = (struct answer){.status = MIF_TRANSLATION_FAILED};
	else
		memcpy(answer, query->answer, answer_size(query->answer));
	resolver_drop(query);
	return true;
}

/* ---- which server ---- */

static unsigned int all_servers(const struct resolver *resolver)
{
	return (1U << resolver->server_count) - 1;
}

/* The one to be asked next, of those that have room and are not among these; or NULL. Of equals, the
 * first in the domain's own order. */
static struct server *choose(struct resolver *resolver, unsigned int without)
{
	struct server *best = NULL;
	bool up = false;

	for (uint32_t i = 0; i < resolver->server_count; i++) {
		struct server *server = &resolver->servers[i];
		bool down = server_is_down(server);

		if (without & 1U << i)
			continue;
		/* Rather wait for one that answers than ask one that does not. */
		if (!down && !up)
			best = NULL;
		up |= !down;
		if (server->in_flight >= SERVER_IN_FLIGHT || (down && up))
			continue;
		if (best == NULL || server_expects(server) < server_expects(best))
			best = server;
	}
	return best;
}

/* One that did not answer, whose time to be tried again has come; or NULL. */
static struct server *choose_again(struct resolver *resolver, unsigned int without, uint64_t now)
{
	for (uint32_t i = 0; i < resolver->server_count; i++) {
		struct server *server = &resolver->servers[i];

		if (!(without & 1U << i) && server_is_down(server) && now >= server->retry_at &&
			server->in_flight < SERVER_IN_FLIGHT)
			return server;
	}
	return NULL;
}

static unsigned int bit_of(const struct query *query, const struct server *server)
{
	return 1U << (server - query->resolver->servers);
}

/* ---- asking ---- */

static void send_to(struct query *query, struct server *server, uint64_t now)
{
	struct attempt *attempt = attempt_new(query);
	int r;

	query->asked |= (uint8_t)bit_of(query, server);
	if (attempt == NULL)
		return;
	list_init(&attempt->in_server);
	attempt->name = query->name;
	attempt->type = query->type;
	attempt->query = query;
	query->resolver->counters->questions++;
	r = server_ask(server, attempt, now);
	if (r == 0) {
		query->sent = true;
		list_append(&query->attempts, &attempt->in_query);
		return;
	}
	attempt_free(query, attempt);
	/* The next round may find this host in a better state. */
	if (link_socket_passes(-r))
		return;
	server_missed(server, now);
	query->failed |= (uint8_t)bit_of(query, server);
}

static uint64_t patience(const struct query *query, const struct server *server)
{
	uint64_t time = server_patience(server);
	bool last = (query->asked | query->failed) == all_servers(query->resolver);

	return (last ? MAX(time, REPEAT) : time) << query->round;
}

/* Asks the next server of this round. False: there is none, or none that has room. */
static bool ask_next(struct query *query, uint64_t now)
{
	struct resolver *resolver = query->resolver;

	for (;;) {
		struct server *server = choose(resolver, query->asked | query->failed);

		if (server == NULL)
			return false;
		send_to(query, server, now);
		if (query->failed & bit_of(query, server))
			continue;
		query->due = MIN(now + patience(query, server), query->limit);
		resolver->due = MIN(resolver->due, query->due);
		return true;
	}
}

/* Every server has said no, and none is still thinking. */
static bool is_hopeless(const struct query *query)
{
	return query->failed == all_servers(query->resolver) && list_empty(&query->attempts);
}

static bool has_room(const struct resolver *resolver)
{
	for (uint32_t i = 0; i < resolver->server_count; i++) {
		if (resolver->servers[i].in_flight < SERVER_IN_FLIGHT)
			return true;
	}
	return false;
}

/* None of the servers has said anything to anybody for long. */
static bool is_silent(const struct resolver *resolver, uint64_t now)
{
	return now >= resolver->heard + RESOLVER_LIMIT;
}

/* False: there is no room. */
static bool begin(struct query *query, uint64_t now)
{
	struct resolver *resolver = query->resolver;
	struct server *again;

	if (!has_room(resolver))
		return false;
	/* Being held back does not count, as long as there is somebody to wait for. */
	if (!is_silent(resolver, now))
		query->limit = now + RESOLVER_LIMIT;
	if (!ask_next(query, now) && !is_hopeless(query)) {
		query->asked = 0;
		return false;
	}
	again = choose_again(resolver, query->asked, now);
	if (again != NULL) {
		/* The others do not try it at the same time. */
		again->retry_at = now + server_patience(again);
		send_to(query, again, now);
	}
	query->state = QUERY_FLYING;
	resolver->counters->queries++;
	list_remove(&query->node);
	list_append(&resolver->flying, &query->node);
	if (is_hopeless(query))
		give_up(query, MIF_TRANSLATION_FAILED);
	return true;
}

/* ---- time passes ---- */

/* Those that have been asked in vain. */
static void count_misses(struct query *query, uint64_t now)
{
	list_for_each (node, &query->attempts) {
		struct attempt *attempt = container_of(node, struct attempt, in_query);
		struct server *server = attempt->server;

		if (attempt->missed || now < attempt->sent + server_patience(server))
			continue;
		attempt->missed = true;
		server_missed(server, now);
	}
}

static void next_round(struct query *query)
{
	if ((query->asked | query->failed) == all_servers(query->resolver) &&
		query->round + 1 < RESOLVER_ROUNDS) {
		query->round++;
		query->asked = 0;
	}
}

static void go_on(struct query *query, uint64_t now)
{
	if (is_hopeless(query)) {
		give_up(query, MIF_TRANSLATION_FAILED);
		return;
	}
	if (now >= query->limit) {
		count_misses(query, now);
		give_up(query,
			query->failed != 0 || !query->sent ? MIF_TRANSLATION_FAILED
							   : MIF_TRANSLATION_TIMEOUT);
		return;
	}
	count_misses(query, now);
	next_round(query);
	if (ask_next(query, now))
		return;
	if (is_hopeless(query))
		give_up(query, MIF_TRANSLATION_FAILED);
	else if ((query->asked | query->failed) == all_servers(query->resolver))
		query->due = query->limit;
	else
		query->due = MIN(now + RETRY, query->limit);
}

static void fly(struct resolver *resolver, uint64_t now)
{
	list_for_each_safe (node, &resolver->flying) {
		struct query *query = container_of(node, struct query, node);

		if (now >= query->due)
			go_on(query, now);
		if (query->state == QUERY_FLYING)
			resolver->due = MIN(resolver->due, query->due);
	}
}

/* The longest flying of those that nobody waits for. */
static bool abandon_one(struct resolver *resolver)
{
	list_for_each (node, &resolver->flying) {
		struct query *query = container_of(node, struct query, node);

		if (!query->unwanted)
			continue;
		give_up(query, RESOLVER_ABANDONED);
		return true;
	}
	return false;
}

static void send_waiting(struct resolver *resolver, uint64_t now)
{
	while (!list_empty(&resolver->waiting)) {
		struct query *query = container_of(resolver->waiting.next, struct query, node);

		if (now >= query->limit && is_silent(resolver, now)) {
			give_up(query, MIF_TRANSLATION_TIMEOUT);
		} else if (!begin(query, now) && !abandon_one(resolver)) {
			resolver->due = MIN(resolver->due, MAX(query->limit, now + RETRY));
			return;
		}
	}
}

void resolver_run(struct resolver *resolver, uint64_t now)
{
	for (uint32_t i = 0; i < resolver->server_count; i++)
		server_tidy(&resolver->servers[i], now);
	if (now >= resolver->due) {
		resolver->due = TIME_FOREVER;
		fly(resolver, now);
	}
	send_waiting(resolver, now);
}

uint64_t resolver_deadline(const struct resolver *resolver)
{
	return resolver->due;
}

/* ---- what the servers say ---- */

static struct query *end_attempt(struct attempt *attempt)
{
	struct query *query = attempt->query;

	query->failed |= (uint8_t)bit_of(query, attempt->server);
	list_remove(&attempt->in_query);
	attempt_free(query, attempt);
	return query;
}

/* The next server's turn. */
static void hurry(struct query *query, uint64_t now)
{
	query->due = query->resolver->due = now;
}

void attempt_answered(struct attempt *attempt, struct dns_message *message, uint64_t now)
{
	struct query *query = attempt->query;
	struct dns_question question = message->question;
	struct answer answer;

	query->resolver->heard = now;
	answer_read(&answer, &question, message, query->resolver->ifindex);
	answer.server = attempt->server->address;
	end_attempt(attempt);
	if (answer.status != MIF_TRANSLATION_FAILED)
		finish(query, &answer);
	else
		hurry(query, now);
}

void attempt_failed(struct attempt *attempt, uint64_t now)
{
	hurry(end_attempt(attempt), now);
}
