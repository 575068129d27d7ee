/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/*
 * What the engine may say to the privileged parent, and the only thing that the parent reads. A verb
 * is a value of fixed size, one to a packet of a socketpair.
 */
enum verb_type {
	VERB_READY = 1, /* the engine serves */
};

struct verb {
	uint32_t type; /* enum verb_type */
	uint32_t reserved; /* 0 */
};

/* 0, or negative errno. */
int verb_send(int fd, enum verb_type type);

/* 1: *verb holds one; 0: none waits; -EPIPE: the engine is gone; -EBADMSG: it is not one. */
int verb_receive(int fd, struct verb *verb);
