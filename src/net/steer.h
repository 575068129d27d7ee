/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/verb.h"

/* Rules of one source length need three priorities, and an IPv6 prefix has up to 80 lengths. */
#define STEER_PRIORITIES (3 * (128 - STEER_LENGTH_MIN + 1))
#define STEER_LENGTH_MIN 48 /* of an IPv6 prefix; of IPv4 only single addresses */
#define STEER_SLOTS 1024

/*
 * mifd's mark: what the parent puts into the kernel, and the only thing that it ever takes away
 * again, bears this protocol number and lies in these ranges.
 */
struct steer_mark {
	uint8_t protocol; /* of routes and rules; 0: nothing is steered */
	uint32_t table; /* that of slot 0; the others follow */
	uint32_t slots;
	uint32_t priority; /* the first of STEER_PRIORITIES */
};

#define STEER_MARK                                                              \
	(struct steer_mark)                                                     \
	{                                                                       \
		.protocol = 77, .table = 77000, .slots = 256, .priority = 30000 \
	}

/* The metric of a route. The first one's is the kernel's own choice: 1024 for IPv6. */
static inline uint32_t steer_metric(uint32_t family, uint32_t rank)
{
	return family == AF_INET6 ? 1024 * (1 + rank) : 0;
}

/* The lower the earlier: the longer a source's prefix, and then in the order of kinds. */
static inline uint32_t steer_priority(
	const struct steer_mark *mark, uint32_t family, uint32_t length, uint32_t kind)
{
	uint32_t bits = family == AF_INET ? 32 : 128;

	return mark->priority + VERB_RULE_KINDS * (bits - length) + kind;
}

/* The parent's hand in the kernel's routing: class routes of net/verb.h. */
struct steer {
	struct steer_mark mark;
	struct mnl_socket *socket; /* NULL: it has none */
	uint32_t sequence;
};

/* 0, or negative errno; steer_close() takes what is zero. */
int steer_open(struct steer *steer, const struct steer_mark *mark);
void steer_close(struct steer *steer);

/* Removes all that bears the mark: what a crash left behind. 0, or negative errno. */
int steer_flush(struct steer *steer);

/* 0; -EPERM: nothing is steered here; -ERANGE, -EINVAL: the values make no sense; else the kernel's
 * errno. */
int steer_put_route(struct steer *steer, const struct verb_route *verb);
int steer_remove_route(struct steer *steer, const struct verb_route *verb);
int steer_put_rule(struct steer *steer, const struct verb_rule *verb);
int steer_remove_rule(struct steer *steer, const struct verb_rule *verb);
