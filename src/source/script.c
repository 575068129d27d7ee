/* SPDX-License-Identifier: MIT */
/*
 * The script source: facts and time from lines of text.
 */
#include "source/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "source/script-fact.h"
#include "source/script-forecast.h"

#define SCRIPT_LINE 1024
#define SCRIPT_ORDERS 16
#define ALL_KINDS ((1U << FACT_KINDS) - 1)

struct source_script {
	struct source source;
	int fd;
	uint64_t now;
	bool is_host; /* there was an "allow" */
	struct link_order orders[SCRIPT_ORDERS];
	size_t order_count;
	struct forecast_policy forecasts[FORECASTS];
	size_t forecast_count;
	uint64_t measured; /* 1 << ifindex: links whose signal somebody wants to hear of */
	size_t length; /* of what is in line */
	char line[SCRIPT_LINE];
};

static struct source_script *script_of(const struct source *source)
{
	return container_of((struct source *)source, struct source_script, source);
}

uint64_t source_script_now(const struct source *source)
{
	return script_of(source)->now;
}

static int line_heard(
	struct source_script *script, struct model *model, char *text, char error[256])
{
	struct fact fact;
	char copy[SCRIPT_LINE + 8];
	int r;

	snprintf(copy, sizeof(copy), "router %s", text);
	r = script_fact_parse(&fact, copy, script->now, error);
	if (r == 0)
		model_heard(model, fact.ifindex, &fact.provider);
	return r;
}

static int line_fact(
	struct source_script *script, struct model *model, bool put, char *text, char error[256])
{
	struct fact fact;
	int r = script_fact_parse(&fact, text, script->now, error);

	if (r < 0)
		return r;
	if (!put) {
		model_drop(model, script->source.owner, &fact);
		return 0;
	}
	r = model_put(model, script->source.owner, &fact);
	if (r < 0)
		snprintf(error, 256, "refused: %s", strerror(-r));
	/* A limit is a limit, not a mistake of the script. */
	return r == -ENOSPC ? 0 : r;
}

static int line_at(struct source_script *script, const char *text, char error[256])
{
	char *end;
	double seconds = strtod(text, &end);
	uint64_t when;

	/* Nor is what is no number. */
	if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= 1e9)) {
		snprintf(error, 256, "at: not a number of seconds: %.100s", text);
		return -EINVAL;
	}
	when = SCRIPT_EPOCH + (uint64_t)(seconds * 1e9 + 0.5);
	if (when < script->now) {
		snprintf(error, 256, "at: time does not go back: %.100s", text);
		return -EINVAL;
	}
	script->now = when;
	return 1;
}

/* ---- links ---- */

static int line_allow(
	struct source_script *script, struct model *model, char *text, char error[256])
{
	struct link_policy policy = {0};
	char *word = strsep(&text, " ");
	uint32_t seconds = 0;

	snprintf(policy.name, sizeof(policy.name), "%s", word);
	while ((word = strsep(&text, " ")) != NULL) {
		if (strcmp(word, "control") == 0)
			policy.control = true;
		else if (strcmp(word, "on-demand") == 0)
			policy.on_demand = true;
		else if (strcmp(word, "by-command") == 0)
			policy.by_command = true;
		else if (strcmp(word, "created") == 0)
			policy.created = true;
		else if (sscanf(word, "idle=%u", &seconds) != 1 &&
			sscanf(word, "hold=%u", &policy.hold_limit) != 1)
			return snprintf(error, 256, "allow: what is \"%.100s\"?", word), -EINVAL;
	}
	policy.idle_time = seconds * NSEC_PER_SEC;
	script->is_host = true;
	return model_allow_link(model, &policy);
}

/* "SECONDS". */
static int line_lifetimes(struct model *model, const char *text, char error[256])
{
	uint32_t seconds;

	if (sscanf(text, "%u", &seconds) != 1)
		return snprintf(error, 256, "lifetimes: not SECONDS"), -EINVAL;
	model_tell_lifetimes(model, seconds * NSEC_PER_SEC);
	return 0;
}

static int line_done(
	struct source_script *script, struct model *model, const char *text, char error[256])
{
	char which[8];
	uint32_t ifindex;
	int number;

