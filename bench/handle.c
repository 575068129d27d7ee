/* SPDX-License-Identifier: MIT */
/* A handle as the measured sides use it: opened, and its domain found, before anything is timed. */
#include "handle.h"

#include <errno.h>
#include <string.h>

#include "measure.h"

struct mif *handle_open(const char *side)
{
	unsigned int flags = strcmp(side, "engine") == 0 ? MIF_OPEN_ENGINE : MIF_OPEN_DAEMON;
	struct mif *mif = NULL;

	measure_check(mif_open(&mif, flags), "mif_open");
	return mif;
}

void handle_post(struct mif *mif, const struct mif_message *request)
{
	measure_check(mif_post(mif, request), "mif_post");
}

const struct mif_message *handle_next(struct mif *mif)
{
	const struct mif_message *message;
	int r;

	do {
		r = mif_check(mif, NULL, 0, PATIENCE_MS);
		if (r <= 0)
			measure_fail(r < 0 ? -r : ETIMEDOUT, "mif_check");
		r = measure_check(mif_get(mif, &message), "mif_get");
	} while (r == 0);
	if (message->type == MIF_ERROR)
		measure_fail((int)message->as.error.error, message->as.error.text);
	return message;
}

void handle_settle(struct mif *mif)
{
	while (handle_next(mif)->type != MIF_END_OF_ANNOUNCEMENTS)
		;
}

uint64_t handle_interface(struct mif *mif, const char *device)
{
	const struct mif_message ask = {.type = MIF_ANNOUNCE_INTERFACES};
	const struct mif_message *message;
	uint64_t interface = 0;

	handle_post(mif, &ask);
	while ((message = handle_next(mif))->type != MIF_END_OF_ANNOUNCEMENTS)
		if (message->type == MIF_INTERFACE &&
			strcmp(message->as.interface.name, device) == 0)
			interface = message->as.interface.interface;
	if (interface == 0)
		measure_fail(ENODEV, device);
	return interface;
}

uint64_t handle_pvd(struct mif *mif, const char *device)
{
	struct mif_message ask = {.type = MIF_ANNOUNCE_PVDS};
	const struct mif_message *message;
	uint64_t pvd;

	ask.as.announce_pvds.interface = handle_interface(mif, device);
	handle_post(mif, &ask);
	do {
		message = handle_next(mif);
	} while (message->type != MIF_PVD || message->as.pvd.family != MIF_FAMILY_IPV4);
	pvd = message->as.pvd.pvd;
	handle_settle(mif);
	return pvd;
}
