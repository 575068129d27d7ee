/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What programs have in common that do one thing for the engine, mif-fetch and mif-nss: mifd's parent
 * starts each (net/helpers.h) with a socket to the engine as its standard input; one packet comes, one
 * goes, and the process ends.
 */

/* Whether the standard input is such a socket; if not, a sentence has been printed. */
bool helper_is_called(void);

/* Prints it to standard error, as mifd logs it. 1, for exit(3). */
int helper_complain(const char *what, int error);

/* The packet; it is waited for so long. Its size; -ETIMEDOUT; -EBADMSG: it is longer; other negative errno. */
int helper_receive(uint8_t *packet, size_t size, unsigned int seconds);

/* size: of the packet, or the negative errno for which there is none. For exit(3). */
int helper_answer(const uint8_t *packet, int size);

struct helper_limits {
	unsigned int seconds; /* until SIGALRM */
	unsigned int processor_seconds;
	uint64_t memory; /* octets */
};

/* Whatever hangs, hangs no longer than that. And, but with a sanitizer, which needs what is taken away: no
 * process more and no longer file, nobody looks into it, and filter() says what system calls there are. 0, or
 * negative errno. */
int helper_confine(const struct helper_limits *limits, int (*filter)(void));
