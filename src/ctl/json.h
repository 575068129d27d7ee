/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <json-c/json.h>

#include <mif/mif.h>

/*
 * Messages as JSON, from the table. A member of each field's name: numbers as numbers, named values
 * by their name, flags as an array of names, addresses and texts as strings; null for no address,
 * for a time or number without end (MIF_FOREVER), and for a descriptor. Texts are valid UTF-8
 * without control characters: what is not becomes U+FFFD.
 */

/* The fields alone. NULL: no memory. */
struct json_object *json_fields(const struct mif_message *message);

/* Adds "message", the type's name, "tag" and the fields. */
void json_add_message(struct json_object *object, const struct mif_message *message);

/* A text from the network as a string. */
struct json_object *json_text(const char *text);

/* Takes the value over. */
void json_add(struct json_object *object, const char *name, struct json_object *value);

/* Adds "pvd" and "pvd_name", the domain that a message is about. What NAME_TRANSLATION_DONE calls pvd itself,
 * the domain whose zone the name is below, becomes "zone_pvd". */
void json_add_domain(struct json_object *object, const struct mif_message *message, uint64_t pvd,
	const char *name);

/* Writes it, with an end of line, and frees it. pretty: over many lines. */
void json_print(FILE *file, struct json_object *object, bool pretty);
