/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/command.h"
#include "net/verb.h"

/*
 * The parent's hand in the host's links: class links of net/verb.h. It takes down and brings up those
 * that mifd.conf lists, and changes nothing else of them.
 */
struct links {
	const char (*names)[VERB_LINK_NAME]; /* the caller's */
	const struct link_command
		*commands; /* of the same, in the same order; NULL: none has any */
	size_t count;
	struct mnl_socket *socket; /* NULL: it has none */
	uint32_t sequence;
};

/* 0, or negative errno, and then only what has commands can be done; links_close() takes what is zero. */
int links_open(struct links *links);
void links_close(struct links *links);

/* 0: *words is its command, or NULL; else as links_set(). */
int links_command(
	const struct links *links, const struct verb_link *verb, bool up, const char **words);

/* 0; -EPERM: it is not in the list; -EINVAL: the values make no sense; -ENODEV: that name and that index
 * are not of one link; else the kernel's errno. */
int links_set(struct links *links, const struct verb_link *verb, bool up);
