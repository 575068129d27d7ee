/* SPDX-License-Identifier: MIT */
/*
 * The cage of mif-nss. Modules of the Name Service Switch are foreign code of the administrator's choice
 * that reads files and talks to servers, so neither may be forbidden; what a lookup never needs is: to
 * start a program, to be somebody else's debugger, to signal others of the same user, the engine first of
 * all, or to change what is mounted, keyed or loaded.
 */
#include "nss/cage.h"

#include <errno.h>
#include <seccomp.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "helper/helper.h"
#include "nss/exchange.h"

static const int forbidden[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(kill),
	SCMP_SYS(tkill),
	SCMP_SYS(tgkill),
	SCMP_SYS(rt_sigqueueinfo),
	SCMP_SYS(rt_tgsigqueueinfo),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(keyctl),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(kexec_load),
};

static int filter_load(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = 0;

	if (filter == NULL)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(forbidden); i++) {
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), forbidden[i], 0);
		/* A call that this architecture does not have. */
		if (r == -EDOM)
			r = 0;
	}
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

int cage_enter(void)
{
	/* A module that minds the alarm is killed by the parent. */
	static const struct helper_limits limits = {
		.seconds = NSS_SECONDS, .processor_seconds = CAGE_SECONDS, .memory = CAGE_MEMORY};

	return helper_confine(&limits, filter_load);
}
