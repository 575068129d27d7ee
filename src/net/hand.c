/* SPDX-License-Identifier: MIT */
/*
 * From a verb to the hand that does it. An engine that asks for what is refused is not killed for
 * it, since the kernel's state may have changed while it asked; what is refused is counted, and told
 * at the first time, the second, the fourth and so on.
 */
#include "net/hand.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "net/recognise.h"
#include "net/survey.h"

int hand_ready(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	if (verb->as.ready.reserved != 0)
		return -EINVAL;
	hands->ready = true;
	return 0;
}

int hand_put_route(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return steer_put_route(&hands->steer, &verb->as.put_route);
}

int hand_remove_route(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return steer_remove_route(&hands->steer, &verb->as.remove_route);
}

int hand_put_rule(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return steer_put_rule(&hands->steer, &verb->as.put_rule);
}

int hand_remove_rule(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return steer_remove_rule(&hands->steer, &verb->as.remove_rule);
}

static int link_do(struct hands *hands, const struct verb *verb, bool up)
{
	const char *words;
	int r = links_command(&hands->links, &verb->as.link_up, up, &words);

	if (r == 0 && words == NULL)
		return links_set(&hands->links, &verb->as.link_up, up);
	if (r == 0)
		r = commands_start(&hands->commands, words, verb, hands->engine);
	return r == 0 ? HAND_LATER : r;
}

int hand_link_up(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return link_do(hands, verb, true);
}

int hand_link_down(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return link_do(hands, verb, false);
}

int hand_fetch(struct hands *hands, const struct verb *verb, int *passed)
{
	if (verb->as.fetch.reserved != 0)
		return -EINVAL;
	return helpers_start(&hands->fetch, passed);
}

int hand_nss(struct hands *hands, const struct verb *verb, int *passed)
{
	if (verb->as.nss.reserved != 0)
		return -EINVAL;
	return helpers_start(&hands->nss, passed);
}

int hand_adopt(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return verb->as.adopt.reserved != 0 ? -EINVAL : path_adopt(&hands->path, hands->carried);
}

int hand_prove(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return verb->as.prove.reserved != 0 ? -EINVAL : path_prove(&hands->path, hands->carried);
}

int hand_forget(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return path_forget(&hands->path, &verb->as.forget);
}

int hand_join(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return path_join(&hands->path, &verb->as.join);
}

int hand_leave(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return path_leave(&hands->path, &verb->as.leave);
}

int hand_offer(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return path_offer(&hands->path, &verb->as.offer);
}

int hand_retract(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return path_retract(&hands->path, &verb->as.retract);
}

int hand_survey(struct hands *hands, const struct verb *verb, int *passed)
{
	return path_survey(&hands->path, &verb->as.survey, passed);
}

int hand_recognise(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return path_recognise(&hands->path, &verb->as.recognise, &hands->uid);
}

int hand_prefer(struct hands *hands, const struct verb *verb, int *passed)
{
	(void)passed;
	return path_prefer(&hands->path, &verb->as.prefer);
}

static int hand_of(struct hands *hands, const struct verb *verb, int *passed)
{
	switch (verb->type) {
#define VERB(number, NAME, member, class) \
	case VERB_##NAME:                 \
		return hand_##member(hands, verb, passed);
		VERBS(VERB)
#undef VERB
	default:
		return -ENOSYS;
	}
}

int hands_do(struct hands *hands, const struct verb *verb, int carried, int *passed)
{
	int r;

	*passed = -1;
	hands->carried = carried;
	hands->uid = 0;
	r = hand_of(hands, verb, passed);
	if (r >= 0)
		return r;
	hands->refused++;
	if ((hands->refused & (hands->refused - 1)) == 0)
		hands->log(LOG_DEBUG, "refused: %s: %s (%llu so far)", verb_name(verb->type),
			strerror(-r), (unsigned long long)hands->refused);
	return r;
}
