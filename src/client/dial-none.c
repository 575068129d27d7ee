/* SPDX-License-Identifier: MIT */
/*
 * Stands in for dial.c until that is there.
 */
#include <errno.h>

#include "base/public.h"
#include "client/client.h"

int dial_start(struct mif *mif, const struct mif_message *request, uint64_t now)
{
	(void)mif;
	(void)request;
	(void)now;
	return -EOPNOTSUPP;
}

PUBLIC int mif_dial(struct mif *mif, const char *host, const char *service,
	const struct mif_dial_options *options, struct mif_dial_result *result)
{
	(void)mif;
	(void)host;
	(void)service;
	(void)options;
	(void)result;
	return -EOPNOTSUPP;
}
