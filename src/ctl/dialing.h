/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/ctl.h"
#include "ctl/picture.h"

/* A port by number or by name, host order; 0: there is no such service. */
uint32_t dialing_port(const char *service);

/* Whether host and port are possible: CTL_DONE, or CTL_USAGE after a sentence. */
int dialing_check(const struct options *options, const char *host, const char *service);

/* Whether what the options say can only be asked for once domains and interfaces are known. */
bool dialing_needs_picture(const struct options *options);

/* The dial that the command line asks for, of what dialing_check() let pass. CTL_DONE, or CTL_NOT
 * after a sentence: there is no such domain or interface. */
int dialing_request(const struct options *options, const struct picture *picture, const char *host,
	const char *service, struct mif_message *request);
