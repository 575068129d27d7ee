/* SPDX-License-Identifier: MIT */
/*
 * Octets as mifd.conf(5), through both of its readers: the daemon's and the source's. What is refused
 * is refused with a sentence that names the line, also to who wants to hear of everything that is
 * wrong; what is not gives sane facts and limits.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/ini.h"
#include "daemon/config.h"
#include "daemon/server.h"
#include "source/config-file.h"
#include "source/config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static void check_sentence(const char error[256])
{
	PROMISE(memchr(error, '\0', 256) != NULL && error[0] != '\0');
}

static void check_facts(const struct config_facts *facts)
{
	PROMISE(facts->count <=
		CONFIG_INTERFACES * (CONFIG_SERVERS + CONFIG_SEARCH + CONFIG_ZONES + 3));
	PROMISE(facts->forecast_count <= CONFIG_INTERFACES);
	for (size_t i = 0; i < facts->forecast_count; i++) {
		const struct forecast_policy *policy = &facts->forecasts[i];

		PROMISE(policy->name[0] != '\0' && memchr(policy->name, '\0', IFNAMSIZ) != NULL);
		PROMISE(policy->signal <= 0 && policy->signal >= CONFIG_SIGNAL_MIN);
		PROMISE(policy->losses <= FORECAST_LOSSES && policy->carrier_time > 0);
		PROMISE(policy->signal != 0 || policy->losses != 0);
	}
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->facts[i];

		PROMISE(fact->ifindex == 0 && fact->element == MIF_ELEMENT_STATIC);
		PROMISE(fact->ifname[0] != '\0' && memchr(fact->ifname, '\0', IFNAMSIZ) != NULL);
		PROMISE(fact->kind == FACT_LINK || fact->kind == FACT_DATA);
		if (fact->kind == FACT_DATA)
			PROMISE(strnlen(fact->as.data.text, MIF_TEXT_SIZE) <= 253);
	}
}

static void check_config(const struct config *config)
{
	const struct steer_mark *mark = &config->mark;

	PROMISE(config->socket[0] == '/' &&
		memchr(config->socket, '\0', sizeof(config->socket)) != NULL);
	PROMISE(memchr(config->user, '\0', sizeof(config->user)) != NULL);
	PROMISE((config->socket_access.mode & 0222) != 0 && config->socket_access.mode <= 0777);
	PROMISE(config->access.handles > 0 && config->access.handles <= SERVER_CLIENTS);
	PROMISE(config->access.subscriptions > 0 && config->access.translations > 0);
	PROMISE(mark->protocol >= 20 && mark->table >= 256 && mark->slots <= STEER_SLOTS);
	for (size_t i = 0; i < ACCESS_RIGHTS; i++) {
		const struct access_list *list = &config->access.lists[i];

		PROMISE(list->user_count <= ACCESS_NAMES_MAX &&
			list->group_count <= ACCESS_NAMES_MAX);
		PROMISE(!list->everybody || list->user_count + list->group_count == 0);
	}
}

static unsigned int complaints;

static void complain(const char *error)
{
	PROMISE(error[0] != '\0');
	complaints++;
}

static void check_daemon(const char *path)
{
	struct config config;
	char error[256];
	bool bad;

	memset(error, 'x', sizeof(error));
	bad = config_load(&config, path, true, NULL, error) < 0;
	if (bad)
		check_sentence(error);
	else
		check_config(&config);
	complaints = 0;
	PROMISE((config_load(&config, path, true, complain, error) < 0) == bad);
	PROMISE(bad == (complaints > 0) && complaints <= INI_FILE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct config_facts facts;
	char path[64], error[256];
	_cleanup_(closep) int fd = memfd_create("mifd.conf", MFD_CLOEXEC);

	PROMISE(fd >= 0 && write(fd, octets, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(error, 'x', sizeof(error));
	if (config_file_read(&facts, path, error) == 0) {
		check_facts(&facts);
		config_facts_deinit(&facts);
	} else {
		check_sentence(error);
	}
	check_daemon(path);
	return 0;
}
