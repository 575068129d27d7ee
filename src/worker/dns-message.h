/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_AAAA = 28,
	DNS_OPT = 41,
	DNS_NSEC = 47,
	DNS_SVCB = 64,
	DNS_HTTPS = 65,
};

enum dns_code {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
};

/* Of the header's second word. */
#define DNS_RESPONSE 0x8000
#define DNS_OPCODE 0x7800
#define DNS_TRUNCATED 0x0200
#define DNS_RECURSION_DESIRED 0x0100
#define DNS_CODE 0x000f

#define DNS_IN 1

/* A name as it stands on the wire, without compression, ASCII letters in lower case (RFC 1035 section
 * 3.1, RFC 4343). */
#define DNS_NAME_OCTETS 255
struct dns_name {
	uint8_t size; /* with the root label; 0: no name */
	uint8_t octets[DNS_NAME_OCTETS];
};

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);

/* "www.example" or "www.example.", without escapes: a dot ends a label. 0, or -EINVAL. */
int dns_name_parse(struct dns_name *name, const char *text);

/* The reverse, without the final dot. 0; -EINVAL: an octet is none of a host name's (RFC 1123, and
 * the underscore), or there is no label, or it does not fit. */
int dns_name_format(const struct dns_name *name, char *text, size_t size);

/* Whether dns_name_format() would make this of it, for a text that it could make. */
bool dns_name_is(const struct dns_name *name, const char *text);

struct dns_question {
	struct dns_name name;
	uint16_t type, class;
};

/* header, question, OPT, at most */
#define DNS_QUESTION_OCTETS (12 + DNS_NAME_OCTETS + 4 + 11)

/* A message that asks. payload: the size of UDP answers that EDNS (RFC 6891) announces; 0: no EDNS.
 * Returns its size; size: at least DNS_QUESTION_OCTETS. */
size_t dns_ask(void *octets, size_t size, const struct dns_question *question, uint16_t id,
	uint16_t flags, uint16_t payload);

enum dns_section {
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTIONS,
};

struct dns_message {
	struct reader whole;
	struct reader rest; /* the records that have not been read */
	uint16_t id, flags;
	uint16_t class_mask; /* of records: multicast DNS has a flag there */
	struct dns_question question; /* name.size 0: there is none */
	uint32_t section; /* enum dns_section: of the next record */
	uint16_t left[DNS_SECTIONS];
};

struct dns_record {
	struct dns_name owner;
	uint32_t section; /* enum dns_section */
	uint16_t type, class;
	uint32_t ttl;
	struct reader data;
};

/* 0; -EBADMSG: no DNS message, or one with several questions. */
int dns_open(struct dns_message *message, const void *octets, size_t size);

/* 1: *record is the next one; 0: there is none; -EBADMSG. */
int dns_next(struct dns_message *message, struct dns_record *record);

/* The name at the reader, which may be compressed (RFC 1035 section 4.1.4). 0, or -EBADMSG. */
int dns_read_name(const struct dns_message *message, struct reader *reader, struct dns_name *name);
