/* SPDX-License-Identifier: MIT */
/*
 * Octets as resolv.conf(5): what is taken of them is servers that can be asked, and names.
 */
#include "fuzz.h"

#include "base/address.h"
#include "base/name.h"
#include "source/resolv-conf-parse.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct resolv_conf conf;

	resolv_conf_parse(&conf, (const char *)octets, size);
	PROMISE(conf.server_count + conf.local_count <= RESOLV_CONF_SERVERS);
	PROMISE(conf.search_count <= RESOLV_CONF_SEARCH);
	for (size_t i = 0; i < conf.server_count; i++) {
		const struct resolv_conf_server *server = &conf.servers[i];

		PROMISE(server->address.family != AF_UNSPEC && server->address.scope == 0);
		PROMISE(!address_is_loopback(&server->address) &&
			!address_is_multicast(&server->address));
		PROMISE(memchr(server->scope, '\0', IFNAMSIZ) != NULL);
		PROMISE((server->scope[0] != '\0') ==
			(server->address.family == AF_INET6 &&
				address_is_link_local(&server->address)));
	}
	for (size_t i = 0; i < conf.search_count; i++)
		PROMISE(name_normalise(conf.search[i]));
	return 0;
}
