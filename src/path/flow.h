/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "base/list.h"
#include "engine/engine.h"
#include "kernel/mptcp.h"

/* Who waits for the answer to what; session NULL: nobody. */
struct asker {
	struct session *session;
	uint32_t tag, request;
};

/* A subflow that there is, or shall be. */
struct flow {
	struct list node; /* in its connection */
	struct connection *connection;
	uint32_t number; /* never used twice in a manager */
	struct mif_endpoint local, remote; /* IPv4 as such; local port 0: not known yet */
	struct mif_endpoint kernel_local, kernel_remote; /* as the kernel calls them */
	uint8_t local_id, remote_id;
	uint32_t id; /* that the local address shall have; 0: any */
	uint32_t ifindex;
	uint32_t state; /* enum mif_path_state */
	int error; /* errno of the last failure */
	uint64_t pvd, interface; /* of the local address; 0: not known (yet) */
	bool backup; /* as the kernel has it */
	bool standby; /* as it was asked for: a link that is going away makes it so as well */
	bool wanted; /* somebody asked for it: it is tried again */
	bool asked; /* the parent has not answered yet */
	bool adjusting; /* nor to whether it is a backup one */
	int refused; /* what the kernel did not take of that: 1 or 0; -1: nothing */
	bool closing; /* the parent was asked to close it, and the kernel has not told that it is */
	bool automatic; /* nobody asked for it: it goes with its domain */
	bool announced; /* the peer told of where it leads: it is not tried for ever */
	bool stranded; /* lost, but there in the kernel, which without it would have none */
	bool parked; /* lost, and not tried again before its link or its address is back */
	bool settled; /* established, and the peer did not think better of it */
	unsigned int failures; /* in a row */
	uint32_t rtt; /* microseconds */
	uint64_t sent, received; /* octets, as the last survey has them */
	uint64_t since; /* when the state became what it is */
	bool seen; /* in the survey at hand */
	uint64_t due; /* when something is to be done about it, by its state; TIME_FOREVER */
	uint32_t queued; /* octets that wait in it, as the last survey has them */
	uint64_t leave_at; /* when it is closed at the latest, since its link goes; TIME_FOREVER */
	uint64_t drain_at; /* when it is not waited for what it has any longer; likewise */
	uint64_t heard; /* of the octets received, those at the last look */
	bool calm; /* nothing was on its way in it between the last two looks */
	struct asker asker;
};

/* An address that the peer was told of, or shall be when it listens. */
struct offer {
	struct mif_endpoint local; /* AF_UNSPEC: none */
	uint32_t id; /* that it shall have; 0: any */
	struct asker asker;
	bool told;
};

#define CONNECTION_OFFERS 8

/* Addresses that the peer has told of; of more no notice is taken. */
#define CONNECTION_ANNOUNCED 4

struct announced {
	struct {
		struct mif_endpoint remote;
		uint8_t id; /* the peer's */
	} at[CONNECTION_ANNOUNCED];
	size_t count;
};

struct connection {
	struct list node;
	uint32_t token;
	uint32_t uid; /* of the socket */
	bool proved; /* to the parent */
	bool established; /* fully: it may have further subflows */
	uint64_t since; /* when it became known */
	bool seen; /* in the survey at hand */
	uint32_t mode; /* enum mif_paths_mode */
	uint32_t metered, kinds; /* of automatic paths: as in MIF_MANAGE_PATHS */
	bool tunnel; /* it went through a tunnel, and stays in tunnels */
	struct offer offers[CONNECTION_OFFERS];
	struct announced announced;
	bool recalled; /* from an engine before this one */
	bool review; /* what the host's state means for it is to be looked at */
	uint32_t rtt; /* of the first subflow, microseconds */
	uint64_t
		look_at; /* when it is looked what is on its way, since a subflow leaves; TIME_FOREVER */
	bool looked; /* it was, once */
	bool turned; /* those that leave are used, so that the others come to rest */
	struct list flows;
	size_t count;
};

/* Whether an endpoint is what was asked for: AF_UNSPEC is any, port 0 any port. */
bool endpoint_matches(const struct mif_endpoint *endpoint, const struct mif_endpoint *wanted);

struct connection *connection_new(uint32_t token, uint32_t uid);
void connection_free(struct connection *connection);

/* NULL: no memory, or it has PATHS_SUBFLOWS_MAX. */
struct flow *flow_new(struct connection *connection, uint32_t number,
	const struct mif_endpoint *local, const struct mif_endpoint *remote);

/* The one that a connection has when it is met: established, and the program's own. Its ends are as the
 * kernel calls them. */
struct flow *flow_new_first(struct connection *connection, uint32_t number,
	const struct mif_endpoint *local, const struct mif_endpoint *remote);
void flow_free(struct flow *flow);

/* The flow that an event is about, or that has these ends; NULL: there is none. */
struct flow *flow_find(const struct connection *connection, const struct mif_endpoint *local,
	const struct mif_endpoint *remote);

/* The peer has told of that address, or that it is not to be used any more. False: there is no room, or
 * it makes no sense; there is none. */
bool announced_is(const struct announced *announced, const struct mif_endpoint *remote, uint8_t id);
bool announced_add(struct announced *announced, const struct mif_endpoint *remote, uint8_t id);
bool announced_remove(struct announced *announced, uint8_t id, struct mif_endpoint *remote);

/* How many subflows work, that one apart; NULL: all. */
size_t connection_working(const struct connection *connection, const struct flow *but);
