/* SPDX-License-Identifier: MIT */
/*
 * Domains by name or number, as people give and read them.
 */
#include "ctl/choose.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "ctl/ctl.h"

/* "NAME (NUMBER)", separated by commas. */
static void list_pvds(const struct picture *picture, char *list, size_t size)
{
	const struct mif_message_pvd *pvd = NULL;
	char name[SHOW_TEXT];
	size_t length = 0;

	*list = '\0';
	while ((pvd = picture_next_pvd(picture, pvd)) != NULL && length < size)
		length += (size_t)snprintf(list + length, size - length, "%s%s (%llu)",
			length > 0 ? ", " : "", show_text(pvd->name, name),
			(unsigned long long)pvd->pvd);
}

int choose_pvd(const struct picture *picture, const char *name, uint64_t *pvd)
{
	char list[4096], text[SHOW_TEXT];
	int r = picture_find_pvd(picture, name, pvd);

	if (r == 0)
		return 0;
	list_pvds(picture, list, sizeof(list));
	show_word(name, text);
	if (r == -ENOTUNIQ)
		complain(
			"several provisioning domains are named %s, give a number: %s", text, list);
	else if (*list == '\0')
		complain("no provisioning domain %s: there is none at all", text);
	else
		complain("no provisioning domain %s, there are: %s", text, list);
	return r;
}

char *choose_name(const struct picture *picture, uint64_t pvd, char text[SHOW_TEXT])
{
	const struct mif_message_pvd *found = pvd != 0 ? picture_pvd(picture, pvd) : NULL;

	if (found != NULL)
		return show_text(found->name, text);
	if (pvd == 0)
		return strcpy(text, "this host");
	snprintf(text, SHOW_TEXT, "domain %llu", (unsigned long long)pvd);
	return text;
}

int choose_width(const struct picture *picture)
{
	const struct mif_message_pvd *pvd = NULL;
	char name[SHOW_TEXT];
	size_t width = strlen("this host");

	while ((pvd = picture_next_pvd(picture, pvd)) != NULL)
		width = MAX(width, strlen(show_text(pvd->name, name)));
	return (int)width;
}