	if (sscanf(text, "%7s %u %d", which, &ifindex, &number) != 3)
		return snprintf(error, 256, "done: not DIRECTION IFINDEX ERRNO"), -EINVAL;
	for (size_t i = 0; i < script->order_count; i++) {
		struct link_order order = script->orders[i];

		if (order.ifindex != ifindex || order.up != (strcmp(which, "up") == 0))
			continue;
		script->orders[i] = script->orders[--script->order_count];
		model_order_done(model, order.id, number,
			number == 0 ? "done" : "the script says no", script->now);
		return 0;
	}
	return snprintf(error, 256, "done: nobody asked for that"), -EINVAL;
}

/* "IFINDEX SECONDS [CAUSE]"; ifindex 0: all. */
static int line_away(
	struct source_script *script, struct model *model, const char *text, char error[256])
{
	uint32_t ifindex, why = MIF_AWAY_UNKNOWN;
	char name[32] = "unknown";
	double seconds;

	if (sscanf(text, "%u %lf %31s", &ifindex, &seconds, name) < 2 ||
		!(seconds >= 0 && seconds <= 1e6) || values_parse("away", name, &why) < 0)
		return snprintf(error, 256, "away: not IFINDEX SECONDS [CAUSE]"), -EINVAL;
	model_going_away(model, script->source.owner, ifindex, why,
		script->now + (uint64_t)(seconds * 1e9), script->now);
	return 0;
}

/* "IFINDEX". */
static int line_future(struct source_script *script, struct model *model, const char *verb,
	const char *text, char error[256])
{
	uint32_t ifindex;
	char rest;

	if (sscanf(text, "%u%c", &ifindex, &rest) != 1)
		return snprintf(error, 256, "%s: not IFINDEX", verb), -EINVAL;
	if (strcmp(verb, "stay") == 0)
		model_staying(model, script->source.owner, ifindex);
	else
		model_going_up(model, script->source.owner, ifindex);
	return 0;
}

/* One more, or other terms of one. */
static int line_forecast(
	struct source_script *script, struct model *model, char *text, char error[256])
{
	struct forecast_policy policy;
	size_t i = 0;
	int r = script_forecast_parse(&policy, text, error);

	if (r < 0)
		return r;
	while (i < script->forecast_count && strcmp(script->forecasts[i].name, policy.name) != 0)
		i++;
	if (i == FORECASTS)
		return snprintf(error, 256, "forecast: too many"), -EINVAL;
	script->forecasts[i] = policy;
	script->forecast_count = MAX(script->forecast_count, i + 1);
	model_forecast(model, script->forecasts, script->forecast_count);
	return 0;
}

/* "IFINDEX DBM". */
static int line_signal(
	const struct source_script *script, struct model *model, const char *text, char error[256])
{
	uint32_t ifindex;
	int32_t dbm;

	if (sscanf(text, "%u %d", &ifindex, &dbm) != 2 || dbm > 0 || dbm < -200)
		return snprintf(error, 256, "signal: not IFINDEX DBM"), -EINVAL;
	model_signal(model, ifindex, dbm, script->now);
	return 0;
}

/* "IFINDEX yes|no". */
static int line_measured(const struct source_script *script, const char *text, char error[256])
{
	uint32_t ifindex;
	char answer[4];

	if (sscanf(text, "%u %3s", &ifindex, answer) != 2 || ifindex >= 64)
		return snprintf(error, 256, "measured: not IFINDEX yes|no"), -EINVAL;
	if ((script->measured >> ifindex & 1) != (strcmp(answer, "yes") == 0))
		return snprintf(error, 256, "measured: it is not so"), -EINVAL;
	return 0;
}

static void script_measure(struct source *source, uint32_t ifindex, bool wanted, uint64_t now)
{
	struct source_script *script = script_of(source);

	(void)now;
	if (ifindex >= 64)
		return;
	script->measured &= ~(UINT64_C(1) << ifindex);
	script->measured |= (uint64_t)wanted << ifindex;
}

/* 1: it is none of these. */
static int line_link(struct source_script *script, struct model *model, const char *verb,
	char *text, char error[256])
{
	if (strcmp(verb, "allow") == 0)
		return line_allow(script, model, text, error);
	if (strcmp(verb, "lifetimes") == 0)
		return line_lifetimes(model, text, error);
	if (strcmp(verb, "done") == 0)
		return line_done(script, model, text, error);
	if (strcmp(verb, "away") == 0)
		return line_away(script, model, text, error);
	if (strcmp(verb, "stay") == 0 || strcmp(verb, "up") == 0)
		return line_future(script, model, verb, text, error);
	if (strcmp(verb, "forecast") == 0)
		return line_forecast(script, model, text, error);
	if (strcmp(verb, "signal") == 0)
		return line_signal(script, model, text, error);
	if (strcmp(verb, "measured") == 0)
		return line_measured(script, text, error);
	if (strcmp(verb, "none") != 0)
		return 1;
	if (script->order_count > 0)
		return snprintf(error, 256, "%s is to be brought %s", script->orders[0].name,
			       script->orders[0].up ? "up" : "down"),
		       -EINVAL;
	return 0;
}

