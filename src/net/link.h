/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/verb.h"

/*
 * The parent's hand in the host's links: class links of net/verb.h. It takes down and brings up those
 * that mifd.conf lists, and changes nothing else of them.
 */
struct links {
	const char (*names)[VERB_LINK_NAME]; /* the caller's */
	size_t count;
	struct mnl_socket *socket; /* NULL: it has none */
	uint32_t sequence;
};

/* 0, or negative errno; links_close() takes what is zero. */
int links_open(struct links *links, const char (*names)[VERB_LINK_NAME], size_t count);
void links_close(struct links *links);

/* 0; -EPERM: it is not in the list; -EINVAL: the values make no sense; -ENODEV: that name and that index
 * are not of one link; else the kernel's errno. */
int links_set(struct links *links, const struct verb_link *verb, bool up);
