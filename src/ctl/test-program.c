/* SPDX-License-Identifier: MIT */
/*
 * What programs are, by their files.
 */
#include "ctl/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static char directory[] = "/tmp/mif-program-XXXXXX";
static char path[64];

/* An executable of that content; its path. */
static const char *file(const char *name, const void *octets, size_t size, mode_t mode)
{
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, octets, size) != (ssize_t)size || fchmod(fd, mode) < 0)
		abort();
	close(fd);
	return path;
}

struct image {
	ElfW(Ehdr) header;
	ElfW(Phdr) segments[2];
	ElfW(Nhdr) note;
	char name[4];
};

static struct image image_of(uint32_t second, const char name[4])
{
	struct image image = {
		.header =
			{
				.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
					sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32},
				.e_phoff = offsetof(struct image, segments),
				.e_phentsize = sizeof(ElfW(Phdr)),
				.e_phnum = 2,
			},
		.segments =
			{
				{.p_type = PT_LOAD},
				{
					.p_type = second,
					.p_offset = offsetof(struct image, note),
					.p_filesz = sizeof(ElfW(Nhdr)) + 4,
				},
			},
		.note = {.n_namesz = 4, .n_type = 4},
	};

	memcpy(image.name, name, 4);
	return image;
}

static enum program judge(const struct image *image, size_t size)
{
	return program_judge(file("image", image, size, 0700));
}

/* As Debian's linker leaves them: all notes of one alignment in one segment, Go's the last. */
static void test_notes(void)
{
	struct {
		struct image image; /* its note is the first */
		uint8_t build_id[20];
		ElfW(Nhdr) second;
		char second_name[4];
		uint8_t abi[16];
		ElfW(Nhdr) third;
		char third_name[4];
		uint8_t id[84];
	} whole = {
		.image = image_of(PT_NOTE, "GNU"),
		.second = {.n_namesz = 4, .n_descsz = 16},
		.second_name = "GNU",
		.third = {.n_namesz = 4, .n_descsz = 83, .n_type = 4},
		.third_name = "Go",
	};
	size_t notes = offsetof(struct image, note);

	whole.image.note.n_descsz = sizeof(whole.build_id);
	whole.image.segments[1].p_filesz = sizeof(whole) - notes;
	ok(program_judge(file("image", &whole, sizeof(whole), 0700)) == PROGRAM_GO,
		"A3: and says so in the last of three notes");
	whole.third.n_type = 3;
	ok(program_judge(file("image", &whole, sizeof(whole), 0700)) == PROGRAM_STATIC,
		"A3: another note of Go's says nothing");
	whole.third.n_type = 4;
	whole.image.note.n_descsz = UINT32_MAX - 2;
	ok(program_judge(file("image", &whole, sizeof(whole), 0700)) == PROGRAM_STATIC,
		"A3: nor one behind a note that is longer than all there is");
}

/* Whoever wants a build to be like any other has no build identifier; what was built is told all the same. */
static void test_sections(void)
{
	struct sectioned {
		struct image image;
		ElfW(Shdr) sections[2];
		char names[32];
	} whole = {
		.image = image_of(PT_INTERP, "GNU"),
		.sections = {{.sh_offset = offsetof(struct sectioned, names), .sh_size = 32},
			{.sh_name = 4}},
		.names = "\0.x\0.go.buildinfo",
	};

	whole.image.header.e_shoff = offsetof(struct sectioned, sections);
	whole.image.header.e_shentsize = sizeof(ElfW(Shdr));
	whole.image.header.e_shnum = 2;
	ok(program_judge(file("image", &whole, sizeof(whole), 0700)) == PROGRAM_GO,
		"A3: one of Go without a note has a section");
	whole.sections[1].sh_name = UINT32_MAX;
	ok(program_judge(file("image", &whole, sizeof(whole), 0700)) == PROGRAM_DYNAMIC,
		"A3: a name beyond the end is none");
	whole.sections[1].sh_name = 1;
	ok(program_judge(file("image", &whole, sizeof(whole), 0700)) == PROGRAM_DYNAMIC,
		"A3: nor is another one");
	whole.image.header.e_shnum = UINT16_MAX;
	whole.image.header.e_shstrndx = UINT16_MAX - 1;
	ok(program_judge(file("image", &whole, sizeof(whole), 0700)) == PROGRAM_DYNAMIC,
		"A3: nor are sections that are not there");
}

