/* SPDX-License-Identifier: MIT */
/*
 * Who wants to connect, for people.
 */
#include "ctl/holder.h"

#include <inttypes.h>
#include <string.h>

/* The kernel's name of the process, as an ordinary user may see it. */
static void name_of(uint32_t pid, char name[32])
{
	char path[32];
	FILE *file;

	*name = '\0';
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/comm", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return;
	if (fgets(name, 32, file) == NULL)
		*name = '\0';
	name[strcspn(name, "\n")] = '\0';
	fclose(file);
}

char *holder_text(const struct mif_message *message, char text[SHOW_TEXT])
{
	const struct mif_message_holder *holder = &message->as.holder;
	char name[32] = "", shown[SHOW_TEXT];

	if (holder->pid == 0)
		return strcpy(text, "a program");
	name_of(holder->pid, name);
	snprintf(text, SHOW_TEXT, "%.128s (process %" PRIu32 ", user %" PRIu32 ")",
		*name != '\0' ? show_text(name, shown) : "a program", holder->pid, holder->uid);
	return text;
}
