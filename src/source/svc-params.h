/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/cursor.h"

#include <mif/message.h>

/*
 * Appends service parameters from the wire (RFC 9460 section 2.2) to a text, as they stand in a zone
 * file (section 2.1): " alpn=h2,h3 port=8443". 0; 1: some, which did not fit, are left out whole;
 * -EBADMSG: malformed, and the text is as before.
 */
int svc_params_append(struct reader params, char text[MIF_TEXT_SIZE]);
