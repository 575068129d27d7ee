/* SPDX-License-Identifier: MIT */
/*
 * multipath_getaddrinfo(): the C library's resolver, whose answers in the order of RFC 6724 become
 * one set.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/public.h"
#include "multipath/host.h"
#include "multipath/kernel.h"
#include "multipath/set.h"

/* The entry and its address in one piece, as the C library's own freeaddrinfo() expects. */
struct answer {
	struct addrinfo info;
	struct sockaddr_mp_storage set;
};

/* As without this library: no such family. */
static bool kernel_has(int protocol)
{
	_cleanup_(host_closep) int fd = host_socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, protocol);

	/* Being short of descriptors says nothing of the kernel. */
	return fd >= 0 || errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
}

static int check_hints(const struct addrinfo *hints)
{
	if (hints->ai_socktype != 0 && hints->ai_socktype != SOCK_STREAM)
		return EAI_SOCKTYPE;
	if (hints->ai_protocol == IPPROTO_SCTP)
		return kernel_has(IPPROTO_SCTP) ? 0 : EAI_SOCKTYPE;
	if (hints->ai_protocol != 0 && hints->ai_protocol != IPPROTO_TCP &&
		hints->ai_protocol != IPPROTO_MPTCP)
		return EAI_SOCKTYPE;
	return kernel_has(IPPROTO_MPTCP) ? 0 : EAI_FAMILY;
}

static void collect(const struct addrinfo *list, struct set *set)
{
	set->count = 0;
	for (; list != NULL; list = list->ai_next) {
		struct mif_endpoint member;

		/* What is no address of a host, or comes twice, or is too much, is left out. */
		if (list->ai_addr != NULL &&
			member_from_sockaddr(&member, list->ai_addr, list->ai_addrlen) == 0)
			set_add(set, &member);
	}
}

static int make_answer(const struct addrinfo *list, int protocol, struct addrinfo **resultp)
{
	struct answer *answer;
	socklen_t size = sizeof(answer->set);
	struct set set;

	collect(list, &set);
	if (set.count == 0)
		return EAI_NONAME;
	answer = calloc(1, sizeof(*answer));
	if (answer == NULL)
		return EAI_MEMORY;
	set_write(&set, &answer->set, &size);
	answer->info.ai_flags = list->ai_flags;
	answer->info.ai_family = AF_INET6;
	answer->info.ai_socktype = SOCK_STREAM;
	answer->info.ai_protocol = protocol;
	answer->info.ai_addrlen = size;
	answer->info.ai_addr = (struct sockaddr *)&answer->set;
	if (list->ai_canonname != NULL) {
		answer->info.ai_canonname = strdup(list->ai_canonname);
		if (answer->info.ai_canonname == NULL) {
			free(answer);
			return EAI_MEMORY;
		}
	}
	*resultp = &answer->info;
	return 0;
}

PUBLIC int multipath_getaddrinfo(const char *node, const char *service,
	const struct addrinfo *hints, struct addrinfo **resultp)
{
	struct addrinfo wanted, *list;
	int r;

	if (hints == NULL || hints->ai_family != AF_MULTIPATH)
		return host_getaddrinfo(node, service, hints, resultp);
	r = check_hints(hints);
	if (r != 0)
		return r;
	wanted = *hints;
	wanted.ai_family = AF_UNSPEC;
	wanted.ai_socktype = SOCK_STREAM;
	wanted.ai_protocol = IPPROTO_TCP;
	r = host_getaddrinfo(node, service, &wanted, &list);
	if (r != 0)
		return r;
	r = make_answer(
		list, hints->ai_protocol == IPPROTO_SCTP ? IPPROTO_SCTP : IPPROTO_MPTCP, resultp);
	host_freeaddrinfo(list);
	return r;
}

PUBLIC void multipath_freeaddrinfo(struct addrinfo *list)
{
	if (list == NULL || list->ai_addr == NULL || list->ai_addr->sa_family != AF_MULTIPATH) {
		host_freeaddrinfo(list);
		return;
	}
	free(list->ai_canonname);
	free(list);
}
