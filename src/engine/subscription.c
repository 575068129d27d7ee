/* SPDX-License-Identifier: MIT */
/*
 * Who wants to know what, and who was told what. A new subscription is first fed the present state,
 * then joins the live list, in one call; so it can neither miss a change nor see it twice.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/allocate.h"
#include "engine/departure.h"
#include "engine/session.h"

/* ---- tellings ---- */

static int telling_new(struct subscription *subscription, struct object *object)
{
	struct telling *telling = allocate(sizeof(*telling));

	if (telling == NULL)
		return -ENOMEM;
	telling->out.kind = OUTGOING_TELLING;
	list_init(&telling->out.queue);
	list_append(&object->tellings, &telling->in_object);
	list_append(&subscription->tellings, &telling->in_subscription);
	telling->session = subscription->session;
	telling->object = object;
	telling->out.object_kind = (uint8_t)object->kind;
	return 0;
}

/* The object will be no more: what it was is kept, as far as a withdrawal tells it. */
static void telling_end(struct telling *telling)
{
	const struct object *object = telling->object;

	list_remove(&telling->in_object);
	list_remove(&telling->in_subscription);
	telling->out.kind = OUTGOING_WITHDRAWAL;
	telling->was.parent_id = object->parent != NULL ? object_id(object->parent) : 0;
	if (object->kind == OBJECT_ELEMENT)
		telling->was.element = object->element.element;
	else if (object->kind == OBJECT_ADDRESS)
		telling->was.address = object->address.address;
	else
		telling->was.id = object_id(object);
}

void telling_free(struct telling *telling)
{
	list_remove(&telling->out.queue);
	if (telling->out.kind != OUTGOING_WITHDRAWAL) {
		list_remove(&telling->in_object);
		list_remove(&telling->in_subscription);
	}
	free(telling);
}

static void tellings_free(struct list *tellings)
{
	list_for_each_safe (node, tellings)
		telling_free(container_of(node, struct telling, in_subscription));
}

/* The one that was made last is found first. */
static struct telling *telling_of(const struct session *session, const struct object *object)
{
	for (struct list *node = object->tellings.previous; node != &object->tellings;
		node = node->previous) {
		struct telling *telling = container_of(node, struct telling, in_object);

		if (telling->session == session)
			return telling;
	}
	return NULL;
}

/* ---- subscriptions ---- */

static bool is_below(const struct subscription *subscription, enum object_kind kind)
{
	static const uint32_t bits[] = {
		[OBJECT_INTERFACE] = 0,
		[OBJECT_PVD] = MIF_BELOW_PVDS,
		[OBJECT_ELEMENT] = MIF_BELOW_ELEMENTS,
		[OBJECT_ADDRESS] = MIF_BELOW_ADDRESSES,
	};

	return (subscription->below & bits[kind]) != 0;
}

static uint32_t kinds_below(const struct subscription *subscription)
{
	uint32_t kinds = 0;

	for (unsigned int kind = OBJECT_INTERFACE; kind <= OBJECT_ADDRESS; kind++)
		kinds |= is_below(subscription, kind) ? 1U << kind : 0;
	return kinds;
}

static bool object_is_wanted(const struct subscription *subscription, const struct object *object)
{
	if (object->kind != subscription->kind)
		return is_below(subscription, object->kind);
	return object->kind != OBJECT_ELEMENT || subscription->element == MIF_ELEMENT_ANY ||
		object->element.element == subscription->element;
}

static void telling_queue(struct telling *telling, const struct subscription *subscription)
{
	telling->out.number = subscription->tag;
	telling->out.refreshes = subscription->refreshes;
	session_queue(telling->session, &telling->out);
}

static uint64_t parent_hash(enum object_kind kind, const struct object *parent)
{
	return parent != NULL ? 4 * object_id(parent) + (uint64_t)kind : 0;
}

