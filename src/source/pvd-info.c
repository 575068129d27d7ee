/* SPDX-License-Identifier: MIT */
/*
 * The source of additional information (RFC 8801 section 4). The engine tells which domains have it;
 * their names are asked by the engine's worker, in the domain; what is at the addresses is fetched by
 * mif-fetch, a process that the host of the engine starts for one request, and that talks with us over
 * a socket of its own. What it brings is parsed (pvd-json.c) and becomes facts (pvd-info-facts.c).
 *
 * A server that lies, says no or cannot be reached costs nothing but the information.
 */
#include "source/pvd-info.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/worker.h"
#include "source/pvd-info-attempt.h"

static const char *const counter_names[PVD_INFO_COUNTERS] = {
	[PVD_INFO_FETCHED] = "pvd-info used",
	[PVD_INFO_NO_NAME] = "pvd-info failed: name not found",
	[PVD_INFO_ANSWERS + FETCH_BODY - 1] = "pvd-info fetched",
	[PVD_INFO_ANSWERS + FETCH_REDIRECT - 1] = "pvd-info redirections",
	[PVD_INFO_ANSWERS + FETCH_UNREACHABLE - 1] = "pvd-info failed: server not reached in time",
	[PVD_INFO_ANSWERS + FETCH_UNTRUSTED - 1] = "pvd-info failed: certificate not trusted",
	[PVD_INFO_ANSWERS + FETCH_REFUSED - 1] = "pvd-info failed: refused by the server",
	[PVD_INFO_ANSWERS + FETCH_WRONG_TYPE - 1] = "pvd-info failed: another media type",
	[PVD_INFO_ANSWERS + FETCH_TOO_LONG - 1] = "pvd-info failed: too long",
	[PVD_INFO_ANSWERS + FETCH_FAULT - 1] = "pvd-info failed: fetcher not working",
	[PVD_INFO_BAD + PVD_JSON_SYNTAX - 1] = "pvd-info ignored: not JSON",
	[PVD_INFO_BAD + PVD_JSON_IDENTIFIER - 1] = "pvd-info ignored: identifier of another domain",
	[PVD_INFO_BAD + PVD_JSON_EXPIRES - 1] = "pvd-info ignored: expired, or no date",
	[PVD_INFO_BAD + PVD_JSON_PREFIX_LIST - 1] = "pvd-info ignored: no list of prefixes",
	[PVD_INFO_BAD + PVD_JSON_LENGTH - 1] = "pvd-info ignored: too long",
	[PVD_INFO_BAD + PVD_JSON_MEMORY - 1] = "pvd-info ignored: no memory",
	[PVD_INFO_UNCOVERED] = "pvd-info not used: of other prefixes",
	[PVD_INFO_REFUSED] = "pvd-info refused by the model",
};

static struct pvd_info *info_of(struct source *source)
{
	return container_of(source, struct pvd_info, source);
}

static const struct pvd_info *info_of_const(const struct source *source)
{
	return container_of(source, const struct pvd_info, source);
}

static struct pvd_info_domain *domain_of(struct list *node)
{
	return container_of(node, struct pvd_info_domain, node);
}

static struct pvd_info_domain *domain_find(struct pvd_info *info, uint64_t pvd)
{
	list_for_each (node, &info->domains) {
		if (domain_of(node)->pvd == pvd)
			return domain_of(node);
	}
	return NULL;
}

static struct pvd_info_domain *domain_of_number(
	struct pvd_info *info, enum pvd_info_state state, uint64_t number)
{
	list_for_each (node, &info->domains) {
		if (domain_of(node)->state == state && domain_of(node)->number == number)
			return domain_of(node);
	}
	return NULL;
}

/* ---- the host's answer ---- */

