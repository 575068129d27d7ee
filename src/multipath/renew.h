/* SPDX-License-Identifier: MIT */
#pragma once

/* Tells mifd what it should know of a connection, if it does not. Costs little when there is nothing. */
void renew(int fd);
