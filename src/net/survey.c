/* SPDX-License-Identifier: MIT */
/*
 * What there is of connections: asked of the kernel as a whole, handed over in a file. Only the kernel's
 * word is taken, and only of connections that were shown with a descriptor.
 */
#include "net/survey.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/diag.h"
#include "net/netlink.h"
#include "net/path.h"

#define STATE_ESTABLISHED 1 /* of tcpi_state */

struct survey {
	struct path *path;
	int fd;
	bool subflows;
	size_t others; /* that may still be told */
	int fault;
	uint32_t seen[PATH_CONNECTIONS / 32 + 1]; /* which of the path's tokens there are */
	struct survey_record records[64]; /* to be written */
	size_t count;
};

static void records_write(struct survey *survey)
{
	size_t size = survey->count * sizeof(survey->records[0]);

	if (survey->fault == 0 && write(survey->fd, survey->records, size) != (ssize_t)size)
		survey->fault = -EIO;
	survey->count = 0;
}

static struct survey_record *record_begin(
	struct survey *survey, uint32_t kind, const struct kernel_diag *diag)
{
	struct survey_record *record = &survey->records[survey->count];

	/* All its octets go to another process. */
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	record->token = diag->token;
	record->uid = diag->uid;
	record->local = diag->local;
	record->remote = diag->remote;
	return record;
}

static void record_end(struct survey *survey)
{
	if (++survey->count == ARRAY_SIZE(survey->records))
		records_write(survey);
}

/* What anybody may be told by the kernel. */
static void other_take(struct survey *survey, const struct kernel_diag *diag)
{
	if (diag->subflow || diag->state != STATE_ESTABLISHED || survey->others == 0)
		return;
	survey->others--;
	record_begin(survey, diag->fallback ? SURVEY_TCP : SURVEY_OTHER, diag)->state =
		diag->subflows;
	record_end(survey);
}

/* One of which the kernel's word was lost. Its manager is outside, since it was adopted. */
static uint8_t connection_recognise(struct path *path, const struct kernel_diag *diag)
{
	struct adopted one;

	if (diag->fallback || path->count == PATH_CONNECTIONS ||
		!adopted_take(path, diag->cookie, &one))
		return SURVEY_SHOWN;
	path->shown[path->count++] = path_shown_of(diag);
	return one.bound ? SURVEY_BOUND : SURVEY_RECOGNISED;
}

static void socket_take(const struct nlmsghdr *answer, void *context)
{
	struct survey *survey = context;
	struct survey_record *record;
	const struct path_shown *shown;
	struct kernel_diag diag;
	uint8_t origin = SURVEY_SHOWN;
	size_t place;

	if (kernel_diag_parse(answer, survey->subflows, &diag) != 1)
		return;
	shown = path_shown_find(survey->path, diag.token);
	if (shown == NULL && !diag.subflow) {
		origin = connection_recognise(survey->path, &diag);
		shown = path_shown_find(survey->path, diag.token);
	}
	if (shown == NULL) {
		other_take(survey, &diag);
		return;
	}
	place = (size_t)(shown - survey->path->shown);
	survey->seen[place / 32] |= 1U << place % 32;
	record = record_begin(survey, diag.subflow ? SURVEY_SUBFLOW : SURVEY_CONNECTION, &diag);
	record->state = diag.state;
	record->rtt = diag.rtt;
	record->local_id = diag.local_id;
	record->remote_id = diag.remote_id;
	record->backup = diag.backup;
	record->origin = origin;
	record->acked = diag.acked;
	record->received = diag.received;
	record->queued = diag.queued;
	record_end(survey);
}

static int ask(struct survey *survey, bool subflows)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_DIAG_MESSAGE];
	static const unsigned int families[] = {AF_INET, AF_INET6};
	int r = 0;

	survey->subflows = subflows;
	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++)
		r = netlink_ask(survey->path->diag,
			kernel_diag_message(octets, families[i], subflows), NLM_F_DUMP, socket_take,
			survey);
	return r;
}

void survey_prepare(struct path *path)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_DIAG_MESSAGE];

	for (int subflows = 0; subflows < 2 && path->diag != NULL; subflows++)
		netlink_ask(path->diag, kernel_diag_message(octets, AF_INET, subflows != 0),
			NLM_F_DUMP, NULL, NULL);
}

/* The places change only behind the one at hand. */
static void forget_others(struct path *path, const struct survey *survey)
{
	for (size_t place = path->count; place-- > 0;) {
		if ((survey->seen[place / 32] & 1U << place % 32) == 0)
			path->shown[place] = path->shown[--path->count];
	}
}

/* Who has shown nothing is not kept waiting: the kernel may have to load for it what it is asked. */
static int survey_run(struct survey *survey)
{
	int r = 0;

	if (survey->path->count == 0 && survey->path->adopted_count == 0 && survey->others == 0)
		return 0;
	r = ask(survey, false);
	if (r == 0)
		forget_others(survey->path, survey);
	if (r == 0)
		r = ask(survey, true);
	if (r < 0)
		return r;
	records_write(survey);
	return survey->fault;
}

int path_survey(struct path *path, const struct verb_survey *verb, int *passed)
{
	static struct survey survey;
	_cleanup_(closep) int fd = -1;
	int r;

	if (path->socket == NULL)
		return -EPERM;
	if (path->diag == NULL)
		return -EOPNOTSUPP;
	if (verb->others > 1)
		return -EINVAL;
	fd = memfd_create("paths", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	survey = (struct survey){
		.path = path, .fd = fd, .others = verb->others != 0 ? SURVEY_OTHERS : 0};
	r = survey_run(&survey);
	if (r < 0)
		return r;
	*passed = fd;
	fd = -1;
	return 0;
}
