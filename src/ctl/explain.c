/* SPDX-License-Identifier: MIT */
/*
 * mif explain: what a dial would do, and why, in sentences or as one JSON object. Three questions to
 * the engine, one after the other: what each domain's name services say; what would be tried when, by
 * the dial itself, which connects to nothing for it; and, with --try, what happens.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/choose.h"
#include "ctl/dialing.h"
#include "ctl/field.h"
#include "ctl/follow.h"
#include "ctl/gather.h"
#include "ctl/handle.h"
#include "ctl/json.h"
#include "ctl/timeline.h"

#define SERVICE "https"

/* An engine takes no more from one subscriber at a time than some hundred. */
#define EXPLAIN_DOMAINS 64

struct explain {
	const struct options *options;
	const char *host, *service;
	struct mif *mif;
	struct picture picture;
	struct mif_message request; /* the dial */
	struct timeline plan, played;
	struct json_object *answers, *planned, *nothing, *tried, *end;
	bool told; /* something, above what comes next */
	bool possible, connected;
};

/* ---- names ---- */

static void tell_answer(const struct explain *explain, const struct mif_message *report)
{
	const struct mif_message_name_translation *answer = &report->as.name_translation;
	char name[SHOW_TEXT], form[MIF_ADDRESS_TEXT], system[SHOW_TEXT], server[MIF_ADDRESS_TEXT];
	bool asked = answer->server.family != AF_UNSPEC;

	printf("  %-*s  %s, from %s%s%s\n", choose_width(&explain->picture),
		choose_name(&explain->picture, answer->translation, name),
		mif_address_format(&answer->address, form), field_text(report, "system", system),
		asked ? " by " : "", asked ? mif_address_format(&answer->server, server) : "");
}

/* Whose the name is. */
static void tell_not_asked(
	const struct explain *explain, const struct mif_message_name_translation_done *done)
{
	char name[SHOW_TEXT], zone[SHOW_TEXT], other[SHOW_TEXT];

	choose_name(&explain->picture, done->translation, name);
	if (done->zone[0] == '\0')
		printf("  %-*s  not asked: it leads to its own network only, and the name is below "
		       "none "
		       "of its zones\n",
			choose_width(&explain->picture), name);
	else
		printf("  %-*s  not asked: the name is below %s of %s\n",
			choose_width(&explain->picture), name, show_text(done->zone, zone),
			choose_name(&explain->picture, done->pvd, other));
}

static void tell_no_answer(const struct explain *explain, const struct mif_message *report)
{
	const struct mif_message_name_translation_done *done = &report->as.name_translation_done;
	const char *meaning = field_meaning(report, "status");
	char name[SHOW_TEXT];

	if (done->status == MIF_TRANSLATION_OTHER_ZONE)
		tell_not_asked(explain, done);
	else if (done->status != MIF_TRANSLATION_FOUND)
		printf("  %-*s  %s\n", choose_width(&explain->picture),
			choose_name(&explain->picture, done->translation, name),
			meaning != NULL ? meaning : "ended in a way unknown here");
}

/* A report with the name of the domain that it is about, if it is about one that is known. */
static struct json_object *named(
	const struct explain *explain, const struct mif_message *report, uint64_t id)
{
	const struct mif_message_pvd *pvd = picture_pvd(&explain->picture, id);
	struct json_object *object = json_object_new_object();

	json_add_message(object, report);
	if (pvd != NULL)
		json_add_domain(object, report, id, pvd->name);
	return object;
}

static uint64_t domain_of(const struct mif_message *report)
{
	switch (report->type) {
	case MIF_NAME_TRANSLATION:
		return report->as.name_translation.translation;
	case MIF_NAME_TRANSLATION_DONE:
		return report->as.name_translation_done.translation;
	case MIF_ATTEMPT:
		return report->as.attempt.pvd;
	case MIF_CONNECTED:
		return report->as.connected.pvd;
	default:
		return 0;
	}
}

static void keep(
	const struct explain *explain, struct json_object *array, const struct mif_message *report)
{
	json_object_array_add(array, named(explain, report, domain_of(report)));
}

