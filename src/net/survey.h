/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include <mif/address.h>

struct path;
struct verb_survey;

/*
 * The connections that were shown, and their subflows, as the kernel has them: the answer to SURVEY
 * passes a file in memory that is an array of these.
 */
enum survey_kind {
	SURVEY_CONNECTION = 1,
	SURVEY_SUBFLOW,
	SURVEY_OTHER, /* one that was not shown: whose, between whom, how many subflows */
	SURVEY_TCP, /* likewise, and it has fallen back to that */
};

/* Of others no more are told. */
#define SURVEY_OTHERS 1024

enum survey_origin {
	SURVEY_SHOWN,
	SURVEY_RECOGNISED, /* just now, by its socket that was adopted: see RECOGNISE */
	SURVEY_BOUND, /* and that was bound to an address */
};

struct survey_record {
	uint32_t kind; /* enum survey_kind */
	uint32_t token;
	uint32_t uid; /* of the socket */
	uint32_t state; /* as tcpi_state; of others: how many subflows */
	uint32_t rtt; /* microseconds */
	uint8_t local_id, remote_id, backup, origin; /* enum survey_origin */
	uint64_t acked, received; /* octets */
	uint32_t queued; /* octets that are not sent, or not acknowledged */
	uint32_t zero;
	struct mif_endpoint local, remote; /* as the kernel calls them */
};

/* Has the kernel load what it needs to be asked: before anybody waits for this process. */
void survey_prepare(struct path *path);

/* The hand of SURVEY: *passed is the file. What has ended is shown no more. 0, or negative errno. */
int path_survey(struct path *path, const struct verb_survey *verb, int *passed);
