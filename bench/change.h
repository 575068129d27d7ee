/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/address.h>

#include "measure.h"

/*
 * An IPv4 address of a device that comes and goes, and who hears of it from the kernel itself. Addresses
 * are in host order.
 */
/* What the subscriber tells the changer: when it had which news. */
struct receipt {
	uint64_t when;
	uint32_t address;
	bool added;
};

/* A socket of a bare reader, and its next news of an address. */
int change_reader(void);
void change_next(int fd, struct receipt *receipt);

/* By the kernel, which is asked on this rtnetlink socket. */
void change_make(int fd, bool add, unsigned int ifindex, uint32_t address);

/* What a subscriber in another process has written to this pipe. */
struct receipt change_wait(int from);

uint32_t change_address(const struct mif_address *address);

/* What is measured: a subscriber, and what the changer needs to change something where that is. */
struct change_side {
	int netlink, from;
	unsigned int ifindex;
	struct series added, removed; /* "event", "remove" */
};

/* Starts subscribe(name, argument, to) in this network namespace, which is this process's as well afterwards.
 * It writes a receipt when it is ready, and then one for all that it hears. */
void change_begin(struct change_side *side, const char *name, const char *namespace,
	const char *device, size_t count,
	void (*subscribe)(const char *name, const char *argument, int to), const char *argument);
