/* SPDX-License-Identifier: MIT */
#include "client/owner.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

void owner_init(struct owner *owner)
{
	void *page = mmap(NULL, sizeof(*owner->page), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*owner = (struct owner){.pid = getpid()};
	if (page == MAP_FAILED)
		return;
	if (madvise(page, sizeof(*owner->page), MADV_WIPEONFORK) < 0) {
		munmap(page, sizeof(*owner->page));
		return;
	}
	owner->page = page;
	*owner->page = 1;
}

void owner_deinit(struct owner *owner)
{
	if (owner->page != NULL)
		munmap((void *)(uintptr_t)owner->page, sizeof(*owner->page));
	owner->page = NULL;
}

bool owner_is_here(const struct owner *owner)
{
	return owner->page != NULL ? *owner->page != 0 : owner->pid == getpid();
}
