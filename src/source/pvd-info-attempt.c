/* SPDX-License-Identifier: MIT */
/*
 * One attempt to fetch additional information, from its beginning to facts, to a later attempt, or to
 * none any more on this network. Four steps: the name is asked, a fetcher is started, it gets its
 * request, it answers.
 */
#include "source/pvd-info-attempt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/worker.h"

/* What a fetcher gets beyond its own limit: it has to be started. */
#define PATIENCE ((FETCH_SECONDS + 5) * NSEC_PER_SEC)

/* Longer than a worker would take to give a question up. */
#define ANSWER_PATIENCE (60 * NSEC_PER_SEC)

/* ---- what is known ---- */

static void facts_drop(struct pvd_info *info, struct pvd_info_domain *domain, struct model *model)
{
	if (domain->is_put)
		pvd_info_facts_drop(domain->info, &domain->place, model, info->source.owner);
	domain->is_put = false;
}

void pvd_info_drop(struct pvd_info *info, struct pvd_info_domain *domain, struct model *model)
{
	facts_drop(info, domain, model);
	free(domain->info);
	domain->info = NULL;
}

/* Puts them where they belong now, if they do. */
void pvd_info_settle(struct pvd_info *info, struct pvd_info_domain *domain, struct model *model)
{
	const struct pvd_info_place place = {
		.ifindex = domain->as.ifindex, .router = domain->as.router};
	bool covered = pvd_info_is_covered(domain);

	if (domain->is_put && (!covered || memcmp(&place, &domain->place, sizeof(place)) != 0))
		facts_drop(info, domain, model);
	if (domain->info == NULL || domain->is_put)
		return;
	if (!covered) {
		info->counters[PVD_INFO_UNCOVERED] += !domain->is_uncovered;
		domain->is_uncovered = true;
		return;
	}
	domain->is_uncovered = false;
	domain->place = place;
	domain->is_put = pvd_info_facts_put(domain->info, &place, domain->expires_at, model,
				 info->source.owner) == 0;
	info->counters[PVD_INFO_REFUSED] += !domain->is_put;
}

/* ---- an attempt ---- */

void pvd_info_wait(struct pvd_info_domain *domain, uint64_t due)
{
	domain->fd = close_fd(domain->fd);
	domain->state = PVD_INFO_WAITING;
	domain->due = due;
}

/* It may be better later. */
void pvd_info_try_again(struct pvd_info *info, struct pvd_info_domain *domain, uint64_t now)
{
	domain->retries++;
	pvd_info_wait(domain, now + pvd_info_retry(&info->random, domain->retries));
}

/* RFC 8801 section 4.1: it is not asked for again on this network. */
static void attempt_fail(struct pvd_info *info, struct pvd_info_domain *domain, struct model *model)
{
	pvd_info_limit_failed(&info->limit, domain->as.ifindex, domain->name);
	pvd_info_drop(info, domain, model);
	pvd_info_wait(domain, TIME_FOREVER);
}

static void question_begin(struct pvd_info *info, struct pvd_info_domain *domain, uint64_t now)
{
	domain->state = PVD_INFO_QUESTION;
	domain->due = now + ANSWER_PATIENCE;
	domain->number = ++info->last_number;
}

void pvd_info_begin(struct pvd_info *info, struct pvd_info_domain *domain, uint64_t now)
{
	uint64_t earliest =
		pvd_info_limit_earliest(&info->limit, domain->as.ifindex, domain->name, now);

	if (earliest > now) {
		domain->due = earliest;
		return;
	}
	pvd_info_limit_spend(&info->limit, domain->as.ifindex, domain->name, now);
	pvd_info_request(domain);
	question_begin(info, domain, now);
}

