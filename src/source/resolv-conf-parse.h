/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include <net/if.h>

#include <mif/message.h>

/* As many as the C libraries use. */
#define RESOLV_CONF_SERVERS 3
#define RESOLV_CONF_SEARCH 8

struct resolv_conf_server {
	struct mif_address address;
	char scope[IFNAMSIZ]; /* of a link-local address: an interface's name, or its index */
};

/* What resolv.conf(5) says. A value. */
struct resolv_conf {
	size_t server_count, search_count;
	struct resolv_conf_server servers[RESOLV_CONF_SERVERS];
	char search[RESOLV_CONF_SEARCH][MIF_TEXT_SIZE]; /* lower case, no final dot */
	size_t local_count; /* servers left out: this host itself, which asks whomever it wants */
	size_t bad_count; /* values that are none */
};

void resolv_conf_parse(struct resolv_conf *conf, const char *octets, size_t size);