static void test_images(void)
{
	struct image image = image_of(PT_INTERP, "GNU");

	ok(program_judge("/proc/self/exe") == PROGRAM_DYNAMIC, "A3: this program is dynamic");
	ok(judge(&image, sizeof(image)) == PROGRAM_DYNAMIC, "A3: one with an interpreter is");
	ok(program_judge(file("image", &image, sizeof(image), 04700)) == PROGRAM_PRIVILEGED,
		"A3: one that is set-uid starts with privileges");
	ok(judge(&image, sizeof(image.header)) == PROGRAM_UNKNOWN,
		"A3: one that ends too early is none");
	image.header.e_ident[EI_CLASS] ^= 3;
	ok(judge(&image, sizeof(image)) == PROGRAM_FOREIGN, "A3: one of another machine");
	image = image_of(PT_LOAD, "GNU");
	ok(judge(&image, sizeof(image)) == PROGRAM_STATIC, "A3: one without is linked statically");
	image = image_of(PT_NOTE, "Go\0");
	ok(judge(&image, sizeof(image)) == PROGRAM_GO, "A3: one of Go says so");
	image.segments[1].p_filesz = UINT32_MAX;
	image.segments[1].p_offset = 1 << 20;
	ok(judge(&image, sizeof(image)) == PROGRAM_STATIC, "A3: a note beyond the end is none");
	image.header.e_phnum = UINT16_MAX;
	ok(judge(&image, sizeof(image)) == PROGRAM_UNKNOWN, "A3: nor are segments");
}

static void test_scripts(void)
{
	struct image image = image_of(PT_LOAD, "GNU");
	char text[128];

	snprintf(text, sizeof(text), "#! %s x\n", file("image", &image, sizeof(image), 0700));
	ok(program_judge(file("script", text, strlen(text), 0700)) == PROGRAM_STATIC,
		"A3: a script is what its interpreter is");
	snprintf(text, sizeof(text), "#!%s/script\n", directory);
	ok(program_judge(file("script", text, strlen(text), 0700)) == PROGRAM_UNKNOWN,
		"A3: one that is its own interpreter is none");
	ok(program_judge(file("script", "#!", 2, 0700)) == PROGRAM_UNKNOWN &&
			program_judge(file("script", "", 0, 0700)) == PROGRAM_UNKNOWN &&
			program_judge("/nonexistent") == PROGRAM_UNKNOWN &&
			program_judge("/") == PROGRAM_UNKNOWN,
		"A3: nor is what is empty, or no file");
	ok(program_text(PROGRAM_DYNAMIC) == NULL && program_text(PROGRAM_UNKNOWN) == NULL &&
			program_text(PROGRAM_GO) != NULL,
		"A3: a warning is for those that are known to escape");
}

static void test_find(void)
{
	char found[PATH_MAX], list[128];

	file("it", "", 0, 0700);
	snprintf(list, sizeof(list), "/nonexistent:%s", directory);
	setenv("PATH", list, 1);
	ok(program_find("it", found) == 0 && strcmp(found, path) == 0, "mif: a program of PATH");
	ok(program_find(path, found) == 0 && strcmp(found, path) == 0, "mif: ... of a path");
	ok(program_find("nonesuch", found) == -ENOENT &&
			program_find("./nonesuch", found) == -ENOENT,
		"mif: ... of neither");
	unsetenv("PATH");
	ok(program_find("sh", found) == 0, "mif: ... of the system's own places");
}

int main(void)
{
	static const char *const names[] = {"image", "script", "it"};

	if (mkdtemp(directory) == NULL)
		abort();
	test_images();
	test_notes();
	test_sections();
	test_scripts();
	test_find();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
	return tap_done();
}
