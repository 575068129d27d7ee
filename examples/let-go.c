/* SPDX-License-Identifier: MIT */
/*
 * A program that needs its network, and lets it go when it is asked to: it holds an interface (M31),
 * finishes what it has begun when the interface is going away (M34), is idle then (M32), and wants it
 * again when it comes back (M35). Its work is to sleep.
 *
 *	cc -o let-go let-go.c -lmif
 *	./let-go wlan0 2		2: how many seconds a piece of work takes
 */
#include <mif/mif.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void post(struct mif *mif, uint32_t type, uint64_t interface)
{
	struct mif_message request = {.type = type};

	/* The three messages begin with the same field. */
	request.as.wants_to_connect.interface = interface;
	if (mif_post(mif, &request) < 0)
		exit(1);
	printf("%s\n", type == MIF_WANTS_TO_CONNECT ? "wants to connect" : "is idle");
	mif_flush(mif, 1000);
}

int main(int argc, char **argv)
{
	const struct mif_message announce = {.type = MIF_ANNOUNCE_INTERFACES}, *report;
	double work = argc > 2 ? atof(argv[2]) : 1, done = 0;
	uint64_t interface = 0;
	struct mif *mif;
	int r = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2 || mif_open(&mif, 0) < 0 || mif_post(mif, &announce) < 0) {
		fprintf(stderr, "usage: let-go INTERFACE [SECONDS], with a mifd\n");
		return 1;
	}
	while (r >= 0) {
		r = mif_get(mif, &report);
		if (r == 0) {
			int left = done > 0 ? (int)((done - now()) * 1000) : -1;

			if (done > 0 && left <= 0) {
				post(mif, MIF_CONNECTION_IS_IDLE, interface);
				done = 0;
				continue;
			}
			r = mif_check(mif, NULL, 0, left);
		} else if (r == 1 && report->type == MIF_INTERFACE &&
			report->as.interface.interface != interface &&
			strcmp(report->as.interface.name, argv[1]) == 0) {
			interface = report->as.interface.interface;
			post(mif, MIF_WANTS_TO_CONNECT, interface);
		} else if (r == 1 && report->type == MIF_INTERFACE_GOING_AWAY &&
			report->as.interface_going_away.interface == interface) {
			printf("is going away in %u ms\n",
				report->as.interface_going_away.deadline);
			done = now() + work;
		} else if (r == 1 && report->type == MIF_INTERFACE_GOING_UP &&
			report->as.interface_going_up.interface == interface) {
			printf("is going up\n");
			done = 0;
			post(mif, MIF_WANTS_TO_CONNECT, interface);
		}
	}
	mif_close(mif);
	return 1;
}
