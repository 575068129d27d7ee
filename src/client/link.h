/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include <mif/message.h>

/*
 * What libmif sees of an engine, wherever that is: a subscriber's two-way street. The daemon's is
 * made by transport/, the one inside the process by local/. Never blocks.
 */
struct link;

struct link_ops {
	/* 0; -EAGAIN: no room now, wait for the descriptor (POLLIN or POLLOUT), get what there is
	 * and try again; other negative errno as session_post() in engine/engine.h; -EPIPE: the
	 * other end is gone. */
	int (*post)(struct link *link, const struct mif_message *request);

	/* 1: *report holds the next one; 0: none waits; -EPIPE: the other end is gone;
	 * -EBADMSG: it sent nonsense. Does what is due first, so a caller need only call this when
	 * the descriptor is readable. */
	int (*get)(struct link *link, struct mif_message *report);

	/* Readable when get is worth calling, once get has returned 0. */
	int (*fd)(const struct link *link);

	/* Optional. Another one of which the same is true; several links may have the same. An epoll around
	 * both would be one more to nest, and programs have event loops around event loops. */
	int (*fd_beside)(const struct link *link);

	/* Optional. Whether get would return 1 whatever the descriptor says: a packet held several
	 * reports. Saves who waits for the descriptor a get that returns 0. */
	bool (*pending)(const struct link *link);

	/* Optional. Sleeps as poll(2) for the descriptor does, with the system call that receives as
	 * well; -1: for ever. 1: get is worth calling; 0: the time has passed; -EINTR; other negative
	 * errno as get. */
	int (*wait)(struct link *link, int timeout_ms);

	/* Optional. 0: every request posted has left; -EAGAIN: some wait, the descriptor becomes
	 * readable when it is worth asking again; -EPIPE: the other end is gone. */
	int (*flush)(struct link *link);

	/* A second subscriber on the same engine. */
	int (*another)(struct link *link, struct link **linkp);

	/* Takes NULL. */
	void (*free)(struct link *link);
};

/* The first member of every link. */
struct link {
	const struct link_ops *ops;
};

/* transport/: connects to the daemon's socket and shakes hands, at most timeout_ms long.
 * -ENOENT, -ECONNREFUSED: no daemon; -ETIMEDOUT: it does not answer; -EXDEV: it serves another
 * network namespace. flags: enum mif_hello_flags. */
int link_daemon_open(struct link **linkp, const char *path, uint32_t flags, int timeout_ms);

/* The same without waiting for the answer: the first report of the link is it, for
 * link_daemon_welcome(). -EAGAIN: the daemon has many to answer already, try again later. */
int link_daemon_begin(struct link **linkp, const char *path, uint32_t flags);

/* What a daemon's first report means: 0: welcome, with *instance that differs after each start of
 * its engine; else why not, -EPROTONOSUPPORT: it speaks another version. */
int link_daemon_welcome(const struct mif_message *report, uint64_t *instance);

/* local/, exported by libmif-engine: the engine inside this process, with the sources that an
 * unprivileged process can open. flags: enum mif_hello_flags. */
int mif_engine_open(struct link **linkp, uint32_t flags);
