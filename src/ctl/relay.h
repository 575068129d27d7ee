/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Carries octets both ways between a connected, non-blocking socket and the descriptors in and out,
 * until both ways have ended. The end of in is passed on with shutdown(2), and what the socket
 * still sends is still carried; the end of the socket closes out. If in is a terminal, the end of
 * the socket ends all: nobody would type to it. SIGPIPE must be ignored.
 *
 * 0: all that was read was delivered; else negative errno: of the socket, or of in or out.
 */
int relay(int socket, int in, int out);
