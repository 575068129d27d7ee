/* SPDX-License-Identifier: MIT */
/*
 * The daemon's configuration file: a table of the keys of its own sections. The parent reads it once,
 * at the start, as a whole, so that whatever is wrong is said then; the sections about interfaces are
 * read again by the config source, in the engine, and whenever they change.
 */
#include "daemon/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/ini-table.h"
#include "daemon/log.h"
#include "daemon/server.h"
#include "engine/engine.h"
#include "net/account.h"
#include "source/config-file.h"

static int text_set(struct ini *ini, char *to, size_t size)
{
	if (strlen(ini->value) >= size)
		return ini_fail(ini, "longer than %zu octets", size - 1);
	strcpy(to, ini->value);
	return 0;
}

static int path_set(struct ini *ini, char *to, size_t size)
{
	if (ini->value[0] != '/')
		return ini_fail(ini, "\"%.60s\" is not an absolute path", ini->value);
	return text_set(ini, to, size);
}

/* ---- [mifd]: the processes ---- */

static int socket_read(struct ini *ini, void *context)
{
	struct config *config = context;

	return path_set(ini, config->socket, sizeof(config->socket));
}

static int socket_mode_read(struct ini *ini, void *context)
{
	struct config *config = context;
	const char *value = ini->value;
	mode_t mode = 0;

	for (const char *c = value; *c != '\0'; c++) {
		if (*c < '0' || *c > '7' || strlen(value) > 4)
			return ini_fail(ini, "\"%.40s\" is not a mode such as 0660", value);
		mode = mode << 3 | (mode_t)(*c - '0');
	}
	/* To connect takes the right to write. */
	if ((mode & 0222) == 0 || mode > 0777)
		return ini_fail(ini, "\"%.40s\" lets nobody connect", value);
	config->socket_access.mode = mode;
	return 0;
}

static int socket_group_read(struct ini *ini, void *context)
{
	struct config *config = context;

	if (account_group(ini->value, &config->socket_access.group) < 0)
		return ini_fail(ini, "there is no group \"%.40s\" in /etc/group", ini->value);
	return 0;
}

static int user_read(struct ini *ini, void *context)
{
	struct config *config = context;
	uid_t uid;
	gid_t gid;

	if (account_user(ini->value, &uid, &gid) < 0)
		return ini_fail(ini, "there is no user \"%.40s\" in /etc/passwd", ini->value);
	if (uid == 0 || gid == 0)
		return ini_fail(ini, "the engine must not be root");
	return text_set(ini, config->user, sizeof(config->user));
}

static int log_read(struct ini *ini, void *context)
{
	struct config *config = context;

	config->log = log_level_parse(ini->value);
	if (config->log < 0)
		return ini_fail(ini, "\"%.40s\" is not one of error, warning, notice, info, debug",
			ini->value);
	return 0;
}

static int pvd_fetcher_read(struct ini *ini, void *context)
{
	struct config *config = context;

	if (strcmp(ini->value, "no") != 0)
		return path_set(ini, config->fetcher, sizeof(config->fetcher));
	config->fetcher[0] = '\0';
	return 0;
}

static int pvd_authorities_read(struct ini *ini, void *context)
{
	struct config *config = context;

	return path_set(ini, config->authorities, sizeof(config->authorities));
}

/* ---- [mifd]: the mark. Below 20 are the protocols of the kernel and of well-known programs; 32766
 * is the main table's rule, 255 the last table that has a name of its own. ---- */

static int steer_read(struct ini *ini, void *context)
{
	return ini_answer(ini, &((struct config *)context)->steer);
}

static int main_first_read(struct ini *ini, void *context)
{
	return ini_answer(ini, &((struct config *)context)->main_first);
}

static int route_protocol_read(struct ini *ini, void *context)
{
	struct config *config = context;
	uint32_t number;
	int r = ini_number(ini, &number, 20, UINT8_MAX);

	if (r == 0)
		config->mark.protocol = (uint8_t)number;
	return r;
}

static int route_table_read(struct ini *ini, void *context)
{
	struct config *config = context;

	return ini_number(ini, &config->mark.table, 256, INT32_MAX - STEER_SLOTS);
}

static int route_tables_read(struct ini *ini, void *context)
{
	struct config *config = context;

	return ini_number(ini, &config->mark.slots, 1, STEER_SLOTS);
}

static int rule_priority_read(struct ini *ini, void *context)
{
	struct config *config = context;

	return ini_number(ini, &config->mark.priority, 1, 32766 - STEER_PRIORITIES);
}

