/* SPDX-License-Identifier: MIT */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/privilege.h"
#include "net/verb.h"

/* How many commands may run, how long each, and how many words one has. */
#define COMMANDS 8
#define COMMAND_TIME (30 * NSEC_PER_SEC)
#define COMMAND_WORDS 16
#define COMMAND_SIZE 256

/* The commands of a link, as mifd.conf(5) says: words with a NUL behind each, and one more at the end. */
struct link_command {
	char up[COMMAND_SIZE], down[COMMAND_SIZE]; /* "": none */
};

struct command {
	pid_t pid; /* 0: none */
	pid_t engine; /* who asked */
	uint64_t kill_at;
	bool late; /* it was killed for its time */
	struct verb verb; /* to be answered */
};

/*
 * Commands that bring a link up or take it down, in the kernel's place. They run as the engine's user,
 * without any capability, and ask whoever manages the network. The parent starts what mifd.conf lists, and
 * nothing else: a verb names a link, never a command.
 */
struct commands {
	const struct privilege *privilege;
	const sigset_t *signals; /* what is blocked in the program */
	struct command running[COMMANDS];

	/* Level and line, as syslog(3). */
	__attribute__((format(printf, 2, 3))) void (*log)(int level, const char *format, ...);
};

/* Splits the words of a line, whose first one is an absolute path. 0; -EINVAL: it is none, or too long. */
int command_parse(const char *line, char words[COMMAND_SIZE]);

/* Starts one for an engine's verb, which commands_reap() answers. 0; -EBUSY: one of this link runs;
 * -EAGAIN: too many; other negative errno. */
int commands_start(
	struct commands *commands, const char *words, const struct verb *verb, pid_t engine);

/* A child has ended: 1: it was this one, of *command, with *result for its verb; 0: none of them. */
int commands_reap(struct commands *commands, struct command *command, int *result);

/* Kills those whose time is over. */
void commands_pass_time(struct commands *commands, uint64_t now);
uint64_t commands_deadline(const struct commands *commands);

/* Kills all of them. */
void commands_end(struct commands *commands);
