/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "engine/worker.h"
#include "worker/dns-message.h"

/* Of one record; what follows is left out. */
#define SERVICE_HINTS 8

struct service {
	struct name_service record;
	uint32_t hint_count;
	struct mif_address hints[SERVICE_HINTS];
};

/* A record of type SVCB or HTTPS. 1: *service is set; 0: it is not for us, since it demands what is not
 * known here (RFC 9460 section 8); -EBADMSG: it is malformed. */
int service_read(struct service *service, const struct dns_message *message,
	const struct dns_record *record, uint32_t ifindex);
