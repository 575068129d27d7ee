/* SPDX-License-Identifier: MIT */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ini.h"

static char path[] = "/tmp/test-ini.XXXXXX";

static void write_octets(const char *octets, size_t size)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fwrite(octets, 1, size, file) != size || fclose(file) != 0)
		abort();
}

/* What the whole file says in one line, or the error without its path. */
static const char *digest(const char *octets)
{
	static char text[4096];
	struct ini ini;
	size_t used = 0;
	int r;

	write_octets(octets, strlen(octets));
	text[0] = '\0';
	r = ini_open(&ini, path);
	if (r < 0)
		return strcpy(text, ini.error + strlen(path));
	while ((r = ini_next(&ini)) > 0) {
		if (ini.key == NULL)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "[%s|%s]",
				ini.section, ini.argument);
		else
			used += (size_t)snprintf(
				text + used, sizeof(text) - used, "%s{%s}", ini.key, ini.value);
	}
	if (r < 0)
		strcpy(text,
			strncmp(ini.error, path, strlen(path)) == 0 ? ini.error + strlen(path)
								    : "the error lacks the path");
	ini_close(&ini);
	return text;
}

static void expect(const char *octets, const char *expected, const char *description)
{
	const char *got = digest(octets);

	if (!ok(strcmp(got, expected) == 0, "%s", description))
		printf("# got: %s\n", got);
}

static void test_sound(void)
{
	expect("", "", "an empty file");
	expect("# only\n\n \t ; comments", "", "comments and blank lines");
	expect("[mifd]\na=1\n[interface h1]\n\tb  =  2 3 \nc = x=y # z\n",
		"[mifd|]a{1}[interface|h1]b{2 3}c{x=y # z}",
		"sections, arguments, keys, blanks around; the value is the rest of the line");
	expect("a = 1", "a{1}", "a key before any section, and a last line without its end");
	expect("[ interface   eth0.10 ]", "[interface|eth0.10]",
		"blanks within a section's brackets");
	expect("k = \xc3\xa4", "k{\xc3\xa4}", "UTF-8 in a value");
}

static void test_errors(void)
{
	expect("\n[x\n", ":2: a section without its \"]\"", "an open section; the line is told");
	expect("[]", ":1: a section without a name", "no name");
	expect("[a b c]", ":1: a section with more than one argument", "two arguments");
	expect("[a]\njust words", ":2: neither a section nor a key with its value", "no key");
	expect("= 1", ":1: \"\" is not the name of a key", "an empty key");
	expect("a b = 1", ":1: \"a b\" is not the name of a key", "a key of two words");
	expect("a =  ", ":1: a: no value", "an empty value");
	expect("a = 1\r\n", ":1: a control character", "the line ends of other systems");
	expect("a = \x1b[2J", ":1: a control character", "an escape sequence");
}

static void test_limits(void)
{
	static char line[INI_FILE_MAX + 2];
	struct ini ini;

	memset(line, '#', sizeof(line));
	line[INI_LINE_MAX] = '\0';
	expect(line, "", "a line of the greatest length");
	line[INI_LINE_MAX] = '#';
	line[INI_LINE_MAX + 1] = '\0';
	expect(line, ":1: a line of more than 1024 octets", "a line longer than that");
	memset(line, '\n', sizeof(line));
	write_octets(line, INI_FILE_MAX);
	ok(ini_open(&ini, path) == 0 && ini_next(&ini) == 0, "a file of the greatest size");
	ini_close(&ini);
	write_octets(line, INI_FILE_MAX + 1);
	ok(ini_open(&ini, path) == -EINVAL && strstr(ini.error, ": more than 65536 octets") != NULL,
		"a file larger than that");
	write_octets("a\0b = 1", 7);
	ok(ini_open(&ini, path) == -EINVAL && strstr(ini.error, "NUL") != NULL, "a NUL");
	ok(ini_open(&ini, "/tmp") == -EISDIR, "a directory");
	ok(ini_open(&ini, "/nowhere/test.conf") == -ENOENT &&
			strcmp(ini.error, "/nowhere/test.conf: No such file or directory") == 0,
		"no such file");
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	test_sound();
	test_errors();
	test_limits();
	unlink(path);
	return tap_done();
}
