/* SPDX-License-Identifier: MIT */
/*
 * Reports as text, there and back. This is the form in which mif-hook, which runs with whatever
 * privilege the DHCP client has, hands on what it was told, and in which a process without any reads
 * it: one item a line, times as they are on CLOCK_BOOTTIME, so that it does not matter when it is
 * read.
 *
 *	[dhcpv4 h1]
 *	ifindex = 3
 *	provider = 192.0.2.1
 *	lease = 192.0.2.7/24 until 120000000000 renew 60000000000
 *	dns-servers = 192.0.2.53 until 120000000000
 *	routes = 198.51.100.0/24 via 192.0.2.1 until 120000000000
 */
#include "hook/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/name.h"

enum shape {
	SHAPE_ADDRESS,
	SHAPE_PREFIX,
	SHAPE_NUMBER,
	SHAPE_NAME,
	SHAPE_HOST, /* an address, or a name */
	SHAPE_TEXT,
};

static const struct {
	const char *key;
	uint32_t information;
	enum shape shape;
} data_keys[] = {
	{"dns-servers", MIF_INFORMATION_DNS_SERVERS, SHAPE_ADDRESS},
	{"search-domains", MIF_INFORMATION_SEARCH_DOMAINS, SHAPE_NAME},
	{"routers", MIF_INFORMATION_ROUTERS, SHAPE_ADDRESS},
	{"routes", MIF_INFORMATION_ROUTES, SHAPE_PREFIX},
	{"mtu", MIF_INFORMATION_MTU, SHAPE_NUMBER},
	{"captive-portal", MIF_INFORMATION_CAPTIVE_PORTAL, SHAPE_TEXT},
	{"ntp-servers", MIF_INFORMATION_NTP_SERVERS, SHAPE_HOST},
	{"domain", MIF_INFORMATION_DOMAIN, SHAPE_NAME},
	{"hostname", MIF_INFORMATION_HOSTNAME, SHAPE_NAME},
	{"proxy", MIF_INFORMATION_PROXY, SHAPE_TEXT},
};

static const struct {
	const char *name;
	uint32_t element;
} elements[] = {
	{"ra", MIF_ELEMENT_RA},
	{"dhcpv6", MIF_ELEMENT_DHCPV6},
	{"dhcpv4", MIF_ELEMENT_DHCPV4},
};

const char *report_element_name(uint32_t element)
{
	for (size_t i = 0; i < ARRAY_SIZE(elements); i++) {
		if (elements[i].element == element)
			return elements[i].name;
	}
	return NULL;
}