static int request_send(struct pvd_info *info, struct pvd_info_domain *domain)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = domain->pvd};
	int size = fetch_request_write(&domain->request, info->packet);

	if (size < 0)
		return size;
	if (send(domain->fd, info->packet, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return epoll_ctl(info->epoll_fd, EPOLL_CTL_ADD, domain->fd, &event) < 0 ? -errno : 0;
}

void source_pvd_info_started(struct source *source, uint32_t number, int fd, uint64_t now)
{
	struct pvd_info *info = info_of(source);
	struct pvd_info_domain *domain = domain_of_number(info, PVD_INFO_STARTED, number);

	if (domain == NULL) {
		/* Of no more interest: it ends when it reads. */
		close_fd(fd);
		return;
	}
	domain->fd = fd;
	if (fd >= 0 && request_send(info, domain) == 0) {
		domain->state = PVD_INFO_FETCHING;
		return;
	}
	info->counters[PVD_INFO_ANSWERS + FETCH_FAULT - 1]++;
	pvd_info_try_again(info, domain, now);
}

/* ---- the engine's answers ---- */

static bool pvd_info_ask(struct source *source, struct source_question *question)
{
	struct pvd_info *info = info_of(source);

	list_for_each (node, &info->domains) {
		struct pvd_info_domain *domain = domain_of(node);

		if (domain->state != PVD_INFO_QUESTION)
			continue;
		domain->state = PVD_INFO_ASKED;
		*question = (struct source_question){
			.number = domain->number, .pvd = domain->pvd, .name = domain->request.host};
		return true;
	}
	return false;
}

static void pvd_info_answer(struct source *source, const struct name_result *result, uint64_t now)
{
	struct pvd_info *info = info_of(source);
	struct pvd_info_domain *domain = domain_of_number(info, PVD_INFO_ASKED, result->id);

	/* It may be of no more interest. */
	if (domain != NULL)
		pvd_info_named(info, domain, result, now);
}

/* ---- what the engine tells ---- */

static void domain_free(struct pvd_info *info, struct pvd_info_domain *domain)
{
	list_remove(&domain->node);
	info->domain_count--;
	close_fd(domain->fd);
	free(domain->info);
	free(domain);
}

static struct pvd_info_domain *domain_new(struct pvd_info *info, uint64_t pvd)
{
	struct pvd_info_domain *domain =
		info->domain_count < SOURCE_DOMAINS ? calloc(1, sizeof(*domain)) : NULL;

	if (domain == NULL)
		return NULL;
	domain->pvd = pvd;
	domain->fd = -1;
	domain->due = TIME_FOREVER;
	list_append(&info->domains, &domain->node);
	info->domain_count++;
	return domain;
}

static void domain_take(
	struct pvd_info *info, const struct source_domain *as, struct model *model, uint64_t now)
{
	struct pvd_info_domain *domain = domain_find(info, as->pvd);
	bool is_new = domain == NULL;

	if (is_new)
		domain = domain_new(info, as->pvd);
	/* Without memory it is as if it had none. */
	if (domain == NULL)
		return;
	/* RFC 8801 section 4.1: with another number, what was fetched is not used any more. */
	if (!is_new && domain->as.sequence != as->sequence) {
		pvd_info_drop(info, domain, model);
		is_new = true;
	}
	domain->as = *as;
	domain->as.name = NULL;
	strcpy(domain->name, as->name);
	domain->present = true;
	if (is_new) {
		domain->retries = 0;
		pvd_info_wait(domain, now + pvd_info_delay(&info->random, as->delay));
	}
	pvd_info_settle(info, domain, model);
}

static void pvd_info_domains(struct source *source, struct model *model,
	const struct source_domain *domains, size_t count, uint64_t now)
{
	struct pvd_info *info = info_of(source);

	list_for_each (node, &info->domains)
		domain_of(node)->present = false;
	for (size_t i = 0; i < count; i++) {
		struct pvd_info_domain *domain = domain_find(info, domains[i].pvd);

		if (domain != NULL)
			domain->present = true;
	}
	/* Those who are gone make room. */
	list_for_each_safe (node, &info->domains) {
		if (!domain_of(node)->present) {
			pvd_info_drop(info, domain_of(node), model);
			domain_free(info, domain_of(node));
		}
	}
	for (size_t i = 0; i < count; i++)
		domain_take(info, &domains[i], model, now);
	model_commit(model, now);
}

static void pvd_info_solicit(struct source *source, uint32_t ifindex, uint64_t now)
{
	struct pvd_info *info = info_of(source);

	pvd_info_limit_attached(&info->limit, ifindex);
	list_for_each (node, &info->domains) {
		struct pvd_info_domain *domain = domain_of(node);

		if (domain->as.ifindex == ifindex && domain->state == PVD_INFO_WAITING &&
			domain->info == NULL)
			domain->due = MIN(
				domain->due, now + pvd_info_delay(&info->random, domain->as.delay));
	}
}

/* ---- the source ---- */

static int pvd_info_fd(const struct source *source)
{
	return info_of_const(source)->epoll_fd;
}

static size_t running(const struct pvd_info *info)
{
	size_t count = 0;

	list_for_each (node, &info->domains)
		count += domain_of(node)->state != PVD_INFO_WAITING;
	return count;
}

/* A domain that cannot be asked waits until the engine tells of an address or a server. */
static bool domain_is_due(
	const struct pvd_info *info, const struct pvd_info_domain *domain, uint64_t now)
{
	return domain->state == PVD_INFO_WAITING && domain->due <= now &&
		pvd_info_is_reachable(domain) && running(info) < PVD_INFO_RUNNING;
}

static void domain_pass_time(
	struct pvd_info *info, struct pvd_info_domain *domain, struct model *model, uint64_t now)
{
	if (domain->info != NULL && domain->expires_at <= now)
		pvd_info_drop(info, domain, model);
	if (domain->state != PVD_INFO_WAITING && domain->due <= now) {
		info->counters[PVD_INFO_ANSWERS + FETCH_UNREACHABLE - 1]++;
		pvd_info_try_again(info, domain, now);
	}
	if (domain_is_due(info, domain, now))
		pvd_info_begin(info, domain, now);
}

static int pvd_info_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct pvd_info *info = info_of(source);
	struct epoll_event events[PVD_INFO_RUNNING];
	int count = epoll_wait(info->epoll_fd, events, ARRAY_SIZE(events), 0);

	for (int i = 0; i < count; i++) {
		struct pvd_info_domain *domain = domain_find(info, events[i].data.u64);

		if (domain != NULL && domain->state == PVD_INFO_FETCHING)
			pvd_info_heard(info, domain, model, now);
	}
	list_for_each (node, &info->domains)
		domain_pass_time(info, domain_of(node), model, now);
	/* Without memory the engine tries again by itself. */
	model_commit(model, now);
	return count < 0 && errno != EINTR ? -errno : 0;
}

