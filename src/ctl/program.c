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
#define SECTIONS_MAX 128

/* Of Go's note: its owner, with a NUL more, and its type. */
#define GO_OWNER "Go\0"
#define GO_BUILD_ID 4

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

/* ---- marks of Go ---- */

/* In 64 bits, so that no file can make it wrap where a size has 32. */
static uint64_t note_room(uint64_t size)
{
	return (size + 3) & ~UINT64_C(3);
}

/* The note that Go's linker leaves: its build identifier. Another linker may have put others before it. */
static bool has_go_note(int fd, const ElfW(Phdr) * segment)
{
	_Alignas(ElfW(Nhdr)) char notes[NOTES_MAX];
	ssize_t got =
		pread(fd, notes, MIN(segment->p_filesz, sizeof(notes)), (off_t)segment->p_offset);
	size_t size = got > 0 ? (size_t)got : 0, at = 0;

	while (size - at >= sizeof(ElfW(Nhdr)) + sizeof(GO_OWNER)) {
		const ElfW(Nhdr) *note = (const void *)(notes + at);
		uint64_t length =
			sizeof(*note) + note_room(note->n_namesz) + note_room(note->n_descsz);

		if (note->n_namesz == sizeof(GO_OWNER) && note->n_type == GO_BUILD_ID &&
			memcmp(note + 1, GO_OWNER, sizeof(GO_OWNER)) == 0)
			return true;
		if (length > size - at)
			return false;
		at += (size_t)length;
	}
	return false;
}

static bool section_is(
	int fd, const ElfW(Shdr) * names, const ElfW(Shdr) * section, const char *name)
{
	char found[32];
	size_t size = strlen(name) + 1;

	return section->sh_name < names->sh_size &&
		pread(fd, found, size, (off_t)(names->sh_offset + section->sh_name)) ==
		(ssize_t)size &&
		memcmp(found, name, size) == 0;
}

/* Where there is no such note, since no build identifier was wanted, there is still this. */
static bool has_go_section(int fd, const ElfW(Ehdr) * header)
{
	ElfW(Shdr) sections[SECTIONS_MAX];
	size_t count = header->e_shnum, size = count * sizeof(sections[0]);

	if (count > SECTIONS_MAX || header->e_shstrndx >= count ||
		header->e_shentsize != sizeof(sections[0]) ||
		pread(fd, sections, size, (off_t)header->e_shoff) != (ssize_t)size)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (section_is(fd, &sections[header->e_shstrndx], &sections[i], ".go.buildinfo"))
			return true;
	}
	return false;
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
	if (has_go_section(fd, header))
		return PROGRAM_GO;
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
