/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "engine/fact.h"

/* The facts of one reading of mifd.conf(5). */
struct config_facts {
	struct fact *facts;
	size_t count, room;
};

void config_facts_deinit(struct config_facts *facts);

/* 0; negative errno, with a sentence in error. */
int config_file_read(struct config_facts *facts, const char *path, char error[256]);
