/* SPDX-License-Identifier: MIT */
#include "client/held.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "client/client.h"

struct held_connection {
	struct list node;
	uint64_t number;
	uint64_t pvd;
	bool open; /* scratch */
};

struct held_domain {
	struct list node;
	uint64_t pvd;
	size_t count; /* of its connections */
	bool said; /* the program speaks for itself */
};

static void look_due(struct timer *timer, uint64_t now)
{
	held_look(container_of(timer, struct held, timer), now);
}

void held_init(struct held *held, struct mif *mif)
{
	*held = (struct held){.mif = mif, .epoll = -1};
	list_init(&held->connections);
	list_init(&held->domains);
	timer_init(&held->timer, look_due);
}

/* ---- what there is ---- */

static struct held_domain *domain_find(const struct held *held, uint64_t pvd)
{
	list_for_each (node, &held->domains) {
		struct held_domain *domain = container_of(node, struct held_domain, node);

		if (domain->pvd == pvd)
			return domain;
	}
	return NULL;
}

static struct held_domain *domain_make(struct held *held, uint64_t pvd)
{
	struct held_domain *domain = domain_find(held, pvd);

	if (domain != NULL)
		return domain;
	domain = calloc(1, sizeof(*domain));
	if (domain == NULL)
		return NULL;
	domain->pvd = pvd;
	list_append(&held->domains, &domain->node);
	return domain;
}

static void domain_free(struct held *held, struct held_domain *domain)
{
	held->said -= domain->said;
	list_remove(&domain->node);
	free(domain);
}

static void domain_say(struct held *held, struct held_domain *domain)
{
	held->said += !domain->said;
	domain->said = true;
}

static void connection_free(struct held *held, struct held_connection *connection)
{
	list_remove(&connection->node);
	held->count--;
	free(connection);
}

void held_deinit(struct held *held)
{
	list_for_each_safe (node, &held->connections)
		connection_free(held, container_of(node, struct held_connection, node));
	list_for_each_safe (node, &held->domains)
		domain_free(held, container_of(node, struct held_domain, node));
	timer_stop(&held->timer);
	held->epoll = close_fd(held->epoll);
}

/* Whether it will be known when it is closed. */
static bool connection_add(struct held *held, int fd, uint64_t pvd)
{
	struct epoll_event event = {.data.u64 = held->number + 1};
	struct held_connection *connection;

	if (held->count >= HELD_MAX)
		return false;
	if (held->epoll < 0)
		held->epoll = epoll_create1(EPOLL_CLOEXEC);
	connection = calloc(1, sizeof(*connection));
	if (connection == NULL || epoll_ctl(held->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		free(connection);
		return false;
	}
	connection->number = ++held->number;
	connection->pvd = pvd;
	list_append(&held->connections, &connection->node);
	held->count++;
	return true;
}

/* ---- what is closed ---- */

static int number_compare(const void *key, const void *element)
{
	uint64_t number = *(const uint64_t *)key;
	const struct held_connection *connection = *(struct held_connection *const *)element;

	return number < connection->number ? -1 : number > connection->number;
}

/* False: there is no telling. The instance still has those that were forgotten, in an order of its own. */
static bool connections_read(const struct held *held)
{
	struct held_connection *by_number[HELD_MAX], **found;
	size_t count = 0;
	char line[256];
	uint64_t number;
	FILE *file;

	list_for_each (node, &held->connections)
		by_number[count++] = container_of(node, struct held_connection, node);
	snprintf(line, sizeof(line), "/proc/self/fdinfo/%d", held->epoll);
	file = fopen(line, "re");
	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "tfd: %*d events: %*x data: %" SCNx64, &number) != 1)
			continue;
		found = bsearch(&number, by_number, count, sizeof(*by_number), number_compare);
		if (found != NULL)
			(*found)->open = true;
	}
	fclose(file);
	return true;
}

static void connection_closed(struct held *held, struct held_connection *connection)
{
	struct mif_message request = {.type = MIF_CONNECTION_IS_IDLE};
	struct held_domain *domain = domain_find(held, connection->pvd);

	connection_free(held, connection);
	if (domain == NULL || --domain->count > 0 || domain->said)
		return;
	request.as.connection_is_idle.pvd = domain->pvd;
	domain_free(held, domain);
	client_post(held->mif, &request);
}

void held_look(struct held *held, uint64_t now)
{
	timer_stop(&held->timer);
	if (held->count == 0)
		return;
	list_for_each (node, &held->connections)
		container_of(node, struct held_connection, node)->open = false;
	if (connections_read(held)) {
		list_for_each_safe (node, &held->connections) {
			struct held_connection *connection =
				container_of(node, struct held_connection, node);

			if (!connection->open)
				connection_closed(held, connection);
		}
	}
	if (held->count > 0)
		loop_set_timer(&held->mif->loop, &held->timer, now + HELD_LOOK);
}

void held_add(struct held *held, int fd, uint64_t pvd, uint64_t now)
{
	struct held_domain *domain = domain_make(held, pvd);

	if (domain == NULL)
		return;
	domain->count++;
	if (!connection_add(held, fd, pvd))
		domain_say(held, domain);
	held_look(held, now);
}

/* ---- what the program says ---- */

void held_said(struct held *held, const struct mif_message *request)
{
	struct held_domain *domain;
	uint64_t pvd = request->as.wants_to_connect.pvd;

	if ((request->type != MIF_WANTS_TO_CONNECT && request->type != MIF_CONNECTION_IS_IDLE &&
		    request->type != MIF_CONNECTION_CAN_BE_BROKEN) ||
		pvd == 0)
		return;
	held_forget(held, pvd);
	if (request->type == MIF_CONNECTION_IS_IDLE || held->said >= HELD_SAID)
		return;
	domain = domain_make(held, pvd);
	if (domain != NULL)
		domain_say(held, domain);
}

void held_forget(struct held *held, uint64_t pvd)
{
	struct held_domain *domain = domain_find(held, pvd);

	if (domain == NULL)
		return;
	list_for_each_safe (node, &held->connections) {
		struct held_connection *connection =
			container_of(node, struct held_connection, node);

		if (connection->pvd == pvd)
			connection_free(held, connection);
	}
	domain_free(held, domain);
}