static struct subscription *subscription_find(
	const struct session *session, enum object_kind kind, const struct object *parent)
{
	struct list *bucket = table_bucket(&session->by_parent, parent_hash(kind, parent));

	list_for_each (node, bucket) {
		struct subscription *subscription =
			container_of(node, struct subscription, by_parent.node);

		if (subscription->kind == kind && subscription->parent == parent)
			return subscription;
	}
	return NULL;
}

/* With all that waits to be told of it. */
static void subscription_free(struct subscription *subscription)
{
	if (subscription->session->quota != NULL)
		subscription->session->quota->subscriptions--;
	if (subscription->parent == NULL)
		forecasts_asked(subscription->session->engine);
	tellings_free(&subscription->tellings);
	list_remove(&subscription->in_parent);
	list_remove(&subscription->in_session);
	table_remove(&subscription->session->by_parent, &subscription->by_parent);
	free(subscription);
}

static struct subscription *subscription_new(
	struct session *session, enum object_kind kind, struct object *parent)
{
	struct subscription *subscription = calloc(1, sizeof(*subscription));
	struct list *siblings =
		parent != NULL ? &parent->subscriptions : &session->engine->model->subscriptions;

	if (subscription == NULL)
		return NULL;
	subscription->session = session;
	subscription->kind = kind;
	subscription->parent = parent;
	list_init(&subscription->tellings);
	list_append(siblings, &subscription->in_parent);
	list_append(&session->subscriptions, &subscription->in_session);
	if (session->quota != NULL)
		session->quota->subscriptions++;
	table_add(&session->by_parent, &subscription->by_parent, parent_hash(kind, parent));
	return subscription;
}

/* The one that takes in all of this kind, or NULL. */
static struct subscription *subscription_above(const struct session *session, enum object_kind kind)
{
	struct subscription *subscription = subscription_find(session, OBJECT_INTERFACE, NULL);

	return subscription != NULL && is_below(subscription, kind) ? subscription : NULL;
}

static void objects_mark(const struct list *objects, bool below)
{
	list_for_each (node, objects) {
		struct object *object = container_of(node, struct object, siblings);

		object->known = false;
		if (below && !object_is_leaf(object))
			objects_mark(&object->children, below);
	}
}

/* Which of these objects, and of what is below, the session is told of already. */
static void objects_know(const struct subscription *subscription, const struct list *objects)
{
	bool below = subscription->below != 0;

	objects_mark(objects, below);
	list_for_each (other, &subscription->session->subscriptions) {
		const struct subscription *of =
			container_of(other, struct subscription, in_session);

		if (of != subscription && !below)
			continue;
		list_for_each (node, &of->tellings)
			container_of(node, struct telling, in_subscription)->object->known = true;
	}
}

