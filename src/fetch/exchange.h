/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

/*
 * What is said between who wants something fetched and mif-fetch: one packet each way, over a socket
 * pair of type SOCK_SEQPACKET, and then the process ends.
 *
 * The names are resolved before: mif-fetch asks no DNS server, for it could not tell which one.
 */
#define FETCH_BODY_MAX 16320 /* what 64 texts of 255 octets hold: see MIF_INFORMATION_PVD_JSON */
#define FETCH_PATH_SIZE 512
#define FETCH_ADDRESSES 8
#define FETCH_PACKET_MAX (FETCH_BODY_MAX + 64)

/* How long one transfer may take, from the first packet to the last octet. */
#define FETCH_SECONDS 10

struct fetch_request {
	char host[MIF_TEXT_SIZE]; /* what the certificate must be for; lower case, no final dot */
	char path[FETCH_PATH_SIZE]; /* begins with a slash */
	uint32_t ifindex; /* packets leave by this interface and no other */
	struct mif_address source4, source6; /* AF_UNSPEC: this family is not used */
	uint32_t address_count;
	struct mif_address addresses[FETCH_ADDRESSES]; /* of the host */
};

enum fetch_result {
	FETCH_BODY = 1, /* all of it */
	FETCH_REDIRECT, /* the body is the URI where it is now */
	FETCH_UNREACHABLE, /* no connection, or it broke or took too long: perhaps later */
	FETCH_UNTRUSTED, /* TLS failed: no certificate for this host that we trust */
	FETCH_REFUSED, /* the server's status says no, or what it says is not HTTP */
	FETCH_WRONG_TYPE, /* something else than what was asked for */
	FETCH_TOO_LONG, /* more than FETCH_BODY_MAX */
	FETCH_FAULT, /* of this host: memory, a library, a file */
	FETCH_RESULTS,
};

struct fetch_answer {
	uint32_t result; /* enum fetch_result */
	uint32_t status; /* of HTTP; 0: none came */
	uint32_t size;
	char body[FETCH_BODY_MAX + 1]; /* with a NUL behind */
};

/* Whether it can be asked for: host and path are fit for a URL, and no address is of this host. */
bool fetch_request_is_sound(const struct fetch_request *request);

/* Into at most FETCH_PACKET_MAX octets. The size, or -EINVAL: not one that would be understood. */
int fetch_request_write(const struct fetch_request *request, uint8_t packet[FETCH_PACKET_MAX]);
int fetch_answer_write(const struct fetch_answer *answer, uint8_t packet[FETCH_PACKET_MAX]);

/* 0, or -EBADMSG. */
int fetch_request_read(struct fetch_request *request, const uint8_t *packet, size_t size);
int fetch_answer_read(struct fetch_answer *answer, const uint8_t *packet, size_t size);
