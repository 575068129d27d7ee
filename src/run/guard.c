/* SPDX-License-Identifier: MIT */
#include "run/guard.h"

#include <stdint.h>
#include <sys/auxv.h>

/* Where on the stack it was entered; 0: nowhere. What is not below that has not been called from there:
 * a handler of the program has jumped out of it, as wget's timer does.
 * The library is loaded with the program, never later, hence the model. */
static _Thread_local uintptr_t inside __attribute__((tls_model("initial-exec")));

/* The linker does not load what LD_PRELOAD says into a set-uid program, unless it lies in a system's
 * directory. */
static bool set_uid;

__attribute__((constructor)) static void guard_begin(void)
{
	set_uid = getauxval(AT_SECURE) != 0;
}

bool guard_enter(void)
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

	if (set_uid || (inside != 0 && frame < inside))
		return false;
	inside = frame;
	return true;
}

void guard_leave(void)
{
	inside = 0;
}
