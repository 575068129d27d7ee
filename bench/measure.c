/* SPDX-License-Identifier: MIT */
/* What the measuring programs have in common: each prints its samples and asserts nothing. */
#include "measure.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

_Noreturn void measure_fail(int error, const char *what)
{
	fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name, what, error != 0 ? ": " : "",
		error != 0 ? strerror(error) : "");
	exit(1);
}

int measure_call(int r, const char *what)
{
	if (r < 0)
		measure_fail(errno, what);
	return r;
}

int measure_check(int r, const char *what)
{
	if (r < 0)
		measure_fail(-r, what);
	return r;
}

size_t measure_number(const char *text)
{
	char *end;
	uint64_t number = strtoull(text, &end, 10);

	if (number == 0 || number > 1000000 || *end != '\0')
		measure_fail(EINVAL, text);
	return (size_t)number;
}

void series_init(struct series *series, const char *side, const char *name, size_t room)
{
	*series = (struct series){.side = side, .name = name, .room = room};
	series->samples = calloc(room, sizeof(*series->samples));
	if (series->samples == NULL)
		measure_fail(ENOMEM, name);
}

void series_add(struct series *series, uint64_t sample)
{
	if (series->count < series->room)
		series->samples[series->count++] = sample;
}

void series_print(const struct series *series)
{
	for (size_t i = 0; i < series->count; i++)
		printf("%s %s %" PRIu64 "\n", series->side, series->name, series->samples[i]);
}

int measure_fork(void)
{
	pid_t parent = getpid();
	pid_t child = measure_call(fork(), "fork");

	if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent))
		_exit(1);
	return child;
}
