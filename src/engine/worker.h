/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/message.h>

/*
 * One who does work on request and holds no facts: here, the names. Made by worker_NAME_new(),
 * given to the engine, which frees it.
 */
#define NAME_SCOPE_SERVERS 8
#define NAME_SCOPE_SEARCH 8

/* What the engine knows of a domain that matters to a question asked in it. */
struct name_scope {
	uint64_t pvd;
	uint64_t generation; /* another number: anything below has changed */
	uint32_t ifindex; /* questions leave by this interface and no other */
	struct mif_address source4, source6; /* the domain's source addresses; AF_UNSPEC: none */
	uint32_t length4, length6; /* of their prefixes: bits; 0: not known */
	struct mif_address pref64; /* of a translator to IPv4; AF_UNSPEC: none */
	uint32_t pref64_length;
	uint32_t server_count, search_count;
	struct mif_address servers[NAME_SCOPE_SERVERS]; /* best first; link-local with scope */
	char search[NAME_SCOPE_SEARCH][MIF_TEXT_SIZE];
};

struct name_request {
	uint64_t id; /* the engine's; never reused */
	const struct name_scope *scope; /* to be copied, if it is needed later */
	const char *name; /* UTF-8 */
	uint32_t family; /* enum mif_family */
	const char *scheme; /* NULL or empty: addresses; else the service records of this one */
	uint32_t port; /* of the service; 0: the scheme's own */
	bool domain_only; /* what the host knows by itself, besides its hosts file, is not asked for */
	bool judged; /* by zones */
	uint32_t
		withheld; /* what is not asked for, by bit: as it is, with each of the search list */
};

/* A service record (RFC 9460). */
struct name_service {
	uint32_t priority; /* 0: an alias */
	uint32_t port; /* 0: not told */
	uint32_t flags; /* enum mif_service_flags */
	char target[MIF_TEXT_SIZE];
	char alpn[MIF_TEXT_SIZE];
};

/* Some NAME_TRANSLATIONs or SERVICE_TRANSLATIONs, then, unless stopped, exactly one with done set. */
struct name_result {
	uint64_t id;
	bool done;
	uint32_t status; /* done: enum mif_translation_status */
	struct mif_address address;
	uint32_t ttl; /* seconds */
	uint32_t system; /* enum mif_system */
	struct mif_address server; /* AF_UNSPEC: nobody was asked */
	uint32_t number; /* of a service, from 1; 0: an address of the name */
	bool is_service; /* else with a number: a hint of it */
	struct name_service service;
};

struct worker;

struct worker_ops {
	const char *name;
	int (*fd)(const struct worker *worker);
	uint64_t (*deadline)(const struct worker *worker);
	void (*dispatch)(struct worker *worker, uint64_t now);

	/* 0, or negative errno (-EINVAL: no such scheme or port): nothing started. Never blocks. Results are fetched, not called
	 * back: one may be ready when this returns. */
	int (*start)(struct worker *worker, const struct name_request *request, uint64_t now);

	/* Final: no result of this id comes out any more. */
	void (*stop)(struct worker *worker, uint64_t id);

	/* The domain is gone. The engine has stopped its requests. */
	void (*forget)(struct worker *worker, uint64_t pvd);

	/* 1: *result holds one; 0: none waits. */
	int (*result)(struct worker *worker, struct name_result *result);

	bool (*counter)(const struct worker *worker, unsigned int index, const char **name,
		uint64_t *value);

	/* Optional. The name, with the suffix unless that is NULL, as the domain's servers would be asked
	 * for it; false: they would not be. */
	bool (*asks)(const struct worker *worker, const char *name, const char *suffix,
		uint64_t now, char asked[MIF_TEXT_SIZE]);

	/* Optional, as a source's. */
	const char *(*path)(const struct worker *worker, unsigned int index);
	void (*free)(struct worker *worker);
};

/* The first member of every worker. */
struct worker {
	const struct worker_ops *ops;
};
