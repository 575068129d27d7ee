/* SPDX-License-Identifier: MIT */
/*
 * The words of dhclient.leases(5): statements that end with ";", blocks in braces, strings in quotes.
 * Nothing in the file is to be trusted: most of it is what some server sent.
 */
#include "hook/lease-text.h"

#include <string.h>

#include "base/cleanup.h"

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

static enum lease_token string_read(struct lease_reader *reader, char word[LEASE_WORD])
{
	size_t length = 0;

	while (reader->at < reader->end && *reader->at != '"') {
		char c = *reader->at++;

		if (c == '\\')
			c = escaped_read(reader);
		/* A NUL would end what is not at its end. */
		if (length < LEASE_WORD - 1)
			word[length++] = c == '\0' ? '?' : c;
	}
	word[length] = '\0';
	reader->at += reader->at < reader->end;
	return TOKEN_STRING;
}

enum lease_token lease_token_read(struct lease_reader *reader, char word[LEASE_WORD])
{
	static const struct {
		char c;
		enum lease_token token;
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
		if (length < LEASE_WORD - 1)
			word[length++] = *reader->at;
		reader->at++;
	} while (reader->at < reader->end && is_word(*reader->at));
	word[length] = '\0';
	return TOKEN_WORD;
}

enum lease_token lease_skip(struct lease_reader *reader, enum lease_token token)
{
	char word[LEASE_WORD];
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
		token = lease_token_read(reader, word);
	}
	return token;
}