static int paths_read(struct ini *ini, void *context)
{
	static const char *const values[] = {[CONFIG_PATHS_ADOPT] = "adopt",
		[CONFIG_PATHS_TAKEOVER] = "takeover",
		[CONFIG_PATHS_OFF] = "off"};
	struct config *config = context;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		if (strcmp(ini->value, values[i]) == 0) {
			config->paths = (enum config_paths)i;
			return 0;
		}
	}
	return ini_fail(ini, "\"%.40s\" is not one of adopt, takeover, off", ini->value);
}

/* ---- [mifd]: what will become of links ---- */

static int lifetime_notice_read(struct ini *ini, void *context)
{
	uint32_t seconds;
	int r = ini_number(ini, &seconds, 0, CONFIG_LIFETIME_NOTICE_MAX);

	if (r == 0)
		((struct config *)context)->lifetime_notice = seconds * NSEC_PER_SEC;
	return r;
}

static int sleep_delay_read(struct ini *ini, void *context)
{
	uint32_t seconds;
	int r = ini_number(ini, &seconds, 0, CONFIG_SLEEP_DELAY_MAX);

	if (r == 0)
		((struct config *)context)->sleep_delay = seconds * NSEC_PER_SEC;
	return r;
}

static const struct ini_key mifd_keys[] = {
	{"socket", socket_read},
	{"socket-mode", socket_mode_read},
	{"socket-group", socket_group_read},
	{"user", user_read},
	{"log", log_read},
	{"pvd-fetcher", pvd_fetcher_read},
	{"pvd-authorities", pvd_authorities_read},
	{"steer", steer_read},
	{"main-routes-first", main_first_read},
	{"route-protocol", route_protocol_read},
	{"route-table", route_table_read},
	{"route-tables", route_tables_read},
	{"rule-priority", rule_priority_read},
	{"paths", paths_read},
	{"lifetime-notice", lifetime_notice_read},
	{"sleep-delay", sleep_delay_read},
};

/* ---- [clients]: who may what ---- */

static int user_add(struct ini *ini, struct access_list *list, const char *name)
{
	gid_t gid;

	if (list->user_count == ACCESS_NAMES_MAX)
		return ini_fail(ini, "more than %d users", ACCESS_NAMES_MAX);
	if (account_user(name, &list->users[list->user_count], &gid) < 0)
		return ini_fail(ini, "there is no user \"%.40s\" in /etc/passwd", name);
	list->user_count++;
	return 0;
}

static int group_add(struct ini *ini, struct access_list *list, const char *name)
{
	if (list->group_count == ACCESS_NAMES_MAX)
		return ini_fail(ini, "more than %d groups", ACCESS_NAMES_MAX);
	if (account_group(name, &list->groups[list->group_count]) < 0)
		return ini_fail(ini, "there is no group \"%.40s\" in /etc/group", name);
	list->group_count++;
	return 0;
}

/* "*", everybody; "none"; or users, and groups by "@group". */
static int list_read(struct ini *ini, struct access_list *list)
{
	const char *rest = ini->value;
	char word[INI_LINE_MAX];
	int r = 0;

	*list = (struct access_list){.everybody = strcmp(ini->value, "*") == 0};
	if (list->everybody || strcmp(ini->value, "none") == 0)
		return 0;
	while (r == 0 && ini_word(&rest, word)) {
		if (strcmp(word, "*") == 0 || strcmp(word, "none") == 0)
			r = ini_fail(ini, "\"%s\" stands alone", word);
		else if (word[0] == '@')
			r = group_add(ini, list, word + 1);
		else
			r = user_add(ini, list, word);
	}
	if (r == 0 && list->user_count + list->group_count == 0)
		return ini_fail(ini, "nobody is named; to mean that, \"none\"");
	return r;
}

static int see_read(struct ini *ini, void *context)
{
	return list_read(ini, &((struct config *)context)->access.lists[ACCESS_SEE]);
}

static int names_read(struct ini *ini, void *context)
{
	return list_read(ini, &((struct config *)context)->access.lists[ACCESS_NAMES]);
}

static int links_read(struct ini *ini, void *context)
{
	return list_read(ini, &((struct config *)context)->access.lists[ACCESS_LINKS]);
}

static int control_read(struct ini *ini, void *context)
{
	return list_read(ini, &((struct config *)context)->access.lists[ACCESS_CONTROL]);
}

static int handles_read(struct ini *ini, void *context)
{
	return ini_number(ini, &((struct config *)context)->access.handles, 1, SERVER_CLIENTS);
}

static int subscriptions_read(struct ini *ini, void *context)
{
	return ini_number(ini, &((struct config *)context)->access.subscriptions, 1, UINT32_MAX);
}

static int translations_read(struct ini *ini, void *context)
{
	return ini_number(ini, &((struct config *)context)->access.translations, 1, UINT32_MAX);
}

