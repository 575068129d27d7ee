/* SPDX-License-Identifier: MIT */
/*
 * mif resolve: asks the name services of every domain at once, and tells each answer as it arrives.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/choose.h"
#include "ctl/field.h"
#include "ctl/follow.h"
#include "ctl/gather.h"
#include "ctl/handle.h"
#include "ctl/json.h"

/* An engine ends every translation by itself, long before. */
#define RESOLVE_TIMEOUT (30 * NSEC_PER_SEC)

/* An engine takes no more from one subscriber at a time than some hundred. */
#define RESOLVE_RUNNING 64

struct resolve {
	const struct options *options;
	const char *name;
	struct mif *mif;
	const struct picture *picture;
	uint64_t only; /* this domain; 0: all */
	const struct mif_message_pvd *next; /* to be asked; NULL: none is left */
	size_t asked, running, found;
	uint64_t started, deadline;
	int width; /* of the longest domain name */
};

/* ---- questions ---- */

static void resolve_skip(struct resolve *resolve)
{
	while (resolve->next != NULL && resolve->only != 0 && resolve->next->pvd != resolve->only)
		resolve->next = picture_next_pvd(resolve->picture, resolve->next);
}

/* A translation bears the number of its domain. 0, or negative errno. */
static int resolve_ask(struct resolve *resolve)
{
	while (resolve->next != NULL && resolve->running < RESOLVE_RUNNING) {
		struct mif_message request = {.type = MIF_TRANSLATE_NAME};
		struct mif_message_translate_name *ask = &request.as.translate_name;
		int r;

		ask->pvd = ask->translation = resolve->next->pvd;
		ask->family = resolve->options->family;
		ask->port = resolve->options->port;
		strcpy(ask->scheme, resolve->options->scheme);
		strcpy(ask->name, resolve->name);
		r = mif_post(resolve->mif, &request);
		if (r == -EAGAIN || r == -ENOBUFS)
			return 0;
		if (r < 0)
			return r;
		resolve->asked++;
		resolve->running++;
		resolve->next = picture_next_pvd(resolve->picture, resolve->next);
		resolve_skip(resolve);
	}
	return 0;
}

/* ---- answers ---- */

static void print_head(const struct resolve *resolve, uint64_t pvd)
{
	char time[SHOW_TEXT], name[SHOW_TEXT];

	printf("%7s  %-*s  ", show_duration(clock_boottime() - resolve->started, time),
		resolve->width, choose_name(resolve->picture, pvd, name));
}

static void print_answer(const struct resolve *resolve, const struct mif_message *report)
{
	const struct mif_message_name_translation *answer = &report->as.name_translation;
	char form[MIF_ADDRESS_TEXT], system[SHOW_TEXT];

	print_head(resolve, answer->translation);
	printf("%-26s  ttl %" PRIu32 " s, %s%s\n", mif_address_format(&answer->address, form),
		answer->ttl, field_text(report, "system", system),
		answer->service != 0 ? ", hint" : "");
}

static void print_service(const struct resolve *resolve, const struct mif_message *report)
{
	const struct mif_message_service_translation *service = &report->as.service_translation;
	char target[SHOW_TEXT], alpn[SHOW_TEXT], flags[SHOW_TEXT], system[SHOW_TEXT], port[24] = "";

	print_head(resolve, service->translation);
	if (service->port != 0)
		snprintf(port, sizeof(port), " port %" PRIu32, service->port);
	field_text(report, "flags", flags);
	printf("%" PRIu32 " %s%s%s%s%s%s  ttl %" PRIu32 " s, %s\n", service->priority,
		show_text(service->target, target), port, *service->alpn != '\0' ? " alpn " : "",
		show_text(service->alpn, alpn), service->flags != 0 ? " " : "",
		service->flags != 0 ? flags : "", service->ttl,
		field_text(report, "system", system));
}

static void print_end(const struct resolve *resolve, const struct mif_message *report)
{
	const struct mif_message_name_translation_done *done = &report->as.name_translation_done;
	const char *meaning = field_meaning(report, "status");

	print_head(resolve, done->translation);
	if (done->status == MIF_TRANSLATION_FOUND)
		puts("done");
	else
		puts(meaning != NULL ? meaning : "ended in a way unknown here");
}

