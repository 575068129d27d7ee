/* SPDX-License-Identifier: MIT */
/*
 * Octets as mifd.conf(5), through both of its readers: the daemon's and the source's. What is refused
 * is refused with a sentence that names the line; what is not gives sane facts.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "daemon/config.h"
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
	PROMISE(facts->count <= CONFIG_INTERFACES * (CONFIG_SERVERS + CONFIG_SEARCH + 1));
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->facts[i];

		PROMISE(fact->ifindex == 0 && fact->element == MIF_ELEMENT_STATIC);
		PROMISE(fact->ifname[0] != '\0' && memchr(fact->ifname, '\0', IFNAMSIZ) != NULL);
		PROMISE(fact->kind == FACT_LINK || fact->kind == FACT_DATA);
		if (fact->kind == FACT_DATA)
			PROMISE(strnlen(fact->as.data.text, MIF_TEXT_SIZE) <= 253);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct config_facts facts;
	struct config config;
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
	memset(error, 'x', sizeof(error));
	if (config_load(&config, path, true, error) < 0)
		check_sentence(error);
	else
		PROMISE(memchr(config.socket, '\0', sizeof(config.socket)) != NULL &&
			memchr(config.user, '\0', sizeof(config.user)) != NULL);
	return 0;
}
