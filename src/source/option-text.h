/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/cursor.h"

#include <mif/message.h>

/*
 * Names and URIs in the options of router advertisements and of DHCP. What is read is safe to show
 * and to ask for: names are lower case letters, digits, hyphens and underscores, with no final dot.
 * False: not one that we take; then nothing of the text may be used.
 */

/* One name in the form of RFC 1035 section 3.1, without compression. */
bool option_name(struct reader *reader, char name[MIF_TEXT_SIZE]);

/* The same with compression: pointers count from the beginning of whole, of which *reader is a part
 * (RFC 3397 section 2). */
bool option_name_compressed(
	struct reader *reader, const struct reader *whole, char name[MIF_TEXT_SIZE]);

/* A name as text, possibly with a NUL or a dot at its end. */
bool option_name_plain(struct reader body, char name[MIF_TEXT_SIZE]);

/* A URI as text, possibly with white space or NULs at its end. 0; -EBADMSG; -ENAMETOOLONG: it is sound,
 * but longer than a text. */
int option_uri(struct reader body, char uri[MIF_TEXT_SIZE]);

/* One that a packet could be sent to: not unspecified, loopback, broadcast, multicast, mapped. */
bool option_address_is_usable(const struct mif_address *address);