static void print_refusal(const struct mif_message *report)
{
	char text[SHOW_TEXT];

	complain("%s", show_text(report->as.error.text, text));
}

static void print_json(const struct resolve *resolve, const struct mif_message *report)
{
	struct json_object *object = json_object_new_object();
	bool about = report->type != MIF_ERROR;
	uint64_t pvd = about ? report->as.name_translation.translation : 0;
	const struct mif_message_pvd *known = about ? picture_pvd(resolve->picture, pvd) : NULL;

	json_add(object, "elapsed", json_object_new_uint64(clock_boottime() - resolve->started));
	json_add_message(object, report);
	if (known != NULL)
		json_add_domain(object, report, pvd, known->name);
	json_print(stdout, object, false);
}

/* Whether a report is about the questions; counts it. */
static bool resolve_count(struct resolve *resolve, const struct mif_message *report)
{
	switch (report->type) {
	case MIF_NAME_TRANSLATION:
	case MIF_SERVICE_TRANSLATION:
		resolve->found++;
		return true;
	case MIF_NAME_TRANSLATION_DONE:
		resolve->running--;
		return true;
	case MIF_ERROR:
		/* The domain went away before the question came. */
		if (report->as.error.request != MIF_TRANSLATE_NAME)
			return false;
		resolve->running--;
		return true;
	default:
		return false;
	}
}

static void resolve_report(struct resolve *resolve, const struct mif_message *report)
{
	if (!resolve_count(resolve, report))
		return;
	if (resolve->options->json)
		print_json(resolve, report);
	else if (report->type == MIF_NAME_TRANSLATION)
		print_answer(resolve, report);
	else if (report->type == MIF_SERVICE_TRANSLATION)
		print_service(resolve, report);
	else if (report->type == MIF_NAME_TRANSLATION_DONE)
		print_end(resolve, report);
	else
		print_refusal(report);
}

/* ---- the whole ---- */

static int resolve_loop(struct resolve *resolve)
{
	const struct mif_message *report;
	int r = resolve_ask(resolve);

	while (r == 0 && resolve->running > 0) {
		r = handle_get(resolve->mif, resolve->deadline, &report);
		if (r == 0)
			return -ETIMEDOUT;
		if (r == 1) {
			resolve_report(resolve, report);
			r = resolve_ask(resolve);
		}
	}
	return r;
}

static int resolve_end(const struct resolve *resolve, int error)
{
	char name[SHOW_TEXT];

	show_word(resolve->name, name);
	if (error == -EINVAL) {
		complain("%s: not a name", name);
		return CTL_USAGE;
	}
	if (error < 0 && error != -ETIMEDOUT)
		return handle_broken(error);
	if (resolve->found > 0)
		return CTL_DONE;
	if (resolve->asked == 0)
		complain("%s: there is no provisioning domain to ask", name);
	else
		complain("%s: nothing from %zu provisioning domain%s%s", name, resolve->asked,
			resolve->asked == 1 ? "" : "s", error < 0 ? " in time" : "");
	return CTL_NOT;
}

int resolve_run(const struct options *options, char **arguments)
{
	_cleanup_(picture_deinit) struct picture picture = {0};
	_cleanup_(mif_closep) struct mif *mif = NULL;
	uint64_t limit = options->timeout != 0 ? options->timeout : RESOLVE_TIMEOUT;
	struct resolve resolve = {.options = options, .name = arguments[0], .picture = &picture};
	int r;

	if (strlen(resolve.name) >= MIF_TEXT_SIZE || *resolve.name == '\0')
		return resolve_end(&resolve, -EINVAL);
	if (handle_open(&mif, options) < 0)
		return CTL_NO_ENGINE;
	setvbuf(stdout, NULL, _IOLBF, 0);
	r = gather(mif, FOLLOW_PVDS, &picture);
	if (r < 0)
		return handle_broken(r);
	if (options->pvd != NULL && choose_pvd(&picture, options->pvd, &resolve.only) < 0)
		return CTL_NOT;
	resolve.mif = mif;
	resolve.width = choose_width(&picture);
	resolve.next = picture_next_pvd(&picture, NULL);
	resolve_skip(&resolve);
	resolve.started = clock_boottime();
	resolve.deadline = resolve.started + limit;
	return resolve_end(&resolve, resolve_loop(&resolve));
}
