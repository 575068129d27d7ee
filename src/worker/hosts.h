/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include <mif/address.h>

/* What does not fit is left out and counted. */
#define HOSTS_FILE_SIZE (4U << 20)
#define HOSTS_NAMES 65536U

/* One name of the hosts file; an address with several names has several. */
struct host {
	const char *name; /* lower case, no final dot */
	struct mif_address address;
};

struct hosts;

/* 0, or -ENOMEM. A file that is not there has no names. */
int hosts_new(struct hosts **hostsp, const char *path);
void hosts_free(struct hosts *hosts);

/* The first entry of this name, and how many follow in a row (itself included), in the order of the
 * file; or NULL. Reads the file again if it has changed, once an instant: of many questions at a time
 * one looks. Valid until the next call. */
const struct host *hosts_find(struct hosts *hosts, const char *name, uint64_t now, uint32_t *count);

const char *hosts_path(const struct hosts *hosts);

/* How many names the limits have left out so far. */
uint64_t hosts_left_out(const struct hosts *hosts);
