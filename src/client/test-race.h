/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The race on a fake clock. A scenario is a line of words; what the race does is written down as
 * another, and compared.
 *
 *   A46       domain A, both families, prefers IPv6 (A64: the same, but prefers IPv4);
 *   A4/1@7    only IPv4; rank 1; on the link 7
 *   10:A+6    at 10 ms A's DNS gives the next IPv6 address; 10:A+66 two of them
 *   10:A.6    ... ends for IPv6 in what it gave; A!6 no such name; A0 no address; A?6 no answer;
 *             A%6 server failure; A-6 no server
 *   10:A#     domain A goes away; 10:B46 domain B comes; 10:A_ its interface is going away; 10:A= it stays
 *   A46_      it was going away before
 *   A46s      service records are asked for, too;  10:A$  there are no more of them
 *   10:A*2    a service of priority 2 that is the name itself; A*2@8443 on that port; A*2t of another
 *             target
 *   10:A~16   service 1 hints at the next IPv6 address;  10:A>16  its target has the next one
 *   10:A^16   its target has the domain's first one;  10:A<16  and no more;  10:A|16  it has none
 *   10:1=     attempt 1 connects; 1x is refused; 1u unreachable; 1t times out in silence
 *
 *   A6@10     an attempt over A to its first IPv6 address at 10 ms; A6b: the second address;
 *             A6:8443@10 to another port than that of the race
 *   -1        attempt 1 called off;  ok1@20, or an errno@20: the end
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "client/race.h"
#include "error.h"
#include "tap.h"

#define START (1000 * NSEC_PER_SEC)

struct game {
	struct race race;
	uint64_t now;
	unsigned int given[26][2]; /* addresses so far, of each domain and family */
	char log[1024];
};

__attribute__((unused)) static void note(struct game *game, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

__attribute__((unused)) static void note(struct game *game, const char *format, ...)
{
	size_t length = strlen(game->log);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(game->log + length, sizeof(game->log) - length, format, arguments);
	va_end(arguments);
}

__attribute__((unused)) static void note_time(struct game *game)
{
	uint64_t time = game->now - START;

	if (time % NSEC_PER_MSEC == 0)
		note(game, "@%d", (int)(time / NSEC_PER_MSEC));
	else
		note(game, "@%.6f", (double)time / 1e6);
}

/* The addresses of the tests: the sources carry the domain, the destinations their number. */
__attribute__((unused)) static struct mif_address address_of(
	unsigned int domain, int family, unsigned int host)
{
	uint8_t ipv4[4] = {10, (uint8_t)domain, 0, (uint8_t)host};
	uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)domain, [15] = (uint8_t)host};

	return family == 4 ? address_ipv4(ipv4) : address_ipv6(ipv6, 0);
}

#define SERVERS 200 /* the place of the destinations among the test's domains */

__attribute__((unused)) static void add_domain(struct game *game, const char *word)
{
	unsigned int domain = (unsigned int)(word[0] - 'A');
	struct select_address addresses[2] = {
		{.address = address_of(domain, 4, 2), .prefix_length = 24},
		{.address = address_of(domain, 6, 2), .prefix_length = 64},
	};
	char name[2] = {word[0]};
	struct race_entry entry = {
		.pvd = domain + 1,
		.name = name,
		.ifindex = domain + 1,
		.addresses = addresses,
		.address_count = 2,
	};
	const char *rank = strchr(word, '/'), *link = strchr(word, '@');

	entry.families = (strchr(word, '4') ? RACE_IPV4 : 0) | (strchr(word, '6') ? RACE_IPV6 : 0);
	entry.services = strchr(word, 's') != NULL;
	entry.prefer_ipv6 = strncmp(word + 1, "64", 2) != 0 && (entry.families & RACE_IPV6);
	entry.standard = strchr(word, '!') != NULL;
	entry.away = strchr(word, '_') != NULL;
	if (rank != NULL)
		entry.rank = (uint32_t)atoi(rank + 1);
	if (link != NULL)
		entry.ifindex = (uint32_t)atoi(link + 1);
	if (race_domain_add(&game->race, &entry) < 0)
		abort();
}

__attribute__((unused)) static void news_of_service(struct game *game, const char *word)
{
	unsigned int domain = (unsigned int)(word[0] - 'A');
	uint32_t service = (uint32_t)(word[2] - '0');
	const char *port = strchr(word, '@');
	bool own = strchr(word, 't') == NULL;

	if (word[1] == '$')
		race_services_answered(&game->race, domain + 1);
	if (word[1] == '*')
		race_service(&game->race, domain + 1, service,
			port != NULL ? (uint16_t)atoi(port + 1) : 80, own,
			own ? 0 : RACE_IPV4 | RACE_IPV6);
	for (const char *at = word + 3; strchr("~>^<|", word[1]) != NULL && *at != '\0'; at++) {
		uint32_t family = *at == '4' ? RACE_IPV4 : RACE_IPV6;
		unsigned int number = word[1] == '^' ? 1 : game->given[domain][*at == '6'] + 1;
		struct mif_address address = address_of(SERVERS, *at - '0', number);

		if (word[1] == '<' || word[1] == '|') {
			race_service_answered(&game->race, domain + 1, service, family,
				word[1] == '<' ? MIF_TRANSLATION_FOUND
					       : MIF_TRANSLATION_NO_ADDRESS);
			continue;
		}
		if (word[1] != '^')
			game->given[domain][*at == '6']++;
		race_service_address(
			&game->race, domain + 1, service, &address, word[1] == '~', game->now);
	}
}

