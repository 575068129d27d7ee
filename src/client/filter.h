/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#define FILTER_STOPS_MAX 1024 /* Stops the engine has not been heard of since */
#define FILTER_TRANSLATIONS_MAX 256 /* translations at once */

struct filter_stop;
struct filter_translation;

/* What must not be delivered any more, though the engine sent it before it knew. */
struct filter {
	struct filter_stop *stops;
	size_t stop_count;
	struct filter_translation *translations;
	size_t translation_count;
	size_t last; /* where one was found last: its reports come one after the other */
	uint64_t highest; /* of their identifiers, so far */
	uint32_t below; /* enum mif_below: announced with interfaces */
	bool holder; /* it has wanted to connect through something */
};

void filter_init(struct filter *filter);
void filter_deinit(struct filter *filter);

/* Whether a request may be posted, by identifiers and limits: 0, -EEXIST, -EBUSY (it stops a part of
 * what is announced with interfaces), -ENOBUFS, -ENOMEM. Changes nothing that matters, so the post may still fail. */
int filter_check(struct filter *filter, const struct mif_message *request);

/* The request, with its serial, was posted; request_tag is the caller's own. */
void filter_posted(struct filter *filter, const struct mif_message *request, uint32_t request_tag);

/* Whether the report may be delivered. May be asked again, if a Stop came in between. */
bool filter_pass(struct filter *filter, const struct mif_message *report);

/* The report, which passed, is delivered: gives it back the caller's tag. */
void filter_delivered(struct filter *filter, struct mif_message *report);

/* RFC 1982; 0 stands for "no request yet" and is older than all. */
static inline bool serial_older(uint32_t a, uint32_t b)
{
	return a == 0 ? b != 0 : b != 0 && (int32_t)(a - b) < 0;
}
