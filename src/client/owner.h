/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Whose process a handle belongs to. Asked at every post, so without a system call: a page that the
 * kernel hands to children of fork(2) empty (MADV_WIPEONFORK, Linux 4.14).
 */
struct owner {
	volatile uint8_t *page; /* NULL: this kernel has no such pages */
	pid_t pid;
};

void owner_init(struct owner *owner);
void owner_deinit(struct owner *owner);

/* False in a child of the process that called owner_init(). */
bool owner_is_here(const struct owner *owner);