__attribute__((unused)) static void news_of_domain(struct game *game, const char *word)
{
	static const struct {
		char sign;
		uint32_t status;
	} statuses[] = {
		{'.', MIF_TRANSLATION_FOUND},
		{'!', MIF_TRANSLATION_NO_NAME},
		{'0', MIF_TRANSLATION_NO_ADDRESS},
		{'?', MIF_TRANSLATION_TIMEOUT},
		{'%', MIF_TRANSLATION_FAILED},
		{'-', MIF_TRANSLATION_NO_SERVER},
	};
	unsigned int domain = (unsigned int)(word[0] - 'A');

	if (word[1] == '#')
		race_domain_gone(&game->race, domain + 1, game->now);
	if (word[1] == '_' || word[1] == '=')
		race_domain_away(&game->race, domain + 1, word[1] == '_');
	for (const char *at = word + 2; word[1] == '+' && *at != '\0'; at++) {
		unsigned int number = game->given[domain][*at == '6']++;
		struct mif_address address = address_of(SERVERS, *at - '0', number + 1);

		race_answer(&game->race, domain + 1, &address, game->now);
	}
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		for (const char *at = word + 2; word[1] == statuses[i].sign && *at != '\0'; at++)
			race_answered(&game->race, domain + 1, *at == '4' ? RACE_IPV4 : RACE_IPV6,
				statuses[i].status);
}

__attribute__((unused)) static void act(struct game *game)
{
	for (;;) {
		struct race_action action = race_next(&game->race, game->now);

		if (action.verb == RACE_WAIT)
			return;
		if (game->log[0] != '\0')
			note(game, " ");
		if (action.verb == RACE_START) {
			const struct race_attempt *attempt =
				&game->race.attempts[action.attempt - 1];
			unsigned int number = address_size(&attempt->to.address) == 4
				? attempt->to.address.octets[3]
				: attempt->to.address.octets[15];

			note(game, "%c%d", 'A' + (int)attempt->pvd - 1,
				attempt->to.address.family == AF_INET ? 4 : 6);
			if (number > 1)
				note(game, "%c", 'a' + (int)number - 1);
			if (attempt->to.port != 80)
				note(game, ":%u", attempt->to.port);
		} else if (action.verb == RACE_CANCEL) {
			note(game, "-%u", action.attempt);
			continue;
		} else if (action.verb == RACE_CONNECTED) {
			note(game, "ok%u", action.attempt);
		} else {
			note(game, "%s", error_name(game->race.error));
		}
		note_time(game);
	}
}

__attribute__((unused)) static void apply(struct game *game, const char *word)
{
	static const struct {
		char sign;
		int error;
	} outcomes[] = {{'=', 0}, {'x', ECONNREFUSED}, {'u', EHOSTUNREACH}, {'t', ETIMEDOUT}};
	char *sign;

	if (word[0] >= 'A' && (word[1] == '4' || word[1] == '6')) {
		add_domain(game, word);
	} else if (word[0] >= 'A') {
		news_of_domain(game, word);
		news_of_service(game, word);
	} else {
		uint32_t attempt = (uint32_t)strtoul(word, &sign, 10);

		act(game);
		for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
			if (*sign == outcomes[i].sign)
				race_attempt_result(
					&game->race, attempt, outcomes[i].error, game->now);
	}
}

__attribute__((unused)) static void run_until(struct game *game, uint64_t time)
{
	uint64_t deadline;

	while ((deadline = race_deadline(&game->race)) < time) {
		game->now = deadline;
		act(game);
	}
	if (time != TIME_FOREVER)
		game->now = time;
}

/* Plays a scenario and then the time until nothing more happens. */
__attribute__((unused)) static void play_with(
	struct game *game, const struct race_options *options, const char *scenario)
{
	char line[512], *rest = line, *word;

	memset(game, 0xee, sizeof(*game));
	memset(game->given, 0, sizeof(game->given));
	game->log[0] = '\0';
	game->now = START;
	race_begin(&game->race, 80, options, game->now);
	snprintf(line, sizeof(line), "%s", scenario);
	while ((word = strsep(&rest, " ")) != NULL) {
		char *colon = strchr(word, ':');

		if (colon != NULL) {
			uint64_t time = START + (uint64_t)(atof(word) * 1e6);

			if (time != game->now) {
				act(game);
				run_until(game, time);
			}
			word = colon + 1;
		}
		apply(game, word);
	}
	act(game);
	run_until(game, TIME_FOREVER);
}
