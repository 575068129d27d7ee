/* SPDX-License-Identifier: MIT */
#pragma once

/* As twin_replace(), and the epoll instances of this process that watch the descriptor watch the other
 * socket: the kernel's own memory of it ends with the file. */
int place_replace(int fd, int other);