static bool script_order(struct source *source, const struct link_order *order)
{
	struct source_script *script = script_of(source);

	if (!script->is_host || script->order_count == SCRIPT_ORDERS)
		return false;
	script->orders[script->order_count++] = *order;
	return true;
}

int source_script_line(
	struct source *source, struct model *model, const char *line, char error[256])
{
	struct source_script *script = script_of(source);
	char copy[SCRIPT_LINE];
	char *text = copy;
	char *verb;
	int r;

	if (strlen(line) >= sizeof(copy)) {
		snprintf(error, 256, "the line is too long");
		return -EINVAL;
	}
	strcpy(copy, line);
	verb = strsep(&text, " \t");
	if (text == NULL)
		text = copy + strlen(line);
	if (*verb == '\0' || *verb == '#')
		return 0;
	if (strcmp(verb, "put") == 0 || strcmp(verb, "drop") == 0)
		return line_fact(script, model, strcmp(verb, "put") == 0, text, error);
	if (strcmp(verb, "heard") == 0)
		return line_heard(script, model, text, error);
	if (strcmp(verb, "at") == 0) {
		r = model_commit(model, script->now);
		return r < 0 ? r : line_at(script, text, error);
	}
	if (strcmp(verb, "begin") == 0) {
		model_begin(model, source->owner, ALL_KINDS);
		return 0;
	}
	if (strcmp(verb, "commit") == 0)
		return 1;
	r = line_link(script, model, verb, text, error);
	if (r <= 0)
		return r;
	snprintf(error, 256, "no such line: %.100s", verb);
	return -EINVAL;
}

static int script_fd(const struct source *source)
{
	return script_of(source)->fd;
}

/* What the other end does not read is its own loss. */
static void script_answer(struct source_script *script, const char *text)
{
	char line[512];
	int length = snprintf(line, sizeof(line), "%s\n", text);

	if (write(script->fd, line, (size_t)length) < 0)
		return;
}

static int script_line_done(struct source_script *script, struct model *model, uint64_t *now)
{
	char error[256] = "";
	char text[300];
	int r = source_script_line(&script->source, model, script->line, error);

	if (r == -EINVAL) {
		snprintf(text, sizeof(text), "error: %s", error);
		script_answer(script, text);
		return 0;
	}
	if (r <= 0)
		return r;
	*now = script->now;
	r = model_commit(model, *now);
	if (r == 0)
		script_answer(script, "ok");
	return r;
}

static int script_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct source_script *script = script_of(source);
	char octets[4096];
	ssize_t got;
	int r = 0;

	if (script->fd < 0)
		return model_commit(model, now);
	got = read(script->fd, octets, sizeof(octets));
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (got == 0) {
		/* The script has ended: its last picture stays. */
		script->fd = close_fd(script->fd);
		return model_commit(model, script->now);
	}
	for (ssize_t i = 0; r == 0 && i < got; i++) {
		if (octets[i] != '\n') {
			if (script->length + 1 < sizeof(script->line))
				script->line[script->length++] = octets[i];
			continue;
		}
		script->line[script->length] = '\0';
		script->length = 0;
		r = script_line_done(script, model, &now);
	}
	return r;
}

static void script_free(struct source *source)
{
	if (source == NULL)
		return;
	close_fd(script_of(source)->fd);
	free(script_of(source));
}

static const struct source_ops script_ops = {
	.name = "script",
	.fd = script_fd,
	.dispatch = script_dispatch,
	.order = script_order,
	.measure = script_measure,
	.free = script_free,
};

int source_script_new(struct source **sourcep, int fd)
{
	struct source_script *script = calloc(1, sizeof(*script));

	if (script == NULL) {
		close_fd(fd);
		return -ENOMEM;
	}
	script->source.ops = &script_ops;
	script->fd = fd;
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	script->now = SCRIPT_EPOCH;
	*sourcep = &script->source;
	return 0;
}
