/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/address.h>
#include <mif/message.h>

#include "transport/channel.h"

/* mifd, which may make subflows. Every talk with it is one of its own, which nobody else has: what a
 * process kept, its children would have as well, and programs that close all they do not know. */
struct daemon {
	struct channel channel;
	uint32_t asked, answered; /* requests; their tags count from 1 */
	/* Hears of what comes besides answers, if anybody does. */
	void (*hear)(void *context, const struct mif_message *report);
	void *context;
};

/* Which one it is that serves, other than any before and after it; 0: there is none. */
uint64_t daemon_instance(void);

/* 0; -ENOENT, -ECONNREFUSED: there is none; other negative errno. */
int daemon_open(struct daemon *daemon);
void daemon_close(struct daemon *daemon);

/* Its type, fields and descriptor, which stays the caller's. 0, or negative errno. */
int daemon_post(struct daemon *daemon, struct mif_message *request);

/* Waits for the next answer. 1: *answer holds it; 0: not until that time; negative errno: it is gone. */
int daemon_wait(struct daemon *daemon, struct mif_message *answer, uint64_t until);

/* Has mifd adopt a socket that is not connected. 0, or negative errno. */
int daemon_adopt(int fd);
