/* SPDX-License-Identifier: MIT */
/*
 * From a file to the readers of its keys, by tables; and the kinds of values that several keys share.
 * Owns nothing but what it remembers of the sections and keys seen so far.
 */
#include "base/ini-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct table {
	const struct ini_section *sections;
	size_t count;
	uint64_t sections_seen, keys_seen; /* keys: of this section */
	const struct ini_section *section; /* NULL: before the first, or within one that is bad */
	bool bad; /* of a bad section the keys are not complained of as well */
};

static int section_take(struct table *table, struct ini *ini)
{
	const struct ini_section *section = NULL;
	uint64_t bit = 1;

	table->section = NULL;
	table->bad = true;
	table->keys_seen = 0;
	for (size_t i = 0; i < table->count && section == NULL; i++) {
		if (strcmp(table->sections[i].name, ini->section) == 0) {
			section = &table->sections[i];
			bit <<= i;
		}
	}
	if (section == NULL)
		return ini_fail(ini, "there is no section [%.40s]", ini->section);
	if (section->begin == NULL && ini->argument[0] != '\0')
		return ini_fail(ini, "the section [%s] has no argument", section->name);
	if (section->begin == NULL && (table->sections_seen & bit) != 0)
		return ini_fail(ini, "the section [%s] a second time", section->name);
	table->sections_seen |= bit;
	if (section->begin != NULL) {
		int r = section->begin(ini, section->context);

		if (r < 0)
			return r;
	}
	table->section = section;
	table->bad = false;
	return 0;
}

static int key_take(struct table *table, struct ini *ini)
{
	const struct ini_section *section = table->section;

	if (section == NULL)
		return table->bad ? 0 : ini_fail(ini, "before the first section");
	if (section->keys == NULL)
		return 0;
	for (size_t i = 0; i < section->count; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if (strcmp(section->keys[i].name, ini->key) != 0)
			continue;
		if ((table->keys_seen & bit) != 0)
			return ini_fail(ini, "a second time");
		table->keys_seen |= bit;
		return section->keys[i].read(ini, section->context);
	}
	return ini_fail(ini, "the section [%s] has no such key", section->name);
}

int ini_read(struct ini *ini, const struct ini_section *sections, size_t count,
	void (*complain)(const char *error))
{
	struct table table = {.sections = sections, .count = count};
	int r, result = 0;

	for (;;) {
		r = ini_next(ini);
		if (r == 0)
			return result;
		if (r > 0)
			r = ini->key == NULL ? section_take(&table, ini) : key_take(&table, ini);
		if (r == 0)
			continue;
		result = r;
		if (r != -EINVAL || complain == NULL)
			return r;
		complain(ini->error);
	}
}

/* ---- values ---- */

bool ini_word(const char **list, char word[INI_LINE_MAX])
{
	size_t length;

	*list += strspn(*list, ", \t");
	length = strcspn(*list, ", \t");
	if (length == 0)
		return false;
	length = MIN(length, INI_LINE_MAX - 1U);
	memcpy(word, *list, length);
	word[length] = '\0';
	*list += length;
	return true;
}

int ini_number(struct ini *ini, uint32_t *to, uint32_t from, uint32_t until)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(ini->value, &end, 10);
	if (ini->value[0] < '0' || ini->value[0] > '9' || *end != '\0' || errno != 0 ||
		number < from || number > until)
		return ini_fail(
			ini, "\"%.40s\" is not a number from %u to %u", ini->value, from, until);
	*to = (uint32_t)number;
	return 0;
}

int ini_answer(struct ini *ini, bool *to)
{
	bool yes = strcmp(ini->value, "yes") == 0;

	if (!yes && strcmp(ini->value, "no") != 0)
		return ini_fail(ini, "\"%.60s\" is neither yes nor no", ini->value);
	*to = yes;
	return 0;
}
