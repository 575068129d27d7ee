/* SPDX-License-Identifier: MIT */
/* mif_open() without a daemon and without an engine: both are played here. */
#include "test-link.h"

static int daemon_error, engine_error;
static char path_asked[256];
static struct fake_engine engine;

int link_daemon_begin(struct link **linkp, const char *path, uint32_t flags)
{
	snprintf(path_asked, sizeof(path_asked), "%s", path);
	if (daemon_error != 0 || flags != 0)
		return daemon_error;
	engine = (struct fake_engine){0};
	*linkp = &fake_link_new(&engine)->link;
	fake_say(engine.links[0], "welcome version=1");
	return 0;
}

int link_daemon_welcome(const struct mif_message *report, uint64_t *instance)
{
	*instance = report->as.welcome.instance;
	return report->type == MIF_WELCOME ? 0 : -EPROTO;
}

__attribute__((visibility("default"))) int mif_engine_open(struct link **linkp, uint32_t flags)
{
	if (engine_error != 0 || flags != 0)
		return engine_error;
	engine = (struct fake_engine){0};
	*linkp = &fake_link_new(&engine)->link;
	return 0;
}

static int host_of(unsigned int flags)
{
	struct mif *mif = NULL;
	int r = mif_open(&mif, flags);

	if (r < 0)
		return r;
	r = mif_host(mif);
	mif_close(mif);
	return r;
}

int main(void)
{
	unsetenv("MIF_SOCKET");
	ok(host_of(0) == MIF_OPEN_DAEMON && strcmp(path_asked, "/run/mif/mifd.sock") == 0,
		"the daemon, when one answers");
	setenv("MIF_SOCKET", "/tmp/other.sock", 1);
	ok(host_of(MIF_OPEN_DAEMON) == MIF_OPEN_DAEMON &&
			strcmp(path_asked, "/tmp/other.sock") == 0,
		"at the socket of MIF_SOCKET");
	ok(host_of(MIF_OPEN_ENGINE) == MIF_OPEN_ENGINE, "the engine, when asked for");
	daemon_error = -ENOENT;
	ok(host_of(0) == MIF_OPEN_ENGINE, "no daemon: the engine");
	ok(host_of(MIF_OPEN_DAEMON) == -ENOENT, "no daemon, but nothing else wanted: ENOENT");
	daemon_error = -EXDEV;
	ok(host_of(0) == MIF_OPEN_ENGINE, "a daemon of another network namespace: the engine");
	ok(host_of(MIF_OPEN_DAEMON) == -EXDEV, "the same, but nothing else wanted: EXDEV");
	engine_error = -ENOMEM;
	ok(host_of(0) == -ENOMEM, "neither: the engine's error");
	ok(host_of(MIF_OPEN_DAEMON | MIF_OPEN_ENGINE) == -EINVAL && host_of(64) == -EINVAL,
		"flags that make no sense are refused");
	return tap_done();
}
