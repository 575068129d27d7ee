/* SPDX-License-Identifier: MIT */
#pragma once

/* In the interface of a shared library: see the library's .map. Everything else is hidden. */
#define PUBLIC __attribute__((visibility("default")))
