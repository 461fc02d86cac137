/* SPDX-License-Identifier: Apache-2.0 */
/*
 * locate: where in valid JSON text the value of a JSON pointer (RFC 6901) stands. The text is read
 * again for each question: only complaints ask. Pure functions; any thread.
 */
#ifndef CULVERT_CONFIG_LOCATE_H
#define CULVERT_CONFIG_LOCATE_H

#include "engine/base/arena.h"
#include "engine/base/span.h"

enum locate_what { LOCATE_VALUE, LOCATE_KEY };

/* Offset of the value, or of the key in front of it (of the value where it has none). Of a pointer
 * that leads nowhere: where the last step that is there stands. */
size_t locate(struct span text, struct span pointer, enum locate_what what);

/* Line and column of an offset, both from 1; columns count characters. */
void locate_line(struct span text, size_t off, size_t *line_out, size_t *column_out);

/* `pointer` with one more step, '~' and '/' escaped; in the arena. */
const char *pointer_add(struct arena *arena, const char *pointer, struct span key);
const char *pointer_add_index(struct arena *arena, const char *pointer, size_t index);

#endif
