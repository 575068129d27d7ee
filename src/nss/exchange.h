/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

/*
 * What is said between who wants a name asked for and mif-nss: one packet each way, over a socket pair
 * of type SOCK_SEQPACKET, and then the process ends.
 */
#define NSS_ADDRESSES 128 /* of both families together; what follows is left out */
#define NSS_PACKET_MAX (8 + NSS_ADDRESSES * 17)

/* How long the modules may think about one name. */
#define NSS_SECONDS 5

struct nss_request {
	char name[MIF_TEXT_SIZE]; /* as DNS would be asked for it: ASCII, no final dot */
};

enum nss_result {
	NSS_FOUND = 1, /* at least one address, of whichever family */
	NSS_NO_NAME,
	NSS_NO_ADDRESS, /* the name is there */
	NSS_FAILED, /* nobody could tell */
	NSS_RESULTS,
};

struct nss_answer {
	uint32_t result; /* enum nss_result */
	uint32_t count; /* FOUND: of addresses */
	struct mif_address addresses[NSS_ADDRESSES];
};

/* Whether an address says where somebody is without a link being named: modules cannot name one. */
bool nss_address_is_sound(const struct mif_address *address);

/* The size, or -EINVAL: not one that would be understood. */
int nss_request_write(const struct nss_request *request, uint8_t packet[NSS_PACKET_MAX]);
int nss_answer_write(const struct nss_answer *answer, uint8_t packet[NSS_PACKET_MAX]);

/* 0, or -EBADMSG. */
int nss_request_read(struct nss_request *request, const uint8_t *packet, size_t size);
int nss_answer_read(struct nss_answer *answer, const uint8_t *packet, size_t size);
