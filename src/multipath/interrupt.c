/* SPDX-License-Identifier: MIT */
#include "multipath/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* Those of a fault do not come from outside, and sanitizers and language runtimes have handlers. */
static bool is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
		number == SIGTRAP || number == SIGABRT || number == SIGSYS;
}

bool signals_interrupt(void)
{
	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;

		if (!is_fault(number) && sigaction(number, NULL, &action) == 0 &&
			action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN &&
			(action.sa_flags & SA_RESTART) == 0)
			return true;
	}
	return false;
}
