/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/socket.h>

/* Since Linux 5.14; headers of the C library may not have it. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif
