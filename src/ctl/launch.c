/* SPDX-License-Identifier: MIT */
/*
 * mif run: says in the environment what the interposer is to do, and becomes the program.
 */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/choose.h"
#include "ctl/follow.h"
#include "ctl/gather.h"
#include "ctl/handle.h"
#include "ctl/program.h"

#define LIBRARY "libmif-run.so"

/* What the environment says to the interposer: src/run/settings.c. */
static const char *const variables[] = {
	"MIF_RUN_PVD",
	"MIF_RUN_INTERFACES",
	"MIF_RUN_WAIT",
	"MIF_RUN_MULTIPATH",
	"MIF_RUN_VERBOSE",
	"MIF_RUN_HOST",
};

static void say(const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		setenv(name, value, 1);
}

/* ---- which domain ---- */

static const struct mif_message_interface *interface_of(const struct picture *picture, uint64_t id)
{
	const struct mif_message *report = NULL;

	while ((report = picture_next(picture, MIF_INTERFACE, 0, report)) != NULL)
		if (report->as.interface.interface == id)
			return &report->as.interface;
	return NULL;
}

/* A number means nothing to another process's engine, a name does. Of a domain whose name others have,
 * too, the interface tells which. */
static int say_pvd(const struct options *options)
{
	_cleanup_(picture_deinit) struct picture picture = {0};
	_cleanup_(mif_closep) struct mif *mif = NULL;
	const struct mif_message_interface *interface;
	const struct mif_message_pvd *pvd;
	uint64_t id, other;
	int r;

	if (handle_open(&mif, options) < 0)
		return CTL_NO_ENGINE;
	r = gather(mif, FOLLOW_PVDS, &picture);
	if (r < 0)
		return handle_broken(r);
	if (choose_pvd(&picture, options->pvd, &id) < 0)
		return CTL_NOT;
	pvd = picture_pvd(&picture, id);
	say("MIF_RUN_PVD", pvd->name);
	interface = interface_of(&picture, pvd->interface);
	if (picture_find_pvd(&picture, pvd->name, &other) == -ENOTUNIQ && interface != NULL)
		say("MIF_RUN_INTERFACES", interface->name);
	return CTL_DONE;
}

/* ---- the environment ---- */

static int say_interfaces(const struct options *options)
{
	char list[CTL_INTERFACES * IF_NAMESIZE] = "", shown[SHOW_TEXT];
	size_t length = 0;

	for (size_t i = 0; i < options->interface_count; i++) {
		if (if_nametoindex(options->interfaces[i]) == 0) {
			complain("no interface %s", show_word(options->interfaces[i], shown));
			return CTL_NOT;
		}
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
			i > 0 ? "," : "", options->interfaces[i]);
	}
	say("MIF_RUN_INTERFACES", list);
	return CTL_DONE;
}

static int say_all(const struct options *options)
{
	char wait[24];
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		unsetenv(variables[i]);
	snprintf(
		wait, sizeof(wait), "%llu", (unsigned long long)(options->timeout / NSEC_PER_MSEC));
	say("MIF_RUN_WAIT", options->timeout != 0 ? wait : NULL);
	say("MIF_RUN_MULTIPATH", options->multipath ? "1" : NULL);
	say("MIF_RUN_VERBOSE", options->verbose ? "1" : NULL);
	say("MIF_RUN_HOST",
		options->host == MIF_OPEN_DAEMON	   ? "daemon"
			: options->host == MIF_OPEN_ENGINE ? "engine"
							   : NULL);
	status = say_interfaces(options);
	return status == CTL_DONE && options->pvd != NULL ? say_pvd(options) : status;
}

/* Where this very program was installed, or built; else wherever the linker finds it. */
static void find_library(char path[PATH_MAX])
{
	static const char *const places[] = {"", "../lib/", "../run/"};
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	own[length > 0 ? length : 0] = '\0';
	if (strrchr(own, '/') != NULL)
		strrchr(own, '/')[1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(places) && *own != '\0'; i++)
		if (snprintf(path, PATH_MAX, "%s%s" LIBRARY, own, places[i]) < PATH_MAX &&
			access(path, R_OK) == 0)
			return;
	strcpy(path, LIBRARY);
}

/* Before what is preloaded already: nearer to the program. */
static int preload(void)
{
	const char *others = getenv("LD_PRELOAD");
	char path[PATH_MAX], list[2 * PATH_MAX];

	find_library(path);
	if (others == NULL || *others == '\0')
		return setenv("LD_PRELOAD", path, 1);
	if (strstr(others, LIBRARY) != NULL)
		return 0;
	if ((size_t)snprintf(list, sizeof(list), "%s:%s", path, others) >= sizeof(list)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return setenv("LD_PRELOAD", list, 1);
}

/* ---- the whole ---- */

/* A program that cannot be covered is started all the same, after a warning. */
static int check_program(const struct options *options, const char *name)
{
	char path[PATH_MAX], shown[SHOW_TEXT];
	int r = program_find(name, path);
	const char *text;

	show_word(name, shown);
	if (r < 0) {
		complain("%s: %s", shown, strerror(-r));
		return r == -ENOENT ? CTL_NO_PROGRAM : CTL_NOT_STARTED;
	}
	text = program_text(program_judge(path));
	if (text == NULL)
		return CTL_DONE;
	complain("%s %s: its connections are not covered", shown, text);
	return options->strict ? CTL_NOT_STARTED : CTL_DONE;
}

int launch_run(const struct options *options, char **arguments)
{
	int status = check_program(options, arguments[0]), error;
	char shown[SHOW_TEXT];

	if (status == CTL_DONE)
		status = say_all(options);
	if (status != CTL_DONE)
		return status;
	show_word(arguments[0], shown);
	if (preload() < 0) {
		complain("LD_PRELOAD: %s", strerror(errno));
		return CTL_NOT_STARTED;
	}
	execvp(arguments[0], arguments);
	error = errno;
	complain("%s: %s", shown, strerror(error));
	return error == ENOENT ? CTL_NO_PROGRAM : CTL_NOT_STARTED;
}
