/* SPDX-License-Identifier: MIT */
/*
 * The reader of configuration files. Owns the octets of one file, cuts them into lines in place,
 * and hands out one key or section at a time.
 */
#include "base/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

static void error_format(struct ini *ini, const char *format, va_list arguments)
{
	size_t used = 0;
	int length;

	if (ini->line > 0)
		length = snprintf(ini->error, INI_ERROR, "%s:%u: ", ini->path, ini->line);
	else
		length = snprintf(ini->error, INI_ERROR, "%s: ", ini->path);
	if (length > 0)
		used = MIN((size_t)length, INI_ERROR - 1U);
	if (ini->key != NULL) {
		length = snprintf(ini->error + used, INI_ERROR - used, "%.40s: ", ini->key);
		used = MIN(used + (size_t)MAX(length, 0), INI_ERROR - 1U);
	}
	vsnprintf(ini->error + used, INI_ERROR - used, format, arguments);
}

int ini_fail(struct ini *ini, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_format(ini, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

/* ---- the file ---- */

/* One octet more than is allowed is asked for, so that a file that is too large shows. */
static int file_read(struct ini *ini, int fd, size_t *size)
{
	ssize_t got;

	*size = 0;
	do {
		got = read(fd, ini->octets + *size, INI_FILE_MAX + 1 - *size);
		if (got > 0)
			*size += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? -errno : 0;
}

int ini_open(struct ini *ini, const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t size;
	int r;

	*ini = (struct ini){.path = path, .section = "", .argument = ""};
	if (fd < 0) {
		r = -errno;
		ini_fail(ini, "%s", strerror(-r));
		return r;
	}
	ini->octets = malloc(INI_FILE_MAX + 2);
	if (ini->octets == NULL)
		return -ENOMEM;
	r = file_read(ini, fd, &size);
	if (r < 0)
		ini_fail(ini, "%s", strerror(-r));
	else if (size > INI_FILE_MAX)
		r = ini_fail(ini, "more than %d octets", INI_FILE_MAX);
	else if (memchr(ini->octets, '\0', size) != NULL)
		r = ini_fail(ini, "not a text: it has a NUL");
	if (r < 0) {
		ini_close(ini);
		return r;
	}
	ini->octets[size] = '\0';
	ini->next = ini->octets;
	return 0;
}

void ini_close(struct ini *ini)
{
	free(ini->octets);
	ini->octets = ini->next = NULL;
}

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *blanks_strip(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && is_blank(text[length - 1]))
		text[--length] = '\0';
	while (is_blank(*text))
		text++;
	return text;
}

/* 1: *text is the next line without blanks around it; 0: there is none; -EINVAL. */
static int line_next(struct ini *ini, char **text)
{
	char *start = ini->next, *end = strchr(start, '\n');

	if (*start == '\0')
		return 0;
	ini->line++;
	ini->next = end != NULL ? end + 1 : start + strlen(start);
	if (end != NULL)
		*end = '\0';
	if (strlen(start) > INI_LINE_MAX)
		return ini_fail(ini, "a line of more than %d octets", INI_LINE_MAX);
	for (const char *c = start; *c != '\0'; c++) {
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return ini_fail(ini, "a control character");
	}
	*text = blanks_strip(start);
	return 1;
}

static bool is_name(const char *text)
{
	return *text != '\0' &&
		text[strspn(text,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789-_")] == '\0';
}

static int section_read(struct ini *ini, char *text)
{
	size_t length = strlen(text);
	char *argument;

	if (text[length - 1] != ']')
		return ini_fail(ini, "a section without its \"]\"");
	text[length - 1] = '\0';
	text = blanks_strip(text + 1);
	argument = strpbrk(text, " \t");
	if (argument != NULL) {
		*argument++ = '\0';
		argument = blanks_strip(argument);
	}
	if (!is_name(text))
		return ini_fail(ini, "a section without a name");
	if (argument != NULL && strpbrk(argument, " \t[]") != NULL)
		return ini_fail(ini, "a section with more than one argument");
	ini->section = text;
	ini->argument = argument != NULL ? argument : "";
	return 1;
}

static int key_read(struct ini *ini, char *text)
{
	char *equals = strchr(text, '=');

	if (equals == NULL)
		return ini_fail(ini, "neither a section nor a key with its value");
	*equals = '\0';
	text = blanks_strip(text);
	if (!is_name(text))
		return ini_fail(ini, "\"%.40s\" is not the name of a key", text);
	ini->key = text;
	ini->value = blanks_strip(equals + 1);
	return *ini->value != '\0' ? 1 : ini_fail(ini, "no value");
}

int ini_next(struct ini *ini)
{
	char *text = NULL;
	int r;

	ini->key = ini->value = NULL;
	do {
		r = line_next(ini, &text);
		if (r <= 0)
			return r;
	} while (*text == '\0' || *text == '#' || *text == ';');
	return *text == '[' ? section_read(ini, text) : key_read(ini, text);
}
