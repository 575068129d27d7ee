/* SPDX-License-Identifier: MIT */
/*
 * Where the engine of a handle is: in the daemon, when one answers, else in this process. The
 * engine library is loaded, not linked: libmif needs nothing but libc, and most programs will
 * never load it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/public.h"
#include "client/client.h"
#include "client/steady.h"

#define SOCKET_PATH "/run/mif/mifd.sock"
#define ENGINE_SONAME "libmif-engine.so.0"

/* How long a daemon that has accepted may take to say WELCOME. */
#define DAEMON_TIMEOUT_MS 1000

static int open_daemon(struct link **linkp)
{
	struct steady_daemon daemon = {.begin = link_daemon_begin, .settle = STEADY_SETTLE};
	/* Of a set-uid program's environment nothing is believed. */
	const char *path = secure_getenv("MIF_SOCKET");

	if (path == NULL || *path == '\0')
		path = SOCKET_PATH;
	if (strlen(path) >= sizeof(daemon.path))
		return -ENAMETOOLONG;
	strcpy(daemon.path, path);
	return steady_open(linkp, &daemon, DAEMON_TIMEOUT_MS);
}

/* The engine that the program was linked with, else the library by its exact soname; that never in
 * a set-uid program, whose users must not choose its code. The library stays loaded, so its handle
 * need not be kept. */
static int open_engine(struct link **linkp)
{
	int (*engine_open)(struct link * *linkp, uint32_t flags);
	void *library = NULL;

	*(void **)&engine_open = dlsym(RTLD_DEFAULT, "mif_engine_open");
	if (engine_open == NULL && getauxval(AT_SECURE) == 0) {
		library = dlopen(ENGINE_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
		if (library != NULL)
			*(void **)&engine_open = dlsym(library, "mif_engine_open");
	}
	if (library != NULL)
		dlclose(library);
	return engine_open != NULL ? engine_open(linkp, 0) : -ELIBACC;
}

PUBLIC int mif_open(struct mif **mifp, unsigned int flags)
{
	const unsigned int hosts = MIF_OPEN_DAEMON | MIF_OPEN_ENGINE;
	int host = MIF_OPEN_DAEMON;
	struct link *link;
	int r = -ENOENT;

	if ((flags & ~(hosts | MIF_OPEN_STRICT)) != 0 || (flags & hosts) == hosts)
		return -EINVAL;
	if ((flags & MIF_OPEN_ENGINE) == 0)
		r = open_daemon(&link);
	/* Whatever is wrong with the daemon (none there, another network namespace, too old, does
	 * not answer), the host's networks are there to be seen all the same. */
	if (r < 0 && (flags & MIF_OPEN_DAEMON) == 0) {
		host = MIF_OPEN_ENGINE;
		r = open_engine(&link);
	}
	return r < 0 ? r : client_new(mifp, link, host, flags);
}
