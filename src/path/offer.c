/* SPDX-License-Identifier: MIT */
/*
 * Addresses that the peer is told of (ADD_ADDR). Told before the connection is fully established the
 * kernel keeps one for itself, for minutes; so it waits for that.
 */
#include <errno.h>

#include "base/address.h"
#include "path/manager.h"

static struct verb address_verb(const struct connection *connection, enum verb_type type,
	const struct mif_endpoint *local, uint32_t id)
{
	return (struct verb){.type = (uint32_t)type,
		.as.offer = {.token = connection->token, .id = id, .local = *local}};
}

static int address_ask(struct paths *paths, const struct connection *connection,
	enum verb_type type, const struct mif_endpoint *local, uint32_t id,
	const struct asker *asker)
{
	const struct verb verb = address_verb(connection, type, local, id);
	struct question *question = ask_add(&paths->ask, &verb, -1);

	if (question == NULL)
		return -EAGAIN;
	question->token = connection->token;
	question->uid = connection->uid;
	question->asker = *asker;
	return 0;
}

static bool is_address(const struct mif_endpoint *local)
{
	return local->address.family != AF_UNSPEC && !address_is_unspecified(&local->address) &&
		!address_is_multicast(&local->address) && !address_is_loopback(&local->address);
}

int offer_add(struct paths *paths, struct connection *connection, const struct mif_endpoint *local,
	uint32_t id, const struct asker *asker)
{
	const struct mif_endpoint plain = endpoint_plain(local);
	struct offer *free = NULL;

	if (!is_address(&plain) || id > UINT8_MAX)
		return -EINVAL;
	for (size_t i = 0; i < CONNECTION_OFFERS; i++) {
		struct offer *offer = &connection->offers[i];

		if (address_equal(&offer->local.address, &plain.address) &&
			offer->local.port == plain.port)
			return -EALREADY;
		if (offer->local.address.family == AF_UNSPEC && free == NULL)
			free = offer;
	}
	if (free == NULL)
		return -EDQUOT;
	*free = (struct offer){.local = plain, .id = id, .asker = *asker};
	if (connection->established)
		offers_tell(paths, connection);
	return 0;
}

int offer_retract(struct paths *paths, struct connection *connection,
	const struct mif_endpoint *local, uint32_t id, const struct asker *asker)
{
	struct mif_endpoint plain = endpoint_plain(local);
	bool waited = false;

	if (id > UINT8_MAX || (id == 0) != is_address(&plain))
		return -EINVAL;
	plain.port = 0;
	for (size_t i = 0; i < CONNECTION_OFFERS; i++) {
		struct offer *offer = &connection->offers[i];

		if (id != 0 ? offer->id != id
			    : !address_equal(&offer->local.address, &plain.address))
			continue;
		waited |= !offer->told;
		asker_tell(&offer->asker, connection->token, NULL, ECANCELED, NULL);
		*offer = (struct offer){0};
	}
	return waited ? -ECHILD : address_ask(paths, connection, VERB_RETRACT, &plain, id, asker);
}

void offers_tell(struct paths *paths, struct connection *connection)
{
	for (size_t i = 0; i < CONNECTION_OFFERS; i++) {
		struct offer *offer = &connection->offers[i];

		if (offer->local.address.family == AF_UNSPEC || offer->told ||
			address_ask(paths, connection, VERB_OFFER, &offer->local, offer->id,
				&offer->asker) < 0)
			continue;
		offer->told = true;
		offer->asker.session = NULL;
	}
}

void offers_end(struct connection *connection, int error)
{
	for (size_t i = 0; i < CONNECTION_OFFERS; i++)
		asker_tell(&connection->offers[i].asker, connection->token, NULL, error, NULL);
}