/* Where it has moved to, which is asked for in the same domain, and counts as asking once more. */
static void attempt_redirect(
	struct pvd_info *info, struct pvd_info_domain *domain, struct model *model, uint64_t now)
{
	domain->fd = close_fd(domain->fd);
	if (!pvd_info_redirect(domain, info->answer.body)) {
		attempt_fail(info, domain, model);
	} else if (pvd_info_limit_burst(&info->limit, domain->as.ifindex, now) > now) {
		pvd_info_try_again(info, domain, now);
	} else {
		pvd_info_limit_spend(&info->limit, domain->as.ifindex, domain->name, now);
		question_begin(info, domain, now);
	}
}

static void information_take(
	struct pvd_info *info, struct pvd_info_domain *domain, struct model *model, uint64_t now)
{
	_cleanup_(freep) struct pvd_json *said = malloc(sizeof(*said));
	uint64_t realtime = info->options.realtime();
	int fault = PVD_JSON_MEMORY;

	if (said != NULL)
		fault = pvd_json_parse(
			said, info->answer.body, info->answer.size, domain->name, realtime);
	if (fault != PVD_JSON_VALID) {
		info->counters[PVD_INFO_BAD + fault - 1]++;
		if (fault == PVD_JSON_MEMORY)
			pvd_info_try_again(info, domain, now);
		else
			attempt_fail(info, domain, model);
		return;
	}
	info->counters[PVD_INFO_FETCHED]++;
	pvd_info_drop(info, domain, model);
	domain->info = said;
	said = NULL;
	domain->retries = 0;
	domain->expires_at = clock_after(
		now, (uint32_t)MIN(domain->info->expires - realtime, (uint64_t)UINT32_MAX));
	pvd_info_wait(domain, pvd_info_refresh(&info->random, now, domain->expires_at));
	pvd_info_settle(info, domain, model);
}

static void answer_take(
	struct pvd_info *info, struct pvd_info_domain *domain, struct model *model, uint64_t now)
{
	info->counters[PVD_INFO_ANSWERS + info->answer.result - 1]++;
	switch (info->answer.result) {
	case FETCH_BODY:
		information_take(info, domain, model, now);
		break;
	case FETCH_REDIRECT:
		attempt_redirect(info, domain, model, now);
		break;
	case FETCH_UNREACHABLE:
	case FETCH_FAULT:
		pvd_info_try_again(info, domain, now);
		break;
	default:
		attempt_fail(info, domain, model);
		break;
	}
}

/* The whole answer is one packet; a fetcher that ends without one has failed. */
void pvd_info_heard(
	struct pvd_info *info, struct pvd_info_domain *domain, struct model *model, uint64_t now)
{
	ssize_t size =
		recv(domain->fd, info->packet, sizeof(info->packet), MSG_DONTWAIT | MSG_TRUNC);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size < 0 || size > (ssize_t)sizeof(info->packet) ||
		fetch_answer_read(&info->answer, info->packet, (size_t)size) < 0)
		info->answer = (struct fetch_answer){.result = FETCH_FAULT};
	answer_take(info, domain, model, now);
}

/* ---- before it ---- */

void pvd_info_named(struct pvd_info *info, struct pvd_info_domain *domain,
	const struct name_result *result, uint64_t now)
{
	if (!result->done) {
		pvd_info_address(domain, &result->address);
		return;
	}
	if (domain->request.address_count == 0) {
		info->counters[PVD_INFO_NO_NAME]++;
		pvd_info_try_again(info, domain, now);
		return;
	}
	/* Others of this link may have failed meanwhile. */
	if (pvd_info_limit_burst(&info->limit, domain->as.ifindex, now) == TIME_FOREVER) {
		pvd_info_wait(domain, TIME_FOREVER);
		return;
	}
	domain->state = PVD_INFO_STARTED;
	domain->due = now + PATIENCE;
	domain->number = ++info->last_number;
	if (info->options.start(info->options.context, domain->number) < 0) {
		info->counters[PVD_INFO_ANSWERS + FETCH_FAULT - 1]++;
		pvd_info_try_again(info, domain, now);
	}
}
