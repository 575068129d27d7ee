/* SPDX-License-Identifier: MIT */
/*
 * Who wants to know what, and who was told what. A new subscription is first fed the present state,
 * then joins the live list, in one call; so it can neither miss a change nor see it twice.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/departure.h"
#include "engine/session.h"

/* ---- tellings ---- */

static int telling_new(struct subscription *subscription, struct object *object)
{
	struct telling *telling = calloc(1, sizeof(*telling));

	if (telling == NULL)
		return -ENOMEM;
	telling->out.kind = OUTGOING_TELLING;
	list_init(&telling->out.queue);
	list_append(&object->tellings, &telling->in_object);
	list_append(&subscription->tellings, &telling->in_subscription);
	telling->session = subscription->session;
	telling->object = object;
	telling->kind = object->kind;
	telling->id = object->id;
	telling->parent_id = object->parent != NULL ? object->parent->id : 0;
	if (object->kind == OBJECT_ELEMENT)
		telling->element = object->as.element->element;
	if (object->kind == OBJECT_ADDRESS)
		telling->address = object->as.address->address;
	return 0;
}

void telling_free(struct telling *telling)
{
	list_remove(&telling->out.queue);
	list_remove(&telling->in_object);
	list_remove(&telling->in_subscription);
	free(telling);
}

static void tellings_free(struct list *tellings)
{
	list_for_each_safe (node, tellings)
		telling_free(container_of(node, struct telling, in_subscription));
}

/* ---- subscriptions ---- */

/* element MIF_ELEMENT_ANY: of all types. */
static bool object_is_wanted(const struct object *object, enum object_kind kind, uint32_t element)
{
	return object->kind == kind &&
		(kind != OBJECT_ELEMENT || element == MIF_ELEMENT_ANY ||
			element == object->as.element->element);
}

static void subscription_queue(const struct subscription *subscription, struct telling *telling)
{
	telling->tag = subscription->tag;
	telling->refreshes = (subscription->flags & MIF_ANNOUNCE_REFRESHES) != 0;
	session_queue(subscription->session, &telling->out);
}

