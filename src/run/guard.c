/* SPDX-License-Identifier: MIT */
#include "run/guard.h"

#include <sys/auxv.h>

/* The library is loaded with the program, never later. */
static _Thread_local bool inside __attribute__((tls_model("initial-exec")));

/* The linker does not load what LD_PRELOAD says into a set-uid program, unless it lies in a system's
 * directory. */
static bool set_uid;

__attribute__((constructor)) static void guard_begin(void)
{
	set_uid = getauxval(AT_SECURE) != 0;
}

bool guard_enter(void)
{
	if (inside || set_uid)
		return false;
	inside = true;
	return true;
}

void guard_leave(void)
{
	inside = false;
}
