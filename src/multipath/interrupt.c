/* SPDX-License-Identifier: MIT */
#include "multipath/interrupt.h"

#include <signal.h>
#include <stddef.h>

bool signals_interrupt(void)
{
	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
			action.sa_handler != SIG_IGN && (action.sa_flags & SA_RESTART) == 0)
			return true;
	}
	return false;
}
