/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "base/list.h"
#include "client/loop.h"

struct mif;

/*
 * Connections for which a dial holds their domain (MIF_DIAL_HOLD): when the last one of a domain is closed,
 * the domain is idle, unless the program itself has said what it wants of it.
 *
 * That a program closes a descriptor it tells nobody. But an epoll instance forgets what nobody has open any
 * more, in whatever process and under whatever number, and /proc tells what it has.
 */
#define HELD_MAX 1024 /* connections of one handle; of domains with more, nothing is known */
#define HELD_LOOK (1 * NSEC_PER_SEC)

/* Domains of which the program has said itself what it wants: as many as an engine allows a subscriber.
 * What it refuses it says later, in an ERROR that names no domain. */
#define HELD_SAID 256

struct held {
	struct mif *mif;
	int epoll; /* -1: there was none yet */
	struct list connections, domains;
	size_t count; /* of connections */
	size_t said; /* of domains that the program speaks for */
	uint64_t number; /* of the last connection */
	struct timer timer;
};

void held_init(struct held *held, struct mif *mif);
void held_deinit(struct held *held);

/* This one is open, in a domain that is wanted because of it. Looks for those that are not any more. */
void held_add(struct held *held, int fd, uint64_t pvd, uint64_t now);

/* Ends what is wanted of domains whose connections are all closed. */
void held_look(struct held *held, uint64_t now);

/* The program has posted it: from here on the domain that it names is its own business. */
void held_said(struct held *held, const struct mif_message *request);

/* The domain is gone, and with it all that was wanted of it. */
void held_forget(struct held *held, uint64_t pvd);
