/* SPDX-License-Identifier: MIT */
/*
 * Octets as a file of mif-hook's, which only root can write; but a full disk writes half of one.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "hook/report.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	static struct report report;
	static char text[REPORT_TEXT];
	_cleanup_(closep) int fd = memfd_create("report", MFD_CLOEXEC);
	char path[64];
	struct ini ini;

	PROMISE(fd >= 0 && write(fd, octets, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ini_open(&ini, path) < 0)
		return 0;
	if (report_read(&report, &ini) == 0) {
		PROMISE(report.count <= REPORT_ITEMS && report.ifindex > 0);
		PROMISE(report_interface_is_sane(report.interface));
		PROMISE(report_write(&report, text) < REPORT_TEXT - 1);
	} else {
		PROMISE(memchr(ini.error, '\0', INI_ERROR) != NULL && ini.error[0] != '\0');
	}
	ini_close(&ini);
	return 0;
}