bool report_interface_is_sane(const char *name)
{
	size_t length = strnlen(name, IFNAMSIZ);

	for (const char *c = name; length < IFNAMSIZ && *c != '\0'; c++) {
		/* What the kernel refuses, and what would end a section in the text. */
		if (*c <= ' ' || *c > '~' || *c == '/' || *c == ':' || *c == '[' || *c == ']')
			return false;
	}
	return length > 0 && length < IFNAMSIZ && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool report_text_is_sane(const char *text)
{
	size_t length = strnlen(text, MIF_TEXT_SIZE);

	for (size_t i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return length > 0 && length < MIF_TEXT_SIZE;
}

struct report_item *report_add(struct report *report, enum report_kind kind)
{
	struct report_item *item;

	if (report->count == REPORT_ITEMS)
		return NULL;
	item = &report->items[report->count++];
	memset(item, 0, sizeof(*item));
	item->kind = kind;
	item->valid_until = item->preferred_until = TIME_FOREVER;
	return item;
}

/* ---- writing ---- */

struct text {
	char *octets;
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void text_add(
	struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text->octets + text->length, REPORT_TEXT - text->length, format, arguments);
	va_end(arguments);
	text->length += strlen(text->octets + text->length);
}

static void time_add(struct text *text, const char *word, uint64_t when, uint64_t unsaid)
{
	if (when != unsaid)
		text_add(text, " %s %llu", word, (unsigned long long)when);
}

static void data_add(struct text *text, const struct report_item *item)
{
	char address[PREFIX_TEXT];
	struct mif_address plain = item->address;
	size_t i = 0;

	while (i < ARRAY_SIZE(data_keys) && data_keys[i].information != item->information)
		i++;
	if (i == ARRAY_SIZE(data_keys))
		return;
	plain.scope = 0;
	if (data_keys[i].shape == SHAPE_NUMBER)
		text_add(text, "%s = %llu", data_keys[i].key, (unsigned long long)item->number);
	else if (data_keys[i].shape == SHAPE_PREFIX)
		text_add(text, "%s = %s", data_keys[i].key,
			prefix_format(&plain, item->prefix_length, address));
	else
		text_add(text, "%s = %s", data_keys[i].key,
			item->text[0] != '\0' ? item->text : mif_address_format(&plain, address));
	if (data_keys[i].shape == SHAPE_PREFIX && item->text[0] != '\0')
		text_add(text, " via %s", item->text);
	time_add(text, "until", item->valid_until, TIME_FOREVER);
	text_add(text, "\n");
}

static void item_add(struct text *text, const struct report_item *item)
{
	char prefix[PREFIX_TEXT];

	prefix_format(&item->address, item->prefix_length, prefix);
	switch (item->kind) {
	case REPORT_DATA:
		data_add(text, item);
		return;
	case REPORT_LEASE:
		text_add(text, "lease = %s", prefix);
		time_add(text, "renew", item->renew_at, 0);
		time_add(text, "rebind", item->rebind_at, 0);
		break;
	case REPORT_ROUTER:
		text_add(text, "router = %s",
			item->preference < 0	       ? "low"
				: item->preference > 0 ? "high"
						       : "medium");
		text_add(
			text, "%s%s", item->managed ? " managed" : "", item->other ? " other" : "");
		break;
	case REPORT_PREFIX:
		text_add(text, "prefix = %s%s%s", prefix, item->on_link ? " on-link" : "",
			item->autonomous ? " autonomous" : "");
		time_add(text, "preferred", item->preferred_until, TIME_FOREVER);
		break;
	}
	time_add(text, "until", item->valid_until, TIME_FOREVER);
	text_add(text, "\n");
}

/* A line is at most 350 octets, so that all of them and the providers fit. */
size_t report_write(const struct report *report, char octets[REPORT_TEXT])
{
	struct text text = {.octets = octets};
	struct mif_address provider = {0};

	text_add(&text, "[%s %s]\nifindex = %u\n", report_element_name(report->element),
		report->interface, report->ifindex);
	for (size_t i = 0; i < report->count; i++) {
		struct mif_address plain = report->items[i].provider;
		char address[MIF_ADDRESS_TEXT];

		plain.scope = 0;
		if (!address_equal(&plain, &provider))
			text_add(&text, "provider = %s\n", mif_address_format(&plain, address));
		provider = plain;
		item_add(&text, &report->items[i]);
	}
	return text.length;
}

/* ---- reading ---- */

struct reading {
	struct report *report;
	struct ini *ini;
	struct mif_address provider;
	bool located; /* the index of the link has been read */
	char line[INI_LINE_MAX]; /* of which words are cut off */
	char *rest;
};

static char *word_next(struct reading *reading)
{
	char *word;

	do {
		word = strsep(&reading->rest, " \t");
	} while (word != NULL && *word == '\0');
	return word;
}

static int number_parse(const char *word, uint64_t *number)
{
	unsigned long long value;
	char *end;

	if (word == NULL || *word < '0' || *word > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(word, &end, 10);
	if (*end != '\0' || errno != 0)
		return -EINVAL;
	*number = value;
	return 0;
}

/* Every link-local address in a report is one of its link. */
static int address_parse(
	const struct reading *reading, const char *word, struct mif_address *address)
{
	if (word == NULL || mif_address_parse(address, word) < 0 || address->scope != 0 ||
		address->family == AF_UNSPEC)
		return -EINVAL;
	if (address->family == AF_INET6 && address_is_link_local(address))
		address->scope = reading->report->ifindex;
	return 0;
}

static int prefix_take(struct reading *reading, struct report_item *item)
{
	const char *word = word_next(reading);
	unsigned int length;

	if (word == NULL || prefix_parse(&item->address, &length, word) < 0 ||
		item->address.family == AF_UNSPEC || item->address.scope != 0)
		return -EINVAL;
	item->prefix_length = length;
	return 0;
}

static int host_take(struct reading *reading, struct report_item *item, bool named)
{
	char *word = word_next(reading);

	if (word == NULL)
		return -EINVAL;
	if (address_parse(reading, word, &item->address) == 0)
		return 0;
	memset(&item->address, 0, sizeof(item->address));
	if (!named || !name_normalise(word))
		return -EINVAL;
	strcpy(item->text, word);
	return 0;
}

static int text_take(struct reading *reading, struct report_item *item, bool name)
{
	char *word = word_next(reading);

	if (word == NULL || (name && !name_normalise(word)) || !report_text_is_sane(word))
		return -EINVAL;
	strcpy(item->text, word);
	return 0;
}

static int data_take(struct reading *reading, struct report_item *item, enum shape shape)
{
	switch (shape) {
	case SHAPE_ADDRESS:
	case SHAPE_HOST:
		return host_take(reading, item, shape == SHAPE_HOST);
	case SHAPE_PREFIX:
		return prefix_take(reading, item);
	case SHAPE_NUMBER:
		return number_parse(word_next(reading), &item->number);
	case SHAPE_NAME:
	case SHAPE_TEXT:
		return text_take(reading, item, shape == SHAPE_NAME);
	}
	return -EINVAL;
}

static int preference_take(struct reading *reading, struct report_item *item)
{
	const char *word = word_next(reading);

	if (word == NULL)
		return -EINVAL;
	item->preference = strcmp(word, "low") == 0 ? -1 : strcmp(word, "high") == 0 ? 1 : 0;
	return item->preference != 0 || strcmp(word, "medium") == 0 ? 0 : -EINVAL;
}

/* A route's next router. */
static int gateway_take(struct reading *reading, struct report_item *item)
{
	struct mif_address gateway;

	if (item->kind != REPORT_DATA || item->information != MIF_INFORMATION_ROUTES ||
		address_parse(reading, word_next(reading), &gateway) < 0)
		return -EINVAL;
	mif_address_format(&gateway, item->text);
	return 0;
}

/* What comes after an item's value: times and flags. */
static int rest_take(struct reading *reading, struct report_item *item)
{
	const struct {
		const char *word;
		uint64_t *when;
		bool *flag;
	} words[] = {
		{"until", &item->valid_until, NULL},
		{"preferred", &item->preferred_until, NULL},
		{"renew", &item->renew_at, NULL},
		{"rebind", &item->rebind_at, NULL},
		{"managed", NULL, &item->managed},
		{"other", NULL, &item->other},
		{"on-link", NULL, &item->on_link},
		{"autonomous", NULL, &item->autonomous},
	};
	const char *word;

	while ((word = word_next(reading)) != NULL) {
		size_t i = 0;

		if (strcmp(word, "via") == 0) {
			if (gateway_take(reading, item) < 0)
				return -EINVAL;
			continue;
		}
		while (i < ARRAY_SIZE(words) && strcmp(words[i].word, word) != 0)
			i++;
		if (i == ARRAY_SIZE(words))
			return -EINVAL;
		if (words[i].flag != NULL)
			*words[i].flag = true;
		else if (number_parse(word_next(reading), words[i].when) < 0)
			return -EINVAL;
	}
	return 0;
}

/* -ENOENT: no item is called so. */
static int item_take(struct reading *reading, const char *key)
{
	static const char *const kinds[] = {
		[REPORT_LEASE] = "lease", [REPORT_ROUTER] = "router", [REPORT_PREFIX] = "prefix"};
	enum report_kind kind = REPORT_DATA;
	struct report_item *item;
	size_t data = 0;
	int r;

	for (size_t i = REPORT_LEASE; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i], key) == 0)
			kind = (enum report_kind)i;
	}
	while (data < ARRAY_SIZE(data_keys) && strcmp(data_keys[data].key, key) != 0)
		data++;
	if (kind == REPORT_DATA && data == ARRAY_SIZE(data_keys))
		return -ENOENT;
	item = report_add(reading->report, kind);
	if (item == NULL)
		return -ENOSPC;
	item->provider = reading->provider;
	if (kind == REPORT_DATA) {
		item->information = data_keys[data].information;
		r = data_take(reading, item, data_keys[data].shape);
	} else if (kind == REPORT_ROUTER) {
		r = preference_take(reading, item);
	} else {
		r = prefix_take(reading, item);
	}
	return r < 0 ? r : rest_take(reading, item);
}

