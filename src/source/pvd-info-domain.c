/* SPDX-License-Identifier: MIT */
/*
 * What must be decided about one domain's additional information, without a clock, a socket or
 * a model: when to ask, whom, and whether what was said is to be believed of this domain.
 */
#include "source/pvd-info-domain.h"

#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define WELL_KNOWN "/.well-known/pvd"

/* xorshift64*. Not a secret: it only spreads the hosts of a link. */
uint64_t pvd_info_random(struct pvd_info_random *random, uint64_t most)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return most == UINT64_MAX ? random->state
				  : random->state * UINT64_C(0x2545f4914f6cdd1d) % (most + 1);
}

uint64_t pvd_info_delay(struct pvd_info_random *random, uint16_t delay)
{
	return pvd_info_random(random, (UINT64_C(1) << (2 * (delay & 0xf))) * NSEC_PER_MSEC);
}

uint64_t pvd_info_refresh(struct pvd_info_random *random, uint64_t now, uint64_t expires_at)
{
	uint64_t half = (expires_at - now) / 2;

	return expires_at == TIME_FOREVER ? TIME_FOREVER
					  : now + half + pvd_info_random(random, half);
}

uint64_t pvd_info_retry(struct pvd_info_random *random, unsigned int retries)
{
	uint64_t delay = PVD_INFO_RETRY;

	for (unsigned int i = 1; i < retries && delay < PVD_INFO_RETRY_MAX; i++)
		delay *= 2;
	delay = MIN(delay, PVD_INFO_RETRY_MAX);
	return delay + pvd_info_random(random, delay / 4);
}

bool pvd_info_is_reachable(const struct pvd_info_domain *domain)
{
	return domain->as.has_servers &&
		(domain->as.source4.family != AF_UNSPEC || domain->as.source6.family != AF_UNSPEC);
}

bool pvd_info_is_covered(const struct pvd_info_domain *domain)
{
	const struct source_domain *as = &domain->as;

	if (domain->info == NULL || as->prefix_count > SOURCE_DOMAIN_PREFIXES)
		return false;
	for (size_t i = 0; i < as->prefix_count; i++) {
		if (!pvd_json_covers(
			    domain->info, &as->prefixes[i].address, as->prefixes[i].length))
			return false;
	}
	return true;
}

static void request_begin(struct pvd_info_domain *domain)
{
	domain->request.address_count = 0;
	domain->request.ifindex = domain->as.ifindex;
	domain->request.source4 = domain->as.source4;
	domain->request.source6 = domain->as.source6;
}

void pvd_info_request(struct pvd_info_domain *domain)
{
	request_begin(domain);
	domain->redirects = 0;
	strcpy(domain->request.host, domain->name);
	strcpy(domain->request.path, WELL_KNOWN);
}

bool pvd_info_redirect(struct pvd_info_domain *domain, const char *uri)
{
	const char *host = uri + strlen("https://"), *path;
	size_t length;

	if (domain->redirects++ >= PVD_INFO_REDIRECTS ||
		strncmp(uri, "https://", strlen("https://")) != 0)
		return false;
	length = strcspn(host, "/?#");
	path = host + length;
	if (length >= sizeof(domain->request.host) || *path != '/' ||
		strlen(path) >= sizeof(domain->request.path))
		return false;
	request_begin(domain);
	for (size_t i = 0; i < length; i++)
		domain->request.host[i] =
			(char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] | 0x20 : host[i]);
	domain->request.host[length] = '\0';
	strcpy(domain->request.path, path);
	/* Neither goes to the server. */
	domain->request.path[strcspn(path, "#")] = '\0';
	return true;
}

void pvd_info_address(struct pvd_info_domain *domain, const struct mif_address *address)
{
	struct fetch_request *request = &domain->request;
	bool has_source = address->family == AF_INET ? request->source4.family != AF_UNSPEC
						     : request->source6.family != AF_UNSPEC;

	if (request->address_count == FETCH_ADDRESSES || !has_source)
		return;
	request->addresses[request->address_count++] = *address;
	if (!fetch_request_is_sound(request))
		request->address_count--;
}