/* Whether the translation has ended. */
static bool name_report(struct explain *explain, const struct mif_message *report)
{
	bool ended = report->type == MIF_NAME_TRANSLATION_DONE ||
		(report->type == MIF_ERROR && report->as.error.request == MIF_TRANSLATE_NAME);

	if (report->type != MIF_NAME_TRANSLATION && !ended)
		return false;
	if (explain->options->json)
		keep(explain, explain->answers, report);
	else if (report->type == MIF_NAME_TRANSLATION)
		tell_answer(explain, report);
	else if (report->type == MIF_NAME_TRANSLATION_DONE)
		tell_no_answer(explain, report);
	return ended;
}

/* A translation bears the number of its domain. How many were posted, or negative errno. */
static int names_ask(struct explain *explain)
{
	const struct mif_message_pvd *pvd = NULL;
	const struct mif_message_dial *dial = &explain->request.as.dial;
	int count = 0;

	while ((pvd = picture_next_pvd(&explain->picture, pvd)) != NULL &&
		count < EXPLAIN_DOMAINS) {
		struct mif_message request = {.type = MIF_TRANSLATE_NAME};
		struct mif_message_translate_name *ask = &request.as.translate_name;
		int r;

		if ((dial->pvd != 0 && dial->pvd != pvd->pvd) ||
			(dial->interface != 0 && dial->interface != pvd->interface))
			continue;
		ask->pvd = ask->translation = pvd->pvd;
		ask->family = explain->options->family;
		if (dial->zones == MIF_DIAL_ZONES_HEEDED && dial->pvd == 0)
			ask->flags = MIF_TRANSLATE_ZONES;
		strcpy(ask->name, explain->host);
		r = mif_post(explain->mif, &request);
		if (r < 0)
			return r;
		count++;
	}
	return count;
}

static int explain_names(struct explain *explain)
{
	const struct mif_message *report;
	int running = names_ask(explain), r = 0;
	struct mif_address literal;

	if (running < 0 || mif_address_parse(&literal, explain->host) == 0)
		return MIN(running, 0);
	if (!explain->options->json)
		puts("What the domains' name services say:");
	explain->told = true;
	while (running > 0 && (r = handle_get(explain->mif, TIME_FOREVER, &report)) == 1)
		running -= name_report(explain, report);
	return MIN(r, 0);
}

/* ---- attempts ---- */

static void tell_planned(const struct explain *explain, const struct mif_message *report)
{
	const struct mif_message_attempt *attempt = &report->as.attempt;
	const char *meaning = field_meaning(report, "reason");
	char name[SHOW_TEXT], time[SHOW_TEXT], from[MIF_ADDRESS_TEXT], to[MIF_ADDRESS_TEXT];

	printf("  %7s  #%u through %s, from %s to %s: %s\n", show_duration(attempt->time, time),
		attempt->attempt, choose_name(&explain->picture, attempt->pvd, name),
		mif_address_format(&attempt->source.address, from),
		mif_endpoint_format(&attempt->destination, to), meaning != NULL ? meaning : "");
}

/* The dial, to its end: its steps go into a timeline. 0, or negative errno. */
static int explain_dial(struct explain *explain, struct timeline *timeline,
	struct json_object *steps, const struct mif_message **endp)
{
	const struct mif_message *report;
	int r = mif_post(explain->mif, &explain->request);

	while (r >= 0 && (r = handle_get(explain->mif, TIME_FOREVER, &report)) == 1) {
		if (report->type == MIF_CONNECTED || report->type == MIF_NOT_CONNECTED) {
			*endp = report;
			return 0;
		}
		if (report->type != MIF_ATTEMPT)
			continue;
		timeline_add(timeline, &report->as.attempt);
		if (steps != NULL)
			keep(explain, steps, report);
		else if (report->as.attempt.outcome == MIF_ATTEMPT_PLANNED)
			tell_planned(explain, report);
	}
	return r < 0 ? r : -EPIPE;
}

static int explain_plan(struct explain *explain)
{
	const struct mif_message *end;
	char text[SHOW_TEXT];
	int r;

	explain->request.as.dial.plan = 1;
	if (!explain->options->json)
		printf("%sWhat would be tried, if nobody answered:\n", explain->told ? "\n" : "");
	r = explain_dial(explain, &explain->plan, explain->planned, &end);
	explain->request.as.dial.plan = 0;
	if (r < 0)
		return r;
	explain->possible = explain->plan.count > 0;
	if (!explain->possible && explain->options->json)
		explain->nothing = json_text(end->as.not_connected.text);
	else if (!explain->possible)
		printf("  nothing: %s\n", show_text(end->as.not_connected.text, text));
	return 0;
}

