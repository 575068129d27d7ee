/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A second cage, of paths instead of system calls (landlock(7)): from landlock_enter() on, the
 * process reads nothing but what was allowed before, changes nothing anywhere in the file system,
 * takes no TCP port, and, as far as the kernel knows how, reaches no process outside by a signal or
 * an abstract socket. A Unix socket with a name in the file system is still connected to.
 */
struct landlock;

/* 0; -EOPNOTSUPP, -ENOSYS: this kernel has no Landlock, or it was not started with it; other negative
 * errno. */
int landlock_new(struct landlock **landlockp);
void landlock_free(struct landlock *landlock);

/* What a source reads: a file, or, with a final "/", all below a directory. Of a file its directory
 * is allowed, since files are replaced by others; of what does not exist yet, the nearest directory
 * above that does. The root is never allowed as a whole. 0, or negative errno. */
int landlock_allow(struct landlock *landlock, const char *path);

/* For good; needs no_new_privs. The version of the kernel's interface, or negative errno. */
int landlock_enter(struct landlock *landlock);
