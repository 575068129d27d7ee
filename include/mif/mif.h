/* SPDX-License-Identifier: MIT */
/*
 * The MIF API (draft-ietf-mif-api-extension-02): POST, CHECK and GET of messages over a handle, and
 * the High Level API on it, mif_dial(). The reference is mif(3); the messages are in
 * mif-messages(7).
 *
 * Every call returns 0 or more when it did what it says, else a negative errno. What the network
 * decides is a message, never a return value. The library has no threads, no callbacks and no
 * globals; a handle is used by one thread at a time, and by the process that opened it: in a child of
 * fork(2), the calls that take one return -ECHILD, and mif_close() does nothing.
 */
#ifndef MIF_MIF_H
#define MIF_MIF_H

#include <mif/message.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mif;
struct pollfd;

/* For mif_open(). Without MIF_OPEN_DAEMON and MIF_OPEN_ENGINE: the daemon when one answers, else
 * the engine inside this process. */
#define MIF_OPEN_DAEMON 1 /* the daemon or nothing */
#define MIF_OPEN_ENGINE 2 /* the engine inside this process or nothing */
#define MIF_OPEN_STRICT 4 /* the drafts' own messages only, no extensions */

/* Opens a handle. -ENOENT, -ECONNREFUSED: no daemon (MIF_OPEN_DAEMON); -EXDEV: the daemon serves
 * another network namespace; -ELIBACC: the engine library is not installed. */
int mif_open(struct mif **mifp, unsigned int flags);

/* Takes NULL. Descriptors that were not taken are closed, connections under way are dropped. */
void mif_close(struct mif *mif);

/* MIF_OPEN_DAEMON or MIF_OPEN_ENGINE: where the engine of this handle is. */
int mif_host(const struct mif *mif);

/* POST MESSAGE (3.3.6.1). Never waits. 0; -EINVAL: not a request, or malformed; -EEXIST: the
 * identifier is in use; -EAGAIN or -ENOBUFS: a bounded queue is full, get messages and post again;
 * -EOPNOTSUPP: an extension on a strict handle; -EPIPE: the engine is gone; -ECHILD: the handle is
 * another process's. The first connect, dial or listen also opens a second subscriber on the engine,
 * and may fail as mif_open() does. */
int mif_post(struct mif *mif, const struct mif_message *request);

/* CHECK MESSAGE (3.3.6.2). Waits until a message can be got, one of the caller's own descriptors is
 * ready (as poll(2), fds may be NULL), or timeout_ms have passed (0: a probe, -1: for ever).
 * Returns how many of fds are ready, plus one if a message waits; 0 after the time; -EINTR. */
int mif_check(struct mif *mif, struct pollfd *fds, unsigned int count, int timeout_ms);

/* GET MESSAGE (3.3.6.3). Never waits. 1: *reportp points to the next message, valid until the next
 * mif_get() on this handle; 0: none waits; negative: the handle is broken. */
int mif_get(struct mif *mif, const struct mif_message **reportp);

/* The descriptor of the message got last (CONNECTED, LISTENING) becomes the caller's; what is not
 * taken is closed by the next mif_get(). -ENOENT: it has none, or it was taken already. */
int mif_message_take_fd(struct mif *mif);

/* A descriptor for poll(2) and its kin: readable when mif_get() is worth calling. Only call
 * mif_get() until it returns 0, nothing else, when it is. */
int mif_fd(struct mif *mif);

/* Waits until every request posted has left this process. 0, -ETIMEDOUT, -EPIPE. */
int mif_flush(struct mif *mif, int timeout_ms);

/* ---- the High Level API (3.3.2): connect by name over all domains, Happy Eyeballs ---- */

struct mif_dial_options {
	uint64_t pvd; /* only through this domain; 0: all */
	uint32_t family; /* enum mif_family */
	int32_t timeout_ms; /* 0: 30 s */
	uint64_t interface; /* only through this interface; 0: any */
	uint64_t not_interface, not_pvd; /* never through these; 0: none */
	uint32_t kinds; /* enum mif_kinds, or'ed: only through such interfaces; 0: all */
	uint32_t metered; /* enum mif_dial_metered: what of those whose traffic costs money */
	uint32_t best; /* enum mif_dial_best: which of those that connect */
	int32_t window_ms; /* fastest: how long others may take after the first; 0: 100 ms */
	uint32_t zones; /* enum mif_dial_zones: what of names that belong to one domain */
	uint32_t flags; /* enum mif_dial_flags, or'ed: what else is wanted */
	const char *scheme; /* "https": its service records (RFC 9460) are heeded; NULL: none are */
};

struct mif_dial_result {
	uint64_t pvd; /* the domain it leaves through; 0: none (loopback) */
	struct mif_endpoint source, destination;
	uint64_t duration; /* nanoseconds */
	char text[MIF_TEXT_SIZE]; /* after a failure: what was tried and what came of it */
	char alpn[MIF_TEXT_SIZE]; /* the protocols of the service record that led there: h2,h3 */
};

/*
 * Returns a connected, blocking, close-on-exec TCP socket, the caller's; or a negative errno.
 * Messages that arrive meanwhile wait for mif_get(). Signals do not interrupt it. service: a port
 * number or a name of services(5). options and result may be NULL.
 *
 *	-EINVAL		no host, not a port from 1 to 65535, an unknown service or family, an
 *			address of another family or one that nobody has (0.0.0.0, multicast)
 *	-ENETDOWN	no provisioning domain, or all were lost
 *	-ENODEV		the one asked for does not exist
 *	-ENOENT		no domain knows the name
 *	-ENODATA	the name has no address
 *	-EDESTADDRREQ	no domain has a DNS server
 *	-EREMOTEIO	a DNS server failed or refused
 *	-EAGAIN		no DNS server answered
 *	-EPERM		such a name is never asked for, or belongs to a domain that is not allowed
 *	-ENETUNREACH	no domain has a source address or a way for what was found
 *	-ETIMEDOUT	the time is over
 *	-EPIPE		the engine is gone
 *	-ECHILD		the handle is a parent process's
 *	-ENOMEM, -ENOBUFS
 *	another		nothing could be connected: what became of the first attempt through the
 *			best domain (-ECONNREFUSED, -EHOSTUNREACH, ...)
 *
 * When domains differ, the one that tells most counts: an attempt before a DNS failure, "no
 * answer" before "no such name". NOT_CONNECTED after DIAL carries the same.
 */
int mif_dial(struct mif *mif, const char *host, const char *service,
	const struct mif_dial_options *options, struct mif_dial_result *result);

/* ---- text ---- */

/* "announce_interfaces" and so on: the name of a message type, or NULL. */
const char *mif_message_name(uint32_t type);

/* One line, for people: "pvd interface=1 pvd=2 name=h1:10.11.0.0/24 family=ipv4 ...". Returns the
 * length it would have had, like snprintf(3). */
int mif_message_format(const struct mif_message *message, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