static uint64_t domain_deadline(const struct pvd_info *info, const struct pvd_info_domain *domain)
{
	uint64_t deadline = domain->info != NULL ? domain->expires_at : TIME_FOREVER;

	if (domain->state != PVD_INFO_WAITING ||
		(pvd_info_is_reachable(domain) && running(info) < PVD_INFO_RUNNING))
		deadline = MIN(deadline, domain->due);
	return deadline;
}

static uint64_t pvd_info_deadline(const struct source *source)
{
	const struct pvd_info *info = info_of_const(source);
	uint64_t deadline = TIME_FOREVER;

	list_for_each (node, &info->domains)
		deadline = MIN(deadline, domain_deadline(info, domain_of(node)));
	return deadline;
}

static bool pvd_info_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	if (index >= PVD_INFO_COUNTERS)
		return false;
	*name = counter_names[index];
	*value = info_of_const(source)->counters[index];
	return true;
}

static void pvd_info_free(struct source *source)
{
	struct pvd_info *info;

	if (source == NULL)
		return;
	info = info_of(source);
	list_for_each_safe (node, &info->domains)
		domain_free(info, domain_of(node));
	close_fd(info->epoll_fd);
	free(info);
}

static const struct source_ops pvd_info_ops = {
	.name = "pvd-info",
	.fd = pvd_info_fd,
	.dispatch = pvd_info_dispatch,
	.deadline = pvd_info_deadline,
	.solicit = pvd_info_solicit,
	.domains = pvd_info_domains,
	.ask = pvd_info_ask,
	.answer = pvd_info_answer,
	.counter = pvd_info_counter,
	.free = pvd_info_free,
};

int source_pvd_info_new(struct source **sourcep, const struct pvd_info_options *options)
{
	struct pvd_info *info = calloc(1, sizeof(*info));

	if (info == NULL)
		return -ENOMEM;
	info->source.ops = &pvd_info_ops;
	info->options = *options;
	info->random.state = options->seed != 0 ? options->seed : 1;
	list_init(&info->domains);
	info->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (info->epoll_fd < 0) {
		int r = -errno;

		free(info);
		return r;
	}
	*sourcep = &info->source;
	return 0;
}
