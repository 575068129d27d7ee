/* SPDX-License-Identifier: MIT */
/*
 * The source of what DHCP clients tell by mif-hook. The files are a snapshot: whenever one changes,
 * all of this network namespace are read. Whoever reads them need have no privilege; that they are
 * root's, and nobody else could have written them, is checked.
 */
#include "source/hook.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "hook/store.h"
#include "source/report-facts.h"
#include "source/watch.h"

enum hook_counter {
	READ,
	BAD,
	FOREIGN,
	REFUSED,
	COUNTERS,
};

#define RETRY NSEC_PER_SEC

struct hook {
	struct source source;
	char directory[PATH_MAX];
	char below[PATH_MAX + 1]; /* the same, with a final "/" */
	char prefix[STORE_NAME]; /* of our network namespace's files */
	struct watch watch;
	uint64_t read_at; /* TIME_FOREVER: nothing has changed */
	struct report report; /* scratch */
	uint64_t counters[COUNTERS];
};

static struct hook *hook_of(struct source *source)
{
	return (struct hook *)source;
}

static const struct hook *hook_of_const(const struct source *source)
{
	return (const struct hook *)source;
}

static bool is_trusted(const struct stat *status)
{
	return (status->st_uid == 0 || status->st_uid == geteuid()) &&
		(status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The index may be another link's by now, or nobody's. */
static bool link_is_there(const struct report *report)
{
	char name[IFNAMSIZ];

	return if_indextoname(report->ifindex, name) != NULL;
}

static int file_put(struct hook *hook, const char *name, struct model *model, uint64_t now)
{
	char path[PATH_MAX + 256];
	struct stat status;
	struct ini ini;
	int r;

	snprintf(path, sizeof(path), "%s/%s", hook->directory, name);
	/* One that has just been removed has its own event. */
	if (lstat(path, &status) < 0)
		return 0;
	if (!S_ISREG(status.st_mode) || !is_trusted(&status)) {
		hook->counters[FOREIGN]++;
		return 0;
	}
	r = ini_open(&ini, path);
	if (r == 0) {
		r = report_read(&hook->report, &ini);
		ini_close(&ini);
	}
	if (r == -ENOMEM || r == -ENOENT)
		return r == -ENOMEM ? r : 0;
	hook->counters[r == 0 ? READ : BAD]++;
	if (r < 0 || !link_is_there(&hook->report))
		return 0;
	r = report_facts_put(&hook->report, FACT_TRUST_MANAGER, model, hook->source.owner, now);
	hook->counters[REFUSED] += r > 0 ? (uint64_t)r : 0;
	return MIN(r, 0);
}

static int files_put(struct hook *hook, struct model *model, uint64_t now)
{
	DIR *directory = opendir(hook->directory);
	size_t length = strlen(hook->prefix), count = 0;
	const struct dirent *entry;
	struct stat status;
	int r = 0;

	if (directory == NULL)
		return 0;
	if (fstat(dirfd(directory), &status) < 0 || !is_trusted(&status)) {
		hook->counters[FOREIGN]++;
		closedir(directory);
		return 0;
	}
	while (r == 0 && count < HOOK_FILES && (entry = readdir(directory)) != NULL) {
		if (strncmp(entry->d_name, hook->prefix, length) != 0)
			continue;
		count++;
		r = file_put(hook, entry->d_name, model, now);
	}
	closedir(directory);
	return r;
}

static int hook_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct hook *hook = hook_of(source);
	int r;

	if (watch_read(&hook->watch))
		hook->read_at = now;
	if (hook->read_at > now)
		return 0;
	model_begin(model, source->owner, REPORT_FACTS);
	r = files_put(hook, model, now);
	/* A snapshot that is not whole is not committed here, but put again. */
	if (r == 0)
		r = model_commit(model, now);
	hook->read_at = r < 0 ? now + RETRY : TIME_FOREVER;
	return r == -ENOMEM ? 0 : r;
}

static int hook_fd(const struct source *source)
{
	return hook_of_const(source)->watch.fd;
}

static uint64_t hook_deadline(const struct source *source)
{
	return hook_of_const(source)->read_at;
}

static bool hook_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[COUNTERS] = {
		[READ] = "hook reports read",
		[BAD] = "hook reports bad: not used",
		[FOREIGN] = "hook reports that are not root's: not used",
		[REFUSED] = "hook facts beyond a limit",
	};

	if (index >= COUNTERS)
		return false;
	*name = names[index];
	*value = hook_of_const(source)->counters[index];
	return true;
}

static const char *hook_path(const struct source *source, unsigned int index)
{
	return index == 0 ? hook_of_const(source)->below : NULL;
}

static void hook_free(struct source *source)
{
	if (source == NULL)
		return;
	watch_deinit(&hook_of(source)->watch);
	free(source);
}

static const struct source_ops hook_ops = {
	.name = "hook",
	.fd = hook_fd,
	.dispatch = hook_dispatch,
	.deadline = hook_deadline,
	.counter = hook_counter,
	.path = hook_path,
	.free = hook_free,
};

int source_hook_new(struct source **sourcep, const char *directory)
{
	struct hook *hook = calloc(1, sizeof(*hook));

	if (hook == NULL)
		return -ENOMEM;
	hook->source.ops = &hook_ops;
	snprintf(hook->directory, sizeof(hook->directory), "%s", directory);
	snprintf(hook->below, sizeof(hook->below), "%s/", hook->directory);
	store_prefix(hook->prefix, store_namespace());
	watch_init(&hook->watch);
	watch_add(&hook->watch, hook->directory, NULL);
	*sourcep = &hook->source;
	return 0;
}
