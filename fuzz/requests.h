/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/*
 * What an input of fuzz-requests consists of: steps. The low four bits of a step's first octet are
 * the verb, bits 4 and 5 say which of the rude clients it is about. Counts are one octet.
 */
#define REQUESTS_CLIENTS 4

enum step {
	STEP_OPEN, /* connects */
	STEP_GREET, /* connects, and says HELLO with the flags that follow (one octet) */
	STEP_MESSAGE, /* into the packet: place in the table, tag, count, as many octets of fields */
	STEP_OCTETS, /* into the packet: count, how often besides once, as many octets */
	STEP_SEND, /* the packet; it is empty then */
	STEP_SEND_FDS, /* the same, with so many descriptors (count) */
	STEP_REPEAT, /* the same, so many times more (count) */
	STEP_READ, /* so many packets (count) */
	STEP_CLOSE,
	STEP_SHUT, /* will not write any more */
	STEP_PUT, /* a fact: its place in the table of facts */
	STEP_DROP, /* the same */
	STEP_SNAPSHOT, /* what is not put again before the next turn is gone */
	STEP_TIME, /* passes: so many seconds (count) */
	STEP_NAMES, /* a running translation gets a result: which (count), and what (count) */
	STEP_TURN, /* the script commits, the server works */
};
