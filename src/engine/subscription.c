/* SPDX-License-Identifier: MIT */
/*
 * Who wants to know what, and who was told what. A new subscription is first fed the present state,
 * then joins the live list, in one call; so it can neither miss a change nor see it twice.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/session.h"

/* ---- tellings ---- */

static int telling_new(struct session *session, struct object *object, uint32_t tag)
{
	struct telling *telling = calloc(1, sizeof(*telling));

	if (telling == NULL)
		return -ENOMEM;
	telling->out.kind = OUTGOING_TELLING;
	list_init(&telling->out.queue);
	list_append(&object->tellings, &telling->in_object);
	list_append(&session->tellings, &telling->in_session);
	telling->session = session;
	telling->object = object;
	telling->tag = tag;
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
	list_remove(&telling->in_session);
	free(telling);
}

static struct telling *telling_find(const struct session *session, const struct object *object)
{
	list_for_each (node, &object->tellings) {
		struct telling *telling = container_of(node, struct telling, in_object);

		if (telling->session == session)
			return telling;
	}
	return NULL;
}

/* ---- subscriptions ---- */

static bool subscription_wants(const struct subscription *subscription, const struct object *object)
{
	return object->kind == subscription->kind &&
		(object->kind != OBJECT_ELEMENT || subscription->element == MIF_ELEMENT_ANY ||
			subscription->element == object->as.element->element);
}

static int subscription_tell(const struct subscription *subscription, struct object *object)
{
	struct session *session = subscription->session;
	struct telling *telling = telling_find(session, object);
	int r;

	if (telling == NULL) {
		r = telling_new(session, object, subscription->tag);
		if (r < 0)
			return r;
		telling = telling_find(session, object);
	}
	telling->tag = subscription->tag;
	telling->refreshes = (subscription->flags & MIF_ANNOUNCE_REFRESHES) != 0;
	session_queue(session, &telling->out);
	return 0;
}

static struct subscription *subscription_find(
	const struct session *session, enum object_kind kind, const struct object *parent)
{
	list_for_each (node, &session->subscriptions) {
		struct subscription *subscription =
			container_of(node, struct subscription, in_session);

		if (subscription->kind == kind && subscription->parent == parent)
			return subscription;
	}
	return NULL;
}

static void subscription_free(struct subscription *subscription)
{
	list_remove(&subscription->in_parent);
	list_remove(&subscription->in_session);
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
	list_append(siblings, &subscription->in_parent);
	list_append(&session->subscriptions, &subscription->in_session);
	return subscription;
}

int subscription_add(struct session *session, enum object_kind kind, struct object *parent,
	const struct mif_message *request, uint32_t element, uint32_t flags)
{
	struct subscription *subscription = subscription_find(session, kind, parent);
	struct list *objects =
		parent != NULL ? &parent->children : &session->engine->model->interfaces;
	int r;

	/* Asked with another filter, it begins anew. */
	if (subscription != NULL && subscription->element != element) {
		subscription_remove(session, kind, parent != NULL ? parent->id : 0);
		subscription = NULL;
	}
	if (subscription == NULL)
		subscription = subscription_new(session, kind, parent);
	if (subscription == NULL)
		return -ENOMEM;
	subscription->element = element;
	subscription->flags = flags;
	subscription->tag = request->tag;
	list_for_each (node, objects) {
		struct object *object = container_of(node, struct object, siblings);

		r = subscription_wants(subscription, object)
			? subscription_tell(subscription, object)
			: 0;
		if (r < 0)
			return r;
	}
	return session_end(session, request);
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
	list_for_each_safe (node, &session->tellings) {
		struct telling *telling = container_of(node, struct telling, in_session);

		if (telling->kind == kind && (parent_id == 0 || parent_id == telling->parent_id))
			telling_free(telling);
	}
}

void subscriptions_free(struct session *session)
{
	list_for_each_safe (node, &session->subscriptions)
		subscription_free(container_of(node, struct subscription, in_session));
	list_for_each_safe (node, &session->tellings)
		telling_free(container_of(node, struct telling, in_session));
}

/* ---- changes of the model ---- */

static int object_is_new(struct model *model, struct object *object)
{
	struct list *subscriptions =
		object->parent != NULL ? &object->parent->subscriptions : &model->subscriptions;

	list_for_each (node, subscriptions) {
		struct subscription *subscription =
			container_of(node, struct subscription, in_parent);
		int r = subscription_wants(subscription, object)
			? subscription_tell(subscription, object)
			: 0;

		if (r < 0)
			return r;
	}
	return 0;
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
		list_remove(&telling->out.queue);
		session_queue(telling->session, &telling->out);
	}
	/* 3.3.7.5: who had subscribed to what it held is unsubscribed. */
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

		if (change == CHANGE_CHANGED || telling->refreshes)
			session_queue(telling->session, &telling->out);
	}
	return 0;
}
