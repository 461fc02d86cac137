/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wildcard: "*@corp.example" against an address: '*' is any run of characters, '?' one character of
 * UTF-8 (one byte of what is none).
 */
#ifndef CULVERT_BASE_WILDCARD_H
#define CULVERT_BASE_WILDCARD_H

#include "engine/base/span.h"

/* Whatever the case of ASCII letters. */
bool wildcard_matches(struct span pattern, struct span text);
bool wildcard_matches_case(struct span pattern, struct span text);

#endif
