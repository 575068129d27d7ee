/* SPDX-License-Identifier: MIT */
/*
 * Orders of the engine (engine/departure.h) to verbs of the parent (net/link.h).
 */
#include "daemon/links.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"

int links_init(struct links *links, struct engine *engine, int verb_fd,
	const struct link_policy *policies, size_t count)
{
	int r = 0;

	*links = (struct links){.engine = engine, .verb_fd = verb_fd};
	for (size_t i = 0; r == 0 && i < count; i++)
		r = engine_allow_link(engine, &policies[i]);
	return r;
}

static void answer(struct links *links, uint64_t id, int error, uint64_t now)
{
	const char *text = "done";

	switch (-error) {
	case 0:
		break;
	case EPERM:
		text = "mifd may not touch it: it lacks CAP_NET_ADMIN, or the interface is not in "
		       "mifd.conf";
		break;
	case ECHILD:
		text = "its command in mifd.conf failed";
		break;
	case ETIMEDOUT:
		text = "its command in mifd.conf took longer than 30 seconds";
		break;
	case EPIPE:
		text = "mifd's parent is dead";
		break;
	default:
		text = strerror(-error);
		break;
	}
	if (error < 0)
		log_warning("a link is not brought up or taken down: %s", text);
	engine_order_done(links->engine, id, -error, text, now);
}

void links_answered(struct links *links, const struct verb_answer *heard, uint64_t now)
{
	answer(links, heard->serial, heard->result, now);
}

/* Whether there was room. */
static bool order_send(struct links *links, const struct link_order *order, uint64_t now)
{
	struct verb verb = {
		.type = order->up ? VERB_LINK_UP : VERB_LINK_DOWN,
		.serial = (uint32_t)order->id,
		.as.link_up = {.ifindex = order->ifindex},
	};
	int r;

	memcpy(verb.as.link_up.name, order->name, sizeof(verb.as.link_up.name));
	r = verb_send(links->verb_fd, &verb);
	if (r == -EAGAIN)
		return false;
	log_info("%s is %s", order->name, order->up ? "brought up" : "taken down");
	if (r < 0)
		answer(links, order->id, -EPIPE, now);
	return true;
}

void links_turn(struct links *links, uint64_t now)
{
	while (links->waits || engine_next_order(links->engine, &links->order)) {
		links->waits = !order_send(links, &links->order, now);
		if (links->waits)
			return;
	}
}
