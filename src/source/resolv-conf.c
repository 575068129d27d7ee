/* SPDX-License-Identifier: MIT */
/*
 * The source of rumours. It says what resolv.conf says, and leaves it to engine/rumour.c for which
 * domain that counts. The file is often a link to one that a manager writes elsewhere, so both
 * directories are watched.
 */
#include "source/resolv-conf.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/resolv-conf-parse.h"
#include "source/watch.h"

enum resolv_conf_counter {
	READ,
	LOCAL,
	BAD,
	COUNTERS,
};

#define KINDS (1U << FACT_DATA)
#define RETRY NSEC_PER_SEC
#define FILE_MAX 65536 /* octets; what is beyond is not looked at */

struct place {
	char path[PATH_MAX]; /* of the directory */
	char *name; /* behind it */
};

struct resolv_source {
	struct source source;
	char path[PATH_MAX];
	struct place link, target; /* of the file, and of what it is a link to */
	struct watch watch;
	uint64_t read_at; /* TIME_FOREVER: nothing has changed */
	uint64_t counters[COUNTERS];
};

static struct resolv_source *resolv_of(struct source *source)
{
	return (struct resolv_source *)source;
}

static const struct resolv_source *resolv_of_const(const struct source *source)
{
	return (const struct resolv_source *)source;
}

/* Cuts a path in two. */
static void place_set(struct place *place, const char *path)
{
	char *slash;

	strcpy(place->path, path);
	slash = strrchr(place->path, '/');
	place->name = "";
	if (slash == NULL)
		return;
	*slash = '\0';
	place->name = slash + 1;
}

/* Anew whenever the file is read: what it is a link to may be another file by now. */
static void resolv_watch(struct resolv_source *resolv)
{
	char path[PATH_MAX];

	watch_clear(&resolv->watch);
	place_set(&resolv->link, resolv->path);
	watch_add(&resolv->watch, resolv->link.path, resolv->link.name);
	if (realpath(resolv->path, path) == NULL || strcmp(path, resolv->path) == 0)
		return;
	place_set(&resolv->target, path);
	watch_add(&resolv->watch, resolv->target.path, resolv->target.name);
}

/* The octets, to be freed; NULL: none, or no memory, which *sizep tells: 0, or SIZE_MAX. */
static char *file_read(const char *path, size_t *sizep)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *octets;
	ssize_t got = 1;

	*sizep = 0;
	if (fd < 0)
		return NULL;
	octets = malloc(FILE_MAX);
	if (octets == NULL) {
		*sizep = SIZE_MAX;
		return NULL;
	}
	while (got > 0 && *sizep < FILE_MAX) {
		got = read(fd, octets + *sizep, FILE_MAX - *sizep);
		*sizep += got > 0 ? (size_t)got : 0;
	}
	return octets;
}

static struct fact rumour(uint32_t information)
{
	return (struct fact){
		.kind = FACT_DATA,
		.element = MIF_ELEMENT_ANY,
		.trust = FACT_TRUST_RUMOUR,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
		.as.data.information = information,
	};
}

/* The name of the link that a scope means. False: it is the index of none. */
static bool scope_name(const char *scope, char name[IFNAMSIZ])
{
	if (strspn(scope, "0123456789") == strlen(scope) && scope[0] != '\0')
		return if_indextoname((unsigned int)strtoul(scope, NULL, 10), name) != NULL;
	strcpy(name, scope);
	return true;
}

static int conf_put(
	const struct resolv_source *resolv, const struct resolv_conf *conf, struct model *model)
{
	int r = 0;

	for (size_t i = 0; i < conf->server_count && r != -ENOMEM; i++) {
		struct fact fact = rumour(MIF_INFORMATION_DNS_SERVERS);

		fact.as.data.address = conf->servers[i].address;
		if (scope_name(conf->servers[i].scope, fact.ifname))
			r = model_put(model, resolv->source.owner, &fact);
	}
	/* Beside a server on this host, which may ask anybody, nobody can tell whose they are. */
	if (conf->local_count > 0)
		return r;
	for (size_t i = 0; i < conf->search_count && r != -ENOMEM; i++) {
		struct fact fact = rumour(MIF_INFORMATION_SEARCH_DOMAINS);

		strcpy(fact.as.data.text, conf->search[i]);
		r = model_put(model, resolv->source.owner, &fact);
	}
	return r;
}

static int resolv_read(struct resolv_source *resolv, struct model *model, uint64_t now)
{
	struct resolv_conf conf;
	size_t size;
	char *octets;
	int r;

	resolv_watch(resolv);
	octets = file_read(resolv->path, &size);
	if (size == SIZE_MAX)
		return -ENOMEM;
	resolv_conf_parse(&conf, octets, size);
	free(octets);
	resolv->counters[READ]++;
	resolv->counters[LOCAL] = conf.local_count;
	resolv->counters[BAD] = conf.bad_count;
	model_begin(model, resolv->source.owner, KINDS);
	r = conf_put(resolv, &conf, model);
	return r == -ENOMEM ? r : model_commit(model, now);
}

static int resolv_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct resolv_source *resolv = resolv_of(source);
	int r;

	if (watch_read(&resolv->watch))
		resolv->read_at = now;
	if (resolv->read_at > now)
		return 0;
	r = resolv_read(resolv, model, now);
	resolv->read_at = r < 0 ? now + RETRY : TIME_FOREVER;
	return r == -ENOMEM ? 0 : r;
}

static int resolv_fd(const struct source *source)
{
	return resolv_of_const(source)->watch.fd;
}

static uint64_t resolv_deadline(const struct source *source)
{
	return resolv_of_const(source)->read_at;
}

static bool resolv_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[COUNTERS] = {
		[READ] = "resolv.conf read",
		[LOCAL] = "resolv.conf servers that are this host: of no network, not used",
		[BAD] = "resolv.conf values that are none",
	};

	if (index >= COUNTERS)
		return false;
	*name = names[index];
	*value = resolv_of_const(source)->counters[index];
	return true;
}

/* Besides the file and what it is a link to now: what another manager may make it a link to. */
static const char *resolv_path(const struct source *source, unsigned int index)
{
	return index == 0 ? resolv_of_const(source)->path : index == 1 ? "/run/" : NULL;
}

static void resolv_free(struct source *source)
{
	if (source == NULL)
		return;
	watch_deinit(&resolv_of(source)->watch);
	free(source);
}

static const struct source_ops resolv_ops = {
	.name = "resolv.conf",
	.fd = resolv_fd,
	.dispatch = resolv_dispatch,
	.deadline = resolv_deadline,
	.counter = resolv_counter,
	.path = resolv_path,
	.free = resolv_free,
};

int source_resolv_conf_new(struct source **sourcep, const char *path)
{
	struct resolv_source *resolv = calloc(1, sizeof(*resolv));

	if (resolv == NULL)
		return -ENOMEM;
	resolv->source.ops = &resolv_ops;
	strncpy(resolv->path, path, sizeof(resolv->path) - 1);
	watch_init(&resolv->watch);
	*sourcep = &resolv->source;
	return 0;
}
