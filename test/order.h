/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/message.h>

/*
 * One checker for every stream of reports that a test reads: what one subscriber knows, and whether
 * the next report may come on top of that (M12, 3.3.7.5).
 */
struct order;

struct order *order_new(void);
void order_free(struct order *order);

/* Whether this report may come now: parents were not withdrawn, children are withdrawn first,
 * nothing is withdrawn that was not announced, and no identifier comes back. If not, a sentence in
 * error. */
bool order_check(struct order *order, const struct mif_message *report, char error[256]);

/* A request that was accepted. Who stops announcements, or narrows them to one type of element, will
 * not hear of the end of what it was told. */
void order_posted(struct order *order, const struct mif_message *request);