static void tell_end(const struct explain *explain, const struct mif_message *end)
{
	char text[SHOW_TEXT], name[SHOW_TEXT], from[MIF_ADDRESS_TEXT], to[MIF_ADDRESS_TEXT];

	if (end->type == MIF_NOT_CONNECTED)
		printf("not connected: %s\n", show_text(end->as.not_connected.text, text));
	else
		printf("connected to %s from %s through %s\n",
			mif_endpoint_format(&end->as.connected.destination, to),
			mif_endpoint_format(&end->as.connected.source, from),
			choose_name(&explain->picture, end->as.connected.pvd, name));
}

static int explain_try(struct explain *explain)
{
	const struct mif_message *end;
	int r;

	if (!explain->options->json)
		printf("\nWhat happened:\n");
	r = explain_dial(explain, &explain->played, explain->tried, &end);
	if (r < 0)
		return r;
	explain->connected = end->type == MIF_CONNECTED;
	if (explain->options->json) {
		explain->end = named(explain, end, domain_of(end));
		return 0;
	}
	timeline_print(&explain->played, &explain->picture, timeline_width(stdout), stdout);
	tell_end(explain, end);
	return 0;
}

/* ---- the whole ---- */

static int explain_all(struct explain *explain)
{
	int r = explain_names(explain);

	if (r == 0)
		r = explain_plan(explain);
	if (r == 0 && explain->options->attempt)
		r = explain_try(explain);
	return r;
}

static int explain_draw(const struct explain *explain)
{
	const char *path = explain->options->svg;
	const struct timeline *timeline =
		explain->options->attempt ? &explain->played : &explain->plan;
	FILE *file = fopen(path, "we");
	char text[SHOW_TEXT], heading[2 * SHOW_TEXT];

	if (file == NULL) {
		complain("%s: %s", show_word(path, text), strerror(errno));
		return CTL_NOT;
	}
	snprintf(heading, sizeof(heading), "%s, port %" PRIu32 ": %s",
		show_text(explain->host, text), explain->request.as.dial.port,
		explain->options->attempt ? "what happened"
					  : "what would be tried, if nobody answered");
	timeline_svg(timeline, &explain->picture, heading, file);
	if (fclose(file) == 0)
		return CTL_DONE;
	complain("%s: %s", show_word(path, text), strerror(errno));
	return CTL_NOT;
}

static void explain_print_json(struct explain *explain)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "host", json_text(explain->host));
	json_add(object, "port", json_object_new_int((int)explain->request.as.dial.port));
	json_add(object, "answers", explain->answers);
	json_add(object, "planned", explain->planned);
	if (explain->nothing != NULL)
		json_add(object, "nothing", explain->nothing);
	if (explain->options->attempt) {
		json_add(object, "tried", explain->tried);
		json_add(object, "end", explain->end);
	} else {
		json_object_put(explain->tried);
	}
	json_print(stdout, object, false);
}

static int explain_run_on(struct explain *explain)
{
	int r = gather(explain->mif, FOLLOW_PVDS, &explain->picture);
	int status;

	if (r < 0)
		return handle_broken(r);
	status = dialing_request(explain->options, &explain->picture, explain->host,
		explain->service, &explain->request);
	if (status != CTL_DONE)
		return status;
	if (explain->options->json) {
		explain->answers = json_object_new_array();
		explain->planned = json_object_new_array();
		explain->tried = json_object_new_array();
	}
	r = explain_all(explain);
	if (explain->options->json)
		explain_print_json(explain);
	if (r < 0)
		return handle_broken(r);
	if (explain->options->svg != NULL && explain_draw(explain) != CTL_DONE)
		return CTL_NOT;
	if (explain->options->attempt)
		return explain->connected ? CTL_DONE : CTL_NOT;
	return explain->possible ? CTL_DONE : CTL_NOT;
}

int explain_run(const struct options *options, char **arguments)
{
	_cleanup_(mif_closep) struct mif *mif = NULL;
	struct explain explain = {.options = options,
		.host = arguments[0],
		.service = arguments[1] != NULL ? arguments[1] : SERVICE};
	int status = dialing_check(options, explain.host, explain.service);

	if (status != CTL_DONE)
		return status;
	if (handle_open(&mif, options) < 0)
		return CTL_NO_ENGINE;
	setvbuf(stdout, NULL, _IOLBF, 0);
	explain.mif = mif;
	status = explain_run_on(&explain);
	picture_deinit(&explain.picture);
	return status;
}
