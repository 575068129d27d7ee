/* SPDX-License-Identifier: MIT */
/*
 * The daemon's own section of its configuration file. The parent reads it once, at the start; the
 * sections about interfaces are read by the config source, in the engine, and again when they change.
 */
#include "daemon/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "daemon/log.h"

static int text_set(struct ini *ini, char *to, size_t size)
{
	if (ini->value[0] == '\0')
		return ini_fail(ini, "%s: a value is missing", ini->key);
	if (strlen(ini->value) >= size)
		return ini_fail(ini, "%s: longer than %zu octets", ini->key, size - 1);
	strcpy(to, ini->value);
	return 0;
}

static int number_set(struct ini *ini, uint32_t *to, uint32_t from, uint32_t until)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(ini->value, &end, 10);
	if (ini->value[0] < '0' || ini->value[0] > '9' || *end != '\0' || errno != 0 ||
		number < from || number > until)
		return ini_fail(ini, "%s: not a number from %u to %u: %.40s", ini->key, from, until,
			ini->value);
	*to = (uint32_t)number;
	return 0;
}

static int answer_set(struct ini *ini, bool *to)
{
	bool yes = strcmp(ini->value, "yes") == 0;

	if (!yes && strcmp(ini->value, "no") != 0)
		return ini_fail(ini, "%s: neither yes nor no: %.40s", ini->key, ini->value);
	*to = yes;
	return 0;
}

/* Below 20 are the numbers of the kernel and of well-known programs; 32766 is the main table's rule,
 * 255 the last table that has a name of its own. */
static int steer_key_take(struct config *config, struct ini *ini)
{
	struct steer_mark *mark = &config->mark;
	uint32_t number = 0;
	int r;

	if (strcmp(ini->key, "route-table") == 0)
		return number_set(ini, &mark->table, 256, INT32_MAX - STEER_SLOTS);
	if (strcmp(ini->key, "route-tables") == 0)
		return number_set(ini, &mark->slots, 1, STEER_SLOTS);
	if (strcmp(ini->key, "rule-priority") == 0)
		return number_set(ini, &mark->priority, 1, 32766 - STEER_PRIORITIES);
	if (strcmp(ini->key, "main-routes-first") == 0)
		return answer_set(ini, &config->main_first);
	if (strcmp(ini->key, "steer") == 0)
		return answer_set(ini, &config->steer);
	if (strcmp(ini->key, "route-protocol") != 0)
		return ini_fail(ini, "[mifd] has no key %.40s", ini->key);
	r = number_set(ini, &number, 20, UINT8_MAX);
	if (r == 0)
		mark->protocol = (uint8_t)number;
	return r;
}

static int path_set(struct ini *ini, char *to, size_t size)
{
	if (ini->value[0] != '/')
		return ini_fail(ini, "%s: not an absolute path", ini->key);
	return text_set(ini, to, size);
}

static int fetch_key_take(struct config *config, struct ini *ini)
{
	if (strcmp(ini->key, "pvd-authorities") == 0)
		return path_set(ini, config->authorities, sizeof(config->authorities));
	if (strcmp(ini->key, "pvd-fetcher") != 0)
		return steer_key_take(config, ini);
	if (strcmp(ini->value, "no") != 0)
		return path_set(ini, config->fetcher, sizeof(config->fetcher));
	config->fetcher[0] = '\0';
	return 0;
}

static int key_take(struct config *config, struct ini *ini)
{
	if (strcmp(ini->key, "socket") == 0)
		return path_set(ini, config->socket, sizeof(config->socket));
	if (strcmp(ini->key, "user") == 0)
		return text_set(ini, config->user, sizeof(config->user));
	if (strcmp(ini->key, "log") == 0) {
		config->log = log_level_parse(ini->value);
		if (config->log < 0)
			return ini_fail(ini,
				"log: not one of error, warning, notice, info, debug: %.40s",
				ini->value);
		return 0;
	}
	return fetch_key_take(config, ini);
}

int config_load(struct config *config, const char *path, bool required, char error[256])
{
	struct ini ini;
	int r;

	*config = (struct config){.socket = "/run/mif/mifd.sock",
		.log = LOG_LEVEL_INFO,
		.steer = true,
		.main_first = true,
		.mark = STEER_MARK,
		.fetcher = MIF_FETCHER};
	r = ini_open(&ini, path);
	if (r == -ENOENT && !required)
		return 0;
	if (r < 0) {
		snprintf(error, 256, "%s", ini.error);
		return r;
	}
	while ((r = ini_next(&ini)) == 1) {
		if (strcmp(ini.section, "mifd") != 0)
			continue;
		if (ini.argument[0] != '\0')
			r = ini_fail(&ini, "[mifd] takes no argument");
		else if (ini.key != NULL)
			r = key_take(config, &ini);
		if (r < 0)
			break;
	}
	if (r < 0)
		snprintf(error, 256, "%s", ini.error);
	ini_close(&ini);
	return r;
}
