/* SPDX-License-Identifier: MIT */
/*
 * Service records in a dial (RFC 9460; draft-ietf-happy-happyeyeballs-v3, as far as TCP goes): from the
 * engine's reports to the race's services, and the questions for the addresses of their targets. Which
 * protocols a service speaks is told to the caller and decides nothing, except that a service which
 * none of TCP's can reach is left out.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "client/dial.h"

bool dial_service_is_scheme(const char *scheme)
{
	return *scheme == '\0' ||
		(*scheme != '-' &&
			scheme[strspn(scheme, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0');
}

/* Whether the protocol whose name begins here runs over QUIC. */
static bool is_of_quic(const char *protocol)
{
	return strncmp(protocol, "h3", 2) == 0 || strncmp(protocol, "doq", 3) == 0;
}

/* RFC 9460 section 7.1.2: the scheme's own protocol is among them, unless it is said not to be. */
static bool is_reached_by_tcp(const struct mif_message_service_translation *report)
{
	const char *protocol = report->alpn;

	if ((report->flags & MIF_SERVICE_NO_DEFAULT_ALPN) == 0)
		return true;
	for (; protocol != NULL; protocol = strchr(protocol, ',')) {
		protocol += *protocol == ',';
		if (!is_of_quic(protocol))
			return true;
	}
	return false;
}

/* But for the case and a final dot. */
static bool same_name(const char *a, const char *b)
{
	size_t length_a = strlen(a), length_b = strlen(b);

	length_a -= length_a > 0 && a[length_a - 1] == '.';
	length_b -= length_b > 0 && b[length_b - 1] == '.';
	return length_a == length_b && strncasecmp(a, b, length_a) == 0;
}

/* The target is a whole name: no search list. */
static void target_ask(struct dial *dial, uint64_t pvd, uint32_t number, const char *target)
{
	uint32_t families = race_domain(&dial->race, pvd)->services[number - 1].families;
	char name[MIF_TEXT_SIZE];
	size_t length = strlen(target);

	memcpy(name, target, length + 1);
	if (length > 0 && name[length - 1] != '.' && length + 1 < sizeof(name))
		memcpy(name + length, ".", 2);
	for (uint32_t family = RACE_IPV6; family >= RACE_IPV4; family--) {
		struct dial_query query = {.pvd = pvd, .family = family, .service = number};

		if ((families & family) != 0)
			dial_query_post(dial, &query, name);
	}
}

void dial_service_told(struct dial *dial, const struct dial_query *query,
	const struct mif_message_service_translation *report)
{
	bool own = same_name(report->target, dial->request.host);
	uint32_t port = report->port != 0 ? report->port : dial->request.port;
	struct dial_service *service;
	int number;

	if (!is_reached_by_tcp(report) || port > UINT16_MAX ||
		dial->service_count == ARRAY_SIZE(dial->services))
		return;
	number = race_service(&dial->race, query->pvd, report->priority, (uint16_t)port, own,
		own ? 0 : RACE_IPV4 | RACE_IPV6);
	if (number < 0)
		return;
	service = &dial->services[dial->service_count++];
	*service = (struct dial_service){
		.pvd = query->pvd, .told = report->service, .number = (uint32_t)number};
	memcpy(service->alpn, report->alpn, sizeof(service->alpn));
	if (!own)
		target_ask(dial, query->pvd, (uint32_t)number, report->target);
}

void dial_service_hint(struct dial *dial, const struct dial_query *query,
	const struct mif_message_name_translation *report, uint64_t now)
{
	for (size_t i = 0; i < dial->service_count; i++) {
		const struct dial_service *service = &dial->services[i];

		if (service->pvd == query->pvd && service->told == report->service)
			race_service_address(&dial->race, query->pvd, service->number,
				&report->address, true, now);
	}
}

const char *dial_service_alpn(const struct dial *dial, const struct race_attempt *attempt)
{
	uint32_t number =
		dial->race.domains[attempt->domain].destinations[attempt->destination].service;

	for (size_t i = 0; number != 0 && i < dial->service_count; i++)
		if (dial->services[i].pvd == attempt->pvd && dial->services[i].number == number)
			return dial->services[i].alpn;
	return "";
}
