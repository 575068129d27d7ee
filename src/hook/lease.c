/* SPDX-License-Identifier: MIT */
/*
 * dhclient.leases(5) as dhclient writes it: statements that end with ";", blocks in braces, strings in
 * quotes. What an option is called there is what its variable is called, but for "-" and "new_", so the
 * rest is dhclient's dialect (dhcpv4.c). Nothing in the file is to be trusted: most of it is what some
 * server sent.
 */
#include "hook/lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define WORD 1024 /* a longer one is cut */

enum token {
	TOKEN_END, /* of the text */
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_OPEN,
	TOKEN_CLOSE,
};

/* ---- tokens ---- */

static void blanks_skip(struct lease_reader *reader)
{
	while (reader->at < reader->end) {
		if (*reader->at == '#')
			while (reader->at < reader->end && *reader->at != '\n')
				reader->at++;
		else if (*reader->at > ' ' || *reader->at < '\0')
			return;
		else
			reader->at++;
	}
}

static bool is_word(char c)
{
	return c > ' ' && c <= '~' && strchr("#\",;{}", c) == NULL;
}

/* What follows a backslash: up to three octal digits, or the character itself. */
static char escaped_read(struct lease_reader *reader)
{
	unsigned int value = 0;
	int digits = 0;

	while (digits < 3 && reader->at < reader->end && *reader->at >= '0' && *reader->at <= '7') {
		value = value << 3 | (unsigned int)(*reader->at++ - '0');
		digits++;
	}
	if (digits == 0)
		return reader->at < reader->end ? *reader->at++ : '\0';
	return (char)value;
}

static enum token string_read(struct lease_reader *reader, char word[WORD])
{
	size_t length = 0;

	while (reader->at < reader->end && *reader->at != '"') {
		char c = *reader->at++;

		if (c == '\\')
			c = escaped_read(reader);
		/* A NUL would end what is not at its end. */
		if (length < WORD - 1)
			word[length++] = c == '\0' ? '?' : c;
	}
	word[length] = '\0';
	reader->at += reader->at < reader->end;
	return TOKEN_STRING;
}

static enum token token_read(struct lease_reader *reader, char word[WORD])
{
	static const struct {
		char c;
		enum token token;
	} signs[] = {
		{',', TOKEN_COMMA}, {';', TOKEN_SEMICOLON}, {'{', TOKEN_OPEN}, {'}', TOKEN_CLOSE}};
	size_t length = 0;

	word[0] = '\0';
	blanks_skip(reader);
	if (reader->at == reader->end)
		return TOKEN_END;
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (*reader->at == signs[i].c) {
			reader->at++;
			return signs[i].token;
		}
	}
	if (*reader->at == '"') {
		reader->at++;
		return string_read(reader, word);
	}
	/* An octet that is in no word is one by itself. */
	do {
		if (length < WORD - 1)
			word[length++] = *reader->at;
		reader->at++;
	} while (reader->at < reader->end && is_word(*reader->at));
	word[length] = '\0';
	return TOKEN_WORD;
}

/* ---- variables ---- */

/* The beginning of a new one; NULL: there is no room. */
static char *variable_begin(struct lease *lease, const char *prefix, const char *name)
{
	char *variable = lease->text + lease->used;
	size_t room = sizeof(lease->text) - lease->used;
	int length = snprintf(variable, room, "%s%s=", prefix, name);

	if (lease->count == LEASE_VARIABLES || length < 0 || (size_t)length >= room)
		return NULL;
	for (char *c = variable; *c != '='; c++)
		*c = *c == '-' ? '_' : *c;
	return variable;
}

/* False: there is no room. */
static bool variable_add(struct lease *lease, char *variable, const char *word)
{
	size_t length = strlen(variable), room = sizeof(lease->text) - lease->used;
	bool first = variable[length - 1] == '=';
	int more = snprintf(variable + length, room - length, first ? "%s" : " %s", word);

	return more >= 0 && (size_t)more < room - length;
}

static void variable_end(struct lease *lease, char *variable)
{
	lease->variables[lease->count++] = variable;
	lease->used += strlen(variable) + 1;
}

/* The values up to the end of the statement. What finds no room counts as not said. */
static enum token values_take(struct lease_reader *reader, struct lease *lease, char *variable)
{
	bool fits = variable != NULL;
	char word[WORD];
	enum token token;

	while ((token = token_read(reader, word)) == TOKEN_WORD || token == TOKEN_STRING ||
		token == TOKEN_COMMA) {
		if (token != TOKEN_COMMA)
			fits = fits && variable_add(lease, variable, word);
	}
	if (fits && token == TOKEN_SEMICOLON)
		variable_end(lease, variable);
	return token;
}

/* ---- statements ---- */

/* "4 2026/11/26 14:03:07", of UTC; "epoch 1795701787"; "never". 0: not told. */
static uint64_t time_parse(const char *const words[3], size_t count)
{
	struct tm time = {0};
	char rest;

	if (count == 1 && strcmp(words[0], "never") == 0)
		return UINT64_MAX;
	if (count == 2 && strcmp(words[0], "epoch") == 0)
		return strtoull(words[1], NULL, 10);
	if (count != 3 ||
		sscanf(words[1], "%4d/%2d/%2d%c", &time.tm_year, &time.tm_mon, &time.tm_mday,
			&rest) != 3 ||
		sscanf(words[2], "%2d:%2d:%2d%c", &time.tm_hour, &time.tm_min, &time.tm_sec,
			&rest) != 3)
		return 0;
	if (time.tm_year < 1970 || time.tm_mon < 1 || time.tm_mon > 12 || time.tm_mday < 1 ||
		time.tm_mday > 31 || time.tm_hour < 0 || time.tm_min < 0 || time.tm_sec < 0)
		return 0;
	time.tm_year -= 1900;
	time.tm_mon--;
	return (uint64_t)timegm(&time);
}

