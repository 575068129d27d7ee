/* SPDX-License-Identifier: MIT */
/*
 * Whether a program can be covered by an interposer: by its file, which says how it is linked and with
 * whose privileges it starts. A file of any kind may be behind the name; of one that makes no sense the
 * kernel will say so.
 */
#include "ctl/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"

#define SEGMENTS_MAX 64
#define NOTES_MAX 4096

/* A script may be another script's interpreter; the kernel follows no more than four. */
#define SCRIPTS_MAX 4

int program_find(const char *name, char path[PATH_MAX])
{
	const char *list = getenv("PATH");
	int error = ENOENT;

	if (strchr(name, '/') != NULL) {
		snprintf(path, PATH_MAX, "%s", name);
		return access(path, X_OK) == 0 ? 0 : -errno;
	}
	if (list == NULL)
		list = "/bin:/usr/bin";
	for (;;) {
		int length = (int)strcspn(list, ":");

		snprintf(path, PATH_MAX, "%.*s%s%s", length, list, length > 0 ? "/" : "./", name);
		if (access(path, X_OK) == 0)
			return 0;
		if (errno == EACCES)
			error = EACCES;
		if (list[length] == '\0')
			return -error;
		list += length + 1;
	}
}

static bool is_privileged(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || (status.st_mode & (S_ISUID | S_ISGID)) != 0)
		return true;
	return fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

/* The note that Go's linker leaves: its build identifier. */
static bool has_go_note(int fd, const ElfW(Phdr) * segment)
{
	_Alignas(ElfW(Nhdr)) char notes[NOTES_MAX];
	ssize_t size =
		pread(fd, notes, MIN(segment->p_filesz, sizeof(notes)), (off_t)segment->p_offset);
	const ElfW(Nhdr) *note = (const void *)notes;

	return size >= (ssize_t)(sizeof(*note) + 4) && note->n_namesz == 4 &&
		memcmp(notes + sizeof(*note), "Go\0", 4) == 0;
}

static enum program judge_elf(int fd, const ElfW(Ehdr) * header)
{
	ElfW(Phdr) segments[SEGMENTS_MAX];
	size_t count = MIN(header->e_phnum, SEGMENTS_MAX), size = count * sizeof(segments[0]);
	bool dynamic = false;

	if (header->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
		return PROGRAM_FOREIGN;
	if (header->e_phentsize != sizeof(segments[0]) ||
		pread(fd, segments, size, (off_t)header->e_phoff) != (ssize_t)size)
		return PROGRAM_UNKNOWN;
	for (size_t i = 0; i < count; i++) {
		if (segments[i].p_type == PT_NOTE && has_go_note(fd, &segments[i]))
			return PROGRAM_GO;
		dynamic |= segments[i].p_type == PT_INTERP;
	}
	return dynamic ? PROGRAM_DYNAMIC : PROGRAM_STATIC;
}

/* "#!/usr/bin/env sh": the interpreter's path. */
static bool read_script(const char *start, char path[PATH_MAX])
{
	size_t length;

	start += 2 + strspn(start + 2, " \t");
	length = strcspn(start, " \t\r\n");
	snprintf(path, PATH_MAX, "%.*s", (int)length, start);
	return length > 0;
}

enum program program_judge(const char *path)
{
	char interpreter[PATH_MAX];

	for (int depth = 0; depth <= SCRIPTS_MAX; depth++) {
		_Alignas(ElfW(Ehdr)) char start[PATH_MAX] = "";
		_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		ssize_t size = fd < 0 ? -1 : read(fd, start, sizeof(start) - 1);

		if (fd >= 0 && is_privileged(fd))
			return PROGRAM_PRIVILEGED;
		if (size >= (ssize_t)sizeof(ElfW(Ehdr)) && memcmp(start, ELFMAG, SELFMAG) == 0)
			return judge_elf(fd, (const void *)start);
		if (size < 2 || memcmp(start, "#!", 2) != 0 || !read_script(start, interpreter))
			break;
		path = interpreter;
	}
	return PROGRAM_UNKNOWN;
}

const char *program_text(enum program program)
{
	switch (program) {
	case PROGRAM_STATIC:
		return "is linked statically";
	case PROGRAM_GO:
		return "is written in Go and calls the kernel by itself";
	case PROGRAM_PRIVILEGED:
		return "starts with privileges of its own";
	case PROGRAM_FOREIGN:
		return "is made for another kind of machine";
	default:
		return NULL;
	}
}
