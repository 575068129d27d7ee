/* SPDX-License-Identifier: MIT */
#ifndef MIF_ADDRESS_H
#define MIF_ADDRESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An address is a value: copied, compared, never freed. */
struct mif_address {
	uint16_t family; /* AF_INET, AF_INET6, or AF_UNSPEC: no address */
	uint16_t reserved; /* 0 */
	uint32_t scope; /* link-local IPv6: the ifindex; else 0 */
	uint8_t octets[16]; /* network order; IPv4 uses the first four, the rest are 0 */
};

/* One end of a connection. */
struct mif_endpoint {
	struct mif_address address;
	uint16_t port; /* host order */
	uint16_t reserved;
};

/* Long enough for every text form below, with its NUL. */
#define MIF_ADDRESS_TEXT 64

/* "192.0.2.1", "fe80::1%2"; "-" for AF_UNSPEC. Returns text. */
char *mif_address_format(const struct mif_address *address, char text[MIF_ADDRESS_TEXT]);

/* The reverse; a scope may be an interface name or an ifindex. 0, or -EINVAL. */
int mif_address_parse(struct mif_address *address, const char *text);

/* "192.0.2.1:80", "[fe80::1%2]:80"; "-" for AF_UNSPEC. Returns text. */
char *mif_endpoint_format(const struct mif_endpoint *endpoint, char text[MIF_ADDRESS_TEXT]);

/* The reverse; the port may be left out (0). 0, or -EINVAL. */
int mif_endpoint_parse(struct mif_endpoint *endpoint, const char *text);

/* 0, or -EAFNOSUPPORT for a family that is neither AF_INET nor AF_INET6, or -EINVAL when size is
 * too small for the family. */
int mif_endpoint_from_sockaddr(
	struct mif_endpoint *endpoint, const struct sockaddr *address, socklen_t size);

/* The size of the socket address written, 0 for AF_UNSPEC. */
socklen_t mif_endpoint_to_sockaddr(
	const struct mif_endpoint *endpoint, struct sockaddr_storage *address);

#ifdef __cplusplus
}
#endif

#endif
