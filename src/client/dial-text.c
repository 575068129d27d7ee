/* SPDX-License-Identifier: MIT */
/*
 * The sentence that a failed dial leaves behind, made from the race as it ended:
 *
 *	www.example port 80: no answer from DNS in h1:10.11.0.0/24 (timeout); h2:fe80::22:a:
 *	2001:db8:ffff::2a refused, 203.0.113.42 timed out
 */
#include "client/dial-text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define MORE "; ..."

/* As much of a name as leaves room to say what is wrong. */
#define HOST_SIZE 80

struct sentence {
	char *text;
	size_t length;
	bool begun; /* something follows the colon */
	bool full;
};

/* Adds a part whole or not at all. */
__attribute__((format(printf, 3, 4))) static void say(
	struct sentence *sentence, const char *separator, const char *format, ...)
{
	char *end = sentence->text + sentence->length;
	size_t room = MIF_TEXT_SIZE - sizeof(MORE) - sentence->length + 1;
	va_list arguments;
	int size, more;

	if (sentence->full)
		return;
	size = snprintf(end, room, "%s", sentence->begun ? separator : " ");
	va_start(arguments, format);
	more = vsnprintf(end + size, room - MIN((size_t)size, room), format, arguments);
	va_end(arguments);
	if (more < 0 || (size_t)size + (size_t)more >= room) {
		memcpy(end, MORE, sizeof(MORE));
		sentence->full = true;
		return;
	}
	sentence->length += (size_t)size + (size_t)more;
	sentence->begun = true;
}

static void say_host(struct sentence *sentence, const char *host, uint16_t port)
{
	size_t length = strnlen(host, HOST_SIZE);
	bool cut = host[length] != '\0';

	/* Not within a character of UTF-8. */
	while (cut && length > 0 && ((uint8_t)host[length] & 0xc0) == 0x80)
		length--;
	sentence->length = (size_t)snprintf(sentence->text, MIF_TEXT_SIZE,
		"%.*s%s port %u:", (int)length, host, cut ? "..." : "", port);
}

static const char *error_text(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "refused";
	case ETIMEDOUT:
		return "timed out";
	case ENETUNREACH:
		return "network unreachable";
	case EHOSTUNREACH:
		return "host unreachable";
	case ENETDOWN:
		return "domain lost";
	default:
		return strerror(error);
	}
}

/* Another source of the same destination says nothing new when it ended the same way. */
static bool said_before(const struct race *race, uint32_t index)
{
	const struct race_attempt *attempt = &race->attempts[index];

	for (uint32_t i = 0; i < index; i++) {
		const struct race_attempt *other = &race->attempts[i];

		if (other->domain == attempt->domain &&
			other->destination == attempt->destination &&
			other->error == attempt->error)
			return true;
	}
	return false;
}

static bool say_attempts(struct sentence *sentence, const struct race *race, size_t domain)
{
	const char *name = race->domains[domain].name;
	char text[MIF_ADDRESS_TEXT];
	bool any = false;

	for (uint32_t i = 0; i < race->attempt_count; i++) {
		const struct race_attempt *attempt = &race->attempts[i];
		const char *outcome = error_text(attempt->error);

		if (attempt->domain != domain || said_before(race, i))
			continue;
		mif_address_format(&attempt->to.address, text);
		if (!any)
			say(sentence, "; ", "%s: %s %s", name, text, outcome);
		else
			say(sentence, ", ", "%s %s", text, outcome);
		any = true;
	}
	return any;
}

static void say_status(struct sentence *sentence, const char *name, uint32_t status)
{
	static const char *const formats[] = {
		[MIF_TRANSLATION_FOUND] = "not reachable from %s",
		[MIF_TRANSLATION_NO_NAME] = "unknown in %s",
		[MIF_TRANSLATION_NO_ADDRESS] = "no address in %s",
		[MIF_TRANSLATION_FAILED] = "DNS failed in %s",
		[MIF_TRANSLATION_TIMEOUT] = "no answer from DNS in %s (timeout)",
		[MIF_TRANSLATION_NO_SERVER] = "no DNS server in %s",
		[MIF_TRANSLATION_PVD_GONE] = "%s went away",
		[MIF_TRANSLATION_NOT_PERMITTED] = "never asked for in %s",
		[MIF_TRANSLATION_MALFORMED] = "no name of a host in %s",
		[MIF_TRANSLATION_OTHER_ZONE] = "not asked in %s",
	};
	const char *format = formats[status < ARRAY_SIZE(formats) && formats[status] != NULL
			? status
			: MIF_TRANSLATION_FAILED];
	const char *place = strstr(format, "%s");

	say(sentence, "; ", "%.*s%s%s", (int)(place - format), format, name, place + 2);
}

static void say_domain(struct sentence *sentence, const struct race *race, size_t index)
{
	const struct race_domain *domain = &race->domains[index];
	bool tried = say_attempts(sentence, race, index);
	uint32_t said = UINT32_MAX;

	if (domain->gone) {
		if (!tried)
			say_status(sentence, domain->name, MIF_TRANSLATION_PVD_GONE);
		return;
	}
	for (size_t family = 0; family < 2; family++) {
		uint32_t bit = family == 0 ? RACE_IPV4 : RACE_IPV6;
		uint32_t status = domain->status[family];

		if ((domain->families & bit) == 0)
			continue;
		if ((domain->answered & bit) == 0)
			status = MIF_TRANSLATION_TIMEOUT;
		/* What was found was tried; and that the other family has no address is common. */
		if (status == said || (status == MIF_TRANSLATION_FOUND && domain->unusable == 0) ||
			(tried &&
				(status == MIF_TRANSLATION_NO_ADDRESS ||
					status == MIF_TRANSLATION_FOUND)))
			continue;
		say_status(sentence, domain->name, status);
		said = status;
	}
}

char *dial_text(char text[MIF_TEXT_SIZE], const char *host, const struct race *race,
	const struct dial_zone *zone, const char *why)
{
	struct sentence sentence = {.text = text};

	say_host(&sentence, host, race->port);
	if (why == NULL && race->domain_count == 0)
		why = "no provisioning domain";
	if (why != NULL) {
		say(&sentence, "; ", "%s", why);
		return text;
	}
	for (size_t i = 0; i < race->domain_count; i++)
		say_domain(&sentence, race, i);
	if (zone != NULL && zone->zone[0] != '\0')
		say(&sentence, "; ", "the name is below %s of %s", zone->zone, zone->domain);
	if (race->error == ETIMEDOUT)
		say(&sentence, "; ", "gave up after %u ms",
			(unsigned int)(race->options.limit / NSEC_PER_MSEC));
	return text;
}