/* Makes what is missing to tell, and queues nothing yet. 0, or -ENOMEM. */
static int tellings_make(struct subscription *subscription, const struct list *objects)
{
	list_for_each (node, objects) {
		struct object *object = container_of(node, struct object, siblings);
		int r = 0;

		if (!object->known && object_is_wanted(subscription, object))
			r = telling_new(subscription, object);
		if (r == 0 && subscription->below != 0 && !object_is_leaf(object))
			r = tellings_make(subscription, &object->children);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What tellings_make() made before it failed: everything else was told, or is queued. */
static void tellings_unmake(struct subscription *subscription)
{
	list_for_each_safe (node, &subscription->tellings) {
		struct telling *telling = container_of(node, struct telling, in_subscription);

		if (!telling->out.told && list_empty(&telling->out.queue))
			telling_free(telling);
	}
}

/* Parents first. */
static void tellings_queue(const struct subscription *subscription, const struct list *objects)
{
	list_for_each (node, objects) {
		struct object *object = container_of(node, struct object, siblings);

		struct telling *telling = object_is_wanted(subscription, object)
			? telling_of(subscription->session, object)
			: NULL;

		/* Of a newcomer that there was no memory for, it will be told later. */
		if (telling != NULL)
			telling_queue(telling, subscription);
		if (subscription->below != 0 && !object_is_leaf(object))
			tellings_queue(subscription, &object->children);
	}
}

/* What is queued of the end of objects of these kinds (by bit), with this parent or (0) any. */
static void withdrawals_drop(
	struct session *session, uint32_t kinds, uint64_t parent_id, uint32_t but_element)
{
	list_for_each_safe (node, &session->queue) {
		struct outgoing *out = container_of(node, struct outgoing, queue);
		struct telling *telling = container_of(out, struct telling, out);

		if (out->kind == OUTGOING_WITHDRAWAL && (kinds & 1U << out->object_kind) != 0 &&
			(parent_id == 0 || parent_id == telling->was.parent_id) &&
			(but_element == MIF_ELEMENT_ANY || but_element != telling->was.element))
			telling_free(telling);
	}
}

/* Of what another filter does not take there will be no news, as if that had been stopped. */
static void tellings_filter(struct subscription *subscription)
{
	if (subscription->kind != OBJECT_ELEMENT || subscription->element == MIF_ELEMENT_ANY)
		return;
	list_for_each_safe (node, &subscription->tellings) {
		struct telling *telling = container_of(node, struct telling, in_subscription);

		if (telling->object->element.element != subscription->element)
			telling_free(telling);
	}
	withdrawals_drop(subscription->session, 1U << OBJECT_ELEMENT,
		object_id(subscription->parent), subscription->element);
}

/* What was asked for of single interfaces and domains becomes a part of what is asked for of all. */
static void subscription_absorb(struct subscription *above)
{
	list_for_each_safe (node, &above->session->subscriptions) {
		struct subscription *subscription =
			container_of(node, struct subscription, in_session);

		if (!is_below(above, subscription->kind))
			continue;
		list_for_each_safe (telling, &subscription->tellings) {
			list_remove(telling);
			list_append(&above->tellings, telling);
		}
		subscription_free(subscription);
	}
}

/* Asked again of a part of what is asked for of all: told again. */
static void tellings_repeat(
	const struct subscription *above, const struct subscription_terms *terms, uint32_t tag)
{
	struct subscription part = *above;

	part.kind = terms->kind;
	part.element = terms->element;
	part.below = 0;
	part.tag = tag;
	tellings_queue(&part, &terms->parent->children);
}

static bool quota_is_full(const struct session *session)
{
	const struct session_quota *quota = session->quota;

	return quota != NULL && quota->subscriptions >= quota->subscription_limit;
}

/* Everything is made before anything changes: a request that fails leaves nothing behind. */
static int subscription_change(
	struct subscription *subscription, const struct subscription_terms *terms)
{
	const struct list *objects = terms->parent != NULL
		? &terms->parent->children
		: &subscription->session->engine->model->interfaces;
	struct subscription before = *subscription;
	int r;

	subscription->element = terms->element;
	subscription->below |= terms->below;
	subscription->refreshes = terms->refreshes;
	objects_know(subscription, objects);
	r = tellings_make(subscription, objects);
	if (r < 0) {
		tellings_unmake(subscription);
		subscription->element = before.element;
		subscription->below = before.below;
		subscription->refreshes = before.refreshes;
		return r;
	}
	if (subscription->below != 0)
		subscription_absorb(subscription);
	tellings_filter(subscription);
	tellings_queue(subscription, objects);
	return 0;
}

int subscription_add(struct session *session, const struct mif_message *request,
	const struct subscription_terms *terms)
{
	const struct subscription *above = subscription_above(session, terms->kind);
	struct subscription *subscription = subscription_find(session, terms->kind, terms->parent);
	bool again = subscription != NULL;
	uint32_t tag = again ? subscription->tag : 0;
	struct report *end;
	int r;

	if (!again && above == NULL && quota_is_full(session))
		return session_error(session, request, EDQUOT,
			"this user has %u subscriptions already",
			session->quota->subscription_limit);
	r = session_end_new(session, request, &end);
	if (r < 0)
		return r;
	if (above != NULL) {
		tellings_repeat(above, terms, request->tag);
		session_report_queue(session, end);
		return 0;
	}
	if (!again)
		subscription = subscription_new(session, terms->kind, terms->parent);
	if (subscription != NULL)
		subscription->tag = request->tag;
	r = subscription == NULL ? -ENOMEM : subscription_change(subscription, terms);
	if (r < 0) {
		if (again)
			subscription->tag = tag;
		else if (subscription != NULL)
			subscription_free(subscription);
		free(end);
		return r;
	}
	/* Without memory for it, one that is going away is told of when it goes. */
	if (terms->kind == OBJECT_INTERFACE) {
		notices_catch_up(session);
		forecasts_asked(session->engine);
	}
	session_report_queue(session, end);
	return 0;
}

int subscription_stop(struct session *session, enum object_kind kind, uint64_t parent_id)
{
	uint32_t kinds = 1U << kind;

	if (subscription_above(session, kind) != NULL)
		return -EBUSY;
	list_for_each_safe (node, &session->subscriptions) {
		struct subscription *subscription =
			container_of(node, struct subscription, in_session);
		uint64_t id = subscription->parent != NULL ? object_id(subscription->parent) : 0;

		if (subscription->kind != kind || (parent_id != 0 && parent_id != id))
			continue;
		kinds |= kinds_below(subscription);
		subscription_free(subscription);
	}
	withdrawals_drop(session, kinds, parent_id, MIF_ELEMENT_ANY);
	return 0;
}

void subscriptions_free(struct session *session)
{
	list_for_each_safe (node, &session->subscriptions)
		subscription_free(container_of(node, struct subscription, in_session));
}

/* ---- changes of the model ---- */

/* again: whoever knows of it already keeps that; a commit that failed half way comes again. */
static int object_tell(struct object *object, const struct list *subscriptions, bool again)
{
	list_for_each (node, subscriptions) {
		struct subscription *subscription =
			container_of(node, struct subscription, in_parent);

		if (!object_is_wanted(subscription, object) ||
			(again && telling_of(subscription->session, object) != NULL))
			continue;
		if (telling_new(subscription, object) < 0)
			return -ENOMEM;
		telling_queue(telling_of(subscription->session, object), subscription);
	}
	return 0;
}

static int object_is_new(const struct model *model, struct object *object)
{
	bool again = !list_empty(&object->tellings);
	int r = 0;

	if (object->parent != NULL)
		r = object_tell(object, &object->parent->subscriptions, again);
	return r < 0 ? r : object_tell(object, &model->subscriptions, again);
}

/* Withdrawals go to the end of the queue, behind those of the object's children, even if an
 * announcement of the object waits further ahead. Who was never told need not be. */
static void object_is_gone(struct object *object)
{
	list_for_each_safe (node, &object->tellings) {
		struct telling *telling = container_of(node, struct telling, in_object);

		if (!telling->out.told) {
			telling_free(telling);
			continue;
		}
		telling_end(telling);
		session_queue_last(telling->session, &telling->out);
	}
	if (object_is_leaf(object))
		return;
	/* 3.3.7.5: who had subscribed to what an object held is unsubscribed when it goes. That all of it is
	 * withdrawn is still to be told. */
	list_for_each_safe (node, &object->subscriptions)
		subscription_free(container_of(node, struct subscription, in_parent));
}

int subscriptions_changed(struct model *model, struct object *object, enum change change)
{
	if (change == CHANGE_NEW)
		return object_is_new(model, object);
	if (change == CHANGE_GONE) {
		object_is_gone(object);
		return 0;
	}
	list_for_each (node, &object->tellings) {
		struct telling *telling = container_of(node, struct telling, in_object);

		/* Not before that it is going away or up: what it has become comes after that. */
		if (telling->out.told && object->kind == OBJECT_INTERFACE &&
			notice_waits(telling->session, object_id(object)))
			session_queue_last(telling->session, &telling->out);
		else if (change == CHANGE_CHANGED || telling->out.refreshes)
			session_queue(telling->session, &telling->out);
	}
	return 0;
}