static int wants_read(struct ini *ini, void *context)
{
	return ini_number(ini, &((struct config *)context)->access.wants, 1, UINT32_MAX);
}

static const struct ini_key clients_keys[] = {
	{"see", see_read},
	{"names", names_read},
	{"links", links_read},
	{"control", control_read},
	{"handles", handles_read},
	{"subscriptions", subscriptions_read},
	{"translations", translations_read},
	{"wants", wants_read},
};

/* ---- [names]: the host's Name Service Switch ---- */

/* A service's name is part of the name of a library that is loaded. */
static bool is_service(const char *word)
{
	return word[strspn(word,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == '\0';
}

static int service_add(struct ini *ini, struct config *config, const char *service)
{
	size_t length = strlen(config->services), room = sizeof(config->services) - length;

	if (!is_service(service))
		return ini_fail(ini,
			"\"%.40s\" is not the name of a service: letters and digits only", service);
	if (strcmp(service, "dns") == 0 || strcmp(service, "resolve") == 0)
		return ini_fail(
			ini, "\"%s\" would ask for every name without regard to domains", service);
	if ((size_t)snprintf(config->services + length, room, "%s%s", length > 0 ? " " : "",
		    service) >= room)
		return ini_fail(ini, "longer than %zu octets", sizeof(config->services) - 1);
	return 0;
}

static int switch_read(struct ini *ini, void *context)
{
	struct config *config = context;
	const char *rest = ini->value;
	char word[INI_LINE_MAX];
	int r = 0;

	config->services[0] = '\0';
	if (strcmp(ini->value, "none") == 0)
		return 0;
	if (MIF_NSS[0] == '\0')
		return ini_fail(
			ini, "this C library has no Name Service Switch that could be asked");
	while (r == 0 && ini_word(&rest, word))
		r = service_add(ini, config, word);
	if (r == 0 && config->services[0] == '\0')
		return ini_fail(ini, "no service is named; to mean that, \"none\"");
	return r;
}

static int switch_helper_read(struct ini *ini, void *context)
{
	struct config *config = context;

	return path_set(ini, config->nss, sizeof(config->nss));
}

static const struct ini_key names_keys[] = {
	{"switch", switch_read},
	{"switch-helper", switch_helper_read},
};

/* ---- the file ---- */

/* The commands were looked at when they were read. */
static void link_take(struct config *config, const struct link_policy *policy,
	const struct config_commands *commands)
{
	struct link_command *command = &config->commands[config->link_count];

	config->links[config->link_count] = *policy;
	config->links[config->link_count++].created &= policy->on_demand && commands->up[0] != '\0';
	command_parse(commands->up, command->up);
	command_parse(commands->down, command->down);
}

static int file_take(struct config *config, struct ini *ini, void (*complain)(const char *error))
{
	struct config_reading reading = {0};
	const struct ini_section sections[] = {
		{.name = "mifd",
			.keys = mifd_keys,
			.count = ARRAY_SIZE(mifd_keys),
			.context = config},
		{.name = "clients",
			.keys = clients_keys,
			.count = ARRAY_SIZE(clients_keys),
			.context = config},
		{.name = "names",
			.keys = names_keys,
			.count = ARRAY_SIZE(names_keys),
			.context = config},
		config_file_section(&reading),
	};
	int r = ini_read(ini, sections, ARRAY_SIZE(sections), complain);

	for (size_t i = 0; i < reading.name_count; i++) {
		if (reading.links[i].control || reading.links[i].on_demand)
			link_take(config, &reading.links[i], &reading.commands[i]);
	}

	config_facts_deinit(&reading.facts);
	return r;
}

int config_load(struct config *config, const char *path, bool required,
	void (*complain)(const char *error), char error[256])
{
	struct ini ini;
	int r;

	*config = (struct config){
		.socket = "/run/mif/mifd.sock",
		.socket_access = {.mode = 0666, .group = (gid_t)-1},
		.log = LOG_LEVEL_INFO,
		.steer = true,
		.main_first = true,
		.mark = STEER_MARK,
		.fetcher = MIF_FETCHER,
		.nss = MIF_NSS,
		.lifetime_notice = ENGINE_LIFETIME_NOTICE,
		.sleep_delay = CONFIG_SLEEP_DELAY_MAX * NSEC_PER_SEC,
	};
	access_init(&config->access);
	r = ini_open(&ini, path);
	if (r == -ENOENT && !required)
		return 0;
	if (r == 0) {
		r = file_take(config, &ini, complain);
		ini_close(&ini);
	} else if (complain != NULL) {
		complain(ini.error);
	}
	if (r < 0)
		snprintf(error, 256, "%s", r == -ENOMEM ? "out of memory" : ini.error);
	return r;
}