static uint64_t parent_hash(enum object_kind kind, const struct object *parent)
{
	return parent != NULL ? 4 * parent->id + (uint64_t)kind : 0;
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

/* Makes what is missing to tell of these objects, and queues nothing yet. 0, or -ENOMEM. */
static int tellings_make(
	struct subscription *subscription, const struct list *objects, uint32_t element)
{
	int r = 0;

	list_for_each (node, objects)
		container_of(node, struct object, siblings)->known = false;
	list_for_each (node, &subscription->tellings) {
		struct telling *telling = container_of(node, struct telling, in_subscription);

		if (telling->object != NULL)
			telling->object->known = true;
	}
	list_for_each (node, objects) {
		struct object *object = container_of(node, struct object, siblings);

		if (r == 0 && !object->known &&
			object_is_wanted(object, subscription->kind, element))
			r = telling_new(subscription, object);
	}
	return r;
}

/* What tellings_make() made before it failed: everything else was told, or is queued. */
static void tellings_unmake(struct subscription *subscription)
{
	list_for_each_safe (node, &subscription->tellings) {
		struct telling *telling = container_of(node, struct telling, in_subscription);

		if (!telling->told && list_empty(&telling->out.queue))
			telling_free(telling);
	}
}

/* Of what another filter does not take there will be no news, as if that had been stopped. */
static void tellings_queue(const struct subscription *subscription)
{
	list_for_each_safe (node, &subscription->tellings) {
		struct telling *telling = container_of(node, struct telling, in_subscription);

		if (telling->kind == OBJECT_ELEMENT && subscription->element != MIF_ELEMENT_ANY &&
			telling->element != subscription->element)
			telling_free(telling);
		else if (telling->object != NULL)
			subscription_queue(subscription, telling);
	}
}

static bool quota_is_full(const struct session *session)
{
	const struct session_quota *quota = session->quota;

	return quota != NULL && quota->subscriptions >= quota->subscription_limit;
}

int subscription_add(struct session *session, enum object_kind kind, struct object *parent,
	const struct mif_message *request, uint32_t element, uint32_t flags)
{
	struct subscription *subscription = subscription_find(session, kind, parent);
	const struct list *objects =
		parent != NULL ? &parent->children : &session->engine->model->interfaces;
	bool again = subscription != NULL;
	struct report *end;
	int r;

	if (!again && quota_is_full(session))
		return session_error(session, request, EDQUOT,
			"this user has %u subscriptions already",
			session->quota->subscription_limit);
	r = session_end_new(session, request, &end);
	if (r < 0)
		return r;
	if (!again)
		subscription = subscription_new(session, kind, parent);
	r = subscription == NULL ? -ENOMEM : tellings_make(subscription, objects, element);
	if (r < 0) {
		if (again)
			tellings_unmake(subscription);
		else if (subscription != NULL)
			subscription_free(subscription);
		free(end);
		return r;
	}
	subscription->element = element;
	subscription->flags = flags;
	subscription->tag = request->tag;
	tellings_queue(subscription);
	/* Without memory for it, one that is going away is told of when it goes. */
	if (kind == OBJECT_INTERFACE)
		notices_catch_up(session);
	session_report_queue(session, end);
	return 0;
}

void subscription_remove(struct session *session, enum object_kind kind, uint64_t parent_id)
{
	list_for_each_safe (node, &session->subscriptions) {
		struct subscription *subscription =
			container_of(node, struct subscription, in_session);
		uint64_t id = subscription->parent != NULL ? subscription->parent->id : 0;

		if (subscription->kind == kind && (parent_id == 0 || parent_id == id))
			subscription_free(subscription);
	}
	list_for_each_safe (node, &session->withdrawals) {
		struct telling *telling = container_of(node, struct telling, in_subscription);

		if (telling->kind == kind && (parent_id == 0 || parent_id == telling->parent_id))
			telling_free(telling);
	}
}

void subscriptions_free(struct session *session)
{
	list_for_each_safe (node, &session->subscriptions)
		subscription_free(container_of(node, struct subscription, in_session));
	tellings_free(&session->withdrawals);
}

/* ---- changes of the model ---- */

static bool is_told_of(const struct subscription *subscription, const struct object *object)
{
	list_for_each (node, &object->tellings) {
		if (container_of(node, struct telling, in_object)->session == subscription->session)
			return true;
	}
	return false;
}

/* Whoever knows of it already keeps that: a commit that failed half way comes again. */
static int object_is_new(struct model *model, struct object *object)
{
	struct list *subscriptions =
		object->parent != NULL ? &object->parent->subscriptions : &model->subscriptions;
	bool again = !list_empty(&object->tellings);

	list_for_each (node, subscriptions) {
		struct subscription *subscription =
			container_of(node, struct subscription, in_parent);

		if (!object_is_wanted(object, subscription->kind, subscription->element) ||
			(again && is_told_of(subscription, object)))
			continue;
		if (telling_new(subscription, object) < 0)
			return -ENOMEM;
		subscription_queue(subscription,
			container_of(
				subscription->tellings.previous, struct telling, in_subscription));
	}
	return 0;
}

/* 3.3.7.5: who had subscribed to what an object held is unsubscribed when it goes. That all of it is
 * withdrawn is still to be told. */
static void subscription_end(struct subscription *subscription)
{
	list_for_each_safe (node, &subscription->tellings) {
		list_remove(node);
		list_append(&subscription->session->withdrawals, node);
	}
	subscription_free(subscription);
}

/* Withdrawals go to the end of the queue, behind those of the object's children, even if an
 * announcement of the object waits further ahead. Who was never told need not be. */
static void object_is_gone(struct object *object)
{
	list_for_each_safe (node, &object->tellings) {
		struct telling *telling = container_of(node, struct telling, in_object);

		if (!telling->told) {
			telling_free(telling);
			continue;
		}
		telling->object = NULL;
		list_remove(&telling->in_object);
		session_queue_last(telling->session, &telling->out);
	}
	list_for_each_safe (node, &object->subscriptions)
		subscription_end(container_of(node, struct subscription, in_parent));
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
		if (telling->told && object->kind == OBJECT_INTERFACE &&
			notice_waits(telling->session, object->id))
			session_queue_last(telling->session, &telling->out);
		else if (change == CHANGE_CHANGED || telling->refreshes)
			session_queue(telling->session, &telling->out);
	}
	return 0;
}
