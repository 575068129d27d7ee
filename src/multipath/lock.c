/* SPDX-License-Identifier: MIT */
#include "multipath/lock.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void lock_take(void)
{
	pthread_mutex_lock(&lock);
}

void lock_release(void)
{
	pthread_mutex_unlock(&lock);
}

/* A child of fork(2) has one thread, and no other that could ever release it. */
__attribute__((constructor)) static void lock_watch_fork(void)
{
	pthread_atfork(lock_take, lock_release, lock_release);
}
