/* SPDX-License-Identifier: MIT */
#include "client/process.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

void process_init(struct process *process)
{
	void *page = mmap(NULL, sizeof(*process->page), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*process = (struct process){.pid = getpid()};
	if (page == MAP_FAILED)
		return;
	if (madvise(page, sizeof(*process->page), MADV_WIPEONFORK) < 0) {
		munmap(page, sizeof(*process->page));
		return;
	}
	process->page = page;
	*process->page = 1;
}

void process_deinit(struct process *process)
{
	if (process->page != NULL)
		munmap((void *)(uintptr_t)process->page, sizeof(*process->page));
	process->page = NULL;
}

bool process_is_same(const struct process *process)
{
	return process->page != NULL ? *process->page != 0 : process->pid == getpid();
}
