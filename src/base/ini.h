/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Reads a file of sections and keys, strictly:
 *
 *	# a comment; a line may also begin with ";"
 *	[interface h1]
 *	dns = 192.0.2.1, 192.0.2.2
 *
 * A section is a word, or a word and an argument. Whatever else a line says is an error.
 */
#define INI_FILE_MAX 65536 /* octets */
#define INI_LINE_MAX 1024
#define INI_ERROR 256

struct ini {
	const char *path; /* the caller's: must outlive this */
	char *octets, *next;
	unsigned int line;
	const char *section, *argument; /* "": before the first section; no argument */
	const char *key, *value;
	char error[INI_ERROR]; /* after a failure: file, line and what is wrong */
};

/* Reads all of it at once. 0; -EINVAL: too large, or an octet that is no text; else the errno of
 * open(2) or read(2). Closing is needed only after 0. */
int ini_open(struct ini *ini, const char *path);
void ini_close(struct ini *ini);

/* 1: the next key and its value, in its section; or, if key is NULL, a section that begins. All
 * texts are valid until ini_close(). 0: the end. -EINVAL. */
int ini_next(struct ini *ini);

/* For whoever finds the value wrong: writes file, line, key and this into error. Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int ini_fail(struct ini *ini, const char *format, ...);
