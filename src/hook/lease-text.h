/* SPDX-License-Identifier: MIT */
#pragma once

#include "hook/lease.h"

/* What lease.c, for "lease", and lease6.c, for "lease6", read a file of leases by. */
#define LEASE_WORD 1024 /* a longer one is cut */

enum lease_token {
	TOKEN_END, /* of the text */
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_OPEN,
	TOKEN_CLOSE,
};

enum lease_token lease_token_read(struct lease_reader *reader, char word[LEASE_WORD]);

/* Up to the end of a statement that is not looked at, or of a block with all that it holds; token: what
 * was read of it last. What ended it: TOKEN_SEMICOLON, or TOKEN_CLOSE of the block that it is in, or
 * TOKEN_END. */
enum lease_token lease_skip(struct lease_reader *reader, enum lease_token token);

/* The rest of "interface NAME;" and of "option NAME VALUE...;"; the last token. */
enum lease_token lease_interface_take(struct lease_reader *reader, struct lease *lease);
enum lease_token lease_option_take(struct lease_reader *reader, struct lease *lease);

/* A statement of a lease6, as lease_skip(). */
enum lease_token lease6_statement_take(struct lease_reader *reader, struct lease *lease);
