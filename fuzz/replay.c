/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target once for every file of a directory: the seeds as a test that needs no fuzzer.
 * A promise that is broken ends the program, and the test with it.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Larger than any input that a target takes. */
#define INPUT_MAX (1 << 20)

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* From memory of exactly its size, so that a sanitizer sees every octet read beyond. */
static int replay(const char *path)
{
	static uint8_t octets[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *copy;
	size_t size;

	if (file == NULL)
		return -1;
	size = fread(octets, 1, sizeof(octets), file);
	fclose(file);
	copy = malloc(size > 0 ? size : 1);
	if (copy == NULL)
		return -1;
	memcpy(copy, octets, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent **entries = NULL;
	int count = argc == 2 ? scandir(argv[1], &entries, is_visible, alphasort) : -1;
	int failures = count <= 0;

	if (count < 0)
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
	for (int i = 0; i < count; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", argv[1], entries[i]->d_name);

		int result = replay(path);

		failures += result < 0;
		printf("%s %d - %s\n", result < 0 ? "not ok" : "ok", i + 1, entries[i]->d_name);
		fflush(stdout);
		free(entries[i]);
	}
	free(entries);
	printf("1..%d\n", count > 0 ? count : 0);
	return failures > 0;
}
