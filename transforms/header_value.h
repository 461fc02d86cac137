/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_value: a text as the value of a header field of our own. Nothing in it can end the line or
 * the header: control characters are blanks, what is not ASCII is encoded (RFC 2047), long lines
 * are folded (RFC 5322 section 2.2.3).
 */
#ifndef CULVERT_TRANSFORMS_HEADER_VALUE_H
#define CULVERT_TRANSFORMS_HEADER_VALUE_H

#include "engine/base/arena.h"
#include "engine/base/error.h"

/* `column`: of the value's first byte on its line. In the arena, without line end at its end. */
bool header_value(struct span text, size_t column, struct arena *arena, struct span *value_out,
                  struct error *err) MUST_USE;

#endif