static enum token time_take(struct lease_reader *reader, uint64_t *when)
{
	char words[4][WORD];
	const char *const told[3] = {words[0], words[1], words[2]};
	size_t count = 0;
	enum token token;

	while ((token = token_read(reader, words[count])) == TOKEN_WORD) {
		if (count < ARRAY_SIZE(told))
			count++;
	}
	if (token == TOKEN_SEMICOLON)
		*when = time_parse(told, count);
	return token;
}

static enum token interface_take(struct lease_reader *reader, struct lease *lease)
{
	char word[WORD], more[WORD];
	enum token token = token_read(reader, word);

	if (token != TOKEN_STRING)
		return token;
	token = token_read(reader, more);
	if (token == TOKEN_SEMICOLON && report_interface_is_sane(word))
		strcpy(lease->interface, word);
	return token;
}

static enum token address_take(struct lease_reader *reader, struct lease *lease)
{
	size_t count = lease->count;
	enum token token = values_take(reader, lease, variable_begin(lease, "new_", "ip_address"));
	const char *value = count < lease->count ? strchr(lease->variables[count], '=') + 1 : "";

	if (mif_address_parse(&lease->address, value) < 0 || lease->address.family != AF_INET)
		lease->address = (struct mif_address){0};
	return token;
}

static enum token option_take(struct lease_reader *reader, struct lease *lease)
{
	char name[WORD];
	enum token token = token_read(reader, name);

	if (token != TOKEN_WORD)
		return token;
	return values_take(reader, lease, variable_begin(lease, "new_", name));
}

/* Up to the end of a statement that is not looked at, or of a block with all that it holds. */
static enum token statement_skip(struct lease_reader *reader, enum token token)
{
	char word[WORD];
	size_t depth = 0;

	while (token != TOKEN_END) {
		if (token == TOKEN_OPEN)
			depth++;
		else if (token == TOKEN_CLOSE && depth <= 1)
			return depth == 0 ? TOKEN_CLOSE : TOKEN_SEMICOLON;
		else if (token == TOKEN_CLOSE)
			depth--;
		else if (token == TOKEN_SEMICOLON && depth == 0)
			return token;
		token = token_read(reader, word);
	}
	return token;
}

/* What ended it: TOKEN_SEMICOLON, or TOKEN_CLOSE of the block that it is in, or TOKEN_END. */
static enum token statement_take(struct lease_reader *reader, struct lease *lease)
{
	char word[WORD];
	enum token token = token_read(reader, word);

	if (token != TOKEN_WORD)
		return statement_skip(reader, token);
	if (strcmp(word, "interface") == 0)
		token = interface_take(reader, lease);
	else if (strcmp(word, "fixed-address") == 0)
		token = address_take(reader, lease);
	else if (strcmp(word, "option") == 0)
		token = option_take(reader, lease);
	else if (strcmp(word, "renew") == 0)
		token = time_take(reader, &lease->renew);
	else if (strcmp(word, "rebind") == 0)
		token = time_take(reader, &lease->rebind);
	else if (strcmp(word, "expire") == 0)
		token = time_take(reader, &lease->expire);
	return statement_skip(reader, token);
}

bool lease_next(struct lease_reader *reader, struct lease *lease)
{
	char word[WORD];
	enum token token;

	while ((token = token_read(reader, word)) != TOKEN_END) {
		bool is_lease = token == TOKEN_WORD && strcmp(word, "lease") == 0;

		if (!is_lease || (token = token_read(reader, word)) != TOKEN_OPEN) {
			statement_skip(reader, token);
			continue;
		}
		*lease = (struct lease){0};
		do
			token = statement_take(reader, lease);
		while (token == TOKEN_SEMICOLON);
		/* One that is cut short is none: it is being written. */
		if (token == TOKEN_CLOSE && lease->interface[0] != '\0' &&
			lease->address.family == AF_INET)
			return true;
	}
	return false;
}

/* ---- reports ---- */

/* A moment of the wall clock, on ours; 0: it is past. */
static uint64_t moment(const struct client_clock *clock, uint64_t seconds)
{
	uint64_t now = clock->realtime / NSEC_PER_SEC;

	if (seconds <= now || seconds - now > UINT32_MAX)
		return 0;
	return clock_after(clock->now, (uint32_t)(seconds - now));
}

void lease_report(struct lease *lease, uint32_t ifindex, struct environment *environment,
	const struct client_clock *clock, struct report *report)
{
	struct client_event event = {.client = CLIENT_DHCLIENT};
	static char reason[] = "reason=TIMEOUT"; /* an old lease, with what is left of it */
	char expiry[32];
	size_t count = lease->count;

	strcpy(event.interface, lease->interface);
	lease->variables[count++] = reason;
	if (lease->expire > 0 && lease->expire <= UINT32_MAX) {
		snprintf(expiry, sizeof(expiry), "new_expiry=%llu",
			(unsigned long long)lease->expire);
		lease->variables[count++] = expiry;
	}
	lease->variables[count] = NULL;
	environment_init(environment, lease->variables);
	client_report(&event, MIF_ELEMENT_DHCPV4, ifindex, environment, clock, report);
	lease->variables[lease->count] = NULL;
	environment->count = lease->count;
	if (lease->expire != UINT64_MAX && moment(clock, lease->expire) == 0)
		report->count = 0;
	for (size_t i = 0; i < report->count; i++) {
		if (report->items[i].kind != REPORT_LEASE)
			continue;
		report->items[i].renew_at = moment(clock, lease->renew);
		report->items[i].rebind_at = moment(clock, lease->rebind);
	}
}
