/* SPDX-License-Identifier: MIT */
#pragma once

#include <net/if.h>
#include <stddef.h>

#include "base/ini-table.h"
#include "engine/fact.h"
#include "engine/model.h"
#include "source/config.h"

_Static_assert(CONFIG_INTERFACES <= FORECASTS, "one for each interface");

/* The facts of one reading of mifd.conf(5). */
struct config_facts {
	struct fact *facts;
	size_t count, room;
	struct forecast_policy forecasts[FORECASTS];
	size_t forecast_count;
};

/* Words with blanks between; "": none. */
struct config_commands {
	char up[CONFIG_COMMAND], down[CONFIG_COMMAND];
};

/* A reading: the interfaces seen so far. */
struct config_reading {
	struct config_facts facts;
	char names[CONFIG_INTERFACES][IFNAMSIZ];
	struct link_policy links[CONFIG_INTERFACES]; /* of the same, in the same order */
	struct forecast_policy forecasts[CONFIG_INTERFACES]; /* likewise */
	struct config_commands commands[CONFIG_INTERFACES];
	size_t name_count;
};

void config_facts_deinit(struct config_facts *facts);

/* The section [interface NAME], for whoever reads others, too. The facts stay the reading's. What may
 * be done with links is for the daemon, which asks once: the source does not look at it. */
struct ini_section config_file_section(struct config_reading *reading);

/* The interfaces alone; of other sections only the names are looked at. 0; negative errno, with a
 * sentence in error. */
int config_file_read(struct config_facts *facts, const char *path, char error[256]);
