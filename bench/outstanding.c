/* SPDX-License-Identifier: MIT */
/*
 * Very many translations at the same time, through one mifd: all are asked for while the name server
 * stands still, then it goes on. Lines "NAME NUMBER": what mifd takes before and meanwhile (octets of PSS,
 * of all the processes named), how many ended with both addresses, how many with something else, and
 * nanoseconds from when the server goes on to the last.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answerer.h"
#include "handle.h"
#include "measure.h"

#define OF_HANDLE 250 /* less than a subscriber may have */

struct asker {
	struct mif *mif;
	uint64_t pvd;
	uint32_t addresses[OF_HANDLE]; /* of each, so far */
};

static struct asker *askers;
static size_t asker_count, found, lost;

/* Proportional set size, octets. */
static uint64_t memory_of(const char *pid)
{
	char path[64], line[256];
	uint64_t kibibytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	file = fopen(path, "re");
	if (file == NULL)
		measure_fail(errno, path);
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Pss: %" SCNu64, &kibibytes) == 1)
			break;
	fclose(file);
	return kibibytes << 10;
}

static uint64_t memory_of_all(char **pids)
{
	uint64_t sum = 0;

	for (; *pids != NULL; pids++)
		sum += memory_of(*pids);
	return sum;
}

static void ask(struct asker *asker, uint64_t number, size_t of_all)
{
	struct mif_message request = {.type = MIF_TRANSLATE_NAME};
	int r;

	request.as.translate_name.pvd = asker->pvd;
	request.as.translate_name.translation = number;
	snprintf(request.as.translate_name.name, MIF_TEXT_SIZE, "host-%zu.some-department.example.",
		of_all);
	while ((r = mif_post(asker->mif, &request)) == -EAGAIN || r == -ENOBUFS)
		mif_check(asker->mif, NULL, 0, 10);
	measure_check(r, "mif_post");
}

/* When this is answered, mifd has heard all that was said before. */
static void settle(struct asker *asker)
{
	struct mif_message request = {.type = MIF_GET_CONFIGURATION_DATA};

	request.as.get_configuration_data.pvd = asker->pvd;
	request.as.get_configuration_data.information = MIF_INFORMATION_DNS_SERVERS;
	handle_post(asker->mif, &request);
	while (handle_next(asker->mif)->type != MIF_CONFIGURATION_DATA)
		;
}

static void take(struct asker *asker)
{
	const struct mif_message *report;

	while (measure_check(mif_get(asker->mif, &report), "mif_get") == 1) {
		const struct mif_message_name_translation_done *done =
			&report->as.name_translation_done;

		if (report->type == MIF_NAME_TRANSLATION) {
			asker->addresses[report->as.name_translation.translation]++;
		} else if (report->type == MIF_NAME_TRANSLATION_DONE) {
			bool whole = done->status == MIF_TRANSLATION_FOUND &&
				asker->addresses[done->translation] == 2;

			found += whole;
			lost += !whole;
		} else if (report->type == MIF_ERROR) {
			measure_fail((int)report->as.error.error, report->as.error.text);
		}
	}
}

static void take_all(size_t count)
{
	struct pollfd *ready = calloc(asker_count, sizeof(*ready));

	if (ready == NULL)
		measure_fail(ENOMEM, "poll");
	while (found + lost < count) {
		for (size_t i = 0; i < asker_count; i++)
			ready[i] = (struct pollfd){
				.fd = measure_check(mif_fd(askers[i].mif), "mif_fd"),
				.events = POLLIN};
		if (poll(ready, (nfds_t)asker_count, 4 * PATIENCE_MS) == 0)
			break;
		for (size_t i = 0; i < asker_count; i++)
			if (ready[i].revents != 0)
				take(&askers[i]);
	}
	lost = count - found;
	free(ready);
}

int main(int argc, char **argv)
{
	uint64_t before, meanwhile, started;
	size_t count;
	pid_t server;

	if (argc < 5) {
		fprintf(stderr,
			"usage: bench-outstanding DEVICE SERVER'S-NAMESPACE COUNT PID...\n");
		return 2;
	}
	count = measure_number(argv[3]);
	server = answerer_start(argv[2]);
	asker_count = (count + OF_HANDLE - 1) / OF_HANDLE;
	askers = calloc(asker_count, sizeof(*askers));
	if (askers == NULL)
		measure_fail(ENOMEM, "handles");
	for (size_t i = 0; i < asker_count; i++) {
		askers[i].mif = handle_open("daemon");
		askers[i].pvd = handle_pvd(askers[i].mif, argv[1]);
	}
	before = memory_of_all(argv + 4);
	measure_call(kill(server, SIGSTOP), "SIGSTOP");
	for (size_t i = 0; i < count; i++)
		ask(&askers[i / OF_HANDLE], i % OF_HANDLE, i);
	for (size_t i = 0; i < asker_count; i++)
		settle(&askers[i]);
	meanwhile = memory_of_all(argv + 4);
	started = measure_now();
	measure_call(kill(server, SIGCONT), "SIGCONT");
	take_all(count);
	printf("before %" PRIu64 "\nmeanwhile %" PRIu64 "\nfound %zu\nlost %zu\ntook %" PRIu64 "\n",
		before, meanwhile, found, lost, measure_now() - started);
	return 0;
}
