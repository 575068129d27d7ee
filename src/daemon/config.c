/* SPDX-License-Identifier: MIT */
/*
 * The daemon's own section of its configuration file. The parent reads it once, at the start; the
 * sections about interfaces are read by the config source, in the engine, and again when they change.
 */
#include "daemon/config.h"

#include <errno.h>
#include <stdio.h>
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

static int key_take(struct config *config, struct ini *ini)
{
	if (strcmp(ini->key, "socket") == 0) {
		if (ini->value[0] != '/')
			return ini_fail(ini, "socket: not an absolute path");
		return text_set(ini, config->socket, sizeof(config->socket));
	}
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
	return ini_fail(ini, "[mifd] has no key %.40s", ini->key);
}

int config_load(struct config *config, const char *path, bool required, char error[256])
{
	struct ini ini;
	int r;

	*config = (struct config){.socket = "/run/mif/mifd.sock", .log = LOG_LEVEL_INFO};
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
