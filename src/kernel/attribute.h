/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include <mif/address.h>

/* Netlink attributes of a message from outside: one that claims more than there is says nothing. */

/* Sorts attributes by type into table. -EBADMSG: one of them reaches beyond the end. */
int attributes_index(const struct nlattr **table, size_t count, const void *octets, size_t size);

/* Those behind a message's fixed head of this size. */
int message_index(
	const struct nlattr **table, size_t count, const struct nlmsghdr *message, size_t head);

/* Whether an rtnetlink message is that something has gone. Since the kernel reads its tables without a lock,
 * what goes while one is asked for may be in an answer that was begun before, and is received after: who
 * hears of a loss meanwhile asks again. */
bool message_is_loss(const struct nlmsghdr *message);

/* Whether it is there; one that is there and too short makes the message bad. */
bool attribute_copy(const struct nlattr *attribute, void *value, size_t size, bool *bad);

bool attribute_address(const struct nlattr *attribute, unsigned int family, uint32_t ifindex,
	struct mif_address *address, bool *bad);

/* The kernel ends its strings with a NUL; one without it, or without room, makes it bad. */
bool attribute_text(const struct nlattr *attribute, char *text, size_t size, bool *bad);

/* Everything in a netlink message begins at a multiple of four octets. */
static inline size_t attribute_aligned(size_t size)
{
	return (size + 3) & ~(size_t)3;
}
