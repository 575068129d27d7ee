/* SPDX-License-Identifier: MIT */
/*
 * gethostbyname(3) and its kin, which POSIX has dropped and programs still call: what getaddrinfo() of
 * this room says, in their form.
 */
#include "run/hostent.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <netinet/in.h>

#include "base/cleanup.h"
#include "run/names.h"

/* What lies in the caller's buffer, in this order: what must be aligned first. */
struct layout {
	size_t count;
	size_t octets; /* of an address */
	size_t addresses, name, end; /* offsets; the pointers come first */
};

static struct layout layout_of(const struct addrinfo *list, const char *name, int family)
{
	struct layout layout = {.octets = family == AF_INET ? 4 : 16};

	for (const struct addrinfo *info = list; info != NULL; info = info->ai_next)
		layout.count++;
	/* The addresses, their NULL, and that of the aliases. */
	layout.addresses = (layout.count + 2) * sizeof(char *);
	layout.name = layout.addresses + layout.count * layout.octets;
	layout.end = layout.name + strlen(name) + 1;
	return layout;
}

static const void *octets_of(const struct addrinfo *info)
{
	const void *address = info->ai_addr;

	if (info->ai_family == AF_INET)
		return &((const struct sockaddr_in *)address)->sin_addr;
	return &((const struct sockaddr_in6 *)address)->sin6_addr;
}

static void fill(struct hostent *entry, const struct addrinfo *list, const char *name, int family,
	const struct layout *layout, char *buffer)
{
	char **pointers = (char **)(void *)buffer, *at = buffer + layout->addresses;

	*entry = (struct hostent){
		.h_name = buffer + layout->name,
		.h_aliases = pointers + layout->count + 1,
		.h_addrtype = family,
		.h_length = (int)layout->octets,
		.h_addr_list = pointers,
	};
	memcpy(entry->h_name, name, strlen(name) + 1);
	for (const struct addrinfo *info = list; info != NULL; info = info->ai_next) {
		*pointers++ = at;
		memcpy(at, octets_of(info), layout->octets);
		at += layout->octets;
	}
	pointers[0] = pointers[1] = NULL;
}

static int error_of(int error)
{
	switch (error) {
	case EAI_NONAME:
		return HOST_NOT_FOUND;
	case EAI_AGAIN:
		return TRY_AGAIN;
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return NO_DATA;
	case EAI_SYSTEM:
	case EAI_MEMORY:
		return NETDB_INTERNAL;
	default:
		return NO_RECOVERY;
	}
}

int run_gethostbyname(const char *name, int family, struct hostent *entry, char *buffer,
	size_t size, struct hostent **resultp, int *errorp)
{
	const struct addrinfo hints = {
		.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME};
	size_t before = -(uintptr_t)buffer % sizeof(char *);
	struct addrinfo *list;
	struct layout layout;
	const char *known;
	int r;

	if (!run_is_networks_name(name, family))
		return -1;
	*resultp = NULL;
	r = run_getaddrinfo(name, NULL, &hints, &list);
	if (r != 0) {
		*errorp = error_of(r);
		return 0;
	}
	known = list->ai_canonname != NULL ? list->ai_canonname : name;
	layout = layout_of(list, known, family);
	r = size < before || size - before < layout.end ? ERANGE : 0;
	if (r == 0) {
		fill(entry, list, known, family, &layout, buffer + before);
		*resultp = entry;
	}
	*errorp = r == 0 ? NETDB_SUCCESS : NETDB_INTERNAL;
	run_freeaddrinfo(list);
	return r;
}
