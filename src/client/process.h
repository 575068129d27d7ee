/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Whose process a handle belongs to. Asked at every post, so without a system call: a page that the
 * kernel hands to children of fork(2) empty (MADV_WIPEONFORK, Linux 4.14).
 */
struct process {
	volatile uint8_t *page; /* NULL: this kernel has no such pages */
	pid_t pid;
};

void process_init(struct process *process);
void process_deinit(struct process *process);

/* False in a child of the process that called process_init(). */
bool process_is_same(const struct process *process);
