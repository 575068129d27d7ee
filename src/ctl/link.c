/* SPDX-License-Identifier: MIT */
/*
 * mif link: takes an interface down, or brings it up, and waits for that; or waits until somebody else may
 * take it down. While it waits it tells who still wants to connect through the interface.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/field.h"
#include "ctl/handle.h"
#include "ctl/holder.h"
#include "ctl/json.h"

/* Tags of requests, by which their answers are known. */
enum {
	TAG_INTERFACES = 1,
	TAG_LINK,
	TAG_HOLDERS,
};

#define TOLD 64 /* holders that are told once each */

/* Beyond the deadline: for a link on demand to come up, and for an engine that hangs. */
#define PATIENCE (40 * NSEC_PER_SEC)

/* Who holds it is asked at first after this time, then every so often. */
#define ASK_FIRST (100 * NSEC_PER_MSEC)
#define ASK_AGAIN NSEC_PER_SEC

struct job {
	const struct options *options;
	struct mif *mif;
	const char *name;
	uint64_t interface; /* 0: not found yet */
	uint32_t type; /* of the request */
	bool posted;
	uint64_t ask_at, deadline;
	uint64_t told[TOLD]; /* process and state of those who have been told of */
	size_t told_count;
	int status; /* -1: not over */
};

static int post_interfaces(const struct job *job)
{
	return mif_post(job->mif,
		&(struct mif_message){.type = MIF_ANNOUNCE_INTERFACES, .tag = TAG_INTERFACES});
}

static int post_link(struct job *job)
{
	struct mif_message request = {.type = job->type, .tag = TAG_LINK};

	if (job->type == MIF_TAKE_DOWN) {
		request.as.take_down.interface = job->interface;
		request.as.take_down.deadline = job->options->deadline;
		request.as.take_down.flags = job->options->at_once ? MIF_TAKE_DOWN_NOW : 0;
	} else if (job->type == MIF_LET_GO) {
		request.as.let_go.interface = job->interface;
		request.as.let_go.deadline = job->options->deadline;
	} else {
		request.as.bring_up.interface = job->interface;
	}
	job->posted = true;
	job->ask_at = clock_boottime() + ASK_FIRST;
	return mif_post(job->mif, &request);
}

static int post_holders(struct job *job)
{
	struct mif_message request = {.type = MIF_GET_HOLDERS, .tag = TAG_HOLDERS};

	request.as.get_holders.interface = job->interface;
	job->ask_at = clock_boottime() + ASK_AGAIN;
	return mif_post(job->mif, &request);
}

/* ---- reports ---- */

static void print_json(const struct mif_message *report)
{
	struct json_object *object = json_object_new_object();

	json_add_message(object, report);
	json_print(stdout, object, false);
}

static bool is_told(struct job *job, const struct mif_message_holder *holder)
{
	uint64_t who = (uint64_t)holder->pid << 8 | holder->want;

	for (size_t i = 0; i < job->told_count; i++) {
		if (job->told[i] == who)
			return true;
	}
	if (job->told_count < TOLD)
		job->told[job->told_count++] = who;
	return false;
}

static void tell_holder(struct job *job, const struct mif_message *report)
{
	char text[SHOW_TEXT];

	if (report->as.holder.want != MIF_WANT_CONNECTION || is_told(job, &report->as.holder))
		return;
	if (job->options->json)
		print_json(report);
	else
		complain("%s is held by %s", job->name, holder_text(report, text));
}

static void tell_error(struct job *job, const struct mif_message *report)
{
	char text[SHOW_TEXT];

	if (report->tag != TAG_LINK)
		return;
	if (job->options->json)
		print_json(report);
	else
		complain("%s", show_text(report->as.error.text, text));
	job->status = CTL_NOT;
}

static void tell_done(struct job *job, const struct mif_message *report)
{
	const struct mif_message_link_done *done = &report->as.link_done;
	char text[SHOW_TEXT];

	if (report->tag != TAG_LINK)
		return;
	job->status = done->error == 0 ? CTL_DONE : CTL_NOT;
	if (job->options->json)
		print_json(report);
	else if (done->error != 0)
		complain("%s: %s", job->name, show_text(done->text, text));
	else
		printf("%s: %s\n", job->name, show_text(done->text, text));
}

static int job_report(struct job *job, const struct mif_message *report)
{
	char shown[SHOW_TEXT];

	switch (report->type) {
	case MIF_INTERFACE:
		if (strcmp(report->as.interface.name, job->name) == 0)
			job->interface = report->as.interface.interface;
		break;
	case MIF_END_OF_ANNOUNCEMENTS:
		if (report->tag != TAG_INTERFACES || job->posted)
			break;
		if (job->interface != 0)
			return post_link(job);
		complain("no interface %s", show_word(job->name, shown));
		job->status = CTL_NOT;
		break;
	case MIF_HOLDER:
		tell_holder(job, report);
		break;
	case MIF_LINK_DONE:
		tell_done(job, report);
		break;
	case MIF_ERROR:
		tell_error(job, report);
		break;
	default:
		break;
	}
	return 0;
}

static int job_run(struct job *job)
{
	int r = post_interfaces(job);

	while (r >= 0 && job->status < 0) {
		const struct mif_message *report;
		uint64_t now = clock_boottime();

		if (now >= job->deadline)
			return -ETIMEDOUT;
		if (job->posted && job->type != MIF_BRING_UP && now >= job->ask_at)
			r = post_holders(job);
		if (r >= 0)
			r = handle_get(job->mif,
				job->posted ? MIN(job->ask_at, job->deadline) : job->deadline,
				&report);
		if (r == 1)
			r = job_report(job, report);
		/* The queue is full: there is something to be read first. */
		if (r == -EAGAIN || r == -ENOBUFS)
			r = 0;
		if (job->posted && job->type == MIF_BRING_UP)
			job->ask_at = job->deadline;
	}
	return r;
}

/* 0: there is no such word. */
static uint32_t type_of(const char *word)
{
	static const struct {
		const char *word;
		uint32_t type;
	} words[] = {{"up", MIF_BRING_UP}, {"down", MIF_TAKE_DOWN}, {"let-go", MIF_LET_GO}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].word, word) == 0)
			return words[i].type;
	}
	return 0;
}

int link_run(const struct options *options, char **arguments)
{
	_cleanup_(mif_closep) struct mif *mif = NULL;
	struct job job = {
		.options = options, .name = arguments[1], .status = -1, .ask_at = TIME_FOREVER};
	char shown[SHOW_TEXT];
	int r;

	job.type = type_of(arguments[0]);
	if (job.type == 0) {
		complain("link: neither up, down nor let-go: %s", show_word(arguments[0], shown));
		return CTL_USAGE;
	}
	if ((job.type == MIF_BRING_UP && options->deadline != 0) ||
		(job.type != MIF_TAKE_DOWN && options->at_once)) {
		complain("link %s does not take %s", arguments[0],
			options->at_once ? "--now" : "--deadline");
		return CTL_USAGE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (handle_open(&mif, options) < 0)
		return CTL_NO_ENGINE;
	job.mif = mif;
	job.deadline = clock_boottime() + options->deadline * NSEC_PER_MSEC + PATIENCE;
	r = job_run(&job);
	if (r == -ETIMEDOUT) {
		complain("%s: there is no answer", show_text(job.name, shown));
		return CTL_NOT;
	}
	return r < 0 ? handle_broken(r) : job.status;
}
