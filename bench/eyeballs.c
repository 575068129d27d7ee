/* SPDX-License-Identifier: MIT */
/*
 * Time to connected, by name, of a program that has just started: a fresh handle, which remembers
 * nothing, and its first mif_dial(). One line: nanoseconds, or a sentence on standard error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mif/mif.h>

#include "measure.h"

int main(int argc, char **argv)
{
	struct mif_dial_options options = {.timeout_ms = 10000};
	struct mif_dial_result result;
	uint64_t begun;
	struct mif *mif;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: bench-eyeballs daemon|engine HOST PORT\n");
		return 2;
	}
	measure_check(
		mif_open(&mif, strcmp(argv[1], "engine") == 0 ? MIF_OPEN_ENGINE : MIF_OPEN_DAEMON),
		"mif_open");
	begun = measure_now();
	fd = mif_dial(mif, argv[2], argv[3], &options, &result);
	if (fd < 0) {
		fprintf(stderr, "bench-eyeballs: %s\n", result.text);
		return 1;
	}
	printf("%" PRIu64 "\n", measure_now() - begun);
	close(fd);
	mif_close(mif);
	return 0;
}
