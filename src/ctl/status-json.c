/* SPDX-License-Identifier: MIT */
/*
 * A picture of the host as one JSON document: interfaces, in them their domains, in those what they
 * hold.
 */
#include <stdio.h>

#include "ctl/json.h"
#include "ctl/status.h"

static struct json_object *children(const struct picture *picture, uint32_t type, uint64_t parent)
{
	struct json_object *array = json_object_new_array();
	const struct mif_message *message = NULL;

	while ((message = picture_next(picture, type, parent, message)) != NULL)
		json_object_array_add(array, json_fields(message));
	return array;
}

static struct json_object *domains(const struct picture *picture, uint64_t interface)
{
	struct json_object *array = json_object_new_array();
	const struct mif_message *message = NULL;

	while ((message = picture_next(picture, MIF_PVD, interface, message)) != NULL) {
		struct json_object *object = json_fields(message);
		uint64_t pvd = message->as.pvd.pvd;

		json_add(object, "elements", children(picture, MIF_ELEMENT, pvd));
		json_add(object, "addresses", children(picture, MIF_ADDRESS, pvd));
		json_add(object, "data", children(picture, MIF_CONFIGURATION_DATA, pvd));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *interfaces(const struct picture *picture)
{
	struct json_object *array = json_object_new_array();
	const struct mif_message *message = NULL;

	while ((message = picture_next(picture, MIF_INTERFACE, 0, message)) != NULL) {
		const struct mif_message *away = picture_next(
			picture, MIF_INTERFACE_GOING_AWAY, message->as.interface.interface, NULL);
		struct json_object *object = json_fields(message);

		if (away != NULL)
			json_add(object, "going_away", json_fields(away));
		json_add(object, "holders",
			children(picture, MIF_HOLDER, message->as.interface.interface));
		json_add(object, "pvds", domains(picture, message->as.interface.interface));
		json_object_array_add(array, object);
	}
	return array;
}

struct json_object *status_json(const struct picture *picture, const char *host, uint64_t now)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "host", json_object_new_string(host));
	json_add(object, "now", json_object_new_uint64(now));
	json_add(object, "interfaces", interfaces(picture));
	json_add(object, "holders", children(picture, MIF_HOLDER, 0));
	json_add(object, "default_pvds", children(picture, MIF_DEFAULT_PVD, 0));
	if (picture_next(picture, MIF_COUNTER, 0, NULL) != NULL)
		json_add(object, "counters", children(picture, MIF_COUNTER, 0));
	return object;
}