static int line_take(struct reading *reading)
{
	struct ini *ini = reading->ini;
	uint64_t number;
	int r;

	strcpy(reading->line, ini->value);
	reading->rest = reading->line;
	if (!reading->located) {
		if (strcmp(ini->key, "ifindex") != 0 || number_parse(ini->value, &number) < 0 ||
			number == 0 || number > INT32_MAX)
			return ini_fail(ini, "the index of the interface is missing");
		reading->report->ifindex = (uint32_t)number;
		reading->located = true;
		return 0;
	}
	if (strcmp(ini->key, "provider") == 0) {
		r = address_parse(reading, ini->value, &reading->provider);
		return r == 0 ? 0 : ini_fail(ini, "\"%.60s\" is not an address", ini->value);
	}
	r = item_take(reading, ini->key);
	if (r == -ENOENT)
		return ini_fail(ini, "a report has no such key");
	if (r == -ENOSPC)
		return ini_fail(ini, "more than %d items", REPORT_ITEMS);
	return r == 0 ? 0 : ini_fail(ini, "\"%.60s\" is not a value of it", ini->value);
}

static int section_take(struct reading *reading)
{
	struct ini *ini = reading->ini;
	struct report *report = reading->report;

	if (report->interface[0] != '\0')
		return ini_fail(ini, "a second section");
	for (size_t i = 0; i < ARRAY_SIZE(elements); i++) {
		if (strcmp(elements[i].name, ini->section) == 0)
			report->element = elements[i].element;
	}
	if (report->element == MIF_ELEMENT_ANY)
		return ini_fail(ini, "there is no section \"%.40s\"", ini->section);
	if (!report_interface_is_sane(ini->argument))
		return ini_fail(ini, "\"%.40s\" cannot be an interface's name", ini->argument);
	strcpy(report->interface, ini->argument);
	return 0;
}

int report_read(struct report *report, struct ini *ini)
{
	struct reading reading = {.report = report, .ini = ini};
	int r;

	memset(report, 0, sizeof(*report));
	while ((r = ini_next(ini)) > 0) {
		if (ini->key == NULL)
			r = section_take(&reading);
		else if (report->interface[0] == '\0')
			r = ini_fail(ini, "before the first section");
		else
			r = line_take(&reading);
		if (r < 0)
			return r;
	}
	if (r == 0 && !reading.located)
		return ini_fail(ini, "no report");
	return r;
}
