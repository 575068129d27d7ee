/* SPDX-License-Identifier: MIT */
#pragma once

#include "fetch/exchange.h"

/* Certificates of authorities, one PEM file after the other. */
struct authorities {
	char *pem;
	size_t size;
};

/* Loads the TLS library, which opens files: to be called before the cage. 0, or negative errno. */
int transfer_prepare(void);

/* The file of the system's own authorities, or NULL. */
const char *transfer_authorities(void);

/* One GET for additional information (RFC 8801). Fills *answer in any case. */
void transfer_run(const struct fetch_request *request, const struct authorities *authorities,
	struct fetch_answer *answer);
