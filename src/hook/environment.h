/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The variables with which a DHCP client calls its script. Nothing in them is to be trusted: most of
 * it is what some server sent. What is wrong is complained of by the variable's name, and counts as
 * not said.
 */
#define ENVIRONMENT_VARIABLES 4096 /* those beyond are not looked at */
#define ENVIRONMENT_VALUE 4096 /* octets of one value that is used */
#define ENVIRONMENT_COMPLAINTS 8
#define ENVIRONMENT_COMPLAINT 160

struct environment {
	char *const *strings; /* "NAME=value" */
	size_t count;
	char name[64]; /* of the variable that was asked for last */
	size_t complaint_count; /* more of them may have been made than are kept */
	char complaints[ENVIRONMENT_COMPLAINTS][ENVIRONMENT_COMPLAINT];
};

/* strings: ended by NULL; the caller's, must outlive this. */
void environment_init(struct environment *environment, char *const *strings);

/* The value of the variable of this name; NULL: there is none, or it is empty, or too long. */
__attribute__((format(printf, 2, 3))) const char *environment_get(
	struct environment *environment, const char *format, ...);

/* Of the variable that was asked for last, this is wrong; value: or a part of its value. */
void environment_complain(struct environment *environment, const char *value, const char *what);

/* The next word of a list with blanks or commas between, at *list, which moves on. False: there is
 * none. A word that is too long is cut, which makes it no address and no name. */
bool environment_word(const char **list, char *word, size_t size);

/* Whether there is one, and it is a number up to max. */
__attribute__((format(printf, 4, 5))) bool environment_number(
	struct environment *environment, uint32_t max, uint32_t *number, const char *format, ...);
