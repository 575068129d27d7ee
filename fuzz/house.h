/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "daemon/access.h"
#include "engine/engine.h"

/*
 * A whole daemon inside the fuzzer, without its processes: engine, script source, names that answer
 * when told to, and the server on a socket of its own. Time is the script's.
 */
struct house {
	struct access access;
	struct engine *engine;
	struct source *script;
	struct worker *names;
	struct server *server;
	int listen_fd;
	int script_fd; /* lines for the script */
	uint64_t told; /* what time the script was told, which it may not have read yet */
};

void house_init(struct house *house);

/* Everything of it is gone then: descriptors too. */
void house_deinit(struct house *house);

/* A connected socket, non-blocking. */
int house_connect(const struct house *house);

/* The index-th fact of a small, fixed picture, modulo its size. */
void house_fact(struct house *house, const char *verb, unsigned int index);
void house_line(struct house *house, const char *line);
void house_pass(struct house *house, unsigned int seconds);

/* As many turns as it takes the script to read what it was told. */
void house_turn(struct house *house);

/* One of the running translations gets an address, or ends. */
void house_answer(struct house *house, unsigned int which, unsigned int what);

/* What holds at any time of the engine's sessions. */
void house_check(const struct house *house);
