/* SPDX-License-Identifier: MIT */
/*
 * Users and capabilities of mifd's two processes. Everything is taken away by the first two
 * functions that are called in a process, and read back: a step that silently did nothing is a
 * fault.
 */
#include "net/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/account.h"

#define KEPT (UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_NET_RAW)

/* No execve(2) and no change of user ever gives a capability again. */
#define BITS                                                                  \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |      \
		SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
		SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

static int capabilities_get(uint64_t *permitted)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return 0;
}

/* Permitted and effective; nothing inheritable. */
static int capabilities_set(uint64_t mask)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{.permitted = (uint32_t)mask, .effective = (uint32_t)mask},
		{.permitted = (uint32_t)(mask >> 32), .effective = (uint32_t)(mask >> 32)},
	};

	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* What an execve(2) could give. Without CAP_SETPCAP, and without a need since nothing here ever
 * calls execve, it stays. */
static int bounding_clear(void)
{
	for (unsigned long capability = 0; capability <= 63; capability++) {
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
			if (errno == EINVAL)
				return 0;
			return -errno;
		}
	}
	return 0;
}

int privilege_user(struct privilege *privilege, const char *name)
{
	int r = 0;

	*privilege = (struct privilege){.uid = 65534, .gid = 65534};
	if (name == NULL)
		account_user("mif", &privilege->uid, &privilege->gid);
	else
		r = account_user(name, &privilege->uid, &privilege->gid);
	if (r == 0 && (privilege->uid == 0 || privilege->gid == 0))
		return -EINVAL;
	return r;
}

static int user_become(struct privilege *privilege)
{
	privilege->failed = PRIVILEGE_GROUPS;
	if (setgroups(0, NULL) < 0)
		return -errno;
	privilege->failed = PRIVILEGE_GROUP;
	if (setresgid(0, privilege->gid, 0) < 0)
		return -errno;
	privilege->failed = PRIVILEGE_USER;
	if (setresuid(0, privilege->uid, 0) < 0)
		return -errno;
	privilege->failed = PRIVILEGE_OTHER;
	return 0;
}

int privilege_keep(struct privilege *privilege, uint64_t *capabilities)
{
	uint64_t permitted = 0;
	int r = capabilities_get(&permitted);

	if (r < 0)
		return r;
	privilege->separate = geteuid() == 0 && (permitted & UINT64_C(1) << CAP_SETUID) != 0 &&
		(permitted & UINT64_C(1) << CAP_SETGID) != 0;
	if ((permitted & UINT64_C(1) << CAP_SETPCAP) != 0) {
		r = bounding_clear();
		if (r < 0)
			return r;
		if (prctl(PR_SET_SECUREBITS, BITS, 0, 0, 0) < 0)
			return -errno;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	if (privilege->separate) {
		r = user_become(privilege);
		if (r < 0)
			return r;
	} else {
		privilege->uid = geteuid();
		privilege->gid = getegid();
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	r = capabilities_set(permitted & KEPT);
	if (r < 0)
		return r;
	r = capabilities_get(capabilities);
	return r < 0 ? r : (*capabilities & ~KEPT) != 0 ? -EPERM : 0;
}

/* For the numbers of users and groups that a namespace does not have the errno says nothing. */
static void namespace_explain(const struct privilege *privilege, char *text, size_t size)
{
	bool user = account_user_is_mapped(privilege->uid);

	if (!user || !account_group_is_mapped(privilege->gid))
		snprintf(text, size,
			"; %s %u is not mapped in this user namespace: start mifd as an ordinary "
			"user, or set \"user\" in mifd.conf to one that is mapped",
			user ? "group" : "user", user ? privilege->gid : privilege->uid);
	else if (privilege->failed == PRIVILEGE_GROUPS)
		snprintf(text, size,
			"; a user namespace may forbid it (/proc/self/setgroups): start mifd as an "
			"ordinary user");
}

void privilege_explain(const struct privilege *privilege, int error, char *text, size_t size)
{
	char hint[192] = "", call[32] = "";

	switch (privilege->failed) {
	case PRIVILEGE_GROUPS:
		snprintf(call, sizeof(call), "setgroups: ");
		break;
	case PRIVILEGE_GROUP:
		snprintf(call, sizeof(call), "setresgid to %u: ", privilege->gid);
		break;
	case PRIVILEGE_USER:
		snprintf(call, sizeof(call), "setresuid to %u: ", privilege->uid);
		break;
	case PRIVILEGE_OTHER:
		break;
	}
	if (privilege->failed != PRIVILEGE_OTHER)
		namespace_explain(privilege, hint, sizeof(hint));
	snprintf(text, size, "%s%s%s", call, strerror(error), hint);
}

int privilege_drop(const struct privilege *privilege)
{
	uint64_t left = UINT64_MAX;
	int r;

	if (privilege->separate &&
		(setresgid(privilege->gid, privilege->gid, privilege->gid) < 0 ||
			setresuid(privilege->uid, privilege->uid, privilege->uid) < 0))
		return -errno;
	r = capabilities_set(0);
	if (r == 0)
		r = capabilities_get(&left);
	if (r < 0)
		return r;
	if (left != 0 || (privilege->separate && (setuid(0) == 0 || setgid(0) == 0)))
		return -EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

void privilege_own_files(const struct privilege *privilege)
{
	if (privilege->separate && (setresuid(0, 0, 0) < 0 || setresgid(0, 0, 0) < 0))
		return;
}
