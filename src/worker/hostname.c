/* SPDX-License-Identifier: MIT */
/*
 * Host names as values: from what a person writes (UTF-8) to what DNS is asked for, and which names
 * must not be asked for at all. No state, no I/O.
 */
#include "worker/hostname.h"

#include "base/cleanup.h"

#include <errno.h>
#include <idn2.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <mif/message.h>

#define LABEL_MAX 63

static bool is_ascii(const char *name)
{
	for (; *name != '\0'; name++) {
		if ((unsigned char)*name >= 0x80)
			return false;
	}
	return true;
}

/* Letters, digits and hyphens (RFC 952, RFC 1123), and the underscore, which is in real use. A
 * percent sign belongs to an address. */
static bool is_host_octet(char octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-' ||
		octet == '_';
}

/* No top-level domain is all digits (RFC 1123 section 2.1, RFC 3696 section 2): "192.0.2" and
 * "300.1.1.1" are addresses gone wrong. */
static bool ends_in_number(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && dot[1 + strspn(dot + 1, "0123456789")] == '\0';
}

static bool is_hostname(const char *name)
{
	size_t label = 0;

	if (strlen(name) >= HOSTNAME_SIZE || ends_in_number(name))
		return false;
	for (; *name != '\0'; name++) {
		if (label == 0 && (*name == '.' || *name == '-'))
			return false;
		label = *name == '.' ? 0 : label + 1;
		if (label > LABEL_MAX || (label > 0 && !is_host_octet(*name)))
			return false;
	}
	return label > 0;
}

static int copy(char *to, size_t size, const char *name)
{
	size_t length = strlen(name) + 1;

	if (length > size)
		return -EINVAL;
	memcpy(to, name, length);
	return 0;
}

static int to_ascii(char *ascii, size_t size, const char *name)
{
	/* RFC 5891, after the mapping that RFC 5895 and UTS #46 give for what people type. */
	int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL, r;
	uint8_t *converted = NULL;

	if (is_ascii(name))
		return copy(ascii, size, name);
	if (idn2_lookup_u8((const uint8_t *)name, &converted, flags) != IDN2_OK)
		return -EINVAL;
	r = copy(ascii, size, (const char *)converted);
	idn2_free(converted);
	return r;
}

int hostname_from_utf8(char hostname[HOSTNAME_SIZE], bool *absolute, const char *name)
{
	char ascii[HOSTNAME_SIZE + 1];

	if (to_ascii(ascii, sizeof(ascii), name) < 0)
		return -EINVAL;

	size_t length = strlen(ascii);

	*absolute = length > 0 && ascii[length - 1] == '.';
	if (*absolute)
		ascii[--length] = '\0';
	for (char *at = ascii; *at != '\0'; at++) {
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	}
	if (!is_hostname(ascii))
		return -EINVAL;
	memcpy(hostname, ascii, length + 1);
	return 0;
}

int hostname_join(char hostname[HOSTNAME_SIZE], const char *name, const char *suffix)
{
	char joined[HOSTNAME_SIZE + MIF_TEXT_SIZE];
	bool absolute;

	snprintf(joined, sizeof(joined), "%s.%s", name, suffix);
	return hostname_from_utf8(hostname, &absolute, joined);
}

int hostname_to_utf8(char utf8[HOSTNAME_SIZE], const char *hostname)
{
	char *converted = NULL;
	size_t length;

	if (idn2_to_unicode_8z8z(hostname, &converted, 0) != IDN2_OK)
		return -EINVAL;
	length = strlen(converted);
	if (length < HOSTNAME_SIZE)
		memcpy(utf8, converted, length + 1);
	idn2_free(converted);
	return length < HOSTNAME_SIZE ? 0 : -EINVAL;
}

static bool is_below(const char *hostname, size_t length, const char *domain, size_t tail)
{
	return length >= tail && memcmp(hostname + length - tail, domain, tail) == 0 &&
		(length == tail || hostname[length - tail - 1] == '.');
}

bool hostname_is_below(const char *hostname, const char *domain)
{
	return is_below(hostname, strlen(hostname), domain, strlen(domain));
}

#define SPECIAL(domain, use)                    \
	{                                       \
		domain, sizeof(domain) - 1, use \
	}

enum hostname_use hostname_use(const char *hostname)
{
	static const struct {
		const char *domain;
		size_t length;
		enum hostname_use use;
	} special[] = {
		SPECIAL("localhost", HOSTNAME_LOOPBACK), /* RFC 6761 section 6.3 */
		SPECIAL("invalid", HOSTNAME_NONE), /* RFC 6761 section 6.4 */
		SPECIAL("onion", HOSTNAME_REFUSED), /* RFC 7686 section 2 */
		SPECIAL("local", HOSTNAME_LINK), /* RFC 6762 section 3 */
		SPECIAL("254.169.in-addr.arpa", HOSTNAME_LINK), /* RFC 6762 section 4 */
		SPECIAL("8.e.f.ip6.arpa", HOSTNAME_LINK),
		SPECIAL("9.e.f.ip6.arpa", HOSTNAME_LINK),
		SPECIAL("a.e.f.ip6.arpa", HOSTNAME_LINK),
		SPECIAL("b.e.f.ip6.arpa", HOSTNAME_LINK),
	};
	size_t length = strlen(hostname);

	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		if (is_below(hostname, length, special[i].domain, special[i].length))
			return special[i].use;
	}
	return HOSTNAME_ASK;
}
