/* SPDX-License-Identifier: MIT */
/*
 * A service of the Name Service Switch for tests: libnss_miftest.so.2. What it does is in the name, below
 * .miftest: "answers", "ipv4", "thousand", "nowhere" (addresses that no module can mean), "forks",
 * "silent" and what begins so, "stubborn" (silent, and deaf to signals), "crashes", "unavailable"; all
 * others there are not.
 */
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define THOUSAND 1000

struct room {
	char *at, *end;
};

enum nss_status _nss_miftest_gethostbyname2_r(const char *name, int family, struct hostent *host,
	char *buffer, size_t size, int *error, int *herror);

static void *room_take(struct room *room, size_t size)
{
	char *at = (char *)(((uintptr_t)room->at + 7) & ~(uintptr_t)7);

	if (at + size > room->end)
		return NULL;
	room->at = at + size;
	return at;
}

static const char *const nowhere4[] = {
	"\0\0\0\0", "\xe0\0\0\1", "\xa9\xfe\1\1", "\xff\xff\xff\xff", "\xc0\0\2\7"};

static void address_make(uint8_t *to, int family, unsigned int number, int odd)
{
	static const uint8_t ipv6[] = {0x20, 1, 0xd, 0xb8};

	if (family == AF_INET6) {
		memset(to, 0, 16);
		memcpy(to, ipv6, sizeof(ipv6));
		to[14] = (uint8_t)(number >> 8);
		to[15] = (uint8_t)number;
		return;
	}
	if (odd) {
		memcpy(to, nowhere4[number], 4);
		return;
	}
	to[0] = 198;
	to[1] = (uint8_t)(18 + (number >> 16));
	to[2] = (uint8_t)(number >> 8);
	to[3] = (uint8_t)number;
}

/* 0, or -1: no room. */
static int host_fill(struct hostent *host, struct room *room, const char *name, int family,
	unsigned int count, int odd)
{
	int length = family == AF_INET6 ? 16 : 4;
	char **list = room_take(room, (count + 1) * sizeof(*list));
	char **aliases = room_take(room, sizeof(*aliases)),
	     *own = room_take(room, strlen(name) + 1);

	if (list == NULL || aliases == NULL || own == NULL)
		return -1;
	for (unsigned int i = 0; i < count; i++) {
		list[i] = room_take(room, (size_t)length);
		if (list[i] == NULL)
			return -1;
		address_make((uint8_t *)list[i], family, i + !odd, odd);
	}
	list[count] = NULL;
	aliases[0] = NULL;
	strcpy(own, name);
	*host = (struct hostent){.h_name = own,
		.h_aliases = aliases,
		.h_addrtype = family,
		.h_length = length,
		.h_addr_list = list};
	return 0;
}

static void hang(int deaf)
{
	sigset_t all;

	sigfillset(&all);
	if (deaf)
		sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pause();
}

/* What a module has no business to do: the name says so when it could. */
static int could_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	execl("/bin/true", "true", (char *)NULL);
	return pid > 0 || kill(getppid(), 0) == 0;
}

__attribute__((visibility("default"))) enum nss_status _nss_miftest_gethostbyname2_r(
	const char *name, int family, struct hostent *host, char *buffer, size_t size, int *error,
	int *herror)
{
	struct room room = {buffer, buffer + size};
	unsigned int count = 0;
	int odd = 0;

	*error = 0;
	if (strcmp(name, "answers.miftest") == 0 || strcmp(name, "miftest") == 0)
		count = 1;
	else if (strcmp(name, "thousand.miftest") == 0)
		count = THOUSAND;
	else if (strcmp(name, "nowhere.miftest") == 0 && family == AF_INET)
		count = 5, odd = 1;
	else if (strcmp(name, "ipv4.miftest") == 0)
		count = family == AF_INET;
	else if (strcmp(name, "forks.miftest") == 0)
		count = could_fork() ? 1 : 0;
	else if (strncmp(name, "silent", 6) == 0)
		hang(0);
	else if (strcmp(name, "stubborn.miftest") == 0)
		hang(1);
	else if (strcmp(name, "crashes.miftest") == 0)
		__builtin_trap();
	else if (strcmp(name, "unavailable.miftest") == 0) {
		*herror = TRY_AGAIN;
		return NSS_STATUS_TRYAGAIN;
	}
	if (count == 0) {
		*herror = strcmp(name, "ipv4.miftest") == 0 ? NO_DATA : HOST_NOT_FOUND;
		return NSS_STATUS_NOTFOUND;
	}
	if (host_fill(host, &room, name, family, count, odd) == 0)
		return NSS_STATUS_SUCCESS;
	*error = ERANGE;
	*herror = NETDB_INTERNAL;
	return NSS_STATUS_TRYAGAIN;
}
