/* SPDX-License-Identifier: MIT */
/*
 * The handle as every command uses it: opened where the options say, with a sentence when that
 * fails, and read with a deadline.
 */
#include "ctl/handle.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"

static void complain_unopened(int error, unsigned int host)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		complain("no daemon answers: start mifd, or leave --daemon out");
		break;
	case -EXDEV:
		complain("the daemon serves another network namespace than this one");
		break;
	case -ETIMEDOUT:
		complain("the daemon does not answer");
		break;
	case -ELIBACC:
		complain("%sthe engine library is not installed",
			host == 0 ? "no daemon answers, and " : "");
		break;
	default:
		complain("cannot open the MIF API: %s", strerror(-error));
	}
}

int handle_open(struct mif **mifp, const struct options *options)
{
	int r = mif_open(mifp, options->host);

	if (r < 0)
		complain_unopened(r, options->host);
	return r;
}

int handle_get(struct mif *mif, uint64_t deadline, const struct mif_message **reportp)
{
	for (;;) {
		int r = mif_get(mif, reportp);
		uint64_t now;

		if (r != 0)
			return r;
		now = clock_boottime();
		if (now >= deadline)
			return 0;
		r = mif_check(mif, NULL, 0, clock_timeout(now, deadline));
		if (r < 0 && r != -EINTR)
			return r;
	}
}

int handle_broken(int error)
{
	if (error == -EPIPE)
		complain("the engine is gone");
	else
		complain("the MIF API has failed: %s", strerror(-error));
	return CTL_NO_ENGINE;
}

const char *handle_host(const struct mif *mif)
{
	return mif_host(mif) == MIF_OPEN_DAEMON ? "daemon" : "engine";
}

const char *handle_host_text(const struct mif *mif)
{
	return mif_host(mif) == MIF_OPEN_DAEMON ? "told by the daemon"
						: "told by the engine in this process";
}
