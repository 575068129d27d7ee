/* SPDX-License-Identifier: MIT */
/*
 * The source of what is configured by hand. It owns a copy of the file's facts until they are put,
 * and an inotify descriptor on the file's directory, since editors replace files instead of writing
 * into them. A change is read as a whole; while the file is bad, the facts of before stand.
 */
#include "source/config.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/config-file.h"

enum config_counter {
	READ,
	BAD,
	COUNTERS,
};

#define KINDS (1U << FACT_DATA | 1U << FACT_LINK)
#define RETRY (NSEC_PER_SEC)

struct config {
	struct source source;
	char path[PATH_MAX];
	const char *name; /* within its directory */
	bool required;
	int inotify; /* -1: the directory does not exist */
	struct config_facts facts; /* to be put */
	uint64_t put_at; /* when; TIME_FOREVER: nothing is to be put */
	uint64_t counters[COUNTERS];
	char error[256]; /* what was wrong when it was read again... */
	bool complains; /* ... which nobody has asked for */
};

static struct config *config_of(struct source *source)
{
	return (struct config *)source;
}

static const struct config *config_of_const(const struct source *source)
{
	return (const struct config *)source;
}

/* 0: the facts are there, to be put. */
static int config_read(struct config *config, char error[256])
{
	struct config_facts facts;
	int r = config_file_read(&facts, config->path, error);

	if (r == -ENOENT && !config->required)
		r = 0;
	config->counters[r == 0 ? READ : BAD]++;
	if (r < 0)
		return r;
	config_facts_deinit(&config->facts);
	config->facts = facts;
	config->put_at = 0;
	return 0;
}

static int config_put(struct config *config, struct model *model, uint64_t now)
{
	uint32_t owner = config->source.owner;
	int r = 0;

	model_begin(model, owner, KINDS);
	for (size_t i = 0; i < config->facts.count && r != -ENOMEM; i++)
		r = model_put(model, owner, &config->facts.facts[i]);
	model_forecast(model, config->facts.forecasts, config->facts.forecast_count);
	if (r != -ENOMEM)
		r = model_commit(model, now);
	config->put_at = r == -ENOMEM ? now + RETRY : TIME_FOREVER;
	if (r == 0)
		config_facts_deinit(&config->facts);
	return r == -ENOMEM ? 0 : r;
}

/* Whether one of the events that wait is about our file. */
static bool config_has_changed(struct config *config)
{
	_Alignas(struct inotify_event) char octets[4096];
	ssize_t size = read(config->inotify, octets, sizeof(octets));
	bool changed = false;

	for (ssize_t at = 0; at < size;) {
		const struct inotify_event *event = (const void *)(octets + at);

		changed |= (event->mask & IN_Q_OVERFLOW) != 0 ||
			(event->len > 0 && strcmp(event->name, config->name) == 0);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return changed;
}

static int config_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct config *config = config_of(source);

	if (config->inotify >= 0 && config_has_changed(config))
		config->complains = config_read(config, config->error) < 0;
	return config->put_at <= now ? config_put(config, model, now) : 0;
}

static int config_fd(const struct source *source)
{
	return config_of_const(source)->inotify;
}

static uint64_t config_deadline(const struct source *source)
{
	return config_of_const(source)->put_at;
}

static bool config_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[COUNTERS] = {
		[READ] = "config read",
		[BAD] = "config bad: the facts of before stand",
	};

	if (index >= COUNTERS)
		return false;
	*name = names[index];
	*value = config_of_const(source)->counters[index];
	return true;
}

static const char *config_complaint(struct source *source)
{
	struct config *config = config_of(source);

	if (!config->complains)
		return NULL;
	config->complains = false;
	return config->error;
}

static const char *config_path(const struct source *source, unsigned int index)
{
	return index == 0 ? config_of_const(source)->path : NULL;
}

static void config_free(struct source *source)
{
	if (source == NULL)
		return;
	close_fd(config_of(source)->inotify);
	config_facts_deinit(&config_of(source)->facts);
	free(source);
}

static const struct source_ops config_ops = {
	.name = "config",
	.fd = config_fd,
	.dispatch = config_dispatch,
	.deadline = config_deadline,
	.counter = config_counter,
	.complaint = config_complaint,
	.path = config_path,
	.free = config_free,
};

/* Before the file is read for the first time: no change is missed. Without inotify, or without the
 * directory, changes go unseen, which is no reason not to start. */
static void config_watch(struct config *config)
{
	char directory[PATH_MAX];

	config->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (config->inotify < 0)
		return;
	strcpy(directory, config->path);
	if (inotify_add_watch(config->inotify, dirname(directory),
		    IN_ONLYDIR | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE) < 0)
		config->inotify = close_fd(config->inotify);
}

int source_config_new(struct source **sourcep, const char *path, bool required, char error[256])
{
	struct config *config = calloc(1, sizeof(*config));
	int r = -ENAMETOOLONG;

	strcpy(error, "out of memory");
	if (config == NULL)
		return -ENOMEM;
	config->source.ops = &config_ops;
	config->inotify = -1;
	config->required = required;
	strcpy(error, "the path of the configuration file is too long");
	if (strlen(path) < sizeof(config->path)) {
		const char *slash;

		strcpy(config->path, path);
		slash = strrchr(config->path, '/');
		config->name = slash != NULL ? slash + 1 : config->path;
		config_watch(config);
		r = config_read(config, error);
	}
	if (config->name == NULL || r == -ENOMEM) {
		config_free(&config->source);
		return r;
	}
	*sourcep = &config->source;
	if (r < 0)
		return 1;
	error[0] = '\0';
	return 0;
}
