/* SPDX-License-Identifier: MIT */
#include "source/own-link.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"

/* What every kind of hardware address that struct ifreq has room for begins with. */
#define COMPARED 6

bool own_link(const char *name, uint32_t ifindex, const uint8_t *hardware, size_t size)
{
	_cleanup_(closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {0};

	if (fd < 0 || strlen(name) >= IFNAMSIZ)
		return false;
	strcpy(request.ifr_name, name);
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0 ||
		(ifindex != 0 && request.ifr_ifindex != (int)ifindex))
		return false;
	if (size < COMPARED)
		return true;
	return ioctl(fd, SIOCGIFHWADDR, &request) == 0 &&
		memcmp(request.ifr_hwaddr.sa_data, hardware, COMPARED) == 0;
}
