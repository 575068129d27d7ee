/* SPDX-License-Identifier: MIT */
/*
 * mif_engine_open(): the engine inside this process, with the sources and the worker that need no
 * privilege. This is all that libmif-engine offers; libmif asks for it by its exact soname.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/public.h"
#include "hook/store.h"
#include "local/local.h"
#include "source/config.h"
#include "source/dhclient.h"
#include "source/hook.h"
#ifdef HAVE_SD_BUS
#include "source/networkd.h"
#include "source/networkmanager.h"
#endif
#include "source/resolv-conf.h"
#include "source/rtnetlink.h"
#include "source/wifi.h"
#include "worker/names.h"

#define CONFIG_PATH "/etc/mifd.conf"

/* How long a program waits at its start for what managers have to say. */
#define PATIENCE (200 * NSEC_PER_MSEC)

static uint64_t local_clock(void *context)
{
	(void)context;
	return clock_boottime();
}

static int add_rtnetlink(struct engine *engine)
{
	struct source *source;
	int r = source_rtnetlink_new(&source);

	return r < 0 ? r : engine_add_source(engine, source);
}

/* What an administrator wrote for the daemon holds here as well. A file that is bad or may not be
 * read is the daemon's to complain of: the kernel's picture is there all the same. */
static int add_config(struct engine *engine)
{
	const char *path = secure_getenv("MIF_CONFIG");
	struct source *source;
	char error[256];

	if (source_config_new(&source, path != NULL ? path : CONFIG_PATH, false, error) < 0)
		return 0;
	return engine_add_source(engine, source);
}

/* A kernel without generic netlink has no Wi-Fi either. */
static int add_wifi(struct engine *engine)
{
	struct source *source;

	return source_wifi_new(&source) < 0 ? 0 : engine_add_source(engine, source);
}

static int add_hook(struct engine *engine)
{
	struct source *source;
	int r = source_hook_new(&source, STORE_DIRECTORY);

	return r < 0 ? r : engine_add_source(engine, source);
}

static int add_dhclient(struct engine *engine)
{
	struct source *source;
	int r = source_dhclient_new(&source, DHCLIENT_DIRECTORY);

	return r < 0 ? r : engine_add_source(engine, source);
}

static int add_resolv_conf(struct engine *engine)
{
	struct source *source;
	int r = source_resolv_conf_new(&source, RESOLV_CONF_PATH);

	return r < 0 ? r : engine_add_source(engine, source);
}

#ifdef HAVE_SD_BUS
/* A few questions take a few milliseconds; nobody waits longer for a manager that is busy. What comes
 * later is told later. */
static int managers_wait(
	struct engine *engine, const struct source *networkd, const struct source *networkmanager)
{
	uint64_t now = clock_boottime(), end = now + PATIENCE;
	int r = engine_dispatch(engine, now);

	while (r == 0 && now < end &&
		!(source_networkd_is_settled(networkd) &&
			source_networkmanager_is_settled(networkmanager))) {
		struct pollfd fd = {.fd = engine_fd(engine), .events = POLLIN};
		uint64_t until = MIN(end, engine_deadline(engine));

		engine_rest(engine);
		poll(&fd, 1, clock_timeout(now, until));
		now = clock_boottime();
		r = engine_dispatch(engine, now);
	}
	return r;
}

/* Managers speak to everybody, which is more than the kernel does: it keeps advertisements to itself
 * while somebody else handles them. */
static int add_managers(struct engine *engine)
{
	struct source *networkd, *networkmanager;
	int r = source_networkd_new(&networkd, NULL, NULL);

	if (r == 0)
		r = engine_add_source(engine, networkd);
	if (r == 0)
		r = source_networkmanager_new(&networkmanager, NULL);
	if (r == 0)
		r = engine_add_source(engine, networkmanager);
	return r < 0 ? r : managers_wait(engine, networkd, networkmanager);
}
#else
static int add_managers(struct engine *engine)
{
	(void)engine;
	return 0;
}
#endif

static int add_names(struct engine *engine)
{
	struct worker *worker;
	int r = worker_names_new(&worker, NULL);

	return r < 0 ? r : engine_set_names(engine, worker);
}

DEFINE_FREEP(engine, engine_free)

PUBLIC int mif_engine_open(struct link **linkp, uint32_t flags)
{
	_cleanup_(engine_freep) struct engine *engine = NULL;
	struct engine *taken;
	int r = engine_new(&engine, 0);

	if (r == 0)
		engine_tell_lifetimes(engine, ENGINE_LIFETIME_NOTICE);
	if (r == 0)
		r = add_rtnetlink(engine);
	if (r == 0)
		r = add_config(engine);
	if (r == 0)
		r = add_wifi(engine);
	if (r == 0)
		r = add_hook(engine);
	if (r == 0)
		r = add_dhclient(engine);
	if (r == 0)
		r = add_resolv_conf(engine);
	if (r == 0)
		r = add_managers(engine);
	if (r == 0)
		r = add_names(engine);
	/* The picture is complete from the first message on. */
	if (r == 0)
		r = engine_dispatch(engine, clock_boottime());
	if (r < 0)
		return r;
	taken = engine;
	engine = NULL;
	return link_local_new(linkp, taken, local_clock, NULL, flags);
}
