/* SPDX-License-Identifier: MIT */
#pragma once

#include <limits.h>

/* What a program is, as far as its calls can be caught. */
enum program {
	PROGRAM_DYNAMIC, /* they can */
	PROGRAM_STATIC, /* it has the C library in it */
	PROGRAM_GO, /* it calls the kernel itself */
	PROGRAM_PRIVILEGED, /* set-uid, set-gid or with capabilities: the linker loads nothing */
	PROGRAM_FOREIGN, /* of another kind of machine than this library */
	PROGRAM_UNKNOWN, /* no file that could be read */
};

/* Finds the program that execvp(3) would start. 0; -ENOENT; -EACCES. */
int program_find(const char *name, char path[PATH_MAX]);

/* Of a script: what its interpreter is. */
enum program program_judge(const char *path);

/* A clause for people: "is linked statically"; NULL: nothing is to be said. */
const char *program_text(enum program program);
